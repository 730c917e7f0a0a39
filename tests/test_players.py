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

from quizgen.bank.folders import of_problems, open_bank, open_grader
from quizgen.check.problems import typed_by
from quizgen.export.items import Item, items_of
from quizgen.export.options import Options
from quizgen.export.qti_items import item_xml, parts_of
from quizgen.export.qti_names import V3
from quizgen.export.qti_packages import KINDS_ASKED
from quizgen.making import make_exam
from quizgen.marking.fold import mark
from quizgen.render.numbers import worked
from quizgen.world.worlds import Belief, mistaken, world

PLAYER = "@citolab/qti-components"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
SCRIPT = Path(os.environ.get("QUIZGEN_PLAYERS", ""), "node_modules", PLAYER, "cdn", "index.global.js")
GRADER = open_grader("standard")
VARIANTS = 1
OPTIONS = Options(skip_unsupported=True)
NAMES = sorted(path.stem for path in Path(open_bank("cnn").folder).glob("*.md"))
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
    """The right answers, each mistake in each answer with everything else right, and nothing at all."""
    problem, params = question.problem, question.take(np.array([item.number]))
    truth = world(problem, params)
    right = typed_by(problem, GRADER, truth)
    found = [("right", right)]
    for mistake in problem.mistakes:
        for answer in problem.answers:
            if answer.of in problem.touched[mistake.id] and answer.kind in KINDS_ASKED:
                earlier = [a for a in problem.answers if a.name in problem.earlier[answer.name]]
                held = [Belief(a.of, question.expected[a.name].take(np.array([item.number - 1]))) for a in earlier]
                slip = typed_by(problem, GRADER, truth.believing(*mistaken(mistake), *held))[answer.name]
                same = slip.value.shape.tolist() == right[answer.name].value.shape.tolist()
                if same and not slip.state[0]:
                    found.append((f"{mistake.id} in {answer.name}", right | {answer.name: slip}))
    return [Script(says, texts(item, typed), marked(question, params, typed)) for says, typed in found]


def kept(item: Item):
    """The answers that QTI asks."""
    return [asked for asked in item.answers if asked.field.answer.kind in KINDS_ASKED]


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
    asked = {a.name for a in question.problem.answers if a.kind in KINDS_ASKED}
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
        differ = {says: both for says, both in said.items() if abs(both[0] - both[1]) > 1e-9}
        assert differ == {}, item.section.tag
