/* SPDX-License-Identifier: Apache-2.0
 *
 * Members of groups, who hears of them, and the queues they lock.
 */
#include "wired-broker.h"

#include "wire/rmq-heartbeat-private.h"
#include "wire/rmq-lock-body-private.h"

static char *
list_members (Wire *wire, const char *group)
{
  g_autoptr (RmqRemotingCommand) answer =
      wire_ask (wire, RMQ_REQUEST_GET_CONSUMER_LIST_BY_GROUP, NULL, "consumerGroup", group, NULL);
  g_autoptr (RmqConsumerListBody) body = NULL;

  if (rmq_remoting_command_get_code (answer) != RMQ_RESPONSE_SUCCESS)
    {
      g_assert_cmpint (rmq_remoting_command_get_code (answer), ==, RMQ_RESPONSE_SYSTEM_ERROR);
      return g_strdup ("-");
    }
  body = _rmq_consumer_list_body_decode (wire_get_body (answer), NULL);
  g_assert_nonnull (body);
  g_ptr_array_add (body->client_ids, NULL);
  {
    char *text = g_strjoinv (" ", (char **) body->client_ids->pdata);

    g_ptr_array_set_size (body->client_ids, (int) body->client_ids->len - 1);
    return text;
  }
}

#define assert_members(wire, group, expected)                                                                          \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autofree char *members_ = list_members (wire, group);                                                            \
    g_assert_cmpstr (members_, ==, expected);                                                                          \
  }                                                                                                                    \
  G_STMT_END

/* The next frame is a notice that group changed. */
static void
assert_notice (Wire *wire, const char *group)
{
  g_autoptr (RmqRemotingCommand) notice = wire_read (wire);

  g_assert_cmpint (rmq_remoting_command_get_code (notice), ==, RMQ_REQUEST_NOTIFY_CONSUMER_IDS_CHANGED);
  g_assert_true (rmq_remoting_command_is_oneway (notice));
  g_assert_cmpstr (wire_get (notice, "consumerGroup"), ==, group);
}

static void
test_register (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) route = NULL;

  assert_members (wire, "g", "-");
  wired_heartbeat (wire, "c1", "g", "orders", "*");
  assert_members (wire, "g", "c1");
  route = wire_ask (wire, RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC, NULL, "topic", "%RETRY%g", NULL);
  wire_assert_code (route, RMQ_RESPONSE_SUCCESS);
}

static void
test_notices (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) first = wire_new (self);
  Wire *second = wire_new (self);
  g_autoptr (RmqRemotingCommand) left = NULL;

  /* The fixture passes over the notices that a heartbeat causes on its own connection. */
  wired_heartbeat (first, "c1", "g", "orders", "*");
  wired_heartbeat (second, "c2", "g", "orders", "*");
  assert_notice (first, "g");
  assert_members (first, "g", "c1 c2");
  /* Nothing changed. */
  wired_heartbeat (second, "c2", "g", "orders", "*");
  left = wire_ask (second, RMQ_REQUEST_UNREGISTER_CLIENT, NULL, "clientID", "c2", "consumerGroup", "g", NULL);
  wire_assert_code (left, RMQ_RESPONSE_SUCCESS);
  assert_notice (first, "g");
  assert_members (first, "g", "c1");
  wired_heartbeat (second, "c2", "g", "orders", "*");
  assert_notice (first, "g");
  wire_free (second);
  assert_notice (first, "g");
  assert_members (first, "g", "c1");
}

static void
disable_notices (RmqBrokerCore *core, void *data)
{
  _rmq_broker_subscribers_find_or_create (core->subscribers, RMQ_SLICE_LITERAL ("g"))->notify_ids_changed = false;
}

static void
test_no_notices (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) first = wire_new (self);
  g_autoptr (Wire) second = wire_new (self);
  g_autoptr (RmqRemotingCommand) next = NULL;

  wired_call (self, disable_notices, NULL);
  wired_heartbeat (first, "c1", "g", "orders", "*");
  wired_heartbeat (second, "c2", "g", "orders", "*");
  wire_send (first, RMQ_REQUEST_GET_CONSUMER_LIST_BY_GROUP, WIRE_PLAIN, NULL, "consumerGroup", "g", NULL);
  next = wire_read (first);
  g_assert_true (rmq_remoting_command_is_response (next));
}

typedef struct
{
  const char *topic;
  char *expression;
} Asked;

static void
ask_expression (RmqBrokerCore *core, void *data)
{
  Asked *asked = data;
  RmqBrokerOnline *online = _rmq_broker_clients_find_consumers (core->clients, RMQ_SLICE_LITERAL ("g"));
  RmqBrokerSubscription *entry =
      online != NULL ? _rmq_broker_online_find_subscription (online, rmq_slice_from_string (asked->topic)) : NULL;

  g_free (asked->expression);
  asked->expression = g_strdup (entry != NULL ? entry->subscription->expression : "-");
}

static void
heartbeat_version (Wire *wire,
                   const char *topic,
                   const char *tags,
                   int64_t version,
                   bool without_sub,
                   int fingerprint,
                   const char *changed)
{
  g_autoptr (RmqHeartbeatData) heartbeat = _rmq_heartbeat_data_new_for ("c1");
  RmqConsumerData *consumer = _rmq_heartbeat_data_add_consumer (
      heartbeat, "g", RMQ_HEARTBEAT_CONSUME_PASSIVELY, RMQ_HEARTBEAT_CLUSTERING, RMQ_HEARTBEAT_FROM_FIRST_OFFSET);
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (65536);
  g_autoptr (GBytes) body = NULL;
  g_autoptr (RmqRemotingCommand) answer = NULL;

  if (!without_sub)
    g_ptr_array_add (consumer->subscriptions, _rmq_subscription_build (topic, tags, NULL, version, NULL));
  heartbeat->without_sub = without_sub;
  heartbeat->fingerprint = fingerprint;
  _rmq_heartbeat_data_encode (heartbeat, &out);
  body = _rmq_byte_writer_steal (&out);
  answer = wire_ask (wire, RMQ_REQUEST_HEART_BEAT, body, NULL);
  wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpstr (wire_get (answer, "IS_SUB_CHANGE"), ==, changed);
}

static void
assert_expression (WiredBroker *self, const char *topic, const char *expected)
{
  Asked asked = { topic, NULL };

  wired_call (self, ask_expression, &asked);
  g_assert_cmpstr (asked.expression, ==, expected);
  g_free (asked.expression);
}

static void
test_versions (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);

  heartbeat_version (wire, "orders", "a", 10, false, 0, "true");
  assert_expression (self, "orders", "a");
  heartbeat_version (wire, "orders", "b", 10, false, 0, "true");
  assert_expression (self, "orders", "a");
  heartbeat_version (wire, "orders", "b", 11, false, 0, "true");
  assert_expression (self, "orders", "b");
  /* Another topic in place of the first. */
  heartbeat_version (wire, "others", "c", 12, false, 0, "true");
  assert_expression (self, "others", "c");
  assert_expression (self, "orders", "-");
}

static void
test_v2 (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);

  heartbeat_version (wire, "orders", "a", 10, false, 77, "true");
  heartbeat_version (wire, "orders", "a", 10, true, 77, "false");
  assert_expression (self, "orders", "a");
  heartbeat_version (wire, "orders", "a", 10, true, 78, "true");
  heartbeat_version (wire, "orders", "b", 11, false, 78, "true");
  heartbeat_version (wire, "orders", "b", 11, true, 78, "false");
  assert_expression (self, "orders", "b");
}

static void
test_expiry (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) silent = wire_new (self);
  g_autoptr (Wire) alive = wire_new (self);

  wired_heartbeat (silent, "c1", "g", "orders", "*");
  wired_heartbeat (alive, "c2", "g", "orders", "*");
  for (int i = 0; i < 14; i++)
    {
      wired_advance (self, 10000);
      wired_heartbeat (alive, "c2", "g", "orders", "*");
      if (i < 11)
        wire_assert_quiet (silent);
    }
  assert_members (alive, "g", "c2");
  wire_assert_closed (silent);
}

static void
test_two_connections (WiredBroker *self, gconstpointer data)
{
  Wire *old = wire_new (self);
  g_autoptr (Wire) new = wire_new (self);

  wired_heartbeat (old, "c1", "g", "orders", "*");
  wired_heartbeat (new, "c1", "g", "orders", "*");
  assert_members (new, "g", "c1");
  wire_free (old);
  assert_notice (new, "g");
  assert_members (new, "g", "c1");
}

static void
test_check (WiredBroker *self, gconstpointer data)
{
  static const char tag[] =
      "{\"clientId\":\"c\",\"group\":\"g\",\"subscriptionData\":{\"topic\":\"t\",\"subString\":\"a\","
      "\"expressionType\":\"TAG\",\"subVersion\":1}}";
  static const char none[] = "{\"clientId\":\"c\",\"group\":\"g\"}";
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (GBytes) tag_body = g_bytes_new_static (tag, strlen (tag));
  g_autoptr (GBytes) none_body = g_bytes_new_static (none, strlen (none));
  g_autoptr (RmqRemotingCommand) tag_answer = wire_ask (wire, RMQ_REQUEST_CHECK_CLIENT_CONFIG, tag_body, NULL);
  g_autoptr (RmqRemotingCommand) none_answer = wire_ask (wire, RMQ_REQUEST_CHECK_CLIENT_CONFIG, none_body, NULL);
  g_autoptr (RmqRemotingCommand) empty_answer = wire_ask (wire, RMQ_REQUEST_CHECK_CLIENT_CONFIG, NULL, NULL);

  wire_assert_code (tag_answer, RMQ_RESPONSE_SUCCESS);
  wire_assert_code (none_answer, RMQ_RESPONSE_SUCCESS);
  wire_assert_code (empty_answer, RMQ_RESPONSE_SUCCESS);
}

static void
test_actively (void)
{
  const char *settings[] = { "rejectPullConsumerEnable", "true", NULL };
  g_autoptr (RmqHeartbeatData) heartbeat = _rmq_heartbeat_data_new_for ("c1");
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (65536);
  g_autoptr (RmqRemotingCommand) answer = NULL;
  g_autoptr (GBytes) body = NULL;
  WiredBroker fixture = { NULL };
  Wire *wire;

  _rmq_heartbeat_data_add_consumer (heartbeat, "g", RMQ_HEARTBEAT_CONSUME_ACTIVELY, RMQ_HEARTBEAT_CLUSTERING,
                                    RMQ_HEARTBEAT_FROM_FIRST_OFFSET);
  _rmq_heartbeat_data_encode (heartbeat, &out);
  body = _rmq_byte_writer_steal (&out);
  wired_start (&fixture, false, settings);
  wire = wire_new (&fixture);
  answer = wire_ask (wire, RMQ_REQUEST_HEART_BEAT, body, NULL);
  wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
  assert_members (wire, "g", "-");
  wire_free (wire);
  wired_stop (&fixture);
}

/* --- locks --------------------------------------------------------------------------------------------------- */

static GBytes *
lock_body (const char *group, const char *client_id, unsigned first, unsigned n)
{
  g_autoptr (RmqLockBody) body = _rmq_lock_body_new ();
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (65536);

  body->group = g_strdup (group);
  body->client_id = g_strdup (client_id);
  for (unsigned i = first; i < first + n; i++)
    g_ptr_array_add (body->queues, rmq_message_queue_new ("orders", "broker-a", (int) i));
  _rmq_lock_body_encode (body, &out);
  return _rmq_byte_writer_steal (&out);
}

/* Bits of the queues that are held now. */
static unsigned
lock (Wire *wire, const char *group, const char *client_id, unsigned first, unsigned n)
{
  g_autoptr (GBytes) body = lock_body (group, client_id, first, n);
  g_autoptr (RmqRemotingCommand) answer = wire_ask (wire, RMQ_REQUEST_LOCK_BATCH_MQ, body, NULL);
  g_autoptr (RmqLockResultBody) result = NULL;
  unsigned bits = 0;

  wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
  result = _rmq_lock_result_body_decode (wire_get_body (answer), NULL);
  for (unsigned i = 0; i < result->locked->len; i++)
    bits |= 1u << rmq_message_queue_get_queue_id (g_ptr_array_index (result->locked, i));
  return bits;
}

static void
unlock (Wire *wire, const char *group, const char *client_id, unsigned first, unsigned n)
{
  g_autoptr (GBytes) body = lock_body (group, client_id, first, n);
  g_autoptr (RmqRemotingCommand) answer = wire_ask (wire, RMQ_REQUEST_UNLOCK_BATCH_MQ, body, NULL);

  wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
}

static void
test_lock (WiredBroker *self, gconstpointer data)
{
  Wire *wire = wire_new (self);
  g_autoptr (Wire) again = wire_new (self);

  g_assert_cmphex (lock (wire, "g", "c1", 0, 2), ==, 0x3);
  g_assert_cmphex (lock (wire, "g", "c1", 0, 2), ==, 0x3);
  g_assert_cmphex (lock (wire, "g", "c2", 0, 1), ==, 0x0);
  g_assert_cmphex (lock (wire, "g", "c2", 0, 4), ==, 0xc);
  /* Of another group. */
  g_assert_cmphex (lock (wire, "h", "c2", 0, 4), ==, 0xf);
  unlock (wire, "g", "c2", 0, 2);
  g_assert_cmphex (lock (wire, "g", "c2", 0, 2), ==, 0x0);
  unlock (wire, "g", "c1", 0, 1);
  g_assert_cmphex (lock (wire, "g", "c2", 0, 2), ==, 0x1);
  /* Not the connection's. */
  wire_free (wire);
  g_assert_cmphex (lock (again, "g", "c2", 1, 1), ==, 0x0);
  g_assert_cmphex (lock (again, "g", "c1", 1, 1), ==, 0x2);
}

static void
test_lock_expiry (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);

  g_assert_cmphex (lock (wire, "g", "c1", 0, 2), ==, 0x3);
  wired_advance (self, 50000);
  g_assert_cmphex (lock (wire, "g", "c1", 0, 1), ==, 0x1);
  wired_advance (self, 20000);
  g_assert_cmphex (lock (wire, "g", "c2", 0, 2), ==, 0x2);
  wired_advance (self, 50000);
  g_assert_cmphex (lock (wire, "g", "c2", 0, 2), ==, 0x3);
}

static void
test_lock_contest (WiredBroker *self, gconstpointer data)
{
  Wire *wires[2] = { wire_new (self), wire_new (self) };
  uint64_t seed = 1;
  unsigned held[2] = { 0, 0 };

  for (int i = 0; i < 10000; i++)
    {
      unsigned who = (unsigned) rmq_test_random_below (&seed, 2);
      unsigned queue = (unsigned) rmq_test_random_below (&seed, 4);
      const char *id = who == 0 ? "c1" : "c2";

      if (rmq_test_random_below (&seed, 2) == 0)
        held[who] |= lock (wires[who], "g", id, queue, 1);
      else
        {
          unlock (wires[who], "g", id, queue, 1);
          held[who] &= ~(1u << queue);
        }
      g_assert_cmphex (held[0] & held[1], ==, 0);
    }
  wire_free (wires[0]);
  wire_free (wires[1]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  wired_add ("/broker/members/register/B-MEMB-001/B-MEMB-002/B-MEMB-005", test_register);
  wired_add ("/broker/members/notices/B-MEMB-003/B-MEMB-004", test_notices);
  wired_add ("/broker/members/no-notices/B-MEMB-003", test_no_notices);
  wired_add ("/broker/members/versions/B-MEMB-006", test_versions);
  wired_add ("/broker/members/heartbeat-v2/B-MEMB-008", test_v2);
  wired_add_manual ("/broker/members/expiry/B-MEMB-007", test_expiry);
  wired_add ("/broker/members/two-connections/B-MEMB-010", test_two_connections);
  wired_add ("/broker/members/check/B-MEMB-009", test_check);
  g_test_add_func ("/broker/members/actively/B-MEMB-012", test_actively);
  wired_add ("/broker/locks/batch/B-LOCK-001/B-LOCK-003/B-LOCK-004/B-LOCK-005/B-LOCK-006", test_lock);
  wired_add_manual ("/broker/locks/expiry/B-LOCK-002", test_lock_expiry);
  wired_add ("/broker/locks/contest/B-LOCK-007", test_lock_contest);
  return g_test_run ();
}
