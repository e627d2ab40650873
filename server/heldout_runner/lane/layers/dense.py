"""Dense layers."""

from __future__ import annotations

from collections.abc import Sequence

from heldout_runner.lane.graph import Graph, Value
from heldout_runner.lane.layer import Converter, Layer, only
from heldout_runner.lane.layers.activations import activated


def dense(graph: Graph, layer: Layer, values: Sequence[Value]) -> Value:
    """x · W + b along the last axis."""
    layer.expect("units", "activation", "use_bias")
    value = graph.last(only(layer, values))
    units = layer.whole("units")
    operands = [value.name, graph.constant(layer.array(0, (value.shape[-1], units)))]
    bias = graph.constant(layer.array(1, (units,))) if layer.get("use_bias", True) else None
    if len(value.shape) == 1:
        product = graph.node("Gemm", *operands, *([bias] if bias else []))
    else:
        product = graph.node("MatMul", *operands)
        product = graph.node("Add", product, bias) if bias else product
    return activated(graph, Value(product, (*value.shape[:-1], units)), layer.get("activation"))


CONVERTERS: dict[str, Converter] = {"Dense": dense}
