/* SPDX-License-Identifier: Apache-2.0
 *
 * The offset strings of a pop: entries joined by ';', each of three parts. RocketMQ: ExtraInfoUtil. As there, what is
 * empty at the end of a list counts for nothing, and what is empty elsewhere is an error.
 */
#include "rmq-pop-info-private.h"

#include <rmq/rmq.h>
#include "base/rmq-error-private.h"
#include "rmq-properties-private.h"

/* Names one queue of a pop may touch: far more than any broker has. */
#define MAX_ENTRIES 1024
#define MAX_VALUES 65536

/* The next piece up to separator; false at the end. at is NULL when the last one was given. */
static bool
next_piece (RmqSlice *rest, char separator, RmqSlice *piece)
{
  const char *mark;

  if (rest->data == NULL)
    return false;
  mark = rest->len > 0 ? memchr (rest->data, separator, rest->len) : NULL;
  if (mark == NULL)
    {
      *piece = *rest;
      *rest = RMQ_SLICE_NULL;
      return true;
    }
  *piece = rmq_slice (rest->data, (size_t) (mark - rest->data));
  *rest = rmq_slice (mark + 1, rest->len - piece->len - 1);
  return true;
}

static RmqSlice
without_trailing (RmqSlice text, char separator)
{
  while (text.len > 0 && text.data[text.len - 1] == separator)
    text.len--;
  return text;
}

static bool
bad (RmqSlice text, GError **error, const char *what)
{
  _rmq_set_error (error, RMQ_ERROR_PROTOCOL, NULL, "Pop offset info \"%.*s\": %s", (int) MIN (text.len, 200), text.data,
                  what);
  return false;
}

static bool
parse_values (RmqPopInfo *self, RmqSlice list, bool lists)
{
  RmqSlice piece;
  int64_t value;

  if (lists)
    list = without_trailing (list, ',');
  while (next_piece (&list, lists ? ',' : ';', &piece))
    {
      if (!_rmq_property_parse_int64 (piece, &value) || self->values->len >= MAX_VALUES)
        return false;
      g_array_append_val (self->values, value);
    }
  return true;
}

static bool
parse_entry (RmqPopInfo *self, RmqSlice text, bool lists, GError **error)
{
  RmqPopInfoEntry entry = { .first = self->values->len };
  RmqSlice rest = without_trailing (text, ' ');
  RmqSlice list;

  if (!next_piece (&rest, ' ', &entry.retry) || !next_piece (&rest, ' ', &entry.queue)
      || !next_piece (&rest, ' ', &list) || rest.data != NULL || entry.retry.len == 0 || entry.queue.len == 0)
    return bad (text, error, "an entry must have three parts");
  if (_rmq_pop_info_find_text (self, entry.retry, entry.queue, NULL) != NULL)
    return bad (text, error, "a queue stands there twice");
  if (!parse_values (self, list, lists))
    return bad (text, error, "what should be an offset is none");
  entry.n = self->values->len - entry.first;
  g_array_append_val (self->entries, entry);
  return true;
}

bool
_rmq_pop_info_parse (RmqPopInfo *self, RmqSlice text, bool lists, GError **error)
{
  RmqSlice rest = without_trailing (text, ';');
  RmqSlice piece;

  *self = (RmqPopInfo){ 0 };
  if (text.len == 0)
    return true;
  self->present = true;
  self->entries = g_array_new (FALSE, FALSE, sizeof (RmqPopInfoEntry));
  self->values = g_array_new (FALSE, FALSE, sizeof (int64_t));
  if (rest.len == 0)
    return true;
  while (next_piece (&rest, ';', &piece))
    {
      if (self->entries->len >= MAX_ENTRIES)
        return bad (text, error, "too many entries");
      if (!parse_entry (self, piece, lists, error))
        return false;
    }
  return true;
}

void
_rmq_pop_info_clear (RmqPopInfo *self)
{
  g_clear_pointer (&self->entries, g_array_unref);
  g_clear_pointer (&self->values, g_array_unref);
  self->present = false;
}

const int64_t *
_rmq_pop_info_find_text (const RmqPopInfo *self, RmqSlice retry, RmqSlice queue, uint32_t *n)
{
  if (self->entries == NULL)
    return NULL;
  for (unsigned i = 0; i < self->entries->len; i++)
    {
      const RmqPopInfoEntry *entry = &g_array_index (self->entries, RmqPopInfoEntry, i);

      if (rmq_slice_equal (entry->retry, retry) && rmq_slice_equal (entry->queue, queue))
        {
          if (n != NULL)
            *n = entry->n;
          return (const int64_t *) self->values->data + entry->first;
        }
    }
  return NULL;
}

const int64_t *
_rmq_pop_info_find (const RmqPopInfo *self, char retry, int32_t queue_id, uint32_t *n)
{
  char queue[16];

  g_snprintf (queue, sizeof queue, "%d", (int) queue_id);
  return _rmq_pop_info_find_text (self, rmq_slice (&retry, 1), rmq_slice_from_string (queue), n);
}

int32_t
_rmq_pop_info_order_count (const RmqPopInfo *self, char retry, int32_t queue_id, int64_t offset)
{
  char key[48];
  const int64_t *count;

  g_snprintf (key, sizeof key, "qo%d%%%" G_GINT64_FORMAT, (int) queue_id, offset);
  count = _rmq_pop_info_find_text (self, rmq_slice (&retry, 1), rmq_slice_from_string (key), NULL);
  if (count == NULL)
    count = _rmq_pop_info_find (self, retry, queue_id, NULL);
  return count != NULL && *count > 0 && *count <= INT32_MAX ? (int32_t) *count : 0;
}

/* "3", or "0 qo1%5 3", of which the last part counts; else 0. */
static int32_t
parse_lite_count (RmqSlice text)
{
  const char *space = text.len > 0 ? memrchr (text.data, ' ', text.len) : NULL;
  int32_t count;

  if (space != NULL)
    text = rmq_slice (space + 1, text.len - (size_t) (space + 1 - text.data));
  return _rmq_property_parse_int32 (text, &count) ? count : 0;
}

int32_t *
_rmq_pop_info_parse_lite_counts (RmqSlice text, uint32_t n_messages)
{
  RmqSlice rest = without_trailing (text, ';');
  g_autofree int32_t *counts = NULL;
  RmqSlice piece;
  uint32_t n = 0;

  if (rest.len == 0 || n_messages == 0 || n_messages > rest.len)
    return NULL;
  counts = g_new (int32_t, n_messages);
  for (; next_piece (&rest, ';', &piece); n++)
    {
      if (n == n_messages)
        return NULL;
      counts[n] = parse_lite_count (piece);
    }
  return n == n_messages ? g_steal_pointer (&counts) : NULL;
}

static void
write_number (RmqByteWriter *out, int64_t number)
{
  char text[24];

  rmq_byte_writer_bytes (out, text, (size_t) g_snprintf (text, sizeof text, "%" G_GINT64_FORMAT, number));
}

static void
begin_entry (RmqByteWriter *out, char retry)
{
  if (out->len > 0)
    rmq_byte_writer_u8 (out, ';');
  rmq_byte_writer_u8 (out, (uint8_t) retry);
  rmq_byte_writer_u8 (out, ' ');
}

void
_rmq_pop_info_write_start (RmqByteWriter *out, char retry, int32_t queue_id, int64_t start_offset)
{
  begin_entry (out, retry);
  write_number (out, queue_id);
  rmq_byte_writer_u8 (out, ' ');
  write_number (out, start_offset);
}

void
_rmq_pop_info_write_offsets (RmqByteWriter *out, char retry, int32_t queue_id, const int64_t *offsets, uint32_t n)
{
  begin_entry (out, retry);
  write_number (out, queue_id);
  for (uint32_t i = 0; i < n; i++)
    {
      rmq_byte_writer_u8 (out, i == 0 ? ' ' : ',');
      write_number (out, offsets[i]);
    }
}

void
_rmq_pop_info_write_queue_count (RmqByteWriter *out, char retry, int32_t queue_id, int32_t count)
{
  _rmq_pop_info_write_start (out, retry, queue_id, count);
}

void
_rmq_pop_info_write_offset_count (RmqByteWriter *out, char retry, int32_t queue_id, int64_t offset, int32_t count)
{
  begin_entry (out, retry);
  rmq_byte_writer_string (out, "qo");
  write_number (out, queue_id);
  rmq_byte_writer_u8 (out, '%');
  write_number (out, offset);
  rmq_byte_writer_u8 (out, ' ');
  write_number (out, count);
}
