"""What is no text: a network's shapes as a drawing, an image as pixels, in every target."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizgen.ops import describe, shapes
from quizgen.ops.networks import (
    conv_layer,
    dense_layer,
    flatten_layer,
    net,
    pool_layer,
    relu_layer,
    softmax_layer,
    vgg,
)
from quizgen.render.contents import MOST_STAGES, Pixels, layers_of, pixels_of, shapes_of
from quizgen.render.drawing import svg_of
from quizgen.render.filling import filled
from quizgen.render.html import html_filled
from quizgen.render.latex import latex_filled
from quizgen.render.markdown import shapes_table, written
from quizgen.render.words import words_of
from quizgen.world.values import Value
from quizgen.world.worlds import world

SVG = "{http://www.w3.org/2000/svg}"
SMALL = net(conv_layer(8, 3, padding=1), relu_layer(), pool_layer(2), flatten_layer(), dense_layer(10), softmax_layer())


ENGLISH = words_of("en")


def drawn(network, input=None):
    sides = None if input is None else (np.array(input), shapes(network, tuple(input))[..., 0])
    return shapes_of(network, 0, sides, ENGLISH)


def labels(content):
    return [(stage.label, stage.size) for stage in content.stages]


def test_stages_with_sizes():
    assert labels(drawn(SMALL, (28, 20, 3))) == [
        ("input", "28 × 20 × 3"),
        ("conv 3×3, padding 1, ReLU", "28 × 20 × 8"),
        ("max pool 2×2", "14 × 10 × 8"),
        ("flatten", "1120"),
        ("dense, softmax", "10"),
    ]


def test_stages_without_sizes_tell_channels_only():
    assert labels(drawn(SMALL)) == [("conv 3×3, padding 1, ReLU; max pool 2×2; flatten", "8"), ("dense, softmax", "10")]
    text = svg_of(drawn(SMALL))
    assert not re.search(r"\d ×", text)


def test_what_is_unusual_is_told():
    network = net(conv_layer(4, 5, stride=2), pool_layer(3, 2), pool_layer(2, 1), conv_layer(4, 1, stride=12))
    assert [stage.label for stage in drawn(network, (99, 99, 1)).stages] == [
        "input", "conv 5×5, stride 2", "max pool 3×3, stride 2", "max pool 2×2", "conv 1×1, stride 12",
    ]  # fmt: skip


def test_equal_stages_are_one():
    layers = [conv_layer(8, 3, padding=1), relu_layer()] * 3
    assert labels(drawn(net(*layers, conv_layer(8, 1)), (9, 9, 1))) == [
        ("input", "9 × 9 × 1"),
        ("3 × (conv 3×3, padding 1, ReLU); conv 1×1", "9 × 9 × 8"),
    ]


@pytest.mark.parametrize("name", "ABCDE")
def test_a_vgg_network_is_drawn_in_few_boxes(name):
    content = drawn(vgg(name), (224, 224, 3))
    assert len(content.stages) == 10
    assert content.stages[2].label.startswith("max pool 2×2; ")
    assert [stage.size for stage in content.stages[-4:]] == ["7 × 7 × 512", "25088", "4096", "1000"]
    assert len(content.rows) == 1 + len(layers_of(vgg(name), 0, ENGLISH).rows)


def test_of_very_many_stages_the_middle_is_left_out():
    content = drawn(net(*(conv_layer(number, 2) for number in range(1, 31))), (60, 60, 1))
    assert len(content.stages) == MOST_STAGES
    assert content.stages[6].label == "20 more"
    assert content.stages[-1].size == "30 × 30 × 30"
    assert len(content.rows) == 31


def test_a_variant_has_its_own_sizes():
    width, side = np.array([4, 6, 6]), np.array([8, 8, 12])
    network = net(conv_layer(width, 3), flatten_layer(), dense_layer(3))
    sizes = shapes(network, (side, side, side * 0 + 1))
    for column in range(3):
        content = shapes_of(network, column, (np.array([side[column], side[column], 1]), sizes[..., column]), ENGLISH)
        alone = net(conv_layer(int(width[column]), 3), flatten_layer(), dense_layer(3))
        assert content == drawn(alone, (int(side[column]), int(side[column]), 1))


LAYERS = st.one_of(
    st.builds(conv_layer, st.integers(1, 4096), st.integers(1, 3), st.integers(1, 2), st.integers(0, 2)),
    st.builds(pool_layer, st.integers(1, 2)),
    st.builds(relu_layer),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(LAYERS, min_size=1, max_size=40), st.lists(st.integers(1, 5000), max_size=4), st.booleans())
def test_any_network_is_drawn_inside_its_frame(layers, units, sized):
    network = net(*layers, flatten_layer(), *map(dense_layer, units))
    try:
        content = drawn(network, (200, 333, 3) if sized else None)
    except ValueError:  # a window does not fit
        return
    assert 1 <= len(content.stages) <= MOST_STAGES
    svg = ET.fromstring(svg_of(content))
    _, _, width, height = map(float, svg.get("viewBox").split())
    for polygon in svg.iter(f"{SVG}polygon"):
        for corner in polygon.get("points").split():
            x, y = map(float, corner.split(","))
            assert 0 <= x <= 140
            assert 0 <= y <= height
    places = [float(text.get("y")) for text in svg.iter(f"{SVG}text")]
    assert all(after - before >= 14.5 for before, after in pairwise(places)), "lines do not overlap"
    assert all(float(t.get("x")) + 6.8 * len(t.text) <= width for t in svg.iter(f"{SVG}text")), "words end inside"


def test_a_drawing_is_an_image_with_words():
    svg = ET.fromstring(svg_of(drawn(SMALL, (28, 20, 3))))
    assert (svg.tag, svg.get("role"), svg.get("aria-label")) == (f"{SVG}svg", "img", "Shapes of the network")
    assert svg.find(f"{SVG}title").text == "Shapes of the network"
    assert svg.find(f"{SVG}desc").text == (
        "From the input to the output: input: 28 × 20 × 3 → conv 3×3, padding 1, ReLU: 28 × 20 × 8 → "
        "max pool 2×2: 14 × 10 × 8 → flatten: 1120 → dense, softmax: 10."
    )
    told = [text.text.replace("\u00a0", " ") for text in svg.iter(f"{SVG}text")]
    assert told[:4] == ["28 × 20 × 3", "input", "28 × 20 × 8", "conv 3×3, padding 1, ReLU"]
    colours = {e.get(name) for e in svg.iter() for name in ("fill", "stroke", "color")} - {None}
    assert colours == {"currentColor", "none"}
    assert {e.tag.removeprefix(SVG) for e in svg.iter()} == {"svg", "title", "desc", "text", "polygon", "path"}
    assert "id" not in {name for e in svg.iter() for name in e.attrib}


def test_a_drawing_speaks_the_language_of_its_text():
    content = shapes_of(SMALL, 0, (np.array([28, 20, 3]), shapes(SMALL, (28, 20, 3))[..., 0]), words_of("de"))
    assert [stage.label for stage in content.stages[:3]] == [
        "Eingabe",
        "Faltung 3×3, Padding 1, ReLU",
        "Max-Pooling 2×2",
    ]
    assert content.headings == ("Schicht", "Ausgabe")
    assert content.described.startswith("Von der Eingabe zur Ausgabe: Eingabe: 28 × 20 × 3 → Faltung 3×3, ")
    assert content.rows[1].label == "Faltung 3×3, 8 Filter, Schrittweite 1, Padding 1, ReLU"


# ---- pixels ------------------------------------------------------------------------------------------------------


def contrast(grey):
    """The contrast of black on a grey, as WCAG 2 defines it."""
    share = grey / 255
    return (((share + 0.055) / 1.055) ** 2.4 + 0.05) / 0.05


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.integers(-(10**9), 10**9), min_size=3, max_size=3), min_size=1, max_size=4))
def test_numbers_can_be_read_on_every_grey(rows):
    pixels = pixels_of(np.array(rows), ENGLISH)
    shades = sorted((cell, pixels.grey(cell)) for row in pixels.cells for cell in row)
    assert all(contrast(grey) >= 4.5 for _, grey in shades)
    assert [grey for _, grey in shades] == sorted(grey for _, grey in shades), "larger is lighter"
    assert shades[-1][1] == 255


def test_an_even_image_is_white():
    assert Pixels(((3, 3),), 3, 3).grey(3) == 255


# ---- in texts ----------------------------------------------------------------------------------------------------

FRONT = """
draw:
  image: integers(0, 9, shape=(2, 3))
  filters: integers(2, 9)
  side: choice(8, 12)
steps:
  network: net(conv(filters, 3), relu(), pool(2), flatten(), dense(4))
  size: (side, side, 3)
  total: sum(image) + filters + side
answers:
  total: {}
mistakes:
  minus: {total: -sum(image), says: Add them all up.}
"""


@pytest.fixture(scope="module")
def texts(tiny):
    solution = "It is\n\n<<image: pixels>>\n\nand\n\n<<network: drawing for size>>\n\nor\n\n<<network: drawing>>\n"
    problem = tiny(FRONT, solution=solution)
    params = {
        "image": Value.dense(np.arange(12).reshape(2, 3, 2) % 10),
        "filters": Value.dense(np.array([4, 5])),
        "side": Value.dense(np.array([8, 12])),
    }
    return filled(problem.solution, problem, world(problem, params))


def test_as_markdown(texts):
    first, second = (written(text, {}) for text in texts)
    assert r"$$ \begin{bmatrix} 0 & 2 & 4 \\ 6 & 8 & 0 \end{bmatrix} $$" in first
    assert "| | input | 12 × 12 × 3 |" in second
    assert "| 1 | conv 3×3, 5 filters, stride 1, padding 0, ReLU | 10 × 10 × 5 |" in second
    assert "| 3 | flatten | 125 |" in second
    assert "| 3 | flatten |\n" in second


def test_sizes_that_were_stored_as_doubles_are_whole(texts, tiny):
    problem = tiny(FRONT, solution="<<network: drawing for size>>")
    sizes = {"filters": np.array([4.0, 5.0]), "side": np.array([8.0, 12.0])}
    params = {name: Value.dense(cells) for name, cells in sizes.items()}
    params["image"] = Value.dense(np.zeros((2, 3, 2)))
    first, _ = (written(text, {}) for text in filled(problem.solution, problem, world(problem, params)))
    assert first.strip() in written(texts[0], {})


def test_as_html(texts):
    first = html_filled(texts[0], {})
    rows = re.findall(r"<tr>(.*?)</tr>", re.search(r'<table class="pixels".*?</table>', first, re.DOTALL)[0])
    assert [[int(cell) for cell in re.findall(r">(\d+)</td>", row)] for row in rows] == [[0, 2, 4], [6, 8, 0]]
    assert "background:#808080;color:#000" in rows[0]
    assert first.count("<svg ") == 2
    assert "8 × 8 × 3" in first


def test_as_latex(texts):
    first = latex_filled(texts[0], {})
    assert r"\formula{\begin{bmatrix} 0 & 2 & 4 \\ 6 & 8 & 0 \end{bmatrix}}" in first
    assert r"3 & flatten & 36 \\" in first
    assert r"3 & flatten \\" in first


def test_the_table_has_every_layer():
    network = vgg("C", width=8)
    rows = [row for row in describe(network, (64, 64, 3)) if row[0] not in ("relu", "ReLU", "softmax")]
    lines = shapes_table(drawn(network, (64, 64, 3))).splitlines()[3:]
    assert len(lines) == len(rows)
    for line, (layer, size, _) in zip(lines, rows, strict=True):
        assert f"| {layer}" in line
        assert line.endswith(f"| {size.removeprefix('1 × 1 × ')} |")
