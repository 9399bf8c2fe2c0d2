/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqBrokerServer: faults that are asked for, before it is started and while it runs.
 */
#include "rmq-broker-server-internal-private.h"

#include "base/rmq-sync-private.h"
#include "broker/fault/rmq-broker-fault-private.h"

static void
add_now (RmqBrokerCore *core, void *data)
{
  g_autoptr (GError) error = NULL;

  /* It was parsed before. */
  if (!_rmq_broker_faults_add (core, data, &error))
    g_assert_not_reached ();
}

static void
clear_now (RmqBrokerCore *core, void *data)
{
  _rmq_broker_faults_clear (core);
}

void
_rmq_broker_server_bring_faults (RmqBrokerServer *self)
{
  g_autoptr (GPtrArray) faults = NULL;

  rmq_mutex_lock (&self->mutex);
  faults = g_steal_pointer (&self->faults);
  rmq_mutex_unlock (&self->mutex);
  for (unsigned i = 0; faults != NULL && i < faults->len; i++)
    add_now (self->core, g_ptr_array_index (faults, i));
}

/**
 * rmq_broker_server_add_fault:
 * @self: a server
 * @faults: what is to go wrong, `REQUEST:FAULT[*TIMES]`, several with commas between them
 * @error: return location for a [error@Rmq.Error]
 *
 * Lets something go wrong on purpose, for tests: `send:SYSTEM_BUSY*3` refuses the next three sends.
 *
 * REQUEST is `send`, `pull`, `pop`, `ack`, `route`, `heartbeat`, `commit`, `offset`, `lock`, `back`,
 * `end-transaction`, the name or number of a request code, or `*`; `/topic=T`, `/group=G` and `/skip=N` behind it
 * narrow it. FAULT is the name or number of a response code (`=TEXT` for its remark), `drop`, `mute`, `delay=200ms`,
 * `delay=50ms..1s`, `disk=20ms`, `drip=10/50ms`, `corrupt`, `corrupt=PLACE`, `opaque`, `twice`, `cut`, `cut-before`,
 * `cut-inside`, `cut-after`, `clock=+1h`. Of those that fit a request the one that was asked for first happens.
 *
 * What is asked for before the start counts from then on. All of it is forgotten when the server stops.
 * [signal@RmqBroker.Server::fault-fired] tells what happened.
 *
 * Returns: %FALSE: it is not understood, and nothing is changed
 */
gboolean
rmq_broker_server_add_fault (RmqBrokerServer *self, const char *faults, GError **error)
{
  g_autoptr (GPtrArray) parsed = NULL;
  g_autofree char *text = NULL;

  g_return_val_if_fail (RMQ_BROKER_IS_SERVER (self), FALSE);
  g_return_val_if_fail (faults != NULL, FALSE);

  parsed = _rmq_broker_faults_parse (faults, error);
  if (parsed == NULL)
    return FALSE;
  text = g_strdup (faults);
  if (_rmq_broker_server_call (self, add_now, text))
    return TRUE;
  rmq_mutex_lock (&self->mutex);
  if (self->faults == NULL)
    self->faults = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->faults, g_steal_pointer (&text));
  rmq_mutex_unlock (&self->mutex);
  return TRUE;
}

/**
 * rmq_broker_server_clear_faults:
 * @self: a server
 *
 * Nothing goes wrong on purpose any more. Answers that were held back already still come late.
 */
void
rmq_broker_server_clear_faults (RmqBrokerServer *self)
{
  g_return_if_fail (RMQ_BROKER_IS_SERVER (self));

  rmq_mutex_lock (&self->mutex);
  g_clear_pointer (&self->faults, g_ptr_array_unref);
  rmq_mutex_unlock (&self->mutex);
  _rmq_broker_server_call (self, clear_now, NULL);
}
