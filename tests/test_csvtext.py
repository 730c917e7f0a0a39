"""CSV as text: harmless in spreadsheets, and its delimiter and its missing quotes are found out."""

from __future__ import annotations

import csv
import io
import re

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizgen.csvcolumns import begin_with, bytes_of, cells_of
from quizgen.csvtext import delimiter_of, drowned_rows, neutral, restored, write_csv

TEXTS = st.lists(st.text(st.sampled_from("=+-@\t\r\n'\",; 05.eéx")) | st.text(st.characters(codec="utf-8")))


def test_no_cell_and_no_heading_starts_a_formula():
    text = write_csv(["student", "=cmd()", "+x", "-y", "@z", "Q1.map[1,1]"], [["=a", "-3.5", 5, "@b", "-3 0; 1 2", ""]])
    headings, cells = csv.reader(io.StringIO(text))
    assert headings == ["student", "'=cmd()", "'+x", "'-y", "'@z", "Q1.map[1,1]"]
    assert cells == ["'=a", "-3.5", "5", "'@b", "-3 0; 1 2", ""]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\0")), min_size=2, max_size=4))
def test_headings_are_restored(headings):
    (found,) = csv.reader(io.StringIO(write_csv(headings, []), newline=""))
    for heading, text in zip(headings, found, strict=True):
        assert heading in (text, restored(text))


@given(TEXTS, st.integers(0, 3))
def test_cells_of_a_column_are_those_of_its_texts(texts, start):
    column = pa.array(texts, pa.string()).slice(start)
    texts = texts[start:]
    plain = [neutral(text) for text in texts]
    quoted = ['"{}"'.format(text.replace('"', '""')) if set(text) & set('",\n\r') else text for text in plain]
    assert cells_of(column).to_pylist() == quoted
    assert begin_with(column, "=-").tolist() == [text[:1] in ("=", "-") for text in texts]
    assert bytes(bytes_of(column)).decode() == "".join(texts)


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("student;Q3.conv[1,1];Q3.conv[1,2]\nann;1;2\n", ";"),
        ("student\tconv[1,1]\tconv[1,2]\tconv[2,1]", "\t"),
        ("student,conv[1;1],a", ","),
        ('student;"a, b, c";"d,e"\n', ";"),
        ('student;"a,b,c,\nd,e,f";loss\n', ";"),
        ("student,loss;size,map", ","),
        ("student;a[1,2,3,4;b\n", ","),
        ("student", ","),
        ("a|b,c|d", "|"),
    ],
)
def test_the_delimiter_stands_between_the_headings(text, delimiter):
    assert delimiter_of(text) == delimiter


DROWNED = {
    "5,1\nbob,6,2\ncara,8": True,
    "5\nbob,": True,
    "[5,1\nbob,6,2": True,
    "x\n,": True,
    "5,1": False,
    "5,1\nbob": False,
    "1, 2\n3, 4": False,
    "[[1,2],\n [3,4]]": False,
    " [[1,2],\n[3,4]] \n": False,
    "1 2\n3 4": False,
    "came late,\nbut, alas, left early": False,
}


@pytest.mark.parametrize(("cell", "drowned"), DROWNED.items(), ids=map(repr, DROWNED))
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_cells_that_hold_further_rows_are_known(cell, drowned, delimiter):
    cell = cell.replace(",", delimiter)
    assert bool(re.search(drowned_rows(delimiter, 1), cell)) == drowned
    assert pc.match_substring_regex(pa.array([cell]), drowned_rows(delimiter, 1)).to_pylist() == [drowned]


@pytest.mark.parametrize(("cell", "drowned"), [("ann,5\nbob", True), ("bo\nb", False), ("a,b", False)])
def test_in_the_first_column_what_stands_before_the_line_break_tells(cell, drowned):
    assert bool(re.search(drowned_rows(",", 0), cell)) == drowned
