"""The page to practise with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import numpy as np

from quizgen.booklets import Section, fields_of, sections_of
from quizgen.booklets.boxes import box_of
from quizgen.booklets.page import data_block, own_file, page
from quizgen.booklets.wording import TYPING_WORDS
from quizgen.draw.search import draw
from quizgen.draw.stream import secret_of
from quizgen.errors import QuizgenError
from quizgen.exam.model import Question
from quizgen.practice.checking import Check, checks
from quizgen.practice.wording import SCRIPT_WORDS, WORDS
from quizgen.problem.grader import Grader
from quizgen.problem.model import Problem
from quizgen.render.html import html_filled

MAX_VARIANTS = 200
MAX_SHEETS = 2_000  # variants of all problems: a page of so many is some tens of megabytes
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class _Exercise:
    """A problem of the page: its variants, and how each is checked."""

    sections: list[Section]
    checks: list[dict[str, Check]]


def practice_page(problems: Sequence[Problem], grader: Grader, n: int, seed: str, title: str) -> str:
    """A page with n variants of each problem, drawn from a public seed; all answers are in it, and it says so.

    Raises QuizgenError if a problem has fewer variants, and if the page would be too large.
    """
    if n > MAX_VARIANTS or n * len(problems) > MAX_SHEETS:
        what = f"{n} variants of {len(problems)} problems are too many for a page"
        raise QuizgenError(what, hint=f"At most {MAX_VARIANTS} of each, and {MAX_SHEETS:,} in all.", exit_code=2)
    exercises = [_exercise(f"Q{i}", problem, grader, n, seed) for i, problem in enumerate(problems, start=1)]
    body = [
        f'<a class="skip" href="#sheet">{escape(WORDS["skip"])}</a>',
        _head(title, seed),
        _choice(exercises, n),
        f'<main id="sheet" tabindex="-1"><p class="warning" id="no-script">{escape(WORDS["no_script"])}</p></main>',
        *(_template(section) for exercise in exercises for section in exercise.sections),
        '<div class="bar" role="region" aria-label="{}">'.format(escape(WORDS["bar"])),
        f'<p id="counter"></p><button type="button" id="check" class="first">{escape(WORDS["check"])}</button>',
        '<p id="notice" role="status"></p></div>',
        data_block("words", {**TYPING_WORDS, **SCRIPT_WORDS}),
        data_block("checks", {exercise.sections[0].name: exercise.checks for exercise in exercises}),
    ]
    script = own_file("page.js") + _file("practice.js")
    return page(title, "\n".join(body), "en", script=script, style=_file("practice.css"))


@cache
def _file(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _exercise(name: str, problem: Problem, grader: Grader, n: int, seed: str) -> _Exercise:
    """Draw a problem's variants."""
    drawn = draw(problem, secret_of(seed), name, n, grader.tolerance)
    points = {answer.name: answer.points for answer in problem.answers}
    question = Question(name, problem, points, drawn.params, drawn.expected)
    fields = fields_of(question, grader)
    sections = sections_of("", question, np.arange(1, n + 1), fields, solutions=True)
    return _Exercise(sections, checks(problem, drawn.params, grader, sections))


def _head(title: str, seed: str) -> str:
    told = escape(WORDS["seed"].format(seed=seed))
    warning = f'<p class="warning">{escape(WORDS["answers_inside"])}</p>'
    return f'<header>\n<h1>{escape(title)}</h1>\n{warning}\n<p class="about">{told}</p>\n</header>'


def _choice(exercises: Sequence[_Exercise], n: int) -> str:
    """Which problem, which variant, and another one."""
    titles = "".join(f'<option value="{e.sections[0].name}">{escape(e.sections[0].title)}</option>' for e in exercises)
    numbers = "".join(f"<option>{number}</option>" for number in range(1, n + 1))
    return (
        f'<nav class="choice" aria-label="{escape(WORDS["choice"])}">\n'
        f'<label for="problem">{escape(WORDS["problem"])}</label> <select id="problem">{titles}</select>\n'
        f'<label for="variant">{escape(WORDS["variant"])}</label> <select id="variant">{numbers}</select>\n'
        f'<button type="button" id="another">{escape(WORDS["another"])}</button>\n</nav>'
    )


def _template(section: Section) -> str:
    """A variant: the question with boxes, and the worked solution, folded away."""
    assert section.solution is not None
    boxes = {field.answer.name: box_of(field) for field in section.fields}
    return (
        f'<template data-question="{section.name}"><section aria-labelledby="title">\n'
        f'<h2 id="title" tabindex="-1">{escape(section.title)}</h2>\n{html_filled(section.text, boxes)}'
        f'<details class="solution"><summary>{escape(WORDS["solution"])}</summary>\n'
        f"{html_filled(section.solution, {})}</details>\n</section></template>"
    )
