/* SPDX-License-Identifier: Apache-2.0
 *
 * Transactions: a half message waits in the half topic until END_TRANSACTION puts it where it belongs, or drops it.
 * (RocketMQ: TransactionalMessageService, EndTransactionProcessor.)
 */
#include "rmq-broker-transaction-private.h"

#include <inttypes.h>
#include "base/rmq-error-private.h"
#include "broker/rmq-broker-core-private.h"
#include "broker/rmq-broker-durable-private.h"
#include "broker/rmq-broker-modules-private.h"
#include "wire/rmq-flags-private.h"
#include "wire/rmq-header-transaction-private.h"
#include "wire/rmq-names-private.h"

#define STATE_TABLE "transaction"

/* --- half messages -------------------------------------------------------------------------------------------- */

static bool
is_true (RmqSlice text)
{
  return text.len == 4 && g_ascii_strncasecmp (text.data, "true", 4) == 0;
}

/* Clients of old made a delayed retry out of a half message: that is an ordinary one. */
static bool
is_delayed_retry (const RmqBrokerMessage *message)
{
  int32_t level;

  return message->record.reconsume_times > 0
         && _rmq_property_parse_int32 (_rmq_broker_message_get_property (message, RMQ_PROPERTY_DELAY), &level)
         && level > 0;
}

static RmqBrokerPutVerdict
before_put (RmqBrokerCore *core, RmqBrokerMessage *message, void *data)
{
  RmqBrokerTransactions *self = data;

  /* What the broker puts itself was committed. */
  if (message->header == NULL || message->topic->owner != NULL
      || !is_true (_rmq_broker_message_get_property (message, RMQ_PROPERTY_TRANSACTION_PREPARED))
      || is_delayed_retry (message))
    return RMQ_BROKER_PUT_ON;
  if (core->settings->reject_transactions)
    return _rmq_broker_message_refuse (message, RMQ_RESPONSE_NO_PERMISSION,
                                       "the broker[%s] sending transaction message is forbidden", core->address);

  message->record.sys_flag = rmq_message_flag_set_transaction (message->record.sys_flag, RMQ_SYS_FLAG_TRANSACTION_NOT);
  if (message->unique_id.len > 0)
    _rmq_broker_message_set_property (message, RMQ_PROPERTY_TRANSACTION_ID, message->unique_id);
  _rmq_broker_message_redirect (message, self->topic, 0);
  return RMQ_BROKER_PUT_ON;
}

static void
half_free (void *data)
{
  RmqBrokerHalf *half = data;

  _rmq_timer_disarm (half->owner->core->timers, &half->timer);
  g_free (half);
}

RmqBrokerHalf *
_rmq_broker_transactions_add (RmqBrokerTransactions *self, const RmqRecord *record)
{
  RmqBrokerHalf *half = g_new0 (RmqBrokerHalf, 1);

  half->owner = self;
  half->offset = record->queue_offset;
  half->physical_offset = record->physical_offset;
  rmq_timer_init (&half->timer, _rmq_broker_half_check, half);
  g_hash_table_replace (self->halves, &half->offset, half);
  _rmq_broker_half_wait (half, record->store_timestamp + _rmq_broker_transactions_get_immunity_ms (self, record)
                                   - rmq_broker_now_ms (self->core));
  return half;
}

void
_rmq_broker_transactions_end (RmqBrokerTransactions *self, RmqBrokerHalf *half)
{
  _rmq_broker_ledger_end (self->ledger, half->offset);
  if (half->n_checks > 0)
    {
      g_autofree char *key = g_strdup_printf ("%" PRId64, half->offset);

      _rmq_broker_store_put_state (self->core->store, RMQ_BROKER_STATE_CHECKS, key, NULL);
    }
  g_hash_table_remove (self->halves, &half->offset);
}

static void
stored (RmqBrokerCore *core, RmqBrokerQueue *queue, RmqBrokerMessage *message, void *data)
{
  _rmq_broker_transactions_add (data, &message->record);
}

/* --- END_TRANSACTION ------------------------------------------------------------------------------------------ */

/* The producer comes by itself, but after its time: from then on it is asked. */
static bool
is_late (RmqBrokerTransactions *self, const RmqEndTransactionRequestHeader *header, const RmqRecord *record)
{
  RmqSlice immunity =
      _rmq_properties_text_find (record->properties, RMQ_SLICE_LITERAL (RMQ_PROPERTY_CHECK_IMMUNITY_TIME));

  return !header->from_transaction_check && immunity.len > 0
         && rmq_broker_now_ms (self->core) - record->store_timestamp
                > _rmq_broker_transactions_get_immunity_ms (self, record);
}

/* The half message that is meant, or NULL with an answer: code and remark. record is the store's. */
static RmqBrokerHalf *
find_half (RmqBrokerTransactions *self,
           const RmqEndTransactionRequestHeader *header,
           RmqRecord *record,
           RmqBrokerAnswer *answer)
{
  RmqBrokerHalf *half;
  RmqStoredRecord stored;
  RmqSlice group;

  answer->code = RMQ_RESPONSE_SYSTEM_ERROR;
  answer->remark = "Find prepared transaction message failed";
  if (!_rmq_broker_store_lookup (self->core->store, header->commit_log_offset, &stored)
      || !_rmq_record_decode (record, stored.data, stored.size, 0, NULL)
      || !rmq_slice_equal (record->topic, self->topic->slice))
    return NULL;
  if (is_late (self, header, record))
    {
      answer->code = RMQ_RESPONSE_ILLEGAL_OPERATION;
      answer->remark = "the producer may not end this transaction any more, it will be asked";
      return NULL;
    }
  group = _rmq_properties_text_find (record->properties, RMQ_SLICE_LITERAL (RMQ_PROPERTY_PRODUCER_GROUP));
  answer->remark = "The producer group wrong";
  if (!rmq_slice_equal (group, header->producer_group))
    return NULL;
  answer->remark = "The transaction state table offset wrong";
  if (record->queue_offset != header->tran_state_table_offset)
    return NULL;
  half = g_hash_table_lookup (self->halves, &record->queue_offset);
  answer->remark = "The transaction has ended already";
  return half;
}

static void
edit_committed (RmqBrokerCore *core, RmqBrokerMessage *message, void *data)
{
  const RmqBrokerHalf *half = data;

  message->record.sys_flag =
      rmq_message_flag_set_transaction (message->record.sys_flag, RMQ_SYS_FLAG_TRANSACTION_COMMIT);
  message->record.prepared_transaction_offset = half->physical_offset;
}

/* False with an answer. The half message stays then, and is asked about again. */
static bool
commit (RmqBrokerTransactions *self, RmqBrokerHalf *half, const RmqRecord *record, RmqBrokerAnswer *answer)
{
  static const char *const drop[] = { RMQ_PROPERTY_REAL_TOPIC, RMQ_PROPERTY_REAL_QUEUE_ID, NULL };
  int code = _rmq_broker_put_parked (self->core, record, drop, edit_committed, half, NULL);

  if (code == RMQ_RESPONSE_SUCCESS)
    return true;
  answer->code = code;
  answer->remark = "the committed message could not be stored";
  return false;
}

static void
handle_end (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqBrokerTransactions *self = data;
  RmqEndTransactionRequestHeader header;
  RmqBrokerAnswer answer = { 0 };
  RmqBrokerHalf *half;
  RmqRecord record;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (EndTransactionRequestHeader), &header))
    return;
  /* Unknown: nothing happens, and nothing is said. */
  if (header.commit_or_rollback == RMQ_SYS_FLAG_TRANSACTION_NOT)
    return;
  if (header.commit_or_rollback != RMQ_SYS_FLAG_TRANSACTION_COMMIT
      && header.commit_or_rollback != RMQ_SYS_FLAG_TRANSACTION_ROLLBACK)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SYSTEM_ERROR, "commitOrRollback field wrong");
      return;
    }
  half = find_half (self, &header, &record, &answer);
  if (half == NULL
      || (header.commit_or_rollback == RMQ_SYS_FLAG_TRANSACTION_COMMIT && !commit (self, half, &record, &answer)))
    {
      _rmq_broker_answer (core, &request->ticket, &answer);
      return;
    }
  _rmq_broker_transactions_end (self, half);
  if (request->ticket.oneway)
    return;
  _rmq_broker_ledger_flush (self->ledger);
  _rmq_broker_answer_durable (core, &request->ticket, NULL, NULL);
}

/* --- life ----------------------------------------------------------------------------------------------------- */

static void
load_one (const RmqRecord *record, void *data)
{
  _rmq_broker_transactions_add (data, record);
}

static void
stop (RmqBrokerCore *core, void *data)
{
  RmqBrokerTransactions *self = data;

  g_hash_table_unref (self->halves);
  g_clear_pointer (&self->ledger, _rmq_broker_ledger_free);
  g_free (self);
}

static bool
start (RmqBrokerCore *core, void **data, GError **error)
{
  RmqBrokerTransactions *self = g_new0 (RmqBrokerTransactions, 1);

  self->core = core;
  self->halves = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, half_free);
  self->topic = _rmq_broker_topics_find (core->topics, RMQ_SLICE_LITERAL (RMQ_TOPIC_TRANS_HALF));
  self->topic->owner = &rmq_broker_transaction_module;
  self->queue = _rmq_broker_topic_get_queue (core, self->topic, 0);
  if (self->queue == NULL)
    {
      _rmq_set_error (error, RMQ_ERROR_FAILED, NULL, "the queue of half messages does not open");
      stop (core, self);
      return false;
    }
  self->ledger = _rmq_broker_ledger_new (core, STATE_TABLE, self->queue);
  _rmq_broker_ledger_foreach_open (self->ledger, load_one, self);
  _rmq_broker_transactions_load_checks (self);
  *data = self;
  return true;
}

static const RmqBrokerRoute routes[] = {
  { RMQ_REQUEST_END_TRANSACTION, handle_end },
  { RMQ_REQUEST_RESUME_CHECK_HALF_MESSAGE, _rmq_broker_transactions_handle_resume },
};

const RmqBrokerModule rmq_broker_transaction_module = {
  .name = "transaction",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
  .start = start,
  .stop = stop,
  .before_put = before_put,
  .stored = stored,
};
