"""The log of an exam: one JSON line for each thing that was done, chained by hashes.

Each entry holds the hash of the one before, so that nothing in the middle can be changed, left out or put in without
the chain breaking; the results repeat the last hash, so that the end cannot be cut off unnoticed either.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quizgen.decisions import Decisions
from quizgen.errors import QuizgenError
from quizgen.exam.private import write_private

FILE = "log.jsonl"
FIRST = "0" * 32
_HINT = "Restore the log from a copy: what was done to this exam can no longer be proved."


@dataclass(frozen=True)
class Actor:
    """Who does something, and when; only the command line knows."""

    by: str = ""
    at: str = ""


NOBODY = Actor()


@dataclass(frozen=True)
class Entry:
    """One line of the log."""

    number: int
    at: str
    by: str
    what: str
    about: Mapping[str, Any]
    hash: str


def entries(folder: Path) -> list[Entry]:
    """All entries of an exam's log, oldest first; raises QuizgenError with the line where the chain breaks."""
    path = folder / FILE
    if not path.exists():
        return []
    found: list[Entry] = []
    before = FIRST
    for number, line in enumerate(_whole_lines(path), start=1):
        where = f"{path}:{number}"
        try:
            data = json.loads(line)
            entry = Entry(data["n"], data["at"], data["by"], data["what"], data["about"], data["hash"])
            stated = data["before"]
        except (ValueError, LookupError, TypeError):
            raise QuizgenError("this line is no entry of the log", where=where, hint=_HINT) from None
        if stated != before or entry.number != number:
            raise QuizgenError("an entry before this line was changed or is missing", where=where, hint=_HINT)
        if entry.hash != _hash(number, entry, before):
            raise QuizgenError("this entry was changed", where=where, hint=_HINT)
        before = entry.hash
        found.append(entry)
    return found


def last_hash(folder: Path) -> str:
    """The hash of the last entry."""
    found = entries(folder)
    return found[-1].hash if found else FIRST


def append(folder: Path, actor: Actor, what: str, *about: Mapping[str, Any]) -> None:
    """Write entries of a kind at the end of the log, onto the disk. The caller holds the exam's lock."""
    if not about:
        return
    known = entries(folder)
    last = known[-1].hash if known else FIRST
    lines = _chained([(actor, what, one) for one in about], len(known) + 1, last)
    path = folder / FILE
    whole = sum(len(kept.encode()) + 1 for kept in _whole_lines(path)) if path.exists() else 0
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.truncate(whole)  # a line that was being written when its process was killed
        file.seek(whole)
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


def write_anew(folder: Path, told: Sequence[Entry]) -> None:
    """Write a whole log, chained anew, into a folder that has none: what it says was rewritten, and says so itself."""
    write_private(folder / FILE, _chained([(Actor(one.by, one.at), one.what, one.about) for one in told], 1, FIRST))


def log_once(folder: Path, actor: Actor, what: str, about: Mapping[str, Any]) -> None:
    """Write an entry, unless the last one of its kind says the same."""
    before = [entry.about for entry in entries(folder) if entry.what == what]
    if not before or dict(before[-1]) != dict(about):
        append(folder, actor, what, about)


def log_decisions(folder: Path, actor: Actor, decisions: Decisions) -> None:
    """Write an entry for each decision that is new, changed or withdrawn."""
    known: dict[str, dict[str, Any]] = {}
    for entry in entries(folder):
        if entry.what == "decision":
            known[entry.about["key"]] = dict(entry.about)
    now = {
        key: {"key": key, "student": decision.student, "decided": decision.told}
        for decision in decisions.all
        for key in ["/".join(map(str, decision.key))]
    }
    new = [about for key, about in now.items() if known.get(key) != about]
    gone = [known[key] | {"decided": ""} for key in known if key not in now and known[key]["decided"]]
    append(folder, actor, "decision", *new, *gone)


def _chained(told: Sequence[tuple[Actor, str, Mapping[str, Any]]], first: int, before: str) -> bytes:
    """The lines of entries from number `first` on, the first chained to the hash `before`."""
    lines = []
    for number, (actor, what, about) in enumerate(told, start=first):
        digest = _hash(number, Entry(number, actor.at, actor.by, what, about, ""), before)
        line = {"n": number, "at": actor.at, "by": actor.by, "what": what, "about": about, "before": before}
        lines.append(json.dumps(line | {"hash": digest}, ensure_ascii=False).encode() + b"\n")
        before = digest
    return b"".join(lines)


def _whole_lines(path: Path) -> list[str]:
    """The lines of the log; one that was not written to its end was never there."""
    return path.read_bytes().decode("utf-8", errors="replace").split("\n")[:-1]


def _hash(number: int, entry: Entry, before: str) -> str:
    """What proves an entry and all before it."""
    said = [number, entry.at, entry.by, entry.what, entry.about, before]
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16, person=b"quizgen log").hexdigest()
