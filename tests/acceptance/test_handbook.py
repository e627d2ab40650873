"""The handbook's Python, run as a reader would: each page in one session, on a real server."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

import heldout
from acceptance.conftest import RunningServer
from conftest import CODE, ROOT
from handbook import blocks
from handbook.blocks import Block

DOCS = ROOT / "docs"
ON_THE_PAGE = "http://192.168.1.20:8000"
EXAMPLES = {"x": np.zeros((60, 28, 28), np.uint8), "y": np.arange(60) % 10}
GIVEN = {
    "data.md": {f"{name}_{part}": EXAMPLES[name] for name in "xy" for part in ("train", "test")}
}
"""What a page speaks of as the reader's own."""


def python_of(page: Path) -> list[Block]:
    return [b for b in blocks.of_page(page) if b.language == "python" and not b.not_run]


PAGES = [page for page in sorted(DOCS.rglob("*.md")) if python_of(page)]


@pytest.mark.acceptance
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_python_of_a_page_runs(
    page: Path,
    server: RunningServer,
    login: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    names = dict(GIVEN.get(page.name, {}))
    for block in python_of(page):
        code = block.code.replace(ON_THE_PAGE, server.url).replace("WAT-2026", CODE)
        code = code.replace('name="Ada"', f'name="Ada {uuid4().hex[:6]}"')
        exec(compile(code, str(block), "exec"), names)  # noqa: S102
    # A reader's session ends by itself; here connections would stay open into the next test.
    for made in names.values():
        if isinstance(made, heldout.Client):
            made.close()
    if page.stem == "first-submission":
        assert names["submission"].score > 0.5


def test_the_tutorials_are_among_them() -> None:
    assert {"first-submission", "first-evening"} <= {page.stem for page in PAGES}
