"""Marked sheets -> proposals that a student worked on another paper than the one on record, for a person to look at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from quizgen.answers.typed import STATES, State
from quizgen.exam.model import Exam, heading_of
from quizgen.grading import Graded, Part
from quizgen.language.tolerance import Tolerance
from quizgen.marking.misread import LEVEL, Evidence, Known, Misread, misread
from quizgen.marking.outcomes import Outcome
from quizgen.problem.grader import Grader
from quizgen.problem.model import Answer

_COMPARED = ("integer", "number", "vector", "matrix", "shape")  # kinds whose typed and right values are alike


Right = dict[str, Known]  # what is right in all variants, by the name of the answer


def misreads(
    exam: Exam, grader: Grader, block: Graded, students: int = 0, level: float = LEVEL, right: Right | None = None
) -> list[Misread]:
    """The proposals for a block of students; `row` counts within the block, `students` is how many there are in all.

    `right`: what `right_of` gives, where it is made once for many blocks.

    Where papers are copies of versions, versions are compared, and the first paper of another one is proposed. For
    review only: they change no mark and belong into no feedback and no gradebook.
    """
    papers = block.handins.papers
    right = right_of(exam, grader) if right is None else right
    evidence = [_evidence(grader, part, exam, right) for part in block.parts if part.answer.kind in _COMPARED]
    found = misread(exam.version_of[papers - 1], evidence, max(students, block.handins.n), level)
    numbers = exam.distinct.tolist()
    return [replace(one, own=int(papers[one.row]), variant=numbers[one.variant - 1]) for one in found]


def right_of(exam: Exam, grader: Grader) -> Right:
    """What is right in all variants of an exam, of all answers that are compared."""
    found = {}
    for question, answer in exam.fields():
        if answer.kind in _COMPARED:
            expected = question.expected[answer.name]
            expected = expected.take(exam.distinct - 1) if exam.versions else expected
            asks = None if question.asked is None else np.asarray(question.asks(exam.distinct))
            found[heading_of(question.name, answer.name)] = Known.of(expected, _asked(grader, answer), asks)
    return found


def _asked(grader: Grader, answer: Answer) -> Tolerance:
    """How an answer is rounded to be compared."""
    return answer.ask or answer.tolerance(grader.tolerance)


def _evidence(grader: Grader, part: Part, exam: Exam, right: Right) -> Evidence:
    """One answer, and who has it wrong for the own variant: read, and not right."""
    question, answer = part.question, part.answer
    read = (part.arrays.state == STATES.index(State.READ)) & part.asked
    expected = question.expected[answer.name]
    expected = expected.take(exam.distinct - 1) if exam.versions else expected
    name = heading_of(question.name, answer.name)
    asks = None if question.asked is None else np.asarray(question.asks(exam.distinct))
    return Evidence(
        name=name,
        question=question.name,
        typed=part.arrays.value,
        expected=expected,
        wrong=read & ~part.marked.has(Outcome.CORRECT) & ~part.marked.has(Outcome.VOID),
        asked=_asked(grader, answer),
        asks=asks,
        known=right[name],
    )
