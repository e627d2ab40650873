"""The queue's forecast goes by what the latest submissions took."""

import pytest

from heldout_server.models import Receipt
from heldout_server.submissions.wait_estimate import about_seconds, work_seconds
from participant import npy


def test_nobody_waits_nothing_to_say(installed):
    with installed.database.read() as session:
        assert about_seconds(session, waiting=0, running=1) is None
        assert about_seconds(session, waiting=3, running=1) is None


def test_is_the_median_of_work_times_who_is_before(join, labels, installed):
    sent = join("Ada").submit(npy(labels))
    assert sent["state"] == "scored"
    with installed.database.write() as session:
        receipt = session.get_one(Receipt, 1)
        receipt.data = {"seconds": {"queue": 60.0, "predict": 1.5, "grade": 0.5, "load": None}}
        session.add(receipt)
    with installed.database.read() as session:
        assert about_seconds(session, waiting=3, running=1) == pytest.approx(8.0)
        assert about_seconds(session, waiting=6, running=2) == pytest.approx(8.0)


@pytest.mark.parametrize("receipt", [{}, {"seconds": None}, {"seconds": {"queue": 5}}])
def test_a_receipt_without_work_takes_no_time(receipt):
    assert work_seconds(receipt) == 0
