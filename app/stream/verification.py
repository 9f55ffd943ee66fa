"""Told events held against the log, their cited mentions against the source, their numbers against
each other.

An event is ``ok`` only if all three could be done and nothing differs. Where the log no longer
goes back to its beginning, replayed numbers may differ for that reason alone: then they are
listed, and the verdict is ``not verifiable``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from app.core.event import CrisisEvent
from app.core.record import ScoredMention
from app.report.arithmetic import contradictions
from app.report.checked import Checked, verdict_of
from app.report.differences import Difference, differences, leaves
from app.stream.recompute import Recomputation, Told
from app.stream.rescoring import Place, Rescored, place_of
from app.wire.told_event import Document

_ENCODER, _READ = msgspec.json.Encoder(), msgspec.json.decode
_FIELDS = frozenset(ScoredMention.__struct_fields__)


def check(
    told: Told, work: Recomputation, rescored: Mapping[Place, Rescored], missing: Sequence[str]
) -> Checked:
    """Return the verdict on one event.

    ``missing``: what the log no longer holds, in words; empty when it goes back to the beginning.
    """
    event = work.event(told)
    replayed = list(_replayed(told, event))
    cited, notes = list[Difference](), list(missing)
    mentions = list(told.cited())
    verified = 0
    for path, document in mentions:
        result = _of_cited(
            work.mentions(told.brand, document["mention_id"]), rescored, path, document
        )
        cited += result.differences
        notes += [result.note] if result.note else []
        verified += result.note is None
    certain = [*_own(told.document), *cited]
    found = {(one.path, str(one.told)): one for one in [*replayed, *certain]}
    is_different = bool(certain) or bool(replayed and not missing)
    return Checked(
        event=told.id,
        verdict=verdict_of(is_different=is_different, is_whole=not notes),
        differences=tuple(found.values()),
        notes=tuple(dict.fromkeys([*notes, *_remarks(told, event)])),
        checked={
            "values": 0 if event is None else leaves(_document(event)),
            "readings": len(_readings(told.document)),
            "mentions": verified,
        },
    )


def _replayed(told: Told, event: CrisisEvent | None) -> Iterator[Difference]:
    if event is None:
        yield Difference(path="$.id", told=told.id)
    else:
        yield from differences(told.document, _document(event))


def _document(event: CrisisEvent) -> Document:
    found: Document = _READ(_ENCODER.encode(event))
    return found


def _own(document: Document) -> Iterator[Difference]:
    try:
        event = msgspec.convert(document, CrisisEvent)
    except msgspec.ValidationError as error:
        yield Difference(path="$", told=str(error))
    else:
        yield from contradictions(event)


def _of_cited(
    records: Sequence[ScoredMention],
    rescored: Mapping[Place, Rescored],
    path: str,
    document: Document,
) -> Rescored:
    """Return what differs between a cited mention, its log record and its source."""
    if not records:
        return Rescored((Difference(path=f"{path}.mention_id", told=document["mention_id"]),))
    # A mention that two sources have, or that a scorer sent twice, has several records.
    record = min(records, key=lambda one: len(list(_differing(document, one, path))))
    result = rescored.get(place_of(record), Rescored(note="a mention was not scored again"))
    place = f"{record.origin.topic}/{record.origin.partition}/{record.origin.offset}"
    at_source = [
        msgspec.structs.replace(one, path=f"{path} ({place}).{one.path}")
        for one in result.differences
    ]
    return Rescored((*_differing(document, record, path), *at_source), result.note)


def _differing(document: Document, record: ScoredMention, path: str) -> Iterator[Difference]:
    told = {name: value for name, value in document.items() if name in _FIELDS}
    logged: dict[str, Any] = msgspec.to_builtins(
        {name: getattr(record, name) for name in told if name in _FIELDS}
    )
    return differences(told, logged, path)


def _readings(document: Document) -> Sequence[Any]:
    evidence = document.get("evidence")
    readings = evidence.get("readings") if isinstance(evidence, dict) else None
    return readings if isinstance(readings, list) else ()


def _remarks(told: Told, event: CrisisEvent | None) -> Iterator[str]:
    evidence = told.document.get("evidence")
    if event is None:
        yield f"the log gives {told.brand} no such event: look at the settings and at the brand"
    elif event.evidence is not None and isinstance(evidence, dict):
        baseline = evidence.get("baseline")
        if baseline != event.evidence.baseline:
            yield (
                f"made by detector and rules {baseline}, recomputed by {event.evidence.baseline}: "
                "use the version and the settings of then"
            )
