/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads lines from file descriptors in the main loop.
 */
#include "rmq-cli-lines.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 65536
#define MAX_LINE (16 * 1024 * 1024)

struct _RmqCliLines
{
  char **paths;
  unsigned next_path;
  int fd; /* -1: none */
  bool owns_fd;
  GByteArray *buffer;
  gsize taken; /* of the buffer */
  gsize scanned;
  bool at_end; /* of all files */
  bool ended;
  GSource *source;
  RmqCliLineFunc line;
  RmqCliEndFunc end;
  void *data;
};

static gboolean on_ready (gint fd, GIOCondition condition, gpointer data);

static void
drop_source (RmqCliLines *self)
{
  if (self->source == NULL)
    return;
  g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
}

static void
close_file (RmqCliLines *self)
{
  if (self->owns_fd && self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

static void
finish (RmqCliLines *self, GError *error)
{
  drop_source (self);
  close_file (self);
  if (self->ended)
    {
      g_clear_error (&error);
      return;
    }
  self->ended = true;
  self->end (error, self->data);
}

/* Hands out what is whole. False: the taker wants to wait. */
static bool
hand_out (RmqCliLines *self)
{
  while (!self->ended)
    {
      const char *start = (const char *) self->buffer->data + self->taken;
      gsize left = self->buffer->len - self->taken;
      const char *end = left > self->scanned ? memchr (start + self->scanned, '\n', left - self->scanned) : NULL;
      gsize len = end != NULL ? (gsize) (end - start) : left;

      if (end == NULL && (!self->at_end || left == 0))
        {
          self->scanned = left;
          break;
        }
      if (!self->line (start, len, self->data))
        return false;
      self->taken += len + (end != NULL);
      self->scanned = 0;
    }
  if (self->taken > 0)
    g_byte_array_remove_range (self->buffer, 0, (guint) self->taken);
  self->taken = 0;
  return true;
}

static void
watch (RmqCliLines *self)
{
  if (self->source != NULL || self->ended)
    return;
  self->source = g_unix_fd_source_new (self->fd, G_IO_IN | G_IO_HUP | G_IO_ERR);
  g_source_set_callback (self->source, (GSourceFunc) on_ready, self, NULL);
  g_source_attach (self->source, NULL);
}

/* Opens the next file; at_end when there is none. */
static bool
open_next (RmqCliLines *self)
{
  const char *path = self->paths[self->next_path];

  close_file (self);
  drop_source (self);
  if (path == NULL)
    {
      self->at_end = true;
      if (hand_out (self))
        finish (self, NULL);
      return false;
    }
  self->next_path++;
  self->owns_fd = strcmp (path, "-") != 0;
  self->fd = self->owns_fd ? open (path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
  if (self->fd >= 0)
    return true;
  finish (self, g_error_new (G_IO_ERROR, (int) g_io_error_from_errno (errno), "%s: %s", path, g_strerror (errno)));
  return false;
}

static gboolean
on_ready (gint fd, GIOCondition condition, gpointer data)
{
  RmqCliLines *self = data;
  guint len = self->buffer->len;
  ssize_t n;

  if (len - self->taken > MAX_LINE)
    {
      finish (self, g_error_new (G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE, "A line is longer than 16 MiB"));
      return G_SOURCE_REMOVE;
    }
  g_byte_array_set_size (self->buffer, len + CHUNK);
  n = read (fd, self->buffer->data + len, CHUNK);
  g_byte_array_set_size (self->buffer, len + (guint) MAX (n, 0));
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return G_SOURCE_CONTINUE;
  if (n < 0)
    {
      finish (self, g_error_new_literal (G_IO_ERROR, (int) g_io_error_from_errno (errno), g_strerror (errno)));
      return G_SOURCE_REMOVE;
    }
  if (n > 0)
    {
      if (hand_out (self))
        return self->source != NULL ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
      drop_source (self);
      return G_SOURCE_REMOVE;
    }
  /* The source of this file ends with it. */
  drop_source (self);
  if (open_next (self))
    watch (self);
  return G_SOURCE_REMOVE;
}

RmqCliLines *
rmq_cli_lines_new (char **paths, RmqCliLineFunc line, RmqCliEndFunc end, void *data)
{
  static char *standard_input[] = { (char *) "-", NULL };
  RmqCliLines *self = g_new0 (RmqCliLines, 1);

  self->paths = g_strdupv (paths != NULL && paths[0] != NULL ? paths : standard_input);
  self->fd = -1;
  self->buffer = g_byte_array_new ();
  self->line = line;
  self->end = end;
  self->data = data;
  return self;
}

void
rmq_cli_lines_resume (RmqCliLines *self)
{
  if (self->ended || self->source != NULL || !hand_out (self))
    return;
  if (self->at_end)
    finish (self, NULL);
  else if (self->fd >= 0 || open_next (self))
    watch (self);
}

void
rmq_cli_lines_stop (RmqCliLines *self)
{
  self->ended = true;
  drop_source (self);
}

void
rmq_cli_lines_free (RmqCliLines *self)
{
  drop_source (self);
  close_file (self);
  g_strfreev (self->paths);
  g_byte_array_unref (self->buffer);
  g_free (self);
}
