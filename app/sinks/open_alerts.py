"""Which alerts fire, and what to send now: pure, from crisis events or crisis states."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

import msgspec

from app.core.crisis import EventType, Severity, State
from app.core.event import CrisisEvent, CrisisState
from app.core.playbook import UNCLASSIFIED
from app.core.routed import RoutedAs, routed
from app.sinks.alert import Alert, annotations_of, labels_of
from app.sinks.quiet import QuietHours

FIRING: Final = frozenset({State.OPEN, State.ACKNOWLEDGED, State.RECOVERING})
ENDED: Final = frozenset({State.RESOLVED, State.CLOSED})
_REMEMBERED: Final = 10_000
_EXPIRED_MS: Final = 15 * 60_000  # longer than Alertmanager keeps an alert that is not sent again
_Key = tuple[tuple[str, str], ...]


class OpenAlerts:
    """Follows crises and says which alerts are due.

    Alertmanager forgets an alert that is not sent again, so open ones fall due every ``resend_s``;
    a change falls due at once. When the severity changes, the alert of the old label set ends and
    one of the new set begins, with the start of the crisis. Of a silenced brand nothing is told:
    its alerts end, and begin again when the silence is over. In quiet hours what is not bad enough
    waits. Records seen before are left out by their ``seq``: after a restart a repeated ``opened``
    does not raise a resolved crisis again.

    >>> open_alerts = OpenAlerts(resend_s=30)
    >>> open_alerts.due(now_ms=0)
    ()
    """

    def __init__(
        self,
        resend_s: float = 30,
        source_url: str | None = None,
        quiet: QuietHours | None = None,
    ) -> None:
        self._resend_ms = resend_s * 1000
        self._source_url = source_url
        self._quiet = quiet
        self._silenced: dict[str, int] = {}  # brand -> until when
        self._firing: dict[str, Alert] = {}  # by crisis id
        self._seq: OrderedDict[str, int] = OrderedDict()
        self._ended: dict[_Key, Alert] = {}  # to be sent once more, with their end
        self._sent_ms: dict[_Key, int] = {}

    def apply(self, crisis: CrisisEvent | CrisisState, now_ms: int) -> None:
        """Take one record of ``crisis.events`` or ``crisis.state``; ``now_ms`` is the wall clock.

        An end in the future would keep the alert firing, so no time passes ``now_ms``.
        """
        if not crisis.drill:
            self._hear_silence(crisis, now_ms)
        if not crisis.crisis_id or crisis.seq <= self._seq.get(crisis.crisis_id, 0):
            return
        self._remember(crisis.crisis_id, crisis.seq)
        if crisis.state in FIRING:
            self._fire(crisis, now_ms)
        elif crisis.state in ENDED:
            self._end(crisis, now_ms)

    def due(self, now_ms: int) -> tuple[Alert, ...]:
        """Return what to send now: ended alerts first, then new, changed and re-sent ones."""
        firing = [
            alert
            for alert in self._firing.values()
            if now_ms - self._sent_ms.get(_key(alert), -(2**62)) >= self._resend_ms
            and not self._waits(alert, now_ms)
        ]
        return (*self._ended.values(), *firing)

    def sent(self, alerts: Iterable[Alert], now_ms: int) -> None:
        """Note that Alertmanager took ``alerts``, as ``due`` gave them."""
        for alert in alerts:
            key = _key(alert)
            if self._ended.get(key) == alert:
                del self._ended[key]
            elif alert in self._firing.values():
                self._sent_ms[key] = now_ms

    @property
    def firing(self) -> int:
        """How many alerts fire."""
        return len(self._firing)

    def _hear_silence(self, crisis: CrisisEvent | CrisisState, now_ms: int) -> None:
        until_ms = crisis.silenced_until_ms or 0
        if until_ms <= now_ms:
            self._silenced.pop(crisis.brand, None)
            return
        self._silenced[crisis.brand] = until_ms
        for alert in self._firing.values():
            if alert.labels["brand"] == crisis.brand and _key(alert) in self._sent_ms:
                self._close(alert, now_ms, now_ms)

    def _waits(self, alert: Alert, now_ms: int) -> bool:
        if now_ms < self._silenced.get(alert.labels["brand"], 0):
            return True
        if self._quiet is None or _key(alert) in self._sent_ms:
            return False
        return self._quiet.holds(Severity(alert.labels["severity"]), now_ms)

    def _remember(self, crisis_id: str, seq: int) -> None:
        self._seq[crisis_id] = seq
        self._seq.move_to_end(crisis_id)
        while len(self._seq) > _REMEMBERED:
            self._seq.popitem(last=False)

    def _fire(self, crisis: CrisisEvent | CrisisState, now_ms: int) -> None:
        before = self._firing.get(crisis.crisis_id)
        starts_ms = before.starts_ms if before else min(_opened_ms(crisis), now_ms)
        alert = self._alert(crisis, starts_ms, before)
        if before is not None and before.labels != alert.labels:
            self._close(before, _time_ms(crisis), now_ms)
        self._firing[crisis.crisis_id] = alert
        self._ended.pop(_key(alert), None)  # reopened before its end was told
        self._sent_ms.pop(_key(alert), None)

    def _end(self, crisis: CrisisEvent | CrisisState, now_ms: int) -> None:
        before = self._firing.pop(crisis.crisis_id, None)
        if before is None and not _may_fire(crisis, now_ms):
            return
        starts_ms = before.starts_ms if before else min(_opened_ms(crisis), now_ms)
        alert = self._alert(crisis, starts_ms, before)
        if before is not None and before.labels != alert.labels:
            self._close(before, _time_ms(crisis), now_ms)
        self._close(alert, _time_ms(crisis), now_ms)

    def _close(self, alert: Alert, ends_ms: int, now_ms: int) -> None:
        key = _key(alert)
        self._sent_ms.pop(key, None)
        self._ended[key] = msgspec.structs.replace(alert, ends_ms=min(ends_ms, now_ms))

    def _alert(
        self, crisis: CrisisEvent | CrisisState, starts_ms: int, before: Alert | None
    ) -> Alert:
        # A note carries no evidence; what the step before it told stays true.
        known = before.annotations if before else {}
        return Alert(
            labels=labels_of(crisis),
            annotations=known | annotations_of(crisis),
            starts_ms=starts_ms,
            source_url=self._source_url,
            seq=crisis.seq,
            routed_as=_routed_as(crisis, before),
            crisis=_with_evidence(crisis, before),
        )


def _with_evidence(
    crisis: CrisisEvent | CrisisState, before: Alert | None
) -> CrisisEvent | CrisisState:
    """Return the record with the evidence that was last given."""
    known = before.crisis.evidence if before is not None and before.crisis is not None else None
    return msgspec.structs.replace(crisis, evidence=crisis.evidence or known)


def _routed_as(crisis: CrisisEvent | CrisisState, before: Alert | None) -> tuple[RoutedAs, ...]:
    """Return what the crisis was since it opened: of a state as it says, of an event with what was
    known before it.
    """
    drivers = crisis.evidence.drivers if crisis.evidence else None
    known = () if before is None else before.routed_as
    if isinstance(crisis, CrisisState) and crisis.routed_as:
        known, drivers = crisis.routed_as, None  # its evidence may be older than what it was last
    scenario = crisis.scenario.id if crisis.scenario else UNCLASSIFIED
    return routed(known, crisis.severity, scenario, crisis.escalated_to, drivers)


def _key(alert: Alert) -> _Key:
    return tuple(alert.labels.items())


def _may_fire(crisis: CrisisEvent | CrisisState, now_ms: int) -> bool:
    """Return whether a resolved crisis not followed here may still fire since before a restart."""
    if isinstance(crisis, CrisisEvent):
        return crisis.type in (EventType.RESOLVED, EventType.FALSE_POSITIVE)
    return now_ms - _time_ms(crisis) < _EXPIRED_MS


def _time_ms(crisis: CrisisEvent | CrisisState) -> int:
    if isinstance(crisis, CrisisEvent):
        return crisis.time_ms
    return crisis.resolved_ms or crisis.updated_ms


def _opened_ms(crisis: CrisisEvent | CrisisState) -> int:
    if isinstance(crisis, CrisisState):
        return crisis.opened_ms or crisis.watch_since_ms
    return crisis.time_ms
