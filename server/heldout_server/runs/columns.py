"""A run card as flat, typed columns: what can be filtered, sorted and drawn. Pure.

A card comes from a participant's machine: a value of the wrong kind or size becomes None.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from heldout_server.kit.errors import printable
from heldout_server.runs.asked import DIGITS, Asked
from heldout_server.runs.diagnosis import diagnose
from heldout_server.runs.series import accuracy_name, clean_series, last

LONGEST_TEXT = 80
LARGEST_NUMBER = 1e15
LARGEST_TRIAL = 2**31 - 1
NUMBERS = (
    "learning_rate", "batch_size", "epochs_run", "epochs_requested", "examples", "hidden_layers",
    "dropout", "l2", "parameters", "train_seconds",
)  # fmt: skip
TEXTS = (
    "optimizer", "learning_rate_schedule", "hidden_units", "conv_filters", "kernel_size",
    "activation", "augmentation", "study",
)  # fmt: skip
FAMILIES = (
    ("attention", ("Attention", "Transformer")),
    ("recurrent", ("LSTM", "GRU", "RNN", "Bidirectional")),
    ("convolutional", ("Conv",)),
    ("fully connected", ("Dense",)),
)


def run_columns(
    card: Mapping[str, Any], receipt: Mapping[str, Any], asked: Asked = DIGITS
) -> dict[str, Any]:
    """The values of a `Run` row, by column name, in a contest that asks this.

    What our own scorer measured (`parameters`) wins over what the card claims.
    """
    given = mapping(card.get("hyperparameters"))
    columns: dict[str, Any] = {name: number(given.get(name)) for name in NUMBERS}
    columns |= {name: text(given.get(name)) for name in TEXTS}
    columns["optimizer"] = columns["optimizer"] and columns["optimizer"].lower()
    columns["width"] = _total(given.get("hidden_units"), given.get("conv_filters"))
    columns["family"] = _family(card.get("architecture"))
    columns["trial"] = _trial(given.get("trial"))
    counted = receipt.get("parameters")
    columns["parameters"] = number(counted) if counted is not None else columns["parameters"]
    columns["scoring_seconds"] = _scoring_seconds(mapping(receipt.get("seconds")))
    return columns | _measured(card, asked)


def _measured(card: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
    series = clean_series(mapping(card.get("history")))
    name = accuracy_name(series) if asked.classes else None
    found = diagnose(card, asked)
    return {
        "train_accuracy": _share(last(series[name])) if name else None,
        "validation_accuracy": _share(last(series.get(f"val_{name}", ()))) if name else None,
        "diagnosis": found.kind if found is not None else None,
    }


def mapping(value: object) -> Mapping[str, Any]:
    """The value itself when it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def number(value: object) -> float | None:
    """A finite number of any reasonable size; of `128-32`, which changed on the way, the last."""
    if isinstance(value, str):
        value = _last_number(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= LARGEST_NUMBER else None  # NaN is never below


def _last_number(value: str) -> float | None:
    try:
        return float(value if value.count("-") == 0 or "e-" in value else value.rsplit("-", 1)[1])
    except ValueError:
        return None


def text(value: object) -> str | None:
    """One line of text for anything but nothing."""
    if value is None or isinstance(value, Mapping | list):
        return None
    return printable(str(value), LONGEST_TEXT) or None


def _total(*lists: object) -> float | None:
    """The sum of all units and filters: `512-128` is 640."""
    parts = [part for value in lists if value is not None for part in str(value).split("-")]
    sizes = [number(part) for part in parts]
    known = [size for size in sizes if size is not None and size >= 0]
    return number(sum(known)) if known else None


def _family(layers: object) -> str | None:
    """What kind of network it is, in the lesson's words, by its layers' types."""
    rows: Iterable[object] = layers if isinstance(layers, list) else ()
    types = [str(row.get("type", "")) for row in rows if isinstance(row, Mapping)]
    for family, words in FAMILIES:
        if any(word in kind for kind in types for word in words):
            return family
    return None


def _trial(value: object) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return int(value) if is_count and 0 <= value <= LARGEST_TRIAL else None  # type: ignore[operator,call-overload]


def _share(value: float | None) -> float | None:
    return value if value is not None and 0 <= value <= 1 else None


def _scoring_seconds(seconds: Mapping[str, Any]) -> float | None:
    parts = [number(seconds.get(step)) for step in ("load", "predict")]
    known = [part for part in parts if part is not None]
    return sum(known) if known else None
