"""LaTeX: formulas are plain ones, texts of strangers are shown, booklets are whole documents."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from math_core import LatexError, LatexToMathML

from quizgen.bank.folders import open_bank, open_grader
from quizgen.booklets.binding import bind
from quizgen.booklets.latex import as_latex, key_as_latex
from quizgen.making import make_exam
from quizgen.render.formulas import COMMANDS, NotPlainError, plain_formula
from quizgen.render.html import mathml
from quizgen.render.latex import latex_math, latex_of
from quizgen.render.latex_signs import in_a_line, prose

# ---- formulas ----------------------------------------------------------------------------------------------------

PLAIN = {
    r"a < b": "a < b",
    r"\frac12": r"\frac{1}{2}",
    r"x^\mathrm{T}": r"x^{\mathrm{T}}",
    r"\hat\sigma^2_\text{max}": r"\hat{\sigma}^{2}_{\text{max}}",
    r"3 × 3 ≤ 9²": r"3 \times  3 \leq  9{}^{2}",
    r"\operatorname*{argmax}_k p_k": r"\operatorname*{argmax}_{k} p_{k}",
    r"\sqrt[3]{x}": r"\sqrt[3]{x}",
    r"\left\{ x \right.": r"\left\{ x \right.",
    r"[0, 1)": "[0, 1)",
    r"\text{50\% <b> × ü}": r"\text{50\% \textless{}b\textgreater{} $\times$ ü}",
    "a\n\nb": "a b",
    r"\begin{bmatrix} 1 & 2 \\ [3] & 4 \end{bmatrix}": r"\begin{bmatrix} 1 & 2 \\{}[3] & 4 \end{bmatrix}",
    r"\begin{array}{r|l} 1 & 2 \\ \hline 3 & 4 \end{array}": r"\begin{array}{r|l} 1 & 2 \\ \hline 3 & 4 \end{array}",
    r"x\ ": r"x\ {}",
}


@pytest.mark.parametrize(("tex", "written"), PLAIN.items())
def test_plain_formulas_pass(tex, written):
    assert plain_formula(tex) == written


REFUSED = [
    r"\input{secret}", r"\include{secret}", r"\write18{rm x}", r"\immediate\write18{rm x}", r"\catcode`\%=12",
    r"\def\a{x}\a", r"\gdef\a{x}", r"\newcommand{\a}{x}\a", r"\let\a\b", r"\csname input\endcsname",
    r"\expandafter\a",
    r"\href{javascript:alert(1)}{x}", r"\url{x}", r"\includegraphics{x}", r"\special{x}", r"\openin1=x",
    r"\read1 to\a",
    r"\directlua{x}", r"\usepackage{x}", r"\begin{document}", r"\end{document}", r"\begin{verbatim}x\end{verbatim}",
    r"\begingroup x\endgroup", r"\relax", r"\textcolor{red}{x}", r"\color{red}x", r"\eqref{a}", r"\label{a}",
    r"\tag{1}",
    r"^^5cinput x", "x^^41", "a % b", "a # b", "a & b", "$", "a$$b", r"\(x\)", "{x", "x}", "日", "\u202e", "\x00",
    "\ue000",
    r"a \\ b", r"\text{$x$}", r"\text{\input{x}}", r"\text{\def\a{x}}", r"\begin{align} a \end{align}",
    r"\begin{array}{p{3cm}} a \end{array}", r"\begin{array}{>{\input{x}}c} a \end{array}", r"\left\input x",
    r"\hspace{3em}", r"\kern3em", r"\rule{9em}{9em}", r"\char97", r"\mathchardef\a=1", r"\nosuch", "\\", r"x\\",
    r"\hat\left( x \right)",
    r"\sqrt[\input{x}]{2}", r"\begin{bmatrix} 1", r"\verb|x|", r"\mathscr{R}", "^{x" * 50 + "}" * 50,
    "{" * 99 + "}" * 99,
    r"\hat" * 60 + " x", "x" * 200_000,
]  # fmt: skip


@pytest.mark.parametrize("tex", REFUSED, ids=lambda tex: tex[:30])
def test_whatever_is_no_plain_formula_is_refused_and_shown(tex):
    with pytest.raises(NotPlainError, match=r".{10}"):
        plain_formula(tex)
    shown = latex_math(tex)
    assert shown.startswith(r"\texttt{")
    assert commands(shown) <= {"texttt", *SIGNS}


@pytest.mark.parametrize(
    "tex",
    ["{" * 30_000, "{" * 30_000 + "}" * 30_000, r"\sqrt" * 15_000 + " x", r"\left(" * 9_000 + r"\right)" * 7_000,
     r"\begin{matrix}" * 4_000 + r"\end{matrix}" * 3_000, "^{x" * 20_000 + "}" * 20_000, r"\frac{" * 9_000,
     "x" * 10**7],
    ids=range(8),
)  # fmt: skip
def test_what_would_end_the_process_is_shown(tex):
    assert mathml(tex) == f"<code>{tex}</code>"


def test_large_matrices_pass():
    matrix = r"\begin{bmatrix} " + r" \\ ".join([" & ".join([r"-1.25 \cdot 10^{-6}"] * 25)] * 25) + r" \end{bmatrix}"
    assert mathml(matrix).startswith("<math><mrow><mo>[</mo><mtable")
    assert plain_formula(matrix).count("&") == 25 * 24


def test_the_library_knows_every_command_of_the_list():
    library = LatexToMathML(fancy_error=False)
    forms = ("{0}", "{0}{{x}}", "{0}{{x}}{{y}}", "{0}( x", r"{0}( x \right)", r"\left( x{0} | x \right)",
             r"\left( x {0})", r"\sum{0}_a", r"\begin{{array}}{{c}} 1 \\ {0} 2\end{{array}}")  # fmt: skip

    def known(command):
        for form in forms:
            try:
                library.convert_with_local_state(form.format("\\" + command), displaystyle=False)
            except LatexError:
                continue
            return True
        return False

    assert [command for command in sorted(COMMANDS) if not known(command)] == []


# ---- prose -------------------------------------------------------------------------------------------------------

SIGNS = {"textbackslash", "textasciicircum", "textasciitilde", "textless", "textgreater", "textbar", "char",
         "textasciigrave", "sign", "texttt", *COMMANDS}  # fmt: skip
OWN = {"formula", "shown", "begin", "end", "item", "textbullet", "textbf", "emph", "newline", "par", "hline",
       "hrulefill", "subsection", "subsubsection", "linewidth", *SIGNS}  # fmt: skip
ESCAPED = re.compile(r"\\[\\{}$&#_%, ;:!>|-]")


def commands(text):
    """The commands that TeX would see in a text."""
    return set(re.findall(r"\\([A-Za-z]+)", ESCAPED.sub("", text)))


def acts(text):
    """What TeX would act on in a text, beside known commands: nothing, if all is well."""
    bare = ESCAPED.sub("", text)
    depth = 0
    for sign in bare:
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return "}"
    return (
        "{" * depth + "".join(re.findall(r"[%#\0\u202a-\u202e\u2066-\u2069]|\^\^", bare)) + "$" * (bare.count("$") % 2)
    )


HOSTILE = [
    r"\input{/etc/passwd}", r"}\input{x}", r"{\catcode`\%=12", r"\end{document}", r"100 % of $5 & #1_a^b~c", r"\\",
    "\\",
    "<script>alert(1)</script>", '#eval("1")', "]]", "[[x]]", "<<x>>", "--- ,, '' `` !` ?`", "\u202eabc\u202c",
    "\u200b",
    "a\x00b\x07c", "^^5cinput", r"\write18{x}", "| a | b |", "日本 Ω ąđ ß", r"\verb|x|", r"$\input{x}$",
    r"$$\input{x}$$",
    "`\\input{x}`", "    \\input{x}", "```\n\\end{verbatim}\\input{x}\n```", "> quoted {",
    "- [x](javascript:\\input)",
    "# {\\bf", "* a\n  * b\n    * c\n      * d\n        * e\n          * f \\input x",
    "| $$x$$ | {\n|---|---|\n| % | # |",
    "\\item [x] \\\\ [3em]", "\ue000\ue001\ue002", "x\r\ny\r\rz",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=repr)
def test_nothing_of_a_strangers_text_acts(text):
    for written in (prose(text), in_a_line(text)):
        assert acts(written) == ""
        assert commands(written) <= SIGNS
    assert acts(latex_of(text)) == ""
    assert commands(latex_of(text)) <= OWN


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(st.sampled_from([*"\\{}$&#_%^~<>|`[]*-'\n ", "$$", "input", "\\def", "1. ", "- ", "| a |\n|---|\n"]),
                  st.characters()),
        max_size=30,
    ).map("".join)
)  # fmt: skip
def test_nothing_of_any_text_acts(text):
    assert acts(latex_of(text)) == ""
    assert commands(latex_of(text)) <= OWN


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*(rf"\{command}" for command in sorted(COMMANDS)), *"\\{}$&#_%^~<>|[]()1x ", r"\ ",
                                 r"\{", r"\text{", r"\input", r"\begin{bmatrix}", r"\end{bmatrix}", r"\\"]),
                max_size=12).map("".join))  # fmt: skip
def test_a_formula_is_refused_or_plain(tex):
    try:
        written = plain_formula(tex)
    except NotPlainError:
        return
    assert acts(written) == ""
    assert commands(written) <= COMMANDS | SIGNS | {"begin", "end"}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("**a** and *b*, `c_d`\n", "\\textbf{a} and \\emph{b}, \\texttt{c\\_d}\n\n"),
        ("3. x\n4. y\n", "\\begin{itemize}\n\\item[3.] x\n\\item[4.] y\n\\end{itemize}\n\n"),
        ("It is -3.\n", "It is $-3$.\n\n"),
        ("$$ x $$\n", "\\formula{x}\n\n"),
        ("| a | b |\n|---|--:|\n| 1 | $x$ |\n",
         "\\shown{\\begin{tabular}{lr}\n\\textbf{a} & \\textbf{b} \\\\ \\hline\n1 & $x$ \\\\\n\\end{tabular}}\n\n"),
        ("[words](https://a.b/c_d)", "words (\\texttt{https://a.b/c\\_d})\n\n"),
        ("> so\n", "\\begin{quote}\nso\n\\end{quote}\n\n"),
        ("# A\n\n***\n", "\\subsection*{A}\n\n\\hrulefill\n\n"),
        ("```\na  b{\n```\n", "\\texttt{a~~b\\{}\\par{}\n\n"),
        ("a -- b ''c'' ąő", "a -{}- b '{}'c'{}' \\sign{0105}{ą}ő\n\n"),
    ],
)  # fmt: skip
def test_texts_as_latex(text, written):
    assert latex_of(text) == written


# ---- booklets ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped_exam(tmp_path_factory):
    """An exam of every shipped problem."""
    bank = open_bank("cnn")
    out = tmp_path_factory.mktemp("latex") / "exam"
    return make_exam(bank, bank.blueprint(), open_grader("standard"), 2, out=out, seed="latex")


@pytest.fixture(scope="module")
def booklets(shipped_exam):
    return list(bind(shipped_exam, np.array([1, 2]), solutions=True))


def test_a_booklet_is_a_document_that_betrays_nothing(shipped_exam, booklets):
    without = list(bind(shipped_exam, np.array([1, 2])))
    for booklet, bare in zip(booklets, without, strict=True):
        document = as_latex(booklet)
        assert document == as_latex(bare)
        assert document.startswith("\\documentclass")
        assert document.endswith("\\end{document}\n")
        for field in booklet.fields:
            assert in_a_line(field.name) in document
        begun, ended = (re.findall(rf"\\{word}{{(\w+)}}", document) for word in ("begin", "end"))
        assert sorted(begun) == sorted(ended)


def test_a_key_holds_answers_and_solutions(booklets):
    for booklet in booklets:
        key = key_as_latex(booklet)
        for section in booklet.sections:
            for right in section.right:
                assert rf"\textbf{{{in_a_line(right.name)}}} = " in key


def test_a_matrix_is_answered_in_a_grid(booklets):
    field = next(field for field in booklets[0].fields if len(field.shape) == 2)
    rows, columns = field.shape
    grid = re.search(
        rf"\\begin\{{tabular\}}\{{\|\*\{{{columns}\}}.*?\\end\{{tabular\}}", as_latex(booklets[0]), re.DOTALL
    )
    assert grid[0].count("\\hline") == rows + 1
    assert grid[0].count("&") == rows * (columns - 1)


@pytest.mark.parametrize("text", [text for text in HOSTILE if "\n" not in text], ids=repr)
def test_names_and_titles_of_strangers_are_shown(booklets, text):
    cover = replace(
        booklets[0].cover,
        title=text,
        name=text,
        student=text,
        date=text,
        aids=(text, text),
        chosen=(text,),
        rules=(text,),
    )
    sections = tuple(replace(section, title=text) for section in booklets[0].sections)
    hostile = replace(booklets[0], cover=cover, sections=sections)
    for write in (as_latex, key_as_latex):
        allowed = commands(write(booklets[0])) | SIGNS | {"textbf"}
        assert commands(write(hostile)) <= allowed
        assert acts(write(hostile).partition("\\begin{document}")[2]) == ""
