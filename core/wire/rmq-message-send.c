/* SPDX-License-Identifier: Apache-2.0
 *
 * The ways out of a message: its properties as text for a send, its copies, and its settlement.
 */
#include "rmq-message-private.h"

#include "base/rmq-error-private.h"

bool
_rmq_message_encode_properties (const RmqMessage *self,
                                const char *unique_id,
                                const RmqProperties *extra,
                                RmqByteWriter *out,
                                GError **error)
{
  static const RmqSlice id_name = { RMQ_PROPERTY_UNIQUE_ID, sizeof RMQ_PROPERTY_UNIQUE_ID - 1 };
  RmqSlice id = RMQ_SLICE_NULL;
  size_t size = _rmq_properties_encoded_len (&self->properties);

  if (unique_id != NULL && _rmq_message_find (self, id_name).data == NULL)
    {
      id = rmq_slice_from_string (unique_id);
      size += id_name.len + id.len + 2;
    }
  if (extra != NULL)
    size += _rmq_properties_encoded_len (extra);
  /* A buffer of its own is one of very many. */
  if (size > RMQ_PROPERTIES_MAX
      || !(out->len == 0 ? _rmq_byte_writer_grow_exactly (out, size) : rmq_byte_writer_reserve (out, size)))
    {
      _rmq_set_error (error, RMQ_ERROR_MESSAGE_ILLEGAL, NULL,
                      "The properties of the message pass the limit of %d bytes", RMQ_PROPERTIES_MAX);
      return false;
    }

  _rmq_properties_encode (&self->properties, out);
  if (id.data != NULL)
    rmq_property_write (out, id_name, id);
  if (extra != NULL)
    _rmq_properties_encode (extra, out);
  return true;
}

static RmqMessage *
copy_shell (RmqMessage *self, const char *topic)
{
  RmqMessage *copy = rmq_message_new (topic, rmq_message_get_body (self));

  copy->flag = self->flag;
  return copy;
}

/* All but what is known here only. */
static void
copy_property (RmqSlice name, RmqSlice value, void *data)
{
  if (!rmq_slice_equal (name, RMQ_SLICE_LITERAL (RMQ_PROPERTY_MIN_OFFSET))
      && !rmq_slice_equal (name, RMQ_SLICE_LITERAL (RMQ_PROPERTY_MAX_OFFSET)))
    _rmq_properties_set (data, name, value);
}

RmqMessage *
_rmq_message_copy_all (RmqMessage *self, const char *topic)
{
  RmqMessage *copy = copy_shell (self, topic);

  if (!self->received)
    {
      _rmq_properties_copy (&copy->properties, &self->properties);
      return copy;
    }
  _rmq_message_foreach_property (self, copy_property, &copy->properties);
  return copy;
}

/* Not in the reserved set, yet written by brokers and of no meaning, or harm, in a new message. */
static const char *const broker_names[] = {
  RMQ_PROPERTY_INNER_NUM,      RMQ_PROPERTY_INNER_BASE,         RMQ_PROPERTY_TRANSACTION_CHECK_TIMES,
  RMQ_PROPERTY_TRANSACTION_ID, RMQ_PROPERTY_START_DELIVER_TIME,
};

static bool
belongs_to_application (RmqSlice name)
{
  if (rmq_slice_equal (name, RMQ_SLICE_LITERAL (RMQ_PROPERTY_KEYS))
      || rmq_slice_equal (name, RMQ_SLICE_LITERAL (RMQ_PROPERTY_TAGS))
      || rmq_slice_equal (name, RMQ_SLICE_LITERAL (RMQ_PROPERTY_WAIT))
      || rmq_slice_equal (name, RMQ_SLICE_LITERAL (RMQ_PROPERTY_PRIORITY)))
    return true;
  for (size_t i = 0; i < G_N_ELEMENTS (broker_names); i++)
    if (rmq_slice_equal_string (name, broker_names[i]))
      return false;
  return !_rmq_property_is_reserved (name);
}

static void
copy_own_property (RmqSlice name, RmqSlice value, void *data)
{
  if (belongs_to_application (name))
    _rmq_properties_set (data, name, value);
}

/**
 * rmq_message_copy:
 * @self: a message
 *
 * Makes an open message out of any: same topic, body, flag and properties. The body is shared, not copied. Of a
 * received message only what its application set is taken over: body, flag, tag, keys, priority and its own properties,
 * but not ids and not delays.
 *
 * Returns: (transfer full): a new message
 */
RmqMessage *
rmq_message_copy (RmqMessage *self)
{
  RmqMessage *copy;

  g_return_val_if_fail (self != NULL, NULL);

  if (!self->received)
    return _rmq_message_copy_all (self, self->topic);
  copy = copy_shell (self, self->topic);
  _rmq_message_foreach_property (self, copy_own_property, &copy->properties);
  return copy;
}

/* Takes the one right to settle, which a failure gives back. */
static bool
begin_settle (RmqMessage *self, GError **error)
{
  if (self->owner == NULL)
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_STATE, NULL,
                      "Only a message whose handler answered RMQ_CONSUME_DEFERRED can be settled");
      return false;
    }
  if (!g_atomic_int_compare_and_exchange (&self->settled, 0, 1))
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_STATE, NULL, "The message was settled before");
      return false;
    }
  return true;
}

/**
 * rmq_message_ack:
 * @self: a received message whose handler answered %RMQ_CONSUME_DEFERRED
 * @error: return location for a #GError
 *
 * Says that the message is done. Any thread, once.
 *
 * Returns: %FALSE with %RMQ_ERROR_INVALID_STATE when it cannot be settled or was, %RMQ_ERROR_CLOSED when its consumer
 * is gone: the message then comes again
 */
gboolean
rmq_message_ack (RmqMessage *self, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (!begin_settle (self, error))
    return FALSE;
  if (self->owner->klass->ack (self->owner, self, error))
    return TRUE;
  g_atomic_int_set (&self->settled, 0);
  return FALSE;
}

/**
 * rmq_message_retry:
 * @self: a received message whose handler answered %RMQ_CONSUME_DEFERRED
 * @delay_level: when to deliver it again, an index from 1 into the broker's table; 0: later each time; -1: never, it
 * goes to the dead-letter topic of the group
 * @error: return location for a #GError
 *
 * Says that the message is not done and shall come again. Any thread, once.
 *
 * Returns: %FALSE with %RMQ_ERROR_INVALID_STATE when it cannot be settled or was, %RMQ_ERROR_INVALID_ARGUMENT for a
 *   level below -1, %RMQ_ERROR_CLOSED when its consumer is gone: the message then comes again anyway
 */
gboolean
rmq_message_retry (RmqMessage *self, int delay_level, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (delay_level < -1)
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL, "There is no delay level %d", delay_level);
      return FALSE;
    }
  if (!begin_settle (self, error))
    return FALSE;
  if (self->owner->klass->retry (self->owner, self, delay_level, error))
    return TRUE;
  g_atomic_int_set (&self->settled, 0);
  return FALSE;
}
