"""What a problem's variants cost, step by step, on one core: draw, solve, tell apart; and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

import numpy as np
from clock import cpu
from found import Figure, Found

from quizgen.bank.folders import open_bank, open_grader
from quizgen.draw.parameters import Space
from quizgen.draw.search import BLOCK, Drawn, draw
from quizgen.draw.stream import Stream, secret_of, subkey
from quizgen.draw.tellapart import Sieve
from quizgen.problem.grader import Grader
from quizgen.problem.model import Problem
from quizgen.world.worlds import Params, World, world

SEED = "benchmark"
CARDS = "quiz"  # the blueprint of the five card problems
MANY = 8  # mistakes of a problem for which telling apart pair by pair is work
CANDIDATES = {False: BLOCK, True: 8 * BLOCK}
VARIANTS = {False: 4_000, True: 40_000}
RATES = ("draw", "solve", "draw + solve", "tell apart", "accepted")


def measure(full: bool) -> list[Found]:
    """A row for each problem of the bank (the card problems alone, if it is to be quick), and the cards' medians."""
    bank, grader = open_bank("cnn"), open_grader("standard")
    cards = set(bank.blueprint(CARDS).problems)
    sizes = CANDIDATES[full], VARIANTS[full], 2 if full else 1
    rows = [row_of(problem, grader, *sizes) for problem in bank.problems() if full or problem.name in cards]
    middle = median_of(f"median of the {len(cards)} card problems", [row for row in rows if row["problem"] in cards])
    share = float(middle["draw + solve"] or 0) / float(middle["accepted"] or 1)
    return [
        Found(
            "Variants a second of one core",
            [*rows, middle, *across(rows)],
            {"an accepted variant, in variants drawn and solved": share},
            [
                "tell apart: candidates that satisfy `require`, tried a second; accepted: the whole search",
                "a search has a beginning that does not grow with the number of variants: it weighs on small numbers",
            ],
        )
    ]


def across(rows: Sequence[Mapping[str, Figure]]) -> list[dict[str, Figure]]:
    """The median of the problems that have many mistakes to tell apart, and the slowest problem of all."""
    many = [row for row in rows if float(row["mistakes"] or 0) >= MANY]
    slowest = min(rows, key=lambda row: float(row["accepted"] or 0))
    lines = [median_of(f"median of the {len(many)} with {MANY} mistakes or more", many)] if many else []
    return [*lines, {"problem": f"slowest: {slowest['problem']}", "accepted": slowest["accepted"]}]


def median_of(title: str, rows: Sequence[Mapping[str, Figure]]) -> dict[str, Figure]:
    """The median of each rate."""
    return {"problem": title} | {name: median(float(row[name] or 0) for row in rows) for name in RATES}


def row_of(problem: Problem, grader: Grader, n: int, wanted: int, times: int) -> dict[str, Figure]:
    """The figures of one problem: n candidates drawn and solved, then as many variants accepted as are wanted."""
    spent = spent_on(problem, grader, n)
    found: list[Drawn] = []
    seconds = cpu(lambda: found.append(draw(problem, secret_of(SEED), "Q1", wanted, grader.tolerance)), times)
    drawn = found[0]
    return {
        "problem": problem.name,
        "mistakes": len(problem.mistakes),
        "draw": n / spent[0],
        "solve": n / spent[1],
        "draw + solve": n / (spent[0] + spent[1]),
        "tell apart": spent[2],
        "candidates": drawn.candidates,
        "acceptance": drawn.acceptance,
        "variants": wanted,
        "accepted": wanted / seconds,
    }


def spent_on(problem: Problem, grader: Grader, n: int) -> tuple[float, float, float]:
    """Seconds for drawing and for solving n candidates; how many are told apart in a second."""
    stream, space = Stream(subkey(secret_of(SEED), "Q1")), Space(problem)
    blocks = [np.arange(start + 1, min(n, start + BLOCK) + 1) for start in range(0, n, BLOCK)]

    def drawn(numbers: np.ndarray) -> Params:
        return space.params(space.indices(stream.words(numbers, np.zeros_like(numbers), space.words)))

    params = [drawn(numbers) for numbers in blocks]
    drawing = cpu(lambda: [drawn(numbers) for numbers in blocks])
    solving = cpu(lambda: [solved(problem, block) for block in params])
    sieve, truths = Sieve(problem, grader.tolerance), [world(problem, block) for block in params]
    fit = [truth.take(sieve.satisfies(truth)) for truth in truths]
    telling = cpu(lambda: [sieve.told_apart(truth) for truth in fit if truth.n])
    return drawing, solving, sum(truth.n for truth in fit) / telling


def solved(problem: Problem, params: Params) -> World:
    """A world in which every answer was computed."""
    truth = world(problem, params)
    for answer in problem.answers:
        truth.value(answer.of, answer.step_axes)
    return truth
