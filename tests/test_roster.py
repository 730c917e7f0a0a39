"""The list of students as people have it: any headings; nobody is lost, and nothing collides with our own columns."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizgen.errors import QuizgenError
from quizgen.exam.roster import RESERVED, read_roster


@pytest.fixture
def roster(tmp_path):
    """Read a roster: id -> details."""

    def read(text):
        (tmp_path / "r.csv").write_text(text, encoding="utf-8")
        return {student.id: student.details for student in read_roster(tmp_path / "r.csv")}

    return read


@pytest.fixture
def complaint(roster, tmp_path):
    def read(text):
        with pytest.raises(QuizgenError) as error:
            roster(text)
        return str(error.value).replace(f"{tmp_path}/", "")

    return read


def test_a_list_out_of_a_learning_platform_is_read(roster):
    text = 'First name,Status,ID number,Username,Groups\nAnn,Active,007,ann7,"A, B"\nBob,Suspended,008,bob8,\n'
    assert roster(text) == {
        "007": {"First name": "Ann", "roster Status": "Active", "Username": "ann7", "Groups": "A, B"},
        "008": {"First name": "Bob", "roster Status": "Suspended", "Username": "bob8", "Groups": ""},
    }


@pytest.mark.parametrize(
    ("headings", "place", "details"),
    [
        ("id,student", 1, ["id"]),
        ("Username,name,Student ID", 2, ["Username", "name"]),
        ("matriculation number;ID", 1, ["matriculation number"]),
    ],
)
def test_the_first_of_the_known_headings_holds_the_ids(roster, headings, place, details):
    sign = ";" if ";" in headings else ","
    cells = ["a", "b", "c"][: headings.count(sign) + 1]
    assert roster(f"{headings}\n{sign.join(cells)}\n") == {
        cells[place]: dict(zip(details, [c for c in cells if c != cells[place]], strict=True))
    }


@pytest.mark.parametrize("heading", [*RESERVED[1:], "TAG", "Status", "Q1", "q2.map[1,1]", "Q3 total"])
def test_what_quizgen_calls_its_own_columns_is_renamed(roster, heading):
    text = write([["student", heading], ["ann", "x"]])
    assert roster(text) == {"ann": {f"roster {heading}": "x"}}


def write(rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def test_double_and_empty_headings_are_told_apart(roster):
    text = "student,group,Group,,status,roster status,column 4,\nann,A,B,C,D,E,F,\n"
    assert roster(text) == {
        "ann": {
            "group": "A",
            "Group 2": "B",
            "column 4": "C",
            "roster status": "D",
            "roster status 2": "E",
            "column 4 2": "F",
        }
    }


def test_formulas_of_a_spreadsheet_are_texts(roster):
    assert roster("student,'=SUM,-x\n'=ann,'@b,\n") == {"=ann": {"=SUM": "@b", "-x": ""}}


def test_short_rows_and_blank_lines_do_no_harm(roster):
    assert roster("\nstudent,name,room\n\nann,Ann\n,,\nbob,,,\n") == {
        "ann": {"name": "Ann", "room": ""},
        "bob": {"name": "", "room": ""},
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Student,student,x\nann,bob,1\n", "r.csv:1: two columns are headed 'student'. Which holds the ids?"),
        (
            "student,name\n1,Ann\n2,Müller, Bob\n",
            "r.csv:3: 3 cells, but there are 2 headings. A cell with a ',' in it needs quotation marks.",
        ),
        ('student,name\n1,"Ann\n2,Bob\n', "r.csv: a quotation mark is never closed"),
        (
            'student,name\n1,"Ann\n2,Bob\n3,"Cara\n',
            "r.csv:4: a cell runs over into what looks like further rows."
            ' A quotation mark " may be missing, or one too many.',
        ),
        (
            'student,name\n"1,Ann\n2",Bob\n',
            "r.csv:3: a cell runs over into what looks like further rows."
            ' A quotation mark " may be missing, or one too many.',
        ),
        (
            "name,room\nann,1\n",
            "r.csv:1: no column holds the students' ids. Name it 'student' (or 'id', or 'username').",
        ),
        ("student\n", "r.csv: the list holds no students"),
        ("student,name\n,Ann\n", "r.csv:2: a student without an id"),
        ("student\nann\nbob\nann\n", "r.csv:4: the student 'ann' stands here a second time. The first is in line 2."),
    ],
)
def test_a_list_that_is_not_sure_is_refused(complaint, text, said):
    assert complaint(text) == said


HEADING = st.one_of(
    st.sampled_from(["student", "id", "Status", "tag", "Q1", "", "name", "Name", "roster tag", "column 2"]),
    st.text("ab =+'\n", max_size=3),
)


@given(st.lists(HEADING, min_size=1, max_size=7))
def test_no_two_details_and_none_of_our_columns_share_a_name(tmp_path_factory, headings):
    path = tmp_path_factory.getbasetemp() / "roster.csv"
    cells = [f"cell{i}" for i in range(len(headings) + 1)]
    path.write_text(write([["student", *headings], cells]), encoding="utf-8")
    if "student" in headings:
        with pytest.raises(QuizgenError):
            read_roster(path)
        return
    (ann,) = read_roster(path)
    assert [ann.id, *ann.details.values()] == cells
    names = [name.lower() for name in ann.details]
    assert len(set(names)) == len(names) == len(headings)
    assert not set(names) & {*RESERVED, ""}
