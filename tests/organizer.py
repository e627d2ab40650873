"""An organizer over plain HTTP, as a script would be one."""

from __future__ import annotations

from typing import Any

import httpx


class Organizer:
    """Holds a token and speaks the admin API."""

    def __init__(self, api: httpx.Client, token: str) -> None:
        self.api = api
        self.token = token

    def request(self, method: str, path: str, *, key: str | None = None, **options: Any):
        headers = {"Authorization": f"Bearer {self.token}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        return self.api.request(method, f"/api/v1/admin{path}", headers=headers, **options)

    def get(self, path: str, **params: Any):
        return self.request("GET", path, params=params)

    def post(self, path: str, body: Any = None, *, key: str | None = None):
        return self.request("POST", path, json=body, key=key)

    def patch(self, path: str, body: Any):
        return self.request("PATCH", path, json=body)

    def put(self, path: str, body: Any):
        return self.request("PUT", path, json=body)

    def delete(self, path: str):
        return self.request("DELETE", path)
