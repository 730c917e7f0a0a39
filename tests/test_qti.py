"""QTI packages: what schemas and players ask for, held against every shipped problem; hostile texts; same bytes."""

from __future__ import annotations

import io
import re
from fractions import Fraction
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from quizgen.bank.folders import Bank, of_problems, open_bank, open_grader
from quizgen.exam.additions import read_exam
from quizgen.export.formats import CannotExport
from quizgen.export.items import items_of
from quizgen.export.options import Options
from quizgen.export.qti_boxes import lower_end, upper_end
from quizgen.export.qti_flow import flow
from quizgen.export.qti_names import V2, V3, spelled, spelled_tag
from quizgen.export.table import format_of
from quizgen.exporting import export_exam
from quizgen.making import make_exam

PROBLEMS = open_bank("cnn").names
MATHML = "{http://www.w3.org/1998/Math/MathML}"
XML = "{http://www.w3.org/XML/1998/namespace}"
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,31}")
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
VERSIONS = pytest.mark.parametrize("version", [V2, V3], ids=["2.1", "3.0"])
# children of an item and of a test, in the order of the schemas
ITEM = ["responseDeclaration", "outcomeDeclaration", "itemBody", "responseProcessing", "modalFeedback"]
TEST = ["outcomeDeclaration", "testPart", "outcomeProcessing"]
BLOCKS = {"p", "div", "ol", "ul", "table", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "hr"}
BLOCKS |= {"choiceInteraction", "extendedTextInteraction"}
INLINE = {"em", "strong", "code", "a", "br", "span", "textEntryInteraction", "inlineChoiceInteraction"}
INSIDE = {"li", "td", "th", "tr", "tbody", "thead", "simpleChoice", "inlineChoice"}
ATTRIBUTES = {"a": {"href"}, "th": {"scope", "class"}, "td": {"class"}, "div": {"class"}, "table": {"class"}}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of an exam of one problem, whole."""
    folders = {}

    def make(problem):
        if problem not in folders:
            bank, folder = open_bank("cnn"), tmp_path_factory.mktemp("qti") / "exam"
            make_exam(bank, of_problems(bank, problem), open_grader("standard"), 3, out=folder, seed="qti")
            folders[problem] = folder
        return folders[problem]

    return make


def exported(folder, version, out, **options):
    """The files of a package, parsed, and what was left out."""
    done = export_exam(folder, version.format, Options(skip_unsupported=True, **options), out / "out.zip")
    with ZipFile(out / "out.zip") as packed:
        return {name: etree.fromstring(packed.read(name)) for name in packed.namelist()}, done.left_out


def named(version, name):
    return f"{{{version.namespace}}}{spelled_tag(name, version.dashed)}"


def plain(version, element):
    """An element's name as 2.1 has it; None for mathematics."""
    space, _, name = element.tag[1:].partition("}")
    if space != version.namespace:
        assert space == MATHML[1:-1]
        return None
    if not version.dashed or not name.startswith("qti-"):
        return name
    first, *others = name.removeprefix("qti-").split("-")
    return first + "".join(word.capitalize() for word in others)


def items_in(files):
    return {name: root for name, root in files.items() if name.startswith("items/")}


def assert_body(version, body):
    """No bare text, no bare inline; blocks in no paragraph; only what both schemas know."""
    assert not (body.text or "").strip()
    for child in body:
        assert plain(version, child) in BLOCKS
        assert not (child.tail or "").strip()
    for element in body.iterdescendants(etree.Element):
        name = plain(version, element)
        if name is None:
            continue
        assert name in BLOCKS | INLINE | INSIDE
        if name == "p":
            inside = {plain(version, child) for child in element.iterdescendants(etree.Element)} - {None}
            assert inside <= INLINE
        if name == "table":
            assert [plain(version, child) for child in element][-1] == "tbody"
        if name in ("tbody", "thead"):
            assert len(element) > 0
        if "Interaction" not in name and "Choice" not in name:
            assert set(element.attrib) <= ATTRIBUTES.get(name, set())


def assert_item(version, root):
    """An item as its schema has it, with every identifier declared once and used rightly."""
    assert root.tag == named(version, "assessmentItem")
    order = [ITEM.index(plain(version, child)) for child in root]
    assert order == sorted(order)
    assert order.count(2) == order.count(3) == 1
    assert root.get(spelled("timeDependent", version.dashed)) == "false" == root.get("adaptive")
    assert IDENTIFIER.fullmatch(root.get("identifier"))
    assert_body(version, root.find(named(version, "itemBody")))
    responses = [one.get("identifier") for one in root.iter(named(version, "responseDeclaration"))]
    outcomes = [one.get("identifier") for one in root.iter(named(version, "outcomeDeclaration"))]
    assert outcomes[:2] == ["SCORE", "MAXSCORE"]
    assert len(set(responses + outcomes)) == len(responses + outcomes)
    assert all(IDENTIFIER.fullmatch(name) for name in responses + outcomes)
    asks = spelled("responseIdentifier", version.dashed)
    assert sorted(one.get(asks) for one in root.iter() if one.get(asks)) == sorted(responses)
    used = {one.get("identifier") for one in root.iter(named(version, "variable"))}
    assert used <= {*responses, *outcomes}
    set_ = {one.get("identifier") for one in root.iter(named(version, "setOutcomeValue"))}
    assert set_ <= set(outcomes)
    for feedback in root.iter(named(version, "modalFeedback")):
        assert feedback.get(spelled("outcomeIdentifier", version.dashed)) in outcomes
        told = [one for one in root.iter(named(version, "baseValue")) if one.text == feedback.get("identifier")]
        assert told or feedback.get("identifier") in root.xpath("string()")
    for choice in root.iter(named(version, "choiceInteraction")):
        assert choice.get(spelled("maxChoices", version.dashed)) == "1"
        assert choice.get("shuffle") == "false"
    assert_processing(version, root.find(named(version, "responseProcessing")))


def assert_processing(version, processing):
    """Rules of conditions; each comparison has two sides; every right number is no blank, at least, at most."""
    sides = {"gte": 2, "lte": 2, "gt": 2, "match": 2, "stringMatch": 2, "subtract": 2, "not": 1, "isNull": 1}
    for element in processing.iter(etree.Element):
        name = plain(version, element)
        if name in sides:
            assert len(element) == sides[name]
        assert name not in ("equal", "equalRounded")  # players differ in how they read them
        if name in ("responseIf", "responseElseIf"):
            assert len(element) >= 2


@VERSIONS
@pytest.mark.parametrize("problem", PROBLEMS)
def test_every_problem_makes_items_as_the_schemas_have_them(problem, version, made, tmp_path):
    for number, options in enumerate([{}, {"feedback": "mistakes"}, {"feedback": "solution"}, {"choices": 4}]):
        if number and problem == "cnn-train-step":
            continue  # the longest: once is enough
        files, left_out = exported(made(problem), version, tmp_path, **options)
        assert len(items_in(files)) == 3
        for root in items_in(files).values():
            assert_item(version, root)
            feedback = list(root.iter(named(version, "modalFeedback")))
            assert bool(feedback) == bool(options.get("feedback"))
            for one in feedback:
                content = one if not version.dashed else one[0]
                assert plain(version, content) in ("modalFeedback", "contentBody")
                assert_body(version, content)
        assert all("kind 'formula'" in line or "missing there" in line for line in left_out)


@VERSIONS
def test_right_numbers_lie_between_the_ends_of_what_is_accepted(version, made, tmp_path):
    files, _ = exported(made("fc-softmax-update"), version, tmp_path)
    exam = read_exam(made("fc-softmax-update"))
    boxes = [box for item in items_of(exam, exam.questions[0]) for box in item.boxes if box.inside]
    seen = 0
    for root in items_in(files).values():
        for variable in [one.get("identifier") for one in root.iter(named(version, "responseDeclaration"))]:
            first = next(one for one in root.iter(named(version, "gte")) if one[0].get("identifier") == variable)
            guard, lower, upper = first.getparent()
            assert plain(version, guard) == "not"
            assert guard[0][0].get("identifier") == lower[0].get("identifier") == upper[0].get("identifier") == variable
            assert plain(version, upper) == "lte"
            box = boxes[seen]
            assert float(lower[1].text) <= box.low + 1e-15
            assert float(upper[1].text) >= box.high - 1e-15
            assert float(upper[1].text) - float(lower[1].text) <= (box.high - box.low) * (1 + 1e-8) + 1e-11
            seen += 1
    assert seen == len(boxes) > 30


@given(st.floats(-1e9, 1e9), st.floats(0, 1e3))
def test_ends_take_in_the_interval_and_hardly_more(middle, reach):
    low, high = middle - reach, middle + reach
    for end, text, outward in ((low, lower_end(low), -1), (high, upper_end(high), 1)):
        room = max(1e-11 * abs(end), 1e-299)
        assert -2e-3 * room <= (float(text) - end) * outward <= 1.01 * room


@VERSIONS
def test_a_package_lists_its_files_and_draws_one_variant_of_each_question(version, tmp_path, bank_in):
    front = """
        draw: {a: "integers(100, 999)"}
        steps: {double: 2 * a}
        answers: {double: {points: 2}}
        mistakes: {tripled: {double: 3 * a, says: Two times.}}
        """
    folder = bank_in(tmp_path / "two", {"one": front, "two": front.replace("2 * a", "5 * a")})
    questions = "questions:\n  - problem: one\n  - pick: 1\n    of: [{problem: two}, {problem: one}]\n"
    (folder / "exam.yaml").write_text(f'title: "Two & <more>"\ngrader: standard\n{questions}')
    bank = Bank("two", folder)
    make_exam(bank, bank.blueprint(), open_grader("standard"), 2, out=tmp_path / "exam", seed="qti")
    files, _ = exported(tmp_path / "exam", version, tmp_path)
    manifest, test = files.pop("imsmanifest.xml"), files.pop("test.xml")
    space = version.manifest.spaces[None]
    resources = {one.get("identifier"): one for one in manifest.iter(f"{{{space}}}resource")}
    assert {one.get("href") for one in resources.values()} == {"test.xml", *files}
    assert all(one.get("href") == one[0].get("href") for one in resources.values())
    types = [one.get("type") for one in resources.values()]
    assert types == [version.resource("test"), *[version.resource("item")] * 6]
    needs = [one.get("identifierref") for one in manifest.iter(f"{{{space}}}dependency")]
    assert sorted(needs) == sorted(set(resources) - {next(iter(resources))})
    assert [plain(version, child) for child in test] == TEST
    assert test.get("title") == "Two & <more>"
    href = {one.get("identifier"): one.get("href") for one in test.iter(named(version, "assessmentItemRef"))}
    assert set(href.values()) == set(files)
    assert all(files[place].get("identifier") == name for name, place in href.items())
    sections = list(test.iter(named(version, "assessmentSection")))
    assert [section.get("identifier") for section in sections] == ["Q1", "CHOICE_1", "Q2", "Q3"]
    assert [section[0].get("select") for section in sections] == ["1"] * 4
    assert [len(section) for section in sections] == [3, 3, 3, 3]
    every = [test.get("identifier"), "PART", *(one.get("identifier") for one in sections), *href]
    assert len(set(every)) == len(every)
    assert all(IDENTIFIER.fullmatch(name) for name in every)


@VERSIONS
def test_same_exam_same_bytes(version, made, tmp_path):
    for name in ("a", "b"):
        export_exam(made("conv-window"), version.format, Options(feedback="mistakes"), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@VERSIONS
def test_formulas_are_refused_to_the_letter(version, made, tmp_path):
    with pytest.raises(CannotExport) as caught:
        export_exam(made("mlp-backprop"), version.format, Options(), tmp_path / "out.zip")
    assert str(caught.value) == (
        f"Q1.in_o5 of 'mlp-backprop' cannot be asked in {version.format}: the format has no questions of the kind "
        "'formula'. Leave it out of the blueprint, choose another format, or say --skip-unsupported."
    )
    assert not (tmp_path / "out.zip").exists()
    _, left_out = exported(made("mlp-backprop"), version, tmp_path)
    assert left_out[0].startswith("left out: Q1.in_o5, Q1.in_W2, Q1.in_o2 and Q1.in_W1 of 'mlp-backprop': ")


SIGNS = st.sampled_from(list("ab ]>&<\"'{}#~=%|$`*_\\-\n\u202e\x00\x0b\ufffe"))


@VERSIONS
@given(text=st.text(SIGNS | st.characters(), max_size=40))
def test_hostile_texts_stay_texts(version, text):
    element = etree.fromstring(version.element("value", "x", title=text))
    shown = [sign if NO_XML.fullmatch(sign) is None else "\ufffd" for sign in text]
    assert element.get("title") == "".join(" " if sign in "\t\n\r" else sign for sign in shown)
    assert len(element) == 0


@VERSIONS
def test_by_hand_choices_and_odd_names(version, bank_in, tmp_path):
    front = """
        title: "A <b>title</b> & ]]> {x}"
        draw: {a: "integers(100, 999)"}
        steps: {a_name_that_is_too_long_for_players: 2 * a, word: "1 + a % 2"}
        answers:
          a_name_that_is_too_long_for_players: {points: 1/3}
          why: {kind: by hand, points: 2, lines: 4}
          pick: {of: word, kind: choice, options: ["<even>", "odd & so on"], points: 1}
        mistakes:
          tripled:
            a_name_that_is_too_long_for_players: 3 * a
            says: "Two, <script>alert(1)</script> & $\\\\frac{1}{2}$."
        """
    bank = Bank("odd", bank_in(tmp_path / "odd", {"odd": front}))
    make_exam(bank, of_problems(bank, "odd"), open_grader("standard"), 1, out=tmp_path / "exam", seed="qti")
    files, left_out = exported(tmp_path / "exam", version, tmp_path, feedback="mistakes")
    assert left_out == ()
    (root,) = items_in(files).values()
    assert_item(version, root)
    assert root.get("title").startswith("A <b>title</b> & ]]> {x} (")
    responses = {one.get("identifier"): one for one in root.iter(named(version, "responseDeclaration"))}
    assert set(responses) == {"R_1_", "R_why", "R_pick"}
    (essay,) = root.iter(named(version, "extendedTextInteraction"))
    assert essay.get(spelled("expectedLines", version.dashed)) == "4"
    most = next(one for one in root.iter(named(version, "outcomeDeclaration")) if one.get("identifier") == "MAXSCORE")
    assert Fraction("".join(most.itertext())).limit_denominator(1000) == Fraction(4, 3)  # what no person marks
    options = [one.text for one in root.iter(named(version, "simpleChoice"))]
    assert options == ["<even>", "odd & so on"]
    (told,) = root.iter(named(version, "modalFeedback"))
    assert "<script>alert(1)</script>" in "".join(told.itertext())
    assert len(list(told.iter(f"{MATHML}mfrac"))) == 1


@VERSIONS
def test_bodies_are_made_to_fit(version):
    start = '<ol start="3"><li>x</li></ol><table><thead><tr><th style="text-align:right">h</th></tr></thead></table>'
    one = version.element("choiceInteraction", responseIdentifier="R")
    html = f"{start}<p>before {one} <em>behind</em></p><p>{one}</p><p><strong>in {one} bold</strong></p>"
    body = etree.fromstring(f'<div xmlns="{version.namespace}">{flow(html, version)}</div>')
    names = [plain(version, child) for child in body]
    choice = "choiceInteraction"
    assert names == ["ol", "table", "p", choice, "p", choice, "p", choice, "p"]
    assert "".join(body.itertext()).split() == ["xhbefore", "behindin", "bold"]
    assert_body(version, etree.fromstring(f'<div xmlns="{version.namespace}">{flow(start, version)}</div>'))
    assert [cell.get("class") for cell in body.iter(named(V2, "th"), f"{{{version.namespace}}}th")] == [
        "qti-align-right" if version.dashed else None
    ]


def test_no_schema_is_needed_to_tell_a_bad_body():
    for bad in ("text", "<em>x</em>", "<p><p>x</p></p>", '<p style="x">x</p>', "<table><tr><td>x</td></tr></table>"):
        with pytest.raises(AssertionError):
            assert_body(V2, etree.fromstring(f'<div xmlns="{V2.namespace}">{bad}</div>'))


def test_the_two_versions_differ_in_names_only(made, tmp_path):
    two, three = (items_in(exported(made("conv-layer-cost"), version, tmp_path)[0]) for version in (V2, V3))
    assert two.keys() == three.keys()
    for name in two:
        names = [
            [plain(version, element) for element in root.iter(etree.Element)]
            for version, root in ((V2, two[name]), (V3, three[name]))
        ]
        assert names[0] == names[1]
        assert len(names[0]) > 100


def test_a_stream_is_enough(made):
    exam, out = read_exam(made("conv-window")), io.BytesIO()
    format_of("qti30").write(exam, (items_of(exam, question) for question in exam.questions), Options(), out)
    assert len(ZipFile(out).namelist()) == 5
