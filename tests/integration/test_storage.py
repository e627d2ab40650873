"""Files over the whole way: orphans, a full disk, a store that is changed or down."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obstore
import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from faults import disk_that_takes
from heldout_server.blobs import BlobStore, connect
from heldout_server.models import Submission, metadata
from heldout_server.processes.server import create_app, embedded
from heldout_server.submissions.blob_references import (
    BLOB_COLUMNS,
    OrphanSweep,
    every_reference,
    hold,
    sweep_orphans,
)
from object_store import ObjectStoreServer, start
from participant import Participant, npy
from waiting import PATIENCE_SECONDS, run_until

DAYS_2 = 2 * 86_400


def age(store: BlobStore, digest: str, seconds: float = DAYS_2) -> None:
    then = time.time() - seconds
    os.utime(store.path(digest), (then, then))


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


class TestOrphans:
    def test_are_removed_after_a_day(self, installed):
        blobs = installed.blobs
        old, new = blobs.put(b"old"), blobs.put(b"new")
        age(blobs, old)
        assert sweep_orphans(installed.database, blobs, now=datetime.now(UTC)) == 1
        assert not blobs.has(old)
        assert blobs.has(new)

    def test_what_a_submission_uses_is_kept(self, installed, api, join, labels):
        join().submit(npy(labels))
        with installed.database.read() as session:
            used = every_reference(session)
        assert len(used) == 2  # the file and the predictions
        for digest in used:
            age(installed.blobs, digest)
        assert sweep_orphans(installed.database, installed.blobs, now=datetime.now(UTC)) == 0
        assert all(installed.blobs.has(digest) for digest in used)

    def test_one_that_is_being_referenced_is_kept(self, installed, api, join, labels):
        """The sweep has chosen it, and waits; the reference commits; the sweep looks again."""
        join().submit(npy(labels))
        orphan = installed.blobs.put(b"about to be used")
        age(installed.blobs, orphan)
        with installed.database.write() as session:
            hold(session)
            swept: list[int] = []
            now = datetime.now(UTC)
            sweep = threading.Thread(
                target=lambda: swept.append(
                    sweep_orphans(installed.database, installed.blobs, now=now)
                )
            )
            sweep.start()
            time.sleep(0.3)
            assert swept == []  # it waits for this transaction
            session.execute(select(Submission)).scalar_one().predictions_sha256 = orphan
        sweep.join(PATIENCE_SECONDS)
        assert installed.blobs.has(orphan)

    def test_one_that_was_stored_again_meanwhile_is_kept(self, installed):
        orphan = installed.blobs.put(b"again")
        age(installed.blobs, orphan)
        before = datetime.now(UTC) - timedelta(days=1)
        chosen = next(page for page in installed.blobs.older_than(before) if page)
        installed.blobs.put(b"again")
        assert not installed.blobs.remove(chosen[0], if_older_than=before)

    def test_are_looked_for_once_an_hour(self, installed):
        sweep = OrphanSweep(installed.database, installed.blobs)
        for number, (now_seconds, gone) in enumerate([(0.0, True), (60.0, False), (3601.0, True)]):
            orphan = installed.blobs.put(b"orphan %d" % number)
            age(installed.blobs, orphan)
            sweep.sweep_when_due(now_seconds)
            assert installed.blobs.has(orphan) is not gone

    def test_every_column_that_names_a_blob_is_looked_at(self):
        announced_only = {("upload", "sha256")}  # becomes a submission's with the file
        # What a model is, however it is saved; and what was shown of a file that its submission
        # keeps, for as long as that keeps it.
        of_no_file = {("submission", "model_sha256"), ("finalist", "sha256")}
        named = {
            (table.name, column.name)
            for table in metadata.tables.values()
            for column in table.columns
            if column.name.endswith("sha256")
        }
        looked_at = {(c.class_.__tablename__, c.key) for c in BLOB_COLUMNS}
        assert named - announced_only - of_no_file == looked_at


class TestFullDisk:
    CONTENT = b"x" * 4_000_000

    def test_is_answered_clearly_and_heals(self, installed, join):
        ada = join()
        opened = ada.open(self.CONTENT).json()
        with disk_that_takes(3_000_000):
            answer = ada.upload(opened["id"], self.CONTENT)
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (507, "storage_full")
        assert "organizers" in problem["hint"]
        assert answer.headers["Retry-After"]
        assert files(installed.folders.blobs) == []
        assert ada.upload(opened["id"], self.CONTENT).status_code == 202


class TestDamage:
    """Found with the worker held back, so that the file is damaged before it is read."""

    @pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"other")])
    def test_of_a_queued_file_ends_as_our_error(self, installed, clock, damage, labels):
        server = embedded(installed, clock=clock)
        server.engine.groups = ()  # type: ignore[misc]
        with TestClient(create_app(server)) as api:
            ada = Participant.join(api, "Ada")
            content = npy(labels)
            opened = ada.open(content).json()
            ada.upload(opened["id"], content)
        damage(installed.blobs.path(hashlib.sha256(content).hexdigest()))
        with TestClient(create_app(embedded(installed, clock=clock))) as api:
            ada.api = api
            shown = ada.wait(ada.get(f"/submissions/{opened['id']}").json())
        assert shown["state"] == "error"
        assert "isn't your fault" in shown["verdict"]["detail"]


@pytest.fixture
def on_s3(installed, object_store: ObjectStoreServer, monkeypatch):
    """The same installation with its files in an object store; nothing runs on it yet."""
    for name, value in object_store.environment.items():
        monkeypatch.setenv(name, value)
    url = f"s3://{object_store.bucket()}"
    return dataclasses.replace(installed, blobs=BlobStore(installed.folders.blobs, connect(url)))


@pytest.fixture
def s3(on_s3, clock):
    """Its server's API, and the installation."""
    with TestClient(create_app(embedded(on_s3, clock=clock))) as api:
        yield api, on_s3


class TestObjectStore:
    def test_a_submission_is_scored_and_leaves_nothing_on_disk(self, s3, labels):
        api, installed = s3
        shown = Participant.join(api, "Ada").submit(npy(labels))
        assert shown["state"] == "scored"
        assert shown["score"] == 1.0
        assert files(installed.folders.blobs) == []
        with installed.database.read() as session:
            assert all(installed.blobs.has(digest) for digest in every_reference(session))

    def test_a_refused_file_is_left_to_the_sweep(self, s3, labels):
        api, installed = s3
        ada = Participant.join(api, "Ada")
        content = npy(labels)
        opened = ada.open(content).json()
        assert ada.upload(opened["id"], content + b"more").status_code == 422
        assert files(installed.folders.blobs) == []

    def test_a_store_that_is_down_is_said_and_heals(self, installed, clock, labels, monkeypatch):
        first = start()
        port = int(first.url.rpartition(":")[2])
        for name, value in first.environment.items():
            monkeypatch.setenv(name, value)
        bucket = first.bucket()
        blobs = BlobStore(installed.folders.blobs, connect(f"s3://{bucket}"))
        app = create_app(embedded(dataclasses.replace(installed, blobs=blobs), clock=clock))
        with TestClient(app) as api:
            ada = Participant.join(api, "Ada")
            content = npy(labels)
            opened = ada.open(content).json()
            first.stop()
            answer = ada.upload(opened["id"], content)
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
            assert "file store" in answer.json()["detail"]
            run_until(lambda: api.get("/health").json()["checks"]["storage"] != "ok")
            second = start(port)
            try:
                second.bucket(bucket)
                assert ada.upload(opened["id"], content).status_code == 202
                assert ada.wait(ada.get(f"/submissions/{opened['id']}").json())["score"] == 1.0
            finally:
                second.stop()

    def test_orphans_are_found_there_too(self, on_s3):
        installed = on_s3  # no server runs: its health checks put a file there for a moment
        orphan = installed.blobs.put(b"orphan")
        later = datetime.now(UTC) + timedelta(days=2)
        assert sweep_orphans(installed.database, installed.blobs, now=later) == 1
        assert not installed.blobs.has(orphan)
        assert [m for page in obstore.list(installed.blobs._store) for m in page] == []
