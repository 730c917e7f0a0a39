"""Other names for students: the same in every grading, and of no use without the exam's staff folder.

A pseudonym is a keyed hash of the student's id. The key, made when the first pseudonym is wanted, and the list of who
is who stay in `staff/`, for the owner only.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

from quizgen.csvtext import restored, write_csv
from quizgen.errors import QuizgenError
from quizgen.exam.private import write_private

KEY, NAMES = "staff/pseudonym-key.txt", "staff/pseudonyms.csv"
_HEADINGS = ["student", "pseudonym"]
_FORM = re.compile(r"p-[a-z2-7]{12}")
_LETTERS = 12  # of five bits each; two of 100,000 students share a name once in 200 million exams


def pseudonym(key: bytes, student: str) -> str:
    """The name of a student under a key.

    >>> pseudonym(bytes(32), "ann"), pseudonym(bytes(32), "bob")
    ('p-2jgttamqmbwg', 'p-5uwcxoj3rg6s')
    """
    digest = hashlib.blake2b(student.encode(), key=key, digest_size=8, person=b"quizgen alias").digest()
    return "p-" + base64.b32encode(digest).decode().lower()[:_LETTERS]


def is_pseudonym(name: str) -> bool:
    """Whether a name looks like one that `pseudonym` gives.

    >>> is_pseudonym("p-2jgttamqmbwg"), is_pseudonym("p-2026")
    (True, False)
    """
    return _FORM.fullmatch(name) is not None


def give_pseudonyms(folder: Path, students: Iterable[str]) -> dict[str, str]:
    """Student -> pseudonym, for an exam folder; whoever is new is added to its list of who is who."""
    key = _key(folder)
    names = {student: pseudonym(key, student) for student in students}
    listed = {student: name for name, student in read_pseudonyms(folder).items()} | names
    if len(set(listed.values())) < len(listed):
        raise QuizgenError("two students would get one pseudonym", where=str(folder / KEY), hint="Remove the key.")
    write_private(folder / NAMES, write_csv(_HEADINGS, sorted(listed.items())).encode())
    return names


def unlisted_pseudonyms(students: Iterable[str]) -> dict[str, str]:
    """Student -> pseudonym by a key that nobody ever sees: there is no way back. What is a pseudonym stays one."""
    key = secrets.token_bytes(32)
    names = {student: student if is_pseudonym(student) else pseudonym(key, student) for student in students}
    if len(set(names.values())) < len(names):
        raise QuizgenError("two students would get one pseudonym", hint="Say it once more.")
    return names


def read_pseudonyms(folder: Path) -> dict[str, str]:
    """Pseudonym -> student, as far as any were given; raises QuizgenError if the list is damaged."""
    path = folder / NAMES
    if not path.exists():
        return {}
    try:
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    except (ValueError, csv.Error) as error:
        raise QuizgenError(f"cannot be read: {error}", where=str(path)) from None
    if not rows or rows[0] != _HEADINGS or any(len(row) != len(_HEADINGS) for row in rows):
        raise QuizgenError("is damaged: it is no list of students and pseudonyms", where=str(path))
    return {name: restored(student) for student, name in rows[1:]}


def _key(folder: Path) -> bytes:
    """The exam's key, made now if there is none yet."""
    path = folder / KEY
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_private(path, secrets.token_hex(32).encode() + b"\n")
    try:
        key = bytes.fromhex(path.read_text(encoding="utf-8").strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        raise QuizgenError("is damaged: it is no key", where=str(path), hint="Restore it from a copy.")
    return key
