"""Keras 2's hard_sigmoid, in a plain layer and in a recurrent one."""

from pathlib import Path
from typing import Any

import numpy as np

from sandbox.cases.keras_files import h5_model

UNITS = 10


def layer(class_name: str, name: str, **config: Any) -> dict:
    return {"class_name": class_name, "config": {"name": name, **config}}


def recurrent_weights() -> list[np.ndarray]:
    """Kernel, recurrent kernel and bias of an LSTM, its gates in Keras' order."""
    rng = np.random.default_rng(3)
    shapes = ((28, 4 * UNITS), (UNITS, 4 * UNITS), (4 * UNITS,))
    return [(rng.normal(size=shape) * 0.3).astype(np.float32) for shape in shapes]


def make(folder: Path) -> Path:
    layers = [
        layer(
            "LSTM",
            "lstm_1",
            units=UNITS,
            activation="tanh",
            recurrent_activation="hard_sigmoid",
            implementation=1,
            batch_input_shape=[None, 28, 28],
        ),
        layer("Activation", "activation_1", activation="hard_sigmoid"),
    ]
    config = {"class_name": "Sequential", "config": layers}
    return h5_model(folder / "model.h5", config, "2.2.4", lstm_1=recurrent_weights())
