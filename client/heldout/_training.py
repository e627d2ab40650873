"""What a trained Keras model says about its training, by duck typing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from heldout._architecture import name_of
from heldout._constants import HISTORY_POINTS
from heldout._plain import Scalar, clean_text, distinct, flat, joined, plain, tidy

OPTIMIZER_COLUMNS = (
    "momentum", "nesterov", "rho", "beta_1", "beta_2", "weight_decay", "clipnorm", "clipvalue",
    "global_clipnorm", "amsgrad", "use_ema", "gradient_accumulation_steps",
)  # fmt: skip
LEARNING_RATE_SERIES = ("learning_rate", "lr")
MOST_SERIES = 100
# An epoch of a fit that did not measure this series, so that later fits stay in their place.
MISSING = object()
MOST_NOTED_EPOCHS = 100


def trained_part(model: Any) -> Any:
    """The model that was compiled: itself, or the one that an uncompiled wrapper contains."""
    for candidate in (model, *_nested_models(model)):
        if getattr(candidate, "optimizer", None) is not None:
            return candidate
    return model


def _nested_models(model: Any) -> list[Any]:
    nested = [layer for layer in getattr(model, "layers", ()) if hasattr(layer, "layers")]
    return nested + [inner for each in nested for inner in _nested_models(each)]


def optimizer_hyperparameters(model: Any) -> dict[str, Scalar]:
    """`optimizer`, `learning_rate` and its relatives; a schedule as `learning_rate_*` columns."""
    optimizer = getattr(model, "optimizer", None)
    # Mixed precision wraps the optimizer that was chosen.
    optimizer = getattr(optimizer, "inner_optimizer", None) or optimizer
    if optimizer is None:
        return {}
    config = optimizer.get_config()
    columns: dict[str, Scalar] = {
        "optimizer": type(optimizer).__name__.lower(),
        **_learning_rate_columns(config.get("learning_rate"), optimizer),
    }
    for name in OPTIMIZER_COLUMNS:
        value = plain(tidy(config.get(name)))
        # False means "not used": a column of it would be noise for a reader.
        if value is not None and value is not False:
            columns[name] = value
    return columns


def _learning_rate_columns(rate: Any, optimizer: Any) -> dict[str, Scalar]:
    if isinstance(rate, Mapping):
        inner = dict(rate.get("config") or {})
        inner.pop("name", None)
        first = inner.pop("initial_learning_rate", None)
        columns = flat({f"learning_rate_{name}": tidy(value) for name, value in inner.items()})
        columns["learning_rate_schedule"] = name_of(rate)
        columns["learning_rate"] = plain(tidy(first))
        return columns
    if rate is None:
        rate = getattr(optimizer, "learning_rate", None)
    value = plain(rate)
    return {"learning_rate": tidy(value)}


def loss_hyperparameters(model: Any) -> dict[str, Scalar]:
    """`loss`, with `from_logits` and `label_smoothing` where they are set."""
    loss = compile_config(model).get("loss")
    if loss is None:
        return {}
    inner = loss.get("config") if isinstance(loss, Mapping) else None
    chosen = inner if isinstance(inner, Mapping) else {}
    columns: dict[str, Scalar] = {"loss": _loss_name(loss)}
    columns.update({key: True for key in ("from_logits",) if chosen.get(key)})
    if chosen.get("label_smoothing"):
        columns["label_smoothing"] = plain(tidy(chosen["label_smoothing"]))
    return columns


def _loss_name(loss: Any) -> Scalar:
    if isinstance(loss, list | tuple):
        return joined(name_of(each) or "" for each in loss)
    if isinstance(loss, Mapping) and "class_name" not in loss:
        return joined(name_of(each) or "" for each in loss.values())
    return name_of(loss)


def compile_config(model: Any) -> dict[str, Any]:
    """What `compile` was given, as Keras serializes it; empty for a model without compile."""
    read = getattr(model, "get_compile_config", None)
    config = read() if callable(read) else None
    if not config and getattr(model, "loss", None) is not None:
        config = {"loss": model.loss}
    return dict(config or {})


def compile_summary(model: Any) -> dict[str, Any]:
    """The full configuration of the optimizer, the loss and the metrics, for the curious."""
    config = compile_config(model)
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None and hasattr(optimizer, "get_config"):
        config["optimizer"] = {
            "class_name": type(optimizer).__name__,
            "config": optimizer.get_config(),
        }
    kept = ("optimizer", "loss", "metrics", "weighted_metrics", "loss_weights", "jit_compile")
    return {key: plain(config[key]) for key in kept if config.get(key) is not None}


class History:
    """The curves of one or more fits, in order, as plain lists with None for NaN.

    `series` maps a name to a list with one value for each epoch; `non_finite` lists the epochs
    (from 0) at which a value was NaN or infinite; `notes` says what was left out.
    """

    def __init__(self, given: Any) -> None:
        self.fits = _fits(given)
        self.notes: list[str] = []
        self.series: dict[str, list[float | int | None]] = {}
        self.non_finite: dict[str, list[int]] = {}
        for name, values in _merged(self.fits).items():
            self._add(name, values)

    def _add(self, name: str, values: list[Any]) -> None:
        if len(self.series) >= MOST_SERIES:
            self.notes.append(f"history: {name} left out, more than {MOST_SERIES} series")
            return
        numbers = [math.nan if value is MISSING else _number(value) for value in values]
        known = [number for number in numbers if number is not None]
        if not numbers or len(known) < len(numbers):
            self.notes.append(f"history: {name} left out, it is not a list of numbers")
            return
        broken = [
            epoch
            for epoch, number in enumerate(known)
            if not math.isfinite(number) and values[epoch] is not MISSING
        ]
        if broken:
            self.non_finite[name] = broken[:MOST_NOTED_EPOCHS]
        if len(known) > HISTORY_POINTS:
            self.notes.append(f"history: {name} thinned from {len(known)} to {HISTORY_POINTS}")
        clean = [number if math.isfinite(number) else None for number in known]
        self.series[name] = thinned(clean, HISTORY_POINTS)

    def hyperparameters(self) -> dict[str, Scalar]:
        """`epochs_run`, and where Keras recorded them `epochs_requested`, `steps_per_epoch`."""
        columns: dict[str, Scalar] = {}
        run = sum(_epochs_run(fit) for fit in self.fits)
        if run:
            columns["epochs_run"] = run
        recorded = [getattr(fit, "params", None) or {} for fit in self.fits]
        requested = [params["epochs"] for params in recorded if params.get("epochs")]
        if recorded and len(requested) == len(recorded):
            columns["epochs_requested"] = sum(int(epochs) for epochs in requested)
        steps = recorded[-1].get("steps") if recorded else None
        if isinstance(steps, int):
            columns["steps_per_epoch"] = steps
        sizes = [params["batch_size"] for params in recorded if params.get("batch_size")]
        if sizes:  # Keras 2 records it; of Keras 3, tracking alone knows it
            columns["batch_size"] = joined(distinct(sizes))
        rate = self._first_learning_rate()
        if rate is not None:
            columns["learning_rate"] = rate
        return columns

    def _first_learning_rate(self) -> float | int | None:
        """Where a callback changes the rate, Keras logs it; the optimizer knows only the last."""
        for name in LEARNING_RATE_SERIES:
            if self.series.get(name):
                return tidy(self.series[name][0])  # type: ignore[no-any-return]
        return None


def _fits(given: Any) -> list[Any]:
    """The separate fits in what was given: a History, a dict, a DataFrame, a tracker, a list."""
    if given is None:
        return []
    if isinstance(getattr(given, "fits", None), list):
        return list(given.fits)
    if isinstance(given, list | tuple):
        return [fit for each in given for fit in _fits(each)]
    return [given]


def curves_of(fit: Any) -> dict[str, Any]:
    """The dict of curves in a History, a dict or a DataFrame; raises TypeError for others."""
    curves = getattr(fit, "history", fit)
    if hasattr(curves, "to_dict"):
        curves = curves.to_dict("list")
    if not isinstance(curves, Mapping):
        raise TypeError(f"a {type(fit).__name__} is not a training history")
    return {clean_text(str(name), 100): values for name, values in curves.items()}


def is_training(value: Any) -> bool:
    """Whether this is what a training left: a History, a tracker, or a dict with its loss."""
    if isinstance(value, Mapping):
        return isinstance(value.get("loss"), list | tuple)
    fits = getattr(value, "fits", None)
    return isinstance(getattr(value, "history", None), dict) or isinstance(fits, list)


def holds_curves(value: Any) -> bool:
    """Whether curves can be read from it: a training, any dict, a table."""
    return is_training(value) or isinstance(value, Mapping) or hasattr(value, "to_dict")


def _merged(fits: Iterable[Any]) -> dict[str, list[Any]]:
    """Each series over all fits, one after the other, with gaps where a fit did not measure it."""
    merged: dict[str, list[Any]] = {}
    before = 0
    for fit in fits:
        curves = {name: _listed(values) for name, values in curves_of(fit).items()}
        for name, values in curves.items():
            series = merged.setdefault(name, [])
            series += [MISSING] * (before - len(series)) + values
        before += max(map(len, curves.values()), default=0)
    return merged


def _listed(values: Any) -> list[Any]:
    if hasattr(values, "tolist"):
        values = values.tolist()
    return list(values) if isinstance(values, list | tuple) else [values]


def _number(value: Any) -> float | int | None:
    """A Python number, NaN included; None for anything that is not one."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        return value
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _epochs_run(fit: Any) -> int:
    epochs = getattr(fit, "epoch", None)
    if isinstance(epochs, list):
        return len(epochs)
    return max((len(_listed(values)) for values in curves_of(fit).values()), default=0)


def thinned(values: list[Any], most: int) -> list[Any]:
    """At most `most` of the values, evenly chosen, the first and the last among them."""
    if len(values) <= most:
        return values
    step = (len(values) - 1) / (most - 1)
    return [values[round(i * step)] for i in range(most)]


def model_history(model: Any) -> Any:
    """The History that the last `fit` left on the model, or None after save and load."""
    history = getattr(model, "history", None)
    return history if isinstance(getattr(history, "history", None), dict) else None
