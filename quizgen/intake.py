"""Files -> everything that stands in them, joined to students and papers; large ones block by block, onto the disk."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from quizgen.errors import QuizgenError
from quizgen.exam.model import Exam
from quizgen.submissions import Reject, Sheet, read_sheets
from quizgen.submissions.blocks import LARGE, blocks_of, first_rows, is_parquet, rows_of_groups
from quizgen.submissions.dialects import in_blocks_of, sheet_of_table
from quizgen.submissions.handins import Handins, Roll, layout_of, resolve, together
from quizgen.submissions.rows import in_blocks, read_rows, write_rows
from quizgen.submissions.sheet import Layout
from quizgen.submissions.sources import Sources

STRETCH = 1 << 18  # rows that are worth a journey to another machine
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


class Stretch(NamedTuple):
    """What is read and joined at once, wherever that is done: a file, or some groups of rows of one of Parquet."""

    path: Path
    groups: tuple[int, int] | None = None  # the first, and the first that is not
    root: Path = Path()  # where the name of the file begins


class Joined(NamedTuple):
    """What joining a stretch gave beside its rows, which lie in the file `place`, if there are any."""

    place: Path
    rejects: list[Reject]
    notices: list[str]
    strangers: int  # rows of students whom the exam does not know

    def rows(self, layout: Layout) -> list[Handins]:
        """Its rows, whose texts stay in the file."""
        return [read_rows(self.place, layout)] if self.place.exists() else []


# Joins stretches elsewhere, each into its file, in order; None for one that is to be joined here.
Elsewhere = Callable[[Sequence[tuple[Stretch, Path]], str], Iterator[Joined | None]]


def take_in(exam: Exam, found: Sources, dialect: str, shelf: Path, elsewhere: Elsewhere | None = None) -> Intake:
    """Read files and join their rows; the texts of large ones lie in the folder `shelf` from then on."""
    layout, roll = layout_of(exam), Roll(exam)
    large = elsewhere is not None or is_large(found.paths)
    streams = {path: one for path in found.paths if large and (one := _stream(path, layout, dialect))}
    others = [path for path in found.paths if path not in streams]
    sheets = {sheet.file: sheet for sheet in read_sheets(others, layout, dialect, found.passed_over)}
    simulated = _all_or_none_simulated([*streams.values(), *sheets.values()])
    joining = _Joining(roll, layout, shelf if large else None)
    if elsewhere:
        joining.begin([one for path in streams for one in _stretches(path)], dialect, elsewhere)
    for path in found.paths:
        if path in streams:
            joining.add_file(_stretches(path) if elsewhere else [Stretch(path)], dialect)
        elif str(path) in sheets:
            joining.add(sheets.pop(str(path)))
    for sheet in sheets.values():  # what pages saved, from many files
        joining.add(sheet)
    notices = list(dict.fromkeys(joining.notices))
    return Intake(together(joining.parts), joining.rejects, notices, simulated, joining.sheets)


def join_stretch(roll: Roll, stretch: Stretch, dialect: str, place: Path) -> Joined:
    """Read a stretch, join its rows to students and papers and write them into a file, whole or not at all."""
    layout = layout_of(roll.exam)
    return _join(roll, _in_sheets(stretch, layout, dialect), place)


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
    """Joins sheets to the exam, one after the other; on a shelf, if there is one."""

    def __init__(self, roll: Roll, layout: Layout, shelf: Path | None) -> None:
        self.roll, self.layout, self.shelf = roll, layout, shelf
        self.parts: list[Handins] = []
        self.rejects: list[Reject] = []
        self.notices: list[str] = []
        self.sheets = self.files = 0
        self.begun: Iterator[Joined | None] = iter(())
        if shelf:
            shelf.mkdir(mode=0o700, exist_ok=True)

    def begin(self, stretches: Sequence[Stretch], dialect: str, elsewhere: Elsewhere) -> None:
        """Let stretches be joined elsewhere; they are added in this order."""
        self.begun = elsewhere([(stretch, self._place()) for stretch in stretches], dialect)

    def add_file(self, stretches: Sequence[Stretch], dialect: str) -> None:
        """Take the rows of a file.

        The nearest right names for strangers are told to the first of all files: whoever joined a stretch elsewhere
        could not know how many there were before.
        """
        self.sheets += 1
        for stretch in stretches:
            done = next(self.begun, None)
            if done is None or (done.strangers and self.roll.hints):
                done = join_stretch(self.roll, stretch, dialect, self._place())
            self._take(done)

    def add(self, sheet: Sheet) -> None:
        """Take a sheet that is in memory."""
        self.sheets += 1
        if self.shelf:
            self._take(_join(self.roll, [sheet], self._place()))
            return
        handins, refused = resolve(self.roll.exam, sheet, self.roll)
        self.parts.append(handins)
        self.rejects += refused
        self.notices += sheet.notices

    def _place(self) -> Path:
        """The next file on the shelf."""
        assert self.shelf
        self.files += 1
        return self.shelf / f"{self.files:05d}.arrow"

    def _take(self, joined: Joined) -> None:
        self.parts += joined.rows(self.layout)
        self.rejects += joined.rejects
        self.notices += joined.notices


def _join(roll: Roll, sheets: Iterable[Sheet | Reject], place: Path) -> Joined:
    """Join sheets, one after the other, into a file."""
    rejects: list[Reject] = []
    notices: list[str] = []
    before = roll.strangers

    def joined() -> Iterator[Handins]:
        for sheet in sheets:
            if isinstance(sheet, Reject):
                rejects.append(sheet)
                continue
            handins, refused = resolve(roll.exam, sheet, roll)
            rejects.extend(refused)
            notices.extend(sheet.notices)
            yield handins

    with tempfile.TemporaryDirectory(prefix=place.name, dir=place.parent) as aside:
        partial = Path(aside) / place.name
        write_rows(partial, (piece for block in joined() for piece in in_blocks(block)))
        if partial.stat().st_size:
            partial.replace(place)
    return Joined(place, rejects, notices, roll.strangers - before)


def _stretches(path: Path) -> list[Stretch]:
    """A file in stretches of so many rows at least, if it is one of Parquet."""
    if not is_parquet(path):
        return [Stretch(path)]
    found: list[Stretch] = []
    first = rows = 0
    for number, inside in enumerate(rows_of_groups(path), start=1):
        rows += inside
        if rows >= STRETCH:
            found.append(Stretch(path, (first, number)))
            first, rows = number, 0
    return [*found, Stretch(path, (first, number))] if rows else found or [Stretch(path)]


def _stream(path: Path, layout: Layout, dialect: str) -> Sheet | None:
    """The first rows of a file that is read in blocks; None for one that is not."""
    first = first_rows(path)
    if first is None or not in_blocks_of(first, dialect):
        return None
    return sheet_of_table(first, layout, dialect)


def _in_sheets(stretch: Stretch, layout: Layout, dialect: str) -> Iterator[Sheet | Reject]:
    """The blocks of a stretch as sheets."""
    for block in blocks_of(stretch.root / stretch.path, stretch.groups):
        named = replace(block, file=str(stretch.path))
        yield named if isinstance(named, Reject) else sheet_of_table(named, layout, dialect)


def _all_or_none_simulated(sheets: Sequence[Sheet]) -> bool:
    """Invented students never mix with real ones."""
    kinds = {sheet.simulated for sheet in sheets}
    if len(kinds) > 1:
        real = next(sheet.file for sheet in sheets if not sheet.simulated)
        raise QuizgenError(f"{real} holds real answers, the other files simulated ones", hint="Grade them apart.")
    return kinds == {True}
