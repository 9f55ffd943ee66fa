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
QUARTER, HOUR = SCALES_S.index(900), SCALES_S.index(3_600)

RAW, DISTINCT, NEGATIVES, UNSCORED, UNCERTAIN, MISSED, FALSE, FELT = range(8)
# Raw, distinct, distinct negatives, unscored, uncertain; and of the distinct ones with a label the
# sums of how often the model misses a negative in their language, and of how often it takes another
# text for one, in thousandths (app.core.share); and what the distinct negatives show of emotions,
# three counts in one number (app.core.emotions).
Counts = list[int]
COLUMNS = 8
Windows = tuple[tuple[int, Counts], ...]  # one a scale: first step, counts


def zero() -> Counts:
    return [0, 0, 0, 0, 0, 0, 0, 0]


def add(total: Counts, counts: Counts) -> None:
    total[0] += counts[0]
    total[1] += counts[1]
    total[2] += counts[2]
    total[3] += counts[3]
    total[4] += counts[4]
    total[5] += counts[5]
    total[6] += counts[6]
    total[7] += counts[7]


def subtract(total: Counts, counts: Counts) -> None:
    if counts[RAW]:  # where there is none, nothing else is counted either
        total[0] -= counts[0]
        total[1] -= counts[1]
        total[2] -= counts[2]
        total[3] -= counts[3]
        total[4] -= counts[4]
        total[5] -= counts[5]
        total[6] -= counts[6]
        total[7] -= counts[7]


class Rings(msgspec.Struct, kw_only=True):
    """``next_step``: the first step not yet pushed; the last entry of each ring is the newest.

    ``sums``: of each scale's window, kept along, since a window is asked for at every step.
    """

    next_step: int
    fine: list[Counts]
    blocks: list[Counts]
    long: list[Counts]
    sums: list[Counts]

    @classmethod
    def starting_at(cls, step: int) -> Rings:
        return cls(
            next_step=step,
            fine=[zero() for _ in range(FINE)],
            blocks=[zero() for _ in range(BLOCKS)],
            long=[zero() for _ in range(BLOCKS)],
            sums=[zero() for _ in SCALES_S],
        )

    def push(self, counts: Counts) -> None:
        """Append the counts of step ``next_step``."""
        step, sums = self.next_step, self.sums
        subtract(sums[0], self.fine[-BLOCK_STEPS])
        subtract(sums[1], self.fine.pop(0))
        self.fine.append(counts)
        self._begin_blocks(step)
        for total in (*sums, self.blocks[-1], self.long[-1]):
            add(total, counts)
        self.next_step = step + 1

    def skip(self, steps: int) -> None:
        """Append ``steps`` empty steps that all lie in the same 5-minute block."""
        step, fine, sums = self.next_step, self.fine, self.sums
        if sums[1][RAW]:
            for leaving in fine[FINE - BLOCK_STEPS : FINE - BLOCK_STEPS + steps]:
                subtract(sums[0], leaving)
            for leaving in fine[:steps]:
                subtract(sums[1], leaving)
            del fine[:steps]
            fine.extend(zero() for _ in range(steps))
        self._begin_blocks(step)
        self.next_step = step + steps

    def _begin_blocks(self, step: int) -> None:
        if step % BLOCK_STEPS:
            return
        subtract(self.sums[2], self.blocks.pop(0))
        self.blocks.append(zero())
        if step % LONG_STEPS == 0:
            subtract(self.sums[3], self.long.pop(0))
            self.long.append(zero())

    def change(self, step: int, by: Counts) -> bool:
        """Add ``by`` to the counts of a step already pushed; False when no ring holds it."""
        newest, is_held = self.next_step - 1, False
        for ring, width, length in (
            (self.fine, 1, FINE),
            (self.blocks, BLOCK_STEPS, BLOCKS),
            (self.long, LONG_STEPS, BLOCKS),
        ):
            back = newest // width - step // width
            if back < length:
                add(ring[-1 - back], by)
                is_held = True
        for start, total in zip(window_starts(self.next_step), self.sums, strict=True):
            if step >= start:
                add(total, by)
        return is_held

    def windows(self) -> Windows:
        """Return (first step, summed counts) of each scale's window that ends with the newest
        step.
        """
        return tuple(zip(window_starts(self.next_step), map(list, self.sums), strict=True))

    def are_sound(self) -> bool:
        """Tell whether sizes and sums agree: false for what no fold has written."""
        rings = (self.fine, self.blocks, self.long, self.sums)
        sizes = (FINE, BLOCKS, BLOCKS, len(SCALES_S))
        if tuple(map(len, rings)) != sizes:
            return False
        if any(len(row) != COLUMNS for ring in rings for row in ring):
            return False
        rows = (self.fine[-BLOCK_STEPS:], self.fine, self.blocks, self.long)
        return self.sums == [list(map(sum, zip(*part, strict=True))) for part in rows]


def window_starts(end: int) -> tuple[int, int, int, int]:
    """Return the first step of each scale's window when ``end`` is the first step after it."""
    newest = end - 1
    return (
        end - BLOCK_STEPS,
        end - FINE,
        (newest // BLOCK_STEPS - (BLOCKS - 1)) * BLOCK_STEPS,
        (newest // LONG_STEPS - (BLOCKS - 1)) * LONG_STEPS,
    )
