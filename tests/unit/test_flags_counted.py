"""C13: every mention that claims something is counted by flag; a drill's are not."""

from __future__ import annotations

from collections.abc import Sequence

from app.config import Settings
from app.inference.calibration import Calibration, Probabilities
from app.inference.engine import Answer
from app.inference.negative_errors import NegativeErrors
from app.inference.subjects import Subjects
from app.metrics import Metrics
from app.stream.scorer import Scorer
from tests.unit.test_drill_shell import OF_DRILL, lines, record
from tests.worker_tools import a_mention

HURT = "somebody was burnt"
READ = {HURT: Subjects(certain=("safety", "injury", "legal"), likely=("breach",))}


class Claims:
    """Reads subjects in one text, and everything as negative."""

    model = "reading@1"
    calibration = Calibration()
    negative_errors = NegativeErrors()
    languages: frozenset[str] = frozenset()

    def score(self, texts: Sequence[str]) -> list[Probabilities]:
        return [answer.probabilities for answer in self.read(texts)]

    def read(self, texts: Sequence[str]) -> list[Answer]:
        return [Answer((0.9, 0.05, 0.05), READ.get(text, Subjects())) for text in texts]


async def test_a_mention_counts_for_each_flag_that_it_claims() -> None:
    metrics = Metrics("scorer")
    scorer = Scorer(Settings(), Claims(), metrics)
    await scorer.handle([record(a_mention(1, text=HURT), ()), record(a_mention(2), (), 2)])
    await scorer.handle([record(a_mention(3, text=HURT), (), 3)])
    await scorer.handle([record(a_mention(4, text=HURT), OF_DRILL, 4)])
    counted = {
        name: value for name, value in lines(metrics).items() if name.startswith("squall_flagged")
    }
    flags = {"breach": 0, "injury": 2, "legal": 2, "rumour": 0}
    assert counted == {f'squall_flagged_total{{flag="{flag}"}}': n for flag, n in flags.items()}
