"""The locks hold every dependency that pyproject names, by hash, and name no index."""

from __future__ import annotations

import re

import pytest
import tomllib
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from conftest import ROOT

# Our own packages are installed from the checkout.
OURS = {"heldout", "heldout-server"}
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT, GROUPS = PYPROJECT["project"], PYPROJECT["dependency-groups"]
OF_LOCK = {
    "requirements.lock": ("tensorflow", "postgres", "oidc", "demo"),
    "requirements-light.lock": ("postgres", "oidc"),
    "requirements-gpu.lock": ("gpu", "postgres", "oidc"),
    "requirements-dev.lock": ("tensorflow", "postgres", "oidc", "demo", "dev"),
}
# What the image is built with, beside what is in it.
BESIDE = "requirements-image.lock"
PINNED = re.compile(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==(\S+?)(?: ;.*)? \\$", re.MULTILINE)


def pinned(name: str) -> dict[str, set[str]]:
    """Versions by package; more than one where Pythons or platforms differ."""
    found: dict[str, set[str]] = {}
    for package, version in PINNED.findall((ROOT / name).read_text()):
        found.setdefault(canonicalize_name(package), set()).add(version)
    return found


def wanted(extras: tuple[str, ...]) -> list[Requirement]:
    lines = list(PROJECT["dependencies"])
    for extra in extras:
        lines += PROJECT["optional-dependencies"][extra]
    found = [Requirement(line) for line in lines]
    return [one for one in found if one.name not in OURS]


def asked(lock: str) -> list[Requirement]:
    if lock != BESIDE:
        return wanted(OF_LOCK[lock])
    return [Requirement(line) for line in GROUPS["docs"] + GROUPS["image"] if isinstance(line, str)]


@pytest.mark.parametrize("lock", [*OF_LOCK, BESIDE])
class TestLock:
    def test_pins_what_the_project_asks_for(self, lock):
        versions = pinned(lock)
        for requirement in asked(lock):
            found = versions.get(canonicalize_name(requirement.name), set())
            assert found, f"{requirement.name} is not in {lock}: make lock"
            assert all(requirement.specifier.contains(one) for one in found), requirement.name

    def test_has_hashes_and_names_no_index(self, lock):
        text = (ROOT / lock).read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text
        unhashed = [line for line in text.splitlines() if re.match(r"^[a-z0-9].*==[^\\]*$", line)]
        assert unhashed == []

    def test_agrees_with_what_tests_run_on(self, lock):
        tested = pinned("requirements-dev.lock")
        both = pinned(lock).keys() & tested.keys()
        assert {name: pinned(lock)[name] for name in both} == {n: tested[n] for n in both}
