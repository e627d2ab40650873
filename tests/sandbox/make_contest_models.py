"""`python make_contest_models.py FOLDER`: contests of every kind, and Keras models made for them.

A folder for each contest: hidden inputs and their answers, practice inputs and answers, scaling.
A process of its own, since the tests' process must not import TensorFlow.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

TRAINED, PRACTICE, HIDDEN = 900, 300, 400
# Columns in units of their own, as a table of houses or of letters has them.
MEANS = np.array([500.0, 3.0, 0.2, 1990.0])
DEVIATIONS = np.array([120.0, 1.0, 0.05, 20.0])
RANDOM = np.random.default_rng(5)


def write(folder: Path, inputs: np.ndarray, answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The contest's files; its training inputs and answers."""
    folder.mkdir()
    parts = np.split(np.arange(len(inputs)), [TRAINED, TRAINED + PRACTICE])
    train, practice, hidden = parts
    axes = tuple(range(inputs.ndim - 1)) if inputs.ndim in (2, 4) else None
    seen = inputs[train].astype(np.float64)
    np.savez(
        folder / "scaling.npz", mean=np.float32(seen.mean(axes)),
        deviation=np.float32(seen.std(axes)),
    )  # fmt: skip
    np.save(folder / "inputs.npy", inputs[hidden])
    np.save(folder / "truth.npy", answers[hidden])
    np.save(folder / "practice.npy", inputs[practice])
    np.save(folder / "answers.npy", answers[practice])
    return inputs[train], answers[train]


def table() -> tuple[np.ndarray, np.ndarray]:
    """A table (n, 4) and the same in deviations from the mean."""
    scaled = RANDOM.normal(0, 1, (TRAINED + PRACTICE + HIDDEN, 4))
    return (MEANS + DEVIATIONS * scaled).astype(np.float32), scaled


def network(shape: tuple[int, ...], *last: Any) -> keras.Model:
    return keras.Sequential(
        [keras.Input(shape), layers.Flatten(), layers.Dense(16, activation="relu"), *last]
    )


def fitted(model: keras.Model, loss: Any, inputs: Any, answers: Any, epochs: int = 15) -> Any:
    model.compile(keras.optimizers.Adam(0.03), loss, steps_per_execution=9)
    model.fit(inputs, answers, epochs=epochs, batch_size=100, verbose=0)
    return model


def standardized(inputs: np.ndarray) -> np.ndarray:
    return ((inputs - inputs.mean(0)) / inputs.std(0)).astype(np.float32)


def spam(folder: Path) -> None:
    inputs, scaled = table()
    answers = (scaled @ [2, -1, 1, 0.5] > 0).astype(np.uint8)
    x, y = write(folder, inputs, answers)
    z, save = standardized(x), saving(folder)
    sigmoid = fitted(network((4,), layers.Dense(1, "sigmoid")), "binary_crossentropy", z, y)
    save("scaled", sigmoid)
    normalizer = layers.Normalization(mean=x.mean(0), variance=x.var(0))
    as_it_is = keras.Sequential([keras.Input((4,)), normalizer, sigmoid])
    save("as_it_is", as_it_is)
    turned = layers.Rescaling(-1, offset=1)
    save("other_class", keras.Sequential([keras.Input((4,)), as_it_is, turned]))
    logit = network((4, 1), layers.Dense(1))
    logit.set_weights(sigmoid.get_weights())
    save("logit_of_columns", logit)
    two = network((4,), layers.Dense(2, "softmax"))
    save("two_units", fitted(two, "sparse_categorical_crossentropy", z, y))
    save("softmax_of_one", network((4,), layers.Dense(1, "softmax")))
    save("three_units", network((4,), layers.Dense(3, "softmax")))
    save("five_columns", network((5,), layers.Dense(1, "sigmoid")))


def houses(folder: Path) -> None:
    inputs, scaled = table()
    target = np.exp(5 + 0.3 * (scaled @ [1, 0.5, -0.5, 0.2])) + RANDOM.normal(0, 3, len(inputs))
    x, y = write(folder, inputs, target)
    z, mean, deviation = standardized(x), y.mean(), y.std()
    save = saving(folder)
    scaled_target = fitted(network((4,), layers.Dense(1)), "mse", z, (y - mean) / deviation, 25)
    save("scaled_target", scaled_target)
    back = layers.Rescaling(float(deviation), offset=float(mean))
    save("in_its_unit", keras.Sequential([keras.Input((4,)), scaled_target, back]))
    save("logarithm", fitted(network((4,), layers.Dense(1)), "mse", z, np.log(y), 25))
    flat = network((4,), layers.Dense(1), layers.Reshape(()))
    flat.set_weights(scaled_target.get_weights())
    save("one_number", flat)
    save("sigmoid", fitted(network((4,), layers.Dense(1, "sigmoid")), "mse", z, y, 3))
    save("two_outputs", network((4,), layers.Dense(2)))
    broken = network((4,), layers.Dense(1))
    broken.layers[-1].set_weights([np.full((16, 1), np.nan), np.zeros(1)])
    save("not_a_number", broken)
    save("overflowing", network((4,), layers.Dense(1), layers.Rescaling(3e38), layers.Rescaling(9)))


def tags(folder: Path) -> None:
    values = RANDOM.integers(-5, 6, (TRAINED + PRACTICE + HIDDEN, 2, 3, 3)).astype(np.int16)
    sums = values.sum(axis=(1, 2))
    x, y = write(folder, values, (sums > [0, 4, -4]).astype(np.uint8))
    save, loss = saving(folder), "binary_crossentropy"
    z = x.astype(np.float32)
    save("sigmoid", fitted(network((2, 3, 3), layers.Dense(3, "sigmoid")), loss, z, y))
    logit = keras.losses.BinaryCrossentropy(from_logits=True)
    flat = keras.Sequential([keras.Input((18,)), layers.Dense(3)])
    save("flat_logits", fitted(flat, logit, z.reshape(-1, 18), y))
    deep = keras.Sequential(
        [keras.Input((2, 3, 3, 1)), layers.Conv3D(4, (2, 3, 1)), layers.Flatten(), layers.Dense(3)]
    )
    save("volume", fitted(deep, logit, z[..., None], y))
    softmax = network((2, 3, 3), layers.Dense(3, "softmax"))
    save("softmax", fitted(softmax, "categorical_crossentropy", z, y, 2))


def colours(folder: Path) -> None:
    answers = (np.arange(TRAINED + PRACTICE + HIDDEN) % 3).astype(np.uint8)
    images = RANDOM.integers(0, 120, (len(answers), 8, 8, 3))
    images[np.arange(len(answers)), :, :, answers] += 25
    x, y = write(folder, images.astype(np.uint8), answers)
    save, loss = saving(folder), "sparse_categorical_crossentropy"
    convolution = keras.Sequential([
        keras.Input((8, 8, 3)), layers.Conv2D(8, 3, activation="relu"),
        layers.GlobalAveragePooling2D(), layers.Dense(3, "softmax"),
    ])  # fmt: skip
    save("convolution", fitted(convolution, loss, x / 255, y, 20))
    whole = network((8, 8, 3), layers.Dense(3, "softmax"))
    mean, deviation = x.mean((0, 1, 2)), x.std((0, 1, 2))
    save("standardized", fitted(whole, loss, (x - mean) / deviation, y))
    shifted = network((8, 8, 3), layers.Dense(4, "softmax"))
    save("counted_from_1", shifted)
    save("grey", network((8, 8, 1), layers.Dense(3, "softmax")))


def saving(folder: Path) -> Callable[[str, keras.Model], None]:
    return lambda name, model: model.save(folder / f"{name}.keras")


if __name__ == "__main__":
    keras.utils.set_random_seed(5)
    for make in (spam, houses, tags, colours):
        make(Path(sys.argv[1]) / make.__name__)
