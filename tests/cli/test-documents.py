#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every command and option that --help tells stands in the manual page and in the completions. TAP."""
import re
import subprocess
import sys

RMQ, manual_path, completions_path = sys.argv[1:]


def help_of(*command):
    return subprocess.run([RMQ, *command, '--help'], stdout=subprocess.PIPE, check=True).stdout.decode()


with open(manual_path, encoding='utf-8') as file:
    manual = re.sub(r'\\f[BIR]', '', file.read()).replace('\\-', '-')
with open(completions_path, encoding='utf-8') as file:
    completions = file.read()

commands = re.findall(r'^  ([a-z]+) +\S', help_of().split('Commands:')[1], re.MULTILINE)
wanted = {*commands}
for command in commands:
    wanted.update(re.findall(r'^  (?:-\w, )?(--[\w-]+)', help_of(command), re.MULTILINE))
number = 0
failed = False
for place, text in (('manual', manual), ('completions', completions)):
    for word in sorted(wanted):
        number += 1
        found = re.search(r'(?<![\w-])' + re.escape(word) + r'(?![\w-])', text)
        failed |= not found
        print(f'{"ok" if found else "not ok"} {number} {place}/{word}')
print(f'1..{number}')
sys.exit(1 if failed else 0)
