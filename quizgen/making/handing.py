"""What is handed out and what the owner keeps of a new exam; a large one a block of papers at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from quizgen.booklets import Progress, blank_sheet, blank_workbook, write_booklets
from quizgen.booklets.files import write_forms
from quizgen.booklets.forms import Forms
from quizgen.booklets.rules import rules_as_markdown, rules_of
from quizgen.booklets.sheet import key_headings, key_rows, sheet_headings, sheet_rows
from quizgen.exam.additions import read_exam
from quizgen.exam.model import Exam, Paper, Question, stand_in
from quizgen.exam.private import private_file, private_folder
from quizgen.exam.roster import Student
from quizgen.making.blocks import Blocks
from quizgen.making.filling import Filled


class Papers:
    """Who holds which paper: students in the roster's order; without a roster, a stand-in each of the first `held`."""

    def __init__(self, roster: Sequence[Student], held: int) -> None:
        self.roster = roster
        self.held = len(roster) or held

    def some(self, first: int, last: int) -> Iterator[Paper]:
        """Those of some numbers that somebody holds."""
        for number in range(first, min(last, self.held) + 1):
            student = self.roster[number - 1] if self.roster else None
            yield Paper(student.id, number, student.details) if student else Paper(stand_in(number), number, {})

    def details(self, n: int) -> list[Mapping[str, str] | None]:
        """What the roster says of the holders of n papers; None of spares."""
        return [*(paper.details for paper in self.some(1, n)), *[None] * (n - self.held)]

    @property
    def columns(self) -> list[str]:
        """The roster's other columns."""
        return list(dict.fromkeys(name for student in self.roster for name in student.details))


def hand_out(
    exam: Exam,
    filled: Sequence[Filled],
    blocks: Blocks,
    papers: Papers,
    folder: Path,
    forms: Forms,
    progress: Progress,
    *,
    workbook: bool,
) -> Exam:
    """Write booklets, keys and the sheet of a new exam; gives it with the papers of its first block."""
    if blocks.count == 1:
        exam = replace(exam, papers=tuple(papers.some(1, blocks.n)))
        (folder / "submissions.csv").write_text(blank_sheet(exam), encoding="utf-8")
        write_booklets(exam, folder, None, forms, progress)
    else:
        exam = _in_blocks(exam, filled, blocks, papers, folder, forms, progress)
    if workbook:
        (folder / "submissions.xlsx").write_bytes(blank_workbook(exam if blocks.count == 1 else read_exam(folder)))
    return exam


def _in_blocks(
    exam: Exam,
    filled: Sequence[Filled],
    blocks: Blocks,
    papers: Papers,
    folder: Path,
    forms: Forms,
    progress: Progress,
) -> Exam:
    """The same for a large exam, a block of papers at a time; what is printed needs all of them at once."""
    first, staff = _block_of(exam, filled, blocks, papers, 0), private_folder(folder / "staff")
    keys = private_folder(staff / "key")
    with ExitStack() as stack:
        key = stack.enter_context(private_file(staff / "key.csv"))
        sheet = stack.enter_context((folder / "submissions.csv").open("wb"))
        key.write(key_headings(first).encode())
        sheet.write(sheet_headings(first, papers.columns).encode())
        for number in range(blocks.count):
            some, numbers = _block_of(exam, filled, blocks, papers, number), _numbers(blocks, number)
            key.write(key_rows(some, numbers).encode())
            sheet.write(sheet_rows(some, numbers, papers.columns).encode())
            written = _Onward(progress, numbers[0] - 1, blocks.n)
            write_forms(some, forms, folder / "booklets", numbers=numbers, keys=keys, progress=written)
            progress("writing keys and the sheet", numbers[-1], blocks.n)
    rules = rules_as_markdown(rules_of(exam.grader, exam.language, first))
    (folder / "rules.md").write_text(rules, encoding="utf-8", newline="\n")
    if forms.printing:
        from quizgen.booklets.printed import print_handouts, write_for_the_owner

        whole = read_exam(folder)
        everybody = range(1, blocks.n + 1)
        print_handouts(whole, folder / "booklets", staff, forms.printing, numbers=everybody, progress=progress)
        write_for_the_owner(whole, staff, forms.printing)
    return first


class _Onward:
    """Progress with papers of one block, told as progress with all of them."""

    def __init__(self, progress: Progress, before: int, n: int) -> None:
        self.progress, self.before, self.n = progress, before, n

    def __call__(self, what: str, done: int, _: int) -> None:
        self.progress(what, self.before + done, self.n)


def _numbers(blocks: Blocks, number: int) -> range:
    first, last = blocks.numbers(number)
    return range(first, last + 1)


def _block_of(exam: Exam, filled: Sequence[Filled], blocks: Blocks, papers: Papers, number: int) -> Exam:
    """A large exam with the variants and papers of one block; its sheets are as wide as those of all."""
    held = tuple(papers.some(*blocks.numbers(number)))
    return replace(exam, questions=tuple(_widened(one, blocks, number) for one in filled), papers=held)


def _widened(filled: Filled, blocks: Blocks, number: int) -> Question:
    """A block of a question, with room for the largest right answers of all blocks."""
    block = blocks.read(filled.question, number)
    expected = {name: value.widened(filled.largest[name]) for name, value in block.expected.items()}
    return replace(block, expected=expected, waived=filled.waived)
