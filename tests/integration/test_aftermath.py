"""What is said after a server that was killed, and that nothing is said without reason."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from heldout_server.jobs import alerts
from heldout_server.operations import aftermath
from heldout_server.processes.installation import utc_now
from heldout_server.submissions.blob_references import every_reference
from heldout_server.tasks.predictions import Predictions
from participant import npy


@pytest.fixture
def said(installed):
    """The open alerts about files and rows."""

    def details():
        with installed.database.read() as session:
            found = alerts.unresolved(session)
            return [alert.detail for alert in found if alert.kind == aftermath.KIND]

    return details


def killed(installed, *, started=timedelta(hours=1)):
    """As a server leaves its data folder that started so long ago and was killed."""
    mark = installed.folders.root / aftermath.MARK
    mark.touch()
    then = (datetime.now(UTC) - started).timestamp()
    os.utime(mark, (then, then))


def start(installed):
    with aftermath.watching(installed, now=utc_now()):
        assert (installed.folders.root / aftermath.MARK).exists()


class TestCompare:
    def test_finds_nothing_where_all_is_well(self, installed, join, labels):
        ada = join()
        ada.submit(npy(labels))
        ada.submit(npy([1]))  # rejected: named, and not needed
        assert not aftermath.compare(installed.database, installed.blobs)

    def test_counts_uploads_that_no_row_names(self, installed):
        for content in (b"a file", npy([1, 2]), b"PK\3\4 no archive"):
            installed.blobs.put(content)
        predictions = Predictions(np.zeros(10, dtype=np.int64), None, "labels")
        installed.blobs.put(predictions.to_bytes())  # of work that runs again
        found = aftermath.compare(installed.database, installed.blobs)
        assert (len(found.unnamed), found.missing) == (3, 0)

    def test_counts_files_that_are_missing(self, installed, join, labels):
        join().submit(npy(labels))
        with installed.database.read() as session:
            gone, *_ = every_reference(session)
        installed.blobs.remove(gone)
        found = aftermath.compare(installed.database, installed.blobs)
        assert (found.unnamed, found.missing) == ((), 1)


class TestStart:
    def test_after_a_stop_says_nothing(self, installed, said):
        installed.blobs.put(b"a file whose row is gone")
        start(installed)
        start(installed)
        assert said() == []

    def test_after_a_kill_says_what_differs_until_the_next_start(self, installed, said):
        installed.blobs.put(b"a file whose row is gone")
        killed(installed)
        start(installed)
        (detail,) = said()
        assert "Files that no submission names: 1" in detail
        assert "submit again" in detail
        start(installed)
        assert said() == []

    def test_after_a_kill_that_cost_nothing_says_nothing(self, installed, join, labels, said):
        join().submit(npy(labels))
        killed(installed)
        start(installed)
        assert said() == []

    def test_leaves_out_what_is_older_than_the_server_that_was_killed(self, installed, said):
        digest = installed.blobs.put(b"refused long ago")
        old = (datetime.now(UTC) - timedelta(hours=5)).timestamp()
        os.utime(installed.blobs.path(digest), (old, old))
        killed(installed)
        start(installed)
        assert said() == []
