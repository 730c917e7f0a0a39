"""Which variant holds what, and which are final: whoever has the lower number goes first, in whole arrays.

A try is refused for good as soon as that is certain, so that all variants move on together and few have to wait again:

- if a final variant holds its parameters;
- where its answers must be new, if any variant with a lower number holds these answers, final or not. That one may
  lose them, but only to one with a still lower number: whoever takes its parameters has the same answers.

What is left are equal parameters of variants that may share their answers: the first one with a conflict waits until
all before it are final.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quizgen.draw.digests import Claims, Digests, repeated

FRESH_ANSWERS = 16  # accepted tries for which a variant's answers, too, must be new
_AHEAD = 16_384  # variants made final together
_OLD = -1  # instead of a row: what was held before there were these tries


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

    `first`: the number of the first among all. `taken`: the parameters that final variants hold, and whatever else is
    taken; `answered`: who holds which answers. Both grow.
    """

    def __init__(self, n: int, words: int, first: int, taken: Digests, answered: Claims) -> None:
        self.accepted = np.zeros(n, dtype=np.int64)  # of each variant: how many of its tries were accepted
        self.holding = np.zeros(n, dtype=bool)  # whether it holds one
        self.indices = np.zeros((words, n), dtype=np.uint32)  # what that draws
        self.final = 0  # variants whose tries are final
        self.offered = 0  # tries that variants were to hold, of late,
        self.refused = 0  # and those that they could not, or not for long
        self.first, self.taken, self.answered = first, taken, answered
        self._strict = np.zeros(n, dtype=bool)  # whether its answers must stay its own
        self._parameters = np.zeros(n, dtype="V16")
        none = np.zeros(0, dtype="V16")
        self._tries = Tries(np.zeros(0, np.int64), np.zeros(0, bool), none, none, self.indices[:, :0])
        self._row = np.zeros(n, dtype=np.int64)  # of each variant: which of the tries it holds
        self._next = np.zeros(n, dtype=np.int64)  # of each variant: the first of its tries that was not looked at yet,
        self._end = np.zeros(n, dtype=np.int64)  # and the first after all of them

    def add(self, variants: np.ndarray, parameters: np.ndarray, answers: np.ndarray, indices: np.ndarray) -> None:
        """Give variants their accepted tries, each variant's in their order."""
        order = np.argsort(variants, kind="stable")
        mine = variants[order]
        accepted = self.accepted[mine] + ranks(mine)
        self.accepted[mine] = accepted  # of the last of each variant's tries
        more = Tries(mine, accepted <= FRESH_ANSWERS, parameters[order], answers[order], indices[:, order])
        old = self._tries.variants
        left = (np.arange(len(old)) >= self._next[old]) & (old >= self.final)
        self._tries = self._tries.take(left).joined(more) if left.any() else more
        counts = np.bincount(self._tries.variants, minlength=len(self._end))
        self._end = np.cumsum(counts)
        self._next = self._end - counts

    def settle(self, begun: int) -> np.ndarray:
        """Let variants hold what they can, and make final what can be; give back those that hold nothing."""
        start = self.final
        self._row[start:begun] = _OLD
        self.offered = self.refused = 0
        waiting = self._without(begun)
        while len(waiting):
            waiting = self._offered(waiting)
            if not len(waiting):
                waiting = self._settled(begun)
        changed = start + np.flatnonzero(self._row[start:begun] != _OLD)
        self.indices[:, changed] = self._tries.indices[:, self._row[changed]]
        return self._without(begun)

    def _without(self, begun: int) -> np.ndarray:
        """The variants that hold nothing."""
        return np.asarray(self.final + np.flatnonzero(~self.holding[self.final : begun]))

    def _offered(self, variants: np.ndarray) -> np.ndarray:
        """Offer variants their next tries; give back those whose tries were refused, or were taken from them."""
        variants = variants[self._next[variants] < self._end[variants]]
        rows = self._next[variants]
        self._next[variants] += 1
        self.offered += len(rows)
        spoilt = self.taken.holds(self._tries.parameters[rows])
        refused, variants, rows = variants[spoilt], variants[~spoilt], rows[~spoilt]
        own, losing = self.answered.claim(self._tries.answers[rows], self.first + variants)
        fits = own | ~self._tries.strict[rows]
        losing = losing - self.first
        losing = losing[self._strict[losing]]
        self.holding[losing] = False
        self._hold(variants[fits], rows[fits])
        lost = np.unique(np.concatenate([refused, variants[~fits], losing]))
        self.refused += len(lost)
        return np.asarray(lost)

    def _hold(self, variants: np.ndarray, rows: np.ndarray) -> None:
        """Let variants hold a try each."""
        self.holding[variants] = True
        self._row[variants] = rows
        self._strict[variants] = self._tries.strict[rows]
        self._parameters[variants] = self._tries.parameters[rows]

    def _settled(self, begun: int) -> np.ndarray:
        """Make final what can be; give back the next variants that have lost their tries to final ones."""
        while True:
            ahead = self.holding[self.final : min(begun, self.final + _AHEAD)]
            parameters = self._parameters[self.final : self.final + _leading(ahead)]
            spoilt = self.taken.holds(parameters) | repeated(parameters)
            count = _leading(~spoilt)
            self.taken.add(parameters[:count])
            meeting = self.final + np.flatnonzero(spoilt)
            self.final += count
            if count < _AHEAD:
                lost = meeting[self.taken.holds(self._parameters[meeting])]
                self.holding[lost] = False
                return np.asarray(lost)


def ranks(variants: np.ndarray) -> np.ndarray:
    """Of each try, sorted by variants, which of its variant's it is.

    >>> ranks(np.array([4, 4, 4, 7]))
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
