"""Asks Kafka at the start what this principal may do, so that a missing right has a name.

Without it a worker without a right runs until it first needs it, or idles: a consumer that may not
join its group waits for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    for_code,
)

from app.config import Role, Settings
from app.config.rights import (
    Operation,
    TopicRights,
    canary_rights,
    digest_rights,
    intake_rights,
    topic_rights,
)
from app.errors import ConfigError
from app.stream.asked_rights import AskedGroup, AskedTopics

BITS: Final[Mapping[Operation, int]] = {"read": 1 << 3, "write": 1 << 4}
NOT_TOLD: Final = -(2**31)  # by a broker that doesn't know the question
LOOK_LIMIT_S: Final = 20.0
RETRY_S: Final = 0.25
REMEDY: Final = "grant it; docs/operate.md, Rights, lists what each role needs"
REFUSALS: Final = (
    TopicAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)
_WHAT: Final = ("topic", "group", "transactional id")


async def check_rights(admin: AIOKafkaAdminClient, settings: Settings, role: Role) -> None:
    """Return when this principal may do what the role does with topics and its group.

    The detector's transactional ids are asked for when it opens them. Raises ConfigError that names
    every missing right, KafkaError or TimeoutError when Kafka does not answer.
    """
    async with asyncio.timeout(LOOK_LIMIT_S):
        missing = [*await _missing_on_topics(admin, topic_rights(role, settings.topics))]
        if not await _may_read_group(admin, settings.group(role)):
            missing.append(f"read group {settings.group(role)}")
    _refuse(missing, settings)


async def check_canary_rights(admin: AIOKafkaAdminClient, settings: Settings) -> None:
    """Return when this principal may use the canary's topics; else raise as `check_rights`.

    Its right to see the groups' offsets is asked for when it first looks.
    """
    async with asyncio.timeout(LOOK_LIMIT_S):
        missing = [*await _missing_on_topics(admin, canary_rights(settings.topics))]
    _refuse(missing, settings)


async def check_intake_rights(admin: AIOKafkaAdminClient, settings: Settings) -> None:
    """Return when this principal may use the intake's topic; else raise as `check_rights`."""
    async with asyncio.timeout(LOOK_LIMIT_S):
        missing = [*await _missing_on_topics(admin, intake_rights(settings.topics))]
    _refuse(missing, settings)


async def check_digest_rights(admin: AIOKafkaAdminClient, settings: Settings) -> None:
    """Return when this principal may publish digests; else raise as `check_rights`."""
    async with asyncio.timeout(LOOK_LIMIT_S):
        missing = [*await _missing_on_topics(admin, digest_rights(settings.topics))]
    _refuse(missing, settings)


def _refuse(missing: list[str], settings: Settings) -> None:
    if missing:
        who = settings.kafka.sasl_username or "this principal"
        raise ConfigError(f"{who} may not {', may not '.join(missing)}: {REMEDY}")


def refused(error: BaseException | None) -> ConfigError | None:
    """Return the error that names a right that was taken away, None when none is behind it.

    Kafka's own errors say what happened and not what to do.
    """
    cause = error
    while cause is not None and not isinstance(cause, REFUSALS):
        # Where a transaction is given up after a refusal, that fails too and hides it.
        cause = cause.__cause__ or cause.__context__
    if cause is None:
        return None
    what = _WHAT[next(n for n, kind in enumerate(REFUSALS) if isinstance(cause, kind))]
    named = ", ".join(_names(cause.args)) or "not named"
    return ConfigError(f"Kafka no longer allows this principal its {what} ({named}): {REMEDY}")


def _names(arguments: Iterable[object]) -> Iterator[str]:
    for one in arguments:
        yield from sorted(map(str, one)) if isinstance(one, set | frozenset) else [str(one)]


async def _missing_on_topics(admin: AIOKafkaAdminClient, rights: TopicRights) -> Iterator[str]:
    names = sorted({*rights.read, *rights.write})
    response = await admin._send_request(AskedTopics(names))  # noqa: SLF001 - it has no call for it
    allowed = {topic: _bits(code, bits) for code, topic, _, _, bits in response.topics}
    wanted: list[tuple[Operation, str]] = [("read", name) for name in rights.read]
    wanted += [("write", name) for name in rights.write]
    return (
        f"{operation} {name}" for operation, name in wanted if not _allows(allowed[name], operation)
    )


def _bits(code: int, bits: int) -> int:
    return 0 if code == TopicAuthorizationFailedError.errno else bits


async def _may_read_group(admin: AIOKafkaAdminClient, group: str) -> bool:
    """Ask until there is an answer: a coordinator may still load, or be on its way elsewhere."""
    while True:
        try:
            return await _asked_of_group(admin, group)
        except GroupAuthorizationFailedError:
            return False
        except KafkaError as error:
            if not error.retriable:
                raise
            await asyncio.sleep(RETRY_S)


async def _asked_of_group(admin: AIOKafkaAdminClient, group: str) -> bool:
    node = await admin.find_coordinator(group)
    response = await admin._send_request_to_node(node, AskedGroup(group))  # noqa: SLF001
    ((code, *_, bits),) = response.groups
    if code:
        raise for_code(code)(f"group {group}")
    return _allows(bits, "read")


def _allows(bits: int, operation: Operation) -> bool:
    return bits == NOT_TOLD or bool(bits & BITS[operation])
