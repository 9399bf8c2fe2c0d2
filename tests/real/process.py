# SPDX-License-Identifier: Apache-2.0
"""Processes that outlive a command, known by id and start time so that a reused id is never signalled."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

POLL = 0.1  # seconds between two looks at a condition


def process_stat(pid):
    """Returns (state, start time), or (None, None) when it is gone or only waits to be reaped by its parent."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None, None
    state, threads, start = fields[0], fields[17], fields[19]
    if state in "ZX" and threads in "01":  # with more, the first thread has ended but the ports are still taken
        return None, None
    return state, start


def start_detached(command, output, **options):
    """Starts a process that outlives this command and its terminal."""
    options.update(stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
    child = subprocess.Popen(command, **options)
    child.returncode = 0  # nobody waits for it
    return {"pid": child.pid, "start": process_stat(child.pid)[1]}


def process_state(process):
    """Returns the letter of /proc, or None for a process that is gone."""
    state, start = process_stat(process["pid"]) if process else (None, None)
    return state if start is not None and start == process["start"] else None


def send_signal(process, number):
    if process_state(process) is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process["pid"], number)


def wait_until(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(POLL)
    return True


def end_process(process, number=signal.SIGTERM):
    """Returns when the process is gone; one that ignores the signal for long is killed (brokers take 12 s or more)."""
    send_signal(process, number)
    send_signal(process, signal.SIGCONT)
    if not wait_until(lambda: process_state(process) is None, 60):
        send_signal(process, signal.SIGKILL)
        wait_until(lambda: process_state(process) is None, 60)
