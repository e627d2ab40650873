"""Models of contests of every kind, trained with Keras, through the whole pipeline."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from heldout_server.grading.grade import grade_part
from heldout_server.kit.errors import Rejection
from heldout_server.prediction.pool import RunnerPool
from heldout_server.prediction.predictor import Examples, Limits, Predicted, Predictor
from heldout_server.tasks import catalogue
from heldout_server.tasks.kinds import Kind, Task

TASKS = {
    "spam": Task(Kind.BINARY, ("ham", "spam")),
    "houses": Task(Kind.REGRESSION, targets=("price",)),
    "tags": Task(Kind.MULTILABEL, targets=("red", "round", "small")),
    "colours": Task(Kind.MULTICLASS, ("red", "green", "blue")),
}
METRICS = {
    "spam": "roc_auc", "houses": "r2", "tags": "f1_macro", "colours": "accuracy",
}  # fmt: skip
OF_IMAGES = re.compile("digit|image|pixel", re.IGNORECASE)


@pytest.fixture(scope="module")
def contests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("contests")
    script = Path(__file__).parent / "make_contest_models.py"
    made = subprocess.run([sys.executable, script, folder], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr[-2000:]
    return folder


class Scorer:
    """Runs models of the contests, and grades what they predict."""

    def __init__(self, pool: RunnerPool, contests: Path, work: Path) -> None:
        self.contests = contests
        self.predictor = Predictor(pool, work, Limits(10_000_000, 1000, 100_000))

    def examples(self, contest: str) -> Examples:
        folder = self.contests / contest
        inputs = np.load(folder / "inputs.npy", mmap_mode="r")
        return Examples(
            folder / "inputs.npy", len(inputs), TASKS[contest], folder / "practice.npy",
            folder / "answers.npy", folder / "scaling.npz",
            needs=catalogue.metric(METRICS[contest]).needs,
            input_shape=inputs.shape[1:], input_type=inputs.dtype.name,
        )  # fmt: skip

    def run(self, contest: str, model: str | Path, preprocessing: str = "auto") -> Predicted:
        file = self.contests / contest / f"{model}.keras" if isinstance(model, str) else model
        return self.predictor.run(
            file,
            self.examples(contest),
            preprocessing=preprocessing,
            cancelled=threading.Event(),
        )

    def figure(self, contest: str, predicted: Predicted) -> float:
        truth = np.load(self.contests / contest / "truth.npy")
        task, metric = TASKS[contest], METRICS[contest]
        kept = truth.reshape(-1, 1) if task.kind is Kind.REGRESSION else truth.astype(np.int64)
        figure = grade_part(task, kept, predicted.predictions, metric, ()).figures[metric]
        assert figure is not None
        return figure

    def refused(self, contest: str, model: str, preprocessing: str = "auto") -> Rejection:
        with pytest.raises(Rejection) as refused:
            self.run(contest, model, preprocessing)
        return refused.value


@pytest.fixture
def scorer(pool: RunnerPool, contests: Path, tmp_path: Path) -> Scorer:
    return Scorer(pool, contests, tmp_path)


class TestGoodModels:
    @pytest.mark.parametrize(
        ("contest", "model", "output", "preprocessing"),
        [
            ("spam", "as_it_is", "probabilities", "none"),
            ("spam", "scaled", "probabilities", "standardize"),
            ("spam", "logit_of_columns", "logits", "standardize"),
            ("spam", "two_units", "probabilities", "standardize"),
            ("houses", "in_its_unit", "numbers", "standardize"),
            ("tags", "sigmoid", "probabilities", "none"),
            ("tags", "flat_logits", "logits", "none"),
            ("tags", "volume", "logits", "none"),
            ("colours", "convolution", "probabilities", "0-1"),
        ],
    )
    def test_of_every_kind_score_as_they_learned(
        self, scorer: Scorer, contest: str, model: str, output: str, preprocessing: str
    ) -> None:
        predicted = scorer.run(contest, model)
        assert scorer.figure(contest, predicted) > 0.9
        receipt = predicted.receipt
        assert (receipt["output"], receipt["preprocessing"]) == (output, preprocessing)
        assert receipt["warnings"] == []
        reason = receipt["preprocessing_reason"]
        assert (reason is None) == (preprocessing in {"none", "0-1"})
        assert contest == "colours" or not OF_IMAGES.search(reason or "")

    def test_may_name_their_preprocessing(self, scorer: Scorer) -> None:
        predicted = scorer.run("spam", "scaled", "standardize")
        assert scorer.figure("spam", predicted) > 0.9
        assert predicted.receipt["preprocessing_reason"] is None

    def test_of_colours_are_given_the_contests_own_figures(self, scorer: Scorer) -> None:
        predicted = scorer.run("colours", "standardized", "standardize")
        assert scorer.figure("colours", predicted) > 0.95
        assert scorer.run("colours", "convolution", "none").receipt["preprocessing"] == "0-255"


class TestHints:
    @pytest.mark.parametrize(
        ("contest", "model", "asked", "said"),
        [
            ("spam", "scaled", "none", 'preprocessing="standardize"'),
            ("spam", "other_class", "auto", "when its two classes change places"),
            ("spam", "softmax_of_one", "auto", 'keras.layers.Dense(1, activation="sigmoid")'),
            ("houses", "in_its_unit", "none", 'preprocessing="standardize"'),
            ("houses", "scaled_target", "auto", "keras.layers.Rescaling("),
            ("houses", "one_number", "standardize", "keras.layers.Rescaling("),
            ("houses", "logarithm", "auto", 'keras.layers.Activation("exponential")'),
            ("houses", "sigmoid", "auto", "keras.layers.Dense(1), without an activation"),
            ("tags", "softmax", "auto", 'keras.layers.Dense(3, activation="sigmoid")'),
        ],
    )
    def test_name_the_one_mistake(
        self, scorer: Scorer, contest: str, model: str, asked: str, said: str
    ) -> None:
        (hint,) = scorer.run(contest, model, asked).receipt["warnings"]
        assert said in hint
        assert not OF_IMAGES.search(hint)

    @pytest.mark.parametrize("model", ["scaled_target", "logarithm"])
    def test_of_targets_are_right(self, scorer: Scorer, tmp_path: Path, model: str) -> None:
        """The model with the layers that the hint says answers well, and is taken."""
        before = scorer.run("houses", model, "standardize")
        assert scorer.figure("houses", before) < 0.1
        layers = re.search(r"\[old, (.*)\]\)", before.receipt["warnings"][0])
        assert layers
        mended = tmp_path / "mended.keras"
        file = str(scorer.contests / "houses" / f"{model}.keras")
        script = (
            f"import keras; old = keras.saving.load_model({file!r}); "
            f"keras.Sequential([keras.Input((4,)), old, {layers[1]}]).save({str(mended)!r})"
        )
        subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
        after = scorer.run("houses", mended, "standardize")
        assert scorer.figure("houses", after) > 0.9
        assert after.receipt["warnings"] == []


class TestUnfitModels:
    @pytest.mark.parametrize(
        ("contest", "model", "code", "detail", "hint"),
        [
            ("spam", "three_units", "output_shape", "doesn't give one number for a row", "spam"),
            ("spam", "five_columns", "input_shape", "one row of four numbers", "of (4,)"),
            ("houses", "two_outputs", "output_shape", "one number for a row", "Dense(1): one"),
            ("houses", "not_a_number", "non_finite", "NaN or infinite", "learning rate"),
            ("houses", "overflowing", "non_finite", "NaN or infinite", "learning rate"),
            ("colours", "counted_from_1", "output_shape", "three numbers", "[:, 1:]"),
            ("colours", "grey", "input_shape", "one 8×8×3 image", "(8, 8, 3) or (192,)"),
        ],
    )
    def test_are_refused_with_the_line_to_paste(
        self, scorer: Scorer, contest: str, model: str, code: str, detail: str, hint: str
    ) -> None:
        refused = scorer.refused(contest, model)
        assert refused.code == code
        assert detail in refused.detail
        assert hint in refused.hint
        assert "client.test_images()" not in refused.hint
        assert contest == "colours" or not OF_IMAGES.search(refused.detail + refused.hint)

    def test_are_refused_where_a_table_has_no_pixels(self, scorer: Scorer) -> None:
        refused = scorer.refused("spam", "scaled", "0-1")
        assert (refused.code, "standardize" in refused.hint) == ("preprocessing", True)


class TestAPositiveClassThatComesFirst:
    def test_is_predicted_by_a_model_that_learned_class_numbers(self, scorer: Scorer) -> None:
        """y is 1 for the other one, and so is what a sigmoid gives."""
        usual = scorer.run("spam", "as_it_is")
        task = Task(Kind.BINARY, ("ham", "spam"), positive=0)
        file = scorer.contests / "spam" / "as_it_is.keras"
        turned = scorer.predictor.run(
            file,
            Examples(**{**vars(scorer.examples("spam")), "task": task}),
            preprocessing="auto",
            cancelled=threading.Event(),
        )
        assert np.array_equal(turned.predictions.classes, usual.predictions.classes)
        assert usual.predictions.values is not None
        assert turned.predictions.values == pytest.approx(1 - usual.predictions.values)
