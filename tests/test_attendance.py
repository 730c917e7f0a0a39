"""Lists to be signed: who sits where, in which order, with what; the spare papers; as text whatever strangers write."""

from __future__ import annotations

import builtins
import csv
import io
import json
import re
import shutil
from dataclasses import replace
from functools import partial

import pytest
from pypdf import PdfReader

from quizgen.assigning import assign
from quizgen.bank.folders import Bank, open_grader
from quizgen.booklets.attendance import HEADINGS, TEMPLATE, attendance_of, attendance_payload, attendance_table
from quizgen.booklets.forms import forms_of
from quizgen.booklets.seats import rooms_of
from quizgen.errors import QuizgenError
from quizgen.exam.additions import read_exam
from quizgen.exam.model import Paper, stand_in
from quizgen.exam.roster import Student
from quizgen.exam.tags import write_tag
from quizgen.making import make_exam
from quizgen.press import typeset
from quizgen.printing import print_attendance
from quizgen.render.words import languages

NASTY = '<script>x</script> #eval("1") \\input{y} ]] $ *a* \u202egnp.exe'
PLAIN = '<script>x</script> #eval("1") \\input{y} ]] $ *a* ·gnp.exe'
ROSTER = [
    Student("s1", {"name": "Ada", "room": "../Hall A", "seat": "A10", "extra minutes": "25%", "language": "de"}),
    Student("s2", {"name": NASTY, "room": "B", "seat": "1"}),
    Student("s/3", {"name": "Cleo", "Room": "../Hall A", "seat": "A2", "print": "large"}),
    Student("s4", {"name": "=1+1", "room": "../Hall A", "seat": "", "format": "html", "extra minutes": "30"}),
]


@pytest.fixture(scope="module")
def folder(small_bank, tmp_path_factory):
    """An exam of four students in two rooms, with two spares; and `printed`, one without spares, made with PDFs."""
    place = tmp_path_factory.mktemp("attendance")
    (place / "bank").mkdir()
    (place / "bank" / "alpha.md").write_text((small_bank / "alpha.md").read_text(encoding="utf-8"), encoding="utf-8")
    plan = f"title: {json.dumps(NASTY)}\ndate: 1 March\nminutes: 80\nquestions: [alpha]\n"
    (place / "bank" / "exam.yaml").write_text(plan, encoding="utf-8")
    bank, out = Bank("bank", place / "bank"), place / "exam"
    make = partial(make_exam, bank, bank.blueprint(), open_grader("standard"), seed="a", roster=ROSTER)
    make(4, out=place / "printed", forms=forms_of("pdf"))
    make(6, out=out, forms=forms_of("md"))
    print_attendance(out)
    return out


@pytest.fixture(scope="module")
def exam(folder):
    return read_exam(folder)


def text_of(pdf):
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(pdf).pages).replace("\u200b", ""))


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_rooms_are_in_the_order_of_the_roster_and_seats_in_theirs(exam):
    found = {one.room.name: [line.student for line in one.lines] for one in attendance_of(exam)}
    assert found == {"../Hall A": ["s/3", "s1", "s4"], "B": ["s2"]}
    assert [one.room for one in attendance_of(exam)] == rooms_of(exam.papers), "as the stacks of booklets"


def test_a_line_says_what_an_invigilator_needs(exam):
    hall, _ = attendance_of(exam)
    lines = {line.student: line for line in hall.lines}
    assert (lines["s1"].name, lines["s1"].seat, lines["s1"].tag) == ("Ada", "A10", write_tag(exam.code, 1))
    assert {student: (line.extra, line.remarks) for student, line in lines.items()} == {
        "s1": ("+ 20 minutes", "Deutsch"),
        "s/3": ("", "large print"),
        "s4": ("+ 30 minutes", "HTML"),
    }


def test_make_writes_the_lists_for_staff_where_it_prints(folder, exam):
    place = folder.parent / "printed" / "staff" / "attendance"
    hall = rooms_of(exam.papers)[0].file
    assert {path.name for path in place.iterdir()} == {"B.csv", "B.pdf", f"{hall}.csv", f"{hall}.pdf"}
    assert not (folder / "staff" / "attendance").exists()
    assert {path.stat().st_mode & 0o077 for path in (place, *place.iterdir())} == {0}


def test_the_list_on_paper(folder, exam):
    hall, other = (folder / "attendance" / f"{room.file}.pdf" for room in rooms_of(exam.papers))
    text = text_of(hall)
    for said in ("Attendance", "Room ../Hall A", "1 March", "80 minutes", "Signature", "Ada", "A10", "+ 20 minutes"):
        assert said in text, said
    assert "Page 1 of 1" in text
    assert text.index("Cleo") < text.index("Ada") < text.index("=1+1") < text.index("Spare papers")
    for number in (1, 3, 4, 5, 6):
        assert write_tag(exam.code, number) in text
    assert write_tag(exam.code, 2) not in text
    for words in (PLAIN, "s2"):
        assert words.replace(" ", "") in text_of(other).replace(" ", "")
    reader = PdfReader(hall)
    assert reader.metadata is not None
    assert "/CreationDate" not in reader.metadata
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"], "for screen readers, too"


def test_a_table_guards_what_a_spreadsheet_would_run(folder, exam):
    hall = rooms_of(exam.papers)[0].file
    rows = table(folder / "attendance" / f"{hall}.csv")
    assert tuple(rows[0]) == HEADINGS
    assert [row["student"] for row in rows] == ["s/3", "s1", "s4", "", ""]
    assert rows[2]["name"] == "'=1+1"
    assert [row["tag"] for row in rows[3:]] == [write_tag(exam.code, 5), write_tag(exam.code, 6)]


def test_a_list_written_later_knows_who_holds_what(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "exam")
    exam = read_exam(folder)
    assign(tmp_path / "exam", write_tag(exam.code, 5), "s1")
    assign(tmp_path / "exam", write_tag(exam.code, 6), "zoe", new=True)
    files = print_attendance(tmp_path / "exam", pdf=False)
    assert {path.parent for path in files} == {tmp_path / "exam" / "attendance"}
    assert files[0].parent.stat().st_mode & 0o077 == 0
    rows = {path.stem: {row["student"]: row["tag"] for row in table(path)} for path in files}
    hall = rooms_of(exam.papers)[0].file
    assert rows[hall]["s1"] == write_tag(exam.code, 5)
    assert rows["no-room"] == {"zoe": write_tag(exam.code, 6)}
    assert all("" not in held for held in rows.values()), "the paper that was replaced is no spare"
    before = [path.read_bytes() for path in files]
    assert [path.read_bytes() for path in print_attendance(tmp_path / "exam", pdf=False)] == before


def test_heads_repeat_on_every_page(exam):
    papers = tuple(Paper(f"s{i}", i, {"name": f"Name {i}", "seat": str(i)}) for i in range(1, 60))
    many = replace(exam, papers=papers)
    (one,) = attendance_of(many)
    pdf = typeset(attendance_payload(many, one, "a4"), TEMPLATE)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    assert len(pages) > 1
    for number, text in enumerate(pages, start=1):
        assert "Signature" in text
        assert f"Page {number} of {len(pages)}" in text
    assert [float(side) for side in PdfReader(io.BytesIO(pdf)).pages[0].mediabox[2:]] == pytest.approx(
        [595.28, 841.89], abs=0.1
    )


@pytest.mark.parametrize("language", languages())
def test_every_language_and_paper(exam, language):
    spoken = replace(exam, language=language)
    for one in attendance_of(spoken):
        pdf = typeset(attendance_payload(spoken, one, "us-letter"), TEMPLATE)
        sides = [float(side) for side in PdfReader(io.BytesIO(pdf)).pages[0].mediabox[2:]]
        assert sides == pytest.approx([612, 792], abs=0.1)
        word = {"en": "Attendance", "de": "Anwesenheit", "fr": "Émargement"}[language]
        assert word in text_of(io.BytesIO(pdf))


@pytest.mark.parametrize("text", ["9" * 5000, "\x00\x1b[31m", "{{#x}}", "\u202e\u2066" * 40, "名" * 300])
def test_odd_names_rooms_and_seats_stay_text(exam, text):
    odd = replace(exam, papers=(Paper(text, 1, {"name": text, "room": text, "seat": text}),))
    (one,) = attendance_of(odd)
    reader = PdfReader(io.BytesIO(typeset(attendance_payload(odd, one, "a4"), TEMPLATE)))
    assert len(reader.pages) < 30
    assert write_tag(exam.code, 1) in "".join(page.extract_text() for page in reader.pages)
    assert len(list(csv.reader(io.StringIO(attendance_table(one), newline="")))) == 2 + len(one.spares)


def test_without_a_roster_lines_are_left_to_be_filled_in(exam):
    bare = replace(exam, has_roster=False, date="", minutes=None)
    (one,) = attendance_of(replace(bare, papers=tuple(Paper(stand_in(i), i) for i in (1, 2, 3))))
    assert [(line.student, line.name, line.tag) for line in one.lines] == [
        ("", "", write_tag(exam.code, number)) for number in (1, 2, 3)
    ]
    assert typeset(attendance_payload(bare, one, "a4"), TEMPLATE), "nothing is known of the exam but its title"


def test_the_command_writes_what_is_asked_for(folder, exam, quizgen, tmp_path):
    ran = quizgen("attendance", "--room", "B", "--exam", folder, "--out", tmp_path / "lists", "--paper", "letter")
    assert (ran.code, ran.out.splitlines()) == (
        0,
        [str(tmp_path / "lists" / f"B.{ending}") for ending in ("csv", "pdf")],
    )
    refused = [
        (("--room", "C"), "nobody sits in a room 'C'. There are: ../Hall A, B."),
        (("--room", "Hall A"), "nobody sits in a room 'Hall A'. Did you mean '../Hall A'?"),
        (("--paper", "a5"), "there is no paper 'a5'. Say a4 or letter."),
        (("--out", folder / "staff" / "attendance"), "what was made with the exam stays as it is"),
    ]
    for options, message in refused:
        ran = quizgen("attendance", "--exam", folder, *options)
        assert ran.code != 0
        assert message in ran.err


def test_without_typst_a_clear_line_says_what_to_do(folder, quizgen, monkeypatch, tmp_path):
    real = builtins.__import__

    def missing(name, *more, **words):
        if name == "typst":
            raise ImportError(name=name)
        return real(name, *more, **words)

    monkeypatch.setattr(builtins, "__import__", missing)
    ran = quizgen("attendance", "--exam", folder, "--out", tmp_path / "lists")
    assert ran.err == (
        "quizgen: a PDF needs typst, which is not installed. "
        'Install it: pip install "quizgen[pdf]"; or say --csv, for tables alone.\n'
    )
    assert not (tmp_path / "lists").exists()
    assert quizgen("attendance", "--exam", folder, "--out", tmp_path / "lists", "--csv").code == 0
    assert {path.suffix for path in (tmp_path / "lists").iterdir()} == {".csv"}


def test_a_wrong_room_writes_nothing(folder, tmp_path):
    with pytest.raises(QuizgenError):
        print_attendance(folder, ["B", "C"], out=tmp_path / "lists")
    assert list((tmp_path / "lists").iterdir()) == []
