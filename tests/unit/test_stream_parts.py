"""The small parts of the stream shell."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from app.config import Settings
from app.config.kafka import KafkaSettings
from app.core.partition import PartitionFold
from app.core.rules import Rules
from app.errors import ConfigError, StateError
from app.stream import versions
from app.stream.application import build_app, slot
from app.stream.batches import Batches
from app.stream.folding import fold_batch
from app.stream.kafka import client_options, faust_credentials, tls_context
from app.stream.load import restore
from app.stream.records import Record, next_offsets
from app.wire import state as state_wire


def secure(**fields: object) -> KafkaSettings:
    return KafkaSettings.model_validate(
        {
            "bootstrap_servers": "kafka.example:9093",
            "security_protocol": "SASL_SSL",
            "sasl_username": "squall",
            "sasl_password": "secret",
            **fields,
        }
    )


def test_a_password_travels_under_a_context_that_checks_the_broker() -> None:
    options = client_options(secure())
    context = options["ssl_context"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert (options["sasl_mechanism"], options["sasl_plain_password"]) == (
        "SCRAM-SHA-512",
        "secret",
    )
    credentials = faust_credentials(secure())
    assert credentials is not None
    assert credentials.protocol.value == "SASL_SSL"


def test_plain_text_has_no_context_and_no_credentials() -> None:
    assert tls_context(KafkaSettings()) is None
    assert faust_credentials(KafkaSettings()) is None
    assert "sasl_plain_password" not in client_options(KafkaSettings())


def test_a_certificate_that_is_none_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "ca.pem"
    broken.write_text("no certificate")
    with pytest.raises(ConfigError, match="ssl_cafile"):
        tls_context(secure(ssl_cafile=broken))


def test_the_installed_versions_are_the_pinned_ones() -> None:
    versions.check_versions()


def test_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(versions.PINNED, "aiokafka", "0.0.1")
    with pytest.raises(ConfigError, match=r"aiokafka is .*pip install aiokafka==0\.0\.1"):
        versions.check_versions()
    monkeypatch.setitem(versions.PINNED, "no-such-package-of-ours", "1")
    monkeypatch.delitem(versions.PINNED, "aiokafka")
    with pytest.raises(ConfigError, match="not installed"):
        versions.check_versions()


def test_the_environment_does_not_reach_faust(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "BROKER_URL": "kafka://elsewhere",
        "WEB_ENABLED": "1",
        "FAUST_WEB_ENABLED": "1",
        "PROCESSING_GUARANTEE": "exactly_once",
    }.items():
        monkeypatch.setenv(name, value)
    conf = build_app(Settings(), "detector").conf
    assert [str(url) for url in conf.broker] == ["kafka://localhost:9092"]
    assert (conf.web_enabled, conf.topic_allow_declare, conf.topic_disable_leader) == (
        False,
        False,
        True,
    )
    assert (conf.key_serializer, conf.value_serializer) == ("raw", "raw")
    assert conf.consumer_group_instance_id == slot(Settings(), "detector")
    assert conf.consumer_auto_offset_reset == "earliest"


async def test_a_turn_waits_for_the_one_before_and_closing_for_both() -> None:
    batches = Batches()
    batches.open()
    order: list[str] = []

    async def batch(name: str) -> None:
        async with batches.turn() as epoch:
            order.append(f"{name} {'runs' if epoch is not None else 'is dropped'}")
            await asyncio.sleep(0.01)
            order.append(f"{name} ends")

    running = [asyncio.create_task(batch(name)) for name in "ab"]
    await asyncio.sleep(0)
    assert await batches.close(wait_s=5)
    await batch("c")
    await asyncio.gather(*running)
    assert order[:2] == ["a runs", "a ends"]
    assert order[-2:] == ["c is dropped", "c ends"]


async def test_the_batch_that_closing_waits_for_is_current_to_its_end() -> None:
    batches = Batches()
    batches.open()
    async with batches.turn() as epoch:
        assert epoch is not None
        closing = asyncio.create_task(batches.close(wait_s=5))
        await asyncio.sleep(0.01)
        assert not batches.is_open
        assert batches.is_current(epoch)
    assert await closing
    assert not batches.is_current(epoch)


async def test_what_outlasts_the_closing_is_not_current() -> None:
    batches = Batches()
    batches.open()
    async with batches.turn() as epoch:
        assert epoch is not None
        assert batches.is_current(epoch)
        assert not await batches.close(wait_s=0.01)
        batches.open()
        assert not batches.is_current(epoch)


def test_the_next_offset_is_that_of_the_last_record_of_each_partition() -> None:
    records = [Record("t", p, o, 0, None, None, ()) for p, o in [(0, 3), (1, 7), (0, 4)]]
    assert next_offsets(records) == {("t", 0): 5, ("t", 1): 8}


def test_an_unreadable_log_record_is_applied_as_a_dead_letter_once() -> None:
    fold = PartitionFold(Rules())
    topics = Settings().topics
    record = Record(topics.scored, 0, 0, 5, b"k", b"?", ())
    folded = fold_batch(topics, 0, fold, [record])
    assert [one.topic for one in folded.outgoing] == [topics.dead_letter, topics.brand_state]
    assert len(folded.rejected) == 1
    again = fold_batch(topics, 0, fold, [record])
    assert [one.topic for one in again.outgoing] == [topics.brand_state]


def test_a_fold_is_restored_from_what_it_wrote() -> None:
    fold = PartitionFold(Rules())
    topics = Settings().topics
    record = Record(topics.scored, 0, 41, 5, b"k", b"?", ())
    written = [one.message for one in fold_batch(topics, 0, fold, [record]).outgoing[1:]]
    latest = {message.key or b"": message.value or b"" for message in written}
    assert restore(Rules(), latest).clock.applied == 41
    with pytest.raises(StateError):
        restore(Rules(), {state_wire.CLOCK_KEY: b"\x01broken"})
