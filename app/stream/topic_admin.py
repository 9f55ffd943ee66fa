"""Asks Kafka about the topics and makes them as declared. Deletes nothing, shrinks nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, for_code

from app import logs
from app.errors import ConfigError, UnavailableError
from app.stream.topic_differences import ActualTopic, Difference, compare
from app.stream.topics import TopicSpec

LOGGER = logging.getLogger(__name__)
LIMIT_S = 20.0
RETRY_S = 0.25
NO_ERROR = 0
TOPIC_AUTHORIZATION_FAILED = 29
TOPIC_ALREADY_EXISTS = 36
SET_ON_THE_TOPIC = 1  # DescribeConfigs' config_source: not a default of the broker or of Kafka


@asynccontextmanager
async def admin_client(
    options: Mapping[str, Any], *, limit_s: float = LIMIT_S
) -> AsyncIterator[AIOKafkaAdminClient]:
    """Yield a connected admin client, made of the options that every client shares.

    Raises UnavailableError when no broker answers in ``limit_s``, or one stops to inside.
    """
    servers = options["bootstrap_servers"]
    admin = await _connected(options, limit_s)
    try:
        yield admin
    except (KafkaError, TimeoutError) as error:
        raise UnavailableError(_no_answer(servers, error)) from error
    finally:
        await admin.close()


async def differences(
    admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec], *, limit_s: float = LIMIT_S
) -> tuple[Difference, ...]:
    """Return all that isn't as declared, in the order of ``specs``; empty if all is.

    Raises KafkaError or TimeoutError, which ``admin_client`` turns into UnavailableError.
    """
    async with asyncio.timeout(limit_s):
        actual = await _actual(admin, [spec.name for spec in specs])
    return tuple(d for spec in specs for d in compare(spec, actual.get(spec.name)))


async def verify(
    admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec], *, limit_s: float = LIMIT_S
) -> None:
    """Check before a worker starts: a missing topic would otherwise be an idle worker.

    Raises ConfigError that names every difference which a worker can't live with. The others are
    logged: settings that only cost disk, and settings that this principal may not read. So a
    worker of the last version may restart after a deployment has changed such a setting.
    """
    found = await differences(admin, specs, limit_s=limit_s)
    needed = [d for d in found if d.is_needed]
    if needed:
        listed = "; ".join(str(d) for d in needed)
        raise ConfigError(f"topics are not as declared: {listed}; run: squall topics apply")
    for d in found:
        logs.event(
            LOGGER,
            "topic_differs",
            level=logging.WARNING,
            topic=d.topic,
            setting=d.setting,
            actual=d.actual,
            declared=d.declared,
        )


async def apply(
    admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec], *, limit_s: float = LIMIT_S
) -> tuple[Difference, ...]:
    """Make all as declared, wait until Kafka says so, and return what was different.

    Creates topics, adds partitions where that harms nothing, and changes settings. Raises
    ConfigError, before anything is changed, if one difference can't be made good from here; and
    if Kafka refuses a change.
    """
    found = await differences(admin, specs, limit_s=limit_s)
    refused = [d for d in found if d.action in ("refused", "unreadable")]
    if refused:
        lines = "\n".join(f"  {d}" for d in refused)
        message = f"nothing was changed, because this can't be:\n{lines}\ncorrect these first"
        raise ConfigError(message)
    by_name = {spec.name: spec for spec in specs}
    await _create(admin, [by_name[d.topic] for d in found if d.action == "create"])
    await _grow(admin, [by_name[d.topic] for d in found if d.action == "grow"])
    altered = dict.fromkeys(d.topic for d in found if d.action == "alter")
    await _alter(admin, [by_name[name] for name in altered])
    if found:
        await _until_as_declared(admin, specs, limit_s)
    return found


async def _connected(options: Mapping[str, Any], limit_s: float) -> AIOKafkaAdminClient:
    """Try until the limit: at a machine's start, workers and brokers come up side by side."""
    last: Exception | None = None
    try:
        async with asyncio.timeout(limit_s):
            while True:
                admin = AIOKafkaAdminClient(**options)
                try:
                    await admin.start()
                except KafkaError as error:
                    last = error
                    await admin.close()
                    await asyncio.sleep(RETRY_S)
                except BaseException:
                    await admin.close()
                    raise
                else:
                    return admin
    except TimeoutError as error:
        message = _no_answer(options["bootstrap_servers"], last or error)
        raise UnavailableError(message) from error


def _no_answer(servers: str | list[str], error: Exception) -> str:
    names = servers if isinstance(servers, str) else ",".join(servers)
    cause = str(error) or type(error).__name__
    return (
        f"Kafka at {names} does not answer ({cause}); check that it runs, "
        "its address, and the user's name and password"
    )


async def _actual(admin: AIOKafkaAdminClient, names: Iterable[str]) -> dict[str, ActualTopic]:
    # All topics are listed and then chosen from. To ask by name would create a missing one on
    # a cluster with auto.create.topics.enable, with its defaults in place of our declaration.
    listed = {t["topic"]: t["partitions"] for t in await admin.describe_topics()}
    present = [name for name in names if name in listed]
    settings = await _settings(admin, present)
    return {
        name: ActualTopic(
            partitions=len(listed[name]),
            replication_factor=min((len(p["replicas"]) for p in listed[name]), default=0),
            configs=found.in_effect if (found := settings[name]) else None,
        )
        for name in present
    }


async def in_effect(
    admin: AIOKafkaAdminClient, names: Sequence[str]
) -> dict[str, dict[str, str] | None]:
    """Return the settings in effect of each topic, None where this principal may not read them."""
    found = await _settings(admin, names)
    return {name: one.in_effect if one else None for name, one in found.items()}


@dataclass(frozen=True, slots=True)
class Settings:
    """A topic's settings: all in effect, and those set on the topic itself."""

    in_effect: dict[str, str]
    own: dict[str, str]


async def _settings(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, Settings | None]:
    """Return the settings of each topic, None where this principal may not read them."""
    if not names:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found: dict[str, Settings | None] = {}
    for response in await admin.describe_configs(resources):
        for code, message, _, name, entries in response.resources:
            if code not in (NO_ERROR, TOPIC_AUTHORIZATION_FAILED):
                raise for_code(code)(f"settings of {name}: {message}")
            found[name] = _split(entries) if code == NO_ERROR else None
    return found


def _split(entries: Iterable[tuple[Any, ...]]) -> Settings:
    """Read the rows of a DescribeConfigs answer: name, value, read only, source, ..."""
    rows = list(entries)
    return Settings(
        in_effect={row[0]: row[1] for row in rows},
        own={row[0]: row[1] for row in rows if row[3] == SET_ON_THE_TOPIC},
    )


async def _create(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> None:
    if not specs:
        return
    new = [
        NewTopic(s.name, s.partitions, s.replication_factor, topic_configs=dict(s.configs))
        for s in specs
    ]
    response = await admin.create_topics(new)
    # One made by another apply since we looked is fine: what it is like is checked at the end.
    answers = [answer for answer in response.topic_errors if answer[1] != TOPIC_ALREADY_EXISTS]
    _refuse_if_any("create", answers)


async def _grow(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> None:
    for spec in specs:
        try:
            await admin.create_partitions({spec.name: NewPartitions(spec.partitions)})
        except KafkaError as error:
            answer = (spec.name, getattr(error, "errno", -1), str(error))
            _refuse_if_any("add partitions to", [answer])


async def _alter(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> None:
    """Set what is declared, and set again what else is set on the topic.

    aiokafka has only the old AlterConfigs, which takes back every setting it isn't given.
    """
    if not specs:
        return
    found = await _settings(admin, [spec.name for spec in specs])
    resources = [
        ConfigResource(ConfigResourceType.TOPIC, spec.name, configs=_kept(spec, found[spec.name]))
        for spec in specs
    ]
    for response in await admin.alter_configs(resources):
        answers = [(name, code, message) for code, message, _, name in response.resources]
        _refuse_if_any("alter", answers)


def _kept(spec: TopicSpec, found: Settings | None) -> dict[str, str]:
    """Return the topic's own settings, those that differ replaced by what is declared."""
    if found is None:
        message = f"the settings of {spec.name} can't be read any more; grant DESCRIBE_CONFIGS"
        raise ConfigError(message)
    actual = ActualTopic(
        partitions=spec.partitions,
        replication_factor=spec.replication_factor,
        configs=found.in_effect,
    )
    return {**found.own, **{d.setting: d.declared for d in compare(spec, actual)}}


def _refuse_if_any(what: str, answers: Iterable[tuple[str, int, str | None]]) -> None:
    """Raise ConfigError that names each (topic, error code, message) which is an error."""
    refused = [
        f"  {topic}: {getattr(for_code(code), 'message', code)}: {message or 'no reason given'}"
        for topic, code, message in sorted(answers)
        if code != NO_ERROR
    ]
    if refused:
        lines = "\n".join(refused)
        message = (
            f"Kafka refuses to {what} topics:\n{lines}\n"
            "check the admin's rights and the cluster's policies, then run: squall topics apply"
        )
        raise ConfigError(message)


async def _until_as_declared(
    admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec], limit_s: float
) -> None:
    """Wait until the brokers tell what the controller has taken in, and each partition is led."""
    left: tuple[Difference, ...] = ()
    try:
        async with asyncio.timeout(limit_s):
            while True:
                left = await differences(admin, specs, limit_s=limit_s)
                if not left and await _are_led(admin, {spec.name for spec in specs}):
                    return
                await asyncio.sleep(RETRY_S)
    except TimeoutError as error:
        lines = "; ".join(map(str, left)) or "partitions without a leader"
        message = (
            f"the topics are not ready {limit_s:.0f} s after the change: {lines}; check the brokers"
        )
        raise UnavailableError(message) from error


async def _are_led(admin: AIOKafkaAdminClient, names: set[str]) -> bool:
    topics = [t for t in await admin.describe_topics() if t["topic"] in names]
    return all(p["leader"] >= 0 for t in topics for p in t["partitions"])
