"""Files -> everything that stands in them, joined to students and papers; large ones block by block, onto the disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from quizgen.errors import QuizgenError
from quizgen.exam.model import Exam
from quizgen.submissions import Reject, Sheet, read_sheets
from quizgen.submissions.blocks import LARGE, blocks_of, first_rows, is_parquet
from quizgen.submissions.dialects import in_blocks_of, sheet_of_table
from quizgen.submissions.handins import Handins, Roll, layout_of, resolve, together
from quizgen.submissions.rows import in_blocks, read_rows, write_rows
from quizgen.submissions.sheet import Layout
from quizgen.submissions.sources import Sources

_NAME = ".intake.partial"  # where rows lie while they are joined


@dataclass(frozen=True)
class Intake:
    """The rows of all files, those refused, what to tell, and whether students are invented."""

    handins: Handins
    rejects: list[Reject]
    notices: list[str]
    simulated: bool
    sheets: int  # how many there were


def is_large(paths: Sequence[Path]) -> bool:
    """Whether files are read in blocks: where one is of Parquet, or all together are large."""
    return any(map(is_parquet, paths)) or sum(path.stat().st_size for path in paths if path.exists()) >= LARGE


def take_in(exam: Exam, found: Sources, dialect: str, shelf: Path) -> Intake:
    """Read files and join their rows; the texts of large ones lie in the folder `shelf` from then on."""
    layout = layout_of(exam)
    large = is_large(found.paths)
    streams = {path: one for path in found.paths if large and (one := _stream(path, layout, dialect))}
    others = [path for path in found.paths if path not in streams]
    sheets = {sheet.file: sheet for sheet in read_sheets(others, layout, dialect, found.passed_over)}
    simulated = _all_or_none_simulated([*streams.values(), *sheets.values()])
    joining = _Joining(exam, shelf)
    for path in found.paths:
        if path in streams:
            joining.add(_in_sheets(path, layout, dialect))
        elif str(path) in sheets:
            joining.add([sheets.pop(str(path))], large=large)
    for sheet in sheets.values():  # what pages saved, from many files
        joining.add([sheet], large=large)
    return Intake(
        together(joining.parts), joining.rejects, list(dict.fromkeys(joining.notices)), simulated, joining.sheets
    )


@contextmanager
def shelf_in(folder: Path) -> Iterator[Path]:
    """A folder for rows that are being joined; what a killed grading left there is cleared away."""
    place = folder / _NAME
    shutil.rmtree(place, ignore_errors=True)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


class _Joining:
    """Joins sheets to the exam, one after the other."""

    def __init__(self, exam: Exam, shelf: Path) -> None:
        self.exam, self.shelf, self.roll = exam, shelf, Roll(exam)
        self.parts: list[Handins] = []
        self.rejects: list[Reject] = []
        self.notices: list[str] = []
        self.sheets = 0

    def add(self, sheets: Iterator[Sheet | Reject] | Sequence[Sheet], *, large: bool = True) -> None:
        """Take the sheets of one file; a large one's texts go onto the disk."""
        self.sheets += 1
        joined = self._joined(sheets)
        if not large:
            self.parts += list(joined)
            return
        self.shelf.mkdir(mode=0o700, exist_ok=True)
        place = self.shelf / f"{self.sheets:05d}.arrow"
        if (first := next(joined, None)) is None:
            return
        write_rows(place, (piece for block in chain([first], joined) for piece in in_blocks(block)))
        self.parts.append(read_rows(place, layout_of(self.exam)))

    def _joined(self, sheets: Iterator[Sheet | Reject] | Sequence[Sheet]) -> Iterator[Handins]:
        for sheet in sheets:
            if isinstance(sheet, Reject):
                self.rejects.append(sheet)
                continue
            handins, refused = resolve(self.exam, sheet, self.roll)
            self.rejects += refused
            self.notices += sheet.notices
            yield handins


def _stream(path: Path, layout: Layout, dialect: str) -> Sheet | None:
    """The first rows of a file that is read in blocks; None for one that is not."""
    first = first_rows(path)
    if first is None or not in_blocks_of(first, dialect):
        return None
    return sheet_of_table(first, layout, dialect)


def _in_sheets(path: Path, layout: Layout, dialect: str) -> Iterator[Sheet | Reject]:
    """The blocks of a file as sheets."""
    for block in blocks_of(path):
        yield block if isinstance(block, Reject) else sheet_of_table(block, layout, dialect)


def _all_or_none_simulated(sheets: Sequence[Sheet]) -> bool:
    """Invented students never mix with real ones."""
    kinds = {sheet.simulated for sheet in sheets}
    if len(kinds) > 1:
        real = next(sheet.file for sheet in sheets if not sheet.simulated)
        raise QuizgenError(f"{real} holds real answers, the other files simulated ones", hint="Grade them apart.")
    return kinds == {True}
