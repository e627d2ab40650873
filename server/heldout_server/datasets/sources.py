"""Where a dataset comes from: a given path, Keras's cache, a download, or the UCI digits."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path

import httpx

from heldout_server.datasets.digits import load_digits
from heldout_server.datasets.download import MnistUnavailable, Progress, download_mnist
from heldout_server.datasets.loaded import DatasetError, LoadedDataset
from heldout_server.datasets.mnist import dataset_from_arrays
from heldout_server.datasets.mnist_files import NPZ_NAME, read_mnist_path, read_npz

logger = logging.getLogger(__name__)


def load_dataset(
    path: Path | None = None,
    *,
    keras_home: Path | None = None,
    download: bool = True,
    cache_dir: Path,
    progress: Progress | None = None,
    transport: httpx.BaseTransport | None = None,
) -> LoadedDataset:
    """MNIST as `load_mnist` finds it, or the UCI digits where MNIST cannot be had.

    The fall-back says so in the dataset's slug, name and note, and logs the reason. A given
    `path` that is wrong is never papered over: `DatasetError`.
    """
    try:
        return load_mnist(
            path,
            keras_home=keras_home,
            download=download,
            cache_dir=cache_dir,
            progress=progress,
            transport=transport,
        )
    except MnistUnavailable as reason:
        logger.warning("%s Using the UCI digits of scikit-learn instead.", reason)
        return load_digits()


def load_mnist(
    path: Path | None = None,
    *,
    keras_home: Path | None = None,
    download: bool = True,
    cache_dir: Path,
    progress: Progress | None = None,
    transport: httpx.BaseTransport | None = None,
) -> LoadedDataset:
    """The images at `path`; else MNIST from Keras's cache, our own cache, or a download.

    `keras_home` defaults to `$KERAS_HOME`, else `~/.keras`; downloads are kept in `cache_dir`.
    Raises `DatasetError` when a given `path` cannot be used, and `MnistUnavailable` (a
    `DatasetError`) when none was given and MNIST is found nowhere.
    """
    if path is not None:
        path = path.expanduser()
        return dataset_from_arrays(read_mnist_path(path), str(path))
    keras_home = keras_home or default_keras_home(os.environ)
    folders = ([keras_home / "datasets"] if keras_home else []) + [cache_dir]
    for folder in folders:
        dataset = cached_mnist(folder / NPZ_NAME)
        if dataset is not None:
            return dataset
    if not download:
        raise MnistUnavailable("MNIST is not on this machine, and downloading is switched off.")
    fetched = download_mnist(cache_dir, progress=progress, transport=transport)
    return dataset_from_arrays(read_npz(fetched), str(fetched))


def default_keras_home(environ: Mapping[str, str]) -> Path | None:
    """Where Keras itself would look: `$KERAS_HOME`, else `~/.keras`; None without a home."""
    if environ.get("KERAS_HOME"):
        return Path(environ["KERAS_HOME"])
    return Path(environ["HOME"]) / ".keras" if environ.get("HOME") else None


def cached_mnist(path: Path) -> LoadedDataset | None:
    """The dataset at `path` if it is real MNIST, else None.

    Nobody pointed at a cache, so one that is broken or holds other images is passed over:
    Keras would fetch it again, too.
    """
    try:
        if not path.is_file():
            return None
        dataset = dataset_from_arrays(read_npz(path), str(path))
    except (DatasetError, OSError) as reason:
        logger.warning("Passing over %s: %s", path, reason)
        return None
    if dataset.slug != "mnist":
        logger.warning("Passing over %s: its images are not MNIST's.", path)
        return None
    return dataset
