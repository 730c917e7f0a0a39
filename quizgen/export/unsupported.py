"""What a format cannot ask: refused aloud, or left out and listed where that is wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain
from typing import TypeVar

from quizgen.errors import QuizgenError
from quizgen.exam.model import Exam
from quizgen.export.formats import WhyNot, nothing_against, refusal
from quizgen.export.items import Asked, Item
from quizgen.export.labels import listed
from quizgen.export.options import Options
from quizgen.render.words import number as written

T = TypeVar("T")

ESSAY_ALONE = "an essay is a question of its own, and a pool would part it from the rest of its variant"


def unless_empty(asked: Iterator[T]) -> Iterator[T] | None:
    """What is asked of a question; None where nothing is left, for then its pool or category is not written.

    >>> list(unless_empty(iter([1, 2]))), unless_empty(iter([]))
    ([1, 2], None)
    """
    first = next(asked, None)
    return None if first is None else chain([first], asked)


def choices_lost(exam: Exam, platform: str) -> list[str]:
    """A line for each choice among questions, for a platform that cannot draw questions."""
    return [
        f"all of {listed(pick.questions)} are asked: {platform} gives no choice of {pick.count} of them"
        for pick in exam.picks
    ]


def marked_later(questions: Iterable[str], how: str, file: str, options: Options) -> list[str]:
    """A line for the questions, if any, that a platform cannot mark as we do, and whose numbers are always typed."""
    typed = "; their numbers are typed, whatever --choices says" if options.choices else ""
    names = listed(list(questions))
    return [f"{names}: asked as {how}; what counts is what `quizgen grade` makes of its {file}{typed}"] if names else []


@dataclass(frozen=True)
class LeftOut:
    """The answers that a format leaves out of a file.

    It knows some `kinds`; `why_not` says what else is against an answer, and is empty if nothing is.
    """

    format: str
    kinds: Set[str]
    options: Options
    why_not: WhyNot = nothing_against
    _variants: Counter[str] = field(default_factory=Counter)  # question -> those that were asked for
    _kept: Counter[str] = field(default_factory=Counter)  # question -> variants of which anything is asked
    _points: dict[str, Fraction] = field(default_factory=dict)  # of answers that were left out
    _found: dict[tuple[str, str], list[str]] = field(default_factory=dict)  # problem, and why -> answers
    _times: Counter[str] = field(default_factory=Counter)  # answer -> in how many variants it was

    def asked(self, item: Item) -> list[Asked]:
        """The answers of an item that can be asked; raises CannotExport for others unless they may be left out."""
        self._variants[item.question] += 1
        kept = [asked for asked in item.answers if self._can(item, asked)]
        self._kept[item.question] += bool(kept)
        return kept

    def told(self) -> list[str]:
        """What was left out, a line for each problem and reason, and how many points that makes.

        Where only some variants lack an answer, in how many. Raises QuizgenError if nothing is left: platforms refuse
        an empty file, or import nothing without a word.
        """
        if not self._found:
            return []
        if not self._kept.total():
            raise QuizgenError(f"nothing of this exam can be asked in {self.format}", hint="Choose another format.")
        lines = [
            f"left out: {listed([f'{name}{self._rare(name)}' for name in names])} of '{problem}': {why}"
            for (problem, why), names in self._found.items()
        ]
        total = sum(self._points.values(), Fraction(0))
        points = f"{written(total)} {'point is' if total == 1 else 'points are'} missing"
        return [*lines, f"{points} there, and quizgen will mark what was left out as blank"]

    def _can(self, item: Item, asked: Asked) -> bool:
        kind = asked.field.answer.kind
        known = kind in self.kinds
        why = self.why_not(item, asked, self.options) if known else f"the format has no questions of the kind '{kind}'"
        if not why:
            return True
        if not self.options.skip_unsupported:
            raise refusal(self.format, item, asked, why)
        name = asked.field.name
        if name not in self._points:
            self._points[name] = asked.field.points
            self._found.setdefault((item.problem, why), []).append(name)
        self._times[name] += 1
        return False

    def _rare(self, name: str) -> str:
        times, variants = self._times[name], self._variants[name.partition(".")[0]]
        return f" (in {times} of {variants} variants)" if times < variants else ""
