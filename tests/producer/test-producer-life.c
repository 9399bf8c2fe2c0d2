/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of a producer, against the end of the context that it lived in.
 */
#include "producer-fixture.h"

#define ROUNDS_US (500 * G_TIME_SPAN_MILLISECOND)
/* That many more sources make the end of a context long enough to be met. */
#define N_SOURCES 200

static void
on_receipts (RmqProducer *producer, GPtrArray *receipts, Fixture *self)
{
  g_assert_not_reached ();
}

static void
attach_sources (GMainContext *context)
{
  for (unsigned i = 0; i < N_SOURCES; i++)
    {
      g_autoptr (GSource) source = g_timeout_source_new_seconds (3600);

      g_source_attach (source, context);
    }
}

/* The I/O thread is done with a producer later than its handle is gone, and the context may go with the handle. */
static void
test_context_goes (Fixture *self, gconstpointer data)
{
  int64_t end_us = g_get_monotonic_time () + ROUNDS_US;

  for (unsigned i = 0; g_get_monotonic_time () < end_us; i++)
    {
      g_autoptr (GMainContext) context = g_main_context_new ();
      g_autoptr (RmqMessage) message = rmq_message_new_text ("orders", "hello");
      g_autoptr (GError) error = NULL;
      g_autofree char *group = g_strdup_printf ("orders-producer-%u", i);
      RmqProducer *producer;

      g_main_context_push_thread_default (context);
      producer = rmq_producer_new (self->client, group);
      g_main_context_pop_thread_default (context);
      if (i % 2 == 0)
        {
          g_signal_connect (producer, "receipts", G_CALLBACK (on_receipts), self);
          g_assert_true (rmq_producer_enqueue (producer, message, &error));
          g_assert_no_error (error);
        }
      attach_sources (context);
      g_object_unref (producer);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/producer/context-goes", test_context_goes);
  return g_test_run ();
}
