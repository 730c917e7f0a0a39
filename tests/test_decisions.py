"""What a person decides: review.csv, the log that keeps it, revisions and regrading."""

import json
from fractions import Fraction

import pytest
from tables import rows, write

from quizgen.desk import grade_files
from quizgen.errors import QuizgenError
from quizgen.exam.additions import read_exam
from quizgen.log import Actor, append, entries
from quizgen.regrading import regrade
from quizgen.revisions import revised

NOBODY_ELSE = Actor("examiner", "2026-03-01T10:00:00+00:00")


@pytest.fixture
def exam(make_small, tmp_path):
    make_small(tmp_path / "exam", n=5, students=("ann", "bob", "cem", "dot", "eva"))
    return tmp_path / "exam"


@pytest.fixture
def sheet(exam, tmp_path):
    """A sheet of right answers, some changed: (student, column) -> text."""

    def write_sheet(changes, name="sheet.csv"):
        table = rows(exam / "submissions.csv")
        for row, right in zip(table, rows(exam / "staff" / "key.csv"), strict=True):
            row.update({column: text for column, text in right.items() if column.startswith("Q")})
            row.update({column: text for (student, column), text in changes.items() if student == row["student"]})
        write(tmp_path / name, table)
        return tmp_path / name

    return write_sheet


def graded(exam, path, forms=(), report=False, **more):
    return grade_files(exam, [path] if path else [], actor=NOBODY_ELSE, forms=forms, report=report, **more)


def marks(exam):
    return {(m["student"], m["question"], m["answer"]): m for m in rows(exam / "results" / "marks.csv")}


def right(exam, student, column):
    return next(row[column] for row in rows(exam / "staff" / "key.csv") if row["student"] == student)


def decide(exam, where, **cells):
    table = rows(exam / "review.csv")
    found = [row for row in table if where(row)]
    assert len(found) == 1
    found[0].update({name.replace("_", " "): text for name, text in cells.items()})
    write(exam / "review.csv", table)


# review.csv


def test_what_cannot_be_read_is_listed_and_decided(exam, sheet):
    path = sheet({("ann", "Q1.double"): "twelve"})
    desk = graded(exam, path)
    assert desk.review == exam / "review.csv"
    (row,) = rows(exam / "review.csv")
    assert (row["student"], row["question"], row["answer"], row["given"]) == ("ann", "Q1", "double", "`twelve`")
    assert (row["why"], row["max"], row["read as"], row["points"]) == ("no number", "2", "", "")
    decide(exam, lambda row: True, read_as=right(exam, "ann", "Q1.double"), by="kim", reason="in words")
    desk = graded(exam, path)
    assert desk.review is None
    mark = marks(exam)["ann", "Q1", "double"]
    assert (mark["outcome"], float(mark["points"]), mark["review"]) == ("correct", 2, "")
    assert mark["decision"] == f"read as '{right(exam, 'ann', 'Q1.double')}' (in words), by kim"
    assert mark["given"] == "twelve", "what was typed stays"
    (kept,) = rows(exam / "review.csv")
    assert kept["by"] == "kim"


def test_points_win_over_the_machine(exam, sheet):
    path = sheet({("bob", "Q1.double"): "?"})
    graded(exam, path)
    decide(exam, lambda row: row["answer"] == "double", points="1.5", by="kim")
    graded(exam, path)
    mark = marks(exam)["bob", "Q1", "double"]
    assert (mark["outcome"], float(mark["points"]), mark["rule"]) == ("decided", 1.5, "marked by hand")


def test_one_decision_settles_one_spelling(exam, sheet):
    path = sheet({(student, "Q1.double"): "a lot" for student in ("ann", "bob", "cem")})
    graded(exam, path)
    (row,) = rows(exam / "review.csv")
    assert (row["tag"], row["student"], row["given"]) == ("*", "3 answers", "`a lot`")
    decide(exam, lambda row: True, points="1")
    graded(exam, path)
    found = marks(exam)
    assert [found[student, "Q1", "double"]["points"] for student in ("ann", "bob", "cem", "dot")] == [
        "1.0",
        "1.0",
        "1.0",
        "2.0",
    ]


def test_a_spelling_in_several_answers_is_one_row(exam, sheet):
    graded(exam, sheet({("ann", "Q1.double"): "n/a", ("bob", "Q1.plus"): "n/a"}))
    (row,) = rows(exam / "review.csv")
    assert (row["tag"], row["question"], row["answer"], row["given"]) == ("*", "*", "*", "`n/a`")


def test_a_decision_holds_for_the_text_it_was_made_about(exam, sheet):
    graded(exam, sheet({("ann", "Q1.double"): "twelve"}))
    decide(exam, lambda row: True, points="2")
    graded(exam, sheet({("ann", "Q1.double"): "thirteen"}, "again.csv"), replace=True)
    assert marks(exam)["ann", "Q1", "double"]["outcome"] == "unreadable"
    assert [row["given"] for row in rows(exam / "review.csv")] == ["`thirteen`", "`twelve`"]


def test_an_own_figure_that_was_decided_is_carried(exam, sheet):
    double = int(right(exam, "ann", "Q1.double"))
    path = sheet({("ann", "Q1.double"): "x?", ("ann", "Q1.plus"): str(double + 10 + 7)})
    graded(exam, path)
    assert marks(exam)["ann", "Q1", "plus"]["outcome"] == "wrong"
    decide(exam, lambda row: True, read_as=str(double + 10))
    graded(exam, path)
    assert marks(exam)["ann", "Q1", "plus"]["outcome"] == "carried"


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"points": "many"}, "'many' are no points. Write 4, 2.5 or 1/2."),
        ({"points": "3"}, "3 points: there are 0 to 2"),
        ({"points": "-1"}, "-1 points: there are 0 to 2"),
        ({"points": "1e99999999"}, "'1e99999999' are no points. Write 4, 2.5 or 1/2."),
        ({"tag": "K7RF-001-A", "points": "1"}, "the tag 'K7RF-001-A' has a typing error"),
        ({"question": "Q7", "points": "1"}, "'Q7.double' is no answer of this exam"),
    ],
    ids=str,
)
def test_a_decision_that_cannot_be_followed_is_told_with_its_line(exam, sheet, cells, told):
    path = sheet({("ann", "Q1.double"): "twelve"})
    graded(exam, path)
    decide(exam, lambda row: True, **cells)
    with pytest.raises(QuizgenError) as caught:
        graded(exam, path)
    assert f"review.csv:2: {told}" in str(caught.value)


def test_a_reading_that_cannot_be_read_either_still_waits(exam, sheet):
    path = sheet({("ann", "Q1.double"): "twelve"})
    graded(exam, path)
    decide(exam, lambda row: True, read_as="dozen")
    desk = graded(exam, path)
    assert marks(exam)["ann", "Q1", "double"]["review"] == "yes"
    assert desk.summary.tally.review == 1


# the log


def test_everything_is_logged_and_the_chain_holds(exam, sheet):
    path = sheet({("ann", "Q1.double"): "twelve"})
    graded(exam, path)
    graded(exam, path)
    assert [entry.what for entry in entries(exam)] == ["grade"], "the same again is nothing new"
    decide(exam, lambda row: True, points="1", by="kim")
    graded(exam, path)
    assert [entry.what for entry in entries(exam)] == ["grade", "decision", "grade"]
    assert {entry.by for entry in entries(exam)} == {"examiner"}
    assert entries(exam)[1].about["decided"] == "1 points, by kim"
    decide(exam, lambda row: True, points="")
    graded(exam, path)
    assert [entry.about["decided"] for entry in entries(exam) if entry.what == "decision"] == ["1 points, by kim", ""]


@pytest.mark.parametrize("change", ["by", "about", "n", "hash", "gone", "order", "noise"])
def test_a_changed_log_is_found_out(tmp_path, change):
    for number in range(4):
        append(tmp_path, Actor("kim", f"2026-03-0{number + 1}"), "grade", {"rows": number})
    assert len(entries(tmp_path)) == 4
    path = tmp_path / "log.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    if change == "gone":
        del lines[1]
    elif change == "order":
        lines[1], lines[2] = lines[2], lines[1]
    elif change == "noise":
        lines[1] = "{}"
    else:
        entry = json.loads(lines[1])
        entry[change] = {"about": {"rows": 9}, "n": 7, "by": "eve", "hash": "0" * 32}[change]
        lines[1] = json.dumps(entry)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(QuizgenError, match=r"log\.jsonl:[23]: "):
        entries(tmp_path)


def test_an_end_that_was_cut_off_is_found_out(exam, sheet, quizgen):
    graded(exam, sheet({}))
    graded(exam, sheet({("ann", "Q1.double"): "5"}, "again.csv"), replace=True)
    assert quizgen("log", "verify").code == 0
    path = exam / "log.jsonl"
    path.write_text("".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
    ran = quizgen("log", "verify")
    assert ran.code == 1
    assert "its end was cut off" in ran.err


def test_a_line_that_was_being_written_was_never_there(tmp_path):
    append(tmp_path, NOBODY_ELSE, "grade", {"rows": 1})
    path = tmp_path / "log.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])
    assert len(entries(tmp_path)) == 1
    append(tmp_path, NOBODY_ELSE, "grade", {"rows": 2})
    assert [entry.about["rows"] for entry in entries(tmp_path)] == [1, 2]


# revisions and regrading


def corrected(exam, **changes):
    text = (exam / "problems" / "alpha.md").read_text(encoding="utf-8")
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    return {"problems/alpha.md": text}


SEVENTEEN = {"key": ("plus: double + 7", "plus: double + 17")}


def test_a_regrade_is_shown_before_it_is_made(exam, sheet):
    double = int(right(exam, "ann", "Q1.double"))
    graded(exam, sheet({("ann", "Q1.plus"): str(double + 17)}))
    before = (exam / "results" / "marks.csv").read_bytes()
    done = regrade(exam, corrected(exam, **SEVENTEEN))
    assert [(change.student, change.answer, change.before, change.after) for change in done.changes] == [
        ("ann", "plus", 0, 1)
    ]
    assert {change.student for change in done.kept} == {"bob", "cem", "dot", "eva"}
    assert done.by_student() == [("ann", 1)]
    assert (exam / "results" / "marks.csv").read_bytes() == before
    assert not (exam / "revisions").exists()


def test_a_regrade_lowers_no_mark(exam, sheet):
    double = int(right(exam, "ann", "Q1.double"))
    path = sheet({("ann", "Q1.plus"): str(double + 17)})
    graded(exam, path)
    regrade(exam, corrected(exam, **SEVENTEEN), reason="the key was wrong", write=True, actor=NOBODY_ELSE)
    found = marks(exam)
    assert {found[student, "Q1", "plus"]["points"] for student in ("ann", "bob", "cem", "dot", "eva")} == {"1.0"}
    assert found["bob", "Q1", "plus"]["outcome"] == "wrong"
    assert found["bob", "Q1", "plus"]["decision"] == "kept: a regrade lowers no mark"
    assert found["ann", "Q1", "plus"]["outcome"] == "correct"
    assert revised(read_exam(exam), exam).number == 1
    about = next(entry.about for entry in entries(exam) if entry.what == "regrade")
    assert (about["reason"], about["changes"], about["kept"]) == (
        "the key was wrong",
        [["ann", "Q1.plus", "0", "1"]],
        4,
    )
    again = regrade(exam, {}, write=True, actor=NOBODY_ELSE)
    assert again.by_student() == []
    graded(exam, path)
    assert {marks(exam)[student, "Q1", "plus"]["points"] for student in ("ann", "bob")} == {"1.0"}


def test_a_corrected_typing_error_may_lower_what_a_regrade_kept(exam, sheet):
    graded(exam, sheet({}))
    regrade(exam, corrected(exam, **SEVENTEEN), reason="the key was wrong", write=True, actor=NOBODY_ELSE)
    graded(exam, sheet({("bob", "Q1.plus"): "1"}, "again.csv"), replace=True)
    assert float(marks(exam)["bob", "Q1", "plus"]["points"]) == 0


def test_marks_fall_where_that_is_allowed(exam, sheet):
    graded(exam, sheet({}))
    files = corrected(exam, **SEVENTEEN)
    done = regrade(exam, files, reason="the key was wrong", write=True, allow_lower=True, actor=NOBODY_ELSE)
    assert done.kept == ()
    assert {float(mark["points"]) for key, mark in marks(exam).items() if key[2] == "plus"} == {0}


def test_decisions_show_apart_in_a_regrade(exam, sheet):
    graded(exam, sheet({("ann", "Q1.double"): "twelve"}))
    decide(exam, lambda row: True, points="1")
    done = regrade(exam, {})
    assert done.changes == ()
    assert [(change.student, change.after) for change in done.corrected] == [("ann", Fraction(1))]


def test_another_grader_is_a_revision_too(exam, sheet):
    from quizgen.bank.folders import open_grader
    from quizgen.regrading import corrected_files

    minus = int(right(exam, "ann", "Q1.double")) - 7
    graded(exam, sheet({("ann", "Q1.plus"): str(minus)}))
    files = corrected_files({}, open_grader("strict"))
    regrade(exam, files, reason="as announced", write=True, allow_lower=True, actor=NOBODY_ELSE)
    assert revised(read_exam(exam), exam).exam.grader.title == open_grader("strict").title
    assert (exam / "results" / "grader.yaml").read_text(encoding="utf-8") == open_grader("strict").text


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("integers(100, 999)", "integers(100, 998)", None),
        ('draw: {a: "integers(100, 999)"}', 'draw: {b: "integers(100, 999)"}', "must draw what was drawn (a)"),
        ("plus: {points: 1}", "minus: {points: 1, of: plus}", "must ask what was asked: minus, plus"),
        ("plus: double + 7", 'plus: "stack(double, 7)"', "has another shape than on paper"),
    ],
    ids=["draw", "drawn", "asked", "shape"],
)
def test_a_correction_must_fit_the_papers(exam, sheet, old, new, told):
    graded(exam, sheet({}))
    text = (exam / "problems" / "alpha.md").read_text(encoding="utf-8")
    text = text.replace(old, new).replace("<<a>>", "<<b>>" if "b:" in new else "<<a>>")
    text = text.replace("2 * a", "2 * b").replace("3 * a", "3 * b") if "b:" in new else text
    text = text.replace("[[plus]]", "[[minus]]") if "minus: {points" in new else text
    text = text.replace("plus: double - 7", "plus: [double, 8]") if "[double" in new else text
    if told is None:
        regrade(exam, {"problems/alpha.md": text})
        return
    with pytest.raises(QuizgenError) as caught:
        regrade(exam, {"problems/alpha.md": text})
    assert told in str(caught.value)


def test_a_changed_revision_is_refused(exam, sheet):
    path = sheet({})
    graded(exam, path)
    regrade(exam, corrected(exam, **SEVENTEEN), reason="the key was wrong", write=True, actor=NOBODY_ELSE)
    copy = exam / "revisions" / "001" / "problems" / "alpha.md"
    copy.write_text(copy.read_text(encoding="utf-8").replace("17", "18"), encoding="utf-8")
    with pytest.raises(QuizgenError, match="was changed after it was made"):
        graded(exam, path)


def test_the_commands_say_what_they_do(exam, sheet, quizgen, tmp_path):
    graded(exam, sheet({}))
    (tmp_path / "alpha.md").write_text(corrected(exam, **SEVENTEEN)["problems/alpha.md"], encoding="utf-8")
    ran = quizgen("regrade", "--problem", "alpha.md")
    assert ran.code == 0
    assert "kept: no mark is lowered without --allow-lower:\n  ann: Q1.plus 1 -> 0 (correct -> wrong)\n" in ran.out
    assert "5 students: 0 gain, 0 lose, 5 stay" in ran.out
    ran = quizgen("regrade", "--problem", "alpha.md", "--apply")
    assert (ran.code, "a correction needs a reason" in ran.err) == (2, True)
    ran = quizgen("regrade", "--problem", "alpha.md", "--apply", "--reason", "typo", "--allow-lower")
    assert "5 students: 0 gain, 5 lose, 0 stay" in ran.out
    shown = quizgen("log").out
    assert "regrade" in shown
    assert "reason typo" in shown
    assert quizgen("log", "prove").code == 2


def test_a_student_reads_what_was_decided(exam, sheet):
    path = sheet({("ann", "Q1.double"): "twelve", ("bob", "Q1.double"): "?"})
    graded(exam, path)
    decide(exam, lambda row: row["student"] == "ann", points="1", by="kim", reason="in <words>")
    graded(exam, path, forms=("html",))
    own, other = (
        (exam / "results" / "feedback" / f"{name}.html").read_text(encoding="utf-8") for name in ("ann", "bob")
    )
    assert "Decided: 1 points (in &lt;words&gt;), by kim." in own
    assert "kim" not in other


# what a review found


def test_a_decision_stays_with_its_sheet_when_papers_are_told_apart(exam, sheet):
    path = sheet({("ann", "Q1.double"): "zz", ("bob", "Q1.double"): "zz"})
    graded(exam, path)
    table = [row | {"tag": ""} for row in rows(exam / "review.csv")]
    assert len(table) == 1, "one row for one spelling"
    tags = {row["student"]: row["tag"] for row in rows(exam / "submissions.csv")}
    blank = dict.fromkeys(table[0], "")
    write(
        exam / "review.csv",
        [
            blank | {"tag": tags["ann"], "question": "Q1", "answer": "double", "given": "`zz`", "points": "2"},
            blank | {"tag": tags["ann"], "question": "paper", "read as": "2"},
            blank | {"tag": tags["bob"], "question": "paper", "read as": "1"},
        ],
    )
    graded(exam, path)
    found = marks(exam)
    assert (found["ann", "Q1", "double"]["points"], found["ann", "Q1", "double"]["variant"]) == ("2.0", "2")
    assert (found["bob", "Q1", "double"]["outcome"], found["bob", "Q1", "double"]["variant"]) == ("unreadable", "1")


def test_half_a_swap_is_refused(exam, sheet):
    path = sheet({})
    graded(exam, path)
    tag = rows(exam / "submissions.csv")[0]["tag"]
    write(
        exam / "review.csv",
        [{"tag": tag, "question": "paper", "answer": "", "given": "", "read as": "2", "points": ""}],
    )
    with pytest.raises(QuizgenError, match=r"paper 002 would be the paper of several students \(ann, bob\)"):
        graded(exam, path)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"tag": "*", "question": "paper", "read as": "2"}, "names its tag, no answer and no points"),
        ({"question": "paper", "read as": "²"}, "needs a number in `read as`"),
        ({"question": "paper", "answer": "double", "read as": "2"}, "names its tag, no answer and no points"),
        ({"question": "", "points": "1"}, "which answer is this about?"),
    ],
    ids=str,
)
def test_a_row_that_says_too_little_is_told(exam, sheet, row, told):
    path = sheet({})
    graded(exam, path)
    tag = rows(exam / "submissions.csv")[0]["tag"]
    empty = {"tag": tag, "question": "Q1", "answer": "", "given": "", "read as": "", "points": ""}
    write(exam / "review.csv", [empty | row])
    with pytest.raises(QuizgenError) as caught:
        graded(exam, path)
    assert told in str(caught.value)


def test_a_narrow_decision_beats_a_wide_one(exam, sheet):
    path = sheet({("ann", "Q1.double"): "abc", ("bob", "Q1.double"): "abc"})
    graded(exam, path)
    (wide,) = rows(exam / "review.csv")
    tag = rows(exam / "submissions.csv")[0]["tag"]
    narrow = wide | {"tag": tag, "read as": right(exam, "ann", "Q1.double")}
    write(exam / "review.csv", [narrow, wide | {"points": "1"}])
    graded(exam, path)
    found = marks(exam)
    assert (found["ann", "Q1", "double"]["outcome"], found["bob", "Q1", "double"]["points"]) == ("correct", "1.0")


def test_a_reading_that_fails_is_listed_as_open(exam, sheet):
    path = sheet({("ann", "Q1.double"): "twelve", ("bob", "Q1.double"): "xx"})
    graded(exam, path)
    decide(exam, lambda row: row["student"] == "ann", read_as="3-Apr")
    decide(exam, lambda row: row["student"] == "bob", read_as="foo", points="1")
    desk = graded(exam, path)
    assert desk.review is not None
    first, second = rows(exam / "review.csv")
    assert (first["student"], first["why"]) == ("ann", "'3-Apr' cannot be read either")
    assert second["student"] == "bob"
    assert marks(exam)["bob", "Q1", "double"]["points"] == "1.0", "points hold whatever the reading"


def test_floors_are_proved_and_never_above_what_an_answer_is_worth(exam, sheet):
    path = sheet({})
    graded(exam, path)
    regrade(exam, corrected(exam, **SEVENTEEN), reason="the key was wrong", write=True, actor=NOBODY_ELSE)
    floors = exam / "revisions" / "001" / "floors.csv"
    floors.write_text(floors.read_text(encoding="utf-8").replace(",1\n", ",99\n"), encoding="utf-8")
    with pytest.raises(QuizgenError, match=r"floors\.csv: was changed after it was made"):
        graded(exam, path)


def test_a_floor_can_be_taken_away(exam, sheet):
    graded(exam, sheet({}))
    files = corrected(exam, **SEVENTEEN)
    regrade(exam, files, reason="the key was wrong", write=True, actor=NOBODY_ELSE)
    again = regrade(exam, files, write=True, actor=NOBODY_ELSE)
    assert (again.by_student(), revised(read_exam(exam), exam).number) == ([], 1), "nothing new, no revision"
    done = regrade(exam, files, reason="it counts", write=True, allow_lower=True, actor=NOBODY_ELSE)
    assert len(done.changes) == 5
    assert {float(mark["points"]) for key, mark in marks(exam).items() if key[2] == "plus"} == {0}


def test_a_cut_log_stops_the_next_grading(exam, sheet):
    path = sheet({})
    graded(exam, path)
    (exam / "log.jsonl").unlink()
    for work in (lambda: graded(exam, path), lambda: regrade(exam, {})):
        with pytest.raises(QuizgenError, match="its end was cut off"):
            work()


def test_changed_results_are_found_out(exam, sheet, quizgen):
    graded(exam, sheet({}))
    assert quizgen("log", "verify").code == 0
    grades = exam / "results" / "grades.csv"
    grades.write_text(grades.read_text(encoding="utf-8").replace("7.0", "6.0", 1), encoding="utf-8")
    ran = quizgen("log", "verify")
    assert (ran.code, "grades.csv: is not what the last grading wrote" in ran.err) == (1, True)


def test_a_regrade_keeps_pseudonyms(exam, sheet):
    graded(exam, sheet({("ann", "Q1.double"): "twelve"}), pseudonymise=True)
    decide(exam, lambda row: True, points="1")
    done = regrade(exam, {}, write=True, actor=NOBODY_ELSE)
    assert [(change.student, change.after) for change in done.corrected] == [("ann", 1)]
    for name in ("grades.csv", "marks.csv"):
        assert "ann" not in {row["student"] for row in rows(exam / "results" / name)}


def test_a_regrade_goes_by_the_grader_of_the_results(exam, sheet):
    from quizgen.bank.folders import open_grader

    minus = int(right(exam, "ann", "Q1.double")) - 7
    path = sheet({("ann", "Q1.plus"): str(minus)})
    grade_files(exam, [path], open_grader("strict"), actor=NOBODY_ELSE)
    done = regrade(exam, {}, write=True, actor=NOBODY_ELSE)
    assert done.by_student() == []
    assert (exam / "results" / "grader.yaml").read_text(encoding="utf-8") == open_grader("strict").text
