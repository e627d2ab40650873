"""One form instead of two requests: the same rules, the same refusals, nothing half-written."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from participant import npy
from waiting import run_until

PATH = "/api/v1/submissions/at-once"
BOUNDARY = "between-the-parts"


def announced(file: bytes, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "predictions",
        "name": "Mine",
        "filename": "predictions.npy",
        "size_bytes": len(file),
        "sha256": hashlib.sha256(file).hexdigest(),
        **changes,
    }


def part(name: str, content: bytes) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
    return head.encode() + content + b"\r\n"


def form(announcement: dict[str, Any], file: bytes) -> bytes:
    text = json.dumps(announcement).encode()
    return part("announcement", text) + part("file", file) + f"--{BOUNDARY}--\r\n".encode()


@pytest.fixture
def send(api: TestClient, join):
    """Sends a body as Ada; answers the response."""
    ada = join("Ada")

    def sending(body: bytes, key: str = "key-number-one", kind: str | None = None) -> Response:
        content_type = kind or f"multipart/form-data; boundary={BOUNDARY}"
        headers = {**ada.headers, "Idempotency-Key": key, "Content-Type": content_type}
        return api.post(PATH, content=body, headers=headers)

    return sending


def board(api: TestClient) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = api.get("/api/v1/competitions/digits/leaderboard").json()["rows"]
    return rows


def code(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


class TestAtOnce:
    def test_is_scored_like_any_other(self, send, api: TestClient, labels: np.ndarray) -> None:
        file = npy(labels)
        answer = send(form(announced(file), file))
        assert answer.status_code == 202
        assert answer.json()["state"] == "queued"
        assert answer.headers["content-type"] == "application/json"
        assert run_until(lambda: board(api))[0]["score"] == 1

    def test_the_same_key_finds_the_same_submission(self, send, labels: np.ndarray) -> None:
        file = npy(labels)
        first, again = (send(form(announced(file), file)) for _ in range(2))
        assert (first.status_code, again.status_code) == (202, 200)
        assert first.json()["id"] == again.json()["id"]

    def test_the_same_bytes_are_recognised(self, send, labels: np.ndarray) -> None:
        file = npy(labels)
        first = send(form(announced(file), file))
        again = send(form(announced(file), file), key="key-number-two")
        assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])

    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"kind": "weights"}, (415, "kind_not_accepted")),
            ({"size_bytes": 0}, (422, "file_empty")),
            ({"size_bytes": 10**9}, (413, "file_too_large")),
            ({"size_bytes": "many"}, (422, "validation")),
            ({"preprocessing": "upside-down"}, (422, "validation")),
        ],
    )
    def test_is_refused_before_the_file_is_read(
        self, send, changes: dict[str, Any], refusal: tuple[int, str]
    ) -> None:
        announcement = json.dumps(announced(b"file", **changes)).encode()
        # No file follows: asking for one would end in another refusal.
        assert code(send(part("announcement", announcement) + part("nonsense", b""))) == refusal

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"not a form",
            f"--{BOUNDARY}\r\nContent-Disposition: ".encode() + b"x" * 10_000,
            f"--{BOUNDARY}\r\n".encode() + b"X-Header: more\r\n" * 100,
            part("file", b"first") + f"--{BOUNDARY}--\r\n".encode(),
            part("announcement", b"{}") + f"--{BOUNDARY}--\r\n".encode(),
            part("announcement", b'{"kind": ') + part("file", b"x"),
            part("announcement", b"\xff\xfe") + part("file", b"x"),
            form(announced(b"whole file"), b"whole file")[:-30],
            form(announced(b"one file"), b"another!"),
            form(announced(b"short"), b"longer than that"),
            form(announced(b"longer than that"), b"short"),
        ],
    )
    def test_a_broken_form_leaves_nothing(self, send, api: TestClient, body: bytes) -> None:
        assert code(send(body)) == (422, "validation")
        assert not board(api)

    @pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "text/plain"])
    def test_another_content_type_is_refused(self, send, kind: str) -> None:
        assert code(send(b"x", kind=kind)) == (422, "validation")

    def test_needs_a_token(self, api: TestClient) -> None:
        assert api.post(PATH, headers={"Idempotency-Key": "long-enough"}).status_code == 401
