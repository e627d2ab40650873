"""What runs elsewhere calls what runs here: workflows name only verbs that exist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from conftest import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
VERBS = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
MADE = re.compile(r"\bmake ([a-z-]+)")
PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40}$")


def steps(text: str) -> Iterator[dict[str, Any]]:
    for job in yaml.safe_load(text)["jobs"].values():
        yield from job["steps"]


def commands() -> Iterator[str]:
    for path in WORKFLOWS:
        yield from (step["run"] for step in steps(path.read_text()) if "run" in step)
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    yield container["postCreateCommand"]


def test_every_verb_exists() -> None:
    named = {verb for command in commands() for verb in MADE.findall(command)}
    assert {"docs", "try-wheels", "audit", "install-dev"} <= named
    assert named <= VERBS


def test_every_program_of_ours_exists() -> None:
    for command in commands():
        for path in re.findall(r"(?:^|\s|=)((?:release|\.ci|tests)/\S+)", command):
            assert (ROOT / path).exists(), path


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_only_read_and_pins_what_it_uses(path: Any) -> None:
    text = path.read_text()
    assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
    used = [step["uses"] for step in steps(text) if "uses" in step]
    assert [one for one in used if not PINNED.match(one)] == []
    assert all(job["timeout-minutes"] <= 90 for job in yaml.safe_load(text)["jobs"].values())
