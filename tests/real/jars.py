# SPDX-License-Identifier: Apache-2.0
"""Java, and the jars of a RocketMQ release from Maven (pom.xml) in a cache that parallel tests share."""

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
JVM_OPTIONS = [
    "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
    "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "-XX:+UseSerialGC",
    "-XX:-UsePerfData",
]
MAIN_CLASS = {
    "namesrv": "org.apache.rocketmq.namesrv.NamesrvStartup",
    "broker": "org.apache.rocketmq.broker.BrokerStartup",
    "tools": "org.apache.rocketmq.tools.command.MQAdminStartup",
}
HEAP = {"namesrv": ["-Xms64m", "-Xmx256m"], "broker": ["-Xms256m", "-Xmx512m"], "tools": ["-Xmx256m"]}


class HarnessError(Exception):
    """Something went wrong; the text is for the user."""


class Unavailable(HarnessError):
    """A test that needs a real broker cannot run here: no Java, no Maven, or no registry."""


def find_program(name):
    home = os.environ.get("JAVA_HOME")
    path = shutil.which(name, path=f"{home}/bin") if home else None
    path = path or shutil.which(name)
    if path is None:
        raise Unavailable(f"{name} not found")
    return path


@contextlib.contextmanager
def locked(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def cache_dir(version):
    cache = os.environ.get("RMQ_REAL_CACHE")
    if cache is None:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rmq-glib"
    return Path(cache) / f"rocketmq-{version}"


def fetch(version):
    """Returns the folder with the jars; it appears complete or not at all."""
    find_program("java")
    target = cache_dir(version)
    with locked(target.with_name(target.name + ".lock")):
        if target.is_dir():
            return target
        maven = find_program("mvn")
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=target.name + ".") as partial:
            lib = Path(partial) / "lib"
            # -U: Maven would otherwise remember for a day what it could not get once.
            command = [maven, "-q", "-B", "-U", "-Dstyle.color=never", "-f", HERE / "pom.xml"]
            command += ["dependency:copy-dependencies", "-DincludeScope=runtime"]
            command += [f"-Drocketmq.version={version}", f"-DoutputDirectory={lib}"]
            done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            if done.returncode != 0:
                reason = next((line for line in done.stdout.splitlines() if line.startswith("[ERROR]")), done.stderr)
                raise Unavailable(f"Maven cannot get RocketMQ {version}: {reason[:300]}")
            lib.rename(target)
    return target


def java_command(version, instance_dir, name, options, arguments):
    """RocketMQ writes its logs and defaults to user.home: a folder of each process inside the instance."""
    main_class = MAIN_CLASS[name]
    options = [*HEAP[name], *options, f"-Duser.home={instance_dir}/{name}", f"-Djava.io.tmpdir={instance_dir}/tmp"]
    command = [find_program("java"), *JVM_OPTIONS, *options, f"-Drocketmq.home.dir={instance_dir}"]
    return [*command, "-cp", f"{fetch(version)}/*", main_class, *map(str, arguments)]
