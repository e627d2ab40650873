"""Text that JSON can carry and a database can't: NUL, lone surrogates, NaN, endless nesting."""

import hashlib
import json
from uuid import uuid4

import pytest

from participant import npy

CARDS = {
    "nul": r'{"notes": "a\u0000b"}',
    "nul-in-a-name": r'{"hyperparameters": {"a\u0000": 1}}',
    "surrogate": r'{"notes": "\ud800"}',
    "nan": '{"history": {"loss": [NaN, Infinity, -Infinity, 1e999]}}',
    "long-number": '{"hyperparameters": {"x": ' + "9" * 4000 + "}}",
}


def announce(someone, card="null", **fields):
    """Open with a body that no JSON encoder of ours would write."""
    body = json.dumps({"kind": "predictions", "filename": "x", "size_bytes": 10, **fields})
    headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
    content = (body[:-1] + f', "run_card": {card}}}').encode()
    path = "/api/v1/submissions"
    return someone.api.post(path, headers={**someone.headers, **headers}, content=content)


class TestRunCard:
    @pytest.mark.parametrize("name", CARDS)
    def test_of_strange_text_is_stored_and_shown(self, join, labels, api, name):
        ada, content = join(), npy(labels)
        digest = hashlib.sha256(content).hexdigest()
        opened = announce(ada, CARDS[name], size_bytes=len(content), sha256=digest)
        assert opened.status_code == 201, opened.text
        shown = ada.wait(ada.upload(opened.json()["id"], content).json())
        assert shown["state"] == "scored"
        assert shown["run_card"]
        assert api.get(f"/submissions/{shown['id']}").status_code == 200

    def test_too_deep_is_refused_with_what_to_do_and_the_submission_counts(self, join):
        answer = announce(join(), '{"x": ' + "[" * 60 + "]" * 60 + "}")
        assert answer.status_code == 201
        assert "nested" in answer.json()["notice"]
        assert answer.json()["run_card"]["refused"]["code"] == "run_card_refused"

    def test_of_the_size_that_the_client_sends_fits(self, join):
        card = {"history": {"loss": [0.125] * 160_000}, "notes": "é" * 10_000}
        compact = json.dumps(card, ensure_ascii=False, separators=(",", ":"))
        assert 950_000 < len(compact.encode()) < 1_000_000
        assert announce(join(), compact).status_code == 201


class TestAddresses:
    @pytest.mark.parametrize(
        "path",
        [
            "/c/%00",
            "/c/%00/board",
            "/submissions/%00",
            "/api/v1/competitions/%00",
            "/api/v1/competitions/a%00/leaderboard",
            "/c/digits/join?code=%00",
        ],
    )
    def test_with_a_nul_name_nothing(self, api, path):
        assert api.get(path).status_code == 404

    @pytest.mark.parametrize("path", ["/submissions/%00", "/me/submissions?before=%00"])
    def test_of_ones_own_with_a_nul_name_nothing(self, join, api, path):
        answer = api.get(f"/api/v1{path}", headers=join().headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


class TestNames:
    @pytest.mark.parametrize("name", ["x\x00y", "\x00"])
    def test_of_submissions_are_made_fit_to_show(self, join, name):
        answer = announce(join(), name=name, filename=name)
        assert answer.status_code == 201
        assert answer.json()["name"].isprintable()

    def test_of_participants_are_made_fit_to_show(self, api):
        answer = api.post("/api/v1/join", json={"code": "WAT-2026", "name": "a\x00b"})
        assert answer.json()["participant"]["name"] == "a b"

    def test_with_half_a_character_are_refused(self, api):
        body = json.dumps({"code": "WAT-2026", "name": "\ud800abc"})
        answer = api.post(
            "/api/v1/join", content=body, headers={"Content-Type": "application/json"}
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "validation")
