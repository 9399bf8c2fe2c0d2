// SPDX-License-Identifier: Apache-2.0
//
// Produces and consumes from Vala: sync and async, messages kept past their handler, errors.
// Needs a server at RMQ_NAMESRV. Prints TAP.

const uint DEADLINE_S = 60;

string topic;

Rmq.Message text_message (string text) throws Error {
  var message = new Rmq.Message.text (topic, text);
  message.set_tag ("greeting");
  message.set_keys ({ "key-1", "Schlüssel" });
  message.set_property ("colour", "grün");
  return message;
}

async void test_send (Rmq.ClientInstance client) throws Error {
  var producer = new Rmq.Producer (client, "bindings-vala-producer");
  var receipt = producer.send (text_message ("sync"));
  assert (receipt.get_status () == Rmq.SendStatus.OK);
  assert (receipt.get_message_id ().length == 32);
  receipt = yield producer.send_async (text_message ("async"), Priority.DEFAULT, null);
  assert (receipt.get_outcome () == Rmq.Outcome.STORED);

  uint n_receipts = 0;
  producer.receipts.connect ((batch) => {
    n_receipts += batch.length;
    test_send.callback ();
  });
  producer.enqueue (text_message ("enqueued"));
  yield;
  assert (n_receipts == 1);
  yield producer.close_async (Priority.DEFAULT, null);
}

async void test_consume (Rmq.ClientInstance client) throws Error {
  var kept = new GenericArray<Rmq.Message> ();
  var consumer = new Rmq.PushConsumer (client, topic + "-group");
  consumer.consume_from = Rmq.ConsumeFrom.FIRST_OFFSET;
  consumer.subscribe (topic, "greeting || other");
  consumer.set_handler ((consumer, message) => {
    kept.add (message);
    if (kept.length == 3)
      Idle.add (test_consume.callback);
    return Rmq.ConsumeResult.SUCCESS;
  });
  yield consumer.start_async (Priority.DEFAULT, null);
  if (kept.length < 3)
    yield;
  yield consumer.close_async (Priority.DEFAULT, null);
  foreach (var message in kept.data) {
    assert (message.get_topic () == topic && message.get_tag () == "greeting");
    assert (message.dup_keys ()[1] == "Schlüssel");
    assert (message.get_property ("colour") == "grün");
    assert (message.get_body_size () > 0);
  }
}

async void test_errors () throws Error {
  var client = new Rmq.ClientInstance (new Rmq.ClientConfig ("127.0.0.1:1"));
  var producer = new Rmq.Producer (client, "bindings-vala-nowhere");
  producer.set_send_timeout (2000);
  try {
    producer.send (text_message ("lost"));
    assert_not_reached ();
  } catch (Rmq.Error.NO_NAME_SERVER error) {
    var details = Rmq.Error.get_details (error);
    assert (details.get_outcome () == Rmq.Outcome.NOT_STORED);
    assert (details.get_n_attempts () >= 1);
  }
  try {
    yield producer.send_async (text_message ("lost"), Priority.DEFAULT, null);
    assert_not_reached ();
  } catch (Rmq.Error.NO_NAME_SERVER error) {
    assert (Rmq.Error.get_details (error).get_attempt_cause (0) != null);
  }
  yield client.close_async (Priority.DEFAULT, null);
}

async void run_all () throws Error {
  var client = new Rmq.ClientInstance (new Rmq.ClientConfig (Environment.get_variable ("RMQ_NAMESRV")));
  print ("1..3\n");
  yield test_send (client);
  print ("ok 1 send\n");
  yield test_consume (client);
  print ("ok 2 consume\n");
  yield client.close_async (Priority.DEFAULT, null);
  yield test_errors ();
  print ("ok 3 errors\n");
}

int main () {
  var loop = new MainLoop ();
  int status = 1;

  topic = "bindings-vala-" + Uuid.string_random ();
  Timeout.add_seconds (DEADLINE_S, () => {
    print ("Bail out! not within the deadline\n");
    loop.quit ();
    return Source.REMOVE;
  });
  run_all.begin ((source, result) => {
    try {
      run_all.end (result);
      status = 0;
    } catch (Error error) {
      print ("Bail out! %s\n", error.message);
    }
    loop.quit ();
  });
  loop.run ();
  return status;
}
