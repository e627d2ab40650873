"""A participant's run card, read defensively into what the submission page shows.

The card is JSON from a stranger's machine: unknown keys are kept in storage and ignored here, and
whatever has the wrong type is left out. Nothing in it counts for the ranking.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

from heldout_server.kit.errors import printable
from heldout_server.runs.asked import DIGITS, Asked
from heldout_server.runs.columns import text
from heldout_server.runs.diagnosis import diagnose
from heldout_server.runs.fitting import Fitted, fitted
from heldout_server.runs.remedies import Kind
from heldout_server.runs.verdict import Diagnosis
from heldout_server.web.charts.curves import Marks, Panel, build_panels

MOST_HYPERPARAMETERS = 80
TURNED = {Kind.OVERFITTING: "it overfits", Kind.DIVERGING: "it diverges"}
MOST_LAYERS = 300
LONGEST_NAME = 60
LONGEST_VALUE = 120
LONGEST_NOTES = 4000
FIRST = (
    "framework", "model", "optimizer", "learning_rate", "batch_size", "epochs_run",
    "epochs_requested", "loss", "hidden_layers", "hidden_units", "conv_filters", "kernel_size",
    "activation", "dropout", "l2", "parameters",
)  # fmt: skip
FIT_COLUMNS = ("epochs_run", "batch_size", "examples", "first_learning_rate", "seconds")
MOST_FITS = 20
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
    """One value; `captured` when the client read it from the model, not from the participant.

    `is_plain`: one of those that a lesson speaks of, or what its participant gave a name.
    """

    name: str
    value: str
    captured: bool
    is_plain: bool = True


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
    diagnosis: Diagnosis | None
    fitted: Fitted | None
    """The figures of the board's own metric; None where the history hasn't measured it."""
    refused: str
    """Why the card that was sent is not kept; empty when it is."""
    study: str
    """The name of the search that this run belongs to; empty for none."""
    fits: tuple[tuple[str, ...], ...]
    """Of several fits, one row each: epochs, batch size, first learning rate, seconds."""
    at_home: str = ""
    """With what the client says that it ran the model itself and sent its predictions; or empty."""

    @property
    def plain(self) -> tuple[Hyperparameter, ...]:
        """The hyperparameters that everybody should see."""
        return tuple(one for one in self.hyperparameters if one.is_plain)

    @property
    def finer(self) -> tuple[Hyperparameter, ...]:
        """The others, such as an optimizer's own constants."""
        return tuple(one for one in self.hyperparameters if not one.is_plain)

    @property
    def is_empty(self) -> bool:
        parts = (self.hyperparameters, self.layers, self.environment, self.notes, self.panels)
        return not any(parts)


def read_run_card(card: Mapping[str, object], asked: Asked = DIGITS) -> RunCard:
    """What the page shows of the stored `card` of a contest that asks this."""
    described = card.get("architecture")
    layers = _layers(described)
    diagnosis = diagnose(card, asked)
    history = _mapping(card.get("history"))
    measured = fitted(card, asked.metric, asked.kind)
    first = measured.fitting.name if measured is not None else ""
    return RunCard(
        hyperparameters=_hyperparameters(card),
        layers=layers[:MOST_LAYERS],
        layers_left_out=max(0, len(layers) - MOST_LAYERS),
        parameters=sum(layer.parameters or 0 for layer in layers),
        environment=tuple(
            (words(name), _value(value))
            for name, value in _mapping(card.get("environment")).items()
            if value is not None
        )[:20],
        notes=_notes(card.get("notes")),
        panels=build_panels(history, _marks(card, diagnosis), first=first),
        diagnosis=diagnosis,
        fitted=measured,
        refused=printable(str(_mapping(card.get("refused")).get("detail", "")), LONGEST_NOTES),
        study=text(_mapping(card.get("hyperparameters")).get("study")) or "",
        fits=_fits(card.get("fits")),
        at_home=_at_home(_mapping(card.get("predicted_at_home"))),
    )


def _at_home(told: Mapping[str, object]) -> str:
    """ "XGBClassifier (XGBoost 3.2.0)"; what a client says of itself, and nothing that counts."""
    framework, model = (text(told.get(name)) or "" for name in ("framework", "model"))
    if not framework:
        return ""
    with_version = f"{framework} {text(told.get('version')) or ''}".strip()
    return printable(f"{model} ({with_version})" if model else with_version, LONGEST_VALUE)


def _marks(card: Mapping[str, object], diagnosis: Diagnosis | None) -> Marks:
    given = _mapping(card.get("hyperparameters"))
    run, asked = given.get("epochs_run"), given.get("epochs_requested")
    is_early = isinstance(run, int) and isinstance(asked, int) and 0 < run < asked
    counts = [_mapping(fit).get("epochs_run") for fit in _listed(card.get("fits"))]
    starts = itertools.accumulate(n for n in counts if isinstance(n, int) and 0 <= n < 10**6)
    return Marks(
        fits=tuple(start + 1 for start in starts)[:-1],
        turn=diagnosis.epoch if diagnosis is not None else None,
        turned=TURNED.get(diagnosis.kind, "") if diagnosis is not None else "",
        stopped=f"stopped early, after {run} of {asked} epochs" if is_early else "",
    )


def _fits(described: object) -> tuple[tuple[str, ...], ...]:
    rows = [_mapping(fit) for fit in _listed(described)]
    if len(rows) < 2:
        return ()
    return tuple(
        tuple("–" if row.get(name) is None else _value(row[name]) for name in FIT_COLUMNS)
        for row in rows[:MOST_FITS]
    )


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _hyperparameters(card: Mapping[str, object]) -> tuple[Hyperparameter, ...]:
    captured = _mapping(card.get("captured")).get("hyperparameters")
    names = {str(name) for name in captured} if isinstance(captured, list | tuple) else set()
    given = _mapping(card.get("hyperparameters"))
    ordered = sorted(given, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))
    return tuple(
        Hyperparameter(
            words(name), _value(given[name]), name in names, name in FIRST or name not in names
        )
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


def words(name: object) -> str:
    """A hyperparameter's name as people read it."""
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


def shown_value(value: object) -> str:
    """A hyperparameter's value as people read it; "–" for none."""
    return "–" if value is None else _value(value)
