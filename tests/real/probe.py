# SPDX-License-Identifier: Apache-2.0
"""Asks servers over the wire whether they really answer, and finds ports that are free for them."""

import json
import random
import socket
import struct
from pathlib import Path

from jars import HarnessError

REQUEST_UPDATE_BROKER_CONFIG, REQUEST_RUNTIME_INFO, REQUEST_ROUTE, REQUEST_CLUSTER = 25, 28, 105, 106
TOPIC_NOT_EXIST = 17


def receive(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionError("closed")
        data += part
    return data


def ask(port, code, fields=None, body=b""):
    """Sends one request; returns (code, body) of the response or (None, b"") when there is none yet."""
    header = {"code": code, "language": "JAVA", "version": 0, "opaque": 1, "flag": 0, "extFields": fields or {}}
    text = json.dumps(header).encode()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(struct.pack(">II", 4 + len(text) + len(body), len(text)) + text + body)
            total, header_size = struct.unpack(">II", receive(connection, 8))
            payload = receive(connection, total - 4)
        return json.loads(payload[:header_size])["code"], payload[header_size:]
    except (OSError, ValueError):
        return None, b""


def namesrv_answers(port):
    return ask(port, REQUEST_ROUTE, {"topic": "no-such-topic"})[0] == TOPIC_NOT_EXIST


def broker_answers(port, namesrvs, permission):
    if ask(port, REQUEST_RUNTIME_INFO)[0] != 0:
        return False
    address = f'"127.0.0.1:{port}"'.encode()
    if all(address in ask(int(name.rpartition(":")[2]), REQUEST_CLUSTER)[1] for name in namesrvs):
        return True
    # A 5.x broker drops its first registration when it is not connected yet, and tries again after 10 s.
    # It registers at once when its permission is set, here to what it is.
    ask(port, REQUEST_UPDATE_BROKER_CONFIG, body=f"brokerPermission={permission}".encode())
    return False


def port_is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


def pick_port(neighbours=(0,)):
    """Below the range of the kernel for outgoing connections: one of those could take it before its user does."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    for _ in range(1000):
        port = random.randrange(10240, max(lowest, 20480) - 2)
        if all(port_is_free(port + step) for step in neighbours):
            return port
    raise HarnessError("no free port")


def pick_broker_port():
    return pick_port((-2, 0, 1))  # the VIP channel listens two below, replication (haListenPort) one above
