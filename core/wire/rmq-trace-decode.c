/* SPDX-License-Identifier: Apache-2.0
 *
 * Trace records back to contexts. A record that is cut or damaged is skipped and counted; the others still count.
 */
#include "rmq-trace-record-private.h"
#include "rmq-trace-names-private.h"

#define FIELD_END 0x01
#define RECORD_END 0x02
/* Fields behind the fifteenth mean nothing. */
#define MAX_FIELDS 16

typedef struct
{
  RmqSlice items[MAX_FIELDS];
  unsigned n;
} Fields;

static const char *const type_names[] = { "Pub", "Recall", "SubBefore", "SubAfter", "EndTransaction" };
static const char *const state_names[] = { "COMMIT_MESSAGE", "ROLLBACK_MESSAGE", "UNKNOW" };

const char *
_rmq_trace_type_name (RmqTraceType type)
{
  return type_names[type];
}

bool
_rmq_trace_type_from_name (RmqSlice name, RmqTraceType *type)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (type_names); i++)
    if (rmq_slice_equal_string (name, type_names[i]))
      {
        *type = (RmqTraceType) i;
        return true;
      }
  return false;
}

const char *
_rmq_trace_state_name (int state)
{
  return state >= 0 && (unsigned) state < G_N_ELEMENTS (state_names) ? state_names[state] : NULL;
}

int
_rmq_trace_state_from_name (RmqSlice name)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (state_names); i++)
    if (rmq_slice_equal_string (name, state_names[i]))
      return (int) i;
  return -1;
}

/* The text up to the separator or the end; *text moves behind the separator. */
static RmqSlice
cut (RmqSlice *text, char separator)
{
  const char *at = text->len > 0 ? memchr (text->data, separator, text->len) : NULL;
  RmqSlice piece = rmq_slice (text->data, at != NULL ? (size_t) (at - text->data) : text->len);
  size_t used = piece.len + (at != NULL ? 1 : 0);

  *text = rmq_slice (text->data + used, text->len - used);
  return piece;
}

/* Empty fields at the end do not count, as in Java. */
static void
split_fields (RmqSlice record, Fields *fields)
{
  unsigned n = 0;

  fields->n = 0;
  while (record.len > 0 && n < MAX_FIELDS)
    {
      fields->items[n] = cut (&record, FIELD_END);
      if (fields->items[n++].len > 0)
        fields->n = n;
    }
}

static char *
get_text (const Fields *fields, unsigned at)
{
  return rmq_slice_dup (fields->items[at]);
}

static bool
get_number (const Fields *fields, unsigned at, int64_t min, int64_t max, int64_t *number)
{
  char digits[32];
  gint64 value;

  if (fields->items[at].len >= sizeof digits)
    return false;
  memcpy (digits, fields->items[at].data, fields->items[at].len);
  digits[fields->items[at].len] = '\0';
  if (!g_ascii_string_to_signed (digits, 10, min, max, &value, NULL))
    return false;
  *number = value;
  return true;
}

static bool
get_int (const Fields *fields, unsigned at, int min, int max, int32_t *number)
{
  int64_t value;

  if (!get_number (fields, at, min, max, &value))
    return false;
  *number = (int32_t) value;
  return true;
}

static bool
get_true (const Fields *fields, unsigned at)
{
  return fields->items[at].len == 4 && g_ascii_strncasecmp (fields->items[at].data, "true", 4) == 0;
}

/* Time, region and group: fields 1 to 3 of all but SubAfter. */
static bool
read_head (RmqTraceContext *context, const Fields *fields)
{
  context->region_id = get_text (fields, 2);
  context->group = get_text (fields, 3);
  return get_number (fields, 1, INT64_MIN, INT64_MAX, &context->timestamp);
}

static bool
read_pub (RmqTraceContext *context, RmqTraceBean *bean, const Fields *fields)
{
  if (fields->n < 12 || !read_head (context, fields))
    return false;
  bean->topic = get_text (fields, 4);
  bean->message_id = get_text (fields, 5);
  bean->tags = get_text (fields, 6);
  bean->keys = get_text (fields, 7);
  bean->store_host = get_text (fields, 8);
  if (fields->n == 13)
    context->success = get_true (fields, 12);
  else if (fields->n >= 14)
    {
      bean->offset_message_id = get_text (fields, 12);
      context->success = get_true (fields, 13);
    }
  if (fields->n >= 15)
    bean->client_host = get_text (fields, 14);
  return get_int (fields, 9, INT32_MIN, INT32_MAX, &bean->body_length)
         && get_int (fields, 10, INT32_MIN, INT32_MAX, &context->cost_ms)
         && get_int (fields, 11, 0, RMQ_TRACE_MESSAGE_ORDER, &bean->message_type);
}

static bool
read_recall (RmqTraceContext *context, RmqTraceBean *bean, const Fields *fields)
{
  if (fields->n < 7 || !read_head (context, fields))
    return false;
  bean->topic = get_text (fields, 4);
  bean->message_id = get_text (fields, 5);
  context->success = get_true (fields, 6);
  return true;
}

static bool
read_sub_before (RmqTraceContext *context, RmqTraceBean *bean, const Fields *fields)
{
  if (fields->n < 8 || !read_head (context, fields))
    return false;
  context->request_id = get_text (fields, 4);
  bean->message_id = get_text (fields, 5);
  bean->keys = get_text (fields, 7);
  return get_int (fields, 6, INT32_MIN, INT32_MAX, &bean->retry_times);
}

static bool
read_sub_after (RmqTraceContext *context, RmqTraceBean *bean, const Fields *fields)
{
  if (fields->n < 6)
    return false;
  context->request_id = get_text (fields, 1);
  bean->message_id = get_text (fields, 2);
  context->success = get_true (fields, 4);
  bean->keys = get_text (fields, 5);
  if (fields->n >= 9)
    context->group = get_text (fields, 8);
  return get_int (fields, 3, INT32_MIN, INT32_MAX, &context->cost_ms)
         && (fields->n < 7 || get_int (fields, 6, INT32_MIN, INT32_MAX, &context->context_code))
         && (fields->n < 9 || get_number (fields, 7, INT64_MIN, INT64_MAX, &context->timestamp));
}

static bool
read_end_transaction (RmqTraceContext *context, RmqTraceBean *bean, const Fields *fields)
{
  if (fields->n < 13 || !read_head (context, fields))
    return false;
  bean->topic = get_text (fields, 4);
  bean->message_id = get_text (fields, 5);
  bean->tags = get_text (fields, 6);
  bean->keys = get_text (fields, 7);
  bean->store_host = get_text (fields, 8);
  bean->transaction_id = get_text (fields, 10);
  bean->state = _rmq_trace_state_from_name (fields->items[11]);
  bean->from_check = get_true (fields, 12);
  return bean->state >= 0 && get_int (fields, 9, 0, RMQ_TRACE_MESSAGE_ORDER, &bean->message_type);
}

static RmqTraceContext *
read_record (RmqSlice record)
{
  static bool (*const readers[]) (RmqTraceContext *, RmqTraceBean *,
                                  const Fields *) = { read_pub, read_recall, read_sub_before, read_sub_after,
                                                      read_end_transaction };
  g_autoptr (RmqTraceContext) context = NULL;
  RmqTraceBean *bean;
  RmqTraceType type;
  Fields fields;

  split_fields (record, &fields);
  if (fields.n == 0 || !_rmq_trace_type_from_name (fields.items[0], &type))
    return NULL;
  context = _rmq_trace_context_new (type);
  bean = _rmq_trace_bean_new ();
  g_ptr_array_add (context->beans, bean);
  return readers[type](context, bean, &fields) ? g_steal_pointer (&context) : NULL;
}

static void
free_context (void *context)
{
  _rmq_trace_context_free (context);
}

GPtrArray *
_rmq_trace_decode (RmqSlice text, unsigned *n_skipped)
{
  GPtrArray *contexts = g_ptr_array_new_with_free_func (free_context);

  *n_skipped = 0;
  while (text.len > 0)
    {
      RmqSlice record = cut (&text, RECORD_END);
      RmqTraceContext *context = record.len > 0 ? read_record (record) : NULL;

      if (context != NULL)
        g_ptr_array_add (contexts, context);
      else if (record.len > 0)
        ++*n_skipped;
    }
  return contexts;
}
