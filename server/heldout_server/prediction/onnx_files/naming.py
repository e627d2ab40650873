"""The layers of an ONNX file as a Keras config would list them, for what it is called. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from heldout_server.prediction.onnx_files.parts import Node
from heldout_server.prediction.onnx_files.plan import Plan

RECURRENT = frozenset({"LSTM", "GRU", "RNN"})


def layers(plan: Plan) -> dict[str, Any]:
    """A tree for `model_name`: operators with the sizes that they are known by."""
    found = [layer for node in plan.nodes for layer in _layer(plan, node)]
    return {"class_name": "Sequential", "config": {"layers": found}}


def _layer(plan: Plan, node: Node) -> Iterator[dict[str, Any]]:
    """The layer that a node is most of; nothing for one that has learned nothing."""
    weights = plan.arrays.get(node.inputs[1]) if len(node.inputs) > 1 else None
    shape = weights.shape if weights else ()
    if node.operator in RECURRENT:
        yield _of(node.operator, units=node.settings.get("hidden_size"))
    elif node.operator == "Conv" and shape:
        yield _of("Conv", filters=shape[0])
    elif node.operator in ("Gemm", "MatMul") and len(shape) == 2:
        yield _of("Dense", units=shape[0 if node.settings.get("transB") else 1])


def _of(name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": name, "config": config}
