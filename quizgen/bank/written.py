"""The front matter of a problem file as its author writes it, validated; errors in the author's words."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, Field, PlainValidator, ValidationError, model_validator

from quizgen.errors import QuizgenError, did_you_mean
from quizgen.language.expr import Expression, compile_expression
from quizgen.language.yamltext import Document, Path
from quizgen.problem.drawers import DRAWERS
from quizgen.problem.grader import Flag, Points, Share, ToleranceText
from quizgen.problem.model import Frozen

MAX_STEPS = 100
MAX_MISTAKES = 60
MAX_WORKING = 24  # centimetres: what a page has

Model = TypeVar("Model", bound=BaseModel)
_LENGTH = re.compile(r"(\d{1,2}(?:\.\d{1,2})?) ?cm")
DRAWN = re.compile(rf"({'|'.join(DRAWERS)})\s*\(")


def _formula(text: Any) -> Expression:
    """Compile an expression; an empty one is told by whoever knows its key."""
    if not isinstance(text, str):
        raise ValueError("an expression is needed here, not a list or a mapping")
    try:
        return compile_expression(text)
    except QuizgenError as error:
        raise ValueError(str(error)) from None


def draw_formula(text: Any) -> Expression:
    """Compile a draw: one call of integers, decimals or choice."""
    if not isinstance(text, str) or not DRAWN.match(text.strip()):
        raise ValueError("a draw is written integers(...), decimals(...) or choice(...)")
    try:
        return compile_expression(text, table=DRAWERS)
    except QuizgenError as error:
        raise ValueError(str(error)) from None


Formula = Annotated[Expression, PlainValidator(_formula)]
DrawFormula = Annotated[Expression, PlainValidator(draw_formula)]


def _bounds(text: Any) -> tuple[float, float]:
    try:
        low, high = (float(part) for part in text)
    except (TypeError, ValueError):
        raise ValueError("two numbers are needed, as in between: [0, 1]") from None
    if not -math.inf < low < high < math.inf:
        raise ValueError("the smaller number comes first, as in between: [0, 1]")
    return low, high


def _length(text: Any) -> float:
    if not (match := _LENGTH.fullmatch(str(text).strip())) or not 0 < float(match[1]) <= MAX_WORKING:
        raise ValueError(f"a length up to {MAX_WORKING} cm is needed here, as in working: 6 cm")
    return float(match[1])


Centimetres = Annotated[float, PlainValidator(_length)]


class AnswerText(Frozen):
    """An answer as its author writes it."""

    points: Points = Fraction(1)
    kind: str | None = None
    of: str | None = None
    ask: ToleranceText | None = None
    within: ToleranceText | None = None
    between: Annotated[tuple[float, float], PlainValidator(_bounds)] | None = None
    carry: Flag = True
    percent: Flag = False
    options: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    where: Formula | None = None
    counted: Annotated[Literal["from 0", "from 1"], Field(alias="counted")] = "from 1"
    lines: Annotated[int, BeforeValidator(int), Field(ge=1, le=60)] = 4
    working: Centimetres = 0.0
    is_: Annotated[str | None, Field(alias="is")] = None
    symbols: Mapping[str, tuple[Annotated[int, BeforeValidator(int), Field(ge=1, le=64)], ...]] = {}


class MistakeText(Frozen):
    """A mistake as its author writes it: what to say, and the steps it replaces."""

    says: Annotated[str, Field(min_length=1)]
    title: str = ""
    note: str = ""
    credit: Share | None = None
    steps: Mapping[str, Formula]

    @model_validator(mode="before")
    @classmethod
    def _gather_steps(cls, data: Any) -> Any:
        """Everything that is no word of ours is a replaced step."""
        if not isinstance(data, dict):
            return data
        ours = {key: value for key, value in data.items() if key in ("says", "title", "note", "credit")}
        return {**ours, "steps": {key: value for key, value in data.items() if key not in ours}}


class ExampleText(Frozen):
    """A known instance as its author writes it."""

    source: Annotated[str, Field(alias="from")]
    draw: Mapping[str, Any]
    gives: Mapping[str, Any]
    mistakes: Mapping[str, Mapping[str, Any]] = {}


def _bare(answer: Any) -> Any:
    """An answer without settings takes the usual ones."""
    return {} if answer == "" else answer


class ProblemText(Frozen):
    """The front matter of a problem file."""

    title: Annotated[str, Field(min_length=1)]
    draw: Annotated[Mapping[str, DrawFormula], Field(min_length=1)]
    require: tuple[Formula, ...] = ()
    steps: Annotated[Mapping[str, Formula], Field(min_length=1, max_length=MAX_STEPS)]
    answers: Annotated[Mapping[str, Annotated[AnswerText, BeforeValidator(_bare)]], Field(min_length=1)]
    mistakes: Annotated[Mapping[str, MistakeText], Field(max_length=MAX_MISTAKES)] = {}
    examples: tuple[ExampleText, ...] = ()


def validated(model: type[Model], data: Any, document: Document, **more: Any) -> Model:
    """Build a model from a document; the first thing wrong becomes an error with file, line and remedy."""
    try:
        return model.model_validate({**data, **more})
    except ValidationError as error:
        first = error.errors()[0]
        raise _told(first, model, document) from None


def _told(error: Any, model: type[BaseModel], document: Document) -> QuizgenError:
    """Say a validation error in the author's words."""
    path = _written_path(error["loc"], document)
    where, key = document.where(path), str(error["loc"][-1]) if error["loc"] else ""
    match error["type"]:
        case "missing":
            known = {"from": "where the numbers come from"}.get(key, "")
            return QuizgenError(
                f"the key '{key}' is missing{known and f' ({known})'}", where=where, hint=f"Add '{key}: ...'."
            )
        case "extra_forbidden" if error["input"] == "":
            return missing_value(key, where)
        case "extra_forbidden":
            return QuizgenError(
                f"there is no key '{key}' here", where=where, hint=did_you_mean(key, _keys(model) - {key})
            )
        case _ if error["input"] == "" and path[:1] in (("mistakes",), ("answers",)) and len(path) > 2:
            return missing_value(key, where)
        case _ if error["input"] == "":
            return QuizgenError(f"'{key}' is empty", where=where)
        case kind if kind in _NEEDED:
            return QuizgenError(f"'{key}': {_NEEDED[kind]}", where=where)
        case _:
            message = str(error["msg"]).removeprefix("Value error, ")
            name = f"'{key}': " if key and not key.isdigit() else ""
            return QuizgenError(f"{name}{message[0].lower()}{message[1:]}", where=where)


def _written_path(location: Path, document: Document) -> Path:
    """What the author wrote of a place in the model: the model gathers steps, and slots, under keys of its own."""
    path: Path = ()
    for part in location:
        path = (*path, part) if (*path, part) in document.lines else path
    return path


_NEEDED = {
    "mapping_type": "lines `name: ...` are needed here",
    "model_type": "lines `name: ...` are needed here",
    "dict_type": "lines `name: ...` are needed here",
    "less_than_equal": "that is too much",
    "tuple_type": "a list is needed here, lines `- ...`",
    "string_type": "a text is needed here",
    "bool_type": "yes or no is needed here",
    "bool_parsing": "yes or no is needed here",
    "int_parsing": "a whole number is needed here",
    "greater_than": "a number above 0 is needed here",
    "greater_than_equal": "0 or more is needed here",
    "too_short": "at least one is needed here",
    "too_long": "there are too many entries here",
}


def missing_value(key: str, where: str) -> QuizgenError:
    """The error for a key that is the rest of a text: in `{a: b, says: this, not that}` the comma ends the text."""
    return QuizgenError(
        f"'{key}' stands here as a key without a value",
        where=where,
        hint="Inside { } a comma ends a text: put the text in quotes.",
    )


def _keys(model: type[BaseModel]) -> set[str]:
    """The keys of a model and of the models inside it."""
    fields = model.model_fields
    own = {field.alias or name for name, field in fields.items()}
    return own.union(*(_keys(inner) for field in fields.values() for inner in _models_in(field.annotation)))


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
