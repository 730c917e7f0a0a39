"""Secret and names -> parameters that satisfy `require` and tell every mistake from the truth.

Variant i takes its first try that is accepted and that no variant before it holds: precedence by number, so that
variant 7 is the same for 50 and for 500 (docs/marking-rules.md, "Drawing").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from quizgen.draw.candidates import BLOCK, COUNTABLE, Accepted, Judge, Solver, Table, count_space, digest, digest_of
from quizgen.draw.parameters import Space, estimate
from quizgen.draw.stream import Stream, subkey
from quizgen.errors import QuizgenError
from quizgen.language.tolerance import Tolerance
from quizgen.problem.model import Problem
from quizgen.world.values import Value
from quizgen.world.worlds import Params, world

__all__ = [
    "BLOCK",
    "COUNTABLE",
    "FRESH_ANSWERS",
    "MAX_TRIES",
    "NOTHING",
    "Drawn",
    "Taken",
    "count_space",
    "digest",
    "digests",
    "draw",
]

FRESH_ANSWERS = 16  # accepted tries for which a variant's answers, too, must be new
MAX_TRIES = 20_000  # of one variant, in a space that is too large to count
_ALL_TRIES = 2**32  # as many as the keystream has pages for
_SHARE = 16  # where tries seldom fit, a variant takes one in so many of those that it will need at once
_AHEAD = 1_024  # variants looked at beyond the first that has to move on

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Drawn:
    """The parameters and right answers of n variants of one question, and how hard they were to find."""

    params: Params
    expected: Mapping[str, Value]
    candidates: int  # tries that were looked at
    acceptance: float  # the share of them that could have been a variant
    told_apart: float  # the share of those that satisfy `require`
    waived: int  # variants whose answers another one shares

    @property
    def n(self) -> int:
        """How many variants there are."""
        return next(iter(self.params.values())).n


@dataclass(frozen=True)
class Taken:
    """What is taken before variants are drawn.

    `variants`: how many were drawn already; the new ones continue their numbers. `parameters` and `answers`: what
    those hold, and parameters that stand elsewhere, as `digests` makes them.
    """

    variants: int = 0
    parameters: frozenset[bytes] = frozenset()
    answers: frozenset[bytes] = frozenset()

    @classmethod
    def by(cls, problem: Problem, drawn: Params, expected: Mapping[str, Value], elsewhere: Iterable[bytes]) -> Taken:
        """By the variants of a problem, if there are any, and by parameters that stand elsewhere."""
        if not drawn:
            return cls(parameters=frozenset(elsewhere))
        answers = digest_of(expected[answer.name] for answer in problem.answers).tolist()
        return cls(len(answers), frozenset([*digests(drawn), *elsewhere]), frozenset(answers))


NOTHING = Taken()


def digests(params: Params) -> list[bytes]:
    """Sixteen bytes for the parameters of each variant: equal parameters of a problem have equal ones."""
    found: list[bytes] = digest_of(params[name] for name in sorted(params)).tolist()
    return found


def draw(
    problem: Problem,
    secret: bytes,
    question: str,
    n: int,
    tolerances: Mapping[str, Tolerance],
    progress: Progress | None = None,
    unlike: Sequence[Params] = (),
    taken: Taken = NOTHING,
) -> Drawn:
    """Draw n distinct variants of a problem for a question.

    `tolerances`: the grader's word on each kind of answer. `unlike`: parameters of n variants of the same problem in
    other questions; variant i differs from each of their variants i, so that no paper asks the same twice. `taken`:
    what was drawn before; 50 variants and then 10 more are the same as 60. Raises QuizgenError if too few exist.
    """
    search = _Search(problem, Stream(subkey(secret, question)), tolerances, n, unlike, taken)
    search.run(progress or (lambda _: None))
    return search.result()


class _Search:
    """Variants (numbered from 0, after those drawn before) on their way to being final.

    Each variant waits until one of its tries fits, and then holds it. From the first on, variants become final as long
    as they hold what no final one holds; those that do not wait again. A try that a final variant has spoilt stays
    spoilt, so the order in which tries are looked at changes the time and never the result.
    """

    def __init__(
        self,
        problem: Problem,
        stream: Stream,
        tolerances: Mapping[str, Tolerance],
        n: int,
        unlike: Sequence[Params] = (),
        taken: Taken = NOTHING,
    ) -> None:
        self.problem = problem
        self.stream = stream
        self.n = n
        self.space = Space(problem)
        self.solver = Solver(problem, self.space, tolerances)
        self.judge: Judge = self.solver
        self.tries = np.zeros(n, dtype=np.int64)  # of each variant: how many were looked at
        self.accepted = [0] * n  # and how many of these were accepted
        self.held: list[tuple[bytes, bytes] | None] = [None] * n  # digests of its parameters and of its answers
        self.indices = np.zeros((self.space.words, n), dtype=np.uint32)
        self.begun = 0  # variants that have waited or wait
        self.final = 0
        self.before = taken
        self.taken = set(taken.parameters)  # parameters of final variants, and of others
        self.answered = set(taken.answers)  # and their answers
        self.candidates = 0
        self.acceptable = 0
        self.luck = _Luck()
        self.unlike = [digests(params) for params in unlike]

    def run(self, progress: Progress) -> None:
        """Look at tries until all variants are final."""
        waiting, done = np.zeros(0, dtype=np.int64), 0
        while self.final < self.n:
            self._count_if_worthwhile()
            waiting, together = self._joined(waiting), self._together
            lost = self._try(waiting[:together])
            waiting = np.sort(np.concatenate([lost, waiting[together:], self._settle()]), kind="stable")
            done = max(done, (self.final + self.begun - len(waiting)) // 2)
            progress(done)

    def result(self) -> Drawn:
        """The final variants with their right answers, solved in blocks."""
        parts: list[tuple[Params, dict[str, Value]]] = []
        block = self.solver.sizes.block
        for start in range(0, self.n, block):
            params = self.space.params(self.indices[:, start : start + block])
            truth = world(self.problem, params)
            parts.append((params, {a.name: truth.value(a.of, a.step_axes) for a in self.problem.answers}))
        return Drawn(
            params={name: Value.joined([params[name] for params, _ in parts]) for name in self.problem.draws},
            expected={a.name: Value.joined([expected[a.name] for _, expected in parts]) for a in self.problem.answers},
            candidates=self.candidates,
            acceptance=self.acceptable / self.candidates,
            told_apart=self.solver.fit / max(1, self.solver.satisfying),
            waived=self.n + len(self.before.answers) - len(self.answered),
        )

    def _count_if_worthwhile(self) -> None:
        """Solve the whole space once where that costs no more than going on; stop if it holds too few variants."""
        size = self.space.size
        if self.judge is self.solver and size <= COUNTABLE and size <= max(8 * self.n, self.candidates):
            table = Table(self.solver)
            held = sum(self._held(table)) if self.before.parameters else 0
            if table.available - held < self.n:
                raise _too_few(self.problem, table.available, self.n, held)
            self.judge = table

    def _held(self, table: Table) -> Iterator[int]:
        """How many of the variants that there are were taken before, block by block."""
        for indices in table.acceptable(self.solver.sizes.block):
            yield len(self.before.parameters.intersection(self._parameters(indices)))

    def _joined(self, waiting: np.ndarray) -> np.ndarray:
        """The waiting variants, joined by as many new ones as can be looked at together."""
        first = self.begun
        self.begun = min(self.n, first + max(0, self._together - len(waiting)))
        return np.concatenate([waiting, np.arange(first, self.begun)])

    @property
    def _together(self) -> int:
        """Variants looked at together: where tries seldom fit only the first ones, so that they come to an end."""
        wave = self.solver.sizes.wave
        return int(np.clip(wave * self.luck.rate * _SHARE, 1, wave))

    def _try(self, waiting: np.ndarray) -> np.ndarray:
        """Look at the next tries of waiting variants; give back those that still wait."""
        width = int(np.clip(1 / self.luck.rate, 1, max(1, self.solver.sizes.wave // len(waiting))))
        tries = np.concatenate([self.tries[waiting] + k for k in range(width)])
        inside = tries < self._limit
        numbers, tries = np.tile(waiting, width)[inside], tries[inside]
        found = self.judge.accepted(self._drawn(numbers, tries))
        chosen = self._choose(numbers[found.places].tolist(), found)
        variants, columns = np.array([*chosen], dtype=np.int64), np.array([*chosen.values()], dtype=np.int64)
        self.tries[waiting] += width
        self.tries[variants] = tries[found.places[columns]] + 1
        self.indices[:, variants] = found.indices[:, columns]
        self.candidates += len(numbers)
        self.acceptable += len(found.places)
        self.luck.add(len(numbers), len(chosen))
        lost = waiting[~np.isin(waiting, variants)]
        if len(lost) and self.tries[lost].max() >= self._limit:
            raise self._in_vain(int(lost[self.tries[lost].argmax()]))
        return lost

    @property
    def _limit(self) -> int:
        """How many tries a variant has: where enough variants are known to exist, one of them will come."""
        return _ALL_TRIES if self.space.size <= COUNTABLE and not self.unlike else MAX_TRIES

    def _drawn(self, numbers: np.ndarray, tries: np.ndarray) -> Iterator[np.ndarray]:
        """The indices of what some (variant, try) pairs draw, in blocks."""
        block = self.solver.sizes.block
        for start in range(0, len(numbers), block):
            part = slice(start, start + block)
            variants = numbers[part] + self.before.variants + 1
            yield self.space.indices(self.stream.words(variants, tries[part], self.space.words))

    def _choose(self, variants: list[int], found: Accepted) -> dict[int, int]:
        """Let each variant hold the first of its accepted tries that fits; gives the columns of those tries."""
        chosen: dict[int, int] = {}
        parameters, answers = self._parameters(found.indices), found.answers.tolist()
        elsewhere = self._elsewhere(variants, found.indices)
        for column, (variant, *holds) in enumerate(zip(variants, parameters, answers, strict=True)):
            if variant not in chosen and column not in elsewhere:
                self.accepted[variant] += 1
                if not self._spoilt(variant, *holds):
                    self.held[variant] = (holds[0], holds[1])
                    chosen[variant] = column
        return chosen

    def _parameters(self, indices: np.ndarray) -> list[bytes]:
        """Sixteen bytes for what each column draws: for its indices, which is quicker, unless values are taken."""
        if self.before.parameters:
            return digests(self.space.params(indices)) if indices.shape[1] else []
        found: list[bytes] = digest(indices).tolist()
        return found

    def _elsewhere(self, variants: list[int], indices: np.ndarray) -> set[int]:
        """The columns whose parameters the same paper has in another question."""
        if not self.unlike or not variants:
            return set()
        drawn = enumerate(digests(self.space.params(indices)))
        return {column for column, held in drawn if any(held == other[variants[column]] for other in self.unlike)}

    def _spoilt(self, variant: int, parameters: bytes, answers: bytes) -> bool:
        """Whether a final variant holds these parameters, or these answers as long as they have to be new."""
        strict = self.accepted[variant] <= FRESH_ANSWERS
        return parameters in self.taken or (strict and answers in self.answered)

    def _settle(self) -> np.ndarray:
        """Make final what can be; give back the next variants that hold what a final one holds, to wait again."""
        while self.final < self.begun:
            held = self.held[self.final]
            if held is None or self._spoilt(self.final, *held):
                break
            self.taken.add(held[0])
            self.answered.add(held[1])
            self.final += 1
        again = []
        for variant in range(self.final, min(self.begun, self.final + _AHEAD)):
            held = self.held[variant]
            if held is not None and self._spoilt(variant, *held):
                self.held[variant] = None
                again.append(variant)
        return np.array(again, dtype=np.int64)

    def _in_vain(self, variant: int) -> QuizgenError:
        """Say what a variant found in all of its tries, in a space that is too large to count."""
        number = self.before.variants + variant + 1
        tried = f"in {MAX_TRIES:,} tries variant {number:,} of '{self.problem.name}' found nothing"
        if self.acceptable:
            size = self.space.size
            share = f"about {estimate(size, self.acceptable / self.candidates)} of {estimate(size)} are acceptable"
        else:
            share = f"none of the {self.candidates:,} tries of all variants was"
        if self.accepted[variant]:
            return QuizgenError(
                f"{tried} that no variant before it holds ({share})",
                where=self.problem.file,
                hint="Ask for fewer (--n), or widen the ranges under `draw`.",
            )
        return QuizgenError(
            f"{tried} acceptable ({share}); most are refused by: {self.solver.sieve.hardest}",
            where=self.problem.file,
            hint="Widen `draw` or ease `require`.",
        )


class _Luck:
    """How likely a try is to fit, lately: what was long ago counts less and less."""

    def __init__(self) -> None:
        self.tries = 0.0
        self.hits = 0.0

    @property
    def rate(self) -> float:
        """The share of tries that fitted; a guess of one in eight before there are any."""
        return (self.hits + 1) / (self.tries + 8)

    def add(self, tries: int, hits: int) -> None:
        """Remember how many of some tries fitted."""
        self.tries = self.tries / 2 + tries
        self.hits = self.hits / 2 + hits


def _too_few(problem: Problem, available: int, n: int, held: int) -> QuizgenError:
    hint = "Ask for fewer (--n), or widen the ranges under `draw`."
    if held:
        hint = "Ask for fewer (--n): what is taken stays taken."
    asked = f"{held:,} of them are taken, and {n:,} more were asked for" if held else f"{n:,} were asked for"
    return QuizgenError(
        f"'{problem.name}' has only {available:,} different variants that tell its mistakes apart; {asked}",
        where=problem.file,
        hint=hint,
    )
