"""The watch list's file: read at start, and again whenever it changes, without a restart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import yaml

from app.clock import Clock, SystemClock
from app.core.watchlist import WatchList
from app.errors import ConfigError

LOOK_EVERY_S = 1.0
MAX_BYTES = 4 * 1024 * 1024

_Stamp = tuple[int, int, int]


class _StrictLoader(yaml.SafeLoader):
    """YAML without the two things that hide a slip: a key given twice, and aliases."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            problem = "an alias (*name) is used"
            raise yaml.composer.ComposerError(None, None, problem, self.get_mark())
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else key_node
            if key in seen:
                mark = key_node.start_mark
                raise yaml.constructor.ConstructorError(None, None, f"key {key} twice", mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def load(path: Path) -> WatchList:
    """Return the watch list of a YAML file. Raises ConfigError with path, key and remedy."""
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"{path}: {error.strerror or error}; name a readable file in `watchlist`"
        raise ConfigError(message) from error
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{path}: is longer than {MAX_BYTES} bytes; split the installation")
    return WatchList.from_yaml_dict(_document(path, data), str(path))


def _document(path: Path, data: bytes) -> object:
    try:
        loader = _StrictLoader(data.decode("utf-8"))
        document: object = loader.get_single_data()
    except UnicodeDecodeError as error:
        message = f"{path}: is no UTF-8 at byte {error.start}; save it as UTF-8"
        raise ConfigError(message) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        message = f"{path}: is no YAML that can be read: {_where(error)}; correct it there"
        raise ConfigError(message) from error
    return document


def _where(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "not readable"
    return f"{problem} in line {mark.line + 1}" if mark is not None else str(problem)


class WatchListFile:
    """Keeps a watch list as new as its file. Without a path, every given brand is watched.

    ``on_error`` is called once for each broken state of the file; until it is mended the rules read
    before stay in force. ``on_change`` is called with each list that takes over from another.
    Raises ConfigError when the file is broken at the start.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        clock: Clock | None = None,
        on_error: Callable[[ConfigError], None] | None = None,
        on_change: Callable[[WatchList], None] | None = None,
    ) -> None:
        self._path = path
        self._clock = clock or SystemClock()
        self._on_error = on_error
        self._on_change = on_change
        self._stamp = None if path is None else _stamp(path)
        self._current = WatchList.given() if path is None else load(path)
        self._looked_s = self._clock.monotonic_s()
        self.last_error: ConfigError | None = None

    def current(self) -> WatchList:
        """Return the list in force; looks at the file at most once a second. Never raises."""
        now_s = self._clock.monotonic_s()
        if self._path is not None and now_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = now_s
            self._look(self._path)
        return self._current

    def _look(self, path: Path) -> None:
        stamp = _stamp(path)  # before the file is read: a change in between is seen next time
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._current = load(path)
        except ConfigError as error:
            self.last_error = error
            if self._on_error is not None:
                self._on_error(error)
            return
        self.last_error = None
        if self._on_change is not None:
            self._on_change(self._current)


def _stamp(path: Path) -> _Stamp | None:
    """Return what changes with the file's content, None for a file that can't be looked at."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
