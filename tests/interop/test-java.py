#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the Java program: what it sends it must also receive; run by rocketmq run -- test-java.py.

The tests that put the C client on one side rely on the fields that are checked here.
"""

import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = os.environ.get("RMQ_INTEROP_BUILD") or f"{tempfile.gettempdir()}/rmq-interop-{os.getuid()}"
NAMESRV = os.environ["RMQ_NAMESRV"]
IS_5 = os.environ["RMQ_REAL_VERSION"].startswith("5")
LARGE = bytes(range(100)) * 3000


def command(mode, topic, *options):
    return [f"{BUILD}/interop", mode, "--namesrv", NAMESRV, "--topic", topic, *options]


def message(body, **fields):
    return dict(fields, body_base64=base64.b64encode(body).decode())


def body(delivery):
    return base64.b64decode(delivery["body_base64"])


class Producer:
    """Stays until it is closed: transactions are checked, and replies arrive, while it runs."""

    def __init__(self, topic):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command("produce", topic), **pipes)

    def __enter__(self):
        return self

    def send(self, line):
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def __exit__(self, *_error):
        self.process.communicate()


class Consumer:
    def __init__(self, topic, count, *options):
        options = ["--group", f"group-{topic}", "--count", str(count), "--timeout", "90", *options]
        pipes = {"stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command("consume", topic, *options), **pipes)
        self.ready = json.loads(self.process.stdout.readline())

    def deliveries(self):
        output = self.process.communicate()[0]
        assert self.process.returncode == 0, output
        return [json.loads(line) for line in output.splitlines()]


class JavaToJava(unittest.TestCase):
    def setUp(self):
        self.topic = self.id().rpartition(".")[2]
        admin = [HERE.parent / "real" / "rocketmq", "admin", "--dir", os.environ["RMQ_REAL_DIR"]]
        update = ["updateTopic", "-c", "DefaultCluster", "-t", self.topic]
        subprocess.run([*admin, *update], check=True, stdout=subprocess.DEVNULL)

    def test_fields(self):
        with Producer(self.topic) as producer:
            sent = message(b"hello", tag="A", keys="k1 k2", properties={"x": "1", "y": "é"}, flag=5, queueId=2)
            result = producer.send(sent)
        got = Consumer(self.topic, 1).deliveries()[0]
        self.assertEqual((result["status"], result["queueId"]), ("SEND_OK", 2))
        for name in ("msgId", "offsetMsgId", "queueId", "queueOffset"):
            self.assertEqual(got[name], result[name])
        self.assertEqual((got["tag"], got["keys"], got["flag"], body(got)), ("A", "k1 k2", 5, b"hello"))
        self.assertEqual((got["properties"]["x"], got["properties"]["y"]), ("1", "é"))

    def test_compression(self):
        kinds = ["none", "zlib", "lz4", "zstd"] if IS_5 else ["none", "zlib"]
        with Producer(self.topic) as producer:
            for kind in kinds:
                self.assertEqual(producer.send(message(LARGE, compress=kind, tag=kind))["status"], "SEND_OK")
        got = Consumer(self.topic, len(kinds)).deliveries()
        self.assertEqual(sorted(one["tag"] for one in got), sorted(kinds))
        for one in got:
            self.assertEqual((one["body_length"], one["body_sha256"]), (len(LARGE), hashlib.sha256(LARGE).hexdigest()))

    def test_batch_and_oneway(self):
        with Producer(self.topic) as producer:
            result = producer.send({"batch": [message(b"b%d" % i) for i in range(3)]})
            self.assertEqual(len(result["offsetMsgId"].split(",")), 3)
            self.assertEqual(producer.send(message(b"one", oneway=True))["status"], "ONEWAY")
            self.assertIn("error", producer.send({}))
        self.assertEqual(sorted(map(body, Consumer(self.topic, 4).deliveries())), [b"b0", b"b1", b"b2", b"one"])

    def test_retry(self):
        consumer = Consumer(self.topic, 1, "--fail-first", "2", "--delay-level", "1")
        with Producer(self.topic) as producer:
            result = producer.send(message(b"again"))
        got = consumer.deliveries()
        self.assertEqual([one["reconsumeTimes"] for one in got], [0, 1, 2])
        self.assertEqual({one["msgId"] for one in got}, {result["msgId"]})

    def test_orderly_with_sql(self):
        consumer = Consumer(self.topic, 3, "--orderly", "--sql", "n >= 2", "--fail-first", "1")
        with Producer(self.topic) as producer:
            for i in range(5):
                producer.send(message(b"%d" % i, shardingKey="one", properties={"n": str(i)}))
        self.assertEqual([body(one) for one in consumer.deliveries()], [b"2", b"2", b"3", b"3", b"4", b"4"])

    def test_transactions(self):
        with Producer(self.topic) as producer:
            for decision in ("rollback", "commit", "unknown:commit"):
                producer.send(message(decision.encode(), transaction=decision))
            got = Consumer(self.topic, 2, "--linger", "2").deliveries()
        self.assertEqual(sorted(map(body, got)), [b"commit", b"unknown:commit"])

    def test_request_reply(self):
        consumer = Consumer(self.topic, 1, "--reply")
        with Producer(self.topic) as producer:
            self.assertEqual(body(producer.send(message(b"ping", request=True))), b"ping")
        consumer.deliveries()

    def test_delay_level(self):
        with Producer(self.topic) as producer:
            producer.send(message(b"later", delayLevel=1))
        got = Consumer(self.topic, 1).deliveries()[0]
        self.assertGreaterEqual(got["storeTimestamp"] - got["bornTimestamp"], 500)

    @unittest.skipUnless(IS_5, "4.x has no timers, pop or recall")
    def test_timers_recall_and_pop(self):
        with Producer(self.topic) as producer:
            producer.send(message(b"at", deliverAtMs=int(time.time() * 1000) + 2000))
            producer.send(message(b"in", delayMs=2000))
            recalled = producer.send(message(b"never", delayMs=8000))
            self.assertEqual(producer.send({"recall": recalled["recallHandle"]})["recalled"], recalled["msgId"])
        got = Consumer(self.topic, 2, "--pop", "--linger", "8").deliveries()
        self.assertEqual(sorted(map(body, got)), [b"at", b"in"])


if __name__ == "__main__":
    built = subprocess.run([HERE / "java" / "build.sh", BUILD], check=False)
    if built.returncode != 0:
        sys.exit(built.returncode)
    unittest.main()
