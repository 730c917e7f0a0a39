"""Texts with holes: pieces in order, lines, mathematics, choices, numbers as printed."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizgen.errors import QuizgenError
from quizgen.language.expr import compile_expression
from quizgen.language.template import Choice, Digits, Hole, Place, Words, parse_template


def pieces_of(text):
    return list(parse_template(text, "t.md").pieces)


def hole(source, format="", digits=None, math=False, line=1):
    return Hole(compile_expression(source), format, digits, math, line)


def test_pieces_stand_in_order():
    assert pieces_of("The side is <<side>> cm. [[area]]\nAnd <<2 * side: 1 decimal>>?") == [
        Words("The side is "),
        hole("side"),
        Words(" cm. "),
        Place("area", 1),
        Words("\nAnd "),
        hole("2 * side", "1 decimal", Digits("decimal", 1), line=2),
        Words("?"),
    ]


@pytest.mark.parametrize("text", ["", "words only", "a < b", r"\[ x \] and [one] and [ [x] ]", "5 > 3 >> 2", "a\n\nb"])
def test_text_without_marks_stays_as_it_is(text):
    assert pieces_of(text) == ([Words(text)] if text else [])


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("x", hole("x")),
        ("  x  ", hole("x")),
        ("x +\n 1", hole("x + 1")),
        ("x: 2 decimals", hole("x", "2 decimals", Digits("decimal", 2))),
        ("x: 1 decimal", hole("x", "1 decimal", Digits("decimal", 1))),
        ("x: 0 decimals", hole("x", "0 decimals", Digits("decimal", 0))),
        ("x : 3 figures", hole("x", "3 figures", Digits("figure", 3))),
        ("x:3 figures ", hole("x", "3 figures", Digits("figure", 3))),
        ("net(dense(3)): table", hole("net(dense(3))", "table")),
        ("x: plain", hole("x", "plain")),
        ("x: pixels", hole("x", "pixels")),
        ("n: drawing", hole("n", "drawing")),
        ("n: drawing for (a, b,\n 3)", replace(hole("n", "drawing"), input=compile_expression("(a, b, 3)"))),
        ("case(k, A=1, B=2)", hole("case(k, A=1, B=2)")),
    ],
)
def test_holes(inside, expected):
    (found,) = pieces_of(f"<<{inside}>>")
    assert found == expected


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("<<x>>", [False]),
        ("$<<x>>$ <<x>>", [True, False]),
        ("$$<<x>>$$ <<x>>", [True, False]),
        ("$$ a <<x>> $$\n$<<x>>$", [True, True]),
        (r"5 \$ and <<x>> \$", [False]),
        (r"$ \$ <<x>> $ <<x>>", [True, False]),
        ("$a$<<x>>$b$", [False]),
        ("$a$ $$<<x>>$$ $b$ <<x>>", [True, False]),
        ("<<if x > 1>>$<<x>>$<<else>><<x>><<end>> <<x>>", [True, False, False]),
        ("$<<if x > 1>><<x>><<else>>0<<end>> <<x>>$ <<x>>", [True, True, False]),
    ],
)
def test_a_hole_knows_whether_it_stands_in_mathematics(text, inside):
    assert [piece.math for piece in parse_template(text, "t.md").walk() if isinstance(piece, Hole)] == inside


def test_choices():
    assert pieces_of("a<<if s > 1>>b<<s>><<else>>c<<end>>d") == [
        Words("a"),
        Choice(compile_expression("s > 1"), (Words("b"), hole("s")), (Words("c"),), 1),
        Words("d"),
    ]
    assert pieces_of("<<if s>><<end>>") == [Choice(compile_expression("s"), (), (), 1)]
    (outer,) = pieces_of("<<if s>>\n<<if t>>1<<else>>2<<end>><<else>>3<<end>>")
    inner = Choice(compile_expression("t"), (Words("1"),), (Words("2"),), 2)
    assert outer == Choice(compile_expression("s"), (Words("\n"), inner), (Words("3"),), 1)


def test_walk_visits_what_stands_inside_choices():
    template = parse_template("[[a]]<<if s>>[[b]]<<else>>[[c]]<<if t>>[[d]]<<end>><<end>>[[e]]", "t.md")
    assert [piece.answer for piece in template.walk() if isinstance(piece, Place)] == list("abcde")


def test_lines_are_counted_from_where_the_text_starts():
    template = parse_template("\n[[a]]\n<<x>>\n\n<<if x>>\n[[b]] <<\nx>>\n<<end>>\n[[c]]", "t.md", first_line=20)
    lines = [piece.line for piece in template.walk() if not isinstance(piece, Words)]
    assert lines == [21, 22, 24, 25, 25, 28]


FORMATS = "Formats are: 2 decimals, 3 figures, table, drawing, pixels, plain, working."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n<<x", "t.md:8: a << that is never closed by >>"),
        ("\n\n<<if x>> a", "t.md:9: an <<if …>> that is never closed by <<end>>"),
        ("<<if x>>\n a <<else>> b", "t.md:7: an <<if …>> that is never closed by <<end>>"),
        ("\n<<end>>", "t.md:8: <<end>> without an <<if …>> before it"),
        ("\n<<else>>", "t.md:8: <<else>> without an <<if …>> before it"),
        ("<<if x>>\n<<end>><<end>>", "t.md:8: <<end>> without an <<if …>> before it"),
        ("\n$x", "t.md:8: a $ that opens mathematics is never closed"),
        ("$x$\n$$x$", "t.md:8: a $$ that opens mathematics is never closed"),
        ("\n<<x: 2 digits>>", "t.md:8: the format '2 digits' is not known. " + FORMATS),
        ("<<x: >>", "t.md:7: the format '' is not known. " + FORMATS),
        ("<<x: 100 decimals>>", "t.md:7: the format '100 decimals' is not known. " + FORMATS),
        ("\n<<x.y>>", "t.md:8: attribute access (a dot after a name) is not part of the language"),
        ("\n<<if x.y>><<end>>", "t.md:8: attribute access (a dot after a name) is not part of the language"),
        ("<<rela(x): 2 decimals>>", "t.md:7: there is no op 'rela'. Did you mean 'relu'?"),
    ],
)  # fmt: skip
def test_what_is_refused(text, message):
    with pytest.raises(QuizgenError) as caught:
        parse_template(text, "t.md", first_line=7)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "text", ["<<>>", "<<if>>", "<<if >><<end>>", "<<else if x>>", "<<x: 0 figures>>", "<<a <<b>>", "<<x = 1>>"]
)
def test_more_that_is_refused(text):
    with pytest.raises(QuizgenError, match=r"^t\.md:1: "):
        parse_template(text, "t.md")


@pytest.mark.parametrize(
    "text", ["<<if x>>" * 1_000 + "<<end>>" * 1_000, "<<if x>>" * 1_000, "<<" * 1_000, "$" * 1_001]
)
def test_hostile_nesting_is_refused(text):
    with pytest.raises(QuizgenError, match=r"^t\.md:1: "):
        parse_template(text, "t.md")


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="<>[]$\\\0"), min_size=1, max_size=8)
SIMPLE = st.one_of(
    WORDS,
    st.sampled_from(["<<x>>", "<<x + 1>>", "<<x: 2 decimals>>", "[[a]]", "$<<x>>$", r"\$"]),
)
TEXTS = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map("".join),
        st.tuples(inner, inner).map(lambda t: f"<<if x>>{t[0]}<<else>>{t[1]}<<end>>"),
    ),
    max_leaves=12,
)


def written(pieces):
    """A template as text again, with `$` left where it was: dollars stay in the words."""
    out = []
    for piece in pieces:
        match piece:
            case Words(text=text):
                out.append(text)
            case Place(answer=answer):
                out.append(f"[[{answer}]]")
            case Hole(value=value, format=shown):
                out.append(f"<<{value.source}: {shown}>>" if shown else f"<<{value.source}>>")
            case Choice(condition=condition):
                inside = f"{written(piece.then)}<<else>>{written(piece.otherwise)}"
                out.append(f"<<if {condition.source}>>{inside}<<end>>")
    return "".join(out)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_nothing_is_lost_between_text_and_pieces(text):
    assert written(parse_template(text, "t.md").pieces) == text


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(["<<", ">>", "if ", "else", "end", "x", ":", "[[", "]]", "$", "$$", "\n", " "]), max_size=14
    )
)
def test_any_text_is_parsed_or_refused(parts):
    text = "".join(parts)
    try:
        assert parse_template(text, "t.md").file == "t.md"
    except QuizgenError as error:
        refused = str(error)
    else:
        return
    assert refused.startswith("t.md:")


# numbers as printed


@pytest.mark.parametrize(
    ("digits", "number", "shown"),
    [
        (Digits("decimal", 2), 0.125, "0.13"),
        (Digits("decimal", 2), -0.125, "-0.13"),
        (Digits("decimal", 2), 1, "1.00"),
        (Digits("decimal", 0), 2.5, "3"),
        (Digits("decimal", 3), -0.0001, "0.000"),
        (Digits("decimal", 1), 0.04, "0.0"),
        (Digits("decimal", 1), 1e6, "1000000.0"),
        (Digits("decimal", 4), 0.00005, "0.0001"),
        (Digits("figure", 3), 218.44, "218"),
        (Digits("figure", 3), 21.844, "21.8"),
        (Digits("figure", 3), 0.021844, "0.0218"),
        (Digits("figure", 3), 9.996, "10.0"),
        (Digits("figure", 3), 0.9996, "1.00"),
        (Digits("figure", 3), 218_440, "218000"),
        (Digits("figure", 3), -218.5, "-219"),
        (Digits("figure", 1), 0.25, "0.3"),
        (Digits("figure", 3), 0, "0.00"),
        (Digits("figure", 3), 1.5e-9, "1.50e-09"),
        (Digits("figure", 2), 1.25e15, "1.3e+15"),
    ],
)
def test_rounded_numbers(digits, number, shown):
    assert digits.shown(number) == shown


@settings(max_examples=150, deadline=None)
@given(st.integers(-(10**9), 10**9), st.integers(0, 6))
def test_decimals_agree_with_decimal_arithmetic(millionths, count):
    exact = Decimal(millionths).scaleb(-6)
    rounded = exact.quantize(Decimal(1).scaleb(-count), rounding=ROUND_HALF_UP)
    if (abs(exact).scaleb(count) % 1) == Decimal("0.5"):  # a double may lie on the other side of the half
        return
    assert Digits("decimal", count).shown(float(exact)) == (f"{rounded:f}" if rounded else f"{0:.{count}f}")


def test_no_minus_before_nothing():
    assert Digits("decimal", 2).shown(-0.0) == "0.00"
    assert Digits("figure", 2).shown(-0.0) == "0.0"
