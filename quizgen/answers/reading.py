"""Typed text -> numbers, in columns. What cannot be read is never guessed and never wrong: it is *unreadable*.

Plain numbers are read by one pattern and one cast over all distinct texts; the odd ones (`3/4`, `1,5`, `2*10^-3`,
a Unicode minus) by a careful reader, once per distinct text. The reading never looks at the right answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quizgen.answers.typed import STATES, State
from quizgen.csvtext import restored
from quizgen.world.values import Value, aligned

MAX_TEXT = 2_000  # characters of one number or matrix
MAX_DIGITS = 30
_PLAIN = r"^[-+]?(?:\d{1,15}(?:\.\d{0,17})?|\.\d{1,17})(?:[eE][-+]?\d{1,2})?$"
_GROUPED = r"^[-+]?[1-9]\d{0,2}\.\d{3}$"
_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?"
_FRACTION = re.compile(rf"({_NUMBER})/({_NUMBER})")
_POWER = re.compile(rf"({_NUMBER})(?:\*|x|X|×|·)10\^?\(?([-+]?\d{{1,3}})\)?")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(?:[,.'’ ]\d{3})+")
_COMMA = re.compile(r"^([-+]?\d*),(\d+)(?![\d,.])")  # a decimal comma in the first number
_AROUND = re.compile(r" ?([*/xX×·^]) ?")
_AFTER_SIGN = re.compile(r"^([-+]) ")
_RAISED = re.compile("[⁰¹²³⁴-⁹⁺⁻]+")
_MIXED = re.compile(r"\d\s*[¼-¾⅐-⅞]")
_SIGNS = str.maketrans({"−": "-", "–": "-", "‐": "-", "＋": "+", "⁄": "/", "∕": "/", "÷": "/"})
_SPACES = re.compile(r"[\s\u00a0\u2009\u202f]+")
READ, BLANK, UNREADABLE, NOT_ASKED = (
    STATES.index(s) for s in (State.READ, State.BLANK, State.UNREADABLE, State.NOT_ASKED)
)


@dataclass(frozen=True)
class Read:
    """Texts read as numbers: values (nan if blank or unreadable), codes of STATES, and why a text was refused."""

    numbers: np.ndarray
    state: np.ndarray
    reasons: dict[str, str] = field(default_factory=dict)


def read_numbers(texts: pa.Array, whole: bool) -> Read:
    """Read one column of texts; `whole` says that whole numbers are asked, so that 1,792 is no decimal."""
    distinct = pc.dictionary_encode(pc.utf8_trim_whitespace(pc.fill_null(texts, "")))
    if isinstance(distinct, pa.ChunkedArray):
        distinct = distinct.combine_chunks()
    words, codes = distinct.dictionary, distinct.indices.to_numpy(zero_copy_only=False)
    numbers = np.full(len(words), np.nan)
    state = np.full(len(words), UNREADABLE, dtype=np.uint8)
    plain = pc.match_substring_regex(words, _PLAIN).to_numpy(zero_copy_only=False)
    if whole:  # 1.792 is a thousand and more
        plain = plain & ~pc.match_substring_regex(words, _GROUPED).to_numpy(zero_copy_only=False)
    numbers[plain] = pc.cast(pc.utf8_ltrim(words.filter(pa.array(plain)), "+"), pa.float64()).to_numpy(
        zero_copy_only=False
    )
    state[plain] = READ
    reasons = {}
    for i in np.flatnonzero(~plain).tolist():
        word = words[i].as_py()
        if not word:
            state[i] = BLANK
            continue
        result = read_number(word, whole)
        if isinstance(result, float):
            numbers[i], state[i] = result, READ
        else:
            reasons[word] = result
    return Read(numbers[codes], state[codes], reasons)


def read_number(text: str, whole: bool) -> float | str:
    """Read one odd text carefully: the number, or the reason why it is none.

    >>> read_number("3/4", whole=False), read_number("0,5", whole=False), read_number("1,792", whole=True)
    (0.75, 0.5, 1792.0)
    >>> read_number("1,234", whole=False)
    'ambiguous: a decimal comma or a thousands mark?'
    """
    if len(text) > MAX_TEXT:
        return f"{len(text):,} characters"
    if _MIXED.search(text):
        return "a mixed number"
    raised = _RAISED.sub(lambda match: "^" + match[0], restored(text))
    word = _SPACES.sub(" ", unicodedata.normalize("NFKC", raised).translate(_SIGNS)).strip()
    if sum(character.isdigit() for character in word) > MAX_DIGITS:
        return "too many digits"
    if word[:1] == "=":
        return "a spreadsheet formula"
    if _THOUSANDS.fullmatch(word):
        if whole:
            return float(re.sub(r"[,.'’ ]", "", word))
        if word.count(",") == 1 and " " not in word:
            return "ambiguous: a decimal comma or a thousands mark?"
    tight = _AFTER_SIGN.sub(r"\1", _AROUND.sub(r"\1", word))
    return "several numbers" if " " in tight else _valued(_COMMA.sub(r"\1.\2", tight))


def _valued(word: str) -> float | str:
    """A number, a fraction, or a number times a power of ten."""
    if re.fullmatch(_NUMBER, word):
        return _finite(float(word))
    if match := _FRACTION.fullmatch(word):
        below = float(match[2])
        return _finite(float(match[1]) / below) if below else "a division by zero"
    if match := _POWER.fullmatch(word):
        exponent = int(match[2])
        return _finite(float(match[1]) * 10.0**exponent) if abs(exponent) <= 100 else "a gigantic exponent"
    return "no number"


def _finite(number: float) -> float | str:
    return number if np.isfinite(number) and abs(number) < 1e100 else "a gigantic number"


@dataclass(frozen=True)
class Arrays:
    """Texts read as numbers, vectors or matrices."""

    value: Value
    state: np.ndarray
    reasons: dict[str, str] = field(default_factory=dict)

    def where_read(self, others: Arrays) -> Arrays:
        """These, and the others where nothing was typed here."""
        blank = self.state == BLANK
        here, there = aligned(self.value, others.value)
        value = Value(np.where(blank, there, here), np.where(blank, others.value.shape, self.value.shape))
        return Arrays(value, np.where(blank, others.state, self.state), self.reasons | others.reasons)


def read_arrays(texts: pa.Array, axes: int, whole: bool) -> Arrays:
    """Read a column in which each text holds a whole answer: `12`, `1 2 3`, `3 0; 5 -3`, `[[3, 0], [5, -3]]`."""
    if axes == 0:
        read = read_numbers(texts, whole)
        return Arrays(Value.dense(read.numbers), read.state, read.reasons)
    texts = pc.utf8_trim_whitespace(pc.fill_null(texts, ""))
    n = len(texts)
    state = np.full(n, READ, dtype=np.uint8)
    length = pc.utf8_length(texts).to_numpy(zero_copy_only=False)
    state[length == 0], state[length > MAX_TEXT] = BLANK, UNREADABLE
    reasons = {texts[i].as_py(): f"{length[i]:,} characters" for i in np.flatnonzero(length > MAX_TEXT).tolist()}
    rows = _rows(pc.if_else(pa.array(length > MAX_TEXT), "", texts), axes)
    row_count = pc.list_value_length(rows).to_numpy(zero_copy_only=False)
    cells = pc.split_pattern_regex(pc.utf8_trim_whitespace(rows.flatten()), r"\s+")
    widths = pc.list_value_length(cells).to_numpy(zero_copy_only=False)
    owner = np.repeat(np.arange(n), row_count)
    width = np.zeros(n, dtype=np.int64)
    np.maximum.at(width, owner, widths)
    ragged = np.zeros(n, dtype=bool)
    ragged[owner[widths != width[owner]]] = True
    read = read_numbers(cells.flatten(), whole)
    cell_owner = np.repeat(owner, widths)
    bad = np.zeros(n, dtype=bool)
    bad[cell_owner[read.state != READ]] = True
    asked = state == READ
    for i in np.flatnonzero(asked & (ragged | bad)).tolist():
        text = texts[i].as_py()
        why = "rows of different length" if ragged[i] else _first_reason(text, read.reasons)
        reasons[text], state[i] = why, UNREADABLE
    return Arrays(_placed(read.numbers, cell_owner, row_count, width, state == READ, axes), state, reasons)


def _rows(texts: pa.Array, axes: int) -> pa.Array:
    """Split each text into rows; brackets of JSON become separators, a vector is one row."""
    is_json = pc.starts_with(texts, "[")
    json = pc.replace_substring_regex(texts, r"\]\s*,?\s*\[", ";")
    json = pc.replace_substring_regex(json, r"[\[\]]", " ")
    texts = pc.if_else(is_json, pc.replace_substring(json, ",", " "), texts)
    texts = pc.replace_substring_regex(texts, r",\s+", " ")
    texts = pc.replace_substring_regex(texts, r"[\r\n]+", ";")
    texts = pc.replace_substring_regex(texts, r";\s*$", "")
    if axes == 1:
        texts = pc.replace_substring(texts, ";", " ")
    rows = pc.split_pattern(texts, ";")
    return rows.combine_chunks() if isinstance(rows, pa.ChunkedArray) else rows


def _first_reason(text: str, reasons: dict[str, str]) -> str:
    """The reason of the first cell that could not be read."""
    return next((f"'{word[:30]}': {why}" for word, why in reasons.items() if word in text), "an empty cell")


def _placed(
    numbers: np.ndarray, owner: np.ndarray, rows: np.ndarray, width: np.ndarray, good: np.ndarray, axes: int
) -> Value:
    """Put the numbers of each readable text into its own rows and columns."""
    n = len(rows)
    keep = good[owner]
    sizes = np.where(good, [rows, width], 0)
    largest = sizes.max(axis=1, initial=0)
    first = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=n))[:-1]])
    place = np.arange(len(owner)) - first[owner]
    row, column = place // np.maximum(width[owner], 1), place % np.maximum(width[owner], 1)
    cells = np.full((*largest, n), np.nan)
    cells[row[keep], column[keep], owner[keep]] = numbers[keep]
    shape = sizes.astype(np.int32)
    return Value(cells, shape) if axes == 2 else Value(cells[0] if largest[0] else cells.reshape(0, n), shape[1:])


def from_cells(columns: Sequence[Read], shape: np.ndarray, largest: tuple[int, ...]) -> Arrays:
    """Join columns of single cells (row-major over `largest`) into values of each student's own asked shape."""
    n = len(columns[0].numbers)
    cells = np.stack([column.numbers for column in columns]).reshape(*largest, n)
    states = np.stack([column.state for column in columns]).reshape(*largest, n)
    inside = Value(cells, shape).inside
    axes = tuple(range(len(largest)))
    state = np.full(n, READ, dtype=np.uint8)
    state[((states == BLANK) | ~inside).all(axis=axes)] = BLANK
    state[(states == UNREADABLE).any(axis=axes) | ((states != BLANK) & ~inside).any(axis=axes)] = UNREADABLE
    reasons = {word: why for column in columns for word, why in column.reasons.items()}
    return Arrays(Value(np.where(inside, cells, np.nan), shape), state, reasons)
