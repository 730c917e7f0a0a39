"""TeX -> Typst mathematics: each construct to the letter, nothing that could act, every shipped formula."""

import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from quizgen.bank.folders import open_bank, open_grader
from quizgen.booklets.model import Booklet, Cover, Section
from quizgen.booklets.payload import Look, Mode, payload
from quizgen.booklets.pdf import TEMPLATE
from quizgen.draw.search import draw
from quizgen.draw.stream import secret_of
from quizgen.press import typeset
from quizgen.render import formulas
from quizgen.render.contents import Asked, Layers, Pixels, Shapes
from quizgen.render.filling import Filled, filled
from quizgen.render.formulas import NotPlainError
from quizgen.render.typst import typst_filled
from quizgen.render.typst_elements import quoted
from quizgen.render.typst_math import typst_inline, typst_lines
from quizgen.world.worlds import world

GOLDEN = (Path(__file__).parent / "data" / "typst-math.txt").read_text(encoding="utf-8").split("\n\n")[1:]
CASES = [case.strip("\n").split("\n", 1) for case in GOLDEN]


def lines_told(tex):
    """A formula that stands alone, as the file of examples writes it."""
    return [
        "   ".join(f"{side.left} | {' | '.join(' . '.join(segment) for segment in side.right)}" for side in line)
        for line in typst_lines(tex)
    ]


def document(text, size=11):
    """The data of a booklet that holds nothing but a text, or some filled ones."""
    cover = Cover("Formulas", "", Fraction(1), None, (), (), (), "", "", practice=False)
    texts = [Filled(text, ())] if isinstance(text, str) else text
    sections = tuple(Section("Q1", "Formulas", Fraction(1), None, "tag", "en", one, ()) for one in texts)
    return payload(Booklet("id", 1, "tag", "en", cover, sections), Mode.QUESTIONS, Look(size=size))


def test_there_are_examples():
    assert len(CASES) > 60


@pytest.mark.parametrize(("tex", "source"), CASES, ids=[case[0] for case in CASES])
def test_a_construct_becomes(tex, source):
    told = lines_told(tex[3:]) if tex.startswith("$$ ") else [typst_inline(tex)]
    assert [line.rstrip() for line in told] == [line[4:].rstrip() for line in source.split("\n")]


def test_all_constructs_can_be_set():
    text = "\n\n".join(f"${tex}$\n\n$$ {tex} $$" if tex[:3] != "$$ " else f"{tex} $$" for tex, _ in CASES)
    assert typeset(document(text), TEMPLATE).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("tex", "told"),
    [
        (r"\nosuch{x}", 'Unknown command "\\nosuch"'),
        (r"\color{red} x", '"\\color" is no command that every target has'),
        (r"\sqrt{" * 600, "its parts stand deeper than 40 within each other"),
    ],
)
def test_what_is_no_plain_formula_is_shown_as_it_was_written(tex, told):
    with pytest.raises(NotPlainError) as error:
        typst_lines(tex)
    assert str(error.value) == told
    assert json.loads(typst_filled(Filled(f"${tex}$\n\n$${tex}$$", ()))) == [["p", [["c", [tex]]]], ["c", [tex]]]


SIGNS = [
    *(
        r"\#",
        r"\$",
        r"\&",
        r"\%",
        r"\_",
        '"',
        r"\backslash ",
        "`",
        "//",
        "/*",
        "*/",
        "<a>",
        "@b",
        "'",
        "eval",
        "x",
        "(",
        ")",
    ),
    *(
        ";",
        ",",
        ":",
        "[",
        "]",
        "é",
        "\u00a0",
        "~",
        r"\,",
        r"\quad ",
        "1.5",
        "=",
        "+",
        "-",
        "#",
        "\u202e",
        "!",
        "?",
        "|",
    ),
]
AROUND = [
    *(
        r"\text{%s}",
        r"\mathrm{%s}",
        r"\frac{%s}{a}",
        "x_{%s}",
        "x^{%s}",
        r"\left( %s \right]",
        r"\hat{%s}",
        r"\sqrt{%s}",
    ),
    *(r"\begin{bmatrix} %s & 1 \\ 2 & 3 \end{bmatrix}", r"\begin{aligned} a &= %s \\ b &= c \end{aligned}", "%s = y"),
    *(r"\underbrace{%s}_{n}", r"\mathbf{%s}", r"\operatorname{%s}", r"\sum_{%s}^n", r"\boxed{%s}", r"\texttt{%s}"),
]
TEX = st.recursive(
    st.lists(st.sampled_from(SIGNS), min_size=1, max_size=3).map("".join),
    lambda inner: st.tuples(st.sampled_from(AROUND), inner).map(lambda pair: pair[0].replace("%s", pair[1])),
    max_leaves=4,
)
NAMES = re.compile(
    "attach|frac|lr|mid|grid|display|inline|class|gap|sized|dashes|scripts|limits|stacked|sqrt|root|boxed|cancel|hidden"
    "|tinted|mono|bold|slanted|upright|hat|macron|overline|underline|tilde|arrow|dot|double|caron|breve|acute|grave"
    "|circle|stretch|overbrace|overbracket|overparen|underbrace|underbracket|underparen"
)


@given(TEX)
@settings(max_examples=400)
def test_no_source_can_act(tex):
    try:
        sources = [typst_inline(tex), *(p for line in typst_lines(tex) for s in line for g in s.right for p in g)]
    except NotPlainError:
        reject()
    for source in sources:
        bare = re.sub(r'"(?:[^"\\]|\\.)*"|\\[!-/:-@\[-`{-~]', " ", source)
        assert not set("#$\"\\@<>`'_^/*~[]{}!?|%-") & set(bare), source
        assert all(NAMES.fullmatch(name) for name in re.findall(r"[A-Za-z]{2,}", bare)), source


@given(st.text())
def test_a_quoted_text_has_one_end(text):
    assert re.fullmatch(r'"(?:[^"\\]|\\["\\])*"', quoted(text), re.DOTALL)


@pytest.fixture(scope="module")
def texts():
    """Questions and solutions of every shipped problem, three variants of each."""
    bank, tolerance = open_bank("cnn"), open_grader("standard").tolerance
    found = []
    for name in bank.names:
        problem = bank.problem(name)
        drawn = draw(problem, secret_of("formulas"), "Q1", 3, tolerance)
        truth = world(problem, drawn.params)
        found += [one for template in (problem.question, problem.solution) for one in filled(template, problem, truth)]
    return found


def without_fields(text):
    """A text in which nothing is asked."""
    asked = [place for place, content in enumerate(text.contents) if isinstance(content, Asked)]
    return replace(
        text,
        text=re.sub(rf"[\ue000\ue002](?:{'|'.join(map(str, asked))})\ue001", "", text.text) if asked else text.text,
    )


@pytest.mark.parametrize("size", [11, 18])
def test_every_shipped_text_can_be_set(texts, size):
    assert len(texts) > 70
    kinds = {type(content) for text in texts for content in text.contents}
    assert {Asked, Layers, Shapes, Pixels} <= kinds
    data = document([without_fields(text) for text in texts], size)
    assert typeset(data, TEMPLATE).startswith(b"%PDF")


def test_whatever_is_understood_can_be_set():
    found = []
    for around in AROUND:
        for sign in SIGNS:
            tex = around.replace("%s", sign)
            try:
                typst_inline(tex)
            except NotPlainError:
                continue
            if "$" not in tex.replace(r"\$", ""):
                found.append(tex)
    assert len(found) > 400
    assert typeset(document("\n\n".join(f"${tex.strip()}$" for tex in found)), TEMPLATE).startswith(b"%PDF")


def every_command():
    """Formulas with each command, bracket and environment of the list, in several places."""
    for command in sorted(formulas._SYMBOLS - {"hline"}):
        yield from (rf"\{command} x", rf"a\{command}_b^c", rf"x_\{command}")
    for command, count in formulas._ARGUMENTS.items():
        yield from (rf"\{command}" + "{ab}" * count, rf"\{command}" + "{x}" * count + "_1^2")
    yield from (rf"\{command}[a]{{b}}" for command in formulas._OPTIONS)
    yield from (rf"\{command}{{a b}}" for command in formulas._TEXTS)
    for bracket in formulas._DELIMITERS:
        yield from (rf"\left{bracket} x \right{bracket}", rf"\left. x \right{bracket}", rf"\big{bracket} x")
        yield rf"\left( a \middle{bracket} b \right)"
    for name in formulas._ENVIRONMENTS:
        yield rf"\begin{{{name}}}{'{|l|cr|}' if name == 'array' else ''} a & b \\ c & d \end{{{name}}}"


def is_plain(tex):
    try:
        return bool(formulas.plain_formula(tex))
    except NotPlainError:
        return False


def test_every_command_of_the_list_can_be_set():
    found = [tex for tex in every_command() if is_plain(tex)]
    assert len(found) > 800
    assert all(typst_inline(tex) or typst_lines(tex) for tex in found if "x" in tex)
    text = "\n\n".join(f"${tex}$\n\n$$ {tex} $$" for tex in found)
    assert '["c",["\\' not in typst_filled(Filled(text, ()))  # nothing is shown as it was written
    assert typeset(document(text), TEMPLATE).startswith(b"%PDF")
