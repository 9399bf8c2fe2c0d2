// SPDX-License-Identifier: Apache-2.0
//
// Produces and consumes from JavaScript: sync and async, messages kept past their handler and a garbage collection,
// a handler that throws, errors. Needs a server at RMQ_NAMESRV. Prints TAP. Usage: gjs -m smoke.js
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Rmq from 'gi://Rmq?version=1.0';
import System from 'system';

const DEADLINE_S = 60;
const TOPIC = `bindings-gjs-${GLib.uuid_string_random()}`;

// Criticals are fatal, but for those of GJS, which logs what a handler throws as one.
for (const domain of ['Rmq', 'GLib', 'GLib-GObject', 'GLib-GIO'])
    GLib.log_set_fatal_mask(domain, GLib.LogLevelFlags.LEVEL_CRITICAL | GLib.LogLevelFlags.LEVEL_ERROR);

for (const [type, name] of [
    [Rmq.Producer, 'send'], [Rmq.Producer, 'close'], [Rmq.PushConsumer, 'start'], [Rmq.PushConsumer, 'close'],
    [Rmq.ClientInstance, 'close'],
])
    Gio._promisify(type.prototype, `${name}_async`, `${name}_finish`);

function check(value, what) {
    if (!value)
        throw new Error(`not so: ${what}`);
}

function textMessage(text) {
    const message = Rmq.Message.new_text(TOPIC, text);
    message.set_tag('greeting');
    message.set_keys(['key-1', 'Schlüssel']);
    message.set_property('colour', 'grün');
    return message;
}

async function testSend(client) {
    const producer = Rmq.Producer.new(client, 'bindings-gjs-producer');
    let receipt = producer.send(textMessage('sync'), null);
    check(receipt.get_status() === Rmq.SendStatus.OK, 'sent');
    check(receipt.get_message_id().length === 32, 'a unique id');
    receipt = await producer.send_async(textMessage('async'), GLib.PRIORITY_DEFAULT, null);
    check(receipt.get_outcome() === Rmq.Outcome.STORED, 'stored');

    const batch = await new Promise(resolve => {
        producer.connect('receipts', (_producer, receipts) => resolve(receipts));
        producer.enqueue(textMessage('enqueued'));
    });
    check(batch.length === 1 && batch[0].get_error() === null, 'one receipt without an error');
    await producer.close_async(GLib.PRIORITY_DEFAULT, null);
}

async function testConsume(client) {
    const kept = new Map();
    const tries = [];
    const consumer = new Rmq.PushConsumer({
        client, group: `${TOPIC}-group`, consume_from: Rmq.ConsumeFrom.FIRST_OFFSET,
    });
    consumer.subscribe(TOPIC, 'greeting || other');
    await new Promise((resolve, reject) => {
        consumer.set_handler((_consumer, message) => {
            const text = message.dup_text();
            tries.push(text);
            if (text === 'async' && message.get_reconsume_times() === 0)
                throw new Error('a handler that throws: the message has to come again');
            kept.set(text, message);
            if (kept.size === 3)
                resolve();
            return Rmq.ConsumeResult.SUCCESS;
        });
        consumer.start_async(GLib.PRIORITY_DEFAULT, null).catch(reject);
    });
    check(tries.filter(text => text === 'async').length === 2, `two tries in ${tries}`);
    await consumer.close_async(GLib.PRIORITY_DEFAULT, null);
    System.gc();

    const message = kept.get('sync');
    check(message.get_topic() === TOPIC && message.get_tag() === 'greeting', 'topic and tag');
    check(message.dup_keys().join() === 'key-1,Schlüssel', 'keys');
    check(message.get_property('colour') === 'grün', 'a property');
    check(new TextDecoder().decode(message.get_body().get_data()) === 'sync', 'the body');
    kept.clear();
    System.gc();
}

function checkDetails(details) {
    check(details.get_outcome() === Rmq.Outcome.NOT_STORED, 'not stored');
    check(details.get_n_attempts() >= 1 && details.get_attempt_cause(0), 'an attempt with its cause');
}

async function testErrors() {
    const client = Rmq.ClientInstance.new(Rmq.ClientConfig.new('127.0.0.1:1'));
    const producer = Rmq.Producer.new(client, 'bindings-gjs-nowhere');
    producer.set_send_timeout(2000);
    let caught = 0;
    try {
        producer.send(textMessage('lost'), null);
    } catch (error) {
        check(error.matches(Rmq.error_quark(), Rmq.Error.NO_NAME_SERVER), `${error}`);
        checkDetails(Rmq.dup_last_error_details());
        caught++;
    }
    try {
        await producer.send_async(textMessage('lost'), GLib.PRIORITY_DEFAULT, null);
    } catch (error) {
        check(error.matches(Rmq.error_quark(), Rmq.Error.NO_NAME_SERVER), `${error}`);
        checkDetails(Rmq.error_get_details(error));
        caught++;
    }
    check(caught === 2, 'both failed');
    await client.close_async(GLib.PRIORITY_DEFAULT, null);
}

async function main() {
    const client = Rmq.ClientInstance.new(Rmq.ClientConfig.new(GLib.getenv('RMQ_NAMESRV')));
    print('1..3');
    await testSend(client);
    print('ok 1 send');
    await testConsume(client);
    print('ok 2 consume');
    await client.close_async(GLib.PRIORITY_DEFAULT, null);
    await testErrors();
    print('ok 3 errors');
}

const loop = new GLib.MainLoop(null, false);
let status = 1;
GLib.timeout_add_seconds(GLib.PRIORITY_DEFAULT, DEADLINE_S, () => {
    print('Bail out! not within the deadline');
    loop.quit();
    return GLib.SOURCE_REMOVE;
});
main().then(() => {
    status = 0;
}).catch(error => {
    print(`Bail out! ${error}\n${error.stack}`);
}).finally(() => loop.quit());
loop.run();
System.exit(status);
