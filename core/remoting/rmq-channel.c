/* SPDX-License-Identifier: Apache-2.0
 *
 * A client's connection: connecting, open, draining, closed. RocketMQ's GO_AWAY is handled here.
 */
#include "rmq-channel-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"

static RmqChannel *
channel_of (RmqLink *link)
{
  return (RmqChannel *) link;
}

/* --- what the link calls ------------------------------------------------------------------------------------- */

static void
channel_free (RmqLink *link)
{
  RmqChannel *self = channel_of (link);
  RmqRemotingClient *client = self->client;

  g_free (self);
  _rmq_remoting_client_unref (client);
}

static void
channel_request (RmqLink *link, const RmqFrame *request)
{
  RmqChannel *self = channel_of (link);

  if (self->client->events.request != NULL)
    self->client->events.request (self->client, self, link->name, request, self->client->data);
  else if (!rmq_frame_is_oneway (request))
    {
      g_autofree char *remark = g_strdup_printf (" request type %d not supported", request->code);
      RmqFrameHead head = { .code = RMQ_RESPONSE_REQUEST_CODE_NOT_SUPPORTED,
                            .opaque = request->opaque,
                            .remark = rmq_slice_from_string (remark) };

      _rmq_link_reply (link, &head, NULL, NULL, NULL, 0, NULL, 0, NULL);
    }
}

/* The peer shuts down and did not look at the request: it goes once more, over a new connection. */
static bool
send_again (RmqChannel *self, RmqInvocation *invocation)
{
  if (invocation->resent || self->client->closed || self->link.closed)
    return false;
  invocation->resent = true;
  invocation->written = false;
  g_clear_pointer (&invocation->command, rmq_remoting_command_unref);

  _rmq_link_ref (&self->link);
  if (!self->draining)
    _rmq_channel_drain (self);
  _rmq_peer_invoke (self->peer, invocation);
  _rmq_link_unref (&self->link);
  return true;
}

static void
channel_response (RmqLink *link, RmqInvocation *invocation, const RmqFrame *response)
{
  RmqChannel *self = channel_of (link);
  g_autoptr (GError) error = NULL;

  if (G_UNLIKELY (response->code == RMQ_RESPONSE_GO_AWAY) && send_again (self, invocation))
    return;
  if (G_UNLIKELY (invocation->command != NULL) && !_rmq_hook_chain_pass_response (self, invocation, response, &error))
    _rmq_invocation_end (invocation, NULL, error);
  else
    _rmq_invocation_end (invocation, response, NULL);
}

static void
channel_closed (RmqLink *link, const GError *error)
{
  RmqChannel *self = channel_of (link);
  RmqPeer *peer = g_steal_pointer (&self->peer);

  if (self->connector != NULL)
    _rmq_connector_cancel (g_steal_pointer (&self->connector));
  _rmq_io_undefer (link->io, &self->give_up);
  _rmq_timer_disarm (_rmq_io_get_timers (link->io), &self->idle);
  _rmq_peer_channel_ended (peer, self, error);
  if (link->opened && self->client->events.closed != NULL)
    self->client->events.closed (self->client, link->name, error, self->client->data);
  if (self->draining)
    _rmq_remoting_client_forget_channel (self->client, self);
}

/* --- the link flushed ---------------------------------------------------------------------------------------- */

static void
close_on_purpose (RmqChannel *self, const char *why)
{
  g_autoptr (GError) reason = _rmq_error_new (RMQ_ERROR_CONNECTION_LOST, NULL, "%s: %s", self->link.name, why);

  _rmq_link_close (&self->link, NULL, reason);
}

static bool
has_room (RmqChannel *self)
{
  const RmqRemotingConfig *config = &self->client->config;

  return self->link.lists[RMQ_INVOCATION_QUEUED].n <= config->max_queued / 2
         && self->link.queued_bytes <= config->max_queued_bytes / 2;
}

static void
channel_flushed (RmqLink *link)
{
  RmqChannel *self = channel_of (link);

  if (self->want_writable && has_room (self))
    {
      self->want_writable = false;
      if (self->client->events.writable != NULL)
        self->client->events.writable (self->client, link->name, self->client->data);
    }
  if (self->draining && !link->closed && _rmq_link_is_idle (link))
    close_on_purpose (self, "the peer is shutting down");
}

static const RmqLinkClass channel_class = {
  .write_request = _rmq_hook_chain_write_request,
  .response = channel_response,
  .request = channel_request,
  .closed = channel_closed,
  .flushed = channel_flushed,
  .free = channel_free,
};

/* --- idle ---------------------------------------------------------------------------------------------------- */

static void
arm_idle (RmqChannel *self)
{
  int64_t timeout_us = self->client->config.idle_timeout_us;
  int64_t since_us = MAX (self->link.last_read_us, self->link.last_write_us);

  if (timeout_us > 0)
    _rmq_timer_arm (_rmq_io_get_timers (self->link.io), &self->idle, since_us + timeout_us, timeout_us / 16);
}

static void
idle (RmqTimer *timer, void *data)
{
  RmqChannel *self = data;
  int64_t since_us = MAX (self->link.last_read_us, self->link.last_write_us);

  /* Armed for what was known then; and a request under way ends by its own deadline. */
  if (_rmq_io_now (self->link.io) - since_us < self->client->config.idle_timeout_us)
    arm_idle (self);
  else if (!_rmq_link_is_idle (&self->link))
    _rmq_timer_arm (_rmq_io_get_timers (self->link.io), &self->idle,
                    _rmq_io_now (self->link.io) + self->client->config.idle_timeout_us,
                    self->client->config.idle_timeout_us / 16);
  else
    {
      rmq_debug ("connection", self->link.name, "%s: closed, idle", self->link.name);
      close_on_purpose (self, "idle");
    }
}

/* --- connecting ---------------------------------------------------------------------------------------------- */

static void
fail_to_connect (RmqChannel *self, const GError *error)
{
  rmq_info ("connection", self->link.name, "%s", error->message);
  _rmq_link_close (&self->link, error, error);
}

static void
connected (GIOStream *stream, const GError *error, void *data)
{
  RmqChannel *self = data;
  g_autoptr (GError) local = NULL;
  RmqPort *port = NULL;

  self->connector = NULL;
  if (stream != NULL)
    port = _rmq_port_new_for_stream (self->link.io, stream, _rmq_link_ready, self, &local);
  if (port == NULL)
    {
      g_autoptr (GError) failed = NULL;

      if (local != NULL)
        failed = _rmq_error_new (RMQ_ERROR_CONNECT_FAILED, NULL, "%s: %s", self->link.name, local->message);
      fail_to_connect (self, failed != NULL ? failed : error);
      return;
    }

  rmq_debug ("connection", self->link.name, "%s: connected", self->link.name);
  _rmq_link_ref (&self->link);
  _rmq_link_open (&self->link, port);
  arm_idle (self);
  if (self->client->events.opened != NULL)
    self->client->events.opened (self->client, self->link.name, self->client->data);
  _rmq_link_unref (&self->link);
}

static void
give_up (RmqIoDeferred *deferred)
{
  RmqChannel *self = (RmqChannel *) (void *) ((char *) deferred - G_STRUCT_OFFSET (RmqChannel, give_up));
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) failed = NULL;
  g_autofree char *what = NULL;

  _rmq_remoting_client_get_transport (self->client, self->peer->endpoint, &error);
  what = error != NULL ? _rmq_error_dup_what (error) : g_strdup ("no transport");
  failed = _rmq_error_new (RMQ_ERROR_CONNECT_FAILED, NULL, "%s: %s", self->link.name, what);
  fail_to_connect (self, failed);
}

RmqChannel *
_rmq_channel_new (RmqPeer *peer)
{
  RmqRemotingClient *client = peer->client;
  RmqChannel *self = g_new0 (RmqChannel, 1);
  g_autoptr (RmqEndpoint) endpoint = _rmq_address_map_apply (client->map, peer->endpoint);
  RmqTransport *transport = _rmq_remoting_client_get_transport (client, endpoint, NULL);

  _rmq_link_init (&self->link, &channel_class, client->io, client->pool, &client->opaque, peer->address);
  self->client = _rmq_remoting_client_ref (client);
  self->peer = peer;
  self->give_up.run = give_up;
  rmq_timer_init (&self->idle, idle, self);
  self->link.max_in_flight = client->config.max_in_flight;
  self->link.head.language = client->config.language;
  self->link.head.version = client->config.version;
  self->link.head.serialize_type = client->config.binary ? RMQ_SERIALIZE_BINARY : RMQ_SERIALIZE_JSON;
  if (transport != NULL)
    self->connector = _rmq_connector_start (client->io, transport, endpoint, peer->address,
                                            client->config.connect_timeout_us, connected, self);
  else
    _rmq_io_defer (client->io, &self->give_up);
  return self;
}

/* --- use ----------------------------------------------------------------------------------------------------- */

bool
_rmq_channel_invoke (RmqChannel *self, RmqInvocation *invocation, GError **error)
{
  const RmqRemotingConfig *config = &self->client->config;
  size_t n_queued = self->link.lists[RMQ_INVOCATION_QUEUED].n;

  if (G_UNLIKELY (n_queued >= config->max_queued
                  || (n_queued > 0 && self->link.queued_bytes + invocation->body_len > config->max_queued_bytes)))
    {
      self->want_writable = true;
      _rmq_set_error (error, RMQ_ERROR_QUEUE_FULL, NULL,
                      "%s: the queue of the connection is full (%" G_GSIZE_FORMAT " requests, %" G_GSIZE_FORMAT
                      " bytes)",
                      self->link.name, n_queued, self->link.queued_bytes);
      return false;
    }
  _rmq_link_invoke (&self->link, invocation);
  if (!self->want_writable && !has_room (self))
    self->want_writable = true;
  return true;
}

void
_rmq_channel_drain (RmqChannel *self)
{
  RmqPeer *peer = self->peer;
  RmqInvocation *invocation;

  rmq_info ("connection", self->link.name, "%s: the peer is shutting down, connecting anew", self->link.name);
  self->draining = true;
  g_ptr_array_add (self->client->draining, _rmq_link_ref (&self->link));
  if (peer->channel == self)
    {
      peer->channel = NULL;
      _rmq_link_unref (&self->link);
    }
  while ((invocation = self->link.lists[RMQ_INVOCATION_QUEUED].head) != NULL)
    {
      _rmq_link_take (&self->link, invocation);
      _rmq_peer_invoke (peer, invocation);
    }
  _rmq_io_defer (self->link.io, &self->link.flush);
}

void
_rmq_channel_get_info (RmqChannel *self, RmqChannelInfo *info)
{
  RmqLink *link = &self->link;

  info->state = link->port != NULL ? "open" : "connecting";
  if (link->port != NULL)
    {
      info->local = link->port->klass->dup_address (link->port, false);
      info->remote = link->port->klass->dup_address (link->port, true);
    }
  info->in_flight = (unsigned) link->lists[RMQ_INVOCATION_SENT].n;
  info->queued = (unsigned) (link->lists[RMQ_INVOCATION_QUEUED].n + link->lists[RMQ_INVOCATION_ONEWAY].n);
  info->bytes_in = link->bytes_in;
  info->bytes_out = link->out.n_written;
  info->requests = link->n_requests;
  info->responses = link->n_responses;
  info->writes = link->n_writes;
}

RmqChannel *
_rmq_channel_ref (RmqChannel *self)
{
  _rmq_link_ref (&self->link);
  return self;
}

void
_rmq_channel_unref (RmqChannel *self)
{
  _rmq_link_unref (&self->link);
}
