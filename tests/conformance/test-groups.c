/* SPDX-License-Identifier: Apache-2.0
 *
 * Groups of consumers: who gets what, retries and dead letters, offsets over a restart, resets.
 */
#include "conformance-fixture.h"

#include <string.h>
#include "broker-ask.h"

#define INVOKE_BROKER_TO_RESET_OFFSET 222

static char *
make_group_topic (const char *prefix, const char *group)
{
  return g_strconcat (prefix, group, NULL);
}

/* --- Sharing --------------------------------------------------------------------------------------------------------
 */

typedef struct
{
  ConfConsumer *consumers[3];
  unsigned n;
  unsigned n_queues;
  unsigned n_messages; /* different ones wanted */
} Group;

/* All queues, each once, none with two more than another. */
static bool
is_balanced (void *data)
{
  Group *group = data;
  g_autoptr (GHashTable) seen = g_hash_table_new (rmq_message_queue_hash, rmq_message_queue_equal);
  unsigned total = 0;

  for (unsigned i = 0; i < group->n; i++)
    {
      GPtrArray *mine = group->consumers[i]->assignment;

      if (mine == NULL || mine->len < group->n_queues / group->n
          || mine->len > (group->n_queues + group->n - 1) / group->n)
        return false;
      for (unsigned k = 0; k < mine->len; k++)
        g_hash_table_add (seen, mine->pdata[k]);
      total += mine->len;
    }
  return total == group->n_queues && g_hash_table_size (seen) == group->n_queues;
}

static bool
has_all (void *data)
{
  Group *group = data;

  return conf_count_texts (group->consumers, group->n) >= group->n_messages;
}

static void
test_rebalance (ConfFixture *self, gconstpointer data)
{
  Group group = { .n_queues = 8 };
  g_autofree char *topic = conf_make_name ("conf-eight");
  unsigned least = G_MAXUINT;
  int64_t start_us;

  g_free (self->topic);
  self->topic = g_steal_pointer (&topic);
  conf_create_topic (self, self->topic, 8);
  for (unsigned n = 1; n <= 3; n++)
    {
      group.consumers[group.n++] = conf_consumer_new (self, self->group, self->topic, "*");
      start_us = g_get_monotonic_time ();
      conf_consumer_start (group.consumers[n - 1]);
      rmq_test_assert_until (self->context, is_balanced, &group);
      g_test_message ("%u members balanced after %" G_GINT64_FORMAT " ms", n,
                      (g_get_monotonic_time () - start_us) / 1000);
    }
  conf_send_texts (self, NULL, 0, 400);
  group.n_messages = 400;
  g_assert_true (rmq_test_wait_until (self->context, has_all, &group, CONF_DEADLINE_MS));
  for (unsigned i = 0; i < 3; i++)
    least = MIN (least, group.consumers[i]->messages->len);
  /* 2 of 8 queues at least. */
  g_assert_cmpuint (least, >=, 70);

  start_us = g_get_monotonic_time ();
  conf_consumer_free (group.consumers[--group.n]);
  rmq_test_assert_until (self->context, is_balanced, &group);
  g_test_message ("2 members balanced %" G_GINT64_FORMAT " ms after one left",
                  (g_get_monotonic_time () - start_us) / 1000);
  while (group.n > 0)
    conf_consumer_free (group.consumers[--group.n]);
}

static void
test_two_groups (ConfFixture *self, gconstpointer data)
{
  g_autofree char *other = conf_make_name ("conf-group");
  g_autoptr (ConfConsumer) alone = conf_consumer_new (self, other, self->topic, "*");
  Group group = { .n = 2, .n_queues = CONF_QUEUES, .n_messages = 100 };

  conf_consumer_start (alone);
  for (unsigned i = 0; i < 2; i++)
    {
      group.consumers[i] = conf_consumer_new (self, self->group, self->topic, "*");
      conf_consumer_start (group.consumers[i]);
    }
  rmq_test_assert_until (self->context, is_balanced, &group);
  conf_send_texts (self, NULL, 0, 100);
  g_assert_true (rmq_test_wait_until (self->context, has_all, &group, CONF_DEADLINE_MS));
  conf_consumer_wait (alone, 100);
  g_assert_cmpuint (conf_count_texts (&alone, 1), ==, 100);
  g_assert_cmpuint (group.consumers[0]->messages->len, >, 0);
  g_assert_cmpuint (group.consumers[1]->messages->len, >, 0);
  for (unsigned i = 0; i < 2; i++)
    conf_consumer_free (group.consumers[i]);
}

/* --- Retries --------------------------------------------------------------------------------------------------------
 */

static RmqConsumeResult
retry_first (ConfConsumer *self, RmqMessage *message)
{
  return rmq_message_get_reconsume_times (message) == 0 ? RMQ_CONSUME_RETRY : RMQ_CONSUME_SUCCESS;
}

static void
test_retry (ConfFixture *self, gconstpointer data)
{
  g_autoptr (ConfConsumer) consumer = conf_consumer_new (self, self->group, self->topic, "*");
  g_autofree char *first_id = NULL;
  g_autofree char *second_id = NULL;
  int64_t start_us;
  RmqMessage *again;

  consumer->answer = retry_first;
  conf_consumer_start (consumer);
  conf_send_texts (self, "tagged", 0, 1);
  conf_consumer_wait (consumer, 1);
  start_us = g_get_monotonic_time ();
  conf_consumer_wait (consumer, 2);
  if (self->fake == NULL)
    {
      int64_t ms = (g_get_monotonic_time () - start_us) / 1000;

      g_test_message ("came again after %" G_GINT64_FORMAT " ms", ms);
      g_assert_cmpint (ms, >=, 8000);
      g_assert_cmpint (ms, <=, 20000);
    }
  again = consumer->messages->pdata[1];
  first_id = rmq_message_dup_message_id (consumer->messages->pdata[0]);
  second_id = rmq_message_dup_message_id (again);
  g_assert_cmpstr (first_id, ==, second_id);
  g_assert_cmpint (rmq_message_get_reconsume_times (again), ==, 1);
  g_assert_cmpstr (rmq_message_get_topic (again), ==, self->topic);
  g_assert_cmpstr (rmq_message_get_tag (again), ==, "tagged");
}

typedef struct
{
  ConfFixture *fixture;
  char *topic;
  int64_t n;
} Letters;

static bool
has_letters (void *data)
{
  Letters *letters = data;

  if (letters->fixture->fake != NULL)
    return rmq_fake_broker_count_messages (letters->fixture->fake, letters->topic) >= letters->n;
  return conf_get_max_offset (letters->fixture, letters->topic, 0) >= letters->n;
}

static RmqConsumeResult
retry_always (ConfConsumer *self, RmqMessage *message)
{
  return RMQ_CONSUME_RETRY;
}

static void
test_dead_letters (ConfFixture *self, gconstpointer data)
{
  g_autofree char *topic = make_group_topic ("%DLQ%", self->group);
  g_autoptr (ConfConsumer) consumer = conf_consumer_new (self, self->group, self->topic, "*");
  Letters letters = { self, topic, 3 };

  consumer->answer = retry_always;
  g_object_set (consumer->consumer, "max-reconsume-times", 0, NULL);
  conf_consumer_start (consumer);
  conf_send_texts (self, NULL, 0, 3);
  conf_consumer_wait (consumer, 3);
  rmq_test_assert_until (self->context, has_letters, &letters);
  g_assert_cmpuint (consumer->messages->len, ==, 3);
}

static RmqConsumeResult
defer (ConfConsumer *self, RmqMessage *message)
{
  g_autofree char *text = rmq_message_dup_text (message);
  g_autoptr (GError) error = NULL;

  if (rmq_message_get_reconsume_times (message) > 0)
    return RMQ_CONSUME_SUCCESS;
  if (g_str_equal (text, "0"))
    rmq_message_ack (message, &error);
  else
    rmq_message_retry (message, g_str_equal (text, "1") ? 1 : -1, &error);
  g_assert_no_error (error);
  return RMQ_CONSUME_DEFERRED;
}

static void
test_levels (ConfFixture *self, gconstpointer data)
{
  g_autofree char *topic = make_group_topic ("%DLQ%", self->group);
  g_autoptr (ConfConsumer) consumer = conf_consumer_new (self, self->group, self->topic, "*");
  unsigned n_again = 0;
  Letters letters = { self, topic, 1 };

  consumer->answer = defer;
  conf_consumer_start (consumer);
  conf_send_texts (self, NULL, 0, 3);
  conf_consumer_wait (consumer, 4);
  /* Another queue may be slower than the retry. */
  for (unsigned i = 0; i < consumer->messages->len; i++)
    {
      RmqMessage *message = consumer->messages->pdata[i];
      g_autofree char *text = rmq_message_dup_text (message);

      if (rmq_message_get_reconsume_times (message) == 0)
        continue;
      n_again++;
      g_assert_cmpstr (text, ==, "1");
      g_assert_cmpint (rmq_message_get_reconsume_times (message), ==, 1);
    }
  g_assert_cmpuint (n_again, ==, 1);
  rmq_test_assert_until (self->context, has_letters, &letters);
}

/* --- Offsets --------------------------------------------------------------------------------------------------------
 */

static void
test_restart (ConfFixture *self, gconstpointer data)
{
  ConfConsumer *rounds[3];
  unsigned total = 0;

  for (int round = 0; round < 3; round++)
    {
      conf_send_texts (self, NULL, 100 * round, 100);
      rounds[round] = conf_consumer_new (self, self->group, self->topic, "*");
      conf_consumer_start (rounds[round]);
      conf_consumer_wait (rounds[round], 100);
      if (round == 1)
        {
          g_autoptr (GError) error = NULL;

          rmq_push_consumer_commit (rounds[round]->consumer, NULL, &error);
          g_assert_no_error (error);
          for (int queue = 0; queue < CONF_QUEUES; queue++)
            g_assert_cmpint (conf_get_committed (self, self->group, self->topic, queue), ==,
                             conf_get_max_offset (self, self->topic, queue));
        }
      /* Neither lost nor repeated. */
      g_assert_cmpuint (rounds[round]->messages->len, ==, 100);
      g_assert_cmpuint (conf_count_texts (&rounds[round], 1), ==, 100);
      total += rounds[round]->messages->len;
      conf_consumer_free (rounds[round]);
      for (int queue = 0; queue < CONF_QUEUES; queue++)
        g_assert_cmpint (conf_get_committed (self, self->group, self->topic, queue), ==,
                         conf_get_max_offset (self, self->topic, queue));
    }
  g_assert_cmpuint (total, ==, 300);
}

/* A stop in the middle: what was finished does not come again. */
static void
test_stop_midway (ConfFixture *self, gconstpointer data)
{
  g_autoptr (ConfConsumer) second = NULL;
  ConfConsumer *first = conf_consumer_new (self, self->group, self->topic, "*");
  unsigned before;

  conf_send_texts (self, NULL, 0, 400);
  g_object_set (first->consumer, "pull-batch-size", 8u, "pull-threshold-count", 16u, NULL);
  conf_consumer_start (first);
  conf_consumer_wait (first, 50);
  rmq_push_consumer_pause (first->consumer);
  g_ptr_array_ref (first->messages);
  {
    GPtrArray *messages = first->messages;

    conf_consumer_free (first);
    before = messages->len;
    g_ptr_array_unref (messages);
  }
  second = conf_consumer_new (self, self->group, self->topic, "*");
  conf_consumer_start (second);
  if (before < 400)
    conf_consumer_wait (second, 400 - before);
  g_test_message ("%u before the restart, %u after it", before, second->messages->len);
  g_assert_cmpuint (before + second->messages->len, ==, 400);
}

static void
test_reset (ConfFixture *self, gconstpointer data)
{
  const char *ext[] = { "topic", self->topic, "group", self->group, "timestamp", "0", "isForce", "true", NULL };
  g_autoptr (ConfConsumer) consumer = conf_consumer_new (self, self->group, self->topic, "*");
  g_autoptr (RmqRemotingCommand) answer = NULL;
  g_autoptr (GError) error = NULL;

  if (self->fake != NULL)
    {
      g_test_skip ("the fake broker resets nothing by itself");
      return;
    }
  conf_send_texts (self, NULL, 0, 100);
  conf_consumer_start (consumer);
  conf_consumer_wait (consumer, 100);
  /* 4.x knows of no group without offsets. */
  rmq_push_consumer_commit (consumer->consumer, NULL, &error);
  g_assert_no_error (error);
  answer = broker_ask (self->broker, INVOKE_BROKER_TO_RESET_OFFSET, ext, NULL);
  if (rmq_remoting_command_get_code (answer) != 0)
    g_error ("the reset failed: %s", rmq_remoting_command_get_remark (answer));
  conf_consumer_wait (consumer, 200);
  g_assert_cmpuint (conf_count_texts (&consumer, 1), ==, 100);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  conf_add ("/groups/C-REB-001/rebalance", test_rebalance);
  conf_add ("/groups/C-PUSH-016/two-groups", test_two_groups);
  conf_add ("/groups/C-DLQ-001/retry", test_retry);
  conf_add ("/groups/C-DLQ-002/dead-letters", test_dead_letters);
  conf_add ("/groups/C-DLQ-003/levels", test_levels);
  conf_add ("/groups/C-OFF-001,C-LIFE-002/restart", test_restart);
  conf_add ("/groups/C-LIFE-002/stop-midway", test_stop_midway);
  conf_add ("/groups/C-CTRL-001/reset", test_reset);
  return g_test_run ();
}
