"""The command line as a whole: all commands, and what becomes of their errors."""

from __future__ import annotations

import gc
import os
import sys
from typing import Annotated

import typer

from quizgen import __version__
from quizgen.cli import banks, databases, day, exams, keeping, marks, platforms, standing
from quizgen.errors import QuizgenError

app = typer.Typer(
    help="A different exam for every student, marked fairly, with the mistake behind a wrong number named.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for room in (exams, day, marks, databases, platforms, standing, banks, keeping):
    app.add_typer(room.commands)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        typer.echo(f"quizgen {__version__}")
        raise typer.Exit


def main() -> None:
    """Run a command; a QuizgenError becomes one line and its exit code."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # so that none is looked for
    gc.set_threshold(20_000, 20, 50)  # nearly all that a command makes lives to its end: rubbish is looked for seldom
    try:
        app(databases.spelled_out(sys.argv[1:]))
    except QuizgenError as error:
        typer.echo(f"quizgen: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        typer.echo(f"quizgen: {error.filename or 'the disk'}: {error.strerror or error}", err=True)
        sys.exit(1)
    except MemoryError:
        typer.echo("quizgen: there is not enough memory for this. Ask for fewer, or use a larger machine.", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.echo("quizgen: stopped; nothing half-done is left behind", err=True)
        sys.exit(130)
