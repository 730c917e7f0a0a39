"""Few versions, many papers: which paper is a copy of which version, so that neighbours hold different ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from quizgen.csvtext import write_csv
from quizgen.draw.stream import Stream, subkey
from quizgen.exam.model import Exam
from quizgen.exam.seating import Near, near
from quizgen.exam.tags import write_tag
from quizgen.exam.wishes import wishes_of

MOST_VERSIONS = 64
_SIDE, _AHEAD = 10_000, 100  # how much an equal neighbour weighs there; diagonally 1
_ENOUGH = 5  # versions with which no neighbours need be equal, even diagonally
_ROUNDS = 8  # of exchanging versions within rooms
_WITHIN = 400  # papers before and after one, in the order of seats, that may exchange with it


def deal(
    details: Sequence[Mapping[str, str] | None], versions: int, secret: bytes, dealt: Sequence[int] = ()
) -> list[int]:
    """The version of each paper, from 1; `details`: what the roster says of who holds it, None for a spare.

    Side neighbours matter most, then who sits before and behind, then diagonals; all versions are dealt as often, or
    once more. The same secret deals the same; the versions of the first papers, `dealt` before, stay. Without seats,
    papers are neighbours in the order of their numbers, and get the same however many follow.
    """
    if not details:
        return []
    dealing = _Dealing(details, versions, secret, dealt)
    for i in dealing.order:
        if dealing.held[i] < 0:
            dealing.give(i)
    for _ in range(_ROUNDS):
        if not dealing.exchange():
            break
    return [version + 1 for version in dealing.held]


class _Dealing:
    """Papers (from 0) on their way to a version (from 0) each; -1 where there is none yet."""

    def __init__(
        self, details: Sequence[Mapping[str, str] | None], versions: int, secret: bytes, dealt: Sequence[int]
    ) -> None:
        n, wishes = len(details), [None if one is None else wishes_of(one) for one in details]
        rooms = ["spare" if one is None else f"room {one.room}" for one in wishes]
        self.near, self.order = near(rooms, ["" if one is None else one.seat for one in wishes])
        self.place = {i: k for k, i in enumerate(self.order)}
        self.rooms = rooms
        self.versions, self.fixed = versions, len(dealt)
        self.held = [*(version - 1 for version in dealt), *[-1] * (n - len(dealt))]
        self.counts = Counter(self.held[: self.fixed])
        self.least, self.over = divmod(n, versions)
        numbers, none = np.arange(1, n + 1), np.zeros(n, dtype=np.int64)
        words = Stream(subkey(secret, "versions")).words(numbers, none, versions)
        self.luck = words.T.tolist()

    def give(self, i: int) -> None:
        """Give a paper the version that its neighbours hold least; of several the rarest, then whichever falls."""
        weights = self._weights(i)
        full = sum(count > self.least for count in self.counts.values()) >= self.over
        most = self.least if full else self.least + 1
        allowed = [v for v in range(self.versions) if self.counts[v] < most] or list(range(self.versions))
        luck = self.luck[i]
        version = min(allowed, key=lambda v: (weights[v], self.counts[v], luck[v]))
        self.held[i] = version
        self.counts[version] += 1

    def exchange(self) -> bool:
        """Let papers with an equal neighbour exchange versions; whether any did.

        An equal one diagonally is reason enough only where there are versions enough to avoid it.
        """
        changed, least = False, 1 if self.versions >= _ENOUGH else _AHEAD
        for i in self.order:
            if i >= self.fixed and self._weight(i) >= least:
                changed |= self._exchanged(i)
        return changed

    def _exchanged(self, i: int) -> bool:
        """Exchange with the first paper of the same room with which all neighbours together gain most."""
        here = self.place[i]
        others = self.order[max(0, here - _WITHIN) : here + _WITHIN + 1]
        fine = [
            j for j in others if j >= self.fixed and self.rooms[j] == self.rooms[i] and self.held[j] != self.held[i]
        ]
        gains = [(self._gain(i, j), -k) for k, j in enumerate(fine)]
        gain, k = max(gains, default=(0, 0))
        if gain <= 0:
            return False
        self._swap(i, fine[-k])
        return True

    def _gain(self, i: int, j: int) -> int:
        """How much less two papers would weigh after they exchanged."""
        before = self._weight(i) + self._weight(j)
        self._swap(i, j)
        after = self._weight(i) + self._weight(j)
        self._swap(i, j)
        return before - after

    def _swap(self, i: int, j: int) -> None:
        self.held[i], self.held[j] = self.held[j], self.held[i]

    def _weight(self, i: int) -> int:
        return self._weights(i)[self.held[i]]

    def _weights(self, i: int) -> Counter[int]:
        """How much the neighbours of a paper weigh that hold each version."""
        who: Near = self.near[i]
        weights: Counter[int] = Counter()
        for others, weight in ((who.sides, _SIDE), (who.ahead, _AHEAD), (who.diagonal, 1)):
            for other in others:
                weights[self.held[other]] += weight
        return weights


def alike(exam: Exam) -> int:
    """How many pairs of side neighbours hold the same version."""
    held = exam.holders
    rooms, seats = _rooms_and_seats(exam)
    nearby, _ = near(rooms, seats)
    pairs = {(i, j) for i, who in enumerate(nearby) for j in who.sides if i < j and i + 1 in held and j + 1 in held}
    return sum(exam.versions[i] == exam.versions[j] for i, j in pairs)


def versions_table(exam: Exam, numbers: Sequence[int]) -> str:
    """Which version each of some papers is, in the order of rooms and seats; spares last."""
    rooms, seats = _rooms_and_seats(exam)
    wanted, holders = set(numbers), exam.named
    order = sorted(near(rooms, seats)[1], key=lambda i: i + 1 not in exam.holders)
    rows = (
        [rooms[i], seats[i], holders[i + 1].student if i + 1 in holders else "", write_tag(exam.code, i + 1)]
        for i in order
        if i + 1 in wanted
    )
    numbered = (i + 1 for i in order if i + 1 in wanted)
    told = ([*row, exam.versions[number - 1]] for row, number in zip(rows, numbered, strict=True))
    return write_csv(["room", "seat", "student", "tag", "version"], told)


def _rooms_and_seats(exam: Exam) -> tuple[list[str], list[str]]:
    """The room and the seat of each paper; nothing where nobody holds it, or the roster says none."""
    wishes = {number: wishes_of(paper.details) for number, paper in exam.holders.items()}
    numbers = range(1, exam.n + 1)
    rooms = [wishes[number].room if number in wishes else "" for number in numbers]
    return rooms, [wishes[number].seat if number in wishes else "" for number in numbers]
