"""Prediction files as of MNIST's images: the task and the words that most tests are about."""

from __future__ import annotations

from pathlib import Path

from heldout_server.datasets.loaded import DIGITS, IMAGE_SHAPE
from heldout_server.prediction.prediction_arrays import ParsedPredictions
from heldout_server.prediction.prediction_files import parse_predictions
from heldout_server.prediction.task_words import words

MNIST_WORDS = words(DIGITS, IMAGE_SHAPE, is_images=True, metric="Accuracy")


def parsed_digits(path: Path, examples: int) -> ParsedPredictions:
    """What `path` predicts of so many images of digits."""
    return parse_predictions(path, task=DIGITS, examples=examples, words=MNIST_WORDS)
