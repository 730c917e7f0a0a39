"""What a student is told: own question, own answer, right answer, what became of it and why, the worked solution.

Here it is said; how it is written, as Markdown or as a page, stands in `feedback_markdown` and `feedback_page`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from quizgen.answers.agreement import agree
from quizgen.booklets import asked_text
from quizgen.exam.model import Exam, Question, heading_of
from quizgen.exam.tags import write_tag
from quizgen.grading import Graded, Part
from quizgen.marking.outcomes import OUTCOMES, RULES, Outcome, Rule
from quizgen.problem.grader import Grader
from quizgen.problem.model import Mistake
from quizgen.problem.translation import ENGLISH
from quizgen.render import fill
from quizgen.render.values import right_answers
from quizgen.render.words import words_of
from quizgen.world.worlds import world

TOGETHER = 256  # students whose texts are in memory at once
SHOWN_TEXT = 400  # characters of a typed text that are shown again
CORRECTED = "was corrected after the exam:"
UNASKED = "is not asked on your paper; what you wrote there waits for a person."


class Voice(Enum):
    """Who speaks: we do, somebody whose text must be made harmless, or a value that is shown as it is."""

    OURS = "ours"
    THEIRS = "theirs"
    VALUE = "value"


Spoken = tuple[Voice, str]


@dataclass(frozen=True)
class AnswerTold:
    """One answer: its points, what became of it, and sentences about it (the spaces between them included)."""

    name: str
    points: float
    worth: float
    outcome: str
    said: tuple[Spoken, ...]


@dataclass(frozen=True)
class QuestionTold:
    """One question: its text and worked solution as Markdown with the student's numbers, and the answers."""

    name: str
    title: str
    points: float
    worth: float
    text: str
    answers: tuple[AnswerTold, ...]
    solution: str
    corrected: tuple[str, ...] = ()  # why it was corrected after the exam


@dataclass(frozen=True)
class Feedback:
    """Everything that one student is told."""

    title: str
    student: str
    name: str
    paper: str
    points: float
    worth: float
    questions: tuple[QuestionTold, ...]
    unasked: tuple[str, ...] = ()  # questions that were answered though the paper does not ask them

    @property
    def carried(self) -> list[str]:
        """The answers that were judged right from own earlier figures."""
        answers = (answer for question in self.questions for answer in question.answers)
        return [answer.name for answer in answers if answer.outcome == Outcome.CARRIED]


def feedback(exam: Exam, grader: Grader, block: Graded) -> Iterator[Feedback]:
    """What every student of a block is told; nothing about anybody else."""
    held = {question.name: np.maximum(block.handins.variants_of(question), 1) for question in exam.questions}
    telling = [_Telling(part, grader, held[part.question.name]) for part in block.parts]
    totals, whole = block.total.rounded(grader.round_to), block.worth.floats
    worth = {question.name: block.worth_of(question.name).floats for question in exam.questions}
    points = {q.name: block.of_question(q.name).rounded(grader.round_to) for q in exam.questions}
    asked = {question.name: block.asks(question) for question in exam.questions}
    known = {paper.student: paper.details.get("name", "") for paper in exam.papers}
    students = block.handins.students.tolist()
    for start in range(0, block.handins.n, TOGETHER):
        papers = block.handins.papers[start : start + TOGETHER]
        some = slice(start, start + TOGETHER)
        texts = {question.name: _texts(grader, question, held[question.name][some]) for question in exam.questions}
        for place, row in enumerate(range(start, start + len(papers))):
            yield Feedback(
                title=exam.title,
                student=students[row],
                name=known.get(students[row], ""),
                paper=write_tag(exam.code, int(papers[place])) if papers[place] else "",
                points=totals[row],
                worth=whole[row],
                questions=tuple(
                    QuestionTold(
                        name=question.name,
                        title=question.problem.title,
                        points=points[question.name][row],
                        worth=worth[question.name][row],
                        text=texts[question.name][0][place],
                        answers=tuple(t.of(row) for t in telling if t.part.question is question),
                        solution=texts[question.name][1][place],
                        corrected=tuple(
                            correction.reason
                            for correction in exam.corrections
                            if correction.concerns(question.name, int(held[question.name][row]))
                        ),
                    )
                    for question in exam.questions
                    if asked[question.name][row]
                ),
                unasked=tuple(
                    question.name
                    for question in exam.questions
                    if not asked[question.name][row]
                    and any(p.waiting[row] for p in block.parts if p.question is question)
                ),
            )


def _texts(grader: Grader, question: Question, papers: np.ndarray) -> tuple[list[str], list[str]]:
    """The question's text and its worked solution, for each student's variant."""
    truth = world(question.problem, question.take(papers))
    places = {
        answer.name: asked_text(question, answer, grader, words_of(ENGLISH)) for answer in question.problem.answers
    }
    texts = fill(question.problem.question, question.problem, truth, places)
    return texts, fill(question.problem.solution, question.problem, truth, {})


@dataclass(frozen=True)
class _Row:
    """One student's answer: its marks, the right answer, and what the student's own figures lead to."""

    part: Part
    row: int
    expected: str
    own: str
    right: int  # of its cells
    cells: int

    @property
    def rule(self) -> Rule:
        """The rule that spoke."""
        return RULES[int(self.part.marked.rule[self.row])]

    def mistakes(self, *numbers: int) -> list[Mistake]:
        """Mistakes by number; -1 is none."""
        return [self.part.question.problem.named[number] for number in numbers if number >= 0]


class _Telling:
    """What is said about one answer: columns for all students of a block; numbers to the precision that was asked."""

    def __init__(self, part: Part, grader: Grader, papers: np.ndarray) -> None:
        self.part = part
        self.name = heading_of(part.question.name, part.answer.name)
        self.worth = part.worth.floats.tolist()
        self.points = np.round(part.points.floats, 4).tolist()
        asked = part.answer.ask or part.answer.tolerance(grader.tolerance)
        right = part.question.expected[part.answer.name].take(papers - 1)
        self.expected = right_answers(part.answer, replace(right, cells=asked.rounded(right.cells))).to_pylist()
        self.own = np.full(len(papers), "", dtype=object)
        mine = replace(part.marked.own, cells=asked.rounded(part.marked.own.cells))
        self.own[part.marked.own_rows] = right_answers(part.answer, mine).to_pylist()
        agreeing = agree(part.arrays.value, right, part.answer.tolerance(grader.tolerance)).cells
        self.right = agreeing.sum(axis=tuple(range(part.answer.axes)))
        self.cells = right.inside.sum(axis=tuple(range(right.axes)))
        self.how = part.arrays.how

    def of(self, row: int) -> AnswerTold:
        """What one student is told."""
        outcome = OUTCOMES[self.part.marked.outcome[row]]
        if self.part.answer.by_hand and outcome is not Outcome.VOID:
            told = "marked by hand" if outcome is Outcome.DECIDED else "not marked yet"
            return AnswerTold(self.name, self.points[row], self.worth[row], told, tuple(self._decided(row)))
        answer = _Row(self.part, row, self.expected[row], self.own[row], self.right[row], self.cells[row])
        decided = () if outcome is Outcome.VOID else self._decided(row)
        said = (*self._given(row), *decided, *_SAYS[outcome](answer), *self._staying(row))
        return AnswerTold(self.name, self.points[row], self.worth[row], str(outcome), said)

    def _decided(self, row: int) -> list[Spoken]:
        """What a person decided about the answer."""
        told = self.part.decision[row]
        return [_ours(" Decided: "), (Voice.THEIRS, told), _ours(".")] if told else []

    def _staying(self, row: int) -> list[Spoken]:
        """That it counts, though it counts for others no more."""
        stays = " It counts for you: you earned more here than in the rest of your paper."
        return [_ours(stays)] if self.part.staying[row] else []

    def _given(self, row: int) -> list[Spoken]:
        """What was typed, and how it was read where that is not plain."""
        given = " ".join(self.part.texts[row].strip()[:SHOWN_TEXT].split())
        if not given:
            return []
        how = [_ours(" ("), _theirs(str(self.how[row])), _ours(")")] if self.how[row] else []
        return [_ours(" You gave "), _value(given), *how, _ours(".")]


def _ours(text: str) -> Spoken:
    return Voice.OURS, text


def _theirs(text: str) -> Spoken:
    return Voice.THEIRS, text


def _value(text: str) -> Spoken:
    return Voice.VALUE, text


def _named(mistake: Mistake) -> list[Spoken]:
    return [_ours("“"), _theirs(mistake.title), _ours("”")]


def _right(answer: _Row) -> list[Spoken]:
    if answer.rule is Rule.TRUTH:
        return []
    return [_ours(" From unrounded figures it is "), _value(answer.expected), _ours(".")]


def _carried(answer: _Row) -> list[Spoken]:
    told = [_ours(" Right from your own earlier figures; without the earlier slip it would be ")]
    told += [_value(answer.expected), _ours(".")]
    if answer.rule is Rule.AGAIN:
        for mistake in answer.mistakes(answer.part.marked.note[answer.row]):
            told += [_ours(" "), *_named(mistake), _ours(" is in it again: charged before, it costs nothing here.")]
    return told


def _mistake(answer: _Row) -> list[Spoken]:
    told: list[Spoken] = []
    for mistake in answer.mistakes(answer.part.marked.note[answer.row], answer.part.marked.second[answer.row]):
        told.append(_ours(" And: this is what one gets by " if told else " This is what one gets by "))
        told += [*_named(mistake), _ours(": "), _theirs(mistake.says)]
    return [*told, *_truth(answer)]


def _partial(answer: _Row) -> list[Spoken]:
    return [_ours(f" {answer.right} of {answer.cells} cells are right."), *_wrong(answer)]


def _wrong(answer: _Row) -> list[Spoken]:
    told = _truth(answer)
    if answer.own and answer.own != answer.expected:
        told += [_ours(" From your own earlier figures it would be "), _value(answer.own), _ours(".")]
    if candidates := answer.mistakes(*answer.part.marked.candidates.get(answer.row, ())):
        for i, mistake in enumerate(candidates):
            told += [_ours(" or " if i else " It may come from "), *_named(mistake)]
        told.append(_ours("."))
    if answer.rule in (Rule.EASY, Rule.IMPOSSIBLE, Rule.CONSTANT):
        told.append(_ours(f" No credit is carried here: {answer.rule}."))
    return told


def _unread(answer: _Row) -> list[Spoken]:
    why = _theirs(str(answer.part.arrays.why[answer.row]))
    return [_ours(" It could not be read ("), why, _ours(") and waits for a person to look at it."), *_truth(answer)]


def _silent(answer: _Row) -> list[Spoken]:
    return _truth(answer) if answer.expected else []


def _void(answer: _Row) -> list[Spoken]:
    removed = answer.rule is Rule.VOID_REMOVED
    told = " It does not count, and your paper counts less." if removed else " It counts in full, whatever was written."
    return [_ours(told), *([] if answer.part.answer.by_hand else _silent(answer))]


def _truth(answer: _Row) -> list[Spoken]:
    return [_ours(" The right answer is "), _value(answer.expected), _ours(".")]


_SAYS: Mapping[Outcome, Callable[[_Row], list[Spoken]]] = {
    Outcome.CORRECT: _right,
    Outcome.CARRIED: _carried,
    Outcome.MISTAKE: _mistake,
    Outcome.PARTIAL: _partial,
    Outcome.WRONG: _wrong,
    Outcome.BLANK: _silent,
    Outcome.UNREADABLE: _unread,
    Outcome.NOT_ASKED: _silent,
    Outcome.DECIDED: _silent,
    Outcome.VOID: _void,
}
