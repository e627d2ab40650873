"""Many tabs of one browser in a room: a plain HTTP address, where browsers keep six connections."""

from contextlib import suppress
from urllib.parse import urlsplit
from uuid import uuid4

import numpy as np
import pytest
from playwright.sync_api import Error, Page, Playwright, expect, sync_playwright

import heldout
from browser.conftest import CHROMIUM, FLAGS
from conftest import CODE, missing
from waiting import PATIENCE_SECONDS, run_until

pytestmark = pytest.mark.browser

TABS = 7
# No headless browser hides a tab, so the page is told that it was hidden.
WATCHED = """() => {
    let hidden = false;
    Object.defineProperty(document, "hidden", { get: () => hidden });
    window.hide = (value) => {
        hidden = value;
        document.dispatchEvent(new Event("visibilitychange"));
    };
    window.streams = [];
    window.EventSource = class extends EventSource {
        constructor(...given) {
            super(...given);
            window.streams.push(this);
        }
    };
}"""
OPEN = "streams.filter((stream) => stream.readyState !== EventSource.CLOSED).length"


@pytest.fixture(scope="module")
def playwright():
    if CHROMIUM is None:
        missing("Chromium")
    with sync_playwright() as playwright:
        yield playwright


class Tabs:
    """A browser that knows the server by a name, as a room's network does."""

    def __init__(self, playwright: Playwright, server) -> None:
        rules = "--host-resolver-rules=MAP board.test 127.0.0.1"
        self.browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, rules])
        self.context = self.browser.new_context()
        self.context.add_init_script(f"({WATCHED})()")
        self.board = f"http://board.test:{urlsplit(server.url).port}/c/{server.slug}"

    def open(self, path: str = "") -> Page:
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        page.goto(self.board + path)
        return page


@pytest.fixture
def tabs(playwright, server):
    tabs = Tabs(playwright, server)
    yield tabs
    tabs.browser.close()


def submit(server) -> str:
    """Somebody new has a score; their name."""
    name = f"Tab {uuid4().hex[:6]}"
    examples = 10_000 if server.slug == "mnist" else 606
    with heldout.join(server.url, code=CODE, name=name, progress=False) as client:
        client.submit(np.random.default_rng(int(name[4:], 16)).integers(0, 10, examples))
    return name


def expect_live(page: Page) -> None:
    expect(page.locator("[data-live-status=live]")).to_be_visible()


def expect_row(page: Page, name: str) -> None:
    expect(page.locator(f"[data-row] .name:text-is('{name}')")).to_have_count(1)


def listening(pages: list[Page]) -> list[Page]:
    """The tabs that have a stream, once for each."""
    return [page for page in pages for _ in range(page.evaluate(OPEN))]


def one_listens(pages: list[Page]) -> Page:
    """The tab whose stream is everybody's, once there is one and no other."""
    run_until(lambda: len(listening(pages)) == 1)
    return listening(pages)[0]


def test_live_by_one_stream_and_go_on_whatever_becomes_of_the_one_that_listens(server, login, tabs):
    pages = [tabs.open() for _ in range(TABS)]
    assert pages[0].evaluate("[isSecureContext, typeof navigator.locks]") == [False, "undefined"]
    for page in pages:
        expect_live(page)
    for end in (_close, _crash, _freeze):
        listener = one_listens(pages)
        name = submit(server)
        for page in pages:
            expect_row(page, name)
        end(listener)
        pages.remove(listener)
        name = submit(server)  # while nobody listens
        for page in pages:
            expect_row(page, name)
    one_listens(pages)


def _close(page: Page) -> None:
    page.close()


def _crash(page: Page) -> None:
    with page.expect_event("crash"), suppress(Error):
        page.goto("chrome://crash")


def _freeze(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Debugger.enable")
    session.send("Debugger.pause")  # no browser freezes what is in sight; this stops all of it


def test_have_none_while_hidden_and_say_what_they_missed(server, login, tabs):
    pages = watched, board = [tabs.open("/race"), tabs.open()]
    expect_live(board)
    listener = one_listens(pages)
    listener.evaluate("hide(true)")
    run_until(lambda: listening(pages) == [p for p in pages if p is not listener])
    for page in pages:
        page.evaluate("hide(true)")
    assert listening(pages) == []
    names = [submit(server), submit(server)]
    board.evaluate("hide(false)")
    watched.evaluate("hide(false)")
    for name in names:
        expect_row(board, name)
    expect(watched.get_by_role("button", name="2 new scores")).to_be_visible()
    one_listens(pages)


def test_of_the_wall_keep_their_own(server, login, tabs):
    wall, board = tabs.open("/tv"), tabs.open()
    expect_live(board)
    wall.evaluate("hide(true)")  # a screen that only seems to be covered
    run_until(lambda: listening([wall, board]) == [wall, board])
    name = submit(server)
    expect_row(wall, name)
