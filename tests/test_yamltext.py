"""YAML as authors mean it: scalars stay text, keys stand once, places are known, nothing is executed."""

import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizgen.errors import QuizgenError
from quizgen.language.yamltext import MAX_CHARACTERS, MAX_DEPTH, read_yaml


def data_of(text):
    return read_yaml(textwrap.dedent(text), "file.yaml").data


def refusal(text, **more):
    with pytest.raises(QuizgenError) as caught:
        read_yaml(text, "file.yaml", **more)
    return str(caught.value)


@pytest.mark.parametrize(
    "scalar",
    ["no", "yes", "on", "null", "~", "true", "010", "0x1F", "1:30", "1e-3", "1_000", "1.0", "2024-01-31", ".inf", "=",
     "<<", "3 figures or 0.0005", "relu(image)", "a < b", "-1", "O'Neil", "a#b", "Łódź", "µ", "🙂"],
)  # fmt: skip
def test_a_scalar_stays_what_was_typed(scalar):
    assert data_of(f"key: {scalar}") == {"key": scalar}
    assert data_of(f"- {scalar}\n".join(["key:\n", ""])) == {"key": [scalar]}
    assert data_of(f"{{{scalar}: {scalar}}}") == {scalar: scalar}


def test_all_kinds_of_quoting():
    text = """\
        plain: a b
        single: 'it''s'
        double: "tab\\tand \\u00e9"
        folded: >-
          one
          two
        literal: |
          one
          two
        empty:
        quoted empty: ''
        flow: {a: [1, 2], b: "x, y"}
        """
    assert data_of(text) == {
        "plain": "a b",
        "single": "it's",
        "double": "tab\tand é",
        "folded": "one two",
        "literal": "one\ntwo\n",
        "empty": "",
        "quoted empty": "",
        "flow": {"a": ["1", "2"], "b": "x, y"},
    }


def test_the_exclamation_mark_alone_is_only_a_text():
    assert data_of("a: ! 12") == {"a": "12"}


def test_order_of_keys_is_kept():
    assert list(data_of("b: 1\na: 2\nc: 3")) == ["b", "a", "c"]


def test_lines_of_entries():
    document = read_yaml(
        "a: 1\n# comment\n\nb:\n  - x\n  - {k: 1,\n     l: 2}\nc: >-\n  long\n  text\nd: 4\n", "f.md", first_line=10
    )
    places = {(): 10, ("a",): 10, ("b",): 13, ("b", 0): 14, ("b", 1): 15, ("b", 1, "k"): 15, ("b", 1, "l"): 16}
    for path, line in {**places, ("c",): 17, ("d",): 20}.items():
        assert document.where(path) == f"f.md:{line}", path


def test_an_entry_that_is_not_there_has_the_place_of_the_nearest_above():
    document = read_yaml("a: 1\nb:\n  c: 2\n", "f.md")
    assert document.where(("b", "c", 3, "x")) == "f.md:3"
    assert document.where(("b", "z")) == "f.md:2"
    assert document.where(("z",)) == "f.md:1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "file.yaml:3: the key 'a' stands here a second time. Keep one."),
        ("a: {b: 1, b: 1}\n", "file.yaml:1: the key 'b' stands here a second time. Keep one."),
        ("a: 1\n'a': 2\n", "file.yaml:2: the key 'a' stands here a second time. Keep one."),
        ("a: &x 1\n", "file.yaml:1: anchors and aliases (& and *) are not allowed. Write it out."),
        ("a: &x\n  b: 1\n", "file.yaml:1: anchors and aliases (& and *) are not allowed. Write it out."),
        ("a: 1\nb:\n  - &x [1]\n", "file.yaml:3: anchors and aliases (& and *) are not allowed. Write it out."),
        ("a: *x\n", "file.yaml:1: anchors and aliases (& and *) are not allowed. Write it out."),
        ("*x\n", "file.yaml:1: anchors and aliases (& and *) are not allowed. Write it out."),
        ("&x a: 1\n", "file.yaml:1: anchors and aliases (& and *) are not allowed. Write it out."),
        ("a: 1\nb: {<<: *x}\n", "file.yaml:2: anchors and aliases (& and *) are not allowed. Write it out."),
        ("a: !!int 3\n", "file.yaml:1: the tag tag:yaml.org,2002:int is not allowed. Quote the text."),
        ("a: !x 3\n", "file.yaml:1: the tag !x is not allowed. Quote the text."),
        ("a: !!python/object/apply:os.system ['true']\n",
         "file.yaml:1: the tag tag:yaml.org,2002:python/object/apply:os.system is not allowed. Quote the text."),
        ("!!map {a: 1}\n", "file.yaml:1: the tag tag:yaml.org,2002:map is not allowed. Quote the text."),
        ("!!str a: 1\n", "file.yaml:1: the tag tag:yaml.org,2002:str is not allowed. Quote the text."),
        ("? [a, b]\n: 1\n", "file.yaml:1: a key must be a plain word"),
        ("{{a: 1}: 2}\n", "file.yaml:1: a key must be a plain word"),
        ("- a\n", "file.yaml:1: a mapping (`key: value` lines) is needed here"),
        ("just text\n", "file.yaml:1: a mapping (`key: value` lines) is needed here"),
        ("a: " + "[" * 25 + "]" * 25, "file.yaml:1: nested deeper than 20 levels"),
        ("a: " + "[" * 100_000, "file.yaml:1: nested deeper than 20 levels"),
        ("a: [" + "{b: " * 25 + "1" + "}" * 25 + "]", "file.yaml:1: nested deeper than 20 levels"),
    ],
)  # fmt: skip
def test_what_is_refused(text, message):
    assert refusal(text) == message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: c: d\n", 2),
        ("a: 1\n\tb: 2\n", 2),
        ("a: [1, 2\n", 2),
        ("a: 1\nb: 'x\n", 2),
        ("a: 1\n  b: 2\n", 2),
        ("a: @x\n", 1),
        ("a: `x`\n", 1),
        ("a: %x\n", 1),
        ("a: }\n", 1),
        ("a: 'x' y\n", 1),
    ],
)
def test_what_is_not_yaml(text, line):
    message = refusal(text)
    assert ": this is not YAML: " in message
    assert message.endswith(". Check quotes, colons and indents.")
    assert int(message.split(":")[1]) in (line, line + 1)  # an open bracket is noticed at the end


@pytest.mark.parametrize(
    "text", ["a: 1\n---\nb: 2\n", "a: 1\n...\nb: 2\n", "{a: 1}\nb: 2\n", "a: 1\n---\n: : : [\n", "{a: 1} }\n"]
)
def test_nothing_after_the_first_document_is_silently_left_out(text):
    assert refusal(text).startswith("file.yaml:")


@pytest.mark.parametrize("text", ["a: \x00", "a: \x07", "a: \x1b[31m"])
def test_control_characters_are_refused(text):
    assert refusal(text).startswith("file.yaml")


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n"])
def test_nothing_is_an_empty_mapping(text):
    assert read_yaml(text, "file.yaml").data == {}


def test_a_file_may_not_be_huge():
    assert refusal("a: " + "x" * MAX_CHARACTERS) == "file.yaml: 300,003 characters of YAML; the limit is 300,000"
    assert len(read_yaml("a: " + "x" * (MAX_CHARACTERS - 3), "file.yaml").data["a"]) == MAX_CHARACTERS - 3


def test_depth_up_to_the_limit():
    value = data_of("a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1))["a"]
    depth = 0
    while value:
        value, depth = value[0], depth + 1
    assert depth == MAX_DEPTH - 2


PLAIN = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=12)
TREES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN, inner, max_size=3),
    max_leaves=8,
)


def written(value):
    """Flow YAML with everything in double quotes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(k)}: {written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(PLAIN, TREES, max_size=4))
def test_what_is_written_is_read(tree):
    assert (
        read_yaml("".join(f"{written(key)}: {written(value)}\n" for key, value in tree.items()) or "{}", "f").data
        == tree
    )


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60) | st.lists(st.sampled_from(list("ab:-{}[],&*!'\"|># \n")), max_size=40).map("".join))
def test_any_text_is_read_or_refused(text):
    try:
        document = read_yaml(text, "f")
    except QuizgenError as error:
        refused = str(error)
    else:
        assert all(isinstance(value, str | list | dict) for value in everything_in(document.data))
        return
    assert refused.startswith("f")
    assert "\n" not in refused


def everything_in(value):
    yield value
    if not isinstance(value, str):
        for part in value.values() if isinstance(value, dict) else value:
            yield from everything_in(part)
