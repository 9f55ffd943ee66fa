"""Whatever `app.wire` writes is valid by its schema; a schema is never stricter than `parse`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.digest import Digest, RecurringCause
from app.core.event import ClosedWindow, CrisisEvent, CrisisState, Labelled
from app.core.mention import Mention
from app.core.record import Command, Heartbeat, ScoredMention
from app.wire import command, crisis, deadletter, digest, event, labelled, log, mention, window
from tests.wire_values import (
    CAUSES,
    COMMANDS,
    CRISES,
    DEAD_LETTERS,
    DIGESTS,
    EVENTS,
    HEARTBEATS,
    LABELLED,
    MENTIONS,
    SCORED,
    WINDOWS,
)

ROOT = Path(__file__).parents[2] / "schemas"
SOME = settings(max_examples=150, derandomize=True, deadline=None, database=None)
MANY = settings(max_examples=800, derandomize=True, deadline=None, database=None)


def validator(path: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads((ROOT / path).read_text()))


MENTION = validator("mentions/v1.schema.json")
SCORED_MENTION = validator("mentions.scored/mention.v1.schema.json")
HEARTBEAT = validator("mentions.scored/heartbeat.v1.schema.json")
LOGGED_COMMAND = validator("mentions.scored/command.v1.schema.json")
COMMAND = validator("crisis.commands/v1.schema.json")
EVENT = validator("crisis.events/v1.schema.json")
POOL = validator("mentions.labelled/v1.schema.json")
CRISIS = validator("crisis.state/v1.schema.json")
WINDOW = validator("sentiment.windows/v1.schema.json")
DIGEST = validator("crisis.digests/period.v1.schema.json")
CAUSE = validator("crisis.digests/recurring_cause.v1.schema.json")
DEAD_LETTER = validator("mentions.dead-letter/v1.schema.json")


def document(value: bytes | None) -> Any:
    assert value is not None
    return json.loads(value)


@SOME
@given(MENTIONS)
def test_mentions(sent: Mention) -> None:
    MENTION.validate(document(mention.encode(sent)))


@SOME
@given(SCORED)
def test_scored_mentions(sent: ScoredMention) -> None:
    SCORED_MENTION.validate(document(log.encode(sent).value))


@SOME
@given(HEARTBEATS)
def test_heartbeats(sent: Heartbeat) -> None:
    HEARTBEAT.validate(document(log.encode(sent).value))


@SOME
@given(COMMANDS)
def test_commands(sent: Command) -> None:
    LOGGED_COMMAND.validate(document(log.encode(sent).value))
    COMMAND.validate(document(command.encode(sent)))


@SOME
@given(EVENTS)
def test_events(sent: CrisisEvent) -> None:
    EVENT.validate(document(event.encode(sent).value))


@SOME
@given(LABELLED)
def test_labelled_mentions(sent: Labelled) -> None:
    POOL.validate(document(labelled.encode(sent).value))


@SOME
@given(CRISES)
def test_crisis_states(sent: CrisisState) -> None:
    CRISIS.validate(document(crisis.encode(sent).value))


@SOME
@given(WINDOWS)
def test_windows(sent: ClosedWindow) -> None:
    WINDOW.validate(document(window.encode(sent).value))


@SOME
@given(DIGESTS)
def test_digests(sent: Digest) -> None:
    DIGEST.validate(document(digest.encode(sent).value))


@SOME
@given(CAUSES)
def test_recurring_causes(sent: RecurringCause) -> None:
    CAUSE.validate(document(digest.encode(sent).value))


@SOME
@given(DEAD_LETTERS)
def test_dead_letter_headers(sent: deadletter.DeadLetter) -> None:
    message = deadletter.encode(
        key=sent.key,
        value=sent.value,
        reason=sent.reason,
        detail=sent.detail,
        topic=sent.topic,
        partition=sent.partition,
        offset=sent.offset,
        timestamp_ms=sent.timestamp_ms,
    )
    DEAD_LETTER.validate({name: value.decode() for name, value in message.headers})


ODD = (
    st.none()
    | st.booleans()
    | st.integers(-2, 9)
    | st.floats(0, 6)
    | st.text(max_size=6)
    | st.sampled_from(
        [
            "ACME",
            "social",
            "https://a",
            "HTTP://b",
            "2026-03-02T09:15:00Z",
            "2000-01-01 00:00:00-12:00",
        ]
    )
)
INNER = st.dictionaries(
    st.sampled_from(
        [
            "id",
            "name",
            "followers",
            "created_at",
            "likes",
            "value",
            "scale",
            "label",
            "model",
            "probabilities",
        ]
    ),
    ODD | st.lists(st.floats(0, 1), max_size=3) | st.just("negative"),
)
DOCUMENTS = st.fixed_dictionaries(
    {
        "id": st.just("1") | ODD,
        "text": st.just("") | ODD,
        "published_at": st.just("2026-03-02T09:15:00Z") | ODD,
    },
    optional={
        **dict.fromkeys(("brand", "product", "source", "platform", "url", "lang", "region"), ODD),
        **dict.fromkeys(("reach", "repost_of", "reply_to", "unknown"), ODD),
        **dict.fromkeys(("author", "engagement", "rating", "sentiment"), ODD | INNER),
    },
)


@MANY
@given(DOCUMENTS)
def test_what_parse_accepts_is_valid(sent: dict[str, Any]) -> None:
    value = json.dumps(sent).encode()
    if isinstance(mention.parse(value), Mention):
        MENTION.validate(document(value))
