"""YAML as authors mean it: every scalar is text, every key stands once, every place is known.

`no`, `1:30`, `010` and `1e-3` stay what was typed. Tags, anchors and double keys are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from quizgen.errors import QuizgenError

MAX_CHARACTERS = 300_000
MAX_DEPTH = 20
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """Nested dicts, lists and texts, with the line of every entry."""

    file: str
    data: Any
    lines: dict[Path, int] = field(repr=False)

    def where(self, path: Path = ()) -> str:
        """`file:line` of an entry, or of the nearest one above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.file}:{self.lines.get(path, 1)}"


def read_yaml(text: str, file: str, first_line: int = 1) -> Document:
    """Read one YAML mapping; `first_line` is the line of the file on which the text starts."""
    if len(text) > MAX_CHARACTERS:
        raise QuizgenError(f"{len(text):,} characters of YAML; the limit is {MAX_CHARACTERS:,}", where=file)
    lines: dict[Path, int] = {}
    builder = _Builder(file, first_line, lines)
    try:
        data = builder.document(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.context_mark if error.problem == "found unexpected end of stream" else error.problem_mark
        place = f"{file}:{first_line + mark.line}" if mark else file
        what = " ".join(filter(None, [error.problem, error.context])).replace("found character", "character")
        raise QuizgenError(f"this is not YAML: {what}", where=place, hint="Check quotes, colons and indents.") from None
    except yaml.YAMLError as error:
        raise QuizgenError(f"this is not YAML: {str(error).splitlines()[0]}", where=file) from None
    if not isinstance(data, dict):
        raise QuizgenError("a mapping (`key: value` lines) is needed here", where=f"{file}:{first_line}")
    return Document(file, data, lines)


@dataclass
class _Builder:
    """Turns YAML events into data, noting the line of each entry."""

    file: str
    first_line: int
    lines: dict[Path, int]

    def document(self, events: Iterator[Any]) -> Any:
        """Read the only document there is."""
        data: Any = {}
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent) and data:
                raise QuizgenError("a second document starts here", where=self._at(self._line(event)))
            if isinstance(event, yaml.NodeEvent):
                data = self._value(event, events, ())
        return data

    def _line(self, event: Any) -> int:
        """The line of the file on which an event starts."""
        return self.first_line + int(event.start_mark.line)

    def _value(self, event: Any, events: Iterator[Any], path: Path) -> Any:
        line = self._line(event)
        self.lines.setdefault(path, line)
        self._refuse_marks(event, line)
        if len(path) > MAX_DEPTH:
            raise QuizgenError(f"nested deeper than {MAX_DEPTH} levels", where=self._at(line))
        if isinstance(event, yaml.ScalarEvent):
            return event.value
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(events, path)
        return self._mapping(events, path)

    def _list(self, events: Iterator[Any], path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self._value(event, events, (*path, len(items))))
        return items

    def _mapping(self, events: Iterator[Any], path: Path) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            line = self._line(event)
            self._refuse_marks(event, line)
            if not isinstance(event, yaml.ScalarEvent):
                raise QuizgenError("a key must be a plain word", where=self._at(line))
            key = event.value
            if key in entries:
                raise QuizgenError(f"the key '{key}' stands here a second time", where=self._at(line), hint="Keep one.")
            self.lines[(*path, key)] = line
            entries[key] = self._value(next(events), events, (*path, key))
        return entries

    def _refuse_marks(self, event: Any, line: int) -> None:
        """Refuse what makes YAML more than text: anchors, aliases, tags."""
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise QuizgenError(
                "anchors and aliases (& and *) are not allowed", where=self._at(line), hint="Write it out."
            )
        if event.tag and not (isinstance(event, yaml.ScalarEvent) and event.tag == "!"):
            raise QuizgenError(f"the tag {event.tag} is not allowed", where=self._at(line), hint="Quote the text.")

    def _at(self, line: int) -> str:
        return f"{self.file}:{line}"
