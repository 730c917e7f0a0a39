"""How answers are marked: one YAML file of tolerances and credits, as a frozen model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PlainValidator

from quizgen.errors import QuizgenError
from quizgen.language.tolerance import Tolerance, parse_tolerance
from quizgen.language.yamltext import Document
from quizgen.problem.kinds import KINDS, TOLERANT
from quizgen.problem.model import Frozen

_FRACTION = re.compile(r"[-+]?(\d{1,12}(\.\d{0,12})?|\.\d{1,12}|\d{1,18}/\d{1,18})%?")  # no exponents: they may be huge


def parse_fraction(text: Any) -> Fraction:
    """Read `4`, `2.5`, `1/2` or `50%` exactly."""
    if isinstance(text, Fraction):
        return text
    try:
        words = str(text).strip()
        if not _FRACTION.fullmatch(words):
            raise ValueError
        return Fraction(words[:-1]) / 100 if words.endswith("%") else Fraction(words)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"'{str(text)[:40]}' is not a number; write 4, 2.5, 1/2 or 50%") from None


def _share(value: Fraction) -> Fraction:
    if not 0 <= value <= 1:
        raise ValueError(f"a share of the points lies between 0 and 1, not {value}")
    return value


def _tolerance(text: Any) -> Tolerance:
    try:
        return text if isinstance(text, Tolerance) else parse_tolerance(str(text))
    except QuizgenError as error:
        raise ValueError(str(error)) from None


Share = Annotated[Fraction, PlainValidator(parse_fraction), AfterValidator(_share)]
Points = Annotated[Fraction, PlainValidator(parse_fraction), Field(ge=0)]
ToleranceText = Annotated[Tolerance, PlainValidator(_tolerance)]
Flag = Annotated[bool, BeforeValidator(lambda text: {"yes": True, "no": False}.get(text, text))]


def _spaced(field: str) -> str:
    """The key as it stands in a grader's file: words with spaces."""
    return field.replace("_", " ")


_SPACED = ConfigDict(alias_generator=_spaced, validate_by_name=True, validate_by_alias=True)


class Credit(Frozen):
    """What part of an answer's points each outcome earns.

    `declared`: whether a credit that a problem declares for a mistake counts (1, a convention, always does).
    """

    model_config = _SPACED

    carried: Share = Fraction(1)
    mistake_in_array: Share = Fraction(1, 2)
    mistake_in_number: Share = Fraction(0)
    pair: Share = Fraction(1, 4)
    cells: Share = Fraction(1, 2)
    declared: Flag = True

    def of_mistake(self, declared: Fraction | None, *, in_array: bool) -> Fraction:
        """What a recognised mistake still earns: what its problem declares, or the usual; a convention always does."""
        if declared is None or not (self.declared or declared == 1):
            return self.mistake_in_array if in_array else self.mistake_in_number
        return declared


class Grader(Frozen):
    """A grader: tolerances per kind of answer, credits, rounding of the total, grade boundaries."""

    model_config = _SPACED

    name: str
    title: str
    digest: str
    text: str
    tolerance: Mapping[str, ToleranceText]
    credit: Credit = Credit()
    charge: Literal["once per paper", "once per question"] = "once per paper"
    round_to: Annotated[Fraction, PlainValidator(parse_fraction), Field(gt=0)] = Fraction(1, 100)
    boundaries: Mapping[str, Share] = {}

    def grade(self, share: float) -> str:
        """The grade for a share of the points: the best whose boundary is reached, or nothing without boundaries."""
        reached = [name for name, bound in self.boundaries.items() if share >= float(bound) - 1e-12]
        return max(reached, key=lambda name: self.boundaries[name], default="")


def check_grader(grader: Grader, document: Document) -> Grader:
    """Refuse tolerances for unknown kinds, missing ones, and ones that leave no room at a true 0 in an array."""
    for name in TOLERANT:
        if name not in grader.tolerance:
            raise QuizgenError(f"no tolerance for answers of kind '{name}'", where=document.where(("tolerance",)))
    for name, tolerance in grader.tolerance.items():
        where = document.where(("tolerance", name))
        if name not in TOLERANT:
            raise QuizgenError(
                f"there is no tolerance for answers of kind '{name}'",
                where=where,
                hint=f"There is one for: {', '.join(TOLERANT)}.",
            )
        refuse_vanishing(tolerance, KINDS[name].axes, where)
    return grader


def refuse_vanishing(tolerance: Tolerance, axes: int, where: str) -> None:
    """Refuse a tolerance for arrays that would be 0 around a cell whose right value is 0."""
    if axes and tolerance.vanishes_at_zero:
        raise QuizgenError(
            f"'{tolerance.source}' leaves no room around a cell that is 0",
            where=where,
            hint=f"Add an absolute floor: '{tolerance.source} or 0.0005'.",
        )
