"""Moodle's files, read back as its importer would: they hold what is right, and nothing that a stranger wrote acts."""

from __future__ import annotations

import re
from fractions import Fraction
from html import escape, unescape
from math import gcd

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html
from moodle_responses import FIELD, field_of, imported

from quizgen.bank.folders import Bank, of_problems, open_bank, open_grader
from quizgen.errors import QuizgenError
from quizgen.exam.additions import read_exam
from quizgen.export import cloze
from quizgen.export.formats import CannotExport
from quizgen.export.items import Box, items_of
from quizgen.export.margins import margin_of
from quizgen.export.options import Options
from quizgen.export.table import format_of
from quizgen.exporting import export_exam
from quizgen.making import make_exam

PROBLEMS = open_bank("cnn").names
WITH_FORMULAS = {"conv-sigmoid-backprop", "mlp-backprop"}
MATHML = "{http://www.w3.org/1998/Math/MathML}math"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """An exam of one problem, in a folder of its own."""
    made: dict[str, object] = {}

    def draw(problem, n=8):
        if problem not in made:
            folder = tmp_path_factory.mktemp("drawn") / "exam"
            bank = open_bank("cnn")
            make_exam(bank, of_problems(bank, problem), open_grader("standard"), n, out=folder, seed="moodle")
            made[problem] = folder
        return made[problem]

    return draw


def written(folder, place, name="moodle", **options):
    out = place / "out"
    done = export_exam(folder, name, Options(**options), out)
    return out.read_bytes(), done


@pytest.mark.parametrize("problem", PROBLEMS)
def test_every_problem_is_exported_or_refused_aloud(problem, drawn, tmp_path):
    if problem in WITH_FORMULAS:
        with pytest.raises(CannotExport) as refused:
            written(drawn(problem), tmp_path)
        assert re.fullmatch(
            rf"Q1\.\w+ of '{problem}' cannot be asked in moodle: the format has no questions of the kind 'formula'\. "
            r"Leave it out of the blueprint, choose another format, or say --skip-unsupported\.",
            str(refused.value),
        )
        assert list(tmp_path.iterdir()) == []
    data, done = written(drawn(problem), tmp_path, skip_unsupported=True)
    kinds = [answer.kind for answer in open_bank("cnn").problem(problem).answers]
    assert " ".join(done.left_out).count("Q1.") == kinds.count("formula")
    assert len(list(imported(data))) == 8


def test_the_problems_with_formulas_are_these():
    bank = open_bank("cnn")
    kinds = {name: {answer.kind for answer in bank.problem(name).answers} for name in PROBLEMS}
    assert {name for name in PROBLEMS if "formula" in kinds[name]} == WITH_FORMULAS


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("options", [{}, {"choices": 4, "feedback": "mistakes"}, {"feedback": "solution"}], ids=str)
def test_the_same_exam_gives_the_same_bytes(problem, options, drawn, tmp_path):
    once, _ = written(drawn(problem), tmp_path, skip_unsupported=True, **options)
    again, _ = written(drawn(problem), tmp_path, skip_unsupported=True, **options)
    assert once == again


@pytest.mark.parametrize("problem", PROBLEMS)
def test_fields_hold_what_is_right(problem, drawn, tmp_path):
    folder = drawn(problem)
    exam = read_exam(folder)
    data, _ = written(folder, tmp_path, skip_unsupported=True)
    items = list(items_of(exam, exam.questions[0]))
    for question, item in zip(imported(data), items, strict=True):
        assert question.idnumber == item.section.tag
        assert item.section.tag in question.text
        boxes = {box.name: box for box in item.boxes}
        assert set(question.columns) == {b.name for b in item.boxes if b.inside and b.kind != "formula"}
        for column, field in zip(question.columns, question.fields, strict=True):
            box = boxes[column]
            if box.is_number:
                accepted(field, box)
            else:
                assert field.right == box.texts[0]


def accepted(field, box):
    """A numerical field accepts all that is right here, compared as exact numbers, and hardly more."""
    assert field.kind == "NUMERICAL"
    (text,) = [one.answer for one in field.alternatives if one.percent == 100]
    assert re.fullmatch(r"-?\d+(\.\d+)?(e[-+]?\d+)?:\d+(\.\d+)?", text)
    value, margin = map(Fraction, text.split(":"))
    low, high = Fraction(box.low), Fraction(box.high)
    assert value - margin <= low <= high <= value + margin
    middle = abs(Fraction(box.right) - (low + high) / 2)
    room = Fraction(1, 10**12) * max(1, abs(value))
    assert margin <= (high - low) / 2 + middle + room


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("feedback", ["", "mistakes"])
def test_no_width_betrays_anything(problem, feedback, drawn, tmp_path):
    data, _ = written(drawn(problem), tmp_path, skip_unsupported=True, feedback=feedback)
    widths: dict[str, set[int]] = {}
    for question in imported(data):
        for column, field in zip(question.columns, question.fields, strict=True):
            if field.kind != "MULTICHOICE_V":
                shown = [cloze.stored(float(t)) if field.kind == "NUMERICAL" else t for t in field.shown]
                widths.setdefault(column.split("[")[0], set()).add(max(map(len, shown)))
    assert all(len(found) == 1 and min(found) >= 6 for found in widths.values()), widths


@pytest.mark.parametrize("problem", PROBLEMS)
def test_weights_are_whole_and_in_proportion_to_points(problem, drawn, tmp_path):
    folder = drawn(problem)
    exam = read_exam(folder)
    data, _ = written(folder, tmp_path, skip_unsupported=True)
    for question, item in zip(imported(data), items_of(exam, exam.questions[0]), strict=True):
        points = {box.name: box.points for box in item.boxes}
        ratios = {f.weight / points[c] for c, f in zip(question.columns, question.fields, strict=True)}
        assert len(ratios) == 1


@given(st.lists(st.fractions(0, 20, max_denominator=60), min_size=1, max_size=30))
def test_weights_are_the_smallest(points):
    found = cloze.weights(points)
    total = sum(points)
    assert all(Fraction(weight) * total == share * sum(found) for weight, share in zip(found, points, strict=True))
    assert not any(found) or gcd(*found) == 1


# ---- nothing that a stranger wrote acts --------------------------------------------------------------------------

NASTY = st.text(
    st.sampled_from(list("ab1 <>&\"'~=#{}%:*\\$[]/|;\u202e\u00a0\x00\x0b\n]")) | st.characters(), max_size=40
)


@given(NASTY)
def test_a_text_in_a_field_is_stored_as_it_was(text):
    said = " ".join(text.replace("\x00", "").split()) or "x"
    inside = cloze.html_inside(escape(said))
    field = cloze.field(
        1, "MULTICHOICE_V", [cloze.Alternative("right", 100), cloze.Alternative(inside, 0, escape(said))]
    )
    (found,) = FIELD.findall(f"before {cloze.html_outside(said)} {field} after }}")
    read = field_of(*found)
    assert [one.percent for one in read.alternatives] == [100, 0]
    assert read.alternatives[1].answer == read.alternatives[1].feedback
    assert "<" not in read.alternatives[1].answer
    stored = read.alternatives[1].answer
    assert unescape(stored) == unescape(escape(said))


@given(NASTY)
def test_text_around_fields_never_becomes_one(text):
    outside = cloze.html_outside(text)
    assert not re.search(r"\{\s*(#|\d*\s*:)", outside)
    assert outside.replace("&#123;", "{") == text.replace("&#123;", "{")


HOSTILE = "</text>]]> <script>alert(1)</script> {#1} {2:SA:=x} $x$ `a` \u202eevil/path \x07"

BANK = """
    title: "%s"
    draw: {a: "integers(100, 999)"}
    steps: {double: 2 * a, word: "1 + a %% 2"}
    answers:
      double: {points: 1}
      pick: {of: word, kind: choice, options: ["=x ~ {1:SA:=x}", "%%50%% <script> \\\\right\\\\} & #b"], points: 1}
    mistakes:
      tripled: {double: 3 * a, says: "Not <b>three</b> ~ times #1 }"}
    """


@pytest.fixture(scope="module")
def hostile(bank_in, tmp_path_factory):
    place = tmp_path_factory.mktemp("hostile")
    title = HOSTILE.replace("\\", "\\\\").replace("\x07", "")
    bank = Bank("hostile", bank_in(place / "hostile", {"nasty": BANK % title}))
    make_exam(bank, of_problems(bank, "nasty"), open_grader("standard"), 4, out=place / "exam", seed="hostile")
    return place / "exam"


@pytest.mark.parametrize("mathematics", ["mathml", "tex"])
@pytest.mark.parametrize("choices", [0, 3])
def test_hostile_titles_and_options_are_text(hostile, mathematics, choices, tmp_path):
    data, _ = written(hostile, tmp_path, mathematics=mathematics, choices=choices, feedback="mistakes")
    tree = etree.fromstring(data)
    assert not list(tree.iter("script"))
    for question in imported(data):
        assert [column.split(".")[1] for column in question.columns] == ["double", "pick"]
        assert question.fields[1].shown == ["=x ~ {1:SA:=x}", "%50% <script> \\right\\} & #b"]
        assert [one.percent for one in question.fields[1].alternatives].count(100) == 1
        told = [one.feedback for one in question.fields[0].alternatives if one.feedback]
        assert told
        assert html.fromstring(f"<p>{told[0]}</p>").text_content() == "Not <b>three</b> ~ times #1 }"
    for source in tree.iterfind("question/questiontext/text"):
        found = html.fromstring(f"<div>{source.text}</div>")
        assert not list(found.iter("script", "b"))
    names = [name.text for name in tree.iterfind("question/name/text")]
    assert all("&lt;script&gt;" in name for name in names)


def test_a_category_has_as_many_steps_as_it_should(hostile, tmp_path):
    data, _ = written(hostile, tmp_path)
    (path,) = etree.fromstring(data).xpath("question[@type='category']/category/text/text()")
    steps = re.split(r"(?<!/)/(?!/)", path)
    assert steps[:2] == ["$course$", "top"]
    assert len(steps) == 4
    assert steps[3].startswith("Q1 ")


# ---- options -----------------------------------------------------------------------------------------------------


def test_nothing_is_told_unless_it_is_asked_for(drawn, tmp_path):
    folder = drawn("conv-forward")
    says = [mistake.says for mistake in open_bank("cnn").problem("conv-forward").mistakes]
    told = {}
    for feedback in ("", "mistakes", "solution"):
        data, done = written(folder, tmp_path, feedback=feedback)
        questions = list(imported(data))
        feedbacks = [one.feedback for q in questions for f in q.fields for one in f.alternatives if one.feedback]
        general = [text.text for text in etree.fromstring(data).iterfind("question/generalfeedback/text")]
        told[feedback] = (bool(feedbacks), any(general), any("right after an attempt" in note for note in done.notes))
        assert feedback != "mistakes" or any(says[0][:20] in text for text in feedbacks)
    assert told == {"": (False, False, False), "mistakes": (True, False, True), "solution": (False, True, True)}


def test_mathematics_is_mathml_or_tex(drawn, tmp_path):
    mathml, _ = written(drawn("conv-forward"), tmp_path)
    tex, _ = written(drawn("conv-forward"), tmp_path, mathematics="tex")
    for source in etree.fromstring(mathml).iterfind("question/questiontext/text"):
        body = etree.fromstring(f"<div>{FIELD.sub('', source.text)}</div>")  # well-formed, too
        assert len(list(body.iter(MATHML))) >= 2
    assert b"<math" not in tex
    assert rb"\begin{bmatrix}" in tex
    assert tex.count(rb"\(") == tex.count(rb"\)") > 0


def test_a_pool_is_the_first_variants(drawn, tmp_path):
    few, done = written(drawn("conv-forward"), tmp_path, pool=3)
    every, _ = written(drawn("conv-forward"), tmp_path)
    assert [q.idnumber for q in imported(few)] == [q.idnumber for q in imported(every)][:3]
    assert done.variants == 3


def test_identifiers_are_unique(drawn, tmp_path):
    data, _ = written(drawn("conv-forward"), tmp_path)
    found = [one.text for one in etree.fromstring(data).iter("idnumber")]
    assert len(set(found)) == len(found) == 9


def test_cells_that_a_variant_has_not_are_not_asked(drawn, tmp_path):
    data, _ = written(drawn("cnn-forward"), tmp_path)
    maps = {tuple(c for c in question.columns if c.startswith("Q1.conv[")) for question in imported(data)}
    assert {found[-1] for found in maps} == {"Q1.conv[5,6]", "Q1.conv[6,5]"}
    assert {len(found) for found in maps} == {30}  # 36 cells are in the largest of all


ESSAY = """
    draw: {a: "integers(100, 999)"}
    steps: {double: 2 * a}
    answers: {double: {points: 1}, why: {kind: by hand, points: 5/2}}
    mistakes: {tripled: {double: 3 * a, says: Two times.}}
    """


def test_what_is_marked_by_hand_is_an_essay(bank_in, tmp_path):
    bank = Bank("essay", bank_in(tmp_path / "essay", {"essay": ESSAY}))
    make_exam(bank, of_problems(bank, "essay"), open_grader("standard"), 2, out=tmp_path / "exam", seed="essay")
    data, _ = written(tmp_path / "exam", tmp_path)
    essays = etree.fromstring(data).xpath("question[@type='essay']")
    assert [essay.findtext("defaultgrade") for essay in essays] == ["2.5", "2.5"]
    for question in imported(data):
        assert question.columns == (("Q1.why",) if question.kind == "essay" else ("Q1.double",))


def test_the_file_is_its_owners(drawn, tmp_path):
    written(drawn("conv-forward"), tmp_path)
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0


def test_a_format_that_there_is_not():
    with pytest.raises(QuizgenError, match=r"there is no format 'mudle'\. Did you mean 'moodle'\?"):
        format_of("mudle")


def test_a_margin_holds_an_interval_that_is_not_even():
    box = Box("Q1.a", "number", Fraction(1), 1 / 3, 0.3325, 0.3351)
    margin = margin_of(box)
    assert (margin.value, float(margin.margin)) == ("0.33333333333333", pytest.approx(0.3351 - 1 / 3))
    assert margin.low <= box.low <= box.high <= margin.high
