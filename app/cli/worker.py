"""``squall worker ROLE``: one role in this process, or all of them, a process each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app.cli.terminable import stopped_by_sigterm

if TYPE_CHECKING:
    from app.config import Role


def worker(
    role: Annotated[
        Literal["scorer", "detector", "notifier", "all"], typer.Argument(help="What to run.")
    ],
    follow_parent: Annotated[
        bool, typer.Option("--follow-parent", help="Stop when standard input ends.", hidden=True)
    ] = False,
) -> int:
    """Run a role until SIGTERM or Ctrl-C.

    Exits with 0 after a stop, else with the code of the cause: 69 Kafka does not answer, 70 a bug,
    74 a transaction, 75 stalled, 76 state, 77 model, 78 a setting or topic.
    """
    from app.config import load_settings
    from app.logs import configure

    settings = load_settings()
    configure(settings.log_level, role=role)
    if role == "all":
        from app.stream.supervisor import supervise

        return supervise(settings)
    return _run_one(role, follow_parent=follow_parent)


def _run_one(role: Role, *, follow_parent: bool) -> int:
    from app.config import load_settings
    from app.stream import sigterm

    with stopped_by_sigterm("the next start takes up what was not finished"):
        if follow_parent:
            sigterm.follow_parent()
        from app.stream.worker import run_role

        run_role(load_settings(), role)
    return 0
