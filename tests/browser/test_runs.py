"""The class's runs in a real browser: charts draw, brushes filter, pages fit, scales switch."""

from __future__ import annotations

import json
import re
from uuid import uuid4

import httpx
import numpy as np
import pytest
from playwright.sync_api import Page, expect

import heldout
from browser.test_pages import quiet
from conftest import CODE, ROOT
from waiting import run_until

__all__ = ["quiet"]

pytestmark = pytest.mark.browser

# Of a page at rest, so many in a row are alike.
PICTURES = 30
CURVES = ROOT / "tests" / "unit" / "runs" / "curves"


@pytest.fixture(scope="module")
def runs(server, tmp_path_factory):
    """A few runs with measured curves, by two people; answers their submissions."""
    made = []
    patch = pytest.MonkeyPatch()
    patch.setenv("HELDOUT_CONFIG", str(tmp_path_factory.mktemp("login") / "login.json"))
    examples = 10_000 if server.slug == "mnist" else 606
    for person, names in (("Ada", ("starter", "good_fit")), ("Bob", ("noisy", "plateau"))):
        name = f"{person} {uuid4().hex[:6]}"
        with heldout.join(server.url, code=CODE, name=name, progress=False) as client:
            for number, curve in enumerate(names):
                card = json.loads((CURVES / f"{curve}.json").read_text())["card"]
                labels = np.random.default_rng(len(made)).integers(0, 10, examples)
                made.append(
                    client.submit(
                        labels, name=curve, history=card["history"],
                        hyperparameters={**card["hyperparameters"], "study": "s", "trial": number},
                    )
                )  # fmt: skip
    patch.undo()
    address = f"{server.url}/c/{server.slug}/experiments/data"
    run_until(lambda: httpx.get(address).json()["total"] >= len(made))
    return made


def paths(server, runs) -> list[str]:
    chosen = "&".join(f"s={each.id}" for each in runs)
    base = f"/c/{server.slug}"
    return [
        f"{base}/experiments",
        f"{base}/experiments#experts",
        f"{base}/compare?{chosen}",
        f"/submissions/{runs[0].id}",
    ]


class TestPages:
    @pytest.mark.parametrize("width", [390, 1280, 1920])
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_fit_their_width_and_complain_of_nothing(self, server, runs, browser, width, scheme):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page, complaints = context.new_page(), []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: complaints.append(message.text) if message.type == "error" else None,
        )
        for path in paths(server, runs):
            page.goto(server.url + path)
            overflow = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert overflow <= 0, f"{path} at {width}: {overflow} px too wide"
        context.close()
        assert complaints == []


class TestMap:
    def test_is_for_experts_and_opens_on_demand(self, server, runs, quiet: Page):
        quiet.goto(f"{server.url}/c/{server.slug}/experiments")
        expect(quiet.get_by_role("heading", name="What helped in this class")).to_be_visible()
        expect(quiet.locator("[data-lines]")).to_be_hidden()
        quiet.get_by_text("For experts").click()
        expect(quiet.locator("[data-parallel] [data-said]")).to_contain_text("The best")

    def test_draws_lines_and_dots(self, server, runs, quiet: Page):
        quiet.goto(f"{server.url}/c/{server.slug}/experiments#experts")
        said = quiet.locator("[data-parallel] [data-said]")
        expect(said).to_contain_text(re.compile(r"The best \d+ of \d+ runs"))
        for canvas in ("[data-lines]", "[data-dots]"):
            inked = quiet.locator(canvas).evaluate(
                "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v)"
            )
            assert inked

    def test_a_brush_filters_and_is_cleared(self, server, runs, quiet: Page):
        quiet.goto(f"{server.url}/c/{server.slug}/experiments#experts")
        said = quiet.locator("[data-parallel] [data-said]")
        expect(said).to_contain_text("The best")
        lines = quiet.locator("[data-lines]")
        lines.scroll_into_view_if_needed()
        box = lines.bounding_box()
        quiet.mouse.move(box["x"] + 46, box["y"] + 60)
        quiet.mouse.down()
        quiet.mouse.move(box["x"] + 46, box["y"] + 160, steps=4)
        quiet.mouse.up()
        expect(said).to_contain_text(re.compile(r"\d+ of \d+ runs pass"))
        quiet.get_by_role("button", name="Clear the brushes").click()
        expect(said).to_contain_text("The best")

    def test_two_ticked_runs_are_compared(self, server, runs, quiet: Page):
        quiet.goto(f"{server.url}/c/{server.slug}/experiments")
        boxes = quiet.locator(".runs input[type=checkbox]")
        for at in range(2):
            boxes.nth(at).check()
        quiet.get_by_role("button", name="Compare").click()
        expect(quiet.get_by_role("heading", level=1)).to_contain_text("2 runs side by side")

    def test_is_complete_without_scripts(self, server, runs, browser):
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{server.url}/c/{server.slug}/experiments")
        expect(page.locator(".runs").get_by_text("good_fit").first).to_be_visible()
        context.close()


class TestByTouch:
    """On a phone, with gestures that go through the browser's own recogniser of scrolling."""

    @pytest.fixture
    def phone(self, browser):
        context = browser.new_context(
            viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
        )
        yield context.new_page()
        context.close()

    @pytest.fixture
    def swipe(self, server, runs, phone: Page):
        """Moves a finger over the chart, from and to places counted from its corner."""
        phone.goto(f"{server.url}/c/{server.slug}/experiments#experts")
        expect(phone.locator("[data-parallel] [data-said]")).to_contain_text("The best")
        session = phone.context.new_cdp_session(phone)

        def touch(kind: str, *points: dict[str, float]) -> None:
            sent = {"type": kind, "touchPoints": list(points)}
            session.send("Input.dispatchTouchEvent", sent)

        def swiping(start: tuple[int, int], end: tuple[int, int]) -> dict[str, float]:
            phone.evaluate(
                "document.querySelector('.parallel .scroll').scrollLeft = 0;"
                "document.querySelector('[data-lines]').scrollIntoView({block: 'center'})"
            )
            before, box = self.scrolled(phone), phone.locator("[data-lines]").bounding_box()
            places = [
                {"x": box["x"] + x, "y": box["y"] + y} for x, y in np.linspace(start, end, 12)
            ]
            touch("touchStart", places[0])
            for place in places[1:]:
                touch("touchMove", place)
                phone.wait_for_timeout(16)
            phone.wait_for_timeout(150)  # no fling
            touch("touchEnd")
            after = self.at_rest(phone)
            return {which: after[which] - before[which] for which in after}

        return swiping

    def at_rest(self, phone: Page) -> dict[str, float]:
        """How far all is scrolled, once it goes no farther: a busy machine scrolls late."""
        shown: list[dict[str, float]] = []
        while len(shown) < PICTURES or shown[-1] != shown[-PICTURES]:
            phone.evaluate("new Promise(requestAnimationFrame)")
            shown.append(self.scrolled(phone))
        return shown[-1]

    def scrolled(self, phone: Page) -> dict[str, float]:
        return phone.evaluate(
            "({page: scrollY, chart: document.querySelector('.parallel .scroll').scrollLeft})"
        )

    def test_the_chart_and_the_page_scroll_under_a_finger(self, swipe, phone: Page):
        clear = phone.get_by_role("button", name="Clear the brushes")
        assert swipe((300, 150), (100, 154))["chart"] > 100
        assert swipe((142, 150), (40, 150))["chart"] > 50  # begun on an axis, but across it
        assert swipe((95, 250), (95, 100))["page"] > 100  # between two axes
        expect(clear).to_be_hidden()

    def test_a_finger_along_an_axis_brushes_and_scrolls_nothing(self, swipe, phone: Page):
        assert swipe((46, 60), (46, 200)) == {"page": 0, "chart": 0}
        said = phone.locator("[data-parallel] [data-said]")
        expect(said).to_contain_text(re.compile(r"\d+ of \d+ runs pass"))
        phone.get_by_role("button", name="Clear the brushes").tap()
        expect(said).to_contain_text("The best")


class TestCurves:
    def test_the_log_scale_is_a_switch(self, server, runs, quiet: Page):
        quiet.goto(f"{server.url}/submissions/{runs[0].id}")
        expect(quiet.locator(".linear").first).to_be_visible()
        quiet.get_by_label("log scale").check()
        expect(quiet.locator(".logarithmic").first).to_be_visible()
        expect(quiet.locator(".linear").first).to_be_hidden()

    def test_values_are_read_under_the_pointer(self, server, runs, quiet: Page):
        quiet.goto(f"{server.url}/submissions/{runs[0].id}")
        chart = quiet.locator("svg.curves").first
        chart.hover()
        readout = quiet.locator(".readout").first
        expect(readout).to_contain_text(re.compile(r"Epoch \d+ · training .* · validation "))
