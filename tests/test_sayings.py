"""What worked solutions say in other languages: nothing of theirs stays English, and nothing but words changes."""

from __future__ import annotations

import re

import pytest
from test_working import CALLS, told

from quizgen.bank.folders import open_bank
from quizgen.draw.search import draw
from quizgen.draw.stream import secret_of
from quizgen.language.tolerance import parse_tolerance
from quizgen.render import working
from quizgen.render.filling import Layers, filled
from quizgen.render.sayings import Sayings, keys_of, sayings_in
from quizgen.render.words import languages
from quizgen.world.worlds import world

OTHERS = [code for code in languages() if code != "en"]
TOLERANCES = dict.fromkeys(("integer", "number", "vector", "matrix"), parse_tolerance("3 figures or 0.0005"))
CALLED = [(source, values) for calls in CALLS.values() for source, values in calls]
# What is in \text{} and not ours: names and texts of an author's.
THEIRS = {"A", "B", "C", "D", "E"}

in_every_other = pytest.mark.parametrize("language", OTHERS)


class Recorder(Sayings):
    """Keeps every block as the ops say it, and changes nothing."""

    def __init__(self):
        super().__init__({})
        object.__setattr__(self, "blocks", [])

    def paragraph(self, block):
        self.blocks.append(block)
        return block


@pytest.fixture
def recorder(monkeypatch):
    kept = Recorder()
    monkeypatch.setattr(working, "sayings_in", lambda language: kept)
    return kept


def untold(blocks, language):
    known = sayings_in(language).texts
    return {key for block in blocks for key in keys_of(block) if key not in known} - THEIRS


def variants(problem, n=6):
    return draw(problem, secret_of("sayings"), "Q1", n, TOLERANCES).params


def test_every_op_has_its_words(recorder):
    for source, values in CALLED:
        told(source, **values)
    assert len(recorder.blocks) > 150
    for language in OTHERS:
        left = untold(recorder.blocks, language)
        assert not {key for key in left if re.search("[a-z]{2}", key)}, left


@pytest.mark.parametrize("name", open_bank("cnn").names)
def test_every_shipped_solution_has_its_words(recorder, name):
    problem = open_bank("cnn").problem(name)
    filled(problem.solution, problem, world(problem, variants(problem)))
    assert recorder.blocks
    for language in OTHERS:
        assert untold(recorder.blocks, language) == set()


@in_every_other
def test_only_words_change(language):
    """Whatever stands in formulas but the words is as in English, and comes in the same order."""
    bare = re.compile(r"\\text\{[^{}]*\}")
    for name in ("feature-map-size", "cnn-train-step", "fc-softmax-update", "vgg-parameter-count"):
        problem = open_bank("cnn").problem(name)
        truth = world(problem, variants(problem, 2))
        there = problem.rebuilt(language=language)
        ours, theirs = (filled(one.solution, one, truth) for one in (there, problem))
        for mine, english in zip(ours, theirs, strict=True):
            formulas = [
                [bare.sub("", found) for found in re.findall(r"\$\$.*?\$\$", one.text, re.S)] for one in (mine, english)
            ]
            assert formulas[0] == formulas[1]
            assert mine.text != english.text


@in_every_other
def test_every_saying_is_there_with_its_slots(language):
    texts = sayings_in(language).texts
    assert len(texts) > 60
    assert texts.keys() == sayings_in(OTHERS[0]).texts.keys()
    for english, other in texts.items():
        assert english.count("{}") == other.count("{}"), english
        assert re.findall(r"[.:]$", english) == re.findall(r"[.:]$", other), english
        assert not re.search(r"[\"']", other), english


def test_english_stays_as_it_is():
    blocks = [r"$$ \text{side} = 3 $$", "And so on for the other cells:", "anything"]
    for code in ("en", "", "it"):
        assert [sayings_in(code).paragraph(block) for block in blocks] == blocks


@pytest.mark.parametrize(
    ("english", "german"),
    [
        (r"$$ \text{side} = \frac{\text{size}}{2} $$", r"$$ \text{Seite} = \frac{\text{Größe}}{2} $$"),
        (r"$$ 3 \text{ and } 4, \; \text{so} \; 5 $$", r"$$ 3 \text{ und } 4, \; \text{also} \; 5 $$"),
        (r"$$ \text{(3 × 4 × 5 numbers)} $$", r"$$ \text{(3 × 4 × 5 Zahlen)} $$"),
        (r"Cell by cell ($\odot$):", r"Zelle für Zelle ($\odot$):"),
        (r"$$ \text{a name of mine} $$", r"$$ \text{a name of mine} $$"),
        ("a sentence of somebody", "a sentence of somebody"),
        ("", ""),
    ],
)
def test_a_block_is_looked_up(english, german):
    assert sayings_in("de").paragraph(english) == german


def test_layers_are_told_in_a_language():
    problem = open_bank("cnn").problem("vgg-parameter-count")
    german = problem.in_language("de")
    text = filled(german.question, german, world(problem, variants(problem, 2)))[0]
    (layers,) = (content for content in text.contents if isinstance(content, Layers))
    assert layers.heading == "Schicht"
    assert layers.rows[0].startswith("Faltung 3×3, ")
    assert layers.rows[-1].endswith(" Einheiten, Softmax")
    assert not any(
        word in row for row in layers.rows for word in ("conv", "pool ", "dense", "filter", "stride", "unit")
    )
