"""A backup restored into an empty place is the same board, byte for byte."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from heldout_server.blobs import BlobStore
from heldout_server.kit.settings import Settings
from heldout_server.operations.backup import BackedUp, back_up
from heldout_server.operations.restore import restore
from heldout_server.processes.installation import (
    InstallationError,
    open_installation,
)
from heldout_server.processes.server import create_app, embedded
from participant import Participant, npy
from waiting import run_until
from whole_board import whole_board

PAGES = ("/api/v1/competitions/digits/leaderboard", "/c/digits")


@pytest.fixture
def filled(installed, clock, labels) -> dict[str, bytes]:
    """Three participants on the board; the bytes of its pages."""
    with TestClient(create_app(embedded(installed, clock=clock))) as api:
        for number, name in enumerate(["Ada", "Grace & <Co>", "Łukasz 🦔"]):
            predicted = np.array(labels)
            predicted[: 40 * number] = 0
            clock.advance(seconds=7)
            Participant.join(api, name).submit(npy(predicted), name=f"entry {number}")
        return pages(api)


def pages(api: TestClient) -> dict[str, bytes]:
    """The board's bytes once its ties are known, which are worked out in the background."""
    whole_board(api.get, "digits")
    found = {path: api.get(path).content for path in PAGES}
    assert b"Grace" in found[PAGES[0]]
    return found


def pages_of(settings: Settings, clock) -> dict[str, bytes]:
    restored = open_installation(settings)
    with TestClient(create_app(embedded(restored, clock=clock))) as api:
        return pages(api)


def elsewhere(settings: Settings, tmp_path: Path, **changes) -> Settings:
    return settings.model_copy(update={"data": tmp_path / "elsewhere", **changes})


@pytest.mark.parametrize("name", ["backup", "backup.tar", "backup.tar.gz"])
class TestBoard:
    def test_is_the_same_after_a_restore(self, installed, filled, settings, tmp_path, clock, name):
        done = back_up(installed, tmp_path / name, now=clock())
        assert done.missing == ()
        there = elsewhere(settings, tmp_path)
        restore(tmp_path / name, there)
        assert pages_of(there, clock) == filled


class TestRestore:
    def test_into_postgresql(self, installed, filled, settings, tmp_path, clock, empty_postgres):
        back_up(installed, tmp_path / "backup", now=clock())
        there = elsewhere(settings, tmp_path, database_url=empty_postgres)
        restore(tmp_path / "backup", there)
        assert pages_of(there, clock) == filled

    def test_into_an_object_store(
        self, installed, filled, settings, tmp_path, clock, object_store, monkeypatch
    ):
        for name, value in object_store.environment.items():
            monkeypatch.setenv(name, value)
        back_up(installed, tmp_path / "backup", now=clock())
        there = elsewhere(settings, tmp_path, blobs_url=f"s3://{object_store.bucket()}/b")
        restore(tmp_path / "backup", there)
        assert pages_of(there, clock) == filled
        files = [path for path in (there.data / "blobs").rglob("*") if path.is_file()]
        assert files == []

    def test_goes_on_taking_submissions(self, installed, filled, settings, tmp_path, clock, labels):
        back_up(installed, tmp_path / "backup", now=clock())
        there = elsewhere(settings, tmp_path)
        restore(tmp_path / "backup", there)
        with TestClient(create_app(embedded(open_installation(there), clock=clock))) as api:
            assert Participant.join(api, "New").submit(npy(labels))["score"] == 1.0

    def test_keeps_labels_private(self, installed, filled, settings, tmp_path, clock):
        back_up(installed, tmp_path / "backup.tar", now=clock())
        assert (tmp_path / "backup.tar").stat().st_mode & 0o077 == 0
        there = elsewhere(settings, tmp_path)
        restore(tmp_path / "backup.tar", there)
        modes = {p.stat().st_mode & 0o077 for p in (there.data / "labels").rglob("*")}
        assert modes == {0}

    def test_refuses_a_place_that_is_not_empty(self, installed, filled, settings, tmp_path, clock):
        back_up(installed, tmp_path / "backup", now=clock())
        there = elsewhere(settings, tmp_path)
        there.data.mkdir()
        (there.data / "heldout.db").write_bytes(b"somebody's")
        with pytest.raises(InstallationError, match="not empty"):
            restore(tmp_path / "backup", there)
        assert [p.name for p in there.data.iterdir()] == ["heldout.db"]


class TestBackUp:
    def test_says_which_files_were_missing(self, installed, filled, tmp_path, clock):
        blobs: BlobStore = installed.blobs
        lost = next(path for path in installed.folders.blobs.glob("??/*"))
        lost.unlink()
        done: BackedUp = back_up(installed, tmp_path / "backup", now=clock())
        assert done.missing == (lost.name,)
        assert not blobs.has(lost.name)

    def test_refuses_to_replace_something(self, installed, filled, tmp_path, clock):
        (tmp_path / "backup.tar").write_text("another one")
        with pytest.raises(InstallationError, match="is there already"):
            back_up(installed, tmp_path / "backup.tar", now=clock())
        assert (tmp_path / "backup.tar").read_text() == "another one"

    def test_that_fails_leaves_nothing(self, installed, filled, tmp_path, clock):
        installed.folders.labels.chmod(0)
        place = tmp_path / "backups"

        def fail(what: str, done: int, total: int) -> None:
            if what == "Files":
                raise OSError("the disk is gone")

        with pytest.raises(OSError, match="gone"):
            back_up(installed, place / "b.tar", now=clock(), progress=fail)
        installed.folders.labels.chmod(0o700)
        assert list(place.iterdir()) == []

    def test_is_a_whole_database_by_itself(self, installed, filled, tmp_path, clock):
        back_up(installed, tmp_path / "backup", now=clock())
        with sqlite3.connect(tmp_path / "backup" / "heldout.db") as connection:
            assert connection.execute("select count(*) from participant").fetchone() == (3,)
        connection.close()


STOPPING = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from heldout_server.processes.installation import open_installation
from heldout_server.operations.backup import back_up
from heldout_server.kit.settings import Settings

def progress(what, done, total):
    if what == "Files":
        print("in the middle", flush=True)
        time.sleep(60)

installed = open_installation(Settings(data=Path(sys.argv[1])), migrating=False)
back_up(installed, Path(sys.argv[2]), now=datetime.now(UTC), progress=progress)
"""


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_killed_backup_leaves_nothing(installed, filled, tmp_path_factory) -> None:
    place = tmp_path_factory.mktemp("backups")
    command = [sys.executable, "-c", STOPPING, str(installed.folders.root), str(place / "b.tar")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in the middle\n"
        assert any(path.name == "heldout.db" for path in place.rglob("*"))
        process.kill()
    run_until(lambda: not list(place.iterdir()))
