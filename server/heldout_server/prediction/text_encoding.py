"""Text in other encodings: what its bytes look like, and UTF-8 where that is certain."""

from __future__ import annotations

from heldout_server.kit.errors import Rejection

UTF8_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def is_wide(start: bytes) -> bool:
    """Whether it looks like UTF-16 or UTF-32, with a mark or without."""
    if start.startswith(UTF16_MARKS):
        return True
    halves = (start[0::2].count(0), start[1::2].count(0))
    return min(halves) < 0.6 * len(start) / 2 and max(halves) > 0.8 * len(start) / 2 > 2


def as_utf8(data: bytes) -> bytes:
    """The text as UTF-8 without a mark; UTF-16 is read where its mark says which of the two.

    Raises `Rejection` with `encoding`.
    """
    if data.startswith(UTF16_MARKS):
        try:
            data = data.decode("utf-16").encode()
        except UnicodeError:
            raise _rejection("is not the UTF-16 that its mark announces") from None
    text = data.removeprefix(UTF8_MARK)
    if b"\0" in text:
        raise _rejection("holds NUL bytes, or is UTF-16 without a mark")
    if not text.isascii():
        try:
            text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _rejection(f"is not UTF-8 at byte {error.start + 1:,}") from None
    return text


def _rejection(what: str) -> Rejection:
    return Rejection(
        "encoding",
        f"The text {what}.",
        'Save it as plain UTF-8; in Excel choose "CSV UTF-8 (comma delimited)".',
    )
