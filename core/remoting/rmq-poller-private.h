/* SPDX-License-Identifier: Apache-2.0
 *
 * Many sockets behind one epoll descriptor, which is one GSource: an idle connection costs a turn of the context
 * nothing. I/O context only.
 */
#pragma once

#include "rmq-port-private.h"

typedef struct _RmqPoller RmqPoller;
typedef struct _RmqPollerEntry RmqPollerEntry;

struct _RmqPollerEntry
{
  int fd;
  uint32_t watched; /* EPOLLIN, EPOLLOUT */
  void (*ready) (RmqPollerEntry *self, bool readable, bool writable);
};

RMQ_PRIVATE_BEGIN

RmqPoller *_rmq_poller_new (RmqIo *io, GError **error);
/* After everything in it was removed. */
void _rmq_poller_free (RmqPoller *self);
/* In a forked child: the descriptor alone. */
void _rmq_poller_abandon (RmqPoller *self);

bool _rmq_poller_add (RmqPoller *self, RmqPollerEntry *entry, GError **error);
/* Also in the middle of a dispatch that has events of it left. Before closing the descriptor. */
void _rmq_poller_remove (RmqPoller *self, RmqPollerEntry *entry);
void _rmq_poller_watch (RmqPoller *self, RmqPollerEntry *entry, bool readable, bool writable);

/* A connected, non-blocking socket as a port. Takes fd, on failure too. */
RmqPort *_rmq_poller_port_new (RmqPoller *self, int fd, RmqPortReady ready, void *data, GError **error);

RMQ_PRIVATE_END
