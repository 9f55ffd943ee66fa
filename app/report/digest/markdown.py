"""Digests as Markdown, for a mail or a wiki."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from app.report.digest.lines import cause_line
from app.report.digest.made import Made
from app.report.page import part
from app.report.postmortem.markdown import written


def render(made: Made) -> str:
    """Return the Markdown (CommonMark with tables), a part a record; whatever comes from mentions
    is text there and nothing else.
    """
    zone = ZoneInfo(made.digests[0].zone if made.digests else "UTC")
    text: str = (
        written(zone)
        .from_string(part("digest.md.jinja"))
        .render(digests=made.digests, causes=[cause_line(one) for one in made.causes])
    )
    return re.sub(r"\n{3,}", "\n\n", text).strip()
