"""Text that is not UTF-8: what its bytes look like."""

from __future__ import annotations

UTF8_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def is_wide(start: bytes) -> bool:
    """Whether it looks like UTF-16 or UTF-32, with a mark or without."""
    if start.startswith(UTF16_MARKS):
        return True
    halves = (start[0::2].count(0), start[1::2].count(0))
    return min(halves) < 0.6 * len(start) / 2 and max(halves) > 0.8 * len(start) / 2 > 2
