"""What the detector tells Prometheus: of each batch at once, of all brands every few seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from app.config import CANARY_BRAND, Topics
from app.core.crisis import EventType, Severity, State
from app.core.event import (
    ClosedWindow,
    CrisisEvent,
    CrisisGone,
    CrisisState,
    Judgement,
    Late,
    Output,
    Rehearsed,
)
from app.core.heard import silent
from app.core.lifecycle import state_of
from app.core.partition import PartitionFold
from app.metrics import SEVERITY_NUMBER, HistogramName, Metrics
from app.stream.folding import Folded
from app.stream.records import Record
from app.stream.sending import Outgoing
from app.wire.state import OF_NO_BRAND

AFTER_OPENING: Final[dict[EventType, HistogramName]] = {
    EventType.ACKNOWLEDGED: "squall_crisis_acknowledged_after_seconds",
    EventType.RECOVERING: "squall_crisis_recovering_after_seconds",
    EventType.RESOLVED: "squall_crisis_resolved_after_seconds",
}
BURNING: Final = frozenset({State.OPEN, State.ACKNOWLEDGED, State.RECOVERING})


class Teller:
    """Turns what was committed into metrics."""

    def __init__(self, metrics: Metrics, topics: Topics, *, are_compared: bool = True) -> None:
        self._metrics = metrics
        self._state_topic = topics.brand_state
        self._are_compared = are_compared  # two detectors judge, and their scores have a distance
        self._timed: set[int] = set()  # partitions whose watermark is shown
        self._duplicates = 0
        self._missing: set[tuple[str, str]] = set()  # brand, kind of source
        self._open: dict[str, dict[str, int]] = {}  # brand -> crisis id -> severity
        self._steps: list[EventType] = []  # of events whose crisis state is still to come

    def batch(self, records: Sequence[Record], seconds: float) -> None:
        """Tell of one batch, its transactions committed within ``seconds``."""
        self._metrics.observe("squall_transaction_seconds", seconds)
        self._metrics.observe("squall_batch_size", len(records))
        for record in records:
            self._metrics.since("squall_folded_after_seconds", record.timestamp_ms)

    def partition(self, partition: int, folded: Folded, watermark_ms: int | None) -> None:
        """Tell what a partition's part of a batch came to."""
        if watermark_ms is not None:
            self._metrics.watermark(partition, watermark_ms)
            self._timed.add(partition)
        for rejected in folded.rejected:
            self._metrics.count("squall_dead_letters_total", reason=rejected.reason)
        for output in folded.outputs:
            self._output(output)
        self._states(folded.outgoing)

    def brands(self, folds: Iterable[PartitionFold]) -> None:
        """Tell of all brands; takes a fraction of a microsecond for each."""
        states: Counter[State] = Counter()
        crises: Counter[Severity] = Counter()
        missing: set[tuple[str, str]] = set()
        duplicates = 0
        for fold in folds:
            duplicates += fold.duplicates
            for name, brand in fold.brands.items():
                if name == CANARY_BRAND:
                    continue
                states[state_of(brand.state)] += 1
                for episode in brand.state.episodes.values():
                    if episode.state in BURNING:
                        crises[episode.severity] += 1
                missing |= {(name, kind) for kind in silent(brand.state)}
        self._silent(missing)
        for state in State:
            self._metrics.set("squall_brands", states[state], state=state)
        for severity in Severity:
            self._metrics.set("squall_crises_open", crises[severity], severity=severity)
        if duplicates > self._duplicates:
            self._metrics.count("squall_duplicates_total", duplicates - self._duplicates)
        self._duplicates = duplicates

    def _silent(self, missing: set[tuple[str, str]]) -> None:
        """Tell which sources of which brands are silent, and which are no longer."""
        for brand, kind in self._missing | missing:
            is_silent = (brand, kind) in missing
            self._metrics.set("squall_source_silent", is_silent, brand=brand, source=kind)
        self._missing = missing

    def loaded(self, folds: Mapping[int, PartitionFold]) -> None:
        """Tell of the crises that were open when the partitions came."""
        self._duplicates = 0
        for partition in self._timed - folds.keys():
            self._metrics.forget("squall_watermark_age_seconds", partition=partition)
        self._timed &= folds.keys()
        self._open.clear()
        for fold in folds.values():
            for name, brand in fold.brands.items():
                if name == CANARY_BRAND:
                    continue
                self._show(name)
                for one in brand.state.episodes.values():
                    self._severity(name, one.crisis_id, one.state, one.severity)

    def _output(self, output: Output) -> None:
        metrics = self._metrics
        if output.brand == CANARY_BRAND and not isinstance(output, Late):
            return  # synthetic: it belongs to no figure of brands, crises or objectives
        if isinstance(output, CrisisEvent | CrisisState | CrisisGone) and output.drill:
            self._rehearsed(output)
            return
        match output:
            case CrisisEvent():
                metrics.count("squall_events_total", type=output.type, severity=output.severity)
                if output.judgement is not None:
                    self._judged(output.judgement)
                if output.crisis_id:  # a thousand corrections wait for no crisis state
                    self._steps.append(output.type)
            case CrisisState():
                self._severity(output.brand, output.crisis_id, output.state, output.severity)
                self._course(output)
            case CrisisGone():
                self._steps = []
                self._severity(output.brand, output.crisis_id, State.CLOSED, Severity.INFO)
            case ClosedWindow():
                self._window(output)
            case Rehearsed():
                metrics.count("squall_drill_mentions_total", outcome=output.outcome)
            case Late():
                metrics.count("squall_late_total")
                metrics.count("squall_dead_letters_total", reason="late")

    def _rehearsed(self, output: CrisisEvent | CrisisState | CrisisGone) -> None:
        """Tell of a drill what is its own: no figure of real crises is moved by it."""
        if not isinstance(output, CrisisEvent):
            return
        self._metrics.count("squall_drill_events_total", type=output.type)
        if output.type is EventType.OPENED and output.drill_began_ms is not None:
            self._metrics.since("squall_drill_time_to_detect_seconds", output.drill_began_ms)

    def _judged(self, judgement: Judgement) -> None:
        """Count a person's word once; what the detector did not open is no alarm of it."""
        before = judgement.before
        if before is judgement.verdict or not judgement.triggers:
            return
        said = "first" if before is None else "changed"
        for trigger in ("all", *judgement.triggers):
            self._metrics.count(
                "squall_judged_total", trigger=trigger, verdict=judgement.verdict, said=said
            )

    def _window(self, window: ClosedWindow) -> None:
        metrics, brand = self._metrics, window.brand
        metrics.count("squall_brand_mentions_total", window.mentions, brand=brand)
        metrics.count("squall_brand_negatives_total", window.negatives, brand=brand)
        metrics.set("squall_brand_score", window.score, brand=brand)
        if self._are_compared:
            distance = abs(window.score - window.second_score)
            metrics.set("squall_brand_disagreement", distance, brand=brand)
        metrics.set("squall_brand_expected_negatives", window.expected_negatives, brand=brand)
        metrics.set("squall_brand_upper_negatives", window.upper_negatives, brand=brand)
        metrics.since("squall_judged_after_seconds", window.end_ms)

    def _course(self, crisis: CrisisState) -> None:
        """Tell how long the steps took that led to this: their events came right before it."""
        steps, self._steps = self._steps, []
        if crisis.opened_ms is None:
            return
        for step in steps:
            if step is EventType.OPENED:
                seconds = (crisis.opened_ms - crisis.watch_since_ms) / 1000
                self._metrics.observe("squall_crisis_opened_after_seconds", seconds)
            elif step in AFTER_OPENING:
                seconds = (crisis.updated_ms - crisis.opened_ms) / 1000
                self._metrics.observe(AFTER_OPENING[step], seconds)

    def _severity(self, brand: str, crisis_id: str, state: State, severity: Severity) -> None:
        crises = self._open.setdefault(brand, {})
        if state in BURNING:
            crises[crisis_id] = SEVERITY_NUMBER[severity]
        else:
            crises.pop(crisis_id, None)
        self._show(brand)

    def _show(self, brand: str) -> None:
        worst = max(self._open.get(brand, {}).values(), default=0)
        self._metrics.set("squall_brand_open_severity", worst, brand=brand)

    def _states(self, outgoing: Sequence[Outgoing]) -> None:
        for one in outgoing:
            message = one.message
            if one.topic != self._state_topic or OF_NO_BRAND in (message.key or b""):
                continue
            if message.value is None:
                self._metrics.count("squall_brands_evicted_total")
            else:
                self._metrics.observe("squall_state_bytes", len(message.value))
