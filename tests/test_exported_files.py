"""What is written for Canvas, Blackboard and Brightspace: refusals, hostile texts, the same bytes, exact intervals."""

from __future__ import annotations

import csv
import io
import re
import shutil
from decimal import Decimal
from fractions import Fraction
from html import escape as html_escape
from zipfile import ZipFile

import pandas as pd
import pytest
from canvas_responses import imported
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html
from submission_writers import as_csv

from quizgen.bank.folders import Bank, of_problems, open_bank, open_grader
from quizgen.booklets.model import Field
from quizgen.desk import grade_files
from quizgen.errors import QuizgenError
from quizgen.exam.roster import Student
from quizgen.export.blackboard import TOGETHER
from quizgen.export.brackets import in_a_line, marked
from quizgen.export.decimals import decimals_asked, plain, within
from quizgen.export.formats import CannotExport
from quizgen.export.items import Asked, Box, items_of
from quizgen.export.numerals import MOST, texts_of
from quizgen.export.options import Options
from quizgen.export.parity import differences, parity_lines
from quizgen.export.patterns import interval_pattern, text_pattern
from quizgen.export.table import FORMATS as EVERY
from quizgen.export.table import format_of
from quizgen.language.tolerance import parse_tolerance
from quizgen.making import make_exam
from quizgen.problem.model import Answer

FORMATS = ("canvas", "blackboard", "brightspace")
PROBLEMS = open_bank("cnn").names


def file_of(exam, name, **options):
    """What a format makes of an exam, and what it tells."""
    chosen, wanted, out = format_of(name), Options(**options), io.BytesIO()
    slips = bool(wanted.choices or wanted.feedback == "mistakes")
    items = (items_of(exam, question, wanted.pool, slips=slips) for question in exam.questions)
    told = chosen.write(exam, items, wanted, out)
    return out.getvalue(), told


def members(data):
    packed = ZipFile(io.BytesIO(data))
    assert packed.testzip() is None
    assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    return {name: packed.read(name).decode("utf-8-sig") for name in packed.namelist()}


def records_of(data):
    """The lines of Blackboard's files as fields, by question."""
    found = {}
    for name, text in members(data).items():
        if name != "pools.txt":
            assert text.endswith("\r\n")
            lines = text[:-2].split("\r\n")
            assert len(lines) <= TOGETHER
            found.setdefault(name.split("-")[0], []).extend(line.split("\t") for line in lines)
    return found


def blocks_of(data):
    """Brightspace's questions: for each the rows by their first cell, by file."""
    found = {}
    for name, text in members(data).items():
        for row in csv.reader(io.StringIO(text, newline="")):
            if row and row[0] == "NewQuestion":
                found.setdefault(name.removesuffix(".csv"), []).append({})
            if row:
                found[name.removesuffix(".csv")][-1].setdefault(row[0], []).append(row[1:])
    return found


@pytest.fixture(scope="module")
def drawn(bank_in, tmp_path_factory):
    """Draw an exam of tiny problems: name -> front matter."""

    def draw(fronts, n=3):
        place = tmp_path_factory.mktemp("drawn")
        bank = Bank("tiny", bank_in(place / "bank", fronts))
        return make_exam(
            bank, of_problems(bank, ",".join(fronts)), open_grader("standard"), n, out=place / "exam", seed="x"
        )

    return draw


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """An exam of all shipped problems."""
    bank = open_bank("cnn")
    blueprint = of_problems(bank, ",".join(PROBLEMS))
    return make_exam(bank, blueprint, open_grader("standard"), 3, out=tmp_path_factory.mktemp("all") / "exam", seed="x")


@pytest.mark.parametrize("name", FORMATS)
def test_shipped_problems_are_exported_or_refused_aloud(shipped, name):
    with pytest.raises(CannotExport, match=rf"^Q\d+\.\w+ of '[a-z-]+' cannot be asked in {name}: ") as refused:
        file_of(shipped, name)
    assert "--skip-unsupported" in refused.value.hint
    data, told = file_of(shipped, name, skip_unsupported=True)
    left_out = {name for line in told if line.startswith("left out") for name in re.findall(r"Q\d+\.\w+", line)}
    text = "".join(members(data).values())
    asked = set(re.findall(r"(Q\d+\.\w+)(?:&lt;|<)/code", text))
    every = {f"{q.name}.{answer.name}" for q in shipped.questions for answer in q.problem.answers}
    assert asked | left_out == every
    assert not asked & left_out
    assert asked


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("options", [{}, {"choices": 4}, {"feedback": "solution"}, {"mathematics": "tex"}])
def test_the_same_exam_gives_the_same_bytes(shipped, name, options):
    data, _ = file_of(shipped, name, skip_unsupported=True, pool=1, **options)
    assert data == file_of(shipped, name, skip_unsupported=True, pool=1, **options)[0]
    assert len(members(data)) > 1


FINE = """
    draw: {a: "integers(100, 999)"}
    steps: {third: a / 7}
    answers: {third: {points: 2, ask: 6 decimals}}
    mistakes: {half: {third: a / 2, says: By seven.}}
    """
SMALL = """
    draw: {a: "integers(100, 999)"}
    steps: {small: a / 100000000}
    answers: {small: {points: 2, ask: 2 figures}}
    mistakes: {half: {small: a, says: Smaller.}}
    """
FORMULA = """
    draw: {a: "integers(2, 99)"}
    steps: {y: a + 1}
    answers: {y: {points: 1}, f: {kind: formula, is: 2 * u, symbols: {u: []}, points: 1}}
    mistakes: {half: {y: a, says: One more.}}
    """
ESSAY = """
    draw: {a: "integers(100, 999)"}
    steps: {y: a + 1}
    answers: {y: {points: 1}, why: {kind: by hand, points: 3}}
    mistakes: {half: {y: a, says: One more.}}
    """
SEMICOLON = """
    draw: {a: "integers(100, 999)"}
    steps: {y: a + 1, word: "1 + a % 2"}
    answers: {y: {points: 1}, word: {kind: choice, options: ["even; so", odd], points: 1}}
    """
MANY = """
    draw: {x: "integers(10, 99, shape=(7, 3))"}
    steps: {map: 3 * x}
    answers: {map: {points: 3}}
    mistakes: {half: {map: 2 * x, says: Three times.}}
    """
TOO_FINE = "Canvas keeps 4 decimals; ask for fewer, or in a smaller unit"
PARTED = "is a question of its own, and a pool would part it from the rest of its variant"
REFUSED = [
    ("canvas", FINE, "third", TOO_FINE),
    ("canvas", SMALL, "small", TOO_FINE),
    ("canvas", FORMULA, "f", "the format has no questions of the kind 'formula'"),
    ("canvas", ESSAY, "why", f"an essay {PARTED}"),
    ("blackboard", FORMULA, "f", "the format has no questions of the kind 'formula'"),
    ("blackboard", ESSAY, "why", f"an essay {PARTED}"),
    ("blackboard", MANY, "map", "'it' has 21 boxes, and a question of Blackboard's text files at most 10"),
    ("brightspace", FORMULA, "f", "the format has no questions of the kind 'formula'"),
    ("brightspace", ESSAY, "why", f"an essay {PARTED}"),
    ("brightspace", SEMICOLON, "word", "an option holds a semicolon, which parts the answers of a line"),
    ("brightspace", MANY, "map", "'it' has 21 boxes, and in Brightspace's one field 20 are enough to type"),
]


@pytest.mark.parametrize(("name", "front", "answer", "why"), REFUSED)
def test_what_cannot_be_asked_is_refused_to_the_letter(drawn, name, front, answer, why):
    what = f"Q1.{answer} of 'it' cannot be asked in {name}: {why}"
    exam = drawn({"it": front, "other": CHOSEN})
    with pytest.raises(CannotExport) as refused:
        file_of(exam, name)
    assert refused.value.what == what
    first, *_ = file_of(exam, name, skip_unsupported=True)[1]
    assert re.fullmatch(rf"left out: Q1\.{answer}\b.* of 'it': {re.escape(why)}", first)


def test_it_is_told_in_how_many_variants_an_answer_is_left_out(drawn):
    some = """
        draw: {a: "integers(1, 9)"}
        steps: {y: "(a - 5) / 100000 * (a < 7) + a * (a >= 7)"}
        answers: {y: {points: 1, ask: 4 decimals}}
        """
    exam = drawn({"it": some}, n=8)
    small = sum(1 for y in exam.questions[0].expected["y"].cells.ravel() if 0 < abs(y) < 0.0001)
    assert 0 < small < 8
    data, told = file_of(exam, "canvas", skip_unsupported=True)
    assert told[0].startswith(f"left out: Q1.y (in {small} of 8 variants) of 'it': ")
    ((_, _, questions),) = imported(data)
    assert len(questions) == 8 - small


def test_blackboard_and_brightspace_take_what_canvas_rounds(drawn):
    exam = drawn({"fine": FINE, "small": SMALL})
    for fields in (record for records in records_of(file_of(exam, "blackboard")[0]).values() for record in records):
        assert fields[0] == "NUM"
        assert 0 < Decimal(fields[3]) < Decimal(fields[2])
    small = blocks_of(file_of(exam, "brightspace")[0])["Q2"]
    assert all(re.fullmatch(one["Answer"][0][1], "0.0000010") is None for one in small)


GONE = """
    draw: {a: "integers(2, 99)"}
    steps: {y: a + 1}
    answers: {f: {kind: formula, is: 2 * u, symbols: {u: []}, points: 1}}
    """


@pytest.mark.parametrize("name", [*FORMATS, "qti21", "qti30"])
def test_a_question_of_which_nothing_is_asked_has_no_pool(drawn, name):
    exam = drawn({"gone": GONE, "it": CHOSEN})
    data, told = file_of(exam, name, skip_unsupported=True)
    assert [line.partition(" of ")[0] for line in told if line.startswith("left out")] == ["left out: Q1.f"]
    assert "Q2" in "".join(members(data).values())
    if name == "canvas":
        assert [title for title, _, _ in imported(data)] == ["Q2 Tiny"]
    assert not [member for member in members(data) if member.startswith("Q1")]


@pytest.mark.parametrize("name", ["moodle", "gift"])
def test_a_question_of_which_nothing_is_asked_has_no_category(drawn, name):
    text = file_of(drawn({"gone": GONE, "it": CHOSEN}), name, skip_unsupported=True)[0].decode()
    assert re.findall(r"/(Q\d) Tiny", text) == ["Q2"]


@pytest.mark.parametrize("name", sorted({*EVERY} - {"olx"}))  # which asks such a formula
def test_an_exam_of_which_nothing_is_asked_is_no_file(drawn, name):
    with pytest.raises(QuizgenError, match=rf"^nothing of this exam can be asked in {name}\. Choose another format\.$"):
        file_of(drawn({"gone": GONE}), name, skip_unsupported=True)


HOSTILE = """
    title: "]]> <script>alert(1)</script> =cmd() [b1] \\u202e & } # ~"
    draw: {a: "integers(100, 999)", b: "integers(100, 999)"}
    steps: {y: a + 1, z: b + 1, word: "1 + a % 2"}
    answers:
      y: {points: 1}
      z: {points: 1}
      word: {kind: choice, options: ['<b>odd</b> ]]> [b2]', 'even; "&amp;" #}'], points: 1}
    mistakes: {half: {y: a, says: "]]> <script>alert(2)</script> [b3]"}}
    """
TEXT = (
    '[b1] [bb1] [b2]] <script>alert(3)</script> ]]> "quoted", \t {1} | # ~ = \u202e &amp; &#91;b1&#93; <!--1-->'
    "\n\n    a\n\tb"
)


@pytest.fixture(scope="module")
def hostile(bank_in, tmp_path_factory):
    place = tmp_path_factory.mktemp("hostile")
    folder = bank_in(place / "bank", {"it": HOSTILE})
    path = folder / "it.md"
    path.write_text(
        path.read_text(encoding="utf-8").replace("# Question\n", f"# Question\n\n{TEXT}\n"), encoding="utf-8"
    )
    bank = Bank("hostile", folder)
    return make_exam(bank, of_problems(bank, "it"), open_grader("standard"), 2, out=place / "exam", seed="x")


def shows_text_only(source, tags=("code", "p", "pre", "strong", "em", "table", "tbody", "tr", "td", "ul", "li", "br")):
    """Whether HTML has no elements but ours, and the strangers' text stands in it as text."""
    tree = html.fromstring(f"<div>{source}</div>")
    assert {node.tag for node in tree.iterdescendants() if isinstance(node.tag, str)} <= set(tags)
    assert "<script>alert(3)</script> ]]>" in tree.text_content()
    return tree.text_content()


@pytest.mark.parametrize("feedback", ["", "mistakes", "solution"])
def test_in_canvas_strangers_texts_are_texts(hostile, feedback):
    data, _ = file_of(hostile, "canvas", feedback=feedback)
    ((title, _, questions),) = imported(data)
    assert title.startswith("Q1 ]]> <script>")
    for question in questions:
        text = shows_text_only(question.source)
        assert re.findall(r"\[(bbb\d)\]", text) == ["bbb1", "bbb2", "bbb3"]
        assert question.columns == ("Q1.y", "Q1.z", "Q1.word")
        assert question.texts[2][0] in ("<b>odd</b> ]]> [b2]", 'even; "&amp;" #}')
    for text in members(data).values():
        assert etree.fromstring(text.encode()) is not None


def test_in_blackboard_strangers_brackets_are_no_blanks(hostile):
    for fields in records_of(file_of(hostile, "blackboard")[0])["Q1"]:
        assert fields[0] == "FIB_PLUS"
        assert re.findall(r"\[([^\]]*)\]", fields[1]) == ["b1", "b2", "b3"]
        shows_text_only(fields[1])
        assert [fields[i + 1] for i, field in enumerate(fields) if not field] == ["b2", "b3"]


def test_in_brightspace_strangers_texts_are_cells(hostile):
    data, told = file_of(hostile, "brightspace", skip_unsupported=True)
    assert [line.partition(" of ")[0] for line in told[:1]] == ["left out: Q1.word"]  # its options hold semicolons
    for one in blocks_of(data)["Q1"]:
        assert set(one) == {"NewQuestion", "ID", "Title", "QuestionText", "Points", "Difficulty", "InputBox", "Answer"}
        shows_text_only(one["QuestionText"][0][0])
        ((percent, pattern, kind, _),) = one["Answer"]
        assert (percent, kind) == ("100", "regexp")
        assert re.compile(pattern)


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_a_line_stays_a_line(text):
    found = in_a_line(f"<pre>{text}</pre>{text}")
    assert len(found.splitlines()) <= 1
    assert "\t" not in found


NUMBERS = st.decimals(-2000, 2000, places=5)
REACHES = st.decimals(0, 3, places=5)


def box_of(right, reach, kind="number"):
    number, room = float(right), float(reach)
    return Box("Q1.y", kind, Fraction(1), number, number - room, number + room)


@given(NUMBERS, REACHES, st.integers(0, 8))
def test_an_interval_of_few_decimals_holds_all_that_is_right(right, reach, decimals):
    found = within(box_of(right, reach), decimals)
    unit = Decimal(1).scaleb(-decimals)
    assert found.low <= right - reach
    assert right + reach <= found.high
    assert found.reach <= reach + 2 * unit
    assert found.right % unit == found.reach % unit == 0
    assert Decimal(plain(found.right)) == found.right


@given(NUMBERS, REACHES, st.data())
def test_a_pattern_matches_the_interval_and_nothing_else(right, reach, data):
    low, high = right - reach, right + reach
    pattern = re.compile(interval_pattern(low, high))
    near = st.decimals(low - reach - 1, high + reach + 1, places=data.draw(st.integers(0, 7)))
    number = data.draw(st.one_of(near, st.sampled_from([low, high, right, -right])))
    text = f"{number:f}"
    for typed in (text, text.replace(".", ","), text.replace("-", "−"), text.replace("0.", "."), f"{text}0"):
        if re.fullmatch(r"[-−]?[\d]*[.,]?\d+", typed) and Decimal(typed.replace(",", ".").replace("−", "-")) == number:
            assert bool(pattern.fullmatch(typed)) == (low <= number <= high), (typed, pattern.pattern)
    assert not any(pattern.fullmatch(odd) for odd in ("", ".", "-", ",", "a", "1/3", "1e3", f"{right} x"))


def answer_of(ask, kind="number"):
    answer = Answer(name="y", of="y", kind=kind, points=Fraction(1), ask=parse_tolerance(ask) if ask else None)
    return Asked(Field("Q1.y", answer, Fraction(1), "a number", ()), ())


@given(NUMBERS, REACHES, st.sampled_from(["0 decimals", "2 decimals", "4 decimals", "3 figures", ""]))
def test_every_listed_spelling_is_right(right, reach, ask):
    box = box_of(right, reach)
    found = texts_of(answer_of(ask), box)
    assert 0 < len(found.texts) <= MOST
    assert len(set(found.texts)) == len(found.texts)
    slack = 1e-5 * 10.0 ** -decimals_asked(answer_of(ask).field.answer, box) + 1e-9
    shortest = Decimal(1).scaleb(-decimals_asked(answer_of(ask).field.answer, box))
    for text in found.texts:
        off = abs(float(text.replace(",", ".")) - float(right))
        assert off <= float(reach) + slack or float(shortest) > float(reach)


def test_spellings_of_a_whole_number_and_of_decimals():
    assert texts_of(answer_of(""), box_of(450, 0, "integer")).texts == ("450", "450.0")
    found = texts_of(answer_of("2 decimals"), box_of("0.5", "0.005"))
    assert found.texts == ("0.5", "0.50", "0,5", ".5", "0,50", ".50")
    assert found.all_told
    assert not texts_of(answer_of("4 decimals"), box_of("0.5", "0.005")).all_told


def test_a_text_is_matched_in_any_spacing():
    assert re.fullmatch(text_pattern("46 x 62 x 20"), "46x62 x  20")
    assert not re.fullmatch(text_pattern("46.5"), "46a5")


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
def test_a_text_is_matched_as_it_is_and_in_any_case(text):
    pattern = text_pattern(text)
    assert re.fullmatch(pattern, " ".join(text.split()))
    other = "".join(s.swapcase() if len(s.swapcase()) == 1 and s.swapcase().swapcase() == s else s for s in text)
    assert re.fullmatch(pattern, " ".join(other.split()))


def test_pools_are_cut_into_files_that_upload(drawn):
    exam = drawn({"it": SMALL.replace("100000000", "10").replace("2 figures", "1 decimal")}, n=TOGETHER + 7)
    data, told = file_of(exam, "blackboard")
    names = members(data)
    assert list(names) == ["Q1-1.txt", "Q1-2.txt", "pools.txt"]
    assert names["Q1-2.txt"].count("\r\n") == 7
    assert names["pools.txt"].splitlines()[1] == "Q1-2.txt: Q1 Tiny, 2 points a question"
    assert told == []
    assert len(records_of(file_of(exam, "blackboard", pool=5)[0])["Q1"]) == 5


CHOSEN = """
    draw: {a: "integers(100, 999)"}
    steps: {double: 2 * a}
    answers: {double: {points: 1/2}}
    mistakes: {tripled: {double: 3 * a, says: Two times.}}
    """


def test_numbers_can_be_chosen(drawn):
    exam = drawn({"it": CHOSEN})
    blackboard = records_of(file_of(exam, "blackboard", choices=3)[0])["Q1"]
    brightspace = blocks_of(file_of(exam, "brightspace", choices=3)[0])["Q1"]
    ((_, _, canvas),) = imported(file_of(exam, "canvas", choices=3)[0])
    for fields, rows, question in zip(blackboard, brightspace, canvas, strict=True):
        assert fields[0] == "MC"
        assert fields[3::2].count("correct") == 1
        assert [row[1] for row in rows["Option"]] == fields[2::2] == list(question.texts[0])
        right = fields[2::2][fields[3::2].index("correct")]
        assert [row[1] for row in rows["Option"] if row[0] == "100"] == [right] == list(question.right)
        assert rows["NewQuestion"][0][0] == "MC"
        assert rows["Points"][0][0] == "0.5"
        assert question.kind == "multiple_choice_question"


def test_a_group_of_canvas_has_points_of_its_own(drawn):
    """Those of the questions in a group do not count in Canvas."""
    exam = drawn({"one": CHOSEN, "many": MANY})
    data = next(text for name, text in members(file_of(exam, "canvas")[0]).items() if name.startswith("g"))
    selection = "{*}selection_ordering/{*}selection/"
    groups = etree.fromstring(data.encode()).findall("{*}assessment/{*}section/{*}section")
    assert [group.findtext(f"{selection}{{*}}selection_number") for group in groups] == ["1", "1"]
    path = f"{selection}{{*}}selection_extension/{{*}}points_per_item"
    assert [group.findtext(path) for group in groups] == ["0.5", "3"]


def test_canvas_is_told_all_right_texts_in_one_condition(drawn):
    """The first condition that holds ends the marking; this is how Canvas itself writes such questions."""
    shape = """
        draw: {a: "integers(100, 999)"}
        steps: {size: "[a, a, 3]"}
        answers: {size: {kind: shape, points: 1}}
        mistakes: {two: {size: "[a, a, 1]", says: Three channels.}}
        """
    ((_, _, questions),) = imported(file_of(drawn({"it": shape}), "canvas")[0])
    for question in questions:
        assert question.kind == "short_answer_question"
        assert len(question.texts[0]) > 10
        assert question.conditions == 1


def test_a_line_of_several_numbers_is_judged_by_a_pattern(drawn):
    exam = drawn({"it": MANY.replace("(7, 3)", "(2, 2)")})
    for number, one in enumerate(blocks_of(file_of(exam, "brightspace")[0])["Q1"]):
        cells = exam.questions[0].expected["map"].column(number).ravel().astype(int).tolist()
        pattern = re.compile(one["Answer"][0][1])
        assert pattern.search("; ".join(map(str, cells)))
        assert pattern.search(" ;".join(f" {cell}.0" for cell in cells))
        assert not pattern.search("; ".join(map(str, cells[::-1])))
        assert not pattern.search("; ".join(map(str, [*cells, 1])))


@pytest.mark.parametrize("name", FORMATS)
def test_numbers_that_are_typed_although_choices_are_wanted_are_told(drawn, name):
    shape = """
        draw: {a: "integers(100, 999)"}
        steps: {size: "[a, a, 3]", y: 2 * a}
        answers: {size: {kind: shape, points: 1}, y: {points: 1}}
        mistakes: {two: {size: "[a, a, 1]", says: Three channels.}}
        """
    exam = drawn({"it": CHOSEN, "mixed": shape})
    for choices in (0, 3):
        told = file_of(exam, name, choices=choices)[1]
        assert [line.startswith("Q2: asked as ") for line in told] == [True]
        assert told[0].endswith("; their numbers are typed, whatever --choices says") == bool(choices)


def test_an_item_for_canvas_is_as_canvas_wants_it(drawn):
    exam = drawn({"it": CHOSEN}, n=1)
    name = f"g{exam.id}"
    files = members(file_of(exam, "canvas", feedback="mistakes")[0])
    assert list(files) == [f"{name}/{name}.xml", f"{name}/assessment_meta.xml", "imsmanifest.xml"]
    right = int(exam.questions[0].expected["double"].column(0))
    item = etree.fromstring(files[f"{name}/{name}.xml"].encode()).find(".//{*}item")
    item.find(".//{*}mattext").text = ""
    tag = item.get("ident")
    said = html_escape(f"<p>Usual mistakes:</p>\n<ul>\n<li>Q1.double = {right * 3 // 2}: Two times.</li>\n</ul>\n")
    expected = f"""<item xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2" ident="{tag}" title="Tiny">
      <itemmetadata><qtimetadata>
        <qtimetadatafield><fieldlabel>question_type</fieldlabel><fieldentry>numerical_question</fieldentry></qtimetadatafield>
        <qtimetadatafield><fieldlabel>points_possible</fieldlabel><fieldentry>0.5</fieldentry></qtimetadatafield>
      </qtimetadata></itemmetadata>
      <presentation>
        <material><mattext texttype="text/html"></mattext></material>
        <response_str ident="response1" rcardinality="Single"><render_fib fibtype="Decimal">
          <response_label ident="answer1" rshuffle="No"/></render_fib></response_str>
      </presentation>
      <resprocessing>
        <outcomes><decvar maxvalue="100" minvalue="0" varname="SCORE" vartype="Decimal"/></outcomes>
        <respcondition continue="Yes"><conditionvar><other/></conditionvar>
          <displayfeedback feedbacktype="Response" linkrefid="general_fb"/></respcondition>
        <respcondition continue="No"><conditionvar><or>
            <varequal respident="response1">{right}</varequal>
            <and><vargte respident="response1">{right}</vargte><varlte respident="response1">{right}</varlte></and>
          </or></conditionvar><setvar action="Set" varname="SCORE">100</setvar></respcondition>
      </resprocessing>
      <itemfeedback ident="general_fb"><flow_mat><material><mattext texttype="text/html">{said}</mattext></material>
      </flow_mat></itemfeedback>
    </item>"""
    found = etree.tostring(item, encoding="unicode", with_tail=False)
    assert etree.canonicalize(found, strip_text=True) == etree.canonicalize(expected, strip_text=True)
    settings = etree.fromstring(files[f"{name}/assessment_meta.xml"].encode())
    told = {node.tag.partition("}")[2]: node.text for node in settings}
    assert (told["points_possible"], told["allowed_attempts"]) == ("0.5", "1")
    assert "hide_results" not in told
    hidden = members(file_of(exam, "canvas")[0])[f"{name}/assessment_meta.xml"]
    assert "<hide_results>always</hide_results>" in hidden


BACK = ["feature-map-size", "conv-window", "vgg-table"]


@pytest.fixture(scope="module")
def sat(tmp_path_factory):
    """An exam that Blackboard and Brightspace can ask whole, and what each paper should answer."""
    folder = tmp_path_factory.mktemp("back") / "exam"
    bank = open_bank("cnn")
    students = [Student(f"s{i}", {}) for i in range(4)]
    exam = make_exam(
        bank, of_problems(bank, ",".join(BACK)), open_grader("standard"), 4, out=folder, seed="x", roster=students
    )
    return exam, folder


def graded(folder, data, place):
    shutil.copytree(folder, place / "exam")
    (place / "there.csv").write_bytes(data)
    desk = grade_files(place / "exam", [place / "there.csv"], forms=(), report=False)
    assert [reject.reason for reject in desk.rejects] == []
    return pd.read_csv(desk.results / "marks.csv", dtype=str, keep_default_na=False)


def test_blackboards_download_of_what_was_exported_is_read(sat, tmp_path):
    """SIMULATED: every blank answered with one of the texts that Blackboard was told."""
    exam, folder = sat
    records = records_of(file_of(exam, "blackboard")[0])
    table = [["Username", *(f"{what} {i + 1}" for i in range(3) for what in ("Question ID", "Question", "Answer"))]]
    for number in range(4):
        row = [f"s{number}"]
        for question in exam.questions:
            fields = records[question.name][number]
            blanks = " ".join(f"\0{field}" for field in fields[2:]).split("\0 \0")
            told = [re.split(" ?\0", blank.lstrip("\0"))[1:] for blank in blanks]
            row += ["_1_1", fields[1], "<br />".join(texts[number % len(texts)] for texts in told)]
        table.append(row)
    found = graded(folder, as_csv(table), tmp_path)
    assert set(found["outcome"]) == {"correct"}
    assert len(found) == 4 * sum(len(question.problem.answers) for question in exam.questions)


def test_brightspaces_attempts_of_what_was_exported_are_read(sat, tmp_path):
    """SIMULATED: every question answered in a line that its pattern takes as right."""
    exam, folder = sat
    blocks = blocks_of(file_of(exam, "brightspace")[0])
    table = [["Org Defined ID", "Username", "Attempt #", "Attempt End", "Q #", "Q Text", "Answer", "Answer Match"]]
    for number in range(4):
        for place, question in enumerate(exam.questions, start=1):
            one = blocks[question.name][number]
            item = next(i for i in items_of(exam, question, solutions=False) if i.number == number + 1)
            _, boxes = zip(*marked(item, item.answers, "mathml").boxes, strict=True)
            line = "; ".join(f"{box.right:g}" if box.is_number and box.right < 1e5 else texts(box) for box in boxes)
            assert re.search(one["Answer"][0][1], line)
            text = one["QuestionText"][0][0]
            table.append([f"s{number}", f"#s{number}", "1", "2026-11-30 11:05", str(place), text, line, ""])
    found = graded(folder, as_csv(table), tmp_path)
    assert set(found["outcome"]) == {"correct"}
    assert len(found) == 4 * sum(len(question.problem.answers) for question in exam.questions)


def texts(box):
    return box.texts[0] if box.texts else str(int(box.right))


JUDGED = [
    # platform, problem, what is typed for 2a / 7 of 700 or for the cell 3, right there
    ("canvas", "third", "100", True),
    ("canvas", "third", "100.0005", True),
    ("canvas", "third", "100.0006", False),
    ("canvas", "third", "100.00054", True),  # it keeps four decimals
    ("canvas", "third", "100,0", False),
    ("canvas", "third", "abc", False),
    ("canvas", "two", "300", True),
    ("canvas", "two", "300.0", True),
    ("canvas", "two", "300.00", False),
    ("blackboard", "third", "100.0005", True),
    ("blackboard", "third", "99.9994", False),
    ("blackboard", "third", "700/7", False),
    ("blackboard", "two", "300", True),
    ("blackboard", "two", "+300", False),
    ("brightspace", "third", "100,0005", True),
    ("brightspace", "third", "100.00051", False),
    ("brightspace", "third", "1e2", False),
    ("brightspace", "two", "+300", True),
]
JUDGES = {
    "third": """
        draw: {a: "integers(700, 700)"}
        steps: {third: a / 7}
        answers: {third: {points: 2, ask: 3 decimals}}
        """,
    "two": """
        draw: {a: "integers(100, 100)"}
        steps: {y: 3 * a, z: 2 * a}
        answers: {y: {points: 1}, z: {points: 1}}
        """,
}


@pytest.fixture(scope="module")
def judged(drawn):
    """The items of two problems without chance."""
    exam = drawn(JUDGES, n=1)
    return exam, {question.problem.name: next(items_of(exam, question)) for question in exam.questions}


@pytest.mark.parametrize(("name", "problem", "text", "right"), JUDGED)
def test_a_platform_judges_what_is_typed(judged, name, problem, text, right):
    item = judged[1][problem]
    asked = item.answers[0]
    assert format_of(name).judge(item, asked, asked.boxes[0], text) is right


@pytest.mark.parametrize("name", FORMATS)
def test_parity_knows_how_boxes_are_judged(judged, name):
    exam, items = judged
    told = {problem: " ".join(parity_lines([item], exam.grader, format_of(name))) for problem, item in items.items()}
    assert ("a decimal comma" in told["two"]) is False  # whole numbers have none
    assert ("an exponent" in told["third"]) is (name == "brightspace")
    assert ("an exponent" in told["two"]) is True
    assert ("as asked" in told["third"] + told["two"]) is False


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_written_as_asked_is_right_there(shipped, name):
    chosen, seen = format_of(name), 0
    for question in shipped.questions:
        items = [next(items_of(shipped, question, solutions=False))]
        found = list(differences(items, shipped.grader, chosen.manners, chosen.judge))
        assert [one for one in found if one.how == "as asked"] == []
        seen += len(found)
    assert seen > 100  # all that is odd


@pytest.mark.parametrize("name", FORMATS)
def test_parity_is_silent_on_what_was_left_out(shipped, name):
    _, told = file_of(shipped, name, skip_unsupported=True)
    left_out = {name for line in told if line.startswith("left out") for name in re.findall(r"Q\d+\.\w+", line)}
    lines = [
        line
        for question in shipped.questions
        for line in parity_lines(items_of(shipped, question, solutions=False), shipped.grader, format_of(name))
    ]
    judged = {line.partition(":")[0] for line in lines}
    assert judged
    assert left_out
    assert not judged & left_out


@pytest.mark.parametrize("name", ["moodle", "gift", *FORMATS, "qti21", "qti30", "olx"])
def test_parity_is_silent_on_numbers_that_are_chosen(judged, name):
    exam, items = judged
    chosen, options = format_of(name), Options(choices=4)
    told = {problem: parity_lines([item], exam.grader, chosen, options) for problem, item in items.items()}
    assert told["third"] == []
    assert bool(told["two"]) is (name in ("blackboard", "brightspace"))  # their dropdowns do not go into a text
