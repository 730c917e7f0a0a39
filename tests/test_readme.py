"""What the README shows is what happens: its session, its problem, its two lines, its links."""

import re
from pathlib import Path

import pytest

from quizgen.bank.problemfile import read_problem
from quizgen.problem.model import Problem

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.M | re.S)


def without_code(text):
    """The code of an exam changes with every letter of its problems."""
    return re.sub(r"^exam [0-9A-Z]{4}:", "exam CODE:", text, flags=re.M)


def test_the_session_is_what_the_commands_print_and_the_student_reads(quizgen, tmp_path):
    (session,) = blocks("console")
    steps = re.split(r"^\$ quizgen (.*)\n", session, flags=re.M)[1:]
    assert len(steps) == 6
    for command, printed in zip(steps[::2], steps[1::2], strict=True):
        ran = quizgen(*command.split())
        assert (ran.code, without_code(ran.err + ran.out)) == (0, without_code(printed)), command
    quoted = " ".join(line.lstrip("> ").strip() for line in README.splitlines() if line.startswith("> "))
    shown = [f"- {part}".strip() for part in quoted.split("- ") if part]
    assert len(shown) == 3
    feedback = (tmp_path / "exam" / "rehearsal" / "feedback" / "student-018.md").read_text(encoding="utf-8")
    assert all(line in feedback for line in shown)


def test_the_problem_works(quizgen, tmp_path):
    (text,) = blocks("markdown")
    assert isinstance(read_problem(text, "problem.md", "problem"), Problem)
    (tmp_path / "my").mkdir()
    (tmp_path / "my" / "problem.md").write_text(text, encoding="utf-8")
    assert "no defects" in quizgen("check", "my/problem.md").out
    assert quizgen("show", "my/problem.md").code == 0
    assert quizgen("make", "--bank", "my", "--n", 3).code == 0


@pytest.mark.parametrize("mark", ["main", "tests"])
def test_each_job_is_one_line(mark):
    (block,) = re.findall(rf"<!-- {mark} -->\n```sh\n(.*?)```", README, re.S)
    assert block.count("\n") == 1
    assert block.startswith("python3 -m venv .venv && .venv/bin/pip install")


PAGES = sorted(path.relative_to(ROOT) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text):
        assert "://" in target or (ROOT / page).parent.joinpath(target).exists(), target
