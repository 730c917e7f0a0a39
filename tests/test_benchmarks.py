"""The yardstick of the benchmarks marks as quizgen does; what they compute from figures is right; limits can break."""

import sys
from pathlib import Path

import numpy as np
import pytest

from quizgen.answers.typed import Typed
from quizgen.bank.folders import open_grader
from quizgen.csvtext import write_csv
from quizgen.grading import grade
from quizgen.marking.fold import mark
from quizgen.marking.outcomes import OUTCOMES
from quizgen.simulate import simulated_sheet
from quizgen.submissions import read_sheet
from quizgen.submissions.handins import layout_of, resolve
from quizgen.world.values import Value
from quizgen.world.worlds import mistaken, world

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from clock import child, exponent
from found import Found, shown
from growth import PATIENCE, Measured, growing, grown
from limits import LIMITS, broken
from loop import Desk, Marker, World, by_variant
from marking import whole_numbers


@pytest.fixture(scope="module")
def exam():
    return whole_numbers(300)


def by_quizgen(exam, sheet):
    """Outcomes, notes and points of every student, and their totals, as quizgen marks them."""
    handins, rejects = resolve(exam, read_sheet(sheet, layout_of(exam)))
    assert not rejects
    found = {}
    for block in grade(exam, exam.grader, handins):
        for row, student in enumerate(block.handins.students):
            marks = {}
            for part in block.parts:
                marked, note = part.marked, int(part.marked.note[row])
                named = part.question.problem.named[note].note if note >= 0 else ""
                outcome = OUTCOMES[marked.outcome[row]]
                marks[part.question.name, part.answer.name] = outcome, part.points.fraction(row), named
            found[student] = marks, block.total.fraction(row)
    return found


def by_loop(exam, sheet):
    """The same, as the loop does."""
    points = {(question.name, name): worth for question in exam.questions for name, worth in question.points.items()}
    found = {}
    for one in Desk(exam).grade(sheet):
        marks = {
            (question, name): (
                mark.outcome,
                mark.share * points[question, name],
                mark.mistake.note if mark.mistake else "",
            )
            for question, own in one.marks.items()
            for name, mark in own.items()
        }
        found[one.student] = marks, one.total
    return found


def contrary(exam, seed):
    """A class that no teacher has: each goes on from own figures, slips, slips again, hits on 1 or 7, copies, jumps."""
    random, rows = np.random.default_rng(seed), []
    markers = [(question, Marker(question.problem, exam.grader)) for question in exam.questions]
    drawn = [by_variant(question) for question in exam.questions]
    for paper, held in zip(exam.papers, zip(*drawn, strict=True), strict=True):
        cells = []
        for (question, marker), params in zip(markers, held, strict=True):
            own = World(marker.formulas, params)
            for answer in question.problem.answers:
                slips = marker.slips[answer.name]
                slip = slips[random.integers(len(slips))]
                wrong = own.believing(marker.wrong[slip.id])
                own = wrong if random.random() < 0.1 else own
                right = question.expected[answer.name].cells
                choices = (
                    own[answer.of],
                    wrong[answer.of],
                    right[paper.number - 1],
                    *random.integers(0, 9, 2),
                    wrong[answer.of] + 1,
                    right[random.integers(exam.n)],
                )
                number = float(random.choice(choices, p=(0.3, 0.3, 0.2, 0.05, 0.05, 0.05, 0.05)))
                cells.append(f"{number:.15g}" if random.random() < 0.95 else random.choice(["?", ""]))
                own = own.with_figures({answer.of: number})
        rows.append([paper.student, *cells])
    names = [f"{question.name}.{answer.name}" for question in exam.questions for answer in question.problem.answers]
    return write_csv(["student", *names], rows)


def usual(exam, seed):
    return simulated_sheet(exam, seed).replace("simulated", "invented", 1)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("invent", [usual, contrary])
def test_the_loop_gives_the_outcomes_notes_and_points_of_quizgen(exam, tmp_path, invent, seed):
    sheet = tmp_path / "answers.csv"
    sheet.write_text(invent(exam, seed), encoding="utf-8")
    mine, theirs = by_loop(exam, sheet), by_quizgen(exam, sheet)
    assert mine == theirs
    assert len(mine) == exam.n


def test_the_sheets_reach_every_outcome_that_single_numbers_can_have(exam, tmp_path):
    seen = set()
    for number, text in enumerate((usual(exam, 1), contrary(exam, 1))):
        sheet = tmp_path / f"{number}.csv"
        sheet.write_text(text, encoding="utf-8")
        seen |= {mark[0].value for marks, _ in by_loop(exam, sheet).values() for mark in marks.values()}
    assert seen == {"correct", "carried", "mistake", "wrong", "blank", "unreadable"}


BRANCHED = """
draw: {a: "integers(1, 9)", b: "integers(1, 9)"}
steps: {inner: a + b, doubled: 2 * inner, half: 2 * a, joined: half + inner, last: joined - half}
answers:
  doubled: {points: 2, between: [1, 100]}
  half: {points: 1, between: [1, 100]}
  joined: {points: 3, between: [1, 100]}
  last: {points: 1}
mistakes:
  subtracted: {inner: a - b, says: Add.}
  tripled: {doubled: 3 * inner, half: 3 * a, says: Two times.}
  swapped: {joined: half - inner, last: half - joined, says: The other way round., credit: 1/2}
"""


def test_the_loop_knows_of_slips_in_steps_that_are_not_asked(tiny):
    problem, grader, random = tiny(BRANCHED), open_grader("standard"), np.random.default_rng(1)
    n = 4_000
    params = {name: Value.dense(random.integers(1, 10, n)) for name in problem.draws}
    numbers = {answer.name: random.integers(-3, 28, n) for answer in problem.answers}
    truth = world(problem, params)
    slipping = truth.believing(*mistaken(problem.mistakes[0]))
    for answer in problem.answers:
        for other, share in ((truth, 0.4), (slipping, 0.4)):
            rows = random.random(n) < share
            numbers[answer.name] = np.where(rows, other.value(answer.of, 0).cells, numbers[answer.name]).astype(float)
    marks, _ = mark(problem, grader, params, {name: Typed.of(Value.dense(cells)) for name, cells in numbers.items()})
    marker = Marker(problem, grader)
    for i in range(n):
        drawn = {name: int(value.cells[i]) for name, value in params.items()}
        looped = marker.mark(drawn, {name: float(cells[i]) for name, cells in numbers.items()}, set())
        for name, one in looped.items():
            assert (one.outcome, one.share) == (OUTCOMES[marks[name].outcome[i]], marks[name].credit.fraction(i)), (
                i,
                name,
            )


@pytest.mark.parametrize("power", [0.5, 1.0, 1.3, 2.0])
def test_the_exponent_of_a_power_law_is_its_power(power):
    sizes = [50, 400, 1_000, 1_000_000]
    assert exponent(sizes, [3 * size**power for size in sizes]) == pytest.approx(power)


def class_of(n, seconds=1.0):
    return Measured(n, {"n": n}, seconds, n / 100, 100.0)


def test_a_class_that_would_take_too_long_is_left_out_and_named():
    measured = list(growing([10, 100, 1_000, 10_000], lambda n: class_of(n, seconds=n * PATIENCE / 2_000)))
    assert [one.n for one in measured] == [10, 100, 1_000]
    found = grown("a title", "making", measured, [10, 100, 1_000, 10_000])
    assert [*found.ratios] == ["exponent of making: time", "exponent of making: memory"]
    assert [*found.ratios.values()] == pytest.approx([1, 0])
    assert found.notes[-1].endswith("10,000")


def test_the_memory_of_a_child_is_its_own():
    held = bytearray(400_000_000)
    held[::4_096] = bytes(b"x" * len(held[::4_096]))  # every page is there
    spent = child(sys.executable, "-I", "-c", "print('done')")
    assert spent.said == "done\n"
    assert 1 < spent.megabytes < 100
    assert held


def test_a_child_that_fails_is_told_with_its_last_words():
    with pytest.raises(RuntimeError, match="ended with 7:\nlast words"):
        child(sys.executable, "-I", "-c", "import sys; print('last words', file=sys.stderr); sys.exit(7)")


@pytest.mark.parametrize("name", LIMITS)
def test_a_ratio_beyond_its_limit_is_told_with_the_reason(name):
    limit = LIMITS[name]
    assert limit.keys() - {"most in full"} in ({"least", "measured", "because"}, {"most", "measured", "because"})
    for full in (False, True):
        bound = limit.get("least", limit.get("most in full" if full and "most in full" in limit else "most"))
        worse = bound * (0.99 if "least" in limit else 1.01)
        assert not broken({name: bound}, full)
        assert broken({name: worse}, full)[0].endswith(limit["because"])
        assert broken({name: float("nan")}, full)


def test_a_ratio_without_a_limit_is_an_error():
    with pytest.raises(KeyError):
        broken({"something new": 1.0}, full=False)


def test_a_table_has_all_columns_in_line():
    found = Found("Times", [{"what": "a", "s": 1234.5}, {"what": "longer", "s": 0.12345, "more": 7}], {"r": 2.0})
    assert found.lines()[3:6] == ["what        s  more", "a       1,234", "longer  0.123     7"]
    assert [shown(figure) for figure in (None, 12, 12_345, 0.5, "text")] == ["", "12", "12,345", "0.5", "text"]
