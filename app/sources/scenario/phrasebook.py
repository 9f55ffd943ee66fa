"""Texts written from templates: ``[a|b]`` is a choice, ``{name}`` a word of a list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from random import Random

from app.errors import InputError

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_WORD = re.compile(r"\{(\w+)\}")
_SENTENCE = re.compile(r"(?:^|(?<=[.!?] ))[a-ząćęłńóśźż]")


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """Templates by section (``"social praise"``) and the word lists that they name.

    >>> book = parse("== words item\\nlamp\\n== social praise\\n[Nice|Lovely] {item}!")
    >>> book.write(Random(1), "social praise")
    'Nice lamp!'
    """

    sections: dict[str, tuple[str, ...]]
    words: dict[str, tuple[str, ...]]

    def write(self, rng: Random, section: str) -> str:
        """Return one text of ``section``.

        Raises InputError when the section or a word list is missing.
        """
        templates = self.sections.get(section)
        if templates is None:
            message = f"no templates for {section!r} in the phrasebook; add a '== {section}' part"
            raise InputError(message)
        text = _CHOICE.sub(lambda found: rng.choice(found[1].split("|")), rng.choice(templates))
        text = _WORD.sub(lambda found: rng.choice(self._list(found[1])), text)
        return _SENTENCE.sub(lambda found: found[0].upper(), text)

    def _list(self, name: str) -> tuple[str, ...]:
        if name not in self.words:
            message = f"no word list {name!r} in the phrasebook; add a '== words {name}' part"
            raise InputError(message)
        return self.words[name]


def parse(source: str) -> Phrasebook:
    """Return the phrasebook written in ``source``; a remark may stand before the first ``==``."""
    parts: dict[str, list[str]] = {}
    name = ""
    for line in source.splitlines():
        if line.startswith("== "):
            name = line[3:].strip()
            parts.setdefault(name, [])
        elif line.strip() and name:
            parts[name].append(line)
    words = {n.removeprefix("words "): tuple(v) for n, v in parts.items() if n.startswith("words ")}
    sections = {n: tuple(v) for n, v in parts.items() if not n.startswith("words ")}
    return Phrasebook(sections=sections, words=words)


def load(name: str) -> Phrasebook:
    """Return the shipped phrasebook ``texts/<name>.txt``."""
    path = files("app.sources.scenario") / "texts" / f"{name}.txt"
    return parse(path.read_text(encoding="utf-8"))
