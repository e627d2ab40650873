"""Brings one submission to the server exactly once, over a network that may fail anywhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, repeat
from typing import Any

from heldout._capture import run_card
from heldout._connection import Connection, json_object
from heldout._constants import AT_ONCE_BYTES, SMALL_BYTES
from heldout._errors import MethodNotAllowed, NotFound
from heldout._export import Payload
from heldout._plain import clean_text
from heldout._progress import Progress
from heldout._submission import Submission

LONGEST_NAME = 200
# How the server turns 0…255 into what the model was trained on: it finds out by practice images.
DEFAULT_PREPROCESSING = "auto"

Way = Callable[[Connection, Payload, Mapping[str, Any], str, Progress], dict[str, Any]]
"""Brings the payload with its opening, under a key, to the server, and answers the submission."""


def announce(
    payload: Payload,
    model: Any,
    name: str | None,
    history: Any,
    hyperparameters: Mapping[str, Any],
    notes: str | None,
    preprocessing: str = DEFAULT_PREPROCESSING,
) -> dict[str, Any]:
    """The JSON that opens the submission: what will come, and the run card."""
    return {
        "kind": payload.kind,
        "name": None if name is None else clean_text(str(name).strip(), LONGEST_NAME) or None,
        "filename": clean_text(payload.filename, LONGEST_NAME),
        "size_bytes": payload.size_bytes,
        "sha256": payload.sha256,
        "preprocessing": preprocessing,
        "run_card": run_card(model, history=history, hyperparameters=hyperparameters, notes=notes),
    }


def deliver(
    connection: Connection,
    payload: Payload,
    opening: Mapping[str, Any],
    key: str,
    progress: Progress,
) -> Submission:
    """Open and upload, both tried again together under the one idempotency `key`.

    A file goes along with its announcement, unless it is very large. After a lost answer nobody
    knows whether the server acted, and a refusal may be lost while much is still being sent. So
    what isn't small is announced alone the second time: the same key tells, as it answers with the
    submission as it is, and only a missing file is sent. So is what went to this server before, by
    whatever key: a server that knows the bytes needs none of them.
    """
    ways = _ways(payload.size_bytes, known=payload.sha256 in connection.sent)

    def once() -> Submission:
        try:
            document = next(ways)(connection, payload, opening, key, progress)
        except (NotFound, MethodNotAllowed):
            # The opening expired while the upload stalled, and the same key opens it anew; or the
            # server is of before files went along.
            document = _open_and_upload(connection, payload, opening, key, progress)
        return Submission(connection, document)

    submission = connection.retries.run(once)
    connection.sent.add(payload.sha256)
    return submission


def _ways(size_bytes: int, *, known: bool) -> Iterator[Way]:
    """How to send so many bytes: the first time, the second, and so on."""
    if size_bytes <= SMALL_BYTES:
        return repeat(_at_once)
    first = [_at_once] if size_bytes <= AT_ONCE_BYTES and not known else []
    return chain(first, repeat(_open_and_upload))


def _at_once(
    connection: Connection,
    payload: Payload,
    opening: Mapping[str, Any],
    key: str,
    progress: Progress,
) -> dict[str, Any]:
    boundary = f"heldout-{key}"
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="announcement"\r\n'
        f"Content-Type: application/json\r\n\r\n{json.dumps(opening)}\r\n"
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()
    tail = f"\r\n--{boundary}--\r\n".encode()
    parts = payload.parts(lambda done, total: progress.moved("Uploading", done, total))
    answer = connection.send(
        "POST",
        "/submissions/at-once",
        headers={
            "Idempotency-Key": key,
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(head) + payload.size_bytes + len(tail)),
        },
        content=chain([head], parts, [tail]),
    )
    return json_object(answer)


def _open_and_upload(
    connection: Connection,
    payload: Payload,
    opening: Mapping[str, Any],
    key: str,
    progress: Progress,
) -> dict[str, Any]:
    headers = {"Idempotency-Key": key}
    document = json_object(connection.send("POST", "/submissions", json=opening, headers=headers))
    if document["state"] != "received":
        return document
    return _upload(connection, payload, document["id"], progress)


def _upload(
    connection: Connection, payload: Payload, submission_id: str, progress: Progress
) -> dict[str, Any]:
    answer = connection.send(
        "PUT",
        f"/submissions/{submission_id}/file",
        # With a length, the server can refuse before the first byte, and a cut upload shows.
        headers={
            "Content-Type": "application/octet-stream",
            "Content-Length": str(payload.size_bytes),
        },
        content=payload.parts(lambda done, total: progress.moved("Uploading", done, total)),
    )
    return json_object(answer)
