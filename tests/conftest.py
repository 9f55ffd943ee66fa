"""What every test may ask for: a Kafka for the whole session, one of its own, and names that no
other test uses.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from app.broker import DevBroker
from app.errors import SquallError

BOOTSTRAP = pytest.StashKey[str | None]()


def pytest_configure(config: pytest.Config) -> None:
    """Take SQUALL_TEST_BOOTSTRAP out of the environment: as a setting it would be refused."""
    config.stash[BOOTSTRAP] = os.environ.pop("SQUALL_TEST_BOOTSTRAP", None)


@dataclass(frozen=True, slots=True)
class Kafka:
    """A running Kafka: ``bootstrap`` is ``host:port``, several joined with commas."""

    bootstrap: str


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest) -> Iterator[Kafka]:
    """One Kafka for the whole session: the cluster named by SQUALL_TEST_BOOTSTRAP, else one of
    our own.

    A test that needs Kafka fails when there is none; it never skips.
    """
    given = request.config.stash[BOOTSTRAP]
    if given:
        yield Kafka(given)
        return
    with _started() as broker:
        yield Kafka(broker.bootstrap)


@pytest.fixture
def own_broker() -> Iterator[DevBroker]:
    """A broker for one test alone, which may stop, kill and restart it."""
    with _started() as broker:
        yield broker


@pytest.fixture
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests, and a terminal without colours."""
    for name in [name for name in os.environ if name.startswith("SQUALL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TERM", "dumb")


@pytest.fixture
def topic_prefix() -> str:
    """A topic prefix such as ``t1a2b3c4d.`` that no other test has."""
    return f"t{secrets.token_hex(4)}."


def _started() -> DevBroker:
    broker = DevBroker()
    try:
        broker.start()
    except SquallError as error:
        broker.close()
        pytest.fail(f"no Kafka for the tests: {error}", pytrace=False)
    return broker
