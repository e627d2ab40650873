"""A ladder: public scores move with a real step only, everywhere and for their owner as well."""

from __future__ import annotations

import numpy as np
import pytest
from sqlmodel import select

from heldout_server.models import PRIVATE, PUBLIC, Event, Score, Submission
from organizer import Organizer
from participant import npy
from predictions import wrong_in

C = "/competitions/digits"


@pytest.fixture
def owner(api, organizer_token):
    return Organizer(api, organizer_token)


def kept(installed, public_id, split):
    with installed.database.read() as session:
        query = select(Score).join(Submission, Submission.id == Score.submission_id)
        return session.exec(
            query.where(Submission.public_id == public_id, Score.split == split)
        ).one()


def test_a_ladder_moves_with_a_real_step_only(api, installed, join, labels, public, owner):
    assert owner.patch(C, {"ladder": True}).status_code == 200
    ada = join("Ada")
    first = ada.submit(wrong_in(labels, public, 10), name="first")
    close = np.array(labels)
    close[np.flatnonzero(public)[:9]] = (close[np.flatnonzero(public)[:9]] + 1) % 10
    hidden = np.flatnonzero(~public)[:4]
    close[hidden] = (close[hidden] + 1) % 10
    second = ada.submit(npy(close), name="too close")
    for name in ("score", "score_text", "metrics", "rank"):
        assert second[name] == first[name]
    assert "real step" in second["verdict"]["detail"]
    assert kept(installed, second["id"], PUBLIC).exact["error_count"] == 9
    assert kept(installed, second["id"], PRIVATE).error_count == 4
    told = owner.get(f"{C}/submissions/{second['id']}").json()
    assert told["exact_score"] > told["score"] == first["score"]
    assert told["public_metrics"]["error_count"] == 9
    assert owner.get(f"{C}/submissions/{first['id']}").json()["exact_score"] is None
    row = api.get(f"/api/v1{C}/leaderboard").json()["rows"][0]
    assert (row["submission_id"], row["error_count"]) == (first["id"], 10)
    with installed.database.read() as session:
        told = [one.data.get("score") for one in session.exec(select(Event)).all() if one.data]
    assert {one for one in told if one is not None} == {first["score"]}

    third = ada.submit(wrong_in(labels, public, 2), name="a real step")
    assert third["metrics"]["error_count"] == 2
    fourth = ada.submit(wrong_in(labels, public, 1), name="too close again")
    assert fourth["score"] == third["score"]
    assert ada.post(f"/submissions/{third['id']}/withdraw").status_code == 200
    fifth = ada.submit(wrong_in(labels, ~public, 1), name="withdrawing buys nothing")
    assert fifth["score"] == third["score"]
    assert owner.post(f"{C}/submissions/{fourth['id']}/hide").status_code == 200
    row = api.get(f"/api/v1{C}/leaderboard").json()["rows"][0]
    assert (row["submission_id"], row["error_count"]) == (fifth["id"], 2)

    assert owner.patch(C, {"ladder": False}).status_code == 200
    assert ada.submit(wrong_in(labels, public, 9), name="exact")["metrics"]["error_count"] == 9
