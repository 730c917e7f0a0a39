"""The file that a page saves: a student's answers with exam, tag, time and a checksum.

The checksum (CRC-32) shows that a file was cut short or changed by accident. It is no signature: whoever can edit a
file can compute it. It is over the texts themselves, not over the spelling of the file, so that a file may be indented
anew or saved in another encoding: `quizgen answers 1`, then exam, tag, student, time, and name and text of each answer
in the order of the names, each as `length:text,` with the length in bytes of UTF-8. `saving.js` writes the same.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

KEY, KIND, FORMAT = "quizgen", "answers", 1
MAX_BYTES = 1_000_000  # of one file; a page of a thousand boxes saves a tenth of it
_MARK = re.compile(rf'"{KEY}"\s*:\s*"{KIND}"')
STRANGER = "not a file of answers that a page of quizgen saved"
_CUT = "cut short or damaged: it is no whole JSON"
_ABOUT = ("exam", "tag", "student", "saved")


@dataclass(frozen=True)
class Saved:
    """What a page saved, all texts as they were typed; `reason` says why a file cannot be used, and is '' if it can."""

    exam: str = ""
    tag: str = ""
    student: str = ""
    saved: str = ""
    answers: Mapping[str, str] | None = None
    reason: str = ""


def is_saved(text: str) -> bool:
    """Whether a text is what a page saved, as far as it goes.

    >>> is_saved('{"quizgen": "answers", "form'), is_saved('[{"quizgen": "answers"}]')
    (True, False)
    """
    return text.lstrip()[:1] == "{" and _MARK.search(text) is not None


def read_saved(text: str) -> Saved:
    """What a file's text says; never raises: whatever is wrong is the reason.

    >>> read_saved('{"quizgen": "answers", "form').reason
    'cut short or damaged: it is no whole JSON'
    """
    try:
        data = json.loads(text, object_pairs_hook=_single)
    except _DoubleError as double:
        return Saved(reason=f"damaged: '{double}' stands in it twice")
    except (ValueError, RecursionError):
        return Saved(reason=_CUT if is_saved(text) else STRANGER)
    if not isinstance(data, dict) or data.get(KEY) != KIND:
        return Saved(reason=STRANGER)
    if type(data.get("format")) is not int or data["format"] != FORMAT:
        return Saved(reason=f"saved in format {str(data.get('format'))[:20]}; this quizgen reads format {FORMAT}")
    return _checked(data)


def check_of(exam: str, tag: str, student: str, saved: str, answers: Mapping[str, str]) -> str:
    """The checksum of a file's texts, as eight digits.

    >>> check_of("ab12", "K7RF-017-X", "Zoë", "2026-11-21T10:02:03+01:00", {"Q1.out[1,1]": "3"})
    '22e594cd'
    """
    pairs = [part for name in sorted(answers) for part in (name, answers[name])]
    state = zlib.crc32(f"{KEY} {KIND} {FORMAT}\n".encode())
    for part in (exam, tag, student, saved, *pairs):
        data = part.encode()
        state = zlib.crc32(b"%d:%b," % (len(data), data), state)
    return f"{state:08x}"


def write_saved(exam: str, tag: str, student: str, saved: str, answers: Mapping[str, str]) -> str:
    """The text of a file, as a page writes it."""
    about = {KEY: KIND, "format": FORMAT, "exam": exam, "tag": tag, "student": student, "saved": saved}
    check = check_of(exam, tag, student, saved, answers)
    return json.dumps({**about, "answers": dict(answers), "check": check}, ensure_ascii=False, indent=1) + "\n"


class _DoubleError(Exception):
    """A key that stands twice in one object."""


def _single(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object of JSON whose keys all differ."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _DoubleError(next(name for name in names if names.count(name) > 1)[:80])
    return found


def _checked(data: Mapping[str, object]) -> Saved:
    """The texts of a whole file, if they are texts and the checksum is theirs."""
    about = {name: text for name in _ABOUT if isinstance(text := data.get(name), str)}
    answers = data.get("answers")
    if len(about) < len(_ABOUT) or not isinstance(answers, dict):
        missing = next((name for name in _ABOUT if name not in about), "answers")
        return Saved(reason=f"damaged: it has no '{missing}'")
    exam, tag, student, saved = (_whole(about[name]) for name in _ABOUT)
    texts = {_whole(name): _whole(text) for name, text in answers.items() if isinstance(text, str)}
    if len(texts) < len(answers):
        reason = "damaged: an answer is no text"
    elif data.get("check") != check_of(exam, tag, student, saved, texts):
        reason = "the check does not fit: it was changed or cut after it was saved"
    else:
        reason = ""
    return Saved(exam, tag, student, saved, texts, reason)


def _whole(text: str) -> str:
    """The text without halves of characters, which an escape can write and no file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
