"""Measure drawing apart: variants drawn and solved, candidates looked at, the share accepted, variants accepted.

    python benchmarks/draw.py [--n 20000] [--json] [PROBLEM ...]

Seconds are CPU seconds of one core, the best of a few runs. Compare two versions in one run of the machine, by turns
(`PYTHONPATH`), and look at the ratio: the same machine may be half as quick a minute later.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from statistics import median

import numpy as np

from quizgen.bank.folders import open_bank, open_grader
from quizgen.draw.parameters import Space
from quizgen.draw.search import BLOCK, draw
from quizgen.draw.stream import Stream, secret_of, subkey
from quizgen.problem.grader import Grader
from quizgen.problem.model import Problem
from quizgen.world.worlds import world

SEED = "benchmark"
SELDOM = {"cnn-train-step": 20}  # so many times fewer variants where tries seldom fit
MANY = 8  # mistakes of a problem for which a pairwise rate says something
HEADINGS = ("draw + solve /s", "n", "candidates", "share", "candidates /s", "accepted /s", "mistakes")


def best(work: Callable[[], object], times: int) -> float:
    """CPU seconds of the fastest of some runs."""
    fastest = float("inf")
    for _ in range(times):
        start = time.process_time()
        work()
        fastest = min(fastest, time.process_time() - start)
    return fastest


def solve_some(problem: Problem, n: int) -> None:
    """Draw and solve n variants, before any condition."""
    stream, space = Stream(subkey(secret_of(SEED), "Q1")), Space(problem)
    for start in range(0, n, BLOCK):
        numbers = np.arange(start + 1, min(n, start + BLOCK) + 1)
        words = stream.words(numbers, np.zeros_like(numbers), space.words)
        for _, indices in space.grouped(words):
            truth = world(problem, space.params(indices))
            for answer in problem.answers:
                truth.value(answer.of, answer.step_axes)


def measured(problem: Problem, grader: Grader, n: int) -> tuple[float, int, int, float, float, float, int]:
    """One row of the table, as HEADINGS say."""
    count = max(1, n // SELDOM.get(problem.name, 1))
    solved = 4 * BLOCK
    per_second = solved / best(lambda: solve_some(problem, solved), 3)
    drawn = draw(problem, secret_of(SEED), "Q1", count, grader.tolerance)
    seconds = best(lambda: draw(problem, secret_of(SEED), "Q1", count, grader.tolerance), 2)
    looked = drawn.candidates
    return per_second, count, looked, drawn.acceptance, looked / seconds, count / seconds, len(problem.mistakes)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure drawing and print a table.")
    parser.add_argument("problems", nargs="*", help="of the bank cnn; all of them unless given")
    parser.add_argument("--n", type=int, default=20_000, help="variants to be accepted")
    parser.add_argument("--json", action="store_true", help="print JSON instead")
    asked = parser.parse_args()
    bank, grader = open_bank("cnn"), open_grader("standard")
    rows = {name: measured(bank.problem(name), grader, asked.n) for name in asked.problems or bank.names}
    if asked.json:
        print(json.dumps({name: dict(zip(HEADINGS, row, strict=True)) for name, row in rows.items()}, indent=1))
        return
    print(f"{'problem':<24}" + "".join(f"{heading:>17}" for heading in HEADINGS))
    for name, row in rows.items():
        print(f"{name:<24}" + "".join(f"{x:>17,.2%}" if x < 1 else f"{x:>17,.0f}" for x in row))
    many = [row for row in rows.values() if row[6] >= MANY]
    if many:
        print(f"median of problems with {MANY} mistakes or more, accepted /s: {median(row[5] for row in many):,.0f}")
    cards = [rows[slot.problem][0] for slot in bank.blueprint("quiz").slots if slot.problem in rows]
    if cards:
        print(f"median of the card problems, draw + solve /s: {median(cards):,.0f}")


if __name__ == "__main__":
    main()
