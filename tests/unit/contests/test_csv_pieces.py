"""csv_pieces: the fast way and the csv module agree on every file."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heldout_server.contests.csv_pieces import Rows

CELL = st.text(alphabet="ab1.;- é", max_size=4)
ENDING = st.sampled_from(["\n", "\r\n"])


def read(content: bytes, separator: str = ","):
    rows = Rows(content, separator)
    header = rows.header()
    pieces = list(rows.pieces())
    cells = [row for piece in pieces for row in zip(*piece.columns, strict=True)]
    starts = np.concatenate([piece.starts for piece in pieces]).tolist() if pieces else []
    ends = np.concatenate([piece.ends for piece in pieces]).tolist() if pieces else []
    return header, [list(row) for row in cells], starts, ends, rows.uneven


@given(st.lists(st.lists(CELL, min_size=2, max_size=2), min_size=1, max_size=30), ENDING)
def test_without_quotes_as_the_csv_module_reads_it(rows, ending) -> None:
    text = ending.join([",".join(["x", "y"]), *(",".join(row) for row in rows)]) + ending
    wanted = [row for row in csv.reader(io.StringIO(text, newline="")) if row][1:]
    header, found, starts, ends, uneven = read(text.encode())
    assert (header, found, uneven) == (["x", "y"], wanted, [])
    assert starts == ends == list(range(2, 2 + len(rows)))


@given(st.lists(st.lists(CELL, min_size=1, max_size=4), max_size=20), ENDING)
def test_rows_of_any_width_are_noted(rows, ending) -> None:
    text = ending.join(["x,y,z", *(",".join(row) for row in rows)])
    quoted = text + ending + '"a","b","c"' + ending
    plain, strict = read(text.encode()), read(quoted.encode())
    assert strict[1][-1] == ["a", "b", "c"]
    assert (plain[1], plain[2], plain[4]) == (strict[1][:-1], strict[2][:-1], strict[4])


@pytest.mark.parametrize("count", [1, 1_999, 2_000, 2_001, 30_000])
def test_lines_are_right_over_many_pieces(count) -> None:
    for quote in ("", '"'):
        body = "".join(f"{quote}{n}{quote},b\n" for n in range(count))
        _, cells, starts, ends, _ = read(f"x,y\n\n{body}".encode())
        assert [row[0] for row in cells] == [str(n) for n in range(count)]
        assert starts == ends == list(range(3, 3 + count))


def test_a_cell_of_several_lines_begins_and_ends_where_it_does() -> None:
    _, cells, starts, ends, _ = read(b'x,y\n"a\nb",1\nc,2\n')
    assert cells == [["a\nb", "1"], ["c", "2"]]
    assert (starts, ends) == ([2, 4], [3, 4])


def test_one_column_skips_blank_lines() -> None:
    assert read(b"x\na\n\nb\n")[1:3] == ([["a"], ["b"]], [2, 4])


def test_a_quote_that_never_ends_is_an_error_with_its_line() -> None:
    rows = Rows(b'x,y\n1,2\n"a,2\n3,4\n', ",")
    rows.header()
    with pytest.raises(csv.Error):
        list(rows.pieces())
    assert rows.line == 4
