"""Free ports on loopback, outside the range that the system hands out to outgoing connections.

A port that the system itself would choose (``bind`` to 0) is a trap for a broker that is killed
and started again on the same port: while it is down, any outgoing connection may get that very
number, and a client that keeps connecting to a dead local port can even be connected to itself.
The broker's restart then fails with "address in use".
"""

from __future__ import annotations

import random
import socket

# Below Linux's 32768 and macOS's 49152, above the well-known servers.
LOWEST, HIGHEST = 20_000, 32_000


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As Java does: a connection of the last broker in TIME_WAIT doesn't count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose(count: int) -> list[int]:
    """Return ``count`` different ports which are free now."""
    chosen: list[int] = []
    while len(chosen) < count:
        port = random.randint(LOWEST, HIGHEST)  # noqa: S311 - no secret
        if port not in chosen and is_free(port):
            chosen.append(port)
    return chosen
