"""One exam, many languages: each student reads their own, with the same numbers, points and tags."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from quizgen.bank.folders import Bank, open_bank, open_grader
from quizgen.booklets import bind
from quizgen.booklets.markdown import as_markdown, key_as_markdown
from quizgen.booklets.solved import key_as_page
from quizgen.errors import QuizgenError
from quizgen.exam.additions import read_exam
from quizgen.exam.roster import Student
from quizgen.making import make_exam
from quizgen.render.words import languages

SPOKEN = ("de", "", "fr", "de-AT", "en")


@pytest.fixture(scope="module")
def quiz(tmp_path_factory):
    """The shipped quiz, in French for whoever asks for no language."""
    out = tmp_path_factory.mktemp("quiz") / "exam"
    bank = open_bank("cnn")
    roster = [Student(f"s{i}", {"language": spoken, "name": "<b>Bönd"}) for i, spoken in enumerate(SPOKEN)]
    make_exam(bank, bank.blueprint("quiz"), open_grader("standard"), 5, out=out, seed="t", roster=roster, language="fr")
    return out


def test_the_roster_wins_over_the_exam(quiz):
    exam = read_exam(quiz)
    assert exam.language == "fr"
    assert [booklet.language for booklet in bind(exam)] == ["de", "fr", "fr", "de", "en"]
    assert [booklet.language for booklet in bind(exam, language="en")] == ["de", "en", "fr", "de", "en"]
    assert [booklet.number for booklet in bind(exam, [4, 2, 5])] == [4, 2, 5]


def test_booklets_hold_the_same_in_every_language(quiz):
    exam = read_exam(quiz)
    texts = {}
    for language in languages():
        (booklet,) = bind(exam, [2], solutions=True, language=language)
        texts[language] = (
            [(field.name, field.points, field.shape) for section in booklet.sections for field in section.fields],
            [(section.tag, section.points, section.right) for section in booklet.sections],
        )
        shown = as_markdown(booklet)
        matrices = re.findall(r"\\begin\{bmatrix\}.*?\\end\{bmatrix\}", shown)
        assert len(matrices) >= 4
        texts[language] += (matrices, re.findall(r"Q\d\.\w+", shown), sorted(re.findall(r"`[A-Z0-9-]{9,}`", shown)))
    assert texts["de"] == texts["en"] == texts["fr"]


@pytest.mark.parametrize(
    ("number", "there", "absent"),
    [
        (
            1,
            ["Exemplar `", "9 Punkte", "eine Matrix, ganze Zahlen", "Berechnen Sie", "Jeder falsche"],
            ["point", "Paper"],
        ),
        (2, ["Exemplaire `", "9 points", "une matrice, nombres entiers", "Une étape fausse"], ["Paper", "Punkte"]),
        (
            5,
            ["Paper `", "9 points", "a matrix, whole numbers", "Compute the", "Each wrong step"],
            ["Punkte", "Exemplaire"],
        ),
    ],
)
def test_a_booklet_is_of_one_language(quiz, number, there, absent):
    text = (quiz / "booklets" / f"{number:03d}.md").read_text(encoding="utf-8")
    assert all(words in text for words in there)
    assert not any(words in text for words in absent)
    assert "&lt;b&gt;Bönd" in text


def test_extra_time_stands_on_the_cover_and_nowhere_else(tmp_path):
    bank = open_bank("cnn")
    roster = [Student("ann", {"extra minutes": "25%"}), Student("bob", {"extra minutes": "30"}), Student("cy", {})]
    exam = make_exam(bank, bank.blueprint(), open_grader("standard"), 3, out=tmp_path / "exam", seed="t", roster=roster)
    assert [booklet.cover.minutes for booklet in bind(exam)] == [225, 210, 180]
    minutes = [[section.minutes for section in booklet.sections] for booklet in bind(exam)]
    assert minutes[0] == minutes[1] == minutes[2]


def test_a_wish_that_nobody_understands_names_the_student(quiz):
    exam = read_exam(quiz)
    odd = replace(exam, papers=(replace(exam.papers[0], details={"print": "huge"}), *exam.papers[1:]))
    with pytest.raises(QuizgenError, match="the roster's 's0': 'print' is 'huge'"):
        list(bind(odd))


def test_a_key_is_of_the_language_of_its_booklet(quiz):
    (german, english) = bind(read_exam(quiz), [1, 5], solutions=True)
    assert key_as_markdown(german).startswith("# Lösungen zu Exemplar ")
    page = key_as_page(german)
    assert '<html lang="de">' in page
    assert "<h3>Lösungsweg</h3>" in page
    assert "<h1>Key to paper <code>" in key_as_page(english)


def test_what_is_given_is_said_in_the_language_of_the_text(tmp_path):
    bank = open_bank("cnn")
    folder = tmp_path / "bank"
    folder.mkdir()
    for name in ("fc-softmax-update.md", "fc-softmax-update.de.md"):
        (folder / name).write_text((bank.folder / name).read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "exam.yaml").write_text(
        "title: Given\nquestions:\n  - {problem: fc-softmax-update, answers: [gradient]}\n", encoding="utf-8"
    )
    own = Bank("own", folder)
    exam = make_exam(own, own.blueprint(), open_grader("standard"), 2, out=tmp_path / "exam", seed="t")
    german, english = (as_markdown(next(bind(exam, [1], language=code))) for code in ("de", "en"))
    assert german.count("*Gegeben:*") == english.count("*Given:*") > 0
    assert german.count("*(nicht gefragt)*") == english.count("*(not asked)*")


def test_an_unknown_language_makes_nothing(quizgen, tmp_path):
    ran = quizgen("make", "--n", 2, "--lang", "it")
    assert ran.code != 0
    assert "there are no words for the language 'it'" in ran.err
    assert not (tmp_path / "exam").exists()
    bank = open_bank("cnn")
    with pytest.raises(QuizgenError):
        make_exam(bank, bank.blueprint("quiz"), open_grader("standard"), 2, out=tmp_path / "x", language="klingon")


def test_print_takes_another_language(quizgen, quiz, tmp_path):
    ran = quizgen("print", "s1", "--exam", quiz, "--out", tmp_path / "again", "--lang", "de")
    assert ran.code == 0, ran.err
    assert "9 Punkte" in (tmp_path / "again" / "002.md").read_text(encoding="utf-8")
