"""Addresses that FastAPI reads when they are asked for."""

from __future__ import annotations

import asyncio
from typing import Annotated

import httpx
import pytest
from fastapi import Depends, FastAPI
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute

from heldout_server.web.routes import Routes, made


def begun() -> str:
    return "begun"


@pytest.fixture
def table() -> Routes:
    inner = Routes(prefix="/things", tags=["things"], default_response_class=HTMLResponse)

    @inner.get("/{number}", status_code=203)
    def show(number: int, said: Annotated[str, Depends(begun)]) -> str:
        return f"{number} {said}"

    @inner.delete("/{number}", tags=["more"], responses={410: {"description": "gone"}})
    def remove(number: int) -> None: ...

    outer = Routes(prefix="/all", tags=["outer"], responses={404: {"description": "none"}})
    outer.include_router(inner, prefix="/of")

    @outer.get("/hidden", include_in_schema=False)
    def hidden() -> None: ...

    return outer


def answer(table: Routes, method: str, path: str) -> httpx.Response:
    app = FastAPI()
    app.router.routes.extend(table.routes)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.request(method, path)

    return asyncio.run(ask())


def is_made(route: object) -> bool:
    return "made" in vars(route)


def test_only_what_is_asked_for_is_read(table):
    show, remove, hidden = table.routes
    found = answer(table, "GET", "/all/of/things/7")
    assert (found.status_code, found.text) == (203, "7 begun")
    assert found.headers["content-type"].startswith("text/html")
    assert is_made(show)
    assert not is_made(hidden)
    assert answer(table, "DELETE", "/all/of/things/7").status_code == 200
    assert is_made(remove)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/all/of/things/7", 405),
        ("GET", "/all/of/things/x", 422),
        ("GET", "/things/7", 404),
        ("GET", "/all/of/things/7/more", 404),
    ],
)
def test_others_are_refused(table, method, path, status):
    assert answer(table, method, path).status_code == status


def test_what_is_said_of_all_is_said_of_each(table):
    show, remove, hidden = made(table.routes)
    assert isinstance(remove, APIRoute)
    assert remove.path == "/all/of/things/{number}"
    assert remove.tags == ["outer", "things", "more"]
    assert set(remove.responses) == {404, 410}
    assert isinstance(hidden, APIRoute)
    assert not hidden.include_in_schema
    assert isinstance(show, APIRoute)
    assert show.include_in_schema


def test_a_route_is_read_once(table):
    assert made(table.routes)[0] is made(table.routes)[0]
