"""The page to practise with: what is right is called right, a mistake by its name, and nothing is hidden."""

from __future__ import annotations

import json
import re

import pytest
from accessibility import violations
from hypothesis import given
from hypothesis import strategies as st

from quizgen.answers.numbers import read_number
from quizgen.bank.folders import open_bank, open_grader
from quizgen.errors import QuizgenError
from quizgen.practice import practice_page

SEED = 'public <"seed"> & </script>'
VARIANTS = 3


@pytest.fixture(scope="module")
def problems():
    return open_bank("cnn").problems()


@pytest.fixture(scope="module")
def text(problems):
    return practice_page(problems, open_grader("standard"), VARIANTS, SEED, title="Practice <b>")


@pytest.fixture(scope="module")
def checks(text):
    return json.loads(re.search('<script type="application/json" id="checks">(.*?)</script>', text)[1])


def test_it_says_that_the_answers_are_in_it(text):
    assert "all right answers are in it" in text
    assert "Practice &lt;b&gt;" in text
    assert "public &lt;&quot;seed&quot;&gt; &amp; &lt;/script&gt;" in text


def test_the_same_seed_gives_the_same_page(problems):
    one, other = (practice_page(problems[:1], open_grader("standard"), 2, "a") for _ in range(2))
    assert one == other
    assert one != practice_page(problems[:1], open_grader("standard"), 2, "b")


def test_a_page_has_a_limit(problems):
    with pytest.raises(QuizgenError) as error:
        practice_page(problems, open_grader("standard"), 201, "a")
    assert error.value.exit_code == 2


def test_every_answer_of_every_variant_is_checked(problems, checks):
    assert len(checks) == len(problems)
    kinds = set()
    for problem, variants in zip(problems, checks.values(), strict=True):
        assert len(variants) == VARIANTS
        for variant in variants:
            assert len(variant) == len(problem.answers)
            kinds |= {check["kind"] for check in variant.values()}
    assert kinds == {"cells", "choice", "place", "own"}


def test_every_mistake_is_known_where_it_begins(problems, checks):
    for problem, variants in zip(problems, checks.values(), strict=True):
        said = {mistake.says for mistake in problem.mistakes}
        for variant in variants:
            begins = {m["says"] for check in variant.values() for m in check["mistakes"] if not m["later"]}
            assert said <= begins, problem.name


def test_whoever_goes_on_with_rounded_figures_is_right(tiny):
    problem = tiny("""
        draw: {a: "integers(100, 999)"}
        steps: {root: a / 7, ten: 1000 * root}
        answers: {root: {points: 1, ask: 1 decimal}, ten: {points: 1, ask: 1 decimal}}
        mistakes: {times: {root: a * 7, says: Divide.}}
        """)
    page = practice_page([problem], open_grader("standard"), 5, "x")
    for variant in json.loads(re.search('id="checks">(.*?)</script>', page)[1])["Q1"]:
        root, ten = variant["Q1.root"], variant["Q1.ten"]
        written = round((root["low"][0] + root["high"][0]) / 2, 1)
        (also,) = ten["also"]
        assert also["low"][0] <= round(1000 * written, 1) <= also["high"][0]
        assert "also" not in root


# ---- in a browser --------------------------------------------------------------------------------------------------


@pytest.fixture
def page(browser, text, tmp_path):
    """The page; whatever it says to the console or asks the network for fails the test."""
    path = tmp_path / "practice.html"
    path.write_text(text, encoding="utf-8")
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    page, said, address = context.new_page(), [], path.as_uri()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: request.url.startswith(address) or said.append(request.url))
    page.goto(address)
    yield page
    context.close()
    assert said == []


JUDGED = """([name, number]) => {  // answer -> what is told for the right numbers, and for those of each mistake
    problem.value = name; variant.value = String(number); show();
    const middle = ({low, high}) => low.map((bound, i) => (bound + high[i]) / 2);
    const put = (field, check) => {
        const texts = check.kind === 'cells' ? middle(check).map(String)
            : check.kind === 'choice' ? [check.option] : [check.places[0].join(' ')];
        const boxes = [...field.querySelectorAll('[data-box]')];
        boxes.forEach((box) => { box.value = ''; });
        if (boxes.length === 1) { boxes[0].value = texts.join(' x '); return true; }
        const rows = rowsOf(field.querySelector('[data-columns]'));
        const [height, width] = sizes(check.shape);
        if (height > rows.length || width > rows[0].length) return false;  // more than there are boxes
        texts.forEach((text, i) => { rows[Math.floor(i / width)][i % width].value = text; });
        return true;
    };
    const told = {};
    for (const field of sheet.querySelectorAll('.field')) {
        const answer = field.querySelector('[data-box]').dataset.box, check = checkOf(answer);
        if (check.kind === 'own') continue;
        const mistakes = check.mistakes.filter((m) => m.kind !== 'place' || m.places.length);
        const said = mistakes.map((mistake) => put(field, mistake) && [mistake.says, judge(field, check)]);
        put(field, check);
        tell(field);
        told[answer] = {right: field.querySelector('.feedback').textContent, said: said.filter(Boolean)};
    }
    return [told, document.getElementById('counter').textContent];
}"""


def test_right_is_right_and_a_mistake_is_named(page, checks):
    named = 0
    for name, variants in checks.items():
        for number in range(1, len(variants) + 1):
            told, counter = page.evaluate(JUDGED, [name, number])
            checked = {a for a, check in variants[number - 1].items() if check["kind"] != "own"}
            assert told.keys() == checked
            assert {one["right"] for one in told.values()} <= {"✓ Right."}
            assert counter == f"{len(checked)} of {len(variants[0])} right"
            for answer, one in told.items():
                for says, judged in one["said"]:
                    assert judged["right"] is False, (answer, says)
                    assert judged["word"] in ("mistake", "follows"), (answer, says, judged)
                    named += judged["holes"]["says"] == says
    assert named > 300


NUMBERS = st.one_of(
    st.floats(-1e6, 1e6).map(repr),
    st.integers(-9999, 9999).map(str),
    st.tuples(st.integers(-99, 99), st.integers(1, 99)).map("{0[0]}/{0[1]}".format),
    st.tuples(st.floats(0.1, 9), st.integers(-9, 9)).map("{0[0]}*10^{0[1]}".format),
    st.text("0123456789.,-−+/e*^ x%", max_size=6),
    st.sampled_from(["", "1,5", "−3", "1/0", "1/2/3", "3 / 4", "½", "1e999", "0x10", "Infinity", "nan", "--1", "٣"]),
)


def test_numbers_are_read_as_in_marking(page):
    """What the page reads, marking reads as the same number, unless it doubts what a comma means."""
    seen = []

    @given(st.lists(NUMBERS, min_size=20, max_size=60))
    def compare(texts):
        for text, number in zip(texts, page.evaluate("texts => texts.map(readNumber)", texts), strict=True):
            if number is not None and "," not in text:
                careful = read_number(text.strip())
                assert isinstance(careful, str) or careful == pytest.approx(number, rel=1e-15), text
                seen.append(isinstance(careful, float))

    compare()
    assert sum(seen) > 0.9 * len(seen) > 1000
    assert page.evaluate("['1,5', '-3/4', '2·10^-3', '.5', ' − 7 '].map(readNumber)") == [1.5, -0.75, 0.002, 0.5, -7]
    assert page.evaluate("['', 'x', '1/0', '1/2/3', '1.2.3', 'Infinity'].map(readNumber)") == [None] * 6


def test_feedback_comes_at_once(page, checks):
    name = next(n for n, variants in checks.items() if any(c.get("shape") == [4, 4] for c in variants[0].values()))
    page.select_option("#problem", name)
    answer, check = next((a, c) for a, c in checks[name][0].items() if c.get("shape") == [4, 4])
    texts = [str(round((low + high) / 2, 6)) for low, high in zip(check["low"], check["high"], strict=True)]
    boxes = page.locator(f'[data-box="{answer}"]')
    told = page.locator(".field", has=boxes).locator(".feedback")
    for i, text in enumerate(texts[:15]):
        boxes.nth(i).fill(text)
    assert told.inner_text() == ""  # not before all is there
    boxes.nth(15).fill("1e9")
    page.keyboard.press("Tab")
    assert told.inner_text() == "✗ Right: 15 of 16 numbers."
    assert boxes.nth(15).get_attribute("aria-invalid") == "true"
    boxes.nth(15).fill("five")
    page.keyboard.press("Tab")
    assert told.inner_text() == "“five” cannot be read as a number."
    boxes.nth(15).fill(texts[15])
    page.keyboard.press("Tab")
    assert told.inner_text() == "✓ Right."
    assert page.locator('[aria-invalid="true"]').count() == 0
    boxes.nth(15).fill("")
    page.get_by_role("button", name="Check all").click()
    assert told.inner_text().startswith("✗ Right: 15 of 16") or "It should be 4 × 4" in told.inner_text()


def test_another_one_goes_round(page):
    shown = []
    for _ in range(VARIANTS + 1):
        shown.append((page.locator("#variant").input_value(), page.locator("main").inner_text()))
        page.get_by_role("button", name="Another one").click()
    assert [number for number, _ in shown] == ["1", "2", "3", "1"]
    assert len({text for _, text in shown}) == VARIANTS
    assert page.url.endswith("#Q1-2")
    page.reload()
    assert page.locator("#variant").input_value() == "2"


def test_the_worked_solution_is_a_click_away(page):
    assert not page.locator("details").get_by_role("math").first.is_visible()
    page.get_by_text("Worked solution").click()
    assert page.locator("details math").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1100, 390])
def test_axe_finds_nothing_against_the_guidelines(page, scheme, width):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.get_by_role("button", name="Check all").click()
    page.locator("input[data-box]").first.fill("1")
    page.keyboard.press("Tab")
    assert violations(page) == []
    page.get_by_text("Worked solution").click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


# ---- the command ---------------------------------------------------------------------------------------------------


def test_the_command_writes_a_page(quizgen, tmp_path):
    ran = quizgen("practice", "conv-forward", "feature-map-size", "--seed", "x", "--variants", 2, "--title", "For you")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "practice.html: 2 variants of 2 problems; all answers are in it\n"
    assert "<h1>For you</h1>" in (tmp_path / "practice.html").read_text(encoding="utf-8")
    assert quizgen("practice", "conv-forward").code == 2  # nothing is drawn without a public seed
    assert "Did you mean" in quizgen("practice", "conv-forwards", "--seed", "x").err
