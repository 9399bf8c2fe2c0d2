# SPDX-License-Identifier: Apache-2.0
"""Processes of our client under test: consumers and producers, what they said, and when."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

PEER = os.environ.get("RMQ_INTEROP_PEER")
NAMESRV = os.environ["RMQ_NAMESRV"]
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "real"))

from probe import ask  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
UPDATE_TOPIC, RUNNING_INFO, CONSUMER_IDS = 17, 307, 38

changed = threading.Condition()


def wait(condition, seconds, what):
    """Waits until a line from some process makes condition () true; returns how long that took."""
    start = time.monotonic()
    with changed:
        while not condition():
            left = start + seconds - time.monotonic()
            if left <= 0:
                raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
            changed.wait(min(left, 0.5))
    return time.monotonic() - start


def broker_port():
    instance = json.loads(Path(os.environ["RMQ_REAL_DIR"], "instance.json").read_text(encoding="utf-8"))
    return instance["ports"]["broker"]


def harness(*arguments):
    command = [HERE.parent / "real" / "rocketmq", arguments[0], "--dir", os.environ["RMQ_REAL_DIR"], *arguments[1:]]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def set_topic(topic, queues):
    fields = {"topic": topic, "defaultTopic": "TBW102", "perm": "6", "topicFilterType": "SINGLE_TAG"}
    fields.update(readQueueNums=str(queues), writeQueueNums=str(queues), topicSysFlag="0", order="false")
    code, body = ask(broker_port(), UPDATE_TOPIC, fields)
    assert code == 0, (code, body)


class Process:
    """One program; its lines are taken by a thread."""

    def __init__(self, mode, topic, *options):
        command = [PEER, mode, "--namesrv", NAMESRV, "--topic", topic, *map(str, options)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.ended = False
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            if line.endswith("\n"):  # a killed one may leave half a line
                with changed:
                    self.take(line[0], line[2:-1])
                    changed.notify_all()
        self.process.wait()
        with changed:
            self.ended = True
            changed.notify_all()

    def cpu(self):
        """Seconds of CPU so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def leave(self):
        self.process.stdin.close()

    def kill(self):
        self.process.kill()

    def join(self, seconds=30):
        wait(lambda: self.ended, seconds, "the end of a process")
        return self.process.returncode


class Session:
    """A queue in the hands of a consumer, from the time it was assigned."""

    def __init__(self, consumer, queue, start):
        self.consumer, self.queue, self.start = consumer, queue, start
        self.asked = None  # when it asked the broker where to begin
        self.finished = []  # (time, offset)
        self.commits = []  # (time, offset), acknowledged


class Consumer(Process):
    def __init__(self, name, topic, group, *options):
        self.name, self.group = name, group
        self.client_id = None
        self.assignment = set()
        self.current = {}  # queue → Session
        self.sessions = []
        self.asked = {}  # queue → when its offset was last asked for
        self.bodies = set()
        self.n_deliveries = 0
        super().__init__("consume", topic, "--group", group, "--count", "0", "--timeout", "0", "--lean", *options)

    def take(self, kind, rest):
        words = rest.split(" ")
        if kind == "i":
            self.client_id = rest
        elif kind == "a":
            queues = set(map(int, words[1:]))
            for queue in queues - self.assignment:
                self.begin(queue, int(words[0]))
            self.assignment = queues
        elif kind == "q":
            self.asked[int(words[1])] = int(words[0])
        elif kind == "m":
            self.n_deliveries += 1
            self.bodies.add(int(words[3]))
            session = self.session(int(words[1]), int(words[0]))
            session.asked = session.asked or self.asked[session.queue]
            session.finished.append((int(words[0]), int(words[2])))
        elif kind == "c":
            self.session(int(words[1]), int(words[0])).commits.append((int(words[0]), int(words[2])))

    def begin(self, queue, now):
        self.current[queue] = Session(self, queue, now)
        self.sessions.append(self.current[queue])

    def session(self, queue, now):
        """A message may come before the signal that says whose queue it is."""
        if queue not in self.current:
            self.begin(queue, now)
        return self.current[queue]

    def broker_view(self):
        """What the broker, asking this consumer, says of its queues."""
        fields = {"consumerGroup": self.group, "clientId": self.client_id, "jstackEnable": "false"}
        code, body = ask(broker_port(), RUNNING_INFO, fields)
        assert code == 0, (code, body)
        return running_queues(body.decode())


def running_queues(text):
    """The keys of mqTable are objects, which no JSON reader takes."""
    queues = set()
    for key in re.findall(r"(\{[^{}]*\"queueId\"[^{}]*\})\s*:", text):
        topic = re.search(r"\"topic\":\"([^\"]*)\"", key).group(1)
        if not topic.startswith("%"):
            queues.add(int(re.search(r"\"queueId\":(\d+)", key).group(1)))
    return queues


class Flood(Process):
    def __init__(self, topic, count, rate, *options):
        self.count = count  # at the end: how many were sent
        self.stored = set()
        self.failures = []  # (number, outcome, attempts, text)
        super().__init__("flood", topic, "--count", count, "--rate", rate, *options)

    def take(self, kind, rest):
        if kind == "s":
            self.stored.add(int(rest))
        elif kind == "f":
            number, outcome, attempts, text = rest.split(" ", 3)
            self.failures.append((int(number), int(outcome), int(attempts), text))
        elif kind == "n":
            self.count = int(rest)

    def n_done(self):
        return len(self.stored) + len(self.failures)


def moves(consumers):
    """Each session but the first of its queue: (from, to, what the owners before had finished since the newest commit
    that was acknowledged before this one asked where to begin, what of theirs was delivered again)."""
    by_queue = defaultdict(list)
    for consumer in consumers:
        for session in consumer.sessions:
            by_queue[session.queue].append(session)
    for sessions in by_queue.values():
        sessions = sorted((one for one in sessions if one.finished), key=lambda one: one.finished[0][0])
        finished, commits = set(), []
        for old, new in zip(sessions, sessions[1:]):
            finished |= {offset for _, offset in old.finished}
            commits += old.commits
            committed = max((offset for when, offset in commits if when <= new.asked), default=0)
            since = {offset for offset in finished if offset >= committed}
            yield old, new, since, finished & {offset for _, offset in new.finished}


def repeated(consumers):
    """What came twice to one owner of a queue, who had not lost it meanwhile: (session, offset, times)."""
    for consumer in consumers:
        for session in consumer.sessions:
            times = defaultdict(list)
            for when, offset in session.finished:
                times[offset].append(when)
            for offset, when in times.items():
                if len(when) > 1:
                    yield session, offset, when
