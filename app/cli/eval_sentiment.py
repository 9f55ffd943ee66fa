"""``squall eval sentiment``: how right a model is on texts with known labels."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer

from app.cli.options import Json
from app.core.language import language_of
from app.core.mention import Label, Sentiment
from app.errors import InputError
from app.sources.recorded import read_recorded

if TYPE_CHECKING:
    from app.inference.engine import Engine
    from app.inference.judged import Judged
    from app.inference.scoring import InferenceThread, Results

BATCH_TEXTS: Final = 256
TIMEOUT_S: Final = 600.0  # for one batch: a measurement may run beside other work
LABELS: Final = {"negative": 0, "neutral": 1, "positive": 2, "0": 0, "1": 1, "2": 2}
COLUMNS: Final = ("macro_recall", "macro_f1", "accuracy", "ece", "abstained")


class Line(msgspec.Struct, frozen=True):
    """One labelled text as given."""

    text: str
    label: str | int
    lang: str | None = None


class Labelled(msgspec.Struct, frozen=True):
    """A text with its class, and its language where somebody said it."""

    text: str
    label: int
    language: str | None


def sentiment(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help='Lines {"text", "label", "lang"?}; .gz and .zst are read too.',
            show_default=False,
        ),
    ],
    engine: Annotated[str, typer.Option(help="transformer or hash.")] = "transformer",
    model: Annotated[Path | None, typer.Option(help="Model folder; default: bundled.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads of arithmetic.")] = None,
    as_json: Json = False,
    with_baseline: Annotated[
        bool,
        typer.Option("--baseline", help="Add what majority and VADER reach.", metavar=""),
    ] = False,
) -> None:
    """Print macro recall, macro F1, accuracy, calibration error and the share abstained.

    A label is negative, neutral or positive, or 0, 1 or 2. The first three figures are over the
    likeliest label, certain or not. A line that is no labelled text ends with 65 and its number.
    """
    from app.inference.load import load_engine

    texts = [text for file in files for text in read_labelled(file)]
    if not texts:
        names = ", ".join(str(file) for file in files)
        raise InputError(f'{names}: no labelled text; add lines {{"text": ..., "label": ...}}')
    # Asked for before the model runs: a missing package should not cost the run.
    baselines = _baselines(texts) if with_baseline else {}
    loaded = load_engine(engine, model=model, threads=threads)
    report = _report(loaded, judge(loaded, texts)) | baselines
    if as_json:
        typer.echo(json.dumps(report))
        return
    _print(report)


def read_labelled(file: Path) -> Iterator[Labelled]:
    """Yield the labelled texts of a file; raises InputError naming the line that is none."""
    decoder = msgspec.json.Decoder(Line)
    for number, raw in read_recorded(file):
        try:
            line = decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            message = (
                f'{file}: line {number} is not {{"text": ..., "label": ...}} ({error}):'
                " mend it or remove it"
            )
            raise InputError(message) from None
        label = LABELS.get(str(line.label).strip().lower())
        if label is None:
            message = (
                f"{file}: line {number} has none of the labels: write negative, neutral or"
                " positive, or 0, 1 or 2"
            )
            raise InputError(message)
        yield Labelled(line.text, label, language_of(line.lang))


def judge(engine: Engine, texts: Sequence[Labelled]) -> list[Judged]:
    """Return what the engine says of each text, in order.

    A declared language is believed; of a text without one it is looked for, where the engine is
    for some languages alone. A text of another language is unscored.
    """
    from app.inference.engine import Score
    from app.inference.judged import UNKNOWN_LANGUAGE, Judged
    from app.inference.scoring import InferenceThread

    judged: list[Judged] = []
    with InferenceThread(engine, timeout_s=TIMEOUT_S) as inference:
        for start in range(0, len(texts), BATCH_TEXTS):
            batch = texts[start : start + BATCH_TEXTS]
            results = _results(inference, batch)
            for one, result in zip(batch, results, strict=True):
                score = result if isinstance(result, Score) else None
                language = one.language or (score and score.language) or UNKNOWN_LANGUAGE
                unscored = one.language and engine.languages and language not in engine.languages
                kept = _unscored(engine) if unscored else score
                judged.append(Judged(one.label, language, kept))
    return judged


def _results(inference: InferenceThread, batch: Sequence[Labelled]) -> Results:
    from app.inference.language.identify import Hint

    declared = [row for row, one in enumerate(batch) if one.language]
    others = [row for row, one in enumerate(batch) if not one.language]
    found = inference.submit(
        [batch[row].text for row in declared], [batch[row].language or "" for row in declared]
    )
    looked_for = inference.submit([batch[row].text for row in others], hints=[Hint()] * len(others))
    results = dict(zip(declared, found.result(), strict=True))
    results |= dict(zip(others, looked_for.result(), strict=True))
    return [results[row] for row in range(len(batch))]


def _unscored(engine: Engine) -> Sentiment:
    return Sentiment(label=Label.UNSCORED, probabilities=(), model=engine.model)


def _report(engine: Engine, judged: Sequence[Judged]) -> dict[str, Any]:
    from app.inference.judged import by_language, figures

    failed = sum(one.score is None for one in judged)
    if failed:
        print(f"squall: the engine failed on {failed} texts: counted as wrong", file=sys.stderr)
    return {**figures(judged), "by_language": by_language(judged), "model": engine.model}


def _baselines(texts: Sequence[Labelled]) -> dict[str, Any]:
    from app.inference.judged import baseline, majority, vader

    labels = [one.label for one in texts]
    return {
        "baselines": {
            "majority": baseline(labels, majority(labels)),
            "vader": baseline(labels, vader([one.text for one in texts])),
        }
    }


def _print(report: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{report['n']} texts, {report['model']}")
    table.add_column("")
    for name in ("texts", *(column.replace("_", " ") for column in COLUMNS)):
        table.add_column(name, justify="right")
    rows = {"all": report, **report["by_language"]}
    for name, row in rows.items():
        table.add_row(name, str(row["n"]), *(f"{row[column]:.4f}" for column in COLUMNS))
    for name, row in report.get("baselines", {}).items():
        figures = (f"{row[column]:.4f}" for column in COLUMNS[:3])
        table.add_row(name, str(report["n"]), *figures, "", "")
    console = Console()
    console.print(table)
    console.print(_confusion(report["confusion"]))


def _confusion(confusion: dict[str, dict[str, int]]) -> Any:
    from rich.table import Table

    table = Table(title="labelled (rows) as found (columns)")
    table.add_column("")
    for name in confusion["negative"]:
        table.add_column(name, justify="right")
    for name, row in confusion.items():
        table.add_row(name, *map(str, row.values()))
    return table
