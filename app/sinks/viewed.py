"""A receiver that is told a part: its alerts are made of what a view lists, and of nothing else."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from app.core.views import PARTNER, Seen, Value, partner_fields
from app.errors import InternalError
from app.sinks.alert import ALERT_NAME, Alert, rfc3339
from app.sinks.several import Sink

_IDENTITY: Final = ("brand", "severity", "crisis_id", "drill")
_LABELS: Final = (*_IDENTITY, "scenario", "theme")
_MOMENT: Final = "updated_ms"  # of the step alone: what it is when nothing else is new is no news
_REMEMBERED: Final = 10_000
_Key = tuple[tuple[str, str], ...]


class _Known(NamedTuple):
    """What was last told under some labels, and since which step."""

    told: dict[str, str]
    updated: Value
    seq: int


class Viewed:
    """Passes on to ``sink`` what a partner may know. ``is_theirs``: whether an alert is still what
    the partner's routes are for.

    A step that changes nothing the partner may know, such as a note, keeps the number of the step
    before, so it is news nowhere. Alerts that differ in what is not told are one: it fires while
    any of them does.
    """

    def __init__(self, sink: Sink, is_theirs: Callable[[Alert], bool]) -> None:
        self.sink = sink
        self._is_theirs = is_theirs
        self._known: OrderedDict[_Key, _Known] = OrderedDict()

    async def post(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        """Hand over the parts and return those alerts whose part was news; raises as the sink
        does.
        """
        found: dict[_Key, tuple[Alert, Alert]] = {}
        for alert in alerts:
            part = self._part(alert)
            key = _key(part.labels)
            if key not in found or alert.ends_ms is None or found[key][0].ends_ms is not None:
                found[key] = part, alert
        taken = await self.sink.post([part for part, _ in found.values()])
        return [found[_key(part.labels)][1] for part in taken]

    def _part(self, alert: Alert) -> Alert:
        if alert.crisis is None:
            raise InternalError(
                "an alert without its crisis can't be told in part; report it as a bug"
            )
        product = alert.routed_as[-1].product if alert.routed_as else ""
        seen = Seen(alert.crisis, alert.starts_ms, product)
        fields = partner_fields(seen, is_theirs=self._is_theirs(alert))
        labels = {"alertname": ALERT_NAME, "view": PARTNER}
        labels |= {name: str(fields[name]) for name in _LABELS if name in fields}
        known = self._noted(_key(labels), fields, alert.seq)
        return Alert(
            labels=labels,
            annotations=known.told | _shown({_MOMENT: known.updated}),
            starts_ms=alert.starts_ms,
            ends_ms=alert.ends_ms,
            seq=known.seq,
        )

    def _noted(self, key: _Key, fields: dict[str, Value], seq: int) -> _Known:
        told = _annotations({name: one for name, one in fields.items() if name != _MOMENT})
        before = self._known.get(key)
        if before is None or before.told != told:
            before = _Known(told, fields[_MOMENT], seq)
        self._known[key] = before
        self._known.move_to_end(key)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return before


def _key(labels: dict[str, str]) -> _Key:
    return tuple(labels.items())


def _annotations(fields: dict[str, Value]) -> dict[str, str]:
    about = str(fields.get("scenario", "crisis")).replace("_", " ")
    title = "[DRILL] " if "drill" in fields else ""
    summary = f"{title}{fields['brand']}: {about} {fields['state']}, severity {fields['severity']}"
    rest = {name: one for name, one in fields.items() if name not in _IDENTITY}
    return {"summary": summary, "view": PARTNER, **_shown(rest)}


def _shown(fields: dict[str, Value]) -> dict[str, str]:
    """Return fields as annotations; those in ms as moments, without the ending."""
    return {
        name.removesuffix("_ms"): rfc3339(int(value)) if name.endswith("_ms") else str(value)
        for name, value in fields.items()
    }
