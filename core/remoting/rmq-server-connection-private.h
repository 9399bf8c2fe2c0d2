/* SPDX-License-Identifier: Apache-2.0
 *
 * A connection that a server accepted, and the server as its connections see it. I/O context only.
 */
#pragma once

#include "rmq-link-private.h"
#include "rmq-poller-private.h"
#include "rmq-remoting-server-private.h"

struct _RmqServerConnection
{
  RmqLink link;
  RmqRemotingServer *server; /* NULL once it is closed */
  RmqServerConnection *prev;
  RmqServerConnection *next;
  void *data;
  GDestroyNotify destroy;
};

struct _RmqRemotingServer
{
  unsigned ref_count;
  RmqIo *io;
  RmqRemotingServerEvents events;
  void *data;
  bool closed;
  int64_t idle_timeout_us;
  bool json_replies;

  RmqBufferPool *pool;
  uint32_t opaque;
  RmqPoller *poller; /* made with the first socket */
  GPtrArray *listeners;
  RmqServerConnection *connections;
  size_t n_connections;
  RmqTimer sweep;
};

RMQ_PRIVATE_BEGIN

/* In the server's list from here on. Takes the port; its ready is _rmq_link_ready () with what connection_alloc gave.
 */
RmqServerConnection *_rmq_server_connection_new (RmqRemotingServer *server, const char *peer);
void _rmq_server_connection_open (RmqServerConnection *self, RmqPort *port);
/* Closes it when nothing moved on it for too long. */
void _rmq_server_connection_check_idle (RmqServerConnection *self, int64_t now);

RMQ_PRIVATE_END
