"""Probes made through TensorFlow's own operations, as a model's graph would."""

from __future__ import annotations

import tensorflow as tf

from heldout_runner.probes import probe
from heldout_runner.protocol import Probe

_ROWS, _COLUMNS = 1 << 20, 1 << 14  # 64 GiB of float32


@probe(at_start=False)
def read_with_tensorflow(order: Probe, results: int) -> str:
    """Read a file of the server's with an operation of a graph."""
    try:
        return f"read {len(tf.io.read_file(order.secret).numpy())} bytes"
    except tf.errors.PermissionDeniedError as error:
        raise PermissionError(13, error.message) from None


@probe(at_start=False)
def write_with_tensorflow(order: Probe, results: int) -> str:
    """Write a file with an operation of a graph."""
    try:
        tf.io.write_file(f"{order.slot}/note", "x")
    except tf.errors.PermissionDeniedError as error:
        raise PermissionError(13, error.message) from None
    return "wrote it"


@probe(at_start=False)
def bomb_memory_with_tensorflow(order: Probe, results: int) -> str:
    """Take memory without end in an operation of a graph."""
    try:
        return f"{tf.reduce_sum(tf.ones((_ROWS, _COLUMNS))).numpy()} numbers"
    except tf.errors.ResourceExhaustedError as error:
        raise MemoryError(error.message) from None
