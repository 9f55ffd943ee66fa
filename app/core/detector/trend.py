"""The smoothed root of the counts against its own usual level and spread.

The root of a Poisson count has about the same variance at every rate (Anscombe, Biometrika 35,
1948), so one spread serves day and night. It knows nothing of a model of the counts: a brand whose
bursts no negative binomial explains still has its own spread here.
"""

from __future__ import annotations

from math import sqrt

import msgspec

from app.core.detector.baseline import LEVEL_DECAY, SPREAD_HALF_LIFE
from app.core.window import BLOCK_STEPS

SMOOTHING = 0.5 ** (1 / 12)  # a block; half-life an hour
SPREAD_DECAY = 0.5 ** (1 / SPREAD_HALF_LIFE)
# Of a block that is ``steps`` old: its share, and what is kept of the blocks before.
PARTS = tuple((steps / BLOCK_STEPS, SMOOTHING ** (steps / BLOCK_STEPS)) for steps in range(11))
FLOOR = 0.2  # added to the spread: a steady brand must not fire at nothing
CLIP = 5.0
SURE_AFTER = 20.0  # blocks until the spread is good enough to clip by


class Trend(msgspec.Struct, kw_only=True):
    """Decayed sums: of counts and blocks, of the root's level, of its squared errors."""

    count: float = 0.0
    blocks: float = 0.0
    level: float = 0.0
    level_weight: float = 0.0
    square: float = 0.0
    square_weight: float = 0.0

    def usual(self) -> tuple[float, float]:
        """Return the usual root and its spread (with the floor)."""
        level = self.level / self.level_weight if self.level_weight > 0 else 1.0
        spread = sqrt(self.square / self.square_weight) if self.square_weight > 0 else 1.0
        return level, spread + FLOOR

    def root(self, steps: int, count: float) -> float:
        """Return the smoothed root when ``count`` came in the ``steps`` since the last block."""
        part, kept = PARTS[steps]
        return sqrt((self.count * kept + count) / (self.blocks * kept + part) + 1)

    def learn(self, count: float, weight: float) -> None:
        """Learn a whole block of five minutes."""
        usual, spread = self.usual()
        is_first = self.blocks <= 0
        self.count = self.count * SMOOTHING + count
        self.blocks = self.blocks * SMOOTHING + 1
        root = sqrt(self.count / self.blocks + 1)
        if is_first:
            self.level, self.level_weight = root, 1.0
            return
        error = root - usual
        if self.square_weight > SURE_AFTER:
            error = max(min(error, CLIP * spread), -CLIP * spread)
        self.level = self.level * LEVEL_DECAY + weight * (usual + error)
        self.level_weight = self.level_weight * LEVEL_DECAY + weight
        self.square = self.square * SPREAD_DECAY + weight * error * error
        self.square_weight = self.square_weight * SPREAD_DECAY + weight
