/* SPDX-License-Identifier: Apache-2.0
 *
 * Looking without taking: PEEK_MESSAGE, NOTIFICATION, POLLING_INFO.
 * (RocketMQ: PeekMessageProcessor, NotificationProcessor, PollingInfoProcessor.)
 */
#include "rmq-broker-pop-private.h"

#include "wire/rmq-header-pop-private.h"

#define LATE_MS 500

/* --- PEEK_MESSAGE ---------------------------------------------------------------------------------------------- */

static void
fill_header (RmqPopMessageResponseHeader *header, int64_t rest)
{
  RMQ_HEADER_SET (*header, pop_time, 0);
  RMQ_HEADER_SET (*header, invisible_time, 0);
  RMQ_HEADER_SET (*header, revive_qid, 0);
  RMQ_HEADER_SET (*header, rest_num, rest);
}

void
_rmq_broker_pop_handle_peek (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqBrokerPop *pop = data;
  const RmqHeaderTable *table = RMQ_HEADER (PopMessageResponseHeader);
  RmqPeekMessageRequestHeader header;
  RmqPopMessageResponseHeader out = { 0 };
  RmqPopRequest wanted = { .init_mode = RMQ_POP_INIT_MIN };
  RmqBrokerAnswer answer = { .table = table, .header = &out };
  g_auto (RmqPopBatch) batch;
  g_autoptr (GBytes) body = NULL;

  _rmq_pop_batch_init (&batch);
  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (PeekMessageRequestHeader), &header))
    return;
  fill_header (&out, 0);
  if (!_rmq_broker_pop_check (pop, &request->ticket, table, &out, header.consumer_group, header.topic, header.queue_id,
                              &wanted))
    return;
  wanted.max_messages = (unsigned) CLAMP (header.max_msg_nums, 1, RMQ_POP_MAX_MESSAGES);
  _rmq_broker_pop_peek (pop, &wanted, &batch);
  fill_header (&out, batch.rest);
  answer.code = batch.n > 0 ? RMQ_RESPONSE_SUCCESS : RMQ_RESPONSE_PULL_NOT_FOUND;
  answer.remark = batch.n > 0 ? "FOUND" : "NO_MESSAGE_IN_QUEUE";
  answer.body = body = _rmq_byte_writer_steal (&batch.body);
  _rmq_broker_answer (core, &request->ticket, &answer);
}

/* --- NOTIFICATION ---------------------------------------------------------------------------------------------- */

static void
answer_notification (RmqBrokerPop *pop, const RmqBrokerTicket *ticket, bool has_messages, bool full)
{
  RmqNotificationResponseHeader header = { 0 };

  RMQ_HEADER_SET (header, has_msg, has_messages);
  RMQ_HEADER_SET (header, polling_full, full);
  _rmq_broker_answer_header (pop->core, ticket, RMQ_HEADER (NotificationResponseHeader), &header);
}

static bool
try_notification (RmqBrokerPop *pop, const RmqBrokerTicket *ticket, const RmqPopRequest *request)
{
  if (!_rmq_broker_pop_has_messages (pop, request))
    return false;
  answer_notification (pop, ticket, true, false);
  return true;
}

static void
give_up_notification (RmqBrokerPop *pop, const RmqBrokerTicket *ticket, const RmqPopRequest *request)
{
  answer_notification (pop, ticket, false, false);
}

static void
notify_or_wait (RmqBrokerPop *pop,
                const RmqBrokerTicket *ticket,
                RmqPopRequest *request,
                int64_t born_ms,
                int64_t poll_ms)
{
  RmqPopWaitResult result;

  if (try_notification (pop, ticket, request))
    return;
  result = _rmq_broker_pop_wait (pop, ticket, request, born_ms, poll_ms, try_notification, give_up_notification);
  if (result != RMQ_POP_WAITS)
    answer_notification (pop, ticket, false, result == RMQ_POP_WAIT_FULL);
}

void
_rmq_broker_pop_handle_notification (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqBrokerPop *pop = data;
  const RmqHeaderTable *table = RMQ_HEADER (NotificationResponseHeader);
  RmqNotificationRequestHeader header;
  RmqNotificationResponseHeader empty = { 0 };
  RmqPopRequest wanted = { .init_mode = RMQ_POP_INIT_MIN };
  int64_t born_ms;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (NotificationRequestHeader), &header))
    return;
  RMQ_HEADER_SET (empty, has_msg, false);
  RMQ_HEADER_SET (empty, polling_full, false);
  born_ms = header.born_time > 0 ? header.born_time : rmq_broker_now_ms (core);
  if (rmq_broker_now_ms (core) - born_ms > MAX (header.poll_time, 0) + LATE_MS)
    {
      _rmq_broker_pop_refuse (pop, &request->ticket, table, &empty, RMQ_RESPONSE_POLLING_TIMEOUT,
                              "the broker[%s] pop message is timeout too much", core->address);
      return;
    }
  if (!_rmq_broker_pop_check (pop, &request->ticket, table, &empty, header.consumer_group, header.topic,
                              header.queue_id, &wanted)
      || !_rmq_broker_pop_compile (pop, &request->ticket, table, &empty, header.exp_type, header.exp, &wanted))
    return;
  wanted.order = header.has.order && header.order;
  if (header.has.attempt_id)
    wanted.attempt_id = header.attempt_id;
  notify_or_wait (pop, &request->ticket, &wanted, born_ms, header.poll_time);
  g_clear_pointer (&wanted.filter, _rmq_broker_filter_unref);
}

/* --- POLLING_INFO ---------------------------------------------------------------------------------------------- */

void
_rmq_broker_pop_handle_polling_info (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqBrokerPop *pop = data;
  const RmqHeaderTable *table = RMQ_HEADER (PollingInfoResponseHeader);
  RmqPollingInfoRequestHeader header;
  RmqPollingInfoResponseHeader out = { 0 };
  RmqPopRequest wanted = { 0 };

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (PollingInfoRequestHeader), &header))
    return;
  RMQ_HEADER_SET (out, polling_num, 0);
  if (!_rmq_broker_pop_check (pop, &request->ticket, table, &out, header.consumer_group, header.topic, header.queue_id,
                              &wanted))
    return;
  out.polling_num = (int32_t) _rmq_broker_pop_count_polls (pop, header.topic, header.consumer_group, wanted.queue_id);
  _rmq_broker_answer_header (core, &request->ticket, table, &out);
}
