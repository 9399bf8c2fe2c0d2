/* SPDX-License-Identifier: Apache-2.0
 *
 * A broker in this process, and raw connections to it: what goes out and what comes back is frames, so that nothing of
 * the client stands between a test and the broker.
 */
#pragma once

#include <rmq-broker/rmq-broker.h>
#include <rmq/rmq.h>
#include "base/rmq-clock-private.h"
#include "broker/rmq-broker-core-private.h"
#include "broker/rmq-broker-server-private.h"
#include "rmq-test.h"
#include "wire/rmq-codes-private.h"
#include "wire/rmq-frame-private.h"

G_BEGIN_DECLS

typedef struct
{
  RmqBrokerServer *server;
  RmqClock *clock; /* NULL: the system's */
  char *address;
} WiredBroker;

/* Starts it. settings: name, value, …, NULL; or NULL. With manual_clock the time stands still until it is moved. */
void wired_start (WiredBroker *self, bool manual_clock, const char *const *settings);
void wired_stop (WiredBroker *self);
void wired_advance (WiredBroker *self, int64_t ms);
/* A test with a broker of its own, with default settings; data is true for a manual clock. */
void wired_add (const char *path, void (*func) (WiredBroker *self, gconstpointer data));
void wired_add_manual (const char *path, void (*func) (WiredBroker *self, gconstpointer data));
/* In the broker's context. */
void wired_call (WiredBroker *self, RmqBrokerServerFunc func, void *data);
unsigned wired_count_held (WiredBroker *self);
void wired_wait_held (WiredBroker *self, unsigned n);

/* One connection. Reads block, at most RMQ_TEST_TIMEOUT_MS. */
typedef struct _Wire Wire;

Wire *wire_new (WiredBroker *fixture);
/* In memory instead of TCP. */
Wire *wire_new_embedded (WiredBroker *fixture);
void wire_free (Wire *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Wire, wire_free)
/* "127.0.0.1:port" of this side. */
char *wire_dup_local_address (Wire *self);

typedef enum
{
  WIRE_PLAIN = 0,
  WIRE_ONEWAY = 1 << 0,
  WIRE_BINARY = 1 << 1,
} WireFlags;

/* Fields: name, value, …, NULL. Returns the opaque. */
int wire_send (Wire *self, int code, WireFlags flags, GBytes *body, ...) G_GNUC_NULL_TERMINATED;
void wire_send_bytes (Wire *self, const void *data, size_t len);
/* An answer to a request of the broker's own. */
void wire_answer (Wire *self, int opaque, int code);
/* The next frame, whatever it is. */
RmqRemotingCommand *wire_read (Wire *self);
/* The header of the last frame that was read. */
RmqSerializeType wire_get_last_type (Wire *self);
/* One request, and the answer to it. Requests of the broker in between are passed over; another answer is a failure. */
RmqRemotingCommand *wire_ask (Wire *self, int code, GBytes *body, ...) G_GNUC_NULL_TERMINATED;
void wire_assert_closed (Wire *self);
/* How many bytes come until the connection is closed. */
size_t wire_read_to_end (Wire *self);
/* Nothing but the answer to another request comes: what was sent so far has no answer yet. */
void wire_assert_quiet (Wire *self);

const char *wire_get (RmqRemotingCommand *command, const char *name);
int64_t wire_get_int (RmqRemotingCommand *command, const char *name);
RmqSlice wire_get_body (RmqRemotingCommand *command);

#define wire_assert_code(command, expected)                                                                            \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    if (rmq_remoting_command_get_code (command) != (expected))                                                         \
      g_error ("%s:%d: code %d, expected %d: %s", __FILE__, __LINE__, rmq_remoting_command_get_code (command),         \
               (int) (expected), rmq_remoting_command_get_remark (command));                                           \
  }                                                                                                                    \
  G_STMT_END

/* --- often --- */

#define WIRED_QUEUES 4

/* A send by code 310; properties may be NULL: "KEYS\1k\2". Success is asserted by wired_put () only. */
RmqRemotingCommand *wired_send (Wire *wire, const char *topic, int queue_id, const char *body, const char *properties);
/* The queue offset. */
int64_t wired_put (Wire *wire, const char *topic, int queue_id, const char *body, const char *properties);
/* A pull with its own expression; suspend_ms 0: without waiting. */
int wired_pull_send (Wire *wire,
                     const char *group,
                     const char *topic,
                     int queue_id,
                     int64_t offset,
                     const char *expression,
                     int64_t suspend_ms);
RmqRemotingCommand *wired_pull (Wire *wire,
                                const char *group,
                                const char *topic,
                                int queue_id,
                                int64_t offset,
                                const char *expression);
/* Records in the body of an answer; GArray of RmqRecord that point into it. */
GArray *wired_records (RmqRemotingCommand *answer);
/* "a b c" of the bodies. */
char *wired_bodies (RmqRemotingCommand *answer);
/* The answer to it is checked. tags: "*", "a || b". */
void wired_heartbeat (Wire *wire, const char *client_id, const char *group, const char *topic, const char *tags);
void wired_heartbeat_producer (Wire *wire, const char *client_id, const char *group);

G_END_DECLS
