/* SPDX-License-Identifier: Apache-2.0
 *
 * Faults on request: each kind, what it happens to and how often, and the three ways to ask for it.
 */
#include "wired-broker.h"

#include "broker/fault/rmq-broker-fault-private.h"

static void
ask_for (WiredBroker *self, const char *faults)
{
  g_autoptr (GError) error = NULL;

  rmq_broker_server_add_fault (self->server, faults, &error);
  g_assert_no_error (error);
}

static int
send_one (Wire *wire, const char *topic)
{
  g_autoptr (GBytes) body = g_bytes_new_static ("x", 1);

  return wire_send (wire, RMQ_REQUEST_SEND_MESSAGE_V2, WIRE_PLAIN, body, "a", "p", "b", topic, "c", "TBW102", "d", "4",
                    "e", "0", "f", "0", "g", "1", "h", "0", NULL);
}

static void
assert_sends (Wire *wire, const char *topic, int code)
{
  g_autoptr (RmqRemotingCommand) answer = wired_send (wire, topic, 0, "x", NULL);

  wire_assert_code (answer, code);
}

static void
assert_stored (WiredBroker *self, int64_t n)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) max =
      wire_ask (wire, RMQ_REQUEST_GET_MAX_OFFSET, NULL, "topic", "orders", "queueId", "0", NULL);

  g_assert_cmpint (wire_get_int (max, "offset"), ==, n);
}

static void
test_code (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new_embedded (self);
  g_autoptr (RmqRemotingCommand) answer = NULL;

  ask_for (self, "send:SYSTEM_BUSY=try later*2, SEND_MESSAGE_V2:1*1");
  answer = wired_send (wire, "orders", 0, "x", NULL);
  wire_assert_code (answer, RMQ_RESPONSE_SYSTEM_BUSY);
  g_assert_cmpstr (rmq_remoting_command_get_remark (answer), ==, "try later");
  assert_sends (wire, "orders", RMQ_RESPONSE_SYSTEM_BUSY);
  assert_sends (wire, "orders", RMQ_RESPONSE_SYSTEM_ERROR);
  assert_sends (wire, "orders", RMQ_RESPONSE_SUCCESS);
  assert_stored (self, 1);
}

static void
test_narrowed (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);

  ask_for (self, "send/topic=orders/skip=1:SYSTEM_BUSY*1,send/group=other:SYSTEM_ERROR");
  assert_sends (wire, "others", RMQ_RESPONSE_SUCCESS);
  assert_sends (wire, "orders", RMQ_RESPONSE_SUCCESS);
  assert_sends (wire, "others", RMQ_RESPONSE_SUCCESS);
  assert_sends (wire, "orders", RMQ_RESPONSE_SYSTEM_BUSY);
  assert_sends (wire, "orders", RMQ_RESPONSE_SUCCESS);
  ask_for (self, "*:SYSTEM_BUSY");
  assert_sends (wire, "orders", RMQ_RESPONSE_SYSTEM_BUSY);
  rmq_broker_server_clear_faults (self->server);
  assert_sends (wire, "orders", RMQ_RESPONSE_SUCCESS);
}

static void
test_silence (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);

  ask_for (self, "send:drop*1,send:mute*1");
  send_one (wire, "orders");
  send_one (wire, "orders");
  wire_assert_quiet (wire);
  assert_stored (self, 1);
}

static void
test_delay (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) answer = NULL;
  int opaque;

  ask_for (self, "send:delay=200ms*1");
  opaque = send_one (wire, "orders");
  wire_assert_quiet (wire);
  assert_stored (self, 1);
  wired_advance (self, 199);
  wire_assert_quiet (wire);
  wired_advance (self, 1);
  answer = wire_read (wire);
  g_assert_cmpint (rmq_remoting_command_get_opaque (answer), ==, opaque);
  g_assert_cmpint (wire_get_int (answer, "queueOffset"), ==, 0);
}

static void
test_jitter (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);

  ask_for (self, "send:delay=100ms..300ms*20");
  for (int i = 0; i < 20; i++)
    send_one (wire, "orders");
  wire_assert_quiet (wire);
  wired_advance (self, 99);
  wire_assert_quiet (wire);
  wired_advance (self, 201);
  for (int i = 0; i < 20; i++)
    {
      g_autoptr (RmqRemotingCommand) answer = wire_read (wire);

      wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
    }
}

static void
test_disk (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) first = NULL;
  g_autoptr (RmqRemotingCommand) second = NULL;

  ask_for (self, "send:disk=100ms");
  send_one (wire, "orders");
  wire_assert_quiet (wire);
  wired_advance (self, 10);
  send_one (wire, "orders");
  wire_assert_quiet (wire);
  wired_advance (self, 90);
  first = wire_read (wire);
  g_assert_cmpint (wire_get_int (first, "queueOffset"), ==, 0);
  wire_assert_quiet (wire);
  wired_advance (self, 100);
  second = wire_read (wire);
  g_assert_cmpint (wire_get_int (second, "queueOffset"), ==, 1);
}

static void
test_cut (WiredBroker *self, gconstpointer data)
{
  static const struct
  {
    const char *fault;
    bool stored;
  } cases[] = {
    { "send:cut*1", false },
    { "send:cut-before*1", true },
    { "send:cut-inside*1", true },
    { "send:cut-after*1", true },
  };
  size_t came[G_N_ELEMENTS (cases)];
  int64_t n_stored = 0;

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Wire) wire = i % 2 == 0 ? wire_new (self) : wire_new_embedded (self);

      ask_for (self, cases[i].fault);
      send_one (wire, "orders");
      came[i] = wire_read_to_end (wire);
      n_stored += cases[i].stored;
    }
  g_assert_cmpuint (came[0], ==, 0);
  g_assert_cmpuint (came[1], ==, 0);
  g_assert_cmpuint (came[2], >, 0);
  g_assert_cmpuint (came[2], ==, came[3] / 2);
  assert_stored (self, n_stored);
}

static void
test_drip (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) answer = NULL;

  ask_for (self, "send:drip=50/5ms*1");
  assert_sends (wire, "orders", RMQ_RESPONSE_SUCCESS);
  assert_sends (wire, "orders", RMQ_RESPONSE_SUCCESS);
  answer = wire_ask (wire, RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC, NULL, "topic", "orders", NULL);
  wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
}

static void
test_corrupt (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) good = NULL;
  g_autoptr (RmqRemotingCommand) bad = NULL;
  RmqSlice a;
  RmqSlice b;

  wired_put (wire, "orders", 0, "abc", NULL);
  good = wired_pull (wire, "g", "orders", 0, 0, "*");
  ask_for (self, "pull:corrupt*1");
  bad = wired_pull (wire, "g", "orders", 0, 0, "*");
  a = wire_get_body (good);
  b = wire_get_body (bad);
  g_assert_cmpuint (a.len, ==, b.len);
  g_assert_cmpmem (a.data, a.len - 1, b.data, b.len - 1);
  g_assert_cmpint ((uint8_t) (a.data[a.len - 1] ^ b.data[b.len - 1]), ==, 0xff);
}

static void
test_opaque_and_twice (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) strange = NULL;
  int opaque;

  ask_for (self, "send:opaque*1,send:twice*1");
  opaque = send_one (wire, "orders");
  strange = wire_read (wire);
  g_assert_cmpint (rmq_remoting_command_get_opaque (strange), !=, opaque);
  opaque = send_one (wire, "orders");
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (RmqRemotingCommand) answer = wire_read (wire);

      g_assert_cmpint (rmq_remoting_command_get_opaque (answer), ==, opaque);
      g_assert_cmpint (wire_get_int (answer, "queueOffset"), ==, 1);
    }
  wire_assert_quiet (wire);
}

static int64_t
get_store_time (Wire *wire, int queue_id)
{
  g_autoptr (RmqRemotingCommand) answer = wired_pull (wire, "g", "orders", queue_id, 0, "*");
  g_autoptr (GArray) records = wired_records (answer);

  return g_array_index (records, RmqRecord, 0).store_timestamp;
}

static void
test_clock (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);

  wired_put (wire, "orders", 0, "x", NULL);
  ask_for (self, "send:clock=+1h*1,send:clock=-90m*1");
  /* Within a queue the store never lets time go back. */
  wired_put (wire, "orders", 1, "x", NULL);
  wired_put (wire, "orders", 2, "x", NULL);
  g_assert_cmpint (get_store_time (wire, 1) - get_store_time (wire, 0), ==, 3600000);
  g_assert_cmpint (get_store_time (wire, 2) - get_store_time (wire, 0), ==, 3600000 - 90 * 60000);
}

/* A hold that is cut short by the end of its connection, or of the broker, leaves nothing behind. */
static void
test_held (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) answer = NULL;
  Wire *gone = wire_new (self);

  wired_put (wire, "orders", 0, "x", NULL);
  ask_for (self, "pull:delay=1s");
  wired_pull_send (gone, "g", "orders", 0, 1, "*", 15000);
  wired_wait_held (self, 1);
  wire_free (gone);
  wired_wait_held (self, 0);
  wired_pull_send (wire, "g", "orders", 0, 1, "*", 15000);
  wired_wait_held (self, 1);
  assert_sends (wire, "orders", RMQ_RESPONSE_SUCCESS);
  wired_advance (self, 1000);
  answer = wire_read (wire);
  wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
  wired_pull_send (wire, "g", "orders", 0, 1, "*", 0);
  wire_assert_quiet (wire);
}

static void
test_request (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (GBytes) faults = g_bytes_new_static ("send:SYSTEM_BUSY*2,*:drop/", 26);
  g_autoptr (GBytes) good = g_bytes_new_static ("send:SYSTEM_BUSY*2", 18);
  g_autoptr (GBytes) more = g_bytes_new_static ("route:drop", 10);
  g_autoptr (RmqRemotingCommand) refused = NULL;
  g_autoptr (RmqRemotingCommand) set = NULL;
  g_autoptr (RmqRemotingCommand) added = NULL;
  g_autoptr (RmqRemotingCommand) cleared = NULL;
  g_autofree char *text = NULL;

  refused = wire_ask (wire, RMQ_BROKER_REQUEST_FAULTS, faults, NULL);
  wire_assert_code (refused, RMQ_RESPONSE_INVALID_PARAMETER);
  assert_sends (wire, "orders", RMQ_RESPONSE_SUCCESS);
  set = wire_ask (wire, RMQ_BROKER_REQUEST_FAULTS, good, NULL);
  wire_assert_code (set, RMQ_RESPONSE_SUCCESS);
  assert_sends (wire, "orders", RMQ_RESPONSE_SYSTEM_BUSY);
  added = wire_ask (wire, RMQ_BROKER_REQUEST_FAULTS, more, "add", "true", NULL);
  text = rmq_slice_dup (wire_get_body (added));
  g_assert_cmpstr (text, ==, "fired 1\tsend:SYSTEM_BUSY*2\nfired 0\troute:drop\n");
  cleared = wire_ask (wire, RMQ_BROKER_REQUEST_FAULTS, NULL, NULL);
  wire_assert_code (cleared, RMQ_RESPONSE_SUCCESS);
  assert_sends (wire, "orders", RMQ_RESPONSE_SUCCESS);
}

/* As mqadmin does it. */
static void
test_config (WiredBroker *self, gconstpointer data)
{
  static const char *const texts[] = { "faults=send:SYSTEM_BUSY*9\n", "faults=send:nothing\n", "faults=,\n" };
  static const int answers[] = { RMQ_RESPONSE_SUCCESS, RMQ_RESPONSE_SYSTEM_ERROR, RMQ_RESPONSE_SUCCESS };
  static const int sends[] = { RMQ_RESPONSE_SYSTEM_BUSY, RMQ_RESPONSE_SYSTEM_BUSY, RMQ_RESPONSE_SUCCESS };
  g_autoptr (Wire) wire = wire_new (self);

  for (unsigned i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GBytes) body = g_bytes_new_static (texts[i], strlen (texts[i]));
      g_autoptr (RmqRemotingCommand) answer = wire_ask (wire, RMQ_REQUEST_UPDATE_BROKER_CONFIG, body, NULL);

      wire_assert_code (answer, answers[i]);
      assert_sends (wire, "orders", sends[i]);
    }
}

static void
on_fired (RmqBrokerServer *server, const char *fault, int code, const char *address, char **seen)
{
  g_free (*seen);
  *seen = g_strdup_printf ("%s %d %s", fault, code, address);
}

/* Before the start, and told by a signal. */
static void
test_object (void)
{
  WiredBroker self = { .server = rmq_broker_server_new ("127.0.0.1:0") };
  g_autoptr (GError) error = NULL;
  g_autofree char *seen = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *local = NULL;
  Wire *wire;

  g_signal_connect (self.server, "fault-fired", G_CALLBACK (on_fired), &seen);
  ask_for (&self, "send:SYSTEM_BUSY*1");
  rmq_broker_server_start (self.server, NULL, &error);
  g_assert_no_error (error);
  self.address = rmq_broker_server_dup_address (self.server);
  wire = wire_new (&self);
  local = wire_dup_local_address (wire);
  assert_sends (wire, "orders", RMQ_RESPONSE_SYSTEM_BUSY);
  while (seen == NULL)
    g_main_context_iteration (NULL, TRUE);
  expected = g_strdup_printf ("send:SYSTEM_BUSY*1 310 %s", local);
  g_assert_cmpstr (seen, ==, expected);
  wire_free (wire);
  /* Forgotten by a stop; a delayed answer with it. */
  ask_for (&self, "send:SYSTEM_BUSY,pull:delay=1h");
  g_assert_true (rmq_broker_server_stop (self.server, NULL, NULL));
  g_assert_true (rmq_broker_server_start (self.server, NULL, NULL));
  g_free (self.address);
  self.address = rmq_broker_server_dup_address (self.server);
  wire = wire_new (&self);
  assert_sends (wire, "orders", RMQ_RESPONSE_SUCCESS);
  wire_free (wire);
  wired_stop (&self);
}

static void
test_texts (void)
{
  static const char *const good[] = {
    "",
    "send:SYSTEM_BUSY*3,pull:delay=200ms",
    " *:drop , 310:cut ",
    "SEND_MESSAGE/topic=a/group=b/skip=3:2=no thanks",
    "send:delay=1..2h",
    "send:clock=-365h",
    "send:corrupt=4",
  };
  static const char *const bad[] = {
    "send",
    "send:",
    "nothing:drop",
    "send:nothing",
    "send:drop*0",
    "send:drop*-1",
    "send:drop*x",
    "send/topic:drop",
    "send/topic=:drop",
    "send/skip=x:cut",
    "send:delay",
    "send:delay=1w",
    "send:drop=1",
    "send:delay=2..1",
    "send:clock=1h",
    "send:drip=1",
    "send:drip=0/1ms",
    "send:delay=99999999999h",
    "send:corrupt=-1",
    "pull:drop,send",
    "\xff:drop",
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) faults = NULL;

      faults = _rmq_broker_faults_parse (good[i], &error);
      g_assert_no_error (error);
      g_assert_nonnull (faults);
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      if (_rmq_broker_faults_parse (bad[i], &error) != NULL)
        g_error ("\"%s\" was understood", bad[i]);
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  wired_add ("/broker/faults/code/B-TEST-005", test_code);
  wired_add ("/broker/faults/narrowed/B-TEST-005", test_narrowed);
  wired_add ("/broker/faults/silence/B-TEST-005", test_silence);
  wired_add_manual ("/broker/faults/delay/B-TEST-005/B-TEST-006", test_delay);
  wired_add_manual ("/broker/faults/jitter", test_jitter);
  wired_add_manual ("/broker/faults/disk", test_disk);
  wired_add ("/broker/faults/cut/B-TEST-005", test_cut);
  wired_add ("/broker/faults/drip", test_drip);
  wired_add ("/broker/faults/corrupt/B-TEST-005", test_corrupt);
  wired_add ("/broker/faults/opaque-and-twice/B-TEST-005", test_opaque_and_twice);
  wired_add_manual ("/broker/faults/clock", test_clock);
  wired_add_manual ("/broker/faults/held", test_held);
  wired_add ("/broker/faults/request", test_request);
  wired_add ("/broker/faults/config", test_config);
  g_test_add_func ("/broker/faults/object", test_object);
  g_test_add_func ("/broker/faults/texts", test_texts);
  return g_test_run ();
}
