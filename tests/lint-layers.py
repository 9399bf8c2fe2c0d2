#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# Fails when an #include goes the wrong way through the layers, or leaves a place that may see public headers only.
# Usage: lint-layers.py SOURCE-ROOT

import os
import re
import sys

# What each layer of core/ may include, besides itself.
BELOW = {
    'base': [],
    'wire': ['base'],
    'plugin': ['base'],
    'remoting': ['base', 'wire', 'plugin'],
    'client': ['base', 'wire', 'plugin', 'remoting'],
    'producer': ['base', 'wire', 'plugin', 'remoting', 'client'],
    'consumer': ['base', 'wire', 'plugin', 'remoting', 'client'],
    'admin': ['base', 'wire', 'plugin', 'remoting', 'client'],
    'broker': ['base', 'wire', 'plugin', 'remoting'],
    'cli': [],
}
# These take the public API and nothing else.
PUBLIC_ONLY = ['cli']
# libsoup aborts a process that has libsoup 2, so only plugins that need it may load it.
PLUGINS_ONLY = ['libsoup/']

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


class Lint:
    def __init__(self, root):
        self.root = root
        self.n_files = 0
        self.problems = []

    def problem(self, path, text, offset, message):
        line = text.count('\n', 0, offset) + 1
        self.problems.append(f'{os.path.relpath(path, self.root)}:{line}: {message}')

    def sources(self, *parts):
        top = os.path.join(self.root, *parts)
        for folder, _, names in sorted(os.walk(top)):
            for name in sorted(names):
                if name.endswith(('.c', '.h', '.in')):
                    yield folder, os.path.join(folder, name)

    def includes(self, path):
        self.n_files += 1
        with open(path, encoding='utf-8') as file:
            text = file.read()
        for match in INCLUDE.finditer(text):
            yield text, match.start(), match.group(1) == '"', match.group(2)

    # The layer that implements a public header, None if that is not known: <rmq/rmq-producer.h> is producer's.
    def layer_of_public(self, header):
        stem = os.path.basename(header)[:-2]
        for layer in BELOW:
            if os.path.exists(os.path.join(self.root, 'core', layer, stem + '.c')):
                return layer
        return None

    def check_core(self, layer):
        allowed = [layer] + BELOW[layer]
        for folder, path in self.sources('core', layer):
            for text, at, quoted, header in self.includes(path):
                if header.startswith(tuple(PLUGINS_ONLY)):
                    self.problem(path, text, at, f'<{header}> belongs into plugins')
                elif header.startswith('rmq/'):
                    owner = self.layer_of_public(header)
                    if owner is not None and owner not in allowed and layer not in PUBLIC_ONLY:
                        self.problem(path, text, at, f'{layer} includes the header of {owner}, <{header}>')
                elif quoted and '/' not in header:
                    if not os.path.exists(os.path.join(folder, header)):
                        self.problem(path, text, at, f'"{header}" is not in this folder: name it by its layer')
                elif quoted:
                    other = header.split('/')[0]
                    if other not in allowed or layer in PUBLIC_ONLY:
                        self.problem(path, text, at, f'{layer} must not include {other}: "{header}"')
                    elif not os.path.exists(os.path.join(self.root, 'core', header)):
                        self.problem(path, text, at, f'"{header}" does not exist')

    def check_public_only(self, *parts):
        for folder, path in self.sources(*parts):
            for text, at, quoted, header in self.includes(path):
                of_test = header == 'rmq-test.h' and os.path.basename(path).startswith('test-')
                if quoted and not of_test and not os.path.exists(os.path.join(folder, header)):
                    self.problem(path, text, at, f'"{header}": only <rmq/rmq.h> and files of this folder')
                elif not quoted and header.startswith(tuple(f'{layer}/' for layer in BELOW)):
                    self.problem(path, text, at, f'<{header}> is private')

    def check_public_headers(self, folder_name):
        for _, path in self.sources('include', folder_name):
            for text, at, quoted, header in self.includes(path):
                if quoted or '-private' in header:
                    self.problem(path, text, at, f'a public header cannot include {header}')


def main():
    lint = Lint(sys.argv[1])
    core = os.path.join(lint.root, 'core')
    for name in sorted(os.listdir(core)):
        if not os.path.isdir(os.path.join(core, name)):
            continue
        if name in BELOW:
            lint.check_core(name)
        else:
            lint.problems.append(f'core/{name}: a layer that tests/lint-layers.py does not know')
    lint.check_public_only('plugins')
    lint.check_public_only('data', 'examples')
    lint.check_public_headers('rmq')
    lint.check_public_headers('rmq-broker')
    print('\n'.join(lint.problems) or f'{lint.n_files} files include only what they may')
    return 1 if lint.problems else 0


if __name__ == '__main__':
    sys.exit(main())
