"""Which variant holds what, and which are final: whoever has the lower number goes first, in whole arrays."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from quizgen.draw.digests import Digests, repeated

FRESH_ANSWERS = 16  # accepted tries for which a variant's answers, too, must be new
_STEP = 1_024  # variants made final together at first, then
_AHEAD = 16_384  # up to so many; and those looked at beyond the first that has to move on


class Precedence:
    """Variants that hold tries, as digests of their parameters and answers, until they are final."""

    def __init__(self, n: int, parameters: Iterable[bytes], answers: Iterable[bytes]) -> None:
        self.accepted = np.zeros(n, dtype=np.int64)  # of each variant: how many of its tries were accepted
        self.holding = np.zeros(n, dtype=bool)  # whether one of them fitted,
        self._parameters = np.zeros(n, dtype="V16")  # and the digest of its parameters
        self._answers = np.zeros(n, dtype="V16")  # and of its answers
        self.final = 0  # variants whose tries are final
        self.taken = Digests(parameters)  # parameters of final variants, and of others
        self.answered = Digests(answers)  # and their answers

    def choose(
        self, variants: np.ndarray, parameters: np.ndarray, answers: np.ndarray, counts: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Let each variant hold the first of its accepted tries that fits; gives the variants and those tries' places.

        `counts`: mask of the tries that the variant may take at all.
        """
        order = np.argsort(variants, kind="stable")
        mine = variants[order]
        accepted = self.accepted[mine] + _ranks(mine, counts[order])
        fits = counts[order]
        fits[fits] = ~self._spoilt(accepted[fits], parameters[order[fits]], answers[order[fits]])
        chosen, first = np.unique(mine[fits], return_index=True)
        place = np.flatnonzero(fits)[first]
        self.accepted[mine] = accepted  # of the last of each variant's tries
        self.accepted[chosen] = accepted[place]
        columns = order[place]
        self.holding[chosen] = True
        self._parameters[chosen], self._answers[chosen] = parameters[columns], answers[columns]
        return chosen, columns

    def _spoilt(self, accepted: np.ndarray, parameters: np.ndarray, answers: np.ndarray) -> np.ndarray:
        """Mask of what final variants hold: the parameters, or the answers as long as they have to be new.

        `accepted`: for each, how many of its variant's tries were accepted, itself included.
        """
        spoilt = self.taken.holds(parameters)
        strict = (accepted <= FRESH_ANSWERS) & ~spoilt
        spoilt[strict] = self.answered.holds(answers[strict])
        return spoilt

    def settle(self, begun: int) -> np.ndarray:
        """Make final what can be; give back the next variants that hold what a final one holds, to wait again."""
        step = _STEP
        while self._settled(begun, step) == step:
            step = min(2 * step, _AHEAD)
        ahead = np.arange(self.final, min(begun, self.final + _AHEAD))
        ahead = ahead[self.holding[ahead]]
        again: np.ndarray = ahead[self._spoilt(self.accepted[ahead], self._parameters[ahead], self._answers[ahead])]
        self.holding[again] = False
        return again

    def _settled(self, begun: int, most: int) -> int:
        """Make the next variants final, up to the first that cannot be; how many that were."""
        ahead = slice(self.final, min(begun, self.final + most))
        ahead = slice(self.final, self.final + _leading(self.holding[ahead]))
        parameters, answers, accepted = self._parameters[ahead], self._answers[ahead], self.accepted[ahead]
        spoilt = self._spoilt(accepted, parameters, answers) | repeated(parameters)
        spoilt |= (accepted <= FRESH_ANSWERS) & repeated(answers)
        count = _leading(~spoilt)
        self.taken.add(parameters[:count])
        self.answered.add(answers[:count])
        self.final += count
        return count


def _ranks(variants: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Of each try, sorted by variants, how many of its variant's tries up to it count.

    >>> _ranks(np.array([4, 4, 4, 7]), np.array([True, False, True, True]))
    array([1, 1, 2, 1])
    """
    running = np.cumsum(counts)
    starts = np.flatnonzero(np.diff(variants, prepend=-1))
    before = running[starts] - counts[starts]
    return np.asarray(running - np.repeat(before, np.diff(np.append(starts, len(variants)))))


def _leading(mask: np.ndarray) -> int:
    """How many true values stand before the first false one.

    >>> _leading(np.array([True, True, False, True]))
    2
    """
    return len(mask) if mask.all() else int(mask.argmin())
