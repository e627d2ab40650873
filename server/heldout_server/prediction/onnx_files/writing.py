"""The graph that ONNX Runtime reads, written anew from a plan by the lane's encoder.

Values get numbers for names. What comes is made to what the model takes, and its output to float32.
"""

from __future__ import annotations

from collections.abc import Iterator

from heldout_runner.lane.graph import INPUT, IR_VERSION, OPSET, OUTPUT, Attribute
from heldout_runner.lane.graph import node as encoded_node
from heldout_runner.lane.wire import Message
from heldout_server.prediction.onnx_files.numbers import FLOAT, Numbers, numbers
from heldout_server.prediction.onnx_files.operators import ONNX
from heldout_server.prediction.onnx_files.parts import Node, Setting, Tensor
from heldout_server.prediction.onnx_files.plan import Plan, read_by


def written(plan: Plan) -> Message:
    """The model: `input` float32 to `output` float32."""
    names = {name: f"v{number}" for number, name in enumerate(_values(plan))}
    names[""] = ""
    graph = Message().text(2, "model")
    graph.message(1, _cast(INPUT, names[plan.entry], plan.entry_type))
    for node in plan.nodes:
        graph.message(1, _node(node, names))
    graph.message(1, _cast(names[plan.end], OUTPUT, FLOAT))
    for name, array in plan.arrays.items():
        graph.message(5, _array(array, names[name]))
    lengths = Message()
    for length in plan.shape:
        lengths.message(1, Message() if length is None else Message().integer(1, length))
    graph.message(11, _port(INPUT, Message().integer(1, FLOAT).message(2, lengths)))
    graph.message(12, _port(OUTPUT, Message().integer(1, FLOAT)))
    model = Message().integer(1, IR_VERSION).text(2, "heldout").message(7, graph)
    # The casts are ONNX's own, also where nothing else of the model is.
    for domain, version in sorted({ONNX: OPSET, **plan.versions}.items()):
        model.message(8, Message().text(1, domain).integer(2, version))
    return model


def _values(plan: Plan) -> Iterator[str]:
    """The name of every value, each once."""
    yield from dict.fromkeys(
        [
            plan.entry,
            *plan.arrays,
            *(name for node in plan.nodes for name in node.outputs if name),
        ]
    )


def _node(node: Node, names: dict[str, str]) -> Message:
    if node.operator == "Dropout":
        through = [names[name] for name in read_by(node)]
        return encoded_node("Identity", through, [names[node.outputs[0]]], {})
    settings = {name: _setting(value) for name, value in node.settings.items()}
    inputs, outputs = ([names[name] for name in side] for side in (node.inputs, node.outputs))
    return encoded_node(node.operator, inputs, outputs, settings, node.domain)


def _cast(source: str, target: str, kind: int) -> Message:
    return encoded_node("Cast", [source], [target], {"to": kind})


def _setting(value: Setting) -> Attribute:
    return _array(numbers(value), "") if isinstance(value, Tensor) else value


def _array(array: Numbers, name: str) -> Message:
    tensor = Message()
    for length in array.shape:
        tensor.integer(1, length)
    return tensor.integer(2, array.type).text(8, name).raw(9, array.raw)


def _port(name: str, tensor: Message) -> Message:
    return Message().text(1, name).message(2, Message().message(1, tensor))
