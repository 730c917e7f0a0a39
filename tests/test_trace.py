"""What the trace of marking says is what marks.csv says: the same outcome, note and credit, and nothing else agreed."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from quizgen.answers.typed import STATES, State, Typed
from quizgen.bank.folders import open_bank, open_grader
from quizgen.draw.search import draw_variants
from quizgen.marking.fold import mark
from quizgen.marking.outcomes import OUTCOMES, Outcome
from quizgen.marking.trace import Step, Trace
