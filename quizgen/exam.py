"""An exam on disk: made once, never drawn again. `exam.json`, variants in columns, copies of problems and grader.

Everything is written into `exam.partial/` and renamed last, so that a folder is there whole or not at all.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from quizgen.bank import parse_grader, read_text
from quizgen.draw import Drawn
from quizgen.errors import QuizgenError
from quizgen.grader import Grader
from quizgen.problem import Answer, Problem
from quizgen.problemfile import read_problem
from quizgen.tags import code_of
from quizgen.values import Value, crop
from quizgen.world import Params, world

FORMAT = 1
BLOCK = 16_384  # variants in one file
AGREES = 1e-9  # relative; a stored value that differs by more from today's engine stops grading


@dataclass(frozen=True)
class Question:
    """A slot of an exam: its problem, the points of each answer, and n variants in columns."""

    name: str
    problem: Problem
    points: Mapping[str, Fraction]
    params: Params
    expected: Mapping[str, Value]
    waived: int = 0

    @property
    def total(self) -> Fraction:
        """The points of all its answers."""
        return sum(self.points.values(), Fraction(0))

    @property
    def n(self) -> int:
        """How many variants there are."""
        return next(iter(self.params.values())).n

    def take(self, numbers: np.ndarray) -> Params:
        """The parameters of some variants, by number from 1."""
        return {name: value.take(numbers - 1) for name, value in self.params.items()}


@dataclass(frozen=True)
class Paper:
    """What a student holds: paper 17 is variant 17 of every question. `details` are the roster's other columns."""

    student: str
    number: int
    details: Mapping[str, str]


@dataclass(frozen=True)
class Exam:
    """A whole exam; `seed` is the public text it was drawn from, or None if the draws are secret."""

    title: str
    questions: tuple[Question, ...]
    grader: Grader
    papers: tuple[Paper, ...]
    seed: str | None
    has_roster: bool
    sources: Mapping[str, str]  # file in the exam folder -> text of the problem or grader it copies

    @property
    def n(self) -> int:
        """How many papers there are."""
        return self.questions[0].n

    @cached_property
    def id(self) -> str:
        """A hash of everything that was drawn and of the texts it was drawn from."""
        state = hashlib.blake2b(digest_size=16, person=b"quizgen exam")
        state.update(json.dumps([self.title, self.n, self.seed, sorted(self.sources.items())]).encode())
        for question in self.questions:
            state.update(json.dumps([question.name, {k: str(v) for k, v in question.points.items()}]).encode())
            for name, value in sorted(question.params.items()):
                state.update(name.encode() + _plain_array(value.cells).tobytes())
        return state.hexdigest()

    @cached_property
    def code(self) -> str:
        """Four characters made from the id; part of every tag."""
        return code_of(bytes.fromhex(self.id))

    @property
    def total(self) -> Fraction:
        """The points of the whole paper."""
        return sum((question.total for question in self.questions), Fraction(0))

    def fields(self) -> Iterator[tuple[Question, Answer]]:
        """Every answer of every question, in order."""
        for question in self.questions:
            for answer in question.problem.answers:
                yield question, answer


def columns_of(exam: Exam) -> list[tuple[Question, Answer, tuple[int, ...]]]:
    """The columns of an answer sheet: one for each cell of each answer, cells counted from 1."""
    columns: list[tuple[Question, Answer, tuple[int, ...]]] = []
    for question, answer in exam.fields():
        largest = question.expected[answer.name].largest
        columns += [(question, answer, cell) for cell in product(*(range(1, size + 1) for size in largest))]
    return columns


def heading_of(question: str, answer: str, cell: tuple[int, ...] = ()) -> str:
    """The heading of a column: `Q3.conv[1,2]`."""
    return f"{question}.{answer}" + (f"[{','.join(map(str, cell))}]" if cell else "")


def assemble(
    title: str, slots: list[tuple[Problem, Mapping[str, Fraction], Drawn]], grader: Grader, **more: Any
) -> Exam:
    """Put drawn questions together as Q1, Q2, …; `more` are the other fields of Exam."""
    questions = tuple(
        Question(f"Q{i}", problem, points, drawn.params, drawn.expected, drawn.waived)
        for i, (problem, points, drawn) in enumerate(slots, start=1)
    )
    return Exam(title=title, questions=questions, grader=grader, **more)


def write_exam(exam: Exam, folder: Path) -> None:
    """Write everything that grading needs into a folder (which must exist)."""
    for file, text in exam.sources.items():
        place = folder / file
        place.parent.mkdir(exist_ok=True)
        place.write_text(text, encoding="utf-8", newline="\n")
    (folder / "variants").mkdir()
    for question in exam.questions:
        for start in range(0, question.n, BLOCK):
            (folder / _block_file(question.name, start)).write_bytes(_packed(question, start))
    papers = [{"student": p.student, "paper": p.number, **p.details} for p in exam.papers]
    _write_json(folder / "papers.json", {"roster": exam.has_roster, "papers": papers})
    _write_json(folder / "exam.json", _described(exam))


def read_exam(folder: Path) -> Exam:
    """Read an exam folder; stops if the engine no longer gives the values that were stored when it was made."""
    described = _read_json(folder / "exam.json")
    if described.get("format") != FORMAT:
        raise QuizgenError(
            f"this exam has format {described.get('format')}; this quizgen reads format {FORMAT}",
            where=str(folder / "exam.json"),
            hint="Use the quizgen that made it, or a newer one.",
        )
    listed = _read_json(folder / "papers.json")
    grader_file = "grader.yaml"
    sources = {grader_file: read_text(folder / grader_file)}
    grader = parse_grader(sources[grader_file], str(folder / grader_file), described["grader"]["name"])
    questions = []
    for entry in described["questions"]:
        file = f"problems/{entry['problem']}.md"
        sources[file] = read_text(folder / file)
        problem = read_problem(sources[file], str(folder / file), entry["problem"])
        if problem.digest != entry["digest"]:
            raise QuizgenError(
                "was changed after the exam was made", where=str(folder / file), hint="Restore the copy."
            )
        questions.append(_read_question(folder, entry, problem, int(described["n"])))
    details = ("student", "paper")
    return Exam(
        title=described["title"],
        questions=tuple(questions),
        grader=grader,
        papers=tuple(
            Paper(p["student"], int(p["paper"]), {k: v for k, v in p.items() if k not in details})
            for p in listed["papers"]
        ),
        seed=described["seed"],
        has_roster=bool(listed["roster"]),
        sources=sources,
    )


def find_exam(near: Path) -> Path:
    """The exam folder: given itself, beside or above a file, or `exam/` in the current folder."""
    places = [near, near / "exam", near.parent, near.parent / "exam", Path("exam")]
    for place in places:
        if (place / "exam.json").is_file():
            return place
    raise QuizgenError(
        f"no exam found for {near}",
        hint="Make one with 'quizgen make', or name its folder with --exam.",
    )


def begin_folder(folder: Path) -> Path:
    """Open `NAME.partial` for a new folder; refuses to overwrite what is there."""
    if folder.exists():
        raise QuizgenError(
            f"{folder} exists already, and what was drawn is never overwritten",
            hint="Choose another folder with --out, or move this one away.",
        )
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise QuizgenError(f"{partial} cannot be made: {error.strerror}") from None
    return partial


def finish_folder(partial: Path, folder: Path) -> None:
    """Give a complete folder its name, after its files have reached the disk."""
    for file in partial.rglob("*"):
        if file.is_file() and file.suffix in (".json", ".npz", ".csv", ".txt"):
            _sync(file)
    partial.rename(folder)


def _described(exam: Exam) -> dict[str, Any]:
    """What exam.json says."""
    from quizgen import __version__

    return {
        "format": FORMAT,
        "id": exam.id,
        "code": exam.code,
        "title": exam.title,
        "n": exam.n,
        "seed": exam.seed,
        "quizgen": __version__,
        "numpy": np.__version__,
        "grader": {"name": exam.grader.name, "digest": exam.grader.digest},
        "questions": [
            {
                "name": question.name,
                "problem": question.problem.name,
                "digest": question.problem.digest,
                "points": {name: str(points) for name, points in question.points.items()},
                "waived": question.waived,
                "blocks": [_block_file(question.name, start) for start in range(0, question.n, BLOCK)],
            }
            for question in exam.questions
        ],
    }


def _block_file(question: str, start: int) -> str:
    return f"variants/{question}-{start // BLOCK:03d}.npz"


def _packed(question: Question, start: int) -> bytes:
    """A block of variants: draws and expected values, an array each; ragged ones flat with shapes and offsets."""
    rows = np.arange(start, min(question.n, start + BLOCK))
    arrays: dict[str, np.ndarray] = {}
    for kind, values in (("draw", question.params), ("expected", question.expected)):
        for name, value in values.items():
            part = value.take(rows)
            if part.uniform:
                arrays[f"{kind}.{name}"] = _plain_array(part.cells)
                continue
            columns = [part.column(i).ravel() for i in range(part.n)]
            arrays[f"{kind}.{name}.flat"] = np.concatenate(columns)
            arrays[f"{kind}.{name}.shape"] = np.ascontiguousarray(part.shape)
            arrays[f"{kind}.{name}.offset"] = np.cumsum([0, *(len(column) for column in columns)])
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)  # uncompressed: the same bytes with every zlib
    return buffer.getvalue()


def _plain_array(cells: np.ndarray) -> np.ndarray:
    """Numbers as doubles, texts as fixed-width texts; contiguous."""
    return np.ascontiguousarray(cells.astype(str) if cells.dtype.kind in "OU" else cells.astype(float))


def _read_question(folder: Path, entry: dict[str, Any], problem: Problem, n: int) -> Question:
    """Read the variants of a question and compare their expected values with today's."""
    blocks = []
    for file in entry["blocks"]:
        try:
            with np.load(folder / file, allow_pickle=False) as data:
                blocks.append(dict(data))
        except (OSError, ValueError, EOFError) as error:
            raise QuizgenError(f"cannot be read: {error}", where=str(folder / file)) from None
    params = {name: Value.joined([_value(block, f"draw.{name}") for block in blocks]) for name in problem.draws}
    answers = problem.answers
    expected = {a.name: Value.joined([_value(block, f"expected.{a.name}") for block in blocks]) for a in answers}
    question = Question(
        name=entry["name"],
        problem=problem,
        points={name: Fraction(points) for name, points in entry["points"].items()},
        params=params,
        expected=expected,
        waived=int(entry["waived"]),
    )
    if question.n != n:
        raise QuizgenError(f"{entry['name']} has {question.n} variants instead of {n}", where=str(folder))
    _verify(question, folder)
    return question


def _verify(question: Question, folder: Path) -> None:
    """Stop if a stored value differs from what the engine computes now."""
    truth = world(question.problem, question.params)
    for answer in question.problem.answers:
        stored, now = question.expected[answer.name], truth.value(answer.of, answer.axes)
        close = np.isclose(stored.cells, now.cells, rtol=AGREES, atol=1e-12, equal_nan=True)
        if not close.all():
            variant = int(np.flatnonzero(~close.reshape(-1, question.n).all(axis=0))[0]) + 1
            raise QuizgenError(
                f"{question.name}.{answer.name} of variant {variant} was stored with another value than computed now",
                where=str(folder),
                hint="Grade with the quizgen that made the exam, and report this.",
            )


def _value(block: Mapping[str, np.ndarray], name: str) -> Value:
    """One value of a block, dense again."""
    if name in block:
        return Value.dense(block[name])
    shape, offset, flat = (block[f"{name}.{part}"] for part in ("shape", "offset", "flat"))
    cells = np.full((*shape.max(axis=1), shape.shape[1]), np.nan)
    for i, sizes in enumerate(shape.T):
        cells[..., i][crop(sizes)] = flat[offset[i] : offset[i + 1]].reshape(sizes)
    return Value(cells, shape)


def _write_json(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")


def _read_json(path: Path) -> dict[str, Any]:
    """Read a file that quizgen wrote."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise QuizgenError(f"cannot be read: {error.strerror}", where=str(path)) from None
    except ValueError:
        raise QuizgenError("is damaged: it is no JSON", where=str(path), hint="Restore it from a copy.") from None
    if not isinstance(data, dict):
        raise QuizgenError("is damaged: it is no JSON object", where=str(path))
    return data


def _sync(file: Path) -> None:
    """Ask the system to put a file on the disk now."""
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
