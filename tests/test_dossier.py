"""One student's dossier: all that the marks rest on, as text, for the owner only, and nothing of anybody else."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest
import submission_writers as write
from accessibility import violations
from pypdf import PdfReader

from quizgen.amending import Request, amend
from quizgen.assigning import assign
from quizgen.bank.folders import Bank, open_grader
from quizgen.desk import grade_files
from quizgen.dossier import open_case, write_dossier
from quizgen.dossier.history import history_of
from quizgen.dossier.told import dossier_of
from quizgen.errors import QuizgenError
from quizgen.exam.additions import read_exam
from quizgen.exam.model import heading_of
from quizgen.exam.roster import Student
from quizgen.exam.tags import write_tag
from quizgen.log import Actor
from quizgen.making import make_exam
from quizgen.regrading import corrected_files, regrade
from quizgen.submissions.handins import layout_of

NASTY = '<script>x</script> #eval("1") \\input{y} ]] $a$ *b*'
STUDENTS = ("ada-aardvark", "bob-buffalo", "cleo-capybara", "dan-dingo", "eve-echidna", "fay-ferret")
BY = Actor("examiner", "2026-11-30T12:00:00+00:00")


def right(exam, number):
    """A row of right answers for a paper, whole answers as texts."""
    row = {}
    for question, answer in exam.fields():
        cells = question.expected[answer.name].column(number - 1)
        text = (
            "; ".join(" ".join(f"{cell:g}" for cell in line) for line in cells) if cells.ndim else f"{float(cells):g}"
        )
        row[heading_of(question.name, answer.name)] = text
    return row


def sheet(path, exam, **changes):
    """A sheet in which everybody is right but for the changes: student -> {heading: text}; None: no such row."""
    rows = [
        {"student": paper.student, "status": ""} | right(exam, paper.number) | changes.get(paper.student, {})
        for paper in exam.papers
        if changes.get(paper.student, {}) is not None
    ]
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8")
    return path


def nothing(exam, status=""):
    return dict.fromkeys(right(exam, 1), "") | {"status": status}


def words_of_page(folder, student, tmp_path):
    page = write_dossier(folder, student, ("html",), tmp_path / "out")[0].read_text(encoding="utf-8")
    body = page.split("</style>")[-1]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def words_of_pdf(path):
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(path).pages)


@pytest.fixture
def made(make_small, tmp_path):
    """An exam of six students on a roster, with its folder."""
    folder = tmp_path / "exam"
    make_small(folder, n=len(STUDENTS), students=STUDENTS)
    return folder, read_exam(folder)


def test_the_whole_way_of_an_answer_is_told(made, tmp_path):
    folder, exam = made
    double = int(exam.questions[0].expected["double"].cells[1])
    wrong = {"Q1.double": str(double * 3 // 2), "Q1.plus": str(double * 3 // 2 + 7), "Q2.map": "1 2; 3 4"}
    grade_files(folder, [sheet(tmp_path / "room.csv", exam, **{STUDENTS[1]: wrong})], actor=BY)
    text = words_of_page(folder, STUDENTS[1], tmp_path)
    tag = write_tag(exam.code, 2)
    for expected in (
        f"Paper {tag}",
        f"{tmp_path / 'room.csv'}, line 3, column Q1.double",
        f"Typed {wrong['Q1.double']}",
        f"Right answer {double} exactly",
        f"1 the right answer {double} differs",
        f"3 the mistake “tripled” (tripled) {double * 3 // 2} agrees: this decides",
        "Credit 0 × 2 = 0",
        "“tripled”: Two times.",
        "own earlier figures",
        "Credit 1 × 1 = 1",
        "differs in 4: [1,1], [1,2], [2,1], [2,2]",
        "None of these rules explains the answer.",
        "rounded once, halves upwards, to 0.01: 2.",
        "No person decided anything about this paper.",
        "How this exam is marked",
        "These are the rules as they were published with the exam.",
        "1 2026-11-30T12:00:00+00:00 examiner grade",
    ):
        assert expected in text, expected


def test_nothing_of_anybody_else_is_in_it(made, tmp_path):
    folder, exam = made
    changes = {student: {"Q1.double": f"{i}0{i}0{i}0{i}"} for i, student in enumerate(STUDENTS, start=1)}
    changes[STUDENTS[4]] |= {"Q1.plus": f"eve's own {NASTY}"}
    grade_files(folder, [sheet(tmp_path / "room.csv", exam, **changes)], actor=BY)
    # a second file: a typing error in an id, somebody else's paper, contradicting answers
    rows = [["student", "tag", "Q1.double"], ["ada-aardvarc", "", "1"], [STUDENTS[1], write_tag(exam.code, 3), "2"]]
    rows += [[STUDENTS[0], "", "77777"], [STUDENTS[5], "", "88888"]]
    (tmp_path / "late.csv").write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
    grade_files(folder, [tmp_path / "late.csv"], actor=BY)
    for i, student in enumerate(STUDENTS, start=1):
        files = write_dossier(folder, student, out=tmp_path / "out")
        for text in (unescape(files[0].read_text(encoding="utf-8")), words_of_pdf(files[1])):
            assert student in text
            assert f"{i}0{i}0{i}0{i}" in text.replace("\u200b", "")
            for j, other in enumerate(STUDENTS, start=1):
                if j != i:
                    assert other not in text
                    assert f"{j}0{j}0{j}0{j}" not in text
            assert "88888" not in text or student == STUDENTS[5]


def test_strangers_texts_are_texts(made, tmp_path):
    folder, exam = made
    grade_files(folder, [sheet(tmp_path / "room.csv", exam, **{STUDENTS[0]: {"Q1.plus": NASTY}})], actor=BY)
    page, pdf = write_dossier(folder, STUDENTS[0])
    html = page.read_text(encoding="utf-8")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert 'eval("1")' in words_of_pdf(pdf).replace("\u200b", "")
    assert "What cannot be read for certain is not wrong" in html


def test_files_are_private_tagged_and_the_same_again(made, tmp_path):
    folder, exam = made
    grade_files(folder, [sheet(tmp_path / "room.csv", exam)], actor=BY)
    files = write_dossier(folder, STUDENTS[0])
    assert [path.name for path in files] == [f"{STUDENTS[0]}.html", f"{STUDENTS[0]}.pdf"]
    assert {path.parent for path in files} == {folder / "students"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in (*files, folder / "students"))
    before = [path.read_bytes() for path in files]
    assert [path.read_bytes() for path in write_dossier(folder, write_tag(exam.code, 1))] == before
    root = PdfReader(files[1]).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert STUDENTS[0] in PdfReader(files[1]).metadata["/Title"]
    assert "/StructTreeRoot" in root
    assert b"pdfuaid" in before[1]  # the library proves what PDF/UA-1 asks before it writes this


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (None, "absent: nothing that was handed in counts"),
        ("excused", "Status excused"),
        ("empty", "Status handed in with nothing on it"),
    ],
)
def test_who_wrote_nothing_gets_a_dossier_too(made, tmp_path, status, said):
    folder, exam = made
    row = None if status is None else nothing(exam, status)
    grade_files(folder, [sheet(tmp_path / "room.csv", exam, **{STUDENTS[2]: row})], actor=BY)
    text = words_of_page(folder, STUDENTS[2], tmp_path)
    assert said in text
    assert "Question as it was asked" in text
    assert ("No row of this student was taken in." in text) == (status is None)
    assert ("Nothing was typed; no rule is tried." in text) == (status == "empty")
    assert dossier_of(open_case(folder, STUDENTS[2])).questions


def test_before_anything_is_graded_there_is_the_paper(made, tmp_path):
    folder, _ = made
    assert "Question as it was asked" in words_of_page(folder, STUDENTS[0], tmp_path)


def test_why_a_file_was_not_read_is_answered(made, tmp_path):
    folder, exam = made
    grade_files(folder, [sheet(tmp_path / "room.csv", exam, **{STUDENTS[3]: None})], actor=BY)
    wrong = [["student", "tag", "Q1.double"], [STUDENTS[3], write_tag(exam.code, 1), "4242"]]
    (tmp_path / "own.csv").write_text("\n".join(",".join(row) for row in wrong), encoding="utf-8")
    grade_files(folder, [tmp_path / "own.csv"], actor=BY)
    text = words_of_page(folder, STUDENTS[3], tmp_path)
    assert f"{tmp_path / 'own.csv'} 2 this student holds paper" in text
    assert "4242" in text
    assert "a later row was taken in" not in text
    again = sheet(tmp_path / "again.csv", exam, **{s: None for s in STUDENTS if s != STUDENTS[3]})
    grade_files(folder, [again], actor=BY)
    text = words_of_page(folder, STUDENTS[3], tmp_path)
    assert "a later row was taken in" in text
    assert "Status marked" in text


def test_a_later_row_counts_and_says_where_each_text_stood_first(made, tmp_path):
    folder, exam = made
    first = sheet(tmp_path / "one.csv", exam, **{STUDENTS[0]: {"Q1.plus": ""}})
    grade_files(folder, [first], actor=BY)
    second = sheet(tmp_path / "two.csv", exam, **dict.fromkeys(STUDENTS[1:]))
    grade_files(folder, [second], actor=BY)
    text = words_of_page(folder, STUDENTS[0], tmp_path)
    assert "no: a later one counts" in text
    assert f"{first}, line 2, column Q1.double" in text
    assert f"{second}, line 2, column Q1.plus" in text


def test_decisions_and_corrections_are_told(made, tmp_path):
    folder, exam = made
    grade_files(folder, [sheet(tmp_path / "room.csv", exam, **{STUDENTS[0]: {"Q1.plus": "about ten"}})], actor=BY)
    assert "This still waits for a person." in words_of_page(folder, STUDENTS[0], tmp_path)
    review = folder / "review.csv"
    rows = list(csv.DictReader(io.StringIO(review.read_text(encoding="utf-8"))))
    rows[0] |= {"points": "1/2", "reason": f"unlike {STUDENTS[1]}", "by": "chair"}
    with review.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(QuizgenError, match=r"the results hold another mark for Q1\.plus"):
        open_case(folder, STUDENTS[0])
    grade_files(folder, [], actor=BY)
    text = words_of_page(folder, STUDENTS[0], tmp_path)
    for expected in ("A person decided: 1/2 points", "unlike [somebody else]", "chair", "Given by a person: 0.5 of 1"):
        assert expected in text, expected
    assert "decided by a person" in text
    assert "chair" not in words_of_page(folder, STUDENTS[1], tmp_path)


def test_a_floor_is_told_to_whom_it_concerns(made, tmp_path):
    folder, exam = made
    grade_files(folder, [sheet(tmp_path / "room.csv", exam, **{STUDENTS[1]: {"Q1.plus": "1"}})], actor=BY)
    text = (folder / "problems" / "alpha.md").read_text(encoding="utf-8").replace("double + 7", "double + 8")
    regrade(folder, corrected_files({"alpha": text}, None), reason="it was eight", write=True, actor=BY)
    text = words_of_page(folder, STUDENTS[0], tmp_path)
    assert "A correction would have lowered these points; they were kept." in text
    assert "Credit 0 × 1 = 0; kept at 1" in text
    assert "it was eight problems/alpha.md Q1.plus: 1" in text
    other = words_of_page(folder, STUDENTS[1], tmp_path)
    assert "it was eight problems/alpha.md" in other
    assert "Q1.plus: 1" not in other


def test_pseudonymised_results_are_found(made, tmp_path):
    folder, exam = made
    grade_files(folder, [sheet(tmp_path / "room.csv", exam)], pseudonymise=True, actor=BY)
    text = words_of_page(folder, STUDENTS[0], tmp_path)
    alias = re.search(r"p-[a-z2-7]{12}", text)[0]
    assert f"In published tables {alias}" in text
    assert set(re.findall(r"p-[a-z2-7]{12}", text)) == {alias}
    assert open_case(folder, alias).student == STUDENTS[0]


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("ada-aardvarg", "'ada-aardvarg' is no student of this exam. Did you mean 'ada-aardvark'?"),
        ("", "'' is no student of this exam. Name a student's id, or the tag of a paper."),
    ],
)
def test_nobody_is_guessed(made, who, said):
    with pytest.raises(QuizgenError) as error:
        open_case(made[0], who)
    assert str(error.value) == said


def test_the_command(quizgen, make_small, tmp_path):
    make_small(tmp_path / "exam", n=2, students=("Ann", "ann"))
    ran = quizgen("student", "Ann", "--to", "html")
    assert (ran.code, ran.err) == (0, "")
    assert re.fullmatch(r"exam/students/Ann~\w+\.html\n", ran.out)
    assert quizgen("student", "Ann", "--to", "docx").code == 2
    assert quizgen("student", "nobody at all").code == 1


def handed(exam, path, *tries):
    """A learning platform's file: (student, attempt, variant of each question, whether `double` is right)."""
    layout, rows = layout_of(exam), []
    for student, attempt, variants, is_right in tries:
        value = exam.questions[0].expected["double"].column(variants[0] - 1)
        typed = {("Q1", "double", ()): f"{value if is_right else value + 1:g}", ("Q1", "plus", ()): ""}
        held = dict(zip(layout.problems, variants, strict=True))
        times = (f"30 November 2026, 9:0{attempt} AM", f"2026-11-30T09:0{attempt}:00")
        rows.append(write.Row(student, held, typed, attempt, *times))
    path.write_bytes(write.as_csv(write.moodle(rows, layout, exam.code)))
    return path


def test_attempts_that_do_not_count_are_told(made, tmp_path):
    folder, exam = made
    tries = [(STUDENTS[0], i, (1, 1), i == 2) for i in (1, 2, 3)] + [(STUDENTS[1], 1, (2, 2), True)]
    grade_files(folder, [handed(exam, tmp_path / "moodle.csv", *tries)], attempt="first", actor=BY)
    text = words_of_page(folder, STUDENTS[0], tmp_path)
    for attempt in (2, 3):
        assert f"attempt {attempt}: another attempt counts (--attempt first)" in text
    assert "1 2026-11-30T09:01:00 marked yes" in text
    assert "set aside" not in words_of_page(folder, STUDENTS[1], tmp_path).replace("refused or set aside", "")


def test_a_pool_has_a_variant_for_each_question(make_small, tmp_path):
    folder = tmp_path / "exam"
    make_small(folder, n=5)
    exam = read_exam(folder)
    grade_files(folder, [handed(exam, tmp_path / "moodle.csv", ("gus", 1, (4, 2), True))], actor=BY)
    text = words_of_page(folder, "gus", tmp_path)
    assert "every question in a variant of its own, named by its tag" in text
    assert write_tag(exam.code, 4, "Q1") in text
    assert write_tag(exam.code, 2, "Q2") in text
    assert "agrees: this decides" in text


def test_words_are_those_of_the_students_language(small_bank, tmp_path):
    bank = Bank("small", small_bank)
    roster = [Student("ida", {"language": "de"}), Student("jan", {})]
    folder = tmp_path / "exam"
    exam = make_exam(bank, bank.blueprint(), open_grader("standard"), 2, out=folder, seed="t", roster=roster)
    grade_files(folder, [sheet(tmp_path / "room.csv", exam)], actor=BY)
    german, english = (words_of_page(folder, student, tmp_path) for student in ("ida", "jan"))
    assert "Bewertungsprotokoll" in german
    assert "der richtigen Antwort" in german
    assert "Record of marking" in english
    pdf = write_dossier(folder, "ida", ("pdf",))[0]
    assert PdfReader(pdf).trailer["/Root"]["/Lang"] == "de"


def test_another_grader_shows_its_own_rules(made, tmp_path):
    folder, exam = made
    grade_files(folder, [sheet(tmp_path / "room.csv", exam)], open_grader("strict"), actor=BY)
    text = words_of_page(folder, STUDENTS[0], tmp_path)
    assert "These are the rules of the grader that marked this paper" in text
    assert "single right cells earn nothing" in text


def test_a_reason_that_names_somebody_else_does_not(make_small, tmp_path):
    folder = tmp_path / "exam"
    make_small(folder, n=4)
    exam = read_exam(folder)
    one, other = (write_tag(exam.code, number) for number in (1, 2))
    (tmp_path / "a.csv").write_text(f"student,tag,Q1.double\nzoe-zebra,{one},1\n", encoding="utf-8")
    grade_files(folder, [tmp_path / "a.csv"], actor=BY)
    (tmp_path / "b.csv").write_text(
        f'student,tag,Q1.double\nyves-yak,{one},31313\nxena-ox,{other},"7\nwim-wolf,,5\n"\n', encoding="utf-8"
    )
    grade_files(folder, [tmp_path / "b.csv"], actor=BY)
    rejects = (folder / "results" / "rejects.csv").read_text(encoding="utf-8")
    assert "was handed in by 'zoe-zebra' before" in rejects
    (tmp_path / "c.csv").write_text(f"student,tag,Q1.double\nyves-yak,{write_tag(exam.code, 3)},2\n", encoding="utf-8")
    grade_files(folder, [tmp_path / "c.csv"], actor=BY)
    text = words_of_page(folder, "yves-yak", tmp_path)
    assert "paper 1 was handed in by [somebody else] before" in text
    assert "31313" in text
    assert "zoe-zebra" not in text
    assert "yves-yak" not in words_of_page(folder, "zoe-zebra", tmp_path)
    text = words_of_page(folder, other, tmp_path)
    assert "wim-wolf" not in text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_keeps_to_the_guidelines(made, tmp_path, browser, scheme):
    folder, exam = made
    wrong = {"Q1.double": "1", "Q2.map": "1 2; 3 4", "Q2.top": "?"}
    grade_files(folder, [sheet(tmp_path / "room.csv", exam, **{STUDENTS[0]: wrong})], actor=BY)
    path = write_dossier(folder, STUDENTS[0], ("html",))[0]
    context = browser.new_context(bypass_csp=True, color_scheme=scheme)
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == []
    context.close()


@pytest.mark.parametrize(
    ("how", "said"),
    [("full", "full points for all who sat it."), ("removed", "it does not count, and the paper is worth less.")],
)
def test_a_void_answer_is_told(quizgen, make_small, tmp_path, how, said):
    folder = tmp_path / "exam"
    make_small(folder, n=len(STUDENTS), students=STUDENTS)
    wrong = {"ada-aardvark": {"Q1.plus": "1"}}
    grade_files(folder, [sheet(tmp_path / "s.csv", read_exam(folder), **wrong)], forms=(), report=False)
    assert quizgen("amend", "Q1", "--void", how, "--answer", "plus", "--reason", "smudged").code == 0
    assert quizgen("regrade", "--apply").code == 0
    told = words_of_page(folder, "ada-aardvark", tmp_path)
    assert said in told
    assert "A person decided" not in told


def test_what_does_not_count_is_neither_in_points_nor_in_the_grade(made, tmp_path):
    folder, exam = made
    text = (folder / "grader.yaml").read_text(encoding="utf-8")
    (tmp_path / "bounds.yaml").write_text(text + "\nboundaries: {A: 90%, B: 50%}\n", encoding="utf-8")
    wrong = {STUDENTS[0]: {"Q1.double": "5", "Q1.plus": "6"}}
    grade_files(folder, [sheet(tmp_path / "room.csv", exam, **wrong)], open_grader(str(tmp_path / "bounds.yaml")))
    assert "4 of 7 points" in words_of_page(folder, STUDENTS[0], tmp_path)
    amend(folder, Request("Q1", "not taught", void="removed"), BY)
    regrade(folder, {}, write=True, actor=BY)
    text = words_of_page(folder, STUDENTS[0], tmp_path)
    assert "4 of 4 points" in text
    assert "Q1 Tiny 0 0" in text
    assert "it does not count, and the paper is worth less" in text
    assert "Worth nothing: it does not count" in text
    assert "Grade: A" in text


def test_a_question_is_shown_as_it_was_printed_whatever_was_corrected_since(made, tmp_path):
    folder, exam = made
    near = str(float(right(exam, 1)["Q1.double"]) + 1)
    grade_files(folder, [sheet(tmp_path / "room.csv", exam, **{STUDENTS[0]: {"Q1.double": near}})], actor=BY)
    amend(folder, Request("Q1", "one off is fine", within={"double": "1"}, anyway=True), BY)
    regrade(folder, {}, write=True, actor=BY)
    text = words_of_page(folder, STUDENTS[0], tmp_path)
    assert "Asked a whole number Typed" in text
    assert f"Right answer {float(right(exam, 1)['Q1.double']):g} within 1" in text
    assert "whole number, within 1" not in text


def test_gradings_that_another_took_the_place_of_stand_in_the_log(made, tmp_path):
    """The same file graded again after an assignment is kept as another run; what it said before is told, too."""
    folder, exam = made
    room = sheet(tmp_path / "room.csv", exam)
    grade_files(folder, [room], actor=BY)
    assign(folder, write_tag(exam.code, 2), STUDENTS[0], reason="changed seats", actor=BY)
    grade_files(folder, [room], actor=BY)
    case = open_case(folder, STUDENTS[0])
    assert [one.what for one in history_of(case).logged] == ["grade", "assign", "grade"]
    assert "changed seats" in words_of_page(folder, STUDENTS[0], tmp_path)
