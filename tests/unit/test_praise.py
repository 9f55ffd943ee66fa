"""C25: ten times the praise is an opportunity and no crisis; ten times the blame is none."""

from __future__ import annotations

import msgspec
import pytest

from app.core.event import CrisisEvent
from app.core.fingerprint import author_pseudonym
from app.core.mention import Label
from app.core.record import LogRecord, ScoredMention
from tests.unit.folding import crisis_events, fold, turns
from tests.unit.sources import Said, said_log

HOURS, WAVE_H = 4 * 24, 76
USUAL = Said("social", 300, 0, HOURS, positive=0.3)


def wave(negative: float, positive: float) -> list[LogRecord]:
    """Return four days, and on the last ten times the mentions for four hours."""
    risen = Said("social", 3_000, WAVE_H, WAVE_H + 4, negative, positive=positive)
    return said_log(1, [USUAL, risen], HOURS)


def opportunities(log: list[LogRecord]) -> list[CrisisEvent]:
    return [one for one in crisis_events(fold(log)) if one.type == "opportunity"]


def test_ten_times_the_praise_is_one_opportunity_and_no_crisis() -> None:
    outputs = fold(wave(negative=0.02, positive=0.85))
    assert turns(outputs) == ["warmed", "watch", "opportunity", "dismissed"]
    _, watch, told, dismissed = crisis_events(outputs)
    assert told.crisis_id == watch.crisis_id == dismissed.crisis_id
    assert (told.seq, told.previous_state, told.state, told.severity) == (
        2,
        "watch",
        "watch",
        "info",
    )
    assert told.time_ms - watch.time_ms < 30 * 60_000
    assert told.reasons[0] == "volume above the alert line"
    positives, scored = (int(word) for word in told.reasons[1].split() if word.isdigit())
    assert scored >= 20
    assert positives >= scored / 2
    assert told.evidence is not None
    assert told.summary is not None
    assert "opportunity" in told.summary.en
    assert "szansa" in told.summary.pl


@pytest.mark.parametrize(
    ("negative", "positive", "course"),
    [
        (0.9, 0.05, "opened"),  # blame
        (0.08, 0.2, "dismissed"),  # a joke
        (0.45, 0.5, "opened"),  # praise and blame at once
    ],
)
def test_what_is_not_praise_is_no_opportunity(
    negative: float, positive: float, course: str
) -> None:
    outputs = fold(wave(negative, positive))
    assert "opportunity" not in turns(outputs)
    assert course in turns(outputs)


def test_praise_by_four_is_no_opportunity() -> None:
    def by_few(records: list[LogRecord], authors: int) -> list[LogRecord]:
        names = [author_pseudonym("social", f"fan {number}") for number in range(authors)]
        return [
            msgspec.structs.replace(record, author=names[number % authors])
            if isinstance(record, ScoredMention) and record.label is Label.POSITIVE
            else record
            for number, record in enumerate(records)
        ]

    records = wave(negative=0.02, positive=0.85)
    assert opportunities(by_few(records, 4)) == []
    assert len(opportunities(by_few(records, 40))) == 1


def test_usual_praise_is_no_opportunity() -> None:
    calm = Said("social", 300, 0, HOURS, negative=0.05, positive=0.8)
    assert turns(fold(said_log(2, [calm], HOURS))) == ["warmed"]
