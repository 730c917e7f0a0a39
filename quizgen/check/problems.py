"""Every problem tests itself: examples hold, the truth earns full marks, each mistake is named and charged once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from quizgen.answers.agreement import a_place
from quizgen.answers.typed import Typed
from quizgen.check.formulas import formula_defects
from quizgen.check.measures import fewer_if_small, measure_space, measure_work
from quizgen.check.report import SEED, Report
from quizgen.draw.search import Drawn, draw
from quizgen.draw.stream import secret_of
from quizgen.errors import QuizgenError
from quizgen.language.expr import compile_expression
from quizgen.marking.fold import mark
from quizgen.marking.outcomes import OUTCOMES, Marked, Outcome
from quizgen.problem.grader import Grader
from quizgen.problem.model import Example, Mistake, Printed, Problem
from quizgen.render import fill
from quizgen.simulate import as_asked
from quizgen.world.values import Value
from quizgen.world.worlds import Undefined, World, mistaken, world

DRAWS = 200
_FINE = (Outcome.CORRECT, Outcome.CARRIED)


def check_problem(problem: Problem, grader: Grader, draws: int = DRAWS) -> Report:
    """Check a problem on its examples and on fresh draws."""
    report = Report(problem.name, answers=len(problem.answers), mistakes=len(problem.mistakes))
    for example in problem.examples:
        report.defects += check_example(problem, example)
        report.examples += 1
    try:
        drawn = draw(problem, secret_of(SEED), "Q1", fewer_if_small(problem, grader, draws), grader.tolerance)
    except QuizgenError as error:
        report.defects.append(str(error))
        return report
    report.draws, report.acceptance, report.told_apart = drawn.n, drawn.acceptance, drawn.told_apart
    truth = world(problem, drawn.params)
    measure_work(truth, drawn, report)
    measure_space(problem, grader.tolerance, drawn.acceptance, report)
    report.twins = [f"{mistake.id} = {mistake.note}" for mistake in problem.mistakes if mistake.note != mistake.id]
    right = typed_by(problem, grader, truth)
    report.defects += _check_truth(problem, grader, drawn, right)
    for mistake in problem.mistakes:
        report.defects += _check_mistake(grader, drawn, truth, mistake)
    report.defects += _check_nothing(problem, grader, drawn, right)
    for code in ("", *problem.wordings):
        report.defects += _check_texts(truth, problem.in_language(code))
    return report


def example_world(problem: Problem, example: Example) -> World:
    """The truth of a known instance."""
    return world(problem, {name: Value.dense(np.array(value)[..., None]) for name, value in example.draw.items()})


def check_example(problem: Problem, example: Example) -> list[str]:
    """Compare what an example says with what the engine computes, in the truth and in its mistakes."""
    truth = example_world(problem, example)
    defects = _compare(example, "", truth, example.gives)
    for note, values in example.mistakes.items():
        mistake = next(mistake for mistake in problem.mistakes if mistake.id == note)
        defects += _compare(example, f" with the mistake '{note}'", truth.believing(*mistaken(mistake)), values)
    return defects


def _compare(example: Example, when: str, values: World, printed: Mapping[str, Printed]) -> list[str]:
    defects = []
    for step, number in printed.items():
        _, value = values.show(compile_expression(step))[0]
        computed = np.array(np.nan) if isinstance(value, Undefined) else np.asarray(value)[..., 0]
        if not number.agrees(computed):
            got = value.reason if isinstance(value, Undefined) else _line(computed)
            defects.append(f"{example.where}: {example.source}: {step}{when} is {got}, not {_line(number.numbers)}")
    return defects


def _line(numbers: np.ndarray) -> str:
    """Numbers on one line."""
    return " ".join(np.array2string(numbers, separator=", ", max_line_width=10_000).split())


def typed_by(problem: Problem, grader: Grader, values: World) -> dict[str, Typed]:
    """What a careful student types who has these values in mind; blank where there is none."""
    typed = {}
    for answer in problem.answers:
        value = values.value(answer.of, answer.step_axes)
        value = a_place(value) if answer.kind == "location" else value
        cells = as_asked(value.cells.astype(float), answer.ask or answer.tolerance(grader.tolerance))
        missing = (value.shape < 0).any(axis=0) | ~np.isfinite(cells).any(axis=tuple(range(answer.axes)))
        typed[answer.name] = Typed(Value(cells, np.maximum(value.shape, 0)), missing.astype(np.uint8))
    return typed


def _check_truth(problem: Problem, grader: Grader, drawn: Drawn, right: Mapping[str, Typed]) -> list[str]:
    """The right answers, rounded as asked, earn full marks."""
    marks, _ = mark(problem, grader, drawn.params, right)
    return [
        f"right answers to '{name}' are marked {_outcomes(marked)}"
        for name, marked in marks.items()
        if not marked.has(Outcome.CORRECT).all()
    ]


def _check_mistake(grader: Grader, drawn: Drawn, truth: World, mistake: Mistake) -> list[str]:
    """Somebody who makes the mistake gets its note exactly once, and every other answer is right or carried."""
    problem = truth.problem
    typed = typed_by(problem, grader, truth.believing(*mistaken(mistake)))
    marks, _ = mark(problem, grader, drawn.params, typed)
    notes = np.array([m.note for m in problem.named])
    named = np.zeros(drawn.n, dtype=int)
    right = np.zeros(drawn.n, dtype=int)
    defects = []
    for name, marked in marks.items():
        hit = marked.has(Outcome.MISTAKE)
        named += hit
        right += hit & (notes[marked.note] == mistake.note)
        fine = hit | (typed[name].state != 0) | np.isin(marked.outcome, [OUTCOMES.index(outcome) for outcome in _FINE])
        if not fine.all():
            defects.append(f"after '{mistake.id}', right work on '{name}' is marked {_outcomes(marked)}")
    if not ((named == 1) & (right == 1)).all():
        share = ((named == 1) & (right == 1)).mean()
        defects.append(f"'{mistake.id}' is named exactly once in {share:.1%} of {drawn.n} draws")
    return defects


def _check_nothing(problem: Problem, grader: Grader, drawn: Drawn, right: Mapping[str, Typed]) -> list[str]:
    """Blank is told as blank, and zeros everywhere earn nothing where the right answer is not zero."""
    defects = []
    expected = {name: typed.value for name, typed in right.items()}
    blank = {
        name: Typed(Value(value.cells * np.nan, value.shape), np.ones(drawn.n, dtype=np.uint8))
        for name, value in expected.items()
    }
    zeros = {name: Typed.of(Value(value.cells * 0.0, value.shape)) for name, value in expected.items()}
    for name, marked in mark(problem, grader, drawn.params, blank)[0].items():
        if not marked.has(Outcome.BLANK).all():
            defects.append(f"a blank '{name}' is marked {_outcomes(marked)}")
    for name, marked in mark(problem, grader, drawn.params, zeros)[0].items():
        some = np.nan_to_num(expected[name].cells).any(axis=tuple(range(expected[name].axes)))
        if (marked.credit.floats[some] > 0).any():
            defects.append(f"zeros everywhere earn points in '{name}' ({_outcomes(marked)})")
    return defects


def _check_texts(truth: World, problem: Problem) -> list[str]:
    """Question and solution, in one language, must fill with no hole left open, and show in every form."""
    places = {answer.name: "" for answer in problem.answers}
    of = f"{problem.question.file}: " if problem.language else ""
    defects = []
    for name, template in (("question", problem.question), ("solution", problem.solution)):
        try:
            texts = fill(template, problem, truth, places)
        except QuizgenError as error:
            defects.append(str(error))
            continue
        for i, text in enumerate(texts, start=1):
            if "<<" in text or "undefined" in text or "nan" in text.split():
                defects.append(f"{of}the {name} of draw {i} has a hole that cannot be filled")
                break
        defects += formula_defects(template, problem, truth)
    return defects


def _outcomes(marked: Marked) -> str:
    """Which outcomes there are, commonest first."""
    codes, counts = np.unique(marked.outcome, return_counts=True)
    return ", ".join(
        f"{OUTCOMES[code]} ({count})" for code, count in sorted(zip(codes, counts, strict=True), key=lambda x: -x[1])
    )
