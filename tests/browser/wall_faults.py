"""What is wrong with a wall to look at: names that are cut, things that cover one another."""

from __future__ import annotations

import time

from playwright.sync_api import Page

from waiting import PATIENCE_SECONDS

SOLID = (
    ".tv-row, .tv-state, .tv-banner, .tv-qr svg, .tv-code, .tv-address, .tv-under, .tv-foot, "
    ".tv-head h1, .countdown, .leader, .tv-step, .award"
)
FAULTS = """(solid) => {
    const shown = (one) => {
        const style = getComputedStyle(one);
        return one.getClientRects().length > 0 && style.visibility !== "hidden";
    };
    const found = [];
    for (const one of [...document.querySelectorAll("[data-fit]")].filter(shown)) {
        const isCut = one.scrollHeight > one.clientHeight + 2
            || one.scrollWidth > one.clientWidth + 2;
        if (isCut) found.push("cut: " + one.textContent.trim());
    }
    const boxes = [...document.querySelectorAll(solid)].filter(shown)
        .map((one) => [one, one.getBoundingClientRect()]);
    for (const [one, a] of boxes) {
        if (a.left < -1 || a.top < -1 || a.right > innerWidth + 1 || a.bottom > innerHeight + 1)
            found.push("outside: " + one.className);
        for (const [other, b] of boxes) {
            if (one === other || one.contains(other) || other.contains(one)) continue;
            const meet = a.left < b.right - 1 && b.left < a.right - 1
                && a.top < b.bottom - 1 && b.top < a.bottom - 1;
            if (meet) found.push(`${one.className} over ${other.className}`);
        }
    }
    return found;
}"""
SETTLE_MS = 200


def ruined(page: Page) -> list[str]:
    """What is cut, covered or outside of the screen, once everything stands still: a busy machine
    fits names to a row late, so what is wrong is looked at again before it counts.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        page.wait_for_timeout(SETTLE_MS)
        found: list[str] = page.evaluate(FAULTS, SOLID)
        if not found or time.monotonic() > deadline:
            return found
