"""What a person asks to be amended, and the question and answers that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from quizgen.errors import QuizgenError, did_you_mean
from quizgen.exam.model import Exam, Question
from quizgen.problem.model import Answer


@dataclass(frozen=True)
class Request:
    """What a person asks for, about one question.

    `problems`: whole corrected texts by language ("" for the original); `accepted`, `within`: answer -> formula,
    tolerance; `mistakes`: YAML as in a problem file, `id: {...}`; `void`: full, removed, none, or nothing; `variants`:
    numbers or tags, none for all.
    """

    question: str
    reason: str
    problems: Mapping[str, str] = field(default_factory=dict)
    accepted: Mapping[str, str] = field(default_factory=dict)
    says: str = ""
    mistakes: tuple[str, ...] = ()
    within: Mapping[str, str] = field(default_factory=dict)
    void: str = ""
    answers: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    anyway: bool = False


def question_of(exam: Exam, name: str) -> Question:
    """A question by its name: Q3, q3 or 3."""
    wanted = f"Q{name}" if name.isdecimal() else name.upper()
    known = {question.name: question for question in exam.questions}
    if wanted not in known:
        hint = did_you_mean(wanted, known) or f"It has {', '.join(known)}."
        raise QuizgenError(f"this exam has no question '{name[:40]}'", hint=hint)
    return known[wanted]


def answer_of(question: Question, name: str) -> Answer:
    """An answer of a question by its name: conv or Q3.conv."""
    known = {answer.name: answer for answer in question.problem.answers}
    wanted = name.removeprefix(f"{question.name}.")
    if wanted not in known:
        hint = did_you_mean(wanted, known) or f"It asks: {', '.join(known)}."
        raise QuizgenError(f"{question.name} asks for no '{wanted[:40]}'", hint=hint)
    return known[wanted]
