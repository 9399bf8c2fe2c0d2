/* SPDX-License-Identifier: Apache-2.0
 *
 * One connection of a client, from the attempt to connect to its end, and the address it belongs to. A connection that
 * ended never comes back: the next one is another channel. I/O context only.
 */
#pragma once

#include "rmq-address-map-private.h"
#include "rmq-connector-private.h"
#include "rmq-link-private.h"
#include "rmq-remoting-client-private.h"

typedef struct
{
  RmqRemotingClient *client;
  char *address; /* as the caller names it */
  RmqEndpoint *endpoint;
  RmqChannel *channel;     /* the current one, or NULL */
  unsigned n_channels;     /* with those that drain */
  int64_t next_attempt_us; /* not before: after a failure */
  int64_t backoff_us;
  unsigned n_useless; /* connections in a row that ended before anything was received */
  char *last_failure;
} RmqPeer;

struct _RmqChannel
{
  RmqLink link;
  RmqRemotingClient *client;
  RmqPeer *peer; /* NULL once it is over */
  RmqConnector *connector;
  RmqIoDeferred give_up; /* when there is nothing to connect with */
  RmqTimer idle;
  bool draining;      /* the peer said GO_AWAY: no new requests */
  bool want_writable; /* the writable event is due */
};

struct _RmqRemotingClient
{
  unsigned ref_count;
  RmqIo *io;
  RmqRemotingConfig config;
  RmqRemotingClientEvents events;
  void *data;
  bool closed;

  RmqBufferPool *pool;
  uint32_t opaque;
  GHashTable *peers;      /* address → RmqPeer */
  RmqPeer *last_peer;     /* of the last call: nearly always the same */
  GPtrArray *draining;    /* of RmqChannel, those that no peer has any more */
  GHashTable *transports; /* scheme → RmqTransport */
  GPtrArray *hooks;       /* NULL when there are none */
  RmqAddressMap *map;
  RmqInvocationList ending; /* failed before they came to a channel */
  RmqIoDeferred deliver;
};

RMQ_PRIVATE_BEGIN

/* Begins to connect. */
RmqChannel *_rmq_channel_new (RmqPeer *peer);
/* False with QUEUE_FULL. */
bool _rmq_channel_invoke (RmqChannel *self, RmqInvocation *invocation, GError **error);
/* No new requests; closes when the last one is answered. What is queued goes where the peer's requests go now. */
void _rmq_channel_drain (RmqChannel *self);
void _rmq_channel_get_info (RmqChannel *self, RmqChannelInfo *info);

/* The request through the hooks: writes it up to its body. */
bool _rmq_hook_chain_write_request (RmqLink *link, RmqInvocation *invocation, RmqByteWriter *out, GError **error);
/* The response through the hooks, backwards. */
bool _rmq_hook_chain_pass_response (RmqChannel *self,
                                    RmqInvocation *invocation,
                                    const RmqFrame *response,
                                    GError **error);

/*< the client's, for its channels >*/
/* On its way, again: to the peer's current channel, or a new one, or to its end. */
void _rmq_peer_invoke (RmqPeer *self, RmqInvocation *invocation);
void _rmq_peer_free (RmqPeer *self);
/* A connection of it ended; error is NULL when that was meant. Lets go of the channel. */
void _rmq_peer_channel_ended (RmqPeer *self, RmqChannel *channel, const GError *error);
/* (transfer none) The transport of a scheme with its wrappers. */
RmqTransport *_rmq_remoting_client_get_transport (RmqRemotingClient *self, RmqEndpoint *endpoint, GError **error);
RmqRemotingClient *_rmq_remoting_client_ref (RmqRemotingClient *self);
/* A draining channel is over. */
void _rmq_remoting_client_forget_channel (RmqRemotingClient *self, RmqChannel *channel);
/* Ends it with error (taken) at the end of this turn. */
void _rmq_remoting_client_fail_later (RmqRemotingClient *self, RmqInvocation *invocation, GError *error);

RMQ_PRIVATE_END
