/* SPDX-License-Identifier: Apache-2.0
 *
 * When queues are pulled (RocketMQ: PullMessageService): one GSource of its own with a heap of tasks, attached to the
 * context that owns the connections, so that it also turns when the application only makes blocking calls.
 */
#include "rmq-pull-service-private.h"

struct _RmqPullService
{
  RmqTimerHeap *heap;
};

RmqPullService *
_rmq_pull_service_new (RmqClientCore *core)
{
  RmqIo *io = _rmq_client_core_get_io (core);
  RmqPullService *self = g_new0 (RmqPullService, 1);

  self->heap = _rmq_timer_heap_new (_rmq_io_get_clock (io), "rmq-pull-service");
  _rmq_timer_heap_attach (self->heap, _rmq_io_get_context (io), G_PRIORITY_DEFAULT);
  return self;
}

void
_rmq_pull_service_free (RmqPullService *self)
{
  _rmq_timer_heap_free (self->heap);
  g_free (self);
}

static void
run_task (RmqTimer *timer, void *data)
{
  RmqPullTask *task = data;

  task->run (task);
}

/* A pull after an error, or after a pause, is not in a hurry: a quarter of its delay may pass to share a wake-up. */
static int64_t
get_accuracy (int64_t delay_us)
{
  return delay_us / 4;
}

void
_rmq_pull_service_schedule (RmqPullService *self, RmqPullTask *task, int64_t delay_us)
{
  int64_t now = _rmq_timer_heap_now (self->heap);

  task->timer.func = run_task;
  task->timer.data = task;
  _rmq_timer_arm (self->heap, &task->timer, now + MAX (delay_us, 0), get_accuracy (MAX (delay_us, 0)));
}

void
_rmq_pull_service_cancel (RmqPullService *self, RmqPullTask *task)
{
  _rmq_timer_disarm (self->heap, &task->timer);
}
