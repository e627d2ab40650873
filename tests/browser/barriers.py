"""What axe calls serious or worse, in words that say where."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page

VENDOR = Path(__file__).parent / "vendor"
AXE = VENDOR / "axe-core-4.14.1" / "axe.min.js"
SERIOUS = {"serious", "critical"}


def serious(page: Page, *, rules: Sequence[str] = ()) -> list[str]:
    """Findings on the page as it stands; `rules`: only those."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    options: dict[str, object] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = list(rules)
    result = page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{page.url}: {one['id']}: {node['target']}"
        for one in result["violations"]
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


def serious_by_day_and_night(page: Page) -> list[str]:
    """The page in light colours by all rules, then in dark ones by what colours can change."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = serious(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.wait_for_timeout(50)
    return found + serious(page, rules=["color-contrast"])
