"""Rolling counts of one brand: the last 15 minutes by step, the last hour by 5 and six hours by 30
minutes.

A window of 1 h or 6 h starts at a block border, so it spans up to one block less than its name;
every window's exact start is given with its sum, and a consumer can add it up from
``sentiment.windows``.
"""

from __future__ import annotations

import msgspec

FINE = 30  # steps of 30 s kept
BLOCK_STEPS = 10  # steps in a block of 5 minutes
LONG_STEPS = 60  # steps in a block of 30 minutes
BLOCKS = 12
SCALES_S = (300, 900, 3_600, 21_600)

RAW, DISTINCT, NEGATIVES, UNSCORED, UNCERTAIN = range(5)
Counts = list[int]  # raw, distinct, distinct negatives, unscored, uncertain
Windows = tuple[tuple[int, Counts], ...]  # one a scale: first step, counts


def zero() -> Counts:
    return [0, 0, 0, 0, 0]


def add(total: Counts, counts: Counts) -> None:
    for index, count in enumerate(counts):
        total[index] += count


class Rings(msgspec.Struct, kw_only=True):
    """``next_step``: the first step not yet pushed; the last entry of each ring is the newest."""

    next_step: int
    fine: list[Counts]
    blocks: list[Counts]
    long: list[Counts]

    @classmethod
    def starting_at(cls, step: int) -> Rings:
        return cls(
            next_step=step,
            fine=[zero() for _ in range(FINE)],
            blocks=[zero() for _ in range(BLOCKS)],
            long=[zero() for _ in range(BLOCKS)],
        )

    def push(self, counts: Counts) -> None:
        """Append the counts of step ``next_step``."""
        step = self.next_step
        self.fine.pop(0)
        self.fine.append(counts)
        for ring, steps in ((self.blocks, BLOCK_STEPS), (self.long, LONG_STEPS)):
            if step % steps == 0:
                ring.pop(0)
                ring.append(zero())
            add(ring[-1], counts)
        self.next_step = step + 1

    def skip(self, steps: int) -> None:
        """Append ``steps`` empty steps that all lie in the same 5-minute block."""
        step = self.next_step
        del self.fine[:steps]
        self.fine.extend(zero() for _ in range(steps))
        for ring, width in ((self.blocks, BLOCK_STEPS), (self.long, LONG_STEPS)):
            if step % width == 0:
                ring.pop(0)
                ring.append(zero())
        self.next_step = step + steps

    def windows(self) -> Windows:
        """Return (first step, summed counts) of each scale's window that ends with the newest
        step.
        """
        starts = window_starts(self.next_step)
        rows = (self.fine[-BLOCK_STEPS:], self.fine, self.blocks, self.long)
        is_empty = not any(map(any, self.long))
        sums = (zero() if is_empty else _sum(ring) for ring in rows)
        return tuple(zip(starts, sums, strict=True))


def window_starts(end: int) -> tuple[int, int, int, int]:
    """Return the first step of each scale's window when ``end`` is the first step after it."""
    newest = end - 1
    return (
        end - BLOCK_STEPS,
        end - FINE,
        (newest // BLOCK_STEPS - (BLOCKS - 1)) * BLOCK_STEPS,
        (newest // LONG_STEPS - (BLOCKS - 1)) * LONG_STEPS,
    )


def _sum(rows: list[Counts]) -> Counts:
    return list(map(sum, zip(*rows, strict=True)))
