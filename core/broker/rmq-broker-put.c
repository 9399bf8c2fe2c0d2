/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages on their way in: their properties, the modules' say, the store, and who hears of it.
 */
#include "rmq-broker-core-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"
#include "wire/rmq-java-private.h"

/* --- the message --------------------------------------------------------------------------------------------- */

void
_rmq_broker_message_clear (RmqBrokerMessage *self)
{
  g_clear_pointer (&self->remark, g_free);
  g_clear_pointer (&self->recall_handle, g_free);
  g_clear_pointer (&self->kept, g_ptr_array_unref);
}

void *
_rmq_broker_message_keep (RmqBrokerMessage *self, void *memory)
{
  if (self->kept == NULL)
    self->kept = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->kept, memory);
  return memory;
}

static const RmqSlice redirecting[] = {
  { RMQ_PROPERTY_DELAY, sizeof RMQ_PROPERTY_DELAY - 1 },
  { RMQ_PROPERTY_TIMER_DELAY_SEC, sizeof RMQ_PROPERTY_TIMER_DELAY_SEC - 1 },
  { RMQ_PROPERTY_TIMER_DELAY_MS, sizeof RMQ_PROPERTY_TIMER_DELAY_MS - 1 },
  { RMQ_PROPERTY_TIMER_DELIVER_MS, sizeof RMQ_PROPERTY_TIMER_DELIVER_MS - 1 },
  { RMQ_PROPERTY_TIMER_DEL_UNIQUE_ID, sizeof RMQ_PROPERTY_TIMER_DEL_UNIQUE_ID - 1 },
  { RMQ_PROPERTY_TRANSACTION_PREPARED, sizeof RMQ_PROPERTY_TRANSACTION_PREPARED - 1 },
  { RMQ_PROPERTY_PRIORITY, sizeof RMQ_PROPERTY_PRIORITY - 1 },
  { RMQ_PROPERTY_LITE_TOPIC, sizeof RMQ_PROPERTY_LITE_TOPIC - 1 },
  { RMQ_PROPERTY_INNER_NUM, sizeof RMQ_PROPERTY_INNER_NUM - 1 },
};

static bool
is_redirecting (RmqSlice name)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (redirecting); i++)
    if (rmq_slice_equal (name, redirecting[i]))
      return true;
  return false;
}

void
_rmq_broker_message_scan (RmqBrokerMessage *self)
{
  RmqPropertyIter iter;
  RmqSlice name;
  RmqSlice value;

  self->tags = self->keys = self->unique_id = RMQ_SLICE_NULL;
  self->may_redirect = false;
  rmq_property_iter_init (&iter, self->record.properties);
  while (_rmq_property_iter_next (&iter, &name, &value))
    {
      if (rmq_slice_equal_string (name, RMQ_PROPERTY_UNIQUE_ID))
        self->unique_id = value;
      else if (rmq_slice_equal_string (name, RMQ_PROPERTY_TAGS))
        self->tags = value;
      else if (rmq_slice_equal_string (name, RMQ_PROPERTY_KEYS))
        self->keys = value;
      else if (is_redirecting (name))
        self->may_redirect = true;
    }
  self->tags_code = self->tags.len > 0 ? _rmq_java_string_hash (self->tags) : 0;
}

RmqSlice
_rmq_broker_message_get_property (const RmqBrokerMessage *self, const char *name)
{
  return _rmq_properties_text_find (self->record.properties, rmq_slice_from_string (name));
}

void
_rmq_broker_message_set_property (RmqBrokerMessage *self, const char *name, RmqSlice value)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (SIZE_MAX);
  RmqPropertyIter iter;
  RmqSlice old_name;
  RmqSlice old_value;
  size_t len;

  rmq_byte_writer_reserve (&out, self->record.properties.len + strlen (name) + value.len + 2);
  rmq_property_iter_init (&iter, self->record.properties);
  while (_rmq_property_iter_next (&iter, &old_name, &old_value))
    if (!rmq_slice_equal_string (old_name, name))
      rmq_property_write (&out, old_name, old_value);
  if (value.data != NULL)
    rmq_property_write (&out, rmq_slice_from_string (name), value);
  len = out.len;
  self->record.properties = rmq_slice (_rmq_broker_message_keep (self, g_steal_pointer (&out.data)), len);
  _rmq_broker_message_scan (self);
}

void
_rmq_broker_message_redirect (RmqBrokerMessage *self, RmqBrokerTopic *topic, int32_t queue_id)
{
  g_autofree char *id = g_strdup_printf ("%d", self->record.queue_id);

  _rmq_broker_message_set_property (self, RMQ_PROPERTY_REAL_TOPIC, self->record.topic);
  _rmq_broker_message_set_property (self, RMQ_PROPERTY_REAL_QUEUE_ID, rmq_slice_from_string (id));
  self->topic = topic;
  self->record.topic = topic->slice;
  self->record.queue_id = queue_id;
}

static void
refuse (RmqBrokerMessage *self, int code, char *remark)
{
  self->code = code;
  g_free (self->remark);
  self->remark = remark;
}

RmqBrokerPutVerdict
_rmq_broker_message_refuse (RmqBrokerMessage *self, int code, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  refuse (self, code, g_strdup_vprintf (format, arguments));
  va_end (arguments);
  return RMQ_BROKER_PUT_REFUSE;
}

/* --- the way in ---------------------------------------------------------------------------------------------- */

static bool
ask_modules (RmqBrokerCore *core, RmqBrokerMessage *message)
{
  for (unsigned i = 0; i < core->before_put->len; i++)
    {
      const RmqBrokerHook *hook = &g_array_index (core->before_put, RmqBrokerHook, i);

      if (hook->module->before_put (core, message, hook->data) == RMQ_BROKER_PUT_REFUSE)
        return false;
    }
  return true;
}

static int
code_of (const GError *error)
{
  if (g_error_matches (error, RMQ_ERROR, RMQ_ERROR_QUOTA))
    return RMQ_RESPONSE_SERVICE_NOT_AVAILABLE;
  if (g_error_matches (error, RMQ_ERROR, RMQ_ERROR_MESSAGE_ILLEGAL))
    return RMQ_RESPONSE_MESSAGE_ILLEGAL;
  return RMQ_RESPONSE_SYSTEM_ERROR;
}

static void
tell (RmqBrokerCore *core, RmqBrokerQueue *queue, RmqBrokerMessage *message)
{
  const RmqBrokerModule *owner = queue->topic->owner;

  core->counters.n_put++;
  core->counters.n_put_bytes += message->record.total_size;
  message->code = RMQ_RESPONSE_SUCCESS;
  if (owner != NULL)
    owner->stored (core, queue, message, _rmq_broker_core_get_module_data (core, owner));
  if (core->events.message_stored != NULL)
    core->events.message_stored (message, core->events_data);
}

int
_rmq_broker_put (RmqBrokerCore *core, RmqBrokerMessage *messages, unsigned n)
{
  int64_t now_ms = rmq_broker_now_ms (core);
  g_autoptr (GError) error = NULL;
  RmqBrokerQueue *queue;

  if (n == 1 && !messages->direct && messages->may_redirect && !ask_modules (core, messages))
    return messages->code;
  if (messages->record.properties.len > RMQ_PROPERTIES_MAX)
    {
      refuse (messages, RMQ_RESPONSE_MESSAGE_ILLEGAL, g_strdup ("the properties are too long"));
      return messages->code;
    }
  queue = _rmq_broker_topic_get_queue (core, messages->topic, messages->record.queue_id);
  if (queue == NULL)
    {
      refuse (messages, RMQ_RESPONSE_INVALID_PARAMETER,
              g_strdup_printf ("%s has no queue %d", messages->topic->name, messages->record.queue_id));
      return messages->code;
    }
  for (unsigned i = 0; i < n; i++)
    {
      RmqRecord *record = &messages[i].record;

      record->store_timestamp = now_ms;
      record->store_host = core->store_host;
      record->body_crc = _rmq_crc32 (record->body.data, record->body.len);
    }
  if (!_rmq_broker_store_append (core->store, queue, messages, n, &error))
    {
      rmq_warning ("broker", messages->topic->name, "A message to %s was not stored: %s", messages->topic->name,
                   error->message);
      refuse (messages, code_of (error), g_strdup (error->message));
      return messages->code;
    }
  for (unsigned i = 0; i < n; i++)
    tell (core, queue, &messages[i]);
  _rmq_broker_news (core, queue);
  return RMQ_RESPONSE_SUCCESS;
}

/* --- parked messages ----------------------------------------------------------------------------------------- */

static bool
is_dropped (RmqSlice name, const char *const *drop)
{
  for (; drop != NULL && *drop != NULL; drop++)
    if (rmq_slice_equal_string (name, *drop))
      return true;
  return false;
}

static void
drop_properties (RmqBrokerMessage *message, const char *const *drop)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (SIZE_MAX);
  RmqPropertyIter iter;
  RmqSlice name;
  RmqSlice value;
  size_t len;

  rmq_property_iter_init (&iter, message->record.properties);
  while (_rmq_property_iter_next (&iter, &name, &value))
    if (!is_dropped (name, drop))
      rmq_property_write (&out, name, value);
  len = out.len;
  message->record.properties = rmq_slice (_rmq_broker_message_keep (message, g_steal_pointer (&out.data)), len);
  _rmq_broker_message_scan (message);
}

int
_rmq_broker_put_parked (RmqBrokerCore *core,
                        const RmqRecord *parked,
                        const char *const *drop,
                        RmqBrokerEdit edit,
                        void *data,
                        int64_t *physical_offset)
{
  g_auto (RmqBrokerMessage) message = { .record = *parked };
  RmqSlice id = _rmq_broker_message_get_property (&message, RMQ_PROPERTY_REAL_QUEUE_ID);
  RmqSlice topic = _rmq_broker_message_get_property (&message, RMQ_PROPERTY_REAL_TOPIC);
  int code;

  /* The store may move what parked points into, so what is put is a copy. */
  message.record.body = rmq_slice (_rmq_broker_message_keep (&message, g_memdup2 (parked->body.data, parked->body.len)),
                                   parked->body.len);
  message.topic = _rmq_broker_topics_find (core->topics, topic);
  if (message.topic == NULL)
    return RMQ_RESPONSE_TOPIC_NOT_EXIST;
  if (!_rmq_property_parse_int32 (id, &message.record.queue_id))
    message.record.queue_id = 0;
  message.record.topic = message.topic->slice;
  message.record.v2 = false;
  drop_properties (&message, drop);
  if (edit != NULL)
    edit (core, &message, data);
  /* Its topic may have fewer queues than it had. */
  if (message.record.queue_id < 0 || message.record.queue_id >= rmq_broker_topic_get_n_queues (message.topic))
    message.record.queue_id = 0;
  code = _rmq_broker_put (core, &message, 1);
  if (code == RMQ_RESPONSE_SUCCESS && physical_offset != NULL)
    *physical_offset = message.record.physical_offset;
  return code;
}
