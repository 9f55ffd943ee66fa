"""What looks like a crisis and is none: each beside the same wave when it is one."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from app.core.fingerprint import text_fingerprint
from app.core.mention import Label
from app.core.record import LogRecord, ScoredMention
from app.core.sketch import text_sketch
from tests.unit.folding import MONDAY_MS, QUICK, Stream, beat, fold, mention, types

HOUR_MS = 3_600_000
WAVE_MS = MONDAY_MS + 76 * HOUR_MS
STORY = (
    "The carrier closed its largest depot without a word on Friday, and ten thousand parcels are"
    " still lying there, say its drivers, who were told to stay at home"
)
Wave = Callable[[bool], list[LogRecord]]


def _stream(seed: int) -> Stream:
    return Stream(seed, per_day=300)


def _then(after: list[ScoredMention]) -> list[LogRecord]:
    """Return three calm days and then these mentions."""
    records = _stream(9).records(days=4)
    calm = [r for r in records if isinstance(r, ScoredMention) and r.event_time_ms < WAVE_MS]
    return [beat(None), *calm, *after, beat(WAVE_MS + 5 * HOUR_MS)]


def campaign(is_crisis: bool) -> list[LogRecord]:
    """Eight times the volume for six hours: with fewer complaints than usual, or with many."""
    share = 0.6 if is_crisis else 0.08
    return _stream(11).wave(WAVE_MS, hours=6, per_hour=100, negative_share=share).records(days=4)


def joke(is_crisis: bool) -> list[LogRecord]:
    """Everybody tells it for two hours; or it is one at the brand's expense."""
    share = 0.9 if is_crisis else 0.05
    return _stream(12).wave(WAVE_MS, hours=2, per_hour=150, negative_share=share).records(days=4)


def holiday(is_crisis: bool) -> list[LogRecord]:
    """Three times the volume for a day, as negative as always; or most of it negative."""
    share = 0.6 if is_crisis else 0.15
    return _stream(13).wave(WAVE_MS, hours=20, per_hour=25, negative_share=share).records(days=5)


def posts(is_crisis: bool) -> list[LogRecord]:
    """600 posts in an hour: 20 texts by accounts of days; or what as many people write."""
    texts, days = (600, 900) if is_crisis else (20, 3)
    return _then(
        [
            mention(
                90_000 + n,
                WAVE_MS + n * 6_000,
                label=Label.NEGATIVE,
                fingerprint=text_fingerprint(f"text {n % texts}"),
                account_days=days,
            )
            for n in range(600)
        ]
    )


def outlets(is_crisis: bool) -> list[LogRecord]:
    """One story in twelve outlets, each with a headline of its own; or 24 stories."""
    draw, found = Random(14), list[ScoredMention]()
    for n in range(24 if is_crisis else 12):
        own = " ".join(f"word{draw.randrange(900)}" for _ in range(30))
        text = own if is_crisis else f"Headline {n} of ours: {STORY} via Outlet {n}"
        time_ms = WAVE_MS + n * 150_000
        drawn = {"fingerprint": text_fingerprint(text), "sketch": text_sketch(text)}
        found.append(mention(90_000 + n, time_ms, label=Label.NEGATIVE, source="news", **drawn))
    return _then(found)


@pytest.mark.parametrize("wave", [campaign, joke, holiday, posts, outlets])
def test_it_is_no_crisis(wave: Wave) -> None:
    assert "opened" not in types(fold(wave(False), QUICK))


@pytest.mark.parametrize("wave", [campaign, joke, holiday, posts, outlets])
def test_the_same_wave_of_complaints_is_one(wave: Wave) -> None:
    assert types(fold(wave(True), QUICK)).count("opened") == 1
