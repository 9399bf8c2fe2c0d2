/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading and writing a non-blocking socket by its descriptor: what the client's and the server's ports share.
 */
#pragma once

#include "rmq-port-private.h"

RMQ_PRIVATE_BEGIN

ssize_t _rmq_socket_read (int fd, void *data, size_t len, GError **error);
/* Raises no SIGPIPE. */
ssize_t _rmq_socket_writev (int fd, const GOutputVector *vectors, size_t n_vectors, GError **error);
char *_rmq_socket_dup_address (int fd, bool remote);
/* GIO changes the process's disposition of SIGPIPE when its socket class is first used; this keeps it as it was. To be
 * called before any use of GSocket. */
void _rmq_socket_class_init (void);

/* A port with a source of its own. connection keeps the descriptor. */
RmqPort *_rmq_socket_port_new (RmqIo *io, GSocketConnection *connection, RmqPortReady ready, void *data);

RMQ_PRIVATE_END
