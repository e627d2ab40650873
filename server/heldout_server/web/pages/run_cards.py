"""A participant's run card, read defensively into what the submission page shows.

The card is JSON from a stranger's machine: unknown keys are kept in storage and ignored here, and
whatever has the wrong type is left out. Nothing in it counts for the ranking.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from heldout_server.errors import printable
from heldout_server.web.pages.curves import Panel, build_panels

MOST_HYPERPARAMETERS = 80
MOST_LAYERS = 300
LONGEST_NAME = 60
LONGEST_VALUE = 120
LONGEST_NOTES = 4000
FIRST = (
    "optimizer", "learning_rate", "batch_size", "epochs_run", "epochs_requested", "loss",
    "hidden_layers", "hidden_units", "conv_filters", "kernel_size", "activation", "dropout", "l2",
    "parameters",
)  # fmt: skip
LAYER_FACTS = {
    "units": "{} units",
    "filters": "{} filters",
    "kernel_size": "kernel {}",
    "pool_size": "pool {}",
    "strides": "strides {}",
    "rate": "rate {}",
    "activation": "{}",
}
DULL_FACTS = frozenset({"linear", "kernel 1", "strides 1", "strides 1 × 1"})


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """One value; `captured` when the client read it from the model, not from the participant."""

    name: str
    value: str
    captured: bool


@dataclass(frozen=True, slots=True)
class Layer:
    """One row of the model's summary; `facts` are the few settings worth reading."""

    name: str
    type: str
    facts: str
    output_shape: str
    parameters: int | None


@dataclass(frozen=True, slots=True)
class RunCard:
    """All that is shown of a run card; every part may be empty."""

    hyperparameters: tuple[Hyperparameter, ...]
    layers: tuple[Layer, ...]
    layers_left_out: int
    parameters: int
    environment: tuple[tuple[str, str], ...]
    notes: str
    panels: tuple[Panel, ...]

    @property
    def is_empty(self) -> bool:
        parts = (self.hyperparameters, self.layers, self.environment, self.notes, self.panels)
        return not any(parts)


def read_run_card(card: Mapping[str, object]) -> RunCard:
    """What the page shows of the stored `card`."""
    described = card.get("architecture")
    layers = _layers(described)
    return RunCard(
        hyperparameters=_hyperparameters(card),
        layers=layers[:MOST_LAYERS],
        layers_left_out=max(0, len(layers) - MOST_LAYERS),
        parameters=sum(layer.parameters or 0 for layer in layers),
        environment=tuple(
            (_words(name), _value(value))
            for name, value in _mapping(card.get("environment")).items()
            if value is not None
        )[:20],
        notes=_notes(card.get("notes")),
        panels=build_panels(_mapping(card.get("history"))),
    )


def _hyperparameters(card: Mapping[str, object]) -> tuple[Hyperparameter, ...]:
    captured = _mapping(card.get("captured")).get("hyperparameters")
    names = {str(name) for name in captured} if isinstance(captured, list | tuple) else set()
    given = _mapping(card.get("hyperparameters"))
    ordered = sorted(given, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))
    return tuple(
        Hyperparameter(_words(name), _value(given[name]), name in names)
        for name in ordered
        if given[name] is not None
    )[:MOST_HYPERPARAMETERS]


def _layers(described: object) -> tuple[Layer, ...]:
    if not isinstance(described, list | tuple):
        return ()
    return tuple(_layer(_mapping(layer)) for layer in described if isinstance(layer, Mapping))


def _layer(layer: Mapping[str, object]) -> Layer:
    parameters = layer.get("parameters")
    is_count = isinstance(parameters, int) and not isinstance(parameters, bool)
    return Layer(
        name=_value(layer.get("name", "")),
        type=_value(layer.get("type", "?")),
        facts=_facts(_mapping(layer.get("config"))),
        output_shape=_value(layer.get("output_shape", "")),
        parameters=int(parameters) if is_count and 0 <= parameters < 10**15 else None,  # type: ignore[operator,call-overload]
    )


def _facts(config: Mapping[str, object]) -> str:
    facts = [
        form.format(_value(config[key]))
        for key, form in LAYER_FACTS.items()
        if config.get(key) not in (None, "")
    ]
    return " · ".join(fact for fact in facts if fact not in DULL_FACTS)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _words(name: object) -> str:
    return printable(str(name).replace("_", " "), LONGEST_NAME)


def _value(value: object) -> str:
    """One line of text for any JSON value; a shape reads "? × 28 × 28"."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) < 10**15 else "a very large number"
    if isinstance(value, list | tuple):
        return printable(" × ".join("?" if v is None else _value(v) for v in value[:8]))
    return printable(str(value), LONGEST_VALUE)


def _notes(notes: object) -> str:
    if not isinstance(notes, str):
        return ""
    return "\n".join(printable(line, LONGEST_NOTES) for line in notes[:LONGEST_NOTES].splitlines())
