"""How an item of QTI marks: what is right, the mistakes that explain a whole answer, the cells of an array.

SCORE grows answer by answer. An array that is right as a whole earns its points, one that a declared mistake explains
what a grader leaves for that, any other the share of its right cells beyond what a constant would get right: as
`docs/marking-rules.md` has it, but that nothing is carried from one answer to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import isnan

from quizgen.export.items import Asked
from quizgen.export.mistaken import Wrong
from quizgen.export.options import Options
from quizgen.export.qti_boxes import Entry
from quizgen.export.qti_names import Version
from quizgen.problem.kinds import BY_HAND

SOLUTION = "SOLUTION"


@dataclass(frozen=True)
class Part:
    """An answer with its boxes; `number`: from 1, in the question."""

    number: int
    asked: Asked
    entries: tuple[Entry, ...]

    @property
    def by_hand(self) -> bool:
        """Whether a person marks it."""
        return self.asked.field.answer.kind == BY_HAND

    @property
    def points(self) -> Fraction:
        """What it is worth."""
        return self.asked.field.points

    @property
    def right(self) -> str:
        """The outcome that counts the right cells of an array."""
        return f"RIGHT_{self.number}"

    @property
    def feedback(self) -> str:
        """The outcome that names the mistake, one of `mistake_of`."""
        return f"MISTAKE_{self.number}"

    def mistake_of(self, note: str) -> str:
        """The identifier of a mistake; no note is told."""
        notes = list(dict.fromkeys(wrong.note for wrong in self.asked.wrongs))
        return f"M_{self.number}_{notes.index(note) + 1}"


def outcomes(version: Version, parts: tuple[Part, ...], options: Options) -> str:
    """The declarations of all outcomes: SCORE from 0, MAXSCORE, and what they are computed with."""
    most = sum((part.points for part in parts if not part.by_hand), Fraction(0))
    found = [_outcome(version, "SCORE", "0", normalMaximum=_number(most), normalMinimum="0")]
    found.append(_outcome(version, "MAXSCORE", _number(most)))
    for part in parts:
        if part.by_hand:
            by = {"externalScored": "human"} if version.dashed else {}
            found.append(_outcome(version, f"HAND_{part.number}", "0", normalMaximum=_number(part.points), **by))
            continue
        if part.asked.field.answer.cells:
            found.append(_outcome(version, part.right, "0"))
        if options.feedback == "mistakes" and part.asked.wrongs:
            found.append(_named(version, part.feedback))
    if options.feedback == "solution":
        found.append(_named(version, SOLUTION))
    return "".join(found)


def processing(version: Version, parts: tuple[Part, ...], options: Options) -> str:
    """What happens to the answers."""
    rules = [_marking(version, part, options) for part in parts if not part.by_hand]
    if options.feedback == "solution":
        rules.append(_set(version, SOLUTION, _value(version, SOLUTION, "identifier")))
    return version.element("responseProcessing", "".join(rules))


def _marking(version: Version, part: Part, options: Options) -> str:
    """The rules for an answer."""
    if part.asked.field.answer.cells:
        counting = "".join(_if(version, (e.is_right(version), _add(version, part.right, "1"))) for e in part.entries)
        return counting + _if(version, *_array(version, part, options))
    entry = part.entries[0]
    right = (entry.is_right(version), _add(version, "SCORE", _number(part.points)))
    rule = _if(version, right, *_mistaken(version, part, options))
    return _if(version, (entry.is_given(version), rule)) if entry.worded else rule


def _array(version: Version, part: Part, options: Options) -> list[tuple[str, str]]:
    """What an array earns: all of it, what a mistake leaves, or a share for its cells."""
    whole = version.element("gte", _variable(version, part.right) + _value(version, str(len(part.entries))))
    steps = [(whole, _add(version, "SCORE", _number(part.points)))]
    steps += _mistaken(version, part, options)
    if part.asked.partly:
        free = _value(version, str(part.asked.free))
        beyond = version.element("subtract", _variable(version, part.right) + free)
        earned = version.element("product", _value(version, _number(part.asked.partly)) + beyond)
        some = version.element("gt", _variable(version, part.right) + free)
        steps.append((some, _set(version, "SCORE", version.element("sum", _variable(version, "SCORE") + earned))))
    return steps


def _mistaken(version: Version, part: Part, options: Options) -> list[tuple[str, str]]:
    """The mistakes that explain the whole answer, where that changes anything."""
    found = []
    for wrong in part.asked.wrongs:
        does = _add(version, "SCORE", _number(wrong.points)) if wrong.points else ""
        if options.feedback == "mistakes":
            does += _set(version, part.feedback, _value(version, part.mistake_of(wrong.note), "identifier"))
        condition = _holds(version, part, wrong) if does or part.asked.partly else ""
        if condition:
            found.append((condition, does or _add(version, "SCORE", "0")))
    return found


def _holds(version: Version, part: Part, wrong: Wrong) -> str:
    """The condition that a mistake explains the whole answer; empty if nobody can give it."""
    if wrong.texts:
        return part.entries[0].is_one_of(version, wrong.texts)
    inside = [box.inside for box in part.asked.boxes]
    ends = [both for both, has in zip(zip(wrong.low, wrong.high, strict=True), inside, strict=True) if has]
    left = [(entry, *both) for entry, both in zip(part.entries, ends, strict=True) if not isnan(both[0])]
    within = [entry.within(version, low, high) for entry, low, high in left]
    if not all(within):
        return ""
    conditions = [condition for one in within for condition in one]
    if alike := len(part.entries) - len(left):  # the others are right
        counted = _variable(version, part.right) + _value(version, str(alike))
        conditions.insert(0, version.element("gte", counted))
    return version.element("and", "".join(conditions))


def _if(version: Version, *steps: tuple[str, str]) -> str:
    """The first condition that holds decides."""
    names = ["responseIf", *["responseElseIf"] * (len(steps) - 1)]
    does = [version.element(name, when + then) for name, (when, then) in zip(names, steps, strict=True)]
    return version.element("responseCondition", "".join(does))


@lru_cache(maxsize=4096)
def _add(version: Version, outcome: str, points: str) -> str:
    """An outcome grows."""
    return _set(version, outcome, version.element("sum", _variable(version, outcome) + _value(version, points)))


def _set(version: Version, outcome: str, value: str) -> str:
    return version.element("setOutcomeValue", value, identifier=outcome)


@lru_cache(maxsize=4096)
def _variable(version: Version, name: str) -> str:
    return version.element("variable", identifier=name)


@lru_cache(maxsize=4096)
def _value(version: Version, text: str, base: str = "float") -> str:
    return version.element("baseValue", text, baseType=base)


def _outcome(version: Version, name: str, value: str, **said: str) -> str:
    """A number that starts from some value."""
    default = version.element("defaultValue", version.element("value", value))
    return version.element(
        "outcomeDeclaration", default, identifier=name, cardinality="single", baseType="float", **said
    )


def _named(version: Version, name: str) -> str:
    """An outcome that names something."""
    return version.element("outcomeDeclaration", identifier=name, cardinality="single", baseType="identifier")


def _number(points: Fraction) -> str:
    """Points as a decimal."""
    return str(points.numerator) if points.denominator == 1 else repr(float(points))
