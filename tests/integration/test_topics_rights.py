"""What a worker's principal of few rights sees of the topics, on a Kafka with an authorizer."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from app.broker import DevBroker, ports
from app.config import Topics
from app.errors import ConfigError, UnavailableError
from app.stream.topic_admin import admin_client, apply, differences, verify
from app.stream.topics import declared
from tests.kafka_acl import Grant, grant, sasl_properties
from tests.kafka_tools import declare_topics
from tests.worker_tools import until

SPECS = declared(Topics(), 2, 1)


@pytest.fixture(scope="module")
def secured() -> Iterator[tuple[str, dict[str, Any]]]:
    """A Kafka: its address for the all-powerful, and the worker's options."""
    port = ports.choose(1)[0]
    worker = {
        "bootstrap_servers": f"127.0.0.1:{port}",
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": "worker",
        "sasl_plain_password": "secret",
    }
    with DevBroker(extra_properties=sasl_properties(port, {"worker": "secret"})) as broker:
        yield broker.bootstrap, worker


async def test_rights_one_after_another(
    secured: tuple[str, dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    bootstrap, worker = secured
    await declare_topics(bootstrap, "", partitions=2)
    async with admin_client({"bootstrap_servers": bootstrap}) as root, admin_client(worker) as own:
        with pytest.raises(ConfigError, match="mentions is missing, or hidden from this principal"):
            await verify(own, SPECS)
        with pytest.raises(ConfigError, match=r"  mentions: TOPIC_AUTHORIZATION_FAILED"):
            await apply(own, SPECS)

        await grant(root, _worker("describe"))
        await until(lambda: _is_seen(own))  # a grant is the controller's first, the broker's soon
        caplog.clear()
        with caplog.at_level(logging.WARNING, logger="app.stream.topic_admin"):
            await verify(own, SPECS)
        assert len(caplog.records) == len(SPECS)
        assert {d.action for d in await differences(own, SPECS)} == {"unreadable"}
        with pytest.raises(ConfigError, match="lacks DESCRIBE_CONFIGS"):
            await apply(own, SPECS)
        with pytest.raises(ConfigError, match=r"mentions\.scored: partitions is 2, declared 3"):
            await verify(own, declared(Topics(), 3, 1))

        await grant(root, _worker("describe-configs"))
        await until(lambda: _is_as_declared(own))


async def _is_seen(own: AIOKafkaAdminClient) -> bool:
    return {d.action for d in await differences(own, SPECS)} == {"unreadable"}


async def _is_as_declared(own: AIOKafkaAdminClient) -> bool:
    return await differences(own, SPECS) == ()


async def test_a_wrong_password_is_said_so(secured: tuple[str, dict[str, Any]]) -> None:
    _, worker = secured
    with pytest.raises(UnavailableError, match="the user's name and password"):
        async with admin_client({**worker, "sasl_plain_password": "wrong"}, limit_s=1):
            pass


def _worker(operation: Any) -> Grant:
    return Grant(user="worker", operation=operation, resource="topic", name="*")
