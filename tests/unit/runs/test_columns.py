"""Flat columns from run cards of every kind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heldout_server.models import Run
from heldout_server.runs.columns import number, run_columns, text
from unit.runs.made_up import curve


class TestRunColumns:
    def test_of_the_starter(self) -> None:
        card = curve("starter")["card"]
        found = run_columns(card, {"seconds": {"load": 0.5, "predict": 1.0, "queue": 9.0}})
        expected = {
            "optimizer": "adam", "learning_rate": 0.001, "batch_size": 128.0, "epochs_run": 20.0,
            "hidden_layers": 3.0, "hidden_units": "2048-512-128", "width": 2688.0,
            "parameters": 2_723_722.0, "family": "fully connected", "diagnosis": "overfitting",
            "scoring_seconds": 1.5, "examples": 20_000.0, "study": None, "trial": None,
        }  # fmt: skip
        assert {name: found[name] for name in expected} == expected
        assert 0.99 < found["train_accuracy"] < 1

    @pytest.mark.parametrize(
        ("name", "family"),
        [
            ("keras_convnet", "convolutional"),
            ("lstm_rows", "recurrent"),
            ("chollet", "fully connected"),
        ],
    )
    def test_names_the_family(self, name: str, family: str) -> None:
        assert run_columns(curve(name)["card"], {})["family"] == family

    def test_our_count_of_parameters_wins(self) -> None:
        card = {"hyperparameters": {"parameters": 3}}
        assert run_columns(card, {"parameters": 101_770})["parameters"] == 101_770.0

    def test_is_all_that_a_run_has(self) -> None:
        keys = {"submission_id", "competition_id", "participant_id", "card_changes"}
        assert set(run_columns({}, {})) == set(Run.model_fields) - keys

    @given(
        st.dictionaries(
            st.sampled_from(["hyperparameters", "history", "architecture", "fits"]),
            st.recursive(
                st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
                lambda inner: (
                    st.lists(inner)
                    | st.dictionaries(
                        st.sampled_from(["loss", "val_loss", "optimizer", "trial", "type"]), inner
                    )
                ),
                max_leaves=12,
            ),
        )
    )
    def test_never_fails(self, card: dict[str, object]) -> None:
        found = run_columns(card, card)
        for value in found.values():
            assert value is None or isinstance(value, str | float | int)


class TestValues:
    @pytest.mark.parametrize(
        ("given", "found"),
        [
            (3, 3.0), ("0.5", 0.5), ("128-32", 32.0), ("1e-3", 0.001), (True, None), ("adam", None),
            (float("nan"), None), (10**400, None), (None, None), ([1], None),
        ],
    )  # fmt: skip
    def test_number(self, given: object, found: float | None) -> None:
        assert number(given) == found

    def test_text_is_one_short_line(self) -> None:
        assert text("a\nb" + "c" * 500).startswith("a b")
        assert len(text("c" * 500) or "") <= 80
        assert text({"a": 1}) is None
