"""Parquet, where pyarrow is installed: turned into CSV, which everybody reads."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from heldout_server.contests.problems import Found

MOST_CELLS = 100_000_000
_FLAT = ("int", "uint", "float", "double", "halffloat", "bool", "string", "large_string",
         "date", "timestamp", "decimal", "dictionary", "null")  # fmt: skip


def csv_of(path: Path, file: str, found: Found) -> bytes | None:
    """The same table as CSV in UTF-8; None, and noted, where it can't be read."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        found.add(
            "parquet_unavailable", file, None, "Parquet can't be read here: pyarrow is missing.",
            "Install it (pip install pyarrow), or save the table as CSV.",
        )  # fmt: skip
        return None
    try:
        head = pq.ParquetFile(path)
        if head.metadata.num_rows * head.metadata.num_columns > MOST_CELLS:
            found.add("too_large", file, None, f"More than {MOST_CELLS:,} cells.")
            return None
        table = head.read()
    except (pa.ArrowException, OSError, ValueError):
        found.add("file_format", file, None, "This can't be read as Parquet.", "Save it again.")
        return None
    nested = [f.name for f in table.schema if not str(f.type).startswith(_FLAT)]
    if nested:
        found.add(
            "file_format", file, None, f"“{nested[0]}” has lists or structures in its cells.",
            "Make columns of them, or arrays in an npz.",
        )  # fmt: skip
        return None
    return _written(table.column_names, [column.to_pylist() for column in table.columns])


def _written(names: list[str], columns: list[list[object]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(names)
    cells = [["" if cell is None else cell for cell in column] for column in columns]
    writer.writerows(zip(*cells, strict=True))
    return buffer.getvalue().encode()
