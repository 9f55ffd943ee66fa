"""The short way through a calm step: what it leaves out would have said nothing."""

from __future__ import annotations

import pytest

from app.core.brand import Brand
from app.core.detector.series import SeriesScorer
from app.core.detector.spike import Verdict
from app.core.rules import Rules
from tests.unit.folding import MONDAY_MS, QUICK, Stream, closed_windows, crisis_events, fold

CRISIS_MS = MONDAY_MS + 76 * 3_600_000
COLD = Rules(warm_blocks=10_000)


@pytest.mark.parametrize("rules", [QUICK, COLD])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_short_way_gives_the_same_events_and_windows(
    seed: int, rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = Stream(seed, per_day=200).wave(CRISIS_MS, 3, per_hour=60, negative_share=0.9)
    records = stream.wave(CRISIS_MS + 30 * 3_600_000, 2, 90, 0.9).records(days=5)
    short = fold(records, rules)
    calm: list[bool] = []

    def never(self: Brand, verdicts: dict[str, Verdict]) -> bool:
        calm.append(is_calm(self, verdicts))
        return False

    is_calm = Brand.is_calm
    monkeypatch.setattr(Brand, "is_calm", never)
    assert fold(records, rules) == short
    assert sum(calm) > 0.3 * len(closed_windows(short)) > 200
    assert any(event.crisis_id for event in crisis_events(short))


def test_values_put_together_or_apart_are_judged_alike() -> None:
    """A long run of steps without mentions is the same whatever it is cut into."""
    fine, coarse = SeriesScorer(0, 30), SeriesScorer(0, 300)
    scores: list[tuple[float, float]] = []
    for block in range(3_000):
        count = float(block % 7 == 3) + 30.0 * (block == 2_900)
        parts = [fine.score(0.0) for _ in range(9)] + [fine.score(count)]
        assert not any(parts[:9])
        scores.append((parts[9], coarse.score(count)))
    assert all(one == other for one, other in scores)
    assert max(scores)[0] > 0.5
