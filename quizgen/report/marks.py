"""marks.csv and marks.parquet: a line for each student and answer, made in columns of texts.

Most columns repeat few words, so these are put together once for each combination that occurs, and numbers stand for
them until the lines are joined; a column that says nothing to anybody is an empty text and no column at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quizgen.csvcolumns import bytes_of, cells_of
from quizgen.grading import Graded, Part
from quizgen.marking.outcomes import OUTCOMES, RULES
from quizgen.problem.grader import Grader
from quizgen.render.values import read_texts, right_answers

SHOWN_TEXT = 200  # characters of a typed text that marks.csv repeats; the whole text stays in runs/
COLUMNS = (
    *("run", "student", "attempt", "question", "variant", "answer", "cell", "points", "max", "outcome", "note"),
    *("second note", "candidates", "given", "read", "reading", "expected", "within", "rule", "review", "reason"),
    "decision",
)

Words = tuple[list[str], np.ndarray]  # the cells of a column that repeats few: words, and the number of each row's


def write_marks(grader: Grader, block: Graded, file: BinaryIO, header: bool) -> None:
    """Write the marks of a block of students, student by student; `cell` is empty: a line speaks of a whole answer."""
    if header:
        file.write((",".join(COLUMNS) + "\n").encode())
    handins = block.handins
    who = _joined([_texts(handins.runs), _texts(handins.students), _numbers(handins.attempts)])
    lines = [_lines(grader, block, part, who) for part in block.parts]
    if lines:
        file.write(bytes_of(pc.binary_join_element_wise(*lines, "")))


def _lines(grader: Grader, block: Graded, part: Part, who: pa.Array) -> pa.Array:
    """The line of every student for one answer, empty where there is nothing to say; `who`: the first three columns."""
    marked, answer, arrays = part.marked, part.answer, part.arrays
    notes = [*(mistake.note for mistake in part.question.problem.named), ""]
    variants = block.handins.variants_of(part.question)
    expected = part.question.expected[answer.name].take(np.maximum(variants, 1) - 1)
    none = np.zeros(block.handins.n, dtype=np.int64)
    columns = [
        who,
        part.question.name,
        _numbers(variants),
        answer.name,
        "",  # cell
        _worded(
            _points(part),
            ([str(round(float(part.question.points[answer.name]), 6)), "0.0"], part.removed.astype(np.int64)),
            (list(OUTCOMES), marked.outcome),
            (notes, marked.note),
            (notes, marked.second),
        ),
        _candidates(marked.candidates, notes, block.handins.n),
        cells_of(_shortened(pa.array(part.texts, pa.string()))),
        cells_of(read_texts(answer, arrays.value)),
        _seldom(arrays.how),
        cells_of(right_answers(answer, expected)),
        _worded(
            ([answer.tolerance(grader.tolerance).source], none),
            (list(RULES), marked.rule),
            (["", "yes"], part.waiting),
        ),
        _seldom(arrays.why),
        _seldom(part.decision),
    ]
    lines = pc.binary_join_element_wise(_joined(columns), "\n", "")
    told = part.asked | part.waiting
    return lines if told.all() else pc.if_else(pa.array(told), lines, "")


def marks_of(grader: Grader, block: Graded) -> pa.Table:
    """The marks of a block of students as a table: the lines of marks.csv, answer by answer, with numbers as numbers.

    Texts stand as they are: no program takes a text of such a file for a formula.
    """
    told = np.concatenate([part.asked | part.waiting for part in block.parts])
    who = [_few(block.handins.runs), pa.array(block.handins.students, pa.string()), pa.array(block.handins.attempts)]
    columns = [[*who, *_columns(grader, block, part)] for part in block.parts]
    table = pa.table([pa.concat_arrays(own) for own in zip(*columns, strict=True)], names=list(COLUMNS))
    return table if told.all() else table.filter(pa.array(told))


def _columns(grader: Grader, block: Graded, part: Part) -> list[pa.Array]:
    """The columns of one answer beside those that say whose it is, a row for each student."""
    handins, marked, answer, arrays = block.handins, part.marked, part.answer, part.arrays
    n = handins.n
    notes = [*(mistake.note for mistake in part.question.problem.named), ""]
    variants = handins.variants_of(part.question)
    expected = part.question.expected[answer.name].take(np.maximum(variants, 1) - 1)
    several = _candidates(marked.candidates, notes, n)
    return [
        _same(part.question.name, n),
        pa.array(variants),
        _same(answer.name, n),
        _same("", n),  # cell
        pa.array(np.round(part.points.floats, 6)),
        pa.array(np.where(part.removed, 0.0, round(float(part.question.points[answer.name]), 6))),
        _coded(list(OUTCOMES), marked.outcome),
        _coded(notes, marked.note),
        _coded(notes, marked.second),
        _few(np.full(n, "", dtype=object)) if isinstance(several, str) else several.dictionary_encode(),
        _shortened(pa.array(part.texts, pa.string())),
        read_texts(answer, arrays.value),
        _few(arrays.how),
        right_answers(answer, expected),
        _same(answer.tolerance(grader.tolerance).source, n),
        _coded(list(RULES), marked.rule),
        _coded(["", "yes"], part.waiting),
        _few(arrays.why),
        _few(part.decision),
    ]


def _coded(words: list[str], codes: np.ndarray) -> pa.Array:
    """A column that repeats few words; -1 is the last one."""
    numbers = pa.array((codes % len(words)).astype(np.int16))
    return pa.DictionaryArray.from_arrays(numbers, pa.array([str(word) for word in words], pa.string()))


def _few(objects: np.ndarray) -> pa.Array:
    """A column of which most, or all, say the same."""
    if objects.any():
        return pa.array(objects, pa.string()).dictionary_encode()
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(objects), dtype=np.int32)), pa.array([""]))


def _same(word: str, n: int) -> pa.Array:
    """A column that says the same n times."""
    return _coded([word], np.zeros(n, dtype=np.int32))


def _joined(columns: list[pa.Array | str]) -> pa.Array:
    """Columns of cells as one, with commas between; a text is the same cell for all."""
    merged: list[pa.Array | str] = []
    for column in columns:
        if merged and isinstance(column, str) and isinstance(merged[-1], str):
            merged[-1] += f",{column}"
        else:
            merged.append(column)
    return pc.binary_join_element_wise(*merged, ",")


def _worded(*columns: Words) -> pa.Array:
    """Columns that repeat few words as one; each combination that occurs is put together once."""
    sizes = [len(words) for words, _ in columns]
    codes = np.ravel_multi_index([own % size for (_, own), size in zip(columns, sizes, strict=True)], sizes)
    found = pa.array(codes).dictionary_encode()  # -1 was the last word
    cells = [cells_of(pa.array(words, pa.string())).to_pylist() for words, _ in columns]
    rows = zip(*np.unravel_index(found.dictionary.to_numpy(), sizes), strict=True)
    texts = [",".join(words[code] for words, code in zip(cells, row, strict=True)) for row in rows]
    return pa.array(texts, pa.string()).take(found.indices)


def _points(part: Part) -> Words:
    """The points of an answer; there are few different ones."""
    found = pa.array(np.round(part.points.floats, 6)).dictionary_encode()
    return [str(points) for points in found.dictionary.to_pylist()], found.indices.to_numpy()


def _candidates(candidates: Mapping[int, tuple[int, ...]], notes: list[str], n: int) -> pa.Array | str:
    """The notes that would each explain an answer."""
    several = np.full(n, "", dtype=object)
    for row, numbers in candidates.items():
        several[row] = " ".join(dict.fromkeys(notes[number] for number in numbers))
    return _texts(several) if candidates else ""


def _texts(objects: np.ndarray) -> pa.Array:
    """Texts as cells."""
    return cells_of(pa.array(objects, pa.string()))


def _seldom(objects: np.ndarray) -> pa.Array | str:
    """Texts as cells, most of them empty, and often all."""
    return _texts(objects) if objects.any() else ""


def _numbers(numbers: np.ndarray) -> pa.Array:
    """Whole numbers as cells."""
    return pc.cast(pa.array(numbers), pa.string())


def _shortened(texts: pa.Array) -> pa.Array:
    """Typed texts, the very long ones cut."""
    long = np.flatnonzero(pc.greater(pc.utf8_length(texts), SHOWN_TEXT).to_numpy(zero_copy_only=False))
    if not len(long):
        return texts
    out = texts.to_pylist()
    for row in long.tolist():
        out[row] = f"{out[row][:SHOWN_TEXT]}… ({len(out[row]):,} characters)"
    return pa.array(out, pa.string())
