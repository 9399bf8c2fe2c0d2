/* SPDX-License-Identifier: Apache-2.0
 *
 * When queues are pulled (RocketMQ: PullMessageService): one GSource with a heap for all queues of an instance.
 */
#pragma once

#include "rmq-client-core-private.h"

typedef struct _RmqPullTask RmqPullTask;

/* Embedded in whatever pulls a queue. */
struct _RmqPullTask
{
  void (*run) (RmqPullTask *task);
  RmqTimer timer;
};

RMQ_PRIVATE_BEGIN

RmqPullService *_rmq_pull_service_new (RmqClientCore *core);
void _rmq_pull_service_free (RmqPullService *self);
/* delay 0: in the next dispatch. Replaces what was scheduled for the task. */
void _rmq_pull_service_schedule (RmqPullService *self, RmqPullTask *task, int64_t delay_us);
void _rmq_pull_service_cancel (RmqPullService *self, RmqPullTask *task);

RMQ_PRIVATE_END
