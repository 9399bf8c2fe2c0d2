/* SPDX-License-Identifier: Apache-2.0
 *
 * When `rmq produce` may send the next message: --rate, and --order-key, which has one message on its way.
 */
#include "rmq-cli-produce.h"

static void
resume (Produce *self)
{
  if (self->lines != NULL)
    rmq_cli_lines_resume (self->lines);
  else
    produce_generate (self);
}

static gboolean
pace (gpointer data)
{
  Produce *self = data;

  self->pace_id = 0;
  resume (self);
  return G_SOURCE_REMOVE;
}

bool
produce_may_go (Produce *self)
{
  int64_t now;

  if (self->in_flight)
    return false;
  if (self->rate == 0)
    return true;
  now = g_get_monotonic_time ();
  if (self->next_us == 0)
    self->next_us = now;
  if (now < self->next_us)
    {
      if (self->pace_id == 0)
        self->pace_id = g_timeout_add ((guint) ((self->next_us - now) / 1000 + 1), pace, self);
      return false;
    }
  self->next_us += G_USEC_PER_SEC / self->rate;
  return true;
}

void
produce_stop_pacing (Produce *self)
{
  g_clear_handle_id (&self->pace_id, g_source_remove);
}

/* As Java hashes a string, so that its producers choose the same queue. */
static gint32
java_hash (const char *text)
{
  g_autofree gunichar2 *units = g_utf8_to_utf16 (text, -1, NULL, NULL, NULL);
  guint32 hash = 0;

  for (unsigned i = 0; units != NULL && units[i] != 0; i++)
    hash = hash * 31 + units[i];
  return (gint32) hash;
}

bool
produce_find_queue (Produce *self, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (GPtrArray) queues = rmq_producer_dup_queues (self->producer, self->topic, NULL, &reason);
  g_autoptr (RmqAdmin) admin = NULL;

  if (queues == NULL && g_error_matches (reason, RMQ_ERROR, RMQ_ERROR_NO_ROUTE))
    {
      g_clear_error (&reason);
      admin = rmq_admin_new (self->client);
      if (!rmq_admin_create_topic (admin, self->topic, 4, 4, RMQ_PERMISSION_READ | RMQ_PERMISSION_WRITE, NULL, NULL,
                                   error))
        return false;
      queues = rmq_producer_dup_queues (self->producer, self->topic, NULL, &reason);
    }
  if (queues == NULL || queues->len == 0)
    {
      if (reason == NULL)
        g_set_error (&reason, RMQ_ERROR, RMQ_ERROR_NO_PERMISSION, "Topic %s has no queue to write to", self->topic);
      g_propagate_error (error, g_steal_pointer (&reason));
      return false;
    }
  self->queue = rmq_message_queue_ref (queues->pdata[ABS (java_hash (self->order_key) % (gint32) queues->len)]);
  return true;
}

static void
ordered_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  Produce *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqSendReceipt) receipt = rmq_producer_send_to_queue_finish (RMQ_PRODUCER (source), result, &error);
  const RmqErrorDetails *details = error != NULL ? rmq_error_get_details (error) : NULL;

  self->in_flight = false;
  if (receipt != NULL)
    produce_receipt (self, receipt);
  else
    produce_failed (self, error, details != NULL ? rmq_error_details_get_outcome (details) : RMQ_OUTCOME_NOT_STORED);
  resume (self);
}

void
produce_ordered (Produce *self, RmqMessage *message)
{
  self->in_flight = true;
  rmq_producer_send_to_queue_async (self->producer, message, self->queue, G_PRIORITY_DEFAULT, NULL, ordered_sent, self);
}
