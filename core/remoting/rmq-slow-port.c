/* SPDX-License-Identifier: Apache-2.0
 *
 * The slow port: reads as the port it wraps, and writes by a timer.
 */
#include "rmq-slow-port-private.h"

typedef struct
{
  RmqPort port;
  RmqPortClass klass; /* of its own: one member is the inner port's */
  RmqIo *io;
  RmqPort *inner;
  size_t step;
  int64_t interval_us;
  int64_t next_us; /* when the next bytes may go */
  bool inner_full; /* the inner port took nothing, and tells when it does again */
  RmqTimer timer;
} RmqSlowPort;

static void
on_time (RmqTimer *timer, void *data)
{
  RmqSlowPort *self = data;
  RmqIo *io = _rmq_io_ref (self->io);

  _rmq_io_enter (io);
  self->port.ready (self->port.data, false, true);
  _rmq_io_leave (io);
  _rmq_io_unref (io);
}

static ssize_t
slow_port_read (RmqPort *port, void *data, size_t len, GError **error)
{
  RmqPort *inner = ((RmqSlowPort *) port)->inner;

  return inner->klass->read (inner, data, len, error);
}

static ssize_t
slow_port_writev (RmqPort *port, const GOutputVector *vectors, size_t n_vectors, GError **error)
{
  RmqSlowPort *self = (RmqSlowPort *) port;
  GOutputVector first;
  ssize_t n;

  self->inner_full = false;
  if (n_vectors == 0 || _rmq_io_now (self->io) < self->next_us)
    return n_vectors == 0 ? 0 : RMQ_PORT_WOULD_BLOCK;
  first = (GOutputVector){ vectors[0].buffer, MIN (vectors[0].size, self->step) };
  n = self->inner->klass->writev (self->inner, &first, 1, error);
  self->inner_full = n == RMQ_PORT_WOULD_BLOCK;
  if (n > 0)
    self->next_us = _rmq_io_now (self->io) + self->interval_us;
  return n;
}

static void
slow_port_watch (RmqPort *port, bool readable, bool writable)
{
  RmqSlowPort *self = (RmqSlowPort *) port;

  self->inner->klass->watch (self->inner, readable, writable && self->inner_full);
  if (writable && !self->inner_full)
    _rmq_timer_arm (_rmq_io_get_timers (self->io), &self->timer, self->next_us, 0);
  else
    _rmq_timer_disarm (_rmq_io_get_timers (self->io), &self->timer);
}

static char *
slow_port_dup_address (RmqPort *port, bool remote)
{
  RmqPort *inner = ((RmqSlowPort *) port)->inner;

  return inner->klass->dup_address (inner, remote);
}

static void
slow_port_free (RmqPort *port, bool forked)
{
  RmqSlowPort *self = (RmqSlowPort *) port;

  self->inner->klass->free (self->inner, forked);
  if (forked)
    return;
  _rmq_timer_disarm (_rmq_io_get_timers (self->io), &self->timer);
  g_free (self);
}

RmqPort *
_rmq_slow_port_new (RmqIo *io, RmqPort *inner, size_t step, int64_t interval_us)
{
  RmqSlowPort *self = g_new0 (RmqSlowPort, 1);

  self->klass = (RmqPortClass){
    .short_read_is_last = inner->klass->short_read_is_last,
    .read = slow_port_read,
    .writev = slow_port_writev,
    .watch = slow_port_watch,
    .dup_address = slow_port_dup_address,
    .free = slow_port_free,
  };
  self->port = (RmqPort){ &self->klass, inner->ready, inner->data };
  self->io = io;
  self->inner = inner;
  self->step = MAX (step, 1);
  self->interval_us = interval_us;
  rmq_timer_init (&self->timer, on_time, self);
  return &self->port;
}
