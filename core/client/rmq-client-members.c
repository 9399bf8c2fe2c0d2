/* SPDX-License-Identifier: Apache-2.0
 *
 * Producers and consumers of a client (RocketMQ: producerTable, consumerTable): how they join, and how they leave the
 * brokers.
 */
#include "rmq-client-core-internal-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"
#include "rmq-rebalance-service-private.h"
#include "wire/rmq-codes-private.h"
#include "wire/rmq-header-consumer-private.h"

/* Even a close without patience gives the brokers the time of one round trip. */
#define MIN_UNREGISTER_US (300 * G_TIME_SPAN_MILLISECOND)
#define UNREGISTER_ACCURACY_US (20 * G_TIME_SPAN_MILLISECOND)

static bool
add_member (RmqClientCore *self,
            GHashTable *table,
            char *group,
            const void *owner,
            void *member,
            const char *what,
            GError **error)
{
  if (_rmq_client_core_get_state (self) != RMQ_STATE_RUNNING || g_hash_table_contains (self->gone, owner))
    {
      _rmq_set_error (error, RMQ_ERROR_CLOSED, NULL, "The client is closed");
      return false;
    }
  if (!g_hash_table_contains (table, group))
    {
      g_hash_table_insert (table, group, member);
      return true;
    }
  _rmq_set_error (error, RMQ_ERROR_DUPLICATE_GROUP, NULL,
                  "The %s group %s has been created before on this client: use another group, or another client", what,
                  group);
  return false;
}

bool
_rmq_client_core_add_producer (RmqClientCore *self, RmqProducerInner *producer, GError **error)
{
  if (!add_member (self, self->producers, producer->group, producer->owner, producer, "producer", error))
    return false;
  _rmq_client_events_emit (self->events, RMQ_CLIENT_EVENT_PRODUCER_ADDED, producer->group, NULL);
  _rmq_client_core_heartbeat_now (self, NULL, NULL);
  return true;
}

bool
_rmq_client_core_add_consumer (RmqClientCore *self, RmqConsumerInner *consumer, GError **error)
{
  if (!add_member (self, self->consumers, consumer->group, consumer->owner, consumer, "consumer", error))
    return false;
  _rmq_client_events_emit (self->events, RMQ_CLIENT_EVENT_CONSUMER_ADDED, consumer->group, NULL);
  _rmq_rebalance_service_add (self->rebalance_service, consumer);
  return true;
}

/* --- Leaving the brokers: UNREGISTER_CLIENT --- */

typedef struct
{
  RmqClientCore *core;
  RmqTimer timer;
  GHashTable *calls;
  bool open; /* still handing out requests */
  void (*done) (void *data);
  void *data;
} Unregistration;

static void
unregistration_end (Unregistration *self)
{
  GHashTableIter iter;
  gpointer call;

  g_hash_table_iter_init (&iter, self->calls);
  while (g_hash_table_iter_next (&iter, &call, NULL))
    _rmq_call_cancel (call);
  g_hash_table_unref (self->calls);
  _rmq_timer_disarm (_rmq_io_get_timers (self->core->io), &self->timer);
  if (self->done != NULL)
    self->done (self->data);
  _rmq_client_core_unref (self->core);
  g_free (self);
}

static void
unregistered (RmqCall *call, const RmqFrame *response, const GError *error, void *data)
{
  Unregistration *self = data;

  if (error != NULL)
    rmq_debug ("client", self->core->settings->client_id, "Could not unregister: %s", error->message);
  g_hash_table_remove (self->calls, call);
  if (!self->open && g_hash_table_size (self->calls) == 0)
    unregistration_end (self);
}

static void
unregistration_timed_out (RmqTimer *timer, void *data)
{
  unregistration_end (data);
}

typedef struct
{
  Unregistration *unregistration;
  const RmqUnregisterClientRequestHeader *header;
  int64_t timeout_us;
} UnregisterRound;

/* Only brokers with a connection know us: the others forgot us when it broke. */
static void
unregister_at (const char *broker_name, int64_t broker_id, const char *address, void *data)
{
  UnregisterRound *round = data;
  Unregistration *self = round->unregistration;

  if (!_rmq_remoting_client_is_open (self->core->remoting, address))
    return;
  g_hash_table_add (self->calls, _rmq_client_core_call (self->core, address, RMQ_REQUEST_UNREGISTER_CLIENT,
                                                        RMQ_HEADER (UnregisterClientRequestHeader), round->header, NULL,
                                                        round->timeout_us, unregistered, self));
}

void
_rmq_client_core_unregister (RmqClientCore *self,
                             const char *producer_group,
                             const char *consumer_group,
                             int64_t deadline_us,
                             void (*done) (void *data),
                             void *data)
{
  Unregistration *unregistration = g_new0 (Unregistration, 1);
  RmqUnregisterClientRequestHeader header = { 0 };
  int64_t left = MAX (deadline_us - _rmq_io_now (self->io), MIN_UNREGISTER_US);

  unregistration->core = _rmq_client_core_ref (self);
  unregistration->calls = g_hash_table_new (NULL, NULL);
  unregistration->open = true;
  unregistration->done = done;
  unregistration->data = data;
  rmq_timer_init (&unregistration->timer, unregistration_timed_out, unregistration);

  RMQ_HEADER_SET (header, client_id, rmq_slice_from_string (self->settings->client_id));
  if (producer_group != NULL)
    RMQ_HEADER_SET (header, producer_group, rmq_slice_from_string (producer_group));
  if (consumer_group != NULL)
    RMQ_HEADER_SET (header, consumer_group, rmq_slice_from_string (consumer_group));
  if (!self->shut && self->remoting != NULL)
    _rmq_client_core_foreach_broker_address (self, unregister_at, &(UnregisterRound){ unregistration, &header, left });

  unregistration->open = false;
  if (g_hash_table_size (unregistration->calls) == 0)
    unregistration_end (unregistration);
  else
    _rmq_timer_arm (_rmq_io_get_timers (self->io), &unregistration->timer, _rmq_io_now (self->io) + left,
                    UNREGISTER_ACCURACY_US);
}

void
_rmq_client_core_forget_producer (RmqClientCore *self, RmqProducerInner *producer)
{
  if (g_hash_table_lookup (self->producers, producer->group) != producer)
    return;
  g_hash_table_remove (self->producers, producer->group);
  _rmq_client_events_emit (self->events, RMQ_CLIENT_EVENT_PRODUCER_REMOVED, producer->group, NULL);
}

void
_rmq_client_core_remove_producer (RmqClientCore *self,
                                  RmqProducerInner *producer,
                                  int64_t deadline_us,
                                  void (*done) (void *data),
                                  void *data)
{
  _rmq_client_core_forget_producer (self, producer);
  _rmq_client_core_unregister (self, producer->group, NULL, deadline_us, done, data);
}

void
_rmq_client_core_forget_consumer (RmqClientCore *self, RmqConsumerInner *consumer)
{
  if (g_hash_table_lookup (self->consumers, consumer->group) != consumer)
    return;
  g_hash_table_remove (self->consumers, consumer->group);
  if (self->rebalance_service != NULL)
    _rmq_rebalance_service_remove (self->rebalance_service, consumer);
  _rmq_client_events_emit (self->events, RMQ_CLIENT_EVENT_CONSUMER_REMOVED, consumer->group, NULL);
}

void
_rmq_client_core_remove_consumer (RmqClientCore *self,
                                  RmqConsumerInner *consumer,
                                  int64_t deadline_us,
                                  void (*done) (void *data),
                                  void *data)
{
  _rmq_client_core_forget_consumer (self, consumer);
  _rmq_client_core_unregister (self, NULL, consumer->group, deadline_us, done, data);
}

void
_rmq_client_core_emit_rebalanced (RmqClientCore *self, const char *group, const char *topic)
{
  _rmq_client_events_emit (self->events, RMQ_CLIENT_EVENT_REBALANCED, group, topic);
}

void
_rmq_client_core_emit_queue_stalled (RmqClientCore *self, const char *group, RmqMessageQueue *queue, const char *reason)
{
  rmq_warning ("consumer", group, "Queue stalled: %s", reason);
  _rmq_client_events_emit_stalled (self->events, group, queue, reason);
}
