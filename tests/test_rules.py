"""How a grader marks, in plain words: each sentence stands exactly where a field of the grader makes it true."""

from __future__ import annotations

from fractions import Fraction

import pytest

from quizgen.bank.folders import Bank, open_grader, parse_grader
from quizgen.booklets.rules import rules_as_markdown, rules_of
from quizgen.making import make_exam
from quizgen.problem.grader import Grader
from quizgen.render.words import languages, words_of

GRADERS = ("standard", "strict", "practice")
TEXT = """
title: Mine
tolerance: {integer: exact, number: 1%, vector: 2 decimals, matrix: 2 decimals}
"""


def sentences(grader, language="en", exam=None):
    return [sentence for _, part in rules_of(grader, language, exam).parts for sentence in part]


def own(**credit):
    lines = "".join(f"  {key.replace('_', ' ')}: {value}\n" for key, value in credit.items())
    return parse_grader(TEXT + (f"credit:\n{lines}" if lines else ""), "mine.yaml", "mine")


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("name", GRADERS)
def test_every_grader_has_its_rules_in_every_language(name, language):
    rules = rules_of(open_grader(name), language)
    assert len(rules.short) == 5
    assert len(rules.parts) == 6
    assert all(part for _, part in rules.parts)
    page = rules_as_markdown(rules)
    assert page.startswith(f"# {rules.title}\n")
    assert page.count("\n## ") == 6
    assert "{" not in page


def keys_of(grader):
    """The keys whose sentences a grader's rules hold, whatever is put in."""
    english, said = words_of("en").texts, sentences(grader)
    heads = {key: text.partition("{")[0] for key, text in english.items() if key.startswith("rule-")}
    return {key for key, head in heads.items() if any(sentence.startswith(head) for sentence in said)}


CASES = [
    ({"carried": 1}, ["rule-carried-all"], ["rule-carried-part", "rule-carried-none"]),
    ({"carried": "1/2"}, ["rule-carried-part"], ["rule-carried-all", "rule-carried-none"]),
    (
        {"carried": 0},
        ["rule-carried-none"],
        ["rule-carried-all", "rule-carried-part", "rule-charged-per-paper", "rule-not-carried"],
    ),
    ({"cells": "1/4"}, ["rule-cells-some"], ["rule-cells-none"]),
    ({"cells": 0}, ["rule-cells-none"], ["rule-cells-some"]),
    ({"mistake_in_array": "1/3"}, ["rule-mistake-array"], ["rule-mistake-array-none"]),
    ({"mistake_in_array": 0}, ["rule-mistake-array-none"], ["rule-mistake-array"]),
    ({"mistake_in_number": "1/5"}, ["rule-mistake-number"], ["rule-mistake-number-none"]),
    ({"mistake_in_number": 0}, ["rule-mistake-number-none"], ["rule-mistake-number"]),
    ({"pair": "1/4"}, ["rule-pair"], []),
    ({"pair": 0}, [], ["rule-pair"]),
    ({"declared": "yes"}, ["rule-declared"], ["rule-declared-conventions"]),
    ({"declared": "no"}, ["rule-declared-conventions"], ["rule-declared"]),
]


@pytest.mark.parametrize(("credit", "said", "unsaid"), CASES, ids=lambda case: "-".join(map(str, case)) or "nothing")
def test_a_field_decides_its_sentence(credit, said, unsaid):
    found = keys_of(own(**credit))
    assert found >= {*said}
    assert not found & {*unsaid}


@pytest.mark.parametrize(
    ("share", "said"), [("1/2", "50%"), ("1/3", "1/3"), ("0.125", "12.5%"), ("1", "100%"), ("0.001", "0.1%")]
)
def test_shares_are_said_plainly(share, said):
    assert any(f" {said} of its points" in sentence for sentence in sentences(own(pair=share)))


def test_kinds_with_the_same_tolerance_are_said_together():
    said = [sentence for sentence in sentences(own()) if sentence.startswith("Where a question says nothing else")]
    assert said == [
        "Where a question says nothing else, a whole number is asked like this: exactly.",
        "Where a question says nothing else, a number is asked like this: within 1%.",
        "Where a question says nothing else, a vector or a matrix is asked like this: 2 decimals.",
    ]


def test_charging_rounding_and_grades_are_said():
    more = "charge: once per question\nround to: 0.5\nboundaries: {passed: 1/2, <b>excellent*: 90%}\n"
    grader = parse_grader(TEXT + more, "mine.yaml", "mine")
    said = sentences(grader)
    assert any("once in each question" in sentence for sentence in said)
    assert any("to 0.5 points." in sentence for sentence in said)
    assert "Grades, by the share of the points: <b>excellent* from 90%, passed from 50%." in said
    assert "&lt;b&gt;excellent\\*" in rules_as_markdown(rules_of(grader, "en"))
    assert not any("Grades" in sentence for sentence in sentences(own()))


def test_nothing_of_a_grader_is_left_unsaid():
    """Whoever adds a field must say in words what it does, and then put it here."""
    said = {"tolerance", "credit", "charge", "round_to", "boundaries"}
    assert set(Grader.model_fields) - {"name", "title", "digest", "text"} == said
    credits = {"carried", "mistake_in_array", "mistake_in_number", "pair", "cells", "declared"}
    assert set(type(own().credit).model_fields) == credits == {next(iter(credit)) for credit, _, _ in CASES}


def test_an_exam_says_only_what_it_needs(small_bank, tmp_path):
    bank = Bank("small", small_bank)
    made = make_exam(bank, bank.blueprint(), open_grader("strict"), 2, out=tmp_path / "exam", seed="t", language="de")
    everything, here = sentences(made.grader, "de"), sentences(made.grader, "de", made)
    only_others = {words_of("de").say("rule-chosen"), words_of("de").say("rule-by-hand")}
    assert set(everything) - set(here) == only_others
    page = (tmp_path / "exam" / "rules.md").read_text(encoding="utf-8")
    assert page == rules_as_markdown(rules_of(made.grader, "de", made))
    booklet = (tmp_path / "exam" / "booklets" / "001.md").read_text(encoding="utf-8")
    assert "- Jeder falsche Schritt kostet nur einmal:" in booklet
    assert "ein Punkt" not in booklet
    assert " Punkte" in booklet
    assert Fraction(made.total).denominator == 1
