"""A service on loopback that answers POSTs from a list of statuses and keeps what it was sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, NamedTuple

import msgspec


class Request(NamedTuple):
    """What came; header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: Any
    raw: bytes


class Script:
    """The statuses to answer with, the last one for ever; 0 breaks the connection."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.requests: list[Request] = []

    def next_status(self) -> int:
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@contextmanager
def answering(script: Script) -> Iterator[str]:
    """Run the service and yield its address, which ends with a slash."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            script.requests.append(Request(self.path, headers, msgspec.json.decode(raw), raw))
            status = script.next_status()
            if status == 0:  # a lost answer: taken, and then the connection breaks
                return
            self.send_response(status)
            self.send_header("Content-Length", "9")
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()
            self.wfile.write(b"an answer")

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
