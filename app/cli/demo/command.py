"""The command line of ``squall demo``, and the order in which everything starts and ends."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.demo.plan import Plan
from app.cli.options import Json
from app.cli.terminable import terminable

if TYPE_CHECKING:
    from app.cli.demo.play import Outcome
    from app.cli.demo.receiver import Inbox
    from app.cli.demo.replay import Progress
    from app.cli.demo.report import Summary
    from app.cli.demo.roles import Roles
    from app.cli.demo.screen import Screen
    from app.cli.reading import Item
    from app.config import Settings
    from app.sources.scenario.week import Week


def demo(
    bootstrap: Annotated[
        str | None,
        typer.Option(
            "--bootstrap",
            help="Kafka to use, as host:port; a new one here if not given.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Folder for the report and the logs.", file_okay=False)
    ] = Path("out/demo"),
    speed: Annotated[
        float,
        typer.Option(min=0, help="Event time a second at the most, in seconds; 0: no limit."),
    ] = 0.0,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave all running until Ctrl-C.", metavar="")
    ] = False,
    as_json: Json = False,
) -> int:
    """Replay a week of three invented brands through a real Kafka and all roles.

    One brand is hit by failed payments, one by a viral joke, one is quiet. Exits with 0 if exactly
    the planted crisis opened and was resolved, with 1 and a line a difference if not.
    """
    from app import logs
    from app.cli.demo.cluster import clear_environment
    from app.sources.scenario.week import week

    logs.configure("WARNING")
    logging.getLogger("aiokafka").setLevel(
        logging.CRITICAL
    )  # it would write through the live table
    clear_environment(keeps_kafka=bootstrap is not None)
    plan = Plan(bootstrap=bootstrap, out=out, speed=speed, is_kept=keep, is_json=as_json)
    with terminable():
        return 0 if run(plan, week()).ok else 1


def run(plan: Plan, week: Week) -> Summary:
    """Run the demo and return its summary; whatever was started has ended by then.

    Raises UnavailableError when there is no Kafka or the time is up, RoleRefused when a role can't
    start.
    """
    from app.cli.demo.cluster import cluster
    from app.cli.demo.receiver import Receiver
    from app.cli.demo.roles import Roles
    from app.cli.demo.screen import Screen

    started_s = time.monotonic()
    plan.out.mkdir(parents=True, exist_ok=True)
    screen = Screen(is_quiet=plan.is_json)
    screen.say(f"{len(week.records):,} mentions of three brands; starting Kafka and the roles ...")
    with ExitStack() as stack:
        receiver = stack.enter_context(Receiver())
        settings, environment = stack.enter_context(cluster(plan, receiver.url))
        roles = stack.enter_context(Roles(environment, plan.out))
        outcome = _play(plan, week, settings, roles, receiver.inbox, screen)
        summary = _report(plan, week, outcome, receiver.inbox, roles, started_s)
        _tell(plan, summary, outcome, screen)
        if plan.is_kept:
            _stay(roles, settings, screen)
    return summary


def _play(
    plan: Plan, week: Week, settings: Settings, roles: Roles, inbox: Inbox, screen: Screen
) -> Outcome:
    from app.cli.demo.play import play

    def show(items: Sequence[Item], progress: Progress) -> None:
        for item in items:
            screen.view.see(item)
        screen.show(progress.sent, len(week.records))

    with screen:
        return asyncio.run(
            play(settings, week.records, roles, inbox, show, speed=plan.speed, limit_s=plan.limit_s)
        )


def _report(
    plan: Plan, week: Week, outcome: Outcome, inbox: Inbox, roles: Roles, started_s: float
) -> Summary:
    import msgspec

    from app.cli.demo import report
    from app.cli.demo.verdict import differences

    problems = differences(outcome.events, week.planted, fired=inbox.fired, ended=inbox.ended)
    summary = report.summarise(
        week,
        outcome,
        problems,
        report.write(plan.out, week, outcome),
        seconds=time.monotonic() - started_s,
        alert_posts=inbox.posts,
        restarts=roles.restarts,
    )
    document = msgspec.json.format(msgspec.json.encode(summary), indent=2)
    (plan.out / "summary.json").write_bytes(document + b"\n")
    return summary


def _tell(plan: Plan, summary: Summary, outcome: Outcome, screen: Screen) -> None:
    import msgspec

    from app.report.live import events_list
    from app.sources.scenario.calendar import ZONE

    if plan.is_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(summary), indent=2))
        return
    screen.console.print(events_list(outcome.events, ZONE))
    for line in _lines(summary):
        screen.say(line)


def _lines(summary: Summary) -> Iterator[str]:
    yield (
        f"{summary.mentions_counted:,} of {summary.mentions_sent:,} mentions counted in "
        f"{summary.windows:,} windows; the last minutes wait for a later mention."
    )
    for name in ("timeline.png", "timeline.html"):
        yield summary.files[name]
    if summary.ok:
        after_min = round((summary.detected_after_s or 0) / 60)
        yield (
            f"OK after {summary.seconds:.0f} s: exactly the planted crisis opened, {after_min} min "
            "after the first failed payment, and was resolved; the joke stayed a joke."
        )
    for problem in summary.problems:
        yield f"NOT OK: {problem}"


def _stay(roles: Roles, settings: Settings, screen: Screen) -> None:
    servers, prefix = settings.kafka.bootstrap_servers, settings.topic_prefix
    screen.say(f"Kafka at {servers} (topic prefix {prefix!r}) and all roles go on; Ctrl-C ends it.")
    try:
        while True:
            roles.look()
            time.sleep(0.2)
    except KeyboardInterrupt:
        screen.say("Stopping ...")
