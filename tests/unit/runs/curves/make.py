"""Trains the networks whose run cards are the fixtures beside this file.

python tests/unit/runs/curves/make.py MNIST.npz [NAME ...]

Each is trained for real on MNIST with `heldout.track`, and its card is written as it was
captured, with `truth`: what this script chose, to compare the capture with; and `reading`: what a
person sees in the curve.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from keras import layers

import heldout
from heldout._capture import run_card

FOLDER = Path(__file__).parent
Made = tuple[Any, dict[str, Any], str]


class Data:
    """MNIST, scaled to 0…1: the class's 20,000 training images and 10,000 to validate on."""

    def __init__(self, path: Path) -> None:
        with np.load(path, allow_pickle=False) as arrays:
            images, labels = arrays["x_train"], arrays["y_train"]
        self.x = (images[:20_000] / 255).astype("float32")
        self.y = labels[:20_000].astype("int64")
        self.vx = (images[-10_000:] / 255).astype("float32")
        self.vy = labels[-10_000:].astype("int64")

    @property
    def validation(self) -> tuple[Any, Any]:
        return self.vx, self.vy


def starter(data: Data) -> Made:
    """The class's own starter: tf.data, logits, deliberately overfit."""
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Flatten(),
            layers.Dense(2048, activation="relu"),
            layers.Dense(512, activation="relu"),
            layers.Dense(128, activation="relu"),
            layers.Dense(10),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(1e-3),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseCategoricalAccuracy()],
    )
    training = tf.data.Dataset.from_tensor_slices((data.x[..., None], data.y))
    training = training.cache().shuffle(20_000).batch(128).prefetch(tf.data.AUTOTUNE)
    held_back = tf.data.Dataset.from_tensor_slices((data.vx[..., None], data.vy)).batch(128)
    heldout.track(model)
    model.fit(training, epochs=20, validation_data=held_back, verbose=0)
    truth = {
        "optimizer": "adam", "learning_rate": 0.001, "batch_size": 128, "examples": 20_000,
        "validation_examples": 10_000, "epochs_run": 20, "epochs_requested": 20,
        "hidden_layers": 3, "hidden_units": "2048-512-128", "activation": "relu",
        "output_activation": "linear", "from_logits": True,
        "loss": "sparse_categorical_crossentropy", "parameters": 2_723_722, "seed": 3,
    }  # fmt: skip
    return model, truth, "overfitting"


def keras_convnet(data: Data) -> Made:
    """Keras's own example "Simple MNIST convnet", 6 of its 15 epochs."""
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Conv2D(64, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    heldout.track(model)
    y = keras.utils.to_categorical(data.y, 10)
    model.fit(data.x[..., None], y, batch_size=128, epochs=6, validation_split=0.1, verbose=0)
    truth = {
        "optimizer": "adam", "learning_rate": 0.001, "batch_size": 128, "examples": 18_000,
        "validation_split": 0.1, "validation_examples": 2_000, "epochs_run": 6,
        "epochs_requested": 6, "hidden_layers": 2, "conv_filters": "32-64", "kernel_size": "3x3",
        "activation": "relu", "output_activation": "softmax", "dropout": 0.5,
        "loss": "categorical_crossentropy", "parameters": 34_826, "seed": 3,
    }  # fmt: skip
    return model, truth, "not converged"


def tf_quickstart(data: Data) -> Made:
    """TensorFlow's quickstart for beginners, with its uncompiled probability model around it."""
    model = keras.models.Sequential(
        [
            keras.Input((28, 28)),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
    heldout.track(model)
    model.fit(data.x, data.y, epochs=5, verbose=0)
    truth = {
        "optimizer": "adam", "learning_rate": 0.001, "batch_size": 32, "examples": 20_000,
        "epochs_run": 5, "epochs_requested": 5, "hidden_layers": 1, "hidden_units": 128,
        "activation": "relu", "output_activation": "softmax", "dropout": 0.2, "from_logits": True,
        "loss": "sparse_categorical_crossentropy", "parameters": 101_770, "seed": 3,
    }  # fmt: skip
    return (
        keras.Sequential([keras.Input((28, 28)), model, layers.Softmax()]),
        truth,
        "no validation split",
    )


def chollet(data: Data) -> Made:
    """Chollet, "Deep Learning with Python", chapter 2."""
    model = keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    heldout.track(model)
    model.fit(data.x.reshape(-1, 784), data.y, epochs=5, batch_size=128, verbose=0)
    truth = {
        "optimizer": "rmsprop", "learning_rate": 0.001, "batch_size": 128, "examples": 20_000,
        "epochs_run": 5, "epochs_requested": 5, "hidden_layers": 1, "hidden_units": 512,
        "activation": "relu", "output_activation": "softmax",
        "loss": "sparse_categorical_crossentropy", "parameters": 407_050, "seed": 3,
    }  # fmt: skip
    return model, truth, "no validation split"


def lstm_rows(data: Data) -> Made:
    """An LSTM that reads an image row by row."""
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            layers.LSTM(64),
            layers.BatchNormalization(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    heldout.track(model)
    model.fit(data.x, data.y, batch_size=64, epochs=4, validation_data=data.validation, verbose=0)
    truth = {
        "optimizer": "sgd", "learning_rate": 0.1, "momentum": 0.9, "batch_size": 64,
        "examples": 20_000, "validation_examples": 10_000, "epochs_run": 4, "epochs_requested": 4,
        "hidden_layers": 1, "hidden_units": 64, "activation": "tanh",
        "output_activation": "softmax", "normalization": "BatchNormalization",
        "loss": "sparse_categorical_crossentropy", "parameters": 24_714, "seed": 3,
    }  # fmt: skip
    return model, truth, "not converged"


def good_fit(data: Data) -> Made:
    """A small convolutional network with augmentation, dropout and a falling learning rate."""
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.RandomTranslation(0.05, 0.05),
            layers.Conv2D(8, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(10, activation="softmax"),
        ]
    )
    schedule = keras.optimizers.schedules.CosineDecay(3e-3, decay_steps=157 * 14)
    optimizer = keras.optimizers.Adam(schedule)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    heldout.track(model)
    stop = keras.callbacks.EarlyStopping("val_loss", patience=4, restore_best_weights=True)
    model.fit(
        data.x[..., None],
        data.y,
        batch_size=128,
        epochs=16,
        verbose=0,
        validation_data=(data.vx[..., None], data.vy),
        callbacks=[stop],
    )
    truth = {
        "optimizer": "adam", "learning_rate": 0.003, "learning_rate_schedule": "cosine_decay",
        "learning_rate_decay_steps": 2198, "batch_size": 128, "examples": 20_000,
        "augmentation": "RandomTranslation", "conv_filters": "8-16", "kernel_size": "3x3",
        "dropout": 0.2, "callbacks": "EarlyStopping", "early_stopping_patience": 4, "seed": 3,
    }  # fmt: skip
    return model, truth, "good fit"


def dense(data: Data, units: int, optimizer: Any, **fit: Any) -> Any:
    """One hidden layer (none for 0 units), trained on `fit`'s choice of examples."""
    hidden = [layers.Dense(units, activation="relu")] if units else []
    model = keras.Sequential(
        [keras.Input((28, 28)), layers.Flatten(), *hidden, layers.Dense(10, activation="softmax")]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    heldout.track(model)
    count = fit.pop("count", 20_000)
    chosen = {"validation_data": data.validation, "verbose": 0, **fit}
    model.fit(data.x[:count], data.y[:count], **chosen)
    return model


def too_simple(data: Data) -> Made:
    """Two hidden neurons cannot tell ten digits apart."""
    model = dense(data, 2, "adam", epochs=25, batch_size=64)
    return model, {"hidden_units": 2, "batch_size": 64}, "underfitting"


def four_neurons(data: Data) -> Made:
    """The lesson's: still creeping upwards, and it will never read one digit in ten."""
    model = dense(data, 4, "adam", epochs=20, batch_size=128)
    return model, {"hidden_units": 4, "batch_size": 128}, "underfitting"


def two_convolutions(data: Data) -> Made:
    """The lesson's best: the loss still falls a little, and the accuracy has settled."""
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(10),
        ]
    )
    model.compile(
        keras.optimizers.Adam(1e-3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    heldout.track(model)
    model.fit(
        data.x[..., None],
        data.y,
        batch_size=128,
        epochs=10,
        verbose=0,
        validation_data=(data.vx[..., None], data.vy),
    )
    truth = {"conv_filters": "16-32", "kernel_size": "3x3", "dropout": 0.3, "batch_size": 128}
    return model, truth, "good fit"


def adadelta_trap(data: Data) -> Made:
    """Adadelta with Keras's default learning rate 0.001 hardly moves."""
    model = dense(data, 64, "adadelta", epochs=8, batch_size=128)
    return model, {"optimizer": "adadelta", "learning_rate": 0.001}, "not converged"


def slow_sgd(data: Data) -> Made:
    """A learning rate far too low for ten epochs."""
    model = dense(data, 128, keras.optimizers.SGD(0.003), epochs=10, batch_size=128)
    return model, {"optimizer": "sgd", "learning_rate": 0.003}, "not converged"


def exploding(data: Data) -> Made:
    """Squared error on unscaled pixels with plain SGD: the loss leaves the numbers."""
    model = keras.Sequential(
        [keras.Input((28, 28)), layers.Rescaling(255.0), layers.Flatten(), layers.Dense(10)]
    )
    model.compile(keras.optimizers.SGD(1.0), "mse", metrics=["categorical_accuracy"])
    heldout.track(model)
    y, vy = (keras.utils.to_categorical(labels, 10) for labels in (data.y, data.vy))
    model.fit(data.x[:5000], y[:5000], epochs=5, validation_data=(data.vx, vy), verbose=0)
    truth = {"learning_rate": 1, "preprocessing": "Rescaling", "loss": "mse", "batch_size": 32}
    return model, truth, "diverging"


def too_fast(data: Data) -> Made:
    """Adam at 0.5: the loss jumps up and never comes down again."""
    model = dense(data, 64, keras.optimizers.Adam(0.5), epochs=8, batch_size=128)
    return model, {"learning_rate": 0.5}, "diverging"


def noisy(data: Data) -> Made:
    """A high rate with small batches: it overshoots in every direction."""
    validation = (data.vx[:1000], data.vy[:1000])
    model = dense(
        data, 32, keras.optimizers.SGD(0.9), epochs=12, batch_size=16, validation_data=validation
    )
    return model, {"batch_size": 16, "examples": 20_000, "learning_rate": 0.9}, "noisy"


def tiny_batches(data: Data) -> Made:
    """Tiny batches, a high rate and few examples: it jumps, but above all it memorises."""
    optimizer = keras.optimizers.SGD(0.3, momentum=0.5)
    validation = (data.vx[:500], data.vy[:500])
    model = dense(
        data, 64, optimizer, count=1000, epochs=25, batch_size=8, validation_data=validation
    )
    return model, {"batch_size": 8, "examples": 1000, "momentum": 0.5}, "overfitting"


def few_examples(data: Data) -> Made:
    """500 examples and a wide layer: memorised."""
    model = dense(data, 512, "adam", count=500, epochs=40, batch_size=32)
    return model, {"examples": 500, "hidden_units": 512}, "overfitting"


def plateau(data: Data) -> Made:
    """A linear model, trained until nothing moves any more, with two fits."""
    model = dense(data, 0, keras.optimizers.Adam(2e-3), epochs=15, batch_size=128)
    model.fit(data.x, data.y, epochs=10, batch_size=256, validation_data=data.validation, verbose=0)
    return model, {"batch_size": "128-256", "epochs_run": 25, "fits": 2}, "underfitting"


def sigmoids(data: Data, count: int, layers_deep: int, optimizer: Any, epochs: int) -> Any:
    """A deep stack of sigmoid layers: the first ones get next to no gradient."""
    stack = [layers.Dense(64, activation="sigmoid") for _ in range(layers_deep)]
    model = keras.Sequential(
        [keras.Input((28, 28)), layers.Flatten(), *stack, layers.Dense(10, activation="softmax")]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    heldout.track(model)
    model.fit(
        data.x[:count], data.y[:count], epochs=epochs, batch_size=64, verbose=0,
        validation_data=(data.vx[:2000], data.vy[:2000]),
    )  # fmt: skip
    return model


def vanishing(data: Data) -> Made:
    """Six sigmoid layers and plain SGD: the loss stays where guessing has it."""
    model = sigmoids(data, 5000, 6, keras.optimizers.SGD(0.05), 15)
    return (
        model,
        {"activation": "sigmoid", "hidden_layers": 6, "learning_rate": 0.05},
        ("underfitting"),
    )


def at_chance(data: Data) -> Made:
    """Sigmoid layers and a low rate: it comes down to guessing, and no further."""
    model = sigmoids(data, 2000, 4, keras.optimizers.Adam(1e-4), 10)
    return model, {"activation": "sigmoid", "hidden_layers": 4, "examples": 2000}, "underfitting"


def too_slow(data: Data) -> Made:
    """A rate so low that ten epochs hardly leave the start: a straight line downwards."""
    validation = (data.vx[:2000], data.vy[:2000])
    model = dense(
        data, 64, keras.optimizers.SGD(1e-4), count=2000, epochs=10, batch_size=64,
        validation_data=validation,
    )  # fmt: skip
    return model, {"learning_rate": 1e-4, "examples": 2000}, "not converged"


MADE: dict[str, Callable[[Data], Made]] = {
    make.__name__: make
    for make in (
        starter,
        keras_convnet,
        tf_quickstart,
        chollet,
        lstm_rows,
        good_fit,
        too_simple,
        four_neurons,
        two_convolutions,
        adadelta_trap,
        slow_sgd,
        exploding,
        too_fast,
        noisy,
        tiny_batches,
        few_examples,
        plateau,
        vanishing,
        at_chance,
        too_slow,
    )
}


def main() -> None:
    data = Data(Path(sys.argv[1]))
    for name in sys.argv[2:] or MADE:
        keras.utils.set_random_seed(3)
        model, truth, reading = MADE[name](data)
        card = run_card(model)
        card["environment"] = {}
        for row in card["architecture"]:
            row["config"] = {}
        card.pop("compile", None)
        made = {"about": MADE[name].__doc__, "reading": reading, "truth": truth, "card": card}
        text = json.dumps(made, indent=None, separators=(",", ":"))
        (FOLDER / f"{name}.json").write_text(text + "\n")
        ends = {k: v[-1] for k, v in card["history"].items()}
        print(name, card["hyperparameters"].get("train_seconds"), ends, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
