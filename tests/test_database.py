"""Marks in a database: what the results say, whole or not at all, in SQLite and in a real PostgreSQL."""

import csv
import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from quizgen.csvtext import restored
from quizgen.database import address_of, exam_in, figures_of, load_results, marks_of, opened
from quizgen.database.results import ROWS, read_grades, read_marks
from quizgen.database.schema import SQLITE, TABLES, VERSION, statements
from quizgen.desk import grade_files
from quizgen.errors import QuizgenError
from quizgen.exam.additions import read_exam
from quizgen.exam.pseudonyms import read_pseudonyms
from quizgen.ledger import REHEARSAL, RESULTS
from quizgen.log import Actor, entries
from quizgen.regrading import regrade
from quizgen.report.findings import find
from quizgen.report.gathered import Gathered

ROOT = Path(__file__).parent.parent
DOCS = (ROOT / "docs" / "database.md").read_text(encoding="utf-8")
TEACHER = Actor("teacher", "2026-03-01T10:00:00+00:00")
STUDENTS = ("ann", "bob", "cem", "dot", "eva", "=fay", "gül")
WILD = {  # what strangers type must come back as it was
    ("ann", "Q1.plus"): 'a\n\\.\n"b", c',
    ("bob", "Q1.plus"): "=cmd()|' /C calc'!A0",
    ("cem", "Q1.plus"): "'; DROP TABLE marks; --",
    ("dot", "Q1.plus"): "\\N",
    ("eva", "Q1.plus"): "%s ? {} :x \u202e𝛼",
    ("gül", "Q1.plus"): "17.5",
}


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return [{key: restored(cell) for key, cell in row.items()} for row in csv.DictReader(file)]


def write(path, table):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    return path


def answers(folder, changes, students=STUDENTS):
    """A sheet of right answers for some students, some changed: (student, column) -> text."""
    table = rows(folder / "submissions.csv")
    for row, right in zip(table, rows(folder / "staff" / "key.csv"), strict=True):
        row.update({column: text for column, text in right.items() if column.startswith("Q")})
        row.update({column: text for (student, column), text in changes.items() if student == row["student"]})
    return write(folder.parent / "sheet.csv", [row for row in table if row["student"] in students])


def slips(folder):
    """Mistakes of several students, by the key."""
    key = {row["student"]: row for row in rows(folder / "staff" / "key.csv")}
    found = {("ann", "Q1.double"): int(key["ann"]["Q1.double"]) * 3 // 2, ("bob", "Q2.top"): "1", ("cem", "Q2.top"): ""}
    found |= {("dot", "Q2.map[1,1]"): "999", ("dot", "Q2.top"): "999"}  # carried
    for student in ("bob", "eva"):
        for i, j in ((1, 2), (2, 1)):
            found[student, f"Q2.map[{i},{j}]"] = key[student][f"Q2.map[{j},{i}]"]
    return found


def graded(folder, changes=None, students=STUDENTS, **more):
    sheet = answers(folder, WILD | slips(folder) | (changes or {}), students)
    return grade_files(folder, [sheet], actor=TEACHER, forms=(), report=False, **more)


@pytest.fixture(scope="module")
def sat(make_small, tmp_path_factory):
    """An exam that was graded; nobody may change it."""
    folder = tmp_path_factory.mktemp("sat") / "exam"
    make_small(folder, n=8, students=(*STUDENTS, "zoe"))
    return folder, graded(folder).summary.exam


@pytest.fixture
def exam(make_small, tmp_path):
    """An exam that a test may change, graded."""
    make_small(tmp_path / "exam", n=8, students=(*STUDENTS, "zoe"))
    graded(tmp_path / "exam")
    return tmp_path / "exam"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """A new database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/some marks.db"
    return request.getfixturevalue("postgres")("marks")


def loaded(folder, url, kind=RESULTS):
    return load_results(folder, read_exam(folder), kind, address_of(url))


def asked(url, query, *parameters):
    with opened(address_of(url), reading=True) as store:
        return list(store.rows(query, parameters))


def contents(url):
    """Every row of every table, as readers see it."""
    names = {table.name: [column.name for column in table.columns] for table in TABLES}
    return {name: sorted(map(repr, asked(url, f"SELECT {', '.join(own)} FROM {name}"))) for name, own in names.items()}


# ---- what is loaded ----------------------------------------------------------------------------------------------


def test_the_database_holds_what_the_results_say(sat, url):
    folder, exam = sat
    told = loaded(folder, url)
    stored = rows(folder / "results" / "marks.csv")
    assert (told.changed, told.marks, len(stored)) == (True, len(stored), 28)
    names = ("student", "question", "answer", "run", "attempt", "variant", "outcome", "given", "read", "reading")
    names += ("candidates", "expected", "within", "rule", "reason", "decision")
    query = f"SELECT {', '.join(names)}, note, second_note, review, points FROM marks"
    found = {row[:3]: row for row in asked(url, query)}
    for mark in stored:
        *texts, note, second, review, points = found[mark["student"], mark["question"], mark["answer"]]
        assert list(map(str, texts)) == [mark[name] for name in names]
        assert (note or "", second or "", bool(review)) == (mark["note"], mark["second note"], mark["review"] == "yes")
        assert Fraction(str(points)) == Fraction(mark["points"])
    assert {row["given"] for row in stored} > set(WILD.values())
    assert {mark["note"] for mark in stored} >= {"tripled", "transposed"}
    assert any(mark["review"] for mark in stored)
    assert asked(url, "SELECT id, code, title FROM exams") == [(exam.id, exam.code, exam.title)]


def test_grades_hold_everybody_and_absence_is_no_zero(sat, url):
    folder, _ = sat
    loaded(folder, url)
    found = {
        student: (status, points)
        for student, status, points in asked(url, "SELECT student, status, points FROM grades")
    }
    stored = {row["student"]: row for row in rows(folder / "results" / "grades.csv")}
    assert found.keys() == stored.keys()
    assert found["zoe"] == ("absent", None)
    assert {name: float(points) for name, (_, points) in found.items() if points is not None} == {
        name: float(row["points"]) for name, row in stored.items() if row["points"]
    }


def test_questions_answers_and_all_notes_are_there(sat, url):
    folder, exam = sat
    loaded(folder, url)
    assert asked(url, "SELECT question, problem FROM questions ORDER BY position") == [("Q1", "alpha"), ("Q2", "beta")]
    found = asked(url, "SELECT question, answer, max FROM answers ORDER BY position")
    assert [(q, a, float(most)) for q, a, most in found] == [
        ("Q1", "double", 2.0), ("Q1", "plus", 1.0), ("Q2", "map", 3.0), ("Q2", "top", 1.0)
    ]  # fmt: skip
    notes = {(question.name, mistake.note) for question in exam.questions for mistake in question.problem.named}
    assert set(asked(url, "SELECT question, note FROM notes")) == notes


def plain(cell):
    """A cell without what only one of the databases knows: SQLite has neither decimal numbers nor truth values."""
    return float(cell) if isinstance(cell, Decimal | bool | int) else cell


def test_both_databases_hold_the_same(sat, tmp_path, postgres):
    folder, _ = sat
    urls = f"sqlite:///{tmp_path}/marks.db", postgres("same")
    for one in urls:
        loaded(folder, one)
    for table in TABLES:
        query = f"SELECT {', '.join(column.name for column in table.columns)} FROM {table.name}"
        found = [[tuple(map(plain, row)) for row in asked(url, query)] for url in urls]
        assert sorted(found[0], key=repr) == sorted(found[1], key=repr), table.name
    assert asked(urls[0], "SELECT COUNT(*) FROM marks") == [(28,)]


def test_points_are_exact(tmp_path, exam, url):
    """Thirds, as a grader's credits give them: three of them add up to what the results say, not to 1."""
    place = exam / "results"
    marks = rows(place / "marks.csv")
    for mark in marks:
        mark["points"] = "0.333333"
    write(place / "marks.csv", marks)
    loaded(exam, url)
    with opened(address_of(url)) as store:
        ((total,),) = store.rows(f"SELECT {store.millionths('points')} FROM marks")
    assert total == 333_333 * len(marks)
    assert {float(points) for (points,) in asked(url, "SELECT points FROM marks")} == {0.333333}


def test_a_parquet_file_of_marks_gives_the_same(exam, url, tmp_path):
    other = f"sqlite:///{tmp_path}/other.db"
    loaded(exam, other)
    place = exam / "results"
    table = rows(place / "marks.csv")
    columns = {name: [row[name] for row in table] for name in table[0]}
    arrays = {name: pa.array(column).dictionary_encode() for name, column in columns.items()}
    arrays |= {name: pa.array(map(float, columns[name]), pa.float64()) for name in ("points", "max")}
    arrays |= {name: pa.array(map(int, columns[name]), pa.int32()) for name in ("attempt", "variant")}
    parquet.write_table(pa.table(arrays), place / "marks.parquet")
    (place / "marks.csv").unlink()
    loaded(exam, url)
    names = "student, question, answer, run, outcome, note, given, expected, review, points"
    query = f"SELECT {names} FROM marks ORDER BY student, question, answer"
    one, two = ([(*row[:8], bool(row[8]), float(row[9])) for row in asked(where, query)] for where in (url, other))
    assert one == two
    assert len(one) == 28


def test_blocks_are_small_and_lose_no_row(tmp_path):
    n = 3 * ROWS + 5
    given = ["1", "=x", "a\nb", 'q"'] * n
    table = [
        {"student": f"s{i}", "question": "Q1", "answer": "a", "points": i / 8, "given": f"'{g}" if g[0] == "=" else g}
        for i, g in zip(range(n), given, strict=False)
    ]
    write(tmp_path / "marks.csv", table)
    blocks = list(read_marks(tmp_path))
    assert max(block.num_rows for block in blocks) <= ROWS
    assert len(blocks) > 3
    whole = pa.Table.from_batches(blocks)
    assert whole.column("given").to_pylist() == given[:n]
    assert whole.column("points").to_pylist() == [i * 125_000 for i in range(n)]


def test_files_with_headings_alone_or_nothing_hold_nothing(tmp_path):
    (tmp_path / "marks.csv").write_text("")
    (tmp_path / "grades.csv").write_text("student,status,points,max,review\n")
    assert sum(block.num_rows for read in (read_marks, read_grades) for block in read(tmp_path)) == 0


# ---- the same again, more, regrades ------------------------------------------------------------------------------


def test_the_same_again_changes_nothing(exam, url):
    assert loaded(exam, url).changed
    before, path = contents(url), address_of(url).path
    data = path.read_bytes() if path else b""
    graded(exam)
    assert not loaded(exam, url).changed
    assert contents(url) == before
    assert (path.read_bytes() if path else b"") == data


def test_rows_that_somebody_lost_are_put_back(exam, url):
    loaded(exam, url)
    before = contents(url)
    with opened(address_of(url)) as store, store.transaction():
        store.execute("DELETE FROM marks WHERE student = ?", ("ann",))
    assert loaded(exam, url).changed
    assert contents(url) == before


def test_a_second_room_adds_its_students(make_small, tmp_path, url):
    make_small(tmp_path / "exam", n=8, students=(*STUDENTS, "zoe"))
    graded(tmp_path / "exam", students=STUDENTS[:3])
    loaded(tmp_path / "exam", url)
    query = "SELECT COUNT(DISTINCT student), COUNT(DISTINCT run) FROM marks"
    assert asked(url, query) == [(3, 1)]
    graded(tmp_path / "exam", students=STUDENTS[3:])
    loaded(tmp_path / "exam", url)
    assert asked(url, query) == [(7, 2)]
    assert len(asked(url, "SELECT run FROM runs")) == 2
    files = asked(url, "SELECT files, rows FROM runs ORDER BY position")
    assert files == [("sheet.csv", 3), ("sheet.csv", 4)]


def corrected(exam):
    text = (exam / "problems" / "alpha.md").read_text(encoding="utf-8")
    return {"problems/alpha.md": text.replace("plus: double + 7", "plus: double + 17")}


def test_a_regrade_replaces_marks_and_keeps_what_was(exam, url):
    loaded(exam, url)
    before = dict(asked(url, "SELECT student, points FROM marks WHERE question = 'Q1' AND answer = 'plus'"))
    key = {row["student"]: row for row in rows(exam / "staff" / "key.csv")}
    graded(exam, {("gül", "Q1.plus"): str(int(key["gül"]["Q1.plus"]) + 10)}, replace=True)
    loaded(exam, url)
    done = regrade(exam, corrected(exam), reason="the key; was '7'", write=True, actor=TEACHER)
    assert done.changes
    load_results(exam, done.desk.summary.exam, RESULTS, address_of(url))
    after = dict(asked(url, "SELECT student, points FROM marks WHERE question = 'Q1' AND answer = 'plus'"))
    assert (float(before["gül"]), float(after["gül"])) == (0, 1)
    assert [(reason, revision) for reason, revision in asked(url, "SELECT reason, revision FROM regrades")] == [
        ("the key; was '7'", 1)
    ]
    query = "SELECT student, question, answer, points_before, points_after FROM changes"
    found = {(s, f"{q}.{a}"): (float(b), float(e)) for s, q, a, b, e in asked(url, query)}
    told = next(entry.about["changes"] for entry in entries(exam) if entry.what == "regrade")
    assert found == {(s, a): (float(Fraction(b)), float(Fraction(e))) for s, a, b, e in told}
    assert ("gül", "Q1.plus") in found
    logged = asked(url, "SELECT number, what, actor, hash FROM log ORDER BY number")
    assert logged == [(entry.number, entry.what, entry.by, entry.hash) for entry in entries(exam)]
    loaded_before = contents(url)
    assert not load_results(exam, done.desk.summary.exam, RESULTS, address_of(url)).changed
    assert contents(url) == loaded_before


def test_several_exams_share_a_database(make_small, sat, tmp_path, url):
    folder, _ = sat
    loaded(folder, url)
    first = contents(url)
    other = make_small(tmp_path / "exam", n=8, students=STUDENTS, seed="another")
    (tmp_path / "exam").chmod(0o700)
    graded_other = answers(tmp_path / "exam", {})
    grade_files(tmp_path / "exam", [graded_other], forms=(), report=False)
    loaded(tmp_path / "exam", url)
    assert len(asked(url, "SELECT exam FROM exams")) == 2
    both = contents(url)
    assert all(set(own) <= set(both[name]) for name, own in first.items())
    with opened(address_of(url), reading=True) as store:
        assert exam_in(store, other.code).key == exam_in(store, other.id).key == other.id
        with pytest.raises(QuizgenError, match=rf"holds 2 exams: .*{other.code}.*Say --exam CODE"):
            exam_in(store)
        with pytest.raises(QuizgenError, match="no exam is called 'ZZZZ' there"):
            exam_in(store, "ZZZZ")


def test_a_rehearsal_is_kept_apart(quizgen, exam, url):
    loaded(exam, url)
    before = contents(url)
    assert quizgen("simulate").code == 0
    ran = quizgen("grade", "simulated.csv", "--no-feedback", "--no-report", "--db", url)
    assert ran.code == 0, ran.err
    keys = {key for (key,) in asked(url, "SELECT exam FROM marks")}
    identity = read_exam(exam).id
    assert keys == {identity, f"{identity}/rehearsal"}
    assert all(set(own) <= set(contents(url)[name]) for name, own in before.items())
    with opened(address_of(url), reading=True) as store:
        assert not exam_in(store).rehearsal
    assert (exam / REHEARSAL).exists()


def test_pseudonyms_hide_everybody(exam, url):
    loaded(exam, url)
    graded(exam, pseudonymise=True)
    regrade(exam, corrected(exam), reason="another key", write=True, allow_lower=True, actor=TEACHER)
    loaded(exam, url)
    assert asked(url, "SELECT student FROM changes")
    names = read_pseudonyms(exam)
    students = {s for table in ("marks", "grades", "changes") for (s,) in asked(url, f"SELECT student FROM {table}")}
    assert students <= set(names)
    assert len(students) == len(names) == 8
    everything = " ".join(row for own in contents(url).values() for row in own)
    assert not any(re.search(rf"\b{name}\b", everything) for name in ("ann", "bob", "gül", "zoe", "sheet"))


def test_who_is_forgotten_is_forgotten_in_the_database(exam, url, quizgen):
    from quizgen.keeping.forgetting import forget

    assert quizgen("grade", "sheet.csv", "--no-feedback", "--no-report", "--db").code == 0
    loaded(exam, url)
    forget(exam, write=True, actor=TEACHER)
    assert not (exam / "marks.db").exists()
    assert "ann" in {student for (student,) in asked(url, "SELECT student FROM marks")}
    ran = quizgen("regrade", "--apply", "--feedback", "none", "--db", url)
    assert (ran.code, "28 marks" in ran.out) == (0, True), ran.err
    everything = " ".join(row for own in contents(url).values() for row in own)
    assert not any(re.search(rf"\b{name}\b", everything) for name in ("ann", "bob", "gül", "zoe"))
    path = address_of(url).path
    assert path is None or "gül".encode() not in path.read_bytes()


# ---- whole or not at all -----------------------------------------------------------------------------------------

KILLER = """
import json, os, signal, sys
from pathlib import Path
import quizgen.database.sqlite as sqlite, quizgen.database.postgres as postgres
from quizgen.database import address_of, load_results
from quizgen.exam.additions import read_exam

folder, url = Path(sys.argv[1]), sys.argv[2]
sqlite._PAGES = 2  # so few pages are held that the file is written before the end
exam, address = read_exam(folder), address_of(url)

def armed(moment):
    steps = [0]
    def stepping(does):
        def step(*given, **named):
            done = does(*given, **named)
            steps[0] += 1
            if steps[0] == moment:
                os.kill(os.getpid(), signal.SIGKILL)
            return done
        return step
    for store in (sqlite.SqliteStore, postgres.PostgresStore):
        for name in ("execute", "execute_all", "insert"):
            setattr(store, name, stepping(getattr(store, name)))

for moment in json.loads(sys.argv[3]):
    pid = os.fork()
    if not pid:
        try:
            armed(moment)
            load_results(folder, exam, "results", address)
        finally:
            os._exit(0)
    status = os.waitpid(pid, 0)[1]
    print("killed" if os.WIFSIGNALED(status) else "done", flush=True)
    sys.stdin.readline()
"""


def test_a_killed_load_leaves_the_old_or_the_new(exam, url):
    loaded(exam, url)
    old = contents(url)
    key = {row["student"]: row for row in rows(exam / "staff" / "key.csv")}
    graded(exam, {("ann", "Q1.double"): key["ann"]["Q1.double"]}, replace=True)
    moments = [*range(1, 80)]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-c", KILLER, str(exam), url, json.dumps(moments)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    killed = 0
    with subprocess.Popen(command, env=env, text=True, **pipes) as process:
        while process.stdout.readline() == "killed\n":
            killed += 1
            assert contents(url) == old
            process.stdin.write("\n")
            process.stdin.flush()
        process.kill()
    assert killed > 15
    new = contents(url)
    assert new != old
    assert not loaded(exam, url).changed
    assert contents(url) == new


def test_what_does_not_fit_is_refused_whole(exam, url):
    loaded(exam, url)
    before = contents(url)
    place = exam / "results"
    good = (place / "marks.csv").read_bytes()
    for old, new in ((b",correct,", b",splendid,"), (b",Q2,", b",Q3,")):
        (place / "marks.csv").write_bytes(good.replace(old, new))
        with pytest.raises(QuizgenError, match="the marks do not fit the tables"):
            loaded(exam, url)
        assert contents(url) == before
    (place / "marks.csv").write_bytes(good + b"\xff\n")
    with pytest.raises(QuizgenError, match=r"marks\.csv: cannot be read"):
        loaded(exam, url)
    assert contents(url) == before


def test_a_later_version_is_refused(exam, url):
    loaded(exam, url)
    with opened(address_of(url)) as store, store.transaction():
        store.execute("UPDATE schema_version SET version = ?", (VERSION + 1,))
    before = contents(url)
    with pytest.raises(
        QuizgenError, match=rf"later quizgen \(tables of version {VERSION + 1}; this one knows {VERSION}\)"
    ):
        loaded(exam, url)
    with opened(address_of(url), reading=True) as store, pytest.raises(QuizgenError, match="later quizgen"):
        exam_in(store)
    assert contents(url) == before


def test_other_peoples_tables_are_left_alone(exam, tmp_path, postgres):
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE marks (mine)")
    with pytest.raises(QuizgenError, match=r"holds other tables \('marks'\), none of ours"):
        loaded(exam, f"sqlite:///{tmp_path}/other.db")
    (tmp_path / "text.db").write_text("no database\n" * 100)
    with pytest.raises(QuizgenError, match="file is not a database"):
        loaded(exam, f"sqlite:///{tmp_path}/text.db")
    import psycopg

    url = postgres("shared")
    with psycopg.connect(url, autocommit=True) as theirs:
        theirs.execute("CREATE TABLE marks (mine text)")
        loaded(exam, url)
        assert list(theirs.execute("SELECT * FROM public.marks")) == []
        assert theirs.execute("SELECT COUNT(*) FROM quizgen.marks").fetchone() == (28,)


def test_a_file_is_its_owners_alone(exam, tmp_path):
    loaded(exam, f"sqlite:///{tmp_path}/marks.db")
    assert (tmp_path / "marks.db").stat().st_mode & 0o777 == 0o600


# ---- what is read from it ----------------------------------------------------------------------------------------


def test_figures_are_those_of_the_report(sat, url):
    """From the database, and from the marks in memory: the same."""
    from quizgen.grading import grade
    from quizgen.ledger import read_runs, standing

    folder, exam = sat
    loaded(folder, url)
    with opened(address_of(url), reading=True) as store:
        figures = figures_of(store, exam_in(store))
    gathered = Gathered(exam.grader)
    for block in grade(exam, exam.grader, read_runs(exam, folder, standing(folder).runs)):
        gathered.add(block)
    found = find(exam, gathered, absent=1)
    assert [item.n for item in figures.questions] == found.items.asked.tolist() == [7, 7]
    close = {"rel": 1e-6, "nan_ok": True}
    assert [item.facility for item in figures.questions] == pytest.approx(found.items.facility.tolist(), **close)
    assert [i.discrimination for i in figures.questions] == pytest.approx(found.items.discrimination.tolist(), **close)
    assert (figures.scores.mean, figures.scores.sd) == pytest.approx((found.scores.mean, found.scores.sd))
    assert figures.alpha == pytest.approx(found.alpha, rel=1e-5)
    assert dict(figures.statuses) == {"marked": 7, "empty": 0, "absent": 1, "excused": 0}
    assert figures.waiting == sum(found.waiting.values())
    made = {item.name: dict(item.notes) for item in figures.answers}
    for mistake in found.mistakes:
        for answer, count in mistake.answers.items():
            assert made[answer].pop(mistake.note) == count
    assert not any(made.values())
    assert all(0 < item.facility <= 1 for item in (*figures.questions, *figures.answers))


def test_void_answers_are_left_out_as_in_the_report(exam, url):
    from quizgen.amending import Request, amend
    from quizgen.grading import grade
    from quizgen.ledger import read_runs, standing

    for question, answer, how in (("Q1", "plus", "removed"), ("Q2", "top", "full")):
        amend(exam, Request(question=question, reason="ambiguous", void=how, answers=(answer,)), TEACHER)
    done = regrade(exam, {}, write=True, actor=TEACHER)
    standing_exam = done.desk.summary.exam
    load_results(exam, standing_exam, RESULTS, address_of(url))
    with opened(address_of(url), reading=True) as store:
        figures = figures_of(store, exam_in(store))
    gathered = Gathered(standing_exam.grader)
    for block in grade(standing_exam, standing_exam.grader, read_runs(standing_exam, exam, standing(exam).runs)):
        gathered.add(block)
    found = find(standing_exam, gathered, absent=1)
    shares = found.items.facility.tolist()
    assert [item.facility for item in figures.questions] == pytest.approx(shares, rel=1e-6)
    assert shares[0] < 1
    assert figures.scores.mean == pytest.approx(found.scores.mean)
    assert figures.max == 6
    assert {float(most) for (most,) in asked(url, "SELECT max FROM grades")} == {6}
    assert [item.n for item in figures.answers] == [7, 0, 7, 0]


def test_figures_of_nobody(make_small, tmp_path, url):
    make_small(tmp_path / "exam", n=2, students=("ann", "bob"))
    empty = write(tmp_path / "sheet.csv", [{"student": "ann", "Q1.double": "", "status": "excused"}])
    grade_files(tmp_path / "exam", [empty], forms=(), report=False)
    loaded(tmp_path / "exam", url)
    with opened(address_of(url), reading=True) as store:
        figures = figures_of(store, exam_in(store))
    assert (figures.scores.n, figures.statuses["excused"], figures.statuses["absent"]) == (0, 1, 1)
    assert all(item.n == 0 and np.isnan(item.mean) for item in (*figures.questions, *figures.answers))


def test_a_students_paper(sat, url):
    folder, _ = sat
    loaded(folder, url)
    with opened(address_of(url), reading=True) as store:
        paper = marks_of(store, exam_in(store), "ann")
        assert [f"{question}.{answer}" for question, answer, *_ in paper.marks] == [
            "Q1.double", "Q1.plus", "Q2.map", "Q2.top"
        ]  # fmt: skip
        assert [row[5] for row in paper.marks] == ["tripled", None, None, None]
        assert marks_of(store, exam_in(store), "zoe").marks == []
        for stranger in ("anne", "' OR 1=1 --", "%"):
            with pytest.raises(QuizgenError, match="did not sit exam"):
                marks_of(store, exam_in(store), stranger)


# ---- the command line --------------------------------------------------------------------------------------------


def test_bare_db_is_a_file_in_the_exams_folder(quizgen, exam):
    assert not (exam / "marks.db").exists()
    ran = quizgen("grade", "sheet.csv", "--no-feedback", "--no-report")
    assert (ran.code, (exam / "marks.db").exists()) == (0, False)
    ran = quizgen("grade", "--db", "sheet.csv", "--no-feedback", "--no-report")
    assert (ran.code, "exam/marks.db: 28 marks" in ran.out) == (0, True), ran.err
    ran = quizgen("grade", "sheet.csv", "--no-feedback", "--no-report", "--db")
    assert "exam/marks.db: holds these 28 marks already" in ran.out
    told = quizgen("report")
    assert told.code == 0, told.err
    assert told.out == quizgen("report", "--db").out == quizgen("report", "--exam", "exam").out
    assert re.search(r"^Q1 +7 +[\d.]+ +3 +0\.\d\d ", told.out, re.M)
    assert "1 x tripled" in told.out
    assert "students  7 marked, 1 absent or excused" in told.out
    one = quizgen("report", "--student", "cem")
    assert re.search(r"^Q1\.plus +0 of 1 +unreadable, to be looked at +'; DROP TABLE marks; --$", one.out, re.M)


def test_report_prints_nothing_that_a_terminal_would_act_on(quizgen, exam):
    graded(exam, {("ann", "Q1.plus"): "\x1b[31m7\u202e"}, replace=True)
    assert quizgen("grade", "sheet.csv", "--no-feedback", "--no-report", "--db").code == 0
    out = quizgen("report", "--student", "ann").out
    assert "·[31m7·" in out
    assert "\x1b" not in out


def test_a_regrade_fills_the_database(quizgen, exam):
    text = corrected(exam)["problems/alpha.md"]
    (exam.parent / "alpha.md").write_text(text, encoding="utf-8")
    dry = quizgen("regrade", "--problem", "alpha.md", "--db")
    assert (dry.code, (exam / "marks.db").exists()) == (0, False)
    done = quizgen("regrade", "--problem", "alpha.md", "--reason", "a slip", "--apply", "--feedback", "none", "--db")
    assert (done.code, "exam/marks.db: 28 marks" in done.out) == (0, True), done.err
    assert asked(f"sqlite:///{exam}/marks.db", "SELECT reason FROM regrades") == [("a slip",)]


REFUSED = {
    "mysql://ann:sekret@host/db": "'mysql:' is no kind of database that is known",
    "sqlite://marks.db": "'sqlite:' is no kind of database that is known",
    "sqlite:///": "'sqlite:' is no kind",
    "marks.db": "this is no URL of a database",
    "sqlite:///nowhere/marks.db": "there is no folder",
    "postgresql://ann:se@kret@host/db": "cannot be read",
    "postgresql://ann:sekret/x@host/db": "cannot be read",
    "postgresql://ann:sekret%zz@host/db": "cannot be read",
    "postgresql://ann:sekret?x@127.0.0.1:1/db": "PostgreSQL says",
    "postgresql://ann:sekret@127.0.0.1:1/db": "PostgreSQL says",
    "postgresql://ann@127.0.0.1:1/db?password=sekret": "PostgreSQL says",
    "postgresql://ann:sekret@127.0.0.1:1/db?sekret=1": "cannot be read",
}


@pytest.mark.parametrize("url", REFUSED)
def test_a_url_that_cannot_be_used_is_refused_before_anything_is_marked(quizgen, exam, url):
    if url.startswith("postgresql"):
        pytest.importorskip("psycopg")
    before = (exam / "results").readlink()
    for command in (["grade", "sheet.csv"], ["report"]):
        ran = quizgen(*command, "--db", url)
        assert ran.code in (1, 2)
        assert not re.search("sekret|kret", ran.out + ran.err)
        if command[0] == "grade":
            assert REFUSED[url] in ran.err
    assert (exam / "results").readlink() == before


def test_a_wrong_password_is_not_repeated(quizgen, exam, postgres):
    import postgres_server

    url = postgres("secret")
    wrong = re.sub(r"(//\w+:)[^@]*@", r"\1sekret@", url)
    ran = quizgen("grade", "sheet.csv", "--db", wrong)
    assert (ran.code, "password authentication failed" in ran.err) == (1, True)
    ran = quizgen("grade", "sheet.csv", "--no-feedback", "--no-report", "--db", url)
    assert (ran.code, "28 marks" in ran.out) == (0, True)
    spelled = re.search(r"//\w+:([^@]*)@", url)[1]
    for text in ("sekret", spelled, postgres_server.PASSWORD):
        assert text not in ran.out + ran.err
    assert not any(spelled in path.read_text(errors="replace") for path in exam.rglob("*") if path.is_file())
    assert "sekret" not in repr(address_of(wrong))


def test_without_psycopg_it_says_what_to_install(quizgen, exam, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    ran = quizgen("grade", "sheet.csv", "--db", "postgresql://ann@host/db")
    assert (ran.code, ran.err) == (
        2,
        "quizgen: psycopg, which speaks to PostgreSQL, is missing. Install it: pip install 'quizgen[postgres]'.\n",
    )


def test_a_report_of_nothing(quizgen, exam):
    ran = quizgen("report")
    assert (ran.code, ran.err) == (
        1, "quizgen: exam/marks.db: there is no database. Fill one: quizgen grade FILE --db.\n"
    )  # fmt: skip
    sqlite3.connect(exam / "marks.db").close()
    assert "holds no marks" in quizgen("report").err


# ---- docs/database.md --------------------------------------------------------------------------------------------


def blocks(kind):
    return re.findall(rf"^```sql {kind}\n(.*?)^```", DOCS, re.M | re.S)


def test_the_tables_in_the_docs_are_the_tables():
    (schema,) = blocks("schema")
    assert schema == ";\n".join(s for s in statements(SQLITE) if s.startswith("CREATE")) + ";\n"
    described = re.findall(r"^\| (`.*?`) \|", DOCS, re.M)
    assert set(re.findall(r"`(\w+)`", " ".join(described))) == {table.name for table in TABLES}


def test_there_are_ten_queries():
    assert len(blocks("query")) == 10


@pytest.mark.parametrize("query", blocks("query"))
def test_the_queries_of_the_docs_answer(exam, url, query):
    loaded(exam, url)
    regrade(exam, corrected(exam), reason="another key", write=True, allow_lower=True, actor=TEACHER)
    loaded(exam, url)
    query = query.strip().removesuffix(";").replace("student-002", "ann").replace("plus-one-forgotten", "transposed")
    found = asked(url, query)
    assert found
    assert None not in {cell for row in found for cell in row} or "m.note" in query
