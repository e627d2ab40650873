"""The experiment map's data."""

from __future__ import annotations

import json
from typing import Any

from heldout_server.runs.experiments import ordered
from heldout_server.runs.map_data import BINS, MOST_CATEGORIES, OTHERS, grid_data, map_data
from unit.runs.made_up import run


def axis_of(data: dict[str, Any], name: str) -> dict[str, Any]:
    return next(axis for axis in data["axes"] if axis["name"] == name)


class TestMapData:
    def test_counts_all_and_lists_the_best(self) -> None:
        rows = [run(i, 1 - i / 100, learning_rate=10 ** -(i % 5 + 1)) for i in range(50)]
        data = map_data(rows, best=10)
        assert data["total"] == 50
        assert data["runs"]["id"] == [f"s_{i}" for i in range(10)]
        rates = axis_of(data, "learning_rate")
        assert (rates["min"], rates["max"], rates["log"]) == (1e-5, 0.1, True)
        assert sum(rates["counts"]) == 50
        assert len(rates["counts"]) == BINS

    def test_leaves_out_what_nobody_tells(self) -> None:
        assert {axis["name"] for axis in map_data([run(1, 0.9)], 5)["axes"]} == {"score"}

    def test_a_zero_on_a_log_axis_is_not_placed(self) -> None:
        data = map_data([run(1, 0.9, l2=0.0), run(2, 0.8, l2=0.01)], 5)
        assert axis_of(data, "l2")["min"] == 0.01
        assert sum(axis_of(data, "l2")["counts"]) == 1

    def test_rare_categories_are_others(self) -> None:
        rows = [run(i, 0.5, activation=f"a{i:02d}") for i in range(40)]
        shown = axis_of(map_data(rows, 5), "activation")
        assert len(shown["categories"]) == MOST_CATEGORIES + 1
        assert shown["categories"][-1] == OTHERS
        assert sum(shown["counts"]) == 40

    def test_is_json(self) -> None:
        rows = [run(1, 0.9, optimizer="<b>adam", name="<script>"), run(2, 0.9)]
        assert json.loads(json.dumps(map_data(rows, 5), allow_nan=False))


class TestGridData:
    def test_every_run_that_tells_both_is_in_one_cell(self) -> None:
        rows = [run(i, i / 100, batch_size=2 ** (i % 6)) for i in range(100)] + [run(200, 0.5)]
        data = grid_data(rows, "batch_size", "score")
        assert sum(cell[2] for cell in data["cells"]) == 100
        assert all(0 <= cell[0] < data["columns"] and 0 <= cell[1] < data["lines"]
                   for cell in data["cells"])  # fmt: skip

    def test_of_unknown_columns_is_empty(self) -> None:
        assert grid_data([run(1, 0.5)], "l2", "score")["cells"] == []


class TestOrdered:
    def test_unknown_values_come_last_both_ways(self) -> None:
        rows = [run(1, 0.5), run(2, 0.6, dropout=0.1), run(3, 0.7, dropout=0.5)]
        assert [r.submission_id for r in ordered(rows, "dropout", descending=True)] == [3, 2, 1]
        assert [r.submission_id for r in ordered(rows, "dropout", descending=False)] == [2, 3, 1]
