"""An evening as people walk it, timed: from `serve` to a score on another machine, a lost phone.

    python examples/walk.py [FOLDER] [--mnist FILE]

Real Chromium for organizer, phone and wall, a real Jupyter kernel for the notebook. Takes pictures
on the way and prints how long each step took; ends in an error where a step can't be done.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import nbformat
from nbclient import NotebookClient
from playwright.sync_api import Browser, Page, sync_playwright

PHONE, LAPTOP, WALL = (390, 844), (1280, 800), (1920, 1080)
START_SECONDS, SCORED_SECONDS = 120, 120
PERSONAL = re.compile(r"\b[A-Z3-9]{3}-[A-Z3-9]{3}-[A-Z3-9]{3}\b")
TRAIN = """
import keras
(x, y), (x_practice, y_practice) = client.training_data()
model = keras.Sequential([keras.Input((28, 28)), keras.layers.Rescaling(1 / 255),
                          keras.layers.Flatten(), keras.layers.Dense(64, "relu"),
                          keras.layers.Dense(10)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=["accuracy"])
history = model.fit(x[:6000], y[:6000], validation_data=(x_practice[:1000], y_practice[:1000]),
                    epochs=3, verbose=0)
"""


@dataclass
class Walk:
    """Browser, pictures and the times so far."""

    browser: Browser
    folder: Path
    seconds: dict[str, float] = field(default_factory=dict)

    def page(self, size: tuple[int, int], url: str, theme: str = "light") -> Page:
        """A browser of its own, as on another machine, with `url` open."""
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=theme
        )
        page = context.new_page()
        page.goto(url)
        return page

    def shot(self, page: Page, name: str) -> None:
        """A picture of what is on the screen."""
        page.wait_for_timeout(600)
        page.screenshot(path=self.folder / f"{name}.png")

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Keep how long the block took."""
        began = time.monotonic()
        yield
        self.seconds[step] = time.monotonic() - began
        print(f"{self.seconds[step]:7.1f} s  {step}", flush=True)


def main() -> int:
    """Walk the whole evening; 0 when every step could be done."""
    arguments = _arguments()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        walk = Walk(browser, arguments.folder)
        with _server(walk, Path(data), arguments.mnist) as (url, token):
            _evening(walk, url, token, Path(data))
        browser.close()
    print(f"{sum(walk.seconds.values()):7.1f} s  in all")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("screenshots/walk"))
    parser.add_argument("--mnist", default="")
    return parser.parse_args()


@contextmanager
def _server(walk: Walk, data: Path, mnist: str) -> Iterator[tuple[str, str]]:
    """`heldout-server serve` on an empty folder; its address and the organizer's token."""
    environment = {
        **os.environ, "HELDOUT_DATA": str(data / "server"), "HELDOUT_HOST": "127.0.0.1",
        "HELDOUT_MNIST": mnist, "PYTHONUNBUFFERED": "1",
    }  # fmt: skip
    command = [str(Path(sys.executable).parent / "heldout-server"), "serve", "--port", "0"]
    with walk.timed("serve: from the command to a board"), (data / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        printed = _wait(lambda: _printed(data / "log"), START_SECONDS)
    try:
        yield printed
    finally:
        process.terminate()
        process.wait(20)


def _printed(log: Path) -> tuple[str, str] | None:
    text = log.read_text()
    address = re.search(r"http://localhost:\d+", text)
    token = re.search(r"ho_[\w-]+", text)
    answers = address is not None and _answers(address[0])
    return (address[0], token[0]) if address and token and answers else None


def _answers(url: str) -> bool:
    try:
        return bool(httpx.get(f"{url}/health").is_success)
    except httpx.TransportError:
        return False


def _wait(look: Callable[[], tuple[str, str] | None], seconds: float) -> tuple[str, str]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise SystemExit("It didn't come in time.")


def _evening(walk: Walk, url: str, token: str, data: Path) -> None:
    organizer = walk.page(LAPTOP, f"{url}/organize")
    with walk.timed("organizer: from signing in to an open contest"):
        _set_up(organizer, url, token)
    walk.shot(organizer, "dashboard")
    slug = organizer.url.rpartition("/c/")[2].partition("/")[0]
    phone, code = _join(walk, url)
    _notebook(walk, url, code, data)
    with walk.timed("phone: the score has come"):
        phone.goto(f"{url}/c/{slug}/me")
        phone.wait_for_selector("text=%", timeout=SCORED_SECONDS * 1000)
    walk.shot(phone, "me")
    phone.goto(f"{url}/c/{slug}")
    walk.shot(phone, "board-on-a-phone")
    _second_device(walk, url, slug, code)
    _lost_phone(walk, organizer, url, slug, code)
    walk.shot(walk.page(WALL, f"{url}/c/{slug}/tv", "dark"), "wall")
    _end(walk, organizer, url, slug)


def _set_up(page: Page, url: str, token: str) -> None:
    page.fill("#token", token)
    page.press("#token", "Enter")
    page.wait_for_selector(".console-nav")
    page.goto(f"{url}/organize/new")
    page.fill("[name=title]", "Neural networks for novices")
    page.fill("[name=join_code]", "WALK-2026")
    page.click("form.form button[type=submit] >> nth=-1")
    page.wait_for_selector(".panic")


def _join(walk: Walk, url: str) -> tuple[Page, str]:
    phone = walk.page(PHONE, f"{url}/j/WALK-2026")
    with walk.timed("phone: from the QR code to one's own code"):
        phone.fill("#name", "Nadia Novice")
        phone.click("button:has-text('Join')")
        code = phone.inner_text("#own-code")
    walk.shot(phone, "joined")
    phone.reload()
    assert phone.inner_text("#own-code") == code, "a reload lost the code"
    return phone, code


def _notebook(walk: Walk, url: str, code: str, data: Path) -> None:
    """Another machine: nothing is kept there but what the person types."""
    os.environ["HELDOUT_CONFIG"] = str(data / "another-machine.json")
    cells = [
        f"import heldout\nclient = heldout.join({url!r}, {code!r})", TRAIN,
        "receipt = client.submit(model, history=history)\nreceipt",
    ]  # fmt: skip
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(notebook, timeout=SCORED_SECONDS, kernel_name="python3")
    with client.setup_kernel():
        for number, step in enumerate(
            ("join with the personal code", "train", "submit: to the receipt")
        ):
            with walk.timed(f"notebook: {step}"):
                client.execute_cell(notebook.cells[number], number)
    shown = "".join(str(output) for output in notebook.cells[2].outputs)
    assert "%" in shown, "the receipt says no score"
    card = next(
        o.data["text/html"] for o in notebook.cells[2].outputs if "text/html" in o.get("data", {})
    )
    page = walk.page((900, 700), "about:blank")
    page.set_content(card)
    walk.shot(page, "receipt")


def _second_device(walk: Walk, url: str, slug: str, code: str) -> None:
    device = walk.page(PHONE, f"{url}/c/{slug}/join", "dark")
    with walk.timed("a second device: by the personal code"):
        device.fill("#own-code-typed", code.lower())
        device.click("form:has(#own-code-typed) button")
        device.goto(f"{url}/c/{slug}/me")
        assert "Nadia Novice" in device.inner_text("h1")
    walk.shot(device, "second-device")


def _lost_phone(walk: Walk, organizer: Page, url: str, slug: str, old: str) -> None:
    with walk.timed("a lost phone: a new code, and in again"):
        organizer.goto(f"{url}/organize/c/{slug}/people")
        organizer.click("a:has-text('Nadia Novice')")
        organizer.click("button:has-text('New personal code')")
        found = PERSONAL.search(organizer.inner_text("#secrets-title >> xpath=.."))
        assert found is not None, "no new code is shown"
        phone = walk.page(PHONE, f"{url}/c/{slug}/join")
        phone.fill("#own-code-typed", old)
        phone.click("form:has(#own-code-typed) button")
        assert phone.locator("#own-code").count() == 0, "the old code still works"
        phone.goto(f"{url}/c/{slug}/join")
        phone.fill("#own-code-typed", found[0])
        phone.click("form:has(#own-code-typed) button")
        assert phone.inner_text("#own-code") == found[0]


def _end(walk: Walk, organizer: Page, url: str, slug: str) -> None:
    with walk.timed("close and reveal"):
        organizer.goto(f"{url}/organize/c/{slug}/board")
        organizer.click("summary:has-text('Close and reveal')")
        organizer.click("button:has-text('Close and reveal')")
        organizer.wait_for_selector(".said")
    walk.shot(walk.page(WALL, f"{url}/c/{slug}/tv", "dark"), "podium")


if __name__ == "__main__":
    sys.exit(main())
