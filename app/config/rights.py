"""What each role may do on Kafka: one list for the check at the start, the chart and the docs."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from app.config.names import ROLES, Role, Topics

Operation = Literal["read", "write"]


class TopicRights(NamedTuple):
    """The topics that a role reads and writes; either includes DESCRIBE."""

    read: tuple[str, ...]
    write: tuple[str, ...]


def topic_rights(role: Role, topics: Topics) -> TopicRights:
    """Return the topics that a role must be allowed to read and to write.

    >>> topic_rights("notifier", Topics("acme.")).write
    ()
    """
    by_role: Final = {
        "scorer": TopicRights(
            read=(topics.mentions, topics.commands), write=(topics.scored, topics.dead_letter)
        ),
        "detector": TopicRights(
            read=(topics.scored, topics.brand_state),
            write=(
                topics.events,
                topics.crisis_state,
                topics.windows,
                topics.brand_state,
                topics.dead_letter,
                topics.labelled,
            ),
        ),
        "notifier": TopicRights(
            read=(topics.events, topics.crisis_state, topics.labelled), write=()
        ),
    }
    return by_role[role]


def canary_rights(topics: Topics) -> TopicRights:
    """Return the topics of the canary. It is in no group, and describes those of the roles."""
    return TopicRights(
        read=(topics.events, topics.windows), write=(topics.mentions, topics.commands)
    )


def intake_rights(topics: Topics) -> TopicRights:
    """Return the topics of ``squall intake`` and ``squall import``: it reads what it wrote."""
    return TopicRights(read=(topics.mentions,), write=(topics.mentions,))


def digest_rights(topics: Topics) -> TopicRights:
    """Return the topics of ``squall digest --publish``; without it, it reads the first two."""
    return TopicRights(
        read=(topics.windows, topics.events, topics.digests), write=(topics.digests,)
    )


def of_all_roles(topics: Topics) -> TopicRights:
    """Return what one principal for all roles, canary, intake and digests needs, each topic
    once.
    """
    rights = [*(topic_rights(role, topics) for role in ROLES), canary_rights(topics)]
    rights += [intake_rights(topics), digest_rights(topics)]
    return TopicRights(
        read=tuple(dict.fromkeys(name for one in rights for name in one.read)),
        write=tuple(dict.fromkeys(name for one in rights for name in one.write)),
    )
