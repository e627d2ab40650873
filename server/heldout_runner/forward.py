"""A loaded model's forward pass over many inputs, as fast as one pass can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from heldout_runner.model_shapes import input_shape, shaped_input
from heldout_runner.preprocessing import Inputs
from heldout_runner.refused import Refused
from heldout_runner.variants import PIXEL_TYPE

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
# TensorFlow reads arrays in place only where they begin at such an address.
ALIGNMENT_BYTES = 64


class Forward:
    """The forward pass of one model.

    A plain model is called as it is, any other is traced once for an open number of inputs;
    `model.predict` costs 2–9 times as much. `batch_size` 0 picks the one that suits the model.
    """

    def __init__(self, model: Any, batch_size: int) -> None:
        self._model = model
        self._plain = _is_plain(model)
        self._fixed: int | None = None
        self._batch_size = batch_size
        self._call: Callable[[Any], Any] | None = None

    @property
    def parameters(self) -> int:
        """How many numbers it has learned."""
        return int(self._model.count_params())

    @property
    def takes_integers(self) -> bool:
        """Whether the model declares whole numbers as its input."""
        dtype = getattr(self._model.inputs[0], "dtype", "") if self._model.inputs else ""
        return "int" in str(dtype)

    def __call__(self, inputs: Inputs, variant: str) -> NDArray[np.float32]:
        """The output (n, …) as float32 for inputs (n, …), prepared as `variant` says.

        Raises Refused `input_shape`, `output_shape` or `crashed`.
        """
        declared = getattr(self._model, "input_shape", None)
        shape = input_shape(declared, inputs.shape[1:], pixels=inputs.type == PIXEL_TYPE)
        try:
            return self._outputs(inputs, shape, variant)
        except (Refused, MemoryError, tf.errors.ResourceExhaustedError):
            raise
        except Exception as error:
            raise Refused("crashed", f"{type(error).__name__}: {error}") from error

    def _outputs(self, inputs: Inputs, shape: tuple[int, ...], variant: str) -> NDArray[np.float32]:
        call = self._call = self._call or self._prepared_call(shape)
        size = self._fixed or min(self._batch_size, len(inputs))
        outputs = [
            _as_array(call(shaped_input(self._batch(inputs, start, size, variant), shape)))
            for start in range(0, len(inputs), size)
        ]
        joined = outputs[0] if len(outputs) == 1 else np.concatenate(outputs)
        return joined[: len(inputs)]

    def _batch(self, inputs: Inputs, start: int, size: int, variant: str) -> NDArray[np.float32]:
        batch = inputs.prepared(start, start + size, variant)
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


def _is_plain(model: Any) -> bool:
    on_gpu = bool(tf.config.get_visible_devices("GPU"))
    return not on_gpu and all(
        type(layer).__name__ in PLAIN_LAYERS for layer in model._flatten_layers()
    )


def _best_batch(model: Any, *, plain: bool) -> int:
    layers = model._flatten_layers()
    if plain:
        widest = max((_floats_an_input(layer) for layer in layers), default=1)
        return max(CONVOLUTION_BATCH, WIDEST_FLOATS // widest)
    convolves = any("conv" in type(layer).__name__.lower() for layer in layers)
    return CONVOLUTION_BATCH if convolves else DENSE_BATCH


def _floats_an_input(layer: Any) -> int:
    """How many numbers a layer with weights makes of one input; others pass on what they get."""
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
