"""Activations that Keras 2 computed otherwise than Keras 3 does under the same name.

Nothing here is named by a file: the server marks an archive of Keras 2, and layers that hold
Keras' own function get ours in its place.
"""

from __future__ import annotations

from typing import Any

import keras

_SETTINGS = ("activation", "recurrent_activation")


def hard_sigmoid(x: Any) -> Any:
    """max(0, min(1, 0.2 x + 0.5)); Keras 3 divides by 6 instead of 5."""
    return keras.ops.clip(0.2 * x + 0.5, 0.0, 1.0)


def restore(model: Any) -> None:
    """Let every layer of a loaded model compute hard_sigmoid as Keras 2 did."""
    for layer in model._flatten_layers():
        for setting in _SETTINGS:
            # A recurrent layer only passes on what its cell holds, which is a layer, too.
            if vars(layer).get(setting) is keras.activations.hard_sigmoid:
                setattr(layer, setting, hard_sigmoid)
