#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Produces and consumes from Python: sync and async, a message kept past its handler, a handler that raises, errors.

Needs a server at RMQ_NAMESRV. Prints TAP.
"""

import gc
import os
import shutil
import sys
import tempfile
import time

import gi

gi.require_version('Rmq', '1.0')
from gi.repository import GLib, Rmq  # noqa: E402

DEADLINE_S = 60
TOPIC = f'bindings-python-{os.getpid()}-{int(time.time())}'


def wait_for(condition):
    """Iterates the main context until condition () or the deadline."""
    context = GLib.MainContext.default()
    late = []
    source = GLib.timeout_add_seconds(DEADLINE_S, lambda: late.append(True) or GLib.SOURCE_REMOVE)
    while not condition() and not late:
        context.iteration(True)
    assert not late, 'not within the deadline'
    GLib.source_remove(source)


def wait_result(start, *arguments):
    """Calls an _async method and returns its GAsyncResult."""
    results = []
    start(*arguments, GLib.PRIORITY_DEFAULT, None, lambda _source, result: results.append(result))
    wait_for(lambda: results)
    return results[0]


def text_message(text):
    message = Rmq.Message.new_text(TOPIC, text)
    message.set_tag('greeting')
    message.set_keys(['key-1', 'Schlüssel'])
    message.set_property('colour', 'grün')
    return message


def test_send(client):
    producer = Rmq.Producer.new(client, 'bindings-python-producer')
    receipt = producer.send(text_message('sync'), None)
    assert receipt.get_status() == Rmq.SendStatus.OK
    assert receipt.get_topic() == TOPIC and receipt.get_queue_offset() >= 0
    assert len(receipt.get_message_id()) == 32
    assert receipt.get_message().is_sealed()

    receipt = producer.send_finish(wait_result(producer.send_async, text_message('async')))
    assert receipt.get_outcome() == Rmq.Outcome.STORED

    receipts = []
    producer.connect('receipts', lambda _producer, batch: receipts.extend(batch))
    producer.enqueue(text_message('enqueued'))
    wait_for(lambda: receipts)
    assert receipts[0].get_error() is None
    assert producer.close_finish(wait_result(producer.close_async))


def test_consume(client):
    kept = {}
    tries = []

    def on_message(_consumer, message):
        text = message.dup_text()
        tries.append(text)
        if text == 'async' and message.get_reconsume_times() == 0:
            raise RuntimeError('a handler that raises: the message has to come again')
        kept[text] = message
        return Rmq.ConsumeResult.SUCCESS

    consumer = Rmq.PushConsumer(client=client, group=f'{TOPIC}-group', consume_from=Rmq.ConsumeFrom.FIRST_OFFSET)
    consumer.subscribe(TOPIC, 'greeting || other')
    consumer.set_handler(on_message)
    consumer.start(None)
    wait_for(lambda: len(kept) == 3)
    assert tries.count('async') == 2, tries
    assert consumer.close_finish(wait_result(consumer.close_async))
    consumer.set_handler(None)
    del consumer
    gc.collect()

    message = kept['sync']
    assert message.get_topic() == TOPIC and message.get_tag() == 'greeting'
    assert message.dup_keys() == ['key-1', 'Schlüssel']
    assert message.get_property('colour') == 'grün'
    assert message.dup_properties()['colour'] == 'grün'
    assert message.get_body().get_data() == b'sync'
    assert message.is_sealed() and not message.is_corrupt()
    try:
        message.set_tag('other')
        raise AssertionError('a received message is sealed')
    except GLib.Error as error:
        assert error.matches(Rmq.error_quark(), Rmq.Error.SEALED), error


def test_browse(client):
    """Reads what was sent without consuming it, sync and async."""
    admin = Rmq.Admin.new(client)
    route = admin.get_route(TOPIC, None)
    bodies = []
    for queue in route.dup_read_queues():
        messages, following = admin.browse(None, queue, 0, 32, 0, None)
        bodies += [message.dup_text() for message in messages]
        messages, again = admin.browse_finish(wait_result(admin.browse_async, None, queue, following, 32, 0))
        assert not messages and again == following, (messages, again)
    assert sorted(bodies) == ['async', 'enqueued', 'sync'], bodies


def test_broadcast(client):
    """Each member gets everything; a producer limits one try."""
    consumers, got = [], []
    for name in ('one', 'other'):
        config = Rmq.ClientConfig.new(os.environ['RMQ_NAMESRV'])
        config.set('client-id', f'bindings-python-{os.getpid()}-{name}')
        member = Rmq.ClientInstance.new(config)
        consumer = Rmq.PushConsumer(client=member, group=f'{TOPIC}-broadcast', broadcasting=True,
                                    consume_from=Rmq.ConsumeFrom.FIRST_OFFSET)
        consumer.subscribe(TOPIC, '*')
        consumer.set_handler(lambda _consumer, message, name=name: got.append((name, message.dup_text()))
                             or Rmq.ConsumeResult.SUCCESS)
        consumer.start(None)
        consumers.append((member, consumer))
    producer = Rmq.Producer.new(client, 'bindings-python-broadcaster')
    producer.props.attempt_timeout = 3000
    producer.props.retry_weakly_stored = True
    assert producer.send(text_message('to all'), None).get_outcome() == Rmq.Outcome.STORED
    wait_for(lambda: {('one', 'to all'), ('other', 'to all')} <= set(got))
    for member, consumer in consumers:
        assert member.close(None)
        consumer.set_handler(None)


def check_details(details):
    assert details.get_outcome() == Rmq.Outcome.NOT_STORED
    assert details.get_n_attempts() >= 1
    assert details.get_attempt_cause(0)
    assert details.to_string()


def test_errors():
    client = Rmq.ClientInstance.new(Rmq.ClientConfig.new('127.0.0.1:1'))
    producer = Rmq.Producer.new(client, 'bindings-python-nowhere')
    producer.set_send_timeout(2000)
    try:
        producer.send(text_message('lost'), None)
        raise AssertionError('nobody listens there')
    except GLib.Error as error:
        assert error.matches(Rmq.error_quark(), Rmq.Error.NO_NAME_SERVER), error
        check_details(Rmq.dup_last_error_details())

    result = wait_result(producer.send_async, text_message('lost'))
    try:
        producer.send_finish(result)
        raise AssertionError('nobody listens there')
    except GLib.Error as error:
        assert error.matches(Rmq.error_quark(), Rmq.Error.NO_NAME_SERVER), error
        assert Rmq.error_get_hint(error)
        check_details(producer.dup_details(result))
    client.close(None)


def main():
    state = tempfile.mkdtemp()  # where a broadcasting member keeps its offsets
    os.environ['XDG_STATE_HOME'] = state
    client = Rmq.ClientInstance.new(Rmq.ClientConfig.new(os.environ['RMQ_NAMESRV']))
    print('1..5')
    test_send(client)
    print('ok 1 send', flush=True)
    test_consume(client)
    print('ok 2 consume', flush=True)
    test_browse(client)
    print('ok 3 browse', flush=True)
    test_broadcast(client)
    print('ok 4 broadcast', flush=True)
    client.close(None)
    test_errors()
    print('ok 5 errors', flush=True)
    shutil.rmtree(state)


if __name__ == '__main__':
    sys.exit(main())
