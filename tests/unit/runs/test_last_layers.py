"""Mistakes in last layer, loss and metric, by what is asked."""

from __future__ import annotations

from typing import Any

import pytest

from heldout_server.runs.last_layers import mistake
from heldout_server.tasks.kinds import Kind
from unit.runs.made_by_kind import made
from unit.runs.made_up import CURVE_NAMES, curve


def card(activation: str, loss: str, units: int, *measured: str, **more: Any) -> dict[str, Any]:
    return {
        "hyperparameters": {"output_activation": activation, "loss": loss, **more},
        "history": {"loss": [1.0], **{name: [0.5] for name in measured}},
        "architecture": [{"type": "Dense", "output_shape": [None, units]}],
    }


@pytest.mark.parametrize(
    ("kind", "made_so", "told"),
    [
        (Kind.BINARY, card("softmax", "binary_crossentropy", 1), "over one unit"),
        (Kind.BINARY, card("linear", "BinaryCrossentropy", 1), "from_logits=True"),
        (Kind.MULTICLASS, card("sigmoid", "categorical_crossentropy", 5), "Sigmoid with"),
        (Kind.MULTICLASS, card("linear", "sparse_categorical_crossentropy", 5), "from_logits=True"),
        (Kind.MULTILABEL, card("softmax", "binary_crossentropy", 5), "one label win"),
        (Kind.MULTILABEL, card("sigmoid", "binary_crossentropy", 5, "accuracy"), "binary_accuracy"),
        (Kind.REGRESSION, card("linear", "mse", 1, "accuracy"), "hit exactly"),
        (Kind.REGRESSION, card("sigmoid", "mse", 1), "bounds what can be said"),
        (Kind.REGRESSION, card("sigmoid", "binary_crossentropy", 1), "is for classes"),
    ],
)
def test_is_told_with_what_belongs_there(kind: Kind, made_so: dict[str, Any], told: str) -> None:
    assert told in mistake(made_so, kind)


@pytest.mark.parametrize(
    ("kind", "made_so"),
    [
        (Kind.BINARY, card("sigmoid", "binary_crossentropy", 1, "accuracy")),
        (Kind.BINARY, card("linear", "binary_crossentropy", 1, from_logits=True)),
        (Kind.BINARY, card("softmax", "sparse_categorical_crossentropy", 2, "accuracy")),
        (Kind.MULTICLASS, card("softmax", "sparse_categorical_crossentropy", 5, "accuracy")),
        (Kind.MULTILABEL, card("sigmoid", "binary_crossentropy", 5, "binary_accuracy")),
        (Kind.REGRESSION, card("linear", "mse", 1, "mae")),
        *((kind, {}) for kind in Kind),
        *((kind, {"hyperparameters": 3, "history": [], "architecture": {}}) for kind in Kind),
    ],
)
def test_nothing_is_told_where_nothing_is_wrong(kind: Kind, made_so: dict[str, Any]) -> None:
    assert mistake(made_so, kind) == ""


@pytest.mark.parametrize("name", CURVE_NAMES)
def test_the_lessons_networks_make_none(name: str) -> None:
    assert mistake(curve(name)["card"], Kind.MULTICLASS) == ""


def test_a_trained_one_is_told_first() -> None:
    assert "over one unit" in mistake(made("binary_softmax_of_one")["card"], Kind.BINARY)
