"""The command line: a function for each command. The only room that prints, exits or reads the clock."""

from quizgen.cli.running import main

__all__ = ["main"]
