"""report.html and the lists of staff: what they say, what they must not say, and how they look in a browser."""

from __future__ import annotations

import importlib.util
import re
import shutil
import stat
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizgen.desk import grade_files
from quizgen.exam.additions import read_exam
from quizgen.report.disclosure import SMALLEST, pooled, shown, told
from quizgen.report.findings import find
from quizgen.report.gathered import Gathered
from quizgen.report.page import bar_of, cells_of, least_of, report_page, score_bins
from quizgen.report.publishing import NO_CHARTS
from quizgen.simulate import simulated_sheet

FRONT = {
    "area": """
        title: Area <of> a & b
        draw: {size: "choice(2, 3)", side: "integers(10, 99, shape=(size,))"}
        steps: {double: 2 * side, top: max(double)}
        answers: {double: {points: 4}, top: {points: 2}}
        mistakes:
          tripled: {double: 3 * side, says: Two times <b>not</b> three.}
          least: {top: min(double), says: The largest.}
        """,
    "sum": """
        draw: {a: "integers(100, 999)"}
        steps: {plus: a + 7}
        answers: {plus: {points: 4}}
        mistakes:
          minus: {plus: a - 7, says: Add it.}
        """,
}
STUDENTS = 120


@pytest.fixture(scope="module")
def graded(bank_in, tmp_path_factory):
    """An exam of 120 students with names that must not be shown, its folder, and what grading said."""
    from quizgen.bank.folders import Bank, open_grader
    from quizgen.exam.roster import Student
    from quizgen.making import make_exam

    folder = tmp_path_factory.mktemp("report")
    bank = Bank("two", bank_in(folder / "two", FRONT))
    roster = [Student(f"zq{i:03}", {"name": f"Nemo{i:03}"}) for i in range(STUDENTS)]
    grader, out = open_grader("standard"), folder / "exam"
    make_exam(bank, bank.blueprint(), grader, STUDENTS, out=out, seed="report", roster=roster)
    write_sheet(folder / "exam", folder / "sheet.csv")
    return folder / "exam", grade_files(folder / "exam", [folder / "sheet.csv"], forms=())


def write_sheet(exam, path, seed=3):
    """A sheet of invented students who pass for real ones."""
    frame = pd.read_csv(pd.io.common.StringIO(simulated_sheet(read_exam(exam), seed)), dtype=str)
    frame.drop(columns="simulated").to_csv(path, index=False)


@pytest.fixture(scope="module")
def page(graded):
    return (graded[0] / "results" / "report.html").read_text(encoding="utf-8")


class Reader(HTMLParser):
    """Tags, their attributes and the words of a page; fails where a tag is not closed."""

    VOID = frozenset({"meta", "link", "br", "path", "use"})

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.words = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)


# ---- what it says ------------------------------------------------------------------------------------------------


def test_the_page_is_whole_and_asks_nobody(page):
    read = Reader(page)
    assert read.open == []
    assert page.startswith("<!DOCTYPE html>")
    assert not {"script", "img", "iframe", "object", "a", "form"} & {tag for tag, _ in read.tags}
    links = [value for _, given in read.tags for name, value in given.items() if name in ("src", "href", "xlink:href")]
    assert all(link.startswith("#") or link == "data:," for link in links)
    assert "url(" not in page.replace("url(#", "")
    assert "@import" not in page


def test_every_chart_has_words_for_those_who_do_not_see_it(page):
    charts = re.findall(r'<svg class="chart" role="img" aria-labelledby="(\S+) (\S+)"', page)
    assert [title for title, _ in charts] == ["scores-title", "items-title", "outcomes-title", "variants-title"]
    for title, alt in charts:
        assert re.search(rf'<title id="{title}">[^<]+</title>', page)
        assert len(re.search(rf'<desc id="{alt}">([^<]+)</desc>', page)[1]) > 30


def test_no_id_stands_twice_on_the_page(page):
    ids = [given["id"] for _, given in Reader(page).tags if "id" in given]
    assert len(ids) > 100
    assert len(ids) == len(set(ids))


def test_texts_of_problems_are_escaped(page):
    assert "Area &lt;of&gt; a &amp; b" in page
    assert "Two times &lt;b&gt;not&lt;/b&gt; three." in page
    assert "<b>not</b>" not in page


def test_the_figures_are_those_of_the_gradebook(graded, page):
    exam, desk = graded
    grades = pd.read_csv(exam / "results" / "grades.csv")
    points = grades["points"].dropna()
    assert len(points) == desk.summary.tally.students
    assert f"<dd>{len(points)}</dd>" in page
    assert f"<dd>{points.mean():.1f} " in page
    assert f"<dd>{points.std():.1f}</dd>" in page
    both = grades[["Q1", "Q2"]].dropna()
    alpha = 2 * (1 - both.var().sum() / both.sum(axis=1).var())
    assert f"<dd>{alpha:.2f}</dd>".replace("-", "−") in page
    items = pd.read_csv(exam / "results" / "staff" / "items.csv")
    assert items["facility"].tolist() == pytest.approx([both["Q1"].mean() / 6, both["Q2"].mean() / 4], abs=1e-4)
    assert items["discrimination"].tolist() == pytest.approx([both.corr().iloc[0, 1]] * 2, abs=1e-4)


def test_mistakes_are_counted_by_students(graded, page):
    exam, _ = graded
    marks = pd.read_csv(exam / "results" / "marks.csv")
    made = marks[marks["outcome"] == "mistake"].groupby("note")["student"].nunique()
    assert made.max() >= SMALLEST
    listed = pd.read_csv(exam / "results" / "staff" / "mistakes.csv").drop_duplicates("note")
    assert dict(zip(listed["note"], listed["students in all"], strict=True)) == made.to_dict()
    assert f'<span class="count">{made.max()}</span>' in page


def test_structures_are_compared_where_variants_have_too_few_answers(graded, page):
    exam, _ = graded
    variants = pd.read_csv(exam / "results" / "staff" / "variants.csv")
    assert variants["group"].tolist() == ["size 2", "size 3"]
    assert set(variants["by"]) == {"structure"}
    marks = pd.read_csv(exam / "results" / "marks.csv").query("question == 'Q1'")
    share = marks.groupby("student")["points"].sum() / 6
    sizes = marks.query("answer == 'double'").set_index("student")["expected"].str.count(" ") + 1
    for row in variants.itertuples():
        own = share[sizes[sizes == int(row.group[-1])].index]
        assert (row.students, row.facility) == (len(own), pytest.approx(own.mean(), abs=1e-4))
    assert "fewer than 10 answers on average" in page
    assert "Nothing can be told about Q2" in page


def test_a_harder_structure_is_told_with_those_who_had_it(graded, tmp_path):
    """Whoever drew three numbers gets the question wrong."""
    exam = shutil.copytree(graded[0], tmp_path / "exam", symlinks=True)
    write_sheet(exam, tmp_path / "hard.csv")
    frame = pd.read_csv(tmp_path / "hard.csv", dtype=str)
    three = read_exam(exam).questions[0].params["size"].cells == 3  # row i of the sheet has paper i
    frame.loc[three, [c for c in frame.columns if c.startswith("Q1.")]] = "1"
    frame.to_csv(tmp_path / "hard.csv", index=False)
    grade_files(exam, [tmp_path / "hard.csv"], replace=True, forms=())
    page = (exam / "results" / "report.html").read_text(encoding="utf-8")
    assert re.search(
        r"Harder than chance allows:</span> Q1, <b>size 3</b> \(\d+% of the points, all others \d+%\)", page
    )
    harder = pd.read_csv(exam / "results" / "staff" / "harder.csv")
    marked = set(pd.read_csv(exam / "results" / "marks.csv")["student"])
    assert set(harder["student"]) == set(frame["student"][three]) & marked
    assert set(harder["group"]) == {"size 3"}


def test_the_same_marks_give_the_same_bytes(graded, page, tmp_path):
    exam = shutil.copytree(graded[0], tmp_path / "exam", symlinks=True)
    grade_files(exam, [graded[0].parent / "sheet.csv"], forms=())
    again = exam / "results"
    assert (again / "report.html").read_text(encoding="utf-8") == page
    for name in ("items", "mistakes", "variants", "harder"):
        file = f"staff/{name}.csv"
        assert (again / file).read_bytes() == (graded[0] / "results" / file).read_bytes()


def test_blocks_make_no_difference(graded, monkeypatch):
    exam = read_exam(graded[0])
    whole = graded_in_blocks(exam, graded[0], 10_000, monkeypatch)
    parts = graded_in_blocks(exam, graded[0], 7, monkeypatch)
    assert report_page(find(exam, whole, 3), exam.grader) == report_page(find(exam, parts, 3), exam.grader)
    assert whole.points.dtype == np.float32
    assert whole.outcomes.dtype == np.int8


def graded_in_blocks(exam, folder, size, monkeypatch, students=STUDENTS):
    """What is gathered of the first students of an exam that was graded before."""
    import quizgen.grading as grading
    from quizgen.ledger import latest, read_runs, standing

    monkeypatch.setattr(grading, "BLOCK", size)
    handins = latest([read_runs(exam, folder, standing(folder).runs)])
    gathered = Gathered(exam.grader)
    for block in grading.grade(exam, exam.grader, handins.take(np.arange(min(students, handins.n)))):
        gathered.add(block)
    return gathered


def test_many_answers_per_variant_are_compared_by_variant(graded, monkeypatch):
    exam = read_exam(graded[0])
    gathered = graded_in_blocks(exam, graded[0], 10_000, monkeypatch)
    gathered.papers[:] = 1 + np.arange(gathered.n) % 4  # as if four papers had been handed out to all
    findings = find(exam, gathered, 0)
    assert [one.by for one in findings.compared] == ["variant", "variant"]
    assert findings.compared[0].groups.labels.tolist() == [f"variant {i:03}" for i in range(1, 5)]
    assert "Q2 by variant" in report_page(findings, exam.grader)


# ---- what it must not say ----------------------------------------------------------------------------------------


def test_nobody_is_named(graded, page):
    exam, _ = graded
    assert not re.search(r"zq\d|Nemo", page)
    for question, _ in read_exam(exam).fields():
        assert not re.search(rf"{read_exam(exam).code}-{question.name}-\d", page)
    staff = exam / "results" / "staff"
    assert stat.S_IMODE(staff.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in staff.iterdir()} == {0o600}


def test_every_count_of_the_page_is_large_enough(page):
    """Tables, charts and lists: no number of students or answers from 1 to 4."""
    bins = re.search(r'<desc id="scores-desc">(.*?)</desc>', page)[1]
    bars = re.search(r'<desc id="outcomes-desc">(.*?)</desc>', page)[1]
    told_counts = [int(n) for n in re.findall(r"(\d+) from", bins)]
    assert sum(told_counts) == int(re.search(r"Scores of (\d+) students", bins)[1])
    told_counts += [
        int(n) for n in re.findall(r"(\d+) (?:correct|carried|mistake|partial|wrong|blank|unreadable)", bars)
    ]
    told_counts += [int(n) for n in re.findall(r'class="count">(\d+)<', page)]
    assert len(told_counts) > 10
    assert min(told_counts) >= SMALLEST


@pytest.mark.parametrize("students", [0, 1, 4])
def test_a_handful_of_students_get_no_figures(graded, monkeypatch, students):
    exam = read_exam(graded[0])
    page = report_page(find(exam, graded_in_blocks(exam, graded[0], 99, monkeypatch, students), 2), exam.grader)
    assert "Any figure would speak of single people" in page
    assert "svg" not in page
    assert not re.search(
        r"\d",
        re.sub(r"<style>.*?</style>|<p class=\"quiet\">.*?</p>|<meta.*?>|<h1>", "", page, flags=re.S)
        .replace("Fewer than 5", "")
        .replace("h1>", ""),
    )


@pytest.mark.parametrize("students", [5, 6, 9, 20])
def test_a_small_class_gets_a_page(graded, monkeypatch, students):
    exam = read_exam(graded[0])
    page = report_page(find(exam, graded_in_blocks(exam, graded[0], 99, monkeypatch, students), 2), exam.grader)
    assert Reader(page).open == []
    assert "every figure on this page is rough" in page
    assert "&lt; 5</dd>" in page  # two are absent
    assert ("quartiles" in page) == (students >= 20)


COUNTS = st.lists(st.one_of(st.integers(0, 6), st.integers(0, 60)), min_size=2, max_size=8)


def possible(counts, visible, total):
    """What each hidden count could be for somebody who sees the others and the sum, and knows the rule."""
    hidden = [i for i, seen in enumerate(visible) if not seen]
    left = total - sum(count for count, seen in zip(counts, visible, strict=True) if seen)
    least = dict.fromkeys(hidden, 0)
    most = {i: SMALLEST - 1 if counts[i] < SMALLEST else left for i in hidden}
    return {
        i: (
            max(least[i], left - sum(most[j] for j in hidden if j != i)),
            min(most[i], left - sum(least[j] for j in hidden if j != i)),
        )
        for i in hidden
    }


@given(COUNTS)
def test_small_counts_cannot_be_worked_out(counts):
    visible = shown(np.array(counts))
    assert not any(seen and count < SMALLEST for count, seen in zip(counts, visible, strict=True))
    for i, (low, high) in possible(counts, visible, sum(counts)).items():
        if counts[i] and any(counts[j] for j in range(len(counts)) if not visible[j] and j != i):
            assert low < high, (counts, visible.tolist())


@given(COUNTS)
def test_bars_are_full_and_say_no_more_than_cells(counts):
    counts = [*counts, 0, 0, 0, 0, 0, 0, 0, 0][:8]
    bar = bar_of(counts)
    assert sum(length for _, length in bar) == sum(counts)
    least = least_of(counts)
    assert all(bound <= count for bound, count in zip(least, counts, strict=True))
    for cell, count in zip(cells_of(counts), counts, strict=True):
        assert cell in (f"{count:,}", told(1), "not shown") or (cell.startswith("≥ ") and count >= SMALLEST)
        assert count >= SMALLEST or cell == told(1)


def test_one_odd_answer_is_hidden_behind_the_many():
    assert cells_of([49, 1, 0, 0, 0, 0, 0, 0])[:2] == ["≥ 46", "< 5"]
    assert cells_of([48, 2, 0, 0, 0, 0, 0, 0])[:2] == ["≥ 46", "< 5"]
    assert bar_of([49, 1, 0, 0, 0, 0, 0, 0]) == [("correct", 46), ("few", 4)]
    assert cells_of([50, 0, 0, 0, 0, 0, 0, 0])[:2] == ["50", "< 5"]


@given(st.lists(st.integers(0, 9), max_size=20))
def test_bins_are_joined_until_each_is_large_enough(counts):
    runs = pooled(counts)
    assert all(sum(counts[a:b]) >= SMALLEST for a, b in runs)
    assert [i for a, b in runs for i in range(a, b)] == (list(range(len(counts))) if sum(counts) >= SMALLEST else [])


@given(st.lists(st.integers(0, 360), min_size=5, max_size=80), st.sampled_from([0.5, 3, 7.25, 39, 90, 1000]))
def test_the_bins_of_scores_hold_everybody(quarters, total):
    edges, counts = score_bins(np.array(quarters, dtype=np.float32) / 360 * total, total)
    assert (edges[0], edges[-1]) == (0, total)
    assert sum(counts) == len(quarters)
    assert len(edges) == len(counts) + 1 <= 21
    assert (np.diff(edges) > 0).all()


# ---- without matplotlib ------------------------------------------------------------------------------------------


def test_grading_works_without_matplotlib(graded, tmp_path, monkeypatch):
    exam = shutil.copytree(graded[0], tmp_path / "exam", symlinks=True)
    real = importlib.util.find_spec
    monkeypatch.setattr(
        "quizgen.report.publishing.find_spec", lambda name: None if name == "matplotlib" else real(name)
    )
    desk = grade_files(exam, [graded[0].parent / "sheet.csv"], forms=())
    assert desk.notices == [NO_CHARTS]
    assert "pip install 'quizgen[report]'" in NO_CHARTS
    assert not (exam / "results" / "report.html").exists()
    assert (exam / "results" / "grades.csv").exists()
    assert (exam / "results" / "staff" / "items.csv").exists()


def test_no_report_if_none_is_wanted(graded, tmp_path):
    exam = shutil.copytree(graded[0], tmp_path / "exam", symlinks=True)
    desk = grade_files(exam, [graded[0].parent / "sheet.csv"], forms=(), report=False)
    assert desk.notices == []
    assert not (exam / "results" / "report.html").exists()


# ---- in a browser ------------------------------------------------------------------------------------------------

COLOURS = """[getComputedStyle(document.querySelector('svg.chart text')).fill,
    getComputedStyle(document.body).backgroundColor]"""
LOOKS = [("light", 1000), ("dark", 1000), ("light", 390), ("dark", 390)]


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_a_browser_shows_it(browser, graded, tmp_path, scheme, width):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    sheet = context.new_page()
    said, asked = [], []
    sheet.on("console", lambda message: said.append(message.text))
    sheet.on("pageerror", lambda error: said.append(str(error)))
    sheet.on("request", lambda request: asked.append(request.url))
    address = (graded[0] / "results" / "report.html").resolve().as_uri()
    sheet.goto(address)
    sheet.screenshot(path=tmp_path / "report.png", full_page=True)
    assert said == []
    assert asked == [address]
    assert sheet.evaluate("document.documentElement.scrollWidth") <= width
    boxes = sheet.evaluate("[...document.querySelectorAll('svg.chart')].map(s => s.getBoundingClientRect().toJSON())")
    assert len(boxes) == 4
    for box in boxes:
        assert box["width"] > min(width * 0.85, 500)
        assert box["height"] > 60
    letters = sheet.evaluate(
        "[...document.querySelectorAll('svg.chart text')].map(t => t.getBoundingClientRect().height)"
    )
    assert min(letters) > 8.5  # pixels; on a phone, too
    cut = sheet.evaluate("""[...document.querySelectorAll('svg.chart')].flatMap(s => [...s.querySelectorAll('text')]
        .filter(t => t.getBoundingClientRect().left < s.getBoundingClientRect().left - 1
                  || t.getBoundingClientRect().right > s.getBoundingClientRect().right + 1)
        .map(t => t.textContent))""")
    assert cut == []
    ink, paper = sheet.evaluate(COLOURS)
    assert contrast(ink, paper) > 10
    sheet.emulate_media(media="print")  # black on white, whatever the screen is like
    assert sheet.evaluate(COLOURS) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    context.close()


def contrast(first, second):
    """The ratio of two colours as the accessibility guidelines (WCAG 2) count it."""

    def light(colour):
        parts = [int(number) / 255 for number in re.findall(r"\d+", colour)[:3]]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted([light(first), light(second)])
    return (high + 0.05) / (low + 0.05)


def test_the_browser_tells_what_a_page_asks_for(browser, tmp_path):
    (tmp_path / "bad.html").write_text('<img src="http://localhost:9/x.png"><script>console.log("hi")</script>')
    sheet = browser.new_page()
    said, asked = [], []
    sheet.on("console", lambda message: said.append(message.text))
    sheet.on("request", lambda request: asked.append(request.url))
    sheet.goto((tmp_path / "bad.html").as_uri())
    assert "hi" in said
    assert "http://localhost:9/x.png" in asked
