"""Secret and names -> parameters that satisfy `require` and tell every mistake from the truth.

Variant i takes its first try that is accepted and that no variant before it holds: precedence by number, so that
variant 7 is the same for 50 and for 500 (docs/marking-rules.md, "Drawing").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from quizgen.draw.parameters import every_index, indices_from, params_from, space_size, words_needed
from quizgen.draw.stream import Stream, subkey
from quizgen.draw.tellapart import Sieve
from quizgen.errors import QuizgenError
from quizgen.language.tolerance import Tolerance
from quizgen.problem.model import Problem
from quizgen.world.values import Value
from quizgen.world.worlds import Params, World, world

BLOCK = 16_384  # candidates drawn and solved together: their arrays stay in the processor's cache
WAVE = 65_536  # candidates whose survivors are told apart together
FRESH_ANSWERS = 16  # accepted tries for which a variant's answers, too, must be new
MAX_TRIES = 20_000  # of one variant, before the space is counted or estimated
COUNTABLE = 1 << 20  # spaces up to this size are counted, larger ones estimated

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Drawn:
    """The parameters and right answers of variants 1 to n of one question, and how hard they were to find."""

    params: Params
    expected: Mapping[str, Value]
    candidates: int  # tries that were evaluated
    acceptance: float  # the share of them that could have been a variant
    waived: int  # variants whose answers another one shares

    @property
    def n(self) -> int:
        """How many variants there are."""
        return next(iter(self.params.values())).n


def draw(
    problem: Problem,
    secret: bytes,
    question: str,
    n: int,
    tolerances: Mapping[str, Tolerance],
    progress: Progress | None = None,
) -> Drawn:
    """Draw n distinct variants of a problem for a question.

    `tolerances`: the grader's word on each kind of answer. Raises QuizgenError if fewer than n variants exist.
    """
    search = _Search(problem, Stream(subkey(secret, question)), tolerances)
    _refuse_if_too_small(problem, tolerances, n)
    numbers = np.arange(1, n + 1)
    for start in range(0, n, WAVE):
        search.extend(numbers[start : start + WAVE], progress or (lambda _: None))
    search.settle()
    return search.result()


def count_space(problem: Problem, tolerances: Mapping[str, Tolerance]) -> int:
    """How many different variants of a problem can be accepted, by trying each; for spaces up to COUNTABLE."""
    sieve = Sieve(problem, tolerances)
    return sum(
        int(sieve.accepts(world(problem, params_from(problem, indices))).sum())
        for indices in every_index(problem, BLOCK)
    )


@dataclass
class _Search:
    """Variants on their way to being final: the current candidate of each, and which tries are spent."""

    problem: Problem
    stream: Stream
    tolerances: Mapping[str, Tolerance]
    tries: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    accepted: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    digests: np.ndarray = field(default_factory=lambda: np.zeros((2, 0), dtype="V16"))

    def __post_init__(self) -> None:
        self.sieve = Sieve(self.problem, self.tolerances)
        self.words = words_needed(self.problem)
        self.indices = np.zeros((self.words, 0), dtype=np.uint32)

    def extend(self, numbers: np.ndarray, progress: Progress) -> None:
        """Find the first accepted try of further variants."""
        fresh = len(numbers)
        self.tries = np.concatenate([self.tries, np.full(fresh, -1)])
        self.accepted = np.concatenate([self.accepted, np.zeros(fresh, dtype=np.int64)])
        self.digests = np.concatenate([self.digests, np.zeros((2, fresh), dtype="V16")], axis=1)
        self.indices = np.concatenate([self.indices, np.zeros((self.words, fresh), dtype=np.uint32)], axis=1)
        self.advance(numbers, progress)

    def advance(self, numbers: np.ndarray, progress: Progress | None = None) -> None:
        """Move variants on to their next accepted try."""
        waiting = numbers
        while len(waiting):
            if progress:
                progress(int(numbers[-1]) - len(waiting))
            width = int(np.clip(1 / self.sieve.rate, 1, max(1, WAVE // len(waiting))))
            waiting = self._try(waiting, width)

    def settle(self) -> None:
        """Move variants on until none holds what an earlier one holds.

        A clash is resolved only once the earlier variant is final, that is, once nothing before it clashes.
        """
        later, earlier = self._clashes()
        while len(later):
            ready = later[earlier < later.min()]
            self.advance(np.unique(ready) + 1)
            later, earlier = self._clashes()

    def result(self) -> Drawn:
        """The final variants with their right answers, solved in blocks."""
        parts: list[tuple[Params, dict[str, Value]]] = []
        n = len(self.tries)
        for start in range(0, n, BLOCK):
            params = params_from(self.problem, self.indices[:, start : start + BLOCK])
            truth = world(self.problem, params)
            parts.append((params, {a.name: truth.value(a.of, a.axes) for a in self.problem.answers}))
        answers = self.digests[1]
        return Drawn(
            params={name: Value.joined([params[name] for params, _ in parts]) for name in self.problem.draws},
            expected={a.name: Value.joined([expected[a.name] for _, expected in parts]) for a in self.problem.answers},
            candidates=self.sieve.seen,
            acceptance=self.sieve.passed / self.sieve.seen,
            waived=len(answers) - len(np.unique(answers)),
        )

    def _try(self, waiting: np.ndarray, width: int) -> np.ndarray:
        """Evaluate the next `width` tries of each waiting variant; give back those that still wait."""
        tries = np.concatenate([self.tries[waiting - 1] + k for k in range(1, width + 1)])
        numbers = np.tile(waiting, width)
        hits = np.zeros(len(numbers), dtype=bool)
        passed, indices = self._satisfying(numbers, tries)
        if len(passed):
            truth = world(self.problem, params_from(self.problem, indices))
            told = self.sieve.told_apart(truth)
            hits[passed] = told
        places = hits.reshape(width, -1)
        found, chosen = places.any(axis=0), places.argmax(axis=0)
        if found.any():
            first = chosen[found] * len(waiting) + np.flatnonzero(found)
            columns = np.searchsorted(passed, first)
            self._hold(waiting[found] - 1, tries[first], indices[:, columns], truth.take(columns))
        lost = waiting[~found]
        self.tries[lost - 1] += width
        if len(lost) and self.tries[lost - 1].max() > MAX_TRIES:
            raise _exhausted(self.problem, self.tolerances, len(self.tries), self.sieve)
        return lost

    def _satisfying(self, numbers: np.ndarray, tries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The candidates that satisfy `require`: their places, and the indices of what they draw."""
        places, drawn = [], []
        for start in range(0, len(numbers), BLOCK):
            part = slice(start, start + BLOCK)
            indices = indices_from(self.problem, self.stream.words(numbers[part], tries[part], self.words))
            holds = self.sieve.satisfies(world(self.problem, params_from(self.problem, indices)))
            places.append(start + np.flatnonzero(holds))
            drawn.append(indices[:, holds])
        return np.concatenate(places), np.concatenate(drawn, axis=1)

    def _hold(self, places: np.ndarray, tries: np.ndarray, indices: np.ndarray, truth: World) -> None:
        """Let variants hold an accepted try: remember digests of its parameters and of its right answers."""
        rows = []
        for answer in self.problem.answers:
            value = truth.value(answer.of, answer.axes)
            rows.append(value.shape.astype(float))
            rows.append(value.cells.reshape(-1, truth.n) + 0.0)  # + 0.0 makes -0 and 0 the same bytes
        self.tries[places] = tries
        self.accepted[places] += 1
        self.indices[:, places] = indices
        self.digests[0, places] = digest(indices)
        numbers = np.concatenate(rows)
        self.digests[1, places] = digest(numbers.view(np.uint64), skip=np.isnan(numbers))

    def _clashes(self) -> tuple[np.ndarray, np.ndarray]:
        """Variants (from 0) that hold what an earlier one holds, and that earlier one; empty if there are none."""
        strict = self.accepted <= FRESH_ANSWERS
        later, earlier = _twins(self.digests[0], np.ones_like(strict))
        later_too, earlier_too = _twins(self.digests[1], strict)
        return np.concatenate([later, later_too]), np.concatenate([earlier, earlier_too])


def digest(words: np.ndarray, skip: np.ndarray | None = None) -> np.ndarray:
    """Sixteen bytes for each column of (words, n), by two multiplicative hashes; equal columns, equal bytes.

    `skip`: a mask of words that do not count (cells outside a column's own shape).
    """
    n = words.shape[1]
    halves = np.empty((n, 2), dtype=np.uint64)
    for half, (seed, factor) in enumerate(_HASHES):
        state = np.full(n, seed, dtype=np.uint64)
        for i, row in enumerate(words.astype(np.uint64, copy=False)):
            mixed = (state ^ row) * factor
            mixed ^= mixed >> np.uint64(29)
            state = mixed if skip is None else np.where(skip[i], state, mixed)
        halves[:, half] = state
    return halves.view("V16").ravel()


_HASHES = (
    (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(0xD1B54A32D192ED03), np.uint64(0x94D049BB133111EB)),
)


def _twins(digests: np.ndarray, strict: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each strict variant whose digest stands before it: its place and the first place of that digest."""
    _, first, inverse = np.unique(digests, return_index=True, return_inverse=True)
    earliest = first[inverse]
    later = np.flatnonzero((earliest < np.arange(len(digests))) & strict)
    return later, earliest[later]


def _refuse_if_too_small(problem: Problem, tolerances: Mapping[str, Tolerance], n: int) -> None:
    """Stop at once when the whole space, before any condition, is smaller than what is asked for."""
    if space_size(problem) <= min(COUNTABLE, 8 * n):
        available = count_space(problem, tolerances)
        if available < n:
            raise _too_few(problem, f"{available:,}", n)


def _exhausted(problem: Problem, tolerances: Mapping[str, Tolerance], n: int, sieve: Sieve) -> QuizgenError:
    """Say why no further variant was found: too few exist, or the conditions let almost nothing pass."""
    space = space_size(problem)
    if space <= COUNTABLE:
        available = count_space(problem, tolerances)
        if available < n:
            return _too_few(problem, f"{available:,}", n)
    return QuizgenError(
        f"in {MAX_TRIES:,} tries a variant of '{problem.name}' found nothing acceptable (about "
        f"{sieve.passed / sieve.seen * space:,.0f} of {space:,} are); most are refused by: {sieve.hardest}",
        where=problem.file,
        hint="Widen `draw` or ease `require`.",
    )


def _too_few(problem: Problem, available: str, n: int) -> QuizgenError:
    return QuizgenError(
        f"'{problem.name}' has only {available} different variants that tell its mistakes apart; {n:,} were asked for",
        where=problem.file,
        hint="Ask for fewer (--n), or widen the ranges under `draw`.",
    )
