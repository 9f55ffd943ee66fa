"""What the demo shows while it runs: the live table in a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from datetime import datetime
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.live import Live

from app.report.live import LiveView, table
from app.sources.scenario.calendar import ZONE

LINE_EVERY_S = 10.0
_TITLE = "Squall demo"


class Screen:
    """The terminal from entering to leaving. With ``is_quiet`` all goes to standard error."""

    def __init__(self, *, is_quiet: bool) -> None:
        self.console = Console(stderr=is_quiet)
        self.view = LiveView(ZONE)
        self._live: Live | None = None
        self._stack = ExitStack()
        self._next_line_s = 0.0

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            live = Live(self._table(_TITLE), console=self.console, auto_refresh=False)
            self._live = self._stack.enter_context(live)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()
        if self._live is None and error is None:
            self.console.print(self._table(_TITLE))
        self._live = None

    def say(self, text: str) -> None:
        """Print a line above the table."""
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def show(self, sent: int, total: int) -> None:
        """Bring the table up to date; without a terminal say how far it is every ten seconds."""
        title = f"{_TITLE}: {sent:,} of {total:,} mentions sent"
        if self._live is not None:
            self._live.update(self._table(title), refresh=True)
        elif time.monotonic() >= self._next_line_s:
            self._next_line_s = time.monotonic() + LINE_EVERY_S
            at = self.view.now_ms
            when = "" if at is None else f"; {datetime.fromtimestamp(at / 1000, ZONE):%a %H:%M}"
            print(f"{title}{when}", file=sys.stderr, flush=True)

    def _table(self, title: str) -> RenderableType:
        return table(self.view, title=title, width=self.console.width)
