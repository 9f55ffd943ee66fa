"""``squall intake``: webhooks of listening tools and helpdesks, and feeds, as mentions."""

from __future__ import annotations

from app.cli.terminable import stopped_by_sigterm


def intake() -> int:
    """Receive webhooks at /in/NAME and look at feeds, until SIGTERM or Ctrl-C.

    A sender is answered 202 once Kafka has every mention, 503 while it has not. One process of it
    an installation: two would look at the same feeds. Exits with 0 after a stop, else with the code
    of the cause: 69 Kafka does not answer, 70 a bug, 78 a setting, a topic or a right.
    """
    from app.config import load_settings
    from app.logs import configure

    with stopped_by_sigterm("what was not acknowledged is sent again by others"):
        settings = load_settings()
        configure(settings.log_level, role="intake")
        from app.stream.intake import run_intake

        run_intake(settings)
    return 0
