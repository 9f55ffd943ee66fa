"""The file of incidents that are known to have happened, for the evaluation of backtests."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Final

import yaml

from app.core.brand_name import canonical
from app.errors import InputError
from app.report.compared import Incident

FIELDS: Final = ("name", "brand", "starts", "ends")
REMEDY: Final = "write a list of {name: ..., brand: ..., starts: 2026-03-02T18:00:00Z, ends: ...}"


def load_incidents(path: Path) -> list[Incident]:
    """Return the incidents of a YAML file. Raises InputError with path, entry and remedy."""
    try:
        entries: Any = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}; name a readable file") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise InputError(f"{path}: is no YAML that can be read: {REMEDY}") from None
    if not isinstance(entries, list) or not entries:
        raise InputError(f"{path}: holds no list of incidents: {REMEDY}")
    found = [_incident(path, number, entry) for number, entry in enumerate(entries, start=1)]
    names = [(one.brand, one.name) for one in found]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{path}: {name[1]!r} of {name[0]} is there twice: give it two names")
    return found


def _incident(path: Path, number: int, entry: object) -> Incident:
    def fault(what: str) -> InputError:
        return InputError(f"{path}: incident {number}: {what}: {REMEDY}")

    if not isinstance(entry, dict) or set(entry) != set(FIELDS):
        raise fault(f"has other keys than {', '.join(FIELDS)}")
    name, brand = entry["name"], entry["brand"]
    known = canonical(brand) if isinstance(brand, str) else None
    if not isinstance(name, str) or not name.strip() or known is None:
        raise fault("name or brand is no text")
    times = [_time_ms(entry[key]) for key in ("starts", "ends")]
    if times[0] is None or times[1] is None or times[0] >= times[1]:
        raise fault("starts and ends are no times with an offset, one before the other")
    return Incident(name=name, brand=known, starts_ms=times[0], ends_ms=times[1])


def _time_ms(value: object) -> int | None:
    if not isinstance(value, datetime) or value.tzinfo is None:
        return None
    return round(value.timestamp() * 1000)
