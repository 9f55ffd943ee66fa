"""The development broker is a real Kafka: it keeps what it acknowledged, and ends with us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from app.broker import DevBroker, ports
from app.errors import UnavailableError, UsageError
from tests.conftest import Kafka
from tests.kafka_tools import Record, create_topic, produce, read_all

GONE_S = 30
SQUALL = [sys.executable, "-m", "app.cli.main"]

OWNER = """
import sys, time
from app.broker import DevBroker
broker = DevBroker()
broker.start()
print(broker.pids[0], broker.logs[0], flush=True)
time.sleep(600)
"""


def running(broker: DevBroker) -> int:
    return len(broker.pids)


async def test_records_come_back_as_they_were(kafka: Kafka, topic_prefix: str) -> None:
    topic = f"{topic_prefix}raw"
    await create_topic(kafka.bootstrap, topic, partitions=2)
    sent = [
        Record(value=b"one", key=b"k", headers=(("h", b"1"), ("h", b"2")), partition=1),
        Record(value=None, key=b"k", partition=1),
        Record(value=b"\x00\xff", partition=0),
    ]
    stored = await produce(kafka.bootstrap, topic, sent)
    assert [(r.partition, r.offset) for r in stored] == [(1, 0), (1, 1), (0, 0)]
    assert await read_all(kafka.bootstrap, topic) == [stored[2], stored[0], stored[1]]


async def test_an_unknown_topic_is_not_made(kafka: Kafka, topic_prefix: str) -> None:
    with pytest.raises(TimeoutError):
        await read_all(kafka.bootstrap, f"{topic_prefix}nowhere", limit_s=2)


async def test_records_survive_kill_9_at_the_same_address(own_broker: DevBroker) -> None:
    address = own_broker.bootstrap
    await create_topic(address, "kept")
    stored = await produce(
        address, "kept", [Record(value=b"%d" % i, timestamp_ms=i) for i in range(100)]
    )
    (before,) = own_broker.pids
    own_broker.kill()
    assert own_broker.pids == ()
    assert not psutil.pid_exists(before)
    own_broker.start()
    assert own_broker.bootstrap == address
    assert await read_all(address, "kept") == stored
    own_broker.restart()
    assert await read_all(address, "kept") == stored


def test_it_listens_on_loopback_only(own_broker: DevBroker) -> None:
    connections = psutil.Process(own_broker.pids[0]).net_connections("inet")
    listening = [c.laddr.ip for c in connections if c.status == psutil.CONN_LISTEN]
    assert len(listening) == 2
    assert {address.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}


def test_no_such_node_and_a_broker_that_ended_are_named(own_broker: DevBroker) -> None:
    with pytest.raises(UsageError, match="no broker 2"):
        own_broker.kill(2)
    own_broker.check()
    own_broker.kill()
    with pytest.raises(UnavailableError, match=r"node-1\) has ended; .*kafka\.log ends with"):
        own_broker.check()


async def test_a_given_folder_is_kept(tmp_path: Path) -> None:
    port = ports.choose(1)[0]
    with DevBroker(data_dir=tmp_path, port=port) as broker:
        await create_topic(broker.bootstrap, "kept")
        stored = await produce(broker.bootstrap, "kept", [Record(value=b"v", timestamp_ms=1)])
    with DevBroker(data_dir=tmp_path, port=port) as broker:
        assert await read_all(broker.bootstrap, "kept") == stored


def test_a_temporary_folder_is_removed() -> None:
    with DevBroker() as broker:
        folder = broker.logs[0].parent.parent
        assert folder.is_dir()
        (pid,) = broker.pids
    assert not folder.exists()
    assert not psutil.pid_exists(pid)


def test_settings_that_kafka_refuses_are_told_with_its_log() -> None:
    with (
        pytest.raises(
            UnavailableError, match=r"(?s)kafka\.log ends.*value many .* num\.io\.threads"
        ),
        DevBroker(extra_properties={"num.io.threads": "many"}),
    ):
        pass


def test_a_start_that_takes_too_long_is_given_up() -> None:
    broker = DevBroker(start_limit_s=0.05)
    with pytest.raises(UnavailableError, match=r"not ready in 0 s; .*kafka\.log"), broker:
        pass
    assert broker.pids == ()


def test_it_ends_with_an_owner_killed_with_9() -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        pid, log = owner.stdout.readline().split()
        java = psutil.Process(int(pid))
        assert "kafka.Kafka" in java.cmdline()
        owner.kill()
    gone, _ = psutil.wait_procs([java], GONE_S)
    assert gone
    keepers = [
        p for p in psutil.process_iter(["cmdline"]) if log.decode() in (p.info["cmdline"] or [])
    ]
    psutil.wait_procs(keepers, GONE_S)
    assert not Path(os.fsdecode(log)).parent.parent.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_runs_one_until_it_is_told_to_end(
    tmp_path: Path, number: signal.Signals
) -> None:
    port = ports.choose(1)[0]
    command = [*SQUALL, "dev-broker", "--port", str(port), "--data", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"127.0.0.1:{port}\n".encode()
            process.send_signal(number)
            assert process.wait(GONE_S) == 0
        finally:
            process.kill()  # a shell that starts tests in the background has SIGINT ignored
    assert ports.is_free(port)
    assert (tmp_path / "node-1" / "data" / "meta.properties").exists()


@pytest.mark.slow
async def test_three_nodes_go_on_without_one() -> None:
    with DevBroker(nodes=3, heap_mb=256) as broker:
        await create_topic(broker.bootstrap, "wide", copies=3)
        first = await produce(broker.bootstrap, "wide", [Record(value=b"three")])
        broker.kill(1)
        assert running(broker) == 2
        second = await produce(broker.bootstrap, "wide", [Record(value=b"two")])
        broker.start(1)
        assert running(broker) == 3
        assert await read_all(broker.bootstrap, "wide") == first + second
