"""Crises as a log of events, planted with what fired and what people said of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import msgspec

from app.core.crisis import EventType, Judged, Severity, State
from app.core.event import CrisisEvent, Trigger
from tests.unit.report_values import MONDAY_MS, event, evidence

HOUR_MIN = 60
UNITS = {
    "volume": ("score", 0.5),
    "negatives": ("score", 0.5),
    "negatives_rate": ("score", 0.5),
    "negative_share": ("share", 0.25),
    "absolute": ("negatives", 50.0),
    "reach": ("weight", 40.0),
    "cascade": ("answers", 12.0),
    "risk_keyword": ("authors", 3.0),
}
SAYS = {
    Judged.CONFIRMED: EventType.CONFIRMED,
    Judged.FALSE_POSITIVE: EventType.FALSE_POSITIVE,
}
STATES = {
    EventType.OPENED: State.OPEN,
    EventType.REOPENED: State.OPEN,
    EventType.WATCH: State.WATCH,
}


@dataclass(frozen=True, kw_only=True)
class Planted:
    """One crisis as it is meant: ``fired`` value by trigger; ``said``, the last word last."""

    crisis_id: str
    fired: dict[str, float] = field(default_factory=dict)
    said: tuple[Judged, ...] = ()
    severity: Severity = Severity.ERROR
    brand: str = "larkmoor"
    minute: int = 0
    later: dict[str, float] = field(default_factory=dict)
    is_by_hand: bool = False

    def events(self) -> list[CrisisEvent]:
        """Return its steps: watch, opened, updated, acknowledged, what was said, resolved."""
        found = [self._step(1, EventType.WATCH)]
        opened = {} if self.is_by_hand else {"evidence": with_triggers(self.fired)}
        command = {"command_id": "c", "actor": "ada"} if self.is_by_hand else {}
        found.append(self._step(2, EventType.OPENED, **opened, **command))
        found.append(self._step(3, EventType.UPDATED, evidence=with_triggers(self.later)))
        found.append(self._step(4, EventType.ACKNOWLEDGED, actor="ann"))
        found += [
            self._step(5 + number, SAYS[word], actor="bob", state=State.RESOLVED)
            for number, word in enumerate(self.said)
        ]
        found.append(self._step(9, EventType.ANNOTATED, note="seen", state=State.RESOLVED))
        return found

    def _step(self, seq: int, kind: EventType, **fields: object) -> CrisisEvent:
        given: dict[str, object] = {
            "id": f"{self.crisis_id}-{seq}",
            "crisis_id": self.crisis_id,
            "brand": self.brand,
            "severity": self.severity,
            "evidence": None,
            **fields,
        }
        state = given.pop("state", STATES.get(kind, State.ACKNOWLEDGED))
        assert isinstance(state, State)
        return event(kind, seq, self.minute + seq, state, **given)


def with_triggers(fired: dict[str, float]) -> object:
    triggers = tuple(trigger(name, value) for name, value in sorted(fired.items()))
    return msgspec.structs.replace(evidence(), triggers=triggers)


def trigger(name: str, value: float) -> Trigger:
    unit, threshold = UNITS[name]
    return Trigger(name=name, unit=unit, scale_s=3_600, value=value, threshold=threshold)


def two_hundred(seed: int) -> list[Planted]:
    """Return 200 judged crises of two brands and 70 that nobody judged, in a drawn order."""
    draw = Random(seed)
    found = []
    for number in range(270):
        names = draw.sample(sorted(UNITS), draw.randint(1, 4))
        fired = {name: round(UNITS[name][1] * draw.uniform(1.0, 1.9), 3) for name in names}
        said: tuple[Judged, ...] = ()
        if number < 200:  # some change their mind, some say it twice
            said = tuple(draw.choice(list(Judged)) for _ in range(draw.choice((1, 1, 1, 2, 3))))
        found.append(
            Planted(
                crisis_id=f"k{number}",
                fired=fired,
                said=said,
                severity=draw.choice((Severity.WARNING, Severity.ERROR, Severity.CRITICAL)),
                brand=draw.choice(("larkmoor", "domarenka")),
                minute=number * HOUR_MIN,
            )
        )
    draw.shuffle(found)
    return found


def opened_ms(planted: Planted) -> int:
    return MONDAY_MS + (planted.minute + 2) * 60_000
