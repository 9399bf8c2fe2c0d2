/* SPDX-License-Identifier: Apache-2.0
 *
 * Setters of an open message. They refuse what a broker or a consumer could not take: bad characters, reserved names,
 * too much.
 */
#include "rmq-message-private.h"

#include "base/rmq-error-private.h"
#include "rmq-names-private.h"

static bool
check_open (RmqMessage *self, GError **error)
{
  if (!rmq_message_is_sealed (self))
    return true;
  _rmq_set_error (error, RMQ_ERROR_SEALED, NULL,
                  self->received ? "A received message cannot be changed; copy it"
                                 : "The message was sent and cannot be changed; copy it");
  return false;
}

static bool refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static bool
refuse (GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL, "%s", text);
  return false;
}

static bool
is_blank (const char *text)
{
  for (; *text != '\0'; text = g_utf8_next_char (text))
    if (!g_unichar_isspace (g_utf8_get_char (text)))
      return false;
  return true;
}

/* what: "property value" … */
static bool
check_text (const char *what, const char *text, GError **error)
{
  if (!g_utf8_validate (text, -1, NULL))
    return refuse (error, "The %s is not valid UTF-8", what);
  if (strpbrk (text, "\001\002") != NULL)
    return refuse (error, "The %s \"%s\" holds U+0001 or U+0002, which separate properties", what, text);
  if (is_blank (text))
    return refuse (error, "The %s is blank", what);
  return true;
}

/* value NULL removes. */
static bool
store (RmqMessage *self, const char *name, const char *value, GError **error)
{
  if (value == NULL)
    {
      _rmq_message_remove_property (self, name);
      return true;
    }
  if (_rmq_properties_fit (&self->properties, rmq_slice_from_string (name), rmq_slice_from_string (value)))
    {
      _rmq_message_set_system_property (self, name, rmq_slice_from_string (value));
      return true;
    }
  _rmq_set_error (error, RMQ_ERROR_MESSAGE_ILLEGAL, NULL, "With %s the properties pass the limit of %d bytes", name,
                  RMQ_PROPERTIES_MAX);
  return false;
}

static bool
store_int64 (RmqMessage *self, const char *name, int64_t value, GError **error)
{
  char text[24];

  g_snprintf (text, sizeof text, "%" G_GINT64_FORMAT, value);
  return store (self, name, text, error);
}

/* NULL and "" remove. */
static bool
store_text (RmqMessage *self, const char *name, const char *what, const char *value, GError **error)
{
  if (!check_open (self, error))
    return false;
  if (value == NULL || value[0] == '\0')
    return store (self, name, NULL, error);
  return check_text (what, value, error) && store (self, name, value, error);
}

/**
 * rmq_message_set_topic:
 * @self: an open message
 * @topic: the topic
 * @error: return location for a #GError
 *
 * Sets where the message goes.
 *
 * Returns: %FALSE with %RMQ_ERROR_SEALED, or %RMQ_ERROR_INVALID_ARGUMENT when it is no name of a topic
 */
gboolean
rmq_message_set_topic (RmqMessage *self, const char *topic, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (!check_open (self, error) || !_rmq_topic_check (topic, error))
    return FALSE;
  _rmq_message_set_own_topic (self, topic);
  return TRUE;
}

/**
 * rmq_message_set_body:
 * @self: an open message
 * @body: (nullable): the body, any bytes
 * @error: return location for a #GError
 *
 * Replaces the body. It is referenced, not copied.
 *
 * Returns: %FALSE with %RMQ_ERROR_SEALED
 */
gboolean
rmq_message_set_body (RmqMessage *self, GBytes *body, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (!check_open (self, error))
    return FALSE;
  body = body != NULL ? g_bytes_ref (body) : g_bytes_new (NULL, 0);
  g_bytes_unref (self->body);
  self->body = body;
  self->raw_body.data = g_bytes_get_data (body, &self->raw_body.len);
  return TRUE;
}

/**
 * rmq_message_set_tag:
 * @self: an open message
 * @tag: (nullable): the tag; %NULL or "" for none
 * @error: return location for a #GError
 *
 * Sets the tag that consumers filter by. It may not hold `|`, which separates tags in a subscription.
 *
 * Returns: %FALSE with %RMQ_ERROR_SEALED, %RMQ_ERROR_INVALID_ARGUMENT or %RMQ_ERROR_MESSAGE_ILLEGAL
 */
gboolean
rmq_message_set_tag (RmqMessage *self, const char *tag, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (tag != NULL && strchr (tag, '|') != NULL)
    return check_open (self, error)
           && refuse (error, "The tag \"%s\" holds '|', so no subscription could name it", tag);
  return store_text (self, RMQ_PROPERTY_TAGS, "tag", tag, error);
}

/**
 * rmq_message_set_keys:
 * @self: an open message
 * @keys: (nullable) (array zero-terminated=1): the keys; %NULL or an empty array for none
 * @error: return location for a #GError
 *
 * Sets the keys by which the message can be queried at the broker. A key may not hold a space: on the wire a space
 * stands between keys.
 *
 * Returns: %FALSE with %RMQ_ERROR_SEALED, %RMQ_ERROR_INVALID_ARGUMENT or %RMQ_ERROR_MESSAGE_ILLEGAL
 */
gboolean
rmq_message_set_keys (RmqMessage *self, const char *const *keys, GError **error)
{
  g_autofree char *joined = NULL;

  g_return_val_if_fail (self != NULL, FALSE);

  if (!check_open (self, error))
    return FALSE;
  if (keys == NULL || keys[0] == NULL)
    return store (self, RMQ_PROPERTY_KEYS, NULL, error);
  for (size_t i = 0; keys[i] != NULL; i++)
    {
      if (!check_text ("key", keys[i], error))
        return FALSE;
      if (strchr (keys[i], ' ') != NULL)
        return refuse (error, "The key \"%s\" holds a space: pass two keys instead", keys[i]);
    }
  joined = g_strjoinv (" ", (char **) keys);
  return store (self, RMQ_PROPERTY_KEYS, joined, error);
}

/**
 * rmq_message_set_property:
 * @self: an open message
 * @name: the name
 * @value: the value
 * @error: return location for a #GError
 *
 * Sets a property of the application's own. Names that RocketMQ uses itself are refused, and so are blank names and
 * values. All properties together may take 32,767 bytes.
 *
 * Returns: %FALSE with %RMQ_ERROR_SEALED, %RMQ_ERROR_INVALID_ARGUMENT or %RMQ_ERROR_MESSAGE_ILLEGAL
 */
gboolean
rmq_message_set_property (RmqMessage *self, const char *name, const char *value, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (!check_open (self, error))
    return FALSE;
  if (name == NULL || value == NULL)
    return refuse (error, "A property needs a name and a value");
  if (!check_text ("property name", name, error) || !check_text ("property value", value, error))
    return FALSE;
  if (_rmq_property_is_reserved (rmq_slice_from_string (name)))
    return refuse (error, "The property name %s is reserved for RocketMQ", name);
  return store (self, name, value, error);
}

/**
 * rmq_message_set_unique_id:
 * @self: an open message
 * @unique_id: (nullable): the id; %NULL: each send makes a new one
 * @error: return location for a #GError
 *
 * Fixes the unique id. Consumers can recognise by it a message that was sent more than once.
 *
 * Returns: %FALSE with %RMQ_ERROR_SEALED, %RMQ_ERROR_INVALID_ARGUMENT or %RMQ_ERROR_MESSAGE_ILLEGAL
 */
gboolean
rmq_message_set_unique_id (RmqMessage *self, const char *unique_id, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (unique_id != NULL && strpbrk (unique_id, " ,\t\n") != NULL)
    return check_open (self, error) && refuse (error, "The unique id \"%s\" holds a space or ','", unique_id);
  return store_text (self, RMQ_PROPERTY_UNIQUE_ID, "unique id", unique_id, error);
}

/**
 * rmq_message_set_ordering_key:
 * @self: an open message
 * @key: (nullable): the key; %NULL or "" for none
 * @error: return location for a #GError
 *
 * Messages with the same ordering key go to the same queue and are consumed in the order they were sent in.
 *
 * Returns: %FALSE with %RMQ_ERROR_SEALED, %RMQ_ERROR_INVALID_ARGUMENT or %RMQ_ERROR_MESSAGE_ILLEGAL
 */
gboolean
rmq_message_set_ordering_key (RmqMessage *self, const char *key, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return store_text (self, RMQ_PROPERTY_SHARDING_KEY, "ordering key", key, error);
}

/**
 * rmq_message_set_flag:
 * @self: an open message
 * @flag: any number
 * @error: return location for a #GError
 *
 * Sets a number that RocketMQ carries and does not look at.
 *
 * Returns: %FALSE with %RMQ_ERROR_SEALED
 */
gboolean
rmq_message_set_flag (RmqMessage *self, int flag, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (!check_open (self, error))
    return FALSE;
  self->flag = flag;
  return TRUE;
}

/**
 * rmq_message_set_wait_store_ok:
 * @self: an open message
 * @wait: whether the broker answers only when the message is stored as safely as it is configured to
 * @error: return location for a #GError
 *
 * The default is %TRUE.
 *
 * Returns: %FALSE with %RMQ_ERROR_SEALED or %RMQ_ERROR_MESSAGE_ILLEGAL
 */
gboolean
rmq_message_set_wait_store_ok (RmqMessage *self, gboolean wait, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return check_open (self, error) && store (self, RMQ_PROPERTY_WAIT, wait ? "true" : "false", error);
}

/**
 * rmq_message_set_delay_level:
 * @self: an open message
 * @level: from 1, an index into the broker's table: 1s 5s 10s 30s 1m … unless configured otherwise; 0 for no delay
 * @error: return location for a #GError
 *
 * Delivers the message later. A level ranks before [method@Message.set_delay] and
 * [method@Message.set_delivery_time]; one above the broker's last counts as the last.
 *
 * Returns: %FALSE with %RMQ_ERROR_SEALED, %RMQ_ERROR_INVALID_ARGUMENT or %RMQ_ERROR_MESSAGE_ILLEGAL
 */
gboolean
rmq_message_set_delay_level (RmqMessage *self, int level, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (!check_open (self, error))
    return FALSE;
  if (level < 0)
    return refuse (error, "A delay level cannot be negative: %d", level);
  return store_int64 (self, RMQ_PROPERTY_DELAY, level, error);
}

/**
 * rmq_message_set_delay:
 * @self: an open message
 * @milliseconds: how long after its arrival at the broker; 0 for no delay
 * @error: return location for a #GError
 *
 * Delivers the message later, by the broker's timer: at most three days unless configured otherwise, to the second.
 *
 * Returns: %FALSE with %RMQ_ERROR_SEALED, %RMQ_ERROR_INVALID_ARGUMENT or %RMQ_ERROR_MESSAGE_ILLEGAL
 */
gboolean
rmq_message_set_delay (RmqMessage *self, int64_t milliseconds, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (!check_open (self, error))
    return FALSE;
  if (milliseconds < 0)
    return refuse (error, "A delay cannot be negative: %" G_GINT64_FORMAT " ms", milliseconds);
  if (milliseconds == 0)
    return store (self, RMQ_PROPERTY_TIMER_DELAY_MS, NULL, error);
  return store_int64 (self, RMQ_PROPERTY_TIMER_DELAY_MS, milliseconds, error);
}

/**
 * rmq_message_set_delivery_time:
 * @self: an open message
 * @unix_ms: milliseconds since 1970-01-01 UTC; 0 for at once
 * @error: return location for a #GError
 *
 * Delivers the message at a given time, by the broker's clock. A time that is past means at once.
 *
 * Returns: %FALSE with %RMQ_ERROR_SEALED, %RMQ_ERROR_INVALID_ARGUMENT or %RMQ_ERROR_MESSAGE_ILLEGAL
 */
gboolean
rmq_message_set_delivery_time (RmqMessage *self, int64_t unix_ms, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (!check_open (self, error))
    return FALSE;
  if (unix_ms < 0)
    return refuse (error, "A delivery time cannot be negative: %" G_GINT64_FORMAT, unix_ms);
  if (unix_ms == 0)
    return store (self, RMQ_PROPERTY_TIMER_DELIVER_MS, NULL, error);
  return store_int64 (self, RMQ_PROPERTY_TIMER_DELIVER_MS, unix_ms, error);
}

/**
 * rmq_message_set_priority:
 * @self: an open message
 * @priority: from 0, the lowest
 * @error: return location for a #GError
 *
 * Sets the priority, for topics made for it (RocketMQ 5.4 and later): it is the number of the queue.
 *
 * Returns: %FALSE with %RMQ_ERROR_SEALED, %RMQ_ERROR_INVALID_ARGUMENT or %RMQ_ERROR_MESSAGE_ILLEGAL
 */
gboolean
rmq_message_set_priority (RmqMessage *self, int priority, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (!check_open (self, error))
    return FALSE;
  if (priority < 0)
    return refuse (error, "A priority cannot be negative: %d", priority);
  return store_int64 (self, RMQ_PROPERTY_PRIORITY, priority, error);
}
