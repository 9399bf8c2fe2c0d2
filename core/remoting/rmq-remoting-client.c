/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqRemotingClient: the table of addresses, and what goes in and out of it. (RocketMQ: NettyRemotingClient, with one
 * channel an address and no lock, since all of it lives in the I/O context.)
 */
#include "rmq-channel-private.h"
#include "rmq-socket-port-private.h"

#include <string.h>
#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"
#include "plugin/rmq-plugin-registry-private.h"

static void deliver_ending (RmqIoDeferred *deferred);

void
_rmq_remoting_config_init (RmqRemotingConfig *config)
{
  *config = (RmqRemotingConfig){
    .connect_timeout_us = 3 * G_USEC_PER_SEC,
    .idle_timeout_us = 120 * G_USEC_PER_SEC,
    .backoff_min_us = 100 * 1000,
    .backoff_max_us = 5 * G_USEC_PER_SEC,
    .max_in_flight = 65535,
    .max_queued = 131072,
    .max_queued_bytes = 64 * 1024 * 1024,
    .language = RMQ_LANGUAGE_CPP,
    .version = RMQ_VERSION_V5_3_3,
    .default_scheme = "tcp",
  };
}

/* --- life ---------------------------------------------------------------------------------------------------- */

RmqRemotingClient *
_rmq_remoting_client_new (RmqIo *io, const RmqRemotingConfig *config, const RmqRemotingClientEvents *events, void *data)
{
  RmqRemotingClient *self = g_new0 (RmqRemotingClient, 1);

  _rmq_socket_class_init ();
  self->ref_count = 1;
  self->io = _rmq_io_ref (io);
  self->config = *config;
  self->config.default_scheme = g_strdup (config->default_scheme != NULL ? config->default_scheme : "tcp");
  if (config->transport_options != NULL)
    g_hash_table_ref (config->transport_options);
  if (events != NULL)
    self->events = *events;
  self->data = data;
  self->pool = _rmq_buffer_pool_new ();
  self->peers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) _rmq_peer_free);
  self->draining = g_ptr_array_new ();
  self->transports = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->deliver.run = deliver_ending;
  return self;
}

RmqRemotingClient *
_rmq_remoting_client_ref (RmqRemotingClient *self)
{
  self->ref_count++;
  return self;
}

void
_rmq_remoting_client_unref (RmqRemotingClient *self)
{
  if (--self->ref_count > 0)
    return;
  g_hash_table_unref (self->peers);
  g_ptr_array_unref (self->draining);
  g_hash_table_unref (self->transports);
  g_clear_pointer (&self->hooks, g_ptr_array_unref);
  g_clear_pointer (&self->map, _rmq_address_map_free);
  g_clear_pointer (&self->config.transport_options, g_hash_table_unref);
  g_free ((char *) self->config.default_scheme);
  _rmq_buffer_pool_unref (self->pool);
  _rmq_io_unref (self->io);
  g_free (self);
}

/* Every channel at this moment, each with a reference: what is called on them may change the tables. */
static GPtrArray *
snapshot_channels (RmqRemotingClient *self)
{
  GPtrArray *channels = g_ptr_array_new_with_free_func ((GDestroyNotify) _rmq_channel_unref);
  GHashTableIter iter;
  void *value;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      RmqPeer *peer = value;

      if (peer->channel != NULL)
        g_ptr_array_add (channels, _rmq_channel_ref (peer->channel));
    }
  for (unsigned i = 0; i < self->draining->len; i++)
    g_ptr_array_add (channels, _rmq_channel_ref (g_ptr_array_index (self->draining, i)));
  return channels;
}

void
_rmq_remoting_client_close (RmqRemotingClient *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) channels = NULL;

  if (self->closed)
    return;
  self->closed = true;
  _rmq_remoting_client_ref (self);
  error = _rmq_error_new (RMQ_ERROR_CLOSED, NULL, "the client is closed");
  channels = snapshot_channels (self);
  for (unsigned i = 0; i < channels->len; i++)
    _rmq_link_close (g_ptr_array_index (channels, i), NULL, error);
  _rmq_io_undefer (self->io, &self->deliver);
  deliver_ending (&self->deliver);
  self->last_peer = NULL;
  g_hash_table_remove_all (self->peers);
  g_hash_table_remove_all (self->transports);
  _rmq_remoting_client_unref (self);
}

void
_rmq_remoting_client_abandon (RmqRemotingClient *self)
{
  g_autoptr (GPtrArray) channels = snapshot_channels (self);

  for (unsigned i = 0; i < channels->len; i++)
    _rmq_link_abandon (g_ptr_array_index (channels, i));
}

/* --- settings ------------------------------------------------------------------------------------------------ */

void
_rmq_remoting_client_set_hooks (RmqRemotingClient *self, GPtrArray *hooks)
{
  g_clear_pointer (&self->hooks, g_ptr_array_unref);
  if (hooks != NULL && hooks->len > 0)
    self->hooks = g_ptr_array_ref (hooks);
}

void
_rmq_remoting_client_set_address_map (RmqRemotingClient *self, const char *const *rules)
{
  g_autoptr (GError) error = NULL;
  RmqAddressMap *map = _rmq_address_map_new (rules, &error);

  if (map == NULL)
    {
      rmq_warning ("connection", NULL, "%s; the address map stays as it was", error->message);
      return;
    }
  g_clear_pointer (&self->map, _rmq_address_map_free);
  self->map = map;
}

/* The outermost transport; the object of a whole scheme is made once for a client. */
RmqTransport *
_rmq_remoting_client_get_transport (RmqRemotingClient *self, RmqEndpoint *endpoint, GError **error)
{
  const char *scheme = rmq_endpoint_get_scheme (endpoint);
  RmqTransport *known = g_hash_table_lookup (self->transports, scheme);
  g_autoptr (RmqEndpoint) inner_endpoint = rmq_endpoint_dup_inner (endpoint);
  g_autofree char *prefix = NULL;
  g_autoptr (GObject) object = NULL;
  RmqTransport *inner = NULL;

  if (known != NULL)
    return known;
  if (inner_endpoint != NULL)
    {
      inner = _rmq_remoting_client_get_transport (self, inner_endpoint, error);
      if (inner == NULL)
        return NULL;
    }
  prefix = g_strconcat ("transport.", rmq_endpoint_get_transport (endpoint), ".", NULL);
  object = _rmq_plugin_registry_create_prefixed (rmq_plugin_registry_get_default (), "transport",
                                                 rmq_endpoint_get_transport (endpoint), self->config.transport_options,
                                                 prefix, error);
  if (object == NULL)
    return NULL;
  if (inner != NULL)
    rmq_transport_set_inner (RMQ_TRANSPORT (object), inner);
  known = RMQ_TRANSPORT (g_steal_pointer (&object));
  g_hash_table_insert (self->transports, g_strdup (scheme), known);
  return known;
}

/* --- requests ------------------------------------------------------------------------------------------------ */

static void
deliver_ending (RmqIoDeferred *deferred)
{
  RmqRemotingClient *self =
      (RmqRemotingClient *) (void *) ((char *) deferred - G_STRUCT_OFFSET (RmqRemotingClient, deliver));
  RmqInvocation *invocation;

  _rmq_remoting_client_ref (self);
  while ((invocation = self->ending.head) != NULL)
    {
      g_autoptr (GError) error = g_steal_pointer (&invocation->error);

      rmq_invocation_list_remove (&self->ending, invocation);
      invocation->state = RMQ_INVOCATION_NOWHERE;
      _rmq_invocation_end (invocation, NULL, error);
    }
  _rmq_remoting_client_unref (self);
}

void
_rmq_remoting_client_fail_later (RmqRemotingClient *self, RmqInvocation *invocation, GError *error)
{
  invocation->error = error;
  invocation->state = RMQ_INVOCATION_ENDING;
  invocation->link = NULL;
  rmq_invocation_list_append (&self->ending, invocation);
  _rmq_io_defer (self->io, &self->deliver);
}

/* Addresses come and go with routes: those without a connection and without a memory of failure are forgotten. */
static gboolean
is_forgettable (void *key, void *value, void *data)
{
  RmqPeer *peer = value;
  RmqRemotingClient *self = data;

  return peer->n_channels == 0 && peer->next_attempt_us <= _rmq_io_now (self->io);
}

static RmqPeer *
get_peer (RmqRemotingClient *self, const char *address, GError **error)
{
  RmqPeer *peer = self->last_peer;
  RmqEndpoint *endpoint;

  if (peer != NULL && strcmp (peer->address, address) == 0)
    return peer;
  peer = g_hash_table_lookup (self->peers, address);
  if (peer != NULL)
    return self->last_peer = peer;

  endpoint = rmq_endpoint_new_from_string (address, self->config.default_scheme, error);
  if (endpoint == NULL)
    return NULL;
  self->last_peer = NULL;
  g_hash_table_foreach_remove (self->peers, is_forgettable, self);
  peer = g_new0 (RmqPeer, 1);
  peer->client = self;
  peer->address = g_strdup (address);
  peer->endpoint = endpoint;
  g_hash_table_insert (self->peers, peer->address, peer);
  return self->last_peer = peer;
}

void
_rmq_remoting_client_invoke (RmqRemotingClient *self, const char *address, RmqInvocation *invocation)
{
  GError *error = NULL;
  RmqPeer *peer = NULL;

  _rmq_invocation_start (invocation, _rmq_io_now (self->io));
  if (G_UNLIKELY (self->closed))
    error = _rmq_error_new (RMQ_ERROR_CLOSED, NULL, "the client is closed");
  else
    peer = get_peer (self, address, &error);
  if (G_LIKELY (peer != NULL))
    _rmq_peer_invoke (peer, invocation);
  else
    _rmq_remoting_client_fail_later (self, invocation, error);
}

bool
_rmq_remoting_client_cancel (RmqRemotingClient *self, RmqInvocation *invocation)
{
  if (invocation->link != NULL)
    return _rmq_link_cancel (invocation->link, invocation);
  if (invocation->state != RMQ_INVOCATION_ENDING)
    return false;
  rmq_invocation_list_remove (&self->ending, invocation);
  invocation->state = RMQ_INVOCATION_NOWHERE;
  g_clear_error (&invocation->error);
  return true;
}

void
_rmq_remoting_client_reply (RmqRemotingClient *self,
                            RmqChannel *channel,
                            int32_t opaque,
                            int code,
                            const char *remark,
                            const RmqHeaderTable *table,
                            const void *header,
                            const uint8_t *body,
                            size_t body_len)
{
  RmqFrameHead head = { .code = code, .opaque = opaque, .remark = rmq_slice_from_string (remark) };

  _rmq_link_reply (&channel->link, &head, table, header, NULL, 0, body, body_len, NULL);
}

/* --- connections --------------------------------------------------------------------------------------------- */

void
_rmq_remoting_client_forget_channel (RmqRemotingClient *self, RmqChannel *channel)
{
  if (g_ptr_array_remove_fast (self->draining, channel))
    _rmq_channel_unref (channel);
}

void
_rmq_remoting_client_close_address (RmqRemotingClient *self, const char *address, const GError *reason)
{
  g_autoptr (GPtrArray) channels = snapshot_channels (self);

  for (unsigned i = 0; i < channels->len; i++)
    {
      RmqChannel *channel = g_ptr_array_index (channels, i);

      if (strcmp (channel->link.name, address) == 0)
        _rmq_link_close (&channel->link, NULL, reason);
    }
}

bool
_rmq_remoting_client_is_open (RmqRemotingClient *self, const char *address)
{
  RmqPeer *peer = g_hash_table_lookup (self->peers, address);

  return peer != NULL && peer->channel != NULL && peer->channel->link.port != NULL;
}

static void
visit (const char *address, RmqChannel *channel, void (*func) (const RmqChannelInfo *info, void *data), void *data)
{
  RmqChannelInfo info = { .address = address, .state = "backing-off" };

  if (channel != NULL)
    _rmq_channel_get_info (channel, &info);
  func (&info, data);
  g_free (info.local);
  g_free (info.remote);
}

void
_rmq_remoting_client_foreach (RmqRemotingClient *self,
                              void (*func) (const RmqChannelInfo *info, void *data),
                              void *data)
{
  GHashTableIter iter;
  void *value;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      RmqPeer *peer = value;

      if (peer->channel != NULL || peer->next_attempt_us > _rmq_io_now (self->io))
        visit (peer->address, peer->channel, func, data);
    }
  for (unsigned i = 0; i < self->draining->len; i++)
    visit (((RmqChannel *) g_ptr_array_index (self->draining, i))->link.name, g_ptr_array_index (self->draining, i),
           func, data);
}
