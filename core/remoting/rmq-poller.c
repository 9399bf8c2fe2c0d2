/* SPDX-License-Identifier: Apache-2.0
 *
 * The epoll descriptor, its source, and the ports of sockets in it.
 */
#include "rmq-poller-private.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "rmq-socket-port-private.h"

#define MAX_EVENTS 128

struct _RmqPoller
{
  RmqIo *io;
  int fd;
  GSource *source;
  struct epoll_event *events; /* of the dispatch under way, from the next one on */
  unsigned n_events;
};

typedef struct
{
  GSource source;
  RmqPoller *poller;
} PollerSource;

static gboolean
poller_source_dispatch (GSource *source, GSourceFunc callback, void *data)
{
  RmqPoller *self = ((PollerSource *) source)->poller;
  g_autoptr (RmqIo) io = _rmq_io_ref (self->io);
  struct epoll_event events[MAX_EVENTS];
  int n = epoll_wait (self->fd, events, MAX_EVENTS, 0);

  _rmq_io_enter (io);
  self->events = events;
  self->n_events = (unsigned) MAX (n, 0);
  while (self->n_events > 0)
    {
      RmqPollerEntry *entry = self->events->data.ptr;
      uint32_t ready = self->events->events;

      self->events++;
      self->n_events--;
      if (entry == NULL)
        continue;
      /* Reading tells what broke. */
      entry->ready (entry, (ready & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0, (ready & EPOLLOUT) != 0);
      if (g_source_is_destroyed (source))
        break;
    }
  if (!g_source_is_destroyed (source))
    self->events = NULL;
  _rmq_io_leave (io);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs poller_source_funcs = { .dispatch = poller_source_dispatch };

static void
set_errno_error (GError **error, const char *what, int code)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s: %s", what, g_strerror (code));
}

RmqPoller *
_rmq_poller_new (RmqIo *io, GError **error)
{
  int fd = epoll_create1 (EPOLL_CLOEXEC);
  RmqPoller *self;

  if (fd < 0)
    {
      set_errno_error (error, "epoll_create1", errno);
      return NULL;
    }
  self = g_new0 (RmqPoller, 1);
  self->io = _rmq_io_ref (io);
  self->fd = fd;
  self->source = g_source_new (&poller_source_funcs, sizeof (PollerSource));
  ((PollerSource *) self->source)->poller = self;
  g_source_add_unix_fd (self->source, fd, G_IO_IN);
  g_source_set_static_name (self->source, "rmq poller");
  g_source_attach (self->source, _rmq_io_get_context (io));
  return self;
}

void
_rmq_poller_free (RmqPoller *self)
{
  g_source_destroy (self->source);
  g_source_unref (self->source);
  close (self->fd);
  _rmq_io_unref (self->io);
  g_free (self);
}

void
_rmq_poller_abandon (RmqPoller *self)
{
  close (self->fd);
}

bool
_rmq_poller_add (RmqPoller *self, RmqPollerEntry *entry, GError **error)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = entry };

  entry->watched = EPOLLIN;
  if (epoll_ctl (self->fd, EPOLL_CTL_ADD, entry->fd, &event) == 0)
    return true;
  set_errno_error (error, "epoll_ctl", errno);
  return false;
}

void
_rmq_poller_remove (RmqPoller *self, RmqPollerEntry *entry)
{
  epoll_ctl (self->fd, EPOLL_CTL_DEL, entry->fd, NULL);
  for (unsigned i = 0; i < self->n_events; i++)
    {
      if (self->events[i].data.ptr == entry)
        self->events[i].data.ptr = NULL;
    }
}

void
_rmq_poller_watch (RmqPoller *self, RmqPollerEntry *entry, bool readable, bool writable)
{
  struct epoll_event event = { .events = (readable ? EPOLLIN : 0) | (writable ? EPOLLOUT : 0), .data.ptr = entry };

  if (entry->watched == event.events)
    return;
  entry->watched = event.events;
  epoll_ctl (self->fd, EPOLL_CTL_MOD, entry->fd, &event);
}

/* --- ports --------------------------------------------------------------------------------------------------- */

typedef struct
{
  RmqPort port;
  RmqPollerEntry entry;
  RmqPoller *poller;
} PollerPort;

static void
poller_port_ready (RmqPollerEntry *entry, bool readable, bool writable)
{
  PollerPort *self = (PollerPort *) (void *) ((char *) entry - G_STRUCT_OFFSET (PollerPort, entry));

  self->port.ready (self->port.data, readable, writable);
}

static ssize_t
poller_port_read (RmqPort *port, void *data, size_t len, GError **error)
{
  return _rmq_socket_read (((PollerPort *) port)->entry.fd, data, len, error);
}

static ssize_t
poller_port_writev (RmqPort *port, const GOutputVector *vectors, size_t n_vectors, GError **error)
{
  return _rmq_socket_writev (((PollerPort *) port)->entry.fd, vectors, n_vectors, error);
}

static void
poller_port_watch (RmqPort *port, bool readable, bool writable)
{
  PollerPort *self = (PollerPort *) port;

  _rmq_poller_watch (self->poller, &self->entry, readable, writable);
}

static char *
poller_port_dup_address (RmqPort *port, bool remote)
{
  return _rmq_socket_dup_address (((PollerPort *) port)->entry.fd, remote);
}

static void
poller_port_free (RmqPort *port, bool forked)
{
  PollerPort *self = (PollerPort *) port;

  if (forked)
    {
      close (self->entry.fd);
      return;
    }
  _rmq_poller_remove (self->poller, &self->entry);
  close (self->entry.fd);
  g_free (self);
}

static const RmqPortClass poller_port_class = {
  .short_read_is_last = true,
  .read = poller_port_read,
  .writev = poller_port_writev,
  .watch = poller_port_watch,
  .dup_address = poller_port_dup_address,
  .free = poller_port_free,
};

RmqPort *
_rmq_poller_port_new (RmqPoller *poller, int fd, RmqPortReady ready, void *data, GError **error)
{
  PollerPort *self = g_new0 (PollerPort, 1);

  self->port = (RmqPort){ &poller_port_class, ready, data };
  self->entry = (RmqPollerEntry){ .fd = fd, .ready = poller_port_ready };
  self->poller = poller;
  if (_rmq_poller_add (poller, &self->entry, error))
    return &self->port;
  close (fd);
  g_free (self);
  return NULL;
}
