"""What becomes of a model's values, whatever ran it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heldout_runner.protocol import OK, Header
from heldout_server.datasets.loaded import DIGITS, Feature, LoadedDataset
from heldout_server.datasets.store import DatasetStore
from heldout_server.kit.errors import Rejection
from heldout_server.prediction.handlers import hidden_examples, practice_examples
from heldout_server.prediction.predictor import Examples, Limits, Predicted, Predictor
from heldout_server.prediction.runner import RunnerResult, RunOrder, UseValues, unused
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.metric import Needs
from sandbox.cases.keras_files import archive, classifier, dense, flatten, image_input, sequential

NOTHING = Path("nothing.npy")
THREE = Task(Kind.MULTICLASS, ("a", "b", "c"))
SPAM = Task(Kind.BINARY, ("ham", "spam"))


@dataclass
class GivingRunner:
    """A runner whose model gives these values; keeps the order that it got."""

    values: np.ndarray
    order: RunOrder | None = None

    def predict(
        self, order: RunOrder, cancelled: threading.Event, use: UseValues = unused
    ) -> RunnerResult:
        self.order = order
        use(self.values)
        return RunnerResult(self.values, Header(OK, device="cpu"), 0.1, 0.1)


def run(
    folder: Path, values: Any, task: Task, config: dict[str, Any] | None = None, **more: Any
) -> Predicted:
    values = np.asarray(values, np.float32)
    examples = Examples(NOTHING, len(values), task, NOTHING, NOTHING, **more)
    predictor = Predictor(GivingRunner(values), folder, Limits(10**6, 10**6, 10**6))
    model = archive(folder / "model.keras", config or classifier())
    return predictor.run(model, examples, preprocessing="auto", cancelled=threading.Event())


class TestValues:
    def test_that_the_metric_cannot_use_hear_of_the_last_layer(self, tmp_path: Path) -> None:
        sigmoids = np.full((4, 3), 0.9)
        with pytest.raises(Rejection) as refused:
            run(tmp_path, sigmoids, THREE, needs=Needs.PROBABILITIES)
        assert refused.value.code == "unsuitable"
        assert refused.value.hint == (
            'End it with keras.layers.Dense(3, activation="softmax") and train again.'
        )

    @pytest.mark.parametrize(
        ("given", "positive"), [([[0.25], [1.0]], [0.75, 0.0]), ([[-3.0], [2.0]], [3.0, -2.0])]
    )
    def test_of_one_output_are_of_class_number_1(
        self, tmp_path: Path, given: list[list[float]], positive: list[float]
    ) -> None:
        usual = run(tmp_path, given, SPAM).predictions
        turned = run(tmp_path, given, replace(SPAM, positive=0)).predictions
        assert usual.values is not None
        assert turned.values is not None
        assert usual.values[:, 0].tolist() == [value for (value,) in given]
        assert turned.values[:, 0].tolist() == positive
        assert turned.classes.tolist() == usual.classes.tolist() == [0, 1]


class TestColours:
    @pytest.mark.parametrize(("shape", "said"), [((28, 28), True), ((28, 28, 3), False)])
    def test_are_said_to_be_alike_of_grey_images_only(
        self, tmp_path: Path, shape: tuple[int, ...], said: bool
    ) -> None:
        colour = sequential(image_input(28, 28, 3), flatten(), dense("dense", 10))
        predicted = run(tmp_path, np.eye(10), DIGITS, colour, input_shape=shape)
        assert any("three channels" in warning for warning in predicted.receipt["warnings"]) == said


def houses() -> LoadedDataset:
    values = np.arange(60, dtype=np.float32).reshape(20, 3)
    features = tuple(Feature(name, name, mean=9.0, deviation=2.0) for name in "abc")
    answers = np.arange(20.0)
    return LoadedDataset(
        "houses", "Houses", "", Task(Kind.REGRESSION, targets=("price",)),
        values, answers, values[:5] + 1, answers[:5], values[:7] + 2, answers[:7], features,
    )  # fmt: skip


class TestExamples:
    def test_of_a_stored_table_have_its_shape_and_figures(self, tmp_path: Path) -> None:
        store = DatasetStore(tmp_path)
        stored = store.add(houses())
        hidden = hidden_examples(store, stored.content_hash, "r2")
        practice = practice_examples(store, stored.content_hash, "r2")
        assert (hidden.count, practice.count) == (7, 5)
        for examples in (hidden, practice):
            signature = examples.signature
            assert (signature.input_shape, signature.input_type) == ((3,), "float32")
            assert signature.own_scaling
            assert examples.scaling is not None
            with np.load(examples.scaling) as scaling:
                assert scaling["mean"].tolist() == [9, 9, 9]

    def test_go_to_the_runner_whole(self, tmp_path: Path) -> None:
        runner = GivingRunner(np.zeros((7, 1), np.float32))
        store = DatasetStore(tmp_path / "datasets")
        examples = hidden_examples(store, store.add(houses()).content_hash, "r2")
        predictor = Predictor(runner, tmp_path, Limits(10**6, 10**6, 10**6))
        model = archive(tmp_path / "model.keras", classifier())
        predictor.run(model, examples, preprocessing="none", cancelled=threading.Event())
        assert runner.order is not None
        assert runner.order.scaling == examples.scaling
        assert runner.order.signature.widths == (1,)
