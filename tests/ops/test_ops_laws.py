"""Laws of every op: same bits for any number of columns and any layout, broadcasting, no mutation."""

import inspect
from collections import Counter

import numpy as np
import pytest
from ops_examples import EXAMPLES, N

from quizgen.ops import LAYERS, OPS

_SEEN: Counter[str] = Counter()


def _label(example):
    _SEEN[example.name] += 1
    return f"{example.name}-{_SEEN[example.name]}"


every_example = pytest.mark.parametrize("example", EXAMPLES, ids=_label)


def same_bits(a, b, case=""):
    assert a.dtype == b.dtype, case
    assert a.shape == b.shape, case
    nan = np.isnan(a) if a.dtype.kind == "f" else np.zeros(a.shape, dtype=bool)
    assert (np.isnan(b) == nan).all() if a.dtype.kind == "f" else True, case
    assert a[~nan].tobytes() == b[~nan].tobytes(), case


def same_numbers(a, b, case=""):
    """Same bits but for the dtype: power() is int64 only if all its columns are."""
    same_bits(a.astype(np.result_type(a, b)), b.astype(np.result_type(a, b)), case)


def test_every_op_has_an_example():
    assert {example.name for example in EXAMPLES} == set(OPS)


def test_static_arguments_exist():
    for op in [*OPS.values(), *LAYERS.values()]:
        assert op.static <= set(inspect.signature(op.call).parameters), op.name


def test_names_are_keys():
    assert all(op.name == name for table in (OPS, LAYERS) for name, op in table.items())


@every_example
def test_a_column_does_not_depend_on_how_many_there_are(example):
    together = example.call(*example.arguments)
    for first, stop in [(0, 1), (7, 8), (499, 500), (3, 5), (250, 253), (9, 410)]:
        alone = example.call(*(x[..., first:stop] for x in example.arguments))
        same_numbers(together[..., first:stop], alone, (first, stop))


@every_example
def test_a_column_is_the_same_among_16384(example):
    wide = np.arange(16_384) % N
    many = example.call(*(x[..., wide] for x in example.arguments))
    same_bits(many, example.call(*example.arguments)[..., wide])


def _variant_first(x):
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, -1, 0)), 0, -1)


def _every_second(x):
    return np.repeat(x, 2, axis=-1)[..., ::2]


def _backwards(x):
    return np.ascontiguousarray(x[..., ::-1])[..., ::-1]


def _unaligned(x):
    raw = np.zeros(x.nbytes + 1, dtype=np.uint8)
    y = raw[1:].view(x.dtype).reshape(x.shape)
    y[...] = x
    return y


LAYOUTS = [_variant_first, _every_second, _backwards, np.asfortranarray, _unaligned]


@every_example
def test_the_layout_of_an_argument_does_not_matter(example):
    for n in (1, 2, N):
        arguments = [x[..., :n] for x in example.arguments]
        usual = example.call(*arguments)
        for layout in LAYOUTS:
            same_bits(example.call(*map(layout, arguments)), usual, (layout.__name__, n))


@every_example
def test_one_column_holds_for_all(example):
    for place, x in enumerate(example.arguments):
        narrow, wide = list(example.arguments), list(example.arguments)
        narrow[place] = x[..., 3:4]
        wide[place] = np.repeat(x[..., 3:4], N, axis=-1)
        expected, given = example.call(*wide), example.call(*narrow)
        if given.shape[-1] == 1:  # nothing else has columns, or the op looks only at shapes
            given = np.repeat(given, N, axis=-1)
        same_numbers(given, expected)


@every_example
def test_a_plain_number_is_a_column(example):
    for place, x in enumerate(example.arguments):
        if x.ndim == 1:
            plain, column = list(example.arguments), list(example.arguments)
            plain[place], column[place] = x[3].item(), x[3:4]
            same_bits(example.call(*plain), example.call(*column))


@every_example
def test_arguments_are_not_changed(example):
    copies = [x.copy() for x in example.arguments]
    for x in copies:
        x.setflags(write=False)
    example.call(*copies)
    for x, y in zip(copies, example.arguments, strict=True):
        same_bits(x, y)


@every_example
def test_types(example):
    kind = example.call(*example.arguments).dtype.kind
    if example.name in ("any", "all"):
        assert kind == "b"
    elif example.name == "power":
        assert kind in "if"
    else:
        assert kind == ("i" if example.whole else "f")


@every_example
def test_whole_numbers_and_floats_agree(example):
    if example.whole and example.name != "case":
        floats = [x.astype(float) for x in example.arguments]
        np.testing.assert_array_equal(example.call(*floats), example.call(*example.arguments))


@every_example
def test_different_numbers_of_variants_are_refused(example):
    if len(example.arguments) > 1 and example.name != "case":
        first, *others = example.arguments
        with pytest.raises(ValueError, match="3 and of 500 variants cannot be combined"):
            example.call(first[..., :3], *others)


@every_example
def test_small_types_are_widened(example):
    if example.whole and all(x.dtype.kind == "i" for x in example.arguments):
        small = [x.astype(np.int8) for x in example.arguments]
        same_bits(example.call(*small), example.call(*example.arguments))
