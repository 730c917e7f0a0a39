"""The fixed words: all languages have the same keys and places for values, each is used, quotes are those of print."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from quizgen.errors import QuizgenError
from quizgen.language.tolerance import parse_tolerance
from quizgen.problem.kinds import KINDS, Asked
from quizgen.render.asking import asked_for, said_tolerance
from quizgen.render.words import languages, number, words_of

PACKAGE = Path(__file__).parent.parent / "quizgen"
ENGLISH = words_of("en")

in_every_language = pytest.mark.parametrize("language", languages())


def forms(language, key):
    """The texts of a key."""
    text = words_of(language).texts[key]
    return [text] if isinstance(text, str) else list(text.values())


def places(text):
    return set(re.findall(r"\{(\w+)\}", text))


def test_there_are_three_languages():
    assert languages() == ("en", "de", "fr")
    assert len(ENGLISH.texts) > 40


@in_every_language
def test_every_language_has_the_same_keys(language):
    assert words_of(language).texts.keys() == ENGLISH.texts.keys()


@in_every_language
@pytest.mark.parametrize("key", ENGLISH.texts)
def test_every_entry_has_the_same_forms_and_places(language, key):
    there, here = words_of(language).texts[key], ENGLISH.texts[key]
    assert isinstance(there, str) == isinstance(here, str)
    if not isinstance(there, str):
        assert there.keys() == {"one", "other"}
    assert all(places(text) == places(forms("en", key)[0]) for text in forms(language, key))
    assert all(text.strip() == text != "" for text in forms(language, key))
    assert all(re.sub(r"\{[a-z]+\}", "", text).isprintable() or "\u00a0" in text for text in forms(language, key))
    assert not any(re.search(r"[{}]", re.sub(r"\{[a-z]+\}", "", text)) for text in forms(language, key))


def said_keys():
    """Every text of the package that could be a key; `f"kind-{...}"` stands for all keys that begin like this."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py")))
    found = set(re.findall(r"[\"']([a-z]+(?:-[a-z]+)*)[\"']", code))
    starts = tuple(re.findall(r"f\"([a-z]+(?:-[a-z]+)*-)\{", code))
    return found | {key for key in ENGLISH.texts if key.startswith(starts)}


def test_every_key_is_used():
    assert ENGLISH.texts.keys() <= said_keys()


def test_a_french_sign_has_its_space():
    for key in ENGLISH.texts:
        for text in forms("fr", key):
            assert not re.search(r"[^\u00a0][;?!%»]|«[^\u00a0]|(?<!\u00a0):(?!\w)|[\"']", text), (key, text)


@pytest.mark.parametrize("language", ["en", "de"])
def test_quotes_are_those_of_print(language):
    for key in ENGLISH.texts:
        for text in forms(language, key):
            assert not re.search(r"[\"']", text), (key, text)
            if language == "de":
                assert not re.search(r"[^\u00a0]%|“[^„]*“|\bdu\b|\bdein", text), (key, text)


# what is said


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("en", 1, "1 point"),
        ("en", Fraction(1, 2), "0.5 points"),
        ("en", 0, "0 points"),
        ("de", 1, "1 Punkt"),
        ("de", Fraction(5, 2), "2.5 Punkte"),
        ("de", Fraction(4, 3), "4/3 Punkte"),
        ("fr", 0, "0 point"),
        ("fr", Fraction(3, 2), "1.5 point"),
        ("fr", 2, "2 points"),
    ],
)
def test_a_number_takes_its_form(language, count, said):
    assert words_of(language).say("points", n=count) == said


def test_numbers_are_written_plainly():
    assert [number(Fraction(text)) for text in ("3", "2.50", "1/3", "1e3")] == ["3", "2.5", "1/3", "1000"]


@pytest.mark.parametrize(
    ("names", "said"),
    [([], ""), (["Q1"], "Q1"), (["Q1", "Q2"], "Q1 und Q2"), (["Q1", "Q2", "Q5"], "Q1, Q2 und Q5")],
)
def test_names_are_listed(names, said):
    assert words_of("de").listed(names) == said


def test_what_is_put_in_is_never_a_pattern():
    assert ENGLISH.say("key", tag="{page} {0} %s {tag.__class__}") == "Key to paper {page} {0} %s {tag.__class__}"


@pytest.mark.parametrize(("wanted", "code"), [("de-AT", "de"), ("DE", "de"), (" fr_CA ", "fr"), ("en", "en")])
def test_a_region_is_left_away(wanted, code):
    assert words_of(wanted).language == code


@pytest.mark.parametrize("wanted", ["", "it", "german", "de-", "d", "../de", "de\n"[:0] + "deutsch"])
def test_an_unknown_language_is_refused_with_those_there_are(wanted):
    with pytest.raises(QuizgenError) as caught:
        words_of(wanted)
    told = str(caught.value)
    assert told.startswith(f"there are no words for the language '{wanted}'. ")
    assert "de (Deutsch)" in told or "Did you mean" in told


# what is asked


@in_every_language
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_asked_in_every_language(language, kind):
    told = asked_for(Asked(kind, options=("yes", "no"), first=0, symbols=("U", "G")), words_of(language))
    assert told
    assert "{" not in told
    for part in {"choice": "yes, no", "location": "0", "formula": "U, G", "shape": "46 x 62 x 20"}.get(
        kind, ""
    ).split():
        assert part in told


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Asked("integer", parse_tolerance("whole number"), whole=True), "a whole number"),
        (Asked("matrix", parse_tolerance("exact"), whole=True), "a matrix, whole numbers"),
        (Asked("matrix", parse_tolerance("exact")), "a matrix, exactly"),
        (Asked("vector", parse_tolerance("1 decimal")), "a vector, 1 decimal"),
        (Asked("number", parse_tolerance("3 figures or 0.0005")), "a number, 3 figures or within 0.0005"),
        (Asked("number", parse_tolerance("0.5%")), "a number, within 0.5%"),
        (Asked("by hand"), "in your own words"),
    ],
)
def test_a_tolerance_is_said_in_words(asked, said):
    assert asked_for(asked, ENGLISH) == said


@in_every_language
@pytest.mark.parametrize(
    "source", ["3 figures", "2 decimals", "1%", "0.07", "0.0005", "exact", "2 decimals or 1% or 3"]
)
def test_every_tolerance_has_words(language, source):
    told = said_tolerance(parse_tolerance(source), words_of(language))
    assert set(re.findall(r"[\d.]+", source)) == set(re.findall(r"[\d.]+", told))
