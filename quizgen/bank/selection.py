"""Choosing among problems by what earlier exams say of them. A bound leaves out; what is unknown is not held against.

Only a choice (`pick`) can do without a problem. So what is too easy is left out there, and refused by name elsewhere;
what does not discriminate is left out as long as enough others remain. All that remain were comparable before, so they
still are: the rules of fairness hold as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quizgen.bank.blueprint import Blueprint, Entry, Slot
from quizgen.bank.statistics import Figures, Statistics, figures_of
from quizgen.errors import QuizgenError


@dataclass(frozen=True)
class Bounds:
    """What problems should keep to: at most this facility, preferably at least this discrimination."""

    max_facility: float | None = None
    min_discrimination: float | None = None

    def __bool__(self) -> bool:
        return self.max_facility is not None or self.min_discrimination is not None


@dataclass(frozen=True)
class Selected:
    """A blueprint that keeps to bounds, and what is to be told: what was left out, what stays, what is unknown."""

    blueprint: Blueprint
    told: tuple[str, ...]


def selected(blueprint: Blueprint, statistics: Statistics, bounds: Bounds) -> Selected:
    """The blueprint without the problems that its choices can do without; raises QuizgenError where none can."""
    entries: list[Entry] = []
    told: list[str] = []
    for entry in blueprint.questions:
        known = [figures_of(slot, statistics) for slot in entry.of]
        told += [
            f"{slot.problem}: no statistics, it stays" for slot, one in zip(entry.of, known, strict=True) if not one
        ]
        easy = [_too_easy(one, bounds) for one in known]
        if entry.pick is None:
            _refuse_easy(entry.of[0], known[0], bounds)
            told += _weak_but_asked(known[0], bounds)
            entries.append(entry)
            continue
        rest = [place for place, too_easy in enumerate(easy) if not too_easy]
        if len(rest) < entry.pick:
            raise _too_few(entry, known, rest, bounds)
        kept = _discriminating(known, rest, entry.pick, bounds)
        told += [_left_out(known[place], bounds, easy[place]) for place in range(len(known)) if place not in kept]
        told += [line for place in kept for line in _weak_but_asked(known[place], bounds)]
        entries += _narrowed(entry, kept)
    return Selected(blueprint.model_copy(update={"questions": tuple(entries)}), tuple(dict.fromkeys(told)))


def _too_easy(one: Figures | None, bounds: Bounds) -> bool:
    return one is not None and bounds.max_facility is not None and one.facility > bounds.max_facility


def _weak(one: Figures | None, bounds: Bounds) -> bool:
    """Whether a problem is known to discriminate less than wanted."""
    return one is not None and bounds.min_discrimination is not None and one.discrimination < bounds.min_discrimination


def _refuse_easy(slot: Slot, one: Figures | None, bounds: Bounds) -> None:
    if one is not None and _too_easy(one, bounds):
        raise QuizgenError(
            f"'{slot.problem}' is easier than --max-facility {bounds.max_facility:g}: {one.told}",
            where=slot.where,
            hint="Only a choice (pick) can do without a problem. Ask another one, or raise the bound.",
        )


def _too_few(entry: Entry, known: Sequence[Figures | None], rest: Sequence[int], bounds: Bounds) -> QuizgenError:
    easy = ", ".join(f"{one.problem} {one.facility:.2f}" for one in known if one is not None and _too_easy(one, bounds))
    return QuizgenError(
        f"{entry.pick} of {len(entry.of)} problems are to be picked, but only {len(rest)} "
        f"{'keeps' if len(rest) == 1 else 'keep'} to --max-facility {bounds.max_facility:g}; easier: {easy}",
        where=entry.of[0].where,
        hint="Name more problems to pick from, or raise the bound.",
    )


def _discriminating(known: Sequence[Figures | None], rest: Sequence[int], pick: int, bounds: Bounds) -> list[int]:
    """The places that are kept, in order: none that is weak, unless too few were left; then the best of these."""
    weak = {place: one.discrimination for place in rest if (one := known[place]) and _weak(one, bounds)}
    kept = [place for place in rest if place not in weak]
    best = sorted(weak, key=lambda place: -weak[place])
    return sorted(kept + best[: max(0, pick - len(kept))])


def _left_out(one: Figures | None, bounds: Bounds, easy: bool) -> str:
    assert one is not None  # what is unknown is never left out
    bound = (
        f"easier than --max-facility {bounds.max_facility:g}"
        if easy
        else f"below --min-discrimination {bounds.min_discrimination:g}"
    )
    return f"{one.problem}: left out, {bound}: {one.told}"


def _weak_but_asked(one: Figures | None, bounds: Bounds) -> list[str]:
    if one is None or not _weak(one, bounds):
        return []
    return [f"{one.problem}: below --min-discrimination {bounds.min_discrimination:g}, but nothing stands in for it"]


def _narrowed(entry: Entry, kept: Sequence[int]) -> list[Entry]:
    """A choice among what is kept; where nothing is left to choose, each for itself."""
    slots = tuple(entry.of[place] for place in kept)
    if len(slots) == entry.pick:
        return [entry.model_copy(update={"of": (slot,), "pick": None}) for slot in slots]
    return [entry.model_copy(update={"of": slots})]
