"""Exams in blocks: the same bytes as in one go, and whatever a killed process left is finished with the same bytes."""

import json
import re
import shutil

import numpy as np
import pytest
from test_crash import driver, job, run, said, tree  # noqa: F401

from quizgen import printing
from quizgen.assigning import assign
from quizgen.bank.folders import Bank, open_grader
from quizgen.booklets.forms import forms_of
from quizgen.draw.stream import secret_of
from quizgen.errors import QuizgenError
from quizgen.exam import blocks
from quizgen.exam.additions import read_exam
from quizgen.exam.folder import NOTED, PLAN, SECRET
from quizgen.exam.roster import Student
from quizgen.exam.tags import write_tag
from quizgen.making import Wanted, draw_questions, make_exam, write_new_exam
from quizgen.printing import print_again
from quizgen.revisions import standing_exam

ROSTER = [Student(f"s{i}", {"name": f"Name {i}"}) for i in range(37)]


@pytest.fixture
def wanted(small_bank):
    """A wish for an exam of 40 papers."""
    bank = Bank("small", small_bank)

    def wish(**more):
        grader = open_grader("standard")
        return Wanted(bank, bank.blueprint(), grader, 40, **{"seed": "blocks", "forms": forms_of("md"), **more})

    return wish


@pytest.mark.parametrize(
    "more", [{}, {"roster": ROSTER, "spares": 3}, {"versions": 5}], ids=["plain", "roster", "versions"]
)
def test_blocks_hold_and_say_what_one_go_says(wanted, tmp_path, monkeypatch, more):
    write_new_exam(wanted(**more), tmp_path / "whole")
    monkeypatch.setattr(blocks, "BLOCK", 8)
    write_new_exam(wanted(**more), tmp_path / "blocks")
    whole, parts = read_exam(tmp_path / "whole"), read_exam(tmp_path / "blocks")
    assert (whole.block, parts.block, parts.n) == (0, 8, 40)
    for one, other in zip(whole.questions, parts.questions, strict=True):
        assert one.drawn == other.drawn
        assert one.waived == other.waived
    assert whole.papers == parts.papers
    first, second = (_untagged(tmp_path / name) for name in ("whole", "blocks"))
    assert first == second


@pytest.fixture
def blocked(wanted, tmp_path, monkeypatch):
    """An exam of five blocks, with tables only."""
    monkeypatch.setattr(blocks, "BLOCK", 8)
    write_new_exam(wanted(roster=ROSTER, spares=3), tmp_path / "exam")
    return tmp_path / "exam"


@pytest.mark.parametrize("numbers", [[1], [8], [9], [20], [40], [7, 8, 9], [3, 38]])
def test_single_papers_are_printed_from_their_blocks_alone(blocked, tmp_path, monkeypatch, numbers):
    whole = read_exam(blocked)
    some = standing_exam(blocked, lambda exam: numbers).exam
    held = 8 * (1 + (max(numbers) - 1) // 8 - (min(numbers) - 1) // 8)
    assert [question.n for question in some.questions] == [held] * len(whole.questions)
    assert (some.n, some.id, some.papers) == (whole.n, whole.id, whole.papers)
    who = [write_tag(whole.code, number) for number in numbers]
    forms = forms_of("md,html")
    print_again(blocked, who, forms, key=True, out=tmp_path / "some")
    monkeypatch.setattr(printing, "standing_exam", lambda folder, wanted: standing_exam(folder))
    print_again(blocked, who, forms, key=True, out=tmp_path / "all")
    assert tree(tmp_path / "some") == tree(tmp_path / "all")
    assert len(list((tmp_path / "some").rglob("*.md"))) == 2 * len(numbers)


def test_the_paper_that_a_student_was_given_later_is_found_in_its_block(blocked, tmp_path):
    assign(blocked, write_tag(read_exam(blocked).code, 39), "s5")
    exam = standing_exam(blocked, lambda exam: printing.papers_of(exam, ["s5"])).exam
    assert (exam.questions[0].before, exam.questions[0].n) == (32, 8)
    assert exam.holders[39].student == "s5"


def test_a_changed_draw_in_another_block_stops_the_printing(blocked, tmp_path):
    code = read_exam(blocked).code
    place = blocked / "variants" / "Q1-000.npz"
    with np.load(place) as block:
        arrays = dict(block)
    name = next(name for name in arrays if name.startswith("draw."))
    arrays[name] = arrays[name] + 1
    np.savez(place, **arrays)
    with pytest.raises(QuizgenError):
        print_again(blocked, [write_tag(code, 20)], forms_of("md"), out=tmp_path / "some")


def _untagged(folder):
    """The texts of an exam that two ids should leave alike."""
    files = {name: data.decode() for name, data in tree(folder).items() if not name.endswith((".npz", "exam.json"))}
    return {name: re.sub(r"[0-9A-Y]{4}-(Q\d-)?\d{3}-[0-9A-Y]", "TAG", text) for name, text in files.items()}


def test_what_is_drawn_in_memory_is_what_is_streamed(wanted, tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 8)
    wish = wanted()
    write_new_exam(wish, tmp_path / "exam")
    problems = {name: wish.bank.problem(name) for name in wish.blueprint.problems}
    drawn = draw_questions(problems, wish.blueprint, wish.grader, 40, secret_of("blocks"))
    (tmp_path / "memory").mkdir()
    blocks.write_variants(drawn, tmp_path / "memory")
    assert tree(tmp_path / "memory" / "variants") == tree(tmp_path / "exam" / "variants")


def test_a_changed_block_is_no_longer_what_was_drawn(wanted, tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 8)
    write_new_exam(wanted(), tmp_path / "exam")
    first, second = (tmp_path / "exam" / "variants" / f"Q1-00{i}.npz" for i in (0, 1))
    shutil.copy(first, second)
    with pytest.raises(QuizgenError, match="no longer what was drawn"):
        read_exam(tmp_path / "exam")


def test_an_older_exam_of_several_blocks_is_read(wanted, tmp_path, monkeypatch):
    write_new_exam(wanted(), tmp_path / "exam")
    old = read_exam(tmp_path / "exam")
    monkeypatch.setattr(blocks, "BLOCK", 8)
    shutil.rmtree(tmp_path / "exam" / "variants")
    blocks.write_variants(old.questions, tmp_path / "exam")
    described = json.loads((tmp_path / "exam" / "exam.json").read_text(encoding="utf-8"))
    for question in described["questions"]:
        question["blocks"] = blocks.blocks_of(question["name"], 40)
    (tmp_path / "exam" / "exam.json").write_text(json.dumps(described), encoding="utf-8")
    assert read_exam(tmp_path / "exam").id == old.id


@pytest.mark.parametrize("seed", ["blocks", None])
def test_a_killed_making_is_resumed_with_the_same_bytes(wanted, tmp_path, monkeypatch, seed):
    monkeypatch.setattr(blocks, "BLOCK", 8)
    wish, calls = wanted(seed=seed), []
    write_new_exam(wanted(), tmp_path / "clean", lambda *told: calls.append(told))
    clean = tree(tmp_path / "clean")
    for moment in np.random.default_rng(8).permutation(len(calls))[:20].tolist():
        out, killed = tmp_path / f"exam {moment}", tmp_path / f"exam {moment}.partial"
        _die(wish, out, moment, monkeypatch)
        assert not out.exists()
        secret = (killed / SECRET).read_bytes() if seed is None else b""
        before = _written(killed)
        _tear(killed, before)
        write_new_exam(wish, out, resume=True)
        found = tree(out)
        assert not killed.exists()
        assert not {PLAN, NOTED} & found.keys()
        assert found.get(SECRET, b"") == secret
        assert {name: found[name] for name in before} == before
        assert seed is None or found == clean


def _die(wish, out, moment, monkeypatch):
    """Make an exam in a process that is gone at some moment, and tidies nothing up."""
    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", lambda *_, **__: None)
        with pytest.raises(_Killed):
            write_new_exam(wish, out, _Killer(moment))


def _tear(killed, before):
    """Half a block, and half a line that notes it."""
    whole = next((f"variants/Q2-00{i}.npz" for i in range(5) if f"variants/Q2-00{i}.npz" not in before), None)
    if whole and (killed / NOTED).exists():
        (killed / whole).write_bytes(b"PK half of it")
        with (killed / NOTED).open("a", encoding="utf-8") as notes:
            notes.write(f"\n{whole.removeprefix('variants/')} 12ab")


class _Killed(BaseException):
    pass


class _Killer:
    """Progress that dies at some moment."""

    def __init__(self, moment):
        self.left = moment

    def __call__(self, *_):
        self.left -= 1
        if self.left < 0:
            raise _Killed


def _written(partial):
    """The blocks that are noted as written."""
    noted = (partial / NOTED).read_text(encoding="utf-8").split() if (partial / NOTED).exists() else []
    return {f"variants/{name}": (partial / "variants" / name).read_bytes() for name in noted[::2]}


def test_a_making_killed_at_any_change_to_the_disk_is_resumed(run, tmp_path, small_bank):  # noqa: F811
    command = ("make", "--n", "3", "--bank", str(small_bank), "--seed", "crash", "--to", "md", "--resume")
    (tmp_path / "clean").mkdir()
    ((_, changes),) = run([job(tmp_path / "clean", *command)])
    clean = tree(tmp_path / "clean" / "exam")
    moments = sorted(np.random.default_rng(8).permutation(len(changes))[:20].tolist())
    folders = [tmp_path / f"killed {moment}" for moment in moments]
    for folder in folders:
        folder.mkdir()
    jobs = [job(folder, *command, moment=moment + 1) for folder, moment in zip(folders, moments, strict=True)]
    assert {ran[0] for ran in run(*([one] for one in jobs))} == {"killed"}
    left = [tree(folder / "exam") for folder in folders]
    assert all(state in (None, clean) for state in left), "never half an exam"
    again = run(*([job(folder, *command)] for folder in folders))
    assert [code for code, _ in again] == [0 if state is None else 1 for state in left]
    assert all(tree(folder / "exam") == clean for folder in folders)


def test_another_exam_is_not_finished_instead(wanted, tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 8)
    _die(wanted(), tmp_path / "exam", 3, monkeypatch)
    before = tree(tmp_path / "exam.partial")
    for other, word in ((wanted(versions=5), r"versions \(0, not 5\)"), (wanted(roster=ROSTER), "roster")):
        with pytest.raises(QuizgenError, match=f"was begun with another .*{word}"):
            write_new_exam(other, tmp_path / "exam", resume=True)
        assert tree(tmp_path / "exam.partial") == before
    write_new_exam(wanted(), tmp_path / "exam")
    assert not (tmp_path / "exam.partial").exists()


def test_many_papers_get_no_booklets_unless_somebody_says_which(wanted, small_bank, tmp_path, monkeypatch):
    monkeypatch.setattr("quizgen.making.exams.MANY", 20)
    exam = make_exam(Bank("small", small_bank), wanted().blueprint, open_grader("standard"), 30, out=tmp_path / "exam")
    assert not list((tmp_path / "exam" / "booklets").iterdir())
    assert (tmp_path / "exam" / "staff" / "key.csv").read_text(encoding="utf-8").count("\n") == 31
    assert exam.n == 30
