/* SPDX-License-Identifier: Apache-2.0
 *
 * What every request has in common: answers, one-way requests, unknown codes, both headers, hostile bytes, order.
 */
#include "wired-broker.h"

static void
test_addresses (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) route = NULL;
  g_autoptr (RmqRemotingCommand) cluster = NULL;
  g_autofree char *text = NULL;

  wired_put (wire, "orders", 0, "x", NULL);
  route = wire_ask (wire, RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC, NULL, "topic", "orders", NULL);
  wire_assert_code (route, RMQ_RESPONSE_SUCCESS);
  text = rmq_slice_dup (wire_get_body (route));
  g_assert_nonnull (strstr (text, self->address));
  cluster = wire_ask (wire, RMQ_REQUEST_GET_BROKER_CLUSTER_INFO, NULL, NULL);
  g_free (text);
  text = rmq_slice_dup (wire_get_body (cluster));
  g_assert_nonnull (strstr (text, self->address));
}

static void
test_answers (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) answer = wired_send (wire, "orders", 0, "x", NULL);

  g_assert_cmpint (rmq_remoting_command_get_flag (answer) & 1, ==, 1);
  g_assert_cmpint (rmq_remoting_command_get_opaque (answer), ==, 1);
  g_assert_cmpint (rmq_remoting_command_get_version (answer), ==, 479);
  g_assert_nonnull (rmq_remoting_command_get_language (answer));
  /* Not set, so not there. */
  g_assert_null (wire_get (answer, "recallHandle"));
  g_assert_null (wire_get (answer, "batchUniqId"));
}

static void
test_oneway (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (GBytes) body = g_bytes_new_static ("x", 1);
  g_autoptr (RmqRemotingCommand) max = NULL;

  wire_send (wire, RMQ_REQUEST_SEND_MESSAGE_V2, WIRE_ONEWAY, body, "a", "p", "b", "orders", "c", "TBW102", "d", "4",
             "e", "0", "f", "0", "g", "1", "h", "0", NULL);
  /* Errors, too. */
  wire_send (wire, RMQ_REQUEST_SEND_MESSAGE_V2, WIRE_ONEWAY, body, "a", "p", NULL);
  wire_send (wire, 99999, WIRE_ONEWAY, NULL, NULL);
  max = wire_ask (wire, RMQ_REQUEST_GET_MAX_OFFSET, NULL, "topic", "orders", "queueId", "0", NULL);
  g_assert_cmpint (wire_get_int (max, "offset"), ==, 1);
}

static void
test_both_headers (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);

  wired_put (wire, "orders", 0, "x", NULL);
  for (int i = 0; i < 4; i++)
    {
      g_autoptr (RmqRemotingCommand) answer = NULL;
      int opaque = wire_send (wire, RMQ_REQUEST_GET_MAX_OFFSET, i % 2 == 0 ? WIRE_BINARY : WIRE_PLAIN, NULL, "topic",
                              "orders", "queueId", "0", NULL);

      answer = wire_read (wire);
      g_assert_cmpint (rmq_remoting_command_get_opaque (answer), ==, opaque);
      g_assert_cmpint (wire_get_int (answer, "offset"), ==, 1);
      g_assert_cmpint (wire_get_last_type (wire), ==, RMQ_SERIALIZE_JSON);
    }
}

static void
test_unknown (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) answer = wire_ask (wire, 31337, NULL, NULL);

  wire_assert_code (answer, RMQ_RESPONSE_REQUEST_CODE_NOT_SUPPORTED);
  g_assert_cmpstr (rmq_remoting_command_get_remark (answer), ==, " request type 31337 not supported");
  wire_assert_quiet (wire);
}

static void
test_missing (WiredBroker *self, gconstpointer data)
{
  static const int codes[] = {
    RMQ_REQUEST_SEND_MESSAGE,
    RMQ_REQUEST_SEND_MESSAGE_V2,
    RMQ_REQUEST_SEND_BATCH_MESSAGE,
    RMQ_REQUEST_PULL_MESSAGE,
    RMQ_REQUEST_LITE_PULL_MESSAGE,
    RMQ_REQUEST_QUERY_CONSUMER_OFFSET,
    RMQ_REQUEST_UPDATE_CONSUMER_OFFSET,
    RMQ_REQUEST_SEARCH_OFFSET_BY_TIMESTAMP,
    RMQ_REQUEST_GET_MAX_OFFSET,
    RMQ_REQUEST_GET_MIN_OFFSET,
    RMQ_REQUEST_HEART_BEAT,
    RMQ_REQUEST_UNREGISTER_CLIENT,
    RMQ_REQUEST_CONSUMER_SEND_MSG_BACK,
    RMQ_REQUEST_LOCK_BATCH_MQ,
    RMQ_REQUEST_UNLOCK_BATCH_MQ,
    RMQ_REQUEST_SEND_REPLY_MESSAGE_V2,
    RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC,
    RMQ_REQUEST_GET_CONSUMER_LIST_BY_GROUP,
  };
  g_autoptr (Wire) wire = wire_new (self);

  for (unsigned i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_autoptr (RmqRemotingCommand) answer = wire_ask (wire, codes[i], NULL, NULL);

      wire_assert_code (answer, RMQ_RESPONSE_SYSTEM_ERROR);
      g_assert_nonnull (rmq_remoting_command_get_remark (answer));
    }
}

static void
test_hostile (WiredBroker *self, gconstpointer data)
{
  static const struct
  {
    const char *bytes;
    size_t len;
  } cases[] = {
    { "\x7f\xff\xff\xff\0\0\0\0", 8 },                   /* a frame of 2 GiB */
    { "\x01\0\0\x01\0\0\0\x04", 8 },                     /* one byte over the limit */
    { "\0\0\0\x08\0\0\0\x20{}{}", 12 },                  /* a header longer than its frame */
    { "\0\0\0\x08\x05\0\0\x04{}{}", 12 },                /* an unknown type of header */
    { "\0\0\0\x08\0\0\0\x04nope", 12 },                  /* a header that is not JSON */
    { "\xff\xff\xff\xff", 4 },                           /* a negative length */
    { "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 35 }, /* another protocol */
  };
  g_autoptr (Wire) good = wire_new (self);

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Wire) bad = wire_new (self);

      wire_send_bytes (bad, cases[i].bytes, cases[i].len);
      wire_assert_closed (bad);
      wire_assert_quiet (good);
    }
}

static void
test_order (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (GBytes) body = g_bytes_new_static ("x", 1);
  g_autoptr (RmqRemotingCommand) answer = NULL;
  int held;

  wired_put (wire, "orders", 0, "x", NULL);
  wired_put (wire, "others", 0, "x", NULL);
  held = wired_pull_send (wire, "g", "others", 0, 1, "*", 15000);
  for (int i = 0; i < 100; i++)
    wire_send (wire, RMQ_REQUEST_SEND_MESSAGE_V2, WIRE_PLAIN, body, "a", "p", "b", "orders", "c", "TBW102", "d", "4",
               "e", "0", "f", "0", "g", "1", "h", "0", NULL);
  for (int i = 0; i < 100; i++)
    {
      g_autoptr (RmqRemotingCommand) sent = wire_read (wire);

      g_assert_cmpint (wire_get_int (sent, "queueOffset"), ==, i + 1);
      g_assert_cmpint (rmq_remoting_command_get_opaque (sent), ==, held + 1 + i);
    }
  wire_send (wire, RMQ_REQUEST_SEND_MESSAGE_V2, WIRE_PLAIN, body, "a", "p", "b", "others", "c", "TBW102", "d", "4", "e",
             "0", "f", "0", "g", "1", "h", "0", NULL);
  for (int i = 0; i < 2; i++)
    {
      g_clear_pointer (&answer, rmq_remoting_command_unref);
      answer = wire_read (wire);
      wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
    }
}

static void
test_idle (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) idle = wire_new (self);
  g_autoptr (Wire) busy = wire_new (self);

  wire_assert_quiet (idle);
  for (int i = 0; i < 10; i++)
    {
      wired_advance (self, 20000);
      wire_assert_quiet (busy);
    }
  wire_assert_closed (idle);
  wire_assert_quiet (busy);
}

static void
is_forgotten (RmqBrokerCore *core, void *data)
{
  *(bool *) data = _rmq_remoting_server_get_n_connections (core->remoting) == 1
                   && _rmq_broker_clients_find_consumers (core->clients, RMQ_SLICE_LITERAL ("g")) == NULL
                   && _rmq_broker_clients_find_producers (core->clients, RMQ_SLICE_LITERAL ("pg")) == NULL;
}

static bool
check_forgotten (void *data)
{
  bool forgotten = false;

  wired_call (data, is_forgotten, &forgotten);
  return forgotten;
}

static void
test_closed (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) other = wire_new (self);
  Wire *wire = wire_new (self);

  wired_put (other, "orders", 0, "x", NULL);
  wired_heartbeat (wire, "c1", "g", "orders", "*");
  wired_heartbeat_producer (wire, "c1", "pg");
  wired_pull_send (wire, "g", "orders", 0, 1, "*", 15000);
  wired_wait_held (self, 1);
  wire_free (wire);
  rmq_test_assert_until (NULL, check_forgotten, self);
  g_assert_cmpuint (wired_count_held (self), ==, 0);
  wired_put (other, "orders", 0, "y", NULL);
}

static void
test_embedded (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new_embedded (self);
  g_autoptr (RmqRemotingCommand) answer = NULL;
  g_autofree char *bodies = NULL;

  wired_put (wire, "orders", 1, "one", NULL);
  wired_put (wire, "orders", 1, "two", NULL);
  answer = wired_pull (wire, "g", "orders", 1, 0, "*");
  bodies = wired_bodies (answer);
  g_assert_cmpstr (bodies, ==, "one two");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  wired_add ("/broker/wire/addresses/B-WIRE-001", test_addresses);
  wired_add ("/broker/wire/answers/B-WIRE-002/B-WIRE-015", test_answers);
  wired_add ("/broker/wire/oneway/B-WIRE-003", test_oneway);
  wired_add ("/broker/wire/both-headers/B-WIRE-004", test_both_headers);
  wired_add ("/broker/wire/unknown/B-WIRE-005", test_unknown);
  wired_add ("/broker/wire/missing/B-WIRE-006", test_missing);
  wired_add ("/broker/wire/hostile/B-WIRE-007", test_hostile);
  wired_add ("/broker/wire/order/B-WIRE-008", test_order);
  wired_add_manual ("/broker/wire/idle/B-WIRE-009", test_idle);
  wired_add ("/broker/wire/closed/B-WIRE-010", test_closed);
  wired_add ("/broker/wire/embedded", test_embedded);
  return g_test_run ();
}
