// SPDX-License-Identifier: Apache-2.0
//
// Plugins and JavaScript: a strategy written here serves a consumer; a transport and a hook written here are refused.
// Needs a server at RMQ_NAMESRV. Prints TAP. Usage: gjs -m plugins.js
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Rmq from 'gi://Rmq?version=1.0';
import System from 'system';

const DEADLINE_S = 60;
const TOPIC = `plugins-gjs-${GLib.uuid_string_random()}`;

// Criticals are fatal, but for those of GJS itself.
for (const domain of ['Rmq', 'GLib', 'GLib-GObject', 'GLib-GIO'])
    GLib.log_set_fatal_mask(domain, GLib.LogLevelFlags.LEVEL_CRITICAL | GLib.LogLevelFlags.LEVEL_ERROR);

for (const name of ['start', 'close'])
    Gio._promisify(Rmq.PushConsumer.prototype, `${name}_async`, `${name}_finish`);

function check(value, what) {
    if (!value)
        throw new Error(`not so: ${what}`);
}

function expectError(call, code) {
    try {
        call();
    } catch (error) {
        check(error instanceof GLib.Error && error.matches(Rmq.Error, code), `error ${code}, not ${error}`);
        return;
    }
    throw new Error('no error');
}

const kept = [];

const Backwards = GObject.registerClass(class Backwards extends Rmq.AllocationStrategy {
    vfunc_dup_name() {
        return 'BACKWARDS';
    }

    vfunc_allocate_indexes(group, clientId, queues, clientIds) {
        kept.push(...queues);
        return queues.map((_queue, index) => index).filter(index =>
            index % clientIds.length === clientIds.indexOf(clientId)).reverse();
    }
});

const Wire = GObject.registerClass(class Wire extends Rmq.Transport {
    vfunc_needs_address(_endpoint) {
        return false;
    }
});

const Silent = GObject.registerClass(class Silent extends Rmq.RpcHook {});

const registry = Rmq.PluginRegistry.get_default();
const client = Rmq.ClientInstance.new(Rmq.ClientConfig.new(GLib.getenv('RMQ_NAMESRV')));

const tests = {
    async strategy() {
        check(registry.register('allocation', 'backwards', Backwards.$gtype, 0), 'registered');
        const strategy = registry.create('allocation', 'backwards', null);
        const producer = Rmq.Producer.new(client, `${TOPIC}-producer`);
        const consumer = new Rmq.PushConsumer({
            client, group: `${TOPIC}-group`, consume_from: Rmq.ConsumeFrom.FIRST_OFFSET, allocation: strategy,
        });

        check(strategy.dup_name() === 'BACKWARDS', 'the name');
        check(strategy.get_flags() === Rmq.AllocationFlags.IN_OWNER_CONTEXT, 'the context');
        producer.send(Rmq.Message.new_text(TOPIC, 'hello'), null);
        consumer.subscribe(TOPIC, '*');
        await new Promise((resolve, reject) => {
            consumer.set_handler((_consumer, message) => {
                if (message.dup_text() === 'hello')
                    resolve();
                return Rmq.ConsumeResult.SUCCESS;
            });
            consumer.start_async(GLib.PRIORITY_DEFAULT, null).catch(reject);
        });
        check(consumer.dup_assignment().some(queue => queue.get_topic() === TOPIC), 'an assignment');
        await consumer.close_async(GLib.PRIORITY_DEFAULT, null);
        System.gc();
        check(kept.length > 0 && kept.every(queue => queue.get_topic().length > 0), 'queues outlive the call');
    },
    async 'arrays of boxed values'() {
        const producer = Rmq.Producer.new(client, `${TOPIC}-producer-2`);
        const queue = Rmq.MessageQueue.new(TOPIC, 'broker', 0);

        producer.send(Rmq.Message.new_text(TOPIC, 'again'), null);
        for (let round = 0; round < 100; round++) {
            const queues = producer.dup_queues(TOPIC, null);

            System.gc();
            check(queues.length > 0 && queues.every(one => one.get_topic() === TOPIC), 'queues');
        }
        // GJS hands over NULLs: an error, never a crash.
        expectError(() => registry.create('allocation', 'averagely', null).allocate('g', 'a', [queue], ['a']),
            Rmq.Error.INVALID_ARGUMENT);
    },
    async 'native only'() {
        expectError(() => registry.register('transport', 'wire', Wire.$gtype, 0), Rmq.Error.NOT_SUPPORTED);
        expectError(() => registry.register('rpc-hook', 'silent', Silent.$gtype, 0), Rmq.Error.NOT_SUPPORTED);
    },
    async 'native features'() {
        const features = registry.list('compressor');
        const zlib = registry.create('compressor', 'zlib', {});
        const body = new GLib.Bytes('orders '.repeat(100));

        check(features instanceof Gio.ListModel && features.get_n_items() >= 1, 'a list');
        check(zlib.decompress(zlib.compress(body, 5), 1000).equal(body), 'there and back');
        check(registry.create('transport', 'tcp', {'no-delay': 'false'}).no_delay === false, 'an option');
        expectError(() => registry.create('transport', 'tpc', {}), Rmq.Error.PLUGIN_NOT_FOUND);
    },
};

let failed = 0;

async function runAll() {
    let number = 0;
    print(`1..${Object.keys(tests).length}`);
    for (const [name, run] of Object.entries(tests)) {
        number++;
        try {
            await run(); // one after another: they share the client
            print(`ok ${number} ${name}`);
        } catch (error) {
            failed++;
            print(`not ok ${number} ${name}\n# ${error}`);
        }
    }
}

const loop = GLib.MainLoop.new(null, false);
GLib.timeout_add_seconds(GLib.PRIORITY_DEFAULT, DEADLINE_S, () => {
    print('Bail out! not within the deadline');
    System.exit(1);
});
runAll().then(() => loop.quit());
loop.run();
System.exit(failed > 0 ? 1 : 0);
