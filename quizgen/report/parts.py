"""A large class, marked in parts: each block of students is marked by itself and its results are kept until all are.

A part is a folder named by a digest of everything that decides what is in it, so that whoever was interrupted goes on
from the parts that are there. It holds no code and nothing that is run: Arrow, JSON and arrays.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
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
from quizgen.misreads import Right
from quizgen.problem.grader import Grader
from quizgen.report.disguise import disguised_marks
from quizgen.report.gathered import Gathered
from quizgen.report.marks import marks_of, write_marks
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
        """What is right in all variants, once somebody has asked for it."""
        return {}

    @cached_property
    def digest(self) -> str:
        """What proves that two jobs give the same parts."""
        state = hashlib.blake2b(digest_size=16, person=b"quizgen part")
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


def parts_of(job: Job, handins: Handins, work: Path, threads: int = 0) -> Iterator[Part | Failed]:
    """Mark blocks of students on all cores, in order; those that lie in the folder `work` are not marked again."""
    work.mkdir(mode=0o700, exist_ok=True)
    whole = handins.on_papers(job.ruling.decisions.papers(), copies=bool(job.exam.versions))
    starts = iter(range(0, whole.n, BLOCK))
    _ = job.digest, job.right  # before threads ask for them at once
    with ThreadPoolExecutor(threads or CORES) as pool:

        def begin(start: int) -> Future[Part | Failed]:
            rows = np.arange(start, min(whole.n, start + BLOCK))
            return pool.submit(marked_part, job, whole.take(rows), work)

        waiting = [begin(start) for start in islice(starts, (threads or CORES) + 1)]
        while waiting:
            yield waiting.pop(0).result()
            waiting += [begin(start) for start in islice(starts, 1)]


def marked_part(job: Job, handins: Handins, work: Path) -> Part | Failed:
    """Mark one block, or read what an earlier try left of it; what goes wrong in it is told and stops no other."""
    try:
        block = handins.loaded()
    except Exception as error:  # whatever it is, the other blocks are fine
        return Failed(handins, _reason(error))
    try:
        place = work / job.key(block)
        if (part := _left(job, place)) is not None:
            return part
        _write(job, block, place)
        return read_part(job.grader, place)
    except Exception as error:
        return Failed(block, _reason(error))


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


def _write(job: Job, handins: Handins, place: Path) -> None:
    """Mark a block and write its part, whole or not at all."""
    exam, grader, ruling = job.exam, job.grader, job.ruling
    marked = grade_block(exam, grader, handins, ruling.decisions, decimals=ruling.decimals)
    block, misread = misread_in(exam, grader, marked, job.students, ruling.decisions, job.right)
    tally, gathered = Tally(), Gathered(grader)
    tally.add(grader, block)
    gathered.add(block)
    shown = disguised_marks(block, job.names) if job.names else block
    partial = place.with_name(f"{place.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    write_part_marks(job, shown, partial / _MARKS)
    grades = pa.Table.from_pandas(_plain(grades_of(exam, grader, shown)), preserve_index=False)
    _write_table(grades.append_column("id", pa.array(handins.students, pa.string())), partial / _GRADES)
    np.savez(partial / _ARRAYS, allow_pickle=False, **gathered.arrays)
    waiting = [asdict(one) for one in waiting_in(block) + misread]
    counts = {"tally": tally.counts, "reasons": gathered.waiting, "empty": gathered.empty, "waiting": waiting}
    (partial / _COUNTS).write_text(json.dumps(counts), encoding="utf-8")
    partial.rename(place)


def write_part_marks(job: Job, block: Graded, path: Path) -> None:
    """Write the marks of a block as `marksfile` takes them: lines, or a table."""
    if job.marks == "csv":
        with path.open("wb") as file:
            write_marks(job.grader, block, file, header=False)
    else:
        _write_table(marks_of(job.grader, block), path)


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
