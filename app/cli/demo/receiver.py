"""Takes alerts as an Alertmanager would, on loopback, and remembers what fired and what ended."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

import msgspec

from app.errors import InputError

_MAX_BYTES = 1024 * 1024


class _Alert(msgspec.Struct, frozen=True, kw_only=True):
    labels: dict[str, str]
    endsAt: str | None = None  # as Alertmanager's API writes it


class Inbox:
    """What was told so far, by crisis id. An alert is its label set, so severities count apart."""

    def __init__(self) -> None:
        self.posts = 0
        self._lock = threading.Lock()
        self._fired: set[tuple[tuple[str, str], ...]] = set()
        self._ended: set[tuple[tuple[str, str], ...]] = set()

    def take(self, body: bytes) -> None:
        """Take the alerts of one request. Raises InputError when they are none."""
        try:
            alerts = msgspec.json.decode(body, type=list[_Alert])
        except msgspec.DecodeError as error:
            message = f"no alerts of Alertmanager's v2 API ({error}); send a list of them"
            raise InputError(message) from error
        with self._lock:
            self.posts += 1
            for alert in alerts:
                labels = tuple(sorted(alert.labels.items()))
                (self._fired if alert.endsAt is None else self._ended).add(labels)

    @property
    def fired(self) -> frozenset[str]:
        """The crises of which an alert fired."""
        with self._lock:
            return frozenset(dict(labels).get("crisis_id", "") for labels in self._fired)

    @property
    def ended(self) -> frozenset[str]:
        """The crises whose alerts fired and have all ended."""
        with self._lock:
            still = {dict(labels).get("crisis_id", "") for labels in self._fired - self._ended}
        return self.fired - still


class Receiver:
    """The HTTP server around an inbox, on a free port of 127.0.0.1, from entering to leaving."""

    def __init__(self) -> None:
        self.inbox = Inbox()
        inbox = self.inbox

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                try:
                    if self.path != "/api/v2/alerts" or not 0 < length <= _MAX_BYTES:
                        raise InputError("not a post of alerts; use /api/v2/alerts")
                    inbox.take(self.rfile.read(length))
                except InputError as error:
                    self.send_error(400, str(error)[:200])
                else:
                    self.send_response(200)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing: the terminal shows the live table."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """The base address, as ``notifier.alertmanager_url`` wants it."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
