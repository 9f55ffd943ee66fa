"""The file is read again when it changes; a broken one keeps the rules and says so once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.clock import ManualClock
from app.core.mention import Mention
from app.core.watchlist import WatchList
from app.errors import ConfigError
from app.sources.watchlist import WatchListFile, load

ONE = "version: 1\nbrands:\n  - name: Acme\n    keywords: [{id: acme-name}]\n"
TWO = ONE + "  - name: Zeta\n"
BROKEN = ONE + "  - nome: Zeta\n"


class Watched:
    """A watch-list file under a manual clock, with what it reported."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write(ONE)
        self.clock = ManualClock()
        self.errors: list[ConfigError] = []
        self.changes: list[WatchList] = []
        self.file = WatchListFile(
            path, clock=self.clock, on_error=self.errors.append, on_change=self.changes.append
        )

    def write(self, text: str) -> None:
        fresh = self.path.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(self.path)

    def last_error(self) -> ConfigError | None:
        return self.file.last_error

    def brands_after_s(self, seconds: float) -> tuple[str, ...]:
        self.clock.advance_s(seconds)
        return self.file.current().brands


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "watchlist.yaml")


def test_a_change_is_seen_within_a_second_and_not_looked_for_more_often(watched: Watched) -> None:
    before = watched.file.current()
    watched.write(TWO)
    assert watched.brands_after_s(0.999) == ("acme",)
    assert watched.brands_after_s(0.001) == ("acme", "zeta")
    assert before.brands == ("acme",)
    assert watched.changes == [watched.file.current()]


def test_an_unchanged_file_is_the_same_list(watched: Watched) -> None:
    first = watched.file.current()
    watched.clock.advance_s(60)
    assert watched.file.current() is first
    assert (watched.errors, watched.changes) == ([], [])


def test_a_rule_change_takes_effect_without_a_restart(watched: Watched) -> None:
    mention = Mention(id="1", text="acme is a point of perfection", published_at_ms=0)
    assert len(watched.file.current().match(mention)) == 1
    watched.write(ONE.replace("acme-name", "acme-name, without: [perfection]"))
    watched.clock.advance_s(1)
    assert watched.file.current().match(mention) == ()


@pytest.mark.parametrize("text", [BROKEN, "", "brands: [", "version: 1\nversion: 1\n"])
def test_a_broken_file_keeps_the_rules_and_is_reported_once(watched: Watched, text: str) -> None:
    watched.write(text)
    assert [watched.brands_after_s(1) for _ in range(3)] == [("acme",)] * 3
    assert len(watched.errors) == 1
    assert watched.last_error() is watched.errors[0]
    assert str(watched.errors[0]).startswith(str(watched.path))
    watched.write(TWO)
    assert watched.brands_after_s(1) == ("acme", "zeta")
    assert watched.last_error() is None
    assert len(watched.errors) == 1


def test_another_broken_state_is_reported_again(watched: Watched) -> None:
    watched.write(BROKEN)
    watched.brands_after_s(1)
    watched.write("{")
    watched.brands_after_s(1)
    assert len(watched.errors) == 2


def test_a_file_that_goes_away_is_reported_once_and_may_come_back(watched: Watched) -> None:
    watched.path.unlink()
    assert [watched.brands_after_s(1) for _ in range(3)] == [("acme",)] * 3
    assert len(watched.errors) == 1
    watched.write(TWO)
    assert watched.brands_after_s(1) == ("acme", "zeta")


def test_the_same_size_and_time_in_another_file_is_a_change(watched: Watched) -> None:
    times = watched.path.stat().st_mtime_ns
    watched.write(ONE.replace("Acme", "Acne"))
    os.utime(watched.path, ns=(times, times))
    assert watched.brands_after_s(1) == ("acne",)


def test_a_broken_file_at_the_start_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.yaml"
    with pytest.raises(ConfigError, match=r"No such file.*; name a readable file in `watchlist`"):
        WatchListFile(path)
    path.write_text(BROKEN)
    with pytest.raises(ConfigError, match=r"watchlist\.yaml: brands\[1\]\.nome is no known key"):
        WatchListFile(path)


def test_without_a_path_every_given_brand_is_watched() -> None:
    file = WatchListFile(None, clock=ManualClock())
    mention = Mention(id="1", text="", published_at_ms=0, brand="acme")
    assert [match.rule for match in file.current().match(mention)] == ["given"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"version: 1\nbrands: [a, b", "is no YAML that can be read: .* in line 2; correct it"),
        (b"version: 1\nversion: 1\n", "key version twice in line 2"),
        (b"brands:\n  - {name: a, name: b}\n", "key name twice in line 2"),
        (b"a: &x [1]\nb: *x\n", r"an alias \(\*name\) is used in line 2"),
        (b"? [1]\n: 2\n", "is no YAML that can be read: found unhashable key"),
        (b"a: !!python/object/apply:os.system [ls]\n", "could not determine a constructor"),
        (b"a: 2026-99-99\n", "is no YAML that can be read"),
        (b"a: 1\n---\nb: 2\n", "is no YAML that can be read: but found another document"),
        (b"version: 1\nbrands: [{name: \xff}]\n", "is no UTF-8 at byte 27; save it as UTF-8"),
        (b"[" * 100_000, "is no YAML that can be read"),
        (b" " * (4 * 1024 * 1024 + 1), "is longer than 4194304 bytes"),
        (b"version: 1\nbrands: [{name: no}]\n", r"brands\[0\]\.name is no text; put it in quotes"),
    ],
)
def test_what_is_no_watch_list_is_named(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "watchlist.yaml"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=message) as raised:
        load(path)
    assert str(raised.value).startswith(f"{path}: ")


@settings(
    max_examples=500,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.binary(max_size=60) | st.text("abn:-[]{}&*!?|>'\" \n#,01", max_size=60).map(str.encode))
def test_no_bytes_raise_anything_but_a_config_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "watchlist.yaml"
    path.write_bytes(data)
    with pytest.raises(ConfigError):
        load(path)
