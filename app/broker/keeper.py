"""Keeps one child process no longer alive than the process that asked for it, even when that one
is killed with -9.

Run as a script on its own (it imports nothing of Squall), one keeper a broker:

    keeper.py LOG REMOVE COMMAND...

It starts COMMAND with its output appended to LOG, prints the child's process id, and then obeys
its standard input: a line ``stop`` sends SIGTERM, a line ``kill`` SIGKILL. The end of its input,
or a change of its own parent, means that the owner is gone: the child is killed and the folder
REMOVE (empty: none) deleted, with the folder around it if that is empty then. It ends with the
child, and with the child's exit code.

Why not just PR_SET_PDEATHSIG in the owner: Linux sends that signal when the *thread* that forked
ends, and a fixture or an executor may well have started the broker from a thread. The keeper has
one thread, so it may use it.
"""

from __future__ import annotations

import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
from contextlib import suppress

POLL_S = 0.2
PR_SET_PDEATHSIG = 1


def die_with_keeper() -> None:
    """Ask Linux to kill this process when the keeper ends; elsewhere the pipe alone must do."""
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    except (OSError, AttributeError):
        return


def spawn(log_path: str, command: list[str]) -> subprocess.Popen[bytes]:
    """Start the child with its output appended to the log."""
    with open(log_path, "ab") as log:
        return subprocess.Popen(  # noqa: S603 - the command comes from the owner's own arguments
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_keeper,  # noqa: PLW1509 - one thread here
        )


def obey(child: subprocess.Popen[bytes], owner: int) -> bool:
    """Pass on what the owner asks for until the child ends; return True if the owner went away
    first.
    """
    while child.poll() is None:
        readable, _, _ = select.select([0], [], [], POLL_S)
        line = os.read(0, 64) if readable else None
        if line == b"" or os.getppid() != owner:
            return True
        if line and b"kill" in line:
            child.kill()
        elif line:
            child.terminate()
    return False


def clear(folder: str) -> None:
    """Remove the folder, and the one it lies in if nothing else does."""
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        os.rmdir(os.path.dirname(folder))


def main() -> int:
    owner = os.getppid()
    log_path, remove, *command = sys.argv[1:]
    child = spawn(log_path, command)
    os.write(1, b"%d\n" % child.pid)
    owner_is_gone = obey(child, owner)
    if owner_is_gone:
        child.kill()
    code = child.wait()
    if owner_is_gone and remove:
        clear(remove)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
