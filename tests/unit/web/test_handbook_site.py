"""handbook_site: pages of the folder, and words where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from heldout_server.web import problems
from heldout_server.web.handbook_site import PATH, HandbookSite


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "handbook"


@pytest.fixture
def browser(folder: Path) -> TestClient:
    app = FastAPI()
    problems.install(app)
    app.mount(PATH, HandbookSite(folder))
    return TestClient(app)


class TestHandbookSite:
    def test_says_so_where_none_was_built(self, browser: TestClient) -> None:
        answer = browser.get(f"{PATH}/contests/")
        assert answer.status_code == 404
        assert "`make docs`" in answer.text

    def test_shows_pages_and_files(self, browser: TestClient, folder: Path) -> None:
        (folder / "contests").mkdir(parents=True)
        (folder / "index.html").write_text("<h1>Home</h1>")
        (folder / "contests" / "index.html").write_text("<h1>Contests</h1>")
        assert browser.get(f"{PATH}/").text == "<h1>Home</h1>"
        assert browser.get(f"{PATH}/contests").text == "<h1>Contests</h1>"
        assert browser.get(f"{PATH}/nowhere/").status_code == 404

    def test_leaves_its_folder_for_nobody(self, browser: TestClient, folder: Path) -> None:
        folder.mkdir()
        (folder / "index.html").write_text("<h1>Home</h1>")
        (folder.parent / "secret").write_text("secret")
        assert browser.get(f"{PATH}/%2e%2e/secret").status_code == 404
