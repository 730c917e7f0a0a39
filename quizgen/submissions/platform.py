"""What files of learning platforms have in common: headings in any spelling, attempts counted by time, one sheet."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from quizgen.submissions.sheet import Column, Layout, Sheet, blank_column, in_own_words
from quizgen.submissions.slots import Slot, Split, gather
from quizgen.submissions.table import SHOWN, Reject, Table
from quizgen.submissions.times import read_time, readable_times

_TAGS = re.compile(r"<(?:/?(?:p|div|span|br|b|i|strong|em|sub|sup)\b[^<>]*)>", re.IGNORECASE)
_BREAKS = re.compile(r"<br\s*/?>|</(?:p|div)>\s*(?=<)", re.IGNORECASE)


def squeezed(heading: str) -> str:
    """A heading in small letters and digits alone, as downloads in JSON spell it.

    >>> squeezed("Grade/10.00"), squeezed("E-mail address")
    ('grade1000', 'emailaddress')
    """
    return "".join(sign for sign in heading.lower() if sign.isalnum())


def place_of(table: Table, *names: str) -> int | None:
    """The first column with one of these headings (squeezed), or None."""
    headings = [squeezed(heading) for heading in table.headings]
    return next((headings.index(name) for name in names if name in headings), None)


def column_at(table: Table, place: int | None) -> pa.Array:
    """A column, trimmed, blank where the file has none."""
    return blank_column(table.n) if place is None else pc.utf8_trim_whitespace(table.columns[place])


def without_dashes(texts: pa.Array) -> pa.Array:
    """Texts in which a lone dash, which platforms write for nothing, is nothing."""
    return pc.if_else(pc.equal(texts, "-"), "", texts)


def plain_text(texts: pa.Array) -> pa.Array:
    """Texts out of which a platform's HTML is taken: its paragraphs, breaks and entities."""
    encoded = pc.dictionary_encode(texts)
    words = [_plain(word) for word in encoded.dictionary.to_pylist()]
    return pa.array(words, pa.string()).take(encoded.indices)


def sheet_of(
    table: Table,
    layout: Layout,
    *,
    students: Sequence[pa.Array],
    slots: Sequence[Slot],
    split: Split,
    times: pa.Array,
    starts: pa.Array | None = None,
    attempts: np.ndarray | None = None,
    refused: np.ndarray | None = None,
    skipped: np.ndarray | None = None,
    behind: np.ndarray | None = None,
    lines_of: Sequence[np.ndarray] | None = None,
    texts: Mapping[Column, pa.Array] | None = None,
    tags: pa.Array | None = None,
) -> Sheet:
    """A sheet with a row for each row of the table: rows with a reason in `refused` become rejects.

    `students` are the names a row gives, the surest first; without `attempts` those of a student are counted by time
    of their start or end. A row that has a time, but no answers, is an empty paper: nobody absent hands in. `skipped`
    masks rows that are about nobody, like averages; `lines_of` are
    the lines behind each row where there are several; `texts` and `tags` are columns that needed no gathering.
    """
    nobody = np.zeros(table.n, dtype=bool) if skipped is None else skipped
    found = gather(table.n, slots, layout, split)
    reasons = found.reasons if refused is None else np.where(refused == "", found.reasons, refused)
    used = (reasons == "") & ~nobody
    read = readable_times(times)
    if attempts is None:
        who = [*students, *([] if tags is None else [tags])]
        attempts = _counted(who, readable_times(starts) if starts is not None else read, used)
    said = _said(slots)
    rejects = [
        Reject(table.file, int(line), _name(students, row), str(reasons[row]), said(row))
        for row in np.flatnonzero((reasons != "") & ~nobody).tolist()
        for line in (table.lines[row : row + 1] if lines_of is None else lines_of[row])
    ]
    passed = int(nobody.sum())
    notices = [f"{table.file}: {notice}" for notice in found.notices]
    if passed:
        notices.append(f"{table.file}: {passed} {'row is' if passed == 1 else 'rows are'} about nobody (averages)")
    sheet = Sheet(
        file=table.file,
        lines=table.lines,
        students=students[0],
        tags=blank_column(table.n) if tags is None else tags,
        status=_empty(read, {**found.texts, **(texts or {})}, layout),
        texts=in_own_words({**found.texts, **(texts or {})}, layout),
        rejects=table.rejects + rejects,
        notices=notices,
        attempts=attempts,
        times=read,
        behind=np.ones(table.n, dtype=np.int64) if behind is None else behind,
        known_as=tuple(students[1:]),
        variants=found.variants,
        skipped=passed,
    )
    return sheet.take(np.flatnonzero(used))


def _counted(students: Sequence[pa.Array], times: pa.Array, used: np.ndarray) -> np.ndarray:
    """The number of each row among its student's, in the order of their times; equal times are one attempt."""
    keys = pc.binary_join_element_wise(*students, "\x1f").to_numpy(zero_copy_only=False)
    words = times.to_numpy(zero_copy_only=False).astype(object)
    moments = {word: read_time(word) for word in set(words.tolist())}
    readable = all(moments[word] is not None for word in words[used].tolist())
    order = np.array([str(moment[0]) if (moment := moments[word]) else word for word in words], dtype=object)
    frame = pd.DataFrame({"key": keys, "time": order if readable else _appearance(words)})
    numbers = np.ones(len(keys), dtype=np.int64)
    mine = frame[used]
    numbers[used] = mine.groupby("key")["time"].rank(method="dense").astype(np.int64).to_numpy()
    nameless = np.array([not str(key).strip("\x1f") for key in keys], dtype=bool)
    return np.where(nameless, 1, numbers)


def _appearance(words: np.ndarray) -> np.ndarray:
    """The number of each word, in the order in which they come; a blank is another one each time."""
    codes = pd.factorize(words)[0] * (len(words) + 1)
    first = {code: i for i, code in reversed(list(enumerate(codes.tolist())))}
    return np.array(
        [i if word == "" else first[code] for i, (word, code) in enumerate(zip(words, codes.tolist(), strict=True))]
    )


def _empty(times: pa.Array, texts: Mapping[Column, pa.Array], layout: Layout) -> pa.Array:
    """The status of each row: `empty` where it was handed in and nothing stands in it.

    Where a file holds only some of the questions, others may hold the rest, and a blank row says nothing.
    """
    if not {column[0] for column in texts}.issuperset(layout.problems):
        return blank_column(len(times))
    silent = pc.not_equal(times, "")
    for held in texts.values():
        silent = pc.and_(silent, pc.equal(held, ""))
    return pc.if_else(silent, "empty", "")


def _name(students: Sequence[pa.Array], row: int) -> str:
    """The first name that a row gives."""
    return next((text for names in students if (text := names[row].as_py())), "")[:SHOWN]


def _said(slots: Sequence[Slot]) -> Callable[[int], str]:
    """What a row answers, for the list of those refused."""

    def said(row: int) -> str:
        return " | ".join(text for slot in slots if (text := slot.responses[row].as_py()))[:SHOWN]

    return said


def _plain(word: str) -> str:
    if "<" not in word and "&" not in word:
        return word
    return (
        html.unescape(_TAGS.sub("", _BREAKS.sub("\n", word))).replace("\xa0", " ").strip(" ")
    )  # a line that is blank is a box
