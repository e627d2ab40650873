"""A PyTorch file, sent as predictions."""

from pathlib import Path

from sandbox.cases.model_torch_zip64.make import make as make_torch_file


def make(folder: Path) -> Path:
    return make_torch_file(folder)
