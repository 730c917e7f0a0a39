"""Responses of a learning platform: columns of questions, each with its tag in the text, and what was answered.

A platform gives every student some variant of a question, and its file a response per question, in which several
boxes may be joined. Here they are taken apart and put into one column per answer or cell.
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


def gather(n: int, slots: Sequence[Slot], layout: Layout, split: Split) -> Gathered:
    """Put the responses of n rows into columns of answers and cells."""
    reasons: np.ndarray = np.full(n, "", dtype=object)
    meant = [_meant(slot, n, layout, reasons) for slot in slots]
    tagged = any((question != "").any() for question, _ in meant) or bool((reasons != "").any())
    texts: dict[Column, np.ndarray] = {}
    variants: dict[str, np.ndarray] = {}
    answered: dict[str, np.ndarray] = {}
    ignored = []
    for slot, (questions, numbers) in zip(slots, meant, strict=True):
        if not tagged:
            name = f"Q{slot.number}"
            questions, numbers = np.full(n, name if name in layout.problems else "", dtype=object), numbers
        filled = np.asarray(pc.not_equal(slot.responses, "").to_numpy(zero_copy_only=False), dtype=bool)
        if not (questions != "").any():
            ignored += [slot.name] if filled.any() else []
            continue
        for question in dict.fromkeys(questions[questions != ""].tolist()):
            rows = (questions == question) & (filled if isinstance(slot.texts, str) else True)
            held = variants.setdefault(question, np.zeros(n, dtype=np.int64))
            before = answered.setdefault(question, np.zeros(n, dtype=bool))
            for row in np.flatnonzero(rows & filled & before & (reasons == "")).tolist():
                reasons[row] = f"{question} is answered twice"
            rows &= ~before | filled
            held[rows] = numbers[rows]
            before |= rows & filled
            _fill(slot, question, rows & filled, numbers, layout, split, texts, reasons)
    notices = [f"ignored, without a tag of this exam: {', '.join(ignored)}"] if ignored else []
    return Gathered(
        {column: pa.array(cells, pa.string()) for column, cells in texts.items()},
        {question: numbers for question, numbers in variants.items() if numbers.any()},
        reasons,
        notices,
    )


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


def _meant(slot: Slot, n: int, layout: Layout, reasons: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which question and variant stands in each row of a slot, by the tag in its text."""
    if isinstance(slot.texts, str):
        words, codes = [slot.texts], np.zeros(n, dtype=np.intp)
        counts = np.asarray(pc.not_equal(slot.responses, "").to_numpy(zero_copy_only=False), dtype=bool)
    else:
        encoded = pc.dictionary_encode(slot.texts)
        words, codes = encoded.dictionary.to_pylist(), np.asarray(encoded.indices.to_numpy(zero_copy_only=False))
        counts = np.ones(n, dtype=bool)
    found = [tag_in(word, layout.code) for word in words]
    found = [_known(tag, layout) for tag in found]
    wrong = np.array([tag if isinstance(tag, str) else "" for tag in found], dtype=object)
    if wrong.any():
        told = np.where(counts & (reasons == ""), wrong[codes], "")
        reasons[told != ""] = told[told != ""]
    questions = np.array(["" if isinstance(tag, str) else tag[0] for tag in found] or [""], dtype=object)
    numbers = np.array([0 if isinstance(tag, str) else tag[1] for tag in found] or [0], dtype=np.int64)
    return questions[codes], numbers[codes]


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
        boxes, whole = layout.boxes(question, variant), layout.answers_of(question)
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
