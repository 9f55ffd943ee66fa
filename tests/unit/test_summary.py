"""Summaries: what they say in both languages, and that nothing from outside can spoil one."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import msgspec
import pytest

from app.core.cause import Drivers, EmotionShare, Facet, Share, Shift, Term
from app.core.crisis import SIGN, VOLUME, EventType, Severity, State
from app.core.event import Change, Correction, CrisisEvent, Reading, Summary
from app.core.mention import Label
from app.core.summary import MAX_CHARS, OF_NO_CRISIS, clean, summary_of
from app.core.summary_english import ENGLISH
from app.core.summary_polish import POLISH
from app.core.summary_words import Words
from app.core.themes import THEMES
from tests.unit.report_values import MONDAY_MS, event, evidence

WORDS = pytest.mark.parametrize("words", [ENGLISH, POLISH], ids=["en", "pl"])
STATES = {
    EventType.WATCH: State.WATCH,
    EventType.DISMISSED: State.DISMISSED,
    EventType.ACKNOWLEDGED: State.ACKNOWLEDGED,
    EventType.RECOVERING: State.RECOVERING,
    EventType.RESOLVED: State.RESOLVED,
    EventType.FALSE_POSITIVE: State.RESOLVED,
    EventType.CLOSED: State.CLOSED,
}


def drivers(**fields: Any) -> Drivers:
    values: dict[str, Any] = {
        "of": 14,
        "seen": 14,
        "facets": (
            facet("theme", ("payment", 71.0), ("other", 29.0)),
            facet("platform", ("microblog", 64.0), ("unknown", 36.0)),
            facet("source", ("social", 93.0), ("review", 7.0)),
            facet("product", ("Larkmoor One", 50.0), ("other", 50.0)),
        ),
        "terms": tuple(Term(term=term, negatives=5, z=4.0) for term in ("twice", "failed")),
    }
    return Drivers(**(values | fields))


def facet(name: str, *shares: tuple[str, float]) -> Facet:
    found = tuple(
        Share(value=value, negatives=round(percent / 7), percent=percent)
        for value, percent in shares
    )
    return Facet(name=name, shares=found)


def reading(channel: str, scale_s: int, observed: int, expected: float, *, fired: bool) -> Reading:
    return Reading(
        channel=channel,
        scale_s=scale_s,
        start_ms=MONDAY_MS - (scale_s - 900) * 1_000,
        end_ms=MONDAY_MS + 900_000,
        observed=observed,
        expected=expected,
        dispersion=1.0,
        sigma=5.0 if fired else 0.1,
        probability=1e-6 if fired else 0.4,
        fired=fired,
    )


def told(kind: EventType, **fields: Any) -> CrisisEvent:
    state = STATES.get(kind, State.OPEN)
    return event(kind, 2, 12, fields.pop("state", state), **({"evidence": None} | fields))


def with_drivers(**fields: Any) -> CrisisEvent:
    found = msgspec.structs.replace(evidence(), drivers=drivers())
    return told(EventType.OPENED, theme="payment", evidence=found, escalated_to="on-call", **fields)


def test_an_opened_crisis_in_english() -> None:
    assert summary_of(with_drivers()).en == (
        "A crisis of larkmoor about payment was opened at 2025-03-03 11:12 UTC, severity error. "
        "14 distinct negative mentions by 14 authors came in 15 min (11:00 to 11:15 UTC), 0.3 "
        "expected; the negative share is 88%, usually 14%. "
        "Behind it: payment (71%); from microblog (64%); product Larkmoor One (50%); words such as "
        "twice, failed. "
        "Asked to act: on-call; nobody has taken it yet."
    )


def test_an_opened_crisis_in_polish() -> None:
    assert summary_of(with_drivers()).pl == (
        "Kryzys marki larkmoor (temat: płatność) został otwarty 2025-03-03 11:12 UTC, poziom: "
        "poważny. "
        "W ciągu 15 min (11:00–11:15 UTC) przyszło 14 negatywnych wzmianek (bez kopii) od 14 "
        "autorów, oczekiwano 0,3; udział negatywnych to 88%, zwykle 14%. "
        "Co za tym stoi: płatność (71%); skąd: microblog (64%); produkt: Larkmoor One (50%); "
        "słowa: twice, failed. "
        "Wezwana rola: on-call; nikt jeszcze tego nie przyjął."
    )


CASES: tuple[tuple[CrisisEvent, str, str], ...] = (
    (
        told(EventType.WATCH),
        "Negative mentions of larkmoor have been unusually many since 2025-03-03 11:12 UTC: a "
        "watch, not yet a crisis. Nobody is asked to act yet.",
        "Od 2025-03-03 11:12 UTC negatywnych wzmianek o marce larkmoor jest niezwykle dużo: to "
        "obserwacja, jeszcze nie kryzys. Na razie nikt nie musi działać.",
    ),
    (
        told(EventType.ACKNOWLEDGED, theme="delivery", actor="ann", owner="ann"),
        "The crisis of larkmoor about delivery was acknowledged by ann at 2025-03-03 11:12 UTC, "
        "severity error. Owner: ann.",
        "Kryzys marki larkmoor (temat: dostawa) został przyjęty przez ann 2025-03-03 11:12 UTC, "
        "poziom: poważny. Odpowiada: ann.",
    ),
    (
        told(EventType.ASSIGNED, actor="ann", owner="bob", state=State.ACKNOWLEDGED),
        "The crisis of larkmoor was assigned to bob by ann at 2025-03-03 11:12 UTC, severity "
        "error. Somebody is on it.",
        "Kryzys marki larkmoor został przydzielony przez ann 2025-03-03 11:12 UTC, poziom: "
        "poważny; odpowiada: bob. Ktoś się tym zajmuje.",
    ),
    (
        told(EventType.ESCALATED, escalated_to="lead", severity=Severity.CRITICAL),
        "Nobody had acknowledged the crisis of larkmoor by 2025-03-03 11:12 UTC, severity "
        "critical: the next to be asked is lead. Somebody should acknowledge it.",
        "Do 2025-03-03 11:12 UTC nikt nie przyjął kryzysu marki larkmoor, poziom: krytyczny; "
        "następna wezwana rola: lead. Ktoś powinien przyjąć kryzys.",
    ),
    (
        told(EventType.MILESTONE, milestone=50, state=State.RECOVERING),
        "By 2025-03-03 11:12 UTC, 50% of the peak's excess of negative mentions in the crisis of "
        "larkmoor was gone. Somebody is on it.",
        "Do 2025-03-03 11:12 UTC w kryzysie marki larkmoor ustąpiło 50% nadwyżki negatywnych "
        "wzmianek ze szczytu. Ktoś się tym zajmuje.",
    ),
    (
        told(EventType.SILENCED, actor="ann", silenced_until_ms=1_741_010_400_000),
        "Notifications about larkmoor were silenced by ann at 2025-03-03 11:12 UTC until "
        "2025-03-03 14:00 UTC. Its crises are still followed, but nobody is told.",
        "Powiadomienia o marce larkmoor zostały wyciszone przez ann 2025-03-03 11:12 UTC, do: "
        "2025-03-03 14:00 UTC. Kryzysy są nadal śledzone, ale nikt nie jest powiadamiany.",
    ),
    (
        told(EventType.REFUSED, actor="ann", reasons=("larkmoor has no crisis",)),
        "A command from ann for larkmoor was refused at 2025-03-03 11:12 UTC: larkmoor has no "
        "crisis. Nothing was changed.",
        "Polecenie dla marki larkmoor (od: ann) zostało odrzucone 2025-03-03 11:12 UTC: larkmoor "
        "has no crisis. Nic się nie zmieniło.",
    ),
)


def test_a_watch_of_volume_says_so_and_claims_nothing_of_negatives() -> None:
    readings = (
        reading("negatives", 3_600, 1, 0.21, fired=False),
        reading("mentions", 900, 3, 0.3, fired=False),
        reading("mentions", 3_600, 29, 5.6, fired=True),
    )
    found = msgspec.structs.replace(evidence(), readings=readings, drivers=drivers())
    sent = told(EventType.WATCH, reasons=(VOLUME,), evidence=found, theme="payment")
    assert summary_of(sent).en == (
        "Mentions of larkmoor about payment have been unusually many since 2025-03-03 11:12 UTC: a "
        "watch, not yet a crisis. 29 distinct mentions came in 1 h (10:15 to 11:15 UTC), 5.6 "
        "expected; negative among them: 1, 0.2 expected. Nobody is asked to act yet."
    )
    assert summary_of(sent).pl == (
        "Od 2025-03-03 11:12 UTC wzmianek o marce larkmoor (temat: płatność) jest niezwykle dużo: "
        "to obserwacja, jeszcze nie kryzys. W ciągu 1 h (10:15–11:15 UTC) przyszło 29 wzmianek "
        "(bez kopii), oczekiwano 5,6; w tym negatywnych: 1, oczekiwano 0,2. Na razie nikt nie musi "
        "działać."
    )
    signed = msgspec.structs.replace(sent, reasons=(SIGN,))
    assert "Negative mentions of larkmoor about payment have" in summary_of(signed).en


@pytest.mark.parametrize("readings", [(), (reading("mentions", 900, 9, 0.5, fired=True),)])
def test_a_watch_of_volume_without_its_readings_is_a_summary_too(
    readings: tuple[Reading, ...],
) -> None:
    found = msgspec.structs.replace(evidence(), readings=readings)
    text = summary_of(told(EventType.WATCH, reasons=(VOLUME,), evidence=found)).en
    assert ("9 distinct mentions came in 15 min" in text) == bool(readings)
    assert "negative" not in text


@pytest.mark.parametrize(
    ("kind", "window"),
    [
        (EventType.RECOVERING, "1 distinct negative mention came in 1 h (10:15 to 11:15 UTC), 0.2"),
        (EventType.RESOLVED, "1 distinct negative mention came in 1 h (10:15 to 11:15 UTC), 0.2"),
        (EventType.DISMISSED, "1 distinct negative mention came in 1 h (10:15 to 11:15 UTC), 0.2"),
        (EventType.MILESTONE, "0 distinct negative mentions came in 15 min (11:00 to 11:15"),
        (EventType.UPDATED, "18 distinct negative mentions by 14 authors came in 6 h (05:15 to"),
    ],
)
def test_what_is_over_is_told_by_a_window_without_the_peak(kind: EventType, window: str) -> None:
    """The window of six hours still fires when the last hour is calm."""
    readings = (
        reading("negatives", 900, 0, 0.1, fired=False),
        reading("negatives", 3_600, 1, 0.21, fired=False),
        reading("negatives", 21_600, 18, 0.7, fired=True),
    )
    start_ms = readings[-1].start_ms
    found = msgspec.structs.replace(evidence(), readings=readings, start_ms=start_ms)
    text = summary_of(told(kind, evidence=found))
    assert window in text.en
    assert ("udział" in text.pl) == (kind is EventType.UPDATED)


def test_numbers_authors_and_share_are_of_one_window() -> None:
    """The evidence's window is the least likely one, not always the widest that fired."""
    readings = (
        reading("negatives", 900, 3, 0.01, fired=True),
        reading("negatives", 21_600, 4, 0.4, fired=True),
    )
    found = msgspec.structs.replace(evidence(), readings=readings, distinct_authors=3)
    text = summary_of(told(EventType.OPENED, evidence=found))
    assert "3 distinct negative mentions by 3 authors came in 15 min" in text.en
    assert "(11:00 to 11:15 UTC), under 0.1 expected; the" in text.en
    assert "oczekiwano poniżej 0,1; udział" in text.pl


def test_what_another_crisis_of_the_brand_has_is_told_apart() -> None:
    own_share = Shift(before=14.6, now=33.3, change=18.7, low=2.0, high=40.0)
    own = drivers(of=3, seen=3, shift=own_share)
    found = msgspec.structs.replace(evidence(), drivers=own)
    text = summary_of(told(EventType.OPENED, theme="ethics", evidence=found))
    assert "14 distinct negative mentions by 14 authors came in 15 min" in text.en
    assert (
        "0.3 expected, 3 of them of this crisis; the negative share is 88%, usually 14%" in text.en
    )
    assert "oczekiwano 0,3, z tego 3 w tym kryzysie; udział" in text.pl
    assert "of this crisis" not in summary_of(with_drivers()).en


def test_that_nothing_stands_out_is_said() -> None:
    bare = drivers(facets=(facet("platform", ("microblog", 100.0)),), terms=())
    found = msgspec.structs.replace(evidence(), drivers=bare)
    text = summary_of(told(EventType.OPENED, evidence=found))
    assert "Behind it: from microblog (100%); no theme or word stands out." in text.en
    assert "żaden temat ani słowo się nie wyróżnia" in text.pl
    themed = drivers(facets=(facet("theme", ("payment", 90.0)),), terms=())
    found = msgspec.structs.replace(evidence(), drivers=themed)
    assert "stands out" not in summary_of(told(EventType.OPENED, evidence=found)).en


@pytest.mark.parametrize(
    ("share", "is_told"),
    [
        (Share(value="payment", negatives=2, percent=20.0), True),
        (Share(value="payment", negatives=2, percent=19.9), False),
        (Share(value="payment", negatives=1, percent=33.3), False),
        (Share(value="unknown", negatives=9, percent=90.0), False),
    ],
)
def test_a_theme_of_few_negatives_is_not_told_as_what_is_behind(
    share: Share, is_told: bool
) -> None:
    facets = (Facet(name="theme", shares=(share,)),)
    found = msgspec.structs.replace(evidence(), drivers=drivers(facets=facets))
    text = summary_of(told(EventType.OPENED, evidence=found)).en
    assert ("Behind it: payment" in text) == is_told
    assert "words such as twice" in text


@pytest.mark.parametrize(("sent", "english", "polish"), CASES, ids=[c[0].type for c in CASES])
def test_what_an_event_says(sent: CrisisEvent, english: str, polish: str) -> None:
    assert summary_of(sent).en == english
    assert summary_of(sent).pl == polish


def test_a_change_is_told_with_the_numbers() -> None:
    change = Change(
        since_ms=evidence().start_ms,
        negatives_before=1_200,
        negatives=40,
        share_before=0.6,
        share=0.25,
    )
    text = summary_of(told(EventType.UPDATED, change=change, evidence=evidence()))
    assert (
        "Since 11:00 UTC the negatives of an hour went from 1,200 to 40, their share from 60% to "
        "25%. 14 distinct" in text.en
    )
    assert "zmieniła się z 1\u00a0200 na 40, ich udział z 60% na 25%. W ciągu 15 min" in text.pl


def test_of_a_brand_that_is_not_learnt_nothing_is_called_usual() -> None:
    found = msgspec.structs.replace(evidence(), drivers=drivers(), warming=True)
    text = summary_of(told(EventType.OPENED, evidence=found))
    assert (
        "in 15 min (11:00 to 11:15 UTC); the negative share is 88%, and what is usual is not "
        "learnt yet. " in text.en
    )
    assert "udział negatywnych to 88%; co jest zwykłe, nie jest jeszcze znane." in text.pl
    assert "expected" not in text.en
    assert "oczekiwano" not in text.pl


def test_a_shift_tells_the_share_before() -> None:
    shift = Shift(before=14.6, now=87.5, change=72.9, low=50.0, high=85.0)
    found = msgspec.structs.replace(evidence(), drivers=drivers(shift=shift))
    text = summary_of(told(EventType.OPENED, evidence=found))
    assert "the negative share is 88%, 15% before" in text.en
    assert "udział negatywnych to 88%, przedtem 15%" in text.pl


def test_a_silence_is_told_with_what_is_asked() -> None:
    text = summary_of(with_drivers(silenced_until_ms=1_741_010_400_000))
    assert text.en.endswith(
        "taken it yet; silenced, so nobody is told before 2025-03-03 14:00 UTC."
    )
    assert text.pl.endswith("wyciszone, nikt nie jest powiadamiany do 2025-03-03 14:00 UTC.")


def test_accounts_that_look_like_bots_are_told_when_they_are_many() -> None:
    few, many = (
        msgspec.structs.replace(evidence(), drivers=drivers(inauthentic_percent=percent))
        for percent in (19.9, 45.0)
    )
    assert "look like bots" not in summary_of(told(EventType.OPENED, evidence=few)).en
    assert (
        "; 45% from accounts that look like bots"
        in summary_of(told(EventType.OPENED, evidence=many)).en
    )


@pytest.mark.parametrize(
    ("before", "start_ms", "expected"),
    [
        (Label.NEGATIVE, None, "negative is now neutral. No published count changes."),
        (Label.NEUTRAL, None, "neutral, as before. No published count changes."),
        (None, 1_741_010_400_000, "now neutral. It counts anew in the step of 2025-03-03 14:00"),
    ],
)
def test_a_correction(before: Label | None, start_ms: int | None, expected: str) -> None:
    correction = Correction(mention_id="1", label=Label.NEUTRAL, before=before, start_ms=start_ms)
    assert expected in summary_of(told(EventType.CORRECTED, correction=correction)).en


@pytest.mark.parametrize(
    ("count", "form"),
    [
        (0, "przyszło 0 negatywnych wzmianek"),
        (1, "przyszła 1 negatywna wzmianka"),
        (2, "przyszły 2 negatywne wzmianki"),
        (5, "przyszło 5 negatywnych wzmianek"),
        (12, "przyszło 12 negatywnych wzmianek"),
        (21, "przyszło 21 negatywnych wzmianek"),
        (22, "przyszły 22 negatywne wzmianki"),
        (112, "przyszło 112 negatywnych wzmianek"),
        (1_004, "przyszły 1\u00a0004 negatywne wzmianki"),
    ],
)
def test_polish_counts(count: int, form: str) -> None:
    found = msgspec.structs.replace(evidence(), readings=(), negatives=count)
    assert f" {form} (bez kopii)" in summary_of(told(EventType.OPENED, evidence=found)).pl


def test_one_of_one_author_and_many_of_many() -> None:
    one = msgspec.structs.replace(evidence(), readings=(), negatives=1, distinct_authors=1)
    many = msgspec.structs.replace(evidence(), distinct_authors=16)
    text = summary_of(told(EventType.OPENED, evidence=one))
    assert "1 distinct negative mention by 1 author came" in text.en
    assert "od 1 autora;" in text.pl
    text = summary_of(told(EventType.OPENED, evidence=many))
    assert "by at least 16 authors came" in text.en
    assert "od co najmniej 16 autorów" in text.pl


@WORDS
def test_every_list_has_its_words(words: Words) -> None:
    assert set(words.heads) == set(words.tails) == set(EventType)
    assert set(words.themes) == set(THEMES)
    assert set(words.severities) == set(Severity)
    assert set(words.labels) == {label.value for label in Label}
    assert set(words.phrases) == set(ENGLISH.phrases)
    assert set(words.sources) == set(ENGLISH.sources)


@pytest.mark.parametrize("kind", EventType)
@pytest.mark.parametrize("is_full", [False, True])
def test_each_type_is_two_to_four_sentences(kind: EventType, is_full: bool) -> None:
    found = msgspec.structs.replace(evidence(), drivers=drivers()) if is_full else None
    sent = told(kind, evidence=found, theme="outage" if is_full else "", reasons=("a reason",))
    text = summary_of(sent)
    for one in (text.en, text.pl):
        assert one.endswith(".")
        assert 2 <= len(re.split(r"(?<=\.) ", one)) <= 4
        assert "larkmoor" in one
        assert ("14 " in one) is is_full
    assert summary_of(sent) == text
    assert text.en != text.pl


@pytest.mark.parametrize("kind", sorted(OF_NO_CRISIS))
def test_what_is_of_no_crisis_asks_for_nothing(kind: EventType) -> None:
    assert "Nobody has taken" not in summary_of(told(kind, state=State.OPEN, owner=None)).en


def felt(low: float, **fields: Any) -> Summary:
    shift = Shift(before=10.0, now=45.0, change=35.0, low=low, high=50.0)
    anger = EmotionShare(emotion="anger", negatives=9, of=20, shift=shift)
    fear = EmotionShare(emotion="fear", negatives=9, of=20)
    found = msgspec.structs.replace(
        evidence(), drivers=drivers(emotions=(anger, fear), **fields.pop("drivers", {})), **fields
    )
    return summary_of(told(EventType.OPENED, evidence=found))


def test_an_emotion_that_clearly_moved_is_told() -> None:
    assert "; anger in 45% of the negatives, usually 10%." in felt(20.0).en
    assert "; złość w 45% negatywnych, zwykle w 10%." in felt(20.0).pl
    assert "fear" not in felt(20.0).en  # nobody knows what is usual
    assert "anger" not in felt(0.0).en
    assert "anger" not in felt(20.0, warming=True).en


def test_an_emotion_goes_first_where_there_is_no_room() -> None:
    """What drives a crisis is worth more than how people feel about it."""
    shift = Shift(before=10.0, now=45.0, change=35.0, low=20.0, high=50.0)
    driving = drivers(
        facets=tuple(facet(name, ("w" * 40, 100.0)) for name in ("theme", "platform", "product")),
        terms=tuple(Term(term="t" * 40, negatives=2, z=1.0) for _ in range(3)),
        inauthentic_percent=100.0,
        emotions=tuple(
            EmotionShare(emotion=one, negatives=9, of=20, shift=shift) for one in ("anger", "fear")
        ),
    )
    found = msgspec.structs.replace(evidence(), drivers=driving)
    with_room = summary_of(told(EventType.OPENED, evidence=found))
    without = summary_of(told(EventType.OPENED, evidence=found, brand="b" * 60))
    assert "; anger in" in with_room.en
    assert "; złość w" in with_room.pl
    assert "Behind it:" in without.en
    assert "Co za tym stoi:" in without.pl
    assert "anger in" not in without.en
    assert "złość w" not in without.pl


def test_texts_and_notes_stay_out() -> None:
    cited = msgspec.structs.replace(evidence("a secret excerpt"), drivers=drivers())
    text = summary_of(told(EventType.ANNOTATED, evidence=cited, note="a secret note"))
    assert "secret" not in text.en + text.pl
    assert "microblog.example" not in text.en + text.pl


HOSTILE = "A\u202eB\n\u200b{0}%s<b>\r" * 400


@pytest.mark.parametrize("kind", EventType)
def test_what_comes_from_outside_is_bounded(kind: EventType) -> None:
    shares = tuple(facet(name, (HOSTILE, 100.0)) for name in ("theme", "platform", "product"))
    terms = tuple(Term(term=HOSTILE, negatives=2**63, z=1.0) for _ in range(9))
    hostile = msgspec.structs.replace(
        evidence(HOSTILE),
        negatives=2**63,
        readings=(),
        drivers=drivers(facets=shares, terms=terms, inauthentic_percent=100.0),
    )
    sent = told(
        kind,
        evidence=hostile,
        brand=HOSTILE,
        theme=HOSTILE,
        actor=HOSTILE,
        owner=HOSTILE,
        escalated_to=HOSTILE,
        reasons=(HOSTILE, HOSTILE),
        note=HOSTILE,
        silenced_until_ms=1_741_010_400_000,
    )
    for text in (summary_of(sent).en, summary_of(sent).pl):
        assert len(text) <= MAX_CHARS
        assert text.endswith(".")
        assert not any(unicodedata.category(character).startswith("C") for character in text)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a\nb\t c", "a b c"),
        ("x" * 11, "x" * 9 + "…"),
        ("abcdefgh ijk", "abcdefgh…"),
        ("\u200b\u202e", ""),
        ("", ""),
    ],
)
def test_clean(given: str, expected: str) -> None:
    assert clean(given, 10) == expected
