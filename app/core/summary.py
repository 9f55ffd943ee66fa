"""An event in two to four plain sentences, by template: readable at three in the morning, and the
same whenever it is made again.

Brand, names, products and single words come from outside: they are cut, and lose what would break
a line. Mentions' texts, excerpts and people's notes are never in it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from app.core.cause import Share
from app.core.crisis import BESIDE, VOLUME, EventType, State
from app.core.event import CrisisEvent, Evidence, Summary
from app.core.playbook import OF_THEME, UNCLASSIFIED
from app.core.summary_english import ENGLISH
from app.core.summary_numbers import change_of, numbers_of, volume_of, when
from app.core.summary_polish import POLISH
from app.core.summary_words import Words

MAX_CHARS = 600
OF_NO_CRISIS = frozenset(
    {
        EventType.REFUSED,
        EventType.CORRECTED,
        EventType.WARMED,
        EventType.SILENCED,
        EventType.UNSILENCED,
        EventType.ERASED,
        EventType.SOURCE_SILENT,
        EventType.SOURCE_BACK,
        EventType.SOURCE_GONE,
        EventType.DRILL_STARTED,
        EventType.DRILL_ENDED,
    }
)
_BURNING = frozenset({State.OPEN, State.ACKNOWLEDGED, State.RECOVERING})
_UNCHANGED = frozenset({State.WATCH, State.RECOVERING})  # an update there only gives a name
_BESIDE = {reason: name for name, reason in BESIDE.items()}
_LEFT_OVER = frozenset({"", "other", "unknown"})
_INAUTHENTIC_PERCENT = 20.0  # told from here on
_TERMS = 3
_THEME_PERCENT, _THEME_NEGATIVES = 20.0, 2  # below, a theme is no word on what it is about
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
    is_loud = event.reasons[:1] == (VOLUME,)
    if is_loud and event.type in (EventType.WATCH, EventType.OPPORTUNITY):
        is_watch = event.type is EventType.WATCH
        head = words.phrases["loud"] if is_watch else words.heads[event.type]
        numbers, drivers = volume_of(event, words), ""
    else:
        head, numbers = words.heads[event.type], numbers_of(event, words)
        if event.type is EventType.WATCH and (beside := _BESIDE.get("".join(event.reasons[:1]))):
            head = words.phrases[f"watch_{beside}"]
        drivers = _drivers(event, words)
        if event.type is EventType.UPDATED and event.state in _UNCHANGED:
            head = words.phrases["named"]
    head, change = head.format_map(_values(event, words)), change_of(event, words)
    # Four sentences at most: of a change, the words behind it are in the events before.
    middle = [change, numbers] if change and numbers else [change or numbers, drivers]
    sentences = [head, *(part for part in middle if part), _closing(event, words)]
    if drivers in sentences and len(" ".join(sentences)) > MAX_CHARS:
        sentences[-2] = _drivers(event, words, is_short=True)
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
        "when": when(event.time_ms),
        "severity": words.severities[event.severity],
        "by": phrases["by"].format(name=name) if name else "",
        "sender": phrases["sender"].format(name=name) if name else "",
        "role": clean(event.escalated_to or phrases["no_role"], _NAME_CHARS),
        "owner": clean(event.owner or phrases["no_owner"], _NAME_CHARS),
        "percent": f"{event.milestone or 0}%",
        "until": phrases["no_until"] if until is None else when(until),
        "reason": f": {reason}" if reason else "",
        "labels": _labels(event, words),
        **_source(event, words),
    }


def _source(event: CrisisEvent, words: Words) -> dict[str, str]:
    source = event.source
    if source is None:
        return {"source": words.phrases["some_source"], "since": when(event.time_ms)}
    return {"source": words.sources[source.kind], "since": when(source.last_ms)}


def _labels(event: CrisisEvent, words: Words) -> str:
    correction = event.correction
    if correction is None:
        return ""
    before = correction.before and words.labels[correction.before.value]
    label = words.labels[correction.label.value]
    kind = "labelled" if before is None else "confirmed" if before == label else "relabelled"
    return words.phrases[kind].format(before=before, label=label)


def _drivers(event: CrisisEvent, words: Words, *, is_short: bool = False) -> str:
    if event.evidence is None or event.evidence.drivers is None:
        return ""
    felt = () if is_short else _felt(event.evidence, words)
    parts = "; ".join((*_driving(event.evidence, words), *felt))
    return words.phrases["drivers"].format(parts=parts) if parts else ""


def _driving(evidence: Evidence, words: Words) -> Iterator[str]:
    drivers = evidence.drivers
    if drivers is None:
        return
    yield from _beside(evidence, words)
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
    elif not (theme and _is_telling(theme)):
        yield words.phrases["nothing"]
    if (percent := drivers.inauthentic_percent) >= _INAUTHENTIC_PERCENT:
        yield words.phrases["inauthentic"].format(percent=f"{percent:.0f}%")


def _felt(evidence: Evidence, words: Words) -> Iterator[str]:
    """Say which emotions clearly moved: what is usual is not known while warming."""
    told = () if evidence.drivers is None or evidence.warming else evidence.drivers.emotions
    for one in told:
        if (shift := one.shift) and not shift.low <= 0.0 <= shift.high:
            shares = {"now": f"{shift.now:.0f}%", "before": f"{shift.before:.0f}%"}
            yield words.phrases[one.emotion].format_map(shares)


def _beside(evidence: Evidence, words: Words) -> Iterator[str]:
    """Say which triggers beside the counts fired, a keyword once each."""
    for one in evidence.triggers:
        if one.name in BESIDE:
            value, expected = (
                f"{number:g}".replace(".", words.decimal)
                for number in (one.value, one.expected or 0)
            )
            about = clean(one.about, _NAME_CHARS)
            yield words.phrases[one.name].format(value=value, expected=expected, about=about)


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
        return words.phrases["recounted"].format(when=when(event.correction.start_ms))
    is_watched = event.type is EventType.UPDATED and event.state is State.WATCH
    return words.tails[EventType.WATCH if is_watched else event.type]


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
        yield from _due(event, words)
    if event.scenario is not None and event.scenario.id not in (UNCLASSIFIED, _named(event)):
        yield phrases["scenario"].format(scenario=words.scenarios[event.scenario.id])
    if event.silenced_until_ms is not None:
        yield phrases["silenced"].format(when=when(event.silenced_until_ms))


def _named(event: CrisisEvent) -> str:
    """Return the scenario that the theme in the first sentence says already."""
    return OF_THEME.get(event.theme, "")


def _due(event: CrisisEvent, words: Words) -> Iterator[str]:
    due_ms = event.scenario.assess_by_ms if event.scenario else None
    if due_ms is not None and due_ms > event.time_ms:
        yield words.phrases["assess_by"].format(when=when(due_ms))


def _theme(theme: str, words: Words) -> str:
    return words.themes.get(theme, clean(theme, _WORD_CHARS))
