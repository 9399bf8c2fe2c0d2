/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests about timer messages: taking one back before it is due, and what waits. (RocketMQ: RecallMessageProcessor.)
 */
#include "rmq-broker-timer-private.h"

#include <inttypes.h>
#include "base/rmq-error-private.h"
#include "broker/rmq-broker-core-private.h"
#include "broker/rmq-broker-durable-private.h"
#include "wire/rmq-header-send-private.h"
#include "wire/rmq-java-private.h"
#include "wire/rmq-recall-handle-private.h"

/* --- taking back ---------------------------------------------------------------------------------------------- */

typedef struct
{
  RmqSlice parked; /* name of the topic they wait in */
  RmqSlice topic;
  RmqSlice unique_id;
  GArray *offsets;
} Search;

static bool
is_property (const RmqRecord *record, const char *name, RmqSlice value)
{
  return rmq_slice_equal (_rmq_properties_text_find (record->properties, rmq_slice_from_string (name)), value);
}

/* Candidates may be others with the same hash. */
static bool
collect (const RmqStoredRecord *stored, void *data)
{
  Search *search = data;
  RmqRecord record;

  if (_rmq_record_decode (&record, stored->data, stored->size, 0, NULL)
      && rmq_slice_equal (record.topic, search->parked) && is_property (&record, RMQ_PROPERTY_REAL_TOPIC, search->topic)
      && is_property (&record, RMQ_PROPERTY_UNIQUE_ID, search->unique_id))
    g_array_append_val (search->offsets, record.queue_offset);
  return true;
}

unsigned
_rmq_broker_timers_recall (RmqBrokerTimers *self, RmqSlice topic, RmqSlice unique_id)
{
  g_autoptr (GArray) offsets = g_array_new (FALSE, FALSE, sizeof (int64_t));
  Search search = { self->topic->slice, topic, unique_id, offsets };

  _rmq_broker_store_query (self->core->store, self->topic->slice, unique_id, RMQ_STORE_INDEX_UNIQUE, collect, &search);
  for (unsigned i = 0; i < offsets->len; i++)
    _rmq_broker_ledger_end (self->ledger, g_array_index (offsets, int64_t, i));
  return offsets->len;
}

/* --- 370 ------------------------------------------------------------------------------------------------------ */

/* Whether this broker recalls messages of this topic at all. */
static bool
check_broker (RmqBrokerCore *core, const RmqBrokerTicket *ticket, RmqSlice topic)
{
  const RmqBrokerSettings *settings = core->settings;
  char text[RMQ_BROKER_TEXT_SIZE];

  if (!settings->recall)
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_NO_PERMISSION, "recall failed, operation is forbidden");
  else if (settings->broker_id != 0)
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SLAVE_NOT_AVAILABLE,
                             "recall failed, broker service not available");
  else if (core->stopping || (settings->perm & RMQ_PERM_WRITE) == 0)
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SERVICE_NOT_AVAILABLE,
                             "recall failed, broker service not available");
  else if (_rmq_broker_topics_find (core->topics, topic) == NULL)
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_TOPIC_NOT_EXIST, "recall failed, the topic[%s] not exist",
                             rmq_broker_text (topic, text));
  else
    return true;
  return false;
}

/* What is wrong with the handle, or NULL. */
static const char *
find_problem (RmqBrokerCore *core, const RmqRecallHandle *handle, RmqSlice topic)
{
  const RmqBrokerSettings *settings = core->settings;
  int64_t now_ms = rmq_broker_now_ms (core);
  int64_t time_ms;

  if (!rmq_slice_equal_string (topic, handle->topic))
    return "recall failed, topic not match";
  if (!g_str_equal (handle->broker_name, settings->broker_name))
    return "recall failed, broker service not available";
  if (!_rmq_property_parse_int64 (rmq_slice_from_string (handle->timestamp), &time_ms) || time_ms <= now_ms
      || (time_ms - now_ms) / 1000 >= settings->timer_max_delay_s)
    return "recall failed, timestamp invalid";
  return NULL;
}

/* The header and the text it points to in one block. */
static RmqRecallMessageResponseHeader *
response_header_new (const char *id)
{
  size_t len = strlen (id);
  RmqRecallMessageResponseHeader *header = g_malloc0 (sizeof *header + len);
  char *text = (char *) (header + 1);

  memcpy (text, id, len);
  RMQ_HEADER_SET (*header, msg_id, rmq_slice (text, len));
  return header;
}

void
_rmq_broker_timers_handle_recall (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqBrokerTimers *self = data;
  RmqRecallMessageRequestHeader header;
  g_auto (RmqRecallHandle) handle = { 0 };
  g_autofree char *text = NULL;
  const char *problem = "recall handle is invalid";

  /* Java's broker takes a request without a handle for one with a bad handle. */
  if (!_rmq_header_decode_partial (RMQ_HEADER (RecallMessageRequestHeader), request->frame->ext, request->frame->n_ext,
                                   &header, NULL))
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SYSTEM_ERROR, "the header cannot be read");
      return;
    }
  if (!check_broker (core, &request->ticket, header.topic))
    return;
  text = rmq_slice_dup (header.recall_handle);
  if (_rmq_recall_handle_decode (&handle, text, NULL))
    problem = find_problem (core, &handle, header.topic);
  if (problem != NULL)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_ILLEGAL_OPERATION, "%s", problem);
      return;
    }
  _rmq_broker_timers_recall (self, header.topic, rmq_slice_from_string (handle.message_id));
  _rmq_broker_ledger_flush (self->ledger);
  _rmq_broker_answer_durable (core, &request->ticket, RMQ_HEADER (RecallMessageResponseHeader),
                              response_header_new (handle.message_id));
}

/* --- 60 and 61 ------------------------------------------------------------------------------------------------ */

/* Seven numbers: time read to, place in the log, offsets here and at the master, and the data version. */
void
_rmq_broker_timers_handle_check_point (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqBrokerTimers *self = data;
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (SIZE_MAX);
  g_autoptr (GBytes) bytes = NULL;

  rmq_byte_writer_u64 (&out, (uint64_t) (rmq_broker_now_ms (core) / self->precision_ms * self->precision_ms));
  rmq_byte_writer_u64 (&out, 0);
  rmq_byte_writer_u64 (&out, (uint64_t) self->queue->max_offset);
  rmq_byte_writer_u64 (&out, (uint64_t) self->queue->max_offset);
  rmq_byte_writer_u64 (&out, (uint64_t) self->version.state_version);
  rmq_byte_writer_u64 (&out, (uint64_t) self->version.timestamp);
  rmq_byte_writer_u64 (&out, (uint64_t) self->version.counter);
  bytes = _rmq_byte_writer_steal (&out);
  _rmq_broker_answer_bytes (core, &request->ticket, bytes);
}

static void
count_one (const RmqRecord *record, void *data)
{
  GHashTable *counts = data;
  RmqSlice topic = _rmq_properties_text_find (record->properties, RMQ_SLICE_LITERAL (RMQ_PROPERTY_REAL_TOPIC));
  char *name = rmq_slice_dup (topic);
  size_t n;

  if (name == NULL)
    return;
  n = GPOINTER_TO_SIZE (g_hash_table_lookup (counts, name));
  g_hash_table_replace (counts, name, GSIZE_TO_POINTER (n + 1));
}

/* How many wait, by the topic they are for. */
void
_rmq_broker_timers_handle_metrics (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqBrokerTimers *self = data;
  g_autoptr (GHashTable) counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GBytes) bytes = NULL;
  const char *comma = "";
  GHashTableIter iter;
  void *topic;
  void *n;
  size_t len;

  _rmq_broker_ledger_foreach_open (self->ledger, count_one, counts);
  g_string_append_printf (text,
                          "{\"dataVersion\":{\"counter\":%" PRId64 ",\"stateVersion\":%" PRId64
                          ",\"timestamp\":%" PRId64 "},\"timingCount\":{",
                          self->version.counter, self->version.state_version, self->version.timestamp);
  g_hash_table_iter_init (&iter, counts);
  while (g_hash_table_iter_next (&iter, &topic, &n))
    {
      g_string_append_printf (text, "%s\"%s\":{\"count\":%" G_GSIZE_FORMAT ",\"timeStamp\":%" PRId64 "}", comma,
                              (const char *) topic, GPOINTER_TO_SIZE (n), self->version.timestamp);
      comma = ",";
    }
  g_string_append (text, "}}");
  len = text->len;
  bytes = g_bytes_new_take (g_string_free (g_steal_pointer (&text), FALSE), len);
  _rmq_broker_answer_bytes (core, &request->ticket, bytes);
}
