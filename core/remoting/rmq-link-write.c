/* SPDX-License-Identifier: Apache-2.0
 *
 * The writing half of a connection: frames are encoded when there is room for them, gathered over a turn and written
 * at its end.
 */
#include "rmq-link-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"

/* So much is encoded ahead of the port. What is beyond stays a request that can be taken back for nothing. */
#define ENCODE_AHEAD (128 * 1024)
#define MAX_VECTORS 64

bool
_rmq_link_write_plain_request (RmqLink *self, RmqInvocation *invocation, RmqByteWriter *out, GError **error)
{
  RmqFrameWriter writer;
  RmqFrameHead head = self->head;

  head.code = invocation->code;
  head.opaque = invocation->opaque;
  head.flag = invocation->oneway ? RMQ_FRAME_FLAG_ONEWAY : 0;
  head.remark = invocation->remark;
  _rmq_frame_begin (&writer, out, &head);
  if (invocation->table != NULL
      && !_rmq_frame_add_header (&writer, invocation->table, rmq_invocation_get_header (invocation), error))
    return false;
  for (size_t i = 0; i < invocation->n_ext; i++)
    _rmq_frame_add_ext (&writer, invocation->ext[i].key, invocation->ext[i].value);
  return _rmq_frame_end (&writer, invocation->body_len, error);
}

/* The first of the queued requests goes into the output, or fails. */
static void
encode_one (RmqLink *self)
{
  RmqInvocation *invocation = self->lists[RMQ_INVOCATION_QUEUED].head;
  RmqByteWriter *out = _rmq_output_queue_begin (&self->out);
  GError *error = NULL;
  bool written;

  _rmq_link_take (self, invocation);
  if (invocation->oneway)
    invocation->opaque = (int32_t) ((*self->opaque_counter)++ & INT32_MAX);
  else
    _rmq_pending_table_insert (&self->pending, invocation, self->opaque_counter);

  invocation->start = self->out.n_appended;
  if (self->klass->write_request != NULL)
    written = self->klass->write_request (self, invocation, out, &error);
  else
    written = _rmq_link_write_plain_request (self, invocation, out, &error);
  if (G_UNLIKELY (!written))
    {
      _rmq_output_queue_withdraw (&self->out);
      if (!invocation->oneway)
        _rmq_pending_table_remove (&self->pending, invocation);
      invocation->phase = RMQ_PHASE_QUEUED;
      invocation->error = error;
      _rmq_link_put (self, invocation, RMQ_INVOCATION_ENDING);
      return;
    }
  _rmq_output_queue_end (&self->out, invocation->body, invocation->body_len, invocation->body_bytes);
  invocation->end = self->out.n_appended;
  _rmq_link_put (self, invocation, invocation->oneway ? RMQ_INVOCATION_ONEWAY : RMQ_INVOCATION_SENT);
  self->n_requests++;
}

/* One-way requests are over when their last byte is. */
static void
end_oneways (RmqLink *self)
{
  RmqInvocation *invocation;

  while ((invocation = self->lists[RMQ_INVOCATION_ONEWAY].head) != NULL && invocation->end <= self->out.n_written)
    {
      _rmq_link_settle (self, invocation);
      _rmq_link_take (self, invocation);
      _rmq_invocation_end (invocation, NULL, NULL);
      if (self->closed)
        return;
    }
}

/* False when the port takes no more for now, or is lost. */
static bool
write_once (RmqLink *self)
{
  g_autoptr (GError) error = NULL;
  GOutputVector vectors[MAX_VECTORS];
  size_t n_vectors = _rmq_output_queue_get_vectors (&self->out, vectors, MAX_VECTORS);
  ssize_t n = self->port->klass->writev (self->port, vectors, n_vectors, &error);

  self->n_writes++;
  if (n == RMQ_PORT_FAILED)
    {
      g_autoptr (GError) lost = _rmq_error_new (RMQ_ERROR_CONNECTION_LOST, NULL, "%s: %s", self->name, error->message);

      _rmq_link_close (self, lost, lost);
      return false;
    }
  if (n == RMQ_PORT_WOULD_BLOCK)
    {
      self->blocked = true;
      return false;
    }
  _rmq_output_queue_written (&self->out, (size_t) n);
  self->last_write_us = _rmq_io_now (self->io);
  end_oneways (self);
  return !self->closed;
}

/* Oldest first, as long as there is room. */
static void
encode (RmqLink *self)
{
  RmqInvocationList *queued = &self->lists[RMQ_INVOCATION_QUEUED];
  RmqInvocationList *sent = &self->lists[RMQ_INVOCATION_SENT];

  while (queued->head != NULL && sent->n < self->max_in_flight && rmq_link_get_unsent (self) < ENCODE_AHEAD)
    {
      if (G_UNLIKELY (queued->head->deadline_us <= _rmq_io_now (self->io)))
        _rmq_link_expire (self, queued->head, _rmq_io_now (self->io));
      else
        encode_one (self);
    }
}

static void
pump (RmqLink *self)
{
  do
    {
      encode (self);
      if (self->blocked || rmq_link_get_unsent (self) == 0)
        break;
    }
  while (write_once (self));
  if (self->closed)
    return;

  _rmq_output_queue_park (&self->out);
  self->port->klass->watch (self->port, !self->read_paused, self->blocked);
}

void
_rmq_link_flush (RmqIoDeferred *deferred)
{
  RmqLink *self = _rmq_link_ref ((RmqLink *) (void *) ((char *) deferred - G_STRUCT_OFFSET (RmqLink, flush)));

  if (self->port != NULL && !G_UNLIKELY (_rmq_io_is_forked (self->io)))
    pump (self);
  _rmq_link_deliver_ending (self);
  if (!self->closed)
    self->klass->flushed (self);
  if (self->held_for_flush)
    {
      self->held_for_flush = false;
      _rmq_link_unref (self);
    }
  _rmq_link_unref (self);
}

static bool
write_reply (RmqByteWriter *out,
             const RmqFrameHead *head,
             const RmqHeaderTable *table,
             const void *header,
             const RmqExtField *ext,
             size_t n_ext,
             size_t body_len,
             GError **error)
{
  RmqFrameWriter writer;

  _rmq_frame_begin (&writer, out, head);
  if (table != NULL && !_rmq_frame_add_header (&writer, table, header, error))
    return false;
  for (size_t i = 0; i < n_ext; i++)
    _rmq_frame_add_ext (&writer, ext[i].key, ext[i].value);
  return _rmq_frame_end (&writer, body_len, error);
}

void
_rmq_link_reply (RmqLink *self,
                 const RmqFrameHead *reply,
                 const RmqHeaderTable *table,
                 const void *header,
                 const RmqExtField *ext,
                 size_t n_ext,
                 const uint8_t *body,
                 size_t body_len,
                 GBytes *owner)
{
  g_autoptr (GError) error = NULL;
  RmqFrameHead head = self->head;
  RmqByteWriter *out;

  if (self->port == NULL)
    return;
  head.code = reply->code;
  head.opaque = reply->opaque;
  head.flag = RMQ_FRAME_FLAG_RESPONSE;
  head.remark = reply->remark;
  head.serialize_type = self->json_replies ? RMQ_SERIALIZE_JSON : self->peer_type;
  out = _rmq_output_queue_begin (&self->out);
  if (!write_reply (out, &head, table, header, ext, n_ext, body_len, &error))
    {
      /* The peer waits for an answer, so it gets one. */
      rmq_warning ("connection", self->name, "%s: reply to opaque %d: %s", self->name, head.opaque, error->message);
      _rmq_output_queue_withdraw (&self->out);
      head.code = RMQ_RESPONSE_SYSTEM_ERROR;
      head.remark = rmq_slice_from_string (error->message);
      body_len = 0;
      if (!write_reply (_rmq_output_queue_begin (&self->out), &head, NULL, NULL, NULL, 0, 0, NULL))
        {
          _rmq_output_queue_withdraw (&self->out);
          return;
        }
    }
  _rmq_output_queue_end (&self->out, body, body_len, owner);
  _rmq_io_defer (self->io, &self->flush);
}

GBytes *
_rmq_link_encode_reply (RmqLink *self,
                        const RmqFrameHead *reply,
                        const RmqHeaderTable *table,
                        const void *header,
                        const RmqExtField *ext,
                        size_t n_ext,
                        GBytes *body,
                        GError **error)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (RMQ_FRAME_MAX_LENGTH);
  size_t len = 0;
  const void *data = body != NULL ? g_bytes_get_data (body, &len) : NULL;
  RmqFrameHead head = self->head;

  head.code = reply->code;
  head.opaque = reply->opaque;
  head.flag = RMQ_FRAME_FLAG_RESPONSE;
  head.remark = reply->remark;
  head.serialize_type = self->json_replies ? RMQ_SERIALIZE_JSON : self->peer_type;
  if (!write_reply (&out, &head, table, header, ext, n_ext, len, error))
    return NULL;
  rmq_byte_writer_bytes (&out, data, len);
  if (!out.failed)
    return _rmq_byte_writer_steal (&out);
  _rmq_set_error (error, RMQ_ERROR_MESSAGE_ILLEGAL, NULL, "%s: the answer is too long for a frame", self->name);
  return NULL;
}

void
_rmq_link_write_bytes (RmqLink *self, GBytes *bytes)
{
  size_t len;
  const void *data = g_bytes_get_data (bytes, &len);

  if (self->port == NULL || len == 0)
    return;
  _rmq_output_queue_begin (&self->out);
  _rmq_output_queue_end (&self->out, data, len, bytes);
  _rmq_io_defer (self->io, &self->flush);
}
