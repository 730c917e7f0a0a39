"""Blueprint -> questions and their variants, all in memory; and what a choice between questions must be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np

from quizgen.bank.blueprint import Blueprint, Slot, question_points
from quizgen.booklets import Progress, Section, fields_of, sections_of
from quizgen.draw.evenness import EVEN, work
from quizgen.draw.search import draw
from quizgen.draw.stream import secret_of
from quizgen.errors import QuizgenError
from quizgen.exam.model import Question
from quizgen.exam.variants import Elsewhere, chosen, next_variants
from quizgen.problem.grader import Grader
from quizgen.problem.model import Problem
from quizgen.problem.translation import ENGLISH
from quizgen.render.words import nearest_words, words_of
from quizgen.world.worlds import world

_EQUAL = "State `points` once, beside `pick`."


def draw_questions(
    problems: Mapping[str, Problem],
    blueprint: Blueprint,
    grader: Grader,
    n: int,
    secret: bytes,
    progress: Progress | None = None,
    elsewhere: Elsewhere | None = None,
) -> tuple[Question, ...]:
    """Draw n variants of each question of a blueprint, cut and picked as it says; `problems` by name.

    `elsewhere`: parameters that none of them may have.
    """
    progress = progress or (lambda *_: None)
    questions: list[Question] = []
    for question, slot in zip(asked_by(blueprint, problems, grader), blueprint.slots, strict=True):
        with naming_cuts(slot):
            drawn = next_variants(question, questions, secret, n, grader.tolerance, elsewhere or {}, progress)
        questions.append(drawn)
    picked = {name for pick in blueprint.picks for name in pick.questions}
    refuse_unfair_picks(questions, {one.name: effort(one) for one in questions if one.name in picked}, blueprint)
    return tuple(chosen(questions, blueprint.picks, secret))


def asked_by(blueprint: Blueprint, problems: Mapping[str, Problem], grader: Grader) -> list[Question]:
    """The questions of a blueprint, cut as it says, before anything is drawn for them."""
    questions = []
    for i, slot in enumerate(blueprint.slots, start=1):
        problem = slot.cut(problems[slot.problem], grader.tolerance)
        points = question_points(problem, slot)
        question = Question(f"Q{i}", problem, points, {}, {}, 0, slot.alone, slot.minutes, slot.working)
        questions.append(question)
    return questions


@contextmanager
def naming_cuts(slot: Slot) -> Iterator[None]:
    """Where a draw fails and a blueprint cut the problem, let the error say so."""
    try:
        yield
    except QuizgenError as error:
        if slot.is_whole:
            raise
        hint = f"{error.hint} Or ask the answers between as well, or draw less narrowly."
        raise QuizgenError(error.what, where=slot.where or error.where, hint=hint) from None


def effort(question: Question) -> np.ndarray:
    """How much work each of its variants is."""
    return work(world(question.problem, question.params))


def refuse_unfair_picks(questions: Sequence[Question], efforts: Mapping[str, np.ndarray], blueprint: Blueprint) -> None:
    """Refuse what the blueprint leaves to choose from, if one choice would be harder than another."""
    numbers = {question.name: i for i, question in enumerate(questions)}
    for pick in blueprint.picks:
        options = [questions[numbers[name]] for name in pick.questions]
        _refuse_unfair(options, efforts, where=blueprint.slots[numbers[pick.questions[0]]].where)


def _refuse_unfair(options: Sequence[Question], efforts: Mapping[str, np.ndarray], where: str) -> None:
    """A choice must be worth the same, and about as much work, whatever falls to a paper."""
    if len({option.total for option in options}) > 1:
        told = ", ".join(
            f"{option.problem.name} {words_of(ENGLISH).say('points', n=option.total)}" for option in options
        )
        raise QuizgenError(f"what is picked from must give equal points, not {told}", where=where, hint=_EQUAL)
    took = [float(np.median(efforts[option.name])) for option in options]
    if max(took) > EVEN * min(took):
        told = ", ".join(f"{option.problem.name} {amount:g}" for option, amount in zip(options, took, strict=True))
        raise QuizgenError(
            f"what is picked from must be comparable work; operations by hand: {told}",
            where=where,
            hint=f"The longest may take {EVEN:g} times the shortest. Pick from others, or cut the longer ones.",
        )


def specimen(problem: Problem, grader: Grader, variant: int, seed: str) -> Section:
    """One variant of a problem, with what is right and why, in the language of its texts."""
    drawn = draw(problem, secret_of(seed), "Q1", variant, grader.tolerance)
    points = {answer.name: answer.points for answer in problem.answers}
    last = np.array([variant - 1])
    params = {name: value.take(last) for name, value in drawn.params.items()}
    expected = {name: value.take(last) for name, value in drawn.expected.items()}
    question = Question("Q1", problem, points, params, expected)
    words = nearest_words(problem.language)
    return sections_of("", question, np.array([1]), fields_of(question, grader, words), words, solutions=True)[0]
