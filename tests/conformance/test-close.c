/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of closes: states × objects × ways × I/O modes. Each cell: the call returns within the deadline and a
 * second, everything that was under way completes exactly once, and fds, threads and sources are back where they began.
 */
#include "close-world.h"

#include "base/rmq-sync-private.h"

#include <sys/wait.h>
#include <unistd.h>

typedef enum
{
  WAY_ASYNC,
  WAY_SYNC,
  WAY_UNREF,
  N_WAYS
} Way;

typedef struct
{
  WorldState state;
  WorldObject object;
  Way way;
  bool own_io;
  const char *answer; /* what the close said */
  int took_ms;
} Cell;

static const char *const state_names[] = { "before-start", "connecting",  "mid-send",       "mid-pull",
                                           "in-handler",   "broker-hung", "broker-stopped", "after-fork" };
static const char *const object_names[] = { "instance", "producer", "push-consumer" };
static const char *const way_names[] = { "close_async", "close", "unref" };
static const char *const mode_names[] = { "rmq-io", "io-context" };

static Cell cells[N_STATES * N_OBJECTS * N_WAYS * 2];
static unsigned n_cells;
static Cell *current;

/* --- one close --- */

static void
begin_close (World *self, GAsyncResult **result)
{
  if (current->object == OBJECT_INSTANCE)
    rmq_client_instance_close_async (self->client, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, result);
  else if (current->object == OBJECT_PRODUCER)
    rmq_producer_close_async (self->producer, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, result);
  else
    rmq_push_consumer_close_async (self->consumer, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, result);
}

static bool
finish_close (World *self, GAsyncResult *result, GError **error)
{
  if (current->object == OBJECT_INSTANCE)
    return rmq_client_instance_close_finish (self->client, result, error);
  if (current->object == OBJECT_PRODUCER)
    return rmq_producer_close_finish (self->producer, result, error);
  return rmq_push_consumer_close_finish (self->consumer, result, error);
}

static bool
close_and_block (World *self, GError **error)
{
  if (current->object == OBJECT_INSTANCE)
    return rmq_client_instance_close (self->client, NULL, error);
  if (current->object == OBJECT_PRODUCER)
    return rmq_producer_close (self->producer, NULL, error);
  return rmq_push_consumer_close (self->consumer, NULL, error);
}

/* Producers and consumers hold their client, so its last reference goes after theirs. Weak pointers show that they
 * really went. */
static void
unref (World *self)
{
  if (current->object != OBJECT_CONSUMER)
    g_clear_object (&self->producer);
  if (current->object != OBJECT_PRODUCER)
    g_clear_object (&self->consumer);
  if (current->object == OBJECT_INSTANCE)
    g_clear_object (&self->client);
}

static const char *
name_of (const GError *error)
{
  if (error == NULL)
    return "closed";
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return "WOULD_BLOCK";
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PENDING))
    return "PENDING";
  if (g_error_matches (error, RMQ_ERROR, RMQ_ERROR_FORKED))
    return "FORKED";
  g_error ("unexpected: %s", error->message);
  return NULL;
}

static void
took_place (World *self, bool closed, const GError *error)
{
  current->took_ms = (int) ((g_get_monotonic_time () - self->began_us) / 1000);
  g_assert_true (closed == (error == NULL));
  current->answer = current->way == WAY_UNREF ? "gone" : name_of (error);
  g_assert_cmpint (current->took_ms, <=, CLOSE_TIMEOUT_MS + GRACE_MS);
}

/* Also called in a handler, which does not wait. */
static void
close_now (World *self)
{
  g_autoptr (GError) error = NULL;
  bool closed = true;

  self->began_us = g_get_monotonic_time ();
  if (current->way == WAY_ASYNC)
    {
      begin_close (self, &self->closing);
      return;
    }
  if (current->way == WAY_UNREF)
    unref (self);
  else
    closed = close_and_block (self, &error);
  took_place (self, closed, error);
}

static void
await_close (World *self)
{
  g_autoptr (GError) error = NULL;
  bool closed;

  if (current->way != WAY_ASYNC)
    return;
  rmq_test_await_result (self->context, &self->closing);
  closed = finish_close (self, self->closing, &error);
  took_place (self, closed, error);
  g_clear_object (&self->closing);
}

/* A close that did not wait, or was refused, is done once more in the way that always works; twice does no harm. */
static void
close_again (World *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  if (current->way == WAY_UNREF)
    return;
  begin_close (self, &result);
  rmq_test_await_result (self->context, &result);
  finish_close (self, result, &error);
  g_assert_no_error (error);
}

/* --- expectations --- */

static const char *
expected_answer (const Cell *cell)
{
  if (cell->way == WAY_UNREF)
    return "gone";
  if (cell->state == STATE_AFTER_FORK)
    return "FORKED";
  if (cell->way == WAY_SYNC && cell->object == OBJECT_CONSUMER && cell->state == STATE_IN_HANDLER)
    return "PENDING";
  if (cell->way == WAY_SYNC && cell->own_io)
    return "WOULD_BLOCK";
  return "closed";
}

/* --- fork --- */

/* What the child finds is told by its exit status: an assertion's abort is one, too. */
static void
close_in_child (World *self)
{
  g_autoptr (GError) error = NULL;
  pid_t pid;
  int status;

  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      alarm (20);
      close_now (self);
      await_close (self);
      if (current->way != WAY_UNREF)
        g_assert_cmpstr (current->answer, ==, "FORKED");
      unref (self);
      rmq_test_exit_child (0);
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  current->answer = current->way == WAY_UNREF ? "gone" : "FORKED";

  /* The parent's connections live on. */
  g_assert_cmpuint (rmq_fake_broker_count_connections (self->broker), >, 0);
  g_assert_true (world_send (self, &error));
  g_assert_no_error (error);
  g_assert_cmpint (rmq_client_instance_get_state (self->client), ==, RMQ_STATE_RUNNING);
}

/* --- the table --- */

static void
test_cell (gconstpointer data)
{
  World world;

  current = (Cell *) data;
#ifdef RMQ_TSAN
  if (current->state == STATE_AFTER_FORK)
    {
      g_test_skip ("ThreadSanitizer does not carry the child of a process with threads");
      return;
    }
#endif
  world_set_up (&world, current->state, current->own_io, close_now);
  if (current->state == STATE_AFTER_FORK)
    close_in_child (&world);
  else if (current->state != STATE_IN_HANDLER)
    close_now (&world);
  if (current->state != STATE_AFTER_FORK)
    await_close (&world);
  g_assert_cmpstr (current->answer, ==, expected_answer (current));
  if (current->state != STATE_AFTER_FORK)
    close_again (&world);
  world_tear_down (&world);
}

static void
test_print (void)
{
  g_autoptr (GString) line = g_string_new (NULL);

  g_test_message ("%-14s %-14s | %-42s | %s", "state", "object", "rmq-io: close_async, close, unref",
                  "io-context: close_async, close, unref");
  for (unsigned i = 0; i < n_cells; i++)
    {
      if (i % (2 * N_WAYS) == 0)
        g_string_printf (line, "%-14s %-14s |", state_names[cells[i].state], object_names[cells[i].object]);
      g_string_append_printf (line, " %s %d ms%s", cells[i].answer != NULL ? cells[i].answer : "-", cells[i].took_ms,
                              i % N_WAYS == N_WAYS - 1 ? " |" : ",");
      if (i % (2 * N_WAYS) == 2 * N_WAYS - 1)
        g_test_message ("%s", line->str);
    }
}

static void
add_cell (WorldState state, WorldObject object, bool own_io, Way way)
{
  Cell *cell = &cells[n_cells++];
  g_autofree char *path =
      g_strdup_printf ("/conformance/C-LIFE-001+C-LIFE-003+C-LIFE-005+C-LIFE-006+C-LIFE-009+C-SEND-026/%s/%s/%s/%s",
                       state_names[state], object_names[object], mode_names[own_io], way_names[way]);

  *cell = (Cell){ .state = state, .object = object, .way = way, .own_io = own_io };
  g_test_add_data_func (path, cell, test_cell);
}

int
main (int argc, char **argv)
{
  if (argc == 2 && strcmp (argv[1], "--serve") == 0)
    return world_serve ();

  g_test_init (&argc, &argv, NULL);
  /* A broker that hangs is warned of. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);

  world_warm_up ();
  for (unsigned state = 0; state < N_STATES; state++)
    for (unsigned object = 0; object < N_OBJECTS; object++)
      for (unsigned mode = 0; mode < 2; mode++)
        for (unsigned way = 0; way < N_WAYS; way++)
          add_cell ((WorldState) state, (WorldObject) object, mode == 1, (Way) way);
  g_test_add_func ("/conformance-table/print", test_print);
  return g_test_run ();
}
