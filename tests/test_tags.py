"""Tags: what is written is read; what a typist gets wrong is refused and never guessed."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizgen.errors import QuizgenError
from quizgen.exam.tags import ALPHABET, Tag, check_character, code_of, read_tag, write_tag, write_tags

CODES = st.text(ALPHABET, min_size=4, max_size=4)
NUMBERS = st.integers(1, 999_999_999)
QUESTIONS = st.one_of(st.none(), st.integers(1, 99).map(lambda i: f"Q{i}"))
CODE = "K7RF"
EXAMPLES = [write_tag(CODE, 17, "Q3"), write_tag(CODE, 17), write_tag(CODE, 12_345, "Q12"), write_tag("0000", 100)]


def refused(text, code):
    with pytest.raises(QuizgenError) as error:
        read_tag(text, code)
    return str(error.value)


@given(code=CODES, number=NUMBERS, question=QUESTIONS)
def test_what_is_written_is_read(code, number, question):
    assert read_tag(write_tag(code, number, question), code) == Tag(code, question, number)


@given(code=CODES, number=NUMBERS, question=QUESTIONS)
def test_small_letters_and_spaces_are_read(code, number, question):
    tag = write_tag(code, number, question)
    assert read_tag(f"  {tag.lower().replace('-', ' - ')}\t", code) == Tag(code, question, number)


def test_a_tag_looks_as_documented():
    assert re.fullmatch(r"K7RF-Q3-017-[0-9A-Z]", write_tag(CODE, 17, "Q3"))
    assert re.fullmatch(r"K7RF-017-[0-9A-Z]", write_tag(CODE, 17))


def test_many_tags_are_those_of_one_by_one():
    assert write_tags(CODE, range(1, 50), "Q2") == [write_tag(CODE, i, "Q2") for i in range(1, 50)]


@given(code=CODES, numbers=st.lists(NUMBERS), question=QUESTIONS)
def test_tags_written_together_are_those_written_one_by_one(code, numbers, question):
    assert write_tags(code, numbers, question) == [write_tag(code, number, question) for number in numbers]


def test_the_alphabet_has_no_look_alikes():
    assert len(ALPHABET) == len(set(ALPHABET)) == 28
    assert not set("BILOSUVZ") & set(ALPHABET)


@given(st.binary(min_size=16, max_size=16))
def test_a_code_is_four_characters_of_the_alphabet(digest):
    assert re.fullmatch(f"[{ALPHABET}]{{4}}", code_of(digest))


@pytest.mark.parametrize("tag", EXAMPLES)
def test_every_single_slip_is_found(tag):
    """Any character that may stand there instead, in any place; the code too, read by the exam it would name."""
    tried = 0
    for place, right in enumerate(tag):
        if right == "-":
            continue
        for other in set(ALPHABET + "BILOSUVZ") - {right}:
            slip = tag[:place] + other + tag[place + 1 :]
            assert "typing error" in (said := refused(slip, slip[:4])) or "is not a tag" in said
            refused(slip, tag[:4])
            tried += 1
    assert tried > 200


@given(code=CODES, number=NUMBERS, question=QUESTIONS)
def test_every_swap_of_neighbours_is_found(code, number, question):
    tag = write_tag(code, number, question)
    for i, j in itertools.pairwise(place for place, sign in enumerate(tag) if sign != "-"):
        signs = list(tag)
        signs[i], signs[j] = signs[j], signs[i]
        if (swapped := "".join(signs)) != tag:
            refused(swapped, code)


def test_a_typist_who_writes_071_for_017_is_found():
    for number in range(10, 1000):
        tag = write_tag(CODE, number)
        digits = tag[5:8]
        for swapped in (digits[1] + digits[0] + digits[2], digits[0] + digits[2] + digits[1]):
            if swapped != digits:
                assert "typing error" in refused(tag.replace(digits, swapped), CODE)


@pytest.mark.parametrize(("was", "look_alike"), [("0", "O"), ("1", "I"), ("1", "L"), ("7", "Z"), ("K", "X")])
def test_look_alikes_are_refused_and_not_guessed(was, look_alike):
    tag = write_tag(CODE, 107, "Q1")
    assert was in tag
    for place in (i for i, sign in enumerate(tag) if sign == was):
        refused(tag[:place] + look_alike + tag[place + 1 :], CODE)


def test_the_tag_of_another_exam_is_refused_by_name():
    tag = write_tag("A2CD", 17)
    assert refused(tag, CODE) == f"the tag '{tag}' belongs to another exam; this one is {CODE}"


@pytest.mark.parametrize(
    "text", ["", "17", "K7RF", "K7RF-17-0", "K7RF-Q3-017", "K7RF-Q-017-D", "K7RF–017–D", "x" * 5000]
)
def test_what_is_no_tag_is_refused_with_an_example(text):
    said = refused(text, CODE)
    assert said.endswith(f"is not a tag. Tags of this exam look like {write_tag(CODE, 17)}.")
    assert len(said) < 150


@given(st.text(max_size=40))
def test_no_text_ever_raises_anything_else(text):
    try:
        tag = read_tag(text, CODE)
    except QuizgenError:
        return
    assert write_tag(CODE, tag.number, tag.question) == "".join(text.split()).upper()


@given(st.text(ALPHABET, min_size=1, max_size=14))
def test_the_check_character_is_one_of_the_alphabet_and_fixes_the_last_sum(body):
    assert check_character(body) in ALPHABET + "V", "29 remainders, one more than there are characters"
    assert check_character(body) == check_character("-".join(body))
    others = {check_character(body[:-1] + other) for other in ALPHABET}
    assert len(others) == len(ALPHABET), "each last character has a check of its own"
