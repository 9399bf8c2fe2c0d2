#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# Compares what a library exports with what its headers declare, both ways: public functions in include/, private ones in
# the headers of its layers. The preprocessor reads the headers, because macros declare many of the functions.
# lint-symbols.pending names the headers whose functions are not all written yet. Unless CI=true, a header of which
# nothing is written counts as pending by itself, and one that is complete may still be on the list.
# Usage: lint-symbols.py SOURCE-ROOT BUILD-ROOT LIBRARY INCLUDE-FOLDER LAYER...

import json
import os
import re
import shlex
import subprocess
import sys

PUBLIC = re.compile(r'visibility\s*\(\s*"default"\s*\)\s*\)\s*\)\s*extern\s[^;{(]*?\b(\w+)\s*[(;\[]')
PRIVATE = re.compile(r'\b(_rmq_\w+|rmq_\w+_get_type)\s*\(')
PRIVATE_DATA = re.compile(r'\bextern\b[^;(]*?\b(_rmq_\w+)\s*(?:\[[^]]*\]\s*)*;')
MARKER = re.compile(r'^# \d+ "([^"]*)"')


# How a source of the library is preprocessed: its own command without what names files.
def preprocessor(build):
    with open(os.path.join(build, 'compile_commands.json'), encoding='utf-8') as file:
        entry = next(entry for entry in json.load(file) if entry['file'].endswith('core/base/rmq-version.c'))
    words = shlex.split(entry['command'])
    while words[0].endswith('ccache'):
        words.pop(0)
    flags = [word for word in words[1:] if word.startswith(('-I', '-D', '-isystem', '-std'))]
    return [words[0], *flags, '-E', '-x', 'c', '-'], entry['directory']


# The preprocessed text of each header by itself.
def expand(root, build, headers):
    command, directory = preprocessor(build)
    source = '#include <rmq/rmq.h>\n' + ''.join(f'#include "{os.path.join(root, header)}"\n' for header in headers
                                                if os.path.exists(os.path.join(root, header)))
    output = subprocess.run(command, input=source, cwd=directory, capture_output=True, text=True, check=True).stdout
    texts = {header: [] for header in headers}
    # A template is generated into the build folder.
    places = [os.path.realpath(build), root]
    current = None
    for line in output.split('\n'):
        marker = MARKER.match(line)
        if marker:
            path = os.path.realpath(os.path.join(directory, marker.group(1)))
            current = next((texts[os.path.relpath(path, place)] for place in places
                            if os.path.relpath(path, place) in texts), None)
        elif current is not None:
            current.append(line)
    return {header: '\n'.join(lines) for header, lines in texts.items()}


# Without the functions that are defined right there.
def without_bodies(text):
    n = 1
    while n:
        text, n = re.subn(r'\{[^{}]*\}', '@', text)
    return re.sub(r'\bstatic\b[^;@]*@', ';', text)


def declared_in(text):
    text = without_bodies(text)
    symbols = set(PUBLIC.findall(text))
    for block in re.findall(r'#pragma GCC visibility push\(default\)(.*?)#pragma GCC visibility pop', text, re.DOTALL):
        symbols.update(PRIVATE.findall(block))
        symbols.update(PRIVATE_DATA.findall(block))
    return symbols


def headers_of(root, folder, layers):
    for top in [f'include/{folder}', *(f'core/{layer}' for layer in layers)]:
        for where, _, names in sorted(os.walk(os.path.join(root, top))):
            for name in sorted(names):
                if name.endswith(('.h', '.h.in')):
                    yield os.path.relpath(os.path.join(where, name.removesuffix('.in')), root)


def exported(library):
    lines = subprocess.run(['nm', '-D', '--defined-only', library], capture_output=True, text=True, check=True).stdout
    symbols = set()
    for line in lines.splitlines():
        kind, name = line.split()[-2:]
        if kind != 'A':  # the version nodes themselves
            symbols.add(name.split('@')[0])
    return symbols


def main():
    root, build, library, folder, *layers = sys.argv[1:]
    root = os.path.realpath(root)
    with open(os.path.join(root, 'tests', 'lint-symbols.pending'), encoding='utf-8') as file:
        pending = {line.strip() for line in file if line.strip() and not line.startswith('#')}
    texts = expand(root, build, list(headers_of(root, folder, layers)))
    declared = {header: declared_in(text) for header, text in texts.items()}
    have = exported(library)
    wanted = set().union(*declared.values())
    strict = os.environ.get('CI') == 'true'
    problems = []
    notices = []

    for header, symbols in declared.items():
        missing = sorted(symbols - have)
        if missing and header not in pending:
            to_come = len(missing) == len(symbols) and not strict
            (notices if to_come else problems).extend(f'{header}: {name} is declared and not exported' for name in missing)
        elif not missing and header in pending:
            (problems if strict else notices).append(f'tests/lint-symbols.pending: {header} is complete, take it off')
    for name in sorted(have - wanted):
        problems.append(f'{os.path.basename(library)}: {name} is exported and no header declares it')
    print('\n'.join(f'to come: {notice}' for notice in notices), end='\n' if notices else '')
    print('\n'.join(problems) or f'{len(have)} symbols are exported and declared, {len(wanted - have)} are to come')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
