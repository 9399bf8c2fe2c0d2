/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a connection's bytes come from and go to: a plain socket, a socket behind the server's epoll descriptor, or
 * any GIOStream with pollable ends. Never blocks.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include "rmq-io-private.h"

typedef struct _RmqPort RmqPort;

/* Instead of a number of bytes. */
#define RMQ_PORT_WOULD_BLOCK (-1)
#define RMQ_PORT_FAILED (-2)

/* The port is ready to be read, or written, or broken in a way that reading or writing will tell. In the I/O context,
 * as one turn of it. May free the port. */
typedef void (*RmqPortReady) (void *data, bool readable, bool writable);

typedef struct
{
  bool short_read_is_last; /* a read that does not fill its buffer has emptied the port */
  /* 0: end of stream. */
  ssize_t (*read) (RmqPort *self, void *data, size_t len, GError **error);
  ssize_t (*writev) (RmqPort *self, const GOutputVector *vectors, size_t n_vectors, GError **error);
  /* What ready is wanted for. */
  void (*watch) (RmqPort *self, bool readable, bool writable);
  /* "127.0.0.1:4711", or NULL. */
  char *(*dup_address) (RmqPort *self, bool remote);
  /* Closes. In a forked child: only the descriptor, the rest is the parent's. */
  void (*free) (RmqPort *self, bool forked);
} RmqPortClass;

struct _RmqPort
{
  const RmqPortClass *klass;
  RmqPortReady ready;
  void *data;
};

RMQ_PRIVATE_BEGIN

/* Takes a reference to stream, watches reading. A plain socket's connection is driven by its descriptor. NULL with
 * error for a stream whose ends are not pollable. */
RmqPort *_rmq_port_new_for_stream (RmqIo *io, GIOStream *stream, RmqPortReady ready, void *data, GError **error);

/* Closes a stream that nobody wants any more, without blocking. */
void _rmq_port_close_stream (GIOStream *stream);

RMQ_PRIVATE_END
