"""The run card of real Keras models, against what the test itself chose."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")

from heldout._capture import run_card  # noqa: E402 - Keras is optional, and must be looked for first
from heldout._export import exported, is_keras_model  # noqa: E402

pytestmark = [
    pytest.mark.tensorflow,
    # Keras's tensors on TensorFlow do not know NumPy 2's copy keyword yet.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

IMAGES = np.random.default_rng(0).random((64, 28, 28), dtype=np.float32)
LABELS = np.arange(64) % 10


def fitted(model: Any, epochs: int = 2, **more: Any) -> Any:
    """The history of a short fit."""
    return model.fit(IMAGES, LABELS, epochs=epochs, batch_size=32, verbose=0, **more)


@pytest.fixture(scope="module")
def starter() -> tuple[Any, Any]:
    """The class's starter, deliberately overfit, with its history."""
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(2048, activation="relu"),
            keras.layers.Dense(512, activation="relu"),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(1e-3),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseCategoricalAccuracy()],
    )
    stop = keras.callbacks.EarlyStopping("val_loss", patience=0, baseline=0.0)
    return model, fitted(model, epochs=20, validation_split=0.25, callbacks=[stop])


@pytest.fixture(scope="module")
def convnet() -> tuple[Any, Any]:
    """A convolutional network with a schedule, dropout, penalties and augmentation."""
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.RandomRotation(0.1),
            keras.layers.Conv2D(8, 5, activation="relu", kernel_regularizer="l2"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(16, (3, 3), kernel_regularizer=keras.regularizers.L2(0.01)),
            keras.layers.BatchNormalization(),
            keras.layers.LeakyReLU(),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.25),
            keras.layers.Dense(32, activation="gelu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    schedule = keras.optimizers.schedules.ExponentialDecay(0.01, decay_steps=100, decay_rate=0.9)
    model.compile(
        keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True, clipnorm=1.0),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    history = model.fit(IMAGES[..., None], LABELS, epochs=1, verbose=0)
    return model, history


class TestStarter:
    def test_hyperparameters_are_those_chosen(self, starter: tuple[Any, Any]) -> None:
        model, history = starter
        card = run_card(model, history=history, hyperparameters={"batch_size": 32})
        run = len(history.epoch)
        assert card["hyperparameters"] == {
            "optimizer": "adam",
            "learning_rate": 0.001,
            "beta_1": 0.9,
            "beta_2": 0.999,
            "loss": "sparse_categorical_crossentropy",
            "from_logits": True,
            "epochs_run": run,
            "epochs_requested": 20,
            "steps_per_epoch": 2,
            "hidden_layers": 3,
            "hidden_units": "2048-512-128",
            "activation": "relu",
            "output_activation": "linear",
            "parameters": 784 * 2048 + 2048 + 2048 * 512 + 512 + 512 * 128 + 128 + 128 * 10 + 10,
            "dtype_policy": "float32",
            "batch_size": 32,
        }
        assert 0 < run < 20
        assert "batch_size" not in card["captured"]["hyperparameters"]
        assert card["captured"]["notes"] == []

    def test_history_is_exact_and_found_on_the_model(self, starter: tuple[Any, Any]) -> None:
        model, history = starter
        assert run_card(model)["history"] == history.history
        assert set(history.history) >= {"loss", "val_loss", "val_sparse_categorical_accuracy"}

    def test_layer_table_has_shapes_and_parameters(self, starter: tuple[Any, Any]) -> None:
        rows = run_card(starter[0])["architecture"]
        assert [row["type"] for row in rows] == ["Flatten", "Dense", "Dense", "Dense", "Dense"]
        assert rows[1]["output_shape"] == [None, 2048]
        assert rows[1]["parameters"] == 784 * 2048 + 2048
        assert rows[1]["config"] == {
            "trainable": True,
            "units": 2048,
            "activation": "relu",
            "use_bias": True,
        }

    def test_environment_names_versions(self, starter: tuple[Any, Any]) -> None:
        found = run_card(starter[0])["environment"]
        assert found["keras_version"] == keras.__version__
        assert found["backend"] == keras.config.backend()
        assert found["backend_version"]

    def test_compile_keeps_the_whole_configuration(self, starter: tuple[Any, Any]) -> None:
        summary = run_card(starter[0])["compile"]
        assert summary["optimizer"]["config"]["beta_1"] == 0.9
        assert summary["loss"]["config"]["from_logits"] is True

    def test_is_json_of_modest_size(self, starter: tuple[Any, Any]) -> None:
        assert len(json.dumps(run_card(starter[0]), allow_nan=False)) < 10_000


class TestConvnet:
    def test_hyperparameters_are_those_chosen(self, convnet: tuple[Any, Any]) -> None:
        found = run_card(*convnet[:1])["hyperparameters"]
        assert found == {
            "optimizer": "sgd",
            "learning_rate": 0.01,
            "learning_rate_schedule": "exponential_decay",
            "learning_rate_decay_steps": 100,
            "learning_rate_decay_rate": 0.9,
            "learning_rate_staircase": False,
            "momentum": 0.9,
            "nesterov": True,
            "clipnorm": 1.0,
            "loss": "sparse_categorical_crossentropy",
            "epochs_run": 1,
            "epochs_requested": 1,
            "steps_per_epoch": 2,
            "hidden_layers": 3,
            "hidden_units": 32,
            "conv_filters": "8-16",
            "kernel_size": "5x5-3x3",
            "activation": "relu-leaky_relu-gelu",
            "output_activation": "softmax",
            "dropout": "0.25-0.5",
            "l2": 0.01,
            "normalization": "BatchNormalization",
            "preprocessing": "Rescaling",
            "augmentation": "RandomRotation",
            "parameters": convnet[0].count_params(),
            "dtype_policy": "float32",
        }

    def test_penalties_are_in_the_layer_table(self, convnet: tuple[Any, Any]) -> None:
        rows = run_card(convnet[0])["architecture"]
        assert rows[2]["config"]["kernel_regularizer"] == {"l2": 0.01}


class TestOtherModels:
    def test_an_uncompiled_wrapper_is_looked_into(self, starter: tuple[Any, Any]) -> None:
        model, history = starter
        wrapped = keras.Sequential([keras.Input((28, 28)), model, keras.layers.Softmax()])
        card = run_card(wrapped)
        assert card["hyperparameters"]["optimizer"] == "adam"
        assert card["hyperparameters"]["hidden_units"] == "2048-512-128"
        assert card["hyperparameters"]["output_activation"] == "softmax"
        assert card["history"] == history.history
        assert [row["name"].split("/")[0] for row in card["architecture"][:2]] == [model.name] * 2

    def test_recurrent_layers_in_a_bidirectional_wrapper(self) -> None:
        model = keras.Sequential(
            [
                keras.Input((28, 28)),
                keras.layers.Bidirectional(keras.layers.LSTM(6, dropout=0.1)),
                keras.layers.Dense(10, activation="softmax"),
            ]
        )
        found = run_card(model)["hyperparameters"]
        assert (found["hidden_units"], found["dropout"], found["activation"]) == (6, 0.1, "tanh")
        assert "optimizer" not in found

    def test_a_functional_model_with_a_shared_layer(self) -> None:
        shared = keras.layers.Dense(4, activation="relu")
        inputs = keras.Input((4,))
        model = keras.Model(inputs, keras.layers.Dense(10)(shared(shared(inputs))))
        card = run_card(model)
        assert card["hyperparameters"]["hidden_units"] == 4
        assert {row["type"] for row in card["architecture"]} == {"InputLayer", "Dense"}

    def test_a_subclassed_model_with_its_own_loss(self) -> None:
        class Mine(keras.Model):  # type: ignore[misc, name-defined]
            def __init__(self) -> None:
                super().__init__()
                self.flatten = keras.layers.Flatten()
                self.out = keras.layers.Dense(10)

            def call(self, images: Any) -> Any:
                return self.out(self.flatten(images))

        def my_loss(labels: Any, outputs: Any) -> Any:
            return keras.losses.sparse_categorical_crossentropy(labels, outputs, from_logits=True)

        model = Mine()
        model.compile(optimizer="adadelta", loss=my_loss)
        fitted(model, epochs=1)
        found = run_card(model)["hyperparameters"]
        assert found["optimizer"] == "adadelta"
        assert found["loss"] == "my_loss"
        assert found["epochs_run"] == 1
        assert found["hidden_layers"] == 0

    def test_a_callback_s_first_learning_rate_wins_over_the_last(self) -> None:
        model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten()])
        model.add(keras.layers.Dense(10, activation="softmax"))
        model.compile("rmsprop", "sparse_categorical_crossentropy")
        fitted(model, callbacks=[keras.callbacks.LearningRateScheduler(lambda epoch: 0.5**epoch)])
        card = run_card(model)
        assert card["hyperparameters"]["learning_rate"] == 1.0
        assert card["history"]["learning_rate"] == [1.0, 0.5]


class TestExport:
    def test_leaves_the_optimizer_s_memory_out(
        self, starter: tuple[Any, Any], tmp_path: Path
    ) -> None:
        model = starter[0]
        model.save(tmp_path / "full.keras")
        with exported(model) as payload:
            assert payload.path is not None
            assert payload.size_bytes < 0.4 * (tmp_path / "full.keras").stat().st_size
            again = keras.models.load_model(payload.path, compile=False)
        assert not payload.path.exists()
        expected = model.predict(IMAGES, verbose=0)
        np.testing.assert_array_equal(again.predict(IMAGES, verbose=0), expected)

    def test_a_model_that_was_never_compiled_is_sent_as_it_is(self) -> None:
        model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten()])
        with exported(model) as payload:
            assert payload.size_bytes > 0

    def test_knows_models_from_other_keras_objects(self, starter: tuple[Any, Any]) -> None:
        assert is_keras_model(starter[0])
        assert not is_keras_model(starter[1])
        assert not is_keras_model(keras.layers.Dense(3))
        assert not is_keras_model(keras.Sequential)

    def test_tensors_arrive_as_arrays(self) -> None:
        with exported(keras.ops.convert_to_tensor([1, 2, 3])) as payload:
            assert payload.kind == "predictions"
