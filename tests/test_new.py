"""`quizgen new NAME`: a starting file that works as it stands, and that overwrites nothing."""

from __future__ import annotations

import re

import pytest

from quizgen.bank.folders import Bank, open_grader
from quizgen.bank.starting import MAX_NAME, STARTING_TEXT, write_starting_file
from quizgen.check import check_problem
from quizgen.errors import QuizgenError


def commands(text):
    """What the command says to run next."""
    return [line.removeprefix("quizgen ").split() for line in text.splitlines() if line.startswith("quizgen ")]


def test_the_commands_that_it_prints_work(quizgen, tmp_path):
    ran = quizgen("new", "size-of-a-map")
    assert (ran.code, ran.err) == (0, "")
    assert commands(ran.out) == [["show", "size-of-a-map.md"], ["check", "size-of-a-map.md"]]
    shown, checked = (quizgen(*command) for command in commands(ran.out))
    assert (shown.code, checked.code) == (0, 0)
    assert "# Size of a feature map" in shown.out
    assert checked.out.endswith("no defects\n")
    assert (tmp_path / "size-of-a-map.md").read_text(encoding="utf-8") == STARTING_TEXT


def test_it_has_no_defects_and_variants_enough_for_a_class(tmp_path):
    write_starting_file("start", tmp_path)
    report = check_problem(Bank("mine", tmp_path).problem("start"), open_grader("standard"), 400)
    assert report.defects == []
    assert report.draws == 400
    assert report.mistakes >= 5
    assert report.examples == 1


def test_a_class_can_sit_it(quizgen):
    quizgen("new", "first", "--out", "mine")
    assert quizgen("make", "--bank", "mine", "--n", 20, "--seed", "x").code == 0


def test_every_part_of_the_front_matter_has_a_note():
    lines = STARTING_TEXT.splitlines()
    parts = [i for i, line in enumerate(lines) if re.match(r"[a-z]+:", line)]
    assert [lines[i].partition(":")[0] for i in parts] == [
        "title",
        "draw",
        "require",
        "steps",
        "answers",
        "mistakes",
        "examples",
    ]
    assert all(lines[i - 1].startswith("# ") for i in parts)


def test_a_folder_is_made(quizgen, tmp_path):
    ran = quizgen("new", "first", "--out", "mine/bank")
    assert ran.code == 0
    assert commands(ran.out) == [["show", "mine/bank/first.md"], ["check", "mine/bank/first.md"]]
    assert (tmp_path / "mine" / "bank" / "first.md").exists()


def test_nothing_is_overwritten(quizgen, tmp_path):
    (tmp_path / "first.md").write_text("mine", encoding="utf-8")
    ran = quizgen("new", "first")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "quizgen: first.md: exists already. Choose another name, or another --out.\n"
    assert (tmp_path / "first.md").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("First", "first"),
        ("first.md", "first"),
        ("My problem", "my-problem"),
        ("size_of_map", "size-of-map"),
        ("a--b", "a-b"),
        ("tail-", "tail"),
        ("2nd", "nd"),
        ("../first", "first"),
        ("folder/first", "first"),
        ("größe", "gr-e"),
        ("", "size-of-a-map"),
        ("123", "size-of-a-map"),
        ("x" * (MAX_NAME + 1), "x" * MAX_NAME),
    ],
)
def test_a_bad_name_is_refused_in_one_line(quizgen, tmp_path, name, better):
    ran = quizgen("new", name)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"quizgen: '{name}' cannot be a problem's name. ")
    assert ran.err.endswith(f" as in {better}.\n")
    assert ran.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_name_without_a_letter_is_shown_one_that_would_do(tmp_path):
    with pytest.raises(QuizgenError, match="as in size-of-a-map"):
        write_starting_file("-", tmp_path)


def test_a_file_in_the_place_of_the_folder_is_told(quizgen, tmp_path):
    (tmp_path / "taken").write_text("", encoding="utf-8")
    ran = quizgen("new", "first", "--out", "taken")
    assert ran.code == 1
    assert ran.err.startswith("quizgen: taken: ")
    assert ran.err.count("\n") == 1


def test_without_a_name_the_usage_is_told(quizgen):
    assert quizgen("new").code == 2
