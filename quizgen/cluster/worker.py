"""What a worker of a cluster does: it opens the exam once, then joins and marks as one machine does."""

from __future__ import annotations

import copy
import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa

from quizgen import __version__
from quizgen.errors import QuizgenError
from quizgen.exam.model import Exam
from quizgen.intake import Joined, Stretch, join_stretch
from quizgen.problem.grader import Grader
from quizgen.report.parts import Job, Ruling, made_part
from quizgen.revisions import standing_exam
from quizgen.submissions.handins import Handins, Roll

VERSIONS = f"quizgen {__version__}, numpy {np.__version__}, pyarrow {pa.__version__}"
_READ = (
    "exam.json",
    "papers.json",
    "grader.yaml",
    "problems",
    "variants",
    "added",
    "assignments",
    "amendments",
    "revisions",
)
_APART = {"staff", "booklets"}  # folders inside these: secrets, and what only people read
_OPENING = Lock()  # a worker has several threads, and one exam is enough


@dataclass(frozen=True)
class Source:
    """Where a worker finds the exam: in a folder that it sees, or in its files, by name. `key`: of all they say."""

    key: str
    versions: str
    folder: Path | None
    files: Mapping[str, bytes] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Slip:
    """A job without its exam, which a worker has already; `digest` proves that both have the same one."""

    digest: str
    grader: Grader = field(compare=False)
    ruling: Ruling = field(compare=False)
    names: Mapping[str, str] | None = field(compare=False)
    students: int = field(compare=False)
    marks: str = field(compare=False)


def source_of(folder: Path, *, shared: bool) -> Source:
    """The exam in a folder, for workers that see the folder, or that do not; nothing secret is in it."""
    paths = [path for name in _READ for path in _files(folder / name)]
    state = hashlib.blake2b(digest_size=16, person=b"quizgen cluster")
    files = {}
    for path in paths:
        name, data = path.relative_to(folder).as_posix(), path.read_bytes()
        state.update(f"{name}\0{len(data)}\0".encode() + data)
        if not shared:
            files[name] = data
    return Source(state.hexdigest(), VERSIONS, folder if shared else None, files)


def slip_of(job: Job) -> Slip:
    """What is sent of a job."""
    return Slip(job.digest, job.grader, job.ruling, job.names, job.students, job.marks)


def about_worker(probe: Path) -> tuple[str, bool]:
    """The versions of what marks, and whether a file of the exam's folder can be seen from here."""
    return VERSIONS, probe.exists()


def as_given(value: Any) -> Any:
    """What all tasks need, on its way to a worker that hands it on."""
    return value


def join_far(source: Source, stretch: Stretch, dialect: str, place: Path) -> Joined:
    """Join a stretch into a file; who is no student is told without the nearest name."""
    return join_stretch(copy.copy(_roll(source)), stretch, dialect, place)


def part_far(source: Source, slip: Slip, block: Handins, work: Path | None) -> tuple[str, dict[str, bytes]]:
    """Make the part of a block: its name, and its files where the folder `work` cannot be seen from here."""
    job = _job(source, slip)
    if work:
        return made_part(job, block, work).name, {}
    with tempfile.TemporaryDirectory() as aside:
        place = made_part(job, block, Path(aside))
        return place.name, {path.name: path.read_bytes() for path in place.iterdir()}


def _files(path: Path) -> list[Path]:
    """A file, or all files of a folder but those that are kept apart."""
    found = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    return [one for one in found if not _APART & set(one.relative_to(path.parent).parts)]


@lru_cache(maxsize=2)
def _exam(source: Source) -> Exam:
    """The exam as it stands, read once."""
    if source.versions != VERSIONS:
        raise QuizgenError(f"a worker has {VERSIONS}, but {source.versions} is needed")
    if source.folder:
        return standing_exam(source.folder).exam
    with tempfile.TemporaryDirectory() as aside:
        for name, data in source.files.items():
            place = Path(aside) / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        return standing_exam(Path(aside)).exam


@lru_cache(maxsize=2)
def _opened_roll(source: Source) -> Roll:
    """Whom the exam knows, looked up once; each stretch gets a copy."""
    roll = Roll(_exam(source))
    roll.hints = 0
    roll.tags, roll.students, roll.held, roll.holders  # noqa: B018 copies have them, too
    return roll


@lru_cache(maxsize=4)
def _opened_job(source: Source, slip: Slip) -> Job:
    job = Job(_exam(source), slip.grader, slip.ruling, slip.names, slip.students, slip.marks)
    if job.digest != slip.digest:
        raise QuizgenError("the exam that a worker reads is another one than here")
    _ = job.right  # before threads ask for it at once
    return job


def _roll(source: Source) -> Roll:
    with _OPENING:
        return _opened_roll(source)


def _job(source: Source, slip: Slip) -> Job:
    with _OPENING:
        return _opened_job(source, slip)
