/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a framed connection and of the requests on it: queueing, cancelling, deadlines, closing.
 */
#include "rmq-link-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"

/* Deadlines may come this much late, so that those near each other share a wake-up. */
#define DEADLINE_ACCURACY_US 20000
/* So many requests are looked through for the next deadline. */
#define FEW_REQUESTS 16
/* After that many rounds of timeouts in complete silence the peer is taken for gone. */
#define MAX_SILENT 2

void
_rmq_link_init (RmqLink *self,
                const RmqLinkClass *klass,
                RmqIo *io,
                RmqBufferPool *pool,
                uint32_t *counter,
                const char *name)
{
  self->klass = klass;
  self->ref_count = 1;
  self->io = _rmq_io_ref (io);
  self->pool = _rmq_buffer_pool_ref (pool);
  self->name = g_strdup (name);
  self->opaque_counter = counter;
  self->max_in_flight = SIZE_MAX;
  self->head = (RmqFrameHead){ .language = RMQ_LANGUAGE_CPP, .version = RMQ_VERSION_V5_3_3 };
  self->flush.run = _rmq_link_flush;
  rmq_timer_init (&self->deadline, _rmq_link_deadline, self);
  self->deadline_us = INT64_MAX;
  _rmq_frame_buffer_init (&self->in, pool);
  _rmq_output_queue_init (&self->out, pool);
}

RmqLink *
_rmq_link_ref (RmqLink *self)
{
  self->ref_count++;
  return self;
}

void
_rmq_link_unref (RmqLink *self)
{
  if (--self->ref_count > 0)
    return;
  _rmq_frame_buffer_clear (&self->in);
  _rmq_output_queue_clear (&self->out);
  _rmq_pending_table_clear (&self->pending);
  g_clear_pointer (&self->decoder, _rmq_frame_decoder_free);
  g_clear_pointer (&self->pool, _rmq_buffer_pool_unref);
  g_clear_pointer (&self->io, _rmq_io_unref);
  g_clear_pointer (&self->name, g_free);
  self->klass->free (self);
}

bool
_rmq_link_is_idle (RmqLink *self)
{
  for (unsigned i = RMQ_INVOCATION_QUEUED; i < RMQ_INVOCATION_N_STATES; i++)
    {
      if (self->lists[i].n > 0)
        return false;
    }
  return rmq_link_get_unsent (self) == 0;
}

/* --- requests between the lists ------------------------------------------------------------------------------ */

void
_rmq_link_put (RmqLink *self, RmqInvocation *invocation, RmqInvocationState state)
{
  invocation->link = self;
  invocation->state = state;
  rmq_invocation_list_append (&self->lists[state], invocation);
  if (state == RMQ_INVOCATION_QUEUED)
    self->queued_bytes += invocation->body_len;
}

void
_rmq_link_take (RmqLink *self, RmqInvocation *invocation)
{
  rmq_invocation_list_remove (&self->lists[invocation->state], invocation);
  if (invocation->state == RMQ_INVOCATION_SENT)
    _rmq_pending_table_remove (&self->pending, invocation);
  else if (invocation->state == RMQ_INVOCATION_QUEUED)
    self->queued_bytes -= invocation->body_len;
  invocation->state = RMQ_INVOCATION_NOWHERE;
  invocation->link = NULL;
}

/* Says how far it came. A frame in the output of which nothing was written is taken out again: what is reported as not
 * written never will be. Before _rmq_link_take (). */
void
_rmq_link_settle (RmqLink *self, RmqInvocation *invocation)
{
  uint64_t size;

  if (self->closed)
    return; /* was settled when it closed */
  if (invocation->state != RMQ_INVOCATION_SENT && invocation->state != RMQ_INVOCATION_ONEWAY)
    {
      if (invocation->state == RMQ_INVOCATION_QUEUED)
        invocation->phase = self->port != NULL ? RMQ_PHASE_QUEUED : RMQ_PHASE_CONNECT;
      return;
    }
  invocation->written = invocation->start < self->out.n_written;
  if (invocation->written)
    {
      invocation->phase = invocation->end <= self->out.n_written ? RMQ_PHASE_WAIT : RMQ_PHASE_WRITE;
      return;
    }

  invocation->phase = RMQ_PHASE_QUEUED;
  size = invocation->end - invocation->start;
  _rmq_output_queue_remove (&self->out, invocation->start, invocation->end);
  for (unsigned state = RMQ_INVOCATION_SENT; state <= RMQ_INVOCATION_ONEWAY; state++)
    {
      for (RmqInvocation *later = self->lists[state].tail; later != NULL && later->start > invocation->start;
           later = later->prev)
        {
          later->start -= size;
          later->end -= size;
        }
    }
}

void
_rmq_invocation_start (RmqInvocation *invocation, int64_t now)
{
  invocation->phase = RMQ_PHASE_NONE;
  invocation->written = false;
  invocation->resent = false;
  invocation->started_us = now;
  invocation->link = NULL;
  invocation->state = RMQ_INVOCATION_NOWHERE;
  invocation->command = NULL;
  invocation->error = NULL;
}

void
_rmq_invocation_end (RmqInvocation *invocation, const RmqFrame *response, const GError *error)
{
  g_clear_pointer (&invocation->command, rmq_remoting_command_unref);
  invocation->done (invocation, response, error);
}

void
_rmq_link_deliver_ending (RmqLink *self)
{
  RmqInvocation *invocation;

  while ((invocation = self->lists[RMQ_INVOCATION_ENDING].head) != NULL)
    {
      g_autoptr (GError) error = g_steal_pointer (&invocation->error);

      _rmq_link_take (self, invocation);
      _rmq_invocation_end (invocation, NULL, error);
    }
}

void
_rmq_link_fail_later (RmqLink *self, RmqInvocation *invocation, GError *error)
{
  invocation->error = error;
  _rmq_link_put (self, invocation, RMQ_INVOCATION_ENDING);
  if (self->closed && !self->held_for_flush)
    {
      self->held_for_flush = true;
      _rmq_link_ref (self);
    }
  _rmq_io_defer (self->io, &self->flush);
}

void
_rmq_link_invoke (RmqLink *self, RmqInvocation *invocation)
{
  _rmq_link_put (self, invocation, RMQ_INVOCATION_QUEUED);
  if (invocation->deadline_us < self->deadline_us)
    {
      self->deadline_us = invocation->deadline_us;
      _rmq_timer_arm (_rmq_io_get_timers (self->io), &self->deadline, self->deadline_us, DEADLINE_ACCURACY_US);
    }
  if (self->port != NULL)
    _rmq_io_defer (self->io, &self->flush);
}

bool
_rmq_link_cancel (RmqLink *self, RmqInvocation *invocation)
{
  if (invocation->link != self)
    return false;
  _rmq_link_settle (self, invocation);
  _rmq_link_take (self, invocation);
  g_clear_error (&invocation->error);
  g_clear_pointer (&invocation->command, rmq_remoting_command_unref);
  if (!self->closed)
    _rmq_io_defer (self->io, &self->flush); /* there may be room for the next */
  return true;
}

/* --- deadlines ----------------------------------------------------------------------------------------------- */

static const char *
phase_text (RmqPhase phase)
{
  switch (phase)
    {
    case RMQ_PHASE_CONNECT:
      return "not connected in time";
    case RMQ_PHASE_QUEUED:
      return "not written in time";
    case RMQ_PHASE_WRITE:
      return "written in part only, in time";
    default:
      return "no answer in time";
    }
}

/* Its deadline passed: it moves to the ending ones. */
void
_rmq_link_expire (RmqLink *self, RmqInvocation *invocation, int64_t now)
{
  _rmq_link_settle (self, invocation);
  _rmq_link_take (self, invocation);
  invocation->error =
      _rmq_error_new (RMQ_ERROR_TIMED_OUT, NULL, "%s: request %d: %s (%" G_GINT64_FORMAT " ms)", self->name,
                      invocation->code, phase_text (invocation->phase), (now - invocation->started_us) / 1000);
  _rmq_link_put (self, invocation, RMQ_INVOCATION_ENDING);
}

/* Moves what is over due to the ending ones. Returns whether one of them waited for an answer all in silence. */
static bool
expire_list (RmqLink *self, RmqInvocationState state, int64_t now, bool *probe_close)
{
  RmqInvocation *next;
  bool silent = false;

  for (RmqInvocation *invocation = self->lists[state].head; invocation != NULL; invocation = next)
    {
      next = invocation->next;
      if (invocation->deadline_us > now)
        {
          self->deadline_us = MIN (self->deadline_us, invocation->deadline_us);
          continue;
        }
      _rmq_link_expire (self, invocation, now);
      if (invocation->phase == RMQ_PHASE_WAIT)
        {
          silent |= self->last_read_us < invocation->started_us;
          *probe_close |= invocation->probe_close;
        }
    }
  return silent;
}

/* A connection at rest must not wake up for a request that was answered long ago; a busy one has no time to look. */
void
_rmq_link_renew_deadline (RmqLink *self)
{
  int64_t deadline_us = INT64_MAX;
  size_t n = 0;

  self->deadline_met = false;
  for (unsigned state = RMQ_INVOCATION_QUEUED; state <= RMQ_INVOCATION_ONEWAY; state++)
    n += self->lists[state].n;
  if (n > FEW_REQUESTS)
    return;
  for (unsigned state = RMQ_INVOCATION_QUEUED; state <= RMQ_INVOCATION_ONEWAY; state++)
    for (const RmqInvocation *at = self->lists[state].head; at != NULL; at = at->next)
      deadline_us = MIN (deadline_us, at->deadline_us);
  if (deadline_us == self->deadline_us)
    return;
  self->deadline_us = deadline_us;
  if (deadline_us != INT64_MAX)
    _rmq_timer_arm (_rmq_io_get_timers (self->io), &self->deadline, deadline_us, DEADLINE_ACCURACY_US);
  else
    _rmq_timer_disarm (_rmq_io_get_timers (self->io), &self->deadline);
}

/* One timer for all requests of a connection, armed for the earliest deadline that was known when it was armed. Those
 * that are answered in time, nearly all, never touch it. */
void
_rmq_link_deadline (RmqTimer *timer, void *data)
{
  RmqLink *self = _rmq_link_ref (data);
  bool probe_close = false;
  bool silent = false;
  int64_t now;

  _rmq_io_enter (self->io);
  now = _rmq_io_now (self->io);
  self->deadline_us = INT64_MAX;
  for (unsigned state = RMQ_INVOCATION_QUEUED; state <= RMQ_INVOCATION_ONEWAY; state++)
    silent |= expire_list (self, state, now, &probe_close);
  if (self->deadline_us != INT64_MAX)
    _rmq_timer_arm (_rmq_io_get_timers (self->io), &self->deadline, self->deadline_us, DEADLINE_ACCURACY_US);
  self->n_silent = silent ? self->n_silent + 1 : self->n_silent;

  if (!self->closed && (probe_close || self->n_silent >= MAX_SILENT))
    {
      g_autoptr (GError) error =
          _rmq_error_new (RMQ_ERROR_CONNECTION_LOST, NULL, "%s: given up, the peer did not answer in time", self->name);

      /* Before anybody is told: who tries again at once must not do so on this connection. */
      _rmq_link_close (self, error, error);
    }
  _rmq_link_deliver_ending (self);
  if (!self->closed)
    _rmq_io_defer (self->io, &self->flush); /* there may be room for the next */
  _rmq_io_leave (self->io);
  _rmq_link_unref (self);
}

/* --- life ---------------------------------------------------------------------------------------------------- */

void
_rmq_link_open (RmqLink *self, RmqPort *port)
{
  self->port = port;
  self->opened = true;
  self->last_read_us = self->last_write_us = _rmq_io_now (self->io);
  _rmq_io_defer (self->io, &self->flush);
}

static void
fail_all (RmqLink *self, const GError *reason)
{
  RmqInvocation *invocation;

  for (unsigned state = RMQ_INVOCATION_QUEUED; state <= RMQ_INVOCATION_ONEWAY; state++)
    {
      while ((invocation = self->lists[state].head) != NULL)
        {
          _rmq_link_take (self, invocation);
          _rmq_invocation_end (invocation, NULL, reason);
        }
    }
  _rmq_link_deliver_ending (self);
}

/* How far each came is settled while the output still says so, but nothing is taken out of it: it is not used again. */
static void
settle_all (RmqLink *self)
{
  for (RmqInvocation *at = self->lists[RMQ_INVOCATION_QUEUED].head; at != NULL; at = at->next)
    at->phase = self->port != NULL ? RMQ_PHASE_QUEUED : RMQ_PHASE_CONNECT;
  for (unsigned state = RMQ_INVOCATION_SENT; state <= RMQ_INVOCATION_ONEWAY; state++)
    {
      for (RmqInvocation *at = self->lists[state].head; at != NULL; at = at->next)
        {
          at->written = at->start < self->out.n_written;
          at->phase = at->end <= self->out.n_written ? RMQ_PHASE_WAIT
                      : at->written                  ? RMQ_PHASE_WRITE
                                                     : RMQ_PHASE_QUEUED;
        }
    }
}

void
_rmq_link_close (RmqLink *self, const GError *error, const GError *reason)
{
  RmqPort *port = g_steal_pointer (&self->port);

  if (self->closed)
    return;
  self->closed = true;
  _rmq_link_ref (self);
  self->port = port; /* settling asks whether it was open */
  settle_all (self);
  self->port = NULL;
  _rmq_io_undefer (self->io, &self->flush);
  _rmq_timer_disarm (_rmq_io_get_timers (self->io), &self->deadline);
  if (port != NULL)
    port->klass->free (port, false);
  _rmq_output_queue_clear (&self->out);
  if (!self->reading)
    _rmq_frame_buffer_clear (&self->in);

  self->klass->closed (self, error);
  fail_all (self, reason);
  _rmq_link_unref (self);
}

void
_rmq_link_abandon (RmqLink *self)
{
  if (self->port != NULL)
    self->port->klass->free (self->port, true);
}

void
_rmq_link_ready (void *data, bool readable, bool writable)
{
  RmqLink *self = _rmq_link_ref (data);

  if (writable)
    {
      self->blocked = false;
      _rmq_io_defer (self->io, &self->flush);
    }
  if (readable)
    _rmq_link_read (self);
  _rmq_link_unref (self);
}
