"""Typed text -> numbers, in columns. What cannot be read is never guessed and never wrong: it is *unreadable*.

Plain numbers are read by one pattern and one cast over all distinct texts; the odd ones (`3/4`, `1,5`, `2*10^-3`,
a Unicode minus) by a careful reader, once per distinct text. The reading never looks at the right answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quizgen.answers.typed import STATES, State
from quizgen.csvtext import restored
from quizgen.world.values import Value, aligned

MAX_TEXT = 2_000  # characters of one number or matrix
MAX_DIGITS = 30
SHOWN = 40  # characters of a cell that a reason repeats
ROOM = 4  # an array may be so many times as large as the one asked, and so much larger; beyond that it is not placed
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
_TIGHT = r"\pN,[-+−–]?[.]?\pN"  # for pyarrow: a comma with a digit on either side
_IN_THREES = r"\d,\d{3}(?:\D|$)|[.]\d{3},"
READ, BLANK, UNREADABLE, NOT_ASKED = (
    STATES.index(state) for state in (State.READ, State.BLANK, State.UNREADABLE, State.NOT_ASKED)
)


@dataclass(frozen=True)
class Read:
    """Texts read as numbers: values (nan if blank or unreadable), codes of STATES, and why a text was refused.

    `texts` are trimmed; `reasons` go by them.
    """

    numbers: np.ndarray
    state: np.ndarray
    texts: pa.Array
    reasons: dict[str, str]

    def reason(self, i: int) -> str:
        """Why the i-th text is no number, with the text."""
        word = self.texts[i].as_py()
        return f"'{word[:SHOWN]}': {self.reasons[word]}" if word else "an empty cell"


def read_numbers(texts: pa.Array, whole: bool) -> Read:
    """Read one column of texts; `whole` says that whole numbers are asked, so that 1,792 is no decimal."""
    texts = trimmed(texts)
    distinct = pc.dictionary_encode(texts)
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
    return Read(numbers[codes], state[codes], texts, reasons)


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
    """Texts read as numbers, vectors or matrices; `why` says of each unreadable one why it is."""

    value: Value
    state: np.ndarray
    why: np.ndarray

    def within(self, low: float, high: float) -> Arrays:
        """Single numbers, unreadable outside of a range."""
        with np.errstate(invalid="ignore"):
            outside = (self.state == READ) & ~((self.value.cells >= low) & (self.value.cells <= high))
        return Arrays(
            Value.dense(np.where(outside, np.nan, self.value.cells)),
            np.where(outside, UNREADABLE, self.state).astype(np.uint8),
            np.where(outside, f"not between {low:g} and {high:g}", self.why),
        )

    def without(self, rows: np.ndarray) -> Arrays:
        """These, but for some rows that were not asked whatever was typed."""
        if not rows.any():
            return self
        state = np.where(rows, NOT_ASKED, self.state).astype(np.uint8)
        said = np.where(self.state == BLANK, "", "not asked on this paper")
        return Arrays(self.value, state, np.where(rows, said, self.why))

    def put(self, rows: np.ndarray, others: Arrays) -> Arrays:
        """These, with others in place of some rows, given by number."""
        if not len(rows):
            return self
        largest = tuple(max(pair) for pair in zip(self.value.largest, others.value.largest, strict=True))
        cells, shape = self.value.widened(largest).cells.copy(), self.value.shape.copy()
        cells[..., rows], shape[:, rows] = others.value.widened(largest).cells, others.value.shape
        state, why = self.state.copy(), self.why.copy()
        state[rows], why[rows] = others.state, others.why
        return Arrays(Value(cells, shape), state, why)

    def where_read(self, others: Arrays) -> Arrays:
        """These, and the others where nothing was typed here."""
        blank = self.state == BLANK
        here, there = aligned(self.value, others.value)
        return Arrays(
            Value(np.where(blank, there, here), np.where(blank, others.value.shape, self.value.shape)),
            np.where(blank, others.state, self.state),
            np.where(blank, others.why, self.why),
        )


def read_arrays(texts: pa.Array, axes: int, whole: bool, asked: np.ndarray | None = None) -> Arrays:
    """Read a column in which each text holds a whole answer: `12`, `1 2 3`, `3 0; 5 -3`, `[[3, 0], [5, -3]]`.

    `asked`: the shape asked of each student, (axes, n). An array of another shape is read, but one that is several
    times as large is unreadable: the longest and the widest together would take all the memory there is.
    """
    if axes == 0:
        return _single(read_numbers(texts, whole))
    texts = trimmed(texts)
    length = pc.utf8_length(texts).to_numpy(zero_copy_only=False)
    short = pc.if_else(pa.array(length > MAX_TEXT), "", texts)
    rows = _rows(short, axes)
    row_count = pc.list_value_length(rows).to_numpy(zero_copy_only=False)
    lines, doubtful = _parted(pc.utf8_trim_whitespace(rows.flatten()), whole)
    cells = pc.split_pattern_regex(lines, r"\s+")
    widths = pc.list_value_length(cells).to_numpy(zero_copy_only=False)
    everyone = np.arange(len(texts))
    owner = np.repeat(everyone, row_count)
    width = np.zeros(len(texts), dtype=np.int64)
    np.maximum.at(width, owner, widths)
    read = read_numbers(cells.flatten(), whole)
    cell_owner = np.repeat(owner, widths)
    sizes = np.array([row_count, width])[-axes:]
    gap = pc.match_substring_regex(short, r"[,\[]\s*,").to_numpy(zero_copy_only=False)
    why = np.full(len(texts), "", dtype=object)
    _tell(why, everyone, length > MAX_TEXT, lambda i: f"{length[i]:,} characters")
    if asked is not None:
        vast = np.any(sizes > ROOM * asked + ROOM, axis=0)
        _tell(why, everyone, vast, lambda i: f"{_by(sizes[:, i])} numbers; {_by(asked[:, i])} are asked")
    _tell(why, everyone, gap, lambda _: "an empty cell")
    _tell(
        why,
        owner,
        doubtful,
        lambda line: f"'{lines[line].as_py()[:SHOWN]}' is ambiguous: a comma in a number, or between two?",
    )
    _tell(why, owner, widths != width[owner], lambda _: "rows of different length")
    _tell(why, cell_owner, (read.state != READ) & (length > 0)[cell_owner], read.reason)
    state = np.where(length == 0, BLANK, np.where(why != "", UNREADABLE, READ)).astype(np.uint8)
    return Arrays(_placed(read.numbers, cell_owner, row_count, width, state == READ, axes), state, why)


def trimmed(texts: pa.Array) -> pa.Array:
    """Texts without spaces around them; a lone dash is how people write that nothing stands here."""
    texts = pc.utf8_trim_whitespace(pc.fill_null(texts, ""))
    return pc.replace_substring_regex(texts, "^[-–—−]$", "")


def _single(read: Read) -> Arrays:
    """Single numbers as arrays without axes."""
    why = np.full(len(read.numbers), "", dtype=object)
    everyone = np.arange(len(why))
    _tell(why, everyone, read.state == UNREADABLE, lambda i: read.reasons[read.texts[i].as_py()])
    return Arrays(Value.dense(read.numbers), read.state, why)


def _rows(texts: pa.Array, axes: int) -> pa.Array:
    """Split each text into rows; brackets of JSON become separators, a vector is one row."""
    texts = pc.replace_substring_regex(texts, "[，﹐]", ",")
    is_json = pc.starts_with(texts, "[")
    json = pc.replace_substring_regex(texts, r"\s*\]\s*,?\s*\[\s*", ";")
    json = pc.replace_substring_regex(json, r"\s*[\[\]]\s*", " ")
    texts = pc.if_else(is_json, pc.replace_substring_regex(json, r"\s*,\s*", " "), texts)
    texts = pc.replace_substring_regex(texts, r"[,;]?[ \t]*[\r\n]+", ";")
    texts = pc.replace_substring_regex(texts, r",\s+", " ")
    texts = pc.replace_substring_regex(texts, r";\s*$", "")
    if axes == 1:
        texts = pc.replace_substring(texts, ";", " ")
    rows = pc.split_pattern(texts, ";")
    return rows.combine_chunks() if isinstance(rows, pa.ChunkedArray) else rows


def _parted(lines: pa.Array, whole: bool) -> tuple[pa.Array, np.ndarray]:
    """Put spaces for the commas that can only stand between numbers; and the mask of rows in which that is not sure.

    A comma beside a space parts. With nothing else to part a row, `5,11` is two whole numbers, unless three digits
    follow (`1,792`); where no whole numbers are asked it is doubtful. In `0,5 1,25` spaces part: these are decimals,
    but doubtful where whole numbers are asked.
    """
    if whole:
        lines = pc.replace_substring_regex(lines, r"\s+,", " ")
    tight, spaced, threes, hanging = (
        pc.match_substring_regex(lines, pattern) for pattern in (_TIGHT, r"\S\s+\S", _IN_THREES, r"\s,")
    )
    if whole:
        doubtful = pc.and_(tight, pc.or_(spaced, threes))
        lines = pc.if_else(pc.and_not(tight, doubtful), pc.replace_substring(lines, ",", " "), lines)
    else:
        doubtful = pc.or_(pc.and_not(tight, spaced), hanging)
    return lines, doubtful.to_numpy(zero_copy_only=False)


def _tell(why: np.ndarray, owner: np.ndarray, wrong: np.ndarray, reason: Callable[[int], str]) -> None:
    """Say of each text with something wrong why it is unreadable, unless that has been said."""
    for i in np.flatnonzero(wrong).tolist():
        why[owner[i]] = why[owner[i]] or reason(i)


def _by(sizes: np.ndarray) -> str:
    """Sizes as people say them: `2x3`."""
    return "x".join(map(str, sizes.tolist()))


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
    why = np.full(n, "", dtype=object)
    for column in columns:
        _tell(why, np.arange(n), column.state == UNREADABLE, column.reason)
    _tell(why, np.arange(n), state == UNREADABLE, lambda _: "a cell that is not asked")
    return Arrays(Value(np.where(inside, cells, np.nan), shape), state, why)
