"""Which step reads which: order, what lies below a step, what lies above it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from quizgen.errors import QuizgenError

Edges = frozenset[tuple[str, frozenset[str]]]  # further readings: (step, the names it reads)


class Graph:
    """The steps of a problem with the names each one reads; draws are the names that no step makes.

    >>> Graph({"area": {"side"}, "total": {"area", "side"}}).below(frozenset({"area"}))
    frozenset({'total'})
    """

    def __init__(self, reads: Mapping[str, Iterable[str]]) -> None:
        self.reads = {step: frozenset(names) for step, names in reads.items()}
        self.order = self._sorted()
        self._position = {step: i for i, step in enumerate(self.order)}
        self.below = lru_cache(maxsize=4096)(self._below)

    def position(self, step: str) -> int:
        """Where a step stands in the order of solving."""
        return self._position[step]

    def above(self, steps: Iterable[str]) -> frozenset[str]:
        """All steps that the given ones are computed from, themselves excluded unless they are read."""
        found: set[str] = set()
        todo = [name for step in steps for name in self.reads[step]]
        while todo:
            name = todo.pop()
            if name in self.reads and name not in found:
                found.add(name)
                todo.extend(self.reads[name])
        return frozenset(found)

    def _below(self, steps: Iterable[str], more: Edges = frozenset()) -> frozenset[str]:
        """All steps that are computed from the given ones, through `more` readings too; themselves excluded."""
        start = set(steps)
        found = set(start)
        grown = True
        while grown:
            hit = {step for step, names in self.reads.items() if step not in found and names & found}
            hit |= {step for step, names in more if step not in found and names & found}
            found |= hit
            grown = bool(hit)
        return frozenset(found - start)

    def _sorted(self) -> tuple[str, ...]:
        """Steps in the author's order wherever dependencies allow it; raises QuizgenError on a cycle."""
        done: dict[str, None] = {}
        waiting = list(self.reads)
        while waiting:
            ready = [step for step in waiting if all(n in done or n not in self.reads for n in self.reads[step])]
            if not ready:
                circle = _cycle(self.reads, waiting)
                what = f"the steps {' -> '.join(circle)} need each other in a circle"
                what = what if len(circle) > 2 else f"the step '{circle[0]}' uses itself"
                raise QuizgenError(what, hint="Compute one of them from draws or earlier steps only.")
            done[ready[0]] = None
            waiting.remove(ready[0])
        return tuple(done)


def _cycle(reads: Mapping[str, frozenset[str]], waiting: list[str]) -> list[str]:
    """Name one circle among the steps that wait for each other."""
    path = [waiting[0]]
    while path[-1] not in path[:-1]:
        path.append(min(name for name in reads[path[-1]] if name in waiting))
    return path[path.index(path[-1]) :]
