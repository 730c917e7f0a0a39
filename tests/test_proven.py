"""The log proves every addition: whatever is changed, left out or put in beside an exam is found."""

from __future__ import annotations

import json
import shutil

import pytest

from quizgen.adding import add_papers
from quizgen.amending import Request, amend, withdraw
from quizgen.assigning import assign
from quizgen.booklets.forms import forms_of
from quizgen.errors import QuizgenError
from quizgen.exam.additions import Why, read_exam
from quizgen.exam.roster import Student
from quizgen.exam.tags import write_tag
from quizgen.log import Actor
from quizgen.proven import verify_recorded
from quizgen.regrading import regrade

KIM = Actor("kim", "2026-03-01T10:00:00+00:00")


@pytest.fixture(scope="module")
def lived(make_small, tmp_path_factory):
    """An exam to which everything has happened once."""
    folder = tmp_path_factory.mktemp("lived") / "exam"
    make_small(folder, 4, ("ann", "bob"))
    add_papers(folder, 1, [Student("zoe", {})], Why("late", KIM.by, KIM.at), forms_of("md"))
    assign(folder, write_tag(read_exam(folder).code, 3), "ann", reason="coffee", actor=KIM)
    amend(folder, Request("Q1", "seen often", accepted={"double": "4 * a"}), KIM)
    regrade(folder, {}, write=True, actor=KIM)
    amend(folder, Request("Q2", "smudged", void="full"), KIM)
    withdraw(folder, 2, "it could be read", KIM)
    return folder


@pytest.fixture
def folder(lived, tmp_path):
    return shutil.copytree(lived, tmp_path / "exam")


def changed(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")


def test_what_was_not_touched_is_proven(folder):
    verify_recorded(folder)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("added/001/added.json", '"late"', '"invited"'),
        ("added/001/papers.json", '"zoe"', '"zac"'),
        ("assignments/001.json", '"coffee"', '"tea"'),
        ("amendments/001/amendment.json", '"seen often"', '"as agreed"'),
        ("amendments/001/problems/alpha.md", "4 * a", "5 * a"),
        ("amendments/002/amendment.json", '"full"', '"none"'),
        ("revisions/001/revision.json", '"seen often"', '"as agreed"'),
        ("revisions/001/problems/alpha.md", "4 * a", "5 * a"),
        ("revisions/001/floors.csv", "student", "Student"),
    ],
)
def test_whatever_is_changed_is_found(folder, name, old, new):
    changed(folder / name, old, new)
    with pytest.raises(QuizgenError, match=r"is not what the log says|was changed after it was made") as found:
        verify_recorded(folder)
    assert str(folder / name) in str(found.value)


@pytest.mark.parametrize(
    "name", ["added/001", "assignments/001.json", "amendments/002", "revisions/001", "amendments/002/withdrawn.json"]
)
def test_whatever_is_taken_out_is_found(folder, name):
    path = folder / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(QuizgenError, match="is in the log, but not there") as found:
        verify_recorded(folder)
    assert str(path) in str(found.value)


@pytest.mark.parametrize(
    ("like", "name", "again"),
    [
        ("added/001", "added/002", "add"),
        ("assignments/001.json", "assignments/002.json", "assign"),
        ("amendments/001", "amendments/003", "amend"),
        ("revisions/001", "revisions/002", "regrade --apply"),
        ("amendments/002/withdrawn.json", "amendments/001/withdrawn.json", "amend --withdraw 1"),
    ],
)
def test_whatever_is_put_in_is_found(folder, like, name, again):
    (shutil.copytree if (folder / like).is_dir() else shutil.copy)(folder / like, folder / name)
    with pytest.raises(QuizgenError, match="is not in the log") as found:
        verify_recorded(folder)
    assert str(folder / name) in str(found.value)
    assert f"quizgen {again}'" in str(found.value)


def test_the_command_proves_it(folder, quizgen):
    assert quizgen("log", "verify", "--exam", folder).code == 0
    about = json.loads((folder / "amendments" / "001" / "amendment.json").read_text(encoding="utf-8"))
    (folder / "amendments" / "001" / "amendment.json").write_text(json.dumps(about | {"by": "lee"}), encoding="utf-8")
    ran = quizgen("log", "verify", "--exam", folder)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.count("\n") == 1
