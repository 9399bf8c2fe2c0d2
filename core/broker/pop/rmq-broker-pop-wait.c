/* SPDX-License-Identifier: Apache-2.0
 *
 * POPs and notifications that wait for messages, and how many may. (RocketMQ: PopLongPollingService.)
 */
#include "broker/tables/rmq-broker-hash-private.h"
#include "rmq-broker-pop-private.h"

/* An answer leaves that much before the client's time is up. */
#define EARLY_MS 50

typedef struct
{
  RmqBrokerHold hold;
  RmqBrokerPop *pop;
  RmqPopRequest request;
  char *group; /* what the request's slices point to */
  char *attempt_id;
  char *key;
  RmqPopTry attempt;
  RmqPopGiveUp give_up;
} Wait;

static unsigned
count_key (RmqBrokerPop *pop, const char *key)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (pop->polls, key));
}

static void
change_count (RmqBrokerPop *pop, const char *key, int by)
{
  unsigned n = count_key (pop, key) + (unsigned) by;

  pop->n_polls += (unsigned) by;
  if (n == 0)
    g_hash_table_remove (pop->polls, key);
  else
    g_hash_table_insert (pop->polls, g_strdup (key), GUINT_TO_POINTER (n));
}

static void
wait_free (void *data)
{
  Wait *wait = data;

  change_count (wait->pop, wait->key, -1);
  g_clear_pointer (&wait->request.filter, _rmq_broker_filter_unref);
  g_free (wait->group);
  g_free (wait->attempt_id);
  g_free (wait->key);
  g_free (wait);
}

static bool
on_hold_event (RmqBrokerCore *core, RmqBrokerHold *hold, RmqHoldEvent event, RmqBrokerQueue *queue)
{
  Wait *wait = (Wait *) hold;

  if (event == RMQ_HOLD_NEWS)
    return wait->attempt (wait->pop, &hold->ticket, &wait->request);
  if (event != RMQ_HOLD_CLOSED)
    wait->give_up (wait->pop, &hold->ticket, &wait->request);
  return true;
}

/* False: it cannot wait where it is to. */
static bool
place (Wait *wait)
{
  RmqBrokerQueue *queue;

  if (wait->request.queue_id < 0)
    {
      _rmq_broker_hold_at_topic (&wait->hold, wait->request.topic);
      return true;
    }
  queue = _rmq_broker_topic_get_queue (wait->pop->core, wait->request.topic, wait->request.queue_id);
  if (queue != NULL)
    _rmq_broker_hold_at_queue (&wait->hold, queue);
  return queue != NULL;
}

static char *
make_key (RmqSlice topic, RmqSlice group, int32_t queue_id)
{
  g_autofree char *topic_text = rmq_slice_dup (topic);
  g_autofree char *group_text = rmq_slice_dup (group);

  return _rmq_pop_polling_key (topic_text, group_text, queue_id);
}

static int64_t
get_time_left (RmqBrokerPop *pop, int64_t born_ms, int64_t poll_ms)
{
  int64_t now_ms = rmq_broker_now_ms (pop->core);

  poll_ms = MIN (poll_ms, G_MAXINT32);
  born_ms = CLAMP (born_ms, now_ms - poll_ms, now_ms); /* clocks differ: never longer than was asked */
  return born_ms + poll_ms - EARLY_MS - now_ms;
}

RmqPopWaitResult
_rmq_broker_pop_wait (RmqBrokerPop *pop,
                      const RmqBrokerTicket *ticket,
                      RmqPopRequest *request,
                      int64_t born_ms,
                      int64_t poll_ms,
                      RmqPopTry attempt,
                      RmqPopGiveUp give_up)
{
  const RmqBrokerSettings *settings = pop->core->settings;
  g_autofree char *key = make_key (request->topic->slice, request->group, request->queue_id);
  int64_t left_ms = poll_ms > 0 && !pop->core->stopping ? get_time_left (pop, born_ms, poll_ms) : 0;
  Wait *wait;

  if (left_ms <= 0)
    return RMQ_POP_WAIT_NO_TIME;
  if (pop->n_polls >= settings->pop_max_polls || count_key (pop, key) >= settings->pop_max_polls_a_key)
    return RMQ_POP_WAIT_FULL;
  wait = g_new0 (Wait, 1);
  wait->pop = pop;
  wait->request = *request;
  request->filter = NULL;
  wait->request.group.data = wait->group = rmq_broker_slice_copy (request->group);
  if (request->attempt_id.data != NULL)
    wait->request.attempt_id.data = wait->attempt_id = rmq_broker_slice_copy (request->attempt_id);
  wait->key = g_steal_pointer (&key);
  wait->attempt = attempt;
  wait->give_up = give_up;
  wait->hold.func = on_hold_event;
  wait->hold.free = wait_free;
  change_count (pop, wait->key, 1);
  if (!place (wait))
    {
      wait_free (wait);
      return RMQ_POP_WAIT_NO_TIME;
    }
  _rmq_broker_hold_begin (pop->core, &wait->hold, ticket, left_ms);
  return RMQ_POP_WAITS;
}

void
_rmq_broker_pop_wake (RmqBrokerCore *core, RmqBrokerTopic *topic)
{
  bool told = false;

  /* Whoever waits at the topic is asked once, not for each queue. */
  for (int32_t i = 0; i < topic->n_queues; i++)
    if (topic->queues[i] != NULL && (topic->queues[i]->holds != NULL || (topic->holds != NULL && !told)))
      {
        _rmq_broker_news (core, topic->queues[i]);
        told = true;
      }
}

unsigned
_rmq_broker_pop_count_polls (RmqBrokerPop *pop, RmqSlice topic, RmqSlice group, int32_t queue_id)
{
  g_autofree char *key = make_key (topic, group, queue_id);

  return count_key (pop, key);
}
