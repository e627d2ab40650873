"""CSV that a spreadsheet can't be tricked by, out and in again."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from heldout_server.kit import csv_files

CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=4))
def test_no_cell_is_a_formula(rows):
    written = csv_files.written(["a", "b"], rows)
    for row in csv.reader(io.StringIO(written)):
        assert not [cell for cell in row if cell.lstrip(" ").startswith(("=", "+", "-", "@"))]


@given(
    st.lists(
        st.sampled_from(["=1+1", "Ada", "@x", "-5", "a,b", 'say "hi"', "'quoted"]),
        min_size=2,
        max_size=2,
    )
)
def test_comes_back_as_it_was(row):
    written = csv_files.written(["a", "b"], [row])
    assert csv_files.read(written)[1:] == [row]


def test_numbers_stay_numbers_and_nothing_is_empty():
    assert csv_files.written(["n"], [[-0.5], [None]]).splitlines() == ["n", "-0.5", '""']


def test_reads_what_other_programs_write():
    assert csv_files.read("\ufeffname;email\r\n\r\nAda;a@b\r\n") == [
        ["name", "email"],
        ["Ada", "a@b"],
    ]
    assert csv_files.read("name\temail\nAda\ta@b") == [["name", "email"], ["Ada", "a@b"]]
