"""The watch list in force, with its changes told."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from app.config import CANARY_BRAND, Settings
from app.core.mention import Mention
from app.core.watchlist import Match, WatchList
from app.core.watchlist_rules import GIVEN
from app.errors import ConfigError
from app.logs import event
from app.metrics import Metrics
from app.sources.watchlist import WatchListFile

logger = logging.getLogger(__name__)

Matcher = Callable[[Mention], tuple[Match, ...]]
CANARY: Final[tuple[Match, ...]] = (Match(brand=CANARY_BRAND, product=None, rule=GIVEN),)


def with_canary(match: Matcher) -> Matcher:
    """Return ``match`` that knows the canary's brand besides, so that no watch list has to."""
    return lambda mention: CANARY if mention.brand == CANARY_BRAND else match(mention)


def watch_list_file(settings: Settings, metrics: Metrics) -> WatchListFile:
    """Return the watch list, read again when its file changes; a broken file is told, not used.

    Its brands become labels of the metrics. Raises ConfigError when the file is broken now.
    """

    def broken(error: ConfigError) -> None:
        metrics.count("squall_watchlist_reloads_total", outcome="broken")
        event(logger, "watchlist_broken", logging.ERROR, cause=str(error))

    def loaded(watch_list: WatchList) -> None:
        metrics.count("squall_watchlist_reloads_total", outcome="loaded")
        metrics.set_brands(watch_list.brands)
        event(logger, "watchlist_loaded", brands=len(watch_list.brands))

    file = WatchListFile(settings.watchlist, on_error=broken, on_change=loaded)
    metrics.set_brands(file.current().brands)
    return file
