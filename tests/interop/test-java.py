#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the Java program: what it sends it must also receive; run by rocketmq run -- test-java.py.

The tests that put the C client on one side rely on the fields that are checked here.
"""

import hashlib
import sys
import time
import unittest

sys.dont_write_bytecode = True  # the source tree stays as it is

from peers import IS_5, Consumer, Producer, body, build_java, create_topic, message

LARGE = bytes(range(100)) * 3000


class JavaToJava(unittest.TestCase):
    def setUp(self):
        self.topic = self.id().rpartition(".")[2]
        create_topic(self.topic)

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
    build_java()
    unittest.main()
