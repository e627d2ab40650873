"""A participant's model file of either kind, checked: a Keras model or an ONNX file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from heldout_server.prediction.keras_archive import check_file_size, inspect
from heldout_server.prediction.onnx_files.checking import inspect_onnx, is_onnx


class CheckedModel(Protocol):
    """What passed, and how the sandbox gets it: as an archive that is written anew."""

    @property
    def config(self) -> dict[str, Any]:
        """The object in the archive's `config.json`."""

    @property
    def layout(self) -> str:
        """How its weights lie in the archive."""

    @property
    def saved_with(self) -> str | None:
        """The version of Keras that wrote it."""

    @property
    def upgrades(self) -> tuple[str, ...]:
        """Rules that changed how the file is read."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about what is computed in another way than at home."""

    @property
    def takes_colour(self) -> bool:
        """Whether an image has three channels."""

    def write(self, target: Path) -> None:
        """Write the archive."""


def checked_model(
    path: Path, *, limit_bytes: int, most_parameters: int, input_shapes: str
) -> CheckedModel:
    """Check a model file, of older Keras versions, too, without building it. Raises `Rejection`."""
    check_file_size(path, limit_bytes)
    if is_onnx(path):
        return inspect_onnx(path, most_parameters=most_parameters, input_shapes=input_shapes)
    return inspect(
        path,
        limit_bytes=limit_bytes,
        most_parameters=most_parameters,
        accept_older=True,
        input_shapes=input_shapes,
    )
