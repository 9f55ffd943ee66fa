"""Liveness, readiness, and a server that answers three paths and survives anybody."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from app.clock import ManualClock
from app.errors import ConfigError
from app.health import Answer, Health, HttpServer
from app.health import server as server_module


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def health(clock: ManualClock) -> Health:
    return Health(stalled_after_s=30, clock=clock)


@pytest.fixture
def server(health: Health) -> Iterator[HttpServer]:
    with closing(health.serve("127.0.0.1", 0)) as server:
        yield server


def _ask(server: HttpServer, path: str, method: str = "GET") -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection(*server.address, timeout=10)) as connection:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, response.read()


def _send(server: HttpServer, data: bytes) -> bytes:
    with socket.create_connection(server.address, timeout=10) as connection:
        connection.sendall(data)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
        return received


def test_alive_while_the_loop_says_so(
    health: Health, server: HttpServer, clock: ManualClock
) -> None:
    assert _ask(server, "/livez") == (200, b'{"alive": true, "beat_age_s": 0.0}\n')
    clock.advance_s(31)
    assert _ask(server, "/livez") == (503, b'{"alive": false, "beat_age_s": 31.0}\n')
    assert _ask(server, "/healthz")[0] == 503
    health.alive()
    assert _ask(server, "/healthz")[0] == 200


def test_ready_is_apart_from_alive(health: Health, server: HttpServer) -> None:
    assert _ask(server, "/readyz") == (503, b'{"ready": false, "why": "starting"}\n')
    health.set_ready(True, "4 partitions")
    status, body = _ask(server, "/readyz")
    assert (status, json.loads(body)) == (200, {"ready": True, "why": "4 partitions"})
    health.set_ready(False, "Kafka\ud800 is gone")
    assert _ask(server, "/readyz")[0] == 503
    assert _ask(server, "/livez")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/metrics",
        "/table/",
        "/router/",
        "/graph/",
        "/livez/",
        "/livez?x=1",
        "/LIVEZ",
        "/../livez",
        "/%6civez",
        "//livez",
        "/livez/../../etc/passwd",
        "http://x/livez",
    ],
)
def test_any_other_path_is_not_found(server: HttpServer, path: str) -> None:
    assert _ask(server, path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get"])
def test_any_other_method_is_not_allowed(server: HttpServer, method: str) -> None:
    assert _ask(server, "/livez", method)[0] == 405


def test_head_has_no_body(server: HttpServer) -> None:
    assert _ask(server, "/livez", "HEAD") == (200, b"")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET /livez\r\n\r\n", 400),
        (b"\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
        (b"GET  /livez HTTP/1.1\r\n\r\n", 400),
        (b"GET /livez HTTP/2\r\n\r\n", 400),
        (b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n\r\n", 431),
        (b"GET /livez HTTP/1.1\r\n" + b"A: b\r\n" * 100_000 + b"\r\n", 431),
        (b"POST /livez HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", 405),
        (b"GET /livez HTTP/1.1\r\n\r\nGET /readyz HTTP/1.1\r\n\r\n", 200),
    ],
)
def test_malformed_and_huge_requests_get_an_answer(
    server: HttpServer, data: bytes, status: int
) -> None:
    received = _send(server, data)

    assert received.startswith(f"HTTP/1.1 {status} ".encode())
    assert received.count(b"HTTP/1.1 ") == 1
    assert b"Server:" not in received


def test_slow_clients_are_cut_off_and_hold_nobody_up(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "_HEAD_TIMEOUT_S", 0.3)
    slow = [socket.create_connection(server.address, timeout=10) for _ in range(10)]
    for connection in slow:
        connection.sendall(b"GET /livez HTTP/1.1\r\nX: ")

    assert _ask(server, "/livez")[0] == 200
    assert [connection.recv(10) for connection in slow] == [b""] * 10
    for connection in slow:
        connection.close()


def test_a_drip_of_bytes_does_not_extend_the_time(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "_HEAD_TIMEOUT_S", 0.3)
    with socket.create_connection(server.address, timeout=0.05) as connection:
        for _ in range(200):  # 10 s at the most; the server ends it long before
            try:
                connection.sendall(b"x")
                if connection.recv(10) == b"":
                    break
            except TimeoutError:
                continue
            except (ConnectionResetError, BrokenPipeError):
                break
        else:
            pytest.fail("the server never closed the connection")


def test_more_connections_than_slots_are_closed_at_once(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "_HEAD_TIMEOUT_S", 0.5)
    crowd = [socket.create_connection(server.address, timeout=10) for _ in range(60)]
    ends = [connection.recv(10) for connection in crowd]
    for connection in crowd:
        connection.close()

    assert ends == [b""] * 60
    assert _ask(server, "/livez")[0] == 200


def test_an_answer_that_fails_is_a_500() -> None:
    def broken() -> Answer:
        raise RuntimeError("secret detail")

    with closing(HttpServer("test", "127.0.0.1", 0, {"/x": broken})) as server:
        assert _ask(server, "/x") == (500, b"Internal Server Error\n")


def test_a_port_in_use_names_the_setting(server: HttpServer) -> None:
    with pytest.raises(ConfigError, match=r"set health\.port to a free port, or to 0 for none"):
        Health().serve(*server.address)


def test_nothing_listens_beyond_loopback_by_default(health: Health) -> None:
    with closing(health.serve(port=0)) as server:
        assert server.address[0] == "127.0.0.1"
