/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqAllocationStrategy: what the class does about strategies that answer wrongly, by queues and by indexes.
 */
#include <rmq/rmq.h>

/* What the strategy of this test is to answer. */
static GPtrArray *the_answer;
static GArray *the_indexes;

typedef RmqAllocationStrategy ByQueues;
typedef RmqAllocationStrategyClass ByQueuesClass;
typedef RmqAllocationStrategy ByIndexes;
typedef RmqAllocationStrategyClass ByIndexesClass;
typedef RmqAllocationStrategy Nothing;
typedef RmqAllocationStrategyClass NothingClass;

static GType by_queues_get_type (void);
static GType by_indexes_get_type (void);
static GType nothing_get_type (void);

G_DEFINE_TYPE (ByQueues, by_queues, RMQ_TYPE_ALLOCATION_STRATEGY)
G_DEFINE_TYPE (ByIndexes, by_indexes, by_queues_get_type ())
G_DEFINE_TYPE (Nothing, nothing, RMQ_TYPE_ALLOCATION_STRATEGY)

static GPtrArray *
answer_queues (RmqAllocationStrategy *self,
               const char *group,
               const char *client_id,
               GPtrArray *queues,
               const char *const *client_ids,
               GError **error)
{
  return the_answer != NULL ? g_ptr_array_ref (the_answer) : NULL;
}

static GArray *
answer_indexes (RmqAllocationStrategy *self,
                const char *group,
                const char *client_id,
                GPtrArray *queues,
                const char *const *client_ids,
                GError **error)
{
  return the_indexes != NULL ? g_array_ref (the_indexes) : NULL;
}

static void
by_queues_class_init (ByQueuesClass *klass)
{
  klass->allocate = answer_queues;
}

static void
by_indexes_class_init (ByIndexesClass *klass)
{
  klass->allocate_indexes = answer_indexes;
}

static void
nothing_class_init (NothingClass *klass)
{
}

static void
by_queues_init (ByQueues *self)
{
}

static void
by_indexes_init (ByIndexes *self)
{
}

static void
nothing_init (Nothing *self)
{
}

static GPtrArray *
make_queues (void)
{
  GPtrArray *queues = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_queue_unref);

  for (int id = 0; id < 4; id++)
    g_ptr_array_add (queues, rmq_message_queue_new ("orders", "broker", id));
  return queues;
}

static GPtrArray *
ask (GType type, GPtrArray *queues, GError **error)
{
  static const char *const ids[] = { "a", "b", NULL };
  g_autoptr (RmqAllocationStrategy) strategy = g_object_new (type, NULL);

  return rmq_allocation_strategy_allocate (strategy, "group", "a", queues, ids, error);
}

static void
assert_fails (GType type, RmqError code)
{
  g_autoptr (GPtrArray) queues = make_queues ();
  g_autoptr (GError) error = NULL;

  g_assert_null (ask (type, queues, &error));
  g_assert_error (error, RMQ_ERROR, (int) code);
}

static void
answer_with (int first, int second)
{
  g_clear_pointer (&the_answer, g_ptr_array_unref);
  g_clear_pointer (&the_indexes, g_array_unref);
  the_answer = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_queue_unref);
  g_ptr_array_add (the_answer, rmq_message_queue_new ("orders", "broker", first));
  g_ptr_array_add (the_answer, rmq_message_queue_new ("orders", "broker", second));
  the_indexes = g_array_new (FALSE, FALSE, sizeof (unsigned));
  g_array_append_val (the_indexes, first);
  g_array_append_val (the_indexes, second);
}

static void
test_right (void)
{
  const GType types[] = { by_queues_get_type (), by_indexes_get_type () };
  g_autoptr (GPtrArray) queues = make_queues ();

  answer_with (3, 1);
  for (size_t i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) share = ask (types[i], queues, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (share->len, ==, 2);
      g_assert_cmpint (rmq_message_queue_get_queue_id (g_ptr_array_index (share, 0)), ==, 3);
      g_assert_cmpint (rmq_message_queue_get_queue_id (g_ptr_array_index (share, 1)), ==, 1);
    }
}

static void
test_wrong (void)
{
  static const struct
  {
    int first;
    int second;
  } wrong[] = { { 0, 4 }, { 2, 2 }, { -1, 0 }, { G_MAXINT, 0 } };

  for (size_t i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      answer_with (wrong[i].first, wrong[i].second);
      assert_fails (by_queues_get_type (), RMQ_ERROR_PLUGIN_FAILED);
      assert_fails (by_indexes_get_type (), RMQ_ERROR_PLUGIN_FAILED);
    }
  g_clear_pointer (&the_answer, g_ptr_array_unref);
  g_clear_pointer (&the_indexes, g_array_unref);
  assert_fails (by_queues_get_type (), RMQ_ERROR_PLUGIN_FAILED);
  assert_fails (by_indexes_get_type (), RMQ_ERROR_PLUGIN_FAILED);
  assert_fails (nothing_get_type (), RMQ_ERROR_NOT_SUPPORTED);
}

/* What a binding may make of a list that it cannot hand over. */
static void
test_null_queue (void)
{
  g_autoptr (GPtrArray) queues = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (queues, NULL);
  g_assert_null (ask (by_queues_get_type (), queues, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/client/allocation-strategy/right", test_right);
  g_test_add_func ("/client/allocation-strategy/wrong", test_wrong);
  g_test_add_func ("/client/allocation-strategy/C-REB-010/null-queue", test_null_queue);
  result = g_test_run ();
  g_clear_pointer (&the_answer, g_ptr_array_unref);
  g_clear_pointer (&the_indexes, g_array_unref);
  return result;
}
