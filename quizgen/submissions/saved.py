"""The answers that pages saved: a row for each file, attempts counted by the time of saving."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from quizgen.errors import did_you_mean, printable
from quizgen.exam.model import heading_of
from quizgen.submissions.sheet import PAPER, Column, Layout, Sheet, in_own_words
from quizgen.submissions.table import SAVED, SHOWN, Reject, Table
from quizgen.submissions.times import read_time, readable_times

EMPTY = "empty"  # the status of a page that was handed in with nothing typed into it


def recognised(table: Table) -> bool:
    """Whether a table is made of what pages saved."""
    return table.headings == list(SAVED) and not table.delimiter


def one_table(tables: Sequence[Table], more: Sequence[Reject] = ()) -> Table:
    """The rows of several such tables, one after the other, so that the attempts of a student are counted together."""
    columns = [pa.concat_arrays(list(parts)) for parts in zip(*(table.columns for table in tables), strict=True)]
    rejects = [reject for table in tables for reject in table.rejects]
    lines = np.concatenate([table.lines for table in tables])
    return replace(tables[0], columns=columns, lines=lines, rejects=[*rejects, *more])


def to_sheet(table: Table, layout: Layout) -> Sheet:
    """A row for each file, in the order of tags, times and files; files that do not fit the exam are refused.

    Files of one tag are attempts, in the order of their times. One that says what the one before it says is no
    attempt of its own, and neither is one without any answer beside one with answers.
    """
    kept, rejects = [], list(table.rejects)
    for file in _files(table):
        texts = _columns(file, layout)
        if isinstance(texts, str):
            rejects.append(file.refused(texts))
        else:
            kept.append((file, texts))
    kept.sort(key=lambda pair: pair[0].turn)
    files = _named([file for file, _ in kept])
    used = {column for _, texts in kept for column in texts}
    typed = {column: _texts(texts.get(column, "") for _, texts in kept) for column in sorted(used)}
    filled = {file.tag for file, texts in kept if any(texts.values())}
    return Sheet(
        file=table.file,
        lines=np.ones(len(kept), dtype=np.int64),
        students=_texts(file.student for file in files),
        tags=_texts(file.tag for file in files),
        status=_texts("" if file.tag in filled else EMPTY for file in files),
        texts=in_own_words(typed, layout),
        rejects=rejects,
        notices=[],
        attempts=_attempts(kept),
        times=_texts(file.saved for file in files),
        behind=np.ones(len(kept), dtype=np.int64),
        files=_texts(file.file for file in files),
    )


class _File(NamedTuple):
    """A row of the table; the tag in its usual spelling, the time as ISO."""

    exam: str
    tag: str
    student: str
    saved: str
    answers: str
    file: str

    @property
    def turn(self) -> tuple[str, str, str]:
        """Its place among all: by tag, moment and name."""
        read = read_time(self.saved)
        return self.tag, str(read[0] if read else ""), self.file

    def refused(self, reason: str) -> Reject:
        """Why it cannot be used, with what it says."""
        shown = [printable(text)[:SHOWN] for text in (self.student or self.tag, reason, self.answers)]
        return Reject(self.file, 1, *shown)


def _files(table: Table) -> Iterator[_File]:
    """The rows of the table."""
    _, exam, tag, student, saved, answers, file = (column.to_pylist() for column in table.columns)
    tags = ["".join(text.replace(PAPER, "").split()).upper() for text in tag]
    times = readable_times(pa.array(saved, pa.string())).to_pylist()
    yield from map(_File._make, zip(exam, tags, map(str.strip, student), times, answers, file, strict=True))


def _columns(file: _File, layout: Layout) -> dict[Column, str] | str:
    """What was typed, by column; or why the file cannot be used. Whether the tag fits is seen where rows are joined."""
    if file.exam != layout.exam:
        return "these are answers to another exam"
    if not file.tag:
        return "it has no tag"
    read = read_time(file.saved)
    if read is None or not read[1]:
        return f"its time '{file.saved[:40]}' cannot be read"
    answers: dict[str, str] = json.loads(file.answers)
    texts: dict[Column, str] = {}
    for name, text in answers.items():
        column = layout.column(name)
        if column is None:
            return f"'{name[:80]}' is no answer of this exam. {did_you_mean(name[:80], layout.names)}".strip()
        if column in texts:
            return f"the answer '{name}' stands in it twice"
        texts[column] = text
    entire = {column[:2] for column in texts if not column[2]}
    if both := next((column for column in texts if column[2] and column[:2] in entire), None):
        return f"the answer {heading_of(*both[:2])} stands in it whole and by cells"
    return texts


def _named(files: list[_File]) -> list[_File]:
    """The files, with the name that stands in others of the same tag where one was saved before a name was typed."""
    names: dict[str, set[str]] = {}
    for file in files:
        if file.student:
            names.setdefault(file.tag, set()).add(file.student)
    known = {tag: found.pop() for tag, found in names.items() if len(found) == 1}
    return [file._replace(student=file.student or known.get(file.tag, "")) for file in files]


def _attempts(kept: Sequence[tuple[_File, dict[Column, str]]]) -> np.ndarray:
    """The number of each file among its tag's; the same answers again, and none at all, are no new attempt."""
    numbers: list[int] = []
    last: dict[str, tuple[int, dict[Column, str]]] = {}  # tag -> its latest attempt, and what that says
    for file, texts in kept:
        number, said = last.get(file.tag, (0, {}))
        if said != texts and any(texts.values()):
            number, said = number + 1, texts
        last[file.tag] = number, said
        numbers.append(max(number, 1))
    return np.array(numbers, dtype=np.int64)


def _texts(words: Iterable[str]) -> pa.Array:
    """A column of texts."""
    return pa.array(list(words), pa.string())
