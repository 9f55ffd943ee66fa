"""The published schemas, their examples and `app.wire` say the same.

An example stands in ``schemas/<topic>/examples/valid`` or ``invalid``; an invalid one begins with
the reason it is refused for. In topics of several kinds of record the kind follows.
"""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from app.core.crisis import EventType, Severity, State
from app.core.digest import (
    Behind,
    Burning,
    Counts,
    CrisisTold,
    Digest,
    Hour,
    Named,
    NegativeShare,
    RecurringCause,
    Score,
)
from app.core.event import (
    ClosedWindow,
    Correction,
    CrisisEvent,
    CrisisState,
    Evidence,
    Judgement,
    Labelled,
    Reading,
    TopMention,
)
from app.core.mention import Label, Rejected, RejectReason, SourceKind
from app.core.record import Command, Heartbeat, Origin, ScoredMention
from app.core.themes import TERM_MAX_CHARS, TERMS_MAX, THEMES
from app.wire import (
    cloudevents,
    command,
    crisis,
    deadletter,
    digest,
    event,
    labelled,
    log,
    mention,
    window,
)

ROOT = Path(__file__).parents[2] / "schemas"
ORIGIN = Origin(topic="crisis.commands", partition=0, offset=7)
LOG_TYPES = {
    "mention": log.MENTION_TYPE,
    "heartbeat": log.HEARTBEAT_TYPE,
    "command": log.COMMAND_TYPE,
}
DIGEST_TYPES = {"period": digest.PERIOD_TYPE, "recurring_cause": digest.CAUSE_TYPE}
OF_KINDS = ("mentions.scored", "crisis.digests")  # topics with several schemas
VALID = sorted(ROOT.glob("*/examples/valid/*"))
INVALID = sorted(ROOT.glob("*/examples/invalid/*"))
SCHEMAS = sorted(ROOT.glob("*/*.schema.json"))
SEEN_BY_A_SCHEMA = {RejectReason.MISSING_FIELD, RejectReason.WRONG_TYPE, RejectReason.NOT_AN_OBJECT}
NOT_OF_WIRE = {RejectReason.ENGINE_ERROR, RejectReason.LATE, RejectReason.BAD_DRILL}


def name_of(path: Path) -> str:
    return (
        f"{path.parts[-4]}/{path.name}" if "examples" in path.parts else "/".join(path.parts[-2:])
    )


def schema(path: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / path).read_text())
    return document


def kind_of(path: Path) -> str:
    parts = path.stem.split("--")
    return parts[0] if path.parent.name == "valid" else parts[1]


def schema_for(example: Path) -> dict[str, Any]:
    topic = example.parts[-4]
    kind = f"{kind_of(example)}." if topic in OF_KINDS else ""
    return schema(f"{topic}/{kind}v1.schema.json")


def decode(example: Path) -> object:
    """Return what `app.wire` makes of the example, as it would stand in its topic."""
    value = example.read_bytes()
    topic = example.parts[-4]
    if topic == "mentions":
        return mention.parse(value)
    if topic == "crisis.commands":
        return command.parse(value, ORIGIN)
    if topic == "mentions.scored":
        event_type = LOG_TYPES[kind_of(example)]
        return log.decode(value, cloudevents.headers("1", event_type, "/test", 0, ""))
    if topic == "crisis.digests":
        event_type = DIGEST_TYPES[kind_of(example)]
        return digest.decode(value, cloudevents.headers("1", event_type, "/test", 0, ""))
    if topic == "mentions.dead-letter":
        headers = {name: text.encode() for name, text in json.loads(value).items()}
        return deadletter.decode(None, b"{", tuple(headers.items()))
    decoders: dict[str, Any] = {
        "crisis.events": event.decode,
        "mentions.labelled": labelled.decode,
        "crisis.state": crisis.decode,
        "sentiment.windows": window.decode,
    }
    return decoders[topic](value)


def is_valid(document: object, against: dict[str, Any]) -> bool:
    return bool(jsonschema.Draft202012Validator(against).is_valid(document))


def test_there_are_examples_of_every_topic() -> None:
    topics = {path.parts[-2] for path in SCHEMAS}
    assert topics == {
        "mentions",
        "mentions.scored",
        "mentions.dead-letter",
        "mentions.labelled",
        "crisis.commands",
        "crisis.digests",
        "crisis.events",
        "crisis.state",
        "sentiment.windows",
    }
    assert {path.parts[-4] for path in VALID} == topics
    assert {path.parts[-4] for path in INVALID} == topics


@pytest.mark.parametrize("path", SCHEMAS, ids=name_of)
def test_a_schema_is_one_and_describes_itself(path: Path) -> None:
    document = schema(f"{path.parts[-2]}/{path.name}")
    jsonschema.Draft202012Validator.check_schema(document)
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    topic, version = path.parts[-2], path.name.removesuffix(".schema.json").replace(".", ":")
    assert document["$id"] == f"urn:squall:schema:{topic}:{version}"
    described = [document, *document["properties"].values()]
    assert all("description" in part or "$ref" in part for part in described)
    assert document["additionalProperties"] is True
    assert "Input: " in document["description"] or "Output: " in document["description"]


@pytest.mark.parametrize("example", VALID, ids=name_of)
def test_a_valid_example_validates_and_decodes(example: Path) -> None:
    jsonschema.validate(
        json.loads(example.read_bytes()),
        schema_for(example),
        cls=jsonschema.Draft202012Validator,
    )
    assert not isinstance(decode(example), Rejected)


@pytest.mark.parametrize("example", INVALID, ids=name_of)
def test_an_invalid_example_is_refused_for_the_reason_in_its_name(example: Path) -> None:
    reason = RejectReason(example.name.split("--")[0])
    answer = decode(example)
    assert isinstance(answer, Rejected)
    assert answer.reason is reason
    if reason in SEEN_BY_A_SCHEMA:
        assert not is_valid(json.loads(example.read_bytes()), schema_for(example))


def test_every_reason_has_an_example() -> None:
    shown = {RejectReason(example.name.split("--")[0]) for example in INVALID}
    assert shown | NOT_OF_WIRE == set(RejectReason)


ENUMS: tuple[tuple[str, str, type[StrEnum]], ...] = (
    ("mentions.dead-letter/v1.schema.json", "squall_reason", RejectReason),
    ("mentions.scored/mention.v1.schema.json", "label", Label),
    ("crisis.events/v1.schema.json", "type", EventType),
    ("mentions.labelled/v1.schema.json", "label", Label),
    ("mentions.labelled/v1.schema.json", "before", Label),
    ("crisis.events/v1.schema.json", "state", State),
    ("crisis.events/v1.schema.json", "previous_state", State),
    ("crisis.events/v1.schema.json", "severity", Severity),
    ("crisis.state/v1.schema.json", "state", State),
    ("crisis.state/v1.schema.json", "severity", Severity),
    ("sentiment.windows/v1.schema.json", "state", State),
)


@pytest.mark.parametrize(("path", "field", "members"), ENUMS)
def test_a_closed_list_is_the_same_in_schema_and_code(
    path: str, field: str, members: type[StrEnum]
) -> None:
    assert schema(path)["properties"][field]["enum"] == [member.value for member in members]


def test_the_sources_are_the_same_in_schema_and_code() -> None:
    listed = schema("mentions/v1.schema.json")["properties"]["source"]["enum"]
    assert listed == [*(kind.value for kind in SourceKind), None]


def test_the_themes_and_the_bounds_of_terms_are_the_same_in_schema_and_code() -> None:
    fields = schema("mentions.scored/mention.v1.schema.json")["properties"]
    assert fields["themes"]["items"]["enum"] == list(THEMES)
    assert fields["terms"]["maxItems"] == TERMS_MAX
    assert fields["terms"]["items"]["maxLength"] == TERM_MAX_CHARS


STRUCTS: tuple[tuple[str, tuple[str, ...], type[msgspec.Struct]], ...] = (
    ("mentions.scored/mention.v1.schema.json", (), ScoredMention),
    ("mentions.scored/heartbeat.v1.schema.json", (), Heartbeat),
    ("mentions.scored/command.v1.schema.json", (), Command),
    ("crisis.events/v1.schema.json", (), CrisisEvent),
    ("crisis.events/v1.schema.json", ("properties", "correction"), Correction),
    ("crisis.events/v1.schema.json", ("properties", "judgement"), Judgement),
    ("crisis.events/v1.schema.json", ("$defs", "evidence"), Evidence),
    ("crisis.events/v1.schema.json", ("$defs", "reading"), Reading),
    ("crisis.events/v1.schema.json", ("$defs", "top_mention"), TopMention),
    ("crisis.state/v1.schema.json", (), CrisisState),
    ("mentions.labelled/v1.schema.json", (), Labelled),
    ("sentiment.windows/v1.schema.json", (), ClosedWindow),
    ("crisis.digests/period.v1.schema.json", (), Digest),
    ("crisis.digests/period.v1.schema.json", ("$defs", "counts"), Counts),
    ("crisis.digests/period.v1.schema.json", ("$defs", "negative_share"), NegativeShare),
    ("crisis.digests/period.v1.schema.json", ("$defs", "hour"), Hour),
    ("crisis.digests/period.v1.schema.json", ("$defs", "burning"), Burning),
    ("crisis.digests/period.v1.schema.json", ("$defs", "score"), Score),
    ("crisis.digests/period.v1.schema.json", ("$defs", "named"), Named),
    ("crisis.digests/period.v1.schema.json", ("$defs", "behind"), Behind),
    ("crisis.digests/period.v1.schema.json", ("$defs", "crisis"), CrisisTold),
    ("crisis.digests/recurring_cause.v1.schema.json", (), RecurringCause),
)


@pytest.mark.parametrize(("path", "inner", "struct"), STRUCTS)
def test_a_schema_declares_the_fields_that_the_code_has(
    path: str, inner: tuple[str, ...], struct: type[msgspec.Struct]
) -> None:
    document = schema(path)
    for key in inner:
        document = document[key]
    fields = msgspec.structs.fields(struct)
    assert list(document["properties"]) == [field.encode_name for field in fields]
    assert document["required"] == [field.encode_name for field in fields if field.required]


def test_events_and_state_carry_the_same_evidence() -> None:
    events, state = schema("crisis.events/v1.schema.json"), schema("crisis.state/v1.schema.json")
    assert events["$defs"] == state["$defs"]


def test_dead_letter_headers_are_those_that_are_written() -> None:
    described = schema("mentions.dead-letter/v1.schema.json")["properties"]
    assert tuple(described) == deadletter.HEADER_NAMES
