"""Variants in files: blocks of columns, an array for each draw and right answer, that load straight into arrays."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import numpy as np

from quizgen.errors import QuizgenError
from quizgen.exam.model import Question, plain_array
from quizgen.world.values import Value, crop

BLOCK = 16_384  # variants in one file
MAX_BLOCK_BYTES = 1 << 31  # unpacked; nobody's exam is larger, and a hostile file may claim to be
_ASKED = "asked"  # mask of the variants that are asked, where there is a choice


def write_variants(questions: Sequence[Question], folder: Path) -> None:
    """Write what was drawn and what is right, in blocks."""
    (folder / "variants").mkdir()
    for question in questions:
        for number, block in enumerate(blocks_of(question.name, question.n)):
            first, last = number * BLOCK + 1, min(question.n, (number + 1) * BLOCK)
            some = question.some(first, last) if question.n > BLOCK else question
            (folder / block).write_bytes(packed(some))


def blocks_of(question: str, n: int) -> list[str]:
    """The files that hold the n variants of a question."""
    return [f"variants/{question}-{start // BLOCK:03d}.npz" for start in range(0, n, BLOCK)]


def packed(question: Question) -> bytes:
    """A block of variants: draws and expected values, an array each; ragged ones flat with shapes and offsets."""
    arrays: dict[str, np.ndarray] = {} if question.asked is None else {_ASKED: question.asked}
    for kind, values in (("draw", question.params), ("expected", question.expected)):
        for name, part in values.items():
            if part.uniform:
                arrays[f"{kind}.{name}"] = plain_array(part.cells)
                continue
            columns = [part.column(i).ravel() for i in range(part.n)]
            arrays[f"{kind}.{name}.flat"] = np.concatenate(columns)
            arrays[f"{kind}.{name}.shape"] = np.ascontiguousarray(part.shape)
            arrays[f"{kind}.{name}.offset"] = np.cumsum([0, *(len(column) for column in columns)])
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)  # uncompressed: the same bytes with every zlib
    return buffer.getvalue()


def unpacked(question: Question, path: Path, *, picked: bool, solved: bool = True) -> Question:
    """A question with the variants of one block, as they are stored; without right answers if it is not `solved`."""
    try:
        data = io.BytesIO(path.read_bytes())
        if sum(member.file_size for member in ZipFile(data).infolist()) > MAX_BLOCK_BYTES:
            raise ValueError("it is too large for a block of variants")
        with np.load(data, allow_pickle=False) as block:
            return replace(
                question,
                params={name: _value(block, f"draw.{name}") for name in question.problem.draws},
                expected={a.name: _value(block, f"expected.{a.name}") for a in question.problem.answers if solved},
                asked=block[_ASKED].astype(bool).reshape(-1) if picked else None,
            )
    except (OSError, TypeError, ValueError, EOFError, KeyError, IndexError, BadZipFile, MemoryError) as error:
        raise QuizgenError(f"cannot be read: {error}", where=str(path)) from None


def _value(block: Mapping[str, np.ndarray], name: str) -> Value:
    """One value of a block, dense again."""
    if name in block:
        return Value.dense(block[name])
    shape, offset, flat = (block[f"{name}.{part}"] for part in ("shape", "offset", "flat"))
    cells = np.full((*shape.max(axis=1), shape.shape[1]), np.nan)
    for i, sizes in enumerate(shape.T):
        cells[..., i][crop(sizes)] = flat[offset[i] : offset[i + 1]].reshape(sizes)
    return Value(cells, shape)
