/* SPDX-License-Identifier: Apache-2.0
 *
 * The log: its fields, and which levels are asked for. Levels come from the environment, which is read once, so each
 * setting has a process of its own. And forks, which need processes too.
 */
#include "base/rmq-fork-private.h"
#include "base/rmq-log-private.h"
#include "rmq-test.h"

#include <sys/wait.h>
#include <unistd.h>

typedef struct
{
  unsigned n;
  char *message;
  char *component;
  char *subject;
  char *function;
  char *domain;
  char *priority;
} Written;

static void
take_field (char **place, const GLogField *field)
{
  g_free (*place);
  *place = g_strdup (field->value);
}

static void
written_clear (Written *self)
{
  g_free (self->message);
  g_free (self->component);
  g_free (self->subject);
  g_free (self->function);
  g_free (self->domain);
  g_free (self->priority);
}

static GLogWriterOutput
keep (GLogLevelFlags level, const GLogField *fields, size_t n_fields, void *data)
{
  Written *self = data;

  self->n++;
  for (size_t i = 0; i < n_fields; i++)
    {
      if (strcmp (fields[i].key, "MESSAGE") == 0)
        take_field (&self->message, &fields[i]);
      else if (strcmp (fields[i].key, "RMQ_COMPONENT") == 0)
        take_field (&self->component, &fields[i]);
      else if (strcmp (fields[i].key, "RMQ_SUBJECT") == 0)
        take_field (&self->subject, &fields[i]);
      else if (strcmp (fields[i].key, "CODE_FUNC") == 0)
        take_field (&self->function, &fields[i]);
      else if (strcmp (fields[i].key, "GLIB_DOMAIN") == 0)
        take_field (&self->domain, &fields[i]);
      else if (strcmp (fields[i].key, "PRIORITY") == 0)
        take_field (&self->priority, &fields[i]);
    }
  return G_LOG_WRITER_HANDLED;
}

static void
in_process_of_its_own (const char *rmq_log, const char *messages_debug)
{
  if (rmq_log != NULL)
    g_setenv ("RMQ_LOG", rmq_log, TRUE);
  else
    g_unsetenv ("RMQ_LOG");
  if (messages_debug != NULL)
    g_setenv ("G_MESSAGES_DEBUG", messages_debug, TRUE);
  else
    g_unsetenv ("G_MESSAGES_DEBUG");
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_unsetenv ("RMQ_LOG");
}

static void
expect_levels (bool warning, bool message, bool info, bool debug)
{
  g_assert_cmpint (_rmq_log_enabled (G_LOG_LEVEL_WARNING), ==, warning);
  g_assert_cmpint (_rmq_log_enabled (G_LOG_LEVEL_MESSAGE), ==, message);
  g_assert_cmpint (_rmq_log_enabled (G_LOG_LEVEL_INFO), ==, info);
  g_assert_cmpint (_rmq_log_enabled (G_LOG_LEVEL_DEBUG), ==, debug);
}

static void
test_fields (void)
{
  Written written = { 0 };

  if (!g_test_subprocess ())
    {
      in_process_of_its_own ("info", NULL);
      return;
    }
  g_log_set_writer_func (keep, &written, NULL);
  rmq_info ("channel", "127.0.0.1:10911", "closed after %d ms", 3);
  g_assert_cmpuint (written.n, ==, 1);
  g_assert_cmpstr (written.message, ==, "channel 127.0.0.1:10911: closed after 3 ms");
  g_assert_cmpstr (written.component, ==, "channel");
  g_assert_cmpstr (written.subject, ==, "127.0.0.1:10911");
  g_assert_cmpstr (written.function, ==, "test_fields");
  g_assert_cmpstr (written.domain, ==, "Rmq");
  g_assert_cmpstr (written.priority, ==, "6");
  rmq_notice ("routes", NULL, "100%% of %s", "them");
  g_assert_cmpstr (written.message, ==, "routes: 100% of them");
  rmq_debug ("routes", NULL, "nobody asked");
  g_assert_cmpuint (written.n, ==, 2);
  written_clear (&written);
}

static void
test_default (void)
{
  if (!g_test_subprocess ())
    {
      in_process_of_its_own (NULL, NULL);
      return;
    }
  expect_levels (true, true, false, false);
}

static void
test_messages_debug (void)
{
  if (!g_test_subprocess ())
    {
      in_process_of_its_own (NULL, "Rmq");
      return;
    }
  expect_levels (true, true, true, true);
}

static void
test_none (void)
{
  if (!g_test_subprocess ())
    {
      in_process_of_its_own ("none", "all");
      return;
    }
  expect_levels (false, false, false, false);
}

static void
test_warning (void)
{
  if (!g_test_subprocess ())
    {
      in_process_of_its_own ("warning", NULL);
      return;
    }
  expect_levels (true, false, false, false);
}

static void
test_nonsense (void)
{
  if (!g_test_subprocess ())
    {
      in_process_of_its_own ("loud", NULL);
      return;
    }
  expect_levels (true, true, false, false);
}

/* The writer sees a level switched on later, once the answer is worked out again. */
static void
test_refresh (void)
{
  if (!g_test_subprocess ())
    {
      in_process_of_its_own (NULL, NULL);
      return;
    }
  g_assert_false (_rmq_log_enabled (G_LOG_LEVEL_DEBUG));
  g_log_set_debug_enabled (TRUE);
  g_assert_false (_rmq_log_enabled (G_LOG_LEVEL_DEBUG));
  _rmq_log_refresh ();
  g_assert_true (_rmq_log_enabled (G_LOG_LEVEL_DEBUG));
  /* Not twice within a second. */
  g_log_set_debug_enabled (FALSE);
  _rmq_log_refresh ();
  g_assert_true (_rmq_log_enabled (G_LOG_LEVEL_DEBUG));
}

static void
test_fork (void)
{
  unsigned generation = _rmq_fork_generation ();
  int status = -1;
  pid_t child;

  g_assert_cmpuint (_rmq_fork_generation (), ==, generation);
  child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      pid_t grandchild;

      if (_rmq_fork_generation () != generation + 1)
        rmq_test_exit_child (1);
      grandchild = fork ();
      if (grandchild == 0)
        rmq_test_exit_child (_rmq_fork_generation () == generation + 2 ? 0 : 2);
      if (grandchild < 0 || waitpid (grandchild, &status, 0) != grandchild)
        rmq_test_exit_child (3);
      rmq_test_exit_child (WIFEXITED (status) ? WEXITSTATUS (status) : 4);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  g_assert_cmpuint (_rmq_fork_generation (), ==, generation);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/log/fields", test_fields);
  g_test_add_func ("/log/default", test_default);
  g_test_add_func ("/log/messages-debug", test_messages_debug);
  g_test_add_func ("/log/none", test_none);
  g_test_add_func ("/log/warning", test_warning);
  g_test_add_func ("/log/nonsense", test_nonsense);
  g_test_add_func ("/log/refresh", test_refresh);
  g_test_add_func ("/fork/generation", test_fork);
  return g_test_run ();
}
