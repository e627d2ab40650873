"""Five evenings at once, one of each kind of contest, from a folder to the reveal.

    python examples/evenings [FOLDER]

One server with five contests that are added as folders; the real client joins each, takes its data,
trains and submits; a real Chromium takes pictures. Every figure of every board is computed again by
scikit-learn from the hidden answers. Ends in an error where one differs, or a step can't be done.
"""

from __future__ import annotations

import argparse
import json
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
from typing import Any

import httpx
import submissions
from oracle import recomputed
from playwright.sync_api import Browser, sync_playwright

import contests
import heldout
from contests import Evening

EVENINGS = (
    Evening("breast-cancer", "roc_auc", contests.binary_table, submissions.of_binary_table),
    Evening("shapes-in-colour", "accuracy", contests.colour_images, submissions.of_colour_images),
    Evening("tones", "f1_samples", contests.multilabel_arrays, submissions.of_multilabel_arrays),
    Evening("diabetes", "neg_root_mean_squared_error", contests.regression_table,
            submissions.of_regression_table),
    Evening("stations", "neg_mean_absolute_error", contests.grouped_series,
            submissions.of_grouped_series),
)  # fmt: skip
COMMAND = str(Path(sys.executable).parent / "heldout-server")
SIZES = {"phone": (390, 844), "laptop": (1280, 800)}
START_SECONDS, ROUNDING, LOG_SHOWN = 120, 1e-4, 20_000


def main() -> int:
    """Run all of them; 0 when every figure agrees."""
    arguments = _arguments()
    folder = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [one for one in EVENINGS if arguments.only in ("", one.slug)]
    with tempfile.TemporaryDirectory() as work, sync_playwright() as playwright:
        data = Path(work) / "data"
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        slugs = [_added(evening, Path(work), data) for evening in chosen]
        with _server(data, Path(work) / "log") as (url, token):
            for evening, slug in zip(chosen, slugs, strict=True):
                _evening(evening, slug, url, token, data)
                _pictures(browser, folder, url, slug)
        browser.close()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("screenshots/evenings"))
    parser.add_argument("--only", default="", choices=["", *(one.slug for one in EVENINGS)])
    return parser.parse_args()


def _added(evening: Evening, work: Path, data: Path) -> str:
    """The contest, checked and added to the installation; its slug."""
    folder = work / evening.slug
    evening.make(folder)
    began = time.monotonic()
    said = _run("contest", "add", str(folder), "--json", HELDOUT_DATA=str(data))
    print(f"{time.monotonic() - began:6.1f} s  {evening.slug}: checked and added")
    return str(json.loads(said)["slug"])


def _run(*arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [COMMAND, *arguments], env={**os.environ, **environment}, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)}:\n{done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def _server(data: Path, log: Path) -> Iterator[tuple[str, str]]:
    environment = {**os.environ, "HELDOUT_DATA": str(data), "PYTHONUNBUFFERED": "1"}
    with log.open("w") as output:
        process = subprocess.Popen(
            [COMMAND, "serve", "--port", "0"], env=environment, stdout=output, stderr=output
        )
    try:
        yield _ready(log)
    except Exception:
        print(log.read_text()[-LOG_SHOWN:], file=sys.stderr)
        raise
    finally:
        process.terminate()
        process.wait(20)


def _ready(log: Path) -> tuple[str, str]:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        text = log.read_text()
        address, token = re.search(r"http://localhost:\d+", text), re.search(r"ho_[\w-]+", text)
        if address and token and _answers(address[0]):
            return address[0], token[0]
        time.sleep(0.2)
    raise SystemExit(f"The server didn't start:\n{log.read_text()}")


def _answers(url: str) -> bool:
    try:
        return bool(httpx.get(f"{url}/health").is_success)
    except httpx.TransportError:
        return False


def _evening(evening: Evening, slug: str, url: str, token: str, data: Path) -> None:
    """Join, take the data, submit everything; then hold the board against scikit-learn."""
    owner = httpx.Client(
        base_url=f"{url}/api/v1/admin", headers={"Authorization": f"Bearer {token}"}
    )
    code = owner.get(f"/competitions/{slug}").raise_for_status().json()["join_code"]
    data_given = heldout.join(url, code, "Ada", progress=False).data()
    for name, what in evening.submissions(data_given):
        heldout.join(url, code, name, progress=False).submit(what, name=name)
    _agrees(evening, slug, url, data, "public")
    for act in ("pause", "reveal"):
        owner.post(f"/competitions/{slug}/{act}").raise_for_status()
    _agrees(evening, slug, url, data, "private")


def _agrees(evening: Evening, slug: str, url: str, data: Path, part: str) -> None:
    board = httpx.get(f"{url}/api/v1/competitions/{slug}/leaderboard").raise_for_status().json()
    rows: list[dict[str, Any]] = board["rows"]
    wanted = recomputed(data, slug, evening.metric, part)
    for row in rows:
        figure = wanted[row["submission_id"]]
        print(f"  {slug} {part}: {row['rank']}. {row['participant']['name']}: "
              f"{row['score']} (scikit-learn {figure:.6g})")  # fmt: skip
        if abs(row["score"] - figure) > ROUNDING * max(1.0, abs(figure)):
            raise SystemExit("The board says something else than scikit-learn.")
    best_first = sorted((row["score"] for row in rows), reverse=board["direction"] == "higher")
    if [row["score"] for row in rows] != best_first:
        raise SystemExit("The board isn't in the order of its metric.")


def _pictures(browser: Browser, folder: Path, url: str, slug: str) -> None:
    for name, (width, height) in SIZES.items():
        page = browser.new_page(viewport={"width": width, "height": height})
        for path in ("", "/race", "/experiments", "/tv"):
            page.goto(f"{url}/c/{slug}{path}")
            page.wait_for_timeout(500)
            page.screenshot(path=folder / f"{slug}{path.replace('/', '-')}-{name}.png")
        page.close()


if __name__ == "__main__":
    sys.exit(main())
