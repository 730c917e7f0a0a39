"""SIMULATED files of Moodle: what its quiz report "Responses" would hold after a class had sat an exported exam.

Everything comes from the exported XML, as Moodle would take it: fields are numbered as they stand in the text, the
question's text is what its conversion from HTML leaves, responses are joined as `part 1: ...; part 2: ...`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

from lxml import etree, html

# As the importer finds fields: a weight, a kind, alternatives up to a bracket that no backslash shields.
FIELD = re.compile(r"\{([0-9]*):(NUMERICAL|SHORTANSWER|MULTICHOICE_V):((?:[^}]|(?<=\\)\})*?)(?<!\\)\}", re.DOTALL)
LABEL = re.compile(r"<code>(Q\d+\.\w+)(?:\[([\d,]+)\])?</code> \(")
ALTERNATIVE = re.compile(r"(=|%(-?\d+(?:\.\d*)?)%)?(.+?)(?<!\\)(?:#(.*?)(?<!\\))?(?:~|$)", re.DOTALL)
HEADINGS = ("Last name", "First name", "ID number", "Email address", "Status", "Started", "Completed", "Duration")


@dataclass(frozen=True)
class Alternative:
    """What a field knows: the share that it earns, and the texts as they are stored after the import."""

    percent: float
    answer: str
    feedback: str


@dataclass(frozen=True)
class Field:
    """A field as Moodle has it after the import."""

    weight: int
    kind: str
    alternatives: tuple[Alternative, ...]

    @property
    def shown(self):
        """What a student sees of each alternative, or types."""
        return [plain(one.answer, self.kind) for one in self.alternatives]

    @property
    def right(self):
        """The first right answer, as a student would type it, or as the report shows what was chosen."""
        return next(text for text, one in zip(self.shown, self.alternatives, strict=True) if one.percent == 100)

    @property
    def choices(self):
        """What there is to choose; of a box to type into the one right answer."""
        return self.shown if self.kind == "MULTICHOICE_V" else [self.right]


def plain(answer, kind):
    """A stored answer as text: numbers without their margins, stars that are stars, HTML without its entities."""
    if kind == "NUMERICAL":
        return answer.split(":")[0]
    return answer.replace("\\*", "*") if kind == "SHORTANSWER" else html.fromstring(f"<p>{answer}</p>").text_content()


def field_of(weight, kind, text):
    """A field taken apart as the importer does it."""
    found = []
    for fraction, percent, answer, feedback in ALTERNATIVE.findall(text):
        share = 100.0 if fraction == "=" else float(percent or 0)
        found.append(Alternative(share, restored(answer), restored(feedback)))
    return Field(int(weight or 1), kind, tuple(found))


def restored(text):
    """What is stored of a text inside a field: HTML's entities are undone first, then the two escapes."""
    return unescape(text).replace("\\}", "}").replace("\\#", "#")


@dataclass(frozen=True)
class Imported:
    """A question as Moodle has it after the import: the columns behind its fields in order, and its text as text."""

    idnumber: str
    kind: str
    columns: tuple[str, ...]
    fields: tuple[Field, ...]
    text: str


def imported(data):
    """The questions of a file, without categories."""
    for question in etree.fromstring(data).iterfind("question"):
        if question.get("type") != "category":
            source = question.findtext("questiontext/text")
            fields = tuple(field_of(*match.groups()) for match in FIELD.finditer(source))
            columns = tuple(_columns(source)) if fields else tuple(m[1] for m in LABEL.finditer(source))
            yield Imported(question.findtext("idnumber"), question.get("type"), columns, fields, text_of(source))


def _columns(source):
    """The column behind each field: the last label before it, and for a table the row and column of its cell."""
    labels = list(LABEL.finditer(source))
    for label, following in zip(labels, [*labels[1:], None], strict=True):
        part = source[label.end() : following.start() if following else None]
        if "<table><tbody>" not in part:
            assert len(FIELD.findall(part)) == 1
            yield label[1]
            continue
        rows = [FIELD.findall(row) for row in part.split("</tbody>")[0].split("<tr>")[1:]]
        flat = re.search("vector|Vektor", part.split(")")[0])
        for i, row in enumerate(rows, start=1):
            yield from (f"{label[1]}[{j}]" if flat else f"{label[1]}[{i},{j}]" for j in range(1, len(row) + 1))


def text_of(source):
    """What Moodle's conversion from HTML makes of a question: no tags, and capitals for what was bold."""
    shown = FIELD.sub("_____", source)
    shown = re.sub(r"<(th|b|strong)(?: [^>]*)?>(.*?)</\1>", lambda found: found[2].upper(), shown, flags=re.DOTALL)
    return html.fromstring(f"<div>{shown}</div>").text_content()


def response(question, typed):
    """What a student's answers look like: nothing typed is a dash."""
    texts = [typed.get(column, "") for column in question.columns]
    if not any(texts):
        return "-"
    if question.kind == "essay":
        return texts[0]
    return "; ".join(f"part {number}: {text}" for number, text in enumerate(texts, start=1))


def responses(questions, students):
    """The report: a row for each student, who is a name with typed answers by column and questions in order."""
    most = max(len(held) for _, _, held in students)
    numbered = [f"{kind} {i}" for i in range(1, most + 1) for kind in ("Question", "Response", "Right answer")]
    yield [*HEADINGS, "Grade/10.00", *numbered]
    for name, typed, held in students:
        cells = [f"Of {name}", "Kim", name, f"{name}@uni.example", "Finished", "30 November 2026, 9:00 AM"]
        cells += ["30 November 2026, 11:05 AM", "2 hours 5 mins", "7.00"]
        for idnumber in held:
            question = questions[idnumber]
            cells += [question.text, response(question, typed), "part 1: 1"]
        yield cells + [""] * (len(HEADINGS) + 1 + len(numbered) - len(cells))
