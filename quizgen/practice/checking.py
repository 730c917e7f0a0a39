"""What a page needs to tell right from wrong, and a mistake by its numbers: intervals for every variant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from quizgen.answers.agreement import agree, identical, reading
from quizgen.booklets import Section
from quizgen.draw.tellapart import kept, rounding_matters
from quizgen.language.tolerance import Tolerance, parse_tolerance
from quizgen.problem.grader import Grader
from quizgen.problem.kinds import TOLERANT
from quizgen.problem.model import Answer, Problem
from quizgen.problem.rearrangements import REARRANGEMENTS, SAID
from quizgen.world.values import Value, crop
from quizgen.world.worlds import Belief, Params, World, mistaken, world

Check = dict[str, object]  # as JSON, for practice.js
_CELLS = (*TOLERANT, "shape")  # kinds that are numbers, each within an interval
_EXACT = parse_tolerance("exact")
_FEW = 3  # cells that an array must have at least for a rearrangement of it to say anything


def checks(problem: Problem, params: Params, grader: Grader, sections: list[Section]) -> list[dict[str, Check]]:
    """For every variant: the column of an answer -> how it is checked.

    A mistake's numbers are those of somebody who makes it and is right otherwise; at answers below the first one that
    it spoils they are its consequence.
    """
    truth = world(problem, params)
    found: list[dict[str, Check]] = [{} for _ in range(truth.n)]
    for answer in problem.answers:
        right = truth.value(answer.of, answer.step_axes)
        tolerance = _tolerance(answer, grader)
        told = _mistakes(problem, truth, answer, right, grader)
        others = _with_rounded(problem, truth, answer, grader)
        for i, section in enumerate(sections):
            shown = next(one for one in section.right if one.name == section.field(answer.name).name)
            check = _check(answer, right.column(i), tolerance) | {"says": shown.text}
            if others:
                check["also"] = [_check(answer, other.column(i), tolerance) for other in others]
            mistakes = [] if check["kind"] == "own" else list(told[i])
            found[i][shown.name] = check | {"mistakes": mistakes}
    return found


def _tolerance(answer: Answer, grader: Grader) -> Tolerance | None:
    """How exactly an answer is held against; None for what is no number."""
    return answer.tolerance(grader.tolerance) if answer.kind in _CELLS else None


def _with_rounded(problem: Problem, truth: World, answer: Answer, grader: Grader) -> list[Value]:
    """What somebody gets who goes on with rounded figures: of steps on the way, or of the answers before this one."""
    tolerance = _tolerance(answer, grader)
    if tolerance is None or tolerance.is_exact:
        return []
    worlds = []
    if rounding_matters(problem, answer, tolerance):
        worlds.append(truth.rounded(tolerance, kept(problem)))
    beliefs = [
        _written(truth, other, grader) for other in problem.answers if other.of in problem.graph.above([answer.of])
    ]
    if held := [belief for belief in beliefs if belief is not None]:
        worlds.append(truth.believing(*held))
    return [world.value(answer.of, answer.step_axes) for world in worlds]


def _written(truth: World, answer: Answer, grader: Grader) -> Belief | None:
    """An answer's step as it is written down, in the digits asked; None where nothing is rounded."""
    tolerance = answer.ask or _tolerance(answer, grader)
    if tolerance is None or tolerance.is_exact or answer.kind not in TOLERANT:
        return None
    value = truth.value(answer.of, answer.step_axes)
    return Belief(answer.of, replace(value, cells=tolerance.rounded(value.cells)))


def _check(answer: Answer, cells: np.ndarray, tolerance: Tolerance | None) -> Check:
    """One value of an answer as the page compares it."""
    if tolerance is not None:
        numbers = np.asarray(cells, dtype=float)
        reach = tolerance.reach(numbers)
        low, high = (np.ravel(part).tolist() for part in (numbers - reach, numbers + reach))
        return {"kind": "cells", "shape": list(numbers.shape), "low": low, "high": high}
    if answer.kind == "choice":
        return {"kind": "choice", "option": answer.options[int(cells) - 1]}
    if answer.kind == "location":
        return {"kind": "place", "places": (np.argwhere(cells > 0) + answer.first).tolist()}
    return {"kind": "own"}  # a formula, or words: whoever wrote them compares them


def _mistakes(problem: Problem, truth: World, answer: Answer, right: Value, grader: Grader) -> list[list[Check]]:
    """For every variant what each mistake makes of an answer, where that differs from what is right."""
    found: list[list[Check]] = [[] for _ in range(truth.n)]
    place, tolerance = problem.answers.index(answer), _tolerance(answer, grader)
    for mistake in problem.mistakes:
        if answer.of not in problem.touched[mistake.id]:
            continue
        slipping = truth.believing(*mistaken(mistake))
        value = slipping.value(answer.of, answer.step_axes)
        begun = np.zeros(truth.n, dtype=bool)
        for earlier in problem.answers[:place]:
            begun |= _differs(slipping, truth, earlier, grader)
        for i in np.flatnonzero(_differs(slipping, truth, answer, grader)).tolist():
            if (wrong := _wrong(answer, value.column(i), right.column(i), tolerance)) is not None:
                found[i].append(wrong | {"says": mistake.says, "later": bool(begun[i])})
    for i, own in enumerate(found):
        own.sort(key=lambda wrong: bool(wrong["later"]))  # what begins here explains more than what follows
        own += [dict(wrong) for wrong in _rearranged(answer, right.column(i), tolerance)]
    return found


def _differs(slipping: World, truth: World, answer: Answer, grader: Grader) -> np.ndarray:
    """Mask of the variants in which a mistake makes an answer wrong, and not merely another right one."""
    wrong, right = (world.value(answer.of, answer.step_axes) for world in (slipping, truth))
    tolerance = _tolerance(answer, grader)
    if tolerance is not None:
        return ~agree(wrong, right, tolerance).whole
    return ~identical(*(reading(value, None, _EXACT, answer.kind == "location") for value in (wrong, right)))


def _wrong(answer: Answer, cells: np.ndarray, right: np.ndarray, tolerance: Tolerance | None) -> Check | None:
    """A mistake's value as the page compares it; None where it is no value, or could be right."""
    if not np.isfinite(np.asarray(cells, dtype=float)).all() or not np.size(cells):
        return None
    if answer.kind == "choice" and not 1 <= int(cells) <= len(answer.options):
        return None
    if answer.kind != "location":
        return _check(answer, cells, tolerance)
    places = np.zeros(np.maximum(cells.shape, right.shape), dtype=bool)
    places[crop(cells.shape)] = cells > 0
    places[crop(right.shape)] &= ~(right > 0)
    return _check(answer, places, tolerance) if places.any() else None


def _rearranged(answer: Answer, right: np.ndarray, tolerance: Tolerance | None) -> Iterator[Mapping[str, object]]:
    """The right array turned round, mirrored and negated, where that makes another one."""
    if tolerance is None or not answer.cells or right.size < _FEW:
        return
    for note, axes, rearrange in REARRANGEMENTS:
        if right.ndim >= axes:
            cells = rearrange(right[..., None])[..., 0]
            if cells.shape != right.shape or (cells != right).any():
                yield _check(answer, cells, tolerance) | {"says": SAID[note][1], "later": False}
