"""A receipt never fails for what was fixed and broken."""

from types import SimpleNamespace

import pytest

from heldout_server.blobs import BlobMissing, StorageFailed
from heldout_server.datasets.loaded import DatasetError
from heldout_server.grading import LabelStoreError
from heldout_server.kit.errors import ProblemError
from heldout_server.leaderboard.disclosure import Source
from heldout_server.web.own_step import StepSources, own_step

FAULTS = [
    BlobMissing("x"), StorageFailed("x"), DatasetError("x"), LabelStoreError("x"), OSError("x"),
    ValueError("x"), ProblemError("conflict", "x"),
]  # fmt: skip


def about(details):
    return SimpleNamespace(
        submission=SimpleNamespace(id=2),
        competition=SimpleNamespace(dataset_hash="a"),
        result=SimpleNamespace(previous=SimpleNamespace(submission_id=1), details=details),
    )


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_is_left_out_where_something_cannot_be_read(fault):
    def fails(*_):
        raise fault

    session = SimpleNamespace(get_one=lambda *_: SimpleNamespace(predictions_sha256="d"))
    sources = StepSources(SimpleNamespace(info=fails), SimpleNamespace(step=fails))
    assert own_step(sources, session, about(Source.PRACTICE)) is None
    assert own_step(sources, session, about(Source.HIDDEN)) is None
