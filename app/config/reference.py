"""The settings as a list: what errors, ``check-config`` and ``docs/configuration.md`` use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from app.config.settings import Settings

PREFIX: Final = "SQUALL_"
DELIMITER: Final = "__"

PROCESS_VARIABLES: Final = {
    "SQUALL_CONFIG": "Path of the settings file (YAML); `--config` is the same.",
    "SQUALL_DEBUG": "1 is the same as `--debug`: errors show their traceback.",
    "SQUALL_CACHE": "Directory for what the development broker downloads.",
    "SQUALL_CRASH_AT": "Crash point at which a worker kills itself; for fault tests only.",
    "SQUALL_CRASH_COUNT": "File with the number of such kills left; for fault tests only.",
}
"""Variables with our prefix that are no settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting. ``default`` and ``bounds`` are texts, "" for none."""

    key: str
    kind: str
    default: str
    bounds: str
    is_secret: bool
    description: str

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return PREFIX + self.key.replace(".", DELIMITER).upper()


def reference() -> tuple[Setting, ...]:
    """Return every setting, in the order of the classes."""
    return tuple(_walk(Settings, ""))


def _walk(model: type[BaseModel], prefix: str) -> Iterator[Setting]:
    for name, field in model.model_fields.items():
        group = field.annotation
        if isinstance(group, type) and issubclass(group, BaseModel):
            yield from _walk(group, f"{prefix}{name}.")
        else:
            yield _setting(prefix + name, field)


def _setting(key: str, field: FieldInfo) -> Setting:
    parts = list(get_args(field.annotation) or (field.annotation,))
    return Setting(
        key=key,
        kind=_kind_of_values(parts) if get_origin(field.annotation) is dict else _kind(parts),
        default=_text(field.default),
        bounds=_bounds(field.metadata),
        is_secret=SecretStr in parts,
        description=field.description or "",
    )


def _kind_of_values(parts: list[Any]) -> str:
    value = parts[-1]
    if isinstance(value, type) and issubclass(value, BaseModel):
        return f"name: {', '.join(value.model_fields)}"
    if get_origin(value) is dict:
        return "id: language: text"
    return "parameter: value" if value is Any else "language: path"


def _kind(parts: list[Any]) -> str:
    named = [part for part in parts if part is not type(None)]
    if all(isinstance(part, str) for part in named):
        return " \\| ".join(named)
    names = {
        "str": "text",
        "SecretStr": "secret",
        "int": "integer",
        "float": "number",
        "bool": "true \\| false",
    }
    first = named[0]
    if isinstance(first, type) and issubclass(first, BaseModel):
        return f"list: {', '.join(first.model_fields)}"
    if get_origin(first) is tuple:
        first = get_args(first)[0]
    return names.get(getattr(first, "__name__", ""), "path")


def _text(default: Any) -> str:
    if default is None or default in ({}, ()) or isinstance(default, SecretStr):
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default)


def _bounds(metadata: list[Any]) -> str:
    signs = {"gt": "> ", "ge": "≥ ", "lt": "< ", "le": "≤ "}
    found = [
        f"{sign}{getattr(item, name):.10g}"
        for item in metadata
        for name, sign in signs.items()
        if getattr(item, name, None) is not None
    ]
    return ", ".join(found)
