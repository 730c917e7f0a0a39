"""What happened to one student's answers: rows taken in and refused, decisions, corrections, lines of the log."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from quizgen.csvtext import restored
from quizgen.decisions import PAPER, Waiting, held_by
from quizgen.dossier.case import Case
from quizgen.dossier.others import SOMEBODY
from quizgen.exam.tags import write_tag
from quizgen.ledger import files_of, read_runs, same_run
from quizgen.log import Entry, entries
from quizgen.revisions import Revision, recorded
from quizgen.submissions.handins import Handins
from quizgen.submissions.sheet import Column

_LINES = ("\n", "\r")
_CUT = 200  # characters of a refused row that are shown again


@dataclass(frozen=True)
class TakenIn:
    """A row of the student that a grading took in; `counts`: whether it is the one that counts now."""

    run: str
    row: Handins
    counts: bool


@dataclass(frozen=True)
class Refused:
    """A row of the student that a grading did not use, and why; `settled`: a later row of the student was taken in."""

    run: str
    file: str
    line: str
    reason: str
    text: str
    settled: bool


@dataclass(frozen=True)
class Logged:
    """A line of the log that concerns the student, with what it says of him or her, and the beginning of its hash."""

    number: int
    at: str
    by: str
    what: str
    said: str
    proof: str


@dataclass(frozen=True)
class History:
    """All of it, oldest first."""

    taken_in: tuple[TakenIn, ...]
    refused: tuple[Refused, ...]
    decisions: tuple[Waiting, ...]
    corrections: tuple[Revision, ...]
    logged: tuple[Logged, ...]

    def source(self, column: Column, text: str) -> Handins | None:
        """The first row in which a text stands in a column."""
        for one in self.taken_in:
            if column in one.row.texts and one.row.texts[column][0].as_py() == text:
                return one.row
        return None


def history_of(case: Case) -> History:
    """Everything that happened to one student's answers, and nothing that happened to anybody else's."""
    taken_in = tuple(_taken_in(case))
    refused = tuple(_refused(case, taken_in))
    corrected = tuple(one for one in recorded(case.folder) if _concerned(case, one))
    runs = {one.run for one in taken_in} | {one.run for one in refused}
    decided = tuple(replace(one, question=question, answer=answer) for one, question, answer in _applied(case))
    logged = tuple(_logged(case, runs, {one.number for one in corrected}))
    return History(taken_in, refused, decided, corrected, logged)


def _taken_in(case: Case) -> Iterator[TakenIn]:
    last = str(case.row.runs[0]) if case.row.n else ""
    for run in case.standing.runs:
        rows = read_runs(case.exam, case.folder, [run])
        for number in np.flatnonzero(rows.students == case.student).tolist():
            yield TakenIn(run, rows.take(np.array([number])), run == last)


def _refused(case: Case, taken_in: tuple[TakenIn, ...]) -> Iterator[Refused]:
    """Every row of the student that was refused, in whatever grading; its text only if it is one row alone."""
    order = {run: number for number, run in enumerate(case.standing.runs)}
    last = max((order[one.run] for one in taken_in), default=-1)
    called = {case.student.lower(), *(name.lower() for name in case.others.ids)}
    called |= {value.lower() for key, value in case.details.items() if "mail" in key.lower() and value}
    for run, number in order.items():
        path = case.folder / "runs" / run / "rejects.csv"
        for line in _lines_of(path):
            student = restored(line["student"]).strip()
            if student.lower() in called:
                text = restored(line["text"])
                alone = not any(sign in text for sign in _LINES) and not case.others.are_named(text)
                reason = case.others.without(restored(line["reason"]))
                shown = text[:_CUT] if alone else ""
                yield Refused(run, restored(line["file"]), line["line"], reason, shown, number < last)


def _lines_of(path: Path) -> list[dict[str, str]]:
    """The rows of a list that a grading wrote, by heading; none if there is no such list."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _applied(case: Case) -> Iterator[tuple[Waiting, str, str]]:
    """The decisions about the student, each with question and answer: about the sheet, or a text that stands on it."""
    if case.graded is None:
        return
    sheet = int(case.graded.handins.sheets[0])
    for decision in case.decisions.all:
        if decision.question == PAPER and decision.paper == sheet and sheet:
            yield decision, PAPER, ""
    for part in case.graded.parts:
        about = case.decisions.of(part.question.name, part.answer.name)
        masks = held_by(about, case.graded.handins.sheets, part.texts)
        for decision, mask in zip(about, masks, strict=True):
            if mask[0]:
                yield decision, part.question.name, part.answer.name


def _concerned(case: Case, correction: Revision) -> bool:
    """Whether a correction is about a question of the student's paper, about the grader, or left him or her a floor."""
    held = [question for question in case.exam.questions if case.variant(question)]
    asked = {question.problem.name for question in held}
    names = {Path(file).name.split(".")[0] for file in correction.files if file.startswith("problems/")}
    floors = any(floor.student == case.student for floor in correction.floors)
    told = any(one.concerns(question.name, case.variant(question)) for one in correction.told for question in held)
    return bool(asked & names) or told or "grader.yaml" in correction.files or floors


def _logged(case: Case, runs: set[str], revisions: set[int]) -> Iterator[Logged]:
    for entry in entries(case.folder):
        about = _about(case, entry, runs, revisions)
        if about:
            told = case.others.about(about)
            said = "; ".join(f"{key}: {_written(value)}" for key, value in (told or {}).items())
            by = SOMEBODY if entry.by in case.others.names else entry.by
            yield Logged(entry.number, entry.at, by, entry.what, said, entry.hash[:12])


def _about(case: Case, entry: Entry, runs: set[str], revisions: set[int]) -> dict[str, object]:
    """What an entry says of the student; nothing if it is not about him or her."""
    about = dict(entry.about)
    match entry.what:
        case "grade":
            here = [run for run in about.get("runs", []) if any(same_run(run, files_of(one)) for one in runs)]
            if not here:
                return {}
            mine = {str(file) for file in case.row.files} | {_name(str(file)) for file in case.row.files}
            about["runs"] = here
            about["files"] = {name: proof for name, proof in about.get("files", {}).items() if name in mine}
            return about
        case "decision":
            return about if _is_decided_for(case, about) else {}
        case "regrade":
            listed = (*about.get("changes", []), *about.get("decided", []))
            changes = [change for change in listed if change[0] == case.student]
            if not changes and about.get("revision") not in revisions:
                return {}
            told = [f"{answer} {before} -> {after}" for _, answer, before, after in changes]
            return {key: about[key] for key in ("revision", "reason", "proof") if key in about} | {"changes": told}
    return about if case.others.concerns(about) or _names_paper(case, about) else {}


def _names_paper(case: Case, about: object) -> bool:
    """Whether data of a log names the student's paper by number."""
    if isinstance(about, dict):
        return (bool(case.paper) and about.get("paper") == case.paper) or any(
            _names_paper(case, value) for value in about.values()
        )
    return isinstance(about, list) and any(_names_paper(case, value) for value in about)


def _is_decided_for(case: Case, about: dict[str, object]) -> bool:
    """Whether a decision was about the student, by name, by sheet, or by a text that stands on the sheet."""
    key, sheet = str(about.get("key", "")), int(case.row.papers[0]) if case.row.n else 0
    applied = {"/".join(map(str, decision.key)) for decision, _, _ in _applied(case)}
    by_sheet = bool(sheet) and key.startswith(f"{sheet}/")
    return about.get("student") == case.student or by_sheet or key in applied


def _written(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_written(part)}" for key, part in value.items())
    if isinstance(value, list):
        return ", ".join(map(_written, value))
    return str(value)


def _name(file: str) -> str:
    """A file's name without its folder; of what lies in a zip, the zip's."""
    parts = file.split("/")
    zipped = next((part for part in parts if part.lower().endswith(".zip")), "")
    return zipped or parts[-1]


def tag_of(case: Case) -> str:
    """The tag of the student's paper; empty where a pool gave every question its own variant."""
    return write_tag(case.exam.code, case.paper) if case.paper else ""
