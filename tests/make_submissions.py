"""Writes `tests/data/submissions/`: files in all dialects, and beside each what must be read out of it.

The readings come from the rows that were written, not from the reader; those of the nasty files were made by hand.
The folder is checked in; run this again only to add to it: `python tests/make_submissions.py`.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import submission_writers as write
from submission_writers import Row, name_of

from quizgen.exam.tags import write_tag
from quizgen.submissions import Layout

PLACE = Path(__file__).parent / "data" / "submissions"
CODE = "K7RF"
N = 60
LAYOUT = Layout(
    answers={("Q1", "size"): (), ("Q2", "map"): (2, 2), ("Q2", "top"): (), ("Q3", "loss"): (), ("Q4", "list"): (3,)},
    problems={"Q1": "alpha", "Q2": "beta", "Q3": "gamma", "Q4": "delta"},
    details=frozenset({"mail", "extra minutes"}),
    code=CODE,
    n=N,
    exam="5ca1ab1e" * 4,
    sizes={
        ("Q2", "map"): np.full((2, N), 2),
        ("Q4", "list"): np.where(np.arange(1, N + 1) % 2, 2, 3)[None],  # two cells in odd variants, three in even ones
    },
)


# A sheet that is not shown, rows and cells that stand for many, all that a cell may be, a remark and a drawing.
ODS_STYLES = (
    '<style:style style:name="gone"><style:table-properties table:display="false"/></style:style>'
    '<style:style style:name="seen"><style:table-properties table:display="true"/></style:style>'
)
_SAYS = "<table:table-cell><text:p>{}</text:p></table:table-cell>"
_IS = '<table:table-cell office:value-type="{}" office:{}="{}"><text:p>shown</text:p></table:table-cell>'
_ROW = "<table:table-row{}>{}</table:table-row>"
_SKIPPED = '<table:table-cell table:number-columns-repeated="2"/>'
ODS_TABLES = (
    f'<table:table table:style-name="gone">{_ROW.format("", _SAYS.format("student"))}</table:table>'
    + '<table:table table:style-name="seen">'
    + _ROW.format(' table:number-rows-repeated="2"', '<table:table-cell table:number-columns-repeated="16384"/>')
    + _ROW.format("", "".join(map(_SAYS.format, ("student", "Q1.size", "Q3.loss", "Q2.top"))) + _SKIPPED)
    + _ROW.format(
        "",
        _SAYS.format("ann")
        + _IS.format("date", "date-value", "2026-04-03")
        + _IS.format("percentage", "value", "0.05")
        + _IS.format("boolean", "boolean-value", "true"),
    )
    + _ROW.format(
        ' table:number-rows-repeated="2"',
        _IS.format("float", "value", "7")
        + _IS.format("currency", "value", "3")
        + _IS.format("float", "value", "0.30000000000000004")
        + _IS.format("float", "value", "2").replace("<table:table-cell", '<table:table-cell table:formula="of:=1+1"'),
    )
    + _ROW.format(' table:number-rows-repeated="999999"', _SKIPPED)
    + _ROW.format(
        "",
        _SAYS.format("bob")
        + _SKIPPED
        + "<table:table-cell><office:annotation><text:p>a remark</text:p></office:annotation><text:p>a<text:s "
        'text:c="2"/><text:span>b</text:span><text:tab/>c<draw:frame><text:p>drawn</text:p></draw:frame></text:p>'
        "<text:p>d &amp;\n e</text:p></table:table-cell>",
    )
    + "</table:table>"
)


def typed(variants, *texts):
    columns = [c for q in LAYOUT.problems for c in LAYOUT.boxes(q, variants[q])]
    return dict(zip(columns, texts, strict=True))


def paper(number):
    return dict.fromkeys(LAYOUT.problems, number)


POOL = {"Q1": 17, "Q2": 42, "Q3": 3, "Q4": 8}
CLASS = [
    Row("ann", paper(17), typed(paper(17), "5", "1", "2", "-3", "4", "4", "0.25", "7", "8")),
    Row("bob", paper(18), typed(paper(18), "1,5", "1", "", "3/4", "", "", "−2", "", "9", "10")),
    Row("0042", paper(3), typed(paper(3), "", "", "", "", "", "9", "a; b", "1e-3", "?")),
]
POOLED = [
    Row("ann", POOL, typed(POOL, "5", "1", "2", "-3", "4", "4", "0.25", "7", "8", "9")),
    Row("bob", {**POOL, "Q4": 9}, typed({**POOL, "Q4": 9}, "6", "a, b", "", "1", "1", "2", "3", "4", "5")),
]
TRIES = [
    replace(CLASS[0], ended="30 November 2026, 9:00 AM", iso="2026-11-30T09:00:00"),
    replace(CLASS[0], attempt=2, ended="30 November 2026, 1:30 PM", iso="2026-11-30T13:30:00"),
    replace(CLASS[1], finished=False),
]
NAMED = [replace(row, student=name) for row, name in zip(CLASS[:2], ("Zoë", "Müller"), strict=True)]


def reading(rows, dialect, *, lines=None, who=None, variants=True, times=True, attempts=True, **more):
    """What must be read: the rows that were finished, in the order of the file."""
    lines = lines or range(2, len(rows) + 2)
    found = []
    for row, line in zip(rows, lines, strict=True):
        if not row.finished:
            continue
        about = {"line": line, "who": who(row) if who else [row.student], "attempt": row.attempt if attempts else 1}
        texts = {name_of(c): t for c, t in row.typed.items() if t}
        if times:
            about["time"] = row.iso + (times if isinstance(times, str) else "")
        if variants:
            held = row.variants if variants is True else {q: v for q, v in row.variants.items() if variants(row, q)}
            about["variants"] = held
        found.append({**about, "texts": texts})
    return {"dialect": dialect, "rows": found, "rejects": [], **more}


def both(row):
    return [row.student, row.mail]


def answered(row, question):
    return any(text for column, text in row.typed.items() if column[0] == question)


MOODLE_REJECT = [[4, "bob", "the attempt is not finished (In progress)"]]
ENCODED = {  # how a file may be spelled; the classes with é or ü are for those who spell them
    "plain": {},
    "semicolons": {"delimiter": ";"},
    "tabs": {"delimiter": "\t"},
    "bars": {"delimiter": "|"},
    "bom": {"encoding": "utf-8-sig"},
    "utf16": {"encoding": "utf-16", "delimiter": "\t"},
    "cp1252": {"encoding": "cp1252"},
    "crlf": {"ends": "\r\n"},
    "quoted": {"quoting": csv.QUOTE_ALL},
    "sep": {"before": "sep=;\r\n", "delimiter": ";", "ends": "\r\n"},
    "blank-lines": {"before": "\n \n"},
}
ABOVE = {"sep": 1, "blank-lines": 2}


def lines_of(table):
    """The line in which each row after the headings begins; cells may hold line breaks."""
    line = 1
    for row in table:
        yield line
        line += 1 + sum(cell.count("\n") for cell in row)


def generated():
    """File name -> content and reading."""
    files = {}

    def add(name, table, rows, dialect, spelled="plain", *, packed=None, **more):
        table = list(table)
        starts = list(lines_of(table))[1 : len(rows) + 1]
        rejects = more.pop("rejects", [])
        if packed is not None:
            starts, rejects = range(2, len(rows) + 2), [[2 + i, *told] for i, told in rejects]
            content = packed(table)
        else:
            above = ABOVE.get(spelled, 0)
            starts = [line + above for line in starts]
            rejects = [[starts[i], *told] for i, told in rejects]
            content = write.as_csv(table, **ENCODED[spelled])
        files[name] = (content, reading(rows, dialect, lines=starts, rejects=rejects, **more))

    simple = {"variants": False, "times": False}
    for spelled in ENCODED:
        rows = NAMED if spelled in ("bom", "utf16", "cp1252") else CLASS
        rows = [replace(r, typed={c: t.replace("−", "-") for c, t in r.typed.items()}) for r in rows]
        add(f"wide-{spelled}.csv", write.wide(rows, LAYOUT, CODE), rows, "wide", spelled, **simple)
    add("wide-workbook.xlsx", write.wide(CLASS, LAYOUT, CODE), CLASS, "wide", packed=write.as_workbook, **simple)
    for spelled in ("plain", "semicolons", "utf16", "sep"):
        rows = [replace(row, typed={c: t for c, t in row.typed.items() if t}) for row in CLASS]
        table = list(write.long(rows, LAYOUT, CODE))
        firsts = [next(i for i, cells in enumerate(table) if cells[0] == row.student) for row in rows]
        starts = [first + 1 + ABOVE.get(spelled, 0) for first in firsts]
        told = reading(rows, "long", lines=starts, **simple)
        files[f"long-{spelled}.csv"] = (write.as_csv(table, **ENCODED[spelled]), told)
    for version in ("4", "5", "de", "fi"):
        times = version in ("4", "5", "de", "fi")
        known = {"who": both, "times": times}
        table = write.moodle(CLASS, LAYOUT, CODE, version=version)
        add(f"moodle-{version}.csv", table, CLASS, "moodle", "bom", **known)
        table = write.moodle(POOLED, LAYOUT, CODE, version=version, right=version != "fi")
        add(f"moodle-{version}-pool.csv", table, POOLED, "moodle", "quoted", **known)
    for name, packed in (("json", write.as_json), ("xlsx", write.as_workbook), ("ods", write.as_opendocument)):
        add(f"moodle.{name}", write.moodle(CLASS, LAYOUT, CODE), CLASS, "moodle", packed=packed, who=both)
        tries = write.moodle(TRIES, LAYOUT, CODE)
        unfinished = [(2, ("bob", "the attempt is not finished (In progress)"))]
        add(f"moodle-attempts.{name}", tries, TRIES, "moodle", packed=packed, who=both, rejects=unfinished)
    unfinished = [(2, ("bob", "the attempt is not finished (In progress)"))]
    tries = write.moodle(TRIES, LAYOUT, CODE)
    add("moodle-attempts.csv", tries, TRIES, "moodle", who=both, rejects=unfinished)
    table = write.moodle(CLASS, LAYOUT, CODE, average=True)
    add("moodle-average.csv", table, CLASS, "moodle", who=both, skipped=1)
    untold = {"error": "no question's text holds a tag, so nobody can tell which variants were answered"}
    for version in ("5", "de"):
        table = write.moodle(CLASS, LAYOUT, CODE, version=version, texts=False)
        files[f"moodle-no-texts-{version}.csv"] = (write.as_csv(table), untold)
    id_name = {"who": lambda row: [row.student, row.number], "variants": answered, "times": "Z"}
    for spelled in ("plain", "semicolons", "bom", "crlf"):
        add(f"canvas-{spelled}.csv", write.canvas(CLASS, LAYOUT, CODE), CLASS, "canvas", spelled, **id_name)
        add(f"canvas-pool-{spelled}.csv", write.canvas(POOLED, LAYOUT, CODE), POOLED, "canvas", spelled, **id_name)
    unhanded = [(2, ("bob", "not handed in: no time of submission"))]
    table = write.canvas(TRIES, LAYOUT, CODE, attempts=True)
    add("canvas-attempts.csv", table, TRIES, "canvas", rejects=unhanded, **id_name)
    table = write.canvas(CLASS, LAYOUT, CODE)
    add("canvas.xlsx", table, CLASS, "canvas", packed=write.as_workbook, **id_name)
    for spelled in ("plain", "utf16", "quoted"):
        for name, rows in (("", CLASS), ("-pool", POOLED), ("-attempts", TRIES)):
            table = list(write.brightspace(rows, LAYOUT, CODE))
            starts = list(lines_of(table))
            first = {}
            rejects = []
            for line, cells in zip(starts[1:], table[1:], strict=True):
                first.setdefault((cells[0], cells[4]), line)
                if not cells[6]:
                    rejects.append([line, cells[0], "the attempt is not finished: it has no end"])
            where = [first[row.student, str(row.attempt)] for row in rows]
            told = reading(rows, "brightspace", lines=where, rejects=rejects)
            files[f"brightspace{name}-{spelled}.csv"] = (write.as_csv(table, **ENCODED[spelled]), told)
    for spelled in ("bars", "utf16", "quoted"):
        for name, rows in (("", CLASS), ("-pool", POOLED)):
            # blanks stand in lines, and whole answers are trimmed
            table = write.blackboard(rows, LAYOUT, CODE)
            add(f"blackboard{name}-{spelled}.csv", table, rows, "blackboard", spelled, times=False)
    forms = {"who": both, "variants": False}
    for spelled in ("plain", "quoted", "crlf", "semicolons"):
        add(f"forms-{spelled}.csv", write.forms(CLASS, LAYOUT, CODE), CLASS, "forms", spelled, **forms)
    add("forms-attempts.csv", write.forms(TRIES[:2], LAYOUT, CODE), TRIES[:2], "forms", **forms)
    return files


def row(line, who, texts, **more):
    return {"line": line, "who": who, "attempt": 1, "texts": texts, **more}


def tag(number, question=None):
    return write_tag(CODE, number, question)


def dated():
    """A workbook in which a spreadsheet has made a date of 3/4, and a number of 007."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["student", "Q1.size", "Q3.loss", "Q2.top"])
    sheet.append(["ann", np.datetime64("2026-04-03T00:00:00").item(), 0.05, True])
    sheet["C2"].number_format = "0%"
    sheet.append([7, 3.0, 0.1 + 0.2, "=1+1"])
    book.create_sheet("notes").append(["nothing", "to", "read"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def nasty():
    """Made by hand: file name -> content and reading."""
    head = "Last name,First name,ID number,Email address,Status,Started,Completed,Duration,Grade/10.00"
    done = "Finished,30 November 2026 9:00,30 November 2026 9:30,30 mins,5.00"
    at = {"time": "2026-11-30T09:30:00"}
    ann = ["ann", "a@b.c"]
    other = write_tag("A2CD", 17, "Q1")
    typo = tag(17, "Q1").replace("-017-", "-071-")
    return {
        "nasty-formula.csv": (
            "student,Q1.size\n'=cmd(),5\nbob,=1+1\n",
            {"dialect": "wide", "rows": [row(2, ["=cmd()"], {"Q1.size": "5"}), row(3, ["bob"], {"Q1.size": "=1+1"})]},
        ),
        "nasty-newlines.csv": (
            'student,Q2.map,Q1.size\nann,"[[1,2],\n[3,4]]",5\n"bob","1 2\n3 4",6\n',
            {
                "dialect": "wide",
                "rows": [
                    row(2, ["ann"], {"Q2.map": "[[1,2],\n[3,4]]", "Q1.size": "5"}),
                    row(4, ["bob"], {"Q2.map": "1 2\n3 4", "Q1.size": "6"}),
                ],
            },
        ),
        "nasty-widths.csv": (
            "student,Q1.size,Q3.loss\nann,5\n\n,,\nbob,1,2,3\ncara,1,2,,\n",
            {
                "dialect": "wide",
                "rows": [row(2, ["ann"], {"Q1.size": "5"}), row(6, ["cara"], {"Q1.size": "1", "Q3.loss": "2"})],
                "rejects": [[5, "bob", "4 cells, but there are 3 headings"]],
                "nothing": 2,
            },
        ),
        "nasty-drowned.csv": (
            'student,Q1.size,Q3.loss\nann,"5,1\nbob,6,2\ncara,7",3\n',
            {
                "dialect": "wide",
                "rows": [],
                "rejects": [
                    [
                        *(2, "ann"),
                        "a cell runs over into what looks like further rows. "
                        'A quotation mark " may be missing, or one too many.',
                    ]
                ],
            },
        ),
        "nasty-unclosed.csv": ('student,Q1.size\nann,"5\nbob,6\n', {"error": "a quotation mark is never closed"}),
        "nasty-empty.csv": ("", {"error": "the file is empty"}),
        "nasty-only-sep.csv": ("sep=;\n", {"error": "the first line holds no headings"}),
        "nasty-nobody.csv": ("a,b\n1,2\n", {"error": "no column says whose answers these are"}),
        "nasty-json.json": ('[{"student": "ann", "Q1.size": 5}, 7]', {"error": "this JSON is no list of records"}),
        "nasty-broken.json": ('[{"student": "ann"', {"error": "this is no JSON"}),
        "nasty-numbers.json": (
            '[{"student": "ann", "Q1.size": 5, "Q3.loss": 0.25}, {"student": "bob", "Q1.size": null}]',
            {"dialect": "wide", "rows": [row(2, ["ann"], {"Q1.size": "5", "Q3.loss": "0.25"}), row(3, ["bob"], {})]},
        ),
        "nasty-zip.xlsx": (b"PK\x03\x04 and no zip file", {"error": "this workbook is damaged"}),
        "nasty-dates.xlsx": (
            dated(),
            {
                "dialect": "wide",
                "rows": [
                    row(2, ["ann"], {"Q1.size": "2026-04-03T00:00:00 (a date)", "Q3.loss": "5%", "Q2.top": "TRUE"}),
                    row(3, ["7"], {"Q1.size": "3", "Q3.loss": "0.3", "Q2.top": "=1+1"}),
                ],
            },
        ),
        "nasty-cells.ods": (
            write.opendocument(ODS_TABLES, ODS_STYLES),
            {
                "dialect": "wide",
                "rows": [
                    row(4, ["ann"], {"Q1.size": "2026-04-03 (a date)", "Q3.loss": "5%", "Q2.top": "TRUE"}),
                    row(5, ["7"], {"Q1.size": "3", "Q3.loss": "0.3", "Q2.top": "=1+1"}),
                    row(6, ["7"], {"Q1.size": "3", "Q3.loss": "0.3", "Q2.top": "=1+1"}),
                    row(1_000_006, ["bob"], {"Q2.top": "a  b\tc\nd & e"}),
                ],
            },
        ),
        "nasty-many.ods": (
            write.opendocument(
                '<table:table><table:table-row table:number-rows-repeated="1000000"><table:table-cell '
                'table:number-columns-repeated="9000"><text:p>x</text:p></table:table-cell></table:table-row></table:table>'
            ),
            {"error": "this workbook is too large"},
        ),
        "nasty-entities.ods": (
            write.opendocument("<table:table/>", before='<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]>'),
            {"error": "this workbook declares a document type"},
        ),
        "nasty-empty.ods": (write.opendocument("<table:table/>"), {"error": "the file is empty"}),
        "nasty-attempts.csv": (
            "student,attempt,handed in,Q1.size\nann,2,2026-11-30 9:05,5\nbob,two,,6\ncara,,soon,7\n",
            {
                "dialect": "wide",
                "rows": [
                    {**row(2, ["ann"], {"Q1.size": "5"}, time="2026-11-30T09:05:00"), "attempt": 2},
                    row(4, ["cara"], {"Q1.size": "7"}, time="soon"),
                ],
                "rejects": [[3, "bob", "the attempt is no whole number"]],
            },
        ),
        "nasty-moodle-tags.csv": (
            f"{head},Question 1,Response 1\n"
            + f"A,B,ann,a@b.c,{done},{tag(17, 'Q1')} text,5\n"
            + f"C,D,bob,b@b.c,{done},{typo} text,5\n"
            + f"E,F,cara,c@b.c,{done},{other} text,5\n"
            + f"G,H,dan,d@b.c,{done},{tag(61, 'Q1')} text,5\n"
            + f"I,J,eve,e@b.c,{done},{tag(17, 'Q9')} text,5\n"
            + f"K,L,fay,f@b.c,{done},{tag(17, 'Q1')} {tag(18, 'Q1')},5\n",
            {
                "dialect": "moodle",
                "rows": [row(2, ann, {"Q1.size": "5"}, variants={"Q1": 17}, **at)],
                "rejects": [
                    [3, "bob", f"the tag '{typo}' has a typing error (its check character does not fit)"],
                    [4, "cara", f"the tag '{other}' belongs to another exam; this one is {CODE}"],
                    [5, "dan", "there is no variant 61 of Q1 in this exam"],
                    [6, "eve", "there is no Q9 in this exam"],
                    [7, "fay", f"a question's text holds several tags: {tag(17, 'Q1')}, {tag(18, 'Q1')}"],
                ],
            },
        ),
        "nasty-moodle-parts.csv": (
            f"{head},Question 1,Response 1,Question 2,Response 2\n"
            + f"A,B,ann,a@b.c,{done},{tag(17, 'Q2')},part 1: 1; part 2: part 3: x; part 3: ; part 4: 4; part 5: 9,"
            + f"{tag(3, 'Q1')},part 1: 5\n"
            + f"A,B,bob,b@b.c,{done},{tag(17, 'Q2')},part 1: 1; part 2: 2; part 3: 3,{tag(3, 'Q1')},-\n"
            + f"A,B,cara,c@b.c,{done},{tag(17, 'Q2')},1 2 3 4,{tag(3, 'Q1')},-\n"
            + f'A,B,dan,d@b.c,{done},{tag(17, "Q2")},"part 1: [[1,2],[3,4]]; part 2: 4",{tag(3, "Q1")},ratio 1:2\n'
            + "A,B,eve,e@b.c,-,-,-,-,-,-,-,-,-\n",
            {
                "dialect": "moodle",
                "rows": [
                    row(
                        *(2, ann),
                        {"Q2.map[1,1]": "1", "Q2.map[1,2]": "part 3: x", "Q2.map[2,2]": "4"}
                        | {"Q2.top": "9", "Q1.size": "5"},
                        variants={"Q1": 3, "Q2": 17},
                        **at,
                    ),
                    row(
                        *(5, ["dan", "d@b.c"]),
                        {"Q2.map": "[[1,2],[3,4]]", "Q2.top": "4", "Q1.size": "ratio 1:2"},
                        variants={"Q1": 3, "Q2": 17},
                        **at,
                    ),
                    row(6, ["eve", "e@b.c"], {}),
                ],
                "rejects": [
                    [3, "bob", "Q2 (Response 1): 3 parts, but the question has 5 cells or 2 answers"],
                    [4, "cara", "Q2 (Response 1): one text, but the question has 2 answers"],
                ],
            },
        ),
        "nasty-moodle-stack.csv": (
            f"{head},Question 1,Response 1\n"
            + f"A,B,ann,a@b.c,{done},{tag(18, 'Q4')},"
            + "Seed: 254530683; ans1: 7 [score]; ans3: 9 [valid]; ans2: 8 [score]; prt1: # = 1 | prt1-1-T\n",
            {
                "dialect": "moodle",
                "rows": [
                    row(2, ann, {"Q4.list[1]": "7", "Q4.list[2]": "8", "Q4.list[3]": "9"}, variants={"Q4": 18}, **at)
                ],
            },
        ),
        "nasty-moodle-untagged.csv": (
            f"{head},Question 1,Response 1,Question 2,Response 2\n"
            + f"A,B,ann,a@b.c,{done},What is your name?,Ann,{tag(17, 'Q1')},5\n",
            {"dialect": "moodle", "rows": [row(2, ann, {"Q1.size": "5"}, variants={"Q1": 17}, **at)]},
        ),
        "nasty-moodle-unknown-language.csv": (
            "a,b,c,d,e,f,g,Pisteet/10.00,Vastaus 1,Oikea 1\n" + "A,B,ann,Valmis,x,y,z,5.00,5,6\n",
            {"error": "it is not clear which columns hold the responses"},
        ),
        "nasty-canvas-formula.csv": (
            f'name,id,sis_id,submitted,"7: {tag(17, "Q1")}",1.0,"8: {tag(17, "Q3")}",1.0,score\n'
            + 'Ann,1,ann,2026-11-30 09:30:00 UTC,"x=>4,y=>3,12",1.0,"1\\,5",0.0,1.0\n',
            {
                "dialect": "canvas",
                "rows": [
                    row(
                        *(2, ["ann", "1"]),
                        {"Q1.size": "12", "Q3.loss": "1,5"},
                        time="2026-11-30T09:30:00Z",
                        variants={"Q1": 17, "Q3": 17},
                    )
                ],
            },
        ),
        "nasty-canvas-twice.csv": (
            f'name,id,sis_id,submitted,"7: {tag(17, "Q1")}",1.0,"8: {tag(18, "Q1")}",1.0,score\n'
            + "Ann,1,ann,2026-11-30 09:30:00 UTC,5,1.0,6,0.0,1.0\n",
            {"dialect": "canvas", "rows": [], "rejects": [[2, "ann", "Q1 is answered twice"]]},
        ),
        "nasty-brightspace-choice.csv": (
            "Org Defined ID,Username,Attempt #,Attempt End,Q #,Q Text,Answer,Answer Match\n"
            + f"ann,#ann,1,30/11/2026 9:30,1,{tag(17, 'Q1')},valid,Unchecked\n"
            + f"ann,#ann,1,30/11/2026 9:30,1,{tag(17, 'Q1')},same,Checked\n"
            + f"bob,#bob,x,30/11/2026 9:30,1,{tag(17, 'Q1')},same,Checked\n",
            {
                "dialect": "brightspace",
                "rows": [row(2, ["ann"], {"Q1.size": "same"}, time="2026-11-30T09:30:00", variants={"Q1": 17})],
                "rejects": [[4, "bob", "the attempt is no whole number"]],
            },
        ),
        "nasty-blackboard-html.csv": (
            '"Username"\t"Question ID 1"\t"Question 1"\t"Answer 1"\t"Question ID 2"\t"Question 2"\t"Answer 2"\n'
            + f'"ann"\t"_1_1"\t"<p>{tag(17, "Q1")}</p>"\t"<p>a &lt; b&nbsp;</p>"'
            + f'\t"_2_1"\t"{tag(17, "Q2")}"\t"<p>1;2;3;4;9</p>"\n'
            + f'"bob"\t"_1_1"\t"<p>{tag(17, "Q1")}</p>"\t"[None Given]"\t"_2_1"\t"{tag(17, "Q2")}"\t"1,2,3,4,9"\n',
            {
                "dialect": "blackboard",
                "rows": [
                    row(
                        *(2, ["ann"]),
                        {"Q1.size": "a < b", "Q2.map[1,1]": "1", "Q2.map[1,2]": "2", "Q2.map[2,1]": "3"}
                        | {"Q2.map[2,2]": "4", "Q2.top": "9"},
                        variants={"Q1": 17, "Q2": 17},
                    )
                ],
                "rejects": [[3, "bob", "Q2 (Answer 2): one text, but the question has 2 answers"]],
            },
        ),
        "nasty-forms-tags.csv": (
            f'Timestamp,E-mail address,"Your paper\'s tag",{tag(17, "Q3")} The loss?,"How big (size), in all?",'
            + '"Q2.map [Score]",Anything else?\n'
            + f"13/11/2026 9:30:00,a@b.c,{tag(17)},0.25,5,1,no\n"
            + f"30/11/2026 9:30:00,,{tag(18)},,6,1,\n",
            {
                "dialect": "forms",
                "rows": [
                    row(
                        *(2, ["a@b.c"]),
                        {"Q3.loss": "0.25", "Q1.size": "5"},
                        tag=tag(17),
                        time="2026-11-13T09:30:00",
                        variants={"Q3": 17},
                    ),
                    row(3, [], {"Q1.size": "6"}, tag=tag(18), time="2026-11-30T09:30:00"),
                ],
            },
        ),
        "nasty-forms-nothing.csv": ("Timestamp,Email\n1,a@b.c\n", {"error": "no heading names an answer of this exam"}),
    }


def pages():
    """What pages saved, one by one and as platforms pack it: file name -> content and reading."""
    ann, bob, lee = CLASS
    again, later = TRIES[0], replace(TRIES[1], typed={**TRIES[1].typed, ("Q1", "size", ()): "6"})
    odd = replace(ann, typed={**ann.typed, ("Q1", "size", ()): 'a "b"\n\t<c> \u2028 😀 é\x7f'})
    empty = replace(ann, typed=dict.fromkeys(ann.typed, ""))
    whole = write.saved(ann, LAYOUT, CODE)
    changed = whole.replace(b'"Q1.size": "5"', b'"Q1.size": "6"')
    indented = json.dumps(json.loads(whole), sort_keys=True).encode("utf-16")
    cut = "cut short or damaged: it is no whole JSON"
    check = "the check does not fit: it was changed or cut after it was saved"
    stranger = "not a file of answers that a page of quizgen saved"

    def read(*rows, rejects=(), **more):
        told = reading(rows, "saved", lines=[1] * len(rows), variants=False, times="+01:00")
        for row, about in zip(rows, told["rows"], strict=True):
            about["tag"] = tag(row.variants["Q1"])
        return {**told, "rejects": [[1, *reject] for reject in rejects], **more}

    def file(row, **more):
        return write.saved(row, LAYOUT, CODE, **more)

    def answers(**texts):
        return file(ann, answers=texts), texts

    both, _ = answers(**{"Q2.map": "1 2; 3 4", "Q2.map[1,1]": "1"})
    unknown, _ = answers(**{"Q1.sise": "5"})
    moodle = {
        f"{row.student.title()} Of_{100 + i}_assignsubmission_file_/{tag(row.variants['Q1'])}.json": file(row)
        for i, row in enumerate(CLASS)
    }
    canvas = {
        f"{row.student}kim_{row.number}_{9000 + i}_{tag(row.variants['Q1'])}.json": file(row)
        for i, row in enumerate(CLASS)
    }
    others = {
        "Ann Of_1_assignsubmission_file_/work.pdf": b"%PDF-1.7",
        "Ann Of_1_assignsubmission_onlinetext_/onlinetext.txt": b"see file",
        "Bob Of_2_assignsubmission_file_/a/b/c/page.json": file(bob),
        "Lee_3_assignsubmission_file_/page.json": whole[:200],
        "Eve_4_assignsubmission_file_/page.json": b"",
        "Dan_5_assignsubmission_file_/../../page.JSON": changed,
        "Fay_6_assignsubmission_file_/large.json": b"0" * 2_000_000,
        "Gil_7_assignsubmission_file_/tight.json": b"0" * 900_000,
        "Hal_8_assignsubmission_file_/inner.zip": write.as_zip({"page.json": whole}),
    }
    large = "2,000,000 bytes; the limit is 1,000,000"
    refused = [stranger, stranger, cut, "the file is empty", check, large, "packed more tightly than typed answers are"]
    whose = ["", "", "", "", "ann", "", ""]
    return {
        "saved.json": (whole, read(ann)),
        "saved-odd-signs.json": (file(odd), read(odd)),
        "saved-other-spelling.json": (indented, read(ann)),
        "saved-empty.json": (file(empty), read(empty)),
        "saved-tag-in-small-letters.json": (file(ann, tag=f" {tag(17).lower()}"), read(ann)),
        "saved-moodle.zip": (write.as_zip(moodle), read(lee, ann, bob)),
        "saved-canvas.zip": (write.as_zip(canvas), read(lee, ann, bob)),
        "saved-attempts.zip": (
            write.as_zip({"2/a.json": file(later), "1/a.json": file(again), "3/a.json": file(later)}),
            read(again, later, later),
        ),
        "nasty-saved-changed.json": (changed, read(rejects=[["ann", check]])),
        "nasty-saved-cut.json": (whole[:-30], read(rejects=[["", cut]])),
        "nasty-saved-other-exam.json": (
            file(ann, exam="0" * 32),
            read(rejects=[["ann", "these are answers to another exam"]]),
        ),
        "nasty-saved-time.json": (
            file(ann, saved="soon"),
            read(rejects=[["ann", "its time 'soon' cannot be read"]]),
        ),
        "nasty-saved-no-zone.json": (
            file(ann, saved="2026-11-30T09:00:00"),
            read(rejects=[["ann", "its time '2026-11-30T09:00:00' cannot be read"]]),
        ),
        "nasty-saved-untagged.json": (file(ann, tag=" "), read(rejects=[["ann", "it has no tag"]])),
        "nasty-saved-both.json": (both, read(rejects=[["ann", "the answer Q2.map stands in it whole and by cells"]])),
        "nasty-saved-unknown.json": (
            unknown,
            read(rejects=[["ann", "'Q1.sise' is no answer of this exam. Did you mean 'Q1.size'?"]]),
        ),
        "nasty-saved-format.json": (
            whole.replace(b'"format": 1', b'"format": 2'),
            read(rejects=[["", "saved in format 2; this quizgen reads format 1"]]),
        ),
        "nasty-saved-double.json": (
            whole.replace(b'"Q1.size": "5"', b'"Q1.size": "5", "Q1.size": "6"'),
            read(rejects=[["", "damaged: 'Q1.size' stands in it twice"]]),
        ),
        "nasty-saved-number.json": (
            whole.replace(b'"Q1.size": "5"', b'"Q1.size": 5'),
            read(rejects=[["ann", "damaged: an answer is no text"]]),
        ),
        "nasty-saved-missing.json": (
            whole.replace(b'"exam"', b'"exm"'),
            read(rejects=[["", "damaged: it has no 'exam'"]]),
        ),
        "nasty-saved-others.zip": (
            write.as_zip(others),
            read(bob, rejects=[*zip(whose, refused, strict=True), ["", stranger]]),
        ),
        "nasty-saved-nothing.zip": (
            write.as_zip({"a.csv": b"student,Q1.size\nann,5\n"}),
            {"error": "no file in this zip was saved by a page of quizgen"},
        ),
        "nasty-saved-broken.zip": (write.as_zip(moodle)[:-40], {"error": "this zip is damaged"}),
    }


if __name__ == "__main__":
    PLACE.mkdir(parents=True, exist_ok=True)
    for name, (content, told) in {**generated(), **nasty(), **pages()}.items():
        (PLACE / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        text = json.dumps(told, indent=1, ensure_ascii=False)
        (PLACE / f"{name}.expected").write_text(text + "\n", encoding="utf-8", newline="\n")
