"""Who holds which paper: spares, swaps, somebody new; what was graded before counts for the paper held now."""

from __future__ import annotations

import csv
import json
import shlex
import shutil

import pytest

from quizgen.assigning import assign, release
from quizgen.booklets.sheet import key_table
from quizgen.decisions import Floor, kept, texts_digest
from quizgen.desk import grade_files
from quizgen.dossier.case import open_case
from quizgen.dossier.history import history_of
from quizgen.errors import QuizgenError
from quizgen.exam.additions import listed_papers, read_exam
from quizgen.exam.locks import locked
from quizgen.exam.tags import write_tag
from quizgen.ledger import read_runs, standing, verify_log
from quizgen.log import Actor, entries
from quizgen.printing import papers_of
from quizgen.proven import ASSIGNED, verify_kind
from quizgen.regrading import regrade

ROSTER = ("ann", "bob", "cara", "dan")  # papers 1 to 4; 5 and 6 are spares
KIM = Actor("kim", "2026-03-01T10:00:00+00:00")
FULL = 7.0


@pytest.fixture(scope="module")
def made(make_small, tmp_path_factory):
    place = tmp_path_factory.mktemp("assigning")
    make_small(place / "exam", 6, ROSTER)
    make_small(place / "other", 2, ("ann",), seed="another")
    make_small(place / "open", 4)
    return place


class Hall:
    """An exam folder of one's own, and the files that are graded into it."""

    def __init__(self, folder):
        self.folder, self.exam, self.files = folder, read_exam(folder), 0
        self.right = {
            int(row["tag"].split("-")[1]): {name: text for name, text in row.items() if name.startswith("Q")}
            for row in csv.DictReader(key_table(self.exam).splitlines())
        }

    def tag(self, number, question=None):
        return write_tag(self.exam.code, number, question)

    def file(self, *rows):
        """A file of rows: student, paper on the tag (0: none), paper whose answers are right; then what is changed."""
        self.files += 1
        path = self.folder.parent / f"file{self.files}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["student", "tag", *self.right[1]])
            writer.writeheader()
            for student, tag, answers, *changed in rows:
                texts = self.right[answers] | (changed[0] if changed else {})
                writer.writerow({"student": student, "tag": self.tag(tag) if tag else "", **texts})
        return path

    def assign(self, number, student, **more):
        return assign(self.folder, self.tag(number), student, actor=KIM, **more)

    def grade(self, *files, **more):
        return grade_files(self.folder, list(files), report=False, forms=(), actor=KIM, **more)

    def add(self, *rows, **more):
        return self.grade(self.file(*rows), **more)

    def table(self, name):
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    @property
    def points(self):
        rows = self.table("results/grades.csv")
        return {row["student"]: float(row["points"]) for row in rows if row["points"]}

    @property
    def held(self):
        return {paper.student: paper.number for paper in read_exam(self.folder).papers}

    @property
    def logged(self):
        return [entry for entry in entries(self.folder) if entry.what == "assign"]


@pytest.fixture
def hall(made, tmp_path):
    shutil.copytree(made / "exam", tmp_path / "exam")
    return Hall(tmp_path / "exam")


@pytest.fixture
def open_hall(made, tmp_path):
    shutil.copytree(made / "open", tmp_path / "open")
    return Hall(tmp_path / "open")


def files_of(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# ---- what is recorded ------------------------------------------------------------------------------------------


def test_a_spare_takes_the_place_of_a_lost_paper(hall):
    done = hall.assign(5, "ann", reason="coffee")
    assert (done.number, done.tag, done.before, done.other) == (1, hall.tag(5), hall.tag(1), "")
    assert hall.held == {"bob": 2, "cara": 3, "dan": 4, "ann": 5}
    assert {paper.student: paper.number for paper in listed_papers(hall.folder)} == hall.held
    assert read_exam(hall.folder).spares == [1, 6]
    assert papers_of(read_exam(hall.folder), ["ann"]) == [5], "a reprint is of the paper now held"
    (entry,) = hall.logged
    assert (entry.by, entry.at) == (KIM.by, KIM.at)
    assert entry.about["papers"] == {hall.tag(5): "ann"}
    assert (entry.about["assignment"], entry.about["reason"]) == (1, "coffee")


def test_the_paper_of_another_student_is_swapped(hall):
    done = hall.assign(2, "ann")
    assert (done.other, done.before) == ("bob", hall.tag(1))
    assert (hall.held["ann"], hall.held["bob"]) == (2, 1)
    hall.assign(1, "ann")
    assert (hall.held["ann"], hall.held["bob"]) == (1, 2), "swapped once more, all is as it was"


def test_somebody_new_gets_a_spare(hall):
    hall.assign(6, " zoe ", new=True)
    assert hall.held["zoe"] == 6
    hall.add(("zoe", 0, 6))
    assert hall.points == {"zoe": FULL}


def test_a_tag_of_a_question_is_as_good(hall):
    assert assign(hall.folder, hall.tag(5, "Q2").lower(), "ann").tag == hall.tag(5)


def test_nothing_that_was_made_changes_and_all_may_be_said_twice(hall):
    before = files_of(hall.folder)
    hall.assign(5, "ann")
    hall.assign(6, "zoe", new=True)
    now = files_of(hall.folder)
    assert {path: text for path, text in now.items() if path in before} == before
    for student, number in (("ann", 5), ("zoe", 6), ("bob", 2)):
        assert hall.assign(number, student, new=student == "zoe").number == 0
    assert files_of(hall.folder) == now


def test_only_the_owner_may_read_an_assignment(hall):
    hall.assign(5, "ann")
    place = hall.folder / "assignments"
    assert (place.stat().st_mode & 0o777, (place / "001.json").stat().st_mode & 0o777) == (0o700, 0o600)


# ---- what is refused -------------------------------------------------------------------------------------------


def test_each_refusal_is_one_clear_line(hall, made):
    hall.assign(5, "dan")  # dan's own paper 4 is nobody's now
    others = write_tag(read_exam(made / "other").code, 1)
    tag = hall.tag
    wrong = tag(5)[:-1] + ("0" if tag(5)[-1] != "0" else "1")
    cases = [
        ((wrong, "ann"), f"the tag '{wrong}' has a typing error (its check character does not fit)"),
        ((others, "ann"), f"the tag '{others}' belongs to another exam; this one is {hall.exam.code}"),
        (("ann", tag(5)), f"'ann' is not a tag. Tags of this exam look like {tag(17)}."),
        ((tag(7), "ann"), "there is no paper 7; the exam has 6"),
        ((tag(6, "Q9"), "ann"), "there is no question Q9 in this exam"),
        ((tag(6), "anne"), "this exam knows no student 'anne'. Did you mean 'ann'? Somebody new: --new."),
        ((tag(6), "xyz"), "this exam knows no student 'xyz'. Somebody new: --new."),
        (
            (tag(5), "ann"),
            f"the spare {tag(5)} was given to 'dan' before. Spares: {tag(6)}. "
            f"If they changed papers: quizgen assign {tag(1)} dan",
        ),
        (
            (tag(1), "zoe", True),
            f"paper {tag(1)} is held by 'ann', and somebody new needs a spare. Spares: {tag(6)}.",
        ),
        ((tag(6), " ", True), "'' is no id of a student. First the tag, then the student."),
        ((tag(6), "a\x1bb", True), "'a·b' is no id of a student. First the tag, then the student."),
        ((tag(6), tag(1), True), f"'{tag(1)}' is no id of a student. First the tag, then the student."),
    ]
    before = files_of(hall.folder)
    for (said, student, *new), message in cases:
        with pytest.raises(QuizgenError) as refused:
            assign(hall.folder, said, student, new=bool(new))
        assert str(refused.value) == message
    assert files_of(hall.folder) == before


def test_a_spare_that_was_given_by_mistake_is_given_back(hall):
    hall.assign(5, "bob")
    hall.assign(2, "bob", reason="it was cara")
    hall.assign(5, "cara")
    assert hall.held == {"ann": 1, "bob": 2, "dan": 4, "cara": 5}


# ---- somebody entered by mistake ---------------------------------------------------------------------------------


def test_somebody_entered_by_mistake_is_taken_out_again(hall):
    """The undo of --new: the paper can be given to whoever really sits there, and nobody of the wrong name is left."""
    hall.assign(6, "zoo", new=True)
    done = release(hall.folder, hall.tag(6), reason="mistyped", actor=KIM)
    assert (done.number, done.tag, done.student) == (2, hall.tag(6), "zoo")
    exam = read_exam(hall.folder)
    assert ("zoo" in hall.held, 6 in exam.unused, exam.released) == (False, True, {"zoo"})
    assert {paper.student: paper.number for paper in listed_papers(hall.folder)} == hall.held
    hall.assign(6, "zoe", new=True)
    assert hall.held["zoe"] == 6
    verify_kind(hall.folder, ASSIGNED)
    assert hall.logged[1].about["papers"] == {hall.tag(6): ""}
    hall.assign(5, "zoo", new=True)
    assert hall.held["zoo"] == 5, "there was a student of that name after all"


def test_a_release_may_be_said_twice(hall):
    hall.assign(6, "zoo", new=True)
    release(hall.folder, hall.tag(6), actor=KIM)
    before = files_of(hall.folder)
    assert release(hall.folder, hall.tag(6), actor=KIM).number == 0
    assert release(hall.folder, hall.tag(5), actor=KIM).number == 0
    assert files_of(hall.folder) == before


def test_whoever_is_on_the_roster_is_never_without_a_paper(hall):
    hall.assign(5, "ann")
    before = files_of(hall.folder)
    for number, hint in ((5, f"give back the first one: quizgen assign {hall.tag(1)} ann."), (2, "An absent one")):
        with pytest.raises(QuizgenError, match="only what was given to somebody new can be released") as refused:
            release(hall.folder, hall.tag(number))
        assert hint in str(refused.value)
    assert files_of(hall.folder) == before


def test_a_wrong_name_stands_in_nobody_elses_record(hall):
    """It may be the id of somebody; neither does an id that is too short to be looked for in sentences."""
    hall.assign(6, "zoo-zoe", new=True)
    release(hall.folder, hall.tag(6))
    hall.assign(6, "yo", new=True)
    release(hall.folder, hall.tag(6))
    hall.assign(6, "ann")
    hall.add(("ann", 6, 6))
    case = open_case(hall.folder, "ann")
    said = " ".join(one.said for one in history_of(case).logged)
    assert "[somebody else]" in said
    assert "zoo-zoe" not in said
    assert f"{hall.tag(1)} yo" not in said


@pytest.mark.parametrize("name", ["zoo", ""])
def test_rows_under_the_wrong_name_go_with_the_paper(hall, name):
    """As rows that only a tag names: of nobody while nobody holds it, then of who does; so do points that were kept."""
    hall.assign(6, "zoo", new=True)
    hall.add((name, 6, 6), ("ann", 1, 1))
    release(hall.folder, hall.tag(6))
    if name:
        regrade(hall.folder, {}, write=True, actor=KIM)
        assert hall.points == {"ann": FULL}, "a row of somebody who is no student earns nothing"
    hall.assign(6, "zoe", new=True)
    regrade(hall.folder, {}, write=True, actor=KIM)
    assert hall.points == {"ann": FULL, "zoe": FULL}
    texts = read_runs(read_exam(hall.folder), hall.folder, standing(hall.folder).runs)
    assert sorted(texts.students.tolist()) == ["ann", "zoe"]
    verify_log(hall.folder)


def test_points_that_were_kept_for_the_wrong_name_are_kept_for_the_right_one(hall):
    """A correction would lower the points of paper 6; who was entered with it is called otherwise afterwards."""
    hall.assign(6, "zoo", new=True)
    hall.add(("zoo", 6, 6))
    alpha = read_exam(hall.folder).sources["problems/alpha.md"]
    wrong = {"problems/alpha.md": alpha.replace("double: 2 * a", "double: 5 * a")}
    assert wrong["problems/alpha.md"] != alpha
    regrade(hall.folder, wrong, reason="r", write=True, actor=KIM)
    assert hall.points == {"zoo": FULL}
    release(hall.folder, hall.tag(6))
    hall.assign(6, "zoe", new=True)
    regrade(hall.folder, {}, write=True, actor=KIM)
    assert hall.points == {"zoe": FULL}


def test_one_at_a_time(hall):
    with locked(hall.folder, "busy"), pytest.raises(QuizgenError, match="another quizgen is working on this exam"):
        hall.assign(5, "ann")


def test_nothing_is_marked_by_papers_as_they_were_held_when_reading_began(hall, monkeypatch):
    """Between reading an exam and locking it somebody else may assign; results would then say what holds no more."""
    from quizgen import desk

    def meanwhile(*read):
        hall.assign(2, "ann")
        return sources(*read)

    sources = desk.sources
    sheet = hall.file(("ann", 1, 2), ("bob", 2, 1))
    with monkeypatch.context() as patch:
        patch.setattr(desk, "sources", meanwhile)
        with pytest.raises(QuizgenError, match="were recorded while the files were read"):
            hall.grade(sheet)
    assert not (hall.folder / "results").exists()
    hall.grade(sheet)
    assert hall.points == {"ann": FULL, "bob": FULL}


# ---- what was graded before ------------------------------------------------------------------------------------


def test_a_named_row_counts_for_the_paper_held_now(hall):
    hall.add(("ann", 1, 2), ("bob", 2, 1), ("cara", 3, 3))
    assert hall.points["ann"] < FULL
    hall.assign(2, "ann")
    shown = regrade(hall.folder, {})
    assert {student for student, more in shown.by_student() if more > 0} == {"ann", "bob"}
    assert hall.points["ann"] < FULL, "a dry run writes nothing"
    regrade(hall.folder, {}, write=True, actor=KIM)
    assert hall.points == {"ann": FULL, "bob": FULL, "cara": FULL}
    hall.assign(1, "ann")
    hall.grade()
    assert hall.points["ann"] < FULL, "undone"


def test_a_row_that_only_its_tag_names_follows_its_paper(hall):
    hall.add(("", 1, 1, {"Q1.double": ""}), ("", 2, 2))
    assert (hall.points["bob"], hall.points["ann"] < FULL) == (FULL, True)
    hall.assign(1, "bob")
    hall.grade()
    assert (hall.points["ann"], hall.points["bob"] < FULL) == (FULL, True), "the sheet with tag 1 was bob's"


@pytest.mark.parametrize("rows", [[("ann", 1, 2), ("bob", 2, 1)], [("", 1, 1), ("", 2, 2)], [("ann", 0, 2)]])
def test_rows_kept_are_rows_graded_again(hall, rows):
    """What a run kept is joined, after an assignment, as the file itself would be."""
    file = hall.file(*rows, ("cara", 3, 3))
    hall.grade(file)
    hall.assign(2, "ann")
    exam, runs = read_exam(hall.folder), standing(hall.folder).runs
    kept_rows = read_runs(exam, hall.folder, runs)
    hall.grade(file)
    again = read_runs(exam, hall.folder, standing(hall.folder).runs)
    assert dict(zip(kept_rows.students, kept_rows.papers, strict=True)) == dict(
        zip(again.students, again.papers, strict=True)
    )
    assert hall.points == dict.fromkeys(again.students.tolist(), FULL)


def test_a_refused_row_is_put_right_by_grading_its_file_again(hall):
    file = hall.file(("ann", 5, 5), ("", 6, 6), ("bob", 2, 2))
    assert [reject.line for reject in hall.grade(file).rejects] == [2, 3]
    assert hall.points == {"bob": FULL}
    hall.assign(5, "ann")
    hall.assign(6, "zoe", new=True)
    assert hall.grade(file).rejects == []
    assert hall.points == {"ann": FULL, "bob": FULL, "zoe": FULL}
    assert hall.table("results/rejects.csv") == []


def test_the_blank_sheet_with_former_tags_can_still_be_filled_in(hall):
    hall.assign(5, "ann")
    desk = hall.add(("ann", 1, 5), ("bob", 2, 2))
    assert (desk.rejects, hall.points) == ([], {"ann": FULL, "bob": FULL})
    assert hall.add(("cara", 1, 3)).rejects, "it is no former paper of hers"


def test_rooms_after_an_assignment_complete_and_contradict_as_ever(hall):
    hall.add(("ann", 1, 2, dict.fromkeys((n for n in hall.right[1] if n.startswith("Q2")), "")))
    hall.assign(2, "ann")
    assert hall.add(("ann", 2, 2)).differences == []
    assert hall.points == {"ann": FULL}
    assert len(hall.add(("ann", 2, 2, {"Q1.plus": "5"})).rejects) == 1


def test_without_a_roster_a_spare_paper_is_nobodys_until_it_is_assigned(open_hall):
    open_hall.assign(4, "student-001")  # a swap of stand-ins
    assert open_hall.held == {"student-001": 4, "student-002": 2, "student-003": 3, "student-004": 1}
    open_hall.add(("", 1, 1), ("", 4, 4), ("eve", 2, 2))
    assert open_hall.points == {"student-004": FULL, "student-001": FULL, "eve": FULL}


# ---- what was decided before -----------------------------------------------------------------------------------


def decide(hall, where, **cells):
    table = hall.table("review.csv")
    (found,) = [row for row in table if where(row)]
    found.update({name.replace("_", " "): text for name, text in cells.items()})
    with (hall.folder / "review.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)


def test_a_decision_goes_with_the_sheet_it_was_made_about(hall):
    hall.add(("ann", 1, 2, {"Q1.plus": "lots"}), ("bob", 2, 1))
    decide(hall, lambda row: row["given"] == "`lots`", points="1")
    hall.grade()
    hall.assign(2, "ann")
    desk = hall.grade()
    assert hall.points == {"ann": FULL, "bob": FULL}
    assert desk.review is None
    (row,) = [row for row in hall.table("review.csv") if row["given"] == "`lots`"]
    assert (row["tag"], row["student"], row["points"]) == (hall.tag(2), "ann", "1")
    hall.assign(1, "ann")
    hall.grade()
    (row,) = [row for row in hall.table("review.csv") if row["given"] == "`lots`"]
    assert (row["tag"], row["student"], row["points"]) == (hall.tag(1), "ann", "1")


def test_a_sheet_read_as_another_paper_stays_so_when_that_is_recorded(hall):
    hall.add(("ann", 1, 2), ("bob", 2, 1))
    why = "seen on the sheet"
    heading = "tag,student,question,answer,given,why,max,read as,points,reason,by\n"
    rows = [f"{hall.tag(1)},ann,paper,*,,{why},,2,,,kim", f"{hall.tag(2)},bob,paper,*,,{why},,1,,,kim"]
    (hall.folder / "review.csv").write_text(heading + "\n".join(rows) + "\n", encoding="utf-8")
    hall.grade()
    assert hall.points == {"ann": FULL, "bob": FULL}
    hall.assign(2, "ann")
    hall.grade()
    assert hall.points == {"ann": FULL, "bob": FULL}
    assert {row["tag"]: row["read as"] for row in hall.table("review.csv")} == {hall.tag(2): "2", hall.tag(1): "1"}
    hall.assign(1, "ann")
    hall.grade()
    assert hall.points == {"ann": FULL, "bob": FULL}, "undone, the decision stands as before"


def test_a_floor_holds_on_the_paper_it_was_earned_on():
    import numpy as np

    students, texts = np.array(["ann"], dtype=object), [np.array(["12"], dtype=object)]
    floor = Floor("ann", "Q1", "double", texts_digest(texts, 0), 2, paper=1)
    assert kept({"ann": floor}, students, np.array([1]), texts) == {0: 2}
    assert kept({"ann": floor}, students, np.array([2]), texts) == {}
    assert kept({"ann": Floor(*list(vars(floor).values())[:5])}, students, np.array([2]), texts) == {0: 2}


# ---- the log ---------------------------------------------------------------------------------------------------


def test_the_log_proves_each_assignment(hall):
    hall.assign(5, "ann")
    hall.assign(3, "bob")
    verify_log(hall.folder)
    verify_kind(hall.folder, ASSIGNED)
    place = hall.folder / "assignments" / "002.json"
    text = place.read_text(encoding="utf-8")
    place.write_text(text.replace('"bob"', '"dan"'), encoding="utf-8")
    with pytest.raises(QuizgenError, match=r"002\.json: is not what the log says"):
        verify_kind(hall.folder, ASSIGNED)
    place.unlink()
    with pytest.raises(QuizgenError, match=r"002\.json: is in the log, but not there"):
        verify_kind(hall.folder, ASSIGNED)


def test_a_process_killed_before_the_log_is_made_good_by_the_next(hall, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("quizgen.assigning._log_assignments", killed)
    with pytest.raises(KeyboardInterrupt):
        hall.assign(5, "ann")
    monkeypatch.undo()
    assert hall.held["ann"] == 5
    with pytest.raises(QuizgenError, match="is not in the log"):
        verify_kind(hall.folder, ASSIGNED)
    assert assign(hall.folder, hall.tag(5), "ann", actor=Actor("lee", "later")).number == 0
    assert [(entry.by, entry.at) for entry in hall.logged] == [(KIM.by, KIM.at)]
    verify_kind(hall.folder, ASSIGNED)


def test_a_killed_write_leaves_nothing(hall, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("pathlib.Path.replace", killed)
    with pytest.raises(KeyboardInterrupt):
        hall.assign(5, "ann")
    monkeypatch.undo()
    assert hall.held["ann"] == 1
    assert list((hall.folder / "assignments").iterdir()) == []


# ---- the command -----------------------------------------------------------------------------------------------


def test_the_command_tells_what_it_did(hall, quizgen):
    said = [
        (("5", "ann"), f"ann holds {hall.tag(5)} now, and nobody {hall.tag(1)}\n"),
        (("5", "ann"), f"ann holds {hall.tag(5)} already\n"),
        (("3", "bob"), f"bob holds {hall.tag(3)} now, and cara {hall.tag(2)}\n"),
        (("6", "zoe", "--new"), f"zoe holds {hall.tag(6)} now\n"),
        (
            ("6", "--release"),
            f"nobody holds {hall.tag(6)} now, and zoe was no student: rows of that name go with the paper\n",
        ),
        (("6", "--release"), f"nobody holds {hall.tag(6)} already\n"),
    ]
    for (number, *rest), told in said:
        ran = quizgen("assign", hall.tag(int(number)), *rest, "--reason", "r", "--exam", hall.folder)
        assert (ran.code, ran.out, ran.err) == (0, told, "")
    assert quizgen("log", "verify", "--exam", hall.folder).code == 0
    about = json.loads((hall.folder / "assignments" / "002.json").read_text(encoding="utf-8"))
    assert (about["reason"], bool(about["by"]), bool(about["at"])) == ("r", True, True)
    for wrong in ((), ("ann", "--release")):
        assert quizgen("assign", hall.tag(6), *wrong, "--exam", hall.folder).code == 2
    hall.add(("ann", 5, 5))
    ran = quizgen("assign", hall.tag(1), "ann", "--exam", hall.folder)
    assert ran.out.splitlines()[1].startswith("marks follow the papers: 'quizgen regrade'")
    ran = quizgen("assign", hall.tag(1), "annn", "--exam", hall.folder)
    assert (ran.code, ran.err) == (
        1,
        "quizgen: this exam knows no student 'annn'. Did you mean 'ann'? Somebody new: --new.\n",
    )


# ---- a swap found by its sheet -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def long_exam(small_bank, tmp_path_factory):
    """Twenty students and ten questions: enough for a sheet to tell whose paper it is."""
    from quizgen.bank.folders import Bank, of_problems, open_grader
    from quizgen.exam.roster import Student
    from quizgen.making import make_exam

    bank = Bank("small", small_bank)
    roster = [Student(f"o'{number}", {}) for number in range(1, 21)]
    plan, out = of_problems(bank, ",".join(["alpha"] * 10)), tmp_path_factory.mktemp("long") / "exam"
    make_exam(bank, plan, open_grader("standard"), 20, out=out, seed="long", roster=roster)
    return Hall(out)


def test_a_swap_found_by_its_sheet_names_the_command_that_records_it(long_exam, quizgen):
    hall = long_exam
    others = [(f"o'{number}", number, number) for number in range(3, 21)]
    hall.add(("o'1", 1, 2), ("o'2", 2, 1), *others)
    rows = {row["student"]: row["why"] for row in hall.table("review.csv") if row["question"] == "paper"}
    said = [rows[student].partition("; if so: ")[2] for student in ("o'1", "o'2")]
    assert len(rows) == 2
    assert said == [f"quizgen assign {hall.tag(2)} 'o'\"'\"'1'", f"quizgen assign {hall.tag(1)} 'o'\"'\"'2'"]
    assert quizgen(*shlex.split(said[0])[1:], "--exam", hall.folder).code == 0
    done = quizgen(*shlex.split(said[1])[1:], "--exam", hall.folder)
    assert done.out == f"o'2 holds {hall.tag(1)} already\n", "either row records the whole swap"
    shown = quizgen("regrade", "--exam", hall.folder)
    assert "20 students: 2 gain, 0 lose, 18 stay" in shown.out
    assert quizgen("regrade", "--exam", hall.folder, "--apply", "--feedback", "none").code == 0
    assert set(hall.points.values()) == {float(hall.exam.total)}
    assert hall.table("review.csv") == []
    assert quizgen("log", "verify", "--exam", hall.folder).code == 0
