"""Sizes against counting, and against the engine's own maps."""

import numpy as np
import ops_slow_loops as slow
from hypothesis import given, settings
from hypothesis import strategies as st

from quizgen.ops import (
    conv2d,
    conv2d_input_gradient,
    conv_size,
    max_pool,
    pool_size,
    receptive_field,
    transposed_conv_size,
)

quick = settings(max_examples=100, deadline=None, database=None, derandomize=True)
side, small, padding = st.integers(5, 12), st.integers(1, 3), st.integers(0, 2)


@given(side, small, small, padding, st.integers(1, 2))
@quick
def test_conv_size_counts_the_positions(size, kernel, stride, pad, dilation):
    expected = slow.conv_size(size, kernel, stride, pad, dilation)
    assert conv_size(size, kernel, stride, pad, dilation).tolist() == [expected]
    z = conv2d(np.ones((size, size, 1)), np.ones((kernel, kernel, 1)), stride, pad, dilation)
    assert z.shape[0] == expected


@given(side, small, small)
@quick
def test_pool_size_is_the_side_of_the_pooled_map(size, window, stride):
    x = np.ones((size, size, 1))
    assert pool_size(size, window).tolist() == [max_pool(x, window).shape[0]]
    assert pool_size(size, window, stride).tolist() == [max_pool(x, window, stride).shape[0]]
    assert pool_size(size, window, stride, window - 1) == max_pool(x, window, stride, window - 1).shape[0]


@given(side, small, small)
@quick
def test_transposed_conv_size_is_the_side_of_the_input_gradient(size, kernel, stride):
    x = conv2d_input_gradient(np.ones((size, size, 1)), np.ones((kernel, kernel, 1)), stride)
    assert transposed_conv_size(size, kernel, stride).tolist() == [x.shape[0]]
    for more in range(stride):
        back = conv_size(transposed_conv_size(size, kernel, stride, 1, more), kernel, stride, 1)
        assert back.tolist() == [size]


@given(st.lists(st.tuples(st.integers(1, 7), st.integers(1, 4)), min_size=1, max_size=6))
@quick
def test_receptive_field_against_walking_back(layers):
    kernels, strides = (np.array(column)[:, None] for column in zip(*layers, strict=True))
    field = receptive_field(kernels, strides)
    assert field.tolist() == [slow.receptive_field(kernels[:, 0].tolist(), strides[:, 0].tolist())]


def test_seed_001_task_1():
    first = conv_size(224, 7)
    second = conv_size(first, 3, 2, 1)
    assert [first.item(), second.item(), pool_size(second, 2).item()] == [218, 109, 54]


def test_a_stride_of_zero_spoils_only_its_column():
    assert conv_size(np.array([5, 5]), 3, np.array([0, 1])).tolist() == [np.inf, 3.0]
