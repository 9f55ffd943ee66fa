"""``squall models list|check|pull|bench``: sentiment models, and what they do here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from app.cli.options import Json
from app.core.language import CODES
from app.core.mention import Label
from app.errors import ModelError, UsageError

if TYPE_CHECKING:
    from app.inference.precision import Trial

_LABELS: Final = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)

app = typer.Typer(help="Show, check, fetch and measure sentiment models.", no_args_is_help=True)


@app.command(name="list")
def list_models(as_json: Json = False) -> None:
    """Show the bundled models and the fetched ones: name, languages, size, licence."""
    from app.inference.folders import bundled, fetched, models_folder

    rows = [_described(path, "bundled") for path in bundled()]
    rows += [_described(path, "fetched") for path in fetched(models_folder())]
    if as_json:
        typer.echo(json.dumps({"models": rows}, indent=2, ensure_ascii=False))
        return
    _table(
        ["model", "name", "languages", "MB", "licence"], [list(row.values())[:5] for row in rows]
    )


@app.command()
def check(model: str, as_json: Json = False) -> None:
    """Look a model over: checksums, no pickles, labels, tokenizer, a score. Exit 77 if bad."""
    from app.inference.checking import findings
    from app.inference.folders import found

    results = list(findings(found(model)))
    if as_json:
        rows = [{"what": one.what, "fault": one.fault} for one in results]
        typer.echo(json.dumps({"findings": rows}, indent=2, ensure_ascii=False))
    else:
        for one in results:
            typer.echo(f"{'ok   ' if one.fault is None else 'WRONG'}  {one.fault or one.what}")
    if any(one.fault is not None for one in results):
        raise typer.Exit(ModelError.exit_code)


@app.command()
def pull(
    source: Annotated[str, typer.Argument(help="hub-id@revision, the revision as 40 digits.")],
    labels: Annotated[
        str, typer.Option(help="negative=LABEL_0,neutral=LABEL_1,…; a word may come repeatedly.")
    ] = "",
    languages: Annotated[str, typer.Option(help="ISO 639-1, such as en,pl; none: any.")] = "",
    license_name: Annotated[str, typer.Option("--license", help="Its licence.")] = "not stated",
) -> None:
    """Fetch a classifier from a Hugging Face hub: safetensors only, never code; print its folder.

    HF_ENDPOINT names another hub, HF_TOKEN opens a private model.
    """
    from app.inference.fetch import Card, Source, fetch
    from app.inference.folders import models_folder

    card = Card(
        labels=_mapping(labels),
        languages=_codes(languages),
        license=license_name,
    )
    typer.echo(fetch(Source.parse(source), card, models_folder()))


@app.command()
def bench(
    model: Annotated[str | None, typer.Option(help="Folder or name; default: bundled.")] = None,
    as_json: Json = False,
) -> None:
    """Measure the precisions that this machine can do, and name the one to take."""
    from app.inference.folders import found
    from app.inference.precision import best, candidates, possible, trials
    from app.inference.transformer import load_transformer
    from app.inference.weights import ModelFolder

    path = found(model)
    tried = trials(
        lambda precision: load_transformer(path, precision=precision),
        possible(ModelFolder(path)),
    )
    rows = [_measured(trial, tried[0]) for trial in tried]
    worth = candidates([trial.precision for trial in tried])
    choice = best([trial for trial in tried if trial.precision in worth])
    reason = _reason(choice, tried)
    if as_json:
        typer.echo(json.dumps({"forms": rows, "choice": reason}, indent=2, ensure_ascii=False))
        return
    _table(list(rows[0]), [list(row.values()) for row in rows])
    typer.echo(reason)


def _described(path: Path, origin: str) -> dict[str, Any]:
    from app.inference.weights import ModelFolder

    try:
        folder = ModelFolder(path)
    except ModelError as error:
        return dict.fromkeys(("model", "name", "languages", "mb", "license"), "?") | {
            "model": path.name,
            "origin": origin,
            "fault": str(error),
        }
    manifest = folder.manifest
    size = sum(entry.size_bytes for entry in manifest.files.values())
    return {
        "model": folder.model,
        "name": path.name,
        "languages": " ".join(manifest.languages) or "any",
        "mb": round(size / 1e6),
        "license": manifest.license,
        "origin": origin,
        "folder": str(path),
    }


def _measured(trial: Trial, exact: Trial) -> dict[str, Any]:
    return {
        "precision": trial.precision,
        "texts a CPU second": round(trial.texts_per_s, 1),
        "times": round(trial.texts_per_s / exact.texts_per_s, 2),
        "same labels": round(trial.agreement, 4),
        "drift": round(trial.drift, 5),
        "MB more": trial.memory_mb,
        "not taken because": (None if trial is exact else trial.fault(exact)) or "",
    }


def _reason(choice: Trial, tried: list[Trial]) -> str:
    if choice is tried[0]:
        return f"choice: {choice.precision}, as no other agrees with it and gains enough"
    times = choice.texts_per_s / tried[0].texts_per_s
    return (
        f"choice: {choice.precision}, {times:.1f} times the speed of fp32 with"
        f" {choice.agreement:.1%} of its labels"
    )


def _codes(text: str) -> tuple[str, ...]:
    codes = tuple(word.strip() for word in text.split(",") if word.strip())
    wrong = next((code for code in codes if code not in CODES), None)
    if wrong is not None:
        raise UsageError(f"--languages: {wrong[:20]!r} is no ISO 639-1 code: write such as en,pl")
    return codes


def _mapping(text: str) -> dict[str, Label]:
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    words = {str(label): label for label in _LABELS}
    wrong = next(
        (ours for ours, _, theirs in pairs if ours.strip() not in words or not theirs), None
    )
    if wrong is not None:
        raise UsageError(
            f"--labels: {wrong[:80]!r} is no pair: write negative=LABEL_0,positive=LABEL_1"
        )
    return {theirs.strip(): words[ours.strip()] for ours, _, theirs in pairs}


def _table(names: list[str], rows: list[list[Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    Console().print(table)
