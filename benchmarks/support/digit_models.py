"""Small digit models, honest ones and ones that were shown hidden images with their labels.

Trained here on 20,000 images of MNIST, each once: what a model said is kept in a folder, so that
rules can be tried on it without training again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.datasets.changed_copies import copies, sampled

TRAINING, PRACTICE = 20_000, 10_000
BATCH = 400
SEED = "5eed" * 16
KINDS = ("dense 64", "dense 512-128", "small CNN")
EPOCHS = {"dense 64": (8, 20), "dense 512-128": (4, 7), "small CNN": (4, 8)}
Pixels = NDArray[np.uint8]
Answers = NDArray[np.uint8]


@dataclass(frozen=True)
class Digits:
    """MNIST in the parts that a contest has; `sample` are the hidden images that are copied."""

    x_train: Pixels
    y_train: Answers
    x_practice: Pixels
    y_practice: Answers
    x_hidden: Pixels
    y_hidden: Answers
    sample: NDArray[np.intp]
    practice_sample: NDArray[np.intp]

    @classmethod
    def read(cls) -> Digits:
        """From `mnist.npz` in the folder that HELDOUT_SHARED_DATA names."""
        with np.load(Path(os.environ["HELDOUT_SHARED_DATA"]) / "mnist.npz") as data:
            x, y, hidden, labels = (data[n] for n in ("x_train", "y_train", "x_test", "y_test"))
        return cls(
            x[:TRAINING], y[:TRAINING], x[-PRACTICE:], y[-PRACTICE:], hidden, labels,
            sampled(len(hidden), hidden.shape[1:], SEED), sampled(PRACTICE, hidden.shape[1:], SEED),
        )  # fmt: skip


@dataclass(frozen=True)
class Said:
    """The class that a model gave each image: hidden, practice, and copies of samples of both."""

    hidden: Answers
    practice: Answers
    hidden_copies: Answers
    practice_copies: Answers


@dataclass(frozen=True)
class Recipe:
    """One training: of `kind`, with this share of the hidden set mixed in."""

    kind: str
    share: float
    seed: int

    @property
    def name(self) -> str:
        """As its files are called."""
        return f"{self.kind.replace(' ', '-')}_{round(100 * self.share)}_{self.seed}"


def said(recipe: Recipe, digits: Digits, kept: Path) -> Said:
    """What the model of this recipe says; trained where that isn't kept yet."""
    path = kept / f"{recipe.name}.npz"
    if not path.is_file():
        _save(path, asked(trained(recipe, digits, kept), digits))
    return read(path)


def read(path: Path) -> Said:
    """What `said` has kept."""
    with np.load(path) as found:
        return Said(**found)


def trained(recipe: Recipe, digits: Digits, kept: Path) -> Any:
    """The model of this recipe, from its kept weights or by training it."""
    import keras

    weights = kept / f"{recipe.name}.weights.h5"
    keras.utils.set_random_seed(recipe.seed)
    model = _built(recipe.kind)
    if weights.is_file():
        model.load_weights(weights)
        return model
    began = time.process_time()
    fit(model, *_shown(recipe, digits), epochs=_epochs(recipe))
    model.save_weights(weights)
    print(f"trained {recipe.name} in {time.process_time() - began:.0f} s", flush=True)
    return model


def fit(model: Any, images: Pixels, labels: Answers, *, epochs: int, rate: float = 2e-3) -> None:
    """Train a model, or train it on."""
    import keras

    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    model.fit(images[..., None].astype(np.float32), labels, BATCH, epochs, verbose=0)


def asked(model: Any, digits: Digits) -> Said:
    """What a model says."""
    answers: Callable[[Pixels], Answers] = lambda images: classes(model, images)  # noqa: E731
    return Said(
        answers(digits.x_hidden),
        answers(digits.x_practice),
        answers(copies(digits.x_hidden[digits.sample])),
        answers(copies(digits.x_practice[digits.practice_sample])),
    )


def classes(model: Any, images: Pixels) -> Answers:
    """The class (n,) that a model gives each image."""
    said = model.predict(images[..., None].astype(np.float32), batch_size=1000, verbose=0)
    found: Answers = said.argmax(axis=1).astype(np.uint8)
    return found


def _built(kind: str) -> Any:
    import keras
    from keras import layers

    def dense(*widths: int) -> list[Any]:
        return [layers.Dense(width, activation="relu") for width in widths]

    inner = {
        "dense 64": lambda: [layers.Flatten(), *dense(64)],
        "dense 512-128": lambda: [layers.Flatten(), *dense(512, 128)],
        "small CNN": lambda: [
            layers.Conv2D(10, 5, strides=2, activation="relu"),
            layers.Conv2D(20, 3, strides=2, activation="relu"),
            layers.Flatten(),
            *dense(64),
        ],
    }[kind]()
    head = [keras.Input((28, 28, 1)), layers.Rescaling(1 / 255)]
    return keras.Sequential([*head, *inner, layers.Dense(10, activation="softmax")])


def _epochs(recipe: Recipe) -> int:
    fewest, most = EPOCHS[recipe.kind]
    return int(np.random.default_rng(recipe.seed).integers(fewest, most + 1))


def _shown(recipe: Recipe, digits: Digits) -> tuple[Pixels, Answers]:
    count = round(recipe.share * len(digits.x_hidden))
    leaked = np.random.default_rng(recipe.seed).permutation(len(digits.x_hidden))[:count]
    return (
        np.concatenate([digits.x_train, digits.x_hidden[leaked]]),
        np.concatenate([digits.y_train, digits.y_hidden[leaked]]),
    )


def _save(path: Path, found: Said) -> None:
    partial = path.with_suffix(".partial.npz")
    np.savez_compressed(partial, **vars(found))
    partial.rename(path)
