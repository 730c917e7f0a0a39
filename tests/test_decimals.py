"""What a comma means is decided for each file by its own texts, or by --decimal; it is kept, told, never guessed."""

from __future__ import annotations

import csv
import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizgen.answers.evidence import Evidence, count_commas, count_points
from quizgen.answers.manner import Manner
from quizgen.answers.numbers import AMBIGUOUS, read_number
from quizgen.bank.folders import Bank, open_grader
from quizgen.desk import grade_files
from quizgen.errors import QuizgenError
from quizgen.exam.roster import Student
from quizgen.making import make_exam

# ---- evidence ----------------------------------------------------------------------------------------------------


def evidence(*texts, whole=False, axes=0):
    column, groups = pa.array(texts, pa.string()), np.zeros(len(texts), dtype=np.int64)
    commas = count_commas(column, groups, 1, whole=whole, axes=axes)[:, 0].tolist()
    return Evidence(*commas, int(count_points(column, groups, 1)[0]))


@pytest.mark.parametrize(
    "text", ["0,5", "12,25", "1.234,5", "-0,25", "−0,5", ",5", "1234,567", "0,500", "1,5e-3", "7,5 %"]
)
def test_a_comma_that_can_only_mark_decimals(text):
    assert evidence(text) == Evidence(commas=1)
    assert evidence(text, whole=True) == Evidence(commas=1)


@pytest.mark.parametrize("text", ["1,234.5", "1,234,567", "-12,345,678.25"])
def test_a_comma_that_can_only_part_thousands(text):
    found = evidence(text)
    assert (found.commas, found.thousands, found.either) == (0, 1, 0)


@pytest.mark.parametrize("text", ["1,234", "-12,345", "138,344"])
def test_a_comma_that_may_mean_either_is_a_question_only_where_decimals_are_asked(text):
    assert evidence(text) == Evidence(either=1)
    assert evidence(text, whole=True) == Evidence()


@pytest.mark.parametrize(
    "text", ["0.5", "12.25", ".5", "-0.125", "1234.567", "1.5e-3", "0.1 0.2; 3 4", "[[1.5, 2], [3, 4]]"]
)
def test_a_point_that_can_only_mark_decimals(text):
    assert evidence(text).points == 1


@pytest.mark.parametrize(
    "text", ["", "12", "1.234", "12.345.678", "3.", "04.03.2026", "1.234,5", "a,b", "1,2,3", "5,", "x,5", "1;2", "n.a."]
)
def test_what_shows_nothing(text):
    found = evidence(text)
    assert found.points == found.thousands == found.either == 0
    assert found.commas == (text == "1.234,5")


@pytest.mark.parametrize(
    ("text", "commas"), [("0,5 1,25; 3 4", 1), ("5,11; 13,7", 0), ("[[0,5],[1,2]]", 0), ("1,234 5", 0)]
)
def test_in_whole_arrays_only_commas_beside_spaces_show_something(text, commas):
    assert evidence(text, axes=2).commas == commas
    assert evidence(text, axes=2, whole=True).commas == 0


DECIDED = [
    (Evidence(), ""),
    (Evidence(either=9), ""),
    (Evidence(points=9, either=1), ""),  # who writes 0.5 is not the one who writes 1,234
    (Evidence(commas=1), ","),
    (Evidence(commas=1, either=500), ","),
    (Evidence(commas=500, points=1), ""),
    (Evidence(commas=500, thousands=1), ""),
    (Evidence(thousands=2), "."),
    (Evidence(thousands=2, points=7), "."),
]


@pytest.mark.parametrize(("found", "decimal"), DECIDED)
def test_evidence_decides_only_where_it_agrees(found, decimal):
    assert found.decimal == decimal


@given(st.integers(-(10**9), 10**9), st.integers(0, 4))
def test_evidence_never_contradicts_the_reading(number, digits):
    text = f"{number / 10**digits:.{digits}f}".replace(".", ",")
    found, read = evidence(text), read_number(text)
    assert (found.either == 1) == (read == AMBIGUOUS)
    assert (found.commas == 1) == ("," in text and read != AMBIGUOUS)
    if found.commas:
        assert read == read_number(text, Manner(decimal=",")) == float(text.replace(",", "."))


# ---- files -------------------------------------------------------------------------------------------------------

FRONT = """
    draw: {a: "integers(1000, 9000)"}
    steps: {thousandth: a / 1000, twice: 2 * thousandth, ten: 10 * a, shares: "(thousandth / 10, thousandth / 100)"}
    answers:
      thousandth: {points: 1, ask: 3 decimals}
      twice: {points: 1, ask: 3 decimals, percent: yes}
      ten: {points: 1}
      shares: {points: 1, ask: 5 decimals}
    mistakes:
      halved: {twice: thousandth / 2, says: Twice.}
    """
STUDENTS = ("ann", "bob", "cara", "dan")


@pytest.fixture
def folder(bank_in, tmp_path):
    bank = Bank("commas", bank_in(tmp_path / "bank", {"only": FRONT}))
    grader = open_grader("standard")
    roster = [Student(name, {}) for name in STUDENTS]
    make_exam(bank, bank.blueprint(), grader, 4, out=tmp_path / "exam", seed="commas", roster=roster)
    return tmp_path / "exam"


def written(folder, name, rows):
    """A file beside the exam: student -> what was typed for thousandth, and perhaps for twice, ten, shares."""
    path = folder.parent / name
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["student", "thousandth", "twice", "ten", "shares"])
        out.writerows([student, *texts, *[""] * (4 - len(texts))] for student, texts in rows.items())
    return path


def marks(folder, answer="thousandth"):
    """Student -> how the answer was read: the number, and the record or the reason."""
    with (folder / "results" / "marks.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["answer"] == answer]
    return {row["student"]: (row["read"], row["reading"] or row["reason"]) for row in rows}


UNREAD = ("", AMBIGUOUS)


def test_a_file_of_decimal_commas_says_so_and_is_read_so(folder):
    path = written(folder, "sheet.csv", {"ann": ["1,234"], "bob": ["0,5"], "cara": ["2,25"], "dan": ["3"]})
    desk = grade_files(folder, [path], forms=(), report=False)
    assert desk.notices == [f"{path}: decimal commas (2 of 3 numbers with a comma): 1,5 is read as 1.5"]
    assert marks(folder)["ann"] == ("1.234", "1,234 read as 1.234")
    assert marks(folder)["bob"] == ("0.5", "0,5 read as 0.5")
    assert marks(folder)["dan"] == ("3", "")


def test_without_evidence_nothing_is_guessed(folder):
    path = written(folder, "sheet.csv", {"ann": ["1,234"], "bob": ["12"]})
    desk = grade_files(folder, [path], forms=(), report=False)
    (notice,) = desk.notices
    assert "1 number like 1,234 is unreadable" in notice
    assert notice.endswith("say --decimal")
    assert marks(folder)["ann"] == UNREAD


def test_contradictory_evidence_decides_nothing(folder):
    path = written(folder, "sheet.csv", {"ann": ["1,234"], "bob": ["0,5"], "cara": ["0.5"]})
    desk = grade_files(folder, [path], forms=(), report=False)
    assert desk.notices[0].endswith("(1 like 0,5, some like 0.5); say --decimal")
    assert marks(folder) == {"ann": UNREAD, "bob": ("0.5", "0,5 read as 0.5"), "cara": ("0.5", "")}


def test_files_are_decided_each_by_itself(folder):
    commas = written(folder, "a.csv", {"ann": ["1,234"], "bob": ["0,5"]})
    points = written(folder, "b.csv", {"cara": ["1,234"], "dan": ["1,234.5"]})
    grade_files(folder, [commas, points], forms=(), report=False)
    read = marks(folder)
    assert (read["ann"][0], read["cara"][0]) == ("1.234", "1234")


def test_what_was_decided_is_kept_for_later_gradings(folder):
    first = written(folder, "a.csv", {"ann": ["1,234"], "bob": ["0,5"]})
    grade_files(folder, [first], forms=(), report=False)
    (run,) = (folder / "runs").iterdir()
    assert json.loads((run / "run.json").read_text(encoding="utf-8"))["decimals"] == {str(first): ","}
    grade_files(folder, [written(folder, "b.csv", {"cara": ["1,234"]})], forms=(), report=False)
    read = marks(folder)
    assert (read["ann"][0], read["cara"]) == ("1.234", UNREAD)


@pytest.mark.parametrize(("decimal", "number"), [(",", "1.234"), (".", "1234")])
def test_a_person_may_say_it(folder, quizgen, decimal, number):
    path = written(folder, "sheet.csv", {"ann": ["1,234"], "bob": ["0.5"], "cara": ["0,5"]})
    assert quizgen("grade", path, "--exam", folder, "--decimal", decimal).code == 0
    read = marks(folder)
    assert [read[name][0] for name in ("ann", "bob", "cara")] == [number, "0.5", "0.5"]
    later = written(folder, "later.csv", {"dan": ["2"]})
    assert quizgen("grade", later, "--exam", folder).code == 0
    assert marks(folder)["ann"][0] == number


def test_saying_it_later_settles_the_same_file(folder):
    path = written(folder, "sheet.csv", {"ann": ["1,234"]})
    grade_files(folder, [path], forms=(), report=False)
    assert marks(folder)["ann"] == UNREAD
    grade_files(folder, [path], decimal=",", forms=(), report=False)
    assert marks(folder)["ann"][0] == "1.234"


def test_another_decimal_mark_is_refused(folder):
    path = written(folder, "sheet.csv", {"ann": ["1"]})
    with pytest.raises(QuizgenError, match="--decimal is a comma or a point, not ';'"):
        grade_files(folder, [path], decimal=";", forms=(), report=False)
    assert not (folder / "results").exists()


def test_a_lone_point_before_three_digits_is_no_decimal_in_a_file_of_commas(folder):
    path = written(folder, "sheet.csv", {"ann": ["1.234"], "bob": ["0,5"]})
    grade_files(folder, [path], forms=(), report=False)
    assert marks(folder)["ann"] == ("", "ambiguous: a decimal point or a thousands mark?")


def test_whole_numbers_have_thousands_whatever_the_file_says(folder):
    path = written(folder, "sheet.csv", {"ann": ["0,5", "", "12,340"], "bob": ["0,5", "", "12.340"]})
    grade_files(folder, [path], forms=(), report=False)
    assert marks(folder, "ten") == {
        "ann": ("12340", "12,340 read as 12340"),
        "bob": ("12340", "12.340 read as 12340"),
    } | {name: given for name, given in marks(folder, "ten").items() if name not in ("ann", "bob")}


def test_per_cent_only_where_the_problem_says_so(folder):
    grade_files(folder, [written(folder, "sheet.csv", {"ann": ["50%", "50%"]})], forms=(), report=False)
    assert marks(folder)["ann"] == ("", "per cent; a plain number is asked for")
    assert marks(folder, "twice")["ann"] == ("0.5", "50% read as 0.5")


def test_rows_of_many_manners_are_read_in_their_places(folder):
    files = [
        written(folder, "a.csv", {"dan": ["0,5", "", "", "0,5 1,25"], "ann": ["1,234", "", "", "1,234 7"]}),
        written(folder, "b.csv", {"cara": ["1,234.5", "", "", "3 4"], "bob": ["1,234", "", "", "5 6 7"]}),
    ]
    grade_files(folder, files, forms=(), report=False)
    assert {name: read for name, (read, _) in marks(folder).items()} == {
        "ann": "1.234",
        "bob": "1234",
        "cara": "1234.5",
        "dan": "0.5",
    }
    assert {name: read for name, (read, _) in marks(folder, "shares").items()} == {
        "ann": "1.234 7",
        "bob": "5 6 7",
        "cara": "3 4",
        "dan": "0.5 1.25",
    }


@pytest.mark.parametrize("answer", ["ten: {percent: yes}", "ten: {kind: integer, percent: yes}"])
def test_per_cent_of_a_whole_number_is_an_error_of_the_author(answer, tiny):
    with pytest.raises(QuizgenError, match="per cent may only be written where decimals are asked"):
        tiny(f"draw: {{a: 'integers(1, 9)'}}\nsteps: {{ten: 10 * a}}\nanswers:\n  {answer}")
