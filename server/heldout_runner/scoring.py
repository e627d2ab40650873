"""Load one Keras model and predict every test image: the only module that imports TensorFlow."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from heldout_runner import legacy_weights, practice, weights_file
from heldout_runner.preprocessing import prepared
from heldout_runner.protocol import AUTO, CODE_STATUS, OK, PREPROCESSING, Header, Job, Judgement

# Measured: a convolution works best on small batches that stay in the cache; matrix products
# on large ones.
CONVOLUTION_BATCH = 256
DENSE_BATCH = 2500
RAW = "0-255"


class Refused(Exception):
    """The model can't be scored; `code` is one of the stable codes."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


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


def warm_up() -> None:
    """Make TensorFlow's context with one tiny predict."""
    warm = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(2)])
    Forward(warm, batch_size=2)(np.zeros((2, 28, 28), np.uint8), PREPROCESSING[0])


def _nothing() -> None:
    """Nobody waits to hear that the model is loaded."""


def run(job: Job, loaded: Callable[[], None] = _nothing) -> tuple[Header, bytes]:
    """Run one job; failures of the model come back as a header with their status.

    `loaded` is called between loading and predicting.
    """
    try:
        return _run(job, loaded)
    except Refused as refused:
        return Header(CODE_STATUS[refused.code], detail=str(refused)), b""
    except (MemoryError, tf.errors.ResourceExhaustedError):
        return Header(CODE_STATUS["out_of_memory"]), b""


def _run(job: Job, announce: Callable[[], None]) -> tuple[Header, bytes]:
    started = time.perf_counter()
    model = load(job.model_path, job.longest_parameters)
    loaded = time.perf_counter()
    announce()
    images = np.load(job.images_path, mmap_mode="r")
    values, judgement = _predicted(Forward(model, job.batch_size), images, job)
    done = time.perf_counter()
    header = Header(
        OK,
        rows=values.shape[0],
        columns=values.shape[1],
        load_seconds=loaded - started,
        predict_seconds=done - loaded,
        parameters=model.count_params(),
        device="gpu" if tf.config.get_visible_devices("GPU") else "cpu",
        keras_version=keras.__version__,
        tensorflow_version=tf.__version__,
        judgement=judgement,
    )
    return header, values.tobytes()


def _predicted(
    forward: Forward, images: NDArray[np.uint8], job: Job
) -> tuple[NDArray[np.float32], Judgement]:
    """The output for all images, prepared as declared or as practice images say."""

    def values(some: NDArray[np.uint8], variant: str) -> NDArray[np.float32]:
        return shaped_output(forward(some, variant), len(some), job.classes)

    known = practice.Practice.of(job)
    # Where a model takes whole numbers, fractions would be cut to nothing.
    variant = RAW if forward.takes_integers else job.preprocessing
    if variant == AUTO:
        chosen = practice.best(known, values) if known else practice.unjudged(PREPROCESSING[0])
        return finite(values(images, chosen.preprocessing)), chosen
    output = finite(values(images, variant))
    if known is None:
        return output, practice.unjudged(variant)
    return output, practice.judged(variant, known, values)


def load(path: str, longest_parameters: int) -> Any:
    """The model in the file, uncompiled, refused when it isn't one or is too large."""
    try:
        weights_file.check(path)
        model = legacy_weights.load_model(path)
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


def as_input(model: Any, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The uint8 images (n, 28, 28) in the model's own shape.

    Raises Refused `input_shape` when the model takes something else than one image.
    """
    shape = getattr(model, "input_shape", None)
    if not isinstance(shape, tuple) or not shape or isinstance(shape[0], tuple | list | dict):
        raise Refused("input_shape", "The model has several inputs, or none.")
    wanted = [size if size is not None else 0 for size in shape[1:]]
    pixels = images.shape[1:]
    flat = (int(np.prod(pixels)),)
    fits = (flat, pixels, (*pixels, 1), (1, *pixels), (*flat, 1), (1, *flat))
    # A dimension of None takes any size, so it is compared as if it had the image's.
    target = next((f for f in fits if _matches(wanted, f)), None)
    if target is None:
        raise Refused("input_shape", f"The model's input is {tuple(shape)}.")
    return images.reshape(len(images), *target)


def _matches(wanted: list[int], shape: tuple[int, ...]) -> bool:
    return len(wanted) == len(shape) and all(
        w in (0, s) for w, s in zip(wanted, shape, strict=True)
    )


class Forward:
    """The model's forward pass, traced once for an open number of images.

    `model.predict` costs 2–9 times as much; `batch_size` 0 picks the one that suits the model.
    """

    def __init__(self, model: Any, batch_size: int) -> None:
        self._model = model
        self._fixed: int | None = None
        self._batch_size = batch_size
        self._traced: Any = None

    @property
    def takes_integers(self) -> bool:
        """Whether the model declares whole numbers as its input."""
        dtype = getattr(self._model.inputs[0], "dtype", "") if self._model.inputs else ""
        return "int" in str(dtype)

    def __call__(self, images: NDArray[np.uint8], variant: str) -> NDArray[np.float32]:
        """The output (n, …) as float32 for uint8 images (n, 28, 28).

        Raises Refused `input_shape`, `output_shape` or `crashed`.
        """
        inputs = as_input(self._model, images)
        try:
            return self._outputs(inputs, variant)
        except (Refused, MemoryError, tf.errors.ResourceExhaustedError):
            raise
        except Exception as error:
            raise Refused("crashed", f"{type(error).__name__}: {error}") from error

    def _outputs(self, inputs: NDArray[np.uint8], variant: str) -> NDArray[np.float32]:
        if self._traced is None:
            self._trace(inputs.shape[1:])
        size = self._fixed or min(self._batch_size, len(inputs))
        outputs = [
            _as_array(self._traced(_batch(inputs[start : start + size], variant, self._fixed)))
            for start in range(0, len(inputs), size)
        ]
        return np.concatenate(outputs)[: len(inputs)]

    def _trace(self, shape: tuple[int, ...]) -> None:
        model = self._model
        self._fixed = model.input_shape[0]
        self._batch_size = self._batch_size or _best_batch(model)
        signature = tf.TensorSpec((self._fixed, *shape), tf.float32)
        self._traced = tf.function(
            lambda batch: model(batch, training=False), input_signature=[signature]
        )


def _batch(images: NDArray[np.uint8], variant: str, fixed: int | None) -> Any:
    batch = prepared(images, variant)
    missing = (fixed or len(batch)) - len(batch)
    if missing:
        batch = np.concatenate([batch, np.zeros((missing, *batch.shape[1:]), np.float32)])
    return tf.constant(batch)


def _as_array(output: Any) -> NDArray[np.float32]:
    if not isinstance(output, tf.Tensor):
        raise Refused("output_shape", "The model has several outputs.")
    return np.asarray(output).astype(np.float32)


def _best_batch(model: Any) -> int:
    convolves = any("conv" in type(layer).__name__.lower() for layer in model._flatten_layers())
    return CONVOLUTION_BATCH if convolves else DENSE_BATCH


def shaped_output(values: NDArray[np.float32], examples: int, classes: int) -> NDArray[np.float32]:
    """The values (examples, classes). Raises Refused `output_shape`."""
    if values.shape != (examples, classes):
        raise Refused("output_shape", f"The model gives {tuple(values.shape[1:])} for an image.")
    return values


def finite(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The values, contiguous. Raises Refused `non_finite`."""
    if not np.isfinite(values).all():
        raise Refused("non_finite", "Some of the model's outputs are NaN or infinite.")
    return np.ascontiguousarray(values, np.float32)
