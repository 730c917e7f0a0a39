"""A large class, marked in parts: each block of students is marked by itself and its results are kept until all are.

A part is a folder named by a digest of everything that decides what is in it, so that whoever was interrupted goes on
from the parts that are there. It holds no code and nothing that is run: Arrow, JSON and arrays.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from quizgen import __version__
from quizgen.decisions import Decisions, Waiting
from quizgen.exam.model import Exam
from quizgen.grading import BLOCK, Graded, grade_block
from quizgen.misreads import Right, right_of
from quizgen.problem.grader import Grader
from quizgen.report.disguise import disguised_marks
from quizgen.report.gathered import Gathered
from quizgen.report.marks import marks_of, write_marks
from quizgen.report.marksfile import write_group
from quizgen.report.review import misread_in, waiting_in
from quizgen.report.summary import Tally
from quizgen.report.tables import grades_of
from quizgen.submissions.decimals import Decimals
from quizgen.submissions.handins import Handins
from quizgen.submissions.rows import digest_of_rows

_MARKS, _GRADES, _ARRAYS, _COUNTS = "marks", "grades.arrow", "gathered.npz", "counts.json"
CORES = min(4, os.cpu_count() or 1)  # threads that mark; NumPy and Arrow let one another run


@dataclass(frozen=True)
class Ruling:
    """What marking goes by beside the grader: decisions of people, and the decimal marks of files."""

    decisions: Decisions
    decimals: Decimals


@dataclass(frozen=True)
class Job:
    """What all parts have in common. `names`: pseudonyms; `students`: how many there are in all parts."""

    exam: Exam
    grader: Grader
    ruling: Ruling
    names: Mapping[str, str] | None
    students: int
    marks: str  # csv or parquet

    @cached_property
    def right(self) -> Right:
        """What is right in all variants."""
        return right_of(self.exam, self.grader)

    @cached_property
    def digest(self) -> str:
        """What proves that two jobs give the same parts."""
        state = hashlib.blake2b(digest_size=16, person=b"quizgen part 2")
        exam, ruling = self.exam, self.ruling
        about = [__version__, exam.id, exam.n, self.grader.digest, self.students, self.marks, exam.versions]
        about += [exam.revision, exam.voids, exam.language]
        texts = [(q.name, q.problem.digest, sorted(map(str, q.points.items()))) for q in exam.questions]
        held = [(paper.student, paper.number) for paper in exam.papers]
        ruled = [ruling.decisions.all, sorted(ruling.decisions.floors.items()), sorted(ruling.decimals.marks.items())]
        for one in (about, texts, held, ruled, sorted(self.names.items()) if self.names else None):
            state.update(repr(one).encode())
        for question in exam.questions:
            state.update(question.drawn)
        return state.hexdigest()

    def key(self, block: Handins) -> str:
        """The name of a part."""
        return hashlib.blake2b(f"{self.digest}{digest_of_rows(block)}".encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Part:
    """What marking a block of students found; its marks lie in the file `marks`."""

    tally: Tally
    gathered: Gathered
    waiting: list[Waiting]
    grades: pd.DataFrame
    marks: Path


@dataclass(frozen=True)
class Failed:
    """A block that could not be marked, and why."""

    handins: Handins
    reason: str


Result = Callable[[], Part | Failed]  # waits for a part
Begin = Callable[[Job, Handins, Path], Result]  # somebody begins to mark a block


def parts_of(
    job: Job, handins: Handins, work: Path, begin: Begin | None = None, ahead: int = 0
) -> Iterator[Part | Failed]:
    """Mark blocks of students, in order; those that lie in the folder `work` are not marked again.

    On all cores of this machine, or by whoever can `begin` blocks, so many `ahead` of the one that is waited for.
    """
    work.mkdir(mode=0o700, exist_ok=True)
    whole = handins.on_papers(job.ruling.decisions.papers(), copies=bool(job.exam.versions))
    blocks = (whole.take(np.arange(start, min(whole.n, start + BLOCK))) for start in range(0, whole.n, BLOCK))
    _ = job.digest, job.right  # before threads ask for them at once
    if begin is not None:
        yield from _in_order((begin(job, block, work) for block in blocks), ahead)
        return
    with ThreadPoolExecutor(CORES) as pool:
        yield from _in_order((pool.submit(marked_part, job, block, work).result for block in blocks), CORES)


def _in_order(begun: Iterator[Result], ahead: int) -> Iterator[Part | Failed]:
    """Wait for one after the other, while others are begun."""
    waiting = deque(islice(begun, ahead + 1))
    while waiting:
        yield waiting.popleft()()
        waiting.extend(islice(begun, 1))


def marked_part(job: Job, handins: Handins, work: Path) -> Part | Failed:
    """Mark one block, or read what an earlier try left of it; what goes wrong in it is told and stops no other."""
    try:
        block = handins.loaded()
    except Exception as error:  # whatever it is, the other blocks are fine
        return Failed(handins, _reason(error))
    try:
        return read_part(job.grader, made_part(job, block, work))
    except Exception as error:
        return Failed(block, _reason(error))


def made_part(job: Job, handins: Handins, work: Path) -> Path:
    """The folder of a block's part, made if it is not there: the unit of work, wherever it is done.

    It depends on the job and the rows alone. Several may make it at once: they write the same, each aside, and the
    first to be done names the folder.
    """
    block = handins.loaded()
    place = work / job.key(block)
    if _left(job, place) is not None:
        return place
    partial = Path(tempfile.mkdtemp(prefix=f"{place.name}-", suffix=".partial", dir=work))
    try:
        _write(job, block, partial)
        settle_part(partial, place)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return place


def settle_part(partial: Path, place: Path) -> None:
    """Give a part that is written whole its name, unless somebody else did."""
    try:
        partial.rename(place)
    except OSError:
        if not place.exists():
            raise


def _left(job: Job, place: Path) -> Part | None:
    """The part that an earlier try left; a damaged one is removed, and marked again."""
    if not place.exists():
        return None
    try:
        return read_part(job.grader, place)
    except (OSError, ValueError, LookupError, TypeError, pa.ArrowException):
        shutil.rmtree(place)
        return None


def read_part(grader: Grader, place: Path) -> Part:
    """What stands in the folder of a part."""
    counts = json.loads((place / _COUNTS).read_text(encoding="utf-8"))
    with np.load(place / _ARRAYS, allow_pickle=False) as arrays:
        columns = {name: arrays[name] for name in arrays.files}
    table = _read_table(place / _GRADES)
    students = np.asarray(table.column("id").to_numpy(), dtype=object)
    gathered = Gathered.of(grader, counts["reasons"], counts["empty"], columns | {"students": students})
    grades = table.drop_columns(["id"]).to_pandas().astype(object)
    waiting = [Waiting(**one) for one in counts["waiting"]]
    return Part(Tally.of(counts["tally"]), gathered, waiting, grades, place / _MARKS)


def _write(job: Job, handins: Handins, partial: Path) -> None:
    """Mark a block and write its part into a folder."""
    exam, grader, ruling = job.exam, job.grader, job.ruling
    marked = grade_block(exam, grader, handins, ruling.decisions, decimals=ruling.decimals)
    block, misread = misread_in(exam, grader, marked, job.students, ruling.decisions, job.right)
    tally, gathered = Tally(), Gathered(grader)
    tally.add(grader, block)
    gathered.add(block)
    shown = disguised_marks(block, job.names) if job.names else block
    write_part_marks(job, shown, partial / _MARKS)
    grades = pa.Table.from_pandas(_plain(grades_of(exam, grader, shown)), preserve_index=False)
    _write_table(grades.append_column("id", pa.array(handins.students, pa.string())), partial / _GRADES)
    np.savez(partial / _ARRAYS, allow_pickle=False, **gathered.arrays)
    waiting = [one.__dict__ for one in waiting_in(block) + misread]  # plain fields: `asdict` copies each of them deeply
    counts = {"tally": tally.counts, "reasons": gathered.waiting, "empty": gathered.empty, "waiting": waiting}
    (partial / _COUNTS).write_text(json.dumps(counts), encoding="utf-8")


def write_part_marks(job: Job, block: Graded, path: Path) -> None:
    """Write the marks of a block as `marksfile` takes them: lines, or a group of rows."""
    with path.open("wb") as file:
        if job.marks == "csv":
            write_marks(job.grader, block, file, header=False)
        else:
            write_group(marks_of(job.grader, block), file)


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """A table whose numbers are numbers."""
    texts = [name for name in ("student", "status", "grade") if name in frame]
    return frame.astype({name: str if name in texts else float for name in frame.columns} | {"review": int})


def _write_table(table: pa.Table, path: Path) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


def _read_table(path: Path) -> pa.Table:
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def _reason(error: Exception) -> str:
    """What went wrong, on one line."""
    told = (str(error) or "no more is known").splitlines()[0][:200]
    return f"could not be marked: {type(error).__name__}: {told}"
