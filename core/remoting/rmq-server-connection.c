/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqServerConnection: requests in, replies out, and what is done about peers that do not read, or do not finish.
 */
#include "rmq-server-connection-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"
#include "rmq-slow-port-private.h"

/* With so much unsent, a peer's further requests wait in its socket … */
#define PAUSE_READING (1024 * 1024)
#define RESUME_READING (256 * 1024)
/* … and with so much it is not worth waiting for. */
#define MAX_UNSENT (64 * 1024 * 1024)

static RmqServerConnection *
connection_of (RmqLink *link)
{
  return (RmqServerConnection *) link;
}

/* --- what the link calls ------------------------------------------------------------------------------------- */

static void
connection_free (RmqLink *link)
{
  RmqServerConnection *self = connection_of (link);

  _rmq_server_connection_set_data (self, NULL, NULL);
  g_free (self);
}

static void
connection_response (RmqLink *link, RmqInvocation *invocation, const RmqFrame *response)
{
  _rmq_invocation_end (invocation, response, NULL);
}

static void
connection_request (RmqLink *link, const RmqFrame *request)
{
  RmqServerConnection *self = connection_of (link);

  self->server->events.request (self->server, self, request, self->server->data);
}

static void
connection_closed (RmqLink *link, const GError *error)
{
  RmqServerConnection *self = connection_of (link);
  RmqRemotingServer *server = g_steal_pointer (&self->server);

  if (self->prev != NULL)
    self->prev->next = self->next;
  else
    server->connections = self->next;
  if (self->next != NULL)
    self->next->prev = self->prev;
  server->n_connections--;
  if (link->opened && server->events.closed != NULL)
    server->events.closed (server, self, server->data);
  _rmq_link_unref (link); /* the server's own */
}

static void
drop (RmqServerConnection *self, const char *why)
{
  g_autoptr (GError) error = _rmq_error_new (RMQ_ERROR_CONNECTION_LOST, NULL, "%s: %s", self->link.name, why);

  rmq_warning ("server", self->link.name, "%s: connection closed: %s", self->link.name, why);
  _rmq_link_close (&self->link, error, error);
}

static void
connection_flushed (RmqLink *link)
{
  size_t unsent = rmq_link_get_unsent (link);

  if (unsent > MAX_UNSENT)
    drop (connection_of (link), "the peer does not read what it asked for");
  else if (unsent < RESUME_READING)
    _rmq_link_resume (link);
}

static const RmqLinkClass connection_class = {
  .response = connection_response,
  .request = connection_request,
  .closed = connection_closed,
  .flushed = connection_flushed,
  .free = connection_free,
};

/* --- life ---------------------------------------------------------------------------------------------------- */

RmqServerConnection *
_rmq_server_connection_new (RmqRemotingServer *server, const char *peer)
{
  RmqServerConnection *self = g_new0 (RmqServerConnection, 1);

  _rmq_link_init (&self->link, &connection_class, server->io, server->pool, &server->opaque, peer);
  self->link.json_replies = server->json_replies;
  self->server = server;
  self->next = server->connections;
  if (self->next != NULL)
    self->next->prev = self;
  server->connections = self;
  server->n_connections++;
  return self;
}

void
_rmq_server_connection_open (RmqServerConnection *self, RmqPort *port)
{
  _rmq_link_open (&self->link, port);
  if (self->server->events.opened != NULL)
    self->server->events.opened (self->server, self, self->server->data);
}

void
_rmq_server_connection_check_idle (RmqServerConnection *self, int64_t now)
{
  RmqLink *link = &self->link;
  int64_t since = now - self->server->idle_timeout_us;

  if (link->partial_since_us != 0 && link->partial_since_us <= since)
    drop (self, "a frame did not become complete in time");
  else if (link->last_read_us <= since && link->last_write_us <= since)
    {
      rmq_info ("server", link->name, "%s: connection closed, idle", link->name);
      _rmq_server_connection_close (self);
    }
}

RmqServerConnection *
_rmq_server_connection_ref (RmqServerConnection *self)
{
  _rmq_link_ref (&self->link);
  return self;
}

void
_rmq_server_connection_unref (RmqServerConnection *self)
{
  _rmq_link_unref (&self->link);
}

void
_rmq_server_connection_close (RmqServerConnection *self)
{
  g_autoptr (GError) reason = _rmq_error_new (RMQ_ERROR_CLOSED, NULL, "%s: the connection is closed", self->link.name);

  _rmq_link_close (&self->link, NULL, reason);
}

bool
_rmq_server_connection_is_open (RmqServerConnection *self)
{
  return self->link.port != NULL;
}

const char *
_rmq_server_connection_get_peer (RmqServerConnection *self)
{
  return self->link.name;
}

void *
_rmq_server_connection_get_data (RmqServerConnection *self)
{
  return self->data;
}

void
_rmq_server_connection_set_data (RmqServerConnection *self, void *data, GDestroyNotify destroy)
{
  void *old = self->data;
  GDestroyNotify old_destroy = self->destroy;

  self->data = data;
  self->destroy = destroy;
  if (old_destroy != NULL)
    old_destroy (old);
}

/* --- use ----------------------------------------------------------------------------------------------------- */

void
_rmq_server_connection_reply (RmqServerConnection *self,
                              int32_t opaque,
                              int code,
                              const char *remark,
                              const RmqHeaderTable *table,
                              const void *header,
                              const RmqExtField *ext,
                              size_t n_ext,
                              GBytes *body_bytes)
{
  RmqFrameHead head = { .code = code, .opaque = opaque, .remark = rmq_slice_from_string (remark) };
  size_t len = 0;
  const void *body = body_bytes != NULL ? g_bytes_get_data (body_bytes, &len) : NULL;

  _rmq_link_reply (&self->link, &head, table, header, ext, n_ext, body, len, body_bytes);
  if (rmq_link_get_unsent (&self->link) > PAUSE_READING)
    self->link.read_paused = true;
}

void
_rmq_server_connection_invoke (RmqServerConnection *self, RmqInvocation *invocation)
{
  _rmq_invocation_start (invocation, _rmq_io_now (self->link.io));
  if (self->link.port != NULL)
    _rmq_link_invoke (&self->link, invocation);
  else
    _rmq_link_fail_later (
        &self->link, invocation,
        _rmq_error_new (RMQ_ERROR_CONNECTION_LOST, NULL, "%s: the connection is closed", self->link.name));
}

/* --- faults -------------------------------------------------------------------------------------------------- */

GBytes *
_rmq_server_connection_encode_reply (RmqServerConnection *self,
                                     int32_t opaque,
                                     int code,
                                     const char *remark,
                                     const RmqHeaderTable *table,
                                     const void *header,
                                     const RmqExtField *ext,
                                     size_t n_ext,
                                     GBytes *body_bytes,
                                     GError **error)
{
  RmqFrameHead head = { .code = code, .opaque = opaque, .remark = rmq_slice_from_string (remark) };

  return _rmq_link_encode_reply (&self->link, &head, table, header, ext, n_ext, body_bytes, error);
}

void
_rmq_server_connection_write (RmqServerConnection *self, GBytes *bytes)
{
  _rmq_link_write_bytes (&self->link, bytes);
}

void
_rmq_server_connection_drip (RmqServerConnection *self, size_t step, int64_t interval_us)
{
  if (self->link.port != NULL)
    self->link.port = _rmq_slow_port_new (self->link.io, self->link.port, step, interval_us);
}

size_t
_rmq_server_connection_get_unsent (RmqServerConnection *self)
{
  return rmq_link_get_unsent (&self->link);
}
