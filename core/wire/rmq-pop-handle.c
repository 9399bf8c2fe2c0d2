/* SPDX-License-Identifier: Apache-2.0
 *
 * POP_CK to and from its parts, which single spaces separate. RocketMQ: ExtraInfoUtil, ReceiptHandle.
 */
#include "rmq-pop-handle-private.h"

#include <rmq/rmq.h>
#include "base/rmq-error-private.h"
#include "rmq-pop-topic-private.h"
#include "rmq-properties-private.h"

#define MIN_PARTS 7
#define MAX_PARTS 9

static unsigned
split (RmqSlice text, RmqSlice *parts)
{
  const char *at = text.data;
  const char *end = text.data != NULL ? text.data + text.len : NULL;
  unsigned n = 0;

  /* Java's split drops what is empty at the end. */
  while (end > at && end[-1] == ' ')
    end--;
  while (n < MAX_PARTS && at < end)
    {
      const char *space = memchr (at, ' ', (size_t) (end - at));
      const char *stop = space != NULL ? space : end;

      parts[n++] = rmq_slice (at, (size_t) (stop - at));
      at = stop + 1;
    }
  return n;
}

bool
_rmq_pop_handle_parse (RmqPopHandle *self, RmqSlice text, GError **error)
{
  RmqSlice parts[MAX_PARTS];
  unsigned n = split (text, parts);

  *self = (RmqPopHandle){ .offset = -1, .commit_log_offset = -1 };
  if (n >= MIN_PARTS && _rmq_property_parse_int64 (parts[0], &self->start_offset)
      && _rmq_property_parse_int64 (parts[1], &self->pop_time)
      && _rmq_property_parse_int64 (parts[2], &self->invisible_time)
      && _rmq_property_parse_int32 (parts[3], &self->revive_queue_id) && parts[5].len > 0
      && _rmq_property_parse_int32 (parts[6], &self->queue_id)
      && (n < 8 || _rmq_property_parse_int64 (parts[7], &self->offset))
      && (n < 9 || _rmq_property_parse_int64 (parts[8], &self->commit_log_offset)))
    {
      self->retry = parts[4];
      self->broker_name = parts[5];
      self->has_offset = n >= 8;
      return true;
    }
  _rmq_set_error (error, RMQ_ERROR_PROTOCOL, NULL, "\"%.*s\" is no handle of a popped message",
                  (int) MIN (text.len, 200), text.data != NULL ? text.data : "");
  return false;
}

char *
_rmq_pop_handle_format (const RmqPopHandle *self, int n_parts)
{
  GString *text = g_string_sized_new (96);

  g_string_append_printf (text, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %d ",
                          self->start_offset, self->pop_time, self->invisible_time, (int) self->revive_queue_id);
  g_string_append_len (text, self->retry.data, (gssize) self->retry.len);
  g_string_append_c (text, ' ');
  g_string_append_len (text, self->broker_name.data, (gssize) self->broker_name.len);
  g_string_append_printf (text, " %d", (int) self->queue_id);
  if (n_parts >= 8)
    g_string_append_printf (text, " %" G_GINT64_FORMAT, self->offset);
  if (n_parts >= 9)
    g_string_append_printf (text, " %" G_GINT64_FORMAT, self->commit_log_offset);
  return g_string_free (text, FALSE);
}

char *
_rmq_pop_handle_real_topic (const RmqPopHandle *self, const char *topic, const char *group)
{
  if (rmq_slice_equal (self->retry, RMQ_SLICE_LITERAL ("1")))
    return _rmq_pop_retry_topic_v1 (topic, group);
  if (rmq_slice_equal (self->retry, RMQ_SLICE_LITERAL ("2")))
    return _rmq_pop_retry_topic_v2 (topic, group);
  return g_strdup (topic);
}
