"""Where every value of some YAML stands, to the character: for putting something in and leaving the rest alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from quizgen.language.yamltext import Path


@dataclass
class Place:
    """Where a value stands: its first and one past its last character, its column; whether it is in { }."""

    start: int
    end: int
    column: int
    mapping: bool
    flow: bool
    last: int = 0  # one past the last character of what is inside


def places_in(text: str) -> dict[Path, Place]:
    """Where every value of some YAML stands, by its path."""
    places: dict[Path, Place] = {}
    events = yaml.parse(text, Loader=yaml.SafeLoader)  # not the fast one, whose marks count otherwise
    for event in events:
        if isinstance(event, yaml.NodeEvent):
            _walk(event, events, (), places)
    return places


def _walk(event: Any, events: Iterator[Any], path: Path, places: dict[Path, Place]) -> int:
    """Note a value and all inside it; gives one past its last character."""
    start, end, column = event.start_mark.index, int(event.end_mark.index), event.start_mark.column
    if isinstance(event, yaml.ScalarEvent):
        places[path] = Place(start, end, column, mapping=False, flow=False)
        return end
    flow, mapping = bool(event.flow_style), isinstance(event, yaml.MappingStartEvent)
    places[path] = place = Place(start, start, column, mapping, flow, start + 1 if flow else start)
    number = 0
    while not isinstance(item := next(events), yaml.CollectionEndEvent):
        key = item.value if mapping else number
        place.last = max(place.last, _walk(next(events) if mapping else item, events, (*path, key), places))
        number += 1
    closing: Any = item
    place.end = closing.end_mark.index if flow else place.last
    return int(place.end)
