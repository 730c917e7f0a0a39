"""What everybody is called once the exam has forgotten them, and where in a text somebody is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from quizgen.exam.model import Paper
from quizgen.exam.pseudonyms import is_pseudonym, unlisted_pseudonyms
from quizgen.exam.wishes import COLUMNS

SOMEBODY = "somebody"  # who is named by what several share
_WORD = re.compile(r"[^\W_]+")
_SHORTEST = 3  # characters of what is looked for in texts
_TELLING = 5  # digits of a number that tells who somebody is, where it need not be an id


@dataclass(frozen=True)
class _Sought:
    """A text that names somebody: where its first word begins in it, and what stands for it from now on."""

    text: str
    offset: int
    name: str
    is_part: bool  # of a name: sought only where people write to people

    @property
    def is_number(self) -> bool:
        return not any(map(str.isalpha, self.text))


class Names:
    """Other names for students, by a key that nobody ever sees; and what the roster says of them, to be found in texts.

    `others`: students whom only refused rows name; `stand_ins` of papers that name nobody stay as they are;
    `options`: answers that one may choose, which are nobody's name.
    """

    def __init__(
        self,
        students: Iterable[str],
        papers: Iterable[Paper],
        others: Iterable[str] = (),
        stand_ins: Iterable[str] = (),
        options: Iterable[str] = (),
    ) -> None:
        self.kept = frozenset(stand_ins)
        known = dict.fromkeys(student for student in students if student and student not in self.kept)
        everybody = [*known, *(other for other in others if other and other not in self.kept)]
        self.of_students = unlisted_pseudonyms(everybody)
        papers = list(papers)
        self.headings = frozenset(name.strip().lower() for paper in papers for name in paper.details)
        self._options = frozenset(option.strip().casefold() for option in options)
        self._sought = _indexed(self.of_students, known, papers)

    @property
    def renamed(self) -> int:
        """How many get another name."""
        return sum(name != other for name, other in self.of_students.items())

    def of(self, student: str) -> str:
        """What a student is called."""
        return student if not student or student in self.kept else self.of_students.get(student, SOMEBODY)

    def text(self, text: str) -> str:
        """What people wrote to people, without anybody's name."""
        return self._replaced(text, lambda _: True)

    def answer(self, text: str, student: str) -> str:
        """What a student typed, without names; numbers stay, but the student's own is another number from now on."""
        if text.strip().casefold() in self._options:
            return text
        own = self.of_students.get(student, "")
        return self._replaced(text, lambda one: not one.is_part and (not one.is_number or _is_own(one, own)), _as_typed)

    def named_in(self, data: bytes) -> bool:
        """Whether a file of any kind holds somebody's id, or what the roster says of somebody."""
        text = data.decode("utf-8", errors="replace")
        return self.text(text) != text

    def _replaced(
        self, text: str, counts: Callable[[_Sought], bool], instead: Callable[[_Sought], str] = lambda one: one.name
    ) -> str:
        parts: list[str] = []
        done = 0
        for word in _WORD.finditer(text):
            for one in self._sought.get(word[0].casefold(), ()):
                start = word.start() - one.offset
                end = start + len(one.text)
                if start >= done and counts(one) and _stands(one.text, text, start, end):
                    parts += [text[done:start], instead(one)]
                    done = end
                    break
        return "".join([*parts, text[done:]])


def _indexed(names: Mapping[str, str], known: Iterable[str], papers: Iterable[Paper]) -> dict[str, list[_Sought]]:
    """What is looked for, by its first word, the longest first."""
    found: dict[str, tuple[str, bool]] = {}

    def add(text: str, name: str, *, is_part: bool = False) -> None:
        before, was_part = found.get(text, (name, is_part))
        found[text] = (name if before == name else SOMEBODY, is_part and was_part)

    for paper in papers:
        for heading, value in paper.details.items():
            text, name = value.strip(), names.get(paper.student, SOMEBODY)
            if heading.strip().lower() in COLUMNS or not _tells(text):
                continue
            add(text, name)
            if "name" in heading.lower():
                for word in _WORD.findall(text):
                    if len(word) >= _SHORTEST:
                        add(word, name, is_part=True)
    for student in known:
        if len(student) >= _SHORTEST and not is_pseudonym(student):
            found[student] = (names[student], False)
    sought: dict[str, list[_Sought]] = {}
    for text, (name, is_part) in sorted(found.items(), key=lambda item: (-len(item[0]), item[0])):
        if first := _WORD.search(text):
            sought.setdefault(first[0].casefold(), []).append(_Sought(text, first.start(), name, is_part))
    return sought


def _tells(text: str) -> bool:
    """Whether a text says who somebody is: a word, or a long number."""
    letters, digits = sum(map(str.isalpha, text)), sum(map(str.isdigit, text))
    return (len(text) >= _SHORTEST and bool(letters)) or digits >= _TELLING


def _stands(sought: str, text: str, start: int, end: int) -> bool:
    """Whether a text stands there whole, in capitals or not."""
    after = text[end : end + 1]
    return text[start:end].casefold() == sought.casefold() and not (after.isalnum() and sought[-1:].isalnum())


def _as_typed(one: _Sought) -> str:
    """What stands for it in an answer: a number stays one, or a wrong answer would become an unreadable one."""
    return re.sub(r"\d", "9", one.text) if one.is_number else one.name


def _is_own(one: _Sought, own: str) -> bool:
    return one.name == own and sum(map(str.isdigit, one.text)) >= _TELLING
