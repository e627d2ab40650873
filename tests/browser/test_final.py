"""The drawn final in real browsers: drawn with a finger, read by two and by a model."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import uuid4

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from support.hand import Hand

import heldout
import onnx_files
from acceptance.conftest import RunningServer, start_server
from browser.barriers import serious, serious_by_day_and_night
from browser.wall_faults import ruined
from conftest import CODE

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 640}
LAPTOP = {"width": 1280, "height": 800}
SAYS = 3
"""What Ada's model reads in everything."""
STEPS_ARE_KEPT = """
window.steps = [];
const shown = () => document.querySelector("[data-step]:not([hidden])").dataset.step;
new MutationObserver(() => steps.push(shown())).observe(document.querySelector("[data-final]"), {
  subtree: true, attributeFilter: ["hidden"],
});
"""


class Final:
    """A server of this module's own with one model, on which everybody draws."""

    def __init__(self, running: RunningServer) -> None:
        self.running, self.url = running, running.url
        self.room = f"{running.url}/c/{running.slug}"
        self.organizer = re.search(r"ho_[\w-]+", running.log.read_text()).group()

    def lead(self, method: str, path: str, **body: object) -> None:
        """An organizer's act."""
        address = f"{self.url}/api/v1/admin/competitions/{self.running.slug}/drawn-final{path}"
        headers = {"Authorization": f"Bearer {self.organizer}"}
        answer = httpx.request(method, address, json=body, headers=headers)
        assert answer.is_success, answer.text

    def read_by_program(self, said: int) -> None:
        """Somebody reads a drawing over the API."""
        api = f"{self.url}/api/v1"
        body = {"code": CODE, "name": f"Script {uuid4().hex[:6]}"}
        token = httpx.post(f"{api}/join", json=body).json()["token"]
        with httpx.Client(headers={"Authorization": f"Bearer {token}"}) as http:
            part = http.post(f"{api}/me/drawn-final?reads_only=true").json()
            reading = {"drawing": part["offer"]["drawing"], "said": said}
            assert http.post(f"{api}/me/drawn-final/readings", json=reading).is_success


@pytest.fixture(scope="module")
def final(tmp_path_factory):
    folder = tmp_path_factory.mktemp("final")
    running = start_server(folder / "data", HELDOUT_MODEL_WORKERS="1", HELDOUT_ENGINE="onnxruntime")
    found = Final(running)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HELDOUT_CONFIG", str(folder / "login.json"))
        with heldout.join(running.url, code=CODE, name="Ada", progress=False) as client:
            assert client.submit(always(SAYS, folder / "model.onnx")).status == "scored"
    found.lead("POST", "")
    yield found
    running.stop()


@pytest.fixture(autouse=True)
def drawing(final):
    """Everybody draws, also after another test's podium."""
    final.lead("PUT", "/phase", phase="draw")


def always(digit: int, path: Path) -> Path:
    """A model that reads one digit in everything."""
    tensors = [
        onnx_files.tensor("w", np.zeros((onnx_files.PIXELS, 10), np.float32)),
        onnx_files.tensor("b", np.eye(10, dtype=np.float32)[digit]),
    ]
    path.write_bytes(onnx_files.honest(tensors=tensors))
    return path


@pytest.fixture
def opened(browser: Browser):
    """Opens a browser of somebody's; all are closed afterwards."""
    contexts: list[BrowserContext] = []

    def open_one(**settings: object) -> Page:
        contexts.append(browser.new_context(**settings))
        return contexts[-1].new_page()

    yield open_one
    for context in contexts:
        context.close()


def take_part(final: Final, page: Page) -> Page:
    """Join as somebody new and follow the notice to the final."""
    page.goto(f"{final.room}/join?code={CODE}")
    page.get_by_label("Your name on the board").fill(f"Hand {uuid4().hex[:6]}")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You joined")).to_be_visible()
    page.goto(f"{final.room}/me")
    page.get_by_role("link", name="Draw, and read what others drew").click()
    expect(page.locator("[data-prompt]")).to_have_text(re.compile(r"\d"))
    return page


def prompt(page: Page) -> int:
    return int(page.locator("[data-prompt]").inner_text())


def draw(page: Page, strokes: list[list[int]]) -> None:
    """Draw with one finger, as the screen hears it."""
    finger = page.context.new_cdp_session(page)
    box = page.locator("[data-pad]").bounding_box()

    def touch(kind: str, *at: int) -> None:
        points = [
            {"x": box["x"] + x * box["width"] / 1000, "y": box["y"] + y * box["height"] / 1000}
            for x, y in zip(at[::2], at[1::2], strict=True)
        ]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    for stroke in strokes:
        touch("touchStart", *stroke[:2])
        for n in range(2, len(stroke), 8):
            touch("touchMove", *stroke[n : n + 2])
        touch("touchMove", *stroke[-2:])
        touch("touchEnd")


def done(page: Page):
    return page.get_by_role("button", name="Done")


def pause(final: Final, paused: bool) -> None:
    final.lead("PUT", "/pause", paused=paused)


class TestADrawing:
    def test_is_read_by_two_and_by_a_model_until_the_podium(self, final, opened):
        wall = opened(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
        wall.goto(f"{final.room}/tv?code={CODE}")
        expect(wall.locator("[data-live-status=live]")).to_have_count(1)
        wall.evaluate("window.neverReloaded = true")
        phone = take_part(final, opened(viewport=PHONE, has_touch=True))
        found = serious_by_day_and_night(phone)
        reader = take_part(final, opened(viewport=LAPTOP))
        asked = prompt(phone)
        draw(phone, Hand.of(3).draws(asked))
        done(phone).click()
        expect(phone.get_by_role("status")).to_contain_text("Drawing 2 of 10")

        reader.get_by_role("button", name="I can't draw: give me more to read").click()
        expect(reader.get_by_role("heading", name="What is this?")).to_be_focused()
        found += serious_by_day_and_night(reader)
        reader.keyboard.press(str(asked))
        expect(reader.get_by_text("Nothing to read just now")).to_be_visible()
        final.read_by_program(asked)
        card = wall.locator(".tvf-card", has=wall.get_by_alt_text(f"A drawn {asked}"))
        expect(card.locator(".tvf-said")).to_have_text(re.compile(rf"Ada\s*{SAYS}"))
        assert ruined(wall) == []

        final.lead("PUT", "/phase", phase="podium")
        expect(phone.get_by_role("heading", name="That was the final")).to_be_visible()
        expect(wall.locator(".tvf-step")).to_contain_text("Ada")
        assert ruined(wall) == []
        assert wall.evaluate("window.neverReloaded") is True
        assert found + serious_by_day_and_night(phone) + serious(wall) == []


class TestAPhone:
    def test_takes_back_what_was_not_meant(self, final, opened):
        phone = take_part(final, opened(viewport=PHONE, has_touch=True))
        asked = prompt(phone)
        for button in ("Undo", "Clear"):
            draw(phone, [[500, 100, 500, 500, 500, 900]])
            expect(done(phone)).to_be_enabled()
            phone.get_by_role("button", name=button).click()
            expect(done(phone)).to_be_disabled()
        assert phone.evaluate("scrollY") == 0  # the finger draws, and doesn't move the page
        draw(phone, [[500, 500, 501, 501]])
        done(phone).click()
        expect(phone.get_by_role("alert")).to_contain_text("There is hardly anything drawn.")
        expect(phone.get_by_role("alert")).to_be_in_viewport(ratio=1)
        assert prompt(phone) == asked

    def test_keeps_what_it_can_not_send(self, final, opened):
        phone = take_part(final, opened(viewport=PHONE, has_touch=True))
        first = prompt(phone)
        phone.context.set_offline(True)
        draw(phone, Hand.of(1).draws(first))
        done(phone).click()
        expect(phone.get_by_role("status")).to_contain_text("1 kept in this browser")
        assert prompt(phone) != first
        phone.close()
        again = phone.context.new_page()
        phone.context.set_offline(False)
        again.goto(f"{final.room}/final")
        expect(again.get_by_role("status")).to_contain_text("Drawing 2 of 10")
        assert prompt(again) != first

    def test_keeps_what_came_in_a_pause(self, final, opened):
        phone = take_part(final, opened(viewport=PHONE, has_touch=True))
        draw(phone, Hand.of(2).draws(prompt(phone)))
        # It hears of the pause by its own drawing first.
        phone.route("**/final/drawings*", lambda route: (pause(final, True), route.continue_()))
        done(phone).click()
        expect(phone.get_by_role("heading", name="A short pause")).to_be_visible()
        phone.unroute("**/final/drawings*")
        pause(final, False)
        expect(phone.get_by_role("status")).to_contain_text("Drawing 2 of 10")

    def test_shows_what_comes_next_and_nothing_between(self, final, opened):
        """It showed a prompt, or that there was nothing to do, until the server's answer came."""
        phone = take_part(final, opened(viewport=PHONE, has_touch=True))
        for number in (1, 2):
            # A hand of this test's own: the same strokes are taken once.
            draw(phone, Hand.of(10 + number).draws(prompt(phone)))
            done(phone).click()
            expect(phone.get_by_role("status")).to_contain_text(f"Drawing {number + 1} of 10")
        reader = opened(viewport=LAPTOP)
        reader.clock.install()
        take_part(final, reader)
        reader.get_by_role("button", name="I can't draw: give me more to read").click()
        expect(reader.get_by_role("heading", name="What is this?")).to_be_focused()
        reader.clock.pause_at(reader.evaluate("Date.now() + 1000"))  # however late the answer is
        reader.evaluate(STEPS_ARE_KEPT)
        image = reader.locator("[data-image]")
        first = image.get_attribute("data-drawing")
        reader.keyboard.press("7")
        expect(image).not_to_have_attribute("data-drawing", first)
        assert set(reader.evaluate("window.steps")) == {"read"}
