"""Files that are no Keras model: what they are, and the line that makes one.

Only bytes decide, never the name; nothing here is parsed beyond what recognising it takes.
"""

from __future__ import annotations

import re
from pathlib import Path

from heldout_server.errors import Rejection

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
SNIFFED_BYTES = 4096
SAVE = 'model.save("model.keras")'
SAVE_WHOLE = f"Save the whole model instead of its weights: {SAVE}."
_TRAIN_IN_KERAS = (
    f"Only Keras models are scored. Build and train it in Keras, then {SAVE}; or submit its "
    'predictions for client.test_images(): np.save("predictions.npy", predictions).'
)
_FROM_SAVED_MODEL = (
    'Where you trained it, save it with model.save("model.keras"): a SavedModel folder holds a '
    "program and is not accepted."
)
_AS_PREDICTIONS = 'Submit it as predictions: client.submit("predictions.npy").'
_DOWNLOAD = (
    "Download the file itself (a share link of Google Drive gives a page) and submit that; "
    f"{SAVE} makes a model file."
)
_SUBMIT_MODEL = f"Submit the file that {SAVE} writes."
_UNPACK = f"Unpack it and submit the file inside, as {SAVE} wrote it."
Refusal = tuple[str, str, str]

_STARTS: tuple[tuple[bytes, Refusal], ...] = (
    (b"\x93NUMPY", ("not_a_keras_file", "a NumPy array", _AS_PREDICTIONS)),
    (b"\x80\x02\x8a\nl\xfc\x9cF\xf9", ("format_not_supported", "a PyTorch file", _TRAIN_IN_KERAS)),
    (b"\x08\x01\x12", ("format_not_supported", "TensorFlow's saved_model.pb", _FROM_SAVED_MODEL)),
    (b"GGUF", ("format_not_supported", "a GGUF model", _TRAIN_IN_KERAS)),
    (b"lmgg", ("format_not_supported", "a GGML model", _TRAIN_IN_KERAS)),
    (b"\x78\x9c", ("format_not_supported", "a compressed pickle (joblib)", _TRAIN_IN_KERAS)),
    (b"%PDF", ("not_a_keras_file", "a PDF document", _SUBMIT_MODEL)),
    (b"\x89PNG", ("not_a_keras_file", "an image", _SUBMIT_MODEL)),
    (b"GIF8", ("not_a_keras_file", "an image", _SUBMIT_MODEL)),
    (b"\xff\xd8\xff", ("not_a_keras_file", "an image", _SUBMIT_MODEL)),
    (b"\x7fELF", ("not_a_keras_file", "a program", _SUBMIT_MODEL)),
    (b"MZ", ("not_a_keras_file", "a program", _SUBMIT_MODEL)),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ("not_a_keras_file", "an Office file", _SUBMIT_MODEL)),
    (b"SQLite format 3\x00", ("not_a_keras_file", "an SQLite database", _SUBMIT_MODEL)),
    (b"\x1f\x8b", ("format_not_supported", "a gzip archive", _UNPACK)),
    (b"BZh", ("format_not_supported", "a bzip2 archive", _UNPACK)),
    (b"\xfd7zXZ\x00", ("format_not_supported", "an xz archive", _UNPACK)),
    (b"7z\xbc\xaf\x27\x1c", ("format_not_supported", "a 7-Zip archive", _UNPACK)),
    (b"Rar!\x1a\x07", ("format_not_supported", "a RAR archive", _UNPACK)),
    (b"\x28\xb5\x2f\xfd", ("format_not_supported", "a Zstandard archive", _UNPACK)),
)
_PICKLE = ("format_not_supported", "a Python pickle, which is never opened here", _TRAIN_IN_KERAS)
# MessagePack: a small mapping whose first key is the short text "params" or "step".
_FLAX = re.compile(rb"[\x81-\x8f](\xa6params|\xa4step)")
# Protocol 0 is text: a mark, an empty container or a global, and where it is kept.
OLDEST_PICKLE = re.compile(rb"(\([ldt]p\d+|[IV][^\n]{0,40}\np\d+|c[\w.]+\n\w+\np\d+)\n")
_TABLE = re.compile(rb"[\s\d.,;+\-eE\"]+|\w+[,;\t]\w+\s.*", re.S)


def refuse_unless_zip(path: Path) -> None:
    """Refuse every file that does not begin like a zip archive, saying what it is."""
    with path.open("rb") as file:
        start = file.read(SNIFFED_BYTES)
    if start.startswith(ZIP_MAGIC):
        return
    code, what, hint = _recognised(start)
    raise Rejection(code, f"This is {what}, not a Keras model file.", hint)


def is_other_model(start: bytes) -> bool:
    """Whether a file begins like a model of another framework, or weights alone."""
    refusal = next((r for signature, r in _STARTS if start.startswith(signature)), None)
    refusal = refusal or _recognised_binary(start) or _recognised_text(start)
    is_archive = refusal[2] == _UNPACK
    return refusal[0] in ("format_not_supported", "weights_only") and not is_archive


def _recognised(start: bytes) -> Refusal:
    for signature, refusal in _STARTS:
        if start.startswith(signature):
            return refusal
    return _recognised_binary(start) or _recognised_text(start)


def _recognised_binary(start: bytes) -> Refusal | None:
    if start[4:8] == b"TFL3":
        return "format_not_supported", "a TensorFlow Lite model", _TRAIN_IN_KERAS
    if start[:2] in (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
        return _PICKLE
    if start[:1] == b"\x08" and (b"onnx" in start or start[2:3] in (b"\x12", b":")):
        return "format_not_supported", "an ONNX model", _TRAIN_IN_KERAS
    if start[8:10] in (b'{"', b"{}") and start[5:8] == b"\0\0\0":
        return "format_not_supported", "a safetensors file", _TRAIN_IN_KERAS
    if _FLAX.match(start):
        return "format_not_supported", "a Flax (JAX) checkpoint", _TRAIN_IN_KERAS
    if OLDEST_PICKLE.match(start):
        return _PICKLE
    if start[257:262] == b"ustar":
        return "format_not_supported", "a tar archive", _UNPACK
    return None


def _recognised_text(start: bytes) -> Refusal:
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"version https://git-lfs"):
        return (
            "not_a_keras_file",
            "a Git LFS pointer instead of the file",
            "Run git lfs pull first.",
        )
    if text.startswith(b"<"):
        return "not_a_keras_file", "a web page", _DOWNLOAD
    if text.startswith(b"model_checkpoint_path"):
        return "weights_only", "a TensorFlow checkpoint", SAVE_WHOLE
    if text.startswith(b"{") and b'"class_name"' in text:
        return "not_a_keras_file", "a model's architecture without its weights", SAVE_WHOLE
    if text.startswith((b"{", b"[")):
        return "not_a_keras_file", "JSON", _SUBMIT_MODEL
    if text and b"\0" not in text and _TABLE.fullmatch(text):
        return "not_a_keras_file", "a table", _AS_PREDICTIONS.replace(".npy", ".csv")
    return "not_a_keras_file", "a file of unknown kind", _SUBMIT_MODEL


def folder_rejection(folder: Path) -> Rejection:
    """What is said of a folder in place of a file."""
    if (folder / "saved_model.pb").exists():
        return Rejection("format_not_supported", "This is a SavedModel folder.", _FROM_SAVED_MODEL)
    return Rejection("not_a_keras_file", "This is a folder.", _SUBMIT_MODEL)


def refuse_other_zips(names: list[str]) -> None:
    """Refuse a zip archive that is known to be something else, by its members' names."""
    for recognises, refusal in _ZIPS:
        if any(recognises(name) for name in names):
            code, what, hint = refusal
            raise Rejection(code, f"This is {what}, not a Keras model file.", hint)


def _ends(*endings: str) -> re.Pattern[str]:
    return re.compile("|".join(f".*{re.escape(e)}" for e in endings), re.S)


_ZIPS = tuple(
    (pattern.fullmatch, refusal)
    for pattern, refusal in (
        (
            _ends("saved_model.pb"),
            ("format_not_supported", "a zipped SavedModel folder", _FROM_SAVED_MODEL),
        ),
        (
            _ends("/data.pkl", "constants.pkl"),
            ("format_not_supported", "a PyTorch file", _TRAIN_IN_KERAS),
        ),
        (_ends(".pkl", ".pickle"), _PICKLE),
        (_ends(".onnx", ".tflite"), ("format_not_supported", "a zip archive", _TRAIN_IN_KERAS)),
        (
            _ends("[Content_Types].xml", "META-INF/MANIFEST.MF", "mimetype"),
            ("not_a_keras_file", "an Office document or a program", _SUBMIT_MODEL),
        ),
        (_ends(".npy"), ("not_a_keras_file", "an archive of NumPy arrays", _AS_PREDICTIONS)),
        (
            _ends(".keras", ".h5", ".hdf5"),
            ("format_not_supported", "a zip archive round a model", _UNPACK),
        ),
    )
)
