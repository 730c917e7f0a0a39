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
from quizgen.booklets.shell import data_block, judging_words, own_file, page
from quizgen.draw.search import draw
from quizgen.draw.stream import secret_of
from quizgen.errors import QuizgenError
from quizgen.exam.model import Question
from quizgen.practice.checking import Check, checks
from quizgen.problem.grader import Grader
from quizgen.problem.model import Problem
from quizgen.problem.translation import ENGLISH
from quizgen.render.html import html_filled
from quizgen.render.words import Wording, nearest_words

MAX_VARIANTS = 200
MAX_SHEETS = 2_000  # variants of all problems: a page of so many is some tens of megabytes
SAID = (  # by practice.js
    *("right", "wrong", "some", "mistake", "follows", "size", "shape", "unreadable"),
    *("place", "own", "words", "blank", "counter", "chosen"),
)
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class _Exercise:
    """A problem of the page: its variants, and how each is checked."""

    sections: list[Section]
    checks: list[dict[str, Check]]


def practice_page(
    problems: Sequence[Problem], grader: Grader, n: int, seed: str, *, title: str = "", language: str = ENGLISH
) -> str:
    """A page with n variants of each problem, drawn from a public seed; all answers are in it, and it says so.

    Raises QuizgenError if a problem has fewer variants, and if the page would be too large.
    """
    if n > MAX_VARIANTS or n * len(problems) > MAX_SHEETS:
        what = f"{n} variants of {len(problems)} problems are too many for a page"
        raise QuizgenError(what, hint=f"At most {MAX_VARIANTS} of each, and {MAX_SHEETS:,} in all.", exit_code=2)
    words = nearest_words(language)
    exercises = [
        _exercise(f"Q{i}", problem.in_language(language), grader, n, seed, words)
        for i, problem in enumerate(problems, start=1)
    ]
    title = title or words.say("practice-title")
    body = [
        f'<a class="skip" href="#sheet">{escape(words.say("practice-skip"))}</a>',
        _head(title, seed, words),
        _choice(exercises, n, words),
        '<main id="sheet" tabindex="-1">',
        f'<p class="warning" id="no-script">{escape(words.say("practice-no-script"))}</p>',
        "</main>",
        *(_template(section, words) for exercise in exercises for section in exercise.sections),
        _bar(words),
        data_block("words", judging_words(words, SAID)),
        data_block("checks", {exercise.sections[0].name: exercise.checks for exercise in exercises}),
    ]
    script = own_file("page.js") + _file("practice.js")
    return page(title, "\n".join(body), words.language, script=script, style=_file("practice.css"))


@cache
def _file(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _exercise(name: str, problem: Problem, grader: Grader, n: int, seed: str, words: Wording) -> _Exercise:
    """Draw a problem's variants."""
    drawn = draw(problem, secret_of(seed), name, n, grader.tolerance)
    points = {answer.name: answer.points for answer in problem.answers}
    question = Question(name, problem, points, drawn.params, drawn.expected)
    fields = fields_of(question, grader, words)
    sections = sections_of("", question, np.arange(1, n + 1), fields, words, solutions=True)
    return _Exercise(sections, checks(problem, drawn.params, grader, sections))


def _head(title: str, seed: str, words: Wording) -> str:
    told = escape(words.say("practice-seed", seed=seed))
    warning = f'<p class="warning">{escape(words.say("practice-answers-inside"))}</p>'
    return f'<header>\n<h1>{escape(title)}</h1>\n{warning}\n<p class="about">{told}</p>\n</header>'


def _choice(exercises: Sequence[_Exercise], n: int, words: Wording) -> str:
    """Which problem, which variant, and another one."""
    titles = "".join(f'<option value="{e.sections[0].name}">{escape(e.sections[0].title)}</option>' for e in exercises)
    numbers = "".join(f"<option>{number}</option>" for number in range(1, n + 1))
    said = {name: escape(words.say(f"practice-{name}")) for name in ("choice", "problem", "variant", "another")}
    return (
        f'<nav class="choice" aria-label="{said["choice"]}">\n'
        f'<label for="problem">{said["problem"]}</label> <select id="problem">{titles}</select>\n'
        f'<label for="variant">{said["variant"]}</label> <select id="variant">{numbers}</select>\n'
        f'<button type="button" id="another">{said["another"]}</button>\n</nav>'
    )


def _template(section: Section, words: Wording) -> str:
    """A variant: the question with boxes, and the worked solution, folded away."""
    assert section.solution is not None
    boxes = {field.answer.name: box_of(field, words) for field in section.fields}
    return (
        f'<template data-question="{section.name}"><section aria-labelledby="title">\n'
        f'<h2 id="title" tabindex="-1">{escape(section.title)}</h2>\n{html_filled(section.text, boxes)}'
        f'<details class="solution"><summary>{escape(words.say("worked-solution"))}</summary>\n'
        f"{html_filled(section.solution, {})}</details>\n</section></template>"
    )


def _bar(words: Wording) -> str:
    """What stays at the lower edge: how much is right, and the button that checks everything."""
    return (
        f'<div class="bar" role="region" aria-label="{escape(words.say("page-bar"))}">\n<p id="counter"></p>\n'
        f'<button type="button" id="check" class="first">{escape(words.say("practice-check"))}</button>\n'
        '<p id="notice" role="status"></p>\n</div>'
    )
