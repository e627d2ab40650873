"""A backup that is damaged, unfinished or hostile is refused, and nothing is put anywhere."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from heldout_server.kit.settings import Settings
from heldout_server.operations.archive import MANIFEST, Manifest, writing
from heldout_server.operations.restore import restore
from heldout_server.processes.installation import InstallationError


@pytest.fixture(params=["backup", "backup.tar.gz"])
def backup(request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path) -> Path:
    return write(tmp_path / request.param, sqlite_template, tmp_path)


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path) -> Path:
    return write(tmp_path / "backup", sqlite_template, tmp_path)


def write(target: Path, database: Path, scratch: Path) -> Path:
    some = scratch / "some"
    some.write_bytes(b"some bytes")
    with writing(target) as archive:
        archive.add("heldout.db", database)
        archive.add("blobs/ab/abcd", some)
        archive.add("labels/x.labels.npz", some)
        manifest = Manifest("0", "now", "sqlite", [], {})
        manifest.files = archive.files
        archive.finish(manifest)
    return target


def refused(source: Path, tmp_path: Path, why: str) -> None:
    there = Settings(data=tmp_path / "there")
    with pytest.raises(InstallationError, match=why):
        restore(source, there)
    assert list(there.data.iterdir()) == []


class TestRestore:
    def test_puts_every_member_in_its_place(self, backup: Path, tmp_path: Path) -> None:
        restore(backup, Settings(data=tmp_path / "there"))
        there = {p.relative_to(tmp_path / "there") for p in (tmp_path / "there").rglob("*")}
        files = {str(path) for path in there if "." in path.name or path.name == "abcd"}
        assert files == {"heldout.db", "blobs/ab/abcd", "labels/x.labels.npz"}

    @pytest.mark.parametrize("member", ["heldout.db", "blobs/ab/abcd", "labels/x.labels.npz"])
    def test_refuses_a_changed_member(self, folder: Path, tmp_path: Path, member: str) -> None:
        (folder / member).write_bytes((folder / member).read_bytes() + b"!")
        refused(folder, tmp_path, "was changed")

    @pytest.mark.parametrize("member", ["heldout.db", "blobs/ab/abcd"])
    def test_refuses_a_missing_member(self, folder: Path, tmp_path: Path, member: str) -> None:
        (folder / member).unlink()
        refused(folder, tmp_path, "is missing")

    def test_refuses_an_unfinished_backup(self, folder: Path, tmp_path: Path) -> None:
        (folder / MANIFEST).unlink()
        refused(folder, tmp_path, "no backup, or an unfinished one")

    @pytest.mark.parametrize("content", [b"{", b"[]", b'{"what": 1}'])
    def test_refuses_a_strange_manifest(self, folder: Path, tmp_path: Path, content: bytes) -> None:
        (folder / MANIFEST).write_bytes(content)
        refused(folder, tmp_path, "can't be read")

    def test_refuses_a_manifest_that_leads_outside(self, folder: Path, tmp_path: Path) -> None:
        manifest = json.loads((folder / MANIFEST).read_text())
        manifest["files"]["../../etc/passwd"] = "0" * 64
        (folder / MANIFEST).write_text(json.dumps(manifest))
        refused(folder, tmp_path, "outside of itself")

    def test_refuses_a_file_that_is_no_backup(self, tmp_path: Path) -> None:
        (tmp_path / "notes.tar").write_text("not a tar file")
        refused(tmp_path / "notes.tar", tmp_path, "can't be read")

    def test_refuses_a_tar_that_leads_outside(self, tmp_path: Path) -> None:
        with tarfile.open(tmp_path / "evil.tar", "w") as tar:
            tar.addfile(tarfile.TarInfo("../../escaped"))
        refused(tmp_path / "evil.tar", tmp_path, "can't be read")
        assert not (tmp_path / "escaped").exists()

    def test_refuses_a_cut_tar(self, tmp_path: Path, sqlite_template: Path) -> None:
        whole = write(tmp_path / "backup.tar.gz", sqlite_template, tmp_path)
        whole.write_bytes(whole.read_bytes()[:-500])
        refused(whole, tmp_path, "can't be read|no backup")


class TestWriting:
    def test_leaves_nothing_when_it_fails(self, tmp_path: Path) -> None:
        place = tmp_path / "backups"
        with pytest.raises(OSError, match="gone"), writing(place / "b.tar"):
            raise OSError("the disk is gone")
        assert list(place.iterdir()) == []

    def test_is_for_the_owner_only(self, backup: Path) -> None:
        assert backup.stat().st_mode & 0o077 == 0

    def test_puts_no_owner_into_a_tar(self, tmp_path: Path, sqlite_template: Path) -> None:
        write(tmp_path / "b.tar", sqlite_template, tmp_path)
        with tarfile.open(tmp_path / "b.tar") as tar:
            assert {(m.uid, m.gid, m.uname, m.mode) for m in tar} == {(0, 0, "", 0o600)}
