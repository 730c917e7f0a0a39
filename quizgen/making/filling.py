"""Draw, solve, tell apart, write: the variants of an exam's questions, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from quizgen.bank.blueprint import Pick
from quizgen.booklets import Progress
from quizgen.draw.digests import repeated
from quizgen.draw.search import Taken, draw_in_parts
from quizgen.exam import blocks as files
from quizgen.exam.model import Question
from quizgen.exam.variants import Elsewhere, chosen
from quizgen.language.tolerance import Tolerance
from quizgen.making.blocks import Blocks
from quizgen.making.drawing import effort
from quizgen.world.worlds import Params

TOGETHER = 4  # blocks that are drawn together: each part has a few variants at its end that are looked for alone


@dataclass
class Filled:
    """What is kept of a question whose variants are written: all but the variants.

    `largest`: the largest size of each right answer; `proofs`: digests of its blocks; `efforts`: the work that its
    variants are, where there is a choice.
    """

    question: Question
    largest: dict[str, tuple[int, ...]] = field(default_factory=dict)
    proofs: list[bytes] = field(default_factory=list)
    efforts: list[np.ndarray] = field(default_factory=list)
    waived: int = 0

    def add(self, block: Question, *, picked: bool) -> None:
        """Keep what is kept of a block."""
        self.proofs.append(block.proof)
        for name, value in block.expected.items():
            known = self.largest.get(name, value.largest)
            self.largest[name] = tuple(max(sizes) for sizes in zip(known, value.largest, strict=True))
        if picked:
            self.efforts.append(effort(block))


@dataclass(frozen=True)
class Filling:
    """How the questions of an exam are filled; `dealt`: the version of each paper, from 1, if there are versions."""

    blocks: Blocks
    secret: bytes
    tolerances: Mapping[str, Tolerance]
    picks: Sequence[Pick]
    elsewhere: Elsewhere
    dealt: np.ndarray
    progress: Progress

    def fill(self, question: Question, beside: Sequence[Question]) -> Filled:
        """Write the variants of a question that are not written yet; `beside`: the questions filled before."""
        picked = any(question.name in pick.questions for pick in self.picks)
        head = replace(question, asked=np.zeros(0, dtype=bool) if picked else None)
        done = Filled(head)
        same = [one for one in beside if one.problem.name == question.problem.name]
        if len(self.dealt):
            self._fill_with_versions(done, same)
            return done
        taken = [Taken.by(head.problem, {}, {}, self.elsewhere.get(head.problem.name, ()))]
        for block in self.blocks.finished(head):
            done.add(block, picked=picked)
            taken.append(Taken.by(head.problem, block.params, block.expected, ()))
        before = Taken.together(taken)
        done.waived = int(repeated(before.answers).sum())
        for number, block in enumerate(self._drawn(done, same, before), start=len(done.proofs)):
            self.blocks.write(block, number)
            done.add(block, picked=picked)
        return done

    def _drawn(self, done: Filled, same: Sequence[Question], taken: Taken) -> Iterator[Question]:
        """The blocks that follow those that are taken."""
        head, first, total = done.question, len(done.proofs), self.blocks.n
        firsts = range(first, self.blocks.count, TOGETHER)
        ends = [self.blocks.numbers(min(number + TOGETHER, self.blocks.count) - 1)[1] for number in firsts]
        sizes = np.diff([taken.variants, *ends]).tolist()

        def told(found: int) -> None:
            self.progress(f"drawing {head.name} {head.problem.name}", taken.variants + found, total)

        def unlike(part: int) -> list[Params]:
            last = min(firsts[part] + TOGETHER, self.blocks.count) - 1
            return [self.blocks.joined(one, firsts[part], last) for one in same]

        draws = draw_in_parts(head.problem, self.secret, head.name, sizes, self.tolerances, told, unlike, taken)
        for drawn, number in zip(draws, firsts, strict=True):
            done.waived += drawn.waived
            start = number * files.BLOCK
            part = self._asked(replace(head, params=drawn.params, expected=drawn.expected, before=start))
            yield from self._cut(part, number)

    def _cut(self, part: Question, number: int) -> Iterator[Question]:
        """The blocks of variants that were drawn together; `number`: of the first."""
        if self.blocks.count == 1:
            yield part
            return
        for block in range(number, min(number + TOGETHER, self.blocks.count)):
            yield part.some(*self.blocks.numbers(block))

    def _asked(self, question: Question) -> Question:
        """The question with the papers that ask it, where there is a choice."""
        for pick in self.picks:
            if question.name in pick.questions:
                options = [replace(question, name=name) for name in pick.questions]
                found = chosen(options, [pick], self.secret, question.before)
                return replace(question, asked=found[pick.questions.index(question.name)].asked)
        return question

    def _fill_with_versions(self, done: Filled, same: Sequence[Question]) -> None:
        """Draw the versions, which are few, and write copies of them."""
        head, versions = done.question, int(self.dealt.max())
        taken = Taken.by(head.problem, {}, {}, self.elsewhere.get(head.problem.name, ()))
        others = [self._versions(one) for one in same]
        (drawn,) = draw_in_parts(
            head.problem, self.secret, head.name, [versions], self.tolerances, None, lambda _: others, taken
        )
        whole = self._asked(replace(head, params=drawn.params, expected=drawn.expected))
        done.waived = drawn.waived
        if head.asked is not None:
            done.efforts.append(effort(whole))
        for number in range(self.blocks.count):
            first, last = self.blocks.numbers(number)
            copied = whole.copied(self.dealt[first - 1 : last])
            if self.blocks.count > 1:
                copied = replace(copied.some(1, copied.n), before=first - 1)
            self.blocks.write(copied, number)
            done.add(copied, picked=False)

    def _versions(self, question: Question) -> Params:
        """The parameters of each version of a question that was filled before."""
        params = self.blocks.joined(question, 0, self.blocks.count - 1)
        firsts = np.unique(self.dealt, return_index=True)[1]
        return {name: value.take(firsts) for name, value in params.items()}
