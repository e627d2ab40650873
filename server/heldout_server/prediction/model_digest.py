"""What makes two model files the same model, their config and their weights; and what to call it.

Saving a model twice makes other bytes: the archive holds the time, and the optimizer's memory may
be there or not. The digest leaves out both, and compile settings, which play no part in a score.
Nothing is built and nothing is trusted: it only finds a participant's own earlier submission.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from heldout_server.kit.errors import Rejection
from heldout_server.prediction.config_json import strict_json
from heldout_server.prediction.hdf5_attributes import Seekable, UnreadableHdf5
from heldout_server.prediction.hdf5_datasets import datasets
from heldout_server.prediction.hdf5_model import hdf5_model_config, is_hdf5
from heldout_server.prediction.keras_archive import (
    CONFIG,
    CONFIG_BYTES,
    METADATA,
    METADATA_BYTES,
    MOST_ENTRIES,
    MOST_PARAMETERS,
    WEIGHTS,
    WEIGHTS_BYTES,
    without_initial_values,
)
from heldout_server.prediction.model_name import model_name
from heldout_server.prediction.onnx_files.checking import inspect_onnx, is_onnx
from heldout_server.prediction.onnx_files.naming import layers
from heldout_server.prediction.onnx_files.writing import written
from heldout_server.prediction.zip_members import MalformedZip, OversizedZip, ZipMembers

OPTIMIZERS = frozenset({"optimizer", "optimizer_weights"})
# Neither is part of what a model computes; the last is a place in the memory of its trainer.
NO_PART = frozenset({"compile_config", "shared_object_id"})


BYTES_A_WEIGHT = 4


@dataclass(frozen=True)
class ModelIdentity:
    """`digest`: a SHA-256 in hex, equal for files of one model. `name`: its layers, where known."""

    digest: str
    name: str | None


def identify(path: Path) -> ModelIdentity | None:
    """What a model file is; None for what is no model file.

    Weights that can't be read as HDF5 count as their bytes. Raises nothing for any bytes.
    """
    with suppress(Rejection, MalformedZip, OversizedZip, KeyError, RecursionError):
        if is_onnx(path):
            return _of_onnx(path)
        return _of_hdf5(path) if is_hdf5(path) else _of_archive(path)
    return None


def _of_onnx(path: Path) -> ModelIdentity:
    """By what is computed of it: names and notes of the exporter play no part."""
    plan = inspect_onnx(path, most_parameters=MOST_PARAMETERS, input_shapes="").plan
    digest = hashlib.sha256()
    for piece in written(plan).pieces:
        digest.update(piece)
    return ModelIdentity(digest.hexdigest(), model_name(layers(plan), plan.parameters))


def _of_hdf5(path: Path) -> ModelIdentity:
    config, version = hdf5_model_config(path)
    digest = _Digest(config, version)
    with path.open("rb") as file:
        digest.add_weights(file, path.stat().st_size)
    return digest.identity()


def _of_archive(path: Path) -> ModelIdentity:
    with path.open("rb") as file, ZipMembers(file, most_entries=MOST_ENTRIES) as members:
        metadata = strict_json(members.read(METADATA, limit_bytes=METADATA_BYTES), what=METADATA)
        config = members.read(CONFIG, limit_bytes=CONFIG_BYTES)
        digest = _Digest(config, str(metadata.get("keras_version")))
        if members.size(WEIGHTS) > WEIGHTS_BYTES:
            raise OversizedZip(WEIGHTS)
        place = members.place(WEIGHTS)
        if place is None:
            members.copy(WEIGHTS, digest)
        else:
            digest.add_weights(_Section(file, place), members.size(WEIGHTS))
    return digest.identity()


class _Digest:
    """The digest as it grows; what is written to it is added."""

    def __init__(self, config: bytes, version: str) -> None:
        self._tree = without_initial_values(_essence(strict_json(config, what=CONFIG)))
        self._weights_bytes = 0
        text = json.dumps([version.partition(".")[0], self._tree], sort_keys=True)
        self._sha256 = hashlib.sha256(text.encode())

    def write(self, content: bytes) -> None:
        self._sha256.update(content)

    def identity(self) -> ModelIdentity:
        parameters = self._weights_bytes // BYTES_A_WEIGHT
        return ModelIdentity(self._sha256.hexdigest(), model_name(self._tree, parameters))

    def add_weights(self, file: Seekable, size_bytes: int) -> None:
        """The arrays of an HDF5 file, without the optimizer's."""
        try:
            found = datasets(file, without=OPTIMIZERS)
            if sum(each.length for each in found) > size_bytes:
                raise UnreadableHdf5("arrays that overlap")
            self._weights_bytes = sum(each.length or len(each.inline) for each in found)
            for dataset in found:
                self.write(f"{dataset.path}\0".encode() + dataset.form)
                for piece in dataset.pieces(file):
                    self.write(piece)
        except UnreadableHdf5:
            file.seek(0)
            while piece := file.read(1024 * 1024):
                self.write(piece)


class _Section:
    """Part of a file as a file of its own."""

    def __init__(self, file: BinaryIO, place: tuple[int, int]) -> None:
        self._file = file
        self._start, self._length = place
        self._at = 0

    def seek(self, offset: int) -> int:
        self._at = min(offset, self._length)
        return self._at

    def read(self, length: int) -> bytes:
        self._file.seek(self._start + self._at)
        content = self._file.read(max(0, min(length, self._length - self._at)))
        self._at += len(content)
        return content


def _essence(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _essence(value) for key, value in node.items() if key not in NO_PART}
    return [_essence(item) for item in node] if isinstance(node, list) else node
