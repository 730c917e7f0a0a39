"""Mistakes that authors make: tests/data/bad/NAME.md must be refused with exactly the text of NAME.txt."""

import re
from pathlib import Path

import pytest

from quizgen.bank.problemfile import read_problem
from quizgen.errors import QuizgenError

FOLDER = Path(__file__).parent / "data" / "bad"
BAD_PROBLEMS = sorted(FOLDER.glob("*.md"))
GOOD_PROBLEMS = sorted((FOLDER.parent / "good").glob("*.md"))


def test_there_are_bad_problems():
    assert len(BAD_PROBLEMS) >= 100
    assert {path.stem for path in BAD_PROBLEMS} == {path.stem for path in FOLDER.glob("*.txt")}


@pytest.mark.parametrize("path", BAD_PROBLEMS, ids=lambda path: path.stem)
def test_a_bad_problem_is_refused_to_the_letter(path):
    with pytest.raises(QuizgenError) as caught:
        read_problem(path.read_text(encoding="utf-8"), path.name, path.stem)
    assert str(caught.value) == path.with_suffix(".txt").read_text(encoding="utf-8").removesuffix("\n")
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("path", BAD_PROBLEMS, ids=lambda path: path.stem)
def test_a_message_is_one_line_with_a_place(path):
    message = path.with_suffix(".txt").read_text(encoding="utf-8").removesuffix("\n")
    assert "\n" not in message
    assert re.match(rf"{re.escape(path.name)}:\d+: ", message), "a message names the file and a line"
    line = int(message.split(":")[1])
    assert 1 <= line <= path.read_text(encoding="utf-8").count("\n") + 1


def test_there_are_good_problems():
    assert len(GOOD_PROBLEMS) >= 4


@pytest.mark.parametrize("path", GOOD_PROBLEMS, ids=lambda path: path.stem)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_what_is_written_well_is_read(path, line_end):
    text = path.read_text(encoding="utf-8")
    problem = read_problem(text.replace("\n", line_end), path.name, path.stem)
    assert (problem.name, problem.file) == (path.stem, path.name)
    assert problem.digest == read_problem(text, path.name, path.stem).digest
    assert problem.steps
    assert problem.answers
