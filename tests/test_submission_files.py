"""A folder of files as people have them, each with what must be read out of it beside it; nothing is lost."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from make_submissions import LAYOUT, PLACE

from quizgen.csvtext import decode, delimiter_of
from quizgen.errors import QuizgenError
from quizgen.exam.model import heading_of
from quizgen.submissions.dialects import DIALECTS, read_sheet
from quizgen.submissions.table import ZIP, read_table
from quizgen.workbook import read_workbook

FILES = sorted(path for path in PLACE.iterdir() if path.suffix != ".expected")
every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)


def expected(path):
    return json.loads(Path(f"{path}.expected").read_text(encoding="utf-8"))


def rows_of(sheet):
    """A sheet's rows as the readings spell them."""
    rows = []
    for i in range(sheet.n):
        names = [column[i].as_py() for column in (sheet.students, *sheet.known_as)]
        row = {
            "line": int(sheet.lines[i]),
            "who": list(dict.fromkeys(name for name in names if name)),
            "attempt": int(sheet.attempts[i]),
            "time": sheet.times[i].as_py(),
            "variants": {q: int(v[i]) for q, v in sorted(sheet.variants.items()) if v[i]},
            "texts": {heading_of(*c): t for c, texts in sheet.texts.items() if (t := texts[i].as_py().strip())},
        }
        rows.append(row)
    return rows


def data_rows(path):
    """How many rows below the headings say anything, counted by other means than the reader's."""
    data = path.read_bytes()
    if path.suffix == ".zip":
        with ZipFile(path) as packed:
            return len(packed.namelist())
    if path.name.startswith(("saved", "nasty-saved")):
        return 1
    if data[:4] == ZIP:
        return len(read_workbook(data, "")) - 1
    text = decode(data, "")
    if path.suffix == ".json":
        found = json.loads(text)
        return len(found[0] if isinstance(found[0], list) else found)
    text = text.lstrip(" \n")
    sign = text[4] if text.startswith("sep=") else delimiter_of(text)
    text = text.partition("\n")[2] if text.startswith("sep=") else text
    table = list(csv.reader(io.StringIO(text, newline=""), delimiter=sign))
    return sum(any(cell.strip() for cell in row) for row in table[1:])


def test_there_are_enough_files_in_all_dialects():
    assert len(FILES) >= 60
    assert {expected(path).get("dialect") for path in FILES} >= set(DIALECTS)
    assert len(list(PLACE.glob("nasty-*.expected"))) >= 20


@every_file
def test_a_file_is_read_as_it_was_meant(path):
    told = expected(path)
    if "error" in told:
        with pytest.raises(QuizgenError) as error:
            read_sheet(path, LAYOUT)
        assert told["error"] in str(error.value)
        return
    (name,) = [name for name, dialect in list(DIALECTS.items()) if dialect.recognised(read_table(path))][:1]
    assert name == told["dialect"]
    sheet = read_sheet(path, LAYOUT)
    plain = [{"time": "", "variants": {}, **row} for row in told["rows"]]
    tags = [row.pop("tag", None) for row in plain]
    blank = told.get("nothing", 0)
    assert [row for row in rows_of(sheet) if row["who"] or row["texts"] or not blank] == plain
    assert [tag for tag, mine in zip(sheet.tags.to_pylist(), tags, strict=False) if mine and tag != mine] == []
    assert [[r.line, r.student, r.reason] for r in sheet.rejects] == told.get("rejects", [])
    assert sheet.skipped == told.get("skipped", 0)


@every_file
def test_every_row_is_accepted_or_refused(path):
    told = expected(path)
    if "error" not in told:
        sheet = read_sheet(path, LAYOUT)
        taken = sheet.behind.sum() - told.get("nothing", 0)
        assert taken + len(sheet.rejects) + sheet.skipped == data_rows(path) > 0


@every_file
def test_a_dialect_may_be_forced(path):
    told = expected(path)
    for name in DIALECTS:
        try:
            sheet = read_sheet(path, LAYOUT, name)
        except QuizgenError:
            assert name != told.get("dialect")
        else:
            assert sheet.n <= data_rows(path) + told.get("nothing", 0)


def test_an_unknown_dialect_is_wrong_usage():
    with pytest.raises(QuizgenError) as error:
        read_sheet(FILES[0], LAYOUT, "moddle")
    assert (str(error.value), error.value.exit_code) == ("there is no dialect 'moddle'. Did you mean 'moodle'?", 2)


CELLS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=6),
    st.sampled_from(["part 1: 4; part 2: 7", "-", "ann", "K7RF-Q1-017-8", "x=>4,y=>3,5", "\\,", "<p>&nbsp;", "1"]),
    st.sampled_from(["In progress", "30 November 2026, 9:00 AM", "2026-02-31 25:61", "ans1: 5 [score]", "Finished"]),
)
HEADS = [
    "Last name,First name,ID number,Status,Started,Completed,Duration,Grade/10.00,Question 1,Response 1,Response 2",
    "Nom,Prénom,Courriel,État,Commencé,Terminé,Durée,Note/10,00,Question 1,Réponse 1",
    "name,id,sis_id,submitted,attempt,1: K7RF-Q1-017-8,1.0,2: x,2.0,score",
    "Org Defined ID,Username,Attempt #,Attempt End,Q #,Q Text,Answer,Answer Match",
    "Username,Question ID 1,Question 1,Answer 1,Question 2,Answer 2",
    "Timestamp,Email Address,Tag,size,Q2.map,K7RF-Q3-017-8",
    "student,tag,attempt,handed in,Q1.size,Q2.map",
    "student,tag,question,answer,value,status",
]


def read_or_complaint(path, dialect=""):
    """A sheet, or what is wrong with the file; any other exception is a failure."""
    try:
        return read_sheet(path, LAYOUT, dialect), ""
    except QuizgenError as error:
        return None, str(error)


@given(st.sampled_from(HEADS), st.lists(st.lists(CELLS, min_size=1, max_size=11), max_size=5))
def test_no_text_ever_raises_anything_but_a_complaint(tmp_path_factory, head, rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes((head + "\n" + out.getvalue()).encode("utf-8", "replace"))
    for dialect in ("", *DIALECTS):
        sheet, complaint = read_or_complaint(path, dialect)
        assert "\n" not in complaint
        if sheet:
            assert len(sheet.attempts) == len(sheet.times) == len(sheet.behind) == sheet.n
            assert all(len(texts) == sheet.n for texts in [*sheet.texts.values(), *sheet.variants.values()])


@given(
    st.one_of(
        st.text(max_size=80),
        st.binary(max_size=80),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        ).map(json.dumps),
    )
)
def test_no_file_ever_raises_anything_but_a_complaint(tmp_path_factory, content):
    data = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
    for start in (b"", ZIP):
        path = tmp_path_factory.getbasetemp() / "any.json"
        path.write_bytes(start + data)
        assert "\n" not in read_or_complaint(path)[1]
