"""What would be published: both packages, built as a release is, and a board from them alone."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from contextlib import nullcontext
from email.message import Message
from email.parser import Parser
from pathlib import Path

import packages
import pytest
from changelog import Unfit
from tagging import tag
from trial import board

from conftest import ROOT
from heldout_server.kit.rebuilt_wheel import rebuilt

EXTRAS = {"tensorflow", "gpu", "postgres", "s3", "oidc", "otel", "demo", "dev"}


def git(*words: str, at: Path) -> str:
    settings = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    said = subprocess.run(["git", *settings, *words], cwd=at, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    return said.stdout.strip()


def released(checkout: Path, into: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`make release` in a checkout of its own."""
    return subprocess.run(
        [sys.executable, str(ROOT / "release"), "tag", "--root", str(checkout),
         "--into", str(into), *words],
        capture_output=True, text=True,
        env={**os.environ, "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org",
             "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This tree as the one commit of a repository of its own."""
    root = tmp_path_factory.mktemp("release") / "checkout"
    packages.copy(ROOT, root)
    git("init", "--quiet", "--initial-branch", "main", at=root)
    git("add", "--all", at=root)
    git("commit", "--quiet", "-m", "All of it", at=root)
    return root


@pytest.fixture(scope="module")
def dist(checkout: Path) -> Path:
    """The files of a release."""
    folder = checkout.parent / "dist"
    said = released(checkout, folder)
    assert said.returncode == 0, said.stderr
    assert "the same to the byte; twine check passed" in said.stdout
    assert "twine upload" in said.stdout
    return folder


def wheel(dist: Path, name: str) -> zipfile.ZipFile:
    [path] = dist.glob(f"{name}-*.whl")
    return zipfile.ZipFile(path)


def metadata(found: zipfile.ZipFile) -> Message:
    [name] = [name for name in found.namelist() if name.endswith(".dist-info/METADATA")]
    return Parser().parsestr(found.read(name).decode())


class TestRelease:
    def test_refuses_what_no_commit_has(self, checkout: Path) -> None:
        stray = checkout / "stray.txt"
        stray.touch()
        said = released(checkout, checkout.parent / "none", "--dry")
        stray.unlink()
        assert said.returncode == 1
        assert "stray.txt" in said.stderr
        assert not (checkout.parent / "none").exists()

    @pytest.mark.parametrize("dry", [True, False])
    def test_changes_nothing_in_a_rehearsal_or_where_a_build_fails(
        self, checkout: Path, dry: bool
    ) -> None:
        def build(root: Path, into: Path) -> list[Path]:
            assert "unreleased" not in (root / "CHANGELOG.md").read_text().split("- ")[0]
            if not dry:
                raise Unfit("broken")
            return []

        before = git("log", "--format=%H", at=checkout)
        with nullcontext() if dry else pytest.raises(Unfit, match="broken"):
            tag(checkout, checkout.parent / "none", dry=dry, build=build)
        assert git("status", "--porcelain", at=checkout) == git("tag", "--list", at=checkout) == ""
        assert git("log", "--format=%H", at=checkout) == before

    def test_refuses_versions_that_differ(self, tmp_path: Path) -> None:
        for name in (*packages.VERSIONS, "CHANGELOG.md"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
        packages.version_of(tmp_path)
        file = tmp_path / "client/heldout/_version.py"
        file.write_text('__version__ = "9.9"\n')
        with pytest.raises(Unfit, match=r"_version.py: 9\.9"):
            packages.version_of(tmp_path)

    def test_dates_commits_tags_and_says_what_is_left(self, checkout: Path, dist: Path) -> None:
        version = packages.version_of(checkout)
        assert git("tag", "--list", at=checkout) == f"v{version}"
        assert git("log", "-1", "--format=%s", at=checkout) == f"Release {version}"
        assert git("status", "--porcelain", at=checkout) == ""
        assert "unreleased" not in (checkout / "CHANGELOG.md").read_text().split("- ")[0]

    def test_is_made_once(self, checkout: Path, dist: Path) -> None:
        said = released(checkout, dist)
        assert said.returncode == 1
        assert "must begin with" in said.stderr


class TestServer:
    def test_depends_on_the_client_and_does_not_pack_it(self, dist: Path) -> None:
        found = wheel(dist, "heldout_server")
        tops = {name.partition("/")[0] for name in found.namelist()}
        version = packages.version_of(ROOT)
        assert tops == {
            "heldout_server", "heldout_runner", f"heldout_server-{version}.dist-info"
        }  # fmt: skip
        assert not [name for name in found.namelist() if name.endswith(".whl")]
        assert f"heldout=={version}" in metadata(found).get_all("Requires-Dist")

    def test_has_its_extras_types_and_migrations(self, dist: Path) -> None:
        found = wheel(dist, "heldout_server")
        assert set(metadata(found).get_all("Provides-Extra")) == EXTRAS
        names = set(found.namelist())
        assert {"heldout_server/py.typed", "heldout_runner/py.typed"} <= names
        scripts = {f"heldout_server/migrations/versions/{path.name}"
                   for path in (ROOT / "alembic" / "versions").glob("*.py")}  # fmt: skip
        assert scripts <= names

    def test_its_source_has_no_tests_pictures_or_client(self, dist: Path) -> None:
        [path] = dist.glob("heldout_server-*.tar.gz")
        with tarfile.open(path) as archive:
            tops = {name.split("/")[1] for name in archive.getnames()}
        assert tops == {
            ".gitignore", "CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "alembic",
            "pyproject.toml", "server",
        }  # fmt: skip


class TestClient:
    def test_is_what_the_server_offers(self, dist: Path) -> None:
        """From an editable installation the same, but for the order in which RECORD names files."""
        published, offered = wheel(dist, "heldout"), rebuilt("heldout")
        assert offered.name == Path(str(published.filename)).name
        with zipfile.ZipFile(io.BytesIO(offered.content)) as found:
            assert sorted(found.namelist()) == sorted(published.namelist())
            for name in published.namelist():
                if not name.endswith("RECORD"):
                    assert found.read(name) == published.read(name), name


class TestWheelsAlone:
    def test_start_a_board_that_offers_the_client(self, dist: Path, tmp_path: Path) -> None:
        """Outside the checkout, with nothing of it on the path: only what the wheels hold."""
        alone = tmp_path / "packages"
        for path in dist.glob("*.whl"):
            shutil.unpack_archive(path, alone, "zip")
        command = [sys.executable, "-m", "heldout_server"]
        settings = {
            "PYTHONPATH": str(alone), "HELDOUT_DOWNLOAD": "false", "HELDOUT_MODEL_WORKERS": "0",
            "HELDOUT_HOST": "127.0.0.1",
        }  # fmt: skip
        with board(command, tmp_path, settings) as found:
            assert "<title>" in found.read()
            name = found.wheel().rpartition("/")[2]
            assert (dist / name).exists()
            assert str(alone) in found_in(command, settings, tmp_path)


def found_in(command: list[str], settings: dict[str, str], folder: Path) -> str:
    """Where Python takes the server from."""
    program = "import heldout_server, heldout; print(heldout_server.__file__, heldout.__file__)"
    said = subprocess.run(
        [command[0], "-c", program], cwd=folder, env={**os.environ, **settings},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return said.stdout
