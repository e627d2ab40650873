"""A participant's prediction file to checked predictions; what it is, is read from its bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from heldout_server.kit.errors import NOTHING_IN_IT, Rejection
from heldout_server.prediction.array_shapes import SAVE_ARRAY, SHORTEST_ACCEPTED
from heldout_server.prediction.csv_predictions import read_csv
from heldout_server.prediction.hdf5_attributes import SIGNATURE
from heldout_server.prediction.known_formats import (
    SNIFFED_BYTES,
    ZIP_MAGIC,
    Family,
    Format,
    recognised,
)
from heldout_server.prediction.npy import MAGIC, read_npy, read_npz
from heldout_server.prediction.prediction_arrays import (
    ParsedPredictions,
    format_rejection,
    read_array,
)
from heldout_server.prediction.task_words import Words
from heldout_server.prediction.text_encoding import UTF8_MARK, is_wide
from heldout_server.prediction.wanted import Wanted
from heldout_server.tasks.kinds import Task
from heldout_server.tasks.metric import Needs

LIMIT_BYTES = 16 * 1024 * 1024
_HDF5 = Format(
    "an HDF5 file",
    Family.MODEL,
    'A model: client.submit("model.h5"). Predictions: np.save("predictions.npy", '
    'f["predictions"][:]), then submit that.',
)
_TEXT_CONTROLS = b"\t\n\r\x0c\x1a"
MOST_CONTROL_BYTES_IN_TEXT = 0.02


def parse_predictions(
    path: Path,
    *,
    task: Task,
    examples: int,
    ids: NDArray[np.str_] | None = None,
    needs: Needs = Needs.LABELS,
    limit_bytes: int = LIMIT_BYTES,
    words: Words | None = None,
) -> ParsedPredictions:
    """Predictions for `examples` hidden examples from an `.npy`, `.npz` or CSV file.

    The file's name plays no part. Nothing in it is executed or unpickled, and memory stays
    within a small multiple of `limit_bytes` and of `ids`, which are the examples' ids as text
    (examples,) where the contest declares some. `needs` is what the ranking metric computes with.
    Raises `Rejection` with one of the prediction codes, and nothing else, whatever the bytes are.
    """
    wanted = Wanted.of(task, examples, needs=needs, ids=ids, said=words)
    with path.open("rb") as file:
        return parse_content(file.read(limit_bytes + 1), wanted, limit_bytes)


def parse_content(data: bytes, wanted: Wanted, limit_bytes: int = LIMIT_BYTES) -> ParsedPredictions:
    """The same of a file's bytes; one byte more than the limit is too many."""
    _check_bounds(data, limit_bytes)
    if data.startswith(MAGIC):
        return read_array(read_npy(data, wanted), wanted, "npy")
    if data.startswith(ZIP_MAGIC):
        return read_array(read_npz(data, wanted, limit_bytes=limit_bytes), wanted, "npz")
    _refuse_other_formats(data)
    return read_csv(data, wanted)


def _check_bounds(data: bytes, limit_bytes: int) -> None:
    if len(data) > limit_bytes:
        raise Rejection(
            "too_large",
            f"The file is larger than {limit_bytes:,} bytes.",
            f"Ten thousand labels need 80 kB as an array: {SHORTEST_ACCEPTED}.",
        )
    if not data:
        raise Rejection("file_empty", "The file is empty.", NOTHING_IN_IT)
    if not data.removeprefix(UTF8_MARK).strip():
        raise Rejection("file_empty", "The file is empty.", SAVE_ARRAY)


def _refuse_other_formats(data: bytes) -> None:
    start = data[:SNIFFED_BYTES]
    known = _HDF5 if start.startswith(SIGNATURE) else recognised(start)
    if known is not None:
        raise format_rejection(known)
    if start.removeprefix(UTF8_MARK).lstrip().startswith((b"{", b"[")):
        raise format_rejection(Format("JSON or a printed list", Family.OTHER))
    _refuse_binary(start)


def _refuse_binary(start: bytes) -> None:
    if is_wide(start):
        return  # the table reader knows what to do about the encoding
    controls = bytes(c for c in range(32) if c not in _TEXT_CONTROLS)
    strange = len(start) - len(start.translate(None, controls))
    if strange > max(1, MOST_CONTROL_BYTES_IN_TEXT * len(start)):
        raise Rejection(
            "not_npy",
            "The file is neither a NumPy array nor text.",
            f"{SAVE_ARRAY} What array.tofile() writes doesn't say what it holds.",
        )
