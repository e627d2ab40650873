"""Public and private scores side by side: after the reveal, of whom the board shows."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import numpy as np
import pytest

from heldout_server.leaderboard import gap
from made_contests import open_contest, prices
from organizer import Organizer
from outline import as_read
from participant import Participant, browser, npy

C = "/competitions/digits"
GAP = "/c/digits/gap"
# No ties come between two looks.
pytestmark = pytest.mark.quiet
PUBLIC_ERRORS = {"QzxAda": 1, "QzxBob": 2, "QzxCleo": 3, "QzxDan": 4, "QzxEve": 5, "QzxFay": 6}
PRIVATE_ERRORS = {"QzxAda": 9, "QzxBob": 4, "QzxCleo": 3, "QzxDan": 8, "QzxEve": 1, "QzxFay": 7}


@pytest.fixture
def owner(api, organizer_token):
    return Organizer(api, organizer_token)


@pytest.fixture
def send(labels, public, clock):
    def sending(who, in_public, in_private):
        predicted = labels.copy()
        for mask, count in ((public, in_public), (~public, in_private)):
            places = np.flatnonzero(mask)[:count]
            predicted[places] = (predicted[places] + 1) % 10
        clock.advance(minutes=1)
        return who.submit(npy(predicted))

    return sending


def reveal(owner):
    for act in ("pause", "reveal"):
        assert owner.post(f"{C}/{act}").status_code == 200, act


def test_scores_side_by_side_after_the_reveal_alone(api, owner, join, send):
    people = {name: join(name) for name in PUBLIC_ERRORS}
    for name, who in people.items():
        send(who, PUBLIC_ERRORS[name] + 20, 0)
        send(who, PUBLIC_ERRORS[name], PRIVATE_ERRORS[name])
    refused = api.get(GAP)
    assert refused.status_code == 404
    assert "after the reveal" in refused.text
    assert GAP not in api.get("/c/digits").text
    before = api.get(f"/api/v1{C}/leaderboard").json()["rows"][0]
    assert (before["public_score"], before["public_score_text"], before["gap"]) == (None,) * 3
    assert next(csv.DictReader(io.StringIO(api.get("/c/digits/board.csv").text)))["gap"] == ""

    reveal(owner)
    found = as_read(api.get(GAP).text)
    for name in PUBLIC_ERRORS:
        assert name in found
    assert "4 of 6" in found
    assert "4 of 12" in found  # of all tries: those with more errors in public gained
    assert "1st → 6th" in found
    assert "Why the leader usually falls" in found
    for page in ("/c/digits", "/c/digits/reveal"):
        assert GAP in api.get(page).text

    rows = api.get(f"/api/v1{C}/leaderboard").json()["rows"]
    ada = next(row for row in rows if row["participant"]["name"] == "QzxAda")
    assert ada["gap"] == pytest.approx(ada["score"] - ada["public_score"])
    assert ada["gap"] < 0
    told = csv.DictReader(io.StringIO(api.get("/c/digits/board.csv").text))
    assert float(next(r for r in told if r["participant"] == "QzxAda")["gap"]) == pytest.approx(
        ada["gap"], abs=1e-6
    )
    kept = owner.get(f"{C}/export/leaderboard.json").json()
    assert {row["participant_name"]: row["gap"] for row in kept}["QzxAda"] == ada["gap"]

    def rule(name):
        assert owner.patch(C, {"board_rule": name, "board_top": 2}).status_code == 200
        return as_read(api.get(GAP).text)

    assert "6th" not in rule("top_and_neighbours")
    hidden = rule("own_row")
    assert not any(name in hidden for name in PUBLIC_ERRORS)
    assert "of 12" in hidden
    assert not any(name in rule("pseudonyms") for name in PUBLIC_ERRORS)
    for name in ("QzxCleo", "QzxDan"):
        owner.post(f"{C}/participants/{people[name].get('/me').json()['participant']['id']}/ban")
    assert "of 8" not in rule("own_row")  # of four, sums would tell of single ones


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_is_worked_out_once_for_all_who_look(api, owner, join, send, monkeypatch):
    people = {name: join(name) for name in ("QzxAda", "QzxBob")}
    for name, who in people.items():
        send(who, PUBLIC_ERRORS[name], PRIVATE_ERRORS[name])
    reveal(owner)
    assert owner.patch(C, {"board_rule": "own_row"}).status_code == 200
    looked, finals = [], gap._finals
    monkeypatch.setattr(gap, "_finals", lambda *given: looked.append(1) or finals(*given))
    for name, who in people.items():
        phone = browser(api)
        code = who.send("POST", "/me/code").json()["personal_code"]
        assert phone.post("/c/digits/join", data={"code": code}).status_code == 200
        answer = phone.get(GAP)
        assert answer.headers["Cache-Control"] == "no-store"
        assert [each for each in people if each in answer.text] == [name]
    assert not any(name in api.get(GAP).text for name in people)
    assert len(looked) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_nobody_one_row_and_a_loss(api, owner, installed, clock):
    data = prices()
    reveal(owner)
    assert "Nobody has a final score" in as_read(api.get(GAP).text)

    contest = open_contest(installed, data, metric="neg_root_mean_squared_error", now=clock())
    contest.join_code = "WAT-prices"
    with installed.database.write() as session:
        session.merge(contest)
    ada = Participant.join(api, "Ada", contest.join_code)
    ada.submit(npy(np.ravel(data.y_test) + data.x_test[:, 0]))
    for act in ("pause", "reveal"):
        assert owner.post(f"/competitions/{contest.slug}/{act}").status_code == 200
    row = api.get(f"/api/v1/competitions/{contest.slug}/leaderboard").json()["rows"][0]
    assert row["gap"] == pytest.approx(row["score"] - row["public_score"])
    written = next(csv.DictReader(io.StringIO(api.get(f"/c/{contest.slug}/board.csv").text)))
    private, public, apart = (Decimal(written[name]) for name in ("score", "public_score", "gap"))
    assert apart == private - public
    found = as_read(api.get(f"/c/{contest.slug}/gap").text)
    assert "The one final file" in found
    assert ("worse by" in found) == (row["gap"] > 0)  # a lower figure is better
