"""Where an exam stands, as one value: what there is of it, and so what comes next."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

_GRADEBOOKS = ("moodle", "canvas", "brightspace", "blackboard")  # that go with exports of the same name


@dataclass(frozen=True)
class Room:
    """How many papers are held in a room, and what became of them; its name is as the roster has it."""

    name: str
    papers: int
    handed_in: int
    absent: int
    excused: int


@dataclass(frozen=True)
class Grading:
    """The last grading: when, by whom, with which grader, of how many runs, after which revision."""

    at: str
    by: str
    grader: str
    runs: int
    revision: int


@dataclass(frozen=True)
class Output:
    """A file that was written for a platform; `stale`: what it holds has changed since."""

    what: str
    form: str
    file: str
    at: str
    by: str
    stale: bool


@dataclass(frozen=True)
class Step:
    """What to do next: a command, or a few, and why."""

    command: str
    why: str


@dataclass(frozen=True)
class Status:
    """Where an exam stands: `handed_in` is None until something was graded, `rooms` is empty if the roster has none."""

    folder: Path
    title: str
    code: str
    made: float  # seconds since 1970, as the file system has them
    quizgen: str
    secret: bool
    papers: int
    held: int
    versions: int
    additions: int
    added: int
    assignments: int
    rehearsed: bool
    handed_in: Room | None
    rooms: tuple[Room, ...]
    graded: Grading | None
    waiting: int
    decided: int  # decisions in review.csv that no grading has read yet
    rejects: int
    revisions: int
    amendments: tuple[int, ...]  # recorded, and not carried out
    moved: bool  # whether papers changed hands since the results were written
    prints: int
    outputs: tuple[Output, ...]

    @property
    def spares(self) -> int:
        """Papers that nobody holds."""
        return self.papers - self.held

    @property
    def next(self) -> Step:
        """The first thing that is to be done."""
        if self.graded is None and not self.rehearsed:
            return Step(f"quizgen simulate{self._exam}", "rehearse with invented students, and grade their sheet")
        if self.graded is None:
            return Step(f"quizgen grade {self._file('submissions.csv')}", "when the answers are in")
        return self._open or self._unpublished or Step(f"quizgen archive{self._exam}", "when appeals are over")

    @property
    def _open(self) -> Step | None:
        """What is open about the marks."""
        review, regrade = self._file("review.csv"), f"quizgen regrade{self._exam}"
        for holds, command, why in (
            (self.amendments, regrade, "amendments wait; --apply carries them out"),
            (self.moved, regrade, "papers changed hands; --apply writes what changes"),
            (self.decided, regrade, f"decisions in {review} wait; --apply writes what changes"),
            (self.waiting, regrade, f"when `read as` or `points` are filled in in {review}"),
            (self.rejects, f"quizgen grade{self._exam} FILE", f"when {self._file('results/rejects.csv')} is put right"),
        ):
            if holds:
                return Step(command, why)
        return None

    @property
    def _unpublished(self) -> Step | None:
        """What nobody has been told yet."""
        for output in self.outputs:
            if output.stale and output.what != "export":
                return Step(f"quizgen {output.what} {shlex.quote(output.form)}{self._exam}", "the marks changed since")
        if any(output.what == "gradebook" for output in self.outputs):
            return None
        form = next((output.form for output in self.outputs if output.form in _GRADEBOOKS), "csv")
        return Step(f"quizgen gradebook {form}{self._exam}", "everything is marked: publish the points")

    @property
    def _exam(self) -> str:
        """How a command is told of the exam, where it would not find it by itself."""
        return "" if self.folder == Path("exam") else f" --exam {shlex.quote(str(self.folder))}"

    def _file(self, name: str) -> str:
        return shlex.quote(str(self.folder / name))
