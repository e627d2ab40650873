"""Load one Keras model and predict every test image."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from heldout_runner import legacy_weights, practice, search, weights_file
from heldout_runner.forward import Forward, Refused, finite, shaped_output
from heldout_runner.preprocessing import Images, stacked
from heldout_runner.protocol import (
    AUTO,
    CODE_STATUS,
    OK,
    PREPROCESSING,
    RAW,
    Header,
    Job,
    Judgement,
)


def prepare(device: str, threads: int, gpu_memory_bytes: int = 0) -> None:
    """Choose devices and threads; TensorFlow's context comes with the first operation.

    `device` is `auto`, `cpu`, `gpu` or `gpu:N`, whose number the environment has already
    picked. Where no GPU is seen, the CPU is used and named in the result.
    """
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    if device == "cpu":
        tf.config.set_visible_devices([], "GPU")
        return
    for gpu in tf.config.list_physical_devices("GPU"):
        if gpu_memory_bytes:
            limit = tf.config.LogicalDeviceConfiguration(memory_limit=gpu_memory_bytes >> 20)
            tf.config.set_logical_device_configuration(gpu, [limit])
        else:
            tf.config.experimental.set_memory_growth(gpu, True)


@dataclass(frozen=True)
class Announcements:
    """Who is told on the way: that the model is loaded, and its values as soon as they exist."""

    loaded: Callable[[], None] = lambda: None
    predicted: Callable[[bytes], None] = lambda _: None


def run(job: Job, announce: Announcements | None = None) -> tuple[Header, bytes]:
    """Run one job; failures of the model come back as a header with their status.

    The values are float32 (n, classes), as bytes.
    """
    try:
        return _run(job, announce or Announcements())
    except Refused as refused:
        return Header(CODE_STATUS[refused.code], detail=str(refused)), b""
    except (MemoryError, tf.errors.ResourceExhaustedError):
        return Header(CODE_STATUS["out_of_memory"]), b""


def _run(job: Job, announce: Announcements) -> tuple[Header, bytes]:
    model = load(job.model_path, job.longest_parameters)
    announce.loaded()
    prediction = _Prediction(Forward(model, job.batch_size), job)
    values = prediction.values(_images(job))
    content = values.tobytes()
    announce.predicted(content)
    header = Header(
        OK,
        rows=values.shape[0],
        columns=values.shape[1],
        parameters=model.count_params(),
        device="gpu" if tf.config.get_visible_devices("GPU") else "cpu",
        keras_version=keras.__version__,
        tensorflow_version=tf.__version__,
        judgement=prediction.judgement(),
    )
    return header, content


def _images(job: Job) -> Images:
    # Mapped to be copied when written to, which TensorFlow wants of arrays that it reads in place.
    mapped = job.prepared_images_path
    return Images(
        np.load(job.images_path, mmap_mode="r"),
        np.load(mapped, mmap_mode="c") if mapped else None,
    )


class _Prediction:
    """One model's output, prepared as declared or as practice images say, and their judgement."""

    def __init__(self, forward: Forward, job: Job) -> None:
        self._forward = forward
        self._classes = job.classes
        self._known = practice.Practice.of(job)
        # Where a model takes whole numbers, fractions would be cut to nothing.
        self._variant = RAW if forward.takes_integers else job.preprocessing
        self._chosen: Judgement | None = None
        if self._variant == AUTO:
            known = self._known
            self._chosen = (
                search.best(known, self._outputs) if known else practice.unjudged(PREPROCESSING[0])
            )
            self._variant = self._chosen.preprocessing

    def values(self, images: Images) -> NDArray[np.float32]:
        """Finite values (n, classes). Raises Refused."""
        return finite(self._output(images, self._variant))

    def judgement(self) -> Judgement:
        """How the model reads practice images."""
        if self._chosen is not None:
            return self._chosen
        if self._known is None:
            return practice.unjudged(self._variant)
        return practice.judged(self._variant, self._known, self._outputs)

    def _outputs(self, images: Images, variants: Sequence[str]) -> NDArray[np.float32]:
        """(variants, n, classes)"""
        together = self._output(stacked(images, variants), PREPROCESSING[0])
        return together.reshape(len(variants), len(images), self._classes)

    def _output(self, images: Images, variant: str) -> NDArray[np.float32]:
        return shaped_output(self._forward(images, variant), len(images), self._classes)


def load(path: str, longest_parameters: int) -> Any:
    """The model in the file, uncompiled, refused when it isn't one or is too large."""
    try:
        with weights_file.checked(path) as weights:
            model = legacy_weights.load_model(path, weights)
    except (MemoryError, tf.errors.ResourceExhaustedError):
        raise
    except weights_file.UnsafeWeights as error:
        raise Refused("weights_unsafe", str(error)) from error
    except weights_file.BrokenWeights as error:
        raise Refused("weights_invalid", str(error)) from error
    except Exception as error:
        raise Refused("load_failed", f"{type(error).__name__}: {error}") from error
    if not isinstance(model, keras.Model):
        raise Refused("load_failed", "The file holds something else than a Keras model.")
    if not model.built:
        raise Refused("input_shape", "It was saved before it knew the shape of its input.")
    if model.count_params() > longest_parameters:
        raise Refused("model_too_large", f"{model.count_params():,}")
    if not all(np.isfinite(weights).all() for weights in model.get_weights()):
        # A ReLU can hide them from the output, but training has failed all the same.
        raise Refused("non_finite", "Some of the model's weights are NaN or infinite.")
    return model
