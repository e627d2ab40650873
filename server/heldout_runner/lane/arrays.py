"""Which arrays of a Keras 3 archive belong to which layer.

Keras names the group of a layer after its class, counted up among its neighbours: the second Conv2D
of a model keeps its arrays under `layers/conv2d_1/vars/0`, `…/1`, in the order in which they were
made (keras/src/saving/saving_lib.py, `_save_container_state`). Where a layer holds others, their
groups are inside of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Read = Callable[[str], NDArray[np.generic] | None]
"""The array at a path of the weights file, or None where there is none."""

MODELS = frozenset({"Sequential", "Functional"})
# Under which names a layer keeps its arrays, in the order in which it makes them.
INSIDE = {
    "SimpleRNN": ("cell/vars",),
    "LSTM": ("cell/vars",),
    "GRU": ("cell/vars",),
    "Bidirectional": ("forward_layer/cell/vars", "backward_layer/cell/vars"),
}


def groups(layers: Sequence[dict[str, Any]], inside: str = "") -> Iterator[str]:
    """The group of each layer of one model, in the model's order."""
    seen: Counter[str] = Counter()
    for layer in layers:
        name = snake_case(str(layer.get("class_name")))
        number, seen[name] = seen[name], seen[name] + 1
        yield f"{inside}layers/{name}_{number}" if number else f"{inside}layers/{name}"


def of_layer(read: Read, group: str, class_name: str) -> list[NDArray[np.generic]]:
    """A layer's own arrays."""
    found = []
    for folder in INSIDE.get(class_name, ("vars",)):
        index = 0
        while (array := read(f"{group}/{folder}/{index}")) is not None:
            found.append(array)
            index += 1
    return found


def snake_case(name: str) -> str:
    """As keras.src.utils.naming.to_snake_case has it."""
    plain = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", plain).lower()
