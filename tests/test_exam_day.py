"""The checklist of docs/exam-day.md is true: its commands run, in their order, from rehearsal to archive.

What people do between them stands in the page as `<!-- hands: ... -->`, and is done here. A line may say `# exits with
3`, or what to say instead where typst is not installed. Nothing is fetched; the class is tiny.
"""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
from collections import Counter
from pathlib import Path

import pytest
from tables import rows, write
from typer.main import get_command

from quizgen.cli.running import app
from quizgen.exam.additions import read_exam
from quizgen.exam.tags import read_tag, write_tag

PAGE = Path(__file__).parent.parent / "docs" / "exam-day.md"
ROOMS = {"amy": "A", "bob": "A", "cid": "A", "dot": "B", "eva": "B", "fay": "B"}
LATE = ("gus", "hal")
PDF = importlib.util.find_spec("typst") is not None
_STEP = re.compile(r"^<!-- hands: (?P<hands>.*?) -->$|^\$ (?P<command>.*)$", re.M)
_COMMENT = re.compile(r"\s+# (?:exits with (?P<code>\d)|without quizgen\[pdf\]: (?P<instead>--\w+(?: \w+)?))$")


def steps(text):
    """What the page has people do, in order: `("hands", ...)`, and `("command", ...)` in console blocks."""
    inside = [match.span() for match in re.finditer(r"^```console\n.*?^```$", text, re.M | re.S)]
    for match in _STEP.finditer(text):
        kind = "hands" if match["hands"] else "command"
        if kind == "hands" or any(start < match.start() < end for start, end in inside):
            yield kind, match[kind]


class Staff:
    """Whoever runs the exam: knows the papers, and does what the page says that hands do."""

    def __init__(self, folder):
        self.folder = folder
        self.exam = folder / "exam"
        self.done = []

    def words(self):
        """What stands for the words in capitals."""
        exam = read_exam(self.exam)
        held = {paper.student: write_tag(exam.code, paper.number) for paper in exam.papers}
        spares = [write_tag(exam.code, number) for number in exam.spares]
        names = dict(zip(("SPARE-ONE", "SPARE-TWO"), spares, strict=False))
        return (
            names
            | {f"TAG-OF-{student.upper()}": tag for student, tag in held.items()}
            | {"exam-CODE": f"exam-{exam.code}"}
        )

    def act(self, what):
        """Do what a line says that hands do."""
        known = {
            "the answers are typed": self.type_answers,
            "the difference is settled": self.settle,
            "review.csv is filled in": self.review,
            "a corrected copy is written": self.correct,
        }
        assert what in known, f"nobody knows how to do it: {what}"
        known[what]()
        self.done.append(what)

    def type_answers(self):
        """Right answers for all who hold a paper; eva is absent, fay writes illegibly, a second typist slips once."""
        for place in (self.exam, *sorted(self.exam.glob("added/*"))):
            table = [self._typed(row) for row in rows(place / "submissions.csv")]
            if place != self.exam:
                write(place / "submissions.csv", table)
                continue
            for room in "AB":
                own = [row for row in table if ROOMS.get(row["student"], "B") == room]
                write(self.folder / f"room-{room.lower()}.csv", own)
        again = rows(self.folder / "room-a.csv")
        again[-1]["Q1.double"] += "0"
        write(self.folder / "room-a-again.csv", again)

    def _typed(self, row):
        """A row with a name holds what that student wrote; one without, what stands on the paper of its tag.

        amy got a spare, so that her own row stays blank.
        """
        exam = read_exam(self.exam)
        number, held = read_tag(row["tag"], exam.code).number, {paper.student: paper.number for paper in exam.papers}
        on_paper = held.get(row["student"], number) if row["student"] else number
        if row["student"] in ("amy", "eva") or on_paper not in held.values():
            return row
        row |= {name: text for name, text in self._key()[on_paper].items() if name in row and name.startswith("Q")}
        if row["student"] == "cid":
            row["Q1.plus"] = str(int(row["Q1.double"]) - 7)
        if row["student"] == "fay":
            row["Q1.plus"] = "illegible"
        return row

    def _key(self):
        """The right answers of all papers, by number."""
        code = read_exam(self.exam).code
        keys = [self.exam / "staff" / "key.csv", *sorted(self.exam.glob("added/*/staff/key.csv"))]
        return {read_tag(row["tag"], code).number: row for key in keys for row in rows(key)}

    def settle(self):
        shutil.copy(self.folder / "room-a.csv", self.folder / "room-a-again.csv")

    def review(self):
        table = rows(self.exam / "review.csv")
        assert [row["given"] for row in table] == ["`illegible`"]
        write(
            self.exam / "review.csv", [row | {"points": "1", "reason": "seen on paper", "by": "ann"} for row in table]
        )

    def correct(self):
        text = (self.exam / "problems" / "beta.md").read_text(encoding="utf-8")
        assert "says: Row by row." in text
        (self.folder / "corrected").mkdir()
        corrected = text.replace("says: Row by row.", "says: Row after row.")
        (self.folder / "corrected" / "beta.md").write_text(corrected, encoding="utf-8")


@pytest.fixture
def staff(small_bank, tmp_path):
    """A folder as the page expects it: a bank and two rosters."""
    shutil.copytree(small_bank, tmp_path / "mine")
    numbers = {student: f"Participant {number}" for number, student in enumerate(ROOMS, start=1)}
    roster = [
        {"student": student, "room": room, "seat": str(seat), "Identifier": numbers[student]}
        for seat, (student, room) in enumerate(ROOMS.items(), start=1)
    ]
    write(tmp_path / "students.csv", roster)
    late = [
        {"student": name, "room": "B", "seat": "", "Identifier": f"Participant {i}"} for i, name in enumerate(LATE, 50)
    ]
    write(tmp_path / "late.csv", late)
    return Staff(tmp_path)


def arguments(line, words):
    """A line of the page as what to type, without typst if need be, and the exit code that it states."""
    comment = _COMMENT.search(line)
    line = line[: comment.start()] if comment else line
    assert set(re.findall(r"\b[A-Z]{2,}(?:-[A-Z]{2,})+\b", line)) <= words.keys(), f"which paper is meant? {line}"
    for word, meant in words.items():
        line = line.replace(word, meant)
    typed = shlex.split(line)
    if comment and comment["instead"] and not PDF:
        option, *value = comment["instead"].split()
        start = typed.index(option) if option in typed else len(typed)
        typed[start : start + 1 + len(value)] = [option, *value]
    return typed, int(comment["code"] or 0) if comment else 0


def test_the_commands_run_from_rehearsal_to_archive(quizgen, staff):
    commands = get_command(app).commands
    ran = []
    for kind, what in steps(PAGE.read_text(encoding="utf-8")):
        if kind == "hands":
            staff.act(what)
            continue
        typed, code = arguments(what, staff.words() if staff.exam.exists() else {})
        assert typed[0] == "quizgen", what
        assert typed[1] in commands, f"the command line does not know '{typed[1]}': {what}"
        done = quizgen(*typed[1:])
        assert done.code == code, f"{what}\n{done.out}\n{done.err}"
        ran.append(typed[1])
    assert len(ran) >= 15
    assert len(staff.done) == 4
    assert {"make", "simulate", "attendance", "export", "add", "assign", "print", "compare", "grade"} <= set(ran)
    assert {
        "regrade",
        "amend",
        "gradebook",
        "feedback",
        "status",
        "log",
        "student",
        "archive",
        "bank",
        "forget",
    } <= set(ran)
    _everything_came_out(staff)


def _everything_came_out(staff):
    """After the last line: everybody has the points that the page's events give, and nothing is open."""
    grades = rows(staff.exam / "results" / "grades.csv")
    assert len(grades) == len(ROOMS) + len(LATE) + 1  # and somebody who was on no list
    assert Counter(row["status"] for row in grades) == {"marked": len(grades) - 1, "absent": 1}
    assert {row["points"] for row in grades} == {"7.0", ""}
    assert {row["review"] for row in grades} == {"0"}
    assert (staff.folder / "mine" / "statistics.csv").exists()
    assert (staff.folder / "retake" / "exam.json").exists()


def test_every_file_that_the_page_names_is_written_somewhere():
    """A name of a file in the exam folder that nothing writes would send people looking."""
    named = set(re.findall(r"`(exam/[\w./-]+)`", PAGE.read_text(encoding="utf-8")))
    assert len(named) >= 5
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (PAGE.parent.parent / "quizgen").rglob("*.py"))
    for name in named:
        last = name.rstrip("/").rpartition("/")[2].removeprefix("bob")
        assert last in sources, name


def test_a_command_that_is_not_known_fails():
    text = "```console\n$ quizgen frobnicate\n```\n"
    ((kind, line),) = steps(text)
    assert (kind, arguments(line, {})) == ("command", (["quizgen", "frobnicate"], 0))
    assert "frobnicate" not in get_command(app).commands


def test_lines_say_their_exit_and_what_else_to_type(monkeypatch):
    assert arguments("quizgen compare a b   # exits with 3", {}) == (["quizgen", "compare", "a", "b"], 3)
    monkeypatch.setitem(globals(), "PDF", False)
    line = "quizgen make --to html,pdf --n 3   # without quizgen[pdf]: --to html"
    assert arguments(line, {}) == (["quizgen", "make", "--to", "html", "--n", "3"], 0)
    assert arguments("quizgen attendance   # without quizgen[pdf]: --csv", {})[0] == ["quizgen", "attendance", "--csv"]
