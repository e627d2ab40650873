"""Tiny Keras files for warming up: scoring them walks the real path through every library.

They are put together from their parts, since the process that writes them must not build a layer.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np


@dataclass(frozen=True)
class Fixture:
    """A model as its parts: layers, the shapes of its weights, groups of layers without any."""

    input_shape: tuple[int, ...]
    layers: tuple[tuple[str, dict[str, Any]], ...]
    weights: dict[str, tuple[int, ...]]
    weightless: tuple[str, ...]


DENSE = Fixture(
    input_shape=(28, 28),
    layers=(
        ("Flatten", {}),
        ("Dense", {"units": 64, "activation": "relu"}),
        ("Dropout", {"rate": 0.5}),
        ("Dense", {"units": 10, "activation": "softmax"}),
    ),
    weights={"dense/0": (784, 64), "dense/1": (64,), "dense_1/0": (64, 10), "dense_1/1": (10,)},
    weightless=("flatten", "dropout"),
)
CONVOLUTION = Fixture(
    input_shape=(28, 28, 1),
    layers=(
        ("Conv2D", {"filters": 8, "kernel_size": [3, 3], "activation": "relu"}),
        ("MaxPooling2D", {"pool_size": [2, 2]}),
        ("Flatten", {}),
        ("Dense", {"units": 10, "activation": "softmax"}),
    ),
    weights={
        "conv2d/0": (3, 3, 1, 8), "conv2d/1": (8,),
        "dense/0": (13 * 13 * 8, 10), "dense/1": (10,),
    },
    weightless=("max_pooling2d", "flatten"),
)  # fmt: skip


def write(fixture: Fixture, path: Path) -> None:
    """Write the model as a `.keras` file, all its weights zero."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3"}))
        archive.writestr("config.json", json.dumps(_config(fixture)))
        archive.writestr("model.weights.h5", _weights(fixture))


def _config(fixture: Fixture) -> dict[str, Any]:
    shape = [None, *fixture.input_shape]
    layers = [_layer("InputLayer", "input", batch_shape=shape, dtype="float32")]
    for number, (kind, config) in enumerate(fixture.layers):
        layers.append(_layer(kind, f"layer_{number}", **config))
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "fixture", "layers": layers, "build_input_shape": shape},
        "registered_name": None,
    }


def _layer(kind: str, name: str, **config: Any) -> dict[str, Any]:
    return {
        "module": "keras.layers",
        "class_name": kind,
        "config": {"name": name, **config},
        "registered_name": None,
    }


def _weights(fixture: Fixture) -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, shape in fixture.weights.items():
            layer, _, number = name.partition("/")
            file[f"layers/{layer}/vars/{number}"] = np.zeros(shape, np.float32)
        for layer in fixture.weightless:
            file.create_group(f"layers/{layer}/vars")
        file.create_group("vars")
    return buffer.getvalue()
