"""`quizgen make` for ever larger classes, each in a process of its own."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from clock import quizgen
from found import Found
from growth import Measured, growing, grown

STUDENTS = {False: (50, 500, 1_000, 2_000), True: (50, 500, 5_000, 50_000, 500_000, 1_000_000)}
WORDS = ("make", "--blueprint", "quiz", "--to", "md", "--seed", "benchmark", "--n")


def measure(full: bool) -> list[Found]:
    """The five card problems, booklets in Markdown; time beyond that of fifty papers."""
    with TemporaryDirectory() as place:
        rows = list(growing(STUDENTS[full], lambda n: made(Path(place), n)))
    title = "make: the blueprint `quiz`, booklets in Markdown, whole processes"
    return [grown(title, "making", rows, STUDENTS[full], start=rows[0].processor)]


def made(place: Path, n: int) -> Measured:
    """An exam, made and thrown away."""
    spent = quizgen(*WORDS, str(n), folder=place)
    shutil.rmtree(place / "exam")
    row = {"papers": n, "seconds": spent.seconds, "of processors": spent.processor, "MB": spent.megabytes}
    return Measured(n, row | {"papers/s": n / spent.seconds}, spent.seconds, spent.processor, spent.megabytes)
