"""The screen on the wall: steered from the console, and back by itself after whatever happens."""

import hashlib
import json
import os
import re
import signal
from uuid import uuid4

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

import heldout
from acceptance.conftest import RunningServer, start_server
from browser.busy_wall import BusyRoom, shift_of
from browser.wall_faults import ruined
from conftest import CODE

pytestmark = pytest.mark.browser

ASLEEP_MS = 120_000
BUSY_SECONDS = float(os.environ.get("HELDOUT_TEST_BUSY_SECONDS", "20"))
"""Five minutes measure an evening; a fraction of them finds what shifts with each score."""
MOST_SHIFT = 0.1
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

    def act(self, path: str, **body: object) -> dict:
        """An organizer's act; what it answers."""
        headers = {"Authorization": f"Bearer {self.organizer}"}
        address = f"{self.url}/api/v1/admin/competitions/{self.slug}/{path}"
        answer = httpx.post(address, headers=headers, json=body or None)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    def take_down(self, announcement: str) -> None:
        """Take an announcement off the wall."""
        headers = {"Authorization": f"Bearer {self.organizer}"}
        path = f"{self.url}/api/v1/admin/competitions/{self.slug}/announcements/{announcement}"
        assert httpx.delete(path, headers=headers).status_code == 200

    @property
    def examples(self) -> int:
        """How many hidden images there are."""
        return 10_000 if self.slug == "mnist" else 606

    def fill(self, names: list[str]) -> None:
        """All of these send something, as fast as it goes; it is scored in a moment."""
        api = f"{self.url}/api/v1"
        with httpx.Client() as http:
            for number, name in enumerate(names):
                joined = http.post(f"{api}/join", json={"code": CODE, "name": name}).json()
                file = b"\n".join(b"%d" % (each * number % 10) for each in range(self.examples))
                announced = {
                    "kind": "predictions",
                    "name": "Made up",
                    "filename": "p.csv",
                    "size_bytes": len(file),
                    "sha256": hashlib.sha256(file).hexdigest(),
                }
                answer = http.post(
                    f"{api}/submissions/at-once",
                    headers={
                        "Authorization": f"Bearer {joined['token']}",
                        "Idempotency-Key": uuid4().hex,
                    },
                    files={"announcement": (None, json.dumps(announced)), "file": ("p.csv", file)},
                )
                assert answer.status_code < 300, answer.text

    def score(self, name: str = "") -> str:
        """Somebody new is scored; their name."""
        name = name or f"Wall {uuid4().hex[:6]}"
        guesses = np.random.default_rng(int(uuid4().hex[:7], 16)).integers(0, 10, self.examples)
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


SIZES = [(1280, 720), (1920, 1080), (3840, 2160)]
LONG = "Wilhelmina Featherstonehaugh-Cholmondeley of the Long Names"[:53]


@pytest.fixture(scope="module")
def crowd(place):
    """Eleven people with long names, and baselines between them."""
    for number in range(11):
        place.score(f"{LONG} {number:>2} {uuid4().hex[:3]}")
    place.act("baselines", kind="last_year", score=0.9)
    place.act("baselines", kind="starter", score=0.1)


class TestTheWall:
    @pytest.fixture(params=SIZES, ids=lambda size: "x".join(map(str, size)))
    def sized(self, request, place, crowd, browser):
        """A projector of this size, still."""
        place.show(view="board", theme="dark", qr=True)
        width, height = request.param
        context = browser.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce"
        )
        page = context.new_page()
        page.goto(f"{place.url}/c/{place.slug}/tv?code={CODE}")
        expect(status(page, "live")).to_have_count(1)
        yield page
        context.close()

    def test_cuts_and_covers_nothing_whatever_is_said(self, place, sized):
        assert ruined(sized) == []
        said = place.act("announcements", text="Pizza is here. " * 8, level="warning")
        for act in ("freeze", "pause"):
            place.act(act)
        try:
            expect(sized.locator(".tv-state-paused")).to_be_visible()
            expect(sized.locator(".tv-state-frozen")).to_be_visible()
            expect(sized.locator(".tv-banner")).to_be_visible()
            assert ruined(sized) == []
            strip = sized.locator(".tv-states").bounding_box()
            assert strip["width"] > 0.9 * sized.viewport_size["width"]
        finally:
            for act in ("resume", "unfreeze"):
                place.act(act)
            place.take_down(said["id"])
        for view in ("race", "awards", "join"):
            place.show(view=view)
            expect(sized.locator(f"#tv[data-live-scene={view}]")).to_be_visible()
            assert ruined(sized) == [], view

    def test_keeps_the_first_five_in_sight_and_turns_the_others_by_whole_pages(self, place, sized):
        seen = set()
        for _ in range(3):
            shown = sized.locator(".tv-row[data-rank]:visible")
            ranks = [
                int(one) for one in shown.evaluate_all("(all) => all.map((e) => e.dataset.rank)")
            ]
            assert ranks[:5] == [1, 2, 3, 4, 5]
            assert ruined(sized) == []
            seen |= set(ranks)
            sized.keyboard.press("ArrowDown")
        assert len(seen) == sized.locator(".tv-row[data-rank]").count()

    def test_has_scores_in_one_column_with_or_without_a_trend(self, sized):
        rights = sized.locator(".tv-top .tv-score").evaluate_all(
            "(all) => all.map((one) => Math.round(one.getBoundingClientRect().right))"
        )
        assert len(set(rights)) == 1

    def test_has_baselines_in_their_place(self, sized):
        order = sized.locator(".tv-row").evaluate_all("(all) => all.map((one) => one.className)")
        ghosts = [number for number, name in enumerate(order) if "ghost" in name]
        assert ghosts[0] == 0
        assert 0 < ghosts[-1] < len(order) - 1


def test_cuts_and_covers_nothing_from_one_row_to_many(tmp_path, browser):
    running = start_server(tmp_path / "data", HELDOUT_JOINS_PER_MINUTE="1000", **SETTINGS)
    place, there = Place(running), 0
    try:
        for many, sizes in ((1, SIZES[1:]), (7, SIZES[:1]), (33, SIZES), (120, SIZES[:1])):
            place.fill([f"{LONG} {number:>3} {uuid4().hex[:2]}" for number in range(there, many)])
            there = many
            for width, height in sizes:
                page = browser.new_page(
                    viewport={"width": width, "height": height}, reduced_motion="reduce"
                )
                page.goto(f"{place.url}/c/{place.slug}/tv?code={CODE}&rows=200")
                expect(status(page, "live")).to_have_count(1)
                expect(page.locator(".tv-row[data-rank]")).to_have_count(many)
                for _ in range(3):
                    assert ruined(page) == [], (many, width)
                    page.keyboard.press("ArrowDown")
                page.close()
    finally:
        running.stop()


def test_a_new_score_is_said_with_where_it_went(place, wall):
    place.score()
    name = place.score()
    toast = wall.locator("[data-tv-toast]")
    expect(toast).to_contain_text(name)
    expect(toast).to_contain_text(re.compile(r"\d(st|nd|rd|th) place, new"))
    wall.clock.fast_forward(20_000)
    expect(toast).to_be_hidden()


def test_hardly_shifts_while_the_room_is_busy(place, browser):
    place.show(view="board", qr=True)
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.goto(f"{place.url}/c/{place.slug}/tv?code={CODE}")
    expect(status(page, "live")).to_have_count(1)
    room = BusyRoom(place.url, place.examples)
    acts = [lambda: place.act("freeze"), lambda: place.act("unfreeze")]
    shifted = shift_of(page, room, BUSY_SECONDS, acts)
    room.leave()
    context.close()
    assert room.sent > BUSY_SECONDS / 5
    assert shifted < MOST_SHIFT


def test_an_organizers_browser_shows_the_code_without_being_told(place, browser):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{place.url}/c/{place.slug}/tv")
    expect(page.locator(".tv-qr")).to_have_count(0)
    expect(page.get_by_text("The join code isn't on this screen")).to_be_visible()
    page.goto(f"{place.url}/organize")
    page.get_by_label(re.compile("token", re.I)).first.fill(place.organizer)
    page.keyboard.press("Enter")
    expect(page.get_by_text(CODE).first).to_be_visible()
    page.goto(f"{place.url}/c/{place.slug}/tv")
    expect(page.locator(".tv-code")).to_have_text(CODE)
    expect(page.locator(".tv-qr svg")).to_be_visible()
    context.close()


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
