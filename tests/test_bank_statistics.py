"""What exams say of problems: gathered into a table that names nobody, counted once, and used by `make`."""

from __future__ import annotations

import csv
import math
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import rows

from quizgen.bank.blueprint import read_blueprint
from quizgen.bank.folders import Bank, open_bank, open_grader
from quizgen.bank.selection import Bounds, selected
from quizgen.bank.statistics import Figures, place_of, read_statistics, statistics_text
from quizgen.calibration import gather, read_sittings
from quizgen.calibration.difficulty import calibrated, logits
from quizgen.desk import grade_files
from quizgen.errors import QuizgenError
from quizgen.exam.additions import read_exam
from quizgen.language.yamltext import read_yaml
from quizgen.making import make_exam
from quizgen.report.disclosure import SMALLEST
from quizgen.report.statistics import discrimination, facility

BANK = {
    "alpha": """
        draw: {a: "integers(100, 999)"}
        steps: {double: 2 * a, plus: double + 7}
        answers: {double: {points: 2}, plus: {points: 1}}
        mistakes:
          tripled: {double: 3 * a, says: Two times.}
          minus: {plus: double - 7, says: Add it.}
        """,
    "gamma": """
        draw: {b: "integers(100, 999)"}
        steps: {less: 3 * b - 7}
        answers: {less: {points: 3}}
        mistakes:
          whole: {less: 3 * b, says: Take 7 away.}
        """,
    "sized": """
        draw: {k: "choice(2, 3)", x: "integers(10, 99, shape=(k, k))"}
        steps: {map: 3 * x}
        answers: {map: {points: 3}}
        mistakes:
          transposed: {map: transpose(3 * x), says: Row by row.}
        """,
}
N = 16


@pytest.fixture(scope="module")
def bank(bank_in, tmp_path_factory):
    return Bank("mine", bank_in(tmp_path_factory.mktemp("banks") / "mine", BANK))


def sat(bank, place, wrong, n=N, seed="one", plan=None, absent=()):
    """An exam that was made and graded; `wrong`: column -> text for the first so many papers."""
    blueprint = bank.blueprint() if plan is None else read_blueprint("exam", read_yaml(plan, "exam.yaml"))
    make_exam(bank, blueprint, open_grader("standard"), n, out=place, seed=seed)
    table = rows(place / "submissions.csv")
    for i, (row, right) in enumerate(zip(table, rows(place / "staff" / "key.csv"), strict=True)):
        row.update(
            {name: text for name, text in right.items() if name.startswith("Q") and row["student"] not in absent}
        )
        row.update({name: text(right) for name, (first, text) in wrong.items() if i < first})
    sheet = place.parent / f"{place.name}.csv"
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    grade_files(place, [sheet], forms=(), report=True)
    return place


def tripled(right):
    return str(3 * int(right["Q1.double"]) // 2)


def nothing(_):
    return "-1"


@pytest.fixture(scope="module")
def first(bank, tmp_path_factory):
    """16 students: six triple and so err in alpha, four in gamma, one does not come."""
    wrong = {"Q1.double": (6, tripled), "Q2.less": (4, nothing)}
    place = tmp_path_factory.mktemp("sat") / "first"
    return sat(bank, place, wrong, absent=(f"student-{N:03d}",))


@pytest.fixture(scope="module")
def second(bank, tmp_path_factory):
    """A weaker group: alpha and sized only."""
    plan = "title: Again\nquestions:\n  - alpha\n  - {problem: sized}\n"
    return sat(bank, tmp_path_factory.mktemp("sat") / "second", {"Q1.double": (12, nothing)}, seed="two", plan=plan)


def gathered(bank, *places):
    return gather(read_sittings(places), {problem.name: problem for problem in bank.problems()})


def whole(found):
    return {(row.problem, row.answers): row for row in found.rows if not row.structure}


# ---- the figures -------------------------------------------------------------------------------------------------


def test_one_exam_has_the_figures_of_its_report(bank, first):
    found = whole(gathered(bank, first))
    items = {row["problem"]: row for row in rows(first / "results" / "staff" / "items.csv")}
    assert len(items) == 3
    for name, row in items.items():
        ours = found[name, ""]
        assert ours.students == int(row["students"]) == N - 1
        assert ours.facility == pytest.approx(float(row["facility"]), abs=1e-4)
        theirs = float(row["discrimination"]) if row["discrimination"] else math.nan
        assert ours.discrimination == pytest.approx(theirs, abs=1e-4, nan_ok=True)


def test_notes_are_counted_by_students_and_few_are_not_told(bank, first):
    found = whole(gathered(bank, first))
    assert found["alpha", ""].mistakes == (("tripled", 6),)
    assert found["gamma", ""].mistakes == ()


def test_exams_are_pooled_by_students(bank, first, second):
    one, two, both = (whole(gathered(bank, *some))["alpha", ""] for some in ((first,), (second,), (first, second)))
    assert (both.exams, both.students) == (2, one.students + two.students)
    expected = (one.facility * one.students + two.facility * two.students) / both.students
    assert both.facility == pytest.approx(expected)
    pooled = (one.discrimination * one.students + two.discrimination * two.students) / both.students
    assert both.discrimination == pytest.approx(one.discrimination if math.isnan(two.discrimination) else pooled)


def test_structures_have_rows_of_their_own(bank, first):
    parts = [row for row in gathered(bank, first).rows if row.structure]
    assert {row.problem for row in parts} == {"sized"}
    drawn = read_exam(first).questions[2].params["k"].cells[: N - 1]
    assert {row.structure: row.students for row in parts} == {
        f"k {k}": int((drawn == k).sum()) for k in (2, 3)
    }  # both have five and more, or there would be no rows
    assert sum(row.students for row in parts) == N - 1


def test_a_cut_problem_is_another_item(bank, first, tmp_path):
    plan = "title: Cut\nquestions:\n  - {problem: alpha, answers: [double]}\n  - gamma\n"
    cut = sat(bank, tmp_path / "cut", {}, plan=plan)
    found = whole(gathered(bank, first, cut))
    assert found["alpha", ""].students == N - 1
    assert found["alpha", "double"].students == N
    assert found["gamma", ""].students == 2 * N - 1


# ---- difficulty --------------------------------------------------------------------------------------------------


def test_difficulty_does_not_depend_on_who_sat():
    """Two groups, one much weaker, with one problem in common: all problems fall on one scale."""
    hard = np.array([-1.0, 0.0, 1.0])
    able = np.array([1.5, -0.5])
    exams, problems = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 2])
    counts = np.full(4, 1e7)  # so many that the half added to each side is nothing
    sums = counts / (1 + np.exp(-(able[exams] - hard[problems])))
    ability, difficulty = calibrated(exams, problems, sums, counts)
    assert difficulty == pytest.approx(hard, abs=1e-4)
    assert ability == pytest.approx(able, abs=1e-4)


def test_problems_that_nothing_ties_together_have_scales_of_their_own():
    exams, problems = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 2, 3, 4])
    _, difficulty = calibrated(exams, problems, np.array([5.0, 8.0, 1.0, 2.0, 3.0]), np.full(5, 10.0))
    assert difficulty[:2].sum() == pytest.approx(0)
    assert difficulty[2:4].sum() == pytest.approx(0)
    assert math.isnan(difficulty[4])


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 20)), min_size=1, max_size=20))
def test_difficulty_is_finite_and_centred_whatever_was_reached(cells):
    exams, problems, sums = (np.array(column) for column in zip(*cells, strict=True))
    _, exams = np.unique(exams, return_inverse=True)
    _, problems = np.unique(problems, return_inverse=True)
    ability, difficulty = calibrated(exams, problems, sums.astype(float), np.full(len(cells), 20.0))
    known = ~np.isnan(difficulty)
    assert np.abs(difficulty[known]).max(initial=0) < 50
    assert abs(difficulty[known].sum()) < 1e-6
    assert ability.shape == (exams.max() + 1,)


@given(st.integers(0, 50), st.integers(1, 50))
def test_logits_are_odd(right, more):
    n = np.array([float(right + more)])
    assert logits(np.array([float(right)]), n) == pytest.approx(-logits(np.array([float(more)]), n))


def test_a_structure_is_as_hard_as_the_problem_where_all_did_alike(bank, first):
    found = gathered(bank, first)
    whole_row = whole(found)["sized", ""]
    for row in found.rows:
        if row.structure:
            assert row.facility == whole_row.facility == 1
            assert row.difficulty > whole_row.difficulty  # fewer students prove less


# ---- each exam once, the same bytes, nobody named ----------------------------------------------------------------


def test_an_exam_counts_once_however_often_it_is_named(bank, first, second, tmp_path):
    copy = shutil.copytree(first, tmp_path / "copy")
    once = statistics_text(gathered(bank, first, second).rows)
    again = gathered(bank, second, first / "results", copy, first, second)
    assert statistics_text(again.rows) == once
    assert (again.exams, again.students) == (2, 2 * N - 1)


def test_one_exam_with_two_results_is_refused(bank, first, tmp_path):
    copy = shutil.copytree(first, tmp_path / "copy")
    marks = copy / "results" / "marks.csv"
    marks.write_text(marks.read_text(encoding="utf-8").replace("wrong", "blank"), encoding="utf-8")
    with pytest.raises(QuizgenError, match="a second time, with other marks"):
        read_sittings([first, copy])


def test_small_classes_are_left_out(bank, tmp_path):
    small = sat(bank, tmp_path / "small", {}, n=SMALLEST - 1)
    found = gathered(bank, small)
    assert found.rows == ()
    assert found.left_out == (f"exam {read_exam(small).code}: fewer than 5 students",)


def test_no_row_speaks_of_few_and_none_can_be_worked_out(bank, first, second):
    found = gathered(bank, first, second)
    assert all(row.students >= SMALLEST for row in found.rows)
    assert all(count >= SMALLEST for row in found.rows for _, count in row.mistakes)
    for key, row in whole(found).items():
        parts = [part.students for part in found.rows if part.structure and (part.problem, part.answers) == key]
        assert not parts or sum(parts) == row.students
    text = statistics_text(found.rows)
    assert "student-0" not in text


def test_rehearsals_never_count(quizgen, bank, tmp_path):
    make_exam(bank, bank.blueprint(), open_grader("standard"), 8, out=tmp_path / "exam", seed="x")
    assert quizgen("simulate").code == 0
    assert quizgen("grade", "simulated.csv").code == 0
    ran = quizgen("bank", "stats", "exam", "--bank", bank.folder)
    assert (ran.code, ran.out) == (1, "")
    assert "exam: has no results. Mark real answers first" in ran.err


def test_void_answers_and_those_not_asked_say_nothing(bank, first, tmp_path):
    copy = shutil.copytree(first, tmp_path / "copy")
    path = copy / "results" / "marks.csv"
    table = rows(path)
    for row in table:
        if row["question"] == "Q2":
            row.update(outcome="void", points=row["max"])
        if row["answer"] == "plus":
            row.update(outcome="not asked", points="1.0")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    found = whole(gathered(bank, copy))
    assert found.keys() == {("alpha", ""), ("sized", "")}
    double = [float(row["points"]) / 2 for row in table if row["answer"] == "double"]
    assert found["alpha", ""].facility == pytest.approx(sum(double) / len(double))


def test_problems_that_ask_otherwise_now_are_left_out(bank, first, bank_in, tmp_path):
    other = Bank("other", bank_in(tmp_path / "other", {"alpha": BANK["alpha"].replace("double", "twice")}))
    found = gathered(other, first)
    assert found.rows == ()
    assert [line.partition(":")[0] for line in found.left_out] == ["alpha", "gamma", "sized"]


def test_points_of_a_question_that_a_paper_did_not_ask_are_missing(bank, tmp_path):
    plan = "title: Pick\nquestions:\n  - sized\n  - {pick: 1, points: 3, of: [alpha, gamma]}\n"
    place = sat(bank, tmp_path / "pick", {}, plan=plan)
    exam = read_exam(place)
    found = whole(gathered(bank, place))
    for question in exam.questions[1:]:
        assert found[question.problem.name, ""].students == int(question.asked.sum())


# ---- the table ---------------------------------------------------------------------------------------------------


def test_the_table_is_read_as_it_was_written(bank, first, second, tmp_path):
    found = gathered(bank, first, second)
    path = tmp_path / "statistics.csv"
    path.write_text(statistics_text(found.rows), encoding="utf-8")
    read = read_statistics(path)
    assert read.keys() == whole(found).keys()
    for key, row in whole(found).items():
        assert (read[key].students, read[key].exams) == (row.students, row.exams)
        assert read[key].facility == pytest.approx(row.facility, abs=5e-4)
        assert read[key].difficulty == pytest.approx(row.difficulty, abs=5e-3, nan_ok=True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file is empty"),
        ("problem,answers\n", "the column 'structure' is missing"),
        ("HEAD\nalpha,,,1,9,1.2,0,0,\n", ":2: a facility is a number from 0 to 1"),
        ("HEAD\nalpha,,,1,9,much,0,0,\n", ":2: 'much' under 'facility' is no number"),
        ("HEAD\nalpha,,,1,9,inf,0,0,\n", ":2: 'inf' under 'facility' is no number"),
        ("HEAD\nalpha,,,1,9,nan,0,0,\n", ":2: a facility is a number from 0 to 1"),
        ("HEAD\nalpha,,,1,,0.5,0,0,\n", ":2: a facility is a number from 0 to 1"),
        ("HEAD\nalpha\n", ":2: a facility is a number from 0 to 1"),
    ],
)
def test_a_table_that_cannot_be_read_is_told(tmp_path, text, told):
    path = tmp_path / "statistics.csv"
    path.write_text(text.replace("HEAD", statistics_text([]).strip()), encoding="utf-8")
    with pytest.raises(QuizgenError) as refused:
        read_statistics(path)
    assert told in str(refused.value)


def test_texts_of_strangers_are_no_formulas():
    row = Figures("=cmd()", "", "layout =x", 1, 9, 0.5, 0.0, math.nan)
    assert "'=cmd()" in statistics_text([row])


def test_where_the_table_stands(bank):
    assert place_of(bank) == bank.folder / "statistics.csv"
    assert str(place_of(open_bank("cnn"))) == "cnn-statistics.csv"


def test_the_command_writes_beside_the_bank_and_says_what_it_found(quizgen, bank, first, second, tmp_path):
    mine = shutil.copytree(bank.folder, tmp_path / "mine")
    ran = quizgen("bank", "stats", first, second / "results", "--bank", "mine")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0].startswith("alpha: facility 0.")
    assert lines[-1].startswith("mine/statistics.csv: 3 problems, 2 exams, 31 students")
    before = (mine / "statistics.csv").read_bytes()
    assert quizgen("bank", "stats", second, first, first, "--bank", "mine").code == 0
    assert (mine / "statistics.csv").read_bytes() == before
    assert quizgen("bank", "stats", first, "--bank", "mine", "--out", "t.csv").code == 0
    assert (tmp_path / "t.csv").exists()
    assert quizgen("check", "mine", "--draws", 10).code == 0  # a table is no problem


def test_open_answers_are_told(quizgen, bank, tmp_path):
    sat(bank, tmp_path / "open", {"Q1.double": (2, lambda _: "what?")})
    ran = quizgen("bank", "stats", "open", "--bank", bank.folder, "--out", "t.csv")
    assert ran.err == "2 answers still to be looked at: the figures may change\n"


# ---- make chooses by it ------------------------------------------------------------------------------------------


def known(**facilities):
    """Statistics of problems: facility, or (facility, discrimination)."""
    pairs = {name: one if isinstance(one, tuple) else (one, math.nan) for name, one in facilities.items()}
    return {(name, ""): Figures(name, "", "", 1, 40, f, 0.0, d) for name, (f, d) in pairs.items()}


def plan_of(text):
    return read_blueprint("exam", read_yaml(f"title: T\nquestions:\n{text}", "exam.yaml"))


CHOICE = plan_of("  - one\n  - {pick: 1, of: [a, b, c]}\n")


def chosen(blueprint, statistics, facility=None, discrimination=None):
    done = selected(blueprint, statistics, Bounds(facility, discrimination))
    return [(entry.pick, [slot.problem for slot in entry.of]) for entry in done.blueprint.questions], done.told


def test_what_was_too_easy_is_not_picked():
    found, told = chosen(CHOICE, known(one=0.5, a=0.95, b=0.9, c=0.4), facility=0.9)
    assert found == [(None, ["one"]), (1, ["b", "c"])]
    assert told == (
        "a: left out, easier than --max-facility 0.9: facility 0.95, difficulty +0.0 (40 students, 1 exam)",
    )


def test_where_nothing_is_left_to_choose_all_are_asked():
    found, _ = chosen(CHOICE, known(one=0.5, a=0.95, b=0.95, c=0.4), facility=0.9)
    assert found == [(None, ["one"]), (None, ["c"])]


def test_a_problem_outside_a_choice_is_refused_by_name():
    with pytest.raises(QuizgenError, match=r"'one' is easier than --max-facility 0\.4") as refused:
        chosen(CHOICE, known(one=0.5, a=0.1, b=0.1, c=0.1), facility=0.4)
    assert refused.value.where == "exam.yaml:3"


def test_too_few_to_pick_from_are_refused():
    with pytest.raises(QuizgenError, match=r"only 0 keep to --max-facility 0\.4; easier: a 0\.50, b 0\.60, c 0\.70"):
        chosen(CHOICE, known(one=0.1, a=0.5, b=0.6, c=0.7), facility=0.4)


def test_what_discriminates_is_preferred():
    found, told = chosen(CHOICE, known(one=(0.5, 0.1), a=(0.5, 0.3), b=(0.5, 0.1), c=(0.5, 0.4)), discrimination=0.2)
    assert found[1] == (1, ["a", "c"])
    assert "b: left out, below --min-discrimination 0.2" in told[1]
    assert told[0] == "one: below --min-discrimination 0.2, but nothing stands in for it"


def test_the_best_of_the_weak_stay_where_too_few_were_left():
    two = plan_of("  - {pick: 2, of: [a, b, c]}\n")
    found, told = chosen(two, known(a=(0.5, 0.05), b=(0.5, 0.5), c=(0.5, 0.1)), discrimination=0.2)
    assert found == [(None, ["b"]), (None, ["c"])]
    assert len(told) == 2


def test_what_is_unknown_stays_and_is_told():
    found, told = chosen(CHOICE, known(one=0.5, a=(0.5, 0.1), b=(0.5, 0.4)), facility=0.9, discrimination=0.2)
    assert found[1] == (1, ["b", "c"])
    assert "c: no statistics, it stays" in told


def test_a_cut_problem_is_judged_as_it_is_asked():
    cut = plan_of("  - {problem: a, answers: [x]}\n")
    table = {
        ("a", ""): Figures("a", "", "", 1, 40, 0.99, 0.0, 0.0),
        ("a", "x"): Figures("a", "x", "", 1, 40, 0.2, 0.0, 0.0),
    }
    assert chosen(cut, table, facility=0.5)[0] == [(None, ["a"])]


names = st.lists(st.sampled_from("abcdef"), min_size=2, max_size=6, unique=True)
shares = st.floats(0, 1)


@given(st.data(), names, st.dictionaries(st.sampled_from("abcdef"), st.tuples(shares, shares)), shares, shares)
def test_whatever_is_known_as_many_are_asked(data, named, figures, easiest, weakest):
    """Each paper asks as many questions as before, of those that were named; none is too easy."""
    pick = data.draw(st.integers(1, len(named) - 1))
    blueprint = plan_of(f"  - {{pick: {pick}, of: [{', '.join(named)}]}}\n")
    try:
        found, _ = chosen(blueprint, known(**figures), easiest, weakest)
    except QuizgenError:
        assert sum(figures.get(name, (0, 0))[0] <= easiest for name in named) < pick
        return
    assert sum(count or len(of) for count, of in found) == pick
    left = [name for _, of in found for name in of]
    assert [name for name in named if name in left] == left
    assert all(figures.get(name, (0, 0))[0] <= easiest for name in left)


def test_make_shows_and_uses_the_table(quizgen, bank, first, second, tmp_path):
    mine = shutil.copytree(bank.folder, tmp_path / "mine")
    (mine / "exam.yaml").write_text("title: P\nquestions:\n  - {pick: 1, points: 3, of: [alpha, gamma]}\n")
    ran = quizgen("make", "--bank", "mine", "--n", 3, "--seed", "x", "--max-facility", "0.7")
    assert (ran.code, ran.out) == (1, "")
    assert "mine/statistics.csv: there is no such table. Write it from exams that were graded" in ran.err
    assert quizgen("bank", "stats", first, second, "--bank", "mine").code == 0
    ran = quizgen("make", "--bank", "mine", "--n", 3, "--seed", "x", "--max-facility", "0.7")
    assert ran.code == 0
    assert "gamma: left out, easier than --max-facility 0.7: facility 0.73" in ran.err
    assert "  Q1  alpha (3 points)\n      facility 0." in ran.out
    assert "each paper asks" not in ran.out
    assert [q.problem.name for q in read_exam(tmp_path / "exam").questions] == ["alpha"]
    ran = quizgen("make", "--bank", "mine", "--n", 3, "--seed", "x", "--out", "plain")
    assert (ran.out.count("facility"), "each paper asks 1 of Q1, Q2" in ran.out) == (2, True)
    ran = quizgen("make", "--bank", "mine", "--n", 3, "--problems", "gamma", "--max-facility", 0.7, "--out", "z")
    assert (ran.code, ran.out) == (1, "")
    assert "'gamma' is easier than --max-facility 0.7" in ran.err
    assert not (tmp_path / "z").exists()


def test_the_figures_are_those_of_the_statistics_of_a_report():
    points = np.array([[3.0, 1.0], [0.0, 2.0], [3.0, 3.0], [1.0, 0.0], [2.0, 2.0]])
    assert facility(points, np.array([3.0, 3.0])).tolist() == pytest.approx([0.6, 8 / 15])
    assert discrimination(points)[0] == pytest.approx(np.corrcoef(points.T)[0, 1])
