"""The fold: correct -> carried -> mistake -> partial -> wrong, for all students of a question at once.

Takes columns (parameters, typed answers) and gives columns; knows no exam and no file. Answers are taken in
dependency order. A student's *own world* is the graph with every earlier asked step replaced by what the student
typed, so that one mistake is paid for once. The rules stand in docs/marking-rules.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations

import numpy as np

from quizgen.answers.agreement import Agreement, agree, apart, fitted, reading
from quizgen.answers.fairness import flattened, leaves_no_work, most_equal, possible
from quizgen.answers.typed import STATES, State, Typed
from quizgen.draw.tellapart import kept, rounding_matters
from quizgen.marking.figures import Figure
from quizgen.marking.outcomes import OUTCOMES, RULES, Marked, Outcome, Rule
from quizgen.marking.shares import Shares
from quizgen.marking.trace import SILENCE, Bar, Cells, Listener, Spoken, Step
from quizgen.problem.grader import Grader
from quizgen.problem.model import Answer, Mistake, Problem
from quizgen.problem.rearrangements import REARRANGEMENTS
from quizgen.world.values import Value, aligned, same_shape
from quizgen.world.worlds import Belief, Params, World, mistaken, world

Charged = dict[str, np.ndarray]  # note -> mask of the students it was charged to

_UNREAD = {
    State.READ: Outcome.WRONG,  # until something explains it
    State.BLANK: Outcome.BLANK,
    State.UNREADABLE: Outcome.UNREADABLE,
    State.NOT_ASKED: Outcome.NOT_ASKED,
}
_EXPLAINED = [OUTCOMES.index(outcome) for outcome in (Outcome.CORRECT, Outcome.CARRIED, Outcome.MISTAKE)]
_FEW = 3  # cells that an array must have at least for a rearrangement of it to say anything
_SEVERAL = 2  # wrong cells that a mistake must explain at least; one alone may be an accident
_AT_FIRST = np.array([OUTCOMES.index(_UNREAD[state]) for state in STATES], dtype=np.uint8)


def mark(
    problem: Problem,
    grader: Grader,
    params: Params,
    typed: Mapping[str, Typed],
    charged: Charged | None = None,
    listener: Listener = SILENCE,
) -> tuple[dict[str, Marked], Charged]:
    """Mark n students on one problem, each with parameters of their own.

    Answers that are marked by hand are left out: see `decided`.

    `params`: the draws, `(..., n)`; `typed`: every answer of the problem, n columns each; `charged`: notes already
    charged elsewhere in the paper; `listener` hears what is tried. Gives the marks of each answer, and all notes
    charged by now.
    """
    fold = _Fold(problem, grader, world(problem, params), dict(charged or {}), listener)
    with np.errstate(over="ignore", invalid="ignore"):  # people type 1e308; it is compared, and wrong
        answers = [answer for answer in problem.answers if not answer.by_hand]
        return {answer.name: fold.mark(answer, typed[answer.name]) for answer in answers}, fold.charged


def decided(answer: Answer, typed: Typed, points: Fraction) -> Marked:
    """What a person gave for an answer: points of so many, or nothing yet."""
    n = typed.value.n
    read, blank = (typed.state == STATES.index(state) for state in (State.READ, State.BLANK))
    outcome, rule = _AT_FIRST[typed.state], np.zeros(n, dtype=np.uint8)
    outcome[read], rule[read] = OUTCOMES.index(Outcome.DECIDED), RULES.index(Rule.HAND)
    rule[blank] = RULES.index(Rule.UNMARKED)
    credit = Shares.of(0, n)
    for given in np.unique(typed.value.cells[read]).tolist():
        rows = read & (typed.value.cells == given)
        share = Fraction(given).limit_denominator(1000) / points if points else Fraction(0)
        credit = credit.put(rows, Shares.of(share, int(rows.sum())))
    none, nobody = np.full(n, -1, dtype=np.int16), np.zeros(0, dtype=np.intp)
    own = typed.value.take(nobody)
    return Marked(answer, outcome, credit, none, none, rule, blank, {}, nobody, own)


@dataclass
class _Fold:
    """What is known about the students while their answers are taken one by one."""

    problem: Problem
    grader: Grader
    truth: World
    charged: Charged
    listener: Listener
    own: World = field(init=False)
    right: dict[str, np.ndarray] = field(default_factory=dict)  # answer -> who had it right
    explained: dict[str, np.ndarray] = field(default_factory=dict)  # answer -> whose work on it is accounted for
    typed: dict[str, np.ndarray] = field(default_factory=dict)  # asked step -> whose own figure stands there
    slipped: dict[str, np.ndarray] = field(default_factory=dict)  # unasked step -> who makes a mistake in it
    figures: dict[str, Figure] = field(default_factory=dict)  # answer -> what was carried on from it

    def __post_init__(self) -> None:
        self.own = self.truth

    def mark(self, answer: Answer, typed: Typed) -> Marked:
        """Mark one answer, then carry on what was typed."""
        judging = _Judging(self, answer, typed)
        for rule in judging.rules:
            if judging.left.any():
                rule()
        judging.partial()
        self.right[answer.name] = judging.has(Outcome.CORRECT)
        self.explained[answer.name] = np.isin(judging.outcome, _EXPLAINED)
        self._charge(judging)
        self._carry(judging)
        return judging.marked()

    def clean(self, answer: Answer) -> np.ndarray:
        """Who had everything right that this answer depends on."""
        clean = np.ones(self.truth.n, dtype=bool)
        for name in self.problem.earlier[answer.name]:
            clean &= self.right[name]
        for step in self.slipped.keys() & (self.problem.graph.above([answer.of]) | {answer.of}):
            clean &= ~self.slipped[step]
        return clean

    def honest(self, answer: Answer) -> np.ndarray:
        """Whose figures that this answer starts from were right, carried or a known mistake: work, in any case."""
        honest = np.ones(self.truth.n, dtype=bool)
        for name in self.problem.nearest[answer.name]:
            honest &= self.explained[name]
        return honest

    def as_asked(self, answer: Answer, rows: np.ndarray) -> tuple[np.ndarray, World]:
        """Who wrote earlier figures in other digits than asked, of some students, and their worlds in those asked."""
        figures = [self.figures[name] for name in self.problem.earlier[answer.name] if name in self.figures]
        loose = np.zeros(len(rows), dtype=bool)
        for figure in figures:
            loose |= figure.differs[rows]
        rows = rows[loose]
        beliefs = [
            Belief(figure.answer.of, figure.as_asked.take(rows), figure.differs[rows])
            for figure in figures
            if rows.size and figure.differs[rows].any()
        ]
        return rows, self.own.take(rows).believing(*beliefs)

    def slips(self, answer: Answer) -> Iterator[tuple[int, Mistake]]:
        """The mistakes that can change an answer, with their numbers."""
        for number, mistake in enumerate(self.problem.mistakes):
            if answer.of in self.problem.touched[mistake.id]:
                yield number, mistake

    def slipping(self, own: World, rows: np.ndarray, *mistakes: Mistake) -> World:
        """The own worlds of some students with mistakes made in them, wherever no figure of theirs stands."""
        beliefs = []
        for belief in (belief for mistake in mistakes for belief in mistaken(mistake)):
            stands = self.typed.get(belief.step)
            beliefs.append(belief if stands is None else Belief(belief.step, belief.by, ~stands[rows]))
        return own.believing(*beliefs)

    def _charge(self, judging: _Judging) -> None:
        """Charge the notes of recognised mistakes; what nobody was asked for stays replaced."""
        beliefs: list[Belief] = []
        named = judging.has(Outcome.MISTAKE)
        for number in np.unique([judging.note[named], judging.second[named]]):
            if number < 0:
                continue
            mistake = self.problem.named[number]
            rows = named & ((judging.note == number) | (judging.second == number))
            self.charged[mistake.note] = self.charged.get(mistake.note, False) | rows
            rows = rows & (judging.rule != RULES.index(Rule.SOME_CELLS))  # their other cells are without it
            unasked = [step for step in mistake.steps if step not in self.problem.asked]
            for step in unasked:
                self.slipped[step] = self.slipped.get(step, False) | rows
            beliefs += mistaken(mistake, rows, unasked)
        self.own = self.own.believing(*beliefs)

    def _carry(self, judging: _Judging) -> None:
        """Let later answers be judged from what was typed; blank cells keep what the own world has there."""
        answer, value, rows = judging.answer, judging.value, judging.believable
        self.typed[answer.of] = rows
        if not answer.carry or not rows.any() or not self.problem.graph.below(frozenset([answer.of])):
            return
        if np.isnan(value.cells).any():
            own = self.own.value(answer.of, answer.step_axes)
            typed, computed = aligned(value, own)
            gaps = np.isnan(typed) & same_shape(value, own)
            value = Value(np.where(gaps, computed, typed), value.shape)
        agreeing = judging.has(Outcome.CORRECT) | judging.has(Outcome.CARRIED)
        by_truth = judging.rule == RULES.index(Rule.TRUTH)
        self.figures[answer.name] = Figure(answer, judging.asks, value, rows, agreeing, by_truth, self.truth, self.own)
        self.own = self.own.believing(Belief(answer.of, value, None if rows.all() else rows))


class _Judging:
    """One answer while it is marked; `left` are the students whose answer nothing has explained so far."""

    def __init__(self, fold: _Fold, answer: Answer, typed: Typed) -> None:
        n = typed.value.n
        self.fold, self.answer = fold, answer
        self.value = Value(typed.value.cells, typed.value.shape.copy())  # a smaller shape is found out on the way
        self.credits = fold.grader.credit
        self.tolerance = answer.tolerance(fold.grader.tolerance)
        self.asks = answer.ask or self.tolerance
        self.rounds = rounding_matters(fold.problem, answer, self.tolerance)
        self.truth = fold.truth.value(answer.of, answer.step_axes)
        self.outcome = _AT_FIRST[typed.state]
        self.left = typed.state == STATES.index(State.READ)
        self.possible = np.zeros(n, dtype=bool)
        self.dead = np.zeros(n, dtype=bool)  # whose own world leaves no work to do: nothing in it earns credit
        self.turned = np.zeros(n, dtype=bool)  # rows and columns exchanged: nobody could go on with such a shape
        self.credit = self.partly = Shares.of(0, n)
        self.note, self.second = np.full((2, n), -1, dtype=np.int16)
        self.rule = np.zeros(n, dtype=np.uint8)
        self.review = np.zeros(n, dtype=bool)
        self.candidates: dict[int, tuple[int, ...]] = {}
        self.tried: dict[int, tuple[Agreement, Value]] = {}  # mistake -> how it agrees, and its value, in tried_rows
        self.tried_rows = np.zeros(0, dtype=np.intp)
        self.own_rows, self.own = np.zeros(0, dtype=np.intp), self.truth.take(np.zeros(0, dtype=np.intp))

    @property
    def rules(self) -> tuple[Callable[[], None], ...]:
        """What is tried on those whom nothing explained so far, in this order."""
        return (
            self.correct,
            self.carried,
            self.made_again,
            self.mistakes,
            self.as_asked,
            self.rearranged,
            self.in_some_cells,
            self.pairs,
        )

    def correct(self) -> None:
        """Agrees with the truth, or with own figures that are all right, or with the truth in rounded steps."""
        everyone = agree(self.value, self.truth, self.tolerance)
        self._tell(Step.TRUTH, np.arange(len(self.left)), self.truth, everyone)
        self._settle(Step.TRUTH, self.left & everyone.whole, Outcome.CORRECT, Fraction(1), Rule.TRUTH)
        rows = np.flatnonzero(self.left)
        if not rows.size:
            return
        clean = np.flatnonzero(self.left & self.fold.clean(self.answer))
        if clean.size and self.fold.problem.earlier[self.answer.name]:
            found = self._agreement(Step.FIGURES, self.fold.own.take(clean), clean)
            self._settle(Step.FIGURES, self._mask(clean[found.whole]), Outcome.CORRECT, Fraction(1), Rule.OWN)
        rows = np.flatnonzero(self.left)
        if self.rounds and rows.size:
            rounded = self._rounded(self.fold.truth.take(rows))
            found = agree(self.value.take(rows), rounded, self.tolerance)
            self._tell(Step.STEPS, rows, rounded, found, rounded=True)
            self._settle(Step.STEPS, self._mask(rows[found.whole]), Outcome.CORRECT, Fraction(1), Rule.ROUNDED)

    def carried(self) -> None:
        """Agrees with the own world, if that is a possible value and still asks for work."""
        rows = self.own_rows = np.flatnonzero(self.left)
        own = self.fold.own.take(rows)
        value = self.own = own.value(self.answer.of, self.answer.step_axes)
        found = self._agreement(Step.OWN, own, rows)
        typed, truth = self.value.take(rows), self.truth.take(rows)
        flat = flattened(typed, truth) if self.answer.cells else np.zeros(len(rows), dtype=bool)
        honest = self.fold.honest(self.answer)[rows]
        fits = possible(self.answer, typed, value)
        easy = self.dead[rows] = leaves_no_work(self.answer, value, truth) & ~honest
        self.possible[rows] = fits & ~flat
        self.review[rows] = found.whole & easy & ~flat
        empty = flat & ~(found.whole & honest)
        self._settle(Step.OWN, self._mask(rows[empty]), Outcome.WRONG, Fraction(0), Rule.CONSTANT)
        self._settle(Step.OWN, self._mask(rows[found.whole & ~fits]), Outcome.WRONG, Fraction(0), Rule.IMPOSSIBLE)
        self._settle(Step.OWN, self._mask(rows[found.whole & easy]), Outcome.WRONG, Fraction(0), Rule.EASY)
        self._settle(Step.OWN, self._mask(rows[found.whole]), Outcome.CARRIED, self.credits.carried, Rule.OWN)

    def made_again(self) -> None:
        """Agrees with the own world in which a mistake already charged is made again."""
        for number, mistake in self.fold.slips(self.answer):
            charged = self.fold.charged.get(mistake.note)
            rows = np.flatnonzero(self._open() & charged) if charged is not None else self.own_rows[:0]
            if rows.size:
                own = self.fold.slipping(self.fold.own.take(rows), rows, mistake)
                found = self._agreement(Step.AGAIN, own, rows, number)
                self.note[rows[found.whole]] = number
                self._settle(
                    Step.AGAIN, self._mask(rows[found.whole]), Outcome.CARRIED, self.credits.carried, Rule.AGAIN
                )

    def mistakes(self) -> None:
        """Exactly one note explains the whole answer."""
        rows = np.flatnonzero(self._open())
        own = self.fold.own.take(rows)
        slips = list(self.fold.slips(self.answer))
        matches = np.zeros((len(slips), len(rows)), dtype=bool)
        for i, (number, mistake) in enumerate(slips):
            slipping = self.fold.slipping(own, rows, mistake)
            found = self._agreement(Step.MISTAKE, slipping, rows, number)
            self.tried[number] = found, slipping.value(self.answer.of, self.answer.step_axes)
            matches[i] = found.whole
        self.tried_rows = rows
        self._name(Step.MISTAKE, rows, matches, [(number, -1) for number, _ in slips])

    def as_asked(self) -> None:
        """Agrees with an own world in which figures are rounded as asked, where they were typed or judged otherwise.

        Earlier figures, if they were typed in other digits; and unasked steps, if the problem has its own `within`.
        Telling apart makes no room for this, so mistakes come first.
        """
        rows = np.flatnonzero(self._open() & self.possible & ~self._has_candidates())
        if not rows.size:
            return
        loose, own = self.fold.as_asked(self.answer, rows)
        found = self._mask(loose[self._agreement(Step.AS_ASKED, own, loose).whole] if loose.size else loose)
        if not self.rounds and rounding_matters(self.fold.problem, self.answer, self.asks):
            for some, worlds in ((rows, self.fold.own.take(rows)), (loose, own)):
                if some.size:
                    rounded = worlds.rounded(self.asks, kept(self.fold.problem))
                    found |= self._mask(some[self._agreement(Step.AS_ASKED, rounded, some).whole])
        self._settle(Step.AS_ASKED, found & self.fold.clean(self.answer), Outcome.CORRECT, Fraction(1), Rule.ROUNDED)
        self._settle(Step.AS_ASKED, found, Outcome.CARRIED, self.credits.carried, Rule.OWN)

    def rearranged(self) -> None:
        """One rearrangement of what the own figures give, and no other, explains a whole array."""
        rows = np.flatnonzero(self._open() & ~self._has_candidates())
        if not self.answer.cells or not rows.size:
            return
        for same in _of_one_shape(self.fold.own.take(rows).value(self.answer.of, self.answer.step_axes)):
            self._rearranged(rows[same])

    def _rearranged(self, rows: np.ndarray) -> None:
        """The same for students whose own values have one shape."""
        own = self.fold.own.take(rows)
        value = own.value(self.answer.of, self.answer.step_axes)
        typed, named = self.value.take(rows), self.fold.problem.named
        for note, other in rearrangements(value):
            number = max(number for number, mistake in enumerate(named) if mistake.id == note)
            found, fits = agree(typed, other, self.tolerance), possible(self.answer, typed, other)
            self._tell(Step.REARRANGED, rows, other, found, number, asked=self.left[rows])
            self._bar(Step.REARRANGED, rows[found.whole & ~fits], Bar.IMPOSSIBLE, number)
            some = np.flatnonzero(found.whole & fits & self.left[rows])
            if not some.size:
                continue
            alone = self._stands_alone(own.take(some), rows[some], note, other.take(some))
            self._bar(Step.REARRANGED, rows[some[~alone]], Bar.AMBIGUOUS, number)
            some = some[alone]
            mine = self._mask(rows[some])
            self.note[mine] = number
            self.turned[rows[some]] = ~same_shape(typed, value)[some]
            again = mine & self.fold.charged.get(note, np.zeros(len(mine), dtype=bool))
            self._settle(Step.REARRANGED, again, Outcome.CARRIED, self.credits.carried, Rule.AGAIN)
            self._settle(Step.REARRANGED, mine, Outcome.MISTAKE, self.credits.mistake_in_array, Rule.NONE)

    def _stands_alone(self, own: World, rows: np.ndarray, note: str, value: Value) -> np.ndarray:
        """Mask of those in whose variants a rearranged value cannot be taken for anything else."""
        mine = reading(value, None, self.tolerance)
        plain = own.value(self.answer.of, self.answer.step_axes)
        alone = apart(mine, reading(plain, None, self.tolerance))
        alone &= apart(mine, reading(self.truth.take(rows), None, self.tolerance))
        others = [other for name, other in rearrangements(plain) if name != note]
        for _, mistake in self.fold.slips(self.answer):
            slipping = self.fold.slipping(own, rows, mistake)
            others.append(slipping.value(self.answer.of, self.answer.step_axes))
        for other in others:
            against = reading(other, None, self.tolerance)
            alone &= apart(mine, against) | ~against.exists
        return alone

    def in_some_cells(self) -> None:
        """Each cell agrees with the own world or, two at least, with one mistake's, and no other note would do.

        On the way the right cells are counted, in the best of the worlds.
        """
        rows = np.flatnonzero(self.left & ~self._has_candidates())
        if not self.answer.cells or not rows.size:
            return
        truth = self.truth.take(rows)
        self._count_cells(rows, agree(self.value.take(rows), truth, self.tolerance), truth, self.credits.cells)
        rows = rows[~self.dead[rows]]
        own = self.fold.own.take(rows)
        value, found = own.value(self.answer.of, self.answer.step_axes), self._agreement(Step.CELLS, own, rows)
        self._count_cells(rows, found, value, self.credits.cells)
        typed, axes = self.value.take(rows), tuple(range(self.answer.axes))
        wrong = typed.inside & ~found.cells
        several = same_shape(typed, value) & found.cells.any(axis=axes) & (wrong.sum(axis=axes) >= _SEVERAL)
        slips = list(self.fold.slips(self.answer))
        matches = np.zeros((len(slips), len(rows)), dtype=bool)
        place = np.searchsorted(self.tried_rows, rows)  # nothing has changed for these since
        for i, (number, mistake) in enumerate(slips):
            agreement, other = self.tried[number]
            found, value = agreement.take(place), other.take(place)
            matches[i] = several & (found.cells | ~wrong).all(axis=axes)
            self._count_cells(rows, found, value, min(self.credits.cells, self._worth(mistake)), number)
            explained = Agreement(found.cells, matches[i])
            self._tell(Step.SOME_CELLS, rows, value, explained, number, asked=matches[i])
        self._name_in_cells(rows, slips, matches)

    def _name_in_cells(self, rows: np.ndarray, slips: list[tuple[int, Mistake]], matches: np.ndarray) -> None:
        """Give each student the one note that explains all wrong cells; its worth, or that of the right cells."""
        notes = np.array([mistake.note for _, mistake in slips])
        explanations = sum((matches[notes == note].any(axis=0) for note in set(notes)), np.zeros(len(rows), dtype=int))
        for (number, mistake), match in zip(slips, matches, strict=True):
            self._bar(Step.SOME_CELLS, rows[match & (explanations > 1)], Bar.SEVERAL, number)
            mine = rows[match & (explanations == 1)]
            mine = mine[self.left[mine]]
            self.note[mine] = number
            self._settle(Step.SOME_CELLS, self._mask(mine), Outcome.MISTAKE, self._worth(mistake), Rule.SOME_CELLS)
            better = mine[self.partly.floats[mine] > float(self._worth(mistake))]
            self._earn(better)

    def pairs(self) -> None:
        """Exactly one pair of mistakes on different steps, neither charged yet, explains a whole array."""
        if not self.answer.cells:
            return
        rows = np.flatnonzero(self._open())
        own = self.fold.own.take(rows)
        mistakes = self.fold.problem.mistakes
        pairs = [
            (a, b)
            for (a, first), (b, second) in combinations(self.fold.slips(self.answer), 2)
            if first.note != second.note and not first.steps.keys() & second.steps.keys()
        ]
        matches = np.zeros((len(pairs), len(rows)), dtype=bool)
        for i, pair in enumerate(pairs):
            both = [mistakes[number] for number in pair]
            matches[i] = self._agreement(Step.PAIR, self.fold.slipping(own, rows, *both), rows, *pair).whole
            for charged in (self.fold.charged.get(mistake.note) for mistake in both):
                self._bar(
                    Step.PAIR, rows[:0] if charged is None else rows[matches[i] & charged[rows]], Bar.CHARGED, *pair
                )
                matches[i] &= True if charged is None else ~charged[rows]
        self._name(Step.PAIR, rows, matches, pairs)

    def partial(self) -> None:
        """Some cells of an array agree with the best of the worlds tried."""
        rows = self.left & (self.partly.top > 0) & ~self._has_candidates()
        self._settle(Step.CELLS, rows, Outcome.PARTIAL, Fraction(0), Rule.NONE)
        self._earn(np.flatnonzero(rows))

    def _has_candidates(self) -> np.ndarray:
        """Mask of those whose answer several notes would explain."""
        return self._mask(np.fromiter(self.candidates, dtype=np.intp, count=len(self.candidates)))

    def _open(self) -> np.ndarray:
        """Mask of the students whose answer may still be explained from their own world."""
        result: np.ndarray = self.left & ~self.dead
        return result

    def has(self, outcome: Outcome) -> np.ndarray:
        """Mask of the students with an outcome."""
        result: np.ndarray = self.outcome == OUTCOMES.index(outcome)
        return result

    @property
    def believable(self) -> np.ndarray:
        """Whose answer is carried on: right or explained, or at least possible; in a shape to go on with."""
        result: np.ndarray = (self.possible | np.isin(self.outcome, _EXPLAINED)) & ~self.turned
        return result

    def marked(self) -> Marked:
        """The marks of this answer."""
        return Marked(
            self.answer,
            self.outcome,
            self.credit,
            self.note,
            self.second,
            self.rule,
            self.review,
            self.candidates,
            self.own_rows,
            self.own,
        )

    def _name(self, step: Step, rows: np.ndarray, matches: np.ndarray, names: list[tuple[int, int]]) -> None:
        """Give each student the one explanation there is; list the candidates where there are several."""
        mistakes = self.fold.problem.mistakes
        notes = [frozenset(mistakes[number].note for number in name if number >= 0) for name in names]
        explanations = np.zeros(len(rows), dtype=int)
        for note in set(notes):
            explanations += matches[[note == other for other in notes]].any(axis=0)
        for name, match in zip(names, matches, strict=True):
            mine = rows[match & (explanations == 1)]
            mine = mine[self.left[mine]]
            self.note[mine], self.second[mine] = name
            share = self._worth(mistakes[name[0]]) if name[1] < 0 else self.credits.pair
            several = rows[match & (explanations > 1)]
            self._bar(step, several, Bar.SEVERAL, *(number for number in name if number >= 0))
            self._settle(step, self._mask(mine), Outcome.MISTAKE, share, Rule.NONE)
        for column in np.flatnonzero(explanations > 1):
            found = {number for i in np.flatnonzero(matches[:, column]) for number in names[i] if number >= 0}
            self.candidates[int(rows[column])] = tuple(sorted(found))

    def _worth(self, mistake: Mistake) -> Fraction:
        """What a recognised mistake still earns in this answer; a convention (credit 1) always does."""
        return self.credits.of_mistake(mistake.credit, in_array=self.answer.cells)

    def _settle(self, step: Step, rows: np.ndarray, outcome: Outcome, share: Fraction, rule: Rule) -> None:
        """Give an outcome to those of some students who still wait for one."""
        rows = rows & self.left
        if rows.any():
            self.outcome[rows] = OUTCOMES.index(outcome)
            self.rule[rows] = RULES.index(rule)
            self.credit = self.credit.put(rows, Shares.of(share, int(rows.sum())))
            self.left &= ~rows
            if self.fold.listener is not SILENCE:
                self.fold.listener.spoke(self.answer.name, step, np.flatnonzero(rows), Spoken(outcome, share, rule))

    def _earn(self, rows: np.ndarray) -> None:
        """Give some students, by number, what their right cells earn."""
        earned = self.partly.take(rows)
        self.credit = self.credit.put(rows, earned)
        self.fold.listener.earned(self.answer.name, rows, earned)

    def _tell(
        self,
        step: Step,
        rows: np.ndarray,
        value: Value,
        found: Agreement,
        *mistakes: int,
        rounded: bool = False,
        asked: np.ndarray | None = None,
    ) -> None:
        """Let the listener hear what some answers were held against; `asked`: mask of those of whom it is asked."""
        if self.fold.listener is SILENCE:
            return
        some = np.flatnonzero(self.left[rows] if asked is None else asked)
        told = (rows[some], value.take(some), found.take(some), mistakes)
        self.fold.listener.tried(self.answer.name, step, *told, rounded=rounded)

    def _bar(self, step: Step, rows: np.ndarray, bar: Bar, *mistakes: int) -> None:
        """Let the listener hear that what agrees does not count for some students."""
        if rows.size:
            self.fold.listener.barred(self.answer.name, step, rows, bar, mistakes)

    def _agreement(self, step: Step, worlds: World, rows: np.ndarray, *mistakes: int) -> Agreement:
        """How the answers of some students agree with worlds of theirs, exact or in rounded steps."""
        value = worlds.value(self.answer.of, self.answer.step_axes)
        typed = fitted(self.value.take(rows), value)
        found = agree(typed, value, self.tolerance)
        self._tell(step, rows, value, found, *mistakes)
        if self.rounds and not found.whole.all():
            rounded = self._rounded(worlds)
            closer = agree(typed, rounded, self.tolerance)
            self._tell(step, rows, rounded, closer, *mistakes, rounded=True, asked=self.left[rows] & ~found.whole)
            found = found | closer
        self.value.shape[:, rows[found.whole]] = typed.shape[:, found.whole]
        return found

    def _rounded(self, worlds: World) -> Value:
        """The answer computed from steps that were rounded to the figures asked."""
        return worlds.rounded(self.tolerance, kept(self.fold.problem)).value(self.answer.of, self.answer.step_axes)

    def _count_cells(self, rows: np.ndarray, found: Agreement, expected: Value, most: Fraction, *mistakes: int) -> None:
        """Remember the best share of right cells, beyond what one constant would get right."""
        if not self.answer.cells or not most or not rows.size:
            return
        axes = tuple(range(self.answer.axes))
        typed = self.value.take(rows)
        right, free = found.cells.sum(axis=axes), most_equal(expected)
        total = expected.inside.sum(axis=axes)
        earns = same_shape(typed, expected) & (right > free) & self.left[rows]
        if earns.any():  # a constant may be right within the tolerance where the right numbers are not quite equal
            agreeing = Value(np.where(found.cells, typed.cells, np.nan), typed.shape).take(np.flatnonzero(earns))
            free[earns] = np.maximum(free[earns], most_equal(agreeing))
            earns &= right > free
        shares = Shares.ratio((right - free)[earns], (total - free)[earns]).times(most)
        told = Cells(right[earns], free[earns], total[earns], shares)
        self.fold.listener.counted(self.answer.name, rows[earns], told, mistakes)
        better = shares.floats > self.partly.floats[rows[earns]]
        self.partly = self.partly.put(rows[earns][better], shares.take(better))

    def _mask(self, rows: np.ndarray) -> np.ndarray:
        """Numbers of students as a mask over all."""
        mask = np.zeros(len(self.left), dtype=bool)
        mask[rows] = True
        return mask


def rearrangements(value: Value) -> Iterator[tuple[str, Value]]:
    """Every rearrangement of arrays that all have one shape: its note, and what it makes of them."""
    for note, axes, rearrange in REARRANGEMENTS:
        if value.axes >= axes:
            yield note, Value.dense(rearrange(value.cells))


def _of_one_shape(value: Value) -> Iterator[np.ndarray]:
    """The numbers of the columns that share a shape, shape by shape, but for shapes too small to be rearranged."""
    shapes, of_column = np.unique(value.shape, axis=1, return_inverse=True)
    for i, shape in enumerate(shapes.T):
        if (shape > 0).all() and shape.prod() >= _FEW:
            yield np.flatnonzero(of_column.ravel() == i)
