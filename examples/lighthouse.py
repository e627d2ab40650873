"""Every public page by Lighthouse, on a phone and on a desktop, against what is promised of them.

    npm install --prefix /tmp/lighthouse lighthouse
    python examples/lighthouse.py http://127.0.0.1:8000 --lighthouse /tmp/lighthouse

The server should have a competition with scores (`examples/busy_event.py`). Needs Node and Debian's
Chromium; prints a table and answers 1 when a page falls short.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

FORMS = ("mobile", "desktop")
LOWEST = {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100}
MOST_SHIFT = 0.02
COLUMNS = ("perf", "a11y", "best", "seo", "shift")


def main() -> int:
    """Measure; 1 when some page falls short."""
    arguments = _arguments()
    program = _program(arguments.lighthouse)
    if program is None:
        print("Lighthouse is not here: npm install --prefix /tmp/lighthouse lighthouse")
        return 2
    short = 0
    print(f"{'page':<14}{'form':<9}" + "".join(f"{name:>7}" for name in COLUMNS))
    for name, path in _pages(arguments.server, arguments.only).items():
        for form in FORMS:
            found = _measured(program, arguments.server + path, form)
            failing = _failing(found)
            short += bool(failing)
            print(f"{name:<14}{form:<9}{_figures(found)}  {', '.join(failing)}", flush=True)
    return 1 if short else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server", help="address of a running server, without a path")
    parser.add_argument("--lighthouse", type=Path, help="folder that it was installed in")
    parser.add_argument("--only", default="", help="names of pages, with commas between them")
    return parser.parse_args()


def _program(folder: Path | None) -> str | None:
    if folder is not None:
        return str(folder / "node_modules" / ".bin" / "lighthouse")
    return shutil.which("lighthouse")


def _pages(server: str, only: str) -> dict[str, str]:
    """Name → path of what a stranger may open, found by following the board's links."""
    board = _read(f"{server}/")
    slug = re.search(r'data-slug="([^"]+)"', board)
    if slug is None:
        raise SystemExit("There are several competitions here, or none: measure one server each.")
    base = f"/c/{slug[1]}"
    runs = re.findall(r"/submissions/([\w-]+)", board)
    person = re.search(r"row-(p_[\w-]+)", board)
    chosen = "&".join(f"s={run}" for run in dict.fromkeys(runs[:4]))
    pages = {
        "board": base, "join": f"{base}/join", "race": f"{base}/race",
        "experiments": f"{base}/experiments", "compare": f"{base}/compare?{chosen}",
        "participant": f"{base}/p/{person[1] if person else ''}",
        "submission": f"/submissions/{runs[0] if runs else ''}",
        "tv": f"{base}/tv", "reveal": f"{base}/reveal", "embed": f"{base}/embed",
        "sign-in": "/organize",
    }  # fmt: skip
    wanted = only.split(",") if only else pages
    return {name: pages[name] for name in wanted}


def _read(address: str) -> str:
    with urlopen(address) as answer:  # noqa: S310 our own server
        text: str = answer.read().decode()
        return text


def _measured(program: str, address: str, form: str) -> dict[str, Any]:
    command = [
        program, address, "--quiet", "--output=json", "--output-path=stdout",
        "--chrome-flags=--headless=new --no-sandbox", f"--only-categories={','.join(LOWEST)}",
    ]  # fmt: skip
    if form == "desktop":
        command.append("--preset=desktop")
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or ""
    environment = {**os.environ, "CHROME_PATH": os.environ.get("CHROME_PATH", chromium)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if not done.stdout.startswith("{"):
        raise SystemExit(done.stderr)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _score(report: dict[str, Any], category: str) -> int:
    return round(100 * (report["categories"][category]["score"] or 0))


def _shift(report: dict[str, Any]) -> float:
    return float(report["audits"]["cumulative-layout-shift"].get("numericValue", 0.0))


def _figures(report: dict[str, Any]) -> str:
    scores = "".join(f"{_score(report, category):>7}" for category in LOWEST)
    return f"{scores}{_shift(report):>7.3f}"


def _failing(report: dict[str, Any]) -> list[str]:
    """The audits that keep a page from what is promised."""
    found = []
    for category, lowest in LOWEST.items():
        if _score(report, category) >= lowest:
            continue
        audits = [
            each["id"] for each in report["categories"][category]["auditRefs"] if each["weight"]
        ]
        low = [name for name in audits if (report["audits"][name]["score"] or 1) < 0.9]
        none = [name for name in audits if report["audits"][name]["score"] == 0]
        found += dict.fromkeys([*low, *none]) or [category]
    return found + ["layout shift"] * (_shift(report) > MOST_SHIFT)


if __name__ == "__main__":
    sys.exit(main())
