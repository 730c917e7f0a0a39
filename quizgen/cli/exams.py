"""Commands that make an exam and go on with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quizgen.cli.saying import Progress, counted
from quizgen.errors import QuizgenError

if TYPE_CHECKING:
    from quizgen.exam.model import Exam

commands = typer.Typer()

_TO = "What booklets are written as: md, html, pdf, tex. Several with commas between; md,html unless said."
_PAPER = "Of PDFs: a4 or letter."
_SIMPLEX = "PDFs for printing on one side: no empty pages."
_ANSWER_SHEETS = "Print sheets with nothing but the answers' fields, too."


@commands.command()
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
    with Progress() as progress:
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
    from quizgen.assigning import verify_assignments
    from quizgen.exam.folder import open_exam
    from quizgen.ledger import verify_log, verify_results
    from quizgen.log import entries

    if action not in ("show", "verify"):
        raise QuizgenError(f"'{action}' is none of: show, verify", exit_code=2)
    folder = open_exam(exam)
    found = entries(folder)
    if action == "verify":
        verify_log(folder)
        verify_assignments(folder)
        verify_results(folder)
        typer.echo(f"{folder}/log.jsonl: {len(found)} entries, all as they were written")
        return
    for entry in found:
        told = ", ".join(f"{key} {value}" for key, value in entry.about.items() if value not in ("", [], {}))
        typer.echo(f"{entry.number:>4}  {entry.at}  {entry.by:<12}  {entry.what:<10}  {told[:200]}")


def _told_made(exam: Exam, out: Path) -> None:
    """Say what was made, and what to do next."""
    from quizgen.exam.wishes import untranslated

    for code, names in untranslated(exam).items():
        typer.echo(f"without texts in '{code}', and so as they were written: {', '.join(names)}", err=True)
    asked = len(exam.questions) - sum(len(pick.questions) - pick.count for pick in exam.picks)
    size = (counted(exam.n, "paper"), counted(asked, "question"), counted(float(exam.total), "point"))
    typer.echo(f"exam {exam.code}: {', '.join(size)}")
    for question in exam.questions:
        waived = f"; {question.waived} share their answers with another" if question.waived else ""
        typer.echo(f"  {question.name}  {question.problem.name} ({counted(float(question.total), 'point')}){waived}")
    for pick in exam.picks:
        typer.echo(f"  each paper asks {pick.count} of {', '.join(pick.questions)}")
    typer.echo(f"\n{out}/booklets/         hand these out (no answer is in them)")
    typer.echo(f"{out}/staff/            the key with worked solutions: keep it to yourself")
    typer.echo(f"{out}/submissions.csv   fill in the answers, then: quizgen grade {out}/submissions.csv")
