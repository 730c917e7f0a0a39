"""Once an exam has forgotten its students nobody is named in it, and everything else is as it was."""

from __future__ import annotations

import csv
import html
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date
from zipfile import ZipFile, is_zipfile

import numpy as np
import pytest

from quizgen.adding import log_additions
from quizgen.amending import Request, amend
from quizgen.assigning import assign
from quizgen.bank.folders import Bank, open_grader
from quizgen.booklets.forms import forms_of
from quizgen.cli.keeping import refuse_too_early
from quizgen.desk import grade_files
from quizgen.errors import QuizgenError
from quizgen.exam.additions import Binding, Why, read_exam, write_addition, write_assignment
from quizgen.exam.model import Paper
from quizgen.exam.pseudonyms import is_pseudonym
from quizgen.exam.roster import Student
from quizgen.exam.tags import write_tag
from quizgen.keeping import swapping
from quizgen.keeping.archive import prove, write_archive
from quizgen.keeping.forgetting import forget
from quizgen.keeping.names import SOMEBODY, Names
from quizgen.keeping.places import Fate, fate_of, placed
from quizgen.keeping.proving import verify_archive
from quizgen.log import Actor, entries
from quizgen.making import make_exam
from quizgen.printing import print_again
from quizgen.regrading import regrade
from quizgen.report.late import read_deadline
from quizgen.revisions import revised
from quizgen.simulate import simulated_sheet

STAFF = Actor("prof", "2026-11-21T12:00:00+00:00")
ROSTER = {
    "ann.leezz@uni.example": {"Name": "Ann Leezz", "E-mail": "ann@mail.example", "room": "H1", "extra minutes": "30"},
    "=cmd|calc": {"Name": "Bobby O'Tabless <b>", "E-mail": "bobby@mail.example", "room": "H1", "extra minutes": ""},
    "Zoë-Müllerr": {"Name": "Zoë Müllerr", "E-mail": "zoe@mail.example", "room": "H2", "extra minutes": ""},
    "1020304": {"Name": 'Kimm, "Q" Parkzz', "E-mail": "kimm@mail.example", "room": "H2", "extra minutes": ""},
}
LATE, WALK_IN, STRANGER = "l8-Comerr", "walk.inn", "Ev_Strangerr"
TELLING = [*ROSTER, LATE, WALK_IN, STRANGER, "Leezz", "O'Tabless", "Müllerr", "Parkzz", "mail.example", "Latinerr"]


def small_exam(small_bank, folder, roster, n=6):
    bank = Bank("small", small_bank)
    students = [Student(name, details) for name, details in roster.items()]
    forms = forms_of("md")
    return make_exam(
        bank,
        bank.blueprint(),
        open_grader("standard"),
        n,
        out=folder,
        seed="s",
        roster=students,
        workbook=True,
        forms=forms,
    )


def add_papers(folder, whole, first):
    """Papers from number `first` on, as they stand in a larger exam of the same seed."""
    rows = np.arange(first - 1, whole.n)
    more = [
        replace(
            question,
            params={name: value.take(rows) for name, value in question.params.items()},
            expected={name: value.take(rows) for name, value in question.expected.items()},
            waived=0,
        )
        for question in whole.questions
    ]
    place = folder / "added" / "001.partial"
    (place / "booklets").mkdir(parents=True)
    papers = [Paper(LATE, first, {"Name": "Lee Latinerr", "room": "H1"})]
    write_addition(place, read_exam(folder), more, papers, Why("Latinerr came late", "prof"))
    (place / "booklets" / f"{first:03d}.md").write_text(f"for {LATE}", encoding="utf-8")
    (place / "submissions.csv").write_text(f"student,Name,tag,status,Q1.double\n{LATE},Lee Latinerr,X,,7\n", "utf-8")
    place.rename(folder / "added" / "001")


def sheet(place, rows):
    with place.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("student", "Q1.double", "Q1.plus", "Q2.map", "submitted"), *rows])
    return place


@pytest.fixture(scope="module")
def lived(small_bank, tmp_path_factory):
    """An exam with everything in it that names somebody."""
    # 1. made with spares, papers added, a walk-in, a paper exchanged
    folder = tmp_path_factory.mktemp("lived") / "exam"
    exam = small_exam(small_bank, folder, ROSTER)
    whole = small_exam(small_bank, folder.parent / "whole", ROSTER, 8)
    add_papers(folder, whole, 7)
    exam = read_exam(folder)
    write_assignment(folder, exam, [Binding(5, WALK_IN, {"Name": "Wally Innman"})], Why("new", "prof", STAFF.at))
    assign(folder, write_tag(exam.code, 6), "1020304", reason="Parkzz lost it", actor=STAFF)
    log_additions(folder)
    # 2. graded, late, in a file that bears a name; a row that fits nobody; names among the answers
    exam = read_exam(folder)
    right = dict(
        zip(range(1, exam.n + 1), exam.questions[0].expected["double"].cells.astype(int).tolist(), strict=True)
    )
    plus = {number: value + 7 for number, value in right.items()}
    rows = [
        ("ann.leezz@uni.example", right[1], "I am Ann Leezz", "", "2026-11-21T12:40"),
        ("=cmd|calc", right[2], "4", "[[1,2],[3,4]]", "2026-11-21T11:00"),
        ("Zoë-Müllerr", 3 * int(right[3] / 2), plus[3], "", ""),
        ("1020304", "1020304", plus[6], "", ""),
        (WALK_IN, "two?", "ask bobby@mail.example", "", ""),
        (LATE, right[7], plus[7] + 1, "", ""),
        (STRANGER, 1, 2, "", ""),
    ]
    named = sheet(folder.parent / "Ann Leezz_123_answers.csv", rows)
    due = read_deadline("2026-11-21T12:00")
    grade_files(folder, [named], report=False, actor=STAFF)
    # 3. decided, revised with a floor, printed, answered for, rehearsed; an amendment
    review = folder / "review.csv"
    text = review.read_text(encoding="utf-8")
    assert "I am Ann Leezz" in text
    decided = list(csv.reader(io.StringIO(text)))
    for row in decided[1:]:
        if row[4] == "`I am Ann Leezz`":
            row[8:] = ["1", "Leezz wrote it below", "prof"]
    with review.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(decided)
    changed = (folder / "problems" / "alpha.md").read_text(encoding="utf-8").replace("double + 7", "double + 8")
    regrade(folder, {"problems/alpha.md": changed}, reason="asked by ann.leezz@uni.example", write=True, actor=STAFF)
    print_again(folder, [], forms_of("md"), key=True)
    amend(folder, Request("Q2", "Parkzz appealed", within={"top": "2"}), STAFF)
    for place, text in (
        ("students/1020304.html", "1020304"),
        ("attendance/H1.csv", "Leezz"),
        ("runs/ff.partial/submissions.csv", "1020304"),
        ("added/002.partial/papers.json", "1020304"),
    ):
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(text, encoding="utf-8")
    rehearsed = folder.parent / "rehearsed.csv"
    rehearsed.write_text(simulated_sheet(exam, 0), encoding="utf-8")
    grade_files(folder, [rehearsed], report=False)
    grade_files(folder, [], deadline=due, actor=STAFF)
    prove(folder)
    shutil.rmtree(folder.parent / "whole")
    return folder


@pytest.fixture
def exam(lived, tmp_path):
    return shutil.copytree(lived, tmp_path / "exam", symlinks=True)


@pytest.fixture(scope="module")
def forgotten(lived, tmp_path_factory):
    """The exam before and after, and what forgetting said."""
    folder = shutil.copytree(lived, tmp_path_factory.mktemp("forgotten") / "exam", symlinks=True)
    return lived, folder, forget(folder, write=True, actor=STAFF, until="2026-01-01")


def contents(folder):
    """Every file below a folder, those in zips too: path -> bytes. What links of results stand for is there."""
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        found[name] = path.read_bytes()
        if is_zipfile(path):
            with ZipFile(path) as file:
                found |= {f"{name}!{member}": file.read(member) for member in file.namelist()}
    return found


def spellings(text):
    """A text as files may spell it."""
    spelled = {
        text,
        html.escape(text),
        json.dumps(text)[1:-1],
        text.replace('"', '""'),
        re.sub(r"([^\w\s])", r"\\\1", text),
    }
    return {one.casefold() for one in spelled}


def told_of(files):
    """Where somebody is named, in names of files or in their bytes."""
    wanted = {spelling for text in TELLING for spelling in spellings(text)}
    texts = ((name, f"{name}\n{data.decode('utf-8', errors='replace')}".casefold()) for name, data in files.items())
    return {(name, spelling) for name, text in texts for spelling in wanted if spelling in text}


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# ---- what is gone, and what stays --------------------------------------------------------------------------------


def test_the_search_finds_names_where_there_are_some(lived):
    where = {name for name, _ in told_of(contents(lived))}
    assert len(where) > 30
    assert {"log.jsonl", "papers.json", "staff/key.csv", "submissions.xlsx!xl/worksheets/sheet1.xml"} <= where


def test_nobody_is_named_in_any_byte_of_any_file(forgotten):
    _, folder, done = forgotten
    assert told_of(contents(folder)) == set()
    assert [path.name for path in folder.parent.iterdir()] == ["exam"]
    assert done.students == len(ROSTER) + 3
    assert not done.strange


def test_what_goes_is_told(forgotten):
    before, folder, done = forgotten
    gone = {"booklets/": 6, "added/001/booklets/": 1, "students/": 1, "attendance/": 1, "staff/key/": 6}
    assert gone.items() <= done.removed.items()
    assert set(done.removed) - gone.keys() == {"prints/", "rehearsal/"} & set(done.removed) | {"rehearsal", "prints/"}
    forgets = [entry for entry in entries(folder) if entry.what == "forget"]
    assert len(forgets) == 1
    assert forgets[0].by == "prof"
    old = entries(before)
    assert forgets[0].about == {
        "students": 7,
        "removed": sorted(done.removed),
        "before": {"entries": len(old), "head": old[-1].hash},
        "kept until": "2026-01-01",
    }


def test_marks_and_statistics_stay(forgotten):
    before, folder, _ = forgotten
    pages = [(place / "results" / "report.html").read_text(encoding="utf-8") for place in (before, folder)]
    first, second = (re.sub(r"asked by [^<\s]+", "asked by", page) for page in pages)  # the reason of a correction
    assert first == second
    for name in ("staff/items.csv", "staff/mistakes.csv", "staff/variants.csv", "grader.yaml"):
        assert (folder / "results" / name).read_bytes() == (before / "results" / name).read_bytes(), name
    for name, columns in {
        "grades.csv": ("status", "points", "max", "Q1", "Q2", "review"),
        "marks.csv": ("question", "variant", "answer", "points", "max", "outcome", "note", "expected", "rule"),
    }.items():
        old, new = (
            Counter(tuple(row[column] for column in columns) for row in table(place / "results" / name))
            for place in (before, folder)
        )
        assert old == new, name
        assert all(is_pseudonym(row["student"]) for row in table(folder / "results" / name))
    students = {row["student"] for row in table(folder / "results" / "grades.csv")}
    assert len(students) == len(ROSTER) + 2
    feedback = {path.name for path in (folder / "results" / "feedback").iterdir()}
    handed = {row["student"] for row in table(folder / "results" / "marks.csv")}
    assert feedback == {f"{student}.{form}" for student in handed for form in ("md", "html")}


def test_the_exam_is_the_same_and_proves_itself(forgotten, tmp_path):
    before, folder, _ = forgotten
    was, now = revised(read_exam(before), before), revised(read_exam(folder), folder)
    assert (was.exam.id, was.number) == (now.exam.id, now.number)
    assert [paper.number for paper in was.exam.papers] == [paper.number for paper in now.exam.papers]
    assert sorted(map(len, was.exam.former.values())) == sorted(map(len, now.exam.former.values()))
    assert [floor.points for floor in was.floors] == [floor.points for floor in now.floors]
    assert len(now.floors) >= 2
    prove(folder)
    assert verify_archive(write_archive(folder, tmp_path / "a.zip").place).entries == len(entries(folder))
    for name in ("exam.json", "problems/beta.md", "variants/Q1-000.npz", "rules.md", "revisions/001/problems/alpha.md"):
        assert (folder / name).read_bytes() == (before / name).read_bytes()


def test_grading_and_regrading_again_change_nothing(forgotten, tmp_path):
    _, folder, _ = forgotten
    copy = shutil.copytree(folder, tmp_path / "exam", symlinks=True)
    marks = (copy / "results" / "marks.csv").read_bytes()
    assert regrade(copy, {}).corrected == ()
    grade_files(copy, [], actor=STAFF)
    assert (copy / "results" / "marks.csv").read_bytes() == marks
    assert len(entries(copy)) == len(entries(folder))


def test_people_of_the_staff_and_their_reasons_stay(forgotten):
    _, folder, _ = forgotten
    told = [(entry.what, entry.by, entry.about.get("reason")) for entry in entries(folder)]
    names = {paper.student for paper in read_exam(folder).papers}
    (asked,) = [reason for what, _, reason in told if what == "regrade"]
    assert asked.startswith("asked by p-")
    assert asked.removeprefix("asked by ") in names
    assert {by for what, by, _ in told if what != "grade"} == {"prof"}
    decided = [row for row in table(folder / "review.csv") if row["points"]]
    assert [(row["by"], row["given"].startswith("`I am p-")) for row in decided] == [("prof", True)]
    assert json.loads((folder / "amendments" / "001" / "amendment.json").read_text())["reason"].endswith(" appealed")


def test_a_number_in_an_answer_stays_one(forgotten):
    """Who typed the own number into a cell was wrong, and not unreadable."""
    before, folder, _ = forgotten
    (run,) = (folder / "runs").glob("*/submissions.csv")
    assert "9999999" in [row["Q1.double"] for row in table(run)]
    assert "1020304" in [row["Q1.double"] for row in table(next((before / "runs").glob("*[!l]/submissions.csv")))]


def test_with_the_times_and_the_names_of_files_more_is_gone(forgotten):
    _, folder, _ = forgotten
    (run,) = (folder / "runs").glob("*/submissions.csv")
    assert {(row["time"], row["file"]) for row in table(run)} == {("", "file-001.csv")}
    (late,) = table(folder / "results" / "late.csv")
    assert (late["handed in"], late["due"], late["minutes late"]) == ("", "", "10.0")
    (refused,) = table(folder / "results" / "rejects.csv")
    assert refused["text"] == ""
    assert is_pseudonym(refused["student"])
    assert table(folder / "submissions.csv")[0].keys() == {"student", "tag", "status"} | {
        name for name in table(folder / "submissions.csv")[0] if name.startswith("Q")
    }


@pytest.mark.parametrize("block", ["variants/Q1-000.npz", "added/001/variants/Q1-000.npz"])
def test_stored_values_are_compared_for_added_papers_too_and_after_revisions(exam, block):
    """At every grading; and so what is kept, and what is forgotten, was computed as it is now."""
    with np.load(exam / block, allow_pickle=False) as data:
        values = dict(data)
    values["expected.plus"] = values["expected.plus"] * (1 + 3e-9)
    np.savez(exam / block, **values)
    for command in (lambda: grade_files(exam, []), lambda: write_archive(exam), lambda: forget(exam, write=True)):
        with pytest.raises(
            QuizgenError, match=r"Q1\.plus of variant 1 was stored with another value than computed now"
        ):
            command()


# ---- once, and not too early -------------------------------------------------------------------------------------


def test_repeating_it_changes_nothing(forgotten):
    _, folder, _ = forgotten
    before = contents(folder)
    done = forget(folder, write=True, actor=STAFF)
    assert (done.known, done.students) == (True, 0)
    assert contents(folder) == before


def test_without_write_it_only_tells(exam):
    (exam / "notes.txt").write_text("seen by the board")
    (exam / "scans").mkdir()
    (exam / "scans" / "list.txt").write_text("Zoë Müllerr was here", encoding="utf-8")
    before = contents(exam)
    planned = forget(exam)
    assert contents(exam) == before
    assert [path.name for path in exam.parent.iterdir()] == ["exam"]
    assert planned.strange == {"notes.txt": False, "scans/list.txt": True}
    done = forget(exam, write=True)
    assert (done.students, done.removed, done.strange) == (planned.students, planned.removed, planned.strange)
    assert (exam / "scans" / "list.txt").exists()


def test_who_comes_later_is_forgotten_too(exam):
    forget(exam, write=True)
    assign(exam, tag(exam, 8), "new-Comerr", new=True)
    assert forget(exam, write=True).students == 1
    assert not any("new-comerr" in data.decode(errors="replace").lower() for data in contents(exam).values())


@pytest.mark.parametrize(("today", "early"), [("2027-03-30", True), ("2027-03-31", True), ("2027-04-01", False)])
def test_an_exam_is_kept_until_its_day_is_over(today, early):
    if not early:
        refuse_too_early(date(2027, 3, 31), date.fromisoformat(today))
        return
    with pytest.raises(QuizgenError, match=f"is to be kept until 2027-03-31, and today is {today}"):
        refuse_too_early(date(2027, 3, 31), date.fromisoformat(today))


def test_results_with_pseudonyms_get_others(exam):
    grade_files(exam, [], pseudonymise=True, actor=STAFF)
    given = {row["student"] for row in table(exam / "results" / "grades.csv")}
    assert (exam / "staff" / "pseudonym-key.txt").exists()
    forget(exam, write=True)
    now = {row["student"] for row in table(exam / "results" / "grades.csv")}
    assert all(map(is_pseudonym, given | now))
    assert not given & now, "who kept an old list must not be able to go back"
    assert not list((exam / "staff").glob("pseudonym*"))
    assert not any(name.encode() in data for name in given for data in contents(exam).values())


def test_marks_that_grading_would_not_give_stop_it(exam):
    review = exam / "review.csv"
    review.write_text(review.read_text(encoding="utf-8").replace(",1,Leezz wrote", ",0,Leezz wrote"), encoding="utf-8")
    before = contents(exam)
    with pytest.raises(QuizgenError, match="gives other marks than the results hold"):
        forget(exam, write=True)
    assert contents(exam) == before
    assert [path.name for path in exam.parent.iterdir()] == ["exam"]


def test_an_exam_without_a_roster_keeps_its_booklets(make_small, tmp_path):
    folder = tmp_path / "exam"
    make_small(folder, 3)
    assert forget(folder, write=True).known
    sheet(tmp_path / "a.csv", [("student-001", 1, 2, "", ""), ("mia.Realname", 1, 2, "", "")])
    text = (tmp_path / "a.csv").read_text().replace("student,", "student,tag,").replace("student-001,", "student-001,,")
    (tmp_path / "a.csv").write_text(text.replace("mia.Realname,", f"mia.Realname,{tag(folder, 2)},"))
    grade_files(folder, [tmp_path / "a.csv"])
    done = forget(folder, write=True)
    assert (done.students, done.removed) == (1, {})
    assert (folder / "booklets" / "001.md").exists()
    assert {row["student"][:2] for row in table(folder / "results" / "grades.csv")} == {"st", "p-"}
    assert not any(b"Realname" in data for data in contents(folder).values())


def tag(folder, number):
    return write_tag(read_exam(folder).code, number)


# ---- killed ------------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """As if the process ended here."""


@pytest.fixture(scope="module")
def small(make_small, tmp_path_factory):
    """An exam of two students, graded."""
    folder = tmp_path_factory.mktemp("small") / "exam"
    make_small(folder, 2, ("ann.Leezz", "bob.Müllerr"))
    grade_files(folder, [sheet(folder.parent / "a.csv", [("ann.Leezz", 1, 2, "", "")])], forms=["md"], report=False)
    return folder


@pytest.mark.parametrize("moment", range(4))
def test_where_folders_cannot_be_exchanged_a_killed_one_is_finished(small, tmp_path, monkeypatch, moment):
    """Without a step for both names there are two; whoever comes next does the second."""
    exam = shutil.copytree(small, tmp_path / "exam", symlinks=True)
    monkeypatch.setattr(swapping, "exchanged", lambda *_: False)
    steps = 0
    rename = type(exam).rename

    def dying(path, target):
        nonlocal steps
        if "exam" in path.name and path.parent == exam.parent:
            steps += 1
            if steps == moment + 1:
                raise Killed
        return rename(path, target)

    monkeypatch.setattr(type(exam), "rename", dying)
    monkeypatch.setattr("quizgen.keeping.forgetting.shutil.rmtree", lambda *_, **__: None)
    if moment < 3:
        with pytest.raises(Killed):
            forget(exam, write=True)
    else:
        forget(exam, write=True)
    monkeypatch.undo()
    swapping.finish(exam)
    assert [path.name for path in exam.parent.iterdir()] == ["exam"]
    forget(exam, write=True)
    assert told_of(contents(exam)) == set()
    prove(exam)


# Each child forgets in a copy of its own, and kills itself just before its k-th change to the disk.
DRIVER = """
import json, os, shutil, signal, sys
from pathlib import Path
from quizgen.keeping.forgetting import forget

CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "os.chmod", "os.truncate"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

def child(folder, moment, pipe):
    count = 0
    def hook(event, args):
        nonlocal count
        if event in CHANGES or event == "open" and args[2] & WRITING and str(args[0]) != os.devnull:
            count += 1
            if count == moment:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    forget(Path(folder), write=True)
    os.write(pipe, str(count).encode())

def run(folder, moment):
    read, write = os.pipe()
    if not os.fork():
        try:
            child(folder, moment, write)
        finally:
            os._exit(0)
    os.close(write)
    os.wait()
    with os.fdopen(read) as told:
        return int(told.read() or 0)

old, fresh = Path(sys.argv[1]), Path(sys.argv[2])
total = run(shutil.copytree(old, fresh / "whole" / "exam", symlinks=True), 0)
moments = sorted({*range(1, total, max(1, total // 5)), total - 1, total})
folders = [shutil.copytree(old, fresh / str(moment) / "exam", symlinks=True) for moment in moments]
print(json.dumps([total, [run(folder, moment) for folder, moment in zip(folders, moments)]]))
"""


def test_killed_at_any_moment_it_leaves_the_old_exam_or_the_new_one(small, tmp_path):
    old = small
    (tmp_path / "killed").mkdir()
    run = [sys.executable, "-c", DRIVER, str(old), str(tmp_path / "killed")]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
    total, finished = json.loads(subprocess.run(run, check=True, capture_output=True, text=True, env=env).stdout)
    assert total > 40
    assert not any(finished), "all were killed"
    before, states = contents(old), []
    for place in (tmp_path / "killed").iterdir():
        found = contents(place / "exam")
        states.append("old" if found == before else "new")
        assert states[-1] == "old" or not told_of(found), "nothing between the two"
        again = forget(place / "exam", write=True)
        assert again.known == (states[-1] == "new")
        assert [path.name for path in place.iterdir()] == ["exam"], "what the killed one left is gone"
        assert not told_of(contents(place / "exam"))
        prove(place / "exam")
    assert {"old", "new"} == set(states)


# ---- names in texts ----------------------------------------------------------------------------------------------


NAMED = Names(
    ["ann", "ann.lee", "1020304", "x y", "p-aaaaaaaaaaaa"],
    [
        Paper("ann", 1, {"Name": "Ann Lee", "course": "Maths", "seat": "Row 12"}),
        Paper("1020304", 2, {"Name": "Max Poole", "course": "Maths", "phone": "0170-1234567"}),
    ],
    options=["max"],
)
ANN, LEE, KIM = (NAMED.of(student) for student in ("ann", "ann.lee", "1020304"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ann was ill", f"{ANN} was ill"),
        ("ANN, ann_2, (ann)", f"{ANN}, {ANN}_2, ({ANN})"),
        ("annual channel", "annual channel"),
        ("ann.lee", LEE),
        ("Ann Lee and Lee", f"{ANN} and {ANN}"),
        ("1020304 and 10203045", f"{KIM} and 10203045"),
        ("in Maths, Row 12", f"in {SOMEBODY}, Row 12"),
        ("call 0170-1234567", f"call {KIM}"),
        ("Poole's", f"{KIM}'s"),
        ("", ""),
    ],
    ids=lambda text: text.replace(ANN, "1").replace(LEE, "2").replace(KIM, "3"),
)
def test_names_are_found_in_what_people_wrote(text, says):
    assert NAMED.text(text) == says


@pytest.mark.parametrize(
    ("text", "student", "says"),
    [
        ("1020304", "ann", "1020304"),
        ("1020304", "1020304", "9999999"),
        ("max", "1020304", "max"),
        ("max pooling", "ann", "max pooling"),
        ("Max Poole", "ann", KIM),
        ("ann", "1020304", ANN),
        ("3.5", "ann", "3.5"),
    ],
    ids=lambda text: text.replace(ANN, "1").replace(LEE, "2").replace(KIM, "3"),
)
def test_answers_are_left_alone_where_they_can_be(text, student, says):
    assert NAMED.answer(text, student) == says


def test_other_names_are_others_each_time_and_stay_once_given():
    assert Names(["ann"], []).of("ann") != Names(["ann"], []).of("ann")
    assert NAMED.of("p-aaaaaaaaaaaa") == "p-aaaaaaaaaaaa"
    assert NAMED.renamed == 4
    assert NAMED.of("nobody knows") == SOMEBODY


def test_every_file_of_an_exam_has_its_place(lived):
    fates = {one.path: one.fate for one in placed(lived)}
    assert Fate.STRANGE not in fates.values()
    assert set(fates.values()) == set(Fate) - {Fate.STRANGE}
    assert fate_of("staff/not-in.npz") is Fate.KEPT
    assert fate_of("booklets.txt") is Fate.STRANGE
    assert {fate_of(f"{above}staff/attendance/H1.pdf") for above in ("", "added/001/")} == {Fate.REMOVED}


# ---- the command -------------------------------------------------------------------------------------------------


def test_the_command_asks_first_and_refuses_before_the_day(quizgen, lived, tmp_path):
    shutil.copytree(lived, tmp_path / "exam", symlinks=True)
    before = contents(tmp_path / "exam")
    early = quizgen("forget", "--after", "2999-12-31", "--yes")
    assert early.err.startswith("quizgen: this exam is to be kept until 2999-12-31, and today is ")
    asked = quizgen("forget")
    assert asked.out.splitlines()[0] == "exam: 7 students would get other names, for good"
    assert "add --yes" in asked.out
    assert contents(tmp_path / "exam") == before
    assert quizgen("forget", "--after", "soon").code == 2
    done = quizgen("forget", "--after", "2020-02-02", "--yes")
    assert done.out.splitlines()[0] == "exam: 7 students have other names now; nobody can go back"
    assert told_of(contents(tmp_path / "exam")) == set()
    assert quizgen("forget", "--yes").out == "exam: nobody is named in it; nothing was changed\n"
    assert quizgen("log", "verify").code == 0
    assert quizgen("print", "--to", "md").code == 0
    assert (early.code, asked.code, done.code) == (1, 0, 0)
