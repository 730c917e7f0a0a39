"""Bank and blueprint -> an exam folder: variants, booklets, answer key, a blank sheet for the answers."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from quizgen.bank.blueprint import Blueprint, Slot, question_points
from quizgen.bank.folders import Bank
from quizgen.booklets import (
    Progress,
    Section,
    blank_sheet,
    blank_workbook,
    fields_of,
    sections_of,
    write_booklets,
)
from quizgen.booklets.forms import Forms, forms_of
from quizgen.draw.choosing import choose
from quizgen.draw.evenness import EVEN, work
from quizgen.draw.search import draw
from quizgen.draw.stream import secret_of
from quizgen.errors import QuizgenError
from quizgen.exam.folder import new_folder, refuse_existing
from quizgen.exam.model import Exam, Paper, Question
from quizgen.exam.roster import Student
from quizgen.exam.stored import problem_sources, write_exam
from quizgen.exam.wishes import check_wishes
from quizgen.problem.grader import Grader
from quizgen.problem.model import Problem
from quizgen.problem.translation import ENGLISH
from quizgen.render.words import languages, nearest_words, words_of
from quizgen.world.worlds import world

_EQUAL = "State `points` once, beside `pick`."


def make_exam(
    bank: Bank,
    blueprint: Blueprint,
    grader: Grader,
    n: int,
    *,
    out: Path,
    seed: str | None = None,
    roster: Sequence[Student] = (),
    progress: Progress | None = None,
    workbook: bool = False,
    forms: Forms | None = None,
    language: str = ENGLISH,
) -> Exam:
    """Draw an exam and write its folder; the folder appears whole or not at all.

    Without a `seed` the draws come from a fresh secret, kept in `staff/` only. With `workbook` the blank sheet is
    written as XLSX, too. `forms`: what booklets and keys are written as (the usual ones, if none is given).
    `language`: of all booklets for which the roster asks no other.
    """
    progress = progress or (lambda *_: None)
    refuse_existing(out)
    forms = forms or forms_of("")
    for student in roster:
        where = student.where or f"student '{student.id}'"
        forms.refuse_unprinted(check_wishes(student.details, blueprint.minutes, languages(), where), where)
    secret = secrets.token_bytes(32) if seed is None else secret_of(seed)
    problems = {name: bank.problem(name) for name in blueprint.problems}
    questions = draw_questions(problems, blueprint, grader, n, secret, progress)
    sources = {"grader.yaml": grader.text}
    for problem in problems.values():
        sources |= problem_sources(problem)
    papers = _papers(roster, n)
    exam = Exam(
        title=blueprint.title,
        questions=questions,
        grader=grader,
        papers=papers,
        seed=seed,
        has_roster=bool(roster),
        sources=sources,
        picks=blueprint.picks,
        minutes=blueprint.minutes,
        date=blueprint.date,
        aids=blueprint.aids,
        language=words_of(language).language,
    )
    with new_folder(out) as folder:
        write_exam(exam, folder)
        (folder / "submissions.csv").write_text(blank_sheet(exam), encoding="utf-8")
        if workbook:
            (folder / "submissions.xlsx").write_bytes(blank_workbook(exam))
        write_booklets(exam, folder, secret if seed is None else None, forms, progress)
    return exam


def draw_questions(
    problems: Mapping[str, Problem],
    blueprint: Blueprint,
    grader: Grader,
    n: int,
    secret: bytes,
    progress: Progress | None = None,
) -> tuple[Question, ...]:
    """Draw n variants of each question of a blueprint, cut and picked as it says; `problems` by name."""
    progress = progress or (lambda *_: None)
    questions: list[Question] = []
    for i, slot in enumerate(blueprint.slots, start=1):
        problem = slot.cut(problems[slot.problem], grader.tolerance)
        told = partial(_told, progress, f"drawing Q{i} {problem.name}", n)
        same = [question.params for question in questions if question.problem.name == problem.name]
        try:
            drawn = draw(problem, secret, f"Q{i}", n, grader.tolerance, told, same)
        except QuizgenError as error:
            raise error if slot.is_whole else _of_a_cut(error, slot) from None
        question = Question(
            name=f"Q{i}",
            problem=problem,
            points=question_points(problem, slot),
            params=drawn.params,
            expected=drawn.expected,
            waived=drawn.waived,
            cut=slot.alone,
            minutes=slot.minutes,
            working=slot.working,
        )
        questions.append(question)
    return tuple(_picked(questions, blueprint, secret))


def _of_a_cut(error: QuizgenError, slot: Slot) -> QuizgenError:
    """The error of a draw that failed, where a blueprint cut the problem."""
    hint = f"{error.hint} Or ask the answers between as well, or draw less narrowly."
    return QuizgenError(error.what, where=slot.where or error.where, hint=hint)


def _picked(questions: list[Question], blueprint: Blueprint, secret: bytes) -> list[Question]:
    """The questions, with the papers that ask each where the blueprint leaves a choice; refuses an unfair choice."""
    numbers = {question.name: i for i, question in enumerate(questions)}
    for pick in blueprint.picks:
        places = [numbers[name] for name in pick.questions]
        options = [questions[place] for place in places]
        refuse_unfair(options, where=blueprint.slots[places[0]].where)
        asked = choose(secret, f"pick {pick.questions[0]}", pick.count, len(options), options[0].n)
        for place, option, mask in zip(places, options, asked, strict=True):
            questions[place] = replace(option, asked=mask)
    return questions


def refuse_unfair(options: Sequence[Question], where: str) -> None:
    """A choice must be worth the same, and about as much work, whatever falls to a paper."""
    if len({option.total for option in options}) > 1:
        told = ", ".join(
            f"{option.problem.name} {words_of(ENGLISH).say('points', n=option.total)}" for option in options
        )
        raise QuizgenError(f"what is picked from must give equal points, not {told}", where=where, hint=_EQUAL)
    took = [float(np.median(work(world(option.problem, option.params)))) for option in options]
    if max(took) > EVEN * min(took):
        told = ", ".join(f"{option.problem.name} {amount:g}" for option, amount in zip(options, took, strict=True))
        raise QuizgenError(
            f"what is picked from must be comparable work; operations by hand: {told}",
            where=where,
            hint=f"The longest may take {EVEN:g} times the shortest. Pick from others, or cut the longer ones.",
        )


def _told(progress: Progress, what: str, total: int, done: int) -> None:
    """Pass on how far something is."""
    progress(what, done, total)


def _papers(roster: Sequence[Student], n: int) -> tuple[Paper, ...]:
    """Bind students to papers in the roster's order; without a roster, every paper has a stand-in."""
    if roster:
        return tuple(Paper(student.id, i, student.details) for i, student in enumerate(roster, start=1))
    return tuple(Paper(f"student-{i:03d}", i, {}) for i in range(1, n + 1))


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
