"""What the drivers are computed from, beside the facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from app.core.copies import NOTHING_COPIED, Copied
from app.core.crisis import Severity

# (share of the negatives kept 0..1, distinct authors left, sources left that agree) -> what the
# severity would be; None: no crisis. Called with (1.0, all of them) it says what the severity is.
Regrade = Callable[[float, int, int], Severity | None]


class Window(NamedTuple):
    """What the evidence window counts. ``raw``: copies included; all else is of distinct texts."""

    raw: int
    distinct: int
    negatives: int
    unscored: int
    authors: int  # of negatives, perhaps counted up to a limit only
    copied: Mapping[int, Copied] = NOTHING_COPIED
    start_ms: int = 0
    end_ms: int = 0
    # Looked through for emotions, with anger and with fear; None: as it is of the facts.
    felt: tuple[int, int, int] | None = None
    usual_suspects: float = 0.0  # share of the usual negatives by accounts that look like bots


class Usual(NamedTuple):
    """The brand as it usually is: decayed sums.

    ``share_negatives`` of ``share_scored`` mentions that have a label; ``terms`` as
    ``app.core.drivers.vocabulary`` keeps them.
    """

    share_negatives: float
    share_scored: float
    terms: Mapping[str, float]
    felt: tuple[float, ...] = (0.0, 0.0, 0.0)  # as that of Window, of negatives
