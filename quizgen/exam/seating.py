"""Seats as people write them -> rows and columns -> who sits beside, before and behind whom, or diagonally."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_PARTS = re.compile(r"\d{1,9}|[^\W\d_]+")
_ROW = frozenset(("row", "r", "reihe", "rang", "rangée", "rangee", "zeile"))
_COLUMN = frozenset(("seat", "s", "sitz", "platz", "p", "place", "siège", "siege", "col", "column", "spalte", "c"))
_LETTERS = 2  # a longer word is a word, and no name of a row


@dataclass(frozen=True)
class Place:
    """Where a seat stands: in a part of a room (empty if the room has one only), counted in rows and columns."""

    part: str
    row: int
    column: int


@dataclass(frozen=True)
class Near:
    """Who sits near somebody, as places in a list: at the sides, before and behind, diagonally."""

    sides: tuple[int, ...] = ()
    ahead: tuple[int, ...] = ()
    diagonal: tuple[int, ...] = ()


def place_of(seat: str) -> Place | None:
    """Where a seat stands, as far as its name tells; None if it tells nothing.

    >>> place_of("A12"), place_of("3-4")
    (Place(part='', row=1, column=12), Place(part='', row=3, column=4))
    >>> place_of("Row 2 Seat 5") == place_of("seat 5, row 2"), place_of("17"), place_of("by the door")
    (True, Place(part='', row=0, column=17), None)
    """
    parts = [part.lower() for part in _PARTS.findall(seat)]
    named = [(part, parts[i - 1] if i else "") for i, part in enumerate(parts) if _counts(part, i, parts)]
    if not any(part.isdecimal() for part, _ in named):
        return None
    *others, (row, _), (column, before) = [("", ""), *named] if len(named) == 1 else named
    if before in _ROW and before not in (part for part, _ in named):
        row, column = column, row
    return Place(" ".join(part for part, _ in others), _number(row), _number(column))


def _counts(part: str, i: int, parts: Sequence[str]) -> bool:
    """Whether a part of a seat's name counts something: a number, or a letter or two that announce none."""
    if part.isdecimal():
        return True
    announces = part in _ROW | _COLUMN and parts[i + 1 : i + 2] != [] and len(parts) > 2
    return len(part) <= _LETTERS and not announces


def _number(part: str) -> int:
    """A number, or a letter as one: A is 1, Z is 26, AA is 27; nothing is 0."""
    if part.isdecimal():
        return int(part)
    total = 0
    for letter in part:
        total = total * 26 + (ord(letter) - ord("a") + 1) % 1_000
    return total


def near(rooms: Sequence[str], seats: Sequence[str]) -> tuple[list[Near], list[int]]:
    """Who sits near each of some people, and all of them in the order of their rooms and seats.

    People whose seats cannot be told sit in a line of their own, in the order of the list.
    """
    areas: dict[tuple[str, str, bool], dict[int, list[tuple[int, int]]]] = {}
    for i, (room, seat) in enumerate(zip(rooms, seats, strict=True)):
        place = place_of(seat)
        row, column = (place.row, place.column) if place else (0, i)
        area = areas.setdefault((room, place.part if place else "", place is None), {})
        area.setdefault(row, []).append((column, i))
    found = [Near()] * len(rooms)
    order: list[int] = []
    for rows in areas.values():
        lines = [sorted(rows[row]) for row in sorted(rows)]
        order += [i for line in lines for _, i in line]
        for i, who in _within(lines):
            found[i] = who
    return found, order


def _within(lines: Sequence[Sequence[tuple[int, int]]]) -> Iterator[tuple[int, Near]]:
    """Who sits near each in the rows of one part of a room, each a line of (column, person).

    At the side is the next seat that is taken, with however many free ones between; ahead is the next row.
    """
    rank = {column: k for k, column in enumerate(sorted({column for line in lines for column, _ in line}))}
    standing = [_by_rank(line, rank) for line in lines]
    beside: dict[int, list[int]] = {i: [] for line in lines for _, i in line}
    for line in lines:
        for (_, one), (_, other) in pairwise(line):
            beside[one].append(other)
            beside[other].append(one)
    for r, line in enumerate(lines):
        around = [standing[k] for k in (r - 1, r + 1) if 0 <= k < len(lines)]
        for column, i in line:
            k = rank[column]
            ahead = _those(around, (k,))
            yield i, Near(tuple(beside[i]), ahead, _those(around, (k - 1, k + 1)))


def _by_rank(line: Sequence[tuple[int, int]], rank: dict[int, int]) -> dict[int, list[int]]:
    """The people of a row by their column, counted among the columns that are taken in any row."""
    found: dict[int, list[int]] = {}
    for column, i in line:
        found.setdefault(rank[column], []).append(i)
    return found


def _those(rows: Iterable[dict[int, list[int]]], ranks: Iterable[int]) -> tuple[int, ...]:
    ranks = tuple(ranks)
    return tuple(i for row in rows for k in ranks for i in row.get(k, ()))
