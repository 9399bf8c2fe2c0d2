/* SPDX-License-Identifier: Apache-2.0
 *
 * The push consumer itself, behind its handle (RocketMQ: DefaultMQPushConsumerImpl). Lives in the I/O context; what may
 * be called from any thread says so. The files of this folder share it; nobody else includes this.
 */
#pragma once

#include "rmq-local-offsets-private.h"
#include "base/rmq-log-private.h"
#include "client/rmq-client-core-private.h"
#include "client/rmq-operation-private.h"
#include "client/rmq-pull-service-private.h"
#include "client/rmq-rebalance-service-private.h"
#include "rmq-consumer-events-private.h"
#include "rmq-consumer-stats-private.h"
#include "rmq-delivery-private.h"
#include "rmq-push-consumer-private.h"
#include "rmq-push-consumer-settings-private.h"
#include "wire/rmq-subscription-private.h"

typedef struct _RmqRebalancer RmqRebalancer;
typedef struct _RmqSendBacks RmqSendBacks;
typedef struct _RmqStartOp RmqStartOp;
typedef struct _RmqCloseOp RmqCloseOp;

/* A subscribed topic. I/O context. */
typedef struct
{
  int ref_count;
  char *name; /* GRefString */
  RmqSubscription *subscription;
  int64_t pull_version; /* the version that brokers have been told: a pull with a newer one is refused */
  bool is_told;         /* a heartbeat has named it */
  bool is_retry;
  bool group_is_known; /* it has an offset in some queue of it; asked for RMQ_CONSUME_FROM_SAFE */
  RmqConsumerStats stats;
} RmqConsumerTopic;

struct _RmqPushConsumerCore
{
  RmqConsumerInner inner; /* its group is ours */
  int ref_count;
  int state; /* RmqState; atomic */
  RmqClientCore *client;
  RmqIo *io;
  GMainContext *context;
  RmqConsumerEvents *events;
  RmqDelivery *delivery;
  char *retry_topic; /* GRefString */

  GMutex mutex;
  GPtrArray *assignment; /* RmqMessageQueue; replaced whole; under the mutex */

  /* From here on the I/O context's alone. */
  RmqPushConsumerSettings settings;
  RmqAllocationStrategy *allocation;
  GHashTable *topics;         /* name → RmqConsumerTopic */
  GHashTable *pullers;        /* RmqMessageQueue → RmqPuller */
  unsigned n_waiting_answers; /* of the pullers */
  RmqRebalancer *rebalancer;
  RmqSendBacks *send_backs;
  GHashTable *directs;            /* RmqDirectConsume */
  RmqLocalOffsets *local_offsets; /* broadcasting; NULL: brokers keep them */
  bool write_failed;              /* of these */
  int64_t direct_timeout_us;      /* tests shorten it */
  RmqStartOp *start_op;
  RmqCloseOp *close_op;
  bool registered;
  bool paused;
  RmqTimer expiry_timer;
  RmqTimer missing_route_timer; /* while a topic has no route */
  int64_t missing_route_delay;
  int64_t heartbeat_us; /* when one was last asked for because of a broker's complaint */
  int64_t start_ms;
  unsigned threshold_count; /* of one queue, topic thresholds applied */
  uint64_t threshold_bytes;
  uint64_t n_filtered;
  uint64_t n_corrupt;
};

RMQ_PRIVATE_BEGIN

/* --- life: rmq-push-consumer-core.c. Any thread --- */
RmqPushConsumerCore *_rmq_push_consumer_core_new (RmqClientCore *client,
                                                  const char *group,
                                                  RmqPushConsumer *handle,
                                                  GMainContext *context);
RmqPushConsumerCore *_rmq_push_consumer_core_ref (RmqPushConsumerCore *self);
void _rmq_push_consumer_core_unref (RmqPushConsumerCore *self);
RmqState _rmq_push_consumer_core_get_state (RmqPushConsumerCore *self);
GPtrArray *_rmq_push_consumer_core_dup_assignment (RmqPushConsumerCore *self);
/* Takes subscription over; NULL removes the topic. In the order of the calls, in the I/O context. */
void _rmq_push_consumer_core_subscribe (RmqPushConsumerCore *self, const char *topic, RmqSubscription *subscription);
void _rmq_push_consumer_core_set_paused (RmqPushConsumerCore *self, bool paused);
void _rmq_push_consumer_core_set_n_threads (RmqPushConsumerCore *self, unsigned n_threads);
/* Begins to close; nobody waits. */
void _rmq_push_consumer_core_close_soon (RmqPushConsumerCore *self);
/* The last handle is gone: ends at once, without waiting for anything. */
void _rmq_push_consumer_core_abort (RmqPushConsumerCore *self);

/* --- life, I/O context --- */
void _rmq_push_consumer_core_set_state (RmqPushConsumerCore *self, RmqState state);
/* Everything that moves stops; queues are forgotten. Leaves offsets as they are. */
void _rmq_push_consumer_core_drop_all (RmqPushConsumerCore *self);

/* --- operations: rmq-push-consumer-start.c, rmq-push-consumer-close.c --- */
/* settings is copied; handler is referenced; strategy is taken over. */
RmqOperation *_rmq_push_consumer_core_start_operation (RmqPushConsumerCore *self,
                                                       const RmqPushConsumerSettings *settings,
                                                       RmqConsumeHandler *handler,
                                                       RmqAllocationStrategy *strategy,
                                                       GCancellable *cancellable);
RmqOperation *_rmq_push_consumer_core_close_operation (RmqPushConsumerCore *self, GCancellable *cancellable);
RmqOperation *_rmq_push_consumer_core_commit_operation (RmqPushConsumerCore *self, GCancellable *cancellable);
/* I/O context. Begins a close that nobody waits for; false when one is under way or done. */
bool _rmq_push_consumer_core_begin_close (RmqPushConsumerCore *self);
/* I/O context: an item or a commit ended, which a close may be waiting for. */
void _rmq_push_consumer_core_check_close (RmqPushConsumerCore *self);
/* The client closes under it. */
void _rmq_push_consumer_core_client_closed (RmqPushConsumerCore *self, const GError *error);
/* I/O context: a start under way learns that the consumer closes. */
void _rmq_push_consumer_core_fail_start (RmqPushConsumerCore *self);

/* --- topics: rmq-consumer-topics.c, I/O context --- */
RmqConsumerTopic *_rmq_consumer_topic_new (const char *name, RmqSubscription *subscription);
RmqConsumerTopic *_rmq_consumer_topic_ref (RmqConsumerTopic *self);
void _rmq_consumer_topic_unref (RmqConsumerTopic *self);
RmqConsumerTopic *_rmq_push_consumer_core_find_topic (RmqPushConsumerCore *self, const char *topic);
void _rmq_push_consumer_core_set_subscription (RmqPushConsumerCore *self,
                                               const char *topic,
                                               RmqSubscription *subscription);
/* The broker is to see a newer version; pulls use it once the heartbeat has been answered. */
void _rmq_push_consumer_core_bump_version (RmqPushConsumerCore *self, RmqConsumerTopic *topic);
/* A heartbeat to all, then pulls with the versions it told, and, if so wanted, a rebalance. */
void _rmq_push_consumer_core_heartbeat (RmqPushConsumerCore *self, bool then_rebalance);
/* The same because a broker does not know us: at most once a second. */
void _rmq_push_consumer_core_heartbeat_again (RmqPushConsumerCore *self);
void _rmq_push_consumer_core_rebalance_now (RmqPushConsumerCore *self);
/* Asks for the routes that are missing, and goes on asking for a while. */
void _rmq_push_consumer_core_want_routes (RmqPushConsumerCore *self);
void _rmq_push_consumer_core_fetch_missing_routes (RmqTimer *timer, void *core);
/* One request for the route of a topic, whose answer everybody sees. */
void _rmq_push_consumer_core_refresh_route (RmqPushConsumerCore *self, const char *topic);

/* --- what the instance calls: rmq-push-consumer-member.c --- */
extern const struct _RmqConsumerInnerInterface _rmq_push_consumer_member_interface;

/* --- queues: rmq-owned-queues.c, I/O context --- */
/* Frees the puller. */
void _rmq_push_consumer_core_remove_puller (RmqPushConsumerCore *self, RmqPuller *puller);
/* The same, once what is finished has been committed for the last time: afterwards the new owner may be further. */
void _rmq_push_consumer_core_give_up (RmqPushConsumerCore *self, RmqPuller *puller);
/* Gives up every queue whose topic is not subscribed any more. */
void _rmq_push_consumer_core_drop_unsubscribed (RmqPushConsumerCore *self);
/* (transfer container): RmqPuller, for loops in which some of them go. */
GPtrArray *_rmq_push_consumer_core_dup_pullers (RmqPushConsumerCore *self);
/* (transfer full): RmqMessageQueue of a topic, in order, those that have begun. */
GPtrArray *_rmq_push_consumer_core_dup_assigned (RmqPushConsumerCore *self, RmqConsumerTopic *topic);
/* What dup_assignment () gives from now on, and the limits of a queue that follow from how many there are. */
void _rmq_push_consumer_core_publish_assignment (RmqPushConsumerCore *self);
/* Broadcasting: the file of the offsets, if they have changed. Tells of a failure, once until it works again. */
bool _rmq_push_consumer_core_write_offsets (RmqPushConsumerCore *self, GError **error);

/* --- results: rmq-consume-result.c, I/O context --- */
void _rmq_push_consumer_core_take_reports (RmqDelivery *delivery, void *core);
/* Looks for handlers that run too long; arms itself while anything is cached. */
void _rmq_push_consumer_core_watch_expiry (RmqPushConsumerCore *self);
void _rmq_push_consumer_core_expiry_came (RmqTimer *timer, void *core);

/* --- rmq-send-back.c, I/O context --- */
RmqSendBacks *_rmq_send_backs_new (RmqPushConsumerCore *core);
/* Cancels what is under way. */
void _rmq_send_backs_free (RmqSendBacks *self);
/* Nothing is on its way to a broker. */
bool _rmq_send_backs_is_idle (RmqSendBacks *self);
/* Gives a TAKEN item back to the broker; closes it, or hands it out again after a while. expired: its handler still
 * runs, and may yet finish it when all fails. */
void _rmq_send_backs_add (RmqSendBacks *self, RmqConsumeItem *item, int delay_level, bool expired);

/* --- rmq-direct-consume.c, I/O context --- */
void _rmq_push_consumer_core_consume_directly (RmqPushConsumerCore *self,
                                               RmqMessage *message,
                                               RmqConsumeDirectlyDone done,
                                               void *data);
void _rmq_direct_consume_reported (RmqDirectConsume *self);
/* The consumer ends: the broker is told so. */
void _rmq_direct_consume_abort (RmqDirectConsume *self);

RMQ_PRIVATE_END

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqPushConsumerCore, _rmq_push_consumer_core_unref)
