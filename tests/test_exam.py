"""An exam on disk: what is written is read, whole or not at all, and nothing is read that was changed."""

from __future__ import annotations

import gc
import io
import json
import shutil
import zipfile
from fractions import Fraction

import numpy as np
import pytest

import quizgen.exam.folder
from quizgen.bank.folders import Bank, open_grader, parse_grader
from quizgen.desk import grade_files
from quizgen.errors import QuizgenError
from quizgen.exam import blocks
from quizgen.exam.additions import read_exam
from quizgen.exam.folder import find_exam, new_folder
from quizgen.exam.model import columns_of, heading_of
from quizgen.exam.roster import Student
from quizgen.exam.stored import write_exam
from quizgen.exam.tags import code_of
from quizgen.making import make_exam

MIXED = {
    "ragged": """
        draw:
          k: integers(1, 4)
          x: "integers(1, 99, shape=(k, k))"
          rate: decimals(0.1, 0.9, step=0.1)
        steps: {map: 3 * x, total: sum(map) * rate}
        answers: {map: {points: 2/3}, total: {points: 1, ask: 2 decimals}}
        """,
    "texts": """
        draw: {config: 'choice("A", "BB")', a: "integers(1, 999)"}
        steps: {out: 'a * case(config, A=2, BB=3)'}
        answers: {out: {}}
        """,
}


@pytest.fixture(scope="module")
def bank(bank_in, tmp_path_factory):
    return Bank("mixed", bank_in(tmp_path_factory.mktemp("banks") / "mixed", MIXED))


@pytest.fixture(scope="module")
def make(bank):
    def make(out, n=24, **more):
        more = {"seed": "x", **more}
        return make_exam(bank, bank.blueprint(), open_grader("standard"), n, out=out, **more)

    return make


@pytest.fixture(scope="module")
def kept(make, tmp_path_factory):
    """An exam that no test changes, and its folder."""
    folder = tmp_path_factory.mktemp("kept") / "exam"
    roster = [Student("007", {"name": "Bönd, James", "room": ""}), Student("=ann", {"name": "'x", "room": "B"})]
    return make(folder, roster=roster), folder


@pytest.fixture
def folder(kept, tmp_path):
    """A copy of its folder, to be changed."""
    return shutil.copytree(kept[1], tmp_path / "exam")


def same_values(a, b):
    assert a.keys() == b.keys()
    for name in a:
        assert np.array_equal(a[name].shape, b[name].shape), name
        for i in range(a[name].n):
            assert np.array_equal(a[name].column(i), b[name].column(i)), (name, i)


def assert_same(a, b):
    for part in ("title", "papers", "seed", "has_roster", "sources", "id", "code", "n", "total"):
        assert getattr(a, part) == getattr(b, part), part
    assert a.grader == b.grader
    assert len(a.questions) == len(b.questions)
    for one, other in zip(a.questions, b.questions, strict=True):
        for part in ("name", "points", "waived", "n", "total"):
            assert getattr(one, part) == getattr(other, part), part
        assert one.problem.digest == other.problem.digest
        same_values(one.params, other.params)
        same_values(one.expected, other.expected)


def refused(folder):
    """The error of reading it, without the folder; grading stops at the same."""
    with pytest.raises(QuizgenError) as error:
        read_exam(folder)
    sheet = folder.parent / "sheet.csv"
    sheet.write_text("student,Q1.total\n007,1\n")
    with pytest.raises(QuizgenError) as again:
        grade_files(folder, [sheet])
    assert str(again.value) == str(error.value)
    gc.collect()  # a file left open is told now, and not in some later test
    assert not (folder / "results").exists()
    assert "\n" not in str(error.value)
    return str(error.value).replace(str(folder), "exam")


def changed_json(folder, name, **changes):
    path = folder / name
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def changed_block(folder, change, name="Q1-000.npz"):
    path = folder / "variants" / name
    with np.load(path, allow_pickle=False) as data:
        arrays = {key: array.copy() for key, array in data.items()}
    change(arrays)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    path.write_bytes(buffer.getvalue())


# ---- written and read --------------------------------------------------------------------------------------------


def test_what_is_written_is_read(kept):
    exam, folder = kept
    assert_same(read_exam(folder), exam)


def test_an_exam_may_be_written_again_from_what_was_read(kept, tmp_path):
    _exam, folder = kept
    write_exam(read_exam(folder), tmp_path)
    for path in (p for p in tmp_path.rglob("*") if p.is_file()):
        assert path.read_bytes() == (folder / path.relative_to(tmp_path)).read_bytes(), path.name
    assert (tmp_path / "exam.json").exists()


def test_students_and_their_details_are_kept_as_typed(kept):
    papers = read_exam(kept[1]).papers
    assert [(p.student, p.number, dict(p.details)) for p in papers] == [
        ("007", 1, {"name": "Bönd, James", "room": ""}),
        ("=ann", 2, {"name": "'x", "room": "B"}),
    ]


def test_points_are_kept_exactly(kept):
    exam = read_exam(kept[1])
    assert exam.questions[0].points == {"map": Fraction(2, 3), "total": Fraction(1)}
    assert exam.total == Fraction(8, 3)


def test_the_description_says_how_it_was_made(kept):
    exam, folder = kept
    described = json.loads((folder / "exam.json").read_text(encoding="utf-8"))
    assert described["format"] == 1
    assert described["id"] == exam.id
    assert described["code"] == exam.code == code_of(bytes.fromhex(exam.id))
    assert (described["n"], described["seed"], described["numpy"]) == (24, "x", np.__version__)
    assert described["grader"] == {"name": "standard", "digest": exam.grader.digest}
    assert [q["problem"] for q in described["questions"]] == ["ragged", "texts"]


def test_copies_of_problems_and_grader_are_kept(kept, bank):
    _, folder = kept
    for name in MIXED:
        assert (folder / "problems" / f"{name}.md").read_bytes() == (bank.folder / f"{name}.md").read_bytes()
    text = (folder / "grader.yaml").read_text(encoding="utf-8")
    assert parse_grader(text, "grader.yaml", "standard") == open_grader("standard")


def test_variants_with_shapes_of_their_own_are_stored_flat(kept):
    exam, folder = kept
    question = exam.questions[0]
    sizes = question.params["k"].cells.astype(int)
    assert set(sizes) == {1, 2, 3, 4}, "the example is ragged"
    with np.load(folder / "variants" / "Q1-000.npz", allow_pickle=False) as data:
        for name, value in (("draw.x", question.params["x"]), ("expected.map", question.expected["map"])):
            assert name not in data
            flat, shape, offset = (data[f"{name}.{part}"] for part in ("flat", "shape", "offset"))
            assert shape.tolist() == [sizes.tolist()] * 2
            assert offset.tolist() == np.cumsum([0, *sizes**2]).tolist()
            assert len(flat) == (sizes**2).sum()
            assert not np.isnan(flat).any()
            for i, k in enumerate(sizes):
                row_major = flat[offset[i] : offset[i + 1]].reshape(k, k)
                assert row_major.tolist() == value.column(i).tolist()
        assert data["draw.k"].shape == data["draw.rate"].shape == (24,)
    read = read_exam(folder).questions[0]
    assert read.params["x"].column(0).shape == (sizes[0], sizes[0])


def test_texts_are_stored_as_texts(kept):
    with np.load(kept[1] / "variants" / "Q2-000.npz", allow_pickle=False) as data:
        assert set(data["draw.config"].tolist()) == {"A", "BB"}


@pytest.mark.parametrize("block", [1, 5, 24, 25])
def test_variants_stand_in_blocks(make, kept, tmp_path, monkeypatch, block):
    monkeypatch.setattr(blocks, "BLOCK", block)
    made = make(tmp_path / "exam")
    count = -(-24 // block)
    assert sorted(path.name for path in (tmp_path / "exam" / "variants").iterdir()) == [
        f"{question}-{i:03d}.npz" for question in ("Q1", "Q2") for i in range(count)
    ]
    read = read_exam(tmp_path / "exam")
    assert_same(read, made)
    for question, whole in zip(read.questions, kept[0].questions, strict=True):
        same_values(question.params, whole.params)
        same_values(question.expected, whole.expected)


def test_the_id_is_a_hash_of_what_was_drawn(make, tmp_path):
    ids = {
        name: make(tmp_path / name, **more).id
        for name, more in {
            "one": {},
            "same": {},
            "other seed": {"seed": "y"},
            "other number": {"n": 25},
            "secret": {"seed": None},
            "other secret": {"seed": None},
        }.items()
    }
    assert ids["one"] == ids["same"]
    assert len(set(ids.values())) == 5


def test_columns_are_one_for_each_cell(kept):
    names = [heading_of(q.name, a.name, cell) for q, a, cell in columns_of(kept[0])]
    cells = [f"Q1.map[{i},{j}]" for i in range(1, 5) for j in range(1, 5)]
    assert names == [*cells, "Q1.total", "Q2.out"]


# ---- what was changed is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize("newer", [2, 99, "1", None])
def test_another_format_is_refused(folder, newer):
    changed_json(folder, "exam.json", format=newer)
    assert refused(folder) == (
        f"exam/exam.json: this exam has format {newer}; this quizgen reads format 1."
        " Use the quizgen that made it, or a newer one."
    )


def test_a_changed_problem_copy_is_refused(folder):
    path = folder / "problems" / "ragged.md"
    path.write_text(path.read_text().replace("3 * x", "4 * x"))
    assert refused(folder) == "exam/problems/ragged.md: was changed after the exam was made. Restore the copy."


def test_line_ends_of_a_copy_do_not_matter(folder, kept):
    path = folder / "problems" / "ragged.md"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_exam(folder).id == kept[0].id


def test_a_changed_grader_copy_is_refused(folder):
    path = folder / "grader.yaml"
    path.write_text(path.read_text().replace("carried: 1 ", "carried: 0 "))
    assert refused(folder).startswith("exam/grader.yaml: was changed after the exam was made")


@pytest.mark.parametrize(
    "name", ["exam.json", "papers.json", "grader.yaml", "problems/texts.md", "variants/Q2-000.npz"]
)
def test_a_missing_file_is_told(folder, name):
    (folder / name).unlink()
    said = refused(folder)
    assert said.startswith(f"exam/{name}: cannot be read: ")
    assert "No such file or directory" in said


@pytest.mark.parametrize("name", ["exam.json", "papers.json"])
@pytest.mark.parametrize("text", ["", "{", "[1]", '"x"'])
def test_damaged_json_is_told(folder, name, text):
    (folder / name).write_text(text)
    said = refused(folder)
    assert said.startswith(f"exam/{name}: is damaged: ")
    assert "instance of" not in said, "these are no words for a teacher"


@pytest.mark.parametrize("name", ["exam.json", "papers.json"])
def test_json_without_what_is_needed_is_told(folder, name):
    (folder / name).write_text('{"format": 1}')
    assert refused(folder).startswith(f"exam/{name}: is damaged: ")


@pytest.mark.parametrize("damage", ["cut", "empty", "noise", "text"])
def test_a_damaged_block_is_told(folder, damage):
    path = folder / "variants" / "Q1-000.npz"
    data = path.read_bytes()
    path.write_bytes(
        {"cut": data[: len(data) // 2], "empty": b"", "noise": b"PK\3\4" + b"\7" * 99, "text": b"x"}[damage]
    )
    assert refused(folder).startswith("exam/variants/Q1-000.npz: cannot be read: ")


@pytest.mark.parametrize("missing", ["draw.k", "expected.map.flat", "expected.total"])
def test_a_block_that_lacks_something_is_told(folder, missing):
    changed_block(folder, lambda arrays: arrays.pop(missing))
    assert refused(folder).startswith("exam/variants/Q1-000.npz: cannot be read: ")


@pytest.mark.parametrize(
    ("question", "name", "variant", "told"),
    [
        ("Q1", "expected.total", 7, "Q1.total of variant 7"),
        ("Q1", "draw.rate", 24, "Q1.total of variant 24"),
        ("Q2", "expected.out", 1, "Q2.out of variant 1"),
        ("Q2", "draw.a", 3, "Q2.out of variant 3"),
    ],
)
def test_a_stored_value_that_the_engine_does_not_find_stops_grading(folder, question, name, variant, told):
    def change(arrays):
        arrays[name][variant - 1] *= 1 + 1e-8

    changed_block(folder, change, f"{question}-000.npz")
    assert refused(folder) == (
        f"exam: {told} was stored with another value than computed now."
        " Grade with the quizgen that made the exam, and report this."
    )


def test_a_stored_cell_that_the_engine_does_not_find_stops_grading(folder, kept):
    variant = 1 + int(np.argmax(kept[0].questions[0].params["k"].cells == 3))

    def change(arrays):
        arrays["expected.map.flat"][arrays["expected.map.offset"][variant - 1] + 4] += 1

    changed_block(folder, change)
    assert f"Q1.map of variant {variant} was stored" in refused(folder)


def test_the_last_bit_of_a_stored_value_does_not_stop_grading(folder, kept):
    def change(arrays):
        arrays["expected.total"] *= 1 + 1e-12

    changed_block(folder, change)
    assert read_exam(folder).id == kept[0].id


def test_too_few_variants_are_told(folder):
    changed_json(folder, "exam.json", n=25)
    assert refused(folder) == "exam: Q1 has 24 variants instead of 25"


# ---- the folder --------------------------------------------------------------------------------------------------


def test_an_exam_is_found_itself_beside_a_file_and_in_the_current_folder(folder, tmp_path, monkeypatch):
    inside = folder / "submissions.csv"
    assert find_exam(folder) == find_exam(inside) == folder
    assert find_exam(tmp_path) == find_exam(tmp_path / "sheet.csv") == folder
    (tmp_path / "rooms").mkdir()
    monkeypatch.chdir(tmp_path)
    assert find_exam(tmp_path / "rooms" / "a" / "b.csv").resolve() == folder


def test_no_exam_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(QuizgenError) as error:
        find_exam(tmp_path / "a.csv")
    assert str(error.value) == (
        f"no exam found for {tmp_path}/a.csv. Make one with 'quizgen make', or name its folder with --exam."
    )


def test_what_was_drawn_is_never_overwritten(folder, make):
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    with pytest.raises(QuizgenError, match="exists already, and what was drawn is never overwritten"):
        make(folder)
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def test_an_empty_folder_is_not_taken_over_either(tmp_path, make):
    (tmp_path / "exam").mkdir()
    with pytest.raises(QuizgenError, match="exists already"):
        make(tmp_path / "exam")


def test_what_a_killed_make_left_is_cleared(tmp_path):
    left = tmp_path / "exam.partial"
    (left / "staff").mkdir(parents=True)
    (left / "staff" / "secret.txt").write_text("old")
    with new_folder(tmp_path / "exam") as folder:
        assert folder == left
        assert list(left.iterdir()) == []


def test_a_folder_of_that_name_that_is_not_ours_is_left_alone(tmp_path):
    mine = tmp_path / "exam.partial" / "thesis.txt"
    mine.parent.mkdir()
    mine.write_text("mine")
    with pytest.raises(QuizgenError, match=r"holds thesis\.txt, which"), new_folder(tmp_path / "exam"):
        pass
    assert mine.read_text() == "mine"


def test_a_title_may_be_mended_and_numbers_may_not(folder):
    path = folder / "exam.json"
    described = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**described, "title": "Mended"}), encoding="utf-8")
    exam = read_exam(folder)
    assert (exam.title, exam.id) == ("Mended", described["id"])
    question = described["questions"][0]
    points = dict.fromkeys(question["points"], "99")
    described["questions"][0] = {**question, "points": points}
    path.write_text(json.dumps(described), encoding="utf-8")
    with pytest.raises(QuizgenError, match="is no longer what was drawn"):
        read_exam(folder)


def test_a_roster_may_have_any_columns(tmp_path, make):
    details = {"paper": "A4", "student": "Ann Smith", "status": "active"}
    made = make(tmp_path / "exam", 2, roster=[Student("s1", details), Student("s2", {})])
    assert read_exam(tmp_path / "exam").papers == made.papers
    assert [(paper.student, paper.number) for paper in made.papers] == [("s1", 1), ("s2", 2)]


def test_a_block_that_claims_too_much_is_refused(folder):
    block = next((folder / "variants").iterdir())
    with zipfile.ZipFile(block) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = next(iter(members))
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**13,)})
    members[name] = header.getvalue()
    with zipfile.ZipFile(block, "w") as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    with pytest.raises(QuizgenError, match="cannot be read: "):
        read_exam(folder)


def test_a_folder_that_appears_meanwhile_is_not_overwritten(tmp_path, make):
    def meanwhile(what, done, total):
        (tmp_path / "exam").mkdir(exist_ok=True)
        (tmp_path / "exam" / "mine.txt").write_text("mine")

    with pytest.raises(QuizgenError, match="exists already"):
        make(tmp_path / "exam", progress=meanwhile)
    assert [path.name for path in (tmp_path / "exam").iterdir()] == ["mine.txt"]


def test_a_failure_before_the_end_leaves_no_exam(tmp_path, make):
    def stop(what, done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "exam", progress=stop)
    assert not (tmp_path / "exam").exists()
    make(tmp_path / "exam")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["exam"]


def test_a_finished_folder_has_its_name(tmp_path):
    with new_folder(tmp_path / "deep" / "exam") as folder:
        (folder / "exam.json").write_text("{}")
        assert folder.name == "exam.partial"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["exam"]


def fill(folder):
    with new_folder(folder) as place:
        for i in range(60):
            (place / f"{i}.json").write_text("something", encoding="utf-8")


@pytest.mark.parametrize("error", [OSError("no space left"), RuntimeError("anything else")])
def test_a_file_that_cannot_be_put_on_the_disk_is_told(tmp_path, monkeypatch, error):
    put = quizgen.exam.folder._put_on_disk

    def failing(file):
        if file.name == "31.json":
            raise error
        put(file)

    monkeypatch.setattr(quizgen.exam.folder, "_put_on_disk", failing)
    with pytest.raises(type(error)):
        fill(tmp_path / "exam")
    assert not (tmp_path / "exam").exists()


def test_without_threads_files_are_put_on_the_disk_one_after_the_other(tmp_path, monkeypatch):
    def no_more(self):
        raise RuntimeError("can't start new thread")

    put = []
    monkeypatch.setattr(quizgen.exam.folder.Thread, "start", no_more)
    monkeypatch.setattr(quizgen.exam.folder, "_put_on_disk", lambda file: put.append(file.name))
    fill(tmp_path / "exam")
    assert {f"{i}.json" for i in range(60)} <= set(put)
