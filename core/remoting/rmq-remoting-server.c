/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqRemotingServer: listens, accepts, keeps its connections. (RocketMQ: NettyRemotingServer.)
 */
#include "rmq-server-connection-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "base/rmq-log-private.h"
#include "rmq-listener-private.h"
#include "rmq-socket-port-private.h"

#define IDLE_TIMEOUT_US (120 * G_USEC_PER_SEC)
/* An idle connection is found so late at most, as a part of the time limit. */
#define SWEEPS_A_TIMEOUT 8

static void sweep (RmqTimer *timer, void *data);

RmqRemotingServer *
_rmq_remoting_server_new (RmqIo *io, const RmqRemotingServerEvents *events, void *data)
{
  RmqRemotingServer *self = g_new0 (RmqRemotingServer, 1);

  _rmq_socket_class_init ();
  self->ref_count = 1;
  self->io = _rmq_io_ref (io);
  self->events = *events;
  self->data = data;
  self->idle_timeout_us = IDLE_TIMEOUT_US;
  self->pool = _rmq_buffer_pool_new ();
  self->listeners = g_ptr_array_new_with_free_func ((GDestroyNotify) _rmq_listener_free);
  rmq_timer_init (&self->sweep, sweep, self);
  return self;
}

void
_rmq_remoting_server_unref (RmqRemotingServer *self)
{
  if (--self->ref_count > 0)
    return;
  g_ptr_array_unref (self->listeners);
  g_clear_pointer (&self->poller, _rmq_poller_free);
  _rmq_buffer_pool_unref (self->pool);
  _rmq_io_unref (self->io);
  g_free (self);
}

void
_rmq_remoting_server_close (RmqRemotingServer *self)
{
  if (self->closed)
    return;
  self->closed = true;
  self->ref_count++;
  g_ptr_array_set_size (self->listeners, 0);
  while (self->connections != NULL)
    _rmq_server_connection_close (self->connections);
  _rmq_timer_disarm (_rmq_io_get_timers (self->io), &self->sweep);
  _rmq_remoting_server_unref (self);
}

void
_rmq_remoting_server_abandon (RmqRemotingServer *self)
{
  for (unsigned i = 0; i < self->listeners->len; i++)
    _rmq_listener_abandon (g_ptr_array_index (self->listeners, i));
  for (RmqServerConnection *at = self->connections; at != NULL; at = at->next)
    _rmq_link_abandon (&at->link);
  if (self->poller != NULL)
    _rmq_poller_abandon (self->poller);
}

size_t
_rmq_remoting_server_get_n_connections (RmqRemotingServer *self)
{
  return self->n_connections;
}

/* --- idle connections ---------------------------------------------------------------------------------------- */

static void
arm_sweep (RmqRemotingServer *self)
{
  int64_t every_us = self->idle_timeout_us / SWEEPS_A_TIMEOUT;

  if (self->idle_timeout_us > 0 && self->connections != NULL && !rmq_timer_is_armed (&self->sweep))
    _rmq_timer_arm (_rmq_io_get_timers (self->io), &self->sweep, _rmq_io_now (self->io) + every_us, every_us / 4);
}

static void
sweep (RmqTimer *timer, void *data)
{
  RmqRemotingServer *self = data;
  RmqServerConnection *next;
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) _rmq_server_connection_unref);

  _rmq_io_enter (self->io);
  self->ref_count++;
  for (RmqServerConnection *at = self->connections; at != NULL; at = next)
    {
      next = at->next;
      g_ptr_array_add (all, _rmq_server_connection_ref (at));
    }
  for (unsigned i = 0; i < all->len; i++)
    {
      RmqServerConnection *connection = g_ptr_array_index (all, i);

      if (connection->server != NULL)
        _rmq_server_connection_check_idle (connection, _rmq_io_now (self->io));
    }
  if (!self->closed)
    arm_sweep (self);
  _rmq_io_leave (self->io);
  _rmq_remoting_server_unref (self);
}

void
_rmq_remoting_server_set_idle_timeout (RmqRemotingServer *self, int64_t timeout_us)
{
  self->idle_timeout_us = timeout_us;
  _rmq_timer_disarm (_rmq_io_get_timers (self->io), &self->sweep);
  arm_sweep (self);
}

void
_rmq_remoting_server_set_json_replies (RmqRemotingServer *self, bool json_replies)
{
  self->json_replies = json_replies;
}

/* --- accepting ----------------------------------------------------------------------------------------------- */

static bool
ensure_poller (RmqRemotingServer *self, GError **error)
{
  if (self->poller == NULL)
    self->poller = _rmq_poller_new (self->io, error);
  return self->poller != NULL;
}

/* Takes fd. */
static bool
accept_fd (RmqRemotingServer *self, int fd, const char *peer, GError **error)
{
  RmqServerConnection *connection = _rmq_server_connection_new (self, peer);
  RmqPort *port = _rmq_poller_port_new (self->poller, fd, _rmq_link_ready, connection, error);

  if (port == NULL)
    {
      _rmq_server_connection_close (connection);
      return false;
    }
  _rmq_server_connection_open (connection, port);
  arm_sweep (self);
  return true;
}

static void
accepted (int fd, void *data)
{
  g_autofree char *peer = _rmq_socket_dup_address (fd, true);
  g_autoptr (GError) error = NULL;

  if (!accept_fd (data, fd, peer != NULL ? peer : "gone", &error))
    rmq_warning ("server", peer, "%s: connection not accepted: %s", peer, error->message);
}

bool
_rmq_remoting_server_listen (RmqRemotingServer *self, const char *address, uint16_t *port, GError **error)
{
  RmqListener *listener;

  if (!ensure_poller (self, error))
    return false;
  listener = _rmq_listener_new (self->poller, self->io, address, accepted, self, error);
  if (listener == NULL)
    return false;
  g_ptr_array_add (self->listeners, listener);
  if (port != NULL)
    *port = _rmq_listener_get_port (listener);
  return true;
}

bool
_rmq_remoting_server_accept_stream (RmqRemotingServer *self, GIOStream *stream, const char *peer, GError **error)
{
  RmqServerConnection *connection;
  RmqPort *port;

  /* A plain socket moves behind the poller, as a duplicate: the stream's own is closed with the stream. */
  if (G_OBJECT_TYPE (stream) == G_TYPE_TCP_CONNECTION || G_OBJECT_TYPE (stream) == G_TYPE_UNIX_CONNECTION)
    {
      int fd =
          fcntl (g_socket_get_fd (g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream))), F_DUPFD_CLOEXEC, 0);

      if (fd < 0)
        {
          g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
          return false;
        }
      fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) | O_NONBLOCK);
      if (ensure_poller (self, error))
        return accept_fd (self, fd, peer, error);
      close (fd);
      return false;
    }

  connection = _rmq_server_connection_new (self, peer);
  port = _rmq_port_new_for_stream (self->io, stream, _rmq_link_ready, connection, error);
  if (port == NULL)
    {
      _rmq_server_connection_close (connection);
      return false;
    }
  _rmq_server_connection_open (connection, port);
  arm_sweep (self);
  return true;
}
