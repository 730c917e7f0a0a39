"""The marks of an exam -> all figures that its report speaks of, exact; what may be shown is decided later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from quizgen.exam.model import Exam, Question, heading_of
from quizgen.marking.outcomes import OUTCOMES, Outcome
from quizgen.render.values import texts_of
from quizgen.report.disclosure import SMALLEST
from quizgen.report.fairness import Groups, grouped, holm
from quizgen.report.gathered import Gathered
from quizgen.report.statistics import (
    Distribution,
    counts,
    discrimination,
    distribution,
    facility,
    reliability,
    standard_error,
)
from quizgen.world.values import Value

ENOUGH = 10  # answers per variant, on average, for variants to be compared one by one
LEVEL = 0.05  # how probable a false alarm may be, in the whole exam
REST = "all others"  # groups too small to stand alone, together


@dataclass(frozen=True)
class Items:
    """Figures of the questions, an array of (questions,) each; `asked` counts students."""

    asked: np.ndarray
    facility: np.ndarray
    discrimination: np.ndarray
    alpha_without: np.ndarray


@dataclass(frozen=True)
class MadeMistake:
    """A mistake that students made: how many, in which answers, and what its author says about it."""

    note: str
    title: str
    says: str
    students: int
    answers: Mapping[str, int]  # Q3.conv -> students


@dataclass(frozen=True)
class Compared:
    """A question's groups of students: by `variant`, by `structure`, or none where nothing can be told.

    `by`: "variant", "structure" or ""; `draws`: the names that make the structure; `answers`: per variant on average;
    `of`: the group of each student, -1 who was not asked; `raised`: p after Holm's correction over the whole exam.
    """

    question: Question
    by: str
    draws: tuple[str, ...]
    answers: float
    of: np.ndarray
    groups: Groups | None
    raised: np.ndarray

    @property
    def flagged(self) -> np.ndarray:
        """Mask of the groups that were harder than chance allows."""
        return np.asarray(self.raised < LEVEL)


@dataclass(frozen=True)
class Findings:
    """Everything that was found out about an exam and those who sat it."""

    exam: Exam
    n: int
    absent: int
    total: float  # points of a paper: the most that one counts
    totals: np.ndarray  # of everybody, as if all papers counted so much
    scores: Distribution
    alpha: float
    error: float
    items: Items
    outcomes: Mapping[str, np.ndarray]  # Q3.conv -> count of each of OUTCOMES
    mistakes: Sequence[MadeMistake]  # the commonest first
    compared: Sequence[Compared]
    waiting: Mapping[str, int]  # reason -> answers


def find(exam: Exam, gathered: Gathered, absent: int) -> Findings:
    """Compute all figures of an exam; `absent`: how many of the roster are absent or excused."""
    points = gathered.points.astype(float).reshape(gathered.n, len(exam.questions))
    total, totals = _scaled(exam, gathered)
    scores = distribution(totals)
    whole, without = reliability(points)
    maxima = np.array([float(question.total) for question in exam.questions])
    items = Items((~np.isnan(points)).sum(axis=0), facility(points, maxima), discrimination(points), without)
    names = [heading_of(question.name, answer.name) for question, answer in exam.fields()]
    codes = gathered.outcomes.reshape(gathered.n, len(names))
    return Findings(
        exam=exam,
        n=gathered.n,
        absent=absent,
        total=total,
        totals=totals,
        scores=scores,
        alpha=whole,
        error=standard_error(scores.sd, whole),
        items=items,
        outcomes=dict(zip(names, counts(codes, len(OUTCOMES)), strict=True)),
        mistakes=_mistakes(exam, gathered),
        compared=_corrected([_compared(exam, gathered.papers, points, i) for i in range(len(exam.questions))]),
        waiting={reason: count for reason, count in gathered.waiting.items() if count},
    )


def classes(question: Question) -> tuple[tuple[str, ...], np.ndarray]:
    """The structural draws that differ between variants, and each variant's structure as a text, (variants,)."""
    texts = {name: _texts(question.params[name]) for name in question.problem.structural}
    drawn = {name: column for name, column in texts.items() if len(np.unique(column)) > 1}
    return tuple(drawn), _labels(drawn, question.n)


def structures(question: Question) -> np.ndarray:
    """Each variant's structure as a text that means the same in every exam, (variants,)."""
    return _labels({name: _texts(question.params[name]) for name in question.problem.structural}, question.n)


def _labels(texts: Mapping[str, np.ndarray], n: int) -> np.ndarray:
    labels: np.ndarray = np.full(n, "", dtype=object)
    for i, (name, column) in enumerate(texts.items()):
        labels = labels + (", " if i else "") + f"{name} " + column
    return labels


def _mistakes(exam: Exam, gathered: Gathered) -> list[MadeMistake]:
    """Every note with the students who made it at least once, the commonest first."""
    who: dict[str, np.ndarray] = {}
    where: dict[str, dict[str, int]] = {}
    told: dict[str, tuple[str, str]] = {}
    made = gathered.outcomes == OUTCOMES.index(Outcome.MISTAKE)
    for i, (question, answer) in enumerate(exam.fields() if gathered.n else ()):
        rows = np.flatnonzero(made[:, i])
        notes = gathered.notes[rows, i]
        for number in np.unique(notes[notes >= 0]).tolist():
            mistake = question.problem.named[number]
            makers = rows[(notes == number).any(axis=1)]
            who.setdefault(mistake.note, np.zeros(gathered.n, dtype=bool))[makers] = True
            places = where.setdefault(mistake.note, {})
            name = heading_of(question.name, answer.name)
            places[name] = places.get(name, 0) + len(makers)
            told.setdefault(mistake.note, (mistake.title, mistake.says))
    found = [MadeMistake(note, *told[note], int(mask.sum()), where[note]) for note, mask in who.items()]
    return sorted(found, key=lambda mistake: (-mistake.students, mistake.note))


def _compared(exam: Exam, papers: np.ndarray, points: np.ndarray, i: int) -> Compared:
    """Compare the variants of a question, or their structures where variants have too few answers."""
    question = exam.questions[i]
    rows = np.flatnonzero(~np.isnan(points[:, i]))
    variants = papers[rows] - 1
    held = exam.version_of[variants]
    answers = len(rows) / max(1, len(np.unique(held)))
    draws, structures = classes(question)
    if answers >= ENOUGH:
        by = "variant"
        present, codes = np.unique(held, return_inverse=True)
        called = "version {}" if exam.versions else "variant {:03}"
        names = np.array([called.format(number) for number in present.tolist()], dtype=object)
    else:
        by = "structure"
        names, of_variant = np.unique(structures, return_inverse=True)
        codes = of_variant[variants]
    labels, codes = _large_enough(names, codes)
    everybody = np.full(len(papers), -1, dtype=np.int64)
    if len(labels) < 2 or not question.total:
        return Compared(question, "", draws, answers, everybody, None, np.zeros(0))
    others = _others(exam, points[rows], i)
    rest = (np.nansum(points[rows], axis=1) - points[rows, i]) / others
    groups = grouped(points[rows, i] / float(question.total), rest, labels, codes)
    everybody[rows] = codes
    return Compared(question, by, draws, answers, everybody, groups, groups.p)


def _scaled(exam: Exam, gathered: Gathered) -> tuple[float, np.ndarray]:
    """The most that a paper counts, and the points of everybody, (students,), as if all papers counted so much."""
    if not exam.voids or not gathered.n:
        return float(exam.total), gathered.totals
    most = float(gathered.worths.max())
    return most, gathered.totals * (most / np.maximum(gathered.worths, 1e-9))


def _others(exam: Exam, points: np.ndarray, i: int) -> float | np.ndarray:
    """What the other questions of a paper are worth to whom they count; `points` (students, questions), as gathered."""
    if not exam.voids:
        return max(float(exam.total - exam.questions[i].total), 1e-9)
    maxima = np.array([float(question.total) for question in exam.questions])
    maxima[i] = 0
    return np.asarray(np.maximum(np.where(np.isnan(points), 0, maxima).sum(axis=1), 1e-9))


def _large_enough(names: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Groups of five and more: smaller ones go together, with the next larger one if need be.

    `names` (groups,), `codes` (students,); gives both for the groups that are left, each with somebody in it.
    """
    number = np.bincount(codes, minlength=len(names))
    alone = number >= SMALLEST
    if 0 < number[~alone].sum() < SMALLEST and alone.any():
        alone[np.flatnonzero(alone)[np.argmin(number[alone])]] = False
    joined = bool(number[~alone].sum())
    new = np.where(alone, np.cumsum(alone) - 1, int(alone.sum()))
    labels = np.append(names[alone], [REST] if joined else np.zeros(0, dtype=object))
    return labels, new[codes]


def _corrected(compared: list[Compared]) -> list[Compared]:
    """The same with the chances of all groups of all questions corrected together."""
    raised = holm(np.concatenate([np.zeros(0), *(one.raised for one in compared)]))
    ends = np.cumsum([len(one.raised) for one in compared])
    parts = np.split(raised, ends[:-1]) if compared else []
    return [
        Compared(one.question, one.by, one.draws, one.answers, one.of, one.groups, part)
        for one, part in zip(compared, parts, strict=True)
    ]


def _texts(value: Value) -> np.ndarray:
    """A draw of each variant as a text, (variants,)."""
    if value.cells.dtype.kind in "OUS":
        texts = value.cells.reshape(-1, value.n).astype(str)
        return np.array([" ".join(column) for column in texts.T.tolist()], dtype=object)
    return np.asarray(texts_of(value).to_numpy(zero_copy_only=False), dtype=object)
