"""A model from a Hugging Face hub: one pinned revision, safetensors only, checksums written down.

Three files are fetched and nothing else: no code, no pickle. What comes is not trusted further than
a folder that somebody handed over: ``ModelFolder`` checks it again at every start.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import httpx
import msgspec

from app.core.mention import Label
from app.errors import ModelError, UnavailableError, UsageError
from app.inference.batcher import LENGTHS
from app.inference.folders import folder_name
from app.inference.weights import (
    CONFIG,
    FOREIGN_WEIGHTS,
    LABELS,
    MANIFEST,
    TOKENIZER,
    FileEntry,
    Manifest,
)

HUB: Final = "https://huggingface.co"
_FILES: Final = (CONFIG, TOKENIZER, FOREIGN_WEIGHTS)  # the small ones first: they may say no
_MAX_BYTES: Final = 8 * 2**30
_TIMEOUT_S: Final = 60.0
_REPOSITORY: Final = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")
_REVISION: Final = re.compile(r"[0-9a-f]{40}")
_MISSING: Final = frozenset({401, 403, 404})


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A model on a hub at one commit."""

    repository: str
    revision: str

    @classmethod
    def parse(cls, text: str) -> Source:
        """Return ``hub-id@revision`` in parts. Raises UsageError unless it names a full commit."""
        repository, _, revision = text.partition("@")
        if not _REPOSITORY.fullmatch(repository):
            raise UsageError(f"{text[:200]!r} names no model: write it as owner/name@revision")
        if not _REVISION.fullmatch(revision):
            raise UsageError(
                f"{revision[:80]!r} is no full commit of {repository}: a branch or a short hash can"
                " come to mean other weights; give the 40 digits shown under its Files, History"
            )
        return cls(repository=repository, revision=revision)


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub's files don't say in a form to rely on, and the caller does."""

    labels: Mapping[str, Label]  # the model's own label names; empty where they are ours
    languages: tuple[str, ...] = ()
    license: str = "not stated"


class _Config(msgspec.Struct, frozen=True):
    id2label: dict[int, str]
    max_position_embeddings: int = 512
    auto_map: dict[str, object] | None = None


def fetch(source: Source, card: Card, folder: Path) -> Path:
    """Return the new folder below ``folder`` that holds the model and its manifest.

    Raises UnavailableError when the hub does not answer, and ModelError when the revision lacks a
    file, wants code of its own, or has labels that nobody mapped. Then nothing is left behind.
    """
    target = folder / folder_name(source.repository, source.revision)
    if target.exists():
        raise UsageError(f"{target} is there already: check it with squall models check {target}")
    folder.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder))
    try:
        entries = {}
        with _client() as client:
            for name in _FILES:
                entries[name] = _download(client, source, name, partial / name)
                if name == CONFIG:
                    labels, longest = _read_config(partial / CONFIG, source, card)
        manifest = Manifest(
            id=source.repository,
            kind="transformers",
            labels=labels,
            max_tokens=longest,
            license=card.license,
            attribution=(f"{source.repository} at {source.revision}",),
            files=entries,
            languages=card.languages,
        )
        (partial / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def _client() -> httpx.Client:
    token = os.environ.get("HF_TOKEN")
    return httpx.Client(
        base_url=os.environ.get("HF_ENDPOINT") or HUB,
        headers={"Authorization": f"Bearer {token}"} if token else {},
        follow_redirects=True,  # to where the large files lie; the token does not go along
        timeout=_TIMEOUT_S,
    )


def _download(client: httpx.Client, source: Source, name: str, path: Path) -> FileEntry:
    address = f"/{source.repository}/resolve/{source.revision}/{name}"
    digest = hashlib.sha256()
    size = 0
    try:
        with client.stream("GET", address) as response, path.open("wb") as file:
            _require(response, source, name)
            for chunk in response.iter_bytes():
                size += len(chunk)
                if size > _MAX_BYTES:
                    raise ModelError(
                        f"{source.repository}: {name} is over 8 GiB: take a smaller model"
                    )
                digest.update(chunk)
                file.write(chunk)
    except httpx.HTTPError as error:
        message = f"the hub {client.base_url} does not answer ({type(error).__name__}): try later"
        raise UnavailableError(message) from None
    return FileEntry(sha256=digest.hexdigest(), size_bytes=size)


def _require(response: httpx.Response, source: Source, name: str) -> None:
    if response.status_code in _MISSING:
        advice = (
            "pickled weights are never loaded, so take a revision that has safetensors in one file"
            if name == FOREIGN_WEIGHTS
            else "check the id and the revision, or set HF_TOKEN for a private model"
        )
        raise ModelError(f"{source.repository}@{source.revision} has no {name}: {advice}")
    if not response.is_success:
        message = f"the hub answers {response.status_code} for {source.repository}: try later"
        raise UnavailableError(message)
    for earlier in (*response.history, response):
        commit = earlier.headers.get("X-Repo-Commit", source.revision)
        if commit != source.revision:
            raise ModelError(
                f"the hub gave {name} of {commit[:40]}, not of {source.revision}: pull it again"
            )


def _read_config(path: Path, source: Source, card: Card) -> tuple[tuple[Label, ...], int]:
    try:
        config = msgspec.json.decode(path.read_bytes(), type=_Config, strict=False)
    except msgspec.MsgspecError as error:
        raise ModelError(
            f"{source.repository}: {CONFIG} describes no classifier ({error}): take another model"
        ) from None
    if config.auto_map:
        raise ModelError(
            f"{source.repository} asks for code of its own, which is never run: take another model"
        )
    names = [config.id2label.get(row, "") for row in range(len(config.id2label))]
    return _mapped(names, card.labels, source), min(LENGTHS[-1], config.max_position_embeddings - 2)


def _mapped(names: Sequence[str], given: Mapping[str, Label], source: Source) -> tuple[Label, ...]:
    ours: Mapping[str, Label] = given or {str(label): label for label in LABELS}
    known = {name.lower(): label for name, label in ours.items()}
    labels = tuple(known[name.lower()] for name in names if name.lower() in known)
    if len(labels) != len(names) or not {Label.NEGATIVE, Label.POSITIVE} <= set(labels):
        raise ModelError(
            f"{source.repository} has the labels {', '.join(names)}: map each of them, such as"
            f" --labels negative={names[0] if names else 'LABEL_0'},…"
        )
    return labels
