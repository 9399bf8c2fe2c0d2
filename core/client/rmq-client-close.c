/* SPDX-License-Identifier: Apache-2.0
 *
 * How a client ends (RocketMQ: MQClientInstance.shutdown): members fail what is pending, brokers are told, then
 * everything that lived in the I/O context goes.
 */
#include "rmq-client-core-internal-private.h"

#include "base/rmq-error-private.h"
#include "rmq-pull-service-private.h"
#include "rmq-rebalance-service-private.h"

typedef struct
{
  void (*done) (void *data);
  void *data;
} CloseWaiter;

static void
tell_closed (RmqClientCore *self)
{
  g_autoptr (GArray) waiters = g_array_copy (self->close_waiters);

  g_array_set_size (self->close_waiters, 0);
  for (unsigned i = 0; i < waiters->len; i++)
    g_array_index (waiters, CloseWaiter, i).done (g_array_index (waiters, CloseWaiter, i).data);
}

/* Everything that lives in the I/O context ends here. */
void
_rmq_client_core_shut (RmqClientCore *self)
{
  g_autoptr (GError) error = _rmq_error_new (RMQ_ERROR_CLOSED, NULL, "The client is closed");

  self->shut = true;
  self->awaits_discovery = false;
  _rmq_timer_disarm (_rmq_io_get_timers (self->io), &self->route_timer);
  _rmq_timer_disarm (_rmq_io_get_timers (self->io), &self->commit_timer);
  g_clear_pointer (&self->heartbeats, _rmq_heartbeats_free);
  _rmq_remoting_client_close (self->remoting);
  _rmq_route_table_fail_all (self->routes, error);
  g_clear_pointer (&self->rebalance_service, _rmq_rebalance_service_free);
  g_clear_pointer (&self->pull_service, _rmq_pull_service_free);
  g_clear_pointer (&self->name_servers, _rmq_name_servers_free);
  g_clear_pointer (&self->remoting, _rmq_remoting_client_unref);
}

/* Of all members, or of those of one handle. */
typedef struct
{
  RmqClientCore *core;
  const void *owner; /* NULL: of all, and then everything */
  unsigned n_left;
  void (*done) (void *data); /* with owner */
  void *data;
} Closing;

static void
member_gone (void *data)
{
  Closing *closing = data;
  RmqClientCore *self = closing->core;

  if (--closing->n_left > 0)
    return;
  if (closing->owner == NULL)
    {
      _rmq_client_core_shut (self);
      _rmq_client_core_set_state (self, RMQ_STATE_CLOSED);
      tell_closed (self);
    }
  else if (closing->done != NULL)
    {
      closing->done (closing->data);
    }
  g_free (closing);
  _rmq_client_core_unref (self);
}

static void
close_members (RmqClientCore *self, Closing *closing, int64_t deadline_us)
{
  g_autoptr (GError) error = _rmq_error_new (RMQ_ERROR_CLOSED, NULL, "The client was closed");
  g_autoptr (GPtrArray) producers = rmq_hash_table_dup_values (self->producers);
  g_autoptr (GPtrArray) consumers = rmq_hash_table_dup_values (self->consumers);

  for (unsigned i = 0; i < consumers->len; i++)
    {
      RmqConsumerInner *consumer = consumers->pdata[i];
      g_autofree char *group = NULL;

      if (closing->owner != NULL && consumer->owner != closing->owner)
        continue;
      /* Last offsets go out before the farewell; the member may be gone by then. */
      group = g_strdup (consumer->group);
      closing->n_left++;
      _rmq_client_core_forget_consumer (self, consumer);
      consumer->iface->client_closed (consumer, error);
      _rmq_client_core_unregister (self, NULL, group, deadline_us, member_gone, closing);
    }
  for (unsigned i = 0; i < producers->len; i++)
    {
      RmqProducerInner *producer = producers->pdata[i];
      g_autofree char *group = NULL;

      if (closing->owner != NULL && producer->owner != closing->owner)
        continue;
      group = g_strdup (producer->group);
      closing->n_left++;
      _rmq_client_core_forget_producer (self, producer);
      producer->iface->client_closed (producer, error);
      _rmq_client_core_unregister (self, group, NULL, deadline_us, member_gone, closing);
    }
}

/* One reference of the count is ours, so that nothing ends before all members were told. */
static void
begin_closing (RmqClientCore *self, const void *owner, int64_t deadline_us, void (*done) (void *data), void *data)
{
  Closing *closing = g_new0 (Closing, 1);

  closing->core = _rmq_client_core_ref (self);
  closing->owner = owner;
  closing->n_left = 1;
  closing->done = done;
  closing->data = data;
  close_members (self, closing, deadline_us);
  member_gone (closing);
}

void
_rmq_client_core_close_owner (RmqClientCore *self,
                              const void *owner,
                              int64_t deadline_us,
                              void (*done) (void *data),
                              void *data)
{
  if (_rmq_client_core_get_state (self) >= RMQ_STATE_CLOSING)
    {
      _rmq_client_core_close (self, deadline_us, done, data);
      return;
    }
  g_hash_table_add (self->gone, (void *) owner);
  begin_closing (self, owner, deadline_us, done, data);
}

void
_rmq_client_core_abandon (RmqClientCore *self)
{
  if (self->abandoned || self->remoting == NULL)
    return;
  self->abandoned = true;
  _rmq_remoting_client_abandon (self->remoting);
}

void
_rmq_client_core_close (RmqClientCore *self, int64_t deadline_us, void (*done) (void *data), void *data)
{
  RmqState state = _rmq_client_core_get_state (self);
  g_autoptr (GError) error = NULL;

  if (done != NULL)
    g_array_append_val (self->close_waiters, ((CloseWaiter){ done, data }));
  if (state == RMQ_STATE_CLOSING)
    return;
  if (state == RMQ_STATE_CREATED || state == RMQ_STATE_CLOSED)
    {
      self->shut = true;
      if (state == RMQ_STATE_CREATED)
        _rmq_client_core_set_state (self, RMQ_STATE_CLOSED);
      tell_closed (self);
      return;
    }

  _rmq_client_core_set_state (self, RMQ_STATE_CLOSING);
  error = _rmq_error_new (RMQ_ERROR_CLOSED, NULL, "The client was closed while it started");
  _rmq_client_core_tell_started (self, error);
  begin_closing (self, NULL, deadline_us, NULL, NULL);
}
