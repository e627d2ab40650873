"""The handbook: every page is in its contents, every link leads somewhere, nothing is from
elsewhere, and its code is read by the parsers that it is for.
"""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
import tomllib
import typer
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from playwright.sync_api import Page, expect
from typer.testing import CliRunner

from bounded_server import serving
from browser.barriers import serious
from browser.conftest import browser, page
from conftest import ROOT
from handbook import __main__ as handbook
from handbook import blocks
from handbook.blocks import Block
from handbook.sources import DOCS, SITE
from heldout.__main__ import build_parser
from heldout_server.cli import admin_from_openapi, app
from heldout_server.cli.contest import app as contest
from heldout_server.web import security
from heldout_server.web.handbook_site import PATH, HandbookSite
from heldout_server.web.html.render import STATIC
from waiting import PATIENCE_SECONDS

__all__ = ["browser", "page"]

PAGES = sorted(p for p in DOCS.rglob("*.md") if SITE not in p.parents)
BLOCKS = [block for page in PAGES for block in blocks.of_page(page)]
LANGUAGES = {"sh", "python", "json", "toml", "text", "html", "diff"}
SHELL = [block for block in BLOCKS if block.language == "sh"]
OURS = {"heldout-server", "heldout", "make"}
LINKED = re.compile(r'(?:href|src)="([^"]+)"')
# Addresses of the server that shows the handbook.
OF_THE_SERVER = {"", "help", "docs", "privacy", "accessibility"}
MADE_BY = "https://zensical.org/"


def parse(words: list[str]) -> None:
    """Let the command's own parser read it. Raises SystemExit or click's exceptions."""
    program, *rest = words
    if program == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M)
        assert [word for word in rest if "=" not in word and word not in targets] == []
    elif program == "heldout":
        build_parser().parse_args(rest)
    elif rest[0] == "admin":
        admins_parser().parse_args(rest[1:])
    else:
        command = typer.main.get_command(app)
        with command.make_context(program, rest, resilient_parsing=False) as context:
            descend(command, context)


@cache
def admins_parser() -> ArgumentParser:
    return admin_from_openapi.parser(admin_from_openapi.all_calls())


def descend(command, context) -> None:  # type: ignore[no-untyped-def]
    """Read the words of a command below a group."""
    name, below, rest = command.resolve_command(context, context._protected_args + context.args)
    with below.make_context(name, rest, parent=context) as inner:
        if hasattr(below, "resolve_command"):
            descend(below, inner)


@pytest.mark.parametrize("block", BLOCKS, ids=str)
class TestBlocks:
    def test_names_its_language(self, block: Block) -> None:
        assert block.language in LANGUAGES

    def test_can_be_read(self, block: Block) -> None:
        if block.language == "python":
            compile(block.code, str(block), "exec")
        elif block.language == "json":
            json.loads(block.code)
        elif block.language == "toml":
            tomllib.loads(block.code)


@pytest.mark.parametrize("block", SHELL, ids=str)
class TestCommands:
    def test_are_taken_by_their_parsers(self, block: Block) -> None:
        for words in block.commands():
            if words[0] in OURS:
                parse(words)
            else:
                assert block.not_run, f"{words[0]} is no command of ours: say why it isn't run"

    def test_run_unless_the_page_says_why_not(
        self, block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if block.not_run:
            return
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("HELDOUT_DATA", "data")
        make_penguins()
        for program, room, *rest in block.commands():
            assert (program, room) == ("heldout-server", "contest"), "only these are run"
            done = CliRunner().invoke(contest, rest)
            assert done.exit_code == 0, done.stdout


def make_penguins() -> None:
    """The file of the tutorial, by its own lines."""
    [block] = [
        b
        for b in BLOCKS
        if b.page.name == "first-evening.md" and b.language == "python" and not b.not_run
    ]
    exec(block.code, {})  # noqa: S102


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("handbook") / "site"
    assert handbook.main(folder) == 0
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, str]:
    return {path: path.read_text(encoding="utf-8") for path in site.rglob("*.html")}


class TestSite:
    def test_has_every_page_in_its_contents(self) -> None:
        contents = (SITE / "zensical.toml").read_text()
        names = [str(p.relative_to(DOCS)) for p in PAGES if p.parent.name != "decisions"]
        assert [name for name in names if f'"{name}"' not in contents] == []

    def test_fits_the_servers_policy(self, pages: dict[Path, str]) -> None:
        for path, html in pages.items():
            inline = re.findall(r"<script(?![^>]* src=)(?![^>]*application/json)[^>]*>", html)
            assert inline == [], path
            assert not re.search(r"<style|<[^>]+ style=|<[^>]+ on[a-z]+=", html), path

    def test_takes_nothing_from_elsewhere(self, site: Path, pages: dict[Path, str]) -> None:
        for path, html in pages.items():
            loaded = re.findall(
                r'<(?:script|link|img|iframe)[^>]*(?:src|href)="(https?:[^"]*)"', html
            )
            assert loaded == [], path
        styles = [path.read_text() for path in site.rglob("*.css")]
        assert not any(re.search(r"url\(['\"]?https?:|@import", style) for style in styles)

    def test_every_link_leads_somewhere(self, site: Path, pages: dict[Path, str]) -> None:
        ids = {path: set(re.findall(r' id="([^"]+)"', html)) for path, html in pages.items()}
        broken = [
            f"{path.relative_to(site)}: {link}"
            for path, html in pages.items()
            for link in LINKED.findall(html)
            if not leads_somewhere(site, path, link, ids)
        ]
        assert broken == []

    def test_has_the_reference_of_the_code(self, pages: dict[Path, str], site: Path) -> None:
        said = {
            "settings": "HELDOUT_RUNNING_PER_PARTICIPANT",
            "commands": "heldout-server contest import-from",
            "api": "POST /api/v1/submissions",
            "client": "heldout.training_data",
        }
        for name, words in said.items():
            assert words in pages[site / "reference" / name / "index.html"], name

    def test_can_be_searched(self, site: Path) -> None:
        text = (site / "search.json").read_text()
        assert "HELDOUT_RUNNING_PER_PARTICIPANT" in text
        assert "0055 A score gives" not in text


def leads_somewhere(site: Path, page: Path, link: str, ids: dict[Path, set[str]]) -> bool:
    """Whether a page or file is there, and the anchor on it; `site` is where PATH leads to."""
    if link.startswith(("https://", "http://", "mailto:")):
        return True
    address, anchor = urldefrag(unquote(link))
    target = (page.parent / address).resolve() if address else page
    if target in {site.parents[1] / name for name in OF_THE_SERVER}:
        return True
    target = target / "index.html" if target.is_dir() else target
    if not target.is_file():
        return False
    return not anchor or anchor.startswith("__") or anchor in ids.get(target, set())


def outside_links() -> Iterator[tuple[Path, str]]:
    for path in PAGES:
        for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
            if not link.startswith(("http", "#", "/")):
                yield path, link


def test_links_hold_on_github_too() -> None:
    """Files at least; anchors are followed on the site."""
    broken = [f"{p}: {link}" for p, link in outside_links() if not exists(p, link)]
    assert broken == []


def exists(page: Path, link: str) -> bool:
    return (page.parent / urldefrag(link)[0]).exists()


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    """The site's address, with the headers that the server sends."""
    app = FastAPI()
    app.mount(PATH, HandbookSite(site))
    app.mount("/static", StaticFiles(directory=STATIC))
    security.install(app, only_https=False)
    with serving(app) as (host, port):
        yield f"http://{host}:{port}{PATH}"


@pytest.fixture
def patient(page: Page) -> Page:
    """A busy machine takes its time for a page with all its scripts."""
    page.set_default_timeout(PATIENCE_SECONDS * 1000)
    return page


@pytest.mark.browser
class TestInABrowser:
    def test_searches_and_complains_of_nothing(self, served: str, patient: Page) -> None:
        complaints: list[str] = []
        patient.on("console", lambda message: complaints.append(message.text))
        patient.on("pageerror", lambda error: complaints.append(str(error)))
        patient.on("requestfailed", lambda request: complaints.append(request.url))
        patient.goto(f"{served}/contests/")
        patient.get_by_role("button", name="Search").first.click()
        patient.get_by_role("combobox", name="Search").fill("HELDOUT_RUNNING_PER_PARTICIPANT")
        patient.get_by_role("option", name="Settings").click()
        expect(patient.get_by_role("heading", name="Settings")).to_be_visible()
        assert complaints == []

    def test_fits_a_phone(self, served: str, patient: Page) -> None:
        patient.set_viewport_size({"width": 390, "height": 844})
        for name in ("", "reference/settings/", "reference/client/", "deploy/", "data-processing/"):
            patient.goto(f"{served}/{name}")
            assert patient.evaluate("document.documentElement.scrollWidth") <= 390
            assert serious(patient) == []
