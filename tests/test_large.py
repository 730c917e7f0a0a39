"""A large class is graded by the same code in blocks: same bytes, whatever the blocks; a failure stops nothing else."""

from __future__ import annotations

import csv
import io
import weakref

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import quizgen.desk
import quizgen.grading
import quizgen.intake
import quizgen.regrading
import quizgen.report.parts
import quizgen.submissions.blocks
import quizgen.submissions.rows
from quizgen.bank.folders import open_grader
from quizgen.csvtext import restored
from quizgen.desk import grade_files
from quizgen.exam.tags import write_tag
from quizgen.regrading import regrade
from quizgen.submissions.blocks import blocks_of, first_rows
from quizgen.submissions.shelf import Piece, Shelved, one_after_the_other, shelved
from quizgen.submissions.table import Reject, read_table

N = 60
FILES = ("grades.csv", "marks.csv", "rejects.csv", "report.html", "staff/students.csv")


@pytest.fixture
def in_sevens(monkeypatch):
    """Every file is a large one, and whatever comes in blocks comes in blocks of seven."""

    def set_up(rows=7):
        monkeypatch.setattr(quizgen.intake, "LARGE", 0)
        for module, name in (
            (quizgen.submissions.blocks, "ROWS"),
            (quizgen.submissions.rows, "ROWS"),
            (quizgen.report.parts, "BLOCK"),
            (quizgen.grading, "BLOCK"),
        ):
            monkeypatch.setattr(module, name, rows)
        monkeypatch.setattr(quizgen.submissions.blocks, "CHUNK", 60 * rows)

    return set_up


def rows_of(exam, part=slice(None)):
    """Rows as people write them: right and wrong, odd spellings, line breaks, strangers, doubles, blanks."""
    random = np.random.default_rng(3)
    double, top = (exam.questions[q].expected[a].cells for q, a in ((0, "double"), (1, "top")))
    grids = exam.questions[1].expected["map"].cells
    rows = []
    for i, paper in enumerate(exam.papers):
        number = int(double[i])
        given = str(number + int(random.integers(0, 2)))
        spelled = (given, f" {given}", f"{given},0", f"+{given}", "?", "=1+1", "", f"{given}.0")[i % 8]
        plus = str(number + 7) if i % 3 else "twelve"
        between = " ; "[i % 3 :][:1] or ";"
        whole = f"{int(grids[0, 0, i])} {int(grids[0, 1, i])}{between}{int(grids[1, 0, i])} {int(grids[1, 1, i])}"
        if i % 11 == 0:
            whole = whole.replace(between, "\n")
        rows.append([paper.student, write_tag(exam.code, paper.number), "", spelled, plus, whole, str(int(top[i]))])
    rows[5][0] = ""  # the tag alone says who it is
    rows[9][1] = ""  # and here the name
    rows[13][2:] = ["absent", "", "", "", ""]
    rows[20][2:] = ["", "", "", "", ""]
    rows[21][2:] = ["empty", "", "", "", ""]
    rows[30][1] = "nonsense"
    rows[31][0] = "stranger"
    rows.append(list(rows[2]))  # the same twice
    rows.append([*rows[3][:3], "99999", *rows[3][4:]])  # another thing twice
    rows.append(["someone", write_tag(exam.code, 41), "", "1", "2", "", ""])  # a paper of somebody else
    return rows[part]


HEADINGS = ("student", "tag", "status", "Q1.double", "Q1.plus", "Q2.map", "Q2.top")


def write(path, rows):
    if path.suffix == ".parquet":
        columns = dict(zip(HEADINGS, map(list, zip(*rows, strict=True)), strict=True))
        pq.write_table(pa.table(columns), path, row_group_size=11)
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADINGS, *rows])
    return path


@pytest.fixture
def room(tmp_path, make_small):
    """An exam of sixty papers, fresh at each call, and a way to grade files into it."""

    class Room:
        def __init__(self):
            self.made = 0

        def exam(self, students=()):
            self.made += 1
            self.folder = tmp_path / f"{self.made}" / "exam"
            self.folder.parent.mkdir()
            return make_small(self.folder, N, students)

        def grade(self, *files, forms=(), **more):
            return grade_files(self.folder, list(files), forms=forms, **more)

        def results(self, *names):
            found = {name: self.folder / "results" / name for name in names or FILES}
            return {name: path.read_bytes() for name, path in found.items() if path.exists()}

        def review(self):
            return (self.folder / "review.csv").read_bytes()

    return Room()


def without_runs(data):
    """The lines of marks.csv without the run, which knows the file's bytes."""
    return [row[1:] for row in csv.reader(io.StringIO(data.decode(), newline=""))]


@pytest.mark.parametrize("students", [(), tuple(f"s{i:02d}" for i in range(N))], ids=["no roster", "roster"])
@pytest.mark.parametrize("size", [1, 7, 50])
def test_blocks_give_the_same_bytes_as_one_piece(room, tmp_path, in_sevens, students, size):
    exam = room.exam(students)
    sheet = write(tmp_path / "sheet.csv", rows_of(exam))
    whole = room.grade(sheet)
    expected, review = room.results(), room.review()
    assert {"grades.csv", "marks.csv", "rejects.csv", "report.html"} <= set(expected)
    in_sevens(size)
    room.exam(students)
    desk = room.grade(sheet)
    assert room.results() == expected
    assert room.review() == review
    assert (desk.rejects, desk.notices) == (whole.rejects, whole.notices)
    assert desk.summary.lines() == whole.summary.lines()
    assert list(room.folder.glob("runs/*/submissions.arrow")), "it went in blocks"
    assert not list(room.folder.glob(".*.partial"))


def test_pseudonyms_in_blocks_are_those_of_one_piece(room, tmp_path, in_sevens, monkeypatch):
    exam = room.exam()
    sheet = write(tmp_path / "sheet.csv", rows_of(exam))
    room.grade(sheet, pseudonymise=True)
    expected, staff = room.results(), (room.folder / "staff").rglob("pseudonym*")
    kept = {path.name: path.read_bytes() for path in staff if path.is_file()}
    in_sevens()
    room.exam()
    for name, data in kept.items():
        (room.folder / "staff" / name).write_bytes(data)
    room.grade(sheet, pseudonymise=True)
    assert room.results() == expected
    assert b"student-0" not in expected["marks.csv"]


def test_several_files_complete_one_another_in_blocks_as_they_do_in_one_piece(room, tmp_path, in_sevens):
    def graded():
        exam = room.exam()
        rows = rows_of(exam)
        half = [[*row[:4], "", "", ""] for row in rows[:40]]
        rest = [[*row[:3], "", *row[4:]] for row in rows[15:50]]
        changed = [[*row[:3], "7", *row[4:]] for row in rows[25:48]]
        room.grade(write(tmp_path / "a.csv", half), write(tmp_path / "b.csv", rest))
        told = room.grade(write(tmp_path / "c.csv", changed))
        room.grade(tmp_path / "c.csv", replace=True)
        return [str(one) for one in told.differences], told.rejects, room.results(), room.review()

    expected = graded()
    assert expected[0]
    in_sevens()
    assert graded() == expected


def test_rows_in_memory_and_rows_on_the_disk_go_together(room, tmp_path, in_sevens):
    exam = room.exam()
    files = [write(tmp_path / f"{i}.csv", rows_of(exam, slice(i, None, 3))) for i in range(3)]
    for file in files:
        room.grade(file)
    expected = room.results()
    room.exam()
    room.grade(files[0])
    in_sevens()
    for file in files[1:]:
        room.grade(file)
    assert room.results() == expected
    assert len(list(room.folder.glob("runs/*/submissions.csv"))) == 1
    assert len(list(room.folder.glob("runs/*/submissions.arrow"))) == 2


def test_parquet_gives_the_marks_that_csv_gives(room, tmp_path):
    exam = room.exam()
    rows = rows_of(exam)
    room.grade(write(tmp_path / "sheet.csv", rows))
    expected = room.results()
    room.exam()
    room.grade(write(tmp_path / "sheet.parquet", rows))
    found = room.results()
    assert found["grades.csv"] == expected["grades.csv"]
    assert without_runs(found["marks.csv"]) == without_runs(expected["marks.csv"])
    (tmp_path / "folder").mkdir()
    for i in range(3):
        write(tmp_path / "folder" / f"part-{i}.parquet", rows[i * 21 : i * 21 + 21])
    room.exam()
    room.grade(tmp_path / "folder")
    assert room.results()["grades.csv"] == expected["grades.csv"]


def test_numbers_in_parquet_are_texts_as_people_write_them(room, tmp_path):
    exam = room.exam()
    double = exam.questions[0].expected["double"].cells
    table = {"student": [p.student for p in exam.papers], "Q1.double": double, "Q1.plus": [*double[:-1] + 7, None]}
    pq.write_table(pa.table(table), tmp_path / "numbers.parquet")
    room.grade(tmp_path / "numbers.parquet")
    marks = pd.read_csv(room.folder / "results" / "marks.csv", dtype=str, keep_default_na=False)
    assert set(marks[marks["answer"] == "double"]["outcome"]) == {"correct"}
    assert marks[marks["answer"] == "plus"]["outcome"].tolist() == ["correct"] * (N - 1) + ["blank"]


@pytest.mark.parametrize("blocks", [False, True])
def test_marks_in_parquet_are_the_cells_of_marks_in_csv(room, tmp_path, in_sevens, blocks):
    if blocks:
        in_sevens()
    exam = room.exam()
    sheet = write(tmp_path / "sheet.csv", rows_of(exam))
    room.grade(sheet, marks="csv")
    marks = pd.read_csv(room.folder / "results" / "marks.csv", dtype=str, keep_default_na=False).map(restored)
    room.grade(sheet, marks="parquet")
    assert not (room.folder / "results" / "marks.csv").exists()
    found = pq.read_table(room.folder / "results" / "marks.parquet").to_pandas().astype(str)
    assert list(found.columns) == list(marks.columns)
    assert len(found) == len(marks) > 200
    keys = ["student", "question", "answer"]
    found, marks = (one.sort_values(keys).reset_index(drop=True) for one in (found, marks))
    for name in marks.columns:
        assert found[name].tolist() == marks[name].tolist(), name


def test_marks_in_parquet_are_known_to_the_log_and_to_regrade(room, tmp_path, quizgen):
    exam = room.exam()
    sheet = write(tmp_path / "sheet.csv", rows_of(exam))
    room.grade(sheet, marks="parquet")
    assert quizgen("log", "verify", "--exam", room.folder).code == 0
    review = room.folder / "review.csv"
    rows = list(csv.DictReader(review.read_text(encoding="utf-8").splitlines()))
    (row,) = [row for row in rows if row["given"] == "`?`" or row["given"] == "`twelve`"][:1]
    row["read as"] = "12345"
    with review.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows([row])
    assert len(regrade(room.folder, {}).corrected) == 0, "a wrong number earns what nothing earns"
    row["read as"], row["points"] = "", ""
    path = room.folder / "results" / "marks.parquet"
    path.write_bytes(path.read_bytes() + b" ")
    assert quizgen("log", "verify", "--exam", room.folder).code == 1


def test_a_regrade_compares_block_by_block(room, tmp_path, in_sevens, monkeypatch):
    write(tmp_path / "sheet.csv", rows_of(room.exam()))
    text = room.exam().sources["problems/alpha.md"].replace("double + 7", "double + 8")
    room.grade(tmp_path / "sheet.csv")
    others = [{}, {"problems/alpha.md": text}, {"grader.yaml": open_grader("strict").text}]
    at_once = [regrade(room.folder, files) for files in others]
    assert len(at_once[1].kept) > 20
    marked, most = [], []

    def watched(*given, **named):
        for block in quizgen.grading.grade(*given, **named):
            marked.append(weakref.ref(block))
            most.append(sum(one() is not None for one in marked))
            yield block

    in_sevens()
    monkeypatch.setattr(quizgen.regrading, "grade", watched)
    assert [regrade(room.folder, files) for files in others] == at_once
    assert len(most) > 20
    assert max(most) <= 4, "two blocks before and after, while the next ones are marked"


def test_who_decides_nothing_gets_what_suits_the_size(room, tmp_path, monkeypatch):
    exam = room.exam()
    sheet = write(tmp_path / "sheet.csv", rows_of(exam))
    monkeypatch.setattr(quizgen.desk, "MOST_FEEDBACK", 50)
    monkeypatch.setattr(quizgen.desk, "MOST_IN_CSV", 50 * 4)
    desk = room.grade(sheet, forms=None)
    assert any("--feedback both" in notice for notice in desk.notices)
    assert not list((room.folder / "results" / "feedback").iterdir())
    assert (room.folder / "results" / "marks.parquet").exists()
    room.grade(sheet, forms=("md",))
    assert len(list((room.folder / "results" / "feedback").iterdir())) > 50


# ---- what goes wrong ---------------------------------------------------------------------------------------------


def poisoned(monkeypatch, student):
    """Marking stumbles over a student."""
    honest = quizgen.report.parts.grade_block

    def stumbling(exam, grader, handins, *more, **named):
        if student in handins.students:
            raise ZeroDivisionError("a poisoned answer")
        return honest(exam, grader, handins, *more, **named)

    monkeypatch.setattr(quizgen.report.parts, "grade_block", stumbling)


def test_a_block_that_cannot_be_marked_is_told_and_the_rest_is_marked(room, tmp_path, in_sevens, monkeypatch, quizgen):
    exam = room.exam()
    sheet = write(tmp_path / "sheet.csv", rows_of(exam))
    in_sevens()
    room.grade(sheet)
    expected = room.results()
    room.exam()
    with monkeypatch.context() as poison:
        poisoned(poison, exam.papers[25].student)
        told = quizgen("grade", sheet, "--exam", room.folder, "--no-feedback")
    assert told.code == 3
    rejects = pd.read_csv(room.folder / "results" / "rejects.csv", dtype=str, keep_default_na=False)
    failed = rejects[rejects["reason"] == "could not be marked: ZeroDivisionError: a poisoned answer"]
    assert len(failed) == 7
    assert exam.papers[25].student in set(failed["student"])
    grades = pd.read_csv(room.folder / "results" / "grades.csv", dtype=str, keep_default_na=False).set_index("student")
    clean = pd.read_csv(io.BytesIO(expected["grades.csv"]), dtype=str, keep_default_na=False).set_index("student")
    assert set(grades.loc[failed["student"], "status"]) == {"not marked"}
    assert set(grades.loc[failed["student"], "points"]) == {""}
    pd.testing.assert_frame_equal(grades.drop(index=failed["student"]), clean.drop(index=failed["student"]))
    assert quizgen("grade", sheet, "--exam", room.folder, "--no-feedback").code == 3, "rows are still refused"
    assert room.results() == expected


def test_where_no_block_can_be_marked_nothing_is_written(room, tmp_path, in_sevens, monkeypatch):
    exam = room.exam()
    sheet = write(tmp_path / "sheet.csv", rows_of(exam))
    in_sevens(50 * N)
    poisoned(monkeypatch, exam.papers[25].student)
    with pytest.raises(quizgen.errors.QuizgenError, match="could not be marked: ZeroDivisionError"):
        room.grade(sheet)
    assert not (room.folder / "results").exists()


def test_void_answers_in_blocks_are_those_of_one_piece(room, tmp_path, in_sevens, quizgen):
    def graded(marks):
        exam = room.exam()
        sheet = write(tmp_path / "sheet.csv", rows_of(exam))
        room.grade(sheet)
        for how, question, answer in (("removed", "Q2", "top"), ("full", "Q1", "plus")):
            words = ("amend", question, "--void", how, "--answer", answer, "--reason", "x", "--exam", room.folder)
            assert quizgen(*words).code == 0
        assert quizgen("regrade", "--apply", "--reason", "x", "--exam", room.folder, "--feedback", "none").code == 0
        room.grade(sheet, marks=marks)
        return room.results()

    expected = graded("csv")
    assert b"6.0" in expected["grades.csv"]
    in_sevens()
    assert graded("csv") == expected
    graded("parquet")
    found = pq.read_table(room.folder / "results" / "marks.parquet").to_pandas().astype(str)
    marks = pd.read_csv(io.BytesIO(expected["marks.csv"]), dtype=str, keep_default_na=False)
    keys = ["student", "question", "answer"]
    assert sorted(map(tuple, found[[*keys, "points", "max"]].to_numpy())) == sorted(
        map(tuple, marks[[*keys, "points", "max"]].to_numpy())
    )


def test_an_interrupted_grading_goes_on_from_the_parts_that_are_there(room, tmp_path, in_sevens, monkeypatch):
    exam = room.exam()
    sheet = write(tmp_path / "sheet.csv", rows_of(exam))
    in_sevens()
    room.grade(sheet)
    expected = room.results()
    room.exam()
    honest, marked = quizgen.report.parts.grade_block, []

    def counting(exam, grader, handins, *more, **named):
        marked.append(handins.students[0])
        if stop and len(marked) == 5:
            raise KeyboardInterrupt
        return honest(exam, grader, handins, *more, **named)

    stop = True
    monkeypatch.setattr(quizgen.report.parts, "grade_block", counting)
    with pytest.raises(KeyboardInterrupt):
        room.grade(sheet)
    assert not (room.folder / "results").exists()
    done, stop = len(list(room.folder.glob(".results-*.partial/*"))), False
    assert 3 <= done < 8
    marked.clear()
    room.grade(sheet)
    assert len(marked) == -(-(len(without_runs(expected["marks.csv"])) // 4) // 7) - done
    assert room.results() == expected
    assert not list(room.folder.glob(".results-*.partial"))


def test_parts_of_other_rules_are_not_taken(room, tmp_path, in_sevens, monkeypatch):
    exam = room.exam()
    sheet = write(tmp_path / "sheet.csv", rows_of(exam))
    in_sevens()
    room.grade(sheet)
    review = room.review()
    room.exam()
    with monkeypatch.context() as stopped:
        stopped.setattr(quizgen.desk, "grades_table", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            room.grade(sheet)
    assert list(room.folder.glob(".results-*.partial/*"))
    rows = list(csv.DictReader(review.decode().splitlines()))
    next(row for row in rows if row["given"] == "`?`")["read as"] = "1"
    with (room.folder / "review.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    room.grade(sheet)
    assert b"read as '1'" in room.results()["marks.csv"]


def test_rows_of_a_damaged_parquet_file_are_told_and_the_rest_is_marked(room, tmp_path):
    exam = room.exam()
    path = write(tmp_path / "sheet.parquet", rows_of(exam))
    column = pq.ParquetFile(path).metadata.row_group(2).column(3)
    data = bytearray(path.read_bytes())
    start = column.dictionary_page_offset or column.data_page_offset
    data[start : start + column.total_compressed_size] = b"\xff" * column.total_compressed_size
    path.write_bytes(data)
    desk = room.grade(path)
    (told,) = [reject for reject in desk.rejects if "cannot be read" in reject.reason]
    assert (told.line, told.reason[:28]) == (24, "rows 24 to 34 cannot be read")
    grades = pd.read_csv(room.folder / "results" / "grades.csv", dtype=str)
    lost = {exam.papers[i].student for i in range(22, 33)}
    assert set(grades["student"]) & lost == set()
    assert (grades["status"] == "marked").sum() > 30


def test_what_is_no_parquet_file_is_refused_before_anything_is_marked(room, tmp_path):
    room.exam()
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(quizgen.errors.QuizgenError, match="no Parquet file"):
        room.grade(tmp_path / "bad.parquet")
    assert not (room.folder / "results").exists()


# ---- pieces ------------------------------------------------------------------------------------------------------

CELLS = st.text(alphabet='a1 ,"\n;é', max_size=6)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=30), st.integers(20, 90), st.sampled_from([",", ";"]))
def test_a_file_in_blocks_says_what_the_file_says(tmp_path_factory, rows, size, sign):
    path = tmp_path_factory.mktemp("blocks") / "sheet.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=sign, lineterminator="\n")
        writer.writerows([("student", 'Q1."x"\n', "other"), *rows])
    whole = read_table(path)
    with pytest.MonkeyPatch.context() as small:
        small.setattr(quizgen.submissions.blocks, "CHUNK", size)
        assert first_rows(path) is not None
        blocks = list(blocks_of(path))
    assert not any(isinstance(block, Reject) for block in blocks)
    for i in range(3):
        assert [text for block in blocks for text in block.columns[i].to_pylist()] == whole.columns[i].to_pylist()
    assert [line for block in blocks for line in block.lines.tolist()] == whole.lines.tolist()


@pytest.mark.parametrize(
    "data",
    [
        'student,Q1.double\nann,5" or 6"\n',
        "student,Q1.double\nänn,5\n".encode("cp1252").decode("latin-1"),
        '["student", "Q1.double"]',
    ],
)
def test_what_only_the_whole_file_tells_is_no_stream(tmp_path, data):
    path = tmp_path / "sheet.csv"
    path.write_bytes(data.encode("latin-1"))
    assert first_rows(path) is None


NAMES = (("Q1", "a", ()), ("Q1", "b", (1,)))


def texts_at(rows, i):
    return pa.array([row[i] for row in rows], pa.string())


@given(st.data())
def test_a_shelf_gives_what_columns_in_memory_give(data):
    parts = data.draw(st.lists(st.lists(st.tuples(CELLS, CELLS), max_size=6), min_size=1, max_size=4))
    columns = [
        {name: pa.array([row[i] for row in part], pa.string()) for i, name in enumerate(NAMES)} for part in parts
    ]
    shelf = one_after_the_other([shelved(own, len(part)) for own, part in zip(columns, parts, strict=True)], NAMES)
    memory = {name: pa.concat_arrays([own[name] for own in columns]) for name in NAMES}
    n = sum(map(len, parts))
    for _ in range(2):
        assert {name: texts.to_pylist() for name, texts in shelf.items()} == {
            name: texts.to_pylist() for name, texts in memory.items()
        }
        rows = np.array(data.draw(st.lists(st.integers(0, n - 1), max_size=8) if n else st.just([])), dtype=np.int64)
        shelf, memory = shelf.take(rows), {name: texts.take(pa.array(rows)) for name, texts in memory.items()}
        n = len(rows)


def test_a_shelf_is_blank_where_a_piece_lacks_a_column():
    shelf = Shelved((Piece(2, {NAMES[0]: pa.array(["x", "y"])}), Piece(1, {})), NAMES, np.array([2, 1, 0]))
    assert shelf[NAMES[0]].to_pylist() == ["", "y", "x"]
    assert shelf[NAMES[1]].to_pylist() == ["", "", ""]
    with pytest.raises(KeyError):
        shelf["Q9", "z", ()]
