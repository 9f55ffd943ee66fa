"""The pictures of docs/detector.md show what was measured last."""

from __future__ import annotations

import pytest
from PIL import Image

from benchmarks.__main__ import RESULTS
from benchmarks.detector_pictures import DOCS, PICTURES, checksum, drawn


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_shows_the_newest_results(name: str) -> None:
    results = (RESULTS / PICTURES[name][0]).read_bytes()

    with Image.open(DOCS / f"{name}.png") as picture:
        told = picture.info["Results"]

    assert told == checksum(results), "run: python -m benchmarks.detector_pictures"


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_can_be_drawn_again(name: str) -> None:
    assert drawn(name).startswith(b"\x89PNG")


@pytest.mark.parametrize("name", PICTURES)
def test_the_page_shows_each_picture(name: str) -> None:
    assert f"({name}.png)" in (DOCS / "detector.md").read_text("utf-8")
