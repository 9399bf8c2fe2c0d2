#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What one client writes the other reads, bit for bit: ours and Java's; run by rocketmq run -- test-peers.py."""

import hashlib
import os
import random
import sys
import unittest

sys.dont_write_bytecode = True  # the source tree stays as it is

from peers import IS_5, JAVA, OURS, Consumer, Producer, build_java, create_topic, message

# What the receiving side adds, or the broker.
ADDED = {"UNIQ_KEY", "CLUSTER", "MIN_OFFSET", "MAX_OFFSET", "WAIT", "TRACE_ON", "MSG_REGION", "TAGS", "KEYS"}
ADDED |= {"CONSUME_START_TIME", "REAL_TOPIC", "ORIGIN_MESSAGE_ID", "RECONSUME_TIME", "INSTANCE_ID", "_SYS_MSG_PRIORITY_"}
PROPERTIES = {
    "x": "1",
    "åäö": "värde",
    "汉字": "消息队列",
    "emoji": "\U0001f680 and \U0001f469\u200d\U0001f4bb",
    "json": '{"a": "b\\\\c", \'d\': 1}',
    "spaces": "  before and after  ",
    "long": "é" * 3000,
}
SIZES = [1, 2, 4095, 4096, 4097, 65536, 1 << 20, (1 << 22) - 1, 1 << 22]
FLAGS = {"zlib": 0x300, "lz4": 0x100, "zstd": 0x200}  # sysFlag, of which decoders clear bit 0 when they decompress


def bodies(size):
    """One that compresses and one that does not; every byte value occurs."""
    yield (bytes(range(256)) * (size // 256 + 1))[:size]
    yield random.Random(size).randbytes(size)


def cases(writer):
    kinds = ["none", "zlib", "lz4", "zstd"] if IS_5 else ["none", "zlib"]
    for kind in kinds:
        for size in SIZES:
            for content in bodies(size):
                # Java compresses noise, too, and what has grown beyond 4 MiB is refused by the broker.
                if writer == JAVA and kind != "none" and content[:3] != bytes(range(3)) and size >= (1 << 22) - 1:
                    continue
                yield content, {"compress": kind, "tag": f"{kind}-{size}", "keys": f"k{size} k-é"}
    yield b"fields", {"tag": "A", "keys": "k1 k2", "properties": PROPERTIES, "flag": -7, "queueId": 2}
    yield b"bare", {}
    yield "nötig \u0000\u0001\u0002 ✓".encode(), {"tag": "标签", "properties": {"only": "one"}}


class Interop(unittest.TestCase):
    maxDiff = 4000

    def transfer(self, writer, reader):
        topic = "peers-" + self.id().rpartition(".")[2]
        create_topic(topic)
        sent = {}
        with Producer(topic, writer) as producer:
            for content, fields in cases(writer):
                result = producer.send(message(content, **fields))
                self.assertEqual(result.get("status"), "SEND_OK", result)
                sent[result["msgId"]] = (content, fields, result)
        self.assertEqual(len(sent), sum(1 for _ in cases(writer)))
        got = Consumer(topic, len(sent), program=reader).deliveries()
        self.assertEqual(sorted(one["msgId"] for one in got), sorted(sent))
        for one in got:
            with self.subTest(one.get("tag")):
                self.compare(writer, one, *sent[one["msgId"]])
        return len(sent)

    def compare(self, writer, one, content, fields, result):
        self.assertEqual(one["body_length"], len(content))
        self.assertEqual(one["body_sha256"], hashlib.sha256(content).hexdigest())
        self.assertEqual(one.get("tag"), fields.get("tag"))
        self.assertEqual(one.get("keys") or None, fields.get("keys"))
        self.assertEqual(one["flag"], fields.get("flag", 0))
        own = {name: value for name, value in one["properties"].items() if name not in ADDED}
        self.assertEqual(own, fields.get("properties", {}))
        for name in ("offsetMsgId", "queueId", "queueOffset"):
            self.assertEqual(one[name], result[name])
        kind = FLAGS.get(fields.get("compress"), 0) if len(content) >= 4096 else 0
        compressible = len(set(content[:512])) == 256 and content[:256] == content[256:512]
        # We send noise as it is; Java names its compressor even for what it does not compress.
        self.assertEqual(one["sysFlag"] & 1, 0)
        if kind and compressible or kind == 0 and writer == OURS:
            self.assertEqual(one["sysFlag"] & 0x700, kind)
        self.assertFalse(one.get("corrupt", False))

    def test_ours_to_java(self):
        self.transfer(OURS, JAVA)

    def test_java_to_ours(self):
        self.transfer(JAVA, OURS)

    def test_ours_to_ours(self):
        self.transfer(OURS, OURS)

    def test_oneway_both_ways(self):
        for writer, reader, topic in ((OURS, JAVA, "peers-oneway-a"), (JAVA, OURS, "peers-oneway-b")):
            create_topic(topic)
            with Producer(topic, writer) as producer:
                for i in range(20):
                    self.assertEqual(producer.send(message(b"%d" % i, oneway=True))["status"], "ONEWAY")
            got = Consumer(topic, 20, program=reader).deliveries()
            expected = sorted(hashlib.sha256(b"%d" % i).hexdigest() for i in range(20))
            self.assertEqual(sorted(one["body_sha256"] for one in got), expected)

    def test_empty_body(self):
        """Java refuses to send none, and so do we."""
        topic = "peers-empty"
        create_topic(topic)
        for writer in (OURS, JAVA):
            with Producer(topic, writer) as producer:
                self.assertIn("error", producer.send(message(b"")))

    def test_ids_are_decoded_alike(self):
        topic = "peers-ids"
        create_topic(topic)
        with Producer(topic, OURS) as producer:
            sent = [producer.send(message(b"%d" % i, queueId=i % 4)) for i in range(8)]
        ours = Consumer(topic, 8, program=OURS, group="peers-ids-ours").deliveries()
        java = Consumer(topic, 8, program=JAVA, group="peers-ids-java").deliveries()
        names = ("msgId", "offsetMsgId", "queueId", "queueOffset")
        expected = sorted(tuple(one[name] for name in names) for one in sent)
        timed = names + ("bornTimestamp", "storeTimestamp", "sysFlag", "reconsumeTimes")
        self.assertEqual(sorted(tuple(one[name] for name in names) for one in ours), expected)
        self.assertEqual(
            sorted(tuple(one[name] for name in timed) for one in ours),
            sorted(tuple(one[name] for name in timed) for one in java),
        )


if __name__ == "__main__":
    if not OURS or not os.access(OURS, os.X_OK):
        sys.exit("RMQ_INTEROP_PEER is not set")
    build_java()
    unittest.main(verbosity=2)
