"""Few versions for many papers, dealt so that neighbours differ; and papers that share nothing with an earlier exam."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizgen.adding import add_papers
from quizgen.bank.folders import Bank, open_grader
from quizgen.booklets.forms import forms_of
from quizgen.decisions import Decisions, Waiting
from quizgen.desk import grade_files
from quizgen.draw.search import digests
from quizgen.errors import QuizgenError
from quizgen.exam.additions import Why, read_exam
from quizgen.exam.dealing import MOST_VERSIONS, alike, deal
from quizgen.exam.roster import Student
from quizgen.exam.seating import near, place_of
from quizgen.exam.tags import write_tag
from quizgen.export.items import items_of
from quizgen.grading import grade
from quizgen.making import make_exam
from quizgen.misreads import misreads
from quizgen.submissions.dialects import read_sheet
from quizgen.submissions.handins import layout_of, resolve

GRADER = open_grader("standard")
MARKDOWN = forms_of("md")
SECRET = bytes(32)


# ---- seats ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seat", "place"),
    [
        ("A12", ("", 1, 12)),
        ("a 12", ("", 1, 12)),
        ("B-07", ("", 2, 7)),
        ("R1", ("", 18, 1)),
        ("P12", ("", 16, 12)),
        ("AA3", ("", 27, 3)),
        ("12A", ("", 12, 1)),
        ("3-4", ("", 3, 4)),
        ("3/4", ("", 3, 4)),
        ("2-3-4", ("2", 3, 4)),
        ("17", ("", 0, 17)),
        ("Platz 17", ("", 0, 17)),
        ("Row 2 Seat 5", ("", 2, 5)),
        ("seat 5, row 2", ("", 2, 5)),
        ("R2S5", ("", 2, 5)),
        ("Reihe B Platz 7", ("", 2, 7)),
        ("rang 2 place 5", ("", 2, 5)),
    ],
)
def test_seats_are_rows_and_columns(seat, place):
    found = place_of(seat)
    assert (found.part, found.row, found.column) == place


@pytest.mark.parametrize("seat", ["", "by the door", "A", "?", "Seat"])
def test_a_seat_without_a_number_is_nowhere(seat):
    assert place_of(seat) is None


@given(st.text(max_size=30))
def test_any_text_may_be_a_seat(seat):
    place = place_of(seat)
    assert place is None or (place.row >= 0 and place.column >= 0)


def test_who_sits_near_whom():
    seats = ["A1", "A2", "A4", "B1", "B2", "C9", "somewhere", "else"]
    found, order = near(["H"] * 8, seats)
    assert order == list(range(8))
    assert [who.sides for who in found] == [(1,), (0, 2), (1,), (4,), (3,), (), (7,), (6,)]
    assert [who.ahead for who in found] == [(3,), (4,), (), (0,), (1,), (), (), ()]
    assert [who.diagonal for who in found] == [(4,), (3,), (4,), (1,), (0, 2), (), (), ()]


def test_other_rooms_are_far_away():
    found, _ = near(["H", "I", "H"], ["A1", "A2", "A3"])
    assert [who.sides for who in found] == [(2,), (), (0,)]


# ---- dealing -------------------------------------------------------------------------------------------------------


def equal(details, dealt):
    """How many equal neighbours there are: at the side, before and behind, diagonally."""
    found, _ = near([one.get("room", "") for one in details], [one.get("seat", "") for one in details])
    pairs = [
        sum(dealt[i] == dealt[j] for i, who in enumerate(found) for j in kind(who))
        for kind in (lambda who: who.sides, lambda who: who.ahead, lambda who: who.diagonal)
    ]
    return tuple(count // 2 for count in pairs)


def hall(rows, columns, room="H"):
    return [{"room": room, "seat": f"{r}-{c}"} for r in range(1, rows + 1) for c in range(1, columns + 1)]


@pytest.mark.parametrize(
    ("versions", "most"), [(2, (0, 0, 126)), (3, (0, 0, 80)), (4, (0, 0, 20)), (5, (0, 0, 0)), (8, (0, 0, 0))]
)
def test_neighbours_of_a_full_hall_differ(versions, most):
    seats = hall(8, 10)
    dealt = deal(seats, versions, SECRET)
    assert all(found <= bound for found, bound in zip(equal(seats, dealt), most, strict=True))


ROOMS = st.lists(st.tuples(st.sampled_from("HI"), st.integers(1, 5), st.integers(1, 6)), max_size=40, unique=True)


@given(ROOMS, st.integers(0, 5), st.integers(2, 9), st.binary(min_size=32, max_size=32))
def test_versions_are_dealt_evenly_and_side_neighbours_differ(taken, spares, versions, secret):
    seats = [{"room": room, "seat": f"{row}-{column}"} for room, row, column in taken]
    details = [*seats, *[None] * spares]
    dealt = deal(details, versions, secret)
    assert set(dealt) <= set(range(1, versions + 1))
    assert max(Counter(dealt).values(), default=0) <= -(-len(details) // versions)
    assert len(dealt) == len(details)
    assert dealt == deal(details, versions, secret)
    if versions >= 4:
        assert equal(seats, dealt)[0] == 0


@given(st.integers(1, 40), st.integers(0, 20), st.integers(2, 9))
def test_without_seats_papers_are_dealt_in_order_whatever_follows(n, more, versions):
    dealt = deal([{}] * (n + more), versions, SECRET)
    assert deal([{}] * n, versions, SECRET) == dealt[:n]
    assert deal([{}] * (n + more), versions, SECRET, dealt[:n]) == dealt
    assert equal([{}] * len(dealt), dealt) == (0, 0, 0)
    counts = Counter(dealt)
    assert max(counts.values()) - min(counts[version] for version in range(1, versions + 1)) <= 1


def test_another_secret_deals_otherwise():
    assert deal([{}] * 30, 4, SECRET) != deal([{}] * 30, 4, bytes(31) + b"1")


# ---- an exam of versions -------------------------------------------------------------------------------------------

FRONTS = {
    f"p{i}": f"""
        draw: {{a: "integers(100000, 999999)"}}
        steps: {{out: a + {i}}}
        answers: {{out: {{points: 1}}}}
        """
    for i in range(1, 11)
}
CLASS = 16


@pytest.fixture(scope="module")
def bank(bank_in, tmp_path_factory):
    folder = bank_in(tmp_path_factory.mktemp("banks") / "versions", FRONTS)
    return Bank("versions", folder)


@pytest.fixture(scope="module")
def kept(bank, tmp_path_factory):
    """A hall of 16, eight versions, two spares; nobody's to change."""
    folder = tmp_path_factory.mktemp("versions") / "exam"
    roster = [Student(f"s{i:02d}", place) for i, place in enumerate(hall(2, 8), start=1)]
    make_exam(
        bank,
        bank.blueprint(),
        GRADER,
        CLASS + 2,
        out=folder,
        seed="v",
        roster=roster,
        forms=MARKDOWN,
        spares=2,
        versions=8,
    )
    return folder


@pytest.fixture(scope="module")
def exam(kept):
    return read_exam(kept)


@pytest.fixture
def folder(kept, tmp_path):
    return shutil.copytree(kept, tmp_path / "exam")


def table(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_papers_of_a_version_are_copies_and_all_others_differ(exam):
    assert exam.distinct.tolist() == [exam.versions.index(version) + 1 for version in range(1, 9)]
    assert exam.version_of.tolist() == list(exam.versions)
    for question in exam.questions:
        drawn = question.params["a"].cells.tolist()
        assert len(set(drawn)) == 8
        assert len(set(zip(exam.versions, drawn, strict=True))) == 8
        assert question.waived == 0


def test_the_table_of_versions_is_in_the_order_of_seats(exam, kept):
    rows = table(kept / "staff" / "versions.csv")
    assert [(row["room"], row["seat"], row["student"]) for row in rows[:2]] == [
        ("H", "1-1", "s01"),
        ("H", "1-2", "s02"),
    ]
    assert [row["student"] for row in rows[-2:]] == ["", ""]
    assert {row["tag"]: int(row["version"]) for row in rows} == {
        write_tag(exam.code, number): version for number, version in enumerate(exam.versions, start=1)
    }
    assert (kept / "staff" / "versions.csv").stat().st_mode & 0o077 == 0
    assert alike(exam) == 0


def test_latecomers_get_a_version_that_their_neighbours_have_not(folder, exam):
    late = [Student("z1", {"room": "H", "seat": "1-9"}), Student("z2", {"room": "H", "seat": "3-1"})]
    added = add_papers(folder, 3, late, Why(), MARKDOWN)
    now = read_exam(folder)
    assert now.versions[: exam.n] == exam.versions
    assert alike(now) == 0
    held = {paper.student: now.versions[paper.number - 1] for paper in now.papers}
    assert held["z1"] != held["s08"]
    assert held["z2"] != held["s09"]
    assert [row["student"] for row in table(added.place / "staff" / "versions.csv")] == ["z1", "z2", ""]
    for question in now.questions:
        assert len(set(question.params["a"].cells.tolist())) == 8


def test_a_changed_deal_is_noticed(folder):
    path = folder / "exam.json"
    data = json.loads(path.read_text())
    data["versions"][0] = data["versions"][1]
    path.write_text(json.dumps(data))
    with pytest.raises(QuizgenError, match="does not say which version each paper is"):
        read_exam(folder)


def test_platforms_get_each_version_once(exam):
    items = list(items_of(exam, exam.questions[0], solutions=False))
    assert [item.number for item in items] == exam.distinct.tolist()
    assert [item.number for item in items_of(exam, exam.questions[0], 2, solutions=False)] == exam.distinct[:2].tolist()


def typed_from(exam, place, others):
    """A sheet on which everybody writes what is right on the paper of somebody else: number -> number."""
    headings = ["student", "tag", *(f"{question.name}.out" for question in exam.questions)]
    rows = []
    for paper in exam.papers:
        other = others.get(paper.number, paper.number)
        values = [f"{question.expected['out'].cells[other - 1]:.0f}" for question in exam.questions]
        rows.append([paper.student, write_tag(exam.code, paper.number), *values])
    with (place / "typed.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([headings, *rows])
    return place / "typed.csv"


def other_version(exam, number):
    return next(i for i, version in enumerate(exam.versions, start=1) if version != exam.versions[number - 1])


def graded(exam, sheet, decisions=()):
    handins, rejects = resolve(exam, read_sheet(sheet, layout_of(exam)))
    assert not rejects
    return next(grade(exam, GRADER, handins, Decisions(list(decisions), ())))


def test_a_sheet_that_fits_another_version_is_proposed_once(exam, tmp_path):
    neighbour = other_version(exam, 10)
    block = graded(exam, typed_from(exam, tmp_path, {10: neighbour}))
    (found,) = misreads(exam, GRADER, block)
    assert (found.row, found.own) == (9, 10)
    assert exam.versions[found.variant - 1] == exam.versions[neighbour - 1]
    assert not misreads(exam, GRADER, graded(exam, typed_from(exam, tmp_path, {})))


def test_a_sheet_may_be_read_as_the_version_of_somebody_else(exam, tmp_path):
    neighbour = other_version(exam, 10)
    decision = Waiting(10, "s10", "paper", "", "", "", "", read_as=str(neighbour))
    block = graded(exam, typed_from(exam, tmp_path, {10: neighbour}), [decision])
    assert block.total.floats.tolist() == [10.0] * CLASS


def test_make_says_how_many_papers_of_each_version(quizgen, tmp_path, small):
    make = ("make", "--bank", small, "--to", "md", "--seed", "x")
    ran = quizgen(*make, "--n", 9, "--spare", 2, "--versions", 4)
    counts = Counter(read_exam(tmp_path / "exam").versions)
    told = ", ".join(f"{version}: {counts[version]}" for version in range(1, 5))
    assert f"  2 spares: 010 to 011\n  papers of each version: {told}\n" in ran.out
    ran = quizgen(*make, "--n", 3, "--versions", 4, "--out", "few")
    assert (ran.code, ran.err.splitlines()[-1]) == (
        2,
        "quizgen: 3 papers cannot be 4 versions. Say 2 or more versions, and no more than papers.",
    )
    assert quizgen(*make, "--n", 3, "--versions", 1, "--out", "few").code == 2
    assert quizgen(*make, "--n", 200, "--versions", MOST_VERSIONS + 1, "--out", "few").code == 2


def test_a_latecomer_between_two_versions_is_told(quizgen, tmp_path, small):
    (tmp_path / "two.csv").write_text("student,room,seat\na,H,A1\nb,H,A3\n")
    (tmp_path / "late.csv").write_text("student,room,seat\nc,H,A2\n")
    made = quizgen("make", "--bank", small, "--to", "md", "--seed", "x", "--roster", "two.csv", "--versions", 2)
    assert (made.code, "neighbours" in made.err) == (0, False)
    ran = quizgen("add", "--roster", "late.csv", "--to", "md")
    assert ran.err == "  1 pair of neighbours with the same version: see staff/versions.csv\n"


# ---- nothing of earlier exams --------------------------------------------------------------------------------------

SMALL = {
    "few": """
        draw: {a: "integers(1, 30)"}
        steps: {out: 3 * a}
        answers: {out: {points: 1}}
        """,
    "other": """
        draw: {b: "integers(1, 900)"}
        steps: {out: 2 * b}
        answers: {out: {points: 1}}
        """,
}


@pytest.fixture(scope="module")
def small(bank_in, tmp_path_factory):
    return bank_in(tmp_path_factory.mktemp("banks") / "small", SMALL)


def used(exam, name="few"):
    return [digest for q in exam.questions if q.problem.name == name for digest in digests(q.params)]


def retake(small, out, n, *earlier):
    bank = Bank("small", small)
    exams = [read_exam(place) for place in earlier]
    return make_exam(bank, bank.blueprint(), GRADER, n, out=out, seed="x", forms=MARKDOWN, not_in=exams)


def test_a_retake_shares_no_parameters_and_neither_do_its_latecomers(small, tmp_path):
    first = retake(small, tmp_path / "first", 8)
    second = retake(small, tmp_path / "second", 7, tmp_path / "first")
    third = retake(small, tmp_path / "third", 6, tmp_path / "first", tmp_path / "second")
    assert read_exam(tmp_path / "third").not_in == (first.id, second.id)
    shutil.rmtree(tmp_path / "first")
    more = add_papers(tmp_path / "third", 5, [], Why(), MARKDOWN).exam
    assert used(more)[:6] == used(third)
    assert len({*used(first), *used(second), *used(more)}) == 8 + 7 + 11
    at_once = {*used(first), *used(second)}
    assert np.isin(list(at_once), used(more)).sum() == 0


def test_what_an_earlier_exam_added_counts_as_well(small, tmp_path):
    retake(small, tmp_path / "first", 4)
    first = add_papers(tmp_path / "first", 3, [], Why(), MARKDOWN).exam
    second = retake(small, tmp_path / "second", 6, tmp_path / "first")
    assert not {*used(first)} & {*used(second)}
    assert not {*used(first, "other")} & {*used(second, "other")}


def test_a_space_that_an_earlier_exam_used_up_is_told(small, tmp_path):
    retake(small, tmp_path / "first", 14)
    with pytest.raises(QuizgenError, match=r"'few' has only 30 different .*; 14 of them are taken, and 17 more were"):
        retake(small, tmp_path / "second", 17, tmp_path / "first")
    assert not (tmp_path / "second").exists()
    second = retake(small, tmp_path / "second", 16, tmp_path / "first")
    assert len(set(used(second))) == 16


def test_what_to_keep_apart_from_is_missed(small, tmp_path):
    retake(small, tmp_path / "first", 3)
    retake(small, tmp_path / "second", 3, tmp_path / "first")
    kept = tmp_path / "second" / "staff" / "not-in.npz"
    assert kept.stat().st_mode & 0o077 == 0
    kept.write_bytes(b"no numbers")
    with pytest.raises(QuizgenError, match=r"not-in\.npz: what this exam must not share .* cannot be read"):
        add_papers(tmp_path / "second", 1, [], Why(), MARKDOWN)


def test_a_problem_that_draws_something_else_now_is_another_one(small, bank_in, tmp_path):
    retake(small, tmp_path / "first", 30 - 5)
    changed = bank_in(tmp_path / "changed", {"few": SMALL["few"].replace("a:", "c:").replace("* a", "* c")})
    assert retake(changed, tmp_path / "second", 30, tmp_path / "first").n == 30


def test_make_takes_several_earlier_exams(quizgen, tmp_path, small):
    make = ("make", "--bank", small, "--to", "md", "--seed", "x", "--n", 5)
    assert quizgen(*make, "--out", "a").code == 0
    assert quizgen(*make, "--out", "b", "--not-in", "a").code == 0
    assert quizgen(*make, "--out", "c", "--not-in", "a", "--not-in", "b").code == 0
    found = [set(used(read_exam(tmp_path / name))) for name in "abc"]
    assert len(set.union(*found)) == 15
    assert "nowhere: is no exam folder" in quizgen(*make, "--out", "d", "--not-in", "nowhere").err


def test_the_report_compares_versions(small, tmp_path):
    pytest.importorskip("matplotlib")
    bank = Bank("small", small)
    exam = make_exam(bank, bank.blueprint(), GRADER, 24, out=tmp_path / "exam", seed="x", forms=MARKDOWN, versions=2)
    wrong = {number: other_version(exam, number) for number in range(1, 25) if exam.versions[number - 1] == 2}
    grade_files(tmp_path / "exam", [typed_from(exam, tmp_path, wrong)], forms=())
    rows = table(tmp_path / "exam" / "results" / "staff" / "variants.csv")
    told = {(row["question"], row["group"]): (row["by"], row["students"], float(row["facility"])) for row in rows}
    assert told["Q1", "version 1"] == ("variant", "12", 1.0)
    assert told["Q1", "version 2"] == ("variant", "12", 0.0)
