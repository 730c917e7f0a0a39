"""Commands that mark what was handed in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from quizgen.cli.saying import LISTED, actor, counted, feedback_forms
from quizgen.errors import QuizgenError

commands = typer.Typer()


@commands.command()
def grade(
    files: Annotated[list[Path], typer.Argument(help="Files of answers: tables, what pages saved, zips; or folders.")],
    exam: Annotated[Path | None, typer.Option(help="The exam's folder, if it is not near the file.")] = None,
    grader: Annotated[str, typer.Option(help="Mark by this grader instead of the exam's own.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Let changed rows stand for those graded before.")] = False,
    feedback: Annotated[
        str,
        typer.Option(help="Feedback files for each student: both, html, md or none. Without: both, up to 10,000."),
    ] = "",
    no_feedback: Annotated[bool, typer.Option("--no-feedback", help="The same as --feedback none.")] = False,
    pseudonymise: Annotated[
        bool,
        typer.Option("--pseudonymise", help="Write pseudonyms instead of ids into grades.csv and the marks."),
    ] = False,
    dialect: Annotated[
        str,
        typer.Option(help="Read as moodle, canvas, brightspace, blackboard, forms, long, wide or saved."),
    ] = "",
    attempt: Annotated[
        str, typer.Option(help="Which of a student's several finished attempts counts: last, first or best.")
    ] = "",
    report: Annotated[bool, typer.Option(help="Write report.html, the statistics of the exam.")] = True,
    decimal: Annotated[
        str, typer.Option(help="The decimal mark in these files, a comma or a point; without, each file may tell.")
    ] = "",
    marks: Annotated[
        str, typer.Option(help="Write marks.csv or marks.parquet: csv or parquet. Without: by the number of answers.")
    ] = "",
    cluster: Annotated[
        str, typer.Option(help="Let the workers of a Dask cluster read and mark: tcp://scheduler:8786.")
    ] = "",
    deadline: Annotated[
        str, typer.Option(help="List who was later than 2026-11-30T12:00 (with the roster's 'extra minutes').")
    ] = "",
) -> None:
    """Mark answers: results for everything handed in so far, with feedback for each student."""
    from contextlib import nullcontext

    from quizgen.bank.folders import open_grader
    from quizgen.cluster import cluster_at
    from quizgen.desk import grade_files
    from quizgen.exam.folder import find_exam, open_exam
    from quizgen.report.late import read_deadline
    from quizgen.submissions.sources import matching

    due = read_deadline(deadline) if deadline else None
    named = matching(files)
    folder = find_exam(named[0]) if exam is None else open_exam(exam)
    paths = [path if path.exists() or not (folder / path).exists() else folder / path for path in named]
    forms = feedback_forms("none" if no_feedback else feedback)
    with cluster_at(cluster, folder) if cluster else nullcontext() as workers:
        desk = grade_files(
            folder,
            paths,
            open_grader(grader) if grader else None,
            replace=replace,
            forms=forms,
            pseudonymise=pseudonymise,
            dialect=dialect,
            attempt=attempt,
            deadline=due,
            report=report,
            decimal=decimal,
            marks=marks,
            cluster=workers,
            actor=actor(),
        )
    for notice in desk.notices:
        typer.echo(notice, err=True)
    for difference in desk.differences[:20]:
        typer.echo(f"{'changed' if replace else 'differs'}: {difference}", err=True)
    for line in desk.summary.lines():
        typer.echo(line)
    typer.echo(f"\nresults are in {desk.results}/")
    if desk.review:
        typer.echo(f"to decide: fill in `read as` or `points` in {desk.review}, then grade again")
    if pseudonymise:
        typer.echo(f"who is who stands in {folder}/staff/pseudonyms.csv: keep it to yourself")
    if desk.rejects:
        for reject in desk.rejects[:10]:
            typer.echo(f"{reject.file}:{reject.line}: {reject.student or 'a row'}: {reject.reason}", err=True)
        rows = "1 row was" if len(desk.rejects) == 1 else f"{len(desk.rejects)} rows were"
        typer.echo(f"{rows} not used: see {desk.results}/rejects.csv", err=True)
        raise typer.Exit(3)


@commands.command()
def compare(
    one: Annotated[Path, typer.Argument(help="A file of answers.")],
    other: Annotated[Path, typer.Argument(help="The same answers, typed by somebody else.")],
    exam: Annotated[Path | None, typer.Option(help="The exam's folder, if it is not near the file.")] = None,
    dialect: Annotated[str, typer.Option(help="Read both in this dialect, not by their headings.")] = "",
) -> None:
    """List where two people typed the same answers differently. Exits with 0 if nowhere, with 3 otherwise."""
    from quizgen.comparing import compare_files
    from quizgen.exam.folder import find_exam, open_exam

    found = compare_files(find_exam(one) if exam is None else open_exam(exam), one, other, dialect)
    for line in found.lines():
        typer.echo(line)
    if found.differ:
        raise typer.Exit(3)


@commands.command()
def regrade(
    exam: Annotated[Path, typer.Option(help="The exam's folder.")] = Path("exam"),
    problem: Annotated[
        list[Path] | None, typer.Option(help="A corrected problem file NAME.md; its draws stay as they are.")
    ] = None,
    grader: Annotated[str, typer.Option(help="Another grader: a YAML file, or standard, strict, practice.")] = "",
    reason: Annotated[str, typer.Option(help="Why; kept in the log.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run/--apply", help="Show what would change, or change it.")] = True,
    allow_lower: Annotated[bool, typer.Option("--allow-lower", help="Let marks fall, too.")] = False,
    feedback: Annotated[str, typer.Option(help="Feedback files for each student: both, html, md or none.")] = "",
) -> None:
    """Mark everything anew after a correction; shows every change before it is made."""
    from quizgen.bank.folders import open_grader, read_text
    from quizgen.exam.folder import open_exam
    from quizgen.regrading import corrected_files, regrade

    texts = {path.stem: read_text(path) for path in problem or []}
    files = corrected_files(texts, open_grader(grader) if grader else None)
    if files and not dry_run and not reason:
        raise QuizgenError(
            "a correction needs a reason", hint="Say --reason '...': it is kept in the log.", exit_code=2
        )
    done = regrade(
        open_exam(exam),
        files,
        reason=reason,
        write=not dry_run,
        allow_lower=allow_lower,
        forms=feedback_forms(feedback),
        actor=actor(),
    )
    for title, changes in (
        ("changed by the correction", done.changes),
        ("decided or corrected by hand", done.corrected),
        ("kept: no mark is lowered without --allow-lower", done.kept),
    ):
        if changes:
            typer.echo(f"{title}:")
        for change in changes[:LISTED]:
            typer.echo(f"  {change}")
        if len(changes) > LISTED:
            typer.echo(f"  ... and {len(changes) - LISTED:,} more")
    totals = done.by_student()
    up, down = sum(difference > 0 for _, difference in totals), sum(difference < 0 for _, difference in totals)
    typer.echo(f"{counted(done.students, 'student')}: {up} gain, {down} lose, {done.students - up - down} stay")
    for student, difference in totals[:LISTED]:
        typer.echo(f"  {student}: {float(difference):+g}")
    if dry_run and totals:
        typer.echo("nothing was written; add --apply")
