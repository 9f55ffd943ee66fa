"""Turn what is wrong with the settings into lines: the key, the problem, what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.config.reference import Setting, reference
from app.errors import ConfigError

_SHOWN: Final = 60
_USER_INFO: Final = re.compile(r"//[^/]*@")


def refuse(problems: Iterable[str]) -> None:
    """Raise ``ConfigError`` with one line a problem, if there is any."""
    if lines := list(problems):
        raise ConfigError("\n".join(lines))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return what to do about an unknown name: the nearest known one, or to remove it."""
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else "remove it"


def problems_of(error: ValidationError, sources: Mapping[str, str]) -> list[str]:
    """Return a line for each problem, with the source of the value. Never holds a secret."""
    settings = {setting.key: setting for setting in reference()}
    lines: list[str] = []
    for details in error.errors(include_url=False, include_context=True):
        lines += _lines(details, settings, sources)
    return lines


def _lines(
    details: ErrorDetails, settings: Mapping[str, Setting], sources: Mapping[str, str]
) -> list[str]:
    key = ".".join(str(part) for part in details["loc"])
    if details["type"] == "value_error" and key not in settings:
        prefix = f"{key}." if key else ""
        return [prefix + line for line in _message(details).splitlines()]
    # For a group given as something else than a group, any value in it tells the source.
    found = [source for name, source in sources.items() if f"{name}.".startswith(f"{key}.")]
    origin = f" (from {found[0]})" if found else ""
    if details["type"] == "extra_forbidden":
        return [f"{key}: unknown key{origin}; {did_you_mean(key, settings)}"]
    return [f"{key}: {_message(details)}{_value(details, settings.get(key))}{origin}; correct it"]


def _message(details: ErrorDetails) -> str:
    message = details["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return message[:1].lower() + message[1:]


def _value(details: ErrorDetails, setting: Setting | None) -> str:
    given: Any = details["input"]
    if setting is None or setting.is_secret or isinstance(given, dict | list):
        return ""
    shown = _USER_INFO.sub("//***@", str(given))  # an address may hold a password
    return f", but is {shown[:_SHOWN]!r}"
