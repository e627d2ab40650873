"""From a CSV to an open contest in a real browser, on a running server."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from acceptance.conftest import start_server
from browser.barriers import serious_by_day_and_night

pytestmark = pytest.mark.browser

SIZES = ((390, 844), (1280, 800))
SHOTS = os.environ.get("HELDOUT_TEST_SHOTS")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server of this module's own: contests are opened on it."""
    running = start_server(tmp_path_factory.mktemp("files") / "data", HELDOUT_MODEL_WORKERS="0")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def flowers(tmp_path_factory) -> Path:
    """A table of three classes with a column that gives them away."""
    random = np.random.default_rng(3)
    lines = ["length,width,colour,species,code"]
    for number in range(600):
        kind = number % 3
        cells = [f"{random.normal(5 + kind, 1):.3f}", f"{random.normal(2, 1):.3f}"]
        name = ("setosa", "virginica", "versicolor")[kind]
        lines.append(",".join([*cells, random.choice(["red", "blue"]), name, f"c{kind}"]))
    path = tmp_path_factory.mktemp("flowers") / "flowers.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def sign_in(page: Page, server) -> None:
    token = re.search(r"ho_[\w-]+", server.log.read_text()).group()
    page.goto(f"{server.url}/organize/sign-in?next=/organize/competitions")
    page.get_by_label("Organizer token").fill(token)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Competitions", level=1)).to_be_visible()


def shot(page: Page, name: str) -> None:
    if SHOTS:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=f"{SHOTS}/{name}-{scheme}.png", full_page=True)
        page.emulate_media(color_scheme="light")


def check(page: Page, name: str) -> None:
    """No barrier, and nothing that sticks out to the right."""
    shot(page, name)
    assert serious_by_day_and_night(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_from_a_file_to_an_open_contest(server, browser, flowers, width, height):
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, server)
    page.goto(f"{server.url}/organize/competitions")
    page.get_by_role("link", name="New contest from a file").click()
    check(page, f"file-{width}")

    page.get_by_label("A CSV, Parquet or npz file").set_input_files(flowers)
    page.get_by_role("button", name="Look at it").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("It can be opened.")).to_be_visible()

    # The last column is the guess; the right one is chosen, and looked at without another click.
    page.get_by_label("Target").select_option("species")
    expect(page.get_by_text("alone predicts the target almost perfectly")).to_be_visible()
    expect(page.get_by_label("It is")).to_have_value("multiclass")
    page.get_by_label("Ranked by").select_option("balanced_accuracy")
    expect(page.get_by_text("It can be opened.").locator("..")).to_contain_text(
        "Balanced accuracy: a constant reaches 33.33%"
    )
    check(page, f"draft-{width}")

    title = f"Flowers at {width}"
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Open the contest").click()
    expect(page.get_by_role("status").filter(has_text=f"“{title}” is open.")).to_be_visible()
    assert page.url.endswith(f"/organize/c/flowers-at-{width}")
    assert not complaints
    context.close()


def test_the_landing_page_and_one_name_in_two_contests(server, browser, flowers):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    sign_in(page, server)
    for title in ("Roses", "Tulips"):
        page.goto(f"{server.url}/organize/new/file")
        page.get_by_label("A CSV, Parquet or npz file").set_input_files(flowers)
        page.get_by_role("button", name="Look at it").click()
        page.get_by_label("Title").fill(title)
        page.get_by_label("Join code").fill(f"{title}-1")
        page.get_by_role("button", name="Open the contest").click()
        expect(page.get_by_role("status").filter(has_text="is open.")).to_be_visible()
    page.goto(f"{server.url}/c/roses/join?code=ROSES-1")
    page.get_by_label("Your name on the board").fill("Ada")
    page.get_by_role("button", name="Join", exact=True).click()
    expect(page.get_by_role("heading", name="You are in, Ada")).to_be_visible()

    page.goto(server.url)
    expect(page.get_by_role("heading", name="Open", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Your page in Roses")).to_be_visible()
    expect(page.get_by_role("link", name="Join Roses")).to_have_count(0)
    check(page, "landing-390")
    page.get_by_role("link", name="Join Tulips").click()
    myself = page.get_by_role("region", name="Join as Ada")
    expect(myself.get_by_text("That is you in Roses.")).to_be_visible()
    myself.get_by_label("The room's code").fill("TULIPS-1")
    myself.get_by_role("button", name="Join as Ada").click()
    expect(page.get_by_role("heading", name="You are in, Ada")).to_be_visible()
    context.close()
