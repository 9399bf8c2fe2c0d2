/* SPDX-License-Identifier: Apache-2.0
 *
 * Stored messages found again.
 */
#include "broker-fixture.h"

#include <inttypes.h>
#include "wire/rmq-stats-body-private.h"

#define TOPIC "orders"
#define ID "7F0000010539123456780036EE00000"

static void
send_keys (BrokerClient *client, int queue_id, const char *body, const char *properties)
{
  g_autoptr (BrokerReply) reply = broker_send (client, TOPIC, queue_id, body, properties);

  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
}

/* Bodies in the order they came, or the code. */
static char *
query (BrokerClient *client,
       const char *key,
       const char *max,
       int64_t begin_ms,
       int64_t end_ms,
       const char *unique,
       const char *type)
{
  g_autofree char *begin = g_strdup_printf ("%" PRId64, begin_ms);
  g_autofree char *end = g_strdup_printf ("%" PRId64, end_ms);
  g_autoptr (BrokerReply) reply =
      broker_call (client, RMQ_REQUEST_QUERY_MESSAGE, RMQ_SLICE_NULL, "topic", TOPIC, "key", key, "maxNum", max,
                   "beginTimestamp", begin, "endTimestamp", end, "_UNIQUE_KEY_QUERY", unique, "indexType", type, NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  RmqSlice body;
  RmqRecord record;

  g_assert_nonnull (reply);
  g_assert_cmpint (broker_reply_get (reply, "indexLastUpdatePhyoffset"), >=, 0);
  if (reply->frame.code != RMQ_RESPONSE_SUCCESS)
    return g_strdup_printf ("%d", reply->frame.code);
  body = reply->frame.body;
  for (size_t at = 0; at < body.len; at += record.total_size)
    {
      g_assert_true (_rmq_record_decode (&record, (const uint8_t *) body.data + at, body.len - at, at, NULL));
      g_string_append_len (text, record.body.data, (gssize) record.body.len);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
assert_found (BrokerClient *client, const char *key, const char *max, const char *bodies)
{
  g_autofree char *found = query (client, key, max, 0, INT64_MAX, NULL, NULL);

  g_assert_cmpstr (found, ==, bodies);
}

/* B-QRY-001: by offset. */
static void
test_by_offset (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) sent = broker_send (client, TOPIC, 0, "one", "KEYS=k");
  g_autofree char *offset = g_strdup_printf ("%" PRId64, broker_reply_get_physical (sent));
  g_autoptr (BrokerReply) found =
      broker_call (client, RMQ_REQUEST_VIEW_MESSAGE_BY_ID, RMQ_SLICE_NULL, "offset", offset, NULL);
  static const char *const wrong[] = { "7", "-1", "99999999", "9223372036854775807" };
  RmqRecord record;

  broker_assert_code (found, RMQ_RESPONSE_SUCCESS);
  g_assert_true (
      _rmq_record_decode (&record, (const uint8_t *) found->frame.body.data, found->frame.body.len, 0, NULL));
  g_assert_true (rmq_slice_equal_string (record.body, "one"));
  for (unsigned i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (BrokerReply) none =
          broker_call (client, RMQ_REQUEST_VIEW_MESSAGE_BY_ID, RMQ_SLICE_NULL, "offset", wrong[i], NULL);

      broker_assert_code (none, RMQ_RESPONSE_SYSTEM_ERROR);
    }
}

/* B-QRY-002, B-QRY-004, B-QRY-006: each key finds its messages, in their time, the newest so many. */
static void
test_by_key (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autofree char *early = NULL;
  g_autofree char *late = NULL;
  g_autofree char *tag = NULL;

  send_keys (client, 0, "a", "KEYS=k1 k2;TAGS=t");
  broker_advance (self, 1000);
  send_keys (client, 1, "b", "KEYS=k2;TAGS=t");
  send_keys (client, 2, "c", "KEYS=k2 k2;TAGS=u");
  assert_found (client, "k1", "32", "a");
  assert_found (client, "k2", "32", "abc");
  assert_found (client, "k2", "2", "bc");
  assert_found (client, "k2", "0", "22");
  assert_found (client, "k3", "32", "22");
  assert_found (client, "", "32", "22");
  early = query (client, "k2", "32", BROKER_EPOCH_MS, BROKER_EPOCH_MS + 999, NULL, NULL);
  g_assert_cmpstr (early, ==, "a");
  late = query (client, "k2", "32", BROKER_EPOCH_MS + 1, INT64_MAX, NULL, "K");
  g_assert_cmpstr (late, ==, "bc");
  tag = query (client, "t", "32", 0, INT64_MAX, NULL, "T");
  g_assert_cmpstr (tag, ==, "ab");
}

/* B-QRY-006: never more than 64. */
static void
test_bound (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autofree char *found = NULL;

  for (int i = 0; i < 100; i++)
    send_keys (client, 0, "m", "KEYS=k");
  found = query (client, "k", "1000", 0, INT64_MAX, NULL, NULL);
  g_assert_cmpuint (strlen (found), ==, 64);
}

/* B-QRY-003: by unique id, and not by a key that looks like one. */
static void
test_by_unique_id (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autofree char *signed_as_unique = NULL;
  g_autofree char *by_type = NULL;

  send_keys (client, 0, "a", "UNIQ_KEY=" ID "1;KEYS=k");
  send_keys (client, 0, "b", "UNIQ_KEY=" ID "2;KEYS=" ID "1");
  signed_as_unique = query (client, ID "1", "1", 0, INT64_MAX, "true", NULL);
  g_assert_cmpstr (signed_as_unique, ==, "a");
  by_type = query (client, ID "1", "1", 0, INT64_MAX, NULL, "U");
  g_assert_cmpstr (by_type, ==, "a");
}

static void
test_rows (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) reply = NULL;
  g_autoptr (BrokerReply) nothing = NULL;
  g_autoptr (RmqConsumeQueueBody) body = NULL;

  for (int i = 0; i < 3; i++)
    send_keys (client, 0, "m", "TAGS=t");
  reply = broker_call (client, RMQ_REQUEST_QUERY_CONSUME_QUEUE, RMQ_SLICE_NULL, "topic", TOPIC, "queueId", "0", "index",
                       "1", "count", "10", NULL);
  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  body = _rmq_consume_queue_body_decode (reply->frame.body, NULL);
  g_assert_cmpuint (body->items->len, ==, 2);
  g_assert_cmpint (body->max_index, ==, 3);
  nothing = broker_call (client, RMQ_REQUEST_QUERY_CONSUME_QUEUE, RMQ_SLICE_NULL, "topic", TOPIC, "queueId", "99",
                         "index", "0", "count", "10", NULL);
  broker_assert_code (nothing, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpuint (nothing->frame.body.len, ==, 0);
}

int
main (int argc, char **argv)
{
  broker_test_init (&argc, &argv);
  broker_add ("/broker/query/B-QRY-001/by-offset", NULL, test_by_offset);
  broker_add ("/broker/query/B-QRY-002/by-key", NULL, test_by_key);
  broker_add ("/broker/query/B-QRY-003/by-unique-id", NULL, test_by_unique_id);
  broker_add ("/broker/query/B-QRY-006/bound", NULL, test_bound);
  broker_add ("/broker/query/rows", NULL, test_rows);
  return g_test_run ();
}
