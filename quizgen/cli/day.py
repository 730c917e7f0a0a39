"""Commands for the day of the exam: who holds which paper, who was there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quizgen.cli.saying import actor
from quizgen.errors import QuizgenError, printable

if TYPE_CHECKING:
    from quizgen.assigning import Assigned

commands = typer.Typer()


@commands.command()
def assign(
    tag: Annotated[str, typer.Argument(help="The tag of the paper, as it is printed on it.")],
    student: Annotated[str, typer.Argument(help="Who holds it from now on: an id of the roster.")] = "",
    exam: Annotated[Path, typer.Option(help="The exam's folder.")] = Path("exam"),
    reason: Annotated[str, typer.Option(help="Why; kept in the log.")] = "",
    new: Annotated[bool, typer.Option("--new", help="The student is not on the roster: add him or her.")] = False,
    take_back: Annotated[
        bool, typer.Option("--release", help="Nobody holds it: who was added with it was added by mistake.")
    ] = False,
) -> None:
    """Bind a paper to a student: a spare for a lost one, or the paper of another student, who gets theirs."""
    from quizgen.assigning import assign, release
    from quizgen.exam.folder import open_exam
    from quizgen.ledger import RESULTS

    if bool(student) == take_back:
        what = "--release names a paper and no student" if take_back else "who holds it from now on?"
        raise QuizgenError(what, hint="Say: assign TAG STUDENT, or: assign TAG --release.", exit_code=2)
    folder = open_exam(exam)
    if take_back:
        done = release(folder, tag, reason=reason, actor=actor())
        typer.echo(_told_released(done))
    else:
        done = assign(folder, tag, student, reason=reason, new=new, actor=actor())
        typer.echo(_told(done))
    if done.number and (folder / RESULTS).exists():
        typer.echo("marks follow the papers: 'quizgen regrade' shows what changes, 'quizgen regrade --apply' writes it")
        typer.echo("rows that were refused for their tags: grade their file again")


@commands.command()
def attendance(
    room: Annotated[list[str] | None, typer.Option(help="Only this room; several times for several.")] = None,
    exam: Annotated[Path, typer.Option(help="The exam's folder.")] = Path("exam"),
    out: Annotated[Path | None, typer.Option(help="The folder to write into (attendance/ in the exam's).")] = None,
    paper: Annotated[str, typer.Option(help="Of PDFs: a4 or letter.")] = "a4",
    tables: Annotated[bool, typer.Option("--csv", help="Tables alone (CSV), no PDF.")] = False,
) -> None:
    """Write lists to be signed, one for each room: seats, names, tags, extra time; and the spare papers."""
    from quizgen.booklets.forms import paper_size
    from quizgen.exam.folder import open_exam
    from quizgen.press import refuse_without_typst
    from quizgen.printing import print_attendance

    if not tables:
        try:
            refuse_without_typst()
        except QuizgenError as error:
            raise QuizgenError(error.what, hint=f"{error.hint}; or say --csv, for tables alone.") from None
    folder = open_exam(exam)
    for file in print_attendance(folder, room or [], paper_size(paper), out=out, pdf=not tables):
        typer.echo(file)


def _told(done: Assigned) -> str:
    """What an assignment changed."""
    student = printable(done.student)
    if not done.number:
        return f"{student} holds {done.tag} already"
    if done.other:
        return f"{student} holds {done.tag} now, and {printable(done.other)} {done.before}"
    return f"{student} holds {done.tag} now" + (f", and nobody {done.before}" if done.before else "")


def _told_released(done: Assigned) -> str:
    """What a release changed."""
    if not done.number:
        return f"nobody holds {done.tag} already"
    name = printable(done.student)
    return f"nobody holds {done.tag} now, and {name} was no student: rows of that name go with the paper"
