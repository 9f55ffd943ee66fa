"""The numbers that a summary tells: of one window each, so that they belong together."""

from __future__ import annotations

from datetime import UTC, datetime

from app.core.crisis import EventType
from app.core.event import CrisisEvent, Evidence, Reading
from app.core.summary_words import Words

_AUTHORS_COUNTED = 16  # evidence counts no further
# What is over is told by the window that shows it. The widest one that fired still has the peak.
_CALM_SCALES_S = {
    EventType.DISMISSED: 3_600,
    EventType.MILESTONE: 900,
    EventType.RECOVERING: 3_600,
    EventType.RESOLVED: 3_600,
}


def numbers_of(event: CrisisEvent, words: Words) -> str:
    """Return the negatives of the evidence's window, of what is over those of its last hour or
    quarter; "" without evidence.
    """
    evidence = event.evidence
    if evidence is None:
        return ""
    if calm := _reading(evidence, "negatives", _CALM_SCALES_S.get(event.type)):
        return words.phrases["calm"].format(
            mentions=_mentions(calm.observed, words.mentions, words), **_window(calm, words)
        )
    reading = _own_reading(evidence)
    told: Reading | Evidence = evidence if reading is None else reading
    negatives = evidence.negatives if reading is None else reading.observed
    return words.phrases["numbers"].format(
        mentions=_mentions(negatives, words.mentions, words),
        authors=_authors(evidence.distinct_authors, words),
        own=_own(evidence, negatives, words),
        share=_share(evidence, words),
        **_window(told, words) | ({"expected": ""} if evidence.warming else {}),
    )


def volume_of(event: CrisisEvent, words: Words) -> str:
    """Return the numbers of a watch that all mentions began, the negatives of the same window with
    them.
    """
    evidence = event.evidence
    loud = None if evidence is None else _widest_fired(evidence, "mentions")
    if evidence is None or loud is None:
        return ""
    negatives = _reading(evidence, "negatives", loud.scale_s)
    return words.phrases["volume"].format(
        mentions=_mentions(loud.observed, words.all_mentions, words),
        negatives="" if negatives is None else _of_them(negatives, words),
        **_window(loud, words),
    )


def _of_them(negatives: Reading, words: Words) -> str:
    return words.phrases["of_them"].format(
        number=_count(negatives.observed, words), expected=_expected(negatives.expected, words)
    )


def _own(evidence: Evidence, negatives: int, words: Words) -> str:
    """Return how many are of this crisis, where another one of the brand has the rest."""
    own = negatives if evidence.drivers is None else evidence.drivers.of
    if own >= negatives:
        return ""
    return words.phrases["own"].format(number=_count(own, words))


def _own_reading(evidence: Evidence) -> Reading | None:
    """Return the reading of negatives in the evidence's own window, which its authors and share are
    of; of another evidence the widest that fired.
    """
    negatives = (one for one in evidence.readings if one.channel == "negatives")
    own = (one for one in negatives if one.start_ms == evidence.start_ms)
    return next(own, None) or _widest_fired(evidence, "negatives")


def _widest_fired(evidence: Evidence, channel: str) -> Reading | None:
    """Return a channel's reading at the widest scale that fired, else the least likely."""
    found = [reading for reading in evidence.readings if reading.channel == channel]
    if fired := [reading for reading in found if reading.fired]:
        return max(fired, key=lambda reading: reading.scale_s)
    return min(found, key=lambda reading: reading.probability, default=None)


def _window(told: Reading | Evidence, words: Words) -> dict[str, str]:
    return {
        "span": _span(told.end_ms - told.start_ms),
        "start": f"{_moment(told.start_ms):%H:%M}",
        "end": f"{_moment(told.end_ms):%H:%M}",
        "expected": _expected(told.expected, words) if isinstance(told, Reading) else "",
    }


def _reading(evidence: Evidence, channel: str, scale_s: int | None) -> Reading | None:
    found = (one for one in evidence.readings if (one.channel, one.scale_s) == (channel, scale_s))
    return next(found, None)


def _expected(expected: float, words: Words) -> str:
    digits = f"{expected:.1f}" if expected < 10 else _count(round(expected), words)
    number = words.phrases["hardly"] if digits == "0.0" else digits
    return words.phrases["expected"].format(number=number.replace(".", words.decimal))


def _mentions(count: int, forms: tuple[str, str, str], words: Words) -> str:
    form = 0 if count == 1 else 1 if words.has_few and is_few(count) else 2
    return forms[form].format(n=_count(count, words))


def is_few(count: int) -> bool:
    """Tell whether Polish counts ``count`` with the form of two, three and four."""
    return count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14)


def _authors(count: int, words: Words) -> str:
    authors = f"{_count(count, words)} {words.authors[count != 1]}"
    at_least = count >= _AUTHORS_COUNTED
    return words.phrases["at_least"].format(authors=authors) if at_least else authors


def _share(evidence: Evidence, words: Words) -> str:
    drivers = evidence.drivers
    if evidence.warming:
        return words.phrases["not_learnt"].format(now=f"{evidence.negative_share:.0%}")
    # Beside another crisis of the brand the shift is of this one's part, and the counts are of all.
    shift = drivers.shift if drivers and drivers.of >= evidence.negatives else None
    if shift:
        return words.phrases["before"].format(
            now=f"{shift.now:.0f}%", before=f"{shift.before:.0f}%"
        )
    now, usual = evidence.negative_share, evidence.usual_negative_share
    return words.phrases["usually"].format(now=f"{now:.0%}", before=f"{usual:.0%}")


def change_of(event: CrisisEvent, words: Words) -> str:
    """Return what is new since the update before; "" where nothing is told to be."""
    change = event.change
    if change is None:
        return ""
    return words.phrases["change"].format(
        when=f"{_moment(change.since_ms):%H:%M} UTC",
        negatives_before=_count(change.negatives_before, words),
        negatives=_count(change.negatives, words),
        share_before=f"{change.share_before:.0%}",
        share=f"{change.share:.0%}",
    )


def _count(count: int, words: Words) -> str:
    return f"{count:,}".replace(",", words.thousands)


def _span(ms: int) -> str:
    hours, minutes = divmod(round(ms / 60_000), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def when(time_ms: int) -> str:
    """Return a time in UTC, to the minute."""
    return f"{_moment(time_ms):%Y-%m-%d %H:%M} UTC"


def _moment(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms // 1000, UTC)
