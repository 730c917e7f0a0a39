"""Answers that are no plain numbers: choices, shapes, places and formulas. Each distinct text is read once.

What cannot be read is unreadable, with the reason. Nothing here looks at the right answer; a formula is a text in
the language of problems, computed on numbers that are the same for everybody.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quizgen.answers.formulas import fingerprint, formula_values
from quizgen.answers.manner import WHOLE_NUMBER, Manner
from quizgen.answers.reading import BLANK, READ, UNREADABLE, Arrays, read_arrays, trimmed
from quizgen.problem.model import Answer, AskedFormula
from quizgen.world.values import Value, crop

_NUMBER_PAIR = re.compile(r"[A-Za-z]?\s*[\[(]?\s*(\d{1,6})\s*[,; ]\s*(\d{1,6})\s*[\])]?(?:\s+from ([01]))?")
_ROW_COLUMN = re.compile(  # in English, German and French
    r"(?:row|zeile|ligne)\s*(\d{1,6})\s*,?\s*(?:(?:and|und|et)\s*)?(?:col(?:umn|onne|\.)?|spalte)\s*(\d{1,6})",
    re.IGNORECASE,
)

Numbers = np.ndarray | str  # a text's numbers, or why there are none


def manner_of(answer: Answer, decimal: str = "") -> Manner:
    """How the numbers of an answer are written; `decimal`: the decimal mark, where it is known."""
    return Manner(answer.whole, answer.percent, decimal)


def read_answers(answer: Answer, texts: pa.Array, asked: np.ndarray, decimal: str = "") -> Arrays:
    """Read a column of whole answers of any kind.

    `asked`: the shape asked of each student, (axes, n); `decimal`: the decimal mark, where it is known.
    """
    if answer.kind == "shape":
        texts = pc.replace_substring_regex(trimmed(texts), r"[()]", " ")
        for _ in range(2):  # the second time for what stood beside the first
            texts = pc.replace_substring_regex(texts, r"(\d)\s*[xX×*]\s*(\d)", r"\1 \2")
        return read_arrays(texts, 1, WHOLE_NUMBER, asked)
    if answer.kind == "choice":
        return _each(texts, 0, lambda text: _choice(text, answer.options))
    if answer.kind == "location":
        return _each(texts, 1, lambda text: _place(text, answer.first))
    if answer.formula is not None:
        return read_formulas(texts, answer.formula)
    return read_arrays(texts, answer.axes, manner_of(answer, decimal), asked)


def _choice(text: str, options: tuple[str, ...]) -> Numbers:
    """The number of a word among those offered, counted from 1."""
    words = [option.casefold() for option in options]
    typed = " ".join(text.split()).casefold()
    return np.array(words.index(typed) + 1.0) if typed in words else f"none of: {', '.join(options)}"


def _place(text: str, first: int) -> Numbers:
    """Row and column from 1: `2 3` counts as the question does, `row 2, column 3` from 1, `1 2 from 0` from 0."""
    if match := _ROW_COLUMN.fullmatch(text.strip()):
        return np.array([float(match[1]), float(match[2])])
    if not (match := _NUMBER_PAIR.fullmatch(text.strip())):
        return "no place: write row and column, as in 2 3"
    start = first if match[3] is None else int(match[3])
    return np.array([float(match[1]), float(match[2])]) + 1 - start


def read_formulas(texts: pa.Array, asked: AskedFormula) -> Arrays:
    """Read a column of formulas: their values on the numbers that stand for the symbols, all in one vector.

    A formula of another shape than asked is read, and wrong; `why` says so.
    """
    other_shapes: dict[str, str] = {}

    def one(text: str) -> Numbers:
        value = formula_values(text, asked.symbols)
        if isinstance(value, str):
            return value
        if value.shape[:-1] != asked.shape:
            other_shapes[text] = f"it gives {_shaped(value.shape[:-1])}; {_shaped(asked.shape)} is asked for"
        return fingerprint(value)

    read = _each(texts, 1, one)
    told = [other_shapes.get(text, why) for text, why in zip(trimmed(texts).to_pylist(), read.why, strict=True)]
    return Arrays(read.value, read.state, np.array(told, dtype=object), read.how)


def _shaped(shape: tuple[int, ...]) -> str:
    """A shape in words."""
    return f"an array of {' x '.join(map(str, shape))}" if shape else "a single number"


def _each(texts: pa.Array, axes: int, read: Callable[[str], Numbers]) -> Arrays:
    """Read each distinct text once, into numbers or vectors of their own length."""
    distinct = pc.dictionary_encode(trimmed(texts))
    distinct = distinct.combine_chunks() if isinstance(distinct, pa.ChunkedArray) else distinct
    codes = distinct.indices.to_numpy(zero_copy_only=False)
    found = [read(word) if word else "" for word in distinct.dictionary.to_pylist()]
    good = [
        part if isinstance(part, np.ndarray) else np.zeros((0,) * axes) if axes else np.array(np.nan) for part in found
    ]
    longest = tuple(max((part.shape[axis] for part in good), default=0) for axis in range(axes))
    cells = np.full((*longest, len(good)), np.nan)
    for i, part in enumerate(good):
        cells[..., i][crop(part.shape)] = part
    sizes = np.array([part.shape for part in good], dtype=np.int32).reshape(len(good), axes).T
    state = [READ if isinstance(part, np.ndarray) else UNREADABLE if part else BLANK for part in found]
    why = np.array(["" if isinstance(part, np.ndarray) else part for part in found], dtype=object)
    plain = np.full(len(codes), "", dtype=object)  # the words themselves say how they were understood
    return Arrays(Value(cells[..., codes], sizes[:, codes]), np.array(state, dtype=np.uint8)[codes], why[codes], plain)
