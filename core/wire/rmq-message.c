/* SPDX-License-Identifier: Apache-2.0
 *
 * Life of a message, and how its properties are found and lent as strings. Setters, getters and the sending side stand
 * in rmq-message-setters.c, rmq-message-getters.c and rmq-message-send.c.
 */
#include "rmq-message-private.h"

#include <stdio.h>
#include "base/rmq-block-pool-private.h"
#include "base/rmq-error-private.h"
#include "base/rmq-sync-private.h"
#include "base/rmq-utf8-private.h"

/**
 * RmqMessage:
 *
 * A message: a topic, a body of any bytes, and properties.
 *
 * A new message is open: its setters work, and one thread at a time may use it. It is sealed by its first send; from
 * then on it never changes, setters fail with %RMQ_ERROR_SEALED, and any thread may read it. Received messages are
 * sealed from the start. [method@Message.copy] gives an open message again.
 *
 * Strings that a getter lends live as long as the message, or until the next setter while it is open. The body of a
 * received message is a part of the buffer it arrived in and is not copied.
 *
 * RocketMQ: Message, MessageExt, MessageClientExt.
 */
G_DEFINE_BOXED_TYPE (RmqMessage, rmq_message, rmq_message_ref, rmq_message_unref)

static RmqBlockPool message_pool = RMQ_BLOCK_POOL_INIT (RmqMessage);

static RmqMessage *
message_alloc (void)
{
  RmqMessage *self = _rmq_block_pool_take (&message_pool);

  self->ref_count = 1;
  self->queue_id = -1;
  self->queue_offset = -1;
  self->commit_log_offset = -1;
  self->min_offset = -1;
  self->max_offset = -1;
  self->inner_wait = -1;
  return self;
}

/* Of a message that has none. */
static void
set_own_topic (RmqMessage *self, const char *topic)
{
  size_t size = strlen (topic) + 1;

  self->topic = size <= sizeof self->own_topic ? self->own_topic : g_malloc (size);
  memcpy (self->topic, topic, size);
}

/**
 * rmq_message_new:
 * @topic: the topic
 * @body: (nullable) (transfer none): the body; a broker refuses an empty one
 *
 * Makes an open message. The topic is checked when the message is sent, or by [method@Message.set_topic].
 *
 * Returns: (transfer full): a new message
 */
RmqMessage *
rmq_message_new (const char *topic, GBytes *body)
{
  RmqMessage *self;

  g_return_val_if_fail (topic != NULL, NULL);

  self = message_alloc ();
  set_own_topic (self, topic);
  self->body = body != NULL ? g_bytes_ref (body) : g_bytes_new (NULL, 0);
  self->raw_body.data = g_bytes_get_data (self->body, &self->raw_body.len);
  return self;
}

/**
 * rmq_message_new_text:
 * @topic: the topic
 * @text: the body, without its final NUL
 *
 * Makes an open message whose body is a text.
 *
 * Returns: (transfer full): a new message
 */
RmqMessage *
rmq_message_new_text (const char *topic, const char *text)
{
  g_autoptr (GBytes) body = NULL;

  g_return_val_if_fail (topic != NULL, NULL);
  g_return_val_if_fail (text != NULL, NULL);

  body = g_bytes_new (text, strlen (text));
  return rmq_message_new (topic, body);
}

/* Text that is not UTF-8 gets U+FFFD, as in Java; body and properties then move to a buffer of their own. */
static void
repair_properties (RmqMessage *self)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (self->raw_body.len + 3 * self->raw_properties.len);
  size_t body_len = self->raw_body.len;

  rmq_byte_writer_slice (&out, self->raw_body);
  _rmq_utf8_append_valid (&out, self->raw_properties.data, self->raw_properties.len);
  g_bytes_unref (self->buffer);
  self->raw_body = rmq_slice ((const char *) out.data, body_len);
  self->raw_properties = rmq_slice ((const char *) out.data + body_len, out.len - body_len);
  self->buffer = _rmq_byte_writer_steal (&out);
}

RmqMessage *
_rmq_message_new_received (const RmqRecord *record, GBytes *buffer, char *topic)
{
  RmqMessage *self = message_alloc ();

  self->received = true;
  self->sealed = 1;
  self->has_offset_id = true;
  self->buffer = g_bytes_ref (buffer);
  if (topic != NULL && rmq_slice_equal_string (record->topic, topic))
    {
      self->topic = g_ref_string_acquire (topic);
      self->topic_shared = true;
    }
  else
    self->topic = g_utf8_make_valid (record->topic.data, (gssize) record->topic.len);
  self->raw_body = record->body;
  self->raw_properties = record->properties;
  self->queue_id = record->queue_id;
  self->flag = record->flag;
  self->queue_offset = record->queue_offset;
  self->commit_log_offset = record->physical_offset;
  self->sys_flag = record->sys_flag;
  self->born_timestamp = record->born_timestamp;
  self->born_host = record->born_host;
  self->store_timestamp = record->store_timestamp;
  self->store_host = record->store_host;
  self->reconsume_times = record->reconsume_times;
  self->prepared_transaction_offset = record->prepared_transaction_offset;
  self->body_crc = record->body_crc;
  self->store_size = record->total_size;

  if (G_UNLIKELY (!_rmq_utf8_is_valid (record->properties.data, record->properties.len)))
    repair_properties (self);
  return self;
}

/**
 * rmq_message_ref:
 * @self: a message
 *
 * Takes a reference. Any thread.
 *
 * Returns: (transfer full): @self
 */
RmqMessage *
rmq_message_ref (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_int_inc (&self->ref_count);
  return self;
}

static void
clear_topic (RmqMessage *self)
{
  if (self->topic_shared)
    rmq_ref_string_release (self->topic);
  else if (self->topic != self->own_topic)
    g_free (self->topic);
  self->topic = NULL;
}

void
_rmq_message_set_own_topic (RmqMessage *self, const char *topic)
{
  clear_topic (self);
  set_own_topic (self, topic);
}

static void
message_free (RmqMessage *self)
{
  if (self->owner != NULL)
    self->owner->klass->release (self->owner, self);
  if (self->budget != NULL)
    {
      _rmq_budget_release (self->budget, self->charged);
      _rmq_budget_unref (self->budget);
    }
  clear_topic (self);
  g_clear_pointer (&self->broker_name, rmq_ref_string_release);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_pointer (&self->buffer, g_bytes_unref);
  _rmq_properties_clear (&self->properties);
  g_free (self->text);
  g_free (self->pop_handle);
  _rmq_block_pool_give (&message_pool, self);
}

/**
 * rmq_message_unref:
 * @self: (transfer full): a message
 *
 * Drops a reference; the last one frees the message. Any thread, also after the client is gone.
 */
void
rmq_message_unref (RmqMessage *self)
{
  g_return_if_fail (self != NULL);

  if (rmq_ref_dec_and_test (&self->ref_count))
    message_free (self);
}

/**
 * rmq_message_is_sealed:
 * @self: a message
 *
 * Whether setters no longer work. Any thread.
 *
 * Returns: %TRUE once it was sent, and for received messages
 */
gboolean
rmq_message_is_sealed (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, TRUE);

  return g_atomic_int_get (&self->sealed) != 0;
}

bool
_rmq_message_seal (RmqMessage *self)
{
  return g_atomic_int_compare_and_exchange (&self->sealed, 0, 1);
}

void
_rmq_message_charge (RmqMessage *self, RmqBudget *budget, size_t size)
{
  _rmq_budget_take (budget, size);
  self->budget = _rmq_budget_ref (budget);
  self->charged = size;
}

void
_rmq_message_override_topic (RmqMessage *self, char *topic_ref_string)
{
  g_ref_string_acquire (topic_ref_string);
  clear_topic (self);
  self->topic = topic_ref_string;
  self->topic_shared = true;
}

void
_rmq_message_set_broker_name (RmqMessage *self, char *broker_name_ref_string)
{
  g_clear_pointer (&self->broker_name, rmq_ref_string_release);
  if (broker_name_ref_string != NULL)
    self->broker_name = g_ref_string_acquire (broker_name_ref_string);
}

void
_rmq_message_set_owner (RmqMessage *self, RmqMessageOwner *owner)
{
  self->owner = owner;
}

RmqSlice
_rmq_message_peek_body (const RmqMessage *self)
{
  return self->raw_body;
}

#define NUMBER_SIZE 21 /* an int64_t and its NUL */

/* The properties as strings: a copy in which every \x02 is a NUL, so that a value's place in the text is its place
 * here; behind it the two offsets that came from the pull. Made at most once, by whoever asks first. */
static char *
get_strings (RmqMessage *self)
{
  char *text = g_atomic_pointer_get (&self->text);
  size_t len = self->raw_properties.len;
  char *made;

  if (text != NULL)
    return text;

  made = g_malloc (len + 1 + 2 * NUMBER_SIZE);
  if (len > 0)
    memcpy (made, self->raw_properties.data, len);
  made[len] = '\0';
  for (char *at = made; (at = memchr (at, RMQ_PROPERTY_VALUE_END, (size_t) (made + len - at))) != NULL; at++)
    *at = '\0';
  snprintf (made + len + 1, NUMBER_SIZE, "%" G_GINT64_FORMAT, self->min_offset);
  snprintf (made + len + 1 + NUMBER_SIZE, NUMBER_SIZE, "%" G_GINT64_FORMAT, self->max_offset);
  if (g_atomic_pointer_compare_and_exchange (&self->text, NULL, made))
    return made;
  g_free (made);
  return g_atomic_pointer_get (&self->text);
}

/* What is known of a received message besides its text. All results end in NUL. */
static RmqSlice
find_local (const RmqMessage *self, RmqSlice name)
{
  RmqSlice value = RMQ_SLICE_NULL;

  if (self->properties.n > 0)
    value = _rmq_properties_find (&self->properties, name);
  if (value.data != NULL || !self->received)
    return value;

  if (self->inner_wait >= 0 && rmq_slice_equal (name, RMQ_SLICE_LITERAL (RMQ_PROPERTY_WAIT)))
    return self->inner_wait ? RMQ_SLICE_LITERAL ("true") : RMQ_SLICE_LITERAL ("false");
  if (self->min_offset >= 0 && rmq_slice_equal (name, RMQ_SLICE_LITERAL (RMQ_PROPERTY_MIN_OFFSET)))
    return rmq_slice_from_string (get_strings ((RmqMessage *) self) + self->raw_properties.len + 1);
  if (self->max_offset >= 0 && rmq_slice_equal (name, RMQ_SLICE_LITERAL (RMQ_PROPERTY_MAX_OFFSET)))
    return rmq_slice_from_string (get_strings ((RmqMessage *) self) + self->raw_properties.len + 1 + NUMBER_SIZE);
  return RMQ_SLICE_NULL;
}

RmqSlice
_rmq_message_find (const RmqMessage *self, RmqSlice name)
{
  RmqSlice value = find_local (self, name);

  if (value.data != NULL || !self->received)
    return value;
  return _rmq_properties_text_find (self->raw_properties, name);
}

const char *
_rmq_message_get_string (RmqMessage *self, RmqSlice name)
{
  RmqSlice value = find_local (self, name);

  if (value.data != NULL || !self->received)
    return value.data;
  value = _rmq_properties_text_find (self->raw_properties, name);
  if (value.data == NULL)
    return NULL;
  return get_strings (self) + (value.data - self->raw_properties.data);
}

static void
visit_local (const RmqMessage *self, const char *name, RmqPropertyFunc func, void *data)
{
  RmqSlice slice = rmq_slice_from_string (name);
  RmqSlice value = find_local (self, slice);

  if (value.data != NULL)
    func (slice, value, data);
}

void
_rmq_message_foreach_property (const RmqMessage *self, RmqPropertyFunc func, void *data)
{
  RmqPropertyIter iter;
  RmqSlice name;
  RmqSlice value;
  uint32_t cursor = 0;

  if (self->received)
    {
      rmq_property_iter_init (&iter, self->raw_properties);
      while (_rmq_property_iter_next (&iter, &name, &value))
        func (name, value, data);
      visit_local (self, RMQ_PROPERTY_WAIT, func, data);
      visit_local (self, RMQ_PROPERTY_MIN_OFFSET, func, data);
      visit_local (self, RMQ_PROPERTY_MAX_OFFSET, func, data);
    }
  while (_rmq_properties_next (&self->properties, &cursor, &name, &value))
    func (name, value, data);
}

void
_rmq_message_set_system_property (RmqMessage *self, const char *name, RmqSlice value)
{
  _rmq_properties_set (&self->properties, rmq_slice_from_string (name), value);
}

void
_rmq_message_remove_property (RmqMessage *self, const char *name)
{
  _rmq_properties_remove (&self->properties, rmq_slice_from_string (name));
}
