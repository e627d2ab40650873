"""A Keras model file: checked in pure Python, then written anew from what was checked.

The server's process runs no Keras, no HDF5 and no pickle. The weights are copied unread: they
are opened inside the sandbox only.
"""

from __future__ import annotations

import json
import re
import shutil
import stat
import zipfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, BinaryIO

from heldout_server.kit.errors import NOTHING_IN_IT, Rejection, printable
from heldout_server.prediction.config_json import strict_json
from heldout_server.prediction.config_summary import ConfigSummary, check_size, summarize
from heldout_server.prediction.hdf5_attributes import SIGNATURE
from heldout_server.prediction.hdf5_model import hdf5_model_config, is_hdf5, older_format
from heldout_server.prediction.keras_config import check_config
from heldout_server.prediction.keras_upgrade import (
    AS_KERAS_2,
    HARD_SIGMOID,
    UpgradedConfig,
    upgrade,
    uses_hard_sigmoid,
)
from heldout_server.prediction.model_formats import (
    SAVE,
    refuse_other_unreadable_zips,
    refuse_other_zips,
    refuse_unless_zip,
)
from heldout_server.prediction.task_words import INPUT_SHAPES
from heldout_server.prediction.zip_members import (
    COPIED_AT_ONCE_BYTES,
    MalformedZip,
    OversizedZip,
    ZipMembers,
)

METADATA, CONFIG, WEIGHTS = "metadata.json", "config.json", "model.weights.h5"
MEMBERS = (METADATA, CONFIG, WEIGHTS)
LIMIT_BYTES = 50 * 1024 * 1024
MOST_PARAMETERS = 50_000_000
MOST_ENTRIES = 1_000  # a zipped folder is still recognised; a directory bomb is not read
METADATA_BYTES = 64 * 1024
CONFIG_BYTES = 4 * 1024 * 1024
WEIGHTS_BYTES = 512 * 1024 * 1024
MOST_COMPRESSED = 100
_AS_WRITTEN = f"Submit the file exactly as {SAVE} wrote it."
KERAS_3 = 3
OLDEST_KERAS = 2
_VERSION = re.compile(r"\d{1,4}(\.[\w-]{1,16}){1,4}", re.ASCII)


ZEROS: dict[str, Any] = {
    "module": "keras.initializers",
    "class_name": "Zeros",
    "config": {},
    "registered_name": None,
}


class WeightsLayout(StrEnum):
    """How the runner finds the weights in the repacked archive's `model.weights.h5`."""

    KERAS_3 = "keras-3"  # as Keras 3 writes them: keras.saving.load_model reads the archive
    KERAS_2 = "keras-2"  # as tf.keras 2.13 to 2.15 wrote them: groups under other names
    HDF5 = "hdf5"  # the whole .h5 upload: weights by layer, in order


@dataclass(frozen=True)
class CheckedArchive:
    """A model file that passed: `config` is the rebuilt tree, the weights are still unread.

    `upgrades` names the rules that changed how the file is read, for the receipt; `warnings` are
    sentences about what differs from what Keras 3 would make of it.
    """

    source: Path
    config: dict[str, Any]
    keras_version: str
    class_names: tuple[str, ...]
    summary: ConfigSummary
    layout: WeightsLayout = WeightsLayout.KERAS_3
    upgrades: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def saved_with(self) -> str:
        """The version of Keras that wrote it."""
        return self.keras_version

    @property
    def takes_colour(self) -> bool:
        """Whether an image has three channels, which stand last."""
        return self.summary.takes_colour

    def write(self, target: Path) -> None:
        """What the sandbox gets; see `repack`."""
        repack(self, target)


def inspect(
    path: Path,
    *,
    limit_bytes: int = LIMIT_BYTES,
    most_parameters: int = MOST_PARAMETERS,
    accept_older: bool = False,
    input_shapes: str = INPUT_SHAPES,
) -> CheckedArchive:
    """Check a model file without building it. What it is, is read from its bytes.

    `input_shapes` says which ones a model may take, for who has to build another.

    With `accept_older`, `.h5` files of Keras 2 and 3 and `.keras` files of tf.keras 2.13 to 2.15
    are upgraded; without it they are refused with the line that makes a new file.
    Raises `Rejection` with one of the file codes, and nothing else, whatever the bytes are.
    """
    check_file_size(path, limit_bytes)
    if is_hdf5(path):
        checked = _checked_hdf5(path, accept_older)
    else:
        refuse_unless_zip(path)
        checked = _checked_zip(path, accept_older)
    check_size(checked.summary, most_parameters=most_parameters, input_shapes=input_shapes)
    return checked


def _checked_hdf5(path: Path, accept_older: bool) -> CheckedArchive:
    config, version = hdf5_model_config(path)
    if not accept_older:
        raise older_format()
    tree = strict_json(config, what="The model's config")
    return _checked_config(path, tree, _known_version(version), WeightsLayout.HDF5)


def _checked_zip(path: Path, accept_older: bool) -> CheckedArchive:
    try:
        with path.open("rb") as file, ZipMembers(file, most_entries=MOST_ENTRIES) as members:
            _check_members(members)
            version = _version_in(members.read(METADATA, limit_bytes=METADATA_BYTES))
            _check_config_size(members.size(CONFIG))
            config = members.read(CONFIG, limit_bytes=CONFIG_BYTES)
            _check_weights(members)
    except (OversizedZip, MalformedZip) as error:
        refuse_other_unreadable_zips(path)
        raise _unreadable(error) from None
    older = _major(version) < KERAS_3
    if older and not accept_older:
        raise _too_old(version)
    layout = WeightsLayout.KERAS_2 if older else WeightsLayout.KERAS_3
    return _checked_config(path, strict_json(config, what=CONFIG), version, layout)


def _checked_config(
    path: Path, tree: dict[str, Any], version: str, layout: WeightsLayout
) -> CheckedArchive:
    upgraded = UpgradedConfig(tree, ())
    if layout is not WeightsLayout.KERAS_3:
        upgraded = upgrade(tree)
    config = check_config(upgraded.tree)
    names = tuple(name for name in config.class_names if name != "InputLayer")
    summary = summarize(config.tree)
    upgrades = {*upgraded.applied, *config.upgrades}
    if _major(version) < KERAS_3 and uses_hard_sigmoid(config.tree):
        upgrades.add(HARD_SIGMOID)
    warnings = [AS_KERAS_2] if HARD_SIGMOID in upgrades else []
    return CheckedArchive(
        source=path,
        config=config.tree,
        keras_version=version,
        class_names=names,
        summary=summary,
        layout=layout,
        upgrades=tuple(sorted(upgrades)),
        warnings=tuple(warnings),
    )


def repack(checked: CheckedArchive, target: Path) -> None:
    """Write a new archive at `target` from the checked config and the weights' bytes.

    Raises `Rejection` (`archive_invalid`) when the weights turn out damaged.
    """
    metadata = {"keras_version": checked.keras_version, "weights_layout": checked.layout.value}
    if HARD_SIGMOID in checked.upgrades:
        metadata["activations"] = WeightsLayout.KERAS_2.value
    with checked.source.open("rb") as file, zipfile.ZipFile(target, "w") as archive:
        # Members without a date: the same upload always gives the same archive.
        archive.writestr(zipfile.ZipInfo(METADATA), json.dumps(metadata))
        config = without_initial_values(checked.config)
        archive.writestr(zipfile.ZipInfo(CONFIG), json.dumps(config))
        with archive.open(zipfile.ZipInfo(WEIGHTS), "w") as weights:
            _copy_weights(file, weights, checked.layout)


def without_initial_values(tree: Any) -> Any:
    """The config with zeros in the place of every initializer.

    The weights of the file replace what it would make, and random numbers are a fifth of the
    time that loading takes.
    """
    if isinstance(tree, dict):
        return {
            key: ZEROS if key.endswith("_initializer") and value else without_initial_values(value)
            for key, value in tree.items()
        }
    return [without_initial_values(item) for item in tree] if isinstance(tree, list) else tree


def _copy_weights(source: BinaryIO, target: IO[bytes], layout: WeightsLayout) -> None:
    if layout is WeightsLayout.HDF5:
        shutil.copyfileobj(source, target, COPIED_AT_ONCE_BYTES)
        return
    try:
        with ZipMembers(source, most_entries=MOST_ENTRIES) as members:
            members.copy(WEIGHTS, target)
    except (MalformedZip, OversizedZip):
        raise _damaged() from None


def _check_config_size(size_bytes: int) -> None:
    if size_bytes > CONFIG_BYTES:
        raise Rejection(
            "model_too_large",
            f"{CONFIG} has {size_bytes:,} bytes; a model of a hundred layers has about 100,000.",
            "Submit a model with fewer layers.",
        )


def _check_weights(members: ZipMembers) -> None:
    if members.size(WEIGHTS) > WEIGHTS_BYTES:
        raise Rejection(
            "model_too_large",
            f"The weights unpack to {members.size(WEIGHTS):,} bytes.",
            "Submit a smaller model.",
        )
    if members.start(WEIGHTS, len(SIGNATURE)) != SIGNATURE:
        raise Rejection(
            "weights_invalid", "The archive's model.weights.h5 is not an HDF5 file.", _AS_WRITTEN
        )


def check_file_size(path: Path, limit_bytes: int) -> None:
    """Refuse a file of nothing, or of too much."""
    size = path.stat().st_size
    if size == 0:
        raise Rejection("file_empty", "The file is empty.", NOTHING_IN_IT)
    if size > limit_bytes:
        raise Rejection(
            "file_too_large",
            f"The file has {size:,} bytes; at most {limit_bytes:,} are accepted.",
            "Save without the optimizer (compile=False) or make the model smaller.",
        )


def _check_members(members: ZipMembers) -> None:
    names = members.names
    if any(_is_unsafe(info) for info in members.infos) or len(set(names)) != len(names):
        raise _unsafe("The archive has links, repeated names or paths that lead out of it")
    if any(info.file_size > MOST_COMPRESSED * (info.compress_size + 1) for info in members.infos):
        raise _unsafe("A member of the archive unpacks to over a hundred times its size")
    if sorted(names) != sorted(MEMBERS):
        # Windows' zip programs write folders with backslashes.
        paths = [name.replace("\\", "/") for name in names]
        if not {path.rpartition("/")[2] for path in paths} & set(MEMBERS):
            refuse_other_zips(paths)
        raise _wrong_members(paths)


def _is_unsafe(info: zipfile.ZipInfo) -> bool:
    # zipfile has already cut the name at a NUL; the original is what other readers see.
    name = info.orig_filename
    parts = re.split(r"[/\\]", name)
    return (
        stat.S_ISLNK(info.external_attr >> 16)
        or name != info.filename
        or ".." in parts
        or parts[0] == ""
        or ":" in name
        or not name.isprintable()
    )


def _wrong_members(names: list[str]) -> Rejection:
    if any(name.startswith("assets/") for name in names):
        return Rejection(
            "layer_not_allowed",
            "The model carries files of its own, as text and lookup layers do.",
            "Leave out layers with vocabularies; then train and save again.",
        )
    missing = [name for name in MEMBERS if name not in names]
    if any(name.endswith(f"/{CONFIG}") for name in names):
        return Rejection(
            "archive_invalid", "The model's files were zipped inside a folder.", _AS_WRITTEN
        )
    if len(missing) == len(MEMBERS):
        return Rejection("not_a_keras_file", "This zip archive holds no Keras model.", _AS_WRITTEN)
    if missing == [WEIGHTS] or missing == [METADATA, CONFIG]:
        return Rejection("archive_invalid", f"{', '.join(missing)} is missing.", _AS_WRITTEN)
    extra = next((name for name in names if name not in MEMBERS), names[0])
    return Rejection(
        "archive_invalid",
        f"The archive should hold {', '.join(MEMBERS)} only; it holds {printable(extra, 60)!r}.",
        _AS_WRITTEN,
    )


def _version_in(metadata: bytes) -> str:
    return _known_version(strict_json(metadata, what=METADATA).get("keras_version"))


def _known_version(version: Any) -> str:
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise Rejection("config_invalid", "The file does not name the Keras version.", _AS_WRITTEN)
    if _major(version) < OLDEST_KERAS:
        raise _too_old(version)
    return version


def _major(version: str) -> int:
    return int(version.partition(".")[0])


def _too_old(version: str) -> Rejection:
    return Rejection(
        "format_not_supported",
        f"The file was saved by Keras {version}, which is older than Keras 3.",
        "Upgrade Keras (pip install -U keras), build the model again, load its weights or "
        f"train it, and {SAVE}.",
    )


def _unsafe(detail: str) -> Rejection:
    return Rejection("archive_unsafe", f"{detail}.", _AS_WRITTEN)


def _unreadable(error: OversizedZip | MalformedZip) -> Rejection:
    if isinstance(error, OversizedZip):
        return _unsafe("The archive holds more than it should, or unpacks to much more")
    return _damaged()


def _damaged() -> Rejection:
    return Rejection(
        "archive_invalid",
        "The archive is damaged, incomplete or has bytes around it.",
        f"Save it again and submit the file exactly as {SAVE} wrote it.",
    )
