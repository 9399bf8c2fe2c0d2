# SPDX-License-Identifier: Apache-2.0
"""The two programs that these tests drive, the Java client and ours, behind the same lines."""

import base64
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = os.environ.get("RMQ_INTEROP_BUILD") or f"{tempfile.gettempdir()}/rmq-interop-{os.getuid()}"
JAVA = f"{BUILD}/interop"
OURS = os.environ.get("RMQ_INTEROP_PEER")
NAMESRV = os.environ["RMQ_NAMESRV"]
IS_5 = os.environ["RMQ_REAL_VERSION"].startswith("5")


def build_java():
    """Leaves the process when that cannot be."""
    built = subprocess.run([HERE / "java" / "build.sh", BUILD], check=False)
    if built.returncode != 0:
        sys.exit(built.returncode)


def create_topic(topic):
    admin = [HERE.parent / "real" / "rocketmq", "admin", "--dir", os.environ["RMQ_REAL_DIR"]]
    update = ["updateTopic", "-c", "DefaultCluster", "-t", topic]
    subprocess.run([*admin, *update], check=True, stdout=subprocess.DEVNULL)


def command(program, mode, topic, *options):
    return [program, mode, "--namesrv", NAMESRV, "--topic", topic, *options]


def message(body, **fields):
    return dict(fields, body_base64=base64.b64encode(body).decode())


def body(delivery):
    return base64.b64decode(delivery["body_base64"])


class Producer:
    """Stays until it is closed: transactions are checked, and replies arrive, while it runs."""

    def __init__(self, topic, program=JAVA):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command(program, "produce", topic), **pipes)

    def __enter__(self):
        return self

    def send(self, line):
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def __exit__(self, *_error):
        self.process.communicate()


class Consumer:
    def __init__(self, topic, count, *options, program=JAVA, group=None):
        options = ["--group", group or f"group-{topic}", "--count", str(count), "--timeout", "90", *options]
        pipes = {"stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command(program, "consume", topic, *options), **pipes)
        # A delivery may be said before the assignment is: either tells that the consumer has queues.
        self.first = self.process.stdout.readline()

    def deliveries(self):
        output = self.first + self.process.communicate()[0]
        assert self.process.returncode == 0, output
        lines = [json.loads(line) for line in output.splitlines()]
        return [line for line in lines if line.get("event") != "ready"]
