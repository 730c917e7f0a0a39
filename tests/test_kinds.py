"""Kinds of answer that are no plain numbers: shapes, choices, places and formulas."""

from __future__ import annotations

import csv

import numpy as np
import pyarrow as pa
import pytest

from quizgen.answers.agreement import a_place, agree, apart, differing, reading
from quizgen.answers.formulas import fingerprint, formula_values
from quizgen.answers.reading import BLANK, READ, UNREADABLE
from quizgen.answers.words import read_answers
from quizgen.bank.folders import open_grader
from quizgen.check import check_problem
from quizgen.desk import grade_files
from quizgen.errors import QuizgenError
from quizgen.exam.additions import read_exam
from quizgen.language.tolerance import parse_tolerance
from quizgen.render.values import right_answers
from quizgen.world.values import Value

EXACT = parse_tolerance("whole number")
FRONT = """
draw: {x: "integers(1, 9, shape=(3, 4))", a: "integers(2, 5)"}
require: ["sum(map == max(map)) <= 2", "any(map == 0)"]
steps:
  map: x - 5
  size: (3, 4, a)
  verdict: where(sum(map) > 0, 1, 2)
answers:
  size: {kind: shape}
  sign: {kind: choice, of: verdict, options: [positive, not positive]}
  top_at: {kind: location, where: map == max(map), counted: from 0}
  zero_at: {kind: location, where: map == 0}
  slope: {kind: formula, is: "U * (1 - U) * G", symbols: {U: [2, 2], G: [2, 2]}}
  row: {kind: formula, is: "matmul(transpose(W), d)", symbols: {W: [3, 2], d: [3]}}
mistakes:
  one-more: {size: "(4, 5, a)", says: Count again.}
  turned: {verdict: "where(sum(map) > 0, 2, 1)", says: The other way.}
  lowest: {top_at: map == min(map), says: The largest.}
  derivative-forgotten: {slope: U * G, says: Times the derivative.}
  doubled: {row: "matmul(transpose(W), d) * 2", says: Once.}
"""


@pytest.fixture(scope="module")
def problem(tiny):
    return tiny(FRONT)


@pytest.fixture(scope="module")
def answers(problem):
    return {answer.name: answer for answer in problem.answers}


def read(answer, *texts, asked=((3,),)):
    shape = np.broadcast_to(np.array(asked), (len(asked), len(texts)))
    return read_answers(answer, pa.array(texts, pa.string()), shape)


def columns(found):
    return [found.value.column(i).tolist() for i in range(found.value.n)]


def test_the_problem_tests_itself(problem):
    assert check_problem(problem, open_grader("standard"), 60).defects == []


# shapes


@pytest.mark.parametrize(
    "text", ["46 x 62 x 20", "46x62x20", "46X62X20", "(46, 62, 20)", "46 × 62 × 20", "46 62 20", "[46, 62, 20]"]
)
def test_shapes_are_read_as_people_write_them(answers, text):
    assert columns(read(answers["size"], text)) == [[46, 62, 20]]


@pytest.mark.parametrize("text", ["46 x ? x 20", "x", "46 x x 20 y"])
def test_what_is_no_shape_is_unreadable(answers, text):
    assert read(answers["size"], text).state.tolist() == [UNREADABLE]


# choices


def test_a_choice_is_one_of_the_words_in_any_case(answers):
    found = read(answers["sign"], "positive", " Not   POSITIVE ", "", "-", "negative")
    assert found.state.tolist() == [READ, READ, BLANK, BLANK, UNREADABLE]
    assert found.value.cells[:2].tolist() == [1, 2]
    assert found.why.tolist()[-1] == "none of: positive, not positive"
    assert right_answers(answers["sign"], Value.dense(np.array([2.0, 1.0]))).tolist() == ["not positive", "positive"]


# places


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("1 3", [2, 4]),
        ("(1, 3)", [2, 4]),
        ("[1,3]", [2, 4]),
        ("Z[1,3]", [2, 4]),
        ("1;3", [2, 4]),
        ("row 2, column 4", [2, 4]),
        ("Zeile 2, Spalte 4", [2, 4]),
        ("zeile 2 und spalte 4", [2, 4]),
        ("ligne 2, colonne 4", [2, 4]),
        ("Ligne 2 et col. 4", [2, 4]),
        ("Row 2 col. 4", [2, 4]),
        ("2 4 from 1", [2, 4]),
        ("(1, 3) from 0", [2, 4]),
    ],
)
def test_a_place_counts_as_the_question_does_or_as_it_says(answers, text, place):
    assert columns(read(answers["top_at"], text, asked=((3,), (4,)))) == [place]


@pytest.mark.parametrize("text", ["1", "1 2 3", "1.5 2", "top", "=cmd()", "1 2 from 7"])
def test_what_is_no_place_is_unreadable(answers, text):
    assert read(answers["top_at"], text, asked=((3,), (4,))).state.tolist() == [UNREADABLE]


MASK = Value.dense(np.array([[0, 1, 0], [0, 0, 1]])[..., None].astype(float))


@pytest.mark.parametrize(
    ("place", "right"),
    [([1, 2], True), ([2, 3], True), ([2, 1], False), ([0, 2], False), ([3, 3], False), ([1, 4], False)],
)
def test_any_place_where_it_holds_is_right(place, right):
    typed = Value.dense(np.array(place, dtype=float)[:, None])
    assert agree(typed, MASK, EXACT).whole.tolist() == [right]


def test_places_are_apart_if_none_is_common():
    def seen(*rows):
        return reading(Value.dense(np.array(rows, dtype=float)[..., None]), None, EXACT, places=True)

    assert apart(seen([0, 1]), seen([1, 0])).tolist() == [True]
    assert apart(seen([1, 1]), seen([1, 0])).tolist() == [False]
    assert apart(seen([0, 0]), seen([1, 0])).tolist() == [False], "nobody can point to what is nowhere"
    assert apart(seen([0, 1], [0, 0]), seen([1, 0])).tolist() == [True]


def test_where_all_right_places_stay_right_nothing_shows_though_the_map_has_another_shape():
    def seen(*rows):
        return reading(Value.dense(np.array(rows, dtype=float)[..., None]), None, EXACT, places=True)

    on_the_diagonal = seen([0, 0, 0], [0, 1, 0])
    assert differing(seen([0, 0], [0, 1], [0, 0]), on_the_diagonal).tolist() == [False]
    assert differing(seen([0, 0], [0, 1], [1, 0]), on_the_diagonal).tolist() == [True]
    assert differing(seen([0, 0], [0, 0], [0, 0]), on_the_diagonal).tolist() == [True]


def test_a_careful_student_points_to_the_first_place():
    assert a_place(MASK).column(0).tolist() == [1, 2]
    assert np.isnan(a_place(Value.dense(np.zeros((2, 2, 1)))).column(0)).all()


def test_right_places_are_named_as_the_question_counts(answers):
    assert right_answers(answers["top_at"], MASK).tolist() == ["0 1 or 1 2"]
    assert right_answers(answers["zero_at"], MASK).tolist() == ["1 2 or 2 3"]
    many = Value.dense(np.ones((3, 3, 1)))
    assert right_answers(answers["zero_at"], many).tolist() == ["1 1 or 1 2 or 1 3 or 2 1 or 5 others"]


# formulas


@pytest.mark.parametrize(
    "text", ["U * (1 - U) * G", "G*U - G*U^2", "G · U · (1 − U)", "(U-U*U)*G", "G * U * (1-U) + 0", "U⊙(1-U)⊙G"]
)
def test_equivalent_formulas_are_the_same_numbers(answers, text):
    asked = answers["slope"].formula
    right = formula_values(asked.source, asked.symbols)
    np.testing.assert_allclose(formula_values(text, asked.symbols), right, rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("U * (1 - U) * H", "'H' is no symbol here"),
        ("U * (1 - V)", "'V' is no symbol here"),
        ("__import__('os')", "there is no op '__import__'"),
        ("U.__class__", ""),
        ("9**9**9**9", ""),
        ("ln(U)", "it has no finite value for some numbers"),
        ("net(dense(3))", ""),
        ("U *", ""),
        ("ones(9999, 9999)", ""),
        ("=cmd()", ""),
    ],
)
def test_what_is_no_formula_is_unreadable_with_the_reason(answers, text, why):
    found = read(answers["slope"], text, asked=((17,),))
    assert found.state.tolist() == [UNREADABLE]
    assert found.why[0].startswith(why)
    assert found.why[0]


def test_a_transposed_formula_is_another_answer():
    symbols = {"a": np.array([[1.0, 2.0]]).T, "b": np.array([[3.0, 4.0]]).T}
    one, other = (fingerprint(formula_values(text, symbols)) for text in ("outer(a, b)", "flatten(outer(a, b))"))
    assert one[5:].tolist() == other[5:].tolist()
    assert one.tolist() != other.tolist()


def test_a_formula_of_another_shape_is_wrong_and_told(answers):
    found = read(answers["row"], "d", "2 * matmul(transpose(W), d)", asked=((11,),))
    assert found.state.tolist() == [READ, READ]
    assert found.why.tolist() == ["it gives an array of 3; an array of 2 is asked for", ""]


# marked from a file


def test_all_kinds_are_marked_from_a_file(bank_in, tmp_path):
    from quizgen.bank.folders import Bank
    from quizgen.making import make_exam

    bank = Bank("kinds", bank_in(tmp_path / "kinds", {"kinds": FRONT}))
    make_exam(bank, bank.blueprint(), open_grader("standard"), 3, out=tmp_path / "exam", seed="kinds")
    (question,) = read_exam(tmp_path / "exam").questions
    with (tmp_path / "exam" / "staff" / "key.csv").open(encoding="utf-8", newline="") as file:
        key = list(csv.DictReader(file))
    names = [name for name in key[0] if name.startswith("Q1.")]
    assert names == [f"Q1.{answer.name}" for answer in question.problem.answers], "a column each, and no cells"
    right = [{name: row[name].partition(" or ")[0] for name in names} for row in key]
    wrong = {"Q1.size": "4 x 5 x 9", "Q1.slope": "U * G", "Q1.row": "d", "Q1.sign": "perhaps"}
    rows = [{"tag": key[0]["tag"], **right[0]}, {"tag": key[1]["tag"], **right[1], **wrong}, {"tag": key[2]["tag"]}]
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["tag", *names])
        writer.writeheader()
        writer.writerows(rows)
    desk = grade_files(tmp_path / "exam", [tmp_path / "a.csv"], report=False)
    assert desk.rejects == []
    with (tmp_path / "exam" / "results" / "marks.csv").open(encoding="utf-8", newline="") as file:
        marks = {(row["variant"], row["answer"]): row for row in csv.DictReader(file)}
    assert {marks["1", name.removeprefix("Q1.")]["outcome"] for name in names} == {"correct"}
    assert marks["2", "size"]["outcome"] in ("wrong", "mistake")
    assert (marks["2", "slope"]["outcome"], marks["2", "slope"]["note"]) == ("mistake", "derivative-forgotten")
    assert (marks["2", "row"]["outcome"], marks["2", "sign"]["outcome"]) == ("wrong", "unreadable")
    assert marks["2", "row"]["reason"] == "it gives an array of 3; an array of 2 is asked for"
    assert marks["2", "sign"]["review"] == "yes"
    assert marks["2", "top_at"]["outcome"] == "correct"


# marked by hand

EXPLAINED = """
draw: {a: "integers(100, 999)"}
steps: {double: 2 * a}
answers: {double: {points: 2}, why: {kind: by hand, points: 4, lines: 3}}
mistakes: {tripled: {double: 3 * a, says: Two times.}}
"""


def test_what_is_marked_by_hand_takes_points(bank_in, tmp_path):
    from quizgen.bank.folders import Bank
    from quizgen.making import make_exam

    bank = Bank("words", bank_in(tmp_path / "words", {"words": EXPLAINED}))
    exam = make_exam(bank, bank.blueprint(), open_grader("standard"), 4, out=tmp_path / "exam", seed="words")
    assert exam.total == 6
    booklet = (tmp_path / "exam" / "booklets" / "001.md").read_text(encoding="utf-8")
    assert "**Q1.why** (4 points; in your own words)" in booklet
    assert booklet.count("_" * 60) == 3
    right = exam.questions[0].expected["double"].cells.astype(int).tolist()
    given = ["2.5", "", "5", "4"]
    text = "student,Q1.double,Q1.why\n" + "".join(
        f"{paper.student},{number},{points}\n" for paper, number, points in zip(exam.papers, right, given, strict=True)
    )
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    desk = grade_files(tmp_path / "exam", [tmp_path / "a.csv"], report=False)
    with (tmp_path / "exam" / "results" / "marks.csv").open(encoding="utf-8", newline="") as file:
        marks = [row for row in csv.DictReader(file) if row["answer"] == "why"]
    assert [row["outcome"] for row in marks] == ["decided", "blank", "unreadable", "decided"]
    assert [row["points"] for row in marks] == ["2.5", "0.0", "0.0", "4.0"]
    assert [row["rule"] for row in marks] == ["marked by hand", "not yet marked by hand", "", "marked by hand"]
    assert [row["review"] for row in marks] == ["", "yes", "yes", ""]
    assert marks[2]["reason"] == "not between 0 and 4"
    assert desk.summary.tally.review == 2
    with (tmp_path / "exam" / "results" / "grades.csv").open(encoding="utf-8", newline="") as file:
        assert [row["points"] for row in csv.DictReader(file)] == ["4.5", "2.0", "2.0", "6.0"]
    feedback = (tmp_path / "exam" / "results" / "feedback" / "student-002.md").read_text(encoding="utf-8")
    assert "- **Q1.why** (0 of 4): *not marked yet*." in feedback


def test_a_problem_with_words_tests_itself(tiny):
    assert check_problem(tiny(EXPLAINED), open_grader("standard"), 40).defects == []


# authors


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("options: [positive, not positive]", "", "answer 'sign' is a choice and needs 'options'"),
        ("{kind: shape}", "{kind: shape, where: map > 0}", "'where' goes with the kind 'location'"),
        ("where: map == max(map), counted", "counted", "answer 'top_at' is a location and needs 'where'"),
        ("counted: from 0", "counted: from 2", "'counted'"),
        ('U * (1 - U) * G"', 'U * (1 - V) * G"', "formula 'U * (1 - V) * G': 'V' is no symbol here"),
        ("slope: U * G", "slope: U * H", "formula 'U * H': 'H' is no symbol here"),
        ("zero_at: {kind", "map: {kind", "answer 'map' has a step already"),
    ],
)
def test_an_author_is_told(tiny, was, now, told):
    with pytest.raises(QuizgenError) as caught:
        tiny(FRONT.replace(was, now))
    assert told in str(caught.value)
    assert str(caught.value).startswith("tiny.md:")
