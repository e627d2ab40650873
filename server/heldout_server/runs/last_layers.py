"""The lesson's table: task, last layer, loss, and what people watch; and where a card leaves it.

Pure. A card comes from a participant's machine: a mistake is named only where the card says so
plainly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from heldout_server.runs.fitting import is_loss
from heldout_server.runs.series import accuracy_name, clean_series
from heldout_server.tasks.kinds import Kind

CATEGORICAL = ("categorical_crossentropy", "sparse_categorical_crossentropy")
CROSSENTROPY = ("binary_crossentropy", *CATEGORICAL)
PAIRS = {
    Kind.BINARY: "a sigmoid unit with binary cross-entropy",
    Kind.MULTICLASS: "softmax over the classes with cross-entropy",
    Kind.MULTILABEL: "a sigmoid unit for each label with binary cross-entropy",
    Kind.REGRESSION: "no activation (the identity) with the mean squared error",
}
"""The last layer and the loss that belong together, by what is asked."""
WATCHED = {
    Kind.BINARY: "metrics=['accuracy', 'AUC']",
    Kind.MULTICLASS: "metrics=['accuracy']",
    Kind.MULTILABEL: "metrics=['binary_accuracy']",
    Kind.REGRESSION: "metrics=['mae', 'root_mean_squared_error']",
}
"""What to pass to compile, so that errors can be read."""


@dataclass(frozen=True)
class Head:
    """What a card says of the end of a network; empty or 0 where it doesn't.

    `units` are the outputs of the last layer. `watches_accuracy`: whether some accuracy of whole
    examples is in the history.
    """

    kind: Kind
    activation: str
    loss: str
    units: int
    from_logits: bool
    watches_accuracy: bool

    def loses_by(self, *losses: str) -> bool:
        """Whether the loss is one of these."""
        return is_loss(self.loss, *losses)


def mistake(card: Mapping[str, Any], kind: Kind) -> str:
    """The mistake in last layer, loss or metric that costs most, as advice; empty for none."""
    head = _head(card, kind)
    return next((words for is_made, words in MISTAKES if is_made(head)), "")


def _head(card: Mapping[str, Any], kind: Kind) -> Head:
    given = card.get("hyperparameters")
    known: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    history = card.get("history")
    series = clean_series(history) if isinstance(history, Mapping) else {}
    return Head(
        kind=kind,
        activation=str(known.get("output_activation") or "").lower(),
        loss=str(known.get("loss") or ""),
        units=_units(card.get("architecture")),
        from_logits=known.get("from_logits") is True,
        watches_accuracy=accuracy_name(series) not in (None, "binary_accuracy"),
    )


def _units(layers: object) -> int:
    rows = layers if isinstance(layers, list) else []
    shape = rows[-1].get("output_shape") if rows and isinstance(rows[-1], Mapping) else None
    is_flat = isinstance(shape, list) and len(shape) == 2 and type(shape[1]) is int
    return shape[1] if is_flat else 0  # type: ignore[index]


def _softmax_of_one(head: Head) -> bool:
    return head.activation == "softmax" and head.units == 1


def _sigmoid_for_classes(head: Head) -> bool:
    return (
        head.kind is Kind.MULTICLASS
        and head.activation == "sigmoid"
        and head.loses_by(*CATEGORICAL)
    )


def _one_label_wins(head: Head) -> bool:
    is_one_of = head.activation == "softmax" or head.loses_by(*CATEGORICAL)
    return head.kind is Kind.MULTILABEL and is_one_of


def _unsquashed(head: Head) -> bool:
    is_open = head.activation in ("linear", "relu") and not head.from_logits
    return is_open and head.kind is not Kind.REGRESSION and head.loses_by(*CROSSENTROPY)


def _squashed_number(head: Head) -> bool:
    return head.kind is Kind.REGRESSION and head.activation in ("sigmoid", "softmax", "tanh")


def _classes_for_numbers(head: Head) -> bool:
    return head.kind is Kind.REGRESSION and head.loses_by(*CROSSENTROPY)


def _accuracy_of_numbers(head: Head) -> bool:
    return head.kind is Kind.REGRESSION and head.watches_accuracy


def _accuracy_of_sets(head: Head) -> bool:
    return head.kind is Kind.MULTILABEL and head.watches_accuracy


MISTAKES: tuple[tuple[Callable[[Head], bool], str], ...] = (
    (
        _softmax_of_one,
        "Softmax over one unit is always 1, so nothing is learned: sigmoid for yes or no, no "
        "activation for a number.",
    ),
    (
        _classes_for_numbers,
        f"Cross-entropy is for classes; for a number take {PAIRS[Kind.REGRESSION]}.",
    ),
    (
        _squashed_number,
        "The last activation bounds what can be said (a sigmoid never passes 1): for a number take "
        f"{PAIRS[Kind.REGRESSION]}.",
    ),
    (
        _sigmoid_for_classes,
        "Sigmoid with categorical cross-entropy lets every class be likely at once: take "
        f"{PAIRS[Kind.MULTICLASS]}.",
    ),
    (
        _one_label_wins,
        f"Softmax lets one label win, but several can be true: take {PAIRS[Kind.MULTILABEL]}.",
    ),
    (
        _unsquashed,
        "Cross-entropy takes what comes out for probabilities, and nothing makes it one: add the "
        "last activation, or say from_logits=True.",
    ),
    (
        _accuracy_of_numbers,
        "Accuracy counts numbers that are hit exactly, which says nothing here: pass "
        f"{WATCHED[Kind.REGRESSION]}.",
    ),
    (
        _accuracy_of_sets,
        "This accuracy looks at the likeliest label alone: pass "
        f"{WATCHED[Kind.MULTILABEL]} to compile.",
    ),
)
"""The first one that is made is told."""
