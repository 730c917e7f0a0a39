"""Blueprints: cut problems, narrowed draws, one problem twice, choices, minutes; made, marked and checked."""

import csv
import json
import re
import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tables import rows

from quizgen.bank.cut import Cut, cut_problem
from quizgen.bank.folders import Bank, open_bank, open_grader
from quizgen.bank.problemfile import read_problem
from quizgen.booklets import bind
from quizgen.check import check_blueprint
from quizgen.desk import grade_files
from quizgen.draw.choosing import choose
from quizgen.draw.search import draw
from quizgen.draw.stream import secret_of
from quizgen.errors import QuizgenError
from quizgen.exam.additions import read_exam
from quizgen.making import make_exam
from quizgen.world.worlds import mistaken, world

BAD = sorted((Path(__file__).parent / "data" / "bad-blueprints").glob("*.yaml"))
STANDARD = open_grader("standard")
TOLERANCES = STANDARD.tolerance

CHAIN = """
    draw: {a: "integers(100, 999)", b: "integers(4, 9)"}
    steps:
      double: 2 * a
      third: double / 3
      scaled: b * third
      shifted: scaled + double
      last: 7 * shifted
    answers:
      third: {points: 2, ask: 2 decimals}
      scaled: {points: 1, ask: 2 decimals, within: 0.1}
      shifted: {points: 1, ask: 2 decimals, within: 0.1}
      last: {points: 4, ask: 2 decimals, within: 1}
    mistakes:
      tripled: {double: 3 * a, says: Two times.}
      quarter: {third: double / 4, says: By three.}
      halved: {scaled: b * third / 2, says: Not half.}
      doubled: {third: 2 * double, shifted: scaled + 2 * double, says: Once is enough.}
      taken-off: {shifted: scaled - double, says: Add it.}
      six: {last: 6 * shifted, says: Seven times.}
"""
SHORT = """
    draw: {x: "integers(100, 999)"}
    steps: {y: 5 * x + 3}
    answers: {y: {points: 2}}
    mistakes: {four: {y: 4 * x + 3, says: Five times.}}
"""
OTHER = SHORT.replace("5", "6").replace("x + 3", "x + 11")
LONG = """
    draw: {x: "integers(100, 999, shape=9)"}
    steps: {y: sum(5 * x + 3)}
    answers: {y: {points: 2}}
    mistakes: {four: {y: sum(4 * x + 3), says: Five times.}}
"""
FRONTS = {"chain": CHAIN, "short": SHORT, "other": OTHER, "long": LONG}


@pytest.fixture
def bank(bank_in, tmp_path):
    return Bank("cuts", bank_in(tmp_path / "cuts", FRONTS))


@pytest.fixture
def made(bank, tmp_path):
    """Make an exam from the questions of a blueprint."""

    def make(questions, n=6, more="", seed="cuts"):
        (bank.folder / "exam.yaml").write_text(f"title: Cuts\n{more}questions:\n{questions}", encoding="utf-8")
        return make_exam(bank, bank.blueprint(), STANDARD, n, out=tmp_path / "exam", seed=seed)

    return make


def cut_to(tiny, *answers, front=CHAIN, **draws):
    return cut_problem(tiny(front), Cut(answers=answers, draw=draws), TOLERANCES)


# a subset of the answers


def test_what_stands_above_is_given_as_it_is_printed(tiny):
    problem = cut_to(tiny, "last")
    assert set(problem.given) == {"third", "scaled", "shifted"}
    drawn = draw(problem, secret_of("x"), "Q1", 30, TOLERANCES)
    truth = world(problem, drawn.params)
    for a, b, third, last in zip(
        drawn.params["a"].cells,
        drawn.params["b"].cells,
        truth.value("third", 0).cells,
        drawn.expected["last"].cells,
        strict=True,
    ):
        assert third == pytest.approx(round(2 * a / 3, 2), abs=1e-12)
        shown = round(round(b * third, 2) + 2 * a, 2)
        assert last == pytest.approx(7 * shown, abs=1e-9), "computed from what the paper prints"


def test_two_answers_of_one_step_are_printed_alike(tiny, made, bank, tmp_path):
    front = """
        draw: {a: "integers(100, 999)"}
        steps: {z: a / 7, r: 1000 * z}
        answers: {one: {of: z, ask: 2 decimals}, two: {of: z, ask: 4 decimals}, r: {ask: 1 decimal}}
        mistakes: {more: {r: 1010 * z, says: A thousand.}}
    """
    from conftest import problem_text

    (bank.folder / "pair.md").write_text(problem_text(front), encoding="utf-8")
    exam = made("  - {problem: pair, answers: [r]}\n", n=3)
    for i in range(3):
        text = (tmp_path / "exam" / "booklets" / f"{i + 1:03d}.md").read_text(encoding="utf-8")
        (printed,) = {float(number) for number in re.findall(r"\*Given:\* \$([\d.]+)\$", text)}
        assert exam.questions[0].expected["r"].cells[i] == pytest.approx(1000 * printed)


def test_a_value_that_betrays_is_not_given(tiny):
    front = """
        draw: {a: "integers(100, 999)", b: "integers(2, 9)"}
        steps: {u: a * b, p: 2 * u, q: 2 * u + 1, r: 7 * q}
        answers: {p: {}, q: {}, r: {}}
        mistakes: {sum: {u: a + b, says: Times.}, six: {r: 6 * q, says: Seven.}}
    """
    assert set(cut_to(tiny, "r", front=front).given) == {"q"}
    assert set(cut_to(tiny, "p", "r", front=front).given) == set(), "p is q - 1"


def test_a_mistake_is_followed_through_its_own_formulas(tiny):
    front = """
        draw: {a: "integers(100, 999)", b: "integers(2, 9)"}
        steps: {aux: 5 * a, other: aux + b, last: 7 * b * a}
        answers: {other: {}, last: {}}
        mistakes: {confused: {aux: 3 * a, last: 7 * aux, says: No.}}
    """
    (mistake,) = cut_to(tiny, "last", front=front).mistakes
    assert set(mistake.steps) == {"aux", "last"}


def test_a_word_is_given_as_a_word(made, bank, tmp_path):
    from conftest import problem_text

    front = """
        draw: {a: "integers(100, 999)"}
        steps: {which: "where(a > 500, 2, 1)", r: 1000 * which + a}
        answers: {which: {kind: choice, options: [small, large]}, r: {}}
        mistakes: {more: {r: 1010 * which + a, says: A thousand.}}
    """
    (bank.folder / "word.md").write_text(problem_text(front), encoding="utf-8")
    exam = made("  - {problem: word, answers: [r]}\n", n=6)
    for i, a in enumerate(exam.questions[0].params["a"].cells.tolist(), start=1):
        text = (tmp_path / "exam" / "booklets" / f"{i:03d}.md").read_text(encoding="utf-8")
        assert f"*Given:* {'large' if a > 500 else 'small'}" in text


def test_what_lies_between_asked_answers_is_not_given(tiny):
    problem = cut_to(tiny, "third", "last")
    assert not problem.given, "scaled would betray third"
    assert [answer.name for answer in problem.answers] == ["third", "last"]


def test_a_mistake_keeps_the_steps_that_are_still_taken(tiny):
    assert [mistake.id for mistake in cut_to(tiny, "last").mistakes] == ["six"]
    below = cut_to(tiny, "shifted", "last")
    assert [(mistake.id, set(mistake.steps)) for mistake in below.mistakes] == [
        ("tripled", {"double"}),
        ("doubled", {"shifted"}),
        ("taken-off", {"shifted"}),
        ("six", {"last"}),
    ]


def test_nobody_slips_above_a_given_value(tiny):
    problem = cut_to(tiny, "shifted", "last")
    drawn = draw(problem, secret_of("x"), "Q1", 20, TOLERANCES)
    truth = world(problem, drawn.params)
    tripled = next(mistake for mistake in problem.mistakes if mistake.id == "tripled")
    for own in (truth.believing(*mistaken(tripled)), truth.believing(*mistaken(tripled)).take(np.arange(20))):
        a, scaled = drawn.params["a"].cells, truth.value("scaled", 0).cells
        assert own.value("scaled", 0).cells.tolist() == scaled.tolist(), "printed, whatever one believes of 'double'"
        assert own.value("shifted", 0).cells == pytest.approx(scaled + 3 * a)


def test_the_work_begins_below_what_is_given(tiny):
    from quizgen.draw.evenness import work

    drawn = draw(cut_to(tiny, "last"), secret_of("x"), "Q1", 10, TOLERANCES)
    assert set(work(world(cut_to(tiny, "last"), drawn.params)).tolist()) == {1.0}


def test_a_cut_problem_is_a_problem(tiny):
    from quizgen.check import check_problem

    for answers in (["third"], ["scaled"], ["shifted", "last"], ["last"], ["third", "last"]):
        report = check_problem(cut_to(tiny, *answers), STANDARD, 60)
        assert report.defects == []
        assert report.answers == len(answers)


def test_a_booklet_prints_given_values_and_names_what_is_not_asked(made, tmp_path):
    exam = made("  - {problem: chain, answers: [shifted], points: 3}\n")
    (question,) = exam.questions
    assert question.points == {"shifted": Fraction(3)}
    for number in range(1, 7):
        text = (tmp_path / "exam" / "booklets" / f"{number:03d}.md").read_text(encoding="utf-8")
        scaled = world(question.problem, question.params).value("scaled", 0).cells[number - 1]
        assert f"*Given:* ${scaled:g}$" in text
        assert "Q1.shifted** (3 points" in text
        assert text.count("*(not asked)*") == 1, "last"
        assert "Q1.last" not in text


def test_a_cut_exam_is_read_again_and_graded(made, tmp_path):
    exam = made("  - {problem: chain, answers: [shifted, last], draw: {b: 4}}\n")
    again = read_exam(tmp_path / "exam")
    assert again.id == exam.id
    assert again.questions[0].problem.given.keys() == {"third", "scaled"}
    assert set(again.questions[0].params["b"].cells.tolist()) == {4.0}
    key = rows(tmp_path / "exam" / "staff" / "key.csv")
    lines = [f"{line['tag']},{line['Q1.shifted']},{line['Q1.last']}" for line in key]
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("\n".join(["tag,Q1.shifted,Q1.last", *lines]), encoding="utf-8")
    desk = grade_files(tmp_path / "exam", [sheet], report=False)
    assert desk.summary.tally.points == 6 * 5


def test_a_changed_cut_is_refused(made, tmp_path):
    made("  - {problem: chain, answers: [shifted, last]}\n")
    file = tmp_path / "exam" / "exam.json"
    described = json.loads(file.read_text(encoding="utf-8"))
    described["questions"][0]["cut"]["answers"] = ["last"]
    file.write_text(json.dumps(described), encoding="utf-8")
    with pytest.raises(QuizgenError):
        read_exam(tmp_path / "exam")


# draws fixed or narrowed


def test_a_draw_can_be_fixed_or_narrowed(tiny):
    problem = cut_to(tiny, a="integers(200, 209)", b="choice(7, 5)")
    drawn = draw(problem, secret_of("x"), "Q1", 8, TOLERANCES)
    assert set(drawn.params["a"].cells.tolist()) <= set(range(200, 210))
    assert set(drawn.params["b"].cells.tolist()) <= {5, 7}


@pytest.mark.parametrize(
    "narrower",
    [
        "integers(-9, 9, without=(-1, 0, 1), shape=(2, 2))",
        "integers(-5, 5, without=(-1, 0, 1), shape=(2, 2), negative=2)",
    ],
)
def test_a_narrower_draw_keeps_what_the_problem_promises(narrower):
    problem = read_problem(
        (Path(__file__).parent / "data" / "draw" / "arranged.md").read_text(encoding="utf-8"), "arranged.md", "arranged"
    )
    with pytest.raises(QuizgenError, match="needs the same `distinct` and `negative`"):
        cut_problem(problem, Cut(draw={"weights": narrower}), TOLERANCES)
    kept = "integers(-5, 5, without=(-1, 0, 1), shape=(2, 2), distinct=True, negative=2)"
    sizes = np.abs(
        draw(cut_problem(problem, Cut(draw={"weights": kept}), TOLERANCES), secret_of("x"), "Q1", 8, TOLERANCES)
        .params["weights"]
        .cells
    )
    assert (np.sort(sizes.reshape(4, 8), axis=0).T == [2, 3, 4, 5]).all()


def test_a_structure_can_be_fixed():
    problem = cut_problem(open_bank("cnn").problem("vgg-parameter-count"), Cut(draw={"config": "D"}), TOLERANCES)
    assert len(problem.structures) == 1
    drawn = draw(problem, secret_of("x"), "Q1", 20, TOLERANCES)
    assert set(drawn.params["config"].cells.tolist()) == {"D"}


# one problem twice


def test_one_problem_twice_never_asks_a_paper_the_same(made):
    twice = "  - {problem: short, draw: {x: 'integers(100, 111)'}}\n" * 2
    exam = made(twice, n=10, seed="twice")
    first, second = (question.params["x"].cells for question in exam.questions)
    assert (first != second).all()
    assert len(set(first)) == len(set(second)) == 10
    few = made_again(exam, 4)
    for question, fewer in zip(exam.questions, few, strict=True):
        assert question.params["x"].cells[:4].tolist() == fewer.tolist()


def made_again(exam, n):
    """The draws of the same blueprint for fewer papers."""
    first, second = exam.questions
    one = draw(first.problem, secret_of("twice"), "Q1", n, TOLERANCES)
    two = draw(second.problem, secret_of("twice"), "Q2", n, TOLERANCES, unlike=[one.params])
    return one.params["x"].cells, two.params["x"].cells


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_a_try_that_accepts_nothing_is_no_end_where_a_problem_stands_twice(seed):
    """Variants of this problem are rare: whole rounds of tries find none."""
    problem = open_bank("cnn").problem("cnn-forward")
    one = draw(problem, secret_of(seed), "Q1", 1, TOLERANCES)
    two = draw(problem, secret_of(seed), "Q2", 1, TOLERANCES, unlike=[one.params])
    assert any((one.params[name].cells != two.params[name].cells).any() for name in one.params)


def test_texts_are_compared_as_texts_where_a_problem_stands_twice():
    problem = cut_problem(
        open_bank("cnn").problem("vgg-parameter-count"),
        Cut(draw={"width": "16", "size": "64", "hidden": "256", "classes": "10"}),
        TOLERANCES,
    )
    one = draw(problem, secret_of("t"), "Q1", 3, TOLERANCES)
    two = draw(problem, secret_of("t"), "Q2", 3, TOLERANCES, unlike=[one.params])
    assert (one.params["config"].cells != two.params["config"].cells).all()


def test_a_space_too_small_for_a_second_question_is_told(tiny):
    problem = cut_to(tiny, front=SHORT, x="150")
    one = draw(problem, secret_of("t"), "Q1", 1, TOLERANCES)
    with pytest.raises(QuizgenError, match=r"in 20,000 tries variant 1 "):
        draw(problem, secret_of("t"), "Q2", 1, TOLERANCES, unlike=[one.params])


# choices

PICK = "  - problem: chain\n  - pick: 1 of [short, other]\n    points: 3\n  - problem: long\n"


def test_each_paper_asks_as_many_as_are_picked(made):
    exam = made(PICK, n=40)
    assert [question.name for question in exam.questions] == ["Q1", "Q2", "Q3", "Q4"]
    everybody = np.arange(1, 41)
    asked = [question.asks(everybody) for question in exam.questions]
    assert (asked[1] ^ asked[2]).all()
    assert asked[0].all()
    assert asked[3].all()
    assert 8 < asked[1].sum() < 32, "both are drawn"
    assert exam.total == 8 + 3 + 2


@pytest.mark.parametrize(("count", "options"), [(1, 2), (2, 3), (3, 7)])
def test_a_choice_is_the_same_for_any_number_of_papers(count, options):
    secret = secret_of("choice")
    many, few = (choose(secret, "pick Q2", count, options, n) for n in (500, 7))
    assert (many[:, :7] == few).all()
    assert (many.sum(axis=0) == count).all()
    share = many.mean(axis=1)
    assert (np.abs(share - count / options) < 0.1).all()
    assert (choose(secret, "pick Q5", count, options, 500) != many).any()


def test_a_paper_says_what_it_asks(made, tmp_path):
    exam = made(PICK, n=6)
    for number in range(1, 7):
        booklet = (tmp_path / "exam" / "booklets" / f"{number:03d}.md").read_text(encoding="utf-8")
        key = (tmp_path / "exam" / "staff" / "key" / f"{number:03d}.md").read_text(encoding="utf-8")
        mine, other = ("Q2", "Q3") if exam.questions[1].asks(np.array([number]))[0] else ("Q3", "Q2")
        assert f"This paper asks {mine}; {other} is not asked." in booklet
        for text in (booklet, key):
            assert f"## {mine} " in text
            assert f"## {other} " not in text
            assert "## Q4 " in text
    for line in rows(tmp_path / "exam" / "staff" / "key.csv"):
        assert bool(line["Q2.y"]) != bool(line["Q3.y"])


def test_not_asked_is_not_blank(made, tmp_path):
    exam = made(PICK, n=6)
    key = rows(tmp_path / "exam" / "staff" / "key.csv")
    columns = [name for name in key[0] if name.startswith("Q")]
    sheet = tmp_path / "sheet.csv"
    astray = 3  # this one also answers what was not asked; another strikes it out
    lines = []
    for number, line in enumerate(key, start=1):
        typed = [line[name] or {astray: "77", 4: "-"}.get(number, "") for name in columns]
        lines.append(",".join([line["tag"], *typed]))
    sheet.write_text("\n".join([",".join(["tag", *columns]), *lines]), encoding="utf-8")
    desk = grade_files(tmp_path / "exam", [sheet], report=False)
    assert desk.rejects == []
    assert desk.summary.tally.points == 6 * float(exam.total)
    assert any("not asked" in line for line in desk.summary.lines())
    marks = rows(desk.results / "marks.csv")
    for number in range(1, 7):
        mine = [mark for mark in marks if mark["variant"] == str(number)]
        asked = "Q2" if exam.questions[1].asks(np.array([number]))[0] else "Q3"
        told = {mark["question"]: mark for mark in mine if mark["question"] in ("Q2", "Q3")}
        assert told[asked]["outcome"] == "correct"
        if number == astray:
            (other,) = told.keys() - {asked}
            assert (told[other]["outcome"], told[other]["review"]) == ("not asked", "yes")
            assert (told[other]["given"], told[other]["reason"]) == ("77", "not asked on this paper")
        else:
            assert told.keys() == {asked}
    grades = rows(desk.results / "grades.csv")
    assert all(bool(grade["Q2"]) != bool(grade["Q3"]) for grade in grades)
    assert {grade["points"] for grade in grades} == {"13.0"}
    assert [grade["review"] for grade in grades] == ["1" if i == astray else "0" for i in range(1, 7)]
    for file in (desk.results / "feedback").glob("*.md"):
        text = file.read_text(encoding="utf-8")
        assert text.count("## Q") == 3
        assert ("is not asked on your paper" in text) == file.name.startswith(f"student-{astray:03d}")


def test_options_of_one_problem_are_compared_too(made):
    both = (
        "  - pick: 1\n    of:\n      - {problem: chain, answers: [third]}\n      - {problem: chain, answers: [last]}\n"
    )
    with pytest.raises(QuizgenError, match="must give equal points, not chain 2 points, chain 4 points"):
        made(both)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"minutes": "1/0"}, "minutes"),
        ({"minutes": "-5"}, "minutes"),
        ({"picks": []}, "does not say which questions its papers ask"),
        ({"picks": [{"count": -1, "questions": ["Q2", "Q3"]}]}, "does not say which questions its papers ask"),
        ({"picks": [{"count": 1, "questions": ["Q9"]}]}, "does not say which questions its papers ask"),
        ({"questions": []}, "questions"),
    ],
    ids=str,
)
def test_a_changed_plan_is_refused(made, tmp_path, change, told):
    made(PICK)
    file = tmp_path / "exam" / "exam.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | change), encoding="utf-8")
    with pytest.raises(QuizgenError, match=told):
        read_exam(tmp_path / "exam")


def test_a_choice_survives_the_folder(made, tmp_path):
    exam = made(PICK, n=9)
    again = read_exam(tmp_path / "exam")
    assert again.id == exam.id
    assert again.picks == exam.picks
    for one, other in zip(exam.questions, again.questions, strict=True):
        assert one.asks(np.arange(1, 10)).tolist() == other.asks(np.arange(1, 10)).tolist()


def test_unequal_points_are_refused(made):
    with pytest.raises(QuizgenError) as caught:
        made("  - pick: 1\n    of:\n      - {problem: short, points: 3}\n      - other\n")
    assert str(caught.value).endswith(
        "exam.yaml:5: what is picked from must give equal points, not short 3 points, other 2 points. "
        "State `points` once, beside `pick`."
    )


def test_unequal_work_is_refused(made):
    with pytest.raises(QuizgenError, match="must be comparable work; operations by hand: short 2, long 27"):
        made("  - pick: 1 of [short, long]\n")


# minutes


def test_minutes_are_printed(made, tmp_path):
    made("  - {problem: short, minutes: 5}\n  - problem: other\n", more="minutes: 20\n")
    booklet = (tmp_path / "exam" / "booklets" / "001.md").read_text(encoding="utf-8")
    assert "· 4 points · 20 minutes ·" in booklet
    assert "(2 points, 5 minutes)" in booklet
    assert read_exam(tmp_path / "exam").minutes == 20


def test_date_and_aids_are_printed(made, tmp_path):
    made("  - short\n", more='date: 12 March\naids: [a calculator, "notes, *any*"]\n')
    booklet = (tmp_path / "exam" / "booklets" / "001.md").read_text(encoding="utf-8")
    assert "· 12 March · 2 points ·" in booklet
    assert "Allowed aids: a calculator; notes, \\*any\\*." in booklet
    exam = read_exam(tmp_path / "exam")
    assert (exam.date, exam.aids) == ("12 March", ("a calculator", "notes, *any*"))


def test_a_question_leaves_room_for_working(made, tmp_path):
    made("  - {problem: short, working: 5.5 cm}\n  - other\n")
    exam = read_exam(tmp_path / "exam")
    assert [question.working for question in exam.questions] == [5.5, 0]
    booklet = next(bind(exam))
    assert {field.working for field in booklet.sections[0].fields} == {5.5}
    assert {field.working for field in booklet.sections[1].fields} == {0}


# what is told


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_blueprint_is_refused_to_the_letter(path, small_bank, tmp_path, monkeypatch):
    place = tmp_path / "bank"
    shutil.copytree(small_bank, place)
    shutil.copy(path, place / "exam.yaml")
    monkeypatch.chdir(place)
    opened = Bank("bank", Path())
    with pytest.raises(QuizgenError) as caught:
        make_exam(opened, opened.blueprint(), STANDARD, 3, out=tmp_path / "exam", seed="bad")
    assert str(caught.value) == path.with_suffix(".txt").read_text(encoding="utf-8").removesuffix("\n")


def test_check_finds_a_cut_that_hides_a_mistake(bank_in, tmp_path, quizgen):
    front = """
        draw: {x: "integers(2, 9, shape=3)"}
        steps: {more: x + 20, twice: 2 * more, top: max(twice)}
        answers: {more: {points: 1}, twice: {points: 2}, top: {points: 1}}
        mistakes: {signs: {twice: 2 * more + more - max(more), says: No sign was asked.}}
    """
    folder = bank_in(tmp_path / "hiding", {"hiding": front})
    (folder / "exam.yaml").write_text("title: T\nquestions:\n  - {problem: hiding, answers: [more, top]}\n")
    ran = quizgen("check", folder)
    assert ran.code == 1
    assert "exam Q1 hiding" in ran.out
    assert "'hiding' has only 0 different variants that tell its mistakes apart" in ran.err


def test_check_tells_of_an_unfair_choice(bank):
    (bank.folder / "exam.yaml").write_text("title: T\nquestions:\n  - pick: 1 of [short, long]\n")
    reports = list(check_blueprint(bank, "exam", STANDARD, 20))
    assert [report.problem for report in reports] == ["exam.yaml"]
    assert "comparable work" in reports[0].defects[0]


# what comes with quizgen


def test_the_exam_has_all_families_and_90_points():
    shipped = open_bank("cnn")
    assert set(shipped.blueprint("exam").problems) == set(shipped.names)
    assert len(shipped.blueprint("quiz").problems) == 5


@pytest.mark.parametrize("name", open_bank("cnn").blueprints)
def test_a_shipped_blueprint_has_no_defects(name):
    shipped = open_bank("cnn")
    for report in check_blueprint(shipped, name, STANDARD, 40):
        assert report.defects == [], report.problem


def test_the_shipped_exam_is_made_and_marked(tmp_path):
    shipped = open_bank("cnn")
    exam = make_exam(shipped, shipped.blueprint(), STANDARD, 4, out=tmp_path / "exam", seed="shipped")
    assert exam.total == 90
    key = rows(tmp_path / "exam" / "staff" / "key.csv")
    sheet = tmp_path / "sheet.csv"
    columns = [name for name in key[0] if name.startswith("Q") or name == "tag"]
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(line | {name: line[name].split(" or ")[0] for name in columns} for line in key)
    desk = grade_files(tmp_path / "exam", [sheet], report=False)
    assert desk.summary.tally.points == 4 * 90
    assert desk.summary.tally.review == 0


# proof-reading


def test_a_question_is_shown_as_it_is_cut(quizgen):
    whole, cut = quizgen("show", "cnn-train-step").out, quizgen("show", "Q13", "--blueprint", "exam").out
    assert "[[" not in cut
    assert "Has it learned" in whole
    assert "Has it learned" not in cut.split("## Q1")[0]
    assert "*Given:*" in cut
    ran = quizgen("show", "Q14", "--blueprint", "exam")
    assert (ran.code, ran.err.count("It has Q1 to Q13.")) == (1, 1)


def test_check_takes_as_many_draws_as_there_are(bank_in, tmp_path, quizgen):
    folder = bank_in(tmp_path / "few", {"few": SHORT.replace("integers(100, 999)", "integers(100, 130)")})
    ran = quizgen("check", folder)
    assert (ran.code, ran.err) == (0, "")


def test_a_condition_that_hardly_anything_satisfies_is_no_reason_to_refuse_it(tiny):
    problem = tiny("""
        draw: {x: "integers(0, 300)", w: "integers(0, 300)"}
        require: [x + w == 12, x * w == 0]
        steps: {r: 37 * x + 23 * w + 5}
        answers: {r: {}}
        mistakes: {turned: {r: 23 * x + 37 * w + 5, says: Look again.}}
    """)
    drawn = draw(problem, secret_of("rare"), "Q1", 2, TOLERANCES)
    assert sorted(drawn.params["x"].cells.tolist()) == [0, 12]
