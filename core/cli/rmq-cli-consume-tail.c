/* SPDX-License-Identifier: Apache-2.0
 *
 * `rmq consume --tail N`: the last messages of a topic over all its queues, and then what comes. It reads as a browser
 * does: no group gets a member, loses a queue, or has an offset changed.
 */
#include "rmq-cli-consume.h"

/* A broker shows an acknowledged message in its queue some milliseconds later; then it has to be looked at later. */
#define SETTLE_MS 200
#define BATCH 256
#define WAIT_MS 15000
#define IDLE_MS 100
#define RETRY_MS 1000

typedef struct
{
  Consume *consume;
  GCancellable *cancellable;
  GPtrArray *queues; /* TailQueue */
  GPtrArray *last;   /* the newest so far; NULL: they are printed, and what comes is followed */
  GError *error;     /* what ended it */
  unsigned n_behind; /* queues that have not been read to where they ended at the start */
  unsigned n_asked;
  guint begin_id;
} ConsumeTail;

typedef struct
{
  ConsumeTail *tail;
  RmqMessageQueue *queue;
  int64_t next;
  int64_t end;
  guint timer_id;
  bool failing;
} TailQueue;

static void
tail_queue_free (void *data)
{
  TailQueue *self = data;

  g_clear_handle_id (&self->timer_id, g_source_remove);
  rmq_message_queue_unref (self->queue);
  g_free (self);
}

static int
compare_messages (gconstpointer a, gconstpointer b)
{
  RmqMessage *left = *(RmqMessage *const *) a;
  RmqMessage *right = *(RmqMessage *const *) b;
  int64_t left_time = rmq_message_get_store_timestamp (left);
  int64_t right_time = rmq_message_get_store_timestamp (right);
  int order = left_time < right_time ? -1 : left_time > right_time;

  if (order == 0)
    order = g_strcmp0 (rmq_message_get_broker_name (left), rmq_message_get_broker_name (right));
  if (order == 0)
    order = rmq_message_get_queue_id (left) - rmq_message_get_queue_id (right);
  if (order != 0)
    return order;
  return rmq_message_get_queue_offset (left) < rmq_message_get_queue_offset (right) ? -1 : 1;
}

/* The oldest of what is kept go first. */
static void
keep_newest (ConsumeTail *self)
{
  guint wanted = (guint) self->consume->tail;

  g_ptr_array_sort (self->last, compare_messages);
  if (self->last->len > wanted)
    g_ptr_array_remove_range (self->last, 0, self->last->len - wanted);
}

static void read_on (TailQueue *queue);

static void
last_are_known (ConsumeTail *self)
{
  Consume *consume = self->consume;
  g_autoptr (GPtrArray) last = NULL;

  keep_newest (self);
  last = g_steal_pointer (&self->last);
  for (guint i = 0; i < last->len; i++)
    if (!consume_print (consume, last->pdata[i]))
      return;
  if (consume->exit_at_end)
    {
      g_main_loop_quit (consume->loop);
      return;
    }
  for (guint i = 0; i < self->queues->len; i++)
    read_on (self->queues->pdata[i]);
}

static gboolean
timer_ended (gpointer data)
{
  TailQueue *queue = data;

  queue->timer_id = 0;
  read_on (queue);
  return G_SOURCE_REMOVE;
}

static void
failed (TailQueue *queue, GError *error)
{
  ConsumeTail *self = queue->tail;

  if (self->last != NULL)
    {
      g_clear_error (&self->error);
      self->error = error;
      g_main_loop_quit (self->consume->loop);
      return;
    }
  if (!queue->failing)
    {
      g_autofree char *name = rmq_message_queue_to_string (queue->queue);

      rmq_cli_say (self->consume->cli, "rmq consume: %s is read again and again: %s", name, error->message);
    }
  queue->failing = true;
  queue->timer_id = g_timeout_add (RETRY_MS, timer_ended, queue);
  g_error_free (error);
}

static void
keep (TailQueue *queue, GPtrArray *messages, bool progress)
{
  ConsumeTail *self = queue->tail;

  for (guint i = 0; i < messages->len; i++)
    if (rmq_message_get_queue_offset (messages->pdata[i]) < queue->end
        && consume_wants (self->consume, messages->pdata[i]))
      g_ptr_array_add (self->last, rmq_message_ref (messages->pdata[i]));
  if (self->last->len / 2 > self->consume->tail + BATCH)
    keep_newest (self);
  if (progress && queue->next < queue->end)
    read_on (queue);
  else if (--self->n_behind == 0)
    last_are_known (self);
}

static void
follow (TailQueue *queue, GPtrArray *messages, bool progress)
{
  for (guint i = 0; i < messages->len; i++)
    if (consume_wants (queue->tail->consume, messages->pdata[i])
        && !consume_print (queue->tail->consume, messages->pdata[i]))
      return;
  if (progress)
    read_on (queue);
  else
    queue->timer_id = g_timeout_add (IDLE_MS, timer_ended, queue);
}

static void
answered (GObject *source, GAsyncResult *result, gpointer data)
{
  TailQueue *queue = data;
  ConsumeTail *self = queue->tail;
  GError *error = NULL;
  int64_t next = queue->next;
  g_autoptr (GPtrArray) messages = rmq_admin_browse_finish (RMQ_ADMIN (source), result, &next, &error);
  bool progress = next != queue->next;

  self->n_asked--;
  if (g_cancellable_is_cancelled (self->cancellable))
    {
      g_clear_error (&error);
      return;
    }
  if (messages == NULL)
    {
      failed (queue, error);
      return;
    }
  queue->failing = false;
  queue->next = next;
  if (self->last != NULL)
    keep (queue, messages, progress);
  else
    follow (queue, messages, progress);
}

static void
read_on (TailQueue *queue)
{
  ConsumeTail *self = queue->tail;

  self->n_asked++;
  rmq_admin_browse_async (self->consume->admin, self->consume->group, queue->queue, queue->next, BATCH,
                          self->last == NULL ? WAIT_MS : 0, G_PRIORITY_DEFAULT, self->cancellable, answered, queue);
}

/* N newest of the topic are among the N newest of each queue. */
static gboolean
begin (gpointer data)
{
  ConsumeTail *self = data;
  g_autoptr (GPtrArray) ranges = consume_dup_ranges (self->consume, &self->error);

  self->begin_id = 0;
  if (ranges == NULL)
    {
      g_main_loop_quit (self->consume->loop);
      return G_SOURCE_REMOVE;
    }
  for (guint i = 0; i < ranges->len; i++)
    {
      const ConsumeRange *range = ranges->pdata[i];
      TailQueue *queue = g_new0 (TailQueue, 1);

      queue->tail = self;
      queue->queue = rmq_message_queue_ref (range->queue);
      queue->end = range->max;
      queue->next = MAX (range->min, range->max - MIN (self->consume->tail, range->max));
      g_ptr_array_add (self->queues, queue);
      self->n_behind += queue->next < queue->end;
    }
  if (self->n_behind == 0)
    last_are_known (self);
  else
    for (guint i = 0; i < self->queues->len; i++)
      if (((TailQueue *) self->queues->pdata[i])->next < ((TailQueue *) self->queues->pdata[i])->end)
        read_on (self->queues->pdata[i]);
  return G_SOURCE_REMOVE;
}

RmqCliExit
consume_tail (Consume *consume)
{
  ConsumeTail self = { .consume = consume };
  RmqCliExit exit_code;

  self.cancellable = g_cancellable_new ();
  self.queues = g_ptr_array_new_with_free_func (tail_queue_free);
  self.last = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_unref);
  self.begin_id = g_timeout_add (consume->exit_at_end ? SETTLE_MS : 0, begin, &self);
  exit_code = consume_run_loop (consume);

  g_cancellable_cancel (self.cancellable);
  g_clear_handle_id (&self.begin_id, g_source_remove);
  while (self.n_asked > 0)
    g_main_context_iteration (NULL, TRUE);
  g_clear_pointer (&self.last, g_ptr_array_unref);
  g_ptr_array_unref (self.queues);
  g_object_unref (self.cancellable);
  if (self.error != NULL)
    return rmq_cli_fail (consume->cli, self.error);
  return exit_code;
}
