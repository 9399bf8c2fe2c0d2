/* SPDX-License-Identifier: Apache-2.0
 *
 * Waiting, scratch folders and counts for tests.
 */
#include "rmq-test.h"
#include "base/rmq-sync-private.h"

#include <glib/gstdio.h>
#include <unistd.h>

/* Should nobody call rmq_test_wake (), a waiter looks again after so long. */
#define LOOK_AGAIN_MS 5

static GMutex mutex;
static GCond cond;
static unsigned n_wakes;      /* under the mutex */
static GSList *waiting_loops; /* of GMainContext, under the mutex */

unsigned
rmq_test_get_slowness (void)
{
  const char *text = g_getenv ("RMQ_TEST_TIMEOUT_SCALE");
  unsigned scale = text != NULL ? (unsigned) g_ascii_strtoull (text, NULL, 10) : 1;

#if defined(RMQ_TSAN) || defined(__SANITIZE_ADDRESS__)
  scale = MAX (scale, 5);
#endif
  return CLAMP (scale, 1, 1000);
}

bool
rmq_test_is_valgrind (void)
{
  const char *preloaded = g_getenv ("LD_PRELOAD");

  return preloaded != NULL && strstr (preloaded, "vgpreload") != NULL;
}

static int64_t
deadline_us (unsigned timeout_ms)
{
  return g_get_monotonic_time () + (int64_t) timeout_ms * 1000 * rmq_test_get_slowness ();
}

static gboolean
stay (void *data)
{
  return G_SOURCE_CONTINUE;
}

static bool
iterate_until (GMainContext *context, RmqTestCondition condition, void *data, int64_t end_us)
{
  g_autoptr (GSource) tick = g_timeout_source_new (LOOK_AGAIN_MS);
  bool reached;

  g_source_set_callback (tick, stay, NULL, NULL);
  g_source_attach (tick, context);
  rmq_mutex_lock (&mutex);
  waiting_loops = g_slist_prepend (waiting_loops, context);
  rmq_mutex_unlock (&mutex);

  while (!(reached = condition (data)) && g_get_monotonic_time () < end_us)
    g_main_context_iteration (context, TRUE);

  rmq_mutex_lock (&mutex);
  waiting_loops = g_slist_remove (waiting_loops, context);
  rmq_mutex_unlock (&mutex);
  g_source_destroy (tick);
  return reached;
}

static bool
block_until (RmqTestCondition condition, void *data, int64_t end_us)
{
  for (;;)
    {
      unsigned n_before;
      int64_t now_us;

      rmq_mutex_lock (&mutex);
      n_before = n_wakes;
      rmq_mutex_unlock (&mutex);
      if (condition (data))
        return true;
      now_us = g_get_monotonic_time ();
      if (now_us >= end_us)
        return false;

      rmq_mutex_lock (&mutex);
      if (n_wakes == n_before)
        rmq_cond_wait_until (&cond, &mutex, MIN (end_us, now_us + LOOK_AGAIN_MS * 1000));
      rmq_mutex_unlock (&mutex);
    }
}

bool
rmq_test_wait_until (GMainContext *context, RmqTestCondition condition, void *data, unsigned timeout_ms)
{
  int64_t end_us = deadline_us (timeout_ms);

  return context != NULL ? iterate_until (context, condition, data, end_us) : block_until (condition, data, end_us);
}

void
rmq_test_wake (void)
{
  rmq_mutex_lock (&mutex);
  n_wakes++;
  g_cond_broadcast (&cond);
  for (GSList *loop = waiting_loops; loop != NULL; loop = loop->next)
    g_main_context_wakeup (loop->data);
  rmq_mutex_unlock (&mutex);
}

bool
rmq_test_int_is_set (void *data)
{
  return __atomic_load_n ((int *) data, __ATOMIC_ACQUIRE) != 0;
}

bool
rmq_test_pointer_is_set (void *data)
{
  return __atomic_load_n ((void **) data, __ATOMIC_ACQUIRE) != NULL;
}

void
rmq_test_keep_result (GObject *source, GAsyncResult *result, void *data)
{
  GAsyncResult **place = data;

  g_assert_null (*place);
  __atomic_store_n (place, g_object_ref (result), __ATOMIC_RELEASE);
  rmq_test_wake ();
}

unsigned
rmq_test_drain (GMainContext *context)
{
  unsigned n = 0;

  while (g_main_context_iteration (context, FALSE))
    n++;
  return n;
}

RmqTestDir *
rmq_test_dir_new (void)
{
  g_autoptr (GError) error = NULL;
  char *path = g_dir_make_tmp ("rmq-test-XXXXXX", &error);

  g_assert_no_error (error);
  return path;
}

/* Never follows a link out of the folder. */
static void
delete_tree (const char *path)
{
  g_autoptr (GDir) dir = NULL;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK) && g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      const char *name;

      g_chmod (path, 0700);
      dir = g_dir_open (path, 0, NULL);
      while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *child = g_build_filename (path, name, NULL);

          delete_tree (child);
        }
    }
  g_remove (path);
}

void
rmq_test_dir_free (RmqTestDir *self)
{
  if (self == NULL)
    return;
  delete_tree (self);
  g_free (self);
}

char *
rmq_test_dir_write (const RmqTestDir *self, const char *name, const char *content)
{
  g_autoptr (GError) error = NULL;
  char *path = g_build_filename (self, name, NULL);

  g_file_set_contents (path, content, -1, &error);
  g_assert_no_error (error);
  return path;
}

void
rmq_test_exit_child (int status)
{
  g_autofree char *script = g_strdup_printf ("exit %d", status);

  execl ("/bin/sh", "sh", "-c", script, NULL);
  _exit (status != 0 ? status : 125);
}

unsigned
rmq_test_count_fds (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  unsigned n = 0;

  g_assert_nonnull (dir);
  while (g_dir_read_name (dir) != NULL)
    n++;
  return n - 1; /* that of the folder itself */
}

unsigned
rmq_test_count_threads (const char *prefix)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  const char *id;
  unsigned n = 0;

  g_assert_nonnull (dir);
  while ((id = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc/self/task", id, "comm", NULL);
      g_autofree char *name = NULL;

      /* A thread may end while we look. */
      if (g_file_get_contents (path, &name, NULL, NULL) && g_str_has_prefix (name, prefix))
        n++;
    }
  return n;
}

unsigned
rmq_test_count_sources (GMainContext *context)
{
  /* Ids grow by one with each source that is attached, so a new one bounds all others. */
  g_autoptr (GSource) probe = g_timeout_source_new_seconds (3600);
  unsigned last = g_source_attach (probe, context);
  unsigned n = 0;

  for (unsigned id = 1; id < last; id++)
    if (g_main_context_find_source_by_id (context, id) != NULL)
      n++;
  g_source_destroy (probe);
  return n;
}

uint64_t
rmq_test_random (uint64_t *state)
{
  /* splitmix64 */
  uint64_t z = (*state += UINT64_C (0x9e3779b97f4a7c15));

  z = (z ^ (z >> 30)) * UINT64_C (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C (0x94d049bb133111eb);
  return z ^ (z >> 31);
}
