"""Forgetting who sat an exam: every name and id gives way to a pseudonym whose key nobody ever sees.

A new folder is made beside the old one, proven, and takes its place in one step. Marks and statistics stay: what was
handed in is marked again under the new names, and must give what it gave before.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from quizgen.csvtext import restored, write_csv
from quizgen.desk import FEEDBACK, REVIEW, grade_files
from quizgen.errors import QuizgenError
from quizgen.exam.additions import ADDED, ASSIGNMENTS, numbered
from quizgen.exam.locks import locked
from quizgen.exam.model import Exam, Paper
from quizgen.exam.pseudonyms import NAMES, read_pseudonyms
from quizgen.keeping.archive import prove
from quizgen.keeping.names import Names
from quizgen.keeping.places import Fate, Placed, placed
from quizgen.keeping.rewriting import Rewriting, runs_of
from quizgen.keeping.swapping import beside, finish, put_in_place
from quizgen.ledger import RESULTS, read_rejects, read_runs, standing, switched
from quizgen.log import NOBODY, Actor, Entry, entries, last_hash, write_anew
from quizgen.regrading import grader_of_results
from quizgen.report.marksfile import marks_in, read_marks
from quizgen.revisions import standing_exam
from quizgen.submissions.handins import nobody

WHAT = "forget"  # of its entry in the log
_AGAIN = "Grade once more ('quizgen regrade --apply'), so that what stays is what was proven; then forget."


@dataclass(frozen=True)
class Forgotten:
    """Who was, or would be, forgotten: how many, what goes, and files that quizgen does not know.

    `removed`: folder or file -> how many files; `strange`: path -> whether somebody is named in it; `known`: there was
    nobody left to forget.
    """

    students: int
    removed: Mapping[str, int] = field(default_factory=dict)
    strange: Mapping[str, bool] = field(default_factory=dict)
    known: bool = False


def forget(folder: Path, *, write: bool = False, actor: Actor = NOBODY, until: str = "") -> Forgotten:
    """Forget who sat an exam, for good; without `write`, only say what would be done.

    Raises QuizgenError if the exam cannot be proven, or grading again would give other marks than the results hold.
    """
    folder = folder.resolve()
    with locked(folder, "another quizgen is working on this exam"):
        finish(folder)
        prove(folder)
        exam = standing_exam(folder).exam
        names = _names(exam, folder)
        everything = list(placed(folder))
        named = _is_named(exam, folder)
        if not names.renamed and not names.headings and not (folder / NAMES).exists():
            return Forgotten(0, known=True)
        fresh = beside(folder, "forgotten.partial")
        if write:
            fresh.mkdir(mode=0o700)
        rewriting = Rewriting(folder, fresh, names, named)
        strange = {
            one.path: _names_somebody(names, folder / one.path) for one in everything if one.fate is Fate.STRANGE
        }
        if not write:
            return Forgotten(names.renamed, _would_go(everything, named), strange)
        try:
            _build(rewriting, exam, everything, actor, until)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        put_in_place(fresh, folder)
    return Forgotten(names.renamed, rewriting.removed, strange)


def _build(rewriting: Rewriting, exam: Exam, everything: list[Placed], actor: Actor, until: str) -> None:
    """Fill the new folder: files, runs, decisions, log; then mark anew what was handed in, and prove it all."""
    old, new = rewriting.old, rewriting.new
    shown = standing(old)
    rewriting.write_runs(exam)
    current = read_runs(exam, old, shown.runs)
    rewriting.compare_texts(exam, current.take((current.status == "") | (current.status == "empty")))
    for one in sorted(everything, key=lambda one: one.fate is Fate.TOLD):  # they name the digests of the others
        rewriting.write(one)
    rewriting.write_decisions(exam, REVIEW)
    told = entries(old)
    about: dict[str, object] = {"students": rewriting.names.renamed, "removed": sorted(rewriting.removed)}
    about |= {"before": {"entries": len(told), "head": last_hash(old)}} | ({"kept until": until} if until else {})
    write_anew(new, [*map(rewriting.retold, told), Entry(0, actor.at, actor.by, WHAT, about, "")])
    if shown.runs:
        _mark_again(rewriting, exam, actor)
    prove(new)


def _mark_again(rewriting: Rewriting, exam: Exam, actor: Actor) -> None:
    """Write the results of the new folder by marking anew, and stop if marks are not what they were."""
    old, new = rewriting.old / RESULTS, rewriting.new / RESULTS
    shown = standing(rewriting.old)
    with switched(rewriting.new, RESULTS, shown.runs, shown.grader) as provisional:
        (provisional / "grader.yaml").write_bytes((old / "grader.yaml").read_bytes())
    marker = grader_of_results(exam, rewriting.new)
    forms = [form for form in FEEDBACK if any((old / "feedback").glob(f"*.{form}"))]
    grade_files(rewriting.new, [], marker, forms=forms, report=(old / "staff").exists(), actor=actor)
    if (old / "report.html").exists() and not (new / "report.html").exists():
        page = rewriting.names.text((old / "report.html").read_text(encoding="utf-8"))  # charts may be missing here
        (new / "report.html").write_text(page, encoding="utf-8", newline="\n")
    if (old / "late.csv").exists():
        (new / "late.csv").write_text(_late(rewriting.names, old / "late.csv"), encoding="utf-8", newline="\n")
    aliases = read_pseudonyms(rewriting.old) if shown.disguised else {}
    _refuse_other_marks(rewriting.names, aliases, old, new)


def _refuse_other_marks(names: Names, aliases: Mapping[str, str], old: Path, new: Path) -> None:
    """Stop if the new results differ from the old ones by more than names; `aliases`: old pseudonym -> student."""
    for then, now, wanted in _compared(old, new):
        before, after = (frame[frame["points"].astype(str) != ""] for frame in (then, now))  # who is absent may be new
        before = before.assign(student=[names.of(aliases.get(student, student)) for student in before["student"]])
        first, second = (frame[wanted].sort_values(wanted).to_numpy().tolist() for frame in (before, after))
        if first != second:
            what = "grading what was handed in once more gives other marks than the results hold"
            raise QuizgenError(what, where=str(old), hint=_AGAIN)


def _compared(old: Path, new: Path) -> Iterator[tuple[pd.DataFrame, pd.DataFrame, list[str]]]:
    """Marks and grades of two folders of results, with the columns in which they must agree."""
    wanted = ["student", "question", "answer", "points", "outcome"]
    if (marks := marks_in(old)) is not None and marks.stat().st_size:
        yield read_marks(marks, wanted), read_marks(new / marks.name, wanted), wanted
    wanted = ["student", "status", "points"]
    if (old / "grades.csv").stat().st_size:
        then, now = (
            pd.read_csv(place / "grades.csv", usecols=wanted, dtype=str, keep_default_na=False) for place in (old, new)
        )
        yield then.assign(student=list(map(restored, then["student"]))), now, wanted


def _late(names: Names, path: Path) -> str:
    """Who was late by how much; not when, and not how much time somebody was given."""
    with path.open(encoding="utf-8", newline="") as file:
        headings, *rows = csv.reader(file)
    renamed = ([names.of(restored(row[0])), row[1], "", "", row[4]] for row in rows)
    return write_csv(headings, renamed)


def _names(exam: Exam, folder: Path) -> Names:
    """The other names of everybody who is named anywhere in the folder."""
    papers = list(_all_papers(folder))
    numbers = range(1, exam.n + 1)
    stand_ins = [] if exam.has_roster else [f"student-{number:03d}" for number in numbers]
    students = [paper.student for paper in papers]
    others: list[str] = []
    for place in runs_of(folder):
        students += read_runs(exam, folder, [place.name]).students.tolist()
        others += [reject.student for reject in read_rejects(folder, [place.name], [], nobody())]
    for entry in entries(folder):
        others += [str(entry.about["student"])] if "student" in entry.about else []
        others += [str(change[0]) for change in entry.about.get("changes", [])]
    students += read_pseudonyms(folder).values()
    options = [option for _, answer in exam.fields() for option in answer.options]
    return Names(students, papers, others, stand_ins, options)


def _all_papers(folder: Path) -> Iterator[Paper]:
    """Whoever holds a paper, or held one, with what the roster said each time."""
    for path in (folder / "papers.json", *(place / "papers.json" for place in numbered(folder / ADDED))):
        for one in json.loads(path.read_text(encoding="utf-8"))["papers"]:
            yield Paper(one["student"], one["paper"], one["details"])
    for path in numbered(folder / ASSIGNMENTS, ".json"):
        for one in json.loads(path.read_text(encoding="utf-8"))["bindings"]:
            yield Paper(one["student"], one["paper"], one["details"])


def _is_named(exam: Exam, folder: Path) -> bool:
    """Whether booklets bear the names of students: with a roster, or papers that were given to somebody since."""
    stand_in = re.compile(r"student-\d{3,}")
    return exam.has_roster or not all(stand_in.fullmatch(paper.student) for paper in _all_papers(folder))


def _names_somebody(names: Names, path: Path) -> bool:
    return path.is_symlink() or names.named_in(path.read_bytes())


def _would_go(everything: list[Placed], named: bool) -> dict[str, int]:
    """What a rewriting would leave out."""
    gone: dict[str, int] = {}
    for one in everything:
        if one.fate is Fate.REMOVED or (one.fate is Fate.HANDED and named):
            gone[one.told] = gone.get(one.told, 0) + 1
    return gone
