"""The ``squall`` command: its options, its sub-commands, and the one place where errors end."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from app import __version__
from app.cli.commands import LazyGroup
from app.errors import InternalError, ModelError, SquallError, UsageError

_INTERRUPTED: Final = 130
_BROKEN_PIPE: Final = 1  # as click ends when it meets the closed pipe itself

app = typer.Typer(
    name="squall",
    cls=LazyGroup,
    help="Squall finds a brand's crisis in its mentions on Kafka while it begins.",
    epilog="Settings: SQUALL_* variables and a YAML file; see `squall check-config`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"squall {__version__}")
        raise typer.Exit


@app.callback()
def squall(
    config: Annotated[
        Path | None, typer.Option("--config", help="Settings file (YAML).", show_default=False)
    ] = None,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error.", metavar="")
    ] = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Show the version and exit.",
            metavar="",
        ),
    ] = False,
) -> None:
    """Take the options that all commands share; as variables, so that child processes see them."""
    if config is not None:
        os.environ["SQUALL_CONFIG"] = str(config.absolute())
    if debug:
        os.environ["SQUALL_DEBUG"] = "1"


def main(arguments: list[str] | None = None) -> None:
    """Run ``squall`` with ``arguments`` (the process's own when None) and exit.

    The exit code is that of the ``SquallError`` raised, 64 for a wrong command line, 70 for an
    unexpected exception, 130 after Ctrl-C, 1 when the reader of our output went away.
    """
    code = run(arguments)
    if code == ModelError.exit_code:
        # A hung model's thread can't be stopped, and would abort the interpreter's own way out.
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def run(arguments: list[str] | None = None) -> int:
    """Do what ``main`` does and return the exit code."""
    try:
        result = app(arguments, prog_name="squall", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        return _close_quietly()
    except SquallError as error:
        return _refuse(error)
    except (KeyboardInterrupt, typer.Abort):
        return _INTERRUPTED
    except Exception as error:
        return _explain(error)
    return result if isinstance(result, int) else 0


def _refuse(error: SquallError) -> int:
    for line in str(error).splitlines() or [type(error).__name__]:
        print(f"squall: {line}", file=sys.stderr)
    if os.environ.get("SQUALL_DEBUG"):
        traceback.print_exception(error)
    return error.exit_code


def _explain(error: Exception) -> int:
    if usage := _usage(error):
        return usage
    cause = str(error).splitlines()[0][:200] if str(error) else "no message"
    advice = "run it again with --debug for the traceback, and report it"
    return _refuse_as(error, f"unexpected {type(error).__name__}: {cause}; {advice}")


def _refuse_as(error: Exception, message: str) -> int:
    wrapped = InternalError(message)
    wrapped.__cause__ = error
    return _refuse(wrapped)


def _usage(error: Any) -> int | None:
    """Show click's own errors of the command line its own way; None for any other."""
    if not hasattr(error, "format_message"):
        return None
    error.show()
    return UsageError.exit_code


def _close_quietly() -> int:
    # Python flushes stdout once more at exit, and would complain about the closed pipe then.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return _BROKEN_PIPE


if __name__ == "__main__":
    main()
