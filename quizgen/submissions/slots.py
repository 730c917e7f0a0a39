"""Responses of a learning platform: columns of questions, each with its tag in the text, and what was answered.

A platform gives every student some variant of a question, and its file a response per question, in which several
boxes may be joined. Here they are taken apart and put into one column per answer or cell. A text that names answers
of its question, `Q3.conv` or `Q3.conv[1,2]`, asks these alone, in this order: an exam's question may be several of a
platform's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quizgen.errors import QuizgenError
from quizgen.exam.tags import read_tag
from quizgen.submissions.sheet import Column, Layout
from quizgen.submissions.table import SHOWN

_TAG = re.compile(r"(?<![0-9A-Za-z-])[0-9A-Z]{4}-Q\d{1,2}-\d{3,9}-[0-9A-Z](?![0-9A-Za-z-])", re.IGNORECASE)
_PART = re.compile(r"\s*([^\W\d_][^\d:;]{0,30}?)\s1:(?:\s|$)")

_NAME = re.compile(r"(?<![\w.])(Q\d{1,2})\.([^\W\d]\w{0,99})(?:\[(\d{1,4}(?:,\d{1,4})*)\])?(?!\w)", re.IGNORECASE)

Asks = tuple[Column, ...]  # the answers and cells that a text names; none: all of its question's
Parts = list[str] | None  # what stood in the boxes of a question; None if the response is one text
Split = Callable[[str, int], Parts]  # a response, and how many boxes the question has


@dataclass(frozen=True)
class Slot:
    """A question of a file: its texts, per row or one heading for all, and the responses.

    `number` is its place in the file, from 1: it names the question where no text holds a tag.
    """

    name: str
    number: int
    texts: pa.Array | str
    responses: pa.Array


@dataclass(frozen=True)
class Gathered:
    """What was answered, by column; which variants, by question; why rows are refused ('' if not); what to tell."""

    texts: Mapping[Column, pa.Array]
    variants: Mapping[str, np.ndarray]
    reasons: np.ndarray
    notices: list[str]


@dataclass(frozen=True)
class _Meant:
    """For each row of a slot: the question and variant that the tag in its text names, and a code of what it asks."""

    questions: np.ndarray
    numbers: np.ndarray
    codes: np.ndarray
    asks: list[Asks]

    def groups(self) -> list[tuple[str, Asks, np.ndarray]]:
        """The questions, what is asked of them, and the rows in which it is."""
        found: dict[tuple[str, Asks], np.ndarray] = {}
        for code, asks in enumerate(self.asks):
            rows = self.codes == code
            for question in dict.fromkeys(self.questions[rows & (self.questions != "")].tolist()):
                key = (question, asks)
                found[key] = found.get(key, np.zeros(len(rows), dtype=bool)) | (rows & (self.questions == question))
        return [(question, asks, rows) for (question, asks), rows in found.items()]


def gather(n: int, slots: Sequence[Slot], layout: Layout, split: Split) -> Gathered:
    """Put the responses of n rows into columns of answers and cells."""
    reasons: np.ndarray = np.full(n, "", dtype=object)
    meant = [_meant(slot, n, layout, reasons) for slot in slots]
    tagged = any((one.questions != "").any() for one in meant) or bool((reasons != "").any())
    texts: dict[Column, np.ndarray] = {}
    variants: dict[str, np.ndarray] = {}
    answered: dict[str, dict[Asks, np.ndarray]] = {}
    ignored = []
    for slot, one in zip(slots, meant, strict=True):
        if not tagged:
            name = f"Q{slot.number}"
            one.questions[:] = name if name in layout.problems else ""
        filled = np.asarray(pc.not_equal(slot.responses, "").to_numpy(zero_copy_only=False), dtype=bool)
        if not (one.questions != "").any():
            ignored += [slot.name] if filled.any() else []
            continue
        for question, asks, named in one.groups():
            rows = named & (filled if isinstance(slot.texts, str) else True)
            held = variants.setdefault(question, np.zeros(n, dtype=np.int64))
            before = answered.setdefault(question, {})
            _refuse_doubles(question, asks, rows & filled, before, reasons)
            answers = rows & filled
            elsewhere = np.logical_or.reduce([np.zeros(n, dtype=bool), *before.values()])
            for row in np.flatnonzero(answers & elsewhere & (held != one.numbers) & (reasons == "")).tolist():
                reasons[row] = f"{question} is answered in two variants"
            rows &= ~elsewhere | filled
            held[rows] = one.numbers[rows]
            before[asks] = before.get(asks, np.zeros(n, dtype=bool)) | answers
            _fill(slot, question, asks, answers, one.numbers, layout, split, texts, reasons)
    notices = [f"ignored, without a tag of this exam: {', '.join(ignored)}"] if ignored else []
    return Gathered(
        {column: pa.array(cells, pa.string()) for column, cells in texts.items()},
        {question: numbers for question, numbers in variants.items() if numbers.any()},
        reasons,
        notices,
    )


def _refuse_doubles(
    question: str, asks: Asks, rows: np.ndarray, before: Mapping[Asks, np.ndarray], reasons: np.ndarray
) -> None:
    """Refuse rows in which something that these rows answer was answered before."""
    for others, answered in before.items():
        if not asks or not others or any(_overlap(one, other) for one in asks for other in others):
            for row in np.flatnonzero(rows & answered & (reasons == "")).tolist():
                reasons[row] = f"{question} is answered twice"


def _overlap(one: Column, other: Column) -> bool:
    """Whether two columns are the same, or one is a cell of the other."""
    return one[:2] == other[:2] and (one[2] == other[2] or not one[2] or not other[2])


def numbered_parts(response: str, boxes: int) -> Parts:  # noqa: ARG001 the numbers say how many there are
    """The parts of `part 1: 4; part 2: 7`, whatever the word for part is; None for anything else.

    >>> numbered_parts("Teil 1: 4; Teil 2: a; b; Teil 3: ", 3), numbered_parts("4; 7", 2)
    (['4', 'a; b', ''], None)
    """
    start = _PART.match(response)
    if not start:
        return None
    parts: list[str] = []
    place = start.end()
    while True:
        mark = f"; {start[1]} {len(parts) + 2}:"
        end = response.find(mark, place)
        while end >= 0 and response[end + len(mark) : end + len(mark) + 1].strip() != "":
            end = response.find(mark, end + 1)
        parts.append(response[place : end if end >= 0 else None].strip())
        if end < 0:
            return parts
        place = end + len(mark)


def tag_in(text: str, code: str) -> tuple[str, int] | str:
    """The question and variant that a text's tag names; or what is wrong with it; ('', 0) if there is none."""
    found = {match.upper() for match in _TAG.findall(text)}
    if not found:
        return "", 0
    if len(found) > 1:
        return f"a question's text holds several tags: {', '.join(sorted(found))[:SHOWN]}"
    try:
        tag = read_tag(found.pop(), code)
    except QuizgenError as error:
        return str(error)
    return tag.question or "", tag.number


def named_in(text: str, question: str, layout: Layout) -> Asks:
    """The answers and cells of a question that a text names; a platform may have written their names in capitals.

    >>> layout = Layout({("Q1", "map"): (1, 2), ("Q1", "top"): ()}, {"Q1": "conv"})
    >>> named_in("K7RF-Q1-017-X Q1.map[1,2] and Q1.other", "Q1", layout), named_in("no name", "Q1", layout)
    ((('Q1', 'map', (1, 2)),), ())
    """
    found = []
    for match in _NAME.finditer(text):
        if match[1].upper() == question:
            tail = f"[{match[3]}]" if match[3] else ""
            names = [answer for _, answer in layout.answers if _ == question]
            likely = [match[2]] if match[2] in names else [n for n in names if n.casefold() == match[2].casefold()]
            column = layout.column(f"{question}.{likely[0]}{tail}") if len(likely) == 1 else None
            found += [column] if column is not None else []
    return tuple(dict.fromkeys(found))


def _meant(slot: Slot, n: int, layout: Layout, reasons: np.ndarray) -> _Meant:
    """Which question and variant stands in each row of a slot, by the tag in its text, and what of it is asked."""
    if isinstance(slot.texts, str):
        words, codes = [slot.texts], np.zeros(n, dtype=np.intp)
        counts = np.asarray(pc.not_equal(slot.responses, "").to_numpy(zero_copy_only=False), dtype=bool)
    else:
        encoded = pc.dictionary_encode(slot.texts)
        words, codes = encoded.dictionary.to_pylist(), np.asarray(encoded.indices.to_numpy(zero_copy_only=False))
        counts = np.ones(n, dtype=bool)
    found = [_known(tag_in(word, layout.code), layout) for word in words]
    wrong = np.array([tag if isinstance(tag, str) else "" for tag in found], dtype=object)
    if wrong.any():
        told = np.where(counts & (reasons == ""), wrong[codes], "")
        reasons[told != ""] = told[told != ""]
    questions = np.array(["" if isinstance(tag, str) else tag[0] for tag in found] or [""], dtype=object)
    numbers = np.array([0 if isinstance(tag, str) else tag[1] for tag in found] or [0], dtype=np.int64)
    asks = [named_in(word, question, layout) for word, question in zip(words, questions.tolist(), strict=False)]
    different = list(dict.fromkeys(asks)) or [()]
    which = np.array([different.index(ask) for ask in asks] or [0], dtype=np.intp)
    return _Meant(questions[codes], numbers[codes], which[codes], different)


def _known(tag: tuple[str, int] | str, layout: Layout) -> tuple[str, int] | str:
    """The tag, if the exam has such a question and variant."""
    if isinstance(tag, str) or not tag[0]:
        return tag
    if tag[0] not in layout.problems:
        return f"there is no {tag[0]} in this exam"
    if not 1 <= tag[1] <= layout.n:
        return f"there is no variant {tag[1]} of {tag[0]} in this exam"
    return tag


def _fill(
    slot: Slot,
    question: str,
    asks: Asks,
    rows: np.ndarray,
    numbers: np.ndarray,
    layout: Layout,
    split: Split,
    texts: dict[Column, np.ndarray],
    reasons: np.ndarray,
) -> None:
    """Put the responses of some rows, all to one question, into its columns; boxes depend on the variant's shapes."""
    n = len(rows)
    encoded = pc.dictionary_encode(slot.responses)
    codes = np.asarray(encoded.indices.to_numpy(zero_copy_only=False))
    words = encoded.dictionary.to_pylist()
    for variant, members in _alike(question, np.flatnonzero(rows), numbers, layout):
        boxes = _asked(layout.boxes(question, variant), asks)
        whole = _asked(layout.answers_of(question), asks) or boxes
        used, place = np.unique(codes[members], return_inverse=True)
        fitted = [_fitted(words[code], boxes, whole, split) for code in used.tolist()]
        for columns in (whole, boxes) if whole != boxes else (whole,):
            mine = np.array([not isinstance(fit, str) and fit[0] == columns for fit in fitted], dtype=bool)
            if not mine.any():
                continue
            parts = np.array(
                [
                    fit[1] if ours and not isinstance(fit, str) else [""] * len(columns)
                    for fit, ours in zip(fitted, mine, strict=True)
                ],
                dtype=object,
            ).reshape(len(fitted), len(columns))
            for i, column in enumerate(columns):
                cells = texts.setdefault(column, np.full(n, "", dtype=object))
                cells[members[mine[place]]] = parts[place[mine[place]], i]
        for row, at in zip(members.tolist(), place.tolist(), strict=True):
            if isinstance(fit := fitted[at], str) and not reasons[row]:
                reasons[row] = f"{question} ({slot.name}): {fit}"


def _asked(columns: list[Column], asks: Asks) -> list[Column]:
    """Of some columns those that are asked, or are cells of an answer that is, in the order in which they are."""
    if not asks:
        return columns
    return [column for asked in asks for column in columns if asked in (column, (*column[:2], ()))]


def _alike(question: str, rows: np.ndarray, numbers: np.ndarray, layout: Layout) -> list[tuple[int, np.ndarray]]:
    """The rows, grouped by the shapes of their variants: a variant of each shape, and the rows that hold such."""
    sizes = [shape for name, shape in layout.sizes.items() if name[0] == question]
    if not sizes or not rows.size:
        return [(0, rows)] if rows.size else []
    held = numbers[rows]
    shapes = np.where(held > 0, np.concatenate(sizes)[:, np.maximum(held, 1) - 1], -1)
    _, first, group = np.unique(shapes, axis=1, return_index=True, return_inverse=True)
    group = group.reshape(-1)
    return [(int(held[start]), rows[group == i]) for i, start in enumerate(first.tolist())]


def _fitted(
    response: str, boxes: list[Column], whole: list[Column], split: Split
) -> tuple[list[Column], list[str]] | str:
    """The columns that a response fills, with their texts; or why it fits none."""
    if len(boxes) == 1:
        parts = split(response, 1)
        return whole, parts if parts and len(parts) == 1 else [response]
    parts = split(response, len(boxes))
    if parts is None:
        if len(whole) == 1:
            return whole, [response]
        return f"one text, but the question has {len(whole)} answers"
    if len(parts) == len(boxes):
        return boxes, parts
    if len(parts) == len(whole):
        return whole, parts
    wanted = f"{len(boxes)}" if len(boxes) == len(whole) else f"{len(boxes)} cells or {len(whole)} answers"
    return f"{len(parts)} parts, but the question has {wanted}"
