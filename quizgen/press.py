"""A Typst template and data as JSON -> PDF, in processes that are renewed, so that memory stays flat.

Typst remembers what it has set before: quick for papers that are alike, and never given back. So a process sets a
number of papers and makes room for a fresh one. Nothing but this module is loaded there.
"""

from __future__ import annotations

import io
import multiprocessing
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import Any

from quizgen.errors import QuizgenError

PAPERS_EACH = 50  # that a process sets, about, before a fresh one takes its place
_FEW = 2  # papers that are set in this process
_AHEAD = 2  # papers that wait for each process


@dataclass(frozen=True)
class Job:
    """Data to be set with a template, and the file it goes to; `private`: for the owner's eyes only."""

    number: int
    data: str
    file: Path
    private: bool = False


def refuse_without_typst() -> None:
    """Raise QuizgenError where the libraries for PDF are not installed."""
    try:
        import pypdf  # noqa: F401  (only to see whether it can be loaded)
        import segno  # noqa: F401  (only to see whether it can be loaded)
        import typst  # noqa: F401  (only to see whether it can be loaded)
    except ImportError as error:
        hint = 'Install it: pip install "quizgen[pdf]"'
        raise QuizgenError(f"a PDF needs {error.name}, which is not installed", hint=hint) from None


def cores() -> int:
    """How many papers are set at a time where nobody says otherwise."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def press(jobs: Iterator[Job], template: Path, processes: int | None = None) -> Iterator[tuple[int, int]]:
    """Set papers; yields number and pages of each as it is done, in the order of the jobs.

    Raises QuizgenError for data that cannot be set.
    """
    refuse_without_typst()
    first = list(islice(jobs, _FEW + 1))
    if len(first) <= _FEW:
        yield from (_set(job, template) for job in first)
        return
    number = processes or cores()
    jobs = chain(first, jobs)
    while block := list(islice(jobs, 1)):
        yield from _pressed(chain(block, islice(jobs, PAPERS_EACH * number - 1)), template, number)


def _pressed(jobs: Iterator[Job], template: Path, processes: int) -> Iterator[tuple[int, int]]:
    """Set papers in processes of their own, which end with the last of them.

    Processes that renew themselves (`max_tasks_per_child`) would wait for each other for ever if the last papers come
    when all are due: a fault of the library (CPython 115634).
    """
    waiting: deque[Future[tuple[int, int]]] = deque()
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            for job in jobs:
                waiting.append(pool.submit(_set, job, template))
                if len(waiting) > _AHEAD * processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool:
            raise QuizgenError(
                "a process that sets papers was ended from outside", hint="Is there memory enough? Try again."
            ) from None
        finally:
            for future in waiting:
                future.cancel()


def _set(job: Job, template: Path) -> tuple[int, int]:
    """Set a paper and write its file."""
    pdf = typeset(job.data, template)
    handle = os.open(job.file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if job.private else 0o666)
    with os.fdopen(handle, "wb") as file:
        file.write(pdf)
    return job.number, pages_of(pdf)


def typeset(data: str, template: Path) -> bytes:
    """Set data with a template: the PDF, accessible if the text allows (headings out of order do not)."""
    import typst

    try:
        pdf, warnings = _compiled(data, template, ["ua-1"])
    except typst.TypstError:
        try:
            pdf, warnings = _compiled(data, template, [])
        except typst.TypstError as error:
            raise QuizgenError(f"a paper cannot be set: {error.message}", where=str(template)) from None
    if any("converge" in warning.message for warning in warnings):
        raise QuizgenError("a paper cannot be set: its pages do not settle", where=str(template))
    return pdf


def _compiled(data: str, template: Path, standards: list[Any]) -> tuple[bytes, list[Any]]:
    """A PDF, and what the library warns of."""
    compiler = _compiler(template)
    pdf, warnings = compiler.compile_with_warnings(format="pdf", sys_inputs={"data": data}, pdf_standards=standards)
    return pdf, warnings


@lru_cache(maxsize=2)
def _compiler(template: Path) -> Any:
    """A compiler that has read its fonts: only those that the library brings along, so that all machines agree."""
    import typst

    return typst.Compiler(template, root=template.parent, font_paths=[], ignore_system_fonts=True)


def pages_of(pdf: bytes) -> int:
    """How many pages a PDF has."""
    from pypdf import PdfReader

    return len(PdfReader(io.BytesIO(pdf)).pages)
