"""The examples in the docstrings of the engine hold, and every public function has one."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

import quizgen.ops
from quizgen.ops import LAYERS, OPS

MODULES = sorted(module.name for module in pkgutil.iter_modules(quizgen.ops.__path__))


def test_modules_are_found():
    assert {"convolution", "pooling", "table"} <= set(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name):
    module = importlib.import_module(f"quizgen.ops.{name}")
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("op", [*OPS.values(), *LAYERS.values()], ids=lambda op: op.name)
def test_every_op_has_an_example(op):
    assert ">>> " in inspect.getdoc(op.call)


def test_public_names_exist():
    assert sorted(quizgen.ops.__all__) == sorted(set(quizgen.ops.__all__))
    assert all(hasattr(quizgen.ops, name) for name in quizgen.ops.__all__)
    public = [getattr(quizgen.ops, name) for name in quizgen.ops.__all__]
    assert all(op.call in public for op in OPS.values())
