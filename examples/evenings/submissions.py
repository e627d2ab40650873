"""What people hand in: networks, models of scikit-learn, arrays and frames. All trained here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SEED = 7


def of_binary_table(data: Any) -> Iterator[tuple[str, Any]]:
    """A forest, a linear model, a frame in another order, and a network."""
    forest = RandomForestClassifier(100, random_state=SEED).fit(data.x_train, data.y_train)
    yield "forest", forest
    linear = make_pipeline(StandardScaler(), LogisticRegression())
    yield "linear", linear.fit(data.x_train, data.y_train)
    frames = data.frames()
    columns = list(data.feature_names)
    shuffled = frames.test.sample(frac=1, random_state=SEED)
    known = frames.train
    few = make_pipeline(StandardScaler(), LogisticRegression())
    few.fit(known[columns[:5]], known["diagnosis"])
    chance = few.predict_proba(shuffled[columns[:5]])
    at = list(few.classes_).index("malignant")
    yield "five columns", shuffled[[]].assign(malignant=chance[:, at])
    yield "network", _network(data, 1, "sigmoid", "binary_crossentropy", 40)


def of_regression_table(data: Any) -> Iterator[tuple[str, Any]]:
    """Two models of scikit-learn, the mean for everybody, and a network."""
    linear = make_pipeline(StandardScaler(), Ridge())
    yield "ridge", linear.fit(data.x_train, data.y_train)
    boosted = GradientBoostingRegressor(random_state=SEED)
    yield "boosted", boosted.fit(data.x_train, data.y_train)
    yield "the mean", np.full(len(data.x_test), float(np.mean(data.y_train)))
    yield "network", _network(data, 1, None, "mse", 120)


def of_colour_images(data: Any) -> Iterator[tuple[str, Any]]:
    """A small convolution and a linear network."""
    import keras

    for name, layers in (
        ("convolutions", [keras.layers.Conv2D(16, 3, activation="relu"),
                          keras.layers.MaxPooling2D(), keras.layers.Flatten()]),
        ("linear", [keras.layers.Flatten()]),
    ):  # fmt: skip
        model = keras.Sequential(
            [keras.Input(data.x_train.shape[1:]), *layers,
             keras.layers.Dense(len(data.classes), activation="softmax")]
        )  # fmt: skip
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(data.x_train / 255, data.y_train, epochs=8, verbose=0)
        yield name, model


def of_multilabel_arrays(data: Any) -> Iterator[tuple[str, Any]]:
    """A convolution over time, and a network of one layer's probabilities as an array."""
    import keras

    model = keras.Sequential(
        [keras.Input(data.x_train.shape[1:]), keras.layers.Conv1D(16, 7, activation="relu"),
         keras.layers.GlobalMaxPooling1D(), keras.layers.Dense(4, activation="sigmoid")]
    )  # fmt: skip
    model.compile("adam", "binary_crossentropy")
    model.fit(data.x_train, data.y_train, epochs=20, verbose=0)
    yield "convolutions", model
    flat = data.x_train.reshape(len(data.x_train), -1)
    each = [LogisticRegression(max_iter=500).fit(flat, labels) for labels in data.y_train.T]
    test = data.x_test.reshape(len(data.x_test), -1)
    yield "one layer", np.stack([one.predict_proba(test)[:, 1] for one in each], axis=1)


def of_grouped_series(data: Any) -> Iterator[tuple[str, Any]]:
    """A linear model, the last hour, and a network."""
    yield "ridge", make_pipeline(StandardScaler(), Ridge()).fit(data.x_train, data.y_train)
    yield "the last hour", np.asarray(data.x_test)[:, -1]
    yield "network", _network(data, 1, None, "mae", 60)


def _network(data: Any, outputs: int, activation: str | None, loss: str, epochs: int) -> Any:
    import keras

    keras.utils.set_random_seed(SEED)
    inputs = data.standardize(data.x_train).astype("float32")
    model = keras.Sequential(
        [keras.Input(inputs.shape[1:]), keras.layers.Dense(32, "relu"),
         keras.layers.Dense(outputs, activation)]
    )  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), loss)
    model.fit(inputs, data.y_train, epochs=epochs, verbose=0)
    return model
