"""Secret and names -> parameters that satisfy `require` and tell every mistake from the truth.

Variant i takes its first try that is accepted and that no variant before it holds: precedence by number, so that
variant 7 is the same for 50 and for 500 (docs/marking-rules.md, "Drawing").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from quizgen.errors import QuizgenError
from quizgen.problem import Problem
from quizgen.stream import Stream, bounded, subkey
from quizgen.tellapart import Sieve
from quizgen.tolerance import Tolerance
from quizgen.values import Value, gather
from quizgen.world import Params, World, world

BLOCK = 8_192  # candidates evaluated together: their arrays stay in the processor's cache
FRESH_ANSWERS = 16  # accepted tries for which a variant's answers, too, must be new
MAX_TRIES = 20_000  # of one variant, before the space is counted or estimated
COUNTABLE = 1 << 20  # spaces up to this size are counted, larger ones estimated

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Drawn:
    """The parameters and right answers of variants 1 to n of one question, and how hard they were to find."""

    params: Params
    expected: Mapping[str, Value]
    candidates: int
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
    for start in range(0, n, BLOCK):
        search.extend(numbers[start : start + BLOCK])
        if progress:
            progress(min(n, start + BLOCK))
    search.settle()
    return search.result()


def sample(problem: Problem, words: np.ndarray) -> tuple[Params, np.ndarray]:
    """Turn random words, (words of a page, n), into parameters and the index of every number drawn."""
    n = words.shape[1]
    indices = np.zeros(words.shape, dtype=np.intp)
    structural = problem.drawers({})
    picked: dict[str, Value] = {}
    for name in problem.structural:
        start, _ = problem.words[name]
        indices[start] = bounded(words[start], len(structural[name].values))
        picked[name] = Value.dense(structural[name].values[indices[start]])
    if not problem.structural:
        return _fill(problem, {}, words, indices), indices
    groups = _groups(problem, picked)
    parts: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {name: [] for name in problem.draws}
    for structure, columns in groups:
        some = indices[:, columns]
        for name, value in _fill(problem, structure, words[:, columns], some).items():
            parts[name].append((columns, value.cells))
        indices[:, columns] = some
    params = {name: gather(found, found[0][1].ndim - 1, n) for name, found in parts.items()}
    return {**params, **picked}, indices


def count_space(problem: Problem, tolerances: Mapping[str, Tolerance]) -> int:
    """How many different variants of a problem can be accepted, by trying each; for spaces up to COUNTABLE."""
    sieve = Sieve(problem, tolerances)
    accepted = 0
    for structure in problem.structures:
        drawers = problem.drawers(structure)
        radices = [len(d.values) for name, d in drawers.items() if name not in structure for _ in range(d.cells)]
        space = int(np.prod(radices, dtype=float))
        for start in range(0, space, BLOCK):
            digits = np.array(np.unravel_index(np.arange(start, min(space, start + BLOCK)), radices or (1,)))
            params = _from_indices(problem, structure, digits)
            accepted += int(sieve.accepts(world(problem, params)).sum())
    return accepted


def space_size(problem: Problem) -> int:
    """How many different parameters there are before any condition."""
    total = 0
    for structure in problem.structures:
        size = 1
        for name, drawer in problem.drawers(structure).items():
            size *= 1 if name in structure else drawer.space
        total += size
    return total


@dataclass
class _Search:
    """Variants on their way to being final: the current candidate of each, and which tries are spent."""

    problem: Problem
    stream: Stream
    tolerances: Mapping[str, Tolerance]
    tries: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    accepted: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    digests: np.ndarray = field(default_factory=lambda: np.zeros((2, 0), dtype="V16"))
    candidates: int = 0

    def __post_init__(self) -> None:
        self.sieve = Sieve(self.problem, self.tolerances)
        self.words = sum(size for _, size in self.problem.words.values())
        self.rate = 1.0

    def extend(self, numbers: np.ndarray) -> None:
        """Find the first accepted try of further variants."""
        fresh = len(numbers)
        self.tries = np.concatenate([self.tries, np.full(fresh, -1)])
        self.accepted = np.concatenate([self.accepted, np.zeros(fresh, dtype=np.int64)])
        self.digests = np.concatenate([self.digests, np.zeros((2, fresh), dtype="V16")], axis=1)
        self.advance(numbers)

    def advance(self, numbers: np.ndarray) -> None:
        """Move variants on to their next accepted try."""
        waiting = numbers
        while len(waiting):
            width = int(np.clip(1 / max(self.rate, 1e-4), 1, max(1, BLOCK // len(waiting))))
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
        """The final variants, computed once more from their tries, in blocks."""
        parts: list[tuple[Params, dict[str, Value]]] = []
        n = len(self.tries)
        for start in range(0, n, BLOCK):
            numbers = np.arange(start, min(n, start + BLOCK))
            params, _ = sample(self.problem, self.stream.words(numbers + 1, self.tries[numbers], self.words))
            truth = world(self.problem, params)
            parts.append((params, {a.name: truth.value(a.of, a.axes) for a in self.problem.answers}))
        answers = self.digests[1]
        return Drawn(
            params={name: Value.joined([params[name] for params, _ in parts]) for name in self.problem.draws},
            expected={a.name: Value.joined([expected[a.name] for _, expected in parts]) for a in self.problem.answers},
            candidates=self.candidates,
            waived=len(answers) - len(np.unique(answers)),
        )

    def _try(self, waiting: np.ndarray, width: int) -> np.ndarray:
        """Evaluate the next `width` tries of each waiting variant; give back those that still wait."""
        still = []
        for start in range(0, len(waiting), BLOCK):
            numbers = waiting[start : start + BLOCK]
            first = self.tries[numbers - 1] + 1
            pairs = np.tile(numbers, width), np.concatenate([first + k for k in range(width)])
            params, indices = sample(self.problem, self.stream.words(*pairs, self.words))
            truth = world(self.problem, params)
            mask = self.sieve.accepts(truth)
            self.candidates += mask.size
            self.rate = 0.5 * self.rate + 0.5 * mask.mean()
            hits = mask.reshape(width, -1)
            found, chosen = hits.any(axis=0), hits.argmax(axis=0)
            if found.any():
                columns = chosen[found] * len(numbers) + np.flatnonzero(found)
                self._hold(numbers[found] - 1, pairs[1][columns], indices[:, columns], truth.take(columns))
            lost = numbers[~found]
            self.tries[lost - 1] += width
            if len(lost) and self.tries[lost - 1].max() > MAX_TRIES:
                raise _exhausted(self.problem, self.tolerances, len(self.tries), self.sieve)
            still.append(lost)
        return np.concatenate(still) if still else waiting[:0]

    def _hold(self, places: np.ndarray, tries: np.ndarray, indices: np.ndarray, truth: World) -> None:
        """Let variants hold an accepted try: remember digests of its parameters and of its right answers."""
        rows = []
        for answer in self.problem.answers:
            value = truth.value(answer.of, answer.axes)
            rows.append(value.shape.astype(float))
            rows.append(value.cells.reshape(-1, truth.n) + 0.0)  # + 0.0 makes -0 and 0 the same bytes
        self.tries[places] = tries
        self.accepted[places] += 1
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


def _fill(
    problem: Problem, structure: Mapping[str, object], words: np.ndarray, indices: np.ndarray
) -> dict[str, Value]:
    """Draw everything for columns of one structure; `indices` is filled in."""
    drawn = {}
    for name, drawer in problem.drawers(structure).items():
        start = problem.words[name][0]
        rows = slice(start, start + drawer.cells)
        indices[rows] = bounded(words[rows], len(drawer.values))
        drawn[name] = _picked(drawer.values, indices[rows], drawer.shape)
    return drawn


def _picked(values: np.ndarray, indices: np.ndarray, shape: tuple[int, ...]) -> Value:
    """Look the numbers up and give them their shape; numbers are worked with as doubles, exact to 2^53."""
    table = values if values.dtype.kind == "U" else values.astype(float)
    return Value.dense(table[indices].reshape(*shape, indices.shape[1]))


def _groups(problem: Problem, picked: Mapping[str, Value]) -> list[tuple[Mapping[str, object], np.ndarray]]:
    """The columns of each structure that occurs."""
    groups = []
    for structure in problem.structures:
        match = np.logical_and.reduce([picked[name].cells == value for name, value in structure.items()])
        if match.any():
            groups.append((structure, np.flatnonzero(match)))
    return groups


def _from_indices(problem: Problem, structure: Mapping[str, object], digits: np.ndarray) -> Params:
    """Parameters of one structure from the index of every number, (numbers, n)."""
    params = {}
    row = 0
    for name, drawer in problem.drawers(structure).items():
        if name in structure:
            params[name] = Value.dense(np.broadcast_to(np.asarray(structure[name]), (digits.shape[1],)))
            continue
        params[name] = _picked(drawer.values, digits[row : row + drawer.cells], drawer.shape)
        row += drawer.cells
    return params


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
        f"{sieve.rate * space:,.0f} of {space:,} are); most are refused by: {sieve.hardest}",
        where=problem.file,
        hint="Widen `draw` or ease `require`.",
    )


def _too_few(problem: Problem, available: str, n: int) -> QuizgenError:
    return QuizgenError(
        f"'{problem.name}' has only {available} different variants that tell its mistakes apart; {n:,} were asked for",
        where=problem.file,
        hint="Ask for fewer (--n), or widen the ranges under `draw`.",
    )
