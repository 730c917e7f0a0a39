"""What formats share: choices, spellings, parity, the command; and GIFT, read back as its importer would."""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from html import unescape
from zipfile import ZipFile

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from quizgen.answers.reading import READ
from quizgen.answers.words import read_answers
from quizgen.bank.folders import Bank, of_problems, open_bank, open_grader
from quizgen.exam.additions import read_exam
from quizgen.export.choices import choices_of
from quizgen.export.formats import Manners
from quizgen.export.gift import gift_text
from quizgen.export.items import Box, items_of
from quizgen.export.options import Options
from quizgen.export.packages import xml_text
from quizgen.export.parity import differences, read_there, typed_ways
from quizgen.export.spellings import spellings_of
from quizgen.export.table import format_of
from quizgen.exporting import export_exam
from quizgen.making import make_exam

PROBLEMS = open_bank("cnn").names
NAN = float("nan")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The items of a problem, with what mistakes make of them, and the folder of their exam."""
    made: dict[str, tuple] = {}

    def draw(problem, n=6):
        if problem not in made:
            folder = tmp_path_factory.mktemp("drawn") / "exam"
            bank = open_bank("cnn")
            make_exam(bank, of_problems(bank, problem), open_grader("standard"), n, out=folder, seed="export")
            exam = read_exam(folder)
            made[problem] = folder, list(items_of(exam, exam.questions[0], slips=True)), exam.grader
        return made[problem]

    return draw


# ---- choices -----------------------------------------------------------------------------------------------------


def chosen(drawn, problem, count):
    _, items, grader = drawn(problem)
    for item in items:
        for asked in item.answers:
            for box in asked.boxes:
                if box.is_number and box.inside:
                    yield box, choices_of(item, asked, box, grader, count)


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("count", [2, 4])
def test_choices_are_all_different_and_one_is_right(problem, count, drawn):
    found = list(chosen(drawn, problem, count))
    assert found
    for box, choices in found:
        assert len({choice.text for choice in choices}) == len(choices) == count
        (right,) = [float(choice.text) for choice in choices if choice.right]
        assert box.low <= right <= box.high or right == pytest.approx(box.right, rel=1e-11)
        assert not any(box.low <= float(choice.text) <= box.high for choice in choices if not choice.right)


def test_wrong_choices_come_from_mistakes(drawn):
    notes = Counter(c.slip.note for _, choices in chosen(drawn, "feature-map-size", 4) for c in choices if c.slip)
    assert len(notes) >= 4
    assert sum(notes.values()) >= 2 * 18


@pytest.mark.parametrize("problem", PROBLEMS)
def test_no_broken_number_stands_among_whole_ones(problem, drawn):
    for box, choices in chosen(drawn, problem, 4):
        assert box.kind != "integer" or all(float(choice.text).is_integer() for choice in choices)


def test_nobody_is_told_of_a_mistake_that_another_explains_too(bank_in, tmp_path):
    front = """
        draw: {a: "integers(100, 999)"}
        steps: {one: a + 1, two: 5 * a}
        answers: {one: {points: 1}, two: {points: 1}}
        mistakes:
          added: {one: a + 2, two: 6 * a, says: The one.}
          lost: {one: a - 2, two: 6 * a, says: The other.}
          tripled: {two: 3 * a, says: Three.}
        """
    bank = Bank("told", bank_in(tmp_path / "told", {"told": front}))
    make_exam(bank, of_problems(bank, "told"), open_grader("standard"), 1, out=tmp_path / "exam", seed="told")
    for form in ("moodle", "gift"):
        export_exam(tmp_path / "exam", form, Options(feedback="mistakes"), tmp_path / form)
        text = (tmp_path / form).read_text()
        assert [text.count(f"#{said}.") for said in ("The one", "The other", "Three")] == [1, 1, 1]
    (item,) = items_of(read_exam(tmp_path / "exam"), read_exam(tmp_path / "exam").questions[0], slips=True)
    asked = item.answers[1]
    drawn = asked.boxes[0].right // 5
    choices = choices_of(item, asked, asked.boxes[0], open_grader("standard"), 3)
    told = {float(choice.text): choice.slip and choice.slip.note for choice in choices}
    assert told == {5 * drawn: None, 6 * drawn: None, 3 * drawn: "tripled"}


def test_the_right_choice_stands_anywhere(drawn):
    found = [choices for _, choices in chosen(drawn, "cnn-train-step", 4)]
    places = Counter([choice.right for choice in choices].index(True) for choices in found)
    assert min(places.values()) > len(found) / 8
    # nor does its size betray it, where no mistake gave numbers
    near = [sorted(choices, key=lambda c: float(c.text)) for choices in found if not any(c.slip for c in choices)]
    ranks = Counter([choice.right for choice in choices].index(True) for choices in near)
    assert len(near) > 50
    assert min(ranks[rank] for rank in range(4)) > len(near) / 8


def test_the_order_depends_on_the_tag_alone(drawn):
    first, second = (list(chosen(drawn, "conv-forward", 4)) for _ in range(2))
    assert first == second


# ---- spellings ---------------------------------------------------------------------------------------------------


SHAPE = next(a for a in open_bank("cnn").problem("conv-layer-cost").answers if a.kind == "shape")
PLACE = next(a for a in open_bank("cnn").problem("conv-window").answers if a.kind == "location")


@given(st.lists(st.integers(1, 2000), min_size=1, max_size=4))
def test_quizgen_reads_every_spelling_of_a_shape(sizes):
    text = " x ".join(map(str, sizes))
    found = spellings_of(Box("Q1.Z", "shape", Fraction(1), NAN, NAN, NAN, (text,)))
    assert found[0] == text
    read = read_answers(SHAPE, pa.array(found), np.full((1, len(found)), len(sizes)))
    assert set(read.state.tolist()) == {READ}
    assert all(read.value.column(i).tolist() == sizes for i in range(len(found)))


@given(st.integers(1, 40), st.integers(1, 40))
def test_quizgen_reads_every_spelling_of_a_place(row, column):
    text = f"{row - 1 + PLACE.first} {column - 1 + PLACE.first}"
    found = spellings_of(Box("Q1.at", "location", Fraction(1), NAN, NAN, NAN, (text,)))
    read = read_answers(PLACE, pa.array(found), np.full((2, len(found)), 40))
    assert set(read.state.tolist()) == {READ}
    assert all(read.value.column(i).tolist() == [row, column] for i in range(len(found)))


# ---- parity ------------------------------------------------------------------------------------------------------

MOODLE = format_of("moodle").manners


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("1,5", 15), ("1,234", 1234), ("1,234,567", 1234567), ("1.234,56", 1.23456), ("1 234", 1234)),
        *(("3/4", 3), ("1*10^-3", 0.001), ("1x10^-3", 0.001), ("1e-3", 0.001), ("1E3", 1000), (".5", 0.5)),
        *(("−5", None), ("5%", 5), ("NaN", None), ("inf", None), ("sqrt(2)", None), ("", None), ("+5", 5), ("- 5", -5)),
    ],
)
def test_moodle_reads_numbers_as_its_source_says(text, number):
    assert read_there(text, MOODLE) == number


def test_platforms_read_in_their_own_manners():
    strict = Manners(closed=True, comma="wrong", fraction="wrong", garbage="read")
    assert [read_there(text, strict) for text in ("1,5", "1/3", "abc", "1.5")] == [0.0, 0.0, 0.0, 1.5]
    free = Manners(closed=True, comma="read", fraction="read", minus="read")
    assert [read_there(text, free) for text in ("1,5", "1/4", "−2", "1/0", "abc")] == [1.5, 0.25, -2.0, None, None]


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("name", ["moodle", "gift"])  # others judge by more than their manners
def test_what_is_right_here_is_right_there(problem, name, drawn):
    _, items, grader = drawn(problem)
    found = list(differences(items, grader, format_of(name).manners))
    plain = {"as asked", "the lower end", "the upper end", "an exponent", "a plus sign"}
    assert [one for one in found if one.how in plain] == []
    if format_of(name).manners.behind == "leading":
        assert {one.how for one in found} >= {"per cent"}


@pytest.mark.parametrize("problem", ["cnn-forward", "conv-matrices"])
def test_parity_finds_what_is_known_of_moodle(problem, drawn):
    _, items, grader = drawn(problem)
    found = {(one.how, one.here, one.there) for one in differences(items, grader, MOODLE)}
    assert ("a decimal comma", "right", "wrong") in found
    assert ("a fraction", "right", "wrong") in found
    assert ("a typeset minus sign", "right", "wrong") in found
    assert ("per cent", "unreadable", "right") in found


def test_parity_finds_ends_that_do_not_count_and_garbage_that_does(drawn):
    _, items, grader = drawn("cnn-forward")
    open_ends = replace(MOODLE, closed=False)
    found = [one for one in differences(items, grader, open_ends) if one.how in ("as asked", "the lower end")]
    assert {one.answer for one in found} == {"Q1.sizes"}  # what must be exact has no margin; all others are widened
    garbage = replace(MOODLE, garbage="read")
    found = {(one.how, one.text, one.here, one.there) for one in differences(items, grader, garbage)}
    assert ("no number at all", "abc", "unreadable", "right") in found


def test_a_margin_that_is_too_wide_on_one_side_is_found(drawn):
    _, items, grader = drawn("fc-softmax-update")
    asked = next(one for one in items[0].answers if one.field.answer.name == "loss")
    box = asked.boxes[0]
    lopsided = replace(box, high=box.high + 3 * (box.high - box.low))
    item = replace(items[0], answers=(replace(asked, boxes=(lopsided,)),))
    found = [one for one in differences([item], grader, MOODLE) if "margin only" in one.how]
    assert [(one.here, one.there) for one in found] == [("wrong", "right")]


def test_ways_of_typing_are_many(drawn):
    _, items, grader = drawn("conv-forward")
    asked = items[0].answers[0]
    ways = {how for box in asked.boxes for how, _ in typed_ways(box, asked.field.answer, grader)}
    assert len(ways) > 10


# ---- GIFT --------------------------------------------------------------------------------------------------------

NASTY = st.text(st.sampled_from(list("ab1 <>&\"'~=#{}%:*\\$[]/|;\u202e\u00a0\n")) | st.characters(), max_size=40)


@given(NASTY)
def test_no_sign_of_a_text_is_one_of_gifts(text):
    written = gift_text(text)
    assert not re.search(r"(?<!\\)(?:\\\\)*[~=#{}:]", written)
    assert len(written.splitlines()) <= 1
    read = re.sub(r"\\([\\~=#{}:])", r"\1", written)
    assert "".join(read.split()) == "".join(xml_text(text).split())


def questions(text):
    """The questions of a GIFT file: name, text, answers; blank lines part them."""
    for part in text.split("\n\n"):
        if part and not part.startswith("$CATEGORY: "):
            found = re.fullmatch(
                r"::((?:[^:\\]|\\.)+)::\[html\]((?:[^{}\\]|\\.)*)\{\n?((?:[^{}\\]|\\.)*)\}", part, re.DOTALL
            )
            assert found, part
            yield tuple(
                re.sub(r"\\([\\~=#{}:])", r"\1", group) if i < 2 else group for i, group in enumerate(found.groups())
            )


@pytest.mark.parametrize("problem", PROBLEMS)
def test_gift_asks_each_box_in_a_question_of_its_own(problem, drawn, tmp_path):
    folder, items, _ = drawn(problem)
    export_exam(folder, "gift", Options(skip_unsupported=True), tmp_path / "out.txt")
    data = (tmp_path / "out.txt").read_bytes()
    export_exam(folder, "gift", Options(skip_unsupported=True), tmp_path / "out.txt")
    assert (tmp_path / "out.txt").read_bytes() == data
    found = list(questions(data.decode()))
    boxes = [(item, box) for item in items for box in item.boxes if box.inside and box.kind != "formula"]
    assert len(found) == len(boxes)
    for (name, body, answers), (item, box) in zip(found, boxes, strict=True):
        text = html.fromstring(f"<div>{body}</div>").text_content()
        assert name == f"{item.section.tag} {box.name.split('.')[1]}"
        assert item.section.tag in text
        assert re.findall(r"Q1\.\w+(?:\[[\d,]+\])?", text) == [box.name]
        if box.is_number:
            value, margin = map(Fraction, re.fullmatch(r"#\n=([^:]+):(.+)\n", answers).groups())
            assert value - margin <= Fraction(box.low) <= Fraction(box.high) <= value + margin
        else:
            right = [line[1:] for line in answers.splitlines() if line.startswith("=")]
            assert unescape(re.sub(r"\\(.)", r"\1", right[0])) == box.texts[0]


def test_gift_says_by_hand_choices_and_feedback(bank_in, tmp_path):
    front = """
        draw: {a: "integers(100, 999)"}
        steps: {double: 2 * a, word: "1 + a % 2"}
        answers:
          double: {points: 1}
          why: {kind: by hand, points: 2}
          pick: {of: word, kind: choice, options: ["~even=", "{odd}"], points: 1}
        mistakes: {tripled: {double: 3 * a, says: "Two: not {three}."}}
        """
    bank = Bank("gift", bank_in(tmp_path / "gift", {"gift": front}))
    make_exam(bank, of_problems(bank, "gift"), open_grader("standard"), 1, out=tmp_path / "exam", seed="gift")
    export_exam(tmp_path / "exam", "gift", Options(feedback="mistakes", choices=2), tmp_path / "out.txt")
    double, pick, why = (answers for _, _, answers in sorted(questions((tmp_path / "out.txt").read_text())))
    assert why == ""
    assert sorted(line.lstrip("=~") for line in pick.splitlines()) == ["\\{odd\\}", "\\~even\\="]
    assert sum(line.startswith("=") for line in double.splitlines()) == 1
    assert double.count("#Two\\: not \\{three\\}.") == 1


def test_in_gift_a_choice_is_neither_points_nor_a_kind_of_text(bank_in, tmp_path):
    front = """
        draw: {a: "integers(100, 999)"}
        steps: {word: "1 + a % 2"}
        answers: {word: {kind: choice, options: ["%50% even", "[plain] <b>odd</b>"], points: 1}}
        """
    bank = Bank("gift", bank_in(tmp_path / "gift", {"gift": front}))
    make_exam(bank, of_problems(bank, "gift"), open_grader("standard"), 1, out=tmp_path / "exam", seed="gift")
    export_exam(tmp_path / "exam", "gift", Options(), tmp_path / "out.txt")
    ((_, _, answers),) = questions((tmp_path / "out.txt").read_text())
    offered = [re.sub(r"\\(.)", r"\1", line[1:]) for line in answers.splitlines()]
    assert not [text for text in offered if re.match(r"%-*\d|\[", text)]
    assert [unescape(text) for text in offered] == ["%50% even", "[plain] <b>odd</b>"]


# ---- the command -------------------------------------------------------------------------------------------------


@pytest.fixture
def exam(quizgen):
    quizgen("make", "--n", "3", "--problems", "conv-layer-cost,mlp-backprop", "--seed", "export", "--to", "md")


def test_the_command_tells_what_it_wrote_and_how_typed_answers_are_judged(exam, quizgen, tmp_path):
    ran = quizgen("export", "moodle", "--skip-unsupported", "--pool", "2", "--parity")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0].startswith("export-moodle.xml: 2 variants of 2 questions, for Moodle")
    assert lines[1:4] == [
        "Moodle: the ends of a tolerance count as right, as here",
        "Moodle: the comma of 1,5 is taken for a thousands mark",
        "Moodle: the stroke of 1/3 is cut off: what stands before it counts",
    ]
    assert any(line.startswith("Q2.do5: a decimal comma, as in '") for line in lines[4:])
    assert lines[-1].startswith("Q2.")
    assert "next: import the file (docs/lms.md has the clicks); after the exam download the report" in ran.out
    assert ran.err.splitlines() == [
        "left out: Q2.in_o5, Q2.in_W2, Q2.in_o2 and Q2.in_W1 of 'mlp-backprop': the format has no questions of "
        "the kind 'formula'",
        "4 points are missing there, and quizgen will mark what was left out as blank",
    ]
    assert (tmp_path / "export-moodle.xml").exists()


def test_where_nothing_is_typed_parity_says_so(exam, quizgen):
    ran = quizgen("export", "moodle", "--skip-unsupported", "--choices", "4", "--parity")
    assert ran.out.splitlines()[-1] == "Moodle: no number is typed that would be judged otherwise than here"
    assert not any("comma" in line for line in ran.out.splitlines())


@pytest.mark.parametrize(("form", "feedback"), [("brightspace", "solution"), ("canvas", "mistakes")])
def test_whoever_asks_for_feedback_is_told_when_it_shows(exam, quizgen, tmp_path, form, feedback):
    ran = quizgen("export", form, "--skip-unsupported", "--feedback", feedback, "--out", "out")
    (told,) = [line for line in ran.out.splitlines() if "feedback" in line]
    assert told.startswith("feedback stands in the file: a platform shows it right after an attempt")
    files = ZipFile(io.BytesIO((tmp_path / "out").read_bytes()))
    text = b"".join(files.read(name) for name in files.namelist()).decode()
    assert any(word in text for word in ("Feedback,", "Usual mistakes"))


def test_a_file_in_a_folder_that_there_is_not(exam, quizgen):
    ran = quizgen("export", "olx", "--skip-unsupported", "--out", "none/out.gz")
    assert (ran.code, ran.err.splitlines()[-1]) == (
        1,
        "quizgen: none/out.gz: there is no folder none. Make it first, or choose another --out.",
    )


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("mudle",), "there is no format 'mudle'. Did you mean 'moodle'?"),
        (("moodle", "--feedback", "all"), "--feedback all. Say mistakes or solution."),
        (
            ("blackboard", "--feedback", "solution"),
            "--feedback solution: the files of Blackboard have no place for it. "
            "Give quizgen's own pages of feedback later.",
        ),
        (
            ("brightspace", "--feedback", "mistakes"),
            "--feedback mistakes: the files of Brightspace have no place for it. Say --feedback solution.",
        ),
        (
            ("olx", "--feedback", "mistakes"),
            "--feedback mistakes: the files of Open edX have no place for it. Say --feedback solution.",
        ),
        (("moodle", "--mathematics", "word"), "--mathematics word. Say mathml or tex."),
        (("moodle", "--choices", "1"), "--choices 1 leaves nothing to choose. Say 2 or more."),
    ],
)
def test_wrong_words_are_refused(exam, quizgen, tmp_path, args, says):
    ran = quizgen("export", *args)
    assert (ran.code, ran.err.strip()) == (2, f"quizgen: {says}")
    assert not list(tmp_path.glob("export-*"))


def test_what_cannot_be_asked_stops_the_export(exam, quizgen, tmp_path):
    ran = quizgen("export", "moodle")
    assert ran.code == 1
    assert "cannot be asked in moodle" in ran.err
    assert not list(tmp_path.glob("*export-*"))
