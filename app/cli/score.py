"""`squall score FILE`: sentiment of texts in bulk, without Kafka."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import msgspec
import typer

from app.errors import InputError, UsageError
from app.sources.recorded import read_recorded

if TYPE_CHECKING:
    from app.inference.scoring import InferenceThread, Results

_BATCH_TEXTS = 256


class _Line(msgspec.Struct, frozen=True):
    text: str
    id: str | int | None = None
    lang: str | None = None


class _Scored(msgspec.Struct, frozen=True, omit_defaults=True):
    label: str
    probabilities: tuple[float, ...]
    model: str
    lang: str | None = None
    id: str | int | None = None


class _Failed(msgspec.Struct, frozen=True, omit_defaults=True):
    error: str
    detail: str
    id: str | int | None = None


def score(
    file: Annotated[Path, typer.Argument(help='Lines {"text": …, "lang": …}; .gz and .zst too.')],
    engine: Annotated[str, typer.Option(help="transformer or hash.")] = "transformer",
    model: Annotated[
        str | None, typer.Option(help="Model folder, or a name as in squall models list.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="File to write; default: stdout.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads of arithmetic.")] = None,
) -> None:
    """Print one line a text, in order: label, probabilities, model, lang, and the id given, if any.

    Label "unscored": a language that the model does not know. A "lang" given helps to tell it.
    A text that the engine can't score has "error" in place of a label. A line that is no such
    object ends the command with code 65: batches before it are printed, but no --output is left.
    """
    from app.inference.load import load_engine
    from app.inference.scoring import InferenceThread

    with InferenceThread(load_engine(engine, model=model, threads=threads)) as inference:
        if output is None:
            _write(sys.stdout.buffer, file, inference)
        else:
            _write_whole(output, file, inference)


def _write_whole(output: Path, file: Path, inference: InferenceThread) -> None:
    partial = output.with_name(output.name + ".partial")
    try:
        with partial.open("wb") as stream:
            _write(stream, file, inference)
        partial.replace(output)
    except OSError as error:
        raise UsageError(f"{output} can't be written: {error.strerror}") from None
    finally:
        partial.unlink(missing_ok=True)


def _write(stream: BinaryIO, file: Path, inference: InferenceThread) -> None:
    from app.inference.language.identify import Hint

    encoder = msgspec.json.Encoder()
    parsed = _parsed(file)
    while lines := list(islice(parsed, _BATCH_TEXTS)):
        texts, hints = [line.text for line in lines], [Hint(line.lang) for line in lines]
        results = inference.submit(texts, hints=hints).result()
        stream.writelines(encoder.encode(row) + b"\n" for row in _rows(lines, results))
        stream.flush()


def _parsed(file: Path) -> Iterator[_Line]:
    decoder = msgspec.json.Decoder(_Line)
    for number, raw in read_recorded(file):
        try:
            yield decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            message = (
                f'{file}: line {number} is not {{"text": ...}} ({error}): mend it or remove it'
            )
            raise InputError(message) from None


def _rows(lines: Sequence[_Line], results: Results) -> Iterator[_Scored | _Failed]:
    from app.inference.engine import Failure

    for line, result in zip(lines, results, strict=True):
        if isinstance(result, Failure):
            yield _Failed(error="engine_error", detail=result.detail, id=line.id)
        else:
            shares, language = result.probabilities, result.language
            yield _Scored(result.label, shares, result.model, language, line.id)
