/* SPDX-License-Identifier: Apache-2.0
 *
 * What the application gave us to call: one callback of two kinds, or the signal ::message. Its data is released where
 * the consumer lives, whatever thread drops the last reference.
 */
#include "base/rmq-sync-private.h"
#include "rmq-delivery-private.h"
#include "rmq-push-consumer-private.h"

struct _RmqConsumeHandler
{
  int ref_count;
  RmqMessageHandler message;
  RmqBatchHandler batch;
  void *data;
  GDestroyNotify destroy;
  GMainContext *context;
};

RmqConsumeHandler *
_rmq_consume_handler_new (RmqMessageHandler message,
                          RmqBatchHandler batch,
                          void *data,
                          GDestroyNotify destroy,
                          GMainContext *context)
{
  RmqConsumeHandler *self = g_new0 (RmqConsumeHandler, 1);

  self->ref_count = 1;
  self->message = message;
  self->batch = batch;
  self->data = data;
  self->destroy = destroy;
  self->context = g_main_context_ref (context);
  return self;
}

RmqConsumeHandler *
_rmq_consume_handler_ref (RmqConsumeHandler *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

static gboolean
do_nothing (void *data)
{
  return G_SOURCE_REMOVE;
}

/* The destroy notify of a source runs after its dispatch, or when the context itself goes away. */
static void
release_in_context (RmqConsumeHandler *self)
{
  GSource *source = g_idle_source_new ();

  g_source_set_static_name (source, "rmq-release-handler");
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, do_nothing, self->data, self->destroy);
  g_source_attach (source, self->context);
  g_source_unref (source);
}

void
_rmq_consume_handler_unref (RmqConsumeHandler *self)
{
  if (!rmq_ref_dec_and_test (&self->ref_count))
    return;
  if (self->destroy != NULL)
    {
      if (g_main_context_is_owner (self->context))
        self->destroy (self->data);
      else
        release_in_context (self);
    }
  g_main_context_unref (self->context);
  g_free (self);
}

bool
_rmq_consume_handler_is_signal (RmqConsumeHandler *self)
{
  return self->message == NULL && self->batch == NULL;
}

unsigned
_rmq_consume_handler_get_batch_size (RmqConsumeHandler *self, unsigned configured)
{
  return self->batch != NULL ? configured : 1;
}

static RmqConsumeResult
call_batch (RmqConsumeHandler *self, RmqPushConsumer *consumer, RmqMessage **messages, unsigned n_messages)
{
  g_autoptr (GPtrArray) array = g_ptr_array_new_full (n_messages, (GDestroyNotify) rmq_message_unref);

  for (unsigned i = 0; i < n_messages; i++)
    g_ptr_array_add (array, messages[i]);
  return self->batch (consumer, array, self->data);
}

RmqConsumeResult
_rmq_consume_handler_call (RmqConsumeHandler *self,
                           RmqPushConsumer *consumer,
                           RmqMessage **messages,
                           unsigned n_messages)
{
  RmqConsumeResult result;

  if (self->message != NULL)
    return self->message (consumer, messages[0], self->data);
  if (self->batch != NULL)
    return call_batch (self, consumer, messages, n_messages);
  result = _rmq_push_consumer_emit_message (consumer, messages[0]);
  rmq_message_unref (messages[0]);
  return result;
}
