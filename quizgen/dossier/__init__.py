"""One student's exam, answered for: what was asked, typed, read, tried and given; nothing about anybody else."""

from quizgen.dossier.case import Case, open_case
from quizgen.dossier.files import FORMS, write_dossier

__all__ = ["FORMS", "Case", "open_case", "write_dossier"]
