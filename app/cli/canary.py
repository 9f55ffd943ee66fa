"""``squall canary``: the watchdog that goes the whole way itself, again and again."""

from __future__ import annotations

from app.cli.terminable import stopped_by_sigterm


def canary() -> int:
    """Go round until SIGTERM or Ctrl-C: a mention to its window, a crisis to its end.

    Everything it makes is of the brand squall-canary. What did not come back in time is told by
    the metrics squall_canary_*, which the rules SquallCanaryStale and SquallCanaryMissing watch.
    Exits with 0 after a stop, else with the code of the cause: 69 Kafka does not answer at the
    start, 70 a bug, 78 a setting, a topic or a right.
    """
    from app.config import load_settings
    from app.logs import configure

    with stopped_by_sigterm("the next start ends the crisis that is left open"):
        settings = load_settings()
        configure(settings.log_level, role="canary")
        from app.stream.canary_watch import run_canary

        run_canary(settings)
    return 0
