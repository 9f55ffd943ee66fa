"""Log lines: one JSON object each on stderr, with an event name and fields.

``{"ts": …, "level": …, "event": …, "logger": …}`` and then the fields. Only changes of state are
logged; a mention's text or a secret never is.
"""

from __future__ import annotations

import json
import logging
import math
import re
import sys
import traceback
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any, Final, TextIO

from app.clock import Clock, SystemClock
from app.errors import SquallError

_RESERVED: Final = frozenset({"ts", "level", "event", "logger", "error", "traceback"})
_NAME: Final = "squall_event"
_FIELDS: Final = "squall_fields"
_MAX_TEXT: Final = 2_000
_MAX_TRACEBACK: Final = 8_000

CHATTY: Final = ("aiokafka", "faust", "mode", "asyncio", "kafka", "httpx", "httpcore", "aiohttp")
"""Loggers of others: they tell each step, and in an outage aiokafka writes 140 lines a second."""


def configure(level: str = "INFO", *, stream: TextIO | None = None, **static: Any) -> None:
    """Send every logger's records to ``stream`` (stderr) as JSON lines, ``static`` fields in each.

    Replaces the handlers of the root logger, so that calling it again, after a library has put
    its own there, brings our form back.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter(static))
    handler.addFilter(RepeatFilter())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name in CHATTY:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        is_debugging = root.level <= logging.DEBUG
        logger.setLevel(logging.INFO if is_debugging else max(root.level, logging.WARNING))
    logging.captureWarnings(True)


def event(
    logger: logging.Logger,
    name: str,
    /,
    level: int = logging.INFO,
    exc_info: BaseException | bool | None = None,
    **fields: Any,
) -> None:
    """Log ``name`` with ``fields``; ``exc_info`` adds the exception as ``error``.

    A field called like one of ours (``ts``, ``logger``, …) is written with a ``_`` behind it.
    """
    if logger.isEnabledFor(level):
        logger.log(level, name, exc_info=exc_info, extra={_NAME: name, _FIELDS: fields})


class JsonFormatter(logging.Formatter):
    """Makes one line of ASCII JSON of a record; never raises for what a record holds."""

    def __init__(self, static: dict[str, Any] | None = None) -> None:
        super().__init__()
        self._static = static or {}

    def format(self, record: logging.LogRecord) -> str:
        name = getattr(record, _NAME, None)
        line: dict[str, Any] = {
            "ts": _rfc3339(record.created),
            "level": record.levelname.lower(),
            "event": name or "message",
            "logger": record.name,
        }
        if name is None:
            line["message"] = _message(record)[:_MAX_TEXT]
        for key, value in {**self._static, **getattr(record, _FIELDS, {})}.items():
            line[f"{key}_" if key in _RESERVED else key] = _plain(value)
        if suppressed := getattr(record, "suppressed", 0):
            line["suppressed"] = suppressed
        line |= _error(record)
        return json.dumps(line, ensure_ascii=True, allow_nan=False)


def _rfc3339(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # a library's broken arguments must not cost the line
        return str(record.msg)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return str(value)[:_MAX_TEXT]


def _error(record: logging.LogRecord) -> dict[str, str]:
    if not record.exc_info or record.exc_info[1] is None:
        return {}
    error = record.exc_info[1]
    fields = {"error": f"{type(error).__name__}: {error}"[:_MAX_TEXT]}
    if not isinstance(error, SquallError):  # ours name their cause; only a surprise needs more
        fields["traceback"] = "".join(traceback.format_exception(error))[-_MAX_TRACEBACK:]
    return fields


class RepeatFilter(logging.Filter):
    """Lets a message template of a chatty logger through once in ``every_s`` seconds.

    The next line let through carries how many were held back since, as ``suppressed``.
    """

    def __init__(
        self, every_s: float = 10, clock: Clock | None = None, templates_max: int = 1_000
    ) -> None:
        super().__init__()
        self._every_s = every_s
        self._clock = clock or SystemClock()
        self._templates_max = templates_max
        self._seen: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.split(".")[0] not in CHATTY:
            return True
        key = (record.name, re.sub(r"\d+", "#", str(record.msg))[:200])
        now = self._clock.monotonic_s()
        last_s, held = self._seen.get(key, (-math.inf, 0))
        if now - last_s < self._every_s:
            self._seen[key] = (last_s, held + 1)
            return False
        record.suppressed = held
        self._remember(key, now)
        return True

    def _remember(self, key: tuple[str, str], now: float) -> None:
        self._seen[key] = (now, 0)
        self._seen.move_to_end(key)
        while len(self._seen) > self._templates_max:
            self._seen.popitem(last=False)
