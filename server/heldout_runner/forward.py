"""A loaded model's forward pass over many images, as fast as one pass can be."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from heldout_runner.preprocessing import Images

# Measured: a convolution works best on small batches that stay in the cache; matrix products
# on large ones.
CONVOLUTION_BATCH = 256
DENSE_BATCH = 2500
# Layers that do next to nothing in Python. A model of these alone is called directly: tracing
# and optimizing a graph takes longer than all of its matrix products.
PLAIN_LAYERS = frozenset({
    "Sequential", "Functional", "InputLayer", "Flatten", "Reshape", "Dense", "Activation", "ReLU",
    "LeakyReLU", "ELU", "PReLU", "Softmax", "Dropout", "GaussianDropout", "GaussianNoise",
    "AlphaDropout", "ActivityRegularization", "BatchNormalization", "Rescaling", "Identity",
})  # fmt: skip
# What the widest layer of a plain model may give for one batch: 8 MB stay near the processor.
WIDEST_FLOATS = 1 << 21
# A model of colour images gets the one channel there is in each of its three.
COLOUR_CHANNELS = 3
# TensorFlow reads arrays in place only where they begin at such an address.
ALIGNMENT_BYTES = 64


class Refused(Exception):
    """The model can't be scored; `code` is one of the stable codes."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class Forward:
    """The forward pass of one model.

    A plain model is called as it is, any other is traced once for an open number of images;
    `model.predict` costs 2–9 times as much. `batch_size` 0 picks the one that suits the model.
    """

    def __init__(self, model: Any, batch_size: int) -> None:
        self._model = model
        self._plain = _is_plain(model)
        self._fixed: int | None = None
        self._batch_size = batch_size
        self._call: Callable[[Any], Any] | None = None

    @property
    def takes_integers(self) -> bool:
        """Whether the model declares whole numbers as its input."""
        dtype = getattr(self._model.inputs[0], "dtype", "") if self._model.inputs else ""
        return "int" in str(dtype)

    def __call__(self, images: Images, variant: str) -> NDArray[np.float32]:
        """The output (n, …) as float32 for images (n, 28, 28), prepared as `variant` says.

        Raises Refused `input_shape`, `output_shape` or `crashed`.
        """
        shape = input_shape(self._model, images.shape)
        try:
            return self._outputs(images, shape, variant)
        except (Refused, MemoryError, tf.errors.ResourceExhaustedError):
            raise
        except Exception as error:
            raise Refused("crashed", f"{type(error).__name__}: {error}") from error

    def _outputs(self, images: Images, shape: tuple[int, ...], variant: str) -> NDArray[np.float32]:
        call = self._call = self._call or self._prepared_call(shape)
        size = self._fixed or min(self._batch_size, len(images))
        outputs = [
            _as_array(call(shaped_input(self._batch(images, start, size, variant), shape)))
            for start in range(0, len(images), size)
        ]
        joined = outputs[0] if len(outputs) == 1 else np.concatenate(outputs)
        return joined[: len(images)]

    def _batch(self, images: Images, start: int, size: int, variant: str) -> NDArray[np.float32]:
        batch = images.prepared(start, start + size, variant)
        missing = (self._fixed or len(batch)) - len(batch)
        if missing:
            batch = np.concatenate([batch, np.zeros((missing, *batch.shape[1:]), np.float32)])
        return batch

    def _prepared_call(self, shape: tuple[int, ...]) -> Callable[[Any], Any]:
        model = self._model
        self._fixed = model.input_shape[0]
        self._batch_size = self._batch_size or _best_batch(model, plain=self._plain)
        if self._plain:
            return lambda batch: model(_as_tensor(batch), training=False)
        signature = tf.TensorSpec((self._fixed, *shape), tf.float32)
        traced = tf.function(
            lambda batch: model(batch, training=False), input_signature=[signature]
        )
        return lambda batch: traced(_as_tensor(batch))


def input_shape(model: Any, images_shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape in which the model takes one image of the given (n, 28, 28).

    Raises Refused `input_shape` when the model takes something else than one image.
    """
    shape = getattr(model, "input_shape", None)
    if not isinstance(shape, tuple) or not shape or isinstance(shape[0], tuple | list | dict):
        raise Refused("input_shape", "The model has several inputs, or none.")
    wanted = [size if size is not None else 0 for size in shape[1:]]
    pixels = images_shape[1:]
    flat = (math.prod(pixels),)
    grey, colour = (*pixels, 1), (*pixels, COLOUR_CHANNELS)
    fits = (flat, pixels, grey, (1, *pixels), (*flat, 1), (1, *flat), colour)
    # A dimension of None takes any size, so it is compared as if it had the image's.
    target = next((f for f in fits if _matches(wanted, f)), None)
    if target is None:
        raise Refused("input_shape", f"The model's input is {tuple(shape)}.")
    return target


def shaped_input(images: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Images (n, height, width) as (n, *shape), a shape that `input_shape` gave."""
    if len(shape) == 3 and shape[-1] == COLOUR_CHANNELS:
        return np.repeat(images[..., np.newaxis], COLOUR_CHANNELS, axis=-1)
    return images.reshape(-1, *shape)


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


def _matches(wanted: list[int], shape: tuple[int, ...]) -> bool:
    return len(wanted) == len(shape) and all(
        w in (0, s) for w, s in zip(wanted, shape, strict=True)
    )


def _is_plain(model: Any) -> bool:
    on_gpu = bool(tf.config.get_visible_devices("GPU"))
    return not on_gpu and all(
        type(layer).__name__ in PLAIN_LAYERS for layer in model._flatten_layers()
    )


def _best_batch(model: Any, *, plain: bool) -> int:
    layers = model._flatten_layers()
    if plain:
        widest = max((_floats_an_image(layer) for layer in layers), default=1)
        return max(CONVOLUTION_BATCH, WIDEST_FLOATS // widest)
    convolves = any("conv" in type(layer).__name__.lower() for layer in layers)
    return CONVOLUTION_BATCH if convolves else DENSE_BATCH


def _floats_an_image(layer: Any) -> int:
    """How many numbers a layer with weights makes of one image; others pass on what they get."""
    units = getattr(layer, "units", None)
    return int(units) if isinstance(units, int) and units > 0 else 1


def _as_tensor(batch: NDArray[np.float32]) -> Any:
    """The same numbers as a tensor: in place where TensorFlow can read them there."""
    if batch.flags.c_contiguous and batch.flags.writeable and _is_aligned(batch):
        return tf.experimental.dlpack.from_dlpack(batch.__dlpack__())
    return tf.constant(batch)


def _is_aligned(batch: NDArray[np.float32]) -> bool:
    return batch.ctypes.data % ALIGNMENT_BYTES == 0


def _as_array(output: Any) -> NDArray[np.float32]:
    if not isinstance(output, tf.Tensor):
        raise Refused("output_shape", "The model has several outputs.")
    return np.asarray(output).astype(np.float32, copy=False)
