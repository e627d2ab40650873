"""What can be told from a config alone: whether a model may take the lane. Pure, and cheap.

Asked before any process is; `convert` has the last word. Also here: what a graph is called, by
which two models are known to be computed alike.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from heldout_runner.lane.arrays import MODELS
from heldout_runner.lane.convert import CONVERTERS
from heldout_runner.lane.graph import Unsupported
from heldout_runner.lane.layer import policy

Node = dict[str, Any]
# What says nothing of what is computed: names, and how training begins and is held.
_SILENT = frozenset(
    {"name", "module", "registered_name", "build_config", "shared_object_id", "seed"}
)
_SILENT_ENDS = ("_initializer", "_regularizer", "_constraint")


def obstacle(model: Node) -> str:
    """Why a model can't take the lane, in a few words; empty where nothing in its config says so.

    `model` is the object in `config.json`, of a config that was checked.
    """
    for layer in layers(model):
        name, config = str(layer.get("class_name")), layer.get("config")
        if name not in CONVERTERS and name not in MODELS and name != "InputLayer":
            return f"the layer {name}"
        if isinstance(config, dict) and policy(config.get("dtype")) not in ("float32", None):
            return f"{name} of another type than float32"
    return ""


def layers(model: Node) -> Iterator[Node]:
    """The model, and every layer in it, however deep."""
    waiting = [model]
    while waiting:
        node = waiting.pop()
        yield node
        # Anything may stand under that name among the settings of what is no model.
        waiting += node["config"]["layers"] if node.get("class_name") in MODELS else ()


def layer_set(model: Node) -> str:
    """The classes of its layers, each once, in the order of the alphabet."""
    return " ".join(sorted({str(layer.get("class_name")) for layer in layers(model)} - MODELS))


def graph_digest(model: Node, shape: tuple[int, ...], layout: str) -> str:
    """A name for what is computed: layers, settings and who feeds whom, without weights.

    With how those lie in the file, since each layout is read by code of its own.
    """
    names = [str((layer.get("config") or {}).get("name")) for layer in layers(model)]
    numbers = {name: number for number, name in reversed(list(enumerate(names)))}
    told = json.dumps([layout, shape, _told(model, numbers)], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def convolves(model: Node) -> bool:
    """Whether it has convolutions."""
    return any("conv" in str(layer.get("class_name")).lower() for layer in layers(model))


def declared_shape(model: Node) -> tuple[Any, ...]:
    """(batch, …) as the model says that its input is, None for what may have any length.

    Raises Unsupported where it doesn't say.
    """
    config = model.get("config")
    first = _first(config) if isinstance(config, dict) else {}
    found = first.get("batch_shape") or first.get("batch_input_shape")
    found = found or (config or {}).get("build_input_shape")
    if not isinstance(found, list) or isinstance(next(iter(found), None), list):
        raise Unsupported("a model that doesn't say the shape of its input")
    return tuple(found)


def _first(config: Node) -> Node:
    """The settings of the first layer, inside of as many models as it stands in."""
    inside = config.get("layers")
    if not isinstance(inside, list) or not inside or not isinstance(inside[0], dict):
        return config
    entry = next((one for one in inside if one.get("class_name") == "InputLayer"), inside[0])
    settings = entry.get("config")
    return _first(settings) if isinstance(settings, dict) else {}


def _told(node: Any, numbers: dict[str, int]) -> Any:
    """The same with a number in the place of a layer's name, and without what says nothing.

    Names stand under `name` and in lists: an activation "relu" stays one in a model whose layer is
    called so.
    """
    if isinstance(node, dict):
        kept = {key for key in node if key not in _SILENT and not key.endswith(_SILENT_ENDS)}
        told = {key: _told(node[key], numbers) for key in kept}
        return told | {"name": numbers.get(str(node.get("name")))}
    if isinstance(node, list):
        return [_numbered(item, numbers) for item in node]
    return node


def _numbered(item: Any, numbers: dict[str, int]) -> Any:
    is_name = isinstance(item, str) and item in numbers
    return f"#{numbers[item]}" if is_name else _told(item, numbers)
