"""Brightspace's export of attempts: several rows for each question of each attempt, one per blank."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from quizgen.submissions.platform import column_at, place_of, plain_text, sheet_of, squeezed
from quizgen.submissions.sheet import Layout, Sheet
from quizgen.submissions.slots import Parts, Slot
from quizgen.submissions.table import Table

_BETWEEN = "\x1f"  # stands between the blanks of a question; nobody can type it
_TICKED, _NOT_TICKED = "checked", "unchecked"


def recognised(table: Table) -> bool:
    """Whether a file has the columns Org Defined ID (or Username), Attempt #, Q # and Answer."""
    headings = {squeezed(heading) for heading in table.headings}
    return {"attempt", "q", "answer"} <= headings and bool({"orgdefinedid", "username"} & headings)


def to_sheet(table: Table, layout: Layout) -> Sheet:
    """Gather the rows of each attempt: the blanks of a question in the order of the file, of options the ticked one."""
    names = [column_at(table, place_of(table, word)) for word in ("orgdefinedid", "username")]
    names = [pc.replace_substring_regex(name, "^#", "") for name in names]
    attempt = column_at(table, place_of(table, "attempt"))
    owners, first = _owners([*names, attempt])
    question = column_at(table, place_of(table, "q"))
    answer = plain_text(pc.replace_substring(column_at(table, place_of(table, "answer")), _BETWEEN, ""))
    match = pc.utf8_lower(column_at(table, place_of(table, "answermatch")))
    told = pc.not_equal(match, _NOT_TICKED).to_numpy(zero_copy_only=False).astype(bool)
    frame = pd.DataFrame(
        {
            "owner": owners,
            "question": question.to_numpy(zero_copy_only=False),
            "text": column_at(table, place_of(table, "qtext")).to_numpy(zero_copy_only=False),
            "answer": answer.to_numpy(zero_copy_only=False),
        },
        dtype=object,
    ).astype({"owner": np.int64})
    n = len(first)
    slots = []
    for number, (name, rows) in enumerate(frame.groupby("question", sort=False), start=1):
        texts = _spread(rows.groupby("owner")["text"].first(), n)
        typed = rows[told[rows.index]].groupby("owner")["answer"].agg(_joined)
        place = int(str(name)) if str(name).isascii() and str(name).isdigit() and len(str(name)) < 4 else number
        slots.append(Slot(f"Q # {name}", place, texts, _spread(typed, n)))
    end = column_at(table, place_of(table, "attemptend")).take(pa.array(first))
    refused = np.full(n, "", dtype=object)
    if place_of(table, "attemptend") is not None:
        unfinished = pc.equal(end, "").to_numpy(zero_copy_only=False).astype(bool)
        refused[unfinished] = "the attempt is not finished: it has no end"
    numbers = attempt.take(pa.array(first)).to_pylist()
    plain = [number.isascii() and number.isdigit() and 0 < len(number) < 7 and int(number) > 0 for number in numbers]
    refused[~np.array(plain, dtype=bool)] = "the attempt is no whole number"
    gathered = Table(
        file=table.file,
        headings=[],
        columns=[],
        lines=table.lines[first],
        rejects=table.rejects,
    )
    return sheet_of(
        gathered,
        layout,
        students=[name.take(pa.array(first)) for name in names],
        slots=slots,
        split=_split,
        times=end,
        attempts=np.array(
            [int(number) if good else 1 for number, good in zip(numbers, plain, strict=True)], dtype=np.int64
        ),
        refused=refused,
        behind=np.bincount(owners, minlength=n),
        lines_of=np.split(table.lines[np.argsort(owners, kind="stable")], np.cumsum(np.bincount(owners))[:-1]),
    )


def _owners(keys: list[pa.Array]) -> tuple[np.ndarray, np.ndarray]:
    """The number of each row's attempt, in the order of the file, and the first row of each."""
    joined = pc.binary_join_element_wise(*keys, _BETWEEN).to_numpy(zero_copy_only=False)
    owners = pd.factorize(joined)[0]
    return owners, np.unique(owners, return_index=True)[1]


def _joined(answers: pd.Series) -> str:
    """The blanks of a question as one text, nothing where all are blank."""
    told = _BETWEEN.join(answers)
    return told if told.strip(_BETWEEN) else ""


def _spread(texts: pd.Series, n: int) -> pa.Array:
    """Texts by owner as a column of n, blank where there is none."""
    cells = np.full(n, "", dtype=object)
    cells[texts.index.to_numpy(dtype=np.intp)] = texts.to_numpy(dtype=object)
    return pa.array(cells, pa.string())


def _split(response: str, boxes: int) -> Parts:
    """The blanks of a question; or what stands between semicolons in its only one, if that is as much."""
    parts = response.split(_BETWEEN)
    if len(parts) > 1 or boxes == 1:
        return parts
    parts = [part.strip() for part in response.split(";")]
    return parts if len(parts) == boxes else None
