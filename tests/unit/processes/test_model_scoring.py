"""What a hop answers, and where a server may run models without a boundary."""

import threading

import pytest

from heldout_server.blobs import BlobMissing, StorageFailed
from heldout_server.grading import LabelStoreError
from heldout_server.jobs.faults import Inconclusive, MachineFault
from heldout_server.jobs.ledger import Claim
from heldout_server.kit.errors import Rejection
from heldout_server.kit.settings import Settings
from heldout_server.models import Step
from heldout_server.prediction.two_engines import TwoEngines
from heldout_server.processes.installation import InstallationError
from heldout_server.processes.model_scoring import Hop, check_accepted_risk, make_pool
from heldout_server.submissions.hop import Predicted, Rejected


class TestAcceptedRisk:
    def test_is_accepted_where_nobody_else_reaches_a_linux_server(self) -> None:
        check_accepted_risk("127.0.0.1", "linux")

    @pytest.mark.parametrize(
        ("host", "platform", "needed"),
        [("0.0.0.0", "linux", "HELDOUT_HOST=127.0.0.1"), ("127.0.0.1", "darwin", "Docker or WSL")],  # noqa: S104 the risk
    )
    def test_elsewhere_the_server_says_what_it_needs(
        self, host: str, platform: str, needed: str
    ) -> None:
        with pytest.raises(InstallationError, match=needed):
            check_accepted_risk(host, platform)


class TestPool:
    def test_has_onnx_runtime_for_its_files_where_tensorflow_is_wanted(self) -> None:
        pool = make_pool(Settings(engine="tensorflow"))
        try:
            assert isinstance(pool, TwoEngines)
            assert not pool.takes_plain
        finally:
            pool.close()


CLAIM = Claim(1, "mine", Step.PREDICT, 1)


def ending_with(found: Predicted | Exception) -> Hop:
    def do(claim: Claim, cancelled: threading.Event) -> Predicted:
        if isinstance(found, Exception):
            raise found
        return found

    return Hop(do)


class TestHop:
    def test_answers_what_was_found(self) -> None:
        found = Predicted("digest", {})
        assert ending_with(found)(CLAIM, threading.Event()) is found

    def test_answers_that_their_file_is_rejected(self) -> None:
        refusal = Rejection("shape", "It gives 3 numbers.", "Give it 10 classes.")
        assert ending_with(refusal)(CLAIM, threading.Event()) == Rejected(refusal)

    @pytest.mark.parametrize(
        ("error", "meaning"),
        [
            (BlobMissing("gone"), Inconclusive),
            (LabelStoreError("no labels"), MachineFault),
            (StorageFailed("no bucket"), MachineFault),
            (KeyError("ours"), KeyError),
        ],
    )
    def test_never_takes_our_fault_for_theirs(
        self, error: Exception, meaning: type[Exception]
    ) -> None:
        with pytest.raises(meaning):
            ending_with(error)(CLAIM, threading.Event())
