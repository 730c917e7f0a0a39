"""Which row of an exported table is which student: by ids, never by names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from quizgen.csvtext import restored
from quizgen.gradebook.results import Record

KINDS = {  # a kind of id, and the headings (in small letters) under which it stands in gradebooks and rosters
    "number": (
        *("id number", "idnumber", "student id", "student_id", "sis user id", "sis id", "sid"),
        *("orgdefinedid", "org defined id", "matriculation number"),
    ),
    "login": ("username", "user name", "sis login id", "login id", "login"),
    "mail": ("email address", "email", "e-mail", "mail"),
    "canvas": ("id", "canvas id", "canvas user id"),
    "participant": ("identifier", "participant id"),
}
_KIND_OF = {heading: kind for kind, headings in KINDS.items() for heading in headings}


@dataclass
class Matched:
    """Row -> student, and who or what is left over; rows by number, from 0 below the headings."""

    students: dict[int, Record] = field(default_factory=dict)
    strangers: list[int] = field(default_factory=list)  # rows that are nobody of ours
    missing: list[Record] = field(default_factory=list)  # students without a row
    unclear: list[int] = field(default_factory=list)  # rows that fit several students, or share one


def kind_of(heading: str) -> str | None:
    """The kind of id that a heading names, if any.

    >>> kind_of("SIS Login ID"), kind_of("Last name")
    ('login', None)
    """
    return _KIND_OF.get(_plain(heading))


def match(headings: Sequence[str], rows: Mapping[int, Sequence[str]], records: Iterable[Record]) -> Matched:
    """Join rows to students by any id; a row that fits two students is left alone, as are two rows that fit one."""
    listed = list(records)
    columns = [(place, kind) for place, heading in enumerate(headings) if (kind := kind_of(heading))]
    index = _index(listed)
    own = _own_column(columns, rows, index["student"])
    found = {number: _fitting(row, columns, index, own) for number, row in rows.items()}
    holders: dict[int, list[int]] = defaultdict(list)
    for number, fits in found.items():
        for fit in fits:
            holders[fit].append(number)
    matched = Matched()
    for number, fits in found.items():
        if not fits:
            matched.strangers.append(number)
        elif len(fits) > 1 or len(holders[min(fits)]) > 1:
            matched.unclear.append(number)
        else:
            matched.students[number] = listed[min(fits)]
    matched.missing = [record for place, record in enumerate(listed) if place not in holders]
    return matched


Index = Mapping[str, Mapping[str, set[int]]]  # kind of id -> id -> places of students


def _index(records: Sequence[Record]) -> Index:
    index: dict[str, dict[str, set[int]]] = {kind: defaultdict(set) for kind in (*KINDS, "student")}
    for place, record in enumerate(records):
        index["student"][_plain(record.student)].add(place)
        for heading, text in record.details.items():
            kind = kind_of(heading)
            if kind and text.strip():
                index[kind][_plain(text)].add(place)
    return index


def _own_column(
    columns: Sequence[tuple[int, str]], rows: Mapping[int, Sequence[str]], students: Mapping[str, set[int]]
) -> int | None:
    """The one column that holds our students' ids: where most are found. Elsewhere the same text is another's id."""
    counts = {place: sum(_cell(row, place) in students for row in rows.values()) for place, _ in columns}
    best = max(counts, key=lambda place: counts[place], default=None)
    return best if best is not None and counts[best] else None


def _fitting(row: Sequence[str], columns: Sequence[tuple[int, str]], index: Index, own: int | None) -> set[int]:
    """The places of the students that a row fits."""
    fits: set[int] = set()
    for place, kind in columns:
        cell = _cell(row, place)
        if cell:
            fits |= index[kind].get(cell, set())
            fits |= index["student"].get(cell, set()) if place == own else set()
    return fits


def _cell(row: Sequence[str], place: int) -> str:
    return _plain(row[place]) if place < len(row) else ""


def _plain(text: str) -> str:
    """An id or heading as it is compared: no quotes or signs that only guard it, small letters.

    >>> _plain("#0123"), _plain('="007"'), _plain(" Ann@X.org ")
    ('0123', '007', 'ann@x.org')
    """
    text = restored(text.strip())
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return text.removeprefix("#").strip().casefold()
