"""A tiny dataset in MNIST's form, its files in every form, and real MNIST where it is at hand."""

from __future__ import annotations

import gzip
import os
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from heldout_server.datasets.loaded import LoadedDataset
from heldout_server.datasets.mnist import dataset_from_arrays
from heldout_server.datasets.mnist_files import MnistArrays

REPOSITORY = Path(__file__).resolve().parents[3]
IDX_NAMES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
WriteIdx = Callable[..., Path]


@pytest.fixture
def arrays() -> MnistArrays:
    generator = np.random.default_rng(5)
    return MnistArrays(
        x_train=generator.integers(0, 256, (120, 28, 28), np.uint8),
        y_train=np.tile(np.arange(10, dtype=np.uint8), 12),
        x_test=generator.integers(0, 256, (40, 28, 28), np.uint8),
        y_test=generator.permutation(np.tile(np.arange(10, dtype=np.uint8), 4)),
    )


@pytest.fixture
def dataset(arrays: MnistArrays) -> LoadedDataset:
    return dataset_from_arrays(arrays, "a test")


@pytest.fixture
def npz(arrays: MnistArrays, tmp_path: Path) -> Path:
    path = tmp_path / "given" / "mnist.npz"
    path.parent.mkdir()
    np.savez_compressed(path, **vars(arrays))
    return path


@pytest.fixture
def write_idx(arrays: MnistArrays, tmp_path: Path) -> WriteIdx:
    """Writes the four IDX files into a new folder and returns it."""

    def write(*, zipped: bool = True, dotted: bool = False, leave_out: str = "") -> Path:
        folder = tmp_path / "idx"
        folder.mkdir()
        for key, name in IDX_NAMES.items():
            if key == leave_out:
                continue
            content = idx_bytes(getattr(arrays, key))
            stem = name.replace("-idx", ".idx") if dotted else name
            path = folder / (stem + ".gz" if zipped else stem)
            path.write_bytes(gzip.compress(content) if zipped else content)
        return folder

    return write


def idx_bytes(array: NDArray[np.uint8]) -> bytes:
    header = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.tobytes()


@pytest.fixture(scope="session")
def real_mnist() -> Path:
    folder = Path(os.environ.get("HELDOUT_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
    path = folder / "mnist.npz"
    if not path.is_file():
        pytest.skip("real MNIST is not beside the repository (shared/data/mnist.npz)")
    return path
