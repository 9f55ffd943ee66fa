"""A worker that stops itself (SIGSTOP) at a crash point, once: a zombie with a batch in its hands.

    python -m tests.faults.stopping POINT worker ROLE

Stopped from outside, a worker is nearly always caught idle. Stopped here, it wakes up with records
that its successor has long dealt with, and goes on with them.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Final

MARKER: Final = "FAULTS_STOP_MARKER"  # a file that is made when it stops


def stop_at(wanted: str) -> None:
    """Put a stop in place of the crash at this point."""
    from app.stream import detector, ledger, load, scorer

    def crash_point(name: str) -> None:
        marker = Path(os.environ[MARKER])
        if name == wanted and not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGSTOP)

    for module in (detector, ledger, load, scorer):
        setattr(module, "crash_point", crash_point)  # noqa: B010 - the name is imported there


def main() -> None:
    """Set the stop, then run the command line as it is."""
    from app.cli.main import main as squall

    point, *arguments = sys.argv[1:]
    stop_at(point)
    squall(arguments)


if __name__ == "__main__":
    main()
