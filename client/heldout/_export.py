"""Turns what a participant has (a model, an array, a path) into bytes to send.

Nothing here imports Keras, TensorFlow or NumPy unless the caller's object already needs it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from heldout._arrays import looks_like_array, npy_bytes
from heldout._constants import CHUNK_BYTES
from heldout._errors import CannotSubmit, ExportFailed
from heldout._kinds import MODEL, PREDICTIONS, WORKBOOK, file_kind, readable_file
from heldout._optimizer_state import without_optimizer_state
from heldout._spreadsheet import csv_bytes
from heldout._tables import table_bytes
from heldout._unsupported import explain_unsupported


@dataclass(frozen=True)
class Payload:
    """What is sent: its kind, a name for it, and where the bytes are."""

    kind: str
    filename: str
    path: Path | None = None
    data: bytes = b""

    @cached_property
    def size_bytes(self) -> int:
        """The number of bytes."""
        return len(self.data) if self.path is None else self.path.stat().st_size

    @cached_property
    def sha256(self) -> str:
        """The digest of the bytes, in hex."""
        digest = hashlib.sha256()
        for part in self.parts():
            digest.update(part)
        return digest.hexdigest()

    def parts(self, moved: Callable[[int, int], None] | None = None) -> Iterator[bytes]:
        """The bytes in pieces, from the beginning; `moved(so_far, in_all)` after each."""
        sent = 0
        for part in self._pieces():
            yield part
            sent += len(part)
            if moved is not None:
                moved(sent, self.size_bytes)

    def _pieces(self) -> Iterator[bytes]:
        if self.path is None:
            for start in range(0, len(self.data), CHUNK_BYTES):
                yield self.data[start : start + CHUNK_BYTES]
            return
        with self.path.open("rb") as file:
            while part := file.read(CHUNK_BYTES):
                yield part


@contextmanager
def exported(subject: Any) -> Iterator[Payload]:
    """The payload of a model, an array or a path; a temporary file is gone afterwards.

    Raises `CannotSubmit` with a hint for anything else, `FileUnreadable` for a wrong path and
    `ExportFailed` when the model cannot be saved.
    """
    if isinstance(subject, str | os.PathLike):
        with _file(readable_file(subject)) as payload:
            yield payload
    elif is_keras_model(subject):
        with TemporaryDirectory(prefix="heldout-", ignore_cleanup_errors=True) as folder:
            path = Path(folder) / "model.keras"
            _save(subject, path)
            with without_optimizer_state(path) as sent:
                yield Payload(MODEL, path.name, sent)
    else:
        explain_unsupported(subject)
        if not looks_like_array(subject):
            raise CannotSubmit(
                f"A {type(subject).__name__} is neither a model, an array nor a path.",
                "submit a model (Keras, scikit-learn, XGBoost, LightGBM, PyTorch, Flax), an array "
                "or a frame of predictions, or a path to a .keras, .onnx, .npy, .npz or .csv file",
            )
        yield _predictions(subject)


@contextmanager
def _file(path: Path) -> Iterator[Payload]:
    kind = file_kind(path)
    if kind == WORKBOOK:
        yield Payload(PREDICTIONS, path.with_suffix(".csv").name, data=csv_bytes(path))
    elif kind == MODEL:
        with without_optimizer_state(path) as sent:
            yield Payload(kind, path.name, sent)
    else:
        yield Payload(kind, path.name, path)


def _predictions(subject: Any) -> Payload:
    table = table_bytes(subject)
    if table is not None:
        return Payload(PREDICTIONS, "predictions.csv", data=table)
    return Payload(PREDICTIONS, "predictions.npy", data=npy_bytes(subject))


def is_keras_model(subject: Any) -> bool:
    """Whether it behaves like a Keras model; judged by what it can do, without importing Keras."""
    needed = ("save", "layers", "get_config", "predict", "count_params")
    return not isinstance(subject, type) and all(hasattr(subject, name) for name in needed)


def _require_built(model: Any) -> None:
    if getattr(model, "built", True):
        return
    raise CannotSubmit(
        "This model has no weights yet.",
        "train it with model.fit(...) first; to send it untrained, call "
        "model.build((None, 28, 28)) with the shape of your inputs",
    )


def _save(model: Any, path: Path) -> None:
    _require_built(model)
    try:
        model.save(str(path))
    except Exception as error:
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise ExportFailed(
            f"model.save() failed: {reason}",
            'save it yourself with model.save("model.keras") to see the whole message, and '
            "give custom layers a get_config(); or submit predictions: "
            "client.submit(model.predict(client.data().x_test))",
        ) from error
