"""Variants of an exam's questions: the first ones, and further ones after them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from quizgen.bank.blueprint import Pick
from quizgen.draw.choosing import choose
from quizgen.draw.search import Taken, draw
from quizgen.exam.model import Question
from quizgen.language.tolerance import Tolerance

Elsewhere = Mapping[str, Collection[bytes]]  # problem -> parameters that no variant may have, as `digests` makes them

Progress = Callable[[str, int, int], None]  # what is being done, how far, of how many


def next_variants(
    question: Question,
    beside: Sequence[Question],
    secret: bytes,
    n: int,
    tolerances: Mapping[str, Tolerance],
    elsewhere: Elsewhere,
    progress: Progress,
) -> Question:
    """A question with its next n variants in place of those that it has, if it has any.

    They are distinct from those, from `elsewhere`, and each from the variant of the same problem that its own paper
    has in another question of `beside`. Which papers ask it is not said yet.
    """
    problem = question.problem
    same = [one.params for one in beside if one.problem.name == problem.name]
    taken = Taken.by(problem, question.params, question.expected, elsewhere.get(problem.name, ()))

    def told(done: int) -> None:
        progress(f"drawing {question.name} {problem.name}", done, n)

    drawn = draw(problem, secret, question.name, n, tolerances, told, same, taken)
    return replace(question, params=drawn.params, expected=drawn.expected, waived=drawn.waived, asked=None)


def chosen(questions: Sequence[Question], picks: Sequence[Pick], secret: bytes, before: int = 0) -> list[Question]:
    """The questions with the papers that ask each, where there is a choice; `before`: papers that were there already.

    A paper chooses the same however many papers there are.
    """
    found = {question.name: question for question in questions}
    for pick in picks:
        n = found[pick.questions[0]].n
        asked = choose(secret, f"pick {pick.questions[0]}", pick.count, len(pick.questions), n, before)
        for name, mask in zip(pick.questions, asked, strict=True):
            found[name] = replace(found[name], asked=mask)
    return list(found.values())
