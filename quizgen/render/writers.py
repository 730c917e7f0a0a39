"""How the numbers of a problem are written in worked solutions: draws exactly, answers as asked, all else short."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from quizgen.language.expr import Call, Constant, ListOf, Negate, Node, Ref
from quizgen.problem.model import Problem
from quizgen.render.numbers import SHORT_DECIMALS
from quizgen.render.shown import EXACT, SHORT, Writer

_MOVES = frozenset(
    {"transpose", "flatten", "reshape", "flip", "pad", "stack", "join", "at", "relu", "abs", "max_pool", "max", "min"}
)  # ops whose cells are those they were given, or 0, or their opposites


@dataclass(frozen=True)
class Writers:
    """How numbers are written: those of some draws and steps, by name, and all others."""

    named: Mapping[str, Writer]
    usual: Writer = SHORT

    def of(self, node: Node) -> Writer:
        """How a value is written: what only moves the cells of something, like that thing."""
        match node:
            case Ref(name=name):
                return self.named.get(name, self.usual)
            case Call(op=op) if op.name not in _MOVES:
                return self.usual
            case Constant() | ListOf() | Negate() | Call():
                found = {self.of(part) for part in node.parts} - {EXACT}
                return found.pop() if len(found) == 1 else self.usual if found else EXACT
        return self.usual


def step_writers(problem: Problem) -> Writers:
    """Draws, and what only moves their cells, exactly; an asked step as it is asked; everything else short."""
    asked = _asked_decimals(problem)
    names = dict.fromkeys(problem.draws, EXACT)
    writers = Writers(names, Writer(max([SHORT_DECIMALS, *asked.values()])))
    for step in problem.graph.order:
        writer = writers.of(problem.steps[step].tree)
        names[step] = Writer(asked[step], asked=True) if step in asked and writer != EXACT else writer
    return writers


def _asked_decimals(problem: Problem) -> dict[str, int]:
    """The decimals with which answers are asked, by step."""
    asked: dict[str, int] = {}
    for answer in (*problem.answers, *problem.left_out):
        told = answer.ask or answer.within
        decimals = [int(rule.amount) for rule in told.rules if rule.unit == "decimals"] if told else []
        if decimals:
            asked[answer.of] = max([asked.get(answer.of, 0), *decimals])
    return asked
