"""From a participant's file to predictions and a receipt; the queue, the check and the command
line all come through here."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.kit.errors import Rejection
from heldout_server.prediction.endings import Trace, conclude
from heldout_server.prediction.keras_archive import CheckedArchive, inspect, repack
from heldout_server.prediction.model_hints import model_hints, preprocessing_reason
from heldout_server.prediction.prediction_arrays import ParsedPredictions, predictions_from_array
from heldout_server.prediction.prediction_files import parse_predictions
from heldout_server.prediction.runner import (
    Inexplicable,
    ModelRunner,
    RunnerResult,
    RunOrder,
    SupervisorDied,
    UseValues,
)
from heldout_server.prediction.runner_verdicts import device_warning
from heldout_server.prediction.ways_out import with_way_out

UsePredictions = Callable[[ParsedPredictions], None]


def unused(predictions: ParsedPredictions) -> None:
    """Nobody needs the predictions early."""


@dataclass(frozen=True)
class Examples:
    """Images to predict, as files that a runner may read, and practice data to judge by.

    `images` is uint8 (count, 28, 28); the practice files are uint8 images and labels that
    everyone has.
    """

    images: Path
    count: int
    classes: int
    practice_images: Path
    practice_labels: Path


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
            examples=examples.count,
            classes=examples.classes,
            limit_bytes=self.limits.predictions_bytes,
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
        try:
            return self._predicted(file, examples, preprocessing, cancelled, use)
        except Rejection as refused:
            raise with_way_out(refused) from None

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
            parsed.append(
                predictions_from_array(
                    values, examples=examples.count, classes=examples.classes, format="model"
                )
            )
            use(parsed[0])

        checked, result = self._run(file, examples, preprocessing, cancelled, parse)
        return Predicted(parsed[0], self._receipt(checked, result, parsed[0], preprocessing))

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
                if inferred or not left:
                    raise (inferred or error) from None
                earlier.append(error.trace)
            except SupervisorDied:
                if not left:
                    raise
        raise AssertionError("there is at least one attempt")

    def _run(
        self,
        file: Path,
        examples: Examples,
        preprocessing: str,
        cancelled: threading.Event,
        use: UseValues,
    ) -> tuple[CheckedArchive, RunnerResult]:
        checked = inspect(
            file,
            limit_bytes=self.limits.model_bytes,
            most_parameters=self.limits.parameters,
            accept_older=True,
        )
        with tempfile.TemporaryDirectory(dir=self.work_folder) as folder:
            model = Path(folder) / "model.keras"
            repack(checked, model)
            order = RunOrder(
                model=model,
                images=examples.images,
                rows=examples.count,
                columns=examples.classes,
                preprocessing=preprocessing,
                practice_images=examples.practice_images,
                practice_labels=examples.practice_labels,
            )
            return checked, self.runner.predict(order, cancelled, use)

    def _receipt(
        self, checked: CheckedArchive, result: RunnerResult, parsed: ParsedPredictions, asked: str
    ) -> dict[str, Any]:
        header = result.header
        stand_in = device_warning(self.device, header.device)
        devices = [stand_in] if stand_in else []
        return {
            "device": header.device,
            "keras_version": header.keras_version,
            "tensorflow_version": header.tensorflow_version,
            "saved_with": checked.keras_version,
            "parameters": header.parameters,
            "output": parsed.output,
            "preprocessing": header.preprocessing,
            "preprocessing_reason": preprocessing_reason(header, asked),
            "upgrades": list(checked.upgrades),
            "warnings": [*devices, *checked.warnings, *parsed.warnings, *model_hints(header)],
            "seconds": {"load": result.load_seconds, "predict": result.predict_seconds},
        }
