/* SPDX-License-Identifier: Apache-2.0
 *
 * Undecided half messages: their producers are asked, again and again, until they are given up. The same record stays
 * where it is all the time, so an answer to any question names it. (RocketMQ: TransactionalMessageCheckService.)
 */
#include "rmq-broker-transaction-private.h"

#include <inttypes.h>
#include "base/rmq-log-private.h"
#include "broker/rmq-broker-core-private.h"
#include "broker/rmq-broker-durable-private.h"
#include "wire/rmq-header-transaction-private.h"
#include "wire/rmq-names-private.h"
#include "wire/rmq-offset-id-private.h"

#define ACCURACY_US 10000
#define ASK_TIMEOUT_MS 5000
#define MIN_WAIT_MS 10
/* The wall clock may jump. */
#define MAX_WAIT_MS (INT64_C (365) * 24 * 3600 * 1000)

int64_t
_rmq_broker_transactions_get_immunity_ms (RmqBrokerTransactions *self, const RmqRecord *record)
{
  int64_t timeout_ms = self->core->settings->transaction_timeout_ms;
  RmqSlice text = _rmq_properties_text_find (record->properties, RMQ_SLICE_LITERAL (RMQ_PROPERTY_CHECK_IMMUNITY_TIME));
  int64_t seconds;

  if (!_rmq_property_parse_int64 (text, &seconds))
    return timeout_ms;
  return MAX (CLAMP (seconds, 0, MAX_WAIT_MS / 1000) * 1000, timeout_ms);
}

void
_rmq_broker_half_wait (RmqBrokerHalf *self, int64_t wait_ms)
{
  RmqBrokerCore *core = self->owner->core;
  int64_t wait_us = CLAMP (wait_ms, MIN_WAIT_MS, MAX_WAIT_MS) * 1000;

  _rmq_timer_arm (core->timers, &self->timer, rmq_broker_now_us (core) + wait_us, ACCURACY_US);
}

/* --- how often it was asked ----------------------------------------------------------------------------------- */

static void
count_check (RmqBrokerHalf *half)
{
  g_autofree char *key = g_strdup_printf ("%" PRId64, half->offset);
  g_autoptr (GBytes) value = NULL;
  char *text;

  half->n_checks++;
  text = g_strdup_printf ("%d", half->n_checks);
  value = g_bytes_new_take (text, strlen (text));
  _rmq_broker_store_put_state (half->owner->core->store, RMQ_BROKER_STATE_CHECKS, key, value);
}

static void
load_one (const char *key, GBytes *value, void *data)
{
  RmqBrokerTransactions *self = data;
  size_t len;
  const char *text = g_bytes_get_data (value, &len);
  RmqBrokerHalf *half;
  int64_t offset;
  int32_t n;

  if (!_rmq_property_parse_int64 (rmq_slice_from_string (key), &offset)
      || !_rmq_property_parse_int32 (rmq_slice (text, len), &n))
    return;
  half = g_hash_table_lookup (self->halves, &offset);
  if (half != NULL)
    half->n_checks = MAX (n, 0);
}

void
_rmq_broker_transactions_load_checks (RmqBrokerTransactions *self)
{
  _rmq_broker_store_each_state (self->core->store, RMQ_BROKER_STATE_CHECKS, load_one, self);
}

/* --- the record ----------------------------------------------------------------------------------------------- */

/* A copy: the store may move its own when something is put. */
static bool
read_record (RmqBrokerCore *core, int64_t physical_offset, RmqBrokerMessage *message)
{
  RmqStoredRecord stored;
  void *copy;

  if (!_rmq_broker_store_lookup (core->store, physical_offset, &stored))
    return false;
  copy = _rmq_broker_message_keep (message, g_memdup2 (stored.data, stored.size));
  if (!_rmq_record_decode (&message->record, copy, stored.size, 0, NULL))
    return false;
  _rmq_broker_message_scan (message);
  return true;
}

static void
set_check_times (RmqBrokerMessage *message, int32_t n)
{
  g_autofree char *text = g_strdup_printf ("%d", n);

  _rmq_broker_message_set_property (message, RMQ_PROPERTY_TRANSACTION_CHECK_TIMES, rmq_slice_from_string (text));
}

/* Parks it in a topic of the broker's own, as it is. */
static int
put_into (RmqBrokerCore *core, RmqBrokerMessage *message, RmqBrokerTopic *topic)
{
  message->topic = topic;
  message->record.topic = topic->slice;
  message->record.queue_id = 0;
  message->record.v2 = false;
  message->direct = true;
  return _rmq_broker_put (core, message, 1);
}

/* --- asking --------------------------------------------------------------------------------------------------- */

/* With its real topic and queue, so that the producer sees what it sent. */
static GBytes *
encode_question (RmqBrokerMessage *message)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (SIZE_MAX);
  RmqRecord record;

  _rmq_broker_message_set_property (message, RMQ_PROPERTY_WAIT, RMQ_SLICE_LITERAL ("false"));
  record = message->record;
  record.topic = _rmq_broker_message_get_property (message, RMQ_PROPERTY_REAL_TOPIC);
  if (!_rmq_property_parse_int32 (_rmq_broker_message_get_property (message, RMQ_PROPERTY_REAL_QUEUE_ID),
                                  &record.queue_id))
    record.queue_id = 0;
  return _rmq_record_encode (&record, &out) ? _rmq_byte_writer_steal (&out) : NULL;
}

static void
ask (RmqBrokerHalf *half, RmqBrokerMessage *message, RmqBrokerMember *producer)
{
  RmqBrokerCore *core = half->owner->core;
  RmqCheckTransactionStateRequestHeader header = { 0 };
  g_autoptr (GBytes) body = encode_question (message);
  char id[RMQ_OFFSET_ID_MAX + 1];

  if (body == NULL)
    return;
  _rmq_offset_id_encode (&message->record.store_host, half->physical_offset, id);
  RMQ_HEADER_SET (header, topic, half->owner->topic->slice);
  RMQ_HEADER_SET (header, tran_state_table_offset, half->offset);
  RMQ_HEADER_SET (header, commit_log_offset, half->physical_offset);
  RMQ_HEADER_SET (header, msg_id, message->unique_id);
  RMQ_HEADER_SET (header, transaction_id, message->unique_id);
  RMQ_HEADER_SET (header, offset_msg_id, rmq_slice_from_string (id));
  RMQ_HEADER_SET (header, bname, rmq_slice_from_string (core->settings->broker_name));
  _rmq_broker_call (core, producer->peer->connection, RMQ_REQUEST_CHECK_TRANSACTION_STATE,
                    RMQ_HEADER (CheckTransactionStateRequestHeader), &header, body, ASK_TIMEOUT_MS, NULL, NULL);
}

/* Asked often enough: it goes where an operator finds it. */
static void
give_up (RmqBrokerHalf *half, RmqBrokerMessage *message)
{
  RmqBrokerTransactions *self = half->owner;
  RmqBrokerTopic *topic = _rmq_broker_topics_ensure (
      self->core->topics, RMQ_SLICE_LITERAL (RMQ_TOPIC_TRANS_CHECK_MAX_TIME), 1, RMQ_PERM_READ | RMQ_PERM_WRITE);

  set_check_times (message, half->n_checks);
  if (put_into (self->core, message, topic) != RMQ_RESPONSE_SUCCESS)
    {
      _rmq_broker_half_wait (half, self->core->settings->transaction_check_ms);
      return;
    }
  rmq_info ("broker", topic->name, "A transaction was not decided after %d checks, its message is in %s",
            half->n_checks, topic->name);
  _rmq_broker_transactions_end (self, half);
}

void
_rmq_broker_half_check (RmqTimer *timer, void *data)
{
  RmqBrokerHalf *half = data;
  RmqBrokerTransactions *self = half->owner;
  const RmqBrokerSettings *settings = self->core->settings;
  g_auto (RmqBrokerMessage) message = { .code = 0 };
  RmqBrokerMember *producer;

  if (!read_record (self->core, half->physical_offset, &message))
    {
      rmq_warning ("broker", self->topic->name, "The half message at %" PRId64 " is lost: the store was full",
                   half->offset);
      _rmq_broker_transactions_end (self, half);
      return;
    }
  if (half->n_checks >= settings->transaction_check_max)
    {
      give_up (half, &message);
      return;
    }
  /* Without a live producer it waits, and that does not count. */
  producer = _rmq_broker_clients_pick_producer (
      self->core->clients, _rmq_broker_message_get_property (&message, RMQ_PROPERTY_PRODUCER_GROUP));
  if (producer != NULL)
    {
      count_check (half);
      set_check_times (&message, half->n_checks);
      ask (half, &message, producer);
    }
  _rmq_broker_half_wait (half, settings->transaction_check_ms);
}

/* --- 323 ------------------------------------------------------------------------------------------------------ */

static bool
resume (RmqBrokerTransactions *self, RmqSlice id)
{
  g_auto (RmqBrokerMessage) message = { .code = 0 };
  char text[RMQ_BROKER_TEXT_SIZE];
  RmqHost host;
  int64_t physical_offset;

  if (!_rmq_offset_id_decode (rmq_broker_text (id, text), &host, &physical_offset, NULL)
      || !read_record (self->core, physical_offset, &message)
      || !rmq_slice_equal_string (message.record.topic, RMQ_TOPIC_TRANS_CHECK_MAX_TIME)
      || _rmq_broker_message_get_property (&message, RMQ_PROPERTY_REAL_TOPIC).data == NULL)
    return false;
  set_check_times (&message, 0);
  return put_into (self->core, &message, self->topic) == RMQ_RESPONSE_SUCCESS;
}

void
_rmq_broker_transactions_handle_resume (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqResumeCheckHalfMessageRequestHeader header;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (ResumeCheckHalfMessageRequestHeader), &header))
    return;
  if (resume (data, header.msg_id))
    _rmq_broker_answer_durable (core, &request->ticket, NULL, NULL);
  else
    _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SYSTEM_ERROR,
                             "Putting message back to RMQ_SYS_TRANS_HALF_TOPIC failed.");
}
