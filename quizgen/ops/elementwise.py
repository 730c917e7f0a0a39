"""Functions of single cells: roots, powers, logarithms, rounding, comparisons, choices.

x is any shape with the variant last; two or three arguments all have one shape or are one number per variant.
"""

from typing import TypeVar

import numpy as np

from quizgen.ops.arithmetic import elementary, unsigned_zeros
from quizgen.ops.columns import Array, Columns, cell_by_cell, columns, numbers, reals

T = TypeVar("T")

_EXACT = 2.0**53
"""Below this, float64 holds every whole number."""


def absolute(x: Columns) -> Array:
    """Return |x|; whole numbers stay whole.

    >>> absolute(np.array([-3, 2]))
    array([3, 2])
    """
    return np.asarray(np.abs(numbers(x)))


@np.errstate(all="ignore")
def sqrt(x: Columns) -> Array:
    """Return the square root as float64; nan below 0.

    >>> sqrt(np.array([9, 2])).round(4)
    array([3.    , 1.4142])
    """
    return np.asarray(np.sqrt(reals(x)))


@np.errstate(all="ignore")
def exp(x: Columns) -> Array:
    """Return e to the power of x as float64.

    >>> exp(0)
    array([1.])
    """
    return elementary(np.exp, reals(x))


@np.errstate(all="ignore")
def ln(x: Columns) -> Array:
    """Return the natural logarithm as float64; -inf at 0, nan below.

    >>> ln(np.array([1, 0]))
    array([  0., -inf])
    """
    return elementary(np.log, reals(x))


@np.errstate(all="ignore")
def log2(x: Columns) -> Array:
    """Return the logarithm to base 2 as float64; -inf at 0, nan below.

    >>> log2(8)
    array([3.])
    """
    return elementary(np.log2, reals(x))


@np.errstate(all="ignore")
def log10(x: Columns) -> Array:
    """Return the logarithm to base 10 as float64; -inf at 0, nan below.

    >>> log10(1000)
    array([3.])
    """
    return elementary(np.log10, reals(x))


def floor(x: Columns) -> Array:
    """Return the largest whole number up to x; int64 stays int64, float64 stays float64.

    >>> floor(np.array([54.5, -0.5]))
    array([54., -1.])
    """
    return np.asarray(np.floor(numbers(x)))


def ceil(x: Columns) -> Array:
    """Return the smallest whole number from x; int64 stays int64, float64 stays float64.

    >>> ceil(np.array([54.5, -1.5]))
    array([55., -1.])
    """
    return np.asarray(np.ceil(numbers(x)))


@np.errstate(all="ignore")
def round_half_away(x: Columns) -> Array:
    """Return the nearest whole number, halves away from zero; int64 stays int64, float64 stays float64.

    >>> round_half_away(np.array([0.5, 1.5, -2.5, 0.49999999999999994]))
    array([ 1.,  2., -3.,  0.])
    """
    array = numbers(x)
    if array.dtype == np.int64:
        return array
    towards = np.trunc(array)
    rounded: Array = towards + np.copysign(np.abs(array - towards) >= 0.5, array)
    return rounded


def sign(x: Columns) -> Array:
    """Return -1, 0 or 1; whole numbers stay whole.

    >>> sign(np.array([-3, 0, 2]))
    array([-1,  0,  1])
    """
    return np.asarray(np.sign(numbers(x)))


def minimum(a: Columns, b: Columns) -> Array:
    """Return the smaller of two numbers, cell by cell.

    >>> minimum(np.array([1, 5]), 3)
    array([1, 3])
    """
    return unsigned_zeros(np.asarray(np.minimum(*_goes_with("minimum", a, b))))


def maximum(a: Columns, b: Columns) -> Array:
    """Return the larger of two numbers, cell by cell.

    >>> maximum(np.array([1, 5]), 3)
    array([3, 5])
    """
    return unsigned_zeros(np.asarray(np.maximum(*_goes_with("maximum", a, b))))


def where(condition: Columns, a: Columns, b: Columns) -> Array:
    """Return a where the condition is true or not 0, else b, cell by cell.

    >>> where(np.array([True, False]), 1, 2)
    array([1, 2])
    """
    return np.asarray(np.where(*_goes_with("where", columns(condition) != 0, columns(a), columns(b))))


@np.errstate(all="ignore")
def power(base: Columns, exponent: Columns) -> Array:
    """Return base to the power of exponent, cell by cell.

    Whole numbers give int64 as long as all results stay below 2^53 and no exponent is negative; otherwise the
    result is float64. A negative base with a fractional exponent gives nan.

    >>> power(np.array([2, -3]), 3), power(10, -2)
    (array([  8, -27]), array([0.01]))
    """
    a, b = _goes_with("power", numbers(base), numbers(exponent))
    estimate = elementary(np.power, a, b)
    if np.result_type(a, b) != np.int64:
        return estimate
    fits = (b >= 0) & (np.abs(estimate) < _EXACT)
    exact: Array = np.power(np.where(fits, a, 0), np.where(fits, b, 0))
    return exact if fits.all() else np.asarray(np.where(fits, exact, estimate))


def case(key: str | int, **options: T) -> T:
    """Return the option with the name `key`, unchanged.

    key: static, a text or a whole number

    Raises ValueError if there is no such option.

    >>> case("same", same=1, valid=0)
    1
    """
    if str(key) not in options:
        raise ValueError(f'case: there is no option "{key}"; the options are {", ".join(options) or "none"}')
    return options[str(key)]


def _goes_with(op: str, *arguments: Columns) -> list[Array]:
    arrays = [columns(argument) for argument in arguments]
    if op != "where":
        arrays = [numbers(array) for array in arrays]
    cell_by_cell(op, *arrays)
    return arrays
