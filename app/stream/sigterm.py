"""SIGTERM: a stop that lets the batch in flight end, and that ends in time.

Python's handler for a signal runs between two bytecodes of the main thread, which may be deep in
an import or in torch. So the signal is masked before anything heavy is imported, and a thread
waits for it.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Final

from app.logs import event

logger = logging.getLogger(__name__)

DEADLINE_S: Final = 20.0  # less than the 30 s that Kubernetes gives


def install(on_deadline: Callable[[], None], *, deadline_s: float = DEADLINE_S) -> threading.Event:
    """Turn SIGTERM into one SIGINT, which Faust stops on; call ``on_deadline`` when it has not.

    The event is set when it came. To be called in the main thread, before other threads start:
    they inherit the mask.
    """
    is_told = threading.Event()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

    def wait() -> None:
        signal.sigwait({signal.SIGTERM})
        is_told.set()
        _stop(on_deadline, deadline_s)

    threading.Thread(target=wait, name="sigterm", daemon=True).start()
    return is_told


def follow_parent() -> None:
    """Stop as SIGTERM would when standard input ends: the supervisor holds its other end."""
    place = sys.stdin.fileno()

    def wait() -> None:
        # Not through ``sys.stdin``: the lock of its buffer, held here, aborts Python at its end.
        while os.read(place, 1024):
            pass
        event(logger, "parent_gone", logging.WARNING)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent", daemon=True).start()


def _stop(on_deadline: Callable[[], None], deadline_s: float) -> None:
    event(logger, "stopping", deadline_s=deadline_s)
    timer = threading.Timer(deadline_s, on_deadline)
    timer.daemon = True
    timer.start()
    os.kill(os.getpid(), signal.SIGINT)
