#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does what the README tells a new user: takes its programs out, builds them by its command, runs them.

Needs a server at RMQ_NAMESRV. Prints TAP. Usage: test-readme.py README PYTHON, in an environment of `meson devenv`.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading

DEADLINE_S = 60
TEXT = 'Hello, RocketMQ'
# A line that begins with the name of a file, and the block that holds it.
PROGRAM = re.compile(r'^`(?P<name>[\w.]+)`(?P<words>[^\n]*):\n\n```\w+\n(?P<code>.*?)^```$', re.MULTILINE | re.DOTALL)
BUILD = re.compile(r'built by `(?P<command>[^`]+)`')


def read_programs(readme):
    with open(readme, encoding='utf-8') as file:
        return {match['name']: match for match in PROGRAM.finditer(file.read())}


def build(programs, folder):
    """The command stands once, for the producer; the consumer's is the same with its name."""
    command = BUILD.search(programs['producer.c']['words'])['command']
    strict = command.replace('cc ', os.environ.get('CC', 'cc') + ' -Wall -Wextra -Wno-unused-parameter -Werror ', 1)
    for name in ('producer', 'consumer'):
        subprocess.run(['sh', '-c', strict.replace('producer', name)], cwd=folder, check=True, timeout=DEADLINE_S)


def produce(command, folder):
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, timeout=DEADLINE_S, check=True)
    assert re.fullmatch(r'stored as [0-9A-F]{32}\n', done.stdout), done.stdout


def consume(command, folder):
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as child:
        watchdog = threading.Timer(DEADLINE_S, child.kill)
        watchdog.start()
        try:
            line = child.stdout.readline()
            child.send_signal(signal.SIGINT)
            status = child.wait()
        finally:
            watchdog.cancel()
            child.kill()
    assert line == TEXT + '\n', f'the consumer printed {line!r}'
    assert status == 0, f'the consumer ended with {status}'


def check_links(readme):
    with open(readme, encoding='utf-8') as file:
        links = re.findall(r'\]\(([^)#:]+)\)', file.read())
    missing = [link for link in links if not os.path.exists(os.path.join(os.path.dirname(readme), link))]
    assert links and not missing, f'links to nothing: {missing}'


def main():
    readme, python = sys.argv[1:]
    programs = read_programs(readme)
    assert sorted(programs) == ['consumer.c', 'consumer.py', 'producer.c', 'producer.py'], sorted(programs)
    print('1..3')
    with tempfile.TemporaryDirectory() as folder:
        for name, program in programs.items():
            with open(os.path.join(folder, name), 'w', encoding='utf-8') as file:
                file.write(program['code'])
        build(programs, folder)
        produce(['./producer'], folder)
        consume(['./consumer'], folder)
        print('ok 1 C', flush=True)
        produce([python, 'producer.py'], folder)
        consume([python, 'consumer.py'], folder)
        print('ok 2 Python', flush=True)
    check_links(readme)
    print('ok 3 links', flush=True)


if __name__ == '__main__':
    main()
