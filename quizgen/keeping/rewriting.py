"""The files of an exam folder, written anew into another folder without anybody's name."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quizgen.bank.problemfile import digest_of
from quizgen.csvtext import decode, delimiter_of, restored, write_csv
from quizgen.decisions import read_review, texts_digest, write_review
from quizgen.exam.model import Exam
from quizgen.exam.wishes import COLUMNS
from quizgen.grading import grade
from quizgen.keeping.names import Names
from quizgen.keeping.places import Fate, Placed
from quizgen.ledger import digest_of_file, read_rejects, read_runs, write_run
from quizgen.log import Entry
from quizgen.submissions.handins import Handins, nobody
from quizgen.workbook import read_workbook, write_workbook

_PLAIN = frozenset(  # what no person wrote, in JSON files of additions and in the log
    (
        *("exam", "files", "floors", "blocks", "proof", "by", "at", "question", "amendment", "amendments", "voids"),
        *("first", "n", "waived", "run", "runs", "rows", "grader", "grader digest", "results", "revision", "versions"),
        *("decimals", "variants", "papers", "kept", "before", "removed", "assignment", "added"),
    )
)
_WORDS = r"\p{L}{2}|\d{5}"  # what a typed text must hold to name anybody
_QUOTED = re.compile(r"'[^']*'")
_Floor = tuple[str, str]  # student, question


@dataclass
class Rewriting:
    """An exam folder, the one that takes its place, and what has been found out on the way from one to the other.

    `files`: what files that were handed in are called from now on; `proofs`: old digests -> new ones; `digests`: those
    of a student's texts in a question, where they change.
    """

    old: Path
    new: Path
    names: Names
    is_named: bool
    files: dict[str, str] = field(default_factory=dict)
    proofs: dict[str, str] = field(default_factory=dict)
    digests: dict[tuple[_Floor, str], str] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)

    # ---- files, one by one ---------------------------------------------------------------------------------------

    def write(self, one: Placed) -> None:
        """Write a file anew, or leave it out and say so."""
        source, place = self.old / one.path, self.new / one.path
        if one.fate in (Fate.APART, Fate.PASSING):
            return
        if one.fate is Fate.REMOVED or (one.fate is Fate.HANDED and self.is_named):
            self.removed[one.told] = self.removed.get(one.told, 0) + 1
            return
        self._make_folder(one.path)
        if one.fate in (Fate.KEPT, Fate.HANDED, Fate.STRANGE):
            shutil.copy2(source, place, follow_symlinks=False)
        elif (data := self._rewritten(one.fate, source)) is None:
            self.removed[one.path] = 1
        else:
            place.write_bytes(data)
            shutil.copymode(source, place)
            self._remember(source, place)

    def _make_folder(self, path: str) -> None:
        """The folders above a path, with the modes that they have."""
        for above in reversed(PurePosixPath(path).parents[:-1]):
            if not (self.new / above).exists():
                (self.new / above).mkdir(mode=0o700)
                shutil.copymode(self.old / above, self.new / above)

    def _remember(self, source: Path, place: Path) -> None:
        """What proved a file, and what proves it now."""
        self.proofs[digest_of_file(source)] = digest_of_file(place)
        if source.suffix in (".csv", ".json"):
            before, after = (path.read_text(encoding="utf-8") for path in (source, place))
            self.proofs[digest_of(before)] = digest_of(after)

    def _rewritten(self, fate: Fate, source: Path) -> bytes | None:
        """What a file says without names; None for one that is not what its name says."""
        if fate in (Fate.PAPERS, Fate.ASSIGNED, Fate.TOLD):
            return self._json(fate, json.loads(source.read_text(encoding="utf-8")))
        if fate is Fate.WORKBOOK:
            rows = [row for _, row in read_workbook(source.read_bytes(), str(source))]
            table = self._sheet(rows)
            return write_workbook(table[0], table[1:]) if table else None
        text = decode(source.read_bytes(), str(source))
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text)))
        table = self._sheet(rows) if fate is Fate.SHEET else self._table(rows)
        return write_csv(table[0], table[1:]).encode() if table else None

    def _json(self, fate: Fate, data: Any) -> bytes:
        held = {Fate.PAPERS: "papers", Fate.ASSIGNED: "bindings"}.get(fate)
        if held:
            papers = [one | {"student": self.names.of(one["student"]), "details": {}} for one in data[held]]
            data = self.told(data | {held: []}) | {held: papers}
        else:
            data = self.told(data)
        return json.dumps(data, indent=1, ensure_ascii=False).encode() + b"\n"

    def told(self, data: Any) -> Any:
        """JSON in which people wrote, without names, and with the proofs of files as they are now."""
        if isinstance(data, str):
            return self.proofs.get(data) or self.names.text(data)
        if isinstance(data, list):
            return [self.told(one) for one in data]
        if isinstance(data, dict):
            return {key: self._proofs(one) if key in _PLAIN else self.told(one) for key, one in data.items()}
        return data

    def _proofs(self, data: Any) -> Any:
        """JSON that no person wrote, with the proofs of files as they are now."""
        if isinstance(data, dict):
            return {key: self._proofs(one) for key, one in data.items()}
        return self.proofs.get(data, data) if isinstance(data, str) else data

    def _table(self, rows: Sequence[Sequence[str]]) -> list[list[str]] | None:
        """A table of ours: students under their new names, and nothing that the roster says of them."""
        headings = [restored(cell).strip().lower() for cell in rows[0]]
        kept = [i for i, name in enumerate(headings) if name not in COLUMNS]
        place = headings.index("student")
        renamed = ([*row[:place], self.names.of(restored(row[place])), *row[place + 1 :]] for row in rows[1:])
        found = [[row[i] for i in kept] for row in (rows[0], *renamed)]
        if "texts" in headings:
            for row in found[1:]:
                row[headings.index("texts")] = self._digest(row, headings)
        return [[restored(cell) for cell in row] for row in found]

    @property
    def _roster_columns(self) -> frozenset[str]:
        return self.names.headings | frozenset(COLUMNS)

    def _digest(self, row: Sequence[str], headings: Sequence[str]) -> str:
        """What proves the texts that a floor is about."""
        student, question, texts = (row[headings.index(name)] for name in ("student", "question", "texts"))
        return self.digests.get(((student, question), texts), texts)

    def _sheet(self, rows: Sequence[Sequence[str]]) -> list[list[str]] | None:
        """A sheet to be filled in, blank: what was graded of it stands in the runs."""
        headings = [restored(cell).strip() for cell in rows[0]] if rows else []
        if not {"student", "tag"} <= set(headings):
            return None
        columns = [name for name in headings if name.lower() not in self._roster_columns - {"student", "tag"}]
        found = [columns]
        for row in rows[1:]:
            cells = dict(zip(headings, map(restored, row), strict=False))
            filled = {"student": self.names.of(cells.get("student", "")), "tag": cells.get("tag", "")}
            found.append([filled.get(name, "") for name in columns])
        return found

    # ---- what was handed in --------------------------------------------------------------------------------------

    def write_runs(self, exam: Exam) -> None:
        """Keep every run of grading: other names for students and files, no times, nothing of refused rows but why."""
        for place in runs_of(self.old):
            handins = read_runs(exam, self.old, [place.name])
            about = json.loads((place / "run.json").read_text(encoding="utf-8"))
            rejects = [
                replace(
                    reject,
                    file=self.file(reject.file),
                    student=self.names.of(reject.student),
                    reason=_QUOTED.sub("'…'", self.names.text(reject.reason)),
                    text="",
                )
                for reject in read_rejects(self.old, [place.name], [], nobody())
            ]
            about["files"] = [self.file(name) for name in about.get("files", [])]
            if "decimals" in about:
                about["decimals"] = {self.file(name): mark for name, mark in about["decimals"].items()}
            write_run(self.new, place.name, self._renamed(handins), rejects, about)

    def file(self, name: str) -> str:
        """What a file that was handed in is called: platforms put students' names into those of files."""
        return self.files.setdefault(name, f"file-{len(self.files) + 1:03d}{Path(name).suffix[:10]}") if name else ""

    def _renamed(self, handins: Handins) -> Handins:
        """The same rows under other names."""
        students = handins.students.tolist()
        return replace(
            handins,
            students=_objects(self.names.of(student) for student in students),
            files=_objects(map(self.file, handins.files.tolist())),
            times=np.full(handins.n, "", dtype=object),
            texts={column: self._answers(texts, students) for column, texts in handins.texts.items()},
        )

    def _answers(self, texts: pa.Array, students: Sequence[str]) -> pa.Array:
        """What was typed, without names; looked at where there are words."""
        typed = texts.to_pylist()
        for row in np.flatnonzero(np.asarray(pc.match_substring_regex(texts, _WORDS))).tolist():
            typed[row] = self.names.answer(typed[row], students[row])
        return pa.array(typed, pa.string())

    def compare_texts(self, exam: Exam, handins: Handins) -> None:
        """Find out which digests of students' texts change; `handins` as they were."""
        renamed = self._renamed(handins)
        if all(handins.texts[column].equals(texts) for column, texts in renamed.texts.items()):
            return
        for before, after in zip(*(grade(exam, exam.grader, rows) for rows in (handins, renamed)), strict=True):
            for question in exam.questions:
                old, new = (
                    [p.texts for p in block.parts if p.question.name == question.name] for block in (before, after)
                )
                for row, student in enumerate(after.handins.students.tolist()):
                    self.digests[(student, question.name), texts_digest(old, row)] = texts_digest(new, row)

    # ---- decisions and log ---------------------------------------------------------------------------------------

    def write_decisions(self, exam: Exam, file: str) -> None:
        """Keep what waits and what was decided; the persons who decided stay."""
        if not (self.old / file).exists():
            return
        holders = {paper.number: paper.student for paper in exam.papers}
        waiting = [
            replace(
                one,
                student=self.names.of(one.student),
                given=self.names.answer(one.given, holders.get(one.paper, "")),
                why=self.names.text(one.why),
                read_as=self.names.answer(one.read_as, holders.get(one.paper, "")),
                reason=self.names.text(one.reason),
            )
            for one in read_review(exam, self.old / file)
        ]
        (self.new / file).write_text(write_review(exam, waiting), encoding="utf-8", newline="\n")

    def retold(self, entry: Entry) -> Entry:
        """An entry of the log without names."""
        about = self.told(dict(entry.about))
        for key, said in entry.about.items():
            if key == "student":
                about[key] = self.names.of(said)
            elif key == "students" and isinstance(said, list):
                about[key] = [self.names.of(student) for student in said]
            elif key == "changes":
                about[key] = [[self.names.of(change[0]), *change[1:]] for change in said]
            elif key == "papers" and isinstance(said, dict):
                about[key] = {tag: self.names.of(student) for tag, student in said.items()}
            elif key == "files" and isinstance(said, dict):
                about[key] = {self._known_file(name): proof for name, proof in said.items()}
            elif key == "key":
                about[key] = self._decided(said, str(entry.about.get("student", "")))
        return replace(entry, about=about)

    def _decided(self, key: str, student: str) -> str:
        """What a decision is about: paper, question, answer, and what was typed."""
        *start, typed = key.split("/", 3)
        return "/".join([*start, self.names.answer(typed, student)])

    def _known_file(self, name: str) -> str:
        """What the log calls a file: by its last name alone."""
        whole = next((known for known in self.files if PurePosixPath(known.replace(os.sep, "/")).name == name), name)
        return self.file(whole)


def runs_of(folder: Path) -> list[Path]:
    """All runs that are kept, whole ones."""
    return sorted(path for path in (folder / "runs").glob("*") if path.is_dir() and path.suffix != ".partial")


def _objects(texts: Any) -> np.ndarray:
    return np.array(list(texts), dtype=object)
