"""A multipart body read from the stream: a text first, then a file that is never held in memory.

Starlette's own form reader takes the whole body in before a route can refuse anything.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from heldout_server.kit.errors import ProblemError

HOW = "Send multipart/form-data with a part “announcement” (JSON), then a part “file”."


class MultipartBody:
    """The parts of a request, in the order in which they come."""

    def __init__(self, request: Request) -> None:
        kind, options = parse_options_header(request.headers.get("content-type"))
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise ProblemError("validation", "The body isn't a form with a file.", HOW)
        self._chunks = request.stream()
        self._ready: deque[tuple[str, bytes | None]] = deque()
        self._header = b""
        self._value = b""
        self._name = ""
        self.filename = ""
        """The name of the newest file among the parts, as it was sent."""
        self._parser = MultipartParser(
            options[b"boundary"],
            callbacks={
                "on_part_begin": self._begin,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_part_data": self._data,
                "on_part_end": self._end,
            },
        )

    async def text(self, name: str, longest_bytes: int) -> bytes:
        """The next part, which must have this name. Raises ProblemError `validation`."""
        text = bytearray()
        async for piece in self.pieces(name):
            text += piece
            if len(text) > longest_bytes:
                raise ProblemError("validation", f"“{name}” is longer than {longest_bytes} bytes.")
        return bytes(text)

    async def pieces(self, name: str) -> AsyncIterator[bytes]:
        """The next part in pieces, as they arrive. Raises ProblemError `validation`."""
        while True:
            while self._ready:
                found, piece = self._ready.popleft()
                if found != name:
                    raise ProblemError("validation", f"“{name}” is expected at this place.", HOW)
                if piece is None:
                    return
                yield piece
            await self._receive(name)

    async def skip(self, most_bytes: int) -> None:
        """Read on to the end, or until so many bytes were left, and drop all of it."""
        self._ready.clear()
        left = most_bytes
        with suppress(ClientDisconnect):
            async for chunk in self._chunks:
                left -= len(chunk)
                if left < 0:
                    return

    async def _receive(self, name: str) -> None:
        try:
            chunk = await anext(self._chunks, b"")
            if not chunk:
                raise ProblemError("validation", f"The body ends before “{name}” does.", HOW)
            self._parser.write(chunk)
        except (FormParserError, ClientDisconnect):
            raise ProblemError("validation", "The upload broke off.", "Send it again.") from None

    def _begin(self) -> None:
        self._name = ""

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            self._name = options.get(b"name", b"").decode("utf-8", "replace")
            self.filename = options.get(b"filename", b"").decode("utf-8", "replace")
        self._header = self._value = b""

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._ready.append((self._name, data[start:end]))

    def _end(self) -> None:
        self._ready.append((self._name, None))
