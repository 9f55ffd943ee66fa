"""Settings of receivers and of the routes to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, SecretStr, field_validator

from app.config.addresses import address, is_clear
from app.config.brand_names import spelt
from app.config.group import Group
from app.config.playbooks import SCENARIOS, Name
from app.core.crisis import Severity
from app.core.views import VIEWS
from app.errors import ConfigError
from app.sinks.routing import Route
from app.sinks.signing import key_of

Kind = Literal["alertmanager", "pagerduty", "webhook"]
KINDS: Final[tuple[Kind, ...]] = ("alertmanager", "pagerduty", "webhook")
PAGERDUTY: Final = "https://events.pagerduty.com"
MOST_ROUTES: Final = 200
_SECRET_BYTES: Final = 64 * 1024
ReceiverName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)]


class ReceiverSettings(Group):
    """A receiver by name. ``secret``: the bearer token, routing key or signing key of its kind;
    ``drills``: it is told of drills too.
    """

    kind: Kind
    url: str | None = None
    secret: SecretStr | None = None
    secret_file: Path | None = None
    view: str | None = None  # one of VIEWS: told a part alone
    drills: bool = False

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str | None) -> str | None:
        return address(value)

    @property
    def address(self) -> str:
        return self.url or PAGERDUTY

    def problems(self) -> Iterator[str]:
        if self.url is None and self.kind != "pagerduty":
            yield f"url: missing; a receiver of the kind {self.kind} needs its address"
        has_secret = self.secret is not None or self.secret_file is not None
        if self.secret is not None and self.secret_file is not None:
            yield "secret_file: secret is given too; keep one"
        if not has_secret and self.kind != "alertmanager":
            yield f"secret_file: missing; a receiver of the kind {self.kind} needs a key"
        if is_clear(self.address) and (has_secret or self.kind != "alertmanager"):
            yield "url: a secret or crises would go in the clear; use https"
        if self.view is not None and self.view not in VIEWS:
            known = ", ".join(VIEWS)
            yield f"view: {self.view[:40]!r} is none; take {known}, or leave it out to tell all"
        if self.view is not None and self.drills:
            yield "drills: whoever is told a part alone is told of no drill; leave one of them out"
        if self.secret is not None and (fault := self._fault(self.secret.get_secret_value())):
            yield f"secret: {fault}"

    def key(self, name: str) -> str | None:
        """Return the secret, from its file if that is given; None when there is none.

        Raises ConfigError, naming the receiver, for a file that holds no secret of its kind.
        """
        if self.secret_file is None:
            return None if self.secret is None else self.secret.get_secret_value()
        found = _read(self.secret_file)
        fault = "is no readable text file with a secret; mount it" if found is None else None
        if fault := fault or self._fault(found or ""):
            raise ConfigError(f"notifier.receivers.{name}.secret_file: {self.secret_file}: {fault}")
        return found

    def _fault(self, secret: str) -> str | None:
        try:
            if self.kind == "webhook":
                key_of(secret)
        except ValueError as error:
            return f"{error}; make one with: openssl rand -base64 32"
        return None if secret else "is empty; give it"


class RouteSettings(Group):
    """A route: what it is for, nothing given standing for all, and who is told."""

    receivers: tuple[str, ...] = Field(min_length=1, max_length=20)
    scenarios: tuple[str, ...] = ()
    severity: Severity = Severity.INFO
    brands: tuple[str, ...] = Field(default=(), max_length=1_000)
    products: tuple[Name, ...] = Field(default=(), max_length=1_000)
    roles: tuple[Name, ...] = Field(default=(), max_length=100)
    goes_on: bool = False

    @field_validator("brands")
    @classmethod
    def _check_brands(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return spelt(value)

    def problems(self) -> Iterator[str]:
        for name in self.scenarios:
            if name not in SCENARIOS:
                known = ", ".join(SCENARIOS)
                yield f"scenarios: {name[:40]!r} is no scenario; one of {known}"

    def route(self) -> Route:
        return Route(
            receivers=self.receivers,
            scenarios=frozenset(self.scenarios),
            severity=self.severity,
            brands=frozenset(self.brands),
            products=frozenset(self.products),
            roles=frozenset(self.roles),
            goes_on=self.goes_on,
        )


def routing_problems(
    plain: Sequence[str],
    named: Iterable[str],
    routes: Sequence[RouteSettings],
    default: Sequence[str] | None,
) -> Iterator[str]:
    """Yield what does not go together; ``plain``: the receivers that are set without a name, by
    their kinds; ``named``: those with one.
    """
    for name in sorted(set(named) & set(KINDS)):
        yield f"receivers.{name}: is the name of the one that is set without a name; take another"
    known = [*plain, *(name for name in named if name not in KINDS)]
    shown = ", ".join(known) or "none is set"
    told = set(default if default is not None else plain)
    for place, names in (
        *((f"routes.{number}.receivers", one.receivers) for number, one in enumerate(routes)),
        ("default_receivers", default or ()),
    ):
        told.update(names)
        for name in names:
            if name not in known:
                yield f"{place}: {name[:40]!r} is no receiver; one of {shown}"
    for name in known:
        if name not in told:
            yield f"receivers.{name}: is told nothing; name it in a route or default_receivers"
    if routes and default is None and not plain:
        yield (
            "default_receivers: missing; name who is told where no route matches, or [] for nobody"
        )


def _read(path: Path) -> str | None:
    try:
        data = path.read_bytes()
        return data.decode().rstrip("\r\n") if len(data) <= _SECRET_BYTES else None
    except (OSError, UnicodeDecodeError):
        return None
