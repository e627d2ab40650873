"""Protocol Buffers' wire format, as far as reading a stranger's ONNX file needs it.

A message is a row of fields, and each says how long it is: nothing here goes deeper by itself, so
no nesting can exhaust the stack, and all fields of a file together are counted. The encoding is
https://protobuf.dev/programming-guides/encoding/; groups, which it had once, are refused.
"""

from __future__ import annotations

from collections.abc import Iterator

VARINT, FIXED_64, LENGTH, FIXED_32 = 0, 1, 2, 5
_FIXED = {FIXED_64: 8, FIXED_32: 4}
MOST_VARINT_BYTES = 10
_LARGEST_NUMBER = (1 << 29) - 1
_UNSIGNED_64 = 1 << 64
_SIGNED_64 = 1 << 63

Value = int | memoryview
"""A varint, or the bytes of anything else."""


class Broken(Exception):
    """The bytes aren't what they should be; the message says where, in a few words."""


class TooManyParts(Broken):
    """More fields than any honest file has."""


class Reader:
    """Reads the messages of one file, and counts their fields together.

    Each costs a microsecond: without a bound, a file of tiny ones would take a minute.
    """

    def __init__(self, most_fields: int) -> None:
        self._left = most_fields

    def fields(self, message: memoryview) -> Iterator[tuple[int, int, Value]]:
        """Number, wire type and value of each field. Raises Broken."""
        at, end = 0, len(message)
        while at < end:
            self.count()
            key, at = varint(message, at)
            number, wire = key >> 3, key & 7
            if not 1 <= number <= _LARGEST_NUMBER:
                raise Broken("a field without a number")
            if wire == VARINT:
                value, at = varint(message, at)
                yield number, wire, value
                continue
            length, at = _length(wire, message, at)
            if length > end - at:
                raise Broken("a field that is longer than what holds it")
            yield number, wire, message[at : at + length]
            at += length

    def packed(self, row: memoryview) -> list[int]:
        """The varints of a packed row. Raises Broken."""
        found, at = [], 0
        while at < len(row):
            self.count()
            value, at = varint(row, at)
            found.append(value)
        return found

    def count(self, parts: int = 1) -> None:
        """So many more. Raises TooManyParts."""
        self._left -= parts
        if self._left < 0:
            raise TooManyParts("too many fields")


def varint(message: memoryview, at: int) -> tuple[int, int]:
    """The unsigned number at `at`, and where the next thing begins. Raises Broken."""
    value = 0
    for index, byte in enumerate(message[at : at + MOST_VARINT_BYTES]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            if value >= _UNSIGNED_64:
                break
            return value, at + index + 1
    raise Broken("a number that is cut off, or longer than numbers are")


def signed(value: int) -> int:
    """The int64 that was written as this varint."""
    return value - _UNSIGNED_64 if value >= _SIGNED_64 else value


def _length(wire: int, message: memoryview, at: int) -> tuple[int, int]:
    if wire == LENGTH:
        return varint(message, at)
    if wire in _FIXED:
        return _FIXED[wire], at
    raise Broken(f"a field of kind {wire}")
