"""Asks a broker who is alive, with one Metadata request spoken by hand.

Listening is not enough: a KRaft broker listens before the controller has taken it in, and a topic
created in that gap is refused for want of replicas. The Metadata answer lists only brokers that
were taken in. By hand, because this runs from synchronous code that may itself run inside an
event loop, where an asyncio client can't be waited for.
"""

from __future__ import annotations

import socket
import struct

METADATA, VERSION = 3, 4
CLIENT = b"squall-dev-broker"
LARGEST_ANSWER = 1 << 20


def live_ports(port: int, timeout_s: float = 2.0) -> set[int]:
    """Return the ports of all brokers which the broker at ``port`` holds to be alive; empty if it
    doesn't answer.
    """
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as connection:
            connection.settimeout(timeout_s)
            connection.sendall(_request())
            return _ports(_answer(connection))
    except (OSError, struct.error, EOFError):
        return set()


def _request() -> bytes:
    header = struct.pack(">hhih", METADATA, VERSION, 1, len(CLIENT)) + CLIENT
    no_topics_no_creation = struct.pack(">ib", 0, 0)
    body = header + no_topics_no_creation
    return struct.pack(">i", len(body)) + body


def _answer(connection: socket.socket) -> bytes:
    (size,) = struct.unpack(">i", _exactly(connection, 4))
    if not 0 < size <= LARGEST_ANSWER:
        raise EOFError
    return _exactly(connection, size)


def _exactly(connection: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        part = connection.recv(size - len(got))
        if not part:
            raise EOFError
        got += part
    return got


def _ports(answer: bytes) -> set[int]:
    """Read correlation id, throttle time, then the array of (node id, host, port, rack)."""
    _, _, count = struct.unpack_from(">iii", answer)
    at, ports = 12, set()
    for _ in range(count):
        (host_length,) = struct.unpack_from(">h", answer, at + 4)
        at += 6 + host_length
        port, rack_length = struct.unpack_from(">ih", answer, at)
        at += 6 + max(rack_length, 0)
        ports.add(port)
    return ports
