"""An event in two to four plain sentences, by template: readable at three in the morning, and the
same whenever it is made again.

Brand, names, products and single words come from outside: they are cut, and lose what would break
a line. Mentions' texts, excerpts and people's notes are never in it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime

from app.core.cause import Share
from app.core.crisis import VOLUME, EventType, State
from app.core.event import CrisisEvent, Evidence, Reading, Summary
from app.core.summary_words import ENGLISH, POLISH, Words

MAX_CHARS = 600
OF_NO_CRISIS = frozenset(
    {
        EventType.REFUSED,
        EventType.CORRECTED,
        EventType.WARMED,
        EventType.SILENCED,
        EventType.UNSILENCED,
        EventType.ERASED,
    }
)
_BURNING = frozenset({State.OPEN, State.ACKNOWLEDGED, State.RECOVERING})
_LEFT_OVER = frozenset({"", "other", "unknown"})
_AUTHORS_COUNTED = 16  # evidence counts no further
_INAUTHENTIC_PERCENT = 20.0  # told from here on
_TERMS = 3
_THEME_PERCENT, _THEME_NEGATIVES = 20.0, 2  # below, a theme is no word on what it is about
# What is over is told by the window that shows it. The widest one that fired still has the peak.
_CALM_SCALES_S = {
    EventType.DISMISSED: 3_600,
    EventType.MILESTONE: 900,
    EventType.RECOVERING: 3_600,
    EventType.RESOLVED: 3_600,
}
_BRAND_CHARS, _NAME_CHARS, _WORD_CHARS, _REASON_CHARS = 48, 32, 20, 120


def summary_of(event: CrisisEvent) -> Summary:
    """Return the event in English and Polish, each at most 600 characters on one line.

    Times are UTC, to the minute. The same event gives the same text.
    """
    return Summary(en=_text(event, ENGLISH), pl=_text(event, POLISH))


def clean(text: str, max_chars: int) -> str:
    """Return ``text`` on one line without invisible characters, cut to ``max_chars`` with ``…``."""
    head = text[: 8 * max_chars]  # of a long text only this much is looked at
    seen = head
    if not head.isprintable():  # as most is
        seen = "".join(" " if c.isspace() else c for c in head if _is_visible(c))
    plain = " ".join(seen.split())
    return plain if len(plain) <= max_chars else f"{plain[: max_chars - 1].rstrip()}…"


def _is_visible(character: str) -> bool:
    return character.isspace() or not unicodedata.category(character).startswith("C")


def _text(event: CrisisEvent, words: Words) -> str:
    if event.type is EventType.WATCH and event.reasons[:1] == (VOLUME,):
        head, numbers, drivers = words.phrases["loud"], _volume(event, words), ""
    else:
        head, numbers = words.heads[event.type], _numbers(event, words)
        drivers = _drivers(event, words)
    head, change = head.format_map(_values(event, words)), _change(event, words)
    # Four sentences at most: of a change, the words behind it are in the events before.
    middle = [change, numbers] if change and numbers else [change or numbers, drivers]
    sentences = [head, *(part for part in middle if part), _closing(event, words)]
    while len(text := " ".join(sentences)) > MAX_CHARS:
        del sentences[-2]
    return text


def _values(event: CrisisEvent, words: Words) -> dict[str, str]:
    phrases, name = words.phrases, event.actor and clean(event.actor, _NAME_CHARS)
    until = event.silenced_until_ms
    reason = clean("; ".join(event.reasons), _REASON_CHARS).rstrip(".")
    return {
        "brand": clean(event.brand, _BRAND_CHARS),
        "about": phrases["about"].format(theme=_theme(event.theme, words)) if event.theme else "",
        "when": _when(event.time_ms),
        "severity": words.severities[event.severity],
        "by": phrases["by"].format(name=name) if name else "",
        "sender": phrases["sender"].format(name=name) if name else "",
        "role": clean(event.escalated_to or phrases["no_role"], _NAME_CHARS),
        "owner": clean(event.owner or phrases["no_owner"], _NAME_CHARS),
        "percent": f"{event.milestone or 0}%",
        "until": phrases["no_until"] if until is None else _when(until),
        "reason": f": {reason}" if reason else "",
        "labels": _labels(event, words),
    }


def _labels(event: CrisisEvent, words: Words) -> str:
    correction = event.correction
    if correction is None:
        return ""
    before = correction.before and words.labels[correction.before.value]
    label = words.labels[correction.label.value]
    kind = "labelled" if before is None else "confirmed" if before == label else "relabelled"
    return words.phrases[kind].format(before=before, label=label)


def _numbers(event: CrisisEvent, words: Words) -> str:
    evidence = event.evidence
    if evidence is None:
        return ""
    if calm := _reading(evidence, "negatives", _CALM_SCALES_S.get(event.type)):
        return words.phrases["calm"].format(
            mentions=_mentions(calm.observed, words.mentions, words), **_window(calm, words)
        )
    reading = _widest_fired(evidence, "negatives")
    told: Reading | Evidence = evidence if reading is None else reading
    negatives = evidence.negatives if reading is None else reading.observed
    return words.phrases["numbers"].format(
        mentions=_mentions(negatives, words.mentions, words),
        authors=_authors(evidence.distinct_authors, words),
        share=_share(evidence, words),
        **_window(told, words),
    )


def _volume(event: CrisisEvent, words: Words) -> str:
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


def _widest_fired(evidence: Evidence, channel: str) -> Reading | None:
    """Return a channel's reading at the widest scale that fired, else the least likely."""
    found = [reading for reading in evidence.readings if reading.channel == channel]
    if fired := [reading for reading in found if reading.fired]:
        return max(fired, key=lambda reading: reading.scale_s)
    return min(found, key=lambda reading: reading.probability, default=None)


def _expected(expected: float, words: Words) -> str:
    digits = f"{expected:.1f}" if expected < 10 else _count(round(expected), words)
    return words.phrases["expected"].format(number=digits.replace(".", words.decimal))


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
    shift = evidence.drivers and evidence.drivers.shift
    if shift:
        return words.phrases["before"].format(
            now=f"{shift.now:.0f}%", before=f"{shift.before:.0f}%"
        )
    now, usual = evidence.negative_share, evidence.usual_negative_share
    return words.phrases["usually"].format(now=f"{now:.0%}", before=f"{usual:.0%}")


def _change(event: CrisisEvent, words: Words) -> str:
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


def _drivers(event: CrisisEvent, words: Words) -> str:
    if event.evidence is None or event.evidence.drivers is None:
        return ""
    parts = "; ".join(_driving(event.evidence, words))
    return words.phrases["drivers"].format(parts=parts) if parts else ""


def _driving(evidence: Evidence, words: Words) -> Iterator[str]:
    drivers = evidence.drivers
    if drivers is None:
        return
    tops = {facet.name: next(iter(facet.shares), None) for facet in drivers.facets}
    if (theme := tops.get("theme")) and _is_telling(theme):
        yield _part("theme", _theme(theme.value, words), theme.percent, words)
    for name in ("platform", "source"):
        if (place := tops.get(name)) and place.value not in _LEFT_OVER:
            value = words.sources.get(place.value, clean(place.value, _WORD_CHARS))
            yield _part("place", value, place.percent, words)
            break
    if (product := tops.get("product")) and product.value not in _LEFT_OVER:
        yield _part("product", clean(product.value, _NAME_CHARS), product.percent, words)
    if terms := [clean(term.term, _WORD_CHARS) for term in drivers.terms[:_TERMS]]:
        yield words.phrases["terms"].format(value=", ".join(terms))
    if (percent := drivers.inauthentic_percent) >= _INAUTHENTIC_PERCENT:
        yield words.phrases["inauthentic"].format(percent=f"{percent:.0f}%")


def _is_telling(theme: Share) -> bool:
    is_much = theme.percent >= _THEME_PERCENT and theme.negatives >= _THEME_NEGATIVES
    return is_much and theme.value not in _LEFT_OVER


def _part(phrase: str, value: str, percent: float, words: Words) -> str:
    return words.phrases[phrase].format(value=value, percent=f"{percent:.0f}%")


def _closing(event: CrisisEvent, words: Words) -> str:
    parts = "; ".join(_asked(event, words))
    if parts:
        return f"{parts[0].upper()}{parts[1:]}."
    if event.correction is not None and event.correction.start_ms is not None:
        return words.phrases["recounted"].format(when=_when(event.correction.start_ms))
    return words.tails[event.type]


def _asked(event: CrisisEvent, words: Words) -> Iterator[str]:
    if event.type in OF_NO_CRISIS or event.state not in _BURNING:
        return
    phrases = words.phrases
    if event.escalated_to and event.type is not EventType.ESCALATED:
        yield phrases["asked"].format(name=clean(event.escalated_to, _NAME_CHARS))
    if event.owner and event.type is not EventType.ASSIGNED:
        yield phrases["owner"].format(name=clean(event.owner, _NAME_CHARS))
    if event.state is State.OPEN and not event.owner and event.type is not EventType.ESCALATED:
        yield phrases["untaken"]
    if event.silenced_until_ms is not None:
        yield phrases["silenced"].format(when=_when(event.silenced_until_ms))


def _theme(theme: str, words: Words) -> str:
    return words.themes.get(theme, clean(theme, _WORD_CHARS))


def _count(count: int, words: Words) -> str:
    return f"{count:,}".replace(",", words.thousands)


def _span(ms: int) -> str:
    hours, minutes = divmod(round(ms / 60_000), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _when(time_ms: int) -> str:
    return f"{_moment(time_ms):%Y-%m-%d %H:%M} UTC"


def _moment(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms // 1000, UTC)
