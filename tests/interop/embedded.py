# SPDX-License-Identifier: Apache-2.0
"""The embedded broker for tests: `rmq broker` on a port of its own."""

import contextlib
import subprocess

# What tests want soon; as in ../real/instance.py for the real broker.
SETTINGS = {"transactionCheckInterval": "3000", "transactionTimeOut": "4000"}


@contextlib.contextmanager
def embedded_broker(rmq, *options):
    """Gives the address. A broker that does not end well fails the test."""
    command = [rmq, "broker", "--listen", "127.0.0.1:0", *options]
    for name, value in SETTINGS.items():
        command += ["--set", f"{name}={value}"]
    broker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        address = broker.stdout.readline().strip()
        if not address:
            raise RuntimeError(f"{rmq} broker does not start")
        yield address
    finally:
        broker.terminate()
        broker.communicate()
    if broker.returncode != 0:
        raise RuntimeError(f"{rmq} broker ended with {broker.returncode}")
