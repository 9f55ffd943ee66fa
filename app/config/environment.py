"""The ``SQUALL_*`` variables beyond plain settings: unknown ones, and secrets in mounted files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from app.config.problems import did_you_mean, refuse
from app.config.reference import PREFIX, PROCESS_VARIABLES, Setting, reference

_MAX_SECRET_BYTES: Final = 64 * 1024

# Kubernetes puts the addresses of services into every pod of a namespace: a service squall-metrics
# makes SQUALL_METRICS_PORT=tcp://10.0.0.1:9464, and refusing that would stop each pod at its start.
_SERVICE_LINK: Final = re.compile(
    r"SQUALL_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
_SERVICE_ADDRESS: Final = re.compile(r"(tcp|udp|sctp)://")


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Return a problem for each ``SQUALL_*`` variable that means nothing."""
    settings = reference()
    known = {setting.variable for setting in settings} | set(PROCESS_VARIABLES)
    known |= {f"{setting.variable}_FILE" for setting in settings if setting.is_secret}
    known |= {PREFIX + setting.key.split(".")[0].upper() for setting in settings}
    return [
        f"{name}: unknown variable; {did_you_mean(name.upper(), known)}"
        for name, value in sorted(environment.items())
        if name.upper().startswith(PREFIX)
        and name.upper() not in known
        and not _is_service_link(name, value)
    ]


def _is_service_link(name: str, value: str) -> bool:
    if name.endswith("_PORT") and _SERVICE_ADDRESS.match(value):
        return True
    return _SERVICE_LINK.fullmatch(name) is not None


def secrets_from_files(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the secrets whose ``<variable>_FILE`` is set, by group, without the last newline.

    Raises ``ConfigError`` for a file that is missing, empty or huge, or when both forms are set.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    for setting, path in _named_files(environment):
        secret = _read(path)
        if environment.get(setting.variable):
            problems.append(f"{setting.variable}_FILE: {setting.variable} is set too; keep one")
        elif secret is None:
            problems.append(
                f"{setting.variable}_FILE: {path} is no readable text file with a secret; mount it"
            )
        else:
            _put(values, setting.key.split("."), secret)
    refuse(problems)
    return values


def without_secret_files(variables: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return ``variables`` less those that name the file of a secret."""
    files = {f"{setting.variable}_FILE" for setting in reference() if setting.is_secret}
    return {name: value for name, value in variables.items() if name.upper() not in files}


def _named_files(environment: Mapping[str, str]) -> Iterator[tuple[Setting, Path]]:
    for setting in reference():
        if setting.is_secret and environment.get(f"{setting.variable}_FILE"):
            yield setting, Path(environment[f"{setting.variable}_FILE"])


def _read(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_SECRET_BYTES + 1)
        secret = data.decode().rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        return None
    return secret if secret and len(data) <= _MAX_SECRET_BYTES else None


def _put(values: dict[str, Any], keys: list[str], value: str) -> None:
    for key in keys[:-1]:
        values = values.setdefault(key, {})
    values[keys[-1]] = value
