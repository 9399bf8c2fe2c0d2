/* SPDX-License-Identifier: Apache-2.0
 *
 * `rmq consume --exit-at-end`: the ends of the queues when it began, and whether the group's committed offsets have
 * reached them, whoever consumed.
 */
#include "rmq-cli-consume.h"

#define POLL_MS 200

typedef struct
{
  Consume *consume;
  RmqMessageQueue *queue;
  int64_t end;
} ConsumeTarget;

static void
target_free (gpointer data)
{
  ConsumeTarget *self = data;

  rmq_message_queue_unref (self->queue);
  g_free (self);
}

static void
range_free (gpointer data)
{
  ConsumeRange *self = data;

  rmq_message_queue_unref (self->queue);
  g_free (self);
}

GPtrArray *
consume_dup_ranges (Consume *self, GError **error)
{
  g_autoptr (RmqTopicRouteInfo) route = rmq_admin_get_route (self->admin, self->topic, NULL, error);
  g_autoptr (GPtrArray) ranges = g_ptr_array_new_with_free_func (range_free);
  g_autoptr (GPtrArray) queues = NULL;

  if (route == NULL)
    return NULL;
  queues = rmq_topic_route_info_dup_read_queues (route);
  for (guint i = 0; i < queues->len; i++)
    {
      g_autoptr (GError) reason = NULL;
      ConsumeRange *range = g_new0 (ConsumeRange, 1);

      range->queue = rmq_message_queue_ref (queues->pdata[i]);
      g_ptr_array_add (ranges, range);
      range->min = rmq_admin_get_min_offset (self->admin, range->queue, NULL, &reason);
      range->max = reason == NULL ? rmq_admin_get_max_offset (self->admin, range->queue, NULL, &reason) : 0;
      if (reason != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&reason));
          return NULL;
        }
    }
  return g_steal_pointer (&ranges);
}

bool
consume_find_ends (Consume *self, GError **error)
{
  g_autoptr (GPtrArray) ranges = consume_dup_ranges (self, error);

  if (ranges == NULL)
    return false;
  g_clear_pointer (&self->targets, g_ptr_array_unref);
  self->targets = g_ptr_array_new_with_free_func (target_free);
  for (guint i = 0; i < ranges->len; i++)
    {
      const ConsumeRange *range = ranges->pdata[i];
      ConsumeTarget *target;

      if (range->max <= range->min)
        continue;
      target = g_new0 (ConsumeTarget, 1);
      target->consume = self;
      target->queue = rmq_message_queue_ref (range->queue);
      target->end = range->max;
      g_ptr_array_add (self->targets, target);
    }
  return true;
}

static gboolean ask (gpointer data);

static void
answered (GObject *source, GAsyncResult *result, gpointer data)
{
  ConsumeTarget *target = data;
  Consume *self = target->consume;
  g_autoptr (GError) error = NULL;
  int64_t committed = rmq_admin_get_committed_offset_finish (RMQ_ADMIN (source), result, &error);

  if (error == NULL && committed >= target->end)
    g_ptr_array_remove (self->targets, target);
  if (--self->n_asked > 0)
    return;
  if (self->targets->len == 0)
    g_main_loop_quit (self->loop);
  else
    self->poll_id = g_timeout_add (POLL_MS, ask, self);
}

static gboolean
ask (gpointer data)
{
  Consume *self = data;
  g_autoptr (GError) error = NULL;
  guint n;

  self->poll_id = 0;
  /* A broker shows an acknowledged message in its queue some milliseconds later: the ends are looked at once more. */
  if (!self->ends_settled && !consume_find_ends (self, &error))
    rmq_cli_say (self->cli, "rmq consume: the ends of the queues are not known: %s", error->message);
  self->ends_settled = true;
  n = self->targets != NULL ? self->targets->len : 0;
  if (n == 0)
    {
      g_main_loop_quit (self->loop);
      return G_SOURCE_REMOVE;
    }
  self->n_asked = n;
  for (guint i = 0; i < n; i++)
    {
      ConsumeTarget *target = self->targets->pdata[i];

      rmq_admin_get_committed_offset_async (self->admin, self->group, target->queue, G_PRIORITY_DEFAULT, NULL, answered,
                                            target);
    }
  return G_SOURCE_REMOVE;
}

void
consume_watch_ends (Consume *self)
{
  self->poll_id = g_timeout_add (POLL_MS, ask, self);
}
