"""Parquet files put one behind the other without encoding them again."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from quizgen.report.rowgroups import JoinedFile

WRITTEN = (
    {},
    {"use_dictionary": False, "compression": "none"},
    {"compression": "zstd", "write_page_index": True, "write_statistics": ["number"]},
    {"data_page_size": 64, "row_group_size": 7, "store_schema": False},
    {"version": "1.0", "data_page_version": "2.0"},
)


def table(rows, start=0):
    """Texts, words, numbers and truths, some of them missing."""
    words = pa.array(["same", "other"]).take(pa.array([i % 2 for i in range(rows)], pa.int64()))
    columns = {
        "text": pa.array([None if i % 5 == 0 else f"é {start + i}" for i in range(rows)], pa.string()),
        "word": words.dictionary_encode(),
        "number": pa.array([start + i for i in range(rows)], pa.int64()),
        "share": pa.array([i / 3 for i in range(rows)], pa.float64()),
        "yes": pa.array([i % 3 == 0 for i in range(rows)], pa.bool_()),
    }
    return pa.table(columns)


def encoded(what, **how):
    file = BytesIO()
    pq.write_table(what, file, **how)
    return file


def joined(files):
    whole = BytesIO()
    together = JoinedFile(whole)
    for file in files:
        together.append(file)
    together.close()
    return whole


@settings(max_examples=30, deadline=None)
@given(sizes=some.lists(some.integers(0, 40), min_size=1, max_size=20), how=some.sampled_from(WRITTEN))
def test_joined_files_hold_the_rows_of_all_in_order(sizes, how):
    parts = [table(rows, 100 * number) for number, rows in enumerate(sizes)]
    whole = joined([encoded(part, **how) for part in parts])
    found = pq.read_table(whole)
    assert found.to_pylist() == [row for part in parts for row in part.to_pylist()]
    assert found.schema.names == parts[0].schema.names
    about = pq.read_metadata(whole)
    groups = [about.row_group(i) for i in range(about.num_row_groups)]
    assert (about.num_rows, sum(group.num_rows for group in groups)) == (sum(sizes), sum(sizes))


def test_each_group_of_rows_is_found_by_itself_with_its_bounds():
    whole = joined([encoded(table(30, start)) for start in (0, 100, 200)])
    file = pq.ParquetFile(whole)
    bounds = [file.metadata.row_group(i).column(2).statistics for i in range(3)]
    assert [(one.min, one.max) for one in bounds] == [(0, 29), (100, 129), (200, 229)]
    assert file.read_row_group(1, columns=["number"]).column(0).to_pylist() == list(range(100, 130))
    assert pq.read_table(whole, filters=[("number", ">", 198)]).num_rows == 30


def test_a_joined_file_can_be_joined_again_and_one_alone_stays_as_it_was():
    alone = encoded(table(50))
    assert joined([alone]).getvalue() == alone.getvalue()
    twice = joined([joined([alone, encoded(table(5))]), alone])
    assert pq.read_table(twice).num_rows == 105


def test_other_columns_are_refused():
    with pytest.raises(ValueError, match="columns of two files of marks differ"):
        joined([encoded(table(3)), encoded(table(3).drop_columns("yes"))])


@pytest.mark.parametrize(
    "damage", [lambda data: b"", lambda data: data[:9], lambda data: data[:-30], lambda data: b"x"]
)
def test_what_is_no_parquet_file_is_refused(damage):
    with pytest.raises(ValueError, match="no Parquet file"):
        joined([BytesIO(damage(encoded(table(9)).getvalue()))])


@given(place=some.integers(0, 400), byte=some.integers(0, 255))
def test_a_damaged_footer_ends_in_an_error_or_in_a_file(place, byte):
    """Nothing else: no endless loop, no other kind of error."""
    data = bytearray(encoded(table(9)).getvalue())
    data[-9 - place] = byte
    with suppress(ValueError, LookupError, TypeError, AttributeError):
        joined([BytesIO(bytes(data))])


def test_nothing_joined_is_no_file():
    assert not JoinedFile(BytesIO())
