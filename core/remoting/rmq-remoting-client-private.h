/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections by address, and requests over them (RocketMQ: NettyRemotingClient without the name-server choice, which
 * is core/client's). Everything here is called in the I/O context unless it says otherwise.
 */
#pragma once

#include "rmq-io-private.h"
#include "rmq-invocation-private.h"

typedef struct _RmqRemotingClient RmqRemotingClient;

typedef struct
{
  int64_t connect_timeout_us;    /* of one attempt over all addresses of a name; default 3 s */
  int64_t idle_timeout_us;       /* no read and no write: closed; default 120 s; 0: never */
  int64_t backoff_min_us;        /* after a failed connect; default 100 ms, doubled with jitter up to … */
  int64_t backoff_max_us;        /* … default 5 s. Until then requests fail at once: RMQ_ERROR_CONNECT_FAILED */
  unsigned max_in_flight;        /* a channel; default 65535. Beyond it requests queue, phase QUEUED */
  unsigned max_queued;           /* a channel; default 131072. Beyond it: RMQ_ERROR_QUEUE_FULL */
  size_t max_queued_bytes;       /* a channel, unsent; default 64 MiB */
  int language;                  /* RMQ_LANGUAGE_* in every frame */
  int version;                   /* MQVersion ordinal in every frame */
  bool binary;                   /* serialize type ROCKETMQ where the code allows it */
  const char *default_scheme;    /* "tcp" */
  GHashTable *transport_options; /* utf8 → utf8: "transport.tcp.no-delay" → "true"; may be NULL. Referenced */
} RmqRemotingConfig;

typedef struct
{
  /* A connection came to be, or ended: error is NULL when it was closed on purpose. */
  void (*opened) (RmqRemotingClient *client, const char *address, void *data);
  void (*closed) (RmqRemotingClient *client, const char *address, const GError *error, void *data);
  /* A request from the other side. Answer with _rmq_remoting_client_reply (), now or later. */
  void (*request) (RmqRemotingClient *client,
                   RmqChannel *channel,
                   const char *address,
                   const RmqFrame *request,
                   void *data);
  /* After RMQ_ERROR_QUEUE_FULL or once more than half full: there is room again. */
  void (*writable) (RmqRemotingClient *client, const char *address, void *data);
} RmqRemotingClientEvents;

typedef struct
{
  const char *address;
  const char *state; /* "connecting", "open", "backing-off" */
  char *local;
  char *remote; /* the numeric address that answered */
  unsigned in_flight;
  unsigned queued;
  uint64_t bytes_in;
  uint64_t bytes_out;
  uint64_t requests;
  uint64_t responses;
  uint64_t writes; /* system calls: requests/writes is the coalescing */
} RmqChannelInfo;

RMQ_PRIVATE_BEGIN

void _rmq_remoting_config_init (RmqRemotingConfig *config);
/* Any thread. config is copied; events too. */
RmqRemotingClient *_rmq_remoting_client_new (RmqIo *io,
                                             const RmqRemotingConfig *config,
                                             const RmqRemotingClientEvents *events,
                                             void *data);
/* Fails everything pending with RMQ_ERROR_CLOSED before it returns, closes every connection; invoke fails from then
 * on. Idempotent. */
void _rmq_remoting_client_close (RmqRemotingClient *self);
/* After close; in the I/O context. (Refcounted inside: callbacks under way are safe.) */
void _rmq_remoting_client_unref (RmqRemotingClient *self);

/* In a forked child, in whatever thread: closes the child's copies of the sockets without a word to the other side, and
 * touches nothing else. The object is left as it is. */
void _rmq_remoting_client_abandon (RmqRemotingClient *self);

/* Hooks run in this order on requests, in reverse on responses; a failing one fails its request with
 * RMQ_ERROR_HOOK_FAILED. (element-type RmqRpcHook), may be NULL. */
void _rmq_remoting_client_set_hooks (RmqRemotingClient *self, GPtrArray *hooks);
/* What to connect to instead of an address. from and to as "host:port", from also "host" or "*", to also "host"; the
 * most exact match wins. Whole list, swapped. The original address stays the name in errors and events. */
void _rmq_remoting_client_set_address_map (RmqRemotingClient *self, const char *const *map);

/* address: [scheme://]host:port, IPv6 in brackets. Never calls done inline. */
void _rmq_remoting_client_invoke (RmqRemotingClient *self, const char *address, RmqInvocation *invocation);
/* done is not called; what was not yet written never will be. Returns false when it already ended. */
bool _rmq_remoting_client_cancel (RmqRemotingClient *self, RmqInvocation *invocation);
/* Answers a request that came in; dropped silently when that connection is gone. */
void _rmq_remoting_client_reply (RmqRemotingClient *self,
                                 RmqChannel *channel,
                                 int32_t opaque,
                                 int code,
                                 const char *remark,
                                 const RmqHeaderTable *table,
                                 const void *header,
                                 const uint8_t *body,
                                 size_t body_len);
RmqChannel *_rmq_channel_ref (RmqChannel *channel);
void _rmq_channel_unref (RmqChannel *channel);

/* Ends the connection to an address; its requests fail with reason. */
void _rmq_remoting_client_close_address (RmqRemotingClient *self, const char *address, const GError *reason);
bool _rmq_remoting_client_is_open (RmqRemotingClient *self, const char *address);
/* Calls func for every connection. */
void _rmq_remoting_client_foreach (RmqRemotingClient *self,
                                   void (*func) (const RmqChannelInfo *info, void *data),
                                   void *data);

RMQ_PRIVATE_END
