"""Rows of a file joined to students and papers, or refused with the reason; doubles; nothing is guessed."""

from __future__ import annotations

import csv
import io
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizgen.exam.tags import write_tag
from quizgen.submissions import read_sheet
from quizgen.submissions.handins import layout_of, resolve, together, without_doubles

ROSTER = ("ann", "bob", "cara", "dan")  # papers 1 to 4; paper 5 is a spare one
HEADINGS = ("student", "tag", "status", "Q1.double", "Q2.map")


@pytest.fixture(scope="module")
def exam(make_small, tmp_path_factory):
    return make_small(tmp_path_factory.mktemp("handins") / "exam", 5, ROSTER)


@pytest.fixture(scope="module")
def open_exam(make_small, tmp_path_factory):
    """An exam without a roster: papers are known by their tags."""
    return make_small(tmp_path_factory.mktemp("handins") / "exam", 5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def join(folder):
    """Join the rows of a file to an exam; tags are written `@3` for paper 3."""

    def joined(exam, *rows, name="a.csv", headings=HEADINGS):
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([headings, *([tagged(exam, cell) for cell in r] for r in rows)])
        (folder / name).write_text(out.getvalue(), encoding="utf-8")
        return resolve(exam, read_sheet(folder / name, layout_of(exam)))

    return joined


def tagged(exam, cell):
    return write_tag(exam.code, int(cell[1:])) if cell[:1] == "@" else cell


def accepted(handins):
    return [
        (str(s), int(p), int(line)) for s, p, line in zip(handins.students, handins.papers, handins.lines, strict=True)
    ]


def refused(rejects):
    return [(reject.line, reject.student, reject.reason) for reject in rejects]


# ---- who and which paper -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("student", "tag"), [("bob", "@2"), ("bob", ""), ("", "@2"), (" bob ", "")])
def test_a_student_a_tag_or_both_name_a_row(exam, join, student, tag):
    handins, rejects = join(exam, (student, tag, "", "5", ""))
    assert (accepted(handins), rejects) == ([("bob", 2, 2)], [])


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("anne", ""), "'anne' is not on the roster. Did you mean 'ann'?"),
        (("xyz", ""), "'xyz' is not on the roster."),
        (("anne", "@1"), "'anne' is not on the roster. Did you mean 'ann'?"),
        (("Ann", ""), "'Ann' is not on the roster. Did you mean 'ann'?"),
        (
            ("ann", "@2"),
            "this student holds paper {1}, but the tag says {2}; if they were swapped: quizgen assign {2} ann",
        ),
        (("", "@5"), "nobody holds paper {5}. Assign it first: quizgen assign {5} STUDENT"),
        (
            ("ann", "@5"),
            "this student holds paper {1}, and nobody holds paper {5}. Assign it first: quizgen assign {5} ann",
        ),
        (
            ("zoe x", "@5"),
            "'zoe x' is not on the roster, and nobody holds paper {5}. "
            "Assign it first: quizgen assign {5} 'zoe x' --new",
        ),
        (("", "@99"), "there is no paper 99 in this exam"),
        (("", "#2"), "'#2' is not a tag. Tags of this exam look like {17}."),
        (("ann", "\x1f1"), "'1' is not a tag. Tags of this exam look like {17}."),
        (("", ""), "neither a student nor a tag"),
        (("ann", "17"), "'17' is not a tag. Tags of this exam look like {17}."),
    ],
)
def test_a_row_that_fits_nobody_is_refused_with_the_reason(exam, join, row, reason):
    handins, rejects = join(exam, (*row, "", "5", ""), ("bob", "@2", "", "6", ""))
    said = reason
    for number in (1, 2, 5, 17):
        said = said.replace(f"{{{number}}}", write_tag(exam.code, number))
    assert refused(rejects) == [(2, row[0], said)]
    assert rejects[0].text == "5"
    assert accepted(handins) == [("bob", 2, 3)]


def test_a_column_of_papers_holds_plain_numbers(exam, join):
    rows = [("", "2", "5"), ("ann", "1", "6"), ("", "0", "5"), ("ann", "7", "6")]
    handins, rejects = join(exam, *rows, headings=("student", "paper", "Q1.double"))
    assert accepted(handins) == [("bob", 2, 2), ("ann", 1, 3)]
    assert refused(rejects) == [
        (4, "", "there is no paper 0 in this exam"),
        (5, "ann", "there is no paper 7 in this exam"),
    ]


def test_the_tag_of_another_exam_is_refused(exam, join):
    other = write_tag("A2CD" if exam.code != "A2CD" else "A2CE", 1)
    _, rejects = join(exam, ("", other, "", "5", ""), ("ann", other, "", "5", ""))
    said = f"the tag '{other}' belongs to another exam; this one is {exam.code}"
    assert refused(rejects) == [(2, "", said), (3, "ann", said)]


def test_a_tag_with_a_typing_error_is_refused_even_beside_the_right_student(exam, join):
    typo = write_tag(exam.code, 1).replace("-001-", "-002-")
    handins, rejects = join(exam, ("ann", typo, "", "5", ""), ("", typo, "", "6", ""))
    said = f"the tag '{typo}' has a typing error (its check character does not fit)"
    assert (accepted(handins), refused(rejects)) == ([], [(2, "ann", said), (3, "", said)])


def test_without_a_roster_the_tag_decides(open_exam, join):
    handins, rejects = join(
        open_exam,
        ("zoe", "@3", "", "5", ""),
        ("", "@4", "", "5", ""),
        ("student-002", "", "", "5", ""),
        ("max", "", "", "5", ""),
        ("", "@77", "", "5", ""),
    )
    assert accepted(handins) == [("zoe", 3, 2), ("student-004", 4, 3), ("student-002", 2, 4)]
    assert refused(rejects) == [
        (5, "max", "a tag is needed to know which paper this is"),
        (6, "", "there is no paper 77 in this exam"),
    ]


@pytest.mark.parametrize("status", ["empty", "excused", "absent", "EMPTY", " excused "])
def test_a_status_may_be_declared(exam, join, status):
    handins, rejects = join(exam, ("ann", "", status, "", ""))
    assert (handins.status.tolist(), rejects) == ([status.strip().lower()], [])


def test_an_unknown_status_is_refused(exam, join):
    _, rejects = join(exam, ("ann", "", "ill", "", ""))
    assert refused(rejects) == [(2, "ann", "the status 'ill' is none of: empty, excused, absent")]


def test_a_row_of_nothing_is_passed_over(exam, join):
    handins, rejects = join(exam, ("", "", "", "", ""), ("", "", "", " ", "\t"), ("ann", "", "", "5", ""))
    assert (accepted(handins), rejects) == ([("ann", 1, 4)], [])


def test_a_row_on_which_nothing_was_written_says_nothing(exam, join):
    """Two rooms may fill in copies of one sheet: who sat in the other room has a blank row."""
    handins, rejects = join(
        exam,
        ("ann", "@1", "", "", ""),
        ("bob", "", "empty", "", ""),
        ("cara", "", "", " ", "1 2; 3 4"),
        ("zoe", "", "", "", " "),
    )
    assert refused(rejects) == [(5, "zoe", "'zoe' is not on the roster.")]
    assert handins.blank.tolist() == [True, False, False]
    kept, rejects = without_doubles(handins)
    assert (accepted(kept), rejects) == ([("bob", 2, 3), ("cara", 3, 4)], [])


# ---- doubles -----------------------------------------------------------------------------------------------------


def test_identical_rows_count_once(exam, join):
    handins, _ = join(exam, ("ann", "", "", "5", ""), ("ann", "@1", "", " 5 ", ""), ("", "@1", "", "5", ""))
    kept, rejects = without_doubles(handins)
    assert (accepted(kept), rejects) == ([("ann", 1, 2)], [])


def test_differing_rows_are_all_refused_with_the_lines_of_the_others(exam, join, folder):
    handins, _ = join(
        exam, ("ann", "", "", "5", ""), ("bob", "", "", "5", ""), ("ann", "", "", "6", ""), ("ann", "", "", "7", "")
    )
    kept, rejects = without_doubles(handins)
    assert accepted(kept) == [("bob", 2, 3)]
    places = {line: f"{folder}/a.csv:{line}" for line in (2, 4, 5)}
    assert refused(rejects) == [
        (line, "ann", f"differing rows for this student (see {', '.join(p for k, p in places.items() if k != line)})")
        for line in places
    ]


def test_rows_of_different_files_are_compared_too(exam, join, folder):
    one, _ = join(exam, ("ann", "", "", "5", ""), name="one.csv")
    two, _ = join(exam, ("ann", "", "", "6", "1 2; 3 4"), name="two.csv")
    kept, rejects = without_doubles(together([one, two]))
    assert accepted(kept) == []
    assert [reject.file for reject in rejects] == [f"{folder}/one.csv", f"{folder}/two.csv"]
    assert rejects[0].reason == f"differing rows for this student (see {folder}/two.csv:2)"


def test_a_blank_row_beside_a_filled_one_says_nothing(exam, join):
    handins, _ = join(exam, ("ann", "", "", "", ""), ("ann", "", "", "5", ""), ("ann", "", "", " ", ""))
    kept, rejects = without_doubles(handins)
    assert (accepted(kept), rejects) == ([("ann", 1, 3)], [])


def test_a_status_differs_from_answers(exam, join):
    handins, _ = join(exam, ("ann", "", "excused", "", ""), ("ann", "", "", "5", ""))
    kept, rejects = without_doubles(handins)
    assert (accepted(kept), [line for line, _, _ in refused(rejects)]) == ([], [2, 3])


def test_a_paper_that_several_students_claim_is_nobodys(open_exam, join, folder):
    handins, _ = join(open_exam, ("zoe", "@3", "", "5", ""), ("max", "@3", "", "5", ""), ("eva", "@4", "", "5", ""))
    kept, rejects = without_doubles(handins)
    assert accepted(kept) == [("eva", 4, 4)]
    assert refused(rejects) == [
        (2, "zoe", f"this paper is claimed by several students (see {folder}/a.csv:3)"),
        (3, "max", f"this paper is claimed by several students (see {folder}/a.csv:2)"),
    ]


def test_a_stand_in_of_the_sheet_does_not_claim_the_paper_of_who_wrote_on_it(open_exam, join):
    """The sheet comes with a row `student-003`; whoever types a row of their own leaves that one blank."""
    handins, _ = join(open_exam, ("student-003", "@3", "", "", ""), ("zoe", "@3", "", "5", ""))
    kept, rejects = without_doubles(handins)
    assert rejects == []
    assert accepted(kept.take(~kept.blank)) == [("zoe", 3, 3)]


# ---- nothing is lost ---------------------------------------------------------------------------------------------

ROW = st.tuples(
    st.sampled_from(["ann", "bob", "cara", "anne", ""]),
    st.sampled_from(["", "@1", "@2", "@3", "@5", "@99", "nonsense", "A2CD-001-X"]),
    st.sampled_from(["", "", "", "empty", "excused", "ill"]),
    st.sampled_from(["", "5", "6", "x", "=cmd()"]),
    st.sampled_from(["", "", "1 2; 3 4"]),
)


@given(rows=st.lists(ROW, max_size=8), roster=st.booleans())
def test_every_row_is_accepted_refused_a_double_or_blank(exam, open_exam, join, rows, roster):
    which = exam if roster else open_exam
    handins, rejects = join(which, *rows)
    kept, doubles = without_doubles(handins)
    lines = Counter(range(2, len(rows) + 2))
    assert Counter(int(line) for line in handins.lines) + Counter(r.line for r in rejects) <= lines
    # what is passed over holds nothing and names nobody
    for line in lines - Counter(handins.lines.tolist()) - Counter(r.line for r in rejects):
        assert (rows[line - 2][0], *rows[line - 2][2:]) == ("", "", "", "")
    # of the accepted, each row is kept, refused as a double, the same as one of these, or blank
    assert not set(kept.lines.tolist()) & {r.line for r in doubles}
    said = {str(s): rows[int(line) - 2][2:] for s, line in zip(kept.students, kept.lines, strict=True)}
    assert len(said) == kept.n, "one row per student"
    assert len(set(kept.papers.tolist())) == kept.n, "one student per paper"
    spoken_for = {(r.student, r.line) for r in doubles}
    for student, line in zip(handins.students.tolist(), handins.lines.tolist(), strict=True):
        own = rows[line - 2][2:]
        if (student, line) in spoken_for or said.get(student) == own:
            continue
        others = [rows[r.line - 2][2:] for r in doubles if r.student == student]
        assert own in others or not any(own)
