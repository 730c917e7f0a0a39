"""Several exams -> what they say of the problems of a bank."""

from quizgen.calibration.gathering import Gathering, gather
from quizgen.calibration.sittings import Sitting, read_sittings

__all__ = ["Gathering", "Sitting", "gather", "read_sittings"]
