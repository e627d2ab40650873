"""Probes made through ONNX Runtime, which only ever gets bytes that we wrote; as if it didn't."""

from __future__ import annotations

import numpy as np
import onnxruntime

from heldout_runner.lane.graph import Graph, Value
from heldout_runner.probes import probe
from heldout_runner.protocol import Probe

_ROWS, _COLUMNS = 1 << 20, 1 << 14  # 64 GiB of float32


@probe(at_start=False)
def read_with_onnxruntime(order: Probe, results: int) -> str:
    """Have a file of the server's read as a model."""
    try:
        onnxruntime.InferenceSession(order.secret)
    except Exception as error:
        if "error number 13" in str(error) or "Permission denied" in str(error):
            raise PermissionError(13, str(error)) from None
        return f"read it, and found: {error}"
    return "read it"


@probe(at_start=False)
def bomb_memory_with_onnxruntime(order: Probe, results: int) -> str:
    """Take memory without end in an operator of a graph."""
    graph = Graph((1,))
    ones = graph.node("Expand", graph.input.name, graph.lengths((_ROWS, _COLUMNS)))
    try:
        session = onnxruntime.InferenceSession(graph.encoded(Value(ones, (_COLUMNS,))))
        session.run(None, {"input": np.ones((1, 1), np.float32)})
    except Exception as error:
        raise MemoryError(str(error)) from None
    return "took it"
