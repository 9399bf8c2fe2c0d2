#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The scenarios of the Java client as a TAP test.

test-scenarios.py [--embedded RMQ [--durable]] [SCENARIOS' OPTIONS]: against $RMQ_NAMESRV, or against `RMQ broker`, which it
starts; durable: with its messages in files.
The first build takes the jars from Maven; without JDK, Maven or registry all is skipped.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays as it is

from embedded import embedded_broker

HERE = Path(__file__).resolve().parent
BUILD = os.environ.get("RMQ_INTEROP_BUILD") or f"{tempfile.gettempdir()}/rmq-interop-{os.getuid()}"
JOBS = "8"  # most scenarios wait most of their time


def build():
    done = subprocess.run([HERE / "java" / "build.sh", BUILD], check=False, stdout=sys.stderr)
    if done.returncode == 77:
        print("1..0 # SKIP no JDK, Maven or registry")
        sys.exit(0)
    if done.returncode != 0:
        sys.exit(done.returncode)


def scenarios(namesrv, options):
    command = [f"{BUILD}/scenarios", "--namesrv", namesrv, "--jobs", JOBS, *options]
    with tempfile.TemporaryDirectory() as folder:  # consumerStatus writes files where it is
        return subprocess.run(command, check=False, cwd=folder).returncode


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--embedded", metavar="RMQ")
    parser.add_argument("--durable", action="store_true")
    options, others = parser.parse_known_args()
    build()
    if options.embedded is None:
        return scenarios(os.environ["RMQ_NAMESRV"], others)
    with tempfile.TemporaryDirectory() as folder:
        data = ["--data", folder] if options.durable else []
        with embedded_broker(options.embedded, *data) as address:
            return scenarios(address, others)


if __name__ == "__main__":
    sys.exit(main())
