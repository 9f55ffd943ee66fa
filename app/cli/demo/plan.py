"""What the demo's command line asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

LIMIT_S: Final = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``bootstrap`` None: a Kafka of the demo's own. ``speed`` in event seconds a second, 0: any.

    ``engine`` is the scorer's; ``limit_s`` the time after which the demo gives up.
    ``metrics_port`` is the scorer's, the detector and the notifier have the next ones; 0: none.
    """

    out: Path
    bootstrap: str | None = None
    speed: float = 0.0
    is_kept: bool = False
    is_json: bool = False
    engine: str = "transformer"
    metrics_port: int = 0
    limit_s: float = LIMIT_S
