"""How a model of another shape is made to fit, as the lines to paste. Pure.

Shapes are read from what the model's process says of itself: they decide about words only.
"""

from __future__ import annotations

import math
import re

from heldout_server.prediction.task_words import (
    CLASS,
    CLASSES,
    FIRST_CLASSES,
    IMAGE_SHAPE,
    INPUT_SHAPES,
)

_SHAPE = re.compile(r"\(((?:None|\d{1,6})(?:, (?:None|\d{1,6})){0,7}),?\)")
_CHANNELS = (1, 3)


def input_hint(said: str) -> str:
    """For a model whose input is the shape in `said`, batch axis first."""
    shape = _shape_in(said)[1:]
    layers = _layers_in_front(shape)
    if not layers:
        return f"Give it an input of {INPUT_SHAPES}."
    inputs = f"inputs = keras.Input({(*IMAGE_SHAPE, 1)})"
    model = "model = keras.Model(inputs, old(x))"
    return f"Put in front: {'; '.join([inputs, *layers, model])}. No new training needed."


def output_hint(said: str) -> str:
    """For a model that gives the shape in `said` for one image."""
    shape = _shape_in(said)
    if len(shape) > 1 and math.prod(shape) == CLASSES:
        return "Add keras.layers.Flatten() at the end."
    if len(shape) == 1 and shape[0] > CLASSES:
        return (
            f"If its first {CLASSES} outputs are {FIRST_CLASSES}, send "
            f"client.submit(model.predict(x)[:, :{CLASSES}]), with x made from "
            "client.test_images() as in training."
        )
    return f"End it with keras.layers.Dense({CLASSES}): one number a {CLASS}."


def _layers_in_front(shape: tuple[int, ...]) -> list[str]:
    """Lines that make an image into what the old model takes; [] where none are known."""
    if 0 in shape:
        return []
    if len(shape) == 1:
        side = math.isqrt(shape[0])
        return [_resized(side, side), "x = Flatten()(x)"] if side**2 == shape[0] > 1 else []
    if len(shape) == 2:
        return [_resized(*shape), f"x = Reshape({shape})(x)"]
    if len(shape) != 3 or shape[-1] not in _CHANNELS:
        return []
    colour = ["x = Concatenate()([x, x, x])"] if shape[-1] == 3 else []
    return [_resized(*shape[:2]), *colour]


def _resized(height: int, width: int) -> str:
    return f"x = Resizing({height}, {width})(inputs)"


def _shape_in(said: str) -> tuple[int, ...]:
    """The first shape in the text, 0 for an open dimension; () if there is none."""
    found = _SHAPE.search(said)
    sizes = found[1].split(", ") if found else []
    return tuple(0 if size == "None" else int(size) for size in sizes)
