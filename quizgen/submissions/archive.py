"""A zip of handed-in files, as platforms give it. Nothing is unpacked onto the disk; sizes are limited."""

from __future__ import annotations

import io
import lzma
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from zipfile import BadZipFile, ZipFile, ZipInfo

from quizgen.errors import QuizgenError, printable
from quizgen.submissions.savedfile import MAX_BYTES, STRANGER

ZIP = b"PK\x03\x04"  # how a zip begins, and so a workbook
NOTHING = b"PK\x05\x06"  # a zip without files
MAX_ENTRIES = 20_000
MAX_TOTAL = 200_000_000  # bytes unpacked, of all files that are read
MAX_RATIO = 100  # unpacked to packed; typed answers reach ten
_SMALL = 10_000  # bytes below which no ratio is looked at
_PACKED_TABLES = ("xl/workbook.xml", "[Content_Types].xml", "content.xml")  # of workbooks and of OpenDocument
_READ = (".json", ".txt")
_BROKEN = (BadZipFile, RuntimeError, NotImplementedError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError)


@dataclass(frozen=True)
class Entry:
    """A file in a zip: its name there, what it holds, or why it was not read."""

    name: str
    data: bytes = b""
    reason: str = ""


def is_archive(data: bytes, name: str) -> bool:
    """Whether a file is a zip of files, and no workbook; of a damaged one its name decides."""
    if data[:4] not in (ZIP, NOTHING):
        return False
    try:
        with ZipFile(io.BytesIO(data)) as file:
            return not any(member in _PACKED_TABLES for member in file.namelist())
    except (*_BROKEN, struct.error):
        return name.lower().endswith(".zip")


def entries(data: bytes, where: str) -> Iterator[Entry]:
    """The files of a zip, at any depth, in its order; those that cannot be read have a reason instead.

    Raises QuizgenError for a damaged zip, for too many files, and if all together are too large.
    """
    try:
        file = ZipFile(io.BytesIO(data))
    except (*_BROKEN, struct.error):
        raise QuizgenError("this zip is damaged", where=where, hint="Download it again.") from None
    with file:
        members = [member for member in file.infolist() if not member.is_dir()]
        if len(members) > MAX_ENTRIES:
            raise QuizgenError(f"{len(members):,} files; the limit is {MAX_ENTRIES:,}", where=where)
        if not any(member.filename.lower().endswith(_READ) for member in members):
            hint = "Tables are graded one by one, or as a folder: unpack it."
            raise QuizgenError("no file in this zip was saved by a page of quizgen", where=where, hint=hint)
        total = 0
        for member in members:
            entry = _entry(file, member)
            total += len(entry.data)
            if total > MAX_TOTAL:
                raise QuizgenError(f"more than {MAX_TOTAL:,} bytes of answers", where=where, hint="Split it.")
            yield entry


def _entry(file: ZipFile, member: ZipInfo) -> Entry:
    """One file; what its own heading says of its size is not relied on."""
    name = printable(member.filename)
    if not name.lower().endswith(_READ):
        return Entry(name, reason=STRANGER)
    if member.file_size > MAX_BYTES:
        return Entry(name, reason=f"{member.file_size:,} bytes; the limit is {MAX_BYTES:,}")
    if member.file_size > _SMALL and member.file_size > MAX_RATIO * member.compress_size:
        return Entry(name, reason="packed more tightly than typed answers are")
    try:
        with file.open(member) as packed:
            data = packed.read(MAX_BYTES + 1)
    except (*_BROKEN, struct.error):
        return Entry(name, reason="damaged or locked within the zip")
    return Entry(name, data) if len(data) <= MAX_BYTES else Entry(name, reason=f"more than {MAX_BYTES:,} bytes")
