"""Killed at any moment, `make`, `grade` and `add` leave the old state or the new one; two at once do no harm."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from quizgen.exam.additions import read_exam
from quizgen.ledger import verify_log
from quizgen.log import entries

ROSTER = ("ann", "bob", "cara")

# Runs commands in children of one process that has everything imported. A child kills itself, as `kill -9` would,
# just before its k-th change to the disk, and otherwise tells which changes it made.
DRIVER = """
import gc, json, os, signal, sys
import quizgen.adding, quizgen.cli, quizgen.desk, quizgen.making, quizgen.report.parts, quizgen.simulate

CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "os.link", "os.chmod", "os.truncate"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

def armed(moment):
    changes = []
    def hook(event, args):
        if event in CHANGES or event == "open" and args[2] & WRITING and str(args[0]) != os.devnull:
            changes.append(event)
            if len(changes) == moment:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    return changes

def child(job):
    os.chdir(job["folder"])
    out = os.open(job["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1), os.dup2(out, 2)
    sys.argv = ["quizgen", *job["command"]]
    quizgen.report.parts.BLOCK = job.get("block", quizgen.report.parts.BLOCK)
    changes = armed(job.get("moment"))
    code = 0
    try:
        quizgen.cli.main()
    except SystemExit as stop:
        code = stop.code or 0
    sys.stdout.flush(), sys.stderr.flush()
    os.write(job["pipe"], json.dumps(changes).encode())
    return code

def start(job):
    read, job["pipe"] = os.pipe()
    pid = os.fork()
    if not pid:
        code = 99
        try:
            code = child(job)
        finally:
            os._exit(code)
    os.close(job["pipe"])
    return pid, read

def ended(pid, read):
    with os.fdopen(read) as told:
        changes = told.read()
    _, status = os.waitpid(pid, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return ["killed" if killed else os.waitstatus_to_exitcode(status), json.loads(changes or "[]")]

gc.freeze()  # what is imported stays as it is, so that children need no copies of it
for line in sys.stdin:
    ran = [ended(*one) for together in json.loads(line) for one in [start(job) for job in together]]
    print(json.dumps(ran), flush=True)
"""


@pytest.fixture(scope="module")
def driver():
    """The process whose children run commands: it imports everything once."""
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", DRIVER], env=env, text=True, **pipes) as process:
        yield process
        process.stdin.close()
    assert process.returncode == 0


@pytest.fixture
def run(driver, tmp_path):
    """Run groups of jobs, each group at the same time. Gives (exit code or 'killed', changes to the disk) each."""

    def driven(*groups):
        groups = [list(group) for group in groups]
        logs = tmp_path / "logs"
        logs.mkdir(exist_ok=True)
        for i, job in enumerate(job for group in groups for job in group):
            job["folder"], job["log"] = str(job["folder"]), str(logs / f"{i}.log")
        driver.stdin.write(json.dumps(groups) + "\n")
        driver.stdin.flush()
        return [tuple(ran) for ran in json.loads(driver.stdout.readline())]

    return driven


def moments_of(changes):
    """Before and after each file or folder takes its name, before the first change of each other kind, and the last."""
    named = [k for k, change in enumerate(changes, start=1) if change in ("os.rename", "os.symlink")]
    firsts = [changes.index(change) + 1 for change in set(changes)]
    moments = {*named, *(k + 1 for k in named), *firsts, len(changes)}
    return sorted(moments & set(range(1, len(changes) + 1)))


def job(folder, *command, moment=None):
    return {"folder": folder, "command": list(command), "moment": moment}


def said(job):
    return Path(job["log"]).read_text(encoding="utf-8")


def tree(folder):
    """Every file below a folder with its bytes, or None where there is no such folder."""
    if not folder.exists():
        return None
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def names(folder):
    """What stands in a folder, without the process's number in the names of results."""
    return sorted(path.name if not path.name.startswith(".results-") else ".results-" for path in folder.iterdir())


def in_fours(jobs):
    """Jobs in different folders, four at a time."""
    return [jobs[i : i + 4] for i in range(0, len(jobs), 4)]


def grades(folder):
    """Student -> status and points."""
    with (folder / "exam" / "results" / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {row["student"]: (row["status"], row["points"]) for row in csv.DictReader(file)}


# ---- make --------------------------------------------------------------------------------------------------------


def test_a_killed_make_leaves_nothing_or_everything(run, tmp_path, small_bank):
    command = ("make", "--n", "2", "--bank", str(small_bank), "--seed", "crash")
    (tmp_path / "clean").mkdir()
    ((code, changes),) = run([job(tmp_path / "clean", *command)])
    clean = tree(tmp_path / "clean" / "exam")
    assert (code, len(changes) > 15, len(clean) > 10) == (0, True, True)
    moments = moments_of(changes)
    folders = [tmp_path / f"killed {moment}" for moment in moments]
    for folder in folders:
        folder.mkdir()
    killed = [job(folder, *command, moment=moment) for folder, moment in zip(folders, moments, strict=True)]
    assert run(*in_fours(killed)) == [("killed", [])] * len(moments)
    found = [tree(folder / "exam") for folder in folders]
    assert all(state in (None, clean) for state in found)
    assert None in found
    ran = run(*in_fours([job(folder, *command) for folder in folders]))
    assert [code for code, _ in ran] == [0 if state is None else 1 for state in found]
    for folder in folders:
        assert tree(folder / "exam") == clean
        assert names(folder) == ["exam"], "what the killed one left is cleared away"


def test_a_make_killed_after_its_last_change_is_complete(run, tmp_path, small_bank):
    command = ("make", "--n", "2", "--bank", str(small_bank), "--seed", "crash")
    ran = run([job(tmp_path, *command)], [job(tmp_path, *command)])
    assert [code for code, _ in ran] == [0, 1]
    assert read_exam(tmp_path / "exam").n == 2


def results(folder):
    """The results, but for the log's last entry, which knows the hour."""
    found = tree(folder / "exam" / "results")
    if found:
        state = json.loads(found["state.json"])
        assert state.pop("log")
        found["state.json"] = state
    return found


# ---- grade -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(make_small, tmp_path_factory):
    """An exam and sheets of some students: their first answer, right or another one."""
    folder = tmp_path_factory.mktemp("crash")
    exam = make_small(folder / "exam", 3, ROSTER)
    right = dict(zip(ROSTER, exam.questions[0].expected["double"].cells.astype(int), strict=True))
    sheets = {"a": ["ann"], "b": ["bob", "ann"], "c": ["cara"]}
    rows = {name: [(student, right[student]) for student in students] for name, students in sheets.items()}
    rows["changed"] = [("ann", 1), ("bob", right["bob"])]
    for name, answers in rows.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("student", "Q1.double"), *answers])
    return folder


GRADE_B = ("grade", "b.csv", "--no-feedback", "--no-report")
GRADE_C = ("grade", "c.csv", "--no-feedback", "--no-report")


@pytest.mark.parametrize(
    ("earlier", "command"),
    [
        ([], GRADE_B),
        (["a.csv"], GRADE_B),
        (["a.csv", "b.csv"], GRADE_B),
        (["a.csv"], ("grade", "changed.csv", "--replace", "--no-feedback", "--no-report")),
    ],
    ids=["first grading", "later grading", "the same again", "with --replace"],
)
def test_a_killed_grading_leaves_the_old_results_or_the_new_ones(run, tmp_path, made, earlier, command):
    # 1. what it is before, what a grading makes of it, and how many changes to the disk that takes
    shutil.copytree(made, tmp_path / "old")
    assert all(code == 0 for code, _ in run(*([job(tmp_path / "old", "grade", name)] for name in earlier)))
    old = results(tmp_path / "old")
    assert (old is None) == (not earlier)
    shutil.copytree(tmp_path / "old", tmp_path / "new", symlinks=True)
    ((code, changes),) = run([job(tmp_path / "new", *command)])
    new, runs = results(tmp_path / "new"), tree(tmp_path / "new" / "exam" / "runs")
    listed = names(tmp_path / "new" / "exam")
    assert (code, len(changes) >= 8, new != old) == (0, True, True)
    run([job(tmp_path / "new", *GRADE_C)])
    last = grades(tmp_path / "new")
    # 2. killed at each of its moments, then graded again; or another file first
    moments = moments_of(changes)
    again, other = ([tmp_path / f"{kind} {moment}" for moment in moments] for kind in ("again", "other"))
    for folder in again:
        shutil.copytree(tmp_path / "old", folder, symlinks=True)
    killed = [job(folder, *command, moment=moment) for folder, moment in zip(again, moments, strict=True)]
    assert run(*in_fours(killed)) == [("killed", [])] * len(killed)
    for folder, copy in zip(again, other, strict=True):
        shutil.copytree(folder, copy, symlinks=True)
    found = [results(folder) for folder in again]
    assert all(state in (old, new) for state in found)
    assert old in found
    assert new in found or not earlier, "the last changes only tidy up"
    # 3. whatever was left, grading goes on as if nothing had happened
    drawn = tree(made / "exam")
    assert {code for code, _ in run(*in_fours([job(folder, *command) for folder in again]))} == {0}
    for folder in again:
        assert results(folder) == new
        assert tree(folder / "exam" / "runs") == runs
        assert names(folder / "exam") == listed, "what the killed one left is cleared away"
        assert {name: data for name, data in tree(folder / "exam").items() if name in drawn} == drawn
    for step in (GRADE_C, command):
        assert {code for code, _ in run(*in_fours([job(folder, *step) for folder in other]))} == {0}
    assert all(grades(folder) == last for folder in other)


AMEND = ("amend", "Q1", "--accept", "double=4*a", "--void", "full", "--answer", "plus", "--reason", "a slip")


@pytest.mark.parametrize("command", [AMEND, ("regrade", "--apply", "--feedback", "none")], ids=["amend", "regrade"])
def test_a_killed_correction_is_there_or_not_and_goes_on(run, tmp_path, made, command):
    # 1. before, and what the command makes of it
    shutil.copytree(made, tmp_path / "old")
    before = [GRADE_B] if command == AMEND else [GRADE_B, AMEND]
    assert [code for code, _ in run(*([job(tmp_path / "old", *step)] for step in before))] == [0] * len(before)
    shutil.copytree(tmp_path / "old", tmp_path / "new", symlinks=True)
    ((code, changes),) = run([job(tmp_path / "new", *command)])
    assert (code, len(changes) >= 8) == (0, True)
    place = "amendments" if command == AMEND else "revisions"
    whole, logged = sorted(tree(tmp_path / "new" / "exam" / place)), log_of(tmp_path / "new")
    # 2. killed at some of its changes to the disk: the folder of the correction is there as a whole, or not at all
    moments = moments_of(changes)[:: 1 if command == AMEND else 2]
    folders = [tmp_path / f"killed {moment}" for moment in moments]
    for folder in folders:
        shutil.copytree(tmp_path / "old", folder, symlinks=True)
    killed = [job(folder, *command, moment=moment) for folder, moment in zip(folders, moments, strict=True)]
    assert {code for code, _ in run(*in_fours(killed))} == {"killed"}
    found = [sorted(tree(folder / "exam" / place / "001") or ()) for folder in folders]
    assert {len(names) for names in found} == {0, len(whole)}
    # 3. the same command again: as if nothing had happened
    assert {code for code, _ in run(*in_fours([job(folder, *command) for folder in folders]))} == {0}
    for folder in folders:
        assert sorted(tree(folder / "exam" / place)) == whole
        assert [what for what in log_of(folder) if what != "grade"] == [what for what in logged if what != "grade"]
        assert grades(folder) == grades(tmp_path / "new")
        verify_log(folder / "exam")


def log_of(folder):
    """What was done, by the log."""
    return [json.loads(line)["what"] for line in (folder / "exam" / "log.jsonl").read_text("utf-8").splitlines()]


def test_a_large_grading_killed_at_twenty_moments_goes_on_from_the_parts_that_are_there(run, tmp_path, make_small):
    random = np.random.default_rng(5)
    exam = make_small(tmp_path / "clean" / "exam", 60)
    doubles = exam.questions[0].expected["double"].cells.astype(int)
    right = np.where(random.random(60) < 0.6, doubles, doubles + 1).astype(str)
    sheet = pa.table({"student": [paper.student for paper in exam.papers], "Q1.double": right})
    pq.write_table(sheet, tmp_path / "clean" / "all.parquet", row_group_size=9)
    shutil.copytree(tmp_path / "clean", tmp_path / "old")
    command = ("grade", "all.parquet", "--no-feedback", "--no-report", "--marks", "parquet")
    block = {"block": 11}
    ((code, changes),) = run([job(tmp_path / "clean", *command) | block])
    new, runs = results(tmp_path / "clean"), tree(tmp_path / "clean" / "exam" / "runs")
    assert (code, len(changes) > 40, "marks.parquet" in new) == (0, True, True)
    moments = sorted(random.choice(np.arange(1, len(changes) + 1), size=20, replace=False).tolist())
    folders = [shutil.copytree(tmp_path / "old", tmp_path / f"killed {moment}") for moment in moments]
    killed = [job(folder, *command, moment=m) | block for folder, m in zip(folders, moments, strict=True)]
    assert run(*in_fours(killed)) == [("killed", [])] * len(killed)
    assert all(results(folder) in (None, new) for folder in folders)
    parts = {len([p for p in f.glob("exam/.results-*.partial/*") if not p.suffix]) for f in folders}
    assert len(parts) > 2, "some had marked some parts, and others more"
    assert {code for code, _ in run(*in_fours([job(folder, *command) | block for folder in folders]))} == {0}
    for folder in folders:
        assert results(folder) == new
        assert tree(folder / "exam" / "runs") == runs
        assert names(folder / "exam") == names(tmp_path / "clean" / "exam"), "what the killed one left is cleared away"


def test_two_gradings_at_once_do_no_harm(run, tmp_path, made):
    locked = "quizgen: exam: another quizgen is grading in this folder. Wait for it.\n"
    for i in range(4):
        folder = tmp_path / f"round {i}"
        shutil.copytree(made, folder)
        jobs = [job(folder, "grade", name) for name in ("a.csv", "c.csv")]
        codes = [code for code, _ in run(jobs)]
        assert set(codes) <= {0, 1}
        assert 0 in codes
        assert all(said(one) == locked for one, code in zip(jobs, codes, strict=True) if code)
        assert tree(folder / "exam" / "results") is not None
        again = [[job(folder, *one["command"])] for one, code in zip(jobs, codes, strict=True) if code]
        assert [code for code, _ in run(*again)] == [0] * len(again)
        assert grades(folder) == {"ann": ("marked", "2.0"), "bob": ("absent", ""), "cara": ("marked", "2.0")}


def test_two_makes_at_once_leave_one_whole_exam(run, tmp_path, small_bank):
    for i in range(4):
        folder = tmp_path / f"round {i}"
        folder.mkdir()
        commands = [("make", "--n", "2", "--bank", str(small_bank), "--seed", seed) for seed in ("one", "two")]
        jobs = [job(folder, *command) for command in commands]
        codes = [code for code, _ in run(jobs)]
        assert set(codes) <= {0, 1}
        assert all(said(one).count("\n") <= 2 for one, code in zip(jobs, codes, strict=True) if code)
        if 0 not in codes:  # both gave up: the folder is free for the next
            assert run([job(folder, *commands[0])])[0][0] == 0
        exam = read_exam(folder / "exam")
        assert (exam.n, exam.seed in ("one", "two")) == (2, True)
        booklets = [path.read_text(encoding="utf-8") for path in (folder / "exam" / "booklets").iterdir()]
        assert len(booklets) == 4
        assert all(exam.code in text for text in booklets)
        assert len(list((folder / "exam" / "staff" / "key").iterdir())) == 4


# ---- add ---------------------------------------------------------------------------------------------------------

ADD = ("add", "--n", "1", "--to", "md")


def as_made(folder):
    """What `make` wrote."""
    found = tree(folder / "exam")
    return {name: data for name, data in found.items() if not name.startswith(("added/", "log.jsonl"))}


def test_a_killed_add_leaves_the_exam_as_it_was_or_with_all_papers(run, tmp_path, made):
    def copy(name):
        return shutil.copytree(made / "exam", tmp_path / name / "exam").parent

    ((code, changes),) = run([job(copy("clean"), *ADD)])
    assert (code, len(changes) > 15) == (0, True)
    folders = {moment: copy(f"killed {moment}") for moment in moments_of(changes)}
    assert {code for code, _ in run(*in_fours([job(f, *ADD, moment=m) for m, f in folders.items()]))} == {"killed"}
    counts = {moment: read_exam(folder / "exam").n for moment, folder in folders.items()}
    assert set(counts.values()) == {3, 4}
    again = run(*in_fours([job(folder, *ADD) for folder in folders.values()]))
    assert [code for code, _ in again] == [0] * len(folders)
    for moment, folder in folders.items():
        assert as_made(folder) == as_made(made)
        assert read_exam(folder / "exam").n == counts[moment] + 1
        added = [entry.about["added"] for entry in entries(folder / "exam")]
        assert added == [f"{number:03d}" for number in range(1, counts[moment] - 1)]
        assert not list((folder / "exam" / "added").glob("*.partial"))


def test_two_that_add_at_once_do_no_harm(run, tmp_path, made):
    folder = shutil.copytree(made / "exam", tmp_path / "exam").parent
    jobs = [job(folder, *ADD) for _ in range(3)]
    codes = [code for code, _ in run(jobs)]
    assert set(codes) <= {0, 1}
    assert read_exam(folder / "exam").n == 3 + codes.count(0)
    assert all(
        "another quizgen is working on this exam" in said(one) for one, code in zip(jobs, codes, strict=True) if code
    )
    assert len(entries(folder / "exam")) == codes.count(0) > 0
