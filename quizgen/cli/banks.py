"""Commands for problems: to try, to read, to practise with, to begin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quizgen.cli.saying import counted, write_whole
from quizgen.errors import QuizgenError, printable

if TYPE_CHECKING:
    from quizgen.booklets import Section

commands = typer.Typer()
of_banks = typer.Typer(no_args_is_help=True)
commands.add_typer(of_banks, name="bank", help="What earlier exams say about the problems of a bank.")


@of_banks.callback()
def _of_banks() -> None:
    """What earlier exams say about the problems of a bank."""


@of_banks.command()
def stats(
    exams: Annotated[list[Path], typer.Argument(metavar="EXAM...", help="Exam folders, or the results in them.")],
    bank: Annotated[str, typer.Option(help="The bank whose problems they asked.")] = "cnn",
    out: Annotated[
        Path | None, typer.Option(help="The table to write (statistics.csv in the bank, or cnn-statistics.csv).")
    ] = None,
) -> None:
    """Gather what exams say of each problem: facility, difficulty, discrimination, mistakes. Names nobody."""
    from quizgen.bank.folders import open_bank
    from quizgen.bank.statistics import place_of, statistics_text
    from quizgen.calibration import gather, read_sittings

    chosen = open_bank(bank)
    sittings = read_sittings(exams)
    found = gather(sittings, {problem.name: problem for problem in chosen.problems()})
    for line in found.left_out:
        typer.echo(f"left out: {printable(line)}", err=True)
    if waiting := sum(sitting.waiting for sitting in sittings):
        typer.echo(f"{counted(waiting, 'answer')} still to be looked at: the figures may change", err=True)
    if not found.rows:
        raise QuizgenError(f"nothing to tell of the bank '{chosen.name}'", hint="Name its --bank, and larger exams.")
    whole = [row for row in found.rows if not row.structure]
    for row in whole:
        asked = f" ({row.answers})" if row.answers else ""
        typer.echo(f"{row.problem}{asked}: {row.told}")
    place = out or place_of(chosen)
    write_whole(place, statistics_text(found.rows))
    size = (counted(len(whole), "problem"), counted(found.exams, "exam"), counted(found.students, "student"))
    typer.echo(f"{place}: {', '.join(size)}; read by quizgen make --max-facility, --min-discrimination")


@commands.command()
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
        typer.echo("no defects" if not bad else counted(bad, "defect"))
    if bad:
        raise typer.Exit(1)


@commands.command()
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


@commands.command()
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
    typer.echo(f"{out}: {counted(variants, 'variant')} of {counted(len(chosen), 'problem')}; all answers are in it")


@commands.command()
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


def _language(text: str) -> str:
    """A language by its code; empty for none."""
    from quizgen.problem.translation import language_code

    code = language_code(text)
    if text and not code:
        raise QuizgenError(f"'{text[:20]}' is no code of a language", hint="Say --lang de.", exit_code=2)
    return code


def _open_page(name: str, section: Section) -> None:
    """Write a specimen as a page that the browser can open, and ask it to; where it is, is told in any case."""
    import tempfile
    import webbrowser

    from quizgen.booklets.solved import specimen_as_page

    place = Path(tempfile.mkdtemp(prefix="quizgen-")) / f"{name}.html"
    place.write_text(specimen_as_page(section), encoding="utf-8")
    typer.echo(place)
    webbrowser.open(place.as_uri())
