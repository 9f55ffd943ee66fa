"""``squall drill``: an invented crisis through the live topics, and how it was found and taken."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app.cli.gathering import settings_read
from app.cli.options import Json
from app.cli.order_options import Order, order
from app.errors import UsageError

if TYPE_CHECKING:
    from app.config import Settings
    from app.core.event import CrisisEvent
    from app.report.drill import DrillReport

app = typer.Typer(
    help="Let an invented crisis go the way of a real one, beside what is real.",
    no_args_is_help=True,
)

DrillId = Annotated[
    str, typer.Argument(metavar="DRILL", help="Its id, as `run` says it.", show_default=False)
]
Metrics = Annotated[
    str | None,
    typer.Option(
        "--notifier-metrics",
        help="The notifier's /metrics, to say when each sink took the crisis of the newest drill.",
        show_default=False,
    ),
]


@app.command()
def run(  # noqa: PLR0913 - each an option of its own
    *,
    brand: Annotated[str, typer.Option(help="Whose crisis it is.", show_default=False)],
    scenario: Annotated[str, typer.Option(help="One of the twelve.", show_default=False)],
    intensity: Annotated[
        Literal["low", "medium", "high"],
        typer.Option(help="2, 5 or 20 times what can be found within a quarter of an hour."),
    ] = "medium",
    minutes: Annotated[float, typer.Option(min=1, max=240, help="How long mentions come.")] = 15,
    hold: Annotated[
        float, typer.Option(min=1, max=240, help="Minutes it stays after, for people to take it.")
    ] = 10,
    speed: Annotated[
        float, typer.Option(min=1, max=60, help="The same mentions, so many times as fast.")
    ] = 1,
    seed: Annotated[int, typer.Option(help="Another one says other texts.")] = 0,
    notifier_metrics: Metrics = None,
    as_json: Json = False,
) -> None:
    """Send mentions of an invented crisis of a brand, each marked as of a drill, and report how it
    was found. The brand's own state, windows and figures do not notice; only receivers with
    `drills: true` are told.

    Exits with 1 when no crisis was opened, with 64 for a brand that is not heard of or has a drill
    or a crisis under way, and with 69 when Kafka or the workers do not answer. Ctrl-C stops the
    mentions; the drill ends when its time is over, or by `squall drill end`.
    """
    from app.stream.drilling import Asked, planned
    from app.stream.drilling import run as run_drill

    settings = settings_read()
    asked = Asked(
        brand=_brand(brand),
        scenario=_scenario(scenario),
        intensity=intensity,
        minutes=minutes,
        hold_min=hold,
        speed=speed,
        seed=seed,
    )

    async def go() -> str:
        plan = await planned(settings, asked, time.time_ns() // 1_000_000)
        typer.echo(
            f"drill {plan.drill_id}: {plan.mentions} mentions in {plan.minutes:g} min", err=True
        )
        await run_drill(settings, plan, asked, _tell)
        return plan.drill_id

    found = _reported(settings, asyncio.run(go()), notifier_metrics)
    _show(found, as_json=as_json)
    if found.detected_after_s is None:
        raise typer.Exit(1)


@app.command()
def report(drill_id: DrillId, notifier_metrics: Metrics = None, as_json: Json = False) -> None:
    """Show when a drill was found, how bad, as what, and which roles were asked and did not take
    it; from crisis.events alone.

    Exits with 65 when nothing tells of the drill, and with 69 when Kafka does not answer.
    """
    _show(_reported(settings_read(), drill_id, notifier_metrics), as_json=as_json)


@app.command()
@order
def end(
    drill_id: DrillId,
    brand: Annotated[
        str, typer.Option(help="Whose drill it is; else looked for.", show_default=False)
    ] = "",
) -> Order:
    """End a drill now, and what it opened with it.

    Exits with 1 when it is refused, with 65 when nothing tells of the drill, and with 69 when no
    answer came.
    """
    from app.core.drills import END

    whose = brand or _reported(settings_read(), drill_id, None).brand
    return Order(action=END, brands=(whose,), fields={"drill": drill_id})


def _brand(given: str) -> str:
    from app.core.brand_name import canonical

    brand = canonical(given)
    if brand is None:
        raise UsageError(f"{given[:60]!r} is no brand's name: write it as mentions do")
    return brand


def _scenario(given: str) -> str:
    from app.core.playbook import SCENARIOS

    if given not in SCENARIOS:
        known = ", ".join(SCENARIOS)
        raise UsageError(f"{given[:40]!r} is no scenario: take one of {known}")
    return given


def _reported(settings: Settings, drill_id: str, notifier_metrics: str | None) -> DrillReport:
    import msgspec

    from app.report.drill import drill_report
    from app.stream.drilling import heard

    found = drill_report(drill_id, asyncio.run(heard(settings, drill_id)))
    if notifier_metrics is None:
        return found
    from app.cli.drill_sinks import told_after_s

    return msgspec.structs.replace(found, told_after_s=told_after_s(notifier_metrics))


def _show(found: DrillReport, *, as_json: bool) -> None:
    import msgspec

    from app.report.drill import report_lines

    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        typer.echo("\n".join(report_lines(found)))


def _tell(event: CrisisEvent) -> None:
    about = f" {event.crisis_id}" if event.crisis_id else ""
    typer.echo(f"{event.type}{about}: {'; '.join(event.reasons)}", err=True)
