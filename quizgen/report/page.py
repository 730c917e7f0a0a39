"""`report.html`: what a class's marks say, on one page that may be shown round. No id, no pair, no group under five."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

import numpy as np

from quizgen.exam.corrections import How
from quizgen.marking.outcomes import OUTCOMES, Outcome
from quizgen.problem.grader import Grader
from quizgen.report.charts import OUTCOME_COLOURS, Interval, histogram, intervals, items, outcomes
from quizgen.report.disclosure import FEW, SMALLEST, pooled, shown, told
from quizgen.report.findings import ENOUGH, Compared, Findings
from quizgen.report.frame import page, table
from quizgen.report.gathered import BY_HAND

MOST_MISTAKES = 10
MOST_GROUPS = 60  # that the chart of variants has room for, in all questions together
MOST_TOLD = 5  # flagged groups that are named in words
FEWEST_GROUPS = 4  # of one question, however many questions there are
BINS = 20
_BINS_SHARED = 4 * SMALLEST  # students of whom quartiles single nobody out
_BECAME = {
    How.FULL: "is void: full points for all who sat it.",
    How.REMOVED: "is void: it does not count.",
    How.NONE: "is not void any more.",
}
_HARD, _EASY, _WEAK, _ROUGH = 0.3, 0.95, 0.15, 30
_WORDS = [str(outcome) for outcome in OUTCOMES if outcome not in (Outcome.NOT_ASKED, Outcome.VOID)]


def report_page(findings: Findings, grader: Grader, simulated: bool = False) -> str:
    """The report as a whole HTML page."""
    title = f"{findings.exam.title}: report"
    body = [f"<h1>{escape(findings.exam.title)}</h1>", _about(findings, grader)]
    body += _corrections(findings)
    if simulated:
        body.append('<p class="banner">A rehearsal: these students are invented.</p>')
    if findings.n < SMALLEST:
        body.append(f"<p>Fewer than {SMALLEST} students handed in. Any figure would speak of single people.</p>")
        return page(title, body)
    if findings.waiting.get(BY_HAND):
        body.append('<p class="banner">Provisional: some answers are not yet marked by hand and count as 0.</p>')
    for part in (_scores, _questions, _answers, _mistakes, _variants, _waiting, _reading):
        body += part(findings)
    return page(title, body)


def _about(findings: Findings, grader: Grader) -> str:
    n = len(findings.exam.questions)
    what = f"Exam {findings.exam.code}, {n} question{'s' * (n != 1)}, {findings.total:g} points"
    return f'<p class="quiet">{what}, marked by “{escape(grader.name)}”.</p>'


def _corrections(findings: Findings) -> Iterator[str]:
    """What was corrected after the exam, and what of it is void."""
    exam = findings.exam
    told_of = [
        f"{escape(correction.question)}{_only(correction.variants)} was corrected after the exam: "
        f"{escape(correction.reason)}"
        for correction in exam.corrections
    ]
    told_of += [
        f"{escape(', '.join(f'{void.question}.{name}' for name in void.answers) or void.question)}"
        f"{_only(void.variants)} {_BECAME[void.how]}"
        for void in exam.voids
    ]
    if told_of:
        yield f'<h2 id="corrections">Corrections (revision {exam.revision})</h2>\n<ul>'
        yield from (f"<li>{line}</li>" for line in told_of)
        yield "</ul>"
    if exam.voids:
        yield "<p>No figure below speaks of void answers; points are told as shares of what a paper counts.</p>"


def _only(variants: Sequence[int]) -> str:
    return f" ({len(variants)} variant{'s' * (len(variants) != 1)})" if variants else ""


# ---- scores ------------------------------------------------------------------------------------------------------


def _scores(findings: Findings) -> Iterator[str]:
    scores, total = findings.scores, findings.total
    yield '<h2 id="scores">Scores</h2>'
    tiles = [
        ("students marked", f"{findings.n:,}"),
        ("absent or excused", escape(told(findings.absent))),
        (f"mean of {total:g}", f"{scores.mean:.1f} <span class='quiet small'>({scores.mean / total:.0%})</span>"),
        ("standard deviation", _number(scores.sd, 1)),
        ("skewness", _number(scores.skewness, 2)),
        ("reliability (alpha)", _number(findings.alpha, 2)),
        ("error of measurement", f"± {_number(findings.error, 1)}"),
    ]
    if findings.n >= _BINS_SHARED:
        quartiles = " · ".join(f"{quartile:.1f}" for quartile in scores.quartiles)
        tiles.insert(4, ("quartiles", f'<span class="long">{quartiles}</span>'))
    yield '<dl class="tiles">'
    yield from (f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in tiles)
    yield "</dl>"
    if findings.n < _ROUGH:
        yield f"<p>With {findings.n} students, every figure on this page is rough.</p>"
    edges, counts = score_bins(findings.totals, total)
    bins = [f"{count} from {a:g} to {b:g}" for a, b, count in zip(edges, edges[1:], counts, strict=False)]
    alt = f"Scores of {findings.n} students out of {total:g} points, mean {scores.mean:.1f}. " + "; ".join(bins) + "."
    yield f"<figure>{histogram(edges, counts, scores.mean, total, alt)}</figure>"
    yield f'<p class="small quiet">The area of a bar is its students; bars with fewer than {SMALLEST} are joined.</p>'


def score_bins(totals: np.ndarray, total: float) -> tuple[list[float], list[int]]:
    """Edges and counts of bins of scores, each of which holds at least five students."""
    edges = np.append(np.arange(0, total - 1e-9, _step(total)), total) if total else np.array([0.0, 1.0])
    counts, _ = np.histogram(np.clip(totals, 0, edges[-1]), edges)
    runs = pooled(counts.tolist())
    return [float(edges[runs[0][0]]), *(float(edges[end]) for _, end in runs)], [
        int(counts[a:b].sum()) for a, b in runs
    ]


def _step(total: float) -> float:
    """The width of a bin: 1, 2, 2.5 or 5 times a power of ten, so that there are at most BINS."""
    power = 10.0 ** np.floor(np.log10(total / BINS))
    return float(next(power * step for step in (1, 2, 2.5, 5, 10) if power * step * BINS >= total * (1 - 1e-9)))


# ---- questions ---------------------------------------------------------------------------------------------------


def _questions(findings: Findings) -> Iterator[str]:
    questions, figures = findings.exam.questions, findings.items
    hidden = figures.asked < SMALLEST
    facility, discrimination, without = (
        np.where(hidden, np.nan, column) for column in (figures.facility, figures.discrimination, figures.alpha_without)
    )
    names = [question.name for question in questions]
    yield '<h2 id="questions">Questions</h2>'
    yield (
        "<p>Facility is the mean share of the points. Discrimination is the correlation with the rest of the paper: "
        "whether those who know the rest know this, too. From 0.25 on it is good (shaded), below 0.15 it is weak.</p>"
    )
    told_so = [
        f"{name}: facility {_percent(f)}, discrimination {_number(d, 2)}"
        for name, f, d in zip(names, facility, discrimination, strict=True)
    ]
    yield f"<figure>{items(names, facility, discrimination, '; '.join(told_so) + '.')}</figure>"
    everybody = bool((figures.asked == findings.n).all())
    rows = []
    for i, question in enumerate(questions):
        title = f'<span class="quiet title">{escape(question.problem.title)}</span>'
        cells = (
            f"{question.name} {title}{_remark(facility[i], discrimination[i], findings.n)}",
            _percent(facility[i]),
            _number(discrimination[i], 2),
            _number(without[i], 2),
            f"{float(question.total):g}",
            escape(told(int(figures.asked[i]))),
        )
        rows.append(cells[: 6 - everybody])
    headings = ("question", "facility", "discrimi&shy;nation", "alpha without", "points", "students")
    caption = f"alpha of all questions together: {_number(findings.alpha, 2)}"
    yield table(headings[: 6 - everybody], rows, caption)


def _remark(facility: float, discrimination: float, n: int) -> str:
    """What a teacher should look at, in a few words."""
    if discrimination * np.sqrt(n) < -2:  # more than chance makes of zero
        return '<br><span class="flag">who knew the rest did worse: is the key right?</span>'
    if facility < _HARD:
        return '<br><span class="flag">very hard</span>'
    if facility > _EASY:
        return '<br><span class="quiet">nearly all had it</span>'
    if discrimination < _WEAK and n >= _ROUGH:
        return '<br><span class="flag">says little about the rest</span>'
    return ""


# ---- answers -----------------------------------------------------------------------------------------------------


def _answers(findings: Findings) -> Iterator[str]:
    asked = {name: _in_order(counts) for name, counts in findings.outcomes.items()}
    asked = {name: counts for name, counts in asked.items() if sum(counts) >= SMALLEST}
    yield '<h2 id="answers">Answers</h2>'
    yield "<p>What became of each answer. <em>Carried</em> is right from the student's own earlier figures.</p>"
    bars = [bar_of(counts) for counts in asked.values()]
    spoken = [
        f"{name}: " + ", ".join(f"{count} {'others' if word == 'few' else word}" for word, count in bar)
        for name, bar in zip(asked, bars, strict=True)
    ]
    yield f"<figure>{outcomes(list(asked), bars, '; '.join(spoken) + '.')}</figure>"
    used = [i for i in range(len(_WORDS)) if any(counts[i] for counts in asked.values())]
    rows = [
        (escape(name), f"{sum(counts):,}", *(escape(cells_of(counts)[i]) for i in used))
        for name, counts in asked.items()
    ]
    yield "<details><summary>The same as a table</summary>"
    yield table(("answer", "asked", *(_WORDS[i] for i in used)), rows)
    yield "</details>"
    if len(asked) < len(findings.outcomes):
        yield f'<p class="small quiet">Answers asked of fewer than {SMALLEST} students are left out.</p>'


def _in_order(counts: np.ndarray) -> list[int]:
    return [int(counts[OUTCOMES.index(Outcome(word))]) for word in _WORDS]


def bar_of(counts: Sequence[int]) -> list[tuple[str, int]]:
    """The parts of a bar: every outcome as far as it may be shown, and `few` for the others together."""
    least = dict(zip(_WORDS, least_of(counts), strict=True))
    parts = [(word, least[word]) for word in OUTCOME_COLOURS if least.get(word)]
    others = sum(counts) - sum(least.values())
    return parts + ([("few", others)] if others else [])


def cells_of(counts: Sequence[int]) -> list[str]:
    """The cells of a row of outcomes: the count, `< 5`, or `≥ 46` where the exact count would betray the others.

    >>> cells_of([48, 2, 0]), cells_of([30, 12, 8])
    (['≥ 46', '< 5', '< 5'], ['30', '12', '8'])
    """
    cells = []
    for count, visible, least in zip(counts, shown(np.array(counts)), least_of(counts), strict=True):
        few = FEW if count < SMALLEST else f"≥ {least:,}" if least else "not shown"
        cells.append(f"{count:,}" if visible else few)
    return cells


def least_of(counts: Sequence[int]) -> list[int]:
    """How many may be said of each count: all, none, or of one that hides up to four others, four less than both."""
    visible = shown(np.array(counts))
    least = [count if seen else 0 for count, seen in zip(counts, visible, strict=True)]
    joined = [i for i, count in enumerate(counts) if count >= SMALLEST and not visible[i]]
    hidden = sum(counts) - sum(least)
    if len(joined) == 1 and hidden - counts[joined[0]] < SMALLEST:
        least[joined[0]] = hidden - (SMALLEST - 1)
    return least


# ---- mistakes ----------------------------------------------------------------------------------------------------


def _mistakes(findings: Findings) -> Iterator[str]:
    yield '<h2 id="mistakes">The commonest mistakes</h2>'
    found = findings.mistakes[:MOST_MISTAKES]
    if not found:
        yield "<p>No wrong answer was explained by a known mistake.</p>"
        return
    yield "<p>How many students made each, where, and what to say about it in class.</p>"
    many = [mistake for mistake in found if mistake.students >= SMALLEST]
    few = sorted((mistake for mistake in found if mistake.students < SMALLEST), key=lambda mistake: mistake.title)
    yield '<ol class="mistakes">'
    for mistake in [*many, *few]:
        count = escape(told(mistake.students))
        yield f'<li><span class="count">{count}</span><div><h3>{escape(_capital(mistake.title))}</h3>'
        yield f"<p>{escape(mistake.says)}</p>"
        yield f'<p class="small quiet">in {escape(", ".join(sorted(mistake.answers)))}</p></div></li>'
    yield "</ol>"
    if len(findings.mistakes) > len(found):
        more = len(findings.mistakes) - len(found)
        yield f'<p class="small quiet">{more} more were made, each by no more students.</p>'


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# ---- variants ----------------------------------------------------------------------------------------------------


def _variants(findings: Findings) -> Iterator[str]:
    yield '<h2 id="variants">Were all variants equally hard?</h2>'
    compared = [one for one in findings.compared if one.groups is not None]
    alike = [one for one in findings.compared if one.groups is None]
    if compared:
        yield f"<p>{_verdict(compared)}</p>"
        yield (
            "<p class='small quiet'>A dot is the mean share of the points, its line a 95 % interval; the upright line "
            "is the mean of the question. Red diamonds are harder than chance allows: after Holm's correction for "
            f"{sum(len(one.raised) for one in compared)} groups, one false alarm in 20 exams.</p>"
        )
        most = max(FEWEST_GROUPS, MOST_GROUPS // len(compared))
        rows: list[Interval] = []
        spoken = []
        for one in compared:
            rows.append(Interval(f"{one.question.name} by {one.by}"))
            groups = one.groups
            assert groups is not None
            whole = float(groups.mean @ groups.number / groups.number.sum())
            for i in _picked(one, most):
                middle, low, high = (float(column[i]) for column in (groups.mean, groups.low, groups.high))
                rows.append(Interval(str(groups.labels[i]), middle, low, high, whole, bool(one.flagged[i])))
                spoken.append(f"{one.question.name} {groups.labels[i]}: {_percent(groups.mean[i])}")
        yield f"<figure>{intervals(rows, '; '.join(spoken) + '.')}</figure>"
        yield from _compared_table(compared, most)
    if any(one.by == "structure" for one in compared):
        yield (
            f"<p class='small quiet'>Where a variant has fewer than {ENOUGH} answers on average, variants are "
            "compared by their structure: by the draws that decide a shape or a network.</p>"
        )
    if alike:
        names = ", ".join(one.question.name for one in alike)
        yield (
            f"<p>Nothing can be told about {escape(names)}: there are fewer than {ENOUGH} answers per variant, and all "
            "variants have one structure, or too few students another.</p>"
        )


def _verdict(compared: Sequence[Compared]) -> str:
    flagged = [(one, int(i)) for one in compared for i in np.flatnonzero(one.flagged)]
    if not flagged:
        return "No group of variants was harder than chance allows."
    flagged.sort(key=lambda group: float(group[0].raised[group[1]]))
    said = []
    for one, i in flagged[:MOST_TOLD]:
        assert one.groups is not None
        others = one.groups.number.sum() - one.groups.number[i]
        rest = (one.groups.mean @ one.groups.number - one.groups.mean[i] * one.groups.number[i]) / others
        gap = f"{_percent(one.groups.mean[i])} of the points, all others {_percent(rest)}"
        said.append(f"{escape(one.question.name)}, <b>{escape(str(one.groups.labels[i]))}</b> ({gap})")
    more = f"; and {len(flagged) - MOST_TOLD:,} more" if len(flagged) > MOST_TOLD else ""
    return (
        f'<span class="flag">Harder than chance allows:</span> {"; ".join(said)}{more}. '
        "See staff/harder.csv for who had them, and decide for all of them alike, in their favour."
    )


def _picked(one: Compared, most: int) -> list[int]:
    """The numbers of the groups that are shown of a question: those least like chance, in their order."""
    assert one.groups is not None
    return sorted(np.argsort(one.groups.p, kind="stable")[:most].tolist())


def _compared_table(compared: Sequence[Compared], most: int) -> Iterator[str]:
    rows = []
    for one in compared:
        groups = one.groups
        assert groups is not None
        for i in _picked(one, most):
            values = (
                f"{escape(one.question.name)} {escape(str(groups.labels[i]))}",
                f"{groups.number[i]:,}",
                _percent(groups.mean[i]),
                f"{groups.low[i]:.0%} to {groups.high[i]:.0%}",
                _percent(groups.rest[i]),
                _chance(float(one.raised[i])),
            )
            rows.append(values)
    yield "<details><summary>The same as a table</summary>"
    headings = ("group", "students", "facility", "95 % interval", "same students, rest of paper", "chance, corrected")
    yield table(headings, rows)
    if any(len(one.raised) > most for one in compared):
        told_of = f"The {most} of each question that are least like chance"
        yield f"<p class='small quiet'>{told_of}; all stand in staff/variants.csv.</p>"
    yield "</details>"


# ---- the rest ----------------------------------------------------------------------------------------------------


def _waiting(findings: Findings) -> Iterator[str]:
    yield '<h2 id="waiting">Waiting for a person</h2>'
    if not findings.waiting:
        yield "<p>No answer waits.</p>"
        return
    total = sum(findings.waiting.values())
    lines = [(reason, escape(told(count))) for reason, count in findings.waiting.items()]
    visible = shown(np.array(list(findings.waiting.values())))
    if len(lines) > 1 and not visible.all() and total >= SMALLEST:
        yield f"<p>{told(total)} answers wait: {escape(', '.join(reason for reason, _ in lines))}.</p>"
        return
    yield table(("why", "answers"), lines)


def _reading(_: Findings) -> Iterator[str]:
    yield '<h2 id="reading">How to read it</h2>'
    yield (
        "<p><b>Alpha</b> says how alike the questions rank the students: from 0.7 on a paper is fit for grades, with "
        "few questions less is usual. “Alpha without” a question that is higher than alpha says that the paper ranks "
        "better without it. The <b>error of measurement</b> is how far a score would typically move if the same "
        "student sat another such paper: read pass marks with it. <b>Skewness</b> below zero means a tail of low "
        "scores. Absent students are outside all figures; what a paper does not ask is missing, not zero.</p>"
    )
    yield (
        f"<p class='quiet'>No count here speaks of fewer than {SMALLEST} students: smaller ones are written "
        f"“{escape(FEW)}”, joined, or left out, and what would betray them is rounded down (“≥”). Formulas and "
        "sources: docs/statistics.md of quizgen.</p>"
    )


def _number(number: float, digits: int) -> str:
    return "–" if np.isnan(number) else f"{number:.{digits}f}".replace("-", "−")


def _percent(share: float) -> str:
    return "–" if np.isnan(share) else f"{share:.0%}"


def _chance(p: float) -> str:
    return "&lt; 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{min(p, 1):.2f}"
