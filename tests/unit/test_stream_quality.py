"""The gauges of quality: what the pool and the scorer tell, with labels of a closed list."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from app.config import Settings
from app.core.event import Labelled
from app.core.mention import Label
from app.core.supported import LANGUAGES
from app.inference.hash import HashEngine
from app.metrics import METRICS, Metrics
from app.stream import quality
from app.stream.quality import TAIL, PoolWatch
from app.stream.records import Record
from app.stream.scorer import Scorer
from app.wire import labelled
from tests.unit.test_stream_corrections import TEXT


def value(metrics: Metrics, name: str, language: str) -> float | None:
    found = re.search(
        rf'^{name}{{language="{language}"}} (\S+)$', metrics.render().decode(), re.MULTILINE
    )
    return float(found[1]) if found else None


def pooled(number: int, before: Label, label: Label, lang: str = "pl") -> Record:
    message = labelled.encode(
        Labelled(
            id=str(number),
            brand="b",
            mention_id=f"m{number}",
            label=label,
            labeller="f",
            at_ms=0,
            command_id="c",
            lang=lang,
            before=before,
        )
    )
    return Record("mentions.labelled", 0, number, 1, message.key, message.value, message.headers)


def watch(metrics: Metrics) -> tuple[PoolWatch, dict[Any, int]]:
    starts: dict[Any, int] = {}
    app: Any = SimpleNamespace(consumer=SimpleNamespace(starts=starts))
    return PoolWatch(app, Settings(), metrics), starts


async def test_the_pool_is_told_by_language() -> None:
    metrics = Metrics()
    pool, _ = watch(metrics)
    right = [pooled(n, Label.NEGATIVE, Label.NEGATIVE) for n in range(30)]
    wrong = [pooled(n, Label.NEUTRAL, Label.POSITIVE, "xx") for n in range(10)]
    await pool.handle([*right, *wrong])
    assert value(metrics, "squall_labelled_mentions", "pl") == 30
    assert value(metrics, "squall_labelled_f_score", "pl") == 1
    assert value(metrics, "squall_labelled_f_score", "all") == pytest.approx(1 / 3)
    low, high = (value(metrics, f"squall_labelled_f_score_{end}", "pl") for end in ("low", "high"))
    assert low is not None
    assert high == 1
    assert 0.9 < low < 1
    assert value(metrics, "squall_labelled_drop_sigmas", "pl") == 0
    assert value(metrics, "squall_labelled_mentions", "xx") is None


async def test_a_planted_flip_crosses_the_line_as_a_gauge() -> None:
    metrics = Metrics()
    pool, _ = watch(metrics)
    records = [pooled(n, Label.NEGATIVE, Label.NEGATIVE) for n in range(500)]
    records += [pooled(n, Label.NEUTRAL, Label.NEUTRAL) for n in range(500)]
    await pool.handle(records)
    flipped = [
        pooled(n, Label.NEUTRAL if n % 7 else Label.POSITIVE, Label.NEUTRAL) for n in range(500)
    ]
    await pool.handle(flipped)
    told = value(metrics, "squall_labelled_drop_sigmas", "pl")
    assert told is not None
    assert told > 3


async def test_an_unreadable_label_is_logged_and_passed(caplog: pytest.LogCaptureFixture) -> None:
    metrics = Metrics()
    pool, _ = watch(metrics)
    good = pooled(1, Label.NEGATIVE, Label.NEGATIVE)
    await pool.handle([good._replace(value=b"{"), good])
    assert value(metrics, "squall_labelled_mentions", "pl") == 1
    assert "label_unreadable" in caplog.text


@pytest.mark.parametrize(("end", "start"), [(7, 0), (TAIL + 5, 5)])
async def test_a_start_reads_the_tail_again(
    monkeypatch: pytest.MonkeyPatch, end: int, start: int
) -> None:
    async def ends_at(*_: Any) -> int:
        return end

    monkeypatch.setattr(quality, "_end", ends_at)
    metrics = Metrics()
    pool, starts = watch(metrics)
    await pool.handle([pooled(1, Label.NEGATIVE, Label.NEGATIVE)])
    place = TP("mentions.labelled", 0)
    await pool.assign([place])
    assert starts == {place: start}
    await pool.handle([pooled(1, Label.NEGATIVE, Label.NEGATIVE)])
    assert value(metrics, "squall_labelled_mentions", "pl") == 1  # not counted twice


async def test_the_scorer_tells_the_shares_of_its_labels() -> None:
    metrics = Metrics()
    scorer = Scorer(Settings(), HashEngine(), metrics)
    mention = (
        '{"id": "%d", "brand": "acme", "lang": "de", "text": "%s %d",'
        ' "published_at": "2026-03-02T09:16:40Z"}'
    )
    records = [
        Record("mentions", 0, n, 1_772_443_000_000, None, (mention % (n, TEXT, n)).encode(), ())
        for n in range(50)
    ]
    await scorer.handle(records)
    found = value(metrics, "squall_abstained_share", "de")
    assert found == value(metrics, "squall_abstained_share", "all")
    assert found is not None
    assert 0 < found < 0.5
    assert value(metrics, "squall_unscored_share", "de") == 0


def test_the_languages_are_a_closed_list() -> None:
    names = [name for name, metric in METRICS.items() if "language" in metric.labels]
    assert len([n for n in names if METRICS[n].labels["language"] == ("all", *LANGUAGES)]) == 8
