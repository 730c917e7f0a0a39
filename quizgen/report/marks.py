"""marks.csv: a line for each student and answer, made in columns of texts."""

from __future__ import annotations

from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quizgen.csvtext import FORMULA, NUMBERS
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


def write_marks(grader: Grader, block: Graded, file: IO[str], header: bool) -> None:
    """Write the marks of a block of students, student by student; `cell` is empty: a line speaks of a whole answer."""
    if header:
        file.write(",".join(COLUMNS) + "\n")
    who = (_texts(block.handins.runs), _texts(block.handins.students), _numbers(block.handins.attempts))
    lines = pa.concat_arrays([_lines(grader, block, part, who) for part in block.parts])
    order = np.arange(len(lines)).reshape(len(block.parts), -1).T.ravel()
    told = np.concatenate([part.asked | part.waiting for part in block.parts])[order]
    chosen = lines.take(pa.array(order[told]))
    if len(chosen):
        whole = pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(chosen)], pa.int32()), chosen), "\n")
        file.write(whole[0].as_py() + "\n")


def _lines(grader: Grader, block: Graded, part: Part, who: tuple[pa.Array, ...]) -> pa.Array:
    """The line of every student for one answer; `who`: the first three columns, the same for all answers."""
    marked, answer, handins = part.marked, part.answer, block.handins
    notes = [*(mistake.note for mistake in part.question.problem.named), ""]
    several = np.full(handins.n, "", dtype=object)
    for row, numbers in marked.candidates.items():
        several[row] = " ".join(dict.fromkeys(notes[number] for number in numbers))
    variants = handins.variants_of(part.question)
    expected = part.question.expected[answer.name].take(np.maximum(variants, 1) - 1)
    columns = {
        **dict(zip(COLUMNS, who, strict=False)),
        "question": part.question.name,
        "variant": _numbers(variants),
        "answer": answer.name,
        "cell": "",
        "points": _numbers(np.round(part.points.floats, 6)),
        "max": str(round(float(part.question.points[answer.name]), 6)),
        "outcome": _coded(list(OUTCOMES), marked.outcome),
        "note": _coded(notes, marked.note),
        "second note": _coded(notes, marked.second),
        "candidates": _texts(several),
        "given": _texts(_shortened(pa.array(part.texts, pa.string()))),
        "read": _texts(read_texts(answer, part.arrays.value)),
        "reading": _texts(part.arrays.how),
        "expected": _texts(right_answers(answer, expected)),
        "within": answer.tolerance(grader.tolerance).source,
        "rule": _coded(list(RULES), marked.rule),
        "review": _coded(["", "yes"], part.waiting.astype(np.int64)),
        "reason": _texts(part.arrays.why),
        "decision": _texts(part.decision),
    }
    return pc.binary_join_element_wise(*(_same(columns[name]) for name in COLUMNS), ",")


def _texts(objects: np.ndarray | pa.Array) -> pa.Array:
    """Texts as cells."""
    return cells_of(pa.array(objects, pa.string()) if isinstance(objects, np.ndarray) else objects)


def _same(column: pa.Array | str) -> pa.Array | pa.Scalar:
    """A column as it is, or one text for all."""
    return cells_of(pa.array([column], pa.string()))[0] if isinstance(column, str) else column


def _numbers(numbers: np.ndarray) -> pa.Array:
    """Numbers as texts; there are few different ones."""
    words, codes = np.unique(numbers, return_inverse=True)
    return _coded([str(word) for word in words.tolist()], codes)


def _coded(words: list[str], codes: np.ndarray) -> pa.Array:
    """Words by number, -1 for the last."""
    cells = cells_of(pa.array(list(map(str, words)), pa.string()))
    return cells.take(pa.array(np.where(codes < 0, len(words) - 1, codes)))


def _shortened(texts: pa.Array) -> pa.Array:
    """Typed texts, the very long ones cut."""
    length = pc.utf8_length(texts)
    long = np.flatnonzero(pc.greater(length, SHOWN_TEXT).to_numpy(zero_copy_only=False))
    if not len(long):
        return texts
    out = texts.to_pylist()
    for row in long.tolist():
        out[row] = f"{out[row][:SHOWN_TEXT]}… ({len(out[row]):,} characters)"
    return pa.array(out, pa.string())


def cells_of(texts: pa.Array) -> pa.Array:
    """A column of texts as cells of a CSV file: `neutral`, and in quotes where they hold a quote, comma or line break.

    >>> cells_of(pa.array(["=cmd()", "-3 0; 1 2", 'say "a", b'])).to_pylist()
    ["'=cmd()", '-3 0; 1 2', '"say ""a"", b"']
    """
    risky = pc.match_substring_regex(texts, f"^{FORMULA.pattern}")
    if pc.any(risky).as_py():
        risky = pc.and_not(risky, pc.match_substring_regex(texts, rf"(?i)^{NUMBERS.pattern}$"))
        texts = pc.if_else(risky, pc.binary_join_element_wise("'", texts, ""), texts)
    special = pc.match_substring_regex(texts, '[",\\n\\r]')
    if pc.any(special).as_py():
        doubled = pc.binary_join_element_wise('"', pc.replace_substring(texts, '"', '""'), '"', "")
        texts = pc.if_else(special, doubled, texts)
    return texts
