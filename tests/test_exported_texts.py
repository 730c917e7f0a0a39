"""What stands in every export: the language of the exam, and drawings and images as tables that platforms allow."""

from __future__ import annotations

import io
import re
import tarfile
from html import unescape
from zipfile import ZipFile, is_zipfile

import pytest

from quizgen.bank.folders import Bank, of_problems, open_bank, open_grader
from quizgen.export.options import Options
from quizgen.export.table import FORMATS
from quizgen.exporting import export_exam
from quizgen.making import make_exam

PROBLEMS = "vgg-table,vgg-parameter-count,conv-window,conv-forward"
# What English exports say and German ones do not: labels, hints, headings of tables. Names of problems stay English.
ENGLISH = re.compile(
    r"\bpoints?;|a whole number|\bone of:|not asked|decimals? with a point|Write all|\blayer\b|\binput\b"
)
WITH_HINTS = {"qti21", "qti30", "olx"}


@pytest.fixture(scope="module", params=["en", "de"])
def made(request, tmp_path_factory):
    """The language of an exam, and its folder."""
    bank, folder = open_bank("cnn"), tmp_path_factory.mktemp(request.param) / "exam"
    blueprint, grader = of_problems(bank, PROBLEMS), open_grader("standard")
    make_exam(bank, blueprint, grader, 2, out=folder, seed="texts", language=request.param)
    return request.param, folder


def text_of(path):
    """All that stands in a file, members of packages one after another, without entities."""
    data = path.read_bytes()
    if is_zipfile(path):
        packed = ZipFile(io.BytesIO(data))
        texts = [packed.read(name).decode("utf-8-sig") for name in packed.namelist()]
    elif path.name.endswith(".gz"):
        with tarfile.open(path) as packed:
            texts = [packed.extractfile(member).read().decode() for member in packed if member.isfile()]
    else:
        texts = [data.decode()]
    return unescape(unescape("\n".join(texts)))


def exported(folder, name, place, **options):
    path = place / f"out{FORMATS[name]().ending}"
    export_exam(folder, name, Options(skip_unsupported=True, **options), path)
    return text_of(path)


@pytest.mark.parametrize("name", FORMATS)
def test_an_exam_is_exported_in_its_language(name, made, tmp_path):
    language, folder = made
    text = exported(folder, name, tmp_path)
    titles = {"de": "Welches VGG-Netz ist es?", "en": "Which VGG network is it?"}
    assert titles[language] in text.replace("\\", "")
    assert (("Punkte" in text or "Punkt;" in text), bool(ENGLISH.search(text))) == (language == "de", language == "en")
    assert ("Dezimalstellen hinter einem Punkt" in text) == (language == "de" and name in WITH_HINTS)
    assert ("decimals with a point" in text) == (language == "en" and name in WITH_HINTS)
    if name.startswith("qti"):
        assert set(re.findall(r' xml:lang="(\w+)"', text)) == {language}
    if name == "brightspace":
        assert ("in eine Zeile schreiben" in text) == (language == "de")


@pytest.mark.parametrize("name", FORMATS)
def test_drawings_and_images_are_plain_tables(name, made, tmp_path):
    language, folder = made
    told = "solution" if "solution" in FORMATS[name]().feedback else ""
    text = exported(folder, name, tmp_path, feedback=told).replace("\\", "")
    assert not re.search(r"<(?:\w+:)?svg|background:", text)
    cell = r"(?:qti-)?td"
    words = {"de": "Eingabe", "en": "input"}[language]
    drawn = re.findall(rf"<{cell}>{words}</{cell}><{cell}>\d+ × \d+ × 3<", text)
    # In the solutions of two problems, two variants each: Blackboard has no feedback, GIFT repeats it for each answer.
    assert len(drawn) == {"blackboard": 0, "gift": 8}.get(name, 4)
    asked = name != "blackboard"  # which has no room for so many boxes
    assert bool(re.search(rf"<tr>\s*(?:<{cell}>\d</{cell}>){{3,}}</tr>", text)) == asked


@pytest.mark.parametrize("name", FORMATS)
def test_a_choice_that_a_platform_cannot_give_is_told(name, tmp_path, bank_in):
    front = "draw: {a: 'integers(100, 999)'}\nsteps: {b: 2 * a}\nanswers: {b: {points: 1}}\n"
    folder = bank_in(tmp_path / "bank", {"one": front, "two": front})
    blueprint = folder / "exam.yaml"
    blueprint.write_text("title: T\nquestions:\n  - pick: 1 of [one, two]\n")
    bank = Bank("bank", folder)
    make_exam(bank, bank.blueprint("exam"), open_grader("standard"), 2, out=tmp_path / "exam", seed="pick")
    done = export_exam(tmp_path / "exam", name, Options(), tmp_path / "out")
    told = [line for line in done.left_out if "all of Q1 and Q2 are asked" in line]
    assert len(told) == (0 if name.startswith("qti") else 1)  # QTI draws questions, too
