"""The blocks of an unfinished exam: written as they are drawn, noted by digest, read back where they are needed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from quizgen.exam import blocks
from quizgen.exam.folder import NOTED
from quizgen.exam.model import Question
from quizgen.world.values import Value


class Blocks:
    """The variants of an exam of n papers in its unfinished folder, in blocks numbered from 0.

    Of a large exam, blocks are forgotten as soon as they are written; the one of a small exam is kept.
    """

    def __init__(self, folder: Path, n: int) -> None:
        self.folder, self.n = folder, n
        self.count = len(blocks.blocks_of("", n))
        self._noted = self._read_notes()
        self._kept: dict[str, Question] = {}
        (folder / "variants").mkdir(exist_ok=True)

    def numbers(self, number: int) -> tuple[int, int]:
        """The first and the last paper of a block."""
        return number * blocks.BLOCK + 1, min(self.n, (number + 1) * blocks.BLOCK)

    def finished(self, question: Question) -> Iterator[Question]:
        """The first blocks of a question that an earlier process finished; those are the bytes that it wrote."""
        for number in range(self.count):
            place = self._place(question, number)
            noted = self._noted.get(place.name)
            if not noted or not place.is_file() or _digest(place.read_bytes()) != noted:
                return
            yield self._keep(self.read(question, number))

    def write(self, block: Question, number: int) -> None:
        """Write a block of variants."""
        place, data = self._place(block, number), blocks.packed(block)
        place.write_bytes(data)
        with (self.folder / NOTED).open("a", encoding="utf-8") as notes:
            notes.write(f"\n{place.name} {_digest(data)}")
        self._keep(block)

    def read(self, question: Question, number: int) -> Question:
        """A block of a question's variants."""
        if question.name in self._kept:
            return self._kept[question.name]
        found = blocks.unpacked(question, self._place(question, number), picked=question.asked is not None)
        return replace(found, before=number * blocks.BLOCK)

    def joined(self, question: Question, first: int, last: int) -> dict[str, Value]:
        """The parameters of a question's variants in some blocks."""
        parts = [self.read(question, number).params for number in range(first, last + 1)]
        return {name: Value.joined([part[name] for part in parts]) for name in parts[0]}

    def _place(self, question: Question, number: int) -> Path:
        return self.folder / blocks.blocks_of(question.name, self.n)[number]

    def _keep(self, block: Question) -> Question:
        if self.count == 1:
            self._kept[block.name] = block
        return block

    def _read_notes(self) -> dict[str, str]:
        """Name of a block -> digest; a line that was being written when its process died fits no block."""
        place = self.folder / NOTED
        text = place.read_text(encoding="utf-8", errors="replace") if place.exists() else ""
        lines = (line.partition(" ") for line in text.splitlines())
        return {name: digest for name, _, digest in lines}


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16, person=b"quizgen noted").hexdigest()
