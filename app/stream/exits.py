"""How a worker ends: at once, with one named cause, and killed where a fault test says so."""

from __future__ import annotations

import logging
import os
import signal
import traceback
from pathlib import Path
from typing import Any, Final, Literal, NoReturn

from aiokafka.errors import KafkaError

from app.errors import InternalError, SquallError
from app.logs import event

logger = logging.getLogger(__name__)

CrashPoint = Literal[
    "after_fencing",  # InitProducerId is done, the older owner is fenced
    "before_state_read",  # the state is stable, none of it is read
    "after_state_read",  # the fold is restored, no record is taken
    "after_sends",  # the transaction's records are sent, it is not committed
    "after_commit",  # the transaction is committed, the batch is not acknowledged
    "before_dead_letters",  # a batch has rejected records, nothing of it is sent
    "after_dead_letters",  # everything of that batch is sent, it is not acknowledged
    "after_scored",  # scored records are sent, the batch is not acknowledged
    "after_import_batch",  # some of an import is sent, the rest is not
    "before_taken",  # a webhook's body is read, nothing of it is sent
    "after_taken",  # the brokers have all of a body, it is not answered
]
CRASH_AT: Final = "SQUALL_CRASH_AT"  # a crash point
CRASH_COUNT: Final = "SQUALL_CRASH_COUNT"  # a file with the number of kills that are left


def die(error: BaseException) -> NoReturn:
    """End the process with the error's exit code, 70 for one that is not ours; nothing is flushed.

    Nothing after this may run: every other way out of an agent acknowledges records that were
    never handled.
    """
    code = error.exit_code if isinstance(error, SquallError) else InternalError.exit_code
    event(logger, "exit", logging.CRITICAL, code=code, **_cause(error))
    os._exit(code)


def crash_point(name: CrashPoint) -> None:
    """Kill this process with SIGKILL when the environment names this point; else do nothing.

    With a count file, at most as many times as the file says, over all processes that share it.
    """
    if os.environ.get(CRASH_AT) == name and _take_one_kill():
        os.kill(os.getpid(), signal.SIGKILL)


def _take_one_kill() -> bool:
    place = os.environ.get(CRASH_COUNT)
    if place is None:
        return True
    left = int(Path(place).read_text(encoding="utf-8"))
    if left > 0:
        Path(place).write_text(str(left - 1), encoding="utf-8")
    return left > 0


def _cause(error: BaseException) -> dict[str, Any]:
    """Return the log line's fields; an unknown error's message is left out: it may quote a text."""
    fields: dict[str, Any] = {"kind": type(error).__name__}
    if isinstance(error, SquallError | KafkaError | OSError):
        fields["cause"] = str(error)[:500]
    if not isinstance(error, SquallError):
        frames = traceback.extract_tb(error.__traceback__)[-8:]
        fields["trace"] = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]
    return fields
