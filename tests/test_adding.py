"""Papers for latecomers: as if the exam had been made for all at once, and nothing that was made is touched."""

from __future__ import annotations

import csv
import io
import shutil

import numpy as np
import pytest

from quizgen.adding import add_papers
from quizgen.bank.folders import Bank, open_bank, open_grader
from quizgen.booklets.forms import forms_of
from quizgen.desk import grade_files
from quizgen.draw.search import Taken, digests, draw
from quizgen.draw.stream import secret_of
from quizgen.errors import QuizgenError
from quizgen.exam.additions import Binding, Why, read_exam, write_assignment
from quizgen.exam.roster import Student, read_roster
from quizgen.exam.tags import read_tag, write_tag
from quizgen.log import entries
from quizgen.making import make_exam
from quizgen.printing import print_again
from quizgen.revisions import Changes, write_revision
from quizgen.simulate import simulated_sheet

CNN = open_bank("cnn")
GRADER = open_grader("standard")
BLUEPRINT = """
title: Late
questions:
- problem: alpha
- problem: beta
- problem: alpha
- pick: 1
  of: [alpha, narrow]
"""
NARROW = {
    "alpha": """
        draw: {a: "integers(100, 999)"}
        steps: {double: 2 * a, plus: double + 7}
        answers: {double: {points: 2}, plus: {points: 1}}
        mistakes: {tripled: {double: 3 * a, says: Two times.}}
        """,
    "beta": """
        draw: {x: "integers(10, 99, shape=(2, 2))"}
        steps: {map: 3 * x, top: max(map)}
        answers: {map: {points: 3}, top: {points: 1}}
        """,
    "narrow": """
        draw: {k: "integers(1, 12)"}
        steps: {twice: 2 * k, more: twice + 1}
        answers: {twice: {points: 2}, more: {points: 1}}
        """,
}
MARKDOWN = forms_of("md")
WHY = Why("registered late", "prof", "2026-01-01T00:00:00+00:00")


@pytest.fixture(scope="module")
def bank(bank_in, tmp_path_factory):
    folder = bank_in(tmp_path_factory.mktemp("banks") / "late", NARROW)
    (folder / "exam.yaml").write_text(BLUEPRINT, encoding="utf-8")
    return Bank("late", folder)


@pytest.fixture(scope="module")
def make(bank):
    def make(out, n, students=(), **more):
        roster = [Student(*one) if isinstance(one, tuple) else Student(one, {}) for one in students]
        return make_exam(bank, bank.blueprint(), GRADER, n, out=out, seed="late", roster=roster, forms=MARKDOWN, **more)

    return make


@pytest.fixture(scope="module")
def whole(make, tmp_path_factory):
    """An exam of eight papers that was made at once."""
    return make(tmp_path_factory.mktemp("whole") / "exam", 8)


@pytest.fixture(scope="module")
def kept(make, tmp_path_factory):
    """The folder of an exam of five papers, nobody's to change."""
    folder = tmp_path_factory.mktemp("kept") / "exam"
    make(folder, 5)
    return folder


@pytest.fixture
def folder(kept, tmp_path):
    return shutil.copytree(kept, tmp_path / "exam")


@pytest.fixture
def named(make, tmp_path):
    """An exam with a roster of two, and a spare."""
    make(tmp_path / "exam", 3, ["ann", "bob"], spares=1)
    return tmp_path / "exam"


def add(folder, n=0, *students, **more):
    roster = [Student(*one) if isinstance(one, tuple) else Student(one, {}) for one in students]
    return add_papers(folder, n or len(roster), roster, more.pop("why", WHY), more.pop("forms", MARKDOWN))


def tree(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def table(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def held(exam, number):
    """Everything that makes a paper."""
    row = np.array([number])
    return [
        (q.name, bool(q.asks(row)[0]), [q.params[name].column(number - 1).tolist() for name in sorted(q.params)])
        for q in exam.questions
    ]


# ---- drawn on ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(CNN.blueprint("exam").problems))
def test_every_shipped_problem_is_drawn_on(name):
    problem, secret = CNN.problem(name), secret_of("drawn on")
    at_once = draw(problem, secret, "Q1", 14, GRADER.tolerance)
    first = draw(problem, secret, "Q1", 9, GRADER.tolerance)
    taken = Taken.by(problem, first.params, first.expected, ())
    more = draw(problem, secret, "Q1", 5, GRADER.tolerance, taken=taken)
    assert digests(first.params) + digests(more.params) == digests(at_once.params)
    assert first.waived + more.waived == at_once.waived


def test_papers_that_are_added_are_those_of_an_exam_made_at_once(folder, whole):
    add(folder, 1)
    add(folder, 2)
    exam = read_exam(folder)
    assert exam.n == whole.n == 8
    assert [held(exam, number) for number in range(1, 9)] == [held(whole, number) for number in range(1, 9)]
    assert [question.waived for question in exam.questions] == [question.waived for question in whole.questions]
    assert [paper.student for paper in exam.papers] == [paper.student for paper in whole.papers]


def test_nothing_that_make_wrote_is_touched(folder):
    before = tree(folder)
    exam = read_exam(folder)
    add(folder, 2)
    after = tree(folder)
    assert {name: after[name] for name in before} == before
    assert {name.split("/")[0] for name in after.keys() - before.keys()} == {"added", "log.jsonl"}
    assert read_exam(folder).code == exam.code


def test_the_same_exam_is_added_to_alike(folder, tmp_path):
    other = shutil.copytree(folder, tmp_path / "other")
    add(folder, 2)
    add(other, 2)
    assert tree(folder) == tree(other)


def test_nobody_can_add_without_the_secret(make, bank, tmp_path):
    make_exam(bank, bank.blueprint(), GRADER, 2, out=tmp_path / "exam", forms=MARKDOWN)
    add(tmp_path / "exam", 1)
    secret = tmp_path / "exam" / "staff" / "secret.txt"
    secret.write_text("oops\n")
    with pytest.raises(QuizgenError, match=r"secret\.txt: is damaged: it is no secret"):
        add(tmp_path / "exam", 1)
    secret.unlink()
    with pytest.raises(QuizgenError, match=r"secret\.txt: cannot be read: .* add them where its staff folder is"):
        add(tmp_path / "exam", 1)
    assert read_exam(tmp_path / "exam").n == 3


def test_papers_that_no_longer_exist_are_counted_first(folder):
    with pytest.raises(QuizgenError, match=r"'narrow' has only 11 different .*; 5 of them are taken, and 7 more were"):
        add(folder, 7)
    assert add(folder, 6).exam.n == 11
    assert not list((folder / "added").glob("*.partial"))


# ---- who holds them ------------------------------------------------------------------------------------------------


def test_latecomers_get_their_own_papers_as_they_wish(named):
    added = add(named, 0, ("zoe", {"name": "Zoë", "language": "de", "room": "B"}), ("yan", {"format": "html"}))
    assert list(added.numbers) == [4, 5]
    assert added.place == named / "added" / "001"
    exam = read_exam(named)
    assert {paper.student: paper.number for paper in exam.papers} == {"ann": 1, "bob": 2, "zoe": 4, "yan": 5}
    assert exam.spares == [3]
    booklets = added.place / "booklets"
    assert sorted(path.name for path in booklets.iterdir()) == ["004.md", "005.html", "005.md"]
    assert "Zoë" in (booklets / "004.md").read_text(encoding="utf-8")
    assert "Punkte" in (booklets / "004.md").read_text(encoding="utf-8")
    sheet = table(added.place / "submissions.csv")
    assert [(row["student"], row["room"], read_tag(row["tag"], exam.code).number) for row in sheet] == [
        ("zoe", "B", 4),
        ("yan", "", 5),
    ]
    key = table(added.place / "staff" / "key.csv")
    assert [(row["paper"], row["student"]) for row in key] == [("4", "zoe"), ("5", "yan")]
    assert key[0]["Q1.double"] == f"{exam.questions[0].expected['double'].cells[3]:.0f}"


def test_who_has_a_paper_gets_no_second_one(named, tmp_path):
    late = tmp_path / "late.csv"
    late.write_text("student\nzoe\nbob\n")
    tag = write_tag(read_exam(named).code, 2)
    with pytest.raises(QuizgenError) as refused:
        add_papers(named, 2, read_roster(late), WHY, MARKDOWN)
    assert str(refused.value) == (
        f"{late}:3: 'bob' is on the exam's roster already, with paper {tag}. Take the line out of this list."
    )
    assert not (named / "added").exists()


def test_the_same_list_once_more_adds_nothing(named):
    first = add(named, 0, "zoe", "yan")
    before = tree(named)
    again = add(named, 0, "zoe", "yan")
    assert (again.known, again.place, again.numbers) == (True, first.place, first.numbers)
    assert tree(named) == before


def test_who_was_assigned_a_spare_is_on_the_roster(named):
    exam = read_exam(named)
    write_assignment(named, exam, [Binding(3, "walk-in")], WHY)
    with pytest.raises(QuizgenError, match="'walk-in' is on the exam's roster already, with paper"):
        add(named, 0, "walk-in")
    assert add(named, 0, "zoe").exam.holders[4].student == "zoe"


def test_without_a_roster_latecomers_may_be_named_all_the_same(folder):
    added = add(folder, 3, "zoe")
    exam = read_exam(folder)
    assert [paper.student for paper in exam.papers][4:] == ["student-005", "zoe"]
    assert exam.spares == [7, 8]
    assert list(exam.named) == [6]
    assert "zoe" in (added.place / "booklets" / "006.md").read_text(encoding="utf-8")
    assert "student-005" not in (folder / "booklets" / "005.md").read_text(encoding="utf-8")


def test_wishes_that_cannot_be_honoured_stop_it(named):
    with pytest.raises(QuizgenError, match=r"student 'zoe': 'format' is 'pdf', and no PDFs are made"):
        add(named, 0, ("zoe", {"format": "pdf"}))
    assert not (named / "added").exists()


# ---- the log -------------------------------------------------------------------------------------------------------


def test_the_log_says_who_added_what_and_why(named):
    add(named, 0, "zoe")
    (entry,) = entries(named)
    assert (entry.what, entry.by, entry.at) == ("add", WHY.by, WHY.at)
    about = dict(entry.about)
    assert len(about.pop("proof")) == len(about.pop("proof of papers")) == 32
    assert about == {"added": "001", "papers": "004-004", "students": ["zoe"], "reason": "registered late"}


def test_an_entry_that_a_killed_run_did_not_write_is_written_later(named):
    add(named, 1)
    log = (named / "log.jsonl").read_bytes()
    (named / "log.jsonl").unlink()
    add(named, 1)
    assert (named / "log.jsonl").read_bytes().startswith(log)
    assert [entry.about["added"] for entry in entries(named)] == ["001", "002"]


# ---- marks ---------------------------------------------------------------------------------------------------------


def grades(folder):
    rows = table(folder / "results" / "grades.csv")
    return [{name: text for name, text in row.items() if name not in ("tag", "paper", "run")} for row in rows]


def sheets(exam, place, *groups):
    """What invented students typed, as real ones, in a file for each group of papers."""
    rows = list(csv.reader(io.StringIO(simulated_sheet(exam, 3))))
    column = rows[0].index("simulated")
    rows = [row[:column] + row[column + 1 :] for row in rows]
    for name, numbers in groups:
        with (place / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([rows[0], *(rows[number] for number in numbers)])
    return [place / name for name, _ in groups]


@pytest.mark.parametrize("together", [True, False])
def test_the_first_sheet_and_the_added_one_give_the_marks_of_an_exam_made_at_once(make, folder, tmp_path, together):
    at_once = make(tmp_path / "at once" / "exam", 8)
    (sheet,) = sheets(at_once, tmp_path, ("all.csv", range(1, 9)))
    grade_files(tmp_path / "at once" / "exam", [sheet], forms=(), report=False)
    add(folder, 3)
    parts = sheets(read_exam(folder), tmp_path, ("first.csv", range(1, 6)), ("added.csv", range(6, 9)))
    for files in [parts] if together else [[part] for part in parts]:
        desk = grade_files(folder, files, forms=(), report=False)
        assert not desk.rejects
    expected = grades(tmp_path / "at once" / "exam")
    assert grades(folder) == expected
    assert len({row["points"] for row in expected}) > 3


def test_the_blank_sheets_of_both_can_be_graded(named):
    add(named, 0, "zoe")
    tag = write_tag(read_exam(named).code, 4)
    blank = (named / "added" / "001" / "submissions.csv").read_text(encoding="utf-8")
    assert f"zoe,{tag},,,,,,,,,,,,," in blank
    (named.parent / "typed.csv").write_text(blank.replace(f"{tag},,", f"{tag},,7"), encoding="utf-8")
    desk = grade_files(named, [named / "submissions.csv", named.parent / "typed.csv"], report=False)
    assert not desk.rejects
    assert {row["student"]: row["status"] for row in grades(named)}["zoe"] == "marked"
    assert "zoe.md" in {path.name for path in (named / "results" / "feedback").iterdir()}


def test_a_spare_waits_for_its_student(named):
    exam = read_exam(named)
    tag = write_tag(exam.code, 3)
    rows = (named / "submissions.csv").read_text(encoding="utf-8")
    assert f"\n,{tag},,," in rows
    sheet = named.parent / "typed.csv"
    sheet.write_text(rows.replace(f"\n,{tag},,", f"\n,{tag},,7"), encoding="utf-8")
    (reject,) = grade_files(named, [sheet], report=False).rejects
    assert reject.reason == f"nobody holds paper {tag}. Assign it first: quizgen assign {tag} STUDENT"
    write_assignment(named, exam, [Binding(3, "walk-in")], WHY)
    assert not grade_files(named, [sheet], report=False).rejects
    assert {row["student"]: row["status"] for row in grades(named)}["walk-in"] == "marked"


def test_who_comes_later_gets_the_corrected_text(named):
    text = (named / "problems" / "beta.md").read_text(encoding="utf-8")
    corrected = text.replace("# Question\n", "# Question\n\nCorrected.\n")
    write_revision(named, Changes(files={"problems/beta.md": corrected}), [], WHY)
    added = add(named, 1)
    assert "Corrected." in (added.place / "booklets" / "004.md").read_text(encoding="utf-8")
    place, many = print_again(named, [], MARKDOWN)
    assert (many, sum(1 for path in place.glob("*.md") if "Corrected." in path.read_text("utf-8"))) == (4, 4)


# ---- the command line ----------------------------------------------------------------------------------------------


def test_the_command_says_what_it_did(quizgen, folder, tmp_path):
    code = read_exam(folder).code
    ran = quizgen("add", "--n", 2, "--reason", "two more", "--to", "md")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"exam {code}: papers 006 to 007 added; it has 7 papers now\n")
    (tmp_path / "late.csv").write_text("student,name\nzoe,Zoe\n")
    ran = quizgen("add", "--roster", "late.csv", "--n", 3, "--to", "md")
    assert ran.out.splitlines()[:2] == [
        f"exam {code}: papers 008 to 010 added; it has 10 papers now",
        "  2 spares: 009 to 010",
    ]
    ran = quizgen("add", "--roster", "late.csv")
    assert (ran.code, ran.out) == (
        0,
        "nothing to do: these students were added before, papers 008 to 010 in exam/added/002/\n",
    )
    assert quizgen("log", "verify").code == 0
    assert quizgen("add").err == "quizgen: how many papers? Say --n 50, or give a --roster.\n"
    (tmp_path / "late.csv").write_text("student\nyan\nyan\n")
    assert "late.csv:3: the student 'yan' stands here a second time" in quizgen("add", "--roster", "late.csv").err


def test_spares_are_printed_apart(make, bank, tmp_path):
    pytest.importorskip("typst")
    from pypdf import PdfReader

    exam = make_exam(
        bank,
        bank.blueprint(),
        GRADER,
        3,
        out=tmp_path / "exam",
        seed="late",
        roster=[Student("ann", {"room": "Spares"}), Student("spare-003", {"room": "Spares"})],
        spares=1,
        forms=forms_of("pdf"),
    )
    printed = tmp_path / "exam" / "booklets"
    assert sorted(path.name for path in (printed / "pdf").iterdir()) == ["ann.pdf", "spare-003-.pdf", "spare-003.pdf"]
    assert sorted(path.name for path in (printed / "print").iterdir()) == ["Spares.pdf", "spares-.pdf"]
    add(tmp_path / "exam", 2, ("zoe", {"room": "B"}), forms=forms_of("pdf"))
    more = tmp_path / "exam" / "added" / "001" / "booklets"
    assert sorted(path.name for path in (more / "pdf").iterdir()) == ["spare-005.pdf", "zoe.pdf"]
    assert sorted(path.name for path in (more / "print").iterdir()) == ["B.pdf", "spares.pdf"]
    text = PdfReader(more / "pdf" / "spare-005.pdf").pages[0].extract_text()
    assert write_tag(exam.code, 5) in text
    assert (tmp_path / "exam" / "added" / "001" / "staff" / "key.pdf").exists()
