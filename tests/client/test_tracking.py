"""Tracked fits, against what the test itself did."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")

import heldout  # noqa: E402 - Keras is optional, and must be looked for first
from heldout._capture import run_card  # noqa: E402
from heldout._export import exported  # noqa: E402

pytestmark = [
    pytest.mark.tensorflow,
    # Keras's tensors on TensorFlow do not know NumPy 2's copy keyword yet.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*shuffle=True:UserWarning"),
]

IMAGES = np.random.default_rng(0).random((80, 28, 28), dtype=np.float32)
LABELS = np.arange(80) % 10


def model(**compiled: Any) -> Any:
    made = keras.Sequential(
        [keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")]
    )
    made.compile(
        compiled.pop("optimizer", "adam"), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return made


def captured(made: Any, **more: Any) -> dict[str, Any]:
    return run_card(made, **more)["hyperparameters"]


class TestTrack:
    def test_records_what_the_model_forgets(self) -> None:
        keras.utils.set_random_seed(11)
        made = model()
        heldout.track(made)
        stop = keras.callbacks.EarlyStopping("loss", patience=1, min_delta=9.0)
        made.fit(IMAGES, LABELS, 16, epochs=9, validation_split=0.2, verbose=0, callbacks=stop)
        found = captured(made)
        expected = {
            "batch_size": 16, "examples": 64, "validation_examples": 16, "validation_split": 0.2,
            "seed": 11, "callbacks": "EarlyStopping", "early_stopping_monitor": "loss",
            "early_stopping_patience": 1, "early_stopping_min_delta": 9.0, "epochs_requested": 9,
            "epochs_run": 2, "early_stopped_at": 2, "fits": 1, "input_range": "0 to 1",
        }  # fmt: skip
        found["input_range"] = "0 to 1" if found["input_range"].endswith(" to 1") else ""
        assert {name: found.get(name) for name in expected} == expected
        assert found["train_seconds"] > 0
        assert found["device"].startswith(("CPU", "GPU"))

    def test_keeps_earlier_fits(self) -> None:
        made = model()
        tracking = heldout.track(made)
        made.fit(IMAGES, LABELS, batch_size=40, epochs=2, verbose=0)
        made.fit(IMAGES, LABELS, epochs=1, verbose=0, validation_data=(IMAGES, LABELS))
        card = run_card(made)
        assert len(card["history"]["loss"]) == 3
        assert card["history"]["val_loss"][:2] == [None, None]
        assert "history_non_finite" not in card
        assert [fit["batch_size"] for fit in card["fits"]] == [40, 32]
        assert card["hyperparameters"]["batch_size"] == "40-32"
        assert "2 fits, 3 epochs" in repr(tracking)

    def test_the_rate_of_each_epoch(self) -> None:
        schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5)
        made = model(optimizer=keras.optimizers.SGD(schedule))
        heldout.track(made)
        made.fit(IMAGES, LABELS, batch_size=16, epochs=3, verbose=0)
        card = run_card(made)
        assert card["history"]["learning_rate"] == pytest.approx([0.05, 0.025, 0.0125])
        assert card["hyperparameters"]["learning_rate"] == pytest.approx(0.1)

    def test_what_is_passed_wins(self) -> None:
        made = model()
        heldout.track(made)
        made.fit(IMAGES, LABELS, batch_size=40, epochs=1, verbose=0)
        card = run_card(made, history={"loss": [9.0]}, hyperparameters={"batch_size": 7})
        assert card["hyperparameters"]["batch_size"] == 7
        assert card["history"] == {"loss": [9.0]}

    def test_an_interrupted_fit_counts(self) -> None:
        made = model()
        heldout.track(made)

        def stop(epoch: int, logs: Any) -> None:
            if epoch == 1:
                raise KeyboardInterrupt

        cell = keras.callbacks.LambdaCallback(on_epoch_begin=stop)
        with pytest.raises(KeyboardInterrupt):
            made.fit(IMAGES, LABELS, epochs=5, verbose=0, callbacks=[cell])
        assert captured(made)["epochs_run"] == 1

    def test_ends_with_the_block_and_is_not_doubled(self) -> None:
        made = model()
        with heldout.track(made) as tracking:
            heldout.track(made)
            made.fit(IMAGES, LABELS, epochs=1, verbose=0)
        made.fit(IMAGES, LABELS, epochs=1, verbose=0)
        assert len(tracking.fits) == 1

    def test_a_wrapper_brings_its_models_fits(self) -> None:
        made = model()
        heldout.track(made)
        made.fit(IMAGES, LABELS, batch_size=20, epochs=1, verbose=0)
        wrapped = keras.Sequential([keras.Input((28, 28)), made, keras.layers.Softmax()])
        assert captured(wrapped)["batch_size"] == 20

    def test_a_tracked_model_is_saved_as_ever(self) -> None:
        made = model()
        heldout.track(made)
        made.fit(IMAGES, LABELS, epochs=1, verbose=0)
        with exported(made) as payload:
            assert payload.size_bytes > 1000

    def test_refuses_what_is_no_model(self) -> None:
        with pytest.raises(heldout.CannotSubmit, match="cannot be tracked"):
            heldout.track([1, 2])

    def test_capture_takes_less_than_fifty_milliseconds(self) -> None:
        made = model()
        heldout.track(made)
        made.fit(IMAGES, LABELS, epochs=3, verbose=0)
        run_card(made)
        began = time.perf_counter()
        run_card(made)
        assert time.perf_counter() - began < 0.05


class TestTracker:
    def test_reads_a_tensorflow_pipeline(self) -> None:
        tensorflow = pytest.importorskip("tensorflow")
        pairs = tensorflow.data.Dataset.from_tensor_slices((IMAGES, LABELS))
        pipeline = pairs.map(lambda x, y: (x, y)).cache().shuffle(50).batch(24).prefetch(2)
        tracker = heldout.keras.Tracker()
        made = model()
        made.fit(pipeline, epochs=1, verbose=0, callbacks=[tracker], validation_data=pairs.batch(9))
        found = captured(made)
        assert (found["batch_size"], found["examples"]) == (24, 80)
        assert found["validation_examples"] == 80
        assert "callbacks" not in found

    def test_reads_a_sequence_that_knows_its_batch_size(self) -> None:
        class Batches(keras.utils.PyDataset):
            batch_size = 20

            def __len__(self) -> int:
                return 4

            def __getitem__(self, at: int) -> Any:
                return IMAGES[at * 20 : at * 20 + 20], LABELS[at * 20 : at * 20 + 20]

        made = model()
        made.fit(Batches(), epochs=1, verbose=0, callbacks=[heldout.keras.Tracker()])
        assert captured(made)["batch_size"] == 20

    def test_of_a_loaded_model_is_passed_as_history(self) -> None:
        made, tracker = model(), heldout.keras.Tracker()
        made.fit(IMAGES, LABELS, batch_size=10, epochs=2, verbose=0, callbacks=[tracker])
        other = keras.models.clone_model(made)
        assert captured(other, history=tracker)["batch_size"] == 10
        assert captured(other, history=tracker)["epochs_run"] == 2

    def test_adds_less_than_a_percent_to_fit(self) -> None:
        """Counted in what it does: two calls for a fit and one for an epoch, none for a batch."""
        tracker = heldout.keras.Tracker()
        own = {name for name in type(tracker).__mro__[1].__dict__ if name.startswith("on_")}
        assert own == {"on_train_begin", "on_epoch_end", "on_train_end"}
        assert tracker.async_safe
        made = model()
        made.fit(IMAGES, LABELS, epochs=1, verbose=0, callbacks=[tracker])
        began = time.perf_counter()
        for epoch in range(100):
            tracker.on_epoch_end(epoch, {"loss": 1.0})
        assert (time.perf_counter() - began) / 100 < 0.005
