/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a queue that is taken begins (03 §7.9): at the group's offset, else where the settings say. A read that fails
 * is never taken for "none".
 */
#include "rmq-puller-private.h"

/* An offset that is not the broker's yet is committed as soon as it says something: were it lost, what is stored before
 * the next start would be skipped. */
static void
begin_at (RmqPuller *self, int64_t offset, bool is_stored)
{
  self->next_offset = offset;
  if (is_stored || offset > 0)
    self->offset.value = offset;
  if (is_stored)
    self->offset.sent = self->offset.acked = offset;
  self->started (self, NULL, self->started_data);
}

static void
end_found (int64_t offset, const GError *error, void *data)
{
  RmqPuller *self = data;

  self->offset_request = NULL;
  if (error != NULL)
    self->started (self, error, self->started_data);
  else
    begin_at (self, offset, false);
}

/* The group has no offset in this queue. Retries of the group are never skipped. */
static void
begin_by_policy (RmqPuller *self)
{
  RmqPushConsumerCore *core = self->core;
  RmqConsumeFrom from = core->settings.consume_from;

  if (self->topic->is_retry || from == RMQ_CONSUME_FROM_FIRST_OFFSET
      || (from == RMQ_CONSUME_FROM_SAFE && self->topic->group_is_known))
    begin_at (self, 0, false);
  else if (from == RMQ_CONSUME_FROM_TIMESTAMP)
    self->offset_request = _rmq_offset_search (core->client, self->queue, core->settings.timestamp_ms, end_found, self);
  else
    self->offset_request = _rmq_offset_read_max (core->client, self->queue, end_found, self);
}

static void
stored_found (int64_t offset, const GError *error, void *data)
{
  RmqPuller *self = data;

  self->offset_request = NULL;
  if (error != NULL)
    self->started (self, error, self->started_data);
  else if (offset >= 0)
    begin_at (self, offset, true);
  else
    begin_by_policy (self);
}

void
_rmq_puller_find_start (RmqPuller *self, RmqPullerStarted done, void *data)
{
  bool young_is_zero = self->core->settings.consume_from != RMQ_CONSUME_FROM_NEWEST;

  self->started = done;
  self->started_data = data;
  if (self->core->local_offsets != NULL)
    {
      stored_found (_rmq_local_offsets_get (self->core->local_offsets, self->queue), NULL, self);
      return;
    }
  self->offset_request =
      _rmq_offset_read (self->core->client, self->core->inner.group, self->queue, young_is_zero, stored_found, self);
}
