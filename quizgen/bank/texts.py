"""The two texts of a problem file, in whatever language: where they stand, and what they must and may show."""

from __future__ import annotations

import re

from quizgen.errors import QuizgenError, did_you_mean
from quizgen.language.expr import Call, Expression, Ref
from quizgen.language.template import Choice, Hole, Place, Template, parse_template
from quizgen.language.yamltext import Document
from quizgen.problem.model import Problem

_SIZES = ("shapes", "map_sizes")  # ops that tell what a drawing shows
_HEADING = re.compile(r"^# +(Question|Solution)[ \t]*$", re.MULTILINE)


def split(text: str, file: str) -> tuple[str, str, int]:
    """Front matter, body, and the body's first line."""
    if not text.startswith("---\n"):
        raise QuizgenError("a problem file starts with a line '---'", where=f"{file}:1")
    end = text.find("\n---\n", 3)
    if end < 0:
        raise QuizgenError("the front matter is never closed", where=f"{file}:1", hint="End it with a line '---'.")
    return text[4 : end + 1], text[end + 5 :], text.count("\n", 0, end + 5) + 1


def section(text: str, file: str, heading: str) -> tuple[str, int]:
    """The source of one of the two texts of a file that was read before, and its first line."""
    _, body, body_line = split(text, file)
    return _parts(body, file, body_line)[heading]


def sections(body: str, file: str, first_line: int) -> tuple[Template, Template]:
    """Question and solution."""
    parts = _parts(body, file, first_line)
    question, solution = (parse_template(text, file, line) for text, line in (parts["Question"], parts["Solution"]))
    return question, solution


def _parts(body: str, file: str, first_line: int) -> dict[str, tuple[str, int]]:
    """The sources of the two texts, by heading, with their first lines."""
    found: dict[str, tuple[str, int]] = {}
    headings = list(_HEADING.finditer(body))
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        line = first_line + body.count("\n", 0, heading.end())
        if heading[1] in found:
            raise QuizgenError(f"'# {heading[1]}' stands here a second time", where=f"{file}:{line}")
        found[heading[1]] = (body[heading.end() : following.start() if following else len(body)], line)
    for wanted in ("Question", "Solution"):
        if wanted not in found:
            raise QuizgenError(f"the text has no heading '# {wanted}'", where=f"{file}:{first_line}")
    return found


def check_names_in_texts(problem: Problem) -> None:
    """The texts must name draws and steps that exist."""
    known = {*problem.steps, *problem.draws}
    for template in (problem.question, problem.solution):
        for piece in template.walk():
            if not isinstance(piece, Hole | Choice):
                continue
            for name in sorted(frozenset().union(*(formula.names for formula in _formulas(piece))) - known):
                where = f"{template.file}:{piece.line}"
                what = f"the text shows '{name}', which is no draw or step"
                raise QuizgenError(what, where=where, hint=did_you_mean(name, known))


def check_question(problem: Problem, document: Document) -> None:
    """The question must ask each answer once, show every draw exactly, and give nothing away."""
    holes = [piece for piece in problem.question.walk() if isinstance(piece, Hole)]
    for piece in problem.question.walk():
        if isinstance(piece, Hole | Choice):
            for formula in _formulas(piece):
                _check_shown(problem, piece, formula)
    _check_places(problem)
    shown = frozenset().union(*(formula.names for hole in holes for formula in hole.formulas))
    for step in problem.graph.above(shown & problem.steps.keys()) | (shown & problem.steps.keys()):
        shown |= problem.steps[step].names
    for name in problem.draws:
        if name not in shown:
            where = document.where(("draw", name))
            missing = "A student cannot solve it without: write <<{}>>, or take the draw away."
            if problem.language:
                where = f"{problem.question.file}:{problem.question.line}"
                missing = "A student cannot solve it without: write <<{}>>, as the original does."
            raise QuizgenError(f"the question never shows the draw '{name}'", where=where, hint=missing.format(name))


def _check_shown(problem: Problem, piece: Hole | Choice, formula: Expression) -> None:
    """A question must not show what is asked, and must print parameters exactly."""
    where = f"{problem.question.file}:{piece.line}"
    for name in sorted(formula.names & problem.asked):
        raise QuizgenError(f"the question shows '{name}', which is asked", where=where)
    for name in sorted(formula.names & problem.steps.keys()):
        for asked in sorted(problem.graph.above([name]) & problem.asked):
            raise QuizgenError(f"the question shows '{name}', computed from '{asked}', which is asked", where=where)
    for asked in sorted(problem.asked):
        if formula.source not in problem.draws and formula.tree == problem.steps[asked].tree:
            raise QuizgenError(f"the question shows '{formula.source}', which is what '{asked}' asks for", where=where)
    if not isinstance(piece, Hole):
        return
    if piece.input:
        _check_drawn(problem, where)
    if not piece.digits:
        return
    if not isinstance(formula.tree, Ref) or formula.tree.name not in problem.draws:
        raise QuizgenError(f"'{formula.source}' is rounded in the question", where=where, hint="Show it exactly.")
    for structure in problem.structures:
        values = problem.drawers(structure)[formula.tree.name].values
        if values.dtype.kind != "U" and any(float(piece.digits.shown(float(v))) != float(v) for v in values[:100_000]):
            raise QuizgenError(
                f"'{formula.source}: {piece.format}' does not print every '{formula.source}' exactly",
                where=where,
                hint="Students would compute with other numbers than we do; leave the format away.",
            )


def _check_drawn(problem: Problem, where: str) -> None:
    """A question with a drawing of sizes must not ask for sizes, nor for what is computed from them."""
    for asked in sorted(problem.asked):
        for step in (asked, *problem.graph.above([asked])):
            for node in problem.steps[step].tree.walk():
                if isinstance(node, Call) and node.op.name in _SIZES:
                    what = f"the question draws sizes, and '{asked}' asks for them or starts from them"
                    raise QuizgenError(what, where=where, hint="Draw the network without its input.")


def _formulas(piece: Hole | Choice) -> tuple[Expression, ...]:
    """What a piece shows or asks about."""
    return piece.formulas if isinstance(piece, Hole) else (piece.condition,)


def _check_places(problem: Problem) -> None:
    """Each answer has exactly one place, in the question."""
    names = [answer.name for answer in problem.answers]
    found: list[str] = []
    for template in (problem.question, problem.solution):
        for piece in template.walk():
            if not isinstance(piece, Place):
                continue
            where = f"{template.file}:{piece.line}"
            if template is problem.solution:
                raise QuizgenError(
                    f"[[{piece.answer}]] stands in the solution", where=where, hint="Move it to the question."
                )
            if piece.answer not in names:
                raise QuizgenError(
                    f"[[{piece.answer}]] is no answer", where=where, hint=did_you_mean(piece.answer, names)
                )
            if piece.answer in found:
                raise QuizgenError(f"[[{piece.answer}]] stands in the question twice", where=where)
            found.append(piece.answer)
    for name in names:
        if name not in found:
            raise QuizgenError(
                f"the question has no place for the answer '{name}'",
                where=f"{problem.question.file}:{problem.question.line}",
                hint=f"Write [[{name}]].",
            )
