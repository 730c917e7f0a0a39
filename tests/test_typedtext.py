"""Typed text -> numbers: what is read, what is refused and why; nothing is guessed and nothing raises."""

from __future__ import annotations

import csv
import json
import math
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quizgen.answers import reading
from quizgen.answers.manner import Manner
from quizgen.answers.numbers import HUGE, read_number
from quizgen.answers.reading import BLANK, READ, UNREADABLE, from_cells
from quizgen.world.values import Value


def column(texts):
    return pa.array(texts, pa.string())


def read_numbers(texts, whole, **more):
    return reading.read_numbers(texts, Manner(whole, **more))


def read_arrays(texts, axes, whole, asked=None, **more):
    return reading.read_arrays(texts, axes, Manner(whole, **more), asked)


def read(text, whole=False):
    """One text: the number, None if blank, or the reason."""
    found = read_numbers(column([text]), whole)
    if found.state[0] == UNREADABLE:
        (reason,) = found.reasons.values()
        return reason
    return None if found.state[0] == BLANK else float(found.numbers[0])


# ---- numbers -----------------------------------------------------------------------------------------------------

SPELLINGS = Path(__file__).parent / "data" / "spellings"
READINGS = {  # the columns of numbers.csv
    "any": Manner(),
    "whole": Manner(whole=True),
    "comma": Manner(decimal=","),
    "point": Manner(decimal="."),
}


def spellings(name):
    """The rows of a table of spellings. The texts are written as in JSON; a column left empty is as `any`."""
    with (SPELLINGS / name).open(encoding="utf-8", newline="") as file:
        return [{**row, "text": json.loads(row["text"])} for row in csv.DictReader(file)]


def number_or_reason(told):
    try:
        return float(told)
    except ValueError:
        return told


NUMBERS = {
    row["text"]: {how: number_or_reason(row[how] or row["any"]) for how in READINGS} for row in spellings("numbers.csv")
}
TEXTS = [*NUMBERS]


def test_there_are_hundreds_of_spellings():
    assert len(spellings("numbers.csv")) == len(NUMBERS) > 400
    assert len(spellings("matrices.csv")) > 140


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: repr(text)[:30])
def test_a_spelling_is_read_or_refused_as_the_table_says(text):
    for how, told in NUMBERS[text].items():
        found = reading.read_numbers(column([text]), READINGS[how])
        assert (how, found.why[0]) == (how, told if isinstance(told, str) else "")
        assert isinstance(told, str) or (how, found.numbers[0]) == (how, told)
        assert found.state[0] == (UNREADABLE if isinstance(told, str) else READ)


@pytest.mark.parametrize("how", READINGS)
def test_every_reading_that_is_not_the_plain_one_is_recorded(how):
    for text, told in NUMBERS.items():
        record = reading.read_numbers(column([text]), READINGS[how]).how[0]
        plain = re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", text.strip(), re.ASCII)
        if isinstance(told[how], str) or (plain and float(text) == told[how]):
            assert (text, record) == (text, "")
        else:
            assert record.endswith(f" read as {told[how]:.15g}"), text


def test_a_record_shows_what_was_typed():
    found = read_numbers(column(["1,5", "2", " 3/4 ", "x", "", "1,5"]), False)
    assert found.how.tolist() == ["1,5 read as 1.5", "", "3/4 read as 0.75", "", "", "1,5 read as 1.5"]
    assert read_numbers(column(["1.792"]), True).how.tolist() == ["1.792 read as 1792"]


@pytest.mark.parametrize(
    ("text", "number"),
    [("5%", 0.05), ("5 %", 0.05), ("12,5 %", 0.125), ("-3 per cent", -0.03), ("0.05", 0.05), ("5", 5)],
)
def test_per_cent_is_read_where_the_problem_says_so(text, number):
    found = read_numbers(column([text]), False, percent=True)
    assert found.numbers.tolist() == [number]
    assert bool(found.how[0]) == (text not in ("5", "0.05"))


@pytest.mark.parametrize("text", ["%", "5%%", "1,234%", "x%"])
def test_a_per_cent_sign_makes_no_number_of_what_is_none(text):
    assert read_numbers(column([text]), False, percent=True).state.tolist() == [UNREADABLE]


@pytest.mark.parametrize("text", ["", " ", "\t", "\u00a0", " \n ", None])
def test_nothing_is_blank_and_not_unreadable(text):
    assert read(text) is None


@pytest.mark.parametrize("text", ["1.792", "1,792", "1.79", "12.345.678"])
def test_the_quick_reader_and_the_careful_one_agree_on_thousands(text):
    assert read(text, whole=True) == read_number(text, Manner(whole=True))


# ---- laws --------------------------------------------------------------------------------------------------------

SIGNS = "0123456789 .,;-+eE/*x×^()[]'’=−½²\u00a0\n\t_%nai"
MESSY = st.one_of(st.text(SIGNS, max_size=20), st.text(max_size=30), st.sampled_from(TEXTS))


@given(texts=st.lists(MESSY, max_size=6), whole=st.booleans())
def test_no_text_ever_raises_and_every_value_is_finite(texts, whole):
    found = read_numbers(column(texts), whole)
    assert len(found.numbers) == len(texts)
    assert np.isfinite(found.numbers[found.state == READ]).all()
    assert np.isnan(found.numbers[found.state != READ]).all()
    assert set(found.state.tolist()) <= {READ, BLANK, UNREADABLE}
    for text, state in zip(texts, found.state.tolist(), strict=True):
        assert (state == UNREADABLE) == any(text.strip() == why.strip() for why in found.reasons), text


@given(texts=st.lists(MESSY, min_size=1, max_size=6), axes=st.integers(0, 2), whole=st.booleans())
def test_no_text_ever_raises_as_an_array(texts, axes, whole):
    found = read_arrays(column(texts), axes, whole)
    assert found.value.n == len(texts)
    assert found.value.axes == axes
    for i, state in enumerate(found.state.tolist()):
        cells = found.value.column(i)
        assert np.isfinite(cells).all() == (state == READ) or not cells.size
        assert (state == READ) <= bool(cells.size)


@given(texts=st.lists(MESSY, min_size=1, max_size=8), whole=st.booleans())
def test_a_column_is_read_as_its_texts_one_by_one(texts, whole):
    texts = texts + texts[:3]
    found = read_numbers(column(texts), whole)
    alone = [read_numbers(column([text]), whole) for text in texts]
    assert found.state.tolist() == [int(one.state[0]) for one in alone]
    np.testing.assert_array_equal(found.numbers, [one.numbers[0] for one in alone])
    assert found.reasons == {word: why for one in alone for word, why in one.reasons.items()}


@given(texts=st.lists(MESSY, min_size=1, max_size=6), axes=st.integers(1, 2), whole=st.booleans())
def test_a_column_of_arrays_is_read_as_its_texts_one_by_one(texts, axes, whole):
    found = read_arrays(column(texts), axes, whole)
    for i, text in enumerate(texts):
        alone = read_arrays(column([text]), axes, whole)
        assert (found.state[i], found.why[i]) == (alone.state[0], alone.why[0]), text
        assert (found.state[i] == UNREADABLE) == bool(found.why[i])
        np.testing.assert_array_equal(found.value.column(i), alone.value.column(0))


@given(texts=st.lists(MESSY, min_size=1, max_size=5))
def test_chunks_and_dictionaries_are_read_like_plain_columns(texts):
    whole_column = read_numbers(column(texts), False)
    chunked = read_numbers(pa.chunked_array([column(texts[:2]), column(texts[2:])]), False)
    np.testing.assert_array_equal(whole_column.numbers, chunked.numbers)
    arrays = [
        read_arrays(texts, 2, False)
        for texts in (column(texts), pa.chunked_array([column(texts[:2]), column(texts[2:])]))
    ]
    np.testing.assert_array_equal(*(found.value.cells for found in arrays))
    np.testing.assert_array_equal(*(found.why for found in arrays))


@settings(max_examples=300)
@given(
    st.from_regex(
        r"[-+]?(\d{1,15}(\.\d{0,17})?|\.\d{1,17})([eE][-+]?\d{1,2})?", fullmatch=True, alphabet="0123456789.eE+-"
    )
)
@example("9007199254740993")
@example("0.1")
@example("10E99")
def test_plain_numbers_are_read_as_python_reads_them(text):
    assert read(text) == (float(text) if abs(float(text)) < HUGE else "a gigantic number")


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e99, max_value=1e99))
def test_what_python_writes_is_read_back(number):
    assert read(repr(number)) == number


STYLES = {
    "plain": lambda text: text,
    "a Unicode minus": lambda text: text.replace("-", "−"),
    "a decimal comma": lambda text: text.replace(".", ","),
    "full-width digits": lambda text: text.translate({ord("0") + i: ord("０") + i for i in range(10)}),
    "a power of ten": lambda text: text.replace("e", "*10^"),
    "raised digits": lambda text: re.sub("e(.*)", lambda m: "×10" + m[1].translate(RAISED), text),
    "TeX": lambda text: "$" + re.sub("e(.*)", r" \\cdot 10^{\1}", text).replace(".", "{,}") + "$",
    "about": lambda text: "≈ " + text,
    "an equals sign": lambda text: "= " + text,
    "a unit": lambda text: text + " px",
    "spaces": lambda text: f"\u00a0 {text}\t",
}
RAISED = str.maketrans("0123456789-+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺")


@settings(max_examples=200)
@given(
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e99, max_value=1e99),
    st.sampled_from([*STYLES]),
    st.sampled_from([*READINGS]),
)
def test_a_written_float_is_read_back_exactly_in_any_style(number, style, how):
    text = f"{number:.17e}" if abs(number) < 1e-300 else f"{number:.16e}"  # one digit before the point: never thousands
    found = reading.read_numbers(column([STYLES[style](text)]), READINGS[how])
    assert (found.why[0], found.numbers[0]) == ("", number)


@given(st.text(SIGNS + "\\{}&$", max_size=40), st.integers(0, 2), st.sampled_from([*READINGS]))
def test_no_text_in_the_signs_of_arrays_raises(text, axes, how):
    found = reading.read_arrays(column([text, "1"]), axes, READINGS[how])
    assert found.value.n == 2
    assert (found.state[0] == UNREADABLE) == bool(found.why[0])
    assert not (found.how[0] and found.state[0] != READ)


@given(texts=st.lists(MESSY, min_size=1, max_size=6), how=st.sampled_from([*READINGS]))
def test_what_is_read_says_no_more_than_the_text_and_the_manner(texts, how):
    backwards = reading.read_numbers(column(texts[::-1]), READINGS[how])
    found = reading.read_numbers(column(texts), READINGS[how])
    for name in ("numbers", "state", "why", "how"):
        np.testing.assert_array_equal(getattr(found, name), getattr(backwards, name)[::-1])


@given(st.integers(-(10**14), 10**14))
def test_a_decimal_comma_and_a_unicode_minus_change_nothing(hundredths):
    text = f"{hundredths / 100:.2f}"
    assert read(text.replace(".", ",").replace("-", "−")) == float(text)


@given(st.integers(-(10**14), 10**14), st.sampled_from(",'’ \u202f"))
def test_thousands_marks_change_nothing_in_whole_numbers(number, mark):
    assert read(f"{number:,}".replace(",", mark), whole=True) == number


# ---- arrays ------------------------------------------------------------------------------------------------------


def cells_or_reason(told):
    return json.loads(told) if told.startswith("[") else told


MATRICES = [
    (row["text"], how, cells_or_reason(row[how] or row["any"]))
    for row in spellings("matrices.csv")
    for how in ("any", "whole")
]


@pytest.mark.parametrize(("text", "how", "told"), MATRICES, ids=lambda part: repr(part)[:40])
def test_a_matrix_is_read_or_refused_as_the_table_says(text, how, told):
    found = reading.read_arrays(column([text]), 2, READINGS[how])
    assert found.why[0] == (told if isinstance(told, str) else "")
    assert found.value.column(0).tolist() == ([] if isinstance(told, str) else told)


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("1 2; 3 4", ""),
        ("[[1, 2], [3, 4]]", ""),
        ("1 2,5; 3/4 4", "2,5 read as 2.5; 3/4 read as 0.75"),
        ("0,5 0,5; 0,5 1", "0,5 read as 0.5"),
        (r"\begin{bmatrix}1&2\\3&4\end{bmatrix}", r"\begin{bmatrix}1&2\\3&4\end{bmatrix} read as 1 2; 3 4"),
        ("1 2,5; 3 x", ""),
    ],
)
def test_readings_inside_an_array_are_recorded(text, how):
    assert read_arrays(column([text]), 2, False).how.tolist() == [how]


def test_commas_that_part_are_recorded():
    assert read_arrays(column(["5,11; 13,7"]), 2, True).how.tolist() == ["5,11 read as 5 11; 13,7 read as 13 7"]


def test_a_record_of_many_odd_cells_stays_short():
    (how,) = read_arrays(column([" ".join(f"0,{i}" for i in range(100))]), 1, False).how
    assert how.startswith("0,0 read as 0; 0,1 read as 0.1; ")
    assert len(how) < 200


@pytest.mark.parametrize(
    "text", ["1 -2 3.5", "1; -2; 3.5", "[1, -2, 3.5]", "[1,-2,3.5]", "1\n-2\n3.5", "1, -2, 3.5", "1  -2 7/2"]
)
def test_a_vector_is_read(text):
    found = read_arrays(column([text]), 1, False)
    assert found.state.tolist() == [READ]
    assert found.value.column(0).tolist() == [1, -2, 3.5]


def test_each_text_has_a_shape_of_its_own():
    texts = ["1 2; 3 4", "", "7", "1 2 3", "oops", "1; 2; 3"]
    found = read_arrays(column(texts), 2, True)
    assert found.state.tolist() == [READ, BLANK, READ, READ, UNREADABLE, READ]
    assert found.value.shape.T.tolist() == [[2, 2], [0, 0], [1, 1], [1, 3], [0, 0], [3, 1]]
    assert found.value.column(5).tolist() == [[1], [2], [3]]


AMBIGUOUS = "'{}' is ambiguous: a comma in a number, or between two?"


@pytest.mark.parametrize(
    ("text", "whole", "any_number"),
    [
        ("5,11", [5, 11], "5,11"),
        ("0,5; 1,25; 3", "0,5 1,25 3", [0.5, 1.25, 3]),
        ("0,5 1,25", "0,5 1,25", [0.5, 1.25]),
        ("[5,11]", [5, 11], [5, 11]),
        ("[0,5; 1,25]", [0, 5, 1, 25], "[0,5; 1,25]"),
        ("[0,5 1,25]", "[0,5 1,25]", [0.5, 1.25]),
        ("0.5,1.25,3.0", [0.5, 1.25, 3], [0.5, 1.25, 3]),
        ("1,\n2,\n3", [1, 2, 3], [1, 2, 3]),
    ],
)
def test_a_comma_in_a_vector_is_never_guessed(text, whole, any_number):
    for is_whole, meant in ((True, whole), (False, any_number)):
        found = read_arrays(column([text]), 1, is_whole)
        told = AMBIGUOUS.format(meant) if isinstance(meant, str) else ""
        assert found.why[0].replace("  ", " ") == told
        assert told or found.value.column(0).tolist() == meant


@pytest.mark.parametrize("text", ["1,,2", "1, , 2", "[1,,2]", "[,1,2]", ",5,3", "5,3,"])
def test_a_number_left_out_between_commas_is_no_shorter_answer(text):
    assert read_arrays(column([text]), 1, True).state.tolist() == [UNREADABLE]


def test_why_is_told_of_each_text_by_itself():
    texts = ["1 2 banana", "a", "", "1 2 3", "1 2 a", "1 2 banana"]
    found = read_arrays(column(texts), 1, False)
    says = ["'banana': no number", "'a': no number", "", "", "'a': no number", "'banana': no number"]
    assert found.why.tolist() == says
    assert read_arrays(column(["x", "", "7"]), 0, False).why.tolist() == ["no number", "", ""]


def test_why_goes_with_the_texts_that_count():
    cells = joined([["1", "x", "4"], ["2", "3", "1/0"]], [(2,)] * 3, (2,))
    assert cells.why.tolist() == ["", "'x': no number", "'1/0': a division by zero"]
    both = read_arrays(column(["?", "", "5 6"]), 1, False).where_read(cells)
    assert both.why.tolist() == ["'?': no number", "'x': no number", ""]


def test_arrays_that_are_much_too_large_are_refused_before_they_are_placed():
    texts = ["; ".join(["1"] * 660), " ".join(["1"] * 990), *["1 2; 3 4"] * 60]
    found = read_arrays(column(texts), 2, True, np.full((2, 62), 2))
    assert found.why[:2].tolist() == ["660x1 numbers; 2x2 are asked", "1x990 numbers; 2x2 are asked"]
    assert found.state.tolist() == [UNREADABLE] * 2 + [READ] * 60
    assert found.value.largest == (2, 2)


def test_arrays_of_another_shape_are_read_each_by_what_its_student_is_asked():
    vectors = column([" ".join(["1"] * 13)] * 2)
    found = read_arrays(vectors, 1, True, np.array([[2, 3]]))
    assert found.why.tolist() == ["13 numbers; 2 are asked", ""]
    assert found.state.tolist() == [UNREADABLE, READ]


@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(st.floats(-1e15, 1e15), min_size=width, max_size=width), min_size=1, max_size=4)
    )
)
def test_a_matrix_is_read_back_from_text_and_from_json(rows):
    plain = "; ".join(" ".join(map(repr, row)) for row in rows)
    found = read_arrays(column([plain, json.dumps(rows)]), 2, False)
    assert found.value.column(0).tolist() == rows
    assert found.value.column(1).tolist() == rows


# ---- cells -------------------------------------------------------------------------------------------------------


def joined(columns, sizes, largest):
    """Columns of texts, row-major over `largest`; `sizes`: one shape per student."""
    reads = [read_numbers(column(texts), False) for texts in columns]
    return from_cells(reads, np.array(sizes, dtype=np.int32).T, largest)


def test_cells_make_a_matrix_each():
    found = joined([["1", "5"], ["2", "6"], ["3", "7"], ["4", "8"]], [(2, 2), (2, 2)], (2, 2))
    assert [found.value.column(i).tolist() for i in (0, 1)] == [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
    assert found.state.tolist() == [READ, READ]


def test_cells_outside_the_own_shape_are_not_asked():
    found = joined([["1", "5"], ["2", "6"], ["", "7"]], [(2,), (3,)], (3,))
    assert found.state.tolist() == [READ, READ]
    assert found.value.column(0).tolist() == [1, 2]


def test_a_number_in_a_cell_that_is_not_asked_is_unreadable():
    found = joined([["1"], ["2"], ["3"]], [(2,)], (3,))
    assert (found.state.tolist(), found.why.tolist()) == ([UNREADABLE], ["a cell that is not asked"])


@pytest.mark.parametrize(
    ("cells", "state"),
    [(["", "", ""], BLANK), (["1", "", "3"], READ), (["1", "x", "3"], UNREADABLE), (["", "?", ""], UNREADABLE)],
)
def test_blank_cells_are_gaps_and_one_unreadable_cell_is_enough(cells, state):
    found = joined([[text] for text in cells], [(3,)], (3,))
    assert found.state.tolist() == [state]
    for number, text in zip(found.value.column(0).tolist(), cells, strict=True):
        assert math.isnan(number) == (not text.isdigit())


def test_why_a_cell_was_refused_is_kept():
    assert joined([["1"], ["x"], ["1/0"]], [(3,)], (3,)).why.tolist() == ["'x': no number"]


@pytest.mark.parametrize("dash", ["-", "–", "—", "−", " - "])
def test_a_lone_dash_is_blank(dash):
    assert read_numbers(column([dash, "-1"]), False).state.tolist() == [BLANK, READ]
    assert read_arrays(column([dash, "1 -1"]), 1, False).state.tolist() == [BLANK, READ]
    assert joined([["1"], [dash]], [(2,)], (2,)).state.tolist() == [READ]


@given(st.lists(st.floats(-1e15, 1e15), min_size=6, max_size=6))
def test_cells_and_whole_texts_give_the_same(numbers):
    cells = np.array(numbers).reshape(2, 3)
    text = "; ".join(" ".join(map(repr, row)) for row in cells.tolist())
    whole = read_arrays(column([text]), 2, False)
    apart = joined([[repr(number)] for number in numbers], [(2, 3)], (2, 3))
    assert isinstance(apart.value, Value)
    np.testing.assert_array_equal(whole.value.cells, apart.value.cells)
    np.testing.assert_array_equal(whole.value.shape, apart.value.shape)
