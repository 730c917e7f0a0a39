"""One entry put into the front matter of a problem file; everything else stays as its author wrote it.

Where the entry goes is found by reading the YAML's marks; that nothing else changed is proven by reading both texts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from quizgen.bank.texts import split
from quizgen.errors import QuizgenError
from quizgen.language.yamlplaces import places_in
from quizgen.language.yamltext import Path, read_yaml

Entry = str | Mapping[str, Any]  # a text, or lines `name: ...` of such
_OPENING = len("---\n")


def front_data(text: str, file: str) -> Mapping[str, Any]:
    """The front matter as nested texts."""
    data: Mapping[str, Any] = read_yaml(split(text, file)[0], file, first_line=2).data
    return data


def with_entry(text: str, file: str, path: Path, entry: Entry) -> str:
    """The text of a problem file with an entry of its front matter set, or put at the end of where it belongs.

    Raises QuizgenError where that cannot be done without touching anything else.
    """
    front, _, _ = split(text, file)
    data = front_data(text, file)
    wanted = _set(data, path, entry)
    if wanted == data:
        return text
    changed = _placed(front, file, path, entry)
    if read_yaml(changed, file, first_line=2).data != wanted:
        where, name = f"{file}:1", ".".join(map(str, path))
        hint = "Correct a copy of the file, and say --problem FILE."
        raise QuizgenError(f"'{name}' cannot be put into this file without touching the rest", where=where, hint=hint)
    return text[:_OPENING] + changed + text[_OPENING + len(front) :]


def _set(data: Any, path: Path, entry: Entry) -> Any:
    """Nested data with an entry set."""
    if not path:
        return entry
    inside = data if isinstance(data, dict) else {}
    return {**inside, path[0]: _set(inside.get(path[0]), path[1:], entry)}


def _placed(front: str, file: str, path: Path, entry: Entry) -> str:
    """The front matter with the entry in its place."""
    places = places_in(front)
    if path in places:
        place = places[path]
        if place.mapping or not isinstance(entry, str):
            raise QuizgenError(f"'{path[-1]}' stands there already", where=file, hint="Give it another name.")
        inside = any(places[path[:i]].flow for i in range(len(path)))
        return _inserted(front, place.start, _scalar(entry, flow=inside), place.end)
    parent, key = places.get(path[:-1]), str(path[-1])
    if parent is None:
        return _placed(front, file, path[:-1], {key: entry})
    if not parent.mapping:  # an answer without settings: `conv:`
        return _inserted(front, parent.start, f" {{{_in_braces(key, entry)}}}", parent.end)
    if parent.flow:
        comma = "," in _without_comments(front[parent.last : parent.end - 1])
        empty = parent.last == parent.start + 1
        piece = _in_braces(key, entry)
        return (
            _inserted(front, parent.end - 1, piece) if comma or empty else _inserted(front, parent.last, f", {piece}")
        )
    return _inserted(front, _line_after(front, parent.last), _in_lines(key, entry, parent.column))


def _inserted(text: str, place: int, piece: str, end: int | None = None) -> str:
    return text[:place] + piece + text[place if end is None else end :]


def _line_after(front: str, place: int) -> int:
    """The start of the line below what ends at a place; a text of several lines may end on the indent of the next."""
    start = front.rfind("\n", 0, place) + 1
    if not front[start:place].strip():
        return start
    end = front.find("\n", place)
    return len(front) if end < 0 else end + 1


def _without_comments(text: str) -> str:
    return "\n".join(line.split("#")[0] for line in text.split("\n"))


def _in_braces(key: str, entry: Entry) -> str:
    """An entry as it stands inside { }."""
    if isinstance(entry, str):
        return f"{_scalar(key, flow=True)}: {_scalar(entry, flow=True)}"
    inside = ", ".join(_in_braces(name, value) for name, value in entry.items())
    return f"{_scalar(key, flow=True)}: {{{inside}}}"


def _in_lines(key: str, entry: Entry, column: int) -> str:
    """An entry as lines of its own."""
    head = " " * column + _scalar(key, flow=False) + ":"
    if isinstance(entry, str):
        return f"{head} {_scalar(entry, flow=False)}\n"
    return head + "\n" + "".join(_in_lines(name, value, column + 2) for name, value in entry.items())


def _scalar(text: str, *, flow: bool) -> str:
    """A text as YAML: plain where it is read back as it is, else in double quotes."""
    plain = f"{{k: {text}}}" if flow else f"k: {text}"
    try:
        if "\n" not in text and text and read_yaml(plain, "").data == {"k": text}:
            return text
    except QuizgenError:
        pass
    return json.dumps(text, ensure_ascii=False)
