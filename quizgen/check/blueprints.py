"""A blueprint tests itself: what it cuts must still tell every mistake apart, and what it picks from must be fair."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from quizgen.bank.blueprint import Blueprint
from quizgen.bank.folders import Bank
from quizgen.check.problems import DRAWS, SEED, check_problem
from quizgen.check.report import Report
from quizgen.draw.stream import secret_of
from quizgen.errors import QuizgenError
from quizgen.making import draw_questions
from quizgen.problem.grader import Grader


def check_blueprint(bank: Bank, blueprint: Blueprint, grader: Grader, draws: int = DRAWS) -> Iterator[Report]:
    """A report on each problem as the blueprint cuts it, and on the blueprint if it picks."""
    problems = {name: bank.problem(name) for name in blueprint.problems}
    for number, slot in enumerate(blueprint.slots, start=1):
        if not slot.is_whole:
            cut = slot.cut(problems[slot.problem], grader.tolerance)
            report = check_problem(cut, grader, draws)
            yield replace(report, problem=f"{blueprint.name} Q{number} {slot.problem}")
    if blueprint.picks:
        try:
            draw_questions(problems, blueprint, grader, draws, secret_of(SEED))
        except QuizgenError as error:
            yield Report(f"{blueprint.name}.yaml", defects=[str(error)])
