"""An installed package becomes the wheel again that it came from."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import pytest

from heldout_server.kit.rebuilt_wheel import Wheel, rebuilt

NOTES = ("INSTALLER", "REQUESTED", "direct_url.json")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package as an installer leaves it: with its notes, and with what Python compiled."""
    package, info = tmp_path / "tinypack", tmp_path / "tinypack-1.2.dist-info"
    for folder in (package / "inner", package / "__pycache__", info / "licenses"):
        folder.mkdir(parents=True)
    (package / "__init__.py").write_text("raise AssertionError('nobody imports it')\n")
    (package / "inner" / "data.txt").write_text("7")
    (package / "__pycache__" / "__init__.cpython-311.pyc").write_bytes(b"\0")
    (info / "METADATA").write_text("Metadata-Version: 2.4\nName: tinypack\nVersion: 1.2\n")
    (info / "WHEEL").write_text("Wheel-Version: 1.0\n")
    (info / "licenses" / "LICENSE").write_text("free")
    for note in NOTES:
        (info / note).write_text(str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def members(wheel: Wheel) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(wheel.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


class TestRebuilt:
    def test_holds_the_package_and_what_the_wheel_said_of_itself(self, installed: Path) -> None:
        wheel = rebuilt("tinypack")
        assert wheel.name == "tinypack-1.2-py3-none-any.whl"
        assert list(members(wheel)) == [
            "tinypack/__init__.py",
            "tinypack/inner/data.txt",
            "tinypack-1.2.dist-info/METADATA",
            "tinypack-1.2.dist-info/WHEEL",
            "tinypack-1.2.dist-info/licenses/LICENSE",
            "tinypack-1.2.dist-info/RECORD",
        ]
        assert str(installed).encode() not in wheel.content

    def test_records_every_file_as_wheels_do(self, installed: Path) -> None:
        record = members(rebuilt("tinypack"))["tinypack-1.2.dist-info/RECORD"].decode()
        lines = record.splitlines()
        digest = "eQJpm-Qsio5G-7tFAXJlF-hrIsVqGJ92JabaSQgbJFE"
        assert f"tinypack/inner/data.txt,sha256={digest},1" in lines
        assert lines[-1] == "tinypack-1.2.dist-info/RECORD,,"

    def test_is_the_same_to_the_byte_whenever_it_is_made(self, installed: Path) -> None:
        once = rebuilt("tinypack")
        (installed / "tinypack" / "__init__.py").touch()
        assert rebuilt("tinypack") == once

    def test_imports_nothing(self, installed: Path) -> None:
        rebuilt("tinypack")
        assert "tinypack" not in sys.modules

    def test_says_what_to_do_where_it_is_not_installed(self) -> None:
        with pytest.raises(FileNotFoundError, match="make install"):
            rebuilt("nobody-has-this")
