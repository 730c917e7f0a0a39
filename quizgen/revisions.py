"""Revisions of an exam: corrected problems and graders, and void answers, numbered beside the frozen copies.

`exam/revisions/001/` holds the corrected files, `revision.json` with reason and digests, what is void and the
amendments that it carries out, and `floors.csv`: the points below which no revision lets an answer fall while its
question's texts are the same. What was drawn never changes: a corrected problem solves the same parameters.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from quizgen.bank.cut import cut_problem
from quizgen.bank.folders import parse_grader, read_text
from quizgen.bank.problemfile import digest_of
from quizgen.bank.translated import Written, language_of, read_in_all_languages, written_of
from quizgen.csvtext import restored, write_csv
from quizgen.decisions import Floor
from quizgen.errors import QuizgenError, did_you_mean
from quizgen.exam.additions import ADDED, ASSIGNMENTS, Why, numbered, read_exam
from quizgen.exam.corrections import Correction, Void
from quizgen.exam.model import Exam, Question
from quizgen.exam.stored import Wanted, read_described
from quizgen.language.expr import compile_expression
from quizgen.problem.grader import Grader
from quizgen.problem.model import Problem
from quizgen.world.worlds import world

FOLDER = "revisions"
_FLOORS_FILE = "floors.csv"
_FLOORS = ("student", "question", "answer", "texts", "points", "paper")


@dataclass(frozen=True)
class Revision:
    """A revision as it was recorded: its number, why, who and when, the files it corrects, and the floors it left.

    `told`: what students are told of it.
    """

    number: int
    reason: str
    by: str
    at: str
    files: tuple[str, ...]
    floors: tuple[Floor, ...]
    told: tuple[Correction, ...] = ()


@dataclass(frozen=True)
class Revised:
    """An exam as it stands after its revisions: how many there are, and the floors they left."""

    exam: Exam
    number: int = 0
    floors: tuple[Floor, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)  # of the files as they stand now
    amendments: frozenset[int] = frozenset()  # that are carried out


@dataclass(frozen=True)
class Changes:
    """What a revision changes: corrected files by name, void answers, what students are told, amendments by number."""

    files: Mapping[str, str] = field(default_factory=dict)
    voids: tuple[Void, ...] = ()
    corrections: tuple[Correction, ...] = ()
    amendments: tuple[int, ...] = ()

    @property
    def any(self) -> bool:
        """Whether there are some."""
        return bool(self.files or self.voids or self.amendments)


class _RevisionFile(BaseModel):
    files: dict[str, str]
    floors: str
    reason: str = ""
    voids: tuple[Void, ...] = ()
    corrections: tuple[Correction, ...] | None = None
    amendments: tuple[int, ...] = ()


def standing_exam(folder: Path, wanted: Wanted | None = None) -> Revised:
    """The exam of a folder as it stands: what was drawn, what was added since, and all its revisions.

    `wanted`: the variants of these papers and others near them are enough; where nothing was added or revised, of a
    large exam no others are held.
    """
    return revised(read_exam(folder, None if numbered(folder / FOLDER) else wanted), folder)


def extent(folder: Path) -> tuple[int, ...]:
    """How many additions, assignments and revisions there are: the same as long as the exam stands as it did."""
    return tuple(len(numbered(folder / name, end)) for name, end in ((ADDED, ""), (ASSIGNMENTS, ".json"), (FOLDER, "")))


def revised(exam: Exam, folder: Path) -> Revised:
    """The exam with all its revisions applied, oldest first."""
    current = Revised(exam, texts=dict(exam.sources))
    for number, place in enumerate(numbered(folder / FOLDER), start=1):
        about = read_described(place / "revision.json", _RevisionFile)
        texts = proven_files(place, {**about.files, _FLOORS_FILE: about.floors})
        del texts[_FLOORS_FILE]
        told = about.corrections
        changes = Changes(
            texts, about.voids, corrections_of(current.exam, texts, about.reason) if told is None else told
        )
        changed = replace(with_changes(current.exam, changes, str(place)), revision=number)
        floors = {_key(floor): floor for floor in (*current.floors, *_read_floors(place / _FLOORS_FILE))}
        done = current.amendments | set(about.amendments)
        current = Revised(changed, number, tuple(floors.values()), {**current.texts, **texts}, done)
    return (
        replace(current, floors=tuple(_present(floor, exam) for floor in current.floors)) if exam.released else current
    )


def _present(floor: Floor, exam: Exam) -> Floor:
    """A floor as papers are held now: that of somebody entered by mistake is of who holds the paper."""
    holder = exam.holders.get(floor.paper) if floor.student in exam.released else None
    return replace(floor, student=holder.student) if holder else floor


def recorded(folder: Path) -> list[Revision]:
    """Every revision of an exam folder, oldest first; `revised` proves what is in them."""
    found = []
    for number, place in enumerate(numbered(folder / FOLDER), start=1):
        about = json.loads((place / "revision.json").read_text(encoding="utf-8"))
        reason, by, at = (str(about.get(key, "")) for key in ("reason", "by", "at"))
        floors = tuple(_read_floors(place / _FLOORS_FILE))
        told = (
            Correction(one["question"], one["reason"], tuple(one["variants"])) for one in about.get("corrections") or ()
        )
        found.append(Revision(number, reason, by, at, tuple(about["files"]), floors, tuple(told)))
    return found


def proven_files(place: Path, proofs: Mapping[str, str]) -> dict[str, str]:
    """The texts of files that were written with their digests; raises QuizgenError where one was changed."""
    try:
        texts = {name: read_text(place / name) for name in proofs}
    except (OSError, ValueError) as error:
        raise QuizgenError(f"cannot be read: {error}", where=str(place)) from None
    for name, text in texts.items():
        if digest_of(text) != proofs[name]:
            raise QuizgenError("was changed after it was made", where=str(place / name), hint="Restore the copy.")
    return texts


def with_changes(exam: Exam, changes: Changes, where: str) -> Exam:
    """The exam as a revision would leave it; what concerns a paper concerns its copies, also those added since."""
    exam = with_files(exam, changes.files, where)
    voids = (replace(void, variants=exam.copies_of(void.variants)) for void in changes.voids)
    corrections = (replace(one, variants=exam.copies_of(one.variants)) for one in changes.corrections)
    return replace(exam, voids=(*exam.voids, *voids), corrections=(*exam.corrections, *corrections))


def corrections_of(exam: Exam, files: Mapping[str, str], reason: str) -> tuple[Correction, ...]:
    """What students are told of corrected files: which questions they concern, and why."""
    problems = {Path(name).stem.partition(".")[0] for name in files if name.startswith("problems/")}
    return tuple(Correction(one.name, reason) for one in exam.questions if reason and one.problem.name in problems)


def with_files(exam: Exam, files: Mapping[str, str], where: str) -> Exam:
    """The exam with corrected files in place of its own: `grader.yaml`, or `problems/NAME.md` of a problem it asks.

    Translations, `problems/NAME.de.md`, may be corrected, or added, likewise.
    """
    known = {question.problem.name: question.problem for question in exam.questions}
    changed: dict[str, dict[str, Written]] = {}
    for name, text in files.items():
        if name == "grader.yaml":
            exam = replace(exam, grader=parse_grader(text, f"{where}/{name}", exam.grader.name))
            continue
        problem_name, code = language_of(Path(name).stem, f"{where}/{name}")
        if problem_name not in known:
            hint = did_you_mean(problem_name, known) or f"It asks: {', '.join(sorted(known))}."
            raise QuizgenError(f"this exam asks no problem '{problem_name}'", where=where, hint=hint)
        own = changed.setdefault(problem_name, written_of(known[problem_name]))
        own[code] = Written(text, f"{where}/{name}")
    for problem_name, written in changed.items():
        problem = read_in_all_languages(problem_name, written)
        concerned = [question for question in exam.questions if question.problem.name == problem_name]
        corrected = {question.name: _corrected(question, problem, exam.grader) for question in concerned}
        exam = replace(exam, questions=tuple(corrected.get(question.name, question) for question in exam.questions))
    return exam


def _corrected(question: Question, problem: Problem, grader: Grader) -> Question:
    """A question with another text of its problem: the same draws, its answers solved anew."""
    old = question.problem
    if problem.draws.keys() != old.draws.keys():
        raise QuizgenError(
            f"a corrected '{old.name}' must draw what was drawn ({', '.join(old.draws)})",
            where=problem.file,
            hint="Correct steps, answers, mistakes or texts; what students hold on paper stays.",
        )
    cut = cut_problem(problem, question.cut, grader.tolerance)
    missing = {answer.name for answer in old.answers} ^ {answer.name for answer in cut.answers}
    if missing:
        raise QuizgenError(
            f"a corrected '{old.name}' must ask what was asked: {', '.join(sorted(missing))}", where=problem.file
        )
    truth = world(cut, question.params)
    expected = {answer.name: truth.value(answer.of, answer.step_axes) for answer in cut.answers}
    for name, value in expected.items():
        before = question.expected[name]
        if value.axes != before.axes or value.largest != before.largest:
            raise QuizgenError(f"the corrected answer '{name}' has another shape than on paper", where=problem.file)
    printed = world(old, question.params)
    for step in old.given:
        now, then = (values.show(compile_expression(step)) for values in (truth, printed))
        if not all(np.array_equal(a, b) for (_, a), (_, b) in zip(now, then, strict=True)):
            raise QuizgenError(
                f"the corrected '{old.name}' changes '{step}', whose value stands on paper as given", where=problem.file
            )
    return replace(question, problem=cut, expected=expected)


def write_revision(folder: Path, changes: Changes, floors: Sequence[Floor], why: Why) -> int:
    """Write the next revision, whole or not at all; gives its number. The caller holds the exam's lock."""
    least = _floors_text(floors)
    proofs = {name: digest_of(text) for name, text in changes.files.items()}
    about: dict[str, Any] = {"reason": why.reason, "by": why.by, "at": why.at, "files": proofs}
    about |= {"floors": digest_of(least), "voids": [asdict(void) for void in changes.voids]}
    about |= {"corrections": [asdict(one) for one in changes.corrections], "amendments": list(changes.amendments)}
    place = next_place(folder / FOLDER)
    write_whole(place, {**changes.files, _FLOORS_FILE: least, "revision.json": json_text(about)})
    return int(place.name)


def next_place(folder: Path) -> Path:
    """The folder of the next number."""
    return folder / f"{len(numbered(folder)) + 1:03d}"


def write_whole(place: Path, files: Mapping[str, str]) -> None:
    """Write a folder of texts, whole or not at all; what a killed process left of it is cleared away."""
    partial = place.with_name(place.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True, mode=0o700)
    for name, text in files.items():
        (partial / name).parent.mkdir(exist_ok=True)
        (partial / name).write_text(text, encoding="utf-8", newline="\n")
    partial.rename(place)


def json_text(data: Any) -> str:
    """JSON as people read it."""
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _key(floor: Floor) -> tuple[str, str, str]:
    return (floor.student, floor.question, floor.answer)


def _floors_text(floors: Sequence[Floor]) -> str:
    rows = ([*_key(floor), floor.texts, str(floor.points), str(floor.paper)] for floor in floors)
    return write_csv(_FLOORS, rows)


def _read_floors(path: Path) -> list[Floor]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))[1:]
        papers = [int(row[5]) if len(row) > len(_FLOORS) - 1 else 0 for row in rows]  # the first ones did not say it
        return [Floor(restored(r[0]), r[1], r[2], r[3], Fraction(r[4]), p) for r, p in zip(rows, papers, strict=True)]
    except (OSError, ValueError, LookupError) as error:
        raise QuizgenError(f"cannot be read: {error}", where=str(path)) from None
