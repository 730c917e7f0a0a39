"""What a student reads: one page and one Markdown text, whole, harmless, and about nobody else."""

import csv
import re
import stat
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizgen.bank.folders import open_bank
from quizgen.exam.additions import read_exam
from quizgen.exam.pseudonyms import NAMES, read_pseudonyms
from quizgen.filenames import file_names
from quizgen.render.html import html_of, mathml
from quizgen.render.page import _STYLE
from quizgen.report import as_markdown, as_page, feedback

VOID = {"meta", "br", "hr", "link", "img", "input"}


class Reading(HTMLParser):
    """A page as a strict reader sees it: tags, attributes, text; complains of what is not closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.text, self.faults = [], [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)

    @property
    def words(self):
        return " ".join("".join(self.text).split())


def checked(page):
    """A page that is read to its end, with nothing in it that acts or asks the network."""
    reading = Reading(page)
    assert (reading.open, reading.faults) == ([], [])
    assert not {"script", "iframe", "object", "embed", "img", "form", "input", "link", "base"} & set(reading.tags)
    for tag, name, value in reading.attributes:
        assert not name.startswith("on"), (tag, name)
        assert name not in ("src", "srcset", "action", "background"), (tag, name)
        assert name != "style" or (tag.startswith("m") and "url" not in value), (tag, value)  # of MathML's tables
        assert name != "href" or value.startswith("#"), value
    return reading


# ---- a whole class -------------------------------------------------------------------------------------------------

STUDENTS = [f"mark-{letter * 3}" for letter in "abcdefghijklmn"]
SECRETS = [f"said{number}x" for number in range(len(STUDENTS))]


@pytest.fixture(scope="module")
def class_folder(tmp_path_factory):
    """A class on the short exam: simulated answers under real names, and in each row a text of that student's own."""
    from quizgen.bank.folders import open_grader
    from quizgen.desk import grade_files
    from quizgen.exam.roster import Student
    from quizgen.making import make_exam
    from quizgen.simulate import simulated_sheet

    place = tmp_path_factory.mktemp("class")
    bank = open_bank("cnn")
    roster = [Student(name, {"name": f"Name{i}x <i>Own{i}x</i>"}) for i, name in enumerate(STUDENTS)]
    make_exam(bank, bank.blueprint("quiz"), open_grader("standard"), 14, out=place / "exam", seed="f", roster=roster)
    table = list(csv.reader(simulated_sheet(read_exam(place / "exam"), 3).splitlines()))
    keep = [i for i, heading in enumerate(table[0]) if heading not in ("simulated", "tag", "paper")]
    table = [[row[i] for i in keep] for row in table]
    for number, row in enumerate(table[1:]):
        row[-1] = f"{SECRETS[number]} </code><script>alert({number})</script> `$x$` [a](http://b)"
    with (place / "typed.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(table)
    desk = grade_files(place / "exam", [place / "typed.csv"])
    assert desk.rejects == []
    return place / "exam"


def marks_of(folder, student):
    with (folder / "results" / "marks.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["student"] == student]


def written_for(folder, student, form):
    return (folder / "results" / "feedback" / f"{student}.{form}").read_text(encoding="utf-8")


def marked(folder):
    return [student for student in STUDENTS if marks_of(folder, student)]


def test_everybody_who_was_marked_has_both_files(class_folder):
    files = {path.name for path in (class_folder / "results" / "feedback").iterdir()}
    assert len(marked(class_folder)) >= 5
    assert files == {f"{student}.{form}" for student in marked(class_folder) for form in ("md", "html")}


@pytest.mark.parametrize("form", ["md", "html"])
def test_nothing_about_one_student_stands_in_another_s_feedback(class_folder, form):
    for student in marked(class_folder):
        number = STUDENTS.index(student)
        text = written_for(class_folder, student, form)
        assert student in text
        assert SECRETS[number] in text
        assert f"Own{number}x" in text
        for other in {*range(len(STUDENTS))} - {number}:
            for theirs in (STUDENTS[other], SECRETS[other], f"Name{other}x", f"Own{other}x"):
                assert theirs not in text


def test_the_page_is_whole_and_harmless(class_folder):
    for student in marked(class_folder):
        page = written_for(class_folder, student, "html")
        reading = checked(page)
        assert page.startswith('<!doctype html>\n<html lang="en">')
        assert "alert(" in reading.words, "what was typed is shown as text"
        assert reading.tags.count("h1") == reading.tags.count("main") == reading.tags.count("title") == 1
        assert reading.tags.count("h2") == len(read_exam(class_folder).questions)
        assert "http-equiv" in {name for _, name, _ in reading.attributes}
        assert "$" not in reading.words.replace("`$x$`", ""), "no TeX is left over"
        assert "\\begin" not in reading.words
        assert "<<" not in reading.words
        assert "[[" not in reading.words


def test_headings_never_skip_a_level(class_folder):
    for student in marked(class_folder):
        levels = [int(tag[1]) for tag in Reading(written_for(class_folder, student, "html")).tags if tag in HEADINGS]
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))


HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}


def test_every_answer_is_told_with_points_outcome_and_what_is_right(class_folder):
    told = 0
    for student in marked(class_folder):
        reading = Reading(written_for(class_folder, student, "html"))
        text = written_for(class_folder, student, "md")
        for mark in marks_of(class_folder, student):
            name = f"{mark['question']}.{mark['answer']}"
            points = f"{round(float(mark['points']), 4):g} of {float(mark['max']):g}"
            assert f"{name}: {mark['outcome']}, {points}" in reading.words
            assert f"- **{name}** ({points}): *{mark['outcome']}*." in text
            if mark["outcome"] == "mistake":
                assert "This is what one gets by" in reading.words
            told += 1
    assert told > 80


def test_how_an_odd_answer_was_read_is_told(class_folder):
    from quizgen.grading import grade
    from quizgen.submissions import read_sheet
    from quizgen.submissions.handins import layout_of, resolve

    exam = read_exam(class_folder)
    handins, _ = resolve(exam, read_sheet(class_folder.parent / "typed.csv", layout_of(exam)))
    (block,) = grade(exam, exam.grader, handins.take(np.flatnonzero(handins.status == "")))
    first = block.parts[0]
    how = np.where(first.texts == "", "", "1,5 <b> read as 1.5")
    odd = SimpleNamespace(**{**vars(first.arrays), "how": how})
    block = replace(block, parts=(replace(first, arrays=odd), *block.parts[1:]))
    for told in feedback(exam, exam.grader, block):
        expected = told.questions[0].answers[0].outcome != "blank"
        assert ("(1,5 <b> read as 1.5)." in Reading(as_page(told)).words) == expected
        assert ("(1,5 &lt;b&gt; read as 1.5)." in as_markdown(told)) == expected


def test_where_credit_was_carried_stands_at_the_top(class_folder):
    carried = {
        s: [f"{m['question']}.{m['answer']}" for m in marks_of(class_folder, s) if m["outcome"] == "carried"]
        for s in marked(class_folder)
    }
    assert any(carried.values())
    for student, names in carried.items():
        sentence = f"Credit was carried, right from your own earlier figures: {', '.join(names)}."
        for form in ("md", "html"):
            assert (sentence in written_for(class_folder, student, form)) == bool(names)


def test_the_own_question_is_the_booklet_s(class_folder):
    exam = read_exam(class_folder)
    for paper in exam.papers:
        if paper.student not in marked(class_folder):
            continue
        booklet = (class_folder / "booklets" / f"{paper.number:03d}.md").read_text(encoding="utf-8")
        text = written_for(class_folder, paper.student, "md")
        shown = [formula for formula in re.findall(r"\$\$.*?\$\$", booklet, re.S) if "matrix" in formula]
        assert shown
        assert all(formula in text for formula in shown)


@pytest.mark.parametrize(("wanted", "endings"), [("html", {".html"}), ("md", {".md"}), ("none", set())])
def test_only_the_wanted_files_are_written(quizgen, make_small, tmp_path, wanted, endings):
    make_small(tmp_path / "exam")
    quizgen("simulate")
    assert quizgen("grade", "simulated.csv", "--feedback", wanted).code == 0
    found = {path.suffix for path in (tmp_path / "exam" / "rehearsal" / "feedback").iterdir()}
    assert found == endings


def test_an_unknown_kind_of_feedback_is_refused(quizgen, make_small, tmp_path):
    make_small(tmp_path / "exam")
    quizgen("simulate")
    ran = quizgen("grade", "simulated.csv", "--feedback", "pdf")
    assert (ran.code, "Say both, html, md, none." in ran.err) == (2, True)


# ---- names of files ----------------------------------------------------------------------------------------------


@given(st.lists(st.text(max_size=90), unique=True, max_size=8), st.randoms(use_true_random=False))
def test_file_names_differ_and_do_not_depend_on_the_order(students, random):
    names = file_names(students)
    assert len({name.lower() for name in names.values()}) == len(students)
    assert all(re.fullmatch(r"[\w~-][\w.~-]*", name) for name in names.values())
    assert all(len(name) <= 100 for name in names.values())
    shuffled = list(students)
    random.shuffle(shuffled)
    assert file_names(shuffled) == names


# ---- Markdown to HTML --------------------------------------------------------------------------------------------


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_no_text_becomes_anything_that_acts(text):
    reading = Reading(f"<div>{html_of(text)}</div>")
    assert not {"script", "img", "iframe", "style", "form"} & set(reading.tags)
    for _, name, value in reading.attributes:
        assert not name.startswith("on")
        assert name != "href" or not re.match(r"\s*(javascript|data|vbscript):", value or "", re.I)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![p](http://example.org/a.png)",
        "[x](javascript:alert(1))",
        "$\\text{<script>alert(1)</script>}$",
        "$\\href{javascript:alert(1)}{x}$",
        "$$ \\nosuch{<b>} $$",
        "\ue0000\ue001",
        "&#xE000;0&#xe001; &#57346;7&#57345; &#x0e002;7&#xe001;",
        "[x](http://example.org/$y$)",
        "`<b>`",
    ],
)
def test_what_a_stranger_may_try_stays_text(text):
    reading = Reading(f"<div>{html_of(text)}</div>")
    assert set(reading.tags) <= {"div", "p", "a", "code", "math", "mtext", "mi", "mo", "mrow"}
    assert all(name in ("class", "display", "href", "lspace", "rspace") for _, name, _ in reading.attributes)
    assert not [value for _, name, value in reading.attributes if name == "href" and re.search("javascript|%EE", value)]


@given(
    st.lists(
        st.sampled_from(
            [
                "a",
                "5",
                "12.5",
                "1.",
                "-",
                "|",
                "-5",
                "$x$",
                "|\n|---|---|\n|",
                "\n",
                "\n\n",
                "# ",
                "*",
                "`",
                "(3)",
                "3)",
            ]
        )
    )
)
def test_taking_numbers_out_changes_nothing(parts):
    from quizgen.render.tree import _MARKDOWN

    text = " ".join(parts).replace("$x$", "x")
    tokens = _MARKDOWN.parse(text)
    for token in tokens:
        if token.type.startswith("heading"):
            token.tag = f"h{min(6, int(token.tag[1:]) + 3)}"
    told = html_of(text).replace('<div class="wide">', "").replace("</table></div>", "</table>")
    assert "".join(told.split()) == "".join(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}).split())


def test_formulas_become_mathml():
    assert mathml(r"\frac{1}{2}") == "<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>"
    matrix = mathml(r"\begin{bmatrix} 1 & -2 \\ 3 & 4 \end{bmatrix}", display=True)
    assert matrix.startswith('<div class="formula"><math display="block">')
    assert matrix.count("<mtr>") == 2
    assert matrix.count("<mtd>") == 4


@pytest.mark.parametrize("plan", ["quiz", "exam"])
def test_all_formulas_of_the_bank_are_known(plan, tmp_path):
    """What is no known TeX would be shown as code: in a variant of each question, and in its solution, none is."""
    from quizgen.bank.folders import open_grader
    from quizgen.booklets import bind
    from quizgen.booklets.markdown import as_markdown, key_as_markdown
    from quizgen.making import make_exam

    bank = open_bank("cnn")
    exam = make_exam(bank, bank.blueprint(plan), open_grader("standard"), 2, out=tmp_path / "exam", seed="tex")
    for booklet in bind(exam, solutions=True):
        for text in (as_markdown(booklet), key_as_markdown(booklet)):
            html = html_of(text)
            assert "<math" in html
            assert not re.search(r"<code>[^<]*\\", html)
            assert "$" not in Reading(html).words


# ---- colours -----------------------------------------------------------------------------------------------------


def brightness(colour):
    """Relative luminance after WCAG 2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_colours_stand_out_in_light_and_in_dark():
    schemes = [
        dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", part)) for part in re.findall(r":root \{(.*?)\}", _STYLE, re.S)
    ]
    light, dark = schemes[:2]
    for scheme in (light, dark):
        for name in ("ink", "good", "warn", "bad", "quiet", "link"):
            for ground in ("paper", "soft"):
                high, low = sorted([brightness(scheme[name]), brightness(scheme[ground])], reverse=True)
                assert (high + 0.05) / (low + 0.05) >= 4.5, (name, ground)
    assert "@media print" in _STYLE
    assert "prefers-color-scheme: dark" in _STYLE


# ---- pseudonyms --------------------------------------------------------------------------------------------------


@pytest.fixture
def hidden(quizgen, make_small, tmp_path):
    """A small class graded with pseudonyms."""
    make_small(tmp_path / "exam", n=3, students=["zoe-first", "max-second", "ann-third"])
    (tmp_path / "a.csv").write_text("student,Q1.double,Q1.plus\nzoe-first,1,2\nmax-second,3,4\nann-third,5,6\n")
    assert quizgen("grade", "a.csv", "--pseudonymise").code == 0
    return tmp_path / "exam"


def test_no_id_stands_in_marks_and_grades(hidden):
    names = read_pseudonyms(hidden)
    assert sorted(names.values()) == ["ann-third", "max-second", "zoe-first"]
    for file in ("marks.csv", "grades.csv"):
        text = (hidden / "results" / file).read_text(encoding="utf-8")
        assert not [student for student in names.values() if student in text]
        with (hidden / "results" / file).open(encoding="utf-8", newline="") as lines:
            students = [row["student"] for row in csv.DictReader(lines)]
        assert set(students) == names.keys()
        assert students == sorted(students), "the order must not tell who is who"


def test_who_is_who_is_for_the_owner_only(hidden):
    for file in (NAMES, "staff/pseudonym-key.txt"):
        assert stat.S_IMODE((hidden / file).stat().st_mode) == 0o600
    assert stat.S_IMODE((hidden / "staff").stat().st_mode) == 0o700


def test_pseudonyms_stay_and_differ_between_exams(hidden, quizgen, make_small, tmp_path):
    before = read_pseudonyms(hidden)
    marks = (hidden / "results" / "marks.csv").read_bytes()
    quizgen("grade", "a.csv", "--pseudonymise")
    assert read_pseudonyms(hidden) == before
    assert (hidden / "results" / "marks.csv").read_bytes() == marks
    make_small(tmp_path / "other", n=3, students=["zoe-first", "max-second", "ann-third"])
    quizgen("grade", "a.csv", "--exam", "other", "--pseudonymise")
    assert not before.keys() & read_pseudonyms(tmp_path / "other").keys()


def test_marks_are_the_same_under_other_names(hidden, quizgen):
    names = read_pseudonyms(hidden)

    def table(file):
        with (hidden / "results" / file).open(encoding="utf-8", newline="") as lines:
            rows = [row | {"student": names.get(row["student"], row["student"])} for row in csv.DictReader(lines)]
        return sorted([*row.items()] for row in rows)

    before = {file: table(file) for file in ("marks.csv", "grades.csv")}
    quizgen("grade", "a.csv")
    assert before == {file: table(file) for file in before}


def test_what_the_roster_says_of_a_student_is_left_out(quizgen, small_bank, tmp_path):
    (tmp_path / "roster.csv").write_text("student,name,e-mail\nid-1,Ann Bee,ann@x.example\n", encoding="utf-8")
    quizgen("make", "--bank", small_bank, "--roster", "roster.csv", "--seed", "s")
    (tmp_path / "a.csv").write_text("student,Q1.double\nid-1,1\n", encoding="utf-8")
    quizgen("grade", "a.csv", "--pseudonymise")
    text = (tmp_path / "exam" / "results" / "grades.csv").read_text(encoding="utf-8")
    assert not [word for word in ("id-1", "Ann", "ann@x", "name", "e-mail") if word in text]


@pytest.mark.parametrize("file", [NAMES, "staff/pseudonym-key.txt"])
def test_damaged_files_of_pseudonyms_are_told(hidden, quizgen, file):
    (hidden / file).write_text("nothing", encoding="utf-8")
    ran = quizgen("grade", "a.csv", "--pseudonymise")
    assert ran.code == 1
    assert "is damaged" in ran.err
