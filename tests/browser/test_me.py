"""One person on a phone and on a laptop: joining, reloading, going back, dropping a file."""

from __future__ import annotations

import io
import re
from uuid import uuid4

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from conftest import CODE

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
DROP = """([target, bytes]) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], "dropped.npy"));
    for (const kind of ["dragover", "drop"]) {
        target.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true }));
    }
}"""


@pytest.fixture
def phone(browser: Browser):
    """Ada's phone."""
    context = browser.new_context(viewport=PHONE, has_touch=True)
    yield context.new_page()
    context.close()


def predictions(server) -> bytes:
    """Guesses, other ones each time."""
    examples = 10_000 if server.slug == "mnist" else 606
    content = io.BytesIO()
    np.save(content, np.random.default_rng(uuid4().int).integers(0, 10, examples))
    return content.getvalue()


def join(server, page: Page) -> str:
    """By the QR code's address, as somebody new; the name."""
    name = f"Phone {uuid4().hex[:6]}"
    page.goto(f"{server.url}/c/{server.slug}/join?code={CODE}")
    page.get_by_label("Your name on the board").fill(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"You are in, {name}")
    return name


def code_on(page: Page) -> str:
    return page.locator("#own-code").inner_text()


class TestAPhone:
    def test_shows_the_code_big_on_the_first_screen(self, server, phone):
        join(server, phone)
        code = phone.locator("#own-code")
        expect(code).to_have_text(re.compile(r"[A-Z0-9]{3}-[A-Z0-9]{3}-[A-Z0-9]{3}"))
        box = code.bounding_box()
        assert box["height"] >= 36
        assert box["y"] + box["height"] < PHONE["height"]
        expect(phone.get_by_text("Type this in your notebook")).to_be_in_viewport()

    def test_survives_reload_back_and_a_tab_that_was_thrown_away(self, server, phone):
        name = join(server, phone)
        code = code_on(phone)
        address = phone.url
        for look in (phone.reload, lambda: phone.goto(address)):
            look()
            assert code_on(phone) == code
        phone.get_by_role("link", name="Watch the board").click()
        phone.go_back()
        assert code_on(phone) == code
        tab = phone.context.new_page()
        tab.goto(f"{server.url}/c/{server.slug}/join?code={CODE}")
        expect(tab.get_by_role("heading", level=1)).to_have_text(f"You are in, {name}")

    def test_is_linked_to_ones_own_page_from_every_page(self, server, phone):
        name = join(server, phone)
        phone.get_by_role("navigation").get_by_role("link", name="Me", exact=True).click()
        expect(phone.get_by_role("heading", level=1)).to_have_text(name)

    def test_drops_a_file(self, server, phone):
        join(server, phone)
        phone.get_by_role("link", name="Your page").first.click()
        form = phone.locator("[data-drop]").element_handle()
        phone.evaluate(DROP, [form, list(predictions(server))])
        expect(phone.get_by_text("Your file is here")).to_be_visible()
        expect(phone.locator(".try-score")).to_contain_text("%")

    def test_chooses_a_file_without_scripts(self, server, browser, phone):
        join(server, phone)
        context = without_scripts(browser, phone.context)
        page = context.new_page()
        page.goto(f"{server.url}/c/{server.slug}/me")
        send(page, "plain.npy", predictions(server))
        expect(page.get_by_text("Your file is here")).to_be_visible()
        send(page, "empty.npy", b"")
        expect(page.get_by_role("alert")).to_contain_text("The file is empty.")
        context.close()

    def test_says_why_a_file_is_refused(self, server, phone):
        join(server, phone)
        phone.goto(f"{server.url}/c/{server.slug}/me")
        send(phone, "broken.csv", b"hello\nworld\n")
        expect(phone.locator(".try .why")).to_contain_text("is not a number")
        expect(phone.get_by_text("rejected", exact=True)).to_be_visible()

    def test_stars_what_shall_count(self, server, phone):
        join(server, phone)
        phone.goto(f"{server.url}/c/{server.slug}/me")
        send(phone, "first.npy", predictions(server))
        star = phone.get_by_role("button", name="Counts at the reveal")
        star.click()
        expect(star).to_have_attribute("aria-pressed", "true")


class TestALaptop:
    def test_is_the_same_person_with_the_phones_code(self, server, phone, page):
        name = join(server, phone)
        code = code_on(phone)
        page.goto(f"{server.url}/c/{server.slug}/join")
        page.get_by_label("Your personal code").fill(code.lower())
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(f"You are in, {name}")
        phone.reload()
        expect(phone.get_by_role("heading", level=1)).to_have_text(f"You are in, {name}")

    def test_hears_on_the_phone_what_the_notebook_sends(self, server, phone):
        join(server, phone)
        code = code_on(phone)
        phone.goto(f"{server.url}/c/{server.slug}/me")
        joined = httpx.post(f"{server.url}/api/v1/join", json={"code": code}).json()
        content = predictions(server)
        headers = {"Authorization": f"Bearer {joined['token']}", "Idempotency-Key": uuid4().hex}
        body = {"kind": "predictions", "filename": "laptop.npy", "size_bytes": len(content)}
        opened = httpx.post(f"{server.url}/api/v1/submissions", json=body, headers=headers).json()
        httpx.put(f"{server.url}/api/v1/submissions/{opened['id']}/file", content=content,
                  headers=headers)  # fmt: skip
        expect(phone.locator(".try-score")).to_contain_text("%")


def send(page: Page, name: str, content: bytes) -> None:
    """Choose the file and send it."""
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.get_by_label("Choose a file").set_input_files(files=[file])
    page.get_by_role("button", name="Submit").click()


def without_scripts(browser: Browser, known: BrowserContext) -> BrowserContext:
    """The same person in a browser that runs no scripts."""
    return browser.new_context(java_script_enabled=False, storage_state=known.storage_state())
