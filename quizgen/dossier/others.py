"""Whoever is not the student: what is written for one student must name nobody else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quizgen.exam.model import Exam, Paper
from quizgen.exam.tags import write_tag
from quizgen.submissions.handins import Handins

SOMEBODY = "[somebody else]"
_FEWEST = 3  # letters or digits of a word that is looked for in sentences: shorter ones are in every sentence
_SUGGESTED = re.compile(r"\s*Did you mean '[^\n]*?'\?")  # the nearest name on the roster
_QUOTED = re.compile(r"'([^'\n]*)'")


@dataclass(frozen=True)
class Others:
    """The ids and names of everybody else; `ids` are what the student is known by: id, pseudonym, tag of the paper."""

    ids: frozenset[str]
    names: frozenset[str]

    @classmethod
    def of(
        cls, student: str, everybody: Handins, exam: Exam, paper: Paper | None, aliases: Mapping[str, str]
    ) -> Others:
        """Everybody else who handed in, is on the roster or has a pseudonym."""
        ids = {student, *(name for name, known in aliases.items() if known == student)}
        ids |= {write_tag(exam.code, paper.number)} if paper else set()
        own = ids | set(paper.details.values() if paper else ())
        others = {*everybody.students.tolist(), *aliases, *aliases.values(), *exam.former}
        for other in exam.papers:
            others.add(other.student)
            others |= {other.details[key] for key in ("name", "email", "e-mail") if other.details.get(key)}
        return cls(frozenset(ids), frozenset(others - own - {""}))

    def without(self, text: str) -> str:
        """A sentence of ours or of staff's in which nobody else is named.

        Whatever stands in quotation marks and is somebody else, every long enough name that stands as words of its
        own, and suggestions from the roster are taken out.
        """
        text = _SUGGESTED.sub("", text)
        text = _QUOTED.sub(lambda quoted: SOMEBODY if quoted[1] in self.names else quoted[0], text)
        for name in self._inside(text):
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", SOMEBODY, text)
        return text

    def are_named(self, text: str) -> bool:
        """Whether anybody else is named."""
        return self.without(text) != _SUGGESTED.sub("", text)

    def about(self, data: Any) -> Any:
        """What some data of the log says of the student or of nobody; None if nothing is left of it."""
        if isinstance(data, Mapping):
            if isinstance(named := data.get("student"), str) and named in self.names:
                return None
            kept = {str(key): self.about(value) for key, value in data.items() if str(key) not in self.names}
            return {key: value for key, value in kept.items() if value not in (None, "", [], {})} or None
        if isinstance(data, list | tuple):
            if data and isinstance(data[0], str) and data[0] in self.names:
                return None
            return [told for value in data if (told := self.about(value)) is not None] or None
        if isinstance(data, str):
            return SOMEBODY if data in self.names else self.without(data)
        return data

    def concerns(self, data: Any) -> bool:
        """Whether some data of the log names the student."""
        if isinstance(data, Mapping):
            return any(self.concerns(part) for pair in data.items() for part in pair)
        if isinstance(data, list | tuple):
            return any(map(self.concerns, data))
        return isinstance(data, str) and data in self.ids

    def _inside(self, text: str) -> list[str]:
        """The names of others in a text, long ones first."""
        words = set(re.findall(r"\w+", text))
        found = [
            name
            for name in self.names
            if len(name) >= _FEWEST and name in text and set(re.findall(r"\w+", name)) <= words
        ]
        return sorted(found, key=lambda name: (-len(name), name))
