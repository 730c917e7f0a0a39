"""Databases of marks on the command line: the option --db, and the report that is read from one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quizgen.errors import QuizgenError

if TYPE_CHECKING:
    from quizgen.database import Address
    from quizgen.desk import Desk

commands = typer.Typer()

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+]+:.*|.*\.(db|sqlite3?)", re.DOTALL)  # no name of a file of answers

Database = Annotated[
    str | None,
    typer.Option(
        "--db",
        metavar="[URL]",
        help="Put the marks into a database, too: sqlite:///FILE or postgresql://...; alone, marks.db in the exam's "
        "folder.",
    ),
]


def spelled_out(arguments: Sequence[str]) -> list[str]:
    """Arguments with an empty URL after each --db that stands alone: the parser knows no option with half a value.

    >>> spelled_out(["grade", "--db", "a.csv"]), spelled_out(["report", "--db", "sqlite:///marks.db"])
    (['grade', '--db', '', 'a.csv'], ['report', '--db', 'sqlite:///marks.db'])
    """
    found: list[str] = []
    for i, argument in enumerate(arguments):
        found.append(argument)
        following = arguments[i + 1] if i + 1 < len(arguments) else ""
        if argument == "--db" and "--" not in arguments[:i] and not _URL.fullmatch(following):
            found.append("")
    return found


def asked_database(url: str | None, folder: Path) -> Address | None:
    """Where marks are to be put, if anywhere; refuses a place that cannot be used before anything is marked."""
    if url is None:
        return None
    from quizgen.database import address_of, refuse_unusable

    address = address_of(url, folder)
    refuse_unusable(address)
    return address


def put_into(address: Address | None, folder: Path, desk: Desk) -> None:
    """Put the results of a grading into a database."""
    if address is not None:
        from quizgen.database import load_results

        typer.echo(str(load_results(folder, desk.summary.exam, desk.results.name, address)))


@commands.command()
def report(
    db: Annotated[
        str | None,
        typer.Option("--db", metavar="[URL]", help="The database; without it marks.db in the exam's folder."),
    ] = None,
    exam: Annotated[
        str, typer.Option(help="The exam's folder (exam); in a database with several also an exam's code or id.")
    ] = "",
    student: Annotated[str, typer.Option(help="Show the marks of this student, by id.")] = "",
) -> None:
    """Read a database of marks: how questions and answers went, which mistakes were made, or one student's marks."""
    from quizgen.database import address_of, exam_in, figures_lines, figures_of, marks_of, opened, student_lines
    from quizgen.exam.folder import open_exam
    from quizgen.exam.stored import id_of

    folder = Path(exam or "exam")
    is_folder = (folder / "exam.json").exists()
    if not db or (is_folder and exam):
        folder = open_exam(folder)
    address = address_of(db or "", folder)
    if address.path is not None and not address.path.exists():
        raise QuizgenError(f"{address.shown}: there is no database", hint="Fill one: quizgen grade FILE --db.")
    called = id_of(folder) if not db or (is_folder and exam) else exam
    with opened(address, reading=True) as store:
        sat = exam_in(store, called)
        lines = student_lines(marks_of(store, sat, student)) if student else figures_lines(figures_of(store, sat))
    for line in lines:
        typer.echo(line)
