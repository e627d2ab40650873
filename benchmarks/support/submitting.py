"""A participant that never gives up: the same idempotency key until the file is taken."""

from __future__ import annotations

import io
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import numpy as np

from support.cluster import CODE, Cluster

FINAL = frozenset({"scored", "rejected", "error"})
LONGEST_SECONDS = 240


def npy(array: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(array))
    return buffer.getvalue()


@dataclass
class Persistent:
    """Talks to any web process that answers; counts what it had to repeat."""

    cluster: Cluster
    name: str
    token: str = ""
    retries: int = 0
    reposts: int = 0
    reposts_elsewhere: int = 0
    ids: dict[str, str] = field(default_factory=dict)
    random: random.Random = field(default_factory=random.Random)

    def __enter__(self) -> Persistent:
        self._http = httpx.Client(timeout=15)
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def join(self) -> None:
        answer = self._ask("POST", "/join", json={"code": CODE, "name": self.name}, ok={201, 409})
        assert answer.status_code == 201, answer.text
        self.token = answer.json()["token"]

    def submit(self, kind: str, filename: str, content: bytes) -> str:
        """The submission's id, once its file was taken; sometimes asks again with the same key."""
        key = str(uuid4())
        found = self._submit(key, kind, filename, content)
        self.ids[key] = found
        if self.random.random() < 0.3:
            self.reposts += 1
            self.reposts_elsewhere += self._submit(key, kind, filename, content) != found
        return found

    def state(self, submission_id: str) -> str:
        return str(self._ask("GET", f"/submissions/{submission_id}", ok={200}).json()["state"])

    def _submit(self, key: str, kind: str, filename: str, content: bytes) -> str:
        body = {"kind": kind, "filename": filename, "size_bytes": len(content)}
        opened = self._ask(
            "POST", "/submissions", json=body, headers={"Idempotency-Key": key}, ok={200, 201}
        ).json()
        if opened["state"] == "received":
            path = f"/submissions/{opened['id']}/file"
            self._ask("PUT", path, content=content, ok={200, 202})
        return str(opened["id"])

    def _ask(self, method: str, path: str, *, ok: set[int], **request: Any) -> httpx.Response:
        deadline = time.monotonic() + LONGEST_SECONDS
        headers = dict(request.pop("headers", {}))
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        while True:
            answer = self._once(method, path, headers, request)
            if answer is not None and answer.status_code in ok:
                return answer
            if answer is not None and not _passing(answer):
                raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"{method} {path}: nobody took it")
            self.retries += 1
            time.sleep(0.2 + self.random.random() * 0.3)

    def _once(
        self, method: str, path: str, headers: dict[str, str], request: dict[str, Any]
    ) -> httpx.Response | None:
        port = self.random.choice(self.cluster.webs).port
        try:
            return self._http.request(
                method, f"http://127.0.0.1:{port}/api/v1{path}", headers=headers, **request
            )
        except httpx.LocalProtocolError:
            raise
        except httpx.TransportError:
            return None


def _passing(answer: httpx.Response) -> bool:
    """Whether it may be otherwise in a moment, as when the sandbox is being tested again."""
    untested = answer.status_code == 415 and "right now" in answer.text
    return answer.status_code >= 500 or answer.status_code == 429 or untested


def until_final(
    participants: list[Persistent], log: Callable[[str], None], seconds: float
) -> list[str]:
    """Ids that are still not final after `seconds`."""
    waiting = [(person, found) for person in participants for found in person.ids.values()]
    deadline = time.monotonic() + seconds
    while waiting and time.monotonic() < deadline:
        waiting = [(p, found) for p, found in waiting if p.state(found) not in FINAL]
        if waiting:
            log(f"{len(waiting)} not final yet")
            time.sleep(1)
    return [found for _, found in waiting]
