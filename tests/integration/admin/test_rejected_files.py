"""Rejected files take no room, and nobody sends more than a day's bytes."""

from __future__ import annotations

import dataclasses
import hashlib

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from heldout_server.blobs import BlobStore, connect
from heldout_server.jobs import ledger
from heldout_server.kit.errors import Rejection
from heldout_server.models import Competition, Submission, Upload
from heldout_server.models import Participant as Account
from heldout_server.processes.server import create_app, embedded
from heldout_server.submissions import outcomes
from heldout_server.submissions.blob_references import drop_rejected, every_reference
from participant import Participant, npy
from waiting import run_until

RUBBISH = npy([1, 2, 3])
S = "/competitions/digits/submissions"


def digest(content):
    return hashlib.sha256(content).hexdigest()


def state_of(installed, public_id):
    with installed.database.read() as session:
        query = select(Submission).where(Submission.public_id == public_id)
        return session.execute(query).scalar_one()


def gone(installed, content):
    run_until(lambda: not installed.blobs.has(digest(content)))


class TestARejectedFile:
    def test_is_removed_and_its_row_says_what_it_was(self, installed, join):
        receipt = join().submit(RUBBISH)
        assert receipt["state"] == "rejected"
        gone(installed, RUBBISH)
        run_until(lambda: state_of(installed, receipt["id"]).file_state == "removed")
        row = state_of(installed, receipt["id"])
        assert (row.sha256, row.size_bytes) == (digest(RUBBISH), len(RUBBISH))
        assert receipt["verdict"]["code"] == "row_count"
        with installed.database.read() as session:
            assert every_reference(session) == []

    def test_can_neither_be_had_nor_run_again(self, installed, join, owner):
        found = join().submit(RUBBISH)["id"]
        answer = owner.get(f"{S}/{found}/file")
        assert answer.status_code == 404
        assert "isn't kept" in answer.json()["detail"]
        answer = owner.post(f"{S}/{found}/rerun")
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
        assert "isn't kept" in answer.json()["detail"]
        assert owner.post(f"{S}/rerun", {"state": "rejected"}).json()["queued"] == 0

    def test_can_be_sent_again(self, installed, join):
        ada = join()
        first = ada.submit(RUBBISH)
        gone(installed, RUBBISH)
        again = ada.submit(RUBBISH)
        assert again["id"] != first["id"]
        assert again["verdict"]["code"] == "row_count"

    def test_ends_no_download_of_the_whole_event(self, installed, join, labels, owner):
        ada = join()
        ada.submit(npy(labels))
        ada.submit(RUBBISH)
        gone(installed, RUBBISH)
        assert owner.get("/competitions/digits/export.zip").status_code == 200


@pytest.fixture
def rejected(installed, join, clock):
    """A rejection of a submission that waits, with this code; nobody else works meanwhile."""

    def rejecting(code, content=b"x" * 100):
        ada = join(f"Ada {code}")
        with installed.database.write() as session:
            competition = session.execute(select(Competition)).scalar_one()
            named = select(Account).where(Account.name == ada.name)
            account = session.execute(named).scalar_one()
            model = Submission(
                public_id=f"s_{code}", participant_id=account.id, competition_id=competition.id,
                idempotency_key=f"key-{code}", kind="model", name="x", filename="x",
                size_bytes=len(content), sha256=installed.blobs.put(content),
                created_at=clock(), queued_at=clock(),
            )  # fmt: skip
            ledger.enqueue(session, model, step="predict", pool="gpu")
            claim = ledger.claim_next(session, ["gpu"], lease_seconds=60, max_attempts=3)
            outcomes.rejected(session, claim, Rejection(code, "No.", ""), now=clock())
        return f"s_{code}"

    return rejecting


class TestWhatIsKept:
    @pytest.mark.parametrize("code", ["timeout", "out_of_memory", "crashed"])
    def test_what_ended_while_it_ran_can_run_again(self, installed, rejected, code, owner):
        found = rejected(code)
        drop_rejected(installed.database, installed.blobs)
        assert installed.blobs.has(digest(b"x" * 100))
        assert owner.get(f"{S}/{found}/file").status_code == 200

    def test_what_another_submission_has_too(self, installed, rejected, join, labels):
        content = npy(labels)
        join().submit(content)
        found = rejected("not_a_keras_file", content)
        drop_rejected(installed.database, installed.blobs)
        assert installed.blobs.has(digest(content))
        assert state_of(installed, found).file_state == "removed"

    def test_what_an_upload_under_way_has_announced(self, installed, rejected, join, clock):
        coming = join("Bob")
        opened = coming.open(RUBBISH)
        assert opened.status_code == 201
        found = rejected("not_a_keras_file", RUBBISH)
        drop_rejected(installed.database, installed.blobs)
        assert installed.blobs.has(digest(RUBBISH))
        assert state_of(installed, found).file_state == "unneeded"
        with installed.database.write() as session:
            session.delete(session.execute(select(Upload)).scalar_one())
        assert drop_rejected(installed.database, installed.blobs) in {0, 1}  # or the sweep did
        assert not installed.blobs.has(digest(RUBBISH))


def test_what_was_sent_ahead_and_removed_meanwhile_is_sent_again(
    tmp_path, object_store, monkeypatch
):
    """An object store gets files before their row: a rejected twin may take one in between."""
    for name, value in object_store.environment.items():
        monkeypatch.setenv(name, value)
    blobs = BlobStore(tmp_path, connect(f"s3://{object_store.bucket()}"))
    with blobs.receive() as blob:
        blob.write(b"the same bytes")
        blob.send_ahead()
        blobs.remove(blob.sha256)
        assert blobs.has(blob.keep())


class TestBytesADay:
    @pytest.fixture
    def small(self, installed, clock):
        """A server that takes 3,000 bytes a day of each participant."""
        settings = installed.settings.model_copy(update={"upload_bytes_per_day": 3000})
        app = create_app(embedded(dataclasses.replace(installed, settings=settings), clock=clock))
        with TestClient(app) as client:
            yield client

    def test_are_refused_before_a_byte_is_read(self, small):
        ada = Participant.join(small, "Ada")
        answer = ada.open(b"x" * 3001)
        assert (answer.status_code, answer.json()["code"]) == (429, "quota_exceeded")
        assert "midnight (UTC)" in answer.json()["hint"]
        assert answer.json()["retry_after_seconds"] == 6 * 3600  # it is 18:00 in the room

    def test_count_what_was_rejected_until_midnight(self, small, clock):
        ada, bob = (Participant.join(small, name) for name in ("Ada", "Bob"))
        content = npy(np.zeros(150))
        assert len(content) < 1500
        assert ada.submit(content)["state"] == "rejected"
        assert ada.submit(npy(np.ones(150)))["state"] == "rejected"
        assert ada.open(b"x" * 1000).json()["code"] == "quota_exceeded"
        assert bob.open(b"x" * 1000).status_code == 201
        clock.advance(hours=7)
        assert ada.open(b"x" * 1000).status_code == 201

    def test_count_what_is_under_way(self, small):
        ada = Participant.join(small, "Ada")
        assert ada.open(b"x" * 2000).status_code == 201
        assert ada.open(b"y" * 2000).json()["code"] == "quota_exceeded"
