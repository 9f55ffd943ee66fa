"""Recorded mentions, plain and compressed, whole and broken."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from app.errors import InputError
from app.sources import recorded
from app.sources.recorded import read_recorded

LINES = [f'{{"id": "{number}", "text": "Paczka nie doszła"}}'.encode() for number in range(5_000)]
CONTENT = b"\n".join(LINES) + b"\n"

PACK: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}


def stored(folder: Path, suffix: str, content: bytes) -> Path:
    path = folder / f"mentions.jsonl{suffix}"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("suffix", PACK)
def test_lines_come_as_they_are_with_their_numbers(tmp_path: Path, suffix: str) -> None:
    path = stored(tmp_path, suffix, PACK[suffix](CONTENT))
    assert list(read_recorded(path)) == list(enumerate(LINES, start=1))


@pytest.mark.parametrize("suffix", PACK)
def test_archives_laid_end_to_end_are_one(tmp_path: Path, suffix: str) -> None:
    path = stored(tmp_path, suffix, PACK[suffix](CONTENT) + PACK[suffix](CONTENT))
    assert [line for _, line in read_recorded(path)] == LINES + LINES


@pytest.mark.parametrize("suffix", PACK)
def test_an_empty_file_has_no_lines(tmp_path: Path, suffix: str) -> None:
    assert list(read_recorded(stored(tmp_path, suffix, PACK[suffix](b"")))) == []


def test_blank_lines_count_but_do_not_come(tmp_path: Path) -> None:
    path = stored(tmp_path, "", b"\na\r\n  \n\nb")
    assert list(read_recorded(path)) == [(2, b"a"), (5, b"b")]


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
@pytest.mark.parametrize("part", [0.5, 0.999])
def test_an_archive_cut_short_is_named_with_its_line(
    tmp_path: Path, suffix: str, part: float
) -> None:
    packed = PACK[suffix](CONTENT)
    path = stored(tmp_path, suffix, packed[: int(len(packed) * part)])
    with pytest.raises(InputError, match=rf"{path}: can't be read past line \d+"):
        list(read_recorded(path))


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_what_is_no_archive_is_named(tmp_path: Path, suffix: str) -> None:
    path = stored(tmp_path, suffix, b'{"text": "plain"}\n')
    with pytest.raises(InputError, match="past line 0"):
        list(read_recorded(path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.jsonl.*No such file"):
        list(read_recorded(tmp_path / "none.jsonl"))


def test_a_line_without_end_does_not_fill_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorded, "MAX_LINE_BYTES", 1_000)
    path = stored(tmp_path, "", b"short\n" + b"x" * 2_000)
    with pytest.raises(InputError, match=r"past line 1 .*longer than 1000 bytes"):
        list(read_recorded(path))
