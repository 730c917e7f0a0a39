"""Items of QTI 3.0 in an independent player in a browser: right answers, mistakes and blanks score what we say.

The player is the npm package @citolab/qti-components. QUIZGEN_PLAYERS names the folder in which `npm install` put its
`node_modules`; where QUIZGEN_BROWSER is set, player and browser must be there.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from quizgen.answers.typed import Typed
from quizgen.bank.folders import of_problems, open_bank, open_grader
from quizgen.check.problems import typed_by
from quizgen.export.formats import WITHOUT_FORMULAS
from quizgen.export.items import Item, items_of
from quizgen.export.options import Options
from quizgen.export.qti_items import item_xml, parts_of
from quizgen.export.qti_names import V3
from quizgen.making import make_exam
from quizgen.marking.fold import mark
from quizgen.render.numbers import worked
from quizgen.world.values import Value
from quizgen.world.worlds import Belief, mistaken, world

PLAYER = "@citolab/qti-components"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
SCRIPT = Path(os.environ.get("QUIZGEN_PLAYERS", ""), "node_modules", PLAYER, "cdn", "index.global.js")
GRADER = open_grader("standard")
VARIANTS = 1
KEPT = 0.00051  # the player keeps three decimals of a score
OPTIONS = Options(skip_unsupported=True)
NAMES = open_bank("cnn").names
SHOWN = """async xml => {
    document.body.innerHTML = '<qti-item><item-container></item-container></qti-item>';
    const container = document.querySelector('item-container');
    await container.updateComplete;
    const connected = new Promise(done =>
        document.body.addEventListener('qti-assessment-item-connected', event => done(event.detail), {once: true}));
    container.itemXML = xml;
    window.item = await connected;
    await item.updateComplete;
    await new Promise(done => setTimeout(done, 50));
}"""
SCORED = """answers => answers.map(given => {
    const asked = item.variables.filter(variable => variable.identifier.startsWith('R_'));
    item.variables = asked.map(({identifier}) => ({identifier, value: given[identifier] ?? null}));
    item.processResponse();
    return Object.fromEntries(item.variables.map(variable => [variable.identifier, variable.value]));
})"""


@pytest.fixture(scope="module")
def player():
    """A page with the player in it, without a network; it remembers what it was told and what it asked for."""
    missing = [
        word
        for word, there in (
            ("chromium (apt-get install chromium)", CHROMIUM),
            ("playwright (pip install 'quizgen[browser]')", importlib.util.find_spec("playwright")),
            (f"{PLAYER} (npm install it into a folder, and name that in QUIZGEN_PLAYERS)", SCRIPT.is_file()),
        )
        if not there
    ]
    if missing:
        assert not os.environ.get("QUIZGEN_BROWSER"), missing
        pytest.skip(f"items are played in a browser: {' and '.join(missing)} is missing")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1000, "height": 1200})
        page.complaints = []
        page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("request", lambda request: page.complaints.append(request.url))
        page.set_content("<!doctype html><title>player</title><body></body>")
        page.evaluate("console.debug = () => {}")  # it tells every step of every expression
        page.add_script_tag(path=SCRIPT)
        yield page
        assert page.complaints == []
        chromium.close()


@pytest.fixture(scope="module")
def exam(tmp_path_factory):
    """Every shipped problem, whole."""
    bank = open_bank("cnn")
    out = tmp_path_factory.mktemp("players") / "exam"
    return make_exam(bank, of_problems(bank, ",".join(NAMES)), GRADER, VARIANTS, out=out, seed="players")


@dataclass(frozen=True)
class Script:
    """What somebody types into the boxes of an item, and the points that marking gives for it."""

    says: str
    typed: dict[str, str]
    points: float


def scripts_of(question, item) -> list[Script]:
    """The right answers; each mistake in each answer, and a wrong cell in each array, with everything else right."""
    problem, params = question.problem, question.take(np.array([item.number]))
    truth = world(problem, params)
    right = typed_by(problem, GRADER, truth)
    found = [("right", right)]
    for mistake in problem.mistakes:
        for answer in problem.answers:
            if answer.of in problem.touched[mistake.id] and answer.kind in WITHOUT_FORMULAS:
                earlier = [a for a in problem.answers if a.name in problem.earlier[answer.name]]
                held = [Belief(a.of, question.expected[a.name].take(np.array([item.number - 1]))) for a in earlier]
                slip = typed_by(problem, GRADER, truth.believing(*mistaken(mistake), *held))[answer.name]
                same = slip.value.shape.tolist() == right[answer.name].value.shape.tolist()
                if same and not slip.state[0]:
                    found.append((f"{mistake.id} in {answer.name}", right | {answer.name: slip}))
    arrays = [answer.name for answer in problem.answers if answer.cells]
    found += [(f"a wrong cell in {name}", right | {name: spoiled(right[name])}) for name in arrays]
    return [Script(says, texts(item, typed), marked(question, params, typed)) for says, typed in found]


def spoiled(typed: Typed) -> Typed:
    """An answer whose first cell is far from anything."""
    cells = typed.value.cells.copy()
    cells[(0,) * typed.value.axes] += 7777.0
    return Typed(Value(cells, typed.value.shape), typed.state)


def kept(item: Item):
    """The answers that QTI asks."""
    return [asked for asked in item.answers if asked.field.answer.kind in WITHOUT_FORMULAS]


def texts(item: Item, typed) -> dict[str, str]:
    """What is typed, box by box, under the boxes' identifiers."""
    found = {}
    for part in parts_of(item, kept(item), GRADER, OPTIONS):
        answer = part.asked.field.answer
        cells = typed[answer.name].value.column(0).ravel()
        match answer.kind:
            case "choice":
                found[part.entries[0].identifier] = f"C_{int(cells[0])}"
            case "shape":
                found[part.entries[0].identifier] = "X".join(worked(cell) for cell in cells)
            case "location":
                found[part.entries[0].identifier] = ", ".join(worked(cell + answer.first - 1) for cell in cells)
            case _:
                for entry, cell in zip(part.entries, cells.tolist(), strict=True):
                    found[entry.identifier] = repr(cell)
    return found


def marked(question, params, typed) -> float:
    """The points that quizgen gives, but for answers that QTI cannot ask."""
    marks, _ = mark(question.problem, GRADER, params, typed)
    asked = {a.name for a in question.problem.answers if a.kind in WITHOUT_FORMULAS}
    return float(sum(question.points[name] * m.credit.floats[0] for name, m in marks.items() if name in asked))


def test_there_are_problems_to_play():
    assert len(NAMES) > 10


@pytest.mark.parametrize("name", NAMES)
def test_the_player_marks_as_we_do(player, exam, name):
    question = next(question for question in exam.questions if question.problem.name == name)
    for item in items_of(exam, question, slips=True):
        parts = parts_of(item, kept(item), GRADER, OPTIONS)
        scripts = scripts_of(question, item)
        assert len(scripts) > len(question.problem.mistakes) / 2
        player.evaluate(SHOWN, item_xml(V3, item, parts, OPTIONS))
        got = player.evaluate(SCORED, [script.typed for script in scripts] + [{}])
        assert float(got.pop()["SCORE"]) == 0
        assert scripts[0].points == float(got[0]["MAXSCORE"]) == float(sum(part.points for part in parts))
        said = {script.says: (script.points, float(seen["SCORE"])) for script, seen in zip(scripts, got, strict=True)}
        differ = {says: both for says, both in said.items() if abs(both[0] - both[1]) > KEPT}
        assert differ == {}, item.section.tag


def shown(player, exam, name, options):
    """Show the first variant of a problem; its item, its question and its parts."""
    question = next(question for question in exam.questions if question.problem.name == name)
    item = next(items_of(exam, question, 1, slips=True))
    parts = parts_of(item, kept(item), GRADER, options)
    player.evaluate(SHOWN, item_xml(V3, item, parts, options))
    return question, item, parts


def typed_into(player, identifier, text):
    box = player.locator(f"qti-text-entry-interaction[response-identifier={identifier}] input")
    box.fill(text)
    box.blur()


def outcome(player, name):
    return player.evaluate("name => item.variables.find(variable => variable.identifier === name).value", name)


@pytest.mark.parametrize("name", ["conv-window", "vgg-table", "conv-forward"])
def test_what_is_typed_by_hand_counts(player, exam, name, tmp_path):
    question, item, parts = shown(player, exam, name, OPTIONS)
    right, *_ = scripts_of(question, item)
    for part in parts:
        for entry in part.entries:
            text = right.typed[entry.identifier]
            if entry.choices:
                player.locator(f"qti-simple-choice[identifier={text}]").click()
            else:
                typed_into(player, entry.identifier, text)
    player.screenshot(path=tmp_path / "item.png", full_page=True)
    player.evaluate("item.processResponse()")
    assert float(outcome(player, "SCORE")) == right.points == float(outcome(player, "MAXSCORE"))
    assert item.section.tag in player.locator("qti-item-body").inner_text()
    assert player.evaluate("document.documentElement.scrollWidth") <= 1000


@pytest.mark.parametrize("text", ["abc", "0,5", "1/3", " ", "12 px"])
def test_what_is_no_number_earns_nothing(player, exam, text):
    _, _, parts = shown(player, exam, "cnn-forward", OPTIONS)
    entries = [entry for part in parts for entry in part.entries]
    assert any(entry.box.low <= 0 <= entry.box.high for entry in entries)
    (got,) = player.evaluate(SCORED, [{entry.identifier: text for entry in entries}])
    assert float(got["SCORE"]) == 0


def test_feedback_names_the_mistake(player, exam):
    options = Options(feedback="mistakes")
    _, _, parts = shown(player, exam, "feature-map-size", options)
    wrong = parts[0].asked.wrongs[0]
    typed_into(player, "R_conv1", repr(wrong.low[0]))
    player.evaluate("item.processResponse()")
    told = player.locator("qti-modal-feedback").filter(has=player.locator("dialog[open]"))
    assert told.count() == 1
    text = " ".join(told.inner_text().split())
    assert text.startswith(f"{parts[0].asked.field.name}: {wrong.title}")
    assert wrong.says[:40] in text
    assert float(outcome(player, "SCORE")) == 0


def test_a_solution_is_told_whatever_was_typed(player, exam):
    shown(player, exam, "feature-map-size", Options(feedback="solution"))
    player.evaluate("item.processResponse()")
    told = player.locator("qti-modal-feedback").filter(has=player.locator("dialog[open]"))
    assert told.count() == 1
    assert "A window has one place where it starts" in told.inner_text()


@pytest.mark.parametrize("name", ["feature-map-size", "conv-forward"])
def test_choices_score_as_boxes_do(player, exam, name):
    options = Options(choices=4)
    _, _, parts = shown(player, exam, name, options)
    most = float(sum(part.points for part in parts))
    right, wrong = {}, {}
    for entry in (entry for part in parts for entry in part.entries):
        assert len(entry.choices) == 4
        numbers = {choice.right: f"C_{number}" for number, choice in enumerate(entry.choices, start=1)}
        right[entry.identifier], wrong[entry.identifier] = numbers[True], numbers[False]
    got = player.evaluate(SCORED, [right, wrong])
    assert float(got[0]["SCORE"]) == most
    assert float(got[1]["SCORE"]) < most / 2 + 1e-9
