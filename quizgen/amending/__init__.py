"""Amending an exam: from what a person asks for to a recorded amendment, with everything checked that can be.

What is accepted, what is a mistake and how exactly an answer is asked become entries of the problem's file, which its
reader then reads with all its checks; what is void is data of its own. Nobody's marks change here: a regrade does that.
"""

from quizgen.amending.recording import Recorded, amend, listed, withdraw
from quizgen.amending.request import Request

__all__ = ["Recorded", "Request", "amend", "listed", "withdraw"]
