/* SPDX-License-Identifier: Apache-2.0
 *
 * The way of a client's events to its handles: one queue source for each handle, in the handle's main context.
 */
#include "rmq-client-events-private.h"

#include "base/rmq-log-private.h"
#include "base/rmq-queue-source-private.h"
#include "base/rmq-sync-private.h"
#include "wire/rmq-remoting-command-private.h"

/* A context that nobody iterates must not collect events for ever. When it is iterated again, what it shows is brought
 * up to date by a snapshot. */
#define MAX_WAITING_EVENTS 4096

struct _RmqClientEventSink
{
  uint64_t id;
  GWeakRef handle;
  RmqQueueSource *source;
  RmqClientEventFunc func;
  int lost; /* atomic: something was dropped, and LOST stands in the queue */
};

struct _RmqClientEvents
{
  GMutex lock;
  GPtrArray *sinks;
  uint64_t last_id;
};

static void
event_unref (gpointer data)
{
  RmqClientEvent *self = data;

  if (!rmq_ref_dec_and_test (&self->ref_count))
    return;
  g_free (self->name);
  g_free (self->detail);
  g_clear_error (&self->error);
  g_clear_pointer (&self->queue, rmq_message_queue_unref);
  g_clear_pointer (&self->command, rmq_remoting_command_unref);
  g_strfreev (self->connections);
  g_strfreev (self->producers);
  g_strfreev (self->consumers);
  g_free (self);
}

static RmqClientEvent *
event_new (RmqClientEventKind kind, const char *name, const char *detail)
{
  RmqClientEvent *self = g_new0 (RmqClientEvent, 1);

  self->ref_count = 1;
  self->kind = kind;
  self->name = g_strdup (name);
  self->detail = g_strdup (detail);
  return self;
}

static void
sink_free (gpointer data)
{
  RmqClientEventSink *self = data;

  g_weak_ref_clear (&self->handle);
  g_free (self);
}

static void
dispatch (void *item, void *data)
{
  RmqClientEventSink *sink = data;
  RmqClientEvent *event = item;
  g_autoptr (GObject) handle = g_weak_ref_get (&sink->handle);

  /* What is dropped from here on needs another look. */
  if (event->kind == RMQ_CLIENT_EVENT_LOST)
    g_atomic_int_set (&sink->lost, 0);
  if (handle != NULL)
    sink->func (handle, event);
  event_unref (event);
}

static void
turn_ended (void *data)
{
  static const RmqClientEvent turn = { .kind = RMQ_CLIENT_EVENT_TURN };
  RmqClientEventSink *sink = data;
  g_autoptr (GObject) handle = g_weak_ref_get (&sink->handle);

  if (handle != NULL)
    sink->func (handle, &turn);
}

RmqClientEvents *
_rmq_client_events_new (void)
{
  RmqClientEvents *self = g_new0 (RmqClientEvents, 1);

  g_mutex_init (&self->lock);
  self->sinks = g_ptr_array_new ();
  return self;
}

void
_rmq_client_events_free (RmqClientEvents *self)
{
  g_assert (self->sinks->len == 0);
  g_ptr_array_unref (self->sinks);
  g_mutex_clear (&self->lock);
  g_free (self);
}

RmqClientEventSink *
_rmq_client_events_add_sink (RmqClientEvents *self, GObject *handle, GMainContext *context, RmqClientEventFunc func)
{
  RmqClientEventSink *sink = g_new0 (RmqClientEventSink, 1);

  g_weak_ref_init (&sink->handle, handle);
  sink->func = func;
  sink->source = _rmq_queue_source_new ("rmq-client-events", event_unref);
  _rmq_queue_source_set_func (sink->source, dispatch, turn_ended, sink, sink_free);
  g_source_attach ((GSource *) sink->source, context);

  rmq_mutex_lock (&self->lock);
  sink->id = ++self->last_id;
  g_ptr_array_add (self->sinks, sink);
  rmq_mutex_unlock (&self->lock);
  return sink;
}

void
_rmq_client_events_remove_sink (RmqClientEvents *self, RmqClientEventSink *sink)
{
  GSource *source = (GSource *) sink->source;

  rmq_mutex_lock (&self->lock);
  g_ptr_array_remove (self->sinks, sink);
  rmq_mutex_unlock (&self->lock);
  g_source_destroy (source);
  g_source_unref (source);
}

uint64_t
_rmq_client_event_sink_get_id (RmqClientEventSink *sink)
{
  return sink->id;
}

/* Has a reference of its own for the sink. */
static void
push_to_sink (RmqClientEventSink *sink, RmqClientEvent *event)
{
  g_atomic_int_inc (&event->ref_count);
  if (!_rmq_queue_source_push (sink->source, event))
    event_unref (event);
}

static bool
has_room (RmqClientEventSink *sink, const RmqClientEvent *event)
{
  RmqClientEvent *lost;

  if (event->kind == RMQ_CLIENT_EVENT_SNAPSHOT || _rmq_queue_source_get_length (sink->source) < MAX_WAITING_EVENTS)
    return true;
  if (!g_atomic_int_compare_and_exchange (&sink->lost, 0, 1))
    return false;
  rmq_info ("events", event->name, "The client's main context is not iterated: events are dropped");
  lost = event_new (RMQ_CLIENT_EVENT_LOST, NULL, NULL);
  push_to_sink (sink, lost);
  event_unref (lost);
  return false;
}

/* Takes event. sink_id 0: to all. */
static void
push_to (RmqClientEvents *self, uint64_t sink_id, RmqClientEvent *event)
{
  rmq_mutex_lock (&self->lock);
  for (unsigned i = 0; i < self->sinks->len; i++)
    {
      RmqClientEventSink *sink = self->sinks->pdata[i];

      if ((sink_id == 0 || sink->id == sink_id) && has_room (sink, event))
        push_to_sink (sink, event);
    }
  rmq_mutex_unlock (&self->lock);
  event_unref (event);
}

/* Takes event. */
static void
push (RmqClientEvents *self, RmqClientEvent *event)
{
  push_to (self, 0, event);
}

void
_rmq_client_events_emit_to (RmqClientEvents *self, uint64_t sink_id, RmqClientEventKind kind, const char *name)
{
  push_to (self, sink_id, event_new (kind, name, NULL));
}

void
_rmq_client_events_emit_snapshot (RmqClientEvents *self,
                                  uint64_t sink_id,
                                  char **connections,
                                  char **producers,
                                  char **consumers)
{
  RmqClientEvent *event = event_new (RMQ_CLIENT_EVENT_SNAPSHOT, NULL, NULL);

  event->connections = connections;
  event->producers = producers;
  event->consumers = consumers;
  push_to (self, sink_id, event);
}

void
_rmq_client_events_emit (RmqClientEvents *self, RmqClientEventKind kind, const char *name, const char *detail)
{
  push (self, event_new (kind, name, detail));
}

void
_rmq_client_events_emit_closed (RmqClientEvents *self, const char *address, const GError *error)
{
  RmqClientEvent *event = event_new (RMQ_CLIENT_EVENT_CLOSED, address, NULL);

  event->error = error != NULL ? g_error_copy (error) : NULL;
  push (self, event);
}

void
_rmq_client_events_emit_stalled (RmqClientEvents *self, const char *group, RmqMessageQueue *queue, const char *reason)
{
  RmqClientEvent *event = event_new (RMQ_CLIENT_EVENT_QUEUE_STALLED, group, reason);

  event->queue = rmq_message_queue_ref (queue);
  push (self, event);
}

void
_rmq_client_events_emit_request (RmqClientEvents *self, const char *address, const RmqFrame *request)
{
  RmqClientEvent *event = event_new (RMQ_CLIENT_EVENT_BROKER_REQUEST, address, NULL);

  event->command = _rmq_remoting_command_new_from_frame (request, NULL);
  push (self, event);
}
