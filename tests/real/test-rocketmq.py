#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the rocketmq command itself; run by it: rocketmq run --version V -- test-rocketmq.py."""

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from probe import REQUEST_CLUSTER, REQUEST_ROUTE, TOPIC_NOT_EXIST, ask
from process import wait_until

ROCKETMQ = Path(__file__).resolve().parent / "rocketmq"
DIR = os.environ["RMQ_REAL_DIR"]
NAMESRV_PORT = int(os.environ["RMQ_NAMESRV"].rpartition(":")[2])


def rocketmq(*arguments, check=True):
    done = subprocess.run([ROCKETMQ, *arguments], stdout=subprocess.PIPE, text=True, check=check)
    return done.stdout


def broker_is_routed():
    return b'"broker-a"' in ask(NAMESRV_PORT, REQUEST_CLUSTER)[1]


class Harness(unittest.TestCase):
    def create_topic(self, topic):
        printed = rocketmq("admin", "--dir", DIR, "updateTopic", "-c", "DefaultCluster", "-t", topic)
        self.assertIn("success", printed)

    def assert_routed(self, topic):
        code, body = ask(NAMESRV_PORT, REQUEST_ROUTE, {"topic": topic})
        self.assertEqual(code, 0)
        self.assertIn(b'"broker-a"', body)

    def test_unknown_topic(self):
        self.assertEqual(ask(NAMESRV_PORT, REQUEST_ROUTE, {"topic": "harness-none"})[0], TOPIC_NOT_EXIST)

    def test_topic_outlives_a_killed_broker(self):
        self.create_topic("harness-kill")
        rocketmq("kill", "--dir", DIR, "broker")
        self.assertTrue(wait_until(lambda: not broker_is_routed(), 30))
        rocketmq("restart", "--dir", DIR, "broker")
        self.assert_routed("harness-kill")

    def test_routes_return_after_a_restarted_name_server(self):
        self.create_topic("harness-namesrv")
        rocketmq("restart", "--dir", DIR, "namesrv")
        self.assert_routed("harness-namesrv")

    def test_stopped_broker_goes_on(self):
        broker_port = int(json.loads((Path(DIR) / "instance.json").read_text(encoding="utf-8"))["ports"]["broker"])
        rocketmq("kill", "--dir", DIR, "broker", "--signal", "STOP")
        self.assertIsNone(ask(broker_port, REQUEST_ROUTE)[0])
        rocketmq("kill", "--dir", DIR, "broker", "--signal", "CONT")
        self.assertIsNotNone(ask(broker_port, REQUEST_ROUTE)[0])

    def test_one_instance_per_folder(self):
        self.assertEqual(rocketmq("start", "--dir", DIR, check=False), "")


if __name__ == "__main__":
    unittest.main()
