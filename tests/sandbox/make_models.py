"""`python make_models.py FOLDER`: write models, images, and predictions made without a sandbox.

A process of its own, since the tests' process must not import TensorFlow.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

from heldout_runner import protocol, scoring
from heldout_runner.tensorflow_engine import TensorFlowEngine

IMAGES = 300


def honest() -> dict[str, keras.Model]:
    """Five families of models."""
    image = keras.Input((28, 28, 1))
    narrow = layers.Conv2D(4, 3, activation="relu")(image)
    wide = layers.Conv2D(4, 7, padding="valid", activation="relu")(image)
    branches = [layers.GlobalAveragePooling2D()(branch) for branch in (narrow, wide)]
    return {
        "mlp": stack((784,), layers.Dense(64, activation="relu")),
        "cnn": stack((28, 28, 1), layers.Conv2D(8, 3), layers.MaxPooling2D(), layers.Flatten()),
        "normalized": stack(
            (28, 28, 1), layers.Conv2D(4, 3), layers.BatchNormalization(), layers.Flatten()
        ),
        "lstm": stack((28, 28), layers.LSTM(16)),
        "two_branches": keras.Model(image, layers.Dense(10)(layers.concatenate(branches))),
    }


def unfit() -> dict[str, keras.Model]:
    """Models that load, and can't be scored."""
    image = keras.Input((28, 28, 1))
    flat = layers.Flatten()(image)
    first, second = keras.Input((28, 28)), keras.Input((28, 28))
    both = layers.Flatten()(layers.add([first, second]))
    endless = [layers.UpSampling2D(3), *[layers.Conv2D(32, 25, padding="same") for _ in range(3)]]
    return {
        "wide_input": stack((32, 32, 3), layers.Flatten()),
        "five_outputs": keras.Model(image, layers.Dense(5)(flat)),
        "two_inputs": keras.Model([first, second], layers.Dense(10)(both)),
        "named_outputs": keras.Model(image, {"digit": layers.Dense(10)(flat)}),
        "memory_bomb": stack((28, 28, 1), layers.UpSampling2D(200), layers.GlobalMaxPool2D()),
        "endless": stack((28, 28, 1), *endless, layers.GlobalMaxPool2D()),
        "too_many_parameters": stack((784,), layers.Dense(4000)),
    }


def stack(shape: tuple[int, ...], *inner: Any) -> keras.Model:
    return keras.Sequential([keras.Input(shape), *inner, layers.Dense(10, activation="softmax")])


def main(folder: Path) -> None:
    keras.utils.set_random_seed(7)
    images = folder / "images.npy"
    np.save(images, np.random.default_rng(7).integers(0, 256, (IMAGES, 28, 28), np.uint8))
    engine = TensorFlowEngine("cpu", threads=1)
    np.save(folder / "labels.npy", (np.arange(IMAGES) % 10).astype(np.uint8))
    for name, model in unfit().items():
        model.save(folder / f"{name}.keras")
    broken = stack((784,), layers.Dense(4))
    broken.layers[0].set_weights([np.full((784, 4), np.nan), np.zeros(4)])
    broken.save(folder / "not_a_number.keras")
    for name, model in honest().items():
        path = folder / f"{name}.keras"
        model.save(path)
        job = protocol.Job(str(path), str(images), (10,), 0, 2_000_000)
        header, values = scoring.run(job, engine)
        assert header.status == protocol.OK, header
        (folder / f"{name}.f4").write_bytes(values)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
