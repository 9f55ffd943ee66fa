"""Names on Kafka: topics, consumer groups and transactional ids, all from one prefix."""

from __future__ import annotations

from typing import Final, Literal, get_args

Role = Literal["scorer", "detector", "notifier"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

CANARY_BRAND: Final = "squall-canary"
"""Reserved: what is said and told of it is synthetic, made by ``squall canary``."""


class Topics:
    """The topic names, each with ``prefix`` in front as it stands.

    >>> Topics("acme.").scored
    'acme.mentions.scored'
    """

    def __init__(self, prefix: str = "") -> None:
        self.mentions: Final = f"{prefix}mentions"
        self.scored: Final = f"{prefix}mentions.scored"
        self.dead_letter: Final = f"{prefix}mentions.dead-letter"
        self.labelled: Final = f"{prefix}mentions.labelled"
        self.commands: Final = f"{prefix}crisis.commands"
        self.events: Final = f"{prefix}crisis.events"
        self.crisis_state: Final = f"{prefix}crisis.state"
        self.digests: Final = f"{prefix}crisis.digests"
        self.windows: Final = f"{prefix}sentiment.windows"
        self.brand_state: Final = f"{prefix}squall.brand-state"


def id_prefix(topic_prefix: str) -> str:
    """Return what group and transactional ids start with.

    >>> id_prefix("acme."), id_prefix("")
    ('acme', 'squall')
    """
    return topic_prefix.rstrip(".-") or "squall"


def group_id(topic_prefix: str, role: Role) -> str:
    """Return the consumer group of a role, such as ``squall-scorer``."""
    return f"{id_prefix(topic_prefix)}-{role}"


def transactional_id(topic_prefix: str, partition: int) -> str:
    """Return the one transactional id of a log partition. Renaming it ends fencing."""
    return f"{id_prefix(topic_prefix)}-detector-{partition}"
