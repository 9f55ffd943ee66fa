"""The demo's week: the same each time, varied, in two languages, and shaped as it says."""

from __future__ import annotations

from collections import Counter
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from random import Random

import msgspec
import pytest

from app.core.mention import Mention, SourceKind
from app.errors import InputError
from app.sources.scenario import phrasebook
from app.sources.scenario.calendar import END_MS, HOUR_MS, MINUTE_MS, START_MS
from app.sources.scenario.week import Week, week
from app.sources.watchlist import load
from app.wire import mention as mention_wire

WATCHLIST = Path(str(files("app.sources.scenario") / "watchlist.yaml"))
BOOKS = sorted(
    path.name.removesuffix(".txt")
    for path in (files("app.sources.scenario") / "texts").iterdir()
    if path.name.endswith(".txt")
)


@cache
def scenario() -> Week:
    return week()


@cache
def mentions() -> tuple[Mention, ...]:
    parsed = [mention_wire.parse(record.value) for record in scenario().records]
    return tuple(mention for mention in parsed if isinstance(mention, Mention))


def test_the_week_is_a_function_of_its_seed() -> None:
    assert week(7).records == week(7).records
    assert week(7).records != week(8).records


def test_every_record_is_a_mention_that_is_accepted_whole() -> None:
    assert len(mentions()) == len(scenario().records)
    for record in scenario().records:
        parsed = mention_wire.parse_counted(record.value)
        assert isinstance(parsed, mention_wire.Parsed)
        assert parsed.unknown_fields == 0


def test_records_come_in_order_of_time_within_the_week() -> None:
    times = [record.time_ms for record in scenario().records]
    assert times == sorted(times)
    assert times[0] >= START_MS
    assert times[-1] < END_MS
    assert times == [mention.published_at_ms for mention in mentions()]


def test_ids_are_unique() -> None:
    assert len({mention.id for mention in mentions()}) == len(mentions())


def test_about_three_thousand_texts_of_which_few_are_alike() -> None:
    texts = Counter(mention.text for mention in mentions())
    assert len(texts) == scenario().distinct
    assert 2_600 <= len(texts) <= 3_300
    assert 2_900 <= len(mentions()) <= 4_000


def test_both_languages_and_five_kinds_of_sources() -> None:
    languages = Counter(mention.lang for mention in mentions())
    assert set(languages) == {"en", "pl"}
    assert min(languages.values()) > len(mentions()) / 3
    kinds = {SourceKind.SOCIAL, SourceKind.REVIEW, SourceKind.SUPPORT, SourceKind.FORUM}
    assert {mention.source for mention in mentions()} == kinds | {SourceKind.NEWS}
    assert all((m.rating is not None) == (m.source is SourceKind.REVIEW) for m in mentions())


def test_no_template_sign_is_left_in_a_text() -> None:
    assert [m.text for m in mentions() if set(m.text) & set("[]{}|")] == []


def test_the_watch_list_finds_each_mention_its_brand_and_no_other() -> None:
    watch_list = load(WATCHLIST)
    for record, mention in zip(scenario().records, mentions(), strict=True):
        assert [match.brand for match in watch_list.match(mention)] == [record.brand], mention.text


def test_a_repost_repeats_an_older_mention_word_for_word() -> None:
    by_id = {mention.id: mention for mention in mentions()}
    reposts = [mention for mention in mentions() if mention.repost_of is not None]
    assert len(reposts) > 100
    for repost in reposts:
        original = by_id[repost.repost_of or ""]
        assert original.text == repost.text
        assert original.published_at_ms <= repost.published_at_ms


def test_brands_are_learnt_before_their_wave() -> None:
    for wave in (scenario().planted, scenario().joke):
        blocks = {
            record.time_ms // (5 * MINUTE_MS)
            for record in scenario().records
            if record.brand == wave.brand and record.time_ms < wave.start_ms
        }
        assert len(blocks) > 200


@pytest.mark.parametrize("name", ["planted", "joke"])
def test_a_wave_is_many_times_the_usual_volume(name: str) -> None:
    wave = getattr(scenario(), name)
    times = [record.time_ms for record in scenario().records if record.brand == wave.brand]
    hour_after = sum(wave.start_ms <= time < wave.start_ms + HOUR_MS for time in times)
    day_before = wave.start_ms - 24 * HOUR_MS
    same_hour_yesterday = sum(day_before <= time < day_before + HOUR_MS for time in times)
    assert hour_after >= 5 * same_hour_yesterday


def test_the_week_goes_on_calmly_long_after_the_crisis() -> None:
    planted = scenario().planted
    assert END_MS - planted.end_ms > 12 * HOUR_MS
    after = [r.time_ms for r in scenario().records if r.time_ms > planted.end_ms + 12 * HOUR_MS]
    assert max(later - earlier for earlier, later in pairwise(after)) < 6 * HOUR_MS


def test_authors_spread_over_partitions() -> None:
    keys = Counter(record.key for record in scenario().records)
    assert len(keys) > 500
    assert max(keys.values()) < 50


@pytest.mark.parametrize("name", BOOKS)
def test_every_template_of_a_phrasebook_can_be_written(name: str) -> None:
    book = phrasebook.load(name)
    for templates in book.sections.values():
        for template in templates:
            alone = phrasebook.Phrasebook(sections={"one": (template,)}, words=book.words)
            assert not set(alone.write(Random(1), "one")) & set("[]{}|")


def test_a_missing_section_or_word_list_is_named() -> None:
    book = phrasebook.parse("remark\n== social praise\nNice {thing}\n")
    with pytest.raises(InputError, match="social joke"):
        book.write(Random(1), "social joke")
    with pytest.raises(InputError, match="thing"):
        book.write(Random(1), "social praise")


def test_sentences_begin_with_a_capital() -> None:
    book = phrasebook.parse("== words day\nłatwy dzień\n== a b\n{day}. dobry? {day}!\n")
    assert book.write(Random(1), "a b") == "Łatwy dzień. Dobry? Łatwy dzień!"


def test_values_are_plain_json() -> None:
    assert msgspec.json.decode(scenario().records[0].value)["published_at"].endswith("+01:00")
