"""The command line: a function for each command. The only room that prints, exits or reads the clock."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quizgen import __version__
from quizgen.errors import QuizgenError

if TYPE_CHECKING:
    from quizgen.booklets import Section
    from quizgen.exam.model import Exam
    from quizgen.log import Actor

app = typer.Typer(
    help="A different exam for every student, marked fairly, with the mistake behind a wrong number named.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

_LISTED = 40  # changes that are named one by one
_TO = "What booklets are written as: md, html, pdf, tex. Several with commas between; md,html unless said."
_PAPER = "Of PDFs: a4 or letter."
_SIMPLEX = "PDFs for printing on one side: no empty pages."
_ANSWER_SHEETS = "Print sheets with nothing but the answers' fields, too."
_PATIENCE = 1.0  # seconds before a progress bar appears


@app.command()
def make(
    n: Annotated[
        int | None,
        typer.Option("--n", min=1, max=10_000_000, help="How many papers (with a roster: one each)."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder to make.")] = Path("exam"),
    bank: Annotated[str, typer.Option(help="A bank: a folder, or the name of one that comes with quizgen.")] = "cnn",
    problems: Annotated[
        str, typer.Option(help="Problems to ask, with commas between, instead of the bank's blueprint.")
    ] = "",
    plan: Annotated[
        str, typer.Option("--blueprint", help="The bank's blueprint, a file NAME.yaml in it: exam, quiz, ...")
    ] = "exam",
    roster: Annotated[Path | None, typer.Option(help="CSV with a column 'student': binds papers to students.")] = None,
    seed: Annotated[
        str | None, typer.Option(help="Draw from this public text: repeatable, for practice, NOT secret.")
    ] = None,
    grader: Annotated[str, typer.Option(help="A grader: a YAML file, or standard, strict, practice.")] = "",
    to: Annotated[str, typer.Option(help=_TO)] = "",
    paper: Annotated[str, typer.Option(help=_PAPER)] = "a4",
    simplex: Annotated[bool, typer.Option("--simplex", help=_SIMPLEX)] = False,
    answer_sheets: Annotated[bool, typer.Option("--answer-sheets", help=_ANSWER_SHEETS)] = False,
    sheet: Annotated[
        str, typer.Option(help="The blank sheet: csv, or xlsx for a workbook beside it that keeps what is typed.")
    ] = "csv",
    lang: Annotated[
        str, typer.Option(help="The language of booklets: en, de, fr. A roster may ask for others.")
    ] = "en",
) -> None:
    """Draw an exam: booklets to hand out, a key for staff, a blank sheet for the answers."""
    from quizgen.bank.folders import of_problems, open_bank, open_grader
    from quizgen.booklets.forms import forms_of
    from quizgen.exam.roster import read_roster
    from quizgen.making import make_exam

    forms = forms_of(to, paper, simplex=simplex, answer_sheets=answer_sheets)
    if sheet not in ("csv", "xlsx"):
        raise QuizgenError(f"there is no '--sheet {sheet}'", hint="Say csv or xlsx.", exit_code=2)
    chosen = open_bank(bank)
    blueprint = of_problems(chosen, problems) if problems else chosen.blueprint(plan)
    students = read_roster(roster) if roster else []
    papers = n or len(students)
    if not papers:
        raise QuizgenError("how many papers?", hint="Say --n 50, or give a --roster.", exit_code=2)
    if len(students) > papers:
        raise QuizgenError(
            f"{len(students)} students are on the roster, but --n is {papers}",
            hint="Leave --n away.",
            exit_code=2,
        )
    who = grader or blueprint.grader
    marker = open_grader(who)
    if seed is not None:
        typer.echo(
            "Drawing from a public seed: anybody who knows it can rebuild this exam. Leave --seed away for a real one.",
            err=True,
        )
    with _Progress() as progress:
        exam = make_exam(
            chosen,
            blueprint,
            marker,
            papers,
            out=out,
            seed=seed,
            roster=students,
            progress=progress,
            workbook=sheet == "xlsx",
            forms=forms,
            language=lang,
        )
    _told_made(exam, out)


@app.command("print")
def print_(
    who: Annotated[
        list[str] | None, typer.Argument(metavar="[TAG|STUDENT]...", help="Whose booklets; all, if nobody is named.")
    ] = None,
    to: Annotated[str, typer.Option(help=_TO)] = "",
    paper: Annotated[str, typer.Option(help=_PAPER)] = "a4",
    simplex: Annotated[bool, typer.Option("--simplex", help=_SIMPLEX)] = False,
    answer_sheets: Annotated[bool, typer.Option("--answer-sheets", help=_ANSWER_SHEETS)] = False,
    exam: Annotated[Path, typer.Option(help="The exam's folder.")] = Path("exam"),
    out: Annotated[Path | None, typer.Option(help="The folder to make (prints/001, ... in the exam's).")] = None,
    key: Annotated[bool, typer.Option("--key", help="Their keys, too: for staff only.")] = False,
    lang: Annotated[str, typer.Option(help="In this language instead of the exam's: en, de, fr.")] = "",
) -> None:
    """Write booklets once more, as the exam stands after its revisions: a reprint, a corrected wording."""
    from quizgen.booklets.forms import forms_of
    from quizgen.exam.folder import open_exam
    from quizgen.printing import print_again

    forms = forms_of(to, paper, simplex=simplex, answer_sheets=answer_sheets)
    with _Progress() as progress:
        place, booklets = print_again(
            open_exam(exam), who or [], forms, key=key, out=out, language=lang, progress=progress
        )
    typer.echo(f"{_counted(booklets, 'booklet')} in {place}/")
    if key:
        typer.echo(f"their keys are in {place}/staff/: keep them to yourself")


@app.command()
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
    from quizgen.exporting import export_exam, parity_of

    options = options_of(pool, feedback, choices, mathematics, skip_unsupported=skip_unsupported)
    folder = open_exam(exam)
    done = export_exam(folder, form, options, out)
    for line in done.left_out:
        typer.echo(line, err=True)
    typer.echo(
        f"{done.file}: {_counted(done.variants, 'variant')} of {_counted(done.questions, 'question')}, "
        f"for {done.platform}; the answers are in it: keep it to yourself"
    )
    for note in done.notes:
        typer.echo(note)
    for line in parity_of(folder, form, options) if parity else ():
        typer.echo(line)


@app.command()
def grade(
    files: Annotated[list[Path], typer.Argument(help="Files of answers: tables, what pages saved, zips; or folders.")],
    exam: Annotated[Path | None, typer.Option(help="The exam's folder, if it is not near the file.")] = None,
    grader: Annotated[str, typer.Option(help="Mark by this grader instead of the exam's own.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Let changed rows stand for those graded before.")] = False,
    feedback: Annotated[str, typer.Option(help="Feedback files for each student: both, html, md or none.")] = "both",
    no_feedback: Annotated[bool, typer.Option("--no-feedback", help="The same as --feedback none.")] = False,
    pseudonymise: Annotated[
        bool, typer.Option("--pseudonymise", help="Write pseudonyms instead of ids into grades.csv and marks.csv.")
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
    deadline: Annotated[
        str, typer.Option(help="List who was later than 2026-11-30T12:00 (with the roster's 'extra minutes').")
    ] = "",
) -> None:
    """Mark answers: results for everything handed in so far, with feedback for each student."""
    from quizgen.bank.folders import open_grader
    from quizgen.desk import grade_files
    from quizgen.exam.folder import find_exam, open_exam
    from quizgen.report.late import read_deadline

    due = read_deadline(deadline) if deadline else None
    folder = find_exam(files[0]) if exam is None else open_exam(exam)
    paths = [path if path.exists() or not (folder / path).exists() else folder / path for path in files]
    forms = _feedback_forms("none" if no_feedback else feedback)
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
        actor=_actor(),
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


@app.command()
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


@app.command()
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
    results = read_results(open_exam(exam), provisional=provisional)
    place = out or Path(f"gradebook-{form}{into.suffix if into else chosen.ending}")
    _refuse_same(place, into)
    if into is None:
        write_private(place, written(new_table(chosen, results, mark or ".")))
        entered = sum(record.has_points for record in results.records)
        typer.echo(f"{place}: points of {_counted(entered, 'student')}{_open_answers(results.waiting)}")
        return
    filled = fill_in(chosen, read_table(into), results, column, mark)
    write_private(place, written(filled.table))
    for notice in filled.notices:
        typer.echo(notice, err=True)
    typer.echo(
        f"{place}: points of {_counted(filled.entered, 'student')} in the column "
        f"'{filled.column}'{_open_answers(results.waiting)}"
    )
    if filled.left_over:
        raise typer.Exit(3)


@app.command()
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
    write_private(place, bundle.data)
    for line in bundle.told():
        typer.echo(line, err=True)
    typer.echo(f"{place}: {_counted(bundle.files, 'file')}")
    if bundle.missing:
        raise typer.Exit(3)


@app.command()
def regrade(
    exam: Annotated[Path, typer.Option(help="The exam's folder.")] = Path("exam"),
    problem: Annotated[
        list[Path] | None, typer.Option(help="A corrected problem file NAME.md; its draws stay as they are.")
    ] = None,
    grader: Annotated[str, typer.Option(help="Another grader: a YAML file, or standard, strict, practice.")] = "",
    reason: Annotated[str, typer.Option(help="Why; kept in the log.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run/--apply", help="Show what would change, or change it.")] = True,
    allow_lower: Annotated[bool, typer.Option("--allow-lower", help="Let marks fall, too.")] = False,
    feedback: Annotated[str, typer.Option(help="Feedback files for each student: both, html, md or none.")] = "both",
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
        forms=_feedback_forms(feedback),
        actor=_actor(),
    )
    for title, changes in (
        ("changed by the correction", done.changes),
        ("decided or corrected by hand", done.corrected),
        ("kept: no mark is lowered without --allow-lower", done.kept),
    ):
        if changes:
            typer.echo(f"{title}:")
        for change in changes[:_LISTED]:
            typer.echo(f"  {change}")
        if len(changes) > _LISTED:
            typer.echo(f"  ... and {len(changes) - _LISTED:,} more")
    totals = done.by_student()
    up, down = sum(difference > 0 for _, difference in totals), sum(difference < 0 for _, difference in totals)
    typer.echo(f"{_counted(done.students, 'student')}: {up} gain, {down} lose, {done.students - up - down} stay")
    for student, difference in totals[:_LISTED]:
        typer.echo(f"  {student}: {float(difference):+g}")
    if dry_run and totals:
        typer.echo("nothing was written; add --apply")


@app.command()
def log(
    action: Annotated[str, typer.Argument(help="show, or verify.")] = "show",
    exam: Annotated[Path, typer.Option(help="The exam's folder.")] = Path("exam"),
) -> None:
    """Show what was done to an exam, by whom and when; or prove that nothing of it was changed."""
    from quizgen.exam.folder import open_exam
    from quizgen.ledger import verify_log, verify_results
    from quizgen.log import entries

    if action not in ("show", "verify"):
        raise QuizgenError(f"'{action}' is none of: show, verify", exit_code=2)
    folder = open_exam(exam)
    found = entries(folder)
    if action == "verify":
        verify_log(folder)
        verify_results(folder)
        typer.echo(f"{folder}/log.jsonl: {len(found)} entries, all as they were written")
        return
    for entry in found:
        told = ", ".join(f"{key} {value}" for key, value in entry.about.items() if value not in ("", [], {}))
        typer.echo(f"{entry.number:>4}  {entry.at}  {entry.by:<12}  {entry.what:<10}  {told[:200]}")


@app.command()
def simulate(
    exam: Annotated[Path, typer.Option(help="The exam's folder.")] = Path("exam"),
    out: Annotated[Path, typer.Option(help="The sheet to write.")] = Path("simulated.csv"),
    seed: Annotated[int, typer.Option(help="Other invented students.")] = 0,
) -> None:
    """Fill in a sheet with invented students, to rehearse grading. Their marks are kept apart from real ones."""
    from quizgen.exam.folder import open_exam, read_exam
    from quizgen.simulate import simulated_sheet

    if out.exists() and "simulated" not in out.read_text(encoding="utf-8", errors="replace").split("\n", 1)[0]:
        raise QuizgenError(f"{out} exists and is no simulated sheet", hint="Choose another --out.")
    sheet = simulated_sheet(read_exam(open_exam(exam)), seed)
    out.write_text(sheet, encoding="utf-8", newline="\n")
    typer.echo(f"{out}: answers of {sheet.count(chr(10)) - 1} invented students. Next: quizgen grade {out}")


@app.command()
def check(
    bank: Annotated[str, typer.Argument(help="A bank, or one problem file.")] = "cnn",
    draws: Annotated[int, typer.Option(min=10, max=100_000, help="How many variants to try of each problem.")] = 200,
    grader: Annotated[str, typer.Option(help="The grader to check with.")] = "standard",
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON, for machines.")] = False,
) -> None:
    """Let every problem of a bank test itself."""
    import json
    from dataclasses import asdict
    from itertools import chain

    from quizgen.bank.folders import Bank, open_bank, open_grader
    from quizgen.check import HEADING, check_blueprint, check_problem

    path = Path(bank)
    one = path.suffix == ".md"
    folder = Bank(path.parent.name, path.parent) if one else open_bank(bank)
    problems = [folder.problem(path.stem.partition(".")[0])] if one else folder.problems()
    plans = [] if one else folder.blueprints
    marker = open_grader(grader)
    if not as_json:
        typer.echo(f"{draws} draws of each problem\n\n{HEADING}")
    reports = []
    checked = (check_problem(problem, marker, draws) for problem in problems)
    for report in chain(checked, *(check_blueprint(folder, plan, marker, draws) for plan in plans)):
        reports.append(report)
        if as_json:
            continue
        typer.echo(report.line())
        for remark in report.remarks(draws):
            typer.echo(f"  {remark}")
        for defect in report.defects:
            typer.echo(f"  defect in {report.problem}: {defect}", err=True)
    bad = sum(len(report.defects) for report in reports)
    if as_json:
        typer.echo(json.dumps([asdict(report) for report in reports], indent=1, ensure_ascii=False))
    else:
        typer.echo("no defects" if not bad else _counted(bad, "defect"))
    if bad:
        raise typer.Exit(1)


@app.command()
def show(
    problem: Annotated[str, typer.Argument(help="A problem: its name in the bank, a file, or with --blueprint Q3.")],
    variant: Annotated[int, typer.Option(min=1, max=100_000, help="Which variant.")] = 1,
    bank: Annotated[str, typer.Option(help="The bank it is in.")] = "cnn",
    seed: Annotated[str, typer.Option(help="The public text it is drawn from.")] = "show",
    grader: Annotated[str, typer.Option(help="The grader that says how exactly to answer.")] = "standard",
    plan: Annotated[
        str, typer.Option("--blueprint", help="Show a question as this blueprint of the bank cuts it.")
    ] = "",
    opened: Annotated[bool, typer.Option("--open", help="Show it as a page, in the browser.")] = False,
    lang: Annotated[str, typer.Option(help="In this language, if the problem has texts in it: de, fr, ...")] = "",
) -> None:
    """Show a variant of a problem: statement, answers, worked solution."""
    from quizgen.bank.folders import Bank, open_bank, open_grader
    from quizgen.booklets.markdown import specimen_as_markdown
    from quizgen.making import specimen

    path = Path(problem)
    name, _, suffix = (path.stem if path.suffix == ".md" else problem).partition(".")
    language = _language(lang or suffix)
    chosen = Bank(path.parent.name, path.parent) if path.suffix == ".md" else open_bank(bank)
    marker = open_grader(grader)
    if plan:
        slot = chosen.blueprint(plan).slot(problem)
        shown = slot.cut(chosen.problem(slot.problem), marker.tolerance)
    else:
        shown = chosen.problem(name)
    section = specimen(shown.in_language(language), marker, variant, seed)
    if opened:
        _open_page(shown.name, section)
    else:
        typer.echo(specimen_as_markdown(section))


def _language(text: str) -> str:
    """A language by its code; empty for none."""
    from quizgen.problem.translation import language_code

    code = language_code(text)
    if text and not code:
        raise QuizgenError(f"'{text[:20]}' is no code of a language", hint="Say --lang de.", exit_code=2)
    return code


@app.command()
def practice(
    problems: Annotated[list[str], typer.Argument(help="Problems: names in the bank, or files.")],
    seed: Annotated[str, typer.Option(help="The public text it is drawn from; another text, other variants.")],
    variants: Annotated[int, typer.Option(min=1, help="How many variants of each problem.")] = 20,
    bank: Annotated[str, typer.Option(help="The bank they are in.")] = "cnn",
    grader: Annotated[str, typer.Option(help="The grader that says how exactly to answer.")] = "standard",
    title: Annotated[str, typer.Option(help="What stands above.")] = "",
    lang: Annotated[str, typer.Option(help="In this language: en, de, fr.")] = "en",
    out: Annotated[Path, typer.Option(help="The page to write.")] = Path("practice.html"),
) -> None:
    """Write a page to practise with: many variants, feedback at once, worked solutions. Its answers are in it."""
    from quizgen.bank.folders import Bank, open_bank, open_grader
    from quizgen.practice import practice_page
    from quizgen.render.words import words_of

    language = words_of(lang).language
    chosen = []
    for name in problems:
        path = Path(name)
        found = Bank(path.parent.name, path.parent) if path.suffix == ".md" else open_bank(bank)
        chosen.append(found.problem(path.stem if path.suffix == ".md" else name))
    page = practice_page(chosen, open_grader(grader), variants, seed, title=title, language=language)
    out.write_text(page, encoding="utf-8", newline="\n")
    typer.echo(f"{out}: {_counted(variants, 'variant')} of {_counted(len(chosen), 'problem')}; all answers are in it")


def _open_page(name: str, section: Section) -> None:
    """Write a specimen as a page that the browser can open, and ask it to; where it is, is told in any case."""
    import tempfile
    import webbrowser

    from quizgen.booklets.solved import specimen_as_page

    place = Path(tempfile.mkdtemp(prefix="quizgen-")) / f"{name}.html"
    place.write_text(specimen_as_page(section), encoding="utf-8")
    typer.echo(place)
    webbrowser.open(place.as_uri())


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="The problem's name: lower-case words with hyphens between.")],
    out: Annotated[Path, typer.Option(help="The folder to write it into.")] = Path(),
) -> None:
    """Start a problem of your own: a commented file that works as it stands."""
    from quizgen.bank.starting import write_starting_file

    path = write_starting_file(name, out)
    typer.echo(f"{path}: a problem that works. Make it your own; then read a variant, and let it test itself:\n")
    typer.echo(f"quizgen show {path}")
    typer.echo(f"quizgen check {path}")


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        typer.echo(f"quizgen {__version__}")
        raise typer.Exit


def main() -> None:
    """Run a command; a QuizgenError becomes one line and its exit code."""
    try:
        app()
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


def _told_made(exam: Exam, out: Path) -> None:
    """Say what was made, and what to do next."""
    from quizgen.exam.wishes import untranslated

    for code, names in untranslated(exam).items():
        typer.echo(f"without texts in '{code}', and so as they were written: {', '.join(names)}", err=True)
    asked = len(exam.questions) - sum(len(pick.questions) - pick.count for pick in exam.picks)
    size = (_counted(exam.n, "paper"), _counted(asked, "question"), _counted(float(exam.total), "point"))
    typer.echo(f"exam {exam.code}: {', '.join(size)}")
    for question in exam.questions:
        waived = f"; {question.waived} share their answers with another" if question.waived else ""
        typer.echo(f"  {question.name}  {question.problem.name} ({_counted(float(question.total), 'point')}){waived}")
    for pick in exam.picks:
        typer.echo(f"  each paper asks {pick.count} of {', '.join(pick.questions)}")
    typer.echo(f"\n{out}/booklets/         hand these out (no answer is in them)")
    typer.echo(f"{out}/staff/            the key with worked solutions: keep it to yourself")
    typer.echo(f"{out}/submissions.csv   fill in the answers, then: quizgen grade {out}/submissions.csv")


def _feedback_forms(wanted: str) -> tuple[str, ...]:
    """The endings of the feedback files that are wanted."""
    forms = {"both": ("md", "html"), "html": ("html",), "md": ("md",), "none": ()}
    if wanted not in forms:
        raise QuizgenError(f"--feedback {wanted}", hint=f"Say {', '.join(forms)}.", exit_code=2)
    return forms[wanted]


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
    return f"; provisional: {_counted(waiting, 'answer')} still to be looked at" if waiting else ""


def _actor() -> Actor:
    """Who uses quizgen, and when."""
    import getpass
    from datetime import UTC, datetime

    from quizgen.log import Actor

    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = ""
    return Actor(user, datetime.now(UTC).isoformat(timespec="seconds"))


def _counted(number: float, what: str) -> str:
    return f"{number:,.10g} {what}{'' if number == 1 else 's'}"


class _Progress:
    """A progress bar that appears only when something takes longer than a second."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.bar: Any = None
        self.task: Any = None
        self.what = ""

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, what: str, done: int, total: int) -> None:
        if self.bar is None:
            if time.monotonic() - self.started < _PATIENCE or not sys.stderr.isatty():
                return
            from rich.console import Console
            from rich.progress import Progress

            self.bar = Progress(console=Console(stderr=True), transient=True)
            self.bar.start()
        if what != self.what:
            self.what, self.task = what, self.bar.add_task(what, total=total)
        self.bar.update(self.task, completed=done)


if __name__ == "__main__":
    main()
