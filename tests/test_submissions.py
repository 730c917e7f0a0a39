"""Any CSV people have: dialects, encodings, delimiters, quotes, cut rows; nothing is lost and lines are right."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quizgen.csvtext import drowned_rows
from quizgen.errors import QuizgenError
from quizgen.exam.tags import write_tag
from quizgen.submissions import Layout, read_sheet
from quizgen.submissions.handins import layout_of, resolve
from quizgen.submissions.sheet import PAPER
from quizgen.submissions.sources import sources
from quizgen.submissions.table import parse_table

LAYOUT = Layout(
    answers={("Q1", "size"): (), ("Q1", "map"): (2, 2), ("Q2", "loss"): (), ("Q2", "list"): (3,), ("Q3", "size"): ()},
    problems={"Q1": "alpha", "Q2": "beta", "Q3": "alpha"},
)


@pytest.fixture
def sheet(tmp_path):
    """Write a file and read it as a sheet."""

    def read(content, name="a.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_sheet(path, LAYOUT)

    return read


@pytest.fixture
def complaint(sheet, tmp_path):
    """The error for a file that cannot be read, without the folder."""

    def read(content, name="a.csv"):
        with pytest.raises(QuizgenError) as error:
            sheet(content, name)
        said = str(error.value)
        assert "\n" not in said
        return said.replace(f"{tmp_path}/", "")

    return read


def name_of(column):
    question, answer, cell = column
    return f"{question}.{answer}" + (f"[{','.join(map(str, cell))}]" if cell else "")


def rows_of(found):
    """What a sheet says: line -> (student, tag, status, texts that are not blank)."""
    texts = {name_of(column): array.to_pylist() for column, array in found.texts.items()}
    return {
        int(line): (
            found.students[i].as_py(),
            found.tags[i].as_py(),
            found.status[i].as_py(),
            {name: column[i] for name, column in texts.items() if column[i]},
        )
        for i, line in enumerate(found.lines)
    }


def rejects_of(found):
    return [(reject.line, reject.student, reject.reason) for reject in found.rejects]


def written(rows, delimiter=",", end="\n"):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


# ---- the wide dialect --------------------------------------------------------------------------------------------

WIDE = [
    ["student", "tag", "status", "Q1.size", "Q2.loss", "Q1.map[1,1]", "Q1.map[2,2]"],
    ["Müller", "K7RF-017-X", "", "12", "0,5", "1", "-4"],
    ["007", "", "empty", "", "", "", ""],
    ["Ann", "", "", "3", "=cmd()", "", "8"],
]
WIDE_SAYS = {
    2: ("Müller", "K7RF-017-X", "", {"Q1.size": "12", "Q2.loss": "0,5", "Q1.map[1,1]": "1", "Q1.map[2,2]": "-4"}),
    3: ("007", "", "empty", {}),
    4: ("Ann", "", "", {"Q1.size": "3", "Q2.loss": "=cmd()", "Q1.map[2,2]": "8"}),
}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_wide_file_is_read(sheet, delimiter, end, encoding):
    found = sheet(written(WIDE, delimiter, end).encode(encoding))
    assert rows_of(found) == WIDE_SAYS
    assert (found.rejects, found.notices, found.simulated) == ([], [], False)


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_both_kinds_of_utf_16_are_read(sheet, mark):
    kind = "utf-16-le" if mark == b"\xff\xfe" else "utf-16-be"
    assert rows_of(sheet(mark + written(WIDE).encode(kind))) == WIDE_SAYS


def test_a_file_without_a_last_line_end_is_read(sheet):
    assert rows_of(sheet(written(WIDE).rstrip("\n"))) == WIDE_SAYS


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("Q1.size", "Q1.size"),
        ("q1.size", "Q1.size"),
        ("Q01.size", "Q1.size"),
        ("loss", "Q2.loss"),
        (" loss ", "Q2.loss"),
        ("list[3]", "Q2.list[3]"),
        ("Q2.list [ 2 ]", "Q2.list[2]"),
        ("map[1, 2]", "Q1.map[1,2]"),
        ("map", "Q1.map"),
    ],
)
def test_an_answer_has_several_spellings(sheet, heading, column):
    found = sheet(written([["student", heading], ["ann", "5"]]))
    assert rows_of(found) == {2: ("ann", "", "", {column: "5"})}


@pytest.mark.parametrize("heading", ["student", "Student ID", "id", "username", "matriculation number"])
def test_the_column_of_students_has_several_names(sheet, heading):
    assert rows_of(sheet(f"{heading},loss\nann,5\n")) == {2: ("ann", "", "", {"Q2.loss": "5"})}


@pytest.mark.parametrize(
    ("typed", "tag"), [("17", f"{PAPER}17"), ("017", f"{PAPER}17"), ("K7RF-017-X", "K7RF-017-X"), ("", "")]
)
@pytest.mark.parametrize("heading", ["paper", "Variant"])
def test_a_paper_may_be_a_plain_number(sheet, heading, typed, tag):
    assert rows_of(sheet(f"student,{heading},loss\nann,{typed},5\n"))[2][1] == tag


def test_whole_matrices_stand_in_one_cell(sheet):
    texts = ["3 0; 5 -3", "[[3, 0], [5, -3]]", "3 0\n5 -3"]
    found = sheet(written([["student", "map"], *(["ann", text] for text in texts)]))
    assert [says[3]["Q1.map"] for says in rows_of(found).values()] == texts
    assert found.lines.tolist() == [2, 3, 4]


def test_other_columns_are_ignored_aloud(sheet, tmp_path):
    found = sheet("student,name,remark,loss\nann,Ann A.,late,5\n")
    assert rows_of(found) == {2: ("ann", "", "", {"Q2.loss": "5"})}
    assert found.notices == [f"{tmp_path}/a.csv: ignored: name, remark"]


def test_a_simulated_sheet_says_so(sheet):
    assert sheet("student,simulated,loss\nann,yes,5\n").simulated


def test_a_students_id_is_a_text(sheet):
    found = sheet("student,loss\n007,1\n1e5,2\n'=SUM,3\n NA ,4\nnull,5\n")
    assert [says[0] for says in rows_of(found).values()] == ["007", "1e5", "=SUM", "NA", "null"]


def test_nothing_is_interpreted(sheet):
    texts = ["NA", "NULL", "nan", "true", "1.50", "01", "1e5", "-0", "#N/A", "2024-01-01", " 5 ", '6"', "'7"]
    found = sheet(written([["student", "loss"], *(["ann", text] for text in texts)]))
    assert [says[3]["Q2.loss"] for says in rows_of(found).values()] == texts


def test_a_cell_of_ten_megabytes_is_read(sheet):
    found = sheet(f"student,loss\nann,1\nbob,{'9' * 10_000_000}\ncara,3\n")
    rows = rows_of(found)
    assert list(rows) == [2, 3, 4]
    assert len(rows[3][3]["Q2.loss"]) == 10_000_000
    assert rows[4] == ("cara", "", "", {"Q2.loss": "3"})


# ---- rows and lines ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_lines_are_right_after_line_breaks_in_cells_and_blank_lines(sheet, end):
    text = 'student,loss\nann,1\n"bo\n\nb",2\n\n,\ncara,"3\n"\ndan,4\n'.replace("\n", end)
    rows = rows_of(sheet(text))
    assert {line: says[0].replace("\r", "") for line, says in rows.items() if says[0]} == {
        2: "ann",
        3: "bo\n\nb",
        8: "cara",
        10: "dan",
    }


def test_lines_are_right_after_a_heading_with_a_line_break(sheet):
    assert list(rows_of(sheet('student,"a long\nremark",loss\nann,x,1\nbob,y,2\n'))) == [3, 4]


def test_lines_are_right_after_a_short_row_with_a_line_break(sheet):
    rows = rows_of(sheet('student,loss,list\n"an\nn",1\nbob,2,3\ncara,4\ndan,5,6\n'))
    assert {says[0]: line for line, says in rows.items()} == {"an\nn": 2, "bob": 4, "cara": 5, "dan": 6}


def test_lines_are_right_after_a_refused_row_with_a_line_break(sheet):
    found = sheet('student,loss\n"an\nn",1,2\nbob,2\ncara,3,x\n')
    assert {says[0]: line for line, says in rows_of(found).items()} == {"bob": 4}
    assert [line for line, _, _ in rejects_of(found)] == [2, 5]


def test_short_rows_are_filled_with_blanks(sheet):
    found = sheet("student,loss,size,list\nann,1,2,3\nbob,4\ncara\n".replace("size", "Q1.size"))
    assert rows_of(found) == {
        2: ("ann", "", "", {"Q2.loss": "1", "Q1.size": "2", "Q2.list": "3"}),
        3: ("bob", "", "", {"Q2.loss": "4"}),
        4: ("cara", "", "", {}),
    }
    assert found.rejects == []


def test_a_row_with_too_many_cells_is_refused_and_the_others_stay(sheet):
    found = sheet("student,loss\nann,1\nbob,0,5\ncara,3\n")
    assert rows_of(found).keys() == {2, 4}
    assert rejects_of(found) == [(3, "bob", "3 cells, but there are 2 headings")]
    assert found.rejects[0].text == "bob,0,5"


def test_empty_cells_beyond_the_headings_do_no_harm(sheet):
    found = sheet("student,loss\nann,1,,\nbob,2,\n")
    assert rows_of(found) == {2: ("ann", "", "", {"Q2.loss": "1"}), 3: ("bob", "", "", {"Q2.loss": "2"})}
    assert found.rejects == []


CELL = st.text(
    st.one_of(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), st.sampled_from('\n",;\t| ')), max_size=6
)
ROWS = st.lists(st.lists(CELL, min_size=1, max_size=5), max_size=6)


@given(rows=ROWS, delimiter=st.sampled_from(",;\t|"), end=st.sampled_from(["\n", "\r\n"]))
@example(rows=[["a\n"], ["b", "c", "d"]], delimiter=",", end="\n")
@example(rows=[["a", "b\nc", "", "x"], ["b", "c", "d"]], delimiter=",", end="\n")
def test_every_row_is_read_or_refused_on_its_own_line(rows, delimiter, end):
    """Rows of three cells as they are, shorter ones filled up, longer ones refused unless nothing stands there.

    A row with a cell that seems to hold further rows is refused, too.
    """
    text = written([["student", "note", "loss"], *rows], delimiter, end)
    table = parse_table(text, "a.csv")
    line = 2
    kept, refused = {}, []
    for row in rows:
        wide = any(cell.strip() for cell in row[3:])
        if wide or any(re.search(drowned_rows(delimiter, i), cell) for i, cell in enumerate(row[:3])):
            refused.append(line)
        elif len(row) == 3 or any(cell.strip() for cell in row):
            kept[line] = [*row, "", ""][:3]
        line += 1 + sum(cell.count("\n") for cell in row)
    assert (
        dict(
            zip(table.lines.tolist(), map(list, zip(*(c.to_pylist() for c in table.columns), strict=True)), strict=True)
        )
        == kept
    )
    assert sorted(reject.line for reject in table.rejects) == refused


QUOTE = 'a cell runs over into what looks like further rows. A quotation mark " may be missing, or one too many.'


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_rows_that_a_stray_quote_has_swallowed_are_refused_aloud(sheet, delimiter):
    rows = 'student,Q1.size,loss\nzoe,1,2\nann,"5.1,3\nbob,6,2\ncara,8",3\ndan,7,4\n'
    found = sheet(rows.replace(",", delimiter))
    assert {says[0] for says in rows_of(found).values()} == {"zoe", "dan"}
    assert rejects_of(found) == [(3, "ann", QUOTE)]
    assert found.rejects[0].text == "ann,5.1,3\nbob,6,2\ncara,8,3".replace(",", delimiter)


@pytest.mark.parametrize(
    "rows",
    [
        'ann,"5\nbob,"6,7\n',  # one row less in the last column
        '"ann,1,2\nbob",6,7\n',
        'ann,1,"x\nbob,2,"\n',
        'ann,"5\nbob,6,7"\n',  # and the row is cut short
    ],
)
def test_a_stray_quote_anywhere_is_told(sheet, rows):
    found = sheet(f"student,loss,remark\n{rows}dan,7,4\n")
    assert {says[0] for says in rows_of(found).values()} == {"dan"}
    assert [(line, reason) for line, _, reason in rejects_of(found)] == [(2, QUOTE)]


@pytest.mark.parametrize("text", ["3 0\n5 -3", "[[3,0],\n[5,-3]]", "3, 0\n5, -3", "\n3 0; 5 -3\n"])
def test_lines_of_a_matrix_are_no_rows(sheet, text):
    found = sheet(written([["student", "map"], ["ann", text], ["bob", "1"]]))
    assert [says[3]["Q1.map"] for says in rows_of(found).values()] == [text, "1"]
    assert found.rejects == []


def test_headings_that_run_over_into_rows_are_told(complaint):
    said = 'a.csv:1: the headings run over into the next rows. A quotation mark " may be missing, or one too many.'
    assert complaint('student,loss,"note\nann,1,x"\nbob,2,y\n') == said


def test_a_semicolon_sheet_with_cells_in_its_headings_is_read(sheet):
    found = sheet("student;map[1,1];map[1,2]\nann;0,5;2\n")
    assert rows_of(found) == {2: ("ann", "", "", {"Q1.map[1,1]": "0,5", "Q1.map[1,2]": "2"})}


def test_what_the_roster_says_is_no_answer(tmp_path):
    """The sheet that `make` writes repeats the roster's columns, whatever they are called."""
    (tmp_path / "a.csv").write_text("student,loss,lost,'=list,tag,Q2.loss,list\nann,x,y,z,,5,6\n")
    layout = replace(LAYOUT, details=frozenset({"loss", "lost", "=list"}))
    found = read_sheet(tmp_path / "a.csv", layout)
    assert rows_of(found) == {2: ("ann", "", "", {"Q2.loss": "5", "Q2.list": "6"})}
    assert found.notices == [f"{tmp_path}/a.csv: ignored: loss, lost, '=list"]


# ---- files that cannot be used -----------------------------------------------------------------------------------

NO_TABLE = {
    "nothing": (b"", "a.csv: the file is empty. A table with a line of headings is needed."),
    "blanks": (b" \n\n  \t\n", "a.csv: the file is empty. A table with a line of headings is needed."),
    "mark only": (b"\xef\xbb\xbf", "a.csv:1: the first line holds no headings"),
    "bytes": (b"student,loss\n\0\0\1", "a.csv: this is no text file (byte 14 is zero). Save it as CSV."),
    "utf-16 without a mark": (
        "student,loss\nann,1\n".encode("utf-16-le"),
        "a.csv: this is no text file (byte 2 is zero). Save it as CSV.",
    ),
    "no headings": (b",,,\nann,1,2,3\n", "a.csv:1: the first line holds no headings"),
    "open quote": (
        b'student,loss\nann,"1\nbob,2\n',
        'a.csv: a quotation mark is never closed. Look for a cell with a single ".',
    ),
    "no students": (
        b"name,loss\nann,1\n",
        "a.csv:1: no column says whose answers these are (headings: name, loss)."
        " A column 'student' or 'tag' is needed.",
    ),
    "no answers": (
        b"student,remark\nann,1\n",
        "a.csv:1: no column holds answers of this exam. They are named Q1.size, Q1.map, Q2.loss, Q2.list, …",
    ),
    "unknown answer": (
        b"student,Q2.los\nann,1\n",
        "a.csv:1: the column 'Q2.los' is no answer of this exam. Did you mean 'Q2.loss'?",
    ),
    "unknown cell": (
        b"student,Q2.list[4]\nann,1\n",
        "a.csv:1: the column 'Q2.list[4]' is no answer of this exam. Did you mean 'Q2.list'?",
    ),
    "unknown question": (
        b"student,Q9.zzzzzzzzzz\nann,1\n",
        "a.csv:1: the column 'Q9.zzzzzzzzzz' is no answer of this exam. Answers are named like Q1.size.",
    ),
    "an answer of two questions": (
        b"student,size,loss\nann,1,2\n",
        "a.csv:1: the column 'size' is no answer of this exam. Did you mean 'Q3.size'?",
    ),
    "doubled": (b"student,loss,loss\nann,1,2\n", "a.csv:1: the answer of column 'loss' stands in the file twice"),
    "long and short": (
        b"student,Q2.loss,loss\nann,1,2\n",
        "a.csv:1: the answer of column 'loss' stands in the file twice",
    ),
    "whole and cells": (
        b"student,list,list[1]\nann,1,2\n",
        "a.csv:1: the answer of column 'list[1]' stands in the file twice",
    ),
}


@pytest.mark.parametrize(("content", "said"), NO_TABLE.values(), ids=NO_TABLE)
def test_a_file_that_cannot_be_used_is_told_in_one_line(complaint, content, said):
    assert complaint(content) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("xl/workbook.xml", "a.csv: this workbook cannot be read"),
        ("content.xml", "a.csv: this is no workbook. Save it as XLSX or as CSV."),
    ],
)
def test_a_zip_file_that_is_no_workbook_is_told(complaint, name, said):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(name, "<x/>" * 100)
    assert complaint(data.getvalue()).startswith(said)


@given(st.binary(max_size=60))
def test_no_bytes_ever_raise_anything_else(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "bytes.csv"
    path.write_bytes(data)
    with pytest.raises(QuizgenError):
        read_sheet(path, LAYOUT)
    path.write_bytes(b"student,loss\n" + data)
    try:
        found = read_sheet(path, LAYOUT)
    except QuizgenError:
        return
    assert found.n == len(found.texts["Q2", "loss", ()])


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(QuizgenError) as error:
        read_sheet(tmp_path / "none.csv", LAYOUT)
    assert str(error.value) == f"{tmp_path}/none.csv: cannot be read: No such file or directory"


def test_headings_alone_are_a_sheet_without_rows(sheet):
    assert sheet("student,loss\n").n == 0
    assert sheet("student,answer,value\n").n == 0


# ---- the long dialect --------------------------------------------------------------------------------------------

LONG = """\
student,question,answer,value
ann,Q1,size,12
ann,Q2,loss,0.5
bob,Q1,size,7
ann,Q1,map,"3 0; 5 -3"
bob,Q2,list[2],4
bob,Q2,list[1],
"""


def test_a_long_file_is_read(sheet):
    found = sheet(LONG)
    assert rows_of(found) == {
        2: ("ann", "", "", {"Q1.size": "12", "Q2.loss": "0.5", "Q1.map": "3 0; 5 -3"}),
        4: ("bob", "", "", {"Q1.size": "7", "Q2.list[2]": "4"}),
    }
    assert found.rejects == []


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_long_file_has_any_delimiter(sheet, delimiter):
    rows = list(csv.reader(io.StringIO(LONG)))
    assert rows_of(sheet(written(rows, delimiter, "\r\n"))) == rows_of(sheet(LONG))


@pytest.mark.parametrize(
    ("question", "answer", "column"),
    [
        ("Q2", "loss", "Q2.loss"),
        ("beta", "loss", "Q2.loss"),
        ("", "loss", "Q2.loss"),
        ("", "Q2.loss", "Q2.loss"),
        ("Q2", "Q2.loss", "Q2.loss"),
        (" Q2 ", " list[3] ", "Q2.list[3]"),
    ],
)
def test_a_long_row_names_its_answer_in_several_ways(sheet, question, answer, column):
    found = sheet(f"student,problem,answer,value\nann,{question},{answer},5\n")
    assert (rows_of(found), found.rejects) == ({2: ("ann", "", "", {column: "5"})}, [])


def test_a_long_file_may_go_by_tag_and_needs_no_question(sheet):
    found = sheet("tag,answer,value\nK7RF-017-X,loss,5\nK7RF-018-Y,loss,6\n")
    assert [(says[1], says[3]) for says in rows_of(found).values()] == [
        ("K7RF-017-X", {"Q2.loss": "5"}),
        ("K7RF-018-Y", {"Q2.loss": "6"}),
    ]


@pytest.mark.parametrize(
    ("question", "answer", "reason"),
    [
        ("Q2", "los", "'Q2.los' is no answer of this exam. Did you mean 'Q2.loss'?"),
        ("alpha", "size", "the problem 'alpha' fills Q1 and Q3: name the question"),
        ("", "zzzzzz", "'zzzzzz' is no answer of this exam."),
        ("Q2", "list[4]", "'Q2.list[4]' is no answer of this exam. Did you mean 'Q2.list'?"),
    ],
)
def test_a_long_row_that_names_no_answer_is_refused_and_the_others_stay(sheet, question, answer, reason):
    found = sheet(f"student,question,answer,value\nann,Q2,loss,5\nann,{question},{answer},6\nbob,Q2,loss,7\n")
    assert {says[0]: says[3] for says in rows_of(found).values()} == {"ann": {"Q2.loss": "5"}, "bob": {"Q2.loss": "7"}}
    assert [(line, student) for line, student, _ in rejects_of(found)] == [(3, "ann")]
    assert rejects_of(found)[0][2].rstrip(".") == reason.rstrip(".")
    assert found.rejects[0].text == "6"


def test_the_same_long_row_twice_counts_once(sheet):
    found = sheet("student,question,answer,value\nann,Q2,loss,5\nbob,Q2,loss,6\nann,Q2,loss,5\n")
    assert (len(rows_of(found)), found.rejects) == (2, [])


def test_long_rows_that_differ_are_all_refused(sheet):
    found = sheet("student,question,answer,value\nann,Q2,loss,5\nbob,Q2,loss,6\nann,Q2,loss,7\nann,Q1,size,8\n")
    assert {says[0]: says[3] for says in rows_of(found).values()} == {"ann": {"Q1.size": "8"}, "bob": {"Q2.loss": "6"}}
    assert [(line, student) for line, student, _ in rejects_of(found)] == [(2, "ann"), (4, "ann")]


def test_a_whole_answer_and_its_cells_do_not_mix(sheet):
    found = sheet('student,question,answer,value\nann,Q2,list,"1 2 3"\nann,Q2,list[1],9\n')
    assert rows_of(found)[2][3] == {"Q2.list": "1 2 3"}
    assert rejects_of(found) == [(3, "ann", "the whole answer stands here too")]


def test_one_student_may_write_cells_where_another_writes_the_whole(sheet):
    found = sheet('student,question,answer,value\nann,Q2,list,"1 2 3"\nbob,Q2,list[1],9\n')
    kept = [text for says in rows_of(found).values() for text in says[3].values()]
    assert len(kept) + len(found.rejects) == 2, "nothing is lost"


@pytest.mark.parametrize(("one", "other"), [("Q2", "beta"), ("beta", ""), ("", "Q2")])
def test_students_may_name_the_same_answer_differently(sheet, one, other):
    found = sheet(f"student,question,answer,value\nann,{one},loss,5\nbob,{other},loss,6\n")
    assert [says[3] for says in rows_of(found).values()] == [{"Q2.loss": "5"}, {"Q2.loss": "6"}]
    found = sheet(f"student,question,answer,value\nann,{one},loss,5\nann,{other},loss,6\n")
    assert [line for line, _, _ in rejects_of(found)] == [2, 3]


def tag(number, question=None):
    return write_tag("K7RF", number, question)


def long_of(*rows):
    return written([["student", "tag", "status", "question", "answer", "value"], *rows])


def test_the_tags_of_questions_are_one_paper(sheet):
    found = sheet(
        long_of(
            ["", tag(17, "Q1"), "", "Q1", "size", "1"],
            ["", tag(18, "Q1"), "", "Q1", "size", "2"],
            ["", tag(17, "Q2").lower(), "", "Q2", "loss", "3"],
            ["", tag(18), "", "Q2", "loss", "4"],
            ["", tag(17, "Q3"), "", "Q3", "size", "5"],
        )
    )
    assert rows_of(found) == {
        2: ("", tag(17, "Q1"), "", {"Q1.size": "1", "Q2.loss": "3", "Q3.size": "5"}),
        3: ("", tag(18, "Q1"), "", {"Q1.size": "2", "Q2.loss": "4"}),
    }
    assert found.rejects == []


@pytest.mark.parametrize("roster", [(), ("ann", "bob")])
def test_a_long_file_with_the_tags_of_questions_is_accepted(make_small, tmp_path, roster):
    exam = make_small(tmp_path / "exam", 2, roster)
    rows = [
        ["", write_tag(exam.code, number, question), "", question, answer, "5"]
        for question, answer in (("Q1", "double"), ("Q2", "map"))
        for number in (1, 2)
    ]
    (tmp_path / "a.csv").write_text(long_of(*rows))
    handins, rejects = resolve(exam, read_sheet(tmp_path / "a.csv", layout_of(exam)))
    assert (handins.papers.tolist(), rejects) == ([1, 2], [])
    assert {column[:2]: texts.to_pylist() for column, texts in handins.texts.items()} == {
        ("Q1", "double"): ["5", "5"],
        ("Q2", "map"): ["5", "5"],
    }


@pytest.mark.parametrize(
    "odd",
    [
        tag(17, "Q2")[:-1] + "0",  # its check does not fit: it may be another paper's
        write_tag("A2CD", 17, "Q2"),
        "Q2-017",
        "K7RF 17",
        "#17",
        "ö",
    ],
)
def test_a_tag_that_is_not_sure_stays_apart(sheet, odd):
    found = sheet(long_of(["", tag(17, "Q1"), "", "Q1", "size", "1"], ["", odd, "", "Q2", "loss", "3"]))
    assert rows_of(found) == {2: ("", tag(17, "Q1"), "", {"Q1.size": "1"}), 3: ("", odd, "", {"Q2.loss": "3"})}


def test_a_tag_of_another_question_is_refused(sheet):
    found = sheet(
        long_of(
            ["ann", tag(17, "Q1"), "", "Q2", "loss", "1"],
            ["ann", tag(17, "Q1"), "", "Q1", "size", "2"],
            ["bob", tag(18, "Q2"), "", "Q1", "size", "3"],
        )
    )
    assert rows_of(found) == {2: ("ann", tag(17, "Q1"), "", {"Q1.size": "2"})}
    assert rejects_of(found) == [
        (2, "ann", f"the tag {tag(17, 'Q1')} is of Q1, but this row answers Q2"),
        (4, "bob", f"the tag {tag(18, 'Q2')} is of Q2, but this row answers Q1"),
    ]


def test_one_row_with_student_and_tag_brings_both_together(sheet):
    found = sheet(
        long_of(
            ["", tag(17, "Q1"), "", "Q1", "size", "1"],
            ["bob", "", "", "Q1", "size", "2"],
            ["ann", tag(17), "", "Q2", "loss", "3"],
            ["ann", "", "", "Q3", "size", "4"],
            ["", tag(18), "", "Q2", "loss", "5"],
        )
    )
    assert rows_of(found) == {
        2: ("ann", tag(17, "Q1"), "", {"Q1.size": "1", "Q2.loss": "3", "Q3.size": "4"}),
        3: ("bob", "", "", {"Q1.size": "2"}),
        6: ("", tag(18), "", {"Q2.loss": "5"}),
    }


def test_rows_that_disagree_whose_a_tag_is_stay_apart(sheet):
    found = sheet(
        long_of(
            ["ann", tag(17), "", "Q1", "size", "1"],
            ["bob", tag(17), "", "Q1", "size", "2"],
            ["", tag(17), "", "Q2", "loss", "3"],
            ["cara", tag(18), "", "Q1", "size", "4"],
            ["cara", tag(19), "", "Q1", "size", "5"],
            ["cara", "", "", "Q2", "loss", "6"],
        )
    )
    assert [(who, paper) for who, paper, *_ in rows_of(found).values()] == [
        ("ann", tag(17)),
        ("bob", tag(17)),
        ("", tag(17)),
        ("cara", tag(18)),
        ("cara", tag(19)),
        ("cara", ""),
    ]


def test_a_status_may_stand_in_any_row_of_a_student(sheet):
    found = sheet(
        long_of(
            ["ann", "", "", "Q1", "size", ""],
            ["ann", "", "Excused", "Q2", "loss", ""],
            ["bob", "", "empty", "", "", ""],
        )
    )
    assert rows_of(found) == {2: ("ann", "", "excused", {}), 4: ("bob", "", "empty", {})}
    assert found.rejects == []


def test_two_statuses_of_a_student_are_refused(sheet):
    found = sheet(
        long_of(
            ["ann", "", "empty", "Q1", "size", ""],
            ["bob", "", "", "Q1", "size", "2"],
            ["ann", "", "", "Q2", "loss", "1"],
            ["ann", "", "excused", "Q2", "loss", ""],
        )
    )
    assert rows_of(found) == {3: ("bob", "", "", {"Q1.size": "2"})}
    says = "this student has two different statuses here"
    assert rejects_of(found) == [(2, "ann", says), (4, "ann", says), (5, "ann", says)]


def test_a_blank_value_says_nothing(sheet):
    found = sheet("student,question,answer,value\nann,Q2,loss,\nann,Q2,loss,5\nann,Q2,loss,\n")
    assert (rows_of(found), found.rejects) == ({2: ("ann", "", "", {"Q2.loss": "5"})}, [])


def test_a_long_value_without_an_answer_is_refused(sheet):
    assert [line for line, *_ in rejects_of(sheet("student,question,answer,value\nann,Q2,,5\nbob,Q2,,\n"))] == [2]


# ---- several files -----------------------------------------------------------------------------------------------


def test_files_and_folders_of_files_are_taken_once_each(tmp_path):
    room = tmp_path / "rooms"
    (room / "deeper.csv").mkdir(parents=True)
    for name in ("b.CSV", "a.csv", "c.txt", "d.tsv", "notes.md", "e.xlsx", "~$e.xlsx"):
        (room / name).write_text("student,loss\n")
    single = tmp_path / "single.csv"
    assert sources([single, room, room / "a.csv", single]) == (
        [single, *(room / name for name in ("a.csv", "b.CSV", "c.txt", "d.tsv", "e.xlsx"))],
        [],
    )


def test_a_folder_without_csv_files_is_told(tmp_path):
    (tmp_path / "notes.md").write_text("x")
    with pytest.raises(QuizgenError) as error:
        sources([tmp_path])
    assert str(error.value) == f"{tmp_path}: this folder holds no files of answers"
