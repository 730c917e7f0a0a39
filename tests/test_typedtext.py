"""Typed text -> numbers: what is read, what is refused and why; nothing is guessed and nothing raises."""

from __future__ import annotations

import json
import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quizgen.answers import reading
from quizgen.answers.manner import Manner
from quizgen.answers.numbers import read_number
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

PLAIN = {
    "12": 12,
    "-3": -3,
    "+4": 4,
    "0": 0,
    "007": 7,
    "2.50": 2.5,
    "-.5": -0.5,
    "+.5": 0.5,
    "3.": 3,
    "1e3": 1000,
    "1.5E-2": 0.015,
    "2e+2": 200,
    "999999999999999": 999_999_999_999_999,
    "0.12345678901234567": 0.12345678901234567,
    "  7  ": 7,
    "\t7\n": 7,
}
ODD = {
    "3/4": 0.75,
    "-3/4": -0.75,
    "1.5/2": 0.75,
    "3 / 4": 0.75,
    "½": 0.5,
    "0,5": 0.5,
    "-0,25": -0.25,
    ",5": 0.5,
    "12,5": 12.5,
    "−3": -3,  # a minus sign, not a hyphen
    "–3": -3,  # an en dash
    "- 3": -3,
    "+ 3": 3,
    "2*10^-3": 0.002,
    "2 * 10^-3": 0.002,
    "2x10^3": 2000,
    "2×10^3": 2000,
    "2·10^(-3)": 0.002,
    "3×10⁻³": 0.003,
    "\u00a07\u202f": 7,
    "１２": 12,  # full-width digits
    "1e-320": 1e-320,
    "12345678901234567890": 12345678901234567890.0,
}
REFUSED = {
    "x": "no number",
    ".": "no number",
    "e5": "no number",
    "--5": "no number",
    "5-": "no number",
    "5%": "no number",
    "1_000": "no number",
    "0x10": "no number",
    "nan": "no number",
    "inf": "no number",
    "-Infinity": "no number",
    "True": "no number",
    "1/2/3": "no number",
    "12 cm": "several numbers",
    "1 2": "several numbers",
    "1 2 3": "several numbers",
    "1/0": "a division by zero",
    "0/0": "a division by zero",
    "1e400": "a gigantic number",
    "-1e100": "a gigantic number",
    "1/1e-300": "a gigantic number",
    "1*10^101": "a gigantic exponent",
    "9" * 31: "too many digits",
    "1" + " " * 3000 + "1": "3,002 characters",
    "=cmd()": "a spreadsheet formula",
    "=1+1": "a spreadsheet formula",
    "=cmd|' /C calc'!A0": "a spreadsheet formula",
    "1,234": "ambiguous: a decimal comma or a thousands mark?",
}


@pytest.mark.parametrize(("text", "number"), [*PLAIN.items(), *ODD.items()])
@pytest.mark.parametrize("whole", [False, True])
def test_a_number_is_read(text, number, whole):
    assert read(text, whole) == number


@pytest.mark.parametrize(("text", "reason"), REFUSED.items(), ids=lambda text: repr(text[:30]))
def test_what_is_no_number_is_refused_with_the_reason(text, reason):
    assert read(text) == reason


@pytest.mark.parametrize(
    ("text", "reason"), [i for i in REFUSED.items() if i[0] not in ("1,234", "1 2")], ids=lambda t: repr(t[:30])
)
def test_it_is_refused_as_a_whole_number_too(text, reason):
    assert read(text, whole=True) == reason


@pytest.mark.parametrize("text", ["", " ", "\t", "\u00a0", " \n ", None])
def test_nothing_is_blank_and_not_unreadable(text):
    assert read(text) is None


WHOLE = {
    "1,792": 1792,
    "1.234.567": 1_234_567,
    "12,345,678": 12_345_678,
    "1 792": 1792,
    "1'792": 1792,
    "1’792": 1792,
    "-1,792": -1792,
    "14 684 160": 14_684_160,
    "1\u202f792": 1792,
    "109.5": 109.5,
    "109,5": 109.5,
    "4.0": 4,
}


@pytest.mark.parametrize(("text", "number"), WHOLE.items())
def test_thousands_are_read_where_a_whole_number_is_asked(text, number):
    assert read(text, whole=True) == number


@pytest.mark.parametrize("text", ["1,792", "1 792", "1.234.567", "1’792"])
def test_thousands_are_not_guessed_where_a_decimal_may_be_meant(text):
    assert isinstance(read(text), str)


@pytest.mark.parametrize(
    "text",
    [
        "1½",  # one and a half, not eleven halves
        "1 3/4",  # one and three quarters, or two answers; not thirteen quarters
        "5²",  # not fifty-two
        "10²",
        "- 1 2",  # two numbers, not minus twelve
        "+ 1 2",
        "2 5*10^3",
        "1 2/3 4",
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_digits_that_stand_apart_are_never_run_together(text, whole):
    meant = {"1½": 1.5, "1 3/4": 1.75, "5²": 25.0, "10²": 100.0}
    found = read(text, whole)
    assert isinstance(found, str) or found == meant.get(text)


@pytest.mark.parametrize("text", ["1.792", "1,792", "1.79", "12.345.678"])
def test_the_quick_reader_and_the_careful_one_agree_on_thousands(text):
    assert read(text, whole=True) == read_number(text, Manner(whole=True))


# ---- laws --------------------------------------------------------------------------------------------------------

SIGNS = "0123456789 .,;-+eE/*x×^()[]'’=−½²\u00a0\n\t_%nai"
MESSY = st.one_of(st.text(SIGNS, max_size=20), st.text(max_size=30), st.sampled_from([*PLAIN, *ODD, *REFUSED]))


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


@settings(max_examples=300)
@given(
    st.from_regex(
        r"[-+]?(\d{1,15}(\.\d{0,17})?|\.\d{1,17})([eE][-+]?\d{1,2})?", fullmatch=True, alphabet="0123456789.eE+-"
    )
)
@example("9007199254740993")
@example("0.1")
def test_plain_numbers_are_read_as_python_reads_them(text):
    assert read(text) == float(text)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e99, max_value=1e99))
def test_what_python_writes_is_read_back(number):
    assert read(repr(number)) == number


@given(st.integers(-(10**14), 10**14))
def test_a_decimal_comma_and_a_unicode_minus_change_nothing(hundredths):
    text = f"{hundredths / 100:.2f}"
    assert read(text.replace(".", ",").replace("-", "−")) == float(text)


@given(st.integers(-(10**14), 10**14), st.sampled_from(",'’ \u202f"))
def test_thousands_marks_change_nothing_in_whole_numbers(number, mark):
    assert read(f"{number:,}".replace(",", mark), whole=True) == number


# ---- arrays ------------------------------------------------------------------------------------------------------

MATRIX = [[3, 0, 11], [5, -3, 1]]
MATRICES = {
    "rows": "3 0 11; 5 -3 1",
    "no spaces": "3 0 11;5 -3 1",
    "many spaces": "  3   0 11 ;  5 -3   1 ",
    "closed rows": "3 0 11; 5 -3 1;",
    "commas": "3, 0, 11; 5, -3, 1",
    "lines": "3 0 11\n5 -3 1",
    "windows lines": "3 0 11\r\n5 -3 1",
    "JSON": "[[3, 0, 11], [5, -3, 1]]",
    "narrow JSON": "[[3,0,11],[5,-3,1]]",
    "JSON on lines": "[[3, 0, 11],\n [5, -3, 1]]",
    "decimals": "3.0 0.00 11; 5 -3e0 1",
    "unicode": "3 0 11; 5 −3 1",
}


@pytest.mark.parametrize("text", MATRICES.values(), ids=MATRICES)
@pytest.mark.parametrize("whole", [False, True])
def test_a_matrix_is_read(text, whole):
    found = read_arrays(column([text]), 2, whole)
    assert (found.state.tolist(), found.why.tolist()) == ([READ], [""])
    assert found.value.column(0).tolist() == MATRIX


@pytest.mark.parametrize(
    "text", ["1 -2 3.5", "1; -2; 3.5", "[1, -2, 3.5]", "[1,-2,3.5]", "1\n-2\n3.5", "1, -2, 3.5", "1  -2 7/2"]
)
def test_a_vector_is_read(text):
    found = read_arrays(column([text]), 1, False)
    assert found.state.tolist() == [READ]
    assert found.value.column(0).tolist() == [1, -2, 3.5]


REFUSED_ARRAYS = {
    "1 2; 3": "rows of different length",
    "[[1, 2], [3]]": "rows of different length",
    "1 x; 2 3": "'x': no number",
    "1 =cmd(); 2 3": "'=cmd()': a spreadsheet formula",
    "1 2; 3 1/0": "'1/0': a division by zero",
    "1;;2": "an empty cell",
    "9" * 2001: "2,001 characters",
    "hello": "'hello': no number",
}


@pytest.mark.parametrize(("text", "reason"), REFUSED_ARRAYS.items(), ids=lambda text: text[:20])
def test_a_matrix_that_cannot_be_read_is_refused_with_the_reason(text, reason):
    found = read_arrays(column([text]), 2, False)
    assert found.state.tolist() == [UNREADABLE]
    assert found.why.tolist() == [reason]
    assert found.value.column(0).size == 0


def test_each_text_has_a_shape_of_its_own():
    texts = ["1 2; 3 4", "", "7", "1 2 3", "oops", "1; 2; 3"]
    found = read_arrays(column(texts), 2, True)
    assert found.state.tolist() == [READ, BLANK, READ, READ, UNREADABLE, READ]
    assert found.value.shape.T.tolist() == [[2, 2], [0, 0], [1, 1], [1, 3], [0, 0], [3, 1]]
    assert found.value.column(5).tolist() == [[1], [2], [3]]


AMBIGUOUS = "'{}' is ambiguous: a comma in a number, or between two?"
COMMAS = {  # text: as whole numbers, as any numbers; a row that is not sure is named
    "5,11; 13,7": ([[5, 11], [13, 7]], "5,11"),
    "5,11;13,-7": ([[5, 11], [13, -7]], "5,11"),
    "5,11\n13,−7": ([[5, 11], [13, -7]], "5,11"),
    "5,11": ([[5, 11]], "5,11"),
    "5，11": ([[5, 11]], "5,11"),
    "1,2,3,4": ([[1, 2, 3, 4]], "1,2,3,4"),
    "1,792": ("1,792", "1,792"),
    "3 5; 12,100": ("12,100", "12,100"),
    "1.792,5": ("1.792,5", "1.792,5"),
    "0,5 1,25; 3 4": ("0,5 1,25", [[0.5, 1.25], [3, 4]]),
    "0,5, 1,25; 3, 4": ("0,5 1,25", [[0.5, 1.25], [3, 4]]),
    "3 4; 5,11": ([[3, 4], [5, 11]], "5,11"),
    "1 ,2; 3 ,4": ([[1, 2], [3, 4]], "1 ,2"),
    "[[5,11],[13,7]]": ([[5, 11], [13, 7]], [[5, 11], [13, 7]]),
    "[[1,792],[3,4]]": ([[1, 792], [3, 4]], [[1, 792], [3, 4]]),
    "1, 2,\n3, 4": ([[1, 2], [3, 4]], [[1, 2], [3, 4]]),
    "1 2;\n3 4": ([[1, 2], [3, 4]], [[1, 2], [3, 4]]),
    "[\n  [\n    3,\n    0\n  ],\n  [\n    5,\n    -3\n  ]\n]": ([[3, 0], [5, -3]], [[3, 0], [5, -3]]),
}


@pytest.mark.parametrize(("text", "whole", "any_number"), [(text, *meant) for text, meant in COMMAS.items()])
def test_a_comma_in_an_array_is_never_guessed(text, whole, any_number):
    for is_whole, meant in ((True, whole), (False, any_number)):
        found = read_arrays(column([text]), 2, is_whole)
        if isinstance(meant, str):
            assert (found.state[0], found.why[0]) == (UNREADABLE, AMBIGUOUS.format(meant))
        else:
            assert (found.state[0], found.why[0]) == (READ, "")
            assert found.value.column(0).tolist() == meant


@pytest.mark.parametrize(
    ("text", "whole", "any_number"),
    [
        ("5,11", [5, 11], "5,11"),
        ("0,5; 1,25; 3", "0,5 1,25 3", [0.5, 1.25, 3]),
        ("0,5 1,25", "0,5 1,25", [0.5, 1.25]),
        ("[5,11]", [5, 11], [5, 11]),
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
