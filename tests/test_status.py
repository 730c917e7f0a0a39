"""Where an exam stands at every stage of its life, and what comes next: as a value, in words, as JSON."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from tables import rows, write
from typer.main import get_command

from quizgen.bank.folders import Bank, open_grader
from quizgen.cli.running import app
from quizgen.desk import grade_files
from quizgen.errors import QuizgenError
from quizgen.exam.additions import Binding, Why, read_exam, write_assignment
from quizgen.exam.locks import locked
from quizgen.exam.roster import Student
from quizgen.exam.tags import write_tag
from quizgen.log import Actor, append, entries
from quizgen.making import make_exam
from quizgen.status import Room, model, status_of

ANN = Actor("ann", "2026-03-01T10:00:00+00:00")
HOSTILE = "B\x1b[2J\u202e"
ROOMS = {"amy": "A", "bob": "A", "cid": "A", "dot": HOSTILE, "eva": HOSTILE, "fay": ""}


@pytest.fixture(scope="module")
def drawn(small_bank, tmp_path_factory):
    """An exam in two rooms, as it was made; nothing is done to it."""
    bank = Bank("small", small_bank)
    roster = [
        Student(name, {"Room": room, "Identifier": f"Participant {i}"})
        for i, (name, room) in enumerate(ROOMS.items(), 1)
    ]
    place = tmp_path_factory.mktemp("status") / "exam"
    make_exam(bank, bank.blueprint(), open_grader("standard"), 6, out=place, seed="status", roster=roster)
    return place


@pytest.fixture
def exam(drawn, tmp_path):
    return shutil.copytree(drawn, tmp_path / "exam")


def graded(exam, changes, **more):
    """Grade the right answers of everybody whose column is not said to be blank; `changes`: student -> cells."""
    table = rows(exam / "submissions.csv")
    for row, right in zip(table, rows(exam / "staff" / "key.csv"), strict=True):
        row.update({column: text for column, text in right.items() if column.startswith("Q")})
        row.update(changes.get(row["student"], {}))
    path = write(exam.parent / "sheet.csv", table)
    return grade_files(exam, [path], actor=ANN, forms=("html",), report=False, **more)


def blank(exam):
    return {column: "" for column in rows(exam / "submissions.csv")[0] if column.startswith("Q")}


# ---- the stages --------------------------------------------------------------------------------------------------


def test_what_was_just_made_waits_for_a_rehearsal(exam):
    now = status_of(exam)
    assert (now.papers, now.held, now.spares, now.secret, now.quizgen) == (6, 6, 0, False, "0.1.0")
    assert (now.handed_in, now.rooms, now.graded, now.waiting, now.outputs) == (None, (), None, 0, ())
    assert now.made == (exam / "exam.json").stat().st_mtime
    assert now.next.command == f"quizgen simulate --exam {exam}"


def test_after_the_rehearsal_real_answers_are_waited_for(quizgen, exam):
    assert quizgen("simulate").code == 0
    assert quizgen("grade", "simulated.csv").code == 0
    now = status_of(exam)
    assert (now.rehearsed, now.graded, now.handed_in) == (True, None, None)
    assert now.next.command == f"quizgen grade {exam}/submissions.csv"


def test_those_who_handed_in_are_counted_in_their_rooms(exam):
    graded(exam, {"bob": blank(exam), "dot": blank(exam) | {"status": "excused"}, "eva": blank(exam)})
    now = status_of(exam)
    assert now.handed_in == Room("", 6, 3, 2, 1)
    assert now.rooms == (Room("A", 3, 2, 1, 0), Room(HOSTILE, 2, 0, 1, 1), Room("", 1, 1, 0, 0))
    assert (now.graded.at, now.graded.by, now.graded.grader, now.graded.runs) == (ANN.at, "ann", "standard", 1)
    assert now.next.command == f"quizgen gradebook csv --exam {exam}"


def test_pseudonyms_keep_their_rooms(exam):
    graded(exam, {"bob": blank(exam)}, pseudonymise=True)
    assert "bob" not in (exam / "results" / "grades.csv").read_text(encoding="utf-8")
    assert status_of(exam).rooms[0] == Room("A", 3, 2, 1, 0)


def test_without_a_roster_papers_without_answers_are_absent(make_small, tmp_path):
    make_small(tmp_path / "exam", 4)
    graded(tmp_path / "exam", {"student-002": blank(tmp_path / "exam")})
    now = status_of(tmp_path / "exam")
    assert (now.handed_in, now.rooms) == (Room("", 4, 3, 1, 0), ())


def test_what_waits_and_what_was_decided_since(quizgen, exam):
    graded(exam, {"amy": {"Q1.double": "unreadable"}, "bob": {"Q1.plus": "what?"}})
    now = status_of(exam)
    assert (now.waiting, now.decided) == (2, 0)
    assert "review.csv" in now.next.why
    table = rows(exam / "review.csv")
    table[0]["points"] = "1"
    write(exam / "review.csv", table)
    now = status_of(exam)
    assert (now.waiting, now.decided) == (2, 1)
    assert now.next.command.startswith("quizgen regrade")
    assert quizgen("regrade", "--apply").code == 0
    now = status_of(exam)
    assert (now.waiting, now.decided) == (1, 0)
    table = rows(exam / "review.csv")
    assert sum(row["points"] == "1" for row in table) == 1
    write(exam / "review.csv", [row | {"points": "0" if row["points"] else ""} for row in table])
    assert status_of(exam).decided == 1


def test_refused_rows_are_counted_until_they_are_put_right(exam):
    graded(exam, {"amy": {"tag": "K7RF-001-X"}})
    now = status_of(exam)
    assert now.rejects == 1
    assert now.next.command == f"quizgen grade --exam {exam} FILE"
    graded(exam, {})
    assert status_of(exam).rejects == 0


def test_papers_that_change_hands_ask_for_a_regrade(exam):
    graded(exam, {})
    why = Why("swapped", ANN.by, ANN.at)
    write_assignment(exam, read_exam(exam), [Binding(1, "bob"), Binding(2, "amy")], why)
    append(exam, ANN, "assign", {"assignment": 1})
    now = status_of(exam)
    assert (now.assignments, now.moved, now.held) == (1, True, 6)
    assert now.next.command == f"quizgen regrade --exam {exam}"


def test_an_amendment_is_pending_until_a_revision_names_it(exam):
    graded(exam, {})
    for number in (1, 2, 3):
        (exam / "amendments" / f"{number:03d}").mkdir(parents=True)
    (exam / "amendments" / "002" / "withdrawn.json").write_text("{}")
    assert status_of(exam).amendments == (1, 3)
    (exam / "revisions" / "001").mkdir(parents=True)
    (exam / "revisions" / "001" / "revision.json").write_text('{"amendments": [1]}')
    now = status_of(exam)
    assert (now.revisions, now.amendments) == (1, (3,))
    assert now.next.command.startswith("quizgen regrade")


def test_what_was_written_for_others_and_is_older_than_the_marks(quizgen, exam):
    graded(exam, {"amy": {"Q1.double": "1"}})
    assert quizgen("export", "moodle", "--pool", 2).code == 0
    assert quizgen("gradebook", "moodle").code == 0
    assert quizgen("feedback", "moodle").code == 0
    now = status_of(exam)
    told = [(output.what, output.form, output.file, output.stale) for output in now.outputs]
    assert told == [
        ("export", "moodle", "export-moodle.xml", False),
        ("gradebook", "moodle", "gradebook-moodle.csv", False),
        ("feedback", "moodle", "feedback-moodle.zip", False),
    ]
    assert now.next.command == f"quizgen archive --exam {exam}"
    graded(exam, {"amy": {"Q1.double": "2"}}, replace=True)
    now = status_of(exam)
    assert [output.stale for output in now.outputs] == [False, False, True]  # the same points, another answer
    graded(exam, {}, replace=True)
    now = status_of(exam)
    assert [output.stale for output in now.outputs] == [False, True, True]
    assert now.next.command == f"quizgen gradebook moodle --exam {exam}"


def test_the_gradebook_goes_with_the_platform(quizgen, exam):
    assert quizgen("export", "canvas", "--pool", 2).code == 0
    graded(exam, {})
    assert status_of(exam).next.command == f"quizgen gradebook canvas --exam {exam}"


# ---- the log -----------------------------------------------------------------------------------------------------


def test_writing_the_same_again_adds_nothing_to_the_log(quizgen, exam):
    graded(exam, {})
    for _ in range(2):
        assert quizgen("gradebook", "csv").code == 0
        assert quizgen("export", "gift", "--pool", 1).code == 0
    assert [entry.what for entry in entries(exam)] == ["grade", "gradebook", "export"]
    about = entries(exam)[1].about
    assert about["file"] == "gradebook-csv.csv"
    assert str(exam.parent) not in (exam / "log.jsonl").read_text(encoding="utf-8")
    assert quizgen("log", "verify").code == 0


def test_what_was_refused_is_not_in_the_log(quizgen, exam):
    graded(exam, {"amy": {"Q1.double": "what?"}})
    assert quizgen("gradebook", "csv").code == 1
    assert quizgen("feedback", "canvas").code == 2
    assert [entry.what for entry in entries(exam)] == ["grade"]


def test_a_log_that_was_changed_stops(quizgen, exam):
    graded(exam, {})
    path = exam / "log.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace('"by": "ann"', '"by": "bob"'), encoding="utf-8")
    ran = quizgen("status")
    assert (ran.code, ran.out) == (1, "")
    assert "exam/log.jsonl:1: this entry was changed" in ran.err


# ---- what is printed ---------------------------------------------------------------------------------------------


def test_the_words(quizgen, exam):
    graded(exam, {"bob": blank(exam)})
    lines = quizgen("status").out.splitlines()
    assert lines[0] == f"exam       {read_exam(exam).code}: small"
    assert lines[2:] == [
        "papers     6, 6 held, 0 spares",
        "handed in  5 of 6, 1 absent, 0 excused",
        "           A: 2 of 3, 1 absent, 0 excused",
        "           B·[2J·: 2 of 2, 0 absent, 0 excused",
        "           no room: 1 of 1, 0 absent, 0 excused",
        "graded     2026-03-01T10:00:00+00:00, by ann; grader standard, 1 run",
        "review     nothing waits",
        "rejects    none",
        "",
        "next: quizgen gradebook csv    (everything is marked: publish the points)",
    ]
    assert re.fullmatch(r"made       \d{4}-\d\d-\d\dT[\d:]+\+00:00, by quizgen 0.1.0, from a public seed", lines[1])


def test_json_says_the_same(quizgen, exam):
    graded(exam, {"bob": blank(exam)})
    ran = quizgen("status", "--json")
    assert ran.out.isascii()
    told = json.loads(ran.out)
    assert told["rooms"][1] == {"name": HOSTILE, "papers": 2, "handed_in": 2, "absent": 0, "excused": 0}
    assert (told["folder"], told["spares"], told["graded"]["runs"]) == ("exam", 0, 1)
    assert told["next"]["command"] == "quizgen gradebook csv"


def test_it_changes_nothing(quizgen, exam):
    graded(exam, {})
    before = {path: path.read_bytes() for path in exam.rglob("*") if path.is_file()}
    assert quizgen("status").code == 0
    assert {path: path.read_bytes() for path in exam.rglob("*") if path.is_file()} == before


def test_a_folder_with_spaces_is_quoted(drawn, tmp_path):
    place = shutil.copytree(drawn, tmp_path / "my exam; rm")
    assert status_of(place).next.command == f"quizgen simulate --exam '{place}'"


def test_variants_are_not_read(quizgen, exam):
    graded(exam, {})
    shutil.rmtree(exam / "variants")
    assert quizgen("status").code == 0


def test_no_exam_is_told(quizgen):
    ran = quizgen("status", "--exam", "nowhere")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "nowhere: is no exam folder" in ran.err


def test_results_that_cannot_be_read_are_told(exam):
    graded(exam, {})
    (exam / "results" / "grades.csv").write_text("student,points\namy,1\n", encoding="utf-8")
    with pytest.raises(QuizgenError, match="cannot be read") as refused:
        status_of(exam)
    assert refused.value.where == str(exam / "results" / "grades.csv")


def test_a_large_class_in_many_rooms(exam):
    """40,000 rows of grades with the names of as many strangers: counted where nobody's room is known."""
    graded(exam, {})
    path = exam / "results" / "grades.csv"
    head, *known = path.read_text(encoding="utf-8").splitlines()
    more = [known[0].replace("amy", f'"=x{i}\n"', 1) for i in range(40_000)]
    path.write_text("\n".join([head, *known, *more]) + "\n", encoding="utf-8")
    now = status_of(exam)
    assert now.handed_in.handed_in == 40_006
    assert now.rooms[-1].handed_in == 40_001


def test_every_next_command_is_one():
    """Whatever is said to come next, the command line knows it."""
    named = set(re.findall(r"quizgen ([a-z]+)", Path(model.__file__).read_text(encoding="utf-8")))
    assert len(named) >= 4
    assert named <= set(get_command(app).commands)


# ---- with the commands of the day --------------------------------------------------------------------------------


def test_a_recorded_correction_waits_and_is_carried_out(quizgen, exam):
    graded(exam, {"amy": {"Q1.double": "1"}})
    assert quizgen("amend", "Q2", "--void", "full", "--answer", "top", "--reason", "smudged").code == 0
    now = status_of(exam)
    assert (now.amendments, now.revisions, now.next.command) == ((1,), 0, f"quizgen regrade --exam {exam}")
    assert quizgen("regrade", "--apply").code == 0
    now = status_of(exam)
    assert (now.amendments, now.revisions, now.graded.revision) == ((), 1, 1)
    assert now.next.command == f"quizgen gradebook csv --exam {exam}"
    assert quizgen("amend", "Q1", "--void", "full", "--reason", "a slip").code == 0
    assert quizgen("amend", "--withdraw", "2", "--reason", "it was none").code == 0
    assert status_of(exam).amendments == ()


def test_spares_latecomers_and_a_swap(quizgen, exam, tmp_path):
    graded(exam, {})
    (tmp_path / "late.csv").write_text("student,Room\ngus,A\n", encoding="utf-8")
    assert quizgen("add", "--n", 2, "--roster", "late.csv").code == 0
    now = status_of(exam)
    assert (now.papers, now.held, now.spares, now.additions, now.added) == (8, 7, 1, 1, 2)
    tag = write_tag(read_exam(exam).code, 8)
    assert quizgen("assign", tag, "amy").code == 0
    now = status_of(exam)
    assert (now.held, now.spares, now.assignments, now.moved) == (7, 1, 1, True)
    assert quizgen("regrade", "--apply").code == 0
    now = status_of(exam)
    assert not now.moved
    assert [room.papers for room in now.rooms] == [4, 2, 1]
    assert "added      2 papers, in 1 addition\nassigned   1 assignment\n" in quizgen("status").out


def test_versions_are_counted(quizgen, small_bank, tmp_path):
    assert quizgen("make", "--bank", small_bank, "--n", 6, "--spare", 2, "--versions", 3, "--seed", "v").code == 0
    now = status_of(tmp_path / "exam")
    assert (now.papers, now.held, now.spares, now.versions) == (8, 6, 2, 3)
    assert "papers     8, 6 held, 2 spares; 3 versions\n" in quizgen("status").out


def test_nothing_is_written_while_another_quizgen_works(quizgen, exam, tmp_path):
    graded(exam, {})
    with locked(exam, "never seen"):
        for command in (["gradebook", "csv"], ["export", "gift"], ["feedback", "moodle"]):
            ran = quizgen(*command)
            assert (ran.code, ran.out) == (1, "")
            assert ran.err == "quizgen: exam: another quizgen is working on this exam. Wait for it.\n"
        assert quizgen("status").code == 0  # it reads, and waits for nobody
    assert not list(tmp_path.glob("gradebook*")) + list(tmp_path.glob("export*")) + list(tmp_path.glob("feedback*"))
