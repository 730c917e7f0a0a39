"""Large exams and sheets of answers to them: invented students who write as people do, in columns.

    python benchmarks/sheets.py FOLDER [--students 250000] [--files 1]

FOLDER/exam asks 40 answers (cells) of three problems; answers.csv and answers.parquet hold the same texts, or the
folders `csv` and `parquet` do, in several files. How many different texts there are is printed.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from quizgen.bank.blueprint import Blueprint, Entry
from quizgen.bank.folders import open_bank, open_grader
from quizgen.draw.stream import secret_of
from quizgen.exam.additions import read_exam
from quizgen.exam.folder import new_folder
from quizgen.exam.model import Exam, Paper, heading_of
from quizgen.exam.stored import problem_sources, write_exam
from quizgen.exam.tags import write_tags
from quizgen.making import draw_questions
from quizgen.problem.kinds import TOLERANT
from quizgen.render.values import read_texts, texts_of
from quizgen.simulate import Invented, typed_value
from quizgen.world.values import Value

SEED = "benchmark"
ASKED = (  # 40 columns: 20 + 17 cells, a shape and two whole numbers
    {"problem": "conv-forward"},
    {"problem": "conv-filter-gradient"},
    {"problem": "conv-layer-cost", "answers": ["Z", "multiplications", "parameters"]},
)
BLOCK = 25_000  # students whose texts are made together
RIGHT, SLIP, BLANK, GARBLED, MISTAKEN = range(5)
SHARES = (0.66, 0.06, 0.05, 0.01, 0.22)
GARBAGE = ("?", "n/a", "idk", "see back", "12 or 13", "x")
ODD = 0.12  # share of numbers in another spelling than the plain one
SPELLINGS = (  # a pattern that is found in a text, and what stands in its place
    ("^(.*)$", r" \1 "),
    ("-", "−"),
    (r"\.", ","),
    (r"^(-?\d+)$", r"\1.0"),
    (r"^(\d)", r"+\1"),
)


def large_exam(students: int, folder: Path) -> Exam:
    """An exam of three problems for so many students, written into a folder."""
    bank, grader = open_bank("cnn"), open_grader("standard")
    entries = tuple(Entry.model_validate(dict(slot)) for slot in ASKED)
    plan = Blueprint(name="large", title="A large class", questions=entries)
    problems = {name: bank.problem(name) for name in plan.problems}
    sources = {"grader.yaml": grader.text}
    for problem in problems.values():
        sources |= problem_sources(problem)
    exam = Exam(
        title=plan.title,
        questions=draw_questions(problems, plan, grader, students, secret_of(SEED)),
        grader=grader,
        papers=tuple(Paper(f"student-{i:06d}", i, {}) for i in range(1, students + 1)),
        seed=SEED,
        has_roster=False,
        sources=sources,
    )
    with new_folder(folder) as place:
        write_exam(exam, place)
    return exam


def _sheet(exam: Exam, random: np.random.Generator) -> pa.Table:
    """The rows of some papers."""
    numbers = [paper.number for paper in exam.papers]
    columns: dict[str, pa.Array] = {
        "student": pa.array([paper.student for paper in exam.papers]),
        "tag": pa.array(write_tags(exam.code, numbers)),
    }
    for question in exam.questions:
        doing = random.choice(len(SHARES), size=len(numbers), p=SHARES)
        invented = Invented(doing, random.integers(0, len(question.problem.mistakes), size=len(numbers)))
        for answer in question.problem.answers:
            value = typed_value(question, answer, invented, exam)
            if answer.kind not in TOLERANT:
                columns[heading_of(question.name, answer.name)] = _typed(read_texts(answer, value), doing, random)
                continue
            for cell in np.ndindex(*value.largest):
                slips = (doing == SLIP) & (random.random(value.n) < 0.3)
                cells = value.cells[cell] + np.where(slips, random.integers(1, 4, size=value.n), 0)
                name = heading_of(question.name, answer.name, tuple(i + 1 for i in cell))
                columns[name] = _typed(texts_of(Value.dense(cells)), doing, random)
    return pa.table(columns)


def _typed(texts: pa.Array, doing: np.ndarray, random: np.random.Generator) -> pa.Array:
    """A column as students type it."""
    odd = np.where(random.random(len(texts)) < ODD, random.integers(0, len(SPELLINGS), size=len(texts)), -1)
    for number, (pattern, other) in enumerate(SPELLINGS):
        rows = odd == number
        respelled = pc.replace_substring_regex(texts.filter(pa.array(rows)), pattern, other)
        texts = pc.replace_with_mask(texts, pa.array(rows), respelled)
    garbage = pa.array(GARBAGE).take(pa.array(random.integers(0, len(GARBAGE), size=len(texts))))
    texts = pc.if_else(pa.array(doing == GARBLED), garbage, texts)
    return pc.if_else(pa.array(doing == BLANK), "", texts)


def write_sheets(exam: Exam, folder: Path, files: int = 1) -> int:
    """Write the same sheets as CSV and as Parquet; gives the number of different texts in a block, all columns."""
    rows = -(-exam.n // files)
    distinct = 0
    for number, start in enumerate(range(0, exam.n, rows), start=1):
        part = replace(exam, papers=exam.papers[start : start + rows])
        csv, parquet = (
            folder / f"answers.{kind}" if files == 1 else folder / kind / f"part-{number:03d}.{kind}"
            for kind in ("csv", "parquet")
        )
        csv.parent.mkdir(parents=True, exist_ok=True)
        parquet.parent.mkdir(parents=True, exist_ok=True)
        blocks = sheets_of(part)
        first = next(blocks)
        with pacsv.CSVWriter(csv, first.schema) as text, pq.ParquetWriter(parquet, first.schema) as table:
            for block in (first, *blocks):
                text.write_table(block)
                table.write_table(block)
                distinct += different(block)
    return distinct


def sheets_of(exam: Exam, seed: int = 1) -> Iterator[pa.Table]:
    """The sheets of the papers of an exam, block by block."""
    for start in range(0, len(exam.papers), BLOCK):
        some = exam.papers[start : start + BLOCK]
        yield _sheet(replace(exam, papers=some), np.random.default_rng([seed, some[0].number]))


def different(block: pa.Table) -> int:
    """How many different texts the columns of answers hold, column by column."""
    return sum(pc.count_distinct(block.column(name)).as_py() for name in block.column_names[2:])


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a large exam and sheets of answers to it.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--students", type=int, default=250_000)
    parser.add_argument("--files", type=int, default=1)
    told = parser.parse_args()
    place = told.folder / "exam"
    exam = read_exam(place) if place.exists() else large_exam(told.students, place)
    distinct = write_sheets(exam, told.folder, told.files)
    columns = 40
    print(f"{exam.n * columns:,} answers of {exam.n:,} students; {distinct:,} different texts, counted in blocks")


if __name__ == "__main__":
    main()
