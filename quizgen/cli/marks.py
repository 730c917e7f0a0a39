"""Commands that mark what was handed in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from quizgen.cli.databases import Database, asked_database, put_into
from quizgen.cli.saying import LISTED, actor, counted, feedback_forms
from quizgen.errors import QuizgenError, printable

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
    db: Database = None,
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
    database = asked_database(db, folder)
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
    put_into(database, folder, desk)
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
    db: Database = None,
) -> None:
    """Mark everything anew after amendments and corrections; shows every change before it is made."""
    from quizgen.bank.folders import open_grader, read_text
    from quizgen.exam.folder import open_exam
    from quizgen.regrading import corrected_files, regrade

    texts = {path.stem: read_text(path) for path in problem or []}
    files = corrected_files(texts, open_grader(grader) if grader else None)
    if files and not dry_run and not reason:
        raise QuizgenError(
            "a correction needs a reason", hint="Say --reason '...': it is kept in the log.", exit_code=2
        )
    folder = open_exam(exam)
    database = None if dry_run else asked_database(db, folder)
    done = regrade(
        folder,
        files,
        reason=reason,
        write=not dry_run,
        allow_lower=allow_lower,
        forms=feedback_forms(feedback),
        actor=actor(),
    )
    for one in done.amendments:
        typer.echo(printable(one.told))
    for title, changes in (
        ("changed by the correction", done.changes),
        ("decided, assigned or corrected by hand", done.corrected),
        ("kept: no mark is lowered without --allow-lower", done.kept),
    ):
        if changes:
            typer.echo(f"{title}:")
        for change in changes[:LISTED]:
            typer.echo(f"  {change}")
        if len(changes) > LISTED:
            typer.echo(f"  ... and {len(changes) - LISTED:,} more")
    gains = done.gains()
    up, down = sum(gain > 0 for gain in gains.values()), sum(gain < 0 for gain in gains.values())
    typer.echo(f"{counted(done.students, 'student')}: {up} gain, {down} lose, {done.students - up - down} stay")
    for student, gain in list(gains.items())[:LISTED]:
        told = str(done.counted[student]) if student in done.counted else f"{float(gain):+g}"
        typer.echo(f"  {printable(student)}: {told}")
    if done.desk:
        put_into(database, folder, done.desk)
    if dry_run and (gains or done.amendments):
        typer.echo("nothing was written; add --apply")
    if not dry_run and done.amendments:
        typer.echo(f"recorded as revision {done.revision}{'' if done.desk else '; nothing was handed in so far'}")


@commands.command()
def student(
    who: Annotated[str, typer.Argument(metavar="ID", help="A student's id, or the tag of the paper.")],
    exam: Annotated[Path, typer.Option(help="The exam's folder.")] = Path("exam"),
    to: Annotated[str, typer.Option(help="What to write: html, pdf, or both with a comma between.")] = "html,pdf",
    out: Annotated[Path | None, typer.Option(help="The folder to write into (students/ in the exam's).")] = None,
) -> None:
    """Answer for one student's marks: the paper, each answer, every rule that was tried. Nothing about anybody else."""
    from quizgen.dossier import FORMS, write_dossier
    from quizgen.exam.folder import open_exam

    forms = [form.strip().lower() for form in to.split(",") if form.strip()]
    if not forms or not set(forms) <= FORMS.keys():
        raise QuizgenError(f"--to {to}", hint=f"Say {', '.join(FORMS)}.", exit_code=2)
    for path in write_dossier(open_exam(exam), who, list(dict.fromkeys(forms)), out):
        typer.echo(str(path))


@commands.command()
def amend(
    question: Annotated[
        str,
        typer.Argument(metavar="[QUESTION]", help="The question, as in Q3; without one, all amendments are listed."),
    ] = "",
    exam: Annotated[Path, typer.Option(help="The exam's folder.")] = Path("exam"),
    reason: Annotated[str, typer.Option(help="Why; students read it, and it is kept in the log.")] = "",
    problem: Annotated[
        list[Path] | None, typer.Option(help="A corrected problem file, FILE.md; of a translation, FILE.de.md.")
    ] = None,
    accept: Annotated[
        list[str] | None, typer.Option(metavar="ANSWER=FORMULA", help="Another answer that counts as right.")
    ] = None,
    says: Annotated[str, typer.Option(help="What students are told who gave the accepted answer.")] = "",
    mistake: Annotated[
        list[str] | None, typer.Option(metavar="YAML", help="'id: {conv: ..., credit: 1/2, says: ...}'.")
    ] = None,
    within: Annotated[
        list[str] | None, typer.Option(metavar="ANSWER=TOLERANCE", help="How exactly an answer must agree.")
    ] = None,
    void: Annotated[
        str, typer.Option(help="full: full points for all; removed: it does not count; none: it counts again.")
    ] = "",
    answer: Annotated[list[str] | None, typer.Option(help="Only this answer is void.")] = None,
    variants: Annotated[str, typer.Option(help="It is void only in these: 3,17 or tags.")] = "",
    anyway: Annotated[bool, typer.Option("--anyway", help="Even if mistakes are no longer told apart.")] = False,
    withdraw: Annotated[int | None, typer.Option(min=1, help="Take back the amendment of this number.")] = None,
) -> None:
    """Record a correction of a question beside the exam; 'regrade' shows what it changes, and carries it out."""
    from quizgen import amending
    from quizgen.exam.folder import open_exam

    folder = open_exam(exam)
    if not question and not withdraw:
        for line in amending.listed(folder):
            typer.echo(printable(line))
        return
    if not reason:
        raise QuizgenError("an amendment needs a reason", hint="Say --reason '...': students read it.", exit_code=2)
    if withdraw:
        new = amending.withdraw(folder, withdraw, reason, actor())
        typer.echo(f"amendment {withdraw} is {'withdrawn' if new else 'withdrawn already'}")
        return
    if (answer or variants) and not void:
        what = "--answer and --variants say what is void"
        raise QuizgenError(what, hint="Say --void full or --void removed.", exit_code=2)
    asked = amending.Request(
        question=question,
        reason=reason,
        problems=_by_language(problem or []),
        accepted=_pairs("--accept", accept or []),
        says=says,
        mistakes=tuple(mistake or []),
        within=_pairs("--within", within or []),
        void=void,
        answers=tuple(answer or []),
        variants=tuple(filter(None, (text.strip() for text in variants.split(",")))),
        anyway=anyway,
    )
    done = amending.amend(folder, asked, actor())
    if done.known:
        where = f": {done.amendment.told}" if done.amendment else ""
        typer.echo(printable(f"the exam says so already{where}"))
        return
    assert done.amendment is not None
    typer.echo(printable(done.amendment.told))
    for line in done.amendment.untold:
        typer.echo(printable(line), err=True)
    typer.echo(f"it concerns {', '.join(done.questions)}; see what it changes: quizgen regrade --exam {exam}")


def _by_language(paths: list[Path]) -> dict[str, str]:
    """Corrected files by the language that their names tell."""
    from quizgen.bank.folders import read_text
    from quizgen.bank.translated import language_of

    return {language_of(path.stem, str(path))[1]: read_text(path) for path in paths}


def _pairs(option: str, texts: list[str]) -> dict[str, str]:
    """`conv=0.01` as name and value."""
    found = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            raise QuizgenError(f"{option} {text[:60]}", hint=f"Write it as {option} ANSWER=...", exit_code=2)
        found[name] = value
    return found
