"""The post-mortem as Markdown: the page's figures for a ticket, a wiki or a mail."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from app.core.event import CrisisEvent
from app.report.effect.told import NO_EXPERIMENT
from app.report.fired import opening_of, rows
from app.report.page import environment, part
from app.report.postmortem.figures import PostMortem
from app.report.postmortem.told import MEASURED, filters

# What begins an emphasis, a link, an address, an image, code, a cell, a tag or an entity.
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>|#~&!$@]")
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=\bwww)(?=\.)", re.IGNORECASE)


def render(found: PostMortem, events: Sequence[CrisisEvent], *, zone: tzinfo = UTC) -> str:
    """Return the Markdown (CommonMark with tables); whatever comes from mentions, people and files
    is text there and nothing else.
    """
    opening = opening_of(events)
    text: str = (
        written(zone)
        .from_string(part("postmortem.md.jinja"))
        .render(
            zone=str(zone),
            found=found,
            no_experiment=NO_EXPERIMENT,
            measured=[(title, getattr(found.times, name)) for name, title in MEASURED.items()],
            opening=opening,
            fired=rows(found.triggers),
            began=None if opening is None else opening.summary,
            summary=next((one.summary for one in reversed(events) if one.summary), None),
        )
    )
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def escaped(value: Any) -> str:
    """Return a value as one line of Markdown that shows it as it is."""
    text = " ".join(str(value).split())
    text = "".join(one for one in text if one.isprintable())
    text = _SPECIAL.sub(lambda found: f"\\{found[0]}", text)
    return _ADDRESS.sub(r"\\", text)


def written(zone: tzinfo) -> Environment:
    """Return the page's environment, but for what is written: as Markdown and not as HTML."""
    made = environment(zone)
    made.autoescape = False
    made.finalize = _finalized
    made.filters |= filters(zone)
    return made


def _finalized(value: Any) -> Any:
    # Our own words in the template are marked as such; all else is a stranger's.
    return value if isinstance(value, Markup) else escaped(value)
