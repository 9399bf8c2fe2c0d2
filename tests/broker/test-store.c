/* SPDX-License-Identifier: Apache-2.0
 *
 * What every store promises, asked of each one, and what a file adds to it: restarts, kills, damage, a full disk.
 */
#include <rmq/rmq.h>

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "broker/store/rmq-broker-keys-private.h"
#include "broker/tables/rmq-broker-topics-private.h"
#include "broker/store/rmq-sqlite-store-private.h"
#include "rmq-test.h"

#define N_QUEUES 3

typedef struct
{
  const char *name;
  RmqBrokerStore *(*make) (void);
  bool keeps; /* a new object finds what the last one had */
} Kind;

static const Kind kinds[] = {
  { "memory", _rmq_memory_store_new, false },
  { "sqlite", _rmq_sqlite_store_new, true },
};

typedef struct
{
  const Kind *kind;
  char *directory;
  RmqIo *io;
  RmqBrokerStore *store;
  RmqStoreOptions options;
  RmqBrokerTopic topic;
  RmqBrokerQueue queues[N_QUEUES];
  unsigned n_trimmed;
} Fixture;

static void
trimmed (RmqBrokerQueue *queue, void *data)
{
  ((Fixture *) data)->n_trimmed++;
}

static void
attach_all (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < N_QUEUES; i++)
    {
      self->queues[i] = (RmqBrokerQueue){ .topic = &self->topic, .id = i };
      g_assert_true (_rmq_broker_store_attach (self->store, &self->queues[i], &error));
      g_assert_no_error (error);
    }
}

static void
set_up (Fixture *self, const void *data)
{
  g_autoptr (GError) error = NULL;

  self->kind = data;
  self->directory = g_dir_make_tmp ("rmq-store-XXXXXX", &error);
  g_assert_no_error (error);
  self->io = _rmq_io_new_for_context (NULL, NULL);
  self->options = (RmqStoreOptions){ .directory = self->directory,
                                     .io = self->io,
                                     .max_bytes = 64 * 1024 * 1024,
                                     .sync_flush = true,
                                     .flush_ms = 10,
                                     .trimmed = trimmed,
                                     .data = self };
  self->topic = (RmqBrokerTopic){ .name = (char *) "T", .slice = rmq_slice_from_string ("T") };
  self->store = self->kind->make ();
  g_assert_true (_rmq_broker_store_open (self->store, &self->options, &error));
  g_assert_no_error (error);
  attach_all (self);
}

static void
close_store (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (_rmq_broker_store_close (self->store, &error));
  g_assert_no_error (error);
}

static void
reopen (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  close_store (self);
  if (self->kind->keeps)
    {
      g_object_unref (self->store);
      self->store = self->kind->make ();
    }
  g_assert_true (_rmq_broker_store_open (self->store, &self->options, &error));
  g_assert_no_error (error);
  attach_all (self);
}

static void
remove_files (const char *directory)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (directory, name, NULL);

      g_unlink (path);
    }
  g_rmdir (directory);
}

static void
tear_down (Fixture *self, const void *data)
{
  g_clear_object (&self->store);
  remove_files (self->directory);
  _rmq_io_unref (self->io);
  g_main_context_iteration (NULL, FALSE);
  g_free (self->directory);
}

/* --- messages ------------------------------------------------------------------------------------------------ */

/* properties as in the wire's text; "\1" between name and value, "\2" behind each. */
static void
fill (Fixture *self, RmqBrokerMessage *message, int queue, const char *body, size_t len, const char *properties)
{
  *message = (RmqBrokerMessage){ .topic = &self->topic };
  message->record.topic = self->topic.slice;
  message->record.queue_id = queue;
  message->record.body = rmq_slice (body, len);
  message->record.properties = rmq_slice_from_string (properties);
  message->record.store_timestamp = 1000;
  _rmq_broker_message_scan (message);
}

static int64_t
put (Fixture *self, int queue, const char *body, const char *properties, int64_t time_ms)
{
  g_auto (RmqBrokerMessage) message = { 0 };
  g_autoptr (GError) error = NULL;

  fill (self, &message, queue, body, strlen (body), properties);
  message.record.store_timestamp = time_ms;
  g_assert_true (_rmq_broker_store_append (self->store, &self->queues[queue], &message, 1, &error));
  g_assert_no_error (error);
  return message.record.physical_offset;
}

static bool
collect (const RmqStoredRecord *stored, void *data)
{
  GString *text = data;
  RmqRecord record;

  g_assert_true (_rmq_record_decode (&record, stored->data, stored->size, 0, NULL));
  g_assert_cmpint (record.queue_offset, ==, stored->queue_offset);
  g_assert_cmpint (record.physical_offset, ==, stored->physical_offset);
  g_string_append_printf (text, "%" G_GINT64_FORMAT ":%.*s ", stored->queue_offset, (int) record.body.len,
                          record.body.data);
  return strstr (text->str, ":stop") == NULL;
}

static char *
scan (Fixture *self, int queue, int64_t offset)
{
  GString *text = g_string_new (NULL);

  _rmq_broker_store_scan (self->store, &self->queues[queue], offset, collect, text);
  return g_string_free (text, FALSE);
}

static char *
query (Fixture *self, const char *topic, const char *key, RmqStoreIndex index)
{
  GString *text = g_string_new (NULL);

  _rmq_broker_store_query (self->store, rmq_slice_from_string (topic), rmq_slice_from_string (key), index, collect,
                           text);
  return g_string_free (text, FALSE);
}

#define ASSERT_SCAN(queue, offset, expected)                                                                           \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autofree char *found_ = scan (self, queue, offset);                                                              \
                                                                                                                       \
    g_assert_cmpstr (found_, ==, expected);                                                                            \
  }                                                                                                                    \
  G_STMT_END

#define ASSERT_QUERY(key, index, expected)                                                                             \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autofree char *found_ = query (self, "T", key, index);                                                           \
                                                                                                                       \
    g_assert_cmpstr (found_, ==, expected);                                                                            \
  }                                                                                                                    \
  G_STMT_END

/* --- every store --------------------------------------------------------------------------------------------- */

static void
test_offsets (Fixture *self, const void *data)
{
  int64_t first = put (self, 0, "a", "", 1000);
  int64_t second = put (self, 1, "b", "", 1000);
  int64_t third = put (self, 0, "c", "", 1000);

  g_assert_cmpint (first, <, second);
  g_assert_cmpint (second, <, third);
  g_assert_cmpint (self->queues[0].max_offset, ==, 2);
  g_assert_cmpint (self->queues[1].max_offset, ==, 1);
  g_assert_cmpint (self->queues[2].max_offset, ==, 0);
  put (self, 0, "stop", "", 1000);
  put (self, 0, "e", "", 1000);
  ASSERT_SCAN (0, 0, "0:a 1:c 2:stop ");
  ASSERT_SCAN (0, 3, "3:e ");
  ASSERT_SCAN (1, 0, "0:b ");
  ASSERT_SCAN (2, 0, "");

  reopen (self);
  g_assert_cmpint (self->queues[0].max_offset, ==, 4);
  ASSERT_SCAN (0, 1, "1:c 2:stop ");
  g_assert_cmpint (put (self, 0, "f", "", 1000), >, third);
  ASSERT_SCAN (0, 3, "3:e 4:f ");
}

static void
test_lookup (Fixture *self, const void *data)
{
  int64_t at = put (self, 1, "here", "TAGS\1red\2", 1000);
  RmqStoredRecord stored;
  RmqRecord record;

  put (self, 1, "there", "", 1000);
  g_assert_true (_rmq_broker_store_lookup (self->store, at, &stored));
  g_assert_cmpint (stored.queue_offset, ==, 0);
  g_assert_cmpint (stored.tags_code, ==, 112785 /* "red".hashCode () */);
  g_assert_true (_rmq_record_decode (&record, stored.data, stored.size, 0, NULL));
  g_assert_cmpmem (record.body.data, record.body.len, "here", 4);
  for (int64_t wrong = at - 2; wrong <= at + 8; wrong++)
    g_assert_true (_rmq_broker_store_lookup (self->store, wrong, &stored) == (wrong == at));
  g_assert_false (_rmq_broker_store_lookup (self->store, INT64_MAX, &stored));
  g_assert_false (_rmq_broker_store_lookup (self->store, INT64_MIN, &stored));
}

static void
test_keys (Fixture *self, const void *data)
{
  put (self, 0, "a", "KEYS\1k1 k2\2UNIQ_KEY\1u1\2", 1000);
  put (self, 1, "b", "KEYS\1k2\2UNIQ_KEY\1u2\2", 1000);
  put (self, 0, "c", "KEYS\1  k3 k\2UNIQ_KEY\1k1\2", 1000);
  for (unsigned i = 0; i < 2; i++)
    {
      ASSERT_QUERY ("k1", RMQ_STORE_INDEX_KEY, "0:a ");
      ASSERT_QUERY ("k2", RMQ_STORE_INDEX_KEY, "0:b 0:a ");
      ASSERT_QUERY ("k", RMQ_STORE_INDEX_KEY, "1:c ");
      ASSERT_QUERY ("k1", RMQ_STORE_INDEX_UNIQUE, "1:c ");
      ASSERT_QUERY ("u2", RMQ_STORE_INDEX_UNIQUE, "0:b ");
      ASSERT_QUERY ("k1 k2", RMQ_STORE_INDEX_KEY, "");
      ASSERT_QUERY ("", RMQ_STORE_INDEX_KEY, "");
      {
        g_autofree char *elsewhere = query (self, "U", "k1", RMQ_STORE_INDEX_KEY);

        g_assert_cmpstr (elsewhere, ==, "");
      }
      reopen (self);
    }
}

static void
test_times (Fixture *self, const void *data)
{
  for (int64_t time = 1000; time < 1010; time += 2)
    put (self, 0, "t", "", time);
  put (self, 0, "back", "", 500); /* time does not go back in a queue */
  g_assert_cmpint (_rmq_broker_store_get_store_time (self->store, &self->queues[0], 5), ==, 1008);
  g_assert_cmpint (_rmq_broker_store_get_store_time (self->store, &self->queues[0], 6), ==, -1);
  g_assert_cmpint (_rmq_broker_store_find_time (self->store, &self->queues[0], 1003, RMQ_BOUNDARY_LOWER), ==, 2);
  g_assert_cmpint (_rmq_broker_store_find_time (self->store, &self->queues[0], 1003, RMQ_BOUNDARY_UPPER), ==, 1);
  g_assert_cmpint (_rmq_broker_store_find_time (self->store, &self->queues[0], 9999, RMQ_BOUNDARY_LOWER), ==, 6);
  g_assert_cmpint (_rmq_broker_store_find_time (self->store, &self->queues[1], 1003, RMQ_BOUNDARY_LOWER), ==, 0);
  reopen (self);
  g_assert_cmpint (self->queues[0].last_store_ms, ==, 1008);
}

/* All of a batch, or none. */
static void
test_batch (Fixture *self, const void *data)
{
  RmqBrokerMessage messages[3];
  g_autofree char *long_text = g_strnfill (40000, 'x');
  g_autoptr (GError) error = NULL;

  for (unsigned i = 0; i < 3; i++)
    fill (self, &messages[i], 0, (const char *[]){ "x", "y", "z" }[i], 1, "");
  g_assert_true (_rmq_broker_store_append (self->store, &self->queues[0], messages, 3, &error));
  g_assert_cmpint (messages[2].record.queue_offset, ==, 2);
  ASSERT_SCAN (0, 0, "0:x 1:y 2:z ");

  messages[2].record.properties = rmq_slice_from_string (long_text);
  g_assert_false (_rmq_broker_store_append (self->store, &self->queues[0], messages, 3, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_MESSAGE_ILLEGAL);
  g_assert_cmpint (self->queues[0].max_offset, ==, 3);
  ASSERT_SCAN (0, 3, "");
}

static void
add_state (const char *key, GBytes *value, void *data)
{
  size_t size;
  const char *text = g_bytes_get_data (value, &size);

  g_hash_table_insert (data, g_strdup (key), g_strndup (text != NULL ? text : "", size));
}

static void
put_state (Fixture *self, const char *table, const char *key, const char *value)
{
  g_autoptr (GBytes) bytes = value != NULL ? g_bytes_new (value, strlen (value)) : NULL;

  _rmq_broker_store_put_state (self->store, table, key, bytes);
}

static void
test_state (Fixture *self, const void *data)
{
  put_state (self, "one", "a", "1");
  put_state (self, "one", "b", "2");
  put_state (self, "one", "b", "3");
  put_state (self, "one", "c", "4");
  put_state (self, "one", "c", NULL);
  put_state (self, "one", "", "");
  put_state (self, "two", "a", "5");
  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr (GHashTable) found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

      _rmq_broker_store_each_state (self->store, "one", add_state, found);
      g_assert_cmpuint (g_hash_table_size (found), ==, 3);
      g_assert_cmpstr (g_hash_table_lookup (found, "a"), ==, "1");
      g_assert_cmpstr (g_hash_table_lookup (found, "b"), ==, "3");
      g_assert_cmpstr (g_hash_table_lookup (found, ""), ==, "");
      _rmq_broker_store_each_state (self->store, "none", add_state, found);
      g_assert_cmpuint (g_hash_table_size (found), ==, 3);
      reopen (self);
    }
}

static void
test_destroy (Fixture *self, const void *data)
{
  int64_t at = put (self, 0, "gone", "KEYS\1k\2", 1000);
  RmqStoredRecord stored;
  g_autoptr (GError) error = NULL;

  put (self, 1, "stays", "KEYS\1k\2", 1000);
  _rmq_broker_store_detach (self->store, &self->queues[0], true);
  g_assert_false (_rmq_broker_store_lookup (self->store, at, &stored));
  self->queues[0] = (RmqBrokerQueue){ .topic = &self->topic };
  g_assert_true (_rmq_broker_store_attach (self->store, &self->queues[0], &error));
  g_assert_cmpint (self->queues[0].max_offset, ==, 0);
  put (self, 0, "new", "", 1000);
  ASSERT_SCAN (0, 0, "0:new ");
  ASSERT_SCAN (1, 0, "0:stays ");
  if (self->kind->keeps)
    ASSERT_QUERY ("k", RMQ_STORE_INDEX_KEY, "0:stays ");
}

/* B-TEST-004: the head goes, and everybody can see how far. */
static void
test_trim (Fixture *self, const void *data)
{
  g_autofree char *body = g_strnfill (50000, 'x');
  RmqStoreStats stats;
  RmqStoredRecord stored;
  int64_t first;

  self->options.max_bytes = 2 * 1024 * 1024;
  reopen (self);
  first = put (self, 0, body, "KEYS\1first\2", 1000);
  put (self, 2, "small", "", 1000);
  for (unsigned i = 0; i < 100; i++)
    put (self, i % 2, body, "", 1000);
  _rmq_broker_store_get_stats (self->store, &stats);
  g_assert_cmpuint (stats.n_bytes, <=, 2 * 1024 * 1024);
  g_assert_cmpuint (stats.n_bytes, >, 1024 * 1024);
  g_assert_cmpuint (stats.n_records, <, 50);
  g_assert_cmpuint (stats.n_put, ==, 102);
  g_assert_cmpint (stats.min_physical_offset, >, first);
  g_assert_cmpuint (self->n_trimmed, >, 0);
  g_assert_cmpint (self->queues[0].max_offset, ==, 51);
  g_assert_cmpint (self->queues[0].min_offset, >, 20);
  g_assert_cmpint (self->queues[2].min_offset, ==, 1);
  g_assert_false (_rmq_broker_store_lookup (self->store, first, &stored));
  ASSERT_QUERY ("first", RMQ_STORE_INDEX_KEY, "");
  ASSERT_SCAN (2, 0, "");

  reopen (self);
  g_assert_cmpint (self->queues[0].max_offset, ==, 51);
  g_assert_cmpint (self->queues[0].min_offset, >, 20);
  g_assert_cmpint (self->queues[2].min_offset, ==, 1);
  g_assert_cmpint (self->queues[2].max_offset, ==, 1);
}

static void
test_refuse (Fixture *self, const void *data)
{
  g_autofree char *body = g_strnfill (50000, 'x');
  g_auto (RmqBrokerMessage) message = { 0 };
  g_autoptr (GError) error = NULL;

  self->options.max_bytes = 1024 * 1024;
  self->options.refuse_when_full = true;
  reopen (self);
  for (unsigned i = 0; i < 30 && error == NULL; i++)
    {
      fill (self, &message, 0, body, strlen (body), "");
      _rmq_broker_store_append (self->store, &self->queues[0], &message, 1, &error);
    }
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_QUOTA);
  g_assert_cmpint (self->queues[0].min_offset, ==, 0);
  g_assert_cmpint (self->queues[0].max_offset, >, 10);
}

/* --- the file ------------------------------------------------------------------------------------------------ */

static void
count_durable (const GError *error, void *data)
{
  g_assert_no_error (error);
  ++*(unsigned *) data;
}

/* Those that come together are committed together. */
static void
test_group_commit (Fixture *self, const void *data)
{
  unsigned n_durable = 0;

  for (unsigned i = 0; i < 5; i++)
    {
      put (self, 0, "m", "", 1000);
      g_assert_false (_rmq_broker_store_is_durable (self->store));
      _rmq_broker_store_when_durable (self->store, count_durable, &n_durable);
    }
  g_assert_cmpuint (n_durable, ==, 0);
  g_assert_true (g_main_context_iteration (NULL, TRUE));
  g_assert_cmpuint (n_durable, ==, 5);
  g_assert_true (_rmq_broker_store_is_durable (self->store));

  self->options.sync_flush = false;
  reopen (self);
  put (self, 0, "m", "", 1000);
  g_assert_true (_rmq_broker_store_is_durable (self->store));
  g_assert_true (g_main_context_iteration (NULL, TRUE)); /* the window ends by itself */
}

/* Writes as fast as it can and says each offset that is on the disk. */
static void
write_until_killed (Fixture *self, int fd)
{
  for (unsigned i = 0;; i++)
    {
      unsigned n_durable = 0;

      put (self, i % N_QUEUES, "durable", "KEYS\1k\2", 1000);
      _rmq_broker_store_when_durable (self->store, count_durable, &n_durable);
      while (n_durable == 0)
        g_main_context_iteration (NULL, TRUE);
      if (write (fd, &i, sizeof i) != sizeof i)
        _exit (1);
    }
}

/* B-TEST-003: what was answered is there after kill -9. */
static void
test_kill (Fixture *self, const void *data)
{
  for (unsigned round = 0; round < 5; round++)
    {
      int64_t before = self->queues[0].max_offset + self->queues[1].max_offset + self->queues[2].max_offset;
      int64_t after;
      unsigned last = 0;
      unsigned said;
      int fds[2];
      pid_t child;

      close_store (self);
      g_clear_object (&self->store);
      g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
      child = fork ();
      if (child == 0)
        {
          close (fds[0]);
          self->store = self->kind->make ();
          if (!_rmq_broker_store_open (self->store, &self->options, NULL))
            _exit (2);
          attach_all (self);
          write_until_killed (self, fds[1]);
        }
      g_assert_cmpint (child, >, 0);
      close (fds[1]);
      while (read (fds[0], &said, sizeof said) == sizeof said)
        {
          last = said + 1;
          if (last == 20 + 7 * round)
            kill (child, SIGKILL);
        }
      close (fds[0]);
      g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
      g_assert_cmpuint (last, >=, 20);

      self->store = self->kind->make ();
      g_assert_true (_rmq_broker_store_open (self->store, &self->options, NULL));
      attach_all (self);
      after = self->queues[0].max_offset + self->queues[1].max_offset + self->queues[2].max_offset;
      g_assert_cmpint (after - before, >=, last);
      g_assert_cmpint (after - before, <=, last + 1);
    }
}

static void
assert_refuses (Fixture *self, const char *why)
{
  g_autoptr (RmqBrokerStore) store = _rmq_sqlite_store_new ();
  g_autoptr (GError) error = NULL;

  g_assert_false (_rmq_broker_store_open (store, &self->options, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_STATE);
  if (strstr (error->message, why) == NULL || strstr (error->message, self->directory) == NULL)
    g_error ("\"%s\" does not say %s, or not where", error->message, why);
}

static void
execute (const char *path, const char *sql)
{
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

static void
write_at (const char *path, long offset, const char *bytes, size_t n)
{
  FILE *file = fopen (path, "r+b");

  g_assert_nonnull (file);
  g_assert_cmpint (fseek (file, offset, SEEK_SET), ==, 0);
  g_assert_cmpuint (fwrite (bytes, 1, n, file), ==, n);
  fclose (file);
}

/* Nothing is repaired by forgetting. */
static void
test_damage (Fixture *self, const void *data)
{
  g_autofree char *path = g_build_filename (self->directory, RMQ_SQLITE_STORE_FILE, NULL);
  g_autofree char *junk = g_strnfill (8192, 'J');
  g_autofree char *good = NULL;
  size_t len;

  assert_refuses (self, "in use");
  for (unsigned i = 0; i < 500; i++)
    put (self, 0, "some text that fills pages", "KEYS\1k\2", 1000);
  close_store (self);
  g_assert_true (g_file_get_contents (path, &good, &len, NULL));
  g_assert_cmpuint (len, >, 10 * 8192);

  write_at (path, 0, junk, 100); /* the header */
  assert_refuses (self, "damaged");
  g_assert_true (g_file_set_contents (path, good, (gssize) len, NULL));
  write_at (path, (long) len / 2 / 8192 * 8192, junk, 8192); /* a page */
  assert_refuses (self, "damaged");
  g_assert_true (g_file_set_contents (path, good, (gssize) len / 2, NULL)); /* cut */
  assert_refuses (self, "damaged");
  g_assert_true (g_file_set_contents (path, good, (gssize) len, NULL));
  execute (path, "PRAGMA user_version = 99");
  assert_refuses (self, "format 99");
  execute (path, "PRAGMA application_id = 7");
  assert_refuses (self, "no store of a broker");
  g_assert_true (g_file_set_contents (path, "just a text\n", -1, NULL));
  assert_refuses (self, "damaged");
  g_assert_true (g_file_set_contents (path, good, (gssize) len, NULL));
  g_assert_true (_rmq_broker_store_open (self->store, &self->options, NULL));
  attach_all (self);
  g_assert_cmpint (self->queues[0].max_offset, ==, 500);
}

static void
note_failure (const GError *error, void *data)
{
  if (error != NULL)
    *(GError **) data = g_error_copy (error);
}

/* In a child: the limit holds for the whole process. 0: everything was as it should be. */
static int
fill_disk (Fixture *self)
{
  struct rlimit limit = { 512 * 1024, 512 * 1024 };
  g_autofree char *body = g_strnfill (30000, 'x');
  g_autoptr (GError) error = NULL;

  signal (SIGXFSZ, SIG_IGN);
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  self->store = self->kind->make ();
  if (!_rmq_broker_store_open (self->store, &self->options, NULL))
    return 2;
  attach_all (self);
  if (setrlimit (RLIMIT_FSIZE, &limit) != 0)
    return 3;
  for (unsigned i = 0; i < 100 && error == NULL; i++)
    {
      g_auto (RmqBrokerMessage) message = { 0 };

      fill (self, &message, 0, body, strlen (body), "");
      if (!_rmq_broker_store_append (self->store, &self->queues[0], &message, 1, &error))
        break;
      _rmq_broker_store_when_durable (self->store, note_failure, &error);
      while (!_rmq_broker_store_is_durable (self->store))
        g_main_context_iteration (NULL, TRUE);
    }
  if (!g_error_matches (error, RMQ_ERROR, RMQ_ERROR_SERVICE_NOT_AVAILABLE))
    return 4;
  g_clear_error (&error);
  return _rmq_broker_store_close (self->store, &error) ? 5 : 0;
}

static void
test_full_disk (Fixture *self, const void *data)
{
  int status = -1;
  pid_t child;

  put (self, 0, "before", "", 1000);
  close_store (self);
  child = fork ();
  if (child == 0)
    rmq_test_exit_child (fill_disk (self));
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  g_assert_true (_rmq_broker_store_open (self->store, &self->options, NULL));
  attach_all (self);
  g_assert_cmpint (self->queues[0].max_offset, >=, 1);
  put (self, 0, "after", "", 1000);
}

static void
add (const Kind *kind, const char *name, void (*func) (Fixture *self, const void *data))
{
  g_autofree char *path = g_strdup_printf ("/broker/store/%s/%s", kind->name, name);

  g_test_add (path, Fixture, kind, set_up, func, tear_down);
}

int
main (int argc, char **argv)
{
  const Kind *sqlite = &kinds[1];

  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      add (&kinds[i], "B-SEND-002/offsets", test_offsets);
      add (&kinds[i], "B-QRY-001/lookup", test_lookup);
      add (&kinds[i], "B-QRY-002/keys", test_keys);
      add (&kinds[i], "B-OFFS-005/times", test_times);
      add (&kinds[i], "B-BATCH-001/batch", test_batch);
      add (&kinds[i], "B-TEST-002/state", test_state);
      add (&kinds[i], "B-TOPIC-005/destroy", test_destroy);
      add (&kinds[i], "B-TEST-004/trim", test_trim);
      add (&kinds[i], "B-TEST-004/refuse", test_refuse);
    }
  add (sqlite, "group-commit", test_group_commit);
  add (sqlite, "B-TEST-003/kill", test_kill);
  add (sqlite, "damage", test_damage);
  add (sqlite, "full-disk", test_full_disk);
  return g_test_run ();
}
