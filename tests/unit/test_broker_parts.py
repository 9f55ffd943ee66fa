"""The parts of the development broker that need no Java."""

from __future__ import annotations

import hashlib
import socket
import struct
from pathlib import Path

import pytest

from app.broker import DevBroker, jars, java, ports, probe
from app.broker.properties import Ports, render, server_properties
from app.errors import UnavailableError, UsageError


def lay_jars(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, contents: dict[str, bytes]) -> None:
    """Make a lock of small jars, and a cache folder of this test's own."""
    lines = [f"{hashlib.sha256(c).hexdigest()}  g:{name}:1" for name, c in contents.items()]
    lock = tmp_path / "jars.lock"
    lock.write_text("# a comment\n" + "\n".join(lines) + "\n", "utf-8")
    monkeypatch.setattr(jars, "LOCK_FILE", lock)
    monkeypatch.delenv("SQUALL_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def serve(monkeypatch: pytest.MonkeyPatch, contents: dict[str, bytes]) -> list[str]:
    """Put a fake Maven Central in place; return the list that each download is noted in."""
    fetched: list[str] = []

    def download(repository: Path) -> list[Path]:
        repository.mkdir(parents=True)
        paths = []
        for name, content in contents.items():
            fetched.append(name)
            paths.append(repository / name)
            paths[-1].write_bytes(content)
        return paths

    monkeypatch.setattr(jars, "_download", download)
    return fetched


def test_the_lock_names_the_kafka_it_is_for() -> None:
    names = [jar.filename for jar in jars.locked()]
    assert f"kafka_2.13-{jars.KAFKA}.jar" in names
    assert len(names) == len(set(names)) == 46
    assert all(len(jar.sha256) == 64 for jar in jars.locked())


def test_jars_are_fetched_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    contents = {"a": b"one", "b": b"two"}
    lay_jars(monkeypatch, tmp_path, contents)
    fetched = serve(monkeypatch, contents)
    folder = tmp_path / "cache" / "squall" / f"kafka-{jars.KAFKA}"
    (folder.parent / ".fetching-killed").mkdir(parents=True)
    assert jars.class_path() == f"{folder}/a-1.jar:{folder}/b-1.jar"
    jars.class_path()
    assert fetched == ["a", "b"]
    assert sorted(p.name for p in folder.parent.iterdir()) == [
        f"kafka-{jars.KAFKA}",
        f"kafka-{jars.KAFKA}.lock",
    ]


def test_a_damaged_jar_is_fetched_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    contents = {"a": b"one", "b": b"two"}
    lay_jars(monkeypatch, tmp_path, contents)
    fetched = serve(monkeypatch, contents)
    jars.class_path()
    (jars.cache_folder() / "b-1.jar").write_bytes(b"tw")
    jars.class_path()
    assert fetched == ["a", "b", "a", "b"]
    assert (jars.cache_folder() / "b-1.jar").read_bytes() == b"two"


def test_a_jar_that_is_not_the_locked_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lay_jars(monkeypatch, tmp_path, {"a": b"one", "b": b"two"})
    serve(monkeypatch, {"a": b"one", "b": b"evil"})
    with pytest.raises(UnavailableError, match=r"g:b:1 as fetched has SHA-256"):
        jars.class_path()
    assert not jars.cache_folder().exists()


def test_the_cache_may_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SQUALL_CACHE", str(tmp_path))
    assert jars.cache_folder() == tmp_path / f"kafka-{jars.KAFKA}"


def fake_java(folder: Path, version: str) -> Path:
    (folder / "bin").mkdir(parents=True)
    path = folder / "bin" / "java"
    path.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n", "utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("said", "version"), [("17.0.15", 17), ("1.8.0_402", 8), ("25", 25), ("none", None)]
)
def test_javas_version_is_read(tmp_path: Path, said: str, version: int | None) -> None:
    assert java.major(fake_java(tmp_path, said)) == version


def test_a_new_enough_java_of_the_machine_serves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(java, "_packaged", lambda: None)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "old"))
    monkeypatch.setenv("PATH", str(tmp_path / "new" / "bin"), prepend=":")
    fake_java(tmp_path / "old", "11.0.2")
    new = fake_java(tmp_path / "new", "21.0.1")
    assert java.find() == new


def test_without_a_java_it_is_said_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(java, "_packaged", lambda: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match=r"no Java 17 or newer.*pip install"):
        java.find()


def test_ports_are_free_different_and_not_the_systems_to_give() -> None:
    chosen = ports.choose(6)
    assert len(set(chosen)) == 6
    assert all(ports.LOWEST <= port <= ports.HIGHEST for port in chosen)


def test_a_taken_port_is_refused() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        assert not ports.is_free(port)
        with pytest.raises(UnavailableError, match=f"port {port} on 127.0.0.1 is taken"):
            DevBroker(port=port)


def test_two_brokers_are_refused() -> None:
    with pytest.raises(UsageError, match="use 1 or 3"):
        DevBroker(nodes=2)


def test_the_address_is_known_before_the_start() -> None:
    port = ports.choose(1)[0]
    assert DevBroker(port=port).bootstrap == f"127.0.0.1:{port}"
    assert len(DevBroker(nodes=3).bootstrap.split(",")) == 3


def test_three_nodes_keep_three_copies(tmp_path: Path) -> None:
    three = [Ports(broker=100 + i, controller=200 + i) for i in (1, 2, 3)]
    found = server_properties(2, three, tmp_path, {"min.insync.replicas": "1"})
    assert found["controller.quorum.voters"] == "1@127.0.0.1:201,2@127.0.0.1:202,3@127.0.0.1:203"
    assert found["listeners"] == "PLAINTEXT://127.0.0.1:102,CONTROLLER://127.0.0.1:202"
    assert found["transaction.state.log.replication.factor"] == "3"
    assert found["transaction.state.log.min.isr"] == "2"
    assert found["min.insync.replicas"] == "1"
    assert "node.id=2\n" in render(found)


def test_live_brokers_are_read_from_a_metadata_answer() -> None:
    def broker(node: int, host: bytes, port: int, rack: bytes | None) -> bytes:
        front = struct.pack(">ih", node, len(host)) + host + struct.pack(">i", port)
        return front + (struct.pack(">h", -1) if rack is None else struct.pack(">h", 2) + rack)

    answer = struct.pack(">iii", 1, 0, 2)
    answer += broker(1, b"127.0.0.1", 9092, None) + broker(2, b"localhost", 9093, b"r1")
    assert probe._ports(answer) == {9092, 9093}


def test_nobody_listening_means_nobody_alive() -> None:
    assert probe.live_ports(ports.choose(1)[0]) == set()
