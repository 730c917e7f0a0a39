"""Secret and names -> parameters that satisfy `require` and tell every mistake from the truth.

Variant i takes its first try that is accepted and that no variant before it holds: precedence by number, so that
variant 7 is the same for 50 and for 500 (docs/marking-rules.md, "Drawing").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from quizgen.draw.candidates import BLOCK, COUNTABLE, Accepted, Group, Judge, Solver, Table, count_space
from quizgen.draw.digests import Claims, Digests, digest, digest_of
from quizgen.draw.parameters import Space, estimate
from quizgen.draw.precedence import FRESH_ANSWERS, Precedence, ranks
from quizgen.draw.stream import Stream, subkey
from quizgen.errors import QuizgenError
from quizgen.language.tolerance import Tolerance
from quizgen.problem.model import Problem
from quizgen.world.values import Value, some_columns
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
    "draw_in_parts",
]

MAX_TRIES = 20_000  # of one variant, in a space that is too large to count
_ALL_TRIES = 2**32  # as many as the keystream has pages for
_SHARE = 4  # where tries seldom fit, a variant takes one in so many of those that it will need at once
_FEW = 16_384  # tries that cost little more than one: fewer variants try several times at once
_CLOSELY = 4_096  # promising tries that cost little more than one to be told apart
_REMAINDER = 0.25  # of a block of tries: fewer are hardly quicker to be told apart than a whole one
_LITTLE = 256  # and these cost nothing
_SPARE = 4  # many variants try at once a quarter of what they are likely to need: what more they find is hardly needed
_REST = 0.1  # variants that are likely to wait once more, of few that wait
_LEAST = 1e-3  # the share of tries that fit is never guessed to be smaller, nor nearer to all
_GUESS = 0.75  # of the candidates that satisfy `require`, before any was told apart

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


def _no_digests() -> np.ndarray:
    return np.zeros(0, dtype="V16")


@dataclass(frozen=True)
class Taken:
    """What is taken before variants are drawn.

    `variants`: how many were drawn already; the new ones continue their numbers. `parameters` and `answers`: what
    those hold, and parameters that stand elsewhere, as `digests` makes them.
    """

    variants: int = 0
    parameters: np.ndarray = field(default_factory=_no_digests)
    answers: np.ndarray = field(default_factory=_no_digests)

    @classmethod
    def by(cls, problem: Problem, drawn: Params, expected: Mapping[str, Value], elsewhere: Iterable[bytes]) -> Taken:
        """By the variants of a problem, if there are any, and by parameters that stand elsewhere."""
        others = cls(parameters=np.frombuffer(b"".join(elsewhere), dtype="V16"))
        if not drawn:
            return others
        answers = digest_of(expected[answer.name] for answer in problem.answers)
        return cls.together([cls(len(answers), _digests(drawn), answers), others])

    @classmethod
    def together(cls, parts: Sequence[Taken]) -> Taken:
        """What several have taken."""
        return cls(
            sum(part.variants for part in parts),
            np.concatenate([_no_digests(), *(part.parameters for part in parts)]),
            np.concatenate([_no_digests(), *(part.answers for part in parts)]),
        )


NOTHING = Taken()


def digests(params: Params) -> list[bytes]:
    """Sixteen bytes for the parameters of each variant: equal parameters of a problem have equal ones."""
    found: list[bytes] = _digests(params).tolist()
    return found


def _digests(params: Params) -> np.ndarray:
    return digest_of(params[name] for name in sorted(params))


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
    (drawn,) = draw_in_parts(problem, secret, question, [n], tolerances, progress, lambda _: unlike, taken)
    return drawn


def draw_in_parts(
    problem: Problem,
    secret: bytes,
    question: str,
    parts: Sequence[int],
    tolerances: Mapping[str, Tolerance],
    progress: Progress | None = None,
    unlike: Callable[[int], Sequence[Params]] | None = None,
    taken: Taken = NOTHING,
) -> Iterator[Drawn]:
    """The variants that `draw` would draw, so many at a time: of those that were given only digests stay in memory.

    `unlike`: by the number of a part, from 0, what the variants of that part must differ from, each from its own.
    """
    search = _Search(problem, Stream(subkey(secret, question)), tolerances, sum(parts), taken)
    told = progress or (lambda _: None)
    for number, n in enumerate(parts):
        search.begin(n, unlike(number) if unlike else ())
        before = sum(parts[:number])
        search.run(lambda done, before=before: told(before + done))  # type: ignore[misc]  # `before` as it is now
        yield search.result()


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
        whole: int,
        taken: Taken = NOTHING,
    ) -> None:
        self.problem = problem
        self.stream = stream
        self.whole = whole  # variants that are wanted in all
        self.space = Space(problem)
        self.solver = Solver(problem, self.space, tolerances)
        self.judge: Judge = self.solver
        self.before = taken
        self.taken = Digests(taken.parameters)  # parameters of final variants, and of others
        self.answered = Claims(taken.answers)  # who holds which answers
        self.candidates = 0
        self.acceptable = 0
        self.luck = _Luck(_GUESS * self.solver.band.share)
        self.lot = _Luck(_GUESS)  # of the promising tries
        self.first = taken.variants  # variants before those that are looked for now
        self.n = 0  # that are looked for now

    def begin(self, n: int, unlike: Sequence[Params]) -> None:
        """Look for the next n variants; what is final stays taken."""
        self.first, self.n = self.first + self.n, n
        self.answers_before = len(self.answered)
        self.tries = np.zeros(n, dtype=np.int64)  # of each variant: how many were looked at
        self.begun = 0  # variants that have waited or wait
        self.held = Precedence(n, self.space.words, self.first, self.taken, self.answered)
        self.unlike = [_digests(params) for params in unlike]

    def run(self, progress: Progress) -> None:
        """Look at tries until all variants are final."""
        waiting, done = np.zeros(0, dtype=np.int64), 0
        while self.held.final < self.n:
            self._count_if_worthwhile()
            waiting, together = self._joined(waiting), self._together
            looked, promising, accepted = self._try(waiting[:together])
            waiting = self.held.settle(self.begun)
            self.luck.see(looked, accepted, self.held.offered, self.held.refused)
            self.lot.see(promising, accepted, self.held.offered, self.held.refused)
            self._refuse_in_vain(waiting)
            done = max(done, (self.held.final + self.begun - len(waiting)) // 2)
            progress(done)

    def result(self) -> Drawn:
        """The final variants with their right answers, solved structure by structure, in blocks."""
        params: dict[str, list[tuple[np.ndarray, Value]]] = {name: [] for name in self.problem.draws}
        expected: dict[str, list[tuple[np.ndarray, Value]]] = {answer.name: [] for answer in self.problem.answers}
        for columns in self.solver.alike(self.held.indices):
            drawn = self.space.params(some_columns(self.held.indices, columns))
            truth = world(self.problem, drawn)
            for name, value in drawn.items():
                params[name].append((columns, value))
            for answer in self.problem.answers:
                expected[answer.name].append((columns, truth.value(answer.of, answer.step_axes)))
        return Drawn(  # each part is let go at once
            params={name: Value.assembled(params.pop(name)) for name in self.problem.draws},
            expected={answer.name: Value.assembled(expected.pop(answer.name)) for answer in self.problem.answers},
            candidates=self.candidates,
            acceptance=self.acceptable / self.candidates,
            told_apart=self.solver.fit / max(1, self.solver.satisfying),
            waived=self.n + self.answers_before - len(self.answered),
        )

    def _count_if_worthwhile(self) -> None:
        """Solve the whole space once where that costs no more than going on; stop if it holds too few variants."""
        size = self.space.size
        if self.judge is self.solver and size <= COUNTABLE and size <= self._foreseen:
            table = Table(self.solver)
            held = sum(self._held(table)) if len(self.before.parameters) else 0
            if table.available - held < self.whole:
                raise _too_few(self.problem, table.available, self.whole, held)
            self.judge = table

    @property
    def _foreseen(self) -> float:
        """Tries that all variants will take in all, as far as those so far tell."""
        held = self.first - self.before.variants + np.count_nonzero(self.held.holding)
        return self.candidates + (self.whole - held) / self.luck.rate

    def _held(self, table: Table) -> Iterator[int]:
        """How many of the variants that there are were taken before, block by block."""
        before = Digests(self.before.parameters)
        for indices in table.acceptable(self.solver.sizes.block):
            yield int(before.holds(self._parameters(indices)).sum())

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

    def _try(self, waiting: np.ndarray) -> tuple[int, int, int]:
        """Look at the next tries of waiting variants, and give them those accepted.

        How many tries were looked at, were promising, and were accepted. Of each variant's promising tries only the
        first few are looked at closely: it goes on after the last of these if it has to.
        """
        most = self._most(waiting)
        width = self._width(waiting, most)
        numbers, tries = np.tile(waiting, width), (self.tries[waiting] + np.arange(width)[:, None]).ravel()
        if tries[-len(waiting) :].max() >= self._limit:
            inside = tries < self._limit
            numbers, tries = numbers[inside], tries[inside]
        places, indices = self.judge.promising(self._drawn(numbers, tries))
        before = self.tries[waiting]
        self.tries[waiting] += width
        if most < width:
            rank = _ranks_of(numbers[places])
            last = places[rank == most]
            self.tries[numbers[last]] = tries[last] + 1
            places, indices = places[rank <= most], some_columns(indices, rank <= most)
        whole = self._in_blocks(len(places))
        later = places[whole:][::-1]
        self.tries[numbers[later]] = tries[later]  # of several of a variant, the first
        places, indices = places[:whole], indices[:, :whole]
        found = self.judge.accepted((places, indices))
        self._give(numbers[found.places], found)
        looked = int((np.minimum(self.tries[waiting], self._limit) - before).sum())
        self.candidates += looked
        self.acceptable += len(found.places)
        return looked, len(places), len(found.places)

    def _in_blocks(self, count: int) -> int:
        """How many of some promising tries are looked at now: a few more than fill blocks are left for later."""
        told = self.solver.sizes.told
        rest = count % told
        return count - rest if self.judge is self.solver and count > told and rest < told * _REMAINDER else count

    def _most(self, waiting: np.ndarray) -> int:
        """How many promising tries of each waiting variant are looked at closely: one of many, several of few.

        But at least as many as they have been given in vain, since of a space that is nearly used up few tries fit.
        """
        if self.judge is not self.solver:
            return _ALL_TRIES  # they were looked at before
        n = len(waiting)
        wanted = min(np.ceil(self.lot.all_but_few(n)), _CLOSELY / n)
        return int(max(1, wanted, self.held.accepted[waiting].min(), _LITTLE / n))

    def _width(self, waiting: np.ndarray, most: int) -> int:
        """How many tries of each waiting variant are looked at together: so many that hardly one waits again.

        That is of few; of many, so many that most have something to be looked at closely. But at least as many as they
        have tried in vain, and as many as cost nothing.
        """
        n, rate = len(waiting), self.luck.rate
        enough = self.luck.all_but_few(n) * min(1, most / self.lot.all_but_few(n))
        wanted = max(enough, self.tries[waiting].min(), _LITTLE / n)
        width = max(1 / rate / _SPARE, np.ceil(min(wanted, _FEW / n)))
        return int(np.clip(width, 1, max(1, self.solver.sizes.wave // n)))

    @property
    def _limit(self) -> int:
        """How many tries a variant has: where enough variants are known to exist, one of them will come."""
        return _ALL_TRIES if self.space.size <= COUNTABLE and not self.unlike else MAX_TRIES

    def _drawn(self, numbers: np.ndarray, tries: np.ndarray) -> Iterator[Group]:
        """What some (variant, try) pairs draw, in blocks."""
        block = self.solver.sizes.block
        for start in range(0, len(numbers), block):
            part = slice(start, start + block)
            variants = numbers[part] + self.first + 1
            for places, indices in self.space.grouped(self.stream.words(variants, tries[part], self.space.words)):
                yield start + places, indices

    def _give(self, variants: np.ndarray, found: Accepted) -> None:
        """Give variants their accepted tries, but for those that the same paper has in another question."""
        parameters, kept = self._parameters(found.indices), ~self._elsewhere(variants, found.indices)
        self.held.add(variants[kept], parameters[kept], found.answers[kept], some_columns(found.indices, kept))

    def _parameters(self, indices: np.ndarray) -> np.ndarray:
        """Sixteen bytes for what each column draws: for its indices, which is quicker, unless values are taken."""
        if len(self.before.parameters) and indices.shape[1]:
            return _digests(self.space.params(indices))
        return digest(indices)

    def _elsewhere(self, variants: np.ndarray, indices: np.ndarray) -> np.ndarray:
        """Mask of the columns whose parameters the same paper has in another question."""
        if not self.unlike or not len(variants):
            return np.zeros(len(variants), dtype=bool)
        drawn = _digests(self.space.params(indices))
        return np.asarray(np.logical_or.reduce([drawn == other[variants] for other in self.unlike]))

    def _refuse_in_vain(self, waiting: np.ndarray) -> None:
        """Stop if a waiting variant has no further try."""
        if len(waiting) and self.tries[waiting].max() >= self._limit:
            raise self._in_vain(int(waiting[self.tries[waiting].argmax()]))

    def _in_vain(self, variant: int) -> QuizgenError:
        """Say what a variant found in all of its tries, in a space that is too large to count."""
        number = self.first + variant + 1
        tried = f"in {MAX_TRIES:,} tries variant {number:,} of '{self.problem.name}' found nothing"
        if self.acceptable:
            size = self.space.size
            share = f"about {estimate(size, self.acceptable / self.candidates)} of {estimate(size)} are acceptable"
        else:
            share = f"none of the {self.candidates:,} tries of all variants was"
        if self.held.accepted[variant]:
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

    def __init__(self, guess: float) -> None:
        self._guess = np.clip(guess, _LEAST, 1 - _LEAST)
        self._lately = np.zeros(4)

    @property
    def rate(self) -> float:
        """The share of tries that are accepted and that nobody else holds; of late accepted ones, nearly all fit."""
        tries, accepted, offered, refused = self._lately
        fitting = (offered - refused + 1) / (offered + 1)
        return float((accepted + 1) / (tries + 1 / self._guess) * max(fitting, 1 / (1 + FRESH_ANSWERS)))

    def all_but_few(self, n: int) -> float:
        """How many tries of each of n variants make it unlikely that more than few of them find none that fits."""
        return float(max(1.0, np.log(n / _REST) / -np.log1p(-self.rate)))

    def see(self, *counts: int) -> None:
        """Remember so many tries: looked at, accepted, offered to variants, and refused or lost again."""
        self._lately = self._lately / 2 + np.array(counts)


def _ranks_of(numbers: np.ndarray) -> np.ndarray:
    """Of each try, which of its variant's it is."""
    order = np.argsort(numbers, kind="stable")
    found = np.empty_like(numbers)
    found[order] = ranks(numbers[order])
    return found


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
