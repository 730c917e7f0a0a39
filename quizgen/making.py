"""Bank and blueprint -> an exam folder: variants, booklets, answer key, a blank sheet for the answers.

Papers are variants 1, 2, ... of every question, or copies of a few versions. Spares are papers that nobody holds.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
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
from quizgen.draw.evenness import EVEN, work
from quizgen.draw.search import draw
from quizgen.draw.stream import secret_of
from quizgen.errors import QuizgenError
from quizgen.exam.dealing import deal, versions_table
from quizgen.exam.elsewhere import used_in, write_elsewhere
from quizgen.exam.folder import new_folder, refuse_existing
from quizgen.exam.model import Exam, Paper, Question, stand_in
from quizgen.exam.private import write_private
from quizgen.exam.roster import Student
from quizgen.exam.stored import problem_sources, write_exam
from quizgen.exam.variants import Elsewhere, chosen, next_variants
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
    spares: int = 0,
    versions: int = 0,
    not_in: Sequence[Exam] = (),
) -> Exam:
    """Draw an exam of n papers and write its folder; the folder appears whole or not at all.

    Without a `seed` the draws come from a fresh secret, kept in `staff/` only. With `workbook` the blank sheet is
    written as XLSX, too. `forms`: what booklets and keys are written as (the usual ones, if none is given).
    `language`: of all booklets for which the roster asks no other. `spares`: the last papers, so many, are nobody's.
    `versions`: so many differ, if not all are to. `not_in`: exams with which this one shares no parameters.
    """
    progress = progress or (lambda *_: None)
    refuse_existing(out)
    forms = forms or forms_of("")
    for student in roster:
        where = student.where or f"student '{student.id}'"
        forms.refuse_unprinted(check_wishes(student.details, blueprint.minutes, languages(), where), where)
    secret = secrets.token_bytes(32) if seed is None else secret_of(seed)
    problems = {name: bank.problem(name) for name in blueprint.problems}
    used = used_in(not_in, problems)
    questions = draw_questions(problems, blueprint, grader, versions or n, secret, progress, used)
    papers = _papers(roster, n - spares)
    dealt = _dealt(papers, n, versions, secret)
    if dealt:
        questions = tuple(question.copied(np.array(dealt)) for question in questions)
    sources = {"grader.yaml": grader.text}
    for problem in problems.values():
        sources |= problem_sources(problem)
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
        versions=tuple(dealt),
        not_in=tuple(earlier.id for earlier in not_in),
    )
    with new_folder(out) as folder:
        write_exam(exam, folder)
        (folder / "submissions.csv").write_text(blank_sheet(exam), encoding="utf-8")
        if workbook:
            (folder / "submissions.xlsx").write_bytes(blank_workbook(exam))
        write_booklets(exam, folder, secret if seed is None else None, forms, progress)
        if exam.not_in:
            write_elsewhere(folder, used)
        if exam.versions:
            write_private(folder / "staff/versions.csv", versions_table(exam, range(1, n + 1)).encode())
    return exam


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
    for i, slot in enumerate(blueprint.slots, start=1):
        problem = slot.cut(problems[slot.problem], grader.tolerance)
        question = Question(
            name=f"Q{i}",
            problem=problem,
            points=question_points(problem, slot),
            params={},
            expected={},
            cut=slot.alone,
            minutes=slot.minutes,
            working=slot.working,
        )
        try:
            drawn = next_variants(question, questions, secret, n, grader.tolerance, elsewhere or {}, progress)
        except QuizgenError as error:
            raise error if slot.is_whole else _of_a_cut(error, slot) from None
        questions.append(drawn)
    _refuse_unfair_picks(questions, blueprint)
    return tuple(chosen(questions, blueprint.picks, secret))


def _of_a_cut(error: QuizgenError, slot: Slot) -> QuizgenError:
    """The error of a draw that failed, where a blueprint cut the problem."""
    hint = f"{error.hint} Or ask the answers between as well, or draw less narrowly."
    return QuizgenError(error.what, where=slot.where or error.where, hint=hint)


def _refuse_unfair_picks(questions: Sequence[Question], blueprint: Blueprint) -> None:
    """Refuse what the blueprint leaves to choose from, if one choice would be harder than another."""
    numbers = {question.name: i for i, question in enumerate(questions)}
    for pick in blueprint.picks:
        places = [numbers[name] for name in pick.questions]
        refuse_unfair([questions[place] for place in places], where=blueprint.slots[places[0]].where)


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


def _papers(roster: Sequence[Student], n: int) -> tuple[Paper, ...]:
    """Bind students to papers in the roster's order; without a roster, every paper has a stand-in."""
    if roster:
        return tuple(Paper(student.id, i, student.details) for i, student in enumerate(roster, start=1))
    return tuple(Paper(stand_in(i), i, {}) for i in range(1, n + 1))


def _dealt(papers: Sequence[Paper], n: int, versions: int, secret: bytes) -> list[int]:
    """The version of each of n papers, if there are versions."""
    held = {paper.number: paper.details for paper in papers}
    return deal([held.get(number) for number in range(1, n + 1)], versions, secret) if versions else []


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
