"""Corrections through the router and the detector's writes: all accepted, texts by policy."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.config import Settings
from app.core.event import Labelled
from app.core.mention import Label
from app.core.partition import PartitionFold
from app.core.record import Command
from app.core.rules import Rules
from app.metrics import Metrics
from app.stream.folding import Folded, fold_batch
from app.stream.records import Record
from app.stream.router import Router
from app.stream.sending import Outgoing
from app.stream.telling import Teller
from app.wire import labelled, log
from tests.unit.folding import command

TEXT = "Zamówiłam 3 marca. " * 30


def given(number: int, **fields: Any) -> Record:
    document = {
        "id": f"c{number}",
        "brand": f"Brand {number % 7}",
        "action": "correct-label",
        "actor": "ada@example.org",
        "at": "2026-03-02T09:16:40Z",
        "mention_id": f"m{number}",
        "label": "neutral",
        **fields,
    }
    value = json.dumps(document).encode()
    return Record("crisis.commands", 0, number, 1, None, value, ())


async def routed(records: list[Record], **scorer: Any) -> list[Outgoing]:
    sent: list[Outgoing] = []

    async def deliver(outgoing: Any) -> None:
        sent.extend(outgoing)

    router = Router(Settings.model_validate({"scorer": scorer}), Metrics(), deliver)
    for start in range(0, len(records), 100):
        await router.handle(records[start : start + 100])
    return sent


def read(outgoing: Outgoing) -> Command:
    record = log.decode(outgoing.message.value, outgoing.message.headers)
    assert isinstance(record, Command)
    return record


async def test_a_correction_comes_into_the_log_with_a_pseudonym_and_no_text() -> None:
    (sent,) = await routed([given(1, text=TEXT)])
    found = read(sent)
    assert (sent.topic, sent.message.key) == ("mentions.scored", b"brand 1")
    assert (found.mention_id, found.label, found.text) == ("m1", Label.NEUTRAL, "")
    assert len(found.labeller) == 16
    assert "ada" not in found.labeller


async def test_the_text_comes_along_where_excerpts_do_and_as_long() -> None:
    (sent,) = await routed([given(1, text=TEXT)], excerpt="full", excerpt_max=40)
    assert read(sent).text == TEXT[:40]


async def test_a_salt_changes_the_pseudonym() -> None:
    plain, salted = [
        read((await routed([given(1)], **scorer))[0]).labeller
        for scorer in ({}, {"author_salt": "pepper"})
    ]
    assert plain != salted


async def test_what_is_no_correction_is_a_dead_letter() -> None:
    sent = await routed([given(1, label="angry"), given(2, mention_id=None), given(3)])
    assert [one.topic for one in sent] == ["mentions.dead-letter"] * 2 + ["mentions.scored"]


async def test_ten_thousand_corrections_at_once_are_answered_and_pooled_once_each() -> None:
    sent = await routed([given(number) for number in range(10_000)])
    records = [
        Record("mentions.scored", 0, offset, 1, message.key, message.value, message.headers)
        for offset, message in enumerate(one.message for one in sent)
    ]
    topics, fold = Settings().topics, PartitionFold(Rules())
    folded = [
        fold_batch(topics, 0, fold, records[start : start + 500])
        for start in range(0, len(records), 500)
    ]
    written = [one for batch in folded for one in batch.outgoing]
    pool = [one for one in written if one.topic == topics.labelled]
    assert len([one for one in written if one.topic == topics.events]) == len(pool) == 10_000
    assert {one.partition for one in pool} == {0}
    decoded = [labelled.decode(one.message.value, one.message.headers) for one in pool]
    assert len({one.id for one in decoded if isinstance(one, Labelled)}) == 10_000
    again = fold_batch(topics, 0, fold, records)  # as after a crash before the commit's answer
    assert [one.topic for one in again.outgoing] == [topics.brand_state]


def test_the_pool_is_written_in_the_transaction_of_the_event() -> None:
    order = command(
        1, "correct-label", mention_id="m1", label=Label.NEUTRAL, labeller="f" * 16, text="x"
    )
    message = log.encode(order)
    record = Record("mentions.scored", 0, 0, 1, message.key, message.value, message.headers)
    topics = Settings().topics
    folded = fold_batch(topics, 3, PartitionFold(Rules()), [record])
    assert [(one.topic, one.partition) for one in folded.outgoing] == [
        (topics.events, 3),
        (topics.labelled, 0),
        (topics.brand_state, 3),
        (topics.brand_state, 3),
    ]
    pooled = labelled.decode(folded.outgoing[1].message.value)
    assert isinstance(pooled, Labelled)
    assert (pooled.text, pooled.command_id, pooled.labeller) == ("x", "c1", "f" * 16)


def test_corrections_do_not_wait_for_a_crisis_to_be_told() -> None:
    fold, topics = PartitionFold(Rules()), Settings().topics
    order = command(1, "correct-label", mention_id="m1", label=Label.NEUTRAL, labeller="f" * 16)
    metrics = Metrics()
    teller = Teller(metrics, topics)
    teller.partition(0, Folded([], fold.apply(0, order), []), None)
    assert b'squall_events_total{severity="info",type="corrected"} 1.0' in metrics.render()
    assert teller._steps == []


@pytest.mark.parametrize(
    "bad",
    [
        {"label": "uncertain"},
        {"label": None},
        {"mention_id": "a\nb"},
        {"source": "fax"},
        {"model_label": "angry"},
        {"lang": "x" * 36},
        {"text": "x" * 8_001},
    ],
)
async def test_a_bad_field_is_refused_and_never_quoted(bad: dict[str, Any]) -> None:
    (sent,) = await routed([given(1, **bad)])
    assert sent.topic == "mentions.dead-letter"
    detail = dict(sent.message.headers)["squall_detail"].decode()
    assert next(iter(bad)) in detail
    assert "angry" not in detail
