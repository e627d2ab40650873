"""NumPy's `.npy` and `.npz` read by our own header check: never pickle, never a surprise size.

The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

from __future__ import annotations

import ast
import math
import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from heldout_server.kit.errors import Rejection, printable
from heldout_server.prediction.array_shapes import SHORTEST_ACCEPTED
from heldout_server.prediction.known_formats import (
    SNIFFED_BYTES,
    Family,
    Format,
    first_member,
    recognised_zip,
)
from heldout_server.prediction.prediction_arrays import format_rejection, text_rejection
from heldout_server.prediction.wanted import Wanted
from heldout_server.prediction.zip_members import MalformedZip, OversizedZip, ZipMembers

MAGIC = b"\x93NUMPY"
LONGEST_HEADER_BYTES = 4096
MOST_DIMENSIONS = 32
LONGEST_DIMENSION = 2**40
MOST_NPZ_ENTRIES = 64
LONGEST_NAME = 1000
GREATEST_CHARACTER = 0x10FFFF
ITEM_SIZES = {"b": (1,), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "f": (2, 4, 8)}
OTHER_KINDS = {
    "c": "complex numbers",
    "U": "text",
    "S": "text",
    "a": "text",
    "M": "dates",
    "m": "time spans",
    "V": "raw bytes",
    "f": "extended-precision numbers",
}
_DTYPE = re.compile(r"[<>=|]?([a-zA-Z])(\d{0,9})(?:\[[^\]]{0,20}\])?")
_HEADER_KEYS = {"descr", "fortran_order", "shape"}


class _Header(NamedTuple):
    dtype: np.dtype[Any]
    fortran_order: bool
    shape: tuple[int, ...]


def read_npy(data: bytes, wanted: Wanted) -> NDArray[Any]:
    """The array in a whole `.npy` file: bool, integer or float up to 8 bytes, native order.

    Text is read where classes have names.

    Raises `Rejection` with `not_npy`, `object_array`, `value_type`, `truncated` or
    `trailing_bytes`. The array may be a read-only view of `data`.
    """
    header, start = _read_header(data, wanted)
    count = math.prod(header.shape)  # Python's integers: no header can make this wrap
    expected, present = count * header.dtype.itemsize, len(data) - start
    if present < expected:
        raise Rejection(
            "truncated",
            f"The file announces {min(expected, 2**63):,} bytes of numbers and holds {present:,}.",
            f"The file is cut off: save it again with {SHORTEST_ACCEPTED}.",
        )
    if present > expected:
        raise Rejection(
            "trailing_bytes",
            f"{present - expected:,} bytes follow after the end of the array.",
            "Save one array to one file; do not append to an existing file.",
        )
    flat = np.frombuffer(data, dtype=header.dtype, count=count, offset=start)
    _check_characters(flat)
    array = flat.reshape(header.shape, order="F" if header.fortran_order else "C")
    return array.astype(header.dtype.newbyteorder("="), copy=False)


def _check_characters(flat: NDArray[Any]) -> None:
    """Refuse (`not_npy`) text that no string can be made of."""
    if flat.dtype.kind != "U" or not flat.size:
        return
    if flat.view(flat.dtype.byteorder + "u4").max() > GREATEST_CHARACTER:
        raise _not_npy("Its text holds something other than characters")


def _read_header(data: bytes, wanted: Wanted) -> tuple[_Header, int]:
    version = tuple(data[6:8])
    if not data.startswith(MAGIC) or version not in ((1, 0), (2, 0), (3, 0)):
        raise _not_npy("Its first bytes are not those of a NumPy file")
    width = 2 if version == (1, 0) else 4
    start = 8 + width
    length = int.from_bytes(data[8:start], "little")
    if length > LONGEST_HEADER_BYTES:
        raise _not_npy(f"Its header claims to be {length:,} bytes long")
    if len(data) < start + length:
        raise Rejection(
            "truncated",
            "The file ends inside its header.",
            f"Save it again with {SHORTEST_ACCEPTED}.",
        )
    return _parse_header(data[start : start + length], wanted), start + length


def _parse_header(raw: bytes, wanted: Wanted) -> _Header:
    try:
        parsed = ast.literal_eval(raw.decode("utf-8").strip())
    # The parser answers nonsense in many ways; none of them is our fault.
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError, Warning):
        raise _not_npy("Its header cannot be read") from None
    if not isinstance(parsed, dict) or set(parsed) != _HEADER_KEYS:
        raise _not_npy("Its header does not describe an array")
    fortran_order, shape = parsed["fortran_order"], parsed["shape"]
    if not isinstance(fortran_order, bool) or not _is_shape(shape):
        raise _not_npy("Its header gives an impossible shape")
    return _Header(_dtype(parsed["descr"], wanted), fortran_order, shape)


def _is_shape(shape: object) -> bool:
    return (
        isinstance(shape, tuple)
        and len(shape) <= MOST_DIMENSIONS
        and all(type(size) is int and 0 <= size <= LONGEST_DIMENSION for size in shape)
    )


def _dtype(descr: object, wanted: Wanted) -> np.dtype[Any]:
    if not isinstance(descr, str):
        raise text_rejection("a table of records", wanted)
    match = _DTYPE.fullmatch(descr)
    if match is None:
        raise _not_npy(f"Its header names the unknown type {printable(descr, 40)!r}")
    kind, size = match[1], int(match[2] or 0)
    if kind == "O":
        raise Rejection(
            "object_array",
            "The array holds Python objects, which are never opened here.",
            f"Save {_plain(wanted)}.",
        )
    if kind in "US" and 0 < size <= LONGEST_NAME and wanted.has_own_names:
        return np.dtype(f"{'>' if descr[0] == '>' else '<'}{kind}{size}")
    if size in ITEM_SIZES.get(kind, ()):
        return np.dtype(f"{'>' if descr[0] == '>' else '<'}{kind}{size}")
    if kind not in OTHER_KINDS:
        raise _not_npy(f"Its header names the unknown type {printable(descr, 40)!r}")
    raise text_rejection(OTHER_KINDS[kind], wanted)


def _plain(wanted: Wanted) -> str:
    if wanted.has_own_names:
        return "names: np.save(path, np.asarray(predictions, dtype='str'))"
    return "numbers: np.save(path, np.asarray(predictions, dtype='float32'))"


def _not_npy(why: str) -> Rejection:
    return Rejection(
        "not_npy",
        f"This is not a NumPy array file. {why}.",
        f"Save your predictions with {SHORTEST_ACCEPTED}.",
    )


def read_npz(data: bytes, wanted: Wanted, *, limit_bytes: int) -> NDArray[Any]:
    """The one array in an `.npz` file of at most `limit_bytes` when unpacked.

    Raises `Rejection` with `format`, `too_large`, `truncated` or `ambiguous`, and everything
    that `read_npy` raises.
    """
    try:
        with ZipMembers(data, most_entries=MOST_NPZ_ENTRIES) as members:
            content = members.read(_only_array(members.names), limit_bytes=limit_bytes)
    except OversizedZip:
        raise Rejection(
            "too_large",
            f"The archive unpacks to more than {limit_bytes:,} bytes.",
            f"Save only the predictions: {SHORTEST_ACCEPTED}.",
        ) from None
    except MalformedZip:
        raise _unreadable(data) from None
    return read_npy(content, wanted)


def _unreadable(data: bytes) -> Rejection:
    known = recognised_zip([first_member(data[:SNIFFED_BYTES])])
    if known is not None:
        return format_rejection(known)
    return Rejection(
        "truncated",
        "The .npz archive is damaged or incomplete.",
        f"Save a plain array instead: {SHORTEST_ACCEPTED}.",
    )


def _only_array(names: list[str]) -> str:
    if "config.json" in names and "metadata.json" in names:
        raise Rejection(
            "format",
            "This is a Keras model, sent as a prediction file.",
            'Submit it as a model: client.submit("model.keras").',
        )
    arrays = [name for name in names if name.endswith(".npy")]
    if len(arrays) != len(names) or not arrays:
        raise _not_npz(names)
    if len(arrays) > 1:
        shown = ", ".join(printable(name.removesuffix(".npy"), 30) for name in arrays[:5])
        raise Rejection(
            "ambiguous",
            f"The .npz file has {len(arrays)} arrays ({shown}), and only one can be scored.",
            f"Save one array: {SHORTEST_ACCEPTED}.",
        )
    return arrays[0]


def _not_npz(names: list[str]) -> Rejection:
    return format_rejection(recognised_zip(names) or Format("a zip archive", Family.ARCHIVE))
