"""Rows of any file, joined to the exam: which student, which paper, what was typed; or why a row cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from quizgen.errors import QuizgenError, did_you_mean
from quizgen.exam.model import Exam
from quizgen.exam.tags import read_tag, write_tag, write_tags
from quizgen.submissions.sheet import Column, Layout, Sheet, blank_column
from quizgen.submissions.table import SHOWN, Reject

STATUSES = ("", "empty", "excused", "absent", "marked")


@dataclass(frozen=True)
class Handins:
    """What students handed in, one row each. `papers` count from 1; `texts` by column, blank where not handed in."""

    students: np.ndarray
    papers: np.ndarray
    status: np.ndarray
    files: np.ndarray
    lines: np.ndarray
    texts: Mapping[Column, pa.Array]

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(self.students)

    @property
    def blank(self) -> np.ndarray:
        """Mask of the rows on which nothing stands, not even a status."""
        filled = self.status != ""
        for texts in self.texts.values():
            length = pc.utf8_length(pc.utf8_trim_whitespace(texts))
            filled |= length.to_numpy(zero_copy_only=False) > 0
        result: np.ndarray = ~filled
        return result

    def take(self, rows: np.ndarray) -> Handins:
        """Keep some rows, by mask or number."""
        numbers = np.flatnonzero(rows) if rows.dtype == bool else rows
        picked = pa.array(numbers)
        parts = {name: getattr(self, name)[numbers] for name in ("students", "papers", "status", "files", "lines")}
        return replace(self, **parts, texts={column: t.take(picked) for column, t in self.texts.items()})

    def with_columns(self, columns: list[Column]) -> Handins:
        """The same rows with exactly these columns; those not handed in are blank."""
        empty = blank_column(self.n)
        return replace(self, texts={column: self.texts.get(column, empty) for column in columns})

    def signature(self, columns: list[Column]) -> np.ndarray:
        """One text per row that is equal for rows that say the same."""
        parts = [pc.utf8_trim_whitespace(texts) for texts in self.with_columns(columns).texts.values()]
        joined = pc.binary_join_element_wise(
            pa.array(self.papers).cast(pa.string()), pa.array(self.status, pa.string()), *parts, "\x1f"
        )
        return np.asarray(joined.to_numpy(zero_copy_only=False), dtype=object)


def layout_of(exam: Exam) -> Layout:
    """The answers that a file for this exam may hold."""
    shapes = {(q.name, a.name): q.expected[a.name].largest for q, a in exam.fields()}
    return Layout(shapes, {question.name: question.problem.name for question in exam.questions})


def nobody() -> Handins:
    """No rows."""
    empty = np.zeros(0, dtype=object)
    return Handins(empty, np.zeros(0, dtype=np.int64), empty, empty, np.zeros(0, dtype=np.int64), {})


def together(parts: list[Handins]) -> Handins:
    """The rows of several files, one after the other."""
    columns = list(dict.fromkeys(column for part in parts for column in part.texts))
    parts = [part.with_columns(columns) for part in parts]
    arrays = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("students", "papers", "status", "files", "lines")
    }
    return Handins(**arrays, texts={c: pa.concat_arrays([part.texts[c] for part in parts]) for c in columns})


def resolve(exam: Exam, sheet: Sheet) -> tuple[Handins, list[Reject]]:
    """Join a sheet's rows to papers and students; rows that fit nobody are refused with the reason."""
    reasons = np.full(sheet.n, "", dtype=object)
    typed = sheet.students.to_numpy(zero_copy_only=False).astype(object)
    by_tag = _papers_by_tag(exam, sheet, reasons)
    by_name = pd.Index([paper.student for paper in exam.papers]).get_indexer(pd.Index(typed)) + 1
    papers = np.where(by_tag > 0, by_tag, by_name)
    _refuse_strangers(exam, typed, by_tag, by_name, reasons)
    names = np.array([paper.student for paper in exam.papers], dtype=object)
    held = (papers > 0) & (papers <= len(names))
    students = np.where((typed == "") & held, names[np.clip(papers - 1, 0, len(names) - 1)], typed)
    handins = Handins(
        students=students,
        papers=papers,
        status=_statuses(sheet, reasons),
        files=np.full(sheet.n, sheet.file, dtype=object),
        lines=sheet.lines,
        texts=sheet.texts,
    )
    silent = (students == "") & handins.blank
    refused = (reasons != "") & ~silent
    rejects = [_reject(handins, row, str(reasons[row])) for row in np.flatnonzero(refused).tolist()]
    return handins.take((reasons == "") & ~silent), sheet.rejects + rejects


def without_doubles(handins: Handins) -> tuple[Handins, list[Reject]]:
    """Identical rows of a student count once; differing ones are all refused, and so are papers claimed twice.

    A wholly blank row says nothing and is left out, so that two rooms can fill in copies of one sheet.
    """
    handins = handins.take(~handins.blank)
    columns = list(handins.texts)
    frame = pd.DataFrame({"student": handins.students, "paper": handins.papers, "says": handins.signature(columns)})
    keep = ~frame.duplicated(["student", "says"]).to_numpy()
    handins, frame = handins.take(keep), frame[keep].reset_index(drop=True)
    rejects = []
    twice = np.zeros(handins.n, dtype=bool)
    for key, says in (
        ("student", "differing rows for this student"),
        ("paper", "this paper is claimed by several students"),
    ):
        double = frame.duplicated(key, keep=False).to_numpy() & ~twice
        for row in np.flatnonzero(double).tolist():
            others = np.flatnonzero((frame[key] == frame[key][row]).to_numpy())
            places = ", ".join(f"{handins.files[i]}:{handins.lines[i]}" for i in others.tolist() if i != row)
            rejects.append(_reject(handins, row, f"{says} (see {places})"))
        twice |= double
    return handins.take(~twice), rejects


def _papers_by_tag(exam: Exam, sheet: Sheet, reasons: np.ndarray) -> np.ndarray:
    """The paper that each row's tag names, 0 without a tag; odd spellings are read one by one, never guessed."""
    tags = sheet.tags.to_numpy(zero_copy_only=False).astype(object)
    known = pd.Index(write_tags(exam.code, range(1, exam.n + 1)))
    papers = known.get_indexer(pd.Index(tags)) + 1
    for row in np.flatnonzero((papers == 0) & (tags != "")).tolist():
        try:
            number = int(tags[row][1:]) if tags[row].startswith("#") else read_tag(tags[row], exam.code).number
        except (QuizgenError, ValueError) as error:
            reasons[row] = str(error)
            continue
        papers[row] = number
        if not 1 <= number <= exam.n:
            reasons[row], papers[row] = f"there is no paper {number} in this exam", 0
    return papers


def _refuse_strangers(
    exam: Exam, typed: np.ndarray, by_tag: np.ndarray, by_name: np.ndarray, reasons: np.ndarray
) -> None:
    """Say why a row has no student or paper; with a roster, the roster decides."""
    fine = reasons == ""
    named = typed != ""
    if exam.has_roster:
        names = [paper.student for paper in exam.papers]
        for row in np.flatnonzero(fine & named & (by_name == 0)).tolist():
            reasons[row] = (
                f"'{typed[row][:SHOWN]}' is not on the roster. {did_you_mean(typed[row][:60], names)}".strip()
            )
        clash = fine & (by_name > 0) & (by_tag > 0) & (by_name != by_tag)
        for row in np.flatnonzero(clash).tolist():
            own, other = write_tag(exam.code, int(by_name[row])), write_tag(exam.code, int(by_tag[row]))
            reasons[row] = f"this student holds paper {own}, but the tag says {other}"
        spare = fine & ~named & (by_tag > len(exam.papers))
        reasons[spare] = "nobody on the roster holds this paper"
    lost = (reasons == "") & (by_tag == 0) & (by_name == 0)
    reasons[lost & named] = "a tag is needed to know which paper this is"
    reasons[lost & ~named] = "neither a student nor a tag"


def _statuses(sheet: Sheet, reasons: np.ndarray) -> np.ndarray:
    """What the status column declares."""
    status = sheet.status.to_numpy(zero_copy_only=False).astype(object)
    known = pd.Index(status).isin(STATUSES)
    for row in np.flatnonzero(~known & (reasons == "")).tolist():
        reasons[row] = f"the status '{status[row][:SHOWN]}' is none of: empty, excused, absent"
    return np.where(status == "marked", "", status)


def _reject(handins: Handins, row: int, reason: str) -> Reject:
    """Refuse a row, keeping the beginning of what it says."""
    said = " | ".join(text for texts in handins.texts.values() if (text := texts[row].as_py().strip()))
    return Reject(
        str(handins.files[row]),
        int(handins.lines[row]),
        str(handins.students[row])[:SHOWN],
        reason,
        said[:SHOWN],
    )
