/* SPDX-License-Identifier: Apache-2.0
 *
 * A name server and brokers in one thread of the test program, on loopback ports: canned topics, long polls, offsets,
 * retries. Every request is kept, every answer can be replaced. Any thread may call everything here.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <gio/gio.h>

typedef struct _RmqFakeBroker RmqFakeBroker;

/* One request as it came in. */
typedef struct
{
  int ref_count;
  int code;
  int opaque;
  bool oneway;
  unsigned node;       /* which listener it came to; 0: the first */
  unsigned connection; /* numbers from 1, in the order of accepting */
  int version;
  int64_t time_us;
  GHashTable *ext; /* utf8 → utf8 */
  GBytes *body;    /* never NULL */
} RmqFakeRequest;

typedef struct
{
  int code;
  char *remark;
  GHashTable *ext; /* utf8 → utf8 */
  GBytes *body;    /* may be NULL */
} RmqFakeReply;

typedef enum
{
  RMQ_FAKE_DEFAULT,    /* what the broker would have said */
  RMQ_FAKE_REPLY,      /* what stands in reply */
  RMQ_FAKE_SILENT,     /* nothing, ever */
  RMQ_FAKE_DISCONNECT, /* the connection ends instead */
} RmqFakeVerdict;

/* In the broker's thread, without its lock: may call everything here. */
typedef RmqFakeVerdict (*RmqFakeFunc) (RmqFakeBroker *broker,
                                       const RmqFakeRequest *request,
                                       RmqFakeReply *reply,
                                       void *data);

typedef struct
{
  GBytes *body; /* or NULL: text */
  const char *text;
  const char *tag;
  const char *keys;
  const char *const *properties; /* name, value, name, value …, NULL */
  int reconsume_times;
  int flag;
  int sys_flag;
  int64_t store_timestamp; /* 0: now */
  bool wrong_crc;
} RmqFakeMessage;

RmqFakeBroker *rmq_fake_broker_new (void);
void rmq_fake_broker_free (RmqFakeBroker *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqFakeBroker, rmq_fake_broker_free)

/* "127.0.0.1:port" of node 0, which answers as name server too. */
const char *rmq_fake_broker_get_address (RmqFakeBroker *self);
const char *rmq_fake_broker_get_node_address (RmqFakeBroker *self, unsigned node);
/* Node 0 is the master (id 0) of broker "broker-a". Returns the number of the new one. */
unsigned rmq_fake_broker_add_node (RmqFakeBroker *self, const char *broker_name, int64_t broker_id);
/* Closes the connections of a node; while it is down, it accepts and closes at once and stands in no route. */
void rmq_fake_broker_set_node_down (RmqFakeBroker *self, unsigned node, bool down);
void rmq_fake_broker_disconnect_all (RmqFakeBroker *self);

/* Queues of a topic on one broker, of which 0 … n_queues - 1 are readable and writable as perm says. */
void rmq_fake_broker_add_topic (RmqFakeBroker *self,
                                const char *topic,
                                const char *broker_name,
                                int n_queues,
                                int perm);
void rmq_fake_broker_remove_topic (RmqFakeBroker *self, const char *topic);
/* On broker "broker-a" unless said otherwise. Returns the queue offset. */
int64_t rmq_fake_broker_put (RmqFakeBroker *self, const char *topic, int queue_id, const char *text, const char *tag);
int64_t rmq_fake_broker_put_message (RmqFakeBroker *self,
                                     const char *topic,
                                     const char *broker_name,
                                     int queue_id,
                                     const RmqFakeMessage *message);
/* Messages below min are gone; an empty queue may begin anywhere. */
void rmq_fake_broker_set_min_offset (RmqFakeBroker *self, const char *topic, int queue_id, int64_t min_offset);
int64_t rmq_fake_broker_get_max_offset (RmqFakeBroker *self, const char *topic, int queue_id);

/* -1: none */
void rmq_fake_broker_set_offset (RmqFakeBroker *self,
                                 const char *group,
                                 const char *topic,
                                 int queue_id,
                                 int64_t offset);
int64_t rmq_fake_broker_get_offset (RmqFakeBroker *self, const char *group, const char *topic, int queue_id);

/* The longest hold of a pull, whatever the client asks; default 15 s. */
void rmq_fake_broker_set_max_hold (RmqFakeBroker *self, int64_t ms);
/* Retries (36) go to %RETRY% at once, without the delay of their level; default true. */
void rmq_fake_broker_set_instant_retry (RmqFakeBroker *self, bool instant);
/* Further client ids that GET_CONSUMER_LIST_BY_GROUP names. NULL: none; strv. */
void rmq_fake_broker_set_extra_ids (RmqFakeBroker *self, const char *const *ids);

/* func sees each request of code before the broker does; NULL: no more. */
void rmq_fake_broker_set_func (RmqFakeBroker *self, int code, RmqFakeFunc func, void *data);
/* The next n requests of code (-1: all) get this answer. response_code may be RMQ_FAKE_NO_ANSWER or RMQ_FAKE_HANG_UP.
 */
#define RMQ_FAKE_NO_ANSWER (-1)
#define RMQ_FAKE_HANG_UP (-2)
void rmq_fake_broker_fail (RmqFakeBroker *self, int code, int n, int response_code, const char *remark);

/* For RmqFakeFunc. */
void rmq_fake_reply_set (RmqFakeReply *reply, const char *name, const char *value);
void rmq_fake_reply_set_int (RmqFakeReply *reply, const char *name, int64_t value);
void rmq_fake_reply_set_body (RmqFakeReply *reply, const char *text);

/* NULL when absent; -1 when absent. */
const char *rmq_fake_request_get (const RmqFakeRequest *request, const char *name);
int64_t rmq_fake_request_get_int (const RmqFakeRequest *request, const char *name);
RmqFakeRequest *rmq_fake_request_ref (RmqFakeRequest *request);
void rmq_fake_request_unref (RmqFakeRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqFakeRequest, rmq_fake_request_unref)

/* Requests of a code so far. Each one also wakes who waits in rmq_test_wait_until (). */
unsigned rmq_fake_broker_count (RmqFakeBroker *self, int code);
/* The nth (from 0) of that code, or NULL. */
RmqFakeRequest *rmq_fake_broker_get_request (RmqFakeBroker *self, int code, unsigned nth);
RmqFakeRequest *rmq_fake_broker_get_last_request (RmqFakeBroker *self, int code);
/* Pulls that are held right now. */
unsigned rmq_fake_broker_count_held (RmqFakeBroker *self);
void rmq_fake_broker_forget_requests (RmqFakeBroker *self);
unsigned rmq_fake_broker_count_connections (RmqFakeBroker *self);
/* Client ids that heartbeats gave for a consumer group. (transfer full) strv */
char **rmq_fake_broker_dup_client_ids (RmqFakeBroker *self, const char *group);

/* Messages stored in a topic, %RETRY% and %DLQ% too. */
unsigned rmq_fake_broker_count_messages (RmqFakeBroker *self, const char *topic);

/* A request of the broker's own to every client of a consumer group (NULL: to every connection); ext: name, value, …,
 * NULL. */
void rmq_fake_broker_push (RmqFakeBroker *self,
                           const char *group,
                           int code,
                           const char *const *ext,
                           GBytes *body,
                           bool oneway);
/* The nth answer to them so far, or NULL: code, ext and body. */
RmqFakeRequest *rmq_fake_broker_get_answer (RmqFakeBroker *self, unsigned nth);
