"""What the demo that Prometheus watches says: in order, as much and as negative as planned."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from app.core.mention import Mention, SourceKind
from app.core.record import Command, Origin
from app.inference.hash import hash_probabilities
from app.wire import command, mention
from deploy.dashboards.traffic import (
    BEFORE_MS,
    RATES,
    SHARES,
    WAVE,
    WAVE_RATE,
    _command,
    _commands,
    _said,
    history,
    quiet_source,
)

END_MS = 1_772_357_400_000
ORIGIN = Origin(topic="crisis.commands", partition=0, offset=1)


def test_the_hour_before_is_in_order_and_as_much_as_is_usual() -> None:
    records = history(END_MS)

    assert all(a.time_ms <= b.time_ms for a, b in pairwise(records))
    assert END_MS - BEFORE_MS <= records[0].time_ms <= records[-1].time_ms <= END_MS + 1000
    assert Counter(record.brand for record in records) == {
        brand: round(rate * BEFORE_MS / 1000) for brand, rate in RATES.items()
    }


def test_the_hour_before_is_as_negative_as_planned() -> None:
    found = [mention.parse(record.value) for record in history(END_MS)]
    texts = [one.text for one in found if isinstance(one, Mention)]

    negative = sum(hash_probabilities(text)[0] > 0.5 for text in texts) / len(texts)
    assert len(texts) == len(found) == len(set(texts))
    assert negative == pytest.approx(SHARES[0], abs=0.02)


def test_news_of_one_brand_comes_for_over_a_week_and_stops() -> None:
    records = quiet_source(END_MS)
    found = [mention.parse(record.value) for record in records]
    assert {one.source for one in found if isinstance(one, Mention)} == {SourceKind.NEWS}
    assert len({one.text for one in found if isinstance(one, Mention)}) == len(found) > 50
    assert {b.time_ms - a.time_ms for a, b in pairwise(records)} == {2 * 3_600_000}
    assert END_MS - records[-1].time_ms > 3 * 2 * 3_600_000


def test_there_are_texts_enough_for_a_wave_without_copies() -> None:
    said = _said()
    assert len({text for text, _ in said["wave"]}) >= WAVE_RATE * (WAVE[1] - WAVE[0])
    assert set(said) == {*RATES, "wave"}


def test_each_command_can_be_read() -> None:
    for _, fields in _commands():
        assert isinstance(command.parse(_command(**fields), ORIGIN), Command)
