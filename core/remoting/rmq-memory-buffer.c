/* SPDX-License-Identifier: Apache-2.0
 *
 * The ring of a memory pipe. A waiting source is kicked when its side becomes ready, in whatever thread that happens.
 */
#include "rmq-memory-buffer-private.h"

#include <string.h>
#include "base/rmq-sync-private.h"

#define DEFAULT_CAPACITY (256 * 1024)
#define FIRST_ALLOCATION 4096

typedef struct
{
  GSource source;
  RmqMemoryBuffer *buffer;
  GObject *stream;
  RmqMemoryBufferSide side;
} MemorySource;

struct _RmqMemoryBuffer
{
  int ref_count;
  GMutex lock;
  GCond changed;
  GPtrArray *waiting; /* of MemorySource, unowned: they leave in their dispose */

  uint8_t *ring;
  size_t allocated;
  size_t capacity;
  size_t start;
  size_t len;
  bool closed[2];
};

RmqMemoryBuffer *
_rmq_memory_buffer_new (size_t capacity)
{
  RmqMemoryBuffer *self = g_new0 (RmqMemoryBuffer, 1);

  self->ref_count = 1;
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->waiting = g_ptr_array_new ();
  self->capacity = capacity != 0 ? capacity : DEFAULT_CAPACITY;
  return self;
}

RmqMemoryBuffer *
_rmq_memory_buffer_ref (RmqMemoryBuffer *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

void
_rmq_memory_buffer_unref (RmqMemoryBuffer *self)
{
  if (!rmq_ref_dec_and_test (&self->ref_count))
    return;
  g_ptr_array_unref (self->waiting);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self->ring);
  g_free (self);
}

/* --- with the lock ------------------------------------------------------------------------------------------- */

static bool
is_ready (RmqMemoryBuffer *self, RmqMemoryBufferSide side)
{
  if (self->closed[RMQ_MEMORY_BUFFER_READ] || self->closed[RMQ_MEMORY_BUFFER_WRITE])
    return true;
  return side == RMQ_MEMORY_BUFFER_READ ? self->len > 0 : self->len < self->capacity;
}

static void
update_waiting (RmqMemoryBuffer *self)
{
  for (unsigned i = 0; i < self->waiting->len; i++)
    {
      MemorySource *source = g_ptr_array_index (self->waiting, i);

      g_source_set_ready_time (&source->source, is_ready (self, source->side) ? 0 : -1);
    }
  g_cond_broadcast (&self->changed);
}

static void
make_room (RmqMemoryBuffer *self, size_t n)
{
  size_t wanted = MAX (self->allocated, MIN (FIRST_ALLOCATION, self->capacity));
  size_t first;
  uint8_t *ring;

  n = MIN (n, self->capacity - self->len);
  while (wanted < self->len + n)
    wanted = MIN (wanted * 2, self->capacity);
  if (wanted == self->allocated)
    return;

  ring = g_malloc (wanted);
  first = MIN (self->len, self->allocated - self->start);
  if (first > 0)
    memcpy (ring, self->ring + self->start, first);
  if (self->len > first)
    memcpy (ring + first, self->ring, self->len - first);
  g_free (self->ring);
  self->ring = ring;
  self->allocated = wanted;
  self->start = 0;
}

static size_t
put (RmqMemoryBuffer *self, const uint8_t *data, size_t len)
{
  size_t end;
  size_t first;

  make_room (self, len);
  len = MIN (len, self->allocated - self->len);
  if (len == 0)
    return 0;
  end = (self->start + self->len) % self->allocated;
  first = MIN (len, self->allocated - end);
  memcpy (self->ring + end, data, first);
  if (len > first)
    memcpy (self->ring, data + first, len - first);
  self->len += len;
  return len;
}

static size_t
take (RmqMemoryBuffer *self, uint8_t *data, size_t len)
{
  size_t first;

  len = MIN (len, self->len);
  if (len == 0)
    return 0;
  first = MIN (len, self->allocated - self->start);
  memcpy (data, self->ring + self->start, first);
  if (len > first)
    memcpy (data + first, self->ring, len - first);
  self->start = (self->start + len) % self->allocated;
  self->len -= len;
  return len;
}

static void
cancelled (GCancellable *cancellable, void *data)
{
  RmqMemoryBuffer *self = data;

  rmq_mutex_lock (&self->lock);
  g_cond_broadcast (&self->changed);
  rmq_mutex_unlock (&self->lock);
}

/* Called and returns with the lock. Lets go of it to connect: the handler may run at once. */
static bool
wait_ready (RmqMemoryBuffer *self, RmqMemoryBufferSide side, bool block, GCancellable *cancellable, GError **error)
{
  unsigned long id = 0;
  bool ready;

  if (is_ready (self, side))
    return true;
  if (!block)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "the pipe is not ready");
      return false;
    }
  if (cancellable != NULL)
    {
      rmq_mutex_unlock (&self->lock);
      id = g_cancellable_connect (cancellable, G_CALLBACK (cancelled), self, NULL);
      rmq_mutex_lock (&self->lock);
    }
  while (!(ready = is_ready (self, side)) && !g_cancellable_is_cancelled (cancellable))
    rmq_cond_wait (&self->changed, &self->lock);
  if (id != 0)
    {
      rmq_mutex_unlock (&self->lock);
      g_cancellable_disconnect (cancellable, id);
      rmq_mutex_lock (&self->lock);
    }
  return ready || !g_cancellable_set_error_if_cancelled (cancellable, error);
}

/* --- any thread ---------------------------------------------------------------------------------------------- */

ssize_t
_rmq_memory_buffer_read (RmqMemoryBuffer *self,
                         void *data,
                         size_t len,
                         bool block,
                         GCancellable *cancellable,
                         GError **error)
{
  ssize_t n = -1;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return -1;
  rmq_mutex_lock (&self->lock);
  if (wait_ready (self, RMQ_MEMORY_BUFFER_READ, block, cancellable, error))
    {
      bool was_full = self->len >= self->capacity;

      n = (ssize_t) take (self, data, len);
      if (was_full || self->len == 0)
        update_waiting (self);
    }
  rmq_mutex_unlock (&self->lock);
  return n;
}

ssize_t
_rmq_memory_buffer_writev (RmqMemoryBuffer *self,
                           const GOutputVector *vectors,
                           size_t n_vectors,
                           bool block,
                           GCancellable *cancellable,
                           GError **error)
{
  ssize_t n = -1;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return -1;
  rmq_mutex_lock (&self->lock);
  if (wait_ready (self, RMQ_MEMORY_BUFFER_WRITE, block, cancellable, error))
    {
      bool was_empty = self->len == 0;

      if (self->closed[RMQ_MEMORY_BUFFER_READ] || self->closed[RMQ_MEMORY_BUFFER_WRITE])
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, "the other end of the pipe is closed");
      else
        {
          n = 0;
          for (size_t i = 0; i < n_vectors; i++)
            n += (ssize_t) put (self, vectors[i].buffer, vectors[i].size);
          if (was_empty || self->len >= self->capacity)
            update_waiting (self);
        }
    }
  rmq_mutex_unlock (&self->lock);
  return n;
}

void
_rmq_memory_buffer_close (RmqMemoryBuffer *self, RmqMemoryBufferSide side)
{
  rmq_mutex_lock (&self->lock);
  self->closed[side] = true;
  update_waiting (self);
  rmq_mutex_unlock (&self->lock);
}

bool
_rmq_memory_buffer_is_ready (RmqMemoryBuffer *self, RmqMemoryBufferSide side)
{
  bool ready;

  rmq_mutex_lock (&self->lock);
  ready = is_ready (self, side);
  rmq_mutex_unlock (&self->lock);
  return ready;
}

/* --- the source ---------------------------------------------------------------------------------------------- */

static gboolean
memory_source_dispatch (GSource *source, GSourceFunc callback, void *data)
{
  MemorySource *self = (MemorySource *) source;
  GPollableSourceFunc func = (GPollableSourceFunc) callback;

  return func != NULL ? func (self->stream, data) : G_SOURCE_REMOVE;
}

static void
memory_source_dispose (GSource *source)
{
  MemorySource *self = (MemorySource *) source;

  rmq_mutex_lock (&self->buffer->lock);
  g_ptr_array_remove_fast (self->buffer->waiting, self);
  rmq_mutex_unlock (&self->buffer->lock);
}

static void
memory_source_finalize (GSource *source)
{
  MemorySource *self = (MemorySource *) source;

  g_clear_pointer (&self->buffer, _rmq_memory_buffer_unref);
  g_clear_object (&self->stream);
}

static gboolean
wake (GCancellable *cancellable, void *data)
{
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs memory_source_funcs = {
  .dispatch = memory_source_dispatch,
  .finalize = memory_source_finalize,
};

GSource *
_rmq_memory_buffer_create_source (RmqMemoryBuffer *self,
                                  RmqMemoryBufferSide side,
                                  GObject *stream,
                                  GCancellable *cancellable)
{
  GSource *source = g_source_new (&memory_source_funcs, sizeof (MemorySource));
  MemorySource *memory_source = (MemorySource *) source;

  memory_source->buffer = _rmq_memory_buffer_ref (self);
  memory_source->stream = g_object_ref (stream);
  memory_source->side = side;
  g_source_set_static_name (source, "rmq memory pipe");
  g_source_set_dispose_function (source, memory_source_dispose);
  if (cancellable != NULL)
    {
      g_autoptr (GSource) child = g_cancellable_source_new (cancellable);

      g_source_set_callback (child, G_SOURCE_FUNC (wake), NULL, NULL);
      g_source_add_child_source (source, child);
    }

  rmq_mutex_lock (&self->lock);
  g_ptr_array_add (self->waiting, source);
  g_source_set_ready_time (source, is_ready (self, side) ? 0 : -1);
  rmq_mutex_unlock (&self->lock);
  return source;
}
