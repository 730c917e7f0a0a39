"""The two pages for authors keep their word: problems work, commands run, every op is there, every proof exists."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from quizgen.bank.folders import Bank, open_grader, shipped_folder
from quizgen.bank.problemfile import read_problem
from quizgen.bank.written import AnswerText
from quizgen.check import check_problem
from quizgen.language.expr import _written, compile_expression
from quizgen.language.tolerance import parse_tolerance
from quizgen.ops import LAYERS, OPS
from quizgen.problem.drawers import DRAWERS
from quizgen.problem.kinds import KINDS

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "writing-problems.md").read_text(encoding="utf-8")
ERRATA = (ROOT / "docs" / "errata.md").read_text(encoding="utf-8")
DRAWS = 60


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.M | re.S)


def part(heading):
    """What stands below a heading, up to the next one."""
    return re.search(
        rf"^#+ {heading}\n(.*?)(?=^#+ |\Z)", re.sub(r"^```.*?^```$", "", GUIDE, flags=re.M | re.S), re.M | re.S
    )[1]


def rows(text):
    """The cells of the tables in a text, without their headings."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    headings = [i - 1 for i, row in enumerate(cells) if set("".join(row)) == {"-"}]
    return [row for i, row in enumerate(cells) if i not in headings and i - 1 not in headings]


def code(cell):
    return re.findall(r"`([^`]+)`", cell)


# ---- the guide: what it shows works ------------------------------------------------------------------------------


@pytest.mark.parametrize("text", blocks("markdown"), ids=lambda text: re.search("title: (.*)", text)[1])
def test_a_problem_of_the_guide_has_no_defects(text):
    report = check_problem(read_problem(text, "guide.md", "guide"), open_grader("standard"), DRAWS)
    assert report.defects == []
    assert report.draws == DRAWS


def test_the_guide_has_a_complete_problem_and_one_with_the_other_kinds():
    first, second = (read_problem(text, "guide.md", "guide") for text in blocks("markdown"))
    assert first.examples
    assert len(first.mistakes) >= 6
    kinds = {answer.kind for answer in (*first.answers, *second.answers)}
    assert kinds >= KINDS.keys() - {"integer", "matrix"}


def test_the_commands_of_the_guide_run(quizgen, tmp_path):
    (blueprint,) = blocks("yaml")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "one-neuron.md").write_text(blocks("markdown")[0], encoding="utf-8")
    (tmp_path / "mine" / "exam.yaml").write_text(blueprint, encoding="utf-8")
    commands = [line for block in blocks("sh") for line in block.splitlines()]
    assert len(commands) >= 9
    for command in commands:
        assert command.startswith("quizgen ")
        ran = quizgen(*command.split()[1:])
        assert ran.code == 0, (command, ran.err)
        if " check " in command:
            assert ran.out.endswith("no defects\n")


def test_every_draw_of_the_guide_can_be_drawn():
    written = [row[0] for row in rows(part("Drawing"))]
    assert len(written) >= 6
    for (text,) in map(code, written):
        compile_expression(text, table=DRAWERS).drawer({})


def test_every_piece_of_the_language_is_one():
    pieces = [text for row in rows(part("Steps and the language")) for text in code(row[0])]
    assert len(pieces) >= 15
    for text in pieces:
        whole = text if re.search(r"[a-z0-9]", text) and text not in ("and", "or", "not") else f"a {text} b"
        compile_expression(whole.replace("a not b", "not b"))


def test_every_op_stands_in_the_table_as_it_is_written():
    table = rows(part("All ops"))
    listed = [code(row[0])[0] for row in table if not row[0].startswith("**")]
    assert listed == [f"{name}{_written(op)}" for ops in (OPS, LAYERS) for name, op in ops.items()]
    assert all(row[1] for row in table if not row[0].startswith("**"))


def test_the_arguments_that_decide_a_shape_are_named():
    told = part("Steps and the language")
    told = told[told.index("**What decides a shape**") :].split("\n- ")[0]
    names = set(code(told)) - {"shape="}
    assert names == frozenset().union(*(op.static for op in OPS.values()))


def test_every_kind_and_every_key_of_an_answer_is_told():
    text = part("Answers")
    told = rows(text)
    kinds = [code(row[0])[0] for row in told if len(row) == 3]
    assert kinds == list(KINDS)
    keys = {field.alias or name for name, field in AnswerText.model_fields.items()}
    named = {word.partition(":")[0] for row in told for cell in row for word in code(cell)}
    assert keys - {"kind"} <= named


def test_the_tolerances_of_the_guide_can_be_read():
    sentence = re.search(r"Tolerances are (.*?), or several", part("Answers"), re.S)[1]
    assert len(code(sentence)) == 6
    for text in code(sentence):
        parse_tolerance(text)


def test_the_messages_of_the_guide_are_those_that_authors_get():
    told = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "data" / "bad").glob("*.txt"))
    sources = ("check/problems.py", "check/formulas.py", "draw/search.py")
    checked = "".join((ROOT / "quizgen" / name).read_text(encoding="utf-8") for name in sources)
    table = rows(part("What you may be told"))
    messages = [code(row[0])[0] for row in table]
    assert len(messages) >= 20
    assert [text for text in messages if text not in told and text not in checked] == []


# ---- the errata: what is said to prove a value does --------------------------------------------------------------


def errata():
    return [row for row in rows(ERRATA) if row[0].startswith("E0")]


def test_every_erratum_is_listed_once():
    ids = [row[0] for row in errata()]
    numbers = {"000": [*range(1, 7)], "001": [*range(1, 10)], "002": [1, 2], "003": [*range(1, 9), "8b", *range(9, 20)]}
    assert ids == [f"E{sheet}-{number}" for sheet, all_of_it in numbers.items() for number in all_of_it]
    assert len(ids) == 37
    assert all(len(row) == 6 and all(row) for row in errata())


def known(problem, sheet):
    """What an example of a sheet (or one with numbers of our own) gives, the formulas that are asked, the mistakes."""
    examples = [e for e in problem.examples if e.source.startswith((f"seed {sheet}", "computed"))]
    assert examples
    given = {step for example in examples for step in example.gives}
    formulas = {answer.name for answer in problem.answers if answer.kind == "formula"}
    return given | formulas | {mistake.id for mistake in problem.mistakes}


@pytest.mark.parametrize("row", errata(), ids=lambda row: row[0])
def test_a_proof_exists(row):
    names, proof = set(), row[5]
    assert code(proof) or proof == "wording only"
    for target in code(proof):
        if target.startswith("tests/"):
            path, _, test = target.partition("::")
            assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"), target
        elif target.startswith("banks/cnn/"):
            path = shipped_folder("banks") / target.removeprefix("banks/")
            names = known(Bank("cnn", path.parent).problem(path.stem), row[0][1:4])
        else:  # of the problem named before it
            assert target in names, target


def test_the_sum_of_printed_numbers_of_sheet_003():
    values = {"w": np.array([[0.3465], [0.2285], [0.4465], [0.5285]]), "p": np.full((4, 1), 2.277)}
    (z,) = compile_expression("sum(w * p) - 0.017").evaluate(values, 1)
    assert z == pytest.approx(3.51235, abs=1e-9)
