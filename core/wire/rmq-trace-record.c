/* SPDX-License-Identifier: Apache-2.0
 *
 * Trace contexts: their life, and the text of their records.
 */
#include "rmq-trace-record-private.h"
#include "rmq-trace-names-private.h"

#define FIELD_END 0x01
#define RECORD_END 0x02

RmqTraceBean *
_rmq_trace_bean_new (void)
{
  RmqTraceBean *self = g_new0 (RmqTraceBean, 1);

  self->state = -1;
  return self;
}

void
_rmq_trace_bean_free (RmqTraceBean *self)
{
  if (self == NULL)
    return;
  g_free (self->topic);
  g_free (self->message_id);
  g_free (self->offset_message_id);
  g_free (self->tags);
  g_free (self->keys);
  g_free (self->store_host);
  g_free (self->client_host);
  g_free (self->transaction_id);
  g_free (self);
}

static void
free_bean (void *bean)
{
  _rmq_trace_bean_free (bean);
}

RmqTraceContext *
_rmq_trace_context_new (RmqTraceType type)
{
  RmqTraceContext *self = g_new0 (RmqTraceContext, 1);

  self->type = type;
  self->success = true;
  self->beans = g_ptr_array_new_with_free_func (free_bean);
  return self;
}

void
_rmq_trace_context_free (RmqTraceContext *self)
{
  if (self == NULL)
    return;
  g_free (self->region_id);
  g_free (self->group);
  g_free (self->request_id);
  g_ptr_array_unref (self->beans);
  g_free (self);
}

static void
end_field (RmqByteWriter *out)
{
  rmq_byte_writer_u8 (out, FIELD_END);
}

/* Java writes an absent text as the four letters. The separators themselves would cut the batch to pieces. */
static void
write_text (RmqByteWriter *out, const char *text)
{
  const char *at = text != NULL ? text : "null";

  while (*at != '\0')
    {
      size_t n = strcspn (at, "\x01\x02");

      rmq_byte_writer_bytes (out, at, n);
      at += n;
      if (*at != '\0')
        at++;
    }
}

static void
text_field (RmqByteWriter *out, const char *text)
{
  write_text (out, text);
  end_field (out);
}

static void
number_field (RmqByteWriter *out, int64_t number)
{
  char digits[24];

  g_snprintf (digits, sizeof digits, "%" G_GINT64_FORMAT, number);
  text_field (out, digits);
}

static const char *
boolean_text (bool value)
{
  return value ? "true" : "false";
}

/* A reader drops empty fields at the end of a record and then misses them. */
static void
last_text (RmqByteWriter *out, const char *text)
{
  write_text (out, text != NULL && *text != '\0' ? text : NULL);
  rmq_byte_writer_u8 (out, RECORD_END);
}

static void
write_head (const RmqTraceContext *self, RmqByteWriter *out)
{
  text_field (out, _rmq_trace_type_name (self->type));
  if (self->type == RMQ_TRACE_SUB_AFTER)
    return;
  number_field (out, self->timestamp);
  text_field (out, self->region_id);
  text_field (out, self->group);
}

static void
write_pub (const RmqTraceContext *self, const RmqTraceBean *bean, RmqByteWriter *out)
{
  text_field (out, bean->topic);
  text_field (out, bean->message_id);
  text_field (out, bean->tags);
  text_field (out, bean->keys);
  text_field (out, bean->store_host);
  number_field (out, bean->body_length);
  number_field (out, self->cost_ms);
  number_field (out, bean->message_type);
  text_field (out, bean->offset_message_id);
  last_text (out, boolean_text (self->success));
}

static void
write_recall (const RmqTraceContext *self, const RmqTraceBean *bean, RmqByteWriter *out)
{
  text_field (out, bean->topic);
  text_field (out, bean->message_id);
  last_text (out, boolean_text (self->success));
}

static void
write_sub_before (const RmqTraceContext *self, const RmqTraceBean *bean, RmqByteWriter *out)
{
  text_field (out, self->request_id);
  text_field (out, bean->message_id);
  number_field (out, bean->retry_times);
  last_text (out, bean->keys);
}

static void
write_sub_after (const RmqTraceContext *self, const RmqTraceBean *bean, RmqByteWriter *out)
{
  text_field (out, self->request_id);
  text_field (out, bean->message_id);
  number_field (out, self->cost_ms);
  text_field (out, boolean_text (self->success));
  text_field (out, bean->keys);
  number_field (out, self->context_code);
  if (self->cloud)
    {
      rmq_byte_writer_u8 (out, RECORD_END);
      return;
    }
  number_field (out, self->timestamp);
  last_text (out, self->group);
}

static void
write_end_transaction (const RmqTraceBean *bean, RmqByteWriter *out)
{
  text_field (out, bean->topic);
  text_field (out, bean->message_id);
  text_field (out, bean->tags);
  text_field (out, bean->keys);
  text_field (out, bean->store_host);
  number_field (out, bean->message_type);
  text_field (out, bean->transaction_id);
  text_field (out, _rmq_trace_state_name (bean->state));
  last_text (out, boolean_text (bean->from_check));
}

void
_rmq_trace_context_encode (const RmqTraceContext *self, RmqByteWriter *out)
{
  bool each_bean = self->type == RMQ_TRACE_SUB_BEFORE || self->type == RMQ_TRACE_SUB_AFTER;
  unsigned n = each_bean ? self->beans->len : MIN (self->beans->len, 1);

  for (unsigned i = 0; i < n; i++)
    {
      const RmqTraceBean *bean = g_ptr_array_index (self->beans, i);

      write_head (self, out);
      switch (self->type)
        {
        case RMQ_TRACE_PUB:
          write_pub (self, bean, out);
          break;
        case RMQ_TRACE_RECALL:
          write_recall (self, bean, out);
          break;
        case RMQ_TRACE_SUB_BEFORE:
          write_sub_before (self, bean, out);
          break;
        case RMQ_TRACE_SUB_AFTER:
          write_sub_after (self, bean, out);
          break;
        case RMQ_TRACE_END_TRANSACTION:
          write_end_transaction (bean, out);
          break;
        }
    }
}

/* Java's split at a blank: pieces between blanks may be empty, those at the end do not count. */
static void
add_split (GHashTable *keys, const char *text)
{
  size_t length = strlen (text);
  const char *end;

  while (length > 0 && text[length - 1] == ' ')
    length--;
  end = text + length;
  while (text < end)
    {
      const char *blank = memchr (text, ' ', (size_t) (end - text));
      const char *stop = blank != NULL ? blank : end;

      g_hash_table_add (keys, g_strndup (text, (size_t) (stop - text)));
      text = stop + 1;
    }
}

void
_rmq_trace_context_add_keys (const RmqTraceContext *self, GHashTable *keys)
{
  for (unsigned i = 0; i < self->beans->len; i++)
    {
      const RmqTraceBean *bean = g_ptr_array_index (self->beans, i);

      if (bean->message_id != NULL)
        g_hash_table_add (keys, g_strdup (bean->message_id));
      if (bean->keys != NULL)
        add_split (keys, bean->keys);
    }
}
