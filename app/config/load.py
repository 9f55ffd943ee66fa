"""Build ``Settings`` from their layers: defaults, YAML file, environment, command line."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource
from pydantic_settings.exceptions import SettingsError

from app.config.environment import (
    secrets_from_files,
    unknown_variables,
    without_secret_files,
)
from app.config.problems import problems_of, refuse
from app.config.settings import Settings
from app.config.yaml_file import read_yaml

Layer = tuple[str, Mapping[str, Any]]


def load_settings(path: Path | None = None, **overrides: Any) -> Settings:
    """Return the settings; a later layer wins: defaults, file, environment, ``overrides``.

    ``path`` is the YAML file, ``SQUALL_CONFIG`` when not given, and without both no file is read.
    In ``overrides`` (groups as dicts) a None means "not given".

    Raises ``ConfigError`` with one line a problem: an unknown key or variable, a value out of
    bounds, a file that can't be read, settings that don't go together.
    """
    named = path or (Path(os.environ["SQUALL_CONFIG"]) if os.environ.get("SQUALL_CONFIG") else None)
    layers: list[Layer] = [(str(named), read_yaml(named))] if named else []
    refuse(unknown_variables(os.environ))
    layers += [("environment", _environment()), ("command line", overrides)]
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for source, layer in layers:
        _merge(values, layer)
        sources |= dict.fromkeys(_leaves(layer), source)
    return _build(values, sources)


def _build(values: dict[str, Any], sources: dict[str, str]) -> Settings:
    try:
        settings = Settings(**values)
    except ValidationError as error:
        refuse(problems_of(error, sources))
        raise  # not reached: a ValidationError holds at least one problem
    settings._sources.update(sources)  # noqa: SLF001
    return settings


def _environment() -> dict[str, Any]:
    values: dict[str, Any] = {}
    try:
        source = EnvSettingsSource(Settings)
        source.env_vars = without_secret_files(source.env_vars)
        _merge(values, source())
    except SettingsError as error:
        refuse([f"{error}; give a group as one JSON object or each of its keys by itself"])
    _merge(values, secrets_from_files(os.environ))
    return values


def _merge(into: dict[str, Any], layer: Mapping[str, Any]) -> None:
    for key, value in layer.items():
        if isinstance(value, Mapping):
            inner = into.setdefault(key, {})
            if isinstance(inner, dict):
                _merge(inner, value)
                continue
        if value is not None:
            into[key] = value


def _leaves(layer: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in layer.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        elif value is not None:
            yield f"{prefix}{key}"
