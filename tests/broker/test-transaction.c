/* SPDX-License-Identifier: Apache-2.0
 *
 * Transactions: half messages, their end, and the questions about those without one.
 */
#include "broker-fixture.h"

#include <inttypes.h>
#include "wire/rmq-names-private.h"

#define TOPIC "orders"
#define GROUP "PG"
#define ID "7F0000010539123456780036EE000001"
#define HALF "TRAN_MSG=true;PGROUP=" GROUP ";UNIQ_KEY=" ID

#define COMMIT "8"
#define ROLLBACK "12"
#define UNKNOWN "0"

/* What names a half message. */
typedef struct
{
  int64_t offset;
  int64_t physical;
} Half;

static Half
send_half (BrokerClient *client, const char *properties)
{
  g_autofree char *all = g_strconcat (HALF ";", properties, NULL);
  g_autoptr (BrokerReply) reply = broker_send (client, TOPIC, 1, "half", all);

  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (broker_reply_get (reply, "queueId"), ==, 1);
  return (Half){ broker_reply_get (reply, "queueOffset"), broker_reply_get_physical (reply) };
}

static BrokerReply *
end_with (BrokerClient *client, Half half, const char *group, const char *what, bool from_check)
{
  g_autofree char *offset = g_strdup_printf ("%" PRId64, half.offset);
  g_autofree char *physical = g_strdup_printf ("%" PRId64, half.physical);

  return broker_call (client, RMQ_REQUEST_END_TRANSACTION, RMQ_SLICE_NULL, "topic", TOPIC, "producerGroup", group,
                      "tranStateTableOffset", offset, "commitLogOffset", physical, "commitOrRollback", what,
                      "fromTransactionCheck", from_check ? "true" : "false", "msgId", ID, "transactionId", ID, NULL);
}

static void
assert_end (BrokerClient *client, Half half, const char *what, int code)
{
  g_autoptr (BrokerReply) reply = end_with (client, half, GROUP, what, false);

  broker_assert_code (reply, code);
}

/* The next question, which must be about this message. */
static Half
take_question (BrokerClient *client, int n_checks)
{
  g_autoptr (BrokerReply) request = broker_take (client);
  g_autofree char *number = g_strdup_printf ("%d", n_checks);
  g_autofree char *id = NULL;
  RmqRecord record;

  broker_assert_code (request, RMQ_REQUEST_CHECK_TRANSACTION_STATE);
  g_assert_true (rmq_frame_is_oneway (&request->frame));
  id = broker_reply_dup (request, "msgId");
  g_assert_cmpstr (id, ==, ID);
  g_assert_true (
      _rmq_record_decode (&record, (const uint8_t *) request->frame.body.data, request->frame.body.len, 0, NULL));
  g_assert_true (rmq_slice_equal_string (record.topic, TOPIC));
  g_assert_cmpint (record.queue_id, ==, 1);
  g_assert_true (rmq_slice_equal_string (record.body, "half"));
  broker_record_has (&record, "PGROUP", GROUP);
  broker_record_has (&record, "TRANSACTION_CHECK_TIMES", number);
  return (Half){ broker_reply_get (request, "tranStateTableOffset"), broker_reply_get (request, "commitLogOffset") };
}

static void
assert_no_question (BrokerClient *client)
{
  g_autoptr (BrokerReply) request = broker_take (client);

  g_assert_null (request);
}

/* B-TX-001: stored elsewhere; the answer names it. */
static void
test_half (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  Half half;
  RmqStoredRecord stored;
  RmqRecord record;

  broker_add_topic (self, TOPIC, 2);
  half = send_half (client, "KEYS=k");
  g_assert_cmpint (broker_get_max (self, TOPIC, 1), ==, 0);
  g_assert_true (_rmq_broker_store_lookup (self->store, half.physical, &stored));
  g_assert_true (_rmq_record_decode (&record, stored.data, stored.size, 0, NULL));
  g_assert_true (rmq_slice_equal_string (record.topic, RMQ_TOPIC_TRANS_HALF));
  g_assert_cmpint (record.queue_offset, ==, half.offset);
  broker_record_has (&record, "REAL_TOPIC", TOPIC);
  broker_record_has (&record, "REAL_QID", "1");
  broker_record_has (&record, "__transactionId__", ID);
}

/* B-TX-002: committed it comes where it belongs, as it was sent. */
static void
test_commit (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  Half half;
  RmqRecord record;
  g_autoptr (BrokerReply) reply = NULL;

  broker_add_topic (self, TOPIC, 2);
  half = send_half (client, "KEYS=k;TAGS=t;p=v");
  broker_advance (self, 1000);
  assert_end (client, half, COMMIT, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (broker_get_max (self, TOPIC, 1), ==, 1);
  reply = broker_pull (client, TOPIC, 1, 0, &record);
  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  g_assert_true (rmq_slice_equal_string (record.body, "half"));
  g_assert_cmpint (record.flag, ==, 7);
  g_assert_cmpint (record.sys_flag & 12, ==, 8);
  g_assert_cmpint (record.prepared_transaction_offset, ==, half.physical);
  g_assert_cmpint (record.born_timestamp, ==, BROKER_EPOCH_MS);
  broker_record_has (&record, "UNIQ_KEY", ID);
  broker_record_has (&record, "KEYS", "k");
  broker_record_has (&record, "TAGS", "t");
  broker_record_has (&record, "p", "v");
  broker_record_has (&record, "REAL_TOPIC", NULL);
  g_assert_cmpuint (_rmq_timer_heap_get_n_armed (self->core->timers), ==, 0);
}

/* B-TX-002, B-TX-010: rolled back it never comes; neither is asked about. */
static void
test_rollback (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  Half rolled;
  Half committed;

  broker_add_topic (self, TOPIC, 2);
  broker_register_producer (client, "c", GROUP);
  rolled = send_half (client, "KEYS=k");
  committed = send_half (client, "KEYS=k");
  assert_end (client, rolled, ROLLBACK, RMQ_RESPONSE_SUCCESS);
  assert_end (client, committed, COMMIT, RMQ_RESPONSE_SUCCESS);
  broker_advance (self, 60000);
  assert_no_question (client);
  g_assert_cmpint (broker_get_max (self, TOPIC, 1), ==, 1);
  assert_end (client, rolled, COMMIT, RMQ_RESPONSE_SYSTEM_ERROR);
  assert_end (client, committed, COMMIT, RMQ_RESPONSE_SYSTEM_ERROR);
  g_assert_cmpint (broker_get_max (self, TOPIC, 1), ==, 1);
}

/* B-TX-003: what does not name a half message of that group changes nothing. */
static void
test_wrong (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  Half half;
  g_autoptr (BrokerReply) group = NULL;
  g_autoptr (BrokerReply) plain = NULL;

  broker_add_topic (self, TOPIC, 2);
  plain = broker_send (client, TOPIC, 0, "plain", "PGROUP=PG");
  half = send_half (client, "KEYS=k");
  group = end_with (client, half, "other", COMMIT, false);
  broker_assert_code (group, RMQ_RESPONSE_SYSTEM_ERROR);
  g_assert_true (rmq_slice_equal_string (group->frame.remark, "The producer group wrong"));
  assert_end (client, (Half){ half.offset + 1, half.physical }, COMMIT, RMQ_RESPONSE_SYSTEM_ERROR);
  assert_end (client, (Half){ half.offset, half.physical + 7 }, COMMIT, RMQ_RESPONSE_SYSTEM_ERROR);
  assert_end (client, (Half){ half.offset, -1 }, COMMIT, RMQ_RESPONSE_SYSTEM_ERROR);
  assert_end (client, (Half){ half.offset, INT64_MAX }, COMMIT, RMQ_RESPONSE_SYSTEM_ERROR);
  assert_end (client, (Half){ 0, broker_reply_get_physical (plain) }, COMMIT, RMQ_RESPONSE_SYSTEM_ERROR);
  assert_end (client, half, "5", RMQ_RESPONSE_SYSTEM_ERROR);
  g_assert_cmpint (broker_get_max (self, TOPIC, 1), ==, 0);
  assert_end (client, half, COMMIT, RMQ_RESPONSE_SUCCESS);
}

/* B-TX-004: unknown says nothing and changes nothing. */
static void
test_unknown (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  Half half;
  g_autoptr (BrokerReply) reply = NULL;

  broker_add_topic (self, TOPIC, 2);
  half = send_half (client, "KEYS=k");
  reply = end_with (client, half, GROUP, UNKNOWN, false);
  g_assert_null (reply);
  assert_end (client, half, COMMIT, RMQ_RESPONSE_SUCCESS);
}

/* B-TX-005, B-TX-006: asked after the timeout, again after each interval, and given up after the last. */
static void
test_checks (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  RmqRecord record;
  g_autoptr (BrokerReply) given_up = NULL;

  broker_add_topic (self, TOPIC, 2);
  broker_register_producer (client, "c", GROUP);
  send_half (client, "KEYS=k");
  broker_advance (self, 5999);
  assert_no_question (client);
  broker_advance (self, 20);
  for (int i = 1; i <= 15; i++)
    {
      take_question (client, i);
      broker_advance (self, 29900);
      assert_no_question (client);
      g_assert_cmpint (broker_get_max (self, RMQ_TOPIC_TRANS_CHECK_MAX_TIME, 0), ==, 0);
      broker_advance (self, 120);
    }
  assert_no_question (client);
  g_assert_cmpint (broker_get_max (self, RMQ_TOPIC_TRANS_CHECK_MAX_TIME, 0), ==, 1);
  given_up = broker_pull (client, RMQ_TOPIC_TRANS_CHECK_MAX_TIME, 0, 0, &record);
  broker_assert_code (given_up, RMQ_RESPONSE_SUCCESS);
  broker_record_has (&record, "REAL_TOPIC", TOPIC);
  broker_record_has (&record, "TRANSACTION_CHECK_TIMES", "15");
  g_assert_cmpint (broker_get_max (self, TOPIC, 1), ==, 0);
}

/* B-TX-006: the offsets of the question name what its answer ends. */
static void
test_answer (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) reply = NULL;
  Half asked;

  broker_add_topic (self, TOPIC, 2);
  broker_register_producer (client, "c", GROUP);
  send_half (client, "KEYS=k");
  broker_advance (self, 6020);
  asked = take_question (client, 1);
  reply = end_with (client, asked, GROUP, COMMIT, true);
  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (broker_get_max (self, TOPIC, 1), ==, 1);
  broker_advance (self, 60000);
  assert_no_question (client);
}

/* B-TX-007: not asked within the time it asked for; then only the answer to a question counts. */
static void
test_immunity (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) reply = NULL;
  Half half;
  Half asked;

  broker_add_topic (self, TOPIC, 2);
  broker_register_producer (client, "c", GROUP);
  half = send_half (client, "CHECK_IMMUNITY_TIME_IN_SECONDS=60");
  broker_advance (self, 59900);
  assert_no_question (client);
  broker_advance (self, 150);
  asked = take_question (client, 1);
  assert_end (client, half, COMMIT, RMQ_RESPONSE_ILLEGAL_OPERATION);
  g_assert_cmpint (broker_get_max (self, TOPIC, 1), ==, 0);
  reply = end_with (client, asked, GROUP, COMMIT, true);
  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (broker_get_max (self, TOPIC, 1), ==, 1);
}

/* B-TX-007: within its time the producer decides as ever; less than the timeout is the timeout. */
static void
test_short_immunity (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  Half half;

  broker_add_topic (self, TOPIC, 2);
  half = send_half (client, "CHECK_IMMUNITY_TIME_IN_SECONDS=1");
  broker_advance (self, 5000);
  assert_end (client, half, COMMIT, RMQ_RESPONSE_SUCCESS);
}

/* B-TX-008: nobody there to ask: it waits, however long, and that is no check. */
static void
test_no_producer (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);

  broker_add_topic (self, TOPIC, 2);
  send_half (client, "KEYS=k");
  for (int i = 0; i < 40; i++)
    broker_advance (self, 30000);
  g_assert_cmpint (broker_get_max (self, RMQ_TOPIC_TRANS_CHECK_MAX_TIME, 0), ==, 0);
  broker_register_producer (client, "c", GROUP);
  broker_advance (self, 30020);
  take_question (client, 1);
}

/* B-TX-009: in turn, and not to one that is gone. */
static void
test_round_robin (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) one = broker_client_new (self);
  g_autoptr (BrokerClient) two = broker_client_new (self);
  unsigned n_one = 0;
  unsigned n_two = 0;

  broker_add_topic (self, TOPIC, 2);
  broker_register_producer (one, "one", GROUP);
  broker_register_producer (two, "two", GROUP);
  for (int i = 0; i < 4; i++)
    send_half (one, "KEYS=k");
  broker_advance (self, 6020);
  for (BrokerReply *request; (request = broker_take (one)) != NULL; broker_reply_free (request))
    n_one++;
  for (BrokerReply *request; (request = broker_take (two)) != NULL; broker_reply_free (request))
    n_two++;
  g_assert_cmpuint (n_one, ==, 2);
  g_assert_cmpuint (n_two, ==, 2);
  g_clear_pointer (&one, broker_client_free);
  broker_advance (self, 30020);
  for (int i = 0; i < 4; i++)
    take_question (two, 2);
}

/* B-TX-011: delayed from the commit. */
static void
test_delayed (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  Half half;
  Half timed;

  broker_add_topic (self, TOPIC, 2);
  half = send_half (client, "DELAY=2");
  timed = send_half (client, "TIMER_DELAY_SEC=3");
  broker_advance (self, 4000);
  assert_end (client, half, COMMIT, RMQ_RESPONSE_SUCCESS);
  assert_end (client, timed, COMMIT, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (broker_get_max (self, TOPIC, 1), ==, 0);
  broker_advance (self, 3500);
  g_assert_cmpint (broker_get_max (self, TOPIC, 1), ==, 1);
  broker_advance (self, 1600);
  g_assert_cmpint (broker_get_max (self, TOPIC, 1), ==, 2);
}

static void
test_rejected (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) reply = NULL;

  broker_add_topic (self, TOPIC, 2);
  reply = broker_send (client, TOPIC, 1, "half", HALF);
  broker_assert_code (reply, RMQ_RESPONSE_NO_PERMISSION);
}

/* B-TX-013: what was given up is asked about again, from the beginning. */
static void
test_resume (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  RmqRecord record;
  g_autoptr (BrokerReply) given_up = NULL;
  g_autoptr (BrokerReply) reply = NULL;
  g_autoptr (BrokerReply) nothing = NULL;
  g_autoptr (BrokerReply) nowhere = NULL;
  g_autofree char *id = NULL;
  Half asked;

  broker_add_topic (self, TOPIC, 2);
  broker_register_producer (client, "c", GROUP);
  send_half (client, "KEYS=k");
  broker_advance (self, 6020);
  take_question (client, 1);
  broker_advance (self, 30020);
  given_up = broker_pull (client, RMQ_TOPIC_TRANS_CHECK_MAX_TIME, 0, 0, &record);
  broker_assert_code (given_up, RMQ_RESPONSE_SUCCESS);
  id = g_strdup_printf ("7F00000100002A9F%016" PRIX64, (uint64_t) record.physical_offset);
  reply = broker_call (client, RMQ_REQUEST_RESUME_CHECK_HALF_MESSAGE, RMQ_SLICE_NULL, "topic",
                       RMQ_TOPIC_TRANS_CHECK_MAX_TIME, "msgId", id, NULL);
  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  broker_advance (self, 6020);
  asked = take_question (client, 1);
  assert_end (client, asked, COMMIT, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (broker_get_max (self, TOPIC, 1), ==, 1);
  nothing = broker_call (client, RMQ_REQUEST_RESUME_CHECK_HALF_MESSAGE, RMQ_SLICE_NULL, NULL);
  broker_assert_code (nothing, RMQ_RESPONSE_SYSTEM_ERROR);
  nowhere = broker_call (client, RMQ_REQUEST_RESUME_CHECK_HALF_MESSAGE, RMQ_SLICE_NULL, "msgId",
                         "7F00000100002A9F00000000000FFFFF", NULL);
  broker_assert_code (nowhere, RMQ_RESPONSE_SYSTEM_ERROR);
}

/* B-TEST-002: open, decided and asked about: all of it is known after a restart. */
static void
test_restart (BrokerFixture *self, const void *data)
{
  BrokerClient *client = broker_client_new (self);
  Half decided;
  Half open;

  broker_add_topic (self, TOPIC, 2);
  broker_register_producer (client, "c", GROUP);
  open = send_half (client, "KEYS=open");
  decided = send_half (client, "KEYS=decided");
  assert_end (client, decided, ROLLBACK, RMQ_RESPONSE_SUCCESS);
  broker_advance (self, 6020);
  take_question (client, 1);
  broker_client_free (client);
  broker_stop (self);
  broker_start (self);
  client = broker_client_new (self);
  assert_end (client, decided, COMMIT, RMQ_RESPONSE_SYSTEM_ERROR);
  broker_register_producer (client, "c", GROUP);
  broker_advance (self, 30020);
  take_question (client, 2);
  assert_no_question (client);
  assert_end (client, open, COMMIT, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (broker_get_max (self, TOPIC, 1), ==, 1);
  broker_client_free (client);
}

/* More than the store holds came meanwhile: the half message is lost, with a warning. */
static void
test_trimmed (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autofree char *big = g_strnfill (60000, 'x');
  Half half;

  broker_add_topic (self, TOPIC, 2);
  broker_register_producer (client, "c", GROUP);
  half = send_half (client, "KEYS=k");
  for (int i = 0; i < 50; i++)
    {
      g_autoptr (BrokerReply) reply = broker_send (client, "flood", 0, big, "KEYS=k");

      broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
    }
  /* The store said that it is full. */
  g_assert_cmpuint (broker_take_warnings (), ==, 1);
  assert_end (client, half, COMMIT, RMQ_RESPONSE_SYSTEM_ERROR);
  broker_advance (self, 6020);
  assert_no_question (client);
  g_assert_cmpuint (broker_take_warnings (), ==, 1);
  half = send_half (client, "KEYS=k");
  assert_end (client, half, COMMIT, RMQ_RESPONSE_SUCCESS);
}

/* The store takes nothing more: a commit is refused and may be repeated, delayed messages come later. */
static void
test_full (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autofree char *big = g_strnfill (60000, 'x');
  g_autofree char *small = g_strnfill (3000, 'y');
  g_autoptr (BrokerReply) delayed = NULL;
  Half half;
  int code;

  broker_add_topic (self, TOPIC, 2);
  half = send_half (client, "KEYS=k");
  delayed = broker_send (client, TOPIC, 0, big, "DELAY=1");
  broker_assert_code (delayed, RMQ_RESPONSE_SUCCESS);
  do
    {
      g_autoptr (BrokerReply) reply = broker_send (client, "flood", 0, big, "KEYS=k");

      code = reply->frame.code;
    }
  while (code == RMQ_RESPONSE_SUCCESS);
  do
    {
      g_autoptr (BrokerReply) reply = broker_send (client, "flood", 0, small, "KEYS=k");

      code = reply->frame.code;
    }
  while (code == RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (code, ==, RMQ_RESPONSE_SERVICE_NOT_AVAILABLE);
  for (int i = 0; i < 3; i++)
    broker_advance (self, 1000);
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, 0);
  g_assert_cmpuint (broker_take_warnings (), >, 0);
  /* Room again. */
  _rmq_broker_topics_delete (self->core->topics,
                             _rmq_broker_topics_find (self->core->topics, RMQ_SLICE_LITERAL ("flood")));
  broker_advance (self, 2000);
  broker_take_warnings ();
  assert_end (client, half, ROLLBACK, RMQ_RESPONSE_SUCCESS);
}

/* B-FIVE-001: the priority is the queue; other kinds of messages have none. */
static void
test_priority (BrokerFixture *self, const void *data)
{
  static const struct
  {
    const char *properties;
    int64_t queue_id;
    const char *kept;
  } cases[] = {
    { "_SYS_MSG_PRIORITY_=2", 2, "2" }, { "_SYS_MSG_PRIORITY_=9", 3, "9" },
    { "_SYS_MSG_PRIORITY_=0", 0, "0" }, { "_SYS_MSG_PRIORITY_=-1", 1, "-1" },
    { "_SYS_MSG_PRIORITY_=x", 1, "x" }, { "_SYS_MSG_PRIORITY_=2;__SHARDINGKEY=a", 1, NULL },
  };
  g_autoptr (BrokerClient) client = broker_client_new (self);

  broker_add_topic (self, TOPIC, 4);
  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (BrokerReply) reply = broker_send (client, TOPIC, 1, "m", cases[i].properties);
      g_autoptr (BrokerReply) pulled = NULL;
      RmqRecord record;

      broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
      g_assert_cmpint (broker_reply_get (reply, "queueId"), ==, cases[i].queue_id);
      pulled = broker_pull (client, TOPIC, (int) cases[i].queue_id, broker_reply_get (reply, "queueOffset"), &record);
      broker_assert_code (pulled, RMQ_RESPONSE_SUCCESS);
      broker_record_has (&record, "_SYS_MSG_PRIORITY_", cases[i].kept);
    }
}

int
main (int argc, char **argv)
{
  broker_test_init (&argc, &argv);
  broker_add ("/broker/transaction/B-TX-001/half", NULL, test_half);
  broker_add ("/broker/transaction/B-TX-002/commit", NULL, test_commit);
  broker_add ("/broker/transaction/B-TX-010/rollback", NULL, test_rollback);
  broker_add ("/broker/transaction/B-TX-003/wrong", NULL, test_wrong);
  broker_add ("/broker/transaction/B-TX-004/unknown", NULL, test_unknown);
  broker_add ("/broker/transaction/B-TX-005/checks", NULL, test_checks);
  broker_add ("/broker/transaction/B-TX-006/answer", NULL, test_answer);
  broker_add ("/broker/transaction/B-TX-007/immunity", NULL, test_immunity);
  broker_add ("/broker/transaction/B-TX-007/short-immunity", NULL, test_short_immunity);
  broker_add ("/broker/transaction/B-TX-008/no-producer", NULL, test_no_producer);
  broker_add ("/broker/transaction/B-TX-009/round-robin", NULL, test_round_robin);
  broker_add ("/broker/transaction/B-TX-011/delayed", NULL, test_delayed);
  broker_add ("/broker/transaction/B-TX-012/rejected", "rejectTransactionMessage=true", test_rejected);
  broker_add ("/broker/transaction/B-TX-013/resume", "transactionCheckMax=1", test_resume);
  broker_add ("/broker/transaction/B-TEST-002/restart", NULL, test_restart);
  broker_add ("/broker/transaction/trimmed", "maxStoreBytes=1048576", test_trimmed);
  broker_add ("/broker/transaction/full", "maxStoreBytes=1048576;refuseWhenFull=true", test_full);
  broker_add ("/broker/priority/B-FIVE-001/queue", NULL, test_priority);
  return g_test_run ();
}
