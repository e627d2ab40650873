"""How a model of another shape is made to fit, as the lines to paste. Pure.

Shapes are read from what the model's process says of itself: they decide about words only.
"""

from __future__ import annotations

import math
import re

from heldout_server.prediction.signature import Signature
from heldout_server.tasks.kinds import Kind

_SHAPE = re.compile(r"\(((?:None|\d{1,6})(?:, (?:None|\d{1,6})){0,7}),?\)")
_CHANNELS = (1, 3)


def input_hint(said: str, signature: Signature) -> str:
    """For a model whose input is the shape in `said`, batch axis first."""
    shape = _shape_in(said)[1:]
    layers = _layers_in_front(shape, signature)
    if not layers:
        return f"Give it an input of {signature.words.input_shapes}."
    given = (
        (*signature.input_shape, 1) if len(signature.input_shape) == 2 else signature.input_shape
    )
    inputs, model = f"inputs = keras.Input({given})", "model = keras.Model(inputs, old(x))"
    return f"Put in front: {'; '.join([inputs, *layers, model])}. No new training needed."


def output_hint(said: str, signature: Signature) -> str:
    """For a model that gives the shape in `said` for one example."""
    shape = _shape_in(said)
    task, words = signature.task, signature.words
    width = math.prod(shape)
    if len(shape) > 1 and width in signature.widths:
        return "Add keras.layers.Flatten() at the end."
    if task.kind is Kind.MULTICLASS and len(shape) == 1 and shape[0] > task.width:
        counted_from_1 = "" if shape[0] != task.width + 1 else _counted_from_1(signature)
        return (
            f"If its first {task.width} outputs are {words.classes}, send "
            f"client.submit(model.predict(x)[:, :{task.width}]), with x made from "
            f"{words.test_inputs} as in training.{counted_from_1}"
        )
    return f"End it with {_layer(signature)}: {_meaning(signature)}."


def _layer(signature: Signature) -> str:
    """MNIST's sentence leaves the activation open, since logits do as well."""
    if signature.task.kind is Kind.MULTICLASS:
        return f"keras.layers.Dense({signature.task.width})"
    return signature.last_layer


def _meaning(signature: Signature) -> str:
    kind = signature.task.kind
    if kind is Kind.BINARY:
        return f"the probability of {signature.task.classes[1]}"
    if kind is Kind.MULTICLASS:
        return f"one number a {signature.words.one_class}"
    if kind is Kind.MULTILABEL:
        return "one probability a label"
    return "one number a target, without an activation"


def _counted_from_1(signature: Signature) -> str:
    return (
        " If its classes were counted from 1, send model.predict(x)[:, 1:] instead: "
        "y - 1 is what it should have learned."
    )


def _layers_in_front(shape: tuple[int, ...], signature: Signature) -> list[str]:
    """Lines that make a contest's image into what the old model takes; [] where none are known."""
    if 0 in shape or not signature.is_images:
        return []
    if not signature.is_grey:
        return _from_colour(shape, signature)
    if len(shape) == 1:
        side = math.isqrt(shape[0])
        return [_resized(side, side), "x = Flatten()(x)"] if side**2 == shape[0] > 1 else []
    if len(shape) == 2:
        return [_resized(*shape), f"x = Reshape({shape})(x)"]
    if len(shape) != 3 or shape[-1] not in _CHANNELS:
        return []
    colour = ["x = Concatenate()([x, x, x])"] if shape[-1] == 3 else []
    return [_resized(*shape[:2]), *colour]


def _from_colour(shape: tuple[int, ...], signature: Signature) -> list[str]:
    """Of another size, with the channels that there are."""
    same = len(shape) == 3 and shape[-1] == signature.input_shape[-1]
    return [_resized(*shape[:2])] if same else []


def _resized(height: int, width: int) -> str:
    return f"x = Resizing({height}, {width})(inputs)"


def _shape_in(said: str) -> tuple[int, ...]:
    """The first shape in the text, 0 for an open dimension; () if there is none."""
    found = _SHAPE.search(said)
    sizes = found[1].split(", ") if found else []
    return tuple(0 if size == "None" else int(size) for size in sizes)
