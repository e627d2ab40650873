"""Pages of contests of every kind in a real browser, each with one model that was scored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import Browser

from acceptance.conftest import RunningServer
from browser.barriers import serious_by_day_and_night
from kinds_evening import Contest, contests, send_model, serve
from waiting import run_until

pytestmark = pytest.mark.browser
WIDTHS = (390, 1280)
SAYS = {
    "growths": ("ROC curve", "Precision and recall", "malignant"),
    "sugar": ("Predicted against true: progression", "Residuals: progression"),
    "sounds": ("How each label is answered", "loud", "sad"),
    "colours": ("What it confuses", "grass"),
}
OF_DIGITS = ("digit", "handwritten")


@dataclass
class Evening:
    """One server with four contests; `pages` are the submissions' addresses by contest."""

    server: RunningServer
    contests: tuple[Contest, ...]
    pages: dict[str, str]


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    patch, folder = pytest.MonkeyPatch(), tmp_path_factory.mktemp("kinds")
    patch.setenv("HELDOUT_CONFIG", str(folder / "login.json"))
    patch.setenv("HELDOUT_CACHE", str(folder / "cache"))
    found = contests()
    server = serve(folder, found)
    try:
        pages = {}
        for contest in found:
            sent = send_model(server, contest)
            assert sent.status == "scored", sent.error
            pages[contest.dataset.slug] = sent.url
        for slug, page in pages.items():
            run_until(lambda page=page, slug=slug: SAYS[slug][0] in httpx.get(page).text)
        yield Evening(server, found, pages)
    finally:
        server.stop()
        patch.undo()


@pytest.mark.parametrize("slug", SAYS)
class TestSubmission:
    def test_shows_what_the_kind_of_task_has(self, evening: Evening, slug: str) -> None:
        for address in (evening.pages[slug], f"{evening.pages[slug]}/practice"):
            said = httpx.get(address).text
            assert not any(word in said.lower() for word in OF_DIGITS), address
        said = httpx.get(evening.pages[slug]).text
        for words in SAYS[slug]:
            assert words in said
        assert "Overfit gauge" in said or slug == "sounds"

    def test_fits_phones_and_is_read_by_everybody(
        self, evening: Evening, browser: Browser, slug: str
    ) -> None:
        complaints: list[str] = []
        for width in WIDTHS:
            context = browser.new_context(viewport={"width": width, "height": 900})
            page = context.new_page()
            page.on("pageerror", lambda error, to=complaints: to.append(str(error)))
            for address in (evening.pages[slug], f"{evening.pages[slug]}/practice"):
                page.goto(address)
                overflow = page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                assert overflow <= 0, f"{address} at {width}: {overflow} px too wide"
                if width == WIDTHS[0]:
                    complaints += serious_by_day_and_night(page)
            context.close()
        assert complaints == []
