"""Where an exam stands, and what to do next."""

from quizgen.status.model import Grading, Output, Room, Status, Step
from quizgen.status.reading import source_of, status_of

__all__ = ["Grading", "Output", "Room", "Status", "Step", "source_of", "status_of"]
