"""Fixtures that several test files ask for: tiny problems, banks of them, and the command line."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from dataclasses import dataclass
from textwrap import dedent

import pytest
from hypothesis import Phase, settings

import quizgen.bank.folders
import quizgen.exam.stored
from quizgen.bank.problemfile import read_problem
from quizgen.bank.translated import read_in_all_languages
from quizgen.language.yamltext import read_yaml

# The same examples in every run; and no long search for an explanation of a failure.
settings.register_profile(
    "quizgen",
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)
settings.load_profile("quizgen")


def compiled_once():
    """The compiler, which compiles the same texts once per process: problems are frozen, and most tests share a bank.

    Commands in processes of their own, and tests that call `read_problem`, compile anew.
    """
    known = {}

    def read(name, written, **more):
        key = (name, *written.items(), *more.items())
        if key not in known:
            known[key] = read_in_all_languages(name, written, **more)
        return known[key]

    return read


COMPILED = compiled_once()
for room in (quizgen.bank.folders, quizgen.exam.stored):
    assert room.read_in_all_languages is read_in_all_languages
    room.read_in_all_languages = COMPILED


def problem_text(front, solution=""):
    """A whole problem file from its front matter: the text shows every draw and asks every answer."""
    front = dedent(front).strip("\n")
    data = read_yaml(front, "tiny.md").data
    holes = " ".join(f"<<{name}>>" for name in data["draw"])
    places = " ".join(f"[[{name}]]" for name in data["answers"])
    title = "" if "title" in data else "title: Tiny\n"
    return f"---\n{title}{front}\n---\n# Question\n\n{holes} {places}\n\n# Solution\n\n{solution}\n"


@pytest.fixture(scope="session")
def tiny():
    """Compile a problem from its front matter."""
    return lambda front, name="tiny", **more: read_problem(problem_text(front, **more), f"{name}.md", name)


@pytest.fixture(scope="session")
def bank_in():
    """Write a bank of tiny problems into a folder: names and front matters; gives the folder."""

    def write(folder, fronts, **more):
        folder.mkdir(parents=True, exist_ok=True)
        for name, front in fronts.items():
            (folder / f"{name}.md").write_text(problem_text(front, **more), encoding="utf-8")
        return folder

    return write


SMALL_BANK = {
    "alpha": """
        draw: {a: "integers(100, 999)"}
        steps: {double: 2 * a, plus: double + 7}
        answers: {double: {points: 2}, plus: {points: 1}}
        mistakes:
          tripled: {double: 3 * a, says: Two times.}
          minus: {plus: double - 7, says: Add it.}
        """,
    "beta": """
        draw: {x: "integers(10, 99, shape=(2, 2))"}
        steps: {map: 3 * x, top: max(map)}
        answers: {map: {points: 3}, top: {points: 1}}
        mistakes:
          transposed: {map: transpose(3 * x), says: Row by row.}
        """,
}


@pytest.fixture(scope="session")
def small_bank(bank_in, tmp_path_factory):
    """A bank of two tiny problems: two numbers, and a matrix with its largest cell. A paper has 7 points."""
    return bank_in(tmp_path_factory.mktemp("banks") / "small", SMALL_BANK)


@pytest.fixture(scope="session")
def make_small(small_bank):
    """Make an exam of the small bank: folder, number of papers, students of a roster."""
    from quizgen.bank.folders import Bank, open_grader
    from quizgen.exam.roster import Student
    from quizgen.making import make_exam

    def make(out, n=4, students=(), seed="tests"):
        bank = Bank("small", small_bank)
        roster = [Student(name, {}) for name in students]
        grader = open_grader("standard")
        return make_exam(bank, bank.blueprint(), grader, n, out=out, seed=seed, roster=roster)

    return make


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def quizgen(monkeypatch, capsys, tmp_path):
    """Run a command of the command line in `tmp_path`, as its user would."""
    from quizgen.cli import main

    monkeypatch.chdir(tmp_path)

    def run(*args):
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["quizgen", *map(str, args)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return run


@pytest.fixture(scope="module")
def browser():
    """Debian's Chromium without a window; where QUIZGEN_BROWSER is set it must be there."""
    place = shutil.which("chromium") or shutil.which("chromium-browser") or ""
    missing = [
        word
        for word, there in (
            ("chromium (apt-get install chromium)", place),
            ("playwright (pip install 'quizgen[browser]')", importlib.util.find_spec("playwright")),
        )
        if not there
    ]
    if missing:
        assert not os.environ.get("QUIZGEN_BROWSER"), missing
        pytest.skip(f"pages are looked at in a browser: {' and '.join(missing)} is missing")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=place, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL started on loopback: gives the URL of a new database; where QUIZGEN_POSTGRES is set it must be."""
    import postgres_server

    missing = postgres_server.missing()
    if missing:
        assert not os.environ.get("QUIZGEN_POSTGRES"), missing
        pytest.skip(f"marks are put into a real PostgreSQL: {' and '.join(missing)} is missing")
    with postgres_server.running() as database:
        yield database
