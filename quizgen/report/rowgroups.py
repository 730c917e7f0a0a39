"""Parquet files put one behind the other as one: their pages are copied as they are, and one footer tells of all.

What costs is encoding pages, and each was encoded once already, by whoever marked its block. A footer is a struct of
Thrift's compact protocol: fields with a number and a kind. Only the places of pages in the file are changed in it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, BinaryIO

_MAGIC = b"PAR1"
_TAIL = struct.Struct("<I4s")  # behind the footer: its length
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
_NUMBERS = (4, 5, 6)  # of 16, 32 and 64 bits: all written the same way
_SCHEMA, _ROWS, _GROUPS = 2, 3, 4  # of the whole file
_COLUMNS, _GROUP_PLACE, _ORDINAL = 1, 5, 7  # of a group of rows
_PLACE, _ABOUT, _INDEX_PLACES = 2, 3, (4, 6)  # of a column in it
_PAGE_PLACES = (9, 10, 11, 14)  # of what is told about a column: pages of data, index, dictionary; its filter


@dataclass
class _Struct:
    """Fields by number: the kind of each, and what it holds."""

    fields: dict[int, tuple[int, Any]] = field(default_factory=dict)

    def __getitem__(self, number: int) -> Any:
        return self.fields[number][1]

    def put(self, number: int, what: object) -> None:
        """Change a field, if there is one."""
        if number in self.fields:
            self.fields[number] = (self.fields[number][0], what)

    def move(self, numbers: tuple[int, ...], by: int) -> None:
        """Move places in the file; none is written as 0."""
        for number in numbers:
            if number in self.fields and self[number]:
                self.put(number, self[number] + by)


@dataclass(frozen=True)
class _List:
    """Elements of one kind."""

    kind: int
    elements: list[Any]


class JoinedFile:
    """A Parquet file that takes over the groups of rows of others, all with the same columns."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._footer: _Struct | None = None
        file.write(_MAGIC)

    def __bool__(self) -> bool:
        """Whether anything was taken over."""
        return self._footer is not None

    def append(self, other: BinaryIO) -> None:
        """Copy what stands in another file."""
        footer, end = _footer_of(other)
        by = self._file.tell() - len(_MAGIC)
        other.seek(len(_MAGIC))
        _copy(other, self._file, end - len(_MAGIC))
        for group in footer[_GROUPS].elements:
            _move(group, by)
        if self._footer is None:
            self._footer = footer
        elif footer[_SCHEMA] != self._footer[_SCHEMA]:
            raise ValueError("the columns of two files of marks differ")
        else:
            self._footer[_GROUPS].elements.extend(footer[_GROUPS].elements)
            self._footer.put(_ROWS, self._footer[_ROWS] + footer[_ROWS])

    def close(self) -> None:
        """Write the footer; without any columns there is none."""
        if self._footer is None:
            return
        for number, group in enumerate(self._footer[_GROUPS].elements):
            group.put(_ORDINAL, number)
        written = BytesIO()
        _write(written, _STRUCT, self._footer)
        self._file.write(written.getvalue() + _TAIL.pack(written.tell(), _MAGIC))


def _footer_of(file: BinaryIO) -> tuple[_Struct, int]:
    """The footer of a file, and where it begins."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL.size))
    tail = file.read()
    length, magic = _TAIL.unpack(tail) if len(tail) == _TAIL.size else (size, b"")
    begins = size - _TAIL.size - length
    if magic != _MAGIC or begins < len(_MAGIC):
        raise ValueError("this is no Parquet file")
    file.seek(begins)
    footer: _Struct = _read(BytesIO(file.read(length)), _STRUCT)
    return footer, begins


def _move(group: _Struct, by: int) -> None:
    """Say that the pages of a group of rows stand further down."""
    group.move((_GROUP_PLACE,), by)
    for column in group[_COLUMNS].elements:
        column.move((_PLACE, *_INDEX_PLACES), by)
        column[_ABOUT].move(_PAGE_PLACES, by)


def _copy(source: BinaryIO, target: BinaryIO, length: int, step: int = 1 << 20) -> None:
    """Copy so many bytes."""
    while length:
        data = source.read(min(step, length))
        if not data:
            raise ValueError("a Parquet file ends too early")
        length -= target.write(data)


def _read(file: BinaryIO, kind: int) -> Any:
    """What stands next in a footer."""
    if kind in _NUMBERS:
        return _signed(_read_length(file))
    if kind == _BINARY:
        return _exactly(file, _read_length(file))
    if kind in (_TRUE, _FALSE, _BYTE):  # as elements of a list; a field says it in its kind
        return _exactly(file, 1)
    if kind == _DOUBLE:
        return _exactly(file, 8)
    if kind in (_LIST, _SET):
        head = _exactly(file, 1)[0]
        length = head >> 4 if head >> 4 < 15 else _read_length(file)
        return _List(head & 15, [_read(file, head & 15) for _ in range(length)])
    if kind == _STRUCT:
        return _read_struct(file)
    raise ValueError(f"a footer of Parquet with something unknown in it: {kind}")


def _read_struct(file: BinaryIO) -> _Struct:
    found, number = _Struct(), 0
    while head := _exactly(file, 1)[0]:
        number = number + (head >> 4) if head >> 4 else _signed(_read_length(file))
        kind = head & 15
        found.fields[number] = (kind, None if kind in (_TRUE, _FALSE) else _read(file, kind))
    return found


def _write(file: BinaryIO, kind: int, what: Any) -> None:
    """Write what stands next in a footer."""
    if kind in _NUMBERS:
        _write_length(file, what << 1 if what >= 0 else ~(what << 1))
    elif kind == _BINARY:
        _write_length(file, len(what))
        file.write(what)
    elif kind in (_LIST, _SET):
        file.write(bytes([min(len(what.elements), 15) << 4 | what.kind]))
        if len(what.elements) >= 15:
            _write_length(file, len(what.elements))
        for element in what.elements:
            _write(file, what.kind, element)
    elif kind == _STRUCT:
        _write_struct(file, what)
    else:
        file.write(what)


def _write_struct(file: BinaryIO, what: _Struct) -> None:
    before = 0
    for number, (kind, held) in what.fields.items():
        near = 0 < number - before < 16
        file.write(bytes([(number - before) << 4 | kind if near else kind]))
        if not near:
            _write(file, _NUMBERS[0], number)
        if kind not in (_TRUE, _FALSE):
            _write(file, kind, held)
        before = number
    file.write(b"\0")


def _exactly(file: BinaryIO, length: int) -> bytes:
    data = file.read(length)
    if len(data) != length:
        raise ValueError("a footer of Parquet ends too early")
    return data


def _signed(number: int) -> int:
    return number >> 1 if not number & 1 else ~(number >> 1)


def _read_length(file: BinaryIO) -> int:
    """A whole number, seven bits to a byte."""
    number = shift = 0
    while (byte := _exactly(file, 1)[0]) & 0x80:
        number |= (byte & 0x7F) << shift
        shift += 7
    return number | byte << shift


def _write_length(file: BinaryIO, number: int) -> None:
    while number > 0x7F:
        file.write(bytes([number & 0x7F | 0x80]))
        number >>= 7
    file.write(bytes([number]))
