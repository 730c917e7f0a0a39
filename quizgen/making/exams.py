"""An exam folder, made in blocks: what was drawn is written at once, and a process that died is followed by another.

Papers are variants 1, 2, ... of every question, or copies of a few versions. Spares are papers that nobody holds.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from quizgen.bank.blueprint import Blueprint
from quizgen.bank.folders import Bank
from quizgen.booklets import Progress
from quizgen.booklets.forms import Forms, forms_of
from quizgen.draw.stream import secret_of
from quizgen.exam import blocks as files
from quizgen.exam.additions import read_exam
from quizgen.exam.dealing import deal, versions_table
from quizgen.exam.elsewhere import used_in, write_elsewhere
from quizgen.exam.folder import SECRET, new_folder, refuse_existing
from quizgen.exam.model import Exam
from quizgen.exam.private import private_folder, write_private
from quizgen.exam.roster import Student
from quizgen.exam.stored import problem_sources, write_description
from quizgen.exam.wishes import check_wishes
from quizgen.making.blocks import Blocks
from quizgen.making.drawing import asked_by, naming_cuts, refuse_unfair_picks
from quizgen.making.filling import Filled, Filling
from quizgen.making.handing import Papers, hand_out
from quizgen.making.plan import Plan, is_begun, plan_of, write_plan
from quizgen.problem.grader import Grader
from quizgen.problem.translation import ENGLISH
from quizgen.render.words import languages, words_of

MANY = 10_000  # papers; of more, booklets are written only if somebody says which


@dataclass(frozen=True)
class Wanted:
    """What an exam is to be made from.

    Without a `seed` the draws come from a fresh secret, kept in `staff/` only. With `workbook` the blank sheet is
    written as XLSX, too. `forms`: what booklets and keys are written as; if none is given the usual ones, or none at
    all of more than MANY papers. `language`: of all booklets for which the roster asks no other. `spares`: the last
    papers, so many, are nobody's. `versions`: so many differ, if not all are to. `not_in`: exams with which this one
    shares no parameters.
    """

    bank: Bank
    blueprint: Blueprint
    grader: Grader
    n: int
    seed: str | None = None
    roster: Sequence[Student] = ()
    workbook: bool = False
    forms: Forms | None = None
    language: str = ENGLISH
    spares: int = 0
    versions: int = 0
    not_in: Sequence[Exam] = ()


def make_exam(
    bank: Bank,
    blueprint: Blueprint,
    grader: Grader,
    n: int,
    *,
    out: Path,
    seed: str | None = None,
    roster: Sequence[Student] = (),
    progress: Progress | None = None,
    workbook: bool = False,
    forms: Forms | None = None,
    language: str = ENGLISH,
    spares: int = 0,
    versions: int = 0,
    not_in: Sequence[Exam] = (),
    resume: bool = False,
) -> Exam:
    """Draw an exam of n papers, write its folder, and read it: all of it is in memory then. See `write_new_exam`."""
    wanted = Wanted(
        bank, blueprint, grader, n, seed, roster, workbook, forms, language, spares, versions, tuple(not_in)
    )
    exam = write_new_exam(wanted, out, progress, resume=resume)
    return exam if exam.questions[0].n == n else read_exam(out)


def write_new_exam(wanted: Wanted, out: Path, progress: Progress | None = None, *, resume: bool = False) -> Exam:
    """Draw an exam and write its folder, which appears whole or not at all.

    Gives the exam with the variants of its first block of papers. With `resume`, what a process that died has left is
    finished, if it was making the same exam; raises QuizgenError if it was not.
    """
    refuse_existing(out)
    making = _Making(wanted, progress or (lambda *_: None))
    with new_folder(out, resumes=making.resumes if resume else None, large=wanted.n > files.BLOCK) as folder:
        return making.write(folder)


class _Making:
    """An exam on its way into its folder."""

    def __init__(self, wanted: Wanted, progress: Progress) -> None:
        self.wanted, self.progress = wanted, progress
        self.forms = wanted.forms or (forms_of("") if wanted.n <= MANY else Forms(()))
        for student in wanted.roster:
            where = student.where or f"student '{student.id}'"
            wishes = check_wishes(student.details, wanted.blueprint.minutes, languages(), where)
            self.forms.refuse_unprinted(wishes, where)
        self.problems = {name: wanted.bank.problem(name) for name in wanted.blueprint.problems}
        self.used = used_in(wanted.not_in, self.problems)
        self.plan = self._planned()

    def _planned(self) -> Plan:
        wanted = self.wanted
        return plan_of(
            wanted.blueprint,
            self.problems,
            wanted.grader,
            wanted.roster,
            self.forms,
            n=wanted.n,
            seed=wanted.seed,
            spare=wanted.spares,
            versions=wanted.versions,
            not_in=[earlier.id for earlier in wanted.not_in],
            lang=wanted.language,
            sheet="xlsx" if wanted.workbook else "csv",
            block=files.BLOCK,
        )

    def resumes(self, partial: Path) -> bool:
        """Whether a folder holds the beginning of this exam."""
        there = self.wanted.seed is not None or (partial / SECRET).is_file()
        return is_begun(self.plan, partial) and there

    def write(self, folder: Path) -> Exam:
        """Write everything into a folder that holds nothing, or the beginning of the same exam."""
        wanted, secret = self.wanted, self._secret(folder)
        write_plan(self.plan, folder)
        papers = Papers(wanted.roster, wanted.n - wanted.spares)
        dealt = deal(papers.details(wanted.n), wanted.versions, secret) if wanted.versions else []
        blocks = Blocks(folder, wanted.n)
        filled = self._fill(blocks, secret, dealt)
        exam = self._described(filled, blocks, dealt)
        write_description(exam, folder, papers.some(1, wanted.n))
        if exam.not_in:
            write_elsewhere(folder, self.used)
        first = hand_out(exam, filled, blocks, papers, folder, self.forms, self.progress, workbook=wanted.workbook)
        if exam.versions:
            whole = replace(first, papers=tuple(papers.some(1, wanted.n)))
            table = versions_table(whole, range(1, wanted.n + 1))
            write_private(folder / "staff/versions.csv", table.encode())
        return first

    def _secret(self, folder: Path) -> bytes:
        """What is drawn from; a secret is on the disk before anything is drawn from it."""
        private_folder(folder / "staff")
        if self.wanted.seed is not None:
            return secret_of(self.wanted.seed)
        place = folder / SECRET
        if not place.exists():
            write_private(place, f"{secrets.token_bytes(32).hex()}\n".encode())
        return bytes.fromhex(place.read_text(encoding="utf-8").strip())

    def _fill(self, blocks: Blocks, secret: bytes, dealt: Sequence[int]) -> list[Filled]:
        """Write the variants of all questions."""
        wanted, filled = self.wanted, list[Filled]()
        filling = Filling(
            blocks,
            secret,
            wanted.grader.tolerance,
            wanted.blueprint.picks,
            self.used,
            np.array(dealt, dtype=np.intp),
            self.progress,
        )
        asked = asked_by(wanted.blueprint, self.problems, wanted.grader)
        for question, slot in zip(asked, wanted.blueprint.slots, strict=True):
            with naming_cuts(slot):
                filled.append(filling.fill(question, [one.question for one in filled]))
        efforts = {one.question.name: np.concatenate(one.efforts) for one in filled if one.efforts}
        refuse_unfair_picks([one.question for one in filled], efforts, wanted.blueprint)
        return filled

    def _described(self, filled: Sequence[Filled], blocks: Blocks, dealt: Sequence[int]) -> Exam:
        """The exam with its first block of variants and without its papers."""
        wanted, blueprint = self.wanted, self.wanted.blueprint
        sources = {"grader.yaml": wanted.grader.text}
        for problem in self.problems.values():
            sources |= problem_sources(problem)
        exam = Exam(
            title=blueprint.title,
            questions=tuple(replace(blocks.read(one.question, 0), waived=one.waived) for one in filled),
            grader=wanted.grader,
            papers=(),
            seed=wanted.seed,
            has_roster=bool(wanted.roster),
            sources=sources,
            picks=blueprint.picks,
            minutes=blueprint.minutes,
            date=blueprint.date,
            aids=blueprint.aids,
            language=words_of(wanted.language).language,
            versions=tuple(dealt),
            not_in=tuple(earlier.id for earlier in wanted.not_in),
        )
        if blocks.count == 1:
            return exam
        exam = replace(exam, block=files.BLOCK, size=wanted.n)
        return replace(exam, identity=exam.identified({one.question.name: one.proofs for one in filled}))
