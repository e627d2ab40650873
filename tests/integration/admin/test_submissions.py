"""Submissions by organizers: list, download, re-run, hide, disqualify, restore, purge."""

from datetime import timedelta

import numpy as np
import pytest
from sqlmodel import select

from heldout_server.jobs import alerts
from heldout_server.jobs.ledger import Claim
from heldout_server.kit.db import database_now
from heldout_server.models import FileState, RunCard, Score, State, Step, Submission
from heldout_server.prediction.endings import Inferred
from heldout_server.submissions import outcomes
from participant import npy
from predictions import wrong_in
from waiting import run_until

PATH = "/competitions/digits/submissions"


def board(api):
    rows = api.get("/api/v1/competitions/digits/leaderboard").json()["rows"]
    return [(row["participant"]["name"], row["error_count"]) for row in rows]


@pytest.fixture
def two(join, labels, public):
    """Ada with one and three errors, Bob with two."""
    ada, bob = join("Ada"), join("Bob")
    best = ada.submit(wrong_in(labels, public, 1), name="best")
    second = ada.submit(wrong_in(labels, public, 3), name="second")
    other = bob.submit(wrong_in(labels, public, 2), name="other")
    return ada, best, second, other


class TestList:
    def test_has_both_scores_and_the_newest_first(self, owner, two):
        shown = owner.get(PATH).json()["submissions"]
        assert [one["name"] for one in shown] == ["other", "second", "best"]
        assert shown[2]["private_score"] == 1.0
        assert shown[2]["score"] < 1.0
        assert shown[2]["code"] == "scored"

    def test_comes_in_pages_by_key(self, owner, two):
        first = owner.get(PATH, limit=2).json()
        rest = owner.get(PATH, limit=2, before=first["next"]).json()
        assert [one["name"] for one in rest["submissions"]] == ["best"]
        assert rest["next"] is None

    def test_filters(self, owner, two, join):
        join("Eve").submit(npy([1, 2]))
        _, best, _, _ = two
        owner.post(f"{PATH}/{best['id']}/hide", {})
        found = {
            "state": owner.get(PATH, state="rejected").json(),
            "moderation": owner.get(PATH, moderation="hidden").json(),
            "none": owner.get(PATH, moderation="none").json(),
            "name": owner.get(PATH, name="ad").json(),
            "kind": owner.get(PATH, kind="model").json(),
        }
        assert {key: len(value["submissions"]) for key, value in found.items()} == {
            "state": 1, "moderation": 1, "none": 3, "name": 2, "kind": 0,
        }  # fmt: skip

    def test_an_unknown_state_is_refused(self, owner):
        assert owner.get(PATH, state="odd").json()["code"] == "validation"

    def test_of_another_competition_is_not_found(self, owner, two):
        assert owner.get("/competitions/none/submissions").json()["code"] == "not_found"
        assert owner.get(f"{PATH}/s_none").json()["code"] == "not_found"


class TestFile:
    def test_is_what_was_uploaded(self, owner, join, labels):
        content = npy(labels)
        shown = join().submit(content, filename="../my file.npy")
        answer = owner.get(f"{PATH}/{shown['id']}/file")
        assert answer.content == content
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert "attachment" in answer.headers["Content-Disposition"]
        assert "/" not in answer.headers["Content-Disposition"]


class TestModeration:
    def test_hiding_takes_the_row_to_the_next_best(self, owner, two, api):
        _, best, _, _ = two
        answer = owner.post(f"{PATH}/{best['id']}/hide", {"reason": "one moment"})
        assert answer.json()["moderation"] == "hidden"
        assert board(api) == [("Bob", 2), ("Ada", 3)]

    def test_a_disqualification_is_explained_to_its_participant(self, owner, two, api):
        ada, best, _, _ = two
        owner.post(f"{PATH}/{best['id']}/disqualify", {"reason": "Trained on <b>the test</b> set"})
        mine = ada.get(f"/submissions/{best['id']}").json()
        assert mine["moderation"] == "disqualified"
        assert mine["moderation_reason"] == "Trained on b the test /b set"
        assert "Trained on b the test" in api.get(mine["url"]).text
        assert "Trained on" not in api.get(f"/submissions/{best['id']}").text

    def test_a_disqualification_needs_a_reason(self, owner, two, api):
        _, best, _, _ = two
        answer = owner.post(f"{PATH}/{best['id']}/disqualify", {"reason": "  "})
        assert answer.json()["code"] == "validation"
        assert board(api)[0] == ("Ada", 1)

    def test_restoring_gives_board_and_record_back(self, owner, two, api):
        ada, best, _, _ = two
        owner.post(f"{PATH}/{best['id']}/disqualify", {"reason": "a mistake"})
        answer = owner.post(f"{PATH}/{best['id']}/restore")
        assert answer.json()["moderation"] is None
        assert board(api) == [("Ada", 1), ("Bob", 2)]
        assert ada.get(f"/submissions/{best['id']}").json()["moderation_reason"] is None

    def test_what_its_participant_withdrew_stays_theirs(self, owner, two):
        ada, best, _, _ = two
        ada.post(f"/submissions/{best['id']}/withdraw")
        assert owner.post(f"{PATH}/{best['id']}/restore").json()["code"] == "conflict"

    def test_twice_is_recorded_once(self, owner, two):
        _, best, _, _ = two
        for _ in range(2):
            owner.post(f"{PATH}/{best['id']}/hide", {})
        entries = owner.get("/audit", action="submission").json()["entries"]
        assert [e["action"] for e in entries] == ["submission.hide"]
        assert entries[0]["before"] == {"moderation": None, "reason": None}
        assert entries[0]["after"]["moderation"] == "hidden"

    def test_makes_an_event_and_a_new_board_page(self, owner, two, api):
        _, best, _, _ = two
        before = api.get("/c/digits").headers["ETag"]
        owner.post(f"{PATH}/{best['id']}/hide", {})
        assert api.get("/c/digits").headers["ETag"] != before

    def test_refunds_nothing(self, owner, two):
        ada, best, _, _ = two
        owner.post(f"{PATH}/{best['id']}/hide", {})
        assert ada.get("/me/quota").json()["used_today"] == 2


class TestRerun:
    def test_ends_with_the_same_score_and_the_same_place(self, owner, two, api, installed):
        _, best, _, _ = two
        before = board(api)
        answer = owner.post(f"{PATH}/{best['id']}/rerun")
        assert answer.status_code == 202
        run_until(lambda: owner.get(f"{PATH}/{best['id']}").json()["state"] == "scored")
        assert board(api) == before
        with installed.database.read() as session:
            scores = session.execute(select(Score)).scalars().all()
        assert len(scores) == 6

    def test_of_all_of_a_state(self, installed, owner, two, join):
        rejected = join("Eve").submit(npy([1, 2]))
        keep_file(installed, rejected)
        installed.blobs.put(npy([1, 2]))
        answer = owner.post(f"{PATH}/rerun", {"state": "rejected"})
        assert answer.json() == {"queued": 1}
        shown = run_until(
            lambda: (s := owner.get(f"{PATH}/{rejected['id']}").json())["state"] == "rejected" and s
        )
        assert shown["code"] == "row_count"

    def test_the_double_click_queues_once(self, owner, two):
        _, best, _, _ = two
        answers = [
            owner.request("POST", f"{PATH}/{best['id']}/rerun", key="click-12345") for _ in range(2)
        ]
        assert [a.status_code for a in answers] == [202, 202]
        entries = owner.get("/audit", action="submission.rerun").json()["entries"]
        assert len(entries) == 1

    def test_keeps_the_score_while_it_runs(self, installed, owner, two, api):
        _, best, _, _ = two
        with installed.database.write() as session:
            row = session.execute(
                select(Submission).where(Submission.public_id == best["id"])
            ).scalar_one()
            row.state = State.RUNNING
            session.add(row)
        bob = owner.get(PATH, name="Bob").json()["submissions"][0]
        owner.post(f"{PATH}/{bob['id']}/hide", {})
        assert board(api) == [("Ada", 1)]

    def test_a_rejection_takes_the_old_score_away(self, installed, owner, two, api):
        _, best, _, _ = two
        broken = installed.blobs.put(npy([1, 2, 3]))
        with installed.database.write() as session:
            row = session.execute(
                select(Submission).where(Submission.public_id == best["id"])
            ).scalar_one()
            row.sha256 = broken
            session.add(row)
        owner.post(f"{PATH}/{best['id']}/rerun")
        run_until(lambda: owner.get(f"{PATH}/{best['id']}").json()["state"] == "rejected")
        assert board(api) == [("Bob", 2), ("Ada", 3)]
        assert owner.get(f"{PATH}/{best['id']}").json()["score"] is None

    def test_that_finds_no_file_keeps_the_score_and_tells_organizers(
        self, installed, owner, two, api
    ):
        ada, best, _, _ = two
        before = board(api)
        lose_file(installed, best)
        owner.post(f"{PATH}/{best['id']}/rerun")
        alert = run_until(lambda: told(installed, best))
        assert "no longer in the file store" in alert
        assert "earlier score stands" in alert
        assert board(api) == before
        shown = ada.get(f"/submissions/{best['id']}").json()
        assert (shown["state"], shown["score"]) == ("scored", best["score"])
        assert shown["verdict"]["code"] == "scored"

    def test_that_fails_on_our_side_keeps_the_score(self, installed, owner, two, api, clock):
        ada, best, _, _ = two
        with installed.database.write() as session:
            row = found_in(session, best)
            # As the sweep finds it after the last try.
            row.state, row.step, row.pool, row.attempt = State.QUEUED, Step.PARSE, "grade", 3
            session.add(row)
        alert = run_until(lambda: told(installed, best))
        assert "three times on our side" in alert
        shown = ada.get(f"/submissions/{best['id']}").json()
        assert (shown["state"], shown["score"]) == ("scored", best["score"])

    def test_that_is_stopped_keeps_the_score_and_undo_runs_it_again(
        self, installed, owner, two, api
    ):
        ada, best, _, _ = two
        with installed.database.write() as session:
            row = found_in(session, best)
            # Nobody works on a pool of that name, so it waits.
            row.state, row.step, row.pool = State.QUEUED, Step.PARSE, "gpu"
            session.add(row)
        act = owner.post(f"{PATH}/{best['id']}/cancel")
        assert act.status_code == 200, act.text
        shown = ada.get(f"/submissions/{best['id']}").json()
        assert (shown["state"], shown["score"]) == ("scored", best["score"])
        assert owner.post("/competitions/digits/undo").json()["action"] == "submission.cancel"
        run_until(lambda: ada.get(f"/submissions/{best['id']}").json()["state"] == "scored")

    def test_whose_guilt_is_only_inferred_keeps_the_score(self, installed, owner, two, api, clock):
        ada, best, _, _ = two
        before = board(api)
        with installed.database.write() as session:
            row = found_in(session, best)
            row.state, row.step, row.pool, row.token = State.RUNNING, Step.PARSE, "grade", "mine"
            row.lease_until = database_now(session) + timedelta(minutes=5)
            session.add(row)
            session.flush()
            claim = Claim(row.id, "mine", Step.PARSE, 2, ({"ended": "SIGSEGV", "full": False},))
            crashed = Inferred("crashed", "The model stopped the process that ran it.", "")
            outcomes.suspected(session, claim, crashed, now=clock())
        assert board(api) == before
        shown = ada.get(f"/submissions/{best['id']}").json()
        assert (shown["state"], shown["score"]) == ("scored", best["score"])
        assert "crashed" in told(installed, best)

    def test_of_a_file_never_scored_says_that_it_is_gone(self, installed, owner, join):
        eve = join("Eve")
        rejected = eve.submit(npy([1, 2]))
        keep_file(installed, rejected)
        installed.blobs.remove(rejected["sha256"])
        owner.post(f"{PATH}/{rejected['id']}/rerun")
        shown = run_until(
            lambda: (
                (s := eve.get(f"/submissions/{rejected['id']}").json())["state"] == "error" and s
            )
        )
        assert "no longer there" in shown["verdict"]["detail"]
        assert "scorer" not in shown["verdict"]["detail"]


def found_in(session, shown):
    query = select(Submission).where(Submission.public_id == shown["id"])
    return session.execute(query).scalar_one()


def keep_file(installed, shown):
    """As of a file that was rejected before such files were removed."""
    with installed.database.write() as session:
        row = found_in(session, shown)
        row.file_state = FileState.KEPT
        session.add(row)


def lose_file(installed, shown):
    installed.blobs.remove(shown["sha256"])
    assert not installed.blobs.has(shown["sha256"])


def told(installed, shown):
    """What organizers are told of this submission; None: nothing yet."""
    with installed.database.read() as session:
        row = found_in(session, shown)
        about = [a.detail for a in alerts.unresolved(session) if a.submission_id == row.id]
    return about[0] if about else None


class TestPurge:
    def test_needs_the_id_once_more(self, owner, two, api):
        _, best, _, _ = two
        answer = owner.post(f"{PATH}/{best['id']}/purge", {"confirm": "yes"})
        assert answer.json()["code"] == "validation"
        assert board(api)[0] == ("Ada", 1)

    def test_deletes_everything_but_the_shell(self, owner, join, labels, api, installed):
        ada = join()
        shown = ada.submit(npy(labels), name="secret thing", run_card={"notes": "mine"})
        digest = shown["sha256"]
        assert installed.blobs.path(digest).exists()
        answer = owner.post(f"{PATH}/{shown['id']}/purge", {"confirm": shown["id"]})
        assert answer.json()["moderation"] == "purged"
        assert board(api) == []
        with installed.database.read() as session:
            assert session.execute(select(Score)).first() is None
            assert session.execute(select(RunCard)).first() is None
        run_until(lambda: not installed.blobs.path(digest).exists())
        assert "secret thing" not in api.get(f"/submissions/{shown['id']}").text
        assert owner.get(f"{PATH}/{shown['id']}/file").json()["code"] == "not_found"

    def test_keeps_a_file_that_another_submission_needs(self, owner, join, labels, installed):
        content = npy(labels)
        first, second = join("Ada").submit(content), join("Bob").submit(content)
        owner.post(f"{PATH}/{first['id']}/purge", {"confirm": first["id"]})
        assert owner.get(f"{PATH}/{second['id']}/file").content == content

    def test_never_refunds(self, owner, join, labels):
        ada = join()
        shown = ada.submit(npy(labels))
        owner.post(f"{PATH}/{shown['id']}/purge", {"confirm": shown["id"]})
        assert ada.get("/me/quota").json()["used_today"] == 1
        again = ada.submit(npy(labels))
        assert again["state"] == "scored"
        assert ada.get("/me/quota").json()["used_today"] == 2

    def test_is_for_owners(self, helper, two):
        _, best, _, _ = two
        answer = helper.post(f"{PATH}/{best['id']}/purge", {"confirm": best["id"]})
        assert answer.json()["code"] == "forbidden"

    def test_makes_a_worker_that_runs_it_lose_its_claim(self, owner, join, labels, installed):
        shown = join().submit(npy(labels))
        with installed.database.write() as session:
            row = session.execute(select(Submission)).scalar_one()
            row.state, row.token = State.RUNNING, "held"
            # Or a sweep could take it for one whose worker has died.
            row.lease_until = database_now(session) + timedelta(hours=1)
            session.add(row)
        owner.post(f"{PATH}/{shown['id']}/purge", {"confirm": shown["id"]})
        with installed.database.read() as session:
            row = session.execute(select(Submission)).scalar_one()
        assert (row.state, row.token) == (State.REJECTED, None)


def test_participants_and_strangers_are_refused(api, two):
    ada, best, _, _ = two
    for headers, status in (({}, 401), (ada.headers, 403)):
        answer = api.post(f"/api/v1/admin{PATH}/{best['id']}/hide", headers=headers, json={})
        assert answer.status_code == status
    assert np.array_equal([name for name, _ in board(api)], ["Ada", "Bob"])
