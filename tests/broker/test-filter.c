/* SPDX-License-Identifier: Apache-2.0
 *
 * Filters where the broker uses them: pulls, pulls that wait, subscriptions of heartbeats, and 46.
 */
#include "broker-fixture.h"

#include "filter/sql-table.h"

#define TOPIC "orders"
#define GROUP "CG"

typedef struct
{
  const char *type;
  const char *expression;
  const char *flags;   /* 4: the expression is here; 2: it may wait */
  const char *version; /* NULL: 0 */
  const char *offset;  /* NULL: 0 */
} PullArgs;

static BrokerReply *
pull (BrokerClient *client, const PullArgs *args)
{
  return broker_call (client, RMQ_REQUEST_PULL_MESSAGE, RMQ_SLICE_NULL, "consumerGroup", GROUP, "topic", TOPIC,
                      "queueId", "0", "queueOffset", args->offset != NULL ? args->offset : "0", "maxMsgNums", "32",
                      "sysFlag", args->flags, "commitOffset", "0", "suspendTimeoutMillis", "15000", "subVersion",
                      args->version != NULL ? args->version : "0", "expressionType",
                      args->type != NULL ? args->type : "TAG", args->expression != NULL ? "subscription" : "-",
                      args->expression != NULL ? args->expression : "", NULL);
}

/* The bodies, one after the other. */
static char *
read_bodies (const BrokerReply *reply)
{
  GString *bodies = g_string_new (NULL);
  RmqSlice all = reply->frame.body;

  for (size_t at = 0; at < all.len;)
    {
      RmqRecord record;

      g_assert_true (_rmq_record_decode (&record, (const uint8_t *) all.data + at, all.len - at, at, NULL));
      g_string_append_len (bodies, record.body.data, record.body.len);
      at += record.total_size;
    }
  return g_string_free (bodies, FALSE);
}

static void
assert_reply (BrokerReply *reply, int code, const char *bodies)
{
  g_autoptr (BrokerReply) taken = reply;
  g_autofree char *found = NULL;

  broker_assert_code (taken, code);
  found = read_bodies (taken);
  g_assert_cmpstr (found, ==, bodies);
}

static void
send_text (BrokerClient *client, const char *body, const char *properties)
{
  g_autoptr (BrokerReply) reply = broker_send (client, TOPIC, 0, body, properties);

  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
}

static void
heartbeat (BrokerClient *client,
           const char *type,
           const char *expression,
           const char *tags,
           const char *codes,
           int version)
{
  g_autofree char *body = g_strdup_printf (
      "{\"clientID\":\"c\",\"producerDataSet\":[],\"consumerDataSet\":[{\"consumeFromWhere\":"
      "\"CONSUME_FROM_LAST_OFFSET\",\"consumeType\":\"CONSUME_PASSIVELY\",\"groupName\":\"%s\",\"messageModel\":"
      "\"CLUSTERING\",\"subscriptionDataSet\":[{\"classFilterMode\":false,\"codeSet\":[%s],\"expressionType\":\"%s\","
      "\"subString\":\"%s\",\"subVersion\":%d,\"tagsSet\":[%s],\"topic\":\"%s\"}],\"unitMode\":false}]}",
      GROUP, codes, type, expression, version, tags, TOPIC);
  g_autoptr (BrokerReply) reply = broker_call (client, RMQ_REQUEST_HEART_BEAT, rmq_slice_from_string (body), NULL);

  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
}

static int
check (BrokerClient *client, const char *type, const char *expression)
{
  g_autofree char *body = g_strdup_printf ("{\"clientId\":\"c\",\"group\":\"%s\",\"subscriptionData\":"
                                           "{\"classFilterMode\":false,\"codeSet\":[],\"expressionType\":\"%s\","
                                           "\"subString\":\"%s\",\"subVersion\":1,\"tagsSet\":[],\"topic\":\"%s\"}}",
                                           GROUP, type, expression, TOPIC);
  g_autoptr (BrokerReply) reply =
      broker_call (client, RMQ_REQUEST_CHECK_CLIENT_CONFIG, rmq_slice_from_string (body), NULL);

  g_assert_nonnull (reply);
  return reply->frame.code;
}

/* --- tags ------------------------------------------------------------------------------------------------------ */

static void
test_tags (BrokerFixture *self, const void *data)
{
  static const struct
  {
    const char *expression;
    int code;
    const char *bodies;
  } rows[] = {
    { NULL, RMQ_RESPONSE_SUCCESS, "abAB0" },
    { "*", RMQ_RESPONSE_SUCCESS, "abAB0" },
    { "", RMQ_RESPONSE_SUCCESS, "abAB0" },
    { "TagA", RMQ_RESPONSE_SUCCESS, "aA" },
    { " TagA || TagB ", RMQ_RESPONSE_SUCCESS, "abAB" },
    { "nobody", RMQ_RESPONSE_PULL_RETRY_IMMEDIATELY, "" },
    { "||", RMQ_RESPONSE_SUBSCRIPTION_PARSE_FAILED, "" },
  };
  g_autoptr (BrokerClient) client = (broker_add_topic (self, TOPIC, 1), broker_client_new (self));

  send_text (client, "a", "TAGS=TagA");
  send_text (client, "b", "TAGS=TagB");
  send_text (client, "A", "TAGS=TagA");
  send_text (client, "B", "TAGS=TagB");
  send_text (client, "0", "");
  for (unsigned i = 0; i < G_N_ELEMENTS (rows); i++)
    assert_reply (pull (client, &(PullArgs){ .expression = rows[i].expression, .flags = "4" }), rows[i].code,
                  rows[i].bodies);
}

/* The codes of the heartbeat decide, not its text: they are what the queue index has. */
static void
test_heartbeat_codes (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = (broker_add_topic (self, TOPIC, 1), broker_client_new (self));

  send_text (client, "a", "TAGS=TagA");
  send_text (client, "b", "TAGS=TagB");
  heartbeat (client, "TAG", "TagA", "\"TagA\"", "2598919", 1);
  assert_reply (pull (client, &(PullArgs){ .flags = "0", .version = "1" }), RMQ_RESPONSE_SUCCESS, "a");
  heartbeat (client, "TAG", "TagB", "\"TagB\"", "2598920", 2);
  assert_reply (pull (client, &(PullArgs){ .flags = "0", .version = "2" }), RMQ_RESPONSE_SUCCESS, "b");
}

/* --- SQL92 ----------------------------------------------------------------------------------------------------- */

/* The whole table, through the whole broker. */
static void
test_table (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = (broker_add_topic (self, TOPIC, 1), broker_client_new (self));

  for (unsigned i = 0; i < G_N_ELEMENTS (sql_sets); i++)
    {
      const char name[] = { sql_sets[i].name, '\0' };

      send_text (client, name, sql_sets[i].properties);
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (sql_table); i++)
    {
      const char *wanted = sql_table[i].matches;
      g_autoptr (BrokerReply) reply =
          pull (client, &(PullArgs){ .type = "SQL92", .expression = sql_table[i].expression, .flags = "4" });
      g_autofree char *found = NULL;

      if (wanted == NULL)
        broker_assert_code (reply, RMQ_RESPONSE_SUBSCRIPTION_PARSE_FAILED);
      else
        broker_assert_code (reply, *wanted != '\0' ? RMQ_RESPONSE_SUCCESS : RMQ_RESPONSE_PULL_RETRY_IMMEDIATELY);
      found = read_bodies (reply);
      if (wanted != NULL && strcmp (found, wanted) != 0)
        g_error ("%s gets %s, not %s", sql_table[i].expression, found, wanted);
    }
}

static void
test_check (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = (broker_add_topic (self, TOPIC, 1), broker_client_new (self));

  g_assert_cmpint (check (client, "TAG", "TagA || TagB"), ==, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (check (client, "SQL92", "a > 5 AND b IN ('x', 'y')"), ==, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (check (client, "SQL92", "a and between 2 and 10"), ==, RMQ_RESPONSE_SUBSCRIPTION_PARSE_FAILED);
  g_assert_cmpint (check (client, "SQL92", "a between 10 and 0"), ==, RMQ_RESPONSE_SUBSCRIPTION_PARSE_FAILED);
  g_assert_cmpint (check (client, "SQL92", "a contains x"), ==, RMQ_RESPONSE_SUBSCRIPTION_PARSE_FAILED);
  g_assert_cmpint (check (client, "SQL92", "a > 100000000000000000000000"), ==, RMQ_RESPONSE_SUBSCRIPTION_PARSE_FAILED);
}

static void
test_switched_off (BrokerFixture *self, const void *data)
{
  static const PullArgs sql = { .type = "SQL92", .expression = "TRUE", .flags = "4" };
  g_autoptr (BrokerClient) client = (broker_add_topic (self, TOPIC, 1), broker_client_new (self));

  send_text (client, "a", "");
  g_assert_cmpint (check (client, "SQL92", "TRUE"), ==, RMQ_RESPONSE_SYSTEM_ERROR);
  assert_reply (pull (client, &sql), RMQ_RESPONSE_SYSTEM_ERROR, "");
  heartbeat (client, "SQL92", "TRUE", "", "", 1);
  assert_reply (pull (client, &(PullArgs){ .flags = "0", .version = "1", .type = "SQL92" }), RMQ_RESPONSE_SYSTEM_ERROR,
                "");
  g_assert_cmpint (check (client, "TAG", "TagA"), ==, RMQ_RESPONSE_SUCCESS);
}

static void
test_heartbeat_sql (BrokerFixture *self, const void *data)
{
  static const PullArgs args = { .flags = "0", .version = "1", .type = "SQL92" };
  g_autoptr (BrokerClient) client = (broker_add_topic (self, TOPIC, 1), broker_client_new (self));

  send_text (client, "a", "price=9");
  send_text (client, "b", "price=11");
  heartbeat (client, "SQL92", "price > 10", "", "", 2);
  assert_reply (pull (client, &args), RMQ_RESPONSE_SUCCESS, "b");
  /* Only a newer version replaces it. */
  heartbeat (client, "SQL92", "price < 10", "", "", 1);
  assert_reply (pull (client, &args), RMQ_RESPONSE_SUCCESS, "b");
  heartbeat (client, "SQL92", "price < 10", "", "", 3);
  assert_reply (pull (client, &args), RMQ_RESPONSE_SUCCESS, "a");
  heartbeat (client, "SQL92", "price <", "", "", 4);
  assert_reply (pull (client, &args), RMQ_RESPONSE_SUBSCRIPTION_PARSE_FAILED, "");
}

/* --- waiting --------------------------------------------------------------------------------------------------- */

static void
test_wait (BrokerFixture *self, const void *data)
{
  static const PullArgs args[] = {
    { .type = "SQL92", .expression = "price BETWEEN 10 AND 20", .flags = "6" },
    { .expression = "TagA", .flags = "6" },
  };
  g_autoptr (BrokerClient) sender = (broker_add_topic (self, TOPIC, 1), broker_client_new (self));

  for (unsigned i = 0; i < G_N_ELEMENTS (args); i++)
    {
      g_autoptr (BrokerClient) client = broker_client_new (self);
      g_autofree char *offset = g_strdup_printf ("%" G_GINT64_FORMAT, broker_get_max (self, TOPIC, 0));
      PullArgs here = args[i];

      here.offset = offset;
      g_assert_null (pull (client, &here));
      send_text (sender, "n", "price=9;TAGS=TagB");
      g_assert_null (broker_take (client));
      send_text (sender, "o", "");
      g_assert_null (broker_take (client));
      send_text (sender, "y", "price=10;TAGS=TagA");
      assert_reply (broker_take (client), RMQ_RESPONSE_SUCCESS, "y");
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  broker_add ("/filter/B-FILT-001,B-PULL-010/tags", NULL, test_tags);
  broker_add ("/filter/B-FILT-001/heartbeat", NULL, test_heartbeat_codes);
  broker_add ("/filter/B-FILT-002,B-FILT-003,B-FILT-004,B-FILT-005,B-PULL-007/table", NULL, test_table);
  broker_add ("/filter/B-FILT-003/check", NULL, test_check);
  broker_add ("/filter/B-FILT-006/switched-off", "enablePropertyFilter=false", test_switched_off);
  broker_add ("/filter/B-FILT-007/heartbeat-sql", NULL, test_heartbeat_sql);
  broker_add ("/filter/B-HOLD-004/wait", NULL, test_wait);
  return g_test_run ();
}
