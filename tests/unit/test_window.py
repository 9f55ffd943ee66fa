"""Rings of counts against a plain list of all steps (S2)."""

from __future__ import annotations

from random import Random

import pytest

from app.core.window import BLOCK_STEPS, COLUMNS, SCALES_S, Counts, Rings, window_starts, zero


def naive(history: list[Counts], first: int, start: int, end: int) -> Counts:
    total = zero()
    for step in range(max(start, first), end):
        total = [a + b for a, b in zip(total, history[step - first], strict=True)]
    return total


@pytest.mark.parametrize("seed", range(5))
def test_windows_equal_a_plain_sum(seed: int) -> None:
    draw, first = Random(seed), 1_000
    rings, history = Rings.starting_at(first), list[Counts]()
    while len(history) < 2_000:
        if draw.random() < 0.3:
            border = (rings.next_step // BLOCK_STEPS + 1) * BLOCK_STEPS
            steps = draw.randint(1, border - rings.next_step)
            rings.skip(steps)
            history += [zero()] * steps
        else:
            drawn = (draw.randint(0, 3) for _ in range(COLUMNS))
            counts = sorted(drawn, reverse=True)  # raw is the most
            rings.push(list(counts))
            history.append(counts)
        end = first + len(history)
        assert rings.next_step == end
        assert rings.are_sound()
        if draw.random() < 0.9:
            continue
        for start, counts in rings.windows():
            assert counts == naive(history, first, start, end)


def test_window_starts_span_their_scale_or_up_to_a_block_less() -> None:
    for end in range(5_000, 5_100):
        spans = [(end - start) * 30 for start in window_starts(end)]
        assert spans[:2] == [300, 900]
        assert SCALES_S[2] - 300 < spans[2] <= SCALES_S[2]
        assert SCALES_S[3] - 1_800 < spans[3] <= SCALES_S[3]
