"""What an unfinished exam is being made from, so that it is finished as it was begun or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from quizgen import __version__
from quizgen.bank.blueprint import Blueprint
from quizgen.booklets.forms import Forms
from quizgen.errors import QuizgenError
from quizgen.exam.folder import PLAN
from quizgen.exam.roster import Student
from quizgen.exam.stored import write_json
from quizgen.problem.grader import Grader
from quizgen.problem.model import Problem

Plan = Mapping[str, object]  # what was said -> what it was, or a digest of it


def plan_of(
    blueprint: Blueprint,
    problems: Mapping[str, Problem],
    grader: Grader,
    roster: Sequence[Student],
    forms: Forms,
    **said: object,
) -> Plan:
    """All that decides which bytes an exam has, but for its secret."""
    return {
        "quizgen": __version__,
        "blueprint": _digest(blueprint.model_dump_json()),
        "bank": {
            name: [problem.digest, *(other.digest for other in problem.wordings.values())]
            for name, problem in sorted(problems.items())
        },
        "grader": grader.digest,
        "roster": _digest(json.dumps([[student.id, student.details] for student in roster])),
        "to": [*(form.name for form in forms.texts), repr(forms.printing)],
        **said,
    }


def write_plan(plan: Plan, partial: Path) -> None:
    """Write a plan; it is there whole or not at all."""
    aside = partial / f"{PLAN}.partial"
    write_json(aside, plan)
    aside.replace(partial / PLAN)


def is_begun(plan: Plan, partial: Path) -> bool:
    """Whether a folder holds the beginning of what is planned; raises QuizgenError if it is that of something else."""
    try:
        begun = json.loads((partial / PLAN).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    except ValueError:
        raise QuizgenError("is damaged: it is no plan", where=str(partial / PLAN), hint=_ANEW) from None
    planned = json.loads(json.dumps(plan))
    others = [name for name in planned if not isinstance(begun, dict) or begun.get(name) != planned[name]]
    if others:
        told = ", ".join(_told(name, begun.get(name), planned[name]) for name in others)
        raise QuizgenError(f"was begun with another {told}", where=str(partial), hint=_ANEW)
    return True


_ANEW = "Say what was said then, or leave --resume away to begin anew."


def _told(name: str, begun: object, planned: object) -> str:
    """What differs, with both values where they are short."""
    short = all(isinstance(value, int | str) and len(str(value)) < 20 for value in (begun, planned))
    return f"{name} ({begun}, not {planned})" if short else name


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16, person=b"quizgen plan").hexdigest()
