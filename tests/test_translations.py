"""Problems in other languages: `NAME.de.md` holds text only, is held against its original, and goes with an exam."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from quizgen.bank.cut import Cut, cut_problem
from quizgen.bank.folders import Bank, open_bank, open_grader
from quizgen.bank.translated import Written, read_in_all_languages
from quizgen.check import check_problem
from quizgen.errors import QuizgenError
from quizgen.exam.additions import read_exam
from quizgen.language.template import Choice, Hole, Place
from quizgen.making import make_exam
from quizgen.problem.translation import language_code
from quizgen.revisions import with_files

ORIGINAL = """---
title: Two numbers
draw: {a: "integers(100, 999)", b: "integers(10, 99)"}
steps: {double: 2 * a, plus: double + b}
answers: {double: {points: 2}, plus: {points: 1}}
mistakes:
  tripled:
    double: 3 * a
    says: That is three times the number.
  b-forgotten:
    title: b left out
    plus: double
    says: Add b.
---
# Question

Take $a = <<a>>$ and <<b>>.

1. Double it. [[double]]

2. Add b. [[plus]]

# Solution

Twice <<a>> is <<double>>.
"""
GERMAN = """---
title: Zwei Zahlen
mistakes:
  tripled:
    title: verdreifacht
    says: >-
      Das ist das
      Dreifache.
  b-forgotten: {says: Zählen Sie b dazu.}
---
# Question

Gegeben sind $a = <<a>>$ und <<b>>.

1. Verdoppeln Sie. [[double]]

2. Zählen Sie b dazu. [[plus]]

# Solution

Das Doppelte von <<a>> ist <<double>>.
"""


def read(german=GERMAN, code="de"):
    return read_in_all_languages("two", {"": Written(ORIGINAL, "two.md"), code: Written(german, f"two.{code}.md")})


@pytest.fixture
def bank(tmp_path):
    folder = tmp_path / "bank"
    folder.mkdir()
    (folder / "two.md").write_text(ORIGINAL, encoding="utf-8")
    (folder / "two.de.md").write_text(GERMAN, encoding="utf-8")
    return folder


def words_in(template):
    return "".join(getattr(piece, "text", "") for piece in template.walk())


# what a translation changes


def test_a_problem_in_another_language_is_the_same_problem():
    problem = read()
    german = problem.in_language("de")
    assert (german.title, german.language) == ("Zwei Zahlen", "de")
    assert "Verdoppeln" in words_in(german.question)
    assert "Das Doppelte" in words_in(german.solution)
    assert [(m.id, m.title, m.says) for m in german.mistakes] == [
        ("tripled", "verdreifacht", "Das ist das Dreifache."),
        ("b-forgotten", "b left out", "Zählen Sie b dazu."),
    ]
    for field in ("name", "digest", "text", "draws", "steps", "answers", "whole", "structures", "taken"):
        assert getattr(german, field) == getattr(problem, field), field
    assert [m.steps for m in german.mistakes] == [m.steps for m in problem.mistakes]
    assert problem.title == "Two numbers"


@pytest.mark.parametrize("code", ["fr", "en", "", "d", "deu"])
def test_a_problem_without_a_translation_is_itself(code):
    problem = read()
    assert problem.in_language(code) is problem


@pytest.mark.parametrize("code", ["de", "de-AT", "de-CH"])
def test_a_region_takes_what_there_is(code):
    assert read().in_language(code).title == "Zwei Zahlen"


def test_a_region_of_its_own_wins():
    files = {"": Written(ORIGINAL, "two.md"), "de": Written(GERMAN, "two.de.md")}
    austrian = Written(GERMAN.replace("Zwei Zahlen", "Zwei Zahlen, eh klar"), "two.de-AT.md")
    problem = read_in_all_languages("two", {**files, "de-AT": austrian})
    titles = [problem.in_language(code).title for code in ("de-AT", "de", "de-CH")]
    assert titles == ["Zwei Zahlen, eh klar", "Zwei Zahlen", "Zwei Zahlen"]


def test_line_ends_change_nothing():
    one, other = read().wordings["de"], read(GERMAN.replace("\n", "\r\n")).wordings["de"]
    assert (one.digest, one.text, one.question) == (other.digest, other.text, other.question)


@pytest.mark.parametrize(
    ("typed", "code"),
    [("de", "de"), ("DE", "de"), ("pt_br", "pt-BR"), ("es-419", "es-419"), ("gsw", "gsw"), ("de.old", ""), ("d", "")],
)
def test_codes_of_languages(typed, code):
    assert language_code(typed) == code


# what is refused

BAD = [
    ("title: Zwei Zahlen\n", "", "two.de.md:2: the key 'title' is missing. Add 'title: ...'."),
    ("title: Zwei Zahlen", "titel: Zwei Zahlen", "two.de.md:2: the key 'title' is missing. Add 'title: ...'."),
    (
        "mistakes:\n",
        'draw: {a: "integers(1, 9)"}\nmistakes:\n',
        "two.de.md:3: 'draw' belongs to the graph, and a translation holds text only. The graph stands in two.md.",
    ),
    (
        "  b-forgotten: {says",
        "  b-forgotten: {credit: 1, says",
        "two.de.md:9: 'credit' belongs to the graph, and a translation holds text only. The graph stands in two.md.",
    ),
    (
        "  b-forgotten: {says",
        "  b-forgotten: {double: 3 * a, says",
        "two.de.md:9: 'double' belongs to the graph, and a translation holds text only. The graph stands in two.md.",
    ),
    (
        "    title: verdreifacht",
        "    titel: verdreifacht",
        "two.de.md:5: there is no key 'titel' here. Did you mean 'title'?",
    ),
    ("  tripled:", "  trippled:", "two.de.md:4: 'two' has no mistake 'trippled'. Did you mean 'tripled'?"),
    ("  tripled:", "  quatre:", "two.de.md:4: 'two' has no mistake 'quatre'. The mistakes stand in two.md."),
    ("$a = <<a>>$", "$a = <<aa>>$", "two.de.md:13: the text shows 'aa', which is no draw or step. Did you mean 'a'?"),
    (
        "<<double>>.",
        "<<dubble>>.",
        "two.de.md:21: the text shows 'dubble', which is no draw or step. Did you mean 'double'?",
    ),
    ("[[plus]]", "[[plsu]]", "two.de.md:17: [[plsu]] is no answer. Did you mean 'plus'?"),
    ("[[plus]]", "", "two.de.md:11: the question has no place for the answer 'plus'. Write [[plus]]."),
    ("[[plus]]", "[[plus]] [[plus]]", "two.de.md:17: [[plus]] stands in the question twice"),
    ("ist <<double>>.", "ist [[double]].", "two.de.md:21: [[double]] stands in the solution. Move it to the question."),
    (
        " und <<b>>",
        "",
        "two.de.md:11: the question never shows the draw 'b'. "
        "A student cannot solve it without: write <<b>>, as the original does.",
    ),
    ("<<b>>.\n", "<<b>>, <<double>>.\n", "two.de.md:13: the question shows 'double', which is asked"),
    (
        "<<b>>.\n",
        "<<b: table>>.\n",
        "two.de.md:13: only a network is shown as a table: <<b>>. Write <<network: table>>.",
    ),
    ("# Solution", "# Lösung", "two.de.md:11: the text has no heading '# Solution'"),
    ("---\n# Question", "# Question", "two.de.md:1: the front matter is never closed. End it with a line '---'."),
    ("# Solution\n", "# Solution\n$", "two.de.md:20: a $ that opens mathematics is never closed"),
]


@pytest.mark.parametrize(("old", "new", "told"), BAD, ids=[f"{i}" for i in range(len(BAD))])
def test_a_bad_translation_is_refused_to_the_letter(old, new, told):
    assert GERMAN.count(old) == 1
    with pytest.raises(QuizgenError) as caught:
        read(GERMAN.replace(old, new))
    assert str(caught.value) == told


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("tow.de.md", "this translates 'tow', but there is no tow.md. Did you mean 'two'?"),
        (
            "two.german.md",
            "'german' is no code of a language. "
            "A translation is named like two.de.md; give any other file another ending than .md.",
        ),
        ("two.de_DE.md", ""),
        ("two.DE.md", "a second translation into 'de'. Keep one."),
    ],
)
def test_a_stray_file_is_told(bank, name, told):
    (bank / name).write_text(GERMAN, encoding="utf-8")
    if not told:
        assert Bank("bank", bank).problems()[0].wordings.keys() == {"de", "de-DE"}
        return
    with pytest.raises(QuizgenError) as caught:
        Bank("bank", bank).problems()
    assert str(caught.value).endswith(f"/{name}: {told}") or name == "two.DE.md"
    assert str(caught.value).endswith(told)


# cuts, checks, exams


def test_a_cut_problem_is_cut_in_every_language():
    cut = cut_problem(read(), Cut(answers=("double",)), {})
    german = cut.in_language("de")
    assert "Add b" not in words_in(cut.question)
    assert "Zählen" not in words_in(german.question)
    assert "Verdoppeln" in words_in(german.question)
    assert [mistake.title for mistake in german.mistakes] == ["verdreifacht"]


def test_check_looks_into_every_language():
    grader = open_grader("standard")
    assert check_problem(read(), grader, 20).defects == []
    broken = read(GERMAN.replace("Das Doppelte", "<<if a > 500>><<1 / (a - a)>><<end>>"))
    (defect,) = check_problem(broken, grader, 20).defects
    assert "two.de.md" in defect


@pytest.fixture
def made(bank, tmp_path):
    there = Bank("bank", bank)
    make_exam(there, there.blueprint(), open_grader("standard"), 3, out=tmp_path / "exam", seed="t")
    return tmp_path / "exam"


def test_an_exam_keeps_its_translations(made):
    assert (made / "problems" / "two.de.md").read_text(encoding="utf-8") == GERMAN
    exam = read_exam(made)
    german = exam.in_language("de")
    assert german.questions[0].problem.title == "Zwei Zahlen"
    assert exam.questions[0].problem.title == "Two numbers"
    assert (german.id, german.code) == (exam.id, exam.code)
    assert exam.in_language("fr").questions[0].problem.title == "Two numbers"
    for name, value in exam.questions[0].expected.items():
        assert np.array_equal(value.cells, german.questions[0].expected[name].cells)


def test_a_changed_translation_is_refused(made):
    file = made / "problems" / "two.de.md"
    file.write_text(GERMAN.replace("Verdoppeln", "Verdreifachen"), encoding="utf-8")
    with pytest.raises(QuizgenError, match=r"two\.de\.md: was changed after the exam was made"):
        read_exam(made)


def test_a_missing_translation_is_told(made):
    (made / "problems" / "two.de.md").unlink()
    with pytest.raises(QuizgenError, match=r"two\.de\.md: cannot be read"):
        read_exam(made)


def test_an_exam_made_before_there_were_translations_still_reads(bank, tmp_path):
    (bank / "two.de.md").unlink()
    there = Bank("bank", bank)
    made = make_exam(there, there.blueprint(), open_grader("standard"), 3, out=tmp_path / "exam", seed="t")
    file = tmp_path / "exam" / "exam.json"
    described = json.loads(file.read_text(encoding="utf-8"))
    for question in described["questions"]:
        del question["translations"]
    file.write_text(json.dumps(described), encoding="utf-8")
    assert read_exam(tmp_path / "exam").id == made.id


@pytest.mark.parametrize(
    ("name", "text", "title", "german"),
    [
        ("problems/two.md", ORIGINAL.replace("Two numbers", "Corrected"), "Corrected", "Zwei Zahlen"),
        ("problems/two.de.md", GERMAN.replace("Zwei Zahlen", "Verbessert"), "Two numbers", "Verbessert"),
    ],
)
def test_a_correction_keeps_the_other_languages(made, name, text, title, german):
    exam = with_files(read_exam(made), {name: text}, "corrected")
    assert exam.questions[0].problem.title == title
    assert exam.in_language("de").questions[0].problem.title == german


def test_a_translation_may_be_added_later(bank, tmp_path):
    (bank / "two.de.md").unlink()
    there = Bank("bank", bank)
    make_exam(there, there.blueprint(), open_grader("standard"), 3, out=tmp_path / "exam", seed="t")
    exam = with_files(read_exam(tmp_path / "exam"), {"problems/two.de.md": GERMAN}, "corrected")
    assert exam.in_language("de").questions[0].problem.title == "Zwei Zahlen"


def test_a_correction_that_leaves_a_translation_behind_is_refused(made):
    text = ORIGINAL.replace("tripled", "three-times")
    with pytest.raises(QuizgenError, match="'two' has no mistake 'tripled'"):
        with_files(read_exam(made), {"problems/two.md": text}, "corrected")


def test_the_command_line_shows_and_checks_translations(quizgen, bank):
    shown = quizgen("show", bank / "two.md", "--lang", "de")
    assert shown.code == 0
    assert shown.out.startswith("# Zwei Zahlen")
    assert quizgen("show", bank / "two.de.md").out.startswith("# Zwei Zahlen")
    assert quizgen("show", bank / "two.md").out.startswith("# Two numbers")
    assert quizgen("check", bank / "two.de.md", "--draws", "20").code == 0
    refused = quizgen("show", bank / "two.md", "--lang", "german")
    assert refused.code == 2
    assert "no code of a language" in refused.err


def test_wordings_are_values():
    problem = read()
    assert replace(problem.wordings["de"], title="x").title == "x"
    with pytest.raises(AttributeError):
        problem.wordings["de"].title = "y"


# what comes with quizgen

SHIPPED = [(problem, code) for problem in open_bank("cnn").problems() for code in problem.wordings]
every_shipped_translation = pytest.mark.parametrize(
    ("problem", "code"), SHIPPED, ids=[f"{problem.name}.{code}" for problem, code in SHIPPED]
)


def test_every_shipped_problem_is_there_in_german():
    assert {problem.name for problem, code in SHIPPED if code == "de"} == set(open_bank("cnn").names)


def shown(template):
    """What a text shows and asks, counted: holes as written, conditions, places."""
    found = []
    for piece in template.walk():
        if isinstance(piece, Hole):
            found.append(f"<<{piece.value.source}: {piece.format}>>")
        elif isinstance(piece, Choice):
            found.append(f"<<if {piece.condition.source}>>")
        elif isinstance(piece, Place):
            found.append(f"[[{piece.answer}]]")
    return Counter(found)


@every_shipped_translation
def test_a_shipped_translation_shows_what_the_original_shows(problem, code):
    there = problem.in_language(code)
    assert shown(there.question) == shown(problem.question)
    assert shown(there.solution) == shown(problem.solution)


@every_shipped_translation
def test_a_shipped_translation_says_something_of_every_mistake(problem, code):
    said = problem.wordings[code].mistakes
    assert said.keys() == {mistake.id for mistake in problem.mistakes}
    assert all(title and says for title, says in said.values())
    ours = {says for mistake in problem.mistakes for says in (mistake.title, mistake.says)}
    assert not ours & {text for both in said.values() for text in both}


@every_shipped_translation
def test_formulas_of_a_shipped_translation_are_those_of_the_original(problem, code):
    """Numbers and TeX must not be lost on the way; a formula may move within the text."""
    there = problem.in_language(code)
    for mine, theirs in ((there.question, problem.question), (there.solution, problem.solution)):
        formulas = [Counter(re.findall(r"\\[a-zA-Z]+", words_in(template))) for template in (mine, theirs)]
        assert formulas[0] == formulas[1]


@pytest.mark.parametrize(
    "problem", [problem for problem, code in SHIPPED if code == "de"], ids=lambda problem: problem.name
)
def test_german_is_written_as_it_is_printed(problem):
    text = problem.wordings["de"].text
    prose = re.sub(r"<<.*?>>|`[^`]*`|\$[^$]*\$|^  [a-z-]+:$", "", text, flags=re.DOTALL | re.MULTILINE)
    assert '"' not in prose.replace('title: "', "")
    assert text.count("„") == text.count("“")
    assert not re.search(r"\b(du|dein|dir|dich|euch|the|and|with)\b", prose)
    assert not re.search(r"(?<![\[\d])\d+,\d", prose), "numbers keep the decimal point"
