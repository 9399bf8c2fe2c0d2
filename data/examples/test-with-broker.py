#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An application's test with a broker of its own, in this process and without a socket."""

import gi
gi.require_version('Rmq', '1.0')
gi.require_version('RmqBroker', '1.0')
from gi.repository import GLib, Rmq, RmqBroker

broker = RmqBroker.Server.new(None)
broker.start(None)
client = Rmq.ClientInstance.new(Rmq.ClientConfig.new(broker.dup_address()))
Rmq.Producer.new(client, 'waiter').send(Rmq.Message.new_text('orders', 'one tea'), None)

texts = []


def on_message(consumer, message):
    texts.append(message.dup_text())
    return Rmq.ConsumeResult.SUCCESS


consumer = Rmq.PushConsumer(client=client, group='kitchen', consume_from=Rmq.ConsumeFrom.FIRST_OFFSET)
consumer.subscribe('orders', '*')
consumer.set_handler(on_message)
consumer.start(None)
while not texts:
    GLib.MainContext.default().iteration(True)
assert texts == ['one tea']
client.close(None)
broker.stop(None)
