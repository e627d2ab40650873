"""A participant over plain HTTP, as a script without the client library would be one."""

from __future__ import annotations

import hashlib
import io
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
from fastapi.testclient import TestClient

FINAL = {"scored", "rejected", "error"}


def npy(array: Any) -> bytes:
    """The bytes of an `.npy` file."""
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(array))
    return buffer.getvalue()


def browser(api: TestClient) -> TestClient:
    """Another browser, with no cookies, on the same running server."""
    other = TestClient(api.app)
    other.portal = api.portal
    return other


class Participant:
    """Holds a token and speaks the API."""

    def __init__(self, api: httpx.Client, token: str, name: str) -> None:
        self.api = api
        self.name = name
        self.headers = {"Authorization": f"Bearer {token}"}

    @classmethod
    def join(cls, api: httpx.Client, name: str, code: str = "WAT-2026") -> Participant:
        answer = api.post("/api/v1/join", json={"code": code, "name": name})
        assert answer.status_code == 201, answer.text
        return cls(api, answer.json()["token"], name)

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.api.get(f"/api/v1{path}", headers=self.headers, params=params)

    def post(self, path: str) -> httpx.Response:
        return self.api.post(f"/api/v1{path}", headers=self.headers)

    def put(self, path: str, body: Any) -> httpx.Response:
        return self.api.put(f"/api/v1{path}", headers=self.headers, json=body)

    def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.api.request(method, f"/api/v1{path}", headers=self.headers, json=body)

    def open(self, content: bytes, *, key: str | None = None, **changes: Any) -> httpx.Response:
        body = {
            "kind": "predictions",
            "filename": "predictions.npy",
            "size_bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            **changes,
        }
        headers = {**self.headers, "Idempotency-Key": key or str(uuid4())}
        return self.api.post("/api/v1/submissions", headers=headers, json=body)

    def upload(self, submission_id: str, content: Any) -> httpx.Response:
        path = f"/api/v1/submissions/{submission_id}/file"
        return self.api.put(path, headers=self.headers, content=content)

    def submit(self, content: bytes, **changes: Any) -> dict[str, Any]:
        """Open, upload and wait until final."""
        opened = self.open(content, **changes)
        assert opened.status_code in {200, 201}, opened.text
        shown = opened.json()
        if shown["state"] == "received":
            uploaded = self.upload(shown["id"], content)
            assert uploaded.status_code in {200, 202}, uploaded.text
            shown = uploaded.json()
        return self.wait(shown)

    def wait(self, shown: dict[str, Any]) -> dict[str, Any]:
        for _ in range(30):
            if shown["state"] in FINAL:
                return shown
            shown = self.get(f"/submissions/{shown['id']}", wait=2).json()
        raise AssertionError(f"not final after a minute: {shown}")
