/* SPDX-License-Identifier: Apache-2.0
 *
 * One owned queue (RocketMQ: PullRequest and ProcessQueue): where it is, what it has cached, and its pull loop. Exactly
 * one request of it is under way, or one is scheduled, or it is parked and somebody will kick it. I/O context.
 */
#pragma once

#include "rmq-offset-store-private.h"
#include "rmq-push-consumer-core-private.h"
#include "wire/rmq-pull-result-private.h"

typedef enum
{
  RMQ_PULLER_STARTING, /* the offset to start from is being asked for */
  RMQ_PULLER_PULLING,
  RMQ_PULLER_RESETTING, /* a new offset is being committed; then the queue is given up and taken anew */
} RmqPullerState;

/* error: where to begin could not be found. */
typedef void (*RmqPullerStarted) (RmqPuller *self, const GError *error, void *data);

/* An answer whose messages were not looked at yet. */
typedef struct
{
  RmqPullResult result; /* all but the messages */
  RmqSlice body;
  GBytes *owner;  /* of the body; NULL: it is the frame's, valid during the call only */
  int64_t offset; /* that was asked for */
  int64_t sent_us;
} RmqPullAnswer;

struct _RmqPuller
{
  RmqPullTask task;
  RmqPushConsumerCore *core;
  RmqConsumerTopic *topic; /* referenced */
  RmqMessageQueue *queue;
  char *broker_name; /* GRefString */
  RmqPullerState state;
  RmqProcessQueue cache;
  RmqOffset offset;
  int64_t next_offset;
  int64_t suggested_broker;
  RmqCall *call;                    /* the pull under way */
  RmqPullAnswer answer;             /* with an owner: waits until the next pull has left */
  RmqIoDeferred take_answer;        /* for it, at the end of the turn */
  RmqOffsetRequest *offset_request; /* while starting or resetting, or to confirm the offset */
  int64_t confirming;
  RmqPullerStarted started;
  void *started_data;
  bool parked;
  int64_t pulled_us; /* when the last pull began, or was put off */
  int64_t pull_sent_us;
  int64_t last_pull_ms;
  int64_t last_consume_ms;
  unsigned n_failures; /* in a row */
  unsigned n_corrupt;  /* pulls in a row whose body was damaged */
};

RMQ_PRIVATE_BEGIN

RmqPuller *_rmq_puller_new (RmqPushConsumerCore *core, RmqConsumerTopic *topic, RmqMessageQueue *queue);
/* Nothing of it is heard of again: what is cached is no longer ours, results of it are ignored. Commits nothing. */
void _rmq_puller_free (RmqPuller *self);

/* 03 §7.9: the stored offset, else what the settings say. done exactly once unless it is freed before;
 * perhaps at once. */
void _rmq_puller_find_start (RmqPuller *self, RmqPullerStarted done, void *data);
/* After that: begins to pull. */
void _rmq_puller_begin (RmqPuller *self);
/* No request of it goes on, and no new one begins: the consumer closes. */
void _rmq_puller_stop (RmqPuller *self);
/* Something it may have been waiting for has changed. */
void _rmq_puller_kick (RmqPuller *self);
/* Pulls anew with what the topic's subscription is now. */
void _rmq_puller_resubscribe (RmqPuller *self);
/* The queue goes on from offset, whatever was cached: it is committed, given up and taken anew by the next rebalance.
 */
void _rmq_puller_reset (RmqPuller *self, int64_t offset);
/* Tells the broker of the offset if it changed, one-way; once more, with an answer, when it did not. Says whether the
 * broker is still to be told, or to confirm. */
bool _rmq_puller_commit (RmqPuller *self);
/* Broadcasting: what brokers are told otherwise goes into the local table. False: it is for the broker. */
bool _rmq_puller_commit_locally (RmqPuller *self);
/* True when nothing has been pulled for that long. */
bool _rmq_puller_is_idle (RmqPuller *self, int64_t limit_us);
/* Items have been finished: raises the offset, and pulls on if that makes room. */
void _rmq_puller_items_closed (RmqPuller *self);

/* For the pull loop's own files. */
void _rmq_puller_answered (RmqPuller *self, const RmqFrame *response, const GError *error);
void _rmq_puller_take_answer (RmqIoDeferred *deferred);
/* Whether the next pull may leave although the messages of this answer are not in the cache. */
bool _rmq_puller_may_go_ahead (RmqPuller *self, const RmqPullAnswer *answer);
/* As if the answer that waits had not come. */
void _rmq_puller_drop_answer (RmqPuller *self);
void _rmq_puller_pull_after (RmqPuller *self, int64_t delay_us);
void _rmq_puller_pull (RmqPuller *self);
/* Counts, logs, and tells the application when it lasts. */
void _rmq_puller_failed (RmqPuller *self, const GError *error);

RMQ_PRIVATE_END
