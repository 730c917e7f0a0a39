"""Booklets as PDF: what is on the pages, how long they are, who comes after whom, and who may read them."""

import builtins
import io
import json
import multiprocessing
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from pypdf import PdfReader

from quizgen.bank.folders import Bank, of_problems, open_bank, open_grader
from quizgen.booklets.binding import bind
from quizgen.booklets.codes import code_text
from quizgen.booklets.forms import Printing
from quizgen.booklets.payload import LARGE, Look, Mode, payload
from quizgen.booklets.pdf import TEMPLATE, write_key, write_pdfs, write_stacks
from quizgen.booklets.proof import proof_of, write_proof
from quizgen.draw.evenness import work
from quizgen.errors import QuizgenError
from quizgen.exam.roster import Student
from quizgen.making import make_exam
from quizgen.press import Job, press, typeset
from quizgen.world.worlds import world

NASTY = '<script>x</script> #eval("1") \\input{y} ]] $ *a* \u202egnp.exe'
PLAIN = '<script>x</script> #eval("1") \\input{y} ]] $ *a* ·gnp.exe'
ROSTER = [
    Student("s1", {"name": "Ada", "room": "../Hall A", "seat": "A10"}),
    Student("s2", {"name": NASTY, "room": "B", "seat": "1"}),
    Student("s/3", {"name": "Cleo", "Room": "../Hall A", "seat": "A2", "print": "large"}),
    Student("s4", {"name": "Dan", "room": "../Hall A", "seat": ""}),
    Student("s5", {"name": "Eve", "room": "", "seat": ""}),
]
TEXTS = r"""---
title: TITLE
draw: {a: "integers(2, 99)", m: "integers(10, 99, shape=(3, 4))"}
steps: {double: 2 * a, map: 3 * m, big: double + max(map)}
answers:
  double: {points: 2}
  map: {points: 3, working: 2 cm}
  big: {points: 1}
  why: {kind: by hand, points: 1, lines: 3}
mistakes:
  tripled: {double: 3 * a, says: Two times.}
---
# Question

First <b>words</b> #import "x" ]] and $a = <<a>>$, **loud** and *soft*, `code #1`, a [place](https://example.org/a).

| layer | size |
|---|--:|
| conv | <<a>> |

$$ M = <<m>> $$

1. Double it. [[double]]
2. The map. [[map]]

   - the largest [[big]]

> Quoted #set words.

Say why. [[why]]

# Solution

$$ \begin{aligned} \mathrm{double} &= 2 \cdot <<a>> = <<double>> && \text{done} \end{aligned} $$

The end of $\frac{1}{2} \left( x \right)$.
"""


@pytest.fixture(scope="module")
def exam(tmp_path_factory):
    """Five students, each with a question of every kind of text."""
    place = tmp_path_factory.mktemp("pdf")
    bank = place / "bank"
    bank.mkdir()
    (bank / "texts.md").write_text(TEXTS.replace("TITLE", json.dumps(NASTY)), encoding="utf-8")
    (bank / "exam.yaml").write_text(
        f"title: {json.dumps(NASTY)}\ndate: 1 March\naids: [a ruler]\nminutes: 90\nquestions: [texts]\n",
        encoding="utf-8",
    )
    opened = Bank("bank", bank)
    blueprint = opened.blueprint()
    return make_exam(opened, blueprint, open_grader("standard"), 5, out=place / "exam", seed="pdf", roster=ROSTER)


@pytest.fixture(scope="module")
def printed(exam, tmp_path_factory):
    """The PDF of every student, set by several processes."""
    place = tmp_path_factory.mktemp("printed") / "pdf"
    before = len(multiprocessing.active_children())
    files = write_pdfs(exam, place, Printing(processes=2))
    assert len(multiprocessing.active_children()) <= before
    return files


def words_of(file):
    """The texts of a PDF's pages."""
    return [page.extract_text() for page in PdfReader(file).pages]


def flat(text):
    return re.sub(r"\s+", " ", text)


def test_every_student_has_a_file_with_a_name_that_is_safe(printed):
    assert [file.name for file in printed.values()] == ["s1.pdf", "s2.pdf", "s_3~272b7fec.pdf", "s4.pdf", "s5.pdf"]


def test_booklets_of_a_size_are_equally_long_and_even(printed):
    pages = {number: len(PdfReader(file).pages) for number, file in printed.items()}
    assert {pages[number] for number in (1, 2, 4, 5)} == {2}
    assert pages[3] == 4


def test_pages_that_are_added_say_that_they_are_empty(exam, tmp_path):
    booklet = next(bind(exam, [1]))
    file = tmp_path / "long.pdf"
    file.write_bytes(typeset(payload(booklet, Mode.QUESTIONS, Look(), pages=5, codes=5), TEMPLATE))
    pages = words_of(file)
    assert len(pages) == 5
    for number, text in enumerate(pages[2:], start=3):
        assert "This page is left empty." in text
        assert booklet.tag in text
        assert f"Page {number} of 5" in text


def test_one_side_of_the_paper_needs_no_empty_pages(exam, tmp_path):
    files = write_pdfs(exam, tmp_path, Printing(duplex=False), numbers=[3], mode=Mode.ANSWERS)
    pages = words_of(files[3])
    assert not any("left empty" in page for page in pages)
    assert "Answer sheet" in pages[0]


ORDER = """1 March
7 points
90 minutes
Name Ada
Student id s1
Question Q1 Total
Points 7 7 Reached
a ruler
How this exam is marked
Each wrong step
Q1
{tag}
First <b>words</b> #import "x" ]] and
loud and soft
code #1
place (https://example.org/a)
layer size
conv
Double it.
Q1.double
2 points
The map.
Q1.map
3 points
Working Q1.map
the largest
Q1.big
Quoted #set words.
Say why.
Q1.why"""


def test_the_words_come_back_in_the_order_of_reading(exam, printed):
    booklet = next(bind(exam, [1]))
    (section,) = booklet.sections
    text = flat(" ".join(words_of(printed[1])))
    place = 0
    for part in ORDER.format(tag=section.tag).splitlines():
        place = text.find(part, place)
        assert place >= 0, part
        place += len(part)


def test_what_strangers_wrote_is_text(printed):
    text = flat(" ".join(words_of(printed[2])))
    assert text.count(PLAIN) >= 4  # title, name, head of the question, foot of a page


def test_the_file_says_what_it_is(printed):
    for file in printed.values():
        reader = PdfReader(file)
        root = reader.trailer["/Root"]
        assert reader.metadata["/Title"] == PLAIN
        assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en", True)
        assert b"<pdfuaid:part>1" in root["/Metadata"].get_data()


def test_the_same_data_give_the_same_bytes(exam):
    data = payload(next(bind(exam, [2])), Mode.QUESTIONS, Look(), codes=2)
    again = payload(next(bind(exam, [2])), Mode.QUESTIONS, Look(), codes=2)
    assert data == again
    first, program = (
        typeset(data, TEMPLATE),
        "import sys\nfrom pathlib import Path\nfrom quizgen.press import typeset\n",
    )
    program += f"sys.stdout.buffer.write(typeset(sys.stdin.read(), Path({str(TEMPLATE)!r})))"
    other = subprocess.run([sys.executable, "-c", program], input=data.encode(), capture_output=True, check=True)
    assert first == other.stdout


@pytest.fixture(scope="module")
def pictures(exam):
    """The pages of a booklet in both sizes, as they come from a scanner with 100 dots an inch."""
    import typst
    from PIL import Image

    compiler = typst.Compiler(TEMPLATE, ignore_system_fonts=True)

    def pages(number, size):
        booklet = next(bind(exam, [number]))
        data = payload(booklet, Mode.QUESTIONS, Look(size=size), pages=4, codes=4)
        found = compiler.compile(format="png", ppi=100, sys_inputs={"data": data})
        return booklet, [np.array(Image.open(io.BytesIO(page)).convert("L")) for page in found]

    return pages


@pytest.mark.parametrize("size", [11, LARGE])
def test_every_page_has_a_code_that_a_scanner_reads(exam, pictures, size):
    zxingcpp = pytest.importorskip("zxingcpp")
    booklet, pages = pictures(1, size)
    assert len(pages) == 4
    told = [[code.text for code in zxingcpp.read_barcodes(page)] for page in pages]
    assert told == [[code_text(exam.id, booklet.tag, number)] for number in (1, 2, 3, 4)]


@pytest.mark.parametrize("size", [11, LARGE])
def test_nothing_runs_over_the_edge(pictures, size):
    _, pages = pictures(2, size)
    for page in pages:
        edge = 100 * 6 // 25
        assert page[:, -edge:].min() == page[:, :edge].min() == page[:edge].min() == page[-edge:].min() == 255


def test_stacks_follow_rooms_and_seats(exam, printed, tmp_path):
    stacks = write_stacks(exam, printed, tmp_path / "print")
    names = [re.sub("~[0-9a-f]{8}", "~", stack.name) for stack in stacks]
    assert names == ["_Hall_A~.pdf", "B.pdf", "no-room.pdf"]
    assert sorted(path.name for path in (tmp_path / "print").iterdir()) == sorted(stack.name for stack in stacks)
    firsts = [page for page in words_of(stacks[0]) if "Page 1 of" in page]
    who = [re.search(r"Student id ?(\S+)", flat(page))[1] for page in firsts]
    assert who == ["s/3", "s1", "s4"]  # A2, A10, none
    assert len(PdfReader(stacks[0]).pages) == 8


def test_a_room_may_be_called_as_it_likes(exam, printed, tmp_path):
    rooms = dict(zip((1, 2, 3, 4, 5), ("no-room", "", "No-Room-", "a" * 300, "/"), strict=True))
    papers = tuple(replace(paper, details={"room": rooms[paper.number], "seat": "9" * 5000}) for paper in exam.papers)
    stacks = write_stacks(replace(exam, papers=papers), printed, tmp_path)
    assert len({stack.name.lower() for stack in stacks}) == len(list(tmp_path.iterdir())) == 5


def test_the_key_is_for_its_owner(exam, tmp_path):
    key = write_key(exam, tmp_path, Printing())
    assert key.stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["key.pdf"]
    text = flat(" ".join(words_of(key)))
    booklets = list(bind(exam, solutions=True))
    for booklet in booklets:
        right = {one.name: one.text for one in booklet.sections[0].right}
        assert f"Q1.double {right['Q1.double']}" in text
        assert booklet.tag in text
    assert text.count("The end of") == len(booklets) == 5


def test_a_question_that_no_paper_asks_is_not_in_the_proof(exam):
    unasked = replace(exam.questions[0], name="Q2", asked=np.zeros(exam.n, dtype=bool))
    booklet, notes = proof_of(replace(exam, questions=(*exam.questions, unasked)))
    assert {section.name for section in booklet.sections} == {"Q1"}
    assert len(booklet.sections) == len(notes)


def test_the_proof_shows_the_easiest_and_the_hardest_variant(exam, tmp_path):
    booklet, notes = proof_of(exam)
    assert len(booklet.sections) == len(notes)
    assert [note.partition(" · ")[0] for note in notes] == ["specimen"]  # all variants are the same work
    proof = write_proof(exam, tmp_path, Printing())
    assert proof.stat().st_mode & 0o077 == 0
    text = flat(" ".join(words_of(proof)))
    assert all(note in text for note in notes)
    assert text.count("The end of") == text.count("Double it.") == len(notes)


def test_the_proof_holds_variants_of_little_and_of_much_work(tmp_path):
    bank = open_bank("cnn")
    exam = make_exam(
        bank, of_problems(bank, "conv-window"), open_grader("standard"), 8, out=tmp_path / "e", seed="work"
    )
    took = work(world(exam.questions[0].problem, exam.questions[0].params))
    notes = proof_of(exam)[1]
    shown = [float(note.rpartition(" · ")[2].split()[0]) for note in notes]
    roles = [role for note in notes for role in note.partition(" · ")[0].split(", ")]
    assert sorted(roles) == ["least work", "most work", "specimen"]
    assert (min(shown), max(shown)) == (took.min(), took.max())
    assert took.min() < took.max()


def test_a_booklet_betrays_no_answer(exam, printed):
    for booklet in bind(exam, solutions=True):
        text = flat(" ".join(words_of(printed[booklet.number])))
        data = payload(booklet, Mode.QUESTIONS, Look(), codes=1)
        assert '"solution":[]' in data
        assert '"right":[]' in data
        assert "The end of" not in text
        shapes = json.loads(data)["sections"][0]["fields"]
        assert {name: field["shape"] for name, field in shapes.items()} == {
            "double": [],
            "map": [3, 4],
            "big": [],
            "why": [],
        }


def test_without_the_libraries_the_way_to_them_is_told(exam, tmp_path, monkeypatch):
    real = builtins.__import__

    def missing(name, *args):
        if name == "typst":
            raise ImportError("no such thing", name=name)
        return real(name, *args)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(QuizgenError) as error:
        write_pdfs(exam, tmp_path / "none", Printing())
    assert str(error.value) == 'a PDF needs typst, which is not installed. Install it: pip install "quizgen[pdf]"'
    assert not (tmp_path / "none").exists()


def test_pages_that_do_not_settle_are_an_error(tmp_path):
    template = tmp_path / "restless.typ"
    template.write_text("#context range(calc.rem(counter(page).final().first(), 2)).map(_ => pagebreak()).join()\n")
    with pytest.raises(QuizgenError, match="its pages do not settle"):
        typeset("{}", template)


@pytest.mark.parametrize(("papers", "processes"), [(3, 1), (5, 1), (6, 1), (9, 2)])
def test_the_last_papers_are_set_although_all_processes_are_due(tmp_path, monkeypatch, papers, processes):
    monkeypatch.setattr("quizgen.press.PAPERS_EACH", 4)
    template = tmp_path / "plain.typ"
    template.write_text("#sys.inputs.data\n")
    jobs = (Job(number, f"paper {number}", tmp_path / f"{number}.pdf") for number in range(papers))
    assert list(press(jobs, template, processes)) == [(number, 1) for number in range(papers)]
    assert words_of(tmp_path / f"{papers - 1}.pdf") == [f"paper {papers - 1}"]


@pytest.mark.parametrize("count", [1, 4])
def test_data_that_cannot_be_set_are_an_error(tmp_path, count):
    jobs = (Job(number, "{}", tmp_path / f"{number}.pdf") for number in range(count))
    with pytest.raises(QuizgenError, match="a paper cannot be set"):
        list(press(jobs, TEMPLATE, processes=2))
    assert list(tmp_path.iterdir()) == []
