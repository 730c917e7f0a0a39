"""The command that says where an exam stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quizgen.cli.saying import counted
from quizgen.errors import printable

if TYPE_CHECKING:
    from quizgen.status import Output, Room, Status

commands = typer.Typer()

LISTED_ROOMS = 100


@commands.command()
def status(
    exam: Annotated[Path, typer.Option(help="The exam's folder.")] = Path("exam"),
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON, for machines.")] = False,
) -> None:
    """Say where an exam stands: papers, what was handed in, graded, decided, corrected; and what to do next."""
    import json
    from dataclasses import asdict

    from quizgen.exam.folder import open_exam
    from quizgen.status import status_of

    now = status_of(open_exam(exam))
    if as_json:
        told = asdict(now) | {"made": _time(now.made), "spares": now.spares, "next": asdict(now.next)}
        typer.echo(json.dumps(told, indent=1, ensure_ascii=True, default=str))
        return
    for what, line in (("exam", f"{now.code}: {now.title}"), *_lines(now)):
        typer.echo(printable(f"{what:<11}{line}"))
    typer.echo()
    typer.echo(printable(f"next: {now.next.command}    ({now.next.why})"))


def _lines(now: Status) -> list[tuple[str, str]]:
    """What is told, line by line."""
    drawn = "from its secret" if now.secret else "from a public seed"
    lines = [("made", f"{_time(now.made)}, by quizgen {now.quizgen}, {drawn}"), ("papers", _papers(now))]
    lines += _added(now)
    lines += [("rehearsed", "yes")] if now.rehearsed and now.handed_in is None else []
    if now.handed_in is not None:
        lines.append(("handed in", _room(now.handed_in)))
        lines += [("", f"{room.name or 'no room'}: {_room(room)}") for room in now.rooms[:LISTED_ROOMS]]
        hidden = len(now.rooms) - LISTED_ROOMS
        lines += [("", f"... and {counted(hidden, 'room')} more")] if hidden > 0 else []
    if now.graded is not None:
        who = ", ".join(filter(None, [now.graded.at, now.graded.by and f"by {now.graded.by}"]))
        runs = counted(now.graded.runs, "run")
        lines.append(("graded", f"{who or 'yes'}; grader {now.graded.grader}, {runs}"))
        lines.append(("review", _review(now)))
        lines.append(("rejects", counted(now.rejects, "row") if now.rejects else "none"))
    return lines + _corrected(now) + [(output.what, _output(output)) for output in now.outputs]


def _time(seconds: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _papers(now: Status) -> str:
    parts = [f"{now.papers:,}, {now.held:,} held, {counted(now.spares, 'spare')}"]
    parts += [counted(now.versions, "version")] if now.versions else []
    return "; ".join(parts)


def _added(now: Status) -> list[tuple[str, str]]:
    lines = [("added", f"{counted(now.added, 'paper')}, in {counted(now.additions, 'addition')}")]
    lines = lines if now.additions else []
    return lines + ([("assigned", counted(now.assignments, "assignment"))] if now.assignments else [])


def _room(room: Room) -> str:
    return f"{room.handed_in:,} of {room.papers:,}, {room.absent:,} absent, {room.excused:,} excused"


def _review(now: Status) -> str:
    waits = f"{counted(now.waiting, 'answer')} to be looked at" if now.waiting else "nothing waits"
    return waits + (f"; {counted(now.decided, 'decision')} not read yet" if now.decided else "")


def _corrected(now: Status) -> list[tuple[str, str]]:
    lines = []
    if now.amendments:
        lines.append(("amendments", f"not carried out: {', '.join(map(str, now.amendments))}"))
    if now.revisions:
        lines.append(("revisions", f"{now.revisions:,}"))
    if now.prints:
        lines.append(("prints", f"{now.prints:,}"))
    return lines


def _output(output: Output) -> str:
    stale = "; older than the exam now is" if output.stale else ""
    return f"{output.form}: {output.file}, {output.at}{output.by and f' by {output.by}'}{stale}"
