"""The declared topics, and what is said of a Kafka that has others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.config import Topics
from app.stream.sending import MAX_BATCH_BYTES
from app.stream.topic_differences import ActualTopic, Difference, compare
from app.stream.topics import DAY_MS, MIB, TopicSpec, declared

NAMES = Topics("t.")
SPECS = {spec.name: spec for spec in declared(NAMES, 6, 3)}


def as_declared(spec: TopicSpec) -> ActualTopic:
    return ActualTopic(
        partitions=spec.partitions,
        replication_factor=spec.replication_factor,
        configs={**spec.configs, "flush.ms": "1"},
    )


def only(spec: TopicSpec, actual: ActualTopic) -> Difference:
    (found,) = compare(spec, actual)
    return found


def with_setting(spec: TopicSpec, name: str, value: str) -> ActualTopic:
    return replace(as_declared(spec), configs={**spec.configs, name: value})


def test_every_topic_is_declared_once() -> None:
    assert set(SPECS) == set(vars(NAMES).values())
    assert len(declared(NAMES, 6, 3)) == 10


def test_what_follows_the_log_has_its_partitions() -> None:
    followers = {NAMES.scored, NAMES.events, NAMES.crisis_state, NAMES.windows, NAMES.brand_state}
    assert {name for name, spec in SPECS.items() if spec.partitions == 6} == {
        *followers,
        NAMES.mentions,
    }
    assert all(SPECS[name].fixed_because for name in followers)
    for name in (NAMES.commands, NAMES.dead_letter, NAMES.labelled, NAMES.digests):
        assert SPECS[name].partitions == 1


@pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.name)
def test_no_topic_keeps_a_bomb_or_a_time_of_the_producer(spec: TopicSpec) -> None:
    assert spec.configs["compression.type"] == "uncompressed"
    assert spec.configs["message.timestamp.type"] == "LogAppendTime"
    assert int(spec.configs["max.message.bytes"]) <= 1.5 * MIB
    assert spec.configs["min.insync.replicas"] == "2"
    has_an_end = "retention.ms" in spec.configs
    assert has_an_end == (spec.configs["cleanup.policy"] == "delete")


def test_one_copy_asks_for_no_second_in_step() -> None:
    assert all("min.insync.replicas" not in s.configs for s in declared(NAMES, 4, 1))


def test_a_full_batch_of_ours_fits_where_we_write() -> None:
    ours = set(SPECS) - {NAMES.mentions, NAMES.commands}
    room = min(int(SPECS[name].configs["max.message.bytes"]) for name in ours)
    assert room > MAX_BATCH_BYTES


def test_the_largest_mention_fits_into_a_dead_letter_with_its_headers() -> None:
    mention = int(SPECS[NAMES.mentions].configs["max.message.bytes"])
    letter = int(SPECS[NAMES.dead_letter].configs["max.message.bytes"])
    assert mention > MIB
    assert letter - mention >= 64 * 1024


def test_the_log_outlives_the_mentions() -> None:
    def days(name: str) -> float:
        return int(SPECS[name].configs["retention.ms"]) / DAY_MS

    assert days(NAMES.mentions) == 7
    assert days(NAMES.mentions) <= days(NAMES.scored) <= days(NAMES.windows) <= days(NAMES.events)


@pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.name)
def test_nothing_differs_from_itself(spec: TopicSpec) -> None:
    assert list(compare(spec, as_declared(spec))) == []


def test_a_missing_topic_is_created() -> None:
    (found,) = compare(SPECS["t.mentions"], None)
    assert (found.action, found.is_needed) == ("create", True)
    assert str(found) == "t.mentions is missing, or hidden from this principal"


def test_mentions_may_grow_and_be_larger() -> None:
    spec = SPECS[NAMES.mentions]
    assert only(spec, replace(as_declared(spec), partitions=5)).action == "grow"
    assert list(compare(spec, replace(as_declared(spec), partitions=7))) == []


@pytest.mark.parametrize("count", [5, 7])
def test_the_log_never_changes_its_partitions(count: int) -> None:
    spec = SPECS[NAMES.scored]
    found = only(spec, replace(as_declared(spec), partitions=count))
    assert found.action == "refused"
    assert f"set partitions to {count}, or take a new topic_prefix" in found.why


def test_commands_stay_in_one_order() -> None:
    spec = SPECS[NAMES.commands]
    found = only(spec, replace(as_declared(spec), partitions=2))
    assert found.action == "refused"
    assert "one order" in found.why


def test_fewer_copies_are_refused_and_more_are_fine() -> None:
    spec = SPECS[NAMES.scored]
    found = only(spec, replace(as_declared(spec), replication_factor=1))
    assert (found.action, found.setting) == ("refused", "replication.factor")
    assert "kafka-reassign-partitions" in found.why
    assert list(compare(spec, replace(as_declared(spec), replication_factor=5))) == []


def test_a_setting_that_means_something_is_needed() -> None:
    spec = SPECS[NAMES.events]
    found = only(spec, with_setting(spec, "cleanup.policy", "compact"))
    assert (found.action, found.is_needed) == ("alter", True)
    assert str(found) == "t.crisis.events: cleanup.policy is compact, declared delete"


def test_a_setting_that_only_costs_is_not() -> None:
    spec = SPECS[NAMES.brand_state]
    assert not only(spec, with_setting(spec, "segment.ms", "1")).is_needed


@pytest.mark.parametrize(
    ("days", "is_fine"), [(6, False), (7, True), (90, True), (-1 / DAY_MS, True)]
)
def test_a_longer_retention_is_the_operators_choice(days: float, is_fine: bool) -> None:
    spec = SPECS[NAMES.mentions]
    actual = with_setting(spec, "retention.ms", str(round(days * DAY_MS)))
    assert (list(compare(spec, actual)) == []) == is_fine


def test_a_limit_by_size_is_taken_away() -> None:
    spec = SPECS[NAMES.scored]
    found = only(spec, with_setting(spec, "retention.bytes", "1000000"))
    assert (found.action, found.declared) == ("alter", "-1")


def test_settings_that_may_not_be_read_are_not_held_against_a_worker() -> None:
    spec = SPECS[NAMES.scored]
    found = only(spec, replace(as_declared(spec), configs=None))
    assert (found.action, found.is_needed) == ("unreadable", False)
    assert "DESCRIBE_CONFIGS" in found.why


def test_a_setting_that_kafka_does_not_know_is_told() -> None:
    spec = SPECS[NAMES.scored]
    found = only(spec, replace(as_declared(spec), configs=_without(spec, "retention.ms")))
    assert found.actual == "unknown to this Kafka"


def _without(spec: TopicSpec, name: str) -> dict[str, str]:
    return {key: value for key, value in spec.configs.items() if key != name}
