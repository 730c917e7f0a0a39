"""What is asked, in the words of a language: what kind of thing, and how exactly."""

from __future__ import annotations

from quizgen.language.tolerance import Rule, Tolerance
from quizgen.problem.kinds import KINDS, Asked
from quizgen.render.numbers import exact
from quizgen.render.words import Wording


def asked_for(asked: Asked, words: Wording) -> str:
    """What a student is told to write, as in `a matrix, 2 decimals`.

    >>> from quizgen.language.tolerance import parse_tolerance
    >>> from quizgen.render.words import words_of
    >>> asked_for(Asked("vector", parse_tolerance("1 decimal")), words_of("fr"))
    'un vecteur, 1 décimale'
    """
    kind = words.say(
        f"kind-{asked.kind.replace(' ', '-')}",
        example=KINDS[asked.kind].how,
        options=", ".join(asked.options),
        first=asked.first,
        symbols=", ".join(asked.symbols),
    )
    precision = _precision(asked, words)
    return words.say("asked-with", kind=kind, precision=precision) if precision else kind


def _precision(asked: Asked, words: Wording) -> str:
    """How exactly; nothing where the kind says it."""
    if asked.exactly is None:
        return ""
    if not asked.exactly.is_exact:
        return said_tolerance(asked.exactly, words)
    if asked.whole:
        return words.say("whole-numbers") if KINDS[asked.kind].axes else ""
    return words.say("exactly")


def said_tolerance(tolerance: Tolerance, words: Wording) -> str:
    """A tolerance in words: `3 figures or within 0.0005`."""
    return words.listed([_said_rule(rule, words) for rule in tolerance.rules], joined="or")


def _said_rule(rule: Rule, words: Wording) -> str:
    match rule.unit:
        case "figures" | "decimals":
            return words.say(rule.unit, n=int(rule.amount))
        case "relative":
            return words.say("within-percent", amount=exact(round(100 * rule.amount, 12)))
        case "absolute":
            return words.say("within-amount", amount=exact(rule.amount))
    return words.say("exactly")
