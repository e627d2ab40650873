"""Both packages as they would be published: built twice, compared to the byte, looked through."""

from __future__ import annotations

import filecmp
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import tomllib
from changelog import Unfit, epoch_of, newest

ROOT = Path(__file__).parents[1]
PACKAGES = ("client", ".")
"""The client first: the server depends on it."""
VERSIONS = {
    "pyproject.toml": r'^version = "([^"]+)"',
    "client/pyproject.toml": r'^version = "([^"]+)"',
    "server/heldout_server/__init__.py": r'^__version__ = "([^"]+)"',
    "client/heldout/_version.py": r'^__version__ = "([^"]+)"',
}


def version_of(root: Path) -> str:
    """The one version that all say. Raises Unfit where they differ."""
    found = {
        name: re.findall(pattern, (root / name).read_text(), re.M)
        for name, pattern in VERSIONS.items()
    }
    found["CHANGELOG.md"] = [newest((root / "CHANGELOG.md").read_text()).version]
    needs = tomllib.loads((root / "pyproject.toml").read_text())["project"]["dependencies"]
    found["the server's dependency"] = [
        n.partition("==")[2] for n in needs if n.startswith("heldout==")
    ]
    if len({tuple(versions) for versions in found.values()}) != 1:
        said = ", ".join(
            f"{name}: {' '.join(versions) or 'none'}" for name, versions in found.items()
        )
        raise Unfit(f"The versions differ ({said}).")
    return found["pyproject.toml"][0]


def build(root: Path, into: Path) -> list[Path]:
    """Both sdists and wheels of the checkout in `root`, into the folder `into`.

    Built twice, from two copies. Raises Unfit where the two differ, or an index would refuse one.
    """
    epoch = epoch_of((root / "CHANGELOG.md").read_text()) or _last_commit(root)
    with tempfile.TemporaryDirectory() as folder:
        once, again = (_built(root, Path(folder) / name, epoch) for name in ("once", "again"))
        names = sorted(path.name for path in once.iterdir() if path.suffix in {".whl", ".gz"})
        _, differing, missing = filecmp.cmpfiles(once, again, names, shallow=False)
        if differing or missing:
            raise Unfit(f"Two builds differ: {', '.join([*differing, *missing])}.")
        into.mkdir(parents=True, exist_ok=True)
        built = [Path(shutil.copy(once / name, into / name)) for name in names]
    _check(built)
    return built


def _built(root: Path, work: Path, epoch: int) -> Path:
    """The folder with what is built from a copy of the checkout's files, all of one date."""
    source, target = work / "source", work / "built"
    copy(root, source)
    for package in PACKAGES:
        run(
            [tool("uv"), "build", "--quiet", "--offline", "--no-build-isolation",
             "--python", sys.executable, "--out-dir", str(target), package],
            source, {"SOURCE_DATE_EPOCH": str(epoch)},
        )  # fmt: skip
    return target


def copy(root: Path, target: Path) -> None:
    """What git knows or doesn't ignore: no build of last week's, no data."""
    listed = run(["git", "ls-files", "-z", "-co", "--exclude-standard"], root).split("\0")
    for name in filter(None, listed):
        if (root / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, target / name)


def _last_commit(root: Path) -> int:
    return int(run(["git", "log", "-1", "--format=%ct"], root))


def _check(files: list[Path]) -> None:
    """Raise Unfit where an index would refuse a file, or show its description as plain text."""
    run([tool("twine"), "check", "--strict", *map(str, files)], files[0].parent)


def tool(name: str) -> str:
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name) or name


def run(command: list[str], folder: Path, more: dict[str, str] | None = None) -> str:
    """What the command prints. Raises Unfit where it fails."""
    said = subprocess.run(
        command, cwd=folder, env={**os.environ, **(more or {})}, capture_output=True, text=True
    )
    if said.returncode:
        raise Unfit(f"{' '.join(command[:2])} failed:\n{said.stdout}{said.stderr}")
    return said.stdout
