"""An exam -> what is printed and typed into: booklets, the key with worked solutions, a blank sheet."""

from quizgen.booklets.asking import asked_text
from quizgen.booklets.binding import bind, fields_of, sections_of
from quizgen.booklets.files import write_booklets
from quizgen.booklets.model import Booklet, Cover, Field, Progress, Right, Section
from quizgen.booklets.sheet import blank_sheet, blank_workbook

__all__ = [
    "Booklet",
    "Cover",
    "Field",
    "Progress",
    "Right",
    "Section",
    "asked_text",
    "bind",
    "blank_sheet",
    "blank_workbook",
    "fields_of",
    "sections_of",
    "write_booklets",
]
