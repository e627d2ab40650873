"""Models of other frameworks run at home: on the test inputs, and their predictions are sent.

How the inputs are to be prepared is asked of the practice examples, whose answers everyone has.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from heldout._capture import bounded
from heldout._delivery import DEFAULT_PREPROCESSING
from heldout._errors import CannotSubmit
from heldout._estimators import Estimator
from heldout._export import is_keras_model
from heldout._frameworks import KERAS, captured, curves, framework_name, framework_of, version_of
from heldout._networks import CALLS, Network
from heldout._plain import Scalar
from heldout._preparing import AS_THEY_ARE

if TYPE_CHECKING:
    from heldout._data import Data
    from heldout._progress import Progress

MOST_TRIED = 2_000
# What another way of preparing inputs must bring to be taken, in standard errors of the difference:
# with few practice examples, luck alone brings much.
CLEARLY_BETTER = 3.0
ONE_BY_ONE = "Predicting at home"


@dataclass(frozen=True)
class Home:
    """What a model answered at home, and what is to be told of it.

    `predictions`: what is sent; or the path of the model as a file, whose inputs aren't prepared
    here. `said`: one honest sentence. `card`: parts of the run card.
    """

    predictions: Any
    said: str
    hyperparameters: dict[str, Scalar]
    history: dict[str, list[float]] = field(default_factory=dict)
    card: dict[str, Any] = field(default_factory=dict)
    is_prepared: bool = True

    def announced(self, opening: dict[str, Any]) -> dict[str, Any]:
        """The announcement, with what was captured on its run card; what was passed wins."""
        card = opening["run_card"]
        given = card["hyperparameters"]
        captured = {
            "hyperparameters": [
                *card["captured"]["hyperparameters"],
                *(name for name in self.hyperparameters if name not in given),
            ],
            "notes": card["captured"]["notes"],
        }
        whole = {
            **card,
            **self.card,
            "hyperparameters": {**self.hyperparameters, **given},
            "history": card["history"] or self.history,
            "captured": captured,
        }
        # Inputs that are prepared already are none of the server's business.
        how = DEFAULT_PREPROCESSING if self.is_prepared else opening["preprocessing"]
        return {**opening, "preprocessing": how, "run_card": bounded(whole)}


def runs_at_home(model: Any) -> bool:
    """Whether this is a model of another framework than Keras."""
    return framework_of(model) is not None


def predicted_at_home(
    model: Any, data: Data, part: str, preprocessing: str, progress: Progress
) -> Home:
    """Run the model on the inputs of `part`, "test" or "practice".

    `preprocessing` as in `submit`; "auto": the inputs as they are, unless another way is clearly
    better on practice examples. Raises `CannotSubmit`, with what to paste, where it can't be run.
    """
    root = KERAS if is_keras_model(model) else framework_of(model)
    assert root is not None
    runner = Network(model, data, root) if root in CALLS else Estimator(model, data, root)
    way, found = _way(runner, data, preprocessing)
    if isinstance(runner, Network):
        if _may_be_of_either(runner, data) and _learned_the_positive_class(runner, data, way):
            runner.one_is_of = 0
        predicted = runner.predict(part, way, moved=_rows_moved(progress, runner.name))
    else:
        predicted = runner.predict(part, way)
    how = way.partition("/")[0]
    framework = framework_name(root, model)
    return Home(
        predicted,
        _said(runner, framework, len(predicted), part, how, found),
        captured(root, model),
        curves(model),
        {
            "predicted_at_home": {
                "framework": framework,
                "version": version_of(root),
                "model": runner.name,
                "sent": runner.sent,
                "preprocessing": how,
            }
        },
    )


def _way(runner: Any, data: Data, preprocessing: str) -> tuple[str, str]:
    """How to prepare the inputs; and what was found, in words, where it isn't as they are."""
    if preprocessing != DEFAULT_PREPROCESSING:
        return preprocessing, ""
    ways = list(runner.ways())
    if len(ways) == 1 or not data.raw["examples"].get("practice"):
        return ways[0], ""
    losses = {way: _practice_losses(runner, data, way) for way in ways}
    first, best = ways[0], min(ways, key=lambda way: float(losses[way].mean()))
    if not _is_clearly_less(losses[best], losses[first]):
        return first, ""
    return best, _compared(data, losses[best], losses[first])


def _is_clearly_less(losses: Any, first: Any) -> bool:
    """Whether they are less than those of the first way by more than luck brings, in pairs."""
    gain = first - losses
    return bool(gain.mean() > CLEARLY_BETTER * gain.std() / math.sqrt(len(gain)))


def _compared(data: Data, losses: Any, first: Any) -> str:
    if data.kind == "regression":
        figures = [f"an RMSE of {math.sqrt(each.mean()):.4g}" for each in (losses, first)]
    else:
        figures = [f"{100 * (1 - each.mean()):.1f} % right" for each in (losses, first)]
    return f"{figures[0]} on practice examples; {figures[1]} as they are"


def _practice_losses(runner: Any, data: Data, way: str) -> Any:
    """(n,): of each practice example the share that is wrong, or the squared error."""
    import numpy as np

    truth = np.asarray(data.y_practice[:MOST_TRIED])
    try:
        found = np.asarray(runner.predict("practice", way, MOST_TRIED))
    except CannotSubmit:
        if way.startswith(AS_THEY_ARE):
            raise
        return np.full(len(truth), np.inf)
    wrong = _labels(data, found) != truth
    if data.kind == "regression":
        wrong = (found.reshape(truth.shape) - truth) ** 2
    losses = wrong.reshape(len(truth), -1).mean(axis=1)
    is_turned = _may_be_of_either(runner, data) and losses.mean() > 0.5
    return 1 - losses if is_turned else losses


def _may_be_of_either(runner: Any, data: Data) -> bool:
    """Whether an output may be of the class 1, as in `y_train`, or of the positive class 0."""
    return isinstance(runner, Network) and data.kind == "binary" and data.raw["positive"] == 0


def _learned_the_positive_class(runner: Network, data: Data, way: str) -> bool:
    """Whether a single output that is read as of class 1 is mostly wrong on practice examples."""
    truth = data.y_practice[:MOST_TRIED]
    found = runner.predict("practice", way, MOST_TRIED)
    return len(truth) > 0 and float((_labels(data, found) == truth).mean()) < 0.5


def _labels(data: Data, found: Any) -> Any:
    if found.dtype.kind in "iubOU" or data.kind == "regression":
        return found.reshape(data.y_practice[: len(found)].shape)
    if data.kind == "binary":
        # Probabilities lie on either side of a half, other scores on either side of zero.
        edge = 0.5 if found.min() >= 0 and found.max() <= 1 else 0.0
        positive = data.raw["positive"]
        return (found >= edge).astype(int) if positive == 1 else (found < edge).astype(int)
    return found.argmax(axis=1) if data.kind == "multiclass" else (found >= 0.5).astype(int)


def _rows_moved(progress: Progress, name: str) -> Callable[[int, int], None]:
    return lambda done, rows: progress.counted(f"{ONE_BY_ONE}: {name}", done, rows)


def _said(
    runner: Any,
    framework: str,
    rows: int,
    part: str,
    how: str,
    found: str,
) -> str:
    inputs = "the test table" if runner.columns is not None else f"x_{part}"
    prepared = "" if how == AS_THEY_ARE else f", prepared as {how}"
    tried = f' ({found}; preprocessing="none" leaves them so)' if found else ""
    return (
        f"Predicted at home: {runner.name} ({framework}) ran here on the {rows:,} rows of "
        f"{inputs}{prepared}{tried}. Its {runner.sent} were sent, not the model."
    )
