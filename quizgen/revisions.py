"""Revisions of an exam: corrected problems and graders, numbered beside the frozen copies.

`exam/revisions/001/` holds the corrected files, `revision.json` with reason and digests, and `floors.csv`: the points
below which no revision lets an answer fall while its question's texts are the same. What was drawn never changes: a
corrected problem solves the same parameters.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from quizgen.bank.cut import cut_problem
from quizgen.bank.folders import parse_grader, read_text
from quizgen.bank.problemfile import digest_of
from quizgen.bank.translated import Written, language_of, read_in_all_languages, written_of
from quizgen.csvtext import restored, write_csv
from quizgen.decisions import Floor
from quizgen.errors import QuizgenError, did_you_mean
from quizgen.exam.model import Exam, Question
from quizgen.language.expr import compile_expression
from quizgen.problem.grader import Grader
from quizgen.problem.model import Problem
from quizgen.world.worlds import world

FOLDER = "revisions"
_FLOORS_FILE = "floors.csv"
_FLOORS = ("student", "question", "answer", "texts", "points", "paper")


@dataclass(frozen=True)
class Correction:
    """One revision as it was recorded: its number, why, who and when, the files it corrects, and the floors it left."""

    number: int
    reason: str
    by: str
    at: str
    files: tuple[str, ...]
    floors: tuple[Floor, ...]


@dataclass(frozen=True)
class Revised:
    """An exam as it stands after its revisions: how many there are, and the floors they left."""

    exam: Exam
    number: int = 0
    floors: tuple[Floor, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)  # of the files as they stand now


def revised(exam: Exam, folder: Path) -> Revised:
    """The exam with all its revisions applied, oldest first."""
    current = Revised(exam, texts=dict(exam.sources))
    for number, place in enumerate(_places(folder), start=1):
        try:
            about = json.loads((place / "revision.json").read_text(encoding="utf-8"))
            proofs = {**about["files"], _FLOORS_FILE: about["floors"]}
            texts = {name: read_text(place / name) for name in proofs}
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise QuizgenError(f"a revision cannot be read: {error}", where=str(place)) from None
        for name, text in texts.items():
            if digest_of(text) != proofs[name]:
                raise QuizgenError("was changed after it was made", where=str(place / name), hint="Restore the copy.")
        del texts[_FLOORS_FILE]
        changed = with_files(current.exam, texts, str(place))
        floors = {_key(floor): floor for floor in (*current.floors, *_read_floors(place / _FLOORS_FILE))}
        current = Revised(changed, number, tuple(floors.values()), {**current.texts, **texts})
    return current


def corrections(folder: Path) -> list[Correction]:
    """Every revision of an exam folder as it was recorded, oldest first; `revised` proves what is in them."""
    found = []
    for number, place in enumerate(_places(folder), start=1):
        about = json.loads((place / "revision.json").read_text(encoding="utf-8"))
        reason, by, at = (str(about.get(key, "")) for key in ("reason", "by", "at"))
        floors = tuple(_read_floors(place / _FLOORS_FILE))
        found.append(Correction(number, reason, by, at, tuple(about["files"]), floors))
    return found


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


def write_revision(
    folder: Path, files: Mapping[str, str], floors: Sequence[Floor], reason: str, by: str, at: str
) -> int:
    """Write the next revision, whole or not at all; gives its number."""
    number = len(_places(folder)) + 1
    place = folder / FOLDER / f"{number:03d}"
    partial = place.with_name(place.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True, mode=0o700)
    for name, text in files.items():
        (partial / name).parent.mkdir(exist_ok=True)
        (partial / name).write_text(text, encoding="utf-8", newline="\n")
    least = _floors_text(floors)
    proofs = {name: digest_of(text) for name, text in files.items()}
    about = {"reason": reason, "by": by, "at": at, "files": proofs, "floors": digest_of(least)}
    (partial / "revision.json").write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (partial / _FLOORS_FILE).write_text(least, encoding="utf-8", newline="\n")
    partial.rename(place)
    return number


def _places(folder: Path) -> list[Path]:
    """The folders of the revisions, in order; their numbers have no gap."""
    found = sorted(path for path in (folder / FOLDER).glob("[0-9][0-9][0-9]") if path.is_dir())
    for number, place in enumerate(found, start=1):
        if place.name != f"{number:03d}":
            raise QuizgenError(f"revision {number:03d} is missing", where=str(folder / FOLDER), hint="Restore it.")
    return found


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
