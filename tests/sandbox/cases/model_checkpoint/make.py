"""A TensorFlow checkpoint."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "checkpoint"
    path.write_text('model_checkpoint_path: "cp"')
    return path
