"""Small writers of what learning platforms export: the same answers in every dialect.

A class is a list of `Row`s; `typed` is by column (question, answer, cell). Each writer gives rows of cells, headings
first. `boxes` lists a question's columns in order, for the variant that the student holds.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from quizgen.exam.tags import write_tag
from quizgen.submissions.savedfile import write_saved
from quizgen.workbook import write_workbook


@dataclass
class Row:
    """What one student handed in; `variants` by question."""

    student: str
    variants: dict
    typed: dict
    attempt: int = 1
    ended: str = "30 November 2026, 11:05 AM"
    iso: str = "2026-11-30T11:05:00"
    finished: bool = True
    extra: dict = field(default_factory=dict)

    @property
    def number(self):
        return str(sum(map(ord, self.student)))

    @property
    def mail(self):
        return f"{self.student}@uni.example"


def name_of(column):
    question, answer, cell = column
    return f"{question}.{answer}" + (f"[{','.join(map(str, cell))}]" if cell else "")


def columns_of(rows, layout):
    """All columns of all variants, in order."""
    return [c for q in layout.problems for c in layout.boxes(q) if any(c in row.typed for row in rows)]


def wide(rows, layout, code, tagged=True):
    columns = columns_of(rows, layout)
    yield ["student", "tag", *map(name_of, columns)]
    for row in rows:
        tag = write_tag(code, next(iter(row.variants.values()))) if tagged else ""
        yield [row.student, tag, *(row.typed.get(column, "") for column in columns)]


def long(rows, layout, code, tagged=True):
    yield ["student", "question", "answer", "value"]
    for row in rows:
        for column in columns_of([row], layout):
            yield [row.student, column[0], name_of(column).partition(".")[2], row.typed[column]]


def cloze(row, question, layout, word="part"):
    """A cell of responses: the boxes of a cloze question, or the one text of a question with one box."""
    boxes = layout.boxes(question, row.variants[question])
    texts = [row.typed.get(column, "") for column in boxes]
    if not any(texts):
        return "-"
    return texts[0] if len(texts) == 1 else "; ".join(f"{word} {i}: {t}" for i, t in enumerate(texts, start=1))


def question_text(code, row, question):
    return f"{write_tag(code, row.variants[question], question)}\nCompute f(1,2), with stride 1:\n1,2\n3,4\n"


MOODLE = {
    "4": ("Surname", "First name", "State", "Started on", "Completed", "Time taken", "Finished", "In progress"),
    "5": ("Last name", "First name", "Status", "Started", "Completed", "Duration", "Finished", "In progress"),
}
MOODLE_WORDS = {
    "4": ("Email address", "Grade/10.00", "Question", "Response", "Right answer", "part"),
    "5": ("Email address", "Grade/10.00", "Question", "Response", "Right answer", "part"),
    "de": ("E-Mail-Adresse", "Bewertung/10,00", "Frage", "Antwort", "Richtige Antwort", "Teil"),
    "fi": ("Sähköpostiosoite", "Arvosana/10,00", "Kysymys", "Vastaus", "Oikea vastaus", "osa"),
}
MOODLE["de"] = ("Nachname", "Vorname", "Status", "Begonnen", "Beendet", "Dauer", "Beendet", "In Bearbeitung")
MOODLE["fi"] = ("Sukunimi", "Etunimi", "Tila", "Aloitettu", "Valmis", "Kesto", "Valmis", "Kesken")


def moodle(rows, layout, code, version="5", texts=True, right=True, average=False):
    last, first, state, start, end, took, done, running = MOODLE[version]
    mail, grade, question, response, answer, part = MOODLE_WORDS[version]
    kinds = [*([question] if texts else []), response, *([answer] if right else [])]
    numbered = [f"{kind} {i}" for i in range(1, len(layout.problems) + 1) for kind in kinds]
    yield [last, first, "ID number", mail, state, start, end, took, grade, *numbered]
    for row in rows:
        cells = [f"Of {row.student}", "Kim", row.student, row.mail, done if row.finished else running]
        cells += [row.extra.get("started", row.ended), row.ended if row.finished else "-", "31 mins", "7.00"]
        for q in layout.problems:
            own = [question_text(code, row, q)] if texts else []
            cells += [*own, cloze(row, q, layout, part), *(["part 1: 1"] if right else [])]
        yield cells
    if average:
        yield ["Overall average", *["-"] * (8 + len(numbered))][: 9 + len(numbered)]


def as_json(table):
    """Moodle's JSON: a list in a list, keys squeezed."""
    headings, *rows = table
    keys = ["".join(sign for sign in heading.lower() if sign.isalnum()) for heading in headings]
    return json.dumps([[dict(zip(keys, row, strict=True)) for row in rows]]).encode()


def canvas(rows, layout, code, attempts=False):
    pool = [(q, v) for q in layout.problems for v in dict.fromkeys(row.variants[q] for row in rows)]
    questions = []
    for i, (q, v) in enumerate(pool):
        questions += [f"{9100 + i}: {write_tag(code, v, q)} Compute f(x,y)\n1,2\n3,4", "1.0"]
    yield [
        *("name", "id", "sis_id", "section", "section_id", "section_sis_id", "submitted"),
        *(["attempt"] if attempts else []),
        *(*questions, "n correct", "n incorrect", "score"),
    ]
    for row in rows:
        cells = [f"Kim Of {row.student}", row.number, row.student, "All", "1", "", ""]
        cells[-1] = row.iso.replace("T", " ") + " UTC" if row.finished else ""
        cells += [str(row.attempt)] if attempts else []
        for q, v in pool:
            boxes = layout.boxes(q, v)
            texts = [row.typed.get(c, "") for c in boxes] if row.variants[q] == v else []
            many = len(texts) > 1 and any(texts)
            told = ",".join(text.replace(",", "\\,") for text in texts) if many else "".join(texts)
            cells += [told, "1.0" if texts else ""]
        yield [*cells, "3", "0", "3.0"]


def brightspace(rows, layout, code):
    yield [
        *("Org Defined ID", "Username", "FirstName", "LastName", "Attempt #", "Attempt Start", "Attempt End"),
        *("Section #", "Q #", "Q Type", "Q Title", "Q Text", "Bonus?", "Difficulty", "Answer", "Answer Match"),
        *("Score", "Out Of"),
    ]
    for row in rows:
        for i, q in enumerate(layout.problems, start=1):
            for column in layout.boxes(q, row.variants[q]):
                yield [
                    *(row.student, f"#{row.student}", "Kim", "Of", str(row.attempt), row.ended),
                    *(row.ended if row.finished else "", "", str(i), "FIB", "a title", question_text(code, row, q)),
                    *("FALSE", "1", row.typed.get(column, ""), "", "1", "1"),
                ]


def blackboard(rows, layout, code):
    names = ("Question ID", "Question", "Answer", "Possible Points", "Auto Score", "Manual Score")
    numbered = [f"{name} {i}" for i in range(1, len(layout.problems) + 1) for name in names]
    yield ["Username", "Last Name", "First Name", *numbered]
    for row in rows:
        cells = [row.student, "Of", "Kim"]
        for i, q in enumerate(layout.problems):
            texts = [row.typed.get(c, "") for c in layout.boxes(q, row.variants[q])]
            told = "<br />".join(texts) if any(texts) else "<Unanswered>"
            cells += [f"_{i}_1", f"<p>{question_text(code, row, q)}</p>", told, "5", "5", ""]
        yield cells


def forms(rows, layout, code):
    columns = columns_of(rows, layout)
    headings = [f"What do you get for {name_of(column)}?" for column in columns]
    yield ["Timestamp", "Email Address", "Score", "Student ID", *headings]
    for row in rows:
        typed = [row.typed.get(column, "") for column in columns]
        yield [row.iso.replace("-", "/").replace("T", " "), row.mail, "4 / 5", row.student, *typed]


def as_csv(table, delimiter=",", encoding="utf-8", before="", ends="\n", quoting=csv.QUOTE_MINIMAL):
    out = io.StringIO()
    out.write(before)
    csv.writer(out, delimiter=delimiter, lineterminator=ends, quoting=quoting).writerows(table)
    return out.getvalue().encode(encoding)


def as_workbook(table):
    headings, *rows = table
    return write_workbook(headings, rows)


ODF = "urn:oasis:names:tc:opendocument:xmlns"


def as_opendocument(table):
    """As Moodle's download writes it: every cell is a text, its lines are paragraphs."""
    rows = "".join(f"<table:table-row>{''.join(map(_as_odf, cells))}</table:table-row>" for cells in table)
    return opendocument(f'<table:table table:name="Feuille 1" table:style-name="ta1">{rows}</table:table>')


def _as_odf(text):
    paragraphs = "".join(f"<text:p>{escape(line)}</text:p>" for line in text.split("\n"))
    return f'<table:table-cell office:value-type="string">{paragraphs}</table:table-cell>'


def opendocument(tables, styles="", before=""):
    """An ODS file of some tables in XML."""
    names = " ".join(
        f'xmlns:{short}="{ODF}:{name}:1.0"'
        for short, name in {n: n for n in ("office", "table", "text", "style")}.items() | {("draw", "drawing")}
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<office:document-content {names}>'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with ZipFile(out, "w") as packed:
        for name, text in (("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", content)):
            packed.writestr(ZipInfo(name), text, ZIP_STORED if name == "mimetype" else ZIP_DEFLATED)
    return out.getvalue()


def saved(row, layout, code, **changed):
    """What a page saves."""
    texts = {name_of(column): row.typed.get(column, "") for column in columns_of([row], layout)}
    tag = write_tag(code, next(iter(row.variants.values())))
    given = {"exam": layout.exam, "tag": tag, "student": row.student, "saved": f"{row.iso}+01:00", "answers": texts}
    return write_saved(**{**given, **changed}).encode()


def as_zip(files):
    """A zip with fixed dates, so that the same files give the same bytes."""
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(ZipInfo(name, (2026, 11, 30, 12, 0, 0)), data, ZIP_DEFLATED)
    return out.getvalue()
