/* SPDX-License-Identifier: Apache-2.0
 *
 * The reading half of a connection: a bounded turn of reads, every whole frame of them, responses to their requests.
 */
#include "rmq-link-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"

/* After that many bytes other connections have their turn. */
#define TURN_BUDGET (256 * 1024)

static GBytes *
share (void *receiver)
{
  return _rmq_frame_buffer_share (&((RmqLink *) receiver)->in);
}

static void
lose (RmqLink *self, RmqError code, const char *what)
{
  g_autoptr (GError) error = _rmq_error_new (code, NULL, "%s: %s", self->name, what);

  _rmq_link_close (self, error, error);
}

/* Neither ours nor anybody's: the peer does not speak the protocol, or the stream is out of step. */
static void
lose_bad_frame (RmqLink *self, const GError *cause)
{
  rmq_warning ("connection", self->name, "%s: not a valid frame, connection closed: %s", self->name, cause->message);
  lose (self, RMQ_ERROR_PROTOCOL, cause->message);
}

static void
take_response (RmqLink *self, const RmqFrame *frame)
{
  RmqInvocation *invocation = rmq_pending_table_lookup (&self->pending, frame->opaque);

  /* An answer that is here before its request left is somebody's guess. */
  if (invocation == NULL || invocation->start >= self->out.n_written)
    {
      bool issued = frame->opaque >= 0 && (uint32_t) frame->opaque < *self->opaque_counter;

      self->n_late++;
      if (!issued && !self->warned)
        {
          self->warned = true;
          rmq_warning ("connection", self->name, "%s: dropped a response to opaque %d, which was never sent",
                       self->name, frame->opaque);
        }
      return;
    }

  _rmq_link_take (self, invocation);
  self->deadline_met |= invocation->deadline_us == self->deadline_us;
  self->n_responses++;
  invocation->phase = RMQ_PHASE_ANSWERED;
  invocation->written = true;
  self->klass->response (self, invocation, frame);
}

static void
take_frame (RmqLink *self, const uint8_t *data, size_t len)
{
  g_autoptr (GError) error = NULL;
  RmqFrame frame;

  if (G_UNLIKELY (self->decoder == NULL))
    self->decoder = _rmq_frame_decoder_new ();
  if (G_UNLIKELY (!_rmq_frame_decode (self->decoder, data, len, &frame, &error)))
    {
      lose_bad_frame (self, error);
      return;
    }
  frame.share = share;
  frame.receiver = self;

  /* The bit before the opaque: each side numbers its own requests. */
  if (rmq_frame_is_response (&frame))
    take_response (self, &frame);
  else
    {
      self->peer_type = frame.serialize_type;
      self->klass->request (self, &frame);
    }
}

static void
take_frames (RmqLink *self)
{
  g_autoptr (GError) error = NULL;
  RmqFrameBufferResult result = RMQ_FRAME_BUFFER_MORE;
  const uint8_t *data;
  size_t len;

  /* Paused, in the middle of a read: the rest stays where it is. */
  while (!self->closed && !self->read_paused
         && (result = _rmq_frame_buffer_next (&self->in, &data, &len, &error)) == RMQ_FRAME_BUFFER_FRAME)
    take_frame (self, data, len);
  if (!self->closed && result == RMQ_FRAME_BUFFER_BAD)
    lose_bad_frame (self, error);
}

static void
end_of_stream (RmqLink *self)
{
  if (_rmq_frame_buffer_get_partial (&self->in) > 0)
    {
      rmq_warning ("connection", self->name, "%s: the peer closed the connection in the middle of a frame", self->name);
      lose (self, RMQ_ERROR_CONNECTION_LOST, "the peer closed the connection in the middle of a frame");
    }
  else
    lose (self, RMQ_ERROR_CONNECTION_LOST, "the peer closed the connection");
}

/* Returns whether there may be more to read at once. */
static bool
read_once (RmqLink *self, size_t *n_read)
{
  g_autoptr (GError) error = NULL;
  size_t space;
  uint8_t *data = _rmq_frame_buffer_prepare (&self->in, &space);
  ssize_t n = self->port->klass->read (self->port, data, space, &error);

  self->n_reads++;
  if (n == RMQ_PORT_WOULD_BLOCK)
    return false;
  if (n == RMQ_PORT_FAILED)
    {
      lose (self, RMQ_ERROR_CONNECTION_LOST, error->message);
      return false;
    }
  if (n == 0)
    {
      end_of_stream (self);
      return false;
    }

  _rmq_frame_buffer_commit (&self->in, (size_t) n);
  self->bytes_in += (uint64_t) n;
  self->last_read_us = _rmq_io_now (self->io);
  *n_read = (size_t) n;
  take_frames (self);
  return !self->closed && ((size_t) n == space || !self->port->klass->short_read_is_last);
}

/* After a turn that left the link open. */
static void
end_turn (RmqLink *self)
{
  _rmq_frame_buffer_park (&self->in);
  if (self->deadline_met)
    _rmq_link_renew_deadline (self);
  if (self->read_paused || _rmq_frame_buffer_get_partial (&self->in) == 0)
    self->partial_since_us = 0;
  else if (self->partial_since_us == 0)
    self->partial_since_us = self->last_read_us;
}

void
_rmq_link_read (RmqLink *self)
{
  size_t budget = TURN_BUDGET;
  size_t n = 0;

  /* In a child of fork the connection is the parent's. */
  if (self->port == NULL || G_UNLIKELY (_rmq_io_is_forked (self->io)))
    return;
  self->reading = true;
  while (!self->read_paused && read_once (self, &n) && n < budget)
    budget -= n;
  self->reading = false;
  if (self->closed)
    {
      _rmq_frame_buffer_clear (&self->in);
      return;
    }

  if (n > 0)
    {
      self->n_silent = 0;
      _rmq_io_defer (self->io, &self->flush); /* responses made room for requests that wait */
    }
  end_turn (self);
}

void
_rmq_link_resume (RmqLink *self)
{
  size_t space;

  if (!self->read_paused || self->port == NULL)
    return;
  self->read_paused = false;
  self->reading = true;
  _rmq_frame_buffer_prepare (&self->in, &space);
  take_frames (self);
  self->reading = false;
  if (self->closed)
    {
      _rmq_frame_buffer_clear (&self->in);
      return;
    }
  self->port->klass->watch (self->port, !self->read_paused, self->blocked);
  end_turn (self);
}
