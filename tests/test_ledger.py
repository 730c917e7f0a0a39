"""Grading over time: rooms add up, changed rows need --replace, the same file twice changes nothing, byte for byte."""

from __future__ import annotations

import csv
import io
import json
import shutil

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizgen.bank.folders import open_grader
from quizgen.desk import grade_files
from quizgen.errors import QuizgenError
from quizgen.exam.additions import read_exam
from quizgen.exam.locks import locked
from quizgen.exam.tags import write_tag
from quizgen.ledger import read_runs, standing, write_run
from quizgen.submissions.handins import Handins

ROSTER = ("ann", "bob", "cara", "dan")
ANSWERS = ("Q1.double", "Q1.plus", "Q2.map", "Q2.top")
FULL = 7.0


@pytest.fixture(scope="module")
def made(make_small, tmp_path_factory):
    """An exam with a roster, one without; never graded in."""
    place = tmp_path_factory.mktemp("ledger")
    make_small(place / "roster", 4, ROSTER)
    make_small(place / "open", 4)
    return place


class Room:
    """An exam folder of one's own, with the files that are graded into it."""

    def __init__(self, folder):
        self.folder = folder
        self.exam = read_exam(folder)
        self.files = 0

    def right(self, paper):
        """The right answers of a paper, as texts."""
        rows = {}
        for question, answer in self.exam.fields():
            cells = question.expected[answer.name].column(paper - 1)
            rows[f"{question.name}.{answer.name}"] = "; ".join(
                " ".join(f"{cell:g}" for cell in row) for row in np.atleast_2d(cells)
            )
        return rows

    def file(self, rows, headings=ANSWERS):
        """Write a file: student -> answers by heading; `tag` and `status` are answers too."""
        out = io.StringIO()
        writer = csv.DictWriter(out, ["student", "tag", "status", *headings], restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows({"student": student, **answers} for student, answers in rows.items())
        self.files += 1
        path = self.folder.parent / f"file{self.files}.csv"
        path.write_text(out.getvalue(), encoding="utf-8")
        return path

    def grade(self, *files, report=False, **more):
        return grade_files(self.folder, list(files), report=report, **more)

    def add(self, rows, **more):
        return self.grade(self.file(rows), **more)

    def table(self, name):
        with (self.folder / "results" / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    @property
    def grades(self):
        """Student -> status and points."""
        return {
            row["student"]: (row["status"], float(row["points"]) if row["points"] else None)
            for row in self.table("grades.csv")
        }

    @property
    def given(self):
        """Student -> what was typed for Q1.double."""
        return {
            r["student"]: r["given"]
            for r in self.table("marks.csv")
            if (r["question"], r["answer"]) == ("Q1", "double")
        }

    @property
    def bytes(self):
        """Every file of the results."""
        place = self.folder / "results"
        return {str(path.relative_to(place)): path.read_bytes() for path in sorted(place.rglob("*")) if path.is_file()}


@pytest.fixture
def room(made, tmp_path):
    shutil.copytree(made / "roster", tmp_path / "exam")
    return Room(tmp_path / "exam")


@pytest.fixture
def open_room(made, tmp_path):
    shutil.copytree(made / "open", tmp_path / "exam")
    return Room(tmp_path / "exam")


def reasons(desk):
    return [(reject.line, reject.student, reject.reason) for reject in desk.rejects]


ABSENT = ("absent", None)
MARKED = ("marked", FULL)


# ---- rooms add up ------------------------------------------------------------------------------------------------


def test_the_first_grading_lists_the_whole_roster(room):
    desk = room.add({"ann": room.right(1)})
    assert room.grades == {"ann": MARKED, "bob": ABSENT, "cara": ABSENT, "dan": ABSENT}
    assert desk.rejects == []
    assert desk.results == room.folder / "results"


def test_room_b_adds_to_room_a(room):
    room.add({"ann": room.right(1), "bob": room.right(2)})
    room.add({"dan": room.right(4)})
    assert room.grades == {"ann": MARKED, "bob": MARKED, "cara": ABSENT, "dan": MARKED}
    assert set(room.given) == {"ann", "bob", "dan"}
    assert {path.stem for path in (room.folder / "results" / "feedback").iterdir()} == {"ann", "bob", "dan"}


def test_rooms_graded_together_give_the_grades_of_one_after_the_other(room, made, tmp_path):
    a, b = room.file({"ann": room.right(1)}), room.file({"bob": room.right(2), "cara": {"Q1.double": "5"}})
    room.grade(a)
    room.grade(b)
    shutil.copytree(made / "roster", tmp_path / "other")
    other = Room(tmp_path / "other")
    other.grade(a, b)
    assert other.grades == room.grades
    assert other.given == room.given


@pytest.mark.parametrize("which", ["roster", "open"])
def test_two_rooms_may_fill_in_copies_of_the_same_sheet(made, tmp_path, which):
    """Each room's file holds the rows of the other room too, blank."""
    shutil.copytree(made / which, tmp_path / "exam")
    room = Room(tmp_path / "exam")
    names = [paper.student for paper in room.exam.papers]
    tags = [{"tag": write_tag(room.exam.code, i)} for i in range(1, 5)]
    first = room.add({name: tags[i] | (room.right(i + 1) if i < 2 else {}) for i, name in enumerate(names)})
    second = room.add({name: tags[i] | (room.right(i + 1) if i >= 2 else {}) for i, name in enumerate(names)})
    assert (reasons(first), reasons(second), second.differences) == ([], [], [])
    assert room.grades == dict.fromkeys(names, MARKED)


def test_a_blank_row_never_overrides(room):
    room.add({"ann": room.right(1), "bob": {"status": "excused"}})
    before = room.grades
    for replace in (False, True):
        desk = room.add({"ann": {}, "bob": {}}, replace=replace)
        assert (reasons(desk), desk.differences) == ([], [])
        assert room.grades == before


@pytest.mark.parametrize("whole_first", [True, False])
def test_rooms_may_type_matrices_in_different_ways(room, whole_first):
    """One room has a column for the whole matrix, the other one column per cell."""
    cells = [f"Q2.map[{i},{j}]" for i in (1, 2) for j in (1, 2)]
    right = room.right(2)
    apart = right | dict(zip(cells, right.pop("Q2.map").replace(";", "").split(), strict=True))
    whole = room.file({"ann": room.right(1)})
    split = room.file({"bob": apart}, [*cells, "Q1.double", "Q1.plus", "Q2.top", "Q2.map"][:-1])
    for file in (whole, split) if whole_first else (split, whole):
        room.grade(file)
    assert room.grades == {"ann": MARKED, "bob": MARKED, "cara": ABSENT, "dan": ABSENT}


def test_files_with_different_columns_may_be_graded_together(room):
    cells = [f"Q2.map[{i},{j}]" for i in (1, 2) for j in (1, 2)]
    right = room.right(2)
    apart = right | dict(zip(cells, right.pop("Q2.map").replace(";", "").split(), strict=True))
    room.grade(room.file({"ann": room.right(1)}), room.file({"bob": apart}, [*cells, "Q1.double", "Q1.plus", "Q2.top"]))
    assert room.grades == {"ann": MARKED, "bob": MARKED, "cara": ABSENT, "dan": ABSENT}


def test_statuses_are_kept(room):
    room.add({"ann": room.right(1), "bob": {"status": "empty"}, "cara": {"status": "excused"}, "dan": {}})
    assert room.grades == {
        "ann": MARKED,
        "bob": ("empty", 0.0),
        "cara": ("excused", None),
        "dan": ABSENT,
    }


# ---- changed rows ------------------------------------------------------------------------------------------------


def test_a_changed_row_is_refused_and_the_difference_shown(room):
    room.add({"ann": room.right(1) | {"Q1.double": "5"}, "bob": room.right(2)})
    desk = room.add({"ann": room.right(1) | {"Q1.double": "6"}, "cara": room.right(3)})
    said = "differs from what was graded before (ann: Q1.double '5' -> '6'); use --replace"
    assert reasons(desk) == [(2, "ann", said)]
    assert [str(d) for d in desk.differences] == ["ann: Q1.double '5' -> '6'"]
    assert room.given["ann"] == "5"
    assert room.grades["cara"] == MARKED, "the other rows count"
    assert [(row["line"], row["student"], row["reason"]) for row in room.table("rejects.csv")] == [("2", "ann", said)]


def test_with_replace_a_changed_row_stands_and_the_difference_is_shown(room):
    room.add({"ann": room.right(1) | {"Q1.double": "5", "Q1.plus": ""}})
    desk = room.add({"ann": room.right(1) | {"Q1.double": "6"}}, replace=True)
    assert reasons(desk) == []
    assert [str(d) for d in desk.differences] == ["ann: Q1.double '5' -> '6'"], "a blank says nothing"
    assert room.given["ann"] == "6"


def test_two_markers_may_type_different_questions(room):
    right = room.right(1)
    first = {name: text for name, text in right.items() if name.startswith("Q1")}
    second = {name: text for name, text in right.items() if name.startswith("Q2")}
    assert first
    assert second
    room.add({"ann": first})
    assert reasons(room.add({"ann": second})) == []
    assert room.grades["ann"] == MARKED, "the questions that a file has no columns for stay as they were"


def test_two_markers_may_be_graded_together(room):
    right = room.right(1)
    files = [room.file({"ann": {n: t for n, t in right.items() if n.startswith(q)}}) for q in ("Q1", "Q2")]
    assert reasons(room.grade(*files)) == []
    assert room.grades["ann"] == MARKED


def test_a_row_completes_an_earlier_one_and_is_kept_whole(room):
    right = room.right(1)
    room.add({"ann": {"Q1.double": right["Q1.double"], "Q1.plus": ""}})
    room.add({"ann": right | {"Q1.double": ""}}, replace=True)
    assert room.grades["ann"] == MARKED, "a blank erases nothing, not even with --replace"


def test_a_changed_status_is_a_difference(room):
    room.add({"ann": {"status": "excused"}})
    desk = room.add({"ann": room.right(1)})
    assert str(desk.differences[0]) == "ann: status 'excused' -> ''"
    assert room.grades["ann"][0] == "excused"
    room.add({"ann": room.right(1)}, replace=True)
    assert room.grades["ann"] == MARKED


def test_the_same_row_again_is_no_difference(room):
    room.add({"ann": room.right(1), "bob": room.right(2)})
    desk = room.add({"ann": {k: f" {v} " for k, v in room.right(1).items()}, "cara": {"Q1.double": "4"}})
    assert (reasons(desk), desk.differences) == ([], [])


def test_what_replaced_a_row_stands_when_the_old_file_is_graded_again(room):
    old = room.file({"ann": room.right(1) | {"Q1.double": "5"}, "bob": room.right(2)})
    room.grade(old)
    room.add({"ann": room.right(1) | {"Q1.double": "6"}}, replace=True)
    desk = room.grade(old)
    assert [line for line, _, _ in reasons(desk)] == [2]
    assert room.given["ann"] == "6"
    room.add({"cara": room.right(3)})
    assert room.given["ann"] == "6"
    assert set(room.given) == {"ann", "bob", "cara"}


def test_the_last_replacement_stands_however_often_files_take_turns(room):
    five, six = (room.file({"ann": room.right(1) | {"Q1.double": double}}) for double in "56")
    room.grade(five)
    for i, (file, double) in enumerate([(six, "6"), (five, "5"), (six, "6"), (five, "5"), (six, "6"), (six, "6")]):
        room.grade(file, replace=True)
        assert room.given["ann"] == double
        room.add({"cara": {"Q1.double": str(i)}}, replace=True)
        assert room.given == {"ann": double, "cara": str(i)}, "somebody else's file does not bring the other one back"


def test_a_paper_claimed_by_another_student_later_is_refused(open_room):
    tag = {"tag": write_tag(open_room.exam.code, 3)}
    open_room.add({"zoe": tag | open_room.right(3)})
    desk = open_room.add({"max": tag | open_room.right(3)})
    assert [student for _, student, _ in reasons(desk)] == ["max"]
    assert open_room.grades == {"zoe": MARKED}


# ---- the same again ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("replace", [False, True])
def test_grading_the_same_file_again_changes_no_byte(room, replace):
    room.add({"bob": room.right(2)})
    file = room.file({"ann": room.right(1) | {"Q1.double": "5"}, "zoe": {"Q1.double": "1"}, "cara": {"Q2.map": "?"}})
    room.grade(file, replace=replace, report=True)
    before, runs = room.bytes, sorted(path.name for path in (room.folder / "runs").iterdir())
    files = {"grades.csv", "marks.csv", "rejects.csv", "report.html", "feedback/ann.md", "feedback/bob.md"}
    assert files <= before.keys()
    room.grade(file, replace=replace, report=True)
    assert room.bytes == before
    assert sorted(path.name for path in (room.folder / "runs").iterdir()) == runs


def test_grading_an_earlier_file_again_loses_nothing(room):
    a, b = room.file({"ann": room.right(1)}), room.file({"bob": room.right(2)})
    room.grade(a)
    room.grade(b)
    grades, given = room.grades, room.given
    desk = room.grade(a)
    assert (room.grades, room.given, desk.rejects) == (grades, given, [])
    assert len(standing(room.folder).runs) == 2


def test_the_order_of_files_does_not_matter_for_the_run(room):
    a, b = room.file({"ann": room.right(1)}), room.file({"bob": room.right(2)})
    room.grade(a, b)
    room.grade(b, a)
    assert len(standing(room.folder).runs) == 1


def test_another_grader_marks_everything_again(room):
    room.add({"ann": room.right(1), "bob": room.right(2) | {"Q2.map": "1 2; 3 4"}})
    transposed = room.right(3)["Q2.map"].replace(";", "").split()
    a, b, c, d = transposed
    file = room.file({"cara": room.right(3) | {"Q2.map": f"{a} {c}; {b} {d}"}})
    room.grade(file)
    assert room.grades["cara"] == ("marked", FULL - 1.5)
    room.grade(file, grader=open_grader("strict"))
    assert room.grades["cara"] == ("marked", FULL - 3)
    assert room.grades["ann"] == MARKED


def test_an_exam_is_never_written_to(room):
    before = {p: p.read_bytes() for p in room.folder.rglob("*") if p.is_file()}
    room.add({"ann": room.right(1)})
    assert {p: p.read_bytes() for p in before} == before


# ---- what can go wrong -------------------------------------------------------------------------------------------


def test_a_file_of_refused_rows_only_is_a_run_of_no_rows(room):
    desk = room.add({"zoe": {"Q1.double": "1"}})
    assert [student for _, student, _ in reasons(desk)] == ["zoe"]
    assert room.grades == dict.fromkeys(ROSTER, ABSENT)
    room.add({"ann": room.right(1)})
    assert room.grades["ann"] == MARKED


def test_one_bad_file_writes_nothing(room, tmp_path):
    room.add({"ann": room.right(1)})
    before = room.bytes
    bad = tmp_path / "bad.csv"
    bad.write_text("")
    with pytest.raises(QuizgenError):
        room.grade(room.file({"bob": room.right(2)}), bad)
    assert room.bytes == before
    assert len(list((room.folder / "runs").iterdir())) == 1


def test_real_and_simulated_answers_do_not_mix(room, tmp_path):
    file = tmp_path / "simulated.csv"
    file.write_text("student,simulated,Q1.double\nann,yes,1\n")
    with pytest.raises(QuizgenError, match="holds real answers, the other files simulated ones"):
        room.grade(file, room.file({"bob": room.right(2)}))
    assert not (room.folder / "results").exists()


def test_one_grading_at_a_time(room):
    room.add({"ann": room.right(1)})
    before = room.bytes
    with locked(room.folder, "busy"), pytest.raises(QuizgenError) as error:
        room.add({"bob": room.right(2)})
    assert str(error.value) == f"{room.folder}: another quizgen is grading in this folder. Wait for it."
    assert room.bytes == before
    room.add({"bob": room.right(2)})
    assert room.grades["bob"] == MARKED


def test_a_run_that_was_killed_half_way_does_not_count_later(room):
    """Run B is on disk but not in the results, as after a kill; meanwhile A is graded, which B contradicts."""
    b = room.file({"ann": room.right(1) | {"Q1.double": "6"}, "bob": room.right(2)})
    room.grade(b)
    assert room.given == {"ann": "6", "bob": room.right(2)["Q1.double"]}
    for place in room.folder.glob("*results*"):  # back to before B, but for its run
        place.unlink() if place.is_symlink() else shutil.rmtree(place)
    for place in room.folder.glob(".results*"):
        shutil.rmtree(place, ignore_errors=True)
    room.add({"ann": room.right(1) | {"Q1.double": "5"}})
    assert room.given == {"ann": "5"}
    desk = room.grade(b)
    assert [line for line, _, _ in reasons(desk)] == [2]
    assert room.given["ann"] == "5"
    room.add({"cara": room.right(3)})
    assert room.given["ann"] == "5", "a refused row never comes back"


def test_a_damaged_run_is_told(room):
    room.add({"ann": room.right(1)})
    (run,) = (room.folder / "runs").iterdir()
    (run / "submissions.csv").unlink()
    with pytest.raises(QuizgenError) as error:
        room.add({"bob": room.right(2)})
    assert str(error.value).startswith(f"{run}: an earlier run cannot be read: ")
    assert "\n" not in str(error.value)


# ---- what a run keeps --------------------------------------------------------------------------------------------

TEXTS = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("\n\r\",;=+-@\t '")), max_size=8)


@settings(max_examples=40)
@given(rows=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=5))
def test_a_run_is_read_as_it_was_written(made, tmp_path_factory, rows):
    exam = read_exam(made / "roster")
    n = len(rows)
    columns = {("Q1", "double", ()): 0, ("Q2", "map", (1, 2)): 1, ("Q2", "map", (2, 1)): 2}
    names = np.array([f"s{i}" for i in range(n)], dtype=object)
    kept = Handins(
        students=names,
        papers=np.arange(1, n + 1),
        status=np.array(["empty" if i % 2 else "" for i in range(n)], dtype=object),
        files=np.array(["a b,c.csv"] * n, dtype=object),
        lines=np.arange(2, n + 2),
        runs=np.full(n, "abc", dtype=object),
        attempts=np.arange(n) % 3 + 1,
        times=np.array([row[2] for row in rows], dtype=object),
        variants={"Q2": np.arange(n) % 2},
        texts={column: pa.array([row[i] for row in rows], pa.string()) for column, i in columns.items()},
    )
    folder = tmp_path_factory.mktemp("run")
    write_run(folder, "abc", kept, [], {"run": "abc"})
    found = read_runs(exam, folder, ["abc"])
    for name in ("students", "papers", "status", "files", "lines", "attempts", "times"):
        assert getattr(found, name).tolist() == getattr(kept, name).tolist()
    assert {q: v.tolist() for q, v in found.variants.items()} == {"Q2": kept.variants["Q2"].tolist()}
    assert {c: t.to_pylist() for c, t in found.texts.items()} == {c: t.to_pylist() for c, t in kept.texts.items()}


def test_a_run_keeps_the_whole_text_and_what_it_was(room):
    long = "9" * 5000
    file = room.file({"ann": {"Q1.double": long, "Q1.plus": "=cmd()"}})
    room.grade(file)
    (run,) = (room.folder / "runs").iterdir()
    about = json.loads((run / "run.json").read_text())
    assert (about["run"], about["files"], about["grader"], about["rows"]) == (run.name, [str(file)], "standard", 1)
    assert long in (run / "submissions.csv").read_text()
    (given,) = (r for r in room.table("marks.csv") if r["answer"] == "double")
    assert given["outcome"] == "unreadable"
    assert given["reason"] == "5,000 characters"
    (plus,) = (r for r in room.table("marks.csv") if r["answer"] == "plus")
    assert (plus["given"], plus["reason"]) == ("'=cmd()", "a spreadsheet formula")


# ---- nothing is lost ---------------------------------------------------------------------------------------------

ROW = st.tuples(
    st.sampled_from(["ann", "bob", "cara", "dan", "zoe"]),
    st.sampled_from(["", "", "empty", "excused", "absent", "ill"]),
    st.sampled_from(["", "5", "6", "x", "2e2", "=cmd()"]),
    st.sampled_from(["", "", "1 2; 3 4", "1 2"]),
)


@settings(max_examples=25)
@given(first=st.lists(ROW, min_size=1, max_size=6), second=st.lists(ROW, min_size=1, max_size=6), replace=st.booleans())
def test_rows_in_are_rows_marked_absent_or_rejected(made, tmp_path_factory, first, second, replace):
    place = tmp_path_factory.mktemp("law")
    shutil.copytree(made / "roster", place / "exam")
    room = Room(place / "exam")
    stands, kept = {}, {}
    for rows in (first, second):
        out = io.StringIO()
        csv.writer(out).writerows([("student", "status", "Q1.double", "Q2.map"), *rows])
        path = place / f"{len(out.getvalue())}-{len(list(place.iterdir()))}.csv"
        path.write_text(out.getvalue())
        room.grade(path, replace=replace, forms=())
        rejected = {int(row["line"]) for row in room.table("rejects.csv") if row["file"] == str(path)}
        kept.update(dict.fromkeys((str(path), line) for line in rejected))
        listed = [(row["file"], int(row["line"])) for row in room.table("rejects.csv")]
        assert len(listed) == len(set(listed))
        assert set(listed) <= set(kept), "a refused row stays listed until it is put right"
        refused = [rows[line - 2] for line in rejected]
        for row in rows:
            student, *says = row
            if row not in refused and any(says):
                assert student in ROSTER
                before = stands.get(student, ("", "", ""))
                stands[student] = says if says[0] or before[0] else [b or a for a, b in zip(before, says, strict=True)]
        for line in rejected:
            student, status, *says = rows[line - 2]
            others = {tuple(says) for name, *says in rows if name == student and any(says)}
            contradicts = status and any(says)
            assert student == "zoe" or status == "ill" or contradicts or len(others) > 1 or student in stands
    marks = {(r["student"], r["question"], r["answer"]): r["given"] for r in room.table("marks.csv")}
    assert set(room.grades) == set(ROSTER)
    for student in ROSTER:
        status, double, matrix = stands.get(student, ("", "", ""))
        expected = status or ("marked" if double or matrix else "absent")
        assert room.grades[student][0] == expected
        if expected in ("marked", "empty"):
            assert marks[student, "Q1", "double"] == ("'=cmd()" if double == "=cmd()" else double)
            assert marks[student, "Q2", "map"] == matrix
        else:
            assert (student, "Q1", "double") not in marks
