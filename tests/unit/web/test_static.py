"""Static files: vendored bytes are what the lock says, and our own keep to the house rules."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from heldout_server.web.html.render import STATIC, static_url

VENDOR = STATIC / "vendor"
OWN = sorted(path for path in STATIC.iterdir() if path.suffix in {".css", ".js"})
STYLES = [path for path in OWN if path.suffix == ".css"]
LONGEST_FILE = {".js": 500, ".css": 1000}  # a style sheet has one declaration a line


class TestVendor:
    def test_every_file_is_locked_with_its_hash(self) -> None:
        lock = json.loads((VENDOR / "vendor.lock.json").read_text())
        folders = {path.name for path in VENDOR.iterdir() if path.is_dir()}
        assert folders == set(lock)
        for folder, entry in lock.items():
            found = {
                path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                for path in (VENDOR / folder).iterdir()
            }
            assert found == entry["files"], folder

    def test_every_folder_has_a_licence_and_a_line_in_the_readme(self) -> None:
        readme = (VENDOR / "README.md").read_text()
        for folder in (path for path in VENDOR.iterdir() if path.is_dir()):
            assert (folder / "LICENSE").is_file()
            assert f"`{folder.name}`" in readme


class TestStaticUrl:
    def test_carries_the_hash_of_the_bytes(self) -> None:
        digest = hashlib.sha256((STATIC / "app.css").read_bytes()).hexdigest()
        assert static_url("app.css") == f"/static/app.css?v={digest[:8]}"

    def test_refuses_a_file_that_is_not_there(self) -> None:
        with pytest.raises(FileNotFoundError):
            static_url("nowhere.css")


class TestOwnFiles:
    @pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
    def test_are_short_and_load_nothing_from_elsewhere(self, path: Path) -> None:
        text = path.read_text()
        assert text.count("\n") < LONGEST_FILE[path.suffix]
        assert not re.search(r"https?://(?!LAN-ADDRESS)", text)
        assert not re.search(r"\beval\(|new Function|innerHTML", text)

    @pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
    def test_fonts_and_images_exist(self, path: object) -> None:
        text = (STATIC / getattr(path, "name", "")).read_text()
        for address in re.findall(r'url\("([^"]+)"\)', text):
            assert (STATIC / address).is_file()

    def test_every_custom_property_is_defined(self) -> None:
        text = "".join(path.read_text() for path in STYLES)
        used = set(re.findall(r"var\((--[\w-]+)", text))
        assert used <= set(re.findall(r"(--[\w-]+):", text))


class TestColours:
    @pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
    def test_are_named_in_one_file_only(self, path: object) -> None:
        name = getattr(path, "name", "")
        colours = re.findall(r"#[0-9a-fA-F]{3,8}\b", (STATIC / name).read_text())
        assert name == "tokens.css" or colours == []


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _tokens() -> dict[str, tuple[str, str]]:
    text = (STATIC / "tokens.css").read_text()
    pairs = re.findall(r"--([\w-]+): (?:light-dark\((#\w+), (#\w+)\)|(#\w+));", text)
    return {name: (light or both, dark or both) for name, light, dark, both in pairs}


class TestContrast:
    @pytest.mark.parametrize(
        ("ink", "paper"),
        [
            *[
                (ink, paper)
                for ink in ("ink", "ink-soft", "action")
                for paper in ("paper", "sheet")
            ],
            *[(ink, "sheet-raised") for ink in ("ink", "ink-soft", "action")],
            ("on-action", "action"),
            ("chalk", "board"),
            ("chalk-soft", "board"),
            ("amber", "board"),
            ("amber", "flap"),
            ("on-amber", "amber"),
            *[("on-medal", medal) for medal in ("gold", "silver", "bronze")],
            *[(ink, "lead") for ink in ("ink", "ink-soft")],
            *[(tone, f"{tone}-sheet") for tone in ("good", "bad", "warn")],
            *[("ink-soft", f"{tone}-sheet") for tone in ("good", "bad", "warn")],
            *[(tone, "sheet") for tone in ("good", "bad", "warn", "training", "validation")],
            ("on-heat", "right"),
            ("on-mint", "mint"),
            ("on-rose", "rose"),
            ("on-risk", "risk"),
            ("on-mint", "chalk-soft"),
            *[(f"line-{number}", "sheet") for number in range(1, 9)],
            *[(f"line-{number}", "paper") for number in range(1, 9)],
        ],
    )
    def test_text_reaches_aa(self, ink: str, paper: str) -> None:
        tokens = _tokens()
        for by_day_or_night in (0, 1):
            assert _contrast(tokens[ink][by_day_or_night], tokens[paper][by_day_or_night]) >= 4.5
