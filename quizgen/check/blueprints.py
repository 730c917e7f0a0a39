"""A blueprint tests itself: what it cuts must still tell every mistake apart, and what it picks from must be fair."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from quizgen.bank.folders import Bank
from quizgen.check.problems import DRAWS, check_problem
from quizgen.check.report import SEED, Report
from quizgen.draw.stream import secret_of
from quizgen.errors import QuizgenError
from quizgen.making import draw_questions
from quizgen.problem.grader import Grader


def check_blueprint(bank: Bank, name: str, grader: Grader, draws: int = DRAWS) -> Iterator[Report]:
    """A report on each problem as a blueprint cuts it, and on the blueprint if it cannot be followed."""
    try:
        blueprint = bank.blueprint(name)
        problems = {problem: bank.problem(problem) for problem in blueprint.problems}
        for number, slot in enumerate(blueprint.slots, start=1):
            if not slot.is_whole:
                report = check_problem(slot.cut(problems[slot.problem], grader.tolerance), grader, draws)
                yield replace(report, problem=f"{name} Q{number} {slot.problem}")
        if blueprint.picks or len(problems) < len(blueprint.slots):
            draw_questions(problems, blueprint, grader, draws, secret_of(SEED))
    except QuizgenError as error:
        yield Report(f"{name}.yaml", defects=[str(error)])
