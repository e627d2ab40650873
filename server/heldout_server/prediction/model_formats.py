"""Files that are no Keras model: the refusal that says what they are instead."""

from __future__ import annotations

import re
from pathlib import Path

from heldout_server.kit.errors import Rejection
from heldout_server.prediction.known_formats import (
    FROM_SAVED_MODEL,
    SAVE_WHOLE,
    SNIFFED_BYTES,
    ZIP_MAGIC,
    Family,
    Format,
    first_member,
    recognised,
    recognised_zip,
)
from heldout_server.prediction.npy import MAGIC

SAVE = 'model.save("model.keras")'
SUBMIT_MODEL = f"Submit the file that {SAVE} writes."
_AS_PREDICTIONS = 'Submit it as predictions: client.submit("predictions.npy").'
_SAVE_EITHER = (
    f"Submit the file that {SAVE} writes; predictions as np.save("
    '"predictions.npy", predictions) writes them.'
)
CODES = {
    Family.MODEL: "format_not_supported",
    Family.ARCHIVE: "format_not_supported",
    Family.WEIGHTS: "weights_only",
    Family.TABLE: "not_a_keras_file",
    Family.OTHER: "not_a_keras_file",
}
_ARRAY = Format("a NumPy array", Family.TABLE, _AS_PREDICTIONS)
_ARRAYS = Format("an archive of NumPy arrays", Family.TABLE, _AS_PREDICTIONS)
_CSV = Format("a table", Family.TABLE, _AS_PREDICTIONS.replace(".npy", ".csv"))
_ARCHITECTURE = Format("a model's architecture without its weights", Family.OTHER, SAVE_WHOLE)
_JSON = Format("JSON", Family.OTHER)
_UNKNOWN = Format("a file of unknown kind", Family.OTHER, _SAVE_EITHER)
_TABLE = re.compile(rb"[\s\d.,;+\-eE\"]+|\w+[,;\t]\w+\s.*", re.S)


def refuse_unless_zip(path: Path) -> None:
    """Refuse every file that does not begin like a zip archive, saying what it is."""
    start = _start(path)
    if not start.startswith(ZIP_MAGIC):
        raise _refusal(_ARRAY if start.startswith(MAGIC) else recognised(start) or _text(start))


def refuse_other_zips(names: list[str]) -> None:
    """Refuse a zip archive that is known to be something else, by its members' names."""
    known = recognised_zip(names)
    if known is None and any(name.endswith(".npy") for name in names):
        known = _ARRAYS
    if known is not None:
        raise _refusal(known)


def refuse_other_unreadable_zips(path: Path) -> None:
    """The same for an archive whose directory can't be read or isn't one of Keras' kind.

    PyTorch's end with the record of a large archive, however small they are.
    """
    refuse_other_zips([first_member(_start(path))])


def folder_rejection(folder: Path) -> Rejection:
    """What is said of a folder in place of a file."""
    if (folder / "saved_model.pb").exists():
        return Rejection("format_not_supported", "This is a SavedModel folder.", FROM_SAVED_MODEL)
    return Rejection("not_a_keras_file", "This is a folder.", SUBMIT_MODEL)


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(SNIFFED_BYTES)


def _refusal(known: Format) -> Rejection:
    sentence = f"This is {known.what}, not a Keras model file."
    return Rejection(CODES[known.family], sentence, known.hint or SUBMIT_MODEL)


def _text(start: bytes) -> Format:
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{") and b'"class_name"' in text:
        return _ARCHITECTURE
    if text.startswith((b"{", b"[")):
        return _JSON
    return _CSV if text and b"\0" not in text and _TABLE.fullmatch(text) else _UNKNOWN
