/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqBrokerHold: what waits where, and what ends a wait. (RocketMQ: PullRequestHoldService, PopLongPollingService.)
 */
#include "broker/rmq-broker-core-private.h"

/* --- places -------------------------------------------------------------------------------------------------- */

static void
link_place (RmqBrokerHold *self, RmqBrokerHoldPlace **list, RmqBrokerTopic *topic)
{
  RmqBrokerHoldPlace *place;

  g_assert (self->n_places < RMQ_HOLD_MAX_PLACES);
  place = &self->places[self->n_places++];
  *place = (RmqBrokerHoldPlace){ .hold = self, .next = *list, .list = list, .topic = topic };
  if (*list != NULL)
    (*list)->prev = place;
  *list = place;
  if (topic != NULL)
    topic->n_holds++;
}

static void
unlink_place (RmqBrokerHoldPlace *place)
{
  RmqBrokerCore *core = place->hold->core;

  if (place->list == NULL)
    return;
  if (core->next_told == place)
    core->next_told = place->next;
  if (place->prev != NULL)
    place->prev->next = place->next;
  else
    *place->list = place->next;
  if (place->next != NULL)
    place->next->prev = place->prev;
  if (place->topic != NULL)
    place->topic->n_holds--;
  place->list = NULL;
}

void
_rmq_broker_hold_at_queue (RmqBrokerHold *self, RmqBrokerQueue *queue)
{
  link_place (self, &queue->holds, NULL);
}

void
_rmq_broker_hold_at_topic (RmqBrokerHold *self, RmqBrokerTopic *topic)
{
  link_place (self, &topic->holds, topic);
}

/* --- life ---------------------------------------------------------------------------------------------------- */

/* Out of all lists; what remains is the ticket and the owner's memory. */
static void
detach (RmqBrokerHold *self)
{
  RmqBrokerPeer *peer = rmq_broker_ticket_get_peer (&self->ticket);

  for (unsigned i = 0; i < self->n_places; i++)
    unlink_place (&self->places[i]);
  _rmq_timer_disarm (self->core->timers, &self->timer);
  if (self->prev != NULL)
    self->prev->next = self->next;
  else if (peer != NULL && peer->holds == self)
    peer->holds = self->next;
  if (self->next != NULL)
    self->next->prev = self->prev;
  self->prev = self->next = NULL;
}

static void
release (RmqBrokerHold *self)
{
  RmqBrokerTicket ticket = self->ticket;

  if (self->free != NULL)
    self->free (self);
  _rmq_broker_ticket_clear (&ticket);
}

/* False: its func runs, and who called that lets go of it. */
static bool
detach_idle (RmqBrokerHold *self)
{
  detach (self);
  self->over = true;
  return !self->telling;
}

void
_rmq_broker_hold_end (RmqBrokerHold *self)
{
  if (detach_idle (self))
    release (self);
}

static void
end_with (RmqBrokerHold *self, RmqHoldEvent event)
{
  if (!detach_idle (self))
    return;
  self->func (self->core, self, event, NULL);
  release (self);
}

static void
time_is_up (RmqTimer *timer, void *data)
{
  RmqBrokerHold *self = data;
  RmqIo *io = _rmq_io_ref (self->core->io);

  _rmq_io_enter (io);
  end_with (self, RMQ_HOLD_TIMEOUT);
  _rmq_io_leave (io);
  _rmq_io_unref (io);
}

void
_rmq_broker_hold_begin (RmqBrokerCore *core, RmqBrokerHold *self, const RmqBrokerTicket *ticket, int64_t timeout_ms)
{
  RmqBrokerPeer *peer = rmq_broker_ticket_get_peer (ticket);
  int64_t timeout_us = CLAMP (timeout_ms, 0, G_MAXINT32) * 1000;

  self->core = core;
  _rmq_broker_ticket_keep (&self->ticket, ticket);
  self->next = peer->holds;
  if (self->next != NULL)
    self->next->prev = self;
  peer->holds = self;
  rmq_timer_init (&self->timer, time_is_up, self);
  /* Holds that began near each other end in one wake-up. */
  _rmq_timer_arm (core->timers, &self->timer, rmq_broker_now_us (core) + timeout_us, MIN (timeout_us / 16, 100000));
}

/* --- news ---------------------------------------------------------------------------------------------------- */

void
_rmq_broker_news (RmqBrokerCore *core, RmqBrokerQueue *queue)
{
  if (queue->has_news || (queue->holds == NULL && queue->topic->holds == NULL))
    return;
  queue->has_news = true;
  g_ptr_array_add (core->news, queue);
  _rmq_io_defer (core->io, &core->tell);
}

static void
tell_one (RmqBrokerCore *core, RmqBrokerHold *hold, RmqBrokerQueue *queue)
{
  bool answered;

  hold->telling = true;
  answered = hold->func (core, hold, RMQ_HOLD_NEWS, queue);
  hold->telling = false;
  if (hold->over)
    release (hold);
  else if (answered)
    _rmq_broker_hold_end (hold);
}

static void
tell_list (RmqBrokerCore *core, RmqBrokerHoldPlace *list, RmqBrokerQueue *queue)
{
  core->next_told = list;
  while (core->next_told != NULL)
    {
      RmqBrokerHoldPlace *place = core->next_told;

      core->next_told = place->next;
      tell_one (core, place->hold, queue);
    }
}

void
_rmq_broker_tell_news (RmqIoDeferred *deferred)
{
  RmqBrokerCore *core = (RmqBrokerCore *) (void *) ((char *) deferred - G_STRUCT_OFFSET (RmqBrokerCore, tell));

  while (core->news->len > 0)
    {
      RmqBrokerQueue *queue = g_ptr_array_steal_index_fast (core->news, core->news->len - 1);

      queue->has_news = false;
      tell_list (core, queue->holds, queue);
      tell_list (core, queue->topic->holds, queue);
    }
}

void
_rmq_broker_wake_topic (RmqBrokerCore *core, RmqBrokerTopic *topic)
{
  for (int32_t i = 0; i < topic->n_queues && topic->holds != NULL; i++)
    if (topic->queues[i] != NULL)
      _rmq_broker_news (core, topic->queues[i]);
}

/* --- ends ---------------------------------------------------------------------------------------------------- */

void
_rmq_broker_holds_connection_closed (RmqBrokerPeer *peer)
{
  while (peer->holds != NULL)
    end_with (peer->holds, RMQ_HOLD_CLOSED);
}

void
_rmq_broker_holds_topic_gone (RmqBrokerCore *core, RmqBrokerTopic *topic)
{
  while (topic->holds != NULL)
    end_with (topic->holds->hold, RMQ_HOLD_GONE);
  for (int32_t i = 0; i < topic->n_queues; i++)
    while (topic->queues[i] != NULL && topic->queues[i]->holds != NULL)
      end_with (topic->queues[i]->holds->hold, RMQ_HOLD_GONE);
}

void
_rmq_broker_holds_stop (RmqBrokerCore *core)
{
  const GPtrArray *topics = _rmq_broker_topics_get_all (core->topics);

  for (unsigned i = 0; i < topics->len; i++)
    _rmq_broker_holds_topic_gone (core, g_ptr_array_index (topics, i));
}
