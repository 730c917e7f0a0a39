"""Typed text -> numbers, in columns. What cannot be read is never guessed and never wrong: it is *unreadable*.

Plain numbers are read by one pattern and one cast over all distinct texts; the odd ones (`3/4`, `1,5`, `2*10^-3`,
a Unicode minus) by a careful reader, once per distinct text, and every such reading is recorded. The reading never
looks at the right answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quizgen.answers.manner import ANY_NUMBER, COMMA, POINT, Manner
from quizgen.answers.matrices import ODD, respelled
from quizgen.answers.numbers import HUGE, MAX_TEXT, SHOWN, read_and_told, shortened
from quizgen.answers.typed import STATES, State
from quizgen.world.values import Value, aligned

ROOM = 4  # an array may be so many times as large as the one asked, and so much larger; beyond that it is not placed
MOST_HOWS = 6  # readings of single cells that the record of one array names
DASHES = pa.array(["-", "\u2013", "\u2014", "\u2212"])  # alone, how people write that nothing stands here
_PLAIN = r"^[-+]?(?:\d{1,15}(?:\.\d{0,17})?|\.\d{1,17})(?:[eE][-+]?\d{1,2})?$"
_GROUPED = r"^[-+]?[1-9]\d{0,2}\.\d{3}$"
_TIGHT = r"\pN,[-+−–]?[.]?\pN"  # for pyarrow: a comma with a digit on either side
_LOOSE = r"\pN\s*,\s|\s,"  # a comma with a space on a side
_SPACED = r"\pN\.?\s+[-+−–]?[.]?\pN"  # two numbers with nothing but a space between
_IN_THREES = r"\d,\d{3}(?:\D|$)|[.]\d{3},"
_DECIMAL_POINT = r"(?:^|[^\d.])\d*\.(?:\d{1,2}|\d{4,})(?:[^\d.]|$)|(?:^|[^\d.])0?\.\d"
_GAP = r"[,\[]\s*,|\t[ ]*\t"
READ, BLANK, UNREADABLE, NOT_ASKED = (
    STATES.index(state) for state in (State.READ, State.BLANK, State.UNREADABLE, State.NOT_ASKED)
)


@dataclass(frozen=True)
class Read:
    """Texts read as numbers: values (nan if blank or unreadable) and codes of STATES.

    `words` are the distinct texts, trimmed, and `codes` their numbers; `refused` says why a word is no number, `odd`
    how one was read that is not written plainly.
    """

    numbers: np.ndarray
    state: np.ndarray
    words: pa.Array
    codes: np.ndarray
    refused: Mapping[int, str]
    odd: Mapping[int, str]

    @property
    def reasons(self) -> dict[str, str]:
        """Why texts were refused, by text."""
        return {self.words[code].as_py(): why for code, why in self.refused.items()}

    @property
    def why(self) -> np.ndarray:
        """Why each text was refused; empty if it was not."""
        return self._told(self.refused)

    @property
    def how(self) -> np.ndarray:
        """How each text was read, if not plainly."""
        return self._told(self.odd)

    def reason(self, i: int) -> str:
        """Why the i-th text is no number, with the text."""
        word = self.words[self.codes[i]].as_py()
        return f"'{shortened(word)}': {self.refused[int(self.codes[i])]}" if word else "an empty cell"

    @property
    def is_odd(self) -> np.ndarray:
        """Mask of the texts that are not written plainly."""
        said = np.zeros(max(len(self.words), 1), dtype=bool)
        said[list(self.odd)] = True
        return np.asarray(said[self.codes])

    def recorded(self, rows: np.ndarray) -> list[str]:
        """How some texts were read, which are not written plainly."""
        return [self.odd[code] for code in self.codes[rows].tolist()]

    def _told(self, about: Mapping[int, str]) -> np.ndarray:
        """What is said of words, for each text."""
        told = np.full(max(len(self.words), 1), "", dtype=object)
        told[list(about)] = list(about.values())
        return np.asarray(told[self.codes] if about else np.full(len(self.codes), "", dtype=object))


def read_numbers(texts: pa.Array, manner: Manner = ANY_NUMBER) -> Read:
    """Read one column of texts."""
    words, codes = _distinct(texts)
    numbers = np.full(len(words), np.nan)
    state = np.full(len(words), UNREADABLE, dtype=np.uint8)
    plain = _matches(words, _PLAIN)
    if manner.groups_by_point:  # 1.792 is a thousand and more, or may be
        plain &= ~_matches(words, _GROUPED)
    numbers[plain] = pc.cast(pc.utf8_ltrim(words.filter(pa.array(plain)), "+"), pa.float64()).to_numpy(
        zero_copy_only=False
    )
    with np.errstate(invalid="ignore"):
        plain &= np.abs(numbers) < HUGE
    numbers[~plain] = np.nan
    state[plain] = READ
    refused, odd = {}, {}
    rest = np.flatnonzero(~plain)
    for code, word in zip(rest.tolist(), words.take(pa.array(rest)).to_pylist(), strict=True):
        if not word:
            state[code] = BLANK
            continue
        result, how = read_and_told(word, manner)
        if isinstance(result, str):
            refused[code] = result
            continue
        numbers[code], state[code] = result, READ
        if how:
            odd[code] = how
    return Read(numbers[codes], state[codes], words, codes, refused, odd)


def _distinct(texts: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """The distinct texts, trimmed, a lone dash as nothing; and for each text the number of its own."""
    texts = _one_chunk(texts)
    distinct = pc.dictionary_encode(pc.fill_null(texts, "") if texts.null_count else texts)
    return trimmed(distinct.dictionary), distinct.indices.to_numpy(zero_copy_only=False)


def _one_chunk(texts: pa.Array) -> pa.Array:
    """A column in one piece."""
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts


def _matches(texts: pa.Array, pattern: str) -> np.ndarray:
    """Mask of the texts in which a pattern is found."""
    return np.array(pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False), dtype=bool)


@dataclass(frozen=True)
class Arrays:
    """Texts read as numbers, vectors or matrices.

    `why` says of each unreadable one why it is; `how` of each that is not written plainly how it was understood, as
    in `1,5 read as 1.5`; both are empty texts otherwise.
    """

    value: Value
    state: np.ndarray
    why: np.ndarray
    how: np.ndarray

    def within(self, low: float, high: float) -> Arrays:
        """Single numbers, unreadable outside of a range."""
        with np.errstate(invalid="ignore"):
            outside = (self.state == READ) & ~((self.value.cells >= low) & (self.value.cells <= high))
        return Arrays(
            Value.dense(np.where(outside, np.nan, self.value.cells)),
            np.where(outside, UNREADABLE, self.state).astype(np.uint8),
            np.where(outside, f"not between {low:g} and {high:g}", self.why),
            self.how,
        )

    def without(self, rows: np.ndarray) -> Arrays:
        """These, but for some rows that were not asked whatever was typed."""
        if not rows.any():
            return self
        state = np.where(rows, NOT_ASKED, self.state).astype(np.uint8)
        why = np.where(rows, np.where(self.state == BLANK, "", "not asked on this paper"), self.why)
        return Arrays(self.value, state, why, np.where(rows, "", self.how))

    def take(self, rows: np.ndarray) -> Arrays:
        """Keep some students, by number."""
        return Arrays(self.value.take(rows), self.state[rows], self.why[rows], self.how[rows])

    def put(self, rows: np.ndarray, others: Arrays) -> Arrays:
        """These, with others in place of some rows, given by number."""
        if not len(rows):
            return self
        largest = tuple(max(pair) for pair in zip(self.value.largest, others.value.largest, strict=True))
        cells, shape = self.value.widened(largest).cells.copy(), self.value.shape.copy()
        cells[..., rows], shape[:, rows] = others.value.widened(largest).cells, others.value.shape
        state, why, how = self.state.copy(), self.why.copy(), self.how.copy()
        state[rows], why[rows], how[rows] = others.state, others.why, others.how
        return Arrays(Value(cells, shape), state, why, how)

    def where_read(self, others: Arrays) -> Arrays:
        """These, and the others where nothing was typed here."""
        blank = self.state == BLANK
        here, there = aligned(self.value, others.value)
        return Arrays(
            Value(np.where(blank, there, here), np.where(blank, others.value.shape, self.value.shape)),
            np.where(blank, others.state, self.state),
            np.where(blank, others.why, self.why),
            np.where(blank, others.how, self.how),
        )


def together(parts: Sequence[Arrays]) -> Arrays:
    """The students of several columns, one after the other."""
    state, why, how = (np.concatenate([getattr(part, name) for part in parts]) for name in ("state", "why", "how"))
    return Arrays(Value.joined([part.value for part in parts]), state, why, how)


def read_arrays(texts: pa.Array, axes: int, manner: Manner = ANY_NUMBER, asked: np.ndarray | None = None) -> Arrays:
    """Read a column in which each text holds a whole answer: `12`, `1 2 3`, `3 0; 5 -3`, `[[3, 0], [5, -3]]`.

    `asked`: the shape asked of each student, (axes, n). An array of another shape is read, but one that is several
    times as large is unreadable: the longest and the widest together would take all the memory there is.
    """
    if axes == 0:
        read = read_numbers(texts, manner)
        return Arrays(Value.dense(read.numbers), read.state, read.why, read.how)
    texts = trimmed(_one_chunk(texts))
    length = pc.utf8_length(texts).to_numpy(zero_copy_only=False)
    short, how = _respelled(pc.if_else(pa.array(length > MAX_TEXT), "", texts))
    rows, unclear = _rows(short, axes, manner)
    row_count = pc.list_value_length(rows).to_numpy(zero_copy_only=False)
    everyone = np.arange(len(texts))
    owner = np.repeat(everyone, row_count)
    raw = pc.utf8_trim(rows.flatten(), " ")
    lines, doubtful, parted = _parted(raw, manner)
    cells = pc.ascii_split_whitespace(lines)
    widths = pc.list_value_length(cells).to_numpy(zero_copy_only=False)
    width = np.zeros(len(texts), dtype=np.int64)
    np.maximum.at(width, owner, widths)
    read = read_numbers(cells.flatten(), manner)
    cell_owner = np.repeat(owner, widths)
    sizes = np.array([row_count, width])[-axes:]
    why = np.full(len(texts), "", dtype=object)
    _tell(why, everyone, length > MAX_TEXT, lambda i: f"{length[i]:,} characters")
    if asked is not None:
        vast = np.any(sizes > ROOM * asked + ROOM, axis=0)
        _tell(why, everyone, vast, lambda i: f"{_by(sizes[:, i])} numbers; {_by(asked[:, i])} are asked")
    _tell(why, everyone, _matches(short, _GAP), lambda _: "an empty cell")
    _tell(why, everyone, unclear, lambda i: _doubt(short[i].as_py()))
    _tell(why, owner, doubtful, lambda line: _doubt(lines[line].as_py()))
    _tell(why, owner, widths != width[owner], lambda _: "rows of different length")
    _tell(why, cell_owner, (read.state != READ) & (length > 0)[cell_owner], read.reason)
    state = np.where(length == 0, BLANK, np.where(why != "", UNREADABLE, READ)).astype(np.uint8)
    some = np.flatnonzero(parted)
    words = (part.take(pa.array(some)).to_pylist() for part in (raw, lines))
    _add(how, owner[some], (f"{shortened(one)} read as {shortened(two)}" for one, two in zip(*words, strict=True)))
    some = np.flatnonzero(read.is_odd)
    _add(how, cell_owner[some], read.recorded(some))
    how[state != READ] = ""
    return Arrays(_placed(read.numbers, cell_owner, row_count, width, state == READ, axes), state, why, how)


def trimmed(texts: pa.Array) -> pa.Array:
    """Texts without spaces around them; a lone dash is how people write that nothing stands here."""
    texts = pc.utf8_trim_whitespace(pc.fill_null(texts, "") if texts.null_count else texts)
    return pc.if_else(pc.is_in(texts, value_set=DASHES), "", texts)


def _respelled(texts: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Texts in another notation (TeX, tuples, what Python prints) in a plain one; and the record of it."""
    how = np.full(len(texts), "", dtype=object)
    odd = np.flatnonzero(_matches(texts, ODD))
    if not len(odd):
        return texts, how
    words, codes = _distinct(texts.take(pa.array(odd)))
    plain = [respelled(word) for word in words.to_pylist()]
    says = np.array(
        [
            f"{shortened(word)} read as {shortened(new.replace(';', '; '))}" if "\\" in word and new != word else ""
            for word, new in zip(words.to_pylist(), plain, strict=True)
        ],
        dtype=object,
    )
    how[odd] = says[codes]
    mask = np.zeros(len(texts), dtype=bool)
    mask[odd] = True
    return pc.replace_with_mask(texts, pa.array(mask), pa.array(plain, pa.string()).take(pa.array(codes))), how


def _rows(texts: pa.Array, axes: int, manner: Manner) -> tuple[pa.Array, np.ndarray]:
    """Split each text into rows; brackets of JSON become separators, a vector is one row.

    Also the mask of the texts in brackets in which commas may mean two things.
    """
    texts = pc.replace_substring_regex(texts, "[，﹐]", ",")
    is_json = pc.starts_with(texts, "[")
    doubtful = np.zeros(len(texts), dtype=bool)
    if pc.any(is_json).as_py():
        nested = pc.match_substring_regex(texts, r"^\[\s*\[")
        json = pc.if_else(nested, pc.replace_substring_regex(texts, r"\s+", " "), texts)
        json = pc.replace_substring_regex(json, r",\s*\]", "]")
        json = pc.replace_substring_regex(json, r"\s*\]\s*,?\s*\[\s*", ";")
        json = pc.replace_substring_regex(json, r"\s*[\[\]]\s*", " ")
        tight, loose, spaced = (pc.match_substring_regex(json, part) for part in (_TIGHT, _LOOSE, _SPACED))
        commas = pc.replace_substring_regex(json, r"\s*,\s*", " ")
        if manner.whole:
            mixed = pc.and_not(pc.and_(tight, spaced), loose)
        else:  # a comma in a number, beside other separators?
            rows = axes == 1 or manner.decimal == COMMA
            mixed = pc.and_(tight, pc.or_(loose, pc.match_substring(texts, ";")) if rows else loose)
            mixed = pc.and_not(mixed, pc.match_substring_regex(json, _DECIMAL_POINT))
            commas = pc.if_else(pc.and_(tight, spaced), json, commas)
        doubtful = np.array(pc.and_(is_json, mixed).to_numpy(zero_copy_only=False), dtype=bool)
        texts = pc.if_else(is_json, commas, texts)
    texts = pc.replace_substring_regex(texts, r"[,;]?[ \t]*[\r\n]+", ";")
    texts = pc.replace_substring_regex(texts, r",\s+", " ")
    texts = pc.replace_substring_regex(texts, r";\s*$", "")
    if axes == 1:
        texts = pc.replace_substring(texts, ";", " ")
    return pc.split_pattern(texts, ";"), doubtful


def _parted(lines: pa.Array, manner: Manner) -> tuple[pa.Array, np.ndarray, np.ndarray]:
    """Put spaces for the commas that can only stand between numbers.

    Also the masks of rows in which that is not sure, and of those in which it was done. A comma beside a space parts.
    With nothing else to part a row, `5,11` is two whole numbers, unless three digits follow (`1,792`); where no whole
    numbers are asked it is doubtful, but for `0.5,1.25`, whose points mark the decimals. In `0,5 1,25` spaces part:
    these are decimals, but doubtful where whole numbers are asked. Tabs part cells whatever commas stand in them.
    """
    if not pc.any(pc.match_substring(lines, ",")).as_py():
        nowhere = np.zeros(len(lines), dtype=bool)
        return lines, nowhere, nowhere
    if manner.whole:
        lines = pc.replace_substring_regex(lines, r"\s+,", " ")
    tight, spaced, threes, hanging, tabbed = (
        pc.match_substring_regex(lines, pattern) for pattern in (_TIGHT, r"\S\s+\S", _IN_THREES, r"\s,", r"\t")
    )
    if manner.whole:
        doubtful = pc.and_(tight, pc.or_(spaced, threes))
        parted = pc.and_not(tight, doubtful)
    else:
        pointed = tight if manner.decimal == POINT else pc.match_substring_regex(lines, _DECIMAL_POINT)
        parted = pc.and_not(pc.and_(tight, pointed), pc.or_(spaced, threes))
        doubtful = pc.or_(pc.and_not(pc.and_not(tight, spaced), parted), hanging)
    doubtful, parted = pc.and_not(doubtful, tabbed), pc.and_not(parted, tabbed)
    lines = pc.if_else(parted, pc.replace_substring(lines, ",", " "), lines)
    return lines, doubtful.to_numpy(zero_copy_only=False), parted.to_numpy(zero_copy_only=False)


def _doubt(text: str) -> str:
    """Why a text with commas was not read."""
    return f"'{text[:SHOWN]}' is ambiguous: a comma in a number, or between two?"


def _add(how: np.ndarray, owners: np.ndarray, says: Iterable[str]) -> None:
    """Add to the records of some texts; no more than a few each, and each once."""
    for owner, new in zip(owners.tolist(), says, strict=True):
        told = how[owner]
        if not told:
            how[owner] = new
        elif told.count(";") < MOST_HOWS and new not in told:
            how[owner] = f"{told}; {new}"


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
    how = np.full(n, "", dtype=object)
    everyone = np.arange(n)
    for column in columns:
        _tell(why, everyone, column.state == UNREADABLE, column.reason)
        if column.odd:
            rows = np.flatnonzero(column.is_odd)
            _add(how, rows, column.recorded(rows))
    _tell(why, everyone, state == UNREADABLE, lambda _: "a cell that is not asked")
    how[state != READ] = ""
    return Arrays(Value(np.where(inside, cells, np.nan), shape), state, why, how)
