"""What is in a file: a model or predictions. The first bytes decide, since names lie."""

from __future__ import annotations

import difflib
import os
import zipfile
from pathlib import Path

from heldout._errors import CannotSubmit, FileUnreadable
from heldout._other_files import PROGRAMS, recognised
from heldout._spreadsheet import MARK

MODEL = "model"
PREDICTIONS = "predictions"
WORKBOOK = "workbook"

KIND_BY_SUFFIX = {
    ".keras": MODEL,
    ".h5": MODEL,
    ".hdf5": MODEL,
    ".onnx": MODEL,
    ".npy": PREDICTIONS,
    ".npz": PREDICTIONS,
    ".csv": PREDICTIONS,
    ".tsv": PREDICTIONS,
    ".txt": PREDICTIONS,
}
KIND_BY_MAGIC = {b"\x89HDF\r\n\x1a\n": MODEL, b"\x93NUMPY": PREDICTIONS}


def readable_file(given: str | os.PathLike[str]) -> Path:
    """The path of an existing file; raises `FileUnreadable` with a guess at what was meant."""
    path = Path(given).expanduser()
    if path.is_dir():
        raise FileUnreadable(f"{str(path)!r} is a folder.", _folder_hint(path))
    if not path.is_file():
        raise FileUnreadable(f"There is no file {str(path)!r}.", _missing_hint(path))
    if not os.access(path, os.R_OK):
        raise FileUnreadable(f"The file {str(path)!r} may not be read.", "check its permissions")
    return path


def _folder_hint(path: Path) -> str:
    if (path / "saved_model.pb").exists():
        return (
            'this is a SavedModel; save one file instead: model.save("model.keras"). If you have '
            "only this folder: m = tf.saved_model.load(folder), predict client.data().x_test with "
            "it, and client.submit(predictions)"
        )
    return "give the path of one file, such as model.keras or predictions.csv"


def _missing_hint(path: Path) -> str:
    try:
        names = [each.name for each in path.parent.iterdir()]
    except OSError:
        names = []
    close = difflib.get_close_matches(path.name, names, n=1)
    if close:
        return f"did you mean {str(path.with_name(close[0]))!r}?"
    return f"the current folder is {Path.cwd()}; check the path, or give it in full"


def file_kind(path: Path) -> str:
    """`model`, `predictions` or `workbook`; raises `CannotSubmit` for files that are neither."""
    with path.open("rb") as file:
        head = file.read(512)
    for magic, kind in KIND_BY_MAGIC.items():
        if head.startswith(magic):
            return kind
    suffix = path.suffix.lower()
    # Before the archive check: PyTorch's own files are zip archives too.
    program = next((each for each in PROGRAMS if suffix in each.endings), None)
    if program is not None:
        raise CannotSubmit(
            f"{path.name} is {program.what}, which could run code when it is opened.", program.hint
        )
    if head.startswith(b"PK\x03\x04"):
        return _archive_kind(path)
    other = recognised(path, head)
    if other is not None:
        raise CannotSubmit(f"{path.name} is {other.what}.", other.hint)
    if suffix in KIND_BY_SUFFIX:
        return KIND_BY_SUFFIX[suffix]
    return _kind_of_text(path, head)


def _archive_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        # A damaged archive: the server says exactly how, so the name may decide here.
        return KIND_BY_SUFFIX.get(path.suffix.lower(), MODEL)
    if MARK in names:
        return WORKBOOK
    only_arrays = bool(names) and all(name.endswith(".npy") for name in names)
    return PREDICTIONS if only_arrays else MODEL


def _kind_of_text(path: Path, head: bytes) -> str:
    if head and b"\0" not in head:
        return PREDICTIONS
    raise CannotSubmit(
        f"What {path.name} contains cannot be told from its name or its first bytes.",
        "give it the right ending: .keras or .onnx for a model, .npy, .npz or .csv for predictions",
    )
