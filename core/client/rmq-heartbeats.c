/* SPDX-License-Identifier: Apache-2.0
 *
 * Heartbeats (RocketMQ: sendHeartbeatToAllBroker): every interval to every broker, at once on each change and each new
 * connection. One that is asked for while another is under way follows it; none is ever dropped.
 */
#include "rmq-client-core-internal-private.h"

#include "base/rmq-log-private.h"
#include "wire/rmq-codes-private.h"
#include "wire/rmq-header-consumer-private.h"

#define INTERVAL_ACCURACY(interval) ((interval) / 10)

typedef struct
{
  void (*done) (void *data);
  void *data;
} Waiter;

typedef struct
{
  RmqHeartbeats *heartbeats;
  char *address;
  bool in_round;
} Beat;

struct _RmqHeartbeats
{
  RmqClientCore *core;
  RmqTimer timer;
  RmqIoDeferred deferred;
  unsigned n_in_round; /* answers still to come */
  bool round_open;
  bool again;
  GArray *waiters; /* of the round under way */
  GArray *next_waiters;
  GHashTable *calls; /* RmqCall → Beat */
};

static void begin_round (RmqHeartbeats *self);

static void
interval_passed (RmqTimer *timer, void *data)
{
  RmqHeartbeats *self = data;
  int64_t interval = self->core->settings->heartbeat_interval;

  _rmq_timer_arm (_rmq_io_get_timers (self->core->io), &self->timer, _rmq_io_now (self->core->io) + interval,
                  INTERVAL_ACCURACY (interval));
  _rmq_route_table_clean (self->core->routes);
  _rmq_broker_table_clean (self->core->brokers);
  _rmq_client_core_heartbeat_now (self->core, NULL, NULL);
}

static void
run_deferred (RmqIoDeferred *deferred)
{
  begin_round ((RmqHeartbeats *) ((uint8_t *) deferred - offsetof (RmqHeartbeats, deferred)));
}

static void
beat_free (gpointer data)
{
  Beat *self = data;

  g_free (self->address);
  g_free (self);
}

RmqHeartbeats *
_rmq_heartbeats_new (RmqClientCore *core)
{
  RmqHeartbeats *self = g_new0 (RmqHeartbeats, 1);

  self->core = core;
  rmq_timer_init (&self->timer, interval_passed, self);
  self->deferred.run = run_deferred;
  self->waiters = g_array_new (FALSE, FALSE, sizeof (Waiter));
  self->next_waiters = g_array_new (FALSE, FALSE, sizeof (Waiter));
  self->calls = g_hash_table_new_full (NULL, NULL, NULL, beat_free);
  return self;
}

/* Whoever waits is told, whatever became of the answers. */
static void
tell (GArray *waiters)
{
  g_autoptr (GArray) told = g_array_copy (waiters);

  g_array_set_size (waiters, 0);
  for (unsigned i = 0; i < told->len; i++)
    g_array_index (told, Waiter, i).done (g_array_index (told, Waiter, i).data);
}

void
_rmq_heartbeats_free (RmqHeartbeats *self)
{
  GHashTableIter iter;
  gpointer call;

  _rmq_timer_disarm (_rmq_io_get_timers (self->core->io), &self->timer);
  _rmq_io_undefer (self->core->io, &self->deferred);
  g_hash_table_iter_init (&iter, self->calls);
  while (g_hash_table_iter_next (&iter, &call, NULL))
    _rmq_call_cancel (call);
  tell (self->waiters);
  tell (self->next_waiters);
  g_array_unref (self->waiters);
  g_array_unref (self->next_waiters);
  g_hash_table_unref (self->calls);
  g_free (self);
}

void
_rmq_heartbeats_start (RmqHeartbeats *self)
{
  int64_t interval = self->core->settings->heartbeat_interval;

  _rmq_timer_arm (_rmq_io_get_timers (self->core->io), &self->timer, _rmq_io_now (self->core->io) + interval,
                  INTERVAL_ACCURACY (interval));
}

static void
round_step (RmqHeartbeats *self)
{
  if (self->n_in_round > 0)
    return;
  self->round_open = false;
  tell (self->waiters);
  if (!self->again || self->round_open)
    return;
  self->again = false;
  _rmq_io_defer (self->core->io, &self->deferred);
}

static void
answered (RmqCall *call, const RmqFrame *response, const GError *error, void *data)
{
  Beat *beat = data;
  RmqHeartbeats *self = beat->heartbeats;
  bool in_round = beat->in_round;

  if (error != NULL)
    rmq_info ("heartbeat", beat->address, "Heartbeat failed: %s", error->message);
  else if (response->code != RMQ_RESPONSE_SUCCESS)
    rmq_warning ("heartbeat", beat->address, "Heartbeat refused with code %d: %.*s", response->code,
                 (int) response->remark.len, response->remark.data != NULL ? response->remark.data : "");
  else
    _rmq_broker_table_set_version (self->core->brokers, beat->address, response->version);

  g_hash_table_remove (self->calls, call);
  if (!in_round)
    return;
  self->n_in_round--;
  round_step (self);
}

static GBytes *
encode (RmqClientCore *core)
{
  g_autoptr (RmqHeartbeatData) data = _rmq_heartbeat_data_new_for (core->settings->client_id);
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (RMQ_FRAME_MAX_LENGTH / 2);
  GHashTableIter iter;
  gpointer member;

  g_hash_table_iter_init (&iter, core->producers);
  while (g_hash_table_iter_next (&iter, NULL, &member))
    _rmq_heartbeat_data_add_producer (data, ((RmqProducerInner *) member)->group);
  g_hash_table_iter_init (&iter, core->consumers);
  while (g_hash_table_iter_next (&iter, NULL, &member))
    ((RmqConsumerInner *) member)->iface->fill_heartbeat (member, data);
  _rmq_heartbeat_data_encode (data, &out);
  return _rmq_byte_writer_steal (&out);
}

static bool
has_members (RmqClientCore *core)
{
  return g_hash_table_size (core->producers) + g_hash_table_size (core->consumers) > 0;
}

static void
send_beat (RmqHeartbeats *self, const char *address, GBytes *body, bool in_round)
{
  Beat *beat = g_new0 (Beat, 1);
  RmqCall *call;

  beat->heartbeats = self;
  beat->address = g_strdup (address);
  beat->in_round = in_round;
  call = _rmq_client_core_call (self->core, address, RMQ_REQUEST_HEART_BEAT, RMQ_HEADER (HeartbeatRequestHeader), NULL,
                                body, 0, answered, beat);
  g_hash_table_insert (self->calls, call, beat);
  if (in_round)
    self->n_in_round++;
}

typedef struct
{
  RmqHeartbeats *heartbeats;
  GBytes *body;
} Round;

static void
beat_one (const char *broker_name, int64_t broker_id, const char *address, void *data)
{
  Round *round = data;

  send_beat (round->heartbeats, address, round->body, true);
}

static void
begin_round (RmqHeartbeats *self)
{
  g_autoptr (GBytes) body = NULL;

  g_array_append_vals (self->waiters, self->next_waiters->data, self->next_waiters->len);
  g_array_set_size (self->next_waiters, 0);
  self->round_open = true;
  if (has_members (self->core))
    {
      body = encode (self->core);
      _rmq_client_core_foreach_broker (self->core, beat_one, &(Round){ self, body });
    }
  round_step (self);
}

void
_rmq_client_core_heartbeat_now (RmqClientCore *core, void (*done) (void *data), void *data)
{
  RmqHeartbeats *self = core->heartbeats;

  if (self == NULL)
    {
      if (done != NULL)
        done (data);
      return;
    }
  if (done != NULL)
    g_array_append_val (self->next_waiters, ((Waiter){ done, data }));
  if (self->round_open)
    self->again = true;
  else
    _rmq_io_defer (core->io, &self->deferred);
}

void
_rmq_heartbeats_greet (RmqHeartbeats *self, const char *address)
{
  g_autoptr (GBytes) body = NULL;
  GHashTableIter iter;
  gpointer beat;

  if (!has_members (self->core))
    return;
  /* The one that made the connection is on its way there. */
  g_hash_table_iter_init (&iter, self->calls);
  while (g_hash_table_iter_next (&iter, NULL, &beat))
    if (strcmp (((Beat *) beat)->address, address) == 0)
      return;
  body = encode (self->core);
  send_beat (self, address, body, false);
}
