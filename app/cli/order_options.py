"""What every order of ``squall crisis`` shares: who gives it, under which id, how long to wait."""

from __future__ import annotations

import asyncio
import getpass
import inspect
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from app.cli.options import Json
from app.core.event import CrisisEvent, CrisisState
from app.core.record import Command
from app.errors import UsageError

if TYPE_CHECKING:
    from app.config import Settings

REFUSED: Final = 1
WAIT_S: Final = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for. ``crisis_id`` may be the beginning of one; else ``brands`` says whose.

    ``then`` follows once it was carried out; it is told whether to print JSON.
    """

    action: str
    crisis_id: str | None = None
    brands: tuple[str, ...] = ()
    note: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)  # those of the action alone
    then: Callable[[bool], None] | None = None


def order(body: Callable[..., Order]) -> Callable[..., None]:
    """Return ``body`` as a command that gives the order it returns, with the shared options."""

    @wraps(body)
    def command(
        *,
        actor: str | None,
        command_id: str | None,
        wait: float,
        as_json: bool,
        **named: Any,
    ) -> None:
        wanted = body(**named)
        answers = _give(wanted, actor, command_id, wait)
        _show(answers, as_json=as_json)
        if wanted.then is not None:
            wanted.then(as_json)

    # What typer reads of a command is its signature and its hints.
    parameters = [*_parameters(body), *_parameters(_shared)]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {one.name: one.annotation for one in parameters}
    return command


def _parameters(function: Callable[..., object]) -> list[inspect.Parameter]:
    found = inspect.signature(function, eval_str=True).parameters.values()
    return [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in found]


def _shared(
    *,
    actor: Annotated[
        str | None,
        typer.Option(help="Who asks; by default the user's name.", show_default=False),
    ] = None,
    command_id: Annotated[
        str | None,
        typer.Option(
            help="Id of the command. With the id of one that was given before, only its answer is "
            "waited for.",
            show_default=False,
        ),
    ] = None,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for the answer.")] = WAIT_S,
    as_json: Json = False,
) -> None:
    """Declare the shared options."""


def _give(
    wanted: Order, actor: str | None, command_id: str | None, wait_s: float
) -> list[CrisisEvent]:
    from app import logs
    from app.config import load_settings
    from app.stream.commanding import give

    settings = load_settings()
    logs.configure(settings.log_level)
    who, identity = actor or _user(), command_id or str(uuid.uuid4())

    async def ask() -> list[CrisisEvent]:
        commands = [
            checked(_command(wanted, identity, who, *target))
            for target in await _targets(settings, wanted)
        ]
        return await give(settings, commands, wait_s=wait_s, is_repeat=command_id is not None)

    return asyncio.run(ask())


async def _targets(settings: Settings, wanted: Order) -> list[tuple[str, str | None]]:
    """Return the brands to write to, with the crisis where one is meant."""
    from app.core.brand_name import canonical
    from app.stream.crises import standing

    if wanted.crisis_id is not None:
        crisis = named(await standing(settings), wanted.crisis_id)
        return [(crisis.brand, crisis.crisis_id)]
    found: list[tuple[str, str | None]] = []
    for given in wanted.brands:
        brand = canonical(given)
        if brand is None:
            raise UsageError(f"{given[:60]!r} is no brand's name: write it as mentions do")
        found.append((brand, None))
    return found


def named(crises: Sequence[CrisisState], given: str) -> CrisisState:
    """Return the crisis whose id is ``given`` or alone begins with it; raises UsageError."""
    found = [one for one in crises if given and one.crisis_id.startswith(given)]
    exact = [one for one in found if one.crisis_id == given]
    if len(found) == 1 or exact:
        return (exact or found)[0]
    if found:
        raise UsageError(f"{len(found)} crises begin with {given[:60]!r}; give more of the id")
    raise UsageError(f"no crisis {given[:60]!r} stands; see `squall crisis list --all`")


def _command(
    wanted: Order, identity: str, actor: str, brand: str, crisis_id: str | None
) -> Command:
    from app.stream.commanding import NOWHERE

    return Command(
        id=identity,
        brand=brand,
        action=wanted.action,
        actor=actor,
        at_ms=time.time_ns() // 1_000_000,
        origin=NOWHERE,
        crisis_id=crisis_id,
        note=wanted.note,
        **wanted.fields,
    )


def checked(command: Command) -> Command:
    """Return the command as the router will read it; raises UsageError when it would refuse it."""
    from app.core.mention import Rejected
    from app.wire.command import encode, parse

    read = parse(encode(command), command.origin)
    if isinstance(read, Rejected):
        raise UsageError(f"{command.action}: {read.detail}; see `squall crisis --help`")
    return read


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:  # a container's user without a name
        raise UsageError("this user has no name here: say who asks with --actor") from error


def _show(answers: Sequence[CrisisEvent], *, as_json: bool) -> None:
    import msgspec

    from app.core.crisis import EventType

    for event in answers:
        typer.echo(msgspec.json.encode(event) if as_json else told(event))
    if any(event.type is EventType.REFUSED for event in answers):
        raise typer.Exit(REFUSED)


def told(event: CrisisEvent) -> str:
    """Return the answer as one line: what came of the command, and why."""
    from app.core.crisis import EventType

    why = "; ".join(event.reasons)
    if event.type is EventType.REFUSED:
        return f"refused: {why}"
    about = f"{event.brand} {event.crisis_id}".rstrip()
    return f"{event.type.value.replace('_', ' ')}: {about}, {event.state.value}: {why}"
