"""The console in a real browser: an evening from nothing, by keyboard, without scripts."""

import re
from pathlib import Path
from uuid import uuid4

import httpx
import numpy as np
import pytest
from playwright.sync_api import Page, expect

import heldout
from acceptance.conftest import start_server
from browser.barriers import serious_by_day_and_night
from conftest import CODE

pytestmark = pytest.mark.browser

SERVER_PAGES = ("/organize/competitions", "/organize/new", "/organize/organizers",
                "/organize/account", "/organize/queue")  # fmt: skip
SIZES = ((390, 844), (1280, 800))
PAGES = (
    "", "/announcements", "/projector", "/people", "/roster", "/teams", "/submissions", "/board",
    "/final", "/rescores", "/baselines", "/settings", "/webhooks", "/exports", "/log",
)  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server of this module's own: other tests expect one competition, going on."""
    running = start_server(tmp_path_factory.mktemp("console") / "data", HELDOUT_MODEL_WORKERS="0")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def busy(server, tmp_path_factory) -> dict[str, str]:
    """A little of everything; ids of a person and a submission."""
    folder = tmp_path_factory.mktemp("busy")
    token = re.search(r"ho_[\w-]+", server.log.read_text()).group()
    path = f"{server.url}/api/v1/admin/competitions/{server.slug}"
    with pytest.MonkeyPatch.context() as patch, httpx.Client() as organizer:
        patch.setenv("HELDOUT_CONFIG", str(folder / "login.json"))
        organizer.headers["Authorization"] = f"Bearer {token}"
        who, sent, stopped = submit_some(server, folder / "model.keras")
        for what, body in (
            ("announcements", {"text": "Pizza is here.", "level": "warning"}),
            ("baselines", {"kind": "last_year", "name": "Emmy", "score": 0.9}),
            (f"submissions/{sent}/hide", {}),
            (f"submissions/{stopped}/cancel", {}),
            ("freeze", {}),
            ("pause", {}),
        ):
            answer = organizer.post(f"{path}/{what}", json=body)
            assert answer.is_success, answer.text
    return {"person": f"/people/{who}", "submission": f"/submissions/{sent}"}


def submit_some(server, model: Path) -> tuple[str, str, str]:
    """Two are scored, two wait: no model worker runs here. Ids: who, a score, one that waits."""
    examples = 10_000 if server.slug == "mnist" else 606
    model.write_bytes(b"PK\x03\x04 not really a model")
    with heldout.join(server.url, code=CODE, name="Grace", progress=False) as client:
        client.submit(np.random.default_rng(2).integers(0, 10, examples))
    with heldout.join(server.url, code=CODE, name="Ada", progress=False) as client:
        sent = client.submit(np.random.default_rng(1).integers(0, 10, examples))
        waiting = [client.submit(model, name=name, wait=False) for name in ("waits", "stopped")]
        return client.me().id, sent.id, waiting[1].id


def sign_in(page: Page, server) -> None:
    token = re.search(r"ho_[\w-]+", server.log.read_text()).group()
    page.goto(f"{server.url}/organize/sign-in?next=/organize/competitions")
    page.get_by_label("Organizer token").fill(token)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Competitions", level=1)).to_be_visible()


def set_up(page: Page, server, title: str) -> None:
    page.goto(f"{server.url}/organize/new")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Time zone of the room").fill("America/Toronto")
    page.get_by_label("Closing time").fill("2030-01-01T20:00")
    page.get_by_label("Join code").fill(f"ROOM-{uuid4().hex[:6]}")
    if page.get_by_label("Use the empty").count():
        page.get_by_label("Use the empty").uncheck()
    page.get_by_role("button", name="Open the contest").click()
    expect(page.get_by_role("status").filter(has_text="is open")).to_be_visible()


def test_a_closing_time_is_read_in_the_zone_that_is_chosen(server, browser):
    page = browser.new_context(timezone_id="America/Toronto").new_page()
    sign_in(page, server)
    page.goto(f"{server.url}/organize/new")
    zone, said = page.get_by_label("Time zone of the room"), page.locator("[data-said]")
    expect(zone).to_have_value("America/Toronto")
    expect(page.get_by_text("From this browser")).to_be_visible()
    expect(said).to_contain_text("in America/Toronto: in 1 h 30 min.")

    # Minutes stay minutes in any zone; digits stay digits, and mean another time.
    zone.fill("Europe/Berlin")
    expect(said).to_contain_text("in Europe/Berlin: in 1 h 30 min.")
    digits = page.get_by_label("Closing time").input_value()
    page.get_by_label("Closing time").fill(digits)
    expect(page.get_by_role("radio", name="at")).to_be_checked()
    zone.fill("America/Toronto")
    expect(page.get_by_label("Closing time")).to_have_value(digits)
    expect(said).to_contain_text(re.compile(r"in America/Toronto: in [67] h (30|29) min\."))
    zone.fill("Nowhere/Land")
    expect(said).to_contain_text("no such time zone")
    page.context.close()


def test_an_evening_from_nothing(server, page):
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, server)
    set_up(page, server, f"Evening {uuid4().hex[:6]}")
    page.get_by_label("Announce to the room").fill("Pizza is here.")
    page.keyboard.press("Enter")
    expect(page.get_by_text("On the board: Pizza is here.")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Going on")).to_be_visible()
    assert complaints == []


def test_another_organizers_act_arrives_without_a_reload(server, page, browser):
    sign_in(page, server)
    set_up(page, server, f"Evening {uuid4().hex[:6]}")
    context = browser.new_context(storage_state=page.context.storage_state())
    other = context.new_page()
    other.goto(page.url)
    other.get_by_label("Announce to the room").fill("half a sentence")
    page.get_by_role("button", name="Pause").click()
    expect(other.get_by_role("button", name="Resume")).to_be_visible()
    expect(other.get_by_label("Announce to the room")).to_have_value("half a sentence")
    context.close()


def test_works_without_scripts_and_by_keyboard(server, page, browser):
    sign_in(page, server)
    set_up(page, server, f"Evening {uuid4().hex[:6]}")
    state = page.context.storage_state()
    context = browser.new_context(java_script_enabled=False, storage_state=state)
    plain = context.new_page()
    plain.goto(page.url)
    freeze = plain.get_by_role("button", name="Freeze")
    freeze.focus()
    plain.keyboard.press("Enter")
    expect(plain.get_by_role("button", name="Unfreeze")).to_be_visible()
    context.close()


def addresses(server, *more: str) -> list[str]:
    """The pages of the competition, and `more` of them."""
    return [f"/organize/c/{server.slug}{path}" for path in (*PAGES, *more)]


@pytest.mark.parametrize("size", SIZES)
def test_pages_fit_and_show_where_the_focus_is(server, page, browser, busy, size):
    sign_in(page, server)
    state, (width, height) = page.context.storage_state(), size
    context = browser.new_context(
        storage_state=state, viewport={"width": width, "height": height}, color_scheme="dark"
    )
    narrow = context.new_page()
    for path in (*addresses(server), *SERVER_PAGES):
        narrow.goto(server.url + path)
        overflow = narrow.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0, (path, width)
        narrow.keyboard.press("Tab")
        narrow.keyboard.press("Tab")
        outline = narrow.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", path
    context.close()


def test_axe_finds_nothing_serious(server, page, busy):
    sign_in(page, server)
    found: list[str] = []
    for address in (*addresses(server, *busy.values()), *SERVER_PAGES):
        assert page.goto(server.url + address).status == 200, address
        found += serious_by_day_and_night(page)
    page.goto(f"{server.url}/c/{server.slug}/reveal")  # an organizer's browser: the stage is set
    begin = page.get_by_role("button", name="Begin")
    expect(begin).to_be_visible()
    found += serious_by_day_and_night(page)
    begin.click()
    expect(begin).to_be_hidden()
    assert found + serious_by_day_and_night(page) == []
