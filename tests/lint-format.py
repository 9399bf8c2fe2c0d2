#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# Fails when a C file is not formatted as .clang-format says. Skips without clang-format, and with another version than
# the one the tree is formatted with, because versions disagree.
# Usage: lint-format.py SOURCE-ROOT

import os
import re
import shutil
import subprocess
import sys

VERSION = '14'
SKIP = 77


def find_program():
    for name in (f'clang-format-{VERSION}', 'clang-format'):
        program = shutil.which(name)
        if program is None:
            continue
        told = subprocess.run([program, '--version'], capture_output=True, text=True).stdout
        match = re.search(r'version (\d+)', told)
        if match and match.group(1) == VERSION:
            return program
    return None


def c_files(root):
    try:
        listed = subprocess.run(
            ['git', '-C', root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard', '*.c', '*.h'],
            capture_output=True, check=True).stdout
        names = [name for name in listed.decode().split('\0') if name]
    except (OSError, subprocess.CalledProcessError):
        names = []
        for top in ('core', 'include', 'plugins', 'tests', 'data'):
            for folder, _, files in os.walk(os.path.join(root, top)):
                names += [os.path.relpath(os.path.join(folder, name), root)
                          for name in files if name.endswith(('.c', '.h'))]
    return [name for name in sorted(names) if os.path.exists(os.path.join(root, name))]


def main():
    root = sys.argv[1]
    program = find_program()
    if program is None:
        print(f'no clang-format {VERSION}')
        return SKIP
    names = c_files(root)
    failed = 0
    for at in range(0, len(names), 100):
        failed |= subprocess.run([program, '--dry-run', '-Werror', '--style=file', *names[at:at + 100]], cwd=root).returncode
    print('run clang-format -i on the files above' if failed else f'{len(names)} files are formatted')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
