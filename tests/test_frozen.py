"""The exam that the first release made is read and graded to the same bytes for ever.

If a test here fails, the change that made it fail is wrong, or it is a new format. `golden/` is never made anew and
never mended: students hold what it says. To write results otherwise on purpose, leave exams of `"format": 1` as they
are, give the new way `"format": 2` and a golden exam of its own, and let both be tested. `golden/make.py` says more.
"""

from __future__ import annotations

import csv
import hashlib
import shutil
from pathlib import Path

import pytest

from quizgen.desk import grade_files
from quizgen.exam.additions import read_exam
from quizgen.keeping.archive import prove, write_archive
from quizgen.keeping.forgetting import forget
from quizgen.keeping.proving import verify_archive
from quizgen.log import Actor
from quizgen.marking.outcomes import Outcome
from quizgen.regrading import regrade
from quizgen.revisions import revised

GOLDEN = Path(__file__).parent / "golden"
FROZEN = "c7c5106d6b8cfd8b444bdff4ecf10086"  # of all files in it: whoever changes one has to say so here
LATER = ("runs", "review.csv", "revisions", "log.jsonl", "results")  # came after the exam was made
SOMEBODY = Actor("professor", "2036-11-21T12:00:00+00:00")


@pytest.fixture
def golden(tmp_path, monkeypatch):
    """A copy to work on, from which files are named as they were."""
    place = shutil.copytree(GOLDEN, tmp_path / "golden")
    monkeypatch.chdir(place)
    return place


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def same(results, expected):
    """Every file that is expected is there, and says the same."""
    wanted = contents(expected)
    wanted.pop("state.json")  # it names the last entry of the log, which knows the hour
    assert len(wanted) >= 4
    assert {name: contents(results).get(name) for name in wanted} == wanted


def test_nobody_touched_it():
    state = hashlib.blake2b(digest_size=16)
    for name, data in sorted(contents(GOLDEN).items()):
        if "__pycache__" not in name and name != "make.py":
            state.update(f"{name}\0{len(data)}\0".encode() + data)
    assert state.hexdigest() == FROZEN, "golden/ is frozen: take your change to it back (see the top of this file)"


def test_it_is_worth_keeping():
    outcomes = set()
    for name in ("first", "last"):
        with (GOLDEN / "expected" / name / "marks.csv").open(encoding="utf-8", newline="") as file:
            outcomes |= {row["outcome"] for row in csv.DictReader(file)}
    assert outcomes == {str(outcome) for outcome in Outcome} - {"not asked", "void"}
    with (GOLDEN / "exam" / "revisions" / "001" / "floors.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 3
    assert sum(map(len, contents(GOLDEN).values())) < 300_000


def test_it_is_read_and_its_values_are_computed_alike():
    exam = read_exam(GOLDEN / "exam")
    assert (exam.id, exam.code) == ("55b73d339f78b447416d16559b1e4ac0", "R8JR")
    assert [paper.student for paper in exam.papers] == ["007", "=1+1", "c/../d", "Ann", "ann", "pool"]
    assert [question.problem.name for question in exam.questions] == ["conv-forward", "conv-window", "vgg-table"]
    assert exam.spares == [7, 8]
    assert revised(exam, GOLDEN / "exam").number == 1


def test_its_files_are_graded_to_the_same_bytes(golden):
    for name in LATER:
        place = golden / "exam" / name
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    desk = grade_files(Path("exam"), [Path("answers.csv"), Path("platform.csv")], report=False, actor=SOMEBODY)
    same(desk.results, golden / "expected" / "first")


def test_with_decisions_and_revisions_it_is_graded_to_the_same_bytes(golden):
    before = contents(golden / "exam")
    desk = grade_files(Path("exam"), [], revised(read_exam(Path("exam")), Path("exam")).exam.grader, report=False)
    same(desk.results, golden / "expected" / "last")
    after = contents(golden / "exam")
    assert [name for name in before if not name.startswith("results/") and before[name] != after[name]] == []
    assert regrade(Path("exam"), {}).by_student() == []


def test_it_can_be_proven_archived_and_forgotten(golden, tmp_path):
    assert prove(Path("exam")).entries == 6
    assert verify_archive(write_archive(Path("exam"), tmp_path / "a.zip").place).quizgen
    assert forget(Path("exam"), write=True, actor=SOMEBODY).students == 6
    points = []
    for place in (golden / "exam" / "results", golden / "expected" / "last"):
        with (place / "grades.csv").open(encoding="utf-8", newline="") as file:
            points.append([row["points"] for row in csv.DictReader(file)])
    assert points[0] == points[1]
