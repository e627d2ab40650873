"""What is kept of a dataset for everyone to read: a folder per content hash, without labels.

The hidden labels are not here and not derivable from here: `grading.labels` keeps them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from heldout_server.datasets.known import images_hash
from heldout_server.datasets.loaded import (
    ClassLabels,
    DatasetError,
    LoadedDataset,
    Pixels,
    arrays_hash,
)

TEST_IMAGES = "test_images.npy"
TRAINING_DATA = "training_data.npz"
PRACTICE_IMAGES = "practice_images.npy"
PRACTICE_LABELS = "practice_labels.npy"
DESCRIPTION = "dataset.json"
FILES = frozenset({TEST_IMAGES, TRAINING_DATA, PRACTICE_IMAGES, PRACTICE_LABELS, DESCRIPTION})

_UNREADABLE = (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile, zlib.error)
_CONTENT_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class DatasetInfo:
    """A stored dataset in words and counts; everything here may be shown to anyone."""

    content_hash: str
    slug: str
    name: str
    note: str
    task: str
    class_names: tuple[str, ...]
    image_shape: tuple[int, int]
    training_examples: int
    practice_examples: int
    test_examples: int
    images_hash: str | None = None
    """`known.images_hash` of the hidden images; None: stored before it was looked at."""


class DatasetStore:
    """Datasets on disk under `root`, immutable once added, named by their content hash."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def add(self, dataset: LoadedDataset) -> DatasetInfo:
        """Store what participants may have; does nothing when it is there already.

        The folder is filled under a temporary name and renamed, so that a crash or a second
        process adding the same dataset never leaves a half-written one.
        """
        folder = self.folder(dataset.content_hash)
        if not (folder / DESCRIPTION).is_file():
            self.root.mkdir(parents=True, exist_ok=True)
            partial = Path(tempfile.mkdtemp(prefix=".adding-", dir=self.root))
            try:
                _write_files(partial, dataset)
                _move_into_place(partial, folder)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
        return self.info(dataset.content_hash)

    def restore(
        self, content_hash: str, files: Iterable[tuple[str, Iterable[bytes]]]
    ) -> DatasetInfo:
        """Store a dataset from its files, as another store has them; does nothing when it is here.

        Raises `DatasetError` when a file is missing or the arrays aren't those of `content_hash`.
        """
        folder = self.folder(content_hash)
        if not (folder / DESCRIPTION).is_file():
            self.root.mkdir(parents=True, exist_ok=True)
            partial = Path(tempfile.mkdtemp(prefix=".adding-", dir=self.root))
            try:
                _copy_files(partial, files)
                _check_content(partial, content_hash)
                _make_durable(partial)
                _move_into_place(partial, folder)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
        return self.info(content_hash)

    def info(self, content_hash: str) -> DatasetInfo:
        """The description of a stored dataset; `DatasetError` when absent or unreadable."""
        path = self._file(content_hash, DESCRIPTION)
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
            fields["class_names"] = tuple(fields["class_names"])
            fields["image_shape"] = tuple(fields["image_shape"])
            return DatasetInfo(**fields)
        except _UNREADABLE as error:
            raise DatasetError(f"{path} cannot be read. Remove its folder and restart.") from error

    def test_images(self, content_hash: str) -> Pixels:
        """The hidden test's images (n, 28, 28), uint8, mapped from disk and read-only."""
        path = self.test_images_path(content_hash)
        try:
            images: Pixels = np.lib.format.open_memmap(path, mode="r")
        except _UNREADABLE as error:
            raise DatasetError(f"{path} cannot be read. Remove its folder and restart.") from error
        return images

    def practice(self, content_hash: str) -> tuple[Pixels, ClassLabels]:
        """The practice images (n, 28, 28) and their public labels (n,), both uint8."""
        path = self.training_data_path(content_hash)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                return archive["x_practice"], archive["y_practice"]
        except _UNREADABLE as error:
            raise DatasetError(f"{path} cannot be read. Remove its folder and restart.") from error

    def practice_labels(self, content_hash: str) -> ClassLabels:
        """The practice images' labels (n,) alone, uint8."""
        path = self.practice_labels_path(content_hash)
        try:
            labels: ClassLabels = np.load(path, allow_pickle=False)
        except _UNREADABLE as error:
            raise DatasetError(f"{path} cannot be read. Remove its folder and restart.") from error
        return labels

    def test_images_path(self, content_hash: str) -> Path:
        """The `.npy` file of the test images, as it is served."""
        return self._file(content_hash, TEST_IMAGES)

    def training_data_path(self, content_hash: str) -> Path:
        """The `.npz` file with x_train, y_train, x_practice and y_practice, as it is served."""
        return self._file(content_hash, TRAINING_DATA)

    def practice_images_path(self, content_hash: str) -> Path:
        """The `.npy` file of the practice images, for runners."""
        return self._file(content_hash, PRACTICE_IMAGES)

    def practice_labels_path(self, content_hash: str) -> Path:
        """The `.npy` file of the practice labels, which everyone has, for runners."""
        return self._file(content_hash, PRACTICE_LABELS)

    def folder(self, content_hash: str) -> Path:
        """Where the dataset of that hash is, or would be."""
        if not _CONTENT_HASH.fullmatch(content_hash):
            raise DatasetError("A dataset is named by 64 hexadecimal digits.")
        return self.root / content_hash

    def _file(self, content_hash: str, name: str) -> Path:
        path = self.folder(content_hash) / name
        if not path.is_file():
            raise DatasetError(f"No dataset {content_hash[:12]}… is stored under {self.root}.")
        return path


def describe(dataset: LoadedDataset) -> DatasetInfo:
    """The public description of `dataset`. No count per class: those tell about labels."""
    return DatasetInfo(
        content_hash=dataset.content_hash,
        slug=dataset.slug,
        name=dataset.name,
        note=dataset.note,
        task=dataset.task,
        class_names=dataset.class_names,
        image_shape=(dataset.test_images.shape[1], dataset.test_images.shape[2]),
        training_examples=len(dataset.train_labels),
        practice_examples=len(dataset.practice_labels),
        test_examples=len(dataset.test_images),
        images_hash=images_hash(dataset.test_images),
    )


def _write_files(folder: Path, dataset: LoadedDataset) -> None:
    np.save(folder / TEST_IMAGES, dataset.test_images, allow_pickle=False)
    np.save(folder / PRACTICE_IMAGES, dataset.practice_images, allow_pickle=False)
    np.save(folder / PRACTICE_LABELS, dataset.practice_labels, allow_pickle=False)
    np.savez_compressed(
        folder / TRAINING_DATA,
        x_train=dataset.train_images,
        y_train=dataset.train_labels,
        x_practice=dataset.practice_images,
        y_practice=dataset.practice_labels,
    )
    description = json.dumps(asdict(describe(dataset)), indent=2, ensure_ascii=False)
    (folder / DESCRIPTION).write_text(description + "\n", encoding="utf-8")
    _make_durable(folder)


def _copy_files(folder: Path, files: Iterable[tuple[str, Iterable[bytes]]]) -> None:
    for name, chunks in files:
        if name not in FILES:
            raise DatasetError("That is no file of a dataset.")
        with (folder / name).open("wb") as file:
            file.writelines(chunks)


def _check_content(folder: Path, content_hash: str) -> None:
    """Everything that participants are given must be what the hash says, copies included."""
    try:
        with np.load(folder / TRAINING_DATA, allow_pickle=False) as data:
            arrays = [data[name] for name in ("x_train", "y_train", "x_practice", "y_practice")]
        copies = [
            np.load(folder / n, allow_pickle=False) for n in (PRACTICE_IMAGES, PRACTICE_LABELS)
        ]
        test_images = np.load(folder / TEST_IMAGES, allow_pickle=False)
        described = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        named = described["content_hash"]
    except _UNREADABLE as error:
        raise DatasetError("A file of the dataset is missing or damaged.") from error
    same = all(np.array_equal(one, two) for one, two in zip(arrays[2:], copies, strict=True))
    if not same or named != content_hash or arrays_hash(*arrays, test_images) != content_hash:
        raise DatasetError("The files aren't those of the dataset of this name.")


def _make_durable(folder: Path) -> None:
    for path in folder.iterdir():
        _flush_to_disk(path)
        path.chmod(0o644)
    # mkdtemp makes folders private; this one is read by the scorer's user, too.
    folder.chmod(0o755)


def _flush_to_disk(path: Path) -> None:
    """Before the rename: after a power cut the folder's name must vouch for its content."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _move_into_place(partial: Path, folder: Path) -> None:
    try:
        partial.rename(folder)
    except OSError:
        if not (folder / DESCRIPTION).is_file():
            raise  # not a second process that was quicker, but a real failure
