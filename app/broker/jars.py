"""Kafka's jars: fetched once from Maven Central, checked against ``jars.lock``, kept in the
user's cache folder.

``jars.lock`` names each jar with its SHA-256, so neither a changed repository nor a torn download
gets to run. To move to another Kafka: change ``KAFKA`` and write the new lock with ``python -m
app.broker.lock``.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.errors import UnavailableError

KAFKA = "4.1.1"
LOCK_FILE = Path(__file__).with_name("jars.lock")
DOWNLOADS_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Jar:
    """One line of ``jars.lock``."""

    coordinate: str
    sha256: str

    @property
    def filename(self) -> str:
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"


def locked() -> tuple[Jar, ...]:
    """Return every jar that makes a Kafka broker, in class-path order."""
    lines = LOCK_FILE.read_text("utf-8").splitlines()
    pairs = (line.split() for line in lines if line and not line.startswith("#"))
    return tuple(Jar(coordinate=coordinate, sha256=digest) for digest, coordinate in pairs)


def cache_folder() -> Path:
    """Return where the jars are kept: in ``SQUALL_CACHE``, else ``squall`` below the user's
    cache.
    """
    own, user = os.environ.get("SQUALL_CACHE"), os.environ.get("XDG_CACHE_HOME")
    if own:
        return Path(own).absolute() / f"kafka-{KAFKA}"
    return (Path(user) if user else Path.home() / ".cache") / "squall" / f"kafka-{KAFKA}"


def class_path() -> str:
    """Return the class path of the broker, fetching the jars first where they are missing or
    damaged.

    Two processes that start at once fetch once: the second waits for the first. Raises
    UnavailableError if the jars can't be fetched.
    """
    folder = cache_folder()
    with _held(folder.with_name(f"{folder.name}.lock")):
        if not _is_whole(folder):
            _fetch_into(folder)
    return os.pathsep.join(str(folder / jar.filename) for jar in locked())


def _is_whole(folder: Path) -> bool:
    return all(_sha256(folder / jar.filename) == jar.sha256 for jar in locked())


def _fetch_into(folder: Path) -> None:
    """Fill a folder beside the real one, then rename it: a killed download leaves nothing that
    looks finished.
    """
    for left_by_a_kill in folder.parent.glob(".fetching-*"):  # we hold the lock: nobody's
        shutil.rmtree(left_by_a_kill, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".fetching-", dir=folder.parent) as scratch:
        whole = Path(scratch) / "whole"
        whole.mkdir()
        for jar, path in zip(locked(), _download(Path(scratch) / "repository"), strict=True):
            _check(jar, path)
            path.rename(whole / jar.filename)
        shutil.rmtree(folder, ignore_errors=True)
        whole.rename(folder)


def _download(repository: Path) -> list[Path]:
    try:
        from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415 - an optional extra
        from jgo.parse import Coordinate  # noqa: PLC0415
    except ImportError as error:
        message = f"Kafka's jars are not in {cache_folder()}; run: pip install 'squall[broker]'"
        raise UnavailableError(message) from error
    context = MavenContext(
        repo_cache=repository, local_repos=[], resolver=PythonResolver(), timeout=60
    )

    def fetch(jar: Jar) -> Path:
        dependency = context.create_dependency(Coordinate.parse(jar.coordinate))
        return Path(dependency.artifact.resolve())

    try:
        with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
            return list(pool.map(fetch, locked()))
    except (OSError, RuntimeError) as error:  # requests' errors are OSErrors
        message = (
            f"can't fetch Kafka {KAFKA} from Maven Central: {error}; check the network and proxy, "
            f"or copy {cache_folder()} from a machine that has it"
        )
        raise UnavailableError(message) from error


def _check(jar: Jar, path: Path) -> None:
    digest = _sha256(path)
    if digest != jar.sha256:
        message = (
            f"{jar.coordinate} as fetched has SHA-256 {digest}, "
            f"but {LOCK_FILE.name} says {jar.sha256}; check what answers for Maven Central here"
        )
        raise UnavailableError(message)


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Hold an exclusive lock between processes; the system drops it when a process dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
