"""Which variant holds what, and which are final: whoever has the lower number goes first, in whole arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quizgen.draw.digests import Digests, repeated

FRESH_ANSWERS = 16  # accepted tries for which a variant's answers, too, must be new
_STEP = 1_024  # variants made final together at first, then
_LEAST = 64  # fewer where many meet,
_AHEAD = 16_384  # up to so many; and those looked at beyond the first that has to move on


@dataclass(frozen=True)
class Tries:
    """Accepted tries: whose they are, whether their answers must be new, digests, and the indices of what they draw."""

    variants: np.ndarray
    strict: np.ndarray
    parameters: np.ndarray
    answers: np.ndarray
    indices: np.ndarray

    def take(self, rows: np.ndarray | slice) -> Tries:
        """Some of them."""
        return Tries(
            self.variants[rows], self.strict[rows], self.parameters[rows], self.answers[rows], self.indices[:, rows]
        )

    def joined(self, more: Tries) -> Tries:
        """These and more, each variant's in their order."""
        variants = np.concatenate([self.variants, more.variants])
        both = Tries(
            variants,
            np.concatenate([self.strict, more.strict]),
            np.concatenate([self.parameters, more.parameters]),
            np.concatenate([self.answers, more.answers]),
            np.concatenate([self.indices, more.indices], axis=1),
        )
        return both.take(np.argsort(variants, kind="stable"))


class Precedence:
    """Variants that hold a try each until it is final, and keep further ones in case they lose it.

    `taken`, `answered`: the parameters and answers that final variants hold, and whatever else is taken; both grow.
    """

    def __init__(self, n: int, words: int, taken: Digests, answered: Digests) -> None:
        self.accepted = np.zeros(n, dtype=np.int64)  # of each variant: how many of its tries were accepted
        self.holding = np.zeros(n, dtype=bool)  # whether it holds one
        none = np.zeros(0, dtype="V16")
        self._spare = Tries(np.zeros(0, np.int64), np.zeros(0, bool), none, none, np.zeros((words, 0), np.uint32))
        self._unused = np.zeros(0, dtype=bool)  # mask of the spare tries
        self._held = Tries(
            np.arange(n),
            np.zeros(n, dtype=bool),
            np.zeros(n, dtype="V16"),
            np.zeros(n, dtype="V16"),
            np.zeros((words, n), dtype=np.uint32),
        )
        self.final = 0  # variants whose tries are final
        self.taken, self.answered = taken, answered

    @property
    def indices(self) -> np.ndarray:
        """Of what each variant draws, (words, n)."""
        return self._held.indices

    def add(self, variants: np.ndarray, parameters: np.ndarray, answers: np.ndarray, indices: np.ndarray) -> None:
        """Give waiting variants their accepted tries, each variant's in their order."""
        order = np.argsort(variants, kind="stable")
        mine = variants[order]
        accepted = self.accepted[mine] + _ranks(mine)
        self.accepted[mine] = accepted  # of the last of each variant's tries
        tries = Tries(mine, accepted <= FRESH_ANSWERS, parameters[order], answers[order], indices[:, order])
        fitting = tries.take(~self._spoilt(tries))
        self._keep(fitting.take(~self._hold(fitting)))

    def _keep(self, tries: Tries) -> None:
        """Keep further tries of variants that hold one, and forget those that were spoilt, held or not needed."""
        if len(tries.variants):
            needed = self._unused & (self._spare.variants >= self.final)
            self._spare = self._spare.take(needed).joined(tries)
            self._unused = np.ones(len(self._spare.variants), dtype=bool)

    def _hold(self, tries: Tries) -> np.ndarray:
        """Let each variant hold the first of its tries; mask of those that are held."""
        first = np.diff(tries.variants, prepend=-1) > 0
        chosen, columns = tries.take(first), tries.variants[first]
        self.holding[columns] = True
        self._held.strict[columns] = chosen.strict
        self._held.parameters[columns] = chosen.parameters
        self._held.answers[columns] = chosen.answers
        self._held.indices[:, columns] = chosen.indices
        return first

    def settle(self, begun: int) -> np.ndarray:
        """Make final what can be; give back the next variants that hold nothing any more, to wait again."""
        start, step = self.final, _STEP
        before = self.holding[start:begun].copy()
        while True:
            count = self._settled(begun, step)
            if count < step and not self._replaced(self.final, min(begun, self.final + 1)):
                break
            step = min(2 * step, _AHEAD) if count == step else max(_LEAST, 2 * count)
        self._replaced(self.final, min(begun, self.final + _AHEAD))
        return start + np.flatnonzero(before & ~self.holding[start:begun])

    def _settled(self, begun: int, most: int) -> int:
        """Make the next variants final, up to the first that cannot be; how many that were."""
        ahead = slice(self.final, min(begun, self.final + most))
        held = self._held.take(slice(self.final, self.final + _leading(self.holding[ahead])))
        spoilt = self._spoilt(held) | repeated(held.parameters)
        spoilt |= held.strict & repeated(held.answers)
        count = _leading(~spoilt)
        self.taken.add(held.parameters[:count])
        self.answered.add(held.answers[:count])
        self.final += count
        return count

    def _replaced(self, first: int, last: int) -> bool:
        """Let variants lose what final ones hold, and hold a spare try; whether the first holds another one now."""
        rows = first + np.flatnonzero(self.holding[first:last])
        rows = rows[self._spoilt(self._held.take(rows))]
        self.holding[rows] = False
        if not len(rows):
            return False
        start, end = np.searchsorted(self._spare.variants, [first, last])
        wanted = self._unused[start:end] & ~self.holding[self._spare.variants[start:end]]
        places = start + np.flatnonzero(wanted)
        spoilt = self._spoilt(self._spare.take(places))
        fitting = places[~spoilt]
        held = self._hold(self._spare.take(fitting))
        self._unused[places[spoilt]] = self._unused[fitting[held]] = False
        return bool(self.holding[first])

    def _spoilt(self, tries: Tries) -> np.ndarray:
        """Mask of what final variants hold: the parameters, or the answers as long as they have to be new."""
        spoilt = self.taken.holds(tries.parameters)
        strict = tries.strict & ~spoilt
        spoilt[strict] = self.answered.holds(tries.answers[strict])
        return spoilt


def _ranks(variants: np.ndarray) -> np.ndarray:
    """Of each try, sorted by variants, which of its variant's it is.

    >>> _ranks(np.array([4, 4, 4, 7]))
    array([1, 2, 3, 1])
    """
    starts = np.flatnonzero(np.diff(variants, prepend=-1))
    return np.asarray(np.arange(len(variants)) - np.repeat(starts, np.diff(np.append(starts, len(variants)))) + 1)


def _leading(mask: np.ndarray) -> int:
    """How many true values stand before the first false one.

    >>> _leading(np.array([True, True, False, True]))
    2
    """
    return len(mask) if mask.all() else int(mask.argmin())
