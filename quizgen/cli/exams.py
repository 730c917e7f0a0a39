"""Commands that make an exam and go on with it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quizgen.cli.saying import Progress, actor, counted
from quizgen.errors import QuizgenError, printable

if TYPE_CHECKING:
    from quizgen.bank.blueprint import Blueprint
    from quizgen.bank.folders import Bank
    from quizgen.bank.selection import Bounds
    from quizgen.bank.statistics import Statistics
    from quizgen.exam.model import Exam
    from quizgen.exam.roster import Student

commands = typer.Typer()

_TO = "What booklets are written as: md, html, pdf, tex. Several with commas between; md,html unless said."
_PAPER = "Of PDFs: a4 or letter."
_SIMPLEX = "PDFs for printing on one side: no empty pages."
MOST = 10_000_000  # papers
_SINGLE = "quizgen print TAG --exam"
_ANSWER_SHEETS = "Print sheets with nothing but the answers' fields, too."


@commands.command()
def make(
    n: Annotated[
        int | None,
        typer.Option("--n", min=1, max=MOST, help="How many papers (with a roster: one each)."),
    ] = None,
    spare: Annotated[
        int,
        typer.Option(min=0, max=MOST, help="So many papers more that nobody holds yet: 'quizgen assign' binds them."),
    ] = 0,
    versions: Annotated[
        int,
        typer.Option(
            min=0, max=64, help="Deal so many different papers, to neighbours by room and seat different ones."
        ),
    ] = 0,
    not_in: Annotated[
        list[Path] | None, typer.Option(help="An earlier exam's folder: share no parameters with it (a retake).")
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
    max_facility: Annotated[
        float | None, typer.Option(min=0, max=1, help="Pick no problem that was easier: the mean share of its points.")
    ] = None,
    min_discrimination: Annotated[
        float | None, typer.Option(min=-1, max=1, help="Pick problems that told students apart at least so well.")
    ] = None,
    statistics: Annotated[
        Path | None, typer.Option(help="The table of 'quizgen bank stats', if it is not the bank's own.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with what the same command had done when it was interrupted.")
    ] = False,
) -> None:
    """Draw an exam: booklets to hand out, a key for staff, a blank sheet for the answers."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy would start threads, and nothing here is work for them
    from quizgen.bank.folders import of_problems, open_bank, open_grader
    from quizgen.bank.selection import Bounds
    from quizgen.booklets.forms import forms_of
    from quizgen.exam.additions import read_exam
    from quizgen.exam.folder import open_exam
    from quizgen.exam.roster import read_roster
    from quizgen.making import MANY, Wanted, write_new_exam

    forms = forms_of(to, paper, simplex=simplex, answer_sheets=answer_sheets)
    if sheet not in ("csv", "xlsx"):
        raise QuizgenError(f"there is no '--sheet {sheet}'", hint="Say csv or xlsx.", exit_code=2)
    chosen = open_bank(bank)
    blueprint = of_problems(chosen, problems) if problems else chosen.blueprint(plan)
    blueprint, known = _selected(chosen, blueprint, statistics, Bounds(max_facility, min_discrimination))
    students = read_roster(roster) if roster else []
    papers = _how_many(n, students)
    if versions == 1 or versions > papers + spare:
        what = f"{counted(papers + spare, 'paper')} cannot be {counted(versions, 'version')}"
        raise QuizgenError(what, hint="Say 2 or more versions, and no more than papers.", exit_code=2)
    who = grader or blueprint.grader
    marker = open_grader(who)
    if seed is not None:
        typer.echo(
            "Drawing from a public seed: anybody who knows it can rebuild this exam. Leave --seed away for a real one.",
            err=True,
        )
    earlier = [read_exam(open_exam(folder)) for folder in not_in or []]
    unheld = papers + spare - (len(students) or papers)
    wanted = Wanted(
        bank=chosen,
        blueprint=blueprint,
        grader=marker,
        n=papers + spare,
        seed=seed,
        roster=students,
        workbook=sheet == "xlsx",
        forms=forms if to or papers + spare <= MANY else None,
        language=lang,
        spares=unheld,
        versions=versions,
        not_in=earlier,
    )
    with Progress() as progress:
        exam = write_new_exam(wanted, out, progress, resume=resume)
    _told_made(exam, out, known, range(exam.n - unheld + 1, exam.n + 1), booklets=bool(wanted.forms))


@commands.command()
def add(
    n: Annotated[
        int | None, typer.Option("--n", min=1, max=MOST, help="How many papers (with a roster: one each).")
    ] = None,
    roster: Annotated[
        Path | None, typer.Option(help="CSV of the latecomers alone, with a column 'student': a paper for each.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why: it stands in the log.")] = "",
    to: Annotated[str, typer.Option(help=_TO)] = "",
    paper: Annotated[str, typer.Option(help=_PAPER)] = "a4",
    simplex: Annotated[bool, typer.Option("--simplex", help=_SIMPLEX)] = False,
    answer_sheets: Annotated[bool, typer.Option("--answer-sheets", help=_ANSWER_SHEETS)] = False,
    exam: Annotated[Path, typer.Option(help="The exam's folder.")] = Path("exam"),
) -> None:
    """Add papers to an exam: its next variants, distinct from all before, in a folder of their own."""
    from quizgen.adding import add_papers
    from quizgen.booklets.forms import forms_of
    from quizgen.exam.additions import Why
    from quizgen.exam.folder import open_exam
    from quizgen.exam.roster import read_roster

    forms = forms_of(to, paper, simplex=simplex, answer_sheets=answer_sheets)
    students = read_roster(roster) if roster else []
    papers, who = _how_many(n, students), actor()
    with Progress() as progress:
        added = add_papers(open_exam(exam), papers, students, Why(reason, who.by, who.at), forms, progress)
    first, last = added.numbers[0], added.numbers[-1]
    papers_of = f"paper {first:03d}" if first == last else f"papers {first:03d} to {last:03d}"
    if added.known:
        typer.echo(f"nothing to do: these students were added before, {papers_of} in {added.place}/")
        return
    typer.echo(f"exam {added.exam.code}: {papers_of} added; it has {counted(added.exam.n, 'paper')} now")
    _told_papers(added.exam, added.numbers, added.exam.spares)
    typer.echo(f"\n{added.place}/booklets/         hand these out, too")
    typer.echo(f"{added.place}/staff/            their key: keep it to yourself")
    typer.echo(f"{added.place}/submissions.csv   their sheet; grade it alone, or together with the first one")


@commands.command("print")
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
    with Progress() as progress:
        place, booklets = print_again(
            open_exam(exam), who or [], forms, key=key, out=out, language=lang, progress=progress
        )
    typer.echo(f"{counted(booklets, 'booklet')} in {place}/")
    if key:
        typer.echo(f"their keys are in {place}/staff/: keep them to yourself")


@commands.command()
def simulate(
    exam: Annotated[Path, typer.Option(help="The exam's folder.")] = Path("exam"),
    out: Annotated[Path, typer.Option(help="The sheet to write.")] = Path("simulated.csv"),
    seed: Annotated[int, typer.Option(help="Other invented students.")] = 0,
) -> None:
    """Fill in a sheet with invented students, to rehearse grading. Their marks are kept apart from real ones."""
    from quizgen.exam.additions import read_exam
    from quizgen.exam.folder import open_exam
    from quizgen.simulate import simulated_sheet

    if out.exists() and "simulated" not in out.read_text(encoding="utf-8", errors="replace").split("\n", 1)[0]:
        raise QuizgenError(f"{out} exists and is no simulated sheet", hint="Choose another --out.")
    sheet = simulated_sheet(read_exam(open_exam(exam)), seed)
    out.write_text(sheet, encoding="utf-8", newline="\n")
    typer.echo(f"{out}: answers of {sheet.count(chr(10)) - 1} invented students. Next: quizgen grade {out}")


@commands.command()
def log(
    action: Annotated[str, typer.Argument(help="show, or verify.")] = "show",
    exam: Annotated[Path, typer.Option(help="The exam's folder.")] = Path("exam"),
) -> None:
    """Show what was done to an exam, by whom and when; or prove that nothing of it was changed."""
    from quizgen.exam.folder import open_exam
    from quizgen.ledger import verify_log, verify_results
    from quizgen.log import entries
    from quizgen.proven import verify_recorded

    if action not in ("show", "verify"):
        raise QuizgenError(f"'{action}' is none of: show, verify", exit_code=2)
    folder = open_exam(exam)
    found = entries(folder)
    if action == "verify":
        verify_log(folder)
        verify_recorded(folder)
        verify_results(folder)
        typer.echo(f"{folder}/log.jsonl: {len(found)} entries, all as they were written")
        return
    for entry in found:
        told = ", ".join(f"{key} {value}" for key, value in entry.about.items() if value not in ("", [], {}))
        typer.echo(f"{entry.number:>4}  {entry.at}  {entry.by:<12}  {entry.what:<10}  {told[:200]}")


def _how_many(n: int | None, students: Sequence[Student]) -> int:
    """The papers that are wanted, with a roster or without."""
    papers = n or len(students)
    if not papers:
        raise QuizgenError("how many papers?", hint="Say --n 50, or give a --roster.", exit_code=2)
    if len(students) > papers:
        raise QuizgenError(
            f"{len(students)} students are on the roster, but --n is {papers}",
            hint="Leave --n away.",
            exit_code=2,
        )
    return papers


def _told_papers(exam: Exam, numbers: range, unheld: Sequence[int]) -> None:
    """Say which of some papers nobody holds, and how the versions were dealt."""
    from quizgen.exam.dealing import alike

    if spares := [number for number in unheld if number in numbers]:
        which = f"{spares[0]:03d}" if len(spares) == 1 else f"{spares[0]:03d} to {spares[-1]:03d}"
        typer.echo(f"  {counted(len(spares), 'spare')}: {which}")
    if exam.versions:
        dealt = Counter(exam.versions[number - 1] for number in numbers)
        told = ", ".join(f"{version}: {dealt[version]}" for version in sorted(dealt))
        typer.echo(f"  papers of each version: {told}")
        if same := alike(exam):
            typer.echo(
                f"  {counted(same, 'pair')} of neighbours with the same version: see staff/versions.csv", err=True
            )


def _selected(bank: Bank, blueprint: Blueprint, table: Path | None, bounds: Bounds) -> tuple[Blueprint, Statistics]:
    """The blueprint within bounds, and what is known of its problems; says what was left out."""
    from quizgen.bank.selection import selected
    from quizgen.bank.statistics import place_of, read_statistics

    place = table or place_of(bank)
    if not (table or bounds or place.exists()):
        return blueprint, {}
    if not place.exists():
        hint = f"Write it from exams that were graded: quizgen bank stats EXAM... --bank {bank.name}"
        raise QuizgenError("there is no such table", where=str(place), hint=hint)
    known = read_statistics(place)
    done = selected(blueprint, known, bounds) if bounds else None
    for line in done.told if done else ():
        typer.echo(printable(line), err=True)
    return done.blueprint if done else blueprint, known


def _told_made(exam: Exam, out: Path, known: Statistics, unheld: range, *, booklets: bool) -> None:
    """Say what was made, and what to do next; `unheld`: the papers that nobody holds."""
    from quizgen.bank.statistics import asked_of
    from quizgen.exam.wishes import untranslated

    for code, names in untranslated(exam).items():
        typer.echo(f"without texts in '{code}', and so as they were written: {', '.join(names)}", err=True)
    asked = len(exam.questions) - sum(len(pick.questions) - pick.count for pick in exam.picks)
    size = (counted(exam.n, "paper"), counted(asked, "question"), counted(float(exam.total), "point"))
    typer.echo(f"exam {exam.code}: {', '.join(size)}")
    for question in exam.questions:
        waived = f"; {question.waived} share their answers with another" if question.waived else ""
        typer.echo(f"  {question.name}  {question.problem.name} ({counted(float(question.total), 'point')}){waived}")
        if one := known.get((question.problem.name, asked_of(question.cut.answers))):
            typer.echo(f"      {one.told}")
    for pick in exam.picks:
        typer.echo(f"  each paper asks {pick.count} of {', '.join(pick.questions)}")
    _told_papers(exam, range(1, exam.n + 1), unheld)
    if booklets:
        typer.echo(f"\n{out}/booklets/         hand these out (no answer is in them)")
        typer.echo(f"{out}/staff/            the key with worked solutions: keep it to yourself")
    else:
        typer.echo(f"\nno booklets of so many papers, unless --to says which; of single ones: {_SINGLE} {out}")
        typer.echo(f"{out}/staff/            the right answers: keep them to yourself")
    typer.echo(f"{out}/submissions.csv   fill in the answers, then: quizgen grade {out}/submissions.csv")
