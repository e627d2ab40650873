"""One layer of a checked config: its settings, read with suspicion, and its arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_runner.lane.graph import Graph, Shape, Unsupported, Value

Arrays = Sequence[NDArray[np.generic]]
# What a layer's settings say of training, building and names only.
_OF_TRAINING = frozenset({"name", "trainable", "dtype", "batch_shape", "batch_input_shape", "seed"})
_OF_TRAINING_ENDS = ("_initializer", "_regularizer", "_constraint")
# Where these are set, something else is computed.
_MUST_BE_UNSET = frozenset({"lora_rank", "lora_alpha", "quantization_config", "quantization_mode"})

LARGEST = 1 << 24
"""Most numbers of one example: 64 MB. A few characters of a config would fill any memory."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer's class, its settings and its arrays in the order in which Keras makes them."""

    class_name: str
    config: dict[str, Any]
    arrays: Arrays = ()
    used: set[int] = field(default_factory=set)

    def expect(self, *known: str) -> None:
        """Refuse a layer with a setting that isn't among the known ones, or of another dtype."""
        for name, value in self.config.items():
            if name in _MUST_BE_UNSET and not value:
                continue
            if not (name in known or name in _OF_TRAINING or name.endswith(_OF_TRAINING_ENDS)):
                raise Unsupported(f"{self.class_name} with {name}")
        if policy(self.config.get("dtype")) not in ("float32", None):
            raise Unsupported(f"{self.class_name} of another type than float32")

    def get(self, name: str, default: Any = None) -> Any:
        """A setting, or what Keras takes where it isn't written down."""
        return self.config.get(name, default)

    def whole(self, name: str, default: int | None = None) -> int:
        """A setting that is one whole number."""
        value = self.config.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise Unsupported(f"{self.class_name} with {name} that is no whole number")
        return value

    def wholes(self, name: str, count: int, default: int = 1) -> Shape:
        """A setting that is a whole number or `count` of them."""
        value = self.config.get(name, default)
        values = (value,) * count if isinstance(value, int) else tuple(value or ())
        if len(values) != count or not all(type(one) is int for one in values):
            raise Unsupported(f"{self.class_name} with {name} that isn't {count} whole numbers")
        return values

    def real(self, name: str, default: float) -> float:
        """A setting that is one number, and a finite one."""
        value = self.config.get(name, default)
        if type(value) not in (int, float) or not math.isfinite(value):
            raise Unsupported(f"{self.class_name} with {name} that is no number")
        return float(value)

    def array(self, index: int, shape: Shape | None = None) -> NDArray[np.float32]:
        """Array number `index` as float32, which must have this shape if one is given."""
        if index >= len(self.arrays):
            raise Unsupported(f"{self.class_name} without its arrays")
        found = self.arrays[index]
        if found.dtype.kind != "f" or (shape is not None and found.shape != shape):
            raise Unsupported(f"{self.class_name} with an array {found.shape} of {found.dtype}")
        self.used.add(index)
        return found.astype(np.float32, copy=False)

    def finish(self) -> None:
        """Refuse a layer with arrays that nothing was made of: Keras wouldn't load its file."""
        if len(self.used) != len(self.arrays):
            raise Unsupported(f"{self.class_name} with more arrays than it has")


Converter = Callable[[Graph, Layer, Sequence[Value]], Value]
"""Adds a layer to a graph and returns its output. Raises Unsupported."""


def policy(dtype: Any) -> str | None:
    """The name of a dtype or of the policy that stands for one."""
    if isinstance(dtype, dict):
        config = dtype.get("config")
        dtype = config.get("name", "unknown") if isinstance(config, dict) else "unknown"
    return dtype if isinstance(dtype, str) or dtype is None else "unknown"


def only(layer: Layer, values: Sequence[Value]) -> Value:
    """The one value that goes in."""
    if len(values) != 1:
        raise Unsupported(f"{layer.class_name} of {len(values)} values")
    return values[0]


def bounded(layer: Layer, shape: Shape) -> Shape:
    """The shape of what comes out of a layer that makes more numbers than went in."""
    if math.prod(shape) > LARGEST:
        raise Unsupported(f"{layer.class_name} to more than {LARGEST} numbers")
    return shape


def position(layer: Layer, value: Value, axis: Any) -> int:
    """Which axis of `value.shape` Keras means by `axis`, where 0 is the batch."""
    if type(axis) is not int or not (-value.rank < axis < value.rank) or axis % value.rank == 0:
        raise Unsupported(f"{layer.class_name} along axis {axis}")
    return axis % value.rank - 1


def broadcast(value: Value, array: NDArray[np.float32]) -> NDArray[np.float32]:
    """An array of as many axes as an example has, in the order in which `value` is kept."""
    return np.moveaxis(array, -1, 0) if value.channels_first else array
