"""Files that hold a model or predictions in another form: what they are, and the line to paste."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class OtherFile(NamedTuple):
    """A format, by its usual endings and by the bytes that it has at `offset`."""

    what: str
    endings: tuple[str, ...]
    hint: str
    magic: bytes = b""
    offset: int = 0


_PREDICT = (
    "submit what it predicts: client.submit(predictions), one for each row of "
    "client.data().x_test, prepared as in training"
)
_TO_CSV = 'df.to_csv("predictions.csv", index=False), then submit that'
_MATLAB = 'client.submit(scipy.io.loadmat(path)["predictions"].ravel())'
_FROM_LITE = f"submit the Keras model that it was made of; or {_PREDICT}"
_UNPACK = "unpack it, and submit the file inside"
_EXCEL = "save it as .xlsx or CSV, and submit that"

_TORCH = (
    "submit the module itself: client.submit(model); or predict where you trained it: "
    "client.submit(model(x).argmax(1)), with x made from client.data().x_test as in training"
)

PROGRAMS = (
    OtherFile("a PyTorch file", (".pt", ".pth", ".ckpt"), _TORCH),
    OtherFile("a pickle", (".pkl", ".pickle", ".joblib"), _PREDICT),
)
"""Files that are refused by their ending, whatever is in them: opening one may run it."""

OTHER_FILES = (
    OtherFile("a Parquet file", (".parquet",), f"df = pd.read_parquet(path); {_TO_CSV}", b"PAR1"),
    OtherFile("a Feather file", (".feather",), f"df = pd.read_feather(path); {_TO_CSV}", b"ARROW1"),
    OtherFile("a MATLAB file", (".mat",), _MATLAB, b"MATLAB"),
    OtherFile("a TensorFlow Lite model", (".tflite",), _FROM_LITE, b"TFL3", 4),
    OtherFile("a safetensors file", (".safetensors",), _PREDICT),
    OtherFile("a gzip archive", (".gz", ".tgz"), _UNPACK, b"\x1f\x8b"),
    OtherFile("a bzip2 archive", (".bz2",), _UNPACK, b"BZh"),
    OtherFile("an xz archive", (".xz",), _UNPACK, b"\xfd7zXZ\x00"),
    OtherFile("an older Excel workbook", (".xls",), _EXCEL, b"\xd0\xcf\x11\xe0"),
)


def recognised(path: Path, head: bytes) -> OtherFile | None:
    """What the file is, by its first bytes; by its ending where the bytes don't tell."""
    for known in OTHER_FILES:
        if known.magic and head.startswith(known.magic, known.offset):
            return known
    return next((each for each in OTHER_FILES if path.suffix.lower() in each.endings), None)
