/* SPDX-License-Identifier: Apache-2.0
 *
 * The push consumer against a fake broker: pulls, results, offsets.
 */
#include "consumer-fixture.h"

static void
put_many (Fixture *self, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    {
      g_autofree char *text = g_strdup_printf ("message-%u", i);

      rmq_fake_broker_put (self->broker, TOPIC, (int) (i % 4), text, NULL);
    }
}

/* C-PUSH-001 */
static void
test_receive (Fixture *self, gconstpointer data)
{
  fixture_run (self);
  FIXTURE_WAIT (self, fixture_count_owned (self, self->consumer) == 4);
  put_many (self, 100);
  FIXTURE_WAIT (self, fixture_count (self) == 100);
  for (unsigned i = 0; i < 100; i++)
    {
      g_autofree char *text = g_strdup_printf ("message-%u", i);

      g_assert_cmpuint (fixture_count_text (self, text), ==, 1);
    }
  for (int i = 0; i < 4; i++)
    FIXTURE_WAIT (self, rmq_fake_broker_get_offset (self->broker, GROUP, TOPIC, i) == 25);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add_both ("/consumer/push/C-PUSH-001/receive", test_receive);
  return g_test_run ();
}
