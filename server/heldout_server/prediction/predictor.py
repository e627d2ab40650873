"""From a participant's file to predictions and a receipt; the queue, the check and the command
line all come through here."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_runner.lane import survey
from heldout_runner.onnx_archive import is_graph
from heldout_runner.protocol import ONNXRUNTIME, Header
from heldout_runner.variants import PIXEL_TYPE
from heldout_server.datasets.loaded import IMAGE_SHAPE
from heldout_server.kit.errors import Rejection
from heldout_server.prediction.endings import Trace, conclude
from heldout_server.prediction.model_file import CheckedModel, checked_model
from heldout_server.prediction.model_hints import Findings, model_hints, preprocessing_reason
from heldout_server.prediction.onnx_files.checking import is_onnx
from heldout_server.prediction.onnx_files.refusals import in_words_of_onnx
from heldout_server.prediction.prediction_arrays import ParsedPredictions, predictions_from_array
from heldout_server.prediction.prediction_files import parse_predictions
from heldout_server.prediction.runner import (
    Inexplicable,
    ModelRunner,
    RunnerResult,
    RunOrder,
    SupervisorDied,
)
from heldout_server.prediction.runner_verdicts import device_warning
from heldout_server.prediction.signature import Signature, check_preprocessing
from heldout_server.prediction.task_words import Words
from heldout_server.prediction.ways_out import in_words_of, with_way_out
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.metric import Needs

SAME_IN_EACH_CHANNEL = (
    "The model takes images of three channels: each got the one channel that there is."
)
UsePredictions = Callable[[ParsedPredictions], None]


def unused(predictions: ParsedPredictions) -> None:
    """Nobody needs the predictions early."""


@dataclass(frozen=True)
class Examples:
    """What is to be predicted, as files that a runner may read, and practice data to judge by.

    `inputs` is (count, *input_shape) of the NumPy type `input_type`; the practice files are inputs
    and answers that everyone has. `scaling` has the mean and deviation of `standardize`, None where
    MNIST's stand for them. `ids` (count,) are the examples' ids as text, where they have some.
    `needs` is what the ranking metric computes with, `words` what sentences say of the contest;
    None: they are made from the task alone.
    """

    inputs: Path
    count: int
    task: Task
    practice_inputs: Path
    practice_answers: Path
    scaling: Path | None = None
    ids: NDArray[np.str_] | None = None
    needs: Needs = Needs.LABELS
    words: Words | None = None
    input_shape: tuple[int, ...] = IMAGE_SHAPE
    input_type: str = PIXEL_TYPE

    @property
    def signature(self) -> Signature:
        """What a model has to take and give."""
        own_scaling = self.scaling is not None
        return Signature(self.task, self.input_shape, self.input_type, own_scaling)


@dataclass(frozen=True)
class Predicted:
    """Checked predictions, and what was measured on the way, ready for the receipt."""

    predictions: ParsedPredictions
    receipt: dict[str, Any]


@dataclass(frozen=True)
class Limits:
    """What a file may be at most."""

    model_bytes: int
    predictions_bytes: int
    parameters: int


@dataclass(frozen=True)
class Predictor:
    """Turns files into predictions. `work_folder` holds the repacked model of a running job;
    `device` is the one that was asked for. `most_attempts` are made where endings prove nothing.
    """

    runner: ModelRunner
    work_folder: Path
    limits: Limits
    device: str = "auto"
    most_attempts: int = 3

    def read(self, file: Path, examples: Examples) -> Predicted:
        """Read a prediction file; no child process. Raises Rejection."""
        started = time.perf_counter()
        parsed = parse_predictions(
            file,
            task=examples.task,
            examples=examples.count,
            ids=examples.ids,
            needs=examples.needs,
            limit_bytes=self.limits.predictions_bytes,
            words=examples.words,
        )
        seconds = {"load": time.perf_counter() - started}
        receipt = {"output": parsed.output, "warnings": list(parsed.warnings), "seconds": seconds}
        return Predicted(parsed, receipt)

    def run(
        self,
        file: Path,
        examples: Examples,
        *,
        preprocessing: str,
        cancelled: threading.Event,
        use: UsePredictions = unused,
    ) -> Predicted:
        """Check a model file, repack it, and run it in a process of its own.

        `use` gets the predictions first, while the rest of the receipt is still being found out.
        Raises Rejection (their file), RunnerFailed (ours, or not known) or Cancelled.
        """
        signature = examples.signature
        try:
            check_preprocessing(preprocessing, signature)
            return self._predicted(file, examples, preprocessing, cancelled, use)
        except Rejection as refused:
            said = in_words_of_onnx(refused, signature) if is_onnx(file) else refused
            raise in_words_of(with_way_out(said), signature.words) from None

    def _predicted(
        self,
        file: Path,
        examples: Examples,
        preprocessing: str,
        cancelled: threading.Event,
        use: UsePredictions,
    ) -> Predicted:
        parsed: list[ParsedPredictions] = []

        def parse(values: NDArray[np.float32]) -> None:
            # A second time where another engine had to take over in the end: the last one counts.
            parsed.append(_from_model(values, examples))
            use(parsed[-1])

        run = partial(self.runner.predict, cancelled=cancelled, use=parse)
        checked, result = self._run(file, examples, preprocessing, run)
        findings = Findings(result.header, examples.signature, preprocessing, result.values)
        return Predicted(parsed[-1], self._receipt(checked, result, findings, parsed[-1]))

    def run_until_decided(
        self, file: Path, examples: Examples, *, preprocessing: str, cancelled: threading.Event
    ) -> Predicted:
        """`run`, tried again while its endings prove nothing: for what the queue doesn't try again.

        Raises as `run` does; RunnerFailed after the last attempt.
        """
        earlier: list[Trace] = []
        for left in reversed(range(self.most_attempts)):
            try:
                return self.run(file, examples, preprocessing=preprocessing, cancelled=cancelled)
            except Inexplicable as error:
                inferred = conclude(earlier, error.trace, most_attempts=self.most_attempts)
                if inferred:
                    raise in_words_of(inferred, examples.signature.words) from None
                if not left:
                    raise
                earlier.append(error.trace)
            except SupervisorDied:
                if not left:
                    raise
        raise AssertionError("there is at least one attempt")

    def values(
        self,
        file: Path,
        examples: Examples,
        *,
        preprocessing: str,
        cancelled: threading.Event,
        runner: ModelRunner,
    ) -> NDArray[np.float32]:
        """What the model gives by itself, run by one engine; raises as `run`, or NotKnownHere."""
        run = partial(runner.predict, cancelled=cancelled)
        return self._run(file, examples, preprocessing, run)[1].values

    def _run(
        self,
        file: Path,
        examples: Examples,
        preprocessing: str,
        run: Callable[[RunOrder], RunnerResult],
    ) -> tuple[CheckedModel, RunnerResult]:
        checked = checked_model(
            file,
            limit_bytes=self.limits.model_bytes,
            most_parameters=self.limits.parameters,
            input_shapes=examples.signature.words.input_shapes,
        )
        with tempfile.TemporaryDirectory(dir=self.work_folder) as folder:
            model = Path(folder) / "model.keras"
            checked.write(model)
            order = RunOrder(
                model=model,
                inputs=examples.inputs,
                rows=examples.count,
                signature=examples.signature,
                preprocessing=preprocessing,
                practice_inputs=examples.practice_inputs,
                practice_answers=examples.practice_answers,
                scaling=examples.scaling,
                config=checked.config,
            )
            return checked, run(order)

    def _receipt(
        self,
        checked: CheckedModel,
        result: RunnerResult,
        findings: Findings,
        parsed: ParsedPredictions,
    ) -> dict[str, Any]:
        header = result.header
        stand_in = device_warning(self.device, header.device, header.engine)
        said = [
            *([stand_in] if stand_in else []),
            *checked.warnings,
            *_colour_warning(checked, findings.signature),
            *parsed.warnings,
            *model_hints(findings),
            *([result.note] if result.note else []),
        ]
        return {
            "device": header.device,
            "engine": header.engine,
            **_versions(header),
            **_graph(checked, findings.signature, header),
            "saved_with": checked.saved_with,
            "parameters": header.parameters,
            "output": parsed.output,
            "preprocessing": header.preprocessing,
            "preprocessing_reason": preprocessing_reason(findings),
            "upgrades": list(checked.upgrades),
            "warnings": said,
            "seconds": {"load": result.load_seconds, "predict": result.predict_seconds},
        }


def _versions(header: Header) -> dict[str, str | None]:
    """Those of what the model was run by."""
    said = (header.keras_version, header.tensorflow_version, header.onnxruntime_version)
    names = ("keras_version", "tensorflow_version", "onnxruntime_version")
    # None, not left out: a run by the other engine takes the earlier one's away.
    return {name: version or None for name, version in zip(names, said, strict=True)}


def _graph(checked: CheckedModel, signature: Signature, header: Header) -> dict[str, str]:
    """Which graph the lane wrote, for TensorFlow to look at; it can't look at an ONNX file's."""
    if header.engine != ONNXRUNTIME or is_graph(checked.config):
        return {}
    digest = survey.graph_digest(checked.config, signature.input_shape, checked.layout)
    return {"graph": digest, "layers": survey.layer_set(checked.config)}


def _from_model(values: NDArray[np.float32], examples: Examples) -> ParsedPredictions:
    """What a model gives, read as its task wants it. Raises Rejection."""
    try:
        return predictions_from_array(
            _of_positive(values, examples.task),
            task=examples.task,
            examples=examples.count,
            format="model",
            needs=examples.needs,
            words=examples.words or examples.signature.words,
        )
    except Rejection as refused:
        if refused.code != "unsuitable":
            raise
        hint = f"End it with {examples.signature.last_layer} and train again."
        raise Rejection(refused.code, refused.detail, hint) from None


def _of_positive(values: NDArray[np.float32], task: Task) -> NDArray[np.float32]:
    """A model's one output is of class number 1, as it learned from y; of the positive one here."""
    if task.kind is not Kind.BINARY or task.positive == 1 or values.shape[1] != 1:
        return values
    is_probability = values.min() >= 0 and values.max() <= 1
    return 1 - values if is_probability else -values


def _colour_warning(checked: CheckedModel, signature: Signature) -> list[str]:
    return [SAME_IN_EACH_CHANNEL] if signature.is_grey and checked.takes_colour else []
