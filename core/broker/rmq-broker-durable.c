/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers that wait for the disk.
 */
#include "rmq-broker-durable-private.h"

#include "rmq-broker-core-private.h"

typedef struct
{
  RmqBrokerCore *core;
  RmqBrokerTicket ticket;
  const RmqHeaderTable *table;
  void *header;
} Waiting;

static void
on_durable (const GError *error, void *data)
{
  Waiting *waiting = data;
  RmqBrokerAnswer answer = { .code = RMQ_RESPONSE_SUCCESS, .table = waiting->table, .header = waiting->header };

  if (error != NULL)
    answer = (RmqBrokerAnswer){ .code = RMQ_RESPONSE_SYSTEM_ERROR, .remark = error->message };
  _rmq_broker_answer (waiting->core, &waiting->ticket, &answer);
  _rmq_broker_ticket_clear (&waiting->ticket);
  g_free (waiting->header);
  g_free (waiting);
}

void
_rmq_broker_answer_durable (RmqBrokerCore *core,
                            const RmqBrokerTicket *ticket,
                            const RmqHeaderTable *table,
                            void *header)
{
  Waiting *waiting = g_new0 (Waiting, 1);

  waiting->core = core;
  waiting->table = table;
  waiting->header = header;
  _rmq_broker_ticket_keep (&waiting->ticket, ticket);
  if (_rmq_broker_store_is_durable (core->store))
    on_durable (NULL, waiting);
  else
    _rmq_broker_store_when_durable (core->store, on_durable, waiting);
}
