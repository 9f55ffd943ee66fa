"""What Kafka has against what is declared, as a list of differences. Pure; the asking is
elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from app.stream.topics import AT_LEAST, COMPACTION, TopicSpec

Action = Literal["create", "grow", "alter", "refused", "unreadable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActualTopic:
    """A topic as Kafka tells it. ``configs`` is None when this principal may not read them."""

    partitions: int
    replication_factor: int
    configs: Mapping[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as declared.

    - ``action``: ``create``, ``grow`` (partitions) and ``alter`` (settings) are what ``apply``
      does;
      ``refused`` is what it must not or can't do; ``unreadable`` is a topic whose settings this
      principal may not read.
    - ``setting``: "topic", "partitions", "replication.factor" or the name of a setting.
    - ``is_needed``: a worker must not start with it. Else it only costs time or disk.
    - ``why``: what to do about it, when ``apply`` can't.
    """

    topic: str
    action: Action
    setting: str
    actual: str
    declared: str
    is_needed: bool = True
    why: str = ""

    def __str__(self) -> str:
        if self.action == "create":
            return f"{self.topic} is missing, or hidden from this principal"
        text = f"{self.topic}: {self.setting} is {self.actual}, declared {self.declared}"
        return f"{text} ({self.why})" if self.why else text


def compare(spec: TopicSpec, actual: ActualTopic | None) -> Iterator[Difference]:
    """Yield how one topic differs; nothing if it is as declared."""
    if actual is None:
        made = f"{spec.partitions} partitions, {spec.replication_factor} copies"
        yield Difference(
            topic=spec.name, action="create", setting="topic", actual="missing", declared=made
        )
        return
    yield from _partitions(spec, actual.partitions)
    yield from _copies(spec, actual.replication_factor)
    if actual.configs is None:
        yield _unreadable(spec)
    else:
        yield from _settings(spec, actual.configs)


def _partitions(spec: TopicSpec, actual: int) -> Iterator[Difference]:
    is_enough = actual >= spec.partitions if not spec.fixed_because else actual == spec.partitions
    if is_enough:
        return
    yield Difference(
        topic=spec.name,
        action="refused" if spec.fixed_because else "grow",
        setting="partitions",
        actual=str(actual),
        declared=str(spec.partitions),
        why=_why_fixed(spec, actual) if spec.fixed_because else "",
    )


def _why_fixed(spec: TopicSpec, actual: int) -> str:
    if spec.partitions == 1:
        return (
            f"{spec.fixed_because}: delete and recreate it with one partition when it is read empty"
        )
    return (
        f"{spec.fixed_because}, so the count can't change in place: set partitions to {actual}, "
        "or take a new topic_prefix, apply there and replay"
    )


def _copies(spec: TopicSpec, actual: int) -> Iterator[Difference]:
    if actual >= spec.replication_factor:
        return
    yield Difference(
        topic=spec.name,
        action="refused",
        setting="replication.factor",
        actual=str(actual),
        declared=str(spec.replication_factor),
        why="copies are moved by hand: use kafka-reassign-partitions, "
        f"or set replication_factor to {actual}",
    )


def _unreadable(spec: TopicSpec) -> Difference:
    return Difference(
        topic=spec.name,
        action="unreadable",
        setting="settings",
        actual="unknown",
        declared=f"{len(spec.configs)} settings",
        is_needed=False,
        why="this principal lacks DESCRIBE_CONFIGS on the topic",
    )


def _settings(spec: TopicSpec, actual: Mapping[str, str]) -> Iterator[Difference]:
    for name, value in sorted(spec.configs.items()):
        found = actual.get(name, "unknown to this Kafka")
        if not _is_as_declared(name, value, found):
            yield Difference(
                topic=spec.name,
                action="alter",
                setting=name,
                actual=found,
                declared=value,
                is_needed=name not in COMPACTION,
            )


def _is_as_declared(name: str, value: str, found: str) -> bool:
    if name in AT_LEAST:
        return _amount(found) >= _amount(value)
    return found == value


def _amount(value: str) -> float:
    """Return a number of which -1 is the largest, as Kafka writes "no limit"."""
    try:
        number = int(value)
    except ValueError:
        return float("-inf")
    return float("inf") if number == -1 else number
