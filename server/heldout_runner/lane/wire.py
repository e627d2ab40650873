"""Protocol Buffers' wire format, as far as writing an ONNX model needs it.

Field numbers and types are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto; the
encoding is https://protobuf.dev/programming-guides/encoding/. Arrays are joined into the file once,
however deep the message is that holds them.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import IO

VARINT, LENGTH, FIXED_32 = 0, 2, 5
SEVEN_BITS = 0x7F
MORE = 0x80
SIGNED_64 = 1 << 64


class Message:
    """A message that grows field by field; `size` is that of its encoding in bytes."""

    def __init__(self) -> None:
        self._parts: list[bytes | memoryview] = []
        self.size = 0

    def integer(self, field: int, value: int) -> Message:
        """An int64, int32 or enum."""
        return self._append(_varint(field << 3 | VARINT) + _varint(value % SIGNED_64))

    def single(self, field: int, value: float) -> Message:
        """A float of 32 bits."""
        return self._append(_varint(field << 3 | FIXED_32) + struct.pack("<f", value))

    def text(self, field: int, value: str) -> Message:
        """A string."""
        return self.raw(field, value.encode())

    def raw(self, field: int, value: bytes | memoryview) -> Message:
        """Bytes, which aren't copied until the whole is encoded."""
        self._append(_varint(field << 3 | LENGTH) + _varint(len(value)))
        return self._append(value)

    def message(self, field: int, value: Message) -> Message:
        """Another message inside of this one."""
        self._append(_varint(field << 3 | LENGTH) + _varint(value.size))
        self._parts += value._parts
        self.size += value.size
        return self

    @property
    def pieces(self) -> Sequence[bytes | memoryview]:
        """The message as it is sent, in pieces; none is a copy of an array."""
        return self._parts

    def encoded(self) -> bytes:
        """The message as it is sent."""
        return b"".join(self._parts)

    def write(self, file: IO[bytes]) -> None:
        """The same, into a file: nothing is joined before."""
        file.writelines(self._parts)

    def _append(self, part: bytes | memoryview) -> Message:
        self._parts.append(part)
        self.size += len(part)
        return self


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > SEVEN_BITS:
        written.append(value & SEVEN_BITS | MORE)
        value >>= 7
    written.append(value)
    return bytes(written)
