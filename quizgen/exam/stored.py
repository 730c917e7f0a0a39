"""An exam on disk: `exam.json`, papers, variants in columns, copies of problems and grader; proven when it is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, TypeVar

import numpy as np
from pydantic import BaseModel, Field, ValidationError

from quizgen import __version__
from quizgen.bank.blueprint import Minutes, Pick
from quizgen.bank.cut import Cut, cut_problem
from quizgen.bank.folders import parse_grader, read_text
from quizgen.bank.problemfile import digest_of
from quizgen.bank.translated import Written, file_of, read_in_all_languages, written_of
from quizgen.errors import QuizgenError
from quizgen.exam.blocks import blocks_of, unpacked, write_variants
from quizgen.exam.model import Exam, Paper, Question
from quizgen.problem.grader import Points
from quizgen.problem.model import Problem
from quizgen.problem.translation import ENGLISH
from quizgen.world.values import Value
from quizgen.world.worlds import world

FORMAT = 1
_RESTORE = "Restore the folder from a copy."
VERIFIED = 8_192  # variants computed anew together: more do not fit where a processor reads fast
AGREES = 1e-9  # relative; a stored value that differs by more from today's engine stops grading


class _GraderEntry(BaseModel):
    name: str
    digest: str


class _QuestionEntry(BaseModel):
    name: str
    problem: str
    digest: str
    translations: dict[str, str] = {}  # language -> digest
    cut: Cut = Cut()
    points: dict[str, Points]
    minutes: Minutes | None = None
    working: float = 0.0
    waived: int
    picked: bool = False
    blocks: Annotated[list[str], Field(min_length=1)]


class _ExamFile(BaseModel):
    id: str
    title: str
    n: int
    seed: str | None
    minutes: Minutes | None = None
    date: str = ""
    aids: tuple[str, ...] = ()
    language: str = ENGLISH
    grader: _GraderEntry
    picks: list[Pick] = []
    versions: tuple[int, ...] = ()
    not_in: tuple[str, ...] = ()
    block: Annotated[int, Field(ge=0)] = 0
    questions: Annotated[list[_QuestionEntry], Field(min_length=1)]


class PapersFile(BaseModel):
    """Who holds which paper."""

    roster: bool
    papers: list[Paper]


def write_exam(exam: Exam, folder: Path) -> None:
    """Write everything that grading needs into a folder (which must exist)."""
    write_variants(exam.questions, folder)
    write_description(exam, folder, exam.papers)


def write_description(exam: Exam, folder: Path, papers: Iterable[Paper]) -> None:
    """Write everything that grading needs but the variants; nothing else of an exam's papers is looked at."""
    for file, text in exam.sources.items():
        place = folder / file
        place.parent.mkdir(exist_ok=True)
        place.write_text(text, encoding="utf-8", newline="\n")
    write_papers(folder / "papers.json", papers, roster=exam.has_roster)
    write_json(folder / "exam.json", _described(exam))


def write_papers(place: Path, papers: Iterable[Paper], *, roster: bool) -> None:
    """Write who holds which paper, one after the other, as `write_json` writes it."""
    with place.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'{{\n "roster": {json.dumps(roster)},\n "papers": [')
        between = "\n"
        for paper in papers:
            text = json.dumps(listed([paper])[0], indent=1, ensure_ascii=False) if paper.details else _plain(paper)
            file.write(between + "  " + text.replace("\n", "\n  "))
            between = ",\n"
        file.write("]\n}\n" if between == "\n" else "\n ]\n}\n")


def _plain(paper: Paper) -> str:
    """A paper without details as JSON; of these there may be a million."""
    student = json.dumps(paper.student, ensure_ascii=False)
    return f'{{\n "student": {student},\n "paper": {paper.number},\n "details": {{}}\n}}'


def listed(papers: Sequence[Paper]) -> list[dict[str, Any]]:
    """Papers and who holds them, as files say it."""
    return [{"student": paper.student, "paper": paper.number, "details": dict(paper.details)} for paper in papers]


Wanted = Callable[[Exam], Sequence[int]]  # the numbers of the papers that are needed, from an exam without variants


def drawn_exam(folder: Path, wanted: Wanted | None = None) -> Exam:
    """An exam as it was drawn; stops if the engine no longer gives the values that were stored when it was made.

    `wanted`: of a large exam, hold the blocks alone in which these papers are, if all of its blocks prove its id.
    """
    described = read_described(folder / "exam.json", _ExamFile)
    papers = read_described(folder / "papers.json", PapersFile)
    sources = {"grader.yaml": read_text(folder / "grader.yaml")}
    grader = parse_grader(sources["grader.yaml"], str(folder / "grader.yaml"), described.grader.name)
    _refuse_changed(grader.digest, described.grader.digest, folder / "grader.yaml")
    questions = []
    problems: dict[tuple[str, ...], Problem] = {}  # one may be asked several times
    for entry in described.questions:
        problem = _read_problem(folder, entry, problems)
        sources |= problem_sources(problem)
        cut = cut_problem(problem, entry.cut, grader.tolerance)
        question = Question(
            name=entry.name,
            problem=cut,
            points=entry.points,
            params={},
            expected={},
            waived=entry.waived,
            cut=entry.cut,
            minutes=entry.minutes,
            working=entry.working,
        )
        questions.append(question)
    exam = Exam(
        title=described.title,
        questions=tuple(questions),
        grader=grader,
        papers=tuple(papers.papers),
        seed=described.seed,
        has_roster=papers.roster,
        sources=sources,
        picks=tuple(described.picks),
        minutes=described.minutes,
        date=described.date,
        aids=described.aids,
        language=described.language,
        versions=described.versions,
        not_in=described.not_in,
        block=described.block,
        size=described.n,
        identity=described.id,
    )
    if wanted and 0 < described.block < described.n and not described.versions:
        some = _some_blocks(exam, folder, described, wanted(exam))
        if some is not None:
            return some
    exam = replace(
        exam,
        questions=tuple(
            with_variants(question, folder, described.n, entry.blocks, picked=entry.picked)
            for question, entry in zip(questions, described.questions, strict=True)
        ),
        size=None,
        identity="",
    )
    _check_picks(exam, folder)
    check_versions(exam, folder)
    if exam.id != described.id:
        raise QuizgenError("is no longer what was drawn", where=str(folder), hint=_RESTORE)
    return exam


def problem_sources(problem: Problem) -> dict[str, str]:
    """The copies of a problem's files that an exam keeps, in all its languages: file in the exam folder -> text."""
    written = written_of(problem)
    return {f"problems/{file_of(problem.name, code)}": source.text for code, source in written.items()}


def _read_problem(folder: Path, entry: _QuestionEntry, known: dict[tuple[str, ...], Problem]) -> Problem:
    """A problem from its copies, unless one of them was changed; compiled once and put to those that are known."""
    written: dict[str, Written] = {}
    for code, digest in {"": entry.digest, **entry.translations}.items():
        path = folder / "problems" / file_of(entry.problem, code)
        written[code] = Written(read_text(path), str(path))
        _refuse_changed(digest_of(written[code].text), digest, path)
    name = (entry.problem, *written)
    if name not in known:
        known[name] = read_in_all_languages(entry.problem, written, tried=True)
    return known[name]


def title_of(folder: Path) -> str:
    """The title of an exam, without reading all of it."""
    return read_described(folder / "exam.json", _ExamFile).title


def id_of(folder: Path) -> str:
    """The id of an exam, without reading all of it."""
    return read_described(folder / "exam.json", _ExamFile).id


def _described(exam: Exam) -> dict[str, Any]:
    """What exam.json says."""
    return {
        "format": FORMAT,
        "id": exam.id,
        "code": exam.code,
        "title": exam.title,
        "n": exam.n,
        "seed": exam.seed,
        "minutes": exam.minutes and str(exam.minutes),
        "date": exam.date,
        "aids": list(exam.aids),
        "language": exam.language,
        "quizgen": __version__,
        "numpy": np.__version__,
        "grader": {"name": exam.grader.name, "digest": exam.grader.digest},
        "picks": [pick.model_dump() for pick in exam.picks],
        **({"versions": list(exam.versions)} if exam.versions else {}),
        **({"not_in": list(exam.not_in)} if exam.not_in else {}),
        **({"block": exam.block} if exam.block else {}),
        "questions": [
            {
                "name": question.name,
                "problem": question.problem.name,
                "digest": question.problem.digest,
                "translations": {code: one.digest for code, one in question.problem.wordings.items()},
                "cut": question.cut.model_dump(),
                "points": {name: str(points) for name, points in question.points.items()},
                "minutes": question.minutes and str(question.minutes),
                "working": question.working,
                "waived": question.waived,
                "picked": question.asked is not None,
                "blocks": blocks_of(question.name, exam.n),
            }
            for question in exam.questions
        ],
    }


def _some_blocks(exam: Exam, folder: Path, described: _ExamFile, numbers: Sequence[int]) -> Exam | None:
    """A large exam with the variants of some papers, and others near them; None if its blocks do not prove its id.

    Of all other blocks no more is read than what the id is made from, one after the other.
    """
    first, last = ((number - 1) // exam.block for number in (min(numbers), max(numbers)))
    questions = []
    proofs: dict[str, list[bytes]] = {}
    for question, entry in zip(exam.questions, described.questions, strict=True):
        held, proofs[question.name] = [], []
        for number, block in enumerate(entry.blocks):
            near = first <= number <= last
            part = unpacked(question, folder / block, picked=entry.picked, solved=near)
            proofs[question.name].append(part.proof)
            held += [part] if near else []
        some = replace(_joined(question, held, picked=entry.picked), before=first * exam.block)
        _verify(some, some.before + 1, folder)
        questions.append(some)
    if exam.identified(proofs) != described.id:
        return None
    exam = replace(exam, questions=tuple(questions))
    _check_picks(exam, folder)
    return exam


def with_variants(question: Question, folder: Path, n: int, blocks: Sequence[str], *, picked: bool) -> Question:
    """A question with the n variants that blocks in a folder hold; their right answers are compared with today's.

    `picked`: whether only some papers ask it.
    """
    parts = [unpacked(question, path, picked=picked) for path in (folder / block for block in blocks)]
    question = _joined(question, parts, picked=picked)
    if question.asked is not None and question.asked.shape != (n,):
        raise QuizgenError(f"{question.name} does not say which papers ask it", where=str(folder))
    if question.n != n:
        raise QuizgenError(f"{question.name} has {question.n} variants instead of {n}", where=str(folder))
    for first in range(1, n + 1, VERIFIED):
        _verify(question.some(first, min(n, first + VERIFIED - 1)) if n > VERIFIED else question, first, folder)
    return question


def _joined(question: Question, parts: Sequence[Question], *, picked: bool) -> Question:
    """A question with the variants of several blocks."""
    return replace(
        question,
        params={name: Value.joined([part.params[name] for part in parts]) for name in question.problem.draws},
        expected={a.name: Value.joined([part.expected[a.name] for part in parts]) for a in question.problem.answers},
        asked=np.concatenate([part.asked for part in parts if part.asked is not None]) if picked else None,
    )


def _check_picks(exam: Exam, folder: Path) -> None:
    """Stop if the choices are not those that the papers were made by."""
    picked = {question.name: question.asked for question in exam.questions if question.asked is not None}
    named = [name for pick in exam.picks for name in pick.questions]
    sound = sorted(named) == sorted(picked) and all(
        (np.sum([picked[name] for name in pick.questions], axis=0) == pick.count).all() for pick in exam.picks
    )
    if not sound:
        raise QuizgenError("does not say which questions its papers ask", where=str(folder), hint=_RESTORE)


def check_versions(exam: Exam, folder: Path) -> None:
    """Stop if papers that should be copies of one version are not."""
    if not exam.versions:
        return
    sound = len(exam.versions) == exam.n
    copied = exam.distinct[exam.version_of - 1] if sound else exam.distinct
    if not sound or any(question.copied(copied).drawn != question.drawn for question in exam.questions):
        raise QuizgenError("does not say which version each paper is", where=str(folder), hint=_RESTORE)


def _verify(question: Question, first: int, folder: Path) -> None:
    """Stop if a stored value differs from what the engine computes now; `first`: the number of the first variant."""
    truth = world(question.problem, question.params)
    for answer in question.problem.answers:
        stored, now = question.expected[answer.name], truth.value(answer.of, answer.step_axes)
        if stored.largest != now.largest:
            raise QuizgenError(
                f"{question.name}.{answer.name} was stored with another shape than computed now",
                where=str(folder),
                hint="Grade with the quizgen that made the exam, and report this.",
            )
        if np.array_equal(stored.cells, now.cells):
            continue
        close = np.isclose(stored.cells, now.cells, rtol=AGREES, atol=1e-12, equal_nan=True)
        if not close.all():
            variant = int(np.flatnonzero(~close.reshape(-1, question.n).all(axis=0))[0]) + first
            raise QuizgenError(
                f"{question.name}.{answer.name} of variant {variant} was stored with another value than computed now",
                where=str(folder),
                hint="Grade with the quizgen that made the exam, and report this.",
            )


def write_json(path: Path, data: Any) -> None:
    """Write what `read_described` reads."""
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")


_Described = TypeVar("_Described", bound=BaseModel)


def read_described(path: Path, model: type[_Described]) -> _Described:
    """Read a file that quizgen wrote; a newer format is refused before anything else is looked at."""
    try:
        text = path.read_bytes()
        if b'"format"' not in text and (known := _at_once(text, model)) is not None:
            return known
        data = json.loads(text.decode("utf-8"))
    except OSError as error:
        raise QuizgenError(f"cannot be read: {error.strerror}", where=str(path)) from None
    except ValueError:
        raise QuizgenError("is damaged: it is no JSON", where=str(path), hint="Restore it from a copy.") from None
    if not isinstance(data, dict):
        raise QuizgenError("is damaged: it is no JSON object", where=str(path), hint="Restore it from a copy.")
    if data.get("format", FORMAT) != FORMAT:
        raise QuizgenError(
            f"this exam has format {data['format']}; this quizgen reads format {FORMAT}",
            where=str(path),
            hint="Use the quizgen that made it, or a newer one.",
        )
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        what = f"is damaged: {place}: {first['msg'].lower()}"
        raise QuizgenError(what, where=str(path), hint="Restore it from a copy.") from None


def _at_once(text: bytes, model: type[_Described]) -> _Described | None:
    """What a file describes, parsed and checked in one go, which is faster; None where something is wrong with it."""
    try:
        return model.model_validate_json(text)
    except ValidationError:
        return None


def _refuse_changed(digest: str, stored: str, path: Path) -> None:
    """Stop if a frozen copy is no longer what it was."""
    if digest != stored:
        raise QuizgenError("was changed after the exam was made", where=str(path), hint="Restore the copy.")
