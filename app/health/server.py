"""The small hardened HTTP server of ``/livez``, ``/readyz`` and ``/metrics``.

It knows its routes by exact path, reads no query, no body and no header, gives a client
two seconds for its whole request, and answers on threads of its own: a slow or hostile client can
neither stall the event loop nor read anything else.
"""

from __future__ import annotations

import logging
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from app.errors import ConfigError
from app.logs import event

_LOGGER: Final = logging.getLogger(__name__)
_HEAD_MAX_BYTES: Final = 8 * 1024
_HEAD_TIMEOUT_S: Final = 2.0
_CONNECTIONS_MAX: Final = 32
_STATUS: Final = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a route gives back."""

    status: int
    body: bytes
    content_type: str = "application/json"


Routes = Mapping[str, Callable[[], Answer]]


class HttpServer:
    """Serves ``routes`` (exact paths, GET and HEAD) on threads of its own until ``close``.

    Raises ``ConfigError`` when it can't listen there. ``port`` 0 takes any free one; ``address``
    tells which. ``name`` is the group of settings that errors point to.
    """

    def __init__(self, name: str, host: str, port: int, routes: Routes) -> None:
        try:
            self._server = _Server(host, port, routes)
        except (OSError, OverflowError) as error:
            raise ConfigError(
                f"{name}: can't listen on {host} port {port} ({error}); "
                f"set {name}.port to a free port, or to 0 for none"
            ) from error
        self.address: tuple[str, int] = self._server.server_address[:2]  # type: ignore[assignment]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True, name=name
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening; a running answer is not awaited."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=2)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, host: str, port: int, routes: Routes) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.routes = routes
        self.slots = threading.BoundedSemaphore(_CONNECTIONS_MAX)
        super().__init__((host, port), _Handler)

    def process_request(self, request: object, client_address: object) -> None:
        # Without a limit, idle connections would cost a thread each.
        if not self.slots.acquire(blocking=False):
            self.shutdown_request(request)  # type: ignore[arg-type]
            return
        super().process_request(request, client_address)  # type: ignore[arg-type]

    def process_request_thread(self, request: object, client_address: object) -> None:
        try:
            super().process_request_thread(request, client_address)  # type: ignore[arg-type]
        finally:
            self.slots.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that went away is no event."""


class _Handler(socketserver.BaseRequestHandler):
    server: _Server
    request: socket.socket

    def handle(self) -> None:
        deadline = time.monotonic() + _HEAD_TIMEOUT_S
        head = _read_head(self.request, deadline)
        if head is None:
            return
        method, answer = _route(head, self.server.routes)
        self.request.settimeout(_HEAD_TIMEOUT_S)
        self.request.sendall(_encode(answer, has_body=method != "HEAD"))
        self._linger(deadline)

    def _linger(self, deadline: float) -> None:
        # Closing with unread bytes resets the connection, and the client loses its answer.
        self.request.shutdown(socket.SHUT_WR)
        while (left := deadline - time.monotonic()) > 0:
            self.request.settimeout(left)
            if not self.request.recv(65_536):
                return


def _read_head(connection: socket.socket, deadline: float) -> bytes | None:
    """Return what came up to the empty line, or one byte too many; None when time ran out."""
    head = b""
    while b"\r\n\r\n" not in head and len(head) <= _HEAD_MAX_BYTES:
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        connection.settimeout(left)
        received = connection.recv(4_096)
        if not received:
            return None
        head += received
    return head


def _route(head: bytes, routes: Routes) -> tuple[str, Answer]:
    if b"\r\n\r\n" not in head[: _HEAD_MAX_BYTES + 4]:
        return "", _refusal(431)
    words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        return "", _refusal(400)
    method, path, _ = words
    route = routes.get(path)
    if route is None:
        return method, _refusal(404)
    if method not in {"GET", "HEAD"}:
        return method, _refusal(405)
    try:
        return method, route()
    except Exception as error:  # else the client would wait for an answer that never comes
        event(_LOGGER, "http_answer_failed", logging.ERROR, error, path=path)
        return method, _refusal(500)


def _refusal(status: int) -> Answer:
    return Answer(status, f"{_STATUS[status]}\n".encode(), "text/plain; charset=utf-8")


def _encode(answer: Answer, *, has_body: bool) -> bytes:
    head = [
        f"HTTP/1.1 {answer.status} {_STATUS[answer.status]}",
        f"Content-Type: {answer.content_type}",
        f"Content-Length: {len(answer.body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    ]
    if answer.status == 405:
        head.append("Allow: GET, HEAD")
    return "\r\n".join([*head, "", ""]).encode("latin-1") + (answer.body if has_body else b"")
