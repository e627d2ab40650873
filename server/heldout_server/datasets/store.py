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
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

from heldout_server.datasets.known import images_hash
from heldout_server.datasets.loaded import (
    DIGITS,
    IMAGE_SHAPE,
    DatasetError,
    Feature,
    Inputs,
    LabelsAre,
    LoadedDataset,
    Scaling,
    is_images,
    scaling_of,
)
from heldout_server.datasets.loaded import content_hash as hash_of
from heldout_server.tasks.kinds import Kind, Task

# The names date from when every set was of images; stored sets keep them.
TEST_INPUTS = "test_images.npy"
TRAINING_DATA = "training_data.npz"
PRACTICE_INPUTS = "practice_images.npy"
PRACTICE_ANSWERS = "practice_labels.npy"
DESCRIPTION = "dataset.json"
SCALING = "scaling.npz"
IDS = "ids.npy"
TABLES = ("train.csv", "practice.csv", "test.csv")
NEEDED = (TEST_INPUTS, TRAINING_DATA, PRACTICE_INPUTS, PRACTICE_ANSWERS, DESCRIPTION)
# Of nine; MNIST's images have 10.5 MB then, and 9.8 at zlib's own six.
PACKING = 3
FILES = frozenset({*NEEDED, SCALING, IDS, *TABLES})

_UNREADABLE = (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile, zlib.error)
_CONTENT_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class DatasetInfo:
    """A stored dataset in words and counts; everything here may be shown to anyone."""

    content_hash: str
    slug: str
    name: str
    note: str
    task: Task
    input_shape: tuple[int, ...]
    input_type: str
    training_examples: int
    practice_examples: int
    test_examples: int
    features: tuple[Feature, ...] = ()
    tables: tuple[str, ...] = ()
    has_ids: bool = False
    labels_are: LabelsAre | None = None
    images_hash: str | None = None
    """`known.images_hash` of hidden pictures; None: others, or stored before it was looked at."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes, of which multilabel and regression have none."""
        return self.task.classes

    @property
    def is_images(self) -> bool:
        """Whether the inputs are pictures."""
        return is_images(self.input_shape, self.input_type)

    @property
    def is_table(self) -> bool:
        """Whether the inputs are the columns of a table."""
        return bool(self.features)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return asdict(self) | {"task": self.task.to_dict()}

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> DatasetInfo:
        """Read what `to_dict` gave, or what was written when all sets were images in classes.

        Raises ValueError, KeyError or TypeError for anything else.
        """
        known = dict(fields)
        if isinstance(known["task"], str):
            known["task"] = Task(Kind(known["task"]), tuple(known.pop("class_names"))).to_dict()
            known["input_shape"], known["input_type"] = known.pop("image_shape"), "uint8"
        known["task"] = Task.from_dict(known["task"])
        known["input_shape"] = tuple(known["input_shape"])
        known["features"] = tuple(Feature(**each) for each in known.get("features", ()))
        known["tables"] = tuple(known.get("tables", ()))
        return cls(**known)


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
            return DatasetInfo.from_dict(json.loads(path.read_text(encoding="utf-8")))
        except _UNREADABLE as error:
            raise _unreadable(path) from error

    def test_inputs(self, content_hash: str) -> Inputs:
        """The hidden examples' inputs (n, …), mapped from disk and read-only."""
        path = self.test_inputs_path(content_hash)
        try:
            inputs: Inputs = np.lib.format.open_memmap(path, mode="r")
        except _UNREADABLE as error:
            raise _unreadable(path) from error
        return inputs

    def practice(self, content_hash: str) -> tuple[Inputs, NDArray[Any]]:
        """The practice inputs (n, …) and their public answers (n,) or (n, k)."""
        path = self.training_data_path(content_hash)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                return archive["x_practice"], archive["y_practice"]
        except _UNREADABLE as error:
            raise _unreadable(path) from error

    def practice_answers(self, content_hash: str) -> NDArray[Any]:
        """The practice examples' answers (n,) or (n, k) alone, as participants have them."""
        return self._array(self.practice_answers_path(content_hash))

    def ids(self, content_hash: str) -> NDArray[np.str_] | None:
        """The hidden examples' ids (n,) as text; None where they only count from 0."""
        if not self.info(content_hash).has_ids:
            return None
        return self._array(self._file(content_hash, IDS))

    def scaling(self, content_hash: str) -> Scaling | None:
        """What `standardize` does here; None: stored when MNIST's figures stood for every set."""
        path = self.scaling_path(content_hash)
        if path is None:
            return None
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                return Scaling(archive["mean"], archive["deviation"])
        except _UNREADABLE as error:
            raise _unreadable(path) from error

    def test_inputs_path(self, content_hash: str) -> Path:
        """The `.npy` file of the hidden examples' inputs, as it is served."""
        return self._file(content_hash, TEST_INPUTS)

    def scaling_path(self, content_hash: str) -> Path | None:
        """The `.npz` file with mean and deviation, for runners."""
        path = self.folder(content_hash) / SCALING
        return path if path.is_file() else None

    def ids_path(self, content_hash: str) -> Path | None:
        """The `.npy` file of the hidden examples' ids; None where they only count from 0."""
        path = self.folder(content_hash) / IDS
        return path if path.is_file() else None

    def table_path(self, content_hash: str, name: str) -> Path:
        """A table as the organizer gave it, by its name. Raises DatasetError for another name."""
        if name not in self.info(content_hash).tables:
            raise DatasetError("This dataset has no such table.")
        return self._file(content_hash, name)

    def training_data_path(self, content_hash: str) -> Path:
        """The `.npz` file with x_train, y_train, x_practice and y_practice, as it is served."""
        return self._file(content_hash, TRAINING_DATA)

    def practice_inputs_path(self, content_hash: str) -> Path:
        """The `.npy` file of the practice inputs, for runners."""
        return self._file(content_hash, PRACTICE_INPUTS)

    def practice_answers_path(self, content_hash: str) -> Path:
        """The `.npy` file of the practice answers, which everyone has, for runners."""
        return self._file(content_hash, PRACTICE_ANSWERS)

    def folder(self, content_hash: str) -> Path:
        """Where the dataset of that hash is, or would be."""
        if not _CONTENT_HASH.fullmatch(content_hash):
            raise DatasetError("A dataset is named by 64 hexadecimal digits.")
        return self.root / content_hash

    def _array(self, path: Path) -> NDArray[Any]:
        try:
            array: NDArray[Any] = np.load(path, allow_pickle=False)
        except _UNREADABLE as error:
            raise _unreadable(path) from error
        return array

    def _file(self, content_hash: str, name: str) -> Path:
        path = self.folder(content_hash) / name
        if not path.is_file():
            raise DatasetError(f"No dataset {content_hash[:12]}… is stored under {self.root}.")
        return path


def describe(dataset: LoadedDataset) -> DatasetInfo:
    """The public description of `dataset`. No count per class: those tell about labels."""
    shape = dataset.x_test.shape[1:]
    return DatasetInfo(
        content_hash=dataset.content_hash,
        slug=dataset.slug,
        name=dataset.name,
        note=dataset.note,
        task=dataset.task,
        input_shape=shape,
        input_type=dataset.x_test.dtype.name,
        training_examples=len(dataset.y_train),
        practice_examples=len(dataset.y_practice),
        test_examples=len(dataset.x_test),
        features=dataset.features,
        tables=tuple(name for name in TABLES if name in dataset.tables),
        has_ids=dataset.ids is not None,
        labels_are=dataset.labels_are,
        # Only pictures are known; of a million rows of a table it would be seconds.
        images_hash=images_hash(dataset.x_test) if is_images(shape, dataset.x_test.dtype) else None,
    )


def _write_files(folder: Path, dataset: LoadedDataset) -> None:
    np.save(folder / TEST_INPUTS, dataset.x_test, allow_pickle=False)
    np.save(folder / PRACTICE_INPUTS, dataset.x_practice, allow_pickle=False)
    np.save(folder / PRACTICE_ANSWERS, dataset.y_practice, allow_pickle=False)
    _pack(
        folder / TRAINING_DATA,
        x_train=dataset.x_train,
        y_train=dataset.y_train,
        x_practice=dataset.x_practice,
        y_practice=dataset.y_practice,
    )
    if not is_digits(dataset):
        scaling = scaling_of(dataset.x_train, dataset.features)
        np.savez(folder / SCALING, mean=scaling.mean, deviation=scaling.deviation)
    if dataset.ids is not None:
        np.save(folder / IDS, dataset.ids, allow_pickle=False)
    for name in TABLES:
        if name in dataset.tables:
            (folder / name).write_bytes(dataset.tables[name])
    description = json.dumps(describe(dataset).to_dict(), indent=2, ensure_ascii=False)
    (folder / DESCRIPTION).write_text(description + "\n", encoding="utf-8")
    _make_durable(folder)


def is_digits(dataset: LoadedDataset) -> bool:
    """Whether it has MNIST's form, for which tutorials' rounded mean and deviation are used."""
    return dataset.task == DIGITS and dataset.x_test.shape[1:] == IMAGE_SHAPE


def _copy_files(folder: Path, files: Iterable[tuple[str, Iterable[bytes]]]) -> None:
    for name, chunks in files:
        if name not in FILES:
            raise DatasetError("That is no file of a dataset.")
        with (folder / name).open("wb") as file:
            file.writelines(chunks)


def _check_content(folder: Path, content_hash: str) -> None:
    """Everything that participants are given must be what the hash says, copies included."""
    try:
        described = DatasetInfo.from_dict(
            json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        )
        with np.load(folder / TRAINING_DATA, allow_pickle=False) as data:
            arrays = [data[name] for name in ("x_train", "y_train", "x_practice", "y_practice")]
        copies = [
            np.load(folder / n, allow_pickle=False) for n in (PRACTICE_INPUTS, PRACTICE_ANSWERS)
        ]
        arrays.append(np.load(folder / TEST_INPUTS, allow_pickle=False))
        ids = np.load(folder / IDS, allow_pickle=False) if described.has_ids else None
        tables = {name: (folder / name).read_bytes() for name in described.tables}
    except _UNREADABLE as error:
        raise DatasetError("A file of the dataset is missing or damaged.") from error
    same = all(np.array_equal(one, two) for one, two in zip(arrays[2:4], copies, strict=True))
    found = hash_of(arrays, described.task, described.features, ids, tables)
    if not same or described.content_hash != content_hash or found != content_hash:
        raise DatasetError("The files aren't those of the dataset of this name.")


def _unreadable(path: Path) -> DatasetError:
    return DatasetError(f"{path} cannot be read. Remove its folder and restart.")


def _pack(path: Path, **arrays: NDArray[Any]) -> None:
    """What `np.savez_compressed` writes, in half of its time: a first start waits for it."""
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=PACKING) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, array, allow_pickle=False)


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
