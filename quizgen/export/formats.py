"""The formats of learning platforms: what each can ask, how each treats what is typed, and how it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Literal

from quizgen.errors import QuizgenError, did_you_mean
from quizgen.exam.model import Exam
from quizgen.export.items import Asked, Item
from quizgen.export.options import Options

Treats = Literal["read", "wrong", "refused", "thousands"]


@dataclass(frozen=True)
class Manners:
    """How a platform treats what is typed, as seen in its code; `docs/lms.md` says where.

    `closed`: whether the ends of an interval count as right. `comma`: a decimal comma; `fraction`: `1/3`.
    """

    closed: bool
    comma: Treats
    fraction: Treats
    note: str = ""


@dataclass(frozen=True)
class Format:
    """A format: its name on the command line, the platform, the ending of its file, which kinds of answers it can ask.

    `write` takes the exam, its items question by question, and what is wanted, and writes one file.
    """

    name: str
    platform: str
    ending: str
    kinds: frozenset[str]
    manners: Manners
    write: Callable[[Exam, Iterator[Iterator[Item]], Options, BinaryIO], list[str]]


class CannotExport(QuizgenError):  # noqa: N818  (it reads as what happened)
    """An answer that a format cannot express; nothing is written."""


def refusal(format_name: str, item: Item, asked: Asked, why: str) -> CannotExport:
    """The error for an answer that a format cannot express."""
    return CannotExport(
        f"{asked.field.name} of '{item.problem}' cannot be asked in {format_name}: {why}",
        hint="Leave it out of the blueprint, choose another format, or say --skip-unsupported.",
    )


def _table() -> Mapping[str, Callable[[], Format]]:
    """The formats by name; each module is imported when it is asked for."""
    return {}


def format_of(name: str) -> Format:
    """A format by its name; raises QuizgenError for one that there is not."""
    table = _table()
    if name not in table:
        hint = did_you_mean(name, table) or f"Formats are: {', '.join(table)}."
        raise QuizgenError(f"there is no format '{name}'", hint=hint, exit_code=2)
    return table[name]()
