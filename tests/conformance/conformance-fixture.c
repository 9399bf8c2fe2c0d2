/* SPDX-License-Identifier: Apache-2.0
 *
 * The server, the topic and the consumers of a test.
 */
#include "conformance-fixture.h"

#include <string.h>
#include "base/rmq-json-private.h"
#include "broker-ask.h"

#define UPDATE_AND_CREATE_TOPIC 17
#define GET_MAX_OFFSET 30
#define QUERY_CONSUMER_OFFSET 14
#define GET_ROUTEINFO_BY_TOPIC 105

char *
conf_make_name (const char *stem)
{
  static int counter;

  return g_strdup_printf ("%s-%" G_GINT64_FORMAT "-%d", stem, g_get_real_time () / 1000, counter++);
}

static char *
read_broker_address (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("RMQ_REAL_DIR"), "instance.json", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  RmqJsonDocument *document;
  RmqSlice value;
  size_t length;
  char *address;

  if (!g_file_get_contents (path, &text, &length, &error))
    g_error ("%s", error->message);
  document = _rmq_json_parse (text, length, &error);
  g_assert_no_error (error);
  g_assert_true (_rmq_json_get_string (_rmq_json_find (_rmq_json_document_get_root (document), "broker"), &value));
  address = g_strndup (value.data, value.len);
  _rmq_json_document_free (document);
  return address;
}

static bool
has_route (void *data)
{
  const char *const *name_server_and_topic = data;
  const char *ext[] = { "topic", name_server_and_topic[1], NULL };
  g_autoptr (RmqRemotingCommand) answer = broker_ask (name_server_and_topic[0], GET_ROUTEINFO_BY_TOPIC, ext, NULL);

  return rmq_remoting_command_get_code (answer) == 0;
}

void
conf_create_topic (ConfFixture *self, const char *topic, int n_queues)
{
  g_autofree char *queues = g_strdup_printf ("%d", n_queues);
  const char *ext[] = {
    "topic", topic, "defaultTopic",    "TBW102",     "readQueueNums", queues, "writeQueueNums", queues,
    "perm",  "6",   "topicFilterType", "SINGLE_TAG", "topicSysFlag",  "0",    "order",          "false",
    NULL
  };
  const char *name_server_and_topic[] = { self->name_servers, topic };
  g_autoptr (RmqRemotingCommand) answer = NULL;

  if (self->fake != NULL)
    {
      rmq_fake_broker_add_topic (self->fake, topic, "broker-a", n_queues, 6);
      return;
    }
  answer = broker_ask (self->broker, UPDATE_AND_CREATE_TOPIC, ext, NULL);
  g_assert_cmpint (rmq_remoting_command_get_code (answer), ==, 0);
  rmq_test_assert_until (NULL, has_route, name_server_and_topic);
}

static int64_t
ask_offset (ConfFixture *self, int code, const char *group, const char *topic, int queue_id)
{
  g_autofree char *queue = g_strdup_printf ("%d", queue_id);
  const char *ext[] = { "topic", topic, "queueId", queue, group != NULL ? "consumerGroup" : NULL, group, NULL };
  g_autoptr (RmqRemotingCommand) answer = broker_ask (self->broker, code, ext, NULL);
  const char *offset = rmq_remoting_command_get_ext_field (answer, "offset");

  return rmq_remoting_command_get_code (answer) == 0 && offset != NULL ? g_ascii_strtoll (offset, NULL, 10) : -1;
}

int64_t
conf_get_max_offset (ConfFixture *self, const char *topic, int queue_id)
{
  if (self->fake != NULL)
    return rmq_fake_broker_get_max_offset (self->fake, topic, queue_id);
  return ask_offset (self, GET_MAX_OFFSET, NULL, topic, queue_id);
}

int64_t
conf_get_committed (ConfFixture *self, const char *group, const char *topic, int queue_id)
{
  if (self->fake != NULL)
    return rmq_fake_broker_get_offset (self->fake, group, topic, queue_id);
  return ask_offset (self, QUERY_CONSUMER_OFFSET, group, topic, queue_id);
}

RmqClientInstance *
conf_make_client (ConfFixture *self)
{
  g_autoptr (RmqClientConfig) config = rmq_client_config_new (self->name_servers);

  g_object_set (config, "commit-interval", 200u, "rebalance-interval", 2000u, "close-timeout", 15000u, NULL);
  return rmq_client_instance_new (config);
}

static void
close_client (ConfFixture *self, RmqClientInstance *client)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  rmq_client_instance_close_async (client, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->context, &result);
  rmq_client_instance_close_finish (client, result, &error);
  g_assert_no_error (error);
}

static void
set_up (ConfFixture *self, gconstpointer data)
{
  const char *real = g_getenv ("RMQ_NAMESRV");

  self->context = g_main_context_new ();
  g_main_context_push_thread_default (self->context);
  if (real != NULL)
    {
      self->name_servers = g_strdup (real);
      self->broker = read_broker_address ();
    }
  else
    {
      self->fake = rmq_fake_broker_new ();
      self->name_servers = g_strdup (rmq_fake_broker_get_address (self->fake));
    }
  self->topic = conf_make_name ("conf");
  self->group = conf_make_name ("conf-group");
  conf_create_topic (self, self->topic, CONF_QUEUES);
  self->client = conf_make_client (self);
  self->producer = rmq_producer_new (self->client, "conf-producer");
  g_object_set (self->producer, "send-timeout", 15000u, NULL);
}

static void
tear_down (ConfFixture *self, gconstpointer data)
{
  close_client (self, self->client);
  g_clear_object (&self->producer);
  g_clear_object (&self->client);
  rmq_test_drain (self->context);
  g_clear_pointer (&self->fake, rmq_fake_broker_free);
  g_free (self->name_servers);
  g_free (self->broker);
  g_free (self->topic);
  g_free (self->group);
  g_main_context_pop_thread_default (self->context);
  g_main_context_unref (self->context);
}

void
conf_add (const char *path, void (*func) (ConfFixture *self, gconstpointer data))
{
  g_test_add (path, ConfFixture, NULL, set_up, func, tear_down);
}

RmqSendReceipt *
conf_send (ConfFixture *self, RmqMessage *message)
{
  g_autoptr (GError) error = NULL;
  RmqSendReceipt *receipt = rmq_producer_send (self->producer, message, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (rmq_send_receipt_get_outcome (receipt), ==, RMQ_OUTCOME_STORED);
  return receipt;
}

void
conf_send_texts (ConfFixture *self, const char *tag, int first, int n)
{
  for (int i = first; i < first + n; i++)
    {
      g_autofree char *text = g_strdup_printf ("%d", i);
      g_autoptr (RmqMessage) message = rmq_message_new_text (self->topic, text);
      g_autoptr (RmqSendReceipt) receipt = NULL;

      if (tag != NULL)
        g_assert_true (rmq_message_set_tag (message, tag, NULL));
      receipt = conf_send (self, message);
    }
}

/* --- Consumers ------------------------------------------------------------------------------------------------------
 */

static RmqConsumeResult
on_message (RmqPushConsumer *consumer, RmqMessage *message, void *data)
{
  ConfConsumer *self = data;

  g_ptr_array_add (self->messages, message);
  return self->answer != NULL ? self->answer (self, message) : RMQ_CONSUME_SUCCESS;
}

static void
on_assignment (RmqPushConsumer *consumer, const char *topic, GPtrArray *all, GPtrArray *mine, ConfConsumer *self)
{
  if (g_str_equal (topic, self->fixture->topic))
    {
      g_clear_pointer (&self->assignment, g_ptr_array_unref);
      self->assignment = g_ptr_array_ref (mine);
    }
}

ConfConsumer *
conf_consumer_new (ConfFixture *fixture, const char *group, const char *topic, const char *tags)
{
  ConfConsumer *self = g_new0 (ConfConsumer, 1);
  g_autoptr (GError) error = NULL;

  self->fixture = fixture;
  self->client = conf_make_client (fixture);
  self->consumer = rmq_push_consumer_new (self->client, group);
  self->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_unref);
  g_object_set (self->consumer, "consume-from", RMQ_CONSUME_FROM_FIRST_OFFSET, NULL);
  rmq_push_consumer_set_handler (self->consumer, on_message, self, NULL);
  g_signal_connect (self->consumer, "assignment-changed", G_CALLBACK (on_assignment), self);
  if (topic != NULL)
    {
      rmq_push_consumer_subscribe (self->consumer, topic, tags, &error);
      g_assert_no_error (error);
    }
  return self;
}

void
conf_consumer_start (ConfConsumer *self)
{
  g_autoptr (GError) error = NULL;

  rmq_push_consumer_start (self->consumer, NULL, &error);
  g_assert_no_error (error);
}

typedef struct
{
  ConfConsumer *consumer;
  unsigned n;
} Wanted;

static bool
has_come (void *data)
{
  Wanted *wanted = data;

  return wanted->consumer->messages->len >= wanted->n;
}

void
conf_consumer_wait (ConfConsumer *self, unsigned n)
{
  Wanted wanted = { self, n };

  if (!rmq_test_wait_until (self->fixture->context, has_come, &wanted, CONF_DEADLINE_MS))
    g_error ("%u messages of %u came in time", self->messages->len, n);
}

void
conf_consumer_free (ConfConsumer *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  rmq_push_consumer_close_async (self->consumer, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->fixture->context, &result);
  rmq_push_consumer_close_finish (self->consumer, result, &error);
  g_assert_no_error (error);
  close_client (self->fixture, self->client);
  g_object_unref (self->consumer);
  g_object_unref (self->client);
  g_clear_pointer (&self->assignment, g_ptr_array_unref);
  g_ptr_array_unref (self->messages);
  g_free (self);
}

unsigned
conf_count_texts (ConfConsumer *const *consumers, unsigned n)
{
  g_autoptr (GHashTable) texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (unsigned i = 0; i < n; i++)
    for (unsigned k = 0; k < consumers[i]->messages->len; k++)
      g_hash_table_add (texts, rmq_message_dup_text (consumers[i]->messages->pdata[k]));
  return g_hash_table_size (texts);
}
