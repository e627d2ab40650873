"""Slips of the keyboard are refused; true hyperparameters pass."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import heldout
from client.fake_server import FakeServer
from heldout._keywords import USUAL, free_keywords

CURVES = {"loss": [2.0, 1.0]}
HISTORY = SimpleNamespace(history=CURVES, epoch=[0, 1])


class TestFreeKeywords:
    @pytest.mark.parametrize(
        ("name", "value", "meant"),
        [
            ("histroy", None, "history"),
            ("hist", HISTORY, "history"),
            ("training", CURVES, "history"),
            ("nmae", "untrained", "name"),
            ("Name", "untrained", "name"),
            ("note", "a b", "notes"),
            ("time_out", 60, "timeout"),
            ("preprocess", "0-1", "preprocessing"),
            ("hyper_parameters", {}, "hyperparameters"),
            ("bacth_size", 128, "batch_size"),
            ("learnig_rate", 0.1, "learning_rate"),
            ("optimiser", "adam", "optimizer"),
        ],
    )
    def test_close_ones_are_refused(self, name: str, value: Any, meant: str) -> None:
        with pytest.raises(heldout.WrongArguments, match=f"did you mean {meant}?"):
            free_keywords({name: value})

    @pytest.mark.parametrize(
        "name",
        [
            *USUAL, "k", "seed", "nodes", "weights", "weight", "units", "gamma", "beta_3", "lr",
            "kernel_sizes", "dropout_2", "dropout2", "history_size", "layer_names", "model_name",
            "tag", "warmup", "patience", "hidden_units_2", "n_parameters", "temperature", "note_id",
        ],
    )  # fmt: skip
    def test_hyperparameters_pass(self, name: str) -> None:
        assert free_keywords({name: 1}) == {name: 1}

    def test_any_name_passes_in_the_dict(self, client: heldout.Client, server: FakeServer) -> None:
        client.submit([1, 2], hyperparameters={"nmae": 1})
        assert server.announcements[0]["run_card"]["hyperparameters"] == {"nmae": 1}


class TestSubmit:
    @pytest.mark.parametrize("call", ["submit", "add_run_card"])
    def test_nothing_is_sent_with_a_slip(
        self, client: heldout.Client, server: FakeServer, call: str
    ) -> None:
        submission = client.submit([1, 2])
        before = len(server.requests)
        calling = {"submit": client.submit, "add_run_card": submission.add_run_card}[call]
        with pytest.raises(heldout.WrongArguments, match=r"did you mean history\?"):
            calling([3, 4], histroy=CURVES)
        assert len(server.requests) == before

    @pytest.mark.parametrize(
        ("wrong", "called"),
        [("oops", "the text 'oops'"), (7, "7"), (object(), "a object"), (["oops"], "the text")],
    )
    def test_what_is_no_history_is_refused_with_words(
        self, client: heldout.Client, wrong: object, called: str
    ) -> None:
        with pytest.raises(heldout.WrongArguments, match=f"history is {called}") as caught:
            client.submit([1, 2], history=wrong)
        assert "history = model.fit(...)" in caught.value.hint

    @pytest.mark.parametrize("right", [None, CURVES, HISTORY, [HISTORY, CURVES], []])
    def test_what_is_one_passes(self, client: heldout.Client, right: object) -> None:
        assert client.submit([1, 2], history=right).score == 0.9731

    def test_hyperparameters_are_a_dict(self, client: heldout.Client) -> None:
        with pytest.raises(heldout.WrongArguments, match="not a dict"):
            client.submit([1, 2], hyperparameters="seed")  # type: ignore[arg-type]

    @pytest.mark.parametrize("call", ["submit", "check"])
    def test_preprocessing_says_what_it_may_be(self, client: heldout.Client, call: str) -> None:
        with pytest.raises(heldout.WrongArguments, match=r'did you mean preprocessing="0-255"\?'):
            getattr(client, call)([1, 2], preprocessing="255")
