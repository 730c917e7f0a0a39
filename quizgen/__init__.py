"""quizgen: a different exam for every student, marked fairly, with mistakes named."""

__version__ = "0.1.0"

__all__ = ["__version__"]
