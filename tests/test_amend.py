"""Amendments: recorded beside an exam, shown before they change anything, carried out by a regrade as one revision."""

import hashlib
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import rows, write

from quizgen.adding import add_papers
from quizgen.amending import Request, amend, listed, withdraw
from quizgen.bank.amended import front_data, with_entry
from quizgen.bank.folders import Bank, open_grader
from quizgen.booklets import bind
from quizgen.booklets.forms import forms_of
from quizgen.booklets.payload import Look, Mode, payload
from quizgen.desk import grade_files
from quizgen.draw.tellapart import Sieve
from quizgen.errors import QuizgenError
from quizgen.exam.additions import Why
from quizgen.exam.locks import locked
from quizgen.exam.roster import Student
from quizgen.exam.tags import write_tag
from quizgen.gradebook import read_results
from quizgen.log import Actor, entries
from quizgen.making import make_exam
from quizgen.printing import print_again
from quizgen.regrading import regrade
from quizgen.revisions import standing_exam
from quizgen.world.values import Value
from quizgen.world.worlds import world

WHO = Actor("examiner", "2026-03-01T10:00:00+00:00")
STUDENTS = ("ann", "bob", "cem", "dot", "eva")
REASON = "the lecture allowed it"


@pytest.fixture
def exam(make_small, tmp_path):
    make_small(tmp_path / "exam", n=5, students=STUDENTS)
    return tmp_path / "exam"


@pytest.fixture
def hand_in(exam, tmp_path):
    """Grade a sheet of right answers, some changed: (student, column) -> text, or what to make of the right one."""

    def graded(changes=(), folder=exam, **more):
        table = rows(folder / "submissions.csv")
        for row, key in zip(table, rows(folder / "staff" / "key.csv"), strict=True):
            row.update({column: text for column, text in key.items() if column.startswith("Q")})
            for (student, column), text in dict(changes).items():
                if student == row["student"]:
                    row[column] = text(row[column]) if callable(text) else text
        write(tmp_path / "sheet.csv", table)
        return grade_files(folder, [tmp_path / "sheet.csv"], actor=WHO, **more)

    return graded


def doubled(text):
    """Of 2a, what whoever took 4a has."""
    return str(2 * int(text))


def tripled(text):
    """The declared mistake of alpha.double: 3a for 2a."""
    return str(int(text) // 2 * 3)


def one_more(text):
    return str(int(text) + 1)


def asking(exam, question, reason=REASON, **more):
    return amend(exam, Request(question, reason, **more), WHO)


def applied(exam, **more):
    return regrade(exam, {}, write=True, actor=WHO, **more)


def marks(exam):
    return {(m["student"], f"{m['question']}.{m['answer']}"): m for m in rows(exam / "results" / "marks.csv")}


def grades(exam):
    return {row["student"]: row for row in rows(exam / "results" / "grades.csv")}


def bytes_of(folder, names=None):
    """Digests of the files of a folder."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    found = {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    return found if names is None else {name: found.get(name) for name in names}


# An entry in a file


TAIL = "---\n# Question\n\n<<a>> [[x]]\n\n# Solution\n\nNo.\n"
MISTAKE = ("mistakes", "late"), {"x": "a + 1", "credit": "1/2", "says": "Not yet, see: part 2."}
WITHIN = ("answers", "x", "within"), "0.01"
FRONTS = {
    "block": ("answers:\n  x: {points: 2}\nmistakes:\n  early:\n    x: a\n    says: No.  # why\n\n# end\n", 4, 1),
    "folded": (
        "answers:\n  x:\n    points: 2\nmistakes:\n  early:\n    x: a\n    says: >-\n      No\n      way.\n",
        4,
        1,
    ),
    "literal, then more": (
        "answers: {x: }\nmistakes:\n  early:\n    x: a\n    says: |\n      No.\n\nrequire:\n  - a > 0\n",
        4,
        1,
    ),
    "braces": ("answers: {x: {points: 2}}\nmistakes: {early: {x: a, says: No.}}\n", 1, 1),
    "braces on lines": ("answers: {\n  x: {points: 2},  # one\n}\nmistakes: {\n  early: {x: a, says: No.}\n}\n", 1, 1),
    "none yet": ("answers:\n  x:\n", 5, 1),
    "nothing in braces": ("answers: {x: {}}\nmistakes: {}\n", 1, 1),
    "deep": (
        "answers:\n    x:\n        points: 2\nmistakes:\n    early:\n        x: a\n        says: No.\nexamples: []\n",
        4,
        1,
    ),
}  # front matter -> lines that a mistake and a tolerance add or change


@pytest.mark.parametrize("name", FRONTS)
@pytest.mark.parametrize("entry", [MISTAKE, WITHIN], ids=["mistake", "within"])
def test_an_entry_is_put_in_and_the_rest_stays(name, entry):
    front, *expected = FRONTS[name]
    text = f"---\ntitle: T\ndraw: {{a: 'integers(1, 9)'}}\n{front}{TAIL}"
    (path, value), lines = entry, expected[entry is WITHIN]
    changed = with_entry(text, "t.md", path, value)
    data = front_data(changed, "t.md")
    for key in path:
        data = data[key]
    assert data == value
    assert with_entry(changed, "t.md", path, value) == changed
    before, after = text.splitlines(), changed.splitlines()
    same = [line for line in before if line in after]
    assert len(before) - len(same) <= 1
    assert len([line for line in after if line not in before]) == lines


def test_a_value_that_stands_there_is_replaced():
    text = "---\nanswers:\n  x: {points: 2, within: '0.5' }  # wide\n  y: {points: 1}\n" + TAIL
    assert with_entry(text, "t.md", *WITHIN) == text.replace("'0.5'", "0.01")


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40))
def test_any_sentence_is_read_back_as_it_was_written(sentence):
    for front in ("mistakes:\n  early: {x: a}\n", "mistakes: {early: {x: a}}\n"):
        text = f"---\n{front}{TAIL}"
        changed = with_entry(text, "t.md", ("mistakes", "late"), {"x": "a + 1", "says": sentence})
        assert front_data(changed, "t.md")["mistakes"]["late"] == {"x": "a + 1", "says": sentence}
        assert changed.endswith(TAIL)


# Another right answer, a mistake, a tolerance


def test_an_accepted_answer_waits_for_a_regrade(exam, hand_in):
    hand_in({("ann", "Q1.double"): doubled, ("ann", "Q1.plus"): lambda text: str(2 * (int(text) - 7) + 7)})
    made = bytes_of(exam)
    done = asking(exam, "q1", accepted={"double": "4 * a"}, says="Twice as much is fine.")
    assert done.questions == ("Q1",)
    assert done.amendment.what == ("Q1.double: '4 * a' is accepted, too",)
    assert marks(exam)["ann", "Q1.double"]["points"] == "0.0"
    graded = grade_files(exam, [], actor=WHO)
    assert [notice for notice in graded.notices if "waits for 'quizgen regrade'" in notice]
    assert marks(exam)["ann", "Q1.double"]["points"] == "0.0"

    shown = regrade(exam, {})
    assert [str(change) for change in shown.changes] == ["ann: Q1.double 0 -> 2 (wrong -> mistake)"]
    assert not (exam / "revisions").exists()
    assert applied(exam).revision == 1
    assert marks(exam)["ann", "Q1.double"]["points"] == "2.0"
    assert marks(exam)["ann", "Q1.plus"]["outcome"] == "carried"
    text = (exam / "revisions" / "001" / "problems" / "alpha.md").read_text(encoding="utf-8")
    frozen = (exam / "problems" / "alpha.md").read_text(encoding="utf-8")
    assert [line for line in frozen.splitlines() if line not in text.splitlines()] == []
    assert "Twice as much is fine." in text
    told = (exam / "results" / "feedback" / "ann.md").read_text(encoding="utf-8")
    assert "Question 1 was corrected after the exam: the lecture allowed it" in told
    page = (exam / "results" / "feedback" / "bob.html").read_text(encoding="utf-8")
    assert page.count("Question 1 was corrected after the exam: the lecture allowed it") == 1
    report = (exam / "results" / "report.html").read_text(encoding="utf-8")
    assert "Corrections (revision 1)" in report
    assert "<li>Q1 was corrected after the exam: the lecture allowed it</li>" in report
    drawn = [name for name in made if name.split("/")[0] not in ("review.csv", "log.jsonl") and ".results" not in name]
    assert bytes_of(exam, drawn) == {name: made[name] for name in drawn}
    assert [entry.what for entry in entries(exam)] == ["grade", "amend", "grade", "regrade", "grade"]
    assert entries(exam)[3].about["amendments"] == [1]


def test_what_is_recorded_or_carried_out_already_changes_nothing(exam, hand_in):
    hand_in({("ann", "Q1.double"): doubled})
    wanted = {"accepted": {"double": "4*a"}}
    asking(exam, "Q1", **wanted)
    for work in (lambda: None, lambda: applied(exam)):
        work()
        before = bytes_of(exam)
        again = asking(exam, "Q1", accepted={"double": "4 * a"}, reason="said once more")
        assert again.known
        assert bytes_of(exam) == before
    before = bytes_of(exam)
    assert applied(exam).changes == ()
    assert {
        name: now for name, now in bytes_of(exam).items() if before.get(name) != now and ".results" not in name
    } == {}


def test_an_accepted_way_that_is_a_known_mistake_costs_nothing_from_then_on(exam, hand_in):
    hand_in({("bob", "Q1.double"): tripled})
    asking(exam, "Q1", accepted={"Q1.double": "3*a"})
    assert "credit: 1" in (exam / "amendments" / "001" / "problems" / "alpha.md").read_text(encoding="utf-8")
    assert [str(change) for change in applied(exam).changes] == ["bob: Q1.double 0 -> 2 (mistake -> mistake)"]


def test_amendments_in_a_row_become_one_revision_that_holds_one_file(exam, hand_in):
    hand_in({("ann", "Q1.double"): doubled, ("bob", "Q1.double"): one_more})
    asking(exam, "Q1", accepted={"double": "4 * a"})
    asking(exam, "Q1", within={"double": "1"}, reason="a ruler is not exact")
    asking(exam, "Q2", mistakes=("shifted: {map: 3 * x + 100, credit: 1/3, says: 'No, not 100.'}",))
    with pytest.raises(QuizgenError, match=r"amendment 2 builds on amendment 1\. Withdraw 2 first\."):
        withdraw(exam, 1, "no", WHO)
    done = applied(exam)
    assert sorted(str(change) for change in done.changes) == [
        "ann: Q1.double 0 -> 2 (wrong -> mistake)",
        "bob: Q1.double 0 -> 2 (wrong -> correct)",
    ]
    assert sorted(path.name for path in (exam / "revisions" / "001" / "problems").iterdir()) == ["alpha.md", "beta.md"]
    about = json.loads((exam / "revisions" / "001" / "revision.json").read_text(encoding="utf-8"))
    assert about["amendments"] == [1, 2, 3]
    assert about["reason"] == "the lecture allowed it; a ruler is not exact"
    told = (exam / "results" / "feedback" / "ann.md").read_text(encoding="utf-8")
    assert told.count("Question 1 was corrected after the exam:") == 2
    asking(exam, "Q1", within={"double": "2"}, reason="nor is a pencil")
    assert applied(exam).revision == 2
    problem = standing_exam(exam).exam.questions[0].problem
    assert [mistake.id for mistake in problem.mistakes] == ["tripled", "minus", "accepted-double"]
    assert problem.answers[0].within.source == "2"


def test_one_that_waits_can_be_withdrawn_and_one_in_a_revision_cannot(exam, hand_in):
    hand_in({("ann", "Q1.double"): doubled})
    asking(exam, "Q1", accepted={"double": "4 * a"})
    asking(exam, "Q2", void="full")
    assert withdraw(exam, 1, "a slip", WHO)
    assert not withdraw(exam, 1, "a slip", WHO)
    assert [line.rpartition(": ")[2] for line in listed(exam)] == ["withdrawn", "waits for a regrade"]
    assert applied(exam).changes == ()
    with pytest.raises(QuizgenError, match="amendment 2 is carried out already"):
        withdraw(exam, 2, "no", WHO)
    with pytest.raises(QuizgenError, match="there is no amendment 7; recorded are: 1, 2"):
        withdraw(exam, 7, "no", WHO)
    assert not asking(exam, "Q1", accepted={"double": "4 * a"}).known  # it may be recorded anew
    assert [entry.what for entry in entries(exam)].count("withdraw") == 1


def test_a_problem_that_is_asked_twice_is_corrected_in_both_questions(bank_in, tmp_path, hand_in):
    front = {"alpha": "draw: {a: 'integers(100, 999)'}\nsteps: {double: 2 * a}\nanswers: {double: }\n"}
    folder = bank_in(tmp_path / "bank", front)
    (folder / "exam.yaml").write_text("title: Twice\nquestions:\n  - alpha\n  - alpha\n", encoding="utf-8")
    bank = Bank("bank", folder)
    out, roster = tmp_path / "twice", [Student(name, {}) for name in STUDENTS]
    make_exam(bank, bank.blueprint("exam"), open_grader("standard"), 5, out=out, seed="t", roster=roster)
    done = asking(out, "Q2", accepted={"double": "4 * a"})
    assert done.questions == ("Q1", "Q2")
    hand_in({("ann", "Q1.double"): doubled}, folder=out, forms=("md",))
    assert [str(change) for change in applied(out, forms=("md",)).changes] == [
        "ann: Q1.double 0 -> 1 (wrong -> mistake)"
    ]
    told = (out / "results" / "feedback" / "eva.md").read_text(encoding="utf-8")
    assert told.count("was corrected after the exam") == 2


# A corrected text or key


def corrected(exam, old, new, name="alpha.md"):
    text = (exam / "problems" / name).read_text(encoding="utf-8")
    assert text.count(old) == 1
    return text.replace(old, new)


def test_a_wrong_key_is_amended(exam, hand_in):
    hand_in({(name, "Q1.plus"): lambda text: str(int(text) + 10) for name in ("ann", "bob")})
    asking(
        exam, "Q1", problems={"": corrected(exam, "plus: double + 7", "plus: double + 17")}, reason="the key was wrong"
    )
    done = applied(exam)
    assert {(change.student, change.before, change.after) for change in done.changes} == {("ann", 0, 1), ("bob", 0, 1)}
    assert {change.student for change in done.kept} == {"cem", "dot", "eva"}  # nobody's mark falls
    assert all(row["points"] == "7.0" for row in grades(exam).values())
    assert standing_exam(exam).exam.voids == ()


def test_a_correction_of_an_older_copy_tells_what_it_loses(exam):
    asking(exam, "Q1", accepted={"double": "4 * a"})
    text = corrected(exam, "Add it.", "Add seven.")
    done = asking(exam, "Q1", problems={"": text})
    assert done.amendment.what == ("corrected problems/alpha.md", "without mistake 'accepted-double'")
    assert asking(exam, "Q1", problems={"": text}).amendment.number == 2


def test_a_key_that_a_mistake_gave_is_told_and_refused(exam):
    text = corrected(exam, "plus: double + 7", "plus: double - (14 - 7)")
    with pytest.raises(QuizgenError) as refused:
        asking(exam, "Q1", problems={"": text})
    assert str(refused.value) == (
        "mistake 'minus' can no longer be told from the right answer at Q1.plus in variants 1, 2, 3, 4, 5. "
        "Say --anyway to record it all the same, or mend it with --problem FILE."
    )
    assert not (exam / "amendments").exists()
    done = asking(exam, "Q1", problems={"": text}, anyway=True)
    assert len(done.amendment.untold) == 1
    assert entries(exam)[0].about["untold"] == list(done.amendment.untold)


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"accepted": {"double": "a + a + a"}}, "mistake 'tripled' can"),
        (
            {"mistakes": ("more: {plus: 7 + double, says: x}",)},
            "mistake 'more' cannot be told from the right answer at Q1.plus",
        ),
        ({"within": {"double": "2000"}}, "mistake 'tripled' can no longer be told from the right answer at Q1.double"),
    ],
)
def test_what_would_no_longer_be_told_apart_is_refused_in_one_line(exam, wanted, told):
    with pytest.raises(QuizgenError) as refused:
        asking(exam, "Q1", **wanted)
    assert str(refused.value).startswith(told)
    assert "in variants 1, 2, 3, 4, 5" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_accepted_answer_may_be_right_in_some_variants(exam):
    a = int(rows(exam / "staff" / "key.csv")[2]["Q1.double"]) // 2
    assert asking(exam, "Q1", accepted={"double": f"a + {a}"}).amendment.untold == ()


def test_telling_names_what_the_sieve_refuses(tiny):
    problem = tiny(
        """
        draw: {a: "integers(0, 5)", b: "integers(0, 5)"}
        steps: {x: a * b, y: x + b}
        answers: {x: , y: }
        mistakes:
          sum: {x: a + b, says: Times.}
          first: {x: a, says: Times.}
          late: {y: x + a, says: Add b.}
        """
    )
    candidates = problem.drawers({})
    words = {name: [i // 6 for i in range(36)] if name == "a" else [i % 6 for i in range(36)] for name in candidates}
    truth = world(problem, {name: Value.dense(np.array(column, dtype=float)) for name, column in words.items()})
    sieve = Sieve(problem, open_grader("standard").tolerance)
    fine = np.ones(36, dtype=bool)
    for one in sieve.untold(truth):
        fine &= ~one.columns
    assert 0 < fine.sum() < 36
    assert (sieve.told_apart(truth) <= fine).all()


def test_a_translation_is_amended_by_its_name(bank_in, tmp_path, small_bank):
    folder = tmp_path / "bank"
    folder.mkdir()
    source = (small_bank / "alpha.md").read_text(encoding="utf-8")
    (folder / "alpha.md").write_text(source, encoding="utf-8")
    body = source[source.index("# Question") :]
    german = f"---\ntitle: Zwei\nmistakes:\n  minus: {{says: Nein.}}\n---\n{body}"
    (folder / "alpha.de.md").write_text(german, encoding="utf-8")
    bank = Bank("bank", folder)
    make_exam(bank, bank.blueprint(), open_grader("standard"), 3, out=tmp_path / "exam", seed="t", language="de")
    exam = tmp_path / "exam"
    done = asking(exam, "Q1", problems={"de": german.replace("Zwei", "Doppelt")}, accepted={"double": "4 * a"})
    assert sorted(done.amendment.files) == ["problems/alpha.de.md", "problems/alpha.md"]
    applied(exam)
    now = standing_exam(exam).exam.in_language("de").questions[0].problem
    assert (now.title, [mistake.says for mistake in now.mistakes][1]) == ("Doppelt", "Nein.")
    with pytest.raises(QuizgenError, match=r"problems/alpha\.de\.md:.* belongs to the graph"):
        asking(exam, "Q1", problems={"de": german.replace("title: Zwei", "title: Zwei\nsteps: {double: a}")})


# Void


def test_a_void_question_gives_everybody_its_points(exam, hand_in):
    hand_in({("ann", "Q1.double"): "", ("bob", "Q1.double"): tripled, ("bob", "Q1.plus"): ""})
    hand_in({("ann", "Q1.double"): "", ("bob", "Q1.double"): one_more, ("bob", "Q1.plus"): "x"}, replace=True)
    asking(exam, "Q1", void="full")
    done = applied(exam)
    assert sorted(str(change) for change in done.changes) == [
        "ann: Q1.double 0 -> 2 (blank -> void)",
        "bob: Q1.double 0 -> 2 (wrong -> void)",
        "bob: Q1.plus 0 -> 1 (unreadable -> void)",
    ]
    found = grades(exam)
    assert {(row["points"], row["max"], row["review"]) for row in found.values()} == {("7.0", "7.0", "0")}
    assert {m["outcome"] for (_, name), m in marks(exam).items() if name.startswith("Q1")} == {"void"}
    assert marks(exam)["ann", "Q1.double"]["rule"] == "void: full points for all"
    told = (exam / "results" / "feedback" / "ann.md").read_text(encoding="utf-8")
    assert "*void*. It counts in full, whatever was written." in told
    items = rows(exam / "results" / "staff" / "items.csv")
    assert (items[0]["students"], items[0]["facility"], items[1]["facility"]) == ("0", "", "1.0")


def test_a_void_answer_of_some_variants_leaves_the_rest_as_it_was(exam, hand_in):
    slips = {(name, column): one_more for name in STUDENTS for column in ("Q1.double", "Q1.plus")}
    hand_in(slips)
    before = marks(exam)
    assert {before[name, "Q1.plus"]["outcome"] for name in STUDENTS} == {"carried"}
    code = standing_exam(exam).exam.code
    asking(exam, "Q1", void="full", answers=("double",), variants=("2", write_tag(code, 4), write_tag(code, 4, "Q1")))
    done = applied(exam)
    assert {change.student for change in done.changes} == {"bob", "dot"}
    after = marks(exam)
    assert {after[name, "Q1.plus"]["outcome"] for name in STUDENTS} == {"carried"}  # from what was typed
    assert after["bob", "Q1.double"]["points"] == "2.0"
    assert after["ann", "Q1.double"] == before["ann", "Q1.double"]
    feedback = {name: (exam / "results" / "feedback" / f"{name}.md").read_text(encoding="utf-8") for name in STUDENTS}
    assert [name for name in STUDENTS if "was corrected after the exam" in feedback[name]] == ["bob", "dot"]
    facility = [row["facility"] for row in rows(exam / "results" / "staff" / "items.csv")]
    assert facility[0] == str(round((3 * 1 / 3 + 2 * 1) / 5, 4))  # of two students `plus` alone speaks


def test_what_is_void_in_a_paper_is_void_in_its_copies(small_bank, tmp_path, hand_in):
    """Two versions of five papers, and a copy that is added later: nobody is marked otherwise for the same question."""
    bank, folder = Bank("small", small_bank), tmp_path / "copies"
    roster = [Student(name, {}) for name in STUDENTS]
    made = make_exam(
        bank, bank.blueprint(), open_grader("standard"), 5, out=folder, seed="v", roster=roster, versions=2
    )
    same = [number for number, version in enumerate(made.versions, start=1) if version == made.versions[0]]
    hand_in({(name, "Q1.double"): "" for name in STUDENTS}, folder)
    done = asking(folder, "Q1", void="full", answers=("double",), variants=(write_tag(made.code, 1),))
    assert done.amendment.voids[0].variants == tuple(same)
    assert asking(folder, "Q1", void="full", answers=("double",), variants=(str(same[-1]),)).known
    gained = {student for student, _ in regrade(folder, {}).by_student()}
    assert gained == {STUDENTS[number - 1] for number in same}
    applied(folder)
    add_papers(folder, 4, [Student(f"late{i}", {}) for i in range(4)], Why(), forms_of("md"))
    now = standing_exam(folder).exam
    assert now.voids[0].variants == now.copies_of([1])
    assert now.voids[0].variants[-1] > 5
    assert [student for student, _ in regrade(folder, {}).by_student()] == []


def test_a_removed_question_makes_papers_smaller_and_nobody_worse(exam, hand_in):
    nothing = dict.fromkeys(("Q2.top", "Q2.map[1,1]", "Q2.map[1,2]", "Q2.map[2,1]", "Q2.map[2,2]"), "")
    hand_in({("ann", "Q1.double"): "5", ("ann", "Q1.plus"): "6"} | {("bob", column): "" for column in nothing})
    before = {name: Fraction(row["points"]) / Fraction(row["max"]) for name, row in grades(exam).items()}
    asking(exam, "Q1", void="removed", reason="not taught")
    shown = regrade(exam, {})
    assert {(change.student, str(change)) for change in shown.kept} == {
        ("bob", "bob: Q1.double 2 -> 0 (correct -> void)"),
        ("bob", "bob: Q1.plus 1 -> 0 (correct -> void)"),
    }
    assert str(shown.counted["ann"]) == "4 of 7 -> 4 of 4"
    assert str(shown.counted["cem"]) == "7 of 7 -> 4 of 4"
    gains = shown.gains()
    assert (gains["ann"], gains["cem"], "bob" in gains) == (Fraction(3, 7), 0, False)
    applied(exam)
    found = grades(exam)
    assert {name: (row["points"], row["max"], row["Q1"]) for name, row in found.items()} == {
        **dict.fromkeys(("ann", "cem", "dot", "eva"), ("4.0", "4.0", "")),
        "bob": ("3.0", "7.0", "3.0"),
    }
    assert all(Fraction(row["points"]) / Fraction(row["max"]) >= before[name] for name, row in found.items())
    assert (marks(exam)["ann", "Q1.double"]["points"], marks(exam)["ann", "Q1.double"]["max"]) == ("0.0", "0.0")
    told = (exam / "results" / "feedback" / "cem.html").read_text(encoding="utf-8")
    assert '<p class="total">4 of 4 points</p>' in told
    assert "It does not count, and your paper counts less." in told
    told = (exam / "results" / "feedback" / "bob.md").read_text(encoding="utf-8")
    assert told.count("It counts for you: you earned more here than in the rest of your paper.") == 2
    assert rows(exam / "results" / "staff" / "items.csv")[0]["students"] == "0"
    results = read_results(exam)
    assert (results.max, [record.points for record in results.records]) == ("7", ["7", "3", "7", "7", "7"])
    assert results.notices == ["the points of 4 students are scaled to 7: their papers count less"]
    assert applied(exam).kept == ()  # and so it stays
    assert grades(exam) == found
    applied(exam, allow_lower=True)
    assert {(row["max"]) for row in grades(exam).values()} == {"4.0"}
    assert read_results(exam).notices == []
    assert read_results(exam).max == "4"


def test_grade_boundaries_go_by_what_a_paper_counts(exam, hand_in, tmp_path):
    text = (exam / "grader.yaml").read_text(encoding="utf-8")
    (tmp_path / "bounds.yaml").write_text(text + "\nboundaries: {A: 90%, B: 50%}\n", encoding="utf-8")
    hand_in({("ann", "Q1.double"): "5", ("ann", "Q1.plus"): "6"}, grader=open_grader(str(tmp_path / "bounds.yaml")))
    assert grades(exam)["ann"]["grade"] == "B"
    asking(exam, "Q1", void="removed")
    applied(exam)
    assert grades(exam)["ann"]["grade"] == "A"


def test_a_void_can_be_taken_back(exam, hand_in):
    hand_in({("ann", "Q1.double"): ""})
    asking(exam, "Q1", void="full")
    applied(exam)
    assert asking(exam, "Q1", void="full").known
    assert not asking(exam, "Q1", void="none", reason="it was fine").known
    assert [str(change) for change in applied(exam, allow_lower=True).changes] == [
        "ann: Q1.double 2 -> 0 (void -> blank)"
    ]


# Before anything was handed in; prints


def test_before_anything_is_handed_in_a_revision_is_recorded(exam, hand_in):
    asking(exam, "Q1", accepted={"double": "4 * a"})
    done = applied(exam)
    assert (done.revision, done.desk, (exam / "results").exists()) == (1, None, False)
    hand_in({("ann", "Q1.double"): doubled})
    assert marks(exam)["ann", "Q1.double"]["points"] == "2.0"


def test_reprints_carry_the_revision(exam):
    drawn = standing_exam(exam).exam
    booklet = next(bind(drawn, [1], solutions=True))
    assert "Revision" not in payload(booklet, Mode.QUESTIONS, Look())
    assert all(
        "evision" not in write(booklet) for form in forms_of("md,html,tex").texts for write in (form.booklet, form.key)
    )
    asking(exam, "Q1", accepted={"double": "4 * a"})
    applied(exam)
    asking(exam, "Q1", void="full")
    applied(exam)
    place, _ = print_again(exam, ["ann"], forms_of("md,html,tex"), key=True)
    for path in sorted(place.rglob("001.*")):
        assert "Revision 2" in path.read_text(encoding="utf-8"), path
    german = next(bind(standing_exam(exam).exam, [1], solutions=True, language="de"))
    head = json.loads(payload(german, Mode.QUESTIONS, Look()))
    assert (head["heading"], head["facts"][0]) == ("Fassung 2", "Fassung 2")
    assert json.loads(payload(german, Mode.KEY, Look()))["heading"].endswith(" · Fassung 2")


# Killed, twice at once, and what cannot be


@pytest.mark.parametrize("writing", ["amend", "withdraw", "apply"])
def test_what_is_killed_leaves_the_old_or_the_new(exam, hand_in, monkeypatch, writing):
    hand_in({("ann", "Q1.double"): doubled})
    works = {
        "amend": lambda: asking(exam, "Q1", accepted={"double": "4 * a"}),
        "withdraw": lambda: withdraw(exam, 1, "no", WHO),
        "apply": lambda: applied(exam),
    }
    if writing != "amend":
        works["amend"]()
    before = bytes_of(exam)

    def killed(*_args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", killed)
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            works[writing]()
    left = {name: now for name, now in bytes_of(exam).items() if ".partial" not in name}
    assert left == before
    works[writing]()
    assert not list(exam.rglob("*.partial"))


def test_a_line_of_the_log_that_was_lost_is_written_by_the_next_try(exam, monkeypatch):
    import quizgen.amending.recording as recording

    def killed(*_args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(recording, "append", killed)
        with pytest.raises(KeyboardInterrupt):
            asking(exam, "Q1", void="full")
    assert entries(exam) == []
    assert asking(exam, "Q1", void="full").known
    assert [(entry.what, entry.about["amendment"]) for entry in entries(exam)] == [("amend", 1)]


def test_two_at_once_do_no_harm(exam):
    with locked(exam, "busy"), pytest.raises(QuizgenError, match="another quizgen is grading in this folder"):
        asking(exam, "Q1", void="full")
    assert not (exam / "amendments").exists()


def test_a_changed_amendment_is_refused(exam):
    asking(exam, "Q1", accepted={"double": "4 * a"})
    place = exam / "amendments" / "001" / "problems" / "alpha.md"
    place.write_text(place.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(QuizgenError, match=r"alpha\.md: was changed after it was made"):
        regrade(exam, {})


def test_a_file_given_to_regrade_does_not_hide_an_amendment(exam, hand_in):
    hand_in()
    asking(exam, "Q1", accepted={"double": "4 * a"})
    text = corrected(exam, "plus: double + 7", "plus: double + 17")
    with pytest.raises(QuizgenError, match=r"amendment 1 changes problems/alpha\.md already"):
        regrade(exam, {"problems/alpha.md": text})
    assert regrade(exam, {"problems/beta.md": corrected(exam, "Row by row.", "By rows.", "beta.md")}).changes == ()


REFUSED = [
    (("Q9", "--void", "full"), "this exam has no question 'Q9'. It has Q1, Q2."),
    (("Q1", "--accept", "dubble=4*a"), "Q1 asks for no 'dubble'. Did you mean 'double'?"),
    (("Q1", "--accept", "double"), "--accept double. Write it as --accept ANSWER=..."),
    (
        ("Q1", "--accept", "double=4*b"),
        "amended/problems/alpha.md:10: mistake 'accepted-double' uses 'b', which is no draw or step",
    ),
    (("Q1", "--accept", "double=4*"), "'4*' is not an expression"),
    (("Q1", "--accept", "double=2*a"), "'2*a' is the right answer to Q1.double already"),
    (
        ("Q1", "--mistake", "tripled: {double: 5 * a, says: No.}"),
        "--mistake: the problem has a mistake 'tripled' already.",
    ),
    (("Q1", "--mistake", "new: 5"), "--mistake: 'new' is no mistake."),
    (("Q1", "--within", "double=close"), "amended/problems/alpha.md:5: 'within': 'close' is not a tolerance."),
    (("Q1", "--void", "maybe"), "--void maybe. Say none, full, removed."),
    (("Q1", "--void", "full", "--variants", "9"), "Q1 has no variant 9; there are 5"),
    (("Q1", "--void", "full", "--variants", "x"), "'x' is no number of a variant and no tag"),
    (("Q1", "--variants", "3"), "--answer and --variants say what is void."),
    (("Q1",), "what is to be amended? Say --problem, --accept, --mistake, --within or --void."),
    (("--withdraw", "3"), "there is no amendment 3; recorded are: none"),
]


@pytest.mark.parametrize(("said", "told"), REFUSED, ids=[" ".join(said) for said, _ in REFUSED])
def test_what_cannot_be_amended_is_told_in_one_line(exam, quizgen, said, told):
    ran = quizgen("amend", *said, "--reason", "r")
    assert ran.code in (1, 2)
    assert ran.err.startswith(f"quizgen: {told}"), ran.err
    assert ran.err.count("\n") == 1
    assert not (exam / "amendments").exists()


def test_nothing_may_be_left_of_no_paper(exam):
    asking(exam, "Q1", void="removed")
    with pytest.raises(QuizgenError, match="nothing would be left of paper 003"):
        asking(exam, "Q2", void="removed", variants=("3",))


def test_the_commands_say_what_they_do(exam, hand_in, quizgen):
    hand_in({("ann", "Q1.double"): doubled})
    ran = quizgen("amend", "Q1", "--accept", "double=4*a")
    assert (ran.code, ran.err) == (2, "quizgen: an amendment needs a reason. Say --reason '...': students read it.\n")
    ran = quizgen("amend", "Q1", "--accept", "double=4*a", "--reason", "so be it")
    assert ran.out == (
        "amendment 1: Q1.double: '4*a' is accepted, too (so be it)\n"
        "it concerns Q1; see what it changes: quizgen regrade --exam exam\n"
    )
    ran = quizgen("amend", "Q1", "--accept", "double=4*a", "--reason", "so be it")
    assert (ran.code, ran.out) == (
        0,
        "the exam says so already: amendment 1: Q1.double: '4*a' is accepted, too (so be it)\n",
    )
    assert quizgen("amend").out == "amendment 1: Q1.double: '4*a' is accepted, too (so be it): waits for a regrade\n"
    ran = quizgen("regrade")
    assert ran.out.splitlines()[-3:] == [
        "5 students: 1 gain, 0 lose, 4 stay",
        "  ann: +2",
        "nothing was written; add --apply",
    ]
    assert quizgen("regrade", "--apply").out.splitlines()[-1] == "recorded as revision 1"
    assert quizgen("log", "verify").code == 0
    quizgen("amend", "Q2", "--void", "removed", "--answer", "top", "--reason", "x")
    assert quizgen("amend", "--withdraw", "2", "--reason", "no").out == "amendment 2 is withdrawn\n"
    assert quizgen("amend", "--withdraw", "2", "--reason", "no").out == "amendment 2 is withdrawn already\n"
