#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plugins and Python: a strategy and a discovery written here serve; a transport written here is refused. Prints TAP."""

import gc
import sys

import gi

gi.require_version('Rmq', '1.0')
from gi.repository import Gio, GLib, GObject, Rmq  # noqa: E402

DEADLINE_S = 60


class EverySecond(Rmq.AllocationStrategy):
    """Gives to each member every queue whose number it has, modulo the members."""

    def do_dup_name(self):
        return 'EVERY_SECOND'

    def do_allocate_indexes(self, group, client_id, queues, client_ids):
        own = list(client_ids).index(client_id)
        return [index for index, queue in enumerate(queues) if queue.get_queue_id() % len(client_ids) == own]


class Failing(Rmq.AllocationStrategy):
    def do_allocate_indexes(self, group, client_id, queues, client_ids):
        raise GLib.Error('not today', 'failing', 1)


class Inventing(Rmq.AllocationStrategy):
    def do_allocate_indexes(self, group, client_id, queues, client_ids):
        return [len(queues)]


class Doubling(Rmq.AllocationStrategy):
    def do_allocate_indexes(self, group, client_id, queues, client_ids):
        return [0, 0]


class Mute(Rmq.AllocationStrategy):
    def do_allocate_indexes(self, group, client_id, queues, client_ids):
        return None


class Two(Rmq.NameServerDiscovery):
    where = GObject.Property(type=str, default='a')

    def do_discover_async(self, cancellable, callback, *_data):
        task = Gio.Task.new(self, cancellable, callback)  # the data is bound to the callback here
        task.return_boolean(True)

    def do_discover_finish(self, result):
        result.propagate_boolean()
        return [f'{self.where}:1', f'{self.where}:2']


class Wire(Rmq.Transport):
    def do_needs_address(self, endpoint):
        return False


class Silent(Rmq.RpcHook):
    """Without a function of its own it would still be entered when it is made."""


QUEUES = [Rmq.MessageQueue.new('orders', 'broker', number) for number in range(4)]


def expect_error(function, code):
    try:
        function()
    except GLib.Error as error:
        assert error.matches(Rmq.Error.quark(), code), error
        return error
    raise AssertionError('no error')


def allocate(strategy, client_id='b'):
    return [queue.get_queue_id() for queue in strategy.allocate('group', client_id, QUEUES, ['a', 'b'])]


def test_strategy():
    registry = Rmq.PluginRegistry.get_default()
    assert registry.register('allocation', 'every-second', EverySecond, 0)
    strategy = registry.create('allocation', 'every-second', None)
    assert strategy.dup_name() == 'EVERY_SECOND'
    assert strategy.get_flags() == Rmq.AllocationFlags.IN_OWNER_CONTEXT
    assert allocate(strategy) == [1, 3]
    assert allocate(strategy, 'a') == [0, 2]


def test_wrong_strategies():
    for strategy in (Inventing(), Doubling(), Mute()):
        expect_error(lambda strategy=strategy: allocate(strategy), Rmq.Error.PLUGIN_FAILED)
    try:
        allocate(Failing())
    except GLib.Error as error:
        assert error.message == 'not today', error
    else:
        raise AssertionError('no error')
    expect_error(lambda: allocate(EverySecond(), ''), Rmq.Error.INVALID_ARGUMENT)


def test_native_strategy():
    strategy = Rmq.PluginRegistry.get_default().create('allocation', 'averagely', {})
    for _ in range(100):
        assert allocate(strategy) == [2, 3]
        gc.collect()


def test_discovery():
    registry = Rmq.PluginRegistry.get_default()
    assert registry.register('discovery', 'two', Two, 0)
    discovery = registry.create('discovery', 'two', {'where': 'here', 'interval': '5'})
    assert discovery.props.interval == 5
    answers = []
    late = []
    source = GLib.timeout_add_seconds(DEADLINE_S, lambda: late.append(True) or GLib.SOURCE_REMOVE)
    discovery.discover_async(None, lambda source, result: answers.append(source.discover_finish(result)))
    while not answers and not late:
        GLib.MainContext.default().iteration(True)
    assert not late, 'not within the deadline'
    GLib.source_remove(source)
    assert answers == [['here:1', 'here:2']], answers


def test_native_only():
    registry = Rmq.PluginRegistry.get_default()
    error = expect_error(lambda: registry.register('transport', 'wire', Wire, 0), Rmq.Error.NOT_SUPPORTED)
    assert 'scripting language' in error.message
    expect_error(lambda: registry.register('rpc-hook', 'silent', Silent, 0), Rmq.Error.NOT_SUPPORTED)


def test_native_features():
    registry = Rmq.PluginRegistry.get_default()
    names = [feature.props.name for feature in registry.list('compressor')]
    assert 'zlib' in names, names
    zlib = registry.create('compressor', 'zlib', {})
    body = GLib.Bytes.new(b'orders' * 100)
    packed = zlib.compress(body, 5)
    assert packed.get_size() < 100
    assert zlib.decompress(packed, 1000).get_data() == body.get_data()
    expect_error(lambda: zlib.decompress(packed, 10), Rmq.Error.CORRUPT_MESSAGE)
    assert not registry.create('transport', 'tcp', {'no-delay': 'false'}).props.no_delay
    expect_error(lambda: registry.create('transport', 'tcp', {'delay': 'false'}), Rmq.Error.INVALID_CONFIG)
    expect_error(lambda: registry.create('transport', 'tpc', {}), Rmq.Error.PLUGIN_NOT_FOUND)


TESTS = [test_strategy, test_wrong_strategies, test_native_strategy, test_discovery, test_native_only, test_native_features]


def main():
    failed = 0
    print(f'1..{len(TESTS)}')
    for number, test in enumerate(TESTS, 1):
        try:
            test()
            print(f'ok {number} {test.__name__}')
        except Exception as error:  # noqa: BLE001: a failed point is told, and the others run
            failed += 1
            print(f'not ok {number} {test.__name__}\n# {type(error).__name__}: {error}')
        sys.stdout.flush()
    return 1 if failed else 0


sys.exit(main())
