"""SIMULATED files of Canvas: the Student Analysis that a class would leave after sitting an exported quiz.

Everything comes from the exported package, as Canvas would take it: the question's text without its tags stands in the
heading, blanks come in the order of the package, joined by commas, and each is right if it is one of the texts listed.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from zipfile import ZipFile

from lxml import etree, html

QTI = "{http://www.imsglobal.org/xsd/ims_qtiasiv1p2}"
LABEL = re.compile(r"<code>(Q\d+\.\w+)</code> \(")
PARTED = ("fill_in_multiple_blanks_question", "multiple_dropdowns_question")


@dataclass(frozen=True)
class Question:
    """A question as Canvas has it after the import.

    `columns`: the answers behind its boxes, in the order in which the analysis gives them; `texts`: what each accepts
    (of a dropdown or a multiple choice: offers; `right` says which), `within`: number and margin of a numerical one.
    """

    ident: str
    kind: str
    points: Fraction
    source: str
    columns: tuple[str, ...]
    texts: tuple[tuple[str, ...], ...]
    right: tuple[str, ...]
    within: tuple[Decimal, Decimal] | None
    conditions: int

    @property
    def heading(self):
        """The text without its tags."""
        return re.sub(r"<[^>]*>", "", self.source).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def imported(data):
    """The groups of a package: title -> how many are picked, and the questions."""
    packed = ZipFile(io.BytesIO(data))
    manifest = etree.fromstring(packed.read("imsmanifest.xml"))
    hrefs = [r.get("href") for r in manifest.iter("{*}resource") if r.get("type") == "imsqti_xmlv1p2"]
    tree = etree.fromstring(packed.read(hrefs[0]))
    for section in tree.iterfind(f"{QTI}assessment/{QTI}section/{QTI}section"):
        picked = int(section.findtext(f"{QTI}selection_ordering/{QTI}selection/{QTI}selection_number"))
        yield section.get("title"), picked, [question_of(item) for item in section.iterfind(f"{QTI}item")]


def question_of(item):
    """An item, read as the importer does."""
    fields = {
        field.findtext(f"{QTI}fieldlabel"): field.findtext(f"{QTI}fieldentry")
        for field in item.iter(f"{QTI}qtimetadatafield")
    }
    source = item.findtext(f"{QTI}presentation/{QTI}material/{QTI}mattext")
    texts, right = [], []
    equal = [(node.get("respident"), node.text) for node in item.iter(f"{QTI}varequal")]
    for response in item.iter(f"{QTI}response_lid"):
        offered = {
            label.get("ident"): label.findtext(f".//{QTI}mattext") for label in response.iter(f"{QTI}response_label")
        }
        texts.append(tuple(offered.values()))
        right.append(next(offered[ident] for name, ident in equal if name == response.get("ident")))
    kind = fields["question_type"]
    if not texts:
        texts, right = [tuple(text for _, text in equal)], [equal[0][1] if equal else ""]
    within = None
    if kind == "numerical_question":
        low, high = Decimal(item.findtext(f".//{QTI}vargte")), Decimal(item.findtext(f".//{QTI}varlte"))
        within = Decimal(equal[0][1]), high - Decimal(equal[0][1])
        assert within[0] - low == within[1]
    names = [r.get("ident").removeprefix("response_") for r in item.iter(f"{QTI}response_lid")]
    if kind in PARTED:
        columns = tuple(columns_of(source, re.compile(rf"\[(?:{'|'.join(names)})\]")))
    else:
        columns = tuple(match[1] for match in LABEL.finditer(source))
    points = Fraction(fields["points_possible"])
    conditions = len(item.findall(f"{QTI}resprocessing/{QTI}respcondition"))
    return Question(item.get("ident"), kind, points, source, columns, tuple(texts), tuple(right), within, conditions)


def columns_of(source, blank):
    """The column behind each blank: the label before it, and for a table the row and column of its cell."""
    labels = list(LABEL.finditer(source))
    for label, following in zip(labels, [*labels[1:], None], strict=True):
        part = source[label.end() : following.start() if following else None]
        if "<table><tbody>" not in part:
            assert len(blank.findall(part)) == 1
            yield label[1]
            continue
        rows = [blank.findall(row) for row in part.split("<table><tbody>")[1].split("</tbody>")[0].split("<tr>")[1:]]
        flat = re.search("vector|Vektor", part.split(")")[0])
        for i, row in enumerate(rows, start=1):
            yield from (f"{label[1]}[{j}]" if flat else f"{label[1]}[{i},{j}]" for j in range(1, len(row) + 1))


def marked_there(question, typed):
    """Which boxes Canvas would mark as right; `typed`: texts by column."""
    texts = [typed.get(column, "") for column in question.columns]
    if question.within:
        number, margin = question.within
        found = round(Decimal(texts[0]), 4)
        return [number - margin <= found <= number + margin]
    return [
        text.strip().lower() in [one.strip().lower() for one in ([right] if "choice" in question.kind else accepted)]
        for text, accepted, right in zip(texts, question.texts, question.right, strict=True)
    ]


def cell(question, typed):
    """A response; nothing if the question was left blank, and blanks with commas between."""
    texts = [typed.get(column, "") for column in question.columns]
    if question.kind in PARTED:
        if not any(text.strip() for text in texts):
            return ""
        if question.kind == "multiple_dropdowns_question":
            texts = [text for text in texts if text]
        told = ",".join(text.replace(",", "\\,") for text in texts)
    else:
        told = texts[0]
    return html.fromstring(f"<p>{told.replace('&', '&amp;').replace('<', '&lt;')}</p>").text_content().strip()


def analysis(questions, students):
    """A pair of columns for each question that anybody held; `students`: name, typed, idents of questions."""
    asked = list(dict.fromkeys(ident for _, _, held in students for ident in held))
    pairs = [text for i, ident in enumerate(asked) for text in (f"{9100 + i}: {questions[ident].heading}", "1.0")]
    yield [
        *("name", "id", "sis_id", "section", "section_id", "section_sis_id", "submitted"),
        *(*pairs, "n correct", "n incorrect", "score"),
    ]
    for number, (name, typed, held) in enumerate(students):
        cells = [f"Kim Of {name}", str(4000 + number), name, "All", "1", "", "2026-11-30 11:05:00 UTC"]
        for ident in asked:
            cells += [cell(questions[ident], typed), "1.0"] if ident in held else ["", ""]
        yield [*cells, "3", "0", "3.0"]
