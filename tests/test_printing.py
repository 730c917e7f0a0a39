"""Booklets once more: the same as before, or as a correction left them."""

from pathlib import Path

import pytest
from pypdf import PdfReader

from quizgen.bank.folders import open_bank
from quizgen.booklets import bind
from quizgen.booklets.forms import Printing, forms_of
from quizgen.booklets.solved import key_as_page
from quizgen.errors import QuizgenError
from quizgen.exam.additions import read_exam
from quizgen.exam.tags import write_tag
from quizgen.printing import papers_of
from quizgen.render.html import mathml

SHORT = ("--problems", "conv-layer-cost,feature-map-size", "--seed", "prints", "--to", "md")


@pytest.fixture
def exam(quizgen, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    quizgen("make", "--n", "3", *SHORT)
    return tmp_path / "exam"


def texts(folder):
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))}


def test_a_reprint_is_what_was_handed_out(exam, quizgen):
    ran = quizgen("print", "--to", "md", "--key")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "3 booklets in exam/prints/001/")
    assert len(texts(exam / "booklets")) == 3
    assert texts(exam / "prints" / "001") == texts(exam / "booklets")
    assert texts(exam / "prints" / "001" / "staff") == texts(exam / "staff" / "key")
    assert (exam / "prints" / "001" / "staff").stat().st_mode & 0o077 == 0


def test_some_are_named_by_tag_or_student(exam, quizgen):
    tag = write_tag(read_exam(exam).code, 3)
    quizgen("print", tag.lower(), "student-001", "--to", "md")
    quizgen("print", "student-002", "--to", "md")
    assert list(texts(exam / "prints" / "001")) == ["001.md", "003.md"]
    assert list(texts(exam / "prints" / "002")) == ["002.md"]
    assert not (exam / "prints" / "001" / "staff").exists()


def test_a_corrected_wording_is_printed(exam, quizgen, tmp_path):
    text = (exam / "problems" / "conv-layer-cost.md").read_text(encoding="utf-8")
    mended = tmp_path / "conv-layer-cost.md"
    mended.write_text(text.replace("# Question\n", "# Question\n\nThis sentence was missing.\n"), encoding="utf-8")
    made = quizgen("simulate")
    assert made.code == 0
    quizgen("grade", "simulated.csv", "--no-feedback")
    assert quizgen("regrade", "--problem", str(mended), "--reason", "wording", "--apply").code == 0
    quizgen("print", "--to", "md")
    before, after = texts(exam / "booklets"), texts(exam / "prints" / "001")
    assert all("This sentence was missing." in text for text in after.values())
    assert all(text.count(" · Revision 1 · ") == 1 for text in after.values())
    mended = {name: text.replace("This sentence was missing.\n\n", "") for name, text in after.items()}
    assert {name: text.replace(" · Revision 1", "") for name, text in mended.items()} == before


@pytest.mark.parametrize(
    ("who", "says"),
    [
        ("student-0033", "Did you mean 'student-003'?"),
        ("nobody at all", "'nobody at all' is no student and no tag of this exam"),
        ("ABCD-001-X", "has a typing error|belongs to another exam"),
        ("tag 9", "there is no paper 9; the exam has 3"),
    ],
)
def test_strangers_have_no_booklet(exam, who, says):
    drawn = read_exam(exam)
    with pytest.raises(QuizgenError, match=says.replace("?", r"\?")):
        papers_of(drawn, [write_tag(drawn.code, 9) if who == "tag 9" else who])


def test_what_exists_is_not_written_over(exam, quizgen, tmp_path):
    (tmp_path / "here").mkdir()
    ran = quizgen("print", "--out", "here", "--to", "md")
    assert (ran.code, "here exists already" in ran.err) == (1, True)
    assert list((tmp_path / "here").iterdir()) == []


def test_forms_are_known_by_name():
    assert [form.name for form in forms_of("md, MD").texts] == ["md"]
    assert [form.name for form in forms_of("").texts] == ["md", "html"]
    assert forms_of("md,pdf", "letter", simplex=True).printing == Printing("us-letter", duplex=False)
    with pytest.raises(QuizgenError, match="cannot be written as 'docx'"):
        forms_of("md,docx")
    with pytest.raises(QuizgenError, match="no paper 'a5'"):
        forms_of("pdf", "a5")
    with pytest.raises(QuizgenError, match="answer sheets are printed"):
        forms_of("md", answer_sheets=True)


ROSTER = "student,room,seat,format\nann,R1,2,\nbob,R1,1,\ncid,,,html\n"


def test_booklets_are_printed_by_room_and_seat(quizgen, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    asked = ("--problems", "feature-map-size", "--seed", "prints", "--to", "html,pdf", "--answer-sheets")
    assert quizgen("make", "--roster", "roster.csv", *asked).code == 0
    exam = tmp_path / "exam"
    found = {path.relative_to(exam / "booklets").as_posix() for path in (exam / "booklets").rglob("*.*")}
    each = {f"{folder}/{name}.pdf" for folder in ("pdf", "answer-sheets") for name in ("ann", "bob")}
    assert found == {"001.html", "002.html", "003.html", "print/R1.pdf", "print/R1-answers.pdf", *each}
    tags = [write_tag(read_exam(exam).code, number) for number in (2, 1)]  # bob sits in front
    pages = [page.extract_text() for page in PdfReader(exam / "booklets" / "print" / "R1.pdf").pages]
    assert [tag for page in pages for tag in tags if tag in page] == [
        tag for tag in tags for _ in range(len(pages) // 2)
    ]
    assert (exam / "staff" / "proof.pdf").stat().st_mode & 0o077 == 0


def test_who_asks_for_another_form_gets_it_beside_paper(quizgen, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    asked = ("--roster", "roster.csv", "--problems", "feature-map-size", "--seed", "prints")
    assert quizgen("make", *asked, "--to", "pdf").code == 0
    exam = tmp_path / "exam"
    assert [path.name for path in (exam / "booklets").glob("*.*")] == ["003.html"]
    assert [path.name for path in (exam / "staff" / "key").iterdir()] == ["003.html"]
    assert len(PdfReader(exam / "staff" / "key.pdf").pages) == 3
    assert quizgen("print", "cid", "ann", "--to", "md").code == 0
    assert sorted(path.name for path in (exam / "prints" / "001").iterdir()) == ["001.md", "003.html", "003.md"]


def test_who_asks_for_paper_where_there_is_none_is_told(quizgen, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "roster.csv").write_text(ROSTER.replace("html", "pdf"), encoding="utf-8")
    refused = quizgen("make", "--roster", "roster.csv", "--problems", "feature-map-size", "--to", "md")
    assert refused.code == 1
    assert "roster.csv:4: 'format' is 'pdf', and no PDFs are made. Say --to pdf, too." in refused.err
    assert not (tmp_path / "exam").exists()


def test_one_booklet_is_printed_again_with_its_key(exam, quizgen):
    assert quizgen("print", "student-002", "--to", "pdf", "--key", "--simplex").code == 0
    place = exam / "prints" / "001"
    assert sorted(path.name for path in place.rglob("*.pdf")) == ["002.pdf", "all.pdf", "key.pdf"]
    assert (place / "staff" / "key.pdf").stat().st_mode & 0o077 == 0
    tag = write_tag(read_exam(exam).code, 2)
    assert all(tag in page.extract_text() for page in PdfReader(place / "staff" / "key.pdf").pages)


# ---- one question as a page --------------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", ["vgg-table", "cnn-train-step"])
def test_a_specimen_opens_as_a_page(problem, quizgen, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    ran = quizgen("show", problem, "--open")
    place = Path(ran.out.strip())
    assert opened == [place.as_uri()]
    page = place.read_text(encoding="utf-8")
    for part in ("Question", "Right answers", "Worked solution"):
        assert f"<h3>{part}</h3>" in page
    for answer in open_bank("cnn").problem(problem).answers:
        assert f'<th scope="row">Q1.{answer.name}</th>' in page
        assert f"<strong>Q1.{answer.name}</strong> (" in page


def test_a_key_as_a_page_holds_what_is_right(exam):
    for booklet in bind(read_exam(exam), solutions=True):
        page = key_as_page(booklet)
        assert f"Key to paper <code>{booklet.tag}</code>" in page
        right = [right for section in booklet.sections for right in section.right]
        assert [one.name for one in right] == [field.name for field in booklet.fields]
        assert {one.tex == "" for one in right} == {True, False}  # a shape is no number
        for one in right:
            assert f'<th scope="row">{one.name}</th><td>{mathml(one.tex) if one.tex else one.text}</td>' in page
