"""One answer of one student in words: what was asked, typed and read, what marking tried, and what it came to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import groupby

import numpy as np

from quizgen.answers.reading import BLANK, NOT_ASKED, READ
from quizgen.dossier.case import Case
from quizgen.dossier.history import History
from quizgen.dossier.model import AnswerShown, Numbers, Shown, Tried, Verbatim
from quizgen.exam.model import Question, heading_of
from quizgen.grading import NOT_LOWERED, Part
from quizgen.marking.outcomes import OUTCOMES, Outcome, Rule
from quizgen.marking.trace import Account, Counted, Step, Try
from quizgen.problem.kinds import TOLERANT
from quizgen.problem.model import Answer, Mistake
from quizgen.render.asking import said_tolerance
from quizgen.render.numbers import worked
from quizgen.render.spelled import spelled
from quizgen.render.values import read_texts
from quizgen.render.words import Wording, number
from quizgen.submissions.sheet import Column

MOST_TEXT = 2_000  # characters of a typed text that are shown
MOST_CELLS = 144  # cells of a value that are shown
MOST_PLACES = 6  # cells that are named one by one
_FIGURES = 6  # of numbers in a grid
_TOGETHER = (Step.PAIR, Step.REARRANGED)  # of which those that differ are told in one line
_NO_WORK = {Rule.EASY: "easy", Rule.IMPOSSIBLE: "impossible", Rule.CONSTANT: "constant"}


class Answers:
    """Shows answers of one case; `words` are those of the student's language, `asked` how each answer was asked."""

    def __init__(self, case: Case, history: History, words: Wording, asked: Mapping[str, str]) -> None:
        self.case, self.history, self.words, self.say, self.asked = case, history, words, words.say, asked

    def shown(self, part: Part, question: Question) -> AnswerShown:
        """One answer; `question` is the same one with texts in the student's language."""
        outcome = OUTCOMES[part.marked.outcome[0]]
        worth = part.worth.fraction(0)
        account = self.case.traces[part.question.name].of(part.answer.name, 0)
        mistakes = question.problem.named
        return AnswerShown(
            name=heading_of(question.name, part.answer.name),
            kind=str(outcome),
            outcome=self.say(f"outcome-{str(outcome).replace(' ', '-')}"),
            points=self.say("dossier-of", points=near(part.points.fraction(0)), worth=number(worth)),
            facts=tuple(self._facts(part, question)),
            tried=tuple(self._tried(part, account, mistakes)),
            concluded=tuple(self._concluded(part, account, mistakes)),
            reckoned=self._reckoned(part, worth),
        )

    def _facts(self, part: Part, question: Question) -> Iterator[tuple[str, tuple[Shown, ...]]]:
        """What was asked, typed, read, and what is right."""
        say, answer = self.say, part.answer
        yield say("dossier-asked"), (self.asked[answer.name],)
        yield say("dossier-typed"), tuple(self._typed(part))
        if read := tuple(self._read(part)) if part.arrays.state[0] == READ and not answer.by_hand else ():
            yield say("dossier-read"), read
        if part.arrays.why[0]:
            yield say("dossier-why"), (str(part.arrays.why[0]),)
        if not answer.by_hand:
            cells = part.question.expected[answer.name].column(self.case.variant(part.question) - 1)
            yield say("dossier-right"), (_value(question.problem.named, answer, cells), *self._within(answer))

    def _within(self, answer: Answer) -> tuple[Shown, ...]:
        """How near to it an answer must be."""
        if answer.kind not in TOLERANT:
            return ()
        return (said_tolerance(answer.tolerance(self.case.grader.tolerance), self.words),)

    def _typed(self, part: Part) -> Iterator[Shown]:
        """What was typed, cell by cell where it was, with file, line and column."""
        own = (part.question.name, part.answer.name)
        filled: dict[Column, str] = {
            column: text
            for column, texts in sorted(self.case.row.texts.items())
            if column[:2] == own and (text := texts[0].as_py())
        }
        if not filled:
            yield self.say("dossier-nothing")
            return
        cells = {column[2]: text for column, text in filled.items() if column[2]}
        for column, text in filled.items():
            if not column[2]:
                yield Verbatim(_cut(text))
        if cells:
            yield _grid_of(cells)
        for place, columns in groupby(filled, key=lambda column: self._place(column, filled[column])):
            some = [heading_of(*column) for column in columns]
            named = some[0] if len(some) == 1 else f"{some[0]} … {some[-1]}"
            yield self.say("dossier-place", place=place, column=named)

    def _place(self, column: Column, text: str) -> str:
        """Where a text stands: the first file that has it."""
        row = self.history.source(column, text) or self.case.row
        return self.say("dossier-line", file=str(row.files[0]), line=int(row.lines[0]))

    def _read(self, part: Part) -> Iterator[Shown]:
        """How it was understood."""
        value = part.arrays.value
        if part.answer.kind in TOLERANT and value.axes:
            yield _numbers(value.column(0))
        elif text := read_texts(part.answer, value)[0].as_py():
            yield Verbatim(text)
        if how := str(part.arrays.how[0]):
            yield how
        if part.answer.kind in TOLERANT and (self.case.decimal or set(str(part.texts[0])) & set(",.'")):
            yield self.say(f"dossier-decimal-{ {',': 'comma', '.': 'point'}.get(self.case.decimal, 'untold') }")

    def _tried(self, part: Part, account: Account, mistakes: Sequence[Mistake]) -> Iterator[Tried]:
        """What the answer was held against, in order."""
        tries = [one for one in account.tries if one.step is not Step.CELLS]
        spoken = _spoken(account, part)
        for step, group in groupby(tries, key=lambda one: one.step):
            several = list(group)
            silent = [one for one in several if not one.agrees]
            if step in _TOGETHER and silent:
                what = self.say(f"dossier-several-{step.value}", n=len(silent))
                yield Tried(what, "", self.say("dossier-none-agrees"), spoke=False)
            for i, one in enumerate(several):
                plain = several[i - 1] if i and one.rounded else None
                if (step in _TOGETHER and not one.agrees) or (one.rounded and plain and not one.agrees):
                    continue  # in rounded steps it differs as well
                spoke = one is spoken
                value = _value(mistakes, part.answer, one.value, one)
                yield Tried(self._what(one, mistakes), value, self._verdict(part, one, account, spoke=spoke), spoke)
        if counted := max(account.counts, key=lambda one: one.credit, default=None):
            spoke = account.step is Step.CELLS
            yield Tried(self.say("dossier-step-cells"), "", self._counted(counted), spoke)

    def _what(self, one: Try, mistakes: Sequence[Mistake]) -> str:
        """The rule that was tried."""
        titles = [f"“{mistakes[number].title}” ({mistakes[number].note})" for number in one.mistakes]
        what = self.say(f"dossier-step-{one.step.value}", what=self.words.listed(titles))
        return f"{what} {self.say('dossier-rounded')}" if one.rounded and one.step is not Step.STEPS else what

    def _verdict(self, part: Part, one: Try, account: Account, *, spoke: bool) -> str:
        """What came of one try."""
        if one.bar and not spoke:
            return self.say(f"dossier-bar-{one.bar.value}")
        if spoke and account.spoken and account.spoken.rule in _NO_WORK:
            return self.say(f"dossier-verdict-{_NO_WORK[account.spoken.rule]}")
        if one.agrees:
            return self.say("dossier-verdict-spoke" if spoke else "dossier-verdict-agrees")
        if not one.defined:
            return self.say("dossier-verdict-undefined")
        return self._differing(part, one)

    def _differing(self, part: Part, one: Try) -> str:
        """Where an answer and a value differ."""
        typed = part.arrays.value.column(0)
        if not part.answer.axes or not part.answer.cells:
            return self.say("dossier-verdict-differs")
        if one.value.shape != typed.shape:
            return self.say("dossier-verdict-shape", shape=" × ".join(map(str, one.value.shape)))
        places = ["[" + ",".join(str(i + 1) for i in place) + "]" for place in np.argwhere(~_inside(one.cells, typed))]
        more = [f"… ({len(places)})"] if len(places) > MOST_PLACES else []
        return self.say("dossier-verdict-cells", cells=", ".join(places[:MOST_PLACES] + more), n=len(places))

    def _counted(self, counted: Counted) -> str:
        share = Fraction(counted.right - counted.free, counted.total - counted.free)
        most = counted.credit / share if share else Fraction(0)
        return self.say(
            "dossier-counted",
            right=counted.right,
            total=counted.total,
            free=counted.free,
            share=f"({counted.right} − {counted.free}) / ({counted.total} − {counted.free})",
            most=str(most),
            credit=str(counted.credit),
        )

    def _concluded(self, part: Part, account: Account, mistakes: Sequence[Mistake]) -> Iterator[str]:
        """What became of the answer, in sentences."""
        marked, decision = part.marked, str(part.decision[0])
        state = part.arrays.state[0]
        if state == NOT_ASKED:
            yield self.say("dossier-not-asked")
        elif part.answer.by_hand:
            yield self.say("dossier-by-hand")
        elif state == BLANK:
            yield self.say("dossier-blank")
        elif state != READ:
            yield self.say("dossier-unreadable")
        elif account.step is None:
            yield self.say("dossier-unexplained")
        for i in (int(marked.note[0]), int(marked.second[0])):
            if i >= 0:
                yield f"“{mistakes[i].title}”: {mistakes[i].says}".strip()
        if candidates := marked.candidates.get(0):
            titles = list(dict.fromkeys(f"“{mistakes[i].title}”" for i in candidates))
            yield self.say("dossier-candidates", notes=self.words.listed(titles))
        if _is_void(part):
            yield self.say("dossier-void-removed" if part.removed[0] else "dossier-void-full")
        elif decision == NOT_LOWERED:
            yield self.say("dossier-floor")
        elif decision:
            yield self.say("dossier-decided", told=self.case.others.without(decision))
        if part.waiting[0]:
            yield self.say("dossier-waiting")

    def _reckoned(self, part: Part, worth: Fraction) -> str:
        """Credit times worth."""
        credit, points = part.marked.credit.fraction(0), part.points.fraction(0)
        if str(part.decision[0]) == NOT_LOWERED:
            return self.say(
                "dossier-kept",
                credit=str(credit),
                worth=number(worth),
                less=number(credit * worth),
                points=number(points),
            )
        if part.removed[0]:
            return self.say("dossier-uncounted")
        if OUTCOMES[part.marked.outcome[0]] is Outcome.DECIDED:
            return self.say("dossier-given", points=number(points), worth=number(worth))
        return self.say("dossier-reckoned", credit=str(credit), worth=number(worth), points=near(points))


def _is_void(part: Part) -> bool:
    return OUTCOMES[part.marked.outcome[0]] is Outcome.VOID


def near(points: Fraction) -> str:
    """Points exactly; of a fraction without an end with its decimals, too.

    >>> near(Fraction(5, 2)), near(Fraction(67, 14))
    ('2.5', '67/14 ≈ 4.79')
    """
    exact = number(points)
    return f"{exact} ≈ {float(points):.2f}" if "/" in exact else exact


def _spoken(account: Account, part: Part) -> Try | None:
    """The try that settled the answer, of those of its step: the one with the note, or the one that agrees."""
    if account.step in (None, Step.CELLS):
        return None
    notes = {int(part.marked.note[0]), int(part.marked.second[0])} - {-1}
    own = [one for one in account.tries if one.step is account.step]
    named = [one for one in own if one.agrees and notes and set(one.mistakes) == notes]
    agreeing = [one for one in own if one.agrees and not one.bar]
    return next(iter(named or agreeing or own), None)


def _value(mistakes: Sequence[Mistake], answer: Answer, cells: np.ndarray, one: Try | None = None) -> Shown:
    """A value of the answer's step as people read it, with the cells marked where a try differs."""
    if one is not None and not one.defined:
        return ""
    if answer.kind == "formula":
        return _formula(mistakes, answer, one)
    if answer.kind not in TOLERANT:
        return Verbatim(spelled(answer, cells))
    if not cells.ndim:
        return Verbatim(worked(float(cells)))
    return _numbers(cells, None if one is None or one.agrees else _inside(one.cells, cells))


def _formula(mistakes: Sequence[Mistake], answer: Answer, one: Try | None) -> Shown:
    """The formula that a mistake puts in the place of the right one, if it says it."""
    if one is None or one.step in (Step.TRUTH, Step.OWN, Step.FIGURES, Step.STEPS):
        return Verbatim(answer.formula.source if answer.formula else "")
    found = [mistakes[number].steps[answer.of].source for number in one.mistakes if answer.of in mistakes[number].steps]
    return Verbatim(found[0]) if found else ""


def _inside(agreeing: np.ndarray, like: np.ndarray) -> np.ndarray:
    """A mask of agreeing cells in the shape of a value; what stands outside of it disagrees."""
    mask = np.zeros(like.shape, dtype=bool)
    if agreeing.ndim == like.ndim:
        common = tuple(slice(0, min(a, b)) for a, b in zip(agreeing.shape, like.shape, strict=True))
        mask[common] = agreeing[common]
    return mask


def _numbers(cells: np.ndarray, agreeing: np.ndarray | None = None) -> Shown:
    """An array as a grid, its differing cells marked; of a large one only its size."""
    if cells.size > MOST_CELLS or not cells.size:
        return Verbatim(" × ".join(map(str, cells.shape)))
    rows, alike = np.atleast_2d(cells), None if agreeing is None else np.atleast_2d(agreeing)
    return Numbers(
        tuple(
            tuple((_short(float(cell)), alike is not None and not alike[i, j]) for j, cell in enumerate(row))
            for i, row in enumerate(rows)
        )
    )


def _short(cell: float) -> str:
    return "" if np.isnan(cell) else worked(cell) if cell == round(cell) else f"{cell:.{_FIGURES}g}"


def _grid_of(cells: dict[tuple[int, ...], str]) -> Shown:
    """Typed cells in their places."""
    high = max(cell[0] if len(cell) > 1 else 1 for cell in cells)
    wide = max(cell[-1] for cell in cells)
    placed = {cell if len(cell) > 1 else (1, *cell): _cut(text) for cell, text in cells.items()}
    if high * wide > MOST_CELLS:
        return Verbatim("; ".join(f"[{','.join(map(str, cell))}] {text}" for cell, text in sorted(placed.items())))
    return Numbers(
        tuple(tuple((placed.get((i, j), ""), False) for j in range(1, wide + 1)) for i in range(1, high + 1))
    )


def _cut(text: str) -> str:
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}… ({len(text):,})"
