"""Every op has an example in its docstring, and the porch of the engine lists what there is."""

import inspect

import pytest

import quizgen.ops
from quizgen.ops import LAYERS, OPS


@pytest.mark.parametrize("op", [*OPS.values(), *LAYERS.values()], ids=lambda op: op.name)
def test_every_op_has_an_example(op):
    assert ">>> " in inspect.getdoc(op.call)


def test_public_names_exist():
    assert sorted(quizgen.ops.__all__) == sorted(set(quizgen.ops.__all__))
    assert all(hasattr(quizgen.ops, name) for name in quizgen.ops.__all__)
    public = [getattr(quizgen.ops, name) for name in quizgen.ops.__all__]
    assert all(op.call in public for op in OPS.values())
