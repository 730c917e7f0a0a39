"""What the report needs of the marks, block by block, in columns of a few bytes a cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from quizgen.answers.reading import UNREADABLE
from quizgen.grading import Graded, Part
from quizgen.marking.outcomes import RULES, Rule
from quizgen.problem.grader import Grader

BY_HAND = "to be marked by hand"
_WAITING: dict[str, Callable[[Part], np.ndarray]] = {  # why an answer waits for a person; the first that holds
    "unreadable": lambda part: part.arrays.state == UNREADABLE,
    BY_HAND: lambda part: part.marked.rule == RULES.index(Rule.UNMARKED),
    "answered though the paper does not ask it": lambda part: ~part.asked,
    "right from earlier figures that left no work to do": lambda part: part.marked.rule == RULES.index(Rule.EASY),
    "other": lambda part: part.waiting,
}


@dataclass
class Gathered:
    """Everybody who handed in, gathered block by block with `add`.

    In memory: per student a float32 per question, a byte and two small numbers per answer, an int32, two floats, and
    the id, which only the lists for staff name.
    """

    grader: Grader
    waiting: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_WAITING, 0))  # reason -> answers
    empty: int = 0  # students who handed in nothing and said so
    _columns: dict[str, list[np.ndarray]] = field(default_factory=dict)

    def add(self, block: Graded) -> None:
        """Take over a block of students."""
        questions = list(dict.fromkeys(part.question.name for part in block.parts))
        asked = {part.question.name: block.asks(part.question) for part in block.parts}
        points = [np.where(asked[name], _counted(block, name), np.nan) for name in questions]
        self.empty += int((block.handins.status == "empty").sum())
        for part in block.parts:
            self._wait(part)
        self._keep("points", np.array(points, dtype=np.float32).T)
        self._keep("totals", block.total.rounded(self.grader.round_to).astype(np.float32))
        self._keep("worths", block.worth.floats)
        self._keep("papers", block.handins.papers.astype(np.int32))
        self._keep("students", block.handins.students)
        self._keep("outcomes", np.array([part.marked.outcome for part in block.parts], dtype=np.int8).T)
        notes = [(part.marked.note, part.marked.second) for part in block.parts]
        self._keep("notes", np.array(notes, dtype=np.int16).transpose(2, 0, 1))

    @classmethod
    def of(cls, grader: Grader, waiting: Mapping[str, int], empty: int, columns: Mapping[str, np.ndarray]) -> Gathered:
        """What was gathered elsewhere, by the names of its arrays and with the ids as `students`."""
        return cls(grader, dict(waiting), empty, {name: [column] for name, column in columns.items()})

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All columns but the ids, by name."""
        return {name: np.concatenate(kept) for name, kept in self._columns.items() if name != "students"}

    def join(self, other: Gathered) -> None:
        """Take over what was gathered of further students."""
        for reason, count in other.waiting.items():
            self.waiting[reason] += count
        self.empty += other.empty
        for name, kept in other._columns.items():
            self._columns.setdefault(name, []).extend(kept)

    @property
    def n(self) -> int:
        """How many students handed in."""
        return len(self.totals)

    @property
    def points(self) -> np.ndarray:
        """Points, (students, questions) float32; nan where the paper does not ask, or all is void.

        Where some answers of a question are void, the others stand for all of it.
        """
        return self._all("points", (0, 0), np.float32)

    @property
    def totals(self) -> np.ndarray:
        """Points of the whole paper, rounded as the grader says, (students,) float32."""
        return self._all("totals", (0,), np.float32)

    @property
    def worths(self) -> np.ndarray:
        """What each paper counts, (students,)."""
        return self._all("worths", (0,), np.float64)

    @property
    def papers(self) -> np.ndarray:
        """Numbers of the papers, from 1, (students,) int32."""
        return self._all("papers", (0,), np.int32)

    @property
    def students(self) -> np.ndarray:
        """Ids, (students,); for the lists of staff only."""
        return self._all("students", (0,), np.object_)

    @property
    def outcomes(self) -> np.ndarray:
        """Codes of OUTCOMES, (students, answers) int8."""
        return self._all("outcomes", (0, 0), np.int8)

    @property
    def notes(self) -> np.ndarray:
        """Numbers of the two mistakes that explain an answer, -1 for none, (students, answers, 2) int16."""
        return self._all("notes", (0, 0, 2), np.int16)

    def _wait(self, part: Part) -> None:
        left = part.waiting
        for reason, holds in _WAITING.items():
            hit = left & holds(part)
            self.waiting[reason] += int(hit.sum())
            left = left & ~hit

    def _keep(self, name: str, column: np.ndarray) -> None:
        self._columns.setdefault(name, []).append(column)

    def _all(self, name: str, shape: tuple[int, ...], dtype: type[np.generic]) -> np.ndarray:
        kept = self._columns.get(name)
        if not kept:
            return np.zeros(shape, dtype=dtype)
        if len(kept) > 1:
            kept[:] = [np.concatenate(kept)]
        return kept[0]


def _counted(block: Graded, name: str) -> np.ndarray:
    """The points of a question as statistics see them: void answers, which say nothing of anybody, left out."""
    parts = [part for part in block.parts if part.question.name == name]
    reached = block.of_question(name).floats
    if all(part.void is None for part in parts):
        return reached
    valid = np.array([np.ones(block.handins.n) if part.void is None else part.void == 0 for part in parts])
    points = np.array([part.points.floats for part in parts])
    worth = np.array([float(part.question.points[part.answer.name]) for part in parts])
    left = worth @ valid
    share = np.where(left > 0, (points * valid).sum(axis=0) / np.where(left > 0, left, 1), np.nan)
    return np.asarray(np.where(left < worth.sum(), share * worth.sum(), reached))
