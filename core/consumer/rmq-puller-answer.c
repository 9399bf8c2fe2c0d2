/* SPDX-License-Identifier: Apache-2.0
 *
 * What an answer to a pull means for its queue (03 §7.4): messages, nothing new, another offset, or a failure.
 */
#include "rmq-puller-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-sync-private.h"
#include "client/rmq-compression-table-private.h"

#define FLOW_CONTROL_DELAY_US (20 * G_TIME_SPAN_MILLISECOND)
/* A broker that answers at once and brings the queue no further is asked at most a hundred times a second. */
#define NO_PROGRESS_DELAY_US (10 * G_TIME_SPAN_MILLISECOND)
/* A body whose checksum is wrong is pulled again this often, in case it was damaged on its way; then its message is
 * delivered as corrupt, because it must have been stored so. */
#define MAX_CORRUPT_PULLS 3

/* --- failures --- */

/* The broker does not know our subscription, or an older one. */
static bool
is_subscription_code (int code)
{
  return code == RMQ_RESPONSE_SUBSCRIPTION_NOT_EXIST || code == RMQ_RESPONSE_SUBSCRIPTION_NOT_LATEST
         || code == RMQ_RESPONSE_FILTER_DATA_NOT_EXIST || code == RMQ_RESPONSE_FILTER_DATA_NOT_LATEST;
}

static void
refused (RmqPuller *self, int code, const GError *error)
{
  int64_t delay = _rmq_client_core_get_settings (self->core->client)->pull_retry_delay;

  if (is_subscription_code (code))
    _rmq_push_consumer_core_heartbeat_again (self->core);
  if (code == RMQ_RESPONSE_FLOW_CONTROL)
    delay = MIN (delay, FLOW_CONTROL_DELAY_US);
  else
    _rmq_puller_failed (self, error);
  _rmq_puller_pull_after (self, delay);
}

static void
damaged (RmqPuller *self, const GError *error)
{
  g_autofree char *queue = rmq_message_queue_to_string (self->queue);

  self->n_corrupt++;
  self->core->n_corrupt++;
  rmq_warning ("consumer", queue, "What was pulled at offset %" G_GINT64_FORMAT " is damaged, it is pulled again: %s",
               self->next_offset, error->message);
  if (self->n_corrupt >= MAX_CORRUPT_PULLS)
    _rmq_client_core_emit_queue_stalled (self->core->client, self->core->inner.group, self->queue, error->message);
  _rmq_puller_pull_after (self, _rmq_client_core_get_settings (self->core->client)->pull_retry_delay);
}

/* --- messages --- */

/* A message that comes again shows its own topic. */
static void
restore_topic (RmqPuller *self, RmqMessage *message)
{
  RmqSlice topic = _rmq_message_find_literal (message, RMQ_PROPERTY_RETRY_TOPIC);
  g_autofree char *name = NULL;
  RmqConsumerTopic *known;

  if (topic.data == NULL || topic.len == 0)
    return;
  name = rmq_slice_dup (topic);
  known = _rmq_push_consumer_core_find_topic (self->core, name);
  if (known != NULL)
    _rmq_message_override_topic (message, known->name);
  else
    {
      char *made = g_ref_string_new (name);

      _rmq_message_override_topic (message, made);
      rmq_ref_string_release (made);
    }
}

/* Into the cache; what lies at or below something already cached has been delivered before. */
static void
cache_batch (RmqPuller *self, RmqConsumeBatch *batch)
{
  batch->puller = self;
  for (unsigned i = 0, n_items = batch->n_items; i < n_items; i++)
    {
      RmqConsumeItem *item = &batch->items[i];

      if (_rmq_process_queue_put (&self->cache, &item->entry))
        continue;
      _rmq_consume_item_take (item);
      _rmq_consume_item_close (item);
    }
}

static RmqDeliveryUnit *
take_messages (RmqPuller *self, RmqPullResult *result)
{
  RmqDeliveryUnit *unit;
  RmqConsumeBatch *batch;
  unsigned n_messages = result->messages->len;

  if (n_messages == 0)
    return NULL;
  for (unsigned i = 0; self->topic->is_retry && i < n_messages; i++)
    restore_topic (self, g_ptr_array_index (result->messages, i));
  batch = _rmq_consume_batch_new (self->core->delivery, (RmqMessage **) result->messages->pdata, n_messages);
  g_ptr_array_set_free_func (result->messages, NULL);
  /* The unit holds the batch, should nothing of it be new. */
  unit = _rmq_delivery_unit_new (batch, 0, n_messages);
  cache_batch (self, batch);
  _rmq_push_consumer_core_watch_expiry (self->core);
  return unit;
}

/* The next request, unless it has left already. */
static void
pull_on (RmqPuller *self, const RmqPullAnswer *answer)
{
  int64_t now = _rmq_io_now (self->core->io);

  self->next_offset = answer->result.next_begin_offset;
  if (self->cache.count == 0)
    _rmq_puller_items_closed (self);
  if (self->next_offset > answer->offset || now - answer->sent_us >= NO_PROGRESS_DELAY_US)
    _rmq_puller_pull_after (self, self->core->settings.pull_interval * G_TIME_SPAN_MILLISECOND);
  else
    _rmq_puller_pull_after (self, NO_PROGRESS_DELAY_US);
}

static void
parsed (RmqPuller *self, RmqPullAnswer *answer)
{
  RmqPullResult *result = &answer->result;
  RmqDeliveryUnit *unit = NULL;

  self->n_failures = 0;
  self->n_corrupt = 0;
  if (result->status == RMQ_PULL_OFFSET_ILLEGAL)
    {
      _rmq_puller_reset (self, result->next_begin_offset);
      return;
    }
  if (result->status == RMQ_PULL_FOUND)
    {
      int64_t now = _rmq_io_now (self->core->io);

      self->core->n_filtered += result->n_decoded - result->messages->len;
      self->core->n_corrupt += result->stats.n_corrupt;
      _rmq_consumer_stats_pulled (&self->topic->stats, now, now - answer->sent_us, result->messages->len);
      unit = take_messages (self, result);
    }
  /* The next request leaves before the handler is called. */
  pull_on (self, answer);
  if (unit != NULL)
    _rmq_delivery_add (self->core->delivery, unit);
}

static bool
parse_body (RmqPuller *self, RmqPullAnswer *answer, GError **error)
{
  RmqPullContext context = {
    .decode = {
      .flags = self->n_corrupt >= MAX_CORRUPT_PULLS ? RMQ_DECODE_CRC_MARK : RMQ_DECODE_CRC_FAIL,
      .topic = self->topic->name,
      .broker_name = self->broker_name,
      .compression = _rmq_compression_table_get (),
      .budget = _rmq_client_core_get_budget (self->core->client),
    },
    .queue_id = rmq_message_queue_get_queue_id (self->queue),
    .queue_offset = answer->offset,
    .subscription = self->topic->subscription,
  };

  return _rmq_pull_result_parse_body (&answer->result, answer->body, answer->owner, &context, error);
}

/* Takes what answer holds. */
static void
take (RmqPuller *self, RmqPullAnswer *answer)
{
  g_autoptr (GError) error = NULL;

  if (answer->result.status != RMQ_PULL_FOUND || parse_body (self, answer, &error))
    parsed (self, answer);
  else
    {
      /* Whatever has been asked for meanwhile comes after it. */
      g_clear_pointer (&self->call, _rmq_call_cancel);
      self->next_offset = answer->offset;
      damaged (self, error);
    }
  _rmq_pull_result_clear (&answer->result);
  g_clear_pointer (&answer->owner, g_bytes_unref);
}

/* The handlers hear of the messages of a turn at its end. */
static void
tell_handlers (RmqPushConsumerCore *core)
{
  if (core->n_waiting_answers == 0)
    _rmq_delivery_kick (core->delivery);
}

/* What the puller keeps until it is taken counts as retained. */
static void
put_answer (RmqPuller *self, const RmqPullAnswer *answer)
{
  self->answer = *answer;
  self->core->n_waiting_answers++;
  _rmq_budget_take (_rmq_client_core_get_budget (self->core->client), answer->body.len);
}

static RmqPullAnswer
steal_answer (RmqPuller *self)
{
  RmqPullAnswer answer = self->answer;

  self->answer = (RmqPullAnswer){ 0 };
  self->core->n_waiting_answers--;
  _rmq_budget_release (_rmq_client_core_get_budget (self->core->client), answer.body.len);
  return answer;
}

void
_rmq_puller_take_answer (RmqIoDeferred *deferred)
{
  RmqPuller *self = (RmqPuller *) ((char *) deferred - offsetof (RmqPuller, take_answer));
  RmqPushConsumerCore *core = self->core;
  RmqPullAnswer answer = steal_answer (self);

  take (self, &answer);
  tell_handlers (core);
}

void
_rmq_puller_drop_answer (RmqPuller *self)
{
  RmqPullAnswer answer;

  if (self->answer.owner == NULL)
    return;
  _rmq_io_undefer (self->core->io, &self->take_answer);
  answer = steal_answer (self);
  self->next_offset = answer.offset;
  g_bytes_unref (answer.owner);
  tell_handlers (self->core);
}

/* The broker shall be at work while we are: the next pull is sent first, the messages of this one are taken at the end
 * of the turn, after it was written. */
static void
go_ahead (RmqPuller *self, const RmqPullAnswer *answer)
{
  put_answer (self, answer);
  self->next_offset = answer->result.next_begin_offset;
  _rmq_puller_pull (self);
  _rmq_io_defer (self->core->io, &self->take_answer);
}

void
_rmq_puller_answered (RmqPuller *self, const RmqFrame *response, const GError *error)
{
  RmqPullAnswer answer = { .offset = self->next_offset, .sent_us = self->pull_sent_us };
  g_autoptr (GError) parse_error = NULL;

  if (error != NULL)
    {
      refused (self, -1, error);
      return;
    }
  if (!_rmq_pull_result_parse_header (&answer.result, response, &parse_error))
    {
      if (g_error_matches (parse_error, RMQ_ERROR, RMQ_ERROR_PROTOCOL))
        damaged (self, parse_error);
      else
        refused (self, response->code, parse_error);
      return;
    }

  self->suggested_broker = answer.result.suggest_which_broker_id;
  answer.body = response->body;
  if (answer.result.status == RMQ_PULL_FOUND && answer.body.len > 0)
    answer.owner = rmq_frame_share (response);
  if (answer.owner != NULL && _rmq_puller_may_go_ahead (self, &answer))
    go_ahead (self, &answer);
  else
    {
      RmqPushConsumerCore *core = self->core;

      take (self, &answer);
      tell_handlers (core);
    }
}
