#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts the points of test runs from the logs that Meson writes, one JSON object a line.

A program that speaks TAP counts as its points, any other as one. Failures and skips are listed with their reason; the
last line is the sum. Exit status: 0 when something ran and nothing failed.
"""

import argparse
import json
import re
import subprocess
import sys

PLAN = re.compile(r'^1\.\.(\d+)(?:\s*#\s*skip\S*\s*(.*))?$', re.IGNORECASE)
POINT = re.compile(r'^(not )?ok\b\s*(\d+)?\s*(?:- )?([^#]*)(?:#\s*(skip|todo)\S*\s*(.*))?$', re.IGNORECASE)
PASSED, FAILED, SKIPPED = 'passed', 'failed', 'skipped'
RESULTS = {'OK': PASSED, 'EXPECTEDFAIL': PASSED, 'SKIP': SKIPPED}


def tap_points(output):
    """Yields (result, name, reason) of each point; a plan of none with a reason is one skip."""
    for line in output.splitlines():
        plan = PLAN.match(line)
        point = POINT.match(line)
        if plan and plan[1] == '0':
            yield SKIPPED, '', plan[2] or 'nothing to run'
        elif point and point[4]:
            yield SKIPPED, point[3].strip(), point[5]
        elif point:
            yield FAILED if point[1] else PASSED, point[3].strip(), ''


def speaks_tap(output):
    return any(PLAN.match(line) for line in output.splitlines())


def first_reason(test):
    for line in (test.get('stderr') or test.get('stdout') or '').splitlines():
        if line.strip():
            return line.strip()
    return ''


def points(test):
    output = test.get('stdout') or ''
    whole = RESULTS.get(test['result'], FAILED)
    if not speaks_tap(output):
        yield whole, '', first_reason(test) if whole == SKIPPED else test['result']
        return
    failed = False
    for result, name, reason in tap_points(output):
        failed = failed or result == FAILED
        yield result, name, reason
    if whole == FAILED and not failed:
        yield FAILED, '', f'{test["result"]}, exit status {test.get("returncode")}'


def read_log(path):
    with open(path, encoding='utf-8') as lines:
        for line in lines:
            yield json.loads(line)


def count(paths):
    counts = {PASSED: 0, FAILED: 0, SKIPPED: 0}
    listed = {FAILED: [], SKIPPED: []}
    for path in paths:
        for test in read_log(path):
            for result, name, reason in points(test):
                counts[result] += 1
                if result in listed:
                    listed[result].append(f'{test["name"]} {name}'.strip() + (f': {reason}' if reason else ''))
    for result in (SKIPPED, FAILED):
        for text in listed[result]:
            print(f'{result}: {text}')
    print(f'{counts[PASSED]} passed, {counts[FAILED]} failed'
          + (f', {counts[SKIPPED]} skipped' if counts[SKIPPED] else ''))
    return 0 if counts[PASSED] and not counts[FAILED] else 1


def has_suite(suite, build):
    listed = subprocess.run(['meson', 'introspect', '--tests', build], capture_output=True, check=True).stdout
    return any(name.rpartition(':')[2] == suite for test in json.loads(listed) for name in test['suite'])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--note', nargs=3, metavar=('NAME', 'RESULT', 'TEXT'), help='print a log line of a test that is none of Meson\'s')
    parser.add_argument('--has-suite', nargs=2, metavar=('SUITE', 'BUILD'), help='exit status 0 when it has tests')
    parser.add_argument('logs', nargs='*')
    options = parser.parse_args()
    if options.note:
        name, result, text = options.note
        print(json.dumps({'name': name, 'result': result, 'stderr': text}))
        return 0
    if options.has_suite:
        return 0 if has_suite(*options.has_suite) else 1
    return count(options.logs)


if __name__ == '__main__':
    sys.exit(main())
