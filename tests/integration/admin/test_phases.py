"""Freezing and revealing: what the public sees, everywhere, at each moment."""

import json

import numpy as np
import pytest

from heldout_server.acts import events
from heldout_server.datasets.loaded import DIGITS
from participant import npy

C = "/competitions/digits"


@pytest.fixture
def public_errors(labels, public):
    """Predictions that are wrong on so many public and private examples."""

    def predicting(wrong_public: int, wrong_private: int) -> bytes:
        predicted = labels.copy()
        for mask, wrong in ((public, wrong_public), (~public, wrong_private)):
            where = np.flatnonzero(mask)[:wrong]
            predicted[where] = (predicted[where] + 1) % 10
        return npy(predicted)

    return predicting


def board(api):
    answer = api.get("/api/v1/competitions/digits/leaderboard").json()
    return [(row["participant"]["name"], round(row["score"], 6)) for row in answer["rows"]]


class TestFreeze:
    def test_what_arrives_later_moves_nothing_that_the_public_sees(
        self, helper, api, join, public_errors, installed, clock
    ):
        ada, bob = join("Ada"), join("Bob")
        ada.submit(public_errors(10, 10))
        before = board(api)
        clock.advance(minutes=1)
        shown = helper.post(f"{C}/freeze").json()
        assert shown["frozen"] is True
        clock.advance(minutes=1)
        scored = bob.submit(public_errors(1, 1), name="better")
        assert board(api) == before
        answer = api.get("/api/v1/competitions/digits/leaderboard").json()
        assert answer["frozen_at"] == shown["freeze_at"]
        assert answer["total"] == 1
        assert scored["score"] > before[0][1]
        assert scored["rank"] is None
        assert scored["participants"] == 1
        assert bob.get("/me").json()["best"] is None
        for path in ("/c/digits", "/c/digits/board", f"/submissions/{scored['id']}", "/"):
            page = api.get(path).text
            assert str(scored["score"])[:7] not in page, path
            assert f"{100 * scored['score']:.2f}%" not in page, path
        with installed.database.read() as session:
            told = [e for e in events.since(session, 0) if e.kind == "submission.scored"]
        assert round(told[0].data["score"], 6) == before[0][1]
        assert told[1].data == {}

    def test_organizers_still_see_it_move(self, helper, join, public_errors, clock):
        helper.post(f"{C}/freeze")
        clock.advance(minutes=1)
        join("Bob").submit(public_errors(1, 1))
        live = helper.get(f"{C}/standings").json()
        assert [row["participant"] for row in live["rows"]] == ["Bob"]

    def test_unfreezing_shows_what_arrived_meanwhile(self, helper, api, join, public_errors, clock):
        helper.post(f"{C}/freeze")
        clock.advance(minutes=1)
        join("Bob").submit(public_errors(1, 1))
        assert board(api) == []
        helper.post(f"{C}/unfreeze")
        assert [name for name, _ in board(api)] == ["Bob"]

    def test_is_planned_to_the_minute(self, helper, api, join, public_errors, clock):
        helper.post(f"{C}/freeze", {"at": "2026-11-22T18:30:00Z"})
        join("Ada").submit(public_errors(5, 5))
        assert helper.get(C).json()["frozen"] is False
        clock.advance(minutes=30)
        join("Bob").submit(public_errors(1, 1))
        assert helper.get(C).json()["frozen"] is True
        assert [name for name, _ in board(api)] == ["Ada"]

    def test_withdrawing_while_frozen_falls_back_to_what_was_frozen(
        self, helper, api, join, public_errors, clock
    ):
        ada = join("Ada")
        ada.submit(public_errors(20, 20))
        best = ada.submit(public_errors(10, 10))
        clock.advance(minutes=1)
        helper.post(f"{C}/freeze")
        clock.advance(minutes=1)
        ada.submit(public_errors(1, 1))
        ada.post(f"/submissions/{best['id']}/withdraw")
        assert board(api)[0][1] < best["score"]

    def test_twice_is_once(self, helper, clock):
        first = helper.post(f"{C}/freeze").json()["freeze_at"]
        clock.advance(minutes=5)
        assert helper.post(f"{C}/freeze").json()["freeze_at"] == first


class TestReveal:
    @pytest.fixture
    def three(self, join, public_errors):
        """Ada leads in public, Bob in private; Cleo's best in public is not her best."""
        ada, bob, cleo = join("Ada"), join("Bob"), join("Cleo")
        ada.submit(public_errors(1, 30))
        bob.submit(public_errors(5, 5))
        cleo.submit(public_errors(10, 40))
        cleo.submit(public_errors(20, 2), name="overlooked")
        return ada, bob, cleo

    def test_is_refused_while_submissions_are_taken(self, owner, three):
        assert owner.post(f"{C}/reveal").json()["code"] == "conflict"

    def test_ranks_final_selections_by_private_scores(self, owner, api, three):
        assert [name for name, _ in board(api)] == ["Ada", "Bob", "Cleo"]
        owner.post(f"{C}/pause")
        owner.post(f"{C}/reveal")
        answer = api.get("/api/v1/competitions/digits/leaderboard").json()
        assert answer["split"] == "private"
        assert [row["participant"]["name"] for row in answer["rows"]] == ["Bob", "Ada", "Cleo"]
        assert [row["error_count"] for row in answer["rows"]] == [5, 30, 40]

    def test_takes_what_the_participant_chose(self, owner, api, three):
        cleo = three[2]
        mine = cleo.get("/me/submissions").json()["submissions"]
        chosen = next(s["id"] for s in mine if s["name"] == "overlooked")
        answer = cleo.put("/me/final", {"submissions": [chosen]})
        assert answer.status_code == 200, answer.text
        owner.post(f"{C}/pause")
        owner.post(f"{C}/reveal")
        assert [name for name, _ in board(api)] == ["Cleo", "Bob", "Ada"]
        shown = cleo.get(f"/submissions/{chosen}").json()
        assert shown["rank"] == 1
        assert shown["private_score"] > shown["score"]

    def test_ends_submitting_for_good(self, owner, three, public_errors):
        owner.post(f"{C}/pause")
        owner.post(f"{C}/reveal")
        owner.post(f"{C}/resume")
        assert three[0].open(public_errors(0, 1)).json()["code"] == "competition_closed"
        answer = owner.patch(C, {"closes_at": "2027-01-01T00:00:00Z"})
        assert answer.json()["code"] == "conflict"
        mine = three[0].get("/me/submissions").json()["submissions"][0]["id"]
        assert three[0].put("/me/final", {"submissions": [mine]}).json()["code"] == "conflict"

    def test_closes_with_it_in_one_act_that_undoing_takes_back_whole(
        self, owner, api, three, public_errors, clock
    ):
        owner.patch(C, {"closes_at": "2026-11-22T21:00:00Z"})
        before = board(api)
        shown = owner.post(f"{C}/reveal", {"close": True}).json()
        assert (
            shown["closes_at"] == shown["revealed_at"] == clock().isoformat().replace("+00:00", "Z")
        )
        assert board(api) != before
        assert three[0].open(public_errors(0, 1)).json()["code"] == "competition_closed"
        assert owner.post(f"{C}/undo").json()["action"] == "competition.reveal"
        assert owner.get(C).json()["closes_at"] == "2026-11-22T21:00:00Z"
        assert board(api) == before
        assert three[0].open(public_errors(0, 1)).status_code == 201

    def test_closed_for_the_reveal_stays_closed_when_concealed(self, owner, three, public_errors):
        owner.post(f"{C}/reveal", {"close": True})
        owner.post(f"{C}/conceal")
        assert three[0].open(public_errors(0, 1)).json()["code"] == "competition_closed"

    def test_before_the_planned_closing_the_pages_say_the_true_time(self, owner, api, three):
        owner.patch(C, {"closes_at": "2026-11-22T23:45:00Z", "timezone": "UTC"})
        owner.post(f"{C}/pause")
        owner.post(f"{C}/reveal")
        page = api.get("/c/digits").text
        assert "23:45" not in page
        assert "Closed <time" in " ".join(page.split())

    def test_is_taken_back_by_concealing(self, owner, api, three):
        before = board(api)
        owner.post(f"{C}/pause")
        owner.post(f"{C}/reveal")
        owner.post(f"{C}/conceal")
        assert board(api) == before

    def test_lifts_the_freeze(self, owner, api, three, public_errors, clock):
        owner.post(f"{C}/freeze")
        clock.advance(minutes=1)
        three[0].submit(public_errors(0, 0))
        owner.post(f"{C}/pause")
        owner.post(f"{C}/reveal")
        assert board(api)[0] == ("Ada", 1.0)

    def test_a_helper_may_not(self, helper, three):
        assert helper.post(f"{C}/reveal").json()["code"] == "forbidden"

    def test_organizers_see_private_standings_before(self, helper, three):
        live = helper.get(f"{C}/standings", split="private").json()
        assert [row["participant"] for row in live["rows"]] == ["Bob", "Ada", "Cleo"]


class TestUndo:
    def test_puts_the_last_act_on_the_competition_back(
        self, owner, api, join, public_errors, clock
    ):
        owner.patch(C, {"closes_at": "2026-11-22T20:00:00Z"})
        owner.post(f"{C}/extend", {"minutes": 10})
        owner.post(f"{C}/freeze")
        clock.advance(minutes=1)
        join("Bob").submit(public_errors(1, 1))
        assert board(api) == []
        assert owner.post(f"{C}/undo").json()["action"] == "competition.freeze"
        assert [name for name, _ in board(api)] == ["Bob"]
        assert owner.post(f"{C}/undo").json()["action"] == "competition.extend"
        assert owner.get(C).json()["closes_at"] == "2026-11-22T20:00:00Z"

    def test_is_refused_when_somebody_changed_it_since(self, owner, installed):
        from heldout_server.competitions import queries

        owner.post(f"{C}/pause")
        with installed.database.write() as session:
            queries.by_slug(session, "digits").paused_at = None
        assert owner.post(f"{C}/undo").json()["code"] == "conflict"


class TestPrivateScores:
    def test_are_nowhere_before_the_reveal(
        self, helper, api, join, public_errors, installed, capfd
    ):
        """Every answer, page, event and log line that a participant can see."""
        ada = join("Ada")
        scored = ada.submit(public_errors(7, 123))
        private = 1 - 123 / _private_examples(installed)
        seen = [
            json.dumps(ada.get(path).json())
            for path in (
                "/me", "/me/quota", "/me/submissions", "/me/data", "/me/final", "/competitions",
                "/competitions/digits", "/competitions/digits/leaderboard",
                f"/submissions/{scored['id']}",
            )
        ]  # fmt: skip
        seen += [
            api.get(path).text for path in ("/c/digits", "/c/digits/board", scored["url"], "/")
        ]
        with installed.database.read() as session:
            seen += [json.dumps(event.data) for event in events.since(session, 0)]
        seen += list(capfd.readouterr())
        forms = (str(private)[:7], f"{100 * private:.2f}%", '"private"', ": 123,", ">123<")
        for text in seen:
            assert not [form for form in forms if form in text], text


def _private_examples(installed) -> int:
    digits = next(installed.datasets.root.iterdir()).name
    split = installed.labels.split("digits", digits, DIGITS, public_fraction=0.5)
    return int(split.private.sum())
