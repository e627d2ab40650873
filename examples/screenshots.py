"""Every page of the room as pictures, to be looked at: page × width × theme, empty, busy, broken.

    python examples/screenshots.py [FOLDER] [--widths 390,768,1280,1920,3840] [--mnist FILE]
    python examples/screenshots.py --docs [--mnist FILE]

Makes a busy event by `busy_event.py`, serves it and an empty one, and takes the pictures with the
Chromium of the machine. With `--docs` only those in `docs/images`, anew. Prints what a page
complains about.
"""

from __future__ import annotations

import argparse
import io
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

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

CODE = "ROOM-2026"
START_SECONDS = 60
HEIGHTS = {390: 844, 768: 1024, 1280: 800, 1920: 1080, 3840: 2160}
SETTLE_MS = 900
IMAGES = Path(__file__).parents[1] / "docs" / "images"
ONE_SCREEN = ("tv", "reveal")
TV_VIEWS = ("race", "awards", "join", "pause")


def main() -> int:
    """Take all pictures; 1 when a page complained or was too wide."""
    arguments = _arguments()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    complaints: list[str] = []
    states = ("busy",) if arguments.docs else ("busy", "empty")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for state, data, said in _events(Path(folder), arguments.mnist):
            if state not in states:
                continue
            with _server(data, arguments.mnist, models=arguments.docs) as url:
                if arguments.docs:
                    _await_health(url)
                    _picture_docs(browser, url, said)
                    continue
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
    parser.add_argument("--docs", action="store_true", help="make docs/images anew, nothing else")
    return parser.parse_args()


def _events(folder: Path, mnist: str) -> Iterator[tuple[str, Path, str]]:
    """Each event's state, its data folder, and what was said when it was made."""
    busy = folder / "busy"
    command = [sys.executable, str(Path(__file__).with_name("busy_event.py")), str(busy)]
    command += ["--mnist", mnist] if mnist else []
    made = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    yield "busy", busy, made.stdout
    yield "empty", folder / "empty", ""


@contextmanager
def _server(data: Path, mnist: str, *, models: bool) -> Iterator[str]:
    """A server on this folder; without `models` no runners, which most pages don't need."""
    environment = {
        **os.environ, "HELDOUT_DATA": str(data), "HELDOUT_HOST": "127.0.0.1",
        "HELDOUT_DOWNLOAD": "false", "HELDOUT_MNIST": mnist, "HELDOUT_JOIN_CODE": CODE,
        "HELDOUT_MODEL_WORKERS": str(int(models)), "PYTHONUNBUFFERED": "1",
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


def _await_health(url: str) -> None:
    """Return once every check of the server works, as the console then says."""
    health = f"{url.partition('/c/')[0]}/health"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and '"ok"' not in _body(health):
        time.sleep(0.2)


def _body(address: str) -> str:
    try:
        with urlopen(address) as answer:  # noqa: S310 our own server
            return str(answer.read(), "utf-8")
    except (OSError, URLError):
        return ""


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
        host = board.split("/c/")[0]
        papers = {
            "help": f"{host}/help",
            "privacy": f"{host}/privacy",
            "accessibility": f"{host}/accessibility",
            "handbook": f"{host}/help/handbook/",
            "handbook-settings": f"{host}/help/handbook/reference/settings/",
        }
        return {f"empty-{name}": path for name, path in pages.items()} | broken | papers
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


def _picture_docs(browser: Browser, board: str, said: str) -> None:
    """The pictures in docs/images: the board, and the console on a laptop and on a phone."""
    token = re.search(r"ho_[\w-]+", said)
    assert token, "the event has no organizer token"
    console = f"{board.split('/c/')[0]}/organize/c/{board.rsplit('/', 1)[1]}"
    for name, address, width, theme in (
        ("board", board, 1280, "light"),
        ("console-laptop", console, 1280, "light"),
        ("console-phone", console, 390, "dark"),
    ):
        size = {"width": width, "height": HEIGHTS[width]}
        context = browser.new_context(viewport=size, color_scheme=theme)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{board.split('/c/')[0]}/organize")
        page.locator("input[name=token]").fill(token[0])
        with page.expect_navigation():
            page.keyboard.press("Enter")
        page.goto(address)
        page.wait_for_timeout(SETTLE_MS)
        _keep_small(page.screenshot(), IMAGES / f"{name}.png")
        context.close()


def _keep_small(png: bytes, target: Path) -> None:
    """The picture in 128 colours: a third of the bytes, and no difference that anybody sees."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(128, dither=Image.Dither.NONE).save(target, optimize=True)
    print(f"{target}: {target.stat().st_size:,} bytes")


def _over(page: Page) -> int:
    root = "document.documentElement"
    return int(page.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))


if __name__ == "__main__":
    sys.exit(main())
