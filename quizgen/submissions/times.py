"""Times as files write them -> ISO texts that can be compared; what cannot be read stays as it was written.

A zone is kept where it is stated. Whether 8/4 is in April or in August is decided by the whole column, or not at all.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = r"(?:[,T]?\s*(?:at\s+)?(?P<h>\d{1,2})[:.](?P<min>\d{2})(?:[:.](?P<s>\d{2})(?:[.,]\d+)?)?"
_CLOCK += r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?)"
_ZONE = r"\s*(?P<zone>Z|UTC|GMT|(?:UTC|GMT)?\s*[+-]\d{1,2}(?::?\d{2})?)?"
_AFTER = rf"{_CLOCK}?{_ZONE}(?: \(a date\))?$"
_YEAR_FIRST = re.compile(rf"^(?P<y>\d{{4}})[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}}){_AFTER}")
_WORDS = re.compile(
    rf"^(?:[^\W\d]+,\s*)?(?:(?P<d>\d{{1,2}})\.?\s+(?P<month>[A-Za-z]{{3}})[a-z]*\.?|"
    rf"(?P<month2>[A-Za-z]{{3}})[a-z]*\.?\s+(?P<d2>\d{{1,2}})),?\s+(?P<y>\d{{4}}){_AFTER}"
)
_DOTS = re.compile(rf"^(?P<d>\d{{1,2}})\.(?P<m>\d{{1,2}})\.(?P<y>\d{{4}}){_AFTER}")
_SLASHES = re.compile(rf"^(?P<a>\d{{1,2}})/(?P<b>\d{{1,2}})/(?P<y>\d{{4}}){_AFTER}")
_ISO = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(Z|[+-]\d\d:\d\d)?")


def readable_times(texts: pa.Array) -> pa.Array:
    """A column of times, ISO where they can be read.

    >>> texts = pa.array(["30 November 2026, 1:05 PM", "2026-11-30 13:05:09 UTC", "8/4/2026", "soon"])
    >>> readable_times(texts).to_pylist()
    ['2026-11-30T13:05:00', '2026-11-30T13:05:09Z', '8/4/2026', 'soon']
    """
    encoded = pc.dictionary_encode(texts)
    words = [word.strip() for word in encoded.dictionary.to_pylist()]
    day_first = _day_first(words)
    read = pa.array([_iso(word, day_first) or word for word in words], pa.string())
    return read.take(encoded.indices)


def read_time(text: str) -> tuple[np.datetime64, bool] | None:
    """An ISO text as a moment, and whether it states its zone (the moment is then UTC's); None for anything else.

    >>> read_time("2026-11-30T13:05:00+01:00")
    (np.datetime64('2026-11-30T12:05:00'), True)
    """
    match = _ISO.fullmatch(text)
    if not match:
        return None
    moment = np.datetime64(match[1], "s")
    if not match[2]:
        return moment, False
    return moment - np.timedelta64(0 if match[2] == "Z" else _offset(match[2]), "m"), True


def _day_first(words: list[str]) -> bool | None:
    """Whether the day stands before the month in dates like 13/4/2026, if the column betrays it."""
    pairs = [(int(match["a"]), int(match["b"])) for word in words if (match := _SLASHES.match(word))]
    day, month = any(a > 12 for a, _ in pairs), any(b > 12 for _, b in pairs)
    return None if day == month else day


def _iso(word: str, day_first: bool | None) -> str | None:
    """A time in ISO's spelling, or None."""
    if match := _YEAR_FIRST.match(word) or _DOTS.match(word):
        month, day = int(match["m"]), int(match["d"])
    elif match := _WORDS.match(word):
        name = (match["month"] or match["month2"]).lower()
        if name not in _MONTHS:
            return None
        month, day = _MONTHS.index(name) + 1, int(match["d"] or match["d2"])
    elif (match := _SLASHES.match(word)) and (day_first is not None or match["a"] == match["b"]):
        day, month = int(match["a" if day_first else "b"]), int(match["b" if day_first else "a"])
    else:
        return None
    hour, minute, second = (int(match[part] or 0) for part in ("h", "min", "s"))
    if match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match["half"][0] in "Pp" else 0)
    try:
        moment = np.datetime64(f"{match['y']}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}", "s")
    except ValueError:
        return None
    zone = (match["zone"] or "").replace("UTC", "").replace("GMT", "").strip()
    if not match["zone"]:
        return str(moment)
    if zone in ("", "Z"):
        return f"{moment}Z"
    minutes = _offset(zone)
    sign = "-" if minutes < 0 else "+"
    return f"{moment}{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}" if abs(minutes) < 24 * 60 else None


def _offset(zone: str) -> int:
    """Minutes east of Greenwich: `+5:30`, `-0800`, `+1`."""
    digits = zone[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    return (-1 if zone[0] == "-" else 1) * (int(hours) * 60 + int(minutes))
