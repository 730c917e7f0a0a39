"""What becomes of each file of an exam folder when the students in it are forgotten: a table, by its path."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path

from quizgen.ledger import REHEARSAL, RESULTS


class Fate(Enum):
    """What becomes of a file."""

    KEPT = "names nobody"
    PAPERS = "who holds which paper"
    ASSIGNED = "who holds which paper from then on"
    TOLD = "JSON in which a person gives a reason"
    TABLE = "a table with a column of students"
    SHEET = "a sheet to be filled in, and perhaps filled in"
    WORKBOOK = "the same as a workbook"
    FLOORS = "points that a student keeps"
    HANDED = "pages with the name of a student, if there is a roster"
    REMOVED = "made to say who somebody is"
    APART = "read and written as a whole: runs, results, log, decisions"
    PASSING = "half-written, or replaced"
    STRANGE = "not of quizgen"


_FATES = (  # the first that fits; * stands for slashes, too
    (Fate.PASSING, ("*.partial", "*.partial/*", f".{RESULTS}*", f".{REHEARSAL}*")),
    (Fate.APART, ("runs/*", "review.csv", "log.jsonl", RESULTS, f"{RESULTS}/*")),
    (Fate.REMOVED, ("marks.db", "marks.db-journal", "staff/pseudonym*", "students/*", REHEARSAL, f"{REHEARSAL}/*")),
    (Fate.REMOVED, ("attendance/*", "staff/attendance/*", "added/*/staff/attendance/*")),
    (Fate.KEPT, ("exam.json", "grader.yaml", "rules.md", "problems/*", "variants/*", "added/*/variants/*")),
    (Fate.KEPT, ("staff/secret.txt", "staff/not-in.npz")),
    (Fate.PAPERS, ("papers.json", "added/*/papers.json")),
    (Fate.ASSIGNED, ("assignments/*.json",)),
    (Fate.FLOORS, ("revisions/*/floors.csv",)),
    (Fate.TOLD, ("added/*/added.json", "revisions/*/revision.json", "amendments/*/*.json")),
    (Fate.KEPT, ("revisions/*.md", "revisions/*.yaml", "amendments/*.md", "amendments/*.yaml")),
    (Fate.TABLE, ("staff/key.csv", "staff/versions.csv", "added/*/staff/key.csv", "added/*/staff/versions.csv")),
    (Fate.SHEET, ("submissions.csv", "added/*/submissions.csv")),
    (Fate.WORKBOOK, ("submissions.xlsx", "added/*/submissions.xlsx")),
    (Fate.HANDED, ("booklets/*", "prints/*", "staff/key/*", "staff/key.pdf", "staff/proof.pdf")),
    (Fate.HANDED, ("added/*/booklets/*", "added/*/staff/key/*", "added/*/staff/key.pdf", "added/*/staff/proof.pdf")),
)
_WHOLE = ("booklets", "prints", "students", "attendance", REHEARSAL, "key")  # folders that are told as one


@dataclass(frozen=True)
class Placed:
    """A file or link of the exam folder, by its path in it, and what becomes of it."""

    path: str
    fate: Fate

    @property
    def told(self) -> str:
        """What is said of it: the folder that it goes with, or the file itself."""
        parts = self.path.split("/")
        ends = [i for i, part in enumerate(parts[:-1]) if part in _WHOLE]
        return "/".join(parts[: ends[0] + 1]) + "/" if ends else self.path


def placed(folder: Path) -> Iterator[Placed]:
    """Every file and link of an exam folder, sorted."""
    for path in sorted(_paths(folder, "")):
        yield Placed(path, fate_of(path))


def fate_of(path: str) -> Fate:
    """What becomes of a file.

    >>> fate_of("added/001/staff/key/051.md"), fate_of("notes.txt")
    (<Fate.HANDED: 'pages with the name of a student, if there is a roster'>, <Fate.STRANGE: 'not of quizgen'>)
    """
    fits = (fate for fate, patterns in _FATES for pattern in patterns if fnmatchcase(path, pattern))
    return next(fits, Fate.STRANGE)


def _paths(folder: Path, above: str) -> Iterator[str]:
    for entry in os.scandir(folder):
        path = f"{above}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from _paths(Path(entry.path), f"{path}/")
        else:
            yield path
