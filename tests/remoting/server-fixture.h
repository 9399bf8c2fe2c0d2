/* SPDX-License-Identifier: Apache-2.0
 *
 * A server that does what request codes say, our client beside it, both in the test's context or in the I/O thread;
 * and raw sockets that talk to it.
 */
#pragma once

#include "remoting-support.h"
#include "remoting/rmq-remoting-server-private.h"

G_BEGIN_DECLS

/* What the test's server does with a request. */
enum
{
  CODE_ECHO = 1,   /* answers with the body it got, shared, not copied */
  CODE_SILENT = 2, /* does not answer */
  CODE_HOLD = 3,   /* answers when RELEASE comes, last one first */
  CODE_RELEASE = 4,
  CODE_BIG = 5,      /* answers with 1 MiB */
  CODE_CALL_BACK = 6 /* sends a request of its own, and answers with the answer's body */
};

typedef struct
{
  RmqServerConnection *connection;
  int32_t opaque;
  bool big; /* answered with 1 MiB */
} ServerHeld;

typedef struct
{
  bool threaded;
  GMainContext *context; /* NULL when threaded */
  RmqIo *io;
  RmqRemotingConfig config;
  RmqRemotingClient *client;
  RmqRemotingServer *server;
  char *address;
  char *listen_at;
  uint16_t port;
  unsigned n_fds;

  GArray *held;
  GBytes *big;
  RmqSerializeType seen_type;
  unsigned n_opened;
  unsigned n_closed;
  unsigned n_requests;
  unsigned n_client_requests;
  unsigned n_released;
} ServerFixture;

typedef struct
{
  bool threaded;
  const char *listen_at;
  const char *host;
} ServerMode;

void server_setup (ServerFixture *self, const void *data);
void server_teardown (ServerFixture *self, const void *data);
/* In both I/O modes. */
void server_add (const char *path, void (*func) (ServerFixture *self, const void *data));
void server_add_at (const char *path, const ServerMode *mode, void (*func) (ServerFixture *self, const void *data));

GPtrArray *server_calls_new (unsigned n, int code);
/* Invokes all in one turn, and waits for all. */
void server_invoke_all (ServerFixture *self, GPtrArray *calls);

/* A connected blocking socket; the caller closes it. */
int server_connect (ServerFixture *self);
/* As far as the peer takes it. */
void server_send_all (int fd, const void *data, size_t len);
/* Reads a whole frame; the server runs meanwhile. */
GBytes *server_receive_frame (ServerFixture *self, int fd);
/* Until the server has so many connections. */
void server_await_connections (ServerFixture *self, size_t wanted);
/* Until so many came and went. */
void server_await_closed (ServerFixture *self, unsigned wanted);
/* Lets the server run. */
void server_turn (ServerFixture *self);
unsigned server_get_n_held (ServerFixture *self);

G_END_DECLS
