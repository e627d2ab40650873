"""Raw bodies, streamed to a file: nothing large is kept in memory."""

from __future__ import annotations

from typing import IO, Any

from fastapi import Request
from starlette.requests import ClientDisconnect

from heldout_server.kit.errors import ProblemError

RAW_BODY = {"requestBody": {"required": True, "content": {"application/octet-stream": {}}}}


async def receive(request: Request, file: IO[Any], limit_bytes: int) -> None:
    """Write the body to `file`.

    Raises ProblemError `file_too_large`, `file_empty`, or `validation` when it broke off.
    """
    received = 0
    try:
        async for chunk in request.stream():
            received += len(chunk)
            if received > limit_bytes:
                raise ProblemError(
                    "file_too_large", f"The file has more than {limit_bytes:,} bytes."
                )
            file.write(chunk)
    except ClientDisconnect:
        raise ProblemError("validation", "The upload broke off.", "Send it again.") from None
    file.flush()
    if not received:
        raise ProblemError("file_empty", "The file is empty.")
