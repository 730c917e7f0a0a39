"""What was added to an exam since it was drawn: papers for latecomers, and who holds which paper now.

`exam/added/001/` holds further variants of every question, the papers they make, and what is handed out for them.
`exam/assignments/001.json` holds papers that were bound anew, with reason, person and time. Both are numbered, written
whole or not at all, and never changed; `exam.json` and `papers.json` stay as they were drawn.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import BaseModel, Field

from quizgen.errors import QuizgenError
from quizgen.exam.blocks import blocks_of, write_variants
from quizgen.exam.model import Exam, Paper, Question
from quizgen.exam.private import write_private
from quizgen.exam.stored import (
    PapersFile,
    Wanted,
    check_versions,
    drawn_exam,
    listed,
    read_described,
    with_variants,
    write_json,
)

ADDED, ASSIGNMENTS = "added", "assignments"
_ABOUT = "added.json"
_RESTORE = "Restore the folder from a copy."


@dataclass(frozen=True)
class Binding:
    """A paper and who holds it from now on, "" for nobody; `details`: the roster's other columns, if they are new."""

    paper: int
    student: str
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Why:
    """The reason of an addition, the person and the time."""

    reason: str = ""
    by: str = ""
    at: str = ""


class _AddedFile(BaseModel):
    exam: str
    first: int
    n: int
    waived: dict[str, int]
    blocks: dict[str, list[str]]
    proof: str
    versions: tuple[int, ...] = ()
    reason: str = ""
    by: str = ""
    at: str = ""


class _AssignmentFile(BaseModel):
    exam: str
    bindings: list[Binding] = Field(min_length=1)
    reason: str = ""
    by: str = ""
    at: str = ""


def read_exam(folder: Path, wanted: Wanted | None = None) -> Exam:
    """An exam as it stands: as it was drawn, with the papers added since, each held by whom it was assigned to.

    `wanted`: of a large exam to which nothing was added, the variants of these papers and others near them are enough.
    """
    if wanted is not None and not numbered(folder / ADDED):
        return _as_assigned(drawn_exam(folder, lambda exam: wanted(_as_assigned(exam, folder))), folder)
    exam = drawn_exam(folder)
    for place in numbered(folder / ADDED):
        exam = _with_papers(exam, place)
    return _as_assigned(exam, folder)


def _as_assigned(exam: Exam, folder: Path) -> Exam:
    """An exam with papers held by whom they were assigned to."""
    for place in numbered(folder / ASSIGNMENTS, ".json"):
        exam = assigned(exam, _bindings(exam.id, place))
    return exam


def listed_papers(folder: Path) -> tuple[Paper, ...]:
    """The papers of an exam and who holds them now, without reading its variants."""
    papers = list(first_papers(folder))
    for place in numbered(folder / ASSIGNMENTS, ".json"):
        papers = bound(papers, read_described(place, _AssignmentFile).bindings)
    return tuple(papers)


def first_papers(folder: Path) -> tuple[Paper, ...]:
    """The papers of an exam and whom they were made for: what is bound later leaves it as it is."""
    papers = read_described(folder / "papers.json", PapersFile).papers
    for place in numbered(folder / ADDED):
        papers += read_described(place / "papers.json", PapersFile).papers
    return tuple(papers)


def assigned(exam: Exam, bindings: Sequence[Binding]) -> Exam:
    """The exam with papers bound anew; whoever held one of them, or another one before, holds it no more."""
    now = {paper.student: paper.number for paper in exam.papers}
    former = dict(exam.former)
    for binding in bindings:
        if binding.student in now and now[binding.student] != binding.paper:
            former[binding.student] = (*former.get(binding.student, ()), now[binding.student])
        elif not binding.student and (holder := exam.holders.get(binding.paper)):
            former[holder.student] = (*former.get(holder.student, ()), binding.paper)
    return replace(exam, papers=tuple(bound(exam.papers, bindings)), former=former)


def bound(papers: Sequence[Paper], bindings: Sequence[Binding]) -> list[Paper]:
    """Papers after some were bound anew; a student keeps his or her details."""
    details = {paper.student: paper.details for paper in papers}
    students, numbers = {binding.student for binding in bindings}, {binding.paper for binding in bindings}
    others = [paper for paper in papers if paper.student not in students and paper.number not in numbers]
    fresh = [Paper(b.student, b.paper, b.details or details.get(b.student, {})) for b in bindings if b.student]
    return sorted(others + fresh, key=lambda paper: paper.number)


def extended(exam: Exam, more: Sequence[Question], papers: Sequence[Paper], versions: Sequence[int] = ()) -> Exam:
    """An exam with further variants of its questions, and the papers that they make."""
    together = [own.followed_by(further) for own, further in zip(exam.questions, more, strict=True)]
    return replace(
        exam,
        questions=tuple(together),
        papers=(*exam.papers, *papers),
        versions=(*exam.versions, *versions),
        identity=exam.id,
    )


def write_addition(
    folder: Path,
    exam: Exam,
    more: Sequence[Question],
    papers: Sequence[Paper],
    why: Why,
    versions: Sequence[int] = (),
) -> None:
    """Write further variants of an exam, and the papers they make, into a folder that exists (`added/001.partial`)."""
    write_variants(more, folder)
    write_json(folder / "papers.json", {"roster": True, "papers": listed(papers)})
    about = {"exam": exam.id, "first": exam.n + 1, "n": more[0].n, "waived": {one.name: one.waived for one in more}}
    about |= {"blocks": {one.name: blocks_of(one.name, one.n) for one in more}, "proof": _proof(more)}
    about |= {"versions": list(versions)} if versions else {}
    write_json(folder / _ABOUT, about | {"reason": why.reason, "by": why.by, "at": why.at})


def write_assignment(folder: Path, exam: Exam, bindings: Sequence[Binding], why: Why) -> Path:
    """Write the next assignment of an exam folder, whole or not at all; the caller holds its lock."""
    place = folder / ASSIGNMENTS / f"{len(numbered(folder / ASSIGNMENTS, '.json')) + 1:03d}.json"
    place.parent.mkdir(mode=0o700, exist_ok=True)
    listed_bindings = [{"paper": b.paper, "student": b.student, "details": dict(b.details)} for b in bindings]
    about = {"exam": exam.id, "bindings": listed_bindings, "reason": why.reason, "by": why.by, "at": why.at}
    write_private(place, json.dumps(about, indent=1, ensure_ascii=False).encode() + b"\n")
    return place


@dataclass(frozen=True)
class Addition:
    """Papers that were added once: their numbers from `first` on, who got them at first, and why."""

    number: int
    first: int
    n: int
    papers: tuple[Paper, ...]
    why: Why


def additions(folder: Path) -> list[Addition]:
    """What was added to an exam so far, without reading variants."""
    found = []
    for number, place in enumerate(numbered(folder / ADDED), start=1):
        about = read_described(place / _ABOUT, _AddedFile)
        papers = read_described(place / "papers.json", PapersFile).papers
        why = Why(about.reason, about.by, about.at)
        found.append(Addition(number, about.first, about.n, tuple(papers), why))
    return found


def bindings_of(place: Path) -> tuple[Sequence[Binding], Why]:
    """What an assignment says: who holds which papers from then on, and why."""
    about = read_described(place, _AssignmentFile)
    return about.bindings, Why(about.reason, about.by, about.at)


def numbered(folder: Path, ending: str = "") -> list[Path]:
    """What is numbered 001, 002, ... in a folder, in order; raises QuizgenError where a number is missing."""
    found = sorted(path for path in folder.glob(f"*{ending}") if _is_numbered(path.name, ending))
    for number, path in enumerate(found, start=1):
        if path.name != f"{number:03d}{ending}":
            raise QuizgenError(f"{number:03d}{ending} is missing", where=str(folder), hint=_RESTORE)
    return found


def _is_numbered(name: str, ending: str) -> bool:
    return name.endswith(ending) and name.removesuffix(ending).isdecimal()


def _with_papers(exam: Exam, place: Path) -> Exam:
    """An exam with the papers that were added to it once."""
    about = read_described(place / _ABOUT, _AddedFile)
    if about.exam != exam.id or about.first != exam.n + 1:
        raise QuizgenError("was added to another exam", where=str(place), hint=_RESTORE)
    more = [
        replace(
            with_variants(q, place, about.n, about.blocks.get(q.name, []), picked=q.asked is not None),
            waived=about.waived.get(q.name, 0),
        )
        for q in exam.questions
    ]
    if _proof(more) != about.proof:
        raise QuizgenError("is no longer what was added", where=str(place), hint=_RESTORE)
    papers = read_described(place / "papers.json", PapersFile).papers
    whole = extended(exam, more, papers, about.versions)
    check_versions(whole, place)
    return whole


def _bindings(exam: str, place: Path) -> Sequence[Binding]:
    about = read_described(place, _AssignmentFile)
    if about.exam != exam:
        raise QuizgenError("belongs to another exam", where=str(place), hint=_RESTORE)
    return about.bindings


def _proof(questions: Sequence[Question]) -> str:
    """What proves that variants are the same."""
    state = hashlib.blake2b(digest_size=16, person=b"quizgen added")
    for question in questions:
        state.update(question.name.encode() + question.drawn)
    return state.hexdigest()
