"""The examples in docstrings hold."""

import doctest
import importlib
import pkgutil

import pytest

import quizgen

MODULES = sorted(module.name for module in pkgutil.walk_packages(quizgen.__path__, "quizgen."))


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples_in_many_modules():
    finder = doctest.DocTestFinder()
    modules = [importlib.import_module(name) for name in MODULES]
    assert sum(any(test.examples for test in finder.find(module)) for module in modules) > 20
