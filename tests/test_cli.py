"""The command line end to end: what is made and graded, what is printed, what is refused, and with which exit code."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tables import rows as table
from tables import write as write_table

from quizgen import __version__
from quizgen.bank.folders import shipped_folder
from quizgen.exam.additions import read_exam
from quizgen.exam.tags import read_tag, write_tag
from quizgen.render.numbers import latex, plain, worked
from quizgen.render.spelled import spelled

ROSTER = ("ann", "bob", "cara", "dan", "eva")
FULL = 7


def tree(folder):
    """Every file and folder below a folder, with the bytes of the files."""
    return {p.relative_to(folder).as_posix(): None if p.is_dir() else p.read_bytes() for p in sorted(folder.rglob("*"))}


def filled(folder, students=None):
    """The blank sheet with the right answers of the key filled in, for some students or all."""
    key = {row["paper"]: row for row in table(folder / "staff" / "key.csv")}
    rows = table(folder / "submissions.csv")
    for i, row in enumerate(rows, start=1):
        if students is None or row["student"] in students:
            right = {name: text.split(" or ")[0] for name, text in key[str(i)].items()}  # the first of several places
            row.update({name: text for name, text in right.items() if name in row and name != "tag"})
    return rows


def told(ran, code=1):
    """The one line on the standard error of a command that stopped, without `quizgen: `."""
    assert ran.code == code
    assert ran.err.startswith("quizgen: ")
    assert ran.err.endswith("\n")
    assert ran.err.count("\n") == 1, ran.err
    assert ran.out == ""
    return ran.err.removeprefix("quizgen: ").strip()


@pytest.fixture(scope="module")
def made(make_small, tmp_path_factory):
    """An exam with a roster; never graded in."""
    folder = tmp_path_factory.mktemp("cli") / "exam"
    make_small(folder, 5, ROSTER)
    return folder


@pytest.fixture
def exam(made, tmp_path):
    """A copy of it in the folder where commands run."""
    return shutil.copytree(made, tmp_path / "exam")


@pytest.fixture(scope="module")
def made_shipped(tmp_path_factory):
    """The shipped exam; never graded in."""
    from quizgen.bank.folders import open_bank, open_grader
    from quizgen.making import make_exam

    folder, bank = tmp_path_factory.mktemp("shipped") / "exam", open_bank("cnn")
    make_exam(bank, bank.blueprint(), open_grader("standard"), 12, out=folder, seed="rehearsal")
    return folder


@pytest.fixture
def shipped(made_shipped, tmp_path):
    """A copy of it in the folder where commands run."""
    return shutil.copytree(made_shipped, tmp_path / "exam")


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "students.csv"
    path.write_text("student,name,room\n007,Bond,A\nann,=cmd(),B\n'=x,Mallory <b>,\n", encoding="utf-8")
    return path


# ---- make --------------------------------------------------------------------------------------------------------


def test_make_needs_no_other_argument(quizgen, tmp_path):
    ran = quizgen("make", "--n", 3)
    assert (ran.code, ran.err) == (0, "")
    exam = read_exam(tmp_path / "exam")
    names = [question.problem.name for question in exam.questions]
    assert (exam.n, exam.seed, exam.has_roster) == (3, None, False)
    assert set(tree(tmp_path / "exam")) == {
        "booklets",
        *(f"booklets/00{i}.{form}" for i in (1, 2, 3) for form in ("html", "md")),
        "exam.json",
        "grader.yaml",
        "papers.json",
        "problems",
        *(f"problems/{path.name}" for name in names for path in (shipped_folder("banks") / "cnn").glob(f"{name}.*")),
        "rules.md",
        "staff",
        "staff/key",
        "staff/key.csv",
        *(f"staff/key/00{i}.{form}" for i in (1, 2, 3) for form in ("html", "md")),
        "staff/secret.txt",
        "submissions.csv",
        "variants",
        *(f"variants/Q{i}-000.npz" for i in range(1, len(names) + 1)),
    }
    assert [path.name for path in tmp_path.iterdir()] == ["exam"]
    assert ran.out.startswith(f"exam {exam.code}: 3 papers, {len(names)} questions, {float(exam.total):g} points\n")
    for name in names:
        assert name in ran.out


@pytest.mark.parametrize("mask", [0o022, 0o000])
def test_only_the_owner_reads_an_exam(quizgen, tmp_path, small_bank, mask):
    before = os.umask(mask)
    try:
        quizgen("make", "--n", 2, "--bank", small_bank)
    finally:
        os.umask(before)
    exam = tmp_path / "exam"
    rights = {path: stat.S_IMODE(path.stat().st_mode) for path in [exam, *exam.rglob("*")]}
    assert rights[exam] == rights[exam / "staff"] == rights[exam / "staff" / "key"] == 0o700
    staff = [path for path in (exam / "staff").rglob("*") if path.is_file()]
    keys = {f"{name}.{form}" for name in ("001", "002") for form in ("html", "md")}
    assert {path.name for path in staff} == {"secret.txt", "key.csv", *keys}
    assert {rights[path] for path in staff} == {0o600}


def test_the_blank_sheet_has_students_tags_and_a_column_per_cell(exam):
    with (exam / "submissions.csv").open(newline="") as file:
        headings, *rows = csv.reader(file)
    cells = [f"Q2.map[{i},{j}]" for i in (1, 2) for j in (1, 2)]
    assert headings == ["student", "tag", "status", "Q1.double", "Q1.plus", *cells, "Q2.top"]
    code = read_exam(exam).code
    assert [row[:2] for row in rows] == [[name, write_tag(code, i)] for i, name in enumerate(ROSTER, start=1)]
    assert {"".join(row[2:]) for row in rows} == {""}


def test_every_question_and_page_has_its_tag(exam):
    code = read_exam(exam).code
    for number in range(1, 6):
        text = (exam / "booklets" / f"{number:03d}.md").read_text(encoding="utf-8")
        tags = [read_tag(tag, code) for tag in re.findall(rf"`({code}[^`]*)`", text)]
        assert [(tag.question, tag.number) for tag in tags] == [(None, number), ("Q1", number), ("Q2", number)]


@pytest.mark.parametrize(
    ("chosen", "questions"),
    [("beta", ["beta"]), ("beta, alpha", ["beta", "alpha"]), ("alpha,alpha", ["alpha", "alpha"])],
)
def test_problems_may_be_chosen(quizgen, tmp_path, small_bank, chosen, questions):
    assert quizgen("make", "--n", 3, "--bank", small_bank, "--problems", chosen).code == 0
    exam = read_exam(tmp_path / "exam")
    assert [question.problem.name for question in exam.questions] == questions
    assert (
        len({question.params["a"].cells[0] for question in exam.questions if "a" in question.params})
        == max(1, questions.count("alpha"))
        or "alpha" not in questions
    )


def test_a_bank_may_have_several_blueprints(quizgen, tmp_path):
    assert quizgen("make", "--n", 2, "--blueprint", "quiz", "--out", "quiz").code == 0
    assert [q.problem.name for q in read_exam(tmp_path / "quiz").questions][:2] == [
        "feature-map-size",
        "conv-layer-cost",
    ]
    said = told(quizgen("make", "--n", 2, "--blueprint", "quizz"))
    assert said.endswith("there is no blueprint 'quizz'. Did you mean 'quiz'?")


def test_a_roster_binds_papers_to_students(quizgen, tmp_path, small_bank, roster):
    assert quizgen("make", "--bank", small_bank, "--roster", roster).code == 0
    exam = read_exam(tmp_path / "exam")
    assert [(paper.student, paper.number) for paper in exam.papers] == [("007", 1), ("ann", 2), ("=x", 3)]
    rows = table(tmp_path / "exam" / "submissions.csv")
    assert [(r["student"], r["name"], r["room"], r["tag"]) for r in rows] == [
        ("007", "Bond", "A", write_tag(exam.code, 1)),
        ("ann", "'=cmd()", "B", write_tag(exam.code, 2)),
        ("'=x", "Mallory <b>", "", write_tag(exam.code, 3)),
    ]
    booklet = (tmp_path / "exam" / "booklets" / "003.md").read_text(encoding="utf-8")
    assert "Mallory &lt;b&gt;" in booklet
    assert "<b>" not in booklet


def test_a_roster_may_have_spare_papers(quizgen, tmp_path, small_bank, roster):
    assert quizgen("make", "--n", 5, "--bank", small_bank, "--roster", roster).code == 0
    assert len(list((tmp_path / "exam" / "booklets").glob("*.md"))) == 5
    rows = table(tmp_path / "exam" / "submissions.csv")
    assert [(row["student"] == "", row["tag"][5:8]) for row in rows[2:]] == [
        (False, "003"),
        (True, "004"),
        (True, "005"),
    ]


@pytest.mark.parametrize("seed", ["practice", ""])
def test_a_seed_makes_a_practice_exam(quizgen, tmp_path, small_bank, seed):
    ran = quizgen("make", "--n", 2, "--bank", small_bank, "--seed", seed)
    assert ran.code == 0
    assert ran.err == (
        "Drawing from a public seed: anybody who knows it can rebuild this exam. Leave --seed away for a real one.\n"
    )
    assert not (tmp_path / "exam" / "staff" / "secret.txt").exists()
    assert read_exam(tmp_path / "exam").seed == seed
    assert "practice sheet" in (tmp_path / "exam" / "booklets" / "001.md").read_text(encoding="utf-8")


def test_without_a_seed_the_secret_stands_in_one_file_only(quizgen, tmp_path, small_bank):
    for name in ("one", "two"):
        assert quizgen("make", "--n", 2, "--bank", small_bank, "--out", name).code == 0
    one, two = tree(tmp_path / "one"), tree(tmp_path / "two")
    secret = one["staff/secret.txt"].strip()
    assert re.fullmatch(rb"[0-9a-f]{64}", secret)
    assert secret != two["staff/secret.txt"].strip()
    assert one["booklets/001.md"] != two["booklets/001.md"]
    for content in (secret, bytes.fromhex(secret.decode())):
        assert [name for name, data in one.items() if data and content in data] in ([], ["staff/secret.txt"])


def test_out_and_grader_are_obeyed(quizgen, tmp_path, small_bank):
    assert quizgen("make", "--n", 2, "--bank", small_bank, "--out", "deep/er", "--grader", "strict").code == 0
    assert read_exam(tmp_path / "deep" / "er").grader.name == "strict"
    own = (shipped_folder("graders") / "strict.yaml").read_text().replace("round to: 0.01", "round to: 0.5")
    (tmp_path / "own.yaml").write_text(own)
    assert quizgen("make", "--n", 2, "--bank", small_bank, "--grader", tmp_path / "own.yaml").code == 0
    assert read_exam(tmp_path / "exam").grader.round_to == 0.5


# ---- the same bytes ----------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes_twice(quizgen, tmp_path, roster):
    """Here and in another process, with other hashes, another folder, clock, locale and rights."""
    command = ["make", "--seed", "same", "--roster", str(roster)]
    assert quizgen(*command, "--out", "one").code == 0
    (tmp_path / "elsewhere").mkdir()
    strange = {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LC_ALL": "C", "COLUMNS": "40", "PYTHONUTF8": "0"}
    subprocess.run(
        [sys.executable, "-m", "quizgen.cli", *command, "--out", "two"],
        cwd=tmp_path / "elsewhere",
        env=os.environ | strange | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        capture_output=True,
        umask=0o077,
    )
    one, two = tree(tmp_path / "one"), tree(tmp_path / "elsewhere" / "two")
    assert len(one) > 20
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []


def test_another_seed_gives_other_papers(quizgen, tmp_path, small_bank):
    for seed in ("one", "two"):
        quizgen("make", "--n", 2, "--bank", small_bank, "--seed", seed, "--out", seed)
    one, two = tree(tmp_path / "one"), tree(tmp_path / "two")
    assert all(
        one[name] != two[name] for name in one if name.startswith(("booklets/", "variants/", "staff/key")) and one[name]
    )


@pytest.mark.parametrize("version", sorted({"3.11", "3.12", "3.13"} - {f"3.{sys.version_info.minor}"}))
def test_other_pythons_give_the_same_bytes(quizgen, tmp_path, version):
    python = shutil.which(f"python{version}") or f"python{version}"
    checkout = Path(sys.modules["quizgen"].__file__).parent.parent
    env = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"}
    imports = "import quizgen.cli, quizgen.desk, quizgen.making, numpy; print(numpy.__version__)"
    try:
        can = subprocess.run([python, "-c", imports], env=env, capture_output=True, text=True, check=False)
    except OSError:
        pytest.skip(f"Python {version} is not here")
    if can.returncode:
        pytest.skip(f"Python {version} is not here with quizgen's requirements: {can.stderr.strip()[-80:]}")
    command = ["make", "--n", "8", "--seed", "pythons"]
    assert quizgen(*command, "--out", "one").code == 0
    subprocess.run([python, "-m", "quizgen.cli", *command, "--out", "two"], cwd=tmp_path, env=env, check=True)
    one, two = tree(tmp_path / "one"), tree(tmp_path / "two")
    if can.stdout.strip() != np.__version__:  # told in exam.json, and nowhere else
        one["exam.json"] = one["exam.json"].replace(np.__version__.encode(), can.stdout.strip().encode())
    assert [name for name in one if one[name] != two.get(name)] == []
    assert one.keys() == two.keys()


# ---- nothing betrays an answer -----------------------------------------------------------------------------------

LOUD = {
    "loud": """
        draw: {a: "integers(10000, 99999)", x: "integers(10000, 99999, shape=(2, 2))"}
        steps: {big: a * a + 1, map: a * x, hidden: sum(map), last: hidden + 7}
        answers: {big: {}, map: {}, last: {}}
        mistakes:
          plus-one-forgotten: {big: a * a, says: A whisper that nobody may read.}
        """
}


def answers_found(folder, place):
    """For each paper, which numbers of its key, of eight digits or more, stand in the files of a place."""
    files = [path for path in sorted((folder / place).rglob("*")) if path.is_file()]
    assert files
    texts = {path: re.sub(r"[\s,.&\\]", "", path.read_text(encoding="utf-8")) for path in files}
    found = set()
    for row in table(folder / "staff" / "key.csv"):
        numbers = [text for name, text in row.items() if name.startswith("Q")]
        assert len(numbers) == 6
        assert all(len(number) >= 8 for number in numbers)
        found |= {(row["paper"], n, path.name) for n in numbers for path, text in texts.items() if n in text}
    return found


def test_no_booklet_holds_a_number_of_the_key(quizgen, tmp_path, bank_in):
    bank = bank_in(tmp_path / "bank", LOUD, solution="It is <<big>>, <<hidden>> and $<<map>>$, as planned.")
    assert quizgen("make", "--n", 4, "--bank", bank).code == 0
    exam = tmp_path / "exam"
    assert answers_found(exam, "booklets") == set()
    assert len(answers_found(exam, "staff/key")) >= 4 * 6, "the search does find them where they are"
    blank = "".join(path.read_text(encoding="utf-8") for path in (exam / "booklets").iterdir())
    for word in ("as planned", "whisper", "plus-one-forgotten", "Solution"):
        assert word not in blank


def test_a_booklet_does_not_depend_on_the_solution(quizgen, tmp_path, bank_in):
    """The same draws with other steps, mistakes and solutions: the same booklets, but for the exam's code."""
    texts = []
    quiet = {"loud": re.sub(r"(?s)\n +mistakes:.*", "", LOUD["loud"])}
    for name, fronts, solution in (
        ("one", quiet, "It is <<big>>."),
        ("two", {"loud": quiet["loud"].replace("a * a + 1", "7 * a").replace("a * x", "x + a")}, "No <<last>>."),
    ):
        bank = bank_in(tmp_path / f"bank {name}" / "bank", fronts, solution=solution)
        assert quizgen("make", "--n", 3, "--bank", bank, "--seed", "same", "--out", name).code == 0
        exam = read_exam(tmp_path / name)
        booklets = sorted((tmp_path / name / "booklets").iterdir())
        told = [path.read_text(encoding="utf-8").replace(exam.id, "ID") for path in booklets]
        texts.append([re.sub(rf"{exam.code}-[0-9A-Z-]+", "TAG", text) for text in told])
    assert len(texts[0]) == 6
    assert texts[0] == texts[1]
    assert (
        read_exam(tmp_path / "one").questions[0].expected["big"].cells[0]
        != read_exam(tmp_path / "two").questions[0].expected["big"].cells[0]
    )


def solution_lines(text):
    """Lines of a key that say something about the numbers of the paper."""
    lines = {line.strip() for line in text.splitlines() if not line.startswith("#")}
    return {line for line in lines if len(line) >= 30 and any(sign.isdigit() for sign in line)}


def test_no_booklet_of_the_shipped_bank_holds_a_line_of_its_key(made_shipped):
    exam = read_exam(made_shipped)
    for number in range(1, 7):
        booklet = (made_shipped / "booklets" / f"{number:03d}.md").read_text(encoding="utf-8")
        key = (made_shipped / "staff" / "key" / f"{number:03d}.md").read_text(encoding="utf-8")
        lines = solution_lines(key)
        assert len(lines) >= 5 * len(exam.questions)
        assert {line for line in lines if line in booklet} == set()
        for question, answer in exam.fields():
            if not question.asks(np.array([number]))[0]:
                continue
            value = question.expected[answer.name].column(number - 1)
            shown = f"- **{question.name}.{answer.name}** = {spelled(answer, value)}"
            assert shown in key
            assert shown not in booklet
            if answer.axes and answer.cells:
                assert plain(value, worked) not in booklet
                assert latex(value, worked) not in booklet
        for mistake in (mistake for question in exam.questions for mistake in question.problem.mistakes):
            assert mistake.says not in booklet
            assert mistake.id not in booklet


# ---- grade -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bank", ["small", "cnn"])
def test_a_sheet_of_right_answers_earns_full_marks(quizgen, tmp_path, small_bank, made_shipped, bank):
    if bank == "small":
        assert quizgen("make", "--n", 12, "--seed", "right", "--bank", small_bank).code == 0
    else:
        shutil.copytree(made_shipped, tmp_path / "exam")
    exam = read_exam(tmp_path / "exam")
    write_table(tmp_path / "exam" / "submissions.csv", filled(tmp_path / "exam"))
    ran = quizgen("grade", "exam/submissions.csv")
    assert (ran.code, ran.err) == (0, "")
    grades = table(tmp_path / "exam" / "results" / "grades.csv")
    total = float(exam.total)
    assert [(g["student"], g["status"], float(g["points"]), float(g["max"])) for g in grades] == [
        (f"student-{i:03d}", "marked", total, total) for i in range(1, 13)
    ]
    for question in exam.questions:
        assert {float(grade[question.name] or question.total) for grade in grades} == {float(question.total)}
    marks = table(tmp_path / "exam" / "results" / "marks.csv")
    assert {mark["outcome"] for mark in marks} == {"correct"}
    asked = sum(len(question.problem.answers) * question.asks(np.arange(1, 13)).sum() for question in exam.questions)
    assert len(marks) == asked
    assert ran.out.startswith(f"students  12 marked, 0 absent or excused\nmean      {total:.2f} of {total:g} points\n")


@pytest.mark.parametrize("where", ["submissions.csv", "exam/submissions.csv", "exam"])
def test_a_sheet_is_found_in_the_exam(quizgen, tmp_path, exam, where):
    write_table(exam / "submissions.csv", filled(exam))
    ran = quizgen("grade", where)
    assert (ran.code, ran.out.splitlines()[0]) == (0, "students  5 marked, 0 absent or excused")


def test_every_student_of_the_roster_has_a_line_and_a_status(quizgen, tmp_path, exam):
    rows = filled(exam, {"ann"})
    rows[1]["status"] = "empty"
    rows[2]["status"] = "excused"
    del rows[3]
    ran = quizgen("grade", write_table(tmp_path / "a.csv", rows))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("students  2 marked, 3 absent or excused\n")
    grades = table(exam / "results" / "grades.csv")
    assert [(g["student"], g["status"], g["points"], g["max"]) for g in grades] == [
        ("ann", "marked", "7.0", "7.0"),
        ("bob", "empty", "0.0", "7.0"),
        ("cara", "excused", "", "7.0"),
        ("dan", "absent", "", "7.0"),
        ("eva", "absent", "", "7.0"),
    ]
    assert {g["Q1"] for g in grades[2:]} == {""}
    assert [p.name for p in sorted((exam / "results" / "feedback").glob("*.md"))] == ["ann.md", "bob.md"]
    assert [p.name for p in sorted((exam / "results" / "feedback").glob("*.html"))] == ["ann.html", "bob.html"]


def test_a_mistake_is_named_to_teacher_and_student(quizgen, tmp_path, exam):
    rows = filled(exam)
    drawn = read_exam(exam).questions[0].params["a"].cells
    for i, row in enumerate(rows[:3]):
        row["Q1.double"] = f"{3 * drawn[i]:g}"
        row["Q1.plus"] = f"{3 * drawn[i] + 7:g}"
    ran = quizgen("grade", write_table(tmp_path / "a.csv", rows))
    assert "commonest mistakes\n      3 x tripled (tripled)\n" in ran.out
    marks = [m for m in table(exam / "results" / "marks.csv") if (m["student"], m["question"]) == ("ann", "Q1")]
    assert [(m["answer"], m["outcome"], m["note"], m["points"]) for m in marks] == [
        ("double", "mistake", "tripled", "0.0"),
        ("plus", "carried", "", "1.0"),
    ]
    feedback = (exam / "results" / "feedback" / "ann.md").read_text(encoding="utf-8")
    assert "“tripled”: Two times." in feedback
    assert "5 of 7 points" in feedback


def test_several_files_and_folders_are_graded_together(quizgen, tmp_path, exam):
    rows = filled(exam)
    (tmp_path / "rooms").mkdir()
    write_table(tmp_path / "rooms" / "a.csv", rows[:2])
    write_table(tmp_path / "rooms" / "b.csv", rows[2:4])
    write_table(tmp_path / "late.csv", rows[4:])
    ran = quizgen("grade", "rooms", "late.csv")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "students  5 marked, 0 absent or excused")


def test_another_grader_may_be_named(quizgen, tmp_path, exam):
    rows = filled(exam, {"ann"})
    rows[0]["Q2.map[1,2]"], rows[0]["Q2.map[2,1]"] = rows[0]["Q2.map[2,1]"], rows[0]["Q2.map[1,2]"]
    sheet = write_table(tmp_path / "a.csv", rows)
    quizgen("grade", sheet)
    assert table(exam / "results" / "grades.csv")[0]["points"] == str(FULL - 1.5)
    quizgen("grade", sheet, "--grader", "strict")
    assert table(exam / "results" / "grades.csv")[0]["points"] == str(float(FULL - 3))


def test_feedback_may_be_left_away(quizgen, tmp_path, exam):
    assert quizgen("grade", write_table(tmp_path / "a.csv", filled(exam)), "--no-feedback").code == 0
    assert not any((exam / "results" / "feedback").iterdir())


def test_one_bad_row_never_stops_the_others(quizgen, tmp_path, exam):
    rows = filled(exam)
    rows[1]["student"] = "bobby"
    rows[2]["tag"] = rows[3]["tag"]
    ran = quizgen("grade", write_table(tmp_path / "a.csv", rows))
    assert ran.code == 3
    assert ran.out.startswith("students  3 marked, 2 absent or excused\n")
    tags = [row["tag"] for row in table(exam / "submissions.csv")]
    assert ran.err.splitlines() == [
        f"{tmp_path}/a.csv:3: bobby: 'bobby' is not on the roster. Did you mean 'bob'?",
        f"{tmp_path}/a.csv:4: cara: this student holds paper {tags[2]}, but the tag says {tags[3]}; "
        f"if they were swapped: quizgen assign {tags[3]} cara",
        f"2 rows were not used: see {exam}/results/rejects.csv",
    ]
    rejects = table(exam / "results" / "rejects.csv")
    assert [(r["line"], r["student"]) for r in rejects] == [("3", "bobby"), ("4", "cara")]
    assert rows[1]["Q1.double"] in rejects[0]["text"], "the raw text is kept"


def test_differing_rows_are_refused_with_both_lines(quizgen, tmp_path, exam):
    rows = filled(exam, {"ann"})[:1]
    twice = write_table(tmp_path / "a.csv", [rows[0], rows[0] | {"Q1.double": "1"}])
    ran = quizgen("grade", twice)
    assert ran.code == 3
    assert ran.err.splitlines()[:2] == [
        f"{twice}:2: ann: differing rows for this student (see {twice}:3)",
        f"{twice}:3: ann: differing rows for this student (see {twice}:2)",
    ]


def test_a_changed_row_is_shown_and_needs_replace(quizgen, tmp_path, exam):
    rows = filled(exam, {"ann"})[:1]
    right = rows[0]["Q1.double"]
    quizgen("grade", write_table(tmp_path / "a.csv", rows))
    changed = write_table(tmp_path / "b.csv", [rows[0] | {"Q1.double": "1"}])
    ran = quizgen("grade", changed)
    assert ran.code == 3
    assert ran.err.splitlines()[0] == f"differs: ann: Q1.double '{right}' -> '1'"
    assert table(exam / "results" / "grades.csv")[0]["points"] == "7.0"
    ran = quizgen("grade", changed, "--replace")
    assert (ran.code, ran.err) == (0, f"changed: ann: Q1.double '{right}' -> '1'\n")
    assert table(exam / "results" / "grades.csv")[0]["points"] != "7.0"


def test_unreadable_answers_are_outcomes_and_no_rejects(quizgen, tmp_path, exam):
    rows = filled(exam)
    rows[0]["Q1.double"] = "=cmd()"
    rows[1]["Q1.double"] = "9" * 10_000_000
    rows[2]["Q1.double"] = "x" * 10_000_000
    rows[3]["Q2.map[1,1]"] = "@SUM(A1)"
    ran = quizgen("grade", write_table(tmp_path / "a.csv", rows))
    assert (ran.code, ran.err) == (0, "")
    marks = {(m["student"], m["question"], m["answer"]): m for m in table(exam / "results" / "marks.csv")}
    reasons = {key: m["reason"] for key, m in marks.items() if m["outcome"] == "unreadable"}
    assert reasons == {
        ("ann", "Q1", "double"): "a spreadsheet formula",
        ("bob", "Q1", "double"): "10,000,000 characters",
        ("cara", "Q1", "double"): "10,000,000 characters",
        ("dan", "Q2", "map"): "'@SUM(A1)': no number",
    }
    assert marks["ann", "Q1", "double"]["given"] == "'=cmd()", "harmless in a spreadsheet"
    assert {marks[name, "Q1", "plus"]["outcome"] for name in ROSTER} == {"correct"}
    for path in (p for p in (exam / "results").rglob("*") if p.is_file()):
        assert path.stat().st_size < 100_000, path.name
        cells = path.read_text(encoding="utf-8")
        assert not re.search(r"(?m)(^|,)\"?[=@]", cells) or path.suffix != ".csv"
    (run,) = (exam / "runs").iterdir()
    assert b"x" * 10_000_000 in (run / "submissions.csv").read_bytes(), "the raw text is kept"


def test_strange_ids_stay_inside_the_feedback_folder(quizgen, tmp_path, small_bank):
    ids = ["../../up", "a/b", "a_b", "A_B", ".hidden", "..", "con", "x" * 300, "ü", "=ann", "-n", "a b"]
    (tmp_path / "students.csv").write_text("student\n" + "\n".join(ids) + "\n", encoding="utf-8")
    assert quizgen("make", "--bank", small_bank, "--roster", "students.csv").code == 0
    before = set(tmp_path.iterdir())
    rows = table(tmp_path / "exam" / "submissions.csv")
    ran = quizgen("grade", write_table(tmp_path / "exam" / "submissions.csv", [r | {"Q1.double": "1"} for r in rows]))
    assert (ran.code, ran.err) == (0, "")
    assert set(tmp_path.iterdir()) == before
    written = [path.name for path in (tmp_path / "exam" / "results" / "feedback").iterdir()]
    feedback = [name for name in written if name.endswith(".md")]
    assert sorted(written) == sorted(feedback + [f"{name[:-3]}.html" for name in feedback])
    assert len(feedback) == len({name.lower() for name in feedback}) == len(ids)
    assert all(re.fullmatch(r"[\w~-][\w.~-]*\.md", name) for name in feedback)
    assert "ü.md" in feedback


# ---- exit codes --------------------------------------------------------------------------------------------------

CANNOT = {
    "empty": (b"", "{tmp}/a.csv: the file is empty. A table with a line of headings is needed."),
    "binary": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "{tmp}/a.csv: this is no text file (byte 9 is zero). Save it as CSV."),
    "wrong column": (
        b"student,Q1.duoble\nann,1\n",
        "{tmp}/a.csv:1: the column 'Q1.duoble' is no answer of this exam. Did you mean 'Q1.double'?",
    ),
    "no answers": (
        b"student,remark\nann,1\n",
        "{tmp}/a.csv:1: no column holds answers of this exam. They are named Q1.double, Q1.plus, Q2.map, Q2.top, …",
    ),
    "doubled column": (
        b"student,double,Q1.double\nann,1,2\n",
        "{tmp}/a.csv:1: the answer of column 'Q1.double' stands in the file twice",
    ),
    "nobody": (
        b"name,Q1.double\nann,1\n",
        "{tmp}/a.csv:1: no column says whose answers these are (headings: name, Q1.double)."
        " A column 'student' or 'tag' is needed.",
    ),
    "missing": (None, "{tmp}/a.csv: cannot be read: No such file or directory"),
}


@pytest.mark.parametrize(("content", "said"), CANNOT.values(), ids=CANNOT)
def test_a_file_that_cannot_be_used_is_told_and_nothing_is_written(quizgen, tmp_path, exam, content, said):
    if content is not None:
        (tmp_path / "a.csv").write_bytes(content)
    before = tree(tmp_path)
    assert told(quizgen("grade", tmp_path / "a.csv")) == said.replace("{tmp}", str(tmp_path))
    assert tree(tmp_path) == before


def test_a_bad_file_beside_a_good_one_writes_nothing(quizgen, tmp_path, exam):
    good = write_table(tmp_path / "good.csv", filled(exam))
    (tmp_path / "bad.csv").write_text("student,Q1.duoble\nann,1\n")
    before = tree(tmp_path)
    assert "bad.csv:1: the column 'Q1.duoble'" in told(quizgen("grade", good, tmp_path / "bad.csv"))
    assert tree(tmp_path) == before


def test_a_missing_exam_is_told(quizgen, tmp_path):
    (tmp_path / "a.csv").write_text("student,Q1.double\nann,1\n")
    said = "no exam found for {}. Make one with 'quizgen make', or name its folder with --exam."
    assert told(quizgen("grade", "a.csv")) == said.format("a.csv")
    named = "elsewhere: is no exam folder. Make one with 'quizgen make'."
    assert told(quizgen("grade", "a.csv", "--exam", "elsewhere")) == named
    assert told(quizgen("simulate", "--exam", "elsewhere")) == named


def test_a_named_folder_without_an_exam_is_never_another_exam(quizgen, tmp_path, exam):
    (tmp_path / "elsewhere").mkdir()
    sheet = write_table(tmp_path / "a.csv", filled(exam))
    before = tree(tmp_path)
    assert told(quizgen("grade", sheet, "--exam", "elsewhere")).startswith("elsewhere: is no exam folder.")
    assert tree(tmp_path) == before


def test_results_say_which_grader_marked_them(quizgen, tmp_path, exam):
    sheet = write_table(tmp_path / "a.csv", filled(exam))
    assert quizgen("grade", sheet, "--grader", "strict").err == ""
    assert "title: Strict" in (exam / "results" / "grader.yaml").read_text(encoding="utf-8")
    said = "everything handed in so far is marked by 'standard' now; it was by another grader before\n"
    assert quizgen("grade", sheet).err == said
    assert quizgen("grade", sheet).err == ""


def test_an_existing_folder_is_not_overwritten(quizgen, tmp_path, exam, small_bank):
    before = tree(tmp_path)
    said = told(quizgen("make", "--n", 3, "--bank", small_bank))
    assert said == (
        "exam exists already, and what was drawn is never overwritten."
        " Choose another folder with --out, or move this one away."
    )
    (tmp_path / "file").write_text("x")
    assert told(quizgen("make", "--n", 3, "--bank", small_bank, "--out", "file")).startswith("file exists already")
    (tmp_path / "file").unlink()
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--bank", "cnm"], "there is no bank 'cnm'. Did you mean 'cnn'?"),
        (["--problems", "alfa"], "there is no problem 'alfa'. Did you mean 'alpha'?"),
        (["--grader", "strikt"], "there is no grader 'strikt'. Did you mean 'strict'?"),
        (["--grader", "none.yaml"], "none.yaml: cannot be read: No such file or directory"),
        (["--roster", "none.csv"], "none.csv: cannot be read: No such file or directory"),
        (
            ["--roster", "double.csv"],
            "double.csv:3: the student 'ann' stands here a second time. The first is in line 2.",
        ),
        (
            ["--roster", "names.csv"],
            "names.csv:1: no column holds the students' ids. Name it 'student' (or 'id', or 'username').",
        ),
        (["--n", "1000"], "has only 900 different variants that tell its mistakes apart; 1,000 were asked for."),
    ],
)
def test_make_refuses_in_one_line_and_leaves_nothing(quizgen, tmp_path, small_bank, options, said):
    (tmp_path / "double.csv").write_text("student\nann\nann\n")
    (tmp_path / "names.csv").write_text("name\nann\n")
    before = tree(tmp_path)
    line = told(quizgen("make", "--n", 3, "--bank", small_bank, *options))
    assert said in line
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    "command",
    [
        ["make"],
        ["make", "--n", "0"],
        ["make", "--problems", ","],
        ["make", "--n", "three"],
        ["make", "--m", "3"],
        ["make", "--n", "2", "--roster", "students.csv"],
        ["grade"],
        ["grade", "a.csv", "--nonsense"],
        ["show"],
        ["show", "alpha", "--variant", "0"],
        ["check", "--draws", "1"],
        ["nonsense"],
    ],
    ids=" ".join,
)
def test_wrong_usage_has_an_exit_code_of_its_own(quizgen, tmp_path, roster, command):
    before = tree(tmp_path)
    ran = quizgen(*command)
    assert ran.code == 2
    assert ran.err
    assert "Traceback" not in ran.err
    assert tree(tmp_path) == before


# ---- problem files with defects ----------------------------------------------------------------------------------

SOUND = """
draw:
  a: integers(2, 900)
steps:
  double: 2 * a
  plus: double + 7
answers:
  double: {}
  plus: {}
"""
BAD = {  # what is wrong -> a sound line, the line in its place, what is told
    "typo": ("double + 7", "duoble + 7", "step 'plus' uses 'duoble', which is no draw or step. Did you mean 'double'?"),
    "cycle": ("2 * a", "plus + a", "the steps double -> plus -> double need each other in a circle."),
    "unknown op": ("double + 7", "convv2d(double)", "there is no op 'convv2d'. Did you mean 'conv2d'?"),
    "tower": ("double + 7", "9**9**9", "holds another power"),
    "attribute": ("double + 7", "double.shape", "attribute access"),
    "call of an attribute": ("double + 7", "().__class__.__bases__", "attribute access"),
    "import": ("double + 7", "__import__('os')", "there is no op '__import__'"),
    "huge shape": ("integers(2, 900)", "integers(2, 900, shape=(1000, 1000, 1000))", "the limit is 4,096"),
    "huge reshape": ("double + 7", "sum(pad([[1, 2], [3, 4]], 100000))", "the limit is 65,536"),
    "no draw": ("integers(2, 900)", "integer(2, 900)", "integers("),
}
LINES = {"a": 4, "double": 6, "plus": 7}


@pytest.mark.parametrize(("was", "now", "told_of"), BAD.values(), ids=BAD)
@pytest.mark.parametrize("command", ["make", "check"])
def test_a_problem_with_a_defect_is_told_with_its_line(quizgen, tmp_path, bank_in, command, was, now, told_of):
    bank_in(tmp_path / "bank", {"good": SOUND, "weak": SOUND.replace(was, now)})
    before = tree(tmp_path)
    line = next(number for name, number in LINES.items() if f"  {name}: {was}\n" in SOUND)
    said = told(quizgen("make", "--n", 3, "--bank", "bank") if command == "make" else quizgen("check", "bank"))
    places = {f"bank/weak.md:{line}: ", "bank/weak.md:5: "} if was == "2 * a" else {f"bank/weak.md:{line}: "}
    assert any(said.startswith(place) for place in places), said
    assert told_of in said
    assert tree(tmp_path) == before


# ---- rehearsals --------------------------------------------------------------------------------------------------


def test_a_rehearsal_leaves_the_results_alone(quizgen, tmp_path, exam):
    quizgen("grade", write_table(tmp_path / "real.csv", filled(exam, {"ann", "bob"})))
    results, runs = tree(exam / "results"), tree(exam / "runs")
    ran = quizgen("simulate")
    assert (ran.code, ran.err) == (0, "")
    assert "simulated.csv: answers of 5 invented students" in ran.out
    assert set(table(tmp_path / "simulated.csv")[0]) >= {"student", "tag", "simulated", "Q1.double"}
    ran = quizgen("grade", "simulated.csv")
    assert (ran.code, ran.err) == (0, "")
    assert "results are in exam/rehearsal/" in ran.out
    assert len(table(exam / "rehearsal" / "grades.csv")) == 5
    assert (tree(exam / "results"), tree(exam / "runs")) == (results, runs)
    quizgen("grade", write_table(tmp_path / "more.csv", filled(exam, {"cara"})))
    grades = {grade["student"]: grade["status"] for grade in table(exam / "results" / "grades.csv")}
    assert grades == {"ann": "marked", "bob": "marked", "cara": "marked", "dan": "absent", "eva": "absent"}


def test_a_rehearsal_before_anything_else_makes_no_results(quizgen, tmp_path, exam):
    quizgen("simulate")
    assert quizgen("grade", "simulated.csv").code == 0
    assert (exam / "rehearsal" / "grades.csv").exists()
    assert not (exam / "results").exists()
    assert not (exam / "runs").exists()


def test_invented_answers_are_repeatable_and_differ_by_seed(quizgen, tmp_path, exam):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        assert quizgen("simulate", "--out", f"{name}.csv", "--seed", seed).code == 0
    a, b, c = ((tmp_path / f"{name}.csv").read_bytes() for name in "abc")
    assert a == b != c


def test_a_real_sheet_is_not_overwritten_by_an_invented_one(quizgen, tmp_path, exam):
    before = tree(tmp_path)
    said = told(quizgen("simulate", "--out", "exam/submissions.csv"))
    assert said == "exam/submissions.csv exists and is no simulated sheet. Choose another --out."
    assert tree(tmp_path) == before
    assert quizgen("simulate").code == quizgen("simulate", "--seed", 3).code == 0


def test_a_rehearsal_of_the_shipped_exam_shows_every_kind_of_outcome(quizgen, tmp_path, shipped):
    quizgen("simulate")
    ran = quizgen("grade", "simulated.csv")
    assert ran.code == 0
    outcomes = {mark["outcome"] for mark in table(tmp_path / "exam" / "rehearsal" / "marks.csv")}
    assert outcomes == {"correct", "carried", "mistake", "partial", "wrong", "blank", "unreadable"}
    assert "commonest mistakes" in ran.out


# ---- show, check and the rest ------------------------------------------------------------------------------------


def test_show_shows_statement_answers_and_solution(quizgen, tmp_path, bank_in):
    bank_in(tmp_path / "bank", {"good": SOUND}, solution="Twice <<a>> is <<double>>.")
    ran = quizgen("show", "good", "--bank", "bank")
    assert (ran.code, ran.err) == (0, "")
    number = int(re.search(r"Twice (\d+) is", ran.out)[1])
    assert f"{number} **Q1.double** (1 point; a whole number): ____" in ran.out
    assert f"- **Q1.double** = {2 * number}\n- **Q1.plus** = {2 * number + 7}\n" in ran.out
    assert quizgen("show", "bank/good.md").out == ran.out
    assert quizgen("show", "good", "--bank", "bank", "--seed", "other").out != ran.out


def test_show_shows_the_variant_that_make_draws(quizgen, tmp_path, bank_in):
    bank_in(tmp_path / "bank", {"good": SOUND})
    quizgen("make", "--n", 5, "--bank", "bank", "--seed", "show")
    a = read_exam(tmp_path / "exam").questions[0].params["a"].cells
    for variant in (1, 2, 5):
        assert (
            f"\n{a[variant - 1]:g} **Q1.double**" in quizgen("show", "good", "--bank", "bank", "--variant", variant).out
        )


@pytest.mark.parametrize("path", sorted(shipped_folder("banks").glob("*/*.md")), ids=lambda path: path.stem)
def test_every_shipped_problem_can_be_shown(quizgen, path):
    ran = quizgen("show", path.stem, "--bank", path.parent.name)
    assert (ran.code, ran.err) == (0, "")
    assert "<<" not in ran.out
    assert "[[" not in ran.out


def test_show_of_an_unknown_problem_names_the_nearest(quizgen, tmp_path, bank_in):
    bank_in(tmp_path / "bank", {"good": SOUND})
    assert told(quizgen("show", "god", "--bank", "bank")) == "bank: there is no problem 'god'. Did you mean 'good'?"


def test_check_says_that_there_are_no_defects(quizgen, tmp_path, small_bank):
    ran = quizgen("check", small_bank, "--draws", 20)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[-1] == "no defects"
    assert [line.split()[0] for line in ran.out.splitlines()[3:-1]] == ["alpha", "beta"]


def test_check_of_one_file(quizgen, small_bank):
    ran = quizgen("check", small_bank / "beta.md", "--draws", 20)
    assert ran.code == 0
    assert "beta" in ran.out
    assert "alpha" not in ran.out


def test_check_speaks_json_for_machines(quizgen, tmp_path, bank_in):
    twins = SOUND + "mistakes:\n  tripled: {double: 3 * a, says: Two.}\n"
    twins += "  twice: {double: 4 * a - a, note: tripled, says: Two.}\n"
    bank_in(tmp_path / "bank", {"good": SOUND, "twins": twins})
    ran = quizgen("check", "bank", "--draws", 20, "--json")
    good, other = json.loads(ran.out)
    assert (ran.code, ran.err, good["problem"], good["defects"]) == (0, "", "good", [])
    assert good["draws"] == 20
    assert (good["variants"], good["answer_sets"]) == ("899", "899")
    assert other["twins"] == ["twice = tripled"]
    shown = quizgen("check", "bank", "--draws", 20).out
    assert "  not told apart, so they share a note: twice = tripled\n" in shown


def test_check_tells_defects_and_fails(quizgen, tmp_path, bank_in):
    broken = SOUND + "examples:\n  - {from: me, draw: {a: 5}, gives: {double: 11}}\n"
    bank_in(tmp_path / "bank", {"bad": broken, "good": SOUND})
    ran = quizgen("check", "bank", "--draws", 20)
    assert ran.code == 1
    assert ran.err.count("\n") == 1
    assert ran.err.startswith("  defect in bad: bank/bad.md:12: me: double is 10")
    assert re.fullmatch("1 defects?", ran.out.splitlines()[-1])
    assert "good" in ran.out, "the others are checked all the same"


def test_the_version_is_told(quizgen):
    ran = quizgen("--version")
    assert (ran.code, ran.out) == (0, f"quizgen {__version__}\n")


HELP = """
import io, sys
from contextlib import redirect_stdout
from quizgen.cli import main
sys.argv = ["quizgen", *sys.argv[1:]]
try:
    with redirect_stdout(io.StringIO()) as out:
        main()
except SystemExit as stop:
    assert not stop.code, stop.code
assert "Usage" in out.getvalue()
print(*sorted({"pandas", "pyarrow", "numpy"} & set(sys.modules)))
"""


@pytest.mark.parametrize("command", [["--help"], ["make", "--help"], ["grade", "--help"]], ids=" ".join)
def test_help_loads_nothing_heavy(command):
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run([sys.executable, "-c", HELP, *command], env=env, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []


def test_a_command_prints_utf_8_whatever_the_terminal(tmp_path, small_bank):
    """Exit codes and files as a shell sees them, where the system's language knows ASCII only."""
    env = os.environ | {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONIOENCODING": "",
    }
    env |= {"PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-m", "quizgen.cli"]
    for args in (["make", "--n", "3", "--bank", str(small_bank)], ["simulate"], ["grade", "simulated.csv"]):
        ran = subprocess.run([*command, *args], cwd=tmp_path, env=env, capture_output=True, check=False)
        assert (ran.returncode, ran.stderr) == (0, b"")
    ran = subprocess.run([*command, "grade", "none.csv"], cwd=tmp_path, env=env, capture_output=True, check=False)
    assert ran.returncode == 1
    assert io.BytesIO(ran.stderr).readlines() == [b"quizgen: none.csv: cannot be read: No such file or directory\n"]
