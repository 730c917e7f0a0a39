"""What the roster asks for a student's booklet: read as people write it, or refused at `make` with file and line."""

from __future__ import annotations

from fractions import Fraction

import pytest

from quizgen.bank.folders import Bank, open_grader
from quizgen.errors import QuizgenError
from quizgen.exam.additions import read_exam
from quizgen.exam.roster import read_roster
from quizgen.exam.wishes import Extra, Wishes, check_wishes, extra_of, wishes_of
from quizgen.making import make_exam

THERE = ("en", "de", "fr")


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("", 0),
        ("0", 0),
        ("30", 30),
        (" 30 min ", 30),
        ("45 minutes", 45),
        ("45 Minuten", 45),
        ("12.5", Fraction(25, 2)),
        ("12,5", Fraction(25, 2)),
        ("20%", 18),
        ("25 %", Fraction(45, 2)),
        ("100%", 90),
        ("٣٠", 30),
    ],
)
def test_extra_time_is_minutes_or_a_share(text, minutes):
    assert extra_of({"Extra Minutes": text}).minutes(Fraction(90)) == minutes


@pytest.mark.parametrize("text", ["-5", "half an hour", "1h", "1e9", "9999999", "30 sec", "%", "20%%", "=1+1"])
def test_other_times_are_refused(text):
    with pytest.raises(QuizgenError) as caught:
        extra_of({"extra minutes": text})
    told = f"'extra minutes' is '{text}', no number of minutes. Write 30, or 25% of the exam's minutes."
    assert str(caught.value) == told


def test_a_share_needs_minutes_to_be_a_share_of():
    with pytest.raises(QuizgenError, match="is a share"):
        Extra(Fraction(1, 4), is_share=True).minutes(None)


def test_all_columns_are_read_under_any_case():
    details = {
        "Extra minutes": "30",
        "PRINT": "Large",
        "format": "HTML",
        "Language": "de_at",
        " room ": "H 1",
        "Seat": "12",
        "name": "Ann",
    }
    assert wishes_of(details) == Wishes(Extra(Fraction(30)), True, "html", "de-AT", "H 1", "12")
    assert wishes_of({}) == wishes_of(dict.fromkeys(details, "")) == Wishes()


BAD = [
    ("print", "huge", "'print' is 'huge'. Write large, or nothing."),
    ("format", "docx", "'format' is 'docx'. Write html, md, pdf, or nothing."),
    ("format", "htm", "'format' is 'htm'. Did you mean 'html'?"),
    ("language", "German", "'language' is 'German', no code of a language. Write de, en, fr, ..."),
    ("language", "it", "there are no words for the language 'it'. There are: de, en, fr."),
    (
        "extra minutes",
        "half",
        "'extra minutes' is 'half', no number of minutes. Write 30, or 25% of the exam's minutes.",
    ),
    (
        "extra minutes",
        "20%",
        "'extra minutes' is a share (0.2 of the exam's minutes), but the exam states none. "
        "Write it in minutes, or state `minutes` in the blueprint.",
    ),
]


@pytest.mark.parametrize(("column", "text", "told"), BAD)
def test_make_refuses_with_file_and_line(small_bank, tmp_path, column, text, told):
    roster = tmp_path / "r.csv"
    roster.write_text(f"student,{column}\nann,\nbob,{text}\n", encoding="utf-8")
    bank = Bank("small", small_bank)
    with pytest.raises(QuizgenError) as caught:
        make_exam(bank, bank.blueprint(), open_grader("standard"), 2, out=tmp_path / "exam", roster=read_roster(roster))
    assert str(caught.value) == f"{roster}:3: {told}"
    assert not (tmp_path / "exam").exists()


def test_wishes_travel_with_the_exam(small_bank, tmp_path):
    roster = tmp_path / "r.csv"
    roster.write_text("student;Print;language;room\nann;large;fr;A\nbob;;;B\n", encoding="utf-8")
    bank = Bank("small", small_bank)
    make_exam(bank, bank.blueprint(), open_grader("standard"), 2, out=tmp_path / "exam", roster=read_roster(roster))
    ann, bob = (wishes_of(paper.details) for paper in read_exam(tmp_path / "exam").papers)
    assert (ann.large, ann.language, ann.room) == (True, "fr", "A")
    assert (bob.large, bob.language, bob.room) == (False, "", "B")


def test_a_region_is_no_reason_to_refuse():
    assert check_wishes({"language": "de-CH"}, None, THERE, "r.csv:2").language == "de-CH"


def test_make_tells_what_has_no_texts_in_a_language(quizgen, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "roster.csv").write_text("student,language\nann,fr\nbob,de\n", encoding="utf-8")
    ran = quizgen("make", "--problems", "feature-map-size,vgg-table", "--roster", "roster.csv", "--to", "md")
    assert (ran.code, ran.err) == (
        0,
        "without texts in 'fr', and so as they were written: feature-map-size, vgg-table\n",
    )
