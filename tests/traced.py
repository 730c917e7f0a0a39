"""What a trace of marking must say of an answer: outcome, notes and credit of the step that spoke, and of no other."""

from __future__ import annotations

from fractions import Fraction

from quizgen.marking.outcomes import OUTCOMES, RULES, Rule
from quizgen.marking.trace import Account, Bar, Step

# What a step may give: outcome and rule, as docs/marking-rules.md says.
GIVES = {
    Step.TRUTH: {("correct", Rule.TRUTH)},
    Step.FIGURES: {("correct", Rule.OWN)},
    Step.STEPS: {("correct", Rule.ROUNDED)},
    Step.OWN: {("carried", Rule.OWN), *(("wrong", rule) for rule in (Rule.CONSTANT, Rule.IMPOSSIBLE, Rule.EASY))},
    Step.AGAIN: {("carried", Rule.AGAIN)},
    Step.MISTAKE: {("mistake", Rule.NONE)},
    Step.AS_ASKED: {("correct", Rule.ROUNDED), ("carried", Rule.OWN)},
    Step.REARRANGED: {("mistake", Rule.NONE), ("carried", Rule.AGAIN)},
    Step.SOME_CELLS: {("mistake", Rule.SOME_CELLS)},
    Step.PAIR: {("mistake", Rule.NONE)},
    Step.CELLS: {("partial", Rule.NONE)},
}


def worth(account, problem, answer, credit):
    """The share that the step that spoke earns, from the grader's table; nothing for an answer nobody explains."""
    if account.step is None or account.spoken.outcome == "wrong":
        return Fraction(0)
    if account.spoken.outcome in ("correct", "carried"):
        return Fraction(1) if account.spoken.outcome == "correct" else credit.carried
    if account.step is Step.PAIR:
        return credit.pair
    best = max((counted.credit for counted in account.counts), default=Fraction(0))
    if account.step is Step.CELLS:
        return best
    named = [one for one in account.tries if one.step is account.step and one.agrees and not one.bar]
    mistake = problem.named[named[0].mistakes[0]]
    usual = credit.mistake_in_array if answer.cells else credit.mistake_in_number
    counts = mistake.credit is not None and (credit.declared or mistake.credit == 1)
    declared = mistake.credit if counts else usual
    return max(declared, best) if account.step is Step.SOME_CELLS else declared


def noted(account, problem):
    """The notes that the try that spoke names."""
    if account.step in (None, Step.CELLS):
        return set()
    named = [one for one in account.tries if one.step is account.step and one.agrees and not one.bar]
    return {problem.named[number].note for one in named for number in one.mistakes}


def nothing_held_before(account, said):
    """Whatever was tried before the step that spoke does not agree, or says why it does not count."""
    order = list(Step)
    for one in account.tries:
        if account.step is not None and one.step is not Step.CELLS:
            assert order.index(one.step) <= order.index(account.step) or account.step is Step.CELLS, said
        if one.step is account.step or one.step in (Step.CELLS, Step.SOME_CELLS):
            continue
        assert not one.agrees or one.bar in tuple(Bar), said


def matches(trace, problem, grader, marked, row):
    """Raise AssertionError unless a student's account is what was marked; gives the step that spoke."""
    answer, account = marked.answer, trace.of(marked.answer.name, row)
    outcome, rule = OUTCOMES[marked.outcome[row]], RULES[marked.rule[row]]
    if outcome in ("blank", "unreadable", "not asked"):
        assert account == Account()
        return None
    if account.step is None:
        assert (outcome, rule, marked.note[row]) == ("wrong", Rule.NONE, -1)
    else:
        assert (outcome, rule) == (account.spoken.outcome, account.spoken.rule)
        assert (outcome, rule) in GIVES[account.step]
        notes = {problem.named[i].note for i in (marked.note[row], marked.second[row]) if i >= 0}
        assert noted(account, problem) == notes
    assert account.credit == worth(account, problem, answer, grader.credit) == marked.credit.fraction(row)
    nothing_held_before(account, answer.name)
    return account.step
