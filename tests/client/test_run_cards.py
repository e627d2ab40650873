"""A run card that is added to a submission which exists, by itself or with a duplicate."""

from __future__ import annotations

from typing import Any

import httpx
import numpy as np
import pytest
from fastapi.testclient import TestClient

import heldout
from client.fake_server import FakeServer, refuse
from heldout._run_cards import joined, tells_more

LABELS = np.arange(20) % 10
CURVES = {"loss": [0.5, 0.2], "val_loss": [0.6, 0.4]}


class TestJoined:
    def test_keeps_what_the_later_card_does_not_know(self) -> None:
        earlier = {"hyperparameters": {"seed": 1, "rate": 1}, "architecture": [{"name": "dense"}]}
        later = {"hyperparameters": {"rate": 2}, "architecture": [], "history": CURVES}
        card = joined(earlier, later)
        assert card["hyperparameters"] == {"seed": 1, "rate": 2}
        assert card["architecture"] == [{"name": "dense"}]
        assert card["history"] == CURVES

    def test_takes_one_training_whole(self) -> None:
        earlier = {"history": {"loss": [9]}, "fits": [{"epochs_run": 1}], "notes": "kept"}
        card = joined(earlier, {"history": CURVES, "fits": []})
        assert (card["history"], card["notes"]) == (CURVES, "kept")
        assert "fits" not in card

    def test_leaves_out_why_the_earlier_was_refused(self) -> None:
        assert "refused" not in joined({"refused": {"code": "run_card_refused"}}, {"notes": "x"})


class TestTellsMore:
    def test_of_the_same_card(self) -> None:
        card = {"history": CURVES, "hyperparameters": {"seed": 1}, "environment": {"python": "3"}}
        assert not tells_more(card, joined(card, {**card, "environment": {"python": "4"}}))

    def test_of_a_card_with_curves(self) -> None:
        assert tells_more({"hyperparameters": {}}, {"history": CURVES})


class TestAddRunCard:
    def test_sends_the_whole_card(self, client: heldout.Client, server: FakeServer) -> None:
        submission = client.submit(LABELS, seed=1)
        submission.add_run_card(history=CURVES, batch_size=64, notes="later")
        assert submission.run_card is not None
        assert submission.run_card["hyperparameters"]["seed"] == 1
        assert submission.run_card["hyperparameters"]["batch_size"] == 64
        assert submission.run_card["history"]["loss"] == [0.5, 0.2]
        assert submission.score == 0.9731

    def test_raises_when_the_competition_is_over(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        submission = client.submit(LABELS)
        server.before.append(("PUT /submissions/s1/run-card", refuse("competition_closed", 403)))
        with pytest.raises(heldout.CompetitionClosed):
            submission.add_run_card(history=CURVES)


class TestDuplicates:
    @pytest.fixture(autouse=True)
    def knowing(self, server: FakeServer) -> None:
        server.knows_duplicates = True

    def test_bring_their_card_to_the_earlier_submission(
        self, client: heldout.Client, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        client.submit(LABELS, seed=1)
        again = client.submit(LABELS, history=CURVES)
        assert again.id == "s1"
        assert server.submissions[0]["run_card"]["history"]["loss"] == [0.5, 0.2]
        assert server.submissions[0]["run_card"]["hyperparameters"]["seed"] == 1
        said = capsys.readouterr().out
        assert "added to your submission's run card" in said
        assert "You have sent exactly these predictions before" in said

    def test_that_tell_nothing_new_send_nothing(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        client.submit(LABELS, history=CURVES)
        client.submit(LABELS)
        client.submit(LABELS, history=CURVES)
        assert not [call for call in server.calls("PUT") if "run-card" in call.url.path]
        assert server.submissions[0]["run_card"]["history"]["loss"] == [0.5, 0.2]

    def test_are_answered_where_the_card_is_refused(
        self, client: heldout.Client, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        client.submit(LABELS)
        server.before.append(("PUT /submissions/s1/run-card", refuse("competition_closed", 403)))
        assert client.submit(LABELS, history=CURVES).id == "s1"
        assert "The run card was not added" in capsys.readouterr().out


def leading_to(api: TestClient) -> httpx.MockTransport:
    """A way to the application in this process; its own test client speaks another httpx."""

    def send(request: httpx.Request) -> httpx.Response:
        headers = {**request.headers, "Accept-Encoding": "identity"}
        answer = api.request(
            request.method, str(request.url), headers=headers, content=request.read()
        )
        # Its content is decompressed already.
        left = {n: v for n, v in answer.headers.items() if not n.startswith("content-")}
        return httpx.Response(answer.status_code, headers=left, content=answer.content)

    return httpx.MockTransport(send)


class TestAgainstTheServer:
    """The same calls against the real application."""

    def test_a_duplicate_brings_its_curves(
        self, api: TestClient, join: Any, labels: np.ndarray
    ) -> None:
        token = join().headers["Authorization"].removeprefix("Bearer ")
        with heldout.Client("http://testserver", token, transport=leading_to(api)) as client:
            first = client.submit(labels, seed=1)
            again = client.submit(labels, history=CURVES)
            assert (first.score, again.id) == (1.0, first.id)
            assert again.diagnosis is not None
            assert again.comparison is not None
            assert "nothing new was submitted" in str(again)
            added = again.add_run_card(notes="from the lab book").refresh()
        assert added.run_card is not None
        assert added.run_card["notes"] == "from the lab book"
        assert added.run_card["hyperparameters"]["seed"] == 1
        assert added.run_card["history"]["val_loss"] == [0.6, 0.4]
