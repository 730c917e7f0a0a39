"""Every problem of the banks tests itself; and a problem with a defect is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from quizgen.bank.folders import Bank, open_bank, open_grader, shipped_folder
from quizgen.check import check_problem
from quizgen.draw.search import draw
from quizgen.draw.stream import secret_of

# Problems whose draws satisfy their conditions by construction, and the least share of candidates that become variants.
BY_CONSTRUCTION = {
    "conv-filter-gradient": 0.85,
    "conv-forward": 0.85,
    "conv-matrices": 0.85,
    "conv-sigmoid-backprop": 0.55,
    "conv-window": 0.75,
    "fc-softmax-update": 0.6,
    "feature-map-size": 0.8,
    "mlp-backprop": 0.5,
    "vgg-table": 0.99,
}
FILES = sorted(path for path in shipped_folder("banks").glob("*/*.md") if "." not in path.stem)
DRAWS = 60


def test_problems_are_found():
    assert len(FILES) >= 5
    assert {path.parent.name for path in FILES} >= {"cnn"}


def problem_of(path):
    return Bank(path.parent.name, path.parent).problem(path.stem)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_problem_has_no_defects(path):
    report = check_problem(problem_of(path), open_grader("standard"), DRAWS)
    assert report.defects == []
    assert report.draws == DRAWS


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_problem_has_examples_and_mistakes_with_something_to_say(path):
    problem = problem_of(path)
    assert problem.examples
    assert len(problem.mistakes) >= 6
    assert all(len(mistake.says) >= 20 for mistake in problem.mistakes), "a says that helps has some words"
    assert len({mistake.says for mistake in problem.mistakes}) == len(problem.mistakes)


@pytest.mark.parametrize("name", BY_CONSTRUCTION)
def test_most_candidates_become_variants_where_draws_are_made_for_their_conditions(name):
    drawn = draw(open_bank("cnn").problem(name), secret_of("share"), "Q1", 1_000, open_grader("standard").tolerance)
    assert drawn.acceptance >= BY_CONSTRUCTION[name]


@pytest.mark.parametrize("folder", sorted({path.parent for path in FILES}), ids=lambda folder: folder.name)
def test_a_blueprint_names_problems_of_its_bank(folder):
    plans = sorted(folder.glob("*.yaml"))
    assert "exam" in {plan.stem for plan in plans}
    for plan in plans:
        blueprint = Bank(folder.name, folder).blueprint(plan.stem)
        assert blueprint.problems
        assert set(blueprint.problems) <= {path.stem for path in FILES if path.parent == folder}


# ---- that checking can fail --------------------------------------------------------------------------------------

FRONT = """
draw:
  a: integers(2, 400)
steps:
  double: 2 * a
  plus: double + 7
answers:
  double: {}
  plus: {}
mistakes:
  tripled: {double: 3 * a, says: Two times.}
examples:
  - {from: my head, draw: {a: 5}, gives: {double: 10, plus: 17}, mistakes: {tripled: {double: 15}}}
"""


def defects(problem):
    return check_problem(problem, open_grader("standard"), DRAWS).defects


def test_a_sound_problem_has_none(tiny):
    assert defects(tiny(FRONT)) == []


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("plus: 17}", "plus: 18}", r"plus is 17\.?, not 18\.?"),
        ("plus: 17}", "plus: [17]}", r"plus is 17\.?, not \[17\.?\]"),
        ("{double: 15}}}", "{double: 16}}}", r"double with the mistake 'tripled' is 15\.?, not 16\.?"),
    ],
    ids=["truth", "shape", "mistake"],
)
def test_a_wrong_example_is_a_defect(tiny, was, now, told):
    (found,) = defects(tiny(FRONT.replace(was, now)))
    assert re.fullmatch(r"tiny\.md:14: my head: " + told, found), found


def test_an_example_is_right_to_the_digits_written(tiny):
    real = FRONT.replace("2 * a", "a / 7").replace("double: {}", "double: {ask: 3 decimals}")
    for printed, sound in (("0.71", True), ("0.714", True), ("0.715", False), ("0.7143", True), ("0.7142", False)):
        found = defects(tiny(real.replace("double: 10, plus: 17", f"double: {printed}")))
        assert (found == []) == sound, (printed, found)


def test_a_mistake_that_is_never_told_apart_is_a_defect(tiny):
    # a * 2 is right: no draw tells it from the truth
    found = defects(tiny(FRONT.replace("3 * a", "a * 2").replace(", mistakes: {tripled: {double: 15}}", "")))
    assert len(found) == 1
    assert found[0].startswith("tiny.md: 'tiny' has only 0 different variants that tell its mistakes apart")


def test_two_mistakes_that_are_never_told_apart_are_a_defect(tiny):
    twin = "  tripled: {double: 3 * a, says: Two times.}\n  added: {double: a + a + a, says: Two times.}\n"
    found = defects(tiny(FRONT.replace("  tripled: {double: 3 * a, says: Two times.}\n", twin)))
    assert len(found) == 1
    assert "has only 0 different variants" in found[0]


def test_twins_that_share_a_note_are_no_defect(tiny):
    twin = (
        "  tripled: {double: 3 * a, says: Two times.}\n  added: {double: a + a + a, note: tripled, says: Two times.}\n"
    )
    assert defects(tiny(FRONT.replace("  tripled: {double: 3 * a, says: Two times.}\n", twin))) == []


def test_few_variants_are_all_tried_and_told(tiny):
    report = check_problem(tiny(FRONT.replace("400", "30")), open_grader("standard"), 60)
    assert (report.defects, report.draws, report.variants) == ([], 29, "29")
    assert report.remarks(60) == ["only 29 draws were tried, for there are no more variants"]


def test_a_hole_of_the_solution_that_cannot_be_filled_is_a_defect(tiny):
    problem = tiny(FRONT, solution="It is <<ln(200 - a)>>.")
    (found,) = defects(problem)
    assert re.fullmatch(r"the solution of draw \d+ has a hole that cannot be filled", found)


def test_a_formula_that_cannot_be_shown_is_a_defect_with_its_line(tiny):
    array = r"$$ \begin{array}{c|c} <<a>> & \mathrm{double} \end{array} $$"  # can be shown
    solution = f"So $a = <<a>>$, and\n\n{array}\n\nor $\\nosuch{{<<plus>>}}$ or $\\hat a$."
    (found,) = defects(tiny(FRONT, solution=solution))
    assert found.startswith("tiny.md:26: the formula ")
    assert found.endswith('Unknown command "\\nosuch"')


@pytest.mark.parametrize(("side", "told"), [(16, "3.2e+616"), (64, "1.4e+9864")])
def test_a_space_of_astronomic_size_is_estimated(tiny, side, told):
    problem = tiny(f"""
        draw: {{x: "integers(0, 255, shape=({side}, {side}))"}}
        steps: {{y: sum(x)}}
        answers: {{y: {{}}}}
        mistakes: {{minus: {{y: -sum(x), says: Twenty letters are in this one.}}}}
    """)
    report = check_problem(problem, open_grader("standard"), 10)
    assert report.defects == []
    assert report.acceptance == 1
    assert report.variants == f"~{told}"


def test_every_bank_folder_is_parametrised():
    assert {path.parent for path in FILES} == {Path(p) for p in shipped_folder("banks").iterdir() if p.is_dir()}
