"""The wiring of a model: every connection leads to an existing layer, and none in a circle."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

from heldout_server.kit.errors import Rejection, printable
from heldout_server.prediction.config_json import SAVE_AGAIN

Call = tuple[str, int]  # a layer's name and which of its calls


def check_graph(config: dict[str, Any]) -> None:
    """Refuse (`config_invalid`) a Sequential or Functional config that cannot be built."""
    layers = config.get("layers")
    if not isinstance(layers, list) or not layers:
        raise _invalid("The model has no layers")
    if not all(isinstance(layer, dict) and "class_name" in layer for layer in layers):
        raise _invalid("A layer of the model is malformed")
    if "input_layers" in config:
        _check_connections(layers)


def connections(structure: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Every [name, call, tensor] in an input_layers or output_layers structure."""
    if isinstance(structure, dict):
        structure = list(structure.values())
    if not isinstance(structure, list):
        return
    if len(structure) == 3 and isinstance(structure[0], str):
        yield structure[0], structure[1], structure[2]
        return
    for part in structure:
        yield from connections(part)


def _check_connections(layers: list[dict[str, Any]]) -> None:
    calls: dict[Call, list[Call]] = {}
    for layer in layers:
        name, nodes = layer.get("name"), layer.get("inbound_nodes")
        if not isinstance(name, str) or not isinstance(nodes, list):
            raise _invalid("A layer of the model has no place in it")
        if (name, 0) in calls:
            raise _invalid(f"Two layers are called {printable(name, 60)!r}")
        # An input has no inbound node, and a model that serves as a layer has one of its own
        # before those of its calls.
        own: list[Any] = [None] if not nodes or layer["class_name"] == "Functional" else []
        for index, node in enumerate([*own, *nodes]):
            calls[name, index] = list(_sources(node))
    for name, sources in calls.items():
        if any(source not in calls for source in sources):
            raise _invalid(
                f"Layer {printable(name[0], 60)!r} is connected to a layer that is not there"
            )
    try:
        TopologicalSorter(calls).prepare()
    except CycleError:
        raise _invalid("The layers are connected in a circle") from None


def _sources(node: Any) -> Iterator[Call]:
    """The calls whose tensors this call takes, in Keras 3's form of arguments."""
    if isinstance(node, dict):
        history = node.get("config", {}).get("keras_history") if _is_tensor(node) else None
        if history is not None:
            yield _call(history)
            return
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from _sources(part)


def _is_tensor(node: dict[str, Any]) -> bool:
    return node.get("class_name") == "__keras_tensor__"


def _call(history: Any) -> Call:
    if isinstance(history, list) and len(history) == 3:
        name, index, tensor = history
        if isinstance(name, str) and type(index) is int and type(tensor) is int:
            return name, index
    raise _invalid("A connection between layers is malformed")


def _invalid(detail: str) -> Rejection:
    return Rejection("config_invalid", f"{detail}.", SAVE_AGAIN)
