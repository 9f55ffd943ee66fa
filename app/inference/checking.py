"""What is right and what is wrong with a model folder, one thing at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from app.errors import ModelError
from app.inference.transformer import load_transformer
from app.inference.weights import ModelFolder


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at: ``fault`` says what is wrong with it, None when nothing is."""

    what: str
    fault: str | None = None


def findings(path: Path) -> Iterator[Finding]:
    """Yield a finding a part: manifest, each file, a text's score. Ends where it can't go on."""
    try:
        folder = ModelFolder(path)
    except ModelError as error:
        yield Finding(what="manifest, labels, sizes, no pickles", fault=str(error))
        return
    yield Finding(what="manifest, labels, sizes, no pickles")
    sound = True
    for name in sorted(folder.manifest.files):
        finding = _checksum(folder, name)
        sound = sound and finding.fault is None
        yield finding
    if sound:
        yield _score(folder)


def _checksum(folder: ModelFolder, name: str) -> Finding:
    try:
        folder.read(name)
    except ModelError as error:
        return Finding(what=f"sha256 of {name}", fault=str(error))
    return Finding(what=f"sha256 of {name}")


def _score(folder: ModelFolder) -> Finding:
    what = "tokenizer, weights and head fit; a text has a score"
    try:
        load_transformer(folder.path, precision="fp32")
    except ModelError as error:
        return Finding(what=what, fault=str(error))
    return Finding(what=what)
