"""Booklets as PDF: a file for each student, all equally long, and files for the printer in the order of the seats."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from quizgen.booklets.binding import bind
from quizgen.booklets.forms import Printing
from quizgen.booklets.model import Booklet, Progress
from quizgen.booklets.payload import LARGE, Look, Mode, payload
from quizgen.booklets.seats import rooms_of
from quizgen.errors import QuizgenError
from quizgen.exam.model import Exam
from quizgen.exam.private import write_private
from quizgen.exam.wishes import wishes_of
from quizgen.filenames import file_names
from quizgen.press import Job, press, refuse_without_typst

TEMPLATE = Path(__file__).parent.parent / "render" / "booklet.typ"

Bound = Callable[[Sequence[int]], Iterator[Booklet]]  # numbers of papers -> their booklets, in this order

SPARE, SPARES = "spare", "spares"  # papers that nobody holds, and a stack of them
_PILOTS = 2  # papers that tell how many pages to expect
_ROUNDS = 4  # one sets all papers, one those that turned out shorter than others; more are not needed
_SPARE = 2  # codes for pages that a paper may have beyond


def write_pdfs(
    exam: Exam,
    folder: Path,
    printing: Printing,
    *,
    mode: Mode = Mode.QUESTIONS,
    numbers: Sequence[int] | None = None,
    bound: Bound | None = None,
    progress: Progress | None = None,
) -> dict[int, Path]:
    """Write a PDF for each of some papers into a folder; their files by number.

    If none are named: for all but those for which the roster asks another form.
    """
    refuse_without_typst()
    folder.mkdir(parents=True, exist_ok=True)
    numbers = on_paper(exam, range(1, exam.n + 1)) if numbers is None else numbers
    files = {number: folder / f"{name}.pdf" for number, name in _names(exam, numbers).items()}
    run = _Run(bound or partial(bind, exam), mode, printing, files, progress or (lambda *_: None))
    looks = _looks(exam, printing)
    for look in sorted({looks[number] for number in numbers}, key=lambda look: look.size):
        run.set_alike([number for number in numbers if looks[number] == look], look)
    return files


@dataclass(frozen=True)
class _Run:
    """Papers that are being set."""

    bound: Bound
    mode: Mode
    printing: Printing
    files: Mapping[int, Path]
    progress: Progress
    private: bool = False

    def set_alike(self, numbers: Sequence[int], look: Look) -> None:
        """Set papers that look alike, equally long: a stack printed on both sides can be cut apart anywhere."""
        pages = self._set(numbers[:_PILOTS], look, 0, 0)
        length, codes = self._length(pages), 0
        again = numbers
        for _ in range(_ROUNDS):
            codes = max(codes, length, max(pages.values()) + _SPARE)
            pages |= self._set(again, look, length, codes)
            length = self._length(pages)
            again = [number for number in numbers if pages[number] < length or pages[number] > codes]
            if not again:
                return
        raise QuizgenError("booklets do not become equally long", hint="This is an error of ours: please report it.")

    def _length(self, pages: Mapping[int, int]) -> int:
        """The pages that every paper is to have at least."""
        longest = max(pages.values())
        return longest + longest % 2 if self.printing.duplex else 0

    def _set(self, numbers: Sequence[int], look: Look, pages: int, codes: int) -> dict[int, int]:
        """Set papers with at least so many pages; how many each has."""
        jobs = (
            Job(b.number, payload(b, self.mode, look, pages=pages, codes=codes), self.files[b.number], self.private)
            for b in self.bound(numbers)
        )
        done: dict[int, int] = {}
        for number, found in press(jobs, TEMPLATE, self.printing.processes):
            done[number] = found
            self.progress("setting pages", len(done), len(numbers))
        return done


def write_stacks(exam: Exam, files: Mapping[int, Path], folder: Path, ending: str = "") -> list[Path]:
    """Files for the printer: one for each room, in the order of the seats, and one of spares.

    Their names end in `ending`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stacks: list[Path] = []
    rooms = rooms_of(paper for paper in exam.papers if paper.number in files)
    if spares := [number for number in files if number not in exam.holders]:
        name = _free(SPARES, [room.file for room in rooms])
        stacks.append(folder / f"{name}{ending}.pdf")
        stacks[-1].write_bytes(merged(files[number] for number in spares))
    for room in rooms:
        stacks.append(folder / f"{room.file}{ending}.pdf")
        stacks[-1].write_bytes(merged(files[paper.number] for paper in room.papers))
    return stacks


def write_key(
    exam: Exam,
    staff: Path,
    printing: Printing,
    *,
    numbers: Sequence[int] | None = None,
    bound: Bound | None = None,
    progress: Progress | None = None,
) -> Path:
    """Right answers and worked solutions of some papers (all, if none are named) in one file, for the owner only."""
    refuse_without_typst()
    bound = bound or partial(bind, exam, solutions=True)
    with tempfile.TemporaryDirectory(dir=staff, prefix=".key-") as place:  # nobody else may look into it
        files = {number: Path(place) / f"{number}.pdf" for number in numbers or range(1, exam.n + 1)}
        single = replace(printing, duplex=False)
        run = _Run(bound, Mode.KEY, single, files, progress or (lambda *_: None), private=True)
        run.set_alike(list(files), Look(paper=printing.paper))
        write_private(staff / "key.pdf", merged(files.values()))
    return staff / "key.pdf"


def merged(files: Iterable[Path]) -> bytes:
    """Several PDFs as one."""
    from pypdf import PdfWriter

    whole = io.BytesIO()
    with PdfWriter() as writer:
        for file in files:
            writer.append(file, import_outline=False)
        writer.write(whole)
    return whole.getvalue()


def on_paper(exam: Exam, numbers: Sequence[int]) -> list[int]:
    """Those of some papers that are printed: not those of students who read another form."""
    others = {paper.number for paper in exam.papers if wishes_of(paper.details).format not in ("", "pdf")}
    return [number for number in numbers if number not in others]


def _names(exam: Exam, numbers: Sequence[int]) -> dict[int, str]:
    """The names of the files, without ending: the student's where one is known, else the number."""
    students = {number: paper.student for number, paper in exam.named.items()}
    names = file_names(students.values())
    taken = set(names.values())

    def name(number: int) -> str:
        if number in students:
            return names[students[number]]
        return _free(f"{number:03d}" if number in exam.holders else f"{SPARE}-{number:03d}", taken)

    return {number: name(number) for number in numbers}


def _free(name: str, taken: Collection[str]) -> str:
    """A name that is not taken yet, whatever their capitals."""
    lower = {other.lower() for other in taken}
    while name in lower:
        name += "-"
    return name


def _looks(exam: Exam, printing: Printing) -> dict[int, Look]:
    """How each paper looks: in large print where the roster asks for it."""
    looks = dict.fromkeys(range(1, exam.n + 1), Look(paper=printing.paper))
    large = (paper.number for paper in exam.papers if wishes_of(paper.details).large)
    return looks | dict.fromkeys(large, Look(printing.paper, LARGE))
