"""Pages to answer in: what they betray, what they say to whom, and how they behave in a real browser."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from accessibility import violations

from quizgen.booklets import bind
from quizgen.booklets.forms import forms_of
from quizgen.booklets.markdown import as_markdown
from quizgen.booklets.page import SAID, as_page
from quizgen.booklets.sheet import key_table
from quizgen.booklets.shell import data_block, own_file, script_words
from quizgen.desk import grade_files
from quizgen.exam.additions import read_exam
from quizgen.render.words import languages, words_of
from quizgen.submissions.savedfile import check_of, read_saved

STUDENTS = {"ann": "Ann <b>B</b> & Co", "zoë": "Zoë </script><script>alert(1)</script>", "c": "]] $x$"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The exam with all kinds of problems, for three students with names of all sorts."""
    from quizgen.bank.folders import open_bank, open_grader
    from quizgen.exam.roster import Student
    from quizgen.making import make_exam

    bank = open_bank("cnn")
    roster = [Student(student, {"name": name}) for student, name in STUDENTS.items()]
    place = tmp_path_factory.mktemp("pages") / "exam"
    blueprint = bank.blueprint("exam")
    make_exam(bank, blueprint, open_grader("standard"), 3, out=place, seed="a seed nobody tells", roster=roster)
    for booklet in bind(read_exam(place)):
        (place / "booklets" / f"{booklet.number:03d}.html").write_text(as_page(booklet), encoding="utf-8", newline="\n")
    return place


@pytest.fixture(scope="module")
def exam(folder):
    return read_exam(folder)


@pytest.fixture(scope="module")
def booklets(exam):
    return list(bind(exam, solutions=True))


class Elements(HTMLParser):
    """The elements of a page with their attributes, and its words outside script and style."""

    def __init__(self, text):
        super().__init__()
        self.found, self.words, self.silent = [], [], False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self.silent = tag in ("script", "style")

    def handle_endtag(self, tag):
        self.silent = self.silent and tag not in ("script", "style")

    def handle_data(self, data):
        if not self.silent:
            self.words.append(data)


def boxes_of(page):
    return [(tag, given) for tag, given in Elements(page).found if "data-box" in given]


# ---- what it betrays ---------------------------------------------------------------------------------------------


def test_a_page_knows_no_answer(booklets):
    for booklet in booklets:
        sections = tuple(replace(section, right=(), solution=None) for section in booklet.sections)
        assert as_page(booklet) == as_page(replace(booklet, sections=sections))


def test_nothing_that_is_expected_stands_in_a_page_but_what_the_question_prints(booklets):
    looked_for = 0
    for booklet in booklets:
        page, told = re.sub(r"(?s)<(script|style)>.*?</\1>", "", as_page(booklet)), as_markdown(booklet)
        for section in booklet.sections:
            for right in section.right:
                for number in re.findall(r"-?\d[\d.]{3,}", right.text):
                    if number not in told:
                        looked_for += 1
                        assert number not in page, (right.name, number)
    assert looked_for > 50


def test_every_student_has_the_same_boxes(booklets):
    first, *others = (boxes_of(as_page(booklet)) for booklet in booklets)
    assert len(first) > 100
    assert {tag for tag, _ in first} == {"input", "select", "textarea"}
    for boxes in others:
        assert boxes == first
    assert not any({"value", "maxlength", "size", "pattern", "placeholder"} & given.keys() for _, given in first)


def test_the_boxes_are_the_columns_of_a_sheet(folder, exam, booklets):
    names = {given["name"] for _, given in boxes_of(as_page(booklets[0]))}
    headings = next(csv.reader(io.StringIO(key_table(exam))))
    assert names == set(headings[3:])


def test_a_page_holds_nothing_of_others_and_no_seed(booklets):
    for booklet in booklets:
        page = as_page(booklet)
        others = {student for student in STUDENTS if len(student) > 1} - {booklet.cover.student}
        tags = {other.tag for other in booklets} - {booklet.tag}
        assert not any(text in page for text in {"a seed nobody tells", *tags, *(f">{o}" for o in others)})
        assert page.count(f'data-student="{booklet.cover.student}"') == 1


def test_texts_of_strangers_are_shown_and_do_nothing(booklets):
    for booklet in booklets:
        hostile = replace(booklet.cover, title="<img src=x onerror=alert(1)> & \u202e", aids=("</ul><script>",))
        page = as_page(replace(booklet, cover=hostile))
        found = Elements(page)
        scripts = [given for tag, given in found.found if tag == "script"]
        assert [given.get("type") for given in scripts] == ["application/json", None]
        assert "img" not in {tag for tag, _ in found.found}
        words = "".join(found.words)
        assert STUDENTS[booklet.cover.student] in words
        assert "<img src=x onerror=alert(1)> & \u202e" in words


def test_data_in_a_page_cannot_end_its_element():
    text = "</script><!--<script>&\u2028"
    block = data_block("words", {"a": text})
    assert block.count("<") == 2
    assert json.loads(re.search(">(.*)<", block)[1]) == {"a": text}


def test_every_box_has_a_name_and_says_what_is_asked(booklets):
    found = Elements(as_page(booklets[0]))
    ids = [given["id"] for _, given in found.found if "id" in given]
    assert len(ids) == len(set(ids))
    labels = {given["for"] for tag, given in found.found if tag == "label"}
    for tag, given in boxes_of(as_page(booklets[0])):
        if "aria-label" in given:
            assert re.fullmatch(r"Q\d+\.\w+, (row \d+, column \d+|entry \d+)", given["aria-label"])
        else:
            assert given["id"] in labels
            assert given["aria-describedby"] in ids
        assert tag != "input" or given["inputmode"] == "text"


@pytest.mark.parametrize("language", languages())
def test_a_page_speaks_the_language_of_its_booklet(exam, language):
    (booklet,) = bind(exam, [1], language=language)
    page = as_page(booklet)
    words = words_of(language)
    assert f'<html lang="{language}">' in page
    told = "".join(Elements(page).words)
    for key in ("page-save", "page-clear-text", "page-before", "page-boxes"):
        assert words.say(key) in told
    said = json.loads(re.search('id="words">(.*?)</script>', page)[1])
    assert said["counter"] == words.texts["script-counter"]
    assert boxes_of(page) == boxes_of(as_page(booklet))


@pytest.mark.parametrize(("scripts", "known"), [(("page.js", "saving.js"), SAID), (("page.js",), ())])
def test_a_script_says_what_its_page_tells_it(scripts, known):
    code = "".join(own_file(name) for name in scripts)
    calls = [
        line.partition(" say(")[2] or line.partition("(say(")[2] for line in code.splitlines() if "/**" not in line
    ]
    said = {name for call in calls for name in re.findall(r'"([a-z-]+)"', call)}
    assert said == script_words(words_of("en"), known).keys()


def test_large_print_is_large(exam):
    (booklet,) = bind(exam, [1])
    large = as_page(replace(booklet, wishes=replace(booklet.wishes, large=True)))
    assert '<html lang="en" class="large">' in large
    assert 'class="large"' not in as_page(booklet)


def test_pages_are_a_form_of_booklets():
    (form,) = forms_of("html").texts
    assert form.booklet is as_page


# ---- in a browser --------------------------------------------------------------------------------------------------

LOOKS = [("light", 1100), ("dark", 1100), ("light", 390), ("dark", 390)]


@pytest.fixture
def opened(browser, folder, tmp_path):
    """Open a student's page; whatever it says to the console or asks the network for fails the test."""
    said, contexts = [], []

    def open_page(number=1, context=None, scheme="light", width=1100, init="", **more):
        if context is None:
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True, **more
            )
            contexts.append(context)
        if init:
            context.add_init_script(init)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        address = (folder / "booklets" / f"{number:03d}.html").resolve().as_uri()
        page.on("request", lambda request: request.url.startswith((address, "blob:")) or said.append(request.url))
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []


def right_of(exam, number):
    """Column -> what is typed for full marks on a paper."""
    row = list(csv.DictReader(io.StringIO(key_table(exam))))[number - 1]
    right = {name: text.removeprefix("'") for name, text in row.items() if name.startswith("Q") and text}
    return {name: text.partition(" or ")[0] for name, text in right.items()}  # of several right places one


def type_all(page, texts):
    """Type texts into the boxes of their columns."""
    for name, text in texts.items():
        box = page.locator(f'[name="{name}"]')
        if box.evaluate("box => box.tagName") == "SELECT":
            box.select_option(text)
        else:
            box.fill(text)


def saved_by(page, tmp_path):
    with page.expect_download() as download:
        page.get_by_role("button", name="Save answers").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_filled_page_is_saved_and_earns_full_marks(opened, folder, exam, booklets, tmp_path):
    files = []
    for number in (1, 2, 3):
        page = opened(number)
        type_all(page, right_of(exam, number))
        assert page.locator("#counter").inner_text() == "{0} of {0} answered".format(len(booklets[0].fields))
        files.append(saved_by(page, tmp_path))
        assert re.fullmatch(rf"Saved as {files[-1].name} at .+\. Hand in this file\.", notice(page))
    assert [file.name for file in files] == [f"{booklet.tag}.json" for booklet in booklets]
    desk = grade_files(folder, files, report=False)
    assert desk.rejects == []
    grades = pd.read_csv(folder / "results" / "grades.csv")
    assert grades["points"].tolist() == [float(exam.total)] * 3
    assert grades["student"].tolist() == list(STUDENTS)


def notice(page):
    return page.locator("#notice").inner_text()


def test_a_page_and_quizgen_count_the_same_check(opened, tmp_path):
    page = opened(2, locale="en-GB", timezone_id="Asia/Kathmandu")
    odd = 'é "q" \\ </script> \u2028 😀 \x7f\t1,5'
    type_all(page, {"Q1.conv1": odd, "Q12.in_W1": "two\nlines"})
    page.locator('[name="Q1.conv2"]').evaluate("box => { box.value = 'half \\ud800 sign' }")
    text = saved_by(page, tmp_path).read_text(encoding="utf-8")
    found = read_saved(text)
    assert found.reason == ""
    assert (found.answers["Q1.conv1"], found.answers["Q12.in_W1"]) == (odd, "two\nlines")
    assert found.answers["Q1.conv2"] == "half \ufffd sign"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+05:45", found.saved)
    data = json.loads(text)
    assert data["check"] == check_of(data["exam"], data["tag"], "zoë", data["saved"], data["answers"])


def test_a_crash_loses_nothing(opened):
    page = opened()
    page.locator('[name="Q1.conv1"]').fill("41")
    page.locator('[name="Q6.conv[2,3]"]').fill("-1/2")
    page.locator('[name="Q4.which"]').select_option("C")
    page.reload()
    assert page.locator('[name="Q1.conv1"]').input_value() == "41"
    assert page.locator('[name="Q6.conv[2,3]"]').input_value() == "-1/2"
    assert page.locator('[name="Q4.which"]').input_value() == "C"
    assert re.fullmatch(r"Your answers of .+ were put back\.", notice(page))
    assert page.locator("#counter").inner_text().startswith("3 of ")
    other = opened(2, context=page.context)  # another paper in the same browser
    assert other.locator('[name="Q1.conv1"]').input_value() == ""


def test_two_tabs_of_a_page_hold_the_same(opened):
    page = opened()
    other = opened(context=page.context)
    page.locator('[name="Q1.conv1"]').fill("41")
    other.wait_for_function("document.querySelector('[name=\"Q1.conv1\"]').value === '41'")
    other.locator('[name="Q1.conv2"]').fill("42")
    page.wait_for_function("document.querySelector('[name=\"Q1.conv2\"]').value === '42'")
    assert page.locator('[name="Q1.conv1"]').input_value() == "41"


def test_clearing_asks_first_and_leaves_nothing(opened, tmp_path):
    page = opened()
    page.locator('[name="Q1.conv1"]').fill("41")
    page.get_by_role("button", name="Handed in: clear").click()
    assert page.get_by_role("dialog").is_visible()
    assert page.locator("#clear-unsaved").is_visible()
    page.keyboard.press("Escape")
    assert page.locator('[name="Q1.conv1"]').input_value() == "41"
    saved_by(page, tmp_path)
    page.get_by_role("button", name="Handed in: clear").click()
    assert not page.locator("#clear-unsaved").is_visible()
    page.get_by_role("button", name="Clear them").click()
    assert page.locator('[name="Q1.conv1"]').input_value() == ""
    assert page.evaluate("localStorage.length") == 0
    page.reload()
    assert page.locator('[name="Q1.conv1"]').input_value() == ""
    assert notice(page) == ""


def test_clearing_leaves_no_name_in_another_tab(opened, folder, booklets):
    nameless = replace(booklets[0], cover=replace(booklets[0].cover, student="", name=""))
    (folder / "booklets" / "900.html").write_text(as_page(nameless), encoding="utf-8", newline="\n")
    page = opened(900)
    page.locator("#student").fill("Ada Lovelace")
    page.locator('[name="Q1.conv1"]').fill("41")
    other = opened(900, context=page.context)
    assert other.locator("#student").input_value() == "Ada Lovelace"
    page.get_by_role("button", name="Handed in: clear").click()
    page.get_by_role("button", name="Clear them").click()
    other.wait_for_function("document.querySelector('[name=\"Q1.conv1\"]').value === ''")
    assert other.locator("#student").input_value() == ""
    assert other.locator("#counter").inner_text().startswith("0 of ")


def test_leaving_with_unsaved_answers_warns(opened, tmp_path):
    page = opened()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.locator('[name="Q1.conv1"]').press_sequentially("41")
    page.reload()
    assert asked == ["beforeunload"]
    page.locator('[name="Q1.conv1"]').press_sequentially("0")
    saved_by(page, tmp_path)
    page.reload()
    assert asked == ["beforeunload"]


def test_without_storage_a_page_still_saves(opened, tmp_path):
    denied = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('denied') }})"
    page = opened(init=denied)
    page.locator('[name="Q1.conv1"]').fill("41")
    assert notice(page).startswith("This browser keeps nothing")
    assert read_saved(saved_by(page, tmp_path).read_text(encoding="utf-8")).answers["Q1.conv1"] == "41"


def test_damaged_storage_stops_nothing(opened, booklets):
    key = f"quizgen/{booklets[0].exam}/{booklets[0].tag}"
    for kept in ("{", "null", '{"answers": 7}', '{"answers": {"Q1.conv1": {}, "Q9.x": "1"}, "time": "x"}'):
        page = opened(init=f"localStorage.setItem({json.dumps(key)}, {json.dumps(kept)})")
        assert page.locator("#counter").inner_text().startswith("0 of ")


def test_without_scripts_a_page_can_be_read(opened):
    page = opened(java_script_enabled=False)
    assert page.get_by_text("scripts are switched off").is_visible()
    assert not page.locator("#bar").is_visible()
    assert page.get_by_role("heading", name="Q13").is_visible()


def focused(page):
    return page.evaluate("document.activeElement.name || document.activeElement.id || document.activeElement.className")


def test_a_page_is_used_with_the_keyboard_alone(opened, tmp_path):
    page = opened()
    page.keyboard.press("Tab")
    assert focused(page) == "skip"
    page.keyboard.press("Enter")
    assert focused(page) == "questions"
    page.keyboard.press("Tab")
    assert focused(page) == "Q1.conv1"
    page.keyboard.type("41")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert focused(page) == "Q1.pool"
    page.locator('[name="Q6.conv[1,1]"]').focus()
    for key, at in [("ArrowRight", "1,2"), ("ArrowDown", "2,2"), ("ArrowLeft", "2,1"), ("ArrowUp", "1,1")]:
        page.keyboard.press(key)
        assert focused(page) == f"Q6.conv[{at}]"
    page.keyboard.press("ArrowUp")
    assert focused(page) == "Q6.conv[1,1]"
    page.keyboard.type("-12")
    for _ in range(3):  # an arrow moves within the text first
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    assert focused(page) == "Q6.conv[1,1]"
    page.keyboard.press("Enter")
    assert focused(page) == "Q6.conv[1,2]"
    page.locator('[name="Q12.in_W1"]').focus()
    page.keyboard.type("a")
    page.keyboard.press("Enter")  # a new line, where there are lines
    assert page.locator('[name="Q12.in_W1"]').input_value() == "a\n"
    page.locator('[name^="Q13."]').last.focus()
    page.keyboard.press("Tab")
    assert focused(page) == "clear"
    page.keyboard.press("Tab")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert read_saved(Path(download.value.path()).read_text(encoding="utf-8")).answers["Q6.conv[1,1]"] == "-12"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Enter")  # what is focused first keeps the answers
    assert page.locator('[name="Q1.conv1"]').input_value() == "41"


PASTED = {  # what is pasted into the box in row 1, column 1 of four by four, and what stands in the first rows then
    "a spreadsheet": ("1\t2\r\n3\t-4\r\n", [["1", "2", "", ""], ["3", "-4", "", ""]]),
    "gaps": ("1\t\t3\n", [["1", "", "3", ""]]),
    "decimal commas": ("1,5\t2\n", [["1,5", "2", "", ""]]),
    "semicolons": ("1 2; 3 4", [["1", "2", "", ""], ["3", "4", "", ""]]),
    "commas between": ("1, 2; 3, 4", [["1", "2", "", ""], ["3", "4", "", ""]]),
    "brackets": ("[[1,2],[3,-4]]", [["1", "2", "", ""], ["3", "-4", "", ""]]),
    "numpy": ("[[ 1.  2.]\n [ 3. -4.]]", [["1.", "2.", "", ""], ["3.", "-4.", "", ""]]),
    "lines": ("1 2\n3 4\n", [["1", "2", "", ""], ["3", "4", "", ""]]),
    "as wide as the grid": ("1,2,3,4\n5,6,7,8", [["1", "2", "3", "4"], ["5", "6", "7", "8"]]),
    "one number": ("1,5", [["1,5", "", "", ""]]),
    "one fraction": ("-1/2", [["-1/2", "", "", ""]]),
    "a word in brackets": ("[]", [["[]", "", "", ""]]),
}
PASTE = """(box, text) => { const data = new DataTransfer(); data.setData('text/plain', text);
    box.focus(); const event = new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true});
    if (box.dispatchEvent(event)) box.value = text; }"""


def grid_of(page, answer):
    texts = page.locator(f'[data-box="{answer}"]').evaluate_all("boxes => boxes.map(box => box.value)")
    return [texts[i : i + 4] for i in range(0, len(texts), 4)]


def test_a_pasted_matrix_fills_the_grid(opened):
    page = opened()
    for case, (text, rows) in PASTED.items():
        page.locator('[data-box="Q6.conv"]').evaluate_all("boxes => boxes.forEach(box => { box.value = '' })")
        page.locator('[name="Q6.conv[1,1]"]').evaluate(PASTE, text)
        blank = [["", "", "", ""]] * (4 - len(rows))
        assert grid_of(page, "Q6.conv") == rows + blank, case


def test_what_does_not_fit_is_told_and_kept_in_the_grid(opened):
    page = opened()
    page.locator('[name="Q6.conv[4,4]"]').evaluate(PASTE, "1 2 3 4; 5 6 7 8; 9 10 11 12; 13 14 15 16")
    assert grid_of(page, "Q6.conv") == [[str(4 * i + j) for j in range(1, 5)] for i in range(4)]
    assert notice(page) == "4 × 4 numbers were pasted."
    page.locator('[name="Q6.conv[4,3]"]').evaluate(PASTE, "a b c d e")
    assert grid_of(page, "Q6.conv")[3] == ["13", "14", "a", "b"]
    assert notice(page) == "1 × 5 numbers were pasted into 4 × 4 boxes: not all of them fit."
    page.locator('[name="Q8.z[1]"]').evaluate(PASTE, "1\n2\n3")
    assert page.locator('[data-box="Q8.z"]').evaluate_all("boxes => boxes.map(box => box.value)") == ["1", "2", "3"]
    page.reload()
    assert grid_of(page, "Q6.conv")[3] == ["13", "14", "a", "b"]


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_a_page_fits_and_is_easy_to_hit(opened, tmp_path, scheme, width):
    page = opened(scheme=scheme, width=width)
    page.screenshot(path=tmp_path / "page.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate("""[...document.querySelectorAll('input, select, textarea, button')]
        .filter(box => box.getClientRects().length)
        .filter(box => Math.min(box.getBoundingClientRect().width, box.getBoundingClientRect().height) < 24)
        .map(box => box.name || box.id)""")
    assert small == []


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_axe_finds_nothing_against_the_guidelines(opened, scheme, width):
    page = opened(scheme=scheme, width=width)
    page.locator('[name="Q1.conv1"]').fill("41")
    assert violations(page) == []
    page.get_by_role("button", name="Handed in: clear").click()
    assert violations(page) == []


def test_axe_would_find_something(opened):
    page = opened()
    page.evaluate("""document.querySelector('label').remove();
        document.querySelector('.about').style.color = '#bbbbbb';""")
    assert {name for name, _ in violations(page)} >= {"label", "color-contrast"}


def test_a_page_prints_as_a_paper_booklet(opened, tmp_path):
    if not shutil.which("pdftotext"):
        assert not os.environ.get("QUIZGEN_BROWSER"), "poppler-utils are missing"
        pytest.skip("a printed page is read back with pdftotext (poppler-utils)")
    page = opened()
    page.locator('[name="Q1.conv1"]').fill("4141")
    page.emulate_media(media="print")
    assert not page.locator("#bar").is_visible()
    page.pdf(path=tmp_path / "page.pdf", format="A4", prefer_css_page_size=True)
    text = subprocess.run(["pdftotext", tmp_path / "page.pdf", "-"], capture_output=True, check=True).stdout.decode()
    assert "4141" in text
    assert "Save answers" not in text
    assert [f"Q{i} ·" for i in range(1, 14)] == re.findall(r"Q\d+ ·", text)
