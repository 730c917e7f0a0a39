"""How a grader marks, in plain words: a few lines for the cover, and the whole page `rules.md`.

Every sentence is said because a field of the grader makes it true, so that a grader's file of anybody has its rules.
What holds for all graders is decided in `marking/` and told in docs/marking-rules.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from quizgen.exam.model import Exam
from quizgen.problem.grader import Credit, Grader
from quizgen.problem.kinds import KINDS, TOLERANT
from quizgen.render.asking import said_tolerance
from quizgen.render.escaping import escaped
from quizgen.render.words import Wording, words_of

Part = tuple[str, tuple[str, ...]]  # a heading, and sentences


@dataclass(frozen=True)
class Rules:
    """How an exam is marked: `short` for its cover, `parts` with all there is to say. Plain text, all of it."""

    title: str
    short: tuple[str, ...]
    parts: tuple[Part, ...]


def rules_of(grader: Grader, language: str, exam: Exam | None = None) -> Rules:
    """The rules of a grader in the words of a language; of an `exam` only those that it has a use for."""
    words, credit = words_of(language), grader.credit
    carrying, writing = _carrying(grader, words), _writing(words)
    parts = [
        ("rules-carrying", carrying),
        ("rules-arrays", _arrays(credit, words)),
        ("rules-mistakes", _mistakes(credit, words)),
        ("rules-precision", _precision(grader, words)),
        ("rules-writing", writing),
        ("rules-points", [*_points(grader, words), *_of_exam(exam, words)]),
    ]
    rounding = f"{words.say('rule-round-late')} {words.say('rule-either-figures')}"
    marks = f"{words.say('rule-write-matrices', example=KINDS['matrix'].how)} {words.say('rule-write-numbers')}"
    doubt = f"{words.say('rule-unreadable')} {words.say('rule-no-deduction')}"
    return Rules(
        title=words.say("rules-title"),
        short=(carrying[0], _arrays(credit, words)[0], rounding, marks, doubt),
        parts=tuple((words.say(key), tuple(sentences)) for key, sentences in parts),
    )


def rules_as_markdown(rules: Rules) -> str:
    """The whole page."""
    parts = [f"## {heading}\n\n" + "".join(f"- {_plain(s)}\n" for s in sentences) for heading, sentences in rules.parts]
    return "\n".join([f"# {rules.title}\n", *parts])


def _plain(sentence: str) -> str:
    """A sentence in which only the stars of a product could be taken for Markdown, or a grade that somebody named."""
    return escaped(sentence)


def _carrying(grader: Grader, words: Wording) -> list[str]:
    """What follows from a student's own figures, and how often a mistake costs."""
    carried = grader.credit.carried
    if not carried:
        return [words.say("rule-carried-none")]
    first = (
        words.say("rule-carried-all") if carried == 1 else words.say("rule-carried-part", share=_share(carried, words))
    )
    charged = "paper" if grader.charge == "once per paper" else "question"
    return [first, words.say(f"rule-charged-per-{charged}"), words.say("rule-not-carried")]


def _arrays(credit: Credit, words: Wording) -> list[str]:
    """What single cells are worth."""
    if credit.cells:
        return [words.say("rule-cells-some", share=_share(credit.cells, words))]
    return [words.say("rule-cells-none")]


def _mistakes(credit: Credit, words: Wording) -> list[str]:
    """What is given where a mistake explains an answer."""
    said = [
        _worth("rule-mistake-array", "rule-mistake-array-none", credit.mistake_in_array, words),
        _worth("rule-mistake-number", "rule-mistake-number-none", credit.mistake_in_number, words),
    ]
    if credit.pair:
        said.append(words.say("rule-pair", share=_share(credit.pair, words)))
    return [*said, words.say("rule-declared" if credit.declared else "rule-declared-conventions")]


def _worth(key: str, none: str, credit: Fraction, words: Wording) -> str:
    return words.say(key, share=_share(credit, words)) if credit else words.say(none)


def _precision(grader: Grader, words: Wording) -> list[str]:
    """How exactly answers are asked, and what rounding costs."""
    alike: dict[str, list[str]] = {}
    for kind in TOLERANT:
        alike.setdefault(said_tolerance(grader.tolerance[kind], words), []).append(words.say(f"kind-{kind}"))
    return [
        words.say("rule-round-late"),
        words.say("rule-either-figures"),
        words.say("rule-near-enough"),
        words.say("rule-precision-printed"),
        *(
            words.say("rule-precision-of", kinds=words.listed(kinds, "or"), precision=precision)
            for precision, kinds in alike.items()
        ),
    ]


def _writing(words: Wording) -> list[str]:
    """How numbers and matrices are written."""
    return [
        words.say("rule-write-numbers"),
        words.say("rule-write-more"),
        words.say("rule-write-matrices", example=KINDS["matrix"].how),
        words.say("rule-unreadable"),
    ]


def _points(grader: Grader, words: Wording) -> list[str]:
    """How points become a result."""
    said = [words.say("rule-no-deduction"), words.say("rule-not-farmed")]
    said.append(words.say("rule-rounded-total", step=words.say("points", n=grader.round_to)))
    if grader.boundaries:
        best_first = sorted(grader.boundaries.items(), key=lambda item: -item[1])
        grades = [words.say("grade-from", grade=grade, share=_share(bound, words)) for grade, bound in best_first]
        said.append(words.say("rule-boundaries", grades=", ".join(grades)))
    return said


def _of_exam(exam: Exam | None, words: Wording) -> Sequence[str]:
    """What only some exams need to be told."""
    chosen = exam is None or bool(exam.picks)
    by_hand = exam is None or any(answer.by_hand for _, answer in exam.fields())
    keys = [key for key, needed in (("rule-chosen", chosen), ("rule-by-hand", by_hand)) if needed]
    return [words.say(key) for key in keys]


def _share(share: Fraction, words: Wording) -> str:
    """A share of the points: in per cent, or as a fraction where that does not come out even."""
    percent = 100 * share
    return words.say("share", n=percent) if (10 * percent).denominator == 1 else str(share)
