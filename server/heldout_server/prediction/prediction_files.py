"""A participant's prediction file to checked predictions; what it is, is read from its bytes."""

from __future__ import annotations

from pathlib import Path

from heldout_server.errors import Rejection
from heldout_server.prediction.csv_predictions import read_csv
from heldout_server.prediction.csv_rows import BYTE_ORDER_MARK
from heldout_server.prediction.model_formats import OLDEST_PICKLE
from heldout_server.prediction.npy import MAGIC, read_npy, read_npz
from heldout_server.prediction.prediction_arrays import (
    SHORTEST_ACCEPTED,
    ParsedPredictions,
    predictions_from_array,
)

LIMIT_BYTES = 16 * 1024 * 1024
SAVE_ARRAY = f"Save your predictions with {SHORTEST_ACCEPTED}."
SEND_AS_MODEL = 'Submit a model with client.submit("model.keras"), or predictions as .npy or .csv.'
SAVE_AS_CSV = "Open it and choose File, Save As, CSV (comma separated); submit that file."
UNPACK = "Unpack it and submit the file inside."
# First bytes, what they are, and what to do instead.
OTHER_FORMATS: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file (an .h5 model or table)", SEND_AS_MODEL),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word file", SAVE_AS_CSV),
    (b"\x1f\x8b", "a gzip archive", UNPACK),
    (b"BZh", "a bzip2 archive", UNPACK),
    (b"\xfd7zXZ\x00", "an xz archive", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", UNPACK),
    (b"PAR1", "a Parquet table", SAVE_ARRAY),
    (b"ARROW1", "an Arrow table", SAVE_ARRAY),
    (b"FEA1", "a Feather table", SAVE_ARRAY),
    (b"SQLite format 3\x00", "an SQLite database", SAVE_ARRAY),
    (b"MATLAB 5.0", "a MATLAB file", SAVE_ARRAY),
    (b"%PDF", "a PDF document", SAVE_ARRAY),
    (b"\x89PNG", "an image", SAVE_ARRAY),
    (b"GIF8", "an image", SAVE_ARRAY),
    (b"\xff\xd8\xff", "an image", SAVE_ARRAY),
    (b"\x7fELF", "a program", SAVE_ARRAY),
)
_PICKLE_PROTOCOLS = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
_SNIFFED_BYTES = 4096
_TEXT_CONTROLS = b"\t\n\r\x0c\x1a"
MOST_CONTROL_BYTES_IN_TEXT = 0.02


def parse_predictions(
    path: Path, *, examples: int, classes: int = 10, limit_bytes: int = LIMIT_BYTES
) -> ParsedPredictions:
    """Predictions for `examples` hidden examples from an `.npy`, `.npz` or CSV file.

    The file's name plays no part. Nothing in it is executed or unpickled, and memory stays
    within a small multiple of `limit_bytes`. Raises `Rejection` with one of the prediction
    codes, and nothing else, whatever the bytes are.
    """
    data = _bounded_content(path, limit_bytes)
    if data.startswith(MAGIC):
        array = read_npy(data)
        return predictions_from_array(array, examples=examples, classes=classes, format="npy")
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        array = read_npz(data, limit_bytes=limit_bytes)
        return predictions_from_array(array, examples=examples, classes=classes, format="npz")
    _refuse_other_formats(data)
    return read_csv(data, examples=examples, classes=classes)


def _bounded_content(path: Path, limit_bytes: int) -> bytes:
    with path.open("rb") as file:
        data = file.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise Rejection(
            "too_large",
            f"The file is larger than {limit_bytes:,} bytes.",
            f"Ten thousand labels need 80 kB as an array: {SHORTEST_ACCEPTED}.",
        )
    if not data.removeprefix(BYTE_ORDER_MARK).strip():
        raise Rejection("file_empty", "The file is empty.", SAVE_ARRAY)
    return data


def _refuse_other_formats(data: bytes) -> None:
    for signature, what, hint in OTHER_FORMATS:
        if data.startswith(signature):
            raise _format_rejection(what, hint)
    if data[257:262] == b"ustar":
        raise _format_rejection("a tar archive", UNPACK)
    if data.startswith(_PICKLE_PROTOCOLS) or OLDEST_PICKLE.match(data):
        raise _format_rejection("a Python pickle, which is never opened here", SAVE_ARRAY)
    start = data[:_SNIFFED_BYTES].removeprefix(BYTE_ORDER_MARK).lstrip()
    if start.startswith(b"<"):
        raise _format_rejection(
            "a web page",
            "Download the file itself (a share link of Google Drive gives a page), or "
            f"{SAVE_ARRAY[0].lower()}{SAVE_ARRAY[1:]}",
        )
    if start.startswith((b"{", b"[")):
        raise _format_rejection("JSON or a printed list", SAVE_ARRAY)
    _refuse_binary(data[:_SNIFFED_BYTES])


def _format_rejection(what: str, hint: str) -> Rejection:
    return Rejection("format", f"This is {what}, not a prediction file.", hint)


def _refuse_binary(start: bytes) -> None:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or _alternates_with_nul(start):
        return  # UTF-16 text: the table reader explains the encoding
    controls = bytes(c for c in range(32) if c not in _TEXT_CONTROLS)
    strange = len(start) - len(start.translate(None, controls))
    if strange > max(1, MOST_CONTROL_BYTES_IN_TEXT * len(start)):
        raise Rejection(
            "not_npy",
            "The file is neither a NumPy array nor text.",
            SAVE_ARRAY,
        )


def _alternates_with_nul(start: bytes) -> bool:
    return max(start[0::2].count(0), start[1::2].count(0)) > 0.4 * len(start)
