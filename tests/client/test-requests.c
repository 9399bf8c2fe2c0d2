/* SPDX-License-Identifier: Apache-2.0
 *
 * What brokers ask of a client when there is nobody whom it concerns, and what is no request at all. (Those that
 * concern a consumer are tested with it.)
 */
#include "client-fixture.h"

#define ANY_GROUP NULL

static void
connect_client (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (fixture_send (self, self->producer, TOPIC, &error));
  g_assert_no_error (error);
}

static RmqFakeRequest *
push (Fixture *self, int code, const char *const *ext, const char *text, unsigned nth)
{
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
  RmqFakeRequest *answer;

  rmq_fake_broker_push (self->broker, ANY_GROUP, code, ext, body, false);
  FIXTURE_WAIT (self, (answer = rmq_fake_broker_get_answer (self->broker, nth)) != NULL);
  return answer;
}

static void
on_request (RmqClientInstance *client, const char *address, RmqRemotingCommand *command, gpointer data)
{
  g_ptr_array_add (data, rmq_remoting_command_ref (command));
}

static void
test_unknown (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) seen = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_remoting_command_unref);
  g_autoptr (RmqFakeRequest) answer = NULL;
  g_autoptr (GError) error = NULL;

  connect_client (self);
  g_signal_connect (self->client, "broker-request", G_CALLBACK (on_request), seen);
  answer = push (self, 7777, NULL, "", 0);
  g_assert_cmpint (answer->code, ==, RMQ_RESPONSE_REQUEST_CODE_NOT_SUPPORTED);
  FIXTURE_WAIT (self, seen->len == 1);
  g_assert_cmpint (rmq_remoting_command_get_code (seen->pdata[0]), ==, 7777);
  g_assert_true (fixture_send (self, self->producer, TOPIC, &error));
  g_signal_handlers_disconnect_by_data (self->client, seen);
}

/* Nobody here has the group: said, and nothing else happens. */
static void
test_nobody (Fixture *self, gconstpointer data)
{
  static const struct
  {
    int code;
    const char *ext[9];
    const char *body;
    int answer;
  } cases[] = {
    { RMQ_REQUEST_NOTIFY_CONSUMER_IDS_CHANGED, { "consumerGroup", "none", NULL }, "", -1 },
    { RMQ_REQUEST_RESET_CONSUMER_CLIENT_OFFSET,
      { "topic", TOPIC, "group", "none", "timestamp", "1", "isForce", "true", NULL },
      "{\"offsetTable\":{}}",
      RMQ_RESPONSE_SYSTEM_ERROR },
    { RMQ_REQUEST_GET_CONSUMER_STATUS_FROM_CLIENT,
      { "topic", TOPIC, "group", "none", NULL },
      "",
      RMQ_RESPONSE_SYSTEM_ERROR },
    { RMQ_REQUEST_GET_CONSUMER_RUNNING_INFO,
      { "consumerGroup", "none", "clientId", "c", NULL },
      "",
      RMQ_RESPONSE_SYSTEM_ERROR },
    { RMQ_REQUEST_CONSUME_MESSAGE_DIRECTLY,
      { "consumerGroup", "none", "clientId", "c", NULL },
      "",
      RMQ_RESPONSE_SYSTEM_ERROR },
    { RMQ_REQUEST_PUSH_REPLY_MESSAGE_TO_CLIENT, { NULL }, "", RMQ_RESPONSE_SUCCESS },
  };
  unsigned n_answers = 0;

  connect_client (self);
  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) body = g_bytes_new (cases[i].body, strlen (cases[i].body));
      g_autoptr (RmqFakeRequest) answer = NULL;

      if (cases[i].answer < 0)
        {
          rmq_fake_broker_push (self->broker, ANY_GROUP, cases[i].code, cases[i].ext, body, true);
          continue;
        }
      answer = push (self, cases[i].code, cases[i].ext, cases[i].body, n_answers++);
      g_assert_cmpint (answer->code, ==, cases[i].answer);
    }
  connect_client (self);
}

/* Bodies and headers that are none: answered with an error where an answer is wanted, and the connection lives. */
static void
test_hostile (Fixture *self, gconstpointer data)
{
  static const int codes[] = {
    RMQ_REQUEST_NOTIFY_CONSUMER_IDS_CHANGED,  RMQ_REQUEST_CHECK_TRANSACTION_STATE,
    RMQ_REQUEST_RESET_CONSUMER_CLIENT_OFFSET, RMQ_REQUEST_GET_CONSUMER_STATUS_FROM_CLIENT,
    RMQ_REQUEST_GET_CONSUMER_RUNNING_INFO,    RMQ_REQUEST_CONSUME_MESSAGE_DIRECTLY,
    RMQ_REQUEST_PUSH_REPLY_MESSAGE_TO_CLIENT,
  };
  static const char *const bodies[] = { "", "{", "[[[[[[[[", "{\"offsetTable\":[1,2]}", "\x01\x02\x03\x04" };
  g_autoptr (RmqPushConsumer) consumer = NULL;
  const char *const ext[] = { "consumerGroup", "orders-service", "group", "orders-service", NULL };
  g_autoptr (GError) error = NULL;

  connect_client (self);
  consumer = fixture_start_consumer (self, "orders-service");
  for (unsigned i = 0; i < G_N_ELEMENTS (codes); i++)
    for (unsigned j = 0; j < G_N_ELEMENTS (bodies); j++)
      for (int oneway = 0; oneway < 2; oneway++)
        {
          g_autoptr (GBytes) body = g_bytes_new (bodies[j], strlen (bodies[j]));

          rmq_fake_broker_push (self->broker, ANY_GROUP, codes[i], j % 2 == 0 ? ext : NULL, body, oneway == 1);
        }
  for (int i = 0; i < 10; i++)
    g_assert_true (fixture_send (self, self->producer, TOPIC, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (rmq_fake_broker_count_connections (self->broker), ==, 1);
  fixture_close_consumer (self, consumer);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  fixture_add ("/client/requests/unknown", test_unknown);
  fixture_add ("/client/requests/C-CTRL-002+C-CTRL-003/nobody", test_nobody);
  fixture_add ("/client/requests/hostile", test_hostile);
  return g_test_run ();
}
