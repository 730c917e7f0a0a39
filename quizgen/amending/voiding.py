"""What is declared void: in words of a person, and whether it can be."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from quizgen.amending.request import Request, answer_of
from quizgen.errors import QuizgenError
from quizgen.exam.corrections import HOW, How, Void, voided
from quizgen.exam.model import Exam, Question
from quizgen.exam.tags import is_like_a_tag, read_tag

_LISTED = 6  # variants that are named one by one


def voids_of(exam: Exam, question: Question, asked: Request) -> tuple[Void, ...]:
    """What is declared void."""
    if not asked.void:
        return ()
    if asked.void not in HOW:
        raise QuizgenError(f"--void {asked.void[:40]}", hint=f"Say {', '.join(HOW)}.", exit_code=2)
    answers = tuple(answer_of(question, name).name for name in asked.answers)
    variants = exam.copies_of(sorted({_variant(exam, question, text) for text in asked.variants}))
    return (Void(question.name, How(asked.void), tuple(dict.fromkeys(answers)), variants),)


def _variant(exam: Exam, question: Question, text: str) -> int:
    """A variant by its number, or by the tag of a paper or a question."""
    number = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0
    if not number:
        if not is_like_a_tag(text):
            raise QuizgenError(f"'{text[:40]}' is no number of a variant and no tag")
        tag = read_tag(text, exam.code)
        if tag.question not in (None, question.name):
            raise QuizgenError(f"the tag '{text[:40]}' is of {tag.question}, not of {question.name}")
        number = tag.number
    if not 1 <= number <= exam.n:
        raise QuizgenError(f"{question.name} has no variant {number}; there are {exam.n}")
    return number


def is_new(exam: Exam, void: Void) -> bool:
    """Whether declaring something void changes anything: nothing said since is about the same question."""
    same = [other for other in exam.voids if other.question == void.question]
    return same[-1] != void if same else void.how != How.NONE


def told_void(void: Void) -> str:
    """What is void, in words."""
    names = ", ".join(f"{void.question}.{name}" for name in void.answers) or void.question
    return f"{names} void: {void.how}{f' for {variants_told(void.variants)}' if void.variants else ''}"


def refuse_nothing_left(exam: Exam) -> None:
    """Stop if a paper would be worth nothing."""
    papers = np.arange(1, exam.n + 1)
    left = np.full(exam.n, float(exam.total))
    for question, answer in exam.fields():
        gone = voided(exam.voids, question.name, answer.name, papers) == HOW.index(How.REMOVED)
        left[gone & question.asks(papers)] -= float(question.points[answer.name])
    if (left <= 1e-9).any() and exam.voids:
        first = int(papers[left <= 1e-9][0])
        raise QuizgenError(f"nothing would be left of paper {first:03d}", hint="Say --void full.")


def variants_told(variants: Sequence[int]) -> str:
    """`variant 3`, `variants 3, 17 and 5 more`."""
    more = f" and {len(variants) - _LISTED} more" if len(variants) > _LISTED else ""
    return f"variant{'s' * (len(variants) != 1)} {', '.join(map(str, variants[:_LISTED]))}{more}"
