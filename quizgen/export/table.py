"""The table of formats: names, and what each is. A module is loaded when its format is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from quizgen.errors import QuizgenError, did_you_mean
from quizgen.export.formats import Format


def _moodle() -> Format:
    from quizgen.export.moodle import MOODLE

    return MOODLE


def _gift() -> Format:
    from quizgen.export.gift import GIFT

    return GIFT


def _canvas() -> Format:
    from quizgen.export.canvas import CANVAS

    return CANVAS


def _blackboard() -> Format:
    from quizgen.export.blackboard import BLACKBOARD

    return BLACKBOARD


def _brightspace() -> Format:
    from quizgen.export.brightspace import BRIGHTSPACE

    return BRIGHTSPACE


def _qti21() -> Format:
    from quizgen.export.qti import QTI21

    return QTI21


def _qti30() -> Format:
    from quizgen.export.qti import QTI30

    return QTI30


def _olx() -> Format:
    from quizgen.export.olx import OLX

    return OLX


FORMATS: Mapping[str, Callable[[], Format]] = {
    "moodle": _moodle,
    "gift": _gift,
    "canvas": _canvas,
    "blackboard": _blackboard,
    "brightspace": _brightspace,
    "qti21": _qti21,
    "qti30": _qti30,
    "olx": _olx,
}


def format_of(name: str) -> Format:
    """A format by its name; raises QuizgenError for one that there is not."""
    if name not in FORMATS:
        hint = did_you_mean(name, FORMATS) or f"Formats are: {', '.join(FORMATS)}."
        raise QuizgenError(f"there is no format '{name}'", hint=hint, exit_code=2)
    return FORMATS[name]()
