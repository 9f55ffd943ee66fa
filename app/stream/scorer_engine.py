"""The engine that the scorer's settings ask for; the worker and the backtest score by the same."""

from __future__ import annotations

from app.config.groups import ScorerSettings
from app.inference.engine import Engine
from app.inference.load import load_engine


def scorer_engine(scorer: ScorerSettings) -> Engine:
    """Return the engine, ready to score. Raises ModelError as ``load_engine`` does."""
    return load_engine(
        scorer.engine,
        model=scorer.model,
        models=scorer.models,
        threads=scorer.threads,
        precision=scorer.precision,
    )
