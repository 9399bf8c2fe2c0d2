/* SPDX-License-Identifier: Apache-2.0
 *
 * Faults of answers. A frame that waits has a timer of its own; so has a connection that ends once all is written.
 */
#include "rmq-broker-fault-answer-private.h"

#include "base/rmq-log-private.h"
#include "broker/rmq-broker-core-private.h"

/* How often a connection that is to end is looked at while its peer does not read. */
#define LOOK_US 2000
/* So far from the opaques that clients give out that it is nobody's. */
#define STRANGE_OPAQUE 0x55555555

typedef struct
{
  RmqFaultAnswers *owner;
  GList link;
  RmqTimer timer;
  RmqServerConnection *connection;
  GBytes *bytes; /* NULL: written */
  bool close;    /* afterwards */
} Late;

static void
late_free (Late *late)
{
  RmqFaultAnswers *owner = late->owner;

  g_queue_unlink (&owner->late, &late->link);
  _rmq_timer_disarm (owner->core->timers, &late->timer);
  g_clear_pointer (&late->bytes, g_bytes_unref);
  _rmq_server_connection_unref (late->connection);
  g_free (late);
}

/* Whether it has to be looked at again. */
static bool
go_on (Late *late)
{
  bool has_written = late->bytes != NULL;

  if (!_rmq_server_connection_is_open (late->connection))
    return false;
  if (has_written)
    _rmq_server_connection_write (late->connection, late->bytes);
  g_clear_pointer (&late->bytes, g_bytes_unref);
  if (late->close && (has_written || _rmq_server_connection_get_unsent (late->connection) > 0))
    return true;
  if (late->close)
    _rmq_server_connection_close (late->connection);
  return false;
}

static void
on_time (RmqTimer *timer, void *data)
{
  Late *late = data;
  RmqIo *io = _rmq_io_ref (late->owner->core->io);

  _rmq_io_enter (io);
  if (go_on (late))
    _rmq_timer_arm (late->owner->core->timers, timer, _rmq_io_now (io) + LOOK_US, 0);
  else
    late_free (late);
  _rmq_io_leave (io);
  _rmq_io_unref (io);
}

/* bytes (taken) may be NULL. */
static void
write_later (RmqFaultAnswers *self, RmqServerConnection *connection, GBytes *bytes, bool close, int64_t due_us)
{
  Late *late = g_new0 (Late, 1);

  late->owner = self;
  late->link.data = late;
  late->connection = _rmq_server_connection_ref (connection);
  late->bytes = bytes;
  late->close = close;
  rmq_timer_init (&late->timer, on_time, late);
  g_queue_push_tail_link (&self->late, &late->link);
  _rmq_timer_arm (self->core->timers, &late->timer, due_us, 0);
}

/* --- what each of them does ---------------------------------------------------------------------------------- */

/* What comes together shares one write to the disk; the next ones wait for their turn. */
static int64_t
disk_time (RmqFaultAnswers *self, int64_t now_us, int64_t takes_us)
{
  if (self->disk_turn_us != now_us)
    self->disk_free_us = MAX (self->disk_free_us, now_us) + takes_us;
  self->disk_turn_us = now_us;
  return self->disk_free_us;
}

/* In milliseconds, from least to most. */
static int64_t
pick_us (const RmqFault *fault)
{
  int64_t range_us = (fault->most - fault->least) * 1000;

  return fault->least * 1000 + (range_us > 0 ? (int64_t) (g_random_double () * (double) range_us) : 0);
}

static GBytes *
corrupt (GBytes *bytes, int64_t place)
{
  size_t len;
  uint8_t *data = g_bytes_unref_to_data (bytes, &len);

  if (len > 0)
    data[place >= 0 ? (size_t) place % len : len - 1] ^= 0xff;
  return g_bytes_new_take (data, len);
}

static GBytes *
first_half (GBytes *bytes)
{
  GBytes *half = g_bytes_new_from_bytes (bytes, 0, g_bytes_get_size (bytes) / 2);

  g_bytes_unref (bytes);
  return half;
}

static GBytes *
encode (const RmqBrokerTicket *ticket, const RmqBrokerAnswer *answer, bool strange)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes = _rmq_server_connection_encode_reply (
      ticket->connection, strange ? ticket->opaque ^ STRANGE_OPAQUE : ticket->opaque, answer->code, answer->remark,
      answer->table, answer->header, answer->ext, answer->n_ext, answer->body, &error);

  if (bytes == NULL)
    rmq_warning ("broker", NULL, "An answer that was to be faulty is not written: %s", error->message);
  return bytes;
}

/* bytes is taken. */
static void
write_faulty (RmqFaultAnswers *self, const RmqFault *fault, RmqServerConnection *connection, GBytes *bytes)
{
  int64_t now_us = rmq_broker_now_us (self->core);

  switch (fault->kind)
    {
    case RMQ_FAULT_DELAY:
      write_later (self, connection, bytes, false, now_us + pick_us (fault));
      return;
    case RMQ_FAULT_DISK:
      write_later (self, connection, bytes, false, disk_time (self, now_us, pick_us (fault)));
      return;
    case RMQ_FAULT_CUT_INSIDE:
      write_later (self, connection, first_half (bytes), true, now_us);
      return;
    case RMQ_FAULT_CUT_AFTER:
      write_later (self, connection, bytes, true, now_us);
      return;
    case RMQ_FAULT_DRIP:
      _rmq_server_connection_drip (connection, (size_t) fault->least, fault->most * 1000);
      break;
    case RMQ_FAULT_CORRUPT:
      bytes = corrupt (bytes, fault->least);
      break;
    case RMQ_FAULT_TWICE:
      _rmq_server_connection_write (connection, bytes);
      break;
    default:
      break;
    }
  _rmq_server_connection_write (connection, bytes);
  g_bytes_unref (bytes);
}

void
_rmq_fault_answer (RmqFaultAnswers *self,
                   const RmqFault *fault,
                   const RmqBrokerTicket *ticket,
                   const RmqBrokerAnswer *answer)
{
  GBytes *bytes;

  if (fault->kind == RMQ_FAULT_MUTE || !_rmq_server_connection_is_open (ticket->connection))
    return;
  if (fault->kind == RMQ_FAULT_CUT_BEFORE)
    {
      write_later (self, ticket->connection, NULL, true, rmq_broker_now_us (self->core));
      return;
    }
  bytes = encode (ticket, answer, fault->kind == RMQ_FAULT_OPAQUE);
  if (bytes != NULL)
    write_faulty (self, fault, ticket->connection, bytes);
}

/* --- life ---------------------------------------------------------------------------------------------------- */

void
_rmq_fault_answers_init (RmqFaultAnswers *self, RmqBrokerCore *core)
{
  self->core = core;
  self->disk_turn_us = -1;
  g_queue_init (&self->late);
}

void
_rmq_fault_answers_clear (RmqFaultAnswers *self)
{
  while (self->late.head != NULL)
    late_free (self->late.head->data);
}
