"""Who should be in a room, seat by seat, to be signed on paper; and the spare papers, for those who are given one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from quizgen.booklets.payload import harmless
from quizgen.booklets.seats import Room, rooms_of
from quizgen.csvtext import write_csv
from quizgen.errors import QuizgenError, did_you_mean
from quizgen.exam.model import Exam, Paper
from quizgen.exam.private import write_private
from quizgen.exam.tags import write_tag
from quizgen.exam.wishes import wishes_of
from quizgen.press import refuse_without_typst, typeset
from quizgen.render.typst import as_json
from quizgen.render.words import Wording, nearest_words, words_of

TEMPLATE = Path(__file__).parent.parent / "render" / "attendance.typ"
HEADINGS = ("room", "seat", "student", "name", "tag", "extra time", "remarks", "signature")
_SHORT = 12  # characters of a seat that fit into a column of their own width
_WORDS = (
    *("name", "student-id", "seat", "paper", "signature", "extra-time", "remarks", "spare-papers", "spare-note"),
    "attendance",
)


@dataclass(frozen=True)
class Line:
    """A line of the list: a paper, and who holds it, if anybody."""

    seat: str
    student: str
    name: str
    tag: str
    extra: str
    remarks: str


@dataclass(frozen=True)
class Attendance:
    """The list of a room: its lines in the order of the seats, and the spare papers of the exam."""

    room: Room
    lines: tuple[Line, ...]
    spares: tuple[Line, ...]


def attendance_of(exam: Exam) -> list[Attendance]:
    """The lists of all rooms; spares are in each, since nobody knows before where they are needed."""
    words = words_of(exam.language)
    blank = tuple(Line("", "", "", write_tag(exam.code, number), "", "") for number in exam.unused)
    rooms = rooms_of(exam.papers)
    return [Attendance(room, tuple(_line(exam, paper, words) for paper in room.papers), blank) for room in rooms]


def write_attendance(
    exam: Exam, folder: Path, paper: str = "a4", *, rooms: Sequence[str] = (), pdf: bool = True
) -> list[Path]:
    """Write ROOM.csv and ROOM.pdf into a folder that exists, of some rooms or of all; for the owner's eyes only.

    `paper`: a4 or us-letter. Raises QuizgenError for a room that there is not, and for a PDF where what it needs is not
    installed.
    """
    if pdf:
        refuse_without_typst()
    lists = attendance_of(exam)
    _refuse_unknown(rooms, [one.room.name for one in lists])
    files: list[Path] = []
    for one in lists:
        if not rooms or one.room.name in rooms:
            place = folder / one.room.file
            files.append(place.with_name(f"{place.name}.csv"))
            write_private(files[-1], attendance_table(one).encode())
            if pdf:
                files.append(place.with_name(f"{place.name}.pdf"))
                write_private(files[-1], typeset(attendance_payload(exam, one, paper), TEMPLATE))
    return files


def attendance_table(one: Attendance) -> str:
    """The list as CSV, with a column to note who was there."""
    lines = (*one.lines, *one.spares)
    rows = ((one.room.name, x.seat, x.student, x.name, x.tag, x.extra, x.remarks, "") for x in lines)
    return write_csv(HEADINGS, rows)


def attendance_payload(exam: Exam, one: Attendance, paper: str) -> str:
    """All that the template needs, as JSON."""
    words = words_of(exam.language)
    place = f"{words.say('room')} {one.room.name}" if one.room.name else ""
    minutes = words.say("minutes", n=exam.minutes) if exam.minutes else ""
    said = {name for name in ("seat", "extra", "remarks") if any(getattr(line, name) for line in one.lines)}
    data = {
        "language": words.language,
        "paper": paper,
        "title": exam.title,
        "heading": f"{words.say('attendance')}: {exam.title}",
        "place": place,
        "code": exam.code,
        "facts": [fact for fact in (exam.date, place, minutes) if fact],
        "columns": sorted({"who", "tag", "signature", *said}),
        "narrow": ["seat"] if any(len(line.seat) > _SHORT for line in one.lines) else [],
        "lines": [asdict(line) for line in one.lines],
        "spares": [asdict(line) for line in one.spares],
        "words": {key: words.say(key) for key in _WORDS}
        | {
            "page": words.say("page", page="{page}", pages="{pages}"),
            "present": words.say("present", n=len(one.lines)),
        },
    }
    return harmless(as_json(data))


def _line(exam: Exam, paper: Paper, words: Wording) -> Line:
    """The line of a paper; the name of a stand-in is nobody's."""
    wishes = wishes_of(paper.details)
    minutes = wishes.extra.minutes(exam.minutes)
    spoken = nearest_words(wishes.language) if wishes.language else words
    remarks = [spoken.say("language")] if spoken.language != words.language else []
    remarks += [words.say("large-print")] if wishes.large else []
    remarks += [wishes.format.upper()] if wishes.format not in ("", "pdf") else []
    return Line(
        seat=wishes.seat,
        student=paper.student if paper.number in exam.named else "",
        name=paper.details.get("name", ""),
        tag=write_tag(exam.code, paper.number),
        extra=f"+ {words.say('minutes', n=minutes)}" if minutes else "",
        remarks=", ".join(remarks),
    )


def _refuse_unknown(wanted: Sequence[str], known: Sequence[str]) -> None:
    """Stop for a room that nobody sits in."""
    for room in wanted:
        if room not in known:
            named = [name for name in known if name]
            hint = did_you_mean(room, named) or (
                f"There are: {', '.join(named[:20])}." if named else "None has a name."
            )
            raise QuizgenError(f"nobody sits in a room '{room[:40]}'", hint=hint)
