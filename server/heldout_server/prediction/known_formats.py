"""What a file is that holds neither a Keras archive nor numbers to read, and the line to paste.

Only bytes decide, never the name; nothing is parsed beyond what recognising it takes. Models and
prediction files are answered from these tables alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
SNIFFED_BYTES = 4096
_NAME_LENGTH, _NAME_AT = slice(26, 28), 30


class Family(StrEnum):
    """What a format is for."""

    MODEL = "model"
    WEIGHTS = "weights"
    TABLE = "table"
    ARCHIVE = "archive"
    OTHER = "other"


@dataclass(frozen=True)
class Format:
    """`what` it is, with its article; `hint` is empty where the expected kind says what to send."""

    what: str
    family: Family
    hint: str = ""


def _model(what: str, name: str, call: str) -> Format:
    return Format(
        what,
        Family.MODEL,
        f"{name} are not run here: predict where you trained it and send that: "
        f"client.submit({call}), with x made from client.test_images() as in training.",
    )


def _table(what: str, save: str) -> Format:
    return Format(what, Family.TABLE, f"{save}, then submit that.")


SAVE_WHOLE = 'Save the whole model instead of its weights: model.save("model.keras").'
UNPACK = "Unpack it and submit the file inside."
SAVE_AS_CSV = "Open it and choose File, Save As, CSV (comma separated), then submit that file."
SAVE_TABLE = 'df.to_csv("predictions.csv", index=False)'
FROM_SAVED_MODEL = (
    'Where you trained it, save it with model.save("model.keras"): a SavedModel folder holds a '
    "program and is not accepted. If you have only this folder: m = tf.saved_model.load(folder), "
    "predict client.test_images() with it, and client.submit(predictions)."
)
PYTORCH = _model("a PyTorch file", "PyTorch models", "model(x).argmax(1)")
SAVED_MODEL = Format("TensorFlow's saved_model.pb", Family.MODEL, FROM_SAVED_MODEL)
ONNX = Format("an ONNX model", Family.MODEL, 'Submit it as a model: client.submit("model.onnx").')
TFLITE = _model("a TensorFlow Lite model", "TensorFlow Lite models", "predictions")
GGUF = _model("a GGUF model", "GGUF models", "predictions")
GGML = _model("a GGML model", "GGML models", "predictions")
SAFETENSORS = _model("a safetensors file", "Weights without a Keras model", "predictions")
FLAX = _model("a Flax (JAX) checkpoint", "Flax models", "predictions")
_CODE_INSIDE = (
    "It may hold code, so nobody opens it here. If it holds predictions: "
    'np.save("predictions.npy", predictions). If it holds a model, send what it predicts: '
    "client.submit(model.predict(x)), with x made from client.test_images() as in training."
)
PICKLE = Format("a Python pickle", Family.MODEL, _CODE_INSIDE)
JOBLIB = Format("a compressed pickle (joblib)", Family.MODEL, _CODE_INSIDE)
PARQUET = _table("a Parquet file", SAVE_TABLE)
FEATHER = _table("a Feather file", SAVE_TABLE)
ARROW = _table("an Arrow file", SAVE_TABLE)
MATLAB = _table(
    "a MATLAB file",
    'np.save("predictions.npy", scipy.io.loadmat(path)["predictions"])',
)
EXCEL = Format("an Excel workbook", Family.TABLE, SAVE_AS_CSV)
OLD_OFFICE = Format("an old Excel or Word file", Family.TABLE, SAVE_AS_CSV)
IMAGE, PROGRAM = Format("an image", Family.OTHER), Format("a program", Family.OTHER)
WEB_PAGE = Format(
    "a web page",
    Family.OTHER,
    "Download the file itself (a share link of Google Drive gives a page) and submit that.",
)
LFS_POINTER = Format(
    "a Git LFS pointer instead of the file", Family.OTHER, "Run git lfs pull first."
)
CHECKPOINT = Format("a TensorFlow checkpoint", Family.WEIGHTS, SAVE_WHOLE)
TAR = Format("a tar archive", Family.ARCHIVE, UNPACK)

_STARTS: tuple[tuple[bytes, Format], ...] = (
    (b"\x80\x02\x8a\nl\xfc\x9cF\xf9", PYTORCH),
    (b"\x08\x01\x12", SAVED_MODEL),
    (b"GGUF", GGUF),
    (b"lmgg", GGML),
    (b"\x78\x9c", JOBLIB),
    (b"PAR1", PARQUET),
    (b"ARROW1", FEATHER),
    (b"FEA1", FEATHER),
    (b"\xff\xff\xff\xff", ARROW),
    (b"MATLAB 5.0", MATLAB),
    (b"MATLAB 7.3", MATLAB),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLD_OFFICE),
    (b"SQLite format 3\x00", Format("an SQLite database", Family.OTHER)),
    (b"%PDF", Format("a PDF document", Family.OTHER)),
    (b"\x89PNG", IMAGE),
    (b"GIF8", IMAGE),
    (b"\xff\xd8\xff", IMAGE),
    (b"\x7fELF", PROGRAM),
    (b"MZ\x90\x00", PROGRAM),
    (b"\x1f\x8b", Format("a gzip archive", Family.ARCHIVE, UNPACK)),
    (b"BZh", Format("a bzip2 archive", Family.ARCHIVE, UNPACK)),
    (b"\xfd7zXZ\x00", Format("an xz archive", Family.ARCHIVE, UNPACK)),
    (b"7z\xbc\xaf\x27\x1c", Format("a 7-Zip archive", Family.ARCHIVE, UNPACK)),
    (b"Rar!\x1a\x07", Format("a RAR archive", Family.ARCHIVE, UNPACK)),
    (b"\x28\xb5\x2f\xfd", Format("a Zstandard archive", Family.ARCHIVE, UNPACK)),
)
_PICKLE_PROTOCOLS = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
# ONNX begins with its version; what may follow has the field number 2 to 7.
_AFTER_ONNX_VERSION = (b"\x12", b"\x1a", b'"', b"(", b"2", b":")
# MessagePack: a small mapping whose first key is the short text "params" or "step".
_FLAX = re.compile(rb"[\x81-\x8f](\xa6params|\xa4step)")
# Protocol 0 is text: a mark, an empty container or a global, and where it is kept.
_OLDEST_PICKLE = re.compile(rb"(\([ldt]p\d+|[IV][^\n]{0,40}\np\d+|c[\w.]+\n\w+\np\d+)\n")
_TORCH_PICKLE = re.compile(rb"\x80[\x02-\x05].{0,200}ctorch[\n.]", re.S)


def recognised(start: bytes) -> Format | None:
    """What a file is that begins with these bytes; None for one that nothing here knows."""
    for signature, known in _STARTS:
        if start.startswith(signature):
            return known
    return _recognised_pickle(start) or _recognised_binary(start) or _recognised_text(start)


def _recognised_pickle(start: bytes) -> Format | None:
    if _TORCH_PICKLE.match(start):
        return PYTORCH
    return PICKLE if start.startswith(_PICKLE_PROTOCOLS) or _OLDEST_PICKLE.match(start) else None


def _recognised_binary(start: bytes) -> Format | None:
    if start[4:8] == b"TFL3":
        return TFLITE
    if start[:1] == b"\x08" and (b"onnx" in start or start[2:3] in _AFTER_ONNX_VERSION):
        return ONNX
    if start[8:10] in (b'{"', b"{}") and start[5:8] == b"\0\0\0":
        return SAFETENSORS
    if _FLAX.match(start):
        return FLAX
    return TAR if start[257:262] == b"ustar" else None


def _recognised_text(start: bytes) -> Format | None:
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"version https://git-lfs"):
        return LFS_POINTER
    if text.startswith(b"<"):
        return WEB_PAGE
    return CHECKPOINT if text.startswith(b"model_checkpoint_path") else None


def first_member(start: bytes) -> str:
    """The name of a zip archive's first member, also of one whose directory can't be read."""
    length = int.from_bytes(start[_NAME_LENGTH], "little")
    return start[_NAME_AT : _NAME_AT + length].decode("utf-8", "replace").replace("\\", "/")


def recognised_zip(names: Iterable[str]) -> Format | None:
    """What a zip archive is that has members of these names."""
    listed = list(names)
    return next((known for p, known in _MEMBERS if any(p.fullmatch(name) for name in listed)), None)


def _ends(*endings: str) -> re.Pattern[str]:
    return re.compile("|".join(f".*{re.escape(e)}" for e in endings), re.S)


_MEMBERS = (
    (
        _ends("saved_model.pb"),
        Format("a zipped SavedModel folder", Family.MODEL, FROM_SAVED_MODEL),
    ),
    (_ends("/data.pkl", "constants.pkl"), PYTORCH),
    (_ends(".pkl", ".pickle"), PICKLE),
    (_ends(".tflite"), TFLITE),
    (re.compile(r"xl/.*", re.S), EXCEL),
    (
        _ends("[Content_Types].xml", "META-INF/MANIFEST.MF", "mimetype"),
        Format("an Office document or a program", Family.OTHER),
    ),
    (
        _ends(".keras", ".h5", ".hdf5", ".onnx"),
        Format("a zip archive round a model", Family.ARCHIVE, UNPACK),
    ),
    (
        _ends(".csv", ".tsv", ".txt"),
        Format("a zip archive round a table", Family.ARCHIVE, UNPACK),
    ),
)
