/* SPDX-License-Identifier: Apache-2.0
 *
 * How the client instance calls up to producers and consumers (RocketMQ: MQProducerInner, MQConsumerInner). All calls
 * in the I/O context. A member is embedded in the core of its producer or consumer, which outlives its registration.
 */
#pragma once

#include "wire/rmq-heartbeat-private.h"
#include "wire/rmq-consumer-running-info-private.h"
#include "wire/rmq-frame-private.h"
#include "wire/rmq-message-private.h"

typedef struct _RmqClientCore RmqClientCore;
typedef struct _RmqRoute RmqRoute;
typedef struct _RmqProducerInner RmqProducerInner;
typedef struct _RmqConsumerInner RmqConsumerInner;

typedef void (*RmqTopicFunc) (const char *topic, void *data);

struct _RmqProducerInner
{
  const struct _RmqProducerInnerInterface *iface;
  char *group;
  const void *owner; /* the handle it was made with: compared, never looked into */
};

struct _RmqProducerInnerInterface
{
  void (*foreach_topic) (RmqProducerInner *self, RmqTopicFunc func, void *data);
  void (*route_changed) (RmqProducerInner *self, RmqRoute *route);
  /* A broker asks what became of a half message. frame: CHECK_TRANSACTION_STATE. */
  void (*check_transaction) (RmqProducerInner *self, const char *address, const RmqFrame *frame);
  /* The client closes under it: fail what is pending with error. */
  void (*client_closed) (RmqProducerInner *self, const GError *error);
};

typedef void (*RmqConsumeDirectlyDone) (const char *consume_result, /* "CR_SUCCESS" … */
                                        const char *remark,
                                        int64_t spent_ms,
                                        void *data);

struct _RmqConsumerInner
{
  const struct _RmqConsumerInnerInterface *iface;
  char *group;
  const void *owner; /* the handle it was made with: compared, never looked into */
};

struct _RmqConsumerInnerInterface
{
  void (*foreach_topic) (RmqConsumerInner *self, RmqTopicFunc func, void *data);
  void (*route_changed) (RmqConsumerInner *self, RmqRoute *route);
  void (*fill_heartbeat) (RmqConsumerInner *self, RmqHeartbeatData *data); /* adds one consumer */
  /* One pass over its topics, asynchronous; ends with _rmq_rebalance_service_done (). */
  void (*rebalance) (RmqConsumerInner *self);
  /* Says whether something is still to be told, or to be heard that it arrived. */
  bool (*persist_offsets) (RmqConsumerInner *self);
  /* 307 */
  void (*fill_running_info) (RmqConsumerInner *self, RmqConsumerRunningInfo *info);
  /* 220: offsets of topic, one per queue */
  void (*reset_offsets) (RmqConsumerInner *self, const char *topic, GPtrArray *queues, const int64_t *offsets);
  /* 221: calls add for every queue of topic with its committed offset */
  void (*foreach_offset) (RmqConsumerInner *self,
                          const char *topic,
                          void (*add) (RmqMessageQueue *queue, int64_t offset, void *data),
                          void *data);
  /* 309 */
  void (*consume_directly) (RmqConsumerInner *self, RmqMessage *message, RmqConsumeDirectlyDone done, void *data);
  void (*client_closed) (RmqConsumerInner *self, const GError *error);
};
