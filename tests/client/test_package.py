"""The package as a whole: its public names, what importing it costs, its version and README."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import heldout

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = pytest.importorskip("tomli")

CLIENT = Path(__file__).parents[2] / "client"
COMMANDS = (
    "check", "code", "data", "delete", "finals", "join", "leaderboard", "me", "my-data", "open",
    "quota", "rename", "status", "submit", "team",
)  # fmt: skip
HEAVY = ("tensorflow", "keras", "numpy", "httpx", "torch", "pandas", "tqdm", "h5py")


class TestPublicNames:
    def test_are_sorted(self) -> None:
        assert heldout.__all__ == sorted(heldout.__all__)

    def test_are_all_there_is(self) -> None:
        visible = {
            name
            for name, value in vars(heldout).items()
            if not name.startswith("_") and not inspect.ismodule(value)
        }
        assert visible == set(heldout.__all__) - {"__version__"}

    def test_are_documented(self) -> None:
        named = [getattr(heldout, name) for name in heldout.__all__ if name != "__version__"]
        assert [each for each in named if not inspect.getdoc(each)] == []


class TestImport:
    def test_brings_nothing_heavy(self) -> None:
        program = f"import heldout, sys; print([n for n in {HEAVY!r} if n in sys.modules])"
        printed = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONPATH": str(CLIENT)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert printed.stdout.strip() == "[]"

    def test_a_submission_never_brings_tensorflow(self, tmp_path: Path) -> None:
        (tmp_path / "labels.csv").write_text("1\n2\n")
        program = (
            "import sys\n"
            "from heldout._capture import run_card\n"
            "from heldout._export import exported\n"
            f"with exported({str(tmp_path / 'labels.csv')!r}): run_card()\n"
            "with exported([1, 2]): run_card(history={'loss': [1.0]})\n"
            "print([n for n in ('tensorflow', 'keras', 'h5py') if n in sys.modules])"
        )
        printed = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONPATH": str(CLIENT)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert printed.stdout.strip() == "[]"


class TestProject:
    @pytest.fixture
    def project(self) -> dict[str, object]:
        loaded: dict[str, object] = tomllib.loads((CLIENT / "pyproject.toml").read_text())[
            "project"
        ]
        return loaded

    def test_version_is_the_package_s(self, project: dict[str, object]) -> None:
        assert project["version"] == heldout.__version__

    def test_needs_httpx_and_nothing_else(self, project: dict[str, object]) -> None:
        assert [str(need).split(">")[0] for need in project["dependencies"]] == ["httpx"]  # type: ignore[attr-defined]

    def test_files_stay_readable(self) -> None:
        sizes = {path.name: len(path.read_text().splitlines()) for path in CLIENT.rglob("*.py")}
        assert {name: lines for name, lines in sizes.items() if lines > 500} == {}


class TestReadme:
    def test_documents_every_variable_and_command(self) -> None:
        readme = (CLIENT / "README.md").read_text()
        words = ["HELDOUT_URL", "HELDOUT_TOKEN", "HELDOUT_CONFIG", "HELDOUT_CACHE"]
        words += [f"heldout {name}" for name in COMMANDS]
        assert [word for word in words if word not in readme] == []

    def test_names_only_what_exists(self) -> None:
        readme = (CLIENT / "README.md").read_text()
        assert set(re.findall(r"\bheldout\.([A-Za-z_]+)\b[^-.]", readme)) <= set(heldout.__all__)
