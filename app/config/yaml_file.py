"""Read the settings file: plain YAML, one mapping, no key twice."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from app.errors import ConfigError


class _Loader(yaml.SafeLoader):
    """Refuses a key given twice, where the last would win without a word, and aliases."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise _refusal("an alias (*name) is used", self.peek_event().start_mark)  # type: ignore[no-untyped-call]
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise _refusal("a key is no plain word", key_node.start_mark)
            if key_node.value in seen:
                raise _refusal(f"key {key_node.value} is given twice", key_node.start_mark)
            seen.add(key_node.value)
        return super().construct_mapping(node, deep)


def _refusal(problem: str, mark: yaml.Mark) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping in ``path``, empty for an empty file.

    Raises ``ConfigError`` when the file is missing, is no YAML, or holds no mapping.
    """
    try:
        value = yaml.load(path.read_text("utf-8"), Loader=_Loader)  # noqa: S506, a SafeLoader
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"settings file {path}: {_reason(error)}; name a readable YAML file"
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # Not str(error): it quotes the line, which may hold a password.
        raise ConfigError(f"settings file {path}: {_place(error)}; correct the YAML") from None
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise ConfigError(f"settings file {path}: holds no mapping; write `key: value` lines")
    return value


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or "can't be read" if isinstance(error, OSError) else "is not UTF-8"


def _place(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "is no YAML"
    return f"line {mark.line + 1}: {problem}" if mark else str(problem)
