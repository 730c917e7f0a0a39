"""Commands for the end of an exam's life: to keep it, and to forget who sat it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quizgen.cli.saying import actor, counted
from quizgen.errors import QuizgenError

if TYPE_CHECKING:
    from datetime import date

commands = typer.Typer()


@commands.command()
def archive(
    action: Annotated[str, typer.Argument(help="write, or verify.")] = "write",
    file: Annotated[Path | None, typer.Argument(help="The archive to verify.")] = None,
    out: Annotated[Path | None, typer.Option(help="The file to write (exam-K7RF.zip, with the exam's code).")] = None,
    with_secret: Annotated[
        bool,
        typer.Option("--with-secret", help="With the secret that the exam was drawn from, and the pseudonyms' key."),
    ] = False,
    exam: Annotated[Path, typer.Option(help="The exam's folder.")] = Path("exam"),
) -> None:
    """Put a whole exam into one file that proves itself; or prove such a file, years later."""
    from quizgen.exam.folder import open_exam
    from quizgen.keeping.archive import write_archive
    from quizgen.keeping.proving import verify_archive

    if action not in ("write", "verify") or (file is None) != (action == "write"):
        hint = "Say 'quizgen archive', or 'quizgen archive verify FILE'."
        raise QuizgenError(f"'archive {action}' with{'out' if file is None else ''} a file", hint=hint, exit_code=2)
    if file is not None:
        found = verify_archive(file)
        lines = counted(found.entries, "line")
        typer.echo(
            f"{file}: exam {found.code}, {counted(found.files, 'file')}, a log of {lines}: all as it was archived"
        )
        typer.echo(f"by quizgen {found.quizgen}, {'WITH' if found.secret else 'without'} the exam's secret")
        typer.echo(f"sha256 {found.sha256}")
        return
    done = write_archive(open_exam(exam), out, with_secret=with_secret)
    told = "was there already, byte for byte" if done.known else "proven, and written"
    typer.echo(f"{done.place}: exam {done.proven.code}, {counted(done.files, 'file')}: {told}")
    typer.echo(f"sha256 {done.sha256}")
    typer.echo("keep this number elsewhere: who has it can tell that the file was not exchanged for another")
    if with_secret:
        typer.echo("the exam's secret is in it: keep it to yourself", err=True)


@commands.command()
def forget(
    exam: Annotated[Path, typer.Option(help="The exam's folder.")] = Path("exam"),
    after: Annotated[str, typer.Option(help="The day until which it is to be kept, 2027-03-31: not before.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it: there is no way back.")] = False,
) -> None:
    """Replace names and ids by pseudonyms everywhere in an exam's folder, for good. Marks and statistics stay."""
    from datetime import date

    from quizgen.exam.folder import open_exam
    from quizgen.keeping.forgetting import forget
    from quizgen.keeping.swapping import finish

    until = _day(after) if after else None
    refuse_too_early(until, date.today())
    finish(exam.absolute())
    folder = open_exam(exam)
    done = forget(folder, write=yes, actor=actor(), until=str(until or ""))
    if done.known:
        typer.echo(f"{folder}: nobody is named in it; nothing was changed")
        return
    will = "have other names now; nobody can go back" if yes else "would get other names, for good"
    typer.echo(f"{folder}: {counted(done.students, 'student')} {will}")
    for name, files in done.removed.items():
        typer.echo(f"  {'removed' if yes else 'goes'}: {name} ({counted(files, 'file')})")
    for name, named in done.strange.items():
        typer.echo(f"  not of quizgen, look yourself: {name}{' (somebody is named in it)' if named else ''}", err=True)
    if not yes:
        typer.echo("nothing was changed; add --yes. Keep no copy by accident: archives, mails, backups, platforms")
    elif done.removed:
        typer.echo("'quizgen print' writes booklets anew, without names")


def refuse_too_early(until: date | None, today: date) -> None:
    """Stop before the day until which an exam must be kept is over."""
    if until is not None and today <= until:
        raise QuizgenError(f"this exam is to be kept until {until}, and today is {today}", hint="Nothing was changed.")


def _day(text: str) -> date:
    from datetime import date

    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise QuizgenError(f"'{text[:40]}' is no day", hint="Write --after 2027-03-31.", exit_code=2) from None
