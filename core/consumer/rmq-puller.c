/* SPDX-License-Identifier: Apache-2.0
 *
 * The pull loop of one queue: when it pulls, what it asks, when it does not, and how it is given a new offset.
 */
#include "rmq-puller-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-sync-private.h"
#include "wire/rmq-constants-private.h"
#include "wire/rmq-flags-private.h"
#include "wire/rmq-header-pull-private.h"

/* From the third failure in a row on the application hears of it, each time their number has doubled. */
#define FIRST_STALL 3

static RmqPullService *
get_service (RmqPuller *self)
{
  return _rmq_client_core_get_pull_service (self->core->client);
}

static const RmqClientSettings *
get_settings (RmqPuller *self)
{
  return _rmq_client_core_get_settings (self->core->client);
}

static void commit_reset (RmqPuller *self);

static void
run_task (RmqPullTask *task)
{
  RmqPuller *self = (RmqPuller *) ((char *) task - offsetof (RmqPuller, task));

  if (self->state == RMQ_PULLER_RESETTING)
    commit_reset (self);
  else
    _rmq_puller_pull (self);
}

RmqPuller *
_rmq_puller_new (RmqPushConsumerCore *core, RmqConsumerTopic *topic, RmqMessageQueue *queue)
{
  RmqPuller *self = g_new0 (RmqPuller, 1);

  self->task.run = run_task;
  self->take_answer.run = _rmq_puller_take_answer;
  self->core = core;
  self->topic = _rmq_consumer_topic_ref (topic);
  self->queue = rmq_message_queue_ref (queue);
  self->broker_name = g_ref_string_new (rmq_message_queue_get_broker_name (queue));
  self->suggested_broker = RMQ_MASTER_BROKER_ID;
  self->pulled_us = _rmq_io_now (core->io);
  rmq_offset_init (&self->offset);
  _rmq_process_queue_init (&self->cache);
  return self;
}

static bool
forget_item (RmqProcessEntry *entry, void *data)
{
  RmqConsumeItem *item = rmq_consume_item_of_entry (entry);

  rmq_consume_item_get_batch (item)->puller = NULL;
  _rmq_consume_item_take (item);
  _rmq_consume_item_close (item);
  return true;
}

static void
stop_requests (RmqPuller *self)
{
  _rmq_pull_service_cancel (get_service (self), &self->task);
  g_clear_pointer (&self->call, _rmq_call_cancel);
  _rmq_puller_drop_answer (self);
  g_clear_pointer (&self->offset_request, _rmq_offset_request_cancel);
}

void
_rmq_puller_stop (RmqPuller *self)
{
  stop_requests (self);
}

void
_rmq_puller_free (RmqPuller *self)
{
  stop_requests (self);
  _rmq_process_queue_foreach (&self->cache, forget_item, NULL);
  _rmq_process_queue_clear (&self->cache);
  _rmq_consumer_topic_unref (self->topic);
  rmq_message_queue_unref (self->queue);
  rmq_ref_string_release (self->broker_name);
  g_free (self);
}

/* --- when not to pull --- */

static bool
is_full (RmqPuller *self)
{
  return self->cache.count > self->core->threshold_count || self->cache.bytes > self->core->threshold_bytes
         || _rmq_process_queue_get_span (&self->cache) > self->core->settings.pull_threshold_span;
}

/* What the whole client retains is at its limit. Nobody tells when messages are let go, so it is looked at again. */
static bool
is_over_budget (RmqPuller *self, size_t more)
{
  RmqBudget *budget = _rmq_client_core_get_budget (self->core->client);
  size_t limit = _rmq_budget_get_limit (budget);

  return limit > 0 && _rmq_budget_get_used (budget) + more >= limit;
}

bool
_rmq_puller_may_go_ahead (RmqPuller *self, const RmqPullAnswer *answer)
{
  const RmqPushConsumerCore *core = self->core;
  int64_t begin = self->cache.count > 0 ? _rmq_process_queue_get_min_offset (&self->cache) : answer->offset;
  int64_t end = answer->result.next_begin_offset;

  return self->state == RMQ_PULLER_PULLING && core->settings.pull_interval == 0 && end > answer->offset
         && self->cache.count + core->settings.pull_batch_size <= core->threshold_count
         && self->cache.bytes + answer->body.len <= core->threshold_bytes
         && end - begin <= core->settings.pull_threshold_span && !is_over_budget (self, answer->body.len);
}

/* A broker that is too old would deliver everything. What is not known yet is asked by a heartbeat. */
static bool
check_sql (RmqPuller *self, const char *address)
{
  g_autoptr (GError) error = NULL;
  int version;

  if (_rmq_subscription_is_tag_type (self->topic->subscription->type))
    return true;
  version = _rmq_client_core_get_broker_version (self->core->client, address);
  if (version >= RMQ_VERSION_V4_1_0_SNAPSHOT)
    return true;
  if (version == 0)
    {
      _rmq_push_consumer_core_heartbeat_again (self->core);
      return false;
    }
  error = _rmq_error_new (RMQ_ERROR_NOT_SUPPORTED, NULL, "The broker at %s is too old for %s expressions", address,
                          self->topic->subscription->type);
  _rmq_puller_failed (self, error);
  return false;
}

/* --- pulling --- */

static void
answered (RmqCall *call, const RmqFrame *response, const GError *error, void *data)
{
  RmqPuller *self = data;

  self->call = NULL;
  _rmq_puller_answered (self, response, error);
}

static void
send_pull (RmqPuller *self, const char *address, bool is_slave)
{
  RmqPushConsumerCore *core = self->core;
  const RmqClientSettings *settings = get_settings (self);
  RmqPullMessageRequestHeader header = { 0 };

  RMQ_HEADER_SET (header, consumer_group, rmq_slice_from_string (core->inner.group));
  RMQ_HEADER_SET (header, topic, rmq_slice_from_string (self->topic->name));
  RMQ_HEADER_SET (header, queue_id, rmq_message_queue_get_queue_id (self->queue));
  RMQ_HEADER_SET (header, queue_offset, self->next_offset);
  RMQ_HEADER_SET (header, max_msg_nums, (int32_t) core->settings.pull_batch_size);
  RMQ_HEADER_SET (header, sys_flag, _rmq_pull_flag_build (false, true, false, false, false));
  /* Pulls carry no offset: a broker takes it when it has the messages, perhaps after a commit that was sent later and
   * acknowledged, and goes back to it. */
  RMQ_HEADER_SET (header, commit_offset, 0);
  RMQ_HEADER_SET (header, suspend_timeout_millis, settings->pull_suspend / 1000);
  RMQ_HEADER_SET (header, sub_version, self->topic->pull_version);
  RMQ_HEADER_SET (header, expression_type, rmq_slice_from_string (self->topic->subscription->type));
  RMQ_HEADER_SET (header, max_msg_bytes, (int32_t) core->settings.pull_batch_bytes);
  RMQ_HEADER_SET (header, bname, rmq_slice_from_string (self->broker_name));
  self->pull_sent_us = _rmq_io_now (core->io);
  self->last_pull_ms = _rmq_clock_realtime_ms (settings->clock);
  self->call =
      _rmq_client_core_call (core->client, address, RMQ_REQUEST_PULL_MESSAGE, RMQ_HEADER (PullMessageRequestHeader),
                             &header, NULL, settings->pull_timeout, answered, self);
}

void
_rmq_puller_pull (RmqPuller *self)
{
  RmqPushConsumerCore *core = self->core;
  bool is_slave = false;
  const char *address;

  self->pulled_us = _rmq_io_now (core->io);
  if (self->state != RMQ_PULLER_PULLING || self->call != NULL
      || _rmq_push_consumer_core_get_state (core) != RMQ_STATE_RUNNING)
    return;
  self->parked = core->paused || is_full (self);
  if (self->parked)
    return;
  if (is_over_budget (self, 0))
    {
      _rmq_puller_pull_after (self, MAX (1, get_settings (self)->flow_control_delay));
      return;
    }

  address = _rmq_client_core_find_broker (core->client, self->broker_name, self->suggested_broker, false, &is_slave);
  if (address == NULL)
    {
      g_autoptr (GError) error =
          _rmq_error_new (RMQ_ERROR_BROKER_NOT_FOUND, NULL, "No address of broker %s is known", self->broker_name);

      _rmq_puller_failed (self, error);
      _rmq_push_consumer_core_refresh_route (core, self->topic->name);
      _rmq_puller_pull_after (self, get_settings (self)->pull_retry_delay);
    }
  else if (!check_sql (self, address))
    _rmq_puller_pull_after (self, get_settings (self)->pull_retry_delay);
  else
    send_pull (self, address, is_slave);
}

void
_rmq_puller_pull_after (RmqPuller *self, int64_t delay_us)
{
  if (delay_us > 0)
    _rmq_pull_service_schedule (get_service (self), &self->task, delay_us);
  else
    _rmq_puller_pull (self);
}

void
_rmq_puller_failed (RmqPuller *self, const GError *error)
{
  g_autofree char *queue = NULL;

  self->n_failures++;
  if (self->n_failures != 1 && (self->n_failures < FIRST_STALL || (self->n_failures & (self->n_failures - 1)) != 0))
    return;
  queue = rmq_message_queue_to_string (self->queue);
  rmq_warning ("consumer", queue, "Pulling for group %s failed, %u times in a row: %s", self->core->inner.group,
               self->n_failures, error->message);
  if (self->n_failures >= FIRST_STALL)
    _rmq_client_core_emit_queue_stalled (self->core->client, self->core->inner.group, self->queue, error->message);
}

void
_rmq_puller_begin (RmqPuller *self)
{
  self->state = RMQ_PULLER_PULLING;
  /* Where it begins may be news to the broker. */
  if (rmq_offset_is_unconfirmed (&self->offset))
    _rmq_client_core_commit_soon (self->core->client);
  _rmq_pull_service_schedule (get_service (self), &self->task, 0);
}

void
_rmq_puller_kick (RmqPuller *self)
{
  if (!self->parked)
    return;
  self->parked = false;
  _rmq_puller_pull (self);
}

void
_rmq_puller_resubscribe (RmqPuller *self)
{
  if (self->state != RMQ_PULLER_PULLING)
    return;
  g_clear_pointer (&self->call, _rmq_call_cancel);
  self->parked = false;
  _rmq_pull_service_schedule (get_service (self), &self->task, 0);
}

bool
_rmq_puller_is_idle (RmqPuller *self, int64_t limit_us)
{
  return self->state == RMQ_PULLER_PULLING && !self->parked && limit_us > 0
         && _rmq_io_now (self->core->io) - self->pulled_us > limit_us;
}

void
_rmq_puller_items_closed (RmqPuller *self)
{
  int64_t finished = self->next_offset;

  if (self->cache.count > 0)
    finished = _rmq_process_queue_get_min_offset (&self->cache);
  else if (self->answer.owner != NULL)
    finished = self->answer.offset;

  if (rmq_offset_update (&self->offset, finished, true))
    _rmq_client_core_commit_soon (self->core->client);
  if (self->parked)
    _rmq_puller_kick (self);
}

/* --- commits --- */

static void
confirmed (int64_t offset, const GError *error, void *data)
{
  RmqPuller *self = data;

  self->offset_request = NULL;
  if (error == NULL)
    self->offset.acked = self->confirming;
}

bool
_rmq_puller_commit_locally (RmqPuller *self)
{
  if (self->core->local_offsets == NULL)
    return false;
  if (self->offset.value >= 0)
    _rmq_local_offsets_set (self->core->local_offsets, self->queue, self->offset.value);
  self->offset.sent = self->offset.acked = self->offset.value;
  return true;
}

bool
_rmq_puller_commit (RmqPuller *self)
{
  RmqPushConsumerCore *core = self->core;
  RmqOffset *offset = &self->offset;

  if (self->state != RMQ_PULLER_PULLING || _rmq_puller_commit_locally (self))
    return false;
  if (rmq_offset_is_changed (offset))
    {
      if (_rmq_offset_commit_oneway (core->client, core->inner.group, self->queue, offset->value))
        offset->sent = offset->value;
    }
  else if (rmq_offset_is_unconfirmed (offset) && self->offset_request == NULL)
    {
      /* It has come to rest: the last word may have been lost with its connection, so it is said until it is heard. */
      self->confirming = offset->value;
      self->offset_request =
          _rmq_offset_commit (core->client, core->inner.group, self->queue, offset->value, 0, confirmed, self);
    }
  return rmq_offset_is_unconfirmed (offset);
}

/* --- a new offset --- */

static void
reset_committed (int64_t offset, const GError *error, void *data)
{
  RmqPuller *self = data;
  RmqPushConsumerCore *core = self->core;

  self->offset_request = NULL;
  if (error != NULL)
    {
      _rmq_puller_failed (self, error);
      _rmq_pull_service_schedule (get_service (self), &self->task, get_settings (self)->pull_retry_delay);
      return;
    }
  _rmq_push_consumer_core_remove_puller (core, self);
  _rmq_push_consumer_core_rebalance_now (core);
}

/* Until the broker has it, the queue is not taken anew: it would begin at the old offset. */
static void
commit_reset (RmqPuller *self)
{
  if (_rmq_push_consumer_core_get_state (self->core) != RMQ_STATE_RUNNING)
    return;
  if (_rmq_puller_commit_locally (self))
    {
      reset_committed (self->offset.value, NULL, self);
      return;
    }
  self->offset_request = _rmq_offset_commit (self->core->client, self->core->inner.group, self->queue,
                                             self->offset.value, 0, reset_committed, self);
}

void
_rmq_puller_reset (RmqPuller *self, int64_t offset)
{
  g_autofree char *queue = rmq_message_queue_to_string (self->queue);

  rmq_notice ("consumer", queue, "Group %s goes on from offset %" G_GINT64_FORMAT " instead of %" G_GINT64_FORMAT,
              self->core->inner.group, offset, self->next_offset);
  stop_requests (self);
  _rmq_process_queue_foreach (&self->cache, forget_item, NULL);
  _rmq_process_queue_clear (&self->cache);
  self->state = RMQ_PULLER_RESETTING;
  self->parked = false;
  self->offset.frozen = false;
  rmq_offset_update_and_freeze (&self->offset, MAX (offset, 0));
  /* Not while the caller still has it. */
  if (self->core->local_offsets != NULL)
    _rmq_pull_service_schedule (get_service (self), &self->task, 0);
  else
    commit_reset (self);
}
