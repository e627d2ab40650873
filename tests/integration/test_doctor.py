"""The doctor sees what is broken, says what to do, and changes nothing."""

from __future__ import annotations

import shutil
import socket
import sqlite3
from pathlib import Path

import pytest

from heldout_server.kit.settings import Settings
from heldout_server.operations import doctor, store_checks
from heldout_server.operations.doctor import BROKEN, GOOD, WARNING, Finding, examine
from heldout_server.processes.installation import ensure_competition, open_installation, utc_now


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A whole installation on disk."""
    settings = Settings(data=tmp_path / "data", download=False, mnist=None, model_workers=0)
    settings.data.mkdir(mode=0o700)
    installed = open_installation(settings)
    ensure_competition(installed, now=utc_now())
    installed.database.dispose()
    return settings


def looked(settings: Settings, *checks: doctor.Check) -> dict[str, Finding]:
    chosen = checks or store_checks.WITHOUT_SANDBOX
    return {finding.subject: finding for finding in examine(settings, chosen)}


class TestExamine:
    def test_a_sound_installation_has_nothing_broken(self, settings: Settings) -> None:
        found = looked(settings)
        broken = [f for f in found.values() if f.state == BROKEN]
        assert broken == []
        assert found["Database"].state == found["Database file"].state == GOOD
        assert any(name.startswith("Labels of") for name in found)

    def test_changes_nothing_where_nothing_is(self, tmp_path: Path) -> None:
        looked(Settings(data=tmp_path / "not" / "yet", model_workers=0))
        assert list(tmp_path.iterdir()) == []

    def test_a_check_that_fails_is_a_finding(self, settings: Settings) -> None:
        def explode(settings: Settings):
            raise RuntimeError("boom\ntrace")
            yield

        found = looked(settings, explode)
        assert found["explode"].state == BROKEN
        assert found["explode"].detail == "boom"


class TestFindings:
    def test_a_damaged_database(self, settings: Settings) -> None:
        path = settings.data / "heldout.db"
        with sqlite3.connect(path) as connection:
            connection.execute("pragma wal_checkpoint(truncate)")
        connection.close()
        content = bytearray(path.read_bytes())
        content[4096 * 3 : 4096 * 8] = b"\xff" * 4096 * 5
        path.write_bytes(content)
        found = looked(settings, doctor.database)
        assert BROKEN in {f.state for f in found.values()}

    def test_an_older_schema(self, settings: Settings) -> None:
        with sqlite3.connect(settings.data / "heldout.db") as connection:
            connection.execute("update alembic_version set version_num = 'older'")
        connection.close()
        found = looked(settings, doctor.database)["Database"]
        assert found.state == WARNING
        assert "migrate" in found.fix

    def test_labels_that_others_may_read(self, settings: Settings) -> None:
        (settings.data / "labels").chmod(0o755)
        found = looked(settings, store_checks.labels_and_datasets)
        labels = next(f for name, f in found.items() if name.startswith("Labels"))
        assert labels.state == BROKEN
        assert "chmod" in labels.detail

    def test_a_machine_that_is_not_meant_to_have_labels(self, settings: Settings) -> None:
        """In a web container the folder of the image is there, and no volume is mounted on it."""
        shutil.rmtree(settings.data / "labels")
        (settings.data / "labels").mkdir(0o700)
        of_several = settings.model_copy(
            update={"database_url": f"sqlite:///{settings.data / 'heldout.db'}"}
        )
        found = looked(of_several, store_checks.labels_and_datasets)
        labels = next(f for name, f in found.items() if name.startswith("Labels"))
        assert (labels.state, labels.detail) == (WARNING, "not on this machine")

    def test_images_that_are_gone(self, settings: Settings) -> None:
        next((settings.data / "datasets").rglob("test_images.npy")).unlink()
        found = looked(settings, store_checks.labels_and_datasets)
        assert next(f for n, f in found.items() if n.startswith("Images")).state == BROKEN

    def test_a_port_that_is_taken(self, settings: Settings) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            changes = {"host": "127.0.0.1", "port": taken.getsockname()[1]}
            found = looked(settings.model_copy(update=changes), doctor.port)
        assert found["Port"].state == WARNING

    def test_a_zone_that_is_none(self, settings: Settings) -> None:
        found = looked(settings.model_copy(update={"timezone": "Mars/Base"}), doctor.clock)
        assert found["Time zone"].state == BROKEN

    def test_a_store_that_is_down(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ENDPOINT", "http://127.0.0.1:9")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAVERYSECRET")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "swordfish")
        changed = settings.model_copy(update={"blobs_url": "s3://bucket"})
        found = looked(changed, store_checks.files)["File store"]
        assert found.state == BROKEN
        assert "swordfish" not in str(found)

    def test_a_database_that_is_down(self, settings: Settings) -> None:
        url = "postgresql://postgres:swordfish@127.0.0.1:1/x?connect_timeout=2"
        found = looked(settings.model_copy(update={"database_url": url}), doctor.database)
        assert found["database"].state == BROKEN
        assert "swordfish" not in str(found)
