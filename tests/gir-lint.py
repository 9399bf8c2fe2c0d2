#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# Finds what breaks language bindings and the scanner's --warn-all does not tell: lost functions, pointers without a
# direction, callbacks without a scope, NULL that is not announced, boxed arguments that crash GJS, missing comments.
# Usage: gir-lint.py FILE.gir SOURCE-ROOT

import os
import re
import sys
import xml.etree.ElementTree as ET

CORE = '{http://www.gtk.org/introspection/core/1.0}'
C = '{http://www.gtk.org/introspection/c/1.0}'

# What no language but C can use, and why that is right.
NOT_FOR_BINDINGS = {
    'RmqPluginDescriptor': 'filled in by a macro',
    'RmqPluginInit': 'in that descriptor',
}
# Extension points that no script may serve at: their virtual functions may borrow boxed arguments.
NATIVE_ONLY = {'Transport', 'RpcHook', 'Compressor', 'BrokerStore'}
BASIC = re.compile(r'^(const )?(g?boolean|bool|gu?int\d*|int|unsigned( int)?|u?int\d+_t|gsize|size_t|gssize|g?double|'
                   r'g?float|gu?char|char|GType)\s*\*$')
SIGNAL_ARGUMENTS = 3


def c_name(node):
    return node.get(C + 'identifier') or node.get(C + 'type') or node.get('name')


def functions(parent):
    for tag in ('function', 'method', 'constructor', 'callback', 'virtual-method'):
        yield from parent.findall(CORE + tag)


def parameters(node):
    return node.findall(f'{CORE}parameters/{CORE}parameter')


def value_type(node):
    for tag in ('type', 'array', 'varargs'):
        found = node.find(CORE + tag)
        if found is not None:
            return tag, found
    return None, None


class Lint:
    def __init__(self, root, definitions):
        self.namespace = root.find(CORE + 'namespace')
        self.definitions = definitions
        self.errors = []
        self.boxed = {node.get('name') for node in self.namespace.findall(CORE + 'record')
                      if node.get('{http://www.gtk.org/introspection/glib/1.0}get-type')}
        self.callbacks = {node.get('name') for node in self.namespace.findall(CORE + 'callback')}

    def error(self, where, what):
        self.errors.append(f'{where}: {what}')

    def introspectable(self, node, where):
        if node.get('introspectable') == '0' and where not in NOT_FOR_BINDINGS:
            self.error(where, 'is lost to bindings; if that is right, name it in NOT_FOR_BINDINGS')
            return False
        return node.get('introspectable') != '0'

    def documented(self, node, where):
        if node.find(CORE + 'doc') is None and node.get('moved-to') is None:
            self.error(where, 'has no comment')

    def parameter(self, parameter, where):
        tag, found = value_type(parameter)
        where = f'{where} ({parameter.get("name")})'
        if tag != 'type':
            return
        if BASIC.match(found.get(C + 'type') or '') and parameter.get('direction') in (None, 'in') \
                and not (found.get('name') in ('utf8', 'filename')):
            self.error(where, 'points to a plain value: say (out), (inout) or (array)')
        name = found.get('name') or ''
        is_callback = name in self.callbacks or name.endswith(('Callback', 'Func'))
        if is_callback and parameter.get('scope') is None:
            self.error(where, 'is a callback without (scope)')

    def borrowed_boxed(self, node, where):
        for parameter in parameters(node):
            tag, found = value_type(parameter)
            if tag == 'type' and found.get('name') in self.boxed and parameter.get('transfer-ownership') == 'none' \
                    and parameter.get('direction') in (None, 'in'):
                self.error(f'{where} ({parameter.get("name")})',
                           'is a boxed argument of a callback that is not (transfer full): GJS crashes when it is kept')

    def boxed_array(self, node, where):
        tag, found = value_type(node.find(CORE + 'return-value'))
        if tag == 'array' and any(element.get('name') in self.boxed for element in found):
            self.error(where, 'gives back an array of boxed values: GJS makes NULLs of them')

    def returned(self, node, where):
        returned = node.find(CORE + 'return-value')
        tag, found = value_type(returned)
        if tag == 'array' and found.get('name') == 'GLib.PtrArray' and returned.get('transfer-ownership') == 'full':
            self.error(where, 'returns an array that frees its elements: (transfer container), or bindings free them twice')
        if tag == 'type' and (found.get(C + 'type') or '').replace('const ', '') in ('guint8*', 'uint8_t*', 'gpointer'):
            self.error(where, 'returns bytes of unknown length: give GBytes, or (array length=…)')
        is_pointer = tag == 'array' or (found is not None and (found.get(C + 'type') or '').endswith('*'))
        body = self.definitions.get(node.get(C + 'identifier'))
        if not is_pointer or body is None or node.get('throws') == '1' or returned.get('nullable') == '1':
            return
        if re.search(r'\breturn NULL;|\breturn [^;]*[?:] NULL;', body):
            self.error(where, 'returns NULL, and is not (nullable)')

    def function(self, node, where, is_virtual=False):
        if not self.introspectable(node, where):
            return
        if not is_virtual:
            self.documented(node, where)
        for parameter in parameters(node):
            self.parameter(parameter, where)
        self.returned(node, where)

    def asynchronous(self, parent, where):
        names = {node.get('name') for node in functions(parent)}
        for node in parent.findall(CORE + 'method'):
            takes = any((value_type(parameter)[1].get('name') or '') == 'Gio.AsyncReadyCallback'
                        for parameter in parameters(node) if value_type(parameter)[1] is not None)
            name = node.get('name')
            if takes and not (name.endswith('_async') and name[:-len('async')] + 'finish' in names):
                self.error(f'{where}.{name}', 'is asynchronous: it must be called …_async and have a …_finish')

    def members(self, parent, where):
        self.introspectable(parent, c_name(parent))
        self.documented(parent, where)
        for node in functions(parent):
            if node.tag != CORE + 'virtual-method':
                self.function(node, c_name(node))
            elif parent.get('name') not in NATIVE_ONLY and node.get('introspectable') != '0':
                self.borrowed_boxed(node, f'{where}.{node.get("name")}')
                self.boxed_array(node, f'{where}.{node.get("name")}')
        self.asynchronous(parent, where)
        for node in parent.findall(CORE + 'property'):
            self.documented(node, f'{where}:{node.get("name")}')
        for node in parent.findall('{http://www.gtk.org/introspection/glib/1.0}signal'):
            self.documented(node, f'{where}::{node.get("name")}')
            if len(parameters(node)) > SIGNAL_ARGUMENTS:
                self.error(f'{where}::{node.get("name")}', 'has too many arguments')
        if parent.get('abstract') == '1':
            for node in parent.findall(CORE + 'constructor'):
                self.error(c_name(node), 'looks like a constructor of an abstract class: Vala refuses the namespace')

    def run(self):
        for tag in ('class', 'interface', 'record', 'union'):
            for node in self.namespace.findall(CORE + tag):
                if node.get('{http://www.gtk.org/introspection/glib/1.0}is-gtype-struct-for') is None:
                    self.members(node, node.get('name'))
        for tag in ('enumeration', 'bitfield'):
            for node in self.namespace.findall(CORE + tag):
                self.documented(node, node.get('name'))
                for member in node.findall(CORE + 'member'):
                    self.documented(member, c_name(member))
        for node in self.namespace.findall(CORE + 'callback'):
            if self.introspectable(node, c_name(node)):
                self.documented(node, c_name(node))
                self.borrowed_boxed(node, node.get('name'))
        for node in self.namespace.findall(CORE + 'function'):
            if node.get('moved-to') is None:
                self.function(node, c_name(node))
        return self.errors


# name → body. The style puts the name of a function into the first column, and its braces too.
def read_definitions(root):
    definitions = {}
    for folder, _, names in os.walk(os.path.join(root, 'core')):
        for name in names:
            if name.endswith('.c'):
                with open(os.path.join(folder, name), encoding='utf-8') as file:
                    for found in re.finditer(r'^(rmq_\w+) \([^;{]*?\)\n\{\n(.*?)^\}', file.read(), re.M | re.S):
                        definitions[found.group(1)] = found.group(2)
    return definitions


PLANTED = '''<repository xmlns="http://www.gtk.org/introspection/core/1.0" xmlns:c="http://www.gtk.org/introspection/c/1.0"
 xmlns:glib="http://www.gtk.org/introspection/glib/1.0"><namespace name="T">
<record name="Boxed" glib:get-type="t_boxed_get_type" c:type="TBoxed"><doc/></record>
<callback name="Handler" c:type="THandler"><doc/><return-value><type name="none"/></return-value>
 <parameters><parameter name="message" transfer-ownership="none"><type name="Boxed"/></parameter></parameters></callback>
<class name="Thing" c:type="TThing" abstract="1"><doc/>
 <constructor name="new" c:identifier="t_thing_new"><doc/><return-value><type name="Thing" c:type="TThing*"/></return-value></constructor>
 <method name="lost" c:identifier="t_lost" introspectable="0"><doc/><return-value><type name="none"/></return-value></method>
 <method name="out" c:identifier="t_out"><doc/><return-value><type name="none"/></return-value>
  <parameters><parameter name="x"><type name="gint" c:type="int*"/></parameter></parameters></method>
 <method name="call" c:identifier="t_call"><doc/><return-value><type name="none"/></return-value>
  <parameters><parameter name="f"><type name="Handler" c:type="THandler"/></parameter></parameters></method>
 <method name="bytes" c:identifier="t_bytes"><doc/><return-value><type name="guint8" c:type="guint8*"/></return-value></method>
 <method name="twice" c:identifier="t_twice"><doc/><return-value transfer-ownership="full">
  <array name="GLib.PtrArray"><type name="Boxed"/></array></return-value></method>
 <method name="null" c:identifier="t_null"><doc/><return-value><type name="utf8" c:type="char*"/></return-value></method>
 <method name="later" c:identifier="t_later"><doc/><return-value><type name="none"/></return-value>
  <parameters><parameter name="f" scope="async"><type name="Gio.AsyncReadyCallback"/></parameter></parameters></method>
 <method name="mute" c:identifier="t_mute"><return-value><type name="none"/></return-value></method>
 <virtual-method name="virtual"><return-value><type name="none"/></return-value>
  <parameters><parameter name="b" transfer-ownership="none"><type name="Boxed"/></parameter></parameters></virtual-method>
 <virtual-method name="many"><return-value><array name="GLib.PtrArray"><type name="Boxed"/></array></return-value></virtual-method>
 <glib:signal name="loud"><doc/><parameters><parameter name="a"/><parameter name="b"/><parameter name="c"/>
  <parameter name="d"/></parameters></glib:signal>
</class></namespace></repository>'''


# The linter finds each of these, or it is not believed.
def self_test():
    errors = Lint(ET.fromstring(PLANTED), {'t_null': '  return NULL;\n'}).run()
    wanted = ['Handler (message)', 't_thing_new', 't_lost', 't_out (x)', 't_call (f)', 't_bytes', 't_twice', 't_null', 'Thing.later',
              't_mute', 'Thing.virtual (b)', 'Thing.many', 'Thing::loud']
    missed = [name for name in wanted if not any(error.startswith(name + ':') for error in errors)]
    if missed or len(errors) != len(wanted):
        sys.exit(f'gir-lint.py is wrong: missed {missed}, found {errors}')


def main():
    self_test()
    errors = Lint(ET.parse(sys.argv[1]).getroot(), read_definitions(sys.argv[2])).run()
    for error in sorted(set(errors)):
        print(error)
    sys.exit(1 if errors else 0)


main()
