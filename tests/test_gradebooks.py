"""Gradebook files: each export is filled in one column and nowhere else, by ids; what is written afresh can be read."""

import csv
import io
import shutil
import stat
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizgen.errors import QuizgenError
from quizgen.exam.additions import read_exam
from quizgen.exam.pseudonyms import NAMES
from quizgen.gradebook import FORMATS, Record, Results, Table, Way, fill_in, new_table, read_table, written
from quizgen.gradebook.exported import harmless
from quizgen.gradebook.matching import match
from quizgen.render.numbers import plain, worked

DATA = Path(__file__).parent / "data" / "gradebooks"
WITH_POINTS = ["00101", "00102", "00103", "00104", "00106"]


def sheet(exam, students, spoilt=()):
    """A wide CSV in which each student is a bit worse than the one before; `spoilt` ones write what nobody reads."""
    headings = [f"{question.name}.{answer.name}" for question, answer in exam.fields()]
    papers = {paper.student: paper.number for paper in exam.papers}
    rows = [["student", *headings]]
    for worse, student in enumerate(students):
        values = [
            plain(question.expected[answer.name].column(papers[student] - 1), worked)
            for question, answer in exam.fields()
        ]
        values[:worse] = ["0.5"] * len(values[:worse])
        if student in spoilt:
            values[-1] = "??"
        rows.append([student, *values])
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


@pytest.fixture(scope="module")
def graded(small_bank, tmp_path_factory):
    """An exam folder with five marked students of six; the points by student."""
    from quizgen.bank.folders import Bank, open_grader
    from quizgen.desk import grade_files
    from quizgen.exam.roster import read_roster
    from quizgen.making import make_exam

    place = tmp_path_factory.mktemp("graded")
    bank = Bank("small", small_bank)
    roster = read_roster(DATA / "roster.csv")
    make_exam(bank, bank.blueprint(), open_grader("standard"), 6, out=place / "exam", seed="g", roster=roster)
    (place / "typed.csv").write_text(sheet(read_exam(place / "exam"), WITH_POINTS), encoding="utf-8")
    assert grade_files(place / "exam", [place / "typed.csv"]).rejects == []
    return place / "exam"


@pytest.fixture
def exam(graded, tmp_path):
    """A copy of it, where commands find it."""
    shutil.copytree(graded, tmp_path / "exam", symlinks=True)
    return tmp_path / "exam"


def rows_of(path):
    table = read_table(path)
    return [list(row) for row in table.rows]


def points(exam):
    with (exam / "results" / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {row["student"]: f"{float(row['points']):g}" if row["points"] else "" for row in csv.DictReader(file)}


# a file, its format, options, the place of the column, the decimal mark
EXPORTS = {
    "moodle-gradebook.csv": ("moodle", ["--column", "assignment: small (real)"], 5, "."),
    "moodle-gradebook-de.csv": ("moodle", ["--column", "Aufgabe: Small (Punkte)"], 5, ","),
    "moodle-worksheet.csv": ("moodle", [], 4, "."),
    "canvas.csv": ("canvas", ["--column", "Small (4402)"], 6, "."),
    "brightspace.csv": ("brightspace", ["--column", "Small Points Grade <Numeric MaxPoints:7>"], 5, "."),
    "blackboard.xls": ("blackboard", ["--column", "Small [Total Pts: 7 Score] |700102"], 8, "."),
    "spreadsheet.csv": ("csv", [], 3, "."),
}
MAILS = {"ann": "00101", "bob": "00102", "cy": "00103", "di": "00104", "fay": "00106"}  # of those with points
every_export = pytest.mark.parametrize("name", EXPORTS)


def test_every_export_is_tried():
    assert {path.name for path in DATA.iterdir()} == {*EXPORTS, "roster.csv", "several.csv"}
    assert {form for form, *_ in EXPORTS.values()} == FORMATS.keys()


@every_export
def test_an_export_is_filled_in_one_column(quizgen, exam, name, tmp_path):
    form, options, place, mark = EXPORTS[name]
    ran = quizgen("gradebook", form, "--into", DATA / name, "--out", "out.csv", *options)
    assert ran.code in (0, 3), ran.err
    before, after = rows_of(DATA / name), rows_of(tmp_path / "out.csv")
    reached = points(exam)
    filled = 0
    for old, new in zip(before, after, strict=True):
        for column, (was, now) in enumerate(zip(old, new, strict=True)):
            if column != place:
                assert now == harmless(was)
        words = {cell.removeprefix("#").split("@")[0].lower() for cell in old}
        student = next(iter(words & set(WITH_POINTS)), None) or next((MAILS[w] for w in words & MAILS.keys()), None)
        if student:
            assert new[place] == reached[student].replace(".", mark)
            filled += 1
        else:
            assert new[place] == old[place], "strangers, headings and absent students keep what is there"
    assert filled >= 4
    assert f"points of {filled} students" in ran.out


@every_export
def test_encoding_delimiter_quotes_and_line_ends_stay(quizgen, exam, name, tmp_path):
    form, options, *_ = EXPORTS[name]
    quizgen("gradebook", form, "--into", DATA / name, "--out", "out.csv", *options)
    before, after = (DATA / name).read_bytes(), (tmp_path / "out.csv").read_bytes()
    assert after[:3] == before[:3]
    assert read_table(DATA / name).way == read_table(tmp_path / "out.csv").way
    unfilled = written(read_table(DATA / name))
    if name not in ("moodle-gradebook.csv", "moodle-worksheet.csv", "brightspace.csv", "blackboard.xls"):
        assert unfilled.decode(read_table(DATA / name).way.encoding).replace('"', "") == before.decode(
            read_table(DATA / name).way.encoding
        ).replace('"', "")


@every_export
def test_nothing_that_is_written_starts_a_formula(quizgen, exam, name, tmp_path):
    form, options, *_ = EXPORTS[name]
    quizgen("gradebook", form, "--into", DATA / name, "--out", "out.csv", *options)
    for row in rows_of(tmp_path / "out.csv"):
        for cell in row:
            assert harmless(cell) == cell


def test_students_without_a_match_are_told_both_ways(quizgen, exam):
    ran = quizgen("gradebook", "canvas", "--into", DATA / "canvas.csv", "--column", "Small (4402)")
    assert ran.code == 3
    assert f"not in {DATA / 'canvas.csv'}: 00106" in ran.err
    assert "row 9 (Stranger, Zoe 9999)" in ran.err
    assert "Student, Test" not in ran.err
    assert "00105" not in ran.err, "an absent student has nothing to enter"
    assert "worth 20.00 points, the exam 7" in ran.err


def test_what_fits_several_students_is_left_alone_and_told(quizgen, exam, tmp_path):
    ran = quizgen("gradebook", "csv", "--into", DATA / "several.csv", "--out", "out.csv")
    assert ran.code == 3
    assert "several rows fit one: row 2 (abee ann@x.example), row 3 (abee bob@x.example), row 4" in ran.err
    rows = rows_of(tmp_path / "out.csv")
    assert [row[3] for row in rows[1:5]] == ["", "", "", ""]
    assert rows[5][3] == points(exam)["00106"], "found by its e-mail"


def test_a_short_id_is_no_other_column_s_number():
    records = [Record("12", {}, "marked", "5", "", 0), Record("13", {}, "marked", "6", "", 0)]
    rows = {0: ["13", "12"], 1: ["99", "13"]}
    matched = match(["ID", "SIS User ID"], rows, records)
    assert {row: record.student for row, record in matched.students.items()} == {0: "12", 1: "13"}


def test_names_never_join():
    record = Record("7", {"name": "Ann Bee"}, "marked", "5", "", 0)
    matched = match(["Full name", "Username"], {0: ["Ann Bee", "x"]}, [record])
    assert (matched.strangers, matched.missing) == ([0], [record])


@pytest.mark.parametrize("form", [name for name, form in FORMATS.items() if form.fresh])
def test_a_fresh_file_holds_everybody_and_can_be_filled_again(quizgen, exam, form, tmp_path):
    assert quizgen("gradebook", form).code == 0
    path = tmp_path / f"gradebook-{form}.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    table, reached = read_table(path), points(exam)
    assert table.way.marked == (form == "csv")
    place = next(
        i
        for i, heading in enumerate(table.headings)
        if heading in ("points", read_exam(exam).title) or "Points Grade" in heading
    )
    for row in table.rows[1:]:
        student = next((s for s in reached if any(s in cell for cell in row)), None)
        assert student or row[0] == "    Points Possible"
        assert row[place] == (reached[student] if student else "7")
        assert all(harmless(cell) == cell for cell in row)
    assert sum(row[place] == "" for row in table.rows) == 1
    again = quizgen("gradebook", form, "--into", path, "--out", "again.csv", "--column", table.headings[place])
    assert again.code == 0, again.err
    assert (tmp_path / "again.csv").read_bytes() == path.read_bytes()


def test_canvas_gets_its_own_columns(quizgen, exam, tmp_path):
    quizgen("gradebook", "canvas")
    rows = rows_of(tmp_path / "gradebook-canvas.csv")
    assert rows[0][:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert rows[2][:5] == ["Bee, Ann", "9001", "00101", "abee", "Mon"]


def test_brightspace_gets_signs_before_ids_and_at_line_ends(quizgen, exam, tmp_path):
    quizgen("gradebook", "brightspace")
    rows = rows_of(tmp_path / "gradebook-brightspace.csv")
    assert rows[0][-1] == "End-of-Line Indicator"
    assert [rows[1][0], rows[1][1], rows[1][-1]] == ["#00101", "#abee", "#"]
    assert rows[3][1] == "#+cy"


def test_all_roster_columns_are_kept(quizgen, exam, tmp_path):
    for form in ("moodle", "csv"):
        quizgen("gradebook", form)
        rows = rows_of(tmp_path / f"gradebook-{form}.csv")
        assert rows[0][:7] == ["student", "name", "Email address", "Username", "ID", "Section", "Identifier"]
        assert rows[3][1] == '\'=HYPERLINK("http://x.example")'


def test_decimal_commas_where_they_are_wanted(quizgen, exam, tmp_path):
    quizgen("gradebook", "moodle", "--decimal", "comma")
    cells = [row[-1] for row in rows_of(tmp_path / "gradebook-moodle.csv")[1:]]
    assert [cell.replace(",", ".") for cell in cells] == list(points(exam).values())
    assert any("," in cell for cell in cells) == any("." in cell for cell in points(exam).values())
    assert quizgen("gradebook", "moodle", "--decimal", "dot").code == 2


def test_blackboard_without_its_export_is_refused(quizgen, exam, tmp_path):
    ran = quizgen("gradebook", "blackboard")
    assert ran.code == 2
    assert "--into FILE" in ran.err
    assert not (tmp_path / "gradebook-blackboard.xls").exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["canvas", "--into", DATA / "canvas.csv", "--column", "Smal (4402)"], "Did you mean 'Small (4402)'?"),
        (["blackbord"], "Did you mean 'blackboard'?"),
        (["csv", "--into", "nowhere.csv"], "nowhere.csv: cannot be read"),
        (["csv", "--into", "empty.csv"], "the file is empty"),
        (["csv", "--into", "sheet.xlsx"], "Export it as CSV or plain text."),
        (["csv", "--into", "quote.csv"], "cannot be read as a table"),
        (["canvas", "--into", "none.csv"], "no column could hold the points"),
        (["csv", "--into", "two.csv"], "2 columns could hold the points. Say which: --column '...'. Points; Grade"),
        (["csv", "--into", "two.csv", "--out", "two.csv"], "two.csv is the exported file itself"),
    ],
)
def test_what_cannot_be_done_is_said(quizgen, exam, tmp_path, options, told):
    files = {"empty.csv": b"", "sheet.xlsx": b"PK\x03\x04", "quote.csv": b'a,b\n"x"y,1\n', "none.csv": b"Student,ID\n"}
    for name, data in {**files, "two.csv": b"Student ID,Points,Grade\n00101,,\n"}.items():
        (tmp_path / name).write_bytes(data)
    ran = quizgen("gradebook", *options)
    assert ran.code in (1, 2)
    assert told in ran.err
    assert (tmp_path / "two.csv").read_bytes() == b"Student ID,Points,Grade\n00101,,\n"
    assert not list(tmp_path.glob("gradebook-*"))


def test_a_table_without_a_column_for_points_gets_one(quizgen, exam, tmp_path):
    (tmp_path / "list.csv").write_text("Student ID\n00102\n00101\n", encoding="utf-8")
    quizgen("gradebook", "csv", "--into", "list.csv", "--out", "out.csv")
    reached, title = points(exam), read_exam(exam).title
    assert rows_of(tmp_path / "out.csv") == [
        ["Student ID", title],
        ["00102", reached["00102"]],
        ["00101", reached["00101"]],
    ]


def test_a_column_that_is_called_like_the_exam_needs_no_name(quizgen, exam, tmp_path):
    title = read_exam(exam).title
    (tmp_path / "a.csv").write_text(
        f"ID number;Test: Warm-up (Punkte);Test: {title} (Punkte)\n00101;1,5;-\n", encoding="utf-8"
    )
    (tmp_path / "b.csv").write_text(f"ID number,A: Warm-up (Real),A: {title} (Real)\n00101,,\n", encoding="utf-8")
    for name in ("a.csv", "b.csv"):
        assert quizgen("gradebook", "moodle", "--into", name, "--out", "out.csv").code == 3
        assert rows_of(tmp_path / "out.csv")[1][2].replace(",", ".") == points(exam)["00101"]


def test_nothing_is_written_while_answers_wait(quizgen, exam, tmp_path):
    (tmp_path / "spoilt.csv").write_text(sheet(read_exam(exam), WITH_POINTS, spoilt=["00102"]), encoding="utf-8")
    quizgen("grade", "spoilt.csv", "--replace")
    for command in (["gradebook", "csv"], ["feedback", "moodle"]):
        ran = quizgen(*command)
        assert ran.code == 1
        assert "1 answer of 1 student still open" in ran.err
    assert not list(tmp_path.glob("gradebook-*"))
    ran = quizgen("gradebook", "csv", "--provisional")
    assert ran.code == 0
    assert "provisional: 1 answer still to be looked at" in ran.out


def test_rehearsals_never_reach_a_gradebook(quizgen, make_small, tmp_path):
    make_small(tmp_path / "exam")
    assert "no results so far" in quizgen("gradebook", "csv").err
    quizgen("simulate")
    quizgen("grade", "simulated.csv")
    ran = quizgen("gradebook", "csv")
    assert ran.code == 1
    assert "only a rehearsal with invented students" in ran.err


def test_pseudonyms_are_put_back(quizgen, exam, tmp_path):
    quizgen("gradebook", "csv", "--out", "before.csv")
    (tmp_path / "typed.csv").write_text(sheet(read_exam(exam), WITH_POINTS), encoding="utf-8")
    assert quizgen("grade", "typed.csv", "--pseudonymise").code == 0
    assert "00101" not in (exam / "results" / "grades.csv").read_text(encoding="utf-8")
    assert quizgen("gradebook", "csv", "--out", "after.csv").code == 0
    before, after = rows_of(tmp_path / "before.csv"), rows_of(tmp_path / "after.csv")
    assert sorted(after) == sorted(before)
    (exam / NAMES).unlink()
    ran = quizgen("gradebook", "csv")
    assert ran.code == 1
    assert "nobody knows who 'p-" in ran.err


# ---- the zips of feedback -----------------------------------------------------------------------------------------


def read_by_moodle(name):
    """Participant and file name, as Moodle's importer takes them from a name; None if it passes the file over."""
    if name.startswith((".", "~")):
        return None
    parts = name.split("_", 4)
    if len(parts) < 5 or not parts[1].isdecimal() or parts[2:4] != ["assignsubmission", "file"]:
        return None
    return int(parts[1]), parts[4]


@pytest.mark.parametrize("options", [[], ["--into", DATA / "moodle-worksheet.csv"]], ids=["roster", "worksheet"])
def test_moodle_hands_each_page_to_its_student(quizgen, exam, tmp_path, options):
    ran = quizgen("feedback", "moodle", *options)
    assert ran.code == 0, ran.err
    with ZipFile(tmp_path / "feedback-moodle.zip") as file:
        pages = {read_by_moodle(name): file.read(name).decode() for name in file.namelist()}
    assert pages.keys() == {(n, "feedback.html") for n in (501, 502, 503, 504, 506)}
    for (participant, _), page in pages.items():
        own = f"00{participant - 400}"
        assert own in page
        assert not [student for student in WITH_POINTS if student != own and student in page]


def test_canvas_hands_each_page_to_its_student(quizgen, exam, tmp_path):
    names = ["beeann_9001_700_essay.pdf", "bobu_LATE_9002_701_x_1.pdf", "strangerzoe_9999_702_a.pdf", "bad.pdf"]
    with ZipFile(tmp_path / "submissions.zip", "w") as file:
        for name in names:
            file.writestr(f"folder/{name}", "x")
    gradebook = ["--gradebook", DATA / "canvas.csv"]
    for more in ([], gradebook):
        ran = quizgen("feedback", "canvas", "--into", "submissions.zip", *more)
        assert ran.code == 3
        assert "feedback left out, for the LMS's name is not known: 00103, 00104, 00106" in ran.err
        with ZipFile(tmp_path / "feedback-canvas.zip") as file:
            assert file.namelist() == names[:2]
            assert "00101" in file.read(names[0]).decode()
            assert "00102" in file.read(names[1]).decode()


def test_the_same_feedback_gives_the_same_zip(quizgen, exam, tmp_path):
    quizgen("feedback", "moodle", "--out", "one.zip")
    quizgen("feedback", "moodle", "--out", "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["brightspace"], "Say moodle or canvas."),
        (["canvas"], "--into SUBMISSIONS.zip"),
        (["canvas", "--into", DATA / "canvas.csv"], "is no zip of submissions"),
        (["moodle", "--into", DATA / "canvas.csv"], "has no column 'Identifier'"),
    ],
)
def test_feedback_that_nobody_could_hand_out_is_refused(quizgen, exam, tmp_path, options, told):
    ran = quizgen("feedback", *options)
    assert ran.code in (1, 2)
    assert told in ran.err
    assert not list(tmp_path.glob("*.zip"))


def test_feedback_that_was_not_written_is_missed(quizgen, exam, tmp_path):
    (tmp_path / "typed.csv").write_text(sheet(read_exam(exam), WITH_POINTS), encoding="utf-8")
    quizgen("grade", "typed.csv", "--no-feedback")
    assert "Grade with --feedback html." in quizgen("feedback", "moodle").err


# ---- laws ---------------------------------------------------------------------------------------------------------

cells = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n"), max_size=8)
ids = st.lists(st.text("ab0123456789", min_size=1, max_size=3), unique=True, min_size=1, max_size=5)


@given(ids, st.data())
def test_every_row_and_every_student_is_accounted_for(students, data):
    records = [Record(name, {}, "marked", "1", "", 0) for name in students]
    rows = dict(enumerate(data.draw(st.lists(st.tuples(cells, st.sampled_from(["x", *students])), max_size=6))))
    matched = match(["Name", "Username"], rows, records)
    assert sorted([*matched.students, *matched.strangers, *matched.unclear]) == list(rows)
    taken = [record.student for record in matched.students.values()]
    assert len(set(taken)) == len(taken)
    assert not set(taken) & {record.student for record in matched.missing}
    assert all(rows[number][1] == record.student for number, record in matched.students.items())


@given(st.lists(st.lists(cells, min_size=3, max_size=3), max_size=5), st.booleans(), st.sampled_from([",", ";", "\t"]))
def test_what_is_written_reads_back(tmp_path_factory, body, quoted, delimiter):
    rows = tuple(tuple(harmless(cell) for cell in row) for row in [["Username", "b", "Points"], *body])
    path = tmp_path_factory.mktemp("law") / "a.csv"
    path.write_bytes(written(Table(rows, Way(delimiter=delimiter, quoted=quoted, end="\r\n"))))
    back = read_table(path)
    assert (back.rows, back.way.delimiter) == (rows, delimiter)


@given(st.text(max_size=10), st.text(max_size=10))
def test_whatever_stands_in_results_nothing_starts_a_formula(student, detail):
    results = Results("=T", "7", (Record(student or "x", {"=d": detail}, "marked", "6.5", "", 0),))
    for form in FORMATS.values():
        if form.fresh:
            text = written(new_table(form, results, ".")).decode(form.way.encoding)
            for row in csv.reader(io.StringIO(text.lstrip("\ufeff"), newline="")):
                assert all(harmless(cell) == cell for cell in row)


def test_a_file_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("quizgen.gradebook.exported.MAX_BYTES", 10)
    (tmp_path / "a.csv").write_text("Username,Points\n", encoding="utf-8")
    with pytest.raises(QuizgenError, match="too many for a gradebook"):
        read_table(tmp_path / "a.csv")


def test_an_absent_student_keeps_what_the_gradebook_has():
    table = Table((("Username", "Points"), ("ann", "EX"), ("bob", "3")), Way(), "a.csv")
    records = (Record("ann", {}, "excused", "", "", 0), Record("bob", {}, "empty", "0", "", 0))
    filled = fill_in(FORMATS["csv"], table, Results("T", "7", records))
    assert filled.table.rows[1:] == (("ann", "EX"), ("bob", "0"))
    assert (filled.entered, filled.left_over) == (1, False)
