"""Every problem tests itself, and every blueprint what it makes of them."""

from quizgen.check.blueprints import check_blueprint
from quizgen.check.problems import check_example, check_problem, example_world, typed_by
from quizgen.check.report import HEADING, Report

__all__ = ["HEADING", "Report", "check_blueprint", "check_example", "check_problem", "example_world", "typed_by"]
