"""Commands for learning platforms and gradebooks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from quizgen.cli.saying import counted, noted
from quizgen.errors import QuizgenError

commands = typer.Typer()


@commands.command()
def export(
    form: Annotated[
        str,
        typer.Argument(metavar="FORMAT", help="moodle, gift, canvas, blackboard, brightspace, qti21, qti30 or olx."),
    ],
    exam: Annotated[Path, typer.Option(help="The exam's folder.")] = Path("exam"),
    out: Annotated[Path | None, typer.Option(help="The file to write (export-FORMAT...).")] = None,
    pool: Annotated[int | None, typer.Option(min=1, help="Only so many variants of each question.")] = None,
    feedback: Annotated[
        str, typer.Option(help="What students are told after an attempt: mistakes, solution; without it nothing.")
    ] = "",
    choices: Annotated[
        int, typer.Option(min=0, max=10, help="Ask numbers as so many choices, wrong ones from the mistakes.")
    ] = 0,
    mathematics: Annotated[str, typer.Option(help="How formulas are written: mathml or tex.")] = "mathml",
    parity: Annotated[
        bool, typer.Option("--parity", help="List which typed answers the platform would judge otherwise than we.")
    ] = False,
    skip_unsupported: Annotated[
        bool, typer.Option("--skip-unsupported", help="Leave out, and list, what the format cannot ask.")
    ] = False,
) -> None:
    """Write the variants of an exam as a file that a learning platform imports."""
    from quizgen.exam.folder import open_exam
    from quizgen.export.options import options_of
    from quizgen.exporting import export_exam, parity_of, place_of

    options = options_of(pool, feedback, choices, mathematics, skip_unsupported=skip_unsupported)
    folder = open_exam(exam)
    place = out or place_of(form)
    with noted(folder, "export", form, place):
        done = export_exam(folder, form, options, place)
    for line in done.left_out:
        typer.echo(line, err=True)
    typer.echo(
        f"{done.file}: {counted(done.variants, 'variant')} of {counted(done.questions, 'question')}, "
        f"for {done.platform}; the answers are in it: keep it to yourself"
    )
    for note in done.notes:
        typer.echo(note)
    for line in parity_of(folder, form, options) if parity else ():
        typer.echo(line)


@commands.command()
def gradebook(
    form: Annotated[str, typer.Argument(metavar="FORMAT", help="moodle, canvas, brightspace, blackboard or csv.")],
    exam: Annotated[Path, typer.Option(help="The exam's folder.")] = Path("exam"),
    out: Annotated[Path | None, typer.Option(help="The file to write (gradebook-FORMAT.csv).")] = None,
    into: Annotated[Path | None, typer.Option(help="Fill this file, exported from the gradebook.")] = None,
    column: Annotated[str, typer.Option(help="The column of that file to fill, if it is not plain.")] = "",
    decimal: Annotated[str, typer.Option(help="The decimal mark: point or comma; without it, as in the file.")] = "",
    provisional: Annotated[bool, typer.Option("--provisional", help="Even while answers wait for a person.")] = False,
) -> None:
    """Write the points for a gradebook, or fill them into its own export."""
    from quizgen.exam.folder import open_exam
    from quizgen.exam.private import write_private
    from quizgen.gradebook import fill_in, format_of, new_table, read_results, read_table, written

    chosen, mark = format_of(form), _decimal_mark(decimal)
    folder = open_exam(exam)
    results = read_results(folder, provisional=provisional)
    for notice in results.notices:
        typer.echo(notice, err=True)
    place = out or Path(f"gradebook-{form}{into.suffix if into else chosen.ending}")
    _refuse_same(place, into)
    if into is None:
        with noted(folder, "gradebook", form, place):
            write_private(place, written(new_table(chosen, results, mark or ".")))
        entered = sum(record.has_points for record in results.records)
        typer.echo(f"{place}: points of {counted(entered, 'student')}{_open_answers(results.waiting)}")
        return
    filled = fill_in(chosen, read_table(into), results, column, mark)
    with noted(folder, "gradebook", form, place):
        write_private(place, written(filled.table))
    for notice in filled.notices:
        typer.echo(notice, err=True)
    typer.echo(
        f"{place}: points of {counted(filled.entered, 'student')} in the column "
        f"'{filled.column}'{_open_answers(results.waiting)}"
    )
    if filled.left_over:
        raise typer.Exit(3)


@commands.command()
def feedback(
    form: Annotated[str, typer.Argument(metavar="LMS", help="moodle or canvas.")],
    exam: Annotated[Path, typer.Option(help="The exam's folder.")] = Path("exam"),
    out: Annotated[Path | None, typer.Option(help="The zip to write (feedback-LMS.zip).")] = None,
    into: Annotated[
        Path | None,
        typer.Option(help="Moodle: the assignment's grading worksheet. Canvas: the zip of its submissions."),
    ] = None,
    roll: Annotated[
        Path | None, typer.Option("--gradebook", help="Canvas: its exported gradebook, if the roster has no Canvas ID.")
    ] = None,
    provisional: Annotated[bool, typer.Option("--provisional", help="Even while answers wait for a person.")] = False,
) -> None:
    """Put all feedback pages into a zip that an LMS hands out."""
    from quizgen.exam.folder import open_exam
    from quizgen.exam.private import write_private
    from quizgen.gradebook import canvas_bundle, feedback_files, moodle_bundle, read_results, read_table

    if form not in ("moodle", "canvas"):
        raise QuizgenError(f"no upload of feedback is known for '{form}'", hint="Say moodle or canvas.", exit_code=2)
    if form == "canvas" and into is None:
        raise QuizgenError("Canvas takes only names that it gave", hint="Say --into SUBMISSIONS.zip.", exit_code=2)
    folder = open_exam(exam)
    results = read_results(folder, provisional=provisional)
    place = out or Path(f"feedback-{form}.zip")
    _refuse_same(place, into)
    files = feedback_files(folder, results)
    if form == "canvas" and into is not None:
        bundle = canvas_bundle(results, files, into, read_table(roll) if roll else None)
    else:
        bundle = moodle_bundle(results, files, read_table(into) if into else None)
    with noted(folder, "feedback", form, place):
        write_private(place, bundle.data)
    for line in bundle.told():
        typer.echo(line, err=True)
    typer.echo(f"{place}: {counted(bundle.files, 'file')}")
    if bundle.missing:
        raise typer.Exit(3)


def _decimal_mark(word: str) -> str:
    """A decimal mark by its name or sign."""
    marks = {"": "", "point": ".", ".": ".", "comma": ",", ",": ","}
    if word not in marks:
        raise QuizgenError(f"--decimal {word}", hint="Say point or comma.", exit_code=2)
    return marks[word]


def _refuse_same(out: Path, into: Path | None) -> None:
    """Never write over the file that was exported."""
    if into is not None and out.resolve() == into.resolve():
        raise QuizgenError(f"{out} is the exported file itself", hint="Choose another --out.", exit_code=2)


def _open_answers(waiting: int) -> str:
    return f"; provisional: {counted(waiting, 'answer')} still to be looked at" if waiting else ""
