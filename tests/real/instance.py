# SPDX-License-Identifier: Apache-2.0
"""An instance: a folder with a name server, a broker, or both, described by instance.json in it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from jars import HERE, HarnessError, fetch, java_command, locked
from probe import broker_answers, namesrv_answers, pick_broker_port, pick_port
from process import end_process, process_state, start_detached, wait_until

SERVERS = ("namesrv", "broker")
DEADLINE = 120.0  # seconds until a started process must answer; a busy machine needs far more than the usual 5

# Small files, all features that tests want, and patience: a cold broker on a busy machine answers SYSTEM_BUSY otherwise.
BROKER_CONF = {
    "brokerClusterName": "DefaultCluster",
    "brokerPermission": "6",
    "brokerIP1": "127.0.0.1",
    "brokerIP2": "127.0.0.1",
    "bindAddress": "127.0.0.1",
    "mappedFileSizeCommitLog": "67108864",
    "mappedFileSizeConsumeQueue": "600000",
    "diskMaxUsedSpaceRatio": "98",
    "waitTimeMillsInSendQueue": "3000",
    "osPageCacheBusyTimeOutMills": "10000",
    "enablePropertyFilter": "true",
    "recallMessageEnable": "true",
    "traceTopicEnable": "true",
    "slaveReadEnable": "true",
    "registerNameServerPeriod": "10000",
    "transactionCheckInterval": "3000",
    "transactionTimeOut": "4000",
}
# The 4.x servers exit without such a file; what it logs lands in NAME.out. The tools of 5.x chatter without one.
LOGBACK_TOOLS = "<configuration/>\n"
LOGBACK = """<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d %-5level %logger{0} - %msg%n</pattern></encoder>
  </appender>
  <root level="WARN"><appender-ref ref="out"/></root>
</configuration>
"""


class DiedAtStart(HarnessError):
    """A process ended before it answered, e.g. because its port had been taken meanwhile."""


@contextlib.contextmanager
def locked_instance(folder):
    """An instance that no other command changes meanwhile."""
    with locked(Path(folder) / "lock"):
        yield Instance(folder)


def existing_instance(folder):
    instance = Instance(folder)
    if "ports" not in instance.data:
        raise HarnessError(f"no instance in {folder}")
    return instance


class Instance:
    """A folder with the configuration, store, logs and process ids of a name server, a broker, or both."""

    def __init__(self, folder):
        self.dir = Path(folder).resolve()
        self.file = self.dir / "instance.json"
        self.data = {}
        if self.file.exists():
            self.data = json.loads(self.file.read_text(encoding="utf-8"))

    def save(self):
        partial = self.file.with_suffix(".new")
        partial.write_text(json.dumps(self.data, indent=2), encoding="utf-8")
        partial.replace(self.file)

    def process(self, name):
        return self.data.get("processes", {}).get(name)

    def summary(self):
        pids = {name: process["pid"] for name, process in self.data["processes"].items()}
        return {"namesrv": self.data["namesrv"], "broker": self.data["broker"], "dir": str(self.dir), "pids": pids}

    def configure(self, options):
        """Chooses addresses and writes the configuration; nothing runs yet."""
        ports = {}
        namesrv = options.namesrv
        if namesrv is None:
            ports["namesrv"] = options.namesrv_port or pick_port()
            namesrv = f"127.0.0.1:{ports['namesrv']}"
        if not options.no_broker:
            ports["broker"] = options.broker_port or pick_broker_port()
        broker = f"127.0.0.1:{ports['broker']}" if "broker" in ports else None
        self.data.update(version=options.version, namesrv=namesrv, broker=broker, ports=ports, processes={})
        for folder in ("tmp", "conf"):
            (self.dir / folder).mkdir(parents=True, exist_ok=True)
        for name, text in (("namesrv", LOGBACK), ("broker", LOGBACK), ("tools", LOGBACK_TOOLS)):
            (self.dir / "conf" / f"logback_{name}.xml").write_text(text, encoding="ascii")
        if "namesrv" in ports:
            self.write_conf("namesrv", {"listenPort": ports["namesrv"], "bindAddress": "127.0.0.1"})
        if "broker" in ports:
            conf = self.broker_conf(options)
            self.data["permission"] = conf["brokerPermission"]
            self.write_conf("broker", conf)
        self.save()

    def broker_conf(self, options):
        store = self.dir / "store"
        conf = dict(BROKER_CONF)
        conf.update(brokerName=options.broker_name, brokerId=options.broker_id)
        conf["brokerRole"] = "SLAVE" if options.broker_id > 0 else "ASYNC_MASTER"
        conf.update(namesrvAddr=self.data["namesrv"], listenPort=self.data["ports"]["broker"])
        conf.update(storePathRootDir=store, storePathCommitLog=store / "commitlog")
        conf.update(options.conf)
        return conf

    def write_conf(self, name, conf):
        text = "".join(f"{key}={value}\n" for key, value in conf.items())
        (self.dir / f"{name}.conf").write_text(text, encoding="utf-8")

    def spawn(self, name):
        command = java_command(self.data["version"], self.dir, name, [], ["-c", self.dir / f"{name}.conf"])
        environment = dict(os.environ, ROCKETMQ_HOME=str(self.dir))
        with open(self.dir / f"{name}.out", "ab") as output:
            self.data["processes"][name] = start_detached(command, output, cwd=self.dir, env=environment)
        self.save()

    def answers(self, name):
        if name == "namesrv":
            return namesrv_answers(self.data["ports"]["namesrv"])
        return broker_answers(self.data["ports"]["broker"], self.data["namesrv"].split(";"), self.data["permission"])

    def wait_ready(self):
        """Waits for every process of this instance that runs (one that a test has stopped cannot answer)."""
        for name in self.data["ports"]:
            self.wait_for(name)

    def wait_for(self, name):
        process = self.process(name)
        settled = wait_until(lambda: process_state(process) in (None, "T") or self.answers(name), DEADLINE)
        if process_state(process) is None:
            raise DiedAtStart(f"the {name} ended at once; the end of its output:\n{self.output_tail(name)}")
        if not settled:
            raise HarnessError(f"the {name} does not answer within {DEADLINE:.0f} s\n{self.output_tail(name)}")

    def output_tail(self, name):
        text = (self.dir / f"{name}.out").read_text(encoding="utf-8", errors="replace")
        return text[-2000:]

    def start(self, options):
        if any(process_state(self.process(name)) for name in SERVERS):
            raise HarnessError(f"{self.dir} is running already")
        fetch(options.version)
        if options.with_pid:
            self.guard(options.with_pid)
        for attempt in range(3):
            self.configure(options)
            try:
                for name in self.data["ports"]:
                    self.spawn(name)
                self.wait_ready()
                return
            except DiedAtStart:
                self.end_processes(signal.SIGKILL)
                if attempt == 2 or options.namesrv_port or options.broker_port:
                    raise
            except BaseException:
                self.stop(signal.SIGKILL)
                raise

    def restart(self, name):
        if name not in self.data["ports"]:
            raise HarnessError(f"{self.dir} has no {name}")
        end_process(self.process(name))
        self.spawn(name)
        self.wait_ready()

    def end_processes(self, number):
        """The broker goes first, so that it can still take itself out of the routes."""
        for name in ("broker", "namesrv"):
            end_process(self.process(name), number)

    def stop(self, number=signal.SIGTERM):
        self.end_processes(number)
        end_process(self.data.pop("guard", None))
        self.save()

    def guard(self, pid):
        """Starts a process that stops this instance when process pid is gone, however it went."""
        command = [sys.executable, HERE / "rocketmq", "guard", "--dir", self.dir, "--with-pid", str(pid)]
        self.data["guard"] = start_detached(command, subprocess.DEVNULL)
        self.save()
