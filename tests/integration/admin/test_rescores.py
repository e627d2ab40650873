"""Re-scores: previewed, applied or discarded, all at once, without a label in any answer."""

import threading

import numpy as np
import pytest
from sqlmodel import select

from heldout_server.grading import Scorer
from heldout_server.jobs import ledger
from heldout_server.models import (
    Competition,
    Event,
    Rescore,
    RescoreScore,
    RescoreState,
    Score,
    Step,
    Submission,
)
from heldout_server.rescoring.worker import RescoreWorker
from participant import npy
from predictions import wrong_in
from waiting import PATIENCE_SECONDS, run_until
from whole_board import whole_board

PATH = "/competitions/digits/rescores"


def board(api):
    rows = api.get("/api/v1/competitions/digits/leaderboard").json()["rows"]
    return [(row["participant"]["name"], row["error_count"]) for row in rows]


def ready(owner, made):
    assert made.status_code == 202, made.text
    path = f"{PATH}/{made.json()['id']}"
    return run_until(lambda: (d := owner.get(path).json())["state"] == "ready" and d)


@pytest.fixture
def wrong_label(labels, public):
    """A public place, and the label that Bob (but nobody else) predicts there."""
    place = int(np.flatnonzero(public)[0])
    return place, int((labels[place] + 1) % 10)


@pytest.fixture
def class_(join, labels, public):
    """Ada reads everything as the labels say; Bob differs in one public example."""
    ada, bob = join("Ada"), join("Bob")
    ada.submit(npy(labels))
    bob.submit(wrong_in(labels, public, 1))
    return ada, bob


@pytest.fixture
def corrections(wrong_label):
    place, label = wrong_label
    return {"corrections": [{"index": place, "label": label}], "note": "Image 1 is no zero"}


class TestDraft:
    def test_shows_who_would_move_and_leaves_the_board_alone(self, owner, class_, corrections, api):
        draft = ready(owner, owner.post(PATH, corrections))
        assert (draft["done"], draft["total"], draft["labels_changed"]) == (2, 2, 1)
        shown = owner.get(f"{PATH}/{draft['id']}/preview").json()
        moves = [(m["participant_name"], m["rank_before"], m["rank_after"]) for m in shown["moved"]]
        assert moves == [("Bob", 2, 1), ("Ada", 1, 2)]
        assert shown["leader_changes"] is True
        assert shown["scores_changed"] == 2
        assert board(api) == [("Ada", 0), ("Bob", 1)]

    def test_of_a_private_label_moves_nobody_in_public(self, owner, class_, labels, public):
        place = int(np.flatnonzero(~public)[0])
        label = int((labels[place] + 1) % 10)
        body = {"corrections": [{"index": place, "label": label}]}
        draft = ready(owner, owner.post(PATH, body))
        shown = {
            split: owner.get(f"{PATH}/{draft['id']}/preview", split=split).json()
            for split in ("public", "private")
        }
        assert shown["public"]["scores_changed"] == 0
        assert shown["private"]["scores_changed"] == 2

    def test_counts_what_is_scored_meanwhile(self, owner, class_, corrections, join, labels, api):
        draft = ready(owner, owner.post(PATH, corrections))
        join("Cyd").submit(npy(labels))
        path = f"{PATH}/{draft['id']}"
        applied = run_until(
            lambda: (a := owner.post(f"{path}/apply")).status_code == 200 and a.json()
        )
        assert applied["rescore"]["total"] == 3
        assert board(api) == [("Bob", 0), ("Ada", 1), ("Cyd", 1)]

    def test_only_one_is_open(self, owner, class_, corrections, installed):
        ready(owner, owner.post(PATH, corrections))
        before = len(list(installed.labels.root.iterdir()))
        assert owner.post(PATH, corrections).json()["code"] == "conflict"
        assert len(list(installed.labels.root.iterdir())) == before

    def test_the_double_click_makes_one(self, owner, class_, corrections):
        answers = [owner.post(PATH, corrections, key="click-12345").json() for _ in range(2)]
        assert answers[0]["id"] == answers[1]["id"]

    def test_refuses_what_makes_no_sense(self, owner, class_):
        bodies = [
            {},
            {"metric": "accuracy"},
            {"metric": "log_loss"},
            {"labels": [1, 2, 3]},
            {"corrections": [{"index": 10**6, "label": 0}]},
            {"corrections": [{"index": 0, "label": 10}]},
            {"corrections": [{"index": 0, "label": 1}], "labels": [0]},
        ]
        codes = [owner.post(PATH, body).json()["code"] for body in bodies]
        assert codes == ["validation"] * len(bodies)
        assert owner.get(PATH).json()["rescores"] == []

    def test_is_for_owners(self, helper, class_, corrections):
        assert helper.post(PATH, corrections).json()["code"] == "forbidden"


class TestApply:
    def test_moves_board_scores_and_receipts_together(self, owner, class_, corrections, api):
        draft = ready(owner, owner.post(PATH, corrections))
        answer = owner.post(f"{PATH}/{draft['id']}/apply").json()
        assert answer["moved_count"] == 2
        assert board(api) == [("Bob", 0), ("Ada", 1)]
        _, bob = class_
        mine = bob.get("/me/submissions").json()["submissions"][0]
        assert (mine["score"], mine["rank"], mine["metrics"]["error_count"]) == (1.0, 1, 0)

    def test_twice_changes_nothing_more(self, owner, class_, corrections, api):
        draft = ready(owner, owner.post(PATH, corrections))
        for _ in range(2):
            assert owner.post(f"{PATH}/{draft['id']}/apply").status_code == 200
        entries = owner.get("/audit", action="rescore.apply").json()["entries"]
        assert len(entries) == 1

    def test_is_told_to_the_room_without_a_label(self, owner, class_, corrections, installed, api):
        draft = ready(owner, owner.post(PATH, corrections))
        owner.request("POST", f"{PATH}/{draft['id']}/apply", key="apply-12345")
        assert "2 changed place. Image 1 is no zero" in api.get("/c/digits").text
        with installed.database.read() as session:
            query = select(Event).where(Event.kind == "board.rescored")
            event = session.execute(query).scalar_one()
        assert event.data == {
            "note": "Image 1 is no zero", "metric": "accuracy", "labels_changed": True, "moved": 2,
        }  # fmt: skip

    def test_what_comes_later_is_scored_with_the_new_labels(
        self, owner, class_, corrections, join, labels, wrong_label
    ):
        draft = ready(owner, owner.post(PATH, corrections))
        owner.post(f"{PATH}/{draft['id']}/apply")
        right = labels.copy()
        right[wrong_label[0]] = wrong_label[1]
        assert join("Cyd").submit(npy(right))["score"] == 1.0

    def test_of_another_metric_changes_what_the_board_ranks_by(
        self, owner, class_, join, labels, api
    ):
        join("Cyd").submit(npy(np.where(labels == 3, 5, labels)))
        draft = ready(owner, owner.post(PATH, {"metric": "macro_f1"}))
        owner.post(f"{PATH}/{draft['id']}/apply")
        shown = api.get("/api/v1/competitions/digits/leaderboard").json()
        assert shown["metric"] == "f1_macro"
        mine = shown["rows"][2]
        assert mine["participant"]["name"] == "Cyd"
        metrics = api.get(mine["url"]).text
        assert "Macro F1" in api.get("/c/digits").text
        assert metrics

    def test_of_a_discarded_draft_is_a_conflict(self, owner, class_, corrections, api):
        draft = ready(owner, owner.post(PATH, corrections))
        for _ in range(2):
            assert owner.post(f"{PATH}/{draft['id']}/discard").json()["state"] == "discarded"
        assert owner.post(f"{PATH}/{draft['id']}/apply").json()["code"] == "conflict"
        assert board(api) == [("Ada", 0), ("Bob", 1)]

    def test_can_be_taken_back_exactly(self, owner, class_, corrections, api):
        before = whole_board(api.get, "digits").content
        draft = ready(owner, owner.post(PATH, corrections))
        owner.post(f"{PATH}/{draft['id']}/apply")
        back = ready(owner, owner.post(f"{PATH}/{draft['id']}/revert"))
        owner.post(f"{PATH}/{back['id']}/apply")
        assert run_until(lambda: whole_board(api.get, "digits").content == before)
        again = owner.post(f"{PATH}/{draft['id']}/revert")
        assert again.json()["code"] == "conflict"


class TestSecrets:
    def test_no_answer_has_a_label_in_it(self, owner, class_, corrections, api, wrong_label):
        _, label = wrong_label
        draft = ready(owner, owner.post(PATH, corrections))
        path = f"{PATH}/{draft['id']}"
        seen = [
            owner.get(PATH).text,
            owner.get(path).text,
            owner.get(f"{path}/preview").text,
            owner.get("/audit").text,
            owner.post(f"{path}/apply").text,
        ]
        assert not [text for text in seen if f'"label":{label}' in text or '"index"' in text]
        assert all('"labels":' not in text for text in seen)


class TestWorker:
    """The worker alone, without a server: killed, run twice, overtaken."""

    @pytest.fixture
    def worker(self, installed, clock):
        scorer = Scorer(installed.blobs, installed.datasets, installed.labels)
        return RescoreWorker(installed.database, scorer, clock)

    @pytest.fixture
    def draft(self, installed, owner, class_, api, clock):
        """A draft that nobody computes: made behind the running server's back."""
        with installed.database.write() as session:
            competition = session.execute(select(Competition)).scalar_one()
            made = Rescore(
                public_id="r_1",
                competition_id=competition.id,
                metric="macro_f1",
                base_metric="accuracy",
                state=RescoreState.DISCARDED,
                created_at=clock(),
            )
            session.add(made)
        return made

    def _open(self, installed, draft, **changes):
        with installed.database.write() as session:
            row = session.get_one(Rescore, draft.id)
            row.state = RescoreState.COMPUTING
            for name, value in changes.items():
                setattr(row, name, value)
            session.add(row)

    def test_running_twice_writes_the_same(self, installed, worker, draft):
        self._open(installed, draft)
        threads = [threading.Thread(target=worker.work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)
        with installed.database.read() as session:
            rows = session.execute(select(RescoreScore)).scalars().all()
            found = session.get_one(Rescore, draft.id)
        assert len(rows) == 4
        assert (found.state, found.done, found.total) == ("ready", 2, 2)

    def test_goes_on_where_a_killed_one_stopped(self, installed, worker, draft):
        self._open(installed, draft, token="dead")
        with installed.database.write() as session:
            one = session.execute(select(Submission)).scalars().first()
            session.add(
                RescoreScore(
                    rescore_id=draft.id,
                    submission_id=one.id,
                    split="public",
                    predictions_sha256=one.predictions_sha256,
                    score=0.125,
                    examples=1,
                    error_count=0,
                    metrics={},
                )
            )
        run_until(lambda: worker.work() is False)
        with installed.database.read() as session:
            kept = session.get_one(RescoreScore, (draft.id, one.id, "public"))
            found = session.get_one(Rescore, draft.id)
        assert kept.score == 0.125  # not computed a second time
        assert found.state == "ready"

    def test_says_so_when_labels_are_gone(self, installed, worker, draft):
        self._open(installed, draft, labels_version="v" + "0" * 16)
        run_until(lambda: worker.work() is False)
        with installed.database.read() as session:
            found = session.get_one(Rescore, draft.id)
        assert found.state == "failed"
        assert str(installed.labels.root) not in found.problem


class TestGradingMeanwhile:
    def test_a_grade_by_the_old_labels_is_thrown_away(self, installed, class_, clock):
        """Applied between the figures and their transaction: the submission is graded anew."""
        from heldout_server.grading import GradeHandler, record_scores

        with installed.database.write() as session:
            row = session.execute(select(Submission)).scalars().first()
            row.state, row.step, row.pool, row.token = "running", Step.GRADE, "grade", "mine"
            session.add(row)
        claim = ledger.Claim(row.id, "mine", Step.GRADE, 1)
        handler = GradeHandler(
            installed.database, installed.blobs, installed.datasets, installed.labels, clock
        )
        scored = handler(claim, threading.Event())
        with installed.database.write() as session:
            competition = session.execute(select(Competition)).scalar_one()
            competition.metric = "macro_f1"
            session.add(competition)
        with installed.database.write() as session:
            session.execute(Score.__table__.delete().where(Score.submission_id == row.id))
            record_scores(session, claim, scored, now=clock())
            assert (
                session.execute(select(Score).where(Score.submission_id == row.id)).first() is None
            )
            found = session.get_one(Submission, row.id)
            session.refresh(found)
        assert (found.state, found.token) == ("queued", None)
