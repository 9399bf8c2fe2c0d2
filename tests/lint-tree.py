#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# Fails on what the tree must not have: long files and functions, missing licences, introductions and READMEs, notes to
# oneself, paths of somebody's machine, stray white space. READMEs may be to come, unless CI=true.
# Usage: lint-tree.py SOURCE-ROOT

import os
import re
import subprocess
import sys

MAX_LINES = 1000
MAX_FUNCTION_LINES = 100
MAX_README_LINES = 80
CODE = ('.c', '.h', '.py', '.sh', '.js', '.vala', '.h.in', 'meson.build')
# Folders that hold data of others, or samples: no README of their own, no rules for their text.
DATA_FOLDERS = re.compile(r'^tests/(vectors|fuzz/corpus|real)(/|$)')
TOP_LEVEL = {'core', 'plugins', 'include', 'tests', 'data'}
# Put together here, so that this file may be checked too.
NOTES = re.compile(r'\b(' + '|'.join(['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK']) + r')\b')
MACHINE = re.compile(r'(?<![\w.])/(?:' + '|'.join(['wo' + 'rk/', 'ro' + 'ot/', 'ho' + 'me/', 'tm' + 'p/wt']) + ')')


def tracked(root):
    try:
        listed = subprocess.run(['git', '-C', root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
                                capture_output=True, check=True).stdout
        names = [name for name in listed.decode().split('\0') if name]
    except (OSError, subprocess.CalledProcessError):
        names = []
        for folder, folders, files in os.walk(root):
            folders[:] = [name for name in folders if not name.startswith(('.', 'build', '_build'))]
            names += [os.path.relpath(os.path.join(folder, name), root) for name in files]
    return [name for name in sorted(set(names)) if os.path.isfile(os.path.join(root, name))]


def check_top_level(names):
    for top in sorted({name.split('/')[0] for name in names if '/' in name}):
        if top not in TOP_LEVEL and not top.startswith('.'):
            yield f'{top}/: the top level holds {", ".join(sorted(TOP_LEVEL))} only'


def check_readmes(names):
    present = set(names)
    folders = {os.path.dirname(name) for name in names}
    for folder in sorted(folders):
        parts = folder.split('/')
        wanted = len(parts) == 2 and parts[0] in ('core', 'plugins', 'tests') and folder != 'tests/vectors'
        if wanted and f'{folder}/README.md' not in present and any(
                name.startswith(f'{folder}/') and not name.endswith('meson.build') for name in names):
            yield f'{folder}/: no README.md'


# Reads only the text between a brace in the first column and its partner.
def check_functions(name, lines):
    start = None
    for number, line in enumerate(lines, 1):
        if line == '{':
            start = number
        elif line.startswith('}') and start is not None:
            if line == '}' and number - start - 1 > MAX_FUNCTION_LINES:
                yield f'{name}:{start}: a function of {number - start - 1} lines'
            start = None


def check_head(name, lines):
    head = lines[:4]
    if name.endswith('meson.build') or name.endswith('.sh') and not lines:
        return
    if not any('SPDX-License-Identifier: Apache-2.0' in line for line in head[:3]):
        yield f'{name}:1: no SPDX line'
    if name.endswith(('.c', '.h')) and (len(lines) < 3 or not re.match(r' \* \S', lines[2])):
        yield f'{name}:3: does not say what the file does'
    if name.endswith('.h') and not DATA_FOLDERS.match(name) and '#pragma once' not in lines:
        yield f'{name}: no #pragma once'


def check_text(name, lines):
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield f'{name}:{number}: white space at the end'
        if '\t' in line and not name.endswith(('.md', '.svg', '.go', 'go.mod')):
            yield f'{name}:{number}: a tab'
        if NOTES.search(line):
            yield f'{name}:{number}: a note to oneself'
        if MACHINE.search(line):
            yield f'{name}:{number}: a path of somebody\'s machine'


def check_file(root, name):
    with open(os.path.join(root, name), 'rb') as file:
        content = file.read()
    try:
        text = content.decode('utf-8')
    except UnicodeDecodeError:
        if name.endswith(CODE + ('.md',)):
            yield f'{name}: not UTF-8'
        return
    lines = text.split('\n')
    if lines[-1] == '':
        lines.pop()
    elif name.endswith(CODE):
        yield f'{name}: no newline at the end'
    if DATA_FOLDERS.match(name) and not name.endswith(CODE + ('.md',)):
        return
    yield from check_text(name, lines)
    if name.endswith('/README.md') and len(lines) > MAX_README_LINES and not DATA_FOLDERS.match(name):
        yield f'{name}: {len(lines)} lines, more than a page'
    if name.endswith(CODE):
        yield from check_head(name, lines)
        if len(lines) > MAX_LINES:
            yield f'{name}: {len(lines)} lines'
    if name.endswith('.c'):
        yield from check_functions(name, lines)


def main():
    root = sys.argv[1]
    names = tracked(root)
    problems = list(check_top_level(names))
    readmes = list(check_readmes(names))
    if os.environ.get('CI') == 'true':
        problems += readmes
    else:
        print('\n'.join(f'to come: {notice}' for notice in readmes), end='\n' if readmes else '')
    for name in names:
        problems += check_file(root, name)
    print('\n'.join(problems) or f'{len(names)} files')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
