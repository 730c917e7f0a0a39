"""Rows of any file, joined to the exam: which student, which paper, what was typed; or why a row cannot be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from shlex import quote

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from quizgen.errors import QuizgenError, did_you_mean, printable
from quizgen.exam.model import Exam, Question
from quizgen.exam.tags import read_tag, write_tag, write_tags
from quizgen.submissions.sheet import PAPER, Column, Layout, Sheet, blank_column
from quizgen.submissions.shelf import Shelved, one_after_the_other, shelved
from quizgen.submissions.table import SHOWN, Reject

STATUSES = ("", "empty", "excused", "absent", "marked")
MOST_HINTS = 20  # strangers for whom the nearest name on the roster is looked up
MOST_PLACES = 3  # places of other rows that a reason names
_PLAIN = (
    "students",
    "papers",
    "status",
    "files",
    "lines",
    "runs",
    "attempts",
    "times",
)  # the fields that are numpy arrays


@dataclass(frozen=True)
class Handins:
    """What students handed in, one row each.

    `papers` count from 1, and are 0 where a pool of questions gave every question its own variant; `texts` by column,
    trimmed, blank where not handed in; `runs`: the gradings that took the rows in, empty until one has. `attempts`
    count from 1; `times` are texts, ISO where they could be read; `variants` by question, 0 for the paper's own.
    `unnamed`: mask of the rows that a tag alone joined to a student, None if there are none: they follow their paper.
    """

    students: np.ndarray
    papers: np.ndarray
    status: np.ndarray
    files: np.ndarray
    lines: np.ndarray
    runs: np.ndarray
    attempts: np.ndarray
    times: np.ndarray
    texts: Mapping[Column, pa.Array]
    variants: Mapping[str, np.ndarray] = field(default_factory=dict)
    tagged: np.ndarray | None = None  # the papers as handed in, where a person decided that some are others
    unnamed: np.ndarray | None = None

    @property
    def sheets(self) -> np.ndarray:
        """The papers as handed in, whatever was decided since."""
        return self.papers if self.tagged is None else self.tagged

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(self.students)

    def variants_of(self, question: Question) -> np.ndarray:
        """Which variant of a question each row holds, from 1; 0 for a row that holds none."""
        own = self.variants.get(question.name)
        result: np.ndarray = self.papers if own is None else np.where(own > 0, own, self.papers)
        return result

    def asks(self, question: Question) -> np.ndarray:
        """Mask of the rows that were asked a question: by their paper, or by a pool that gave them a variant of it."""
        asked: np.ndarray = (self.papers > 0) & question.asks(np.maximum(self.papers, 1))
        own = self.variants.get(question.name)
        return asked if own is None else asked | (own > 0)

    @property
    def blank(self) -> np.ndarray:
        """Mask of the rows on which nothing stands, not even a status."""
        result: np.ndarray = (self.status == "") & ~self.answered
        return result

    @cached_property
    def answered(self) -> np.ndarray:
        """Mask of the rows in which an answer stands."""
        filled = np.zeros(self.n, dtype=bool)
        for texts in self.texts.values():
            filled |= _filled(texts)
        return filled

    def take(self, rows: np.ndarray) -> Handins:
        """Keep some rows, by mask or number."""
        numbers = np.flatnonzero(rows) if rows.dtype == bool else rows
        if np.array_equal(numbers, np.arange(self.n)):
            return self
        picked = pa.array(numbers)
        parts = {name: getattr(self, name)[numbers] for name in _PLAIN}
        if isinstance(self.texts, Shelved):
            texts: Mapping[Column, pa.Array] = self.texts.take(numbers)
        else:
            texts = {column: t.take(picked) for column, t in self.texts.items()}
        variants = {question: held[numbers] for question, held in self.variants.items()}
        tagged = None if self.tagged is None else self.tagged[numbers]
        unnamed = None if self.unnamed is None else self.unnamed[numbers]
        return replace(self, **parts, texts=texts, variants=variants, tagged=tagged, unnamed=unnamed)

    def loaded(self) -> Handins:
        """The same rows with their texts in memory."""
        return replace(self, texts=self.texts.loaded()) if isinstance(self.texts, Shelved) else self

    def alone(self) -> Handins:
        """The same rows, to be sent elsewhere: no more of the files that hold their texts than is needed."""
        return replace(self, texts=self.texts.alone()) if isinstance(self.texts, Shelved) else self

    def held_now(self, exam: Exam) -> Handins:
        """The same rows, as papers are held now.

        A student's row counts for the paper that he or she holds now; one that only its tag names, for who holds that,
        and so does one with a name that was entered by mistake: for nobody, as long as nobody holds that paper.
        """
        if not exam.former:
            return self
        holders = _holders(exam)[self.papers]
        mistaken = np.asarray(_keys(self.students).isin(list(exam.released)))
        follows = mistaken if self.unnamed is None else mistaken | self.unnamed
        students = np.where(follows & (holders != ""), holders, self.students)
        present = replace(self, students=students, papers=_present(exam, students, self.papers))
        return present.take(~mistaken | (holders != ""))

    def on_papers(self, other: Mapping[int, int], *, copies: bool = False) -> Handins:
        """The same rows, with other papers for some: number on the sheet -> number that counts.

        `copies`: papers may be copies of one another, so that several students may be marked by one.
        """
        if not other:
            return self
        papers = np.array([other.get(paper, paper) for paper in self.papers.tolist()], dtype=np.int64)
        held, counts = np.unique(papers[papers > 0], return_counts=True)
        for paper in [] if copies else held[counts > 1].tolist():
            holders = ", ".join(self.students[papers == paper].tolist()[:MOST_PLACES])
            raise QuizgenError(
                f"paper {paper:03d} would be the paper of several students ({holders})",
                where="review.csv",
                hint="Were two papers swapped? Then decide both rows.",
            )
        return replace(self, papers=papers, tagged=self.papers)

    def with_columns(self, columns: list[Column]) -> Handins:
        """The same rows with exactly these columns; those not handed in are blank."""
        if isinstance(self.texts, Shelved):
            return replace(self, texts=self.texts.named(columns))
        empty = blank_column(self.n)
        return replace(self, texts={column: self.texts.get(column, empty) for column in columns})

    def of_run(self, run: str) -> Handins:
        """The same rows, taken in by a grading."""
        return replace(self, runs=np.full(self.n, run, dtype=object))

    def contradicts(self, other: Handins) -> np.ndarray:
        """Mask of the rows that say something else than the other's, column by column; a blank says nothing."""
        differs = (self.status != other.status) | ~self.same_sitting(other)
        for column, texts in self.texts.items():
            unlike = pc.not_equal(texts, other.texts[column]).to_numpy(zero_copy_only=False)
            differs |= unlike & _filled(texts) & _filled(other.texts[column])
        return np.asarray(differs)

    def same_sitting(self, other: Handins) -> np.ndarray:
        """Mask of the rows that are of the same paper, attempt and variants as the other's."""
        same: np.ndarray = (self.papers == other.papers) & (self.attempts == other.attempts)
        for question in {*self.variants, *other.variants}:
            mine, others = (part.variants.get(question, np.zeros(1, dtype=np.int64)) for part in (self, other))
            same &= (mine == others) | (mine == 0) | (others == 0)
        return same

    def completed(self, other: Handins) -> Handins:
        """The rows with their blanks filled in from the other's, where both have the same status and sitting."""
        same = (self.status == other.status) & self.same_sitting(other)
        texts = {
            column: pc.if_else(pa.array(same & ~_filled(mine)), other.texts[column], mine)
            for column, mine in self.texts.items()
        }
        variants = {}
        for question in dict.fromkeys([*self.variants, *other.variants]):
            mine, others = (part.variants.get(question, np.zeros(self.n, dtype=np.int64)) for part in (self, other))
            variants[question] = np.where((mine == 0) & same, others, mine)
        return replace(self, texts=texts, variants=variants)

    def repeated(self, *fields: str) -> np.ndarray:
        """Mask of the rows that an earlier row equals in some fields; `says` is one of them."""
        mask = _keys(getattr(self, fields[0])).duplicated(keep=False)
        some = self.take(mask)  # few, as a rule: what nobody else has in the first field is no repetition
        mask[mask] = pd.DataFrame({field: getattr(some, field) for field in fields}).duplicated().to_numpy()
        return np.asarray(mask)

    @property
    def says(self) -> np.ndarray:
        """Everything that stands in each row, as one text."""
        numbers = [pa.array(part).cast(pa.string()) for part in (self.papers, self.attempts, *self.variants.values())]
        parts = [*numbers, pa.array(self.status, pa.string()), *self.texts.values()]
        return np.asarray(pc.binary_join_element_wise(*parts, "\x1f").to_numpy(zero_copy_only=False), dtype=object)

    def reject(self, row: int, reason: str) -> Reject:
        """Refuse a row, keeping the beginning of what it says."""
        alone = self.take(np.array([row])).loaded() if isinstance(self.texts, Shelved) else self
        place = row if alone is self else 0
        said = " | ".join(text for texts in alone.texts.values() if (text := texts[place].as_py()))
        shown = [printable(text)[:SHOWN] for text in (str(self.students[row]), said)]
        return Reject(str(self.files[row]), int(self.lines[row]), shown[0], printable(reason), shown[1])


def layout_of(exam: Exam) -> Layout:
    """The answers that a file for this exam may hold."""
    shapes = {(q.name, a.name): q.expected[a.name].largest if a.cells else () for q, a in exam.fields()}
    details = frozenset(name for paper in exam.papers for name in paper.details)
    return Layout(
        shapes,
        {question.name: question.problem.name for question in exam.questions},
        details,
        code=exam.code,
        n=exam.n,
        exam=exam.id,
        sizes={(q.name, a.name): q.expected[a.name].shape for q, a in exam.fields() if a.cells},
        by_hand=frozenset((q.name, a.name) for q, a in exam.fields() if a.by_hand),
    )


def nobody() -> Handins:
    """No rows."""
    empty, none = np.zeros(0, dtype=object), np.zeros(0, dtype=np.int64)
    return Handins(
        students=empty,
        papers=none,
        status=empty,
        files=empty,
        lines=none,
        runs=empty,
        attempts=none,
        times=empty,
        texts={},
    )


def together(parts: Sequence[Handins]) -> Handins:
    """The rows of several files, one after the other."""
    if not parts:
        return nobody()
    if len(parts) == 1:
        return parts[0]
    columns = list(dict.fromkeys(column for part in parts for column in part.texts))
    parts = [part.with_columns(columns) for part in parts]
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _PLAIN}
    variants = {
        question: np.concatenate([part.variants.get(question, np.zeros(part.n, dtype=np.int64)) for part in parts])
        for question in dict.fromkeys(question for part in parts for question in part.variants)
    }
    if any(isinstance(part.texts, Shelved) for part in parts):
        texts: Mapping[Column, pa.Array] = one_after_the_other([shelved(p.texts, p.n) for p in parts], columns)
    else:
        texts = {c: pa.concat_arrays([part.texts[c] for part in parts]) for c in columns}
    known = [np.zeros(part.n, dtype=bool) if part.unnamed is None else part.unnamed for part in parts]
    unnamed = np.concatenate(known) if any(part.unnamed is not None for part in parts) else None
    return Handins(**arrays, texts=texts, variants=variants, unnamed=unnamed)


class Roll:
    """Who and what an exam knows, looked up in one table for all sheets."""

    def __init__(self, exam: Exam) -> None:
        self.exam = exam
        self.hints = MOST_HINTS  # strangers for whom the nearest name is still looked up
        self.strangers = 0  # that there were so far

    @cached_property
    def tags(self) -> pd.Index:
        """The tags of all papers, in order."""
        return _keys(write_tags(self.exam.code, range(1, self.exam.n + 1)))

    @cached_property
    def students(self) -> pd.Index:
        """Who holds a paper."""
        return _keys([paper.student for paper in self.exam.papers])

    @cached_property
    def held(self) -> np.ndarray:
        """The paper of each of these students, and 0 at the end for who is none of them."""
        return np.array([*(paper.number for paper in self.exam.papers), 0])

    @cached_property
    def holders(self) -> np.ndarray:
        """By number: who holds a paper."""
        return _holders(self.exam)

    def hints_left(self, strangers: int) -> int:
        """How many of so many strangers get a hint; the next sheet has fewer."""
        given = min(self.hints, strangers)
        self.strangers += strangers
        self.hints -= given
        return given


def resolve(exam: Exam, sheet: Sheet, roll: Roll | None = None) -> tuple[Handins, list[Reject]]:
    """Join a sheet's rows to papers and students; rows that fit nobody are refused with the reason.

    `roll`: of the exam, where a file comes as several sheets.
    """
    roll = roll or Roll(exam)
    reasons = np.full(sheet.n, "", dtype=object)
    typed = _students(exam, sheet)
    by_tag = _papers_by_tag(roll, sheet, reasons)
    by_name = _papers_by_name(roll, typed)
    pooled = _pooled(exam, sheet, reasons)
    by_tag = np.where((by_tag == 0) & (typed == "") & (pooled > 0), pooled, by_tag)
    by_tag = _present(exam, typed, by_tag)
    papers = np.where(by_tag > 0, by_tag, by_name)
    status = _statuses(sheet, reasons)
    _refuse_strangers(roll, typed, by_tag, by_name, (pooled != 0) | (status == "empty"), reasons)
    unnamed = (typed == "") & (by_tag > 0)
    students = np.where(typed == "", roll.holders[papers], typed)
    handins = Handins(
        students=students,
        papers=papers,
        status=status,
        files=_files(sheet),
        lines=sheet.lines,
        runs=np.full(sheet.n, "", dtype=object),
        attempts=sheet.attempts,
        times=sheet.times.to_numpy(zero_copy_only=False).astype(object),
        texts={column: pc.utf8_trim_whitespace(texts) for column, texts in sheet.texts.items()},
        variants=sheet.variants,
        unnamed=unnamed if unnamed.any() else None,
    )
    _refuse_contradictions(handins, reasons)
    _refuse_unasked(exam, handins, reasons)
    silent = (students == "") & handins.blank
    refused = (reasons != "") & ~silent
    rejects = [handins.reject(row, str(reasons[row])) for row in np.flatnonzero(refused).tolist()]
    return handins.take((reasons == "") & ~silent), sheet.rejects + rejects


def without_doubles(handins: Handins) -> tuple[Handins, list[Reject]]:
    """One row for each student, and one student for each paper; what cannot be brought together is all refused.

    Identical rows count once. Rows of different files complete one another where they do not differ, so that two
    rooms, or two markers, can fill in copies of one sheet; a wholly blank row says nothing at all.
    """
    handins = handins.take(~handins.blank)
    handins = handins.take(~handins.repeated("students", "says"))
    rows, differing = _one_row_each(handins)
    rejects = _all_refused(handins, "students", differing, "differing rows for this student")
    claimed = pd.Index(rows.papers[pd.Index(rows.papers).duplicated() & (rows.papers > 0)])
    rejects += _all_refused(rows, "papers", claimed, "this paper is claimed by several students")
    return rows.take(~pd.Index(rows.papers).isin(claimed)), rejects


def _one_row_each(handins: Handins) -> tuple[Handins, pd.Index]:
    """The rows of each student brought together, and the students whose rows differ.

    Within one file a second row differs, or it would be identical. The first rows of all students are completed by
    all second ones, then by all third ones: there are at most as many as files.
    """
    twice = handins.repeated("students", "files")
    differing = _keys(handins.students[twice]).unique()
    handins = handins.take(~_keys(handins.students).isin(differing))
    if _keys(handins.students).is_unique:
        return handins, differing
    turn = pd.Series(handins.students).groupby(handins.students).cumcount().to_numpy()
    rows = handins.take(turn == 0)
    for number in range(1, int(turn.max(initial=0)) + 1):
        others = handins.take(turn == number)
        place = _keys(rows.students).get_indexer(_keys(others.students))
        mine = rows.take(place)
        differing = differing.union(_keys(others.students[mine.contradicts(others)]), sort=False)
        newest = np.arange(rows.n)
        newest[place] = rows.n + np.arange(others.n)
        rows = together([rows, mine.completed(others)]).take(newest)
    return rows.take(~_keys(rows.students).isin(differing)), differing


def _all_refused(handins: Handins, field: str, keys: pd.Index, says: str) -> list[Reject]:
    """Refuse every row with one of these students or papers, naming where the others stand."""
    column = getattr(handins, field)
    rejects = []
    numbers = np.flatnonzero(_keys(column).isin(keys))
    for _, group in pd.Series(numbers).groupby(column[numbers], sort=False):
        rows = group.tolist()
        for row in rows:
            others = [i for i in rows[: MOST_PLACES + 1] if i != row][:MOST_PLACES]
            places = ", ".join(f"{handins.files[i]}:{handins.lines[i]}" for i in others)
            more = f" and {len(rows) - 1 - len(others)} more" if len(rows) - 1 > len(others) else ""
            rejects.append(handins.reject(row, f"{says} (see {places}{more})"))
    return rejects


def _papers_by_name(roll: Roll, students: np.ndarray) -> np.ndarray:
    """The paper that each student holds, 0 for who holds none."""
    return np.asarray(roll.held[roll.students.get_indexer(_keys(students))])


def _holders(exam: Exam) -> np.ndarray:
    """By number: who holds a paper; nobody holds number 0 or a spare."""
    students = np.full(exam.n + 1, "", dtype=object)
    students[[paper.number for paper in exam.papers]] = [paper.student for paper in exam.papers]
    return students


def _present(exam: Exam, students: np.ndarray, papers: np.ndarray) -> np.ndarray:
    """The papers that count: where a student held one before, the one that he or she holds now."""
    if not exam.former:
        return papers
    now = {paper.student: paper.number for paper in exam.papers}
    present = papers.copy()
    for row in np.flatnonzero(_keys(students).isin(list(exam.former))).tolist():
        if papers[row] in exam.former[students[row]]:
            present[row] = now.get(students[row], papers[row])
    return np.asarray(present)


def _papers_by_tag(roll: Roll, sheet: Sheet, reasons: np.ndarray) -> np.ndarray:
    """The paper that each row's tag names, 0 without a tag; odd spellings are read one by one, never guessed."""
    exam = roll.exam
    tags = sheet.tags.to_numpy(zero_copy_only=False).astype(object)
    papers = roll.tags.get_indexer(_keys(tags)) + 1
    for row in np.flatnonzero((papers == 0) & (tags != "")).tolist():
        try:
            number = int(tags[row][1:]) if tags[row].startswith(PAPER) else read_tag(tags[row], exam.code).number
        except (QuizgenError, ValueError) as error:
            reasons[row] = str(error)
            continue
        papers[row] = number
        if not 1 <= number <= exam.n:
            reasons[row], papers[row] = f"there is no paper {number} in this exam", 0
    return papers


def _refuse_strangers(
    roll: Roll, typed: np.ndarray, by_tag: np.ndarray, by_name: np.ndarray, paperless: np.ndarray, reasons: np.ndarray
) -> None:
    """Say why a row has no student or paper; with a roster, it decides. `paperless` rows need no paper."""
    exam = roll.exam
    fine = reasons == ""
    named = typed != ""
    spare = (by_tag > 0) & (roll.holders[by_tag] == "")
    if exam.has_roster:
        names = [paper.student for paper in exam.papers]
        strangers = fine & named & (by_name == 0)
        for row in np.flatnonzero(strangers & spare).tolist():
            stranger = f"'{typed[row][:SHOWN]}' is not on the roster, and "
            reasons[row] = stranger + _unassigned(exam, int(by_tag[row]), typed[row], " --new")
        unknown = np.flatnonzero(strangers & ~spare).tolist()
        hinted = roll.hints_left(len(unknown))
        for i, row in enumerate(unknown):
            hint = did_you_mean(typed[row][:60], names) if i < hinted else ""
            reasons[row] = f"'{typed[row][:SHOWN]}' is not on the roster. {hint}".strip()
        clash = fine & (by_name > 0) & (by_tag > 0) & (by_name != by_tag)
        for row in np.flatnonzero(clash).tolist():
            own, other = write_tag(exam.code, int(by_name[row])), write_tag(exam.code, int(by_tag[row]))
            swap = f"quizgen assign {other} {quote(typed[row][:SHOWN])}"
            reasons[row] = f"this student holds paper {own}, but the tag says {other}; if they were swapped: {swap}"
            if spare[row]:
                reasons[row] = f"this student holds paper {own}, and " + _unassigned(exam, int(by_tag[row]), typed[row])
    for row in np.flatnonzero(fine & ~named & spare).tolist():
        reasons[row] = _unassigned(exam, int(by_tag[row]))
    lost = (reasons == "") & (by_tag == 0) & (by_name == 0) & ~(paperless & named)
    reasons[lost & named] = "a tag is needed to know which paper this is"
    reasons[lost & ~named] = "neither a student nor a tag"


def _unassigned(exam: Exam, paper: int, student: str = "", option: str = "") -> str:
    """Why a row with a spare's tag has to wait, and the command to run first."""
    tag = write_tag(exam.code, paper)
    who = quote(student[:SHOWN]) if student else "STUDENT"
    return f"nobody holds paper {tag}. Assign it first: quizgen assign {tag} {who}{option}"


def _students(exam: Exam, sheet: Sheet) -> np.ndarray:
    """The students as they are called in the exam, where any of the names that a row gives is on the roster.

    An e-mail address or another number counts if the roster says whose it is, and it is only one student's.
    """
    typed: np.ndarray = sheet.students.to_numpy(zero_copy_only=False).astype(object)
    if not sheet.known_as:
        return typed
    typed = typed.copy()
    ids = _keys([paper.student for paper in exam.papers])
    called = pd.Series(_unique_details(exam), dtype=object)
    unknown = ~_keys(typed).isin(ids)
    for names in sheet.known_as:
        words = names.to_numpy(zero_copy_only=False).astype(object)
        found = unknown & _keys(words).isin(ids)
        typed[found] = words[found]
        unknown &= ~found
    for names in (sheet.students, *sheet.known_as):
        words = pc.utf8_lower(names).to_numpy(zero_copy_only=False).astype(object)
        place = called.index.get_indexer(_keys(words))
        found = unknown & (place >= 0) & (words != "")
        typed[found] = called.to_numpy()[place[found]]
        unknown &= ~found
    for names in sheet.known_as:  # nobody on the roster, or no roster: the first name that there is
        words = names.to_numpy(zero_copy_only=False).astype(object)
        typed = np.where(typed == "", words, typed)
    return typed


def _unique_details(exam: Exam) -> dict[str, str]:
    """What the roster says of one student alone, in small letters, with the student."""
    found: dict[str, set[str]] = {}
    for paper in exam.papers:
        for value in paper.details.values():
            if value:
                found.setdefault(value.lower(), set()).add(paper.student)
    return {value: next(iter(students)) for value, students in found.items() if len(students) == 1}


def _pooled(exam: Exam, sheet: Sheet, reasons: np.ndarray) -> np.ndarray:
    """What the variants of each row make: the number of a paper where all are its, -1 where they differ, 0 for none."""
    papers = np.zeros(sheet.n, dtype=np.int64)
    for question, numbers in sheet.variants.items():
        for row in np.flatnonzero((numbers > exam.n) & (reasons == "")).tolist():
            reasons[row] = f"there is no variant {numbers[row]} of {question} in this exam"
        papers = np.where(numbers == 0, papers, np.where((papers == 0) | (papers == numbers), numbers, -1))
    return papers


def _refuse_unasked(exam: Exam, handins: Handins, reasons: np.ndarray) -> None:
    """Without a paper, an answer needs the tag of its question: nobody knows what was asked."""
    for question in exam.questions:
        lacking = (handins.papers == 0) & (handins.variants_of(question) == 0) & (reasons == "")
        if lacking.any():
            filled = np.zeros(handins.n, dtype=bool)
            for column, texts in handins.texts.items():
                if column[0] == question.name:
                    filled |= _filled(texts)
            reasons[lacking & filled] = f"no tag says which variant of {question.name} this is"


def _files(sheet: Sheet) -> np.ndarray:
    """Where each row stands."""
    if sheet.files is None:
        return np.full(sheet.n, sheet.file, dtype=object)
    return np.asarray(sheet.files.to_numpy(zero_copy_only=False), dtype=object)


def _statuses(sheet: Sheet, reasons: np.ndarray) -> np.ndarray:
    """What the status column declares."""
    status = sheet.status.to_numpy(zero_copy_only=False).astype(object)
    known = _keys(status).isin(STATUSES)
    for row in np.flatnonzero(~known & (reasons == "")).tolist():
        reasons[row] = f"the status '{status[row][:SHOWN]}' is none of: empty, excused, absent"
    return np.where(status == "marked", "", status)


def _refuse_contradictions(handins: Handins, reasons: np.ndarray) -> None:
    """A row that says `empty`, `excused` or `absent` holds no answers."""
    for row in np.flatnonzero((handins.status != "") & handins.answered & (reasons == "")).tolist():
        reasons[row] = f"the status says '{handins.status[row]}', but there are answers"


def _filled(texts: pa.Array) -> np.ndarray:
    """Mask of the texts that are not blank."""
    return np.asarray(pc.not_equal(texts, "").to_numpy(zero_copy_only=False), dtype=bool)


def _keys(words: Sequence[str] | np.ndarray) -> pd.Index:
    """Keys to look up, as the objects they are: pandas would copy texts into an array of its own, and back again."""
    return pd.Index(words, dtype=getattr(words, "dtype", object))
