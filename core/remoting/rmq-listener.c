/* SPDX-License-Identifier: Apache-2.0
 *
 * Listening and accepting. When the process has no descriptor left, accepting pauses instead of spinning.
 */
#include "rmq-listener-private.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"
#include "rmq-socket-port-private.h"

#define BACKLOG 1024
#define MAX_A_TURN 64
#define PAUSE_US 200000

struct _RmqListener
{
  RmqPollerEntry entry;
  RmqPoller *poller;
  RmqIo *io;
  GSocket *socket;
  char *name;
  RmqTimer pause;
  bool paused_before; /* since it last accepted: said so once */
  bool in_turn;
  bool dead; /* freed in its own turn: the rest goes at the turn's end */
  RmqListenerAccepted accepted;
  void *data;
};

static void
resume (RmqTimer *timer, void *data)
{
  RmqListener *self = data;

  _rmq_poller_watch (self->poller, &self->entry, true, false);
}

static void
out_of_descriptors (RmqListener *self, int code)
{
  if (!self->paused_before)
    rmq_warning ("server", self->name, "%s: cannot accept connections for now: %s", self->name, g_strerror (code));
  self->paused_before = true;
  _rmq_poller_watch (self->poller, &self->entry, false, false);
  _rmq_timer_arm (_rmq_io_get_timers (self->io), &self->pause, _rmq_io_now (self->io) + PAUSE_US, PAUSE_US);
}

static void
listener_ready (RmqPollerEntry *entry, bool readable, bool writable)
{
  RmqListener *self = (RmqListener *) entry;

  self->in_turn = true;
  for (unsigned i = 0; i < MAX_A_TURN && !self->dead; i++)
    {
      int fd = accept4 (self->entry.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
      int one = 1;

      if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM))
        {
          out_of_descriptors (self, errno);
          break;
        }
      if (fd < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        break;
      if (fd < 0)
        continue; /* a connection that was gone before it was taken */
      self->paused_before = false;
      setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      self->accepted (fd, self->data);
    }
  self->in_turn = false;
  if (self->dead)
    g_free (self);
}

/* The addresses to try, in order; at least one unless error is set. */
static GList *
parse_address (const char *text, GError **error)
{
  const char *colon = strrchr (text, ':');
  g_autofree char *host = NULL;
  GInetAddress *numeric = NULL;
  GList *addresses = NULL;
  uint64_t port = 0;

  if (colon != NULL && g_ascii_string_to_unsigned (colon + 1, 10, 0, G_MAXUINT16, &port, NULL))
    {
      bool brackets = *text == '[' && colon[-1] == ']';

      host = brackets ? g_strndup (text + 1, (size_t) (colon - text) - 2) : g_strndup (text, (size_t) (colon - text));
      numeric = !brackets && strchr (host, ':') != NULL ? NULL : g_inet_address_new_from_string (host);
    }
  if (numeric != NULL)
    addresses = g_list_append (NULL, numeric);
  else if (g_strcmp0 (host, "localhost") == 0)
    addresses = g_list_append (NULL, g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4));
  else if (g_strcmp0 (host, "*") == 0)
    addresses = g_list_append (g_list_append (NULL, g_inet_address_new_any (G_SOCKET_FAMILY_IPV6)),
                               g_inet_address_new_any (G_SOCKET_FAMILY_IPV4));
  else
    _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL,
                    "\"%s\" is not an address to listen at: 127.0.0.1:9876, [::1]:9876, localhost:9876 or *:9876 is "
                    "expected",
                    text);

  for (GList *at = addresses; at != NULL; at = at->next)
    {
      g_autoptr (GInetAddress) inet = at->data;

      at->data = g_inet_socket_address_new (inet, (uint16_t) port);
    }
  return addresses;
}

static GSocket *
listen_at (GSocketAddress *address, GError **error)
{
  g_autoptr (GSocket) socket =
      g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, error);

  if (socket == NULL)
    return NULL;
  g_socket_set_blocking (socket, FALSE);
  g_socket_set_listen_backlog (socket, BACKLOG);
  if (!g_socket_bind (socket, address, TRUE, error) || !g_socket_listen (socket, error))
    return NULL;
  return g_steal_pointer (&socket);
}

RmqListener *
_rmq_listener_new (RmqPoller *poller,
                   RmqIo *io,
                   const char *address,
                   RmqListenerAccepted accepted,
                   void *data,
                   GError **error)
{
  g_autolist (GSocketAddress) addresses = parse_address (address, error);
  g_autoptr (GSocket) socket = NULL;
  RmqListener *self;

  if (addresses == NULL)
    return NULL;
  _rmq_socket_class_init ();
  for (GList *at = addresses; socket == NULL && at != NULL; at = at->next)
    socket = listen_at (at->data, at->next == NULL ? error : NULL);
  if (socket == NULL)
    {
      g_prefix_error (error, "cannot listen at %s: ", address);
      return NULL;
    }

  self = g_new0 (RmqListener, 1);
  self->entry = (RmqPollerEntry){ .fd = g_socket_get_fd (socket), .ready = listener_ready };
  self->poller = poller;
  self->io = io;
  self->socket = g_steal_pointer (&socket);
  self->name = g_strdup (address);
  self->accepted = accepted;
  self->data = data;
  rmq_timer_init (&self->pause, resume, self);
  if (!_rmq_poller_add (poller, &self->entry, error))
    {
      _rmq_listener_free (self);
      return NULL;
    }
  return self;
}

void
_rmq_listener_free (RmqListener *self)
{
  _rmq_timer_disarm (_rmq_io_get_timers (self->io), &self->pause);
  _rmq_poller_remove (self->poller, &self->entry);
  g_socket_close (self->socket, NULL);
  g_object_unref (self->socket);
  g_free (self->name);
  self->dead = true;
  if (!self->in_turn)
    g_free (self);
}

void
_rmq_listener_abandon (RmqListener *self)
{
  close (self->entry.fd);
}

uint16_t
_rmq_listener_get_port (RmqListener *self)
{
  g_autoptr (GSocketAddress) address = g_socket_get_local_address (self->socket, NULL);

  return address != NULL ? g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)) : 0;
}
