"""Several finished attempts, late ones, forced dialects, two people's typing, and the sheet as a workbook."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from zipfile import ZipFile

import openpyxl
import pyarrow as pa
import pytest
import submission_writers as write
from submission_writers import Row

from quizgen.errors import QuizgenError
from quizgen.exam.additions import read_exam
from quizgen.report.late import read_deadline
from quizgen.submissions.handins import layout_of
from quizgen.submissions.times import read_time, readable_times
from quizgen.workbook import read_workbook, write_workbook

TIMES = {
    1: ("30 November 2026, 9:00 AM", "2026-11-30T09:00:00"),
    2: ("30 November 2026, 12:30 PM", "2026-11-30T12:30:00"),
    3: ("1 December 2026, 9:00 AM", "2026-12-01T09:00:00"),
}


@pytest.fixture
def made(small_bank, tmp_path):
    from quizgen.bank.folders import Bank, open_grader
    from quizgen.exam.roster import Student
    from quizgen.making import make_exam

    bank = Bank("small", small_bank)
    extra = {"ann": "", "bob": "45", "cara": "", "dan": "0"}
    roster = [Student(name, {"extra minutes": minutes}) for name, minutes in extra.items()]
    out = tmp_path / "exam"
    return make_exam(
        bank, bank.blueprint(), open_grader("standard"), 4, out=out, seed="t", roster=roster, workbook=True
    )


@pytest.fixture
def handed(made, tmp_path):
    """Write what was handed in: (student, attempt, whether `double` is right), in one of the platforms' files."""

    def written(*tries, way=write.moodle, name="moodle.csv"):
        layout = layout_of(made)
        numbers = {paper.student: paper.number for paper in made.papers}
        rows = []
        for student, attempt, right in tries:
            number = numbers[student]
            value = made.questions[0].expected["double"].column(number - 1)
            typed = {("Q1", "double", ()): f"{value if right else value + 1:g}", ("Q1", "plus", ()): ""}
            variants = dict.fromkeys(layout.problems, number)
            rows.append(Row(student, variants, typed, attempt, *TIMES[attempt]))
        (tmp_path / name).write_bytes(write.as_csv(way(rows, layout, made.code)))
        return tmp_path / name

    return written


def results(tmp_path, name="grades.csv"):
    with (tmp_path / "exam" / "results" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


TRIES = (("ann", 1, True), ("bob", 1, False), ("ann", 2, False), ("bob", 2, True), ("cara", 1, True), ("ann", 3, True))


def test_without_a_policy_several_attempts_stop_and_nothing_is_written(quizgen, made, handed, tmp_path):
    ran = quizgen("grade", handed(*TRIES), "--exam", "exam")
    assert ran.code == 1
    assert ran.err == (
        "quizgen: 2 students have several finished attempts (ann, bob). "
        "Say which one counts: --attempt last, first or best.\n"
    )
    assert not (tmp_path / "exam" / "results").exists()


@pytest.mark.parametrize(
    ("policy", "points", "attempts"),
    [
        ("last", {"ann": 2, "bob": 2, "cara": 2}, {"ann": 3, "bob": 2, "cara": 1}),
        ("first", {"ann": 2, "bob": 0, "cara": 2}, {"ann": 1, "bob": 1, "cara": 1}),
        ("best", {"ann": 2, "bob": 2, "cara": 2}, {"ann": 1, "bob": 2, "cara": 1}),
    ],
)
@pytest.mark.parametrize("way", [write.moodle, write.brightspace, write.forms])
def test_a_policy_says_which_attempt_counts(quizgen, made, handed, tmp_path, policy, points, attempts, way):
    ran = quizgen("grade", handed(*TRIES, way=way), "--exam", "exam", "--attempt", policy)
    assert (ran.code, f"2 students have several finished attempts; the {policy} one counts" in ran.err) == (0, True)
    grades = {row["student"]: float(row["points"]) for row in results(tmp_path) if row["points"]}
    assert grades == points
    assert {row["student"]: int(row["attempt"]) for row in results(tmp_path, "marks.csv")} == attempts
    aside = [(row["student"], row["reason"]) for row in results(tmp_path, "rejects.csv")]
    assert len(aside) == len(TRIES) - 3
    assert all(f"(--attempt {policy})" in reason for _, reason in aside)
    assert len({student for student, _ in aside}) == 2


def test_an_unknown_policy_is_wrong_usage(quizgen, made, handed):
    ran = quizgen("grade", handed(("ann", 1, True)), "--exam", "exam", "--attempt", "newest")
    assert (ran.code, ran.err) == (2, "quizgen: there is no '--attempt newest'. Say last, first, best.\n")


def test_a_later_attempt_in_another_grading_needs_replace(quizgen, made, handed, tmp_path):
    assert quizgen("grade", handed(("ann", 1, False), name="a.csv"), "--exam", "exam").code == 0
    later = handed(("ann", 1, False), ("ann", 2, True), name="b.csv")
    ran = quizgen("grade", later, "--exam", "exam", "--attempt", "last")
    assert (ran.code, "ann: attempt '1' -> '2'" in ran.err) == (3, True)
    assert quizgen("grade", later, "--exam", "exam", "--attempt", "last", "--replace").code == 0
    assert results(tmp_path)[0]["points"] == "2.0"
    assert results(tmp_path, "marks.csv")[0]["attempt"] == "2"


def test_late_ones_are_listed_and_nothing_is_deducted(quizgen, made, handed, tmp_path):
    file = handed(("ann", 2, True), ("bob", 2, True), ("cara", 1, True), ("dan", 3, True))
    ran = quizgen("grade", file, "--exam", "exam", "--deadline", "2026-11-30T12:00")
    assert (ran.code, "2 rows were handed in late" in ran.err) == (0, True)
    found = [tuple(row.values()) for row in results(tmp_path, "late.csv")]
    assert found == [
        ("ann", "1", "2026-11-30T12:30:00", "2026-11-30T12:00:00", "30.0"),
        ("dan", "1", "2026-12-01T09:00:00", "2026-11-30T12:00:00", "1260.0"),
    ]
    assert {row["points"] for row in results(tmp_path)} == {"2.0"}


def test_times_of_a_run_are_kept(quizgen, made, handed, tmp_path):
    quizgen("grade", handed(("ann", 2, True), name="a.csv"), "--exam", "exam")
    quizgen("grade", handed(("bob", 3, True), name="b.csv"), "--exam", "exam", "--deadline", "30 November 2026, 12:00")
    assert [row["student"] for row in results(tmp_path, "late.csv")] == ["ann", "bob"]


def test_a_zone_on_one_side_only_stops(quizgen, made, handed, tmp_path):
    file = handed(("ann", 1, True), way=write.canvas)
    ran = quizgen("grade", file, "--exam", "exam", "--deadline", "2026-11-30T12:00")
    assert (ran.code, "states its zone, the deadline states none" in ran.err) == (1, True)
    assert not (tmp_path / "exam" / "results").exists()
    assert quizgen("grade", file, "--exam", "exam", "--deadline", "2026-11-30T09:59+01:00").code == 0
    assert [row["minutes late"] for row in results(tmp_path, "late.csv")] == ["1.0"]


def test_a_deadline_that_is_none():
    with pytest.raises(QuizgenError) as error:
        read_deadline("tomorrow")
    assert (error.value.exit_code, str(error.value)[:23]) == (2, "'tomorrow' is no time. ")


@pytest.mark.parametrize(
    ("texts", "read"),
    [
        (["13/4/2026 23:25:41", "8/4/2026 9:00"], ["2026-04-13T23:25:41", "2026-04-08T09:00:00"]),
        (["4/13/2026 9:00 PM", "8/4/2026 9:00"], ["2026-04-13T21:00:00", "2026-08-04T09:00:00"]),
        (["8/4/2026 9:00", "4/4/2026"], ["8/4/2026 9:00", "2026-04-04T00:00:00"]),
        (["13/4/2026", "4/13/2026"], ["13/4/2026", "4/13/2026"]),
        (["2026/10/04 12:15:00 AM GMT+5:30"], ["2026-10-04T00:15:00+05:30"]),
        (["30. November 2026, 13:05", "30.11.2026 13:05"], ["2026-11-30T13:05:00"] * 2),
        (["Monday, 30 November 2026, 1:05 PM"], ["2026-11-30T13:05:00"]),
        (
            ["2026-11-30T13:05:09.123Z", "2026-11-30 13:05:09 -0800"],
            ["2026-11-30T13:05:09Z", "2026-11-30T13:05:09-08:00"],
        ),
        (
            ["2026-02-30", "2026-11-30 25:00", "30 Nivose 2026", "", "-"],
            ["2026-02-30", "2026-11-30 25:00", "30 Nivose 2026", "", "-"],
        ),
        (["2026-11-30 13:05:00 (a date)"], ["2026-11-30T13:05:00"]),
    ],
)
def test_times_are_read_or_left_as_they_are(texts, read):
    assert readable_times(pa.array(texts)).to_pylist() == read
    assert all(read_time(text) is not None for text in read if text[10:11] == "T")


def test_a_dialect_is_forced(quizgen, made, tmp_path):
    value = made.questions[0].expected["double"].column(0)
    (tmp_path / "form.csv").write_text(f"Aikaleima,Email,double\n2026-11-30,ann,{value:g}\n")
    ran = quizgen("grade", "form.csv", "--exam", "exam", "--dialect", "forms")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "students  1 marked, 3 absent or excused")
    ran = quizgen("grade", "form.csv", "--exam", "exam", "--dialect", "moodle")
    assert (ran.code, ran.err) == (1, "quizgen: form.csv:1: the headings are not those of the dialect 'moodle'\n")
    assert quizgen("grade", "form.csv", "--exam", "exam", "--dialect", "modle").code == 2


# ---- two people's typing -----------------------------------------------------------------------------------------


def test_two_people_typed_the_same(quizgen, made, tmp_path):
    (tmp_path / "a.csv").write_text("student,Q1.double,Q2.top\nann,1,2\nbob, 3,\n")
    (tmp_path / "b.csv").write_text("student;Q2.top;Q1.double\nbob;;3 \nann;2;1\n")
    ran = quizgen("compare", "a.csv", "b.csv")
    assert (ran.code, ran.out) == (0, "no differences; 2 students in both files\n")


def test_what_two_people_typed_differently_is_listed(quizgen, made, tmp_path):
    (tmp_path / "a.csv").write_text("student,Q1.double,Q2.top\nann,1,=2\nbob,3,\ncara,5,\nzoe,1,1\n")
    (tmp_path / "b.csv").write_text(
        'student,question,answer,value\ndan,Q1,double,4\nbob,Q1,double,3\nann,Q1,double,"1,0"\n'
    )
    ran = quizgen("compare", "a.csv", "b.csv", "--exam", "exam")
    assert ran.code == 3
    assert ran.out.splitlines() == [
        "student,answer,first,second",
        'ann,Q1.double,1,"1,0"',
        "ann,Q2.top,'=2,",
        "cara,,a row,no row",
        "dan,,no row,a row",
        "a.csv:5: zoe: 'zoe' is not on the roster.",
        "4 differences; 2 students in both files",
    ]


def test_whole_and_by_cells_are_not_compared(quizgen, made, tmp_path):
    (tmp_path / "a.csv").write_text("student,Q2.map\nann,1 2; 3 4\n")
    (tmp_path / "b.csv").write_text('student,"Q2.map[1,1]"\nann,1\n')
    ran = quizgen("compare", "a.csv", "b.csv")
    assert (ran.code, ran.err) == (
        1,
        "quizgen: Q2.map stands whole in one file and by cells in the other. Type both alike.\n",
    )


# ---- workbooks ---------------------------------------------------------------------------------------------------


def test_a_blank_workbook_is_text_and_lies_beside_the_csv(made, tmp_path):
    folder = tmp_path / "exam"
    with (folder / "submissions.csv").open(encoding="utf-8", newline="") as file:
        wanted = list(csv.reader(file))
    found = read_workbook((folder / "submissions.xlsx").read_bytes(), "")
    assert [texts for _, texts in found] == wanted
    sheet = openpyxl.load_workbook(folder / "submissions.xlsx").active
    assert {cell.number_format for row in sheet.iter_rows() for cell in row} == {"@"}
    assert {cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row if cell.value} == {"s"}


def test_make_writes_a_workbook_only_if_asked(quizgen, tmp_path):
    assert quizgen("make", "--n", 2, "--seed", "x", "--problems", "conv-forward").code == 0
    assert not (tmp_path / "exam" / "submissions.xlsx").exists()
    ran = quizgen("make", "--n", 2, "--seed", "x", "--problems", "conv-forward", "--sheet", "xlsx", "--out", "other")
    assert (ran.code, (tmp_path / "other" / "submissions.xlsx").exists()) == (0, True)
    assert quizgen("make", "--n", 2, "--sheet", "ods", "--out", "third").code == 2


def test_a_filled_in_workbook_is_marked(quizgen, made, tmp_path):
    book = openpyxl.load_workbook(tmp_path / "exam" / "submissions.xlsx")
    sheet = book.active
    headings = [cell.value for cell in sheet[1]]
    for row, paper in zip(sheet.iter_rows(min_row=2), made.papers, strict=True):
        value = float(made.questions[0].expected["double"].column(paper.number - 1))
        row[headings.index("Q1.double")].value = str(int(value)) if paper.number % 2 else value
    sheet.cell(2, headings.index("Q1.plus") + 1).value = openpyxl.utils.datetime.from_excel(46000)
    book.save(tmp_path / "filled.xlsx")
    ran = quizgen("grade", "filled.xlsx", "--exam", "exam")
    assert ran.code == 0
    assert {row["points"] for row in results(tmp_path)} == {"2.0"}
    (date,) = [row for row in results(tmp_path, "marks.csv") if row["student"] == "ann" and row["answer"] == "plus"]
    assert (date["outcome"], date["given"][-9:]) == ("unreadable", " (a date)")


def test_cells_that_are_not_asked_are_grey(tmp_path):
    data = write_workbook(["student", "a", "b"], [["ann", None, ""], ["007", "3/4", None]])
    (tmp_path / "a.xlsx").write_bytes(data)
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    grey = [[cell.fill.fgColor.rgb == "00D9D9D9" for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert grey == [[False, True, False], [False, False, True]]
    assert read_workbook(data, "")[2] == (3, ["007", "3/4", ""])


def test_a_workbook_has_the_same_bytes_at_any_time(tmp_path, monkeypatch):
    one = write_workbook(["student"], [["ann"]])
    with ZipFile(_file(tmp_path, one)) as packed:
        assert {member.date_time for member in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert packed.read("docProps/core.xml").count(b"2000-01-01T00:00:00Z") == 2


def _file(tmp_path, data):
    (tmp_path / "book.xlsx").write_bytes(data)
    return tmp_path / "book.xlsx"


def test_names_on_the_roster_are_found_by_what_it_says_of_one_student_alone(made, tmp_path):
    papers = tuple(replace(p, details={"mail": f"{p.student.title()}@Uni.example", "group": "A"}) for p in made.papers)
    exam = replace(read_exam(tmp_path / "exam"), papers=papers)
    from quizgen.submissions import read_sheet
    from quizgen.submissions.handins import resolve

    (tmp_path / "form.csv").write_text(
        "Timestamp,Email,Q1.double\n2026-11-30,bob@uni.example,5\n2026-11-30,A,6\n2026-11-30,zed@uni.example,7\n"
    )
    handins, rejects = resolve(exam, read_sheet(tmp_path / "form.csv", layout_of(exam)))
    assert (handins.students.tolist(), handins.papers.tolist()) == (["bob"], [2])
    assert [reject.reason.split(".")[0] for reject in rejects] == ["'A' is not on the roster", "'zed@uni"]


def test_a_run_remembers_which_variants(quizgen, made, tmp_path):
    layout = layout_of(made)
    variants = {"Q1": 3, "Q2": 1}
    value = made.questions[0].expected["double"].column(2)
    one = Row("ann", variants, {("Q1", "double", ()): f"{value:g}"})
    two = Row("bob", {"Q1": 2, "Q2": 2}, {("Q1", "double", ()): "1"})
    for name, row in (("a.csv", one), ("b.csv", two)):
        (tmp_path / name).write_bytes(write.as_csv(write.moodle([row], layout, made.code)))
        assert quizgen("grade", name, "--exam", "exam").code == 0
    found = {(r["student"], r["answer"]): (r["variant"], r["outcome"]) for r in results(tmp_path, "marks.csv")}
    assert found["ann", "double"] == ("3", "correct")
    assert found["ann", "top"] == ("1", "blank")
    assert json.loads((tmp_path / "exam" / "results" / "state.json").read_text())["runs"][1:]
