"""Exam + what was handed in -> marks, in blocks of students: the unit that a machine or a cluster works on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quizgen.answers.reading import NOT_ASKED, UNREADABLE, Arrays, from_cells, read_numbers, together
from quizgen.answers.typed import Typed
from quizgen.answers.words import manner_of, read_answers
from quizgen.decisions import UNDECIDED, Decisions, Waiting, held_by, kept, points_of
from quizgen.exam.corrections import HOW, How, voided
from quizgen.exam.model import Exam, Question
from quizgen.marking.fold import Charged, decided, mark
from quizgen.marking.outcomes import Marked, Outcome, Rule
from quizgen.marking.shares import Shares
from quizgen.marking.trace import SILENCE, Traces
from quizgen.problem.grader import Grader
from quizgen.problem.model import Answer
from quizgen.submissions.decimals import MARKS, UNKNOWN, Decimals
from quizgen.submissions.handins import Handins
from quizgen.submissions.sheet import Column, blank_column

BLOCK = 32_768  # students marked together
NOT_LOWERED = "kept: a regrade lowers no mark"
_VOID = ((How.FULL, Fraction(1), Rule.VOID_FULL), (How.REMOVED, Fraction(0), Rule.VOID_REMOVED))


@dataclass(frozen=True)
class Part:
    """One answer of a block of students: what they typed, how it was read, and its marks.

    `decision`: of each student, what a person decided; empty if nobody did. `void`: codes of HOW for each student, None
    where nothing was declared void; `stays`: mask of those for whom it counts all the same, though it was removed.
    """

    question: Question
    answer: Answer
    texts: np.ndarray
    arrays: Arrays
    marked: Marked
    points: Shares
    decision: np.ndarray
    void: np.ndarray | None = None
    stays: np.ndarray | None = None

    @cached_property
    def removed(self) -> np.ndarray:
        """Mask of the students for whom it does not count."""
        return np.asarray(self._declared_removed & ~self.staying)

    @cached_property
    def staying(self) -> np.ndarray:
        """Mask of the students for whom it counts, though it was removed."""
        return np.asarray(self._declared_removed & (self.stays if self.stays is not None else True))

    @property
    def _declared_removed(self) -> np.ndarray:
        if self.void is None:
            return np.zeros(len(self.texts), dtype=bool)
        return np.asarray(self.void == HOW.index(How.REMOVED))

    @property
    def worth(self) -> Shares:
        """The points that each student could reach."""
        exact = self.question.points[self.answer.name]
        everybody = Shares.of(exact, len(self.texts))
        return everybody.put(self.removed, Shares.of(0, int(self.removed.sum()))) if self.removed.any() else everybody

    @cached_property
    def asked(self) -> np.ndarray:
        """Mask of the students whose papers ask it."""
        return np.asarray(self.arrays.state != NOT_ASKED)

    @cached_property
    def waiting(self) -> np.ndarray:
        """Mask of those that a person should look at: marked so, unreadable, or answered though it was not asked."""
        unread = self.arrays.state == UNREADABLE
        waits = self.marked.review | unread
        if not self.asked.all():
            waits = waits | (~self.asked & (self.arrays.why != ""))
        return np.asarray(waits & np.isin(self.decision, ("", NOT_LOWERED)))


@dataclass(frozen=True)
class Graded:
    """A block of students with all their answers marked, and their totals."""

    handins: Handins
    parts: tuple[Part, ...]
    total: Shares
    worth: Shares  # what each student's paper counts
    suspicious: tuple[int, ...] = ()  # rows of the students whose whole sheet waits for a person

    @property
    def waiting(self) -> np.ndarray:
        """How many answers, and sheets, of each student wait for a person."""
        counts = np.sum([part.waiting for part in self.parts], axis=0)
        counts[list(self.suspicious)] += 1
        return np.asarray(counts)

    def of_question(self, name: str) -> Shares:
        """The points of one question."""
        own = [part.points for part in self.parts if part.question.name == name]
        return sum(own[1:], own[0])

    def worth_of(self, name: str) -> Shares:
        """The points that each student could reach in one question."""
        own = [part.worth for part in self.parts if part.question.name == name]
        return sum(own[1:], own[0])

    def asks(self, question: Question) -> np.ndarray:
        """Mask of the students whose papers ask a question."""
        return self.handins.asks(question)


def grade(
    exam: Exam,
    grader: Grader,
    handins: Handins,
    decisions: Decisions = UNDECIDED,
    *,
    decimals: Decimals = UNKNOWN,
) -> Iterator[Graded]:
    """Mark everybody who handed in, block by block; what a person decided wins over the machine.

    `decimals`: the decimal marks of the files they stand in.
    """
    handins = handins.on_papers(decisions.papers(), copies=bool(exam.versions))
    for start in range(0, handins.n, BLOCK):
        block = handins.take(np.arange(start, min(handins.n, start + BLOCK))).loaded()
        yield grade_block(exam, grader, block, decisions, decimals=decimals)


def grade_block(
    exam: Exam,
    grader: Grader,
    handins: Handins,
    decisions: Decisions = UNDECIDED,
    *,
    decimals: Decimals = UNKNOWN,
    traces: Traces = MappingProxyType({}),
) -> Graded:
    """Mark some students' whole papers; a note charged in one question is not charged again in another.

    `traces`: of each question, what hears everything that is tried.
    """
    parts: list[Part] = []
    charged: Charged = {}
    commas = decimals.rows(handins)
    for question in exam.questions:
        params = question.take(_held(handins, question))
        answered = {a.name: _answered(handins, question, a, decisions, commas) for a in question.problem.answers}
        typed = {name: Typed(one.arrays.value, one.arrays.state) for name, one in answered.items()}
        before = charged if grader.charge == "once per paper" else {}
        heard = traces.get(question.name, SILENCE)
        marks, charged = mark(question.problem, grader, params, typed, before, heard)
        least = _least(handins, question, answered, decisions)
        voids, stays = _voided(exam, handins, question, least)
        for answer in question.problem.answers:
            worth, one = question.points[answer.name], answered[answer.name]
            marked = decided(answer, typed[answer.name], worth) if answer.by_hand else marks[answer.name]
            for decision, mask in one.held:
                if (given := points_of(decision)) is not None:
                    marked = marked.settled(mask, given / worth if worth else Fraction(0))
            void, told = voids.get(answer.name), one.decision
            for how, share, rule in _VOID if void is not None else ():
                concerned = np.asarray((void == HOW.index(how)) & ~(stays & (how == How.REMOVED)))
                marked, told[concerned] = marked.settled(concerned, share, Outcome.VOID, rule), str(rule)
            points = marked.credit.times(worth)
            for row, floor in least[answer.name].items():
                if not told[row] and points.floats[row] < min(floor, worth):
                    points = points.put(np.array([row]), Shares.of(min(floor, worth), 1))
                    told[row] = NOT_LOWERED
            parts.append(Part(question, answer, one.texts, one.arrays, marked, points, told, void, stays))
    total = sum((part.points for part in parts[1:]), parts[0].points)
    return Graded(handins, tuple(parts), total, _worth(exam, parts, handins.n))


_Floors = Mapping[str, Mapping[int, Fraction]]  # answer -> row of a student -> points that it keeps


def _least(
    handins: Handins, question: Question, answered: Mapping[str, _Answered], decisions: Decisions
) -> dict[str, dict[int, Fraction]]:
    """The floors of a question's answers."""
    texts = [one.texts for one in answered.values()]
    floors = {name: decisions.floors.get((question.name, name), {}) for name in answered}
    return {name: kept(own, handins.students, handins.papers, texts) for name, own in floors.items()}


def _voided(
    exam: Exam, handins: Handins, question: Question, least: _Floors
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The answers of a question of which something is void: codes of HOW for each student; and a mask of students.

    For these, what is removed stays: they have a floor in it, since it earned them more than the rest of the paper.
    """
    stays = np.zeros(handins.n, dtype=bool)
    if not any(void.question == question.name for void in exam.voids):
        return {}, stays
    variants, asked, removed = handins.variants_of(question), handins.asks(question), HOW.index(How.REMOVED)
    codes = {name: voided(exam.voids, question.name, name, variants) * asked for name in least}
    for name, floors in least.items():
        stays[[row for row, points in floors.items() if points and codes[name][row] == removed]] = True
    return {name: own for name, own in codes.items() if own.any()}, stays


def _worth(exam: Exam, parts: Sequence[Part], n: int) -> Shares:
    """What each student's paper counts: the exam's points without those of removed answers."""
    worth = Shares.of(exam.total, n)
    for part in parts:
        if part.removed.any():
            rows, less = part.removed, -part.question.points[part.answer.name]
            worth = worth.put(rows, worth.take(rows) + Shares.of(less, int(rows.sum())))
    return worth


def _held(handins: Handins, question: Question) -> np.ndarray:
    """The variant that each student is marked against; any one will do where the question was not asked."""
    return np.asarray(np.maximum(handins.variants_of(question), 1))


@dataclass(frozen=True)
class _Answered:
    """What some students typed for an answer, how it is read, and the decisions about it, each with its students."""

    texts: np.ndarray
    arrays: Arrays
    held: list[tuple[Waiting, np.ndarray]]

    @property
    def decision(self) -> np.ndarray:
        """Of each student, what was decided, in words."""
        told = np.full(len(self.texts), "", dtype=object)
        for decision, mask in self.held:
            told[mask] = decision.told
        return told


def _answered(
    handins: Handins, question: Question, answer: Answer, decisions: Decisions, commas: np.ndarray
) -> _Answered:
    """Read an answer; where a person decided how, as decided. `commas`: the decimal mark of each row, as in `_read`."""
    texts = _texts(handins, question, answer)
    arrays = _read(handins, question, answer, commas).without(~handins.asks(question))
    held = []
    about = decisions.of(question.name, answer.name)
    for decision, mask in zip(about, held_by(about, handins.sheets, texts), strict=True):
        if decision.read_as:
            rows = np.flatnonzero(mask & (arrays.state != NOT_ASKED))
            expected = question.expected[answer.name].take(_held(handins, question)[rows] - 1)
            read = read_answers(answer, pa.array([decision.read_as] * len(rows), pa.string()), expected.shape)
            arrays = arrays.put(rows, read)
            if not decision.points:
                mask[rows] &= read.state != UNREADABLE  # what cannot be read after all still waits
        if mask.any():
            held.append((decision, mask))
    return _Answered(texts, arrays, held)


def _columns(handins: Handins, question: Question, answer: Answer) -> dict[Column, pa.Array]:
    """The columns that hold an answer: one whole, or one per cell."""
    return {c: texts for c, texts in handins.texts.items() if c[:2] == (question.name, answer.name)}


def _read(handins: Handins, question: Question, answer: Answer, decimals: np.ndarray) -> Arrays:
    """Read an answer, the rows of each decimal mark by themselves; `decimals`: its number in MARKS, for each row."""
    present = np.unique(decimals).tolist() or [0]
    if len(present) == 1:
        return _read_alike(handins, question, answer, MARKS[present[0]])
    rows = [np.flatnonzero(decimals == code) for code in present]
    parts = [
        _read_alike(handins.take(own), question, answer, MARKS[code]) for own, code in zip(rows, present, strict=True)
    ]
    return together(parts).take(np.argsort(np.concatenate(rows)))


def _read_alike(handins: Handins, question: Question, answer: Answer, decimal: str) -> Arrays:
    """Read an answer: whole where it was typed whole, else by cells, in the shape of the student's own variant."""
    columns = _columns(handins, question, answer)
    expected = question.expected[answer.name].take(_held(handins, question) - 1)
    whole = columns.pop((question.name, answer.name, ()), None)
    if whole is None and not columns:
        whole = blank_column(handins.n)
    typed_whole = None if whole is None else read_answers(answer, whole, expected.shape, decimal)
    if not columns:
        assert typed_whole is not None
        return typed_whole.within(0, float(question.points[answer.name])) if answer.by_hand else typed_whole
    manner = manner_of(answer, decimal)
    blank = read_numbers(blank_column(handins.n), manner)
    reads = []
    for cell in product(*(range(1, size + 1) for size in expected.largest)):
        column = columns.get((question.name, answer.name, cell))
        reads.append(blank if column is None else read_numbers(column, manner))
    by_cells = from_cells(reads, expected.shape, expected.largest)
    return by_cells if typed_whole is None else typed_whole.where_read(by_cells)


def _texts(handins: Handins, question: Question, answer: Answer) -> np.ndarray:
    """What was typed, as one text per student: whole, or its cells joined row by row."""
    columns = _columns(handins, question, answer)
    whole = columns.pop((question.name, answer.name, ()), None)
    texts = blank_column(handins.n) if whole is None else whole
    if columns:
        cells = _cells_joined(columns)
        texts = cells if whole is None else pc.if_else(pc.equal(whole, ""), cells, whole)
    return np.asarray(texts.to_numpy(zero_copy_only=False), dtype=object)


def _cells_joined(columns: Mapping[Column, pa.Array]) -> pa.Array:
    """The cells of an answer as one text for each student, row by row; nothing where all are blank."""
    parts: list[pa.Array | str] = []
    previous: tuple[int, ...] = ()
    for (_, _, cell), typed in sorted(columns.items()):
        parts += ["; " if cell[:-1] != previous[:-1] else " ", typed] if parts else [typed]
        previous = cell
    filled = pc.binary_length(pc.binary_join_element_wise(*columns.values(), ""))
    return pc.if_else(pc.equal(filled, 0), "", pc.binary_join_element_wise(*parts, ""))
