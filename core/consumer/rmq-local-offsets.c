/* SPDX-License-Identifier: Apache-2.0
 *
 * The offset file of a broadcasting consumer, and the one before it.
 */
#include "rmq-local-offsets-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"
#include "wire/rmq-offset-table-private.h"

/* Some 200 bytes a queue. */
#define MAX_FILE_BYTES (16 * 1024 * 1024)
#define FILE_NAME "offsets.json"

struct _RmqLocalOffsets
{
  char *path;
  char *old_path;
  GHashTable *offsets; /* RmqMessageQueue → int64_t * */
  bool changed;
};

char *
_rmq_local_offsets_dup_path (const RmqClientSettings *settings, const char *group)
{
  g_autofree char *client = g_uri_escape_string (settings->stable_name, NULL, TRUE);
  g_autofree char *folder = g_uri_escape_string (group, NULL, TRUE);

  return g_build_filename (g_get_user_state_dir (), "rmq-1", "offsets", client, folder, FILE_NAME, NULL);
}

void
_rmq_local_offsets_free (RmqLocalOffsets *self)
{
  g_hash_table_unref (self->offsets);
  g_free (self->path);
  g_free (self->old_path);
  g_free (self);
}

int64_t
_rmq_local_offsets_get (RmqLocalOffsets *self, RmqMessageQueue *queue)
{
  const int64_t *offset = g_hash_table_lookup (self->offsets, queue);

  return offset != NULL ? *offset : -1;
}

bool
_rmq_local_offsets_has_topic (RmqLocalOffsets *self, const char *topic)
{
  GHashTableIter iter;
  void *queue;

  g_hash_table_iter_init (&iter, self->offsets);
  while (g_hash_table_iter_next (&iter, &queue, NULL))
    if (g_str_equal (rmq_message_queue_get_topic (queue), topic))
      return true;
  return false;
}

void
_rmq_local_offsets_set (RmqLocalOffsets *self, RmqMessageQueue *queue, int64_t offset)
{
  int64_t *known = g_hash_table_lookup (self->offsets, queue);

  if (known != NULL && *known == offset)
    return;
  self->changed = true;
  if (known != NULL)
    *known = offset;
  else
    g_hash_table_insert (self->offsets, rmq_message_queue_ref (queue), g_memdup2 (&offset, sizeof offset));
}

/* --- the file --- */

typedef enum
{
  FILE_MISSING,
  FILE_READ,
  FILE_DAMAGED,
} FileState;

static bool
read_text (const char *path, char **text, size_t *len, GError **error)
{
  GStatBuf status;

  if (g_stat (path, &status) == 0 && status.st_size > MAX_FILE_BYTES)
    {
      _rmq_set_error (error, RMQ_ERROR_FAILED, NULL, "%s has %" G_GINT64_FORMAT " bytes, which no file of offsets has",
                      path, (int64_t) status.st_size);
      return false;
    }
  return g_file_get_contents (path, text, len, error);
}

static FileState
read_file (RmqLocalOffsets *self, const char *path, GError **error)
{
  g_autoptr (RmqOffsetTable) table = NULL;
  g_autoptr (GError) reason = NULL;
  g_autofree char *text = NULL;
  size_t len = 0;

  if (!read_text (path, &text, &len, &reason))
    {
      if (g_error_matches (reason, G_FILE_ERROR, G_FILE_ERROR_NOENT)
          || g_error_matches (reason, G_FILE_ERROR, G_FILE_ERROR_NOTDIR))
        return FILE_MISSING;
      g_propagate_error (error, g_steal_pointer (&reason));
      return FILE_DAMAGED;
    }
  table = _rmq_offset_table_decode (rmq_slice (text, len), error);
  if (table == NULL)
    return FILE_DAMAGED;
  for (unsigned i = 0; table->offsets != NULL && i < table->offsets->len; i++)
    {
      const RmqQueueOffset *one = g_ptr_array_index (table->offsets, i);

      if (one != NULL && one->queue != NULL && one->offset >= 0)
        _rmq_local_offsets_set (self, one->queue, one->offset);
    }
  self->changed = false;
  return FILE_READ;
}

static void
set_damaged (GError **error, const char *path, const GError *reason)
{
  _rmq_set_error (error, RMQ_ERROR_FAILED, NULL,
                  "The offsets in %s cannot be read (%s): mend it, or remove it to begin anew", path, reason->message);
}

RmqLocalOffsets *
_rmq_local_offsets_open (const char *path, GError **error)
{
  g_autoptr (RmqLocalOffsets) self = g_new0 (RmqLocalOffsets, 1);
  g_autoptr (GError) reason = NULL;
  g_autoptr (GError) old_reason = NULL;
  FileState state;

  self->path = g_strdup (path);
  self->old_path = g_strconcat (path, ".bak", NULL);
  self->offsets = g_hash_table_new_full (rmq_message_queue_hash, rmq_message_queue_equal,
                                         (GDestroyNotify) rmq_message_queue_unref, g_free);
  state = read_file (self, self->path, &reason);
  if (state == FILE_READ)
    return g_steal_pointer (&self);
  if (state == FILE_DAMAGED)
    rmq_warning ("consumer", path, "The file of offsets is damaged, the one before it is used: %s", reason->message);
  switch (read_file (self, self->old_path, &old_reason))
    {
    case FILE_READ:
      return g_steal_pointer (&self);
    case FILE_DAMAGED:
      set_damaged (error, self->old_path, old_reason);
      return NULL;
    case FILE_MISSING:
    default:
      if (state == FILE_MISSING)
        return g_steal_pointer (&self);
      set_damaged (error, path, reason);
      return NULL;
    }
}

static GBytes *
make_text (RmqLocalOffsets *self)
{
  g_autoptr (RmqOffsetTable) table = _rmq_offset_table_new ();
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (MAX_FILE_BYTES);
  GHashTableIter iter;
  void *queue, *offset;

  g_hash_table_iter_init (&iter, self->offsets);
  while (g_hash_table_iter_next (&iter, &queue, &offset))
    _rmq_queue_offsets_add (table->offsets, queue, *(int64_t *) offset);
  _rmq_offset_table_write_file (table, &out);
  return out.failed ? NULL : _rmq_byte_writer_steal (&out);
}

bool
_rmq_local_offsets_write (RmqLocalOffsets *self, GError **error)
{
  g_autofree char *folder = NULL;
  g_autoptr (GBytes) text = NULL;

  if (!self->changed)
    return true;
  folder = g_path_get_dirname (self->path);
  text = make_text (self);
  if (text == NULL)
    {
      _rmq_set_error (error, RMQ_ERROR_FAILED, NULL, "%s: there are too many queues for one file", self->path);
      return false;
    }
  /* In between there is only the file before: that is what it is for. */
  if (g_mkdir_with_parents (folder, 0700) != 0 || (g_rename (self->path, self->old_path) != 0 && errno != ENOENT))
    {
      _rmq_set_error (error, RMQ_ERROR_FAILED, NULL, "%s: %s", self->path, g_strerror (errno));
      return false;
    }
  if (!g_file_set_contents_full (self->path, g_bytes_get_data (text, NULL), (gssize) g_bytes_get_size (text),
                                 G_FILE_SET_CONTENTS_CONSISTENT, 0600, error))
    return false;
  self->changed = false;
  return true;
}
