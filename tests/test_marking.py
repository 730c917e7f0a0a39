"""Every rule of marking on problems small enough to be reckoned in the head."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from traced import matches

from quizgen.answers.typed import STATES, State, Typed
from quizgen.bank.folders import open_grader
from quizgen.marking.fold import mark
from quizgen.marking.outcomes import OUTCOMES, RULES, Outcome, Rule
from quizgen.marking.trace import Trace
from quizgen.ops import conv2d
from quizgen.world.values import Value

ALL, HALF, QUARTER, NOTHING = Fraction(1), Fraction(1, 2), Fraction(1, 4), Fraction(0)
UNREADABLE = "?"  # stands for an answer that could not be read
BLANK = None
GAP = float("nan")  # a blank cell
grader = cache(open_grader)


@dataclass(frozen=True)
class Mark:
    """One answer of one student, marked, in words."""

    outcome: Outcome
    credit: Fraction
    notes: tuple[str, ...] = ()
    rule: Rule = Rule.NONE
    review: bool = False
    candidates: tuple[str, ...] = ()


def typed_of(answer, given):
    """What students gave for an answer: numbers, nested lists, BLANK or UNREADABLE, one each."""
    states = [{BLANK: State.BLANK, UNREADABLE: State.UNREADABLE}[g] if nothing(g) else State.READ for g in given]
    arrays = [np.zeros((0,) * answer.axes) if nothing(g) else np.array(g, dtype=float) for g in given]
    largest = tuple(max(array.shape[axis] for array in arrays) for axis in range(answer.axes))
    cells = np.full((*largest, len(given)), np.nan)
    for i, array in enumerate(arrays):
        if not nothing(given[i]):
            cells[(*(slice(0, size) for size in array.shape), i)] = array
    shape = np.array([array.shape for array in arrays], dtype=np.int32).reshape(len(given), answer.axes).T
    return Typed(Value(cells, shape), np.array([STATES.index(state) for state in states], dtype=np.uint8))


def nothing(given):
    """Whether there is no value: blank or unreadable."""
    return given is BLANK or isinstance(given, str)


def params_of(draws, n):
    """The same numbers for n students."""
    return {
        name: Value.dense(np.repeat(np.array(value, dtype=float)[..., None], n, axis=-1))
        for name, value in draws.items()
    }


def in_words(problem, marked, row):
    mistakes = problem.mistakes
    return Mark(
        OUTCOMES[marked.outcome[row]],
        marked.credit.fraction(row),
        tuple(mistakes[i].id for i in (marked.note[row], marked.second[row]) if i >= 0),
        RULES[marked.rule[row]],
        bool(marked.review[row]),
        tuple(mistakes[i].id for i in marked.candidates.get(row, ())),
    )


def marks_of(problem, draws, students, by="standard", charged=None):
    """Mark several students of one variant: a dict of answers each; what is missing is blank."""
    marker = by if not isinstance(by, str) else grader(by)
    typed = {a.name: typed_of(a, [student.get(a.name, BLANK) for student in students]) for a in problem.answers}
    trace = Trace()
    marks, now = mark(problem, marker, params_of(draws, len(students)), typed, charged, trace)
    for marked in marks.values():
        for i in range(len(students)):
            matches(trace, problem, marker, marked, i)
    rows = [{name: in_words(problem, m, i) for name, m in marks.items()} for i in range(len(students))]
    return rows, now


def one(problem, draws, by="standard", **answers):
    """Mark one student; gives the marks of the answers named."""
    marks = marks_of(problem, draws, [answers], by)[0][0]
    return {name: marks[name] for name in answers}


def correct(rule=Rule.TRUTH):
    return Mark(Outcome.CORRECT, ALL, rule=rule)


def carried(*notes, rule=Rule.OWN):
    return Mark(Outcome.CARRIED, ALL, notes, rule)


def mistake(*notes, credit=NOTHING):
    return Mark(Outcome.MISTAKE, credit, notes)


def wrong(rule=Rule.NONE, review=False, candidates=()):
    return Mark(Outcome.WRONG, NOTHING, rule=rule, review=review, candidates=candidates)


def partial(credit):
    return Mark(Outcome.PARTIAL, credit)


# ---- the problems ------------------------------------------------------------------------------------------------

CHAIN = """
draw:
  a: integers(2, 50)
steps:
  double: 2 * a
  plus: double + 7
  square: plus * plus
answers:
  double: {}
  plus: {}
  square: {}
mistakes:
  tripled: {double: 3 * a, says: Two times.}
  minus: {plus: double - 7, says: Add it.}
  doubled: {square: 2 * plus, says: Square it.}
"""
FIVE = {"a": 5}  # double 10, plus 17, square 289

LAYERS = """
draw:
  a: integers(2, 50)
steps:
  first: 3 * a + 1
  second: 3 * first + 1
  third: 3 * second + 1
answers:
  first: {}
  second: {}
  third: {}
mistakes:
  plus-one-forgotten: {first: 3 * a, second: 3 * first, third: 3 * second, says: One more.}
"""
TWO = {"a": 2}  # first 7, second 22, third 67

ROUNDED = """
draw:
  a: integers(2, 50)
steps:
  third: a / 3
  scaled: 1000 * third
answers:
  third: {ask: 2 decimals}
  scaled: {ask: 2 decimals}
"""

HIDDEN = """
draw:
  a: integers(2, 50)
steps:
  third: a / 3
  scaled: 1000 * third
answers:
  scaled: {ask: 2 decimals}
mistakes:
  quarter: {third: a / 4, says: A third.}
"""

VECTOR = """
draw:
  x: integers(1, 20, shape=4)
steps:
  base: 10 * x
  sums: base + 5
  total: sum(sums)
answers:
  sums: {}
  total: {}
mistakes:
  not-scaled: {base: x, says: Ten times.}
  minus: {sums: base - 5, says: Add it.}
  minus-once: {sums: base - 1, says: Add five.}
  total-halved: {total: sum(sums) / 2, says: All of it.}
"""
FOUR = {"x": [1, 2, 3, 4]}  # sums 15 25 35 45, total 120

RESHAPED = """
draw:
  x: integers(1, 20, shape=(3, 3))
steps:
  padded: pad(x, 1)
  doubled: 2 * padded
answers:
  padded: {}
  doubled: {}
mistakes:
  padding-forgotten: {padded: x + 0, says: Zeros all round.}
"""
NINE = {"x": [[1, 2, 3], [4, 5, 6], [7, 8, 9]]}
NINE_PADDED = [[0, 0, 0, 0, 0], [0, 1, 2, 3, 0], [0, 4, 5, 6, 0], [0, 7, 8, 9, 0], [0, 0, 0, 0, 0]]


# ---- correct -----------------------------------------------------------------------------------------------------


def test_the_right_answers_are_correct(tiny):
    assert one(tiny(CHAIN), FIVE, double=10, plus=17, square=289) == dict.fromkeys(
        ("double", "plus", "square"), correct()
    )


def test_the_right_answer_is_correct_after_a_wrong_one(tiny):
    marks = one(tiny(CHAIN), FIVE, double=99, plus=17, square=289)
    assert list(marks.values()) == [wrong(), correct(), correct()]


def test_right_from_own_rounded_figures_is_correct(tiny):
    marks = one(tiny(ROUNDED), {"a": 10}, third=3.33, scaled=3330)
    assert marks == {"third": correct(), "scaled": correct(Rule.OWN)}


def test_the_same_figure_from_a_wrong_one_is_carried_and_not_correct(tiny):
    marks = one(tiny(ROUNDED), {"a": 10}, third=3.4, scaled=3400)
    assert marks == {"third": wrong(), "scaled": carried()}


def test_own_figures_count_only_while_everything_before_was_correct(tiny):
    problem = tiny(
        """
        draw: {a: "integers(2, 50)"}
        steps: {one: a / 3, two: one + 1, three: 1000 * two}
        answers: {one: {ask: 2 decimals}, two: {ask: 2 decimals}, three: {ask: 2 decimals}}
        """
    )
    assert one(problem, {"a": 10}, one=3.33, two=4.33, three=4330)["three"] == correct(Rule.OWN)
    # `two` is right by its own light, but what it comes from is not
    assert one(problem, {"a": 10}, one=3.4, two=4.4, three=4400)["three"] == carried()


def test_an_unasked_step_rounded_on_the_way_is_correct(tiny):
    assert one(tiny(HIDDEN), {"a": 10}, scaled=3330) == {"scaled": correct(Rule.ROUNDED)}
    assert one(tiny(HIDDEN), {"a": 10}, scaled=3333.33) == {"scaled": correct()}


def test_an_unasked_step_rounded_more_than_asked_is_wrong(tiny):
    assert one(tiny(HIDDEN), {"a": 10}, scaled=3300) == {"scaled": wrong()}


@pytest.mark.parametrize(("typed", "right"), [(3.335, True), (3.3249, False), (3.33, True), (3.3383333, True)])
def test_the_tolerance_of_two_decimals_is_half_a_unit(tiny, typed, right):
    outcome = one(tiny(ROUNDED), {"a": 10}, third=typed)["third"].outcome
    assert (outcome is Outcome.CORRECT) == right


# ---- carried -----------------------------------------------------------------------------------------------------


def test_right_from_a_wrong_figure_is_carried_in_full(tiny):
    marks = one(tiny(CHAIN), FIVE, double=99, plus=106, square=106**2)
    assert marks == {"double": wrong(), "plus": carried(), "square": carried()}


def test_a_second_slip_is_carried_on_as_the_first(tiny):
    marks = one(tiny(CHAIN), FIVE, double=99, plus=100, square=10_000)
    assert marks == {"double": wrong(), "plus": wrong(), "square": carried()}


@pytest.mark.parametrize("nothing", [BLANK, UNREADABLE])
def test_blank_and_unreadable_answers_are_not_replaced(tiny, nothing):
    marks = one(tiny(CHAIN), FIVE, double=99, plus=nothing, square=106**2)
    expected = Outcome.BLANK if nothing is BLANK else Outcome.UNREADABLE
    assert marks == {"double": wrong(), "plus": Mark(expected, NOTHING), "square": carried()}


def test_blank_cells_keep_what_the_own_world_has_there(tiny):
    problem = tiny(
        """
        draw: {a: "integers(1, 9)", x: "integers(1, 9, shape=3)"}
        steps: {base: 2 * a, list: base * x, total: sum(list)}
        answers: {base: {}, list: {}, total: {}}
        """
    )
    draws = {"a": 1, "x": [1, 2, 3]}  # base 2, list 2 4 6, total 12
    marks = one(problem, draws, base=10, list=[10, GAP, 31], total=10 + 20 + 31)
    assert marks["total"] == carried()
    assert one(problem, draws, base=10, list=[10, GAP, 31], total=10 + 4 + 31)["total"] == wrong()


def test_a_blank_cell_is_not_right(tiny):
    assert one(tiny(VECTOR), FOUR, sums=[15, 25, 35, GAP])["sums"].outcome is Outcome.PARTIAL


def test_an_answer_may_refuse_to_carry(tiny):
    problem = tiny(CHAIN.replace("  double: {}\n  plus:", "  double: {carry: no}\n  plus:"))
    marks = one(problem, FIVE, double=99, plus=106, square=17**2)
    assert marks == {"double": wrong(), "plus": wrong(), "square": correct()}


# ---- mistakes ----------------------------------------------------------------------------------------------------


def test_a_mistake_in_a_number_is_named_and_earns_nothing(tiny):
    marks = one(tiny(CHAIN), FIVE, double=15, plus=22, square=484)
    assert marks == {"double": mistake("tripled"), "plus": carried(), "square": carried()}


def test_a_mistake_in_an_array_is_named_and_earns_half(tiny):
    marks = one(tiny(VECTOR), FOUR, sums=[5, 15, 25, 35], total=80)
    assert marks == {"sums": mistake("minus", credit=HALF), "total": carried()}


def test_a_mistake_is_looked_for_in_the_own_world(tiny):
    marks = one(tiny(CHAIN), FIVE, double=99, plus=92, square=2 * 92)
    assert marks == {"double": wrong(), "plus": mistake("minus"), "square": mistake("doubled")}


def test_a_mistake_that_is_made_in_each_layer_is_charged_once(tiny):
    marks = one(tiny(LAYERS), TWO, first=6, second=18, third=54)
    again = carried("plus-one-forgotten", rule=Rule.AGAIN)
    assert marks == {"first": mistake("plus-one-forgotten"), "second": again, "third": again}


def test_a_mistake_that_is_made_later_first_is_charged_there(tiny):
    marks = one(tiny(LAYERS), TWO, first=7, second=21, third=63)
    assert marks["first"] == correct()
    assert marks["second"] == mistake("plus-one-forgotten")
    assert marks["third"] == carried("plus-one-forgotten", rule=Rule.AGAIN)


def test_who_makes_a_mistake_once_and_goes_on_rightly_is_carried(tiny):
    marks = one(tiny(LAYERS), TWO, first=6, second=19, third=58)
    assert marks == {"first": mistake("plus-one-forgotten"), "second": carried(), "third": carried()}


def test_a_note_charged_in_another_question_is_not_charged_again(tiny):
    charged = {"plus-one-forgotten": np.array([True, False])}
    student = {"first": 6, "second": 18, "third": 54}
    rows, now = marks_of(tiny(LAYERS), TWO, [student, student], charged=charged)
    assert rows[0]["first"] == carried("plus-one-forgotten", rule=Rule.AGAIN)
    assert rows[1]["first"] == mistake("plus-one-forgotten")
    assert now["plus-one-forgotten"].tolist() == [True, True]
    assert charged["plus-one-forgotten"].tolist() == [True, False], "what was handed in is not changed"


def test_charged_tells_who_was_charged_with_what(tiny):
    _, now = marks_of(tiny(CHAIN), FIVE, [{"double": 15}, {"double": 10}, {"double": 99}])
    assert {note: mask.tolist() for note, mask in now.items()} == {"tripled": [True, False, False]}


AMBIGUOUS = """
draw: {a: "integers(2, 9)", b: "integers(2, 9)"}
steps: {area: a * b, next: area + 1}
answers: {area: {}, next: {}}
mistakes:
  added: {area: a + b, says: Multiply.}
  squared: {area: a * a - 3, says: Multiply.}
  left-out: {area: a - 1, says: Multiply.}
"""


def test_several_explanations_leave_it_wrong_with_candidates(tiny):
    marks = one(tiny(AMBIGUOUS), {"a": 3, "b": 3}, area=6, next=7)
    assert marks == {"area": wrong(candidates=("added", "squared")), "next": carried()}


def test_candidates_charge_nobody(tiny):
    _, now = marks_of(tiny(AMBIGUOUS), {"a": 3, "b": 3}, [{"area": 6}])
    assert not any(mask.any() for mask in now.values())


def test_several_explanations_of_an_array_earn_no_cells_either(tiny):
    problem = tiny(
        """
        draw: {x: "integers(1, 9, shape=4)"}
        steps: {list: 2 * x}
        answers: {list: {}}
        mistakes:
          with-last: {list: "where(x == 4, 9, 2 * x)", says: No.}
          with-four: {list: "where(x > 3, 9, 2 * x)", says: No.}
        """
    )
    assert one(problem, FOUR, list=[2, 4, 6, 9])["list"] == wrong(candidates=("with-last", "with-four"))


def test_two_formulas_with_one_note_are_one_explanation(tiny):
    problem = tiny(AMBIGUOUS.replace("squared: {", "squared: {note: added, "))
    marks = one(problem, {"a": 3, "b": 3}, area=6)
    assert marks["area"].outcome is Outcome.MISTAKE
    assert marks["area"].candidates == ()
    _rows, now = marks_of(problem, {"a": 3, "b": 3}, [{"area": 6}])
    assert list(now) == ["added"]


UNASKED = """
draw: {a: "integers(2, 50)"}
steps: {hidden: 2 * a, first: hidden + 1, second: 100 * hidden}
answers: {first: {}, second: {}}
mistakes:
  tripled: {hidden: 3 * a, says: Two times.}
"""


def test_a_mistake_in_an_unasked_step_stays_for_later_answers(tiny):
    marks = one(tiny(UNASKED), FIVE, first=16, second=1500)
    assert marks == {"first": mistake("tripled"), "second": carried()}


def test_after_a_mistake_in_an_unasked_step_the_right_answer_is_right_still(tiny):
    assert one(tiny(UNASKED), FIVE, first=16, second=1000)["second"] == correct()


def test_a_mistake_in_an_unasked_step_that_shows_only_later_is_named_there(tiny):
    assert one(tiny(UNASKED), FIVE, first=11, second=1500) == {"first": correct(), "second": mistake("tripled")}


# ---- the digits asked --------------------------------------------------------------------------------------------

LOOSE = """
draw:
  a: integers(2, 50)
steps:
  third: a / 3
  scaled: 1000 * third
  more: scaled + 1
answers:
  third: {ask: 2 decimals, within: 0.05}
  scaled: {ask: 2 decimals}
  more: {ask: 2 decimals}
mistakes:
  quarter: {third: a / 4, says: A third.}
"""
TEN = {"a": 10}  # third 3.333..., scaled 3333.33


@pytest.mark.parametrize("third", [3.333333, 3.3333, 3.33, 3.3])
@pytest.mark.parametrize("scaled", [3333.33, 3330])
def test_more_or_fewer_digits_than_asked_may_go_on_as_asked(tiny, third, scaled):
    marks = one(tiny(LOOSE), TEN, third=third, scaled=scaled, more=scaled + 1)
    assert {(mark.outcome, mark.credit) for mark in marks.values()} == {(Outcome.CORRECT, ALL)}


@pytest.mark.parametrize("third", [3.333333, 3.3])
def test_figures_that_are_neither_typed_nor_asked_are_wrong(tiny, third):
    assert one(tiny(LOOSE), TEN, third=third, scaled=3310)["scaled"] == wrong()


def test_wrong_figures_are_followed_in_the_digits_asked_too(tiny):
    marks = one(tiny(LOOSE), TEN, third=4.444444, scaled=4440, more=4441)
    assert marks == {"third": wrong(), "scaled": carried(), "more": carried()}
    marks = one(tiny(LOOSE), TEN, third=4.444444, scaled=4444.44, more=4445.44)
    assert marks == {"third": wrong(), "scaled": carried(), "more": carried()}


def test_a_named_mistake_is_followed_in_the_digits_asked_too(tiny):
    eleven = {"a": 11}  # a quarter is 2.75
    problem = tiny(LOOSE.replace("a / 4", "a / 7"))  # 1.571428
    marks = one(problem, eleven, third=1.571428, scaled=1570, more=1571)
    assert marks == {"third": mistake("quarter"), "scaled": carried(), "more": carried()}


WITHIN = HIDDEN.replace("ask: 2 decimals", "ask: 2 decimals, within: 0.01")


def test_an_unasked_step_may_be_rounded_as_asked_whatever_the_tolerance(tiny):
    assert one(tiny(WITHIN), TEN, scaled=3330) == {"scaled": correct(Rule.ROUNDED)}
    assert one(tiny(WITHIN), TEN, scaled=3300) == {"scaled": wrong()}
    assert one(tiny(WITHIN), TEN, scaled=2500) == {"scaled": mistake("quarter")}


# ---- arrays written down another way round -----------------------------------------------------------------------

GRID = """
draw:
  x: integers(1, 20, shape=(3, 3))
steps:
  grid: 2 * x
  next: grid + 1
answers:
  grid: {points: 2}
  next: {}
mistakes:
  forgotten: {grid: 1 * x, says: Two times.}
"""
OWN = np.array(NINE["x"]) * 2
SIGNS = {"x": [[1, -2, 3], [4, 5, -6], [7, 8, 9]]}
REARRANGED = {
    "transposed": OWN.T,
    "flipped": OWN[::-1],
    "flipped across": OWN[:, ::-1],
    "flipped both ways": OWN[::-1, ::-1],
    "negated": -OWN,
}


def named(problem, marked):
    """Like `in_words`, with the mistakes that any array invites."""
    (note,) = marked.note
    return OUTCOMES[marked.outcome[0]], problem.named[note].note if note >= 0 else "", marked.credit.fraction(0)


def written_down(problem, draws, charged=None, by="standard", **answers):
    typed = {a.name: typed_of(a, [answers.get(a.name, BLANK)]) for a in problem.answers}
    trace = Trace()
    marks, now = mark(problem, grader(by), params_of(draws, 1), typed, charged, trace)
    for marked in marks.values():
        matches(trace, problem, grader(by), marked, 0)
    return {name: named(problem, marks[name]) for name in answers}, now


@pytest.mark.parametrize("how", REARRANGED)
def test_a_rearranged_array_is_one_mistake(tiny, how):
    problem = tiny(GRID)
    marks, now = written_down(problem, NINE, grid=REARRANGED[how], next=OWN + 1)
    note = how.split()[0]
    assert marks == {"grid": (Outcome.MISTAKE, note, HALF), "next": (Outcome.CORRECT, "", ALL)}
    assert {name for name, mask in now.items() if mask[0]} == {note}
    says = next(mistake for mistake in problem.named if mistake.id == note).says
    assert len(says) > 40


def test_a_rearranged_array_is_carried_on_as_written(tiny):
    marks, _ = written_down(tiny(GRID), NINE, grid=-OWN, next=1 - OWN)
    assert marks["next"] == (Outcome.CARRIED, "", ALL)


def test_a_rearrangement_is_looked_for_in_the_own_world_and_charged_once(tiny):
    marks, _ = written_down(tiny(GRID), NINE, grid=OWN.T, next=(OWN.T + 1)[::-1])
    assert marks["next"] == (Outcome.MISTAKE, "flipped", HALF)
    marks, _ = written_down(tiny(GRID), NINE, grid=OWN.T, next=OWN + 2)
    assert marks["next"][0] is Outcome.WRONG
    again = {"transposed": np.array([True])}
    marks, _ = written_down(tiny(GRID), NINE, charged=again, grid=OWN.T)
    assert marks["grid"] == (Outcome.CARRIED, "transposed", ALL)


def test_a_symmetric_array_is_never_rearranged(tiny):
    symmetric = {"x": [[1, 2, 3], [2, 4, 5], [3, 5, 6]]}
    own = 2 * np.array(symmetric["x"])
    marks, _ = written_down(tiny(GRID), symmetric, grid=own.T)
    assert marks["grid"] == (Outcome.CORRECT, "", ALL)
    # turned by 180 degrees, a grid of this kind is its own transpose upside down: two notes would explain it
    both = {"x": [[1, 2, 3], [4, 0, -4], [-3, -2, -1]]}
    marks, _ = written_down(tiny(GRID), both, grid=-2 * np.array(both["x"]))
    assert marks["grid"][0] in (Outcome.WRONG, Outcome.PARTIAL)


def test_a_declared_mistake_goes_before_a_rearrangement(tiny):
    declared = GRID.replace("  forgotten:", "  turned: {grid: transpose(2 * x), says: Rows.}\n  forgotten:")
    marks, _ = written_down(tiny(declared), NINE, grid=OWN.T)
    assert marks["grid"] == (Outcome.MISTAKE, "turned", HALF)


def test_an_impossible_rearrangement_earns_nothing(tiny):
    bounded = GRID.replace("{points: 2}", "{points: 2, between: [0, 100]}")
    assert written_down(tiny(bounded), NINE, grid=-OWN)[0]["grid"][0] is Outcome.WRONG
    assert written_down(tiny(bounded), NINE, grid=OWN.T)[0]["grid"][0] is Outcome.MISTAKE


def test_an_array_of_another_shape_may_be_transposed(tiny):
    problem = tiny(GRID.replace("(3, 3)", "(2, 3)"))
    six = {"x": [[1, 2, 3], [4, 5, 6]]}
    own = 2 * np.array(six["x"])
    marks, _ = written_down(problem, six, grid=own.T, next=own + 1)
    assert marks == {"grid": (Outcome.MISTAKE, "transposed", HALF), "next": (Outcome.CORRECT, "", ALL)}
    marks, _ = written_down(problem, six, grid=own.T * 2, next=own + 1)
    assert marks["grid"][0] is Outcome.WRONG


def test_students_with_arrays_of_different_shapes_are_marked_together(tiny):
    problem = tiny(
        GRID.replace("  x: integers(1, 20, shape=(3, 3))", "  k: choice(2, 3)\n  x: integers(1, 20, shape=(k, 3))")
    )
    cells = np.full((3, 3, 2), np.nan)
    cells[..., 0], cells[:2, :, 1] = NINE["x"], NINE["x"][:2]
    params = {"k": Value.dense(np.array([3.0, 2.0])), "x": Value(cells, np.array([[3, 2], [3, 3]], dtype=np.int32))}
    typed = {
        "grid": typed_of(problem.answers[0], [OWN.T, OWN[:2][::-1]]),
        "next": typed_of(problem.answers[1], [BLANK] * 2),
    }
    marks, _ = mark(problem, grader("standard"), params, typed)
    assert [problem.named[number].note for number in marks["grid"].note] == ["transposed", "flipped"]


def test_short_vectors_are_too_short_to_be_rearranged(tiny):
    problem = tiny("""
        draw: {x: "integers(1, 20, shape=2)"}
        steps: {list: 2 * x}
        answers: {list: {}}
    """)
    assert written_down(problem, {"x": [3, 8]}, list=[16, 6])[0]["list"][0] is Outcome.WRONG
    longer = tiny(VECTOR)
    assert written_down(longer, FOUR, sums=[45, 35, 25, 15])[0]["sums"] == (Outcome.MISTAKE, "flipped", HALF)


def test_strict_names_a_rearrangement_and_gives_nothing(tiny):
    marks, _ = written_down(tiny(GRID), NINE, by="strict", grid=OWN.T)
    assert marks["grid"] == (Outcome.MISTAKE, "transposed", NOTHING)


# ---- a mistake in some cells -------------------------------------------------------------------------------------


def test_a_mistake_that_explains_all_wrong_cells_beats_loose_cells(tiny):
    marks = one(tiny(VECTOR), FOUR, sums=[15, 25, 25, 35], total=100)  # `minus` in the last two
    assert marks == {"sums": Mark(Outcome.MISTAKE, HALF, ("minus",), Rule.SOME_CELLS), "total": carried()}
    _, now = marks_of(tiny(VECTOR), FOUR, [{"sums": [15, 25, 25, 35]}])
    assert [note for note, mask in now.items() if mask[0]] == ["minus"]


def test_one_wrong_cell_may_be_an_accident(tiny):
    assert one(tiny(VECTOR), FOUR, sums=[15, 25, 35, 35])["sums"] == partial(Fraction(1, 3))


def test_cells_that_no_single_note_explains_are_loose(tiny):
    assert one(tiny(VECTOR), FOUR, sums=[15, 25, 25, 99])["sums"] == partial(Fraction(1, 6))
    # one cell by each of two mistakes
    assert one(tiny(VECTOR), FOUR, sums=[15, 25, 25, 39])["sums"] == partial(Fraction(1, 6))


def test_a_mistake_in_some_cells_is_worth_no_less_than_the_cells(tiny):
    problem = tiny(VECTOR.replace("minus: {", "minus: {credit: 1/10, "))
    marks = one(problem, FOUR, sums=[15, 25, 25, 35])["sums"]
    assert marks == Mark(Outcome.MISTAKE, Fraction(1, 6), ("minus",), Rule.SOME_CELLS)
    assert one(tiny(VECTOR), FOUR, "strict", sums=[15, 25, 25, 35])["sums"].credit == NOTHING


def test_a_mistake_in_some_cells_does_not_stay_in_the_steps_nobody_was_asked_for(tiny):
    problem = tiny("""
        draw: {x: "integers(1, 20, shape=4)"}
        steps: {base: 10 * x, sums: base + 5, other: base + 7}
        answers: {sums: {}, other: {}}
        mistakes:
          not-scaled: {base: x, says: Ten times.}
    """)
    whole = one(problem, FOUR, sums=[6, 7, 8, 9], other=[8, 9, 10, 11])
    assert whole == {"sums": mistake("not-scaled", credit=HALF), "other": carried()}
    some = one(problem, FOUR, sums=[15, 25, 8, 9], other=[17, 27, 37, 47])
    assert some["sums"] == Mark(Outcome.MISTAKE, HALF, ("not-scaled",), Rule.SOME_CELLS)
    assert some["other"] == correct()


# ---- pairs -------------------------------------------------------------------------------------------------------


def test_a_pair_of_mistakes_explains_an_array_and_earns_a_quarter(tiny):
    marks = one(tiny(VECTOR), FOUR, sums=[-4, -3, -2, -1], total=-10)
    assert marks == {"sums": mistake("not-scaled", "minus", credit=QUARTER), "total": carried()}


def test_both_mistakes_of_a_pair_are_charged(tiny):
    _, now = marks_of(tiny(VECTOR), FOUR, [{"sums": [-4, -3, -2, -1]}])
    assert {note for note, mask in now.items() if mask[0]} == {"not-scaled", "minus"}


def test_a_pair_never_explains_a_single_number(tiny):
    problem = tiny(
        """
        draw: {a: "integers(2, 50)"}
        steps: {base: 10 * a, sum: base + 5}
        answers: {sum: {}}
        mistakes:
          not-scaled: {base: a, says: Ten times.}
          minus: {sum: base - 5, says: Add it.}
        """
    )
    assert one(problem, FIVE, sum=0)["sum"] == wrong()


def test_a_pair_on_the_same_step_is_none(tiny):
    # minus and minus-once both replace `sums`; nothing else makes base - 6
    assert one(tiny(VECTOR), FOUR, sums=[4, 14, 24, 34])["sums"] == wrong()


def test_a_pair_with_a_mistake_charged_already_is_none(tiny):
    charged = {"not-scaled": np.array([True])}
    rows, _ = marks_of(tiny(VECTOR), FOUR, [{"sums": [-4, -3, -2, -1]}], charged=charged)
    assert rows[0]["sums"] == wrong()


def test_several_pairs_leave_it_wrong_with_candidates(tiny):
    problem = tiny(
        """
        draw: {x: "integers(1, 20, shape=3)"}
        steps: {one: 2 * x, two: one + 1, three: two + 1}
        answers: {three: {}}
        mistakes:
          a: {one: 2 * x + 10, says: No.}
          b: {two: one + 21, says: No.}
          c: {three: two + 21, says: No.}
        """
    )
    marks = one(problem, {"x": [1, 2, 4]}, three=[34, 36, 40])
    assert marks["three"] == wrong(candidates=("a", "b", "c"))


# ---- partial -----------------------------------------------------------------------------------------------------

CELLS = """
draw: {x: "integers(0, 9, shape=6)"}
steps: {list: 2 * x}
answers: {list: {}}
"""


@pytest.mark.parametrize(
    ("x", "typed", "credit"),
    [
        ([1, 2, 3, 4, 5, 6], [2, 4, 6, 8, 10, 99], Fraction(4, 5) / 2),  # b = 1: (5 - 1) / (6 - 1)
        ([1, 2, 3, 4, 5, 6], [2, 4, 99, 98, 97, 96], Fraction(1, 5) / 2),
        ([1, 2, 3, 4, 5, 6], [2, 95, 99, 98, 97, 96], NOTHING),  # one cell: a constant gets as many
        ([0, 0, 0, 4, 5, 6], [0, 0, 0, 8, 10, 99], Fraction(2, 3) / 2),  # b = 3: (5 - 3) / (6 - 3)
        ([0, 0, 0, 4, 5, 6], [0, 0, 0, 8, 98, 99], Fraction(1, 3) / 2),
        ([0, 0, 0, 4, 5, 6], [0, 0, 0, 97, 98, 99], NOTHING),
        ([0, 0, 0, 4, 5, 6], [91, 92, 93, 8, 10, 12], NOTHING),  # three right, but zeros would be three too
    ],
)
def test_right_cells_count_beyond_what_a_constant_gets(tiny, x, typed, credit):
    marks = one(tiny(CELLS), {"x": x}, list=typed)
    assert marks["list"] == (partial(credit) if credit else wrong())


def test_cells_are_counted_in_the_best_world(tiny):
    problem = tiny(
        """
        draw: {a: "integers(1, 9)", x: "integers(1, 9, shape=4)"}
        steps: {base: 2 * a, list: base * x}
        answers: {base: {}, list: {}}
        """
    )
    draws = {"a": 1, "x": [1, 2, 3, 4]}
    # from the own 10: three of four cells; in the truth (2 4 6 8) only the last one
    assert one(problem, draws, base=10, list=[10, 20, 30, 8])["list"] == partial(Fraction(2, 3) / 2)
    # in the truth three, from the own figure one
    assert one(problem, draws, base=10, list=[2, 4, 6, 40])["list"] == partial(Fraction(2, 3) / 2)


def test_cells_right_in_the_world_of_a_mistake_count(tiny):
    marks = one(tiny(VECTOR), FOUR, sums=[5, 15, 25, 99])
    assert marks["sums"] == partial(Fraction(2, 3) / 2)


def test_cells_of_a_mistake_that_earns_less_count_less(tiny):
    problem = tiny(VECTOR.replace("minus: {", "minus: {credit: 1/10, "))
    assert one(problem, FOUR, sums=[5, 15, 25, 99])["sums"] == partial(Fraction(2, 3) / 10)


def test_partial_answers_are_carried_on(tiny):
    marks = one(tiny(VECTOR), FOUR, sums=[15, 25, 35, 46], total=121)
    assert marks == {"sums": partial(Fraction(2, 3) / 2), "total": carried()}


# ---- wrong shapes ------------------------------------------------------------------------------------------------


def test_a_wrong_shape_that_a_mistake_explains_is_carried(tiny):
    marks = one(tiny(RESHAPED), NINE, padded=NINE["x"], doubled=(2 * np.array(NINE["x"])).tolist())
    assert marks == {"padded": mistake("padding-forgotten", credit=HALF), "doubled": carried()}


def test_a_wrong_shape_that_nothing_explains_is_not_carried(tiny):
    odd = [[11, 12, 13], [14, 15, 16], [17, 18, 10]]
    doubled = (2 * np.array(odd)).tolist()
    assert one(tiny(RESHAPED), NINE, padded=odd, doubled=doubled) == {"padded": wrong(), "doubled": wrong()}


def test_after_a_wrong_shape_the_right_answer_is_right(tiny):
    doubled = (2 * np.array(NINE_PADDED)).tolist()
    marks = one(tiny(RESHAPED), NINE, padded=[[1, 2], [3, 4]], doubled=doubled)
    assert marks == {"padded": wrong(), "doubled": correct()}


def test_a_wrong_shape_earns_no_cells(tiny):
    assert one(tiny(VECTOR), FOUR, sums=[15, 25, 35])["sums"] == wrong()
    assert one(tiny(VECTOR), FOUR, sums=[15, 25, 35, 45, 55])["sums"] == wrong()


# ---- not farmed --------------------------------------------------------------------------------------------------

BOUNDED = CHAIN.replace("  double: {}\n", "  double: {between: [1, 200]}\n")


@pytest.mark.parametrize("impossible", [201, 0, -5, 1e30, float("inf"), 10.5])
def test_an_impossible_value_is_not_carried(tiny, impossible):
    marks = one(tiny(BOUNDED), FIVE, double=impossible, plus=impossible + 7)
    assert marks == {"double": wrong(), "plus": wrong()}


@pytest.mark.parametrize("possible", [200, 1])
def test_the_bounds_themselves_are_possible(tiny, possible):
    marks = one(tiny(BOUNDED), FIVE, double=possible, plus=possible + 7)
    assert marks == {"double": wrong(), "plus": carried()}


def test_an_impossible_value_earns_nothing_even_from_own_figures(tiny):
    problem = tiny(CHAIN.replace("  plus: {}\n", "  plus: {between: [1, 100]}\n"))
    marks = one(problem, FIVE, double=99, plus=106)
    assert marks == {"double": wrong(), "plus": wrong(Rule.IMPOSSIBLE)}


def test_one_impossible_cell_is_enough(tiny):
    problem = tiny(VECTOR.replace("  sums: {}\n", "  sums: {between: [0, 100]}\n"))
    assert one(problem, FOUR, sums=[15, 25, 35, 101], total=176)["total"] == wrong()
    assert one(problem, FOUR, sums=[15, 25, 35, 99], total=174)["total"] == carried()


def test_an_impossible_value_that_a_mistake_explains_is_carried(tiny):
    problem = tiny(
        """
        draw: {a: "integers(2, 50)"}
        steps: {half: floor(a / 2), more: half + 3}
        answers: {half: {}, more: {}}
        mistakes:
          not-rounded: {half: a / 2, says: Round down.}
        """
    )
    marks = one(problem, FIVE, half=2.5, more=5.5)
    assert marks["half"] == mistake("not-rounded")


@pytest.mark.parametrize("same", [0, 1, 25, 40])
def test_the_same_number_everywhere_earns_nothing(tiny, same):
    marks = one(tiny(VECTOR), FOUR, sums=[same] * 4, total=4 * same)
    assert marks == {"sums": wrong(Rule.CONSTANT), "total": wrong()}


def test_the_same_number_everywhere_is_right_where_it_is_right(tiny):
    assert one(tiny(CELLS), {"x": [3] * 6}, list=[6] * 6)["list"] == correct()


def test_zeros_everywhere_earn_nothing(tiny):
    problem = tiny(
        """
        draw: {x: "integers(1, 9, shape=(2, 2))", a: "integers(1, 9)"}
        steps: {scale: 2 * a, map: scale * x, most: max(map), share: map / most}
        answers: {scale: {}, map: {}, most: {}, share: {ask: 2 decimals}}
        """
    )
    zeros = [[0, 0], [0, 0]]
    marks = one(problem, {"x": [[1, 2], [3, 4]], "a": 1}, scale=0, map=zeros, most=0, share=zeros)
    assert {m.credit for m in marks.values()} == {NOTHING}
    assert {m.outcome for m in marks.values()} == {Outcome.WRONG}


WORLD = """
draw: {x: "integers(1, 9, shape=4)"}
steps: {list: 2 * x, scaled: 3 * list}
answers: {list: {}, scaled: {within: 0.1}}
"""  # with 1 2 3 4: list 2 4 6 8, scaled 6 12 18 24


@pytest.mark.parametrize(
    ("mine", "then", "rule"),
    [
        ([0, 0, 6, 0], [0, 0, 18, 0], Rule.EASY),  # one of four non-zero cells is left
        ([0, 5, 6, 0], [0, 15, 18, 0], Rule.OWN),  # half of them: still work
        ([5, 5.01, 5, 5], [15, 15.03, 15, 15], Rule.OWN),  # nearly constant is not constant
    ],
)
def test_own_figures_that_leave_no_work_carry_no_credit(tiny, mine, then, rule):
    scaled = one(tiny(WORLD), FOUR, list=mine, scaled=then)["scaled"]
    assert scaled == (wrong(Rule.EASY, review=True) if rule is Rule.EASY else carried())


def test_an_own_world_of_one_constant_carries_no_credit(tiny):
    problem = tiny(
        """
        draw: {x: "integers(1, 9, shape=4)"}
        steps: {list: 2 * x, ones: "where(list > 5, 1.0, 0.25)"}
        answers: {list: {}, ones: {within: 0.1}}
        """
    )
    mine = {"list": [6, 7, 8, 9]}
    assert one(problem, FOUR, **mine, ones=[1, 1.01, 1, 1])["ones"] == wrong(Rule.EASY, review=True)
    assert one(problem, FOUR, **mine, ones=[1, 1, 1, 1])["ones"] == wrong(Rule.CONSTANT)


DEAD = """
draw: {x: "integers(1, 9, shape=(3, 3))"}
steps: {map: 2 * x, half: "map / 2", pool: "max_pool(half, 2, stride=1)"}
answers: {map: {}, half: {within: 0.1}, pool: {within: 0.1}}
mistakes:
  averaged: {pool: "mean_pool(half, 2, stride=1)", says: The largest.}
"""


def test_nothing_is_earned_in_an_own_world_that_leaves_no_work(tiny):
    """Neither by a spoilt cell nor by a known mistake: a worse answer never earns more than a right one."""
    problem, draws = tiny(DEAD), {"x": [[1, 2, 3], [4, 5, 6], [7, 8, 9]]}
    mine = {"map": [[0, 0, 0], [0, 8, 0], [6, 0, 0]]}  # half: seven zeros, 4 and 3
    honest = one(problem, draws, **mine, half=[[0, 0, 0], [0, 4, 0], [3, 0, 0]])["half"]
    assert honest == wrong(Rule.EASY, review=True)
    assert one(problem, draws, **mine, half=[[0, 0, 1.5], [0, 4, 0], [3, 0, 0]])["half"].credit == NOTHING
    own = {**mine, "half": [[0, 0, 0], [0, 8, 0], [0, 0, 3.5]]}
    assert one(problem, draws, **own, pool=[[8, 8], [8, 8]])["pool"].credit == NOTHING
    assert one(problem, draws, **own, pool=[[2, 2], [2, 2.875]])["pool"].credit == NOTHING


@pytest.mark.parametrize(
    "mine",
    [
        [[7, 7, 7], [7, 7, 7], [7, 7, 7]],
        [[7, 7, 7], [7, 7, 7], [7, 7, 9]],  # one in eight may differ
        [[7, 7, 7], [7, math.nan, 7], [7, 7, 7]],  # a blank is no number of its own
    ],
)
def test_what_is_hardly_more_than_a_constant_earns_nothing_and_is_not_carried(tiny, mine):
    problem, draws = tiny(DEAD), {"x": [[1, 2, 3], [4, 5, 6], [7, 8, 9]]}
    marks = one(problem, draws, map=mine, half=(np.array(mine) / 2).tolist())
    assert marks["map"] == wrong(Rule.CONSTANT)
    assert marks["half"] == wrong(Rule.CONSTANT)
    assert one(problem, draws, map=mine, half=[[1, 2, 3], [4, 5, 6], [7, 8, 9]])["half"] == correct()


def test_a_slip_made_again_that_changes_the_shape_is_carried_on(tiny):
    problem = tiny(
        """
        draw: {x: "integers(1, 9, shape=(4, 4))", k: "integers(1, 9, shape=(2, 2))"}
        steps: {one: "conv2d(x, k, padding=1)", two: "conv2d(one, k, padding=1)", top: max(two)}
        answers: {one: {}, two: {}, top: {}}
        mistakes:
          no-padding: {one: "conv2d(x, k)", two: "conv2d(one, k)", says: A ring of zeros.}
          smallest: {top: min(two), says: The largest.}
        """
    )
    rng = np.random.default_rng(5)
    x, k = rng.integers(1, 9, (4, 4)), rng.integers(1, 9, (2, 2))
    first = conv2d(x[..., None], k[..., None])
    second = conv2d(first, k[..., None])[..., 0]
    draws = {"x": x.tolist(), "k": k.tolist()}
    answers = {"one": first[..., 0].tolist(), "two": second.tolist(), "top": int(second.min())}
    marks = one(problem, draws, **answers)
    assert marks["one"] == mistake("no-padding", credit=HALF)
    assert marks["two"] == carried("no-padding", rule=Rule.AGAIN)
    assert marks["top"] == mistake("smallest")
    largest = int(second.max())
    assert largest != int(conv2d(conv2d(x[..., None], k[..., None], padding=1), k[..., None], padding=1).max())
    assert one(problem, draws, **{**answers, "top": largest})["top"] == carried()


def test_an_own_zero_carries_no_credit_where_the_truth_is_not_zero(tiny):
    problem = tiny(
        """
        draw: {a: "integers(2, 50)"}
        steps: {left: a - 1, product: 3 * left}
        answers: {left: {}, product: {}}
        """
    )
    assert one(problem, FIVE, left=0, product=0)["product"] == wrong(Rule.EASY, review=True)
    assert one(problem, FIVE, left=1, product=3)["product"] == carried()


# ---- graders -----------------------------------------------------------------------------------------------------

CREDITS = {  # grader -> credit of: carried, mistake in array, mistake in number, pair, half of the cells beyond one
    "standard": (ALL, HALF, NOTHING, QUARTER, Fraction(1, 3)),
    "practice": (ALL, HALF, NOTHING, QUARTER, Fraction(1, 3)),
    "strict": (ALL, NOTHING, NOTHING, NOTHING, NOTHING),
}


@pytest.mark.parametrize("by", CREDITS)
def test_graders_give_their_credits(tiny, by):
    after, in_array, in_number, pair, cells = CREDITS[by]
    chain, vector = tiny(CHAIN), tiny(VECTOR)
    assert one(chain, FIVE, by, double=99, plus=106)["plus"].credit == after
    assert one(vector, FOUR, by, sums=[5, 15, 25, 35])["sums"] == mistake("minus", credit=in_array)
    assert one(chain, FIVE, by, double=15)["double"] == mistake("tripled", credit=in_number)
    assert one(vector, FOUR, by, sums=[-4, -3, -2, -1])["sums"] == mistake("not-scaled", "minus", credit=pair)
    assert one(vector, FOUR, by, sums=[15, 25, 35, 99])["sums"].credit == cells


def test_graders_differ_in_how_often_a_note_is_charged():
    assert {name: grader(name).charge for name in CREDITS} == {
        "standard": "once per paper",
        "strict": "once per paper",
        "practice": "once per question",
    }


@pytest.mark.parametrize(
    ("by", "declared", "credit"),
    [
        ("standard", "1", ALL),
        ("strict", "1", ALL),  # a convention that the course accepts
        ("practice", "1", ALL),
        ("standard", "1/3", Fraction(1, 3)),
        ("strict", "1/3", NOTHING),
        ("standard", "0", NOTHING),
    ],
)
@pytest.mark.parametrize("kind", ["number", "array"])
def test_a_mistake_may_declare_its_credit(tiny, by, declared, credit, kind):
    if kind == "number":
        problem = tiny(CHAIN.replace("tripled: {", f"tripled: {{credit: {declared}, "))
        assert one(problem, FIVE, by, double=15)["double"] == mistake("tripled", credit=credit)
    else:
        problem = tiny(VECTOR.replace("minus: {", f"minus: {{credit: {declared}, "))
        assert one(problem, FOUR, by, sums=[5, 15, 25, 35])["sums"] == mistake("minus", credit=credit)


# ---- laws --------------------------------------------------------------------------------------------------------

LAWS = """
draw: {a: "integers(1, 9)", x: "integers(1, 9, shape=(2, 2))"}
steps:
  hidden: a / 7
  base: 2 * a
  map: base * x + hidden
  part: max(map)
  count: floor(part) + 1
answers:
  base: {between: [0, 100]}
  map: {ask: 2 decimals}
  part: {ask: 3 figures}
  count: {}
mistakes:
  tripled: {base: 3 * a, says: No.}
  hidden-forgotten: {hidden: 0, says: No.}
  minus: {map: base * x - hidden, says: No.}
  transposed: {map: transpose(base * x + hidden), says: No.}
  least: {part: min(map), says: No.}
  not-rounded: {count: part + 1, says: No.}
"""
PLAUSIBLE = (0.0, 1.0, 2.0, 2.14, 4.0, 4.14, 6.0, 8.0, 8.14, 9.0, -1.0, 3.0)
NUMBERS = st.one_of(st.sampled_from(PLAUSIBLE), st.floats(width=64), st.sampled_from([1e300, -1e308, 5e-324]))
MATRICES = st.integers(1, 3).flatmap(
    lambda rows: st.integers(1, 3).flatmap(
        lambda columns: st.lists(st.lists(NUMBERS, min_size=columns, max_size=columns), min_size=rows, max_size=rows)
    )
)
READ = {"base": NUMBERS, "map": MATRICES, "part": NUMBERS, "count": NUMBERS}
STUDENTS = st.fixed_dictionaries(
    {name: st.one_of(given, given, given, st.sampled_from([BLANK, UNREADABLE])) for name, given in READ.items()}
)
ONE = {"a": 1, "x": [[1, 2], [3, 4]]}  # base 2, map 2.14 4.14; 6.14 8.14, part 8.14, count 9
KNOWN = [
    {"base": 2, "map": [[2.14, 4.14], [6.14, 8.14]], "part": 8.14, "count": 9},
    {"base": 3, "map": [[3.14, 6.14], [9.14, 12.14]], "part": 12.14, "count": 13},
    {"base": 4, "map": [[4.14, 8.14], [12.14, 16.14]], "part": 4.14, "count": 5.14},
    {"base": 2, "map": [[2, 6], [4, 8]], "part": 8, "count": 9},
    {"base": BLANK, "map": [[1.86, 3.86], [5.86, 7.86]], "part": UNREADABLE, "count": 8},
]
GROUPS = st.lists(st.one_of(STUDENTS, st.sampled_from(KNOWN)), min_size=1, max_size=8)


def test_the_law_students_reach_every_outcome(tiny):
    rows, _ = marks_of(tiny(LAWS), ONE, KNOWN)
    seen = {m.outcome for row in rows for m in row.values()}
    assert seen >= {Outcome.CORRECT, Outcome.CARRIED, Outcome.MISTAKE, Outcome.BLANK, Outcome.UNREADABLE}
    assert {len(m.notes) for row in rows for m in row.values()} == {0, 1, 2}


@settings(deadline=None, max_examples=60)
@given(students=GROUPS, by=st.sampled_from(sorted(CREDITS)))
def test_credit_lies_between_nothing_and_all_for_any_numbers(tiny, students, by):
    rows, _ = marks_of(tiny(LAWS), ONE, students, by)
    for student, row in zip(students, rows, strict=True):
        for name, m in row.items():
            assert 0 <= m.credit <= 1
            assert (m.outcome is Outcome.BLANK) == (student[name] is BLANK)
            assert (m.outcome is Outcome.UNREADABLE) == (student[name] == UNREADABLE)
            assert m.outcome in (Outcome.CORRECT, Outcome.CARRIED, Outcome.MISTAKE, Outcome.PARTIAL) or not m.credit


@settings(deadline=None, max_examples=40)
@given(students=GROUPS, data=st.data())
def test_marks_follow_a_permutation_of_the_students(tiny, students, data):
    order = data.draw(st.permutations(range(len(students))))
    rows, charged = marks_of(tiny(LAWS), ONE, students)
    moved, charged_moved = marks_of(tiny(LAWS), ONE, [students[i] for i in order])
    assert moved == [rows[i] for i in order]
    assert {note: mask[order].tolist() for note, mask in charged.items() if mask.any()} == {
        note: mask.tolist() for note, mask in charged_moved.items() if mask.any()
    }


@settings(deadline=None, max_examples=40)
@given(students=GROUPS)
def test_one_by_one_gives_the_same_marks_as_together(tiny, students):
    together, _ = marks_of(tiny(LAWS), ONE, students)
    assert together == [marks_of(tiny(LAWS), ONE, [student])[0][0] for student in students]


def test_students_of_different_variants_and_shapes_do_not_disturb_each_other(tiny):
    problem = tiny(
        """
        draw: {k: "integers(2, 4)", x: "integers(1, 9, shape=(k, k))"}
        steps: {double: 2 * x, total: sum(double)}
        answers: {double: {}, total: {}}
        mistakes:
          tripled: {double: 3 * x, says: No.}
          transposed: {double: 2 * transpose(x), says: No.}
        """
    )
    rng = np.random.default_rng(5)
    draws, students = [], []
    for i in range(24):
        k = 2 + i % 3
        x = rng.integers(1, 10, size=(k, k))
        draws.append({"k": k, "x": x})
        done = [2 * x, 3 * x, 2 * x.T, x, np.zeros((2, 2)), 2 * x + np.eye(k)][i % 6].astype(float)
        students.append({"double": done.tolist(), "total": float(done.sum()) + (i % 5 == 0)})
    cells = np.full((4, 4, 24), np.nan)
    for i, draw in enumerate(draws):
        cells[: draw["k"], : draw["k"], i] = draw["x"]
    ks = np.array([float(draw["k"]) for draw in draws])
    params = {"k": Value.dense(ks), "x": Value(cells, np.array([ks, ks], dtype=np.int32))}
    typed = {a.name: typed_of(a, [s[a.name] for s in students]) for a in problem.answers}
    marks, _ = mark(problem, grader("standard"), params, typed)
    together = [{name: in_words(problem, m, i) for name, m in marks.items()} for i in range(24)]
    alone = [one(problem, draw, **student) for draw, student in zip(draws, students, strict=True)]
    assert together == alone
    assert {m["double"].outcome for m in alone} >= {Outcome.CORRECT, Outcome.MISTAKE, Outcome.WRONG, Outcome.PARTIAL}
