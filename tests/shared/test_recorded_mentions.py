"""Two years of real mentions of twelve companies: each is read, and each is accounted for."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path

from app.config import load_settings
from app.core.event import ClosedWindow
from app.core.watchlist import WatchList
from app.inference.hash import HashEngine
from app.sources.recorded import read_recorded
from app.stream.offline import Replay
from app.wire import mention

RECORDED = Path(__file__).parents[3] / "shared/data/mentions/companies/mentions.jsonl.gz"
KNOWN = 51_486


def test_each_recorded_mention_parses() -> None:
    kinds = Counter(type(mention.parse(raw)).__name__ for _, raw in read_recorded(RECORDED))
    assert kinds == {"Mention": KNOWN}


def test_each_of_the_first_months_is_in_a_window(tmp_path: Path) -> None:
    part = tmp_path / "part.jsonl"
    with part.open("wb") as out:
        for _, raw in itertools.islice(read_recorded(RECORDED), 5_000):
            out.write(raw + b"\n")
    replay = Replay(load_settings(), HashEngine(), WatchList.given().match)
    windows = [out for out in replay.mentions([part]) if isinstance(out, ClosedWindow)]
    counted = sum(window.mentions for window in windows)
    assert replay.tally.sent == replay.tally.scored == 5_000
    assert counted + replay.late + replay.duplicates == 5_000
