"""The free check of a prediction file, and the gate before models; runners are in acceptance."""

import dataclasses

import numpy as np
import pytest
from sqlmodel import select

from heldout_server.models import Submission
from heldout_server.prediction.containment import CHECKING, CONTAINED, ESCAPED, Verdict, judged
from heldout_server.prediction.selftest import ProbeResult
from heldout_server.processes.server import create_app, embedded
from participant import Participant, npy


@pytest.fixture
def practice(installed):
    return installed.datasets.practice(next(installed.datasets.root.iterdir()).name)


def check(someone, content, **params):
    params = {"kind": "predictions", **params}
    return someone.api.post(
        "/api/v1/checks", headers=someone.headers, params=params, content=content
    )


class TestCheck:
    def test_scores_on_practice_images_only(self, join, practice):
        _, labels = practice
        answer = check(join(), npy(labels)).json()
        assert answer["state"] == "checked"
        assert answer["score"] == 1.0
        assert answer["metrics"]["split"] == "practice"
        assert answer["metrics"]["examples"] == len(labels)

    def test_counts_for_nothing_and_leaves_nothing(self, join, practice, installed):
        ada = join()
        check(ada, npy(practice[1]))
        assert ada.get("/me/quota").json()["used_today"] == 0
        assert [p for p in installed.folders.blobs.rglob("*") if p.is_file()] == []
        with installed.database.read() as session:
            assert session.execute(select(Submission)).first() is None

    def test_explains_a_file_that_cannot_be_scored(self, join):
        answer = check(join(), npy([1, 2, 3])).json()
        assert answer["state"] == "rejected"
        assert answer["verdict"]["code"] == "row_count"

    def test_of_labels_shifted_by_one_says_so(self, join, practice):
        shifted = (practice[1].astype(np.int64) + 1) % 10
        warnings = check(join(), npy(shifted)).json()["verdict"]["warnings"]
        assert any("shift" in warning or "by one" in warning for warning in warnings)

    def test_needs_a_token(self, api):
        assert api.post("/api/v1/checks", params={"kind": "model"}).status_code == 401

    def test_refuses_what_is_too_large_before_reading_it(self, join):
        answer = check(join(), b"x" * 17_000_000)
        assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")

    def test_refuses_an_unknown_preprocessing(self, join):
        assert check(join(), b"x", preprocessing="magic").json()["code"] == "validation"

    def test_says_when_no_model_can_be_run_here(self, join):
        answer = check(join(), b"x", kind="model")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")

    def test_is_rate_limited(self, join, practice):
        ada = join()
        codes = [check(ada, npy([1])).status_code for _ in range(21)]
        assert codes[-1] == 429


class TestGate:
    @pytest.fixture
    def broken(self, installed, clock):
        """A server whose self-test found a hole."""
        from fastapi.testclient import TestClient

        server = embedded(installed, clock=clock)
        verdict = Verdict(ESCAPED, "the sandbox did not hold read_secret")
        server.scoring.containment.verdict = verdict
        with TestClient(create_app(server)) as api:
            yield api

    def test_models_are_refused_with_a_clear_text(self, broken):
        answer = Participant.join(broken, "Ada").open(b"x", kind="model")
        assert (answer.status_code, answer.json()["code"]) == (415, "kind_not_accepted")
        assert "read_secret" in answer.json()["detail"]

    def test_prediction_files_always_work(self, broken, labels):
        assert Participant.join(broken, "Ada").submit(npy(labels))["state"] == "scored"

    def test_health_says_so_and_stays_up(self, broken):
        health = broken.get("/health")
        assert health.status_code == 200
        assert health.json()["models"]["accepting"] is False
        assert health.json()["models"]["sandbox"] == "not contained"

    def test_a_full_queue_puts_off_new_ones(self, installed, clock, join, labels):
        ada = join()
        settings = installed.settings.model_copy(update={"queue_length": 1})
        from fastapi.testclient import TestClient

        tight = dataclasses.replace(installed, settings=settings)
        with TestClient(create_app(embedded(tight, clock=clock))) as api:
            other = Participant(api, ada.headers["Authorization"].split()[1], "Ada")
            # No model is scored in this process, so it stays in the queue.
            opened = other.open(b"PK\x03\x04", kind="model").json()
            other.upload(opened["id"], b"PK\x03\x04")
            answer = other.open(npy(labels))
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert answer.headers["Retry-After"]


class TestJudged:
    def result(self, outcome):
        return ProbeResult("read_secret", "reads a file", "refused", outcome, "")

    def test_all_contained(self):
        assert judged([self.result("refused")]).state == CONTAINED

    def test_one_escape_is_named(self):
        verdict = judged([self.result("refused"), self.result("escaped")])
        assert verdict.state == ESCAPED
        assert "read_secret" in verdict.reason

    def test_unclear_is_not_contained(self):
        assert judged([self.result("unclear")]).state == ESCAPED

    def test_nothing_is_known_at_first(self, api):
        assert api.get("/health").json()["models"]["sandbox"] == CHECKING


class TestPreprocessing:
    def test_the_same_model_prepared_otherwise_is_no_duplicate(self, join, installed):
        ada = join()
        first = ada.open(b"PK\x03\x04", kind="model").json()
        ada.upload(first["id"], b"PK\x03\x04")
        again = ada.open(b"PK\x03\x04", kind="model").json()
        other = ada.open(b"PK\x03\x04", kind="model", preprocessing="0-255").json()
        assert again["duplicate_of"] == first["id"]
        assert other["duplicate_of"] is None
        assert other["state"] == "received"
