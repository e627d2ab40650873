"""The screen on the wall: steered from the console, and back by itself after whatever happens."""

import re
import signal
from uuid import uuid4

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

import heldout
from acceptance.conftest import RunningServer, start_server
from conftest import CODE

pytestmark = pytest.mark.browser

ASLEEP_MS = 120_000
SETTINGS = {"HELDOUT_MODEL_WORKERS": "0"}


class Place:
    """A server of this module's own, which can be killed and started again at its address."""

    def __init__(self, running: RunningServer) -> None:
        self.running, self.url, self.slug = running, running.url, running.slug
        self.organizer = re.search(r"ho_[\w-]+", running.log.read_text()).group()

    def kill(self) -> None:
        self.running.stop(signal.SIGKILL)

    def start(self) -> None:
        port = int(self.url.rpartition(":")[2])
        self.running = start_server(self.running.data, port=port, **SETTINGS)

    def show(self, **screen: object) -> None:
        headers = {"Authorization": f"Bearer {self.organizer}"}
        path = f"{self.url}/api/v1/admin/competitions/{self.slug}/projector"
        assert httpx.patch(path, headers=headers, json=screen).status_code == 200

    def score(self) -> str:
        """Somebody new is scored; their name."""
        name = f"Wall {uuid4().hex[:6]}"
        examples = 10_000 if self.slug == "mnist" else 606
        guesses = np.random.default_rng(int(uuid4().hex[:7], 16)).integers(0, 10, examples)
        with heldout.join(self.url, code=CODE, name=name, progress=False) as client:
            client.submit(guesses)
        return name


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    running = start_server(tmp_path_factory.mktemp("projector") / "data", **SETTINGS)
    found = Place(running)
    yield found
    found.running.stop()


@pytest.fixture
def wall(place, browser: Browser, login):
    """A projector that shows the board, live."""
    place.show(view="board", theme="dark", qr=True)
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.clock.install()
    page.goto(f"{place.url}/c/{place.slug}/tv?code={CODE}&rows=200")
    expect(status(page, "live")).to_have_count(1)
    page.evaluate("window.neverReloaded = true")
    yield page
    context.close()


def status(page: Page, state: str):
    return page.locator(f"[data-live-status={state}]")


def row(page: Page, name: str):
    return page.locator(f"[data-row] .name:text-is('{name}')")


def test_organizers_change_what_it_shows(place, wall):
    place.score()
    expect(wall.locator("[data-row]").first).to_be_visible()
    shown = {
        "race": ".tv-stage .race",
        "awards": ".tv-stage .award",
        "join": ".tv-qr",
        "pause": "#tv-pause",
    }
    for view, inside in shown.items():
        place.show(view=view)
        expect(wall.locator(f"#tv[data-live-scene={view}]")).to_be_visible()
        expect(wall.locator(inside).first).to_be_visible()
    expect(wall.locator(".tv-code")).to_be_hidden()
    place.show(view="board", theme="light")
    expect(wall.locator("[data-row]").first).to_be_visible()
    expect(wall.locator("[data-row].is-new")).to_have_count(0)
    assert wall.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    assert wall.evaluate("window.neverReloaded") is True


def test_a_server_that_was_killed_and_started_again(place, wall):
    place.show(view="board", qr=False)
    place.kill()
    expect(status(wall, "lost")).to_be_visible()
    place.start()
    expect(status(wall, "live")).to_have_count(1)
    name = place.score()
    expect(row(wall, name)).to_have_count(1)
    expect(wall.locator(".tv-qr")).to_be_hidden()
    assert wall.evaluate("window.neverReloaded") is True


def test_a_laptop_that_slept(place, wall):
    wall.context.set_offline(True)
    name = place.score()
    wall.wait_for_timeout(500)
    expect(row(wall, name)).to_have_count(0)
    wall.context.set_offline(False)
    wall.clock.fast_forward(ASLEEP_MS)  # timers run late at once, as when the lid opens again
    expect(row(wall, name)).to_have_count(1)
    expect(status(wall, "live")).to_have_count(1)
    assert wall.evaluate("window.neverReloaded") is None  # it began afresh, by itself


def test_a_network_that_was_away(place, wall):
    wall.context.set_offline(True)
    name = place.score()
    expect(status(wall, "lost")).to_be_visible()
    expect(row(wall, name)).to_have_count(0)
    wall.context.set_offline(False)
    expect(row(wall, name)).to_have_count(1)
    assert wall.evaluate("window.neverReloaded") is True
