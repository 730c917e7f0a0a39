"""The life of an exam: sixty students in two rooms, from the roster to the archive, as its teacher types it.

At every stage the marks add up, the log holds, and each change of a mark stands in the log.
"""

import json
import re
import zipfile
from fractions import Fraction

import pytest
from tables import rows, write

from quizgen.exam.additions import read_exam
from quizgen.exam.tags import write_tag
from quizgen.log import entries

BANK = {
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
    "gamma": """
        draw: {g: "integers(1000, 9999)", h: "integers(11, 99)"}
        steps: {sum: g + h, product: sum * h}
        answers: {sum: {points: 1}, product: {points: 2}}
        mistakes:
          difference: {sum: g - h, says: Add.}
        """,
    **{
        name: f"""
        draw: {{u: "integers(1000, 9999)"}}
        steps: {{next: u + {step}}}
        answers: {{next: {{points: 1}}}}
        mistakes:
          back: {{next: u - {step}, says: Forward.}}
        """
        for name, step in (("delta", 3), ("epsilon", 5), ("zeta", 7))
    },
}
ON_TIME = [f"Kim{i:02d}" for i in range(1, 59)]
LATE = ["Zoe59", "Zoe60"]
LOST, ONE, OTHER, UNREADABLE = "Kim05", "Kim10", "Kim11", "Kim30"


@pytest.fixture
def term(quizgen, bank_in, tmp_path):
    """The teacher's folder: a bank, a roster with two rooms, a list of latecomers."""
    bank_in(tmp_path / "bank", BANK)
    write(
        tmp_path / "roster.csv",
        [
            {"student": name, "name": f"Name of {name}", "room": "A" if i % 2 else "B", "seat": f"{i // 2 + 1}"}
            for i, name in enumerate(ON_TIME)
        ],
    )
    write(tmp_path / "late.csv", [{"student": name, "name": f"Name of {name}", "room": "B"} for name in LATE])
    return tmp_path


class Story:
    """What the teacher does, and what must hold after each step."""

    def __init__(self, quizgen, folder):
        self.quizgen, self.folder, self.exam = quizgen, folder, folder / "exam"

    def does(self, *command, code=0):
        """Run a command, which ends as it should; what it printed."""
        ran = self.quizgen(*command)
        assert ran.code == code, (command, ran.out, ran.err)
        return ran.out + ran.err

    def tag(self, number):
        """The tag of a paper."""
        return write_tag(read_exam(self.exam).code, number)

    def totals(self, students=60):
        """Everybody's total, after a look at whether the marks add up and the log holds."""
        self.does("log", "verify")
        worth: dict[str, Fraction] = {}
        for mark in rows(self.exam / "results" / "marks.csv"):
            worth[mark["student"]] = worth.get(mark["student"], Fraction(0)) + Fraction(mark["points"])
        grades = rows(self.exam / "results" / "grades.csv")
        assert len(grades) == students
        for grade in grades:
            total = Fraction(grade["points"] or "0")
            assert abs(total - worth.get(grade["student"], Fraction(0))) < Fraction(1, 100), grade
            assert total <= Fraction(grade["max"]), grade
        return {grade["student"]: Fraction(grade["points"] or "0") for grade in grades}

    def corrects(self, before):
        """Show what a regrade would do, do it, and find each change in the log; the totals after it."""
        frozen = (self.exam / "results" / "marks.csv").read_bytes()
        assert "nothing was written" in self.does("regrade")
        assert (self.exam / "results" / "marks.csv").read_bytes() == frozen
        self.does("regrade", "--apply")
        after = self.totals()
        gains: dict[str, Fraction] = {}
        (last,) = [entry for entry in entries(self.exam) if entry.what == "regrade"][-1:]
        for student, _, was, now in (*last.about["changes"], *last.about.get("decided", ())):
            gains[student] = gains.get(student, Fraction(0)) + Fraction(now) - Fraction(was)
        told = {student: gain for student, gain in gains.items() if gain}
        assert {
            student: after[student] - before[student] for student in after if after[student] != before[student]
        } == told
        assert told
        return after


def test_the_life_of_an_exam(quizgen, term):
    story = Story(quizgen, term)
    exam = story.exam

    # before the day
    story.does("make", "--bank", "bank", "--roster", "roster.csv", "--spare", "3", "--to", "md", "--seed", "story")
    made = {path: path.read_bytes() for path in exam.rglob("*") if path.is_file()}
    story.does("add", "--roster", "late.csv", "--to", "md", "--reason", "registered late")
    assert "nothing to do" in story.does("add", "--roster", "late.csv", "--to", "md")
    story.does("attendance", "--csv")
    assert {path.name for path in (exam / "attendance").iterdir()} == {"A.csv", "B.csv"}
    signed = [row["student"] for room in "AB" for row in rows(exam / "attendance" / f"{room}.csv") if row["student"]]
    assert sorted(signed) == sorted(ON_TIME + LATE)

    # the day: a booklet is lost
    spare = story.tag(59)
    story.does("assign", spare, LOST, "--reason", "coffee over it")
    assert story.does("assign", spare, LOST)  # once more changes nothing
    assert len(list((exam / "assignments").iterdir())) == 1
    refused = story.does("assign", spare, "Kim06", code=1)
    assert LOST in refused
    assert len(refused.splitlines()) == 1

    # the answers, typed by two people; two students sat on each other's chair
    story.does("simulate", "--seed", "4")
    sheet = [{name: text for name, text in row.items() if name != "simulated"} for row in rows(term / "simulated.csv")]
    by_name = {row["student"]: row for row in sheet}
    assert by_name[LOST]["tag"] == spare
    answers = [name for name in sheet[0] if re.match(r"Q\d", name)]
    key = {
        row["tag"]: row for place in (exam, *(exam / "added").iterdir()) for row in rows(place / "staff" / "key.csv")
    }
    for mine, held in ((ONE, OTHER), (OTHER, ONE)):
        by_name[mine].update({name: key[by_name[held]["tag"]][name] for name in answers})
    by_name[UNREADABLE].update({name: key[by_name[UNREADABLE]["tag"]][name] for name in answers} | {"Q1.double": "?!"})
    room = {row["student"]: row["room"] for row in rows(term / "roster.csv")} | dict.fromkeys(LATE, "B")
    for name in "AB":
        write(term / f"room-{name}.csv", [row for row in sheet if room[row["student"]] == name])
    story.does("grade", "room-A.csv", "room-B.csv")
    totals = story.totals()
    frozen = (exam / "results" / "marks.csv").read_bytes()
    story.does("grade", "room-A.csv", "room-B.csv")
    assert (exam / "results" / "marks.csv").read_bytes() == frozen

    # the swap is found by its sheets, and recorded by the command that the list names
    why = next(row["why"] for row in rows(exam / "review.csv") if row["student"] == ONE and row["question"] == "paper")
    (command,) = re.findall(r"quizgen assign (\S+) (\w+)", why)
    assert command == (by_name[OTHER]["tag"], ONE)
    story.does("assign", *command, "--reason", "sat on each other's chair")
    totals = story.corrects(totals)
    assert totals[ONE] == totals[OTHER] == 13

    # a question that could not be answered, and a wrong key
    reason = "the sheet said minus"
    story.does("amend", "Q1", "--accept", "plus=double - 7", "--reason", reason)
    assert "already" in story.does("amend", "Q1", "--accept", "plus=double - 7", "--reason", reason)
    totals = story.corrects(totals)
    story.does("amend", "Q5", "--void", "full", "--answer", "product", "--reason", "never taught")
    totals = story.corrects(totals)

    # one answer is decided by hand
    review = rows(exam / "review.csv")
    (open_one,) = [row for row in review if row["student"] == UNREADABLE and row["answer"] == "double"]
    open_one.update({"points": "1.5", "reason": "legible on paper", "by": "prof"})
    write(exam / "review.csv", review)
    totals = story.corrects(totals)
    decided = [entry.about for entry in entries(exam) if entry.what == "decision"]
    assert [about["student"] for about in decided] == [UNREADABLE]

    # an appeal
    story.does("student", UNREADABLE, "--to", "html")
    (page,) = (exam / "students").glob("*.html")
    text = page.read_text(encoding="utf-8")
    for told in ("?!", "legible on paper", reason, "never taught", story.tag(30)):
        assert told in text, told
    assert not [name for name in ON_TIME + LATE if name != UNREADABLE and name in text]

    # what was made is as it was made
    assert {path: path.read_bytes() for path in made} == made

    # the end: an archive, and nobody's name any more
    assert json.loads(story.does("status", "--json"))["code"] == read_exam(exam).code
    story.does("archive", "--out", "kept.zip")
    story.does("archive", "verify", "kept.zip")
    story.does("forget", "--yes")
    assert sorted(story.totals().values()) == sorted(totals.values())
    for path in exam.rglob("*"):
        assert not re.search("Kim[0-9]{2}|Zoe[0-9]{2}", path.name), path
        data = path.read_bytes() if path.is_file() and not zipfile.is_zipfile(path) else b""
        assert not re.search(b"Kim[0-9]{2}|Zoe[0-9]{2}|Name of", data), path
    story.does("archive", "verify", "kept.zip")
