"""``squall effect CRISIS``: what a response did, against what would have come without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.gathering import (
    CrisisId,
    EventFiles,
    Read,
    WindowFiles,
    counted,
    gathered,
    settings_read,
)
from app.cli.options import Json
from app.cli.recorded_events import bound_ms
from app.errors import UsageError

if TYPE_CHECKING:
    from app.report.effect.measured import Effect, Response
    from app.report.postmortem.gathered import Gathered
    from app.report.spans import Crisis


def effect(
    crisis_id: CrisisId,
    *,
    annotation: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="The step (its number) whose note was the response, in place of those marked.",
            show_default=False,
        ),
    ] = None,
    responded: Annotated[
        str | None,
        typer.Option(
            help="When the brand responded, such as 2026-03-02T18:00:00Z; beside those marked.",
            show_default=False,
        ),
    ] = None,
    hours: Annotated[
        int, typer.Option(min=2, max=24, help="Hours after the response, the first left out.")
    ] = 4,
    from_: EventFiles = None,
    windows: WindowFiles = None,
    as_json: Json = False,
) -> None:
    """Say what each response to a crisis did: negatives an hour before and after it, and what would
    have come without it, with 95 % intervals; or why that can't be told.

    A response is a note given with `squall crisis annotate --response`, or what --annotation or
    --responded names. Reads crisis.events and sentiment.windows, and writes nothing. Exits with 64
    when nothing tells of the crisis or of a response, with 65 when a file is not what it should be,
    and with 69 when Kafka does not answer.
    """
    from app.core.rules import HOUR_MS
    from app.report.effect.measured import Around, effect_of, responses_of

    responded_ms = bound_ms("--responded", responded)
    read = Read(crisis_id=crisis_id, events=tuple(from_ or ()), windows=tuple(windows or ()))
    settings = settings_read()
    found = gathered(settings, read)
    asked = _asked(found.crisis, annotation, responded_ms)
    begin_ms = found.crisis.events[0].time_ms
    within = counted(settings, read, found, begin_ms - HOUR_MS, None)
    known = {one.at_ms for one in (*asked, *responses_of(found.crisis, responded_ms))}
    around = Around(begin_ms, within, found.others, sorted(known), hours * HOUR_MS)
    _show(found, [effect_of(one, around) for one in asked], as_json=as_json)


def _asked(
    crisis: Crisis, annotation: int | None, responded_ms: int | None
) -> tuple[Response, ...]:
    """Return the responses that are meant. Raises UsageError when there is none."""
    from app.report.effect.measured import Response, responses_of

    if annotation is not None:
        step = next((one for one in crisis.events if one.seq == annotation and one.note), None)
        if step is None:
            noted = ", ".join(str(one.seq) for one in crisis.events if one.note) or "none"
            raise UsageError(
                f"--annotation {annotation}: is no step with a note; steps with one: {noted}"
            )
        return (Response(at_ms=step.time_ms, seq=step.seq, actor=step.actor, note=step.note),)
    found = responses_of(crisis, responded_ms)
    if not found:
        raise UsageError(
            f"no note of crisis {crisis.id} is marked as a response: give one by `squall crisis"
            " annotate ID NOTE --response`, or name a step by --annotation or a time by --responded"
        )
    return found


def _show(found: Gathered, told: list[Effect], *, as_json: bool) -> None:
    import msgspec

    from app.report.effect.told import NO_EXPERIMENT, lines

    if as_json:
        document = {"crisis_id": found.crisis.id, "brand": found.crisis.brand, "effects": told}
        typer.echo(msgspec.json.encode(document).decode())
        return
    typer.echo(f"{found.crisis.brand}, crisis {found.crisis.id}")
    for one in told:
        typer.echo("\n".join(lines(one)))
    if any(one.courses for one in told):
        typer.echo(NO_EXPERIMENT)
