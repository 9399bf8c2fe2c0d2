/* SPDX-License-Identifier: Apache-2.0
 *
 * The other half: accepts connections, hands out requests, takes replies and can send requests of its own. Used by the
 * embedded broker. All connections stand behind one epoll descriptor, which is one GSource.
 */
#pragma once

#include "rmq-io-private.h"
#include "rmq-invocation-private.h"

typedef struct _RmqRemotingServer RmqRemotingServer;
typedef struct _RmqServerConnection RmqServerConnection;

typedef struct
{
  void (*opened) (RmqRemotingServer *server, RmqServerConnection *connection, void *data);
  void (*closed) (RmqRemotingServer *server, RmqServerConnection *connection, void *data);
  /* frame is valid during the call. Reply now or later, any number of requests open, in any order. */
  void (*request) (RmqRemotingServer *server, RmqServerConnection *connection, const RmqFrame *frame, void *data);
} RmqRemotingServerEvents;

RMQ_PRIVATE_BEGIN

RmqRemotingServer *_rmq_remoting_server_new (RmqIo *io, const RmqRemotingServerEvents *events, void *data);
/* address "127.0.0.1:0" …; port is what was bound. In the I/O context, as everything below. */
bool _rmq_remoting_server_listen (RmqRemotingServer *self, const char *address, uint16_t *port, GError **error);
/* Takes a connected stream with pollable ends (embedded://, unix, tests). */
bool _rmq_remoting_server_accept_stream (RmqRemotingServer *self, GIOStream *stream, const char *peer, GError **error);
/* No read and no write for so long, or a frame begun and not finished: closed. Default 120 s; 0: never. */
void _rmq_remoting_server_set_idle_timeout (RmqRemotingServer *self, int64_t timeout_us);
/* Answers are JSON, as Apache's servers write them, to requests with a binary header, too. */
void _rmq_remoting_server_set_json_replies (RmqRemotingServer *self, bool json_replies);
/* In a forked child: closes the child's copies of the descriptors, and touches nothing else. */
void _rmq_remoting_server_abandon (RmqRemotingServer *self);
/* Every connection is closed, without more being written, before this returns. Idempotent. */
void _rmq_remoting_server_close (RmqRemotingServer *self);
void _rmq_remoting_server_unref (RmqRemotingServer *self);
size_t _rmq_remoting_server_get_n_connections (RmqRemotingServer *self);

RmqServerConnection *_rmq_server_connection_ref (RmqServerConnection *self);
void _rmq_server_connection_unref (RmqServerConnection *self);
const char *_rmq_server_connection_get_peer (RmqServerConnection *self);
void *_rmq_server_connection_get_data (RmqServerConnection *self);
void _rmq_server_connection_set_data (RmqServerConnection *self, void *data, GDestroyNotify destroy);
bool _rmq_server_connection_is_open (RmqServerConnection *self);
void _rmq_server_connection_close (RmqServerConnection *self);
/* Encoded in the serialization that the connection's last request used, unless all are JSON. body_bytes, when given, is
 * written without a copy where that is cheaper. Writes of one turn are coalesced. A peer that does not read is closed
 * at 64 MiB unsent.
 */
void _rmq_server_connection_reply (RmqServerConnection *self,
                                   int32_t opaque,
                                   int code,
                                   const char *remark,
                                   const RmqHeaderTable *table,
                                   const void *header,
                                   const RmqExtField *ext,
                                   size_t n_ext,
                                   GBytes *body_bytes);
/* --- For faults that are asked for --- */

/* The frame that _rmq_server_connection_reply () would send. NULL with error: it would be too long. */
GBytes *_rmq_server_connection_encode_reply (RmqServerConnection *self,
                                             int32_t opaque,
                                             int code,
                                             const char *remark,
                                             const RmqHeaderTable *table,
                                             const void *header,
                                             const RmqExtField *ext,
                                             size_t n_ext,
                                             GBytes *body_bytes,
                                             GError **error);
/* Sends bytes as they are. */
void _rmq_server_connection_write (RmqServerConnection *self, GBytes *bytes);
/* From here on step bytes leave every interval. */
void _rmq_server_connection_drip (RmqServerConnection *self, size_t step, int64_t interval_us);
size_t _rmq_server_connection_get_unsent (RmqServerConnection *self);

/* A request of the server's own: one-way, or answered through invocation->done. */
void _rmq_server_connection_invoke (RmqServerConnection *self, RmqInvocation *invocation);

RMQ_PRIVATE_END
