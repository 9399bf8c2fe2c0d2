#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Members that come and go, and servers and clients that die, while messages flow; see README.md.

Run by rocketmq run -- test-faults.py [--full] [NAME...], on an instance of its own.
"""

import random
import sys
import time
import unittest

sys.dont_write_bytecode = True  # the source tree stays as it is

from swarm import PEER, Consumer, Flood, changed, harness, moves, repeated, set_topic, wait

FULL = "--full" in sys.argv
QUEUES = 8
BALANCE_SECONDS = 5
SEEN_SECONDS = 60
OUTAGE_SECONDS = 8 if FULL else 3
ENDLESS = 1000000
CPU_LIMIT = 0.2  # of one core, each client, while a server is gone


def say(text):
    print(f"# {text}", flush=True)


class Faults(unittest.TestCase):
    def setUp(self):
        self.topic = "faults-" + self.id().rpartition(".test_")[2].replace("_", "-")
        self.group = "group-" + self.topic
        self.consumers = []
        set_topic(self.topic, QUEUES)

    def tearDown(self):
        for consumer in self.consumers:
            if not consumer.ended:
                consumer.kill()
                consumer.join()
            consumer.process.stdin.close()
            consumer.process.stdout.close()

    def join_group(self, *options):
        consumer = Consumer(f"C{len(self.consumers) + 1}", self.topic, self.group, *options)
        self.consumers.append(consumer)
        return consumer

    def members(self):
        return [one for one in self.consumers if not one.ended]

    def is_balanced(self, queues=QUEUES):
        """By each one's own assignment: all queues, and none twice."""
        assigned = [queue for one in self.members() for queue in one.assignment]
        return sorted(assigned) == list(range(queues)) and all(one.assignment for one in self.members())

    def wait_balanced(self, what, seconds=BALANCE_SECONDS, queues=QUEUES):
        took = wait(
            lambda: self.is_balanced(queues),
            seconds,
            lambda: f"balance after {what}: {[(one.name, sorted(one.assignment)) for one in self.members()]}",
        )
        say(f"{what}: balanced after {took:.2f} s")

    def check_broker_view(self, queues=QUEUES):
        views = {one.name: one.broker_view() for one in self.members()}
        self.assertEqual(sorted(queue for view in views.values() for queue in view), list(range(queues)), views)

    def seen(self):
        return set().union(*(one.bodies for one in self.consumers))

    def check_all_seen(self, flood, to_the_end=False):
        """Ends the flow, unless it goes on to its own end."""
        if to_the_end:
            wait(lambda: flood.ended, 120, "the end of the flow")
        flood.leave()
        self.assertEqual(flood.join(), 0)
        flood.process.stdout.close()
        took = wait(
            lambda: flood.stored <= self.seen(),
            SEEN_SECONDS,
            lambda: f"{len(flood.stored - self.seen())} acknowledged messages, e.g. {sorted(flood.stored - self.seen())[:5]}",
        )
        deliveries = sum(one.n_deliveries for one in self.consumers)
        say(
            f"{len(flood.stored)} acknowledged, {len(flood.failures)} failed, all acknowledged seen {took:.1f} s after"
            f" the last receipt, {deliveries} deliveries, {deliveries - len(self.seen())} of them again"
        )
        self.assertEqual(flood.n_done(), flood.count)

    def check_attempts(self, flood):
        for number, outcome, attempts, text in flood.failures:
            self.assertGreater(attempts, 0, text)
            self.assertIn("attempt 1 ", text)
        if flood.failures:
            say(f"an error: {flood.failures[0][3][:400]}")

    def outage(self, flood, seconds, what):
        """Waits, and looks at what the clients burn meanwhile."""
        clients = [flood, *self.members()]
        names = ["producer", *(one.name for one in self.members())]
        start, before = time.monotonic(), [one.cpu() for one in clients]
        with changed:
            while time.monotonic() < start + seconds:
                changed.wait(start + seconds - time.monotonic())
        wall = time.monotonic() - start
        used = [(one.cpu() - first) / wall for one, first in zip(clients, before)]
        say(f"{what}, {wall:.1f} s: CPU " + ", ".join(f"{name} {100 * use:.1f} %" for name, use in zip(names, used)))
        for use in used:
            self.assertLess(use, CPU_LIMIT)

    def flow(self, count, rate):
        flood = Flood(self.topic, count, rate)
        self.addCleanup(flood.kill)
        wait(lambda: len(flood.stored) > 200, 20, "the first messages")
        return flood

    def test_members_come_and_go(self):
        """C-REB-002: what moves is not lost, and comes twice only when no commit of it was acknowledged."""
        count, rate = (200000, 4000) if FULL else (20000, 2000)
        first = self.join_group()
        self.wait_balanced("C1 joined", 20)
        flood = self.flow(count, rate)
        self.join_group()
        self.wait_balanced("C2 joined")
        self.join_group()
        self.wait_balanced("C3 joined")
        for _ in range(3 if FULL else 1):
            first.leave()
            wait(lambda: first.ended, 10, "a graceful end")
            self.wait_balanced(f"{first.name} left")
            self.join_group()
            self.wait_balanced("another joined")
            self.check_broker_view()
            first = self.members()[0]
        last = self.members()[-1]
        last.leave()
        wait(lambda: last.ended, 10, "a graceful end")
        self.wait_balanced(f"{last.name} left")
        self.check_broker_view()
        self.assertLess(flood.n_done(), flood.count, "the messages ended before the moves did")
        self.check_all_seen(flood, True)
        self.assertEqual(flood.failures, [])
        self.assertEqual(len(flood.stored), count)
        self.check_moves()

    def check_moves(self):
        again = 0
        for old, new, since, twice in sorted(moves(self.consumers), key=lambda move: move[1].finished[0][0]):
            say(
                f"queue {old.queue}: {old.consumer.name} -> {new.consumer.name}: the former finished {len(old.finished)},"
                f" since the acknowledged commit {len(since)}, again {len(twice)}"
            )
            self.assertLessEqual(twice, since)
            again += len(twice)
        for session, offset, times in repeated(self.consumers):
            say(f"queue {session.queue} offset {offset} came more than once to {session.consumer.name}: {times}")
        deliveries = sum(one.n_deliveries for one in self.consumers)
        self.assertEqual(deliveries - len(self.seen()), again, "messages came again without a move")

    def test_broker_killed(self):
        """C-FAIL: under load, and back on the same store; nobody is started again."""
        self.join_group()
        self.join_group()
        self.wait_balanced("two joined", 20)
        flood = self.flow(ENDLESS, 400)
        for _ in range(3 if FULL else 1):
            harness("kill", "broker", "--signal", "KILL")
            self.outage(flood, OUTAGE_SECONDS, "broker killed")
            harness("restart", "broker")
            stored, seen = len(flood.stored), len(self.seen())
            took = wait(lambda: len(flood.stored) > stored + 100, 30, "sends after the restart")
            took_seen = wait(lambda: len(self.seen()) > seen + 100, 60, "deliveries after the restart")
            say(f"the broker answers: sending again after {took:.1f} s, receiving {took_seen:.1f} s later")
        self.check_all_seen(flood)
        self.check_attempts(flood)

    def test_name_server_killed(self):
        """Routes are kept: nothing fails; and what changes afterwards is learned."""
        for _ in range(2):
            self.join_group("--route-interval", 2000)
        self.wait_balanced("two joined", 20)
        flood = self.flow(ENDLESS, 400)
        harness("kill", "namesrv", "--signal", "KILL")
        self.outage(flood, OUTAGE_SECONDS, "name server killed")
        harness("restart", "namesrv")
        self.check_all_seen(flood)
        self.assertEqual(flood.failures, [])
        set_topic(self.topic, QUEUES + 4)
        self.wait_balanced("four queues more", 45, QUEUES + 4)

    def test_broker_stopped(self):
        """SIGSTOP: connections stay, nothing answers."""
        self.join_group()
        self.join_group()
        self.wait_balanced("two joined", 20)
        flood = self.flow(ENDLESS, 300)
        harness("kill", "broker", "--signal", "STOP")
        self.outage(flood, OUTAGE_SECONDS + 2, "broker stopped")
        harness("kill", "broker", "--signal", "CONT")
        stored = len(flood.stored)
        took = wait(lambda: len(flood.stored) > stored + 100, 30, "sends after the stop")
        say(f"sending again after {took:.1f} s")
        self.check_all_seen(flood)
        self.check_attempts(flood)

    def test_consumers_killed(self):
        """C-OFF-006: kill -9 at any moment loses nothing."""
        chance = random.Random(1)
        for _ in range(3):
            self.join_group("--threads", chance.choice((0, 4)))
        flood = self.flow(ENDLESS, 800)
        n_kills = 60 if FULL else 8
        for _ in range(n_kills):
            due = flood.n_done() + chance.randrange(200, 1200)
            wait(lambda: flood.n_done() >= due, 60, "the flow")
            victim = chance.choice(self.members())
            victim.kill()
            victim.join()
            self.join_group("--threads", chance.choice((0, 4)))
        say(f"{n_kills} consumers killed")
        self.check_all_seen(flood)
        self.wait_balanced("the last kill", 20)


if __name__ == "__main__":
    if not PEER:
        sys.exit("RMQ_INTEROP_PEER is not set")
    sys.argv = [argument for argument in sys.argv if argument != "--full"]
    unittest.main(verbosity=2)
