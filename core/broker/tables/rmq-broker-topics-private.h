/* SPDX-License-Identifier: Apache-2.0
 *
 * Topics and their queues. One hash look-up by name, then pointers: a queue is what the store, holds and offsets hang
 * on.
 */
#pragma once

#include "broker/rmq-broker-types-private.h"
#include "base/rmq-slice-private.h"
#include "wire/rmq-topic-config-private.h"

struct _RmqBrokerQueue
{
  RmqBrokerTopic *topic;
  int32_t id;
  int64_t min_offset; /* the first that is kept; = max_offset when none is */
  int64_t max_offset; /* of the next message */
  int64_t last_store_ms;
  void *store_data; /* the store's own */
  RmqBrokerHoldPlace *holds;
  bool has_news; /* in core->news */
};

struct _RmqBrokerTopic
{
  char *name;
  RmqSlice slice; /* of name */
  uint64_t id;    /* never used again in this process: a topic made anew under the same name has another */
  int32_t read_queues;
  int32_t write_queues;
  int32_t perm;
  int32_t sys_flag;
  int32_t filter_type;
  bool order;
  bool unrouted;                /* the name server was told to forget it; until it is changed */
  int32_t route_perm;           /* what routes say instead of perm, as long; -1: nothing else */
  bool system;                  /* not for applications */
  GPtrArray *attributes;        /* RmqStringPair */
  const RmqBrokerModule *owner; /* whose stored () hears of its messages, or NULL */
  RmqBrokerQueue **queues;      /* by id; NULL until somebody asked for it */
  int32_t n_queues;             /* places in queues: may be more than the topic has now */
  RmqBrokerHoldPlace *holds;    /* that wait for any of its queues */
  unsigned n_holds;
  uint32_t next_queue; /* for senders that leave the choice to the broker */
};

#define RMQ_BROKER_MAX_QUEUES 65536

RMQ_PRIVATE_BEGIN

RmqBrokerTopics *_rmq_broker_topics_new (RmqBrokerCore *core);
void _rmq_broker_topics_free (RmqBrokerTopics *self);
/* What the store knows, and the topics every broker has. */
bool _rmq_broker_topics_load (RmqBrokerTopics *self, GError **error);

RmqBrokerTopic *_rmq_broker_topics_find (RmqBrokerTopics *self, RmqSlice name);
/* Makes it, or gives it these queues and permission; persists and announces it. */
RmqBrokerTopic *_rmq_broker_topics_ensure (RmqBrokerTopics *self, RmqSlice name, int queues, int perm);
/* The same with everything that a topic has. The config is copied. */
RmqBrokerTopic *_rmq_broker_topics_update (RmqBrokerTopics *self, const RmqTopicConfigBody *config);
/* After members were changed by hand. */
void _rmq_broker_topic_changed (RmqBrokerTopics *self, RmqBrokerTopic *topic);
/* Messages, queues and holds go; modules hear of it. */
void _rmq_broker_topics_delete (RmqBrokerTopics *self, RmqBrokerTopic *topic);
/* In the order of their making. The array belongs to self and changes with it. */
const GPtrArray *_rmq_broker_topics_get_all (RmqBrokerTopics *self);
const RmqDataVersion *_rmq_broker_topics_get_version (RmqBrokerTopics *self);
/* Fills in a config as it goes to clients. */
void _rmq_broker_topic_to_config (const RmqBrokerTopic *topic, RmqTopicConfigBody *config);

/* For a message to a topic that may not exist: made when that is allowed and default_topic is there; else NULL. */
RmqBrokerTopic *_rmq_broker_topics_find_or_create (RmqBrokerTopics *self,
                                                   RmqSlice name,
                                                   RmqSlice default_topic,
                                                   int default_queues);

/* Attaches it to the store when it is used first. NULL: id is not 0 … max (read, write) - 1, or the store failed. */
RmqBrokerQueue *_rmq_broker_topic_get_queue (RmqBrokerCore *core, RmqBrokerTopic *topic, int32_t id);
/* Also queues beyond the topic's present number, which it had before. */
RmqBrokerQueue *_rmq_broker_topic_get_any_queue (RmqBrokerCore *core, RmqBrokerTopic *topic, int32_t id);

RMQ_PRIVATE_END

static inline int32_t
rmq_broker_topic_get_n_queues (const RmqBrokerTopic *topic)
{
  return MAX (topic->read_queues, topic->write_queues);
}

static inline bool
rmq_broker_topic_is_readable (const RmqBrokerTopic *topic)
{
  return (topic->perm & RMQ_PERM_READ) != 0;
}

static inline bool
rmq_broker_topic_is_writable (const RmqBrokerTopic *topic)
{
  return (topic->perm & RMQ_PERM_WRITE) != 0;
}
