#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command against the RocketMQ at $RMQ_NAMESRV: lines in, the same lines out. TAP."""
import json
import os
import signal
import subprocess
import sys
import time

RMQ = sys.argv[1]
SALT = f'{os.getpid()}-{int(time.time())}'
LINES = int(os.environ.get('RMQ_CLI_LINES', '20000'))
results = []


def run(*args, stdin=b'', timeout=120):
    return subprocess.run([RMQ, *args], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)


def check(name, condition, note=''):
    results.append(bool(condition))
    print(f'{"ok" if condition else "not ok"} {len(results)} {name}' + (f' # {"; ".join(note.splitlines())}' if note else ''), flush=True)
    return condition


def numbers(n):
    return ''.join(f'{i}\n' for i in range(1, n + 1)).encode()


def test_lines():
    topic = f'lines-{SALT}'
    sent = run('produce', '-t', topic, stdin=numbers(LINES))
    check('produce-exit', sent.returncode == 0, sent.stderr.decode().strip()[-200:])
    check('produce-summary', f'sent {LINES}, failed 0, maybe stored 0' in sent.stderr.decode())
    got = run('consume', '-t', topic, '-g', f'g-{topic}', '--exit-at-end', '-f', '%p %o %s\n')
    rows = [line.split(' ') for line in got.stdout.decode().splitlines()]
    check('consume-exit', got.returncode == 0, got.stderr.decode().strip()[-200:])
    check('each-once', sorted(int(r[2]) for r in rows) == list(range(1, LINES + 1)))
    last = {}
    in_order = True
    for queue, offset, _ in rows:
        in_order &= int(offset) > last.get(queue, -1)
        last[queue] = int(offset)
    check('offset-order-per-queue', in_order)
    again = run('consume', '-t', topic, '-g', f'g-{topic}', '--exit-at-end')
    check('committed', again.stdout == b'' and again.returncode == 0)


def test_order_key():
    topic = f'ordered-{SALT}'
    sent = run('produce', '-t', topic, '--order-key', 'k', stdin=numbers(500))
    got = run('consume', '-t', topic, '-g', f'g-{topic}', '--exit-at-end')
    check('order-key', sent.returncode == 0 and got.stdout == numbers(500))


def test_json_round_trip():
    source, copy = f'json-{SALT}', f'copy-{SALT}'
    run('produce', '-t', source, '--tag', 'created', '--key', 'k1', '--key', 'k2', '--property', 'farbe=blå 😀',
        stdin='grüße\n'.encode() + b'\xff\x00\x01binary\n' + b'plain\n')
    first = run('consume', '-t', source, '-g', f'g-{source}', '--exit-at-end', '-J').stdout
    sent = run('produce', '-t', copy, '-J', stdin=first)
    second = run('consume', '-t', copy, '-g', f'g-{copy}', '--exit-at-end', '-J').stdout

    def keep(text):
        rows = [json.loads(line) for line in text.splitlines()]
        return sorted((r['body'], r.get('encoding', ''), r['tag'], tuple(r['keys']), r['properties']['farbe'])
                      for r in rows)
    check('json-round-trip', sent.returncode == 0 and len(keep(first)) == 3 and keep(first) == keep(second))


def test_options():
    topic = f'options-{SALT}'
    receipts = run('produce', '-t', topic, '--receipts', stdin=b'a\nb\nc\n').stdout.splitlines()
    check('receipts', len(receipts) == 3 and all(json.loads(r)['outcome'] == 'stored' for r in receipts))
    run('produce', '-t', topic, '--count', '7', '--size', '100')
    got = run('consume', '-t', topic, '-g', f'g-{topic}', '--count', '4')
    check('count', got.returncode == 0 and len(got.stdout.splitlines()) == 4)
    rest = run('consume', '-t', topic, '-g', f'g-{topic}', '--exit-at-end')
    check('count-commits-what-it-printed', len(got.stdout.splitlines()) + len(rest.stdout.splitlines()) == 10)
    grep = run('consume', '-t', topic, '-g', f'h-{topic}', '--exit-at-end', '--grep', '^[ab]$')
    check('grep', sorted(grep.stdout.split()) == [b'a', b'b'])


# As tail(1): the last ones over all queues, then what comes, and no group has moved.
def test_tail():
    topic = f'tail-{SALT}'
    run('produce', '-t', topic, '--order-key', 'k', stdin=numbers(50))
    run('produce', '-t', topic, stdin=b'51\n')
    last = run('consume', '-t', topic, '--tail', '5', '--exit-at-end')
    check('tail', last.returncode == 0 and last.stdout == b'47\n48\n49\n50\n51\n', last.stderr.decode().strip()[-200:])
    with subprocess.Popen([RMQ, 'consume', '-t', topic, '-g', f'g-{topic}', '--tail', '1'],
                          stdout=subprocess.PIPE) as follower:
        first = follower.stdout.readline()
        run('produce', '-t', topic, stdin=b'52\n')
        second = follower.stdout.readline()
        follower.send_signal(signal.SIGINT)
        follower.wait(30)
    check('tail-follow', (first, second, follower.returncode) == (b'51\n', b'52\n', 130))
    rest = run('consume', '-t', topic, '-g', f'g-{topic}', '--exit-at-end')
    check('tail-commits-nothing', len(rest.stdout.splitlines()) == 52)


# What could not be written was not consumed.
def test_full_disk():
    topic = f'full-{SALT}'
    run('produce', '-t', topic, stdin=numbers(100))
    with open('/dev/full', 'wb') as full:
        failed = subprocess.run([RMQ, 'consume', '-t', topic, '-g', f'g-{topic}', '--exit-at-end'], stdout=full,
                                stderr=subprocess.PIPE, timeout=60)
    check('full-disk-exit', failed.returncode == 4, failed.stderr.decode().strip()[-200:])
    rest = run('consume', '-t', topic, '-g', f'g-{topic}', '--exit-at-end')
    check('full-disk-loses-nothing', len(rest.stdout.splitlines()) == 100)


# Ends by the count, though the input goes on.
def test_count_of_lines():
    topic = f'typed-{SALT}'
    with subprocess.Popen([RMQ, 'produce', '-t', topic, '--count', '2'], stdin=subprocess.PIPE,
                          stderr=subprocess.PIPE) as producer:
        producer.stdin.write(b'a\nb\n')
        producer.stdin.flush()
        code = producer.wait(60)
        said = producer.stderr.read()
    check('count-of-lines', code == 0 and b'sent 2, failed 0' in said, said.decode().strip()[-200:])


# An empty line is an empty body, which brokers refuse: counted, and the others are sent.
def test_empty_lines():
    sent = run('produce', '-t', f'empty-{SALT}', stdin=b'a\n\nb\n')
    check('empty-lines', sent.returncode == 4 and b'sent 2, failed 1' in sent.stderr, sent.stderr.decode().strip()[-200:])


def test_topics():
    topic = f'made-{SALT}'
    made = run('topic', 'create', topic, '--queues', '3')
    check('topic-create', made.returncode == 0, made.stderr.decode().strip()[-200:])
    check('topic-list', topic in run('topic', 'list').stdout.decode().split())
    route = json.loads(run('topic', 'route', topic, '--json').stdout.splitlines()[0])
    check('topic-route', route['read_queues'] == 3 and route['write_queues'] == 3)
    check('topic-delete', run('topic', 'delete', topic).returncode == 0
          and topic not in run('topic', 'list').stdout.decode().split())
    check('topic-unknown', run('topic', 'route', topic).returncode != 0)


def test_interrupt():
    topic = f'interrupt-{SALT}'
    run('produce', '-t', topic, stdin=b'one\n')
    with subprocess.Popen([RMQ, 'consume', '-t', topic, '-g', f'g-{topic}'], stdout=subprocess.PIPE) as consumer:
        line = consumer.stdout.readline()
        consumer.send_signal(signal.SIGINT)
        consumer.wait(30)
    check('interrupt', line == b'one\n' and consumer.returncode == 130)
    again = run('consume', '-t', topic, '-g', f'g-{topic}', '--exit-at-end')
    check('interrupt-commits', again.stdout == b'')


for test in (test_lines, test_order_key, test_json_round_trip, test_options, test_tail, test_full_disk, test_count_of_lines,
             test_empty_lines, test_topics, test_interrupt):
    test()
print(f'1..{len(results)}')
sys.exit(0 if all(results) else 1)
