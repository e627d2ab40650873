"""A checked Keras 3 config and its arrays to an ONNX model that computes the same.

Both kinds of model that Keras saves, in each other as deep as one likes; layers may be called more
than once. What a layer computes stands in `layers`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from heldout_runner.lane import arrays, order
from heldout_runner.lane.arrays import MODELS, Read
from heldout_runner.lane.graph import Graph, Shape, Unsupported, Value
from heldout_runner.lane.layer import Converter, Layer, policy
from heldout_runner.lane.layers import (
    activations,
    convolutions,
    dense,
    identities,
    merges,
    normalization,
    pooling,
    recurrent,
    shapes,
)
from heldout_runner.lane.order import Call

CONVERTERS: dict[str, Converter] = {
    name: convert
    for family in (
        activations, convolutions, dense, identities, merges, normalization, pooling, recurrent,
        shapes,
    )
    for name, convert in family.CONVERTERS.items()
}  # fmt: skip

Node = dict[str, Any]
ENDS = ("input", "output")
LAYERS = "keras.layers"


def converted(model: Node, read: Read, input_shape: Shape) -> bytes:
    """The ONNX model file: `input` float32 (n, *input_shape) to `output` float32 (n, …).

    `model` is the object in `config.json`; `read` gives the arrays of `model.weights.h5`. Raises
    `Unsupported` for whatever isn't certain to be computed as Keras would, and nothing else: a
    stranger may have written anything anywhere.
    """
    graph = Graph(input_shape)
    try:
        return graph.encoded(_model(graph, model, read, "", graph.input))
    except Unsupported:
        raise
    except Exception as error:
        raise Unsupported(f"a file that leads to {type(error).__name__}: {error}") from error


def _model(graph: Graph, model: Node, read: Read, inside: str, value: Value) -> Value:
    config = _config(model)
    layers = config.get("layers")
    if model.get("class_name") not in MODELS or not isinstance(layers, list) or not layers:
        raise Unsupported(f"a model of class {model.get('class_name')}")
    where = list(arrays.groups(layers, inside))
    if model["class_name"] == "Sequential":
        for layer, group in zip(layers, where, strict=True):
            value = _called(graph, layer, read, group, [value])
        return value
    return _Functional(graph, config, read, dict(zip(map(_name, layers), where, strict=True))).run(
        value
    )


def _called(graph: Graph, node: Node, read: Read, group: str, values: Sequence[Value]) -> Value:
    """One call of a layer, or of a model that serves as one."""
    _expect_a_layer_of_its_own(node)
    class_name = str(node.get("class_name"))
    if class_name == "InputLayer":
        return _entered(node, values)
    if class_name in MODELS:
        if len(values) != 1:
            raise Unsupported("a model inside a model with several inputs")
        return _model(graph, node, read, f"{group}/", values[0])
    if class_name not in CONVERTERS:
        raise Unsupported(f"the layer {class_name}")
    layer = Layer(class_name, _config(node), arrays.of_layer(read, group, class_name))
    found = CONVERTERS[class_name](graph, layer, values)
    layer.finish()
    return found


def _expect_a_layer_of_its_own(node: Node) -> None:
    """Refuse what its class and its settings don't tell alone.

    `keras.ops` has names that layers have, too, with other arguments. A layer that stands in two
    models is for Keras the one that it met first, whatever the second one's settings say.
    """
    module = node.get("module", LAYERS)
    if module != LAYERS and node.get("class_name") not in MODELS:
        raise Unsupported(f"{node.get('class_name')} of {module}")
    if "shared_object_id" in node:
        raise Unsupported("a layer that stands in two models")


def _entered(node: Node, values: Sequence[Value]) -> Value:
    """An input: of float32, and of the shape that comes, where it says one."""
    config, value = _config(node), values[0]
    shape = config.get("batch_shape") or config.get("batch_input_shape") or [None, *value.shape]
    if policy(config.get("dtype")) not in ("float32", None) or config.get("sparse"):
        raise Unsupported("an input of another type than float32")
    said = tuple(shape[1:])
    if len(said) != len(value.shape) or any(
        a not in (None, b) for a, b in zip(said, value.shape, strict=True)
    ):
        raise Unsupported(f"an input {said} for examples {value.shape}")
    return value


class _Functional:
    """A graph of layers, walked from its input to its output."""

    def __init__(self, graph: Graph, config: Node, read: Read, groups: dict[str, str]) -> None:
        self._graph, self._read, self._groups = graph, read, groups
        self._layers = {_name(layer): layer for layer in config["layers"]}
        self._names = [_name(layer) for layer in config["layers"]]
        self._entry, (last, index) = (_one_end(config.get(f"{end}_layers")) for end in ENDS)
        # Among the ends, and only there, Keras counts the calls of a model inside from 1.
        is_model = self._layers.get(last, {}).get("class_name") == "Functional"
        self._end = (last, index - is_model)

    def run(self, value: Value) -> Value:
        """The output for this input."""
        entry = self._layers.get(self._entry[0], {})
        if entry.get("class_name") != "InputLayer":
            raise Unsupported("a model whose input is no input layer")
        walk = order.walked(self._end, self._sources)
        if order.listed(walk) != self._names:
            raise Unsupported("a model whose layers stand in another order than Keras'")
        values = {self._entry: _entered(entry, [value])}
        for call in walk.calls:
            if call != self._entry:
                values[call] = self._computed(call, [values[one] for one in walk.calls[call]])
        return values[self._end]

    def _computed(self, call: Call, values: Sequence[Value]) -> Value:
        layer, group = self._layers[call[0]], self._groups[call[0]]
        return _called(self._graph, layer, self._read, group, values)

    def _sources(self, call: Call) -> list[Call]:
        if call == self._entry:
            return []
        name, index = call
        nodes = self._layers.get(name, {}).get("inbound_nodes")
        if not isinstance(nodes, list) or not 0 <= index < len(nodes):
            raise Unsupported("a layer without its inputs")
        return list(_tensors(nodes[index]))


def _tensors(node: Any) -> Iterator[Call]:
    """The calls that one call takes its values from; it must be given nothing else."""
    arguments = node.get("args") if isinstance(node, dict) else None
    options = node.get("kwargs") if isinstance(node, dict) else None
    if not isinstance(arguments, list) or len(arguments) != 1 or not isinstance(options, dict):
        raise Unsupported("a layer that is called with more than its values")
    if not set(options) <= {"training", "mask"} or any(options.values()):
        raise Unsupported("a layer that is called with options")
    values = arguments[0] if isinstance(arguments[0], list) else [arguments[0]]
    for value in values:
        if not isinstance(value, dict) or value.get("class_name") != "__keras_tensor__":
            raise Unsupported("a layer that is called with something else than values")
        yield _call(value["config"].get("keras_history"))


def _one_end(structure: Any) -> Call:
    """The only input or output of a model, however many lists it stands in."""
    while isinstance(structure, list) and len(structure) == 1:
        structure = structure[0]
    return _call(structure)


def _call(history: Any) -> Call:
    if isinstance(history, list) and len(history) == 3 and history[2] == 0:
        return str(history[0]), int(history[1])
    raise Unsupported("a model with several inputs or outputs")


def _name(layer: Node) -> str:
    return str(layer.get("name") or _config(layer).get("name"))


def _config(node: Node) -> Node:
    config = node.get("config")
    if not isinstance(config, dict):
        raise Unsupported("a layer without settings")
    return config
