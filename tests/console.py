"""An organizer in a browser without scripts: follows links, fills in forms."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import httpx
from fastapi.testclient import TestClient

BASE = "/organize/c/digits"


class Console:
    """A browser of its own, signed in with a token."""

    def __init__(self, app: Any, token: str) -> None:
        self.browser = TestClient(app)
        answer = self.browser.post("/organize/sign-in", data={"token": token})
        assert answer.status_code == 200, answer.text
        self.csrf = self.csrf_of(answer.text)

    @staticmethod
    def csrf_of(html: str) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', html)
        assert found is not None
        return found.group(1)

    def get(self, path: str = "") -> httpx.Response:
        """A page of the competition, or (from /) any other."""
        return self.browser.get(path if path.startswith("/") else _under(path))

    def post(self, path: str, files: Any = None, **fields: Any) -> httpx.Response:
        """Send a form of ours; the answer is the page that follows."""
        data = {"csrf": self.csrf, "key": uuid4().hex, **fields}
        address = path if path.startswith("/") else _under(path)
        return self.browser.post(address, data=data, files=files)


def _under(path: str) -> str:
    return f"{BASE}/{path}" if path else BASE


def one_id(html: str, what: str) -> str:
    """The first id of a kind on a page: `people`, `submissions`, `rescores`."""
    found = re.search(rf"/{what}/([a-z]_[\w-]+)", html)
    assert found is not None, what
    return found.group(1)


def hidden(html: str, name: str) -> str:
    """The value of the first hidden field of this name."""
    found = re.search(rf'type="hidden" name="{name}" value="([^"]*)"', html)
    assert found is not None, name
    return found.group(1)
