#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The Go client as a TAP test: test-go.py [--embedded RMQ], against $RMQ_NAMESRV or `RMQ broker`, which it starts.

Skipped without Go. The modules of go/go.sum come from Go's module proxy; without that it is skipped, too.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from shutil import which

sys.dont_write_bytecode = True  # the source tree stays as it is

from embedded import embedded_broker

HERE = Path(__file__).resolve().parent
USUAL_PLACE = "/usr/local/go/bin/go"


def skip(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


def build(program):
    go = which("go") or which(USUAL_PLACE)
    if go is None:
        skip("no Go")
    for step in (["mod", "download"], ["build", "-o", program, "."]):
        done = subprocess.run([go, *step], check=False, cwd=HERE / "go", stdout=sys.stderr)
        if done.returncode != 0:
            if step[0] == "mod":
                skip("the modules cannot be had")
            sys.exit(1)


def run(program, namesrv, broker):
    return subprocess.run([program, "-namesrv", namesrv, "-broker", broker], check=False).returncode


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--embedded", metavar="RMQ")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        program = f"{folder}/interop"
        build(program)
        if options.embedded is None:
            instance = json.loads(Path(os.environ["RMQ_REAL_DIR"], "instance.json").read_text(encoding="utf-8"))
            return run(program, instance["namesrv"], instance["broker"])
        with embedded_broker(options.embedded) as address:
            return run(program, address, address)


if __name__ == "__main__":
    sys.exit(main())
