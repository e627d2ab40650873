"""The run card from duck-typed objects: plain JSON, bounded, and never in the way."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from heldout._architecture import name_of, snake_case
from heldout._capture import bounded, card_bytes, run_card
from heldout._constants import HISTORY_POINTS, RUN_CARD_BYTES
from heldout._plain import flat, joined, plain, scalar, tidy
from heldout._training import History


class FakeHistory:
    """What `model.fit` returns."""

    def __init__(self, epochs: int = 20, **curves: list[Any]) -> None:
        self.history = curves
        self.epoch = list(range(len(next(iter(curves.values()), []))))
        self.params = {"verbose": 0, "epochs": epochs, "steps": 157}


class Broken:
    """A model of which nothing can be read."""

    layers = ()

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"no {name} today")


class TestRunCard:
    def test_of_an_array_holds_what_was_passed(self) -> None:
        card = run_card(hyperparameters={"k": 3}, notes="nearest neighbours")
        assert card["schema"] == "heldout.run-card/1"
        assert card["hyperparameters"] == {"k": 3}
        assert card["notes"] == "nearest neighbours"
        assert card["history"] == {}
        assert card["architecture"] == []
        assert card["captured"] == {"hyperparameters": [], "notes": []}

    def test_explicit_values_win(self) -> None:
        history = FakeHistory(loss=[2.0, 1.0])
        card = run_card(history=history, hyperparameters={"epochs_run": 9, "batch_size": 128})
        assert card["hyperparameters"] == {
            "epochs_run": 9,
            "epochs_requested": 20,
            "steps_per_epoch": 157,
            "batch_size": 128,
        }
        assert card["captured"]["hyperparameters"] == ["epochs_requested", "steps_per_epoch"]

    def test_a_model_that_cannot_be_read_becomes_notes(self) -> None:
        card = run_card(Broken(), hyperparameters={"seed": 1})
        assert card["hyperparameters"] == {"seed": 1}
        assert any("no optimizer today" in note for note in card["captured"]["notes"])

    @pytest.mark.parametrize("wrong", ["history.json", 7, object()])
    def test_a_wrong_history_becomes_a_note(self, wrong: object) -> None:
        card = run_card(history=wrong)
        assert card["history"] == {}
        assert "is not a training history" in card["captured"]["notes"][0]

    def test_is_always_json(self) -> None:
        strange = {"nan": math.nan, "lone": "\ud800", "nul": "a\0b", "set": {1}, "big": 10**30}
        card = run_card(history={"loss": [math.nan, 1]}, hyperparameters=strange, notes="\ud800")
        again = json.loads(json.dumps(card, allow_nan=False).encode())
        assert again["hyperparameters"]["nan"] is None
        assert again["hyperparameters"]["nul"] == "ab"


class TestHistory:
    def test_keeps_curves_exactly(self) -> None:
        loss = [0.1234567890123456, 1 / 3]
        assert History(FakeHistory(loss=loss)).series == {"loss": loss}

    def test_counts_epochs_run_and_requested(self) -> None:
        columns = History(FakeHistory(epochs=20, loss=[1.0] * 7)).hyperparameters()
        assert columns == {"epochs_run": 7, "epochs_requested": 20, "steps_per_epoch": 157}

    def test_joins_several_fits(self) -> None:
        history = History([FakeHistory(5, loss=[3.0, 2.0]), FakeHistory(5, loss=[1.0])])
        assert history.series == {"loss": [3.0, 2.0, 1.0]}
        assert history.hyperparameters()["epochs_run"] == 3
        assert history.hyperparameters()["epochs_requested"] == 10

    def test_takes_a_dict_of_arrays(self) -> None:
        history = History({"loss": np.array([1, 0.5], dtype=np.float32), "f1": (np.float64(1),)})
        assert history.series == {"loss": [1.0, 0.5], "f1": [1.0]}
        assert history.hyperparameters() == {"epochs_run": 2}

    def test_takes_a_data_frame(self) -> None:
        class Frame:
            def to_dict(self, orient: str) -> dict[str, list[float]]:
                assert orient == "list"
                return {"loss": [1.0, 0.5]}

        assert History(Frame()).series == {"loss": [1.0, 0.5]}

    def test_marks_where_it_diverged(self) -> None:
        history = History({"loss": [1.0, math.inf, math.nan], "accuracy": [0.1, 0.1, 0.1]})
        assert history.series["loss"] == [1.0, None, None]
        assert history.non_finite == {"loss": [1, 2]}
        assert run_card(history={"loss": [math.nan]})["history_non_finite"] == {"loss": [0]}

    def test_thins_a_million_points(self) -> None:
        history = History({"loss": list(range(1_000_000))})
        assert len(history.series["loss"]) == HISTORY_POINTS
        assert (history.series["loss"][0], history.series["loss"][-1]) == (0, 999_999)
        assert "thinned from 1000000" in history.notes[0]

    def test_leaves_out_what_is_no_curve(self) -> None:
        history = History({"loss": [1.0], "matrix": [[1, 2]], "text": ["a"], "none": []})
        assert list(history.series) == ["loss"]
        assert len(history.notes) == 3

    def test_leaves_out_series_beyond_the_hundredth(self) -> None:
        history = History({f"m{i}": [1.0] for i in range(103)})
        assert len(history.series) == 100
        assert len(history.notes) == 3

    def test_keeps_lengths_that_differ(self) -> None:
        history = History({"loss": [1.0, 2.0], "val_loss": [1.0]})
        assert [len(series) for series in history.series.values()] == [2, 1]

    def test_knows_the_first_learning_rate_of_a_callback(self) -> None:
        history = History({"loss": [1.0, 0.9], "learning_rate": [0.0010000000474974513, 0.0005]})
        assert history.hyperparameters()["learning_rate"] == 0.001


class TestBounded:
    def card(self, **parts: Any) -> dict[str, Any]:
        return {
            "hyperparameters": {},
            "history": {},
            "architecture": [],
            "captured": {"hyperparameters": [], "notes": []},
            **parts,
        }

    def test_drops_the_layers_configuration_first(self) -> None:
        layers = [{"name": f"l{i}", "config": {"text": "x" * 500}} for i in range(2000)]
        curves = {"loss": [0.5] * 1000}
        card = bounded(self.card(architecture=layers, history=curves))
        assert card_bytes(card) <= RUN_CARD_BYTES
        assert card["architecture"][0] == {"name": "l0", "config": {}}
        assert len(card["history"]["loss"]) == 1000
        assert len(card["captured"]["notes"]) == 1

    def test_thins_the_history_next(self) -> None:
        curves = {f"m{i}": [1 / 3] * 10_000 for i in range(10)}
        card = bounded(self.card(history=curves))
        assert card_bytes(card) <= RUN_CARD_BYTES
        assert len(card["history"]["m0"]) == 1000

    def test_always_ends_below_the_limit(self) -> None:
        curves = {f"{i}": [1 / 3] * 10_000 for i in range(30)}
        words = {f"{i}": "x" * 500 for i in range(3_000)}
        card = run_card(history=curves, hyperparameters=words, notes="n" * 100_000)
        assert card_bytes(card) <= RUN_CARD_BYTES


class TestPlain:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (np.float32(0.5), 0.5),
            (np.int64(3), 3),
            (np.bool_(True), True),
            (np.array(7), 7),
            (np.float64("inf"), None),
            (math.nan, None),
            (math.sin, "sin"),
            (True, True),
            (None, None),
        ],
    )
    def test_scalar(self, value: Any, expected: Any) -> None:
        assert scalar(value) == expected
        assert type(scalar(value)) is type(expected)

    def test_objects_with_a_configuration_are_called_by_their_class(self) -> None:
        assert scalar(type("Adam", (), {"get_config": dict})()) == "Adam"

    def test_long_texts_are_cut(self) -> None:
        assert len(str(scalar("x" * 10_000))) == 500

    def test_nests(self) -> None:
        assert plain({"a": [np.float32(1), {"b": (2,)}]}) == {"a": [1.0, {"b": [2]}]}

    def test_ends_in_circles(self) -> None:
        circle: list[Any] = []
        circle.append(circle)
        assert json.dumps(plain(circle))

    def test_flat_joins_lists_and_names_dicts(self) -> None:
        values = {"hidden_units": [512, 128], "schedule": {"type": "cosine", "steps": (1,)}}
        assert flat(values) == {
            "hidden_units": "512-128",
            "schedule_type": "cosine",
            "schedule_steps": 1,
        }

    def test_joined_keeps_one_value_s_type(self) -> None:
        assert (joined([]), joined([512]), joined([5, 6])) == (None, 512, "5-6")

    def test_tidy_takes_the_noise_out(self) -> None:
        assert tidy(float(np.float32(1e-3))) == 1e-3
        assert tidy(128) == 128


class TestNames:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy"),
            ("KLDivergence", "kl_divergence"),
            ("relu", "relu"),
            ("L2", "l2"),
        ],
    )
    def test_snake_case(self, name: str, expected: str) -> None:
        assert snake_case(name) == expected

    def test_name_of_functions_and_configurations(self) -> None:
        assert name_of({"class_name": "function", "config": "my_loss"}) == "my_loss"
        assert name_of({"class_name": "LeakyReLU", "config": {}}) == "leaky_re_lu"
        assert name_of(math.sin) == "sin"
        assert name_of(None) is None
