"""Below a path of somebody else's site, nothing leads out of it: pages, cookies, client, stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx
import numpy as np
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

import heldout
from acceptance.conftest import login
from bounded_server import serving
from conftest import CODE
from heldout_server.kit.settings import Settings
from heldout_server.processes.installation import Installation
from heldout_server.processes.server import create_app, embedded
from heldout_server.web import handbook_site
from heldout_server.web.addresses import Peers
from heldout_server.web.connections import BoundedProtocol, Bounds
from heldout_server.web.html.root import serve_below
from waiting import PATIENCE_SECONDS

__all__ = ["login"]

# A person's own corner of a notebook server, as JupyterHub spells a mail address.
ROOT = "/user/ada%40uni.example/heldout"
MOST_PAGES = 70
PAGE = "text/html"
# Attributes that hold a path as the board has it, for a form to bring back, or people's own words.
NO_ADDRESS = {"value", "title", "alt", "data-name", "data-my-name", "placeholder"}
FOLLOWED = {"href", "src", "data-live-src", "data-live-queue", "data-own-rows", "data-src"}


@dataclass
class Site:
    """Somebody else's site, which hands on what is asked below ROOT and remembers the rest."""

    board: ASGIApp
    strays: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("raw_path", b"").decode()
        if scope["type"] == "http" and not f"{path}/".startswith(f"{ROOT}/"):
            self.strays.append(path)
            await PlainTextResponse("another program", 404)(scope, receive, send)
        else:
            await self.board(scope, receive, send)


@dataclass(frozen=True)
class Running:
    """The site while it is served, and the address of the board on it."""

    site: Site
    url: str

    @property
    def origin(self) -> str:
        return self.url.removesuffix(ROOT)


@pytest.fixture
def running(installed: Installation) -> Iterator[Running]:
    settings = Settings(**installed.settings.model_dump() | {"root_path": f"{ROOT}/"})
    server = replace(embedded(replace(installed, settings=settings)), background=())
    app = create_app(server)
    site = Site(app)
    bounds = Bounds.of(0, Peers(settings.believed_proxies))
    with serving(site, partial(BoundedProtocol, bounds=bounds), lifespan="on") as (host, port):
        yield Running(site, f"http://{host}:{port}{ROOT}")
        server.services.stream.stop()
    serve_below("")


class Addresses(HTMLParser):
    """The attributes of a page that begin with a slash."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[tuple[str, str]] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {(name, value) for name, value in attrs if value and value.startswith("/")}
        self.found |= {one for one in given if one[0] not in NO_ADDRESS}


def browsing() -> httpx.Client:
    """Comes by the site's name, as people do: at the loopback it would be a room's."""
    name = {"Host": "site.example"}
    return httpx.Client(headers=name, follow_redirects=True, timeout=PATIENCE_SECONDS)


def look_around(browser: httpx.Client, running: Running, *starts: str) -> list[str]:
    """Follow every link from the first pages on; what answered with a page."""
    todo, seen, pages = [f"{running.url}{start}" for start in starts], set(), []
    while todo and len(seen) < MOST_PAGES:
        address = todo.pop(0)
        if address in seen:
            continue
        seen.add(address)
        answer = browser.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        if not answer.headers.get("content-type", "").startswith(PAGE):
            continue
        pages.append(urlsplit(address).path.removeprefix(ROOT))
        addresses = Addresses(answer.text).found
        assert [one for one in addresses if not f"{one[1]}/".startswith(f"{ROOT}/")] == [], address
        links = (urldefrag(urljoin(address, to))[0] for name, to in addresses if name in FOLLOWED)
        # The handbook need not be built here: its own test follows its links, which are relative.
        todo += [link for link in links if link not in seen and handbook_site.PATH not in link]
    return pages


@pytest.mark.usefixtures("login")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
class TestBelowAPath:
    def test_a_participant_never_leaves_it(self, running: Running) -> None:
        with heldout.join(running.url, code=CODE, name="Ada", progress=False) as client:
            file = client.submit(np.arange(len(client.data().x_test)) % 10)
        assert file.status == "scored"
        assert file.url.startswith(f"{running.url}/submissions/")
        with browsing() as browser:
            form = {"code": CODE, "name": "Bo"}
            joined = browser.post(f"{running.url}/c/digits/join", data=form)
            assert urlsplit(str(joined.url)).path == f"{ROOT}/c/digits/join"
            assert {c.path for c in browser.cookies.jar} == {f"{ROOT}/c/digits", f"{ROOT}/c"}
            pages = look_around(browser, running, "", "/c/digits/me", "/client/")
            board = Addresses(browser.get(f"{running.url}/c/digits").text).found
            document = browser.get(f"{running.url}/openapi.json").json()
            [events] = {to for name, to in board if name == "data-live-events"}
            with browser.stream("GET", f"{running.origin}{events}") as stream:
                assert "event: hello" in next(stream.iter_text())
        assert document["servers"] == [{"url": ROOT}]
        assert {"/c/digits", "/help", "/c/digits/experiments", "/docs"} <= set(pages)
        assert running.site.strays == []

    def test_nor_does_an_organizer(self, running: Running, organizer_token: str) -> None:
        with browsing() as browser:
            form = browser.get(f"{running.url}/organize")
            assert str(form.url) == f"{running.url}/organize/sign-in?next=/organize"
            given = {"token": organizer_token, "next": "/organize"}
            first = browser.post(f"{running.url}/organize/sign-in", data=given)
            assert str(first.url).startswith(f"{running.url}/organize/c/digits")
            pages = look_around(browser, running, "/organize")
        assert {"/organize/c/digits/settings", "/organize/c/digits/people"} <= set(pages)
        assert running.site.strays == []
