"""Run cards, read for the page."""

from __future__ import annotations

import pytest

from heldout_server.web.pages.runs.run_card_view import (
    MOST_HYPERPARAMETERS,
    MOST_LAYERS,
    read_run_card,
)
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


class TestPredictedAtHome:
    def test_says_with_what(self) -> None:
        told = {"framework": "XGBoost", "model": "XGBClassifier", "version": "3.2.0"}
        card = read_run_card({"predicted_at_home": told, "hyperparameters": {"model": "X"}})
        assert card.at_home == "XGBClassifier (XGBoost 3.2.0)"
        assert read_run_card({"predicted_at_home": {"framework": "XGBoost"}}).at_home == "XGBoost"

    @pytest.mark.parametrize("told", [None, 7, "home", [], {"framework": {}}, {"model": "x"}])
    def test_of_nonsense_is_silent(self, told: object) -> None:
        assert read_run_card({"predicted_at_home": told}).at_home == ""
