"""The pages in a real browser: a row arrives without reload, joining works, nothing overflows."""

import re
from uuid import uuid4

import httpx
import numpy as np
import pytest
from playwright.sync_api import Page, expect

import heldout
from conftest import CODE

pytestmark = pytest.mark.browser

WIDTHS = (390, 1280, 1920)


@pytest.fixture
def quiet(page: Page):
    """The page, with everything that it complains about; the test fails if it does."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    yield page
    assert complaints == []


def submit(server, name: str, seed: int, **card) -> heldout.Submission:
    examples = 10_000 if server.slug == "mnist" else 606
    labels = np.random.default_rng(seed).integers(0, 10, examples)
    with heldout.join(server.url, code=CODE, name=name, progress=False) as client:
        return client.submit(labels, **card)


class TestBoard:
    def test_a_new_score_appears_without_a_reload(self, server, login, quiet):
        quiet.goto(f"{server.url}/c/{server.slug}")
        quiet.evaluate("window.neverReloaded = true")
        name = f"Live {uuid4().hex[:6]}"
        submit(server, name, seed=int(uuid4().hex[:6], 16), notes="x")
        expect(quiet.get_by_text(name).first).to_be_visible()
        assert quiet.evaluate("window.neverReloaded") is True

    def test_is_complete_without_scripts(self, server, login, browser):
        name = f"Plain {uuid4().hex[:6]}"
        submit(server, name, seed=int(uuid4().hex[:6], 16))
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{server.url}/c/{server.slug}")
        expect(page.get_by_text(name).first).to_be_visible()
        context.close()

    @pytest.mark.parametrize("width", WIDTHS)
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_every_page_fits_its_width(self, server, login, browser, width, scheme):
        submission = submit(server, f"Wide {uuid4().hex[:6]}", seed=width)
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page = context.new_page()
        for path in (
            f"/c/{server.slug}", f"/c/{server.slug}/join", f"/submissions/{submission.id}",
            "/organize", "/no-such-page",
        ):  # fmt: skip
            page.goto(server.url + path)
            overflow = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert overflow <= 0, (path, width)
        context.close()


class TestJoin:
    def test_gives_a_cell_that_works(self, server, login, quiet):
        quiet.goto(f"{server.url}/c/{server.slug}/join")
        quiet.get_by_label(re.compile("code", re.I)).first.fill(CODE)
        quiet.get_by_label(re.compile("name", re.I)).first.fill(f"Form {uuid4().hex[:6]}")
        quiet.keyboard.press("Enter")
        expect(quiet.get_by_text("heldout.join(").first).to_be_visible()
        code = quiet.locator("#own-code").inner_text()
        joined = httpx.post(f"{server.url}/api/v1/join", json={"code": code}).json()
        with heldout.Client(server.url, joined["token"]) as client:
            assert client.me().name.startswith("Form")

    def test_a_wrong_code_is_explained_beside_the_field(self, server, page):
        page.goto(f"{server.url}/c/{server.slug}/join")
        page.get_by_label(re.compile("code", re.I)).first.fill("WRONG-CODE")
        page.get_by_label(re.compile("name", re.I)).first.fill("Ada")
        page.keyboard.press("Enter")
        expect(page.get_by_text("opens no competition").first).to_be_visible()


class TestSubmission:
    def test_shows_curves_and_says_when_the_confusion_matrix_comes(self, server, login, quiet):
        history = {"loss": [1.0, 0.5, 0.3], "val_loss": [1.1, 0.7, 0.8]}
        submission = submit(server, f"Curve {uuid4().hex[:6]}", seed=3, history=history)
        quiet.goto(submission.url.replace("localhost", "127.0.0.1"))
        expect(quiet.locator("svg").first).to_be_visible()
        expect(quiet.get_by_text("Confusion matrix and recall by class come after")).to_be_visible()


class TestOrganize:
    def test_a_wrong_token_is_explained(self, server, page):
        page.goto(f"{server.url}/organize")
        page.get_by_label(re.compile("token", re.I)).first.fill("ho_wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_text("not an organizer").first).to_be_visible()

    def test_the_printed_token_signs_in(self, server, quiet):
        token = re.search(r"ho_[\w-]+", server.log.read_text()).group()
        quiet.goto(f"{server.url}/organize")
        quiet.get_by_label(re.compile("token", re.I)).first.fill(token)
        quiet.keyboard.press("Enter")
        expect(quiet.get_by_text(CODE).first).to_be_visible()
