"""The table of runs: sorted and paged on the server, and the same as CSV. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from heldout_server.kit.csv_files import written
from heldout_server.runs.axes import AXES, BY_NAME, SCORE, SHARES, Axis
from heldout_server.runs.experiments import RunRow, ordered
from heldout_server.tasks import scores
from heldout_server.web.view_models.runs import RunTable, TableColumn, TableRun

ROWS_A_PAGE = 50
SHOWN = ("score", "family", "hidden_layers", "parameters", "optimizer", "learning_rate",
         "epochs_run", "dropout", "diagnosis")  # fmt: skip
"""What people compare with their own, as wide as a laptop's screen; the CSV has every column."""
SEARCHED = (
    "score", "optimizer", "learning_rate", "batch_size", "epochs_run", "family", "hidden_layers",
    "width", "dropout", "l2", "parameters", "train_accuracy", "validation_accuracy", "diagnosis",
)  # fmt: skip
"""What a search varies."""


@dataclass(frozen=True)
class Sorting:
    """By which column, in which direction, beginning after how many rows.

    The direction is that of what is read: of a loss the best stand first when it ascends.
    """

    column: str
    descending: bool
    offset: int


def run_table(
    rows: Sequence[RunRow],
    sorting: Sorting,
    path: str,
    *,
    csv_path: str = "",
    shown: Sequence[str] = SHOWN,
    with_trial: bool = False,
    metric: str = "accuracy",
) -> RunTable:
    """One page of the rows in the wanted order; unknown columns must be refused before."""
    falls = sorting.descending != (sorting.column == SCORE and scores.is_loss(metric))
    sorted_rows = ordered(rows, sorting.column, descending=falls)
    page = sorted_rows[sorting.offset : sorting.offset + ROWS_A_PAGE]
    later = sorting.offset + ROWS_A_PAGE
    return RunTable(
        columns=tuple(_column(BY_NAME[name], sorting, path, metric) for name in shown),
        rows=tuple(_row(row, shown, metric, with_trial=with_trial) for row in page),
        total=len(rows),
        first=sorting.offset + 1 if page else 0,
        previous_url=_url(path, sorting, max(0, sorting.offset - ROWS_A_PAGE))
        if sorting.offset
        else None,
        next_url=_url(path, sorting, later) if later < len(rows) else None,
        csv_path=csv_path or f"{path}.csv",
    )


def _column(axis: Axis, sorting: Sorting, path: str, metric: str) -> TableColumn:
    is_sorted = axis.name == sorting.column
    # A first click on a number asks for the large ones, on text for the beginning, on scores for
    # the best.
    first = axis.kind == "number" and not (axis.name == SCORE and scores.is_loss(metric))
    descending = not sorting.descending if is_sorted else first
    state = ("descending" if sorting.descending else "ascending") if is_sorted else "none"
    return TableColumn(
        name=axis.name,
        label=scores.label(metric) if axis.name == SCORE else axis.label,
        url=_url(path, Sorting(axis.name, descending, 0), 0),
        is_number=axis.kind == "number",
        sorted=state,
    )


def _url(path: str, sorting: Sorting, offset: int) -> str:
    order = "desc" if sorting.descending else "asc"
    query = urlencode({"sort": sorting.column, "order": order, "offset": offset})
    return f"{path}?{query}#runs"


def _row(row: RunRow, shown: Sequence[str], metric: str, *, with_trial: bool) -> TableRun:
    trial = f"Trial {row.trial}: " if with_trial and row.trial is not None else ""
    return TableRun(
        id=row.public_id,
        name=f"{trial}{row.name}",
        participant_name=row.participant,
        cells=tuple(
            scores.text(row.score, metric)
            if name == SCORE
            else cell(BY_NAME[name], row.values[name])
            for name in shown
        ),
    )


def cell(axis: Axis, value: object) -> str:
    """A value as it stands in the table."""
    if value is None:
        return "–"
    if not isinstance(value, float | int):
        return str(value)
    if axis.name in SHARES and axis.name != "dropout":
        return f"{value:.2%}"
    return f"{int(value):,}" if float(value).is_integer() and abs(value) >= 1 else f"{value:.4g}"


def _written(axis: Axis, row: RunRow, metric: str) -> object:
    value = row.values[axis.name]
    return scores.figure(row.score, metric) if axis.name == SCORE else value


def csv_text(rows: Sequence[RunRow], metric: str) -> str:
    """All columns of all rows; numbers in full, text that no spreadsheet takes for a formula.

    Scores are figures of the metric, as people read them.
    """
    header = ["submission", "name", "participant", *(axis.name for axis in AXES)]
    header += ["metric", "direction"]
    cells = (
        (
            row.public_id,
            row.name,
            row.participant,
            *(_written(axis, row, metric) for axis in AXES),
            metric,
            scores.direction(metric).value,
        )
        for row in rows
    )
    return written(header, cells)
