"""Who sits where: the rooms of an exam, the order of their seats, and what the files of a room are called."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from quizgen.exam.model import Paper
from quizgen.exam.wishes import wishes_of
from quizgen.filenames import file_names

_DIGITS = re.compile(r"(\d{1,18})")  # of more a number would not be made


@dataclass(frozen=True)
class Room:
    """A room (its name may be empty), its papers in the order of the seats, and the name of its files."""

    name: str
    file: str
    papers: tuple[Paper, ...]


def rooms_of(papers: Iterable[Paper]) -> list[Room]:
    """The rooms in which papers are written, in the order in which the roster names them."""
    rooms: dict[str, list[Paper]] = {}
    for paper in papers:
        rooms.setdefault(wishes_of(paper.details).room, []).append(paper)
    names = file_names(room for room in rooms if room)
    names[""] = "no-room" if names else "all"
    while names[""] in (name.lower() for room, name in names.items() if room):
        names[""] += "-"
    return [Room(room, names[room], tuple(sorted(there, key=_seat))) for room, there in rooms.items()]


def _seat(paper: Paper) -> tuple[bool, list[tuple[bool, int, str]]]:
    """The order of seats: A2 before A10; whoever has none comes last, in the order of the roster."""
    seat = wishes_of(paper.details).seat
    parts = [(not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in _DIGITS.split(seat) if part]
    return not seat, parts
