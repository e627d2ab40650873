"""The reference of the HTTP API, read from its OpenAPI document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from handbook.markdown import prose, table
from heldout_server.web import client_wheel, health
from heldout_server.web.api import router
from heldout_server.web.routes import made


def text() -> str:
    """Every call by its noun; bodies and answers are in the server's own `/docs`."""
    return "\n\n".join(_parts())


def document() -> dict[str, Any]:
    """The OpenAPI document, without a server."""
    api = FastAPI()
    for part in (router, health.router, client_wheel.router):
        api.router.routes.extend(made(part.routes))
    return api.openapi()


def _parts() -> Iterator[str]:
    by_tag = defaultdict(list)
    for path, item in document()["paths"].items():
        for method, operation in item.items():
            tag = (operation.get("tags") or ["server"])[0]
            by_tag[tag].append((path, method.upper(), operation))
    for tag, calls in sorted(by_tag.items()):
        yield f"## {tag}"
        yield table(
            ("call", "what it does"),
            [(f"`{method} {path}`", _told(operation)) for path, method, operation in calls],
        )


def _told(operation: dict[str, Any]) -> str:
    said = operation.get("description") or operation.get("summary") or ""
    return prose(said.split("\n\n")[0])
