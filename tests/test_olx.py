"""A course for Open edX: every shipped problem, what each box accepts, and nothing that edX takes for its own."""

from __future__ import annotations

import re
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from quizgen.bank.folders import Bank, of_problems, open_bank, open_grader
from quizgen.errors import QuizgenError
from quizgen.exam.additions import read_exam
from quizgen.export.formats import CannotExport
from quizgen.export.items import items_of
from quizgen.export.olx import KINDS_ASKED
from quizgen.export.olx_formulas import edx_formula
from quizgen.export.options import Options
from quizgen.exporting import export_exam
from quizgen.language.expr import compile_expression
from quizgen.making import make_exam

PROBLEMS = open_bank("cnn").names
RESPONSES = ("numericalresponse", "stringresponse", "optionresponse", "formularesponse")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folders = {}

    def make(problem):
        if problem not in folders:
            bank, folder = open_bank("cnn"), tmp_path_factory.mktemp("olx") / "exam"
            make_exam(bank, of_problems(bank, problem), open_grader("standard"), 3, out=folder, seed="olx")
            folders[problem] = folder
        return folders[problem]

    return make


def exported(folder, out, **options):
    """The files of a course, parsed, and what was left out."""
    done = export_exam(folder, "olx", Options(skip_unsupported=True, **options), out / "out.tar.gz")
    with tarfile.open(out / "out.tar.gz") as tar:
        return {entry.name: etree.fromstring(tar.extractfile(entry).read()) for entry in tar}, done.left_out


def problems_in(files):
    return [root for name, root in files.items() if name.startswith("course/problem/")]


def within(root):
    """What a range or a single number accepts."""
    answer = root.get("answer")
    if match := re.fullmatch(r"\[([^,]+),([^,]+)\]", answer):
        assert root.find("responseparam") is None
        return float(match[1]), float(match[2])
    assert root.find("responseparam").attrib == {"type": "tolerance", "default": "0"}
    return float(answer), float(answer)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_each_box_accepts_what_is_right_here(problem, made, tmp_path):
    files, left_out = exported(made(problem), tmp_path)
    exam = read_exam(made(problem))
    found = problems_in(files)
    assert len(found) == 3
    for root, item in zip(found, items_of(exam, exam.questions[0]), strict=True):
        assert item.section.tag in root.xpath("string()")
        assert item.section.tag in root.get("display_name")
        boxes = {box.name: box for box in item.boxes if box.inside}
        responses = list(root.iter(*RESPONSES))
        labels = [response.xpath("*/@label")[0] for response in responses]
        assert len(set(labels)) == len(labels)
        unasked = {asked.field.name for asked in item.answers if asked.field.name in " ".join(left_out)}
        assert set(labels) == boxes.keys() - unasked
        for label, response in zip(labels, responses, strict=True):
            box = boxes[label]
            if box.options:
                (right,) = [option.text for option in response.iter("option") if option.get("correct") == "True"]
                assert right == box.texts[0]
            elif box.is_number:
                low, high = within(response)
                room = 1e-10 * max(abs(box.low), abs(box.high)) + 1e-300
                assert box.low - room <= low <= box.low + room * 1e-3
                assert box.high - room * 1e-3 <= high <= box.high + room
            elif response.tag == "stringresponse":
                assert response.get("answer") == box.texts[0]
                assert response.get("type") == "ci"
    assert not any(math in etree.tostring(root).decode() for root in found for math in ("<math", "MathML"))


def test_a_course_has_a_problem_bank_for_each_question(made, tmp_path):
    files, _ = exported(made("conv-window"), tmp_path)
    course = files["course/course.xml"]
    assert course.tag == "course"
    inner = files[f"course/course/{course.get('url_name')}.xml"]
    chapter = files[f"course/chapter/{inner[0].get('url_name')}.xml"]
    sequential = files[f"course/sequential/{chapter[0].get('url_name')}.xml"]
    (unit,) = [files[f"course/vertical/{one.get('url_name')}.xml"] for one in sequential]
    (bank,) = unit
    assert (bank.tag, bank.get("max_count")) == ("itembank", "1")
    assert [f"course/problem/{one.get('url_name')}.xml" in files for one in bank] == [True] * 3
    names = [element.get("url_name") for root in files.values() for element in root.iter() if element.get("url_name")]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", name) for name in names)


def test_same_exam_same_bytes(made, tmp_path):
    for name in ("a", "b"):
        export_exam(made("conv-window"), "olx", Options(feedback="solution"), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_solutions_and_choices(made, tmp_path):
    files, _ = exported(made("feature-map-size"), tmp_path, feedback="solution", choices=4)
    for root in problems_in(files):
        assert root.get("showanswer") == "finished"
        assert "one place where it starts" in " ".join(root.find("solution").xpath("string()").split())
        assert [len(response[0]) for response in root.iter("optionresponse")] == [4, 4, 4]
        assert not list(root.iter("numericalresponse"))
    files, _ = exported(made("feature-map-size"), tmp_path)
    assert {root.get("showanswer") for root in problems_in(files)} == {"never"}


def test_what_cannot_be_asked_is_refused_to_the_letter(made, tmp_path, bank_in):
    with pytest.raises(CannotExport) as caught:
        export_exam(made("mlp-backprop"), "olx", Options(), tmp_path / "out")
    assert str(caught.value) == (
        "Q1.in_W2 of 'mlp-backprop' cannot be asked in olx: edX compares formulas of single numbers only. "
        "Leave it out of the blueprint, choose another format, or say --skip-unsupported."
    )
    front = """
        draw: {a: "integers(100, 999)"}
        steps: {double: 2 * a}
        answers: {why: {kind: by hand, points: 2}}
        """
    bank = Bank("hand", bank_in(tmp_path / "hand", {"hand": front}))
    make_exam(bank, of_problems(bank, "hand"), open_grader("standard"), 1, out=tmp_path / "exam", seed="olx")
    with pytest.raises(CannotExport, match="the format has no questions of the kind 'by hand'"):
        export_exam(tmp_path / "exam", "olx", Options(), tmp_path / "out")
    with pytest.raises(QuizgenError, match="nothing of this exam can be asked in olx"):
        export_exam(tmp_path / "exam", "olx", Options(skip_unsupported=True), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert "by hand" not in KINDS_ASKED


def test_nothing_is_taken_for_a_value_of_edx(tmp_path, bank_in):
    front = """
        title: "It costs $seed & <b>"
        draw: {a: "integers(100, 999)"}
        steps: {word: "1 + a % 2"}
        answers: {word: {kind: choice, options: ["$seed <i>", "$5"], points: 1}}
        """
    bank = Bank("hostile", bank_in(tmp_path / "hostile", {"hostile": front}))
    make_exam(bank, of_problems(bank, "hostile"), open_grader("standard"), 1, out=tmp_path / "exam", seed="olx")
    files, _ = exported(tmp_path / "exam", tmp_path)
    (root,) = problems_in(files)
    assert root.get("display_name").startswith("It costs $\u200bseed & <b>")
    assert [option.text for option in root.iter("option")] == ["$\u200bseed <i>", "$\u200b5"]
    assert not re.search(r"\$\w", etree.tostring(root, encoding="unicode"))


NAMES = st.sampled_from(["a", "b", "U"])
FORMULAS = st.recursive(
    NAMES | st.integers(1, 9).map(str),
    lambda inner: (
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})")
        | inner.map(lambda f: f"exp(-{f})")
        | inner.map(lambda f: f"{f} ** 2" if f.isalnum() else f"({f}) ** 2")
    ),
    max_leaves=6,
)


@given(FORMULAS)
def test_a_formula_means_the_same_there(source):
    import numpy as np

    values = {name: np.array([value]) for name, value in (("a", 1.25), ("b", 2.5), ("U", 0.75))}
    written = edx_formula(source).replace("^", "**")
    with np.errstate(all="ignore"):
        here, there = (compile_expression(text).evaluate(values, 1) for text in (source, written))
    np.testing.assert_allclose(there, here, rtol=1e-9, equal_nan=True)


@pytest.mark.parametrize("source", ["outer(d, x)", "sum(a)", "a @ b", "a if b else c", "f.x", "max(a, b)", "a < b"])
def test_what_means_more_than_single_numbers_is_not_written(source):
    assert edx_formula(source) == ""
