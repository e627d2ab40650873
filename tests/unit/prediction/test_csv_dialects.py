"""Dialects that can mean one thing only: read as meant, with a note; all others are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from digit_files import parsed_digits
from heldout_server.kit.errors import Rejection
from heldout_server.prediction import csv_dialects
from heldout_server.prediction.csv_predictions import PANDAS_INDEX
from heldout_server.prediction.prediction_arrays import ParsedPredictions

LABELS = [(7 * i) % 10 for i in range(20)]
ROWS = list(enumerate(LABELS))
SCORES = np.random.default_rng(0).random((len(LABELS), 10)).round(6)


def parsed(content: str | bytes, folder: Path) -> ParsedPredictions:
    path = folder / "upload"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return parsed_digits(path, len(LABELS))


def refusal(content: str, folder: Path) -> Rejection:
    with pytest.raises(Rejection) as refused:
        parsed(content, folder)
    return refused.value


def table(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def with_decimal_commas(cell: str, separator: str) -> str:
    rows = ([cell.format(f"{value:.6f}".replace(".", ",")) for value in row] for row in SCORES)
    return table(*(separator.join(row) for row in rows))


OF_LABELS: dict[str, tuple[str, str]] = {
    "one line of commas": (",".join(map(str, LABELS)), csv_dialects.ONE_LINE),
    "one line of semicolons": (";".join(map(str, LABELS)) + ";\n", csv_dialects.ONE_LINE),
    "one line of tabs": ("\t".join(map(str, LABELS)), csv_dialects.ONE_LINE),
    "one line of spaces": ("  ".join(map(str, LABELS)), csv_dialects.ONE_LINE),
    "trailing commas": (
        table("id,label,", *(f"{i},{v}," for i, v in ROWS)),
        csv_dialects.EMPTY_LAST_COLUMN,
    ),
    "trailing semicolons": (
        table("label", *(f"{v};" for v in LABELS)),
        csv_dialects.EMPTY_LAST_COLUMN,
    ),
    "comments": (
        table("# made today", "id,label", *(f"{i},{v}" for i, v in ROWS[:9]), "# half",
              *(f"{i},{v}" for i, v in ROWS[9:]), "# end"),
        csv_dialects.COMMENTS,
    ),
    "comment of as many words as columns": (
        table("# half done", *(f"{i} {v}" for i, v in ROWS[:0]), *(f"{i},{v}" for i, v in ROWS)),
        csv_dialects.COMMENTS,
    ),
    "comment before a commented header": (
        table("# made today", "# id,label", *(f"{i},{v}" for i, v in ROWS)),
        csv_dialects.COMMENTS,
    ),
    "pandas' index before ids": (
        table(",ImageId,Label", *(f"{i},{i + 1},{v}" for i, v in ROWS)),
        PANDAS_INDEX,
    ),
    "pandas' index, saved twice": (
        table("Unnamed: 0,id,label", *(f"{i},{i},{v}" for i, v in ROWS)),
        PANDAS_INDEX,
    ),
}  # fmt: skip


class TestLabels:
    @pytest.mark.parametrize("name", OF_LABELS)
    def test_are_read_as_meant_and_the_receipt_says_how(self, name: str, tmp_path: Path) -> None:
        content, note = OF_LABELS[name]
        result = parsed(content, tmp_path)
        assert result.labels.tolist() == LABELS
        assert result.warnings == (note,)

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
    def test_are_read_in_an_encoding_that_its_mark_announces(
        self, tmp_path: Path, encoding: str
    ) -> None:
        content = table("id,étiquette", *(f"{i},{v}" for i, v in ROWS)).encode(encoding)
        assert parsed(content, tmp_path).labels.tolist() == LABELS

    def test_big_endian_utf_16_has_a_mark_of_its_own(self, tmp_path: Path) -> None:
        content = b"\xfe\xff" + table(*map(str, LABELS)).encode("utf-16-be")
        assert parsed(content, tmp_path).labels.tolist() == LABELS

    def test_thousands_are_whole_numbers_beside_a_label(self, tmp_path: Path) -> None:
        path = tmp_path / "upload"
        rows = (f'"{i:,}",7' if i > 999 else f"{i},7" for i in range(1, 1_501))
        path.write_text(table("id,label", *rows))
        result = parsed_digits(path, 1_500)
        assert set(result.labels) == {7}
        assert result.warnings == (csv_dialects.THOUSANDS,)

    def test_a_plain_table_needs_no_note(self, tmp_path: Path) -> None:
        content = table("# id,label", *(f"{i},{v}" for i, v in ROWS))
        assert parsed(content, tmp_path).warnings == ()


class TestDecimalCommas:
    @pytest.mark.parametrize(("cell", "separator"), [("{}", ";"), ("{}", "\t"), ('"{}"', ",")])
    def test_are_read_where_something_else_separates_the_cells(
        self, tmp_path: Path, cell: str, separator: str
    ) -> None:
        result = parsed(with_decimal_commas(cell, separator), tmp_path)
        assert result.values == pytest.approx(SCORES.astype(np.float32))
        assert result.warnings == (csv_dialects.DECIMAL_COMMAS,)

    @pytest.mark.parametrize(
        "line",
        ["1,000;2,500", "0.5;0,5", "1,5,0;2", ",5;0,5"],
        ids=["either", "both", "two", "bare"],
    )
    def test_are_refused_where_they_may_mean_something_else(
        self, tmp_path: Path, line: str
    ) -> None:
        assert refusal(table(*[line] * len(LABELS)), tmp_path).code in ("separator", "columns")


class TestRefusals:
    def test_an_empty_column_with_a_name_is_a_missing_one(self, tmp_path: Path) -> None:
        content = table("id,label", *(f"{i}," for i, _ in ROWS))
        assert refusal(content, tmp_path).detail == (
            "Line 2, column 2, is empty, which is not a number."
        )

    @pytest.mark.parametrize("lines", [[","], ["7,", ",", "7,"], ["7,", ","], [",", "7,"]])
    def test_a_line_of_nothing_but_a_comma_is_no_prediction(
        self, tmp_path: Path, lines: list[str]
    ) -> None:
        content = table(*lines, *(["7,"] * (len(LABELS) - len(lines))))
        assert refusal(content, tmp_path).code in ("value_type", "row_count", "columns")

    def test_a_comma_at_the_end_of_some_lines_is_uneven(self, tmp_path: Path) -> None:
        rows = [f"{i},{v}," if i else f"{i},{v}" for i, v in ROWS]
        assert refusal(table(*rows), tmp_path).code == "columns"

    def test_a_line_of_another_length_is_no_column(self, tmp_path: Path) -> None:
        assert refusal(",".join(map(str, LABELS[1:])), tmp_path).code in ("columns", "row_count")
