"""Every page of the room as pictures, to be looked at: page × width × theme, empty, busy, broken.

    python examples/screenshots.py [FOLDER] [--widths 390,768,1280,1920,3840] [--mnist FILE]

Makes a busy event by `busy_event.py`, serves it and an empty one, and takes the pictures with the
Chromium of the machine. Prints what a page complains about.
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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

CODE = "ROOM-2026"
START_SECONDS = 60
HEIGHTS = {390: 844, 768: 1024, 1280: 800, 1920: 1080, 3840: 2160}
SETTLE_MS = 900
ONE_SCREEN = ("tv", "reveal")
TV_VIEWS = ("race", "awards", "join", "pause")


def main() -> int:
    """Take all pictures; 1 when a page complained or was too wide."""
    arguments = _arguments()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    complaints: list[str] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for state, data in _events(Path(folder), arguments.mnist):
            with _server(data, arguments.mnist) as url:
                pages = _pages(url, state)
                for width in map(int, arguments.widths.split(",")):
                    for theme in ("light", "dark"):
                        complaints += _shoot(browser, url, pages, width, theme, arguments.folder)
        browser.close()
    print("\n".join(complaints) or "no page complained")
    return 1 if complaints else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("screenshots"))
    parser.add_argument("--widths", default="390,768,1280,1920,3840")
    parser.add_argument("--mnist", default="")
    return parser.parse_args()


def _events(folder: Path, mnist: str) -> Iterator[tuple[str, Path]]:
    busy = folder / "busy"
    command = [sys.executable, str(Path(__file__).with_name("busy_event.py")), str(busy)]
    subprocess.run([*command, *(["--mnist", mnist] if mnist else [])], check=True)
    yield "busy", busy
    yield "empty", folder / "empty"


@contextmanager
def _server(data: Path, mnist: str) -> Iterator[str]:
    environment = {
        **os.environ, "HELDOUT_DATA": str(data), "HELDOUT_HOST": "127.0.0.1",
        "HELDOUT_DOWNLOAD": "false", "HELDOUT_MNIST": mnist, "HELDOUT_MODEL_WORKERS": "0",
        "HELDOUT_JOIN_CODE": CODE, "PYTHONUNBUFFERED": "1",
    }  # fmt: skip
    log = data.with_suffix(".log")
    command = [str(Path(sys.executable).parent / "heldout-server"), "serve", "--port", "0"]
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        yield _address(log)
    finally:
        process.terminate()
        process.wait(20)


def _address(log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        found = re.search(r"http://localhost:(\d+)/c/\w+", log.read_text())
        if found and _answers(f"{found[0]}"):
            return found[0].replace("localhost", "127.0.0.1")
        time.sleep(0.2)
    raise SystemExit(log.read_text())


def _answers(address: str) -> bool:
    try:
        with urlopen(address) as answer:  # noqa: S310 our own server
            return bool(answer.status == 200)
    except (OSError, URLError):
        return False


def _pages(board: str, state: str) -> dict[str, str]:
    """Name → address; the broken ones once, with the empty event."""
    pages = {
        "board": "", "join": f"/join?code={CODE}", "race": "/race", "tv": f"/tv?code={CODE}",
        "embed": "/embed", "reveal": "/reveal",
        **{f"{view}-tv": f"/tv?view={view}&code={CODE}" for view in TV_VIEWS},
    }  # fmt: skip
    if state == "empty":
        broken = {
            "broken-address": "/nowhere",
            "broken-find": "?find=nobody",
            "broken-tv": "/tv?rows=no",
        }
        return {f"empty-{name}": path for name, path in pages.items()} | broken
    with urlopen(f"{board}/board") as answer:  # noqa: S310 our own server
        html = answer.read().decode()
    people = re.findall(r'id="row-(p_[\w-]+)"', html)
    submission = re.search(r'href="(/submissions/[\w-]+)"', html)
    host = board.split("/c/")[0]
    pages |= {"participant": f"/p/{people[7]}", "neighbours": f"?around={people[7]}"}
    found = {f"busy-{name}": path for name, path in pages.items()}
    return found | {
        "busy-submission": f"{host}{submission[1] if submission else '/'}",
        "organize-signin": f"{host}/organize",
    }


def _shoot(
    browser: Browser, board: str, pages: dict[str, str], width: int, theme: str, folder: Path
) -> list[str]:
    size = {"width": width, "height": HEIGHTS.get(width, 900)}
    context = browser.new_context(viewport=size, color_scheme=theme)  # type: ignore[arg-type]
    complaints: list[str] = []
    for name, path in pages.items():
        page = context.new_page()
        page.on("pageerror", lambda error, name=name: complaints.append(f"{name}: {error}"))
        page.goto(path if path.startswith("http") else board + path)
        page.wait_for_timeout(SETTLE_MS)
        if _over(page) > 0:
            complaints.append(f"{name}: {_over(page)} px too wide at {width}")
        whole = not name.endswith(ONE_SCREEN)
        page.screenshot(path=folder / f"{name}-{width}-{theme}.png", full_page=whole)
        page.close()
    context.close()
    return complaints


def _over(page: Page) -> int:
    root = "document.documentElement"
    return int(page.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))


if __name__ == "__main__":
    sys.exit(main())
