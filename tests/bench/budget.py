#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# Counts instructions a message under callgrind and fails when one is over its budget. What starting and ending costs
# falls out: each program runs twice, with different numbers of messages. Usage: budget.py BUILD-DIR budgets.json [--set]
# Whole paths (enqueue, async, consume) run in two threads, and their counts differ by a few per cent; single steps
# (bench-micro) run in one, and hardly differ at all.

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile

# Name: command, two numbers of rounds, messages in a round, and what the rounds cost besides: another case.
CASES = {
    'produce-enqueue': (['bench-produce', '--mode', 'enqueue'], 5000, 25000, 1, None),
    'produce-async': (['bench-produce', '--mode', 'async'], 3000, 9000, 1, None),
    'consume': (['bench-consume'], 20000, 60000, 1, None),
    'encode-send': (['bench-micro', '--mode', 'encode'], 500, 2500, 1, None),
    'decode-pulled': (['bench-micro', '--mode', 'decode'], 20, 120, 32, None),
    'deliver': (['bench-micro', '--mode', 'deliver'], 20, 120, 32, 'decode-pulled'),
    'route-lookup': (['bench-micro', '--mode', 'route'], 500, 5500, 1, None),
}
HEADROOM = 1.05


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def instructions(command, folder):
    valgrind = ['valgrind', '--tool=callgrind', f'--callgrind-out-file={folder}/out']
    # The allocator's checks of other tests would be counted.
    env = {name: value for name, value in os.environ.items() if name not in ('MALLOC_PERTURB_', 'G_SLICE')}
    result = subprocess.run(valgrind + command, capture_output=True, text=True, env=env, timeout=300)
    if result.returncode != 0:
        sys.exit(f'{" ".join(command)}: {result.stdout}{result.stderr}')
    return int(re.search(r'Collected : (\d+)', result.stderr).group(1))


def measure(build, port, folder):
    counts = {}
    for name, (command, few, many, messages, less) in CASES.items():
        full = [f'{build}/{command[0]}', *command[1:], '--namesrv', f'127.0.0.1:{port}', '--count']
        count = instructions(full + [str(many)], folder) - instructions(full + [str(few)], folder)
        counts[name] = count // (many - few) // messages - counts.get(less, 0)
    return counts


def compare(counts, budgets):
    over = False
    for name, each in counts.items():
        print(f'{name}: {each} instructions a message, budget {budgets.get(name)}', flush=True)
        over |= each > budgets.get(name, 0)
    return over


def main():
    build, path = sys.argv[1:3]
    if shutil.which('valgrind') is None:
        print('valgrind is not there: skipped')
        sys.exit(77)
    with open(path, encoding='utf-8') as file:
        budgets = json.load(file)
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        broker = subprocess.Popen([f'{build}/nullbroker', '--port', str(port)], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        try:
            counts = measure(build, port, folder)
        finally:
            broker.terminate()
            broker.wait()
    over = compare(counts, budgets)
    if '--set' in sys.argv:
        budgets = {name: int(each * HEADROOM) for name, each in counts.items()}
        with open(path, 'w', encoding='utf-8') as file:
            file.write(json.dumps(budgets, indent=2) + '\n')
    sys.exit(1 if over and '--set' not in sys.argv else 0)


main()
