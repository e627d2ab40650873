"""A drawn final as people see it: each in a browser of their own, drawing by pointer, filmed.

    HELDOUT_SHARED_DATA=… python examples/final_evening.py FOLDER [--people 25] [--kill]

Pictures of phones and of the wall go to FOLDER, from freezing to the podium. With `--kill` the
server is killed and started again in the middle. Prints what each model reads of the drawings
beside its share of MNIST's hidden images.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import random
import re
import shutil
import signal
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "tests")]

import httpx  # noqa: E402
from playwright.async_api import Browser, Page, async_playwright  # noqa: E402
from support.digit_models import Digits, Recipe, classes, trained  # noqa: E402
from support.hand import Hand  # noqa: E402

import heldout  # noqa: E402
from acceptance.conftest import RunningServer, on_mnist, start_server  # noqa: E402
from conftest import CODE  # noqa: E402

PHONE = {"width": 390, "height": 844}
WALL = {"width": 1920, "height": 1080}
KINDS = ("dense 64", "dense 512-128", "small CNN")
MISTAKE = 1 / 50
LONGEST_MS = 120_000


class Evening:
    """The server, what an organizer does on it, and what a human sees in a drawing."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.server: RunningServer = start_server(data, **on_mnist())
        found = re.search(r"ho_[\w-]+", self.server.log.read_text())
        assert found is not None
        self.token = found[0]

    def kill(self) -> None:
        """As a laptop that falls down; started again on the same port."""
        port = int(self.server.url.rpartition(":")[2])
        self.server.stop(signal.SIGKILL)
        self.server = start_server(self.data, port=port, **on_mnist())

    def do(self, method: str, path: str, **body: Any) -> None:
        path = f"/api/v1/admin/competitions/{self.server.slug}/drawn-final{path}"
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = httpx.request(method, self.server.url + path, json=body, headers=headers)
        answer.raise_for_status()

    def wall(self) -> dict[str, Any]:
        path = f"/api/v1/competitions/{self.server.slug}/drawn-final"
        found: dict[str, Any] = httpx.get(self.server.url + path, timeout=60).json()
        return found

    def label(self, drawing: str) -> int:
        with sqlite3.connect(f"file:{self.data}/heldout.db?mode=ro", uri=True) as database:
            query = "select prompt from drawing where public_id = ?"
            return int(database.execute(query, (drawing,)).fetchone()[0])

    def send_models(self, number: int, digits: Digits, kept: Path) -> list[float]:
        """Each from a person of its own; returns what each reads of MNIST's hidden images."""
        shares = []
        for n in range(number):
            model = trained(Recipe(KINDS[n % 3], 0.0, n), digits, kept)
            shares.append(float((classes(model, digits.x_hidden) == digits.y_hidden).mean()))
            name = f"Finalist {n:02}"
            with heldout.join(self.server.url, code=CODE, name=name, progress=False) as client:
                assert client.submit(model).status == "scored"
        return shares


class Guest:
    """One person with a phone: joins, draws what is asked for, reads what is shown."""

    def __init__(self, number: int, page: Page, evening: Evening) -> None:
        self.number, self.page, self.evening = number, page, evening
        self.hand, self.random = Hand.of(number), random.Random(number)  # noqa: S311
        self.idle = 0

    async def join(self) -> None:
        server = self.evening.server
        await self.page.goto(f"{server.url}/c/{server.slug}/join?code={CODE}")
        await self.page.get_by_label("Your name on the board").fill(f"Guest {self.number:02}")
        await self.page.keyboard.press("Enter")
        await self.page.get_by_text("You joined").wait_for()
        await self.page.goto(f"{server.url}/c/{server.slug}/final")

    async def take_part(self) -> None:
        """Until nothing has come for a while."""
        while self.idle < 8:
            step = self.page.locator("[data-step]:not([hidden])")
            await step.wait_for()
            doing = {"draw": self.draw, "read": self.read}.get(
                await step.get_attribute("data-step") or "", self.wait
            )
            await doing()

    async def wait(self) -> None:
        self.idle += 1
        await asyncio.sleep(1)

    async def draw(self) -> None:
        self.idle = 0
        number = int(await self.page.locator("[data-prompt]").inner_text())
        box = await self.page.locator("[data-pad]").bounding_box()
        if box is None:
            return  # something else is asked for by now
        for stroke in self.hand.draws(number, self.random.randrange(1000)):
            points = [(box["x"] + x * box["width"] / 1000, box["y"] + y * box["height"] / 1000)
                      for x, y in zip(stroke[::2], stroke[1::2], strict=True)]  # fmt: skip
            await self.page.mouse.move(*points[0])
            await self.page.mouse.down()
            for point in points[1:]:
                await self.page.mouse.move(*point)
            await self.page.mouse.up()
        async with self.page.expect_response(re.compile("/final/drawings")) as sent:
            await self.page.locator("[data-send]").click()
        await sent.value
        await self.page.wait_for_function(
            "number => document.querySelector('[data-step]:not([hidden])').dataset.step !== 'draw'"
            " || document.querySelector('[data-prompt]').textContent !== number",
            arg=str(number), timeout=LONGEST_MS,
        )  # fmt: skip

    async def read(self) -> None:
        self.idle = 0
        image = self.page.locator("[data-image]")
        drawing = await image.get_attribute("data-drawing") or ""
        said = self.evening.label(drawing)
        if self.random.random() < MISTAKE:
            said = self.random.randrange(10)
        async with self.page.expect_response(re.compile("/final/readings")) as sent:
            await self.page.locator(f"[data-say='{said}']").click()
        await sent.value
        await self.page.wait_for_function(
            "id => document.querySelector('[data-step]:not([hidden])').dataset.step !== 'read'"
            " || document.querySelector('[data-image]').dataset.drawing !== id",
            arg=drawing, timeout=LONGEST_MS,
        )  # fmt: skip


async def film(evening: Evening, people: int, folder: Path, *, kill: bool) -> None:
    """The whole final, with pictures."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        wall = await (await browser.new_context(viewport=WALL)).new_page()
        evening.do("POST", "")
        await wall.goto(f"{evening.server.url}/c/{evening.server.slug}/tv")
        await wall.screenshot(path=folder / "1-frozen.png")
        guests = [Guest(n, await phone(browser), evening) for n in range(people)]
        for guest in guests:
            await guest.join()
        evening.do("PUT", "/phase", phase="draw")
        evenings = [asyncio.create_task(guest.take_part()) for guest in guests]
        pictures = asyncio.create_task(look(wall, guests, folder))
        if kill:
            await asyncio.sleep(20)
            await asyncio.to_thread(evening.kill)
        await asyncio.gather(*evenings)
        pictures.cancel()
        evening.do("PUT", "/phase", phase="count")
        while not is_read(evening.wall()):
            await asyncio.sleep(0.2)
        await wall.screenshot(path=folder / "8-count.png")
        evening.do("PUT", "/phase", phase="podium")
        await wall.get_by_text("Reads our hands best", exact=True).wait_for()
        await wall.screenshot(path=folder / "9-podium.png")
        await guests[0].page.screenshot(path=folder / "9-phone.png")
        await browser.close()


async def phone(browser: Browser) -> Page:
    context = await browser.new_context(viewport=PHONE, has_touch=True)
    page = await context.new_page()
    page.set_default_timeout(LONGEST_MS)
    return page


async def look(wall: Page, guests: list[Guest], folder: Path) -> None:
    """A picture of the wall and of a phone every few seconds."""
    for number in itertools.count():
        await asyncio.sleep(8)
        await wall.screenshot(path=folder / f"4-wall-{number:02}.png")
        await guests[number % len(guests)].page.screenshot(path=folder / f"4-phone-{number:02}.png")


def is_read(shown: dict[str, Any]) -> bool:
    """Whether every model has read every drawing that counts."""
    return sum(map(sum, shown["confusion"])) == shown["counted"] * len(shown["rows"])


def main() -> None:
    """Film one final."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=25)
    parser.add_argument("--models", type=int, default=10)
    parser.add_argument("--kept", type=Path, help="a folder that keeps trained models")
    parser.add_argument("--kill", action="store_true")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        os.environ["HELDOUT_CONFIG"] = str(Path(made) / "login.json")
        evening = Evening(Path(made) / "data")
        try:
            shares = evening.send_models(given.models, Digits.read(), given.kept or Path(made))
            asyncio.run(film(evening, given.people, given.folder, kill=given.kill))
            report(evening.wall(), shares)
        finally:
            evening.server.stop()


def report(shown: dict[str, Any], shares: list[float]) -> None:
    """What was counted, and each model's two shares."""
    for name in ("drawn", "counted", "disputed", "waiting", "writers", "looked_at", "words"):
        print(f"{name:10} {shown[name]}")
    rows = sorted(shown["rows"], key=lambda row: row["name"])
    for row, mnist in zip(rows, shares, strict=True):
        places = f"{row['rank_low']}-{row['rank_high']}" if row["rank_low"] else ""
        print(f"{row['name']}  {row['read']:>3} of {row['counted']:>3}  {row['share']:.3f}  "
              f"MNIST {mnist:.4f}  {places}")  # fmt: skip


if __name__ == "__main__":
    main()
