"""What a client downloads of its contest: the data, described and as files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

from heldout._cache import cached
from heldout._calls import public
from heldout._connection import Connection, json_object
from heldout._data import TEST, Data
from heldout._datasets import Examples, test_images, training_data
from heldout._progress import Progress

if TYPE_CHECKING:
    import numpy as np


class Downloads:
    """The part of a client that reads data; what it needs of the client stands first."""

    _connection: Connection
    _progress: Progress
    _told: Data | None = None

    @property
    def _competition_slug(self) -> str:
        raise NotImplementedError

    @cached_property
    def _downloads(self) -> dict[str, bytes]:
        return {}

    @public
    def data(self) -> Data:
        """The contest's data, of any kind: NumPy arrays, names, and what is measured.

        Nothing is downloaded until an array is looked at; then it stays in the cache folder.
        """
        return self._data()

    def _data(self) -> Data:
        path = f"/competitions/{self._competition_slug}/data"
        told = json_object(self._connection.request("GET", path, needs_token=False))
        if self._told is None or self._told.raw != told:
            self._told = Data(told, lambda file: self._file(path, told, file))
        return self._told

    def _file(self, path: str, told: Mapping[str, Any], file: Mapping[str, Any]) -> Path:
        """A file of the data on this disk; the query of its address names its version."""
        query = urlsplit(str(file.get("url") or "")).query
        address = f"{path}/{file['name']}" + (f"?{query}" if query else "")
        label = f"Downloading {file['name']}"

        def download(target: BinaryIO) -> None:
            self._connection.download_into(
                target, address, lambda done, total: self._progress.moved(label, done, total)
            )

        return cached(file, str(told["dataset_hash"]), download)

    @public
    def test_images(self) -> np.ndarray[Any, Any]:
        """The inputs to predict: uint8, shape (n, 28, 28), values 0 to 255, for digits.

        `data().x_test` gives them for contests of any kind.
        """
        return test_images(self._download("test-images"))

    @public
    def training_data(self) -> tuple[Examples, Examples]:
        """((x_train, y_train), (x_practice, y_practice)), from the server.

        Of digits, images are uint8 (n, 28, 28), values 0 to 255, and labels uint8 (n,). Train on
        the first pair; the practice pair is for validation, and everyone has its labels. `data()`
        has the same for contests of any kind.
        """
        return training_data(self._download("training-data"))

    @public
    def save_data(self, folder: str | os.PathLike[str] = ".") -> list[Path]:
        """Write every file of the contest's data into `folder`; answers their paths.

        `training_data.npz` and `test_inputs.npy` (of images `test_images.npy`); where there are
        some, ids, scaling, and the tables as CSV.
        """
        data = self._data()
        saved = []
        for name, path in data.downloaded().items():
            of_images = name == TEST and data.raw["input"]["is_images"]
            target = Path(folder).expanduser() / ("test_images.npy" if of_images else name)
            shutil.copyfile(path, target)
            saved.append(target)
        return saved

    def _download(self, what: str) -> bytes:
        if what not in self._downloads:
            path = f"/competitions/{self._competition_slug}/{what}"
            label = f"Downloading {what.replace('-', ' ')}"
            self._downloads[what] = self._connection.download(
                path, lambda done, total: self._progress.moved(label, done, total)
            )
        return self._downloads[what]
