"""What pages save: how it is packed, which attempt counts, what is refused; the marks are the same."""

from __future__ import annotations

import json
from io import BytesIO
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from make_submissions import PLACE
from submission_writers import as_zip
from test_submission_files import read_or_complaint

from quizgen.booklets.sheet import _expected_texts
from quizgen.desk import grade_files
from quizgen.errors import QuizgenError
from quizgen.exam.additions import read_exam
from quizgen.exam.model import columns_of, heading_of
from quizgen.exam.tags import write_tag
from quizgen.report.late import read_deadline
from quizgen.submissions import archive
from quizgen.submissions.savedfile import check_of, read_saved, write_saved

STUDENTS = ["ann", "bob", "cara", "dan"]


@pytest.fixture
def exam(make_small, tmp_path):
    make_small(tmp_path / "exam", n=len(STUDENTS), students=STUDENTS)
    return tmp_path / "exam"


def page_of(folder, whose, saved="2026-11-30T10:00:00+01:00", changed=(), **about):
    """A file as a student's page saves it: all answers right, but for those changed."""
    exam = read_exam(folder)
    number = STUDENTS.index(whose) + 1
    one = np.array([number])
    answers = {heading_of(q.name, a.name, c): _expected_texts(q, a, c, one)[0] for q, a, c in columns_of(exam)}
    given = {"exam": exam.id, "tag": write_tag(exam.code, number), "student": whose, **about}
    return write_saved(**given, saved=saved, answers={**answers, **dict(changed)})


def written(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def points_of(exam):
    frame = pd.read_csv(exam / "results" / "grades.csv").dropna(subset="points")
    return dict(zip(frame["student"].tolist(), frame["points"].tolist(), strict=True))


def rejects_of(desk):
    return [(reject.file.rpartition("/")[2], reject.student, reject.reason) for reject in desk.rejects]


WRONG = {"Q1.double": "7", "Q1.plus": "14"}
CHECK = "the check does not fit: it was changed or cut after it was saved"
STRANGER = "not a file of answers that a page of quizgen saved"


def whole_class(exam):
    """A folder as a platform packs it: three students, one of whom erred; work on paper beside a page."""
    return {
        "Ann_1_assignsubmission_file_/a.json": page_of(exam, "ann"),
        "Ann_1_assignsubmission_file_/work.pdf": b"%PDF",
        "Bob_2_assignsubmission_file_/b.json": page_of(exam, "bob", changed={"Q1.plus": "1"}.items()),
        "Cara_3_assignsubmission_file_/deep/c.json": page_of(exam, "cara"),
    }


WAYS = {
    "one by one": lambda place, files: [place / name for name in files if name.endswith(".json")],
    "a folder": lambda place, files: [place],
    "a zip": lambda place, files: [place.with_suffix(".zip")],
}


@pytest.mark.parametrize("way", WAYS)
def test_however_pages_come_the_marks_are_the_same(exam, tmp_path, way):
    files = whole_class(exam)
    place = written(tmp_path / "handed-in", files)
    packed = {name: data if isinstance(data, bytes) else data.encode() for name, data in files.items()}
    (tmp_path / "handed-in.zip").write_bytes(as_zip(packed))
    desk = grade_files(exam, WAYS[way](place, files), forms=(), report=False)
    assert points_of(exam) == {"ann": 7, "bob": 6, "cara": 7}
    assert rejects_of(desk) == ([] if way == "one by one" else [("work.pdf", "", STRANGER)])
    assert desk.summary.tally.students == 3


def test_rows_in_are_rows_marked_and_rows_refused(exam, tmp_path):
    files = {
        "ann.json": page_of(exam, "ann"),
        "other-exam.json": page_of(exam, "bob", exam="0" * 32),
        "other-tag.json": page_of(exam, "cara", tag=write_tag(read_exam(exam).code, 1)),
        "changed.json": page_of(exam, "dan").replace('"Q1.plus": "', '"Q1.plus": "9'),
        "cut.json": page_of(exam, "dan")[:99],
        "nothing.json": "",
        "tag.json": page_of(exam, "dan", tag="K7RF-004"),
    }
    place = written(tmp_path / "in", files)
    desk = grade_files(exam, [place / name for name in files], forms=(), report=False)
    code = read_exam(exam).code
    assert sorted(rejects_of(desk)) == [
        ("changed.json", "dan", CHECK),
        ("cut.json", "", "cut short or damaged: it is no whole JSON"),
        ("nothing.json", "", "the file is empty"),
        ("other-exam.json", "bob", "these are answers to another exam"),
        (
            *("other-tag.json", "cara"),
            f"this student holds paper {write_tag(code, 3)}, but the tag says {write_tag(code, 1)}; "
            f"if they were swapped: quizgen assign {write_tag(code, 1)} cara",
        ),
        ("tag.json", "dan", f"'K7RF-004' is not a tag. Tags of this exam look like {write_tag(code, 17)}."),
    ]
    assert desk.summary.tally.students == 1


def test_the_same_answers_count_once_whenever_they_were_saved(exam, tmp_path):
    early, late = "2026-11-30T09:00:00+01:00", "2026-11-30T11:00:00+02:00"
    files = {"a.json": page_of(exam, "ann", late), "b.json": page_of(exam, "ann", early)}
    place = written(tmp_path / "in", files | {"c.json": page_of(exam, "ann", "2026-11-30T10:30:00+01:00")})
    desk = grade_files(exam, [place], deadline=read_deadline("2026-11-30T10:00+01:00"), forms=(), report=False)
    assert (desk.rejects, desk.set_aside, points_of(exam)["ann"]) == ([], [], 7)
    assert pd.read_csv(exam / "results" / "late.csv").empty  # they were there in time


@pytest.mark.parametrize(("attempt", "points"), [("last", 5), ("first", 7), ("best", 7)])
def test_differing_files_are_attempts_in_the_order_of_their_times(exam, tmp_path, attempt, points):
    files = {
        "a.json": page_of(exam, "ann", "2026-11-30T12:00:00+01:00", WRONG.items()),
        "b.json": page_of(exam, "ann", "2026-11-30T10:30:00Z"),  # the earlier one: half past eleven
        "c.json": page_of(exam, "bob"),
    }
    place = written(tmp_path / "in", files)
    with pytest.raises(QuizgenError) as error:
        grade_files(exam, [place], forms=(), report=False)
    assert str(error.value).startswith("1 student has several finished attempts (ann)")
    desk = grade_files(
        exam, [place], attempt=attempt, deadline=read_deadline("2026-11-30T11:45+01:00"), forms=(), report=False
    )
    assert points_of(exam)["ann"] == points
    assert [reject.student for reject in desk.set_aside] == ["ann"]
    late = pd.read_csv(exam / "results" / "late.csv")
    assert late["student"].tolist() == (["ann"] if attempt == "last" else [])


def test_an_empty_page_is_an_empty_paper_and_no_attempt_beside_another(exam, tmp_path):
    blank = dict.fromkeys(json.loads(page_of(exam, "ann"))["answers"], "")
    files = {
        "a.json": page_of(exam, "ann", changed=blank.items()),
        "b.json": page_of(exam, "bob", changed=blank.items()),
        "c.json": page_of(exam, "bob", "2026-11-30T10:05:00+01:00"),
        "d.json": page_of(exam, "bob", "2026-11-30T10:10:00+01:00", blank.items()),
        "e.json": page_of(exam, "bob", "2026-11-30T10:15:00+01:00"),
    }
    desk = grade_files(exam, [written(tmp_path / "in", files)], forms=(), report=False)
    assert (points_of(exam)["ann"], points_of(exam)["bob"], desk.rejects) == (0, 7, [])


def test_a_page_saved_before_a_name_was_typed_is_the_same_student(make_small, tmp_path):
    make_small(tmp_path / "exam", n=len(STUDENTS))  # no roster: people type their names
    exam = tmp_path / "exam"
    late = {"saved": "2026-11-30T10:05:00+01:00", "changed": {"Q1.plus": "1"}.items()}
    files = {
        "a.json": page_of(exam, "ann", student=""),
        "b.json": page_of(exam, "ann", **late, student="Ann B"),
        "c.json": page_of(exam, "bob", student=""),
    }
    desk = grade_files(exam, [written(tmp_path / "in", files)], attempt="last", forms=(), report=False)
    assert (desk.rejects, points_of(exam)) == ([], {"Ann B": 6, "student-002": 7})


def test_a_zip_that_was_mended_settles_what_it_refused(exam, tmp_path):
    place = tmp_path / "in.zip"
    place.write_bytes(as_zip({"a.json": page_of(exam, "ann").encode()[:-9], "notes.txt": b"hello"}))
    assert len(grade_files(exam, [place], forms=(), report=False).rejects) == 2
    place.write_bytes(as_zip({"a.json": page_of(exam, "ann").encode(), "notes.txt": b"hello"}))
    grade_files(exam, [place], forms=(), report=False)
    rejects = pd.read_csv(exam / "results" / "rejects.csv")
    assert rejects["file"].tolist() == [f"{place}/notes.txt"]


def test_a_table_that_cannot_be_read_stops_pages_too(exam, tmp_path):
    place = written(tmp_path / "in", {"a.json": page_of(exam, "ann"), "b.csv": b""})
    with pytest.raises(QuizgenError) as error:
        grade_files(exam, [place], forms=(), report=False)
    assert "the file is empty" in str(error.value)
    assert not (exam / "results").exists()


@pytest.mark.parametrize("words", ["5", " 2 points", "because 1 < 2", "1/2"])
def test_nobody_gives_points_to_himself(bank_in, tmp_path, words):
    from quizgen.bank.folders import Bank, open_grader
    from quizgen.making import make_exam

    front = """
        draw: {a: "integers(100, 999)"}
        steps: {twice: 2 * a}
        answers: {twice: {points: 1}, why: {kind: by hand, points: 5}}
        mistakes: {once: {twice: a, says: Twice.}}
        """
    bank = Bank("hand", bank_in(tmp_path / "bank", {"why": front}))
    make_exam(bank, bank.blueprint(), open_grader("standard"), 2, out=tmp_path / "exam", seed="hand")
    exam = read_exam(tmp_path / "exam")
    page = write_saved(exam.id, write_tag(exam.code, 1), "ann", "2026-11-30T10:00:00Z", {"Q1.why": words})
    desk = grade_files(tmp_path / "exam", [written(tmp_path, {"a.json": page}) / "a.json"], forms=(), report=False)
    assert points_of(tmp_path / "exam")["ann"] == 0
    assert f"in words: {words.strip()}" in desk.review.read_text(encoding="utf-8").replace("in words:  ", "in words: ")


# ---- zips ----------------------------------------------------------------------------------------------------------


def test_nothing_is_ever_written_where_a_zip_says(exam, tmp_path):
    names = ("../../up.json", "/abs.json", "a\\..\\b.json", "C:c.json")
    packed = {name: page_of(exam, student).encode() for name, student in zip(names, STUDENTS, strict=True)}
    place = written(tmp_path / "deep" / "deeper", {"in.zip": as_zip(packed)}) / "in.zip"
    before = set(tmp_path.rglob("*.json")) - set(exam.rglob("*"))
    grade_files(exam, [place], forms=(), report=False)
    assert set(tmp_path.rglob("*.json")) - set(exam.rglob("*")) == before == set()
    assert set(points_of(exam).values()) == {7}


def test_zips_have_limits(exam, tmp_path, monkeypatch):
    page = page_of(exam, "ann").encode()
    place = tmp_path / "in.zip"
    place.write_bytes(as_zip({f"{i}.json": page for i in range(4)}))
    monkeypatch.setattr(archive, "MAX_ENTRIES", 3)
    with pytest.raises(QuizgenError, match="4 files; the limit is 3"):
        grade_files(exam, [place], forms=(), report=False)
    monkeypatch.setattr(archive, "MAX_ENTRIES", 4)
    monkeypatch.setattr(archive, "MAX_TOTAL", 3 * len(page))
    with pytest.raises(QuizgenError, match="bytes of answers"):
        grade_files(exam, [place], forms=(), report=False)


def test_a_zip_that_lies_about_sizes_gives_no_more_than_it_says(tmp_path):
    data = as_zip({"a.json": b" " * 5_000_000 + b"{}"})
    (size,) = (info.file_size for info in ZipFile(BytesIO(data)).infolist())
    lie = data.replace(size.to_bytes(4, "little"), (9_999).to_bytes(4, "little"))
    (entry,) = archive.entries(lie, "in.zip")
    assert (entry.data, entry.reason) == (b"", "damaged or locked within the zip")


# ---- any bytes -----------------------------------------------------------------------------------------------------

PAGES = sorted(path for path in PLACE.iterdir() if "saved" in path.name and path.suffix in (".json", ".zip"))
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)


@given(st.data())
def test_no_bytes_ever_raise_anything_but_a_complaint(tmp_path_factory, data):
    path = data.draw(st.sampled_from(PAGES))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    torn = tmp_path_factory.getbasetemp() / f"torn{path.suffix}"
    torn.write_bytes(bytes(content[: data.draw(st.integers(0, len(content)))]))
    sheet, complaint = read_or_complaint(torn)
    assert "\n" not in complaint
    if sheet:
        assert sheet.n + len(sheet.rejects) > 0
        assert all("\n" not in reject.reason for reject in sheet.rejects)


@given(TEXTS, TEXTS, TEXTS, st.dictionaries(TEXTS, TEXTS, max_size=4))
def test_what_is_written_is_read(tag, student, saved, answers):
    found = read_saved(write_saved("e", tag, student, saved, answers))
    assert (found.tag, found.student, found.saved, found.answers, found.reason) == (tag, student, saved, answers, "")


@given(st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=3), st.data())
def test_a_changed_text_changes_the_check(answers, data):
    name = data.draw(st.sampled_from(sorted(answers)))
    changed = {**answers, name: answers[name] + data.draw(TEXTS.filter(bool))}
    about = ("e", "K7RF-017-X", "ann", "2026-11-30T10:00:00Z")
    assert check_of(*about, answers) != check_of(*about, changed)


def test_the_check_parts_texts_from_one_another():
    checks = {check_of("e", "t", "s", "d", {"a": "b", "c": ""}), check_of("e", "t", "s", "d", {"a": "", "c": "b"})}
    assert len(checks) == 2
    assert check_of("e", "t", "s", "d", {"a": "1", "b": "2"}) == check_of("e", "t", "s", "d", {"b": "2", "a": "1"})
