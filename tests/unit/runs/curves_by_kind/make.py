"""Trains the networks whose run cards are the fixtures beside this file: binary and regression.

python tests/unit/runs/curves_by_kind/make.py [NAME ...]

Each is trained for real with `heldout.track` on data that come with scikit-learn, and its card is
written as it was captured, with `reading`: what a person sees in the curve; and `constant`: the
figure that a constant reaches on the validation examples, as a ghost row on a board would say it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, make_friedman1

import heldout
from heldout._capture import run_card

FOLDER = Path(__file__).parent
RMSE = keras.metrics.RootMeanSquaredError


@dataclass
class Data:
    """A third is kept back to validate on; inputs are standardized by the rest unless raw."""

    x: Any
    y: Any
    vx: Any
    vy: Any

    @property
    def constant(self) -> float:
        """What the mean of the training answers reaches: RMSE, or the accuracy of the majority."""
        if set(np.unique(self.y)) <= {0.0, 1.0}:
            return float(((self.y.mean() > 0.5) == self.vy).mean())
        return float(np.sqrt(((self.y.mean() - self.vy) ** 2).mean()))


def divided(x: Any, y: Any, *, raw: bool = False) -> Data:
    order = np.random.default_rng(5).permutation(len(x))
    x, y = x[order].astype("float32"), y[order].astype("float32")
    cut = len(x) * 2 // 3
    mean, deviation = x[:cut].mean(axis=0), x[:cut].std(axis=0)
    if not raw:
        x = (x - mean) / np.where(deviation > 0, deviation, 1)
    return Data(x[:cut], y[:cut], x[cut:], y[cut:])


def cancer(*, raw: bool = False) -> Data:
    found = load_breast_cancer()
    return divided(found.data, found.target, raw=raw)


def odd_digits() -> Data:
    """Odd or even: a line can't tell them apart well."""
    found = load_digits()
    return divided(found.data, found.target % 2)


def diabetes(*, raw: bool = False) -> Data:
    found = load_diabetes(scaled=False)
    return divided(found.data, found.target, raw=raw)


def friedman() -> Data:
    """1,500 rows of a curved function and a little noise."""
    return divided(*make_friedman1(1_500, noise=0.5, random_state=3))


def bowl() -> Data:
    """The squared distance from the middle: a line through a bowl is flat."""
    x = np.random.default_rng(4).normal(size=(1_200, 2))
    return divided(x, (x**2).sum(axis=1))


def ring() -> Data:
    """Whether a point lies far from the middle: no line has all of them on one side."""
    x = np.random.default_rng(4).normal(size=(1_200, 2))
    return divided(x, ((x**2).sum(axis=1) > 1.4).astype("float32"))


def network(data: Data, units: tuple[int, ...], last: str | None, **dense: Any) -> Any:
    hidden = [layers.Dense(each, activation="relu", **dense) for each in units]
    return keras.Sequential(
        [keras.Input(data.x.shape[1:]), *hidden, layers.Dense(1, activation=last, **dense)]
    )


def trained(data: Data, model: Any, epochs: int, callbacks: Any = None, **compiled: Any) -> Any:
    model.compile(**compiled)
    heldout.track(model)
    held_back = (data.vx, data.vy)
    model.fit(
        data.x, data.y, epochs=epochs, validation_data=held_back, callbacks=callbacks, verbose=0
    )
    return model


def binary(data: Data, model: Any, epochs: int, optimizer: Any = "adam", **more: Any) -> Any:
    more.setdefault("metrics", ["accuracy", keras.metrics.AUC(name="auc")])
    more.setdefault("loss", "binary_crossentropy")
    return trained(data, model, epochs, optimizer=optimizer, **more)


def regression(data: Data, model: Any, epochs: int, optimizer: Any = "adam", **more: Any) -> Any:
    return trained(data, model, epochs, optimizer=optimizer, loss="mse", **more)


Made = tuple[Any, str, Data, str]


def binary_starter() -> Made:
    """A wide starter on 379 rows, far too long."""
    data = cancer()
    return binary(data, network(data, (512, 256, 128), "sigmoid"), 60), "overfitting", data, "acc"


def binary_good_fit() -> Made:
    """A small network with a penalty, stopped when it had settled."""
    data = cancer()
    model = network(data, (8,), "sigmoid", kernel_regularizer=keras.regularizers.L2(0.01))
    return binary(data, model, 90), "good fit", data, "acc"


def binary_too_small() -> Made:
    """One hidden unit folds the plane once: a ring takes more."""
    data = ring()
    rate = keras.optimizers.Adam(0.01)
    return binary(data, network(data, (1,), "sigmoid"), 40, rate), "underfitting", data, "acc"


def binary_diverging() -> Made:
    """Plain gradient descent with a rate of 5 on unscaled columns."""
    data = cancer(raw=True)
    made = binary(data, network(data, (32,), "sigmoid"), 12, keras.optimizers.SGD(5.0))
    return made, "diverging", data, "acc"


def binary_too_short() -> Made:
    """Ten epochs at a low rate: everything still falls."""
    data = odd_digits()
    rate = keras.optimizers.Adam(1e-4)
    return binary(data, network(data, (64,), "sigmoid"), 10, rate), "not converged", data, "acc"


def binary_softmax_of_one() -> Made:
    """Softmax over one unit is always 1: nothing can be learned."""
    data = cancer()
    return binary(data, network(data, (16,), "softmax"), 15), "underfitting", data, "acc"


def regression_starter() -> Made:
    """A wide starter on 294 rows, far too long, with the loss alone."""
    data = diabetes()
    made = regression(data, network(data, (512, 256, 128), None), 150)
    return made, "overfitting", data, "rmse"


def regression_good_fit() -> Made:
    """A curved function that 64 units hold, stopped early."""
    data = friedman()
    model = network(data, (64, 32), None)
    stop = keras.callbacks.EarlyStopping(patience=5, min_delta=0.02, restore_best_weights=True)
    rate = keras.optimizers.Adam(5e-3)
    made = regression(data, model, 80, rate, metrics=[RMSE()], callbacks=[stop])
    return made, "good fit", data, "rmse"


def regression_noisy_target() -> Made:
    """Half of what decides isn't in the table: R² of a half is as good as it gets."""
    data = diabetes()
    model = network(data, (8,), None, kernel_regularizer=keras.regularizers.L2(0.1))
    made = regression(data, model, 220, keras.optimizers.Adam(5e-3), metrics=["mae"])
    return made, "good fit", data, "rmse"


def regression_too_simple() -> Made:
    """A line through a bowl: the mean does as well."""
    data = bowl()
    made = regression(
        data, network(data, (), None), 60, keras.optimizers.Adam(0.02), metrics=["mae"]
    )
    return made, "underfitting", data, "rmse"


def regression_too_simple_scaled() -> Made:
    """The same with a standardized target, so that no board's figure can be compared."""
    data = bowl()
    mean, deviation = data.y.mean(), data.y.std()
    constant = data.constant
    data = Data(data.x, (data.y - mean) / deviation, data.vx, (data.vy - mean) / deviation)
    model = network(data, (), None)
    made = regression(data, model, 60, keras.optimizers.Adam(0.02), metrics=["mae", "r2_score"])
    return made, "underfitting", data, str(constant)


def regression_diverging() -> Made:
    """Plain gradient descent on a target of 150 ± 77: not a number after some steps."""
    data = diabetes()
    made = regression(data, network(data, (64, 64), None), 8, keras.optimizers.SGD(0.05))
    return made, "diverging", data, "rmse"


def regression_too_fast() -> Made:
    """Adam with a rate of 20 goes up instead of down."""
    data = diabetes()
    made = regression(data, network(data, (64, 64), None), 12, keras.optimizers.Adam(20.0))
    return made, "diverging", data, "rmse"


def regression_too_short() -> Made:
    """The target is 150, outputs begin at 0, and the rate is low: a straight way down."""
    data = diabetes()
    made = regression(
        data, network(data, (32,), None), 30, keras.optimizers.Adam(1e-3), metrics=["mae"]
    )
    return made, "not converged", data, "rmse"


MADE: dict[str, Callable[[], Made]] = {
    make.__name__: make
    for make in (
        binary_starter, binary_good_fit, binary_too_small, binary_diverging, binary_too_short,
        binary_softmax_of_one, regression_starter, regression_good_fit, regression_noisy_target,
        regression_too_simple, regression_too_simple_scaled, regression_diverging,
        regression_too_fast, regression_too_short,
    )
}  # fmt: skip


def main() -> None:
    for name in sys.argv[1:] or MADE:
        keras.utils.set_random_seed(3)
        model, reading, data, constant = MADE[name]()
        card = run_card(model)
        card["environment"] = {}
        for row in card["architecture"]:
            row["config"] = {}
        card.pop("compile", None)
        card.get("history", {}).pop("learning_rate", None)
        made = {
            "about": MADE[name].__doc__,
            "kind": name.partition("_")[0],
            "constant": data.constant if constant in ("acc", "rmse") else float(constant),
            "reading": reading,
            "card": card,
        }
        text = json.dumps(made, indent=None, separators=(",", ":"))
        (FOLDER / f"{name}.json").write_text(text + "\n")
        ends = {k: (v[0], v[-1]) for k, v in card["history"].items()}
        print(name, made["constant"], ends, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
