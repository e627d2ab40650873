"""Run cards, confusion matrices, standings and snippets, read for the page."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest

from heldout_server.web.pages.board.score_dots import read_standings
from heldout_server.web.pages.runs.confusion_matrix import read_confusion
from heldout_server.web.pages.runs.run_card_view import (
    MOST_HYPERPARAMETERS,
    MOST_LAYERS,
    read_run_card,
)
from heldout_server.web.view_models.notebook_snippet import Snippet
from unit.web import sample_pages


class TestReadRunCard:
    def test_marks_what_the_client_captured(self) -> None:
        values = {
            item.name: item for item in read_run_card(sample_pages.run_card()).hyperparameters
        }
        assert values["optimizer"].captured
        assert not values["batch size"].captured
        assert values["learning rate"].value == "0.001"

    @pytest.mark.parametrize(
        ("history", "said"),
        [
            ({"loss": [1, 0.5, 0.3, 0.2], "val_loss": [1, 0.6, 0.9, 1.2]}, "it overfits"),
            ({"loss": [1, 5, None, None], "val_loss": [1, 9, None, None]}, "it diverges"),
        ],
    )
    def test_says_what_begins_where_the_chart_is_shaded(
        self, history: dict[str, object], said: str
    ) -> None:
        loss = read_run_card({"history": history}).panels[0]
        assert (loss.turn_x is not None, loss.turned) == (True, said)

    def test_puts_the_lessons_hyperparameters_first(self) -> None:
        names = [item.name for item in read_run_card(sample_pages.run_card()).hyperparameters]
        assert names[:3] == ["optimizer", "learning rate", "batch size"]
        assert names[-1] == "augmentation"

    def test_sums_parameters_and_tells_facts(self) -> None:
        card = read_run_card(sample_pages.run_card())
        assert card.parameters == 2_661_898
        assert card.layers[1].facts == "2,048 units · relu"
        assert card.layers[1].output_shape == "? × 2,048"
        assert card.layers[-1].facts == "10 units"

    @pytest.mark.parametrize(
        "card",
        [
            {},
            {"hyperparameters": None, "history": 3, "architecture": "x", "captured": []},
            {"hyperparameters": [1], "captured": {"hyperparameters": 7}, "environment": [1]},
            {"architecture": [None, 3, {}], "notes": 4, "history": {"loss": {"a": 1}}},
        ],
    )
    def test_wrong_types_are_left_out(self, card: dict[str, object]) -> None:
        read = read_run_card(card)
        assert read.hyperparameters == ()
        assert read.panels == ()

    def test_strange_numbers_do_no_harm(self) -> None:
        layer = {"type": "Dense", "parameters": 10**400, "config": {"units": float("nan")}}
        card = {"architecture": [layer], "hyperparameters": {"l2": 10**400, "on": True}}
        read = read_run_card(card)
        assert read.layers[0].parameters is None
        assert [item.value for item in read.hyperparameters] == ["a very large number", "yes"]

    def test_is_cut_to_what_a_page_can_show(self) -> None:
        card = {
            "hyperparameters": {f"h{index}": index for index in range(5000)},
            "architecture": [{"type": "Dense", "parameters": 1}] * 1000,
            "notes": "x" * 100_000,
        }
        read = read_run_card(card)
        assert len(read.hyperparameters) == MOST_HYPERPARAMETERS
        assert len(read.layers) == MOST_LAYERS
        assert read.layers_left_out == 700
        assert read.parameters == 1000
        assert len(read.notes) <= 4000

    def test_knows_when_it_is_empty(self) -> None:
        assert read_run_card({"schema": "heldout.run-card/1"}).is_empty
        assert not read_run_card(sample_pages.run_card()).is_empty


class TestReadConfusion:
    def metrics(self, *matrix: tuple[int, ...], names: tuple[str, ...] = ()) -> object:
        base = sample_pages.metrics()
        return replace(base, confusion_matrix=matrix, class_names=names)

    def test_names_the_most_confused_pairs(self) -> None:
        sentence = read_confusion(self.metrics((9, 1, 0), (0, 9, 0), (3, 2, 5))).sentence  # type: ignore[arg-type]
        expected = "2 read as 0 (3×), 2 read as 1 (2×) and 0 read as 1 (1×)"
        assert sentence == f"Confused most often: {expected}."

    def test_a_perfect_matrix_says_so(self) -> None:
        assert "Nothing was confused" in read_confusion(self.metrics((5, 0), (0, 5))).sentence  # type: ignore[arg-type]

    def test_a_single_mistake_is_visible(self) -> None:
        rows = read_confusion(self.metrics((999, 1), (500, 500))).rows  # type: ignore[arg-type]
        assert rows[0].cells[1].step == 1
        assert rows[1].cells[0].step == 10
        assert rows[0].cells[0].step == 10

    def test_a_class_without_examples_has_no_recall(self) -> None:
        rows = read_confusion(self.metrics((0, 0), (0, 5))).rows  # type: ignore[arg-type]
        assert rows[0].recall is None
        assert rows[0].cells[0].step == 0

    def test_uses_the_class_names(self) -> None:
        found = read_confusion(self.metrics((1, 1), (0, 5), names=("cat", "dog")))  # type: ignore[arg-type]
        assert "cat read as dog (1×)" in found.sentence


class TestReadStandings:
    def test_dots_follow_the_scores(self) -> None:
        places = [float(dot.at.rstrip("%")) for dot in read_standings(sample_pages.rows(40)).dots]
        assert places == sorted(places, reverse=True)
        assert all(0 <= place <= 100 for place in places)

    def test_an_outlier_does_not_squeeze_the_others(self) -> None:
        rows = [*sample_pages.rows(20), replace(sample_pages.rows(1)[0], score=0.098)]
        found = read_standings(rows)
        assert found.low > 0.9
        assert [dot.is_off_scale for dot in found.dots] == [False] * 20 + [True]

    @pytest.mark.parametrize("score", [0.0, 0.5, 1.0])
    def test_everybody_equal_is_one_place(self, score: float) -> None:
        rows = [replace(row, score=score) for row in sample_pages.rows(5)]
        found = read_standings(rows)
        assert len({dot.at for dot in found.dots}) == 1
        assert 0 <= found.low < found.high <= 1

    def test_no_rows_is_a_whole_axis(self) -> None:
        found = read_standings([])
        assert (found.low, found.high, found.dots) == (0.0, 1.0, ())


class TestSnippet:
    @pytest.mark.parametrize("code", ['a"b', "a\\b", "a\nb", "née 🦔", "'", "\u2028"])
    def test_any_code_is_a_python_string(self, code: str) -> None:
        snippet = Snippet(server_url="http://h:8000", wheel_url="http://h:8000/w.whl", code=code)
        tree = ast.parse(snippet.join_cell)
        strings = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        assert code in strings

    def test_install_line_is_ready_to_paste(self) -> None:
        line = sample_pages.snippet().install_line
        assert line == (
            "%pip install http://192.168.1.20:8000/client/heldout-0.1.0-py3-none-any.whl"
        )
