"""Which series of a history measures what the board ranks by. Pure.

A history has whatever its participant asked Keras for. The gauge shows the one series that is the
ranking metric, or gives it by a root or a difference; where none does, it shows nothing rather than
another metric beside the board's figure.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heldout_server.runs.learning_curve import LOSS, kept_epoch
from heldout_server.runs.series import Values, accuracy_name, clean_series, last
from heldout_server.tasks import catalogue
from heldout_server.tasks.kinds import Kind
from heldout_server.tasks.metric import Metric

Convert = Callable[[float], float]
_NUMBERED = re.compile(r"_\d+$")
"""Keras numbers a metric that it has met before: `auc_1`."""


def _same(value: float) -> float:
    return value


def _root(value: float) -> float:
    return math.sqrt(value) if value >= 0 else math.nan


def _rest(value: float) -> float:
    return 1 - value


def _hundredth(value: float) -> float:
    return value / 100


@dataclass(frozen=True)
class Fitting:
    """The training series that measures the ranking metric; `val_` before its name: validation.

    `convert` makes the metric's figure of one of its values. `is_comparable`: whether that is the
    board's own definition, so that the two may stand side by side.
    """

    name: str
    metric: Metric
    convert: Convert = _same
    is_comparable: bool = True

    def at_each(self, values: Values) -> list[float | None]:
        """Epoch by epoch, with None where it wasn't measured."""
        found = (None if value is None else self.convert(value) for value in values)
        return [value if value is not None and math.isfinite(value) else None for value in found]

    def figures(self, values: Values) -> list[float]:
        """What was measured, as figures of the metric."""
        return [value for value in self.at_each(values) if value is not None]


@dataclass(frozen=True)
class Fitted:
    """The fitting series' figures of what was submitted; None where it wasn't measured."""

    fitting: Fitting
    training: float | None
    validation: float | None


@dataclass(frozen=True)
class _Source:
    """Names of series, best first, that give a metric in the same way."""

    names: tuple[str, ...]
    convert: Convert = _same
    is_comparable: bool = True


_CROSSENTROPY = ("binary_crossentropy", "categorical_crossentropy",
                 "sparse_categorical_crossentropy")  # fmt: skip
_SQUARED = ("mean_squared_error", "mse")
_SOURCES: Mapping[str, tuple[_Source, ...]] = {
    "roc_auc": (_Source(("auc", "roc_auc")),),
    # Keras's area over several classes flattens them: another figure.
    "roc_auc_ovr": (_Source(("roc_auc_ovr",)), _Source(("auc", "roc_auc"), is_comparable=False)),
    "average_precision": (_Source(("average_precision", "pr_auc", "auc_pr", "prc")),),
    "balanced_accuracy": (_Source(("balanced_accuracy",)),),
    "f1": (_Source(("f1_score", "f1")),),
    "f1_macro": (_Source(("f1_macro", "macro_f1")),),
    "recall_macro": (_Source(("recall_macro", "macro_recall")),
                     _Source(("recall",), is_comparable=False)),
    "precision": (_Source(("precision",)),),
    "recall": (_Source(("recall",)),),
    "neg_log_loss": (_Source((*_CROSSENTROPY, "log_loss")),),
    "neg_brier_score": (_Source(("brier_score", *_SQUARED)),),
    "neg_hamming_loss": (_Source(("hamming_loss",)), _Source(("binary_accuracy",), _rest)),
    "neg_root_mean_squared_error": (_Source(("root_mean_squared_error", "rmse")),
                                    _Source(_SQUARED, _root)),
    "neg_mean_absolute_error": (_Source(("mean_absolute_error", "mae")),),
    "neg_mean_squared_log_error": (_Source(("mean_squared_logarithmic_error", "msle")),),
    "neg_mean_absolute_percentage_error": (
        _Source(("mean_absolute_percentage_error", "mape"), _hundredth),
    ),
    "r2": (_Source(("r2_score", "r2")),),
}  # fmt: skip
_LOSS_IS: Mapping[str, tuple[tuple[str, ...], Convert]] = {
    "neg_log_loss": (_CROSSENTROPY, _same),
    "neg_brier_score": (_SQUARED, _same),
    "neg_root_mean_squared_error": (_SQUARED, _root),
    "neg_mean_absolute_error": (("mean_absolute_error", "mae"), _same),
    "neg_mean_squared_log_error": (("mean_squared_logarithmic_error", "msle"), _same),
    "neg_mean_absolute_percentage_error": (("mean_absolute_percentage_error", "mape"), _hundredth),
}
"""Where the loss itself is the metric, by the names of losses."""


def fitting(
    series: Mapping[str, object], metric_name: str, kind: Kind, *, loss: str = ""
) -> Fitting | None:
    """The series that measures this metric in a task of this kind; None where none does.

    `loss` is the name of the loss that was compiled, where it is known and nothing was added to it:
    a mean squared error is an RMSE's square.
    """
    metric = catalogue.metric(metric_name)
    if metric.name == "accuracy":
        name = accuracy_name(series)
        return Fitting(name, metric) if name is not None and kind is not Kind.MULTILABEL else None
    for source in _SOURCES.get(metric.name, ()):
        name = _first(series, source.names)
        if name is not None:
            return Fitting(name, metric, source.convert, source.is_comparable)
    return _loss_itself(series, metric, kind, loss)


def _first(series: Mapping[str, object], wanted: Sequence[str]) -> str | None:
    plain: dict[str, str] = {}
    for name in series:
        plain.setdefault(_NUMBERED.sub("", name.lower()), name)
    return next((plain[name] for name in wanted if name in plain), None)


def _loss_itself(
    series: Mapping[str, object], metric: Metric, kind: Kind, loss: str
) -> Fitting | None:
    if LOSS not in series or metric.name not in _LOSS_IS:
        return None
    losses, convert = _LOSS_IS[metric.name]
    if is_loss(loss, *losses):
        return Fitting(LOSS, metric, convert)
    # Classes are nearly always trained by cross-entropy, but nobody said so, or a penalty is in it.
    is_likely = metric.name == "neg_log_loss" and kind is not Kind.REGRESSION
    return Fitting(LOSS, metric, is_comparable=False) if is_likely and not loss else None


def is_loss(given: str, *names: str) -> bool:
    """Whether a loss that was captured is one of these: `MeanSquaredError` is `mse`'s long name."""
    plain = given.replace("_", "").lower()
    return any(plain == name.replace("_", "") for name in names)


def fitted(card: Mapping[str, Any], metric_name: str, kind: Kind) -> Fitted | None:
    """The last figures of a card's fitting series, or those of the epoch that was kept."""
    history, given = card.get("history"), card.get("hyperparameters")
    if not isinstance(history, Mapping):
        return None
    known: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    series = clean_series(history)
    found = fitting(series, metric_name, kind, loss=_pure_loss(known))
    if found is None:
        return None
    kept = kept_epoch(known)
    training, validation = (
        _figure(found, series.get(name, ())[:kept]) for name in (found.name, f"val_{found.name}")
    )
    return Fitted(found, training, validation)


def _pure_loss(hyperparameters: Mapping[str, Any]) -> str:
    """The loss without anything added to it; empty where it isn't known or has a penalty."""
    added = (hyperparameters.get(name) for name in ("l1", "l2", "label_smoothing"))
    return "" if any(added) else str(hyperparameters.get("loss") or "")


def _figure(found: Fitting, values: Values) -> float | None:
    value = last(found.figures(values))
    is_possible = value is not None and found.metric.lowest <= value <= found.metric.highest
    return value if is_possible else None
