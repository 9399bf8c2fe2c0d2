/* SPDX-License-Identifier: Apache-2.0
 *
 * consume: every delivery as a line, and in the lean form, each assignment and each commit that a broker acknowledged.
 */
#include "interop-peer.h"

#include <glib-unix.h>
#include <string.h>

typedef struct
{
  const PeerOptions *options;
  GMainLoop *loop;
  int n_done;   /* atomic */
  bool ready;   /* that was said */
  bool expired; /* the time is over */
} Consuming;

#define QUERY_CONSUMER_OFFSET 14
#define UPDATE_CONSUMER_OFFSET 15
#define BODY_LIMIT 65536

/* --- Acknowledged commits -------------------------------------------------------------------------------------------
 */

#define PEER_TYPE_COMMITS (peer_commits_get_type ())
G_DECLARE_FINAL_TYPE (PeerCommits, peer_commits, PEER, COMMITS, RmqRpcHook)

struct _PeerCommits
{
  RmqRpcHook parent_instance;
  char *topic;
};

G_DEFINE_FINAL_TYPE (PeerCommits, peer_commits, RMQ_TYPE_RPC_HOOK)

/* Where a queue begins is asked for now: commits that are acknowledged later come too late for this owner. */
static gboolean
peer_commits_before_request (RmqRpcHook *hook, const char *address, RmqRemotingCommand *request, GError **error)
{
  PeerCommits *self = PEER_COMMITS (hook);

  if (rmq_remoting_command_get_code (request) == QUERY_CONSUMER_OFFSET
      && g_strcmp0 (rmq_remoting_command_get_ext_field (request, "topic"), self->topic) == 0)
    peer_printf ("q %" G_GINT64_FORMAT " %s\n", g_get_monotonic_time (),
                 rmq_remoting_command_get_ext_field (request, "queueId"));
  return TRUE;
}

static gboolean
peer_commits_after_response (RmqRpcHook *hook,
                             const char *address,
                             RmqRemotingCommand *request,
                             RmqRemotingCommand *response,
                             GError **error)
{
  PeerCommits *self = PEER_COMMITS (hook);

  if (rmq_remoting_command_get_code (request) == UPDATE_CONSUMER_OFFSET && response != NULL
      && rmq_remoting_command_get_code (response) == 0
      && g_strcmp0 (rmq_remoting_command_get_ext_field (request, "topic"), self->topic) == 0)
    peer_printf ("c %" G_GINT64_FORMAT " %s %s\n", g_get_monotonic_time (),
                 rmq_remoting_command_get_ext_field (request, "queueId"),
                 rmq_remoting_command_get_ext_field (request, "commitOffset"));
  return TRUE;
}

static void
peer_commits_finalize (GObject *object)
{
  g_free (PEER_COMMITS (object)->topic);
  G_OBJECT_CLASS (peer_commits_parent_class)->finalize (object);
}

static void
peer_commits_class_init (PeerCommitsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = peer_commits_finalize;
  RMQ_RPC_HOOK_CLASS (klass)->before_request = peer_commits_before_request;
  RMQ_RPC_HOOK_CLASS (klass)->after_response = peer_commits_after_response;
}

static void
peer_commits_init (PeerCommits *self)
{
}

/* --- Deliveries -----------------------------------------------------------------------------------------------------
 */

static void
append_properties (GString *line, RmqMessage *message)
{
  g_autoptr (GHashTable) properties = rmq_message_dup_properties (message);
  GHashTableIter iter;
  gpointer name;
  gpointer value;
  const char *comma = "";

  g_string_append (line, ",\"properties\":{");
  g_hash_table_iter_init (&iter, properties);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      g_string_append (line, comma);
      peer_append_json (line, name);
      g_string_append_c (line, ':');
      peer_append_json (line, value);
      comma = ",";
    }
  g_string_append_c (line, '}');
}

static void
append_body (GString *line, RmqMessage *message)
{
  GBytes *body = rmq_message_get_body (message);
  size_t size = 0;
  const void *data = body != NULL ? g_bytes_get_data (body, &size) : NULL;
  g_autofree char *sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, data != NULL ? data : "", size);

  g_string_append_printf (line, ",\"body_length\":%zu,\"body_sha256\":\"%s\"", size, sum);
  if (size <= BODY_LIMIT)
    {
      g_autofree char *base64 = g_base64_encode (data != NULL ? data : (const void *) "", size);

      g_string_append_printf (line, ",\"body_base64\":\"%s\"", base64);
    }
}

static void
print_message (RmqMessage *message)
{
  g_autoptr (GString) line = g_string_new ("{\"topic\":");
  g_autofree char *id = rmq_message_dup_message_id (message);
  g_autofree char *offset_id = rmq_message_dup_offset_id (message);
  g_auto (GStrv) keys = rmq_message_dup_keys (message);
  g_autofree char *joined = keys != NULL ? g_strjoinv (" ", keys) : NULL;

  peer_append_json (line, rmq_message_get_topic (message));
  g_string_append (line, ",\"msgId\":");
  peer_append_json (line, id);
  g_string_append (line, ",\"offsetMsgId\":");
  peer_append_json (line, offset_id);
  g_string_append (line, ",\"tag\":");
  peer_append_json (line, rmq_message_get_tag (message));
  g_string_append (line, ",\"keys\":");
  peer_append_json (line, joined);
  append_properties (line, message);
  append_body (line, message);
  g_string_append_printf (line, ",\"queueId\":%d,\"queueOffset\":%" G_GINT64_FORMAT ",\"sysFlag\":%d,\"flag\":%d",
                          rmq_message_get_queue_id (message), rmq_message_get_queue_offset (message),
                          rmq_message_get_sys_flag (message), rmq_message_get_flag (message));
  g_string_append_printf (line,
                          ",\"bornTimestamp\":%" G_GINT64_FORMAT ",\"storeTimestamp\":%" G_GINT64_FORMAT
                          ",\"reconsumeTimes\":%d,\"corrupt\":%s}\n",
                          rmq_message_get_born_timestamp (message), rmq_message_get_store_timestamp (message),
                          rmq_message_get_reconsume_times (message),
                          rmq_message_is_corrupt (message) ? "true" : "false");
  peer_write (line->str, line->len);
}

static RmqConsumeResult
on_message (RmqPushConsumer *consumer, RmqMessage *taken, void *data)
{
  Consuming *self = data;
  g_autoptr (RmqMessage) message = taken;

  if (self->options->lean)
    {
      g_autofree char *text = rmq_message_dup_text (message);

      peer_printf ("m %" G_GINT64_FORMAT " %d %" G_GINT64_FORMAT " %s\n", g_get_monotonic_time (),
                   rmq_message_get_queue_id (message), rmq_message_get_queue_offset (message), text);
    }
  else
    {
      print_message (message);
    }
  if (g_atomic_int_add (&self->n_done, 1) + 1 == self->options->count)
    g_main_loop_quit (self->loop);
  return RMQ_CONSUME_SUCCESS;
}

/* --- Life -----------------------------------------------------------------------------------------------------------
 */

static void
on_assignment (RmqPushConsumer *consumer, const char *topic, GPtrArray *all, GPtrArray *mine, Consuming *self)
{
  if (g_strcmp0 (topic, self->options->topic) != 0)
    return;
  if (self->options->lean)
    {
      g_autoptr (GString) line = g_string_new (NULL);

      g_string_printf (line, "a %" G_GINT64_FORMAT, g_get_monotonic_time ());
      for (unsigned i = 0; i < mine->len; i++)
        g_string_append_printf (line, " %d", rmq_message_queue_get_queue_id (mine->pdata[i]));
      g_string_append_c (line, '\n');
      peer_write (line->str, line->len);
    }
  else if (!self->ready)
    {
      peer_printf ("{\"event\":\"ready\"}\n");
    }
  self->ready = true;
}

static gboolean
on_timeout (void *data)
{
  Consuming *self = data;

  self->expired = true;
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

/* Only its end says something: leave. */
static gboolean
on_input (int fd, GIOCondition condition, void *data)
{
  Consuming *self = data;

  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

int
peer_consume (const PeerOptions *options)
{
  g_autoptr (RmqClientInstance) client = peer_make_client (options);
  g_autoptr (RmqPushConsumer) consumer = rmq_push_consumer_new (client, options->group);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (PeerCommits) commits = g_object_new (PEER_TYPE_COMMITS, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *client_id = NULL;
  Consuming consuming = { .options = options, .loop = loop };

  commits->topic = g_strdup (options->topic);
  if (options->lean && !rmq_client_instance_add_rpc_hook (client, RMQ_RPC_HOOK (commits), &error))
    g_error ("hook: %s", error->message);
  g_object_set (consumer, "consume-from", RMQ_CONSUME_FROM_FIRST_OFFSET, "consume-threads", (unsigned) options->threads,
                NULL);
  g_signal_connect (consumer, "assignment-changed", G_CALLBACK (on_assignment), &consuming);
  rmq_push_consumer_set_handler (consumer, on_message, &consuming, NULL);
  if (!rmq_push_consumer_subscribe (consumer, options->topic, options->tags, &error)
      || !rmq_push_consumer_start (consumer, NULL, &error))
    {
      g_printerr ("start: %s\n", error->message);
      return 1;
    }
  client_id = rmq_client_instance_dup_client_id (client);
  if (options->lean)
    peer_printf ("i %s\n", client_id);
  if (options->timeout > 0)
    g_timeout_add_seconds ((unsigned) options->timeout, on_timeout, &consuming);
  if (options->count == 0)
    g_unix_fd_add (0, G_IO_IN | G_IO_HUP, on_input, &consuming);
  g_main_loop_run (loop);

  if (!rmq_push_consumer_close (consumer, NULL, &error) || !rmq_client_instance_close (client, NULL, &error))
    {
      g_printerr ("close: %s\n", error->message);
      return 1;
    }
  if (options->lean)
    peer_printf ("e %" G_GINT64_FORMAT "\n", g_get_monotonic_time ());
  return consuming.expired && options->count > 0 ? 1 : 0;
}
