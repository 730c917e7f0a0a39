"""What an amendment leaves that can no longer be told apart, in the variants that were drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quizgen.amending.voiding import variants_told
from quizgen.draw.tellapart import Sieve, Untold
from quizgen.errors import QuizgenError
from quizgen.exam.model import Exam, Question
from quizgen.world.worlds import world


def newly_untold(before: Exam, then: Exam, names: Sequence[str]) -> list[str]:
    """What was told apart in the exam's own variants and would not be any more, a line each."""
    lines = []
    for old, new in zip(before.questions, then.questions, strict=True):
        if new.name in names:
            known = {one.key: one.columns for one in _untold(old, before)}
            had = {mistake.note for mistake in old.problem.mistakes}
            for one in _untold(new, then):
                columns = one.columns & ~known.get(one.key, np.zeros(new.n, dtype=bool))
                if columns.any():
                    lines.append(_told_untold(one, columns, new, had))
    return list(dict.fromkeys(lines))


def _untold(question: Question, exam: Exam) -> list[Untold]:
    """Everything that is not told apart in a question's own variants; stops where there is no right answer."""
    for answer in question.problem.answers:
        value = question.expected[answer.name]
        plain = value.cells.dtype.kind == "f"
        fine = (np.isfinite(value.cells) | ~value.inside).all(axis=tuple(range(value.axes))) if plain else True
        if not np.all(fine):
            first = variants_told((np.flatnonzero(~fine) + 1).tolist())
            raise QuizgenError(f"{question.name}.{answer.name} would have no right answer in {first}")
    sieve = Sieve(question.problem, exam.grader.tolerance)
    return list(sieve.untold(world(question.problem, question.params)))


def _told_untold(one: Untold, columns: np.ndarray, question: Question, had: set[str]) -> str:
    can = "can no longer" if one.mistake in had and (one.other in had or not one.other) else "cannot"
    other = f"mistake '{one.other}'" if one.other else "the right answer"
    where = f"{question.name}.{one.answer} in {variants_told((np.flatnonzero(columns) + 1).tolist())}"
    return f"mistake '{one.mistake}' {can} be told from {other} at {where}"
