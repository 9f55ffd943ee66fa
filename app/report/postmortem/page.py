"""The HTML page of a post-mortem: figures first, then the picture, drivers and every step."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, tzinfo

from markupsafe import Markup

from app.core.event import CrisisEvent
from app.report.effect.told import NO_EXPERIMENT
from app.report.fired import opening_of, rows
from app.report.page import digest, environment, part
from app.report.postmortem.figures import PostMortem
from app.report.postmortem.told import MEASURED, filters
from app.report.story import SHARES, STANDS_FOR, excerpts_of

_KINDS = ("negative", "uncertain", "neutral", "positive")


def render(
    found: PostMortem, events: Sequence[CrisisEvent], picture: str | None, *, zone: tzinfo = UTC
) -> str:
    """Return one HTML document that fetches nothing and runs nothing; ``events``: those of the
    crisis in order of ``seq``, ``picture``: an SVG or None.

    Whatever comes from mentions, people and files is escaped; addresses are text.
    """
    style = part("page.css") + part("story.css") + part("postmortem.css")
    opening = opening_of(events)
    made = environment(zone)
    made.filters |= filters(zone)
    document: str = made.from_string(
        part("fired.html") + part("sections.html") + part("postmortem.html")
    ).render(
        zone=str(zone),
        style=Markup(style),  # noqa: S704 - our own files, no input
        style_hash=digest(style),
        found=found,
        no_experiment=NO_EXPERIMENT,
        measured=[(title, getattr(found.times, name)) for name, title in MEASURED.items()],
        kinds=_KINDS,
        events=events,
        picture=None if picture is None else base64.b64encode(picture.encode()).decode(),
        opening=opening,
        fired=rows(found.triggers),
        excerpts=excerpts_of(events),
        summary=next((one.summary for one in reversed(events) if one.summary is not None), None),
        began=None if opening is None else opening.summary,
        shares=SHARES,
        stands_for=STANDS_FOR,
    )
    return document
