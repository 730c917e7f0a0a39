"""Measures of a problem: how many different variants and answers there are, and how hard these are by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from quizgen.check.report import SEED, Report, Span
from quizgen.draw.candidates import COUNTABLE, Solver, Table
from quizgen.draw.evenness import work
from quizgen.draw.parameters import Space, estimate
from quizgen.draw.search import Drawn, count_space
from quizgen.draw.stream import Stream, secret_of, subkey
from quizgen.language.expr import Call, Expression, Scope
from quizgen.language.tolerance import Tolerance
from quizgen.ops import Network
from quizgen.problem.grader import Grader
from quizgen.problem.model import Problem
from quizgen.world.values import Value
from quizgen.world.worlds import World

_COUNTED = COUNTABLE >> 4  # spaces up to this size are counted: that takes a second at most
_SAMPLE = 1 << 16  # candidates from which the number of answer sets is estimated
_NUMBERS = 1 << 24  # drawn for it at most
_ASTRONOMIC = 10**300  # more than doubles hold
_SURE = 3.0  # where so many pairs of equal answers are expected, one shows in 95 of 100 samples


def fewer_if_small(problem: Problem, grader: Grader, draws: int) -> int:
    """So many draws, or as many as there are if that is fewer (and more than none)."""
    if Space(problem).size > _COUNTED:
        return draws
    available = count_space(problem, grader.tolerance)
    return min(draws, available) or draws


def measure_space(problem: Problem, tolerances: Mapping[str, Tolerance], acceptance: float, report: Report) -> None:
    """How many different variants there are, and how many different sets of right answers."""
    space = Space(problem)
    solver = Solver(problem, space, tolerances)
    if space.size <= _COUNTED:
        table = Table(solver)
        report.variants, report.answer_sets = f"{table.available:,}", f"{table.answer_sets:,}"
        return
    report.variants = f"~{estimate(space.size, acceptance)}"
    stream, block = Stream(subkey(secret_of(SEED), "sample")), solver.sizes.block
    sample = max(block, min(_SAMPLE, _NUMBERS // space.words))
    parts = [np.arange(start, min(sample, start + block)) + 1 for start in range(0, sample, block)]
    groups = ((part, space.indices(stream.words(part, np.zeros_like(part), space.words))) for part in parts)
    _, counts = np.unique(solver.accepted(solver.promising(groups)).answers, return_counts=True)
    most = space.size * acceptance if space.size < _ASTRONOMIC else math.inf
    report.answer_sets = _estimated(counts, most)


def _estimated(counts: np.ndarray, most: float) -> str:
    """How many different things there are, from how often each was met: the rarer the pairs, the more there are.

    >>> _estimated(np.array([2, 1, 1, 1, 1, 1, 1, 1, 1]), 1000.0), _estimated(np.ones(400), 1e9)
    ('~45', '> 26,600')
    """
    met, pairs = counts.sum(), (counts * (counts - 1) / 2).sum()
    everything = met * (met - 1) / 2
    if pairs:
        return f"~{estimate(1, float(min(most, everything / pairs)))}"
    return f"> {min(most, everything / _SURE):,.0f}"


def measure_work(truth: World, drawn: Drawn, report: Report) -> None:
    """How hard the draws are by hand, and how unequal within a structure."""
    problem, took = truth.problem, work(truth)
    report.work = _span(took)
    keys = np.array([np.full(drawn.n, ""), *(drawn.params[name].cells.astype(str) for name in problem.structural)])
    _, structure = np.unique(keys, axis=1, return_inverse=True)
    groups = [took[structure.ravel() == i] for i in range(int(structure.max()) + 1)]
    report.spread = round(max(float(group.max() / group.min()) for group in groups), 2)
    numbers = [value for value in (*drawn.params.values(), *drawn.expected.values()) if value.cells.dtype.kind in "if"]
    cells = np.concatenate([_flat(value) for value in numbers])
    largest = np.nanmax(np.abs(cells), axis=0)
    report.digits = _span(np.floor(np.log10(np.maximum(1.0, largest))) + 1)
    report.negative, report.zero = _span((cells < 0).sum(axis=0)), _span((cells == 0).sum(axis=0))
    report.dead = _span(sum((truth.measured(step, _dead) for step in problem.taken), np.zeros(drawn.n)))


def _span(counts: np.ndarray) -> Span:
    return int(counts.min()), int(counts.max())


def _flat(value: Value) -> np.ndarray:
    """The cells of each column, (cells, n)."""
    return value.cells.reshape(-1, value.n).astype(float)


def _dead(formula: Expression, values: Mapping[str, Any], n: int) -> np.ndarray:
    """How many cells the ReLUs of a formula make 0, (n,)."""
    found = np.zeros(n)
    for node in formula.tree.walk():
        if isinstance(node, Call) and node.op.name == "relu":
            before = node.parts[0].value(Scope(values, n))
            if not isinstance(before, str | Network):
                found += (np.broadcast_to(before, (*np.shape(before)[:-1], n)) < 0).reshape(-1, n).sum(axis=0)
    return found
